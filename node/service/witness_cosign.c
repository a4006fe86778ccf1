#include "base/log.h"
#include "service/mention.h"
#include "service/state.h"
#include "service/taking.h"
#include "store/heads.h"

#include <stdio.h>
#include <string.h>

/* A line of the Head that verified. */
struct heard_line {
	int64_t org;
	uint64_t time_s;
	struct span line;
};

/* A Head of its author, on its way in. */
struct hearing {
	struct node *node;
	struct peer *peer;
	const Qsg__Head *head;
	struct span bytes; /* the checkpoint */
	struct note note;
	struct generation generation;
	struct checkpoint seen;
	int64_t log; /* number */
	struct heard_line lines[WITNESS_MOST];
	size_t line_count;
	struct witness_heard *out;
	bool rejected; /* it is in the quarantine already */
	bool kept;     /* the head itself is staged */
};

/* PROTOCOL.md M191: "A Head that names more than 15 witnesses, or carries more
 * than 15 cosignatures, MUST be refused." */
static enum err read_head(struct hearing *hearing)
{
	const Qsg__Head *head = hearing->head;
	const struct id32 *author = &hearing->peer->card.organisation;
	const Qsg__LogGeneration *generation = NULL;
	struct id32 key;

	if (!span_equal(span_of(head->author.data, head->author.len),
		span_id(author)) ||
	    head->generation.len != sizeof hearing->generation.b ||
	    head->n_sizes != 1 || head->n_witnesses > WITNESS_MOST ||
	    head->n_cosignatures > WITNESS_MOST) {
		return err_set(ERR_FORMAT, "a malformed head");
	}
	memcpy(hearing->generation.b, head->generation.data,
	    sizeof hearing->generation.b);
	generation =
	    card_generation(peers_keys(hearing->peer), &hearing->generation);
	if (!generation || generation->log_key.len != sizeof key.b) {
		return err_set(
		    ERR_DENIED, "a head of a log generation no card names");
	}
	memcpy(key.b, generation->log_key.data, sizeof key.b);
	if (note_parse(hearing->bytes, &hearing->note) ||
	    checkpoint_verify(hearing->bytes, &key, &hearing->seen) ||
	    !id_equal(&hearing->seen.author, author) ||
	    !generation_equal(
		&hearing->seen.generation, &hearing->generation) ||
	    !hearing->seen.size || hearing->seen.size > LIMIT_TREE_SIZE) {
		return err_set(
		    ERR_VERIFY, "a checkpoint its author did not sign");
	}
	return ERR_OK;
}

static bool is_of(
    const struct hearing *hearing, const Qsg__Cosignature *cosignature)
{
	const Qsg__Head *head = hearing->head;

	return span_equal(
		   span_of(cosignature->author.data, cosignature->author.len),
		   span_of(head->author.data, head->author.len)) &&
	       span_equal(span_of(cosignature->generation.data,
			      cosignature->generation.len),
		   span_of(head->generation.data, head->generation.len)) &&
	       cosignature->size == hearing->seen.size &&
	       cosignature->witness.len == sizeof(struct id32);
}

/* PROTOCOL.md M197: "A Head with a cosignature that a known organisation did
 * not make MUST be refused, and a cosignature by an organisation or key that is
 * not known MUST be ignored." */
static enum err check_lines(struct hearing *hearing)
{
	const Qsg__Head *head = hearing->head;

	for (size_t i = 0; i < head->n_cosignatures; i++) {
		const Qsg__Cosignature *said = head->cosignatures[i];
		struct span line = span_of(said->line.data, said->line.len);
		const struct peer *witness = NULL;
		struct id32 id;
		uint64_t time_s = 0;
		enum err err = ERR_OK;

		if (!is_of(hearing, said)) {
			return err_set(
			    ERR_FORMAT, "a cosignature of another head");
		}
		memcpy(id.b, said->witness.data, sizeof id.b);
		witness = peers_by_id(hearing->node, &id);
		if (!witness || witness->org == 1) {
			continue; /* what we said ourselves is known here */
		}
		err = witness_check_line(
		    hearing->note.text, line, peers_keys(witness), &time_s);
		if (err == ERR_NOTFOUND) {
			continue;
		}
		if (err) {
			return err;
		}
		hearing->lines[hearing->line_count++] = (struct heard_line){
			.org = witness->org, .time_s = time_s, .line = line
		};
	}
	return ERR_OK;
}

/* PROTOCOL.md M190: "A node MUST NOT cosign a head unless it is the newest it
 * holds of a log that shows one history, and every head it holds of that log is
 * joined." */
static bool is_newest(
    const struct hearing *hearing, const struct state_log *log)
{
	return !log->split && !log->unjoined.size && !log->claim.head.size &&
	       checkpoint_equal(&hearing->seen, &log->head);
}

/* Older than the head held, by way of others perhaps. One of another history is
 * as good as mentioned: its author signed both. */
static enum err judge_older(
    struct hearing *hearing, const struct state_log *log)
{
	struct mention_ask ask;
	struct id32 root;
	enum err err = merkle_tree_root(log->tree, hearing->seen.size, &root);

	if (err || id_equal(&root, &hearing->seen.root)) {
		return err == ERR_MEM ? err : ERR_OK;
	}
	hearing->rejected = true; /* it sees to that */
	return mention_take(hearing->node, hearing->peer, hearing->head, &ask);
}

/* Join it to what is held, where that can be. */
static enum err join(struct hearing *hearing)
{
	const struct state_log *log = state_log(hearing->node, hearing->log);
	uint64_t from = hearing->head->sizes[0];
	bool from_unjoined = log->unjoined.size && from == log->unjoined.size;
	/* Only an answer has the peaks that may be needed for it. */
	bool from_claim = hearing->head->n_peaks && log->claim.head.size &&
	                  from == log->claim.head.size;
	bool from_waiting = from_unjoined || from_claim;
	bool fits = from == log->head.size || from_waiting ||
	            hearing->seen.size == log->head.size;

	if (log->split ||
	    (!from_waiting && checkpoint_equal(&hearing->seen, &log->head))) {
		return ERR_OK;
	}
	if (!from_waiting && hearing->seen.size < log->head.size) {
		return judge_older(hearing, log);
	}
	if (!fits) {
		return ERR_OK;
	}
	hearing->rejected = true; /* it sees to that */
	return replica_take_head(hearing->node, hearing->peer, hearing->head);
}

/* What is missing to hold one history up to this head: first from the head held
 * to it, then from one that waits below. */
static void ask(struct hearing *hearing)
{
	const struct state_log *log = state_log(hearing->node, hearing->log);
	bool waits = log->unjoined.size && log->unjoined.size < log->head.size;

	hearing->out->ask =
	    !log->split &&
	    (log->unjoined.size || hearing->seen.size > log->head.size);
	hearing->out->ask_from = waits ? log->unjoined.size : log->head.size;
}

static enum err keep_head(struct hearing *hearing)
{
	struct head_row row = { .log = hearing->log,
		.size = hearing->seen.size,
		.published_ms = clock_wall_ms(hearing->node->options.clock),
		.note = hearing->bytes };
	enum err err =
	    hearing->kept ? ERR_OK : heads_add(hearing->node->db, &row);

	err = err == ERR_EXISTS ? ERR_OK : err;
	hearing->kept = !err;
	return err;
}

static enum err keep_size(void *context, const struct cosignature_row *row)
{
	uint64_t *size = context;

	*size = row->size;
	return ERR_OK;
}

/* Size of the newest head of this log that an organisation cosigned; 0 none. */
static enum err newest_of(struct hearing *hearing, int64_t org, uint64_t *size)
{
	enum err err = ERR_OK;

	*size = 0;
	err = heads_cosigned(
	    hearing->node->db, hearing->log, org, keep_size, size);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

static enum err keep_line(
    struct hearing *hearing, const struct heard_line *line)
{
	struct cosignature_row row = { .log = hearing->log,
		.size = hearing->seen.size,
		.org = line->org,
		.time_s = line->time_s,
		.line = line->line };
	uint64_t before = 0;
	enum err err = newest_of(hearing, line->org, &before);

	if (err || before >= row.size) {
		return err;
	}
	err = state_begin(hearing->node);
	if (!err) {
		err = keep_head(hearing);
	}
	if (!err) {
		err = heads_keep_cosignature(hearing->node->db, &row);
	}
	return state_poison(hearing->node, err);
}

static enum err make_line(
    struct hearing *hearing, uint64_t time_s, struct buf *out)
{
	struct node *node = hearing->node;
	struct note_key key;

	note_witness_key(node_id(node),
	    &keystore_public(node->options.keystore)->cosigning, &key);
	return note_cosign(
	    node->options.keystore, &key, hearing->note.text, time_s, out);
}

/* PROTOCOL.md M194: "A node MUST cosign only what the author of the log asks it
 * to in a Head, in a session between the two." */
static bool names_us(const struct hearing *hearing)
{
	const Qsg__Head *head = hearing->head;

	for (size_t i = 0; i < head->n_witnesses; i++) {
		if (span_equal(span_of(head->witnesses[i].data,
				   head->witnesses[i].len),
			span_id(node_id(hearing->node)))) {
			return true;
		}
	}
	return false;
}

/* PROTOCOL.md M192: "A node MUST NOT cosign a head smaller than one of that log
 * that it has cosigned, nor make a second cosignature for one size." */
static enum err cosign(struct hearing *hearing)
{
	int64_t now_ms = clock_wall_ms(hearing->node->options.clock);
	struct heard_line said = { .org = 1,
		.time_s = now_ms > 0 ? (uint64_t)now_ms / 1000 : 0 };
	struct buf line = { 0 };
	uint64_t before = 0;
	enum err err = newest_of(hearing, 1, &before);

	if (err || before > hearing->seen.size) {
		return err;
	}
	if (before < hearing->seen.size) {
		err = make_line(hearing, said.time_s, &line);
		said.line = buf_span(&line);
		if (!err) {
			err = keep_line(hearing, &said);
		}
	}
	buf_clear(&line);
	hearing->out->cosigned = !err;
	hearing->out->generation = hearing->generation;
	hearing->out->size = hearing->seen.size;
	return err;
}

static enum err hear(struct hearing *hearing)
{
	struct node *node = hearing->node;
	struct state_log *log = NULL;
	enum err err = read_head(hearing);

	if (!err) {
		err = check_lines(hearing);
	}
	if (!err) {
		err = state_need_log(
		    node, hearing->peer, &hearing->generation, &log);
	}
	if (err) {
		return err;
	}
	hearing->log = log->log;
	err = join(hearing);
	ask(hearing);
	if (err || !is_newest(hearing, state_log(node, hearing->log))) {
		return err;
	}
	for (size_t i = 0; i < hearing->line_count && !err; i++) {
		err = keep_line(hearing, &hearing->lines[i]);
	}
	/* PROTOCOL.md M193: "A node that may not sign MUST NOT cosign." */
	if (!err && node->may_sign && names_us(hearing)) {
		err = cosign(hearing);
	}
	return err;
}

enum err witness_take_head(struct node *node, struct peer *peer,
    const Qsg__Head *head, struct witness_heard *out)
{
	struct hearing hearing = { .node = node,
		.peer = peer,
		.head = head,
		.bytes = span_of(head->checkpoint.data, head->checkpoint.len),
		.out = out };
	char why[LIMIT_REASON_BYTES];
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	if (node->accounts[peer->org - 1].bytes >= LIMIT_AUTHOR_BYTES) {
		return err_set(
		    ERR_LIMIT, "the records of this author are over quota");
	}
	err = hear(&hearing);
	if (err == ERR_LIMIT) {
		err = err_set(ERR_FORMAT, "a cosignature too long");
	}
	if (taking_peers_fault(err) && !hearing.rejected) {
		(void)snprintf(why, sizeof why, "%s", err_text());
		replica_reject(node, peer, "head", why, hearing.bytes);
		return err_set(err, "%s", why);
	}
	return err;
}

/*
 * Reading it back.
 */

struct reading {
	struct buf note;
	struct buf line;
	uint64_t size;
};

static enum err read_note(void *context, const struct head_row *row)
{
	struct reading *reading = context;

	return buf_append(&reading->note, row->note);
}

static enum err read_line(void *context, const struct cosignature_row *row)
{
	struct reading *reading = context;

	reading->size = row->size;
	return buf_append(&reading->line, row->line);
}

/* The head that stands in the database is the one in memory, and the line is
 * ours, on it. */
static enum err check_read(struct node *node, const struct state_log *log,
    const struct reading *reading)
{
	struct checkpoint stored;
	struct note note;
	struct id32 root;
	uint64_t time_s = 0;
	enum err err = note_parse(buf_span(&reading->note), &note);

	if (!err) {
		err = checkpoint_parse(&note, &stored);
	}
	if (!err) {
		err = merkle_tree_root(log->tree, reading->size, &root);
	}
	if (!err &&
	    (stored.size != reading->size || !id_equal(&stored.root, &root) ||
		!id_equal(&stored.author, &log->head.author) ||
		!generation_equal(&stored.generation, &log->head.generation))) {
		err = err_set(ERR_VERIFY, "another head than was cosigned");
	}
	return err ? err
	           : witness_check_line(note.text, buf_span(&reading->line),
			 node_card(node), &time_s);
}

/* PROTOCOL.md M199: "A cosignature MUST be made durable together with the head
 * it is of, then both read back and found to fit each other, before it is
 * sent." */
enum err witness_read(struct node *node, const struct peer *author,
    const struct generation *generation, uint64_t size, struct buf *line)
{
	struct state_log *log =
	    state_log_of(node, &author->card.organisation, generation);
	struct reading reading = { 0 };
	enum err err = log ? ERR_OK : err_set(ERR_NOTFOUND, "no such log");

	if (!err) {
		err =
		    heads_cosigned(node->db, log->log, 1, read_line, &reading);
	}
	if (!err && reading.size != size) {
		err = err_set(ERR_NOTFOUND, "another head was cosigned last");
	}
	if (!err) {
		err = heads_get(node->db, log->log, size, read_note, &reading);
	}
	if (!err) {
		err = check_read(node, log, &reading);
	}
	if (!err) {
		err = buf_append(line, buf_span(&reading.line));
	}
	buf_clear(&reading.note);
	buf_clear(&reading.line);
	return err;
}
