#include "domain/said.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/when.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_said_suite(void);

/* One of each, fit; a test changes what it is about. */
static Qsg__Corroboration corroboration;
static Qsg__Feedback feedback;
static Qsg__InformationRequest request;
static Qsg__InformationAnswer answer;
static Qsg__Judgement judgement;
static Qsg__Finding finding;
static int64_t now_ms;

enum { CORROBORATION, FEEDBACK, REQUEST, ANSWER, JUDGEMENT, FINDING, CONTENTS };
static Qsg__Payload payloads[CONTENTS];
static Qsg__Reference reference;
static Qsg__Reference other;
static Qsg__Reference *references[2] = { &reference, &other };

static void put(int which, Qsg__Payload__ContentCase content, void *message)
{
	qsg__payload__init(&payloads[which]);
	payloads[which].content_case = content;
	payloads[which].judgement = message;
}

static void setup(void)
{
	qsg__corroboration__init(&corroboration);
	qsg__feedback__init(&feedback);
	qsg__information_request__init(&request);
	qsg__information_answer__init(&answer);
	qsg__judgement__init(&judgement);
	qsg__finding__init(&finding);
	corroboration.text = canon_lend("so we heard");
	feedback.text = canon_lend("it was looked into");
	request.provider = canon_lend("RAL");
	request.purpose = canon_lend("to judge whether to visit");
	answer.verdict = canon_lend("answered");
	answer.text = canon_lend("this is what we hold");
	judgement.provider = canon_lend("RAL");
	judgement.view = canon_lend("regular-review");
	judgement.text = canon_lend("staffing is thin");
	finding.provider = canon_lend("RAL");
	finding.what = canon_lend("rating");
	finding.value = canon_lend("good");
	finding.text = canon_lend("an inspection in May");
	put(CORROBORATION, QSG__PAYLOAD__CONTENT_CORROBORATION, &corroboration);
	put(FEEDBACK, QSG__PAYLOAD__CONTENT_FEEDBACK, &feedback);
	put(REQUEST, QSG__PAYLOAD__CONTENT_REQUEST, &request);
	put(ANSWER, QSG__PAYLOAD__CONTENT_ANSWER, &answer);
	put(JUDGEMENT, QSG__PAYLOAD__CONTENT_JUDGEMENT, &judgement);
	put(FINDING, QSG__PAYLOAD__CONTENT_FINDING, &finding);
	qsg__reference__init(&reference);
	qsg__reference__init(&other);
	ck_assert_int_eq(
	    when_parse(span_text("2013-06-15T12:00:00Z"), &now_ms), ERR_OK);
}

static void fit(int which)
{
	ck_assert_msg(said_check(&payloads[which], now_ms) == ERR_OK, "%d: %s",
	    which, err_text());
}

static void refused(int which, const char *hint)
{
	ck_assert_msg(said_check(&payloads[which], now_ms) == ERR_INPUT,
	    "%d: %s", which, hint);
	ck_assert_msg(
	    strstr(err_text(), hint) != NULL, "%s: %s", hint, err_text());
}

/* The text of each that may not be missing. */
static char **text_of(int which)
{
	char **const texts[CONTENTS] = { &corroboration.text, &feedback.text,
		&request.purpose, &answer.text, &judgement.text,
		&finding.text };

	return texts[which];
}

START_TEST(the_least_of_each_is_fit)
{
	for (int i = 0; i < CONTENTS; i++) {
		ck_assert(said_is(&payloads[i]));
		fit(i);
	}
}
END_TEST

START_TEST(all_fields_of_each_are_fit)
{
	corroboration.source = canon_lend("patient");
	corroboration.independent = true;
	feedback.outcome = canon_lend("acted-on");
	request.theme = canon_lend("stroke pathway");
	request.already_held = canon_lend("complaints\nto May");
	request.answer_by = canon_lend("2013-06-15");
	finding.question = canon_lend("well-led");
	finding.decided_on = canon_lend("2013-06-15");
	finding.published = canon_lend("https://www.cqc.org.uk/RAL");
	for (int i = 0; i < CONTENTS; i++)
		fit(i);
	request.provider = canon_lend("");
	fit(REQUEST);
}
END_TEST

START_TEST(a_text_that_is_needed_must_be_there)
{
	static const char *const empty[] = { "", " ", "\n\t" };

	for (size_t i = 0; i < 3; i++) {
		*text_of(_i) = canon_lend(empty[i]);
		refused(_i, "is needed");
	}
}
END_TEST

START_TEST(a_text_is_refused_where_it_is_not_what_it_looks_like)
{
	/* U+202E, between two letters. */
	static const char turned[] = { 'a', '\xE2', '\x80', '\xAE', 'b', 0 };

	*text_of(_i) = canon_lend("a\x1b[2J");
	refused(_i, "control character");
	*text_of(_i) = canon_lend(turned);
	refused(_i, "direction-changing");
	*text_of(_i) = canon_lend("\xff");
	refused(_i, "UTF-8");
}
END_TEST

START_TEST(a_text_may_be_as_long_as_the_limit_and_no_longer)
{
	char *text = malloc(LIMIT_TEXT_BYTES + 2);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', LIMIT_TEXT_BYTES + 1);
	text[LIMIT_TEXT_BYTES] = '\0';
	*text_of(_i) = text;
	fit(_i);
	text[LIMIT_TEXT_BYTES] = 'a';
	text[LIMIT_TEXT_BYTES + 1] = '\0';
	ck_assert_int_eq(said_check(&payloads[_i], now_ms), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err_text(), "16384"));
	free(text);
}
END_TEST

START_TEST(several_texts_share_the_limit)
{
	char *text = calloc(1, LIMIT_TEXT_BYTES);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', LIMIT_TEXT_BYTES - 1);
	request.already_held = text;
	request.purpose = canon_lend("x");
	fit(REQUEST);
	request.purpose = canon_lend("xy");
	ck_assert_int_eq(said_check(&payloads[REQUEST], now_ms), ERR_LIMIT);
	free(text);
}
END_TEST

START_TEST(an_author_uses_the_vocabularies)
{
	corroboration.source = canon_lend("rumour");
	refused(CORROBORATION, "source must be one of");
	feedback.outcome = canon_lend("splendid");
	refused(FEEDBACK, "outcome must be one of received");
	answer.verdict = canon_lend("perhaps");
	refused(ANSWER, "verdict must be one of answered, nothing-held");
	answer.verdict = canon_lend("");
	refused(ANSWER, "verdict");
	judgement.view = canon_lend("alarming");
	refused(JUDGEMENT, "regular-review, further-information-required, "
			   "risk-summit-required, none");
	judgement.view = canon_lend("");
	refused(JUDGEMENT, "view");
	finding.question = canon_lend("kind");
	refused(FINDING, "safe, effective, caring, responsive, well-led");
	finding.value = canon_lend("splendid");
	refused(FINDING, "outstanding, good, requires-improvement, inadequate");
	finding.what = canon_lend("opinion");
	refused(
	    FINDING, "rating, finding, enforcement, intervention, restriction");
}
END_TEST

START_TEST(the_value_of_a_finding_fits_its_kind)
{
	static const char *const pairs[][2] = { { "rating", "inadequate" },
		{ "finding", "potential-breach" },
		{ "enforcement", "warning-notice" },
		{ "intervention", "additional-conditions" },
		{ "restriction", "education-withdrawn" } };

	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < 5; j++) {
			finding.what = canon_lend(pairs[i][0]);
			finding.value = canon_lend(pairs[j][1]);
			ck_assert_int_eq(said_check(&payloads[FINDING], now_ms),
			    i == j ? ERR_OK : ERR_INPUT);
		}
	}
	finding.what = canon_lend("finding");
	finding.value = canon_lend("breach");
	finding.question = canon_lend("safe");
	refused(FINDING, "only a rating");
}
END_TEST

START_TEST(a_provider_must_be_a_code)
{
	static const char *const bad[] = { "ral", "RA", "R A L", "RAL\xC3\x89",
		"local:", "A very long name of a trust" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		request.provider = canon_lend(bad[i]);
		judgement.provider = request.provider;
		finding.provider = request.provider;
		refused(REQUEST, "ODS code");
		refused(JUDGEMENT, "ODS code");
		refused(FINDING, "ODS code");
	}
	request.provider = canon_lend("");
	refused(REQUEST, "say what it is about");
	judgement.provider = request.provider;
	refused(JUDGEMENT, "ODS code");
}
END_TEST

START_TEST(dates_are_held_against_the_clock)
{
	request.answer_by = canon_lend("2013-06-14");
	refused(REQUEST, "is over");
	request.answer_by = canon_lend("soon");
	refused(REQUEST, "YYYY-MM-DD");
	request.answer_by = canon_lend("2013-12-31");
	fit(REQUEST);
	finding.decided_on = canon_lend("2013-06-16");
	refused(FINDING, "still to come");
	finding.decided_on = canon_lend("2013-06-31");
	refused(FINDING, "YYYY-MM-DD");
	finding.decided_on = canon_lend("1999-06-16");
	fit(FINDING);
}
END_TEST

START_TEST(one_line_is_one_line)
{
	request.theme = canon_lend("two\nlines");
	refused(REQUEST, "the theme");
	finding.published = canon_lend("a\x01");
	refused(FINDING, "published");
}
END_TEST

START_TEST(nothing_held_needs_no_words_and_a_refusal_its_reason)
{
	answer.text = canon_lend("");
	answer.verdict = canon_lend("nothing-held");
	fit(ANSWER);
	answer.verdict = canon_lend("refused");
	refused(ANSWER, "the reason of a refusal");
	answer.text = canon_lend("\x1b");
	answer.verdict = canon_lend("nothing-held");
	refused(ANSWER, "control");
}
END_TEST

START_TEST(other_content_is_not_said)
{
	Qsg__Payload payload;
	char **texts[SAID_TEXTS];

	for (int i = 0; i < 64; i++) {
		qsg__payload__init(&payload);
		payload.content_case = (Qsg__Payload__ContentCase)i;
		ck_assert_int_eq(said_is(&payload),
		    i >= QSG__PAYLOAD__CONTENT_CORROBORATION &&
			i <= QSG__PAYLOAD__CONTENT_FINDING);
	}
	qsg__payload__init(&payload);
	ck_assert_int_eq(said_check(&payload, now_ms), ERR_STATE);
	ck_assert_int_ne(said_acceptable(&payload), ERR_OK);
	ck_assert_uint_eq(said_texts(&payload, texts), 0);
}
END_TEST

/*
 * Reader side.
 */

static const char *relation_of(int which)
{
	return which == CORROBORATION ? "corroborates"
	       : which == FEEDBACK    ? "feedback-on"
	                              : "answers";
}

static void refer(int which, const char *first, const char *second)
{
	reference.relation = canon_lend(first);
	other.relation = canon_lend(second);
	payloads[which].references = references;
	payloads[which].n_references = 2;
}

/* M355 */
START_TEST(what_is_about_a_record_names_exactly_one)
{
	static const int about[] = { CORROBORATION, FEEDBACK, ANSWER };
	int which = about[_i];
	const char *relation = relation_of(which);

	refer(which, relation, "cites");
	ck_assert_int_eq(said_acceptable(&payloads[which]), ERR_OK);
	refer(which, "cites", relation);
	ck_assert_int_eq(said_acceptable(&payloads[which]), ERR_OK);
	refer(which, relation, "of-a-later-version");
	ck_assert_int_eq(said_acceptable(&payloads[which]), ERR_OK);
	refer(which, relation, relation);
	ck_assert_int_eq(said_acceptable(&payloads[which]), ERR_FORMAT);
	refer(which, "cites", relation_of(about[(_i + 1) % 3]));
	ck_assert_int_eq(said_acceptable(&payloads[which]), ERR_FORMAT);
	payloads[which].n_references = 0;
	ck_assert_int_eq(said_acceptable(&payloads[which]), ERR_FORMAT);
}
END_TEST

static void acceptable(int which, enum err want)
{
	refer(which, relation_of(which), "cites");
	if (which > ANSWER || which == REQUEST)
		payloads[which].n_references = 0;
	ck_assert_msg(said_acceptable(&payloads[which]) == want, "%d: %s",
	    which, err_text());
}

/* M356 */
START_TEST(a_reader_takes_words_it_does_not_know)
{
	corroboration.source = canon_lend("of-a-later-version");
	feedback.outcome = canon_lend("of-a-later-version");
	request.provider = canon_lend("ABCDEFGHIJKLM");
	answer.verdict = canon_lend("of-a-later-version");
	answer.text = canon_lend("");
	judgement.view = canon_lend("of-a-later-version");
	finding.what = canon_lend("of-a-later-version");
	finding.value = canon_lend("of-a-later-version");
	for (int i = 0; i < CONTENTS; i++)
		acceptable(i, ERR_OK);
}
END_TEST

/* M356 */
START_TEST(a_reader_refuses_what_is_missing_or_malformed)
{
	char **const fields[] = { &corroboration.text, &corroboration.source,
		&feedback.text, &feedback.outcome, &request.purpose,
		&request.provider, &request.answer_by, &answer.verdict,
		&judgement.provider, &judgement.view, &judgement.text,
		&finding.provider, &finding.what, &finding.value, &finding.text,
		&finding.question, &finding.decided_on };
	static const struct {
		int of;
		bool may_be_empty;
		bool free;
	} rules[] = { { CORROBORATION, false, true },
		{ CORROBORATION, true, false }, { FEEDBACK, false, true },
		{ FEEDBACK, true, false }, { REQUEST, false, true },
		{ REQUEST, false, false }, { REQUEST, true, false },
		{ ANSWER, false, false }, { JUDGEMENT, false, false },
		{ JUDGEMENT, false, false }, { JUDGEMENT, false, true },
		{ FINDING, false, false }, { FINDING, false, false },
		{ FINDING, false, false }, { FINDING, false, true },
		{ FINDING, true, false }, { FINDING, true, false } };

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
		char *kept = *fields[i];

		*fields[i] = canon_lend("");
		acceptable(
		    rules[i].of, rules[i].may_be_empty ? ERR_OK : ERR_FORMAT);
		*fields[i] = canon_lend("no token!");
		acceptable(rules[i].of, rules[i].free ? ERR_OK : ERR_FORMAT);
		*fields[i] = kept;
	}
}
END_TEST

START_TEST(a_reader_refuses_more_than_the_limit)
{
	char *text = calloc(1, LIMIT_TEXT_BYTES + 1);

	ck_assert_ptr_nonnull(text);
	memset(text, 'a', LIMIT_TEXT_BYTES);
	request.already_held = text;
	acceptable(REQUEST, ERR_LIMIT);
	free(text);
}
END_TEST

START_TEST(a_relation_has_one_token)
{
	for (unsigned i = 1; i < REFERENCES; i++) {
		const char *token = reference_token((enum reference)i);

		ck_assert_uint_gt(strlen(token), 0);
		ck_assert_int_eq(reference_named(token), (int)i);
	}
	ck_assert_int_eq(reference_named(""), REFERENCE_UNKNOWN);
	ck_assert_int_eq(reference_named("later"), REFERENCE_UNKNOWN);
	ck_assert_str_eq(reference_token((enum reference)99), "");
}
END_TEST

Suite *test_said_suite(void)
{
	Suite *suite = suite_create("said");
	TCase *tcase = tcase_create("said");

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, the_least_of_each_is_fit);
	tcase_add_test(tcase, all_fields_of_each_are_fit);
	tcase_add_loop_test(
	    tcase, a_text_that_is_needed_must_be_there, 0, CONTENTS);
	tcase_add_loop_test(tcase,
	    a_text_is_refused_where_it_is_not_what_it_looks_like, 0, CONTENTS);
	tcase_add_loop_test(tcase,
	    a_text_may_be_as_long_as_the_limit_and_no_longer, 0, CONTENTS);
	tcase_add_test(tcase, several_texts_share_the_limit);
	tcase_add_test(tcase, an_author_uses_the_vocabularies);
	tcase_add_test(tcase, the_value_of_a_finding_fits_its_kind);
	tcase_add_test(tcase, a_provider_must_be_a_code);
	tcase_add_test(tcase, dates_are_held_against_the_clock);
	tcase_add_test(tcase, one_line_is_one_line);
	tcase_add_test(
	    tcase, nothing_held_needs_no_words_and_a_refusal_its_reason);
	tcase_add_test(tcase, other_content_is_not_said);
	tcase_add_loop_test(
	    tcase, what_is_about_a_record_names_exactly_one, 0, 3);
	tcase_add_test(tcase, a_reader_takes_words_it_does_not_know);
	tcase_add_test(tcase, a_reader_refuses_what_is_missing_or_malformed);
	tcase_add_test(tcase, a_reader_refuses_more_than_the_limit);
	tcase_add_test(tcase, a_relation_has_one_token);
	suite_add_tcase(suite, tcase);
	return suite;
}
