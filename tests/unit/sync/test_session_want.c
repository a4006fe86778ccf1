#include "played.h"

#include "codec/canon.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_session_want_suite(void);

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

static uint64_t cursor_of_b(void)
{
	return peers_get(pair.sides[PAIR_A].node, pair.sides[PAIR_A].other)
	    ->cursor;
}

START_TEST(what_was_shared_before_and_during_a_session_arrives)
{
	struct id32 before = pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_connect(&pair);
	ck_assert(pair_holds(&pair, PAIR_B, &before));
	struct id32 during = pair_share(&pair, PAIR_A, TO_B, 16000);
	struct id32 back = pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	struct id32 secret = pair_share(&pair, PAIR_A, TO_C, 10);
	pair_commit(&pair, PAIR_A);
	pair_commit(&pair, PAIR_B);
	pair_relay(&pair);
	ck_assert(pair_holds(&pair, PAIR_B, &during));
	ck_assert(pair_holds(&pair, PAIR_A, &back));
	pair_pass(&pair, 100000);
	ck_assert(!pair_holds(&pair, PAIR_B, &secret));
}
END_TEST

START_TEST(many_records_arrive_in_several_batches)
{
	struct id32 last = { { 0 } };
	for (unsigned i = 0; i < 700; i++) {
		last = pair_share(&pair, PAIR_A, TO_B, 12000);
	}
	pair_commit(&pair, PAIR_A);
	pair_connect(&pair);
	ck_assert(pair_holds(&pair, PAIR_B, &last));
	const struct pair_side *b = &pair.sides[PAIR_B];
	ck_assert_uint_eq(b->node->streams[0].row.state.taken, 701);
	ck_assert_uint_eq(b->session->received, at_a()->sent);
	ck_assert_uint_gt(pair.sides[PAIR_A].said, 8);
	for (size_t i = 0; i < LIMIT_WANTS; i++) {
		ck_assert(!b->session->wants[i].active);
	}
	for (size_t i = 0; i < SESSION_PAGES; i++) {
		ck_assert(!b->session->pages[i].active);
	}
}
END_TEST

/* M122 */
START_TEST(a_page_of_too_many_offers_is_refused)
{
	static Qsg__Offer offers[LIMIT_ADVERTISE + 1];
	static Qsg__Offer *list[LIMIT_ADVERTISE + 1];
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Advertise page = QSG__ADVERTISE__INIT;
	pair_play_b(&pair);
	for (size_t i = 0; i <= LIMIT_ADVERTISE; i++) {
		qsg__offer__init(&offers[i]);
		list[i] = &offers[i];
	}
	page.page = 1;
	page.offers = list;
	page.n_offers = LIMIT_ADVERTISE + 1;
	message.body_case = QSG__MESSAGE__BODY_ADVERTISE;
	message.advertise = &page;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "too-many-offers"));
	ck_assert(!at_a()->pages[0].active);
	page.n_offers = 1;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "malformed"));
}
END_TEST

/* M123 */
START_TEST(a_page_is_acknowledged_only_once_its_records_are_committed)
{
	struct replica_range range;
	uint32_t request = 0;
	struct buf bytes = { 0 };
	(void)pair_share(&pair, PAIR_B, TO_A, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 5, true);
	ck_assert(played_wanted(&pair, &range, &request));
	ck_assert_uint_eq(played_acked_page(&pair), 0);
	/* Deliver without committing. */
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Records records = QSG__RECORDS__INIT;
	struct pair_side *b = &pair.sides[PAIR_B];
	uint64_t next = 0;
	ck_assert_int_eq(replica_supply(b->node, peers_get(b->node, b->other),
			     &range, LIMIT_BATCH_BYTES, &records, &next),
	    ERR_OK);
	records.request = request;
	message.body_case = QSG__MESSAGE__BODY_RECORDS;
	message.records = &records;
	message.version = 1;
	message.from_session = 4711;
	message.to_session = at_a()->ours;
	ck_assert_int_eq(canon_encode(&message.base, &bytes), ERR_OK);
	replica_free_records(&records);
	session_receive(at_a(), buf_span(&bytes));
	buf_clear(&bytes);
	session_tick(at_a());
	ck_assert_uint_eq(played_acked_page(&pair), 0);
	pair_commit(&pair, PAIR_A); /* the records */
	pair_commit(&pair, PAIR_A); /* the cursor */
	ck_assert_uint_eq(played_acked_page(&pair), 5);
	ck_assert_uint_gt(cursor_of_b(), 0);
}
END_TEST

/* M124 */
START_TEST(the_cursor_stays_before_an_offer_that_was_given_up)
{
	struct replica_range range;
	uint32_t request = 0;
	char code[] = "unknown-stream";
	(void)pair_share(&pair, PAIR_B, TO_A, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 5, true);
	ck_assert(played_wanted(&pair, &range, &request));
	played_refuse(&pair, request, code);
	ck_assert_uint_eq(played_acked_page(&pair), 5);
	ck_assert_uint_eq(cursor_of_b(), 0);
	played_advertise(&pair, 6, true);
	ck_assert(played_wanted(&pair, &range, &request));
	played_answer(&pair, &range, request, false);
	pair_commit(&pair, PAIR_A);
	ck_assert_uint_eq(played_acked_page(&pair), 6);
	ck_assert_uint_gt(cursor_of_b(), 0);
}
END_TEST

/* M125 */
START_TEST(no_more_than_four_ranges_are_wanted_at_once)
{
	struct id32 ids[6];
	Qsg__Offer offers[6];
	Qsg__Offer *list[6];
	struct id32 author = *node_id(pair.sides[PAIR_B].node);
	struct generation generation =
	    node_head(pair.sides[PAIR_B].node)->generation;
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Advertise page = QSG__ADVERTISE__INIT;
	pair_play_b(&pair);
	for (size_t i = 0; i < 6; i++) {
		memset(ids[i].b, (int)i + 1, 32);
		qsg__offer__init(&offers[i]);
		offers[i].author = (ProtobufCBinaryData){ 32, author.b };
		offers[i].generation = (ProtobufCBinaryData){ 8, generation.b };
		offers[i].stream = (ProtobufCBinaryData){ 32, ids[i].b };
		offers[i].record = (ProtobufCBinaryData){ 32, ids[i].b };
		offers[i].number = 1;
		list[i] = &offers[i];
	}
	page.page = 1;
	page.offers = list;
	page.n_offers = 6;
	message.body_case = QSG__MESSAGE__BODY_ADVERTISE;
	message.advertise = &page;
	pair_say(&pair, &message);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_WANT), 4);
	ck_assert(!session_want_room(at_a()));
	ck_assert_uint_eq(at_a()->pages[0].count, 6);
	struct replica_range range;
	uint32_t request = 0;
	char code[] = "not-held";
	ck_assert(played_wanted(&pair, &range, &request));
	pair_drop(&pair, PAIR_A);
	played_refuse(&pair, request, code);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_WANT), 1);
}
END_TEST

/* M131 */
START_TEST(a_want_without_progress_is_given_up_for_others)
{
	struct replica_range range;
	uint32_t request = 0;
	(void)pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	(void)pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, false);
	ck_assert(played_wanted(&pair, &range, &request));
	struct replica_range part = range;
	part.last = 1;
	played_answer(&pair, &part, request, false);
	ck_assert_uint_eq(at_a()->wants[0].range.first, 2);
	const struct state_stream *stream =
	    state_stream_by_id(pair.sides[PAIR_A].node, &range.stream);
	ck_assert_int_eq(stream->fetching_org, pair.sides[PAIR_A].other);
	played_pass(&pair, 29500);
	ck_assert(at_a()->wants[0].active);
	played_pass(&pair, 1000);
	ck_assert(!at_a()->wants[0].active);
	ck_assert_int_eq(stream->fetching_org, 0);
	/* The offer is tried again after a while. */
	pair_drop(&pair, PAIR_A);
	played_pass(&pair, 7000);
	ck_assert(played_wanted(&pair, &range, &request));
	ck_assert_uint_eq(range.first, 2);
}
END_TEST

/* M132 */
START_TEST(a_stream_of_refused_records_is_left_alone_for_ten_minutes)
{
	struct replica_range range;
	uint32_t request = 0;
	struct id32 record = pair_share(&pair, PAIR_B, TO_A, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, true);
	ck_assert(played_wanted(&pair, &range, &request));
	struct replica_range again = range;
	played_answer(&pair, &again, request, true);
	Qsg__Message *said =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_REFUSE);
	ck_assert_ptr_nonnull(said);
	ck_assert_uint_eq(said->refuse->request, request);
	ck_assert_uint_eq(said->refuse->stream.len, 32);
	canon_free(&said->base);
	ck_assert(!pair_holds(&pair, PAIR_A, &record));
	played_advertise(&pair, 2, true);
	played_pass(&pair, 590000);
	ck_assert(!played_wanted(&pair, &range, &request));
	played_advertise(&pair, 3, true);
	ck_assert(!played_wanted(&pair, &range, &request));
	played_pass(&pair, 15000);
	played_advertise(&pair, 4, true);
	ck_assert(played_wanted(&pair, &range, &request));
	played_answer(&pair, &range, request, false);
	ck_assert(pair_holds(&pair, PAIR_A, &record));
}
END_TEST

/* M133 */
START_TEST(records_over_a_quota_are_throttled)
{
	struct replica_range range;
	uint32_t request = 0;
	(void)pair_share(&pair, PAIR_B, TO_A, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, false);
	ck_assert(played_wanted(&pair, &range, &request));
	struct node *node = pair.sides[PAIR_A].node;
	node->accounts[pair.sides[PAIR_A].other - 1].bytes = UINT64_MAX / 2;
	played_answer(&pair, &range, request, false);
	Qsg__Message *said =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_THROTTLE);
	ck_assert_ptr_nonnull(said);
	ck_assert_mem_eq(said->throttle->author.data,
	    node_id(pair.sides[PAIR_B].node)->b, 32);
	ck_assert_uint_gt(said->throttle->retry_after_ms, 0);
	canon_free(&said->base);
	ck_assert(!at_a()->wants[0].active);
}
END_TEST

/* M136 */
START_TEST(a_failing_disk_acknowledges_nothing_and_starts_over)
{
	struct replica_range range;
	uint32_t request = 0;
	struct id32 record = pair_share(&pair, PAIR_B, TO_A, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, true);
	ck_assert(played_wanted(&pair, &range, &request));
	pair_drop(&pair, PAIR_A);
	struct node *node = pair.sides[PAIR_A].node;
	struct session *session = at_a();
	struct replica_range first = range;
	node->poisoned = err_set(ERR_FULL, "full");
	played_answer(&pair, &first, request, false);
	ck_assert(!pair_holds(&pair, PAIR_A, &record));
	ck_assert_uint_eq(session->told, 0);
	played_pass(&pair, 29000);
	ck_assert_uint_eq(session->told, 0);
	ck_assert(!played_wanted(&pair, &range, &request));
	played_pass(&pair, 2000);
	ck_assert(played_wanted(&pair, &range, &request));
	ck_assert_uint_gt(session->told, 0);
	played_answer(&pair, &range, request, false);
	ck_assert(pair_holds(&pair, PAIR_A, &record));
}
END_TEST

/* M137 */
START_TEST(records_far_beyond_the_credit_are_dropped)
{
	enum { BODY = 1000000 };
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Records records = QSG__RECORDS__INIT;
	Qsg__Record record = QSG__RECORD__INIT;
	Qsg__Record *list[1] = { &record };
	struct id32 id = { { 1 } };
	struct buf bytes = { 0 };
	uint8_t *body = calloc(1, BODY);
	ck_assert_ptr_nonnull(body);
	pair_play_b(&pair);
	records.author = (ProtobufCBinaryData){ 32, id.b };
	records.generation = (ProtobufCBinaryData){ 8, id.b };
	records.stream = (ProtobufCBinaryData){ 32, id.b };
	records.records = list;
	records.n_records = 1;
	record.body = (ProtobufCBinaryData){ BODY, body };
	message.version = 1;
	message.from_session = 4711;
	message.to_session = at_a()->ours;
	message.body_case = QSG__MESSAGE__BODY_RECORDS;
	message.records = &records;
	ck_assert_int_eq(canon_encode(&message.base, &bytes), ERR_OK);
	/* Nothing is committed, so nothing is acknowledged. */
	(void)pair_share(&pair, PAIR_A, TO_C, 10);
	for (unsigned i = 0; i < 8; i++) {
		session_receive(at_a(), buf_span(&bytes));
	}
	ck_assert_uint_eq(at_a()->received, 8 * BODY);
	pair_drop(&pair, PAIR_A);
	session_receive(at_a(), buf_span(&bytes));
	ck_assert_uint_eq(at_a()->received, 8 * BODY);
	ck_assert(pair_refused(&pair, "over-credit"));
	buf_clear(&bytes);
	free(body);
}
END_TEST

START_TEST(a_body_that_is_not_its_author_s_is_fetched_again)
{
	struct replica_range range;
	uint32_t request = 0;
	struct id32 record = pair_share(&pair, PAIR_B, TO_A, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, true);
	ck_assert(played_wanted(&pair, &range, &request));
	struct pair_side *b = &pair.sides[PAIR_B];
	for (unsigned i = 0; i < 2; i++) {
		Qsg__Message message = QSG__MESSAGE__INIT;
		Qsg__Records records = QSG__RECORDS__INIT;
		uint64_t next = 0;
		ck_assert_int_eq(
		    replica_supply(b->node, peers_get(b->node, b->other),
			&range, LIMIT_BATCH_BYTES, &records, &next),
		    ERR_OK);
		records.request = request;
		records.records[records.n_records - 1]->body.data[0] ^= 1;
		message.body_case = QSG__MESSAGE__BODY_RECORDS;
		message.records = &records;
		pair_say(&pair, &message);
		replica_free_records(&records);
		ck_assert(pair_refused(&pair, "bad-body"));
		if (i == 0) {
			ck_assert(played_wanted(&pair, &range, &request));
			ck_assert_uint_eq(range.first, 2);
		}
	}
	ck_assert(!pair_holds(&pair, PAIR_A, &record));
	/* Nobody offers it again: A remembers. */
	pair_drop(&pair, PAIR_A);
	bool again = false;
	for (unsigned i = 0; i < 2000 && !again; i++) {
		played_pass(&pair, 500);
		again = played_wanted(&pair, &range, &request);
	}
	ck_assert(again);
	played_answer(&pair, &range, request, false);
	ck_assert(pair_holds(&pair, PAIR_A, &record));
}
END_TEST

START_TEST(a_lost_push_is_noticed_by_the_next)
{
	pair_connect(&pair);
	struct id32 first = pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_drop(&pair, PAIR_A);
	struct id32 second = pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_relay(&pair);
	ck_assert(pair_holds(&pair, PAIR_B, &first));
	ck_assert(pair_holds(&pair, PAIR_B, &second));
	struct peer *peer =
	    peers_get(pair.sides[PAIR_B].node, pair.sides[PAIR_B].other);
	ck_assert_uint_eq(peer->refused_here, 0);
}
END_TEST

Suite *test_session_want_suite(void)
{
	Suite *suite = suite_create("session_want");
	TCase *tests = tcase_create("session_want");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, what_was_shared_before_and_during_a_session_arrives);
	tcase_add_test(tests, many_records_arrive_in_several_batches);
	tcase_add_test(tests, a_page_of_too_many_offers_is_refused);
	tcase_add_test(
	    tests, a_page_is_acknowledged_only_once_its_records_are_committed);
	tcase_add_test(
	    tests, the_cursor_stays_before_an_offer_that_was_given_up);
	tcase_add_test(tests, no_more_than_four_ranges_are_wanted_at_once);
	tcase_add_test(tests, a_want_without_progress_is_given_up_for_others);
	tcase_add_test(
	    tests, a_stream_of_refused_records_is_left_alone_for_ten_minutes);
	tcase_add_test(tests, records_over_a_quota_are_throttled);
	tcase_add_test(
	    tests, a_failing_disk_acknowledges_nothing_and_starts_over);
	tcase_add_test(tests, records_far_beyond_the_credit_are_dropped);
	tcase_add_test(tests, a_body_that_is_not_its_author_s_is_fetched_again);
	tcase_add_test(tests, a_lost_push_is_noticed_by_the_next);
	suite_add_tcase(suite, tests);
	return suite;
}
