#define _GNU_SOURCE

#include "store/schema.h"

#include "store/sql.h"
#include "unit/store/place.h"

Suite *test_schema_suite(void);

static sqlite3 *connection;

static void setup(void)
{
	ck_assert_int_eq(sqlite3_open(":memory:", &connection), SQLITE_OK);
}

static void teardown(void)
{
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
}

static int64_t number(const char *text)
{
	int64_t value = -1;
	OK(sql_int(connection, text, &value));
	return value;
}

START_TEST(an_empty_database_gets_all_tables_and_the_version)
{
	OK(schema_migrate(connection));
	OK(schema_recognise(connection));
	ck_assert_int_eq(number("PRAGMA user_version"), schema_version());
	ck_assert_int_eq(number("PRAGMA application_id"), 0x71736731);
	ck_assert_int_eq(number("SELECT count(*) FROM pragma_table_list"
				" WHERE schema = 'main' AND type = 'table'"
				" AND name NOT LIKE 'sqlite_%' AND NOT strict"),
	    0);
	ck_assert_int_eq(
	    number("SELECT count(*) FROM pragma_index_list('record')"), 0);
	int64_t before = number("SELECT total_changes()");
	OK(schema_migrate(connection));
	ck_assert_int_eq(number("SELECT total_changes()"), before);
}
END_TEST

/* M84 */
START_TEST(a_newer_version_is_refused)
{
	OK(schema_migrate(connection));
	OK(sql_run(connection, "PRAGMA user_version = 1000"));
	FAILS(schema_recognise(connection), ERR_VERSION);
	FAILS(schema_migrate(connection), ERR_VERSION);
	ck_assert_int_eq(number("PRAGMA user_version"), 1000);
}
END_TEST

START_TEST(what_is_not_ours_is_refused)
{
	FAILS(schema_recognise(connection), ERR_CORRUPT);
	OK(sql_run(connection, "CREATE TABLE stranger (x)"));
	FAILS(schema_migrate(connection), ERR_CORRUPT);
	OK(sql_run(connection, "DROP TABLE stranger"));
	OK(schema_migrate(connection));
	OK(sql_run(connection, "PRAGMA user_version = 0"));
	FAILS(schema_migrate(connection), ERR_CORRUPT);
	OK(sql_run(connection, "PRAGMA user_version = -1"));
	FAILS(schema_migrate(connection), ERR_CORRUPT);
	char version[64];
	(void)snprintf(version, sizeof(version),
	    "PRAGMA user_version = %d; PRAGMA application_id = 7",
	    schema_version());
	OK(sql_run(connection, version));
	FAILS(schema_recognise(connection), ERR_CORRUPT);
	OK(sql_run(connection, "PRAGMA application_id = 0x71736731"));
	OK(schema_recognise(connection));
	OK(sql_run(connection, "DROP TABLE node"));
	FAILS(schema_migrate(connection), ERR_CORRUPT);
}
END_TEST

START_TEST(a_migration_that_fails_leaves_nothing)
{
	OK(sql_run(connection, "PRAGMA max_page_count = 3"));
	FAILS(schema_migrate(connection), ERR_FULL);
	ck_assert_int_ne(sqlite3_get_autocommit(connection), 0);
	ck_assert_int_eq(number("SELECT count(*) FROM sqlite_schema"), 0);
	ck_assert_int_eq(number("PRAGMA user_version"), 0);
	OK(sql_run(connection, "PRAGMA max_page_count = 1000"));
	OK(schema_migrate(connection));
}
END_TEST

Suite *test_schema_suite(void)
{
	Suite *suite = suite_create("schema");
	TCase *tests = tcase_create("schema");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, an_empty_database_gets_all_tables_and_the_version);
	tcase_add_test(tests, a_newer_version_is_refused);
	tcase_add_test(tests, what_is_not_ours_is_refused);
	tcase_add_test(tests, a_migration_that_fails_leaves_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
