#define _GNU_SOURCE

#include "store/heads.h"

#include "unit/store/place.h"

Suite *test_heads_store_suite(void);

static struct db *db;

static void setup(void)
{
	place_make();
	OK(db_open(place_path("records.db"), rng_system(), &db));
}

static void teardown(void)
{
	db_close(db);
	place_remove();
}

static void again(void)
{
	OK(db_commit(db));
	db_close(db);
	OK(db_open(place_path("records.db"), rng_system(), &db));
}

static enum err add(int64_t log, uint64_t size)
{
	struct head_row row = { .log = log,
		.size = size,
		.published_ms = (int64_t)size * 10,
		.note = span_text("a note") };
	return heads_add(db, &row);
}

static struct cosignature_row line_of(int64_t log, uint64_t size, int64_t org)
{
	return (struct cosignature_row){ .log = log,
		.size = size,
		.org = org,
		.time_s = size + 1000,
		.line = span_text("a line\n") };
}

static enum err cosign(int64_t log, uint64_t size, int64_t org)
{
	struct cosignature_row row = line_of(log, size, org);
	return heads_add_cosignature(db, &row);
}

static enum err keep(int64_t log, uint64_t size, int64_t org)
{
	struct cosignature_row row = line_of(log, size, org);
	return heads_keep_cosignature(db, &row);
}

struct seen {
	size_t count;
	uint64_t sizes[8];
	int64_t orgs[8];
};

static enum err see_head(void *context, const struct head_row *row)
{
	struct seen *seen = context;
	ck_assert(span_equal(row->note, span_text("a note")));
	ck_assert_int_eq(row->published_ms, (int64_t)row->size * 10);
	seen->sizes[seen->count++] = row->size;
	return ERR_OK;
}

static enum err see_line(void *context, const struct cosignature_row *row)
{
	struct seen *seen = context;
	ck_assert(span_equal(row->line, span_text("a line\n")));
	ck_assert_uint_eq(row->time_s, row->size + 1000);
	seen->sizes[seen->count] = row->size;
	seen->orgs[seen->count++] = row->org;
	return ERR_OK;
}

static size_t lines_on(int64_t log, uint64_t size)
{
	struct seen seen = { 0 };
	OK(heads_cosignatures(db, log, size, see_line, &seen));
	return seen.count;
}

START_TEST(heads_come_back_largest_first)
{
	struct seen seen = { 0 };
	OK(add(1, 5));
	OK(add(1, 700));
	OK(add(1, 30));
	OK(add(2, 9999));
	FAILS(add(1, 30), ERR_EXISTS);
	again();
	OK(heads_newest(db, 1, 2, see_head, &seen));
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.sizes[0], 700);
	ck_assert_uint_eq(seen.sizes[1], 30);
	OK(heads_get(db, 1, 5, see_head, &seen));
	ck_assert_uint_eq(seen.sizes[2], 5);
	FAILS(heads_get(db, 1, 6, see_head, &seen), ERR_NOTFOUND);
	FAILS(heads_get(db, 1, UINT64_MAX, see_head, &seen), ERR_NOTFOUND);
	FAILS(heads_get(db, 1, 0, see_head, &seen), ERR_NOTFOUND);
}
END_TEST

START_TEST(of_our_own_log_all_cosignatures_stay)
{
	struct seen seen = { 0 };
	OK(add(1, 5));
	OK(add(1, 6));
	OK(cosign(1, 5, 4));
	OK(cosign(1, 5, 2));
	OK(cosign(1, 6, 2));
	FAILS(cosign(1, 6, 2), ERR_EXISTS);
	again();
	OK(heads_cosignatures(db, 1, 5, see_line, &seen));
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_int_eq(seen.orgs[0], 2);
	ck_assert_int_eq(seen.orgs[1], 4);
	ck_assert_uint_eq(lines_on(1, 6), 1);
	ck_assert_uint_eq(lines_on(1, 7), 0);
	ck_assert_uint_eq(lines_on(2, 5), 0);
}
END_TEST

START_TEST(of_another_log_the_newest_of_each_stays_with_its_head)
{
	struct seen seen = { 0 };
	for (uint64_t size = 5; size < 8; size++) {
		OK(add(3, size));
		OK(keep(3, size, 1));
	}
	ck_assert_uint_eq(lines_on(3, 5) + lines_on(3, 6), 0);
	ck_assert_uint_eq(lines_on(3, 7), 1);
	OK(keep(3, 7, 4));
	OK(add(3, 9));
	OK(keep(3, 9, 1));
	again();
	/* That of 4 still stands on 7. */
	ck_assert_uint_eq(lines_on(3, 7), 1);
	OK(heads_newest(db, 3, 8, see_head, &seen));
	ck_assert_uint_eq(seen.count, 2);
	ck_assert_uint_eq(seen.sizes[0], 9);
	ck_assert_uint_eq(seen.sizes[1], 7);
	FAILS(keep(3, 9, 1), ERR_EXISTS);
}
END_TEST

START_TEST(the_newest_of_an_organisation_is_found)
{
	struct seen seen = { 0 };
	OK(cosign(1, 5, 2));
	OK(cosign(1, 600, 2));
	OK(cosign(1, 700, 3));
	OK(heads_cosigned(db, 1, 2, see_line, &seen));
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(seen.sizes[0], 600);
	FAILS(heads_cosigned(db, 1, 4, see_line, &seen), ERR_NOTFOUND);
	FAILS(heads_cosigned(db, 2, 2, see_line, &seen), ERR_NOTFOUND);
}
END_TEST

START_TEST(the_witnessed_size_counts_cosignatures)
{
	uint64_t size = 1;
	OK(heads_witnessed(db, 1, 1, &size));
	ck_assert_uint_eq(size, 0);
	OK(cosign(1, 5, 2));
	OK(cosign(1, 5, 3));
	OK(cosign(1, 9, 3));
	OK(cosign(2, 900, 3));
	OK(heads_witnessed(db, 1, 1, &size));
	ck_assert_uint_eq(size, 9);
	OK(heads_witnessed(db, 1, 2, &size));
	ck_assert_uint_eq(size, 5);
	OK(heads_witnessed(db, 1, 3, &size));
	ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(what_is_out_of_range_is_refused)
{
	static uint8_t large[LIMIT_NOTE_BYTES + 1];
	struct head_row head = {
		.log = 1, .size = 1, .note = span_of(large, sizeof(large))
	};
	struct cosignature_row row = line_of(1, 1, 2);
	FAILS(add(1, 0), ERR_LIMIT);
	FAILS(add(1, LIMIT_TREE_SIZE + 1), ERR_LIMIT);
	FAILS(add(0, 1), ERR_LIMIT);
	FAILS(heads_add(db, &head), ERR_LIMIT);
	row.line = span_of(large, HEADS_LINE_BYTES + 1);
	FAILS(heads_add_cosignature(db, &row), ERR_LIMIT);
	row = line_of(1, 1, 2);
	row.time_s = UINT64_MAX;
	FAILS(heads_add_cosignature(db, &row), ERR_LIMIT);
}
END_TEST

Suite *test_heads_store_suite(void)
{
	Suite *suite = suite_create("heads_store");
	TCase *tests = tcase_create("heads_store");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, heads_come_back_largest_first);
	tcase_add_test(tests, of_our_own_log_all_cosignatures_stay);
	tcase_add_test(
	    tests, of_another_log_the_newest_of_each_stays_with_its_head);
	tcase_add_test(tests, the_newest_of_an_organisation_is_found);
	tcase_add_test(tests, the_witnessed_size_counts_cosignatures);
	tcase_add_test(tests, what_is_out_of_range_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
