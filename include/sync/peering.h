/*
 * peering.h - which sessions there are: whom to dial and when, whose connection
 * counts. Pure, like session.
 *
 * Floor:   sync (never zmq.h or sqlite3.h)
 * Spec:    proto/PROTOCOL.md, "Sessions"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_PEERING_H
#define QSG_SYNC_PEERING_H

#include "sync/session.h"

struct peering;

struct peering_host {
	void *context;
	/* Put one message on a connection. False: the connection is gone. */
	bool (*send)(void *context, uint64_t link, struct span message);
	/* Start a connection to one of the peer's endpoints; the result is a
	 * link number (never 0), or 0 when it cannot even be started. Whether
	 * it works shows by a Hello. */
	uint64_t (*dial)(
	    void *context, const struct peer *peer, const char *endpoint);
	/* Close a connection and forget it. */
	void (*cut)(void *context, uint64_t link);
};

/* No session yet; the first tick dials. host is copied, node borrowed. */
ERR_MUST_USE enum err peering_new(
    struct node *node, const struct peering_host *host, struct peering **out);
void peering_free(struct peering *peering);

/* A message on connection `link` from the peer that its CURVE key, as of now,
 * belongs to. */
void peering_receive(
    struct peering *peering, uint64_t link, int64_t org, struct span message);
/* A connection is gone. */
void peering_closed(struct peering *peering, uint64_t link);
/* Dial who is due, tick every session. At least once a second. */
void peering_tick(struct peering *peering);
/* After node_commit: succeeded, or undone. Also deals with the node's events
 * (streams that grew, cards that changed). */
void peering_committed(struct peering *peering, bool succeeded);
/* The live session of a peer, or NULL. */
struct session *peering_session(struct peering *peering, int64_t org);
/* Milliseconds until the next tick is useful, at most 1000. */
int peering_timeout_ms(const struct peering *peering);

#endif
