#include "store/records.h"

#include "base/limits.h"
#include "store/tally.h"

#define COLUMNS                                                                \
	"rid, stream, number, leaf, received_ms, state, reason, header,"       \
	" wrapped, slots, body"

const char *records_reason_name(enum record_reason reason)
{
	switch (reason) {
	case RECORD_NO_REASON:
		return "none";
	case RECORD_NO_SLOT:
		return "no-slot";
	case RECORD_BAD_SLOT:
		return "bad-slot";
	case RECORD_BAD_COMMITMENT:
		return "bad-commitment";
	case RECORD_BAD_PAYLOAD:
		return "bad-payload";
	case RECORD_UNKNOWN_KIND:
		return "unknown-kind";
	case RECORD_NEW_VERSION:
		return "new-version";
	case RECORD_NO_CHAIN:
		return "no-chain";
	case RECORD_NO_BODY:
		return "no-body";
	case RECORD_BAD_AUDIENCE:
		return "bad-audience";
	case RECORD_ERASED:
		return "erased";
	}
	return "unknown";
}

bool records_lack_body(uint8_t state, uint8_t reason)
{
	return state == RECORD_BODYLESS && reason != RECORD_ERASED;
}

bool records_is_erased(uint8_t state, uint8_t reason)
{
	return state == RECORD_BODYLESS && reason == RECORD_ERASED;
}

static bool sizes_fit(const struct record_row *row)
{
	return row->header.size > 0 && row->header.size <= LIMIT_RECORD_BYTES &&
	       row->slots.size <= LIMIT_RECORD_BYTES &&
	       row->body.size <= LIMIT_RECORD_BYTES &&
	       (row->wrapped.size == 0 ||
		   row->wrapped.size == SEAL_WRAPPED_BYTES);
}

/* An empty part is stored as null, whatever it points to. */
static struct span or_null(struct span part)
{
	return part.size == 0 ? span_of(NULL, 0) : part;
}

static enum err bind_numbers(
    struct sqlite3_stmt *statement, const struct record_row *row)
{
	const int64_t numbers[] = { row->stream, (int64_t)row->number,
		(int64_t)row->leaf, row->received_ms, (int64_t)row->state,
		(int64_t)row->reason };
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < 6; i++) {
		err = db_bind_int(statement, i + 1, numbers[i]);
	}
	return err;
}

static enum err bind_parts(
    struct sqlite3_stmt *statement, const struct record_row *row)
{
	const struct span parts[] = { row->header, or_null(row->wrapped),
		or_null(row->slots), or_null(row->body) };
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < 4; i++) {
		err = db_bind_blob(statement, i + 7, parts[i]);
	}
	return err;
}

/* What the tally's own scan would find of this row. */
static enum err tell_tally(
    struct db *db, enum tally_change change, const struct record_row *row)
{
	const struct tally_value values[] = {
		{ .is_number = true, .number = row->rid },
		{ .is_number = true, .number = row->stream },
		{ .is_number = true, .number = (int64_t)row->number },
		{ .is_number = true, .number = (int64_t)row->leaf },
		{ .is_number = true, .number = row->received_ms },
		{ .is_number = true, .number = (int64_t)row->state },
		{ .is_number = true, .number = (int64_t)row->reason },
	};
	enum err err = tally_row(db_tally(db), change, TALLY_RECORD, values,
	    sizeof(values) / sizeof(values[0]));
	return err == ERR_OK ? err : db_fail(db, err);
}

enum err records_add(struct db *db, const struct record_row *row)
{
	struct sqlite3_stmt *statement;
	if (!sizes_fit(row) || row->number > INT64_MAX ||
	    row->leaf >= LIMIT_TREE_SIZE) {
		return err_set(ERR_LIMIT, "a record is too large to store");
	}
	enum err err = db_statement(db, DB_RECORD_ADD,
	    "INSERT INTO record (stream, number, leaf, received_ms, state,"
	    " reason, header, wrapped, slots, body)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_numbers(statement, row);
	if (err == ERR_OK) {
		err = bind_parts(statement, row);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	err = db_run(db, statement);
	/* SQLite takes the highest row id and adds one. */
	if (err == ERR_OK && db_last_rowid(db) != row->rid) {
		return db_fail(
		    db, err_set(ERR_STATE, "record %lld would be number %lld",
			    (long long)row->rid, (long long)db_last_rowid(db)));
	}
	return err == ERR_OK ? tell_tally(db, TALLY_ADD, row) : err;
}

enum err records_last(struct db *db, int64_t *rid)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(
	    db, DB_RECORD_LAST, "SELECT max(rid) FROM record", &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err != ERR_OK) {
		return err;
	}
	*rid = row ? db_column_int(statement, 0) : 0; /* null reads as 0 */
	db_reset(statement);
	return ERR_OK;
}

static enum err read_numbers(
    struct sqlite3_stmt *statement, struct record_row *row)
{
	uint64_t stream = 0;
	uint64_t state = 0;
	uint64_t reason = 0;
	enum err err = db_column_range(statement, 1, UINT32_MAX, &stream);
	if (err == ERR_OK) {
		err = db_column_range(statement, 2, INT64_MAX, &row->number);
	}
	if (err == ERR_OK) {
		err = db_column_range(
		    statement, 3, LIMIT_TREE_SIZE - 1, &row->leaf);
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 5, RECORD_UNREADABLE, &state);
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 6, RECORD_ERASED, &reason);
	}
	row->rid = db_column_int(statement, 0);
	row->stream = (int64_t)stream;
	row->received_ms = db_column_int(statement, 4);
	row->state = (enum record_state)state;
	row->reason = (enum record_reason)reason;
	return err;
}

static enum err read_row(struct sqlite3_stmt *statement, struct record_row *row)
{
	*row = (struct record_row){ 0 };
	enum err err = read_numbers(statement, row);
	row->header = db_column_blob(statement, 7);
	row->wrapped = db_column_blob(statement, 8);
	row->slots = db_column_blob(statement, 9);
	row->body = db_column_blob(statement, 10);
	if (err == ERR_OK && !sizes_fit(row)) {
		err = err_set(ERR_CORRUPT, "a part of the wrong size");
	}
	return err == ERR_OK
	           ? err
	           : err_wrap(err, "record row %lld", (long long)row->rid);
}

/* PROTOCOL.md M89: "A row that is missing or out of range MUST be reported as
 * damage, never skipped." */
static enum err scan_row(struct sqlite3_stmt *statement, int64_t expected,
    records_each each, void *context)
{
	struct record_row row;
	enum err err = read_row(statement, &row);
	if (err != ERR_OK) {
		return err;
	}
	if (row.rid != expected) {
		return err_set(ERR_CORRUPT, "record row %lld is missing",
		    (long long)expected);
	}
	return each(context, &row);
}

struct wanted {
	enum db_slot slot;
	const char *sql;
	int64_t first;
	int64_t last;
};

static enum err scan_rows(struct db *db, const struct wanted *wanted,
    records_each each, void *context)
{
	struct sqlite3_stmt *statement;
	bool more = false;
	int64_t next = wanted->first;
	enum err err = db_statement(db, wanted->slot, wanted->sql, &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, wanted->first);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 2, wanted->last);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	for (; err == ERR_OK && more; next++) {
		err = scan_row(statement, next, each, context);
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	if (err == ERR_OK && next <= wanted->last) {
		err = err_set(
		    ERR_CORRUPT, "record row %lld is missing", (long long)next);
	}
	return err;
}

enum err records_scan(struct db *db, int64_t first, int64_t last,
    records_each each, void *context)
{
	const struct wanted wanted = { DB_RECORD_SCAN,
		"SELECT " COLUMNS " FROM record WHERE rid BETWEEN ?1 AND ?2"
		" ORDER BY rid",
		first, last };
	return scan_rows(db, &wanted, each, context);
}

enum err records_scan_headers(struct db *db, int64_t first, int64_t last,
    records_each each, void *context)
{
	const struct wanted wanted = { DB_RECORD_HEADERS,
		"SELECT rid, stream, number, leaf, received_ms, state, reason,"
		" header, NULL, NULL, NULL FROM record"
		" WHERE rid BETWEEN ?1 AND ?2 ORDER BY rid",
		first, last };
	return scan_rows(db, &wanted, each, context);
}

enum err records_get(
    struct db *db, int64_t rid, records_each each, void *context)
{
	struct sqlite3_stmt *statement;
	bool found = false;
	enum err err = db_statement(db, DB_RECORD_GET,
	    "SELECT " COLUMNS " FROM record WHERE rid = ?1", &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, rid);
	if (err == ERR_OK) {
		err = db_step(db, statement, &found);
	}
	if (err == ERR_OK && !found) {
		err = err_set(ERR_NOTFOUND, "no record %lld", (long long)rid);
	}
	if (err == ERR_OK) {
		err = scan_row(statement, rid, each, context);
	}
	db_reset(statement);
	return err;
}

static enum err bind_body(
    struct sqlite3_stmt *statement, const struct record_row *row)
{
	enum err err = db_bind_int(statement, 1, row->rid);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 2, (int64_t)row->state);
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 3, (int64_t)row->reason);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 4, or_null(row->body));
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 5, or_null(row->wrapped));
	}
	return err;
}

/* A row's numbers as they are stored. */
static enum err get_numbers(struct db *db, int64_t rid, struct record_row *row)
{
	struct sqlite3_stmt *statement;
	bool found = false;
	*row = (struct record_row){ 0 };
	enum err err = db_statement(db, DB_RECORD_NUMBERS,
	    "SELECT rid, stream, number, leaf, received_ms, state, reason"
	    " FROM record WHERE rid = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, rid);
	if (err == ERR_OK) {
		err = db_step(db, statement, &found);
	}
	if (err == ERR_OK && !found) {
		err = err_set(ERR_NOTFOUND, "no such record");
	}
	if (err == ERR_OK) {
		err = read_numbers(statement, row);
	}
	db_reset(statement);
	return err;
}

enum err records_set_body(struct db *db, const struct record_row *row)
{
	struct sqlite3_stmt *statement;
	struct record_row now;
	if (row->body.size > LIMIT_RECORD_BYTES ||
	    (row->wrapped.size != 0 &&
		row->wrapped.size != SEAL_WRAPPED_BYTES)) {
		return err_set(ERR_LIMIT, "a body is too large to store");
	}
	enum err err = get_numbers(db, row->rid, &now);
	if (err != ERR_OK) {
		return err;
	}
	err = db_statement(db, DB_RECORD_BODY,
	    "UPDATE record SET state = ?2, reason = ?3, body = ?4,"
	    " wrapped = ?5 WHERE rid = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_body(statement, row);
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	err = db_run_found(db, statement, "such record");
	if (err == ERR_OK) {
		err = tell_tally(db, TALLY_TAKE, &now);
	}
	now.state = row->state;
	now.reason = row->reason;
	return err == ERR_OK ? tell_tally(db, TALLY_ADD, &now) : err;
}
