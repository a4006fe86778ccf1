#include "codec/canon.h"
#include "unit/domain/summit_scene.h"

#include <check.h>
#include <string.h>

Suite *test_summit_course_suite(void);

#define NONE SCENE_FACTS

static void begin(void)
{
	scene_setup();
	(void)scene_trigger(CCG);
}

static const struct summit_meeting *meeting(size_t fact)
{
	struct id32 record = scene_record(fact);

	return summit_meeting(scene_look(), &record);
}

static void said_by(size_t fact, unsigned author)
{
	scene.facts[fact].author = scene_org(author);
}

/*
 * Meetings.
 */

/* M620 */
START_TEST(meetings_are_called_by_who_may_call_them)
{
	size_t judging = 0;
	size_t response = 0;

	begin();
	judging = scene_call(CCG, "judging", 60, NONE);
	response = scene_call(CCG, "response", 60, NONE);
	scene_counts(judging);
	scene_refused(response, REASON_SUMMIT_CALLER);
	scene_refused(
	    scene_call(AREA, "judging", 60, NONE), REASON_SUMMIT_CALLER);
	scene_refused(scene_call(CCG, "dinner", 60, NONE), REASON_SUMMIT_WORD);
	scene_agree(TDA, 1);
	scene_counts(scene_call(TDA, "judging", 60, NONE));
	scene_counts(scene_call(TDA, "response", 60, NONE));
	scene_counts(scene_call(TDA, "review", 60, NONE));
	scene_counts(judging);
	ck_assert_uint_eq(scene.state.meeting_count, 4);
	for (size_t i = 1; i < 4; i++)
		ck_assert_int_le(scene.state.meetings[i - 1]
				     .called->payload->summit_meeting->at_ms,
		    scene.state.meetings[i]
			.called->payload->summit_meeting->at_ms);
}
END_TEST

/* M621 */
START_TEST(a_meeting_is_moved_by_a_new_call)
{
	size_t first = 0;
	size_t moved = 0;
	size_t other = 0;

	begin();
	first = scene_call(CCG, "judging", 60, NONE);
	moved = scene_call(CCG, "judging", 90, first);
	ck_assert_ptr_eq(meeting(first)->replaced_by, &scene.facts[moved]);
	ck_assert_ptr_null(meeting(moved)->replaced_by);
	scene_agree(TDA, 1);
	(void)scene_call(TDA, "response", 60, moved);
	ck_assert_ptr_null(meeting(moved)->replaced_by);
	other = scene_call(TDA, "judging", 60, moved);
	ck_assert_ptr_eq(meeting(moved)->replaced_by, &scene.facts[other]);
	/* Whoever is neither caller nor ring-holder moves nothing. */
	(void)scene_call(CCG, "judging", 60, other);
	ck_assert_ptr_null(meeting(other)->replaced_by);
}
END_TEST

/* M622 */
START_TEST(the_note_is_the_callers_newest)
{
	size_t call = 0;
	size_t first = 0;
	size_t last = 0;

	begin();
	call = scene_call(CCG, "judging", 1, NONE);
	scene_refused(
	    scene_enter(AREA, "note", call, NONE), REASON_SUMMIT_NOTE);
	ck_assert_ptr_null(meeting(call)->note);
	first = scene_enter(CCG, "note", call, NONE);
	last = scene_enter(CCG, "note", call, NONE);
	ck_assert_ptr_eq(meeting(call)->note, &scene.facts[last]);
	scene_counts(first);
	ck_assert_uint_eq(meeting(call)->entry_count, 2);
}
END_TEST

/* M623, M605 */
START_TEST(agreement_and_dissent_are_to_a_note)
{
	size_t call = 0;
	size_t other = 0;
	size_t note = 0;
	size_t early = 0;
	size_t word = 0;

	begin();
	(void)scene_invite(CCG, TRUST);
	call = scene_call(CCG, "judging", 1, NONE);
	other = scene_call(CCG, "judging", 2, NONE);
	note = scene_enter(CCG, "note", call, NONE);
	early = scene_enter(AREA, "agree", call, note);
	word = scene_enter(AREA, "dissent", call, note);
	scene_refused(early, REASON_SUMMIT_NEWER);
	scene_counts(word);
	scene_counts(scene_enter(TRUST, "dissent", call, note));
	scene_refused(
	    scene_enter(TDA, "agree", call, NONE), REASON_SUMMIT_NO_NOTE);
	scene_refused(
	    scene_enter(TDA, "agree", call, word), REASON_SUMMIT_NO_NOTE);
	scene_refused(
	    scene_enter(TDA, "agree", other, note), REASON_SUMMIT_NO_NOTE);
	scene_refused(scene_enter(TDA, "nod", call, note), REASON_SUMMIT_WORD);
	/* The note, and the words of two: nobody else said anything. */
	ck_assert_uint_eq(meeting(call)->entry_count, 3);
	ck_assert_uint_eq(meeting(other)->entry_count, 0);
}
END_TEST

/* M624 */
START_TEST(attendance_is_each_ones_own_at_a_meeting_that_counts)
{
	size_t call = 0;
	size_t bad = 0;

	begin();
	(void)scene_invite(CCG, TRUST);
	call = scene_call(CCG, "judging", 1, NONE);
	bad = scene_call(CCG2, "judging", 1, NONE);
	scene_counts(scene_enter(TRUST, "attend", call, NONE));
	scene_counts(scene_enter(COLLEGE, "attend", call, NONE));
	scene_refused(
	    scene_enter(AREA, "attend", bad, NONE), REASON_SUMMIT_NO_MEETING);
	scene_refused(
	    scene_enter(OUTSIDE, "attend", call, NONE), REASON_SUMMIT_OUTSIDER);
	ck_assert_uint_eq(meeting(call)->entry_count, 2);
}
END_TEST

/*
 * Questions, checks, clocks.
 */

/* M625, M605 */
START_TEST(questions_are_the_circles_and_answers_everybodys)
{
	size_t asked = 0;
	size_t first = 0;

	begin();
	(void)scene_invite(CCG, TRUST);
	asked = scene_ask(CQC);
	scene_counts(asked);
	scene_counts(scene_ask(COLLEGE));
	scene_refused(scene_ask(TRUST), REASON_BY_PROVIDER);
	first = scene_answer(TRUST, asked);
	scene_counts(first);
	scene_counts(scene_answer(TRUST, asked));
	scene_refused(first, REASON_SUMMIT_NEWER);
	scene_refused(scene_answer(CCG, first), REASON_SUMMIT_NO_QUESTION);
	scene_refused(scene_answer(CCG, 400), REASON_SUMMIT_NO_QUESTION);
	ck_assert_uint_eq(scene.state.impact_count, 3);
}
END_TEST

/* M629 */
START_TEST(three_checks_fall_due_with_the_first_judgement)
{
	begin();
	(void)scene_look();
	for (size_t i = 0; i < SUMMIT_CHECKS; i++)
		ck_assert(
		    !scene.state.checks[i].due && !scene.state.checks[i].open);
	(void)scene_judge(CCG2, "none");
	(void)scene_look();
	for (size_t i = 0; i < SUMMIT_CHECKS; i++)
		ck_assert(
		    scene.state.checks[i].due && scene.state.checks[i].open);
	(void)scene_check(CCG, "professional-standards", "referred");
	(void)scene_check(CCG, "adult-safeguarding", "arises");
	(void)scene_check(CCG, "child-safeguarding", "nothing-arises");
	(void)scene_look();
	ck_assert(!scene.state.checks[SUMMIT_STANDARDS].open);
	ck_assert(scene.state.checks[SUMMIT_ADULTS].open);
	ck_assert(!scene.state.checks[SUMMIT_CHILDREN].open);
	(void)scene_check(CCG, "adult-safeguarding", "protocol-followed");
	(void)scene_check(CCG, "child-safeguarding", "arises");
	(void)scene_look();
	ck_assert(!scene.state.checks[SUMMIT_ADULTS].open);
	ck_assert(scene.state.checks[SUMMIT_CHILDREN].open);
}
END_TEST

/* M628 */
START_TEST(checks_are_the_chairs_to_answer)
{
	size_t before = 0;
	size_t holders = 0;
	size_t later = 0;

	begin();
	(void)scene_judge(CCG2, "serious-failing");
	scene_refused(scene_check(AREA, "adult-safeguarding", "nothing-arises"),
	    REASON_SUMMIT_CHAIR);
	scene_refused(scene_check(CCG, "adult-safeguarding", "board-engaged"),
	    REASON_SUMMIT_WORD);
	scene_refused(
	    scene_check(CCG, "weather", "arises"), REASON_SUMMIT_WORD);
	before = scene_check(CCG, "adult-safeguarding", "nothing-arises");
	scene_counts(before);
	scene_agree(TDA, 1);
	scene_counts(before);
	holders = scene_check(TDA, "adult-safeguarding", "arises");
	later = scene_check(CCG, "adult-safeguarding", "nothing-arises");
	scene_counts(holders);
	scene_refused(before, REASON_SUMMIT_NEWER);
	scene_refused(later, REASON_SUMMIT_NEWER);
	ck_assert(scene.state.checks[SUMMIT_ADULTS].open);
	ck_assert(
	    id_equal(summit_chair(&scene.state), &scene.facts[holders].author));
}
END_TEST

/* M628: whatever the order of their ids. */
START_TEST(the_ring_holder_answers_before_the_triggers_author)
{
	size_t holders = 0;
	size_t later = 0;

	begin();
	(void)scene_judge(CCG2, "serious-failing");
	scene_agree(AREA, 1);
	holders = scene_check(AREA, "adult-safeguarding", "arises");
	later = scene_check(CCG, "adult-safeguarding", "nothing-arises");
	scene_counts(holders);
	scene_refused(later, REASON_SUMMIT_NEWER);
	(void)scene_ring(AREA, "hand-over", TDA, 1);
	(void)scene_ring(TDA, "accept", NOBODY, 2);
	/* What a former holder answered stands until the new one answers. */
	scene_counts(holders);
	scene_counts(scene_check(TDA, "adult-safeguarding", "arises"));
	scene_refused(holders, REASON_SUMMIT_NEWER);
}
END_TEST

/* M630 */
START_TEST(a_missed_clock_stays_missed)
{
	size_t first = 0;
	size_t again = 0;
	size_t other = 0;

	begin();
	first = scene_miss(CCG2, "judging", 0);
	again = scene_miss(CCG2, "judging", 0);
	other = scene_miss(CCG2, "judging", 0);
	scene_content(other)->missed.due_ms++;
	(void)scene_call(CCG, "judging", 60, NONE);
	scene_counts(first);
	scene_refused(again, REASON_SUMMIT_AGAIN);
	scene_counts(other);
	scene_counts(scene_miss(AREA, "judging", 0));
	scene_counts(scene_miss(AREA, "ring", 0));
	scene_refused(scene_miss(AREA, "lunch", 0), REASON_SUMMIT_WORD);
	(void)scene_invite(CCG, POLICE);
	scene_refused(scene_miss(POLICE, "judging", 0), REASON_SUMMIT_INVITED);
	ck_assert_uint_eq(scene.state.missed_count, 4);
}
END_TEST

/*
 * What is open, and the end.
 */

/* M632 */
START_TEST(a_breach_is_open_until_cqc_acts)
{
	size_t breach = 0;
	size_t acted = 0;

	begin();
	breach = scene_judge(CQC, "breach");
	ck_assert(scene_look()->breach_open);
	(void)scene_act(CCG, CQC, breach);
	(void)scene_act(CQC, CQC, NONE);
	ck_assert(scene_look()->breach_open);
	acted = scene_act(CQC, CQC, breach);
	ck_assert(!scene_look()->breach_open);
	(void)scene_step(CQC, "withdraw", acted);
	ck_assert(scene_look()->breach_open);
	(void)scene_judge(CQC, "no-breach");
	ck_assert(!scene_look()->breach_open);
	(void)scene_judge(CQC, "potential-breach");
	ck_assert(!scene_look()->breach_open);
}
END_TEST

/* M633 */
START_TEST(opposed_judgements_stay_so_until_a_meeting_has_a_note)
{
	size_t before = 0;
	size_t after = 0;

	begin();
	(void)scene_judge(CCG, "serious-failing");
	ck_assert(!scene_look()->opposed);
	before = scene_call(CCG, "judging", 1, NONE);
	(void)scene_enter(CCG, "note", before, NONE);
	(void)scene_judge(CQC, "no-breach");
	ck_assert(scene_look()->opposed);
	after = scene_call(CCG, "judging", 1, NONE);
	ck_assert(scene_look()->opposed);
	(void)scene_enter(CCG, "note", after, NONE);
	ck_assert(!scene_look()->opposed);
	(void)scene_judge(TDA, "none");
	ck_assert(scene_look()->opposed);
	/* It was held no later than its note was made. */
	scene_content(after)->meeting.at_ms += 1000 * SCENE_MINUTE_MS;
	ck_assert(scene_look()->opposed);
}
END_TEST

/* M631 */
START_TEST(who_was_invited_holds_no_summit_open)
{
	begin();
	(void)scene_invite(CCG, TRUST);
	(void)scene_act(TRUST, TRUST, NONE);
	(void)scene_act(CCG2, TRUST, NONE);
	ck_assert_uint_eq(scene_look()->action_count, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(scene.state.actions[i].holds,
		    scene.state.actions[i].set->author.b[0] == CCG2);
	scene_agree(TDA, 1);
	(void)scene_stand_down(TDA, true);
	ck_assert_int_eq(scene_look()->phase, SUMMIT_STOOD_DOWN);
	(void)scene_act(TRUST, CCG, NONE);
	ck_assert_int_eq(scene_look()->phase, SUMMIT_STOOD_DOWN);
}
END_TEST

START_TEST(steps_count_with_the_action_that_they_are_of)
{
	size_t act = 0;
	size_t early = 0;
	size_t lost = 0;

	begin();
	act = scene_act(CCG, TDA, NONE);
	early = scene_step(TDA, "close", act);
	lost = scene_step(TDA, "close", 400);
	(void)scene_step(TDA, "accept", act);
	scene_refused(lost, REASON_SUMMIT_NO_ACTION);
	scene_refused(early, REASON_ACTION_UNACCEPTED);
	ck_assert(!scene.state.actions[0].done);
	(void)scene_step(TDA, "close", act);
	ck_assert(scene_look()->actions[0].done);
	/* An action that does not count takes its steps with it. */
	said_by(act, OUTSIDE);
	scene_refused(act, REASON_SUMMIT_OUTSIDER);
	scene_refused(early, REASON_SUMMIT_NO_ACTION);
}
END_TEST

/* M634 */
START_TEST(the_ring_holder_alone_stands_a_summit_down)
{
	size_t first = 0;
	size_t down = 0;

	begin();
	(void)scene_judge(CCG2, "serious-failing");
	scene_refused(scene_stand_down(CCG, true), REASON_SUMMIT_NO_HOLDER);
	ck_assert_int_eq(scene.state.phase, SUMMIT_JUDGE);
	scene_agree(TDA, 1);
	ck_assert_int_eq(scene.state.phase, SUMMIT_RESPOND);
	scene_refused(scene_stand_down(AREA, true), REASON_SUMMIT_NO_HOLDER);
	ck_assert_int_eq(scene.state.phase, SUMMIT_RESPOND);
	first = scene_stand_down(TDA, true);
	down = scene_stand_down(TDA, true);
	scene_refused(first, REASON_SUMMIT_NEWER);
	scene_counts(down);
	ck_assert_int_eq(scene.state.phase, SUMMIT_STOOD_DOWN);
	ck_assert(!scene.state.reopened);
	(void)scene_object(CCG2, down);
	ck_assert_int_eq(scene_look()->phase, SUMMIT_STOOD_DOWN);
	ck_assert_uint_eq(scene.state.objection_count, 1);
}
END_TEST

/* M635 */
START_TEST(a_judgement_that_it_did_not_consider_reopens_a_summit)
{
	size_t act = 0;

	begin();
	(void)scene_judge(CCG2, "serious-failing");
	scene_agree(TDA, 1);
	(void)scene_stand_down(TDA, true);
	(void)scene_judge(CCG, "none");
	ck_assert_int_eq(scene_look()->phase, SUMMIT_STOOD_DOWN);
	(void)scene_judge(CCG, "potential-serious-failing");
	ck_assert_int_eq(scene_look()->phase, SUMMIT_RESPOND);
	ck_assert(scene.state.reopened);
	(void)scene_stand_down(TDA, true);
	ck_assert_int_eq(scene_look()->phase, SUMMIT_STOOD_DOWN);
	ck_assert(!scene.state.reopened);
	act = scene_act(CCG2, CCG2, NONE);
	ck_assert(scene_look()->reopened);
	(void)scene_step(CCG2, "close", act);
	ck_assert(!scene_look()->reopened);
	ck_assert_uint_eq(scene.state.stand_down_count, 1);
	/* The newest of the holder is what it says now. */
	(void)scene_stand_down(TDA, false);
	ck_assert(scene_look()->reopened);
}
END_TEST

/* M635 */
START_TEST(a_reference_of_another_kind_considers_nothing)
{
	size_t down = 0;

	begin();
	(void)scene_judge(CCG2, "serious-failing");
	scene_agree(TDA, 1);
	down = scene_stand_down(TDA, true);
	scene.payloads[down].references[0]->relation = canon_lend("cites");
	ck_assert(scene_look()->reopened);
}
END_TEST

Suite *test_summit_course_suite(void)
{
	Suite *suite = suite_create("summit_course");
	TCase *tests = tcase_create("summit_course");

	tcase_add_checked_fixture(tests, NULL, scene_teardown);
	tcase_add_test(tests, meetings_are_called_by_who_may_call_them);
	tcase_add_test(tests, a_meeting_is_moved_by_a_new_call);
	tcase_add_test(tests, the_note_is_the_callers_newest);
	tcase_add_test(tests, agreement_and_dissent_are_to_a_note);
	tcase_add_test(
	    tests, attendance_is_each_ones_own_at_a_meeting_that_counts);
	tcase_add_test(tests, questions_are_the_circles_and_answers_everybodys);
	tcase_add_test(tests, three_checks_fall_due_with_the_first_judgement);
	tcase_add_test(tests, checks_are_the_chairs_to_answer);
	tcase_add_test(
	    tests, the_ring_holder_answers_before_the_triggers_author);
	tcase_add_test(tests, a_missed_clock_stays_missed);
	tcase_add_test(tests, a_breach_is_open_until_cqc_acts);
	tcase_add_test(
	    tests, opposed_judgements_stay_so_until_a_meeting_has_a_note);
	tcase_add_test(tests, who_was_invited_holds_no_summit_open);
	tcase_add_test(tests, steps_count_with_the_action_that_they_are_of);
	tcase_add_test(tests, the_ring_holder_alone_stands_a_summit_down);
	tcase_add_test(
	    tests, a_judgement_that_it_did_not_consider_reopens_a_summit);
	tcase_add_test(tests, a_reference_of_another_kind_considers_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
