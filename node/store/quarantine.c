#define _POSIX_C_SOURCE 200809L

#include "store/quarantine.h"

#include "base/limits.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS (60LL * 60LL * 1000LL)

/* What proves something against its author, by its code: as a condition on
 * quarantine AS q. */
#define IS_EVIDENCE                                                            \
	"(q.code IN ('forked', 'broken', 'split-view', 'card-conflict',"       \
	" 'card-fork', 'card-withdrawal'))"

static bool is_evidence(const char *code)
{
	static const char *const codes[] = { "forked", "broken", "split-view",
		"card-conflict", "card-fork", "card-withdrawal" };
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (code != NULL && strcmp(code, codes[i]) == 0) {
			return true;
		}
	}
	return false;
}

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
    const struct quarantine_item *item, const struct id32 *hash, size_t size)
{
	char code[LIMIT_TOKEN_BYTES + 1];
	char reason[LIMIT_REASON_BYTES + 1];
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
	err = bind_note(statement, peer, item, hash, size);
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

/* The newest of one class stay. What was only noted has no place there, so that
 * notes push no bytes out. */
static enum err trim_bytes(
    struct db *db, const struct peer *peer, bool evidence)
{
	const int64_t kept[] = { peer->number, evidence,
		(int64_t)LIMIT_QUARANTINE_ITEMS };
	return change(db, DB_QUARANTINE_TRIM_BYTES,
	    "DELETE FROM quarantine_bytes WHERE item IN (SELECT b.item"
	    " FROM quarantine_bytes AS b CROSS JOIN quarantine AS q"
	    " ON q.item = b.item WHERE b.peer = ?1 AND " IS_EVIDENCE " = ?2"
	    " ORDER BY b.place DESC LIMIT -1 OFFSET ?3)",
	    kept, 3);
}

/* A note stays as long as its bytes do: they are found by it. */
static enum err trim_notes(struct db *db, const struct peer *peer)
{
	const int64_t notes[] = { peer->number,
		peer->items - (int64_t)LIMIT_QUARANTINE_NOTES };
	return change(db, DB_QUARANTINE_TRIM_NOTES,
	    "DELETE FROM quarantine WHERE peer = ?1 AND place <= ?2"
	    " AND item NOT IN"
	    " (SELECT item FROM quarantine_bytes WHERE peer = ?1)",
	    notes, 2);
}

static enum err trim_peer(struct db *db, const struct peer *peer, bool evidence)
{
	enum err err = trim_bytes(db, peer, evidence);
	if (err == ERR_OK) {
		err = trim_notes(db, peer);
	}
	return err == ERR_OK ? recount(db, peer->number) : err;
}

/* The oldest item of a class whose bytes are kept; *item is 0 when none is. */
static enum err oldest(
    struct db *db, bool evidence, int64_t *item, int64_t *peer)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	/* CROSS: from the oldest on, without sorting. */
	enum err err = db_statement(db, DB_QUARANTINE_OLDEST,
	    "SELECT b.item, b.peer FROM quarantine_bytes AS b"
	    " CROSS JOIN quarantine AS q ON q.item = b.item"
	    " WHERE " IS_EVIDENCE " = ?1 ORDER BY b.item LIMIT 1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, evidence);
	}
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

static enum err drop_oldest(struct db *db, bool *dropped)
{
	int64_t item = 0;
	int64_t peer = 0;
	enum err err = oldest(db, false, &item, &peer);
	if (err == ERR_OK && item == 0) {
		err = oldest(db, true, &item, &peer);
	}
	*dropped = err == ERR_OK && item != 0;
	if (!*dropped) {
		return err;
	}
	err = change(db, DB_QUARANTINE_DROP,
	    "DELETE FROM quarantine_bytes WHERE item = ?1", &item, 1);
	return err == ERR_OK ? recount(db, peer) : err;
}

static enum err trim_all(struct db *db)
{
	static const struct id32 anybody;
	uint64_t items = 0;
	uint64_t bytes = 0;
	bool dropped = true;
	enum err err = quarantine_count(db, &anybody, &items, &bytes);
	while (err == ERR_OK && bytes > LIMIT_QUARANTINE_BYTES && dropped) {
		err = drop_oldest(db, &dropped);
		if (err == ERR_OK) {
			err = quarantine_count(db, &anybody, &items, &bytes);
		}
	}
	return err;
}

/* Are these bytes kept as evidence already? Whoever has some that another
 * signed can send them again and again. */
static enum err is_held(
    struct db *db, const struct id32 *peer, const struct id32 *hash, bool *held)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_QUARANTINE_HELD,
	    "SELECT 1 FROM quarantine_peer AS p"
	    " CROSS JOIN quarantine_bytes AS b ON b.peer = p.peer"
	    " CROSS JOIN quarantine AS q ON q.item = b.item"
	    " WHERE p.id = ?1 AND q.hash = ?2 AND " IS_EVIDENCE " LIMIT 1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(peer));
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, span_id(hash));
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK) {
		*held = row;
		db_reset(statement);
	}
	return err;
}

/* Charge bytes to the hour, if it has room for them. */
static bool afford(struct quarantine_hour *hour, int64_t now_ms, size_t size)
{
	/* A clock that was set back begins an hour, too. */
	if (now_ms < hour->since_ms || now_ms - hour->since_ms >= HOUR_MS ||
	    hour->bytes == 0) {
		*hour = (struct quarantine_hour){ .since_ms = now_ms };
	}
	if (size > LIMIT_QUARANTINE_HOUR_BYTES - hour->bytes) {
		return false;
	}
	hour->bytes += size;
	return true;
}

/* Are the full bytes to be kept? */
static enum err judge(struct db *db, struct quarantine_account *account,
    const struct quarantine_item *item, const struct id32 *hash, size_t size,
    bool *keep)
{
	bool evidence = is_evidence(item->code);
	bool held = false;
	*keep = false;
	if (size > LIMIT_MESSAGE_BYTES) {
		return ERR_OK;
	}
	if (evidence) {
		enum err err = is_held(db, &item->peer, hash, &held);
		if (err != ERR_OK || held) {
			return err;
		}
	}
	*keep = afford(evidence ? &account->evidence : &account->others,
	    item->received_ms, size);
	return ERR_OK;
}

/* PROTOCOL.md M88: "A node MUST keep the full bytes of no more than the newest
 * 64 rejected items a peer and, apart from them, the newest 64 that are
 * evidence, take no more than 64 MiB of bytes of either kind from a peer in an
 * hour, hold no more than 1 GiB in all, from which evidence goes last, and keep
 * the hash and reason of the newest 4,096 a peer and of all whose bytes it
 * keeps, and a count of every one." */
enum err quarantine_add(struct db *db, const struct keystore *keystore,
    const struct rng *rng, struct quarantine_account *account,
    const struct quarantine_item *item, struct span bytes)
{
	struct peer peer = { 0 };
	struct buf sealed = { 0 };
	struct id32 hash;
	bool keep = false;
	if (crypto_generichash(
		hash.b, sizeof(hash.b), bytes.data, bytes.size, NULL, 0) != 0) {
		return err_set(ERR_CRYPTO, "cannot hash rejected bytes");
	}
	enum err err = judge(db, account, item, &hash, bytes.size, &keep);
	if (err == ERR_OK && keep) {
		err = keystore_seal(
		    keystore, rng, QUARANTINE_LABEL, bytes, &sealed);
	}
	if (err == ERR_OK) {
		err = count_peer(db, &item->peer, &peer);
	}
	if (err == ERR_OK) {
		err = add_note(db, &peer, item, &hash, bytes.size);
	}
	if (err == ERR_OK && keep) {
		err = add_bytes(db, db_last_rowid(db), &peer, buf_span(&sealed),
		    bytes.size);
	}
	if (err == ERR_OK) {
		err = trim_peer(db, &peer, is_evidence(item->code));
	}
	if (err == ERR_OK) {
		err = trim_all(db);
	}
	buf_clear(&sealed);
	return err;
}

/*
 * Forgetting.
 */

enum { PART_BYTES = 32, PAIRS = 65536 };

struct parts {
	const struct id32 *items; /* sorted */
	size_t count;
	bool begins[PAIRS]; /* by their first two bytes */
};

static bool holds_any(struct span bytes, const struct parts *parts)
{
	for (size_t i = 0; i + PART_BYTES <= bytes.size; i++) {
		const uint8_t *at = bytes.data + i;
		if (parts->begins[at[0] << 8 | at[1]] &&
		    bsearch(at, parts->items, parts->count,
			sizeof(*parts->items), id_compare) != NULL) {
			return true;
		}
	}
	return false;
}

/* The first item after this one that holds any of them; 0: none does. */
static enum err find_holding(struct db *db, const struct keystore *keystore,
    const struct parts *parts, int64_t *item, int64_t *peer)
{
	struct sqlite3_stmt *statement;
	struct buf plain = { 0 };
	bool more = false;
	enum err err = db_statement(db, DB_QUARANTINE_FORGET,
	    "SELECT item, peer, sealed FROM quarantine_bytes WHERE item > ?1"
	    " ORDER BY item",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, *item);
	}
	*item = 0;
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	while (err == ERR_OK && more && *item == 0) {
		buf_reset(&plain);
		/* What does not open is a matter for a check of the home. */
		if (keystore_unseal(keystore, QUARANTINE_LABEL,
			db_column_blob(statement, 2), &plain) == ERR_OK &&
		    holds_any(buf_span(&plain), parts)) {
			*item = db_column_int(statement, 0);
			*peer = db_column_int(statement, 1);
		} else {
			err = db_step(db, statement, &more);
		}
	}
	if (statement != NULL) {
		db_reset(statement);
	}
	buf_wipe(&plain);
	return err;
}

enum err quarantine_forget(struct db *db, const struct keystore *keystore,
    struct id32 *items, size_t count)
{
	struct parts *parts = calloc(1, sizeof(*parts));
	int64_t item = 0;
	int64_t peer = 0;
	if (parts == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	qsort(items, count, sizeof(*items), id_compare);
	parts->items = items;
	parts->count = count;
	for (size_t i = 0; i < count; i++) {
		parts->begins[items[i].b[0] << 8 | items[i].b[1]] = true;
	}
	enum err err = find_holding(db, keystore, parts, &item, &peer);
	while (err == ERR_OK && item != 0) {
		err = change(db, DB_QUARANTINE_DROP,
		    "DELETE FROM quarantine_bytes WHERE item = ?1", &item, 1);
		if (err == ERR_OK) {
			err = recount(db, peer);
		}
		if (err == ERR_OK) {
			err = find_holding(db, keystore, parts, &item, &peer);
		}
	}
	free(parts);
	return err;
}
