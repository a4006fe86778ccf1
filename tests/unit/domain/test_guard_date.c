#include "domain/guard_date.h"

#include <check.h>
#include <string.h>

Suite *test_guard_date_suite(void);

static size_t end_of(const char *text, size_t at)
{
	struct guard_text folded = { 0 };
	size_t end = 0;

	ck_assert_int_eq(guard_text_read(span_text(text), &folded), ERR_OK);
	end = guard_date_end(&folded, at);
	guard_text_clear(&folded);
	return end;
}

START_TEST(dates_are_read_to_their_end)
{
	static const char *const dates[] = { "03/03/1971", "3/3/71", "3.3.1971",
		"03-03-71", "1971-03-03", "1971/03/03", "03 03 1971",
		"03 / 03 / 1971", "31/12/2013", "12/31/2013", "03031971",
		"19710303", "3 March 1971", "3rd March 1971",
		"3rd of March 1971", "3 MAR 71", "3-Mar-1971", "3/mar/71",
		"3 March, 1971", "March 3 1971", "March 3rd, 1971",
		"Mar. 3 1971", "3march1971", "1 st May 2000",
		"29 february 1900", "3 Sept '71" };

	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		struct buf text = { 0 };

		ck_assert_msg(end_of(dates[i], 0) == strlen(dates[i]),
		    "%s: %zu", dates[i], end_of(dates[i], 0));
		ck_assert_int_eq(
		    buf_printf(&text, "%s and 3", dates[i]), ERR_OK);
		ck_assert_msg(end_of(buf_text(&text), 0) == strlen(dates[i]),
		    "%s", dates[i]);
		buf_clear(&text);
	}
}
END_TEST

START_TEST(other_figures_are_no_dates)
{
	static const char *const texts[] = { "", "3", "March", "3 March",
		"March 1971", "1971", "03/1971", "32/01/1971", "13/13/1971",
		"0/1/1971", "1/0/1971", "1/1/1", "1/1/971", "1/1/1700",
		"1/1/2200", "1/1-1971", "03 03 71", "1/1/19711", "99999999",
		"13321971", "3 Marching 1971", "3 foo 1971", "March 32 1971",
		"1.5", "1.2.3", "10.5 and 3", "123/4/1971", "12:30:1971" };

	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ck_assert_msg(end_of(texts[i], 0) == 0, "%s", texts[i]);
}
END_TEST

START_TEST(a_date_begins_where_a_token_begins)
{
	ck_assert_uint_eq(end_of("x 3/3/1971", 2), 10);
	ck_assert_uint_eq(end_of("13/3/1971", 1), 0);
	ck_assert_uint_eq(end_of("dob3/3/1971", 3), 11);
	ck_assert_uint_eq(end_of("xmarch 3 1971", 1), 0);
}
END_TEST

Suite *test_guard_date_suite(void)
{
	Suite *suite = suite_create("guard_date");
	TCase *tests = tcase_create("guard_date");

	tcase_add_test(tests, dates_are_read_to_their_end);
	tcase_add_test(tests, other_figures_are_no_dates);
	tcase_add_test(tests, a_date_begins_where_a_token_begins);
	suite_add_tcase(suite, tests);
	return suite;
}
