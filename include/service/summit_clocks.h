/*
 * summit_clocks.h - the clocks of risk summits, as this node knows the times of
 * their records: by cosignatures and receipts that it holds, and by when it
 * took them itself.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Clocks and alarms"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMIT_CLOCKS_H
#define QSG_SERVICE_SUMMIT_CLOCKS_H

#include "domain/summit_clock.h"
#include "service/summits.h"

/* Those of a summit that was looked at, at this node's time; they borrow from
 * the look. summit_clocks_clear. ERR_MEM, ERR_IO, ERR_CORRUPT. */
ERR_MUST_USE enum err summit_clocks_look(struct node *node,
    const struct summits_look *look, struct summit_clocks *out);
/* The same, and what is known of the times of its records is kept. Staged. */
ERR_MUST_USE enum err summit_clocks_keep(struct node *node,
    const struct summits_look *look, struct summit_clocks *out);
/* Record each that is missed, if this node's organisation is in the circle and
 * has not yet; *count, if not NULL: how many were. Staged. ERR_STATE when this
 * node may not sign, ERR_LIMIT. */
ERR_MUST_USE enum err summit_clocks_record(struct node *node,
    const struct summits_look *look, const struct summit_clocks *clocks,
    size_t *count);

#endif
