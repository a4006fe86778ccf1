#include "evil.h"

#include "codec/canon.h"
#include "service/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_broken_suite(void);

/* Node 0 contradicts itself, 1 reads, 2 reads too. */
static struct fixture fixture;
static struct evil evil;
static struct evil_stream stream;
static struct evil_stream other;
static struct evil_record opening;
static struct evil_record good;

static enum err give(struct evil_record *record, struct replica_taken *taken)
{
	const struct evil_record *const one[] = { record };

	return evil_give(&evil, 1, one, 1, taken);
}

static void setup(void)
{
	struct replica_taken taken;

	fixture_open(&fixture, 3);
	evil_init(&evil, &fixture, 0);
	evil_audience(&evil, (1u << 1) | (1u << 2), &stream);
	evil_key(&evil, &stream, &opening);
	OK(give(&opening, &taken));
	evil_text(&evil, &stream, "good", &good);
	OK(give(&good, &taken));
}

static void teardown(void)
{
	evil_record_clear(&opening);
	evil_record_clear(&good);
	evil_clear(&evil);
	fixture_close(&fixture);
}

static enum stream_status status(void)
{
	return fixture.nodes[1]->streams[0].row.state.status;
}

struct trouble {
	size_t count;
	char status[20];
	char reason[160];
};

static enum err keep_trouble(void *context, const struct query_trouble *trouble)
{
	struct trouble *out = context;

	out->count++;
	(void)snprintf(out->status, sizeof out->status, "%s", trouble->status);
	(void)snprintf(out->reason, sizeof out->reason, "%s", trouble->reason);
	return ERR_OK;
}

/* The first stream has ended with this status, for good; what was taken of it
 * is there, other streams go on. */
static void ended(enum stream_status want)
{
	struct trouble trouble = { 0 };
	struct trouble after = { 0 };
	struct query_totals totals;
	struct replica_taken taken;
	struct evil_record record;
	Qsg__Offer offer;
	struct replica_range range;

	ck_assert_str_eq(
	    stream_status_name(status()), stream_status_name(want));
	OK(query_troubles(fixture.nodes[1], keep_trouble, &trouble));
	ck_assert_uint_eq(trouble.count, want == STREAM_CLOSED ? 0 : 1);
	if (trouble.count) {
		ck_assert_str_eq(trouble.status, stream_status_name(want));
		ck_assert_str_ne(trouble.reason, "");
	}
	OK(query_totals(fixture.nodes[1], &totals));
	ck_assert_uint_eq(totals.broken_streams, want == STREAM_CLOSED ? 0 : 1);
	fixture_assert_text(&fixture, 1, &good.id, "good");
	/* No more of it is asked for. */
	qsg__offer__init(&offer);
	offer.author.data = stream.state.author.b;
	offer.author.len = 32;
	offer.generation.data = stream.state.generation.b;
	offer.generation.len = 8;
	offer.stream.data = stream.state.id.b;
	offer.stream.len = 32;
	offer.record.data = good.id.b;
	offer.record.len = 32;
	offer.number = 50;
	if (replica_plan(fixture.nodes[1], fixture_peer(&fixture, 1, 0), &offer,
		&range) == REPLICA_WANT) {
		/* M222: but for the header of the number before, once. */
		ck_assert_int_eq(want, STREAM_BROKEN);
		ck_assert(range.headers_only);
		ck_assert_uint_ge(range.first, good.header.number);
		ck_assert_uint_eq(range.last, range.first);
	}
	ck_assert_int_eq(replica_plan(fixture.nodes[1],
			     fixture_peer(&fixture, 1, 0), &offer, &range),
	    REPLICA_NOTHING);
	evil_audience(&evil, 1u << 1, &other);
	evil_key(&evil, &other, &record);
	OK(give(&record, &taken));
	evil_record_clear(&record);
	evil_text(&evil, &other, "other", &record);
	OK(give(&record, &taken));
	fixture_assert_text(&fixture, 1, &record.id, "other");
	evil_record_clear(&record);
	fixture_restart(&fixture, 1, true);
	ck_assert_str_eq(
	    stream_status_name(status()), stream_status_name(want));
	/* And says why, as before. */
	OK(query_troubles(fixture.nodes[1], keep_trouble, &after));
	ck_assert_uint_eq(after.count, trouble.count);
	ck_assert_str_eq(after.status, trouble.status);
	ck_assert_str_eq(after.reason, trouble.reason);
	fixture_assert_verifies(&fixture, 1);
}

static enum err keep_bytes(void *context, const struct quarantine_item *item)
{
	int64_t *newest = context;

	ck_assert(item->kept);
	*newest = item->item;
	return ERR_OK;
}

/* The newest item of the quarantine holds this record and the signed head. */
static void assert_evidence(const struct evil_record *record)
{
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };
	int64_t item = 0;
	Qsg__Records *records = NULL;

	OK(quarantine_scan(fixture.nodes[1]->db, 1, keep_bytes, &item));
	OK(quarantine_open(fixture.nodes[1]->db,
	    node_keystore(fixture.nodes[1]), item, &bytes));
	OK(canon_decode_message(&qsg__records__descriptor, buf_span(&bytes),
	    LIMIT_MESSAGE_BYTES, &message));
	records = (Qsg__Records *)message;
	ck_assert(span_equal(span_of(records->records[0]->header.data,
				 records->records[0]->header.len),
	    buf_span(&record->bytes)));
	ck_assert(span_equal(
	    span_of(records->checkpoint.data, records->checkpoint.len),
	    buf_span(&evil.note)));
	canon_free(message);
	buf_clear(&bytes);
}

static void wrong_previous(struct header *header)
{
	header->previous.b[9] ^= 1;
}

static void wrong_keyed_by(struct header *header)
{
	header->keyed_by.b[9] ^= 1;
}

static void wrong_audience(struct header *header)
{
	header->audience_commitment.b[9] ^= 1;
}

/* M66, M67, M68 */
START_TEST(a_proven_contradiction_breaks_the_stream)
{
	static const struct evil_spec specs[] = {
		{ .text = "after another", .before_log = wrong_previous },
		{ .text = "keyed by another", .before_log = wrong_keyed_by },
		{ .slotted = true, .before_log = wrong_audience },
	};
	static const char *const reasons[] = { "wrong previous id",
		"keyed by another record", "changed audience" };
	struct replica_taken taken;
	struct evil_record record;

	evil_make(&evil, &stream, &specs[_i], &record);
	OK(give(&record, &taken));
	ck_assert_uint_eq(taken.taken, 0);
	ck_assert_uint_eq(taken.next, 0);
	ck_assert_str_eq(taken.code, "broken");
	ck_assert_str_eq(taken.reason, reasons[_i]);
	{
		struct trouble trouble = { 0 };

		OK(query_troubles(fixture.nodes[1], keep_trouble, &trouble));
		ck_assert_str_eq(trouble.reason, reasons[_i]);
	}
	ck_assert_ptr_null(fixture_view(&fixture, 1, &record.id));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 1);
	ck_assert_uint_eq(fixture_peer(&fixture, 1, 0)->refused_here, 1);
	assert_evidence(&record);
	ended(STREAM_BROKEN);
	/* M70 */
	evil_sign(&evil);
	FAILS(give(&record, &taken), ERR_DENIED);
	evil_record_clear(&record);
}
END_TEST

START_TEST(records_before_the_contradiction_stay_taken)
{
	struct evil_spec bad = { .text = "bad", .before_log = wrong_previous };
	struct evil_record records[3];
	const struct evil_record *const all[] = { &records[0], &records[1],
		&records[2] };
	struct replica_taken taken;

	evil_text(&evil, &stream, "before", &records[0]);
	evil_make(&evil, &stream, &bad, &records[1]);
	evil_text(&evil, &stream, "after", &records[2]);
	OK(evil_give(&evil, 1, all, 3, &taken));
	ck_assert_uint_eq(taken.taken, 1);
	ck_assert_uint_eq(taken.next, 0);
	fixture_assert_text(&fixture, 1, &records[0].id, "before");
	ck_assert_ptr_null(fixture_view(&fixture, 1, &records[2].id));
	for (size_t i = 0; i < 3; i++) {
		evil_record_clear(&records[i]);
	}
	ended(STREAM_BROKEN);
}
END_TEST

/* M64 */
START_TEST(two_records_for_one_number_fork_the_stream)
{
	struct evil_stream before = stream;
	struct evil_record one;
	struct evil_record two;
	struct replica_taken taken;

	evil_text(&evil, &stream, "to some", &one);
	evil_text(&evil, &before, "to others", &two);
	OK(give(&one, &taken));
	OK(give(&two, &taken));
	ck_assert_str_eq(taken.code, "forked");
	ck_assert_str_eq(taken.reason, "two records for one number");
	ck_assert_uint_eq(taken.next, 0);
	fixture_assert_text(&fixture, 1, &one.id, "to some");
	ck_assert_ptr_null(fixture_view(&fixture, 1, &two.id));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 1);
	assert_evidence(&two);
	ended(STREAM_FORKED);
	evil_record_clear(&one);
	evil_record_clear(&two);
}
END_TEST

/* M64: also of a stream that has ended. */
START_TEST(a_second_record_is_evidence_at_any_time)
{
	struct evil_spec bad = { .text = "bad", .before_log = wrong_previous };
	struct evil_stream before = stream;
	struct evil_record one;
	struct evil_record two;
	struct evil_record three;
	struct replica_taken taken;

	evil_text(&evil, &stream, "one", &one);
	evil_text(&evil, &before, "two", &two);
	evil_make(&evil, &stream, &bad, &three);
	OK(give(&one, &taken));
	OK(give(&three, &taken));
	ck_assert_int_eq(status(), STREAM_BROKEN);
	OK(give(&two, &taken));
	ended(STREAM_FORKED);
	evil_record_clear(&one);
	evil_record_clear(&two);
	evil_record_clear(&three);
}
END_TEST

static void close_payload(struct buf *out)
{
	Qsg__Payload payload;
	Qsg__Closed closed;

	qsg__payload__init(&payload);
	qsg__closed__init(&closed);
	closed.reason = canon_lend("no longer needed");
	payload.version = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_CLOSED;
	payload.closed = &closed;
	OK(canon_encode(&payload.base, out));
}

/* M70 */
START_TEST(after_a_closed_record_nothing_is_taken)
{
	struct evil_spec spec = { .slotted = false };
	struct buf payload = { 0 };
	struct evil_record records[3];
	struct replica_taken taken;

	close_payload(&payload);
	spec.payload = buf_span(&payload);
	evil_text(&evil, &stream, "late", &records[2]);
	evil_make(&evil, &stream, &spec, &records[0]);
	evil_text(&evil, &stream, "after", &records[1]);
	{
		/* The bytes of the one before are missing, and may still
		 * come. */
		struct evil_record bare = records[2];

		bare.body = (struct buf){ 0 };
		OK(give(&bare, &taken));
	}
	OK(give(&records[0], &taken));
	ck_assert_uint_eq(taken.next, 0);
	FAILS(give(&records[1], &taken), ERR_DENIED);
	ck_assert_str_eq(taken.code, "refused");
	ck_assert_ptr_null(fixture_view(&fixture, 1, &records[1].id));
	{
		struct replica_range range = { 0 };
		Qsg__Offer offer;

		qsg__offer__init(&offer);
		offer.author.data = stream.state.author.b;
		offer.author.len = 32;
		offer.generation.data = stream.state.generation.b;
		offer.generation.len = 8;
		offer.stream.data = stream.state.id.b;
		offer.stream.len = 32;
		offer.record.data = good.id.b;
		offer.record.len = 32;
		offer.number = 5;
		ck_assert_int_eq(
		    replica_plan(fixture.nodes[1], fixture_peer(&fixture, 1, 0),
			&offer, &range),
		    REPLICA_WANT);
		ck_assert_uint_eq(range.first, 3);
		ck_assert_uint_eq(range.last, 3);
	}
	OK(give(&records[2], &taken));
	fixture_assert_text(&fixture, 1, &records[2].id, "late");
	ended(STREAM_CLOSED);
	buf_clear(&payload);
	for (size_t i = 0; i < 3; i++) {
		evil_record_clear(&records[i]);
	}
}
END_TEST

static void stolen_id(struct header *header)
{
	header->stream = stream.state.id;
}

static void any_id(struct header *header)
{
	header->stream.b[4] ^= 1;
}

/* M65 */
START_TEST(nobody_opens_the_stream_of_another)
{
	static void (*const faults[])(struct header *) = { stolen_id, any_id };
	struct evil second;
	struct evil_stream copy;
	struct evil_record record;
	struct evil_spec spec = { .slotted = true, .before_log = faults[_i] };
	struct replica_taken taken;
	struct evil_record next;
	const struct evil_record *const one[] = { &record };

	evil_init(&second, &fixture, 2);
	evil_audience(&second, 1u << 1, &copy);
	evil_make(&second, &copy, &spec, &record);
	FAILS(evil_give(&second, 1, one, 1, &taken), ERR_DENIED);
	ck_assert_ptr_null(fixture_view(&fixture, 1, &record.id));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 1);
	evil_record_clear(&record);
	evil_clear(&second);
	evil_text(&evil, &stream, "unharmed", &next);
	OK(give(&next, &taken));
	fixture_assert_text(&fixture, 1, &next.id, "unharmed");
	evil_record_clear(&next);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

static void claim_generation(Qsg__Card *card, void *context)
{
	(void)context;
	card->version = 2;
	memcpy(
	    card->generations[0]->generation.data, evil.head.generation.b, 8);
}

/* 2 calls its log as 0 calls its own, and logs what 0 made. */
START_TEST(nobody_logs_the_records_of_another)
{
	struct evil thief;
	struct evil_record next;
	struct evil_record stolen;
	const struct evil_record *const one[] = { &stolen };
	const struct keystore *keystore = node_keystore(fixture.nodes[2]);
	const struct keystore_log *log = keystore_public(keystore)->logs;
	enum peers_outcome outcome = PEERS_SAME;
	struct replica_taken taken;
	struct note_key key;
	struct buf card = { 0 };
	struct buf text = { 0 };
	Qsg__Records *message = NULL;

	/* As if 1 had never seen another generation of it. */
	memcpy(fixture_peer(&fixture, 1, 2)
		   ->card.fields->generations[0]
		   ->generation.data,
	    evil.head.generation.b, 8);
	fixture_claim_card(&fixture, 2, claim_generation, NULL, &card);
	OK(peers_take_card(fixture.nodes[1], buf_span(&card), &outcome));
	OK(node_commit(fixture.nodes[1]));
	buf_clear(&card);
	evil_text(&evil, &stream, "next", &next);
	stolen = next;
	stolen.index = 0;
	evil_init(&thief, &fixture, 2);
	thief.head.generation = evil.head.generation;
	thief.head.size = 1;
	OK(merkle_tree_add(thief.tree, 0, 0, &next.id));
	OK(merkle_tree_root(thief.tree, 1, &thief.head.root));
	note_log_key(
	    &thief.head.author, &thief.head.generation, &log->key, &key);
	OK(checkpoint_text(&thief.head, &text));
	OK(note_sign(
	    keystore, &key, &log->generation, buf_span(&text), &thief.note));
	message = evil_message(&thief, one, 1, 0);
	FAILS(fixture_take(&fixture, 1, 2, message, &taken), ERR_FORMAT);
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	ck_assert_ptr_null(fixture_view(&fixture, 1, &next.id));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 1);
	OK(give(&next, &taken));
	fixture_assert_text(&fixture, 1, &next.id, "next");
	buf_clear(&text);
	evil_record_clear(&next);
	evil_clear(&thief);
}
END_TEST

START_TEST(a_gap_is_asked_for_and_never_jumped)
{
	struct evil_record records[2];
	struct replica_taken taken;

	/* M63 */
	evil_text(&evil, &stream, "three", &records[0]);
	evil_text(&evil, &stream, "four", &records[1]);
	OK(give(&records[1], &taken));
	ck_assert_uint_eq(taken.taken, 0);
	ck_assert_uint_eq(taken.next, 3);
	ck_assert_ptr_null(fixture_view(&fixture, 1, &records[1].id));
	OK(give(&records[0], &taken));
	OK(give(&records[1], &taken));
	fixture_assert_text(&fixture, 1, &records[1].id, "four");
	evil_record_clear(&records[0]);
	evil_record_clear(&records[1]);
}
END_TEST

Suite *test_broken_suite(void)
{
	Suite *suite = suite_create("broken");
	TCase *tcase = tcase_create("contradictions");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, a_proven_contradiction_breaks_the_stream, 0, 3);
	tcase_add_test(tcase, records_before_the_contradiction_stay_taken);
	tcase_add_test(tcase, two_records_for_one_number_fork_the_stream);
	tcase_add_test(tcase, a_second_record_is_evidence_at_any_time);
	tcase_add_test(tcase, after_a_closed_record_nothing_is_taken);
	tcase_add_loop_test(tcase, nobody_opens_the_stream_of_another, 0, 2);
	tcase_add_test(tcase, nobody_logs_the_records_of_another);
	tcase_add_test(tcase, a_gap_is_asked_for_and_never_jumped);
	suite_add_tcase(suite, tcase);
	return suite;
}
