#include "store/logs.h"

#include <string.h>

enum {
	LOG_BITS = 20,
	POSITION_BITS = 42,
	GENERATION_BYTES = 8,
	LEVEL_MAX = 40
};

/* Columns that are never null take an empty value for an empty span. */
static struct span not_null(struct span bytes)
{
	return bytes.data == NULL ? span_of("", 0) : bytes;
}

static enum err check_head(const struct log_row *row)
{
	if (row->size > LIMIT_TREE_SIZE || row->note.size > LIMIT_NOTE_BYTES) {
		return err_set(ERR_LIMIT, "a log's head is too large");
	}
	return ERR_OK;
}

/* Places 1 to 3. */
static enum err bind_head(
    struct sqlite3_stmt *statement, const struct log_row *row)
{
	enum err err = check_head(row);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, (int64_t)row->size);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, span_id(&row->root));
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 3, not_null(row->note));
	}
	return err;
}

enum err logs_add(struct db *db, const struct log_row *row, int64_t *log)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_LOG_ADD,
	    "INSERT INTO log (size, root, note, org, generation)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_head(statement, row);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 4, row->org);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(
		    statement, 5, span_of(row->generation.b, GENERATION_BYTES));
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	err = db_run(db, statement);
	if (err == ERR_OK && db_last_rowid(db) >= INT64_C(1) << LOG_BITS) {
		return db_fail(db, err_set(ERR_LIMIT, "too many logs"));
	}
	if (err == ERR_OK) {
		*log = db_last_rowid(db);
	}
	return err;
}

enum err logs_set_head(struct db *db, const struct log_row *row)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_LOG_HEAD,
	    "UPDATE log SET size = ?1, root = ?2, note = ?3 WHERE log = ?4",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_head(statement, row);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 4, row->log);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run_found(db, statement, "such log");
}

static enum err read_log(struct sqlite3_stmt *statement, struct log_row *row)
{
	*row = (struct log_row){ 0 };
	uint64_t log = 0;
	enum err err =
	    db_column_range(statement, 0, (UINT64_C(1) << LOG_BITS) - 1, &log);
	if (err == ERR_OK) {
		err = db_column_copy(
		    statement, 2, row->generation.b, GENERATION_BYTES);
	}
	if (err == ERR_OK) {
		err =
		    db_column_range(statement, 3, LIMIT_TREE_SIZE, &row->size);
	}
	if (err == ERR_OK) {
		err = db_column_copy(
		    statement, 4, row->root.b, sizeof(row->root.b));
	}
	row->log = (int64_t)log;
	row->org = db_column_int(statement, 1);
	row->note = db_column_blob(statement, 5);
	if (err == ERR_OK && row->note.size > LIMIT_NOTE_BYTES) {
		err = err_set(ERR_CORRUPT, "a stored checkpoint is too large");
	}
	return err;
}

enum err logs_scan(struct db *db, logs_each each, void *context)
{
	struct sqlite3_stmt *statement;
	struct log_row row;
	bool more = false;
	enum err err = db_statement(db, DB_LOG_SCAN,
	    "SELECT log, org, generation, size, root, note FROM log"
	    " ORDER BY log",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		err = read_log(statement, &row);
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

/*
 * Nodes. The row id is log << 42 | position, so that a log's nodes lie
 * together, neighbours in the tree near each other.
 */

static enum err node_key(
    int64_t log, const struct merkle_node *node, int64_t *key)
{
	if (log < 1 || log >= INT64_C(1) << LOG_BITS ||
	    node->level > LEVEL_MAX ||
	    node->index >= LIMIT_TREE_SIZE >> node->level) {
		return err_set(ERR_LIMIT, "a tree node out of range");
	}
	uint64_t position = merkle_position(node->level, node->index);
	*key = (int64_t)((uint64_t)log << POSITION_BITS | position);
	return ERR_OK;
}

enum err logs_add_nodes(
    struct db *db, int64_t log, const struct merkle_nodes *nodes)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_NODE_ADD,
	    "INSERT OR IGNORE INTO node (node, hash) VALUES (?1, ?2)",
	    &statement);
	for (size_t i = 0; err == ERR_OK && i < nodes->count; i++) {
		const struct merkle_node *node = &nodes->items[i];
		int64_t key = 0;
		err = node_key(log, node, &key);
		if (err == ERR_OK) {
			err = db_bind_int(statement, 1, key);
		}
		if (err == ERR_OK) {
			err = db_bind_blob(statement, 2, span_id(&node->hash));
		}
		if (err == ERR_OK) {
			err = db_run(db, statement);
		} else {
			db_reset(statement);
		}
	}
	return err;
}

static enum err read_node(
    struct sqlite3_stmt *statement, int64_t *log, struct merkle_node *node)
{
	uint64_t key = 0;
	*node = (struct merkle_node){ 0 };
	enum err err = db_column_range(statement, 0,
	    (UINT64_C(1) << (LOG_BITS + POSITION_BITS)) - 1, &key);
	if (err == ERR_OK) {
		err = db_column_copy(
		    statement, 1, node->hash.b, sizeof(node->hash.b));
	}
	if (err != ERR_OK) {
		return err;
	}
	int64_t again = 0;
	*log = (int64_t)(key >> POSITION_BITS);
	merkle_place(key & ((UINT64_C(1) << POSITION_BITS) - 1), &node->level,
	    &node->index);
	if (node_key(*log, node, &again) != ERR_OK || again != (int64_t)key) {
		return err_set(ERR_CORRUPT, "a stored tree node has no place");
	}
	return ERR_OK;
}

enum err logs_scan_nodes(struct db *db, logs_each_node each, void *context)
{
	struct sqlite3_stmt *statement;
	struct merkle_node node;
	int64_t log = 0;
	bool more = false;
	enum err err = db_statement(db, DB_NODE_SCAN,
	    "SELECT node, hash FROM node ORDER BY node", &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		err = read_node(statement, &log, &node);
		if (err == ERR_OK) {
			err = each(context, log, &node);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

/*
 * Streams.
 */

/* Places 1 to 8: what a record changes. */
static enum err bind_state(
    struct sqlite3_stmt *statement, const struct stream_row *row)
{
	const struct stream *state = &row->state;
	struct span chain = row->has_chain
	                        ? span_of(row->chain, sizeof(row->chain))
	                        : span_of(NULL, 0);
	const int64_t numbers[] = { (int64_t)state->taken,
		(int64_t)state->keyed_at, row->keyed_ms, (int64_t)state->status,
		row->reason };
	enum err err = ERR_OK;
	if (state->taken > INT64_MAX || state->keyed_at > INT64_MAX) {
		err = err_set(ERR_LIMIT, "a stream number is too large");
	}
	for (int i = 0; err == ERR_OK && i < 5; i++) {
		err = db_bind_int(statement, i + 1, numbers[i]);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 6, span_id(&state->last));
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 7, span_id(&state->keyed_by));
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 8, chain);
	}
	return err;
}

enum err logs_add_stream(
    struct db *db, const struct stream_row *row, int64_t *stream)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_STREAM_ADD,
	    "INSERT INTO stream (taken, keyed_at, keyed_ms, status, reason,"
	    " last, keyed_by, chain, commitment, log, id)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_state(statement, row);
	if (err == ERR_OK) {
		err = db_bind_blob(
		    statement, 9, span_id(&row->state.audience_commitment));
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 10, row->log);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 11, span_id(&row->state.id));
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	err = db_run(db, statement);
	if (err == ERR_OK) {
		*stream = db_last_rowid(db);
	}
	return err;
}

enum err logs_set_stream(struct db *db, const struct stream_row *row)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_STREAM_SET,
	    "UPDATE stream SET taken = ?1, keyed_at = ?2, keyed_ms = ?3,"
	    " status = ?4, reason = ?5, last = ?6, keyed_by = ?7, chain = ?8,"
	    " commitment = ?9 WHERE stream = ?10",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_state(statement, row);
	if (err == ERR_OK) {
		err = db_bind_blob(
		    statement, 9, span_id(&row->state.audience_commitment));
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 10, row->stream);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run_found(db, statement, "such stream");
}

static enum err read_numbers(
    struct sqlite3_stmt *statement, struct stream_row *row)
{
	uint64_t stream = 0;
	uint64_t log = 0;
	uint64_t status = 0;
	uint64_t reason = 0;
	enum err err = db_column_range(statement, 0, UINT32_MAX, &stream);
	if (err == ERR_OK) {
		err = db_column_range(
		    statement, 1, (UINT64_C(1) << LOG_BITS) - 1, &log);
	}
	if (err == ERR_OK) {
		err =
		    db_column_range(statement, 3, INT64_MAX, &row->state.taken);
	}
	if (err == ERR_OK) {
		err = db_column_range(
		    statement, 4, row->state.taken, &row->state.keyed_at);
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 6, STREAM_FORKED, &status);
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 7, UINT8_MAX, &reason);
	}
	row->stream = (int64_t)stream;
	row->log = (int64_t)log;
	row->keyed_ms = db_column_int(statement, 5);
	row->state.status = (enum stream_status)status;
	row->reason = (uint8_t)reason;
	return err;
}

static enum err read_stream(
    struct sqlite3_stmt *statement, struct stream_row *row)
{
	*row = (struct stream_row){ 0 };
	struct id32 *const ids[] = { &row->state.last, &row->state.keyed_by,
		&row->state.audience_commitment };
	enum err err = read_numbers(statement, row);
	if (err == ERR_OK) {
		err = db_column_copy(
		    statement, 2, row->state.id.b, sizeof(row->state.id.b));
	}
	for (int i = 0; err == ERR_OK && i < 3; i++) {
		err = db_column_copy(
		    statement, 8 + i, ids[i]->b, sizeof(ids[i]->b));
	}
	row->has_chain = db_column_blob(statement, 11).size > 0;
	if (err == ERR_OK && row->has_chain) {
		err = db_column_copy(
		    statement, 11, row->chain, sizeof(row->chain));
	}
	return err;
}

enum err logs_scan_streams(struct db *db, logs_each_stream each, void *context)
{
	struct sqlite3_stmt *statement;
	struct stream_row row;
	bool more = false;
	enum err err = db_statement(db, DB_STREAM_SCAN,
	    "SELECT stream, log, id, taken, keyed_at, keyed_ms, status,"
	    " reason, last, keyed_by, commitment, chain FROM stream"
	    " ORDER BY stream",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		err = read_stream(statement, &row);
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

enum err logs_cosigned(struct db *db, int64_t log, uint64_t *size)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_COSIGNED,
	    "SELECT max(head.size) FROM head JOIN cosignature ON"
	    " cosignature.log = head.log AND cosignature.size = head.size"
	    " WHERE head.log = ?1 AND cosignature.org > 1"
	    " HAVING count(*) > 0",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, log);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && !row) {
		return err_set(ERR_NOTFOUND, "no head of it was cosigned");
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 0, LIMIT_TREE_SIZE, size);
		db_reset(statement);
	}
	return err;
}
