/*
 * zsock.h - what all our ZeroMQ sockets have in common: limits, options,
 * monitoring, and connections that are told apart by file descriptor.
 *
 * Floor:   sync (may include base ... service)
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: a socket's own.
 */
#ifndef QSG_SYNC_ZSOCK_H
#define QSG_SYNC_ZSOCK_H

#include "base/bytes.h"

/* A context with room for this many sockets. ERR_NET. */
ERR_MUST_USE enum err zsock_context(int sockets, void **out);

/* A socket of this type with the limits of PROTOCOL.md, "Transport": message
 * size, queues, handshake time, heartbeats, IPv6, no lingering. */
ERR_MUST_USE enum err zsock_new(void *context, int type, void **out);
ERR_MUST_USE enum err zsock_set(void *socket, int option, int value);
/* NULL is a no-op. */
void zsock_close(void *socket);

/* Watch a socket: *monitor is a socket to read events from. */
ERR_MUST_USE enum err zsock_monitor(
    void *context, void *socket, void **monitor);
/* Stop watching, and close the monitor. */
void zsock_unmonitor(void *socket, void *monitor);

struct zsock_event {
	int event; /* ZMQ_EVENT_... */
	int value; /* a file descriptor, an errno or a ZAP status */
};
/* The next event; false when there is none now. */
bool zsock_event(void *monitor, struct zsock_event *out);
/* The same, waiting up to timeout_ms. */
bool zsock_event_wait(void *monitor, int timeout_ms, struct zsock_event *out);

/* The address a socket was last bound or connected to. */
struct zsock_address {
	char text[300];
};
ERR_MUST_USE enum err zsock_last_endpoint(
    void *socket, struct zsock_address *out);

#endif
