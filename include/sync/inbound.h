/*
 * inbound.h - the bound socket: who connects to us, told apart by routing id
 * and descriptor, cut when silent, unknown or too many.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_INBOUND_H
#define QSG_SYNC_INBOUND_H

#include "base/rng.h"
#include "keys/keystore.h"
#include "sync/conns.h"
#include "sync/zsock.h"

#define INBOUND_ZAP_DOMAIN "qsg"
#define INBOUND_SILENT_MS 10000 /* an accepted connection may be silent */
/* Taken in one go; then others, and the local interface, have their turn. */
#define INBOUND_TURN_BYTES ((size_t)4 * 1024 * 1024)

struct inbound;

struct inbound_host {
	void *context;
	/* A message from a connection whose handshake proved conn->key. False:
	 * cut it. */
	bool (*message)(void *context, struct conn *conn, struct span message);
	/* A connection ended. */
	void (*closed)(void *context, struct conn *conn);
};

struct inbound_options {
	void *zmq; /* the context, its ZAP handler running */
	const struct keystore *keystore;
	struct conns *conns;
	struct inbound_host host;
	const struct rng *rng;
	/* Accepted connections that have not spoken. Of more than that, the
	 * address that has the most of them loses its oldest; of several such
	 * addresses a random one. */
	size_t most_silent;
};

/* options are copied; what they point to is borrowed. */
ERR_MUST_USE enum err inbound_open(
    const struct inbound_options *options, struct inbound **out);
void inbound_close(struct inbound *inbound);

/* Listen on a numeric endpoint; *address is where it really listens. ERR_BUSY
 * when the address is taken. */
ERR_MUST_USE enum err inbound_bind(struct inbound *inbound,
    const char *endpoint, struct zsock_address *address);

/* To be polled for reading. */
void *inbound_socket(const struct inbound *inbound);
void *inbound_monitor(const struct inbound *inbound);

/* Take at most `most` messages, or somewhat more than INBOUND_TURN_BYTES; how
 * many there were. */
size_t inbound_receive(struct inbound *inbound, size_t most);
/* Time has passed: cut the silent, finish what is being cut. */
void inbound_tick(struct inbound *inbound, int64_t steady_ms);
/* Cut a connection: nothing more is taken from it, and it is shut down once
 * what has been sent may have left. */
void inbound_cut(struct inbound *inbound, struct conn *conn);
/* Descriptors that are open, for status and tests. */
size_t inbound_open_count(const struct inbound *inbound);

#endif
