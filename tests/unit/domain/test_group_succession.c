#include "unit/domain/group_cast.h"

#include <check.h>

Suite *test_group_succession_suite(void);

static struct id32 voice(
    unsigned org, const struct id32 *roster, unsigned successor)
{
	return world_voice(&cast.world, org, 2, roster, successor);
}

static const struct group_candidate *candidate(unsigned org)
{
	struct id32 id = world_org(org);

	for (size_t i = 0; i < cast.state.candidate_count; i++) {
		if (id_equal(&cast.state.candidates[i].organisation, &id))
			return &cast.state.candidates[i];
	}
	return NULL;
}

/* M315 */
START_TEST(more_than_half_name_the_next_convenor)
{
	struct id32 second;
	struct id32 third;
	Qsg__Roster *roster = cast_settled(&second);

	(void)voice(REGION, &second, REGION);
	(void)voice(CCG, &second, REGION);
	(void)voice(CQC, &second, REGION);
	cast_look(0);
	ck_assert_uint_eq(cast.state.voices_needed, 4); /* of six */
	ck_assert_ptr_nonnull(candidate(REGION));
	ck_assert_uint_eq(candidate(REGION)->voices, 3);
	ck_assert(cast_convenes(AREA));
	(void)voice(COLLEGE, &second, REGION);
	cast_look(0);
	ck_assert(cast_convenes(REGION));
	ck_assert(cast_member(REGION)->convenor);
	ck_assert(!cast_member(AREA)->convenor);
	ck_assert_uint_eq(cast.state.term, 2);
	ck_assert(cast_in_force(&second));
	ck_assert_uint_eq(cast.state.candidate_count, 0);
	third = world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	cast_look(0);
	ck_assert(cast_in_force(&third));
	ck_assert(cast.state.mandate_proven);
	ck_assert(cast_joined(AREA)); /* as the region states it */
	ck_assert_uint_eq(cast.state.alarm_count, 0);
	ck_assert_uint_eq(cast.state.refused_count, 0);
}
END_TEST

/* M315 */
START_TEST(the_same_voice_twice_is_one)
{
	struct id32 second;

	(void)cast_settled(&second);
	for (unsigned i = 0; i < 5; i++)
		(void)voice(CCG, &second, REGION);
	cast_look(0);
	ck_assert_uint_eq(candidate(REGION)->voices, 1);
	ck_assert(cast_convenes(AREA));
}
END_TEST

/* M315 */
START_TEST(who_is_named_is_a_member_of_a_kind_that_convenes)
{
	static const unsigned named[] = { CCG, CQC, COLLEGE, OUTSIDE, NEW };

	for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
		Qsg__Roster *roster = cast_first();
		struct id32 first;
		struct id32 said[3];

		world_entry(
		    roster, NEW, "nhs-england-region", 1, ENTRY_SENDER_ONLY);
		first = world_put(&cast.world, AREA, roster);
		cast_all_accept(&first);
		said[0] = voice(CCG, &first, named[i]);
		said[1] = voice(CCG2, &first, named[i]);
		said[2] = voice(CQC, &first, named[i]);
		(void)voice(COLLEGE, &first, named[i]);
		cast_look(0);
		ck_assert(cast_convenes(AREA));
		for (size_t j = 0; j < 3; j++)
			cast_refused(&said[j], "kind that convenes");
		world_clear(&cast.world);
	}
}
END_TEST

/* M315 */
START_TEST(only_joined_members_have_a_voice)
{
	Qsg__Roster *roster = cast_first();
	struct id32 first;
	struct id32 said[4];
	unsigned who[] = { CQC, COLLEGE, OUTSIDE, NEW };

	world_find(roster, COLLEGE)->sender_only = true;
	world_entry(roster, NEW, "phe", 1, 0);
	first = world_put(&cast.world, AREA, roster);
	(void)world_act(&cast.world, CCG, 1, "accept", &first);
	(void)world_act(&cast.world, CCG2, 1, "accept", &first);
	(void)world_act(&cast.world, CQC, 1, "decline", &first);
	(void)world_act(&cast.world, COLLEGE, 1, "accept", &first);
	for (size_t i = 0; i < 4; i++)
		said[i] = voice(who[i], &first, REGION);
	(void)voice(CCG, &first, REGION);
	cast_look(0);
	for (size_t i = 0; i < 4; i++)
		cast_refused(&said[i], "no joined member");
	ck_assert_uint_eq(candidate(REGION)->voices, 1);
	ck_assert_uint_eq(cast.state.voices_needed, 2); /* of three */
}
END_TEST

/* M315 */
START_TEST(voices_from_different_rosters_are_not_added_up)
{
	struct id32 second;
	struct id32 third;
	struct id32 nowhere = world_record(4711);
	Qsg__Roster *roster = cast_settled(&second);
	struct id32 lost;

	third = world_put(&cast.world, AREA, world_next(roster, 3));
	(void)voice(CCG, &second, REGION);
	(void)voice(CCG2, &second, REGION);
	(void)voice(CQC, &third, REGION);
	(void)voice(COLLEGE, &third, REGION);
	lost = voice(REGION, &nowhere, REGION);
	cast_look(0);
	ck_assert(cast_convenes(AREA));
	ck_assert_uint_eq(candidate(REGION)->voices, 2);
	cast_refused(&lost, "not held here");
}
END_TEST

/* M315 */
START_TEST(voices_from_a_refused_roster_count_for_nobody)
{
	struct id32 second;
	struct id32 twin;

	twin =
	    world_put(&cast.world, AREA, world_next(cast_settled(&second), 2));
	cast_succeed(&twin);
	cast_look(0);
	cast_refused(&twin, "another roster of this epoch");
	ck_assert(cast_convenes(AREA));
	ck_assert_uint_eq(cast.state.refused_count, 5);
}
END_TEST

START_TEST(a_malformed_succession_is_refused)
{
	struct id32 second;
	struct id32 said[5];

	(void)cast_settled(&second);
	said[0] = world_voice(&cast.world, CCG, 0, &second, REGION);
	said[1] = world_voice(&cast.world, CCG, 1, &second, REGION);
	said[2] = world_voice(&cast.world, CCG, UINT64_MAX, &second, REGION);
	said[3] = world_voice(&cast.world, CCG, 2, NULL, REGION);
	said[4] = world_voice(&cast.world, CCG, 9, &second, REGION);
	cast_look(0);
	for (size_t i = 0; i < 4; i++)
		cast_refused(&said[i], "no term, roster or successor");
	cast_refused(&said[4], "has not begun");
}
END_TEST

/* M316 */
START_TEST(who_voices_and_leaves_takes_nothing_back)
{
	struct id32 second;

	(void)cast_settled(&second);
	cast_succeed(&second);
	cast_look(0);
	ck_assert(cast_convenes(REGION));
	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	(void)world_act(&cast.world, CQC, 1, "leave", &second);
	cast_look(0);
	ck_assert(cast_convenes(REGION));
}
END_TEST

/* M316 */
START_TEST(who_voices_and_leaves_is_still_one_of_them)
{
	struct id32 second;

	(void)cast_settled(&second);
	(void)voice(CCG, &second, REGION);
	(void)voice(CQC, &second, REGION);
	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	(void)world_act(&cast.world, CQC, 1, "leave", &second);
	(void)world_act(&cast.world, COLLEGE, 1, "leave", &second);
	cast_look(0);
	ck_assert_uint_eq(cast.state.voices_needed, 3); /* of five */
	ck_assert(cast_convenes(AREA));
}
END_TEST

/* M316 */
START_TEST(who_left_without_a_word_is_not_waited_for)
{
	struct id32 second;

	(void)cast_settled(&second);
	(void)voice(REGION, &second, REGION);
	(void)voice(CCG, &second, REGION);
	(void)voice(CCG2, &second, REGION);
	cast_look(0);
	ck_assert(cast_convenes(AREA)); /* three of six */
	(void)world_act(&cast.world, COLLEGE, 1, "leave", &second);
	cast_look(0);
	ck_assert(cast_convenes(REGION)); /* of five */
}
END_TEST

/* M316 */
START_TEST(who_joins_in_the_later_term_takes_nothing_back)
{
	Qsg__Roster *roster = cast_first();
	struct id32 first = world_put(&cast.world, AREA, roster);
	struct id32 second;

	(void)world_act(&cast.world, REGION, 1, "accept", &first);
	(void)world_act(&cast.world, CCG, 1, "accept", &first);
	(void)voice(REGION, &first, REGION);
	(void)voice(CCG, &first, REGION);
	cast_look(0);
	ck_assert(cast_convenes(REGION)); /* two of three */
	second = world_put(&cast.world, REGION, cast_taken_over(roster, 2));
	(void)world_act(&cast.world, CCG2, 1, "accept", &second);
	(void)world_act(&cast.world, CQC, 1, "accept", &second);
	(void)world_act(&cast.world, COLLEGE, 1, "accept", &second);
	cast_look(0);
	ck_assert(cast_convenes(REGION));
	ck_assert(cast_in_force(&second));
	ck_assert(cast_joined(CQC));
	/* Had they accepted before, they would have had a say. */
	(void)world_act(&cast.world, CQC, 1, "accept", &first);
	cast_look(0);
	ck_assert(cast_convenes(AREA));
}
END_TEST

/* M317 */
START_TEST(a_double_voice_counts_for_neither)
{
	Qsg__Roster *roster = cast_first();
	struct id32 first;
	struct id32 said[2];

	world_entry(roster, NEW, "nhs-england-area-team", 1, 0);
	first = world_put(&cast.world, AREA, roster);
	cast_all_accept(&first);
	cast_succeed(&first);
	cast_look(0);
	ck_assert(cast_convenes(REGION)); /* four of six */
	said[0] = voice(CCG, &first, NEW);
	cast_look(0);
	ck_assert(cast_convenes(AREA));
	cast_refused(&said[0], "two successors");
	ck_assert_uint_eq(cast.state.alarm_count, 1);
	ck_assert(world_alarmed(&cast.state, "two successors"));
	ck_assert_uint_eq(candidate(REGION)->voices, 3);
	ck_assert_ptr_null(candidate(NEW));
}
END_TEST

/* M317 */
START_TEST(double_voices_from_two_rosters_are_found)
{
	struct id32 second;
	struct id32 third;
	Qsg__Roster *next = world_next(cast_settled(&second), 3);

	world_entry(next, NEW, "nhs-england-area-team", 3, 0);
	third = world_put(&cast.world, AREA, next);
	cast_succeed(&second);
	(void)voice(CCG, &third, NEW);
	cast_look(0);
	ck_assert(cast_convenes(AREA));
	ck_assert(world_alarmed(&cast.state, "two successors"));
}
END_TEST

/* M318 */
START_TEST(the_roster_of_the_lowest_epoch_decides)
{
	static const unsigned who[] = { REGION, CCG, CCG2, CQC };
	struct id32 second;
	struct id32 third;
	Qsg__Roster *next = world_next(cast_settled(&second), 3);

	world_entry(next, NEW, "nhs-england-area-team", 3, 0);
	third = world_put(&cast.world, AREA, next);
	for (size_t i = 0; i < 4; i++)
		(void)voice(who[i], &third, REGION);
	cast_look(0);
	ck_assert(cast_convenes(REGION));
	ck_assert(cast_in_force(&third));
	/* The same members from the earlier one, all of them. */
	cast_succeed(&second);
	cast_look(0);
	ck_assert(cast_convenes(REGION));
	ck_assert(cast_in_force(&second));
	cast_refused(&third, "began from an earlier roster");
}
END_TEST

/* M318: it leaves out whom it may, and is the only one with a voice. */
START_TEST(a_roster_from_after_a_decision_decides_nothing)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *late = world_roster(&cast.world, 1, 1ULL << 52);
	struct id32 third;
	struct id32 record;

	cast_succeed(&second);
	third = world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	world_entry(late, AREA, "nhs-england-area-team", 1, ENTRY_JOINED);
	world_entry(late, NEW, "nhs-england-area-team", 1ULL << 52, 0);
	world_entry(late, CCG, "ccg", 1ULL << 52, 0);
	record = world_put(&cast.world, AREA, late);
	(void)voice(AREA, &record, NEW);
	for (size_t i = 0; i < 3; i++) {
		static const unsigned looks[] = { 0, CCG, NEW };

		cast_look(looks[i]);
		ck_assert(cast_convenes(REGION));
		ck_assert(cast_in_force(&third));
		ck_assert(cast_joined(CCG));
		ck_assert(cast_joined(CQC));
		ck_assert_ptr_null(cast_member(NEW));
	}
}
END_TEST

/* M318: the same by a roster that keeps every rule. */
START_TEST(a_roster_that_fits_and_comes_after_a_decision_decides_nothing)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *late = world_next(roster, 50);
	struct id32 third;
	struct id32 record;

	world_entry(late, NEW, "nhs-england-area-team", 50, 0);
	for (unsigned org = OUTSIDE - 9; org < OUTSIDE; org++)
		world_entry(late, org, "other", 50, 0);
	record = world_put(&cast.world, AREA, late);
	for (unsigned org = OUTSIDE - 9; org < OUTSIDE; org++) {
		(void)world_act(&cast.world, org, 50, "accept", &record);
		(void)voice(org, &record, NEW);
	}
	(void)voice(AREA, &record, NEW);
	cast_look(CCG);
	ck_assert(cast_convenes(NEW)); /* ten of fifteen */
	cast_succeed(&second);
	third = world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	cast_look(CCG);
	ck_assert(cast_convenes(REGION));
	ck_assert(cast_in_force(&third));
	cast_refused(&record, "began from an earlier roster");
}
END_TEST

/* M315: else it could begin a term from its very first roster, in which nobody
 * but itself has joined, and so expel everybody. */
START_TEST(a_convenor_does_not_succeed_itself)
{
	Qsg__Roster *alone = world_roster(&cast.world, 1, 1);
	Qsg__Roster *roster = NULL;
	struct id32 first;
	struct id32 second;
	struct id32 said;

	world_entry(alone, AREA, "nhs-england-area-team", 1, ENTRY_JOINED);
	first = world_put(&cast.world, AREA, alone);
	roster = world_next(alone, 2);
	world_entry(roster, CCG, "ccg", 2, 0);
	second = world_put(&cast.world, AREA, roster);
	(void)world_act(&cast.world, CCG, 2, "accept", &second);
	said = voice(AREA, &first, AREA);
	cast_look(0);
	ck_assert_uint_eq(cast.state.term, 1);
	ck_assert(cast_in_force(&second));
	ck_assert(cast_joined(CCG));
	cast_refused(&said, "no other member of a kind that convenes");
}
END_TEST

/* M318 */
START_TEST(the_old_convenor_cannot_outrun_a_succession)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *huge = world_next(roster, 1ULL << 53);
	struct id32 outrun = world_put(&cast.world, AREA, huge);
	struct id32 record;

	cast_succeed(&second);
	record = world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	cast_look(0);
	ck_assert(cast_in_force(&record));
	ck_assert_uint_eq(cast.state.epoch, 3);
	cast_refused(&outrun, "began from an earlier roster");
}
END_TEST

/* M305, M490: of whichever epoch, one that was used or one that was kept for
 * this. */
START_TEST(a_convenor_does_not_rewrite_what_it_stated)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	struct id32 ninth = world_put(&cast.world, AREA, world_next(roster, 9));

	for (uint64_t epoch = 2; epoch < 9; epoch += 3) {
		Qsg__Roster *first = cast_first();
		Qsg__Roster *late = world_next(first, epoch);
		struct id32 record;

		qsg__roster__free_unpacked(first, NULL);
		world_drop(late, CQC);
		world_change(late, CQC, "removed", "did not answer");
		(void)world_put(&cast.world, AREA, late);
		record = cast_ground();
		cast_look(0);
		cast_refused(&record, "not higher than that");
		ck_assert(world_alarmed(&cast.state, "not higher than that"));
		ck_assert(cast_in_force(&ninth));
		ck_assert(cast_joined(CQC));
	}
}
END_TEST

/* M305: in a log that is split two rosters may have one place. */
START_TEST(of_one_place_the_lower_record_id_comes_first)
{
	Qsg__Roster *roster = cast_first();
	struct id32 second;
	struct id32 twin;

	(void)world_put(&cast.world, AREA, roster);
	second = world_put(&cast.world, AREA, world_next(roster, 2));
	(void)world_put(&cast.world, AREA, world_next(roster, 2));
	cast.world.facts[2].place = cast.world.facts[1].place;
	twin = cast_ground();
	cast_look(0);
	cast_refused(&second, "another roster of this epoch");
	ck_assert(cast_in_force(&twin));
}
END_TEST

/* M305, M490 */
START_TEST(the_old_convenor_cannot_rewrite_what_it_was_succeeded_from)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *next = NULL;
	struct id32 twin;

	cast_succeed(&second);
	next = cast_taken_over(roster, 3);
	world_change(next, AREA, "removed", "it was lost");
	world_drop(next, AREA);
	(void)world_put(&cast.world, REGION, next);
	(void)world_put(&cast.world, AREA, world_next(roster, 2));
	twin = cast_ground();
	cast_look(CCG);
	cast_refused(&twin, "another roster of this epoch");
	ck_assert(world_alarmed(&cast.state, "another roster of this epoch"));
	ck_assert(cast_convenes(REGION));
	ck_assert_ptr_null(cast_member(AREA));
}
END_TEST

/* M305: its puppets accept what it states afterwards, and name one of
 * themselves from it. */
START_TEST(the_old_convenor_cannot_begin_again_with_puppets)
{
	enum { PUPPET = 60, PUPPET2 = 61 };
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *bare = world_roster(&cast.world, 1, 2);
	struct id32 twin;

	cast_succeed(&second);
	(void)world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	world_entry(bare, AREA, "nhs-england-area-team", 1, ENTRY_JOINED);
	world_entry(bare, PUPPET, "nhs-england-area-team", 2, 0);
	world_entry(bare, PUPPET2, "ccg", 2, 0);
	for (size_t i = 0; i < roster->n_entries; i++) {
		unsigned org =
		    (unsigned)roster->entries[i]->organisation.data[1];

		world_change(bare, org, "removed", "did not answer");
	}
	(void)world_put(&cast.world, AREA, bare);
	twin = cast_ground();
	(void)world_act(&cast.world, PUPPET, 2, "accept", &twin);
	(void)world_act(&cast.world, PUPPET2, 2, "accept", &twin);
	(void)world_voice(&cast.world, PUPPET, 2, &twin, PUPPET);
	(void)world_voice(&cast.world, PUPPET2, 2, &twin, PUPPET);
	for (unsigned self = CCG; self <= CQC; self += CQC - CCG) {
		cast_look(self);
		cast_refused(&twin, "another roster of this epoch");
		ck_assert(cast_convenes(REGION));
		ck_assert(cast_joined(CQC));
	}
}
END_TEST

START_TEST(a_successor_that_says_nothing_is_succeeded)
{
	struct id32 second;
	Qsg__Roster *next = NULL;
	struct id32 record;

	next = world_next(cast_settled(&second), 3);
	cast_succeed(&second);
	for (size_t i = 0; i < 4; i++) {
		static const unsigned who[] = { CCG, CCG2, CQC, COLLEGE };

		(void)world_voice(&cast.world, who[i], 3, &second, AREA);
	}
	next->term = 3;
	record = world_put(&cast.world, AREA, next);
	cast_look(0);
	ck_assert_uint_eq(cast.state.term, 3);
	ck_assert(cast_convenes(AREA));
	ck_assert(cast_in_force(&record));
}
END_TEST

/* M308 */
START_TEST(the_successor_may_leave_out_whom_it_succeeds)
{
	struct id32 second;
	Qsg__Roster *next = NULL;
	struct id32 record;

	next = cast_taken_over(cast_settled(&second), 3);
	cast_succeed(&second);
	world_drop(next, AREA);
	world_change(next, AREA, "removed", "has been wound up");
	record = world_put(&cast.world, REGION, next);
	cast_look(0);
	ck_assert(cast_in_force(&record));
	ck_assert_ptr_null(cast_member(AREA));
}
END_TEST

START_TEST(a_convenor_that_left_is_shown)
{
	struct id32 second;

	(void)cast_settled(&second);
	(void)world_act(&cast.world, AREA, 1, "leave", &second);
	cast_look(0);
	ck_assert_int_eq(cast_member(AREA)->standing, GROUP_LEFT);
	ck_assert(world_alarmed(&cast.state, "convenor has left"));
	ck_assert_uint_eq(cast.state.voices_needed, 3); /* of five */
}
END_TEST

Suite *test_group_succession_suite(void)
{
	Suite *suite = suite_create("group_succession");
	TCase *tests = tcase_create("group_succession");

	tcase_add_checked_fixture(tests, cast_setup, cast_teardown);
	tcase_add_test(tests, more_than_half_name_the_next_convenor);
	tcase_add_test(tests, the_same_voice_twice_is_one);
	tcase_add_test(tests, who_is_named_is_a_member_of_a_kind_that_convenes);
	tcase_add_test(tests, only_joined_members_have_a_voice);
	tcase_add_test(tests, voices_from_different_rosters_are_not_added_up);
	tcase_add_test(tests, voices_from_a_refused_roster_count_for_nobody);
	tcase_add_test(tests, a_malformed_succession_is_refused);
	tcase_add_test(tests, who_voices_and_leaves_takes_nothing_back);
	tcase_add_test(tests, who_voices_and_leaves_is_still_one_of_them);
	tcase_add_test(tests, who_left_without_a_word_is_not_waited_for);
	tcase_add_test(tests, who_joins_in_the_later_term_takes_nothing_back);
	tcase_add_test(tests, a_double_voice_counts_for_neither);
	tcase_add_test(tests, double_voices_from_two_rosters_are_found);
	tcase_add_test(tests, the_roster_of_the_lowest_epoch_decides);
	tcase_add_test(tests, a_roster_from_after_a_decision_decides_nothing);
	tcase_add_test(tests,
	    a_roster_that_fits_and_comes_after_a_decision_decides_nothing);
	tcase_add_test(tests, a_convenor_does_not_succeed_itself);
	tcase_add_test(tests, the_old_convenor_cannot_outrun_a_succession);
	tcase_add_test(
	    tests, the_old_convenor_cannot_rewrite_what_it_was_succeeded_from);
	tcase_add_test(tests, the_old_convenor_cannot_begin_again_with_puppets);
	tcase_add_test(tests, a_convenor_does_not_rewrite_what_it_stated);
	tcase_add_test(tests, of_one_place_the_lower_record_id_comes_first);
	tcase_add_test(tests, a_successor_that_says_nothing_is_succeeded);
	tcase_add_test(tests, the_successor_may_leave_out_whom_it_succeeds);
	tcase_add_test(tests, a_convenor_that_left_is_shown);
	suite_add_tcase(suite, tests);
	return suite;
}
