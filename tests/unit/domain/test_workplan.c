#include "base/limits.h"
#include "domain/workplan.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_workplan_suite(void);

#define COLUMNS "section,number,action,lead,outcome,timeline\n"

/* Of the shapes that a committee's plan has: sections, leads that share a row
 * or are missing, a row without a number, many lines in one field, quotes,
 * commas, characters beyond ASCII, what is a date and what is not. */
static const char plan_text[] = COLUMNS
    "1. Oversight,1.1,Agree the plan,Quality lead,One plan,\"May: drafted\n"
    "June: agreed, with changes\"\n"
    "1. Oversight,1.2,Ask for a quality view in each review,"
    "Quality lead and finance lead,,2014-09-30\n"
    "2.People,2.1,\"Read the \"\"pulse\"\" survey\",,Assurance,ongoing\n"
    "2.People,,Join the network of quality leads,"
    "Area team / quality lead,Shared learning,\n"
    "2.People,2.2,\" Two spaces, kept \",Caf\xC3\xA9 manager,"
    "\xE2\x80\x98Live\xE2\x80\x99 register,2014-02-30\n";

static struct workplan plan;

static void setup(void)
{
	plan = (struct workplan){ 0 };
}

static void teardown(void)
{
	workplan_clear(&plan);
}

/* M652 */
START_TEST(a_plan_comes_out_as_it_went_in)
{
	struct buf out = { 0 };

	ck_assert_int_eq(workplan_read(span_text(plan_text), &plan), ERR_OK);
	ck_assert_uint_eq(plan.count, 5);
	ck_assert_int_eq(workplan_write_columns(&out), ERR_OK);
	for (size_t i = 0; i < plan.count; i++) {
		Qsg__Action action;
		const char *fields[WORKPLAN_FIELDS];

		qsg__action__init(&action);
		workplan_to_action(&plan.rows[i], &action);
		workplan_of_action(&action, fields);
		ck_assert_int_eq(workplan_write_row(fields, &out), ERR_OK);
	}
	ck_assert_str_eq(buf_text(&out), plan_text);
	buf_clear(&out);
}
END_TEST

START_TEST(a_timeline_that_is_a_date_is_when_it_is_due)
{
	Qsg__Action action;

	ck_assert_int_eq(workplan_read(span_text(plan_text), &plan), ERR_OK);
	qsg__action__init(&action);
	workplan_to_action(&plan.rows[1], &action);
	ck_assert_int_eq(action.due_ms, 1412118000000); /* October in London */
	workplan_to_action(&plan.rows[0], &action);
	ck_assert_int_eq(action.due_ms, 0);
	workplan_to_action(&plan.rows[4], &action); /* no such day */
	ck_assert_int_eq(action.due_ms, 0);
	ck_assert_str_eq(action.what, " Two spaces, kept ");
}
END_TEST

static void is_bad(const char *text, const char *hint)
{
	ck_assert_int_eq(workplan_read(span_text(text), &plan), ERR_INPUT);
	ck_assert_msg(strstr(err_text(), hint) != NULL, "%s", err_text());
	ck_assert_uint_eq(plan.count, 0);
}

START_TEST(a_bad_plan_says_where)
{
	is_bad("", "must name these columns");
	is_bad("number,action\n", "must name these columns");
	is_bad(COLUMNS, "no rows");
	is_bad(COLUMNS "a,b,c\n", "line 2: 3 fields");
	is_bad(COLUMNS "a,1,act,,,\na,2, ,,,\n", "line 3: it does not say");
	is_bad(COLUMNS "a,1,\"act,,,\n", "unclosed");
	is_bad(COLUMNS "a,1,\xFF,,,\n", "UTF-8");
}
END_TEST

START_TEST(a_plan_has_so_many_rows_at_most)
{
	struct buf text = { 0 };

	ck_assert_int_eq(buf_append(&text, span_text(COLUMNS)), ERR_OK);
	for (unsigned i = 0; i < LIMIT_WORKPLAN_ROWS; i++)
		ck_assert_int_eq(
		    buf_append(&text, span_text("a,1,act,,,\n")), ERR_OK);
	ck_assert_int_eq(workplan_read(buf_span(&text), &plan), ERR_OK);
	workplan_clear(&plan);
	ck_assert_int_eq(buf_append(&text, span_text("a,1,act,,,\n")), ERR_OK);
	ck_assert_int_eq(workplan_read(buf_span(&text), &plan), ERR_LIMIT);
	buf_clear(&text);
}
END_TEST

Suite *test_workplan_suite(void)
{
	Suite *suite = suite_create("workplan");
	TCase *tests = tcase_create("workplan");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_plan_comes_out_as_it_went_in);
	tcase_add_test(tests, a_timeline_that_is_a_date_is_when_it_is_due);
	tcase_add_test(tests, a_bad_plan_says_where);
	tcase_add_test(tests, a_plan_has_so_many_rows_at_most);
	suite_add_tcase(suite, tests);
	return suite;
}
