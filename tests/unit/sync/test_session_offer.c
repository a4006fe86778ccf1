#include "pair.h"

#include "codec/canon.h"

#include <check.h>
#include <string.h>

Suite *test_session_offer_suite(void);

enum { TO_B = 1 << PAIR_B, TO_C = 1 << PAIR_C };

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

static void acknowledge(uint32_t page, uint64_t cursor)
{
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Ack ack = QSG__ACK__INIT;
	ack.page = page;
	ack.cursor = cursor;
	ack.credit = LIMIT_CREDIT_BYTES;
	ack.received = at_a()->sent;
	message.body_case = QSG__MESSAGE__BODY_ACK;
	message.ack = &ack;
	pair_say(&pair, &message);
}

/* Tick only A, keeping the session alive as B would. */
static void pass(int64_t ms)
{
	for (int64_t end = pair.now_ms + ms; pair.now_ms < end;) {
		pair.now_ms += 500;
		session_tick(at_a());
		pair_commit(&pair, PAIR_A);
		acknowledge(0, at_a()->their_cursor);
	}
}

/* M120 */
START_TEST(only_streams_that_both_may_read_are_advertised)
{
	(void)pair_share(&pair, PAIR_A, TO_C, 10);
	(void)pair_share(&pair, PAIR_A, 0, 10);
	(void)pair_share(&pair, PAIR_A, TO_B | TO_C, 10);
	pair_commit(&pair, PAIR_A);
	pair_play_b(&pair);
	Qsg__Message *page =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(page->advertise->n_offers, 1);
	struct id32 id;
	memcpy(id.b, page->advertise->offers[0]->stream.data, 32);
	const struct state_stream *stream =
	    state_stream_by_id(pair.sides[PAIR_A].node, &id);
	ck_assert_uint_eq(stream->reader_count, 3);
	ck_assert_uint_eq(page->advertise->offers[0]->number, 2);
	acknowledge(page->advertise->page, 0);
	canon_free(&page->base);
	pass(31000);
	page = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(page->advertise->n_offers, 1);
	canon_free(&page->base);
}
END_TEST

/* M121 */
START_TEST(one_page_of_each_kind_waits_for_its_answer)
{
	(void)pair_share(&pair, PAIR_A, TO_B, 10);
	(void)pair_share(&pair, PAIR_A, TO_B | TO_C, 10);
	pair_commit(&pair, PAIR_A);
	pair_play_b(&pair);
	Qsg__Message *page =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	ck_assert_uint_eq(page->advertise->cursor, 0);
	ck_assert_uint_eq(page->advertise->n_offers, 2);
	/* Where B stands is not known, so this can't be pushed. */
	(void)pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_RECORDS), 0);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE), 0);
	/* With the answer, what came since goes out. */
	acknowledge(page->advertise->page, 0);
	canon_free(&page->base);
	page = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(page->advertise->n_offers, 1);
	ck_assert_uint_eq(page->advertise->offers[0]->number, 3);
	canon_free(&page->base);
}
END_TEST

START_TEST(a_page_that_is_not_answered_is_made_anew)
{
	(void)pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_play_b(&pair);
	Qsg__Message *page =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	uint32_t number = page->advertise->page;
	canon_free(&page->base);
	bool again = false;
	for (unsigned i = 0; i < 70 && !again; i++) {
		pass(500);
		page = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
		if (page != NULL) {
			again = page->advertise->cursor == 0 &&
			        page->advertise->page > number;
			canon_free(&page->base);
		}
	}
	ck_assert(again);
	ck_assert_int_gt(pair.now_ms, 31000);
}
END_TEST

/* M135 */
START_TEST(growth_is_advertised_to_all_readers_within_thirty_seconds)
{
	pair_play_b(&pair);
	pass(31000);
	pair_drop(&pair, PAIR_A);
	(void)pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	int64_t since = pair.now_ms;
	size_t pages = 0;
	while (pages == 0 && pair.now_ms - since < 40000) {
		pass(500);
		pages = pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	}
	ck_assert_int_le(pair.now_ms - since, 30500);
	Qsg__Message *page =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	ck_assert_uint_ne(page->advertise->cursor, 0);
	ck_assert_uint_eq(page->advertise->n_offers, 1);
	canon_free(&page->base);
}
END_TEST

START_TEST(the_rest_of_a_pass_leaves_the_cursor_after_one_given_up)
{
	(void)pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_play_b(&pair);
	Qsg__Message *page =
	    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	acknowledge(page->advertise->page, 0);
	canon_free(&page->base);
	while (pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE) == 0) {
		pass(500);
	}
	page = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
	ck_assert_uint_ne(page->advertise->cursor, 0);
	acknowledge(page->advertise->page, 0);
	canon_free(&page->base);
	ck_assert(at_a()->pass_dirty);
	/* It comes again, in five to ten minutes. */
	int64_t since = pair.now_ms;
	while (pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE) == 0) {
		pass(500);
		pair_drop(&pair, PAIR_B);
		ck_assert_int_le(pair.now_ms - since, 601000);
	}
	ck_assert_int_ge(pair.now_ms - since, 299000);
}
END_TEST

/* B has been told of everything, and keeps a cursor behind it. */
static void tell_everything(void)
{
	(void)pair_share(&pair, PAIR_A, TO_B, 10);
	pair_commit(&pair, PAIR_A);
	pair_play_b(&pair);
	for (unsigned i = 0; i < 80; i++) {
		Qsg__Message *page =
		    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
		if (page != NULL) {
			acknowledge(
			    page->advertise->page, page->advertise->cursor);
			canon_free(&page->base);
		}
		pass(500);
	}
	ck_assert_uint_gt(at_a()->their_cursor, 0);
	pair_drop(&pair, PAIR_A);
}

/* Advertisements of A that nobody looked at, with a cursor or without; all are
 * answered with B's cursor as it is. */
static size_t advertised(bool with_cursor)
{
	size_t count = 0;
	for (;;) {
		Qsg__Message *page =
		    pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE);
		if (page == NULL) {
			return count;
		}
		count += (page->advertise->cursor != 0) == with_cursor ? 1 : 0;
		ck_assert_uint_eq(page->advertise->n_offers, 1);
		acknowledge(page->advertise->page, at_a()->their_cursor);
		canon_free(&page->base);
	}
}

/* Its cursor is back at nothing, and A does not remember what B has. */
static void go_back(void)
{
	positions_clear(&at_a()->positions);
	acknowledge(0, 0);
}

/* Ours at once, what we have of others within the usual half minute. */
START_TEST(a_cursor_that_went_back_is_followed)
{
	tell_everything();
	go_back();
	ck_assert_uint_eq(at_a()->their_cursor, 0);
	ck_assert_uint_eq(advertised(false), 1);
	int64_t since = pair.now_ms;
	while (pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_ADVERTISE) == 0) {
		pass(500);
		ck_assert_int_le(pair.now_ms - since, 31000);
	}
	ck_assert_uint_eq(advertised(true), 1);
}
END_TEST

START_TEST(a_cursor_that_goes_back_and_forth_is_followed_now_and_then)
{
	tell_everything();
	uint64_t cursor = at_a()->their_cursor;
	size_t pages = 0;
	for (unsigned i = 0; i < 100; i++) {
		go_back();
		pages += advertised(false);
		acknowledge(0, cursor);
	}
	ck_assert_uint_eq(pages, 1);
	pass(SESSION_BACK_MS);
	(void)advertised(false);
	go_back();
	ck_assert_uint_eq(advertised(false), 1);
}
END_TEST

/* An Ack that the network gives late says nothing of where the peer is now. */
START_TEST(an_acknowledgement_that_comes_late_moves_no_cursor)
{
	tell_everything();
	uint64_t cursor = at_a()->their_cursor;
	at_a()->sent += 1000;
	acknowledge(0, cursor); /* of all that was sent */
	ck_assert_uint_ge(at_a()->acked, 1000);
	at_a()->sent -= 1;
	go_back();
	ck_assert_uint_eq(at_a()->their_cursor, cursor);
	ck_assert_uint_eq(advertised(false), 0);
}
END_TEST

START_TEST(a_cursor_never_given_is_not_believed)
{
	pair_play_b(&pair);
	acknowledge(0, 1000000);
	ck_assert_uint_eq(at_a()->their_cursor, 0);
}
END_TEST

/* Who is newly enrolled sends our cursors back: the peer must hear of it. */
START_TEST(a_change_of_cards_tells_the_peer_our_cursor)
{
	pair_play_b(&pair);
	pair_drop(&pair, PAIR_A);
	struct node *node = pair.sides[PAIR_A].node;
	peers_get(node, pair.sides[PAIR_A].other)->cursor = 77;
	session_card_changed(at_a());
	Qsg__Message *ack = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_ACK);
	ck_assert_ptr_nonnull(ack);
	ck_assert_uint_eq(ack->ack->cursor, 77);
	canon_free(&ack->base);
}
END_TEST

Suite *test_session_offer_suite(void)
{
	Suite *suite = suite_create("session_offer");
	TCase *tests = tcase_create("session_offer");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, only_streams_that_both_may_read_are_advertised);
	tcase_add_test(tests, one_page_of_each_kind_waits_for_its_answer);
	tcase_add_test(tests, a_page_that_is_not_answered_is_made_anew);
	tcase_add_test(
	    tests, growth_is_advertised_to_all_readers_within_thirty_seconds);
	tcase_add_test(
	    tests, the_rest_of_a_pass_leaves_the_cursor_after_one_given_up);
	tcase_add_test(tests, a_cursor_that_went_back_is_followed);
	tcase_add_test(
	    tests, a_cursor_that_goes_back_and_forth_is_followed_now_and_then);
	tcase_add_test(
	    tests, an_acknowledgement_that_comes_late_moves_no_cursor);
	tcase_add_test(tests, a_cursor_never_given_is_not_believed);
	tcase_add_test(tests, a_change_of_cards_tells_the_peer_our_cursor);
	suite_add_tcase(suite, tests);
	return suite;
}
