/*
 * load.h - read a home into memory, and empty the memory again.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_LOAD_H
#define QSG_SERVICE_LOAD_H

#include "service/node.h"

/* Fill an empty node from its open database: organisations, logs, trees,
 * streams, and the views (from the snapshot when use_snapshot and it fits, else
 * rebuilt by opening every record). ERR_CORRUPT. */
ERR_MUST_USE enum err load_memory(struct node *node, bool use_snapshot);
/* Wipe and free everything load_memory filled. */
void load_drop(struct node *node);

#endif
