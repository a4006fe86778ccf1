#include "domain/guard_match.h"

#include <check.h>
#include <string.h>

Suite *test_guard_match_suite(void);

typedef size_t (*matcher)(const struct guard_text *text, size_t at);

/* Every place where something starts, and where it ends. */
static void matches(matcher match, const char *text, size_t start, size_t end)
{
	struct guard_text folded = { 0 };

	ck_assert_int_eq(guard_text_read(span_text(text), &folded), ERR_OK);
	for (size_t at = 0; at < folded.count + 2; at++)
		ck_assert_msg(match(&folded, at) == (at == start ? end : 0),
		    "at %zu in: %s", at, text);
	guard_text_clear(&folded);
}

static void misses(matcher match, const char *text)
{
	matches(match, text, SIZE_MAX, 0);
}

START_TEST(a_match_starts_at_one_place_only)
{
	matches(guard_match_nhs_number, "no 999 000 0018.", 3, 15);
	matches(guard_match_gmc_number, "GMC 7654321.", 4, 11);
	matches(guard_match_nmc_pin, "NMC 98I1234E.", 4, 12);
	matches(guard_match_email, "to a.b@nhs.net.", 3, 14);
	matches(guard_match_postcode, "in SW1A 1AA.", 3, 11);
	matches(guard_match_birth_date, "born 3/3/1971.", 5, 13);
	matches(guard_match_phone, "on 0161 496 0000.", 3, 16);
}
END_TEST

START_TEST(context_reaches_forty_characters_back_and_twenty_on)
{
	char text[80];

	memset(text, ' ', sizeof text);
	text[sizeof text - 1] = '\0';
	memcpy(text, "gmc", 3);
	memcpy(text + 40, "7654321", 7);
	matches(guard_match_gmc_number, text, 40, 47);
	memcpy(text + 40, " 7654321", 8);
	misses(guard_match_gmc_number, text);
	memset(text, ' ', 79);
	memcpy(text, "7654321", 7);
	memcpy(text + 24, "gmc", 3);
	matches(guard_match_gmc_number, text, 0, 7);
	memcpy(text + 24, " gmc", 4);
	misses(guard_match_gmc_number, text);
}
END_TEST

START_TEST(birth_words_reach_forty_characters_both_ways)
{
	char text[80];

	memset(text, ' ', sizeof text);
	text[sizeof text - 1] = '\0';
	memcpy(text, "dob", 3);
	memcpy(text + 40, "3/3/1971", 8);
	matches(guard_match_birth_date, text, 40, 48);
	memcpy(text + 40, " 3/3/1971", 9);
	misses(guard_match_birth_date, text);
	memset(text, ' ', 79);
	memcpy(text, "3/3/1971", 8);
	memcpy(text + 45, "dob", 3);
	matches(guard_match_birth_date, text, 0, 8);
	memcpy(text + 45, " dob", 4);
	misses(guard_match_birth_date, text);
}
END_TEST

START_TEST(every_postcode_shape_is_read)
{
	static const char *const codes[] = { "m1 1ae", "b33 8th", "cr2 6xh",
		"dn55 1pt", "w1a 0ax", "ec1a 1bb" };

	for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
		char tight[9] = { 0 };
		size_t size = strlen(codes[i]);

		matches(guard_match_postcode, codes[i], 0, size);
		memcpy(tight, codes[i], size - 4);
		memcpy(tight + size - 4, codes[i] + size - 3, 3);
		matches(guard_match_postcode, tight, 0, size - 1);
	}
}
END_TEST

Suite *test_guard_match_suite(void)
{
	Suite *suite = suite_create("guard_match");
	TCase *tests = tcase_create("guard_match");

	tcase_add_test(tests, a_match_starts_at_one_place_only);
	tcase_add_test(
	    tests, context_reaches_forty_characters_back_and_twenty_on);
	tcase_add_test(tests, birth_words_reach_forty_characters_both_ways);
	tcase_add_test(tests, every_postcode_shape_is_read);
	suite_add_tcase(suite, tests);
	return suite;
}
