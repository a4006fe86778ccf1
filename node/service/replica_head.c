#include "keys/card_succession.h"
#include "ledger/subtree.h"
#include "service/contradiction.h"
#include "service/disown.h"
#include "service/mention.h"
#include "service/proofnodes.h"
#include "service/taking.h"

#include <stdlib.h>
#include <string.h>

/* A head is given to whoever shares a stream of its author with us. */
static bool may_have_head(const struct node *node, const struct peer *peer,
    const struct state_log *log)
{
	if (log->org == 1 || log->org == peer->org) {
		return true;
	}
	for (size_t i = 0; i < node->stream_count; i++) {
		if (node->streams[i].row.log == log->log &&
		    state_reads(&node->streams[i], &peer->card.organisation)) {
			return true;
		}
	}
	return false;
}

/* The asked size as our tree has it, where that is known. */
static enum err supply_peaks(
    struct state_log *log, uint64_t size, Qsg__Head *out)
{
	struct merkle_nodes peaks = { 0 };
	enum err err = subtree_peaks(log->tree, size, &peaks);

	if (!err) {
		err = proofnodes_copy(&peaks, &out->peaks, &out->n_peaks);
	}
	merkle_nodes_clear(&peaks);
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

enum err replica_supply_head(struct node *node, const struct peer *peer,
    const Qsg__HeadWant *want, Qsg__Head *out)
{
	struct state_log *log = NULL;
	struct merkle_nodes nodes = { 0 };
	struct generation generation;
	struct id32 author;
	enum err err = ERR_OK;

	qsg__head__init(out);
	if (want->author.len != sizeof author.b ||
	    want->generation.len != sizeof generation.b || want->n_sizes != 1) {
		return err_set(ERR_FORMAT, "a head is asked for from one size");
	}
	memcpy(author.b, want->author.data, sizeof author.b);
	memcpy(generation.b, want->generation.data, sizeof generation.b);
	log = state_log_of(node, &author, &generation);
	if (!log || !log->head.size || !may_have_head(node, peer, log)) {
		return err_set(ERR_NOTFOUND, "no such log");
	}
	if (want->sizes[0] > log->head.size) {
		return err_set(ERR_NOTFOUND, "no newer head here");
	}
	err = merkle_tree_prove(
	    log->tree, NULL, 0, want->sizes[0], log->head.size, &nodes);
	if (!err) {
		out->sizes = malloc(sizeof *out->sizes);
		err = out->sizes
		          ? proofnodes_copy(&nodes, &out->nodes, &out->n_nodes)
		          : err_set(ERR_MEM, "out of memory");
	}
	merkle_nodes_clear(&nodes);
	if (!err) {
		err = supply_peaks(log, want->sizes[0], out);
	}
	if (err) {
		replica_free_head(out);
		return err;
	}
	out->sizes[0] = want->sizes[0];
	out->n_sizes = 1;
	out->author = want->author;
	out->generation = want->generation;
	out->checkpoint.data = log->note.data;
	out->checkpoint.len = log->note.size;
	return ERR_OK;
}

void replica_free_head(Qsg__Head *head)
{
	free(head->nodes);
	free(head->peaks);
	free(head->sizes);
	qsg__head__init(head);
}

/* A head that is held, or was heard of: what a proof may start from. */
static const struct checkpoint *known_head(
    const struct state_log *log, uint64_t size)
{
	if (size == log->head.size) {
		return &log->head;
	}
	if (size == 0) {
		return NULL;
	}
	if (size == log->unjoined.size) {
		return &log->unjoined;
	}
	return size == log->claim.head.size ? &log->claim.head : NULL;
}

/* The proof does not stand on what is held. If it stands on the peaks that the
 * sender gives with it, its author has signed them, and they tell of the head
 * of their size, where that is known (from is not NULL). Otherwise it says
 * nothing of the author. */
static enum err judge_apart(
    struct taking *taking, struct state_log *log, const struct checkpoint *from)
{
	struct merkle_tree *theirs = NULL;
	struct merkle_nodes places = { 0 };
	struct id32 root;
	enum err err = taking->peaks.count
	                   ? contradiction_tree(taking, log, &theirs, &places)
	                   : ERR_VERIFY;

	if (!err && from) {
		err = merkle_tree_root(theirs, from->size, &root);
	}
	if (err == ERR_MEM) {
		goto done;
	}
	/* PROTOCOL.md M221: "A proof that does not stand on what is held, nor
	 * on the peaks that come with it, MUST NOT be held against the author."
	 */
	if (err) {
		err = taking_refuse(taking, ERR_VERIFY, "bad-proof",
		    "the proof does not join the two heads");
		goto done;
	}
	err = !from || id_equal(&root, &from->root)
	          ? mention_apart(taking, log, from, &places)
	          : taking_split(taking, log);
done:
	merkle_tree_free(theirs);
	merkle_nodes_clear(&places);
	return err;
}

/* A head that was mentioned while another waited: the peaks of its own tree are
 * compared with what is held, so that none hides another. */
static enum err judge_unheld(struct taking *taking, struct state_log *log)
{
	return taking->peaks.count
	           ? judge_apart(taking, log, NULL)
	           : taking_refuse(taking, ERR_DENIED, "refused",
			 "a head joined to none that is held here");
}

static enum err join_head(
    struct taking *taking, struct state_log *log, const Qsg__Head *head)
{
	struct span note = span_of(head->checkpoint.data, head->checkpoint.len);
	const struct checkpoint *from = known_head(log, head->sizes[0]);
	enum err err = ERR_OK;

	static const struct checkpoint nothing;
	const Qsg__LogGeneration *ended = disown_ended(taking->node, log);
	bool listed = ended && card_succession_lists(ended, taking->head.size,
				   &taking->head.root);

	if (!from && listed && !head->sizes[0]) {
		from = &nothing;
	}
	if (!from) {
		return judge_unheld(taking, log);
	}
	err = merkle_tree_check(log->tree, &taking->leaves, &taking->proof,
	    from->size, taking->head.size, &taking->head.root,
	    &taking->learned);
	if ((err == ERR_VERIFY || err == ERR_NOTFOUND) && from != &nothing) {
		return judge_apart(taking, log, from);
	}
	if (!err) {
		err = state_begin(taking->node);
	}
	if (!err) {
		err = taking_learn(taking, log);
	}
	if (!err && from != &log->head && from != &nothing) {
		bool adopt = false;

		err = taking_join(taking, log, &adopt);
		if (!err && adopt) {
			err = taking_adopt(taking, log, note);
		}
		return err ? err : taking_join_waiting(taking, log);
	}
	/* From nothing its peaks were taught, and no more: it is not joined. */
	if (!err && from == &log->head && taking->head.size > log->head.size) {
		err = taking_adopt(taking, log, note);
	}
	return err ? err : taking_join_waiting(taking, log);
}

/* Nothing more is taken of a log that was split; what shows it to others is. */
static enum err show_split(struct taking *taking, struct state_log *log)
{
	return taking->peaks.count ? contradiction_of_log(taking, log) : ERR_OK;
}

static enum err parse_head(struct taking *taking, const Qsg__Head *head)
{
	struct taking_names names = { .author = span_of(
					  head->author.data, head->author.len),
		.generation =
		    span_of(head->generation.data, head->generation.len) };
	enum err err = taking_find_author(taking, &names);

	if (!err && head->n_sizes != 1) {
		err = taking_refuse(
		    taking, ERR_FORMAT, "malformed", "a malformed head");
	}
	if (!err) {
		err = taking_parse_peaks(taking, head->peaks, head->n_peaks);
	}
	if (!err) {
		taking->old_size = head->sizes[0];
		err = taking_parse_nodes(taking, head->nodes, head->n_nodes);
	}
	return err;
}

enum err replica_take_head(
    struct node *node, struct peer *peer, const Qsg__Head *head)
{
	struct replica_taken out = { 0 };
	struct taking taking = { .node = node,
		.peer = peer,
		.out = &out,
		.now_ms = clock_wall_ms(node->options.clock) };
	struct state_log *log = NULL;
	enum err err = parse_head(&taking, head);

	if (!err) {
		log = state_log_of(node, &taking.author->card.organisation,
		    &taking.generation);
		err = log ? taking_check_head(&taking,
				span_of(head->checkpoint.data,
				    head->checkpoint.len),
				log)
		          : ERR_OK;
	}
	if (!err && log) {
		err = log->split ? show_split(&taking, log)
		                 : join_head(&taking, log, head);
	}
	if (taking_peers_fault(err)) {
		replica_reject(node, peer, out.code[0] ? out.code : "refused",
		    out.reason,
		    span_of(head->checkpoint.data, head->checkpoint.len));
	}
	taking_clear(&taking);
	return err;
}
