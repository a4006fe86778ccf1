#include "store/releases.h"

enum err releases_add(struct db *db, int64_t release, struct span sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_RELEASE_ADD,
	    "INSERT INTO release (release, sealed) VALUES (?1, ?2)",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, release);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, sealed);
	}
	return err == ERR_OK ? db_run(db, statement) : err;
}

enum err releases_get(struct db *db, int64_t release, struct buf *sealed)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_RELEASE_GET,
	    "SELECT sealed FROM release WHERE release = ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, release);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err != ERR_OK) {
		return err;
	}
	if (!row) {
		return err_set(ERR_NOTFOUND,
		    "nothing waits under number %lld; see `qsg release list`",
		    (long long)release);
	}
	err = buf_append(sealed, db_column_blob(statement, 0));
	db_reset(statement);
	return err;
}

enum err releases_drop(struct db *db, int64_t release)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_RELEASE_DROP,
	    "DELETE FROM release WHERE release = ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, release);
	}
	return err == ERR_OK ? db_run_found(db, statement, "release") : err;
}

enum err releases_scan(struct db *db, releases_each each, void *context)
{
	struct sqlite3_stmt *statement;
	bool more = false;
	enum err err = db_statement(db, DB_RELEASE_SCAN,
	    "SELECT release, sealed FROM release ORDER BY release", &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	while (err == ERR_OK && more) {
		err = each(context, db_column_int(statement, 0),
		    db_column_blob(statement, 1));
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	if (statement != NULL) {
		db_reset(statement);
	}
	return err;
}
