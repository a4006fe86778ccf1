#include "app/call.h"

#include "base/limits.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_call_suite(void);

static enum err decode(
    const char *method, const char *path, const char *body, struct call **out)
{
	struct call_request request = { method, path, span_text(body) };
	*out = NULL;
	return call_decode(&request, out);
}

static void refused(
    const char *method, const char *path, const char *body, enum err why)
{
	struct call *call = NULL;
	ck_assert_int_eq(decode(method, path, body, &call), why);
	ck_assert_ptr_null(call);
}

START_TEST(a_request_becomes_a_call)
{
	struct call *call = NULL;
	ck_assert_int_eq(
	    decode("POST", "/v1/record", "{\"id\":\"0a\"}", &call), ERR_OK);
	ck_assert_str_eq(call->op->name, "record");
	ck_assert_str_eq(
	    json_string_value(json_object_get(call->arguments, "id")), "0a");
	call_free(call);
	ck_assert_int_eq(decode("GET", "/v1/status", "", &call), ERR_OK);
	ck_assert_str_eq(call->op->name, "status");
	call_free(call);
	call_free(NULL);
}
END_TEST

/* M157 */
START_TEST(bad_requests_are_refused)
{
	refused("POST", "/v1/nothing", "{}", ERR_NOTFOUND);
	refused("POST", "/v2/status", "{}", ERR_NOTFOUND);
	refused("POST", "/v1/", "{}", ERR_NOTFOUND);
	refused("POST", "", "{}", ERR_NOTFOUND);
	refused("POST", "/v1/status/", "{}", ERR_NOTFOUND);
	/* These work on files. */
	refused("POST", "/v1/serve", "{}", ERR_NOTFOUND);
	refused("POST", "/v1/init", "{}", ERR_NOTFOUND);
	refused("GET", "/v1/share", "{\"private\":true}", ERR_INPUT);
	refused("DELETE", "/v1/status", "{}", ERR_INPUT);
	refused("POST", "/v1/status", "{", ERR_INPUT);
	refused("POST", "/v1/status", "{} {}", ERR_INPUT);
	refused("POST", "/v1/status", "[]", ERR_INPUT);
	refused("POST", "/v1/status", "\"\"", ERR_INPUT);
	refused(
	    "POST", "/v1/records", "{\"all\":true,\"all\":true}", ERR_INPUT);
	refused("POST", "/v1/records", "{\"author\":\"\xff\"}", ERR_INPUT);
	refused("POST", "/v1/records", "{\"author\":\"\\u0000\"}", ERR_INPUT);
	refused("POST", "/v1/record", "", ERR_INPUT);
}
END_TEST

/* M157 */
START_TEST(a_body_over_the_limit_is_refused)
{
	size_t size = LIMIT_REQUEST_BYTES + 1u;
	char *body = malloc(size);
	ck_assert_ptr_nonnull(body);
	memset(body, ' ', size);
	body[0] = '{';
	body[1] = '}';
	struct call *call = NULL;
	struct call_request request = { "POST", "/v1/status",
		{ (const uint8_t *)body, size } };
	ck_assert_int_eq(call_decode(&request, &call), ERR_LIMIT);
	request.body.size = LIMIT_REQUEST_BYTES;
	ck_assert_int_eq(call_decode(&request, &call), ERR_OK);
	call_free(call);
	free(body);
}
END_TEST

START_TEST(deep_nesting_is_refused)
{
	enum { DEEP = 100000 };
	char *body = malloc(DEEP + 32);
	ck_assert_ptr_nonnull(body);
	memset(body, '[', DEEP + 32);
	ck_assert_int_eq(snprintf(body, 10, "{\"items\":"), 9);
	body[9] = '[';
	struct call *call = NULL;
	struct call_request request = { "POST", "/v1/share-batch",
		{ (const uint8_t *)body, DEEP + 9 } };
	ck_assert_int_eq(call_decode(&request, &call), ERR_INPUT);
	free(body);
}
END_TEST

START_TEST(an_error_is_told_with_its_code_and_what_is_known)
{
	struct call *call = NULL;
	struct ops_answer answer = { .json = json_pack("{s:i}", "sets", 2) };
	ck_assert_int_eq(decode("POST", "/v1/status", "{}", &call), ERR_OK);
	call_fill(call, err_set(ERR_AMBIGUOUS, "which \"one\"?"), &answer);
	ck_assert_uint_eq(call->status, 409);
	ck_assert_str_eq(buf_text(&call->body),
	    "{\"error\":{\"code\":\"ambiguous\",\"message\":\"which "
	    "\\\"one\\\"?\"},\"sets\":2}");
	ck_assert_ptr_null(answer.json);
	call_free(call);
}
END_TEST

START_TEST(an_answer_is_json_of_plain_characters)
{
	struct call *call = NULL;
	struct ops_answer answer = { .json =
					 json_pack("{s:s}", "text", "é\x7f") };
	ck_assert_int_eq(decode("POST", "/v1/status", "{}", &call), ERR_OK);
	call_fill(call, ERR_OK, &answer);
	ck_assert_uint_eq(call->status, 200);
	ck_assert_str_eq(
	    buf_text(&call->body), "{\"text\":\"\\u00E9\\u007f\"}");
	call_free(call);
}
END_TEST

Suite *test_call_suite(void)
{
	Suite *suite = suite_create("call");
	TCase *tests = tcase_create("call");
	tcase_add_test(tests, a_request_becomes_a_call);
	tcase_add_test(tests, bad_requests_are_refused);
	tcase_add_test(tests, a_body_over_the_limit_is_refused);
	tcase_add_test(tests, deep_nesting_is_refused);
	tcase_add_test(tests, an_error_is_told_with_its_code_and_what_is_known);
	tcase_add_test(tests, an_answer_is_json_of_plain_characters);
	suite_add_tcase(suite, tests);
	return suite;
}
