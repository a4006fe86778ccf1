#include "domain/summit_clock.h"

#include "codec/canon.h"
#include "unit/domain/summit_scene.h"

#include <check.h>
#include <string.h>

Suite *test_summit_clock_suite(void);

#define NONE SCENE_FACTS
#define MINUTE SCENE_MINUTE_MS
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define BEGAN SCENE_NOW_MS /* when the trigger is made */

static struct summit_clocks clocks;
static struct summit_bounds bounds[SCENE_FACTS];
static Qsg__Charter charter;
static const Qsg__Charter *stated;
static unsigned us;

static void setup(void)
{
	scene_setup();
	memset(&clocks, 0, sizeof clocks);
	for (size_t i = 0; i < SCENE_FACTS; i++)
		bounds[i] = summit_unbounded();
	qsg__charter__init(&charter);
	stated = NULL;
	us = CCG2;
	(void)scene_trigger(CCG);
}

static void teardown(void)
{
	summit_clocks_clear(&clocks);
	scene_teardown();
}

static void ask(int64_t now_ms)
{
	const struct id32 id = scene_org(us);
	const struct summit_rules rules =
	    summit_rules_of(stated, scene_content(0)->trigger.urgency);
	const struct summit_clocks_asked asked = { .state = scene_look(),
		.facts = scene.facts,
		.bounds = bounds,
		.count = scene.count,
		.rules = stated == NULL ? NULL : &rules,
		.us = &id,
		.now_ms = now_ms };

	summit_clocks_clear(&clocks);
	ck_assert_int_eq(summit_clocks_find(&asked, &clocks), ERR_OK);
}

/* The n-th of its kind; NULL there is none. */
static const struct summit_clock *clock_at(const char *token, size_t n)
{
	for (size_t i = 0; i < clocks.count; i++) {
		if (strcmp(clocks.items[i].token, token) == 0 && n-- == 0)
			return &clocks.items[i];
	}
	return NULL;
}

static const struct summit_clock *at(int64_t now_ms, const char *token)
{
	ask(now_ms);
	ck_assert_ptr_nonnull(clock_at(token, 0));
	return clock_at(token, 0);
}

static void stands(
    int64_t now_ms, const char *token, enum summit_clock_status status)
{
	ck_assert_str_eq(summit_clock_status_token(at(now_ms, token)->status),
	    summit_clock_status_token(status));
}

static void makes(size_t fact, int64_t at_ms)
{
	scene.payloads[fact].created_at_ms = at_ms;
}

static size_t call(const char *purpose, int64_t made_ms, int64_t for_ms)
{
	size_t fact = scene_call(TDA, purpose, 0, NONE);

	makes(fact, made_ms);
	scene_content(fact)->meeting.at_ms = for_ms;
	return fact;
}

/*
 * When a record was made.
 */

static struct summit_sight sight(int64_t who, bool with, int64_t at_ms)
{
	return (struct summit_sight){
		.who = who, .ours = who == 1, .with = with, .at_ms = at_ms
	};
}

/* M680 */
START_TEST(a_record_is_made_when_its_author_says_within_what_others_signed_for)
{
	const struct summit_bounds within = { 100, 200 };
	const struct summit_bounds against = { 300, 200 };
	const struct summit_bounds none = summit_unbounded();

	ck_assert_int_eq(summit_bounded(150, &within), 150);
	ck_assert_int_eq(summit_bounded(50, &within), 100);
	ck_assert_int_eq(summit_bounded(250, &within), 200);
	ck_assert_int_eq(summit_bounded(250, &against), 200);
	ck_assert_int_eq(summit_bounded(INT64_MAX, &none), INT64_MAX);
	ck_assert_int_eq(summit_bounded(INT64_MIN, &none), INT64_MIN);
}
END_TEST

/* M681 */
START_TEST(no_one_other_organisation_moves_the_time_of_a_record)
{
	const struct summit_sight late[] = { sight(1, true, 500),
		sight(2, true, 100), sight(2, true, 90), sight(3, true, 400),
		sight(4, true, 450) };
	const struct summit_sight early[] = { sight(2, false, 900),
		sight(2, false, 950), sight(3, false, 300),
		sight(1, false, 200) };

	/* One that is behind is not believed alone; with another the later of
	 * them is. */
	ck_assert_int_eq(summit_bounds_of(late, 1).before_ms, 500);
	ck_assert_int_eq(summit_bounds_of(late, 3).before_ms, 500);
	ck_assert_int_eq(summit_bounds_of(late, 4).before_ms, 400);
	ck_assert_int_eq(summit_bounds_of(late, 5).before_ms, 400);
	ck_assert_int_eq(summit_bounds_of(late + 1, 2).before_ms, INT64_MAX);
	ck_assert_int_eq(summit_bounds_of(late, 5).after_ms, INT64_MIN);
	ck_assert_int_eq(summit_bounds_of(early, 2).after_ms, INT64_MIN);
	ck_assert_int_eq(summit_bounds_of(early, 3).after_ms, 300);
	ck_assert_int_eq(summit_bounds_of(early, 4).after_ms, 300);
	ck_assert_int_eq(summit_bounds_of(early + 3, 1).after_ms, 200);
	ck_assert_int_eq(summit_bounds_of(early, 4).before_ms, INT64_MAX);
	ck_assert_int_eq(summit_bounds_of(NULL, 0).after_ms, INT64_MIN);
}
END_TEST

/* M681: this node took it before any two others signed for it. */
START_TEST(what_this_node_saw_counts_alone)
{
	const struct summit_sight seen[] = { sight(2, true, 700),
		sight(3, true, 800), sight(1, true, 500) };

	ck_assert_int_eq(summit_bounds_of(seen, 3).before_ms, 500);
}
END_TEST

/* M683 */
START_TEST(bounds_are_only_ever_narrowed)
{
	struct summit_bounds kept = { 100, 500 };
	const struct summit_bounds wider = { 50, 900 };
	const struct summit_bounds narrower = { 200, 400 };

	ck_assert(!summit_bounds_narrow(&kept, &wider));
	ck_assert_int_eq(kept.after_ms, 100);
	ck_assert_int_eq(kept.before_ms, 500);
	ck_assert(summit_bounds_narrow(&kept, &narrower));
	ck_assert_int_eq(kept.after_ms, 200);
	ck_assert_int_eq(kept.before_ms, 400);
	ck_assert(!summit_bounds_narrow(&kept, &narrower));
}
END_TEST

/* M682 */
START_TEST(nothing_is_made_before_the_trigger_it_names)
{
	size_t judged = scene_judge(CCG, "serious-failing");

	makes(judged, BEGAN - 30 * DAY);
	ck_assert_int_eq(at(BEGAN, "response")->from_ms, BEGAN);
	stands(BEGAN, "response", SUMMIT_CLOCK_RUNNING);
}
END_TEST

/*
 * Judging.
 */

/* M684 */
START_TEST(the_meeting_to_judge_is_due_from_the_trigger)
{
	static const struct {
		const char *urgency;
		int64_t hours;
		int64_t of_charter;
	} cases[] = { { "now", 4, 2 }, { "24h", 24, 24 }, { "48h", 48, 48 } };

	for (size_t i = 0; i < 3; i++) {
		scene_content(0)->trigger.urgency =
		    canon_lend(cases[i].urgency);
		stated = NULL;
		charter.judging_hours = 2;
		ck_assert_int_eq(at(BEGAN, "judging")->due_ms,
		    BEGAN + cases[i].hours * HOUR);
		ck_assert_str_eq(clock_at("judging", 0)->source, "ours");
		stated = &charter;
		ck_assert_int_eq(at(BEGAN, "judging")->due_ms,
		    BEGAN + cases[i].of_charter * HOUR);
		/* M685 */
		ck_assert_str_eq(clock_at("judging", 0)->source,
		    i == 0 ? "charter" : "ours");
	}
	ck_assert_uint_eq(clocks.count, 1);
}
END_TEST

/* M680: it neither says it was triggered next year, nor last week. */
START_TEST(a_trigger_begins_within_what_others_signed_for)
{
	makes(0, BEGAN + 300 * DAY);
	bounds[0] = (struct summit_bounds){ BEGAN - HOUR, BEGAN + HOUR };
	ck_assert_int_eq(at(BEGAN, "judging")->from_ms, BEGAN + HOUR);
	makes(0, BEGAN - 300 * DAY);
	ck_assert_int_eq(at(BEGAN, "judging")->from_ms, BEGAN - HOUR);
}
END_TEST

/* M687 M688 */
START_TEST(a_clock_is_met_by_a_meeting_at_its_time)
{
	size_t meeting = scene_call(CCG, "judging", 0, NONE);

	makes(meeting, BEGAN + HOUR);
	scene_content(meeting)->meeting.at_ms = BEGAN + 5 * HOUR;
	stands(BEGAN + 5 * HOUR - 1, "judging", SUMMIT_CLOCK_RUNNING);
	stands(BEGAN + 5 * HOUR, "judging", SUMMIT_CLOCK_MET);
	ck_assert_ptr_eq(clock_at("judging", 0)->by, &scene.facts[meeting]);
	stands(BEGAN + 5 * DAY, "judging", SUMMIT_CLOCK_MET);
	ck_assert_int_eq(summit_clocks_next(&clocks), INT64_MAX);
	/* At its very time it is not late, and a moment later it is. */
	scene_content(meeting)->meeting.at_ms = BEGAN + DAY;
	stands(BEGAN + DAY, "judging", SUMMIT_CLOCK_MET);
	scene_content(meeting)->meeting.at_ms = BEGAN + DAY + 1;
	stands(BEGAN + DAY - 1, "judging", SUMMIT_CLOCK_RUNNING);
	ck_assert_int_eq(summit_clocks_next(&clocks), BEGAN + DAY);
	stands(BEGAN + DAY, "judging", SUMMIT_CLOCK_MISSED);
	stands(BEGAN + 2 * DAY, "judging", SUMMIT_CLOCK_MISSED);
	ck_assert_int_eq(clock_at("judging", 0)->by_ms, BEGAN + DAY + 1);
}
END_TEST

/* M687 */
START_TEST(nobody_calls_a_meeting_for_a_time_before_the_call)
{
	size_t meeting = scene_call(CCG, "judging", 0, NONE);

	makes(meeting, BEGAN + HOUR);
	scene_content(meeting)->meeting.at_ms = BEGAN + HOUR;
	/* Others signed for its log without it a day and an hour later. */
	bounds[meeting].after_ms = BEGAN + 25 * HOUR;
	stands(BEGAN + 30 * HOUR, "judging", SUMMIT_CLOCK_MISSED);
	bounds[meeting] = summit_unbounded();
	stands(BEGAN + 30 * HOUR, "judging", SUMMIT_CLOCK_MET);
	scene_content(meeting)->meeting.at_ms = BEGAN - DAY;
	ck_assert_int_eq(at(BEGAN + 30 * HOUR, "judging")->by_ms, BEGAN + HOUR);
}
END_TEST

/* M687 */
START_TEST(a_meeting_that_is_moved_meets_nothing)
{
	size_t first = scene_call(CCG, "judging", 60, NONE);
	size_t second = scene_call(CCG, "judging", 3 * 24 * 60, first);

	stands(BEGAN + 30 * HOUR, "judging", SUMMIT_CLOCK_MISSED);
	stands(BEGAN + 4 * DAY, "judging", SUMMIT_CLOCK_MISSED);
	ck_assert_ptr_eq(clock_at("judging", 0)->by, &scene.facts[second]);
}
END_TEST

/*
 * After the judgements.
 */

/* M684 M685 */
START_TEST(the_guidance_sets_when_they_meet_and_a_charter_only_sooner)
{
	size_t judged = 0;

	(void)scene_judge(CCG, "none");
	ask(BEGAN);
	ck_assert_ptr_null(clock_at("response", 0));
	ck_assert_ptr_nonnull(clock_at("ring", 0));
	judged = scene_judge(CQC, "breach");
	makes(judged, BEGAN + 2 * HOUR);
	ck_assert_int_eq(at(BEGAN, "response")->due_ms, BEGAN + 26 * HOUR);
	ck_assert_str_eq(clock_at("response", 0)->source, "NQB 5");
	stated = &charter;
	charter.response_hours = 12;
	ck_assert_int_eq(at(BEGAN, "response")->due_ms, BEGAN + 14 * HOUR);
	ck_assert_str_eq(clock_at("response", 0)->source, "charter");
	charter.response_hours = 40;
	ck_assert_int_eq(at(BEGAN, "response")->due_ms, BEGAN + 26 * HOUR);
	ck_assert_str_eq(clock_at("response", 0)->source, "NQB 5");
	scene_agree(TDA, 1);
	(void)call("response", BEGAN + 3 * HOUR, BEGAN + 20 * HOUR);
	charter.response_hours = 12;
	stands(BEGAN + 20 * HOUR, "response", SUMMIT_CLOCK_MISSED);
	charter.response_hours = 0;
	stands(BEGAN + 20 * HOUR, "response", SUMMIT_CLOCK_MET);
}
END_TEST

/* M686 */
START_TEST(a_judgement_that_is_replaced_does_not_move_a_clock)
{
	size_t first = scene_judge(CCG, "serious-failing");
	size_t second = scene_judge(CCG, "serious-failing");

	makes(first, BEGAN + HOUR);
	makes(second, BEGAN + 20 * HOUR);
	ck_assert_int_eq(at(BEGAN, "response")->from_ms, BEGAN + HOUR);
	ck_assert_int_eq(at(BEGAN, "ring")->from_ms, BEGAN + HOUR);
	ck_assert_ptr_eq(clock_at("ring", 0)->of, &scene.facts[first]);
	/* What never counted sets none. */
	first = scene_judge(TRUST, "serious-failing");
	makes(first, BEGAN);
	ck_assert_int_eq(at(BEGAN, "ring")->from_ms, BEGAN + HOUR);
}
END_TEST

/* M684 */
START_TEST(a_ring_holder_is_due_from_the_first_judgement)
{
	size_t voices = 0;

	(void)scene_judge(CCG, "none");
	stated = &charter;
	charter.ring_hours = 3;
	ck_assert_int_eq(at(BEGAN, "ring")->due_ms, BEGAN + MINUTE + 3 * HOUR);
	ck_assert_str_eq(clock_at("ring", 0)->source, "charter");
	ck_assert_int_eq(
	    summit_clocks_ring_out(&clocks), BEGAN + MINUTE + 3 * HOUR);
	stands(BEGAN + 5 * HOUR, "ring", SUMMIT_CLOCK_MISSED);
	voices = scene.count;
	scene_agree(TDA, 1);
	stands(BEGAN + 5 * HOUR, "ring", SUMMIT_CLOCK_MET);
	/* Whom the last voice that was needed came too late for. */
	for (size_t i = voices; i < scene.count; i++) {
		if (strcmp(scene_content(i)->ring.act, "agree") == 0)
			makes(i, BEGAN + 4 * HOUR);
	}
	stands(BEGAN + 5 * HOUR, "ring", SUMMIT_CLOCK_MISSED);
	ck_assert_int_eq(clock_at("ring", 0)->by_ms, BEGAN + 4 * HOUR);
	ck_assert_str_eq(clock_at("judging", 0)->token, "judging");
}
END_TEST

/* M684 */
START_TEST(each_meeting_sets_when_the_next_is_due)
{
	size_t first = 0;
	size_t second = 0;

	(void)scene_judge(CCG, "serious-failing");
	scene_agree(TDA, 1);
	first = call("response", BEGAN + HOUR, BEGAN + 10 * HOUR);
	ask(BEGAN + 9 * HOUR);
	ck_assert_ptr_null(clock_at("review", 0));
	second = call("review", BEGAN + HOUR, BEGAN + 5 * DAY);
	ck_assert_int_eq(at(BEGAN + 11 * HOUR, "review")->due_ms,
	    BEGAN + 10 * HOUR + 7 * DAY);
	ck_assert_ptr_eq(clock_at("review", 0)->of, &scene.facts[first]);
	ck_assert_int_eq(clock_at("review", 0)->status, SUMMIT_CLOCK_RUNNING);
	stands(BEGAN + 5 * DAY, "review", SUMMIT_CLOCK_MET);
	ck_assert_ptr_eq(clock_at("review", 1)->of, &scene.facts[second]);
	ck_assert_int_eq(clock_at("review", 1)->status, SUMMIT_CLOCK_RUNNING);
	ask(BEGAN + 13 * DAY);
	ck_assert_int_eq(clock_at("review", 1)->status, SUMMIT_CLOCK_MISSED);
	stated = &charter;
	charter.review_days = 2;
	stands(BEGAN + 5 * DAY, "review", SUMMIT_CLOCK_MISSED);
	ck_assert_str_eq(clock_at("review", 0)->source, "charter");
}
END_TEST

START_TEST(an_action_is_due_when_it_says)
{
	size_t open = scene_act(CCG, CCG, NONE);
	size_t done = scene_act(CCG, CCG, NONE);
	size_t taken_back = scene_act(CCG, CCG, NONE);
	size_t invited = 0;
	size_t step = 0;

	scene_content(open)->action.due_ms = BEGAN + DAY;
	scene_content(done)->action.due_ms = BEGAN + 2 * DAY;
	scene_content(taken_back)->action.due_ms = BEGAN + 3 * DAY;
	(void)scene_act(CCG, CCG, NONE); /* due at no time */
	(void)scene_invite(CCG, POLICE);
	invited = scene_act(POLICE, POLICE, NONE);
	scene_content(invited)->action.due_ms = BEGAN + DAY;
	step = scene_step(CCG, "close", done);
	(void)scene_step(CCG, "withdraw", taken_back);
	stands(BEGAN + DAY, "action", SUMMIT_CLOCK_MISSED);
	ck_assert_ptr_eq(clock_at("action", 0)->of, &scene.facts[open]);
	ck_assert_str_eq(clock_at("action", 0)->source, "action");
	ck_assert_int_eq(clock_at("action", 1)->status, SUMMIT_CLOCK_MET);
	ck_assert_int_eq(clock_at("action", 2)->status, SUMMIT_CLOCK_ENDED);
	ck_assert_ptr_null(clock_at("action", 3));
	makes(step, BEGAN + 2 * DAY + 1);
	ask(BEGAN + 3 * DAY);
	ck_assert_int_eq(clock_at("action", 1)->status, SUMMIT_CLOCK_MISSED);
	ck_assert_ptr_eq(clock_at("action", 1)->by, &scene.facts[step]);
}
END_TEST

/*
 * Missed, and over.
 */

/* M689 */
START_TEST(what_we_recorded_as_missed_stays_missed)
{
	size_t missed = 0;
	size_t meeting = scene_call(CCG, "judging", 30, NONE);

	stands(BEGAN + HOUR, "judging", SUMMIT_CLOCK_MET);
	/* Others saw it, who had not heard of the meeting. */
	missed = scene_miss(CQC, "judging", 0);
	scene_content(missed)->missed.due_ms = BEGAN + DAY;
	stands(BEGAN + HOUR, "judging", SUMMIT_CLOCK_MET);
	ck_assert_uint_eq(clock_at("judging", 0)->missed_by, 1);
	ck_assert_ptr_null(clock_at("judging", 0)->ours);
	missed = scene_miss(CCG2, "judging", meeting);
	scene_content(missed)->missed.due_ms = BEGAN + 7;
	stands(BEGAN + HOUR, "judging", SUMMIT_CLOCK_MISSED);
	ck_assert_int_eq(clock_at("judging", 0)->due_ms, BEGAN + 7);
	ck_assert_ptr_eq(clock_at("judging", 0)->ours, &scene.facts[missed]);
	/* One organisation twice is one. */
	missed = scene_miss(CQC, "judging", 0);
	scene_content(missed)->missed.due_ms = BEGAN + DAY + 1;
	ck_assert_uint_eq(at(BEGAN + HOUR, "judging")->missed_by, 2);
}
END_TEST

/* M689: of reviews and actions each has its own. */
START_TEST(a_missed_clock_is_that_of_the_record_that_set_it)
{
	size_t one = scene_act(CCG, CCG, NONE);
	size_t other = scene_act(CCG, CCG, NONE);
	size_t missed = scene_miss(CCG2, "action", other);

	scene_content(missed)->missed.due_ms = BEGAN + 2 * DAY;
	scene_content(one)->action.due_ms = BEGAN + DAY;
	scene_content(other)->action.due_ms = BEGAN + 2 * DAY;
	ask(BEGAN);
	ck_assert_int_eq(clock_at("action", 0)->status, SUMMIT_CLOCK_RUNNING);
	ck_assert_uint_eq(clock_at("action", 0)->missed_by, 0);
	ck_assert_int_eq(clock_at("action", 1)->status, SUMMIT_CLOCK_MISSED);
}
END_TEST

/* M690 */
START_TEST(standing_down_ends_the_clocks_that_run)
{
	size_t over = 0;

	(void)scene_judge(CCG, "serious-failing");
	scene_agree(TDA, 1);
	(void)call("response", BEGAN + HOUR, BEGAN + 2 * HOUR);
	over = scene_stand_down(TDA, true);
	makes(over, BEGAN + 30 * HOUR);
	stands(BEGAN + 90 * DAY, "review", SUMMIT_CLOCK_ENDED);
	ck_assert_ptr_eq(clock_at("review", 0)->by, &scene.facts[over]);
	/* Nobody met to judge, by then. */
	stands(BEGAN + 90 * DAY, "judging", SUMMIT_CLOCK_MET);
	ck_assert_int_eq(clock_at("response", 0)->status, SUMMIT_CLOCK_MET);
	(void)scene_judge(CQC, "breach");
	stands(BEGAN + 90 * DAY, "review", SUMMIT_CLOCK_MISSED);
}
END_TEST

START_TEST(a_summit_without_a_trigger_that_counts_has_no_clocks)
{
	scene.facts[0].author = scene_org(TRUST);
	ask(BEGAN + DAY);
	ck_assert_uint_eq(clocks.count, 0);
	ck_assert_int_eq(summit_clocks_next(&clocks), INT64_MAX);
	ck_assert_int_eq(summit_clocks_ring_out(&clocks), 0);
}
END_TEST

Suite *test_summit_clock_suite(void)
{
	Suite *suite = suite_create("summit_clock");
	TCase *tcase = tcase_create("clocks");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase,
	    a_record_is_made_when_its_author_says_within_what_others_signed_for);
	tcase_add_test(
	    tcase, no_one_other_organisation_moves_the_time_of_a_record);
	tcase_add_test(tcase, what_this_node_saw_counts_alone);
	tcase_add_test(tcase, bounds_are_only_ever_narrowed);
	tcase_add_test(tcase, nothing_is_made_before_the_trigger_it_names);
	tcase_add_test(tcase, the_meeting_to_judge_is_due_from_the_trigger);
	tcase_add_test(tcase, a_trigger_begins_within_what_others_signed_for);
	tcase_add_test(tcase, a_clock_is_met_by_a_meeting_at_its_time);
	tcase_add_test(
	    tcase, nobody_calls_a_meeting_for_a_time_before_the_call);
	tcase_add_test(tcase, a_meeting_that_is_moved_meets_nothing);
	tcase_add_test(
	    tcase, the_guidance_sets_when_they_meet_and_a_charter_only_sooner);
	tcase_add_test(
	    tcase, a_judgement_that_is_replaced_does_not_move_a_clock);
	tcase_add_test(tcase, a_ring_holder_is_due_from_the_first_judgement);
	tcase_add_test(tcase, each_meeting_sets_when_the_next_is_due);
	tcase_add_test(tcase, an_action_is_due_when_it_says);
	tcase_add_test(tcase, what_we_recorded_as_missed_stays_missed);
	tcase_add_test(tcase, a_missed_clock_is_that_of_the_record_that_set_it);
	tcase_add_test(tcase, standing_down_ends_the_clocks_that_run);
	tcase_add_test(
	    tcase, a_summit_without_a_trigger_that_counts_has_no_clocks);
	suite_add_tcase(suite, tcase);
	return suite;
}
