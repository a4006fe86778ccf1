#include "unit/domain/group_cast.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_group_members_suite(void);

/* M311 */
START_TEST(only_those_invited_join)
{
	struct id32 first = world_put(&cast.world, AREA, cast_first());
	struct id32 stranger =
	    world_act(&cast.world, OUTSIDE, 1, "accept", &first);
	struct id32 wrong = world_act(&cast.world, CCG, 2, "accept", &first);
	struct id32 zero = world_act(&cast.world, CCG, 0, "accept", &first);
	struct id32 other = world_act(&cast.world, CCG2, 1, "endorse", &first);
	struct id32 good = world_act(&cast.world, CQC, 1, "accept", NULL);

	cast_look(0);
	cast_refused(&stranger, "invited its author");
	cast_refused(&wrong, "invited its author");
	cast_refused(&zero, "invited its author");
	cast_refused(&other, "neither accepts");
	cast_counts(&good);
	ck_assert(cast_joined(CQC));
	ck_assert(!cast_joined(CCG));
	ck_assert(!cast_joined(CCG2));
	ck_assert_ptr_null(cast_member(OUTSIDE));
}
END_TEST

/* M312 */
START_TEST(leave_beats_accept_beats_decline)
{
	static const struct {
		const char *acts[3];
		enum group_standing standing;
	} cases[] = {
		{ { "accept", NULL, NULL }, GROUP_JOINED },
		{ { "decline", NULL, NULL }, GROUP_DECLINED },
		{ { "leave", NULL, NULL }, GROUP_LEFT },
		{ { "accept", "decline", NULL }, GROUP_JOINED },
		{ { "decline", "accept", NULL }, GROUP_JOINED },
		{ { "leave", "accept", NULL }, GROUP_LEFT },
		{ { "accept", "leave", "accept" }, GROUP_LEFT },
		{ { "decline", "leave", "decline" }, GROUP_LEFT },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct id32 first = world_put(&cast.world, AREA, cast_first());

		for (size_t j = 0; j < 3 && cases[i].acts[j] != NULL; j++)
			(void)world_act(
			    &cast.world, CCG, 1, cases[i].acts[j], &first);
		cast_look(0);
		ck_assert_int_eq(cast_member(CCG)->standing, cases[i].standing);
		world_clear(&cast.world);
	}
}
END_TEST

/* M312 */
START_TEST(a_new_invitation_brings_back_who_left)
{
	struct id32 second;
	Qsg__Roster *next = world_next(cast_settled(&second), 3);
	struct id32 third;

	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	world_find(next, CCG)->invitation = 3;
	world_find(next, CCG)->joined = false;
	third = world_put(&cast.world, AREA, next);
	cast_look(0);
	ck_assert_int_eq(cast_member(CCG)->standing, GROUP_INVITED);
	(void)world_act(&cast.world, CCG, 3, "accept", &third);
	cast_look(0);
	ck_assert(cast_joined(CCG));
	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	cast_look(0);
	ck_assert(cast_joined(CCG));
}
END_TEST

/* M313 */
START_TEST(a_newcomer_takes_the_rosters_word_for_who_joined)
{
	Qsg__Roster *roster = cast_late(7);

	world_find(roster, CCG2)->joined = false;
	(void)world_put(&cast.world, AREA, roster);
	(void)world_act(&cast.world, CQC, 1, "decline", NULL);
	cast_look(0);
	ck_assert(cast_joined(CCG));
	ck_assert_int_eq(cast_member(CCG2)->standing, GROUP_INVITED);
	/* What CQC says itself is stronger, and shown. */
	ck_assert_int_eq(cast_member(CQC)->standing, GROUP_DECLINED);
	ck_assert(world_alarmed(&cast.state, "declined"));
}
END_TEST

/* M314 */
START_TEST(sender_only_and_not_joined_receive_nothing)
{
	Qsg__Roster *roster = cast_first();
	struct id32 first;

	world_find(roster, COLLEGE)->sender_only = true;
	first = world_put(&cast.world, AREA, roster);
	(void)world_act(&cast.world, COLLEGE, 1, "accept", &first);
	(void)world_act(&cast.world, CCG, 1, "accept", &first);
	(void)world_act(&cast.world, CCG2, 1, "decline", &first);
	cast_look(0);
	ck_assert(group_receives(cast_member(CCG)));
	ck_assert(group_receives(cast_member(AREA)));
	ck_assert(!group_receives(cast_member(COLLEGE)));
	ck_assert(!group_receives(cast_member(CCG2)));
	ck_assert(!group_receives(cast_member(CQC)));
}
END_TEST

START_TEST(local_healthwatch_is_statutory_where_the_charter_says_so)
{
	Qsg__Roster *roster = cast_first();
	Qsg__Roster *next = NULL;

	world_entry(roster, HEALTHWATCH, "healthwatch-local", 1, 0);
	(void)world_put(&cast.world, AREA, roster);
	cast_look(0);
	ck_assert(!cast_member(HEALTHWATCH)->statutory);
	next = world_next(roster, 2);
	next->charter->healthwatch_statutory = true;
	(void)world_put(&cast.world, AREA, next);
	cast_look(0);
	ck_assert(cast_member(HEALTHWATCH)->statutory);
	ck_assert(!cast_member(COLLEGE)->statutory);
}
END_TEST

START_TEST(a_kind_of_a_later_version_is_kept_as_unknown)
{
	Qsg__Roster *roster = cast_first();

	world_entry(roster, NEW, "integrated-care-board", 1, 0);
	(void)world_put(&cast.world, AREA, roster);
	cast_look(0);
	ck_assert_ptr_null(cast_member(NEW)->kind);
	ck_assert(!cast_member(NEW)->core);
	ck_assert(!cast_member(NEW)->statutory);
}
END_TEST

/* M322 */
START_TEST(two_members_that_claim_one_body_raise_an_alarm)
{
	Qsg__Roster *roster = cast_first();
	Qsg__Roster *next = NULL;

	(void)world_put(&cast.world, AREA, roster);
	cast_look(0);
	ck_assert_uint_eq(cast.state.alarm_count, 0); /* two CCGs are none */
	next = world_next(roster, 2);
	world_entry(next, NEW, "cqc", 2, ENTRY_SENDER_ONLY);
	(void)world_put(&cast.world, AREA, next);
	cast_look(0);
	ck_assert_uint_eq(cast.state.alarm_count, 2);
	ck_assert(world_alarmed(&cast.state, "national body"));
}
END_TEST

/*
 * Kinds, as QSG chapter 4 lists them.
 */

START_TEST(core_kinds_are_those_of_the_guidance)
{
	static const char local[] =
	    " nhs-england-area-team ccg healthwatch-local cqc monitor "
	    "local-authority nhs-tda phe letb ";
	static const char regional[] =
	    " nhs-england-region nhs-england-area-team cqc monitor "
	    "local-authority nhs-tda phe healthwatch-local hee letb "
	    "professional-regulator ombudsman ";
	static const char national[] =
	    " cqc monitor nhs-tda phe hee ombudsman nice healthwatch-england ";
	static const char convening[] =
	    " nhs-england-region nhs-england-area-team ";

	for (size_t i = 0; i < org_kind_count(); i++) {
		const char *token = org_kind_at(i)->token;
		struct span kind = span_text(token);
		char padded[64];

		(void)snprintf(padded, sizeof padded, " %s ", token);
		ck_assert_int_eq(group_kind_is_core("local", kind),
		    strstr(local, padded) != NULL);
		ck_assert_int_eq(group_kind_is_core("regional", kind),
		    strstr(regional, padded) != NULL);
		ck_assert(!group_kind_is_core("national", kind));
		ck_assert_int_eq(group_kind_is_national(kind),
		    strstr(national, padded) != NULL);
		ck_assert_int_eq(group_kind_convenes(kind),
		    strstr(convening, padded) != NULL);
	}
	ck_assert(!group_kind_is_core("local", span_text("no-such-kind")));
	ck_assert(!group_kind_is_national(span_text("")));
}
END_TEST

/* M304 */
START_TEST(who_convenes_depends_on_level_and_term)
{
	struct span region = span_text("nhs-england-region");
	struct span area = span_text("nhs-england-area-team");

	ck_assert(group_kind_convenes_at("local", 1, area));
	ck_assert(!group_kind_convenes_at("local", 1, region));
	ck_assert(group_kind_convenes_at("local", 2, area));
	ck_assert(group_kind_convenes_at("local", 2, region));
	ck_assert(group_kind_convenes_at("regional", 1, region));
	ck_assert(!group_kind_convenes_at("regional", 1, area));
	ck_assert(!group_kind_convenes_at("regional", 2, area));
	ck_assert(!group_kind_convenes_at("national", 1, region));
	ck_assert(!group_kind_convenes_at("local", 2, span_text("cqc")));
}
END_TEST

/* How the roster of an epoch has it; -1: it does not. */
static int standing_at(uint64_t epoch, unsigned org, bool *accepted)
{
	struct id32 id = world_org(org);
	struct group_member *members = NULL;
	size_t count = 0;
	int standing = -1;

	ck_assert_int_eq(
	    group_members_at(&cast.state, epoch, &members, &count), ERR_OK);
	for (size_t i = 0; i < count; i++) {
		if (id_equal(&members[i].organisation, &id)) {
			standing = (int)members[i].standing;
			*accepted = members[i].accepted;
		}
	}
	free(members);
	return standing;
}

/* M661 */
START_TEST(what_an_earlier_roster_states_can_be_asked)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *bad = world_next(roster, 3);
	Qsg__Roster *next = world_next(roster, 4);
	bool accepted = false;

	world_drop(bad, CQC);
	world_change(bad, CQC, "removed", "in the way");
	(void)world_put(&cast.world, AREA, bad);
	world_drop(next, COLLEGE);
	world_change(next, COLLEGE, "removed", "as the group decided");
	(void)world_put(&cast.world, AREA, next);
	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	cast_look(0);
	ck_assert_ptr_null(cast_member(COLLEGE));
	ck_assert_int_eq(standing_at(2, COLLEGE, &accepted), GROUP_JOINED);
	ck_assert(accepted);
	ck_assert_int_eq(standing_at(4, COLLEGE, &accepted), -1);
	/* One that left had accepted before. */
	ck_assert_int_eq(standing_at(2, CCG, &accepted), GROUP_LEFT);
	ck_assert(accepted);
	/* One that does not count states nothing. */
	ck_assert_int_eq(standing_at(3, CCG, &accepted), -1);
	ck_assert_ptr_null(group_stated_at(&cast.state, 3));
	ck_assert_ptr_null(group_stated_at(&cast.state, 5));
	ck_assert_ptr_nonnull(group_stated_at(&cast.state, 1));
	/* Acts count for it that came after it. */
	ck_assert_int_eq(standing_at(1, CQC, &accepted), GROUP_JOINED);
	ck_assert(accepted);
}
END_TEST

/* M661 */
START_TEST(who_left_without_having_accepted_was_no_member)
{
	struct id32 first = world_put(&cast.world, AREA, cast_first());
	bool accepted = true;

	(void)world_act(&cast.world, CCG, 1, "leave", &first);
	cast_look(0);
	ck_assert_int_eq(standing_at(1, CCG, &accepted), GROUP_LEFT);
	ck_assert(!accepted);
	ck_assert_int_eq(standing_at(1, CQC, &accepted), GROUP_INVITED);
	ck_assert(!accepted);
	ck_assert_int_eq(standing_at(1, AREA, &accepted), GROUP_JOINED);
	ck_assert(accepted);
}
END_TEST

Suite *test_group_members_suite(void)
{
	Suite *suite = suite_create("group_members");
	TCase *tests = tcase_create("group_members");

	tcase_add_checked_fixture(tests, cast_setup, cast_teardown);
	tcase_add_test(tests, only_those_invited_join);
	tcase_add_test(tests, leave_beats_accept_beats_decline);
	tcase_add_test(tests, a_new_invitation_brings_back_who_left);
	tcase_add_test(tests, a_newcomer_takes_the_rosters_word_for_who_joined);
	tcase_add_test(tests, sender_only_and_not_joined_receive_nothing);
	tcase_add_test(
	    tests, local_healthwatch_is_statutory_where_the_charter_says_so);
	tcase_add_test(tests, a_kind_of_a_later_version_is_kept_as_unknown);
	tcase_add_test(tests, two_members_that_claim_one_body_raise_an_alarm);
	tcase_add_test(tests, core_kinds_are_those_of_the_guidance);
	tcase_add_test(tests, who_convenes_depends_on_level_and_term);
	tcase_add_test(tests, what_an_earlier_roster_states_can_be_asked);
	tcase_add_test(tests, who_left_without_having_accepted_was_no_member);
	suite_add_tcase(suite, tests);
	return suite;
}
