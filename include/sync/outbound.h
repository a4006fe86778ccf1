/*
 * outbound.h - connections we dial: a fresh socket each, closed when it ends;
 * whether to dial again is the caller's to decide.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_OUTBOUND_H
#define QSG_SYNC_OUTBOUND_H

#include "keys/keystore.h"
#include "sync/conns.h"
#include "sync/resolve.h"

struct outbound {
	void *zmq;
	const struct keystore *keystore;
	struct conns *conns;
	struct resolve *resolve;
};

/* Start a connection to a peer, a server with this key; NULL when it cannot
 * even be started (see err_text). */
struct conn *outbound_dial(struct outbound *out, int64_t org,
    const struct id32 *key, const char *endpoint);
/* Take addresses that were found, and connect. For one that was not found, or
 * not in time, calls failed and marks the connection gone. */
void outbound_resolved(struct outbound *out,
    void (*failed)(void *context, struct conn *conn, const char *reason),
    void *context);
/* Whether the connection has ended, and why (borrowed, static). */
bool outbound_ended(const struct conn *conn, const char **why);

#endif
