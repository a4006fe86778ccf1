#include "keys/card_succession.h"
#include "service/recovery.h"
#include "service/replica.h"
#include "service/state.h"
#include "service/successor.h"

#include <stdio.h>
#include <string.h>

#define INCARNATION_BYTES 16u

static struct state_log *peer_log(struct node *node, const struct peer *peer)
{
	const Qsg__LogGeneration *live = card_live_generation(peers_keys(peer));
	struct generation generation;

	if (!live || live->generation.len != sizeof generation.b) {
		return NULL;
	}
	memcpy(generation.b, live->generation.data, sizeof generation.b);
	return state_log_of(node, &peer->card.organisation, &generation);
}

void replica_facts(
    struct node *node, const struct peer *peer, struct replica_facts *out)
{
	const struct state_log *log = peer_log(node, peer);

	*out = (struct replica_facts){ .self = *node_id(node),
		.card_version = node_card(node)->fields->version,
		.peer_card_version = peers_keys(peer)->fields->version,
		.incarnation = node_incarnation(node),
		.peer_incarnation = peer->incarnation,
		.cursor = peer->cursor,
		.own_head = node_head_note(node) };
	if (log) {
		out->peer_head = buf_span(&log->note);
	}
}

/* PROTOCOL.md M182: "A head of a node's own log that a peer holds, and that
 * the log does not contain, MUST end that generation." */
static enum err end_generation(
    struct node *node, int64_t org, const struct checkpoint *theirs)
{
	bool known = node->start.signing == STATE_RECOVERS;
	char why[240];

	(void)snprintf(why, sizeof why,
	    "a peer holds a head of our log (size %llu) that these records "
	    "(size %llu) do not contain: this home is an old copy; nothing is "
	    "signed",
	    (unsigned long long)theirs->size,
	    (unsigned long long)node_head(node)->size);
	recovery_head(node, org, theirs);
	if (known) {
		return ERR_OK; /* it recovers already, and is glad of it */
	}
	recovery_end(node, why);
	return err_set(ERR_STATE, "%s", why);
}

/* Does our tree of that generation hold this head? */
static bool in_our_tree(struct node *node, const struct checkpoint *theirs)
{
	const struct state_log *log =
	    state_log_of(node, node_id(node), &theirs->generation);
	struct id32 root;

	return log && theirs->size <= log->head.size &&
	       !merkle_tree_root(log->tree, theirs->size, &root) &&
	       id_equal(&root, &theirs->root);
}

static enum err judge_verified(
    struct node *node, int64_t org, const struct checkpoint *theirs)
{
	const struct checkpoint *own = &state_own_log(node)->head;
	const Qsg__LogGeneration *generation =
	    card_generation(node_card(node), &theirs->generation);

	if (in_our_tree(node, theirs)) {
		return ERR_OK;
	}
	if (generation_equal(&theirs->generation, &own->generation)) {
		return end_generation(node, org, theirs);
	}
	/* Of one that ended by recovery a peer that was silent then may bring
	 * more; of any other it is shown as disowned, here and everywhere. */
	if (!generation ||
	    (!card_succession_lists(generation, theirs->size, &theirs->root) &&
		!generation->compromised &&
		successor_has_room(node, generation) &&
		successor_recovered(node, &theirs->generation))) {
		recovery_head(node, org, theirs);
	}
	return ERR_OK;
}

/* The log key of a generation of ours, as our own card says, or a newer one
 * that a peer gave. */
static const Qsg__LogGeneration *own_generation(
    const struct node *node, const struct generation *generation)
{
	const Qsg__LogGeneration *found =
	    card_generation(node_card(node), generation);

	return found || !node->heard.card.fields
	           ? found
	           : card_generation(&node->heard.card, generation);
}

static enum err judge_our_head(struct node *node, int64_t org,
    struct span bytes, const Qsg__LogGeneration **generation)
{
	struct checkpoint theirs;
	struct note note;
	struct id32 key;
	enum err err = note_parse(bytes, &note);

	if (!err) {
		err = checkpoint_parse(&note, &theirs);
	}
	if (err) {
		return err_wrap(err, "the head of our log that it holds");
	}
	if (!id_equal(&theirs.author, node_id(node))) {
		return err_set(ERR_VERIFY, "a head of another log");
	}
	*generation = own_generation(node, &theirs.generation);
	if (!*generation) {
		return err_set(ERR_DENIED, "a head of another log");
	}
	memcpy(key.b, (*generation)->log_key.data, sizeof key.b);
	err = checkpoint_verify(bytes, &key, &theirs);
	if (err) {
		return err_wrap(err, "the head of our log that it holds");
	}
	return judge_verified(node, org, &theirs);
}

/* The head of ours that it holds. One of a generation that we have never heard
 * of is kept until the card that names it is here, if the peer says that it has
 * a newer one. */
static enum err judge_hello_head(
    struct node *node, struct peer *peer, const Qsg__Hello *hello)
{
	struct span bytes =
	    span_of(hello->your_head.data, hello->your_head.len);
	const Qsg__LogGeneration *generation = NULL;
	enum err err = ERR_OK;

	buf_reset(&peer->our_head);
	if (!bytes.size) {
		recovery_answered(node, peer);
		return ERR_OK;
	}
	err = judge_our_head(node, peer->org, bytes, &generation);
	if (!err || err == ERR_STATE) {
		recovery_answered(node, peer);
		return err;
	}
	if (err != ERR_DENIED) {
		return err;
	}
	return hello->your_card_version > node_card(node)->fields->version
	           ? buf_append(&peer->our_head, bytes)
	           : err_set(ERR_VERIFY, "a head of another log");
}

enum err replica_own_card(struct node *node, struct card *card)
{
	const Qsg__LogGeneration *generation = NULL;
	enum err err = ERR_OK;

	if (card_compare(node_card(node), card) == CARD_SAME ||
	    card_compare(node_card(node), card) == CARD_OLDER) {
		return ERR_OK;
	}
	err = recovery_card(node, card);
	for (size_t i = 1; i < node->peer_count && !err; i++) {
		struct peer *peer = node->peers[i];

		if (peer->our_head.size &&
		    !judge_our_head(node, peer->org, buf_span(&peer->our_head),
			&generation)) {
			recovery_answered(node, peer);
			buf_reset(&peer->our_head);
		}
	}
	return err;
}

static enum err write_peer(struct node *node, const struct peer *peer)
{
	struct org_row row = { .org = peer->org,
		.id = peer->card.organisation,
		.cursor = peer->cursor,
		.seen_ms = peer->seen_ms };
	enum err err = state_begin(node);

	memcpy(row.incarnation, peer->incarnation, sizeof row.incarnation);
	return err ? err : state_poison(node, orgs_set_cursor(node->db, &row));
}

enum err replica_hello(struct node *node, struct peer *peer,
    const Qsg__Hello *hello, uint64_t *their_cursor)
{
	enum err err = ERR_OK;

	*their_cursor = 0;
	if (hello->organisation.len != sizeof(struct id32) ||
	    memcmp(hello->organisation.data, peer->card.organisation.b,
		sizeof(struct id32)) != 0) {
		return err_set(ERR_VERIFY, "a Hello in another's name");
	}
	if (hello->incarnation.len != INCARNATION_BYTES ||
	    (hello->your_incarnation.len != 0 &&
		hello->your_incarnation.len != INCARNATION_BYTES)) {
		return err_set(ERR_FORMAT, "a Hello without incarnation");
	}
	err = judge_hello_head(node, peer, hello);
	if (err) {
		return err;
	}
	if (hello->your_incarnation.len &&
	    memcmp(hello->your_incarnation.data, node_incarnation(node),
		INCARNATION_BYTES) == 0) {
		*their_cursor = hello->cursor;
	}
	if (memcmp(peer->incarnation, hello->incarnation.data,
		INCARNATION_BYTES) != 0) {
		memcpy(peer->incarnation, hello->incarnation.data,
		    INCARNATION_BYTES);
		peer->cursor = 0;
	}
	peer->seen_ms = clock_wall_ms(node->options.clock);
	return write_peer(node, peer);
}

enum err replica_met(struct node *node, struct peer *peer)
{
	int64_t now = clock_wall_ms(node->options.clock);

	if (now - peer->seen_ms < REPLICA_MET_MS) {
		return ERR_OK;
	}
	peer->seen_ms = now;
	return write_peer(node, peer);
}

enum err replica_done(struct node *node, struct peer *peer, uint64_t cursor)
{
	peer->cursor = cursor;
	return write_peer(node, peer);
}
