/*
 * tombstones.h - which records were erased here, which rows lost their bodies
 * by that, and which records are held against it.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: one.
 */
#ifndef QSG_STORE_TOMBSTONES_H
#define QSG_STORE_TOMBSTONES_H

#include "store/db.h"

/* A record, held or not, that is erased for good. */
struct tombstone {
	struct id32 id;
	int64_t erasure; /* rid of the record that says so */
	int64_t erased_ms;
};
/* Adding it again is a no-op. */
ERR_MUST_USE enum err tombstones_add(
    struct db *db, const struct tombstone *tombstone);
/* ERR_NOTFOUND. */
ERR_MUST_USE enum err tombstones_get(
    struct db *db, const struct id32 *id, struct tombstone *out);
/* One whose id begins with these hex digits; erasure 0: there is none. */
ERR_MUST_USE enum err tombstones_find(
    struct db *db, struct span hex, struct tombstone *out);

#define ERASED_HEADER_BYTES 1024u

/* A row whose body is gone: the record itself, or a grant that carried it. This
 * map outlives the bodies. */
struct erased_row {
	int64_t rid;
	struct id32 original;
	int64_t erasure; /* rid */
	/* Of what a grant carried, as far as it was opened; else none. */
	uint8_t header[ERASED_HEADER_BYTES];
	size_t header_size;
};
ERR_MUST_USE enum err erased_add(struct db *db, const struct erased_row *row);
/* ERR_NOTFOUND. */
ERR_MUST_USE enum err erased_get(
    struct db *db, int64_t rid, struct erased_row *out);
typedef enum err (*erased_each)(void *context, const struct erased_row *row);
/* All, by rid. */
ERR_MUST_USE enum err erased_scan(
    struct db *db, erased_each each, void *context);

/* Holds, sealed by whoever knows what is in them. */
ERR_MUST_USE enum err holds_set(
    struct db *db, const struct id32 *id, struct span sealed);
/* Its sealed bytes are appended. ERR_NOTFOUND. */
ERR_MUST_USE enum err holds_get(
    struct db *db, const struct id32 *id, struct buf *sealed);
ERR_MUST_USE enum err holds_drop(struct db *db, const struct id32 *id);

#endif
