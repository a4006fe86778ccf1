#include "codec/canon.h"
#include "pair.h"
#include "service/disown.h"
#include "service/successor.h"

#include <check.h>

Suite *test_session_succession_suite(void);

static struct pair pair;

static void setup(void)
{
	pair_open(&pair);
}

static void teardown(void)
{
	pair_close(&pair);
}

static struct node *node_at(int side)
{
	return pair.sides[side].node;
}

static struct id32 share(unsigned mask)
{
	struct id32 record = pair_share(&pair, PAIR_A, mask, 20);
	pair_commit(&pair, PAIR_A);
	pair_relay(&pair);
	return record;
}

static void rotate(int side)
{
	struct successor_planned planned;
	ck_assert_int_eq(
	    successor_rotate(node_at(side), false, &planned), ERR_OK);
	pair_commit(&pair, side);
	pair_relay(&pair);
}

/* A takes version 2 of B's card; B forgets that it made one. */
static void set_b_back(unsigned versions)
{
	static const char *const endpoints[] = { "tcp://b.example:1" };
	struct node *b = node_at(PAIR_B);
	enum peers_outcome outcome = PEERS_SAME;
	ck_assert_int_eq(node_set_endpoints(b, endpoints, 1), ERR_OK);
	ck_assert_int_eq(peers_take_card(node_at(PAIR_A),
			     buf_span(&node_card(b)->signed_bytes), &outcome),
	    ERR_OK);
	pair_commit(&pair, PAIR_A);
	b->peers[0]->card.fields->version -= versions;
}

/* M234 */
START_TEST(a_peer_behind_its_own_card_is_given_it)
{
	Qsg__Message *message = NULL;
	const struct card *held = NULL;
	set_b_back((unsigned)_i);
	pair_play_b(&pair);
	message = pair_heard(&pair, PAIR_A, QSG__MESSAGE__BODY_CARD);
	ck_assert_int_eq(message != NULL, _i);
	if (message != NULL) {
		held = peers_keys(
		    peers_get(node_at(PAIR_A), pair.sides[PAIR_A].other));
		ck_assert(span_equal(buf_span(&held->signed_bytes),
		    span_of(message->card->signed_card.data,
			message->card->signed_card.len)));
		canon_free(&message->base);
	}
	/* Once a session. */
	pair_pass(&pair, 1000);
	ck_assert_uint_eq(
	    pair_count(&pair, PAIR_A, QSG__MESSAGE__BODY_CARD), 0);
}
END_TEST

/* M225: in a session that lives, readers follow, and get what comes at once. */
START_TEST(a_rotation_within_a_session_is_followed)
{
	struct id32 first;
	struct id32 second;
	pair_connect(&pair);
	first = share(1u << PAIR_B);
	ck_assert(pair_holds(&pair, PAIR_B, &first));
	for (int i = 0; i < 3; i++) {
		rotate(PAIR_A);
		second = share(1u << PAIR_B);
		ck_assert(pair_holds(&pair, PAIR_B, &second));
	}
	ck_assert(!disown_record(
	    node_at(PAIR_B), views_find(node_at(PAIR_B)->views, &first)));
	ck_assert_uint_eq(
	    peers_get(node_at(PAIR_A), pair.sides[PAIR_A].other)->refused_there,
	    0);
}
END_TEST

/* M226: a reader that holds less than is accepted asks by itself. */
START_TEST(a_reader_asks_for_the_head_that_its_author_accepts)
{
	struct id32 record;
	uint32_t rid = 0;
	pair_connect(&pair);
	record = share(1u << PAIR_B);
	(void)share(0); /* nothing for B */
	rotate(PAIR_A);
	rid = views_find(node_at(PAIR_B)->views, &record);
	ck_assert_uint_gt(rid, 0);
	pair_pass(&pair, 2000);
	ck_assert(!disown_record(node_at(PAIR_B), rid));
}
END_TEST

Suite *test_session_succession_suite(void)
{
	Suite *suite = suite_create("session_succession");
	TCase *tcase = tcase_create("session_succession");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, a_peer_behind_its_own_card_is_given_it, 0, 2);
	tcase_add_test(tcase, a_rotation_within_a_session_is_followed);
	tcase_add_test(
	    tcase, a_reader_asks_for_the_head_that_its_author_accepts);
	suite_add_tcase(suite, tcase);
	return suite;
}
