#include "store/sql.h"
#include "store/tally.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define FUNCTION "qsg_tally"

/* A column's name with its end; those that this program makes fit. */
enum { COLUMN_BYTES = 32 };

/*
 * The function that triggers and scans call: what it changes, the table, and
 * the row's columns.
 */

static enum err value_of(sqlite3_value *from, struct tally_value *out)
{
	int type = sqlite3_value_type(from);
	*out = (struct tally_value){ .is_number = type == SQLITE_INTEGER,
		.is_null = type == SQLITE_NULL,
		.is_text = type == SQLITE_TEXT };
	if (type == SQLITE_FLOAT) {
		return err_set(ERR_CORRUPT, "a number with a fraction");
	}
	if (type == SQLITE_INTEGER) {
		out->number = sqlite3_value_int64(from);
	} else if (type != SQLITE_NULL) {
		const void *data = sqlite3_value_blob(from);
		int size = sqlite3_value_bytes(from);
		if (data == NULL && size > 0) {
			return err_set(ERR_MEM, "out of memory");
		}
		out->bytes = span_of(data, (size_t)size);
	}
	return ERR_OK;
}

static enum err take_row(
    struct tally *tally, size_t count, sqlite3_value **values)
{
	struct tally_value row[TALLY_COLUMNS];
	if (count < 2 || count - 2 > TALLY_COLUMNS) {
		return err_set(ERR_LIMIT, "a row of too many columns");
	}
	int change = sqlite3_value_int(values[0]);
	int table = sqlite3_value_int(values[1]);
	enum err err = ERR_OK;
	for (size_t i = 2; err == ERR_OK && i < count; i++) {
		err = value_of(values[i], &row[i - 2]);
	}
	return err == ERR_OK ? tally_row(tally, (enum tally_change)change,
				   (enum tally_table)table, row, count - 2)
	                     : err;
}

static void on_row(sqlite3_context *context, int count, sqlite3_value **values)
{
	enum err err =
	    take_row(sqlite3_user_data(context), (size_t)count, values);
	if (err == ERR_MEM) {
		sqlite3_result_error_nomem(context);
	} else if (err != ERR_OK) {
		sqlite3_result_error(context, err_text(), -1);
		sqlite3_result_error_code(context,
		    err == ERR_CORRUPT ? SQLITE_CORRUPT : SQLITE_ERROR);
	}
}

/*
 * Statements made of the columns that a table has.
 */

struct columns {
	size_t count;
	char names[TALLY_COLUMNS][COLUMN_BYTES];
};

static enum err add_column(struct columns *columns, const char *name)
{
	if (name == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	if (columns->count == TALLY_COLUMNS || strlen(name) >= COLUMN_BYTES) {
		return err_set(ERR_CORRUPT,
		    "a table has other columns than this program makes");
	}
	(void)snprintf(
	    columns->names[columns->count++], COLUMN_BYTES, "%s", name);
	return ERR_OK;
}

static enum err read_columns(
    struct sqlite3 *connection, enum tally_table table, struct columns *columns)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_ROW;
	enum err err = ERR_OK;
	/* The bytes of a record are bound by its id. */
	int result = sqlite3_prepare_v2(connection,
	    "SELECT name FROM pragma_table_info(?1, 'main')"
	    " WHERE ?1 <> 'record' OR type = 'INTEGER' ORDER BY cid",
	    -1, &statement, NULL);
	columns->count = 0;
	if (result == SQLITE_OK) {
		result = sqlite3_bind_text(
		    statement, 1, tally_name(table), -1, SQLITE_STATIC);
	}
	while (err == ERR_OK && result == SQLITE_OK && step == SQLITE_ROW) {
		step = sqlite3_step(statement);
		if (step == SQLITE_ROW) {
			err = add_column(columns,
			    (const char *)sqlite3_column_text(statement, 0));
		}
	}
	if (err == ERR_OK && (result != SQLITE_OK || step != SQLITE_DONE)) {
		err = sql_error(connection, "no columns");
	}
	/* Repeats at most an error reported before. */
	(void)sqlite3_finalize(statement);
	return err;
}

static void append_call(enum tally_change change, enum tally_table table,
    const struct columns *columns, sqlite3_str *text)
{
	const char *of = change == TALLY_COUNT  ? ""
	                 : change == TALLY_TAKE ? "OLD."
	                                        : "NEW.";
	sqlite3_str_appendf(
	    text, "SELECT " FUNCTION "(%d, %d", (int)change, (int)table);
	for (size_t i = 0; i < columns->count; i++) {
		sqlite3_str_appendf(text, ", %s\"%w\"", of, columns->names[i]);
	}
	sqlite3_str_appendall(text, ")");
}

static enum err run_text(struct sqlite3 *connection, sqlite3_str *text)
{
	char *sql = sqlite3_str_finish(text);
	enum err err = sql != NULL ? sql_run(connection, sql)
	                           : err_set(ERR_MEM, "out of memory");
	sqlite3_free(sql);
	return err;
}

static enum err make_trigger(struct sqlite3 *connection, enum tally_table table,
    const struct columns *columns, const char *event)
{
	sqlite3_str *text = sqlite3_str_new(connection);
	sqlite3_str_appendf(text,
	    "CREATE TEMP TRIGGER tally_%s_%s AFTER %s ON main.%s BEGIN ",
	    tally_name(table), event, event, tally_name(table));
	if (*event != 'I') {
		append_call(TALLY_TAKE, table, columns, text);
		sqlite3_str_appendall(text, ";");
	}
	if (*event != 'D') {
		append_call(TALLY_ADD, table, columns, text);
		sqlite3_str_appendall(text, ";");
	}
	sqlite3_str_appendall(text, " END");
	return run_text(connection, text);
}

static enum err watch_table(struct sqlite3 *connection, enum tally_table table)
{
	static const char *const events[] = { "INSERT", "UPDATE", "DELETE" };
	struct columns columns;
	enum err err = read_columns(connection, table, &columns);
	for (int i = 0; err == ERR_OK && i < 3; i++) {
		err = make_trigger(connection, table, &columns, events[i]);
	}
	return err;
}

/* Too many a second: whoever writes them says so. */
static bool is_hot(enum tally_table table)
{
	return table == TALLY_RECORD || table == TALLY_NODE;
}

enum err tally_watch(struct sqlite3 *connection, struct tally *tally)
{
	/* Not to be called by what stands in the file's own schema. */
	int result = sqlite3_create_function_v2(connection, FUNCTION, -1,
	    SQLITE_UTF8 | SQLITE_DIRECTONLY, tally, on_row, NULL, NULL, NULL);
	if (result != SQLITE_OK) {
		return sql_error(connection, "cannot set the database up");
	}
	/* So that a row which another replaces is taken, too. */
	enum err err = sql_run(connection, "PRAGMA recursive_triggers = ON");
	for (int i = 0; err == ERR_OK && i < TALLY_TABLES; i++) {
		if (!is_hot((enum tally_table)i)) {
			err = watch_table(connection, (enum tally_table)i);
		}
	}
	return err;
}

enum err tally_scan(struct sqlite3 *connection)
{
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < TALLY_TABLES; i++) {
		enum tally_table table = (enum tally_table)i;
		struct columns columns;
		err = read_columns(connection, table, &columns);
		if (err == ERR_OK) {
			sqlite3_str *text = sqlite3_str_new(connection);
			append_call(TALLY_COUNT, table, &columns, text);
			sqlite3_str_appendf(
			    text, " FROM main.%s", tally_name(table));
			err = run_text(connection, text);
		}
	}
	return err;
}
