/* Whom a summit's records may come from, and as what. */
#include "codec/canon.h"
#include "service/groups.h"
#include "service/stated.h"
#include "service/summits_held.h"

#include <stdlib.h>
#include <string.h>

struct naming {
	struct node *node;
	struct summits_look *out;
	size_t capacity;
	/* As the roster that the trigger names states them, ascending. */
	const struct group_state *group; /* NULL: none that is heeded */
	struct group_member *members;
	size_t member_count;
};

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/*
 * Who they are.
 */

static enum err name(struct naming *naming, const struct id32 *organisation)
{
	struct summits_look *out = naming->out;

	if (out->party_count == naming->capacity) {
		size_t more = naming->capacity ? naming->capacity * 2 : 16;
		struct summit_party *grown =
		    realloc(out->parties, more * sizeof *grown);

		if (!grown) {
			return out_of_memory();
		}
		out->parties = grown;
		naming->capacity = more;
	}
	out->parties[out->party_count++] =
	    (struct summit_party){ .organisation = *organisation };
	return ERR_OK;
}

static enum err name_bytes(
    struct naming *naming, const ProtobufCBinaryData *bytes)
{
	struct id32 id;

	return canon_take_id(bytes, &id) ? name(naming, &id) : ERR_OK;
}

/* Whom one record is by, and whom it names. */
static enum err name_of_fact(
    struct naming *naming, const struct summit_fact *fact)
{
	const Qsg__Payload *payload = fact->payload;
	enum err err = name(naming, &fact->author);

	if (err) {
		return err;
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER) {
		const Qsg__SummitTrigger *trigger = payload->summit_trigger;

		for (size_t i = 0; trigger && i < trigger->n_summoned && !err;
		     i++) {
			err = name_bytes(
			    naming, &trigger->summoned[i]->organisation);
		}
	} else if (payload->content_case ==
		   QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION) {
		err = name_bytes(
		    naming, &payload->summit_invitation->organisation);
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_RING) {
		err = name_bytes(naming, &payload->summit_ring->organisation);
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTION) {
		err = name_bytes(naming, &payload->action->owner);
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTION_STEP) {
		err = name_bytes(naming, &payload->action_step->organisation);
	}
	return err;
}

static int by_organisation(const void *a, const void *b)
{
	const struct summit_party *x = a;
	const struct summit_party *y = b;

	return id_compare(&x->organisation, &y->organisation);
}

/* Ascending, each once. */
static enum err name_all(struct naming *naming)
{
	struct summits_look *out = naming->out;
	size_t kept = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < out->count && !err; i++) {
		err = name_of_fact(naming, &out->facts[i]);
	}
	for (size_t i = 0; i < naming->member_count && !err; i++) {
		err = name(naming, &naming->members[i].organisation);
	}
	if (err || out->party_count == 0) {
		return err;
	}
	qsort(out->parties, out->party_count, sizeof *out->parties,
	    by_organisation);
	for (size_t i = 0; i < out->party_count; i++) {
		if (i == 0 || by_organisation(&out->parties[kept - 1],
				  &out->parties[i]) != 0) {
			out->parties[kept++] = out->parties[i];
		}
	}
	out->party_count = kept;
	return ERR_OK;
}

/*
 * What they are.
 */

/* Who states a group of its own can state anything in it. */
bool summits_heed(struct node *node, const struct group_state *group)
{
	return group->stated &&
	       (groups_takes_part(node, group) || group->own_past);
}

/* For want of a group that we are in, as those state it that we were in. */
static const struct org_kind *stated_before(
    struct node *node, const struct id32 *organisation)
{
	const struct org_kind *kind = NULL;

	for (size_t i = 0; i < groups_count(node); i++) {
		const struct group_state *group = NULL;
		const struct group_member *member = NULL;

		if (!groups_concerns(node, i) || groups_at(node, i, &group) ||
		    !summits_heed(node, group)) {
			continue;
		}
		member = group_member(group, organisation);
		if (member && kind && member->kind != kind) {
			return NULL;
		}
		kind = member ? member->kind : kind;
	}
	return kind;
}

static const struct group_member *member_of(
    const struct naming *naming, const struct id32 *organisation)
{
	for (size_t i = 0; i < naming->member_count; i++) {
		if (id_equal(&naming->members[i].organisation, organisation)) {
			return &naming->members[i];
		}
	}
	return NULL;
}

/* PROTOCOL.md M661: "What a party is in a summit (its kind, whether it is
 * statutory, a member, or convenes) MUST be what the roster of the group and
 * epoch that the trigger names states, whether or not it has left since, or
 * the roster in force while none of that epoch counts; of whoever is not in
 * it, the kind that rosters in force state alike; in both from groups alone
 * that the node has joined, be it once; and never from a card." */
static void state_kind(struct node *node, const struct group_member *member,
    struct summit_party *to)
{
	struct stated_kind stated;

	if (member) {
		to->kind = member->kind;
		to->statutory = member->statutory;
		to->member = member->accepted;
		to->convenes = member->convenor;
		return;
	}
	stated = stated_kind_of(node, &to->organisation);
	to->kind = stated.how == STATED_NOWHERE
	               ? stated_before(node, &to->organisation)
	               : stated.kind;
	to->statutory = to->kind && to->kind->statutory;
}

struct summit_party summits_party(struct node *node,
    const struct group_state *group, const struct id32 *organisation)
{
	const struct group_member *member =
	    group ? group_member(group, organisation) : NULL;
	struct summit_party party = { .organisation = *organisation };

	state_kind(node, member, &party);
	/* Who has left triggers nothing in it. */
	party.member = member && member->standing == GROUP_JOINED;
	return party;
}

/* Has it left, or been left out? */
static bool is_gone(
    const struct group_state *group, const struct id32 *organisation)
{
	const struct group_member *member = group_member(group, organisation);

	return !member || member->standing != GROUP_JOINED;
}

/*
 * As the trigger names the group.
 */

static const Qsg__SummitTrigger *trigger_of(
    const struct id32 *summit, const struct summits_look *look)
{
	for (size_t i = 0; i < look->count; i++) {
		const Qsg__Payload *payload = look->facts[i].payload;

		if (id_equal(&look->facts[i].record, summit) &&
		    payload->content_case ==
			QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER) {
			return payload->summit_trigger;
		}
	}
	return NULL;
}

static enum err read_group(
    struct naming *naming, const Qsg__SummitTrigger *trigger)
{
	const struct group_state *group = NULL;
	const Qsg__Roster *stated = NULL;
	uint64_t epoch = trigger->roster_epoch;
	struct id32 id;
	enum err err = ERR_OK;

	naming->out->rules = summit_rules_of(NULL, trigger->urgency);
	if (!canon_take_id(&trigger->group, &id)) {
		return ERR_OK;
	}
	err = groups_by_id(naming->node, &id, &group);
	if (err == ERR_NOTFOUND ||
	    (!err && !summits_heed(naming->node, group))) {
		return ERR_OK;
	}
	if (err) {
		return err;
	}
	stated = group_stated_at(group, epoch);
	if (!stated) {
		stated = group->stated;
		epoch = group->epoch;
	}
	naming->group = group;
	naming->out->rules = summit_rules_of(stated->charter, trigger->urgency);
	return group_members_at(
	    group, epoch, &naming->members, &naming->member_count);
}

enum err summits_parties(
    struct node *node, const struct id32 *summit, struct summits_look *look)
{
	const Qsg__SummitTrigger *trigger = trigger_of(summit, look);
	struct naming naming = { .node = node, .out = look };
	enum err err = trigger ? read_group(&naming, trigger) : ERR_OK;

	if (!err) {
		err = name_all(&naming);
	}
	for (size_t i = 0; i < look->party_count && !err; i++) {
		struct summit_party *party = &look->parties[i];

		state_kind(
		    node, member_of(&naming, &party->organisation), party);
		party->gone = party->member &&
		              is_gone(naming.group, &party->organisation);
	}
	free(naming.members);
	return err;
}
