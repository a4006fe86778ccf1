#include "codec/canon.h"
#include "unit/domain/summit_scene.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *test_summit_suite(void);

#define NONE SCENE_FACTS

static void begin(void)
{
	scene_setup();
	(void)scene_trigger(CCG);
}

static void party_is(
    unsigned org, enum summit_part part, bool circle, bool votes)
{
	const struct summit_side *side = scene_side(org);

	if (part == SUMMIT_OUTSIDER) {
		ck_assert_ptr_null(side);
		return;
	}
	ck_assert_ptr_nonnull(side);
	ck_assert_int_eq(side->part, part);
	ck_assert_int_eq(side->circle, circle);
	ck_assert_int_eq(side->votes, votes);
}

/* M600 */
START_TEST(statutory_organisations_trigger_and_nobody_else)
{
	static const struct {
		unsigned author;
		enum reason why;
	} cases[] = {
		{ CCG, REASON_NONE },
		{ AREA, REASON_NONE },
		{ POLICE, REASON_NONE },
		{ OUTSIDE, REASON_NONE },
		{ TRUST, REASON_BY_PROVIDER },
		{ COLLEGE, REASON_SUMMIT_STATUTORY },
		{ HEALTHWATCH, REASON_SUMMIT_STATUTORY },
		{ UNKNOWN, REASON_NO_KIND },
		{ 99, REASON_NO_KIND },
	};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		size_t other = 0;

		scene_teardown();
		scene_setup();
		(void)scene_trigger(cases[i].author);
		other = scene_respond(AREA, "attending");
		scene_refused(0, cases[i].why);
		ck_assert_int_eq(scene.state.phase == SUMMIT_NONE,
		    cases[i].why != REASON_NONE);
		if (cases[i].why != REASON_NONE)
			scene_refused(other, REASON_SUMMIT_NO_TRIGGER);
	}
}
END_TEST

/* M600 */
START_TEST(a_charter_may_make_local_healthwatch_statutory)
{
	scene_setup();
	scene.parties[HEALTHWATCH - 1].statutory = true;
	(void)scene_trigger(HEALTHWATCH);
	ck_assert_int_eq(scene_look()->phase, SUMMIT_ALERT);
	party_is(HEALTHWATCH, SUMMIT_TRIGGERED, true, true);
}
END_TEST

/* M601 */
START_TEST(the_circle_is_author_members_and_summoned)
{
	begin();
	party_is(CCG, SUMMIT_TRIGGERED, true, true);
	party_is(AREA, SUMMIT_ALERTED, true, true);
	party_is(HEALTHWATCH, SUMMIT_ALERTED, true, false);
	party_is(COUNCIL, SUMMIT_SUMMONED, true, true);
	party_is(COLLEGE, SUMMIT_SUMMONED, true, false);
	party_is(UNKNOWN, SUMMIT_SUMMONED, true, false);
	party_is(TRUST, SUMMIT_OUTSIDER, false, false);
	party_is(OUTSIDE, SUMMIT_OUTSIDER, false, false);
	ck_assert_uint_eq(scene.state.votes_needed, SCENE_VOTES / 2 + 1);
	/* Where no group is named its members are not called. */
	scene_content(0)->trigger.group = (ProtobufCBinaryData){ 0 };
	party_is(AREA, SUMMIT_OUTSIDER, false, false);
	party_is(COUNCIL, SUMMIT_SUMMONED, true, true);
}
END_TEST

/* M602 */
START_TEST(a_provider_is_never_of_the_circle)
{
	struct id32 trust = scene_org(TRUST);
	size_t judged = 0;

	begin();
	scene.summoned[0].organisation = scene_id(&trust);
	scene.parties[CCG2 - 1].kind = org_kind_find(span_text("provider"));
	judged = scene_judge(TRUST, "none");
	party_is(TRUST, SUMMIT_INVITED, false, false);
	party_is(CCG2, SUMMIT_INVITED, false, false);
	scene_refused(judged, REASON_BY_PROVIDER);
}
END_TEST

/* M603 */
START_TEST(the_circle_invites_and_nobody_who_was_invited)
{
	size_t good = 0;
	size_t chain = 0;
	size_t outside = 0;
	size_t provider = 0;
	size_t other = 0;

	begin();
	chain = scene_invite(POLICE, OUTSIDE);
	outside = scene_invite(OUTSIDE, OUTSIDE);
	good = scene_invite(COLLEGE, POLICE);
	(void)scene_invite(CCG, TRUST);
	provider = scene_invite(TRUST, OUTSIDE);
	other = scene_invite(CCG, OUTSIDE);
	scene_content(other)->invitation.provider = canon_lend("RJ1");
	scene_counts(good);
	scene_refused(chain, REASON_SUMMIT_OUTSIDER);
	scene_refused(outside, REASON_SUMMIT_OUTSIDER);
	scene_refused(provider, REASON_SUMMIT_OUTSIDER);
	scene_refused(other, REASON_SUMMIT_PROVIDER);
	party_is(POLICE, SUMMIT_INVITED, false, false);
	party_is(TRUST, SUMMIT_INVITED, false, false);
	party_is(OUTSIDE, SUMMIT_OUTSIDER, false, false);
	ck_assert_ptr_eq(scene_side(POLICE)->invitation, &scene.facts[good]);
}
END_TEST

/* M603 */
START_TEST(an_invitation_takes_nobody_out_of_the_circle)
{
	begin();
	(void)scene_invite(HEALTHWATCH, CCG2);
	(void)scene_invite(HEALTHWATCH, CCG);
	party_is(CCG2, SUMMIT_ALERTED, true, true);
	party_is(CCG, SUMMIT_TRIGGERED, true, true);
}
END_TEST

/* M604 */
START_TEST(who_is_not_in_it_says_nothing_that_counts)
{
	size_t said[4] = { 0 };

	begin();
	said[0] = scene_respond(OUTSIDE, "attending");
	said[1] = scene_judge(OUTSIDE, "serious-failing");
	said[2] = scene_object(OUTSIDE, 0);
	said[3] = scene_act(OUTSIDE, OUTSIDE, NONE);
	for (size_t i = 0; i < 4; i++)
		scene_refused(said[i], REASON_SUMMIT_OUTSIDER);
	/* Once it is invited, it is heard. */
	(void)scene_invite(CCG, OUTSIDE);
	scene_counts(said[0]);
	scene_refused(said[1], REASON_SUMMIT_INVITED);
	scene_counts(said[2]);
	scene_counts(said[3]);
}
END_TEST

/* M605, M606 */
START_TEST(the_newest_response_counts_and_none_is_none)
{
	size_t first = 0;
	size_t last = 0;

	begin();
	first = scene_respond(AREA, "sending-information");
	last = scene_respond(AREA, "attending");
	(void)scene_respond(TDA, "nothing-held");
	ck_assert_int_eq(scene_side(AREA)->answer, SUMMIT_ATTENDING);
	ck_assert_ptr_eq(scene_side(AREA)->response, &scene.facts[last]);
	scene_refused(first, REASON_SUMMIT_NEWER);
	scene_counts(last);
	ck_assert_int_eq(scene_side(TDA)->answer, SUMMIT_NOTHING_HELD);
	ck_assert_int_eq(scene_side(CQC)->answer, SUMMIT_NO_ANSWER);
	ck_assert_ptr_null(scene_side(CQC)->response);
	/* What is not understood takes nothing's place. */
	scene_refused(scene_respond(AREA, "perhaps"), REASON_SUMMIT_WORD);
	ck_assert_int_eq(scene_side(AREA)->answer, SUMMIT_ATTENDING);
}
END_TEST

/* M605, M639 */
START_TEST(an_earlier_judgement_stays_to_be_seen)
{
	size_t first = 0;

	begin();
	first = scene_judge(CCG2, "none");
	(void)scene_judge(CCG2, "serious-failing");
	ck_assert_uint_eq(scene_side(CCG2)->judgements, 2);
	ck_assert_uint_eq(scene.state.judgement_count, 1);
	scene_refused(first, REASON_SUMMIT_NEWER);
	/* Its own order is that of its log, and not of making. */
	scene.facts[first].place = 99;
	scene_counts(first);
}
END_TEST

/* M607 */
START_TEST(breaches_are_for_cqc_alone_to_find)
{
	size_t by_ccg = 0;
	size_t by_cqc = 0;

	begin();
	by_ccg = scene_judge(CCG2, "breach");
	by_cqc = scene_judge(CQC, "none");
	scene_refused(by_ccg, REASON_FINDING);
	scene_refused(by_cqc, REASON_SUMMIT_OTHERS_WORD);
	ck_assert_int_eq(scene.state.phase, SUMMIT_ALERT);
	scene_counts(scene_judge(CQC, "breach"));
	scene_counts(scene_judge(COLLEGE, "potential-serious-failing"));
	scene_counts(scene_judge(UNKNOWN, "none"));
	scene_refused(scene_judge(TDA, "bad"), REASON_SUMMIT_WORD);
	ck_assert_int_eq(scene.state.phase, SUMMIT_JUDGE);
}
END_TEST

/* M607 */
START_TEST(who_was_invited_judges_nothing)
{
	begin();
	(void)scene_invite(CCG, POLICE);
	(void)scene_invite(CCG, TRUST);
	scene_refused(
	    scene_judge(POLICE, "serious-failing"), REASON_SUMMIT_INVITED);
	scene_refused(scene_judge(TRUST, "none"), REASON_BY_PROVIDER);
	ck_assert_uint_eq(scene.state.judgement_count, 0);
}
END_TEST

/* M609 */
START_TEST(no_majority_overrides_a_judgement)
{
	begin();
	(void)scene_judge(CCG, "none");
	(void)scene_judge(CCG2, "none");
	(void)scene_judge(TDA, "none");
	(void)scene_judge(CQC, "potential-breach");
	ck_assert_uint_eq(scene_look()->judgement_count, 4);
	ck_assert(scene.state.opposed);
	ck_assert(summit_failing(scene_side(CQC)->judgement));
}
END_TEST

/* M639 */
START_TEST(what_is_of_another_summit_is_told_apart)
{
	struct id32 other = scene_record(400);
	size_t said = 0;
	size_t seen = 0;
	size_t nothing = 0;

	begin();
	said = scene_respond(AREA, "attending");
	scene_content(said)->response.summit = scene_id(&other);
	seen = scene_say(AREA, QSG__PAYLOAD__CONTENT_ALARM_SEEN);
	qsg__alarm_seen__init(&scene_content(seen)->seen);
	nothing = scene_respond(AREA, "attending");
	scene.facts[nothing].payload = NULL;
	scene_refused(said, REASON_SUMMIT_OTHER);
	scene_refused(seen, REASON_SUMMIT_OTHER);
	scene_refused(nothing, REASON_SUMMIT_OTHER);
}
END_TEST

START_TEST(the_request_that_it_answers_is_of_it)
{
	size_t asked = 0;
	size_t other = 0;

	begin();
	asked = scene_say(COLLEGE, QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST);
	qsg__summit_request__init(&scene_content(asked)->request);
	other = scene_say(COLLEGE, QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST);
	qsg__summit_request__init(&scene_content(other)->request);
	scene_content(0)->trigger.asked = scene_id(&scene.facts[asked].record);
	ck_assert_ptr_eq(scene_look()->asked, &scene.facts[asked]);
	scene_refused(other, REASON_SUMMIT_OTHER);
}
END_TEST

/* M637: they alone hold it who were asked. */
START_TEST(who_lacks_the_request_sees_the_same_summit)
{
	struct id32 with;
	struct id32 without;
	size_t asked = 0;

	begin();
	(void)scene_judge(CCG2, "none");
	asked = scene_say(COLLEGE, QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST);
	qsg__summit_request__init(&scene_content(asked)->request);
	scene_content(0)->trigger.asked = scene_id(&scene.facts[asked].record);
	ck_assert_ptr_nonnull(scene_look()->asked);
	ck_assert_int_eq(summit_hash(&scene.state, &with), ERR_OK);
	ck_assert_uint_eq(asked, scene.count - 1);
	scene.count--;
	ck_assert_ptr_null(scene_look()->asked);
	ck_assert_int_eq(summit_hash(&scene.state, &without), ERR_OK);
	ck_assert(id_equal(&with, &without));
}
END_TEST

/* M638 */
START_TEST(records_given_twice_count_once)
{
	struct id32 once;
	struct id32 twice;

	begin();
	(void)scene_judge(CCG2, "none");
	(void)scene_judge(CCG2, "serious-failing");
	(void)scene_judge(OUTSIDE, "none");
	ck_assert_int_eq(summit_hash(scene_look(), &once), ERR_OK);
	memcpy(&scene.facts[scene.count], scene.facts,
	    scene.count * sizeof scene.facts[0]);
	scene.count *= 2;
	ck_assert_int_eq(summit_hash(scene_look(), &twice), ERR_OK);
	ck_assert(id_equal(&once, &twice));
	scene.count /= 2;
}
END_TEST

/* M637 */
START_TEST(the_state_hash_is_that_of_its_vector)
{
	static const char vector[] = "883f41f7f7d0aeac7ea863c1962bdb4c"
				     "922771d1061a868282438def1b7f6ef0";
	char hex[65] = "";
	struct id32 hash;

	begin();
	(void)scene_respond(AREA, "attending");
	(void)scene_judge(CCG2, "serious-failing");
	(void)scene_judge(OUTSIDE, "none");
	scene_agree(TDA, 1);
	(void)scene_enter(
	    TDA, "attend", scene_call(TDA, "response", 9, NONE), NONE);
	(void)scene_check(TDA, "adult-safeguarding", "protocol-followed");
	(void)scene_act(CCG, TDA, NONE);
	(void)scene_answer(CCG, scene_ask(CQC));
	(void)scene_object(CCG, 1);
	(void)scene_miss(CCG, "judging", 0);
	(void)scene_stand_down(TDA, true);
	ck_assert_int_eq(summit_hash(scene_look(), &hash), ERR_OK);
	for (size_t i = 0; i < sizeof hash.b; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash.b[i]);
	ck_assert_str_eq(hex, vector);
}
END_TEST

Suite *test_summit_suite(void)
{
	Suite *suite = suite_create("summit");
	TCase *tests = tcase_create("summit");

	tcase_add_checked_fixture(tests, NULL, scene_teardown);
	tcase_add_test(tests, statutory_organisations_trigger_and_nobody_else);
	tcase_add_test(tests, a_charter_may_make_local_healthwatch_statutory);
	tcase_add_test(tests, the_circle_is_author_members_and_summoned);
	tcase_add_test(tests, a_provider_is_never_of_the_circle);
	tcase_add_test(tests, the_circle_invites_and_nobody_who_was_invited);
	tcase_add_test(tests, an_invitation_takes_nobody_out_of_the_circle);
	tcase_add_test(tests, who_is_not_in_it_says_nothing_that_counts);
	tcase_add_test(tests, the_newest_response_counts_and_none_is_none);
	tcase_add_test(tests, an_earlier_judgement_stays_to_be_seen);
	tcase_add_test(tests, breaches_are_for_cqc_alone_to_find);
	tcase_add_test(tests, who_was_invited_judges_nothing);
	tcase_add_test(tests, no_majority_overrides_a_judgement);
	tcase_add_test(tests, what_is_of_another_summit_is_told_apart);
	tcase_add_test(tests, the_request_that_it_answers_is_of_it);
	tcase_add_test(tests, who_lacks_the_request_sees_the_same_summit);
	tcase_add_test(tests, records_given_twice_count_once);
	tcase_add_test(tests, the_state_hash_is_that_of_its_vector);
	suite_add_tcase(suite, tests);
	return suite;
}
