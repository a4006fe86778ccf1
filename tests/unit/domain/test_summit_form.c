#include "base/limits.h"
#include "codec/canon.h"
#include "domain/summit_words.h"
#include "unit/domain/summit_scene.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_summit_form_suite(void);

#define NONE SCENE_FACTS

static void begin(void)
{
	scene_setup();
	(void)scene_trigger(CCG);
}

static bool fits(size_t fact)
{
	return summit_acceptable(&scene.payloads[fact]);
}

/* Give every field that may be left out in turn its empty value: what is left
 * is not acceptable. */
static void needs_text(size_t fact, char **field)
{
	char *kept = *field;

	ck_assert(fits(fact));
	*field = canon_lend("");
	ck_assert(!fits(fact));
	*field = kept;
	ck_assert(fits(fact));
}

static void needs_id(size_t fact, ProtobufCBinaryData *field)
{
	ProtobufCBinaryData kept = *field;

	ck_assert(fits(fact));
	*field = (ProtobufCBinaryData){ 0 };
	ck_assert(!fits(fact));
	field->data = kept.data;
	field->len = 31;
	ck_assert(!fits(fact));
	*field = kept;
	ck_assert(fits(fact));
}

/* M608 */
START_TEST(a_trigger_is_complete)
{
	static Qsg__Summoned each[LIMIT_GROUP_MEMBERS + 1];
	static Qsg__Summoned *many[LIMIT_GROUP_MEMBERS + 1];
	Qsg__SummitTrigger *trigger = NULL;

	begin();
	trigger = &scene_content(0)->trigger;
	needs_text(0, &trigger->provider);
	needs_text(0, &trigger->concern);
	needs_text(0, &trigger->urgency);
	needs_text(0, &trigger->summoned[0]->reason);
	needs_id(0, &trigger->summoned[1]->organisation);
	trigger->urgency = canon_lend("At Once");
	ck_assert(!fits(0));
	trigger->urgency = canon_lend("a-later-word");
	ck_assert(fits(0));
	trigger->summoned[1]->organisation = trigger->summoned[0]->organisation;
	ck_assert(!fits(0));
	trigger->n_summoned = 1;
	ck_assert(fits(0));
	trigger->n_summoned = LIMIT_GROUP_MEMBERS + 1;
	trigger->summoned = many;
	for (size_t i = 0; i <= LIMIT_GROUP_MEMBERS; i++) {
		struct id32 id = scene_org((unsigned)i / 256);

		id.b[1] = (uint8_t)i;
		qsg__summoned__init(&each[i]);
		each[i].reason = canon_lend("named");
		each[i].organisation = scene_id(&id);
		many[i] = &each[i];
	}
	trigger->n_summoned = LIMIT_GROUP_MEMBERS;
	ck_assert(fits(0));
	trigger->n_summoned = LIMIT_GROUP_MEMBERS + 1;
	ck_assert(!fits(0));
}
END_TEST

/* M608 */
START_TEST(what_is_said_is_complete)
{
	size_t at = 0;

	begin();
	at = scene_say(COLLEGE, QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST);
	qsg__summit_request__init(&scene_content(at)->request);
	scene_content(at)->request.provider = canon_lend("RAL");
	scene_content(at)->request.concern = canon_lend("as below");
	scene_content(at)->request.urgency = canon_lend("now");
	needs_text(at, &scene_content(at)->request.provider);
	needs_text(at, &scene_content(at)->request.concern);
	needs_text(at, &scene_content(at)->request.urgency);
	at = scene_respond(AREA, "attending");
	needs_id(at, &scene_content(at)->response.summit);
	needs_text(at, &scene_content(at)->response.answer);
	at = scene_judge(AREA, "none");
	needs_id(at, &scene_content(at)->judgement.summit);
	needs_text(at, &scene_content(at)->judgement.finding);
	needs_text(at, &scene_content(at)->judgement.text);
	at = scene_ask(CQC);
	needs_id(at, &scene_content(at)->impact.summit);
	needs_text(at, &scene_content(at)->impact.considered);
	at = scene_answer(CQC, at);
	needs_id(at, &scene_content(at)->impact.asked);
	needs_text(at, &scene_content(at)->impact.text);
	at = scene_invite(CCG, TRUST);
	needs_id(at, &scene_content(at)->invitation.summit);
	needs_id(at, &scene_content(at)->invitation.organisation);
	needs_text(at, &scene_content(at)->invitation.provider);
	at = scene_ring(CCG, "accept", NOBODY, 1);
	needs_id(at, &scene_content(at)->ring.summit);
	needs_text(at, &scene_content(at)->ring.act);
	scene_content(at)->ring.term = 0;
	ck_assert(!fits(at));
}
END_TEST

/* M608 */
START_TEST(what_is_recorded_is_complete)
{
	size_t call = 0;
	size_t at = 0;

	begin();
	call = scene_call(CCG, "judging", 1, NONE);
	needs_id(call, &scene_content(call)->meeting.summit);
	needs_text(call, &scene_content(call)->meeting.purpose);
	at = scene_enter(CCG, "note", call, NONE);
	needs_id(at, &scene_content(at)->entry.summit);
	needs_id(at, &scene_content(at)->entry.meeting);
	needs_text(at, &scene_content(at)->entry.act);
	at = scene_check(CCG, "adult-safeguarding", "arises");
	needs_id(at, &scene_content(at)->check.summit);
	needs_text(at, &scene_content(at)->check.check);
	needs_text(at, &scene_content(at)->check.answer);
	at = scene_stand_down(CCG, false);
	needs_id(at, &scene_content(at)->stand_down.summit);
	needs_text(at, &scene_content(at)->stand_down.reason);
	at = scene_object(CCG, 0);
	needs_id(at, &scene_content(at)->objection.summit);
	needs_id(at, &scene_content(at)->objection.to);
	needs_text(at, &scene_content(at)->objection.text);
	at = scene_miss(CCG, "judging", 0);
	needs_text(at, &scene_content(at)->missed.clock);
	needs_id(at, &scene_content(at)->missed.of);
	scene_content(at)->missed.due_ms = 0;
	ck_assert(!fits(at));
	at = scene_say(CCG, QSG__PAYLOAD__CONTENT_ALARM_SEEN);
	qsg__alarm_seen__init(&scene_content(at)->seen);
	scene_content(at)->seen.about = scene_content(call)->meeting.summit;
	needs_id(at, &scene_content(at)->seen.about);
	scene_content(call)->meeting.at_ms = 0;
	ck_assert(!fits(call));
}
END_TEST

/* M608 */
START_TEST(nothing_is_larger_than_it_may_be)
{
	static char text[LIMIT_TEXT_BYTES + 2];
	static char line[LIMIT_NAME_BYTES + 2];
	Qsg__SummitPerson person;
	Qsg__SummitPerson *people[65];
	size_t judged = 0;
	size_t call = 0;
	size_t entry = 0;

	qsg__summit_person__init(&person);
	memset(text, 'x', LIMIT_TEXT_BYTES);
	memset(line, 'x', LIMIT_NAME_BYTES);
	for (size_t i = 0; i < 65; i++)
		people[i] = &person;
	begin();
	judged = scene_judge(AREA, "none");
	scene_content(judged)->judgement.text = text;
	ck_assert(fits(judged));
	text[LIMIT_TEXT_BYTES] = 'x';
	ck_assert(!fits(judged));
	call = scene_call(CCG, "judging", 1, NONE);
	scene_content(call)->meeting.place = line;
	ck_assert(fits(call));
	line[LIMIT_NAME_BYTES] = 'x';
	ck_assert(!fits(call));
	entry = scene_enter(CCG, "attend", call, NONE);
	scene_content(entry)->entry.people = people;
	scene_content(entry)->entry.n_people = 64;
	ck_assert(fits(entry));
	scene_content(entry)->entry.n_people = 65;
	ck_assert(!fits(entry));
	scene_content(entry)->entry.n_people = 1;
	person.role = line;
	ck_assert(!fits(entry));
	person.role = canon_lend("director");
	person.name = line;
	ck_assert(!fits(entry));
	/* Questions and their texts count together. */
	text[LIMIT_TEXT_BYTES] = '\0';
	entry = scene_ask(CQC);
	scene_content(entry)->impact.text = text;
	ck_assert(!fits(entry));
}
END_TEST

START_TEST(contents_of_others_are_not_a_summits)
{
	Qsg__Payload payload;
	Qsg__Action action;
	char **texts[SUMMIT_TEXTS];

	qsg__payload__init(&payload);
	qsg__action__init(&action);
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION;
	payload.action = &action;
	ck_assert(!summit_is(&payload));
	ck_assert(!summit_acceptable(&payload));
	ck_assert_uint_eq(summit_texts(&payload, texts), 0);
	payload.content_case = QSG__PAYLOAD__CONTENT__NOT_SET;
	ck_assert(!summit_is(&payload));
	begin();
	ck_assert(summit_is(&scene.payloads[0]));
	ck_assert_uint_eq(summit_texts(&scene.payloads[0], texts), 1);
	ck_assert_str_eq(*texts[0], "too few nurses at night");
}
END_TEST

/* M611 */
START_TEST(clocks_have_their_hours_from_the_charter_or_the_guidance)
{
	Qsg__Charter charter;
	struct summit_rules rules = summit_rules_of(NULL, "now");

	ck_assert_uint_eq(rules.judging_hours, 4);
	ck_assert_uint_eq(rules.ring_hours, 24);
	ck_assert_uint_eq(rules.response_hours, 24);
	ck_assert_uint_eq(rules.review_days, 7);
	ck_assert_uint_eq(rules.overdue_days, 7);
	qsg__charter__init(&charter);
	rules = summit_rules_of(&charter, "24h");
	ck_assert_uint_eq(rules.judging_hours, 24);
	ck_assert_uint_eq(rules.response_hours, 24);
	rules = summit_rules_of(&charter, "48h");
	ck_assert_uint_eq(rules.judging_hours, 48);
	ck_assert_uint_eq(rules.response_hours, 48);
	charter.judging_hours = 2;
	charter.ring_hours = 12;
	charter.response_hours = 36;
	charter.review_days = 14;
	charter.overdue_days = 3;
	rules = summit_rules_of(&charter, "now");
	ck_assert_uint_eq(rules.judging_hours, 2);
	ck_assert_uint_eq(rules.ring_hours, 12);
	ck_assert_uint_eq(rules.response_hours, 24);
	ck_assert_uint_eq(rules.review_days, 14);
	ck_assert_uint_eq(rules.overdue_days, 3);
	rules = summit_rules_of(&charter, "48h");
	ck_assert_uint_eq(rules.judging_hours, 48);
	ck_assert_uint_eq(rules.response_hours, 36);
	/* More than a charter may say is as much as it may. */
	charter.judging_hours = UINT32_MAX;
	charter.ring_hours = UINT32_MAX;
	charter.review_days = UINT32_MAX;
	charter.overdue_days = UINT32_MAX;
	rules = summit_rules_of(&charter, "now");
	ck_assert_uint_eq(rules.judging_hours, 24);
	ck_assert_uint_eq(rules.ring_hours, 168);
	ck_assert_uint_eq(rules.review_days, 92);
	ck_assert_uint_eq(rules.overdue_days, 92);
	charter.response_hours = 100;
	ck_assert_uint_eq(summit_rules_of(&charter, "48h").response_hours, 48);
}
END_TEST

/* M629 */
START_TEST(answers_are_of_their_checks)
{
	ck_assert(summit_check_takes("adult-safeguarding", "arises"));
	ck_assert(summit_check_takes("adult-safeguarding", "nothing-arises"));
	ck_assert(summit_check_takes("professional-standards", "referred"));
	ck_assert(
	    summit_check_takes("adult-safeguarding", "protocol-followed"));
	ck_assert(summit_check_takes("child-safeguarding", "board-engaged"));
	ck_assert(!summit_check_takes("child-safeguarding", "referred"));
	ck_assert(!summit_check_takes("professional-standards", "soon"));
	ck_assert(!summit_check_takes("weather", "arises"));
	ck_assert(!summit_check_closes("arises"));
	ck_assert(summit_check_closes("referred"));
}
END_TEST

Suite *test_summit_form_suite(void)
{
	Suite *suite = suite_create("summit_form");
	TCase *tests = tcase_create("summit_form");

	tcase_add_checked_fixture(tests, NULL, scene_teardown);
	tcase_add_test(tests, a_trigger_is_complete);
	tcase_add_test(tests, what_is_said_is_complete);
	tcase_add_test(tests, what_is_recorded_is_complete);
	tcase_add_test(tests, nothing_is_larger_than_it_may_be);
	tcase_add_test(tests, contents_of_others_are_not_a_summits);
	tcase_add_test(
	    tests, clocks_have_their_hours_from_the_charter_or_the_guidance);
	tcase_add_test(tests, answers_are_of_their_checks);
	suite_add_tcase(suite, tests);
	return suite;
}
