/*
 * sql.h - SQLite's results as our errors, and small statements in one call.
 *
 * Floor:   store (may include base, codec, keys, ledger, domain)
 * Threads: one.
 */
#ifndef QSG_STORE_SQL_H
#define QSG_STORE_SQL_H

#include "base/err.h"

#include <stdint.h>

struct sqlite3;

/* err_set with "doing: SQLite's message" for the connection's last error.
 * ERR_FULL: no room on the disk. ERR_BUSY: another process has the file.
 * ERR_CORRUPT: damaged, or no database. ERR_EXISTS: the key is taken.
 * ERR_LIMIT: a value too large. ERR_MEM. Everything else is ERR_IO. */
enum err sql_error(struct sqlite3 *connection, const char *doing);

/* Call before a call of SQLite whose failure goes to sql_error: so that it can
 * tell a full disk. The functions below do. */
void sql_begin_call(void);

/* Run statements that return nothing of interest. */
ERR_MUST_USE enum err sql_run(struct sqlite3 *connection, const char *text);
/* The first column of the first row. ERR_NOTFOUND without a row. */
ERR_MUST_USE enum err sql_int(
    struct sqlite3 *connection, const char *text, int64_t *value);
/* Run a statement whose first row must be this text, such as a pragma that
 * answers with the setting in force; otherwise `otherwise` with the text that
 * came instead. */
ERR_MUST_USE enum err sql_expect(struct sqlite3 *connection, const char *text,
    const char *answer, enum err otherwise);

#endif
