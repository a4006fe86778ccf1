#define _GNU_SOURCE

#include "store/orgs.h"

#include "base/limits.h"
#include "unit/store/place.h"

Suite *test_orgs_suite(void);

#define CANARY "NHS Canary Clinical Commissioning Group"

static struct keystore *keystore;

static void setup(void)
{
	place_make();
	keystore = place_keystore("keys");
}

static void teardown(void)
{
	keystore_close(keystore);
	place_remove();
}

static struct org_row row_of(uint8_t number)
{
	struct org_row row = { .org = number,
		.signed_card = span_text(CANARY),
		.added_ms = 1000 + number,
		.cursor = UINT64_MAX - number,
		.seen_ms = 5 };
	memset(row.id.b, number, sizeof(row.id.b));
	memset(row.incarnation, number ^ 0xff, sizeof(row.incarnation));
	return row;
}

static enum err add(struct db *db, const struct org_row *row, int64_t *org)
{
	return orgs_add(db, keystore, rng_system(), row, org);
}

struct seen {
	size_t count;
	const struct org_row *want;
};

static enum err compare(void *context, const struct org_row *row)
{
	struct seen *seen = context;
	const struct org_row *want = &seen->want[seen->count++];
	ck_assert_int_eq(row->org, want->org);
	ck_assert(id_equal(&row->id, &want->id));
	ck_assert(span_equal(row->signed_card, want->signed_card));
	ck_assert(span_equal(row->pending_card, want->pending_card));
	ck_assert_int_eq(row->added_ms, want->added_ms);
	ck_assert_uint_eq(row->cursor, want->cursor);
	ck_assert_int_eq(row->seen_ms, want->seen_ms);
	ck_assert_mem_eq(row->incarnation, want->incarnation, 16);
	return ERR_OK;
}

static void holds(struct db *db, const struct org_row *want, size_t count)
{
	struct seen seen = { .want = want };
	OK(orgs_scan(db, keystore, compare, &seen));
	ck_assert_uint_eq(seen.count, count);
}

START_TEST(organisations_come_back_as_they_were_put_in)
{
	struct org_row rows[] = { row_of(1), row_of(2) };
	int64_t org = 0;
	struct db *db = place_db();
	for (int i = 0; i < 2; i++) {
		OK(add(db, &rows[i], &org));
		ck_assert_int_eq(org, rows[i].org);
	}
	OK(db_commit(db));
	holds(db, rows, 2);
	rows[1].pending_card = span_text("a claim that waits");
	rows[1].signed_card = span_text("another card");
	OK(orgs_set_cards(db, keystore, rng_system(), &rows[1]));
	rows[0].cursor = 77;
	rows[0].seen_ms = 88;
	memset(rows[0].incarnation, 9, sizeof(rows[0].incarnation));
	OK(orgs_set_cursor(db, &rows[0]));
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	holds(db, rows, 2);
	rows[1].pending_card = span_of(NULL, 0);
	OK(orgs_set_cards(db, keystore, rng_system(), &rows[1]));
	holds(db, rows, 2);
	db_close(db);
}
END_TEST

START_TEST(an_organisation_is_added_once)
{
	struct org_row row = row_of(1);
	int64_t org = 0;
	struct db *db = place_db();
	OK(add(db, &row, &org));
	FAILS(add(db, &row, &org), ERR_EXISTS);
	/* That much is no reason to lose the transaction. */
	OK(db_commit(db));
	holds(db, &row, 1);
	row.org = 9;
	FAILS(orgs_set_cursor(db, &row), ERR_NOTFOUND);
	FAILS(orgs_set_cards(db, keystore, rng_system(), &row), ERR_NOTFOUND);
	db_close(db);
}
END_TEST

START_TEST(a_card_too_large_is_not_stored)
{
	static const uint8_t large[LIMIT_CARD_BYTES + 1];
	struct org_row row = row_of(1);
	int64_t org = 0;
	struct db *db = place_db();
	row.signed_card = span_of(large, sizeof(large));
	FAILS(add(db, &row, &org), ERR_LIMIT);
	row.signed_card = span_of(large, sizeof(large) - 1);
	row.pending_card = span_of(large, sizeof(large));
	FAILS(add(db, &row, &org), ERR_LIMIT);
	holds(db, &row, 0);
	db_close(db);
}
END_TEST

/* M85 */
START_TEST(cards_are_sealed_on_disk)
{
	struct org_row row = row_of(1);
	int64_t org = 0;
	struct db *db = place_db();
	row.pending_card = span_text(CANARY " as it would be called");
	OK(add(db, &row, &org));
	OK(db_commit(db));
	db_close(db);
	place_lacks(CANARY);
	db = place_db();
	holds(db, &row, 1);
	db_close(db);
}
END_TEST

static enum err never(void *context, const struct org_row *row)
{
	(void)context;
	(void)row;
	ck_abort_msg("a damaged card was handed out");
}

START_TEST(a_damaged_row_is_reported)
{
	static const char *const damage[] = {
		"UPDATE org SET card = zeroblob(100)",
		"UPDATE org SET card = x''",
		"UPDATE org SET card = zeroblob(1000000)",
		"UPDATE org SET pending = zeroblob(60)",
		"UPDATE org SET id = x'00'",
		"UPDATE org SET incarnation = zeroblob(17)",
	};
	struct org_row row = row_of(1);
	int64_t org = 0;
	struct db *db = place_db();
	OK(add(db, &row, &org));
	OK(db_commit(db));
	db_close(db);
	struct buf sound = place_read(place_path("db"));
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		place_write(place_path("db"), buf_span(&sound));
		place_sql(damage[i]);
		db = place_db();
		enum err err = orgs_scan(db, keystore, never, NULL);
		ck_assert_msg(
		    err == ERR_CORRUPT, "%s: %s", damage[i], err_name(err));
		db_close(db);
	}
	buf_clear(&sound);
}
END_TEST

START_TEST(another_keystore_opens_no_card)
{
	struct org_row row = row_of(1);
	int64_t org = 0;
	struct db *db = place_db();
	struct keystore *other = place_keystore("other");
	OK(add(db, &row, &org));
	FAILS(orgs_scan(db, other, never, NULL), ERR_CORRUPT);
	keystore_close(other);
	db_close(db);
}
END_TEST

static enum err stop(void *context, const struct org_row *row)
{
	(void)row;
	(*(int *)context)++;
	return err_set(ERR_DENIED, "enough");
}

START_TEST(a_scan_stops_at_the_first_error)
{
	struct org_row rows[] = { row_of(1), row_of(2) };
	int64_t org = 0;
	int count = 0;
	struct db *db = place_db();
	OK(add(db, &rows[0], &org));
	OK(add(db, &rows[1], &org));
	FAILS(orgs_scan(db, keystore, stop, &count), ERR_DENIED);
	ck_assert_int_eq(count, 1);
	holds(db, rows, 2);
	OK(db_commit(db));
	db_close(db);
}
END_TEST

Suite *test_orgs_suite(void)
{
	Suite *suite = suite_create("orgs");
	TCase *tests = tcase_create("orgs");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, organisations_come_back_as_they_were_put_in);
	tcase_add_test(tests, an_organisation_is_added_once);
	tcase_add_test(tests, a_card_too_large_is_not_stored);
	tcase_add_test(tests, cards_are_sealed_on_disk);
	tcase_add_test(tests, a_damaged_row_is_reported);
	tcase_add_test(tests, another_keystore_opens_no_card);
	tcase_add_test(tests, a_scan_stops_at_the_first_error);
	suite_add_tcase(suite, tests);
	return suite;
}
