#include "pair.h"

#include "codec/canon.h"
#include "service/enrolment.h"
#include "sync/peering.h"

#include <check.h>
#include <string.h>

Suite *test_peering_suite(void);

/* Two peerings and the connections between them; `lower` has the lower id. */
enum { WIRES = 64, QUEUE = 256 };

struct wire {
	int dialler; /* PAIR_A or PAIR_B */
	bool open;
	bool blocked; /* nothing gets through */
};

struct item {
	int to;
	uint64_t link;
	struct buf bytes;
};

struct end {
	struct peering *peering;
	uint64_t dials;
	int64_t dialled_ms[WIRES];
	uint64_t cuts;
};

static struct pair pair;
static struct end ends[2];
static struct wire wires[WIRES];
static uint64_t wire_count;
static struct item queue[QUEUE];
static size_t queued;
static bool block_new;
static int lower;

static int index_of(const void *context)
{
	return context == &ends[PAIR_A] ? PAIR_A : PAIR_B;
}

static bool send_on(void *context, uint64_t link, struct span message)
{
	struct wire *wire = &wires[link - 1];
	if (!wire->open) {
		return false;
	}
	if (wire->blocked) {
		return true;
	}
	ck_assert_uint_lt(queued, QUEUE);
	struct item *item = &queue[queued++];
	memset(item, 0, sizeof(*item));
	item->to = 1 - index_of(context);
	item->link = link;
	ck_assert_int_eq(buf_append(&item->bytes, message), ERR_OK);
	return true;
}

static uint64_t dial(
    void *context, const struct peer *peer, const char *endpoint)
{
	struct end *end = context;
	const struct pair_side *other = &pair.sides[1 - index_of(context)];
	(void)endpoint;
	if (!id_equal(&peer->card.organisation, node_id(other->node))) {
		return 0; /* C is never there */
	}
	ck_assert_uint_lt(wire_count, WIRES);
	wires[wire_count] = (struct wire){
		.open = true, .dialler = index_of(context), .blocked = block_new
	};
	end->dialled_ms[end->dials++] = pair.now_ms;
	return ++wire_count;
}

static void cut(void *context, uint64_t link)
{
	struct end *end = context;
	end->cuts++;
	wires[link - 1].open = false;
}

/* Only what travels on connections that this side dialled. */
static void settle_of(int dialler)
{
	for (size_t i = 0; i < queued;) {
		struct item item = queue[i];
		if (wires[item.link - 1].dialler != dialler) {
			i++;
			continue;
		}
		queued--;
		memmove(
		    queue + i, queue + i + 1, (queued - i) * sizeof(queue[0]));
		if (wires[item.link - 1].open) {
			peering_receive(ends[item.to].peering, item.link,
			    pair.sides[item.to].other, buf_span(&item.bytes));
			bool good =
			    node_commit(pair.sides[item.to].node) == ERR_OK;
			peering_committed(ends[item.to].peering, good);
		}
		buf_clear(&item.bytes);
		i = 0;
	}
}

static void settle(void)
{
	while (queued > 0) {
		settle_of(wires[queue[0].link - 1].dialler);
	}
}

static void pass(int64_t ms)
{
	for (int64_t until = pair.now_ms + ms; pair.now_ms < until;) {
		pair.now_ms += 50;
		for (int i = 0; i < 2; i++) {
			if (ends[i].peering != NULL) {
				peering_tick(ends[i].peering);
				peering_committed(ends[i].peering,
				    node_commit(pair.sides[i].node) == ERR_OK);
			}
		}
		settle();
	}
}

static void start(int side)
{
	struct peering_host host = { .context = &ends[side],
		.send = send_on,
		.dial = dial,
		.cut = cut };
	ck_assert_int_eq(
	    peering_new(pair.sides[side].node, &host, &ends[side].peering),
	    ERR_OK);
}

static void setup(void)
{
	pair_open(&pair);
	memset(ends, 0, sizeof(ends));
	wire_count = 0;
	queued = 0;
	block_new = false;
	lower = id_compare(node_id(pair.sides[PAIR_A].node),
		    node_id(pair.sides[PAIR_B].node)) < 0
	            ? PAIR_A
	            : PAIR_B;
}

static void teardown(void)
{
	for (int i = 0; i < 2; i++) {
		peering_free(ends[i].peering);
	}
	for (size_t i = 0; i < queued; i++) {
		buf_clear(&queue[i].bytes);
	}
	pair_close(&pair);
}

static struct session *live(int side)
{
	return peering_session(ends[side].peering, pair.sides[side].other);
}

static struct peer *other_of(int side)
{
	return peers_get(pair.sides[side].node, pair.sides[side].other);
}

START_TEST(two_nodes_meet_and_say_so)
{
	start(PAIR_A);
	start(PAIR_B);
	pass(1000);
	ck_assert_ptr_nonnull(live(PAIR_A));
	ck_assert_ptr_nonnull(live(PAIR_B));
	ck_assert(other_of(PAIR_A)->connected);
	ck_assert_int_gt(other_of(PAIR_A)->connected_ms, 0);
	ck_assert_int_gt(other_of(PAIR_A)->seen_ms, 0);
}
END_TEST

/* M112 */
START_TEST(crossing_dials_leave_the_lower_id_s)
{
	/* Both dial before either hears of the other. */
	start(PAIR_A);
	start(PAIR_B);
	for (unsigned i = 0; i < 20; i++) {
		pair.now_ms += 50;
		peering_tick(ends[PAIR_A].peering);
		peering_tick(ends[PAIR_B].peering);
	}
	ck_assert_uint_ge(ends[PAIR_A].dials, 1);
	ck_assert_uint_ge(ends[PAIR_B].dials, 1);
	settle();
	pass(3000);
	ck_assert_ptr_nonnull(live(PAIR_A));
	ck_assert_ptr_nonnull(live(PAIR_B));
	ck_assert(live(lower)->dialled);
	ck_assert(!live(1 - lower)->dialled);
	size_t open = 0;
	for (uint64_t i = 0; i < wire_count; i++) {
		open += wires[i].open ? 1 : 0;
	}
	ck_assert_uint_eq(open, 1);
}
END_TEST

/* M112 */
START_TEST(a_crossing_dial_that_comes_late_does_not_replace_the_lower_id_s)
{
	start(PAIR_A);
	start(PAIR_B);
	for (unsigned i = 0; i < 20; i++) {
		pair.now_ms += 50;
		peering_tick(ends[PAIR_A].peering);
		peering_tick(ends[PAIR_B].peering);
	}
	settle_of(lower);
	ck_assert_ptr_nonnull(live(lower));
	settle_of(1 - lower);
	settle();
	ck_assert_ptr_nonnull(live(lower));
	ck_assert_ptr_nonnull(live(1 - lower));
	ck_assert(live(lower)->dialled);
	ck_assert(!live(1 - lower)->dialled);
}
END_TEST

/* M112 */
START_TEST(a_higher_id_that_lost_its_session_gets_a_new_one)
{
	start(PAIR_A);
	start(PAIR_B);
	pass(20000);
	struct session *old = live(lower);
	ck_assert_ptr_nonnull(old);
	uint64_t link = old->link;
	/* The higher one starts anew and the lower one hears nothing of it;
	 * what the lower one dials does not get through. */
	wires[link - 1].blocked = true;
	peering_free(ends[1 - lower].peering);
	wires[link - 1].open = true;
	start(1 - lower);
	pass(2000);
	ck_assert_ptr_nonnull(live(1 - lower));
	ck_assert_ptr_nonnull(live(lower));
	ck_assert_uint_ne(live(lower)->link, link);
	ck_assert_uint_eq(live(lower)->link, live(1 - lower)->link);
}
END_TEST

/* M113 */
START_TEST(nobody_dials_while_a_session_lives)
{
	start(PAIR_A);
	start(PAIR_B);
	pass(3000);
	uint64_t dials = ends[PAIR_A].dials + ends[PAIR_B].dials;
	pass(120000);
	ck_assert_uint_eq(dials, ends[PAIR_A].dials + ends[PAIR_B].dials);
	ck_assert_ptr_nonnull(live(PAIR_A));
}
END_TEST

/* M114 */
START_TEST(a_peer_that_is_away_is_dialled_every_fifteen_seconds)
{
	block_new = true;
	start(PAIR_A);
	pass(300000);
	ck_assert_uint_ge(ends[PAIR_A].dials, 20);
	ck_assert_uint_le(ends[PAIR_A].dials, 45);
	for (uint64_t i = 1; i < ends[PAIR_A].dials; i++) {
		ck_assert_int_le(
		    ends[PAIR_A].dialled_ms[i] - ends[PAIR_A].dialled_ms[i - 1],
		    15000);
	}
	/* Comes back, and is met. */
	block_new = false;
	start(PAIR_B);
	pass(15000);
	ck_assert_ptr_nonnull(live(PAIR_A));
}
END_TEST

/* M115 */
START_TEST(a_connection_of_nobody_enrolled_is_cut)
{
	static const uint8_t bytes[] = { 0 };
	struct span message = { bytes, 1 };
	start(PAIR_A);
	start(PAIR_B);
	pass(1000);
	uint64_t link = live(PAIR_A)->link;
	peering_receive(ends[PAIR_A].peering, link, 0, message);
	ck_assert(!wires[link - 1].open);
	ck_assert_ptr_null(live(PAIR_A));
	ck_assert(!other_of(PAIR_A)->connected);
	wires[wire_count] = (struct wire){ .open = true };
	link = ++wire_count;
	peering_receive(ends[PAIR_A].peering, link, 1, message);
	ck_assert(!wires[link - 1].open);
}
END_TEST

START_TEST(a_peer_has_four_connections_at_most)
{
	static const uint8_t rubbish[] = { 0xFF };
	struct span message = { rubbish, 1 };
	start(PAIR_A);
	for (unsigned i = 0; i < 6; i++) {
		wires[wire_count] = (struct wire){ .open = true };
		uint64_t link = ++wire_count;
		peering_receive(ends[PAIR_A].peering, link,
		    pair.sides[PAIR_A].other, message);
		pair.now_ms += 10;
	}
	ck_assert(!wires[0].open);
	ck_assert(!wires[1].open);
	for (unsigned i = 2; i < 6; i++) {
		ck_assert(wires[i].open);
	}
}
END_TEST

/* M139 */
START_TEST(a_peer_that_talks_rubbish_is_not_heard_for_a_while)
{
	static const uint8_t rubbish[] = { 0xFF };
	struct span message = { rubbish, 1 };
	int64_t org = pair.sides[PAIR_A].other;
	start(PAIR_A);
	wires[0] = (struct wire){ .open = true };
	wires[1] = (struct wire){ .open = true };
	wires[2] = (struct wire){ .open = true };
	wire_count = 3;
	for (unsigned i = 0; i < LIMIT_MALFORMED; i++) {
		ck_assert(wires[0].open);
		peering_receive(ends[PAIR_A].peering, 1, org, message);
	}
	ck_assert(!wires[0].open);
	pair.now_ms += 14000;
	peering_receive(ends[PAIR_A].peering, 2, org, message);
	ck_assert(!wires[1].open);
	pair.now_ms += 1000;
	peering_receive(ends[PAIR_A].peering, 3, org, message);
	ck_assert(wires[2].open);
}
END_TEST

START_TEST(a_closed_connection_is_dialled_again)
{
	start(PAIR_A);
	start(PAIR_B);
	pass(15000);
	uint64_t link = live(PAIR_A)->link;
	wires[link - 1].open = false;
	peering_closed(ends[PAIR_A].peering, link);
	ck_assert(!other_of(PAIR_A)->connected);
	peering_closed(ends[PAIR_B].peering, link);
	ck_assert_int_le(peering_timeout_ms(ends[PAIR_A].peering), 250);
	pass(1000);
	ck_assert_ptr_nonnull(live(PAIR_A));
	ck_assert_ptr_nonnull(live(PAIR_B));
	ck_assert_int_le(peering_timeout_ms(ends[PAIR_A].peering), 1000);
}
END_TEST

START_TEST(records_flow_through_peerings)
{
	start(PAIR_A);
	start(PAIR_B);
	pass(1000);
	struct id32 record = pair_share(&pair, PAIR_A, 1u << PAIR_B, 10);
	peering_committed(ends[PAIR_A].peering,
	    node_commit(pair.sides[PAIR_A].node) == ERR_OK);
	settle();
	ck_assert(pair_holds(&pair, PAIR_B, &record));
}
END_TEST

static void commit_at(int side)
{
	ck_assert_int_eq(node_commit(pair.sides[side].node), ERR_OK);
	peering_committed(ends[side].peering, true);
}

/* M334 */
START_TEST(sessions_end_with_the_commit_that_refuses)
{
	start(PAIR_A);
	start(PAIR_B);
	pass(1000);
	ck_assert_ptr_nonnull(live(PAIR_A));
	ck_assert_int_eq(enrolment_refuse(pair.sides[PAIR_A].node,
			     other_of(PAIR_A), "not who it says"),
	    ERR_OK);
	ck_assert_ptr_nonnull(live(PAIR_A));
	commit_at(PAIR_A);
	ck_assert_ptr_null(live(PAIR_A));
	ck_assert(!other_of(PAIR_A)->connected);
}
END_TEST

/* M325 */
START_TEST(whom_we_refuse_is_not_dialled_and_not_heard)
{
	static const uint8_t rubbish[] = { 0xFF };
	struct span message = { rubbish, 1 };
	block_new = true;
	start(PAIR_A);
	ck_assert_int_eq(enrolment_refuse(pair.sides[PAIR_A].node,
			     other_of(PAIR_A), "not who it says"),
	    ERR_OK);
	commit_at(PAIR_A);
	pass(60000);
	ck_assert_uint_eq(ends[PAIR_A].dials, 0);
	wires[wire_count] = (struct wire){ .open = true };
	uint64_t link = ++wire_count;
	peering_receive(
	    ends[PAIR_A].peering, link, pair.sides[PAIR_A].other, message);
	ck_assert(!wires[link - 1].open);
	ck_assert_int_eq(
	    enrolment_admit(pair.sides[PAIR_A].node, other_of(PAIR_A)), ERR_OK);
	commit_at(PAIR_A);
	pass(100);
	ck_assert_uint_eq(ends[PAIR_A].dials, 1);
}
END_TEST

Suite *test_peering_suite(void)
{
	Suite *suite = suite_create("peering");
	TCase *tests = tcase_create("peering");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, two_nodes_meet_and_say_so);
	tcase_add_test(tests, crossing_dials_leave_the_lower_id_s);
	tcase_add_test(tests,
	    a_crossing_dial_that_comes_late_does_not_replace_the_lower_id_s);
	tcase_add_test(tests, a_higher_id_that_lost_its_session_gets_a_new_one);
	tcase_add_test(tests, nobody_dials_while_a_session_lives);
	tcase_add_test(
	    tests, a_peer_that_is_away_is_dialled_every_fifteen_seconds);
	tcase_add_test(tests, a_connection_of_nobody_enrolled_is_cut);
	tcase_add_test(tests, a_peer_has_four_connections_at_most);
	tcase_add_test(
	    tests, a_peer_that_talks_rubbish_is_not_heard_for_a_while);
	tcase_add_test(tests, a_closed_connection_is_dialled_again);
	tcase_add_test(tests, records_flow_through_peerings);
	tcase_add_test(tests, sessions_end_with_the_commit_that_refuses);
	tcase_add_test(tests, whom_we_refuse_is_not_dialled_and_not_heard);
	suite_add_tcase(suite, tests);
	return suite;
}
