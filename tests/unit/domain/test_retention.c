#include "domain/retention.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

Suite *test_retention_suite(void);

#define DAY_MS (24LL * 3600LL * 1000LL)

static const char *const sound = "# what is over\n"
				 "[rule]\n"
				 "type = intelligence, correction\n"
				 "source = complaint\n"
				 "author = others\n"
				 "verdict = erase\n"
				 "after = 30\n"
				 "\n"
				 "[rule]\n"
				 "author = own\n"
				 "verdict = keep\n"
				 "[rule]\r\n"
				 "kind = hard\n"
				 "verdict = erase\n"
				 "after = 0\n";

static const struct retention_rule *match(const struct retention *rules,
    const char *type, const char *source, const char *kind, const char *author)
{
	const struct retention_subject subject = { .values = { type, source,
						       kind, author } };

	return retention_match(rules, &subject);
}

START_TEST(the_first_rule_that_fits_decides)
{
	struct retention rules;
	const struct retention_rule *rule = NULL;

	ck_assert_msg(retention_parse(span_text(sound), &rules) == ERR_OK, "%s",
	    err_text());
	ck_assert_uint_eq(rules.count, 3);
	rule = match(&rules, "correction", "complaint", "hard", "others");
	ck_assert_uint_eq(rule->line, 2);
	ck_assert(!retention_due(rule, 30 * DAY_MS - 1));
	ck_assert(retention_due(rule, 30 * DAY_MS));
	rule = match(&rules, "correction", "complaint", "hard", "own");
	ck_assert_uint_eq(rule->line, 9);
	ck_assert(!retention_due(rule, INT64_MAX));
	rule = match(&rules, "finding", "", "hard", "others");
	ck_assert_uint_eq(rule->line, 12);
	ck_assert(retention_due(rule, 0));
	ck_assert_ptr_null(match(&rules, "finding", "", "soft", "others"));
	ck_assert_ptr_null(match(&rules, "finding", "", "", "others"));
	retention_clear(&rules);
}
END_TEST

static const struct {
	const char *text;
	const char *hint;
} bad[] = {
	{ "", "no rule" },
	{ "# nothing\n", "no rule" },
	{ "verdict = keep\n", "line 1: a rule begins" },
	{ "[rule]\nhello\n", "line 2: neither" },
	{ "[rule]\ncolour = red\n", "line 2: the keys are" },
	{ "[rule]\nsource = gossip\nverdict = keep\n", "line 2: there is no" },
	{ "[rule]\ntype = roster\nverdict = keep\n", "line 2: there is no" },
	{ "[rule]\ntype = finding,\nverdict = keep\nkind =\n",
	    "line 4: there is no" },
	{ "[rule]\nauthor = me\nverdict = keep\n", "line 2: there is no" },
	{ "[rule]\nkind = hard\n", "line 1: the rule says no verdict" },
	{ "[rule]\nverdict = erase\n", "line 1: the rule does not say after" },
	{ "[rule]\nverdict = keep\nafter = 1\n", "line 1: a rule that keeps" },
	{ "[rule]\nverdict = maybe\n", "line 2: verdict must be" },
	{ "[rule]\nverdict = keep\nverdict = keep\n", "line 3: the same key" },
	{ "[rule]\nafter = -1\nverdict = erase\n", "line 2: after must be" },
	{ "[rule]\nafter = 36501\nverdict = erase\n", "line 2: after must" },
	{ "[rule]\nafter = 99999999999999\nverdict = erase\n", "after must" },
	{ "[rule]\nafter =\nverdict = erase\n", "line 2: after must be" },
	{ "[rule]\nkind = hard\nkind = soft\n", "line 3: the same key" },
	{ "\xff", "UTF-8" },
};

START_TEST(what_is_wrong_is_said_with_its_line)
{
	struct retention rules;

	ck_assert_int_eq(
	    retention_parse(span_text(bad[_i].text), &rules), ERR_INPUT);
	ck_assert_msg(strstr(err_text(), bad[_i].hint) != NULL, "%s: %s",
	    bad[_i].text, err_text());
	ck_assert_uint_eq(rules.count, 0);
}
END_TEST

START_TEST(there_is_an_end_to_rules)
{
	static char text[16384];
	struct retention rules;
	size_t used = 0;

	for (int i = 0; i < 257; i++) {
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "[rule]\nverdict = keep\n");
	}
	ck_assert_int_eq(retention_parse(span_text(text), &rules), ERR_LIMIT);
	memset(text, '#', sizeof text);
	ck_assert_int_eq(
	    retention_parse(span_of(text, sizeof text + 1), &rules), ERR_LIMIT);
}
END_TEST

Suite *test_retention_suite(void)
{
	Suite *suite = suite_create("retention");
	TCase *tests = tcase_create("retention");

	tcase_add_test(tests, the_first_rule_that_fits_decides);
	tcase_add_loop_test(tests, what_is_wrong_is_said_with_its_line, 0,
	    (int)(sizeof bad / sizeof bad[0]));
	tcase_add_test(tests, there_is_an_end_to_rules);
	suite_add_tcase(suite, tests);
	return suite;
}
