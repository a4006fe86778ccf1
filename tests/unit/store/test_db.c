#define _GNU_SOURCE

#include "store/records.h"
#include "store/schema.h"
#include "unit/store/place.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

Suite *test_db_suite(void);

static const uint8_t bytes[1024];

static struct record_row row_of(int64_t rid)
{
	return (struct record_row){ .rid = rid,
		.stream = 1,
		.number = (uint64_t)rid,
		.leaf = (uint64_t)rid,
		.header = span_of(bytes, 238),
		.body = span_of(bytes, sizeof(bytes)),
		.wrapped = span_of(bytes, SEAL_WRAPPED_BYTES) };
}

static enum err add(struct db *db, int64_t rid)
{
	struct record_row row = row_of(rid);
	return records_add(db, &row);
}

static int64_t last_of(struct db *db)
{
	int64_t rid = -1;
	OK(records_last(db, &rid));
	return rid;
}

static int64_t setting(struct db *db, enum db_slot slot, const char *pragma)
{
	struct sqlite3_stmt *statement = NULL;
	bool row = false;
	OK(db_statement(db, slot, pragma, &statement));
	OK(db_step(db, statement, &row));
	ck_assert(row);
	int64_t value = db_column_int(statement, 0);
	db_reset(statement);
	return value;
}

START_TEST(a_new_database_is_private_and_careful)
{
	struct stat info;
	umask(0);
	struct db *db = place_db();
	OK(add(db, 1));
	OK(db_commit(db));
	ck_assert_int_eq(stat(place_path("db"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
	ck_assert_int_eq(stat(place_path("db-wal"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
	ck_assert_int_ne(stat(place_path("db-shm"), &info), 0);
	ck_assert_int_ne(stat(place_path("db.new"), &info), 0);
	ck_assert_int_eq(setting(db, DB_ORG_SCAN, "PRAGMA page_size"), 8192);
	ck_assert_int_eq(setting(db, DB_LOG_SCAN, "PRAGMA synchronous"), 2);
	ck_assert_int_eq(setting(db, DB_NODE_SCAN, "PRAGMA secure_delete"), 1);
	ck_assert_int_eq(
	    setting(db, DB_STREAM_SCAN, "PRAGMA trusted_schema"), 0);
	ck_assert_int_eq(
	    setting(db, DB_ORG_ADD, "PRAGMA user_version"), schema_version());
	ck_assert_int_eq(setting(db, DB_LOG_ADD, "PRAGMA mmap_size"), 0);
	ck_assert_uint_gt(db_size_bytes(db), 8192);
	OK(db_check(db));
	db_close(db);
}
END_TEST

/* M284 */
START_TEST(a_trigger_in_the_file_does_not_run)
{
	static const char *const changes[] = {
		("CREATE TRIGGER t AFTER INSERT ON record BEGIN"
		 " DELETE FROM record; END"),
		"CREATE VIEW v AS SELECT * FROM record",
		"CREATE TABLE t (x)",
		"CREATE INDEX i ON record (leaf)",
		"ALTER TABLE meta ADD COLUMN more TEXT",
	};
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		int64_t rid = 0;
		struct db *db = place_db();
		OK(db_check(db));
		db_close(db);
		place_sql(changes[i]);
		db = place_db();
		OK(add(db, 1));
		OK(db_commit(db));
		OK(records_last(db, &rid));
		ck_assert_int_eq(rid, 1);
		FAILS(db_check(db), ERR_CORRUPT);
		ck_assert_ptr_nonnull(strstr(err_text(), "another schema"));
		db_close(db);
		ck_assert_int_eq(unlink(place_path("db")), 0);
	}
}
END_TEST

START_TEST(an_open_file_becomes_private)
{
	struct stat info;
	db_close(place_db());
	ck_assert_int_eq(chmod(place_path("db"), 0644), 0);
	db_close(place_db());
	ck_assert_int_eq(stat(place_path("db"), &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
}
END_TEST

/* M83 */
START_TEST(a_second_opener_is_refused_at_once)
{
	struct db *db = place_db();
	struct db *second = NULL;
	FAILS(db_open(place_path("db"), rng_system(), &second), ERR_BUSY);
	ck_assert_ptr_null(second);
	pid_t child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0) {
		enum err err = db_open(place_path("db"), rng_system(), &second);
		_exit(err == ERR_BUSY ? 0 : 1);
	}
	int status = 0;
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	/* The refusal left the first one's lock and work alone. */
	FAILS(db_open(place_path("db"), rng_system(), &second), ERR_BUSY);
	OK(add(db, 1));
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	ck_assert_int_eq(last_of(db), 1);
	db_close(db);
}
END_TEST

START_TEST(a_change_begins_a_transaction_that_can_be_rolled_back)
{
	struct db *db = place_db();
	ck_assert(!db_in_transaction(db));
	OK(db_commit(db));
	OK(add(db, 1));
	ck_assert(db_in_transaction(db));
	db_rollback(db);
	ck_assert(!db_in_transaction(db));
	ck_assert_int_eq(last_of(db), 0);
	OK(db_begin(db));
	OK(db_begin(db));
	OK(add(db, 1));
	OK(db_commit(db));
	OK(add(db, 2));
	db_close(db);
	db = place_db();
	ck_assert_int_eq(last_of(db), 1);
	db_close(db);
}
END_TEST

/* M86 */
START_TEST(a_failed_change_dooms_its_transaction)
{
	struct db *db = place_db();
	OK(add(db, 1));
	FAILS(add(db, 7), ERR_STATE);
	FAILS(add(db, 2), ERR_STATE);
	FAILS(db_meta_set(db, "x", span_text("y")), ERR_STATE);
	FAILS(db_commit(db), ERR_STATE);
	ck_assert(!db_in_transaction(db));
	ck_assert_int_eq(last_of(db), 0);
	OK(add(db, 1));
	OK(db_commit(db));
	ck_assert_int_eq(last_of(db), 1);
	db_close(db);
}
END_TEST

/* Batches of ten, each reported once it is committed. */
static void write_until_killed(int report)
{
	struct db *db = NULL;
	if (db_open(place_path("db"), rng_system(), &db) != ERR_OK) {
		_exit(1);
	}
	int64_t rid = 0;
	if (records_last(db, &rid) != ERR_OK) {
		_exit(1);
	}
	for (;;) {
		for (int i = 0; i < 10; i++) {
			if (add(db, ++rid) != ERR_OK) {
				_exit(1);
			}
		}
		if (db_commit(db) != ERR_OK ||
		    write(report, &rid, sizeof(rid)) != (ssize_t)sizeof(rid)) {
			_exit(1);
		}
	}
}

/* M86 */
START_TEST(what_was_committed_survives_a_kill_at_any_time)
{
	int64_t told = 0;
	for (int round = 0; round < 8; round++) {
		int ends[2];
		ck_assert_int_eq(pipe(ends), 0);
		pid_t child = fork();
		ck_assert_int_ge(child, 0);
		if (child == 0) {
			(void)close(ends[0]);
			write_until_killed(ends[1]);
		}
		(void)close(ends[1]);
		for (int i = 0; i < 5 + round * 23; i++) {
			ck_assert_int_eq(
			    read(ends[0], &told, sizeof(told)), sizeof(told));
		}
		ck_assert_int_eq(kill(child, SIGKILL), 0);
		ck_assert_int_eq(waitpid(child, NULL, 0), child);
		while (read(ends[0], &told, sizeof(told)) ==
		       (ssize_t)sizeof(told)) {
		}
		(void)close(ends[0]);
		struct db *db = place_db();
		int64_t held = last_of(db);
		ck_assert_int_ge(held, told);
		ck_assert_int_eq(held % 10, 0);
		OK(db_check(db));
		db_close(db);
	}
}
END_TEST

static void limit_files(rlim_t size)
{
	struct rlimit limit;
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* M86 */
START_TEST(a_full_disk_keeps_what_was_committed_and_nothing_else)
{
	struct db *db = place_db();
	int64_t rid = 0;
	enum err err = ERR_OK;
	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files(512 * 1024);
	int64_t committed = 0;
	while (err == ERR_OK && rid < 100000) {
		for (int i = 0; err == ERR_OK && i < 10; i++) {
			err = add(db, rid + 1);
			rid += err == ERR_OK;
		}
		err = db_commit(db);
		committed = err == ERR_OK ? rid : committed;
	}
	ck_assert_msg(err == ERR_FULL, "%s: %s", err_name(err), err_text());
	ck_assert_int_gt(committed, 0);
	ck_assert(!db_in_transaction(db));
	ck_assert_int_eq(last_of(db), committed);
	/* There is room again: on we go. */
	limit_files(RLIM_INFINITY);
	OK(add(db, committed + 1));
	OK(db_commit(db));
	OK(db_check(db));
	db_close(db);
	db = place_db();
	ck_assert_int_eq(last_of(db), committed + 1);
	db_close(db);
}
END_TEST

START_TEST(a_full_disk_while_making_one_leaves_no_database)
{
	struct db *db = NULL;
	(void)signal(SIGXFSZ, SIG_IGN);
	limit_files(16 * 1024);
	FAILS(db_open(place_path("db"), rng_system(), &db), ERR_FULL);
	limit_files(RLIM_INFINITY);
	ck_assert(!fs_exists(place_path("db")));
	OK(db_open(place_path("db"), rng_system(), &db));
	db_close(db);
}
END_TEST

static void refused_unchanged(const char *name, enum err code)
{
	const char *path = place_path("db");
	struct db *db = NULL;
	struct buf before = place_read(path);
	enum err err = db_open(path, rng_system(), &db);
	ck_assert_msg(err == code, "%s: %s, not %s: %s", name, err_name(err),
	    err_name(code), err_text());
	ck_assert_ptr_null(db);
	ck_assert(strchr(err_text(), '\n') == NULL);
	struct buf after = place_read(path);
	ck_assert_msg(span_equal(buf_span(&before), buf_span(&after)),
	    "%s: the file was changed", name);
	buf_clear(&before);
	buf_clear(&after);
}

static struct buf sound_database(void)
{
	struct db *db = place_db();
	for (int64_t rid = 1; rid <= 100; rid++) {
		OK(add(db, rid));
	}
	OK(db_commit(db));
	db_close(db);
	return place_read(place_path("db"));
}

/* M84 */
START_TEST(a_newer_database_is_refused_and_left_as_it_was)
{
	struct buf sound = sound_database();
	place_sql("PRAGMA user_version = 99; PRAGMA journal_mode = DELETE");
	refused_unchanged("rollback journal", ERR_VERSION);
	place_sql("PRAGMA journal_mode = WAL");
	refused_unchanged("write-ahead log", ERR_VERSION);
	buf_clear(&sound);
}
END_TEST

/* M84 */
START_TEST(a_newer_database_keeps_its_write_ahead_log)
{
	sqlite3 *connection = NULL;
	db_close(place_db());
	ck_assert_int_eq(
	    sqlite3_open(place_path("db"), &connection), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(connection, "PRAGMA user_version = 99",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	/* As after a crash: the change stands in the log alone. */
	struct buf file = place_read(place_path("db"));
	struct buf wal = place_read(place_path("db-wal"));
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
	place_write(place_path("db"), buf_span(&file));
	place_write(place_path("db-wal"), buf_span(&wal));
	ck_assert_uint_gt(wal.size, 0);
	refused_unchanged("log", ERR_VERSION);
	struct buf after = place_read(place_path("db-wal"));
	ck_assert(span_equal(buf_span(&wal), buf_span(&after)));
	buf_clear(&file);
	buf_clear(&wal);
	buf_clear(&after);
}
END_TEST

START_TEST(damage_is_refused_in_one_line_and_left_as_it_was)
{
	struct buf sound = sound_database();
	struct buf bad = { 0 };
	OK(buf_append(&bad, buf_span(&sound)));
	rng_fill(rng_system(), bad.data, bad.size);
	place_write(place_path("db"), buf_span(&bad));
	refused_unchanged("random bytes", ERR_CORRUPT);
	memcpy(bad.data, sound.data, 100);
	place_write(place_path("db"), buf_span(&bad));
	refused_unchanged("random bytes after a good head", ERR_CORRUPT);
	place_write(place_path("db"), span_of(sound.data, 0));
	refused_unchanged("an empty file", ERR_CORRUPT);
	place_write(place_path("db"), span_of(sound.data, 50));
	refused_unchanged("a few bytes", ERR_CORRUPT);
	place_write(place_path("db"), span_of(sound.data, sound.size / 2));
	refused_unchanged("half of it", ERR_CORRUPT);
	place_write(place_path("db"), span_text("the minutes of a meeting"));
	refused_unchanged("a text", ERR_CORRUPT);
	place_write(place_path("db"), buf_span(&sound));
	place_sql("PRAGMA application_id = 1");
	refused_unchanged("another program's", ERR_CORRUPT);
	place_write(place_path("db"), buf_span(&sound));
	place_sql("DROP TABLE quarantine");
	refused_unchanged("a table is missing", ERR_CORRUPT);
	place_write(place_path("db"), buf_span(&sound));
	place_sql("DELETE FROM meta");
	refused_unchanged("no incarnation", ERR_CORRUPT);
	place_write(place_path("db"), buf_span(&sound));
	db_close(place_db());
	buf_clear(&sound);
	buf_clear(&bad);
}
END_TEST

START_TEST(a_page_of_zeros_is_found_by_the_check)
{
	struct buf sound = sound_database();
	/* The last page is a leaf of the record table. */
	memset(sound.data + sound.size - 8192, 0, 8192);
	place_write(place_path("db"), buf_span(&sound));
	struct db *db = place_db();
	FAILS(db_check(db), ERR_CORRUPT);
	db_close(db);
	buf_clear(&sound);
}
END_TEST

START_TEST(a_lost_database_beside_its_log_is_damage_not_a_new_one)
{
	struct db *db = NULL;
	place_write(place_path("db-wal"), span_text("left over"));
	FAILS(db_open(place_path("db"), rng_system(), &db), ERR_CORRUPT);
	ck_assert(!fs_exists(place_path("db")));
	ck_assert(fs_exists(place_path("db-wal")));
}
END_TEST

START_TEST(links_are_followed_to_the_directory_but_not_to_the_file)
{
	struct db *db = NULL;
	char linked[PATH_MAX];
	db_close(place_db());
	ck_assert_int_eq(symlink(place_path("db"), place_path("other")), 0);
	FAILS(db_open(place_path("other"), rng_system(), &db), ERR_CORRUPT);
	ck_assert_int_eq(symlink(place_dir, place_path("way")), 0);
	(void)snprintf(linked, sizeof(linked), "%s", place_path("way/db"));
	OK(db_open(linked, rng_system(), &db));
	db_close(db);
	FAILS(db_open(place_path("way"), rng_system(), &db), ERR_CORRUPT);
	ck_assert_int_ne(
	    db_open(place_path("none/db"), rng_system(), &db), ERR_OK);
}
END_TEST

START_TEST(what_an_unfinished_start_left_is_made_anew)
{
	place_write(place_path("db.new"), span_text("half"));
	place_write(place_path("db.new-wal"), span_text("half"));
	place_write(place_path("db.new-journal"), span_text("half"));
	struct db *db = place_db();
	OK(db_check(db));
	db_close(db);
	ck_assert(!fs_exists(place_path("db.new")));
	ck_assert(!fs_exists(place_path("db.new-wal")));
	ck_assert(!fs_exists(place_path("db.new-journal")));
}
END_TEST

START_TEST(the_incarnation_stays_with_the_database)
{
	uint8_t first[16];
	struct db *db = place_db();
	memcpy(first, db_incarnation(db), 16);
	db_close(db);
	db = place_db();
	ck_assert_mem_eq(first, db_incarnation(db), 16);
	db_close(db);
	ck_assert_int_eq(unlink(place_path("db")), 0);
	db = place_db();
	ck_assert_mem_ne(first, db_incarnation(db), 16);
	db_close(db);
}
END_TEST

START_TEST(named_values_come_back_and_are_replaced)
{
	struct db *db = place_db();
	struct buf value = { 0 };
	FAILS(db_meta_get(db, "colour", &value), ERR_NOTFOUND);
	OK(db_meta_set(db, "colour", span_text("red")));
	OK(db_meta_set(db, "colour", span_text("green")));
	OK(db_meta_set(db, "empty", span_of("", 0)));
	OK(db_commit(db));
	OK(db_meta_get(db, "colour", &value));
	ck_assert(span_equal(buf_span(&value), span_text("green")));
	buf_reset(&value);
	OK(db_meta_get(db, "empty", &value));
	ck_assert_uint_eq(value.size, 0);
	buf_clear(&value);
	db_close(db);
}
END_TEST

static enum err scan_again(void *context, const struct record_row *row)
{
	(void)row;
	return records_scan(context, 1, 1, scan_again, context);
}

START_TEST(a_scan_within_the_same_scan_is_refused)
{
	struct db *db = place_db();
	OK(add(db, 1));
	FAILS(records_scan(db, 1, 1, scan_again, db), ERR_STATE);
	OK(db_commit(db));
	db_close(db);
}
END_TEST

Suite *test_db_suite(void)
{
	Suite *suite = suite_create("db");
	TCase *tests = tcase_create("db");
	tcase_add_checked_fixture(tests, place_make, place_remove);
	tcase_add_test(tests, a_new_database_is_private_and_careful);
	tcase_add_test(tests, a_trigger_in_the_file_does_not_run);
	tcase_add_test(tests, an_open_file_becomes_private);
	tcase_add_test(tests, a_second_opener_is_refused_at_once);
	tcase_add_test(
	    tests, a_change_begins_a_transaction_that_can_be_rolled_back);
	tcase_add_test(tests, a_failed_change_dooms_its_transaction);
	tcase_add_test(tests, what_was_committed_survives_a_kill_at_any_time);
	tcase_add_test(
	    tests, a_full_disk_keeps_what_was_committed_and_nothing_else);
	tcase_add_test(tests, a_full_disk_while_making_one_leaves_no_database);
	tcase_add_test(tests, a_newer_database_is_refused_and_left_as_it_was);
	tcase_add_test(tests, a_newer_database_keeps_its_write_ahead_log);
	tcase_add_test(tests, damage_is_refused_in_one_line_and_left_as_it_was);
	tcase_add_test(tests, a_page_of_zeros_is_found_by_the_check);
	tcase_add_test(
	    tests, a_lost_database_beside_its_log_is_damage_not_a_new_one);
	tcase_add_test(
	    tests, links_are_followed_to_the_directory_but_not_to_the_file);
	tcase_add_test(tests, what_an_unfinished_start_left_is_made_anew);
	tcase_add_test(tests, the_incarnation_stays_with_the_database);
	tcase_add_test(tests, named_values_come_back_and_are_replaced);
	tcase_add_test(tests, a_scan_within_the_same_scan_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
