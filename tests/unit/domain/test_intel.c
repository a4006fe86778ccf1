#include "domain/intel.h"

#include "base/limits.h"
#include "codec/canon.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_intel_suite(void);

/* Protobuf strings are not const; these are never written to. */
static char provider[] = "RAL";
static char soft[] = "soft";
static char healthwatch[] = "healthwatch";
static char text[] = "Call bells unanswered at night";
static char experience[] = "experience";
static char safety[] = "safety";

static Qsg__Intelligence good(void)
{
	Qsg__Intelligence item;

	qsg__intelligence__init(&item);
	item.provider = provider;
	item.kind = soft;
	item.source = healthwatch;
	item.text = text;
	return item;
}

static void refused(const Qsg__Intelligence *item, const char *hint)
{
	ck_assert_int_eq(intel_check(item), ERR_INPUT);
	ck_assert_msg(
	    strstr(err_text(), hint) != NULL, "%s: %s", hint, err_text());
}

START_TEST(the_least_item_is_fit)
{
	Qsg__Intelligence item = good();

	ck_assert_int_eq(intel_check(&item), ERR_OK);
	ck_assert_int_eq(intel_acceptable(&item), ERR_OK);
}
END_TEST

START_TEST(a_full_item_is_fit)
{
	Qsg__Intelligence item = good();
	char *dimensions[] = { experience, safety };
	uint32_t domains[] = { 1, 2, 3, 4, 5 };
	char concern[] = "concern";
	char likely[] = "likely";
	char convenor[] = "convenor";
	char day[] = "2013-01-31";
	char site[] = "St Helier";

	item.dimensions = dimensions;
	item.n_dimensions = 2;
	item.domains = domains;
	item.n_domains = 5;
	item.stance = concern;
	item.certainty = likely;
	item.capacity = convenor;
	item.observed_on = day;
	item.received_on = day;
	item.site = site;
	item.judgement = text;
	item.caveat = text;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	ck_assert_int_eq(intel_acceptable(&item), ERR_OK);
}
END_TEST

START_TEST(what_is_required_must_be_there)
{
	char none[] = "";
	char blank[] = " \n";
	Qsg__Intelligence item = good();

	item.provider = none;
	refused(&item, "provider");
	item = good();
	item.kind = none;
	refused(&item, "hard, soft");
	item = good();
	item.source = none;
	refused(&item, "healthwatch");
	item = good();
	item.text = none;
	refused(&item, "text");
	item.text = blank;
	refused(&item, "text");
	item.pointer_only = 1;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	item = good();
	item.pointer_only = 1;
	refused(&item, "has no text");
}
END_TEST

START_TEST(an_item_may_be_about_a_theme_instead)
{
	char none[] = "";
	char theme[] = "stroke pathway";
	Qsg__Intelligence item = good();

	item.provider = none;
	item.theme = theme;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	ck_assert_int_eq(intel_acceptable(&item), ERR_OK);
}
END_TEST

START_TEST(an_item_may_be_about_a_group_of_providers)
{
	char none[] = "";
	char name[] = "acute trusts of south London";
	char two_lines[] = "two\nlines";
	char *too_long = calloc(1, LIMIT_NAME_BYTES + 2);
	Qsg__Intelligence item = good();

	memset(too_long, 'x', LIMIT_NAME_BYTES + 1);
	item.provider = none;
	item.provider_group = name;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	ck_assert_int_eq(intel_acceptable(&item), ERR_OK);
	item.provider_group = two_lines;
	refused(&item, "the provider group");
	item.provider_group = too_long;
	ck_assert_int_eq(intel_check(&item), ERR_LIMIT);
	ck_assert_int_eq(intel_acceptable(&item), ERR_LIMIT);
	free(too_long);
}
END_TEST

START_TEST(only_a_concern_is_significant)
{
	char concern[] = "concern";
	char assurance[] = "assurance";
	char none[] = "";
	Qsg__Intelligence item = good();

	item.significant = 1;
	item.stance = concern;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	item.stance = none;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	item.stance = assurance;
	refused(&item, "only a concern");
}
END_TEST

START_TEST(days_are_on_their_side_of_today)
{
	char day[] = "2026-11-29";
	Qsg__Handling handling;
	Qsg__Intelligence item = good();

	qsg__handling__init(&handling);
	item.observed_on = item.received_on = handling.review_on = day;
	ck_assert_int_eq(
	    intel_check_today(&item, &handling, "2026-11-29"), ERR_OK);
	ck_assert_int_eq(
	    intel_check_today(&item, NULL, "2026-11-28"), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "day observed"));
	item.observed_on = canon_lend("");
	ck_assert_int_eq(
	    intel_check_today(&item, NULL, "2026-11-28"), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "day received"));
	ck_assert_int_eq(intel_check_today(&item, NULL, "2026-11-30"), ERR_OK);
	ck_assert_int_eq(
	    intel_check_today(&item, &handling, "2026-11-30"), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "day of review"));
}
END_TEST

START_TEST(an_author_uses_the_vocabularies)
{
	char word[] = "rumour";
	char *dimensions[] = { word };
	Qsg__Intelligence item = good();

	item.kind = word;
	refused(&item, "kind must be one of hard, soft");
	item = good();
	item.source = word;
	refused(&item, "source must be one of commissioning");
	item = good();
	item.stance = word;
	refused(&item, "good-practice");
	item = good();
	item.certainty = word;
	refused(&item, "certainty");
	item = good();
	item.capacity = word;
	refused(&item, "capacity");
	item = good();
	item.dimensions = dimensions;
	item.n_dimensions = 1;
	refused(&item, "effectiveness, safety, experience");
	ck_assert_int_eq(intel_acceptable(&item), ERR_OK);
}
END_TEST

START_TEST(provider_dates_and_domains_must_be_real)
{
	char small[] = "ral";
	char day[] = "2013-02-30";
	char first[] = "2013-02-01";
	char second[] = "2013-02-02";
	uint32_t domains[] = { 1, 6 };
	char *twice[] = { safety, safety };
	Qsg__Intelligence item = good();

	item.provider = small;
	refused(&item, "ODS");
	item = good();
	item.observed_on = day;
	refused(&item, "YYYY-MM-DD");
	item.observed_on = second;
	item.received_on = first;
	refused(&item, "before");
	item.observed_on = first;
	item.received_on = second;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	item.domains = domains;
	item.n_domains = 2;
	refused(&item, "1 to 5");
	domains[1] = 0;
	refused(&item, "1 to 5");
	domains[1] = 1;
	refused(&item, "once");
	domains[1] = 2;
	item.dimensions = twice;
	item.n_dimensions = 2;
	refused(&item, "once");
}
END_TEST

START_TEST(free_text_is_limited_as_a_whole)
{
	char *longest = calloc(1, LIMIT_TEXT_BYTES + 1);
	char one[] = "x";
	Qsg__Intelligence item = good();

	ck_assert_ptr_nonnull(longest);
	memset(longest, 'a', LIMIT_TEXT_BYTES);
	item.text = longest;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	ck_assert_int_eq(intel_acceptable(&item), ERR_OK);
	item.caveat = one;
	ck_assert_int_eq(intel_check(&item), ERR_LIMIT);
	ck_assert_int_eq(intel_acceptable(&item), ERR_LIMIT);
	free(longest);
}
END_TEST

START_TEST(lines_are_short_and_plain)
{
	char longest[LIMIT_NAME_BYTES + 2] = { 0 };
	char control[] = "ward\n7";
	char wrong[] = "\xff";
	Qsg__Intelligence item = good();

	memset(longest, 'a', LIMIT_NAME_BYTES);
	item.ward = longest;
	ck_assert_int_eq(intel_check(&item), ERR_OK);
	longest[LIMIT_NAME_BYTES] = 'a';
	ck_assert_int_eq(intel_check(&item), ERR_LIMIT);
	ck_assert_int_eq(intel_acceptable(&item), ERR_LIMIT);
	item.ward = control;
	refused(&item, "ward");
	item.ward = wrong;
	refused(&item, "UTF-8");
	item = good();
	item.judgement = wrong;
	refused(&item, "UTF-8");
}
END_TEST

/* M369: the same as of every other text. */
START_TEST(texts_are_what_they_look_like)
{
	char escape[] = "a\x1b[31m";
	char turning[] = { 'a', '\xE2', '\x80', '\xAE', 'b', '\0' };
	char *const bad[] = { escape, turning };

	for (size_t i = 0; i < 2; i++) {
		Qsg__Intelligence item = good();
		Qsg__Handling handling;

		item.text = bad[i];
		refused(&item, i ? "direction-changing" : "control");
		item = good();
		item.judgement = bad[i];
		refused(&item, "the judgement");
		item = good();
		item.caveat = bad[i];
		refused(&item, "the caveat");
		item = good();
		item.site = bad[i];
		refused(&item, "site");
		qsg__handling__init(&handling);
		handling.foi_note = bad[i];
		ck_assert_int_eq(intel_check_handling(&handling), ERR_INPUT);
	}
}
END_TEST

START_TEST(a_reader_takes_words_and_codes_of_a_later_version)
{
	char word[] = "patient-portal";
	char cqc_id[] = "1-101635456";
	uint32_t domains[] = { 6 };
	Qsg__Intelligence item = good();

	item.source = word;
	item.kind = word;
	item.stance = word;
	item.provider = cqc_id;
	item.domains = domains;
	item.n_domains = 1;
	ck_assert_int_eq(intel_acceptable(&item), ERR_OK);
	ck_assert_int_eq(intel_check(&item), ERR_INPUT);
}
END_TEST

START_TEST(a_reader_refuses_bad_form_without_repeating_it)
{
	char bad[] = "Evil\x1b[31m";
	char none[] = "";
	char *dimensions[17];
	Qsg__Intelligence item = good();

	item.source = bad;
	ck_assert_int_eq(intel_acceptable(&item), ERR_FORMAT);
	ck_assert_ptr_null(strstr(err_text(), "Evil"));
	item = good();
	item.observed_on = bad;
	ck_assert_int_eq(intel_acceptable(&item), ERR_FORMAT);
	item = good();
	item.provider = bad;
	ck_assert_int_eq(intel_acceptable(&item), ERR_FORMAT);
	item.provider = none;
	ck_assert_int_eq(intel_acceptable(&item), ERR_FORMAT);
	item = good();
	item.kind = none;
	ck_assert_int_eq(intel_acceptable(&item), ERR_FORMAT);
	item = good();
	item.text = none;
	ck_assert_int_eq(intel_acceptable(&item), ERR_FORMAT);
	item = good();
	for (size_t i = 0; i < 17; i++)
		dimensions[i] = safety;
	item.dimensions = dimensions;
	item.n_dimensions = 17;
	ck_assert_int_eq(intel_acceptable(&item), ERR_LIMIT);
	dimensions[0] = bad;
	item.n_dimensions = 1;
	ck_assert_int_eq(intel_acceptable(&item), ERR_FORMAT);
}
END_TEST

START_TEST(handling_is_checked_likewise)
{
	Qsg__Handling handling;
	char official[] = "official";
	char group[] = "group";
	char later[] = "secret-of-2030";
	char day[] = "2014-01-01";
	char bad[] = "No Token";

	qsg__handling__init(&handling);
	ck_assert_int_eq(intel_check_handling(NULL), ERR_OK);
	ck_assert_int_eq(intel_acceptable_handling(NULL), ERR_OK);
	handling.marking = official;
	handling.onward = group;
	handling.review_on = day;
	ck_assert_int_eq(intel_check_handling(&handling), ERR_OK);
	handling.marking = later;
	ck_assert_int_eq(intel_check_handling(&handling), ERR_INPUT);
	ck_assert_int_eq(intel_acceptable_handling(&handling), ERR_OK);
	handling.marking = bad;
	ck_assert_int_eq(intel_acceptable_handling(&handling), ERR_FORMAT);
	handling.marking = official;
	handling.onward = later;
	ck_assert_int_eq(intel_check_handling(&handling), ERR_INPUT);
	handling.onward = group;
	handling.review_on = later;
	ck_assert_int_eq(intel_check_handling(&handling), ERR_INPUT);
}
END_TEST

START_TEST(a_role_is_one_of_the_vocabulary)
{
	ck_assert_int_eq(intel_check_role("administrator"), ERR_OK);
	ck_assert_int_eq(intel_check_role(""), ERR_INPUT);
	ck_assert_int_eq(intel_check_role("king"), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "caldicott-guardian"));
}
END_TEST

Suite *test_intel_suite(void)
{
	Suite *suite = suite_create("intel");
	TCase *tests = tcase_create("intel");

	tcase_add_test(tests, the_least_item_is_fit);
	tcase_add_test(tests, a_full_item_is_fit);
	tcase_add_test(tests, what_is_required_must_be_there);
	tcase_add_test(tests, an_item_may_be_about_a_theme_instead);
	tcase_add_test(tests, an_item_may_be_about_a_group_of_providers);
	tcase_add_test(tests, only_a_concern_is_significant);
	tcase_add_test(tests, days_are_on_their_side_of_today);
	tcase_add_test(tests, an_author_uses_the_vocabularies);
	tcase_add_test(tests, provider_dates_and_domains_must_be_real);
	tcase_add_test(tests, free_text_is_limited_as_a_whole);
	tcase_add_test(tests, lines_are_short_and_plain);
	tcase_add_test(tests, texts_are_what_they_look_like);
	tcase_add_test(
	    tests, a_reader_takes_words_and_codes_of_a_later_version);
	tcase_add_test(tests, a_reader_refuses_bad_form_without_repeating_it);
	tcase_add_test(tests, handling_is_checked_likewise);
	tcase_add_test(tests, a_role_is_one_of_the_vocabulary);
	suite_add_tcase(suite, tests);
	return suite;
}
