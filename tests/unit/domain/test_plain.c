#include "domain/plain.h"

#include "base/limits.h"
#include "codec/when.h"

#include <check.h>
#include <string.h>

Suite *test_plain_suite(void);

static void text_refused(const char *text, const char *hint)
{
	ck_assert_int_eq(plain_check_text("the text", text), ERR_INPUT);
	ck_assert_msg(
	    strstr(err_text(), hint) != NULL, "%s: %s", hint, err_text());
}

/* "a", a character of U+2000 to U+207F, "b"; made of bytes, lest it turn round
 * this very line. */
static const char *turning(char second, char third)
{
	static char text[6];

	text[0] = 'a';
	text[1] = '\xE2';
	text[2] = second;
	text[3] = third;
	text[4] = 'b';
	return text;
}

START_TEST(lines_tabs_and_any_script_are_plain)
{
	static const char *const good[] = { "", "one line", "two\nlines",
		"two\r\nlines", "a\ttab", "naïve – “quoted” 3½ °C",
		"\xF0\x9F\x91\xA9\xE2\x80\x8D\xE2\x9A\x95\xEF\xB8\x8F",
		"\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xE2\x80\x8F." };

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		ck_assert_msg(plain_check_text("the text", good[i]) == ERR_OK,
		    "%zu: %s", i, err_text());
	ck_assert_int_eq(plain_check_text("the text", NULL), ERR_OK);
}
END_TEST

START_TEST(a_reason_says_something)
{
	char longest[LIMIT_TEXT_BYTES + 2] = { 0 };

	ck_assert_int_eq(plain_check_reason("--reason", NULL), ERR_OK);
	ck_assert_int_eq(plain_check_reason("--reason", "so\nwe do"), ERR_OK);
	ck_assert_int_eq(plain_check_reason("--reason", ""), ERR_INPUT);
	ck_assert_int_eq(plain_check_reason("--reason", " \n"), ERR_INPUT);
	ck_assert_int_eq(plain_check_reason("--reason", "a\x1b"), ERR_INPUT);
	memset(longest, 'a', LIMIT_TEXT_BYTES);
	ck_assert_int_eq(plain_check_reason("--reason", longest), ERR_OK);
	longest[LIMIT_TEXT_BYTES] = 'a';
	ck_assert_int_eq(plain_check_reason("--reason", longest), ERR_LIMIT);
}
END_TEST

/* M369 */
START_TEST(what_reads_otherwise_than_it_is_is_refused)
{
	text_refused("a\x1b[31m", "control character (U+001B, line 1, column "
				  "2)");
	text_refused("a\nbc\rd", "U+000D, line 2, column 3");
	text_refused("\x7f", "U+007F");
	text_refused("\xC2\x9B", "U+009B");
	text_refused(turning('\x80', '\xAE'), "direction-changing");
	text_refused(turning('\x81', '\xA6'), "U+2066");
	text_refused(turning('\x81', '\xA9'), "U+2069");
	text_refused(turning('\x80', '\xAA'), "U+202A");
	text_refused("\xff", "UTF-8");
	text_refused("\xED\xA0\x80", "UTF-8");
}
END_TEST

START_TEST(a_line_is_one_line_and_nothing_in_it_is_invisible)
{
	static const char *const bad[] = { "two\nlines", "a\ttab", "a\x01",
		"zero\xE2\x80\x8B width", " in front", "behind ", "\xff" };
	char line[LIMIT_NAME_BYTES + 2] = "";

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ck_assert_msg(
		    plain_check_line("the theme", bad[i]) == ERR_INPUT, "%zu",
		    i);
	ck_assert_int_eq(
	    plain_check_line("the theme", turning('\x80', '\xAE')), ERR_INPUT);
	memset(line, 'a', LIMIT_NAME_BYTES);
	ck_assert_int_eq(plain_check_line("the theme", line), ERR_OK);
	line[LIMIT_NAME_BYTES] = 'a';
	ck_assert_int_eq(plain_check_line("the theme", line), ERR_LIMIT);
	ck_assert_int_eq(plain_check_line("the theme", ""), ERR_OK);
	ck_assert_int_eq(plain_check_line("the theme", NULL), ERR_OK);
}
END_TEST

static int64_t at(const char *time)
{
	int64_t ms = 0;

	ck_assert_int_eq(when_parse(span_text(time), &ms), ERR_OK);
	return ms;
}

START_TEST(a_day_is_to_come_until_it_is_over_in_london)
{
	int64_t first = at("2013-07-01");

	ck_assert_int_eq(first, at("2013-06-30T23:00:00Z"));
	for (int64_t hour = -1; hour < 24; hour++)
		ck_assert_int_eq(plain_check_coming("it", "2013-07-01",
				     first + hour * 3600000),
		    ERR_OK);
	ck_assert_int_eq(
	    plain_check_coming("it", "2013-07-01", first + 86400000),
	    ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "it is over"));
	ck_assert_int_eq(
	    plain_check_past("it", "2013-07-01", first - 1), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "still to come"));
	ck_assert_int_eq(plain_check_past("it", "2013-07-01", first), ERR_OK);
	ck_assert_int_eq(plain_check_coming("it", "", first), ERR_OK);
	ck_assert_int_eq(plain_check_past("it", NULL, first), ERR_OK);
}
END_TEST

START_TEST(what_is_no_date_is_neither_past_nor_to_come)
{
	static const char *const bad[] = { "2013-02-30", "tomorrow",
		"2013-1-31", "2013-01-31T10:00:00Z" };

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		ck_assert_int_eq(
		    plain_check_coming("it", bad[i], 0), ERR_INPUT);
		ck_assert_ptr_nonnull(strstr(err_text(), "YYYY-MM-DD"));
		ck_assert_int_eq(plain_check_past("it", bad[i], 0), ERR_INPUT);
	}
}
END_TEST

START_TEST(white_space_alone_is_blank)
{
	ck_assert(plain_is_blank(NULL));
	ck_assert(plain_is_blank(""));
	ck_assert(plain_is_blank(" \t\r\n"));
	ck_assert(!plain_is_blank(" . "));
}
END_TEST

Suite *test_plain_suite(void)
{
	Suite *suite = suite_create("plain");
	TCase *tcase = tcase_create("plain");

	tcase_add_test(tcase, lines_tabs_and_any_script_are_plain);
	tcase_add_test(tcase, a_reason_says_something);
	tcase_add_test(tcase, what_reads_otherwise_than_it_is_is_refused);
	tcase_add_test(
	    tcase, a_line_is_one_line_and_nothing_in_it_is_invisible);
	tcase_add_test(tcase, a_day_is_to_come_until_it_is_over_in_london);
	tcase_add_test(tcase, what_is_no_date_is_neither_past_nor_to_come);
	tcase_add_test(tcase, white_space_alone_is_blank);
	suite_add_tcase(suite, tcase);
	return suite;
}
