#define _POSIX_C_SOURCE 200809L

#include "store/quarantine.h"

#include "base/limits.h"

#include <sodium.h>
#include <string.h>

#define LABEL "qsg/quarantine/v1"

/* A peer's row: its number and what it has put in. */
struct peer {
	int64_t number;
	int64_t items; /* ever */
};

/* Whole characters only, so that the text stays UTF-8. */
static void cut(const char *text, size_t max, char *out)
{
	size_t size = text == NULL ? 0 : strnlen(text, max + 1);
	if (size > max) {
		size = max;
		while (
		    size > 0 && ((unsigned char)text[size] & 0xC0u) == 0x80u) {
			size--;
		}
	}
	if (size > 0) {
		memcpy(out, text, size);
	}
	out[size] = '\0';
}

/* Run a kept statement with up to three numbers. */
static enum err change(struct db *db, enum db_slot slot, const char *sql,
    const int64_t *numbers, int count)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, slot, sql, &statement);
	if (err != ERR_OK) {
		return err;
	}
	for (int i = 0; err == ERR_OK && i < count; i++) {
		err = db_bind_int(statement, i + 1, numbers[i]);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

/* Count one more for a peer, and say who it is. */
static enum err count_peer(
    struct db *db, const struct id32 *id, struct peer *peer)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_QUARANTINE_PEER,
	    "INSERT INTO quarantine_peer (id, items, bytes) VALUES (?1, 1, 0)"
	    " ON CONFLICT (id) DO UPDATE SET items = items + 1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(id));
	}
	if (err == ERR_OK) {
		err = db_run(db, statement);
	}
	if (err == ERR_OK) {
		err = db_statement(db, DB_QUARANTINE_COUNTED,
		    "SELECT peer, items FROM quarantine_peer WHERE id = ?1",
		    &statement);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(id));
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err != ERR_OK) {
		return err;
	}
	peer->number = db_column_int(statement, 0);
	peer->items = db_column_int(statement, 1);
	db_reset(statement);
	return ERR_OK;
}

static enum err bind_note(struct sqlite3_stmt *statement,
    const struct peer *peer, const struct quarantine_item *item,
    const struct id32 *hash, size_t size)
{
	const int64_t numbers[] = { peer->number, peer->items,
		item->received_ms, (int64_t)size };
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < 4; i++) {
		err = db_bind_int(statement, i + 1, numbers[i]);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 5, span_id(hash));
	}
	return err;
}

static enum err add_note(struct db *db, const struct peer *peer,
    const struct quarantine_item *item, struct span bytes)
{
	char code[LIMIT_TOKEN_BYTES + 1];
	char reason[LIMIT_REASON_BYTES + 1];
	struct id32 hash;
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_QUARANTINE_ADD,
	    "INSERT INTO quarantine (peer, place, received_ms, size, hash,"
	    " code, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	cut(item->code, LIMIT_TOKEN_BYTES, code);
	cut(item->reason, LIMIT_REASON_BYTES, reason);
	if (crypto_generichash(
		hash.b, sizeof(hash.b), bytes.data, bytes.size, NULL, 0) != 0) {
		return err_set(ERR_CRYPTO, "cannot hash rejected bytes");
	}
	err = bind_note(statement, peer, item, &hash, bytes.size);
	if (err == ERR_OK) {
		err = db_bind_text(statement, 6, code);
	}
	if (err == ERR_OK) {
		err = db_bind_text(statement, 7, reason);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

static enum err bind_kept(struct sqlite3_stmt *statement, int64_t item,
    const struct peer *peer, size_t size)
{
	const int64_t numbers[] = { item, peer->number, peer->items,
		(int64_t)size };
	enum err err = ERR_OK;
	for (int i = 0; err == ERR_OK && i < 4; i++) {
		err = db_bind_int(statement, i + 1, numbers[i]);
	}
	return err;
}

static enum err add_bytes(struct db *db, int64_t item, const struct peer *peer,
    struct span sealed, size_t size)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_QUARANTINE_KEEP,
	    "INSERT INTO quarantine_bytes (item, peer, place, size, sealed)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = bind_kept(statement, item, peer, size);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 5, sealed);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

static enum err recount(struct db *db, int64_t peer)
{
	return change(db, DB_QUARANTINE_RECOUNT,
	    "UPDATE quarantine_peer SET bytes = (SELECT coalesce(sum(size), 0)"
	    " FROM quarantine_bytes WHERE peer = ?1) WHERE peer = ?1",
	    &peer, 1);
}

static enum err trim_peer(struct db *db, const struct peer *peer)
{
	const int64_t notes[] = { peer->number,
		peer->items - (int64_t)LIMIT_QUARANTINE_NOTES };
	const int64_t kept[] = { peer->number,
		peer->items - (int64_t)LIMIT_QUARANTINE_ITEMS };
	enum err err = change(db, DB_QUARANTINE_TRIM_NOTES,
	    "DELETE FROM quarantine WHERE peer = ?1 AND place <= ?2", notes, 2);
	if (err == ERR_OK) {
		err = change(db, DB_QUARANTINE_TRIM_BYTES,
		    "DELETE FROM quarantine_bytes"
		    " WHERE peer = ?1 AND place <= ?2",
		    kept, 2);
	}
	return err == ERR_OK ? recount(db, peer->number) : err;
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

/* The oldest item whose bytes are kept; *item is 0 when none is. */
static enum err oldest(struct db *db, int64_t *item, int64_t *peer)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_QUARANTINE_OLDEST,
	    "SELECT item, peer FROM quarantine_bytes ORDER BY item LIMIT 1",
	    &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err != ERR_OK) {
		return err;
	}
	*item = row ? db_column_int(statement, 0) : 0;
	*peer = row ? db_column_int(statement, 1) : 0;
	db_reset(statement);
	return ERR_OK;
}

static enum err trim_all(struct db *db)
{
	uint64_t items = 0;
	uint64_t bytes = 0;
	int64_t item = 1;
	int64_t peer = 0;
	enum err err = sum(db, &items, &bytes);
	while (err == ERR_OK && bytes > LIMIT_QUARANTINE_BYTES && item != 0) {
		err = oldest(db, &item, &peer);
		if (err == ERR_OK) {
			err = change(db, DB_QUARANTINE_DROP,
			    "DELETE FROM quarantine_bytes WHERE item = ?1",
			    &item, 1);
		}
		if (err == ERR_OK) {
			err = recount(db, peer);
		}
		if (err == ERR_OK) {
			err = sum(db, &items, &bytes);
		}
	}
	return err;
}

/* PROTOCOL.md M88: "A node MUST keep the full bytes of no more than the newest
 * 64 rejected items a peer and 1 GiB in all, the hash and reason of the newest
 * 4,096 a peer, and a count of every one." */
enum err quarantine_add(struct db *db, const struct keystore *keystore,
    const struct rng *rng, const struct quarantine_item *item,
    struct span bytes)
{
	struct peer peer = { 0 };
	struct buf sealed = { 0 };
	bool keep = bytes.size <= LIMIT_MESSAGE_BYTES;
	enum err err = ERR_OK;
	if (keep) {
		err = keystore_seal(keystore, rng, LABEL, bytes, &sealed);
	}
	if (err == ERR_OK) {
		err = count_peer(db, &item->peer, &peer);
	}
	if (err == ERR_OK) {
		err = add_note(db, &peer, item, bytes);
	}
	if (err == ERR_OK && keep) {
		err = add_bytes(db, db_last_rowid(db), &peer, buf_span(&sealed),
		    bytes.size);
	}
	if (err == ERR_OK) {
		err = trim_peer(db, &peer);
	}
	if (err == ERR_OK) {
		err = trim_all(db);
	}
	buf_clear(&sealed);
	return err;
}

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
	bool row = false;
	enum err err = db_statement(db, DB_QUARANTINE_OPEN,
	    "SELECT sealed FROM quarantine_bytes WHERE item = ?1", &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, item);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && !row) {
		err = err_set(ERR_NOTFOUND, "these bytes are kept no more");
	}
	if (err == ERR_OK) {
		err = keystore_unseal(
		    keystore, LABEL, db_column_blob(statement, 0), out);
	}
	db_reset(statement);
	return err;
}
