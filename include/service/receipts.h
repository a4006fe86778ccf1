/*
 * receipts.h - what we sign for: records in our own log that say to an author
 * which of its records we hold, and which of them we cannot read.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Receipts"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_RECEIPTS_H
#define QSG_SERVICE_RECEIPTS_H

#include "service/node.h"

#define RECEIPTS_INTERVAL_MS 60000
#define RECEIPTS_URGENT_MS 10000        /* between urgent ones to one author */
#define RECEIPTS_UNREADABLE_MS 86400000 /* between those due to these alone */
#define RECEIPTS_STREAMS 1024u          /* named in one receipt */
#define RECEIPTS_GAPS 2048u             /* unreadable numbers named in it */

struct receipts;

/* Read what is covered, and find what is not. Called by load_memory. */
ERR_MUST_USE enum err receipts_load(struct node *node);
void receipts_free(struct receipts *receipts);

/* Time between two receipts to one author. */
void receipts_set_interval(struct node *node, int64_t interval_ms);

/* A record of somebody else's was taken, or (filled) its bytes came after its
 * number: note that it is to be signed for. Staged. */
ERR_MUST_USE enum err receipts_taken(
    struct node *node, uint32_t rid, bool filled);
/* Sign for this stream at once, to its whole audience as far as it is known
 * here. A no-op for a stream of our own. */
void receipts_urgent(struct node *node, int64_t stream);

/* Stage the receipts that are due, and what was sent since the last time. At
 * least once a second. Never fails: what cannot be done now is tried again. */
void receipts_tick(struct node *node);

#endif
