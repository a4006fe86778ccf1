#include "store/drafts.h"

enum err drafts_set(
    struct db *db, int64_t draft, int64_t made_ms, struct span sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_DRAFT_SET,
	    "INSERT INTO draft (draft, made_ms, sealed) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (draft) DO UPDATE SET sealed = ?3",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, draft);
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 2, made_ms);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 3, sealed);
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}

enum err drafts_next(
    struct db *db, int64_t after, int64_t *draft, struct buf *sealed)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_DRAFT_NEXT,
	    "SELECT draft, sealed FROM draft WHERE draft > ?1"
	    " ORDER BY draft LIMIT 1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, after);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (!row) {
		return err_set(ERR_NOTFOUND, "no drafts");
	}
	*draft = db_column_int(statement, 0);
	err = buf_append(sealed, db_column_blob(statement, 1));
	db_reset(statement);
	return err;
}

enum err drafts_get(struct db *db, int64_t draft, struct buf *sealed)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_DRAFT_GET,
	    "SELECT sealed FROM draft WHERE draft = ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, draft);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (!row) {
		return err_set(ERR_NOTFOUND, "no such draft");
	}
	err = buf_append(sealed, db_column_blob(statement, 0));
	db_reset(statement);
	return err;
}

enum err drafts_drop(struct db *db, int64_t draft)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_DRAFT_DROP,
	    "DELETE FROM draft WHERE draft = ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, draft);
	}
	return err == ERR_OK ? db_run_found(db, statement, "draft") : err;
}

enum err drafts_count(struct db *db, uint64_t *count)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(
	    db, DB_DRAFT_COUNT, "SELECT count(*) FROM draft", &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 0, UINT32_MAX, count);
		db_reset(statement);
	}
	return err;
}
