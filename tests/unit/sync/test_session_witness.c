#include "pair.h"

#include "codec/canon.h"

#include <check.h>
#include <string.h>

Suite *test_session_witness_suite(void);

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

static struct node *at(int side)
{
	return pair.sides[side].node;
}

static void tick(int side)
{
	witness_tick(at(side));
	pair_commit(&pair, side);
}

static size_t cosigned(int side)
{
	struct witness_status status;
	ck_assert_int_eq(witness_status(at(side), &status), ERR_OK);
	return status.published == status.head ? status.cosigned : 0;
}

static void share(int from, unsigned mask)
{
	(void)pair_share(&pair, from, mask, 100);
	pair_commit(&pair, from);
}

/* M190 */
START_TEST(a_head_published_in_session_comes_back_cosigned)
{
	pair_connect(&pair);
	share(PAIR_A, TO_B);
	tick(PAIR_A);
	pair_relay(&pair);
	ck_assert_uint_eq(cosigned(PAIR_A), 1);
	/* Both ways, and of a log of which the witness reads nothing. */
	share(PAIR_B, TO_C);
	tick(PAIR_B);
	pair_relay(&pair);
	ck_assert_uint_eq(cosigned(PAIR_B), 1);
	pair_pass(&pair, 3000);
	for (int side = PAIR_A; side <= PAIR_B; side++) {
		struct peer *peer = peers_get(at(side), pair.sides[side].other);
		ck_assert_uint_eq(peer->refused_there, 0);
	}
}
END_TEST

START_TEST(a_head_published_before_is_told_at_the_start)
{
	share(PAIR_A, TO_B);
	tick(PAIR_A);
	pair_connect(&pair);
	ck_assert_uint_eq(cosigned(PAIR_A), 1);
}
END_TEST

START_TEST(under_load_the_published_head_goes_out_before_newer_ones)
{
	pair_connect(&pair);
	share(PAIR_A, TO_B);
	pair_relay(&pair);
	(void)pair_share(&pair, PAIR_A, TO_B, 100);
	witness_tick(at(PAIR_A));
	pair_commit(&pair, PAIR_A);
	pair_relay(&pair);
	struct witness_status status;
	ck_assert_int_eq(witness_status(at(PAIR_A), &status), ERR_OK);
	ck_assert_uint_lt(status.published, status.head);
	ck_assert_uint_eq(status.cosigned, 1);
}
END_TEST

/* M199 */
START_TEST(a_cosignature_goes_out_only_when_it_is_committed)
{
	pair_connect(&pair);
	share(PAIR_A, TO_B);
	pair_relay(&pair);
	tick(PAIR_A);
	Qsg__Message *head = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_HEAD);
	ck_assert_ptr_nonnull(head);
	struct buf bytes = { 0 };
	ck_assert_int_eq(canon_encode(&head->base, &bytes), ERR_OK);
	session_receive(pair.sides[PAIR_B].session, buf_span(&bytes));
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_B, QSG__MESSAGE__BODY_COSIGNATURE), 0);
	/* Undone: nothing; the same head again: then. */
	at(PAIR_B)->poisoned = err_set(ERR_FULL, "no room");
	pair_commit(&pair, PAIR_B);
	session_tick(pair.sides[PAIR_B].session);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_B, QSG__MESSAGE__BODY_COSIGNATURE), 0);
	session_receive(pair.sides[PAIR_B].session, buf_span(&bytes));
	pair_commit(&pair, PAIR_B);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_B, QSG__MESSAGE__BODY_COSIGNATURE), 1);
	/* And once more, the very same. */
	Qsg__Message *first =
	    pair_heard(&pair, PAIR_B, QSG__MESSAGE__BODY_COSIGNATURE);
	pair.now_ms += 100000;
	session_receive(pair.sides[PAIR_B].session, buf_span(&bytes));
	pair_commit(&pair, PAIR_B);
	Qsg__Message *again =
	    pair_heard(&pair, PAIR_B, QSG__MESSAGE__BODY_COSIGNATURE);
	ck_assert_ptr_nonnull(again);
	ck_assert(span_equal(span_of(first->cosignature->line.data,
				 first->cosignature->line.len),
	    span_of(
		again->cosignature->line.data, again->cosignature->line.len)));
	canon_free(&head->base);
	canon_free(&first->base);
	canon_free(&again->base);
	buf_clear(&bytes);
}
END_TEST

START_TEST(a_lost_head_is_told_again_until_it_is_cosigned)
{
	pair_connect(&pair);
	share(PAIR_A, TO_B);
	pair_relay(&pair);
	tick(PAIR_A);
	pair_drop(&pair, PAIR_A);
	ck_assert_uint_eq(cosigned(PAIR_A), 0);
	pair_pass(&pair, SESSION_SETTLE_MS + 1000);
	ck_assert_uint_eq(cosigned(PAIR_A), 1);
	/* From then on there is nothing to say. */
	pair_pass(&pair, 10000);
	uint64_t said = pair.sides[PAIR_A].said;
	pair_pass(&pair, 120000);
	ck_assert_uint_le(pair.sides[PAIR_A].said - said, 14);
}
END_TEST

START_TEST(a_head_the_witness_cannot_join_is_asked_for_and_cosigned)
{
	pair_connect(&pair);
	share(PAIR_A, TO_B);
	tick(PAIR_A);
	pair_relay(&pair);
	ck_assert_uint_eq(cosigned(PAIR_A), 1);
	/* The author believes that the witness holds more than it does. */
	share(PAIR_A, TO_C);
	pair_drop(&pair, PAIR_A);
	pair.sides[PAIR_A].session->peer_head = node_head(at(PAIR_A))->size;
	pair.now_ms += 60000;
	share(PAIR_A, TO_C);
	tick(PAIR_A);
	pair_relay(&pair);
	pair_pass(&pair, 2 * SESSION_SETTLE_MS);
	ck_assert_uint_eq(cosigned(PAIR_A), 1);
}
END_TEST

/* M196 */
START_TEST(a_bad_cosignature_is_refused)
{
	pair_play_b(&pair);
	share(PAIR_A, TO_B);
	tick(PAIR_A);
	pair_drop(&pair, PAIR_A);
	struct id32 self = *node_id(at(PAIR_A));
	struct id32 witness = *node_id(at(PAIR_B));
	struct generation generation = node_head(at(PAIR_A))->generation;
	uint8_t line[] = "\xe2\x80\x94 qsg/x AAAAAAAA\n";
	Qsg__Message message = QSG__MESSAGE__INIT;
	Qsg__Cosignature said = QSG__COSIGNATURE__INIT;
	said.author.data = self.b;
	said.author.len = sizeof(self.b);
	said.generation.data = generation.b;
	said.generation.len = sizeof(generation.b);
	said.witness.data = witness.b;
	said.witness.len = sizeof(witness.b);
	said.size = node_head(at(PAIR_A))->size;
	said.line.data = line;
	said.line.len = sizeof(line) - 1;
	message.body_case = QSG__MESSAGE__BODY_COSIGNATURE;
	message.cosignature = &said;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "verify"));
	said.size++;
	pair_say(&pair, &message);
	ck_assert(pair_refused(&pair, "denied"));
	ck_assert_uint_eq(cosigned(PAIR_A), 0);
	ck_assert(session_established(pair.sides[PAIR_A].session));
}
END_TEST

/* M194 */
START_TEST(a_head_of_another_log_is_not_heard_unasked)
{
	pair_play_b(&pair);
	struct witness_head head;
	(void)pair_share(&pair, PAIR_C, TO_A, 100);
	ck_assert_int_eq(node_commit(at(PAIR_C)), ERR_OK);
	witness_tick(at(PAIR_C));
	ck_assert_int_eq(node_commit(at(PAIR_C)), ERR_OK);
	ck_assert_int_eq(witness_make_head(at(PAIR_C), 0, &head), ERR_OK);
	Qsg__Message message = QSG__MESSAGE__INIT;
	message.body_case = QSG__MESSAGE__BODY_HEAD;
	message.head = &head.head;
	pair_say(&pair, &message);
	pair_pass(&pair, 2000);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_COSIGNATURE), 0);
	ck_assert_ptr_null(state_log_of(at(PAIR_A), node_id(at(PAIR_C)),
	    &node_head(at(PAIR_C))->generation));
	witness_clear_head(&head);
}
END_TEST

Suite *test_session_witness_suite(void)
{
	Suite *suite = suite_create("session_witness");
	TCase *tests = tcase_create("session_witness");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_head_published_in_session_comes_back_cosigned);
	tcase_add_test(tests, a_head_published_before_is_told_at_the_start);
	tcase_add_test(
	    tests, under_load_the_published_head_goes_out_before_newer_ones);
	tcase_add_test(tests, a_cosignature_goes_out_only_when_it_is_committed);
	tcase_add_test(tests, a_lost_head_is_told_again_until_it_is_cosigned);
	tcase_add_test(
	    tests, a_head_the_witness_cannot_join_is_asked_for_and_cosigned);
	tcase_add_test(tests, a_bad_cosignature_is_refused);
	tcase_add_test(tests, a_head_of_another_log_is_not_heard_unasked);
	suite_add_tcase(suite, tests);
	return suite;
}
