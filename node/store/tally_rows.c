#include "store/sql.h"
#include "store/tally.h"

#include <sqlite3.h>

#define FUNCTION "qsg_tally"

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
 * Statements made of a table's own columns, whatever they are.
 */

static enum err append_columns(struct sqlite3 *connection,
    enum tally_table table, const char *of, sqlite3_str *text)
{
	sqlite3_stmt *statement = NULL;
	int step = SQLITE_ROW;
	/* The bytes of a record are bound by its id. */
	int result = sqlite3_prepare_v2(connection,
	    "SELECT name FROM pragma_table_info(?1, 'main')"
	    " WHERE ?1 <> 'record' OR type = 'INTEGER' ORDER BY cid",
	    -1, &statement, NULL);
	if (result == SQLITE_OK) {
		result = sqlite3_bind_text(
		    statement, 1, tally_name(table), -1, SQLITE_STATIC);
	}
	while (result == SQLITE_OK && step == SQLITE_ROW) {
		step = sqlite3_step(statement);
		if (step == SQLITE_ROW) {
			sqlite3_str_appendf(text, ", %s\"%w\"", of,
			    (const char *)sqlite3_column_text(statement, 0));
		}
	}
	enum err err = result == SQLITE_OK && step == SQLITE_DONE
	                   ? ERR_OK
	                   : sql_error(connection, "no columns");
	/* Repeats at most an error reported before. */
	(void)sqlite3_finalize(statement);
	return err;
}

static enum err append_call(struct sqlite3 *connection,
    enum tally_change change, enum tally_table table, sqlite3_str *text)
{
	const char *of = change == TALLY_COUNT  ? ""
	                 : change == TALLY_TAKE ? "OLD."
	                                        : "NEW.";
	sqlite3_str_appendf(
	    text, "SELECT " FUNCTION "(%d, %d", (int)change, (int)table);
	enum err err = append_columns(connection, table, of, text);
	sqlite3_str_appendall(text, ")");
	return err;
}

static enum err run_text(
    struct sqlite3 *connection, enum err err, sqlite3_str *text)
{
	char *sql = sqlite3_str_finish(text);
	if (err == ERR_OK && sql == NULL) {
		err = err_set(ERR_MEM, "out of memory");
	}
	if (err == ERR_OK) {
		err = sql_run(connection, sql);
	}
	sqlite3_free(sql);
	return err;
}

static enum err make_trigger(
    struct sqlite3 *connection, enum tally_table table, const char *event)
{
	sqlite3_str *text = sqlite3_str_new(connection);
	bool takes = *event != 'I';
	bool adds = *event != 'D';
	enum err err = ERR_OK;
	sqlite3_str_appendf(text,
	    "CREATE TEMP TRIGGER tally_%s_%s AFTER %s ON main.%s BEGIN ",
	    tally_name(table), event, event, tally_name(table));
	if (takes) {
		err = append_call(connection, TALLY_TAKE, table, text);
		sqlite3_str_appendall(text, ";");
	}
	if (err == ERR_OK && adds) {
		err = append_call(connection, TALLY_ADD, table, text);
		sqlite3_str_appendall(text, ";");
	}
	sqlite3_str_appendall(text, " END");
	return run_text(connection, err, text);
}

/* Too many a second: whoever writes them says so. */
static bool is_hot(enum tally_table table)
{
	return table == TALLY_RECORD || table == TALLY_NODE;
}

enum err tally_watch(struct sqlite3 *connection, struct tally *tally)
{
	static const char *const events[] = { "INSERT", "UPDATE", "DELETE" };
	/* Not to be called by what stands in the file's own schema. */
	int result = sqlite3_create_function_v2(connection, FUNCTION, -1,
	    SQLITE_UTF8 | SQLITE_DIRECTONLY, tally, on_row, NULL, NULL, NULL);
	if (result != SQLITE_OK) {
		return sql_error(connection, "cannot set the database up");
	}
	/* So that a row which another replaces is taken, too. */
	enum err err = sql_run(connection, "PRAGMA recursive_triggers = ON");
	for (int i = 0; i < TALLY_TABLES; i++) {
		for (int k = 0; err == ERR_OK && k < 3; k++) {
			if (!is_hot((enum tally_table)i)) {
				err = make_trigger(
				    connection, (enum tally_table)i, events[k]);
			}
		}
	}
	return err;
}

enum err tally_scan(struct sqlite3 *connection)
{
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < TALLY_TABLES; i++) {
		sqlite3_str *text = sqlite3_str_new(connection);
		err = append_call(
		    connection, TALLY_COUNT, (enum tally_table)i, text);
		sqlite3_str_appendf(
		    text, " FROM main.%s", tally_name((enum tally_table)i));
		err = run_text(connection, err, text);
	}
	return err;
}
