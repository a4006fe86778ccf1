#define _GNU_SOURCE

#include "store/records.h"
#include "store/tombstones.h"
#include "unit/store/place.h"

Suite *test_tombstones_suite(void);

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

START_TEST(a_tombstone_is_kept_once_and_for_good)
{
	struct tombstone one = {
		.id = { { 1 } }, .erasure = 7, .erased_ms = 70
	};
	struct tombstone got;
	FAILS(tombstones_get(db, &one.id, &got), ERR_NOTFOUND);
	OK(tombstones_add(db, &one));
	one.erasure = 8;
	OK(tombstones_add(db, &one));
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	OK(tombstones_get(db, &one.id, &got));
	ck_assert_int_eq(got.erasure, 7);
	ck_assert_int_eq(got.erased_ms, 70);
}
END_TEST

START_TEST(a_tombstone_is_found_by_the_first_digits_of_its_id)
{
	struct tombstone one = {
		.id = { { 0xab, 0xc0 } }, .erasure = 7, .erased_ms = 70
	};
	struct tombstone got;
	OK(tombstones_add(db, &one));
	OK(tombstones_find(db, span_text("aBc"), &got));
	ck_assert(id_equal(&got.id, &one.id));
	ck_assert_int_eq(got.erasure, 7);
	ck_assert_int_eq(got.erased_ms, 70);
	OK(tombstones_find(db, span_text("abd"), &got));
	ck_assert_int_eq(got.erasure, 0);
	OK(tombstones_find(db, span_text("%"), &got));
	ck_assert_int_eq(got.erasure, 0);
}
END_TEST

static enum err sum(void *context, const struct erased_row *row)
{
	*(int64_t *)context = *(int64_t *)context * 100 + row->rid;
	return ERR_OK;
}

START_TEST(rows_that_lost_their_bodies_are_listed)
{
	struct erased_row row = {
		.rid = 9, .original = { { 4 } }, .erasure = 11
	};
	struct erased_row got;
	int64_t all = 0;
	OK(erased_add(db, &row));
	FAILS(erased_add(db, &row), ERR_EXISTS);
	row.rid = 3;
	OK(erased_add(db, &row));
	OK(db_commit(db));
	OK(erased_get(db, 9, &got));
	ck_assert(id_equal(&got.original, &row.original));
	ck_assert_int_eq(got.erasure, 11);
	FAILS(erased_get(db, 4, &got), ERR_NOTFOUND);
	OK(erased_scan(db, sum, &all));
	ck_assert_int_eq(all, 309);
}
END_TEST

START_TEST(a_hold_is_changed_and_dropped)
{
	struct id32 id = { { 5 } };
	struct buf got = { 0 };
	FAILS(holds_get(db, &id, &got), ERR_NOTFOUND);
	FAILS(holds_drop(db, &id), ERR_NOTFOUND);
	OK(holds_set(db, &id, span_text("until May")));
	OK(holds_set(db, &id, span_text("until June")));
	OK(db_commit(db));
	OK(holds_get(db, &id, &got));
	ck_assert(span_equal(buf_span(&got), span_text("until June")));
	OK(holds_drop(db, &id));
	OK(db_commit(db));
	buf_reset(&got);
	FAILS(holds_get(db, &id, &got), ERR_NOTFOUND);
	buf_clear(&got);
}
END_TEST

#define CANARY "what-must-not-be-found-anywhere-0123456789"

/* M449 */
START_TEST(what_is_taken_out_is_in_no_file)
{
	static uint8_t body[60000];
	static uint8_t wrapped[SEAL_WRAPPED_BYTES];
	struct record_row row = { .rid = 1,
		.stream = 1,
		.number = 1,
		.header = span_text("a header") };
	/* Small, within a page; large, over many. */
	size_t size = _i == 0 ? 300 : sizeof(body);
	memset(body, 'x', sizeof(body));
	memcpy(body + size - 60, CANARY, sizeof(CANARY) - 1);
	memcpy(wrapped, CANARY, 40);
	row.body = span_of(body, size);
	row.wrapped = span_of(wrapped, sizeof(wrapped));
	OK(records_add(db, &row));
	OK(db_commit(db));
	row.body = row.wrapped = (struct span){ 0 };
	row.state = RECORD_BODYLESS;
	row.reason = RECORD_ERASED;
	OK(records_set_body(db, &row));
	FAILS(db_fold(db), ERR_STATE);
	OK(db_commit(db));
	OK(db_fold(db));
	place_lacks("what-must-not-be-found");
}
END_TEST

Suite *test_tombstones_suite(void)
{
	Suite *suite = suite_create("tombstones");
	TCase *tests = tcase_create("tombstones");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_tombstone_is_kept_once_and_for_good);
	tcase_add_test(
	    tests, a_tombstone_is_found_by_the_first_digits_of_its_id);
	tcase_add_test(tests, rows_that_lost_their_bodies_are_listed);
	tcase_add_test(tests, a_hold_is_changed_and_dropped);
	tcase_add_loop_test(tests, what_is_taken_out_is_in_no_file, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}
