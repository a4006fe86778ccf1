/*
 * session.h - one connection with one enrolled peer: a pure state machine.
 *
 * Bytes and ticks in, bytes and events out. It calls the service floor for
 * what a node holds and its host for sending; it knows no socket, no file and
 * no thread, so that the simulator and the fuzzers run the very same code.
 *
 * Floor:   sync (may include base ... service; never zmq.h or sqlite3.h)
 * Spec:    proto/PROTOCOL.md, "Sessions", "Replication"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_SESSION_H
#define QSG_SYNC_SESSION_H

#include "service/replica.h"

struct session;

enum session_end {
	SESSION_LIVES,
	SESSION_SILENT,  /* nothing heard in time */
	SESSION_REFUSED, /* the peer knows no such session, or refused our Hello
	                  */
	SESSION_VIOLATED, /* the peer broke the protocol beyond repair */
	SESSION_REPLACED,
	SESSION_STOPPED
};

/* What a session may ask of whoever runs it. */
struct session_host {
	void *context;
	/* Put one message on this connection. False: it cannot be sent, the
	 * session ends. */
	bool (*send)(void *context, uint64_t link, struct span message);
};

/* A session over connection `link`. dialled: we send the first Hello. The
 * peer is known by its org number, looked up on every use. */
ERR_MUST_USE enum err session_new(struct node *node, int64_t org, uint64_t link,
    bool dialled, const struct session_host *host, struct session **out);
void session_free(struct session *session);

/* One message that came in. Never fails: what is wrong with it is refused,
 * counted and quarantined. */
void session_receive(struct session *session, struct span raw);
/* Time has passed: time-outs, retries, keep-alive. At least once a second. */
void session_tick(struct session *session);
/* Everything staged has been committed: acknowledgements may go out. */
void session_committed(struct session *session);
/* The commit failed, everything staged is undone: nothing is acknowledged, the
 * wants under way start over. */
void session_undone(struct session *session);
/* A stream grew (committed). The session pushes or advertises as fits. */
void session_grew(struct session *session, const struct node_event *event);
/* A head of ours was published (committed): the peer is told. */
void session_head_published(struct session *session);
/* The peer's card, or ours, changed. */
void session_card_changed(struct session *session);
/* End a session from this side, telling the peer. */
void session_stop(struct session *session, enum session_end why);

/* What has become of it. */
bool session_established(const struct session *session);
enum session_end session_ended(const struct session *session);

#endif
