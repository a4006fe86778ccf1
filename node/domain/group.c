#include "domain/group.h"

#include "domain/group_work.h"

#include <stdlib.h>
#include <string.h>

static int compare_fact(const void *a, const void *b)
{
	const struct group_fact *const *left = a;
	const struct group_fact *const *right = b;

	return id_compare(&(*left)->record, &(*right)->record);
}

static int compare_roster(const void *a, const void *b)
{
	const struct group_roster *left = a;
	const struct group_roster *right = b;
	const Qsg__Roster *one = left->stated;
	const Qsg__Roster *other = right->stated;

	if (one->term != other->term)
		return one->term > other->term ? 1 : -1;
	if (one->epoch != other->epoch)
		return one->epoch > other->epoch ? 1 : -1;
	return id_compare(&left->fact->record, &right->fact->record);
}

static int compare_by_place(const void *a, const void *b)
{
	const struct group_roster *const *left = a;
	const struct group_roster *const *right = b;
	const struct group_fact *one = (*left)->fact;
	const struct group_fact *other = (*right)->fact;

	if ((*left)->stated->term != (*right)->stated->term)
		return (*left)->stated->term > (*right)->stated->term ? 1 : -1;
	if (one->place != other->place)
		return one->place > other->place ? 1 : -1;
	return id_compare(&one->record, &other->record);
}

static int compare_by_record(const void *a, const void *b)
{
	const struct group_roster *const *left = a;
	const struct group_roster *const *right = b;

	return id_compare(&(*left)->fact->record, &(*right)->fact->record);
}

/* The group a record is of; NULL when it is no record of a group. */
static const ProtobufCBinaryData *group_of(const Qsg__Payload *payload)
{
	if (payload == NULL)
		return NULL;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ROSTER)
		return &payload->roster->group;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_MEMBERSHIP)
		return &payload->membership->group;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_SUCCESSION)
		return &payload->succession->group;
	return NULL;
}

static bool belongs(
    const struct group_work *work, const struct group_fact *fact)
{
	const ProtobufCBinaryData *bytes = group_of(fact->payload);
	struct id32 group;

	return bytes != NULL && group_take_id(bytes, &group) &&
	       id_equal(&group, work->group);
}

/* Each record of this group once; whatever else was given is told. */
static enum err collect_facts(
    struct group_work *work, const struct group_fact *facts, size_t count)
{
	const struct group_reason reason = { .why = REASON_NOT_OF_GROUP };
	size_t kept = 0;
	enum err err = ERR_OK;

	work->facts = calloc(count + 1, sizeof(const struct group_fact *));
	if (work->facts == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < count; i++)
		work->facts[i] = &facts[i];
	if (count > 0)
		qsort(work->facts, count, sizeof *work->facts, compare_fact);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		if (!belongs(work, work->facts[i]))
			err = group_notice_add(
			    &work->refused, &work->facts[i]->record, &reason);
		else if (kept == 0 || compare_fact(&work->facts[kept - 1],
					  &work->facts[i]) != 0)
			work->facts[kept++] = work->facts[i];
	}
	work->fact_count = kept;
	return err;
}

static void sort_rosters(struct group_work *work)
{
	if (work->roster_count == 0)
		return;
	qsort(work->rosters, work->roster_count, sizeof *work->rosters,
	    compare_roster);
	for (size_t i = 0; i < work->roster_count; i++) {
		work->by_record[i] = &work->rosters[i];
		work->by_place[i] = &work->rosters[i];
	}
	qsort(work->by_record, work->roster_count, sizeof *work->by_record,
	    compare_by_record);
	qsort(work->by_place, work->roster_count, sizeof *work->by_place,
	    compare_by_place);
}

static enum err collect_rosters(struct group_work *work)
{
	enum err err = ERR_OK;

	work->rosters = calloc(work->fact_count + 1, sizeof *work->rosters);
	work->by_record =
	    calloc(work->fact_count + 1, sizeof(struct group_roster *));
	work->by_place =
	    calloc(work->fact_count + 1, sizeof(struct group_roster *));
	if (work->rosters == NULL || work->by_record == NULL ||
	    work->by_place == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < work->fact_count && err == ERR_OK; i++) {
		const struct group_fact *fact = work->facts[i];
		struct group_reason reason;

		if (fact->payload->content_case != QSG__PAYLOAD__CONTENT_ROSTER)
			continue;
		if (group_roster_fit(work->group, &fact->author,
			fact->payload->roster, &reason))
			work->rosters[work->roster_count++] =
			    (struct group_roster){ .fact = fact,
				    .stated = fact->payload->roster };
		else
			err = group_notice_add(
			    &work->refused, &fact->record, &reason);
	}
	if (err == ERR_OK)
		sort_rosters(work);
	return err;
}

static bool has_accepted(const struct group_work *work,
    const struct group_roster *roster, const struct group_member *member)
{
	const struct group_act *act = NULL;

	if (member->standing != GROUP_LEFT)
		return member->standing == GROUP_JOINED;
	act = group_act_find(
	    work, &member->organisation, member->entry->invitation);
	return member->entry->joined || (act != NULL && act->accepted) ||
	       id_equal(&member->organisation, &roster->fact->author);
}

static void fill_member(const struct group_work *work,
    const struct group_roster *roster, const struct id32 *convenor, size_t at,
    struct group_member *member)
{
	const Qsg__Charter *charter = roster->stated->charter;

	member->entry = roster->stated->entries[at];
	(void)group_take_id(
	    &member->entry->organisation, &member->organisation);
	member->kind = org_kind_find(span_text(member->entry->kind));
	member->standing = group_standing_of(work, roster, member->entry);
	member->accepted = has_accepted(work, roster, member);
	member->core =
	    group_kind_is_core(charter->level, span_text(member->entry->kind));
	member->convenor = id_equal(&member->organisation, convenor);
	/* The guidance leaves the standing of local Healthwatch open. */
	member->statutory =
	    member->kind != NULL &&
	    (member->kind->statutory ||
		(charter->healthwatch_statutory &&
		    strcmp(member->kind->token, "healthwatch-local") == 0));
}

static void take_word(
    const struct group_work *work, uint64_t invitation, struct group_state *out)
{
	out->own_past = true;
	if (work->in_force != NULL) {
		const Qsg__RosterEntry *ours =
		    group_entry(work->in_force->stated, work->self);

		out->own_word |= ours != NULL && ours->invitation == invitation;
	}
}

/* What self itself said of being in the group. */
static void fill_own(const struct group_work *work, struct group_state *out)
{
	for (size_t i = 0; work->self != NULL && i < work->act_count; i++) {
		const struct group_act *act = &work->acts[i];

		if (act->accepted && id_equal(&act->organisation, work->self))
			take_word(work, act->invitation, out);
	}
	for (size_t i = 0; work->self != NULL && i < work->roster_count; i++) {
		const struct group_roster *roster = &work->rosters[i];

		if (id_equal(&roster->fact->author, work->self) &&
		    (roster->counts || roster->overtaken))
			take_word(work,
			    group_entry(roster->stated, work->self)->invitation,
			    out);
	}
}

static enum err fill_members(
    const struct group_work *work, struct group_state *out)
{
	out->roster = work->in_force->fact->record;
	out->stated = work->in_force->stated;
	out->stated_by = work->in_force->fact->author;
	out->epoch = out->stated->epoch;
	out->members = calloc(out->stated->n_entries, sizeof *out->members);
	if (out->members == NULL)
		return err_set(ERR_MEM, "out of memory");
	out->member_count = out->stated->n_entries;
	for (size_t i = 0; i < out->member_count; i++)
		fill_member(
		    work, work->in_force, &out->convenor, i, &out->members[i]);
	return ERR_OK;
}

/* Of those that count no two have one epoch: each is higher than the one
 * before. */
static const struct group_roster *roster_at(
    const struct group_state *state, uint64_t epoch)
{
	for (size_t i = 0; i < state->roster_count; i++) {
		const struct group_roster *roster = &state->rosters[i];

		if (roster->counts && roster->stated->epoch == epoch)
			return roster;
	}
	return NULL;
}

const Qsg__Roster *group_stated_at(
    const struct group_state *state, uint64_t epoch)
{
	const struct group_roster *roster = roster_at(state, epoch);

	return roster == NULL ? NULL : roster->stated;
}

enum err group_members_at(const struct group_state *state, uint64_t epoch,
    struct group_member **out, size_t *count)
{
	const struct group_work work = { .acts = state->acts,
		.act_count = state->act_count };
	const struct group_roster *roster = roster_at(state, epoch);
	struct group_member *members = NULL;

	*out = NULL;
	*count = 0;
	if (roster == NULL)
		return ERR_OK;
	members = calloc(roster->stated->n_entries, sizeof *members);
	if (members == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < roster->stated->n_entries; i++)
		fill_member(
		    &work, roster, &roster->fact->author, i, &members[i]);
	*out = members;
	*count = roster->stated->n_entries;
	return ERR_OK;
}

static int compare_claim(const void *a, const void *b)
{
	const struct group_claim *left = a;
	const struct group_claim *right = b;
	int order = id_compare(&left->author, &right->author);

	if (order != 0)
		return order;
	if (left->stated->term != right->stated->term)
		return left->stated->term > right->stated->term ? 1 : -1;
	if (left->stated->epoch != right->stated->epoch)
		return left->stated->epoch > right->stated->epoch ? 1 : -1;
	return id_compare(&left->record, &right->record);
}

/* Of each author and term the newest. */
static enum err fill_claims(
    const struct group_work *work, struct group_state *out)
{
	struct group_claim *all = calloc(work->roster_count + 1, sizeof *all);
	size_t count = 0;

	if (all == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < work->roster_count; i++) {
		const struct group_roster *roster = &work->rosters[i];

		if (group_is_claim(work, roster))
			all[count++] =
			    (struct group_claim){ roster->fact->record,
				    roster->fact->author, roster->stated };
	}
	if (count > 0)
		qsort(all, count, sizeof *all, compare_claim);
	for (size_t i = 0; i < count; i++) {
		if (i + 1 == count ||
		    all[i].stated->term != all[i + 1].stated->term ||
		    !id_equal(&all[i].author, &all[i + 1].author))
			all[out->claim_count++] = all[i];
	}
	out->claims = all;
	return ERR_OK;
}

static enum err conclude(struct group_work *work, struct group_state *out)
{
	enum err err = group_notice_rosters(work);

	if (err == ERR_OK)
		err = group_notice_acts(work);
	if (err == ERR_OK)
		err = group_notice_voices(work);
	out->id = *work->group;
	out->convenor = work->convenor;
	out->succeeded = work->predecessor;
	out->term = work->term;
	out->mandate_proven = work->first_term == 1;
	fill_own(work, out);
	if (err == ERR_OK && work->in_force != NULL)
		err = fill_members(work, out);
	if (err == ERR_OK)
		err = fill_claims(work, out);
	if (err == ERR_OK)
		err = group_find_alarms(work, out);
	return err;
}

/* What was gathered on the way is the state's from here on. */
static void hand_over(struct group_work *work, struct group_state *out)
{
	group_notice_settle(&work->refused);
	group_notice_settle(&work->alarms);
	out->candidates = work->candidates;
	out->candidate_count = work->candidate_count;
	out->voices_needed = work->voices_needed;
	out->refused = work->refused.items;
	out->refused_count = work->refused.count;
	out->alarms = work->alarms.items;
	out->alarm_count = work->alarms.count;
	out->rosters = work->rosters;
	out->roster_count = work->roster_count;
	out->acts = work->acts;
	out->act_count = work->act_count;
	free(work->facts);
	free(work->by_record);
	free(work->by_place);
	free(work->voices);
}

enum err group_evaluate(const struct id32 *group, const struct id32 *self,
    const struct group_fact *facts, size_t count, struct group_state *out)
{
	struct group_work work = { .group = group, .self = self };
	enum err err = collect_facts(&work, facts, count);

	memset(out, 0, sizeof *out);
	if (err == ERR_OK)
		err = collect_rosters(&work);
	if (err == ERR_OK)
		err = group_collect_acts(&work);
	if (err == ERR_OK)
		err = group_collect_voices(&work);
	if (err == ERR_OK)
		err = group_follow_terms(&work);
	if (err == ERR_OK)
		err = conclude(&work, out);
	hand_over(&work, out);
	if (err != ERR_OK)
		group_clear(out);
	return err;
}

void group_clear(struct group_state *state)
{
	free(state->members);
	free(state->candidates);
	free(state->claims);
	free(state->refused);
	free(state->alarms);
	free(state->rosters);
	free(state->acts);
	memset(state, 0, sizeof *state);
}

static int compare_member(const void *key, const void *item)
{
	const struct group_member *member = item;

	return id_compare(key, &member->organisation);
}

const struct group_member *group_member(
    const struct group_state *state, const struct id32 *organisation)
{
	return state->member_count == 0
	           ? NULL
	           : bsearch(organisation, state->members, state->member_count,
			 sizeof *state->members, compare_member);
}

/* PROTOCOL.md M314: "What goes to a group MUST be sent to those that have
 * joined it and are not sender-only, and to nobody else." */
bool group_receives(const struct group_member *member)
{
	return member->standing == GROUP_JOINED && !member->entry->sender_only;
}
