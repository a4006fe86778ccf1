#include "domain/group.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "codec/when.h"
#include "domain/group_work.h"
#include "domain/plain.h"
#include "domain/vocab.h"

#include <string.h>

static enum err check_text(const char *what, const char *text, size_t *sum)
{
	*sum += strlen(text);
	if (*sum > LIMIT_TEXT_BYTES)
		return err_set(ERR_LIMIT,
		    "the texts of a charter may be %u bytes in all; %s goes "
		    "over that",
		    LIMIT_TEXT_BYTES, what);
	return plain_check_text(what, text);
}

static enum err check_name(const char *what, const char *name)
{
	if (org_name_valid(span_text(name)))
		return ERR_OK;
	return err_set(ERR_INPUT,
	    "%s must be 1 to %u bytes of UTF-8 without control, bidirectional "
	    "or invisible characters, and without a space at either end",
	    what, LIMIT_NAME_BYTES);
}

static enum err check_kind(const char *what, const char *kind)
{
	if (org_kind_valid(span_text(kind)))
		return ERR_OK;
	return err_set(ERR_INPUT,
	    "%s must be a kind of organisation, such as ccg or cqc", what);
}

struct number {
	const char *name;
	uint32_t stated; /* 0: left to the specification */
	uint32_t most;
	const char *unit;
};

static enum err check_summits(const Qsg__Charter *charter)
{
	const struct number numbers[] = {
		{ "judging_hours", charter->judging_hours,
		    LIMIT_SUMMIT_JUDGING_HOURS, "hours" },
		{ "ring_hours", charter->ring_hours, LIMIT_SUMMIT_RING_HOURS,
		    "hours" },
		{ "response_hours", charter->response_hours,
		    LIMIT_SUMMIT_RESPONSE_HOURS, "hours" },
		{ "review_days", charter->review_days, LIMIT_SUMMIT_DAYS,
		    "days" },
		{ "overdue_days", charter->overdue_days, LIMIT_SUMMIT_DAYS,
		    "days" },
	};

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		if (numbers[i].stated > numbers[i].most)
			return err_set(ERR_INPUT,
			    "%s may be %u %s, or 0 for what holds without it",
			    numbers[i].name, numbers[i].most, numbers[i].unit);
	}
	return ERR_OK;
}

static enum err check_numbers(const Qsg__Charter *charter)
{
	if (charter->quorum < 1 || charter->quorum > LIMIT_GROUP_MEMBERS)
		return err_set(ERR_INPUT,
		    "quorum must be 1 to %u: how many members make a meeting "
		    "quorate",
		    LIMIT_GROUP_MEMBERS);
	if (charter->cycle_days < 1 ||
	    charter->cycle_days > LIMIT_GROUP_CYCLE_DAYS)
		return err_set(ERR_INPUT,
		    "cycle_days must be 1 to %u: the days in which every "
		    "provider is considered",
		    LIMIT_GROUP_CYCLE_DAYS);
	return check_summits(charter);
}

static enum err check_duties(const Qsg__Charter *charter, size_t *sum)
{
	enum err err = ERR_OK;

	if (charter->n_information > LIMIT_GROUP_DUTIES)
		return err_set(ERR_LIMIT,
		    "a charter may list %u information duties",
		    LIMIT_GROUP_DUTIES);
	for (size_t i = 0; i < charter->n_information && err == ERR_OK; i++) {
		const Qsg__InformationDuty *duty = charter->information[i];

		err = check_kind("who brings information", duty->kind);
		if (err == ERR_OK && plain_is_blank(duty->brings))
			err = err_set(ERR_INPUT,
			    "an information duty must say what is brought");
		if (err == ERR_OK)
			err = check_text("what is brought", duty->brings, sum);
		if (err == ERR_OK)
			err = plain_check_line("how often", duty->how_often);
	}
	return err;
}

static enum err check_texts(const Qsg__Charter *charter)
{
	size_t sum = 0;
	enum err err = check_text("purpose", charter->purpose, &sum);

	if (err == ERR_OK)
		err = check_text("footprint", charter->footprint, &sum);
	if (err == ERR_OK)
		err = check_text("admission", charter->admission, &sum);
	if (err == ERR_OK)
		err = check_text("safeguarding", charter->safeguarding, &sum);
	if (charter->n_ground_rules > LIMIT_GROUP_RULES)
		return err_set(ERR_LIMIT, "a charter may have %u ground rules",
		    LIMIT_GROUP_RULES);
	for (size_t i = 0; i < charter->n_ground_rules && err == ERR_OK; i++) {
		if (plain_is_blank(charter->ground_rules[i]))
			err = err_set(ERR_INPUT,
			    "ground rule %zu is empty: leave it out", i + 1);
		else
			err = check_text(
			    "a ground rule", charter->ground_rules[i], &sum);
	}
	return err == ERR_OK ? check_duties(charter, &sum) : err;
}

enum err group_check_charter(const Qsg__Charter *charter)
{
	enum err err = check_name("the name of a group", charter->name);

	if (err == ERR_OK)
		err = vocab_require(vocab_level(), span_text(charter->level));
	if (err == ERR_OK && charter->region[0] != '\0')
		err = check_name("region", charter->region);
	if (err == ERR_OK && strcmp(charter->level, "local") == 0 &&
	    charter->region[0] == '\0')
		err = err_set(ERR_INPUT,
		    "a local group needs the name of the regional group it "
		    "reports to");
	if (err == ERR_OK)
		err =
		    vocab_require(vocab_cadence(), span_text(charter->cadence));
	if (err == ERR_OK)
		err = check_numbers(charter);
	return err == ERR_OK ? check_texts(charter) : err;
}

/*
 * What the roster before said already is its author's. Judged again, it would
 * keep whoever succeeds that author from ever stating a roster.
 */

static bool same_bytes(
    const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return span_equal(span_of(a->data, a->len), span_of(b->data, b->len));
}

/* Is all that a says said by b, which may name more people? */
static bool same_words(const Qsg__RosterEntry *a, const Qsg__RosterEntry *b)
{
	bool same = strcmp(a->name, b->name) == 0 &&
	            strcmp(a->code, b->code) == 0 &&
	            strcmp(a->kind, b->kind) == 0 &&
	            same_bytes(&a->represented_by, &b->represented_by) &&
	            a->n_people <= b->n_people;

	for (size_t i = 0; same && i < a->n_people; i++)
		same = strcmp(a->people[i]->role, b->people[i]->role) == 0 &&
		       strcmp(a->people[i]->name, b->people[i]->name) == 0;
	return same;
}

static bool entry_kept(const Qsg__Roster *before, const Qsg__RosterEntry *entry)
{
	struct id32 organisation;
	const Qsg__RosterEntry *old = NULL;

	if (before != NULL &&
	    group_take_id(&entry->organisation, &organisation))
		old = group_entry(before, &organisation);
	return old != NULL && same_words(entry, old) &&
	       (entry->card.len <= LIMIT_CARD_BYTES ||
		   same_bytes(&old->card, &entry->card));
}

static bool change_kept(
    const Qsg__Roster *before, const Qsg__RosterChange *change)
{
	for (size_t i = 0; before != NULL && i < before->n_changes; i++) {
		const Qsg__RosterChange *old = before->changes[i];

		if (same_bytes(&old->organisation, &change->organisation) &&
		    strcmp(old->what, change->what) == 0 &&
		    strcmp(old->reason, change->reason) == 0 &&
		    strcmp(old->decided_on, change->decided_on) == 0)
			return true;
	}
	return false;
}

static enum err charter_kept(
    const Qsg__Roster *before, const Qsg__Roster *roster, bool *kept)
{
	struct buf old = { 0 };
	struct buf now = { 0 };
	enum err err = ERR_OK;

	*kept = false;
	if (before == NULL)
		return ERR_OK;
	err = canon_encode(&before->charter->base, &old);
	if (err == ERR_OK)
		err = canon_encode(&roster->charter->base, &now);
	*kept = err == ERR_OK && span_equal(buf_span(&old), buf_span(&now));
	buf_clear(&old);
	buf_clear(&now);
	return err;
}

static enum err check_people(const Qsg__RosterEntry *entry)
{
	enum err err = ERR_OK;

	if (entry->n_people > LIMIT_GROUP_PEOPLE)
		return err_set(ERR_LIMIT,
		    "an organisation may have %u representatives",
		    LIMIT_GROUP_PEOPLE);
	for (size_t i = 0; i < entry->n_people && err == ERR_OK; i++) {
		if (plain_is_blank(entry->people[i]->role))
			return err_set(ERR_INPUT,
			    "a representative needs a role, such as "
			    "\"director of nursing\"");
		err = plain_check_line(
		    "a representative's role", entry->people[i]->role);
		if (err == ERR_OK)
			err = plain_check_line(
			    "a representative's name", entry->people[i]->name);
	}
	return err;
}

static enum err check_stand_in(
    const Qsg__Roster *roster, const Qsg__RosterEntry *entry)
{
	struct id32 other;

	if (entry->represented_by.len == 0)
		return ERR_OK;
	if (!group_take_id(&entry->represented_by, &other) ||
	    group_entry(roster, &other) == NULL ||
	    memcmp(other.b, entry->organisation.data, sizeof other.b) == 0)
		return err_set(ERR_INPUT,
		    "%s must be represented by another organisation in the "
		    "roster",
		    entry->name);
	return ERR_OK;
}

static enum err check_entry(
    const Qsg__Roster *roster, const Qsg__RosterEntry *entry)
{
	enum err err = check_name("an organisation's name", entry->name);

	if (err == ERR_OK)
		err = check_kind(
		    "the kind under which one is invited", entry->kind);
	if (err == ERR_OK && !org_code_valid(span_text(entry->code)))
		err = err_set(ERR_INPUT,
		    "the code of %s must be an ODS code or a local id",
		    entry->name);
	if (err == ERR_OK && entry->card.len > LIMIT_CARD_BYTES)
		err = err_set(ERR_LIMIT, "the card of %s is over %u bytes",
		    entry->name, LIMIT_CARD_BYTES);
	if (err == ERR_OK)
		err = check_people(entry);
	return err == ERR_OK ? check_stand_in(roster, entry) : err;
}

static enum err check_change(const Qsg__RosterChange *change)
{
	enum err err = vocab_require(vocab_change(), span_text(change->what));

	if (err == ERR_OK && strcmp(change->what, "removed") == 0 &&
	    plain_is_blank(change->reason))
		return err_set(ERR_INPUT,
		    "a removal needs a reason: what the group decided");
	if (err == ERR_OK)
		err =
		    plain_check_line("the reason of a change", change->reason);
	if (err == ERR_OK && change->decided_on[0] != '\0' &&
	    !when_is_date(span_text(change->decided_on)))
		err = err_set(ERR_INPUT,
		    "the day of a decision must be a date as YYYY-MM-DD");
	return err;
}

/* The rules that every reader holds it to, with the author that it must have
 * in term 1; who else may state it depends on what is in force. */
static enum err check_form(const Qsg__Roster *roster)
{
	struct group_reason reason = { 0 };
	struct id32 group;
	struct id32 founder;

	if (!group_take_id(&roster->group, &group) ||
	    !group_take_id(&roster->founder, &founder))
		return err_set(ERR_INPUT, "a roster names no group");
	if (roster->term == 1 &&
	    !group_roster_fit(&group, &founder, roster, &reason))
		return err_set(ERR_INPUT, "this roster would not count: %s",
		    reason_text(reason.why));
	return ERR_OK;
}

enum err group_check_roster(
    const Qsg__Roster *roster, const Qsg__Roster *before)
{
	bool kept = false;
	enum err err = ERR_OK;

	if (roster->charter == NULL)
		return err_set(ERR_INPUT, "a roster needs a charter");
	if (roster->n_entries > LIMIT_GROUP_MEMBERS)
		return err_set(ERR_LIMIT,
		    "a group may have %u organisations in its roster",
		    LIMIT_GROUP_MEMBERS);
	err = charter_kept(before, roster, &kept);
	if (err == ERR_OK && !kept)
		err = group_check_charter(roster->charter);
	if (err == ERR_OK)
		err = check_form(roster);
	for (size_t i = 0; i < roster->n_entries && err == ERR_OK; i++) {
		if (!entry_kept(before, roster->entries[i]))
			err = check_entry(roster, roster->entries[i]);
	}
	for (size_t i = 0; i < roster->n_changes && err == ERR_OK; i++) {
		if (!change_kept(before, roster->changes[i]))
			err = check_change(roster->changes[i]);
	}
	return err;
}

static bool state_left(
    const void *context, const struct id32 *organisation, uint64_t invitation)
{
	const struct group_member *member = group_member(context, organisation);

	return member != NULL && member->entry->invitation == invitation &&
	       member->standing == GROUP_LEFT;
}

static bool is_expelled(const struct group_state *state,
    const struct group_member *member, const Qsg__RosterEntry *now)
{
	return member->core && !member->entry->sender_only &&
	       !id_equal(&member->organisation, &state->succeeded) &&
	       (now == NULL || now->sender_only ||
		   now->invitation != member->entry->invitation);
}

/* Whoever joined must be seen to have joined by those who come later; and the
 * convenor must not make use of it that the roster before did not say so. */
static enum err check_joined(
    const struct group_state *state, const Qsg__Roster *roster)
{
	for (size_t i = 0; i < state->member_count; i++) {
		const struct group_member *member = &state->members[i];
		const Qsg__RosterEntry *now =
		    group_entry(roster, &member->organisation);

		if (member->standing != GROUP_JOINED)
			continue;
		if (is_expelled(state, member, now))
			return err_set(ERR_DENIED,
			    "%s is of a kind that is core to the group and "
			    "cannot be expelled; it may leave by itself",
			    member->entry->name);
		if (now != NULL && !now->joined &&
		    now->invitation == member->entry->invitation)
			return err_set(ERR_DENIED,
			    "this roster does not say that %s has joined",
			    member->entry->name);
	}
	return ERR_OK;
}

enum err group_check_next(const struct group_state *state,
    const struct id32 *author, const Qsg__Roster *roster)
{
	struct group_reason reason = { 0 };
	struct group_follow follow = { .before = state->stated,
		.before_author = &state->stated_by,
		.after = roster,
		.succeeded =
		    id_is_zero(&state->succeeded) ? NULL : &state->succeeded,
		.left = state_left,
		.context = state };
	enum err err = ERR_OK;

	if (!group_roster_fit(&state->id, author, roster, &reason))
		return err_set(ERR_DENIED, "this roster would not count: %s",
		    reason_text(reason.why));
	if (state->stated == NULL)
		return ERR_OK;
	if (!id_equal(author, &state->convenor) || roster->term != state->term)
		return err_set(ERR_DENIED,
		    "only its convenor states a group's roster, in the term "
		    "that it convenes: term %llu",
		    (unsigned long long)state->term);
	if (roster->epoch <= state->epoch)
		return err_set(ERR_DENIED,
		    "the next roster has an epoch higher than %llu",
		    (unsigned long long)state->epoch);
	err = check_joined(state, roster);
	if (err == ERR_OK && !group_follows(&follow, &reason))
		err = err_set(ERR_DENIED, "this roster would not count: %s",
		    reason_text(reason.why));
	return err;
}
