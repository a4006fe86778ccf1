#define _GNU_SOURCE

#include "store/records.h"

#include "base/limits.h"
#include "unit/store/place.h"

Suite *test_records_suite(void);

static uint8_t bytes[LIMIT_RECORD_BYTES + 1];

static struct record_row row_of(int64_t rid)
{
	memset(bytes, 0x41, sizeof(bytes));
	return (struct record_row){ .rid = rid,
		.stream = 3,
		.number = (uint64_t)rid + 5,
		.leaf = LIMIT_TREE_SIZE - (uint64_t)rid,
		.received_ms = -rid,
		.state = RECORD_UNREADABLE,
		.reason = RECORD_BAD_AUDIENCE,
		.header = span_of(bytes, 238),
		.slots =
		    rid % 2 == 0 ? span_of(bytes + 1, 214) : span_of(NULL, 0),
		.body = span_of(bytes + 2, (size_t)(rid * 3)),
		.wrapped = span_of(bytes + 3, SEAL_WRAPPED_BYTES) };
}

static int64_t last_of(struct db *db)
{
	int64_t rid = -1;
	OK(records_last(db, &rid));
	return rid;
}

static void fill(struct db *db, int64_t count)
{
	for (int64_t rid = last_of(db) + 1; rid <= count; rid++) {
		struct record_row row = row_of(rid);
		OK(records_add(db, &row));
	}
}

static void same(const struct record_row *row, const struct record_row *want)
{
	ck_assert_int_eq(row->rid, want->rid);
	ck_assert_int_eq(row->stream, want->stream);
	ck_assert_uint_eq(row->number, want->number);
	ck_assert_uint_eq(row->leaf, want->leaf);
	ck_assert_int_eq(row->received_ms, want->received_ms);
	ck_assert_int_eq(row->state, want->state);
	ck_assert_int_eq(row->reason, want->reason);
	ck_assert(span_equal(row->header, want->header));
	ck_assert(span_equal(row->slots, want->slots));
	ck_assert(span_equal(row->body, want->body));
	ck_assert(span_equal(row->wrapped, want->wrapped));
}

static enum err compare(void *context, const struct record_row *row)
{
	int64_t *next = context;
	struct record_row want = row_of(*next);
	same(row, &want);
	(*next)++;
	return ERR_OK;
}

static void holds(struct db *db, int64_t first, int64_t last)
{
	int64_t next = first;
	OK(records_scan(db, first, last, compare, &next));
	ck_assert_int_eq(next, last + 1);
}

START_TEST(records_come_back_as_they_were_put_in)
{
	struct db *db = place_db();
	ck_assert_int_eq(last_of(db), 0);
	fill(db, 50);
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	ck_assert_int_eq(last_of(db), 50);
	holds(db, 1, 50);
	holds(db, 20, 30);
	holds(db, 50, 50);
	holds(db, 51, 50);
	int64_t next = 33;
	OK(records_get(db, 33, compare, &next));
	ck_assert_int_eq(next, 34);
	FAILS(records_get(db, 51, compare, &next), ERR_NOTFOUND);
	FAILS(records_get(db, 0, compare, &next), ERR_NOTFOUND);
	db_close(db);
}
END_TEST

START_TEST(numbers_have_no_gaps_and_are_given_once)
{
	struct db *db = place_db();
	fill(db, 3);
	OK(db_commit(db));
	static const int64_t wrong[] = { 0, 1, 3, 5, -1 };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct record_row row = row_of(1);
		row.rid = wrong[i];
		FAILS(records_add(db, &row), ERR_STATE);
		FAILS(db_commit(db), ERR_STATE);
		ck_assert_int_eq(last_of(db), 3);
	}
	fill(db, 4);
	holds(db, 1, 4);
	db_close(db);
}
END_TEST

START_TEST(sizes_are_checked_before_anything_is_stored)
{
	struct db *db = place_db();
	struct record_row row = row_of(1);
	row.header = span_of(bytes, 0);
	FAILS(records_add(db, &row), ERR_LIMIT);
	row = row_of(1);
	row.body = span_of(bytes, sizeof(bytes));
	FAILS(records_add(db, &row), ERR_LIMIT);
	row = row_of(1);
	row.slots = span_of(bytes, sizeof(bytes));
	FAILS(records_add(db, &row), ERR_LIMIT);
	row = row_of(1);
	row.wrapped = span_of(bytes, SEAL_WRAPPED_BYTES - 1);
	FAILS(records_add(db, &row), ERR_LIMIT);
	row = row_of(1);
	row.leaf = LIMIT_TREE_SIZE;
	FAILS(records_add(db, &row), ERR_LIMIT);
	ck_assert_int_eq(last_of(db), 0);
	row = row_of(1);
	row.body = span_of(bytes, LIMIT_RECORD_BYTES);
	OK(records_add(db, &row));
	db_close(db);
}
END_TEST

static enum err compare_to(void *context, const struct record_row *row)
{
	same(row, context);
	return ERR_OK;
}

START_TEST(a_missing_body_is_filled_in)
{
	struct db *db = place_db();
	struct record_row row = row_of(1);
	row.state = RECORD_BODYLESS;
	row.reason = RECORD_NO_BODY;
	row.body = span_of(NULL, 0);
	row.wrapped = span_of(NULL, 0);
	OK(records_add(db, &row));
	OK(records_get(db, 1, compare_to, &row));
	row.state = RECORD_READABLE;
	row.reason = RECORD_NO_REASON;
	row.body = span_of(bytes, 999);
	row.wrapped = span_of(bytes, SEAL_WRAPPED_BYTES);
	OK(records_set_body(db, &row));
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	OK(records_get(db, 1, compare_to, &row));
	row.rid = 2;
	FAILS(records_set_body(db, &row), ERR_NOTFOUND);
	row.body = span_of(bytes, sizeof(bytes));
	FAILS(records_set_body(db, &row), ERR_LIMIT);
	db_close(db);
}
END_TEST

static enum err take(void *context, const struct record_row *row)
{
	(void)row;
	(*(int64_t *)context)++;
	return ERR_OK;
}

/* M89 */
START_TEST(a_row_missing_or_out_of_range_is_damage)
{
	static const char *const damage[] = {
		"DELETE FROM record WHERE rid = 1",
		"DELETE FROM record WHERE rid = 5",
		"DELETE FROM record WHERE rid = 10",
		"DELETE FROM record",
		"UPDATE record SET rid = 100 WHERE rid = 5",
		"UPDATE record SET stream = 1 << 32 WHERE rid = 5",
		"UPDATE record SET number = 0 - 1 WHERE rid = 5",
		"UPDATE record SET leaf = 1 << 40 WHERE rid = 5",
		"UPDATE record SET state = 3 WHERE rid = 5",
		"UPDATE record SET state = 0 - 1 WHERE rid = 5",
		"UPDATE record SET reason = 11 WHERE rid = 5",
		"UPDATE record SET header = x'' WHERE rid = 5",
		"UPDATE record SET header = zeroblob(300000) WHERE rid = 5",
		"UPDATE record SET body = zeroblob(300000) WHERE rid = 5",
		"UPDATE record SET slots = zeroblob(300000) WHERE rid = 5",
		"UPDATE record SET wrapped = zeroblob(47) WHERE rid = 5",
		"UPDATE record SET body = zeroblob(20000000) WHERE rid = 5",
	};
	struct db *db = place_db();
	fill(db, 10);
	OK(db_commit(db));
	db_close(db);
	struct buf sound = place_read(place_path("db"));
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		int64_t count = 0;
		place_write(place_path("db"), buf_span(&sound));
		place_sql(damage[i]);
		db = place_db();
		enum err err = records_scan(db, 1, 10, take, &count);
		ck_assert_msg(
		    err == ERR_CORRUPT, "%s: %s", damage[i], err_name(err));
		ck_assert_int_lt(count, 10);
		db_close(db);
	}
	buf_clear(&sound);
}
END_TEST

/* M89 */
START_TEST(nothing_after_a_missing_row_is_given)
{
	struct db *db = place_db();
	int64_t count = 0;
	fill(db, 10);
	OK(db_commit(db));
	db_close(db);
	place_sql("DELETE FROM record WHERE rid = 5");
	db = place_db();
	FAILS(records_scan(db, 1, 10, take, &count), ERR_CORRUPT);
	ck_assert_int_eq(count, 4);
	ck_assert_ptr_nonnull(strstr(err_text(), " 5 "));
	db_close(db);
}
END_TEST

START_TEST(every_reason_has_a_name_of_its_own)
{
	for (int a = 0; a <= RECORD_BAD_AUDIENCE; a++) {
		const char *name = records_reason_name((enum record_reason)a);
		ck_assert_str_ne(name, "unknown");
		for (int b = 0; b < a; b++) {
			ck_assert_str_ne(
			    name, records_reason_name((enum record_reason)b));
		}
	}
}
END_TEST

Suite *test_records_suite(void)
{
	Suite *suite = suite_create("records");
	TCase *tests = tcase_create("records");
	tcase_add_checked_fixture(tests, place_make, place_remove);
	tcase_add_test(tests, records_come_back_as_they_were_put_in);
	tcase_add_test(tests, numbers_have_no_gaps_and_are_given_once);
	tcase_add_test(tests, sizes_are_checked_before_anything_is_stored);
	tcase_add_test(tests, a_missing_body_is_filled_in);
	tcase_add_test(tests, a_row_missing_or_out_of_range_is_damage);
	tcase_add_test(tests, nothing_after_a_missing_row_is_given);
	tcase_add_test(tests, every_reason_has_a_name_of_its_own);
	suite_add_tcase(suite, tests);
	return suite;
}
