/*
 * db.h - the one SQLite connection of a home.
 *
 * WAL, synchronous=FULL, locking_mode=EXCLUSIVE, 8 KiB pages, secure_delete,
 * extension loading off, trusted_schema off, triggers and views of the file
 * off. Everything that touches the disk happens in one open transaction that
 * db_commit makes durable: a change made without one begins one.
 *
 * Floor:   store (may include base, codec, keys, ledger, domain)
 * Spec:    proto/PROTOCOL.md, "At rest"
 * Threads: one.
 */
#ifndef QSG_STORE_DB_H
#define QSG_STORE_DB_H

#include "base/bytes.h"
#include "base/rng.h"

struct db;
struct sqlite3;
struct sqlite3_stmt;
struct tally;

/* Statements that are prepared once and kept, one number each (db.c lists
 * none: each store module hands in its own text). */
enum db_slot {
	DB_META_GET,
	DB_META_SET,
	DB_ORG_ADD,
	DB_ORG_CARDS,
	DB_ORG_STANDING,
	DB_ORG_CURSOR,
	DB_ORG_SCAN,
	DB_ORG_AFTER,
	DB_ORG_RENEW,
	DB_LOG_ADD,
	DB_LOG_HEAD,
	DB_LOG_SCAN,
	DB_NODE_ADD,
	DB_NODE_SCAN,
	DB_STREAM_ADD,
	DB_STREAM_SET,
	DB_STREAM_SCAN,
	DB_RECORD_ADD,
	DB_RECORD_GET,
	DB_RECORD_BODY,
	DB_RECORD_SCAN,
	DB_RECORD_HEADERS,
	DB_RECORD_LAST,
	DB_QUARANTINE_HELD,
	DB_QUARANTINE_PEER,
	DB_QUARANTINE_COUNTED,
	DB_QUARANTINE_ADD,
	DB_QUARANTINE_KEEP,
	DB_QUARANTINE_TRIM_NOTES,
	DB_QUARANTINE_TRIM_BYTES,
	DB_QUARANTINE_RECOUNT,
	DB_QUARANTINE_OLDEST,
	DB_QUARANTINE_DROP,
	DB_QUARANTINE_SUM,
	DB_QUARANTINE_COUNT,
	DB_QUARANTINE_SCAN,
	DB_QUARANTINE_OPEN,
	DB_SENT_ADD,
	DB_SENT_SCAN,
	DB_RECEIPT_GET,
	DB_RECEIPT_ADD,
	DB_RECEIPT_KEEP,
	DB_RECEIPT_SCAN,
	DB_STREAM_COVER,
	DB_STREAM_COVERED,
	DB_HEAD_ADD,
	DB_HEAD_GET,
	DB_HEAD_NEWEST,
	DB_HEAD_DROP,
	DB_COSIGNATURE_ADD,
	DB_COSIGNATURE_DROP,
	DB_COSIGNATURES,
	DB_COSIGNED,
	DB_WITNESSED,
	DB_EVIDENCE_FIND,
	DB_EVIDENCE_COUNT,
	DB_EVIDENCE_ADD,
	DB_EVIDENCE_SCAN,
	DB_EVIDENCE_OPEN,
	DB_DRAFT_SET,
	DB_DRAFT_NEXT,
	DB_DRAFT_GET,
	DB_DRAFT_DROP,
	DB_DRAFT_COUNT,
	DB_RELEASE_ADD,
	DB_RELEASE_GET,
	DB_RELEASE_DROP,
	DB_RELEASE_SCAN,
	DB_TOMBSTONE_ADD,
	DB_TOMBSTONE_GET,
	DB_TOMBSTONE_FIND,
	DB_ERASED_ADD,
	DB_ERASED_GET,
	DB_ERASED_SCAN,
	DB_HOLD_SET,
	DB_HOLD_GET,
	DB_HOLD_DROP,
	DB_QUARANTINE_FORGET,
	DB_ACCOUNT_SET,
	DB_ACCOUNT_SCAN,
	DB_ACTIVITY_ADD,
	DB_ACTIVITY_SCAN,
	DB_ACTIVITY_DROP,
	DB_TALLY_GET,
	DB_TALLY_SET,
	DB_RECORD_NUMBERS,
	DB_ROWS, /* one for each table: rows.h */
	DB_ROWS_LAST = DB_ROWS + 19,
	DB_SLOT_COUNT
};

/* Open or create path (0600) and bring its schema up to date. ERR_BUSY:
 * another process has it. ERR_VERSION: made by a newer program, nothing
 * changed. ERR_CORRUPT: not a database, or damaged (quick check of the
 * schema; `verify` does the whole), nothing changed. A new database draws its
 * 16-byte incarnation from rng; it is made as path.new and appears under its
 * name once complete, so that an empty file is damage, not a new database. */
ERR_MUST_USE enum err db_open(
    const char *path, const struct rng *rng, struct db **out);
/* Rolls back what is not committed. NULL is a no-op. */
void db_close(struct db *db);

/* Begin a transaction if none is open. */
ERR_MUST_USE enum err db_begin(struct db *db);
/* Make the open transaction durable; a no-op without one. After an error the
 * transaction has been rolled back. A change that failed (other than by
 * ERR_EXISTS or ERR_NOTFOUND) dooms its transaction: later changes and the
 * commit give the same error. ERR_FULL, ERR_IO, ERR_CORRUPT. */
ERR_MUST_USE enum err db_commit(struct db *db);
void db_rollback(struct db *db);
/* Put everything that is durable into the database file itself and empty the
 * write-ahead log, so that what was deleted is nowhere. ERR_STATE in a
 * transaction; ERR_IO, ERR_FULL. */
ERR_MUST_USE enum err db_fold(struct db *db);
bool db_in_transaction(const struct db *db);

/* Random, made with the database: a restored copy keeps it, a new one has
 * another. */
const uint8_t *db_incarnation(const struct db *db);

/* PRAGMA integrity_check, and the schema (schema_check); ERR_CORRUPT with the
 * first thing that is wrong. */
ERR_MUST_USE enum err db_check(struct db *db);

/* Small named values. ERR_NOTFOUND. */
ERR_MUST_USE enum err db_meta_get(
    struct db *db, const char *key, struct buf *out);
ERR_MUST_USE enum err db_meta_set(
    struct db *db, const char *key, struct span value);

/* Bytes the database takes on disk, WAL included. */
uint64_t db_size_bytes(const struct db *db);

/*
 * For the other modules of this floor.
 */

/* The statement of this slot, prepared from sql the first time, reset.
 * ERR_STATE when a scan is still using it (a callback scans again). */
ERR_MUST_USE enum err db_statement(struct db *db, enum db_slot slot,
    const char *sql, struct sqlite3_stmt **out);
/* Run a statement that changes something and returns nothing, and reset it;
 * begins a transaction if none is open. */
ERR_MUST_USE enum err db_run(struct db *db, struct sqlite3_stmt *statement);
/* The same, and ERR_NOTFOUND "no <what>" when it changed no row. */
ERR_MUST_USE enum err db_run_found(
    struct db *db, struct sqlite3_stmt *statement, const char *what);
/* Step to the next row: *row false at the end (the statement is reset then). */
ERR_MUST_USE enum err db_step(
    struct db *db, struct sqlite3_stmt *statement, bool *row);
/* End a scan before its last row. */
void db_reset(struct sqlite3_stmt *statement);
/* Doom the open transaction, for a reason SQLite can't see. The message of
 * the last err_set goes with it; returns code. */
ERR_MUST_USE enum err db_fail(struct db *db, enum err code);
/* Bind, column and result helpers. Blobs are bound without copying: they
 * must stay valid until db_run or the reset. A span with NULL data binds
 * NULL. */
ERR_MUST_USE enum err db_bind_blob(
    struct sqlite3_stmt *statement, int place, struct span bytes);
ERR_MUST_USE enum err db_bind_int(
    struct sqlite3_stmt *statement, int place, int64_t value);
ERR_MUST_USE enum err db_bind_text(
    struct sqlite3_stmt *statement, int place, const char *text);
/* Borrowed until the next step. */
struct span db_column_blob(struct sqlite3_stmt *statement, int column);
const char *db_column_text(struct sqlite3_stmt *statement, int column);
int64_t db_column_int(struct sqlite3_stmt *statement, int column);
/* Copy a blob of exactly this size out. ERR_CORRUPT. */
ERR_MUST_USE enum err db_column_copy(
    struct sqlite3_stmt *statement, int column, void *out, size_t size);
/* An integer of 0 to max. ERR_CORRUPT. */
ERR_MUST_USE enum err db_column_range(
    struct sqlite3_stmt *statement, int column, uint64_t max, uint64_t *value);
/* How many rows the last change changed. */
int64_t db_changes(const struct db *db);
/* What tally.h needs. The database owns its tally; NULL is none. */
struct sqlite3 *db_connection(struct db *db);
struct tally *db_tally(const struct db *db);
void db_set_tally(struct db *db, struct tally *tally);
/* The newest row id that an insert made. */
int64_t db_last_rowid(const struct db *db);

#endif
