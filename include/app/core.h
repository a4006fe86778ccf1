/*
 * core.h - the node's one thread: sockets, sessions, requests, commits.
 *
 * Each turn it takes what has come in, from peers and from the API, stages it
 * all, commits once, and only then answers and sends.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface", "Commit and release"
 * Threads: core_run owns the node.
 */
#ifndef QSG_APP_CORE_H
#define QSG_APP_CORE_H

#include "app/call.h"
#include "base/queue.h"
#include "sync/link.h"

struct core_options {
	struct ops_core *ops; /* the node and what status says of serving */
	struct link *link;
	struct queue *calls;
	struct alarming *alarms; /* who is told of them; NULL: nobody */
	int stop_fd;             /* readable when it is time to stop */
};

/* Run until told to stop, then close the queue, commit and answer what has been
 * accepted. */
ERR_MUST_USE enum err core_run(const struct core_options *options);

#endif
