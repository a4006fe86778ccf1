/*
 * changes.h - streams in the order of their newest records, so that what
 * changed after a cursor is found without a look at all the others.
 *
 * Floor:   service
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_CHANGES_H
#define QSG_SERVICE_CHANGES_H

#include "service/state.h"

/* The newest record of a stream is this one now. Records come with rising
 * rids; the one that is its newest already is a no-op. */
ERR_MUST_USE enum err changes_add(
    struct node *node, struct state_stream *stream, uint32_t rid);
/* Streams whose newest record comes after `cursor`, and is no later than
 * `until`, oldest first, one a call: start with *place 0; NULL when there are
 * no more. Nothing may change between the calls. */
struct state_stream *changes_next(
    const struct node *node, uint64_t cursor, uint32_t until, size_t *place);

#endif
