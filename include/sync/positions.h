/*
 * positions.h - how far a peer is with each stream, as this session knows:
 * what lets a fresh record be pushed instead of advertised.
 *
 * Bounded: when LIMIT_POSITIONS streams are known, the half learned first is
 * forgotten.
 *
 * Floor:   sync (never zmq.h or sqlite3.h)
 * Spec:    proto/PROTOCOL.md, "Replication"
 * Threads: one at a time per table.
 */
#ifndef QSG_SYNC_POSITIONS_H
#define QSG_SYNC_POSITIONS_H

#include "base/bytes.h"
#include "base/table.h"

struct position {
	struct id32 stream;
	uint64_t number; /* the peer holds, or is being sent, 1..number */
};

/* Zero-initialise, set index.salt to something random, and use. */
struct positions {
	struct position *items;
	size_t count;
	size_t capacity;
	struct table index;
};

/* False when nothing is known of this stream. */
bool positions_get(const struct positions *positions, const struct id32 *stream,
    uint64_t *number);
/* Out of memory forgets: the stream is advertised then. */
void positions_set(
    struct positions *positions, const struct id32 *stream, uint64_t number);
void positions_clear(struct positions *positions);

#endif
