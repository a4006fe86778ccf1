#include "pair.h"

#include "codec/canon.h"
#include "service/fates.h"
#include "service/receipts.h"

#include <check.h>
#include <string.h>

Suite *test_session_serve_suite(void);

enum { TO_A = 1 << PAIR_A, TO_B = 1 << PAIR_B, TO_C = 1 << PAIR_C };

static struct pair pair;

static void setup(void)
{
	pair_open(&pair);
}

static void teardown(void)
{
	pair_close(&pair);
}

static struct session *at_a(void)
{
	return pair.sides[PAIR_A].session;
}

/* The stream of A's with these readers. */
static struct id32 stream_of(unsigned mask)
{
	struct node *node = pair.sides[PAIR_A].node;
	for (size_t i = 0; i < node->stream_count; i++) {
		const struct state_stream *stream = &node->streams[i];
		unsigned readers = 0;
		for (int n = 0; n < PAIR_NODES; n++) {
			readers |=
			    state_reads(stream, node_id(pair.sides[n].node))
				? 1u << n
				: 0;
		}
		if (readers == (mask | TO_A)) {
			return stream->row.state.id;
		}
	}
	ck_abort_msg("no such stream");
}

struct ask {
	struct id32 stream;
	uint64_t first, last;
	uint32_t request;
};

static void want(const struct ask *ask)
{
	struct id32 author = *node_id(pair.sides[PAIR_A].node);
	struct generation generation =
	    node_head(pair.sides[PAIR_A].node)->generation;
	struct id32 stream = ask->stream;
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Want body = QSG__WANT__INIT;
	body.author = (ProtobufCBinaryData){ 32, author.b };
	body.generation = (ProtobufCBinaryData){ 8, generation.b };
	body.stream = (ProtobufCBinaryData){ 32, stream.b };
	body.first = ask->first;
	body.last = ask->last;
	body.request = ask->request;
	message.body_case = QSG__MESSAGE__BODY_WANT;
	message.want = &body;
	pair_say(&pair, &message);
}

static void acknowledge(uint64_t received, uint64_t credit)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Ack ack = QSG__ACK__INIT;
	ack.credit = credit;
	ack.received = received;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = &ack;
	pair_say(&pair, &message);
}

static void pass(int64_t ms)
{
	for (int64_t end = pair.now_ms + ms; pair.now_ms < end;) {
		pair.now_ms += 500;
		session_tick(at_a());
		pair_commit(&pair, PAIR_A);
		acknowledge(at_a()->acked, LIMIT_CREDIT_BYTES);
	}
}

/* Bytes of records that wait to be taken from A, and their number. */
static uint64_t records_bytes(size_t *count)
{
	uint64_t sum = 0;
	*count = 0;
	for (;;) {
		Qsg__Message *message =
		    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS);
		if (message == NULL) {
			return sum;
		}
		uint64_t bytes = session_send_bytes(message->records);
		ck_assert_uint_le(bytes, LIMIT_BATCH_BYTES);
		ck_assert_uint_le(
		    message->records->n_records, LIMIT_BATCH_RECORDS);
		sum += bytes;
		*count += message->records->n_records;
		canon_free(&message->base);
	}
}

/* Is any Want of B's still being answered? */
static bool serving(void)
{
	bool some = false;
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		some = some || at_a()->serves[i].active;
	}
	return some;
}

static void share_many(unsigned mask, unsigned count, size_t size)
{
	for (unsigned i = 0; i < count; i++) {
		(void)pair_share(&pair, PAIR_A, mask, size);
	}
	pair_commit(&pair, PAIR_A);
}

/* M125 */
START_TEST(a_fifth_want_is_busy)
{
	share_many(TO_B, 1, 10);
	pair_play_b(&pair);
	acknowledge(0, 0); /* no credit: all of them wait */
	struct ask ask = { stream_of(TO_B), 1, 2, 0 };
	for (ask.request = 1; ask.request <= 4; ask.request++) {
		want(&ask);
	}
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE), 0);
	want(&ask);
	Qsg__Message *said =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE);
	ck_assert_str_eq(said->refuse->code, "busy");
	ck_assert_uint_eq(said->refuse->request, 5);
	canon_free(&said->base);
	ask.request = 4; /* the same again is nothing new */
	want(&ask);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE), 0);
}
END_TEST

/* M126 */
START_TEST(a_want_of_too_many_numbers_or_none_is_malformed)
{
	share_many(TO_B, 1, 10);
	pair_play_b(&pair);
	struct ask bad[] = { { stream_of(TO_B), 1, 65537, 1 },
		{ stream_of(TO_B), 0, 2, 1 }, { stream_of(TO_B), 2, 1, 1 },
		{ stream_of(TO_B), 1, 2, 0 } };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		want(&bad[i]);
		ck_assert(pair_refused(&pair, "malformed"));
	}
	struct ask good = { stream_of(TO_B), 1, 65536, 1 };
	want(&good);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS), 1);
}
END_TEST

static struct buf refusal(const struct ask *ask)
{
	struct buf bytes = { 0 };
	want(ask);
	Qsg__Message *said =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE);
	ck_assert_ptr_nonnull(said);
	ck_assert_str_eq(said->refuse->code, "unknown-stream");
	ck_assert_int_eq(canon_encode(&said->base, &bytes), ERR_OK);
	canon_free(&said->base);
	return bytes;
}

/* M127 */
START_TEST(unknown_and_forbidden_streams_look_the_same)
{
	share_many(TO_C, 1, 10);
	share_many(0, 1, 10);
	pair_play_b(&pair);
	struct ask forbidden = { stream_of(TO_C), 1, 2, 9 };
	struct ask private = { stream_of(0), 1, 2, 9 };
	struct ask unknown = { { { 5 } }, 1, 2, 9 };
	struct buf a = refusal(&forbidden);
	struct buf b = refusal(&private);
	struct buf c = refusal(&unknown);
	ck_assert(span_equal(buf_span(&a), buf_span(&c)));
	ck_assert(span_equal(buf_span(&b), buf_span(&c)));
	buf_clear(&a);
	buf_clear(&b);
	buf_clear(&c);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS), 0);
}
END_TEST

/* M128 */
START_TEST(records_in_flight_stay_within_the_credit)
{
	enum { CREDIT = 3 * LIMIT_RECORD_BYTES };
	size_t count = 0;
	size_t all = 0;
	share_many(TO_B, 120, 16000);
	pair_play_b(&pair);
	acknowledge(0, CREDIT);
	pair_drop(&pair, PAIR_A);
	struct ask ask = { stream_of(TO_B), 1, 121, 1 };
	want(&ask);
	uint64_t received = records_bytes(&count);
	ck_assert_uint_gt(count, 0);
	ck_assert_uint_le(received, CREDIT);
	for (all = count; count > 0; all += count) {
		acknowledge(received, CREDIT);
		uint64_t more = records_bytes(&count);
		ck_assert_uint_le(more, CREDIT);
		received += more;
	}
	ck_assert_uint_eq(all, 121);
	ck_assert_uint_eq(at_a()->sent, received);
	ck_assert(!serving());
	acknowledge(received + 1, CREDIT); /* of nothing that was sent */
	ck_assert_uint_eq(at_a()->acked, received);
}
END_TEST

/* M128: of whatever a peer gives, so much is used. */
START_TEST(more_credit_than_eight_mebibytes_is_not_taken)
{
	size_t count = 0;
	share_many(TO_B, 600, 16000);
	pair_play_b(&pair);
	acknowledge(0, UINT64_MAX);
	pair_drop(&pair, PAIR_A);
	struct ask ask = { stream_of(TO_B), 1, 601, 1 };
	want(&ask);
	uint64_t sent = records_bytes(&count);
	ck_assert_uint_le(sent, LIMIT_CREDIT_MAX);
	ck_assert_uint_gt(sent, LIMIT_CREDIT_MAX - LIMIT_BATCH_BYTES);
	ck_assert(serving());
	acknowledge(sent, UINT64_MAX);
	(void)records_bytes(&count);
	ck_assert(!serving());
}
END_TEST

START_TEST(bytes_that_nobody_acknowledges_are_given_up_for_lost)
{
	enum { CREDIT = 2 * LIMIT_RECORD_BYTES };
	size_t count = 0;
	share_many(TO_B, 120, 16000);
	pair_play_b(&pair);
	acknowledge(0, CREDIT);
	struct ask ask = { stream_of(TO_B), 1, 121, 1 };
	want(&ask);
	uint64_t first = records_bytes(&count);
	ck_assert_uint_gt(first, 0);
	for (unsigned i = 0; i < 118; i++) {
		pair.now_ms += 500;
		session_tick(at_a());
		acknowledge(0, CREDIT);
	}
	ck_assert_uint_eq(records_bytes(&count), 0);
	for (unsigned i = 0; i < 6; i++) {
		pair.now_ms += 500;
		session_tick(at_a());
		acknowledge(0, CREDIT);
	}
	uint64_t second = records_bytes(&count);
	ck_assert_uint_gt(second, 0);
	ck_assert_uint_eq(at_a()->lost, first);
	/* It was only late. */
	acknowledge(first + second, CREDIT);
	ck_assert_uint_eq(at_a()->lost, 0);
}
END_TEST

/* M129 */
START_TEST(pushes_in_flight_stay_within_their_window)
{
	size_t count = 0;
	uint64_t sum = 0;
	pair_play_b(&pair);
	for (unsigned i = 0; i < 60; i++) {
		share_many(TO_B, 1, 16000);
		sum += records_bytes(&count);
	}
	ck_assert_uint_gt(sum, LIMIT_PUSH_BYTES / 3);
	ck_assert_uint_le(sum, LIMIT_PUSH_BYTES);
	/* Then it is advertised instead; and pushed again once acknowledged. */
	ck_assert_uint_ge(at_a()->page, 1);
	acknowledge(sum, LIMIT_CREDIT_BYTES);
	share_many(TO_B, 1, 100);
	ck_assert_uint_gt(records_bytes(&count), 0);
}
END_TEST

/* M130 */
START_TEST(only_the_author_pushes)
{
	struct pair_side *a = &pair.sides[PAIR_A];
	struct pair_side *c = &pair.sides[PAIR_C];
	pair_play_b(&pair);
	pass(31000);
	pair_drop(&pair, PAIR_A);
	(void)pair_share(&pair, PAIR_C, TO_A | TO_B, 10);
	pair_commit(&pair, PAIR_C);
	Qsg__Records records = QSG__RECORDS__INIT;
	struct replica_taken taken;
	struct replica_range range;
	uint64_t next = 0;
	struct peer *to = peers_by_id(c->node, node_id(a->node));
	ck_assert(replica_stream(c->node, 1, &range));
	range.head_size = 0;
	ck_assert_int_eq(replica_supply(c->node, to, &range, LIMIT_BATCH_BYTES,
			     &records, &next),
	    ERR_OK);
	ck_assert_int_eq(
	    replica_take(a->node, peers_by_id(a->node, node_id(c->node)),
		&records, (struct span){ NULL, 0 }, &taken),
	    ERR_OK);
	ck_assert_uint_eq(taken.taken, 2);
	replica_free_records(&records);
	pair_commit(&pair, PAIR_A);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS), 0);
	/* It is passed on when asked for. */
	pass(31000);
	ck_assert_uint_ge(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE), 1);
	struct id32 stream = range.stream;
	struct ask ask = { stream, 1, 2, 1 };
	want(&ask);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS), 1);
}
END_TEST

static void throttle(uint64_t ms)
{
	struct id32 author = *node_id(pair.sides[PAIR_A].node);
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Throttle body;
	qsg__throttle__init(&body);
	body.author = (ProtobufCBinaryData){ 32, author.b };
	body.retry_after_ms = ms;
	message.body_case = QSG__MESSAGE__BODY_THROTTLE;
	message.throttle = &body;
	pair_say(&pair, &message);
}

/* M134 */
START_TEST(a_throttle_is_obeyed_for_its_time_but_an_hour_at_most)
{
	size_t count = 0;
	pair_play_b(&pair);
	throttle(60000);
	share_many(TO_B, 1, 10);
	ck_assert_uint_eq(records_bytes(&count), 0);
	struct ask ask = { stream_of(TO_B), 1, 2, 1 };
	want(&ask);
	ck_assert(pair_refused(&pair, "busy"));
	pass(61000);
	ask.request = 2;
	want(&ask);
	ck_assert_uint_gt(records_bytes(&count), 0);
	throttle(UINT64_MAX);
	ask.request = 3;
	want(&ask);
	ck_assert_uint_eq(records_bytes(&count), 0);
	pass(3599000);
	ask.request = 4;
	want(&ask);
	ck_assert_uint_eq(records_bytes(&count), 0);
	pass(2000);
	ask.request = 5;
	want(&ask);
	ck_assert_uint_gt(records_bytes(&count), 0);
}
END_TEST

START_TEST(a_range_held_in_part_ends_with_not_held)
{
	share_many(TO_B, 1, 10);
	pair_play_b(&pair);
	struct ask ask = { stream_of(TO_B), 1, 40, 6 };
	want(&ask);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS), 1);
	ck_assert(pair_refused(&pair, "not-held"));
	ck_assert(!serving());
}
END_TEST

START_TEST(a_first_record_is_pushed_and_the_next_ones_too)
{
	size_t count = 0;
	pair_play_b(&pair);
	share_many(TO_B, 1, 10);
	(void)records_bytes(&count);
	ck_assert_uint_eq(count, 2); /* its audience, and itself */
	share_many(TO_B, 3, 10);
	(void)records_bytes(&count);
	ck_assert_uint_eq(count, 3);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE), 0);
}
END_TEST

START_TEST(heads_are_given_from_the_size_asked)
{
	struct id32 author = *node_id(pair.sides[PAIR_A].node);
	struct generation generation =
	    node_head(pair.sides[PAIR_A].node)->generation;
	uint64_t sizes[LIMIT_HEADWANT_SIZES + 1] = { 1 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__HeadWant body = QSG__HEAD_WANT__INIT;
	share_many(TO_B, 3, 10);
	pair_play_b(&pair);
	body.author = (ProtobufCBinaryData){ 32, author.b };
	body.generation = (ProtobufCBinaryData){ 8, generation.b };
	body.sizes = sizes;
	body.n_sizes = 1;
	message.body_case = QSG__MESSAGE__BODY_HEAD_WANT;
	message.head_want = &body;
	pair_say(&pair, &message);
	Qsg__Message *said = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_HEAD);
	ck_assert_ptr_nonnull(said);
	ck_assert_uint_gt(said->head->checkpoint.len, 0);
	canon_free(&said->base);
	body.n_sizes = LIMIT_HEADWANT_SIZES + 1;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "malformed"));
	body.n_sizes = 1;
	generation.b[0] ^= 1;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "unknown-log"));
}
END_TEST

/* When A sent this record to B, as it knows after a second; 0 never. */
static int64_t sent_at(const struct id32 *record)
{
	struct pair_side *a = &pair.sides[PAIR_A];
	struct fates *fates = NULL;
	struct fate fate;
	pair.now_ms += 1000;
	receipts_tick(a->node);
	pair_commit(&pair, PAIR_A);
	ck_assert_int_eq(fates_open(a->node, &fates), ERR_OK);
	ck_assert_int_eq(
	    fates_get(fates, views_find(node_views(a->node), record), a->other,
		&fate),
	    ERR_OK);
	fates_close(fates);
	return fate.sent_ms;
}

/* M209 */
START_TEST(what_goes_out_is_noted_as_sent)
{
	struct id32 early = pair_share(&pair, PAIR_A, TO_B, 100);
	ck_assert_int_eq(sent_at(&early), 0);
	pair_connect(&pair);
	pair_pass(&pair, 1000);
	ck_assert(pair_holds(&pair, PAIR_B, &early));
	ck_assert_int_ne(sent_at(&early), 0);
	struct id32 pushed = pair_share(&pair, PAIR_A, TO_B, 100);
	ck_assert_int_eq(sent_at(&pushed), 0);
	pair_relay(&pair);
	pair_pass(&pair, 1000);
	ck_assert_int_ge(sent_at(&pushed), sent_at(&early));
	ck_assert_int_ne(sent_at(&pushed), 0);
}
END_TEST

Suite *test_session_serve_suite(void)
{
	Suite *suite = suite_create("session_serve");
	TCase *tests = tcase_create("session_serve");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, what_goes_out_is_noted_as_sent);
	tcase_add_test(tests, a_fifth_want_is_busy);
	tcase_add_test(tests, a_want_of_too_many_numbers_or_none_is_malformed);
	tcase_add_test(tests, unknown_and_forbidden_streams_look_the_same);
	tcase_add_test(tests, records_in_flight_stay_within_the_credit);
	tcase_add_test(tests, more_credit_than_eight_mebibytes_is_not_taken);
	tcase_add_test(
	    tests, bytes_that_nobody_acknowledges_are_given_up_for_lost);
	tcase_add_test(tests, pushes_in_flight_stay_within_their_window);
	tcase_add_test(tests, only_the_author_pushes);
	tcase_add_test(
	    tests, a_throttle_is_obeyed_for_its_time_but_an_hour_at_most);
	tcase_add_test(tests, a_range_held_in_part_ends_with_not_held);
	tcase_add_test(tests, a_first_record_is_pushed_and_the_next_ones_too);
	tcase_add_test(tests, heads_are_given_from_the_size_asked);
	suite_add_tcase(suite, tests);
	return suite;
}
