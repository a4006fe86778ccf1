#include "played.h"

#include "codec/canon.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_session_greedy_suite(void);

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

/* What C would be told to ask for of this range now. */
static enum replica_need need_of_c(const struct replica_range *range)
{
	struct node *node = pair.sides[PAIR_A].node;
	struct id32 record = { { 1 } };
	struct replica_range copy = *range;
	struct replica_range planned;
	Qsg__Offer offer = QSG__OFFER__INIT;
	const struct state_stream *stream =
	    state_stream_by_id(node, &range->stream);
	uint32_t rid = stream == NULL ? 0
	                              : views_at(node_views(node),
					    (uint32_t)stream->row.stream, 9);
	if (rid != 0) {
		record = views_get(node_views(node), rid)->id;
	}
	offer.author = (ProtobufCBinaryData){ 32, copy.author.b };
	offer.generation = (ProtobufCBinaryData){ 8, copy.generation.b };
	offer.stream = (ProtobufCBinaryData){ 32, copy.stream.b };
	offer.record = (ProtobufCBinaryData){ 32, record.b };
	offer.number = 9;
	return replica_plan(node,
	    peers_by_id(node, node_id(pair.sides[PAIR_C].node)), &offer,
	    &planned);
}

/* A holds two records of a stream of B's and has asked for the third. */
static void ask_for_more(struct replica_range *range, uint32_t *request)
{
	(void)pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, false);
	ck_assert(played_wanted(&pair, range, request));
	played_answer(&pair, range, *request, false);
	pair_commit(&pair, PAIR_A);
	(void)pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	pair_commit(&pair, PAIR_B);
	played_advertise(&pair, 2, false);
	ck_assert(played_wanted(&pair, range, request));
	ck_assert_uint_eq(range->first, 3);
	ck_assert_int_eq(need_of_c(range), REPLICA_LATER);
}

/* M138 */
START_TEST(who_offers_and_never_gives_cannot_keep_a_stream_from_others)
{
	struct replica_range range;
	uint32_t request = 0;
	ask_for_more(&range, &request);
	played_pass(&pair, 31000);
	/* Offered again at once, it is not asked: others are. */
	pair_drop(&pair, PAIR_A);
	played_advertise(&pair, 3, false);
	ck_assert(!played_wanted(&pair, &range, &request));
	ck_assert_int_eq(need_of_c(&range), REPLICA_WANT);
	played_pass(&pair, 7000);
	ck_assert(played_wanted(&pair, &range, &request));
	played_pass(&pair, 31000);
	played_pass(&pair, 4000); /* twice as long: 10 s */
	pair_drop(&pair, PAIR_A);
	played_advertise(&pair, 4, false);
	ck_assert(!played_wanted(&pair, &range, &request));
	played_pass(&pair, 7000);
	ck_assert(played_wanted(&pair, &range, &request));
	/* Once it gives, all is well. */
	played_answer(&pair, &range, request, false);
	ck_assert_uint_eq(session_peer(at_a())->slow, 0);
}
END_TEST

/* A stream that another is being asked for does not hold up what else the peer
 * has: its page is acknowledged, and it is asked for later. */
START_TEST(an_offer_that_has_to_wait_does_not_hold_up_its_page)
{
	struct node *node = pair.sides[PAIR_A].node;
	const struct peer *c =
	    peers_by_id(node, node_id(pair.sides[PAIR_C].node));
	struct replica_range range;
	uint32_t request = 0;
	(void)pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, false);
	ck_assert(played_wanted(&pair, &range, &request));
	played_answer(&pair, &range, request, false);
	pair_commit(&pair, PAIR_A);
	(void)pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	pair_commit(&pair, PAIR_B);
	replica_fetching(node, c, &range, pair.now_ms + 20000);
	pair_drop(&pair, PAIR_A);
	played_advertise(&pair, 2, false);
	ck_assert(!played_wanted(&pair, &range, &request));
	played_pass(&pair, 500);
	ck_assert_uint_eq(played_acked_page(&pair), 2);
	played_pass(&pair, 23000);
	ck_assert(played_wanted(&pair, &range, &request));
	ck_assert_uint_eq(range.first, 3);
}
END_TEST

/* M138 */
START_TEST(hanging_up_and_calling_again_does_not_help_it)
{
	struct replica_range range;
	uint32_t request = 0;
	ask_for_more(&range, &request);
	played_pass(&pair, 2000);
	session_free(at_a());
	pair_drop(&pair, PAIR_A);
	pair_play_b(&pair);
	played_advertise(&pair, 1, false);
	ck_assert(!played_wanted(&pair, &range, &request));
	ck_assert_int_eq(need_of_c(&range), REPLICA_WANT);
}
END_TEST

/* M138 */
START_TEST(giving_a_record_now_and_then_does_not_keep_a_stream_either)
{
	struct replica_range range;
	struct replica_range part;
	uint32_t request = 0;
	for (unsigned i = 0; i < 8; i++) {
		(void)pair_share(&pair, PAIR_B, TO_A | TO_C, 10);
	}
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, false);
	ck_assert(played_wanted(&pair, &range, &request));
	for (uint64_t n = 1; n <= 4; n++) {
		part = range;
		part.first = part.last = n;
		part.head_size = at_a()->wants[0].range.head_size;
		played_answer(&pair, &part, request, false);
		pair_commit(&pair, PAIR_A);
		played_pass(&pair, 20000);
	}
	ck_assert(at_a()->wants[0].active);
	ck_assert_int_eq(need_of_c(&range), REPLICA_WANT);
}
END_TEST

/* B gives 21 records without the bytes of the last twenty, and A asks again.
 * The last record. */
static struct id32 give_without_bytes(
    struct replica_range *asked, uint32_t *request)
{
	struct pair_side *b = &pair.sides[PAIR_B];
	struct replica_range range;
	struct id32 last = { { 0 } };
	for (unsigned i = 0; i < 20; i++) {
		last = pair_share(&pair, PAIR_B, TO_A, 10);
	}
	pair_commit(&pair, PAIR_B);
	pair_play_b(&pair);
	played_advertise(&pair, 1, false);
	ck_assert(played_wanted(&pair, &range, request));
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Records records = QSG__RECORDS__INIT;
	struct replica_range copy = range;
	uint64_t next = 0;
	ck_assert_int_eq(replica_supply(b->node, peers_get(b->node, b->other),
			     &copy, LIMIT_BATCH_BYTES, &records, &next),
	    ERR_OK);
	for (size_t i = 1; i < records.n_records; i++) {
		records.records[i]->body.len = 0;
	}
	records.request = *request;
	message.body_case = QSG__MESSAGE__BODY_RECORDS;
	message.records = &records;
	pair_say(&pair, &message);
	replica_free_records(&records);
	ck_assert(!pair_holds(&pair, PAIR_A, &last));
	ck_assert(played_wanted(&pair, asked, request));
	return last;
}

/* Bytes left out on the way are fetched many at a time. */
START_TEST(missing_bytes_of_many_records_are_asked_for_together)
{
	struct replica_range range;
	struct replica_range copy;
	uint32_t request = 0;
	struct id32 last = give_without_bytes(&range, &request);
	ck_assert_uint_eq(range.first, 2);
	ck_assert_uint_eq(range.last, 21);
	/* In two answers: the first one does not end it. */
	copy = range;
	copy.last = 10;
	played_answer(&pair, &copy, request, false);
	ck_assert(at_a()->wants[0].active);
	copy = range;
	copy.first = 11;
	played_answer(&pair, &copy, request, false);
	ck_assert(!at_a()->wants[0].active);
	ck_assert(pair_holds(&pair, PAIR_A, &last));
}
END_TEST

START_TEST(who_has_not_the_missing_bytes_keeps_nobody_else_from_giving_them)
{
	struct replica_range range;
	uint32_t request = 0;
	char code[] = "not-held";
	(void)give_without_bytes(&range, &request);
	ck_assert_int_eq(need_of_c(&range), REPLICA_LATER);
	played_refuse(&pair, request, code);
	played_pass(&pair, 10000);
	ck_assert_int_eq(need_of_c(&range), REPLICA_WANT);
}
END_TEST

Suite *test_session_greedy_suite(void)
{
	Suite *suite = suite_create("session_greedy");
	TCase *tests = tcase_create("session_greedy");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, who_offers_and_never_gives_cannot_keep_a_stream_from_others);
	tcase_add_test(
	    tests, an_offer_that_has_to_wait_does_not_hold_up_its_page);
	tcase_add_test(tests, hanging_up_and_calling_again_does_not_help_it);
	tcase_add_test(
	    tests, giving_a_record_now_and_then_does_not_keep_a_stream_either);
	tcase_add_test(
	    tests, missing_bytes_of_many_records_are_asked_for_together);
	tcase_add_test(tests,
	    who_has_not_the_missing_bytes_keeps_nobody_else_from_giving_them);
	suite_add_tcase(suite, tests);
	return suite;
}
