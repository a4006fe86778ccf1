#include "store/orgs.h"

#include "base/limits.h"

#define CARD_LABEL "qsg/org/card/v2"
#define OLD_CARD_LABEL "qsg/org/card/v1" /* before there were tallies */
#define PENDING_LABEL "qsg/org/pending/v1"
#define STATED_LABEL "qsg/org/stated/v1"
#define REFUSED_LABEL "qsg/org/refused/v1"

enum { INCARNATION_BYTES = 16 };

/* PROTOCOL.md M85: "A node MUST seal cards, rejected bytes and snapshots under
 * its storage key before they reach the disk." */
static enum err seal_card(const struct keystore *keystore,
    const struct rng *rng, const char *label, struct span card, struct buf *out)
{
	if (card.size > LIMIT_CARD_BYTES) {
		return err_set(
		    ERR_LIMIT, "a card of %zu bytes is too large", card.size);
	}
	return keystore_seal(keystore, rng, label, card, out);
}

/* What is sealed of a row. What is empty stays so. */
struct sealed {
	struct buf card;
	struct buf pending;
	struct buf stated;
	struct buf refused;
};

static void sealed_clear(struct sealed *sealed)
{
	buf_clear(&sealed->card);
	buf_clear(&sealed->pending);
	buf_clear(&sealed->stated);
	buf_clear(&sealed->refused);
}

static enum err seal_cards(const struct keystore *keystore,
    const struct rng *rng, const struct org_row *row, struct sealed *out)
{
	enum err err =
	    seal_card(keystore, rng, CARD_LABEL, row->signed_card, &out->card);
	if (err == ERR_OK && row->pending_card.size > 0) {
		err = seal_card(keystore, rng, PENDING_LABEL, row->pending_card,
		    &out->pending);
	}
	return err;
}

static enum err seal_standing(const struct keystore *keystore,
    const struct rng *rng, const struct org_row *row, struct sealed *out)
{
	enum err err = ERR_OK;
	if (row->stated.size > 0) {
		err = seal_card(
		    keystore, rng, STATED_LABEL, row->stated, &out->stated);
	}
	if (err == ERR_OK && row->refused.size > 0) {
		err = seal_card(
		    keystore, rng, REFUSED_LABEL, row->refused, &out->refused);
	}
	return err;
}

static enum err bind_cursor(
    struct sqlite3_stmt *statement, const struct org_row *row)
{
	enum err err = db_bind_blob(
	    statement, 2, span_of(row->incarnation, sizeof(row->incarnation)));
	if (err == ERR_OK) {
		/* A peer's number: any 64 bits, kept as they are. */
		err = db_bind_int(statement, 3, (int64_t)row->cursor);
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 4, row->seen_ms);
	}
	return err;
}

static enum err bind_two(struct sqlite3_stmt *statement, int place,
    const struct buf *first, const struct buf *second)
{
	enum err err = db_bind_blob(statement, place, buf_span(first));
	if (err == ERR_OK) {
		err = db_bind_blob(statement, place + 1, buf_span(second));
	}
	return err;
}

static enum err bind_standing(struct sqlite3_stmt *statement, int place,
    const struct org_row *row, const struct sealed *sealed)
{
	enum err err = db_bind_int(statement, place, row->how);
	if (err == ERR_OK) {
		err = bind_two(
		    statement, place + 1, &sealed->stated, &sealed->refused);
	}
	return err;
}

static enum err insert(
    struct db *db, const struct org_row *row, const struct sealed *sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ORG_ADD,
	    "INSERT INTO org (id, incarnation, cursor, seen_ms, added_ms,"
	    " card, pending, how, stated, refused)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_blob(statement, 1, span_id(&row->id));
	if (err == ERR_OK) {
		err = bind_cursor(statement, row);
	}
	if (err == ERR_OK) {
		err = db_bind_int(statement, 5, row->added_ms);
	}
	if (err == ERR_OK) {
		err = bind_two(statement, 6, &sealed->card, &sealed->pending);
	}
	if (err == ERR_OK) {
		err = bind_standing(statement, 8, row, sealed);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run(db, statement);
}

enum err orgs_add(struct db *db, const struct keystore *keystore,
    const struct rng *rng, const struct org_row *row, int64_t *org)
{
	struct sealed sealed = { 0 };
	enum err err = seal_cards(keystore, rng, row, &sealed);
	if (err == ERR_OK) {
		err = seal_standing(keystore, rng, row, &sealed);
	}
	if (err == ERR_OK) {
		err = insert(db, row, &sealed);
	}
	if (err == ERR_EXISTS) {
		err = err_set(ERR_EXISTS, "the organisation is known already");
	}
	if (err == ERR_OK) {
		*org = db_last_rowid(db);
	}
	sealed_clear(&sealed);
	return err;
}

static enum err update_cards(
    struct db *db, int64_t org, const struct sealed *sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ORG_CARDS,
	    "UPDATE org SET card = ?2, pending = ?3 WHERE org = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, org);
	if (err == ERR_OK) {
		err = bind_two(statement, 2, &sealed->card, &sealed->pending);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run_found(db, statement, "such organisation");
}

enum err orgs_set_cards(struct db *db, const struct keystore *keystore,
    const struct rng *rng, const struct org_row *row)
{
	struct sealed sealed = { 0 };
	enum err err = seal_cards(keystore, rng, row, &sealed);
	if (err == ERR_OK) {
		err = update_cards(db, row->org, &sealed);
	}
	sealed_clear(&sealed);
	return err;
}

static enum err update_standing(
    struct db *db, const struct org_row *row, const struct sealed *sealed)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ORG_STANDING,
	    "UPDATE org SET how = ?2, stated = ?3, refused = ?4"
	    " WHERE org = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, row->org);
	if (err == ERR_OK) {
		err = bind_standing(statement, 2, row, sealed);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run_found(db, statement, "such organisation");
}

enum err orgs_set_standing(struct db *db, const struct keystore *keystore,
    const struct rng *rng, const struct org_row *row)
{
	struct sealed sealed = { 0 };
	enum err err = seal_standing(keystore, rng, row, &sealed);
	if (err == ERR_OK) {
		err = update_standing(db, row, &sealed);
	}
	sealed_clear(&sealed);
	return err;
}

enum err orgs_set_cursor(struct db *db, const struct org_row *row)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ORG_CURSOR,
	    "UPDATE org SET incarnation = ?2, cursor = ?3, seen_ms = ?4"
	    " WHERE org = ?1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, row->org);
	if (err == ERR_OK) {
		err = bind_cursor(statement, row);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run_found(db, statement, "such organisation");
}

/* What scanning opens the sealed columns into. */
struct opened {
	struct buf card;
	struct buf pending;
	struct buf stated;
	struct buf refused;
};

/* Empty for NULL. */
static enum err open_column(const struct keystore *keystore, const char *label,
    struct span sealed, struct buf *out)
{
	buf_reset(out);
	if (sealed.size > LIMIT_CARD_BYTES + KEYSTORE_SEAL_BYTES) {
		return err_set(ERR_CORRUPT, "a stored card is too large");
	}
	if (sealed.data == NULL) {
		return ERR_OK;
	}
	enum err err = keystore_unseal(keystore, label, sealed, out);
	return err == ERR_OK ? err : err_wrap(err, "a stored card");
}

static enum err open_columns(const struct keystore *keystore,
    struct sqlite3_stmt *statement, struct opened *opened)
{
	struct {
		const char *label;
		struct buf *out;
	} columns[] = { { CARD_LABEL, &opened->card },
		{ PENDING_LABEL, &opened->pending },
		{ STATED_LABEL, &opened->stated },
		{ REFUSED_LABEL, &opened->refused } };
	static const int places[] = { 6, 7, 9, 10 };
	enum err err = ERR_OK;
	for (int i = 0; i < 4 && err == ERR_OK; i++) {
		err = open_column(keystore, columns[i].label,
		    db_column_blob(statement, places[i]), columns[i].out);
	}
	if (err == ERR_OK && opened->card.size == 0) {
		err = err_set(ERR_CORRUPT, "a stored card is missing");
	}
	return err;
}

static enum err read_row(const struct keystore *keystore,
    struct sqlite3_stmt *statement, struct opened *opened, struct org_row *row)
{
	uint64_t how = 0;
	*row = (struct org_row){ 0 };
	row->org = db_column_int(statement, 0);
	enum err err =
	    db_column_copy(statement, 1, row->id.b, sizeof(row->id.b));
	if (err == ERR_OK) {
		err = db_column_copy(
		    statement, 2, row->incarnation, INCARNATION_BYTES);
	}
	if (err == ERR_OK) {
		err = open_columns(keystore, statement, opened);
	}
	if (err == ERR_OK) {
		err = db_column_range(statement, 8, ORG_BY_ROSTER, &how);
	}
	row->how = (enum org_how)how;
	row->cursor = (uint64_t)db_column_int(statement, 3);
	row->seen_ms = db_column_int(statement, 4);
	row->added_ms = db_column_int(statement, 5);
	row->signed_card = buf_span(&opened->card);
	row->pending_card = buf_span(&opened->pending);
	row->stated = buf_span(&opened->stated);
	row->refused = buf_span(&opened->refused);
	return err;
}

enum err orgs_scan(struct db *db, const struct keystore *keystore,
    orgs_each each, void *context)
{
	struct sqlite3_stmt *statement;
	struct opened opened = { 0 };
	struct org_row row;
	bool more = false;
	enum err err = db_statement(db, DB_ORG_SCAN,
	    "SELECT org, id, incarnation, cursor, seen_ms, added_ms, card,"
	    " pending, how, stated, refused FROM org ORDER BY org",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_step(db, statement, &more);
	while (err == ERR_OK && more) {
		err = read_row(keystore, statement, &opened, &row);
		if (err == ERR_OK) {
			err = each(context, &row);
		}
		if (err != ERR_OK) {
			err = err_wrap(err, "org row %lld", (long long)row.org);
		}
		if (err == ERR_OK) {
			err = db_step(db, statement, &more);
		}
	}
	db_reset(statement);
	buf_wipe(&opened.card);
	buf_wipe(&opened.pending);
	buf_wipe(&opened.stated);
	buf_wipe(&opened.refused);
	return err;
}

/*
 * Cards of a home from before there were tallies.
 */

/* The first one beyond org; *next is 0 when there is none. */
static enum err card_after(
    struct db *db, int64_t org, int64_t *next, struct buf *card)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	buf_reset(card);
	*next = 0;
	enum err err = db_statement(db, DB_ORG_AFTER,
	    "SELECT org, card FROM org WHERE org > ?1 ORDER BY org LIMIT 1",
	    &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, org);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && row) {
		*next = db_column_int(statement, 0);
		err = buf_append(card, db_column_blob(statement, 1));
	}
	db_reset(statement);
	return err;
}

static enum err set_card(struct db *db, int64_t org, struct span card)
{
	struct sqlite3_stmt *statement;
	enum err err = db_statement(db, DB_ORG_RENEW,
	    "UPDATE org SET card = ?2 WHERE org = ?1", &statement);
	if (err != ERR_OK) {
		return err;
	}
	err = db_bind_int(statement, 1, org);
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 2, card);
	}
	if (err != ERR_OK) {
		db_reset(statement);
		return err;
	}
	return db_run_found(db, statement, "such organisation");
}

enum err orgs_are_old(struct db *db, const struct keystore *keystore, bool *old)
{
	struct buf card = { 0 };
	struct buf plain = { 0 };
	int64_t org = 0;
	*old = false;
	enum err err = card_after(db, 0, &org, &card);
	if (err == ERR_OK && org == 1) {
		err = keystore_unseal(
		    keystore, OLD_CARD_LABEL, buf_span(&card), &plain);
		*old = err == ERR_OK;
	}
	buf_clear(&card);
	buf_wipe(&plain);
	return err == ERR_CORRUPT ? ERR_OK : err;
}

enum err orgs_renew(
    struct db *db, const struct keystore *keystore, const struct rng *rng)
{
	struct buf card = { 0 };
	struct buf plain = { 0 };
	struct buf sealed = { 0 };
	int64_t org = 0;
	enum err err = card_after(db, 0, &org, &card);
	while (err == ERR_OK && org != 0) {
		buf_reset(&plain);
		buf_reset(&sealed);
		err = keystore_unseal(
		    keystore, OLD_CARD_LABEL, buf_span(&card), &plain);
		if (err == ERR_OK) {
			err = seal_card(keystore, rng, CARD_LABEL,
			    buf_span(&plain), &sealed);
		}
		if (err == ERR_OK) {
			err = set_card(db, org, buf_span(&sealed));
		}
		if (err != ERR_OK) {
			err = err_wrap(err, "org row %lld", (long long)org);
		} else {
			err = card_after(db, org, &org, &card);
		}
	}
	buf_clear(&card);
	buf_wipe(&plain);
	buf_clear(&sealed);
	return err;
}
