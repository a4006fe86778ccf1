/*
 * link.h - the node's ZeroMQ sockets together: who may connect, who is who,
 * and what peering needs to send, dial and cut.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_LINK_H
#define QSG_SYNC_LINK_H

#include "sync/peering.h"
#include "sync/zsock.h"

struct link;

/* Start the context, the ZAP handler, the resolver and the bound socket; nobody
 * is listened to yet. The node is borrowed. */
ERR_MUST_USE enum err link_open(struct node *node, struct link **out);
/* NULL is a no-op. */
void link_close(struct link *link);

/* Listen on a tcp:// endpoint: its host may be *, 0.0.0.0, [::] or a name
 * (looked up once), its port 0 or * for any free one. *address is the endpoint
 * as given, or what became of it. ERR_BUSY when it is taken. */
ERR_MUST_USE enum err link_bind(
    struct link *link, const char *endpoint, struct zsock_address *address);
/* Prove on every bound address that a stranger is turned away. ERR_DENIED when
 * one gets in, ERR_NET when it cannot be proven. */
ERR_MUST_USE enum err link_prove(struct link *link);

/* What peering_new needs. */
const struct peering_host *link_host(const struct link *link);
/* From now on what comes in goes there; NULL: nowhere. */
void link_attach(struct link *link, struct peering *peering);

/* Wait until a socket, or one of these descriptors, has something to read, or
 * timeout_ms passed. */
void link_wait(struct link *link, const int *fds, size_t count, int timeout_ms);
/* Receive what there is, within bounds, and do what is due. True when there may
 * be more. */
bool link_run(struct link *link);
/* Tell the ZAP handler whose keys are admitted now, if that has changed. */
ERR_MUST_USE enum err link_admit(struct link *link);

/* Connections accepted and open. */
size_t link_accepted(const struct link *link);

#ifdef QSG_TEST
/* End the ZAP handler, to show that nobody gets in without it. */
void link_kill_zap(struct link *link);
#endif

#endif
