/*
 * stranger.h - the self-test at start: a stranger knocks at our own door, and
 * must be turned away.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the node's.
 */
#ifndef QSG_SYNC_STRANGER_H
#define QSG_SYNC_STRANGER_H

#include "base/bytes.h"

struct stranger_door {
	void *zmq;
	const struct id32 *server; /* our transport key */
	const char *address;       /* numeric, bound by us */
	/* Called all the while, so that our own side goes on. */
	void (*meanwhile)(void *context);
	void *context;
};

/* ERR_OK once a stranger has been refused for who it is; ERR_DENIED when it got
 * in, ERR_NET when neither happened in five seconds. */
ERR_MUST_USE enum err stranger_knock(const struct stranger_door *door);

#endif
