#include "store/heads.h"

static enum err check_size(int64_t log, uint64_t size)
{
	if (log < 1 || size < 1 || size > LIMIT_TREE_SIZE) {
		return err_set(ERR_LIMIT, "a head out of range");
	}
	return ERR_OK;
}

/* Places 1 and 2. */
static enum err bind_place(
    struct sqlite3_stmt *statement, int64_t log, uint64_t size)
{
	enum err err = check_size(log, size);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, log);
	}
	return err == ERR_OK ? db_bind_int(statement, 2, (int64_t)size) : err;
}

static enum err run_bound(
    struct db *db, struct sqlite3_stmt *statement, enum err err)
{
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

/*
 * Heads.
 */

enum err heads_add(struct db *db, const struct head_row *row)
{
	struct sqlite3_stmt *statement;
	enum err err = row->note.size > LIMIT_NOTE_BYTES
	                   ? err_set(ERR_LIMIT, "a note is too large")
	                   : ERR_OK;
	if (err == ERR_OK) {
		err = db_statement(db, DB_HEAD_ADD,
		    "INSERT INTO head (log, size, published_ms, note)"
		    " VALUES (?1, ?2, ?3, ?4)",
		    &statement);
	}
	if (err != ERR_OK) {
		return err;
	}
	err = bind_place(statement, row->log, row->size);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 3, row->published_ms);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 4, row->note);
	}
	return run_bound(db, statement, err);
}

static enum err read_head(struct sqlite3_stmt *statement, struct head_row *row)
{
	*row = (struct head_row){ .log = db_column_int(statement, 0),
		.published_ms = db_column_int(statement, 2),
		.note = db_column_blob(statement, 3) };
	enum err err =
	    db_column_range(statement, 1, LIMIT_TREE_SIZE, &row->size);
	if (err == ERR_OK && row->note.size > LIMIT_NOTE_BYTES) {
		err = err_set(ERR_CORRUPT, "a stored note is too large");
	}
	return err;
}

static enum err each_head(struct db *db, struct sqlite3_stmt *statement,
    heads_each each, void *context, size_t *count)
{
	struct head_row row;
	bool more = false;
	enum err err = db_step(db, statement, &more);
	*count = 0;
	while (err == ERR_OK && more) {
		err = read_head(statement, &row);
		if (err == ERR_OK) {
			(*count)++;
			err = each(context, &row);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

enum err heads_get(
    struct db *db, int64_t log, uint64_t size, heads_each each, void *context)
{
	struct sqlite3_stmt *statement;
	size_t count = 0;
	enum err err = db_statement(db, DB_HEAD_GET,
	    "SELECT log, size, published_ms, note FROM head"
	    " WHERE log = ?1 AND size = ?2",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_place(statement, log, size);
	if (err != ERR_OK) {
		db_reset(statement);
		return err_set(ERR_NOTFOUND, "no such head");
	}
	err = each_head(db, statement, each, context, &count);
	return err == ERR_OK && count == 0
	           ? err_set(ERR_NOTFOUND, "no such head")
	           : err;
}

enum err heads_newest(
    struct db *db, int64_t log, size_t most, heads_each each, void *context)
{
	struct sqlite3_stmt *statement;
	size_t count = 0;
	enum err err = db_statement(db, DB_HEAD_NEWEST,
	    "SELECT log, size, published_ms, note FROM head WHERE log = ?1"
	    " ORDER BY size DESC LIMIT ?2",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, log);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 2, (int64_t)most);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return each_head(db, statement, each, context, &count);
}

/*
 * Cosignatures.
 */

enum err heads_add_cosignature(struct db *db, const struct cosignature_row *row)
{
	struct sqlite3_stmt *statement;
	if (row->line.size < 1 || row->line.size > HEADS_LINE_BYTES ||
	    row->time_s > INT64_MAX) {
		return err_set(ERR_LIMIT, "a cosignature out of range");
	}
	enum err err = db_statement(db, DB_COSIGNATURE_ADD,
	    "INSERT INTO cosignature (log, size, org, time_s, line)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_place(statement, row->log, row->size);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 3, row->org);
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 4, (int64_t)row->time_s);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 5, row->line);
	}
	return run_bound(db, statement, err);
}

static enum err drop_older(struct db *db, const struct cosignature_row *row)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_COSIGNATURE_DROP,
	    "DELETE FROM cosignature WHERE log = ?1 AND size < ?2"
	    " AND org = ?3",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_place(statement, row->log, row->size);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 3, row->org);
	}
	return run_bound(db, statement, err);
}

static enum err drop_heads(struct db *db, const struct cosignature_row *row)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_HEAD_DROP,
	    "DELETE FROM head WHERE log = ?1 AND size < ?2 AND NOT EXISTS"
	    " (SELECT 1 FROM cosignature c"
	    " WHERE c.log = head.log AND c.size = head.size)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	return run_bound(
	    db, statement, bind_place(statement, row->log, row->size));
}

enum err heads_keep_cosignature(
    struct db *db, const struct cosignature_row *row)
{
	enum err err = drop_older(db, row);
	if (err == ERR_OK) {
		err = heads_add_cosignature(db, row);
	}
	return err == ERR_OK ? drop_heads(db, row) : err;
}

static enum err read_cosignature(
    struct sqlite3_stmt *statement, struct cosignature_row *row)
{
	*row = (struct cosignature_row){ .log = db_column_int(statement, 0),
		.org = db_column_int(statement, 2),
		.line = db_column_blob(statement, 4) };
	enum err err =
	    db_column_range(statement, 1, LIMIT_TREE_SIZE, &row->size);
	if (err == ERR_OK) {
		err = db_column_range(statement, 3, INT64_MAX, &row->time_s);
	}
	if (err == ERR_OK && row->line.size > HEADS_LINE_BYTES) {
		err = err_set(ERR_CORRUPT, "a stored cosignature is too large");
	}
	return err;
}

static enum err each_cosignature(struct db *db, struct sqlite3_stmt *statement,
    heads_each_cosignature each, void *context, size_t *count)
{
	struct cosignature_row row;
	bool more = false;
	enum err err = db_step(db, statement, &more);
	*count = 0;
	while (err == ERR_OK && more) {
		err = read_cosignature(statement, &row);
		if (err == ERR_OK) {
			(*count)++;
			err = each(context, &row);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

enum err heads_cosignatures(struct db *db, int64_t log, uint64_t size,
    heads_each_cosignature each, void *context)
{
	struct sqlite3_stmt *statement;
	size_t count = 0;
	enum err err = db_statement(db, DB_COSIGNATURES,
	    "SELECT log, size, org, time_s, line FROM cosignature"
	    " WHERE log = ?1 AND size = ?2 ORDER BY org",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	if (bind_place(statement, log, size) != ERR_OK) {
		db_reset(statement);
		return ERR_OK; /* on no such head */
	}
	return each_cosignature(db, statement, each, context, &count);
}

enum err heads_cosigned(struct db *db, int64_t log, int64_t org,
    heads_each_cosignature each, void *context)
{
	struct sqlite3_stmt *statement;
	size_t count = 0;
	enum err err = db_statement(db, DB_COSIGNED,
	    "SELECT log, size, org, time_s, line FROM cosignature"
	    " WHERE log = ?1 AND org = ?2 ORDER BY size DESC LIMIT 1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, log);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 2, org);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	err = each_cosignature(db, statement, each, context, &count);
	return err == ERR_OK && count == 0
	           ? err_set(ERR_NOTFOUND, "it has cosigned nothing of that")
	           : err;
}

enum err heads_witnessed(
    struct db *db, int64_t log, uint64_t least, uint64_t *size)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	*size = 0;
	enum err err = db_statement(db, DB_WITNESSED,
	    "SELECT size FROM cosignature WHERE log = ?1 GROUP BY size"
	    " HAVING count(*) >= ?2 ORDER BY size DESC LIMIT 1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, log);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 2, (int64_t)least);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && row) {
		err = db_column_range(statement, 0, LIMIT_TREE_SIZE, size);
	}
	db_reset(statement);
	return err;
}
