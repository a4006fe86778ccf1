/*
 * releases.h - shares that wait for a second person, sealed.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: one.
 */
#ifndef QSG_STORE_RELEASES_H
#define QSG_STORE_RELEASES_H

#include "store/db.h"

ERR_MUST_USE enum err releases_add(
    struct db *db, int64_t release, struct span sealed);
/* Its sealed bytes are appended. ERR_NOTFOUND. */
ERR_MUST_USE enum err releases_get(
    struct db *db, int64_t release, struct buf *sealed);
ERR_MUST_USE enum err releases_drop(struct db *db, int64_t release);

typedef enum err (*releases_each)(
    void *context, int64_t release, struct span sealed);
/* All, by their numbers. */
ERR_MUST_USE enum err releases_scan(
    struct db *db, releases_each each, void *context);

#endif
