#include "store/delivery.h"

/* Bind so many integers from place 1 on. */
static enum err bind_all(
    struct sqlite3_stmt *statement, const int64_t *values, int count)
{
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < count; i++) {
		err = db_bind_int(statement, i + 1, values[i]);
	}
	return err;
}

static enum err change(struct db *db, enum db_slot slot, const char *sql,
    const int64_t *values, int count)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, slot, sql, &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_all(statement, values, count);
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

static enum err check_number(uint64_t number)
{
	return number > INT64_MAX
	           ? err_set(ERR_LIMIT, "a stream number is too large")
	           : ERR_OK;
}

enum err delivery_add_sent(struct db *db, const struct delivery_sent *row)
{
	const int64_t values[] = { row->stream, row->org, (int64_t)row->last,
		row->sent_ms };
	enum err err = check_number(row->last);
	if (err != ERR_OK) {
		return err;
	}
	return change(db, DB_SENT_ADD,
	    "INSERT INTO sent (stream, org, last, sent_ms)"
	    " SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS (SELECT 1 FROM sent"
	    " WHERE stream = ?1 AND org = ?2 AND last >= ?3)",
	    values, 4);
}

/* Numbers a row names. */
static enum err read_number(
    struct sqlite3_stmt *statement, int column, uint64_t *out)
{
	return db_column_range(statement, column, INT64_MAX, out);
}

enum err delivery_scan_sent(
    struct db *db, int64_t stream, delivery_each_sent each, void *context)
{
	struct delivery_sent row = { .stream = stream };
	struct sqlite3_stmt *statement;
	bool more = false;
	enum err err = db_statement(db, DB_SENT_SCAN,
	    "SELECT org, last, sent_ms FROM sent WHERE stream = ?1"
	    " ORDER BY org, last",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_all(statement, &stream, 1);
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	while (err == ERR_OK && more) {
		row.org = db_column_int(statement, 0);
		row.sent_ms = db_column_int(statement, 2);
		err = read_number(statement, 1, &row.last);
		if (err == ERR_OK) {
			err = each(context, &row);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

/* The range that ends at this number already, first 0 when there is none. */
static enum err find_receipt(struct db *db, const struct delivery_receipt *row,
    struct delivery_receipt *old)
{
	const int64_t values[] = { row->stream, row->org, (int64_t)row->last };
	struct sqlite3_stmt *statement;
	bool there = false;
	enum err err = db_statement(db, DB_RECEIPT_GET,
	    "SELECT first, rid FROM receipt"
	    " WHERE stream = ?1 AND org = ?2 AND last = ?3",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	*old = *row;
	old->first = 0;
	err = bind_all(statement, values, 3);
	if (err == ERR_OK) {
		err = db_step(db, statement, &there);
	}
	if (err == ERR_OK && there) {
		old->rid = db_column_int(statement, 1);
		err = read_number(statement, 0, &old->first);
	}
	db_reset(statement);
	return err;
}

static enum err put_receipt(
    struct db *db, const struct delivery_receipt *row, bool replace)
{
	const int64_t values[] = { row->stream, row->org, (int64_t)row->last,
		(int64_t)row->first, row->rid };
	return replace ? change(db, DB_RECEIPT_ADD,
			     "INSERT OR REPLACE INTO receipt"
			     " (stream, org, last, first, rid)"
			     " VALUES (?1, ?2, ?3, ?4, ?5)",
			     values, 5)
	               : change(db, DB_RECEIPT_KEEP,
			     "INSERT OR IGNORE INTO receipt"
			     " (stream, org, last, first, rid)"
			     " VALUES (?1, ?2, ?3, ?4, ?5)",
			     values, 5);
}

enum err delivery_add_receipt(struct db *db, const struct delivery_receipt *row)
{
	struct delivery_receipt old;
	enum err err = check_number(row->last);
	if (err != ERR_OK) {
		return err;
	}
	err = find_receipt(db, row, &old);
	if (err == ERR_OK && old.first != 0 && old.first < row->first) {
		old.last = row->first - 1;
		err = put_receipt(db, &old, false);
	}
	return err == ERR_OK ? put_receipt(db, row, true) : err;
}

static enum err read_receipt(
    struct sqlite3_stmt *statement, struct delivery_receipt *row)
{
	enum err err = read_number(statement, 1, &row->first);
	if (err == ERR_OK) {
		err = read_number(statement, 2, &row->last);
	}
	row->org = db_column_int(statement, 0);
	row->rid = db_column_int(statement, 3);
	return err;
}

enum err delivery_scan_receipts(
    struct db *db, int64_t stream, delivery_each_receipt each, void *context)
{
	struct delivery_receipt row = { .stream = stream };
	struct sqlite3_stmt *statement;
	bool more = false;
	enum err err = db_statement(db, DB_RECEIPT_SCAN,
	    "SELECT org, first, last, rid FROM receipt WHERE stream = ?1"
	    " ORDER BY org, first, last",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_all(statement, &stream, 1);
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	while (err == ERR_OK && more) {
		err = read_receipt(statement, &row);
		if (err == ERR_OK) {
			err = each(context, &row);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

enum err delivery_cover(struct db *db, int64_t stream, uint64_t number)
{
	const int64_t values[] = { stream, (int64_t)number };
	struct sqlite3_stmt *statement;
	enum err err = check_number(number);
	if (err == ERR_OK) {
		err = db_statement(db, DB_STREAM_COVER,
		    "UPDATE stream SET receipted = ?2 WHERE stream = ?1",
		    &statement);
	}
	if (err != ERR_OK) {
		return err;
	}
	err = bind_all(statement, values, 2);
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run_found(db, statement, "such stream");
}

enum err delivery_scan_covered(
    struct db *db, delivery_each_covered each, void *context)
{
	struct sqlite3_stmt *statement;
	bool more = false;
	enum err err = db_statement(db, DB_STREAM_COVERED,
	    "SELECT stream, receipted FROM stream WHERE receipted > 0"
	    " ORDER BY stream",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		uint64_t number = 0;
		err = read_number(statement, 1, &number);
		if (err == ERR_OK) {
			err =
			    each(context, db_column_int(statement, 0), number);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}
