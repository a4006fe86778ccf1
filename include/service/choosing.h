/*
 * choosing.h - which of many records of several organisations are shown: the
 * newest, and of each other organisation only so many, so that whoever says
 * very much leaves room for the others.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_CHOOSING_H
#define QSG_SERVICE_CHOOSING_H

#include "service/state.h"

#define CHOOSING_SHOWN 256u
#define CHOOSING_SHOWN_OF_ONE 16u

/* Zero-initialise; choosing_clear frees. */
struct choosing {
	uint32_t *rids; /* oldest first, as they came here */
	size_t count;
	size_t capacity;
	size_t left_out; /* after choosing_newest */
};
ERR_MUST_USE enum err choosing_add(struct choosing *choosing, uint32_t rid);
/* Keep those that are shown. */
ERR_MUST_USE enum err choosing_newest(
    struct node *node, struct choosing *choosing);
void choosing_clear(struct choosing *choosing);

#endif
