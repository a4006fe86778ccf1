#include "service/joining.h"

#include "codec/canon.h"
#include "domain/plain.h"
#include "service/enrolment.h"
#include "service/groups_state.h"
#include "service/query.h"
#include "service/submit.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

#define ROLE "administrator"

/* The roster that is answered, and our entry in it. */
struct answered {
	const struct group_state *group;
	struct id32 roster;
	const Qsg__Roster *stated;
	const Qsg__RosterEntry *ours;
};

static const Qsg__RosterEntry *entry_of(
    const Qsg__Roster *roster, const struct id32 *organisation)
{
	for (size_t i = 0; i < roster->n_entries; i++) {
		const Qsg__RosterEntry *entry = roster->entries[i];

		if (span_equal(
			span_id(organisation), span_of(entry->organisation.data,
						   entry->organisation.len))) {
			return entry;
		}
	}
	return NULL;
}

/* A roster whose author is believed by our accepting it. */
static enum err find_claim(
    struct node *node, const char *typed, struct answered *out)
{
	struct peer *peer = NULL;
	enum err err = peers_resolve(node, typed, &peer);

	for (size_t i = 0; i < out->group->claim_count && !err; i++) {
		const struct group_claim *claim = &out->group->claims[i];

		if (id_equal(&claim->author, &peer->card.organisation)) {
			out->roster = claim->record;
			out->stated = claim->stated;
			return ERR_OK;
		}
	}
	return err ? err
	           : err_set(ERR_NOTFOUND,
			 "%s states no roster of this group that waits to be "
			 "believed",
			 peer->card.fields->name);
}

static enum err find(
    struct node *node, const struct joining_act *act, struct answered *out)
{
	enum err err = groups_resolve(node, act->group, &out->group);

	if (err) {
		return err;
	}
	out->stated = out->group->stated;
	out->roster = out->group->roster;
	if (act->convenor) {
		err = find_claim(node, act->convenor, out);
	}
	if (!err && !out->stated) {
		err = err_set(ERR_STATE, "no roster of this group counts");
	}
	if (!err) {
		out->ours = entry_of(out->stated, node_id(node));
	}
	if (!err && !out->ours) {
		err = err_set(ERR_STATE, "%s does not invite this organisation",
		    out->stated->charter->name);
	}
	return err;
}

/* PROTOCOL.md M495: "Each free text that a node puts into a roster, membership
 * or succession MUST pass the guard before it is sealed, the charter's, too."
 */
static enum err check_reason(const char *reason)
{
	enum err err =
	    reason && strlen(reason) > LIMIT_TEXT_BYTES
		? err_set(ERR_LIMIT, "--reason takes at most %u bytes",
		      LIMIT_TEXT_BYTES)
		: plain_check_text("--reason", reason);

	return err ? err : vetting_refuse("--reason", reason);
}

/* Everybody in that roster who is enrolled and admitted here. */
static size_t list_readers(
    struct node *node, const Qsg__Roster *roster, int64_t *readers)
{
	size_t count = 0;

	for (size_t i = 0; i < roster->n_entries; i++) {
		const ProtobufCBinaryData *id =
		    &roster->entries[i]->organisation;
		const struct peer *peer = NULL;
		struct id32 organisation;

		memcpy(organisation.b, id->data, sizeof organisation.b);
		peer = peers_by_id(node, &organisation);
		if (peer && peer->org != 1 && peers_admitted(peer) &&
		    count < LIMIT_READERS) {
			readers[count++] = peer->org;
		}
	}
	return count;
}

static enum err submit(struct node *node, const struct answered *answered,
    Qsg__Payload *payload, struct joining_result *out)
{
	struct submit_group from = { .id = answered->group->id,
		.epoch = answered->stated->epoch };
	int64_t readers[LIMIT_READERS];
	enum err err = groups_may_say(node, &from.id, false);

	out->group = answered->group->id;
	payload->role = canon_lend(ROLE);
	return err ? err
	           : submit_to_group(node, &from, readers,
			 list_readers(node, answered->stated, readers), payload,
			 &out->record);
}

static enum err say(struct node *node, const struct answered *answered,
    const char *act, const char *reason, struct joining_result *out)
{
	struct id32 group = answered->group->id;
	struct id32 roster = answered->roster;
	Qsg__Payload payload;
	Qsg__Membership membership;

	qsg__payload__init(&payload);
	qsg__membership__init(&membership);
	membership.group.data = group.b;
	membership.group.len = sizeof group.b;
	membership.invitation = answered->ours->invitation;
	membership.act = canon_lend(act);
	membership.reason = canon_lend(reason ? reason : "");
	membership.roster.data = roster.b;
	membership.roster.len = sizeof roster.b;
	payload.content_case = QSG__PAYLOAD__CONTENT_MEMBERSHIP;
	payload.membership = &membership;
	return submit(node, answered, &payload, out);
}

static enum group_standing standing_of(
    struct node *node, const struct answered *answered)
{
	const struct group_member *ours = groups_ours(node, answered->group);

	return ours && ours->entry->invitation == answered->ours->invitation
	           ? groups_standing(node, answered->group)
	           : GROUP_INVITED;
}

/*
 * Joining.
 */

/* An entry that enrols nobody keeps nobody out but that organisation. */
static enum err enrol_entries(void *context, const struct query_item *item)
{
	struct node *node = context;
	const Qsg__Roster *roster =
	    item->payload &&
		    item->payload->content_case == QSG__PAYLOAD__CONTENT_ROSTER
		? item->payload->roster
		: NULL;
	enum err err = roster ? enrolment_roster(node, roster) : ERR_OK;

	for (size_t i = 0; roster && i < roster->n_entries && !err; i++) {
		const ProtobufCBinaryData *id =
		    &roster->entries[i]->organisation;
		struct id32 organisation;
		struct peer *peer = NULL;

		memcpy(organisation.b, id->data, sizeof organisation.b);
		peer = peers_by_id(node, &organisation);
		if (peer && peer->org != 1) {
			err = enrolment_bar(node, peer, false);
		}
	}
	return err;
}

enum err joining_accept(struct node *node, const struct joining_act *act,
    struct joining_result *out)
{
	struct answered answered = { 0 };
	enum err err = find(node, act, &answered);

	if (!err) {
		err = check_reason(act->reason);
	}
	if (!err) {
		err = submit_may_sign(node);
	}
	if (!err && !act->convenor &&
	    standing_of(node, &answered) == GROUP_JOINED) {
		err = err_set(ERR_STATE, "this organisation has joined %s",
		    answered.stated->charter->name);
	}
	if (!err && standing_of(node, &answered) == GROUP_LEFT) {
		err = err_set(ERR_STATE,
		    "this organisation has left %s: its convenor must invite "
		    "it again",
		    answered.stated->charter->name);
	}
	if (err) {
		return err;
	}
	err = query_open(node, views_find(node->views, &answered.roster),
	    enrol_entries, node);
	if (!err) {
		/* What was enrolled may have changed what is borrowed. */
		err = find(node, act, &answered);
	}
	if (!err) {
		err = say(node, &answered, "accept", act->reason, out);
	}
	return err ? state_poison(node, err) : ERR_OK;
}

enum err joining_decline(struct node *node, const struct joining_act *act,
    struct joining_result *out)
{
	struct answered answered = { 0 };
	enum err err = find(node, act, &answered);
	enum group_standing standing = GROUP_INVITED;

	if (!err) {
		standing = standing_of(node, &answered);
		err = check_reason(act->reason);
	}
	if (!err && standing == GROUP_JOINED) {
		err = err_set(ERR_STATE,
		    "this organisation has joined %s; see `group leave`",
		    answered.stated->charter->name);
	}
	if (!err && standing != GROUP_INVITED) {
		err = err_set(ERR_STATE, "this organisation has %s %s already",
		    standing == GROUP_LEFT ? "left" : "declined to join",
		    answered.stated->charter->name);
	}
	return err ? err : say(node, &answered, "decline", act->reason, out);
}

/* Without anybody who may succeed its convenor a group could never change. */
static enum err check_successors(
    struct node *node, const struct group_state *group)
{
	bool others = false;

	if (!id_equal(&group->convenor, node_id(node))) {
		return ERR_OK;
	}
	for (size_t i = 0; i < group->member_count; i++) {
		const struct group_member *member = &group->members[i];

		if (id_equal(&member->organisation, node_id(node))) {
			continue;
		}
		others = others || member->standing == GROUP_JOINED;
		if (member->standing == GROUP_JOINED &&
		    group_kind_convenes(span_text(member->entry->kind))) {
			return ERR_OK;
		}
	}
	return !others
	           ? ERR_OK
	           : err_set(ERR_STATE,
			 "invite another NHS England team first (`qsg group "
			 "invite`) and let it join, or there will be "
			 "nobody to convene %s",
			 group->stated->charter->name);
}

enum err joining_leave(struct node *node, const struct joining_act *act,
    struct joining_result *out)
{
	struct answered answered = { 0 };
	enum err err = find(node, act, &answered);

	if (!err) {
		err = check_reason(act->reason);
	}
	if (!err && standing_of(node, &answered) != GROUP_JOINED) {
		err = err_set(ERR_STATE, "this organisation is not in %s",
		    answered.stated->charter->name);
	}
	if (!err) {
		err = check_successors(node, answered.group);
	}
	return err ? err : say(node, &answered, "leave", act->reason, out);
}

/*
 * Succession.
 */

/* PROTOCOL.md M492: "A node MUST let its people name a successor from that
 * roster which counts, from which it may and from which most name that
 * successor already, of such the one of the lowest epoch, and nobody else for a
 * term for which it has named one, from whatever roster." Else a convenor that
 * states a roster after each voice would never be succeeded. */
static const struct id32 *roster_for(
    const struct group_state *group, const struct id32 *successor)
{
	const struct group_candidate *best = NULL;

	for (size_t i = 0; i < group->candidate_count; i++) {
		const struct group_candidate *one = &group->candidates[i];

		if (one->ours && id_equal(&one->organisation, successor) &&
		    (!best || one->voices > best->voices ||
			(one->voices == best->voices &&
			    one->epoch < best->epoch))) {
			best = one;
		}
	}
	return best ? &best->roster : &group->roster;
}

/* The same successor may be named again, from another roster. */
static enum err check_named(struct node *node, const struct group_state *group,
    const struct id32 *successor)
{
	const struct groups_held *held = groups_held_of(node, &group->id);
	const struct id32 *roster = roster_for(group, successor);

	for (size_t i = 0; held && i < held->counted_count; i++) {
		const Qsg__Payload *payload = held->counted[i].payload;
		const Qsg__Succession *said = payload->succession;

		if (payload->content_case != QSG__PAYLOAD__CONTENT_SUCCESSION ||
		    said->term != group->term + 1 ||
		    !id_equal(&held->counted[i].author, node_id(node))) {
			continue;
		}
		if (!canon_is_id(&said->successor, successor)) {
			return err_set(ERR_STATE,
			    "this organisation has named a successor for this "
			    "term, another: naming two would count for "
			    "neither");
		}
		if (canon_is_id(&said->roster, roster)) {
			return err_set(ERR_STATE,
			    "this organisation has named a successor, this "
			    "one, from the roster from which most name it");
		}
	}
	return ERR_OK;
}

static enum err check_successor(
    struct node *node, const struct group_state *group, const struct peer *peer)
{
	const struct group_member *member =
	    group_member(group, &peer->card.organisation);
	const struct group_member *ours = groups_ours(node, group);
	const char *name = peer->card.fields->name;

	if (!groups_joined(node, group) || ours->entry->sender_only) {
		return err_set(
		    ERR_DENIED, "only members name who convenes the group");
	}
	if (!member || member->entry->sender_only ||
	    !group_kind_convenes_at(group->stated->charter->level,
		group->term + 1, span_text(member->entry->kind))) {
		return err_set(ERR_INPUT,
		    "%s is no member of an NHS England kind that can convene "
		    "the group: it would have to be invited first",
		    name);
	}
	if (id_equal(&member->organisation, &group->convenor)) {
		return err_set(ERR_INPUT, "%s convenes the group", name);
	}
	return check_named(node, group, &member->organisation);
}

enum err joining_name_successor(struct node *node,
    const struct joining_act *act, const char *successor,
    struct joining_result *out)
{
	struct answered answered = { 0 };
	struct peer *peer = NULL;
	Qsg__Payload payload;
	Qsg__Succession succession;
	struct id32 group;
	struct id32 roster;
	struct id32 whom;
	enum err err = find(node, act, &answered);

	if (!err) {
		err = peers_resolve(node, successor, &peer);
	}
	if (!err) {
		err = check_successor(node, answered.group, peer);
	}
	if (!err) {
		err = check_reason(act->reason);
	}
	if (err) {
		return err;
	}
	qsg__payload__init(&payload);
	qsg__succession__init(&succession);
	group = answered.group->id;
	whom = peer->card.organisation;
	roster = *roster_for(answered.group, &whom);
	succession.group.data = group.b;
	succession.group.len = sizeof group.b;
	succession.term = answered.group->term + 1;
	succession.roster.data = roster.b;
	succession.roster.len = sizeof roster.b;
	succession.successor.data = whom.b;
	succession.successor.len = sizeof whom.b;
	succession.reason = canon_lend(act->reason ? act->reason : "");
	payload.content_case = QSG__PAYLOAD__CONTENT_SUCCESSION;
	payload.succession = &succession;
	return submit(node, &answered, &payload, out);
}
