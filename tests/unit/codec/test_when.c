#define _DEFAULT_SOURCE

#include "codec/when.h"

#include "base/rng.h"

#include <check.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

Suite *test_when_suite(void);

static int64_t parse(const char *text)
{
	int64_t out = 0;
	ck_assert_msg(when_parse(span_text(text), &out) == ERR_OK, "%s", text);
	return out;
}

START_TEST(utc_is_rfc_3339)
{
	ck_assert_str_eq(when_utc(0).text, "1970-01-01T00:00:00.000Z");
	ck_assert_str_eq(when_utc(-1).text, "1969-12-31T23:59:59.999Z");
	ck_assert_str_eq(
	    when_utc(1000000000123LL).text, "2001-09-09T01:46:40.123Z");
	ck_assert_str_eq(
	    when_utc(951782400000LL).text, "2000-02-29T00:00:00.000Z");
}
END_TEST

START_TEST(years_stay_within_four_digits)
{
	ck_assert_str_eq(when_utc(INT64_MAX).text, "9999-12-31T23:59:59.999Z");
	ck_assert_str_eq(when_utc(INT64_MIN).text, "0001-01-01T00:00:00.000Z");
	ck_assert_str_eq(
	    when_london(INT64_MAX).text, "31 Dec 9999 23:59:59 GMT");
	ck_assert_str_eq(when_london(INT64_MIN).text, "1 Jan 1 00:00:00 GMT");
}
END_TEST

START_TEST(a_day_ends_when_it_does_in_london)
{
	ck_assert_str_eq(when_date(0).text, "1970-01-01");
	/* Winter: midnight is that of UTC; summer: an hour before. */
	ck_assert_str_eq(
	    when_date(parse("2026-01-31T23:59:59Z")).text, "2026-01-31");
	ck_assert_str_eq(
	    when_date(parse("2026-06-30T22:59:59Z")).text, "2026-06-30");
	ck_assert_str_eq(
	    when_date(parse("2026-06-30T23:00:00Z")).text, "2026-07-01");
	ck_assert_str_eq(when_date(parse("2026-06-30")).text, "2026-06-30");
	ck_assert_str_eq(when_date(INT64_MAX).text, "9999-12-31");
}
END_TEST

/* The C library's calendar is another implementation. */
START_TEST(utc_agrees_with_the_c_library)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 8);
	for (int i = 0; i < 20000; i++) {
		char want[96];
		/* years 1 to about 9000 */
		int64_t second =
		    (int64_t)rng_below(&rng, 284000000000ULL) - 62135596800LL;
		time_t time = (time_t)second;
		struct tm parts;
		ck_assert_ptr_nonnull(gmtime_r(&time, &parts));
		(void)snprintf(want, sizeof(want),
		    "%04d-%02d-%02dT%02d:%02d:%02d.007Z", parts.tm_year + 1900,
		    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
		    parts.tm_min, parts.tm_sec);
		struct when got = when_utc(second * 1000 + 7);
		ck_assert_msg(strcmp(got.text, want) == 0,
		    "seed 8, round %d: %s is not %s", i, got.text, want);
		ck_assert_int_eq(parse(want), second * 1000 + 7);
	}
}
END_TEST

struct edge {
	const char *before; /* the last second of one half of the year */
	const char *local_before;
	const char *local_after;
};

static const struct edge edges[] = {
	{ "1996-03-31T00:59:59Z", "31 Mar 1996 00:59:59 GMT",
	    "31 Mar 1996 02:00:00 BST" },
	{ "1996-10-27T00:59:59Z", "27 Oct 1996 01:59:59 BST",
	    "27 Oct 1996 01:00:00 GMT" },
	{ "2024-03-31T00:59:59Z", "31 Mar 2024 00:59:59 GMT",
	    "31 Mar 2024 02:00:00 BST" },
	{ "2024-10-27T00:59:59Z", "27 Oct 2024 01:59:59 BST",
	    "27 Oct 2024 01:00:00 GMT" },
	{ "2025-03-30T00:59:59Z", "30 Mar 2025 00:59:59 GMT",
	    "30 Mar 2025 02:00:00 BST" },
	{ "2025-10-26T00:59:59Z", "26 Oct 2025 01:59:59 BST",
	    "26 Oct 2025 01:00:00 GMT" },
	{ "2026-03-29T00:59:59Z", "29 Mar 2026 00:59:59 GMT",
	    "29 Mar 2026 02:00:00 BST" },
	{ "2026-10-25T00:59:59Z", "25 Oct 2026 01:59:59 BST",
	    "25 Oct 2026 01:00:00 GMT" },
	{ "2030-03-31T00:59:59Z", "31 Mar 2030 00:59:59 GMT",
	    "31 Mar 2030 02:00:00 BST" },
	{ "2199-03-31T00:59:59Z", "31 Mar 2199 00:59:59 GMT",
	    "31 Mar 2199 02:00:00 BST" },
};

START_TEST(london_changes_on_the_last_sundays)
{
	int64_t before = parse(edges[_i].before);
	ck_assert_str_eq(
	    when_london(before + 999).text, edges[_i].local_before);
	ck_assert_str_eq(
	    when_london(before + 1000).text, edges[_i].local_after);
}
END_TEST

START_TEST(london_is_for_people)
{
	ck_assert_str_eq(when_london(parse("2026-11-22T07:46:24Z")).text,
	    "22 Nov 2026 07:46:24 GMT");
	ck_assert_str_eq(when_london(parse("2026-07-01T23:30:00Z")).text,
	    "2 Jul 2026 00:30:00 BST");
	ck_assert_str_eq(when_london(parse("2026-12-31T23:59:59Z")).text,
	    "31 Dec 2026 23:59:59 GMT");
}
END_TEST

START_TEST(date_means_its_first_instant_in_london)
{
	static const char *const pairs[][2] = {
		{ "2026-11-22", "2026-11-22T00:00:00Z" },
		{ "2026-07-01", "2026-06-30T23:00:00Z" },
		{ "2026-03-29", "2026-03-29T00:00:00Z" },
		{ "2026-03-30", "2026-03-29T23:00:00Z" },
		{ "2026-10-25", "2026-10-24T23:00:00Z" },
		{ "2026-10-26", "2026-10-26T00:00:00Z" },
		{ "2026-01-01", "2026-01-01T00:00:00Z" },
		{ "2024-02-29", "2024-02-29T00:00:00Z" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		ck_assert_msg(parse(pairs[i][0]) == parse(pairs[i][1]), "%s",
		    pairs[i][0]);
	}
}
END_TEST

/* Every day from 1996 to 2199: London's date at its first instant is that
 * day at midnight, and a moment earlier it is not. */
START_TEST(every_date_starts_at_midnight_in_london)
{
	for (int64_t day = 9496; day < 84006; day++) {
		char date[16];
		char want[96];
		(void)snprintf(
		    date, sizeof(date), "%.10s", when_utc(day * 86400000).text);
		int64_t first = parse(date);
		struct when at = when_london(first);
		struct when earlier = when_london(first - 1);
		(void)snprintf(want, sizeof(want), " %.4s 00:00:00 ", date);
		ck_assert_msg(
		    strstr(at.text, want) != NULL, "%s %s", date, at.text);
		ck_assert_msg(strstr(earlier.text, " 23:59:59 ") != NULL,
		    "%s %s", date, earlier.text);
	}
}
END_TEST

START_TEST(times_carry_zones_and_fractions)
{
	int64_t noon = 1795348800000LL; /* 2026-11-22T12:00:00Z */
	ck_assert_str_eq(when_utc(noon).text, "2026-11-22T12:00:00.000Z");
	ck_assert_int_eq(parse("2026-11-22T12:00:00Z"), noon);
	ck_assert_int_eq(parse("2026-11-22t12:00:00z"), noon);
	ck_assert_int_eq(parse("2026-11-22 12:00:00+00:00"), noon);
	ck_assert_int_eq(parse("2026-11-22T13:00:00+01:00"), noon);
	ck_assert_int_eq(parse("2026-11-22T06:30:00-05:30"), noon);
	ck_assert_int_eq(parse("2026-11-23T02:00:00+14:00"), noon);
	ck_assert_int_eq(parse("2026-11-22T12:00:00.5Z"), noon + 500);
	ck_assert_int_eq(parse("2026-11-22T12:00:00.1234567Z"), noon + 123);
	ck_assert_int_eq(parse("2026-11-22T12:00:00.0009Z"), noon);
	ck_assert_str_eq(when_utc(parse("0001-01-01T00:01:00+00:01")).text,
	    "0001-01-01T00:00:00.000Z");
	ck_assert_str_eq(when_utc(parse("9999-12-31T23:58:59-00:01")).text,
	    "9999-12-31T23:59:59.000Z");
}
END_TEST

START_TEST(what_is_no_time_is_refused)
{
	static const char *const bad[] = { "", "2026", "2026-11", "2026-11-2",
		"26-11-22", "2026-00-01", "2026-13-01", "2026-11-00",
		"2026-11-31", "2026-02-29", "2100-02-29", "0000-01-01",
		"2026/11/22", "2026-11-22T", "2026-11-22T12:00:00",
		"2026-11-22T12:00Z", "2026-11-22T24:00:00Z",
		"2026-11-22T12:60:00Z", "2026-11-22T12:00:60Z",
		"2026-11-22T12:00:00.Z", "2026-11-22T12:00:00+1:00",
		"2026-11-22T12:00:00+0100", "2026-11-22T12:00:00+24:00",
		"2026-11-22T12:00:00Zx", " 2026-11-22", "2026-11-22 ",
		"2026-11-22Z", "+026-11-22", "2026-11-22T12:00:00 Z",
		"0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t out = 0;
		ck_assert_msg(when_parse(span_text(bad[i]), &out) == ERR_INPUT,
		    "%s", bad[i]);
	}
	int64_t out = 0;
	ck_assert_int_eq(
	    when_parse(span_of("2026-11-22\0", 11), &out), ERR_INPUT);
}
END_TEST

START_TEST(dates_are_real_days)
{
	ck_assert(when_is_date(span_text("2026-11-22")));
	ck_assert(when_is_date(span_text("2000-02-29")));
	ck_assert(!when_is_date(span_text("1900-02-29")));
	ck_assert(!when_is_date(span_text("2026-11-22T00:00:00Z")));
	ck_assert(!when_is_date(span_text("2026-11-221")));
	ck_assert(!when_is_date(span_text("2026-11")));
	ck_assert(!when_is_date(span_text("")));
}
END_TEST

Suite *test_when_suite(void)
{
	Suite *suite = suite_create("when");
	TCase *tcase = tcase_create("when");
	tcase_add_test(tcase, utc_is_rfc_3339);
	tcase_add_test(tcase, a_day_ends_when_it_does_in_london);
	tcase_add_test(tcase, years_stay_within_four_digits);
	tcase_add_test(tcase, utc_agrees_with_the_c_library);
	tcase_add_loop_test(tcase, london_changes_on_the_last_sundays, 0,
	    (int)(sizeof(edges) / sizeof(edges[0])));
	tcase_add_test(tcase, london_is_for_people);
	tcase_add_test(tcase, date_means_its_first_instant_in_london);
	tcase_add_test(tcase, every_date_starts_at_midnight_in_london);
	tcase_add_test(tcase, times_carry_zones_and_fractions);
	tcase_add_test(tcase, what_is_no_time_is_refused);
	tcase_add_test(tcase, dates_are_real_days);
	suite_add_tcase(suite, tcase);
	return suite;
}
