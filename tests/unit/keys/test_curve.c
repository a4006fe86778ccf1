#include "keys/curve.h"
#include "unit/keys/fixture.h"

#include <check.h>
#include <zmq.h>

#include <string.h>

Suite *test_curve_suite(void);

/* A CURVE server, a client, and (where wanted) a handler that answers one
 * authentication request. */
struct link {
	void *context;
	void *handler;
	void *server;
	void *client;
	struct keystore *server_keys;
	struct keystore *client_keys;
	char endpoint[256];
};

static void *socket_new(struct link *link, int type)
{
	const int none = 0;
	const int wait_ms = 60000;
	const int handshake_ms = 3000;
	void *socket = zmq_socket(link->context, type);
	ck_assert_ptr_nonnull(socket);
	ck_assert_int_eq(
	    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof(none)), 0);
	ck_assert_int_eq(
	    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof(wait_ms)), 0);
	/* A handler that is still going away may swallow the question. */
	ck_assert_int_eq(zmq_setsockopt(socket, ZMQ_HANDSHAKE_IVL,
			     &handshake_ms, sizeof(handshake_ms)),
	    0);
	return socket;
}

static struct link link_new(void)
{
	struct link link = { .context = zmq_ctx_new() };
	ck_assert_ptr_nonnull(link.context);
	link.server_keys = fixture_keystore(1);
	link.client_keys = fixture_keystore(2);
	link.handler = socket_new(&link, ZMQ_REP);
	ck_assert_int_eq(zmq_bind(link.handler, "inproc://zeromq.zap.01"), 0);
	link.server = socket_new(&link, ZMQ_PULL);
	link.client = socket_new(&link, ZMQ_PUSH);
	return link;
}

static void link_free(struct link *link)
{
	ck_assert_int_eq(zmq_close(link->client), 0);
	ck_assert_int_eq(zmq_close(link->server), 0);
	ck_assert_int_eq(zmq_close(link->handler), 0);
	ck_assert_int_eq(zmq_ctx_term(link->context), 0);
	keystore_close(link->server_keys);
	keystore_close(link->client_keys);
}

static void listen_on(struct link *link)
{
	size_t size = sizeof(link->endpoint);
	fixture_ok(curve_arm_server(link->server_keys, link->server, "peers"));
	ck_assert_int_eq(zmq_bind(link->server, "tcp://127.0.0.1:*"), 0);
	ck_assert_int_eq(zmq_getsockopt(link->server, ZMQ_LAST_ENDPOINT,
			     link->endpoint, &size),
	    0);
}

/* Take one request to the handler, give the key it is about, and answer. */
static struct id32 answer(struct link *link, const char *status)
{
	uint8_t frames[8][256];
	int sizes[8];
	int count = 0;
	int more = 1;
	size_t more_size = sizeof(more);
	while (more != 0 && count < 8) {
		sizes[count] = zmq_recv(
		    link->handler, frames[count], sizeof(frames[0]), 0);
		ck_assert_int_ge(sizes[count], 0);
		count++;
		ck_assert_int_eq(zmq_getsockopt(link->handler, ZMQ_RCVMORE,
				     &more, &more_size),
		    0);
	}
	/* version, request, domain, address, identity, mechanism, key */
	ck_assert_int_eq(count, 7);
	ck_assert_int_eq(sizes[2], 5);
	ck_assert_mem_eq(frames[2], "peers", 5);
	ck_assert_mem_eq(frames[5], "CURVE", 5);
	ck_assert_int_eq(sizes[6], 32);
	struct id32 key;
	memcpy(key.b, frames[6], 32);
	const struct span parts[] = { span_text("1.0"),
		span_of(frames[1], (size_t)sizes[1]), span_text(status),
		span_text("because"), span_text("user"), span_of("", 0) };
	for (size_t i = 0; i < 6; i++) {
		ck_assert_int_eq(zmq_send(link->handler, parts[i].data,
				     parts[i].size, i < 5 ? ZMQ_SNDMORE : 0),
		    (int)parts[i].size);
	}
	return key;
}

START_TEST(armed_sockets_talk_and_the_handler_sees_our_key)
{
	struct link link = link_new();
	char text[8] = { 0 };
	listen_on(&link);
	fixture_ok(curve_arm_client(link.client_keys, link.client,
	    &keystore_public(link.server_keys)->transport));
	ck_assert_int_eq(zmq_connect(link.client, link.endpoint), 0);
	ck_assert_int_eq(zmq_send(link.client, "hello", 5, 0), 5);
	struct id32 key = answer(&link, "200");
	ck_assert(
	    id_equal(&key, &keystore_public(link.client_keys)->transport));
	ck_assert_int_eq(zmq_recv(link.server, text, sizeof(text), 0), 5);
	ck_assert_str_eq(text, "hello");
	link_free(&link);
}
END_TEST

/* Events of the client's socket until the handshake has failed or succeeded. */
static int handshake_end(void *monitor)
{
	for (;;) {
		uint8_t frame[256];
		uint16_t event = 0;
		int size = zmq_recv(monitor, frame, sizeof(frame), 0);
		ck_assert_int_eq(size, 6);
		memcpy(&event, frame, sizeof(event));
		ck_assert_int_ge(zmq_recv(monitor, frame, sizeof(frame), 0), 0);
		if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ||
		    event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL ||
		    event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
		    event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
			return event;
		}
	}
}

static void *watch(struct link *link, void *socket)
{
	ck_assert_int_eq(
	    zmq_socket_monitor(socket, "inproc://watch", ZMQ_EVENT_ALL), 0);
	void *monitor = socket_new(link, ZMQ_PAIR);
	ck_assert_int_eq(zmq_connect(monitor, "inproc://watch"), 0);
	return monitor;
}

START_TEST(a_stranger_is_rejected_by_the_handler)
{
	struct link link = link_new();
	listen_on(&link);
	void *monitor = watch(&link, link.client);
	fixture_ok(curve_arm_stranger(
	    link.client, &keystore_public(link.server_keys)->transport));
	ck_assert_int_eq(zmq_connect(link.client, link.endpoint), 0);
	struct id32 key = answer(&link, "400");
	ck_assert(
	    !id_equal(&key, &keystore_public(link.client_keys)->transport));
	ck_assert_int_eq(
	    handshake_end(monitor), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
	ck_assert_int_eq(zmq_close(monitor), 0);
	link_free(&link);
}
END_TEST

/* M39: CURVE alone lets everybody in when no handler lives; not here. */
START_TEST(without_a_handler_nobody_gets_in)
{
	struct link link = link_new();
	ck_assert_int_eq(zmq_close(link.handler), 0);
	listen_on(&link);
	void *monitor = watch(&link, link.server);
	fixture_ok(curve_arm_client(link.client_keys, link.client,
	    &keystore_public(link.server_keys)->transport));
	ck_assert_int_eq(zmq_connect(link.client, link.endpoint), 0);
	ck_assert_int_ne(handshake_end(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
	ck_assert_int_eq(zmq_close(monitor), 0);
	link.handler = socket_new(&link, ZMQ_REP);
	link_free(&link);
}
END_TEST

/* M39 */
START_TEST(a_server_without_a_domain_is_refused)
{
	struct link link = link_new();
	ck_assert_int_eq(
	    curve_arm_server(link.server_keys, link.server, ""), ERR_USAGE);
	ck_assert_int_eq(
	    curve_arm_server(link.server_keys, link.server, NULL), ERR_USAGE);
	link_free(&link);
}
END_TEST

START_TEST(a_server_with_another_key_is_not_talked_to)
{
	struct link link = link_new();
	listen_on(&link);
	void *monitor = watch(&link, link.server);
	fixture_ok(curve_arm_client(link.client_keys, link.client,
	    &keystore_public(link.client_keys)->transport));
	ck_assert_int_eq(zmq_connect(link.client, link.endpoint), 0);
	ck_assert_int_ne(handshake_end(monitor), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
	ck_assert_int_eq(zmq_close(monitor), 0);
	link_free(&link);
}
END_TEST

Suite *test_curve_suite(void)
{
	Suite *suite = suite_create("curve");
	TCase *tests = tcase_create("curve");
	tcase_add_test(tests, armed_sockets_talk_and_the_handler_sees_our_key);
	tcase_add_test(tests, a_stranger_is_rejected_by_the_handler);
	tcase_add_test(tests, without_a_handler_nobody_gets_in);
	tcase_add_test(tests, a_server_without_a_domain_is_refused);
	tcase_add_test(tests, a_server_with_another_key_is_not_talked_to);
	suite_add_tcase(suite, tests);
	return suite;
}
