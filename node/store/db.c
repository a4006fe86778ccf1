#define _POSIX_C_SOURCE 200809L

#include "store/db.h"

#include "store/dbfile.h"
#include "store/schema.h"
#include "store/sql.h"
#include "store/tally.h"

#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	INCARNATION_BYTES = 16,
	TEXT_BYTES = 256,
	/* The largest value: a rejected message and its seal fit well. */
	VALUE_MAX_BYTES = 8 * 1024 * 1024
};

#define INCARNATION_KEY "incarnation"

struct db {
	sqlite3 *connection;
	sqlite3_stmt *statements[DB_SLOT_COUNT];
	uint8_t incarnation[INCARNATION_BYTES];
	char path[PATH_MAX];
	struct tally *tally; /* NULL none */
	bool open;           /* a transaction is */
	enum err failure;    /* what doomed it, or ERR_OK */
	char failure_text[TEXT_BYTES];
};

/*
 * Statements.
 */

enum err db_statement(struct db *db, enum db_slot slot, const char *sql,
    struct sqlite3_stmt **out)
{
	sqlite3_stmt **kept = &db->statements[slot];
	*out = NULL;
	if (*kept == NULL &&
	    sqlite3_prepare_v3(db->connection, sql, -1,
		SQLITE_PREPARE_PERSISTENT, kept, NULL) != SQLITE_OK) {
		return sql_error(db->connection, "a statement does not fit");
	}
	if (sqlite3_stmt_busy(*kept)) {
		return err_set(ERR_STATE, "the same scan is under way already");
	}
	*out = *kept;
	return ERR_OK;
}

void db_reset(struct sqlite3_stmt *statement)
{
	/* Both repeat at most what stepping has reported. */
	(void)sqlite3_reset(statement);
	(void)sqlite3_clear_bindings(statement);
}

static void doom(struct db *db, enum err code)
{
	if (db->open && db->failure == ERR_OK) {
		db->failure = code;
		(void)snprintf(db->failure_text, sizeof(db->failure_text), "%s",
		    err_text());
	}
}

enum err db_fail(struct db *db, enum err code)
{
	doom(db, code);
	return code;
}

static enum err doomed(const struct db *db)
{
	return err_set(db->failure, "%s", db->failure_text);
}

/* SQLite rolls back by itself on a full disk and the like; what follows must
 * not run outside the transaction it was meant for. */
static void note_rollback(struct db *db, enum err code)
{
	if (db->open && sqlite3_get_autocommit(db->connection) != 0) {
		doom(db, code);
	}
}

enum err db_run(struct db *db, struct sqlite3_stmt *statement)
{
	enum err err = db_begin(db);
	if (err == ERR_OK && db->failure != ERR_OK) {
		err = doomed(db);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	tally_hold(db->tally);
	sql_begin_call();
	int step = sqlite3_step(statement);
	if (step == SQLITE_ROW) {
		err = err_set(ERR_STATE, "a change that answers with a row");
	} else if (step != SQLITE_DONE) {
		err = sql_error(db->connection, "the database was not changed");
	}
	db_reset(statement);
	if (err != ERR_OK) {
		tally_back(db->tally);
	}
	note_rollback(db, err);
	return err == ERR_OK || err == ERR_EXISTS ? err : db_fail(db, err);
}

enum err db_run_found(
    struct db *db, struct sqlite3_stmt *statement, const char *what)
{
	enum err err = db_run(db, statement);
	if (err == ERR_OK && db_changes(db) == 0) {
		err = err_set(ERR_NOTFOUND, "no %s", what);
	}
	return err;
}

enum err db_step(struct db *db, struct sqlite3_stmt *statement, bool *row)
{
	sql_begin_call();
	int step = sqlite3_step(statement);
	*row = step == SQLITE_ROW;
	if (step == SQLITE_ROW) {
		return ERR_OK;
	}
	enum err err = ERR_OK;
	if (step == SQLITE_TOOBIG) {
		/* Nothing so large is ever written. */
		err = err_set(ERR_CORRUPT, "the database holds a huge value");
	} else if (step != SQLITE_DONE) {
		err = sql_error(db->connection, "the database cannot be read");
	}
	db_reset(statement);
	note_rollback(db, err);
	return err;
}

static enum err bound(struct sqlite3_stmt *statement, int result)
{
	if (result == SQLITE_OK) {
		return ERR_OK;
	}
	return sql_error(
	    sqlite3_db_handle(statement), "a value does not fit the database");
}

enum err db_bind_blob(
    struct sqlite3_stmt *statement, int place, struct span bytes)
{
	return bound(statement, sqlite3_bind_blob64(statement, place,
				    bytes.data, bytes.size, SQLITE_STATIC));
}

enum err db_bind_int(struct sqlite3_stmt *statement, int place, int64_t value)
{
	return bound(statement, sqlite3_bind_int64(statement, place, value));
}

enum err db_bind_text(
    struct sqlite3_stmt *statement, int place, const char *text)
{
	return bound(statement,
	    sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC));
}

struct span db_column_blob(struct sqlite3_stmt *statement, int column)
{
	const void *data = sqlite3_column_blob(statement, column);
	int size = sqlite3_column_bytes(statement, column);
	return span_of(data, data == NULL ? 0 : (size_t)size);
}

const char *db_column_text(struct sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);
	return text == NULL ? "" : (const char *)text;
}

int64_t db_column_int(struct sqlite3_stmt *statement, int column)
{
	return sqlite3_column_int64(statement, column);
}

enum err db_column_copy(
    struct sqlite3_stmt *statement, int column, void *out, size_t size)
{
	struct span bytes = db_column_blob(statement, column);
	if (bytes.size != size) {
		return err_set(ERR_CORRUPT,
		    "the database is damaged: a value of %zu bytes, not %zu",
		    bytes.size, size);
	}
	memcpy(out, bytes.data, size);
	return ERR_OK;
}

enum err db_column_range(
    struct sqlite3_stmt *statement, int column, uint64_t max, uint64_t *value)
{
	int64_t got = sqlite3_column_int64(statement, column);
	if (got < 0 || (uint64_t)got > max) {
		return err_set(ERR_CORRUPT,
		    "the database is damaged: %lld is out of range",
		    (long long)got);
	}
	*value = (uint64_t)got;
	return ERR_OK;
}

int64_t db_changes(const struct db *db)
{
	return sqlite3_changes64(db->connection);
}

int64_t db_last_rowid(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->connection);
}

/*
 * Transactions.
 */

enum err db_begin(struct db *db)
{
	if (db->open) {
		return ERR_OK;
	}
	enum err err = sql_run(db->connection, "BEGIN IMMEDIATE");
	db->open = err == ERR_OK;
	return err;
}

void db_rollback(struct db *db)
{
	if (!db->open) {
		return;
	}
	if (sqlite3_get_autocommit(db->connection) == 0) {
		/* Cannot fail but by a read that is then broken off. */
		(void)sqlite3_exec(
		    db->connection, "ROLLBACK", NULL, NULL, NULL);
	}
	db->open = false;
	db->failure = ERR_OK;
	tally_undo(db->tally);
}

/* PROTOCOL.md M86: "A node MUST keep all of a transaction or none of it, and
 * acknowledge only what has been made durable." */
enum err db_commit(struct db *db)
{
	if (!db->open) {
		return ERR_OK;
	}
	enum err err = db->failure;
	if (err != ERR_OK) {
		err = doomed(db);
	} else {
		err = tally_store(db->tally, db);
	}
	if (err == ERR_OK) {
		err = sql_run(db->connection, "COMMIT");
	}
	if (err != ERR_OK) {
		db_rollback(db);
		return err;
	}
	db->open = false;
	tally_stored(db->tally);
	return ERR_OK;
}

bool db_in_transaction(const struct db *db)
{
	return db->open;
}

enum err db_fold(struct db *db)
{
	int log = -1;
	int folded = -1;
	if (db->open) {
		return err_set(ERR_STATE, "a transaction is open");
	}
	if (sqlite3_wal_checkpoint_v2(db->connection, NULL,
		SQLITE_CHECKPOINT_TRUNCATE, &log, &folded) != SQLITE_OK) {
		return sql_error(
		    db->connection, "the write-ahead log was not emptied");
	}
	return ERR_OK;
}

/*
 * Opening.
 */

/* PROTOCOL.md M83: "A node MUST hold its database alone: whoever opens it
 * second is refused at once." */
static enum err take_lock(struct db *db)
{
	if (sqlite3_busy_timeout(db->connection, 0) != SQLITE_OK) {
		return sql_error(db->connection, "cannot set the database up");
	}
	enum err err = sql_expect(db->connection,
	    "PRAGMA locking_mode = EXCLUSIVE", "exclusive", ERR_IO);
	if (err == ERR_OK) {
		err = sql_run(db->connection, "BEGIN EXCLUSIVE; COMMIT");
	}
	if (err == ERR_BUSY) {
		return err_set(
		    ERR_BUSY, "%s is in use by another process", db->path);
	}
	return err;
}

static enum err set_flag(struct db *db, int option, int on)
{
	int now = 0;
	if (sqlite3_db_config(db->connection, option, on, &now) != SQLITE_OK ||
	    now != on) {
		return sql_error(db->connection, "cannot set the database up");
	}
	return ERR_OK;
}

/* Nothing here writes: a file that turns out not to be ours stays as it is,
 * so even the write-ahead log is not folded in on close. */
static enum err configure(struct db *db)
{
	(void)sqlite3_limit(
	    db->connection, SQLITE_LIMIT_LENGTH, VALUE_MAX_BYTES);
	(void)sqlite3_limit(db->connection, SQLITE_LIMIT_ATTACHED, 0);
	enum err err = set_flag(db, SQLITE_DBCONFIG_DEFENSIVE, 1);
	if (err == ERR_OK) {
		err = set_flag(db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0);
	}
	if (err == ERR_OK) {
		err = set_flag(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
	}
	/* PROTOCOL.md M284: "A node MUST NOT run a trigger or use a view that
	 * stands in its database file, and a check of a home MUST report a
	 * schema that differs from its own." */
	if (err == ERR_OK) {
		err = set_flag(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
	}
	if (err == ERR_OK) {
		err = set_flag(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0);
	}
	if (err == ERR_OK) {
		err = set_flag(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1);
	}
	if (err == ERR_OK) {
		/* Of a new database; before its first page is made. */
		err = sql_run(db->connection, "PRAGMA page_size = 8192");
	}
	if (err == ERR_OK) {
		err = take_lock(db);
	}
	if (err == ERR_OK) {
		err = sql_run(db->connection, "PRAGMA synchronous = FULL;"
					      "PRAGMA cell_size_check = ON;"
					      "PRAGMA mmap_size = 0;"
					      "PRAGMA temp_store = MEMORY;"
					      "PRAGMA foreign_keys = OFF;"
					      "PRAGMA secure_delete = ON;"
					      "PRAGMA cache_size = -65536");
	}
	return err;
}

static enum err use_wal(struct db *db)
{
	enum err err = sql_expect(
	    db->connection, "PRAGMA journal_mode = WAL", "wal", ERR_IO);
	if (err == ERR_OK) {
		err = sql_run(db->connection,
		    "PRAGMA wal_autocheckpoint = 4000;"
		    "PRAGMA journal_size_limit = 67108864");
	}
	return err == ERR_OK ? set_flag(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
	                     : err;
}

static enum err connect_to(const char *path, struct db **out)
{
	struct db *db = calloc(1, sizeof(*db));
	if (db == NULL) {
		(void)err_set(ERR_MEM, "out of memory");
		return ERR_MEM;
	}
	(void)snprintf(db->path, sizeof(db->path), "%s", path);
	enum err err = ERR_OK;
	int flags =
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
	int result = sqlite3_open_v2(path, &db->connection, flags, NULL);
	if (result == SQLITE_OK) {
		result = sqlite3_extended_result_codes(db->connection, 1);
	}
	if (result != SQLITE_OK) {
		err = sql_error(db->connection, "cannot open the database");
	}
	if (err == ERR_OK) {
		err = configure(db);
	}
	if (err != ERR_OK) {
		db_close(db);
		return err;
	}
	*out = db;
	return ERR_OK;
}

void db_close(struct db *db)
{
	if (db == NULL) {
		return;
	}
	db_rollback(db);
	for (size_t i = 0; i < DB_SLOT_COUNT; i++) {
		/* Repeats at most an error reported before. */
		(void)sqlite3_finalize(db->statements[i]);
	}
	/* v2 cannot fail; nothing is left to report it to anyway. */
	(void)sqlite3_close_v2(db->connection);
	tally_free(db->tally);
	free(db);
}

static enum err set_incarnation(struct db *db, const struct rng *rng)
{
	rng_fill(rng, db->incarnation, sizeof(db->incarnation));
	enum err err = db_meta_set(db, INCARNATION_KEY,
	    span_of(db->incarnation, sizeof(db->incarnation)));
	return err == ERR_OK ? db_commit(db) : err;
}

static enum err fill_new(const char *path, const struct rng *rng)
{
	struct db *db = NULL;
	enum err err = dbfile_make(path);
	if (err == ERR_OK) {
		err = connect_to(path, &db);
	}
	if (err == ERR_OK) {
		err = schema_migrate(db->connection);
	}
	if (err == ERR_OK) {
		err = set_incarnation(db, rng);
	}
	db_close(db);
	return err;
}

static enum err beside(const char *path, const char *suffix, char out[PATH_MAX])
{
	int size = snprintf(out, PATH_MAX, "%s%s", path, suffix);
	if (size < 0 || size >= PATH_MAX) {
		return err_set(ERR_LIMIT, "the path is too long: %s", path);
	}
	return ERR_OK;
}

static enum err create(const char *path, const struct rng *rng)
{
	char made[PATH_MAX];
	struct stat info;
	enum err err = beside(path, "-wal", made);
	if (err == ERR_OK && lstat(made, &info) == 0) {
		err = err_set(ERR_CORRUPT,
		    "%s is gone but its write-ahead log is there", path);
	}
	if (err == ERR_OK) {
		err = beside(path, ".new", made);
	}
	if (err != ERR_OK) {
		return err;
	}
	err = fill_new(made, rng);
	if (err == ERR_OK && rename(made, path) != 0) {
		err = err_errno("cannot name %s", path);
	}
	if (err != ERR_OK) {
		(void)unlink(made);
		return err;
	}
	return dbfile_sync_parent(path);
}

static enum err get_incarnation(struct db *db)
{
	struct buf value = { 0 };
	enum err err = db_meta_get(db, INCARNATION_KEY, &value);
	if (err == ERR_OK && value.data != NULL &&
	    value.size == INCARNATION_BYTES) {
		memcpy(db->incarnation, value.data, INCARNATION_BYTES);
	} else if (err == ERR_OK || err == ERR_NOTFOUND) {
		err = err_set(
		    ERR_CORRUPT, "meta row incarnation: missing or short");
	}
	buf_clear(&value);
	return err;
}

enum err db_open(const char *path, const struct rng *rng, struct db **out)
{
	char real[PATH_MAX];
	bool there = false;
	struct db *db = NULL;
	*out = NULL;
	enum err err = dbfile_resolve(path, real);
	if (err == ERR_OK) {
		err = dbfile_look(real, &there);
	}
	if (err == ERR_OK && !there) {
		err = create(real, rng);
	}
	if (err == ERR_OK) {
		err = connect_to(real, &db);
	}
	if (err == ERR_OK) {
		err = schema_recognise(db->connection);
	}
	if (err == ERR_OK) {
		err = schema_migrate(db->connection);
	}
	if (err == ERR_OK) {
		err = use_wal(db);
	}
	if (err == ERR_OK) {
		err = get_incarnation(db);
	}
	if (err != ERR_OK) {
		db_close(db);
		return err == ERR_CORRUPT ? err_wrap(err, "%s", real) : err;
	}
	*out = db;
	return ERR_OK;
}

/*
 * Small things.
 */

struct sqlite3 *db_connection(struct db *db)
{
	return db->connection;
}

struct tally *db_tally(const struct db *db)
{
	return db->tally;
}

void db_set_tally(struct db *db, struct tally *tally)
{
	db->tally = tally;
}

const uint8_t *db_incarnation(const struct db *db)
{
	return db->incarnation;
}

enum err db_check(struct db *db)
{
	enum err err = sql_expect(
	    db->connection, "PRAGMA integrity_check(1)", "ok", ERR_CORRUPT);
	return err == ERR_OK ? schema_check(db->connection) : err;
}

enum err db_meta_get(struct db *db, const char *key, struct buf *out)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_META_GET,
	    "SELECT value FROM meta WHERE key = ?1", &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_text(statement, 1, key);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && !row) {
		err = err_set(ERR_NOTFOUND, "the database has no %s", key);
	}
	if (err == ERR_OK) {
		err = buf_append(out, db_column_blob(statement, 0));
	}
	db_reset(statement);
	return err;
}

enum err db_meta_set(struct db *db, const char *key, struct span value)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_META_SET,
	    "INSERT INTO meta (key, value) VALUES (?1, ?2)"
	    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_text(statement, 1, key);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, value);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

uint64_t db_size_bytes(const struct db *db)
{
	char wal[PATH_MAX + 8];
	struct stat info;
	uint64_t size = 0;
	(void)snprintf(wal, sizeof(wal), "%s-wal", db->path);
	if (stat(db->path, &info) == 0) {
		size += (uint64_t)info.st_size;
	}
	if (stat(wal, &info) == 0) {
		size += (uint64_t)info.st_size;
	}
	return size;
}
