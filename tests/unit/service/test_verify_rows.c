#define _GNU_SOURCE

#include "asking.h"
#include "filling.h"

#include "base/fs.h"
#include "service/verify.h"
#include "unit/mutate.h"

#include <sqlite3.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

Suite *test_verify_rows_suite(void);

#define HOME (&asking_fixture)

static struct node *node(size_t at)
{
	return HOME->nodes[at];
}

static void setup(void)
{
	fixture_open(HOME, 3);
	filling_home();
	node_close(node(0));
	HOME->nodes[0] = NULL;
	fixture_copy_file(HOME, 0, "records.db", "../sound.db");
	fixture_copy_file(HOME, 0, "snapshot", "../sound.snapshot");
}

static void teardown(void)
{
	fixture_close(HOME);
}

/*
 * One change.
 */

enum change { FLIP, CUT, SWAP, DELETE, CHANGES };
static const char *const change_names[] = { "flip", "cut", "swap", "delete" };

/* What the tally alone finds, as nothing else follows from it. */
static const struct {
	const char *table;
	const char *column; /* NULL: any */
	unsigned changes;
	const char *why;
} free_ones[] = {
	{ "meta", "value", 1u << FLIP,
	    "the incarnation is random: it only names this database" },
	{ "org", "added_ms", ~0u, "our own note of a time" },
	{ "org", "seen_ms", ~0u, "our own note of a time" },
	{ "org", "cursor", ~0u, "where to go on asking" },
	{ "org", "incarnation", ~0u, "where to go on asking" },
	{ "record", "received_ms", ~0u, "our own note of a time" },
	{ "head", "published_ms", ~0u, "our own note of a time" },
	{ "head", NULL, 1u << DELETE,
	    "of a head nobody cosigned: its log holds it still" },
	{ "cosignature", NULL, 1u << DELETE,
	    "one witness less is shown, never one more" },
	{ "sent", NULL, ~0u, "our own word; the reader's is its receipt" },
	{ "node", NULL, 1u << DELETE, "if it follows from those below it" },
	{ "evidence", "found_ms", ~0u, "our own note of a time" },
	{ "evidence", NULL, 1u << DELETE, "the last: its number is free" },
	{ "quarantine", "received_ms", ~0u, "our own note of a time" },
	{ "quarantine", "code", ~0u, "our own word for it" },
	{ "quarantine", "reason", ~0u, "our own word for it" },
	{ "quarantine_peer", "id", 1u << SWAP,
	    "our own word for who sent it: nobody signed that" },
	{ "draft", "made_ms", ~0u, "our own note of a time" },
	{ "draft", NULL, 1u << DELETE, "the first: it may be recorded" },
};

static const char *is_free(
    const char *table, const char *column, enum change change, bool by_tally)
{
	for (size_t i = 0;
	     !by_tally && i < sizeof free_ones / sizeof free_ones[0]; i++) {
		if (strcmp(free_ones[i].table, table) == 0 &&
		    (!free_ones[i].column ||
			strcmp(free_ones[i].column, column) == 0) &&
		    (free_ones[i].changes & (1u << change))) {
			return free_ones[i].why;
		}
	}
	return NULL;
}

static sqlite3 *raw;
static struct rng rng;
static struct rng_seeded seeded;
static uint64_t seed;

static void open_raw(void)
{
	ck_assert_int_eq(
	    sqlite3_open(fixture_path(HOME, 0, "records.db"), &raw), SQLITE_OK);
}

static void restore(void)
{
	fixture_copy_file(HOME, 0, "../sound.db", "records.db");
	fixture_copy_file(HOME, 0, "../sound.snapshot", "snapshot");
}

static char *format(const char *pattern, ...)
    __attribute__((format(printf, 1, 2)));
static char *format(const char *pattern, ...)
{
	static char text[4][1024];
	static size_t next;
	va_list values;

	next = (next + 1) % 4;
	va_start(values, pattern);
	(void)vsnprintf(text[next], sizeof text[next], pattern, values);
	va_end(values);
	return text[next];
}

static int64_t number_of(const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t number = 0;

	ck_assert_msg(
	    sqlite3_prepare_v2(raw, sql, -1, &statement, NULL) == SQLITE_OK,
	    "%s: %s", sql, sqlite3_errmsg(raw));
	if (sqlite3_step(statement) == SQLITE_ROW) {
		number = sqlite3_column_int64(statement, 0);
	}
	(void)sqlite3_finalize(statement);
	return number;
}

struct shape {
	char name[32];
	char columns[16][24];
	char keys[128]; /* "a = %s AND b = %s", filled */
	size_t column_count;
	bool is_key[16];
	int64_t rows;
};

static void describe(struct shape *table)
{
	sqlite3_stmt *statement = NULL;

	table->column_count = 0;
	ck_assert_int_eq(sqlite3_prepare_v2(raw,
			     format("PRAGMA table_info(%s)", table->name), -1,
			     &statement, NULL),
	    SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW) {
		size_t at = table->column_count++;

		(void)snprintf(table->columns[at], sizeof table->columns[at],
		    "%s", (const char *)sqlite3_column_text(statement, 1));
		table->is_key[at] = sqlite3_column_int(statement, 5) > 0;
	}
	(void)sqlite3_finalize(statement);
	table->rows = number_of(format("SELECT count(*) FROM %s", table->name));
}

/* The condition that picks one row at random. */
static void pick(const struct shape *table, char *where, size_t size)
{
	sqlite3_stmt *statement = NULL;
	char expression[512] = "";

	for (size_t i = 0; i < table->column_count; i++) {
		if (table->is_key[i]) {
			(void)snprintf(expression + strlen(expression),
			    sizeof expression - strlen(expression),
			    "%s'%s = ' || quote(%s)",
			    *expression ? " || ' AND ' || " : "",
			    table->columns[i], table->columns[i]);
		}
	}
	ck_assert_int_eq(
	    sqlite3_prepare_v2(raw,
		format("SELECT %s FROM %s LIMIT 1 OFFSET %lld", expression,
		    table->name,
		    (long long)rng_below(&rng, (uint64_t)table->rows)),
		-1, &statement, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	(void)snprintf(
	    where, size, "%s", (const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
}

/* Another value of the same type; false when there is none. */
static bool alter(sqlite3_stmt *value, enum change change, sqlite3_stmt *update)
{
	int type = sqlite3_column_type(value, 0);
	int size = sqlite3_column_bytes(value, 0);
	uint8_t bytes[65536];

	if (type == SQLITE_INTEGER) {
		int64_t number = sqlite3_column_int64(value, 0);

		number ^= (int64_t)(1ULL << rng_below(&rng, 63));
		return change == FLIP &&
		       sqlite3_bind_int64(update, 1, number) == SQLITE_OK;
	}
	if (size < 1 || size > (int)sizeof bytes) {
		return false;
	}
	memcpy(bytes, sqlite3_column_blob(value, 0), (size_t)size);
	if (change == FLIP) {
		bytes[rng_below(&rng, (uint64_t)size)] ^=
		    (uint8_t)(1u << rng_below(&rng, 8));
	} else {
		size--;
	}
	return type == SQLITE_TEXT
	           ? sqlite3_bind_text(update, 1, (const char *)bytes, size,
			 SQLITE_TRANSIENT) == SQLITE_OK
	           : sqlite3_bind_blob(
			 update, 1, bytes, size, SQLITE_TRANSIENT) == SQLITE_OK;
}

static bool rewrite(const struct shape *table, const char *column,
    enum change change, const char *where)
{
	sqlite3_stmt *value = NULL;
	sqlite3_stmt *update = NULL;
	bool done = false;

	ck_assert_int_eq(sqlite3_prepare_v2(raw,
			     format("SELECT %s FROM %s WHERE %s", column,
				 table->name, where),
			     -1, &value, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_prepare_v2(raw,
			     format("UPDATE %s SET %s = ?1 WHERE %s",
				 table->name, column, where),
			     -1, &update, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(value), SQLITE_ROW);
	done = alter(value, change, update);
	(void)sqlite3_finalize(value);
	done = done && sqlite3_step(update) == SQLITE_DONE;
	(void)sqlite3_finalize(update);
	return done;
}

static bool run(const char *sql)
{
	return sqlite3_exec(raw, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static bool swap(
    const struct shape *table, const char *column, const char *where)
{
	char other[256];
	bool done = false;

	if (table->rows < 2) {
		return false;
	}
	pick(table, other, sizeof other);
	if (strcmp(where, other) == 0 ||
	    number_of(format("SELECT (SELECT %s FROM %s WHERE %s) IS"
			     " (SELECT %s FROM %s WHERE %s)",
		column, table->name, where, column, table->name, other))) {
		return false;
	}
	done = run("BEGIN") &&
	       run(format("CREATE TEMP TABLE held AS SELECT (SELECT %s FROM %s"
			  " WHERE %s) AS a, (SELECT %s FROM %s WHERE %s) AS b",
		   column, table->name, where, column, table->name, other)) &&
	       run(format("UPDATE %s SET %s = CASE typeof(%s) WHEN 'integer'"
			  " THEN -77 WHEN 'text' THEN '~' ELSE x'77' END"
			  " WHERE %s",
		   table->name, column, column, where));
	if (done && strstr(where, format("%s = ", column)) == where) {
		done = false; /* a key: its row has another name now */
	}
	done = done &&
	       run(format("UPDATE %s SET %s = (SELECT a FROM held) WHERE %s",
		   table->name, column, other)) &&
	       run(format("UPDATE %s SET %s = (SELECT b FROM held) WHERE %s",
		   table->name, column, where));
	(void)run(done ? "COMMIT" : "ROLLBACK");
	(void)run("DROP TABLE IF EXISTS held");
	return done;
}

/* Change one row; false when this change is not to be made there. */
static bool damage(const struct shape *table, const char *column,
    enum change change, const char *where)
{
	switch (change) {
	case FLIP:
	case CUT:
		return rewrite(table, column, change, where);
	case SWAP:
		return swap(table, column, where);
	case DELETE:
		return run(
		    format("DELETE FROM %s WHERE %s", table->name, where));
	case CHANGES:
		break;
	}
	return false;
}

/*
 * What is found.
 */

static unsigned made, named, by_tally_alone, tried;

/* What the start, or verify, says; "" nothing. */
static void look(char *out, size_t size)
{
	struct verify_report report = { 0 };
	enum err err = fixture_reopen(HOME, 0);

	*out = '\0';
	if (err) {
		(void)snprintf(out, size, "%s", err_text());
		return;
	}
	OK(verify_node(node(0), &report));
	if (report.faults) {
		(void)snprintf(out, size, "%s", report.first_fault);
	}
	node_crash(node(0));
	HOME->nodes[0] = NULL;
}

/* With the tally as the home left it, or made to fit the change. */
static void try_change(const struct shape *table, const char *column,
    enum change change, bool by_tally)
{
	const char *what = NULL;
	char where[256];
	char said[512];
	bool done = false;

	if (tried++ % mutate_every()) {
		return;
	}
	restore();
	open_raw();
	for (int i = 0; i < 8 && !done; i++) {
		pick(table, where, sizeof where);
		done = damage(table, column, change, where);
	}
	ck_assert_int_eq(sqlite3_close(raw), SQLITE_OK);
	if (!done) {
		return;
	}
	made += by_tally;
	if (!by_tally) {
		fixture_retally(HOME, 0);
	}
	what = format("seed %llu: %s of %s.%s where %.99s",
	    (unsigned long long)seed, change_names[change], table->name, column,
	    where);
	look(said, sizeof said);
	if (*said == '\0') {
		by_tally_alone++;
		ck_assert_msg(is_free(table->name, column, change, by_tally),
		    "%s was not found", what);
		return;
	}
	named += by_tally && strstr(said, table->name) != NULL;
	ck_assert_msg(strstr(said, " row "), "%s: no row in: %s", what, said);
}

static const char *const tables[] = { "meta", "org", "log", "node", "stream",
	"record", "head", "cosignature", "sent", "receipt", "evidence",
	"quarantine_peer", "quarantine", "quarantine_bytes", "draft", "release",
	"tally" };

/* Take several rows at once. */
static void try_many(const char *text, const char *want)
{
	char said[512];

	restore();
	open_raw();
	ck_assert_msg(run(text), "%s", text);
	ck_assert_int_eq(sqlite3_close(raw), SQLITE_OK);
	look(said, sizeof said);
	ck_assert_msg(strstr(said, want), "%s: %s", text, said);
}

/* M261 M262 M263 M264 M282 M283 */
START_TEST(whatever_is_done_to_a_row_is_found_and_named)
{
	const char *given = getenv("QSG_SEED");
	struct timespec now;

	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
	seed = given ? strtoull(given, NULL, 10)
	             : (uint64_t)now.tv_sec ^ (uint64_t)now.tv_nsec;
	rng = rng_seed(&seeded, seed);
	printf("  verify_rows: seed %llu\n", (unsigned long long)seed);
	/* The last, which is the tally, in the first way alone. */
	for (size_t t = 0; t < 2 * sizeof tables / sizeof tables[0] - 1; t++) {
		struct shape table = { 0 };
		bool by_tally = t % 2 == 0;

		(void)snprintf(
		    table.name, sizeof table.name, "%s", tables[t / 2]);
		restore();
		open_raw();
		describe(&table);
		ck_assert_int_eq(sqlite3_close(raw), SQLITE_OK);
		ck_assert_msg(table.rows > 0, "%s has no rows", table.name);
		for (size_t c = 0; c < table.column_count; c++) {
			for (int i = FLIP; i <= SWAP; i++) {
				try_change(&table, table.columns[c],
				    (enum change)i, by_tally);
			}
		}
		try_change(&table, "row", DELETE, by_tally);
	}
	printf("  verify_rows: %u changes, all found, %u by the table's own "
	       "name, %u by the tally alone\n",
	    made, named, by_tally_alone);
}
END_TEST

/* M282 */
START_TEST(rows_that_go_together_are_missed)
{
	try_many("DELETE FROM evidence", "evidence row 2: 2 of 2 rows missing");
	try_many("DELETE FROM evidence WHERE evidence = 1;"
		 "UPDATE evidence SET evidence = 1",
	    "evidence row 2: a row is missing");
	/* As one whose author did not give it. */
	try_many("UPDATE record SET state = 1, reason = 8, body = NULL,"
		 " wrapped = NULL WHERE rid = 4000",
	    "record");
	/* M281: what the home goes on to do belongs to its tally. */
	restore();
	OK(fixture_reopen(HOME, 0));
	filling_reject(1, 80);
	filling_draft("fourth");
	filling_pull(0, 1);
	fixture_assert_verifies(HOME, 0);
	fixture_restart(HOME, 0, false);
	fixture_assert_verifies(HOME, 0);
}
END_TEST

Suite *test_verify_rows_suite(void)
{
	Suite *suite = suite_create("verify_rows");
	TCase *tcase = tcase_create("rows");

	tcase_set_timeout(tcase, 300);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, whatever_is_done_to_a_row_is_found_and_named);
	tcase_add_test(tcase, rows_that_go_together_are_missed);
	suite_add_tcase(suite, tcase);
	return suite;
}
