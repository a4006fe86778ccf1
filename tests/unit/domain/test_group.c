#include "domain/group.h"
#include "unit/domain/group_cast.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_group_suite(void);

/*
 * Rosters.
 */

START_TEST(nothing_held_is_an_empty_state)
{
	cast_look(0);
	ck_assert_ptr_null(cast.state.stated);
	ck_assert_uint_eq(cast.state.member_count, 0);
	ck_assert_uint_eq(cast.state.refused_count + cast.state.alarm_count, 0);
}
END_TEST

START_TEST(the_founder_states_the_first_roster)
{
	struct id32 record = world_put(&cast.world, AREA, cast_first());

	cast_look(0);
	ck_assert(cast_in_force(&record));
	ck_assert(cast_convenes(AREA));
	ck_assert_uint_eq(cast.state.term, 1);
	ck_assert_uint_eq(cast.state.epoch, 1);
	ck_assert(cast.state.mandate_proven);
	ck_assert_uint_eq(cast.state.member_count, 6);
	ck_assert(cast_joined(AREA));
	ck_assert(cast_member(AREA)->convenor);
	ck_assert_int_eq(cast_member(CQC)->standing, GROUP_INVITED);
	ck_assert(cast_member(CQC)->core);
	ck_assert(!cast_member(COLLEGE)->core);
	ck_assert(cast_member(CQC)->statutory);
	ck_assert(!cast_member(COLLEGE)->statutory);
}
END_TEST

/* M300 */
START_TEST(an_id_that_does_not_follow_from_founder_and_nonce_is_refused)
{
	Qsg__Roster *roster = cast_first();
	struct id32 other = world_org(OUTSIDE);
	struct id32 record;

	world_entry(roster, OUTSIDE, "nhs-england-area-team", 1, 0);
	world_bytes(&roster->founder, &other);
	record = world_put(&cast.world, OUTSIDE, roster);
	cast_look(0);
	cast_refused(&record, "founder and nonce");
	ck_assert_ptr_null(cast.state.stated);
}
END_TEST

/* M300 */
START_TEST(the_id_is_the_labelled_hash_of_founder_and_nonce)
{
	/* The label behind its length: printf '\014qsg/group/v1' and 64 zero
	 * bytes | b2sum -l 256 */
	static const uint8_t expected[] = { 0xed, 0x5d, 0xe0, 0x78, 0x0b, 0xf9,
		0x54, 0xcf, 0xc6, 0x44, 0xf3, 0xbb, 0x37, 0x87, 0x6f, 0x3a,
		0xe9, 0x30, 0xd5, 0xfb, 0x31, 0x4a, 0xee, 0xba, 0x99, 0x1e,
		0xb0, 0xd8, 0xe4, 0x22, 0xe8, 0xe5 };
	struct id32 zero = { { 0 } };
	struct id32 id;

	ck_assert_int_eq(group_id(&zero, &zero, &id), ERR_OK);
	ck_assert_mem_eq(id.b, expected, sizeof id.b);
}
END_TEST

/* M301 */
START_TEST(entries_ascend_and_hold_the_author_as_a_member)
{
	static const char *const hints[] = { "ascending", "ascending",
		"no member", "no member", "no entries", "too many",
		"names no organisation" };

	for (unsigned which = 0; which < 7; which++) {
		Qsg__Roster *roster = cast_first();
		Qsg__RosterEntry *swap = roster->entries[2];
		struct id32 record;
		struct id32 same = world_org(CCG);

		if (which == 0) {
			roster->entries[2] = roster->entries[3];
			roster->entries[3] = swap;
		} else if (which == 1) {
			world_bytes(&roster->entries[3]->organisation, &same);
		} else if (which == 2) {
			world_drop(roster, AREA);
		} else if (which == 3) {
			world_find(roster, AREA)->sender_only = true;
		} else if (which == 4) {
			while (roster->n_entries > 0)
				qsg__roster_entry__free_unpacked(
				    roster->entries[--roster->n_entries], NULL);
		} else if (which == 5) {
			for (unsigned org = 100; roster->n_entries < 257; org++)
				world_entry(roster, org, "ccg", 1, 0);
		} else {
			world_bytes(&roster->entries[3]->organisation, NULL);
		}
		record = world_put(&cast.world, AREA, roster);
		cast_look(0);
		cast_refused(&record, hints[which]);
		ck_assert_ptr_null(cast.state.stated);
	}
}
END_TEST

START_TEST(a_group_of_256_is_evaluated)
{
	Qsg__Roster *roster = cast_first();
	struct id32 record;

	for (unsigned org = 100; roster->n_entries < 256; org++)
		world_entry(roster, org, "ccg", 1, 0);
	record = world_put(&cast.world, AREA, roster);
	for (unsigned org = 100; org < 350; org++)
		(void)world_act(&cast.world, org, 1, "accept", &record);
	cast_look(0);
	ck_assert(cast_in_force(&record));
	ck_assert_uint_eq(cast.state.member_count, 256);
	ck_assert(cast_joined(349));
}
END_TEST

START_TEST(hundreds_of_rosters_of_250_members_are_evaluated)
{
	Qsg__Roster *roster = cast_first();
	struct id32 record;

	for (unsigned org = 100; roster->n_entries < 250; org++)
		world_entry(roster, org, "ccg", 1, 0);
	record = world_put(&cast.world, AREA, roster);
	for (unsigned org = 100; org < 344; org++)
		(void)world_act(&cast.world, org, 1, "accept", &record);
	for (uint64_t epoch = 2; epoch <= 300; epoch++) {
		roster = cast_acknowledged(roster, epoch);
		record = world_put(&cast.world, AREA, roster);
		(void)world_voice(&cast.world, CCG, 2, &record, REGION);
	}
	cast_look(0);
	ck_assert(cast_in_force(&record));
	ck_assert_uint_eq(cast.state.epoch, 300);
	ck_assert_uint_eq(cast.state.refused_count, 0);
}
END_TEST

/* M302 */
START_TEST(a_provider_is_never_in_a_roster)
{
	Qsg__Roster *roster = cast_first();
	struct id32 record;

	world_entry(roster, NEW, "provider", 1, ENTRY_SENDER_ONLY);
	record = world_put(&cast.world, AREA, roster);
	cast_look(0);
	cast_refused(&record, "not included in the membership");
}
END_TEST

/* M303 */
START_TEST(only_the_convenor_states_a_roster)
{
	Qsg__Roster *roster = cast_first();
	Qsg__Roster *forged = NULL;
	struct id32 first = world_put(&cast.world, AREA, roster);
	struct id32 second;
	struct id32 later;

	cast_all_accept(&first);
	second = world_put(&cast.world, REGION, world_next(roster, 2));
	forged = world_next(roster, 3);
	forged->term = 2;
	later = world_put(&cast.world, REGION, forged);
	cast_look(0);
	cast_refused(&second, "did not found");
	cast_refused(&later, "successions behind its term");
	ck_assert(cast_in_force(&first));
	ck_assert(cast_convenes(AREA));
}
END_TEST

/* M303 */
START_TEST(within_a_later_term_only_its_convenor_states)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *theirs = NULL;
	struct id32 record;

	(void)world_voice(&cast.world, CCG, 2, &second, REGION);
	(void)world_voice(&cast.world, CCG2, 2, &second, REGION);
	(void)world_voice(&cast.world, CQC, 2, &second, REGION);
	(void)world_voice(&cast.world, REGION, 2, &second, REGION);
	theirs = world_next(roster, 3);
	theirs->term = 2;
	record = world_put(&cast.world, AREA, theirs);
	cast_look(0);
	ck_assert(cast_convenes(REGION));
	cast_refused(&record, "does not convene");
	ck_assert(cast_in_force(&second));
}
END_TEST

/* M304 */
START_TEST(the_convenor_is_of_a_kind_that_convenes)
{
	static const struct {
		const char *level;
		const char *kind;
		bool fits;
	} cases[] = {
		{ "local", "nhs-england-area-team", true },
		{ "local", "nhs-england-region", false },
		{ "local", "ccg", false },
		{ "local", "cqc", false },
		{ "local", "", false },
		{ "regional", "nhs-england-region", true },
		{ "regional", "nhs-england-area-team", false },
		{ "national", "nhs-england-region", false },
		{ "", "nhs-england-area-team", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		Qsg__Roster *roster = world_roster(&cast.world, 1, 1);
		struct id32 record;

		world_entry(roster, AREA, cases[i].kind, 1, 0);
		world_string(&roster->charter->level, cases[i].level);
		record = world_put(&cast.world, AREA, roster);
		cast_look(0);
		if (cases[i].fits)
			cast_counts(&record);
		else
			ck_assert_str_ne(
			    world_refused(&cast.state, &record), "");
		world_clear(&cast.world);
	}
}
END_TEST

START_TEST(numbers_out_of_range_are_refused)
{
	static const uint64_t numbers[] = { 0, (1ULL << 53) + 1, UINT64_MAX };

	for (size_t i = 0; i < 3; i++) {
		Qsg__Roster *term = cast_first();
		Qsg__Roster *epoch = cast_first();
		Qsg__Roster *invitation = cast_first();
		struct id32 records[3];

		term->term = numbers[i];
		epoch->epoch = numbers[i];
		world_find(invitation, CCG)->invitation = numbers[i];
		records[0] = world_put(&cast.world, AREA, term);
		records[1] = world_put(&cast.world, AREA, epoch);
		records[2] = world_put(&cast.world, AREA, invitation);
		cast_look(0);
		cast_refused(&records[0], "out of range");
		cast_refused(&records[1], "out of range");
		cast_refused(&records[2], "invitation");
	}
}
END_TEST

START_TEST(a_roster_without_a_charter_or_ids_is_refused)
{
	Qsg__Roster *bare = cast_first();
	Qsg__Roster *nameless = cast_first();
	Qsg__Roster *groupless = cast_first();
	struct id32 records[3];

	qsg__charter__free_unpacked(bare->charter, NULL);
	bare->charter = NULL;
	world_bytes(&nameless->nonce, NULL);
	world_bytes(&groupless->group, NULL);
	records[0] = world_put(&cast.world, AREA, bare);
	records[1] = world_put(&cast.world, AREA, nameless);
	records[2] = world_put(&cast.world, AREA, groupless);
	cast_look(0);
	cast_refused(&records[0], "charter");
	cast_refused(&records[1], "founder and nonce");
	cast_refused(&records[2], "no record of this group");
}
END_TEST

/* M305, M490 */
START_TEST(of_two_rosters_of_one_epoch_the_one_stated_first_counts)
{
	Qsg__Roster *roster = cast_first();
	struct id32 first = world_put(&cast.world, AREA, roster);
	struct id32 second =
	    world_put(&cast.world, AREA, world_next(roster, 2));
	struct id32 twin;
	struct id32 third;

	(void)world_put(&cast.world, AREA, world_next(roster, 2));
	twin = cast_ground();
	third = world_put(&cast.world, AREA, world_next(roster, 3));
	cast_look(0);
	cast_counts(&first);
	cast_counts(&second);
	cast_refused(&twin, "another roster of this epoch");
	ck_assert(world_alarmed(&cast.state, "another roster of this epoch"));
	ck_assert(cast_in_force(&third));
}
END_TEST

/* M305 */
START_TEST(a_refused_roster_does_not_stop_those_after_it)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *bad = world_next(roster, 3);
	struct id32 refused;
	struct id32 fourth;

	world_drop(bad, CQC);
	world_change(bad, CQC, "removed", "in the way");
	refused = world_put(&cast.world, AREA, bad);
	fourth = world_put(&cast.world, AREA, world_next(roster, 4));
	cast_look(0);
	cast_refused(&refused, "cannot be expelled");
	ck_assert(cast_in_force(&fourth));
}
END_TEST

/* M306 */
START_TEST(the_level_of_a_group_stays)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *other = world_next(roster, 3);
	struct id32 record;

	(void)world_voice(&cast.world, CCG, 2, &second, REGION);
	(void)world_voice(&cast.world, CCG2, 2, &second, REGION);
	(void)world_voice(&cast.world, CQC, 2, &second, REGION);
	(void)world_voice(&cast.world, REGION, 2, &second, REGION);
	other->term = 2;
	world_string(&other->charter->level, "regional");
	record = world_put(&cast.world, REGION, other);
	cast_look(0);
	cast_refused(&record, "level");
}
END_TEST

/* M307 */
START_TEST(an_invitation_is_the_one_before_or_a_new_one)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *old = world_next(roster, 5);
	Qsg__Roster *fresh = world_next(roster, 5);
	Qsg__Roster *between = world_next(roster, 6);
	struct id32 records[3];

	world_entry(old, NEW, "phe", 2, 0);
	world_entry(fresh, NEW, "phe", 4, 0); /* by an epoch not held here */
	world_entry(between, NEW, "phe", 4, 0);
	world_find(between, COLLEGE)->invitation = 2;
	world_change(between, COLLEGE, "amended", "a new one");
	records[0] = world_put(&cast.world, AREA, old);
	records[1] = world_put(&cast.world, AREA, fresh);
	records[2] = world_put(&cast.world, AREA, between);
	cast_look(0);
	cast_refused(&records[0], "neither the one before nor a new one");
	ck_assert(cast_in_force(&records[1]));
	cast_refused(&records[2], "neither the one before nor a new one");
}
END_TEST

/* M308 */
START_TEST(a_joined_member_of_a_core_kind_cannot_be_expelled)
{
	for (unsigned how = 0; how < 3; how++) {
		struct id32 second;
		Qsg__Roster *next = world_next(cast_settled(&second), 3);
		struct id32 record;

		world_change(next, CQC, "removed", "by decision");
		if (how == 0)
			world_drop(next, CQC);
		if (how == 1) {
			world_find(next, CQC)->invitation = 3;
			world_find(next, CQC)->joined = false;
		}
		if (how == 2)
			world_find(next, CQC)->sender_only = true;
		record = world_put(&cast.world, AREA, next);
		cast_look(0);
		cast_refused(&record, "cannot be expelled");
		ck_assert(cast_joined(CQC));
		world_clear(&cast.world);
	}
}
END_TEST

/* M308 */
START_TEST(who_left_may_be_left_out_or_invited_anew)
{
	struct id32 second;
	Qsg__Roster *roster = cast_settled(&second);
	Qsg__Roster *next = world_next(roster, 3);
	struct id32 record;

	world_drop(next, CQC);
	world_find(next, CCG)->invitation = 3;
	world_find(next, CCG)->joined = false;
	record = world_put(&cast.world, AREA, next);
	cast_look(0);
	cast_refused(&record, "cannot be expelled");
	ck_assert(cast_in_force(&second));
	(void)world_act(&cast.world, CQC, 1, "leave", &second);
	(void)world_act(&cast.world, CCG, 1, "leave", &second);
	cast_look(0);
	ck_assert(cast_in_force(&record));
	ck_assert_ptr_null(cast_member(CQC));
	ck_assert_int_eq(cast_member(CCG)->standing, GROUP_INVITED);
}
END_TEST

/* M308 */
START_TEST(a_late_acceptance_undoes_no_roster)
{
	Qsg__Roster *roster = cast_first();
	Qsg__Roster *next = world_next(roster, 2);
	struct id32 first = world_put(&cast.world, AREA, roster);
	struct id32 second;
	struct id32 third;

	world_drop(next, CQC);
	world_change(next, CQC, "removed", "invited by mistake");
	second = world_put(&cast.world, AREA, next);
	third = world_put(&cast.world, AREA, world_next(next, 3));
	(void)world_act(&cast.world, CQC, 1, "accept", &first);
	cast_look(0);
	cast_counts(&second);
	ck_assert(cast_in_force(&third));
	ck_assert_ptr_null(cast_member(CQC));
	ck_assert(world_alarmed(&cast.state, "may not have known"));
}
END_TEST

/* M309 */
START_TEST(a_core_kind_is_not_restated_as_another)
{
	static const struct {
		const char *kind;
		unsigned who;
		bool fits;
	} cases[] = {
		{ "other", CQC, false },
		{ "no-such-kind", CQC, false },
		{ "monitor", CQC, true }, /* core as well */
		{ "other", COLLEGE, true },
		{ "phe", COLLEGE, true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct id32 second;
		Qsg__Roster *next = world_next(cast_settled(&second), 3);
		struct id32 record;

		world_string(
		    &world_find(next, cases[i].who)->kind, cases[i].kind);
		record = world_put(&cast.world, AREA, next);
		cast_look(0);
		if (cases[i].fits)
			ck_assert(cast_in_force(&record));
		else
			cast_refused(&record, "core kind is restated");
		world_clear(&cast.world);
	}
}
END_TEST

/* M309 */
START_TEST(that_somebody_joined_is_not_taken_back)
{
	struct id32 second;
	Qsg__Roster *next = world_next(cast_settled(&second), 3);
	struct id32 record;

	world_find(next, COLLEGE)->joined = false;
	record = world_put(&cast.world, AREA, next);
	cast_look(0);
	cast_refused(&record, "takes back");
	(void)world_act(&cast.world, COLLEGE, 1, "leave", &second);
	cast_look(0);
	ck_assert(cast_in_force(&record));
}
END_TEST

/* M309 */
START_TEST(nobody_has_joined_by_the_roster_that_invites)
{
	struct id32 second;
	Qsg__Roster *next = world_next(cast_settled(&second), 3);
	struct id32 record;

	world_entry(next, NEW, "phe", 3, ENTRY_JOINED);
	record = world_put(&cast.world, AREA, next);
	cast_look(0);
	cast_refused(&record, "invites only now");
}
END_TEST

/* M310 */
START_TEST(others_go_by_a_decision_with_a_reason)
{
	static const struct {
		const char *what;
		const char *reason;
		bool removes;
	} cases[] = {
		{ NULL, NULL, false },
		{ "removed", "", false },
		{ "removed", " \n", false },
		{ "amended", "decided", false },
		{ "removed", "decided on 1 May", true },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct id32 second;
		Qsg__Roster *next = world_next(cast_settled(&second), 3);
		struct id32 record;

		world_drop(next, COLLEGE);
		/* of somebody else: no reason for this one */
		world_change(next, CCG, "removed", "decided");
		if (cases[i].what != NULL)
			world_change(
			    next, COLLEGE, cases[i].what, cases[i].reason);
		record = world_put(&cast.world, AREA, next);
		cast_look(0);
		if (cases[i].removes) {
			ck_assert(cast_in_force(&record));
			ck_assert_ptr_null(cast_member(COLLEGE));
		} else {
			cast_refused(&record, "left out without a change");
			ck_assert(cast_joined(COLLEGE));
		}
		world_clear(&cast.world);
	}
}
END_TEST

/* M310 */
START_TEST(nobody_is_silenced_without_a_reason)
{
	for (unsigned how = 0; how < 2; how++) {
		struct id32 second;
		Qsg__Roster *roster = cast_settled(&second);
		Qsg__Roster *quiet = world_next(roster, 3);
		Qsg__Roster *said = world_next(roster, 4);
		struct id32 records[2];

		if (how == 0) {
			world_find(quiet, COLLEGE)->sender_only = true;
			world_find(said, COLLEGE)->sender_only = true;
		} else {
			world_find(quiet, COLLEGE)->invitation = 3;
			world_find(said, COLLEGE)->invitation = 4;
			world_find(quiet, COLLEGE)->joined = false;
			world_find(said, COLLEGE)->joined = false;
		}
		world_change(said, COLLEGE, "amended", "decided");
		records[0] = world_put(&cast.world, AREA, quiet);
		records[1] = world_put(&cast.world, AREA, said);
		cast_look(0);
		cast_refused(&records[0], "without a change");
		ck_assert(cast_in_force(&records[1]));
		ck_assert(!group_receives(cast_member(COLLEGE)));
		world_clear(&cast.world);
	}
}
END_TEST

Suite *test_group_suite(void)
{
	Suite *suite = suite_create("group");
	TCase *tests = tcase_create("group");

	tcase_add_checked_fixture(tests, cast_setup, cast_teardown);
	tcase_add_test(tests, nothing_held_is_an_empty_state);
	tcase_add_test(tests, the_founder_states_the_first_roster);
	tcase_add_test(tests,
	    an_id_that_does_not_follow_from_founder_and_nonce_is_refused);
	tcase_add_test(tests, the_id_is_the_labelled_hash_of_founder_and_nonce);
	tcase_add_test(tests, entries_ascend_and_hold_the_author_as_a_member);
	tcase_add_test(tests, a_group_of_256_is_evaluated);
	tcase_add_test(tests, hundreds_of_rosters_of_250_members_are_evaluated);
	tcase_add_test(tests, a_provider_is_never_in_a_roster);
	tcase_add_test(tests, only_the_convenor_states_a_roster);
	tcase_add_test(tests, within_a_later_term_only_its_convenor_states);
	tcase_add_test(tests, the_convenor_is_of_a_kind_that_convenes);
	tcase_add_test(tests, numbers_out_of_range_are_refused);
	tcase_add_test(tests, a_roster_without_a_charter_or_ids_is_refused);
	tcase_add_test(
	    tests, of_two_rosters_of_one_epoch_the_one_stated_first_counts);
	tcase_add_test(tests, a_refused_roster_does_not_stop_those_after_it);
	tcase_add_test(tests, the_level_of_a_group_stays);
	tcase_add_test(tests, an_invitation_is_the_one_before_or_a_new_one);
	tcase_add_test(
	    tests, a_joined_member_of_a_core_kind_cannot_be_expelled);
	tcase_add_test(tests, who_left_may_be_left_out_or_invited_anew);
	tcase_add_test(tests, a_late_acceptance_undoes_no_roster);
	tcase_add_test(tests, a_core_kind_is_not_restated_as_another);
	tcase_add_test(tests, that_somebody_joined_is_not_taken_back);
	tcase_add_test(tests, nobody_has_joined_by_the_roster_that_invites);
	tcase_add_test(tests, others_go_by_a_decision_with_a_reason);
	tcase_add_test(tests, nobody_is_silenced_without_a_reason);
	suite_add_tcase(suite, tests);
	return suite;
}
