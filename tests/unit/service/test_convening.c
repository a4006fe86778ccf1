#define _POSIX_C_SOURCE 200809L

#include "grouped.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

Suite *test_convening_suite(void);

/* Words with a space that takes no room. */
#define UNSEEN "the \xE2\x80\x8Bgroup"
#define TO_COME "2999-01-31"

static struct convening_result result;

static const Qsg__RosterEntry *entry_of(size_t whom)
{
	return group_member(grouped_at(0), node_id(grouped_node(whom)))->entry;
}

static enum err invite(struct convening_invitation invitation)
{
	static const char *const known[] = { "Organisation 2" };

	invitation.known = known;
	invitation.known_count = 1;
	invitation.line.kind = "royal-college";
	return convening_invite(
	    grouped_node(0), GROUPED_NAME, &invitation, &result);
}

static enum err amend(struct convening_change change)
{
	return convening_amend(grouped_node(0), GROUPED_NAME, &change, &result);
}

/* Nothing was stated by what was refused. */
static void still_at(uint64_t epoch)
{
	OK(node_commit(grouped_node(0)));
	ck_assert_uint_eq(grouped_at(0)->epoch, epoch);
}

START_TEST(a_decision_that_is_still_to_come_is_refused)
{
	struct convening_change remove = { .organisation = "Organisation 2",
		.reason = "as decided",
		.decided_on = TO_COME };

	grouped_found();
	fixture_meet(&grouped_fixture, 0, 2);
	FAILS(invite((struct convening_invitation){ .decided_on = TO_COME }),
	    ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "still to come"));
	FAILS(
	    invite((struct convening_invitation){ .decided_on = "2013-02-30" }),
	    ERR_INPUT);
	still_at(1);
	OK(invite((struct convening_invitation){ .decided_on = "2013-01-31" }));
	FAILS(amend((struct convening_change){ .organisation = "Organisation 2",
		  .line.role = "president",
		  .decided_on = TO_COME }),
	    ERR_INPUT);
	FAILS(convening_remove(grouped_node(0), GROUPED_NAME, &remove, &result),
	    ERR_INPUT);
	still_at(2);
	remove.decided_on = "2013-01-31";
	OK(convening_remove(grouped_node(0), GROUPED_NAME, &remove, &result));
	still_at(3);
}
END_TEST

/* QSG 4: "Provider organisations are not included in the membership of QSGs."
 */
START_TEST(a_provider_is_not_offered_as_a_kind_and_then_refused)
{
	struct convening_change change = { .organisation = "Organisation 1",
		.line.kind = "gossip" };

	grouped_all_join(1);
	FAILS(amend(change), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "must be one of "));
	ck_assert_ptr_nonnull(strstr(err_text(), "healthwatch-local"));
	ck_assert_ptr_null(strstr(err_text(), "provider"));
	change.line.kind = "provider";
	FAILS(amend(change), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "not included"));
}
END_TEST

START_TEST(words_that_hide_something_are_refused)
{
	struct convening_change remove = { .organisation = "Organisation 2",
		.reason = UNSEEN };
	struct roster_draft_line chair = { .person = UNSEEN };
	Qsg__Charter charter;

	grouped_found();
	fixture_meet(&grouped_fixture, 0, 2);
	grouped_charter(&charter, "Another QSG");
	FAILS(convening_create(grouped_node(0), &charter, &chair, &result),
	    ERR_INPUT);
	ck_assert_uint_eq(groups_count(grouped_node(0)), 1);
	FAILS(invite((struct convening_invitation){ .line.person = UNSEEN }),
	    ERR_INPUT);
	FAILS(invite((struct convening_invitation){ .line.role = UNSEEN }),
	    ERR_INPUT);
	FAILS(invite((struct convening_invitation){ .reason = UNSEEN }),
	    ERR_INPUT);
	still_at(1);
	OK(invite((struct convening_invitation){ .line.person = "president" }));
	FAILS(amend((struct convening_change){
		  .organisation = "Organisation 2", .line.person = UNSEEN }),
	    ERR_INPUT);
	FAILS(convening_remove(grouped_node(0), GROUPED_NAME, &remove, &result),
	    ERR_INPUT);
	still_at(2);
}
END_TEST

#define PATIENT "NHS number 943 476 5919, born 3 May 1951"

static void is_denied(enum err err)
{
	FAILS(err, ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(),
	    "seems to hold an NHS number and a date of birth: leave it out"));
	ck_assert(!node_staged(grouped_node(0)));
}

/* M495: what goes to everybody in a group is not about a patient. */
START_TEST(no_patient_stands_in_a_roster)
{
	struct convening_change remove = { .organisation = "Organisation 2",
		.reason = "complaint by " PATIENT };

	grouped_found();
	fixture_meet(&grouped_fixture, 0, 2);
	is_denied(invite((struct convening_invitation){ .reason = PATIENT }));
	is_denied(
	    invite((struct convening_invitation){ .line.person = PATIENT }));
	is_denied(
	    invite((struct convening_invitation){ .line.role = PATIENT }));
	still_at(1);
	OK(invite((struct convening_invitation){ .reason = "as decided" }));
	still_at(2);
	is_denied(
	    amend((struct convening_change){ .organisation = "Organisation 2",
		.line.role = "president",
		.reason = PATIENT }));
	is_denied(
	    convening_remove(grouped_node(0), GROUPED_NAME, &remove, &result));
	still_at(2);
}
END_TEST

/* M495 */
START_TEST(no_patient_stands_in_a_charter)
{
	static char *rules[] = { "we listen", PATIENT };
	struct roster_draft_line chair = { .role = "director" };
	Qsg__InformationDuty duty;
	Qsg__InformationDuty *duties[] = { &duty };
	Qsg__Charter charter;
	char **fields[] = { &charter.purpose, &charter.footprint,
		&charter.admission, &charter.safeguarding, &duty.brings,
		&duty.how_often };

	grouped_found();
	for (size_t i = 0; i < 7; i++) {
		qsg__information_duty__init(&duty);
		duty.kind = canon_lend("ccg");
		duty.brings = canon_lend("what it hears");
		duty.how_often = canon_lend("monthly");
		grouped_charter(&charter, "Another QSG");
		charter.information = duties;
		charter.n_information = 1;
		charter.ground_rules = rules;
		charter.n_ground_rules = i == 6 ? 2 : 1;
		if (i < 6) {
			*fields[i] = canon_lend(PATIENT);
		}
		is_denied(convening_create(
		    grouped_node(0), &charter, &chair, &result));
		is_denied(
		    amend((struct convening_change){ .charter = &charter }));
	}
	still_at(1);
	ck_assert_uint_eq(groups_count(grouped_node(0)), 1);
}
END_TEST

/* M495 */
START_TEST(no_patient_stands_in_what_a_member_says)
{
	struct fingerprint other = text_fingerprint(node_id(grouped_node(3)));
	struct joining_act act = { .group = GROUPED_NAME, .reason = PATIENT };
	struct joining_result joined;

	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	is_denied(joining_accept(grouped_node(1), &act, &joined));
	is_denied(joining_decline(grouped_node(1), &act, &joined));
	OK(grouped_join(3));
	OK(grouped_join(1));
	is_denied(joining_leave(grouped_node(1), &act, &joined));
	is_denied(
	    joining_name_successor(grouped_node(1), &act, other.text, &joined));
	ck_assert(!node_staged(grouped_node(1)));
}
END_TEST

START_TEST(an_amendment_that_changes_nothing_is_refused)
{
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	FAILS(amend((struct convening_change){ 0 }), ERR_INPUT);
	FAILS(amend((struct convening_change){
		  .organisation = "Organisation 1", .reason = "as decided" }),
	    ERR_INPUT);
	FAILS(
	    amend((struct convening_change){ .line.kind = "ccg" }), ERR_INPUT);
	still_at(2);
	OK(amend((struct convening_change){ .organisation = "Organisation 1",
	    .line.role = "accountable officer" }));
	still_at(3);
	ck_assert_str_eq(entry_of(1)->people[0]->role, "accountable officer");
}
END_TEST

START_TEST(a_members_reason_is_what_it_looks_like)
{
	struct joining_act act = { .group = GROUPED_NAME,
		.reason = "we\x1b[2J" };
	struct joining_result joined;

	grouped_found();
	OK(grouped_invite(1, "ccg"));
	grouped_spread();
	FAILS(joining_decline(grouped_node(1), &act, &joined), ERR_INPUT);
	FAILS(joining_accept(grouped_node(1), &act, &joined), ERR_INPUT);
	ck_assert_int_eq(grouped_standing(1, 1), GROUP_INVITED);
	act.reason = "we have\nmore than one";
	OK(joining_accept(grouped_node(1), &act, &joined));
	act.reason = "we\x1b[2J";
	FAILS(joining_leave(grouped_node(1), &act, &joined), ERR_INPUT);
	OK(node_commit(grouped_node(1)));
	ck_assert_int_eq(grouped_standing(1, 1), GROUP_JOINED);
}
END_TEST

/* A roster as no program of ours states it, but as others may. */
static void state_oddly(size_t at)
{
	struct node *node = grouped_node(at);
	const struct group_state *group = grouped_at(at);
	struct submit_group from = { .id = group->id,
		.epoch = group->epoch + 1 };
	struct roster_draft draft = { 0 };
	struct id32 record;
	int64_t *readers = NULL;
	size_t count = 0;

	OK(groups_everybody(node, group, &readers, &count));
	OK(roster_draft_next(node, group, &draft));
	draft.roster->charter->cycle_days = 0;
	for (size_t i = 0; i < draft.roster->n_entries; i++) {
		struct roster_draft_line line = { .person = "\x1b[2J" };

		OK(roster_draft_amend(draft.roster->entries[i], &line));
	}
	OK(submit_to_group(
	    node, &from, readers, count, draft.payload, &record));
	OK(node_commit(node));
	roster_draft_clear(&draft);
	free(readers);
}

START_TEST(a_successor_takes_over_whatever_the_roster_before_says)
{
	grouped_all_join(4);
	state_oddly(0);
	grouped_spread();
	ck_assert_uint_eq(grouped_at(3)->stated->charter->cycle_days, 0);
	OK(grouped_name(1, 3));
	OK(grouped_name(2, 3));
	OK(grouped_name(3, 3));
	grouped_spread();
	OK(convening_convene(grouped_node(3), GROUPED_NAME, &result));
	OK(node_commit(grouped_node(3)));
	grouped_spread();
	ck_assert_uint_eq(grouped_at(1)->stated->term, 2);
}
END_TEST

/* M305, M490: whatever ids the others have. */
START_TEST(of_one_epoch_the_roster_counts_that_was_stated_first)
{
	struct node *node = grouped_node(0);
	const int64_t readers[] = { 2 };
	struct id32 first;

	grouped_all_join(2);
	OK(amend((struct convening_change){ .organisation = "Organisation 1",
	    .line.role = "accountable officer" }));
	OK(node_commit(node));
	first = grouped_at(0)->roster;
	for (size_t i = 0; i < 8; i++) {
		const struct group_state *group = grouped_at(0);
		struct submit_group from = { .id = group->id,
			.epoch = group->epoch };
		struct roster_draft draft = { 0 };
		struct id32 record;

		OK(roster_draft_next(node, group, &draft));
		draft.roster->epoch = group->epoch;
		OK(submit_to_group(
		    node, &from, readers, 1, draft.payload, &record));
		OK(node_commit(node));
		roster_draft_clear(&draft);
	}
	grouped_spread();
	for (size_t at = 0; at < 2; at++) {
		ck_assert(id_equal(&grouped_at(at)->roster, &first));
		ck_assert_uint_eq(grouped_at(at)->alarm_count, 8);
	}
}
END_TEST

/*
 * M491: a roster as large as a record may be.
 */

/* An organisation that nobody here knows, after all others. */
static void stranger(ProtobufCBinaryData *out, uint8_t number)
{
	out->len = sizeof(struct id32);
	out->data = malloc(out->len);
	ck_assert_ptr_nonnull(out->data);
	memset(out->data, 0xff, out->len);
	out->data[out->len - 1] = number;
}

static char *line_of(char letter)
{
	char *line = calloc(1, LIMIT_REASON_BYTES + 1);

	ck_assert_ptr_nonnull(line);
	memset(line, letter, LIMIT_REASON_BYTES);
	return line;
}

static void put_person(Qsg__RosterEntry *entry)
{
	Qsg__Representative *person = malloc(sizeof *person);

	ck_assert_ptr_nonnull(person);
	qsg__representative__init(person);
	person->role = line_of('r');
	person->name = line_of('n');
	entry->people = realloc((void *)entry->people,
	    (entry->n_people + 1) * sizeof(Qsg__Representative *));
	ck_assert_ptr_nonnull(entry->people);
	entry->people[entry->n_people++] = person;
}

static void put_stranger(Qsg__Roster *roster, size_t people, size_t card)
{
	Qsg__RosterEntry *entry = malloc(sizeof *entry);

	ck_assert_ptr_nonnull(entry);
	qsg__roster_entry__init(entry);
	stranger(&entry->organisation, (uint8_t)roster->n_entries);
	entry->name = line_of('o');
	entry->code = strdup("08R");
	entry->kind = strdup("other");
	entry->invitation = roster->epoch;
	while (entry->n_people < people) {
		put_person(entry);
	}
	entry->card.data = calloc(1, card + 1);
	entry->card.len = card;
	roster->entries = realloc((void *)roster->entries,
	    (roster->n_entries + 1) * sizeof(Qsg__RosterEntry *));
	ck_assert_ptr_nonnull(roster->entries);
	roster->entries[roster->n_entries++] = entry;
}

static void put_change(struct roster_draft *draft)
{
	char *reason = line_of('w');
	struct roster_draft_change change = { "removed", reason, NULL };
	ProtobufCBinaryData bytes;
	struct id32 whom;

	stranger(&bytes, (uint8_t)draft->roster->n_changes);
	memcpy(whom.b, bytes.data, sizeof whom.b);
	whom.b[0] = 0xfe;
	OK(roster_draft_note(draft, &whom, &change));
	free(reason);
	free(bytes.data);
}

static void fill_with_strangers(
    struct roster_draft *draft, size_t people, size_t card)
{
	Qsg__Roster *roster = draft->roster;

	while (people || card) {
		put_stranger(roster, people, card);
		if (!submit_fits(draft->payload)) {
			canon_free(&roster->entries[--roster->n_entries]->base);
			people /= 2;
			card /= 2;
		}
	}
}

/* The convenor states the largest roster it can, without the cards that it was
 * to have; with people or cards of strangers, and some changes. */
static void state_largest(size_t people, size_t card)
{
	struct node *node = grouped_node(0);
	const struct group_state *group = grouped_at(0);
	struct submit_group from = { .id = group->id,
		.epoch = group->epoch + 1 };
	struct roster_draft draft = { 0 };
	struct id32 record;
	int64_t *readers = NULL;
	size_t count = 0;

	OK(groups_everybody(node, group, &readers, &count));
	OK(roster_draft_next(node, group, &draft));
	for (size_t i = 0; i < draft.roster->n_entries; i++) {
		draft.roster->entries[i]->card.len = 0;
	}
	for (size_t i = 0; i < 3; i++) {
		put_change(&draft);
	}
	fill_with_strangers(&draft, people, card);
	OK(submit_to_group(
	    node, &from, readers, count, draft.payload, &record));
	OK(node_commit(node));
	roster_draft_clear(&draft);
	free(readers);
}

static void succeed(void)
{
	grouped_spread();
	for (size_t at = 1; at < 4; at++) {
		OK(grouped_name(at, 3));
	}
	grouped_spread();
	OK(convening_convene(grouped_node(3), GROUPED_NAME, &result));
	OK(node_commit(grouped_node(3)));
	grouped_spread();
	ck_assert_uint_eq(grouped_at(1)->stated->term, 2);
}

/* M491 */
START_TEST(who_is_gone_gives_way_to_who_is_there)
{
	grouped_all_join(4);
	state_largest(1, 1024);
	succeed();
	ck_assert_uint_eq(grouped_at(1)->stated->n_changes, 0);
	ck_assert_uint_eq(entry_of(1)->n_people, 1);
}
END_TEST

/* M491 */
START_TEST(further_people_give_way_to_who_is_there)
{
	const Qsg__Roster *roster = NULL;

	grouped_all_join(4);
	state_largest(LIMIT_GROUP_PEOPLE, 0);
	roster = grouped_at(0)->stated;
	ck_assert_uint_eq(roster->entries[roster->n_entries / 2]->n_people, 16);
	succeed();
	roster = grouped_at(1)->stated;
	for (size_t i = 0; i < roster->n_entries; i++) {
		ck_assert_uint_le(roster->entries[i]->n_people, 1);
	}
}
END_TEST

/* M491 */
START_TEST(the_largest_cards_give_way_to_who_is_there)
{
	grouped_all_join(4);
	state_largest(0, LIMIT_CARD_BYTES);
	succeed();
}
END_TEST

/* Newest first, as far as there is room. */
START_TEST(what_was_said_of_the_gone_is_said_again_within_bounds)
{
	struct roster_draft draft = { 0 };
	struct roster_draft next = { 0 };
	struct id32 record;

	grouped_all_join(2);
	OK(roster_draft_next(grouped_node(0), grouped_at(0), &draft));
	for (size_t i = 0; i < 100; i++) {
		put_change(&draft);
	}
	OK(roster_draft_submit(
	    grouped_node(0), grouped_at(0), &draft, &record));
	OK(node_commit(grouped_node(0)));
	ck_assert_uint_eq(grouped_at(0)->stated->n_changes, 100);
	OK(roster_draft_next(grouped_node(0), grouped_at(0), &next));
	ck_assert_uint_gt(next.carried, 50);
	ck_assert_uint_lt(next.carried, 70);
	ck_assert_uint_eq(next.roster->n_changes, next.carried);
	for (size_t i = 0; i < next.carried; i++) {
		ck_assert_uint_eq(
		    next.roster->changes[i]->organisation.data[31],
		    100 - next.carried + i);
	}
	roster_draft_clear(&draft);
	roster_draft_clear(&next);
}
END_TEST

Suite *test_convening_suite(void)
{
	Suite *suite = suite_create("convening");
	TCase *tests = tcase_create("convening");

	tcase_add_checked_fixture(tests, grouped_open, grouped_close);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, no_patient_stands_in_a_roster);
	tcase_add_test(tests, no_patient_stands_in_a_charter);
	tcase_add_test(tests, no_patient_stands_in_what_a_member_says);
	tcase_add_test(tests, a_decision_that_is_still_to_come_is_refused);
	tcase_add_test(
	    tests, a_provider_is_not_offered_as_a_kind_and_then_refused);
	tcase_add_test(tests, words_that_hide_something_are_refused);
	tcase_add_test(tests, an_amendment_that_changes_nothing_is_refused);
	tcase_add_test(tests, a_members_reason_is_what_it_looks_like);
	tcase_add_test(
	    tests, a_successor_takes_over_whatever_the_roster_before_says);
	tcase_add_test(
	    tests, of_one_epoch_the_roster_counts_that_was_stated_first);
	tcase_add_test(tests, who_is_gone_gives_way_to_who_is_there);
	tcase_add_test(tests, further_people_give_way_to_who_is_there);
	tcase_add_test(tests, the_largest_cards_give_way_to_who_is_there);
	tcase_add_test(
	    tests, what_was_said_of_the_gone_is_said_again_within_bounds);
	suite_add_tcase(suite, tests);
	return suite;
}
