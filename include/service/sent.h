/*
 * sent.h - up to which number each reader has been sent our streams, and when:
 * gathered in memory, staged once a second.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Receipts"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SENT_H
#define QSG_SERVICE_SENT_H

#include "service/replica.h"

struct sent;

/* Records of range's stream up to `last` went out to this organisation. Only
 * whole records of our own streams count. */
void sent_note(struct node *node, int64_t org,
    const struct replica_range *range, uint64_t last);
/* Stage what was noted, once a second at most. Never fails: what cannot be kept
 * now is tried again. */
void sent_tick(struct node *node);
/* What was staged is durable, or undone: called by node_commit. */
void sent_committed(struct sent *sent, bool succeeded);
void sent_free(struct sent *sent);

#endif
