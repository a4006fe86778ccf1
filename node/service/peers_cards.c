#include "codec/text.h"
#include "keys/card_succession.h"
#include "service/contradiction.h"
#include "service/enrolment.h"
#include "service/groups.h"
#include "service/providers.h"
#include "service/replica.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS (86400LL * 1000LL)

static enum err check_fingerprint(
    const struct card *card, const char *fingerprint)
{
	struct id32 id;
	enum err err = ERR_OK;

	if (!fingerprint) {
		return ERR_OK;
	}
	err = text_unfingerprint(span_text(fingerprint), &id);
	if (err) {
		return err_wrap(err, "--fingerprint");
	}
	if (!id_equal(&id, &card->organisation)) {
		return err_set(ERR_DENIED,
		    "the card's fingerprint is %s, not the one given: do not "
		    "use this card",
		    text_fingerprint(&card->organisation).text);
	}
	return ERR_OK;
}

/* For status, until a person has dealt with it. */
static enum err mark_conflict(struct node *node, const struct peer *peer)
{
	struct buf key = { 0 };
	enum err err =
	    buf_printf(&key, STATE_CONFLICT_KEY, (long long)peer->org);

	if (!err) {
		err = db_meta_set(node->db, buf_text(&key), span_text("1"));
	}
	buf_clear(&key);
	return err;
}

/* What two cards of one author may contradict each other in. */
struct quarrel {
	const char *code;
	const char *reason;
	const char *ask;
};
static const struct quarrel two_of_one_version = { "card-conflict",
	"two different cards of one version", "ask them which one is theirs" };
static const struct quarrel two_successors = { "card-fork",
	"two cards that name different log generations after the same one",
	"ask them whether two copies of their home are running" };
static const struct quarrel withdrawal = { "card-withdrawal",
	"a card that takes back what an earlier one says of its log "
	"generations",
	"ask them for the card in force" };

/* Two cards that contradict each other are evidence against their author:
 * kept. */
static enum err conflict(struct node *node, struct peer *peer,
    const struct card *held, const struct card *card,
    const struct quarrel *what)
{
	struct quarantine_item item = { .peer = card->organisation,
		.received_ms = clock_wall_ms(node->options.clock),
		.code = what->code,
		.reason = what->reason,
		.hash = card->digest,
		.size = card->signed_bytes.size };
	enum err err = state_begin(node);

	if (!err) {
		err = quarantine_add(node->db, node->options.keystore,
		    node->options.rng, &peer->rejected, &item,
		    buf_span(&card->signed_bytes));
	}
	peers_problem(peer, item.received_ms, false, item.reason);
	if (!err && what != &withdrawal) {
		err = contradiction_of_cards(node, peer, held, card);
	}
	peer->card_conflict = true;
	if (!err) {
		err = mark_conflict(node, peer);
	}
	if (err) {
		return err;
	}
	return err_set(ERR_STATE,
	    "%s signed %s (this one is version %llu): kept as evidence, not "
	    "used; %s",
	    peer->card.fields->name, what->reason,
	    (unsigned long long)card->fields->version, what->ask);
}

/* PROTOCOL.md M228: "Two cards of one organisation that name different
 * generations after the same one MUST be taken as evidence against it,
 * whichever versions they have." */
static enum err check_succession(
    struct node *node, struct peer *peer, const struct card *card)
{
	const struct card *held = peers_keys(peer);
	bool newer = card_compare(held, card) == CARD_NEWER;

	switch (
	    newer ? card_succession(held, card) : card_succession(card, held)) {
	case CARD_DIVERGES:
		return conflict(node, peer, held, card, &two_successors);
	case CARD_WITHDRAWS:
		break;
	case CARD_CONTINUES:
		return ERR_OK;
	}
	/* PROTOCOL.md M227: "A card MUST be refused that lacks a log
	 * generation, an accepted head or a mark of compromise of the card in
	 * force." */
	return newer ? conflict(node, peer, held, card, &withdrawal) : ERR_OK;
}

/* When the slot-bearing record in force was really made: row.keyed_ms may have
 * been set back already. */
static int64_t keyed_at_ms(
    const struct node *node, const struct state_stream *stream)
{
	uint32_t rid = views_at(node->views, (uint32_t)stream->row.stream,
	    stream->row.state.keyed_at);

	return rid ? views_get(node->views, rid)->received_ms
	           : stream->row.keyed_ms;
}

/* A reader's sealing epoch changed: our streams to it are re-keyed with their
 * next record, at most once a day (its old epoch stays valid meanwhile). The
 * age rule does it: the key in force is made to look old enough. */
static enum err rekey_streams(
    struct node *node, const struct card *before, const struct card *after)
{
	const Qsg__SealingKey *old = card_sealing(before);
	const Qsg__SealingKey *new = card_sealing(after);
	int64_t due = clock_wall_ms(node->options.clock) - LIMIT_REKEY_AGE_MS;
	enum err err = ERR_OK;

	if (old && new && old->epoch == new->epoch) {
		return ERR_OK;
	}
	for (size_t i = 0; i < node->stream_count && !err; i++) {
		struct state_stream *stream = &node->streams[i];
		int64_t earliest = 0;

		if (stream->row.log != node->own_log ||
		    !state_reads(stream, &after->organisation)) {
			continue;
		}
		earliest = keyed_at_ms(node, stream) + LIMIT_REKEY_READER_MS -
		           LIMIT_REKEY_AGE_MS;
		stream->row.keyed_ms = due > earliest ? due : earliest;
		err = logs_set_stream(node->db, &stream->row);
	}
	return err;
}

static enum err write_cards(struct node *node, const struct peer *peer,
    const struct card *card, const struct card *pending)
{
	struct org_row row = { .org = peer->org,
		.id = peer->card.organisation,
		.signed_card = buf_span(&card->signed_bytes) };
	struct node_event event = { .kind = NODE_PEER_CHANGED,
		.org = peer->org };
	enum err err = state_begin(node);

	if (pending) {
		row.pending_card = buf_span(&pending->signed_bytes);
	}
	if (!err) {
		err = orgs_set_cards(
		    node->db, node->options.keystore, node->options.rng, &row);
	}
	if (!err) {
		err = state_stage_event(node, &event);
	}
	if (peers_keys(peer)->fields->n_generations > 1 ||
	    (pending ? pending : card)->fields->n_generations > 1) {
		groups_doubt(node); /* what it disowns does not count */
		providers_drop(node);
	}
	if (!err) {
		err = rekey_streams(
		    node, peers_keys(peer), pending ? pending : card);
	}
	return err;
}

/* Put a card in force by a person's decision. */
static enum err accept_card(struct node *node, struct peer *peer,
    const struct card *card, enum peers_outcome *outcome)
{
	struct card copy = { 0 };
	enum err err = card_copy(card, &copy);

	if (!err) {
		err = write_cards(node, peer, card, NULL);
	}
	if (err) {
		card_clear(&copy);
		return err;
	}
	card_clear(&peer->card);
	card_clear(&peer->pending);
	peer->card = copy;
	*outcome = PEERS_UPDATED;
	return enrolment_by_person(node, peer);
}

static enum err add_known(struct node *node, struct peer *peer,
    const struct card *card, enum peers_outcome *outcome)
{
	enum card_order order = card_compare(&peer->card, card);
	enum card_order to_pending = CARD_NEWER;
	enum err err = ERR_OK;

	if (peer->pending.fields) {
		to_pending = card_compare(&peer->pending, card);
	}
	if (order == CARD_CONFLICT) {
		return conflict(
		    node, peer, &peer->card, card, &two_of_one_version);
	}
	if (to_pending == CARD_CONFLICT) {
		return conflict(
		    node, peer, &peer->pending, card, &two_of_one_version);
	}
	err = check_succession(node, peer, card);
	if (err) {
		return err;
	}
	if (order == CARD_OLDER || to_pending == CARD_OLDER) {
		return err_set(ERR_STATE,
		    "this card is version %llu; version %llu of %s is known "
		    "already",
		    (unsigned long long)card->fields->version,
		    (unsigned long long)(peer->pending.fields
					     ? peer->pending.fields->version
					     : peer->card.fields->version),
		    peer->card.fields->name);
	}
	if (order == CARD_SAME && !peer->pending.fields &&
	    peer->how == ORG_BY_PERSON) {
		*outcome = PEERS_SAME;
		return ERR_OK;
	}
	return accept_card(node, peer, card, outcome);
}

static enum err add_checked(struct node *node, const struct card *card,
    bool accept_code, enum peers_outcome *outcome, struct peer **out)
{
	*out = peers_by_id(node, &card->organisation);
	if (*out && (*out)->org == 1) {
		return err_set(ERR_STATE, "this is our own card");
	}
	if (*out && (*out)->refused[0]) {
		return peers_check_admitted(*out);
	}
	if (!accept_code && enrolment_code_taken(node, card)) {
		return err_set(ERR_STATE,
		    "the code %s belongs to another organisation known here; "
		    "if that is right, add the card with --accept-code",
		    card->fields->code);
	}
	if (*out) {
		return add_known(node, *out, card, outcome);
	}
	*outcome = PEERS_ADDED;
	return enrolment_new(node, card, NULL, out);
}

enum err peers_add(struct node *node, struct span card_text,
    const struct peers_decision *decision, enum peers_outcome *outcome,
    struct peer **out)
{
	struct card card = { 0 };
	enum err err = card_read(card_text, &card);

	if (!err) {
		err = check_fingerprint(&card, decision->fingerprint);
	}
	if (!err) {
		err = add_checked(
		    node, &card, decision->accept_code, outcome, out);
	}
	card_clear(&card);
	return err;
}

/* PROTOCOL.md M184: "A node MUST NOT take more than 10 newer cards of one
 * organisation in 24 hours." */
static enum err count_card(struct node *node, int64_t org)
{
	int64_t *times = node->accounts[org - 1].card_times_ms;
	int64_t now = clock_steady_ms(node->options.clock) + DAY_MS;

	if (times[0] && now - times[0] < DAY_MS) {
		return err_set(ERR_LIMIT, "more than %u cards in a day",
		    LIMIT_CARDS_PER_DAY);
	}
	memmove(times, times + 1, (LIMIT_CARDS_PER_DAY - 1) * sizeof *times);
	times[LIMIT_CARDS_PER_DAY - 1] = now;
	return ERR_OK;
}

/* PROTOCOL.md M183: "A changed name, code or kind, and a code that another
 * organisation has already, MUST wait for a person, while the card's keys and
 * endpoints apply at once." */
static enum err apply_unconfirmed(struct node *node, struct peer *peer,
    struct card *card, enum peers_outcome *outcome)
{
	bool waits = card_claims_differ(&peer->card, card) ||
	             enrolment_code_taken(node, card);
	enum err err = write_cards(
	    node, peer, waits ? &peer->card : card, waits ? card : NULL);

	if (err) {
		return err;
	}
	if (waits) {
		card_clear(&peer->pending);
		peer->pending = *card;
		*outcome = PEERS_WAITS;
	} else {
		card_clear(&peer->pending);
		card_clear(&peer->card);
		peer->card = *card;
		*outcome = PEERS_UPDATED;
	}
	*card = (struct card){ 0 };
	return ERR_OK;
}

static enum err take_checked(
    struct node *node, struct card *card, enum peers_outcome *outcome)
{
	struct peer *peer = peers_by_id(node, &card->organisation);
	const struct card *newest = NULL;
	enum err err = ERR_OK;

	if (peer && peer->org == 1) {
		*outcome = PEERS_SAME;
		return replica_own_card(node, card);
	}
	if (!peer) {
		return err_set(ERR_NOTFOUND,
		    "a card of an organisation nobody here enrolled");
	}
	newest = peer->pending.fields ? &peer->pending : &peer->card;
	err = check_succession(node, peer, card);
	if (err) {
		return err;
	}
	switch (card_compare(newest, card)) {
	case CARD_SAME:
		*outcome = PEERS_SAME;
		return ERR_OK;
	case CARD_OLDER:
		return err_set(ERR_STATE, "a card of a lower version");
	case CARD_CONFLICT:
		return conflict(node, peer, newest, card, &two_of_one_version);
	case CARD_NEWER:
		break;
	}
	err = count_card(node, peer->org);
	return err ? err : apply_unconfirmed(node, peer, card, outcome);
}

enum err peers_take_card(
    struct node *node, struct span signed_card, enum peers_outcome *outcome)
{
	struct card card = { 0 };
	enum err err = card_parse(signed_card, &card);

	if (!err) {
		err = take_checked(node, &card, outcome);
	}
	card_clear(&card);
	return err;
}
