#include "fixture.h"

#include "base/log.h"
#include "codec/canon.h"
#include "service/fates.h"
#include "service/payload.h"
#include "service/query.h"
#include "service/receipts.h"
#include "service/sent.h"
#include "service/signed_for.h"
#include "store/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_signed_for_suite(void);

/* Node 0 writes, 1 and 2 read and sign, or claim to. */
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

static void sign(size_t at)
{
	fixture.now_ms += MINUTE_MS;
	receipts_tick(fixture.nodes[at]);
	OK(node_commit(fixture.nodes[at]));
}

static struct fate fate_of(size_t at, const struct id32 *record, size_t reader)
{
	struct node *node = fixture.nodes[at];
	struct fates *fates = NULL;
	struct fate fate;

	OK(fates_open(node, &fates));
	OK(fates_get(fates, views_find(node->views, record),
	    reader == at ? 1 : fixture_org(&fixture, at, reader), &fate));
	fates_close(fates);
	return fate;
}

static uint64_t unsigned_for(size_t at, size_t reader)
{
	uint64_t counts[FIXTURE_NODES];

	OK(fates_unsigned(fixture.nodes[at], counts));
	return counts[fixture_org(&fixture, at, reader) - 1];
}

/* A receipt that says what we like. */
struct claim {
	Qsg__Payload payload;
	Qsg__Receipt receipt;
	Qsg__ReceiptStream items[2];
	Qsg__ReceiptStream *list[2];
	Qsg__ReceiptGap gaps[2];
	Qsg__ReceiptGap *gap_list[2];
	struct id32 author;
	struct id32 streams[2];
	struct id32 records[2];
	struct generation generation;
};

/* One that is true of this record, as node `holder` has it. */
static void claim_of(
    struct claim *claim, size_t holder, const struct id32 *record)
{
	struct node *node = fixture.nodes[holder];
	const struct view_record *view = fixture_view(&fixture, holder, record);
	const struct stream *stream =
	    &state_stream(node, view->stream)->row.state;

	memset(claim, 0, sizeof *claim);
	qsg__payload__init(&claim->payload);
	qsg__receipt__init(&claim->receipt);
	claim->payload.version = 1;
	claim->payload.content_case = QSG__PAYLOAD__CONTENT_RECEIPT;
	claim->payload.receipt = &claim->receipt;
	claim->author = stream->author;
	claim->generation = stream->generation;
	claim->receipt.author.data = claim->author.b;
	claim->receipt.author.len = 32;
	claim->receipt.streams = claim->list;
	claim->receipt.n_streams = 1;
	for (size_t i = 0; i < 2; i++) {
		Qsg__ReceiptStream *item = &claim->items[i];

		qsg__receipt_stream__init(item);
		qsg__receipt_gap__init(&claim->gaps[i]);
		claim->gaps[i].number = i + 1;
		claim->gaps[i].reason = canon_lend("bad-payload");
		claim->gap_list[i] = &claim->gaps[i];
		claim->list[i] = item;
		claim->streams[i] = stream->id;
		claim->streams[i].b[31] ^= (uint8_t)(i * 0xFF);
		claim->records[i] = *record;
		item->generation.data = claim->generation.b;
		item->generation.len = sizeof claim->generation.b;
		item->stream.data = claim->streams[i].b;
		item->stream.len = 32;
		item->record.data = claim->records[i].b;
		item->record.len = 32;
		item->first = 1;
		item->last = view->number;
		item->unreadable = claim->gap_list;
	}
}

static bool fits(struct claim *claim)
{
	enum record_reason reason = RECORD_NO_REASON;
	struct buf bytes = { 0 };
	Qsg__Payload *payload = NULL;
	bool good = false;

	OK(canon_encode(&claim->payload.base, &bytes));
	good = !payload_read(buf_span(&bytes), false, &payload, &reason);
	ck_assert_int_eq(reason, good ? RECORD_NO_REASON : RECORD_BAD_PAYLOAD);
	if (payload) {
		canon_wipe(&payload->base);
	}
	buf_clear(&bytes);
	return good;
}

/* Node `signer` says it to node 0. */
static void hand_in(struct claim *claim, size_t signer)
{
	int64_t org = fixture_org(&fixture, signer, 0);
	struct id32 record;

	OK(submit_payload(
	    fixture.nodes[signer], &org, 1, &claim->payload, &record));
	OK(node_commit(fixture.nodes[signer]));
	pull(0, signer);
	ck_assert_ptr_nonnull(fixture_view(&fixture, 0, &record));
	ck_assert_int_eq(
	    fixture_view(&fixture, 0, &record)->type, VIEW_RECEIPT);
}

START_TEST(a_receipt_counts_for_what_it_covers)
{
	struct id32 first = share(0, 1u << 1, "one");
	struct id32 second;
	struct fate fate;

	ck_assert_uint_eq(unsigned_for(0, 1), 1);
	pull(1, 0);
	sign(1);
	second = share(0, 1u << 1, "two");
	ck_assert_uint_eq(unsigned_for(0, 1), 2);
	pull(0, 1);
	ck_assert_uint_eq(unsigned_for(0, 1), 1);
	ck_assert_uint_eq(unsigned_for(0, 2), 0);
	fate = fate_of(0, &first, 1);
	ck_assert_uint_ne(fate.receipt, 0);
	ck_assert_int_eq(fate.receipted_ms, fixture.now_ms);
	ck_assert_str_eq(fate.unreadable, "");
	fate = fate_of(0, &second, 1);
	ck_assert_uint_eq(fate.receipt, 0);
	/* The reader's own look: it has signed for the first alone. */
	pull(1, 0);
	ck_assert_uint_ne(fate_of(1, &first, 1).receipt, 0);
	ck_assert_uint_eq(fate_of(1, &second, 1).receipt, 0);
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(unsigned_for(0, 1), 1);
	ck_assert_uint_ne(fate_of(0, &first, 1).receipt, 0);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 0, 1), 0);
}
END_TEST

START_TEST(what_a_reader_cannot_read_is_shown)
{
	struct id32 first = share(0, 1u << 1, "one");
	struct id32 second = share(0, 1u << 1, "two");
	struct claim claim;

	pull(1, 0);
	claim_of(&claim, 0, &second);
	claim.items[0].n_unreadable = 1;
	claim.gaps[0].number = 3;
	hand_in(&claim, 1);
	ck_assert_str_eq(fate_of(0, &first, 1).unreadable, "");
	ck_assert_str_eq(fate_of(0, &second, 1).unreadable, "bad-payload");
	/* Later it can: the newest receipt counts. */
	claim.items[0].n_unreadable = 0;
	claim.items[0].first = 3;
	hand_in(&claim, 1);
	ck_assert_str_eq(fate_of(0, &second, 1).unreadable, "");
	ck_assert_uint_ne(
	    fate_of(0, &first, 1).receipt, fate_of(0, &second, 1).receipt);
	ck_assert_uint_eq(unsigned_for(0, 1), 0);
	/* The same after the views were rebuilt. */
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_ne(fate_of(0, &first, 1).receipt, 0);
}
END_TEST

/* M200 */
START_TEST(a_receipt_that_breaks_a_rule_is_unreadable)
{
	struct id32 record = share(0, 1u << 1, "one");
	struct claim claim;
	struct claim good;

	claim_of(&good, 0, &record);
	good.items[0].n_unreadable = 2;
	if (memcmp(good.streams[0].b, good.streams[1].b, 32) > 0) {
		good.list[0] = &good.items[1];
		good.list[1] = &good.items[0];
	}
	ck_assert(fits(&good));
	good.receipt.n_streams = 2;
	ck_assert(fits(&good));

#define BREAKS(change)                                                         \
	do {                                                                   \
		claim_of(&claim, 0, &record);                                  \
		claim.items[0].n_unreadable = 2;                               \
		change;                                                        \
		ck_assert_msg(!fits(&claim), "%s", #change);                   \
	} while (0)

	BREAKS(claim.receipt.n_streams = 0);
	BREAKS(claim.receipt.author.len = 31);
	BREAKS(claim.items[0].generation.len = 7);
	BREAKS(claim.items[0].stream.len = 31);
	BREAKS(claim.items[0].record.len = 31);
	BREAKS(claim.items[0].n_unreadable = 0; claim.items[0].first = 0);
	BREAKS(claim.items[0].n_unreadable = 0;
	       claim.items[0].first = claim.items[0].last + 1);
	BREAKS(claim.items[0].last = 1ULL << 48);
	BREAKS(claim.gaps[0].number = 0);
	BREAKS(claim.gaps[1].number = 3);
	BREAKS(claim.gaps[1].number = 1);
	BREAKS(claim.gaps[1].reason = canon_lend("No token"));
	BREAKS(claim.gaps[1].reason = canon_lend(""));
#undef BREAKS
	claim = good;
	claim.receipt.streams = claim.list;
	claim.list[0] = good.list[1];
	claim.list[1] = good.list[0];
	claim.payload.receipt = &claim.receipt;
	ck_assert(!fits(&claim)); /* order */
	claim.list[0] = claim.list[1];
	ck_assert(!fits(&claim)); /* repetition */
}
END_TEST

/* M200 */
START_TEST(a_receipt_names_so_many_streams_and_gaps_at_most)
{
	struct id32 record = share(0, 1u << 1, "one");
	static Qsg__ReceiptStream items[RECEIPTS_STREAMS + 1];
	static Qsg__ReceiptStream *list[RECEIPTS_STREAMS + 1];
	static struct id32 ids[RECEIPTS_STREAMS + 1];
	static Qsg__ReceiptGap gaps[RECEIPTS_GAPS + 1];
	static Qsg__ReceiptGap *gap_list[RECEIPTS_GAPS + 1];
	struct claim claim;

	claim_of(&claim, 0, &record);
	for (unsigned i = 0; i <= RECEIPTS_STREAMS; i++) {
		items[i] = claim.items[0];
		items[i].stream.data = ids[i].b;
		ids[i].b[0] = (uint8_t)(i >> 8);
		ids[i].b[1] = (uint8_t)i;
		list[i] = &items[i];
	}
	claim.receipt.streams = list;
	claim.receipt.n_streams = RECEIPTS_STREAMS;
	ck_assert(fits(&claim));
	claim.receipt.n_streams = RECEIPTS_STREAMS + 1;
	ck_assert(!fits(&claim));
	for (unsigned i = 0; i <= RECEIPTS_GAPS; i++) {
		gaps[i] = claim.gaps[0];
		gaps[i].number = i + 1;
		gap_list[i] = &gaps[i];
	}
	claim.receipt.n_streams = 1;
	items[0].last = RECEIPTS_GAPS + 1;
	items[0].unreadable = gap_list;
	items[0].n_unreadable = RECEIPTS_GAPS;
	ck_assert(fits(&claim));
	items[0].n_unreadable = RECEIPTS_GAPS + 1;
	ck_assert(!fits(&claim));
}
END_TEST

/* The claim is kept, is no receipt for the record, and node 0 says so. */
static void contradicts(
    struct claim *claim, size_t signer, const struct id32 *record)
{
	uint64_t before = fixture_quarantined(&fixture, 0, signer);
	struct peer *peer = fixture_peer(&fixture, 0, signer);

	peer->problem[0] = '\0';
	hand_in(claim, signer);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 0, signer), before + 1);
	ck_assert_str_eq(fixture_newest_code(&fixture, 0), "bad-receipt");
	ck_assert_ptr_nonnull(strstr(peer->problem, "it signs for"));
	ck_assert_uint_eq(fate_of(0, record, signer).receipt, 0);
}

/* M207 M208 */
START_TEST(a_receipt_for_another_record_is_an_alarm)
{
	struct id32 record = share(0, 1u << 1, "one");
	struct claim claim;

	pull(1, 0);
	claim_of(&claim, 0, &record);
	claim.records[0].b[7] ^= 1;
	contradicts(&claim, 1, &record);
	/* One lie costs the rest of the receipt nothing. */
	claim.records[0].b[7] ^= 1;
	hand_in(&claim, 1);
	ck_assert_uint_ne(fate_of(0, &record, 1).receipt, 0);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M207 */
START_TEST(a_receipt_for_what_is_not_there_is_an_alarm)
{
	struct id32 record = share(0, 1u << 1, "one");
	struct claim claim;

	claim_of(&claim, 0, &record);
	claim.items[0].last++;
	contradicts(&claim, 1, &record);
	claim_of(&claim, 0, &record);
	claim.streams[0].b[3] ^= 1;
	contradicts(&claim, 1, &record);
	claim_of(&claim, 0, &record);
	claim.generation.b[3] ^= 1;
	contradicts(&claim, 1, &record);
}
END_TEST

/* M265: or a receipt of a thousand lies would be kept a thousand times. */
START_TEST(a_receipt_of_many_lies_is_one_alarm)
{
	struct id32 record = share(0, 1u << 1, "one");
	struct claim claim;

	claim_of(&claim, 0, &record);
	claim.generation.b[3] ^= 1;
	claim.receipt.n_streams = 2;
	if (id_compare(&claim.streams[0], &claim.streams[1]) > 0) {
		claim.list[0] = &claim.items[1];
		claim.list[1] = &claim.items[0];
	}
	contradicts(&claim, 1, &record);
}
END_TEST

/* M207 */
START_TEST(only_readers_sign_for_a_stream)
{
	struct id32 record = share(0, 1u << 1, "one");
	struct claim claim;

	claim_of(&claim, 0, &record);
	contradicts(&claim, 2, &record);
}
END_TEST

/* M207 */
START_TEST(a_stream_of_another_author_is_not_the_named_ones)
{
	struct id32 ours = share(0, 1u << 1, "one");
	struct id32 theirs = share(2, 1u << 0 | 1u << 1, "of another");
	struct claim claim;

	pull(0, 2);
	pull(1, 2);
	claim_of(&claim, 0, &theirs);
	claim.author = *node_id(fixture.nodes[0]);
	contradicts(&claim, 1, &theirs);
	/* Of another's stream, truly: it is seen who was reached. */
	claim_of(&claim, 0, &theirs);
	hand_in(&claim, 1);
	ck_assert_uint_ne(fate_of(0, &theirs, 1).receipt, 0);
	/* One that knows more than we do is no liar. */
	claim_of(&claim, 0, &theirs);
	claim.items[0].last += 5;
	hand_in(&claim, 1);
	claim.streams[0].b[3] ^= 1;
	hand_in(&claim, 1);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 0, 1), 1);
	ck_assert_uint_eq(fate_of(0, &ours, 1).receipt, 0);
}
END_TEST

enum { MUTATIONS = 10000 };

/* Does a changed receipt still say the same of the same stream? */
static bool says_the_same(
    const Qsg__Receipt *receipt, const struct claim *claim)
{
	const Qsg__ReceiptStream *said = receipt->streams[0];
	const Qsg__ReceiptStream *item = &claim->items[0];

	return receipt->n_streams == 1 && said->last == item->last &&
	       memcmp(receipt->author.data, claim->author.b, 32) == 0 &&
	       memcmp(said->stream.data, item->stream.data, 32) == 0 &&
	       memcmp(said->generation.data, item->generation.data, 8) == 0 &&
	       memcmp(said->record.data, item->record.data, 32) == 0;
}

/* M207 */
START_TEST(ten_thousand_changed_receipts_count_for_nothing)
{
	struct id32 record = share(0, 1u << 1, "one");
	struct id32 by = share(1, 1u << 0, "a record to hang them on");
	struct rng_seeded seeded;
	struct rng rng = rng_seed(&seeded, 4711);
	struct buf bytes = { 0 };
	struct claim claim;
	unsigned read = 0;
	uint32_t rid = 0;

	pull(0, 1);
	rid = views_find(fixture.nodes[0]->views, &by);
	claim_of(&claim, 0, &record);
	claim.items[0].n_unreadable = 2;
	OK(canon_encode(&claim.payload.base, &bytes));
	log_set_level((enum log_level) - 1); /* thousands of alarms */
	for (unsigned i = 0; i < MUTATIONS; i++) {
		size_t at = (size_t)rng_below(&rng, bytes.size);
		uint8_t by_bits = (uint8_t)(1 + rng_below(&rng, 255));
		enum record_reason reason = RECORD_NO_REASON;
		Qsg__Payload *payload = NULL;

		bytes.data[at] ^= by_bits;
		if (!payload_read(buf_span(&bytes), false, &payload, &reason)) {
			if (payload->content_case ==
				QSG__PAYLOAD__CONTENT_RECEIPT &&
			    !says_the_same(payload->receipt, &claim)) {
				OK(signed_for_take(
				    fixture.nodes[0], rid, payload));
				read++;
			}
			canon_wipe(&payload->base);
		}
		bytes.data[at] ^= by_bits;
	}
	log_set_level(LOG_WARN);
	buf_clear(&bytes);
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_gt(read, 1000);
	ck_assert_msg(fate_of(0, &record, 1).receipt == 0,
	    "seed 4711: a changed receipt counted");
	ck_assert_uint_eq(unsigned_for(0, 1), 1);
}
END_TEST

/*
 * What was sent.
 */

static void sent(size_t at, size_t to, const struct id32 *record, uint64_t last)
{
	struct replica_range range;

	ck_assert(replica_stream(fixture.nodes[at],
	    fixture_view(&fixture, at, record)->stream, &range));
	sent_note(
	    fixture.nodes[at], fixture_org(&fixture, at, to), &range, last);
}

/* M209 */
START_TEST(what_was_sent_is_written_down_within_a_second)
{
	struct id32 first = share(0, 1u << 1, "one");
	struct id32 second = share(0, 1u << 1, "two");
	int64_t then = 0;

	sent(0, 1, &first, 1);
	fixture.now_ms += 10;
	sent(0, 1, &first, 2);
	then = fixture.now_ms;
	receipts_tick(fixture.nodes[0]);
	ck_assert(node_staged(fixture.nodes[0]));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_int_eq(fate_of(0, &first, 1).sent_ms, then);
	ck_assert_int_eq(fate_of(0, &second, 1).sent_ms, 0);
	/* No commit for each message. */
	fixture.now_ms += 100;
	sent(0, 1, &first, 3);
	receipts_tick(fixture.nodes[0]);
	ck_assert(!node_staged(fixture.nodes[0]));
	fixture.now_ms += 900;
	receipts_tick(fixture.nodes[0]);
	OK(node_commit(fixture.nodes[0]));
	ck_assert_int_eq(fate_of(0, &second, 1).sent_ms, then + 100);
	fixture_restart(&fixture, 0, true);
	ck_assert_int_eq(fate_of(0, &first, 1).sent_ms, then);
	/* Nothing new, nothing to do. */
	fixture.now_ms += 5000;
	receipts_tick(fixture.nodes[0]);
	ck_assert(!node_staged(fixture.nodes[0]));
}
END_TEST

START_TEST(what_was_sent_outlives_a_commit_that_fails)
{
	struct id32 first = share(0, 1u << 1, "one");

	sent(0, 1, &first, 2);
	receipts_tick(fixture.nodes[0]);
	fixture.nodes[0]->poisoned = err_set(ERR_FULL, "no room");
	FAILS(node_commit(fixture.nodes[0]), ERR_FULL);
	ck_assert_int_eq(fate_of(0, &first, 1).sent_ms, 0);
	fixture.now_ms += 1000;
	receipts_tick(fixture.nodes[0]);
	OK(node_commit(fixture.nodes[0]));
	ck_assert_int_ne(fate_of(0, &first, 1).sent_ms, 0);
}
END_TEST

START_TEST(headers_and_others_records_are_not_sent)
{
	struct id32 ours = share(0, 1u << 1, "one");
	struct id32 theirs = share(2, 1u << 0 | 1u << 1, "of another");
	struct replica_range range;

	pull(0, 2);
	ck_assert(replica_stream(fixture.nodes[0],
	    fixture_view(&fixture, 0, &ours)->stream, &range));
	range.headers_only = true;
	sent_note(fixture.nodes[0], fixture_org(&fixture, 0, 1), &range, 2);
	sent(0, 1, &theirs, 2);
	receipts_tick(fixture.nodes[0]);
	ck_assert(!node_staged(fixture.nodes[0]));
}
END_TEST

Suite *test_signed_for_suite(void)
{
	Suite *suite = suite_create("signed_for");
	TCase *tcase = tcase_create("signed_for");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_receipt_counts_for_what_it_covers);
	tcase_add_test(tcase, what_a_reader_cannot_read_is_shown);
	tcase_add_test(tcase, a_receipt_that_breaks_a_rule_is_unreadable);
	tcase_add_test(tcase, a_receipt_names_so_many_streams_and_gaps_at_most);
	tcase_add_test(tcase, a_receipt_for_another_record_is_an_alarm);
	tcase_add_test(tcase, a_receipt_for_what_is_not_there_is_an_alarm);
	tcase_add_test(tcase, a_receipt_of_many_lies_is_one_alarm);
	tcase_add_test(tcase, only_readers_sign_for_a_stream);
	tcase_add_test(tcase, a_stream_of_another_author_is_not_the_named_ones);
	tcase_add_test(tcase, ten_thousand_changed_receipts_count_for_nothing);
	tcase_add_test(tcase, what_was_sent_is_written_down_within_a_second);
	tcase_add_test(tcase, what_was_sent_outlives_a_commit_that_fails);
	tcase_add_test(tcase, headers_and_others_records_are_not_sent);
	suite_add_tcase(suite, tcase);
	return suite;
}
