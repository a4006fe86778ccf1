/*
 * withheld.h - records that an author gave to others and never to us.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Comparing heads"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_WITHHELD_H
#define QSG_SERVICE_WITHHELD_H

#include "service/taking.h"

/* An author has this long to offer what a head of its covers. */
#define WITHHELD_MS (10LL * 60LL * 1000LL)
/* Of an author that offered more streams than these before they were held
 * nothing is counted: they are not told apart. */
#define WITHHELD_TOLD 4096u

/* A signed head of a log came, whether it is joined yet or not. */
void withheld_seen(struct node *node, struct state_log *log, uint64_t size);
/* A peer offers so much of a stream; of use if it is that stream's author. */
void withheld_offered(struct node *node, const struct peer *peer,
    const struct id32 *stream, uint64_t number);
/* A record was taken from this message: count it, if it was withheld. Staged.
 */
ERR_MUST_USE enum err withheld_taken(struct taking *taking,
    struct state_stream *stream, uint64_t number, uint64_t leaf);
/* The count that the store keeps. */
ERR_MUST_USE enum err withheld_load(struct node *node, struct state_log *log);
/* Records of this organisation that only others gave us. */
uint64_t withheld_by(struct node *node, int64_t org);

#endif
