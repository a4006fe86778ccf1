#define _GNU_SOURCE

#include "store/sql.h"

#include "unit/store/place.h"

#include <errno.h>

Suite *test_sql_suite(void);

static sqlite3 *open_file(const char *name)
{
	sqlite3 *connection = NULL;
	ck_assert_int_eq(
	    sqlite3_open(place_path(name), &connection), SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_extended_result_codes(connection, 1), SQLITE_OK);
	return connection;
}

START_TEST(errors_are_told_apart)
{
	sqlite3 *one = open_file("a");
	sqlite3 *two = open_file("a");
	OK(sql_run(one,
	    "CREATE TABLE t (k INTEGER PRIMARY KEY, v UNIQUE, w NOT NULL)"));
	OK(sql_run(one, "INSERT INTO t VALUES (1, 1, 1)"));
	FAILS(sql_run(one, "INSERT INTO t VALUES (1, 2, 1)"), ERR_EXISTS);
	FAILS(sql_run(one, "INSERT INTO t VALUES (2, 1, 1)"), ERR_EXISTS);
	FAILS(sql_run(one, "INSERT INTO t VALUES (2, 2, NULL)"), ERR_STATE);
	FAILS(sql_run(one, "no such command"), ERR_IO);
	ck_assert(strstr(err_text(), "syntax error") != NULL);
	OK(sql_run(one, "BEGIN EXCLUSIVE"));
	FAILS(sql_run(two, "INSERT INTO t VALUES (3, 3, 3)"), ERR_BUSY);
	OK(sql_run(one, "ROLLBACK"));
	OK(sql_run(one, "PRAGMA max_page_count = 4"));
	FAILS(sql_run(one, "INSERT INTO t VALUES (4, zeroblob(90000), 4)"),
	    ERR_FULL);
	ck_assert_int_eq(sqlite3_close(one), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(two), SQLITE_OK);
}
END_TEST

START_TEST(no_database_is_corrupt)
{
	place_write(place_path("b"), span_text("these are only some words"));
	sqlite3 *connection = open_file("b");
	int64_t value = 0;
	FAILS(sql_int(connection, "PRAGMA user_version", &value), ERR_CORRUPT);
	/* An old errno is not taken for this call's. */
	errno = ENOSPC;
	FAILS(sql_run(connection, "CREATE TABLE t (x)"), ERR_CORRUPT);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
}
END_TEST

START_TEST(single_answers_are_read)
{
	sqlite3 *connection = open_file("c");
	int64_t value = 0;
	OK(sql_int(connection, "SELECT 40 + 2", &value));
	ck_assert_int_eq(value, 42);
	FAILS(sql_int(connection, "SELECT 1 WHERE 0", &value), ERR_NOTFOUND);
	OK(sql_expect(connection, "SELECT 'yes'", "yes", ERR_IO));
	FAILS(sql_expect(connection, "SELECT 'no'", "yes", ERR_CORRUPT),
	    ERR_CORRUPT);
	ck_assert(strstr(err_text(), "no") != NULL);
	FAILS(sql_expect(connection, "SELECT NULL", "yes", ERR_IO), ERR_IO);
	FAILS(sql_expect(connection, "SELECT 1 WHERE 0", "yes", ERR_IO),
	    ERR_NOTFOUND);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
}
END_TEST

Suite *test_sql_suite(void)
{
	Suite *suite = suite_create("sql");
	TCase *tests = tcase_create("sql");
	tcase_add_checked_fixture(tests, place_make, place_remove);
	tcase_add_test(tests, errors_are_told_apart);
	tcase_add_test(tests, no_database_is_corrupt);
	tcase_add_test(tests, single_answers_are_read);
	suite_add_tcase(suite, tests);
	return suite;
}
