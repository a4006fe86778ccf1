#define _POSIX_C_SOURCE 200809L

#include "bag.h"
#include "unit/service/granted.h"

#include "codec/canon.h"
#include "codec/text.h"

#include <string.h>

Suite *test_bundle_grants_suite(void);

/* What the report says of this grant, when node `at` exports all it has. */
static json_t *reported(size_t at, const struct id32 *grant, bool open)
{
	const struct bundle_trusts nobody = { NULL, 0 };
	struct buf archive = { 0 };
	struct hex32 name = text_hex_id(grant);
	json_t *report = NULL;
	json_t *found = NULL;
	size_t i = 0;
	json_t *each = NULL;

	OK(bag_export(&granted.fixture, at, "{\"all\":true}", open, &archive));
	report = bag_report(buf_span(&archive), &nobody);
	ck_assert(json_is_true(json_object_get(report, "consistent")));
	json_array_foreach(json_object_get(report, "records"), i, each)
	{
		if (strcmp(json_string_value(json_object_get(each, "record")),
			name.text) == 0) {
			found = json_incref(json_object_get(each, "grant"));
		}
	}
	json_decref(report);
	buf_clear(&archive);
	return found;
}

/* M434 */
START_TEST(what_a_grant_carries_is_checked)
{
	struct id32 record = granted_shared("ask");
	struct hex32 name = text_hex_id(&record);
	struct id32 grant;
	json_t *said = NULL;

	granted_on(0, 1u << 2);
	grant = granted.result.items[0].share.record;
	for (size_t at = 0; at <= 2; at += 2) {
		said = reported(at, &grant, true);
		ck_assert(json_is_true(json_object_get(said, "holds")));
		ck_assert_str_eq(
		    json_string_value(json_object_get(said, "original")),
		    name.text);
		ck_assert(json_is_null(json_object_get(said, "why_not")));
		ck_assert_str_eq(
		    json_string_value(json_object_get(said, "fingerprint")),
		    text_fingerprint(node_id(granted.fixture.nodes[0])).text);
		json_decref(said);
	}
	ck_assert_ptr_null(reported(0, &grant, false));
}
END_TEST

/* M434 */
START_TEST(what_does_not_hold_is_said)
{
	struct id32 grant;
	Qsg__Payload *payload = NULL;
	struct node *node = granted.fixture.nodes[1];
	int64_t reader = 0;
	json_t *said = NULL;

	(void)granted_shared("ask");
	OK(granted_grant(0, 1u << 3));
	payload = granted_payload(0, &granted.result.items[0].share.record);
	payload->grant->body.data[3] ^= 1;
	reader = fixture_org(&granted.fixture, 1, 2);
	OK(submit_payload(node, &reader, 1, payload, &grant));
	OK(node_commit(node));
	said = reported(1, &grant, true);
	ck_assert(json_is_false(json_object_get(said, "holds")));
	ck_assert_str_eq(json_string_value(json_object_get(said, "why_not")),
	    "the body it carries is another");
	ck_assert(json_is_null(json_object_get(said, "author")));
	json_decref(said);
	canon_wipe(&payload->base);
}
END_TEST

Suite *test_bundle_grants_suite(void)
{
	Suite *suite = suite_create("bundle_grants");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, granted_setup, granted_teardown);
	tcase_add_test(tcase, what_a_grant_carries_is_checked);
	tcase_add_test(tcase, what_does_not_hold_is_said);
	suite_add_tcase(suite, tcase);
	return suite;
}
