#include "store/evidence_store.h"

#include "base/limits.h"

#include <sodium.h>

#define LABEL "qsg/evidence/v1"

static enum err hash_of(struct span bytes, struct id32 *out)
{
	return crypto_generichash(
		   out->b, sizeof(out->b), bytes.data, bytes.size, NULL, 0) == 0
	           ? ERR_OK
	           : err_set(ERR_CRYPTO, "cannot hash evidence");
}

static enum err is_kept(struct db *db, const struct id32 *hash, bool *kept)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_EVIDENCE_FIND,
	    "SELECT 1 FROM evidence WHERE hash = ?1", &statement);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, span_id(hash));
	}
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, kept);
	db_reset(statement);
	return err;
}

static enum err count(
    struct db *db, int64_t org, uint64_t *items, uint64_t *bytes)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_EVIDENCE_COUNT,
	    "SELECT count(*), coalesce(sum(length(sealed)), 0) FROM evidence"
	    " WHERE org = ?1",
	    &statement);
	if (err == ERR_OK) {
		err = db_bind_int(statement, 1, org);
	}
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &row);
	if (err == ERR_OK) {
		err = db_column_range(statement, 0, INT64_MAX, items);
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 1, INT64_MAX, bytes);
	}
	db_reset(statement);
	return err;
}

/* PROTOCOL.md M219: "A node MUST keep each piece of evidence once, and of those
 * against one organisation the first 64 and 8 MiB." The first ones, so that
 * whoever makes ever new ones cannot push out what was found. */
static enum err has_room(
    struct db *db, const struct evidence_item *item, struct span bytes)
{
	uint64_t items = 0;
	uint64_t sum = 0;
	enum err err = count(db, item->org, &items, &sum);
	if (err != ERR_OK) {
		return err;
	}
	if (items >= LIMIT_EVIDENCE_ITEMS ||
	    sum + bytes.size > LIMIT_EVIDENCE_SUM ||
	    bytes.size > LIMIT_EVIDENCE_BYTES) {
		return err_set(ERR_LIMIT,
		    "as much evidence against this organisation as is kept");
	}
	return ERR_OK;
}

static enum err insert(struct db *db, const struct evidence_item *item,
    const struct id32 *hash, struct span sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_EVIDENCE_ADD,
	    "INSERT INTO evidence (org, kind, found_ms, hash, sealed)"
	    " VALUES (?1, ?2, ?3, ?4, ?5)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, item->org);
	if (err == ERR_OK) {
		err = db_bind_text(statement, 2, item->kind);
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 3, item->found_ms);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 4, span_id(hash));
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 5, sealed);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

enum err evidence_store_add(struct db *db, const struct keystore *keystore,
    const struct rng *rng, const struct evidence_item *item, struct span bytes)
{
	struct buf sealed = { 0 };
	struct id32 hash;
	bool kept = false;
	enum err err = hash_of(bytes, &hash);
	if (err == ERR_OK) {
		err = is_kept(db, &hash, &kept);
	}
	if (err == ERR_OK && kept) {
		return err_set(ERR_EXISTS, "this evidence is kept already");
	}
	if (err == ERR_OK) {
		err = has_room(db, item, bytes);
	}
	if (err == ERR_OK) {
		err = keystore_seal(keystore, rng, LABEL, bytes, &sealed);
	}
	if (err == ERR_OK) {
		err = insert(db, item, &hash, buf_span(&sealed));
	}
	buf_clear(&sealed);
	return err;
}

enum err evidence_store_scan(
    struct db *db, evidence_store_each each, void *context)
{
	struct sqlite3_stmt *statement;
	bool more = false;
	enum err err = db_statement(db, DB_EVIDENCE_SCAN,
	    "SELECT evidence, org, kind, found_ms, hash FROM evidence"
	    " ORDER BY evidence DESC",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		struct evidence_item item = {
			.evidence = db_column_int(statement, 0),
			.org = db_column_int(statement, 1),
			.kind = db_column_text(statement, 2),
			.found_ms = db_column_int(statement, 3),
		};
		err = db_column_copy(
		    statement, 4, item.hash.b, sizeof(item.hash.b));
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

static enum err unseal(const struct keystore *keystore,
    struct sqlite3_stmt *statement, struct buf *out)
{
	struct id32 want;
	struct id32 hash;
	size_t first = out->size;
	enum err err = db_column_copy(statement, 1, want.b, sizeof(want.b));
	if (err == ERR_OK) {
		err = keystore_unseal(
		    keystore, LABEL, db_column_blob(statement, 0), out);
	}
	if (err == ERR_OK) {
		err = hash_of(
		    span_of(out->data + first, out->size - first), &hash);
	}
	if (err == ERR_OK && !id_equal(&hash, &want)) {
		err = err_set(ERR_CORRUPT, "evidence under another's hash");
	}
	return err;
}

enum err evidence_store_open(struct db *db, const struct keystore *keystore,
    int64_t evidence, struct buf *out)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	enum err err = db_statement(db, DB_EVIDENCE_OPEN,
	    "SELECT sealed, hash FROM evidence WHERE evidence = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, evidence);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK) {
		err = row ? unseal(keystore, statement, out)
		          : err_set(ERR_NOTFOUND, "no evidence of this number");
	}
	db_reset(statement);
	return err;
}
