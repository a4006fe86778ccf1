#include "domain/guard_text.h"

#include <check.h>
#include <string.h>

Suite *test_guard_text_suite(void);

static struct guard_text read_text(const char *text)
{
	struct guard_text out = { 0 };

	ck_assert_int_eq(guard_text_read(span_text(text), &out), ERR_OK);
	ck_assert_uint_eq(strlen(out.chars), out.count);
	return out;
}

static void folds_to(const char *text, const char *expected)
{
	struct guard_text out = read_text(text);

	ck_assert_str_eq(out.chars, expected);
	guard_text_clear(&out);
}

START_TEST(characters_become_their_ascii_likeness)
{
	folds_to("", "");
	folds_to("Ab9 -@\t\n", "ab9 -@  ");
	folds_to("\xef\xbc\xa1\xef\xbd\x82\xef\xbc\x99", "ab9");
	folds_to("\xd9\xa0\xd9\xa9\xdb\xb0\xdb\xb9", "0909"); /* two scripts */
	folds_to("\xe0\xa5\xa6\xe0\xa5\xaf", "09");           /* Devanagari */
	folds_to("\xf0\x9d\x9f\x8e\xf0\x9d\x9f\xbf", "09");   /* mathematical */
	folds_to("\xf0\x9e\xa5\x90\xf0\x9e\xa5\x99", "09");   /* Adlam */
	folds_to("\xc2\xb2\xe2\x91\xa0", "21"); /* superscript, circled */
	folds_to("\xc2\xa0\xe2\x80\x89\xe3\x80\x80\xe2\x80\xa8", "    ");
	folds_to("\xe2\x80\x90\xe2\x80\x91\xe2\x80\x94\xe2\x88\x92", "----");
	folds_to("\xc3\x89", "e");
	folds_to("e\xcc\x81x", "ex");
	folds_to("1\xe2\x80\x8b\xc2\xad\xef\xbb\xbf\x32", "12");
	folds_to("\xe4\xb8\xad\xd0\xb4", "\x01\x01");
	folds_to("\xc2\xa3\xf0\x9f\x98\x80", "\x02\x02");
	folds_to("\xff\xc3", "\x02\x02");
}
END_TEST

START_TEST(a_nul_does_not_end_the_text)
{
	struct guard_text out = { 0 };

	ck_assert_int_eq(guard_text_read(span_of("a\0b", 3), &out), ERR_OK);
	ck_assert_str_eq(out.chars, "a\x02"
				    "b");
	guard_text_clear(&out);
}
END_TEST

START_TEST(places_point_into_the_original)
{
	struct guard_text out = read_text("A\xe2\x80\x8b\xef\xbc\x99\xc2\xbd");

	/* A half is three characters of one place. */
	ck_assert_uint_eq(out.count, 5);
	ck_assert(out.places[0].upper);
	ck_assert_uint_eq(out.places[0].start, 0);
	ck_assert_uint_eq(out.places[0].end, 1);
	ck_assert_uint_eq(out.places[1].start, 4);
	ck_assert_uint_eq(out.places[1].end, 7);
	ck_assert_uint_eq(out.places[2].start, 7);
	ck_assert_uint_eq(out.places[4].start, 7);
	ck_assert_uint_eq(out.places[4].end, 9);
	ck_assert_int_eq(guard_text_at(&out, 5), '\0');
	ck_assert(!guard_text_digit(&out, 5));
	ck_assert(guard_text_digit(&out, 1));
	ck_assert(guard_text_letter(&out, 0));
	guard_text_clear(&out);
}
END_TEST

START_TEST(words_are_found_whole_and_within_the_range)
{
	static const char *const words[] = { "gmc", "date of birth", "d o b",
		NULL };
	struct guard_text out = read_text("the gmc d.o.b. date-of birth agmc");

	ck_assert(guard_text_near(&out, 0, 7, words));
	ck_assert(!guard_text_near(&out, 0, 6, words));
	ck_assert(guard_text_near(&out, 4, 7, words));
	ck_assert(!guard_text_near(&out, 5, 8, words));
	ck_assert(guard_text_near(&out, 8, 13, words));
	ck_assert(guard_text_near(&out, 15, 28, words));
	ck_assert(!guard_text_near(&out, 28, 99, words));
	guard_text_clear(&out);
}
END_TEST

START_TEST(a_run_inside_a_mix_of_letters_and_digits_is_not_clean)
{
	struct guard_text out = read_text("nhs123 a1b123 123c4 123no");

	ck_assert(guard_text_clean(&out, 3, 6));
	ck_assert(!guard_text_clean(&out, 10, 13));
	ck_assert(!guard_text_clean(&out, 14, 17));
	ck_assert(guard_text_clean(&out, 20, 23));
	guard_text_clear(&out);
}
END_TEST

START_TEST(a_text_may_be_read_after_another)
{
	struct guard_text out = read_text("one and two");

	ck_assert_int_eq(guard_text_read(span_text("3"), &out), ERR_OK);
	ck_assert_str_eq(out.chars, "3");
	guard_text_clear(&out);
	ck_assert_ptr_null(out.chars);
}
END_TEST

Suite *test_guard_text_suite(void)
{
	Suite *suite = suite_create("guard_text");
	TCase *tests = tcase_create("guard_text");

	tcase_add_test(tests, characters_become_their_ascii_likeness);
	tcase_add_test(tests, a_nul_does_not_end_the_text);
	tcase_add_test(tests, places_point_into_the_original);
	tcase_add_test(tests, words_are_found_whole_and_within_the_range);
	tcase_add_test(
	    tests, a_run_inside_a_mix_of_letters_and_digits_is_not_clean);
	tcase_add_test(tests, a_text_may_be_read_after_another);
	suite_add_tcase(suite, tests);
	return suite;
}
