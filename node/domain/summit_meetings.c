/* Meetings: who calls them, what is recorded of them. */
#include "codec/canon.h"
#include "domain/summit_words.h"
#include "domain/summit_work.h"

#include <stdlib.h>
#include <string.h>

static const Qsg__SummitMeeting *call_of(const struct summit_fact *fact)
{
	return fact->payload->summit_meeting;
}

static const Qsg__SummitEntry *entry_of(const struct summit_fact *fact)
{
	return fact->payload->summit_entry;
}

static bool act_is(const struct summit_fact *fact, const char *act)
{
	return strcmp(entry_of(fact)->act, act) == 0;
}

static int compare_meeting(const void *a, const void *b)
{
	const struct summit_meeting *left = a;
	const struct summit_meeting *right = b;
	int64_t one = call_of(left->called)->at_ms;
	int64_t other = call_of(right->called)->at_ms;

	if (one != other)
		return one > other ? 1 : -1;
	return id_compare(&left->called->record, &right->called->record);
}

/* NQB 5: the role of holding the ring involves "ensuring that QSG members
 * relevant to the particular provider(s) meet within 24/48 hours of the
 * judgements on quality being made, or sooner if the situation demands it, and
 * that they meet at regular and appropriate intervals until action has been
 * taken". PROTOCOL.md M620: "A meeting to judge MUST count from the trigger's
 * author and from the ring-holder, one to respond or review from the
 * ring-holder alone." */
static enum reason why_no_meeting(
    const struct summit_work *work, const struct summit_fact *fact)
{
	const char *purpose = call_of(fact)->purpose;

	if (!vocab_has(summit_purposes(), span_text(purpose)))
		return REASON_SUMMIT_WORD;
	if (summit_reign_of(work, fact) > 0)
		return REASON_NONE;
	return summit_is_trigger_author(work, fact) &&
	               strcmp(purpose, "judging") == 0
	           ? REASON_NONE
	           : REASON_SUMMIT_CALLER;
}

static enum err collect_calls(struct summit_work *work)
{
	struct summit_state *state = work->out;

	state->meetings = summit_room(work, sizeof *state->meetings);
	state->entries = summit_room(work, sizeof(const struct summit_fact *));
	if (state->meetings == NULL || state->entries == NULL)
		return ERR_MEM;
	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];
		enum reason why = REASON_NONE;

		if (!summit_of_kind(fact, QSG__PAYLOAD__CONTENT_SUMMIT_MEETING))
			continue;
		why = why_no_meeting(work, fact);
		if (why == REASON_NONE)
			state->meetings[state->meeting_count++].called = fact;
		else
			summit_refuse(work, fact, why);
	}
	if (state->meeting_count > 0)
		qsort(state->meetings, state->meeting_count,
		    sizeof *state->meetings, compare_meeting);
	return ERR_OK;
}

static struct summit_meeting *find_meeting(
    struct summit_work *work, const ProtobufCBinaryData *record)
{
	struct summit_state *state = work->out;

	for (size_t i = 0; i < state->meeting_count; i++) {
		if (canon_is_id(record, &state->meetings[i].called->record))
			return &state->meetings[i];
	}
	return NULL;
}

/* PROTOCOL.md M621: "A meeting MUST be taken as moved only by another call for
 * the same purpose that names it, of the same author or of the ring-holder; the
 * one that is moved MUST be shown with it." Of several the one of the lowest
 * record id is shown; all of them stand. */
static void move_meetings(struct summit_work *work)
{
	struct summit_state *state = work->out;

	for (size_t i = 0; i < state->meeting_count; i++) {
		const struct summit_fact *fact = state->meetings[i].called;
		struct summit_meeting *moved =
		    find_meeting(work, &call_of(fact)->replaces);

		if (moved == NULL || moved->called == fact ||
		    strcmp(call_of(moved->called)->purpose,
			call_of(fact)->purpose) != 0)
			continue;
		if (!summit_same_author(moved->called, fact) &&
		    summit_reign_of(work, fact) == 0)
			continue;
		if (moved->replaced_by == NULL ||
		    id_compare(&fact->record, &moved->replaced_by->record) < 0)
			moved->replaced_by = fact;
	}
}

/*
 * What is recorded of them.
 */

struct minutes {
	struct summit_work *work;
	const struct summit_fact **notes; /* that count, by record */
	size_t note_count;
};

static bool is_entry(const struct summit_fact *fact)
{
	return summit_of_kind(fact, QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY);
}

static int compare_record(const void *a, const void *b)
{
	const struct summit_fact *const *left = a;
	const struct summit_fact *const *right = b;

	return id_compare(&(*left)->record, &(*right)->record);
}

static int compare_key(const void *key, const void *item)
{
	const struct summit_fact *const *note = item;

	return id_compare(key, &(*note)->record);
}

/* NQB 5: the role involves "chairing these meetings, including providing a
 * record of the discussion and agreed actions". PROTOCOL.md M622: "The note of
 * a meeting MUST count from whoever called it alone, and the newest of its
 * notes MUST be shown as its note." */
static enum err collect_notes(struct minutes *minutes)
{
	struct summit_work *work = minutes->work;

	minutes->notes = summit_room(work, sizeof(const struct summit_fact *));
	if (minutes->notes == NULL)
		return ERR_MEM;
	for (size_t i = 0; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];
		struct summit_meeting *meeting = NULL;

		if (!is_entry(fact) || !act_is(fact, "note"))
			continue;
		meeting = find_meeting(work, &entry_of(fact)->meeting);
		if (meeting == NULL ||
		    !summit_same_author(fact, meeting->called))
			continue;
		minutes->notes[minutes->note_count++] = fact;
		meeting->note = fact; /* the author's last */
	}
	if (minutes->note_count > 0)
		qsort(minutes->notes, minutes->note_count,
		    sizeof *minutes->notes, compare_record);
	return ERR_OK;
}

/* The note that counts of this record; NULL. */
static const struct summit_fact *find_note(
    const struct minutes *minutes, const struct id32 *record)
{
	const struct summit_fact **found = NULL;

	if (minutes->note_count > 0)
		found = bsearch(record, minutes->notes, minutes->note_count,
		    sizeof *minutes->notes, compare_key);
	return found == NULL ? NULL : *found;
}

/* The note that agreement or dissent speaks to, of the meeting that it names;
 * NULL where it does not count. */
static const struct summit_fact *note_of(
    const struct minutes *minutes, const struct summit_fact *word)
{
	const struct summit_fact *note = NULL;
	struct id32 record;
	struct id32 meeting;

	if (canon_take_id(&entry_of(word)->note, &record))
		note = find_note(minutes, &record);
	if (note == NULL || !canon_take_id(&entry_of(note)->meeting, &meeting))
		return NULL;
	return canon_is_id(&entry_of(word)->meeting, &meeting) ? note : NULL;
}

/* Facts of one author follow each other. */
static bool said_newer(const struct minutes *minutes, size_t at)
{
	const struct summit_work *work = minutes->work;
	const struct summit_fact *word = work->facts[at];
	const struct summit_fact *note = note_of(minutes, word);

	for (size_t i = at + 1; i < work->count; i++) {
		const struct summit_fact *fact = work->facts[i];

		if (!summit_same_author(word, fact))
			break;
		if (is_entry(fact) &&
		    (act_is(fact, "agree") || act_is(fact, "dissent")) &&
		    note_of(minutes, fact) == note)
			return true;
	}
	return false;
}

/* PROTOCOL.md M623: "Agreement and dissent MUST name a note that counts, and
 * whoever says neither MUST be shown as neither." PROTOCOL.md M624: "What is
 * recorded of a meeting MUST name one that counts, and its attendance MUST
 * count from everybody in the circle or invited, each for itself." */
static enum reason why_no_entry(const struct minutes *minutes, size_t at)
{
	const struct summit_fact *fact = minutes->work->facts[at];

	if (!vocab_has(summit_entry_acts(), span_text(entry_of(fact)->act)))
		return REASON_SUMMIT_WORD;
	if (find_meeting(minutes->work, &entry_of(fact)->meeting) == NULL)
		return REASON_SUMMIT_NO_MEETING;
	if (act_is(fact, "attend"))
		return REASON_NONE;
	if (act_is(fact, "note"))
		return find_note(minutes, &fact->record) == NULL
		           ? REASON_SUMMIT_NOTE
		           : REASON_NONE;
	if (note_of(minutes, fact) == NULL)
		return REASON_SUMMIT_NO_NOTE;
	return said_newer(minutes, at) ? REASON_SUMMIT_NEWER : REASON_NONE;
}

/* Each meeting's entries are one piece of the state's. */
static void file_entries(
    struct summit_work *work, const struct summit_fact **kept, size_t count)
{
	struct summit_state *state = work->out;
	size_t filed = 0;

	for (size_t i = 0; i < state->meeting_count; i++) {
		struct summit_meeting *meeting = &state->meetings[i];

		meeting->entries = state->entries + filed;
		for (size_t j = 0; j < count; j++) {
			if (canon_is_id(&entry_of(kept[j])->meeting,
				&meeting->called->record))
				state->entries[filed++] = kept[j];
		}
		meeting->entry_count =
		    (size_t)(state->entries + filed - meeting->entries);
	}
}

static enum err collect_entries(struct minutes *minutes)
{
	struct summit_work *work = minutes->work;
	const struct summit_fact **kept =
	    summit_room(work, sizeof(const struct summit_fact *));
	size_t count = 0;

	if (kept == NULL)
		return ERR_MEM;
	for (size_t i = 0; i < work->count; i++) {
		enum reason why = REASON_NONE;

		if (!is_entry(work->facts[i]))
			continue;
		why = why_no_entry(minutes, i);
		if (why == REASON_NONE)
			kept[count++] = work->facts[i];
		else
			summit_refuse(work, work->facts[i], why);
	}
	file_entries(work, kept, count);
	free(kept);
	return ERR_OK;
}

enum err summit_find_meetings(struct summit_work *work)
{
	struct minutes minutes = { .work = work };
	enum err err = collect_calls(work);

	if (err == ERR_OK) {
		move_meetings(work);
		err = collect_notes(&minutes);
	}
	if (err == ERR_OK)
		err = collect_entries(&minutes);
	free(minutes.notes);
	return err;
}
