#include "unit/domain/group_cast.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_group_check_suite(void);

static Qsg__Roster *roster;

static void setup(void)
{
	cast_setup();
	roster = cast_first();
}

static void teardown(void)
{
	qsg__roster__free_unpacked(roster, NULL);
	cast_teardown();
}

static void unfit(enum err err, enum err expected, const char *hint)
{
	ck_assert_int_eq(err, expected);
	ck_assert_msg(
	    strstr(err_text(), hint) != NULL, "%s: %s", hint, err_text());
}

static void bad(const char *hint)
{
	unfit(group_check_roster(roster, NULL), ERR_INPUT, hint);
}

static char *repeated(char what, size_t count)
{
	char *text = calloc(1, count + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, what, count);
	return text;
}

START_TEST(a_complete_roster_is_fit)
{
	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	ck_assert_int_eq(group_check_charter(roster->charter), ERR_OK);
}
END_TEST

START_TEST(the_words_of_a_charter_are_known_ones)
{
	world_string(&roster->charter->level, "national");
	bad("level must be one of local, regional");
	world_string(&roster->charter->level, "local");
	world_string(&roster->charter->cadence, "weekly");
	bad("cadence must be one of monthly, two-monthly, quarterly");
	world_string(&roster->charter->cadence, "");
	bad("cadence");
}
END_TEST

START_TEST(a_local_group_names_its_region)
{
	world_string(&roster->charter->region, "");
	bad("regional group");
	world_string(&roster->charter->level, "regional");
	ck_assert_int_eq(group_check_charter(roster->charter), ERR_OK);
	world_string(&roster->charter->region, "bad\x01name");
	unfit(group_check_charter(roster->charter), ERR_INPUT, "region");
}
END_TEST

/* Controls that this source must not show itself. */
static const char turned[] = { 'S', (char)0xe2, (char)0x80, (char)0xae, 'L',
	0 };
static const char hidden[] = { 'S', (char)0xe2, (char)0x80, (char)0x8b, 'L',
	0 };

START_TEST(a_group_has_a_name_that_can_be_read)
{
	static const char *const names[] = { "", " South", "South ",
		"South\tLondon", turned, hidden };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		world_string(&roster->charter->name, names[i]);
		bad("the name of a group");
	}
}
END_TEST

START_TEST(numbers_of_a_charter_are_in_range)
{
	static const uint32_t quorums[] = { 0, 257, UINT32_MAX };
	static const uint32_t cycles[] = { 0, 1101, UINT32_MAX };

	for (size_t i = 0; i < 3; i++) {
		roster->charter->quorum = quorums[i];
		bad("quorum must be 1 to 256");
		roster->charter->quorum = 256;
		roster->charter->cycle_days = cycles[i];
		bad("cycle_days must be 1 to 1100");
		roster->charter->cycle_days = 1100;
		ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	}
}
END_TEST

START_TEST(times_of_summits_are_in_range_or_left_out)
{
	static const uint32_t most[] = { 24, 168, 48, 92, 92 };
	static const char *const says[] = { "judging_hours may be 24 hours",
		"ring_hours may be 168 hours", "response_hours may be 48 hours",
		"review_days may be 92 days", "overdue_days may be 92 days" };
	uint32_t *const numbers[] = { &roster->charter->judging_hours,
		&roster->charter->ring_hours, &roster->charter->response_hours,
		&roster->charter->review_days, &roster->charter->overdue_days };

	for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
		ck_assert_uint_eq(*numbers[i], 0);
		*numbers[i] = most[i] + 1;
		bad(says[i]);
		*numbers[i] = UINT32_MAX;
		bad(says[i]);
		*numbers[i] = most[i];
		ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	}
}
END_TEST

START_TEST(the_texts_of_a_charter_have_a_limit_together)
{
	char *half = repeated('x', LIMIT_TEXT_BYTES / 2);
	char *rest = repeated('y', LIMIT_TEXT_BYTES / 2);

	world_string(&roster->charter->purpose, half);
	world_string(&roster->charter->footprint, rest);
	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	world_string(&roster->charter->admission, "z");
	unfit(group_check_roster(roster, NULL), ERR_LIMIT, "in all");
	world_string(&roster->charter->admission, "");
	world_string(&roster->charter->purpose, "\xff\xfe");
	bad("purpose must be UTF-8");
	free(half);
	free(rest);
}
END_TEST

static Qsg__InformationDuty *add_duty(const char *kind, const char *brings)
{
	Qsg__InformationDuty *duty = calloc(1, sizeof *duty);
	size_t size = (roster->charter->n_information + 1) *
	              sizeof(Qsg__InformationDuty *);
	void *grown = realloc((void *)roster->charter->information, size);

	ck_assert_ptr_nonnull(duty);
	ck_assert_ptr_nonnull(grown);
	qsg__information_duty__init(duty);
	world_string(&duty->kind, kind);
	world_string(&duty->brings, brings);
	roster->charter->information = grown;
	roster->charter->information[roster->charter->n_information++] = duty;
	return duty;
}

START_TEST(an_information_duty_says_who_brings_what)
{
	Qsg__InformationDuty *duty = add_duty("ccg", "quality returns");

	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	world_string(&duty->kind, "trust");
	bad("kind of organisation");
	world_string(&duty->kind, "ccg");
	world_string(&duty->brings, " ");
	bad("what is brought");
	world_string(&duty->brings, "returns");
	world_string(&duty->how_often, "every\nmonth");
	bad("how often");
	world_string(&duty->how_often, "");
	while (roster->charter->n_information <= LIMIT_GROUP_DUTIES)
		(void)add_duty("ccg", "more");
	unfit(
	    group_check_roster(roster, NULL), ERR_LIMIT, "information duties");
}
END_TEST

static void add_rule(const char *text)
{
	size_t size = (roster->charter->n_ground_rules + 1) * sizeof(char *);
	void *grown = realloc((void *)roster->charter->ground_rules, size);
	char *rule = NULL;

	ck_assert_ptr_nonnull(grown);
	rule = calloc(1, 1);
	world_string(&rule, text);
	roster->charter->ground_rules = grown;
	roster->charter->ground_rules[roster->charter->n_ground_rules++] = rule;
}

START_TEST(ground_rules_are_not_empty_and_not_endless)
{
	add_rule("What is said here stays here");
	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	add_rule("  ");
	bad("ground rule 2 is empty");
	while (roster->charter->n_ground_rules <= LIMIT_GROUP_RULES)
		add_rule("Another");
	unfit(group_check_roster(roster, NULL), ERR_LIMIT, "ground rules");
}
END_TEST

START_TEST(entries_are_fit_for_people)
{
	Qsg__RosterEntry *entry = world_find(roster, CCG);

	world_string(&entry->kind, "trust");
	bad("kind of organisation");
	world_string(&entry->kind, "ccg");
	world_string(&entry->name, turned);
	bad("name");
	world_string(&entry->name, "Barnet");
	world_string(&entry->code, "0");
	bad("code");
	world_string(&entry->code, "07M");
	entry->card.data = (uint8_t *)repeated('c', LIMIT_CARD_BYTES + 1);
	entry->card.len = LIMIT_CARD_BYTES + 1;
	unfit(group_check_roster(roster, NULL), ERR_LIMIT, "card");
}
END_TEST

START_TEST(who_stands_for_another_is_in_the_roster)
{
	struct id32 ids[] = { world_org(OUTSIDE), world_org(CCG),
		world_org(CCG2) };
	Qsg__RosterEntry *entry = world_find(roster, CCG);

	world_bytes(&entry->represented_by, &ids[0]);
	bad("represented by another");
	world_bytes(&entry->represented_by, &ids[1]);
	bad("represented by another");
	world_bytes(&entry->represented_by, &ids[2]);
	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
}
END_TEST

static Qsg__Representative *add_person(Qsg__RosterEntry *entry)
{
	Qsg__Representative *person = calloc(1, sizeof *person);
	void *grown = realloc((void *)entry->people,
	    (entry->n_people + 1) * sizeof(Qsg__Representative *));

	ck_assert_ptr_nonnull(person);
	ck_assert_ptr_nonnull(grown);
	qsg__representative__init(person);
	world_string(&person->role, "director of nursing");
	entry->people = grown;
	entry->people[entry->n_people++] = person;
	return person;
}

START_TEST(representatives_have_a_role)
{
	Qsg__RosterEntry *entry = world_find(roster, CCG);
	Qsg__Representative *person = add_person(entry);

	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	world_string(&person->role, "");
	bad("needs a role");
	world_string(&person->role, "chair");
	world_string(&person->name, "a\nb");
	bad("representative's name");
	world_string(&person->name, "");
	while (entry->n_people <= LIMIT_GROUP_PEOPLE)
		(void)add_person(entry);
	unfit(group_check_roster(roster, NULL), ERR_LIMIT, "representatives");
}
END_TEST

START_TEST(a_removal_has_a_reason_and_a_decision_a_date)
{
	Qsg__RosterChange *change = NULL;

	world_change(roster, NEW, "removed", " ");
	change = roster->changes[0];
	bad("a removal needs a reason");
	world_string(&change->reason, "decided by the group");
	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	world_string(&change->decided_on, "2013-02-30");
	bad("date");
	world_string(&change->decided_on, "2013-02-28");
	ck_assert_int_eq(group_check_roster(roster, NULL), ERR_OK);
	world_string(&change->what, "expelled");
	bad("change must be one of");
}
END_TEST

START_TEST(a_first_roster_that_nobody_would_take_is_unfit)
{
	world_entry(roster, NEW, "provider", 1, 0);
	bad("not included in the membership");
	world_drop(roster, NEW);
	world_string(&world_find(roster, AREA)->kind, "ccg");
	bad("kind that convenes");
	qsg__charter__free_unpacked(roster->charter, NULL);
	roster->charter = NULL;
	bad("needs a charter");
}
END_TEST

START_TEST(too_many_entries_are_unfit_in_any_term)
{
	roster->term = 2;
	for (unsigned org = 100; roster->n_entries < 257; org++)
		world_entry(roster, org, "ccg", 1, 0);
	unfit(group_check_roster(roster, NULL), ERR_LIMIT, "256 organisations");
}
END_TEST

static Qsg__Roster *copy_of(const Qsg__Roster *of)
{
	size_t size = qsg__roster__get_packed_size(of);
	uint8_t *bytes = malloc(size);
	Qsg__Roster *copy = NULL;

	ck_assert_ptr_nonnull(bytes);
	qsg__roster__pack(of, bytes);
	copy = qsg__roster__unpack(NULL, size, bytes);
	ck_assert_ptr_nonnull(copy);
	free(bytes);
	return copy;
}

/* Whoever succeeds its author could not state anything otherwise. */
START_TEST(what_the_roster_before_says_is_not_judged_again)
{
	Qsg__RosterEntry *entry = world_find(roster, CCG);
	Qsg__Representative *person = add_person(entry);
	Qsg__Roster *before = NULL;

	world_string(&person->name, "a\nb");
	world_string(&entry->kind, "of-a-later-version");
	world_string(&roster->charter->cadence, "weekly");
	world_change(roster, NEW, "expelled", "a\nb");
	before = copy_of(roster);
	ck_assert_int_eq(group_check_roster(roster, before), ERR_OK);
	bad("cadence");
	world_string(&roster->charter->cadence, "daily");
	unfit(group_check_roster(roster, before), ERR_INPUT, "cadence");
	world_string(&roster->charter->cadence, "monthly");
	world_string(&person->role, "chair");
	unfit(group_check_roster(roster, before), ERR_INPUT, "kind");
	world_string(&entry->kind, "ccg");
	unfit(group_check_roster(roster, before), ERR_INPUT, "name");
	world_string(&person->name, "");
	ck_assert_int_eq(group_check_roster(roster, before), ERR_OK);
	world_string(&roster->changes[0]->reason, "c\nd");
	unfit(group_check_roster(roster, before), ERR_INPUT, "change");
	qsg__roster__free_unpacked(before, NULL);
}
END_TEST

/*
 * The next roster.
 */

static enum err check(unsigned author, Qsg__Roster *next)
{
	struct id32 id = world_org(author);
	enum err err = group_check_next(&cast.state, &id, next);

	qsg__roster__free_unpacked(next, NULL);
	return err;
}

static const Qsg__Roster *in_force(void)
{
	struct id32 second;
	const Qsg__Roster *next = cast_settled(&second);

	cast_look(0);
	return next;
}

START_TEST(the_next_roster_is_as_readers_take_it)
{
	const Qsg__Roster *now = in_force();
	Qsg__Roster *next = world_next(now, 3);

	ck_assert_int_eq(check(AREA, next), ERR_OK);
	unfit(check(REGION, world_next(now, 3)), ERR_DENIED, "did not found");
	unfit(check(AREA, world_next(now, 2)), ERR_DENIED, "higher than 2");
	next = world_next(now, 3);
	next->term = 2;
	unfit(check(AREA, next), ERR_DENIED, "only its convenor");
	next = world_next(now, 3);
	world_drop(next, COLLEGE);
	unfit(check(AREA, next), ERR_DENIED, "without a change");
	next = world_next(now, 3);
	world_drop(next, COLLEGE);
	world_change(next, COLLEGE, "removed", "decided");
	ck_assert_int_eq(check(AREA, next), ERR_OK);
}
END_TEST

START_TEST(the_first_roster_is_checked_alike)
{
	cast_look(0);
	cast.state.id = cast.world.group;
	ck_assert_int_eq(check(AREA, world_next(roster, 1)), ERR_OK);
	unfit(
	    check(REGION, world_next(roster, 1)), ERR_DENIED, "did not found");
}
END_TEST

/* M308: whether or not the roster in force says that it joined. */
START_TEST(a_convenor_does_not_begin_to_expel)
{
	struct id32 first = world_put(&cast.world, AREA, world_next(roster, 1));
	Qsg__Roster *next = NULL;

	(void)world_act(&cast.world, CQC, 1, "accept", &first);
	cast_look(0);
	next = world_next(roster, 2);
	world_drop(next, CQC);
	world_change(next, CQC, "removed", "in the way");
	unfit(check(AREA, next), ERR_DENIED, "cannot be expelled");
	(void)world_act(&cast.world, CQC, 1, "leave", &first);
	cast_look(0);
	next = world_next(roster, 2);
	world_drop(next, CQC);
	ck_assert_int_eq(check(AREA, next), ERR_OK);
}
END_TEST

START_TEST(the_next_roster_says_who_has_joined)
{
	struct id32 first = world_put(&cast.world, AREA, world_next(roster, 1));
	Qsg__Roster *next = NULL;

	(void)world_act(&cast.world, CCG, 1, "accept", &first);
	cast_look(0);
	unfit(check(AREA, world_next(roster, 2)), ERR_DENIED, "has joined");
	next = world_next(roster, 2);
	world_find(next, CCG)->joined = true;
	ck_assert_int_eq(check(AREA, next), ERR_OK);
}
END_TEST

Suite *test_group_check_suite(void)
{
	Suite *suite = suite_create("group_check");
	TCase *tests = tcase_create("group_check");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_complete_roster_is_fit);
	tcase_add_test(tests, the_words_of_a_charter_are_known_ones);
	tcase_add_test(tests, a_local_group_names_its_region);
	tcase_add_test(tests, a_group_has_a_name_that_can_be_read);
	tcase_add_test(tests, numbers_of_a_charter_are_in_range);
	tcase_add_test(tests, times_of_summits_are_in_range_or_left_out);
	tcase_add_test(tests, the_texts_of_a_charter_have_a_limit_together);
	tcase_add_test(tests, an_information_duty_says_who_brings_what);
	tcase_add_test(tests, ground_rules_are_not_empty_and_not_endless);
	tcase_add_test(tests, entries_are_fit_for_people);
	tcase_add_test(tests, who_stands_for_another_is_in_the_roster);
	tcase_add_test(tests, representatives_have_a_role);
	tcase_add_test(tests, a_removal_has_a_reason_and_a_decision_a_date);
	tcase_add_test(tests, a_first_roster_that_nobody_would_take_is_unfit);
	tcase_add_test(tests, what_the_roster_before_says_is_not_judged_again);
	tcase_add_test(tests, too_many_entries_are_unfit_in_any_term);
	tcase_add_test(tests, the_next_roster_is_as_readers_take_it);
	tcase_add_test(tests, the_first_roster_is_checked_alike);
	tcase_add_test(tests, a_convenor_does_not_begin_to_expel);
	tcase_add_test(tests, the_next_roster_says_who_has_joined);
	suite_add_tcase(suite, tests);
	return suite;
}
