#include "bag.h"
#include "summit_told.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/export.h"
#include "service/receipts.h"

#include <stdio.h>
#include <string.h>

Suite *test_summit_bundle_suite(void);

/* Who signed for what, as a checker says. */
static bool disclosed(const json_t *checked, const struct id32 *record,
    size_t reader, const char *key)
{
	size_t at = 0;
	const json_t *each = NULL;
	const struct fingerprint who =
	    text_fingerprint(node_id(grouped_node(reader)));

	json_array_foreach(json_object_get(checked, "disclosures"), at, each)
	{
		if (strcmp(told_text(each, "record"), told_hex(record)) == 0 &&
		    strcmp(told_text(each, "reader"), who.text) == 0) {
			return json_is_string(json_object_get(each, key));
		}
	}
	return false;
}

/* What a checker says of a bundle that this node made of the summit. */
static json_t *checked(size_t at, bool open)
{
	static const struct bundle_trusts nobody;
	char choice[128];
	struct buf archive = { 0 };
	const char *fault = NULL;
	json_t *out = NULL;

	(void)snprintf(choice, sizeof choice, "{\"summit\":\"%s\"}",
	    told_hex(&told.summit));
	OK(bag_export(&grouped_fixture, at, choice, open, &archive));
	fault = bag_fault_of(buf_span(&archive));
	ck_assert_msg(fault == NULL, "%s", fault);
	out = bag_report(buf_span(&archive), &nobody);
	ck_assert(json_is_true(json_object_get(out, "consistent")));
	buf_clear(&archive);
	return out;
}

static void sign(size_t at)
{
	grouped_fixture.now_ms += RECEIPTS_INTERVAL_MS;
	receipts_tick(grouped_node(at));
	OK(node_commit(grouped_node(at)));
	grouped_spread();
}

/* M705 */
START_TEST(a_bundle_of_a_summit_says_who_signed_for_what_of_whom)
{
	struct id32 answer;
	struct id32 uncounted;

	told_begin();
	answer = told_respond(1, "attending");
	/* CQC's alone: it does not count. */
	uncounted = told_judge(2, "breach");
	for (size_t at = 0; at < 4; at++) {
		sign(at);
	}
	for (size_t at = 0; at < 2; at++) {
		json_t *out = checked(at, true);

		ck_assert(disclosed(out, &told.summit, 1, "receipt"));
		ck_assert(disclosed(out, &told.summit, 1, "signed_at"));
		ck_assert(disclosed(out, &answer, 0, "receipt"));
		ck_assert(disclosed(out, &uncounted, at, "receipt"));
		json_decref(out);
	}
	/* Sealed, it says nothing of readers. */
	json_t *out = checked(0, false);
	ck_assert(!disclosed(out, &told.summit, 1, "receipt"));
	json_decref(out);
}
END_TEST

static bool chosen(size_t at, const char *of, const struct id32 *record)
{
	const struct export_choice choice = { .summit = of,
		.since_ms = INT64_MIN };
	struct export_list list = { 0 };
	bool found = false;

	OK(export_choose(grouped_node(at), &choice, &list));
	for (size_t i = 0; i < list.record_count; i++) {
		found = found || id_equal(&list.records[i], record);
	}
	export_list_clear(&list);
	return found;
}

/* 0 tells nobody of it. */
static struct id32 cite(void)
{
	static struct id32 evidence;

	OK(fixture_share(&grouped_fixture, 0, 0, "for us alone", &evidence));
	OK(node_commit(grouped_node(0)));
	told.reference.relation = canon_lend("cites");
	told.reference.record = told_id(&evidence);
	return evidence;
}

/* M705 */
START_TEST(a_bundle_of_a_summit_holds_that_summit_and_what_it_cites)
{
	const struct export_choice nowhere = { .summit = "ffff",
		.since_ms = INT64_MIN };
	struct export_list list = { 0 };
	struct id32 mine = cite();
	struct id32 other;
	struct id32 older;
	struct id32 newer;
	struct id32 set;
	struct hex32 first;

	told_begin();
	told.reference.record.len = 0;
	first = text_hex_id(&told.summit);
	older = told_judge(1, "none");
	newer = told_judge(1, "serious-failing");
	set = told_act(1, 0, "walk the wards at night");
	other = cite();
	told_begin();
	ck_assert(chosen(0, first.text, &mine));
	ck_assert(chosen(0, first.text, &older));
	ck_assert(chosen(0, first.text, &newer));
	ck_assert(chosen(0, first.text, &set));
	ck_assert(!chosen(0, first.text, &other));
	ck_assert(!chosen(0, first.text, &told.summit));
	/* By how its id begins. */
	first.text[12] = '\0';
	ck_assert(chosen(1, first.text, &older));
	FAILS(export_choose(grouped_node(0), &nowhere, &list), ERR_NOTFOUND);
}
END_TEST

Suite *test_summit_bundle_suite(void)
{
	Suite *suite = suite_create("summit_bundle");
	TCase *tests = tcase_create("summit_bundle");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, told_setup, told_teardown);
	tcase_add_test(
	    tests, a_bundle_of_a_summit_says_who_signed_for_what_of_whom);
	tcase_add_test(
	    tests, a_bundle_of_a_summit_holds_that_summit_and_what_it_cites);
	suite_add_tcase(suite, tests);
	return suite;
}
