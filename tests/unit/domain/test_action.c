#include "base/limits.h"
#include "codec/canon.h"
#include "unit/domain/action_world.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_action_suite(void);

enum { AREA = 1, TRUST, CCG, CQC, OTHER };

static struct action_world world;
static struct action_state state;

static void setup(void)
{
	action_world_init(&world);
	memset(&state, 0, sizeof state);
}

static void teardown(void)
{
	action_clear(&state);
}

static void look(void)
{
	action_clear(&state);
	ck_assert_int_eq(
	    action_evaluate(&world.id, world.facts, world.count, &state),
	    ERR_OK);
}

static void stands(enum action_standing standing, unsigned owner)
{
	struct id32 id = action_org(owner);

	look();
	ck_assert_ptr_nonnull(state.set);
	ck_assert_str_eq(action_standing_token(state.standing),
	    action_standing_token(standing));
	ck_assert(id_equal(&state.owner, &id));
}

static void refused(size_t fact, enum reason why)
{
	ck_assert_str_eq(reason_text(action_refused(&state, &world, fact)),
	    reason_text(why));
	ck_assert(!action_counted(&state, &world, fact));
}

/* M642 */
START_TEST(an_action_for_oneself_needs_no_acceptance)
{
	action_set(&world, AREA, AREA);
	stands(ACTION_ACCEPTED, AREA);
	ck_assert(!action_done(&state));
	(void)action_says(&world, AREA, "progress", 0, 0);
	(void)action_says(&world, AREA, "close", 0, 0);
	stands(ACTION_CLOSED, AREA);
	ck_assert(action_done(&state));
	ck_assert_uint_eq(state.step_count, 2);
	ck_assert(state.last == &world.facts[2]);
}
END_TEST

/* M642 */
START_TEST(an_action_for_another_waits_for_its_answer)
{
	size_t early = 0;

	action_set(&world, AREA, TRUST);
	stands(ACTION_PROPOSED, TRUST);
	early = action_says(&world, TRUST, "progress", 0, 0);
	stands(ACTION_PROPOSED, TRUST);
	refused(early, REASON_ACTION_UNACCEPTED);
	(void)action_says(&world, TRUST, "accept", 0, 0);
	stands(ACTION_ACCEPTED, TRUST);
	refused(early, REASON_ACTION_UNACCEPTED);
	ck_assert(!action_done(&state));
}
END_TEST

/* M642 */
START_TEST(a_declined_action_waits_for_who_set_it)
{
	size_t close = 0;

	action_set(&world, AREA, TRUST);
	(void)action_says(&world, TRUST, "decline", 0, 0);
	stands(ACTION_DECLINED, TRUST);
	ck_assert(!action_done(&state));
	close = action_says(&world, TRUST, "close", 0, 0);
	stands(ACTION_DECLINED, TRUST);
	refused(close, REASON_ACTION_UNACCEPTED);
	(void)action_says(&world, AREA, "withdraw", 0, 0);
	stands(ACTION_WITHDRAWN, TRUST);
	ck_assert(action_done(&state));
}
END_TEST

/* M643 */
START_TEST(the_first_answer_counts)
{
	size_t second = 0;

	action_set(&world, AREA, TRUST);
	(void)action_says(&world, TRUST, "accept", 0, 0);
	second = action_says(&world, TRUST, "decline", 0, 0);
	stands(ACTION_ACCEPTED, TRUST);
	refused(second, REASON_ACTION_ANSWERED);
	/* By the log, not by the order in which they came. */
	world.facts[second].place = 0;
	stands(ACTION_DECLINED, TRUST);
}
END_TEST

/* M644 */
START_TEST(only_the_owner_says_how_it_goes)
{
	size_t steps[3] = { 0 };

	action_set(&world, AREA, TRUST);
	(void)action_says(&world, TRUST, "accept", 0, 0);
	steps[0] = action_says(&world, AREA, "close", 0, 0);
	steps[1] = action_says(&world, CCG, "progress", 0, 0);
	steps[2] = action_says(&world, CCG, "hand-over", CQC, 0);
	stands(ACTION_ACCEPTED, TRUST);
	for (size_t i = 0; i < 3; i++)
		refused(steps[i], REASON_ACTION_OWNER);
}
END_TEST

/* M644 */
START_TEST(nothing_follows_a_closing)
{
	size_t late[2] = { 0 };

	action_set(&world, AREA, AREA);
	(void)action_says(&world, AREA, "close", 0, 0);
	late[0] = action_says(&world, AREA, "close", 0, 0);
	late[1] = action_says(&world, AREA, "hand-over", CCG, 0);
	(void)action_says(&world, CCG, "accept", 0, late[1]);
	stands(ACTION_CLOSED, AREA);
	refused(late[0], REASON_ACTION_OVER);
	refused(late[1], REASON_ACTION_OVER);
	ck_assert_uint_eq(state.step_count, 1);
}
END_TEST

/* M645 */
START_TEST(a_handing_over_counts_once_it_is_accepted)
{
	size_t given = 0;
	size_t late = 0;
	struct id32 ccg = action_org(CCG);
	struct id32 cqc = action_org(CQC);

	action_set(&world, AREA, AREA);
	given = action_says(&world, AREA, "hand-over", CCG, 0);
	stands(ACTION_ACCEPTED, AREA);
	refused(given, REASON_ACTION_OFFERED);
	ck_assert(action_offer(&state, &ccg) == &world.facts[given]);
	ck_assert_ptr_null(action_offer(&state, &cqc));
	late = action_says(&world, AREA, "close", 0, 0);
	stands(ACTION_CLOSED, AREA);
	(void)action_says(&world, CCG, "accept", 0, given);
	stands(ACTION_HANDED_OVER, CCG);
	ck_assert(action_counted(&state, &world, given));
	refused(late, REASON_ACTION_GIVEN);
	ck_assert(action_done(&state));
	ck_assert_ptr_null(action_offer(&state, &ccg));
	(void)action_says(&world, CCG, "close", 0, 0);
	stands(ACTION_CLOSED, CCG);
}
END_TEST

/* M645 */
START_TEST(a_declined_handing_over_leaves_it_where_it_is)
{
	size_t given = 0;
	size_t changed = 0;

	action_set(&world, AREA, AREA);
	given = action_says(&world, AREA, "hand-over", CCG, 0);
	(void)action_says(&world, CCG, "decline", 0, given);
	changed = action_says(&world, CCG, "accept", 0, given);
	stands(ACTION_ACCEPTED, AREA);
	refused(given, REASON_ACTION_REFUSED);
	refused(changed, REASON_ACTION_ANSWERED);
	ck_assert_uint_eq(state.offer_count, 0);
	/* A new one is another question. */
	given = action_says(&world, AREA, "hand-over", CCG, 0);
	(void)action_says(&world, CCG, "accept", 0, given);
	stands(ACTION_HANDED_OVER, CCG);
}
END_TEST

/* M645 */
START_TEST(of_two_that_accepted_the_first_asked_has_it)
{
	size_t first = 0;
	size_t second = 0;
	size_t answer = 0;

	action_set(&world, AREA, AREA);
	first = action_says(&world, AREA, "hand-over", CCG, 0);
	second = action_says(&world, AREA, "hand-over", CQC, 0);
	answer = action_says(&world, CQC, "accept", 0, second);
	stands(ACTION_HANDED_OVER, CQC);
	(void)action_says(&world, CCG, "accept", 0, first);
	stands(ACTION_HANDED_OVER, CCG);
	refused(second, REASON_ACTION_GIVEN);
	refused(answer, REASON_ACTION_ELSEWHERE);
}
END_TEST

/* M645 */
START_TEST(it_may_come_back)
{
	size_t given = 0;
	size_t between = 0;

	action_set(&world, AREA, TRUST);
	(void)action_says(&world, TRUST, "accept", 0, 0);
	given = action_says(&world, TRUST, "hand-over", CCG, 0);
	(void)action_says(&world, CCG, "accept", 0, given);
	between = action_says(&world, TRUST, "progress", 0, 0);
	given = action_says(&world, CCG, "hand-over", TRUST, 0);
	(void)action_says(&world, TRUST, "accept", 0, given);
	(void)action_says(&world, TRUST, "close", 0, 0);
	stands(ACTION_CLOSED, TRUST);
	refused(between, REASON_ACTION_GIVEN);
}
END_TEST

/* M643, M645 */
START_TEST(nobody_takes_what_it_was_not_asked_to)
{
	size_t steps[3] = { 0 };
	size_t given = 0;

	action_set(&world, AREA, AREA);
	given = action_says(&world, AREA, "hand-over", CCG, 0);
	steps[0] = action_says(&world, CQC, "accept", 0, given);
	steps[1] = action_says(&world, CCG, "accept", 0, 0);
	steps[2] = action_says(&world, CCG, "accept", 0, steps[1]);
	stands(ACTION_ACCEPTED, AREA);
	for (size_t i = 0; i < 3; i++)
		refused(steps[i], REASON_ACTION_UNASKED);
}
END_TEST

/* M646 */
START_TEST(who_set_it_withdraws_it)
{
	size_t other = 0;
	size_t again = 0;

	action_set(&world, AREA, TRUST);
	(void)action_says(&world, TRUST, "accept", 0, 0);
	other = action_says(&world, TRUST, "withdraw", 0, 0);
	stands(ACTION_ACCEPTED, TRUST);
	refused(other, REASON_ACTION_AUTHOR);
	(void)action_says(&world, AREA, "withdraw", 0, 0);
	again = action_says(&world, AREA, "withdraw", 0, 0);
	stands(ACTION_WITHDRAWN, TRUST);
	refused(again, REASON_ACTION_AUTHOR);
	/* What is done is done. */
	(void)action_says(&world, TRUST, "close", 0, 0);
	stands(ACTION_CLOSED, TRUST);
}
END_TEST

/* M647 */
START_TEST(a_step_that_is_not_known_is_kept)
{
	size_t step = 0;

	action_set(&world, AREA, AREA);
	step = action_says(&world, AREA, "ponder", 0, 0);
	stands(ACTION_ACCEPTED, AREA);
	refused(step, REASON_ACTION_ACT);
	step = action_says(&world, CCG, "raise", AREA, 0);
	look();
	ck_assert(action_counted(&state, &world, step));
	action_clear(&state);
	/* The action itself may come later. */
	ck_assert_int_eq(action_evaluate(&world.id, world.facts + 1,
			     world.count - 1, &state),
	    ERR_OK);
	ck_assert_ptr_null(state.set);
	refused(step, REASON_ACTION_UNKNOWN);
	ck_assert(!action_done(&state));
}
END_TEST

/* M641 */
START_TEST(what_is_about_another_action_is_not_looked_at)
{
	size_t step = 0;

	action_set(&world, AREA, AREA);
	step = action_says(&world, AREA, "close", 0, 0);
	world.steps[step].action.data[5] ^= 1;
	stands(ACTION_ACCEPTED, AREA);
	ck_assert_uint_eq(state.step_count + state.refused_count, 0);
}
END_TEST

/* M648 */
START_TEST(an_action_is_overdue_until_it_is_closed)
{
	size_t given = 0;

	action_set(&world, AREA, AREA);
	look();
	ck_assert(!action_overdue(&state, INT64_MAX));
	world.action.due_ms = 1000;
	look();
	ck_assert(!action_overdue(&state, 999));
	ck_assert(action_overdue(&state, 1000));
	given = action_says(&world, AREA, "hand-over", CCG, 0);
	(void)action_says(&world, CCG, "accept", 0, given);
	look();
	ck_assert(action_overdue(&state, 1000));
	(void)action_says(&world, CCG, "close", 0, 0);
	look();
	ck_assert(!action_overdue(&state, 1000));
}
END_TEST

/*
 * Author side.
 */

static void may(
    unsigned author, const char *act, unsigned to, size_t answers, enum err is)
{
	struct action_world copy = world;
	struct id32 id = action_org(author);
	size_t at = action_says(&copy, author, act, to, answers);

	look();
	ck_assert_msg(
	    action_may(&state, &id, copy.payloads[at].action_step) == is,
	    "%u %s: %s", author, act, err_text());
}

START_TEST(an_author_is_told_what_would_not_count)
{
	size_t given = 0;

	action_set(&world, AREA, TRUST);
	may(TRUST, "accept", 0, 0, ERR_OK);
	may(TRUST, "close", 0, 0, ERR_STATE);
	may(AREA, "accept", 0, 0, ERR_DENIED);
	may(TRUST, "withdraw", 0, 0, ERR_DENIED);
	may(AREA, "withdraw", 0, 0, ERR_OK);
	(void)action_says(&world, TRUST, "accept", 0, 0);
	may(TRUST, "decline", 0, 0, ERR_STATE);
	may(TRUST, "hand-over", TRUST, 0, ERR_INPUT);
	may(TRUST, "hand-over", CCG, 0, ERR_OK);
	may(AREA, "progress", 0, 0, ERR_DENIED);
	given = action_says(&world, TRUST, "hand-over", CCG, 0);
	may(CCG, "accept", 0, given, ERR_OK);
	may(CQC, "accept", 0, given, ERR_STATE);
	may(OTHER, "raise", AREA, 0, ERR_OK);
	(void)action_says(&world, TRUST, "close", 0, 0);
	may(CCG, "accept", 0, given, ERR_STATE);
	may(TRUST, "progress", 0, 0, ERR_STATE);
}
END_TEST

START_TEST(an_author_declined_hears_so)
{
	action_set(&world, AREA, TRUST);
	(void)action_says(&world, TRUST, "decline", 0, 0);
	may(TRUST, "accept", 0, 0, ERR_STATE);
	may(TRUST, "progress", 0, 0, ERR_STATE);
	may(AREA, "withdraw", 0, 0, ERR_OK);
	world.count = 0;
	world.id = action_org(9);
	may(AREA, "withdraw", 0, 0, ERR_STATE);
}
END_TEST

#define DAY 86400000LL

static void checked(size_t fact, enum err is, const char *hint)
{
	ck_assert_int_eq(action_check(&world.payloads[fact], 100 * DAY), is);
	if (is != ERR_OK)
		ck_assert_msg(
		    strstr(err_text(), hint) != NULL, "%s", err_text());
}

START_TEST(what_a_person_types_is_checked)
{
	char *long_text = calloc(1, LIMIT_TEXT_BYTES + 2);
	size_t step = 0;

	action_set(&world, AREA, AREA);
	checked(0, ERR_OK, "");
	world.action.due_ms = 100 * DAY;
	checked(0, ERR_INPUT, "due time is over");
	world.action.due_ms = 467 * DAY;
	checked(0, ERR_INPUT, "more than a year");
	world.action.due_ms = 101 * DAY;
	world.action.aim = canon_lend("glory");
	checked(0, ERR_INPUT, "aim must be one of");
	world.action.aim = canon_lend("safeguard");
	world.action.kind = canon_lend("A Letter");
	checked(0, ERR_INPUT, "the kind must be");
	world.action.kind = canon_lend("letter");
	world.action.provider = canon_lend("r@l");
	checked(0, ERR_INPUT, "ODS code");
	world.action.provider = canon_lend("RAL");
	world.action.lead = canon_lend("a\xE2\x80\xAE"
				       "b\xE2\x80\xAC");
	checked(0, ERR_INPUT, "the lead");
	world.action.lead = canon_lend("");
	memset(long_text, 'a', LIMIT_TEXT_BYTES + 1);
	world.action.what = long_text;
	checked(0, ERR_LIMIT, "may be");
	world.action.what = canon_lend(" ");
	checked(0, ERR_INPUT, "what is to be done");
	step = action_says(&world, AREA, "decline", 0, 0);
	checked(step, ERR_OK, "");
	world.steps[step].text = canon_lend("");
	checked(step, ERR_INPUT, "reason of declining");
	world.steps[step].act = canon_lend("ponder");
	checked(step, ERR_INPUT, "act must be one of");
	free(long_text);
}
END_TEST

static bool due(const char *text, bool dates_only, int64_t *at_ms)
{
	return action_due(span_text(text), dates_only, at_ms);
}

START_TEST(a_day_is_over_at_its_end)
{
	int64_t at_ms = 0;

	/* 25 hours long, and 23. */
	ck_assert(due("2014-10-26", false, &at_ms));
	ck_assert_int_eq(at_ms, 1414368000000); /* 2014-10-27T00:00Z */
	ck_assert(due("2014-03-30", true, &at_ms));
	ck_assert_int_eq(at_ms, 1396220400000); /* 2014-03-30T23:00Z */
	ck_assert(due("2014-10-26T01:30:00+00:00", false, &at_ms));
	ck_assert_int_eq(at_ms, 1414287000000);
	ck_assert(!due("2014-10-26T01:30:00+00:00", true, &at_ms));
	ck_assert(!due("2014-10-26T01:30:00", false, &at_ms));
	ck_assert(!due("2014-02-30", false, &at_ms));
	ck_assert(!due("", false, &at_ms));
	ck_assert(!due("1960-01-01", false, &at_ms));
}
END_TEST

/* M640 */
START_TEST(what_is_malformed_is_not_taken)
{
	size_t step = 0;

	action_set(&world, AREA, AREA);
	ck_assert(action_acceptable(&world.payloads[0]));
	world.action.what = canon_lend("");
	ck_assert(!action_acceptable(&world.payloads[0]));
	world.action.what = canon_lend("a");
	world.action.owner.len = 0;
	ck_assert(!action_acceptable(&world.payloads[0]));
	world.action.owner.len = 32;
	world.action.due_ms = -1;
	ck_assert(!action_acceptable(&world.payloads[0]));
	world.action.due_ms = 0;
	world.action.aim = canon_lend("Not A Token");
	ck_assert(!action_acceptable(&world.payloads[0]));
	world.action.aim = canon_lend("a-later-aim");
	ck_assert(action_acceptable(&world.payloads[0]));
	step = action_says(&world, AREA, "hand-over", 0, 0);
	ck_assert(!action_acceptable(&world.payloads[step]));
	step = action_says(&world, AREA, "raise", 0, 0);
	ck_assert(!action_acceptable(&world.payloads[step]));
	step = action_says(&world, AREA, "raise", CCG, 0);
	ck_assert(action_acceptable(&world.payloads[step]));
	step = action_says(&world, AREA, "close", 0, step);
	ck_assert(!action_acceptable(&world.payloads[step]));
	step = action_says(&world, AREA, "", 0, 0);
	ck_assert(!action_acceptable(&world.payloads[step]));
	step = action_says(&world, AREA, "decline", 0, 0);
	ck_assert(action_acceptable(&world.payloads[step]));
	world.steps[step].text = canon_lend("");
	ck_assert(!action_acceptable(&world.payloads[step]));
	step = action_says(&world, AREA, "progress", 0, 0);
	world.steps[step].action.len = 0;
	ck_assert(!action_acceptable(&world.payloads[step]));
}
END_TEST

Suite *test_action_suite(void)
{
	Suite *suite = suite_create("action");
	TCase *tests = tcase_create("action");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, an_action_for_oneself_needs_no_acceptance);
	tcase_add_test(tests, an_action_for_another_waits_for_its_answer);
	tcase_add_test(tests, a_declined_action_waits_for_who_set_it);
	tcase_add_test(tests, the_first_answer_counts);
	tcase_add_test(tests, only_the_owner_says_how_it_goes);
	tcase_add_test(tests, nothing_follows_a_closing);
	tcase_add_test(tests, a_handing_over_counts_once_it_is_accepted);
	tcase_add_test(tests, a_declined_handing_over_leaves_it_where_it_is);
	tcase_add_test(tests, of_two_that_accepted_the_first_asked_has_it);
	tcase_add_test(tests, it_may_come_back);
	tcase_add_test(tests, nobody_takes_what_it_was_not_asked_to);
	tcase_add_test(tests, who_set_it_withdraws_it);
	tcase_add_test(tests, a_step_that_is_not_known_is_kept);
	tcase_add_test(tests, what_is_about_another_action_is_not_looked_at);
	tcase_add_test(tests, an_action_is_overdue_until_it_is_closed);
	tcase_add_test(tests, an_author_is_told_what_would_not_count);
	tcase_add_test(tests, an_author_declined_hears_so);
	tcase_add_test(tests, what_a_person_types_is_checked);
	tcase_add_test(tests, a_day_is_over_at_its_end);
	tcase_add_test(tests, what_is_malformed_is_not_taken);
	suite_add_tcase(suite, tests);
	return suite;
}
