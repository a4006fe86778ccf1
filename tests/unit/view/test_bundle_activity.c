#include "bag.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/activity.h"
#include "service/query.h"
#include "service/submit.h"

#include <string.h>

Suite *test_bundle_activity_suite(void);

/* Node 0 shared something with 1; three times somebody looked at it. */
static struct fixture fixture;
static struct bag bag;
static struct id32 record;
static struct id32 acts[3];

static void looked(const char *operation)
{
	const struct activity_note note = { .account = "ward.clerk",
		.operation = operation,
		.about = "a <b>search</b>",
		.records = &record,
		.count = 1 };
	OK(activity_read(fixture.nodes[0], &note));
	fixture.now_ms += ACTIVITY_INTERVAL_MS;
	activity_tick(fixture.nodes[0]);
	OK(node_commit(fixture.nodes[0]));
}

static void setup(void)
{
	size_t count = 0;
	fixture_open(&fixture, 2);
	OK(fixture_share(&fixture, 0, 1u << 1, "ours", &record));
	OK(node_commit(fixture.nodes[0]));
	looked("record");
	looked("foi-search");
	looked("audit-record");
	struct node *node = fixture.nodes[0];
	for (uint32_t rid = 1; rid <= views_count(node_views(node)); rid++) {
		if (activity_is_ours(node, rid)) {
			acts[count++] = views_get(node_views(node), rid)->id;
		}
	}
	ck_assert_uint_eq(count, 3);
}

static void teardown(void)
{
	bag_clear(&bag);
	fixture_close(&fixture);
}

static void make(const char *choice, bool open)
{
	bag_clear(&bag);
	bag_make(&fixture, 0, choice, open, &bag);
}

static bool opened(const struct id32 *id)
{
	char name[128];
	(void)snprintf(name, sizeof(name), "data/records/%s/payload",
	    text_hex_id(id).text);
	return bag_find(&bag, name) != NULL;
}

static json_t *reported(void)
{
	const struct bundle_trusts nobody = { 0 };
	struct buf archive = { 0 };
	bag_join(&bag, &archive);
	json_t *report = bag_report(buf_span(&archive), &nobody);
	buf_clear(&archive);
	return report;
}

static long long number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* M435 */
START_TEST(who_opened_what_is_told_only_when_asked_for)
{
	make("{\"all\":true}", true);
	ck_assert_ptr_null(bag_fault(&bag));
	ck_assert(opened(&record));
	for (size_t i = 0; i < 3; i++) {
		ck_assert(!opened(&acts[i]));
	}
	json_t *report = reported();
	ck_assert_ptr_null(json_object_get(report, "activity"));
	json_decref(report);
}
END_TEST

/* M435 */
START_TEST(all_of_it_comes_along_whatever_else_is_chosen)
{
	char choice[160];
	(void)snprintf(choice, sizeof(choice),
	    "{\"record\":[\"%s\"],\"with_activity\":true}",
	    text_hex_id(&record).text);
	make(choice, false);
	ck_assert_ptr_null(bag_fault(&bag));
	/* Nothing else is opened with it. */
	ck_assert(!opened(&record));
	for (size_t i = 0; i < 3; i++) {
		ck_assert(opened(&acts[i]));
	}
	json_t *report = reported();
	const json_t *activity = json_object_get(report, "activity");
	ck_assert_int_eq(number(activity, "records"), 3);
	ck_assert_int_eq(number(activity, "entries"), 3);
	ck_assert_uint_eq(
	    json_array_size(json_object_get(activity, "missing")), 0);
	ck_assert_str_eq(json_string_value(json_object_get(report, "what")),
	    "1 records by their ids, activity");
	json_decref(report);
	/* Nobody's words are markup. */
	const char *page =
	    buf_text(&bag_find(&bag, "data/index.html")->content);
	ck_assert_ptr_nonnull(strstr(page, "ward.clerk"));
	ck_assert_ptr_null(strstr(page, "<b>search"));
	/* All is all, with it too. */
	make("{\"all\":true,\"with_activity\":true}", false);
	ck_assert_ptr_null(bag_fault(&bag));
	bag_remove_record(&bag, &record);
	bag_seal(
	    &bag, &fixture, 0, &(struct bag_claims){ .what = "all, activity" });
	ck_assert_ptr_nonnull(bag_fault(&bag));
}
END_TEST

/* M436 */
START_TEST(one_that_was_left_out_is_named)
{
	const struct bag_claims some = { .what = "some" };
	char wanted[200];
	make("{\"since\":\"2000-01-01\",\"with_activity\":true}", false);
	ck_assert_ptr_null(bag_fault(&bag));
	bag_remove_record(&bag, &acts[1]);
	bag_seal(&bag, &fixture, 0, &some);
	(void)snprintf(wanted, sizeof(wanted),
	    "the record of activity before it, %s, is not here",
	    text_hex_id(&acts[1]).text);
	const char *fault = bag_fault(&bag);
	ck_assert_ptr_nonnull(fault);
	ck_assert_msg(strstr(fault, wanted) != NULL, "%s", fault);
	ck_assert_msg(
	    strstr(fault, text_hex_id(&acts[2]).text) != NULL, "%s", fault);
	json_t *report = reported();
	ck_assert_str_eq(
	    json_string_value(json_array_get(
		json_object_get(json_object_get(report, "activity"), "missing"),
		0)),
	    text_hex_id(&acts[1]).text);
	json_decref(report);
}
END_TEST

/* M436 */
START_TEST(two_that_name_the_same_one_are_told)
{
	Qsg__Payload payload;
	Qsg__Activity content;
	struct id32 previous = acts[1];
	struct id32 made;
	qsg__payload__init(&payload);
	qsg__activity__init(&content);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTIVITY;
	payload.activity = &content;
	content.previous.data = previous.b;
	content.previous.len = sizeof(previous.b);
	OK(submit_payload(fixture.nodes[0], NULL, 0, &payload, &made));
	OK(node_commit(fixture.nodes[0]));
	struct buf archive = { 0 };
	OK(bag_export(&fixture, 0, "{\"all\":true,\"with_activity\":true}",
	    false, &archive));
	const char *fault = bag_fault_of(buf_span(&archive));
	buf_clear(&archive);
	ck_assert_ptr_nonnull(fault);
	ck_assert_msg(strstr(fault, "name the same one") != NULL, "%s", fault);
}
END_TEST

Suite *test_bundle_activity_suite(void)
{
	Suite *suite = suite_create("bundle_activity");
	TCase *tcase = tcase_create("all");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, who_opened_what_is_told_only_when_asked_for);
	tcase_add_test(tcase, all_of_it_comes_along_whatever_else_is_chosen);
	tcase_add_test(tcase, one_that_was_left_out_is_named);
	tcase_add_test(tcase, two_that_name_the_same_one_are_told);
	suite_add_tcase(suite, tcase);
	return suite;
}
