#include "service/stated.h"

#include "service/enrolment.h"
#include "service/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The entry of an organisation in a group that we have joined; NULL: none. */
static const struct group_member *entry_in(
    struct node *node, size_t index, const struct id32 *organisation)
{
	const struct group_state *group = NULL;

	return !groups_concerns(node, index) ||
	               groups_at(node, index, &group) ||
	               !groups_joined(node, group)
	           ? NULL
	           : group_member(group, organisation);
}

/*
 * Kinds.
 */

/* Another that rosters state to be the same single body of the country, one
 * that is known here and that no person refused; NULL: none. Which of the two
 * it is no roster decides, be it the one that states both. */
static const struct peer *find_rival(struct node *node,
    const struct id32 *organisation, const struct org_kind *kind)
{
	const struct group_state *group = NULL;

	if (!kind || !group_kind_is_national(span_text(kind->token))) {
		return NULL;
	}
	for (size_t i = 0; i < groups_count(node); i++) {
		if (!groups_concerns(node, i) || groups_at(node, i, &group) ||
		    !groups_joined(node, group)) {
			continue;
		}
		for (size_t j = 0; j < group->member_count; j++) {
			const struct group_member *member = &group->members[j];
			const struct peer *peer =
			    member->kind == kind &&
				    !id_equal(
					&member->organisation, organisation)
				? peers_by_id(node, &member->organisation)
				: NULL;

			if (peer && !peer->refused[0]) {
				return peer;
			}
		}
	}
	return NULL;
}

/* PROTOCOL.md M394: "Where two rosters in force state different kinds of an
 * organisation, it MUST be taken to be of no kind, whatever its card says, and
 * so MUST, but for the node itself, each of two that rosters state to be a body
 * of which the country has a single one, while a person refuses neither; all of
 * which MUST be shown in an alarm." */
struct stated_kind stated_kind_of(
    struct node *node, const struct id32 *organisation)
{
	const Qsg__RosterEntry *first = NULL;
	struct stated_kind out = { .how = STATED_NOWHERE };

	for (size_t i = 0; i < groups_count(node); i++) {
		const struct group_member *member =
		    entry_in(node, i, organisation);

		if (!member) {
			continue;
		}
		if (first && strcmp(first->kind, member->entry->kind) != 0) {
			return (
			    struct stated_kind){ .how = STATED_DIFFERENTLY };
		}
		first = member->entry;
		out = (struct stated_kind){ STATED_ALIKE, member->kind };
	}
	if (!id_equal(organisation, node_id(node)) &&
	    find_rival(node, organisation, out.kind)) {
		out = (struct stated_kind){ .how = STATED_OF_TWO };
	}
	return out;
}

struct stated_kind stated_kind_or_card(
    struct node *node, const struct peer *peer)
{
	struct stated_kind out = stated_kind_of(node, &peer->card.organisation);

	if (out.how == STATED_NOWHERE) {
		out.kind = org_kind_find(span_text(peer->card.fields->kind));
	}
	return out;
}

/*
 * Claims.
 */

static bool same_claims(const Qsg__RosterEntry *a, const char *name,
    const char *code, const char *kind)
{
	return strcmp(a->name, name) == 0 && strcmp(a->code, code) == 0 &&
	       strcmp(a->kind, kind) == 0;
}

static bool same_entries(const Qsg__RosterEntry *a, const Qsg__RosterEntry *b)
{
	return same_claims(a, b->name, b->code, b->kind);
}

static bool counts_here(const struct peer *peer, const Qsg__RosterEntry *entry)
{
	const Qsg__Card *claims = peer->card.fields;

	return same_claims(entry, claims->name, claims->code, claims->kind);
}

struct stated_claims stated_otherwise(
    struct node *node, const struct peer *peer)
{
	const Qsg__RosterEntry *first = NULL;
	struct stated_claims out = { .how = STATED_NOWHERE };

	for (size_t i = 0; peer->how == ORG_BY_ROSTER && i < groups_count(node);
	     i++) {
		const struct group_member *member =
		    entry_in(node, i, &peer->card.organisation);

		if (!member) {
			continue;
		}
		if (first && !same_entries(first, member->entry)) {
			out.how = STATED_DIFFERENTLY;
		}
		first = member->entry;
		if (!counts_here(peer, first)) {
			out.entry = first;
			out.how = out.how == STATED_DIFFERENTLY ? out.how
			                                        : STATED_ALIKE;
		}
	}
	return out.entry ? out : (struct stated_claims){ STATED_NOWHERE, NULL };
}

/*
 * Alarms.
 */

struct alarms {
	struct stated_alarm *list;
	size_t count;
};

static enum err add(
    struct alarms *alarms, const struct id32 *organisation, const char *text)
{
	struct stated_alarm *grown =
	    realloc(alarms->list, (alarms->count + 1) * sizeof *alarms->list);

	if (!grown) {
		return err_set(ERR_MEM, "out of memory");
	}
	alarms->list = grown;
	grown += alarms->count++;
	memset(grown, 0, sizeof *grown);
	grown->organisation = *organisation;
	(void)snprintf(grown->text, sizeof grown->text, "%s", text);
	return ERR_OK;
}

/* Why a member is not enrolled: as enrolment would say it now. */
static enum err add_stranger(struct node *node, const struct group_state *group,
    const struct group_member *member, struct alarms *alarms)
{
	const Qsg__RosterEntry *entry = member->entry;
	char text[STATED_ALARM_BYTES];
	enum err err = enrolment_taken(
	    node, &member->organisation, entry->name, entry->code);

	if (!err) {
		err = enrolment_room(node, &group->id);
	}
	if (enrolment_stops(err)) {
		return err;
	}
	(void)snprintf(text, sizeof text, "it is not enrolled here: %s",
	    err ? err_text() : "its entry or the card in it is of no use");
	return add(alarms, &member->organisation, text);
}

/* Where the roster of another group that we joined says something else. */
static enum err add_different(struct node *node,
    const struct group_state *group, const struct group_member *member,
    struct alarms *alarms)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_member *there =
		    entry_in(node, i, &member->organisation);
		const struct group_state *other = NULL;
		char text[STATED_ALARM_BYTES];

		if (!there || same_entries(member->entry, there->entry)) {
			continue;
		}
		err = groups_at(node, i, &other);
		if (!err && other != group) {
			(void)snprintf(text, sizeof text,
			    "the roster of %.80s states another name, code or "
			    "kind of it%s",
			    other->stated->charter->name,
			    strcmp(member->entry->kind, there->entry->kind)
				? ": it counts as of no kind"
				: "");
			err = add(alarms, &member->organisation, text);
		}
	}
	return err;
}

static enum err add_rival(
    struct node *node, const struct group_member *member, struct alarms *alarms)
{
	const struct peer *rival =
	    find_rival(node, &member->organisation, member->kind);
	char text[STATED_ALARM_BYTES];

	if (!rival) {
		return ERR_OK;
	}
	(void)snprintf(text, sizeof text,
	    "%.60s, too, is stated to be of kind %.30s, of which there is one: "
	    "neither counts as it until the rosters agree, or a person refuses "
	    "one (`qsg peer refuse`)",
	    rival->card.fields->name, member->entry->kind);
	return add(alarms, &member->organisation, text);
}

static enum err add_member(struct node *node, const struct group_state *group,
    const struct group_member *member, struct alarms *alarms)
{
	const struct peer *peer = peers_by_id(node, &member->organisation);
	enum err err = peer && !peer->refused[0]
	                   ? add_rival(node, member, alarms)
	                   : ERR_OK;

	if (err) {
		return err;
	}
	if (!peer) {
		err = add_stranger(node, group, member, alarms);
	} else if (peer->how == ORG_BY_ROSTER &&
		   !counts_here(peer, member->entry)) {
		err = add(alarms, &member->organisation,
		    "this roster states another name, code or kind of it than "
		    "counts here: that waits for a person (`qsg peer admit`)");
	}
	return err ? err : add_different(node, group, member, alarms);
}

enum err stated_alarms(struct node *node, const struct group_state *group,
    struct stated_alarm **out, size_t *count)
{
	struct alarms alarms = { 0 };
	enum err err = ERR_OK;

	if (groups_joined(node, group)) {
		for (size_t i = 0; i < group->member_count && !err; i++) {
			err = add_member(
			    node, group, &group->members[i], &alarms);
		}
	}
	if (err) {
		free(alarms.list);
		alarms = (struct alarms){ 0 };
	}
	*out = alarms.list;
	*count = alarms.count;
	return err;
}
