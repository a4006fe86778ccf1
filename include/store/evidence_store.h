/*
 * evidence_store.h - evidence at rest: sealed, each piece once, the first ones
 * kept.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "Evidence"
 * Threads: one.
 */
#ifndef QSG_STORE_EVIDENCE_STORE_H
#define QSG_STORE_EVIDENCE_STORE_H

#include "keys/keystore.h"
#include "store/db.h"

struct evidence_item {
	int64_t evidence; /* its number, from 1 */
	int64_t org;      /* against whom */
	const char *kind; /* as in the evidence itself */
	int64_t found_ms;
	struct id32 hash; /* BLAKE2b-256 of the bytes */
};

/* Keep evidence that has been checked; of item only org, kind and found_ms are
 * read. ERR_EXISTS: it is kept already; ERR_FULL is the disk's; ERR_LIMIT: the
 * first 64 pieces and 8 MiB against an organisation are kept. Neither
 * ERR_EXISTS nor ERR_LIMIT spoils the transaction. */
ERR_MUST_USE enum err evidence_store_add(struct db *db,
    const struct keystore *keystore, const struct rng *rng,
    const struct evidence_item *item, struct span bytes);

/* One piece. Borrowed for the call. */
typedef enum err (*evidence_store_each)(
    void *context, const struct evidence_item *item);
/* Newest first. */
ERR_MUST_USE enum err evidence_store_scan(
    struct db *db, evidence_store_each each, void *context);

/* Append the bytes of a piece. ERR_NOTFOUND, ERR_CORRUPT. */
ERR_MUST_USE enum err evidence_store_open(struct db *db,
    const struct keystore *keystore, int64_t evidence, struct buf *out);

#endif
