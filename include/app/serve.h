/*
 * serve.h - `qsg serve`: a home opened, its sockets bound, the node run.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Transport", "Local interface"
 * Threads: the program's first, which becomes the node's.
 */
#ifndef QSG_APP_SERVE_H
#define QSG_APP_SERVE_H

#include "app/config.h"
#include "keys/keystore.h"

struct serve_options {
	const char *home;
	const struct config *config;
	/* Asks for the passphrase, once the home is ours. */
	enum err (*passphrase)(void *context, struct passphrase **out);
	/* One line for people once serving. */
	void (*ready)(void *context, const char *line);
	/* Something they should know. */
	void (*warn)(void *context, const char *line);
	/* Progress of a long start. */
	void (*progress)(
	    void *context, const char *what, uint64_t done, uint64_t total);
	void *context;
};

/* Serve until SIGTERM or SIGINT. ERR_BUSY when the home is being served or an
 * address is taken; nothing has changed then. */
ERR_MUST_USE enum err serve_run(const struct serve_options *options);

/* A home opened under its lock, without sockets: for `verify`. */
struct serve_home {
	int lock;
	struct node *node;
	struct buf mark_copy; /* where a copy of the mark is kept */
};
ERR_MUST_USE enum err serve_open_home(
    const struct serve_options *options, struct serve_home *out);
void serve_close_home(struct serve_home *home);

#endif
