#define _GNU_SOURCE

#include "store/delivery.h"

#include "unit/store/place.h"

Suite *test_delivery_suite(void);

static struct db *db;

static void setup(void)
{
	place_make();
	db = place_db();
}

static void teardown(void)
{
	db_close(db);
	place_remove();
}

/* Rows as text, to compare. */
static char said[400];

static enum err say_sent(void *context, const struct delivery_sent *row)
{
	size_t size = strlen(said);
	(void)context;
	(void)snprintf(said + size, sizeof(said) - size, "%lld:%llu@%lld ",
	    (long long)row->org, (unsigned long long)row->last,
	    (long long)row->sent_ms);
	return ERR_OK;
}

static enum err say_receipt(void *context, const struct delivery_receipt *row)
{
	size_t size = strlen(said);
	(void)context;
	(void)snprintf(said + size, sizeof(said) - size, "%lld:%llu-%llu=%lld ",
	    (long long)row->org, (unsigned long long)row->first,
	    (unsigned long long)row->last, (long long)row->rid);
	return ERR_OK;
}

static void sent(int64_t org, uint64_t last, int64_t sent_ms)
{
	struct delivery_sent row = {
		.stream = 3, .org = org, .last = last, .sent_ms = sent_ms
	};
	OK(delivery_add_sent(db, &row));
}

static void signed_for(int64_t org, uint64_t first, uint64_t last, int64_t rid)
{
	struct delivery_receipt row = { .stream = 3,
		.org = org,
		.first = first,
		.last = last,
		.rid = rid };
	OK(delivery_add_receipt(db, &row));
}

static void assert_sent(const char *want)
{
	said[0] = '\0';
	OK(delivery_scan_sent(db, 3, say_sent, NULL));
	ck_assert_str_eq(said, want);
}

static void assert_receipts(const char *want)
{
	said[0] = '\0';
	OK(delivery_scan_receipts(db, 3, say_receipt, NULL));
	ck_assert_str_eq(said, want);
}

START_TEST(what_was_sent_before_is_not_sent_again)
{
	sent(2, 5, 100);
	sent(3, 1, 110);
	sent(2, 5, 120);
	sent(2, 4, 130);
	sent(2, 9, 140);
	assert_sent("2:5@100 2:9@140 3:1@110 ");
	said[0] = '\0';
	OK(delivery_scan_sent(db, 4, say_sent, NULL));
	ck_assert_str_eq(said, "");
}
END_TEST

START_TEST(receipts_lie_beside_each_other)
{
	signed_for(2, 6, 9, 41);
	signed_for(2, 1, 5, 40);
	signed_for(3, 1, 9, 42);
	assert_receipts("2:1-5=40 2:6-9=41 3:1-9=42 ");
}
END_TEST

START_TEST(a_newer_receipt_takes_an_end_over_and_leaves_the_rest)
{
	signed_for(2, 1, 9, 40);
	signed_for(2, 4, 9, 50);
	assert_receipts("2:1-3=40 2:4-9=50 ");
	signed_for(2, 4, 9, 60);
	assert_receipts("2:1-3=40 2:4-9=60 ");
	signed_for(2, 1, 9, 70);
	assert_receipts("2:1-3=40 2:1-9=70 ");
}
END_TEST

static enum err say_covered(void *context, int64_t stream, uint64_t number)
{
	size_t size = strlen(said);
	(void)context;
	(void)snprintf(said + size, sizeof(said) - size, "%lld=%llu ",
	    (long long)stream, (unsigned long long)number);
	return ERR_OK;
}

START_TEST(what_is_covered_stays_with_its_stream)
{
	OK(db_commit(db));
	db_close(db);
	place_sql("INSERT INTO stream VALUES (1, 1, x'01', 3, x'', x'', 1, 1,"
		  " x'', 0, 0, NULL, 0), (2, 1, x'02', 3, x'', x'', 1, 1,"
		  " x'', 0, 0, NULL, 0)");
	db = place_db();
	OK(delivery_cover(db, 2, 3));
	FAILS(delivery_cover(db, 5, 3), ERR_NOTFOUND);
	said[0] = '\0';
	OK(delivery_scan_covered(db, say_covered, NULL));
	ck_assert_str_eq(said, "2=3 ");
}
END_TEST

START_TEST(damaged_numbers_are_found)
{
	sent(2, 5, 100);
	signed_for(2, 1, 5, 40);
	OK(db_commit(db));
	db_close(db);
	place_sql("UPDATE sent SET last = -1; UPDATE receipt SET first = -4");
	db = place_db();
	FAILS(delivery_scan_sent(db, 3, say_sent, NULL), ERR_CORRUPT);
	FAILS(delivery_scan_receipts(db, 3, say_receipt, NULL), ERR_CORRUPT);
}
END_TEST

Suite *test_delivery_suite(void)
{
	Suite *suite = suite_create("delivery");
	TCase *tcase = tcase_create("delivery");
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, what_was_sent_before_is_not_sent_again);
	tcase_add_test(tcase, receipts_lie_beside_each_other);
	tcase_add_test(
	    tcase, a_newer_receipt_takes_an_end_over_and_leaves_the_rest);
	tcase_add_test(tcase, what_is_covered_stays_with_its_stream);
	tcase_add_test(tcase, damaged_numbers_are_found);
	suite_add_tcase(suite, tcase);
	return suite;
}
