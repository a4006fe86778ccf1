#include "codec/canon.h"
#include "codec/when.h"
#include "unit/domain/summit_scene.h"

#include <check.h>
#include <string.h>

Suite *test_summit_may_suite(void);

/* Author side: what is refused before it is recorded, and what a person reads
 * then. */

#define NONE SCENE_FACTS
#define HOUR_MS (60 * SCENE_MINUTE_MS)

static struct summit_now now;

/* A character that turns the direction of what follows. */
static const char override[] = { '\xE2', '\x80', '\xAE', '\0' };

static void begin(void)
{
	scene_setup();
	(void)scene_trigger(CCG);
	memset(&now, 0, sizeof now);
}

/* Try the record made last, against all before it; it is not recorded. */
static enum err try(size_t fact)
{
	enum err err = ERR_OK;

	ck_assert_uint_eq(fact, scene.count - 1);
	scene.count--;
	(void)scene_look();
	if (now.now_ms == 0)
		now.now_ms = scene.payloads[fact].created_at_ms;
	err = summit_may(&scene.state, &now, &scene.facts[fact].author,
	    &scene.payloads[fact]);
	now.now_ms = 0;
	return err;
}

static void may(size_t fact)
{
	enum err err = try(fact);

	ck_assert_msg(err == ERR_OK, "%s", err_text());
}

static void may_not(size_t fact, enum err expected, const char *hint)
{
	enum err err = try(fact);

	ck_assert_msg(err == expected, "%s: %s", err_name(err), err_text());
	ck_assert_msg(strstr(err_text(), hint) != NULL, "%s", err_text());
}

/*
 * Beginning.
 */

static enum err trigger_by(unsigned author)
{
	return summit_may_begin(&scene.parties[author - 1], &scene.payloads[0]);
}

/* M627 */
START_TEST(a_trigger_is_by_who_may_and_tells_somebody)
{
	Qsg__SummitTrigger *trigger = NULL;

	begin();
	trigger = &scene_content(0)->trigger;
	ck_assert_int_eq(trigger_by(CCG), ERR_OK);
	ck_assert_int_eq(trigger_by(TRUST), ERR_DENIED);
	ck_assert_int_eq(trigger_by(UNKNOWN), ERR_DENIED);
	ck_assert_int_eq(
	    summit_may_begin(NULL, &scene.payloads[0]), ERR_DENIED);
	ck_assert_int_eq(trigger_by(HEALTHWATCH), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "qsg summit request"));
	ck_assert_int_eq(trigger_by(POLICE), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "not joined"));
	/* Without a group it tells those whom it names. */
	trigger->group = (ProtobufCBinaryData){ 0 };
	ck_assert_int_eq(trigger_by(POLICE), ERR_OK);
	ck_assert_int_eq(trigger_by(COUNCIL), ERR_INPUT);
	trigger->n_summoned = 0;
	ck_assert_int_eq(trigger_by(POLICE), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "nobody would be told"));
}
END_TEST

START_TEST(a_trigger_says_what_about)
{
	Qsg__SummitTrigger *trigger = NULL;

	begin();
	trigger = &scene_content(0)->trigger;
	trigger->provider = canon_lend("ral!");
	ck_assert_int_eq(trigger_by(CCG), ERR_INPUT);
	trigger->provider = canon_lend("RAL");
	trigger->concern = canon_lend("  ");
	ck_assert_int_eq(trigger_by(CCG), ERR_INPUT);
	trigger->concern = canon_lend(override);
	ck_assert_int_eq(trigger_by(CCG), ERR_INPUT);
	trigger->concern = canon_lend("too few nurses");
	trigger->urgency = canon_lend("soon");
	ck_assert_int_eq(trigger_by(CCG), ERR_INPUT);
	trigger->urgency = canon_lend("now");
	ck_assert_int_eq(trigger_by(CCG), ERR_OK);
	ck_assert_int_eq(summit_may_begin(&scene.parties[CCG - 1],
			     &scene.payloads[scene_respond(CCG, "attending")]),
	    ERR_STATE);
}
END_TEST

START_TEST(who_may_not_trigger_asks_and_nobody_else)
{
	size_t asked = 0;
	Qsg__SummitRequest *request = NULL;

	begin();
	asked = scene_say(COLLEGE, QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST);
	request = &scene_content(asked)->request;
	qsg__summit_request__init(request);
	request->provider = canon_lend("RAL");
	request->concern = canon_lend("trainees are left alone");
	request->urgency = canon_lend("48h");
	ck_assert_int_eq(summit_may_begin(&scene.parties[COLLEGE - 1],
			     &scene.payloads[asked]),
	    ERR_OK);
	ck_assert_int_eq(
	    summit_may_begin(&scene.parties[CCG - 1], &scene.payloads[asked]),
	    ERR_STATE);
	ck_assert_int_eq(
	    summit_may_begin(&scene.parties[TRUST - 1], &scene.payloads[asked]),
	    ERR_DENIED);
	request->concern = canon_lend("");
	ck_assert_int_eq(summit_may_begin(&scene.parties[COLLEGE - 1],
			     &scene.payloads[asked]),
	    ERR_INPUT);
}
END_TEST

/*
 * What is said.
 */

START_TEST(nothing_is_said_of_a_summit_that_is_not_there)
{
	size_t fact = 0;

	begin();
	fact = scene_respond(CCG2, "attending");
	scene_content(fact)->response.summit =
	    scene_id(&scene.facts[fact].record);
	may_not(fact, ERR_DENIED, "no record of this summit");
	may_not(scene_respond(OUTSIDE, "attending"), ERR_DENIED,
	    "not in the summit");
	may_not(scene_respond(CCG2, "perhaps"), ERR_INPUT, "attending");
	may(scene_respond(CCG2, "nothing-held"));
	scene.parties[CCG - 1].statutory = false;
	may_not(scene_respond(CCG2, "attending"), ERR_DENIED, "no trigger");
}
END_TEST

/* M607 */
START_TEST(judgements_are_in_ones_own_words)
{
	size_t fact = 0;

	begin();
	(void)scene_invite(CCG, POLICE);
	(void)scene_invite(CCG, TRUST);
	may(scene_judge(CQC, "potential-breach"));
	may(scene_judge(CCG2, "potential-serious-failing"));
	may_not(scene_judge(CCG2, "breach"), ERR_DENIED, "CQC's alone");
	may_not(scene_judge(CQC, "serious-failing"), ERR_INPUT, "no-breach");
	may_not(scene_judge(POLICE, "none"), ERR_DENIED, "invited");
	may_not(scene_judge(TRUST, "none"), ERR_DENIED, "provider");
	fact = scene_judge(CCG2, "none");
	scene_content(fact)->judgement.text = canon_lend("");
	may_not(fact, ERR_INPUT, "the text is needed");
	fact = scene_judge(CCG2, "none");
	scene_content(fact)->judgement.text = canon_lend(override);
	may_not(fact, ERR_INPUT, "direction");
}
END_TEST

/* M625 */
START_TEST(impact_is_asked_by_the_circle)
{
	size_t asked = 0;

	begin();
	(void)scene_invite(CCG, TRUST);
	may(scene_ask(CQC));
	may_not(scene_ask(TRUST), ERR_DENIED, "provider");
	may_not(scene_answer(TRUST, 400), ERR_NOTFOUND, "no question");
	asked = scene_ask(CQC);
	may(scene_answer(TRUST, asked));
}
END_TEST

/* M603 */
START_TEST(invitations_are_for_whoever_is_not_in_it)
{
	size_t fact = 0;

	begin();
	(void)scene_invite(CCG, POLICE);
	may(scene_invite(HEALTHWATCH, TRUST));
	may_not(scene_invite(POLICE, TRUST), ERR_DENIED, "invited");
	may_not(scene_invite(CCG, COUNCIL), ERR_EXISTS, "already");
	fact = scene_invite(CCG, TRUST);
	scene_content(fact)->invitation.provider = canon_lend("RJ1");
	may_not(fact, ERR_DENIED, "another provider");
	may_not(scene_invite(CCG, NOBODY), ERR_INPUT, "which organisation");
}
END_TEST

/*
 * The ring.
 */

/* M610, M612, M613 */
START_TEST(voices_are_for_who_is_nominated_and_accepts)
{
	begin();
	may_not(scene_ring(HEALTHWATCH, "nominate", TDA, 1), ERR_DENIED,
	    "no voice");
	may_not(scene_ring(CCG, "nominate", COLLEGE, 1), ERR_DENIED,
	    "may not hold the ring");
	may_not(scene_ring(CCG, "nominate", NOBODY, 1), ERR_INPUT,
	    "which organisation");
	may_not(scene_ring(CCG, "applaud", TDA, 1), ERR_INPUT, "nominate");
	may_not(scene_ring(CCG, "agree", TDA, 2), ERR_STATE, "is now 1");
	may_not(scene_ring(CCG, "agree", TDA, 1), ERR_STATE, "nominate");
	may_not(scene_ring(TDA, "accept", NOBODY, 1), ERR_STATE, "nobody");
	(void)scene_ring(CCG, "nominate", TDA, 1);
	may(scene_ring(TDA, "accept", NOBODY, 1));
	may_not(scene_ring(CCG, "agree", TDA, 1), ERR_STATE, "yet");
	(void)scene_ring(TDA, "decline", NOBODY, 1);
	may_not(scene_ring(CCG, "agree", TDA, 1), ERR_STATE, "declined");
	(void)scene_ring(TDA, "accept", NOBODY, 1);
	may(scene_ring(CCG, "agree", TDA, 1));
	(void)scene_ring(CCG, "agree", TDA, 1);
	may_not(scene_ring(CCG, "agree", TDA, 1), ERR_STATE, "it stays");
}
END_TEST

/* M619 */
START_TEST(the_ring_is_taken_when_the_time_is_out)
{
	begin();
	may_not(scene_ring(REGION, "take", NOBODY, 1), ERR_STATE,
	    "not out: it begins with the first judgement");
	now = (struct summit_now){ SCENE_NOW_MS, SCENE_NOW_MS + 1 };
	may_not(scene_ring(REGION, "take", NOBODY, 1), ERR_STATE,
	    when_utc(SCENE_NOW_MS + 1).text);
	now = (struct summit_now){ SCENE_NOW_MS, SCENE_NOW_MS };
	may(scene_ring(REGION, "take", NOBODY, 1));
	may_not(scene_ring(TDA, "take", NOBODY, 1), ERR_DENIED, "NHS England");
	scene_agree(TDA, 1);
	may_not(
	    scene_ring(REGION, "take", NOBODY, 1), ERR_STATE, "hands it over");
}
END_TEST

/* M617 */
START_TEST(the_holder_hands_over_once)
{
	begin();
	may_not(scene_ring(TDA, "hand-over", CQC, 1), ERR_DENIED, "not hold");
	scene_agree(TDA, 1);
	may(scene_ring(TDA, "hand-over", CQC, 1));
	may_not(scene_ring(TDA, "hand-over", TDA, 1), ERR_INPUT, "another");
	may_not(scene_ring(TDA, "hand-over", COLLEGE, 1), ERR_DENIED,
	    "may not hold");
	may_not(scene_ring(CCG, "nominate", CQC, 1), ERR_STATE, "hands it");
	(void)scene_ring(TDA, "hand-over", CQC, 1);
	may_not(scene_ring(TDA, "hand-over", CQC, 2), ERR_STATE, "already");
	may_not(scene_ring(TDA, "hand-over", CQC, 1), ERR_STATE, "is now 2");
	may(scene_ring(CQC, "accept", NOBODY, 2));
}
END_TEST

/*
 * Meetings.
 */

/* M620, M626 */
START_TEST(meetings_are_to_come_and_within_a_year)
{
	begin();
	may(scene_call(CCG, "judging", 60, NONE));
	may_not(scene_call(CCG, "judging", 0, NONE), ERR_INPUT, "past");
	may_not(scene_call(CCG, "judging", -1, NONE), ERR_INPUT, "past");
	may(scene_call(CCG, "judging", 366LL * 24 * 60, NONE));
	may_not(scene_call(CCG, "judging", 366LL * 24 * 60 + 1, NONE),
	    ERR_INPUT, "a year");
	may_not(
	    scene_call(CCG, "response", 60, NONE), ERR_DENIED, "ring-holder");
	may_not(
	    scene_call(AREA, "judging", 60, NONE), ERR_DENIED, "ring-holder");
	may_not(scene_call(CCG, "lunch", 60, NONE), ERR_INPUT, "review");
	scene_agree(TDA, 1);
	may(scene_call(TDA, "review", 60, NONE));
}
END_TEST

/* M621 */
START_TEST(a_meeting_is_moved_once)
{
	size_t call = 0;
	size_t fact = 0;

	begin();
	call = scene_call(CCG, "judging", 60, NONE);
	may(scene_call(CCG, "judging", 90, call));
	may_not(scene_call(CCG, "judging", 90, 0), ERR_NOTFOUND, "no meeting");
	scene_agree(TDA, 1);
	may(scene_call(TDA, "judging", 90, call));
	may_not(scene_call(TDA, "review", 90, call), ERR_INPUT, "purpose");
	fact = scene_call(TDA, "judging", 90, NONE);
	may_not(scene_call(CCG, "judging", 90, fact), ERR_DENIED, "to call");
	(void)scene_call(CCG, "judging", 90, call);
	may_not(scene_call(CCG, "judging", 99, call), ERR_STATE, "moved");
	fact = scene_call(CCG, "judging", 60, NONE);
	scene_content(fact)->meeting.place = canon_lend("two\nlines");
	may_not(fact, ERR_INPUT, "the place");
}
END_TEST

/* M622, M623, M624 */
START_TEST(what_is_recorded_of_a_meeting_is_ones_own)
{
	Qsg__SummitPerson person;
	Qsg__SummitPerson *people[] = { &person };
	size_t call = 0;
	size_t note = 0;
	size_t fact = 0;

	begin();
	qsg__summit_person__init(&person);
	may_not(scene_enter(CCG, "attend", 9, NONE), ERR_NOTFOUND, "meeting");
	call = scene_call(CCG, "judging", 1, NONE);
	may(scene_enter(COLLEGE, "attend", call, NONE));
	may(scene_enter(CCG, "note", call, NONE));
	may_not(scene_enter(AREA, "note", call, NONE), ERR_DENIED, "caller");
	may_not(scene_enter(AREA, "agree", call, NONE), ERR_DENIED, "note");
	may_not(scene_enter(AREA, "clap", call, NONE), ERR_INPUT, "dissent");
	note = scene_enter(CCG, "note", call, NONE);
	may(scene_enter(AREA, "agree", call, note));
	may(scene_enter(AREA, "dissent", call, note));
	fact = scene_enter(AREA, "dissent", call, note);
	scene_content(fact)->entry.text = canon_lend("");
	may_not(fact, ERR_INPUT, "dissent");
	fact = scene_enter(AREA, "attend", call, NONE);
	scene_content(fact)->entry.people = people;
	scene_content(fact)->entry.n_people = 1;
	person.from_ms = 20;
	person.until_ms = 10;
	may_not(fact, ERR_INPUT, "before coming");
}
END_TEST

/*
 * Checks, and standing down.
 */

/* M628 */
START_TEST(the_chair_answers_checks_and_says_who_was_told)
{
	size_t fact = 0;

	begin();
	may(scene_check(CCG, "professional-standards", "referred"));
	may_not(scene_check(AREA, "professional-standards", "referred"),
	    ERR_DENIED, "chair");
	may_not(scene_check(CCG, "professional-standards", "board-engaged"),
	    ERR_INPUT, "no answer to");
	may_not(scene_check(CCG, "weather", "arises"), ERR_INPUT, "check");
	may_not(scene_check(CCG, "adult-safeguarding", "perhaps"), ERR_INPUT,
	    "answer");
	fact = scene_check(CCG, "professional-standards", "referred");
	scene_content(fact)->check.text = canon_lend("");
	may_not(fact, ERR_INPUT, "who was told");
	fact = scene_check(CCG, "professional-standards", "nothing-arises");
	scene_content(fact)->check.text = canon_lend("");
	may(fact);
	scene_agree(TDA, 1);
	may_not(scene_check(CCG, "professional-standards", "referred"),
	    ERR_DENIED, "chair");
}
END_TEST

/* M636 */
START_TEST(a_summit_stands_down_when_nothing_is_open)
{
	size_t act = 0;
	size_t breach = 0;

	begin();
	may_not(scene_stand_down(CCG, true), ERR_DENIED, "ring-holder");
	breach = scene_judge(CQC, "breach");
	scene_agree(TDA, 1);
	act = scene_act(CCG, CCG, NONE);
	may_not(scene_stand_down(TDA, true), ERR_STATE,
	    "still open: professional-standards, adult-safeguarding, "
	    "child-safeguarding, action ");
	(void)scene_check(TDA, "professional-standards", "nothing-arises");
	(void)scene_check(TDA, "adult-safeguarding", "nothing-arises");
	(void)scene_check(TDA, "child-safeguarding", "nothing-arises");
	may_not(scene_stand_down(TDA, true), ERR_STATE, "still open: action");
	(void)scene_step(CCG, "close", act);
	may_not(scene_stand_down(TDA, true), ERR_STATE,
	    "still open: CQC's action on the breach");
	act = scene_act(CQC, CQC, breach);
	(void)scene_step(CQC, "close", act);
	may_not(scene_stand_down(TDA, false), ERR_STATE, "does not consider");
	may(scene_stand_down(TDA, true));
	/* Those that were set from outside need no naming: there may be any
	 * number of them. */
	(void)scene_invite(CCG, TRUST);
	(void)scene_act(TRUST, TRUST, NONE);
	act = scene_stand_down(TDA, true);
	scene.payloads[act].n_references--;
	may(act);
	act = scene_stand_down(TDA, true);
	scene_content(act)->stand_down.reason = canon_lend("");
	may_not(act, ERR_INPUT, "reason");
}
END_TEST

START_TEST(after_it_stood_down_people_judge_and_object)
{
	size_t down = 0;

	begin();
	(void)scene_invite(CCG, TRUST);
	scene_agree(TDA, 1);
	down = scene_stand_down(TDA, true);
	may_not(scene_stand_down(TDA, true), ERR_STATE, "has stood down");
	may_not(scene_call(TDA, "review", 60, NONE), ERR_STATE, "stood down");
	may_not(scene_invite(CCG, POLICE), ERR_STATE, "stood down");
	may(scene_object(TRUST, down));
	may_not(scene_object(TRUST, NONE), ERR_INPUT, "which record");
	may(scene_judge(CCG2, "serious-failing"));
}
END_TEST

/* M630 */
START_TEST(a_clock_is_missed_once)
{
	begin();
	(void)scene_invite(CCG, POLICE);
	may(scene_miss(AREA, "judging", 0));
	may_not(scene_miss(AREA, "tea", 0), ERR_INPUT, "judging");
	may_not(scene_miss(POLICE, "judging", 0), ERR_DENIED, "invited");
	(void)scene_miss(AREA, "judging", 0);
	may_not(scene_miss(AREA, "judging", 0), ERR_DENIED, "before");
	may(scene_miss(CCG2, "judging", 0));
}
END_TEST

Suite *test_summit_may_suite(void)
{
	Suite *suite = suite_create("summit_may");
	TCase *tests = tcase_create("summit_may");

	tcase_add_checked_fixture(tests, NULL, scene_teardown);
	tcase_add_test(tests, a_trigger_is_by_who_may_and_tells_somebody);
	tcase_add_test(tests, a_trigger_says_what_about);
	tcase_add_test(tests, who_may_not_trigger_asks_and_nobody_else);
	tcase_add_test(tests, nothing_is_said_of_a_summit_that_is_not_there);
	tcase_add_test(tests, judgements_are_in_ones_own_words);
	tcase_add_test(tests, impact_is_asked_by_the_circle);
	tcase_add_test(tests, invitations_are_for_whoever_is_not_in_it);
	tcase_add_test(tests, voices_are_for_who_is_nominated_and_accepts);
	tcase_add_test(tests, the_ring_is_taken_when_the_time_is_out);
	tcase_add_test(tests, the_holder_hands_over_once);
	tcase_add_test(tests, meetings_are_to_come_and_within_a_year);
	tcase_add_test(tests, a_meeting_is_moved_once);
	tcase_add_test(tests, what_is_recorded_of_a_meeting_is_ones_own);
	tcase_add_test(tests, the_chair_answers_checks_and_says_who_was_told);
	tcase_add_test(tests, a_summit_stands_down_when_nothing_is_open);
	tcase_add_test(tests, after_it_stood_down_people_judge_and_object);
	tcase_add_test(tests, a_clock_is_missed_once);
	suite_add_tcase(suite, tests);
	return suite;
}
