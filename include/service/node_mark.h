/*
 * node_mark.h - what the high-water mark says of the log, for node*.c alone.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "High-water mark"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_NODE_MARK_H
#define QSG_SERVICE_NODE_MARK_H

#include "service/node.h"

/* Sets whether the node may sign, and why not. */
void node_mark_judge(struct node *node);

/* Moves the mark to the head that is held, if the node may sign. */
ERR_MUST_USE enum err node_mark_catch_up(struct node *node);

#endif
