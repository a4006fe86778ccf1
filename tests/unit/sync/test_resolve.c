#include "sync/resolve.h"

#include <check.h>
#include <poll.h>
#include <string.h>

Suite *test_resolve_suite(void);

/* M147 */
START_TEST(numeric_endpoints_need_nobody_to_look_them_up)
{
	static const char *const numeric[][2] = {
		{ "tcp://127.0.0.1:7101", "tcp://127.0.0.1:7101" },
		{ "tcp://0.0.0.0:0", "tcp://0.0.0.0:0" },
		{ "tcp://[::1]:7101", "tcp://[::1]:7101" },
		{ "tcp://[fe80::1]:65535", "tcp://[fe80::1]:65535" },
	};
	static const char *const others[] = { "tcp://localhost:7101",
		"tcp://merton.example:7101", "tcp://1.2.3:7101",
		"tcp://[merton]:7101", "tcp://", "tcp://:1", "udp://1.2.3.4:5",
		"tcp://1.2.3.4", "tcp://1.2.3.4:1234567890", "" };
	struct resolve_address address;
	for (size_t i = 0; i < sizeof(numeric) / sizeof(numeric[0]); i++) {
		ck_assert(resolve_numeric(numeric[i][0], &address));
		ck_assert_str_eq(address.text, numeric[i][1]);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_msg(
		    !resolve_numeric(others[i], &address), "%s", others[i]);
	}
}
END_TEST

static bool wait_for(struct resolve *resolve, struct resolve_answer *out)
{
	struct pollfd item = { .fd = resolve_fd(resolve), .events = POLLIN };
	return poll(&item, 1, 60000) == 1 && resolve_next(resolve, out);
}

/* M147 */
START_TEST(a_name_becomes_a_numeric_endpoint)
{
	struct resolve *resolve = NULL;
	struct resolve_answer answer;
	struct resolve_address again;
	ck_assert_int_eq(resolve_start(&resolve), ERR_OK);
	ck_assert(!resolve_next(resolve, &answer));
	ck_assert_int_eq(
	    resolve_ask(resolve, 42, "tcp://localhost:7101"), ERR_OK);
	ck_assert(wait_for(resolve, &answer));
	ck_assert_uint_eq(answer.token, 42);
	ck_assert_msg(answer.found, "%s", answer.reason);
	ck_assert(resolve_numeric(answer.address.text, &again));
	ck_assert_ptr_nonnull(strstr(answer.address.text, ":7101"));
	resolve_stop(resolve);
}
END_TEST

START_TEST(a_malformed_endpoint_is_refused_at_once)
{
	struct resolve *resolve = NULL;
	char name[400] = "tcp://";
	memset(name + 6, 'a', 300);
	name[306] = ':';
	name[307] = '1';
	ck_assert_int_eq(resolve_start(&resolve), ERR_OK);
	ck_assert_int_eq(resolve_ask(resolve, 1, "merton"), ERR_INPUT);
	ck_assert_int_eq(resolve_ask(resolve, 1, name), ERR_INPUT);
	resolve_stop(resolve);
}
END_TEST

START_TEST(every_question_gets_its_answer)
{
	enum { QUESTIONS = 200 };
	struct resolve *resolve = NULL;
	struct resolve_answer answer;
	bool seen[QUESTIONS] = { false };
	ck_assert_int_eq(resolve_start(&resolve), ERR_OK);
	for (uint64_t i = 0; i < QUESTIONS; i++) {
		ck_assert_int_eq(
		    resolve_ask(resolve, i, "tcp://localhost:1"), ERR_OK);
	}
	for (size_t i = 0; i < QUESTIONS; i++) {
		ck_assert(wait_for(resolve, &answer));
		ck_assert_uint_lt(answer.token, QUESTIONS);
		ck_assert(!seen[answer.token]);
		seen[answer.token] = true;
	}
	resolve_stop(resolve);
}
END_TEST

START_TEST(stopping_does_not_wait_for_lookups)
{
	struct resolve *resolve = NULL;
	ck_assert_int_eq(resolve_start(&resolve), ERR_OK);
	for (uint64_t i = 0; i < 100; i++) {
		ck_assert_int_eq(
		    resolve_ask(resolve, i, "tcp://localhost:1"), ERR_OK);
	}
	resolve_stop(resolve);
	resolve_stop(NULL);
}
END_TEST

Suite *test_resolve_suite(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tests = tcase_create("resolve");
	tcase_add_test(tests, numeric_endpoints_need_nobody_to_look_them_up);
	tcase_add_test(tests, a_name_becomes_a_numeric_endpoint);
	tcase_add_test(tests, a_malformed_endpoint_is_refused_at_once);
	tcase_add_test(tests, every_question_gets_its_answer);
	tcase_add_test(tests, stopping_does_not_wait_for_lookups);
	suite_add_tcase(suite, tests);
	return suite;
}
