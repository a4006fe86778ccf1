/* What a roster says once more, and what of that is left out where it would be
 * too large. */
#include "service/roster_draft.h"

#include "codec/canon.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

static bool is_of_gone(
    const Qsg__Roster *roster, const Qsg__RosterChange *change)
{
	bool gone = strcmp(change->what, "removed") == 0;

	for (size_t i = 0; i < roster->n_entries && gone; i++) {
		gone = !span_equal(span_of(change->organisation.data,
				       change->organisation.len),
		    span_of(roster->entries[i]->organisation.data,
			roster->entries[i]->organisation.len));
	}
	return gone;
}

/* What is said of those who are gone is said again, for whoever missed it, the
 * newest of it where that is much; of all others each roster says what it
 * changes alone. The newest come last. */
void roster_draft_carry(struct roster_draft *draft)
{
	Qsg__Roster *roster = draft->roster;
	/* Room is left for what this one changes. */
	const size_t most = LIMIT_GROUP_CHANGES - LIMIT_GROUP_MEMBERS;
	size_t room = LIMIT_TEXT_BYTES;
	size_t first = roster->n_changes;

	draft->carried = 0;
	if (roster->n_changes == 0) {
		return;
	}
	for (size_t i = roster->n_changes; i > 0; i--) {
		Qsg__RosterChange *change = roster->changes[i - 1];
		size_t size = qsg__roster_change__get_packed_size(change);

		if (is_of_gone(roster, change) && size <= room &&
		    strlen(change->reason) <= LIMIT_REASON_BYTES &&
		    roster->n_changes - first < most) {
			roster->changes[--first] = change;
			room -= size;
		} else {
			canon_free(&change->base);
		}
	}
	roster->n_changes -= first;
	memmove((void *)roster->changes, (void *)(roster->changes + first),
	    roster->n_changes * sizeof(Qsg__RosterChange *));
	draft->carried = roster->n_changes;
}

static void drop_carried(struct roster_draft *draft)
{
	Qsg__Roster *roster = draft->roster;

	if (draft->carried == 0) {
		return;
	}
	for (size_t i = 0; i < draft->carried; i++) {
		canon_free(&roster->changes[i]->base);
	}
	roster->n_changes -= draft->carried;
	memmove((void *)roster->changes,
	    (void *)(roster->changes + draft->carried),
	    roster->n_changes * sizeof(Qsg__RosterChange *));
	draft->carried = 0;
}

static void drop_people(Qsg__Roster *roster)
{
	for (size_t i = 0; i < roster->n_entries; i++) {
		Qsg__RosterEntry *entry = roster->entries[i];

		while (entry->n_people > 1) {
			canon_free(&entry->people[--entry->n_people]->base);
		}
	}
}

/* False: there is none. */
static bool drop_largest_card(Qsg__Roster *roster)
{
	ProtobufCBinaryData *largest = NULL;

	for (size_t i = 0; i < roster->n_entries; i++) {
		ProtobufCBinaryData *card = &roster->entries[i]->card;

		if (card->len && (!largest || card->len > largest->len)) {
			largest = card;
		}
	}
	if (largest) {
		free(largest->data);
		*largest = (ProtobufCBinaryData){ 0 };
	}
	return largest;
}

/* PROTOCOL.md M491: "Where the next roster would be too large for a record, a
 * node MUST leave out of it what earlier ones said of those who are gone, then
 * all but the first of each entry's people, then the largest cards, until it is
 * not." Else a convenor, or members with large cards, could keep whoever
 * succeeds it from ever stating one. */
void roster_draft_make_room(struct roster_draft *draft)
{
	if (!submit_fits(draft->payload)) {
		drop_carried(draft);
	}
	if (!submit_fits(draft->payload)) {
		drop_people(draft->roster);
	}
	while (
	    !submit_fits(draft->payload) && drop_largest_card(draft->roster)) {
	}
}
