#define _POSIX_C_SOURCE 200809L

#include "keys/curve.h"
#include "sync/inbound.h"
#include "sync/link.h"
#include "sync/zap.h"
#include "unit/keys/fixture.h"
#include "unit/service/fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

Suite *test_turn_suite(void);

/* Fewer than the server's transport takes unread (32), and so many that most
 * are with it once all are sent: neither the sender (one) nor the kernel (10
 * MiB) holds more than a part. */
enum { MESSAGES = 30, MESSAGE_BYTES = 1 << 20, MANY = 64 };

struct counts {
	size_t messages;
	size_t bytes;
};

static bool on_message(void *context, struct conn *conn, struct span message)
{
	struct counts *counts = context;
	(void)conn;
	counts->messages++;
	counts->bytes += message.size;
	return true;
}

static void on_closed(void *context, struct conn *conn)
{
	(void)context;
	(void)conn;
}

static void *dial(void *context, const struct keystore *as,
    const struct keystore *to, const char *address)
{
	void *socket = NULL;
	fixture_ok(zsock_new(context, ZMQ_DEALER, &socket));
	fixture_ok(zsock_set(socket, ZMQ_SNDHWM, 1));
	fixture_ok(
	    curve_arm_client(as, socket, &keystore_public(to)->transport));
	ck_assert_int_eq(zmq_connect(socket, address), 0);
	return socket;
}

static void send_all(void *socket)
{
	uint8_t *bytes = calloc(1, MESSAGE_BYTES);
	ck_assert_ptr_nonnull(bytes);
	for (size_t i = 0; i < MESSAGES; i++) {
		ck_assert_int_eq(
		    zmq_send(socket, bytes, MESSAGE_BYTES, 0), MESSAGE_BYTES);
	}
	free(bytes);
}

/* However much has come, the local interface waits for so much at most. */
START_TEST(four_mebibytes_are_taken_in_one_go)
{
	void *context = NULL;
	struct zap *zap = NULL;
	struct inbound *inbound = NULL;
	struct conns conns = { 0 };
	struct counts counts = { 0 };
	struct zsock_address address;
	fixture_ok(keystore_process_init());
	struct keystore *server = fixture_keystore(1);
	struct keystore *peer = fixture_keystore(2);
	fixture_ok(zsock_context(64, &context));
	fixture_ok(zap_start(context, INBOUND_ZAP_DOMAIN, &zap));
	fixture_ok(zap_admit(zap, &keystore_public(peer)->transport, 1));
	struct inbound_options options = { .zmq = context,
		.keystore = server,
		.conns = &conns,
		.host = { &counts, on_message, on_closed },
		.rng = rng_system(),
		.most_silent = 4 };
	fixture_ok(inbound_open(&options, &inbound));
	fixture_ok(inbound_bind(inbound, "tcp://127.0.0.1:*", &address));
	inbound_tick(inbound, 0);
	void *socket = dial(context, peer, server, address.text);
	send_all(socket);
	size_t most = 0;
	while (counts.messages < MESSAGES) {
		zmq_pollitem_t items[] = {
			{ .socket = inbound_socket(inbound),
			    .events = ZMQ_POLLIN },
			{ .socket = inbound_monitor(inbound),
			    .events = ZMQ_POLLIN },
		};
		size_t before = counts.bytes;
		ck_assert_int_gt(zmq_poll(items, 2, 60000), 0);
		(void)inbound_receive(inbound, MANY);
		size_t taken = counts.bytes - before;
		most = taken > most ? taken : most;
	}
	/* Not one at a time either. */
	ck_assert_uint_eq(most, INBOUND_TURN_BYTES);
	zsock_close(socket);
	inbound_close(inbound);
	conns_clear(&conns);
	zap_stop(zap);
	ck_assert_int_eq(zmq_ctx_term(context), 0);
	keystore_close(server);
	keystore_close(peer);
}
END_TEST

/* Node 1, played: whom node 0 dials. */
struct played {
	struct fixture fixture;
	void *context;
	struct zap *zap;
	void *socket;
	struct link *link; /* of node 0 */
	struct peering *peering;
};

static void play(struct played *played)
{
	enum peers_outcome outcome = PEERS_SAME;
	char endpoint[64];
	size_t size = sizeof(endpoint);
	memset(played, 0, sizeof(*played));
	fixture_open(&played->fixture, 2);
	struct node *const *nodes = played->fixture.nodes;
	OK(zsock_context(64, &played->context));
	OK(zap_start(played->context, "played", &played->zap));
	OK(zap_admit(played->zap,
	    &keystore_public(node_keystore(nodes[0]))->transport, 1));
	OK(zsock_new(played->context, ZMQ_ROUTER, &played->socket));
	OK(zsock_set(played->socket, ZMQ_ROUTER_MANDATORY, 1));
	OK(zsock_set(played->socket, ZMQ_SNDHWM, 1));
	OK(curve_arm_server(node_keystore(nodes[1]), played->socket, "played"));
	ck_assert_int_eq(zmq_bind(played->socket, "tcp://127.0.0.1:*"), 0);
	ck_assert_int_eq(
	    zmq_getsockopt(played->socket, ZMQ_LAST_ENDPOINT, endpoint, &size),
	    0);
	const char *endpoints[] = { endpoint };
	OK(node_set_endpoints(nodes[1], endpoints, 1));
	OK(peers_take_card(
	    nodes[0], buf_span(&node_card(nodes[1])->signed_bytes), &outcome));
	OK(node_commit(nodes[0]));
	OK(link_open(nodes[0], &played->link));
	OK(peering_new(nodes[0], link_host(played->link), &played->peering));
	link_attach(played->link, played->peering);
}

static void end_play(struct played *played)
{
	link_attach(played->link, NULL);
	peering_free(played->peering);
	link_close(played->link);
	zsock_close(played->socket);
	zap_stop(played->zap);
	ck_assert_int_eq(zmq_ctx_term(played->context), 0);
	fixture_close(&played->fixture);
}

/* Until node 0 has said Hello; by what route it did. */
static int heard(struct played *played, uint8_t route[256])
{
	for (;;) {
		link_wait(played->link, NULL, 0, 2);
		(void)link_run(played->link);
		peering_tick(played->peering);
		int size = zmq_recv(played->socket, route, 256, ZMQ_DONTWAIT);
		if (size >= 0) {
			ck_assert_int_ge(
			    zmq_recv(played->socket, NULL, 0, 0), 0);
			return size;
		}
		played->fixture.now_ms += 10;
	}
}

START_TEST(four_mebibytes_of_one_dialled_are_taken_in_one_go)
{
	struct played played;
	uint8_t route[256];
	uint8_t *bytes = calloc(1, MESSAGE_BYTES);
	ck_assert_ptr_nonnull(bytes);
	play(&played);
	int size = heard(&played, route);
	for (size_t i = 0; i < MESSAGES; i++) {
		ck_assert_int_eq(
		    zmq_send(played.socket, route, (size_t)size, ZMQ_SNDMORE),
		    size);
		ck_assert_int_eq(
		    zmq_send(played.socket, bytes, MESSAGE_BYTES, 0),
		    MESSAGE_BYTES);
	}
	/* Each of them is garbage, which is kept and counted. */
	uint64_t taken = 0;
	while (taken == 0) {
		link_wait(played.link, NULL, 0, 1000);
		(void)link_run(played.link);
		taken = fixture_quarantined(&played.fixture, 0, 1);
	}
	ck_assert_uint_eq(taken * MESSAGE_BYTES, INBOUND_TURN_BYTES);
	end_play(&played);
	free(bytes);
}
END_TEST

Suite *test_turn_suite(void)
{
	Suite *suite = suite_create("turn");
	TCase *tests = tcase_create("turn");
	tcase_add_test(tests, four_mebibytes_are_taken_in_one_go);
	tcase_add_test(
	    tests, four_mebibytes_of_one_dialled_are_taken_in_one_go);
	suite_add_tcase(suite, tests);
	return suite;
}
