#include "domain/org.h"

#include "base/limits.h"
#include "codec/text.h"

#include <check.h>
#include <string.h>

Suite *test_org_suite(void);

START_TEST(every_kind_of_the_guidance_is_known)
{
	static const char *const tokens[] = { "nhs-england-region",
		"nhs-england-area-team", "ccg", "local-authority", "cqc",
		"monitor", "professional-regulator", "nhs-tda", "phe", "hee",
		"letb", "ombudsman", "nice", "healthwatch-local",
		"healthwatch-england", "provider", "police",
		"safeguarding-board", "lsamo", "royal-college",
		"overview-and-scrutiny", "other" };

	ck_assert_uint_eq(org_kind_count(), sizeof tokens / sizeof tokens[0]);
	for (size_t i = 0; i < org_kind_count(); i++) {
		const struct org_kind *kind = org_kind_at(i);

		ck_assert_str_eq(kind->token, tokens[i]);
		ck_assert(org_kind_valid(span_text(tokens[i])));
		ck_assert_ptr_eq(org_kind_find(span_text(tokens[i])), kind);
		ck_assert(text_is_token(span_text(kind->token)));
		ck_assert_uint_gt(strlen(kind->label), 0);
	}
}
END_TEST

START_TEST(other_words_are_no_kind)
{
	ck_assert(!org_kind_valid(span_text("CCG")));
	ck_assert(!org_kind_valid(span_text("ccgs")));
	ck_assert(!org_kind_valid(span_text("cc")));
	ck_assert(!org_kind_valid(span_text("")));
	ck_assert(!org_kind_valid(span_of("ccg\0", 4)));
}
END_TEST

START_TEST(standing_follows_from_the_kind)
{
	ck_assert(org_kind_statutory(span_text("ccg")));
	ck_assert(org_kind_statutory(span_text("cqc")));
	ck_assert(org_kind_statutory(span_text("safeguarding-board")));
	ck_assert(!org_kind_statutory(span_text("royal-college")));
	ck_assert(!org_kind_statutory(span_text("other")));
	ck_assert(!org_kind_statutory(span_text("healthwatch-local")));
	ck_assert(!org_kind_statutory(span_text("provider")));
	ck_assert(!org_kind_statutory(span_text("unheard-of")));
}
END_TEST

START_TEST(codes_are_ods_or_local)
{
	ck_assert(org_code_valid(span_text("07M")));
	ck_assert(org_code_valid(span_text("local:healthwatch/merton")));
	ck_assert(!org_code_valid(span_text("07m")));
	ck_assert(!org_code_valid(span_text("AB")));
	ck_assert(!org_code_valid(span_text("ABCDEFGHI")));
	ck_assert(!org_code_valid(span_text("local:")));
	ck_assert(!org_code_valid(span_text("")));
}
END_TEST

START_TEST(names_are_visible_text_within_the_limit)
{
	char longest[LIMIT_NAME_BYTES + 2];

	memset(longest, 'x', sizeof longest);
	ck_assert(org_name_valid(span_of(longest, LIMIT_NAME_BYTES)));
	ck_assert(!org_name_valid(span_of(longest, LIMIT_NAME_BYTES + 1)));
	ck_assert(org_name_valid(span_text("NHS Barnet CCG")));
	ck_assert(org_name_valid(span_text("x")));
	ck_assert(
	    org_name_valid(span_text("Bwrdd Iechyd Prifysgol \xc5\xb4y")));
}
END_TEST

START_TEST(names_that_could_deceive_are_refused)
{
	static const uint8_t override[] = { 'C', 0xe2, 0x80, 0xae, 'x' };
	static const uint8_t isolate[] = { 'C', 0xe2, 0x81, 0xa6, 'x' };
	static const char *const names[] = { "", " ", " NHS", "NHS ", "NHS\n",
		"N\tHS", "NHS\x7f", "N\x1b[31mHS", "NHS\xc2\x85", "\xff",
		"NH\xc3", "C\xe2\x80\x8bQC",          /* zero-width space */
		"CQC\xe2\x80\x8f", "\xef\xbb\xbfNHS", /* marks */
		"CQC\xe2\x80\xa8x",                   /* line separator */
		"CQC\xee\x80\x80",                    /* private use */
		"\xc2\xa0NHS", "CQC\xe3\x80\x80" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		ck_assert_msg(
		    !org_name_valid(span_text(names[i])), "name %zu", i);
	ck_assert(!org_name_valid(span_of("N\0S", 3)));
	ck_assert(!org_name_valid(span_of(override, sizeof override)));
	ck_assert(!org_name_valid(span_of(isolate, sizeof isolate)));
}
END_TEST

Suite *test_org_suite(void)
{
	Suite *suite = suite_create("org");
	TCase *tests = tcase_create("org");

	tcase_add_test(tests, every_kind_of_the_guidance_is_known);
	tcase_add_test(tests, other_words_are_no_kind);
	tcase_add_test(tests, standing_follows_from_the_kind);
	tcase_add_test(tests, codes_are_ods_or_local);
	tcase_add_test(tests, names_are_visible_text_within_the_limit);
	tcase_add_test(tests, names_that_could_deceive_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
