#define _GNU_SOURCE

#include "store/tally.h"

#include "store/evidence_store.h"
#include "store/logs.h"
#include "store/orgs.h"
#include "store/records.h"
#include "unit/store/place.h"

Suite *test_tally_suite(void);

static struct keystore *keystore;
static struct db *db;

static enum tally_start reopen(void)
{
	enum tally_start start = TALLY_MADE;
	db_close(db);
	db = place_db();
	OK(tally_open(db, keystore, rng_system(), &start));
	return start;
}

/* Our own card first: its seal says whether there should be a tally. */
static void setup(void)
{
	struct org_row row = { .id = { { 1 } }, .signed_card = span_text("x") };
	int64_t org = 0;
	place_make();
	keystore = place_keystore("keys");
	db = place_db();
	OK(tally_create(db, keystore, rng_system()));
	OK(orgs_add(db, keystore, rng_system(), &row, &org));
	OK(db_commit(db));
}

static void teardown(void)
{
	db_close(db);
	keystore_close(keystore);
	place_remove();
}

static void run(const char *text)
{
	char *message = NULL;
	OK(db_begin(db));
	(void)sqlite3_exec(db_connection(db), text, NULL, NULL, &message);
	ck_assert_msg(message == NULL, "%s: %s", text, message);
}

static void note(void *context, const struct tally_difference *difference)
{
	struct buf *out = context;
	OK(buf_printf(out, "%s %llu/%llu,", tally_name(difference->table),
	    (unsigned long long)difference->rows,
	    (unsigned long long)difference->kept));
}

/* "<table> <rows>/<kept>," for each table that differs. */
static void differs(const char *want)
{
	struct buf out = { 0 };
	OK(tally_check(db, note, &out));
	ck_assert_str_eq(buf_text(&out), want);
	buf_clear(&out);
}

/* Ways to write that each of the triggers has to see. */
static const char *const writes[] = {
	"INSERT INTO sent VALUES (1, 2, 3, 4), (1, 2, 5, 6), (1, 3, 5, 6)",
	"UPDATE sent SET sent_ms = 9 WHERE last = 5",
	"DELETE FROM sent WHERE org = 3",
	("INSERT INTO sent VALUES (1, 2, 3, 7)"
	 " ON CONFLICT DO UPDATE SET sent_ms = excluded.sent_ms"),
	"INSERT OR REPLACE INTO sent VALUES (1, 2, 3, 8)",
	"INSERT OR IGNORE INTO sent VALUES (1, 2, 3, 1)",
	"DELETE FROM sent",
	"INSERT INTO receipt VALUES (1, 2, 3, 1, 1)",
	"INSERT OR REPLACE INTO receipt VALUES (1, 2, 3, 2, 2)",
	"INSERT INTO head VALUES (1, 2, 3, x'04'), (1, 3, 3, x'')",
	"DELETE FROM head WHERE size = 2",
	"INSERT INTO cosignature VALUES (1, 2, 3, 4, x'05')",
	"DELETE FROM cosignature",
	"INSERT INTO account VALUES (1, x'aa')",
	"INSERT INTO activity VALUES (1, x'aa'), (2, x'bb')",
	"UPDATE account SET sealed = x'bb'",
	"DELETE FROM activity WHERE activity < 2",
	"INSERT INTO draft VALUES (5, 1, x'aa')",
	"UPDATE draft SET draft = 6",
	"INSERT INTO quarantine_peer VALUES (1, x'01', 0, 0)",
	"UPDATE quarantine_peer SET items = items + 1",
	"INSERT INTO quarantine VALUES (1, 1, 1, 1, 1, x'01', 'a', 'b')",
	"INSERT INTO quarantine_bytes VALUES (1, 1, 1, 1, zeroblob(3000000))",
	"DELETE FROM quarantine_bytes",
	"UPDATE org SET pending = x''",
	"UPDATE org SET pending = NULL, cursor = -1",
	"INSERT INTO meta VALUES ('a', x'01')",
	"UPDATE meta SET value = x'02' WHERE key = 'a'",
	"INSERT INTO log VALUES (1, 1, x'01', 0, x'02', x'')",
	"UPDATE log SET size = 1",
	("INSERT INTO stream VALUES (1, 1, x'01', 0, x'', x'', 0, 0, x'', 0, 0,"
	 " NULL, 0)"),
	"UPDATE stream SET reason = 1, chain = x'01'",
};
#define WRITES (sizeof(writes) / sizeof(writes[0]))

/* M281 */
START_TEST(whatever_is_written_is_in_the_tally)
{
	for (size_t i = 0; i < WRITES; i++) {
		run(writes[i]);
		OK(db_commit(db));
		differs("");
		ck_assert_int_eq(reopen(), TALLY_HELD);
		differs("");
	}
}
END_TEST

/* Cut the stored tally to so many tables, as an earlier program wrote it. */
static void keep_tables(uint8_t count)
{
	struct buf sealed = { 0 };
	struct buf plain = { 0 };
	sqlite3_stmt *statement = NULL;
	ck_assert_int_eq(sqlite3_prepare_v2(db_connection(db),
			     "SELECT sealed FROM tally", -1, &statement, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	OK(keystore_unseal(keystore, "qsg/tallies/v1",
	    span_of(sqlite3_column_blob(statement, 0),
		(size_t)sqlite3_column_bytes(statement, 0)),
	    &plain));
	(void)sqlite3_finalize(statement);
	plain.size = 2 + (size_t)40 * count;
	plain.data[1] = count;
	OK(keystore_seal(keystore, rng_system(), "qsg/tallies/v1",
	    buf_span(&plain), &sealed));
	run("DELETE FROM tally");
	ck_assert_int_eq(
	    sqlite3_prepare_v2(db_connection(db),
		"INSERT INTO tally VALUES (1, ?1)", -1, &statement, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_bind_blob(statement, 1, sealed.data,
			     (int)sealed.size, SQLITE_STATIC),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_DONE);
	(void)sqlite3_finalize(statement);
	OK(db_commit(db));
	buf_clear(&sealed);
	buf_clear(&plain);
}

/* M281: tables that came later were made empty. */
START_TEST(the_tally_of_fewer_tables_is_gone_on_with)
{
	keep_tables(TALLY_RELEASE + 1);
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("");
	run("INSERT INTO account VALUES (1, x'01')");
	OK(db_commit(db));
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("");
	/* No program ever wrote one so short. */
	keep_tables(TALLY_RELEASE);
	ck_assert_int_eq(reopen(), TALLY_LOST);
}
END_TEST

/* M281 */
START_TEST(what_is_rolled_back_leaves_the_tally_as_it_was)
{
	for (size_t i = 0; i < WRITES; i++) {
		run(writes[i]);
		db_rollback(db);
		differs("");
		run(writes[i]);
		OK(db_commit(db));
		differs("");
	}
	/* A process that ends in between is no other case. */
	run("DELETE FROM org");
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("");
}
END_TEST

/* Two rows of which the second is there already: neither stays. */
START_TEST(a_statement_that_fails_leaves_the_tally_as_it_was)
{
	struct sqlite3_stmt *statement = NULL;
	run("INSERT INTO sent VALUES (1, 2, 3, 4)");
	OK(db_commit(db));
	OK(db_statement(db, DB_SENT_ADD,
	    "INSERT INTO sent VALUES (1, 2, 1, 1), (1, 2, 3, 1)", &statement));
	FAILS(db_run(db, statement), ERR_EXISTS);
	OK(db_commit(db));
	differs("");
}
END_TEST

static void add_record(int64_t rid, enum record_state state)
{
	struct record_row row = { .rid = rid,
		.stream = 1,
		.number = (uint64_t)rid,
		.received_ms = 5,
		.state = state,
		.header = span_text("header") };
	OK(records_add(db, &row));
}

static void add_node(uint32_t level, uint64_t index)
{
	struct merkle_nodes nodes = { 0 };
	struct id32 hash = { { 7 } };
	OK(merkle_nodes_add(&nodes, level, index, &hash));
	OK(logs_add_nodes(db, 1, &nodes));
	merkle_nodes_clear(&nodes);
}

/* M281: their modules say what they write. */
START_TEST(records_and_nodes_are_in_the_tally)
{
	struct record_row filled = { .rid = 2,
		.stream = 9, /* not what is written */
		.state = RECORD_UNREADABLE,
		.reason = RECORD_NO_SLOT,
		.body = span_text("body") };
	add_record(1, RECORD_READABLE);
	add_record(2, RECORD_BODYLESS);
	add_node(0, 1);
	add_node(1, 1);
	add_node(0, 1);
	OK(db_commit(db));
	differs("");
	OK(records_set_body(db, &filled));
	filled.rid = 3;
	FAILS(records_set_body(db, &filled), ERR_NOTFOUND);
	OK(db_commit(db));
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("");
}
END_TEST

/* Tables that a home from before tallies lacks, too. */
#define NEWER                                                                  \
	"DROP TABLE tombstone; DROP TABLE erased; DROP TABLE hold;"            \
	"DROP TABLE account; DROP TABLE activity;"

struct outside {
	const char *text;
	const char *found;
};

static const struct outside outside[] = {
	{ "DELETE FROM evidence WHERE evidence = 3", "evidence 2/3," },
	{ "DELETE FROM evidence", "evidence 0/3," },
	{ "UPDATE evidence SET found_ms = found_ms + 1 WHERE evidence = 2",
	    "evidence 3/3," },
	{ ("DELETE FROM evidence WHERE evidence = 1;"
	   "UPDATE evidence SET evidence = evidence - 1"),
	    "evidence 2/3," },
	{ "INSERT INTO evidence VALUES (4, 1, 'card-fork', 1, x'00', x'00')",
	    "evidence 4/3," },
	{ "UPDATE record SET received_ms = 6 WHERE rid = 1", "record 2/2," },
	{ "UPDATE record SET state = 1, reason = 8 WHERE rid = 1",
	    "record 2/2," },
	{ "DELETE FROM record WHERE rid = 2", "record 1/2," },
	{ "DELETE FROM node WHERE node % 2 = 0", "node 1/2," },
	{ "UPDATE org SET seen_ms = 8; INSERT INTO sent VALUES (1, 2, 3, 4)",
	    "org 1/1,sent 1/0," },
	{ "UPDATE org SET pending = x''", "org 1/1," },
	{ "UPDATE meta SET value = zeroblob(16)", "meta 1/1," },
};

/* M282 */
START_TEST(whatever_is_changed_outside_is_found)
{
	for (int i = 1; i <= 3; i++) {
		char text[16];
		(void)snprintf(text, sizeof(text), "piece %d", i);
		OK(evidence_store_add(db, keystore, rng_system(),
		    &(struct evidence_item){
			.org = 1, .kind = "card-fork", .found_ms = 5 },
		    span_text(text)));
	}
	add_record(1, RECORD_READABLE);
	add_record(2, RECORD_READABLE);
	add_node(0, 1);
	add_node(1, 1);
	OK(db_commit(db));
	db_close(db);
	place_sql(outside[_i].text);
	db = place_db();
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs(outside[_i].found);
	/* It stays so, whatever this node goes on to write. */
	run("INSERT INTO meta VALUES ('more', x'01');"
	    "UPDATE org SET seen_ms = 77");
	OK(db_commit(db));
	ck_assert_int_eq(reopen(), TALLY_HELD);
	struct buf out = { 0 };
	OK(tally_check(db, note, &out));
	ck_assert_uint_gt(out.size, 0);
	buf_clear(&out);
}
END_TEST

static const char *const tally_damages[] = {
	"DELETE FROM tally",
	"UPDATE tally SET sealed = zeroblob(length(sealed))",
	"UPDATE tally SET sealed = substr(sealed, 2)",
	"UPDATE tally SET sealed = x''",
	"UPDATE tally SET tally = 2",
	"INSERT INTO tally SELECT 2, sealed FROM tally",
	("DROP TABLE tally;" NEWER "PRAGMA user_version = 4"),
	"DELETE FROM tally; UPDATE org SET card = zeroblob(60)",
	"DELETE FROM tally; DELETE FROM org",
};

/* M283 */
START_TEST(a_tally_that_is_gone_is_reported_and_not_made_anew)
{
	struct buf out = { 0 };
	db_close(db);
	place_sql(tally_damages[_i]);
	db = place_db();
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(reopen(), TALLY_LOST);
		FAILS(tally_check(db, note, &out), ERR_CORRUPT);
		ck_assert_uint_eq(out.size, 0);
		run("UPDATE meta SET value = randomblob(16)");
		OK(db_commit(db));
	}
}
END_TEST

/* M281: all tables together, so that none can be put back alone. */
START_TEST(the_tally_of_an_older_copy_fits_that_copy_alone)
{
	db_close(db);
	struct buf old = place_read(place_path("db"));
	place_write(place_path("old"), buf_span(&old));
	buf_clear(&old);
	db = place_db();
	ck_assert_int_eq(reopen(), TALLY_HELD);
	run("INSERT INTO sent VALUES (1, 2, 3, 4)");
	add_record(1, RECORD_READABLE);
	OK(db_commit(db));
	db_close(db);
	char text[PATH_MAX + 160];
	(void)snprintf(text, sizeof(text),
	    "ATTACH '%s' AS old; DELETE FROM sent; UPDATE tally SET sealed ="
	    " (SELECT sealed FROM old.tally)",
	    place_path("old"));
	place_sql(text);
	db = place_db();
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("record 1/0,");
}
END_TEST

static enum err count(void *context, const struct org_row *row)
{
	size_t *rows = context;
	ck_assert(span_equal(row->signed_card, span_text("x")));
	(*rows)++;
	return ERR_OK;
}

/* What a home looked like before: cards under their old seal, no tally. */
static void make_old(void)
{
	struct buf card = { 0 };
	char text[1024];
	size_t used = (size_t)snprintf(text, sizeof(text),
	    "DROP TABLE tally;" NEWER "PRAGMA user_version = 4;"
	    "UPDATE org SET card = x'");
	OK(keystore_seal(
	    keystore, rng_system(), "qsg/org/card/v1", span_text("x"), &card));
	for (size_t i = 0; i < card.size; i++) {
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%02x", card.data[i]);
	}
	(void)snprintf(text + used, sizeof(text) - used, "'");
	buf_clear(&card);
	db_close(db);
	place_sql(text);
	db = place_db();
}

/* M283 */
START_TEST(a_home_from_before_gets_its_tally_once)
{
	struct org_row row = { .id = { { 2 } }, .signed_card = span_text("x") };
	int64_t org = 0;
	size_t rows = 0;
	OK(orgs_add(db, keystore, rng_system(), &row, &org));
	OK(db_commit(db));
	make_old();
	FAILS(orgs_scan(db, keystore, count, &rows), ERR_CORRUPT);
	ck_assert_int_eq(reopen(), TALLY_MADE);
	differs("");
	OK(orgs_scan(db, keystore, count, &rows));
	ck_assert_uint_eq(rows, 2);
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("");
	db_close(db);
	place_sql("DROP TABLE tally;" NEWER "PRAGMA user_version = 4");
	db = place_db();
	ck_assert_int_eq(reopen(), TALLY_LOST);
}
END_TEST

/* One that an earlier version sealed knows of fewer tables. */
START_TEST(a_table_that_came_later_is_counted_from_none)
{
	struct sqlite3_stmt *statement = NULL;
	struct buf plain = { 0 };
	struct buf sealed = { 0 };
	char text[4096];
	run("INSERT INTO sent VALUES (1, 2, 3, 4)");
	OK(db_commit(db));
	ck_assert_int_eq(sqlite3_prepare_v2(db_connection(db),
			     "SELECT sealed FROM tally", -1, &statement, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	OK(keystore_unseal(
	    keystore, "qsg/tallies/v1", db_column_blob(statement, 0), &plain));
	ck_assert_int_eq(sqlite3_finalize(statement), SQLITE_OK);
	ck_assert_uint_eq(plain.size, 2 + TALLY_TABLES * 40u);
	plain.data[1] = _i ? TALLY_RELEASE : TALLY_RELEASE + 1;
	plain.size = 2 + plain.data[1] * 40u;
	OK(keystore_seal(keystore, rng_system(), "qsg/tallies/v1",
	    buf_span(&plain), &sealed));
	size_t used = (size_t)snprintf(
	    text, sizeof(text), "UPDATE tally SET sealed = x'");
	for (size_t i = 0; i < sealed.size; i++) {
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "%02x", sealed.data[i]);
	}
	(void)snprintf(text + used, sizeof(text) - used, "'");
	buf_clear(&plain);
	buf_clear(&sealed);
	db_close(db);
	place_sql(text);
	db = place_db();
	if (_i) {
		ck_assert_int_eq(reopen(), TALLY_LOST);
		return;
	}
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("");
	run("INSERT INTO hold VALUES (x'01', x'02')");
	OK(db_commit(db));
	ck_assert_int_eq(reopen(), TALLY_HELD);
	differs("");
	run("DELETE FROM sent");
	OK(db_commit(db));
	differs("");
}
END_TEST

START_TEST(a_table_of_columns_that_no_program_makes_is_said_to_be_one)
{
	enum tally_start start = TALLY_MADE;

	run("ALTER TABLE hold ADD COLUMN"
	    " a_name_that_is_longer_than_any_that_is_made BLOB");
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	FAILS(tally_open(db, keystore, rng_system(), &start), ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err_text(), "other columns"));
}
END_TEST

/* M283: it is not for want of a card that a tally is made. */
START_TEST(a_home_of_which_one_card_does_not_open_gets_none)
{
	make_old();
	db_close(db);
	place_sql("INSERT INTO org VALUES (2, x'02', 1, 1, 1, zeroblob(16),"
		  " zeroblob(60), NULL, 0, NULL, NULL)");
	db = place_db();
	enum tally_start start = TALLY_HELD;
	FAILS(tally_open(db, keystore, rng_system(), &start), ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err_text(), "org row 2"));
	ck_assert(!db_in_transaction(db));
}
END_TEST

START_TEST(another_organisation_cannot_read_or_make_it)
{
	struct keystore *other = place_keystore("other");
	enum tally_start start = TALLY_HELD;
	db_close(db);
	db = place_db();
	OK(tally_open(db, other, rng_system(), &start));
	ck_assert_int_eq(start, TALLY_LOST);
	db_close(db);
	db = NULL;
	keystore_close(other);
}
END_TEST

Suite *test_tally_suite(void)
{
	Suite *suite = suite_create("tally");
	TCase *tests = tcase_create("tally");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, whatever_is_written_is_in_the_tally);
	tcase_add_test(tests, the_tally_of_fewer_tables_is_gone_on_with);
	tcase_add_test(tests, what_is_rolled_back_leaves_the_tally_as_it_was);
	tcase_add_test(
	    tests, a_statement_that_fails_leaves_the_tally_as_it_was);
	tcase_add_test(tests, records_and_nodes_are_in_the_tally);
	tcase_add_loop_test(tests, whatever_is_changed_outside_is_found, 0,
	    (int)(sizeof(outside) / sizeof(outside[0])));
	tcase_add_loop_test(tests,
	    a_tally_that_is_gone_is_reported_and_not_made_anew, 0,
	    (int)(sizeof(tally_damages) / sizeof(tally_damages[0])));
	tcase_add_test(tests, the_tally_of_an_older_copy_fits_that_copy_alone);
	tcase_add_test(tests, a_home_from_before_gets_its_tally_once);
	tcase_add_loop_test(
	    tests, a_table_that_came_later_is_counted_from_none, 0, 2);
	tcase_add_test(tests, a_home_of_which_one_card_does_not_open_gets_none);
	tcase_add_test(
	    tests, a_table_of_columns_that_no_program_makes_is_said_to_be_one);
	tcase_add_test(tests, another_organisation_cannot_read_or_make_it);
	suite_add_tcase(suite, tests);
	return suite;
}
