#define _POSIX_C_SOURCE 200809L

#include "sync/inbound.h"

#include "base/clock.h"
#include "keys/curve.h"
#include "sync/zap.h"
#include "unit/keys/fixture.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

Suite *test_inbound_suite(void);

enum { MOST_SILENT = 4 };

/* A server and its two peers. What the host is told is counted. */
struct hall {
	void *context;
	struct zap *zap;
	struct keystore *server;
	struct keystore *peer;
	struct conns conns;
	struct inbound *inbound;
	struct zsock_address address;
	bool welcome;
	size_t messages;
	size_t closed;
	struct id32 key;
	uint64_t number;
};

static bool on_message(void *context, struct conn *conn, struct span message)
{
	struct hall *hall = context;
	(void)message;
	hall->messages++;
	hall->key = conn->key;
	hall->number = conn->number;
	return hall->welcome;
}

static void on_closed(void *context, struct conn *conn)
{
	struct hall *hall = context;
	(void)conn;
	hall->closed++;
}

static void hall_open(struct hall *hall)
{
	memset(hall, 0, sizeof(*hall));
	hall->welcome = true;
	fixture_ok(keystore_process_init());
	hall->server = fixture_keystore(1);
	hall->peer = fixture_keystore(2);
	fixture_ok(zsock_context(64, &hall->context));
	fixture_ok(zap_start(hall->context, INBOUND_ZAP_DOMAIN, &hall->zap));
	fixture_ok(
	    zap_admit(hall->zap, &keystore_public(hall->peer)->transport, 1));
	struct inbound_options options = {
		.zmq = hall->context,
		.keystore = hall->server,
		.conns = &hall->conns,
		.host = { hall, on_message, on_closed },
		.rng = rng_system(),
		.most_silent = MOST_SILENT,
	};
	fixture_ok(inbound_open(&options, &hall->inbound));
	fixture_ok(
	    inbound_bind(hall->inbound, "tcp://127.0.0.1:*", &hall->address));
	inbound_tick(hall->inbound, 0);
}

static void hall_close(struct hall *hall)
{
	inbound_close(hall->inbound);
	conns_clear(&hall->conns);
	zap_stop(hall->zap);
	ck_assert_int_eq(zmq_ctx_term(hall->context), 0);
	keystore_close(hall->server);
	keystore_close(hall->peer);
}

/* monitor: where its events are told, from the first on; NULL: nowhere. */
static void *dial(struct hall *hall, const struct keystore *as, void **monitor)
{
	void *socket = NULL;
	const struct id32 *server = &keystore_public(hall->server)->transport;
	fixture_ok(zsock_new(hall->context, ZMQ_DEALER, &socket));
	fixture_ok(zsock_set(socket, ZMQ_RECONNECT_IVL, -1));
	fixture_ok(as == NULL ? curve_arm_stranger(socket, server)
			      : curve_arm_client(as, socket, server));
	if (monitor != NULL) {
		fixture_ok(zsock_monitor(hall->context, socket, monitor));
	}
	ck_assert_int_eq(zmq_connect(socket, hall->address.text), 0);
	return socket;
}

/* Until the hall has got so many messages. */
static void until_messages(struct hall *hall, size_t count)
{
	zmq_pollitem_t items[] = {
		{ .socket = inbound_socket(hall->inbound),
		    .events = ZMQ_POLLIN },
		{ .socket = inbound_monitor(hall->inbound),
		    .events = ZMQ_POLLIN },
	};
	while (hall->messages < count) {
		ck_assert_int_gt(zmq_poll(items, 2, 60000), 0);
		(void)inbound_receive(hall->inbound, 16);
	}
}

static void until_open(struct hall *hall, size_t count)
{
	zmq_pollitem_t items[] = {
		{ .socket = inbound_socket(hall->inbound),
		    .events = ZMQ_POLLIN },
		{ .socket = inbound_monitor(hall->inbound),
		    .events = ZMQ_POLLIN },
	};
	(void)inbound_receive(hall->inbound, 16);
	while (inbound_open_count(hall->inbound) != count) {
		ck_assert_int_gt(zmq_poll(items, 2, 60000), 0);
		(void)inbound_receive(hall->inbound, 16);
	}
}

/* From 127.0.0.`last`. */
static int raw_from(const struct hall *hall, uint32_t last)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	struct sockaddr_in from = { .sin_family = AF_INET };
	const char *port = strrchr(hall->address.text, ':');
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	address.sin_port = htons((uint16_t)strtol(port + 1, NULL, 10));
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_addr.s_addr = htonl((INADDR_LOOPBACK & 0xffffff00) | last);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)), 0);
	ck_assert_int_eq(
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int raw_connection(const struct hall *hall)
{
	return raw_from(hall, 1);
}

/* Whether the other side has ended it, as far as is known by now. */
static bool has_ended(int fd)
{
	char greeting[256];
	ssize_t got = 1;
	while (got > 0) {
		got = recv(fd, greeting, sizeof(greeting), MSG_DONTWAIT);
	}
	return got == 0 || errno == ECONNRESET;
}

/* M140 */
START_TEST(an_admitted_peer_is_known_by_its_key)
{
	struct hall hall;
	hall_open(&hall);
	void *socket = dial(&hall, hall.peer, NULL);
	ck_assert_int_eq(zmq_send(socket, "hello", 5, 0), 5);
	until_messages(&hall, 1);
	ck_assert(id_equal(&hall.key, &keystore_public(hall.peer)->transport));
	ck_assert_uint_eq(conns_count_key(&hall.conns, &hall.key), 1);
	/* The same connection keeps its number. */
	uint64_t number = hall.number;
	ck_assert_int_eq(zmq_send(socket, "again", 5, 0), 5);
	until_messages(&hall, 2);
	ck_assert_uint_eq(hall.number, number);
	/* And an answer finds its way back. */
	char answer[8];
	ck_assert(
	    conns_send(conns_find(&hall.conns, number), span_text("answer")));
	ck_assert_int_eq(zmq_recv(socket, answer, sizeof(answer), 0), 6);
	zsock_close(socket);
	until_open(&hall, 0);
	ck_assert_uint_eq(hall.closed, 1);
	hall_close(&hall);
}
END_TEST

/* M140 M142 */
START_TEST(a_stranger_is_turned_away_and_heard_by_nobody)
{
	struct hall hall;
	struct zsock_event event = { 0 };
	void *monitor = NULL;
	hall_open(&hall);
	void *socket = dial(&hall, NULL, &monitor);
	(void)zmq_send(socket, "let me in", 9, ZMQ_DONTWAIT);
	while (event.event != ZMQ_EVENT_HANDSHAKE_FAILED_AUTH &&
	       event.event != ZMQ_EVENT_DISCONNECTED) {
		ck_assert(zsock_event_wait(monitor, 60000, &event));
		ck_assert_int_ne(event.event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
	}
	until_open(&hall, 0);
	ck_assert_uint_eq(hall.messages, 0);
	ck_assert_uint_eq(hall.conns.count, 0);
	zsock_unmonitor(socket, monitor);
	zsock_close(socket);
	hall_close(&hall);
}
END_TEST

/* M140 */
START_TEST(without_its_handler_nobody_gets_in)
{
	struct hall hall;
	struct zsock_event event = { 0 };
	void *monitor = NULL;
	hall_open(&hall);
	zap_stop(hall.zap);
	hall.zap = NULL;
	void *socket = dial(&hall, hall.peer, &monitor);
	while (event.event != ZMQ_EVENT_DISCONNECTED) {
		ck_assert(zsock_event_wait(monitor, 60000, &event));
		ck_assert_int_ne(event.event, ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
	}
	ck_assert_uint_eq(hall.messages, 0);
	zsock_unmonitor(socket, monitor);
	zsock_close(socket);
	hall_close(&hall);
}
END_TEST

/* M144 */
START_TEST(a_connection_whose_key_is_nobodys_any_more_is_cut)
{
	struct hall hall;
	hall_open(&hall);
	void *socket = dial(&hall, hall.peer, NULL);
	ck_assert_int_eq(zmq_send(socket, "hello", 5, 0), 5);
	until_messages(&hall, 1);
	hall.welcome = false;
	ck_assert_int_eq(zmq_send(socket, "still me", 8, 0), 8);
	until_messages(&hall, 2);
	until_open(&hall, 0);
	ck_assert_uint_eq(hall.closed, 1);
	zsock_close(socket);
	hall_close(&hall);
}
END_TEST

/* M145: a connection that never speaks. The time is handed in. */
START_TEST(a_silent_connection_is_cut_after_ten_seconds)
{
	struct hall hall;
	struct pollfd item = { .events = POLLIN };
	char byte = 0;
	hall_open(&hall);
	item.fd = raw_connection(&hall);
	until_open(&hall, 1);
	inbound_tick(hall.inbound, INBOUND_SILENT_MS - 1);
	ck_assert_uint_eq(inbound_open_count(hall.inbound), 1);
	inbound_tick(hall.inbound, INBOUND_SILENT_MS);
	/* The server's greeting may be there to read before the end. */
	do {
		ck_assert_int_eq(poll(&item, 1, 60000), 1);
	} while (read(item.fd, &byte, 1) > 0);
	until_open(&hall, 0);
	(void)close(item.fd);
	hall_close(&hall);
}
END_TEST

/* M145: also one that libzmq has let in, and would keep. */
START_TEST(an_admitted_connection_that_says_nothing_is_cut_too)
{
	struct hall hall;
	struct zsock_event event = { 0 };
	void *monitor = NULL;
	hall_open(&hall);
	void *socket = dial(&hall, hall.peer, &monitor);
	while (event.event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
		ck_assert(zsock_event_wait(monitor, 60000, &event));
	}
	until_open(&hall, 1);
	inbound_tick(hall.inbound, INBOUND_SILENT_MS - 1);
	ck_assert_uint_eq(inbound_open_count(hall.inbound), 1);
	inbound_tick(hall.inbound, INBOUND_SILENT_MS);
	while (event.event != ZMQ_EVENT_DISCONNECTED) {
		ck_assert(zsock_event_wait(monitor, 60000, &event));
	}
	until_open(&hall, 0);
	zsock_unmonitor(socket, monitor);
	zsock_close(socket);
	hall_close(&hall);
}
END_TEST

START_TEST(more_silent_connections_than_allowed_are_cut_at_once)
{
	struct hall hall;
	int fds[6];
	size_t ended = 0;
	hall_open(&hall);
	for (size_t i = 0; i < 6; i++) {
		fds[i] = raw_connection(&hall);
	}
	/* Two too many: their end comes without any time passing. */
	zmq_pollitem_t item = { .socket = inbound_monitor(hall.inbound),
		.events = ZMQ_POLLIN };
	while (ended < 2) {
		(void)zmq_poll(&item, 1, 10);
		(void)inbound_receive(hall.inbound, 16);
		ended = 0;
		for (size_t i = 0; i < 6; i++) {
			ended += has_ended(fds[i]) ? 1u : 0u;
		}
	}
	for (size_t i = 0; i < 6; i++) {
		(void)close(fds[i]);
	}
	until_open(&hall, 0);
	hall_close(&hall);
}
END_TEST

/* Connect, and wait until somebody has been cut for it, if so it must be. */
static int knock(struct hall *hall, uint32_t last)
{
	size_t before = inbound_open_count(hall->inbound);
	int fd = raw_from(hall, last);
	until_open(hall, before + 1);
	until_open(hall, before < MOST_SILENT ? before + 1 : MOST_SILENT);
	return fd;
}

START_TEST(of_too_many_silent_ones_the_crowd_loses_its_oldest)
{
	static const uint32_t from[] = { 2, 1, 1, 3, 4, 1 };
	enum { KNOCKS = sizeof(from) / sizeof(from[0]) };
	struct hall hall;
	int fds[KNOCKS] = { 0 };
	hall_open(&hall);
	for (size_t i = 0; i < KNOCKS; i++) {
		fds[i] = knock(&hall, from[i]);
		/* The fifth comes from elsewhere, the sixth from the crowd's
		 * own address: either way its oldest goes. */
		for (size_t j = 0; j <= i; j++) {
			bool goes = (j == 1 && i >= 4) || (j == 2 && i == 5);
			ck_assert_int_eq(has_ended(fds[j]), goes);
		}
	}
	for (size_t i = 0; i < KNOCKS; i++) {
		(void)close(fds[i]);
	}
	until_open(&hall, 0);
	hall_close(&hall);
}
END_TEST

/* Neither who came first nor who comes last can keep all the places: the newest
 * of five is cut now and then. All of a hundred times the same has a chance of
 * one in 10^9. */
START_TEST(of_one_silent_connection_each_a_random_one_is_cut)
{
	enum { KNOCKS = 100 };
	struct hall hall;
	int fds[MOST_SILENT + KNOCKS];
	size_t newest_cut = 0;
	hall_open(&hall);
	for (uint32_t i = 0; i < MOST_SILENT + KNOCKS; i++) {
		fds[i] = knock(&hall, i + 1);
		newest_cut += has_ended(fds[i]) ? 1u : 0u;
	}
	for (size_t i = 0; i < MOST_SILENT + KNOCKS; i++) {
		(void)close(fds[i]);
	}
	ck_assert_uint_gt(newest_cut, 0);
	ck_assert_uint_lt(newest_cut, KNOCKS);
	until_open(&hall, 0);
	hall_close(&hall);
}
END_TEST

START_TEST(a_peer_gets_in_beside_a_flood_from_elsewhere)
{
	enum { CROWD = 32, ROUNDS = 3000 };
	struct hall hall;
	int fds[CROWD];
	hall_open(&hall);
	for (size_t i = 0; i < CROWD; i++) {
		fds[i] = raw_connection(&hall);
	}
	struct zsock_address real = hall.address;
	(void)snprintf(hall.address.text, sizeof(hall.address.text),
	    "tcp://127.0.0.2:0;127.0.0.1%s", strrchr(real.text, ':'));
	void *socket = dial(&hall, hall.peer, NULL);
	hall.address = real;
	ck_assert_int_eq(zmq_send(socket, "hello", 5, 0), 5);
	zmq_pollitem_t items[] = {
		{ .socket = inbound_socket(hall.inbound),
		    .events = ZMQ_POLLIN },
		{ .socket = inbound_monitor(hall.inbound),
		    .events = ZMQ_POLLIN },
	};
	for (size_t i = 0; i < ROUNDS && hall.messages == 0; i++) {
		(void)close(fds[i % CROWD]);
		fds[i % CROWD] = raw_connection(&hall);
		(void)zmq_poll(items, 2, 10);
		(void)inbound_receive(hall.inbound, 16);
	}
	ck_assert_uint_eq(hall.messages, 1);
	for (size_t i = 0; i < CROWD; i++) {
		(void)close(fds[i]);
	}
	zsock_close(socket);
	until_open(&hall, 0);
	hall_close(&hall);
}
END_TEST

START_TEST(a_message_of_three_parts_ends_its_connection)
{
	struct hall hall;
	hall_open(&hall);
	void *socket = dial(&hall, hall.peer, NULL);
	ck_assert_int_eq(zmq_send(socket, "one", 3, ZMQ_SNDMORE), 3);
	ck_assert_int_eq(zmq_send(socket, "two", 3, 0), 3);
	until_open(&hall, 1);
	until_open(&hall, 0);
	ck_assert_uint_eq(hall.messages, 0);
	zsock_close(socket);
	hall_close(&hall);
}
END_TEST

START_TEST(nothing_more_is_taken_from_a_connection_that_is_cut)
{
	struct hall hall;
	hall_open(&hall);
	void *socket = dial(&hall, hall.peer, NULL);
	ck_assert_int_eq(zmq_send(socket, "hello", 5, 0), 5);
	until_messages(&hall, 1);
	inbound_cut(hall.inbound, conns_find(&hall.conns, hall.number));
	conns_sweep(&hall.conns);
	ck_assert_int_eq(zmq_send(socket, "more", 4, 0), 4);
	inbound_tick(hall.inbound, 1000);
	until_open(&hall, 0);
	ck_assert_uint_eq(hall.messages, 1);
	/* Who cuts need not be told. */
	ck_assert_uint_eq(hall.closed, 0);
	zsock_close(socket);
	hall_close(&hall);
}
END_TEST

START_TEST(an_address_in_use_says_so)
{
	struct hall hall;
	struct hall other;
	hall_open(&hall);
	hall_open(&other);
	ck_assert_int_eq(
	    inbound_bind(other.inbound, hall.address.text, &other.address),
	    ERR_BUSY);
	hall_close(&other);
	hall_close(&hall);
}
END_TEST

Suite *test_inbound_suite(void)
{
	Suite *suite = suite_create("inbound");
	TCase *tests = tcase_create("inbound");
	tcase_add_test(tests, an_admitted_peer_is_known_by_its_key);
	tcase_add_test(tests, a_stranger_is_turned_away_and_heard_by_nobody);
	tcase_add_test(tests, without_its_handler_nobody_gets_in);
	tcase_add_test(
	    tests, a_connection_whose_key_is_nobodys_any_more_is_cut);
	tcase_add_test(tests, a_silent_connection_is_cut_after_ten_seconds);
	tcase_add_test(
	    tests, an_admitted_connection_that_says_nothing_is_cut_too);
	tcase_add_test(
	    tests, more_silent_connections_than_allowed_are_cut_at_once);
	tcase_add_test(
	    tests, of_too_many_silent_ones_the_crowd_loses_its_oldest);
	tcase_add_test(
	    tests, of_one_silent_connection_each_a_random_one_is_cut);
	tcase_add_test(tests, a_peer_gets_in_beside_a_flood_from_elsewhere);
	tcase_add_test(tests, a_message_of_three_parts_ends_its_connection);
	tcase_add_test(
	    tests, nothing_more_is_taken_from_a_connection_that_is_cut);
	tcase_add_test(tests, an_address_in_use_says_so);
	suite_add_tcase(suite, tests);
	return suite;
}
