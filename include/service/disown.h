/*
 * disown.h - what counts of a log generation that has ended: what its card's
 * accepted heads hold. Nothing is stored: card and tree decide, so that it does
 * not matter which of them came first.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Successor statements"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_DISOWN_H
#define QSG_SERVICE_DISOWN_H

#include "service/replica.h"
#include "service/state.h"

/* Its entry in its author's card, once the generation has ended; NULL while it
 * is live. */
const Qsg__LogGeneration *disown_ended(
    struct node *node, const struct state_log *log);
/* Is this record in none of the heads that its author accepts? */
bool disown_record(struct node *node, uint32_t rid);
/* Is any record of this stream? */
bool disown_stream(struct node *node, const struct state_stream *stream);

/* Heads to ask this peer for, so that what is held of ended generations can be
 * joined to an accepted head: start with *place 0; false when there are no
 * more. author, generation and head_size of *out are filled. */
bool disown_owed(struct node *node, const struct peer *peer, size_t *place,
    struct replica_range *out);

#endif
