/*
 * tally.h - how many rows each table has and a keyed sum over them, so that a
 * row which is deleted, changed or added behind the node's back is noticed.
 *
 * The sum is one of hashes that only the storage key can make, modulo 2^256:
 * it does not depend on the order of rows, and a row goes in and out in its
 * own time. Triggers of the connection, which are never on disk, add and take
 * every row that is written; of records, nodes too, the modules that write
 * them do. Sums are kept in memory and written, sealed, by db_commit, with the
 * rows that changed them. Of a record its numbers count: its bytes are bound
 * by hashes and signatures.
 *
 * A later migration that adds a table adds its number here: the table is made
 * empty, and an older tally says nothing of it, which is the sum of no rows.
 * One that adds a column changes what is hashed: it has to check the tally over
 * what there was, and go on from there, or homes would be said to be damaged.
 *
 *   tally.c        the sums, and how they go with transactions
 *   tally_rows.c   what a row is, triggers, and counting anew
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "At rest"
 * Threads: the database's.
 * Secrets: sums lie in sodium_malloc memory and are wiped by tally_free; what
 *          is sealed of them and the hash of a row are wiped after use.
 */
#ifndef QSG_STORE_TALLY_H
#define QSG_STORE_TALLY_H

#include "keys/keystore.h"
#include "store/db.h"

/* Hashed and sealed: numbers never change. */
enum tally_table {
	TALLY_META,
	TALLY_ORG,
	TALLY_LOG,
	TALLY_NODE,
	TALLY_STREAM,
	TALLY_RECORD,
	TALLY_HEAD,
	TALLY_COSIGNATURE,
	TALLY_SENT,
	TALLY_RECEIPT,
	TALLY_EVIDENCE,
	TALLY_QUARANTINE_PEER,
	TALLY_QUARANTINE,
	TALLY_QUARANTINE_BYTES,
	TALLY_DRAFT,
	TALLY_RELEASE,
	TALLY_TOMBSTONE,
	TALLY_ERASED,
	TALLY_HOLD,
	TALLY_ACCOUNT,
	TALLY_ACTIVITY,
	TALLY_TABLES
};
const char *tally_name(enum tally_table table);

/* Keep the tally of a database that was just made; the next commit writes it.
 * The keystore and rng are borrowed for the database's life. */
ERR_MUST_USE enum err tally_create(
    struct db *db, const struct keystore *keystore, const struct rng *rng);

enum tally_start {
	TALLY_HELD, /* as it was left */
	TALLY_MADE, /* the home was from before tallies: made, and durable */
	TALLY_LOST  /* it should be there and is not: nothing is made */
};
/* Go on with the tally of a database, or, when the cards prove that it is from
 * before there were any (orgs_renew), make it. */
ERR_MUST_USE enum err tally_open(struct db *db, const struct keystore *keystore,
    const struct rng *rng, enum tally_start *start);

/* A table that is not as it was written. */
struct tally_difference {
	enum tally_table table;
	uint64_t rows; /* there are */
	uint64_t kept; /* there should be */
};
typedef void (*tally_each)(
    void *context, const struct tally_difference *difference);
/* Count and sum every table anew, with no transaction open. ERR_CORRUPT, and
 * nothing compared, when the stored tally is missing, does not open or is not
 * the one in use. */
ERR_MUST_USE enum err tally_check(
    struct db *db, tally_each each, void *context);

/*
 * For the other modules of this floor. A NULL tally is none: nothing is done.
 */

struct tally;

/* What a row changes. */
enum tally_change { TALLY_TAKE = -1, TALLY_COUNT = 0, TALLY_ADD = 1 };
struct tally_value {
	bool is_number;
	bool is_null;
	bool is_text;
	int64_t number;
	struct span bytes;
};
#define TALLY_COLUMNS 16u

/* A row by its columns, in their order. TALLY_COUNT goes to what is counted
 * anew. */
ERR_MUST_USE enum err tally_row(struct tally *tally, enum tally_change change,
    enum tally_table table, const struct tally_value *values, size_t count);

/* Called by db.c: before a statement, and when it failed. */
void tally_hold(struct tally *tally);
void tally_back(struct tally *tally);
/* The same: write what has changed; it is durable; it was rolled back. */
ERR_MUST_USE enum err tally_store(struct tally *tally, struct db *db);
void tally_stored(struct tally *tally);
void tally_undo(struct tally *tally);
void tally_free(struct tally *tally);

/* Called by tally.c: have every row that this connection writes handed to
 * tally_row; hand it every row there is, as TALLY_COUNT. */
ERR_MUST_USE enum err tally_watch(
    struct sqlite3 *connection, struct tally *tally);
ERR_MUST_USE enum err tally_scan(struct sqlite3 *connection);

#endif
