#include "domain/provider.h"

#include <check.h>
#include <string.h>

Suite *test_provider_suite(void);

static const char longest[] =
    "local:0123456789012345678901234567890123456789012345678901234567"
    "89";

START_TEST(codes_are_stored_in_one_way)
{
	static const char *const cases[][2] = { { "RAL", "RAL" },
		{ "ral", "RAL" }, { " r1h\t\n", "R1H" }, { "e84012", "E84012" },
		{ "Local:Care-Home/Merton-1", "local:care-home/merton-1" },
		{ "LOCAL:X", "local:x" }, { longest, longest } };

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct provider_code code;

		ck_assert_int_eq(
		    provider_code_normalise(span_text(cases[i][0]), &code),
		    ERR_OK);
		ck_assert_str_eq(code.text, cases[i][1]);
		ck_assert(provider_code_valid(span_text(code.text)));
	}
}
END_TEST

START_TEST(what_is_no_code_is_refused_with_an_example)
{
	static const char *const cases[] = { "", " ", "RA", "ABCDEFGHI", "R-L",
		"RA L", "local:", "local:a_b", "local:a b", "\xc3\x84RX",
		"local;x" };
	char too_long[sizeof longest + 1];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct provider_code code;

		ck_assert_int_eq(
		    provider_code_normalise(span_text(cases[i]), &code),
		    ERR_INPUT);
		ck_assert_ptr_nonnull(strstr(err_text(), "such as RAL"));
		ck_assert_str_eq(code.text, "");
	}
	memcpy(too_long, longest, sizeof longest);
	too_long[sizeof longest - 1] = 'x';
	ck_assert(!provider_code_valid(span_of(too_long, sizeof longest)));
	ck_assert(!provider_code_acceptable(span_of(too_long, sizeof longest)));
}
END_TEST

START_TEST(a_reader_takes_shapes_of_a_later_version)
{
	ck_assert(provider_code_acceptable(span_text("RAL")));
	ck_assert(provider_code_acceptable(span_text("1-101635456")));
	ck_assert(provider_code_acceptable(span_text(longest)));
	ck_assert(!provider_code_valid(span_text("1-101635456")));
	ck_assert(!provider_code_acceptable(span_text("")));
	ck_assert(!provider_code_acceptable(span_text("a b")));
	ck_assert(!provider_code_acceptable(span_text("\x1b[0m")));
	ck_assert(!provider_code_acceptable(span_text("\xc3\x84")));
}
END_TEST

Suite *test_provider_suite(void)
{
	Suite *suite = suite_create("provider");
	TCase *tests = tcase_create("provider");

	tcase_add_test(tests, codes_are_stored_in_one_way);
	tcase_add_test(tests, what_is_no_code_is_refused_with_an_example);
	tcase_add_test(tests, a_reader_takes_shapes_of_a_later_version);
	suite_add_tcase(suite, tests);
	return suite;
}
