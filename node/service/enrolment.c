#define _POSIX_C_SOURCE 200809L

#include "service/enrolment.h"

#include "base/log.h"
#include "codec/canon.h"
#include "domain/plain.h"
#include "service/groups.h"
#include "service/replica.h"
#include "service/state.h"
#include "service/stated.h"

#include <stdlib.h>
#include <string.h>

bool enrolment_code_taken(const struct node *node, const struct card *card)
{
	for (size_t i = 0; i < node->peer_count; i++) {
		const struct card *other = &node->peers[i]->card;

		if (!id_equal(&other->organisation, &card->organisation) &&
		    strcmp(other->fields->code, card->fields->code) == 0) {
			return true;
		}
	}
	return false;
}

/*
 * What a roster states.
 */

/* Name, code and kind alone, and of which group the roster is. */
static enum err encode_stated(
    const Qsg__RosterEntry *entry, const struct id32 *group, struct buf *out)
{
	struct id32 id = *group;
	Qsg__RosterEntry stated;

	qsg__roster_entry__init(&stated);
	if (!id_is_zero(&id)) {
		stated.organisation.data = id.b;
		stated.organisation.len = sizeof id.b;
	}
	stated.name = entry->name;
	stated.code = entry->code;
	stated.kind = entry->kind;
	return canon_encode(&stated.base, out);
}

static enum err put_text(char **field, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		return err_set(ERR_MEM, "out of memory");
	}
	if (*field != protobuf_c_empty_string) {
		free(*field);
	}
	*field = copy;
	return ERR_OK;
}

static enum err put_claims(struct card *card, const Qsg__RosterEntry *stated)
{
	enum err err = put_text(&card->fields->name, stated->name);

	if (!err) {
		err = put_text(&card->fields->code, stated->code);
	}
	return err ? err : put_text(&card->fields->kind, stated->kind);
}

enum err enrolment_restate(struct peer *peer, struct span stated)
{
	ProtobufCMessage *message = NULL;
	const Qsg__RosterEntry *entry = NULL;
	enum err err = canon_decode(
	    &qsg__roster_entry__descriptor, stated, LIMIT_CARD_BYTES, &message);

	if (err) {
		return err;
	}
	entry = (const Qsg__RosterEntry *)message;
	err = put_claims(&peer->card, entry);
	peer->by_group = (struct id32){ { 0 } };
	if (entry->organisation.len == sizeof peer->by_group.b) {
		memcpy(peer->by_group.b, entry->organisation.data,
		    sizeof peer->by_group.b);
	}
	canon_free(message);
	buf_reset(&peer->stated);
	return err ? err : buf_append(&peer->stated, stated);
}

/* PROTOCOL.md M328: "Of an organisation that a roster enrolled, name, code
 * and kind MUST count as that roster stated them; a card that says
 * otherwise, or whose code another organisation has already, MUST wait for
 * a person, while its keys and endpoints apply at once." */
static bool must_wait(const struct node *node, const struct card *card,
    const Qsg__RosterEntry *stated)
{
	const Qsg__Card *claims = card->fields;

	return strcmp(claims->name, stated->name) != 0 ||
	       strcmp(claims->code, stated->code) != 0 ||
	       strcmp(claims->kind, stated->kind) != 0 ||
	       enrolment_code_taken(node, card);
}

/*
 * New ones.
 */

/* A new author: what its peers advertised before was passed over, so every
 * cursor goes back and is advertised from again. */
static enum err reset_cursors(struct node *node)
{
	enum err err = ERR_OK;

	for (size_t i = 1; i < node->peer_count && !err; i++) {
		struct peer *peer = node->peers[i];

		if (peer->cursor) {
			err = replica_done(node, peer, 0);
		}
	}
	return err;
}

static enum err note_change(struct node *node, const struct peer *peer)
{
	struct node_event event = { .kind = NODE_PEER_CHANGED,
		.org = peer->org };

	return state_stage_event(node, &event);
}

static void free_peer(struct peer *peer)
{
	card_clear(&peer->card);
	card_clear(&peer->pending);
	buf_clear(&peer->stated);
	free(peer);
}

/* Fill a peer that nothing points to yet. */
static enum err make_peer(struct node *node, const struct card *card,
    const struct enrolment_by *by, struct peer *peer)
{
	const Qsg__RosterEntry *stated = by ? by->entry : NULL;
	struct buf claims = { 0 };
	enum err err = card_copy(card, &peer->card);

	if (err || !stated) {
		return err;
	}
	peer->how = ORG_BY_ROSTER;
	if (must_wait(node, card, stated)) {
		err = card_copy(card, &peer->pending);
	}
	if (!err) {
		err = encode_stated(stated, &by->group, &claims);
	}
	if (!err) {
		err = enrolment_restate(peer, buf_span(&claims));
	}
	buf_clear(&claims);
	return err;
}

static enum err write_peer(struct node *node, struct peer *peer)
{
	struct org_row row = { .id = peer->card.organisation,
		.signed_card = buf_span(&peer->card.signed_bytes),
		.pending_card = buf_span(&peer->pending.signed_bytes),
		.added_ms = clock_wall_ms(node->options.clock),
		.how = peer->how,
		.stated = buf_span(&peer->stated) };
	enum err err = state_begin(node);

	if (!err) {
		err = orgs_add(node->db, node->options.keystore,
		    node->options.rng, &row, &peer->org);
	}
	peer->added_ms = row.added_ms;
	return err ? err : note_change(node, peer);
}

enum err enrolment_new(struct node *node, const struct card *card,
    const struct enrolment_by *by, struct peer **out)
{
	struct peer *peer = NULL;
	enum err err = ERR_OK;

	if (node->peer_count >= LIMIT_PEERS) {
		return err_set(ERR_LIMIT,
		    "at most %u organisations can be known", LIMIT_PEERS);
	}
	peer = calloc(1, sizeof *peer);
	if (!peer) {
		return err_set(ERR_MEM, "out of memory");
	}
	err = make_peer(node, card, by, peer);
	if (err) {
		free_peer(peer); /* nothing was staged */
		return err;
	}
	err = write_peer(node, peer);
	if (!err) {
		err = state_add_peer(node, peer);
	}
	if (err) {
		free_peer(peer);
		return state_poison(node, err);
	}
	*out = peer;
	return reset_cursors(node);
}

/*
 * Those known already.
 */

static enum err write_standing(struct node *node, const struct peer *peer)
{
	struct org_row row = { .org = peer->org,
		.how = peer->how,
		.stated = buf_span(&peer->stated),
		.refused = span_text(peer->refused) };
	enum err err = state_begin(node);

	if (!err) {
		err = orgs_set_standing(
		    node->db, node->options.keystore, node->options.rng, &row);
	}
	return err;
}

/* PROTOCOL.md M336: "A node MUST keep of each organisation whether a person
 * or a roster enrolled it, and a person who adds its card MUST make it the
 * former." */
enum err enrolment_by_person(struct node *node, struct peer *peer)
{
	if (peer->how == ORG_BY_PERSON) {
		return ERR_OK;
	}
	groups_doubt(node);
	peer->how = ORG_BY_PERSON;
	peer->barred = false;
	peer->by_group = (struct id32){ { 0 } };
	buf_clear(&peer->stated);
	return state_poison(node, write_standing(node, peer));
}

/* What a roster states of it now does not count before a person says so:
 * stated_otherwise finds it. */
static enum err update(
    struct node *node, struct peer *peer, const struct card *card)
{
	enum peers_outcome outcome = PEERS_SAME;

	return card_compare(peers_keys(peer), card) == CARD_NEWER
	           ? peers_take_card(
			 node, buf_span(&card->signed_bytes), &outcome)
	           : ERR_OK;
}

/*
 * By a roster.
 */

/* PROTOCOL.md M327: "A card in a roster that is not of the organisation
 * whose entry it stands in MUST NOT enrol anybody." */
static enum err read_card(const Qsg__RosterEntry *entry, struct card *out)
{
	struct span bytes = span_of(entry->card.data, entry->card.len);
	enum err err = card_parse(bytes, out);

	if (!err &&
	    !span_equal(span_id(&out->organisation),
		span_of(entry->organisation.data, entry->organisation.len))) {
		err = err_set(ERR_VERIFY,
		    "the card in the roster is of another organisation");
	}
	return err;
}

/* PROTOCOL.md M393: "A roster MUST NOT enrol an organisation under a name or
 * code that another organisation known to the node goes by, nor under a name
 * that, but for case, spaces, punctuation, accents and look-alikes, another
 * has." */
enum err enrolment_taken(struct node *node, const struct id32 *organisation,
    const char *name, const char *code)
{
	struct peer *other = NULL;
	enum err err = peers_namesake(node, organisation, name, &other);

	if (!err && !other) {
		err = peers_namesake(node, organisation, code, &other);
	}
	if (!err && !other) {
		err = peers_lookalike(node, organisation, name, &other);
	}
	return err || !other
	           ? err
	           : err_set(ERR_STATE,
			 "another organisation known here, %.40s (%.12s), "
			 "goes by its name or code, or nearly so: if that "
			 "is right, a person "
			 "adds its card (`qsg peer add --accept-code`)",
			 other->card.fields->name, other->card.fields->code);
}

/* PROTOCOL.md M395: "The rosters of one group MUST NOT enrol more than 256
 * organisations at a node, nor all rosters together the last 128 that it can
 * know; the rest MUST be shown as not enrolled." */
enum err enrolment_room(const struct node *node, const struct id32 *group)
{
	size_t enrolled = 0;

	for (size_t i = 1; i < node->peer_count; i++) {
		const struct peer *peer = node->peers[i];

		enrolled += peer->how == ORG_BY_ROSTER &&
		            id_equal(&peer->by_group, group);
	}
	if (node->peer_count >= LIMIT_PEERS - LIMIT_PEERS_RESERVED) {
		return err_set(ERR_LIMIT,
		    "%zu organisations are known here: the places left are "
		    "for those that a person adds",
		    node->peer_count);
	}
	if (enrolled >= LIMIT_GROUP_ENROLLED) {
		return err_set(ERR_LIMIT,
		    "the rosters of this group have enrolled %zu organisations "
		    "here, the most they may: a person can add others",
		    enrolled);
	}
	return ERR_OK;
}

static enum err enrol(struct node *node, const struct card *card,
    const struct enrolment_by *by, struct peer **out)
{
	const Qsg__RosterEntry *entry = by->entry;
	enum err err = enrolment_taken(
	    node, &card->organisation, entry->name, entry->code);

	/* Whom a person compared is within the limit for persons. */
	if (!err && !by->compared) {
		err = enrolment_room(node, &by->group);
	}
	return err ? err : enrolment_new(node, card, by, out);
}

enum err enrolment_listed(struct node *node, const struct enrolment_by *by)
{
	const Qsg__RosterEntry *entry = by->entry;
	struct peer *peer = NULL;
	struct card card = { 0 };
	struct id32 id;
	enum err err = ERR_OK;

	if (entry->organisation.len != sizeof id.b) {
		return err_set(ERR_FORMAT, "an entry without organisation");
	}
	memcpy(id.b, entry->organisation.data, sizeof id.b);
	peer = peers_by_id(node, &id);
	if (peer && peer->org == 1) {
		return ERR_OK;
	}
	err = read_card(entry, &card);
	if (!err) {
		err = peer ? update(node, peer, &card)
		           : enrol(node, &card, by, &peer);
	}
	card_clear(&card);
	return err;
}

bool enrolment_stops(enum err err)
{
	return err == ERR_MEM || err == ERR_IO || err == ERR_FULL;
}

/* PROTOCOL.md M398: "An entry of a roster that enrols nobody MUST be passed
 * over and shown, and MUST NOT keep anything else from being recorded." */
enum err enrolment_roster(struct node *node, const Qsg__Roster *roster)
{
	struct enrolment_by by = { 0 };

	if (roster->group.len == sizeof by.group.b) {
		memcpy(by.group.b, roster->group.data, sizeof by.group.b);
	}
	for (size_t i = 0; i < roster->n_entries; i++) {
		enum err err = ERR_OK;

		by.entry = roster->entries[i];
		err = enrolment_listed(node, &by);
		if (enrolment_stops(err)) {
			return err;
		}
		if (err) {
			log_line(LOG_WARN, "groups",
			    "what a roster states of %.80s is passed over: %s",
			    by.entry->name, err_text());
		}
	}
	return ERR_OK;
}

/*
 * Who is refused, and who is not any more.
 */

enum err enrolment_refuse(
    struct node *node, struct peer *peer, const char *reason)
{
	size_t size = strlen(reason);
	enum err err = ERR_OK;

	if (peer->org == 1) {
		return err_set(ERR_INPUT, "this is our own organisation");
	}
	if (size < 1 || size > LIMIT_REASON_BYTES) {
		return err_set(ERR_INPUT, "--reason takes 1 to %u bytes",
		    LIMIT_REASON_BYTES);
	}
	err = plain_check_text("--reason", reason);
	if (err) {
		return err;
	}
	if (peer->refused[0]) {
		return err_set(ERR_STATE, "%s is refused already: %s",
		    peer->card.fields->name, peer->refused);
	}
	memcpy(peer->refused, reason, size + 1);
	groups_doubt(node);
	err = write_standing(node, peer);
	return state_poison(node, err ? err : note_change(node, peer));
}

static enum err refuse_no_longer(struct node *node, struct peer *peer)
{
	enum err err = ERR_OK;

	peer->refused[0] = '\0';
	groups_doubt(node);
	err = write_standing(node, peer);
	if (!err) {
		err = note_change(node, peer);
	}
	if (!err) {
		err = reset_cursors(node); /* of its records, passed over */
	}
	return state_poison(node, err);
}

/* PROTOCOL.md M392: "What a roster states of an organisation enrolled by a
 * roster, other than counts for it already, MUST wait for a person." */
static enum err take_stated(
    struct node *node, struct peer *peer, const Qsg__RosterEntry *entry)
{
	struct buf claims = { 0 };
	enum err err = encode_stated(entry, &peer->by_group, &claims);

	if (!err) {
		err = enrolment_restate(peer, buf_span(&claims));
	}
	if (!err) {
		err = write_standing(node, peer);
	}
	if (!err) {
		err = note_change(node, peer);
	}
	buf_clear(&claims);
	return state_poison(node, err);
}

enum err enrolment_admit(struct node *node, struct peer *peer)
{
	struct stated_claims claims = { 0 };
	enum err err = ERR_OK;

	if (peer->refused[0]) {
		return refuse_no_longer(node, peer);
	}
	claims = stated_otherwise(node, peer);
	switch (claims.how) {
	case STATED_NOWHERE:
		return err_set(ERR_STATE,
		    "%s is not refused, and no roster states anything else of "
		    "it",
		    peer->card.fields->name);
	case STATED_DIFFERENTLY:
		return err_set(ERR_STATE,
		    "the rosters differ about %s: their convenors must agree, "
		    "or its own card be added with `qsg peer add`",
		    peer->card.fields->name);
	case STATED_ALIKE:
	case STATED_OF_TWO:
		break;
	}
	err = enrolment_taken(node, &peer->card.organisation,
	    claims.entry->name, claims.entry->code);
	return err ? err : take_stated(node, peer, claims.entry);
}

enum err enrolment_bar(struct node *node, struct peer *peer, bool barred)
{
	if (peer->barred == barred) {
		return ERR_OK;
	}
	peer->barred = barred;
	return note_change(node, peer);
}
