/*
 * drafts.h - what waits to be recorded until the log may be signed.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "Drafts"
 * Threads: one.
 */
#ifndef QSG_STORE_DRAFTS_H
#define QSG_STORE_DRAFTS_H

#include "store/db.h"

/* Add a draft under this number, or put other bytes into it. */
ERR_MUST_USE enum err drafts_set(
    struct db *db, int64_t draft, int64_t made_ms, struct span sealed);
/* The one with the lowest number above this: its sealed bytes are appended.
 * ERR_NOTFOUND when there is none. */
ERR_MUST_USE enum err drafts_next(
    struct db *db, int64_t after, int64_t *draft, struct buf *sealed);
/* That very one. ERR_NOTFOUND. */
ERR_MUST_USE enum err drafts_get(
    struct db *db, int64_t draft, struct buf *sealed);
ERR_MUST_USE enum err drafts_drop(struct db *db, int64_t draft);
ERR_MUST_USE enum err drafts_count(struct db *db, uint64_t *count);

#endif
