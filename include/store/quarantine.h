/*
 * quarantine.h - what was rejected, with the reason: bounded, counted.
 *
 * Full bytes (sealed) for the newest 64 items a peer, then hash and reason for
 * the newest 4,096, a count for all; 1 GiB of bytes in all, oldest out first.
 * A peer has no more than 64 MiB of them written in an hour, the rest is only
 * noted. Evidence - what is refused as forked, broken, split-view or
 * card-conflict - has 64 items and 64 MiB an hour to itself, and goes last.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "At rest"
 * Threads: one.
 */
#ifndef QSG_STORE_QUARANTINE_H
#define QSG_STORE_QUARANTINE_H

#include "keys/keystore.h"
#include "store/db.h"

/* Under this the bytes are sealed. */
#define QUARANTINE_LABEL "qsg/quarantine/v1"

/* Bytes kept since an hour began. */
struct quarantine_hour {
	int64_t since_ms;
	uint64_t bytes;
};
/* What was kept of one peer lately. Zero-initialise; in memory alone. */
struct quarantine_account {
	struct quarantine_hour others;
	struct quarantine_hour evidence;
};

struct quarantine_item {
	int64_t item;
	struct id32 peer; /* who sent it */
	int64_t received_ms;
	const char *code;   /* stable token */
	const char *reason; /* one line */
	struct id32 hash;   /* BLAKE2b of the bytes */
	uint64_t size;
	bool kept; /* full bytes are still here */
};

/* Put bytes in: of item only peer, received_ms, code and reason are read (the
 * texts are cut at their limits), the rest is worked out here. Charged to the
 * peer's account. Bytes larger than a message, bytes beyond what the account
 * allows, and evidence that is kept already are hashed and counted, not kept.
 */
ERR_MUST_USE enum err quarantine_add(struct db *db,
    const struct keystore *keystore, const struct rng *rng,
    struct quarantine_account *account, const struct quarantine_item *item,
    struct span bytes);

/* Drop the bytes of every item in which any of these 32 bytes stand; its note
 * stays. Sorts them. */
ERR_MUST_USE enum err quarantine_forget(struct db *db,
    const struct keystore *keystore, struct id32 *parts, size_t count);

/* One item. Borrowed for the call. */
typedef enum err (*quarantine_each)(
    void *context, const struct quarantine_item *item);
/* Newest first, at most max. */
ERR_MUST_USE enum err quarantine_scan(
    struct db *db, size_t max, quarantine_each each, void *context);
/* Items ever put in by this peer (zero id: by anybody), and bytes now kept. */
ERR_MUST_USE enum err quarantine_count(
    struct db *db, const struct id32 *peer, uint64_t *items, uint64_t *bytes);

/* Append the bytes of an item, as they came in. ERR_NOTFOUND when there is no
 * such item, or its bytes are not kept; ERR_CORRUPT when they do not open. */
ERR_MUST_USE enum err quarantine_open(struct db *db,
    const struct keystore *keystore, int64_t item, struct buf *out);

#endif
