#include "store/tally.h"

#include "store/orgs.h"

#include <sodium.h>
#include <string.h>

#define LABEL "qsg/tallies/v1"

enum {
	FORMAT = 1,
	LIMBS = 4,
	HASH_BYTES = 8 * LIMBS,
	TABLE_BYTES = 8 + HASH_BYTES,
	/* Of the first homes that had a tally. */
	TABLES_LEAST = TALLY_RELEASE + 1,
	SEALED_BYTES = 2 + TALLY_TABLES * TABLE_BYTES,
	ALIGN = 16,
	/* Columns of one row, and what stands before them. */
	ROW_BYTES = 2 + (int)TALLY_COLUMNS * 9
};

/* Most significant limb first. */
struct sum {
	uint64_t rows;
	uint64_t limbs[LIMBS];
};

struct sums {
	struct sum of[TALLY_TABLES];
};

struct tally {
	const struct keystore *keystore;
	const struct rng *rng;
	bool lost;
	bool made; /* and not yet durable */
	struct sums now;
	struct sums held;   /* before the statement that is running */
	struct sums stored; /* as on disk */
	struct sums counted;
};

const char *tally_name(enum tally_table table)
{
	static const char *const names[] = { "meta", "org", "log", "node",
		"stream", "record", "head", "cosignature", "sent", "receipt",
		"evidence", "quarantine_peer", "quarantine", "quarantine_bytes",
		"draft", "release", "tombstone", "erased", "hold", "account",
		"activity" };
	return names[table];
}

/*
 * Sums.
 */

static void change_sum(
    struct sum *sum, enum tally_change change, const uint8_t hash[HASH_BYTES])
{
	bool take = change == TALLY_TAKE;
	uint64_t carry = take ? 1 : 0; /* two's complement */
	for (int i = LIMBS - 1; i >= 0; i--) {
		uint64_t limb = bytes_get_u64(hash + (ptrdiff_t)8 * i);
		uint64_t term = take ? ~limb : limb;
		uint64_t part = sum->limbs[i] + term;
		uint64_t over = part < term;
		sum->limbs[i] = part + carry;
		carry = over + (sum->limbs[i] < carry);
	}
	sum->rows += take ? UINT64_MAX : 1;
}

/* Kind and size of all columns come first, so that no two rows read alike. */
enum err tally_row(struct tally *tally, enum tally_change change,
    enum tally_table table, const struct tally_value *values, size_t count)
{
	uint8_t columns[ROW_BYTES] = { (uint8_t)table, (uint8_t)count };
	uint8_t hash[HASH_BYTES];
	struct span parts[TALLY_COLUMNS + 1];
	size_t used = 1;
	if (tally == NULL) {
		return ERR_OK;
	}
	if (count > TALLY_COLUMNS) {
		return err_set(ERR_LIMIT, "a row of too many columns");
	}
	for (size_t i = 0; i < count; i++) {
		const struct tally_value *value = &values[i];
		uint8_t *place = columns + 2 + 9 * i;
		if (value->is_number) {
			place[0] = 1;
			bytes_put_u64(place + 1, (uint64_t)value->number);
		} else if (!value->is_null) {
			place[0] = value->is_text ? 3 : 2;
			bytes_put_u64(place + 1, value->bytes.size);
			parts[used++] = value->bytes;
		}
	}
	parts[0] = span_of(columns, 2 + 9 * count);
	enum err err = keystore_tally(tally->keystore, parts, used, hash);
	if (err == ERR_OK) {
		struct sums *sums =
		    change == TALLY_COUNT ? &tally->counted : &tally->now;
		change_sum(&sums->of[table], change, hash);
	}
	sodium_memzero(hash, sizeof(hash));
	return err;
}

static bool same(const void *a, const void *b, size_t size)
{
	return sodium_memcmp(a, b, size) == 0;
}

/*
 * On disk.
 */

static enum err seal_sums(const struct tally *tally, struct buf *out)
{
	struct buf plain = { 0 };
	enum err err = buf_reserve(&plain, SEALED_BYTES);
	if (err == ERR_OK) {
		err = buf_u8(&plain, FORMAT);
	}
	if (err == ERR_OK) {
		err = buf_u8(&plain, TALLY_TABLES);
	}
	for (int i = 0; err == ERR_OK && i < TALLY_TABLES; i++) {
		const struct sum *sum = &tally->now.of[i];
		err = buf_u64(&plain, sum->rows);
		for (int k = 0; err == ERR_OK && k < LIMBS; k++) {
			err = buf_u64(&plain, sum->limbs[k]);
		}
	}
	if (err == ERR_OK) {
		err = keystore_seal(
		    tally->keystore, tally->rng, LABEL, buf_span(&plain), out);
	}
	buf_wipe(&plain);
	return err;
}

static enum err open_sums(
    const struct tally *tally, struct span sealed, struct sums *out)
{
	struct buf plain = { 0 };
	enum err err = keystore_unseal(tally->keystore, LABEL, sealed, &plain);
	if (err == ERR_OK) {
		struct reader in = reader_of(buf_span(&plain));
		uint8_t format = reader_u8(&in);
		uint8_t tables = reader_u8(&in);
		/* Tables that came later had no rows then. */
		sodium_memzero(out, sizeof(*out));
		for (int i = 0; i < tables && i < TALLY_TABLES; i++) {
			out->of[i].rows = reader_u64(&in);
			for (int k = 0; k < LIMBS; k++) {
				out->of[i].limbs[k] = reader_u64(&in);
			}
		}
		if (format != FORMAT || tables < TABLES_LEAST ||
		    tables > TALLY_TABLES || !reader_done(&in)) {
			err = err_set(ERR_CORRUPT, "it is of another form");
		}
	}
	buf_wipe(&plain);
	return err;
}

/* ERR_CORRUPT unless there is exactly one and it opens. */
static enum err read_sums(
    struct db *db, const struct tally *tally, struct sums *out)
{
	struct sqlite3_stmt *statement;
	bool row = false;
	bool more = false;
	enum err err = db_statement(db, DB_TALLY_GET,
	    "SELECT sealed, tally FROM tally ORDER BY tally <> 1", &statement);
	if (err == ERR_OK) {
		err = db_step(db, statement, &row);
	}
	if (err == ERR_OK && (!row || db_column_int(statement, 1) != 1)) {
		err = err_set(ERR_CORRUPT, "it is gone");
	}
	if (err == ERR_OK) {
		err = open_sums(tally, db_column_blob(statement, 0), out);
	}
	if (err == ERR_OK) {
		err = db_step(db, statement, &more);
	}
	if (err == ERR_OK && more) {
		err = err_set(ERR_CORRUPT, "there is another beside it");
	}
	if (statement != NULL) {
		db_reset(statement);
	}
	return err;
}

/*
 * Transactions.
 */

void tally_hold(struct tally *tally)
{
	if (tally != NULL) {
		tally->held = tally->now;
	}
}

void tally_back(struct tally *tally)
{
	if (tally != NULL) {
		tally->now = tally->held;
	}
}

/* PROTOCOL.md M281: "A node MUST keep of every table how many rows it has and
 * the sum of a keyed hash of each, sealed, and MUST write both in the
 * transaction that changes a row." */
enum err tally_store(struct tally *tally, struct db *db)
{
	struct sqlite3_stmt *statement;
	struct buf sealed = { 0 };
	if (tally == NULL || tally->lost ||
	    (!tally->made &&
		same(&tally->now, &tally->stored, sizeof(tally->now)))) {
		return ERR_OK;
	}
	enum err err = seal_sums(tally, &sealed);
	if (err == ERR_OK) {
		err = db_statement(db, DB_TALLY_SET,
		    "INSERT INTO tally (tally, sealed) VALUES (1, ?1)"
		    " ON CONFLICT (tally) DO UPDATE SET sealed ="
		    " excluded.sealed",
		    &statement);
	}
	if (err == ERR_OK) {
		err = db_bind_blob(statement, 1, buf_span(&sealed));
		if (err != ERR_OK) {
			db_reset(statement);
		}
	}
	if (err == ERR_OK) {
		err = db_run(db, statement);
	}
	buf_clear(&sealed);
	return err;
}

void tally_stored(struct tally *tally)
{
	if (tally != NULL) {
		tally->stored = tally->now;
		tally->made = false;
	}
}

void tally_undo(struct tally *tally)
{
	if (tally != NULL) {
		tally->now = tally->stored;
	}
}

void tally_free(struct tally *tally)
{
	sodium_free(tally);
}

/*
 * Beginning.
 */

static enum err count_anew(struct db *db, struct tally *tally)
{
	sodium_memzero(&tally->counted, sizeof(tally->counted));
	return tally_scan(db_connection(db));
}

static enum err make(struct db *db, struct tally *tally)
{
	enum err err = count_anew(db, tally);
	if (err == ERR_OK) {
		tally->now = tally->counted;
		tally->stored = tally->counted;
		tally->made = true;
	}
	return err;
}

/* The database frees it, also after an error. */
static enum err attach(struct db *db, const struct keystore *keystore,
    const struct rng *rng, struct tally **out)
{
	/* Rounded up: sodium_malloc aligns the end, not the start. */
	struct tally *tally =
	    sodium_malloc((sizeof(*tally) + ALIGN - 1) / ALIGN * ALIGN);
	if (tally == NULL) {
		return err_set(ERR_MEM, "no guarded memory");
	}
	memset(tally, 0, sizeof(*tally));
	tally->keystore = keystore;
	tally->rng = rng;
	db_set_tally(db, tally);
	*out = tally;
	return tally_watch(db_connection(db), tally);
}

enum err tally_create(
    struct db *db, const struct keystore *keystore, const struct rng *rng)
{
	struct tally *tally = NULL;
	enum err err = attach(db, keystore, rng, &tally);
	return err == ERR_OK ? make(db, tally) : err;
}

/* Cards and tally become new together, or not at all. */
static enum err make_for_old(struct db *db, struct tally *tally)
{
	enum err err = orgs_renew(db, tally->keystore, tally->rng);
	if (err == ERR_OK) {
		err = make(db, tally);
	}
	if (err == ERR_OK) {
		return db_commit(db);
	}
	db_rollback(db);
	return err;
}

/* PROTOCOL.md M283: "A node MUST NOT make a tally anew, other than for a home
 * whose own card is sealed as homes without one sealed it; it MUST say so, and
 * report a tally that is missing or does not open." */
enum err tally_open(struct db *db, const struct keystore *keystore,
    const struct rng *rng, enum tally_start *start)
{
	struct tally *tally = NULL;
	bool old = false;
	enum err err = attach(db, keystore, rng, &tally);
	if (err != ERR_OK) {
		return err;
	}
	*start = TALLY_HELD;
	err = read_sums(db, tally, &tally->stored);
	tally->now = tally->stored;
	if (err != ERR_CORRUPT) {
		return err;
	}
	err = orgs_are_old(db, keystore, &old);
	if (err == ERR_OK && old) {
		*start = TALLY_MADE;
		return make_for_old(db, tally);
	}
	*start = TALLY_LOST;
	tally->lost = true;
	return err;
}

/* PROTOCOL.md M282: "A check of a home MUST count and sum the rows of every
 * table anew, and report each that differs from the tally." */
enum err tally_check(struct db *db, tally_each each, void *context)
{
	struct tally *tally = db_tally(db);
	if (tally == NULL || db_in_transaction(db)) {
		return err_set(ERR_STATE, "there is no tally to check");
	}
	/* What is counted is not yet needed. */
	enum err err = read_sums(db, tally, &tally->counted);
	if (err == ERR_OK &&
	    !same(&tally->counted, &tally->stored, sizeof(tally->stored))) {
		err = err_set(ERR_CORRUPT, "it is not the one in use");
	}
	if (err == ERR_OK) {
		err = count_anew(db, tally);
	}
	for (int i = 0; err == ERR_OK && i < TALLY_TABLES; i++) {
		const struct sum *kept = &tally->stored.of[i];
		const struct sum *counted = &tally->counted.of[i];
		if (!same(kept, counted, sizeof(*kept))) {
			each(context, &(struct tally_difference){
					  .table = (enum tally_table)i,
					  .rows = counted->rows,
					  .kept = kept->rows });
		}
	}
	return err;
}
