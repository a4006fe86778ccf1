#include "evil.h"

#include "codec/canon.h"

#include <stdlib.h>
#include <string.h>

Suite *test_state_suite(void);

/* Node 0 floods, 1 keeps its accounts. */
static struct fixture fixture;
static struct evil evil;

static void setup(void)
{
	fixture_open(&fixture, 4);
	evil_init(&evil, &fixture, 0);
}

static void teardown(void)
{
	evil_clear(&evil);
	fixture_close(&fixture);
}

static struct state_account *account(void)
{
	return &fixture.nodes[1]->accounts[fixture_org(&fixture, 1, 0) - 1];
}

static enum err give(struct evil_record *record, struct replica_taken *taken)
{
	const struct evil_record *const one[] = { record };
	enum err err = evil_give(&evil, 1, one, 1, taken);

	evil_record_clear(record);
	return err;
}

static enum err open_another(struct replica_taken *taken)
{
	struct evil_stream stream;
	struct evil_record record;

	evil_audience(&evil, 1u << 1, &stream);
	evil_key(&evil, &stream, &record);
	return give(&record, taken);
}

/* M178 */
START_TEST(slot_bearing_records_of_one_author_are_throttled)
{
	struct evil_stream stream;
	struct evil_record record;
	struct replica_taken taken;
	struct id32 shared;

	ck_assert(account()->keying_tokens >= 4096);
	ck_assert(account()->keying_tokens < 4097);
	evil_audience(&evil, 1u << 1, &stream);
	evil_key(&evil, &stream, &record);
	OK(give(&record, &taken));
	account()->keying_tokens = 2;
	OK(open_another(&taken));
	OK(open_another(&taken));
	FAILS(open_another(&taken), ERR_LIMIT);
	ck_assert_str_eq(taken.code, "keying");
	ck_assert_uint_eq(fixture.nodes[1]->stream_count, 3);
	/* Too fast is no offence, and content records go on. */
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
	evil_text(&evil, &stream, "content", &record);
	OK(give(&record, &taken));
	/* Other authors have accounts of their own. */
	OK(fixture_share(&fixture, 2, 1u << 1, "of 2", &shared));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 1, 2, &taken));
	fixture_assert_text(&fixture, 1, &shared, "of 2");
	/* One a minute comes back, and no more. */
	fixture.now_ms += 59 * 1000;
	FAILS(open_another(&taken), ERR_LIMIT);
	fixture.now_ms += 2 * 1000;
	OK(open_another(&taken));
	FAILS(open_another(&taken), ERR_LIMIT);
	fixture.now_ms += FIXTURE_HOUR_MS;
	for (size_t i = 0; i < LIMIT_KEYING_PER_HOUR; i++) {
		OK(open_another(&taken));
	}
	FAILS(open_another(&taken), ERR_LIMIT);
	/* The burst is never more than it was. */
	fixture.now_ms += 3650 * FIXTURE_DAY_MS;
	OK(open_another(&taken));
	ck_assert(account()->keying_tokens < 4096);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(records_before_the_throttled_one_stay_taken)
{
	struct evil_stream stream;
	struct evil_record records[4];
	const struct evil_record *list[4];
	struct replica_taken taken;

	evil_audience(&evil, 1u << 1, &stream);
	evil_key(&evil, &stream, &records[0]);
	evil_text(&evil, &stream, "one", &records[1]);
	evil_key(&evil, &stream, &records[2]);
	evil_text(&evil, &stream, "two", &records[3]);
	for (size_t i = 0; i < 4; i++) {
		list[i] = &records[i];
	}
	account()->keying_tokens = 1;
	account()->keying_ms = fixture.now_ms;
	FAILS(evil_give(&evil, 1, list, 4, &taken), ERR_LIMIT);
	ck_assert_uint_eq(taken.taken, 2);
	fixture_assert_text(&fixture, 1, &records[1].id, "one");
	fixture_restart(&fixture, 1, true);
	fixture.now_ms += FIXTURE_HOUR_MS;
	OK(evil_give(&evil, 1, list, 4, &taken));
	ck_assert_uint_eq(taken.held, 2);
	fixture_assert_text(&fixture, 1, &records[3].id, "two");
	for (size_t i = 0; i < 4; i++) {
		evil_record_clear(&records[i]);
	}
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

static void offer_of(
    const struct evil_stream *stream, uint64_t number, Qsg__Offer *offer)
{
	static struct stream copy;

	copy = stream->state;
	qsg__offer__init(offer);
	offer->author.data = copy.author.b;
	offer->author.len = 32;
	offer->generation.data = copy.generation.b;
	offer->generation.len = 8;
	offer->stream.data = copy.id.b;
	offer->stream.len = 32;
	offer->record.data = copy.last.b;
	offer->record.len = 32;
	offer->number = number;
}

/* M187 */
START_TEST(an_author_has_so_many_bytes_and_no_more)
{
	struct evil_stream stream;
	struct evil_record record;
	struct replica_taken taken;
	struct replica_range range;
	Qsg__Offer offer;

	evil_audience(&evil, 1u << 1, &stream);
	evil_key(&evil, &stream, &record);
	OK(give(&record, &taken));
	ck_assert_uint_eq(
	    account()->bytes, views_get(fixture.nodes[1]->views, 1)->bytes +
				  STATE_RECORD_COST + STATE_NODE_COST);
	offer_of(&stream, 2, &offer);
	account()->bytes = LIMIT_AUTHOR_BYTES - 1;
	ck_assert_int_eq(replica_plan(fixture.nodes[1],
			     fixture_peer(&fixture, 1, 2), &offer, &range),
	    REPLICA_WANT);
	account()->bytes = LIMIT_AUTHOR_BYTES;
	ck_assert_int_eq(replica_plan(fixture.nodes[1],
			     fixture_peer(&fixture, 1, 2), &offer, &range),
	    REPLICA_LATER);
	evil_text(&evil, &stream, "over", &record);
	FAILS(give(&record, &taken), ERR_LIMIT);
	ck_assert_str_eq(taken.code, "quota");
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 1);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
}
END_TEST

/* M187 */
START_TEST(an_author_has_so_many_streams_and_no_more)
{
	struct evil_stream stream;
	struct evil_record record;
	struct replica_taken taken;
	struct replica_range range;
	struct evil_stream unheard;
	Qsg__Offer offer;

	evil_audience(&evil, 1u << 1, &stream);
	evil_key(&evil, &stream, &record);
	OK(give(&record, &taken));
	ck_assert_uint_eq(account()->streams, 1);
	account()->streams = LIMIT_AUTHOR_STREAMS;
	unheard = stream;
	unheard.state.id.b[0] ^= 1;
	offer_of(&unheard, 1, &offer);
	ck_assert_int_eq(replica_plan(fixture.nodes[1],
			     fixture_peer(&fixture, 1, 2), &offer, &range),
	    REPLICA_LATER);
	FAILS(open_another(&taken), ERR_LIMIT);
	ck_assert_str_eq(taken.code, "quota");
	ck_assert_uint_eq(fixture.nodes[1]->stream_count, 1);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
	/* Streams that are there go on. */
	evil_text(&evil, &stream, "goes on", &record);
	OK(give(&record, &taken));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 2);
}
END_TEST

START_TEST(accounts_are_the_same_after_a_restart)
{
	struct state_account before;
	struct evil_stream stream;
	struct evil_record record;
	struct replica_taken taken;

	evil_audience(&evil, 1u << 1, &stream);
	evil_key(&evil, &stream, &record);
	OK(give(&record, &taken));
	evil_text(&evil, &stream, "some", &record);
	{
		struct evil_record bare = record;
		const struct evil_record *const one[] = { &bare };

		bare.body = (struct buf){ 0 };
		OK(evil_give(&evil, 1, one, 1, &taken));
	}
	fixture_restart(&fixture, 1, false);
	OK(give(&record, &taken));
	before = *account();
	fixture_restart(&fixture, 1, _i);
	ck_assert_uint_eq(account()->bytes, before.bytes);
	ck_assert_uint_eq(account()->streams, before.streams);
}
END_TEST

Suite *test_state_suite(void)
{
	Suite *suite = suite_create("state");
	TCase *tcase = tcase_create("state");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, slot_bearing_records_of_one_author_are_throttled);
	tcase_add_test(tcase, records_before_the_throttled_one_stay_taken);
	tcase_add_test(tcase, an_author_has_so_many_bytes_and_no_more);
	tcase_add_test(tcase, an_author_has_so_many_streams_and_no_more);
	tcase_add_loop_test(tcase, accounts_are_the_same_after_a_restart, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
