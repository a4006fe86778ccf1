#include "store/logs.h"

#include "store/tally.h"

#include <string.h>

enum {
	LOG_BITS = 20,
	POSITION_BITS = 42,
	GENERATION_BYTES = 8,
	LEVEL_MAX = 40
};

#define LOG_MAX ((UINT64_C(1) << LOG_BITS) - 1)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Values into a statement: numbers in its first places, blobs behind them.
 */

struct bound {
	const int64_t *numbers;
	size_t number_count;
	const struct span *blobs;
	size_t blob_count;
};

/* After an error the statement is reset. */
static enum err bind(struct sqlite3_stmt *statement, const struct bound *bound)
{
	enum err err = ERR_OK;
	int place = 0;
	for (size_t i = 0; err == ERR_OK && i < bound->number_count; i++) {
		err = db_bind_int(statement, ++place, bound->numbers[i]);
	}
	for (size_t i = 0; err == ERR_OK && i < bound->blob_count; i++) {
		err = db_bind_blob(statement, ++place, bound->blobs[i]);
	}
	if (err != ERR_OK) {
		db_reset(statement);
	}
	return err;
}

/* Columns that are never null take an empty value for an empty span. */
static struct span not_null(struct span bytes)
{
	return bytes.data == NULL ? span_of("", 0) : bytes;
}

/*
 * Values out of a row.
 */

struct number {
	int column;
	uint64_t max;
	uint64_t *out;
};

struct copied {
	int column;
	void *out;
	size_t size;
};

static enum err read_numbers(
    struct sqlite3_stmt *statement, const struct number *numbers, size_t count)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = db_column_range(statement, numbers[i].column,
		    numbers[i].max, numbers[i].out);
	}
	return err;
}

static enum err copy_blobs(
    struct sqlite3_stmt *statement, const struct copied *blobs, size_t count)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = db_column_copy(
		    statement, blobs[i].column, blobs[i].out, blobs[i].size);
	}
	return err;
}

/* To whom a scan hands its rows. */
struct receiver {
	const char *table;
	logs_each log;
	logs_each_node node;
	logs_each_stream stream;
	void *context;
};

/* Reads the row that a statement stands on, and hands it over. */
typedef enum err (*hand_over)(
    struct sqlite3_stmt *statement, const struct receiver *receiver);

static enum err scan(struct db *db, struct sqlite3_stmt *statement,
    hand_over hand, const struct receiver *receiver)
{
	bool more = false;
	enum err err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		int64_t row = db_column_int(statement, 0);
		err = hand(statement, receiver);
		if (err == ERR_CORRUPT) {
			err = err_wrap(err, "%s row %lld", receiver->table,
			    (long long)row);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	return err;
}

/*
 * Logs.
 */

static enum err check_head(const struct log_row *row)
{
	if (row->size > LIMIT_TREE_SIZE || row->note.size > LIMIT_NOTE_BYTES) {
		return err_set(ERR_LIMIT, "a log's head is too large");
	}
	return ERR_OK;
}

/* `number` is in the place that follows the size; the generation comes last,
 * for a new log alone. */
static enum err bind_log(struct sqlite3_stmt *statement,
    const struct log_row *row, int64_t number, bool is_new)
{
	const int64_t numbers[] = { (int64_t)row->size, number };
	const struct span blobs[] = { span_id(&row->root), not_null(row->note),
		span_of(row->generation.b, GENERATION_BYTES) };
	const struct bound bound = { numbers, COUNT(numbers), blobs,
		COUNT(blobs) - (is_new ? 0 : 1) };
	enum err err = check_head(row);
	return err == ERR_OK ? bind(statement, &bound) : err;
}

enum err logs_add(struct db *db, const struct log_row *row, int64_t *log)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_LOG_ADD,
	    "INSERT INTO log (size, org, root, note, generation)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    &statement);
	if (err == ERR_OK) {
		err = bind_log(statement, row, row->org, true);
	}
	if (err == ERR_OK) {
		err = db_run(db, statement);
	}
	if (err == ERR_OK && db_last_rowid(db) > (int64_t)LOG_MAX) {
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
	    "UPDATE log SET size = ?1, root = ?3, note = ?4 WHERE log = ?2",
	    &statement);
	if (err == ERR_OK) {
		err = bind_log(statement, row, row->log, false);
	}
	return err == ERR_OK ? db_run_found(db, statement, "such log") : err;
}

static enum err hand_log(
    struct sqlite3_stmt *statement, const struct receiver *receiver)
{
	struct log_row row = { 0 };
	uint64_t log = 0;
	const struct number numbers[] = { { 0, LOG_MAX, &log },
		{ 3, LIMIT_TREE_SIZE, &row.size } };
	const struct copied blobs[] = { { 2, row.generation.b,
					    GENERATION_BYTES },
		{ 4, row.root.b, sizeof(row.root.b) } };
	enum err err = read_numbers(statement, numbers, COUNT(numbers));
	if (err == ERR_OK) {
		err = copy_blobs(statement, blobs, COUNT(blobs));
	}
	row.log = (int64_t)log;
	row.org = db_column_int(statement, 1);
	row.note = db_column_blob(statement, 5);
	if (err == ERR_OK && row.note.size > LIMIT_NOTE_BYTES) {
		err = err_set(ERR_CORRUPT, "a stored checkpoint is too large");
	}
	return err == ERR_OK ? receiver->log(receiver->context, &row) : err;
}

enum err logs_scan(struct db *db, logs_each each, void *context)
{
	const struct receiver receiver = {
		.table = "log", .log = each, .context = context
	};
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_LOG_SCAN,
	    "SELECT log, org, generation, size, root, note FROM log"
	    " ORDER BY log",
	    &statement);
	return err == ERR_OK ? scan(db, statement, hand_log, &receiver) : err;
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

/* A node that was there already changes nothing. */
static enum err tell_tally(struct db *db, int64_t key, struct span hash)
{
	const struct tally_value values[] = {
		{ .is_number = true, .number = key }, { .bytes = hash }
	};
	if (db_changes(db) == 0) {
		return ERR_OK;
	}
	enum err err =
	    tally_row(db_tally(db), TALLY_ADD, TALLY_NODE, values, 2);
	return err == ERR_OK ? err : db_fail(db, err);
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
		const struct span hash = span_id(&node->hash);
		int64_t key = 0;
		const struct bound bound = { &key, 1, &hash, 1 };
		err = node_key(log, node, &key);
		if (err == ERR_OK) {
			err = bind(statement, &bound);
		}
		if (err == ERR_OK) {
			err = db_run(db, statement);
		}
		if (err == ERR_OK) {
			err = tell_tally(db, key, hash);
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

static enum err hand_node(
    struct sqlite3_stmt *statement, const struct receiver *receiver)
{
	struct merkle_node node;
	int64_t log = 0;
	enum err err = read_node(statement, &log, &node);
	return err == ERR_OK ? receiver->node(receiver->context, log, &node)
	                     : err;
}

enum err logs_scan_nodes(struct db *db, logs_each_node each, void *context)
{
	const struct receiver receiver = {
		.table = "node", .node = each, .context = context
	};
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_NODE_SCAN,
	    "SELECT node, hash FROM node ORDER BY node", &statement);
	return err == ERR_OK ? scan(db, statement, hand_node, &receiver) : err;
}

/*
 * Streams.
 */

/* `number` is in the place that follows the other numbers; the id comes last,
 * for a new stream alone. */
static enum err bind_stream(struct sqlite3_stmt *statement,
    const struct stream_row *row, int64_t number, bool is_new)
{
	const struct stream *state = &row->state;
	const int64_t numbers[] = { (int64_t)state->taken,
		(int64_t)state->keyed_at, row->keyed_ms, (int64_t)state->status,
		row->reason, number };
	const struct span blobs[] = { span_id(&state->last),
		span_id(&state->keyed_by),
		row->has_chain ? span_of(row->chain, sizeof(row->chain))
			       : span_of(NULL, 0),
		span_id(&state->audience_commitment), span_id(&state->id) };
	const struct bound bound = { numbers, COUNT(numbers), blobs,
		COUNT(blobs) - (is_new ? 0 : 1) };
	if (state->taken > INT64_MAX || state->keyed_at > INT64_MAX) {
		return err_set(ERR_LIMIT, "a stream number is too large");
	}
	return bind(statement, &bound);
}

enum err logs_add_stream(
    struct db *db, const struct stream_row *row, int64_t *stream)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_STREAM_ADD,
	    "INSERT INTO stream (taken, keyed_at, keyed_ms, status, reason,"
	    " log, last, keyed_by, chain, commitment, id)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	    &statement);
	if (err == ERR_OK) {
		err = bind_stream(statement, row, row->log, true);
	}
	if (err == ERR_OK) {
		err = db_run(db, statement);
	}
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
	    " status = ?4, reason = ?5, last = ?7, keyed_by = ?8, chain = ?9,"
	    " commitment = ?10 WHERE stream = ?6",
	    &statement);
	if (err == ERR_OK) {
		err = bind_stream(statement, row, row->stream, false);
	}
	return err == ERR_OK ? db_run_found(db, statement, "such stream") : err;
}

static enum err read_state(
    struct sqlite3_stmt *statement, struct stream_row *row)
{
	uint64_t stream = 0;
	uint64_t log = 0;
	uint64_t status = 0;
	uint64_t reason = 0;
	const struct number numbers[] = { { 0, UINT32_MAX, &stream },
		{ 1, LOG_MAX, &log }, { 3, INT64_MAX, &row->state.taken },
		{ 4, INT64_MAX, &row->state.keyed_at },
		{ 6, STREAM_FORKED, &status }, { 7, UINT8_MAX, &reason } };
	enum err err = read_numbers(statement, numbers, COUNT(numbers));
	if (err == ERR_OK && row->state.keyed_at > row->state.taken) {
		err = err_set(ERR_CORRUPT, "a stream is keyed after its end");
	}
	row->stream = (int64_t)stream;
	row->log = (int64_t)log;
	row->keyed_ms = db_column_int(statement, 5);
	row->state.status = (enum stream_status)status;
	row->reason = (uint8_t)reason;
	return err;
}

static enum err hand_stream(
    struct sqlite3_stmt *statement, const struct receiver *receiver)
{
	struct stream_row row = { 0 };
	struct stream *state = &row.state;
	const struct copied blobs[] = { { 2, state->id.b, sizeof(state->id) },
		{ 8, state->last.b, sizeof(state->last) },
		{ 9, state->keyed_by.b, sizeof(state->keyed_by) },
		{ 10, state->audience_commitment.b,
		    sizeof(state->audience_commitment) },
		{ 11, row.chain, sizeof(row.chain) } };
	/* The chain key is the one that may be missing. */
	row.has_chain = db_column_blob(statement, 11).size > 0;
	enum err err = read_state(statement, &row);
	if (err == ERR_OK) {
		err = copy_blobs(
		    statement, blobs, COUNT(blobs) - (row.has_chain ? 0 : 1));
	}
	return err == ERR_OK ? receiver->stream(receiver->context, &row) : err;
}

enum err logs_scan_streams(struct db *db, logs_each_stream each, void *context)
{
	const struct receiver receiver = {
		.table = "stream", .stream = each, .context = context
	};
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_STREAM_SCAN,
	    "SELECT stream, log, id, taken, keyed_at, keyed_ms, status,"
	    " reason, last, keyed_by, commitment, chain FROM stream"
	    " ORDER BY stream",
	    &statement);
	return err == ERR_OK ? scan(db, statement, hand_stream, &receiver)
	                     : err;
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
