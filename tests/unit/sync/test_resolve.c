#define _POSIX_C_SOURCE 200809L

#include "sync/resolve.h"

#include <check.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

Suite *test_resolve_suite(void);

/*
 * Names that take long: a look-up of "tarpitN.example" ends when gate N is
 * opened. All others have the address 127.0.0.1 at once.
 */

enum { GATES = 10, WAIT_MS = 10000 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static bool is_open[GATES];
static int entered[2]; /* a byte for each that is looked up; and their end */

static void open_gates(size_t first, size_t count)
{
	(void)pthread_mutex_lock(&mutex);
	for (size_t i = 0; i < count; i++) {
		is_open[first + i] = true;
	}
	(void)pthread_cond_broadcast(&opened);
	(void)pthread_mutex_unlock(&mutex);
}

static int find(const char *host, const char *port,
    const struct addrinfo *hints, struct addrinfo **out)
{
	if (strncmp(host, "tarpit", 6) == 0) {
		(void)pthread_mutex_lock(&mutex);
		(void)!write(entered[1], "", 1);
		while (!is_open[host[6] - '0']) {
			(void)pthread_cond_wait(&opened, &mutex);
		}
		(void)pthread_mutex_unlock(&mutex);
	}
	return getaddrinfo("127.0.0.1", port, hints, out);
}

/* The time is what the test says. */
static int64_t time_ms;

static int64_t tell_time(void *context)
{
	(void)context;
	return time_ms;
}

static const struct clock told = { .wall_ms = tell_time,
	.steady_ms = tell_time };

static struct resolve *start(bool real)
{
	struct resolve *resolve = NULL;
	struct resolve_options options = { .clock = &told,
		.find = real ? NULL : find };
	memset(is_open, 0, sizeof(is_open));
	ck_assert_int_eq(pipe(entered), 0);
	ck_assert_int_eq(resolve_start(&options, &resolve), ERR_OK);
	return resolve;
}

static void stop(struct resolve *resolve)
{
	resolve_stop(resolve);
	open_gates(0, GATES);
}

static enum err ask(struct resolve *resolve, int64_t asker, uint64_t token,
    const char *endpoint)
{
	struct resolve_question question = { token, asker, endpoint };
	return resolve_ask(resolve, &question);
}

/* The endpoint of a name that takes as long as its gate is shut. */
static enum err ask_tarpit(
    struct resolve *resolve, int64_t asker, uint64_t token, size_t gate)
{
	char endpoint[] = "tcp://tarpit0.example:7101";
	endpoint[12] = (char)('0' + gate);
	return ask(resolve, asker, token, endpoint);
}

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
	if (resolve_next(resolve, out)) {
		return true;
	}
	while (poll(&item, 1, WAIT_MS) == 1) {
		if (resolve_next(resolve, out)) {
			return true;
		}
	}
	return false;
}

static void expect(struct resolve *resolve, uint64_t token, bool found)
{
	struct resolve_answer answer;
	ck_assert(wait_for(resolve, &answer));
	ck_assert_uint_eq(answer.token, token);
	ck_assert_msg(answer.found == found, "%s", answer.reason);
}

/* Nothing has ended and no time has run out. */
static void expect_nothing(struct resolve *resolve)
{
	struct resolve_answer answer;
	ck_assert(!resolve_next(resolve, &answer));
}

/* M147 */
START_TEST(a_name_becomes_a_numeric_endpoint)
{
	struct resolve_answer answer;
	struct resolve_address again;
	struct resolve *resolve = start(true);
	ck_assert(!resolve_next(resolve, &answer));
	ck_assert_int_eq(ask(resolve, 1, 42, "tcp://localhost:7101"), ERR_OK);
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
	struct resolve *resolve = start(true);
	char name[400] = "tcp://";
	memset(name + 6, 'a', 300);
	name[306] = ':';
	name[307] = '1';
	ck_assert_int_eq(ask(resolve, 1, 1, "merton"), ERR_INPUT);
	ck_assert_int_eq(ask(resolve, 1, 1, name), ERR_INPUT);
	ck_assert_int_eq(ask(resolve, -1, 1, "tcp://merton:1"), ERR_INPUT);
	ck_assert_int_eq(ask(resolve, 1 << 20, 1, "tcp://merton:1"), ERR_INPUT);
	resolve_stop(resolve);
}
END_TEST

START_TEST(every_asker_gets_its_answer)
{
	enum { QUESTIONS = 200 };
	struct resolve *resolve = start(true);
	struct resolve_answer answer;
	bool seen[QUESTIONS] = { false };
	for (uint64_t i = 0; i < QUESTIONS; i++) {
		ck_assert_int_eq(
		    ask(resolve, (int64_t)i, i, "tcp://localhost:1"), ERR_OK);
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
	struct resolve *resolve = start(false);
	for (int64_t i = 0; i < 100; i++) {
		ck_assert_int_eq(
		    ask_tarpit(resolve, i, (uint64_t)i, 0), ERR_OK);
	}
	stop(resolve);
	resolve_stop(NULL);
}
END_TEST

START_TEST(a_slow_name_is_given_up_and_its_late_answer_dropped)
{
	struct resolve *resolve = start(false);
	struct pollfd item = { .fd = resolve_fd(resolve), .events = POLLIN };
	struct resolve_answer answer;
	ck_assert_int_eq(ask_tarpit(resolve, 1, 11, 0), ERR_OK);
	time_ms += RESOLVE_PATIENCE_MS - 1;
	expect_nothing(resolve);
	time_ms += 1;
	ck_assert(resolve_next(resolve, &answer));
	ck_assert_uint_eq(answer.token, 11);
	ck_assert(!answer.found);
	ck_assert_str_eq(
	    answer.reason, "no name server answers about tarpit0.example");
	expect_nothing(resolve);
	open_gates(0, 1);
	ck_assert_int_eq(poll(&item, 1, WAIT_MS), 1);
	expect_nothing(resolve);
	ck_assert_int_eq(poll(&item, 1, 0), 0);
	/* Nor does the next question get it. */
	ck_assert_int_eq(ask(resolve, 1, 12, "tcp://merton:1"), ERR_OK);
	expect(resolve, 12, true);
	stop(resolve);
}
END_TEST

START_TEST(a_new_question_takes_the_place_of_the_askers_old_one)
{
	struct resolve *resolve = start(false);
	ck_assert_int_eq(ask_tarpit(resolve, 1, 11, 0), ERR_OK);
	ck_assert_int_eq(ask(resolve, 1, 12, "tcp://merton:1"), ERR_OK);
	expect(resolve, 12, true);
	/* Asked the same once more, the look-up that still runs answers. */
	ck_assert_int_eq(ask_tarpit(resolve, 1, 13, 0), ERR_OK);
	open_gates(0, 1);
	expect(resolve, 13, true);
	expect_nothing(resolve);
	stop(resolve);
}
END_TEST

START_TEST(one_asker_never_holds_more_than_two_threads)
{
	struct resolve *resolve = start(false);
	for (size_t i = 0; i < RESOLVE_ASKER_THREADS; i++) {
		ck_assert_int_eq(ask_tarpit(resolve, 1, i, i), ERR_OK);
		time_ms += RESOLVE_PATIENCE_MS;
		expect(resolve, i, false);
	}
	ck_assert_int_eq(ask_tarpit(resolve, 1, 2, 2), ERR_BUSY);
	ck_assert_int_eq(ask(resolve, 1, 2, "tcp://merton:1"), ERR_BUSY);
	/* Others are not concerned. */
	ck_assert_int_eq(ask(resolve, 2, 3, "tcp://merton:1"), ERR_OK);
	expect(resolve, 3, true);
	stop(resolve);
}
END_TEST

/* So many names that take long are, or were, looked up; nothing is answered
 * meanwhile. */
static void wait_entered(struct resolve *resolve, size_t count)
{
	struct pollfd items[] = { { .fd = entered[0], .events = POLLIN },
		{ .fd = resolve_fd(resolve), .events = POLLIN } };
	struct resolve_answer answer;
	char byte = 0;
	while (count > 0) {
		ck_assert_int_gt(poll(items, 2, WAIT_MS), 0);
		if (items[0].revents != 0) {
			ck_assert_int_eq(read(entered[0], &byte, 1), 1);
			count--;
		}
		if (items[1].revents != 0) {
			ck_assert(!resolve_next(resolve, &answer));
		}
	}
}

/* Twenty answers, from this token on. */
static void expect_prompt(struct resolve *resolve, uint64_t first)
{
	struct resolve_answer answer;
	for (size_t i = 0; i < 20; i++) {
		ck_assert(wait_for(resolve, &answer));
		ck_assert_msg(answer.found, "%s", answer.reason);
		ck_assert_uint_ge(answer.token, first);
		ck_assert_uint_lt(answer.token, first + 20);
	}
}

enum { FREED = RESOLVE_THREADS - RESOLVE_SLOW_THREADS };

/* Eight askers take a thread each. Four of the threads come free, go to others
 * and come free again; the eight ask for more slow names, and get none of them:
 * askers of slow names hold half of the threads already. */
START_TEST(slow_askers_leave_half_of_the_threads_to_others)
{
	struct resolve *resolve = start(false);
	struct resolve_answer answer;
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		ck_assert_int_eq(
		    ask_tarpit(resolve, (int64_t)i + 1, i, i), ERR_OK);
	}
	/* While they hold all of them, others wait in vain. */
	ck_assert_int_eq(ask(resolve, 20, 20, "tcp://merton:1"), ERR_OK);
	time_ms += RESOLVE_PATIENCE_MS;
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		expect(resolve, i, false);
	}
	ck_assert(resolve_next(resolve, &answer));
	ck_assert_uint_eq(answer.token, 20);
	ck_assert_str_eq(
	    answer.reason, "too many names were in the queue before merton");
	/* As many come free, and others take them. */
	open_gates(0, FREED);
	for (size_t i = 0; i < FREED; i++) {
		ck_assert_int_eq(
		    ask_tarpit(resolve, (int64_t)i + 60, 60 + i, 8), ERR_OK);
	}
	wait_entered(resolve, RESOLVE_THREADS + FREED);
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		ck_assert_int_eq(
		    ask_tarpit(resolve, (int64_t)i + 1, 100 + i, 9), ERR_OK);
	}
	open_gates(8, 1);
	for (size_t i = 0; i < FREED; i++) {
		ck_assert(wait_for(resolve, &answer));
		ck_assert_uint_ge(answer.token, 60);
	}
	/* All of them are free: now none but slow ones wait. */
	expect_nothing(resolve);
	for (int64_t i = 20; i < 40; i++) {
		ck_assert_int_eq(
		    ask(resolve, i, (uint64_t)i, "tcp://merton:1"), ERR_OK);
	}
	expect_prompt(resolve, 20);
	for (int64_t i = 40; i < 60; i++) {
		ck_assert_int_eq(
		    ask(resolve, i, (uint64_t)i, "tcp://merton:1"), ERR_OK);
	}
	expect_prompt(resolve, 40);
	expect_nothing(resolve);
	/* Once the others end it is their turn. */
	open_gates(0, GATES);
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		ck_assert(wait_for(resolve, &answer));
		ck_assert_uint_ge(answer.token, 100);
		ck_assert(answer.found);
	}
	stop(resolve);
}
END_TEST

/* A quick name between two slow ones does not make an asker a prompt one. */
START_TEST(a_slow_asker_comes_after_all_others_for_a_while)
{
	struct resolve *resolve = start(false);
	ck_assert_int_eq(ask_tarpit(resolve, 1, 11, 0), ERR_OK);
	time_ms += RESOLVE_PATIENCE_MS;
	expect(resolve, 11, false);
	open_gates(0, 1);
	ck_assert_int_eq(ask(resolve, 1, 12, "tcp://merton:1"), ERR_OK);
	expect(resolve, 12, true);
	for (size_t i = 0; i < RESOLVE_THREADS; i++) {
		ck_assert_int_eq(
		    ask_tarpit(resolve, (int64_t)i + 2, i, i + 1), ERR_OK);
	}
	ck_assert_int_eq(ask(resolve, 1, 13, "tcp://merton:1"), ERR_OK);
	ck_assert_int_eq(ask(resolve, 30, 30, "tcp://merton:1"), ERR_OK);
	/* One thread comes free. */
	open_gates(1, 1);
	expect(resolve, 0, true);
	expect(resolve, 30, true);
	expect(resolve, 13, true);
	stop(resolve);
}
END_TEST

Suite *test_resolve_suite(void)
{
	Suite *suite = suite_create("resolve");
	TCase *tests = tcase_create("resolve");
	tcase_add_test(tests, numeric_endpoints_need_nobody_to_look_them_up);
	tcase_add_test(tests, a_name_becomes_a_numeric_endpoint);
	tcase_add_test(tests, a_malformed_endpoint_is_refused_at_once);
	tcase_add_test(tests, every_asker_gets_its_answer);
	tcase_add_test(tests, stopping_does_not_wait_for_lookups);
	tcase_add_test(
	    tests, a_slow_name_is_given_up_and_its_late_answer_dropped);
	tcase_add_test(
	    tests, a_new_question_takes_the_place_of_the_askers_old_one);
	tcase_add_test(tests, one_asker_never_holds_more_than_two_threads);
	tcase_add_test(tests, slow_askers_leave_half_of_the_threads_to_others);
	tcase_add_test(tests, a_slow_asker_comes_after_all_others_for_a_while);
	suite_add_tcase(suite, tests);
	return suite;
}
