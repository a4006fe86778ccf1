#define _POSIX_C_SOURCE 200809L

#include "app/charter.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "domain/group.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_charter_suite(void);

static void ok(enum err err)
{
	ck_assert_msg(err == ERR_OK, "%s", err_text());
}

static const struct charter_identity local = { "South London QSG", "local",
	"London QSG" };
static const struct charter_identity regional = { "London QSG", "regional",
	NULL };

static Qsg__Charter *whole(
    const char *text, const struct charter_identity *identity)
{
	json_t *read = NULL;
	Qsg__Charter *charter = NULL;
	ok(charter_parse(text, &read));
	ok(charter_complete(read, identity, &charter));
	json_decref(read);
	return charter;
}

START_TEST(a_charter_that_says_nothing_is_as_the_guidance_has_it)
{
	const struct charter_identity *const both[] = { &local, &regional };
	for (size_t i = 0; i < 2; i++) {
		Qsg__Charter *charter = whole("", both[i]);
		ok(group_check_charter(charter));
		ck_assert_str_eq(charter->name, both[i]->name);
		ck_assert_str_eq(
		    charter->cadence, i == 0 ? "two-monthly" : "quarterly");
		ck_assert_uint_ge(charter->n_information, 9);
		ck_assert_uint_ge(charter->n_ground_rules, 4);
		canon_free(&charter->base);
	}
}
END_TEST

START_TEST(the_example_reads_back_as_the_defaults)
{
	const struct charter_identity *const both[] = { &local, &regional };
	for (size_t i = 0; i < 2; i++) {
		struct buf text = { 0 };
		struct buf first = { 0 };
		struct buf second = { 0 };
		ok(charter_example(both[i]->level, &text));
		Qsg__Charter *given = whole(buf_text(&text), both[i]);
		Qsg__Charter *silent = whole("", both[i]);
		ok(canon_encode(&given->base, &first));
		ok(canon_encode(&silent->base, &second));
		ck_assert(span_equal(buf_span(&first), buf_span(&second)));
		canon_free(&given->base);
		canon_free(&silent->base);
		buf_clear(&text);
		buf_clear(&first);
		buf_clear(&second);
	}
}
END_TEST

START_TEST(what_a_file_says_counts)
{
	Qsg__Charter *charter = whole("# a comment\n"
				      "purpose = one\n  and two\n"
				      "footprint = six boroughs\n"
				      "quorum = 7\n"
				      "ground-rule = be kind\n"
				      "ground-rule = be frank\n"
				      "information.ccg = complaints; monthly\n"
				      "information.cqc = inspections\n"
				      "cadence = monthly\n"
				      "cycle-days = 180\n"
				      "healthwatch-statutory = yes\n"
				      "judging-hours = 2\n"
				      "ring-hours = 12\n"
				      "response-hours = 36\n"
				      "review-days = 14\n"
				      "overdue-days = 3\n"
				      "safeguarding = SAB/7\n",
	    &local);
	ck_assert_str_eq(charter->purpose, "one and two");
	ck_assert_str_eq(charter->footprint, "six boroughs");
	ck_assert_uint_eq(charter->quorum, 7);
	ck_assert_uint_eq(charter->n_ground_rules, 2);
	ck_assert_str_eq(charter->ground_rules[1], "be frank");
	ck_assert_uint_eq(charter->n_information, 2);
	ck_assert_str_eq(charter->information[0]->kind, "ccg");
	ck_assert_str_eq(charter->information[0]->brings, "complaints");
	ck_assert_str_eq(charter->information[0]->how_often, "monthly");
	ck_assert_str_eq(charter->information[1]->how_often, "");
	ck_assert_str_eq(charter->cadence, "monthly");
	ck_assert_uint_eq(charter->cycle_days, 180);
	ck_assert(charter->healthwatch_statutory);
	ck_assert_uint_eq(charter->judging_hours, 2);
	ck_assert_uint_eq(charter->ring_hours, 12);
	ck_assert_uint_eq(charter->response_hours, 36);
	ck_assert_uint_eq(charter->review_days, 14);
	ck_assert_uint_eq(charter->overdue_days, 3);
	ok(group_check_charter(charter));
	ck_assert_str_eq(charter->safeguarding, "SAB/7");
	canon_free(&charter->base);
}
END_TEST

/* inih would take the rest of the line for a comment. */
START_TEST(nothing_behind_a_semicolon_is_lost)
{
	static const char *const lines[] = { "purpose = one ; two\n",
		"purpose = one\n  and ;two\n",
		"information.ccg = complaints\t; monthly\n" };
	json_t *read = NULL;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ck_assert_int_eq(charter_parse(lines[i], &read), ERR_INPUT);
		ck_assert_ptr_nonnull(
		    strstr(err_text(), "no space before a semicolon"));
	}
	Qsg__Charter *charter =
	    whole("# a ; b\n  ; c ; d\npurpose = one; two\n", &local);
	ck_assert_str_eq(charter->purpose, "one; two");
	canon_free(&charter->base);
}
END_TEST

START_TEST(a_change_leaves_the_rest_as_it_was)
{
	Qsg__Charter *before = whole("quorum = 7\n", &local);
	Qsg__Charter *after = NULL;
	json_t *read = NULL;
	ok(charter_parse("cadence = monthly\n", &read));
	ok(charter_change(before, read, "South East London QSG", &after));
	ck_assert_str_eq(after->name, "South East London QSG");
	ck_assert_str_eq(after->cadence, "monthly");
	ck_assert_uint_eq(after->quorum, 7);
	ck_assert_str_eq(after->purpose, before->purpose);
	json_decref(read);
	canon_free(&before->base);
	canon_free(&after->base);
}
END_TEST

START_TEST(a_time_of_summits_goes_back_to_the_default)
{
	Qsg__Charter *before =
	    whole("ring-hours = 12\nreview-days = 3\n", &local);
	Qsg__Charter *after = NULL;
	json_t *read = NULL;
	ok(charter_parse("ring-hours = default\n", &read));
	ok(charter_change(before, read, NULL, &after));
	ck_assert_uint_eq(after->ring_hours, 0);
	ck_assert_uint_eq(after->review_days, 3);
	json_decref(read);
	canon_free(&before->base);
	canon_free(&after->base);
}
END_TEST

static const struct {
	const char *text;
	const char *says;
} wrong[] = {
	{ "judging-hours = 25\n", "line 1: judging-hours must be a whole" },
	{ "ring-hours = 169\n", "from 1 to 168, or `default`" },
	{ "response-hours = 49\n", "from 1 to 48" },
	{ "review-days = 0\n", "from 1 to 92" },
	{ "overdue-days = 93\n", "from 1 to 92" },
	{ "review-days = 3\nreview-days = default\n", "given twice" },
	{ "cycle-days = default\n", "line 1: cycle-days must be a whole" },
	{ "quorum = 5\nquorom = 3\n", "line 2: quorom is not part" },
	{ "quorum = many\n", "line 1: quorum must be a whole number" },
	{ "quorum = 0\n", "line 1: quorum" },
	{ "quorum = 257\n", "line 1: quorum" },
	{ "quorum = 3\nquorum = 4\n", "line 2: quorum is given twice" },
	{ "cycle-days = -1\n", "line 1: cycle-days" },
	{ "cadence = monthly\ncadence = monthly\n",
	    "line 2: cadence is given" },
	{ "healthwatch-statutory = perhaps\n", "must be yes or no" },
	{ "information.banker = money; daily\n", "no such kind" },
	{ "information.ccg = ; monthly\n", "line 1" },
	{ "ground-rule =\n", "line 1: ground-rule is empty" },
	{ "[section]\nquorum = 3\n", "line 2: there are no sections" },
	{ "no equals sign\n", "line 1: not `key = value`" },
	{ "purpose = \xff\n", "line 1: purpose is not UTF-8" },
};

START_TEST(errors_name_the_line)
{
	json_t *read = NULL;
	enum err err = charter_parse(wrong[_i].text, &read);
	ck_assert_int_eq(err, ERR_INPUT);
	ck_assert_msg(strstr(err_text(), wrong[_i].says) != NULL, "%s: %s",
	    wrong[_i].text, err_text());
	ck_assert_ptr_null(read);
}
END_TEST

START_TEST(a_line_that_would_be_cut_is_refused)
{
	char text[512] = "quorum = 3\npurpose = ";
	json_t *read = NULL;
	memset(text + strlen(text), 'a', 250);
	ck_assert_int_eq(charter_parse(text, &read), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "line 2 is longer"));
}
END_TEST

Suite *test_charter_suite(void)
{
	Suite *suite = suite_create("charter");
	TCase *tests = tcase_create("charter");
	tcase_add_test(
	    tests, a_charter_that_says_nothing_is_as_the_guidance_has_it);
	tcase_add_test(tests, the_example_reads_back_as_the_defaults);
	tcase_add_test(tests, what_a_file_says_counts);
	tcase_add_test(tests, nothing_behind_a_semicolon_is_lost);
	tcase_add_test(tests, a_change_leaves_the_rest_as_it_was);
	tcase_add_test(tests, a_time_of_summits_goes_back_to_the_default);
	tcase_add_loop_test(tests, errors_name_the_line, 0,
	    (int)(sizeof(wrong) / sizeof(wrong[0])));
	tcase_add_test(tests, a_line_that_would_be_cut_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
