#include "domain/ae.h"

#include "base/fs.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "domain/indicator.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_ae_suite(void);

#define HEADER "period,org_code,type,attendances,breaches,admissions\n"

static struct format_result read_good(const char *text)
{
	struct format_result result;
	enum err err = ae_read(span_text(text), &result);

	ck_assert_msg(err == ERR_OK, "%s", err_text());
	return result;
}

START_TEST(rows_become_one_ordered_set_a_period)
{
	struct format_result result =
	    read_good(HEADER "2017-04-01,RF4,other,3,0,0\n"
			     "2017-03-01,RF4,2,813,22,0\n"
			     "2017-03,R1H,1,30210,5902,6943\n"
			     "2017-03-01,RF4,1,21289,2879,5060\n");
	const Qsg__IndicatorSet *set = NULL;

	ck_assert_uint_eq(result.bad_total, 0);
	ck_assert_uint_eq(result.set_count, 2);
	ck_assert_uint_eq(result.row_count, 4);
	set = result.sets[0];
	ck_assert_str_eq(set->set, "ae-attendances");
	ck_assert_str_eq(set->publisher, "NHS England");
	ck_assert_str_eq(set->period, "2017-03");
	ck_assert_uint_eq(set->n_columns, 3);
	ck_assert_str_eq(set->columns[0], "attendances");
	ck_assert_str_eq(set->columns[1], "breaches");
	ck_assert_str_eq(set->columns[2], "admissions");
	ck_assert_uint_eq(set->n_rows, 3);
	ck_assert_str_eq(set->rows[0]->provider, "R1H");
	ck_assert_str_eq(set->rows[1]->provider, "RF4");
	ck_assert_str_eq(set->rows[1]->category, "1");
	ck_assert_str_eq(set->rows[2]->category, "2");
	ck_assert_int_eq(set->rows[0]->values[0]->mantissa, 30210);
	ck_assert_int_eq(set->rows[0]->values[1]->mantissa, 5902);
	ck_assert_int_eq(set->rows[0]->values[2]->mantissa, 6943);
	ck_assert_str_eq(result.sets[1]->period, "2017-04");
	for (size_t i = 0; i < result.set_count; i++)
		ck_assert_int_eq(indicator_check(result.sets[i]), ERR_OK);
	format_result_clear(&result);
}
END_TEST

START_TEST(the_same_content_gives_the_same_bytes)
{
	struct format_result a = read_good(HEADER "2017-03-01,RF4,1,9,2,5\n"
						  "2017-03-01,R1H,1,3,0,1\n");
	struct format_result b =
	    read_good("\xef\xbb\xbfPeriod,ORG_CODE,Type,attendances,breaches, "
		      "admissions\r\n2017-03,r1h,1, 3,0,1\r\n\r\n"
		      "2017-03,\"RF4\",1,9,2,5\r\n");
	struct buf x = { 0 };
	struct buf y = { 0 };

	ck_assert_int_eq(canon_encode(&a.sets[0]->base, &x), ERR_OK);
	ck_assert_int_eq(canon_encode(&b.sets[0]->base, &y), ERR_OK);
	ck_assert(span_equal(buf_span(&x), buf_span(&y)));
	buf_clear(&x);
	buf_clear(&y);
	format_result_clear(&a);
	format_result_clear(&b);
}
END_TEST

START_TEST(bad_rows_are_listed_with_line_and_reason_and_left_out)
{
	static const char *const rows[] = {
		"2017-13-01,RF4,1,1,0,0",
		"2017-03-02,RF4,1,1,0,0",
		"March 2017,RF4,1,1,0,0",
		"2017-03-1,RF4,1,1,0,0",
		",RF4,1,1,0,0",
		"2017-03-01,R,1,1,0,0",
		"2017-03-01,,1,1,0,0",
		"2017-03-01,local:x,1,1,0,0",
		"2017-03-01,RF4,3,1,0,0",
		"2017-03-01,RF4,,1,0,0",
		"2017-03-01,RF4,1,,0,0",
		"2017-03-01,RF4,1,-1,0,0",
		"2017-03-01,RF4,1,1.5,0,0",
		"2017-03-01,RF4,1,x,0,0",
		"2017-03-01,RF4,1,1,0,99999999999999999999",
		"2017-03-01,RF4,1,-0,0,0",
		"2017-03-01,RF4,1,1,2,0",
		"2017-03-01,RF4,1,1,0",
		"2017-03-01,RF4,1,1,0,0,0",
		"2017-03-01,RF4,1,NA,0,0",
	};
	static const char *const reasons[] = { "period", "period", "period",
		"period", "period", "org_code", "org_code", "org_code", "type",
		"type", "attendances", "attendances", "attendances",
		"attendances", "admissions", "attendances",
		"more breaches than attendances", "6 fields expected, 5 found",
		"6 fields expected, 7 found", "attendances" };
	const size_t count = sizeof rows / sizeof rows[0];
	struct buf text = { 0 };
	struct format_result result;

	ck_assert_int_eq(buf_append(&text, span_text(HEADER)), ERR_OK);
	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(buf_printf(&text, "%s\n", rows[i]), ERR_OK);
	ck_assert_int_eq(
	    buf_append(&text, span_text("2017-03-01,RF4,1,1,0,0\n")), ERR_OK);
	result = read_good(buf_text(&text));
	ck_assert_uint_eq(result.bad_total, count);
	ck_assert_uint_eq(result.bad_count, count);
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(result.bad[i].line, i + 2);
		ck_assert_msg(strstr(result.bad[i].reason, reasons[i]) ==
				  result.bad[i].reason,
		    "%s: %s", rows[i], result.bad[i].reason);
	}
	ck_assert_uint_eq(result.row_count, 1);
	ck_assert_uint_eq(result.set_count, 1);
	format_result_clear(&result);
	buf_clear(&text);
}
END_TEST

START_TEST(of_doubles_the_first_stays_and_the_others_are_bad)
{
	struct format_result result =
	    read_good(HEADER "2017-03-01,RF4,1,7,0,0\n"
			     "bad\n"
			     "2017-03,rf4,1,8,0,0\n"
			     "2017-03-01,RF4,2,9,0,0\n"
			     "2017-03-01,RF4,1,7,0,0\n");

	ck_assert_uint_eq(result.bad_total, 3);
	ck_assert_uint_eq(result.bad[0].line, 3);
	ck_assert_uint_eq(result.bad[1].line, 4);
	ck_assert_str_eq(result.bad[1].reason,
	    "same period, organisation and type as line 2");
	ck_assert_uint_eq(result.bad[2].line, 6);
	ck_assert_uint_eq(result.row_count, 2);
	ck_assert_int_eq(result.sets[0]->rows[0]->values[0]->mantissa, 7);
	format_result_clear(&result);
}
END_TEST

START_TEST(suppressed_counts_are_kept_as_such)
{
	struct format_result result = read_good(
	    HEADER "2017-03-01,RF4,1,*,4,0\n2017-03-01,RF5,1,4,*,*\n");

	ck_assert_uint_eq(result.bad_total, 0);
	ck_assert(result.sets[0]->rows[0]->values[0]->suppressed);
	ck_assert_int_eq(result.sets[0]->rows[0]->values[0]->mantissa, 0);
	ck_assert(!result.sets[0]->rows[0]->values[2]->suppressed);
	ck_assert_int_eq(indicator_check(result.sets[0]), ERR_OK);
	format_result_clear(&result);
}
END_TEST

START_TEST(another_header_is_refused_with_the_columns_expected)
{
	static const char *const texts[] = { "", "\n\n",
		"2017-03-01,RF4,1,1,0,0\n", "period,org_code,type\n",
		"period,org_code,type,attendances,breaches,admissions,x\n",
		"org_code,period,type,attendances,breaches,admissions\n",
		"period;org_code;type;attendances;breaches;admissions\n" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		struct format_result result;

		ck_assert_int_eq(
		    ae_read(span_text(texts[i]), &result), ERR_INPUT);
		ck_assert_ptr_nonnull(strstr(err_text(),
		    "period,org_code,type,attendances,breaches,admissions"));
		ck_assert_uint_eq(result.set_count, 0);
		format_result_clear(&result);
	}
}
END_TEST

START_TEST(a_header_alone_gives_nothing)
{
	struct format_result result = read_good(HEADER);

	ck_assert_uint_eq(result.set_count, 0);
	ck_assert_uint_eq(result.bad_total, 0);
	format_result_clear(&result);
}
END_TEST

START_TEST(text_that_is_not_csv_is_refused_and_leaves_nothing)
{
	struct format_result result;

	ck_assert_int_eq(
	    ae_read(span_text(HEADER "bad\n2017-03-01,\"RF4"), &result),
	    ERR_INPUT);
	ck_assert_uint_eq(result.bad_total, 0);
	ck_assert_ptr_null(result.bad);
	ck_assert_int_eq(
	    ae_read(span_text(HEADER "2017-03-01,\xff,1,1,0,0\n"), &result),
	    ERR_INPUT);
}
END_TEST

START_TEST(a_period_of_too_many_rows_is_refused)
{
	struct buf text = { 0 };
	struct format_result result;

	ck_assert_int_eq(buf_append(&text, span_text(HEADER)), ERR_OK);
	for (unsigned i = 0; i < LIMIT_INDICATOR_ROWS; i++)
		ck_assert_int_eq(
		    buf_printf(&text, "2017-03,R%05u,1,1,0,0\n", i), ERR_OK);
	result = read_good(buf_text(&text));
	ck_assert_uint_eq(result.row_count, LIMIT_INDICATOR_ROWS);
	format_result_clear(&result);
	ck_assert_int_eq(
	    buf_append(&text, span_text("2017-03,RAL,1,1,0,0\n")), ERR_OK);
	ck_assert_int_eq(ae_read(buf_span(&text), &result), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err_text(), "2017-03"));
	ck_assert_ptr_null(result.sets);
	buf_clear(&text);
}
END_TEST

static int compare_codes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Distinct organisations of all sets. */
static size_t organisations(const struct format_result *result)
{
	const char **codes = calloc(result->row_count, sizeof *codes);
	size_t count = 0;
	size_t distinct = 0;

	ck_assert_ptr_nonnull(codes);
	for (size_t i = 0; i < result->set_count; i++) {
		for (size_t j = 0; j < result->sets[i]->n_rows; j++)
			codes[count++] = result->sets[i]->rows[j]->provider;
	}
	ck_assert_uint_eq(count, result->row_count);
	qsort(codes, count, sizeof *codes, compare_codes);
	for (size_t i = 0; i < count; i++)
		distinct += i == 0 || strcmp(codes[i - 1], codes[i]) != 0;
	free(codes);
	return distinct;
}

START_TEST(the_real_file_reads_without_a_bad_row)
{
	const char *shared = getenv("QSG_SHARED");
	struct buf path = { 0 };
	struct buf text = { 0 };
	struct format_result result = { 0 };

	ck_assert_int_eq(buf_printf(&path, "%s/data/ae_attendances.csv",
			     shared == NULL ? "../shared" : shared),
	    ERR_OK);
	if (!fs_exists(buf_text(&path))) {
		printf("skipped: ae: no %s\n", buf_text(&path));
		buf_clear(&path);
		return;
	}
	ck_assert_int_eq(
	    fs_read(buf_text(&path), LIMIT_CSV_BYTES, &text), ERR_OK);
	ck_assert_int_eq(ae_read(buf_span(&text), &result), ERR_OK);
	ck_assert_uint_eq(result.bad_total, 0);
	ck_assert_uint_eq(result.row_count, 12765);
	ck_assert_uint_eq(result.set_count, 36);
	ck_assert_uint_eq(organisations(&result), 274);
	ck_assert_str_eq(result.sets[0]->period, "2016-04");
	ck_assert_str_eq(result.sets[35]->period, "2019-03");
	for (size_t i = 0; i < result.set_count; i++) {
		struct buf bytes = { 0 };

		ck_assert_int_eq(indicator_check(result.sets[i]), ERR_OK);
		ck_assert_int_eq(
		    canon_encode(&result.sets[i]->base, &bytes), ERR_OK);
		ck_assert_uint_lt(bytes.size, LIMIT_RECORD_BYTES / 2);
		buf_clear(&bytes);
	}
	format_result_clear(&result);
	buf_clear(&text);
	buf_clear(&path);
}
END_TEST

Suite *test_ae_suite(void)
{
	Suite *suite = suite_create("ae");
	TCase *tests = tcase_create("ae");

	tcase_add_test(tests, rows_become_one_ordered_set_a_period);
	tcase_add_test(tests, the_same_content_gives_the_same_bytes);
	tcase_add_test(
	    tests, bad_rows_are_listed_with_line_and_reason_and_left_out);
	tcase_add_test(
	    tests, of_doubles_the_first_stays_and_the_others_are_bad);
	tcase_add_test(tests, suppressed_counts_are_kept_as_such);
	tcase_add_test(
	    tests, another_header_is_refused_with_the_columns_expected);
	tcase_add_test(tests, a_header_alone_gives_nothing);
	tcase_add_test(
	    tests, text_that_is_not_csv_is_refused_and_leaves_nothing);
	tcase_add_test(tests, a_period_of_too_many_rows_is_refused);
	tcase_add_test(tests, the_real_file_reads_without_a_bad_row);
	suite_add_tcase(suite, tests);
	return suite;
}
