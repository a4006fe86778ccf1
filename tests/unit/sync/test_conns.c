#include "sync/conns.h"

#include "sync/zsock.h"

#include <check.h>
#include <string.h>
#include <zmq.h>

Suite *test_conns_suite(void);

START_TEST(connections_are_found_by_number_until_they_are_gone)
{
	struct conns conns = { 0 };
	struct conn *made[300];
	for (size_t i = 0; i < 300; i++) {
		made[i] = conns_add(&conns);
		ck_assert_ptr_nonnull(made[i]);
		ck_assert_uint_eq(made[i]->number, i + 1);
	}
	for (size_t i = 0; i < 300; i++) {
		ck_assert_ptr_eq(conns_find(&conns, i + 1), made[i]);
		made[i]->gone = i % 3 == 0;
	}
	ck_assert_ptr_null(conns_find(&conns, 0));
	ck_assert_ptr_null(conns_find(&conns, 1));
	ck_assert_ptr_null(conns_find(&conns, 301));
	conns_sweep(&conns);
	ck_assert_uint_eq(conns.count, 200);
	ck_assert_ptr_eq(conns_find(&conns, 300), made[299]);
	/* Numbers are not used again. */
	ck_assert_uint_eq(conns_add(&conns)->number, 301);
	conns_clear(&conns);
}
END_TEST

START_TEST(only_accepted_connections_of_a_key_count)
{
	struct conns conns = { 0 };
	struct id32 key;
	memset(&key, 7, sizeof(key));
	for (size_t i = 0; i < 6; i++) {
		struct conn *conn = conns_add(&conns);
		if (i != 0) {
			conn->key = key;
		}
		conn->dialled = i == 1;
		conn->gone = i == 2;
	}
	ck_assert_uint_eq(conns_count_key(&conns, &key), 3);
	conns_clear(&conns);
}
END_TEST

/* M148 */
START_TEST(what_waits_for_one_connection_is_bounded)
{
	static uint8_t mebibyte[1024 * 1024];
	struct conns conns = { 0 };
	/* Not connected yet: everything waits. */
	struct conn *conn = conns_add(&conns);
	conn->dialled = true;
	struct span message = span_of(mebibyte, sizeof(mebibyte));
	for (size_t i = 0; i < CONNS_PENDING_BYTES / sizeof(mebibyte); i++) {
		ck_assert(conns_send(conn, message));
	}
	ck_assert_uint_eq(conn->pending_bytes, CONNS_PENDING_BYTES);
	ck_assert(!conns_send(conn, span_of(mebibyte, 1)));
	ck_assert(conns_flush(conn));
	conns_clear(&conns);
}
END_TEST

START_TEST(what_waited_is_sent_in_order)
{
	struct conns conns = { 0 };
	void *context = NULL;
	void *server = NULL;
	uint8_t got[8];
	ck_assert_int_eq(zsock_context(16, &context), ERR_OK);
	ck_assert_int_eq(zsock_new(context, ZMQ_DEALER, &server), ERR_OK);
	ck_assert_int_eq(zmq_bind(server, "inproc://order"), 0);
	struct conn *conn = conns_add(&conns);
	conn->dialled = true;
	for (uint8_t i = 0; i < 10; i++) {
		ck_assert(conns_send(conn, span_of(&i, 1)));
	}
	ck_assert_int_eq(zsock_new(context, ZMQ_DEALER, &conn->socket), ERR_OK);
	ck_assert_int_eq(zmq_connect(conn->socket, "inproc://order"), 0);
	ck_assert(conns_flush(conn));
	ck_assert_uint_eq(conn->pending_bytes, 0);
	ck_assert_ptr_null(conn->first);
	for (uint8_t i = 0; i < 10; i++) {
		ck_assert_int_eq(zmq_recv(server, got, sizeof(got), 0), 1);
		ck_assert_uint_eq(got[0], i);
	}
	conns_clear(&conns);
	zsock_close(server);
	ck_assert_int_eq(zmq_ctx_term(context), 0);
}
END_TEST

START_TEST(nothing_is_sent_on_a_connection_that_is_gone)
{
	struct conns conns = { 0 };
	struct conn *conn = conns_add(&conns);
	conn->gone = true;
	ck_assert(!conns_send(conn, span_text("late")));
	conns_clear(&conns);
}
END_TEST

Suite *test_conns_suite(void)
{
	Suite *suite = suite_create("conns");
	TCase *tests = tcase_create("conns");
	tcase_add_test(
	    tests, connections_are_found_by_number_until_they_are_gone);
	tcase_add_test(tests, only_accepted_connections_of_a_key_count);
	tcase_add_test(tests, what_waits_for_one_connection_is_bounded);
	tcase_add_test(tests, what_waited_is_sent_in_order);
	tcase_add_test(tests, nothing_is_sent_on_a_connection_that_is_gone);
	suite_add_tcase(suite, tests);
	return suite;
}
