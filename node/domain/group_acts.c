#include "domain/authority.h"
#include "domain/group_work.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	const struct group_act *left = a;
	const struct group_act *right = b;
	int order = id_compare(&left->organisation, &right->organisation);

	if (order != 0)
		return order;
	return (left->invitation > right->invitation) -
	       (left->invitation < right->invitation);
}

static const Qsg__Membership *membership(const struct group_fact *fact)
{
	return fact->payload->content_case == QSG__PAYLOAD__CONTENT_MEMBERSHIP
	           ? fact->payload->membership
	           : NULL;
}

/* The term of the roster that a record names; 0 where that is not held. */
static uint64_t term_named(
    const struct group_work *work, const ProtobufCBinaryData *bytes)
{
	struct group_roster *roster = NULL;
	struct id32 record;

	if (group_take_id(bytes, &record))
		roster = group_roster_find(work, &record);
	return roster == NULL ? 0 : roster->stated->term;
}

static bool read_act(const struct group_work *work,
    const struct group_fact *fact, struct group_act *out)
{
	const Qsg__Membership *said = membership(fact);

	memset(out, 0, sizeof *out);
	out->organisation = fact->author;
	out->invitation = said->invitation;
	out->left = strcmp(said->act, "leave") == 0;
	out->accepted = strcmp(said->act, "accept") == 0;
	out->declined = strcmp(said->act, "decline") == 0;
	out->accept_term =
	    out->accepted ? term_named(work, &said->roster) : UINT64_MAX;
	return out->left || out->accepted || out->declined;
}

/* Put what one organisation says to one invitation together. */
static void merge(struct group_work *work)
{
	size_t kept = 0;

	if (work->act_count == 0)
		return;
	qsort(work->acts, work->act_count, sizeof work->acts[0], compare);
	for (size_t i = 1; i < work->act_count; i++) {
		struct group_act *into = &work->acts[kept];
		const struct group_act *act = &work->acts[i];

		if (compare(into, act) != 0) {
			work->acts[++kept] = *act;
			continue;
		}
		into->left |= act->left;
		into->accepted |= act->accepted;
		into->declined |= act->declined;
		if (act->accept_term < into->accept_term)
			into->accept_term = act->accept_term;
	}
	work->act_count = kept + 1;
}

enum err group_collect_acts(struct group_work *work)
{
	work->acts = calloc(work->fact_count + 1, sizeof *work->acts);
	if (work->acts == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < work->fact_count; i++) {
		struct group_act act;

		if (membership(work->facts[i]) != NULL &&
		    read_act(work, work->facts[i], &act))
			work->acts[work->act_count++] = act;
	}
	merge(work);
	return ERR_OK;
}

const struct group_act *group_act_find(const struct group_work *work,
    const struct id32 *organisation, uint64_t invitation)
{
	struct group_act key = { .organisation = *organisation,
		.invitation = invitation };

	return work->act_count == 0 ? NULL
	                            : bsearch(&key, work->acts, work->act_count,
					  sizeof work->acts[0], compare);
}

bool group_has_left(
    const void *work, const struct id32 *organisation, uint64_t invitation)
{
	const struct group_act *act =
	    group_act_find(work, organisation, invitation);

	return act != NULL && act->left;
}

/* PROTOCOL.md M312: "For one invitation a leave MUST beat an accept, and an
 * accept a decline, in whatever order they came; another invitation MUST begin
 * anew." */
enum group_standing group_standing_of(const struct group_work *work,
    const struct group_roster *roster, const Qsg__RosterEntry *entry)
{
	const struct group_act *act = NULL;
	struct id32 id;

	memcpy(id.b, entry->organisation.data, sizeof id.b);
	act = group_act_find(work, &id, entry->invitation);
	if (act != NULL && act->left)
		return GROUP_LEFT;
	/* PROTOCOL.md M313: "An organisation MUST be taken as joined only if
	 * it is the author of the roster in force, or accepted the invitation
	 * it has there, or the roster states that it joined and no act of it
	 * is held." */
	if (id_equal(&id, &roster->fact->author) ||
	    (act != NULL && act->accepted))
		return GROUP_JOINED;
	if (act != NULL)
		return GROUP_DECLINED;
	return entry->joined ? GROUP_JOINED : GROUP_INVITED;
}

static int compare_invitation(const void *a, const void *b)
{
	const struct group_invitation *left = a;
	const struct group_invitation *right = b;
	int order = id_compare(&left->organisation, &right->organisation);

	if (order != 0)
		return order;
	return (left->invitation > right->invitation) -
	       (left->invitation < right->invitation);
}

/* Every invitation of a roster that counts, sorted. */
static enum err invitations(
    const struct group_work *work, struct group_invitation **out, size_t *count)
{
	size_t room = 1;

	for (size_t i = 0; i < work->roster_count; i++) {
		if (work->rosters[i].counts)
			room += work->rosters[i].stated->n_entries;
	}
	*count = 0;
	*out = calloc(room, sizeof **out);
	if (*out == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < work->roster_count; i++) {
		const Qsg__Roster *roster = work->rosters[i].stated;

		for (size_t j = 0;
		     work->rosters[i].counts && j < roster->n_entries; j++) {
			struct group_invitation *one = &(*out)[(*count)++];

			memcpy(one->organisation.b,
			    roster->entries[j]->organisation.data,
			    sizeof one->organisation.b);
			one->invitation = roster->entries[j]->invitation;
		}
	}
	qsort(*out, *count, sizeof **out, compare_invitation);
	return ERR_OK;
}

/* PROTOCOL.md M311: "A membership act MUST count only if a roster that counts
 * lists its author with the invitation that it names." Standing looks up acts
 * by the entry's invitation, so others have no effect; here they are told. */
enum err group_notice_acts(struct group_work *work)
{
	struct group_invitation *all = NULL;
	size_t count = 0;
	enum err err = invitations(work, &all, &count);

	for (size_t i = 0; i < work->fact_count && err == ERR_OK; i++) {
		const struct group_fact *fact = work->facts[i];
		struct group_reason reason = { REASON_NONE, fact->author };
		struct group_invitation key = { .organisation = fact->author };
		struct group_act act;
		bool invited = false;

		if (membership(fact) == NULL)
			continue;
		key.invitation = membership(fact)->invitation;
		invited = bsearch(&key, all, count, sizeof *all,
			      compare_invitation) != NULL;
		if (!read_act(work, fact, &act))
			reason.why = REASON_ACT;
		else
			(void)authority_judge(NULL,
			    invited ? AUTHORITY_INVITED : AUTHORITY_OUTSIDER,
			    fact->payload, &reason.why);
		if (reason.why != REASON_NONE)
			err = group_notice_add(
			    &work->refused, &fact->record, &reason);
	}
	free(all);
	return err;
}
