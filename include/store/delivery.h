/*
 * delivery.h - what was sent of each stream to each reader, and what readers
 * have signed for.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "Receipts"
 * Threads: one.
 */
#ifndef QSG_STORE_DELIVERY_H
#define QSG_STORE_DELIVERY_H

#include "store/db.h"

/* By then the reader had been sent every number up to `last`. */
struct delivery_sent {
	int64_t stream;
	int64_t org;
	uint64_t last;
	int64_t sent_ms;
};

/* Nothing is added when as much had been sent before. */
ERR_MUST_USE enum err delivery_add_sent(
    struct db *db, const struct delivery_sent *row);
typedef enum err (*delivery_each_sent)(
    void *context, const struct delivery_sent *row);
/* Those of one stream, by reader, numbers ascending. */
ERR_MUST_USE enum err delivery_scan_sent(
    struct db *db, int64_t stream, delivery_each_sent each, void *context);

/* The reader signed for these numbers, in the record rid. */
struct delivery_receipt {
	int64_t stream;
	int64_t org; /* the reader; 1: ourselves, of somebody else's stream */
	uint64_t first;
	uint64_t last;
	int64_t rid;
};

/* A range that ends where an older one ends takes its place there; what the
 * older one covers beyond it stays. */
ERR_MUST_USE enum err delivery_add_receipt(
    struct db *db, const struct delivery_receipt *row);
typedef enum err (*delivery_each_receipt)(
    void *context, const struct delivery_receipt *row);
/* Those of one stream, by reader, first numbers ascending. */
ERR_MUST_USE enum err delivery_scan_receipts(
    struct db *db, int64_t stream, delivery_each_receipt each, void *context);

/* The highest number of somebody else's stream that our receipts cover.
 * ERR_NOTFOUND without such a stream. */
ERR_MUST_USE enum err delivery_cover(
    struct db *db, int64_t stream, uint64_t number);
typedef enum err (*delivery_each_covered)(
    void *context, int64_t stream, uint64_t number);
/* Every stream of which anything is covered. */
ERR_MUST_USE enum err delivery_scan_covered(
    struct db *db, delivery_each_covered each, void *context);

#endif
