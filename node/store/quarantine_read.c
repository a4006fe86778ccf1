#define _POSIX_C_SOURCE 200809L

#include "store/quarantine.h"

#include "base/limits.h"

static enum err read_item(
    struct sqlite3_stmt *statement, struct quarantine_item *item)
{
	*item = (struct quarantine_item){ 0 };
	item->item = db_column_int(statement, 0);
	enum err err =
	    db_column_copy(statement, 1, item->peer.b, sizeof(item->peer.b));
	if (err == ERR_OK) {
		err = db_column_copy(
		    statement, 5, item->hash.b, sizeof(item->hash.b));
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 6, INT64_MAX, &item->size);
	}
	item->received_ms = db_column_int(statement, 2);
	item->code = db_column_text(statement, 3);
	item->reason = db_column_text(statement, 4);
	item->kept = db_column_int(statement, 7) != 0;
	return err;
}

enum err quarantine_scan(
    struct db *db, size_t max, quarantine_each each, void *context)
{
	struct sqlite3_stmt *statement;
	struct quarantine_item item;
	bool more = false;
	/* CROSS: items on the outside, newest first, without sorting. */
	enum err err = db_statement(db, DB_QUARANTINE_SCAN,
	    "SELECT q.item, p.id, q.received_ms, q.code, q.reason, q.hash,"
	    " q.size, EXISTS (SELECT 1 FROM quarantine_bytes AS b"
	    " WHERE b.item = q.item)"
	    " FROM quarantine AS q CROSS JOIN quarantine_peer AS p"
	    " ON p.peer = q.peer ORDER BY q.item DESC LIMIT ?1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1,
		    max > (size_t)INT32_MAX ? INT32_MAX : (int64_t)max);
	}
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		err = read_item(statement, &item);
		if (err == ERR_OK) {
			err = each(context, &item);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

static enum err sum(struct db *db, uint64_t *items, uint64_t *bytes)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_QUARANTINE_SUM,
	    "SELECT coalesce(sum(items), 0), coalesce(sum(bytes), 0)"
	    " FROM quarantine_peer",
	    &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err != ERR_OK) {
		return err;
	}
	err = db_column_range(statement, 0, INT64_MAX, items);
	if (err == ERR_OK) {
		err = db_column_range(statement, 1, INT64_MAX, bytes);
	}
	db_reset(statement);
	return err;
}

enum err quarantine_count(
    struct db *db, const struct id32 *peer, uint64_t *items, uint64_t *bytes)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	*items = 0;
	*bytes = 0;
	if (id_is_zero(peer)) {
		return sum(db, items, bytes);
	}
	enum err err = db_statement(db, DB_QUARANTINE_COUNT,
	    "SELECT items, bytes FROM quarantine_peer WHERE id = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_blob(statement, 1, span_id(peer));
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && row) {
		err = db_column_range(statement, 0, INT64_MAX, items);
	}
	if (err == ERR_OK && row) {
		err = db_column_range(statement, 1, INT64_MAX, bytes);
	}
	db_reset(statement);
	return err;
}

enum err quarantine_open(struct db *db, const struct keystore *keystore,
    int64_t item, struct buf *out)
{
	struct sqlite3_stmt *statement;
	struct span sealed = { 0 };
	bool row = false;
	enum err err = db_statement(db, DB_QUARANTINE_OPEN,
	    "SELECT b.sealed FROM quarantine AS q"
	    " LEFT JOIN quarantine_bytes AS b ON b.item = q.item"
	    " WHERE q.item = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, item);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && !row) {
		err = err_set(
		    ERR_NOTFOUND, "there is no item %lld", (long long)item);
	}
	if (err == ERR_OK) {
		sealed = db_column_blob(statement, 0);
	}
	if (err == ERR_OK && sealed.size == 0) {
		err = err_set(ERR_NOTFOUND,
		    "the bytes of item %lld are not kept, or no more",
		    (long long)item);
	}
	if (err == ERR_OK) {
		err = keystore_unseal(keystore, QUARANTINE_LABEL, sealed, out);
	}
	db_reset(statement);
	return err;
}
