#include "evil.h"

#include "codec/canon.h"
#include "service/withheld.h"

#include <string.h>

Suite *test_withheld_suite(void);

/* Node 0 writes for 1 and 2, 1 judges it, 2 is a co-reader. */
static struct fixture fixture;
static struct id32 record;
static struct replica_taken taken;

#define BOTH ((1u << 1) | (1u << 2))

static void setup(void)
{
	fixture_open(&fixture, 4);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static void share(unsigned mask)
{
	OK(fixture_share(&fixture, 0, mask, "a text", &record));
	OK(node_commit(fixture.nodes[0]));
}

/* 1 knows a head that covers what 2 alone was given: a later record of another
 * stream shows it. */
static void head_seen(void)
{
	struct id32 kept;
	Qsg__Records *message = NULL;

	share(BOTH);
	kept = record;
	OK(fixture_pull(&fixture, 2, 0, &taken));
	share(1u << 1);
	message = fixture_message(&fixture, 0, 1, &record, 1, 2);
	OK(fixture_take(&fixture, 1, 0, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	record = kept;
}

static void in_session(int64_t ms)
{
	struct peer *author = fixture_peer(&fixture, 1, 0);

	author->connected = true;
	author->connected_ms = fixture.now_ms;
	fixture.now_ms += ms;
}

static uint64_t counted(void)
{
	return withheld_by(fixture.nodes[1], fixture_org(&fixture, 1, 0));
}

static void by_co_reader(void)
{
	OK(fixture_pull(&fixture, 1, 2, &taken));
	fixture_assert_text(&fixture, 1, &record, "a text");
}

/* M224 */
START_TEST(what_only_co_readers_give_is_counted)
{
	head_seen();
	in_session(WITHHELD_MS);
	by_co_reader();
	/* The opening, and the text. */
	ck_assert_uint_eq(counted(), 2);
	fixture_restart(&fixture, 1, true);
	ck_assert_uint_eq(counted(), 2);
}
END_TEST

/* M224 */
START_TEST(an_author_has_ten_minutes)
{
	head_seen();
	in_session(WITHHELD_MS - 1);
	by_co_reader();
	ck_assert_uint_eq(counted(), 0);
}
END_TEST

/* M224 */
START_TEST(an_author_that_was_away_is_not_blamed)
{
	head_seen();
	fixture.now_ms += 2 * WITHHELD_MS;
	by_co_reader();
	ck_assert_uint_eq(counted(), 0);
}
END_TEST

/* M224: the time runs from when both were so. */
START_TEST(an_author_that_came_back_has_its_time)
{
	head_seen();
	fixture.now_ms += FIXTURE_DAY_MS;
	in_session(WITHHELD_MS - 1);
	by_co_reader();
	ck_assert_uint_eq(counted(), 0);
}
END_TEST

/* M224 */
START_TEST(what_no_head_covers_is_not_counted)
{
	/* An old head does not reach so far. */
	share(1u << 1);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	in_session(WITHHELD_MS);
	share(BOTH);
	OK(fixture_pull(&fixture, 2, 0, &taken));
	by_co_reader();
	ck_assert_uint_eq(counted(), 0);
}
END_TEST

static struct id32 stream_of(size_t at)
{
	const struct view_record *view = fixture_view(&fixture, at, &record);

	return state_stream(fixture.nodes[at], view->stream)->row.state.id;
}

/* M224: it may have been slower than the co-reader. */
START_TEST(what_the_author_offered_is_not_counted)
{
	struct id32 stream;

	head_seen();
	stream = stream_of(2);
	withheld_offered(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &stream, 1);
	in_session(WITHHELD_MS);
	by_co_reader();
	ck_assert_uint_eq(counted(), 0);
}
END_TEST

/* M224: an offer of a known stream counts as far as it goes. */
START_TEST(more_than_was_offered_is_counted)
{
	struct id32 stream;
	struct id32 other;
	Qsg__Records *message = NULL;

	share(BOTH);
	OK(fixture_pull(&fixture, 2, 0, &taken));
	by_co_reader();
	stream = stream_of(1);
	share(BOTH);
	share(BOTH);
	other = record;
	OK(fixture_pull(&fixture, 2, 0, &taken));
	share(1u << 1);
	message = fixture_message(&fixture, 0, 1, &record, 1, 2);
	OK(fixture_take(&fixture, 1, 0, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	record = other;
	/* An offer of another's stream says nothing. */
	withheld_offered(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &stream, 4);
	withheld_offered(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &stream, 3);
	in_session(WITHHELD_MS);
	by_co_reader();
	ck_assert_uint_eq(counted(), 1);
}
END_TEST

/* M224: offers of another, of ever other streams, or of this very one as its
 * own, excuse nobody. */
START_TEST(what_another_offered_excuses_nobody)
{
	struct peer *other = fixture_peer(&fixture, 1, 3);
	struct id32 stream;

	head_seen();
	stream = stream_of(2);
	withheld_offered(fixture.nodes[1], other, &stream, 1);
	for (int i = 0; i < 70000; i++) {
		rng_fill(&fixture.rng, stream.b, sizeof stream.b);
		withheld_offered(fixture.nodes[1], other, &stream, 1);
	}
	in_session(WITHHELD_MS);
	by_co_reader();
	ck_assert_uint_eq(counted(), 2);
}
END_TEST

/* Of an author that offered more than is noted nothing is counted. */
START_TEST(an_author_of_many_streams_is_not_blamed)
{
	struct id32 stream;

	head_seen();
	for (unsigned i = 0; i < WITHHELD_TOLD; i++) {
		rng_fill(&fixture.rng, stream.b, sizeof stream.b);
		withheld_offered(
		    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &stream, 1);
	}
	in_session(WITHHELD_MS);
	by_co_reader();
	ck_assert_uint_eq(counted(), 0);
}
END_TEST

Suite *test_withheld_suite(void)
{
	Suite *suite = suite_create("withheld");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, what_only_co_readers_give_is_counted);
	tcase_add_test(tests, an_author_has_ten_minutes);
	tcase_add_test(tests, an_author_that_was_away_is_not_blamed);
	tcase_add_test(tests, an_author_that_came_back_has_its_time);
	tcase_add_test(tests, what_no_head_covers_is_not_counted);
	tcase_add_test(tests, what_the_author_offered_is_not_counted);
	tcase_add_test(tests, more_than_was_offered_is_counted);
	tcase_add_test(tests, what_another_offered_excuses_nobody);
	tcase_add_test(tests, an_author_of_many_streams_is_not_blamed);
	suite_add_tcase(suite, tests);
	return suite;
}
