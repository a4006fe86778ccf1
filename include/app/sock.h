/*
 * sock.h - the Unix socket of the local API, also where its path is longer than
 * a socket address holds.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: no shared state.
 */
#ifndef QSG_APP_SOCK_H
#define QSG_APP_SOCK_H

#include "base/bytes.h"
#include "base/limits.h"

#include <stdatomic.h>

#define SOCK_NAME "api.sock"

/* A path by which this process can reach the socket, short enough for an
 * address. It holds a descriptor while it is in use. */
struct sock_path {
	char text[108];
	int fd; /* -1: none needed */
};

/* ERR_NOTFOUND when there is no such home. */
ERR_MUST_USE enum err sock_path(const char *home, struct sock_path *out);
void sock_path_close(struct sock_path *path);

/* Listen, 0600, in place of a stale socket. The caller holds the home's lock.
 */
ERR_MUST_USE enum err sock_listen(const char *home, int *fd);
/* Remove the socket. */
void sock_remove(const char *home);
/* The users, by number, that accounts name: written by the node, read by the
 * HTTP thread. */
struct sock_users {
	atomic_size_t count;
	_Atomic uint32_t items[LIMIT_ACCOUNTS];
};
/* Whether the other side of a connection is this user, root or one of these
 * (NULL: nobody), as the kernel says; and who it is. */
bool sock_peer_may(int fd, struct sock_users *users, uint32_t *user);

/* Does anybody listen there, whether this user is served or not? */
bool sock_listens(const struct sock_path *path);

/* Listen at a path outside of the home, 0666, in place of a stale socket: who
 * connects there is told by the kernel. */
ERR_MUST_USE enum err sock_listen_at(const char *path, int *fd);

#endif
