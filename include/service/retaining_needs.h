/*
 * retaining_needs.h - what keeps a record that a retention rule would erase.
 * Used by retaining.c only.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_RETAINING_NEEDS_H
#define QSG_SERVICE_RETAINING_NEEDS_H

#include "service/node.h"

/* *why: for people, static; NULL when nothing needs it. */
ERR_MUST_USE enum err retaining_need(
    struct node *node, uint32_t rid, const char **why);

#endif
