#include "bag.h"

#include "service/successor.h"

#include <string.h>

Suite *test_bundle_ended_suite(void);

#define ALL "{\"all\":true}"

/* Node 0 exports what it shared with 1, and what 1 shared with it; then logs
 * end. */
static struct fixture fixture;
static struct bag good;
static struct id32 record;

static void setup(void)
{
	struct replica_taken taken;
	fixture_open(&fixture, 2);
	OK(fixture_share(&fixture, 0, 1u << 1, "ours", &record));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_share(&fixture, 1, 1u << 0, "theirs", &record));
	OK(node_commit(fixture.nodes[1]));
	OK(fixture_pull(&fixture, 0, 1, &taken));
	bag_make(&fixture, 0, ALL, true, &good);
}

static void teardown(void)
{
	bag_clear(&good);
	fixture_close(&fixture);
}

/* A log that has just begun holds the seal alone, and what opened its stream.
 */
START_TEST(all_may_be_in_logs_that_have_ended)
{
	const struct bag_claims all = { .what = "all" };
	struct successor_planned planned;
	const char *fault = NULL;
	OK(successor_rotate(fixture.nodes[0], false, &planned));
	OK(node_commit(fixture.nodes[0]));
	bag_clear(&good);
	bag_make(&fixture, 0, ALL, true, &good);
	ck_assert_ptr_null(bag_fault(&good));
	/* Another seal does not hold the first. */
	bag_seal(&good, &fixture, 0, &all);
	fault = bag_fault(&good);
	ck_assert(fault != NULL &&
		  strstr(fault, "its author's own log is not in") != NULL);
}
END_TEST

static const char *verdict(
    const struct bundle_trust *items, size_t count, json_t **report)
{
	const struct bundle_trusts trusts = { items, count };
	struct buf archive = { 0 };
	bag_join(&good, &archive);
	json_decref(*report);
	*report = bag_report(buf_span(&archive), &trusts);
	buf_clear(&archive);
	return json_string_value(json_object_get(*report, "verdict"));
}

/* A log goes on, and ends; the bundle knows nothing of it. */
static void end_log(size_t at, bool compromised)
{
	struct successor_planned planned;
	OK(fixture_share(&fixture, at, 0, "later", &record));
	OK(node_commit(fixture.nodes[at]));
	OK(successor_rotate(fixture.nodes[at], compromised, &planned));
	OK(node_commit(fixture.nodes[at]));
}

static void accept_less(Qsg__Card *card, void *context)
{
	(void)context;
	card->version++;
	card->generations[0]->accepted_heads[0]->size = 1;
}

/* Does a line of the report's list hold this text? */
static bool says(const json_t *report, const char *list, const char *text)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(report, list), at, each)
	{
		if (strstr(json_string_value(each), text) != NULL) {
			return true;
		}
	}
	return false;
}

/* M269 */
START_TEST(a_head_that_its_author_does_not_accept_is_named)
{
	struct bundle_trust trust[2] = { { *node_id(fixture.nodes[0]), NULL },
		{ *node_id(fixture.nodes[1]), NULL } };
	struct buf bytes = { 0 };
	struct card card = { 0 };
	json_t *report = NULL;
	(void)verdict(trust, 2, &report);
	ck_assert(says(report, "proven", "Organisation 1 signed 2"));
	ck_assert(!says(report, "not_proven", "has ended"));
	/* Another's card may well have a higher version. */
	end_log(0, false);
	end_log(0, false);
	trust[0].card = node_card(fixture.nodes[0]);
	end_log(1, _i == 1);
	if (_i == 2) {
		fixture_claim_card(&fixture, 1, accept_less, NULL, &bytes);
		OK(card_parse(buf_span(&bytes), &card));
	}
	trust[1].card = _i == 2 ? &card : node_card(fixture.nodes[1]);
	(void)verdict(trust, 2, &report);
	ck_assert_int_eq(
	    says(report, "proven", "Organisation 1 signed 2"), _i == 0);
	ck_assert_int_eq(
	    says(report, "not_proven", "that Organisation 1 stands by"),
	    _i == 0);
	ck_assert_int_eq(
	    says(report, "not_proven", "that Organisation 1 signed"), _i != 0);
	/* Nothing is said of the others. */
	ck_assert(says(report, "proven", "Organisation 0 signed 2"));
	json_decref(report);
	card_clear(&card);
	buf_clear(&bytes);
}
END_TEST

/* M269 */
START_TEST(a_seal_in_a_log_that_was_disowned_is_named)
{
	struct bundle_trust trust = { *node_id(fixture.nodes[0]), NULL };
	json_t *report = NULL;
	for (int compromised = 0; compromised < 2; compromised++) {
		end_log(0, compromised == 1);
		trust.card = node_card(fixture.nodes[0]);
		(void)verdict(&trust, 1, &report);
		ck_assert(says(report, "proven",
		    "since Organisation 0 exported the bundle"));
		ck_assert(!says(report, "not_proven", "exported"));
	}
	bag_clear(&good);
	bag_make(&fixture, 0, ALL, true, &good);
	end_log(0, true);
	trust.card = node_card(fixture.nodes[0]);
	(void)verdict(&trust, 1, &report);
	ck_assert(!says(report, "proven", "exported"));
	ck_assert(says(report, "not_proven", "that Organisation 0 exported"));
	json_decref(report);
}
END_TEST

Suite *test_bundle_ended_suite(void)
{
	Suite *suite = suite_create("bundle_ended");
	TCase *tests = tcase_create("all");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, all_may_be_in_logs_that_have_ended);
	tcase_add_loop_test(
	    tests, a_head_that_its_author_does_not_accept_is_named, 0, 3);
	tcase_add_test(tests, a_seal_in_a_log_that_was_disowned_is_named);
	suite_add_tcase(suite, tests);
	return suite;
}
