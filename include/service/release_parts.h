/*
 * release_parts.h - what waits for a second person, as it is kept.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_RELEASE_PARTS_H
#define QSG_SERVICE_RELEASE_PARTS_H

#include "service/release.h"

/* One of them; release_close. ERR_NOTFOUND, ERR_CORRUPT. */
ERR_MUST_USE enum err release_open(
    struct node *node, int64_t number, Qsg__PendingRelease **out);
ERR_MUST_USE enum err release_unseal(struct node *node, int64_t number,
    struct span sealed, Qsg__PendingRelease **out);
/* NULL is one, too. */
void release_close(Qsg__PendingRelease *pending);
/* The newest number, and how many wait. */
void release_counts(
    const struct node *node, uint64_t *newest, uint64_t *waiting);
/* Staged; it gets its number. ERR_LIMIT. */
ERR_MUST_USE enum err release_put(
    struct node *node, Qsg__PendingRelease *pending);
ERR_MUST_USE enum err release_take_out(struct node *node, int64_t number);

#endif
