#include "service/disown.h"

#include "keys/card_succession.h"

#include <string.h>

const Qsg__LogGeneration *disown_ended(
    struct node *node, const struct state_log *log)
{
	const struct card *card = peers_keys(peers_get(node, log->org));
	const Qsg__LogGeneration *found =
	    card_generation(card, &log->head.generation);

	return found == card_live_generation(card) ? NULL : found;
}

/* Does the path of this leaf, as it is known, lead to the accepted root? */
static bool holds(struct state_log *log, const struct view_record *view,
    const Qsg__AcceptedHead *head)
{
	struct merkle_nodes leaf = { 0 };
	struct merkle_nodes none = { 0 };
	struct merkle_nodes learned = { 0 };
	struct id32 root;
	bool held = false;

	if (view->leaf >= head->size) {
		return false;
	}
	memcpy(root.b, head->root.data, sizeof root.b);
	held = !merkle_nodes_add(&leaf, 0, view->leaf, &view->id) &&
	       !merkle_tree_check(
		   log->tree, &leaf, &none, 0, head->size, &root, &learned);
	merkle_nodes_clear(&leaf);
	merkle_nodes_clear(&learned);
	return held;
}

/* Everything taken of this log is proven in its newest head, and that one is
 * accepted: no need to look at each record. */
static bool whole(
    const struct state_log *log, const Qsg__LogGeneration *generation)
{
	return !log->split && !log->unjoined.size &&
	       card_succession_lists(
		   generation, log->head.size, &log->head.root);
}

/* No path leads to a root that the tree does not have. A card may name hundreds
 * of them, so that is looked up once and not for every record. */
static void find_accepted(struct node *node, struct state_log *log,
    const Qsg__LogGeneration *generation)
{
	struct state_accepted *accepted = &log->accepted;
	uint64_t bytes = node->accounts[log->org - 1].bytes;
	uint64_t version =
	    peers_keys(peers_get(node, log->org))->fields->version;

	if (accepted->known_bytes == bytes &&
	    accepted->head_size == log->head.size &&
	    accepted->card_version == version) {
		return;
	}
	memset(accepted, 0, sizeof *accepted);
	accepted->known_bytes = bytes;
	accepted->head_size = log->head.size;
	accepted->card_version = version;
	for (size_t i = 0;
	     i < generation->n_accepted_heads && i < STATE_ACCEPTED; i++) {
		const Qsg__AcceptedHead *head = generation->accepted_heads[i];
		struct id32 root;

		if (!merkle_tree_root(log->tree, head->size, &root) &&
		    memcmp(root.b, head->root.data, sizeof root.b) == 0) {
			accepted->bits[i / 8] |= (uint8_t)(1u << i % 8);
		}
	}
}

static bool may_hold(const struct state_log *log, size_t i)
{
	return i >= STATE_ACCEPTED ||
	       (log->accepted.bits[i / 8] >> i % 8 & 1) != 0;
}

/* PROTOCOL.md M226: "Of a generation that has ended, what no accepted head
 * holds, as far as that is proven, MUST be kept and shown as disowned, whatever
 * the order in which cards, heads and records came." */
static bool is_disowned(struct node *node, struct state_log *log,
    const struct view_record *view, const Qsg__LogGeneration *generation)
{
	if (whole(log, generation)) {
		return view->leaf >= log->head.size;
	}
	find_accepted(node, log, generation);
	for (size_t i = generation->n_accepted_heads; i > 0; i--) {
		if (may_hold(log, i - 1) &&
		    holds(log, view, generation->accepted_heads[i - 1])) {
			return false;
		}
	}
	return true;
}

static bool is_held_disowned(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	struct state_log *log =
	    state_log(node, state_stream(node, view->stream)->row.log);
	const Qsg__LogGeneration *generation = disown_ended(node, log);

	return generation && is_disowned(node, log, view, generation);
}

/* PROTOCOL.md M431: "What is granted from a log generation that has ended by
 * the newest card known of its author MUST be shown as disowned, unless the
 * head that its proof leads to is one that the card accepts, or is known to be
 * the beginning of one." */
static bool is_granted_disowned(
    struct node *node, uint32_t rid, const struct view_granted *granted)
{
	const struct card *card =
	    peers_keys(peers_get(node, state_author(node, rid)));
	const Qsg__LogGeneration *generation =
	    card_generation(card, &granted->generation);
	struct state_log *log =
	    state_log_of(node, &granted->author, &granted->generation);
	struct id32 root;

	if (generation == card_live_generation(card) ||
	    (generation && card_succession_lists(generation, granted->head_size,
			       &granted->head_root))) {
		return false;
	}
	return !generation || !log || !whole(log, generation) ||
	       granted->head_size > log->head.size ||
	       merkle_tree_root(log->tree, granted->head_size, &root) ||
	       !id_equal(&root, &granted->head_root);
}

bool disown_record(struct node *node, uint32_t rid)
{
	const struct view_granted *granted = views_granted(node->views, rid);

	return granted ? is_granted_disowned(node, rid, granted)
	               : is_held_disowned(node, rid);
}

bool disown_stream(struct node *node, const struct state_stream *stream)
{
	struct state_log *log = state_log(node, stream->row.log);
	const Qsg__LogGeneration *generation = disown_ended(node, log);

	if (!generation || whole(log, generation)) {
		return false;
	}
	for (uint64_t n = 1; n <= stream->row.state.taken; n++) {
		uint32_t rid =
		    views_at(node->views, (uint32_t)stream->row.stream, n);

		if (rid && is_disowned(node, log, views_get(node->views, rid),
			       generation)) {
			return true;
		}
	}
	return false;
}

/* The size from which an accepted head is still to be joined to what is held.
 * Where more is held than is accepted, its peaks alone are asked for: below
 * them the paths are known. */
static bool owed_from(
    struct state_log *log, const Qsg__LogGeneration *generation, uint64_t *from)
{
	for (size_t i = 0; i < generation->n_accepted_heads; i++) {
		const Qsg__AcceptedHead *head = generation->accepted_heads[i];
		struct id32 root;

		if (!merkle_tree_root(log->tree, head->size, &root)) {
			continue;
		}
		*from = head->size > log->head.size ? log->head.size : 0;
		return true;
	}
	return false;
}

static bool shares_stream(const struct node *node, const struct peer *peer,
    const struct state_log *log)
{
	for (size_t i = 0; i < node->stream_count; i++) {
		if (node->streams[i].row.log == log->log &&
		    state_reads(&node->streams[i], &peer->card.organisation)) {
			return true;
		}
	}
	return false;
}

bool disown_owed(struct node *node, const struct peer *peer, size_t *place,
    struct replica_range *out)
{
	while (*place < node->log_count) {
		struct state_log *log = &node->logs[(*place)++];
		const Qsg__LogGeneration *generation =
		    log->org == 1 || log->split || !log->head.size
			? NULL
			: disown_ended(node, log);

		if (!generation || whole(log, generation) ||
		    (log->org != peer->org &&
			!shares_stream(node, peer, log))) {
			continue;
		}
		memset(out, 0, sizeof *out);
		out->author = log->head.author;
		out->generation = log->head.generation;
		if (owed_from(log, generation, &out->head_size)) {
			return true;
		}
	}
	return false;
}
