#include "unit/service/fixture.h"

#include "codec/text.h"
#include "view/paper.h"
#include "view/quarantine_json.h"
#include "view/report.h"

#include <string.h>

Suite *test_quarantine_json_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 2);
	fixture.now_ms = 1782903600000; /* 2026-07-01T11:00:00Z */
	replica_reject(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
	    "malformed", "not \033[31ma message", span_of("gar\0bage", 8));
	fixture_peer(&fixture, 0, 1)->rejected.others.bytes =
	    LIMIT_QUARANTINE_HOUR_BYTES;
	replica_reject(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
	    "bad-proof", "a proof that does not fit", span_text("more"));
	OK(node_commit(fixture.nodes[0]));
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static enum err append(void *context, const struct quarantine_item *item)
{
	json_t *element = quarantine_json_item(fixture.nodes[0], item);

	ck_assert_int_eq(json_array_append_new(context, element), 0);
	return ERR_OK;
}

static json_t *list(size_t max)
{
	json_t *array = json_array();

	OK(query_quarantine(fixture.nodes[0], max, append, array));
	return array;
}

START_TEST(an_item_tells_who_sent_what_when_and_why_it_was_refused)
{
	json_t *array = list(SIZE_MAX);
	const json_t *newest = json_array_get(array, 0);
	const json_t *oldest = json_array_get(array, 1);

	ck_assert_uint_eq(json_array_size(array), 2);
	ck_assert_uint_eq(json_object_size(oldest), 9);
	ck_assert_int_eq(paper_number(oldest, "item"), 1);
	ck_assert_str_eq(paper_member(oldest, "peer"),
	    text_fingerprint(node_id(fixture.nodes[1])).text);
	ck_assert_str_eq(paper_member(oldest, "peer_name"), "Organisation 1");
	ck_assert_str_eq(
	    paper_member(oldest, "received_at"), "2026-07-01T11:00:00.000Z");
	ck_assert_str_eq(paper_member(oldest, "code"), "malformed");
	ck_assert_str_eq(
	    paper_member(oldest, "reason"), "not \033[31ma message");
	ck_assert_int_eq(paper_number(oldest, "size"), 8);
	ck_assert_uint_eq(strlen(paper_member(oldest, "hash")), 64);
	ck_assert(json_is_true(json_object_get(oldest, "kept")));
	ck_assert_int_eq(paper_number(newest, "item"), 2);
	ck_assert(json_is_false(json_object_get(newest, "kept")));
	json_decref(array);
	array = list(1);
	ck_assert_uint_eq(json_array_size(array), 1);
	json_decref(array);
}
END_TEST

START_TEST(the_bytes_of_an_item_are_as_they_came)
{
	json_t *object = NULL;

	OK(quarantine_json_bytes(fixture.nodes[0], 1, &object));
	ck_assert_int_eq(paper_number(object, "item"), 1);
	ck_assert_int_eq(paper_number(object, "size"), 8);
	ck_assert_str_eq(paper_member(object, "bytes"), "Z2FyAGJhZ2U=");
	json_decref(object);
	FAILS(
	    quarantine_json_bytes(fixture.nodes[0], 2, &object), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "item 2 are not kept"));
	FAILS(
	    quarantine_json_bytes(fixture.nodes[0], 3, &object), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "no item 3"));
}
END_TEST

/* M160 */
START_TEST(people_see_an_item_a_line_in_london_time)
{
	struct paper paper = { .ascii = true };
	json_t *array = list(SIZE_MAX);

	report_quarantine(&paper, array);
	ck_assert_str_eq(buf_text(&paper.out),
	    "     2  1 Jul 2026 12:00:00 BST  Organisation 1  bad-proof: "
	    "a proof that does not fit  4 bytes, not kept\n"
	    "     1  1 Jul 2026 12:00:00 BST  Organisation 1  malformed: "
	    "not \\x1b[31ma message  8 bytes, kept\n");
	buf_clear(&paper.out);
	json_decref(array);
}
END_TEST

Suite *test_quarantine_json_suite(void)
{
	Suite *suite = suite_create("quarantine_json");
	TCase *tests = tcase_create("quarantine_json");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, an_item_tells_who_sent_what_when_and_why_it_was_refused);
	tcase_add_test(tests, the_bytes_of_an_item_are_as_they_came);
	tcase_add_test(tests, people_see_an_item_a_line_in_london_time);
	suite_add_tcase(suite, tests);
	return suite;
}
