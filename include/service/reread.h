/*
 * reread.h - what is about to be signed, as the database has it.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Commit and release"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_REREAD_H
#define QSG_SERVICE_REREAD_H

#include "service/node.h"

/* Read the headers that the next head of our log adds back from the open
 * transaction: each leaf once, in order, with the hash that the tree has.
 * ERR_CORRUPT. For node_commit. */
ERR_MUST_USE enum err reread_staged(struct node *node);

#endif
