/*
 * resolve.h - names to addresses, in threads of their own: libzmq is never
 * given a name, its one I/O thread would stall every peer while looking it up.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the caller's one thread asks and takes the answers.
 */
#ifndef QSG_SYNC_RESOLVE_H
#define QSG_SYNC_RESOLVE_H

#include "base/bytes.h"

struct resolve;

/* A numeric endpoint, as libzmq takes it. */
struct resolve_address {
	char text[96]; /* tcp://1.2.3.4:5 or tcp://[::1]:5 */
};

struct resolve_answer {
	uint64_t token;
	bool found;
	struct resolve_address address;
	char reason[120]; /* when not found */
};

ERR_MUST_USE enum err resolve_start(struct resolve **out);
/* Lookups under way are left to end by themselves. NULL is a no-op. */
void resolve_stop(struct resolve *resolve);

/* Whether a tcp:// endpoint is numeric already; then *out is it. */
bool resolve_numeric(const char *endpoint, struct resolve_address *out);
/* Ask for an endpoint with a name; the answer bears the token. Of several
 * addresses a random one is taken, so that repeated dialling tries them all.
 * ERR_LIMIT: too many are waiting. */
ERR_MUST_USE enum err resolve_ask(
    struct resolve *resolve, uint64_t token, const char *endpoint);
/* The next answer; false when there is none. */
bool resolve_next(struct resolve *resolve, struct resolve_answer *out);
/* Readable while there are answers. */
int resolve_fd(const struct resolve *resolve);

#endif
