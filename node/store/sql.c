#include "store/sql.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 200 };

static bool means_full(int number)
{
	/* EFBIG: the file may not grow, by the user's own limit. */
	return number == ENOSPC || number == EDQUOT || number == EFBIG;
}

/* SQLite notes the system's error in most places but not in a commit; what is
 * in errno then is of this call, as sql_begin_call cleared it. */
static bool no_room(struct sqlite3 *connection, int system)
{
	return means_full(sqlite3_system_errno(connection)) ||
	       means_full(system);
}

static enum err of_io_error(
    struct sqlite3 *connection, int extended, int system)
{
	if (extended == SQLITE_IOERR_NOMEM) {
		return ERR_MEM;
	}
	if (extended == SQLITE_IOERR_CORRUPTFS) {
		return ERR_CORRUPT;
	}
	return no_room(connection, system) ? ERR_FULL : ERR_IO;
}

static enum err of_constraint(int extended)
{
	bool taken = extended == SQLITE_CONSTRAINT_UNIQUE ||
	             extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
	             extended == SQLITE_CONSTRAINT_ROWID;
	return taken ? ERR_EXISTS : ERR_STATE;
}

enum err sql_error(struct sqlite3 *connection, const char *doing)
{
	int system = errno;
	int extended = sqlite3_extended_errcode(connection);
	enum err err = ERR_IO;
	switch (extended & 0xff) {
	case SQLITE_FULL:
		err = ERR_FULL;
		break;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		err = ERR_BUSY;
		break;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		err = ERR_CORRUPT;
		break;
	case SQLITE_NOMEM:
		err = ERR_MEM;
		break;
	case SQLITE_TOOBIG:
		err = ERR_LIMIT;
		break;
	case SQLITE_IOERR:
		err = of_io_error(connection, extended, system);
		break;
	case SQLITE_CONSTRAINT:
		err = of_constraint(extended);
		break;
	default:
		break;
	}
	/* Whatever was being done, that is what a person has to know. */
	return err_set(err, "%s: %s",
	    err == ERR_CORRUPT ? "the database is damaged" : doing,
	    sqlite3_errmsg(connection));
}

void sql_begin_call(void)
{
	errno = 0;
}

enum err sql_run(struct sqlite3 *connection, const char *text)
{
	sql_begin_call();
	if (sqlite3_exec(connection, text, NULL, NULL, NULL) != SQLITE_OK) {
		return sql_error(connection, "the database refused a command");
	}
	return ERR_OK;
}

/* Prepare and step to the first row. The statement is finalised by the
 * caller, also after an error. */
static enum err first_row(
    struct sqlite3 *connection, const char *text, sqlite3_stmt **statement)
{
	*statement = NULL;
	sql_begin_call();
	if (sqlite3_prepare_v2(connection, text, -1, statement, NULL) !=
	    SQLITE_OK) {
		return sql_error(connection, "the database cannot be read");
	}
	int step = sqlite3_step(*statement);
	if (step == SQLITE_ROW) {
		return ERR_OK;
	}
	if (step == SQLITE_DONE) {
		return err_set(ERR_NOTFOUND, "no such value in the database");
	}
	return sql_error(connection, "the database cannot be read");
}

/* Finalising repeats an error that stepping has already reported. */
static void finish(sqlite3_stmt *statement)
{
	(void)sqlite3_finalize(statement);
}

enum err sql_int(struct sqlite3 *connection, const char *text, int64_t *value)
{
	sqlite3_stmt *statement;
	enum err err = first_row(connection, text, &statement);
	if (err == ERR_OK) {
		*value = sqlite3_column_int64(statement, 0);
	}
	finish(statement);
	return err;
}

enum err sql_expect(struct sqlite3 *connection, const char *text,
    const char *answer, enum err otherwise)
{
	char line[LINE_BYTES] = "";
	sqlite3_stmt *statement;
	enum err err = first_row(connection, text, &statement);
	if (err == ERR_OK) {
		const unsigned char *got = sqlite3_column_text(statement, 0);
		(void)snprintf(line, sizeof(line), "%s",
		    got == NULL ? "nothing" : (const char *)got);
	}
	finish(statement);
	if (err != ERR_OK) {
		return err;
	}
	if (strcmp(line, answer) != 0) {
		return err_set(otherwise, "the database says: %s", line);
	}
	return ERR_OK;
}
