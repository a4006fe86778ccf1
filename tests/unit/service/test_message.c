#include "evil.h"

#include "codec/canon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_message_suite(void);

/* Records messages that are put together wrongly, and who may be given what. */
static struct fixture fixture;
static struct id32 first;     /* of the stream to 1 and 2 */
static struct id32 alone;     /* of the stream to 1 */
static struct id32 elsewhere; /* of the stream to 2 */

#define BOTH ((1u << 1) | (1u << 2))

static void setup(void)
{
	struct id32 other;

	fixture_open(&fixture, 3);
	OK(fixture_share(&fixture, 0, BOTH, "first", &first));
	OK(fixture_share(&fixture, 0, 1u << 1, "alone", &alone));
	OK(fixture_share(&fixture, 0, 1u << 2, "elsewhere", &elsewhere));
	OK(fixture_share(&fixture, 0, BOTH, "second", &other));
	OK(node_commit(fixture.nodes[0]));
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static void nothing_is_wedged(void)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &first, "first");
	fixture_assert_text(&fixture, 1, &alone, "alone");
	fixture_assert_verifies(&fixture, 1);
}

static void no_author(Qsg__Records *message)
{
	message->author.len = 31;
}

static void no_generation(Qsg__Records *message)
{
	message->generation.len = 7;
}

static void no_stream(Qsg__Records *message)
{
	message->stream.len = 0;
}

static void stranger(Qsg__Records *message)
{
	message->author.data[0] ^= 1;
}

static void ourselves(Qsg__Records *message)
{
	fixture_put(&message->author, span_id(node_id(fixture.nodes[1])));
}

static void strange_generation(Qsg__Records *message)
{
	message->generation.data[0] ^= 1;
}

static void other_stream(Qsg__Records *message)
{
	message->stream.data[0] ^= 1;
}

static void other_author(Qsg__Records *message)
{
	fixture_put(&message->author, span_id(node_id(fixture.nodes[2])));
	fixture_put(&message->generation,
	    span_of(node_head(fixture.nodes[2])->generation.b, 8));
}

static void swap(Qsg__Records *message, size_t a, size_t b)
{
	Qsg__Record *record = message->records[a];

	message->records[a] = message->records[b];
	message->records[b] = record;
}

static void turned_round(Qsg__Records *message)
{
	swap(message, 1, 2);
}

static void skips(Qsg__Records *message)
{
	swap(message, 1, 2);
	qsg__record__free_unpacked(message->records[2], NULL);
	message->n_records = 2;
}

static void repeats(Qsg__Records *message)
{
	Qsg__Record *copy = message->records[1];

	fixture_put(&copy->header, span_of(message->records[0]->header.data,
				       message->records[0]->header.len));
}

static void leaves_go_back(Qsg__Records *message)
{
	message->records[2]->index = message->records[1]->index;
}

static void mixes_streams(Qsg__Records *message)
{
	Qsg__Records *other = fixture_message(&fixture, 0, 1, &alone, 2, 2);

	fixture_put(&message->records[1]->header,
	    span_of(
		other->records[0]->header.data, other->records[0]->header.len));
	message->records[1]->index = other->records[0]->index;
	canon_free(&other->base);
}

static void empty(Qsg__Records *message)
{
	while (message->n_records) {
		qsg__record__free_unpacked(
		    message->records[--message->n_records], NULL);
	}
}

static void too_large(Qsg__Records *message)
{
	uint8_t *bytes = calloc(1, LIMIT_RECORD_BYTES);

	fixture_put(
	    &message->records[1]->body, span_of(bytes, LIMIT_RECORD_BYTES));
	free(bytes);
}

static void cut_header(Qsg__Records *message)
{
	message->records[1]->header.len--;
}

static const struct {
	void (*change)(Qsg__Records *message);
	enum err err;
	const char *code;
} faults[] = {
	{ no_author, ERR_FORMAT, "malformed" },
	{ no_generation, ERR_FORMAT, "malformed" },
	{ no_stream, ERR_FORMAT, "malformed" },
	{ stranger, ERR_DENIED, "unknown-author" },
	{ ourselves, ERR_DENIED, "unknown-author" },
	{ strange_generation, ERR_DENIED, "unknown-generation" },
	{ other_stream, ERR_FORMAT, "malformed" },
	{ other_author, ERR_FORMAT, "malformed" },
	{ turned_round, ERR_FORMAT, "malformed" },
	{ skips, ERR_FORMAT, "malformed" },
	{ repeats, ERR_FORMAT, "malformed" },
	{ leaves_go_back, ERR_FORMAT, "malformed" },
	{ mixes_streams, ERR_FORMAT, "malformed" },
	{ empty, ERR_FORMAT, "malformed" },
	{ too_large, ERR_FORMAT, "malformed" },
	{ cut_header, ERR_FORMAT, "malformed" },
};

START_TEST(a_message_put_together_wrongly_is_refused_and_kept)
{
	Qsg__Records *message = fixture_message(&fixture, 0, 1, &first, 1, 3);
	struct replica_taken taken;
	enum err err = ERR_OK;

	faults[_i].change(message);
	err = fixture_take(&fixture, 1, 0, message, &taken);
	canon_free(&message->base);
	ck_assert_msg(err == faults[_i].err, "%s", err_text());
	ck_assert_str_eq(taken.code, faults[_i].code);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 0);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 1);
	ck_assert_str_eq(fixture_newest_code(&fixture, 1), faults[_i].code);
	ck_assert_uint_eq(fixture_peer(&fixture, 1, 0)->refused_here, 1);
	nothing_is_wedged();
}
END_TEST

START_TEST(more_records_than_a_batch_may_hold_are_refused)
{
	Qsg__Records *message = fixture_message(&fixture, 0, 1, &first, 1, 1);
	struct replica_taken taken;

	message->records = realloc(message->records,
	    (LIMIT_BATCH_RECORDS + 1) * sizeof(Qsg__Record *));
	for (size_t i = 1; i <= LIMIT_BATCH_RECORDS; i++) {
		message->records[i] = malloc(sizeof(Qsg__Record));
		qsg__record__init(message->records[i]);
	}
	message->n_records = LIMIT_BATCH_RECORDS + 1;
	FAILS(fixture_take(&fixture, 1, 0, message, &taken), ERR_FORMAT);
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	nothing_is_wedged();
}
END_TEST

START_TEST(records_that_skip_ahead_are_asked_for_again)
{
	Qsg__Records *message = fixture_message(&fixture, 0, 1, &first, 2, 3);
	struct replica_taken taken;

	OK(fixture_take(&fixture, 1, 0, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	ck_assert_uint_eq(taken.taken, 0);
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 0);
	nothing_is_wedged();
}
END_TEST

START_TEST(records_for_another_audience_are_not_readable_and_go_no_further)
{
	Qsg__Records *message =
	    fixture_message(&fixture, 0, 2, &elsewhere, 1, 2);
	struct replica_taken taken;
	Qsg__Advertise offers;
	uint64_t next = 0;
	bool more = false;

	OK(fixture_take(&fixture, 1, 2, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	fixture_assert_state(
	    &fixture, 1, &elsewhere, RECORD_UNREADABLE, RECORD_NO_CHAIN);
	OK(replica_offers(fixture.nodes[1], fixture_peer(&fixture, 1, 2), false,
	    0, &offers, &next, &more));
	ck_assert_uint_eq(offers.n_offers, 0);
	replica_free_offers(&offers);
	/* Wrong bytes as well: kept without them, and nothing to complain of.
	 */
	canon_free(&message->base);
	nothing_is_wedged();
}
END_TEST

START_TEST(an_unreadable_record_without_bytes_is_no_fault_of_the_disk)
{
	Qsg__Records *message =
	    fixture_message(&fixture, 0, 2, &elsewhere, 1, 2);
	struct replica_taken taken;

	message->records[0]->body.data[0] ^= 1;
	message->records[1]->body.data[0] ^= 1;
	OK(fixture_take(&fixture, 1, 2, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	fixture_assert_state(
	    &fixture, 1, &elsewhere, RECORD_UNREADABLE, RECORD_NO_CHAIN);
	fixture_assert_verifies(&fixture, 1);
	nothing_is_wedged();
}
END_TEST

/* The error and its text for a range that is asked for. */
static enum err ask(size_t of, struct replica_range *range, char *text)
{
	Qsg__Records records;
	uint64_t next = 0;
	enum err err =
	    replica_supply(fixture.nodes[0], fixture_peer(&fixture, 0, of),
		range, LIMIT_BATCH_BYTES, &records, &next);

	if (!err) {
		replica_free_records(&records);
	}
	(void)snprintf(text, 200, "%s", err ? err_text() : "");
	return err;
}

START_TEST(an_unknown_stream_and_a_forbidden_one_look_the_same)
{
	const struct view_record *view = fixture_view(&fixture, 0, &alone);
	struct replica_range range;
	char forbidden[200];
	char unknown[200];

	ck_assert(replica_stream(fixture.nodes[0], view->stream, &range));
	OK(ask(1, &range, forbidden));
	range.first = 1;
	FAILS(ask(2, &range, forbidden), ERR_NOTFOUND);
	range.stream.b[0] ^= 1;
	FAILS(ask(2, &range, unknown), ERR_NOTFOUND);
	ck_assert_str_eq(forbidden, unknown);
	ck_assert(!replica_reads(
	    fixture.nodes[0], fixture_peer(&fixture, 0, 2), view->stream));
	ck_assert(
	    !replica_reads(fixture.nodes[0], fixture_peer(&fixture, 0, 2), 0));
	ck_assert(
	    !replica_reads(fixture.nodes[0], fixture_peer(&fixture, 0, 2), 99));
}
END_TEST

START_TEST(a_range_gives_what_fits_and_says_where_to_go_on)
{
	const struct view_record *view = fixture_view(&fixture, 0, &first);
	struct replica_range range;
	Qsg__Records records;
	uint64_t next = 0;

	ck_assert(replica_stream(fixture.nodes[0], view->stream, &range));
	range.last = UINT64_MAX;
	OK(replica_supply(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
	    &range, 1, &records, &next));
	ck_assert_uint_eq(records.n_records, 1);
	ck_assert_uint_eq(next, 2);
	replica_free_records(&records);
	range.head_size = 1000; /* newer than ours: proven from nothing */
	range.headers_only = true;
	OK(replica_supply(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
	    &range, LIMIT_BATCH_BYTES, &records, &next));
	ck_assert_uint_eq(records.head_size, 0);
	ck_assert_uint_eq(records.n_records, 3);
	ck_assert_uint_eq(records.records[1]->body.len, 0);
	replica_free_records(&records);
	range.first = 4;
	FAILS(replica_supply(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
		  &range, LIMIT_BATCH_BYTES, &records, &next),
	    ERR_NOTFOUND);
	range.first = 0;
	FAILS(replica_supply(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
		  &range, LIMIT_BATCH_BYTES, &records, &next),
	    ERR_NOTFOUND);
}
END_TEST

Suite *test_message_suite(void)
{
	Suite *suite = suite_create("message");
	TCase *tcase = tcase_create("messages");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
	    a_message_put_together_wrongly_is_refused_and_kept, 0,
	    (int)(sizeof faults / sizeof faults[0]));
	tcase_add_test(tcase, more_records_than_a_batch_may_hold_are_refused);
	tcase_add_test(tcase, records_that_skip_ahead_are_asked_for_again);
	tcase_add_test(tcase,
	    records_for_another_audience_are_not_readable_and_go_no_further);
	tcase_add_test(
	    tcase, an_unreadable_record_without_bytes_is_no_fault_of_the_disk);
	tcase_add_test(
	    tcase, an_unknown_stream_and_a_forbidden_one_look_the_same);
	tcase_add_test(tcase, a_range_gives_what_fits_and_says_where_to_go_on);
	suite_add_tcase(suite, tcase);
	return suite;
}
