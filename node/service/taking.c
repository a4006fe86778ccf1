#include "service/taking.h"

#include "base/log.h"
#include "codec/text.h"
#include "keys/seal.h"
#include "ledger/subtree.h"
#include "service/contradiction.h"
#include "service/disown.h"
#include "service/groups.h"
#include "service/mention.h"
#include "service/providers.h"
#include "service/withheld.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void taking_note(struct taking *taking, const char *code, const char *reason)
{
	(void)snprintf(taking->out->code, sizeof taking->out->code, "%s", code);
	(void)snprintf(
	    taking->out->reason, sizeof taking->out->reason, "%s", reason);
}

enum err taking_refuse(
    struct taking *taking, enum err err, const char *code, const char *reason)
{
	taking_note(taking, code, reason);
	return err_set(err, "%s", reason);
}

enum err taking_find_author(
    struct taking *taking, const struct taking_names *names)
{
	struct id32 author;

	if (names->author.size != sizeof author.b ||
	    names->generation.size != sizeof taking->generation.b) {
		return taking_refuse(taking, ERR_FORMAT, "malformed",
		    "a message without author or generation");
	}
	memcpy(author.b, names->author.data, sizeof author.b);
	memcpy(taking->generation.b, names->generation.data,
	    sizeof taking->generation.b);
	taking->author = peers_by_id(taking->node, &author);
	/* PROTOCOL.md M333: "Records of an organisation that a node refuses
	 * MUST NOT be taken from anybody, while those of a barred one MUST
	 * be taken from its co-readers." */
	if (!taking->author || taking->author->org == 1 ||
	    taking->author->refused[0]) {
		return taking_refuse(taking, ERR_DENIED, "unknown-author",
		    "records of an author not known here");
	}
	if (!card_generation(peers_keys(taking->author), &taking->generation)) {
		return taking_refuse(taking, ERR_DENIED, "unknown-generation",
		    "records of a log generation no card names");
	}
	return ERR_OK;
}

/* The header of one record, as far as its version lets us. */
static enum err parse_record(struct taking *taking, size_t i)
{
	const Qsg__Record *record = taking->records->records[i];
	struct span bytes = span_of(record->header.data, record->header.len);
	struct header *header = &taking->headers[i];
	struct id32 id;
	enum err err = envelope_get_header(bytes, header);

	if ((err && err != ERR_VERSION) ||
	    bytes.size + record->slots.len + record->body.len >
		LIMIT_RECORD_BYTES) {
		return taking_refuse(taking, ERR_FORMAT, "malformed",
		    "a record whose header does not parse");
	}
	if (!id_equal(&header->author, &taking->author->card.organisation) ||
	    !generation_equal(&header->generation, &taking->generation) ||
	    !id_equal(&header->stream, &taking->stream_id) ||
	    (i > 0 &&
		(header->number != taking->headers[i - 1].number + 1 ||
		    record->index <= taking->records->records[i - 1]->index))) {
		return taking_refuse(taking, ERR_FORMAT, "malformed",
		    "a batch that mixes streams or skips a number");
	}
	seal_record_id(bytes, &id);
	return merkle_nodes_add(&taking->leaves, 0, record->index, &id);
}

static enum err parse_nodes(struct taking *taking, Qsg__Node *const *nodes,
    size_t count, struct merkle_nodes *out)
{
	enum err err = ERR_OK;

	if (count > LIMIT_PROOF_NODES) {
		return taking_refuse(taking, ERR_FORMAT, "malformed",
		    "a proof of too many nodes");
	}
	for (size_t i = 0; i < count && !err; i++) {
		struct id32 hash;

		if (nodes[i]->hash.len != sizeof hash.b) {
			return taking_refuse(taking, ERR_FORMAT, "malformed",
			    "a proof node without hash");
		}
		memcpy(hash.b, nodes[i]->hash.data, sizeof hash.b);
		err = merkle_nodes_add(
		    out, nodes[i]->level, nodes[i]->index, &hash);
	}
	return err;
}

enum err taking_parse_nodes(
    struct taking *taking, Qsg__Node *const *nodes, size_t count)
{
	return parse_nodes(taking, nodes, count, &taking->proof);
}

enum err taking_parse_peaks(
    struct taking *taking, Qsg__Node *const *nodes, size_t count)
{
	if (count > LIMIT_EVIDENCE_NODES) {
		return taking_refuse(taking, ERR_FORMAT, "malformed",
		    "more peaks than a tree can have");
	}
	return parse_nodes(taking, nodes, count, &taking->peaks);
}

enum err taking_parse(struct taking *taking)
{
	const Qsg__Records *records = taking->records;
	enum err err = ERR_OK;

	if (records->stream.len != sizeof taking->stream_id.b ||
	    records->n_records < 1 ||
	    records->n_records > LIMIT_BATCH_RECORDS) {
		return taking_refuse(taking, ERR_FORMAT, "malformed",
		    "a malformed batch of records");
	}
	memcpy(taking->stream_id.b, records->stream.data,
	    sizeof taking->stream_id.b);
	taking->headers = malloc(records->n_records * sizeof *taking->headers);
	if (!taking->headers) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < records->n_records && !err; i++) {
		err = parse_record(taking, i);
	}
	return err ? err
	           : taking_parse_nodes(
			 taking, records->nodes, records->n_nodes);
}

/* PROTOCOL.md M185: "Two signed heads of one log that cannot belong to one
 * history MUST be kept as evidence, and nothing more MUST be taken of that
 * log." */
enum err taking_split(struct taking *taking, struct state_log *log)
{
	struct buf key = { 0 };
	enum err err = buf_printf(&key, STATE_SPLIT_KEY, (long long)log->log);

	log->split = true;
	if (!err) {
		err =
		    db_meta_set(taking->node->db, buf_text(&key), taking->note);
	}
	buf_clear(&key);
	log_line(LOG_ERROR, "replica", "%s shows two histories of its log",
	    text_hex_id(&log->head.author).text);
	if (!err) {
		err = contradiction_of_log(taking, log);
	}
	return err ? state_poison(taking->node, err)
	           : taking_refuse(taking, ERR_VERIFY, "split-view",
			 "the author's log has two histories");
}

/* Two heads of one size and different roots: their signatures alone prove it.
 */
static bool contradicts(
    const struct checkpoint *held, const struct checkpoint *seen)
{
	return held->size && held->size == seen->size &&
	       !id_equal(&held->root, &seen->root);
}

enum err taking_check_head(
    struct taking *taking, struct span note, struct state_log *log)
{
	const Qsg__LogGeneration *generation =
	    card_generation(peers_keys(taking->author), &taking->generation);
	struct id32 key;

	taking->note = note;
	if (log && log->head.size && span_equal(buf_span(&log->note), note)) {
		taking->head = log->head;
		return ERR_OK;
	}
	if (generation->log_key.len != sizeof key.b) {
		return err_set(ERR_VERIFY, "a card without log key");
	}
	memcpy(key.b, generation->log_key.data, sizeof key.b);
	if (checkpoint_verify(note, &key, &taking->head) ||
	    !id_equal(
		&taking->head.author, &taking->author->card.organisation) ||
	    !generation_equal(&taking->head.generation, &taking->generation) ||
	    taking->head.size > LIMIT_TREE_SIZE) {
		return taking_refuse(taking, ERR_VERIFY, "bad-checkpoint",
		    "a checkpoint its author did not sign");
	}
	return log && (contradicts(&log->head, &taking->head) ||
			  contradicts(&log->unjoined, &taking->head) ||
			  contradicts(&log->claim.head, &taking->head))
	           ? taking_split(taking, log)
	           : ERR_OK;
}

/* Is the tree of the lower head the beginning of that of the higher one, by
 * what is known? ERR_NOTFOUND: not to be told; ERR_VERIFY: it is not. */
static enum err consistent(struct state_log *log, const struct checkpoint *low,
    const struct checkpoint *high)
{
	struct merkle_nodes none = { 0 };
	struct merkle_nodes more = { 0 };
	struct id32 root;
	enum err err = ERR_OK;

	if (!low->size) {
		return ERR_OK;
	}
	err = merkle_tree_check(
	    log->tree, &none, &none, low->size, high->size, &high->root, &more);
	if (!err) {
		err = merkle_tree_root(log->tree, low->size, &root);
	}
	if (!err && !id_equal(&root, &low->root)) {
		err = err_set(ERR_VERIFY, "another root");
	}
	merkle_nodes_clear(&more);
	return err;
}

/* What shows the head that is still to be joined to others: its note, and the
 * peaks of its own tree, apart from what is held. */
static enum err keep_unjoined(struct taking *taking, struct state_log *log)
{
	struct merkle_nodes places = { 0 };
	struct merkle_tree *tree = NULL;
	enum err err = buf_append(&log->unjoined_note, taking->note);

	if (!err) {
		err = contradiction_tree(taking, log, &tree, &places);
	}
	if (!err) {
		err = subtree_peaks(
		    tree, taking->head.size, &log->unjoined_peaks);
	}
	merkle_tree_free(tree);
	merkle_nodes_clear(&places);
	return err == ERR_MEM ? err : ERR_OK;
}

/* PROTOCOL.md M502: "A head that another takes the place of before it is joined
 * MUST be remembered by its size." */
static enum err overtake(
    struct taking *taking, struct state_log *log, const struct checkpoint *head)
{
	const struct checkpoint *before = &log->unjoined;
	struct buf key = { 0 };
	struct buf value = { 0 };
	enum err err = ERR_NOTFOUND;

	if (!before->size || before->size == head->size ||
	    before->size <= log->overtaken) {
		return ERR_OK;
	}
	if (before->size < head->size) {
		err = consistent(log, before, head);
	}
	if (err != ERR_NOTFOUND) {
		/* It leads to the new one; or that is found out when it is
		 * joined. */
		return err == ERR_VERIFY ? ERR_OK : err;
	}
	log->overtaken = before->size;
	err = buf_printf(&key, STATE_OVERTAKEN_KEY, (long long)log->log);
	if (!err) {
		err = buf_u64(&value, log->overtaken);
	}
	if (!err) {
		err = db_meta_set(
		    taking->node->db, buf_text(&key), buf_span(&value));
	}
	buf_clear(&key);
	buf_clear(&value);
	return err;
}

/* Remember the head that is still to be joined; NULL: there is none. */
static enum err set_unjoined(
    struct taking *taking, struct state_log *log, const struct checkpoint *head)
{
	struct buf key = { 0 };
	struct buf value = { 0 };
	enum err err = head ? overtake(taking, log, head) : ERR_OK;

	if (!err) {
		err = buf_printf(&key, STATE_UNJOINED_KEY, (long long)log->log);
	}
	log->unjoined.size = 0;
	buf_reset(&log->unjoined_note);
	merkle_nodes_reset(&log->unjoined_peaks);
	log->unjoined_ms = head ? log->unjoined_ms : 0;
	if (head) {
		log->unjoined = *head;
		withheld_seen(taking->node, log, head->size);
		err = err ? err : keep_unjoined(taking, log);
	}
	if (!err) {
		err = mention_encode(&log->unjoined,
		    buf_span(&log->unjoined_note), &log->unjoined_peaks,
		    &value);
	}
	if (!err) {
		err = db_meta_set(
		    taking->node->db, buf_text(&key), buf_span(&value));
	}
	buf_clear(&key);
	buf_clear(&value);
	return state_poison(taking->node, err);
}

enum err taking_join(struct taking *taking, struct state_log *log, bool *adopt)
{
	bool newer = taking->head.size > log->head.size;
	enum err err = ERR_OK;

	*adopt = false;
	if (taking->head.size == log->head.size) {
		return ERR_OK; /* their roots were compared */
	}
	err = newer ? consistent(log, &log->head, &taking->head)
	            : consistent(log, &taking->head, &log->head);
	if (err == ERR_VERIFY) {
		return taking_split(taking, log);
	}
	/* PROTOCOL.md M186: "A proven batch whose head cannot yet be joined
	 * to the newest one held MUST be taken all the same, shown as
	 * unjoined, and its head asked for." */
	if (err == ERR_NOTFOUND) {
		taking->out->needs_head = true;
		taking->out->ours_size = log->head.size;
		taking->out->theirs_size = taking->head.size;
		return set_unjoined(taking, log, &taking->head);
	}
	*adopt = !err && newer;
	return err;
}

/* A head is waiting to be joined, and the sender's is new enough to do it. */
static void ask_for_waiting(struct taking *taking, const struct state_log *log)
{
	if (log->unjoined.size && !taking->out->needs_head &&
	    taking->head.size >= log->unjoined.size) {
		taking->out->needs_head = true;
		taking->out->ours_size = log->unjoined.size;
		taking->out->theirs_size = taking->head.size;
	}
}

enum err taking_join_waiting(struct taking *taking, struct state_log *log)
{
	enum err err = ERR_OK;

	err = mention_settle(taking, log);
	if (err) {
		return err;
	}
	if (!log->unjoined.size || log->unjoined.size > log->head.size) {
		return ERR_OK;
	}
	err = consistent(log, &log->unjoined, &log->head);
	if (err == ERR_VERIFY) {
		return taking_split(taking, log);
	}
	if (err == ERR_NOTFOUND) {
		return ERR_OK;
	}
	return err ? err : set_unjoined(taking, log, NULL);
}

enum err taking_learn(struct taking *taking, struct state_log *log)
{
	for (size_t i = 0; i < taking->learned.count; i++) {
		const struct merkle_node *node = &taking->learned.items[i];
		enum err err = merkle_tree_add(
		    log->tree, node->level, node->index, &node->hash);

		if (err) {
			return err == ERR_VERIFY ? taking_split(taking, log)
			                         : err;
		}
	}
	if (taking->learned.count && disown_ended(taking->node, log)) {
		groups_doubt(taking->node); /* more may be accepted by now */
		providers_drop(taking->node);
	}
	taking->node->accounts[log->org - 1].bytes +=
	    taking->learned.count * STATE_NODE_COST;
	return logs_add_nodes(taking->node->db, log->log, &taking->learned);
}

enum err taking_adopt(
    struct taking *taking, struct state_log *log, struct span note)
{
	struct log_row row = { .log = log->log,
		.org = log->org,
		.generation = taking->generation,
		.size = taking->head.size,
		.root = taking->head.root,
		.note = note };
	enum err err = ERR_OK;

	log->head = taking->head;
	buf_reset(&log->note);
	err = buf_append(&log->note, note);
	if (!err) {
		err = logs_set_head(taking->node->db, &row);
	}
	withheld_seen(taking->node, log, log->head.size);
	return err ? err : taking_join_waiting(taking, log);
}

/* The proof does not fit what is held of this log. If it proves its leaves from
 * nothing, the author has signed both: otherwise it says nothing of the author,
 * and its head is asked for with what it stands on. */
static enum err judge_misfit(struct taking *taking, struct state_log *log)
{
	struct merkle_nodes learned = { 0 };
	struct merkle_tree *nothing = NULL;
	enum err err = ERR_VERIFY;

	if (!taking->old_size) {
		err = merkle_tree_new(&nothing);
	}
	if (!err) {
		err =
		    merkle_tree_check(nothing, &taking->leaves, &taking->proof,
			0, taking->head.size, &taking->head.root, &learned);
	}
	merkle_nodes_clear(&learned);
	merkle_tree_free(nothing);
	if (err == ERR_MEM) {
		return err; /* ours: nobody is blamed for it */
	}
	if (!err) {
		return taking_split(taking, log);
	}
	if (taking->old_size && taking->old_size == log->head.size) {
		taking->out->needs_head = true;
		taking->out->ours_size = taking->old_size;
		taking->out->theirs_size = taking->head.size;
	}
	return taking_refuse(taking, ERR_VERIFY, "bad-proof",
	    "the proof does not lead to the checkpoint");
}

enum err taking_prove(struct taking *taking)
{
	const Qsg__Records *records = taking->records;
	struct span note =
	    span_of(records->checkpoint.data, records->checkpoint.len);
	struct state_log *log = state_log_of(taking->node,
	    &taking->author->card.organisation, &taking->generation);
	bool adopt = false;
	enum err err = taking_check_head(taking, note, log);

	if (!err) {
		err = state_need_log(
		    taking->node, taking->author, &taking->generation, &log);
	}
	if (err) {
		return err;
	}
	taking->log = log->log;
	taking->old_size = records->head_size;
	if (log->split) {
		return taking_refuse(taking, ERR_DENIED, "split-view",
		    "the author's log has two histories");
	}
	err = merkle_tree_check(log->tree, &taking->leaves, &taking->proof,
	    records->head_size, taking->head.size, &taking->head.root,
	    &taking->learned);
	if (err == ERR_MEM) {
		return err;
	}
	if (err == ERR_NOTFOUND && records->head_size > log->head.size) {
		return err_set(ERR_STATE,
		    "the proof starts from a head that is not held here");
	}
	if (err) {
		return judge_misfit(taking, log);
	}
	err = state_begin(taking->node);
	if (!err) {
		err = taking_learn(taking, log);
	}
	if (!err) {
		err = taking_join(taking, log, &adopt);
	}
	if (!err && adopt) {
		err = taking_adopt(taking, log, note);
	}
	if (!err) {
		ask_for_waiting(taking, log);
	}
	return err;
}

bool taking_peers_fault(enum err err)
{
	return err == ERR_FORMAT || err == ERR_VERIFY || err == ERR_DENIED;
}

void taking_clear(struct taking *taking)
{
	free(taking->headers);
	merkle_nodes_clear(&taking->leaves);
	merkle_nodes_clear(&taking->proof);
	merkle_nodes_clear(&taking->learned);
	merkle_nodes_clear(&taking->peaks);
}
