#include "store/tombstones.h"

#include <string.h>

enum err tombstones_add(struct db *db, const struct tombstone *tombstone)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_TOMBSTONE_ADD,
	    "INSERT INTO tombstone (id, erasure, erased_ms)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(&tombstone->id));
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 2, tombstone->erasure);
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 3, tombstone->erased_ms);
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}

enum err tombstones_get(
    struct db *db, const struct id32 *id, struct tombstone *out)
{
	struct sqlite3_stmt *statement;
	bool found = false;
	enum err err = db_statement(db, DB_TOMBSTONE_GET,
	    "SELECT erasure, erased_ms FROM tombstone WHERE id = ?1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(id));
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &found);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (!found) {
		return err_set(ERR_NOTFOUND, "it is not erased");
	}
	*out = (struct tombstone){ .id = *id,
		.erasure = db_column_int(statement, 0),
		.erased_ms = db_column_int(statement, 1) };
	db_reset(statement);
	return ERR_OK;
}

enum err tombstones_find(struct db *db, struct span hex, struct tombstone *out)
{
	struct sqlite3_stmt *statement;
	bool found = false;
	enum err err = db_statement(db, DB_TOMBSTONE_FIND,
	    "SELECT id, erasure, erased_ms FROM tombstone"
	    " WHERE substr(lower(hex(id)), 1, length(?1)) ="
	    " lower(CAST(?1 AS TEXT)) LIMIT 1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, hex);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &found);
	}
	*out = (struct tombstone){ .erasure = 0 };
	if (err != ERR_OK || !found) {
		return err;
	}
	out->erasure = db_column_int(statement, 1);
	out->erased_ms = db_column_int(statement, 2);
	err = db_column_copy(statement, 0, out->id.b, sizeof(out->id.b));
	db_reset(statement);
	return err;
}

enum err erased_add(struct db *db, const struct erased_row *row)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ERASED_ADD,
	    "INSERT INTO erased (rid, original, erasure, header)"
	    " VALUES (?1, ?2, ?3, ?4)",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, row->rid);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, span_id(&row->original));
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 3, row->erasure);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(
		    statement, 4, span_of(row->header, row->header_size));
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}

static enum err read_erased(
    struct sqlite3_stmt *statement, struct erased_row *out)
{
	struct span header = db_column_blob(statement, 3);
	if (header.size > sizeof(out->header)) {
		return err_set(ERR_CORRUPT, "an erased row is damaged");
	}
	out->rid = db_column_int(statement, 0);
	out->erasure = db_column_int(statement, 2);
	out->header_size = header.size;
	if (header.size > 0) {
		memcpy(out->header, header.data, header.size);
	}
	return db_column_copy(
	    statement, 1, out->original.b, sizeof(out->original.b));
}

enum err erased_get(struct db *db, int64_t rid, struct erased_row *out)
{
	struct sqlite3_stmt *statement;
	bool found = false;
	enum err err = db_statement(db, DB_ERASED_GET,
	    "SELECT rid, original, erasure, header FROM erased WHERE rid = ?1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, rid);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &found);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (!found) {
		return err_set(ERR_NOTFOUND, "it was not erased");
	}
	err = read_erased(statement, out);
	db_reset(statement);
	return err;
}

enum err erased_scan(struct db *db, erased_each each, void *context)
{
	struct sqlite3_stmt *statement;
	bool more = false;
	enum err err = db_statement(db, DB_ERASED_SCAN,
	    "SELECT rid, original, erasure, header FROM erased ORDER BY rid",
	    &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	while (err == ERR_OK && more) {
		struct erased_row row;
		err = read_erased(statement, &row);
		if (err == ERR_OK) {
			err = each(context, &row);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	if (statement != NULL) {
		db_reset(statement);
	}
	return err;
}

enum err holds_set(struct db *db, const struct id32 *id, struct span sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_HOLD_SET,
	    "INSERT INTO hold (id, sealed) VALUES (?1, ?2)"
	    " ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(id));
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, sealed);
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}

enum err holds_get(struct db *db, const struct id32 *id, struct buf *sealed)
{
	struct sqlite3_stmt *statement;
	bool found = false;
	enum err err = db_statement(db, DB_HOLD_GET,
	    "SELECT sealed FROM hold WHERE id = ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(id));
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &found);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (!found) {
		return err_set(ERR_NOTFOUND, "it is not held");
	}
	err = buf_append(sealed, db_column_blob(statement, 0));
	db_reset(statement);
	return err;
}

enum err holds_drop(struct db *db, const struct id32 *id)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(
	    db, DB_HOLD_DROP, "DELETE FROM hold WHERE id = ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(id));
	}
	return err == ERR_OK ? db_run_found(db, statement, "hold") : err;
}
