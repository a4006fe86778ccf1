#include "domain/group_work.h"

#include <string.h>

static enum err alarm(struct group_work *work, const struct id32 *record,
    enum reason why, const struct id32 *organisation)
{
	struct group_reason reason = { why, *organisation };

	return group_notice_add(&work->alarms, record, &reason);
}

/* PROTOCOL.md M322: "Two organisations in the roster in force with one kind of
 * which there is a single body in the country MUST be shown in an alarm." */
static enum err claims_of_one_body(
    struct group_work *work, const struct group_state *state)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < state->member_count && err == ERR_OK; i++) {
		const struct group_member *member = &state->members[i];
		size_t others = 0;

		if (!group_kind_is_national(span_text(member->entry->kind)))
			continue;
		for (size_t j = 0; j < state->member_count; j++) {
			if (j != i && strcmp(state->members[j].entry->kind,
					  member->entry->kind) == 0)
				others++;
		}
		if (others > 0)
			err = alarm(work, &state->roster, REASON_ONE_BODY,
			    &member->organisation);
	}
	return err;
}

static enum err standings(
    struct group_work *work, const struct group_state *state)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < state->member_count && err == ERR_OK; i++) {
		const struct group_member *member = &state->members[i];

		if (member->standing == GROUP_DECLINED && member->entry->joined)
			err = alarm(work, &state->roster, REASON_DECLINED,
			    &member->organisation);
		else if (member->convenor && member->standing == GROUP_LEFT)
			err = alarm(work, &state->roster, REASON_CONVENOR_LEFT,
			    &member->organisation);
	}
	return err;
}

/* Who accepted, and was left out by a convenor that may not have known. */
static enum err left_out(struct group_work *work,
    const struct group_roster *before, const struct group_roster *after)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < before->stated->n_entries && err == ERR_OK;
	     i++) {
		const Qsg__RosterEntry *entry = before->stated->entries[i];
		const struct group_act *act = NULL;
		struct id32 id;

		memcpy(id.b, entry->organisation.data, sizeof id.b);
		if (group_entry(after->stated, &id) != NULL)
			continue;
		act = group_act_find(work, &id, entry->invitation);
		if (act != NULL && act->accepted && !act->left &&
		    !entry->joined &&
		    group_kind_is_core(
			before->stated->charter->level, span_text(entry->kind)))
			err = alarm(
			    work, &after->fact->record, REASON_ACCEPTED, &id);
	}
	return err;
}

enum err group_find_alarms(
    struct group_work *work, const struct group_state *state)
{
	const struct group_roster *before = NULL;
	enum err err = claims_of_one_body(work, state);

	if (err == ERR_OK)
		err = standings(work, state);
	for (size_t i = 0; i < work->roster_count && err == ERR_OK; i++) {
		const struct group_roster *roster = &work->rosters[i];

		if (!roster->counts)
			continue;
		if (before != NULL)
			err = left_out(work, before, roster);
		before = roster;
	}
	return err;
}
