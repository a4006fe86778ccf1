/*
 * export_needs.h - what an outsider needs to check the records that were
 * chosen: signed heads, cards, evidence. Used by export.c only.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_EXPORT_NEEDS_H
#define QSG_SERVICE_EXPORT_NEEDS_H

#include "service/export.h"

/* Committed, and the newest verified head of its log holds it. */
bool export_needs_provable(struct node *node, uint32_t rid);

/* List the records whose flags (by rid - 1) are not 0, their logs, each with
 * the head that all their proofs lead to, the cards of all who signed, and the
 * evidence: all of it, or that against the records' authors. */
ERR_MUST_USE enum err export_needs_list(struct node *node,
    const uint8_t *chosen, bool all, struct export_list *out);

#endif
