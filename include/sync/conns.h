/*
 * conns.h - the connections there are, each with what waits to be sent on it.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_CONNS_H
#define QSG_SYNC_CONNS_H

#include "base/bytes.h"

#define CONNS_PENDING_BYTES ((size_t)8 * 1024 * 1024) /* a connection */
#define CONNS_PER_PEER 8u /* that one peer may have open to us */

struct conns_pending;

/* One connection. Either accepted by the bound socket and told apart by its
 * routing id and descriptor, or dialled with a socket of its own. */
struct conn {
	uint64_t number; /* never 0, never used again */
	bool dialled;
	bool gone;          /* to be swept */
	bool reported;      /* its user has been told, or asked for it */
	void *socket;       /* what to send on; NULL: not connected yet */
	void *monitor;      /* dialled only */
	struct id32 key;    /* the peer's transport key */
	int64_t org;        /* who it was found to be, 0 nobody yet */
	int fd;             /* accepted only */
	uint8_t route[256]; /* accepted only */
	size_t route_size;
	struct conns_pending *first; /* waiting to be sent */
	struct conns_pending *last;
	size_t pending_bytes;
};

/* Zero-initialise; conns_clear frees. Pointers to connections stay valid until
 * they are swept. */
struct conns {
	struct conn **list;
	size_t count;
	size_t capacity;
	uint64_t newest; /* number */
};

/* A new connection, NULL when memory is out. */
struct conn *conns_add(struct conns *conns);
/* Not gone, of this number; or NULL. */
struct conn *conns_find(const struct conns *conns, uint64_t number);
/* Not gone, accepted, with this key. */
size_t conns_count_key(const struct conns *conns, const struct id32 *key);
/* Free those that are gone. Sockets and monitors of dialled ones are closed. */
void conns_sweep(struct conns *conns);
void conns_clear(struct conns *conns);

/* Send, or queue while the socket takes nothing. False: the connection is gone
 * or more than CONNS_PENDING_BYTES wait. */
bool conns_send(struct conn *conn, struct span message);
/* Send what waits, as far as it goes. False: gone. */
bool conns_flush(struct conn *conn);

#endif
