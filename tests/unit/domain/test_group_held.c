#include "unit/domain/group_cast.h"

#include <check.h>
#include <stdlib.h>

Suite *test_group_held_suite(void);

/* M319 */
START_TEST(a_newcomer_begins_with_what_it_was_sent)
{
	Qsg__Roster *roster = cast_late(9);
	struct id32 record;

	roster->term = 2;
	record = world_put(&cast.world, REGION, roster);
	cast_look(0);
	ck_assert(cast_in_force(&record));
	ck_assert(cast_convenes(REGION));
	ck_assert(!cast.state.mandate_proven);
	ck_assert_uint_eq(cast.state.claim_count, 0);
	ck_assert(cast_joined(CCG));
}
END_TEST

/* M319 */
START_TEST(the_lowest_term_that_is_held_comes_first)
{
	Qsg__Roster *roster = cast_late(9);
	Qsg__Roster *fake = world_next(roster, 12);
	struct id32 record;
	struct id32 forged;

	world_entry(fake, NEW, "nhs-england-area-team", 10, 0);
	fake->term = 3;
	forged = world_put(&cast.world, NEW, fake);
	roster->term = 2;
	record = world_put(&cast.world, REGION, roster);
	cast_look(0);
	ck_assert(cast_in_force(&record));
	cast_refused(&forged, "successions behind its term");
	ck_assert(world_alarmed(&cast.state, "successions behind its term"));
	ck_assert_uint_eq(cast.state.claim_count, 1);
	ck_assert(id_equal(&cast.state.claims[0].record, &forged));
}
END_TEST

/* M320 */
START_TEST(a_forged_lower_term_takes_nobody_out_of_the_group_it_joined)
{
	Qsg__Roster *roster = cast_first();
	Qsg__Roster *fake = NULL;
	struct id32 record;
	struct id32 forged;

	world_entry(roster, NEW, "phe", 1, 0);
	roster->epoch = 9;
	roster->term = 3;
	fake = world_next(roster, 30);
	record = world_put(&cast.world, REGION, roster);
	(void)world_act(&cast.world, NEW, 1, "accept", &record);
	fake->term = 2;
	world_string(&world_find(fake, CCG)->kind, "nhs-england-region");
	forged = world_put(&cast.world, CCG, fake);
	cast_look(NEW);
	ck_assert(cast_in_force(&record));
	ck_assert(cast_convenes(REGION));
	ck_assert(!cast.state.mandate_proven);
	cast_refused(&forged, "its term is over");
	/* Nobody else's acceptance binds us. */
	cast_look(COLLEGE);
	ck_assert(cast_in_force(&forged));
}
END_TEST

/* M320: the way there may be a forgery, too, that leads to the convenor and
 * past its rosters. */
START_TEST(a_forged_succession_takes_nobody_out_of_the_group_it_joined)
{
	Qsg__Roster *roster = cast_first();
	Qsg__Roster *fake = NULL;
	struct id32 record;
	struct id32 forged;

	world_entry(roster, NEW, "phe", 1, 0);
	roster->epoch = 9;
	roster->term = 3;
	fake = world_roster(&cast.world, 2, 30);
	world_entry(fake, CCG, "nhs-england-region", 1, 0);
	world_entry(fake, REGION, "nhs-england-region", 1, 0);
	world_entry(fake, NEW, "phe", 1, 0);
	record = world_put(&cast.world, REGION, roster);
	(void)world_act(&cast.world, NEW, 1, "accept", &record);
	forged = world_put(&cast.world, CCG, fake);
	(void)world_act(&cast.world, CCG, 1, "accept", &forged);
	(void)world_voice(&cast.world, CCG, 3, &forged, REGION);
	cast_look(NEW);
	ck_assert(cast_in_force(&record));
	ck_assert(cast_convenes(REGION));
	ck_assert(!cast.state.mandate_proven);
	/* Whoever accepted nothing believes what it holds. */
	cast_look(COLLEGE);
	ck_assert(cast_in_force(&forged));
}
END_TEST

/* M320 */
START_TEST(an_acceptance_changes_nothing_where_all_is_held)
{
	struct id32 second;
	struct id32 third;
	struct id32 twin;
	Qsg__Roster *roster = cast_settled(&second);

	cast_succeed(&second);
	third = world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	twin = world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	/* Of two rosters of one epoch we accepted the one that does not
	 * count. */
	(void)world_act(&cast.world, CCG, 1, "accept", &twin);
	cast_look(CCG);
	ck_assert(cast_in_force(&third));
	ck_assert(cast.state.mandate_proven);
	cast_refused(&twin, "another roster of this epoch");
}
END_TEST

/* M320 */
START_TEST(who_was_away_during_a_succession_returns_by_a_claim)
{
	struct id32 second;
	struct id32 claim;
	Qsg__Roster *next = cast_taken_over(cast_settled(&second), 8);

	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	world_find(next, CCG)->invitation = 8;
	world_find(next, CCG)->joined = false;
	claim = world_put(&cast.world, REGION, next);
	cast_look(CCG);
	ck_assert(cast_in_force(&second));
	ck_assert_uint_eq(cast.state.claim_count, 1);
	ck_assert(id_equal(&cast.state.claims[0].record, &claim));
	(void)world_act(&cast.world, CCG, 8, "accept", &claim);
	cast_look(CCG);
	ck_assert(cast_in_force(&claim));
	ck_assert(cast_joined(CCG));
	ck_assert(cast_convenes(REGION));
	ck_assert(!cast.state.mandate_proven);
}
END_TEST

/* M320 */
START_TEST(accepting_an_invitation_that_is_not_there_anchors_nothing)
{
	struct id32 second;
	struct id32 claim;
	Qsg__Roster *next = cast_taken_over(cast_settled(&second), 8);

	claim = world_put(&cast.world, REGION, next);
	(void)world_act(&cast.world, CCG, 8, "accept", &claim);
	(void)world_act(&cast.world, OUTSIDE, 1, "accept", &claim);
	(void)world_act(&cast.world, CCG, 1, "decline", &claim);
	cast_look(CCG);
	ck_assert(cast_in_force(&second));
	cast_look(OUTSIDE);
	ck_assert(cast_in_force(&second));
}
END_TEST

/* M321 */
START_TEST(who_returns_does_not_measure_by_what_it_missed)
{
	struct id32 second;
	Qsg__Roster *next = world_next(cast_settled(&second), 9);
	struct id32 ninth;

	/* While the CCG was away CQC left, and was left out. */
	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	world_drop(next, CQC);
	world_find(next, CCG)->invitation = 9;
	world_find(next, CCG)->joined = false;
	ninth = world_put(&cast.world, AREA, next);
	cast_look(CCG);
	ck_assert(cast_in_force(&ninth));
	/* Those that were there do. */
	cast_look(CCG2);
	cast_refused(&ninth, "cannot be expelled");
	ck_assert(cast_in_force(&second));
}
END_TEST

/* M391: of term 1, in force or over, whoever convenes the group by now. */
START_TEST(whoever_has_joined_is_not_put_out_by_an_invitation)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *late = world_next(roster, 9);
	struct id32 ninth;
	struct id32 third;

	world_find(late, CCG)->invitation = 9;
	world_find(late, CCG)->joined = false;
	world_drop(late, CQC);
	ninth = world_put(&cast.world, AREA, late);
	cast_look(CCG);
	cast_refused(&ninth, "cannot be expelled");
	ck_assert(cast_in_force(&second));
	ck_assert(cast_joined(CCG));
	ck_assert(cast_joined(CQC));
	ck_assert(world_alarmed(&cast.state, "invites this organisation anew"));
	ck_assert_uint_eq(cast.state.claim_count, 1);
	/* Others have no such alarm. */
	cast_look(CCG2);
	ck_assert(
	    !world_alarmed(&cast.state, "invites this organisation anew"));
	ck_assert_uint_eq(cast.state.claim_count, 0);
	/* In a term that is over it is not even a claim. */
	cast_succeed(&second);
	third = world_put(&cast.world, REGION, cast_taken_over(roster, 3));
	cast_look(CCG);
	ck_assert(cast_in_force(&third));
	ck_assert(cast_joined(CCG));
	ck_assert_uint_eq(cast.state.claim_count, 0);
}
END_TEST

/* M391: it was removed without being told, and is wanted back. */
START_TEST(whoever_was_put_out_unheard_returns_by_accepting_by_name)
{
	struct id32 second;
	Qsg__Roster *next = world_next(cast_settled(&second), 9);
	struct id32 ninth;
	struct id32 tenth;

	world_find(next, COLLEGE)->invitation = 9;
	world_find(next, COLLEGE)->joined = false;
	world_drop(next, CCG2);
	ninth = world_put(&cast.world, AREA, next);
	/* Whoever accepts without naming it has not been asked. */
	(void)world_act(&cast.world, COLLEGE, 9, "accept", &second);
	(void)world_act(&cast.world, CQC, 9, "accept", &ninth);
	cast_look(COLLEGE);
	ck_assert(cast_in_force(&second));
	ck_assert(id_equal(&cast.state.claims[0].record, &ninth));
	(void)world_act(&cast.world, COLLEGE, 9, "accept", &ninth);
	cast_look(COLLEGE);
	ck_assert(cast_in_force(&ninth));
	ck_assert(cast_joined(COLLEGE));
	ck_assert_uint_eq(cast.state.claim_count, 0);
	tenth = world_put(&cast.world, AREA, world_next(next, 10));
	cast_look(COLLEGE);
	ck_assert(cast_in_force(&tenth));
}
END_TEST

/* M391 */
START_TEST(a_convenor_does_not_excuse_itself_by_an_invitation)
{
	struct id32 second;
	Qsg__Roster *next = world_next(cast_settled(&second), 3);
	struct id32 record;

	world_drop(next, CQC);
	world_find(next, AREA)->invitation = 3;
	world_change(next, AREA, "amended", "anew");
	if (_i == 1)
		(void)world_act(&cast.world, AREA, 1, "leave", &second);
	record = world_put(&cast.world, AREA, next);
	cast_look(AREA);
	cast_refused(&record, "expelled");
	ck_assert(cast_in_force(&second));
}
END_TEST

/* M397: by an acceptance, or by having stated a roster. */
START_TEST(a_state_tells_what_its_holder_said_itself)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *next = cast_taken_over(roster, 3);
	struct id32 third;

	cast_look(CCG);
	ck_assert(cast.state.own_word && cast.state.own_past);
	cast_look(AREA);
	ck_assert(cast.state.own_word && cast.state.own_past);
	cast_look(OUTSIDE);
	ck_assert(!cast.state.own_word && !cast.state.own_past);
	cast_look(0);
	ck_assert(!cast.state.own_word && !cast.state.own_past);
	cast_succeed(&second);
	world_entry(next, NEW, "phe", 3, 0);
	third = world_put(&cast.world, REGION, next);
	next = world_next(next, 4);
	world_find(next, NEW)->joined = true;
	(void)world_put(&cast.world, REGION, next);
	/* It convened the group before, and has never accepted anything. */
	cast_look(AREA);
	ck_assert(cast.state.own_word && cast_joined(AREA));
	/* The roster says so, it does not. */
	cast_look(NEW);
	ck_assert(cast_joined(NEW));
	ck_assert(!cast.state.own_word && !cast.state.own_past);
	(void)world_act(&cast.world, COLLEGE, 1, "leave", &third);
	next = world_next(next, 5);
	world_find(next, COLLEGE)->invitation = 5;
	world_find(next, COLLEGE)->joined = false;
	(void)world_put(&cast.world, REGION, next);
	cast_look(COLLEGE);
	ck_assert_int_eq(cast_member(COLLEGE)->standing, GROUP_INVITED);
	ck_assert(!cast.state.own_word && cast.state.own_past);
}
END_TEST

/*
 * Other records, order and number.
 */

START_TEST(what_is_no_record_of_the_group_is_told)
{
	struct id32 second;
	struct id32 wrong;
	struct id32 none;
	Qsg__Payload *payload = NULL;

	(void)cast_settled(&second);
	payload = calloc(1, sizeof *payload);
	ck_assert_ptr_nonnull(payload);
	qsg__payload__init(payload);
	none = world_add(&cast.world, CCG, payload);
	cast.world.group.b[0] ^= 1;
	wrong = world_act(&cast.world, CCG, 1, "leave", &second);
	cast.world.group.b[0] ^= 1;
	cast.world.facts[cast.world.count++] =
	    (struct group_fact){ .record = world_record(9999),
		    .author = world_org(CCG) };
	cast_look(0);
	cast_refused(&none, "no record of this group");
	cast_refused(&wrong, "no record of this group");
	ck_assert(cast_joined(CCG));
	ck_assert_uint_eq(cast.state.refused_count, 3);
}
END_TEST

START_TEST(the_hash_tells_states_apart)
{
	struct id32 hashes[4];
	struct id32 second;

	(void)cast_settled(&second);
	for (size_t i = 0; i < 4; i++) {
		if (i == 1)
			(void)world_voice(&cast.world, CCG, 2, &second, REGION);
		if (i == 2)
			(void)world_act(
			    &cast.world, COLLEGE, 1, "leave", &second);
		if (i == 3)
			(void)world_act(
			    &cast.world, OUTSIDE, 1, "leave", &second);
		cast_look(0);
		ck_assert_int_eq(group_hash(&cast.state, &hashes[i]), ERR_OK);
		for (size_t j = 0; j < i; j++)
			ck_assert(!id_equal(&hashes[i], &hashes[j]));
	}
}
END_TEST

Suite *test_group_held_suite(void)
{
	Suite *suite = suite_create("group_held");
	TCase *tests = tcase_create("group_held");

	tcase_add_checked_fixture(tests, cast_setup, cast_teardown);
	tcase_add_test(tests, a_newcomer_begins_with_what_it_was_sent);
	tcase_add_test(tests, the_lowest_term_that_is_held_comes_first);
	tcase_add_test(
	    tests, a_forged_lower_term_takes_nobody_out_of_the_group_it_joined);
	tcase_add_test(
	    tests, a_forged_succession_takes_nobody_out_of_the_group_it_joined);
	tcase_add_test(tests, an_acceptance_changes_nothing_where_all_is_held);
	tcase_add_test(
	    tests, who_was_away_during_a_succession_returns_by_a_claim);
	tcase_add_test(
	    tests, accepting_an_invitation_that_is_not_there_anchors_nothing);
	tcase_add_test(tests, who_returns_does_not_measure_by_what_it_missed);
	tcase_add_test(
	    tests, whoever_has_joined_is_not_put_out_by_an_invitation);
	tcase_add_test(
	    tests, whoever_was_put_out_unheard_returns_by_accepting_by_name);
	tcase_add_loop_test(
	    tests, a_convenor_does_not_excuse_itself_by_an_invitation, 0, 2);
	tcase_add_test(tests, a_state_tells_what_its_holder_said_itself);
	tcase_add_test(tests, what_is_no_record_of_the_group_is_told);
	tcase_add_test(tests, the_hash_tells_states_apart);
	suite_add_tcase(suite, tests);
	return suite;
}
