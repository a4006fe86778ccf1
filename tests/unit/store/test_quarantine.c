#define _GNU_SOURCE

#include "store/quarantine.h"

#include "base/limits.h"
#include "unit/store/place.h"

#include <sodium.h>

Suite *test_quarantine_suite(void);

#define CANARY "a canary among the rejected bytes"

static struct keystore *keystore;
static struct db *db;
/* Of each peer. */
static struct quarantine_account accounts[256];

static void setup(void)
{
	memset(accounts, 0, sizeof(accounts));
	place_make();
	keystore = place_keystore("keys");
	db = place_db();
}

static void teardown(void)
{
	db_close(db);
	keystore_close(keystore);
	place_remove();
}

static struct id32 peer_of(uint8_t number)
{
	struct id32 id;
	memset(id.b, number, sizeof(id.b));
	return id;
}

static void put_coded(
    uint8_t peer, int64_t received_ms, const char *code, struct span content)
{
	struct quarantine_item item = { .peer = peer_of(peer),
		.received_ms = received_ms,
		.code = code,
		.reason = "the proof does not fit" };
	OK(quarantine_add(
	    db, keystore, rng_system(), &accounts[peer], &item, content));
}

static void put(uint8_t peer, int64_t received_ms, struct span content)
{
	put_coded(peer, received_ms, "bad-proof", content);
}

static void counts(uint8_t peer, uint64_t items, uint64_t bytes)
{
	struct id32 id = peer_of(peer);
	uint64_t got_items = 99;
	uint64_t got_bytes = 99;
	OK(quarantine_count(db, &id, &got_items, &got_bytes));
	ck_assert_uint_eq(got_items, items);
	ck_assert_uint_eq(got_bytes, bytes);
}

enum { SEEN_MAX = 5000 };

struct seen {
	const char *code; /* all have this; NULL: any */
	size_t count;
	size_t kept;
	int64_t last;
	int64_t items[SEEN_MAX];
	bool has[SEEN_MAX];
};

static enum err look(void *context, const struct quarantine_item *item)
{
	struct seen *seen = context;
	ck_assert_uint_lt(seen->count, SEEN_MAX);
	ck_assert_msg(
	    seen->last == 0 || item->item < seen->last, "not newest first");
	ck_assert(!seen->code || strcmp(item->code, seen->code) == 0);
	ck_assert_str_eq(item->reason, "the proof does not fit");
	seen->last = item->item;
	seen->items[seen->count] = item->item;
	seen->has[seen->count] = item->kept;
	seen->count++;
	seen->kept += item->kept;
	return ERR_OK;
}

static struct seen seen;

static void scan_coded(const char *code, size_t max)
{
	memset(&seen, 0, sizeof(seen));
	seen.code = code;
	OK(quarantine_scan(db, max, look, &seen));
}

static void scan(size_t max)
{
	scan_coded("bad-proof", max);
}

/* How many of the items of this peer with this code have their bytes. */
struct holding {
	struct id32 peer;
	const char *code;
	size_t noted;
	size_t kept;
};

static enum err hold(void *context, const struct quarantine_item *item)
{
	struct holding *holding = context;
	if (id_equal(&item->peer, &holding->peer) &&
	    strcmp(item->code, holding->code) == 0) {
		holding->noted++;
		holding->kept += item->kept;
	}
	return ERR_OK;
}

static void holds(uint8_t peer, const char *code, size_t noted, size_t kept)
{
	struct holding holding = { .peer = peer_of(peer), .code = code };
	OK(quarantine_scan(db, SIZE_MAX, hold, &holding));
	ck_assert_msg(holding.noted == noted && holding.kept == kept,
	    "%s of %u: %zu noted, %zu kept, not %zu and %zu", code,
	    (unsigned)peer, holding.noted, holding.kept, noted, kept);
}

static enum err compare(void *context, const struct quarantine_item *item)
{
	const struct quarantine_item *want = context;
	ck_assert(id_equal(&item->peer, &want->peer));
	ck_assert(id_equal(&item->hash, &want->hash));
	ck_assert_int_eq(item->received_ms, want->received_ms);
	ck_assert_uint_eq(item->size, want->size);
	ck_assert_int_eq(item->kept, want->kept);
	return ERR_OK;
}

START_TEST(an_item_comes_back_with_its_reason_and_bytes)
{
	struct buf content = { 0 };
	put(1, 123, span_text(CANARY));
	OK(db_commit(db));
	struct quarantine_item want = { .peer = peer_of(1),
		.received_ms = 123,
		.size = strlen(CANARY),
		.kept = true };
	ck_assert_int_eq(crypto_generichash(want.hash.b, 32,
			     (const uint8_t *)CANARY, strlen(CANARY), NULL, 0),
	    0);
	OK(quarantine_scan(db, 10, compare, &want));
	scan(10);
	ck_assert_uint_eq(seen.count, 1);
	OK(quarantine_open(db, keystore, seen.items[0], &content));
	ck_assert(span_equal(buf_span(&content), span_text(CANARY)));
	FAILS(quarantine_open(db, keystore, 99, &content), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "no item 99"));
	counts(1, 1, strlen(CANARY));
	counts(2, 0, 0);
	counts(0, 1, strlen(CANARY));
	buf_clear(&content);
}
END_TEST

/* M85 */
START_TEST(rejected_bytes_are_sealed_on_disk)
{
	put(1, 1, span_text(CANARY));
	OK(db_commit(db));
	db_close(db);
	place_lacks(CANARY);
	place_sql("UPDATE quarantine_bytes SET sealed = zeroblob(90)");
	db = place_db();
	struct buf content = { 0 };
	FAILS(quarantine_open(db, keystore, 1, &content), ERR_CORRUPT);
	buf_clear(&content);
}
END_TEST

/* M88 */
START_TEST(the_newest_64_items_of_each_peer_keep_their_bytes)
{
	for (int i = 0; i < 100; i++) {
		put(1, i, span_text("0123456789"));
		if (i < 10) {
			put(2, i, span_text("abc"));
		}
	}
	OK(db_commit(db));
	scan(1000);
	ck_assert_uint_eq(seen.count, 110);
	ck_assert_uint_eq(seen.kept, LIMIT_QUARANTINE_ITEMS + 10);
	for (size_t i = 0; i < LIMIT_QUARANTINE_ITEMS; i++) {
		ck_assert(seen.has[i]);
	}
	ck_assert(!seen.has[LIMIT_QUARANTINE_ITEMS]);
	struct buf content = { 0 };
	FAILS(quarantine_open(db, keystore, seen.items[109], &content),
	    ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "not kept"));
	counts(1, 100, LIMIT_QUARANTINE_ITEMS * 10);
	counts(2, 10, 30);
	counts(0, 110, LIMIT_QUARANTINE_ITEMS * 10 + 30);
	scan(5);
	ck_assert_uint_eq(seen.count, 5);
	scan(SIZE_MAX);
	ck_assert_uint_eq(seen.count, 110);
}
END_TEST

/* M88 */
START_TEST(the_newest_4096_notes_of_each_peer_are_kept_and_all_are_counted)
{
	put(2, 0, span_text("abc"));
	for (unsigned i = 0; i < LIMIT_QUARANTINE_NOTES + 50; i++) {
		put(1, i, span_text("x"));
	}
	OK(db_commit(db));
	scan(SIZE_MAX);
	ck_assert_uint_eq(seen.count, LIMIT_QUARANTINE_NOTES + 1);
	ck_assert_int_eq(seen.items[seen.count - 1], 1);
	ck_assert_uint_eq(seen.kept, LIMIT_QUARANTINE_ITEMS + 1);
	counts(1, LIMIT_QUARANTINE_NOTES + 50, LIMIT_QUARANTINE_ITEMS);
	counts(0, LIMIT_QUARANTINE_NOTES + 51, LIMIT_QUARANTINE_ITEMS + 3);
}
END_TEST

/* M88: the sizes are claimed, a gibibyte need not be written. */
START_TEST(the_oldest_bytes_go_first_when_all_is_full)
{
	put(1, 1, span_text("oldest"));
	put(2, 2, span_text("older"));
	put(1, 3, span_text("old"));
	OK(db_commit(db));
	db_close(db);
	place_sql("UPDATE quarantine_bytes SET size = 1073741824 - 100"
		  " WHERE item = 1;"
		  "UPDATE quarantine_bytes SET size = 50 WHERE item > 1;"
		  "UPDATE quarantine_peer SET bytes ="
		  " (SELECT sum(size) FROM quarantine_bytes AS b"
		  " WHERE b.peer = quarantine_peer.peer)");
	db = place_db();
	counts(0, 3, LIMIT_QUARANTINE_BYTES);
	put(3, 4, span_text("newest"));
	OK(db_commit(db));
	counts(0, 4, 106);
	counts(1, 2, 50);
	scan(10);
	ck_assert_uint_eq(seen.count, 4);
	ck_assert(seen.has[0] && seen.has[1] && seen.has[2]);
	ck_assert(!seen.has[3]);
}
END_TEST

static const char *const evidence[] = { "forked", "broken", "split-view",
	"card-conflict" };

static void put_number(uint8_t peer, const char *code, unsigned number)
{
	char text[40];
	(void)snprintf(text, sizeof(text), "%s %08u", code, number);
	put_coded(peer, (int64_t)number, code, span_text(text));
}

/* M88 */
START_TEST(newer_items_push_no_evidence_out)
{
	for (unsigned i = 0; i < 4; i++) {
		put_number(1, evidence[i], i);
	}
	for (unsigned i = 0; i < LIMIT_QUARANTINE_NOTES + 100; i++) {
		put_number(1, i % 2 == 0 ? "bad-proof" : "broken-off", i);
	}
	OK(db_commit(db));
	for (unsigned i = 0; i < 4; i++) {
		holds(1, evidence[i], 1, 1);
	}
	holds(1, "bad-proof", LIMIT_QUARANTINE_NOTES / 2,
	    LIMIT_QUARANTINE_ITEMS / 2);
	holds(1, "broken-off", LIMIT_QUARANTINE_NOTES / 2,
	    LIMIT_QUARANTINE_ITEMS / 2);
	struct buf content = { 0 };
	OK(quarantine_open(db, keystore, 3, &content));
	ck_assert(
	    span_equal(buf_span(&content), span_text("split-view 00000002")));
	buf_clear(&content);
}
END_TEST

/* M88 */
START_TEST(evidence_has_a_window_of_its_own)
{
	put_number(1, "bad-proof", 0);
	for (unsigned i = 0; i < 25; i++) {
		for (size_t j = 0; j < 4; j++) {
			put_number(1, evidence[j], i);
		}
	}
	put_number(2, "forked", 0);
	OK(db_commit(db));
	holds(1, "bad-proof", 1, 1);
	for (size_t j = 0; j < 4; j++) {
		holds(1, evidence[j], 25, LIMIT_QUARANTINE_ITEMS / 4);
	}
	holds(2, "forked", 1, 1);
	scan_coded(NULL, SIZE_MAX);
	for (size_t i = 0; i <= LIMIT_QUARANTINE_ITEMS; i++) {
		ck_assert(seen.has[i]);
	}
	ck_assert(!seen.has[LIMIT_QUARANTINE_ITEMS + 1]);
}
END_TEST

/* M88: a note stays as long as its bytes, and then goes. */
START_TEST(a_note_goes_once_its_bytes_have_gone)
{
	put_number(1, "forked", 0);
	for (unsigned i = 0; i < LIMIT_QUARANTINE_NOTES; i++) {
		put_number(1, "bad-proof", i);
	}
	holds(1, "forked", 1, 1);
	for (unsigned i = 1; i <= LIMIT_QUARANTINE_ITEMS; i++) {
		put_number(1, "forked", i);
	}
	OK(db_commit(db));
	holds(1, "forked", LIMIT_QUARANTINE_ITEMS, LIMIT_QUARANTINE_ITEMS);
}
END_TEST

/* M88 */
START_TEST(the_same_evidence_again_is_only_noted)
{
	put_coded(1, 1, "card-conflict", span_text("one card"));
	put_coded(1, 2, "card-conflict", span_text("another"));
	for (int i = 0; i < 100; i++) {
		put_coded(1, i, "card-conflict", span_text("one card"));
	}
	/* What is no evidence, or came of another, does not stand for it. */
	put_coded(2, 1, "card-conflict", span_text("one card"));
	put_coded(3, 1, "bad-proof", span_text("one card"));
	put_coded(3, 1, "forked", span_text("one card"));
	OK(db_commit(db));
	holds(1, "card-conflict", 102, 2);
	holds(2, "card-conflict", 1, 1);
	holds(3, "forked", 1, 1);
	ck_assert_uint_eq(
	    accounts[1].evidence.bytes, strlen("one cardanother"));
}
END_TEST

/* M88 */
START_TEST(a_peer_has_only_so_many_bytes_written_in_an_hour)
{
	const int64_t hour = 60LL * 60LL * 1000LL;
	struct quarantine_hour *spent = &accounts[1].others;
	put(1, 1000, span_text("0123456789"));
	ck_assert_int_eq(spent->since_ms, 1000);
	ck_assert_uint_eq(spent->bytes, 10);
	spent->bytes = LIMIT_QUARANTINE_HOUR_BYTES - 15;
	put(1, 1000 + hour - 1, span_text("0123456789"));
	put(1, 1000 + hour - 1, span_text("012345"));
	holds(1, "bad-proof", 3, 2);
	/* What still fits is kept, and others are not charged. */
	put(1, 1000 + hour - 1, span_text("01234"));
	put(1, 1000 + hour - 1, span_text("0"));
	put(2, 1000 + hour - 1, span_text("0123456789"));
	holds(1, "bad-proof", 5, 3);
	holds(2, "bad-proof", 1, 1);
	ck_assert_uint_eq(spent->bytes, LIMIT_QUARANTINE_HOUR_BYTES);
	put(1, 1000 + hour, span_text("0"));
	holds(1, "bad-proof", 6, 4);
	ck_assert_uint_eq(spent->bytes, 1);
	/* With the clock set back nobody waits for it. */
	spent->bytes = LIMIT_QUARANTINE_HOUR_BYTES;
	put(1, 500, span_text("0"));
	holds(1, "bad-proof", 7, 5);
	OK(db_commit(db));
	counts(1, 7, 10 + 10 + 5 + 1 + 1);
}
END_TEST

/* M88 */
START_TEST(garbage_leaves_the_hour_of_evidence_alone)
{
	accounts[1].others = (struct quarantine_hour){ .since_ms = 1,
		.bytes = LIMIT_QUARANTINE_HOUR_BYTES };
	put(1, 2, span_text("garbage"));
	put_coded(1, 2, "forked", span_text("proof"));
	holds(1, "bad-proof", 1, 0);
	holds(1, "forked", 1, 1);
	accounts[1].evidence.bytes = LIMIT_QUARANTINE_HOUR_BYTES;
	put_coded(1, 3, "broken", span_text("more"));
	holds(1, "broken", 1, 0);
	OK(db_commit(db));
}
END_TEST

/* M88: bytes that are only noted push none out. */
START_TEST(what_is_only_noted_takes_no_place)
{
	put(1, 1, span_text("kept"));
	accounts[1].others.bytes = LIMIT_QUARANTINE_HOUR_BYTES;
	for (unsigned i = 0; i < 2 * LIMIT_QUARANTINE_ITEMS; i++) {
		put(1, 2, span_text("noted"));
	}
	OK(db_commit(db));
	holds(1, "bad-proof", 2 * LIMIT_QUARANTINE_ITEMS + 1, 1);
}
END_TEST

/* M88: the sizes are claimed again. */
START_TEST(evidence_goes_last_when_all_is_full)
{
	put_coded(1, 1, "forked", span_text("oldest"));
	put_coded(2, 2, "broken", span_text("older"));
	put(1, 3, span_text("old"));
	put(2, 4, span_text("new"));
	OK(db_commit(db));
	db_close(db);
	place_sql("UPDATE quarantine_bytes SET size = 1073741824 / 4;"
		  "UPDATE quarantine_peer SET bytes = 1073741824 / 2");
	db = place_db();
	counts(0, 4, LIMIT_QUARANTINE_BYTES);
	put(3, 5, span_text("newer"));
	holds(1, "forked", 1, 1);
	holds(1, "bad-proof", 1, 0);
	holds(2, "bad-proof", 1, 1);
	/* Once nothing else is left, it goes, too. */
	OK(db_commit(db));
	db_close(db);
	place_sql("UPDATE quarantine_bytes SET size = 1073741824"
		  " WHERE size > 100;"
		  "UPDATE quarantine_peer SET bytes ="
		  " (SELECT sum(size) FROM quarantine_bytes AS b"
		  " WHERE b.peer = quarantine_peer.peer)");
	db = place_db();
	put(3, 6, span_text("newest"));
	OK(db_commit(db));
	holds(1, "forked", 1, 0);
	holds(2, "broken", 1, 1);
	holds(3, "bad-proof", 2, 0);
	counts(0, 6, LIMIT_QUARANTINE_BYTES);
}
END_TEST

START_TEST(more_than_a_message_is_noted_but_not_kept)
{
	struct buf large = { 0 };
	OK(buf_reserve(&large, LIMIT_MESSAGE_BYTES + 1));
	memset(large.data, 7, LIMIT_MESSAGE_BYTES + 1);
	put(1, 1, span_of(large.data, LIMIT_MESSAGE_BYTES + 1));
	put(1, 2, span_of(large.data, LIMIT_MESSAGE_BYTES));
	put(1, 3, span_of(NULL, 0));
	OK(db_commit(db));
	scan(10);
	ck_assert_uint_eq(seen.count, 3);
	ck_assert(seen.has[0] && seen.has[1] && !seen.has[2]);
	counts(1, 3, LIMIT_MESSAGE_BYTES);
	buf_clear(&large);
}
END_TEST

static enum err check_texts(void *context, const struct quarantine_item *item)
{
	(void)context;
	ck_assert_uint_eq(strlen(item->code), LIMIT_TOKEN_BYTES);
	/* 100 characters of two bytes, the last of which would not fit. */
	ck_assert_uint_eq(strlen(item->reason), LIMIT_REASON_BYTES - 1);
	return ERR_OK;
}

START_TEST(long_texts_are_cut_between_characters)
{
	char code[LIMIT_TOKEN_BYTES + 10];
	char reason[LIMIT_REASON_BYTES * 2] = "x";
	memset(code, 'c', sizeof(code) - 1);
	code[sizeof(code) - 1] = '\0';
	for (size_t i = 1; i + 2 < sizeof(reason); i += 2) {
		memcpy(reason + i, "\xc3\xa9", 3);
	}
	struct quarantine_item item = {
		.peer = peer_of(1), .code = code, .reason = reason
	};
	OK(quarantine_add(db, keystore, rng_system(), &accounts[1], &item,
	    span_text("bytes")));
	OK(quarantine_scan(db, 1, check_texts, NULL));
	item.code = NULL;
	item.reason = NULL;
	OK(quarantine_add(db, keystore, rng_system(), &accounts[1], &item,
	    span_text("bytes")));
	OK(db_commit(db));
}
END_TEST

Suite *test_quarantine_suite(void)
{
	Suite *suite = suite_create("quarantine");
	TCase *tests = tcase_create("quarantine");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, an_item_comes_back_with_its_reason_and_bytes);
	tcase_add_test(tests, rejected_bytes_are_sealed_on_disk);
	tcase_add_test(
	    tests, the_newest_64_items_of_each_peer_keep_their_bytes);
	tcase_add_test(tests,
	    the_newest_4096_notes_of_each_peer_are_kept_and_all_are_counted);
	tcase_add_test(tests, the_oldest_bytes_go_first_when_all_is_full);
	tcase_add_test(tests, newer_items_push_no_evidence_out);
	tcase_add_test(tests, evidence_has_a_window_of_its_own);
	tcase_add_test(tests, a_note_goes_once_its_bytes_have_gone);
	tcase_add_test(tests, the_same_evidence_again_is_only_noted);
	tcase_add_test(tests, a_peer_has_only_so_many_bytes_written_in_an_hour);
	tcase_add_test(tests, garbage_leaves_the_hour_of_evidence_alone);
	tcase_add_test(tests, what_is_only_noted_takes_no_place);
	tcase_add_test(tests, evidence_goes_last_when_all_is_full);
	tcase_add_test(tests, more_than_a_message_is_noted_but_not_kept);
	tcase_add_test(tests, long_texts_are_cut_between_characters);
	suite_add_tcase(suite, tests);
	return suite;
}
