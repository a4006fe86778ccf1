#include "domain/format.h"

#include <check.h>
#include <string.h>

Suite *test_format_suite(void);

START_TEST(formats_are_found_by_name)
{
	ck_assert_uint_ge(format_count(), 1);
	for (size_t i = 0; i < format_count(); i++) {
		const struct format *format = format_at(i);

		ck_assert_ptr_eq(format_find(span_text(format->name)), format);
		ck_assert_uint_gt(strlen(format->help), 0);
		ck_assert_uint_gt(strlen(format->columns), 0);
		ck_assert(format->read != NULL);
	}
	ck_assert_ptr_nonnull(format_find(span_text("ae-attendances")));
	ck_assert_ptr_null(format_find(span_text("ae")));
	ck_assert_ptr_null(format_find(span_text("")));
}
END_TEST

START_TEST(bad_rows_are_counted_beyond_those_kept)
{
	struct format_result result = { 0 };

	for (unsigned long i = 0; i < FORMAT_BAD_ROWS + 5; i++)
		ck_assert_int_eq(
		    format_bad(&result, FORMAT_BAD_ROWS + 5 - i, "row %lu", i),
		    ERR_OK);
	ck_assert_uint_eq(result.bad_count, FORMAT_BAD_ROWS);
	ck_assert_uint_eq(result.bad_total, FORMAT_BAD_ROWS + 5);
	format_sort_bad(&result);
	for (size_t i = 1; i < result.bad_count; i++)
		ck_assert_uint_lt(result.bad[i - 1].line, result.bad[i].line);
	ck_assert_str_eq(result.bad[FORMAT_BAD_ROWS - 1].reason, "row 0");
	format_result_clear(&result);
	ck_assert_uint_eq(result.bad_total, 0);
	ck_assert_ptr_null(result.bad);
	format_result_clear(&result);
}
END_TEST

START_TEST(a_long_reason_is_cut)
{
	struct format_result result = { 0 };

	ck_assert_int_eq(format_bad(&result, 1, "%0500d", 1), ERR_OK);
	ck_assert_uint_eq(
	    strlen(result.bad[0].reason), FORMAT_REASON_BYTES - 1);
	format_result_clear(&result);
}
END_TEST

Suite *test_format_suite(void)
{
	Suite *suite = suite_create("format");
	TCase *tests = tcase_create("format");

	tcase_add_test(tests, formats_are_found_by_name);
	tcase_add_test(tests, bad_rows_are_counted_beyond_those_kept);
	tcase_add_test(tests, a_long_reason_is_cut);
	suite_add_tcase(suite, tests);
	return suite;
}
