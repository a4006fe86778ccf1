/*
 * gate.h - who may come in, and who it is that came: the keys of the cards in
 * force, told to the ZAP handler and looked up for each message.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_GATE_H
#define QSG_SYNC_GATE_H

#include "service/peers.h"
#include "sync/conns.h"
#include "sync/zap.h"

/* Set the node, borrowed, before gate_open; the rest is zero. */
struct gate {
	struct node *node;
	struct zap *zap;
	struct id32 admitted; /* digest of the keys last given to ZAP */
	bool admitted_any;
};

/* Start the ZAP handler of this context and domain; nobody is admitted. */
ERR_MUST_USE enum err gate_open(
    struct gate *gate, void *zmq, const char *domain);
/* End the handler, and with it all admission. */
void gate_close(struct gate *gate);

/* Tell the handler whose keys are admitted now, if that has changed. */
ERR_MUST_USE enum err gate_admit(struct gate *gate);
/* Who sent a message on this connection, by the connection's key and noted in
 * it; NULL: nobody has that key. */
struct peer *gate_sender(
    const struct gate *gate, struct conn *conn, struct span message);

#endif
