#include "fixture.h"

#include "codec/canon.h"
#include "service/query.h"
#include "service/receipts.h"
#include "store/delivery.h"
#include "unit/mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_receipts_suite(void);

/* Node 0 writes, 1 and 2 read. */
static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 3);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

#define MINUTE_MS 60000LL

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static struct id32 share(size_t at, unsigned readers, const char *text)
{
	struct id32 record;

	OK(fixture_share(&fixture, at, readers, text, &record));
	OK(node_commit(fixture.nodes[at]));
	return record;
}

/* An item that breaks a rule of its content: its readers cannot read it. */
static struct id32 submit_broken(size_t at, size_t reader)
{
	int64_t org = fixture_org(&fixture, at, reader);
	Qsg__Payload payload;
	Qsg__Intelligence item;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.stance = canon_lend("NO TOKEN");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(submit_payload(fixture.nodes[at], &org, 1, &payload, &record));
	return record;
}

static struct id32 share_broken(size_t at, size_t reader)
{
	struct id32 record = submit_broken(at, reader);

	OK(node_commit(fixture.nodes[at]));
	return record;
}

static void tick(size_t at)
{
	receipts_tick(fixture.nodes[at]);
	OK(node_commit(fixture.nodes[at]));
}

static void later(size_t at, int64_t ms)
{
	fixture.now_ms += ms;
	tick(at);
}

/* How many receipts a node holds of an author; *newest its newest. */
static size_t receipts(size_t at, size_t author, struct id32 *newest)
{
	struct node *node = fixture.nodes[at];
	size_t count = 0;

	for (uint32_t rid = 1; rid <= views_count(node->views); rid++) {
		const struct view_record *view = views_get(node->views, rid);
		const struct stream *stream =
		    &state_stream(node, view->stream)->row.state;

		if (view->type == VIEW_RECEIPT &&
		    id_equal(&stream->author, node_id(fixture.nodes[author]))) {
			*newest = view->id;
			count++;
		}
	}
	return count;
}

static size_t made(size_t at)
{
	struct id32 newest;

	return receipts(at, at, &newest);
}

static char said[600];

static enum err say(void *context, const struct query_item *item)
{
	const Qsg__Receipt *receipt = NULL;
	size_t size = 0;

	(void)context;
	ck_assert_ptr_nonnull(item->payload);
	ck_assert_int_eq(
	    item->payload->content_case, QSG__PAYLOAD__CONTENT_RECEIPT);
	receipt = item->payload->receipt;
	said[0] = '\0';
	for (size_t i = 0; i < receipt->n_streams; i++) {
		const Qsg__ReceiptStream *stream = receipt->streams[i];

		size += (size_t)snprintf(said + size, sizeof said - size,
		    "%llu-%llu", (unsigned long long)stream->first,
		    (unsigned long long)stream->last);
		for (size_t g = 0; g < stream->n_unreadable; g++) {
			size += (size_t)snprintf(said + size,
			    sizeof said - size, "/%llu %s",
			    (unsigned long long)stream->unreadable[g]->number,
			    stream->unreadable[g]->reason);
		}
		size += (size_t)snprintf(said + size, sizeof said - size, " ");
	}
	return ERR_OK;
}

/* Node `at`'s newest receipt says this. */
static void assert_says(size_t at, const char *want)
{
	struct id32 newest;

	ck_assert_uint_gt(receipts(at, at, &newest), 0);
	OK(query_open(fixture.nodes[at],
	    views_find(fixture.nodes[at]->views, &newest), say, NULL));
	ck_assert_str_eq(said, want);
}

START_TEST(what_was_taken_is_signed_for_within_a_minute)
{
	struct id32 newest;
	struct id32 record = share(0, 1u << 1, "one");

	share(0, 1u << 1, "two");
	pull(1, 0);
	tick(1);
	ck_assert_uint_eq(made(1), 0);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 1);
	assert_says(1, "1-3 ");
	pull(0, 1);
	ck_assert_uint_eq(receipts(0, 1, &newest), 1);
	ck_assert_ptr_nonnull(fixture_view(&fixture, 1, &record));
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* M206 */
START_TEST(there_is_one_receipt_an_author_and_minute)
{
	for (int i = 0; i < 20; i++) {
		share(0, 1u << 1, "more");
		share(2, 1u << 1, "of another");
		pull(1, 0);
		pull(1, 2);
		later(1, 10000);
	}
	/* 200 seconds: three for each of the two. */
	ck_assert_uint_eq(made(1), 6);
	later(1, 60 * MINUTE_MS);
	ck_assert_uint_eq(made(1), 8);
	later(1, 60 * MINUTE_MS);
	ck_assert_uint_eq(made(1), 8);
}
END_TEST

/* M202 */
START_TEST(receipts_are_not_answered_with_receipts)
{
	share(0, 1u << 1, "one");
	pull(1, 0);
	later(1, MINUTE_MS);
	for (int i = 0; i < 30; i++) {
		pull(0, 1);
		later(0, 2 * MINUTE_MS);
		pull(1, 0);
		later(1, 2 * MINUTE_MS);
	}
	ck_assert_uint_eq(made(0), 0);
	ck_assert_uint_eq(made(1), 1);
	/* The next receipt covers those, too. */
	share(1, 1u << 0, "in answer");
	pull(0, 1);
	later(0, MINUTE_MS);
	assert_says(0, "1-3 ");
}
END_TEST

START_TEST(a_restart_owes_what_was_owed)
{
	share(0, 1u << 1, "one");
	pull(1, 0);
	fixture_restart(&fixture, 1, true);
	later(1, MINUTE_MS);
	assert_says(1, "1-2 ");
	share(0, 1u << 1, "two");
	pull(1, 0);
	fixture_restart(&fixture, 1, false);
	later(1, MINUTE_MS);
	assert_says(1, "3-3 ");
	fixture_restart(&fixture, 1, true);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 2);
}
END_TEST

/* M203 */
START_TEST(a_commit_that_fails_takes_receipt_and_cover_back)
{
	share(0, 1u << 1, "one");
	pull(1, 0);
	fixture.now_ms += MINUTE_MS;
	receipts_tick(fixture.nodes[1]);
	ck_assert(node_staged(fixture.nodes[1]));
	fixture.nodes[1]->poisoned = err_set(ERR_FULL, "no room");
	FAILS(node_commit(fixture.nodes[1]), ERR_FULL);
	ck_assert_uint_eq(made(1), 0);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 1);
	assert_says(1, "1-2 ");
	/* On disk, too. */
	fixture_restart(&fixture, 1, true);
	later(1, 3 * MINUTE_MS);
	ck_assert_uint_eq(made(1), 1);
}
END_TEST

/* M201 */
START_TEST(what_cannot_be_read_is_named)
{
	share(0, 1u << 1, "one");
	share_broken(0, 1);
	share(0, 1u << 1, "three");
	pull(1, 0);
	later(1, MINUTE_MS);
	assert_says(1, "1-4/3 bad-payload ");
}
END_TEST

/* M202 */
START_TEST(the_unreadable_alone_are_signed_for_once_a_day)
{
	share(0, 1u << 1, "one");
	pull(1, 0);
	later(1, MINUTE_MS);
	for (int i = 0; i < 48; i++) {
		share_broken(0, 1);
		pull(1, 0);
		later(1, FIXTURE_HOUR_MS);
	}
	ck_assert_uint_eq(made(1), 3);
	/* They do not keep content from its receipt. */
	share(0, 1u << 1, "again");
	pull(1, 0);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 4);
}
END_TEST

/* M202 M206: more than one receipt holds, by an author that means it. */
START_TEST(what_does_not_fit_goes_into_the_next_receipt)
{
	for (unsigned i = 0; i < 2 * RECEIPTS_GAPS + 1; i++) {
		submit_broken(0, 1);
	}
	OK(node_commit(fixture.nodes[0]));
	pull(1, 0);
	later(1, MINUTE_MS);
	for (size_t count = 1; count <= 3; count++) {
		ck_assert_uint_eq(made(1), count);
		tick(1);
		later(1, MINUTE_MS - 1);
		ck_assert_uint_eq(made(1), count);
		later(1, 1);
	}
	ck_assert_uint_eq(made(1), 3);
	/* Still once a day. */
	share_broken(0, 1);
	pull(1, 0);
	later(1, 2 * MINUTE_MS);
	ck_assert_uint_eq(made(1), 3);
	later(1, FIXTURE_DAY_MS);
	ck_assert_uint_eq(made(1), 4);
}
END_TEST

START_TEST(bytes_that_come_late_are_signed_for_anew)
{
	struct replica_taken taken;
	struct id32 record = share(0, 1u << 1, "one");
	Qsg__Records *message = NULL;
	Qsg__Records *whole = NULL;

	share(0, 1u << 1, "two");
	message = fixture_message(&fixture, 0, 1, &record, 1, 3);
	fixture_put(&message->records[1]->body, span_text(""));
	OK(fixture_take(&fixture, 1, 0, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	fixture_assert_state(
	    &fixture, 1, &record, RECORD_BODYLESS, RECORD_NO_BODY);
	later(1, MINUTE_MS);
	assert_says(1, "1-3/2 no-body ");
	whole = fixture_message(&fixture, 0, 1, &record, 2, 2);
	OK(fixture_take(&fixture, 1, 0, whole, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&whole->base);
	fixture_assert_text(&fixture, 1, &record, "one");
	later(1, MINUTE_MS);
	assert_says(1, "2-3 ");
	pull(0, 1);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M204 */
START_TEST(a_receipt_goes_to_its_author_alone)
{
	struct replica_taken taken;
	struct id32 newest;
	struct id32 *readers = NULL;
	size_t count = 0;

	share(0, 1u << 1 | 1u << 2, "for both");
	pull(1, 0);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(receipts(1, 1, &newest), 1);
	OK(query_audience(fixture.nodes[1],
	    views_find(fixture.nodes[1]->views, &newest), &readers, &count));
	ck_assert_uint_eq(count, 2);
	free(readers);
	OK(fixture_pull(&fixture, 2, 1, &taken));
	ck_assert_uint_eq(receipts(2, 1, &newest), 0);
}
END_TEST

static int64_t stream_of(size_t at, const struct id32 *record)
{
	return fixture_view(&fixture, at, record)->stream;
}

/* M204 M205 */
START_TEST(an_urgent_one_goes_to_the_whole_audience_at_once)
{
	struct id32 newest;
	struct id32 both = share(0, 1u << 1 | 1u << 2, "for both");

	share(0, 1u << 1, "for one alone");
	pull(1, 0);
	receipts_urgent(fixture.nodes[1], stream_of(1, &both));
	later(1, 1000);
	ck_assert_uint_eq(made(1), 1);
	assert_says(1, "1-2 ");
	pull(2, 1);
	pull(0, 1);
	ck_assert_uint_eq(receipts(2, 1, &newest), 1);
	ck_assert_uint_eq(receipts(0, 1, &newest), 1);
	/* The other stream's turn comes as ever, to its author alone. */
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 2);
	assert_says(1, "1-2 ");
	pull(2, 1);
	ck_assert_uint_eq(receipts(2, 1, &newest), 1);
}
END_TEST

/* M205 */
START_TEST(urgent_ones_are_ten_seconds_apart)
{
	struct id32 record = share(0, 1u << 1, "one");

	pull(1, 0);
	for (int i = 0; i < 30; i++) {
		share(0, 1u << 1, "more");
		pull(1, 0);
		receipts_urgent(fixture.nodes[1], stream_of(1, &record));
		later(1, 1000);
	}
	ck_assert_uint_eq(made(1), 3);
	/* Of a stream of our own it means nothing. */
	receipts_urgent(fixture.nodes[0], stream_of(0, &record));
	later(0, 1000);
	ck_assert_uint_eq(made(0), 0);
}
END_TEST

START_TEST(what_does_not_fit_goes_into_the_next)
{
	struct id32 record = { { 0 } };

	for (unsigned i = 0; i < RECEIPTS_GAPS + 10; i++) {
		record = share_broken(0, 1);
	}
	pull(1, 0);
	ck_assert_ptr_nonnull(fixture_view(&fixture, 1, &record));
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 1);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 2);
	later(1, 3 * MINUTE_MS);
	ck_assert_uint_eq(made(1), 2);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(a_node_that_may_not_sign_waits)
{
	share(0, 1u << 1, "one");
	pull(1, 0);
	fixture.nodes[1]->may_sign = false;
	later(1, 5 * MINUTE_MS);
	ck_assert_uint_eq(made(1), 0);
	fixture.nodes[1]->may_sign = true;
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 1);
}
END_TEST

START_TEST(receipts_leave_room_for_new_audiences)
{
	struct node *node = fixture.nodes[1];

	for (size_t i = LIMIT_KEYING_PER_HOUR / 2; i < LIMIT_KEYING_PER_HOUR;
	     i++) {
		node->keyed_ms[i] = fixture.now_ms;
	}
	share(0, 1u << 1, "one");
	pull(1, 0);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 0);
	/* A person still may, and its stream will do for receipts, too. */
	share(1, 1u << 0, "to the same");
	later(1, MINUTE_MS);
	ck_assert_uint_eq(made(1), 1);
	share(2, 1u << 1, "of another");
	pull(1, 2);
	later(1, 10 * MINUTE_MS);
	ck_assert_uint_eq(made(1), 1);
	later(1, FIXTURE_HOUR_MS);
	ck_assert_uint_eq(made(1), 2);
}
END_TEST

START_TEST(the_interval_can_be_set)
{
	share(0, 1u << 1, "one");
	pull(1, 0);
	receipts_set_interval(fixture.nodes[1], 2000);
	later(1, 1000);
	ck_assert_uint_eq(made(1), 0);
	later(1, 1000);
	ck_assert_uint_eq(made(1), 1);
}
END_TEST

/* Take these bytes at 0 as they came from 1, and take all of it back. Has 0
 * then a receipt it did not have? Of the true one only bytes may be missing. */
static bool accepted(struct span bytes, const struct id32 *good)
{
	struct node *node = fixture.nodes[0];
	ProtobufCMessage *message = NULL;
	struct replica_taken taken;
	struct id32 newest;
	bool other = false;

	if (canon_decode_message(&qsg__records__descriptor, bytes,
		LIMIT_MESSAGE_BYTES, &message) != ERR_OK) {
		return false;
	}
	if (replica_take(node, fixture_peer(&fixture, 0, 1),
		(Qsg__Records *)message, bytes, &taken) == ERR_OK &&
	    receipts(0, 1, &newest)) {
		OK(query_open(
		    node, views_find(node->views, &newest), say, NULL));
		other = !id_equal(&newest, good) || strcmp(said, "1-3 ") != 0;
	}
	canon_free(message);
	if (node_staged(node)) {
		node->poisoned = ERR_FULL;
		FAILS(node_commit(node), ERR_FULL);
	}
	return other;
}

START_TEST(no_mutated_receipt_is_accepted)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, mutate_seed("receipts"));
	struct id32 none = { { 0 } };
	struct id32 good;
	Qsg__Records *message = NULL;
	struct buf bytes = { 0 };
	struct buf changed = { 0 };

	share(0, 1u << 1, "one");
	share(0, 1u << 1, "two");
	pull(1, 0);
	later(1, MINUTE_MS);
	ck_assert_uint_eq(receipts(1, 1, &good), 1);
	message = fixture_message(&fixture, 1, 0, &good, 1, 2);
	OK(canon_encode(&message->base, &bytes));
	canon_free(&message->base);
	/* Whole, it is seen as another than a wrong one, each time anew. */
	for (int i = 0; i < 2; i++) {
		ck_assert(accepted(buf_span(&bytes), &none));
		ck_assert(!accepted(buf_span(&bytes), &good));
	}
	for (uint64_t i = 0; i < mutate_count(); i++) {
		mutate(&rng, buf_span(&bytes), &changed);
		ck_assert_msg(!accepted(buf_span(&changed), &good),
		    "number %llu", (unsigned long long)i);
	}
	ck_assert_uint_eq(receipts(0, 1, &good), 0);
	printf("receipts: %llu mutated, none accepted\n",
	    (unsigned long long)mutate_count());
	/* As it was made it is. */
	pull(0, 1);
	ck_assert_uint_eq(receipts(0, 1, &good), 1);
	buf_clear(&bytes);
	buf_clear(&changed);
}
END_TEST

Suite *test_receipts_suite(void)
{
	Suite *suite = suite_create("receipts");
	TCase *tcase = tcase_create("receipts");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_was_taken_is_signed_for_within_a_minute);
	tcase_add_test(tcase, there_is_one_receipt_an_author_and_minute);
	tcase_add_test(tcase, receipts_are_not_answered_with_receipts);
	tcase_add_test(tcase, a_restart_owes_what_was_owed);
	tcase_add_test(tcase, a_commit_that_fails_takes_receipt_and_cover_back);
	tcase_add_test(tcase, what_cannot_be_read_is_named);
	tcase_add_test(tcase, the_unreadable_alone_are_signed_for_once_a_day);
	tcase_add_test(tcase, what_does_not_fit_goes_into_the_next_receipt);
	tcase_add_test(tcase, bytes_that_come_late_are_signed_for_anew);
	tcase_add_test(tcase, a_receipt_goes_to_its_author_alone);
	tcase_add_test(tcase, an_urgent_one_goes_to_the_whole_audience_at_once);
	tcase_add_test(tcase, urgent_ones_are_ten_seconds_apart);
	tcase_add_test(tcase, what_does_not_fit_goes_into_the_next);
	tcase_add_test(tcase, a_node_that_may_not_sign_waits);
	tcase_add_test(tcase, receipts_leave_room_for_new_audiences);
	tcase_add_test(tcase, the_interval_can_be_set);
	tcase_set_timeout(tcase, 14400);
	tcase_add_test(tcase, no_mutated_receipt_is_accepted);
	suite_add_tcase(suite, tcase);
	return suite;
}
