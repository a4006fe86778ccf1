#define _POSIX_C_SOURCE 200809L

#include "domain/foi.h"

#include "base/limits.h"
#include "codec/canon.h"

#include <check.h>
#include <string.h>

Suite *test_foi_suite(void);

#define NOW_MS 1700000000000LL /* 2023-11-14 */

static Qsg__Payload payload;
static Qsg__FoiRequest request;
static Qsg__FoiDecision decision;
static Qsg__FoiConsultation consultation;
static Qsg__FoiView view;

static void setup(void)
{
	qsg__payload__init(&payload);
	qsg__foi_request__init(&request);
	qsg__foi_decision__init(&decision);
	qsg__foi_consultation__init(&consultation);
	qsg__foi_view__init(&view);
	request.kind = canon_lend("foi");
	request.received_on = canon_lend("2023-11-14");
	request.text = canon_lend("all on the night staff");
	decision.verdict = canon_lend("withhold");
	decision.exemption = canon_lend("s.41");
	decision.reason = canon_lend("told in confidence");
	consultation.text = canon_lend("may it go out?");
	view.verdict = canon_lend("objection");
	view.text = canon_lend("it would name somebody");
}

static void holds(Qsg__Payload__ContentCase which, void *message)
{
	payload.content_case = which;
	payload.foi_request = message;
}

static void fits(void)
{
	ck_assert_msg(foi_check(&payload, NOW_MS) == ERR_OK, "%s", err_text());
}

static void refused(const char *hint)
{
	ck_assert_int_ne(foi_check(&payload, NOW_MS), ERR_OK);
	ck_assert_msg(strstr(err_text(), hint) != NULL, "%s", err_text());
}

START_TEST(a_request_says_when_what_and_under_which_right)
{
	holds(QSG__PAYLOAD__CONTENT_FOI_REQUEST, &request);
	fits();
	request.received_on = canon_lend("2023-11-15");
	refused("the day it was received");
	request.received_on = canon_lend("");
	refused("the day it was received is needed");
	request.received_on = canon_lend("2023-11-13");
	request.kind = canon_lend("curiosity");
	refused("kind must be one of");
	request.kind = canon_lend("subject-access");
	fits();
	request.text = canon_lend(" ");
	refused("what is asked for is needed");
}
END_TEST

START_TEST(what_is_withheld_says_under_which_exemption_and_why)
{
	holds(QSG__PAYLOAD__CONTENT_FOI_DECISION, &decision);
	fits();
	decision.reason = canon_lend("");
	refused("the reason is needed");
	decision.reason = canon_lend("why");
	decision.exemption = canon_lend("");
	refused("under which exemption");
	decision.verdict = canon_lend("partly");
	refused("under which exemption");
	decision.verdict = canon_lend("disclose");
	decision.reason = canon_lend("");
	fits();
	decision.exemption = canon_lend("s.41");
	refused("under no exemption");
	decision.verdict = canon_lend("burn");
	refused("verdict must be one of");
}
END_TEST

START_TEST(an_objection_says_why)
{
	holds(QSG__PAYLOAD__CONTENT_FOI_VIEW, &view);
	fits();
	view.text = canon_lend("");
	refused("the reason of an objection is needed");
	view.verdict = canon_lend("no-objection");
	fits();
	view.verdict = canon_lend("perhaps");
	refused("view must be one of");
}
END_TEST

START_TEST(a_consultation_asks_something_by_a_day_to_come)
{
	holds(QSG__PAYLOAD__CONTENT_FOI_CONSULTATION, &consultation);
	fits();
	consultation.answer_by = canon_lend("2023-11-13");
	refused("the day to answer by");
	consultation.answer_by = canon_lend("2023-11-14");
	fits();
	consultation.text = canon_lend("");
	refused("what the author is asked is needed");
}
END_TEST

/* M480 */
START_TEST(a_consultation_and_a_view_name_exactly_one)
{
	static const char *const relations[] = { "consults",
		"answers-consultation" };
	Qsg__Reference references[2];
	Qsg__Reference *list[] = { &references[0], &references[1] };

	for (size_t i = 0; i < 2; i++) {
		qsg__reference__init(&references[i]);
		references[i].relation = canon_lend(relations[_i]);
	}
	payload.references = list;
	holds(_i == 0 ? QSG__PAYLOAD__CONTENT_FOI_CONSULTATION
		      : QSG__PAYLOAD__CONTENT_FOI_VIEW,
	    _i == 0 ? (void *)&consultation : (void *)&view);
	ck_assert(!foi_acceptable(&payload));
	payload.n_references = 1;
	ck_assert(foi_acceptable(&payload));
	payload.n_references = 2;
	ck_assert(!foi_acceptable(&payload));
	references[1].relation = canon_lend("cites");
	ck_assert(foi_acceptable(&payload));
	view.verdict = canon_lend("");
	ck_assert(foi_acceptable(&payload) == (_i == 0));
}
END_TEST

Suite *test_foi_suite(void)
{
	Suite *suite = suite_create("foi");
	TCase *tcase = tcase_create("foi");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_request_says_when_what_and_under_which_right);
	tcase_add_test(
	    tcase, what_is_withheld_says_under_which_exemption_and_why);
	tcase_add_test(tcase, an_objection_says_why);
	tcase_add_test(tcase, a_consultation_asks_something_by_a_day_to_come);
	tcase_add_loop_test(
	    tcase, a_consultation_and_a_view_name_exactly_one, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
