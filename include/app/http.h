/*
 * http.h - HTTP over the Unix socket (libmicrohttpd), in a thread of its own.
 * It reads requests, hands them to the node as calls, and writes their answers.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: http_open and http_close from one thread.
 */
#ifndef QSG_APP_HTTP_H
#define QSG_APP_HTTP_H

#include "app/call.h"
#include "app/sock.h"
#include "base/queue.h"

#define HTTP_CONNECTIONS 256u
#define HTTP_CALLS 512u /* capacity of the queue: never full */
#define HTTP_BODY_BYTES                                                        \
	((size_t)256 * 1024 * 1024) /* of all requests together */

struct http;

/* Serve on a listening socket, which is taken over, to whom sock_peer_may lets
 * in; calls go into the queue. */
ERR_MUST_USE enum err http_open(int listen_fd, struct queue *calls,
    struct sock_users *users, struct http **out);
/* Take no new connections; wait for the answers given to be written, at most
 * for wait_ms; stop. Every call must have been answered. NULL is a no-op. */
void http_close(struct http *http, int wait_ms);

#endif
