#include "sync/link.h"

#include "codec/canon.h"
#include "keys/curve.h"
#include "keys/secrets.h"
#include "service/enrolment.h"
#include "sync/conns.h"
#include "unit/service/fixture.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

Suite *test_link_suite(void);

enum { TURNS = 5000 };

/* Two organisations that know each other, the first one listening. */
struct street {
	struct fixture fixture;
	struct link *links[2];
	struct zsock_address address;
};

static void ok(enum err err)
{
	ck_assert_msg(err == ERR_OK, "%s", err_text());
}

static void street_open(struct street *street)
{
	memset(street, 0, sizeof(*street));
	fixture_open(&street->fixture, 2);
	ok(link_open(street->fixture.nodes[0], &street->links[0]));
	ok(link_bind(street->links[0], "tcp://127.0.0.1:*", &street->address));
}

static void street_close(struct street *street)
{
	link_close(street->links[0]);
	link_close(street->links[1]);
	fixture_close(&street->fixture);
}

/* M141: a stranger's refusal is what lets a node serve. */
START_TEST(a_node_proves_that_strangers_are_turned_away)
{
	struct street street;
	street_open(&street);
	ok(link_prove(street.links[0]));
	street_close(&street);
}
END_TEST

#ifdef QSG_TEST
/* M141 */
START_TEST(without_its_handler_there_is_no_proof)
{
	struct street street;
	street_open(&street);
	link_kill_zap(street.links[0]);
	ck_assert_int_eq(link_prove(street.links[0]), ERR_NET);
	street_close(&street);
}
END_TEST
#endif

START_TEST(what_is_listened_on_is_told_as_it_was_given)
{
	struct street street;
	struct zsock_address address;
	street_open(&street);
	ck_assert(card_endpoint_advertisable(span_text(street.address.text)));
	ck_assert_int_eq(
	    strncmp(street.address.text, "tcp://127.0.0.1:", 16), 0);
	ck_assert_int_eq(
	    link_bind(street.links[0], street.address.text, &address),
	    ERR_BUSY);
	ck_assert_int_eq(
	    link_bind(street.links[0], "ipc:///tmp/x", &address), ERR_INPUT);
	static const char *const ports[] = { "tcp://127.0.0.1:65536",
		"tcp://127.0.0.1:99999", "tcp://127.0.0.1:", "tcp://127.0.0.1",
		"tcp://127.0.0.1:8o", "tcp://*:070000", "tcp://localhost:-1" };
	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		ck_assert_int_eq(
		    link_bind(street.links[0], ports[i], &address), ERR_INPUT);
	}
	ok(link_bind(street.links[0], "tcp://0.0.0.0:*", &address));
	ck_assert(!card_endpoint_advertisable(span_text(address.text)));
	ok(link_bind(street.links[0], "tcp://localhost:*", &address));
	street_close(&street);
}
END_TEST

/* M149: nine connections of one peer; eight stay. */
START_TEST(a_peer_may_open_eight_connections)
{
	enum { DIALS = CONNS_PER_PEER + 1 };
	struct street street;
	void *context = NULL;
	void *dealers[DIALS];
	void *monitors[DIALS];
	size_t ended = 0;
	street_open(&street);
	ok(link_admit(street.links[0]));
	const struct keystore *peer = node_keystore(street.fixture.nodes[1]);
	const struct id32 *server =
	    &keystore_public(node_keystore(street.fixture.nodes[0]))->transport;
	ok(zsock_context(64, &context));
	for (size_t i = 0; i < DIALS; i++) {
		ok(zsock_new(context, ZMQ_DEALER, &dealers[i]));
		ok(zsock_set(dealers[i], ZMQ_RECONNECT_IVL, -1));
		ok(curve_arm_client(peer, dealers[i], server));
		ok(zsock_monitor(context, dealers[i], &monitors[i]));
		ck_assert_int_eq(
		    zmq_connect(dealers[i], street.address.text), 0);
		ck_assert_int_eq(zmq_send(dealers[i], "x", 1, 0), 1);
	}
	for (int turn = 0; turn < TURNS && ended == 0; turn++) {
		link_wait(street.links[0], NULL, 0, 10);
		(void)link_run(street.links[0]);
		for (size_t i = 0; i < DIALS; i++) {
			struct zsock_event event;
			while (zsock_event(monitors[i], &event)) {
				ended += event.event == ZMQ_EVENT_DISCONNECTED
				             ? 1u
				             : 0u;
			}
		}
	}
	/* On a slow machine others may have ended beside it by now. */
	ck_assert_uint_ge(ended, 1);
	for (size_t i = 0; i < DIALS; i++) {
		zsock_unmonitor(dealers[i], monitors[i]);
		zsock_close(dealers[i]);
	}
	ck_assert_int_eq(zmq_ctx_term(context), 0);
	street_close(&street);
}
END_TEST

static bool held(struct street *street, const struct id32 *record)
{
	char *text = fixture_text(&street->fixture, 1, record);
	bool there = text != NULL && strcmp(text, "over the wire") == 0;
	free(text);
	return there;
}

static void turn(struct street *street, struct peering *const peerings[2])
{
	street->fixture.now_ms += 10;
	for (size_t i = 0; i < 2; i++) {
		link_wait(street->links[i], NULL, 0, 2);
		(void)link_run(street->links[i]);
		peering_tick(peerings[i]);
		if (node_staged(street->fixture.nodes[i])) {
			ok(node_commit(street->fixture.nodes[i]));
			peering_committed(peerings[i], true);
			ok(link_admit(street->links[i]));
		}
	}
}

/* A card of this node's, with other transport keys. */
static void card_with_keys(struct street *street, size_t at,
    const struct id32 *keys, size_t count, struct buf *out)
{
	const struct node *node = street->fixture.nodes[at];
	Qsg__Card card = *node_card(node)->fields;
	Qsg__SignedCard whole = QSG__SIGNED_CARD__INIT;
	ProtobufCBinaryData list[2];
	uint8_t label[64];
	uint8_t signature[KEYSTORE_SIGNATURE_BYTES];
	struct buf bytes = { 0 };
	struct buf text = { 0 };
	struct id32 copies[2];
	for (size_t i = 0; i < count; i++) {
		copies[i] = keys[i];
		list[i] = (ProtobufCBinaryData){ 32, copies[i].b };
	}
	card.version++;
	card.transport_keys = list;
	card.n_transport_keys = count;
	ok(canon_encode(&card.base, &bytes));
	ok(buf_append(
	    &text, span_of(label, secrets_label("qsg/card/v1", label))));
	ok(buf_append(&text, buf_span(&bytes)));
	ok(keystore_sign_card(node_keystore(node), buf_span(&text), signature));
	whole.card = (ProtobufCBinaryData){ bytes.size, bytes.data };
	whole.signature = (ProtobufCBinaryData){ sizeof(signature), signature };
	ok(canon_encode(&whole.base, out));
	buf_clear(&bytes);
	buf_clear(&text);
}

/* Anybody can write the transport key of another into a card: the connections
 * of the one who has it still are its own. */
START_TEST(a_key_in_the_card_of_another_takes_no_connection_away)
{
	struct street street;
	struct peering *peerings[2] = { NULL, NULL };
	struct id32 record;
	struct buf card = { 0 };
	enum peers_outcome outcome;
	memset(&street, 0, sizeof(street));
	fixture_open(&street.fixture, 3);
	ok(link_open(street.fixture.nodes[0], &street.links[0]));
	ok(link_bind(street.links[0], "tcp://127.0.0.1:*", &street.address));
	/* Node 2 is the thief; of two at node 0 who have one key, the one with
	 * the lower number came first. */
	size_t thief = 1;
	size_t owner = 2;
	struct node *nodes[3] = { street.fixture.nodes[0],
		street.fixture.nodes[1], street.fixture.nodes[2] };
	ck_assert_int_lt(peers_by_id(nodes[0], node_id(nodes[thief]))->org,
	    peers_by_id(nodes[0], node_id(nodes[owner]))->org);
	card_with_keys(&street, thief,
	    &keystore_public(node_keystore(nodes[owner]))->transport, 1, &card);
	ok(peers_take_card(nodes[0], buf_span(&card), &outcome));
	ok(node_commit(nodes[0]));
	ok(link_admit(street.links[0]));
	/* From here on 1 is the owner. */
	street.fixture.nodes[1] = nodes[owner];
	street.fixture.nodes[2] = nodes[thief];
	const char *endpoints[] = { street.address.text };
	ok(node_set_endpoints(nodes[0], endpoints, 1));
	ok(link_open(nodes[owner], &street.links[1]));
	ok(peers_take_card(nodes[owner],
	    buf_span(&node_card(nodes[0])->signed_bytes), &outcome));
	ok(node_commit(nodes[owner]));
	ok(fixture_share(&street.fixture, 0, 2, "over the wire", &record));
	ok(node_commit(nodes[0]));
	for (size_t i = 0; i < 2; i++) {
		ok(peering_new(street.fixture.nodes[i],
		    link_host(street.links[i]), &peerings[i]));
		link_attach(street.links[i], peerings[i]);
	}
	bool there = false;
	for (int i = 0; i < TURNS && !there; i++) {
		turn(&street, peerings);
		there = held(&street, &record);
	}
	ck_assert(there);
	for (size_t i = 0; i < 2; i++) {
		link_attach(street.links[i], NULL);
		peering_free(peerings[i]);
	}
	buf_clear(&card);
	street_close(&street);
}
END_TEST

/* M142 M183: a changed name waits for a person; the key beside it does not. */
START_TEST(the_new_key_of_a_card_that_waits_is_admitted)
{
	struct street street;
	struct buf card = { 0 };
	enum peers_outcome outcome;
	struct id32 keys[2];
	void *context = NULL;
	void *dealer = NULL;
	void *monitor = NULL;
	struct zsock_event event;
	bool in = false;
	struct fixture strangers; /* whose key is as good as a new one */
	street_open(&street);
	fixture_open(&strangers, 1);
	const struct keystore *keystore = node_keystore(strangers.nodes[0]);
	keys[0] = keystore_public(keystore)->transport;
	char name[] = "Another Name";
	Qsg__Card *fields = node_card(street.fixture.nodes[1])->fields;
	char *old = fields->name;
	fields->name = name;
	card_with_keys(&street, 1, keys, 1, &card);
	fields->name = old;
	ok(peers_take_card(street.fixture.nodes[0], buf_span(&card), &outcome));
	ck_assert_int_eq(outcome, PEERS_WAITS);
	ok(node_commit(street.fixture.nodes[0]));
	ok(link_admit(street.links[0]));
	ok(zsock_context(64, &context));
	ok(zsock_new(context, ZMQ_DEALER, &dealer));
	ok(zsock_set(dealer, ZMQ_RECONNECT_IVL, -1));
	ok(curve_arm_client(keystore, dealer,
	    &keystore_public(node_keystore(street.fixture.nodes[0]))
		 ->transport));
	ok(zsock_monitor(context, dealer, &monitor));
	ck_assert_int_eq(zmq_connect(dealer, street.address.text), 0);
	while (!in && zsock_event_wait(monitor, 5000, &event)) {
		in = event.event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
		if (event.event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
			break;
		}
	}
	ck_assert(in);
	zsock_unmonitor(dealer, monitor);
	zsock_close(dealer);
	ck_assert_int_eq(zmq_ctx_term(context), 0);
	buf_clear(&card);
	fixture_close(&strangers);
	street_close(&street);
}
END_TEST

/* Both with sockets and sessions; 1 knows where 0 listens. */
static void street_meet(struct street *street, struct peering *peerings[2])
{
	const char *endpoints[] = { street->address.text };
	enum peers_outcome outcome;
	ok(node_set_endpoints(street->fixture.nodes[0], endpoints, 1));
	ok(link_open(street->fixture.nodes[1], &street->links[1]));
	/* The other side hears of the address by its new card. */
	ok(peers_take_card(street->fixture.nodes[1],
	    buf_span(&node_card(street->fixture.nodes[0])->signed_bytes),
	    &outcome));
	ok(node_commit(street->fixture.nodes[1]));
	for (size_t i = 0; i < 2; i++) {
		ok(peering_new(street->fixture.nodes[i],
		    link_host(street->links[i]), &peerings[i]));
		link_attach(street->links[i], peerings[i]);
	}
}

static void street_part(struct street *street, struct peering *peerings[2])
{
	for (size_t i = 0; i < 2; i++) {
		link_attach(street->links[i], NULL);
		peering_free(peerings[i]);
	}
	street_close(street);
}

START_TEST(a_record_crosses_real_sockets)
{
	struct street street;
	struct peering *peerings[2] = { NULL, NULL };
	struct id32 record;
	street_open(&street);
	ok(fixture_share(&street.fixture, 0, 2, "over the wire", &record));
	ok(node_commit(street.fixture.nodes[0]));
	street_meet(&street, peerings);
	bool there = false;
	for (int i = 0; i < TURNS && !there; i++) {
		turn(&street, peerings);
		there = held(&street, &record);
	}
	ck_assert(there);
	street_part(&street, peerings);
}
END_TEST

static void until_connected(
    struct street *street, struct peering *peerings[2], const struct peer *peer)
{
	for (int i = 0; i < TURNS && !peer->connected; i++) {
		turn(street, peerings);
	}
	ck_assert(peer->connected);
}

static void turn_away(struct street *street, struct peer *peer, bool refused)
{
	struct node *node = street->fixture.nodes[0];
	ok(state_begin(node));
	ok(refused ? enrolment_refuse(node, peer, "not who it says")
		   : enrolment_bar(node, peer, true));
}

static void let_in(struct street *street, struct peer *peer, bool refused)
{
	struct node *node = street->fixture.nodes[0];
	ok(state_begin(node));
	ok(refused ? enrolment_admit(node, peer)
		   : enrolment_bar(node, peer, false));
}

/* M325 M334: once for a refused, once for a barred peer. */
START_TEST(whom_we_refuse_or_bar_is_cut_and_gets_no_connection)
{
	bool refused = _i == 0;
	struct street street;
	struct peering *peerings[2] = { NULL, NULL };
	street_open(&street);
	street_meet(&street, peerings);
	struct peer *them = fixture_peer(&street.fixture, 0, 1);
	struct peer *us = fixture_peer(&street.fixture, 1, 0);
	until_connected(&street, peerings, us);
	until_connected(&street, peerings, them);
	turn_away(&street, them, refused);
	turn(&street, peerings);
	ck_assert(!them->connected);
	ck_assert_ptr_null(peering_session(peerings[0], them->org));
	/* It dials again and is turned away by the handshake itself. */
	for (int i = 0;
	     i < TURNS && strstr(us->unreachable, "does not admit us") == NULL;
	     i++) {
		turn(&street, peerings);
		ck_assert(!them->connected);
	}
	ck_assert_ptr_nonnull(strstr(us->unreachable, "does not admit us"));
	let_in(&street, them, refused);
	until_connected(&street, peerings, us);
	street_part(&street, peerings);
}
END_TEST

Suite *test_link_suite(void)
{
	Suite *suite = suite_create("link");
	TCase *tests = tcase_create("link");
	tcase_add_test(tests, a_node_proves_that_strangers_are_turned_away);
#ifdef QSG_TEST
	tcase_add_test(tests, without_its_handler_there_is_no_proof);
#endif
	tcase_add_test(tests, what_is_listened_on_is_told_as_it_was_given);
	tcase_add_test(tests, a_peer_may_open_eight_connections);
	tcase_add_test(tests, a_record_crosses_real_sockets);
	tcase_add_loop_test(
	    tests, whom_we_refuse_or_bar_is_cut_and_gets_no_connection, 0, 2);
	tcase_add_test(
	    tests, a_key_in_the_card_of_another_takes_no_connection_away);
	tcase_add_test(tests, the_new_key_of_a_card_that_waits_is_admitted);
	suite_add_tcase(suite, tests);
	return suite;
}
