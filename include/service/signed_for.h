/*
 * signed_for.h - receipts that come in: judged, and counted for the records
 * that they cover.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Receipts"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SIGNED_FOR_H
#define QSG_SERVICE_SIGNED_FOR_H

#include "service/node.h"

#include "payload.pb-c.h"

/* Is it well-formed? Says nothing about what it claims. */
bool signed_for_fits(const Qsg__Receipt *receipt);
/* How many numbers it names as unreadable. */
size_t signed_for_gaps(const Qsg__Receipt *receipt);
/* Count a receipt that was taken with the record rid. A no-op for any other
 * payload. What contradicts the records held here is kept, shown as a problem
 * of its signer, and not counted. Staged. */
ERR_MUST_USE enum err signed_for_take(
    struct node *node, uint32_t rid, const Qsg__Payload *payload);

#endif
