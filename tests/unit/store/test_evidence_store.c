#define _GNU_SOURCE

#include "store/evidence_store.h"

#include "base/limits.h"
#include "unit/store/place.h"

Suite *test_evidence_store_suite(void);

#define CANARY "a canary among the evidence"

static struct keystore *keystore;
static struct db *db;

static void setup(void)
{
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

static enum err add(int64_t org, struct span bytes)
{
	struct evidence_item item = {
		.org = org, .kind = "split-view", .found_ms = 1000 + org
	};
	return evidence_store_add(db, keystore, rng_system(), &item, bytes);
}

struct seen {
	size_t count;
	int64_t first;
	int64_t orgs[256];
};

static enum err look(void *context, const struct evidence_item *item)
{
	struct seen *seen = context;
	if (seen->count == 0) {
		seen->first = item->evidence;
	}
	ck_assert_str_eq(item->kind, "split-view");
	ck_assert_int_eq(item->found_ms, 1000 + item->org);
	seen->orgs[seen->count++] = item->org;
	return ERR_OK;
}

static struct seen scan(void)
{
	struct seen seen = { 0 };
	OK(evidence_store_scan(db, look, &seen));
	return seen;
}

/* M219 */
START_TEST(each_piece_is_kept_once)
{
	struct buf out = { 0 };
	OK(add(2, span_text(CANARY)));
	FAILS(add(2, span_text(CANARY)), ERR_EXISTS);
	FAILS(add(3, span_text(CANARY)), ERR_EXISTS);
	OK(add(3, span_text("another")));
	OK(db_commit(db));
	struct seen seen = scan();
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_int_eq(seen.orgs[0], 3);
	ck_assert_int_eq(seen.orgs[1], 2);
	OK(evidence_store_open(db, keystore, seen.first, &out));
	ck_assert_str_eq(buf_text(&out), "another");
	FAILS(evidence_store_open(db, keystore, 99, &out), ERR_NOTFOUND);
	buf_clear(&out);
}
END_TEST

/* M219 */
START_TEST(the_first_pieces_against_each_are_kept)
{
	char text[32];
	for (int i = 0; i < 70; i++) {
		(void)snprintf(text, sizeof(text), "piece %d", i);
		FAILS(add(2, span_text(text)),
		    i < (int)LIMIT_EVIDENCE_ITEMS ? ERR_OK : ERR_LIMIT);
	}
	OK(add(3, span_text("of another")));
	OK(db_commit(db));
	ck_assert_uint_eq(scan().count, LIMIT_EVIDENCE_ITEMS + 1);
}
END_TEST

/* M219 */
START_TEST(no_more_bytes_are_kept_than_allowed)
{
	size_t kept = 0;
	uint8_t *bytes = calloc(1, LIMIT_EVIDENCE_BYTES + 1);
	ck_assert_ptr_nonnull(bytes);
	FAILS(add(2, span_of(bytes, LIMIT_EVIDENCE_BYTES + 1)), ERR_LIMIT);
	for (uint8_t i = 0; i < 40; i++) {
		bytes[0] = i;
		enum err err = add(2, span_of(bytes, LIMIT_EVIDENCE_BYTES));
		ck_assert(err == ERR_OK || err == ERR_LIMIT);
		kept += err == ERR_OK ? 1 : 0;
	}
	ck_assert_uint_ge(kept, 30);
	ck_assert_uint_le(kept * LIMIT_EVIDENCE_BYTES, LIMIT_EVIDENCE_SUM);
	OK(db_commit(db));
	free(bytes);
}
END_TEST

START_TEST(it_is_sealed_on_disk)
{
	OK(add(2, span_text(CANARY)));
	OK(db_commit(db));
	db_close(db);
	place_lacks(CANARY);
	db = place_db();
}
END_TEST

START_TEST(a_changed_row_is_noticed)
{
	struct buf out = { 0 };
	OK(add(2, span_text(CANARY)));
	OK(add(2, span_text("another")));
	OK(db_commit(db));
	db_close(db);
	place_sql("UPDATE evidence SET sealed = (SELECT sealed FROM evidence"
		  " WHERE evidence = 1) WHERE evidence = 2");
	db = place_db();
	OK(evidence_store_open(db, keystore, 1, &out));
	FAILS(evidence_store_open(db, keystore, 2, &out), ERR_CORRUPT);
	buf_clear(&out);
}
END_TEST

Suite *test_evidence_store_suite(void)
{
	Suite *suite = suite_create("evidence_store");
	TCase *tests = tcase_create("all");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, each_piece_is_kept_once);
	tcase_add_test(tests, the_first_pieces_against_each_are_kept);
	tcase_add_test(tests, no_more_bytes_are_kept_than_allowed);
	tcase_add_test(tests, it_is_sealed_on_disk);
	tcase_add_test(tests, a_changed_row_is_noticed);
	suite_add_tcase(suite, tests);
	return suite;
}
