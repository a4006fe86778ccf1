#include "pair.h"

#include "codec/canon.h"

#include <check.h>
#include <string.h>

Suite *test_session_mention_suite(void);

enum { TO_A = 1 << PAIR_A, TO_B = 1 << PAIR_B };

/* C writes; A and B read it, and meet. */
static struct pair pair;

static void setup(void)
{
	pair_open(&pair);
}

static void teardown(void)
{
	pair_close(&pair);
}

static struct peer *peer_of(int at, int of)
{
	return peers_by_id(pair.sides[at].node, node_id(pair.sides[of].node));
}

/* Everything of this record's stream from C to one of the others. */
static void give(int to, const struct id32 *record)
{
	struct node *author = pair.sides[PAIR_C].node;
	uint32_t rid = views_find(node_views(author), record);
	struct replica_range range;
	struct replica_taken taken;
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };
	Qsg__Records records;
	uint64_t next = 0;
	ck_assert(replica_stream(
	    author, views_get(node_views(author), rid)->stream, &range));
	ck_assert_int_eq(replica_supply(author, peer_of(PAIR_C, to), &range,
			     LIMIT_BATCH_BYTES, &records, &next),
	    ERR_OK);
	ck_assert_int_eq(canon_encode(&records.base, &bytes), ERR_OK);
	replica_free_records(&records);
	ck_assert_int_eq(canon_decode_message(&qsg__records__descriptor,
			     buf_span(&bytes), LIMIT_MESSAGE_BYTES, &message),
	    ERR_OK);
	ck_assert_int_eq(replica_take(pair.sides[to].node, peer_of(to, PAIR_C),
			     (Qsg__Records *)message, buf_span(&bytes), &taken),
	    ERR_OK);
	canon_free(message);
	buf_clear(&bytes);
	pair_commit(&pair, to);
}

static struct id32 share(unsigned mask)
{
	struct id32 record = pair_share(&pair, PAIR_C, mask, 100);
	pair_commit(&pair, PAIR_C);
	return record;
}

/* The size of C's log as one of the others holds it. */
static uint64_t head_at(int at)
{
	const struct checkpoint *head = node_head(pair.sides[PAIR_C].node);
	const struct state_log *log = state_log_of(pair.sides[at].node,
	    node_id(pair.sides[PAIR_C].node), &head->generation);
	return log == NULL ? 0 : log->head.size;
}

/* M220: both hold records of C; A has since seen a newer head of C's. */
START_TEST(heads_are_told_at_the_start)
{
	struct id32 both = share(TO_A | TO_B);
	struct id32 alone;
	give(PAIR_A, &both);
	give(PAIR_B, &both);
	alone = share(TO_A);
	give(PAIR_A, &alone);
	/* As a Head in session would bring it. */
	both = share(TO_A | TO_B);
	give(PAIR_A, &both);
	uint64_t newest = head_at(PAIR_A);
	ck_assert_uint_gt(newest, head_at(PAIR_B));
	pair_connect(&pair);
	ck_assert_uint_eq(head_at(PAIR_B), newest);
}
END_TEST

/* M220 */
START_TEST(heads_of_strangers_to_the_peer_are_not_told)
{
	struct id32 alone = share(TO_A);
	give(PAIR_A, &alone);
	pair_connect(&pair);
	ck_assert_uint_eq(head_at(PAIR_B), 0);
	ck_assert_uint_gt(head_at(PAIR_A), 0);
}
END_TEST

/* M220: nothing else tells B of a head whose records are not for it. */
START_TEST(a_head_is_told_again_after_ten_minutes)
{
	struct id32 both = share(TO_A | TO_B);
	struct id32 alone;
	give(PAIR_A, &both);
	give(PAIR_B, &both);
	pair_connect(&pair);
	uint64_t before = head_at(PAIR_B);
	alone = share(TO_A);
	give(PAIR_A, &alone);
	ck_assert_uint_gt(head_at(PAIR_A), before);
	pair_pass(&pair, SESSION_MENTION_MS - 60000);
	ck_assert_uint_eq(head_at(PAIR_B), before);
	pair_pass(&pair, SESSION_JITTER_MS + 120000);
	ck_assert_uint_eq(head_at(PAIR_B), head_at(PAIR_A));
}
END_TEST

Suite *test_session_mention_suite(void)
{
	Suite *suite = suite_create("session_mention");
	TCase *tests = tcase_create("all");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, heads_are_told_at_the_start);
	tcase_add_test(tests, heads_of_strangers_to_the_peer_are_not_told);
	tcase_add_test(tests, a_head_is_told_again_after_ten_minutes);
	suite_add_tcase(suite, tests);
	return suite;
}
