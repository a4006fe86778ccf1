/*
 * resolve.h - names to addresses, in threads of their own: libzmq is never
 * given a name, its one I/O thread would stall every peer while looking it up.
 *
 * A peer writes the names of its card itself, and may choose such as take a
 * minute to fail. So each look-up is made for an asker, and what an asker can
 * hold up is bounded: see resolve_ask.
 *
 * Floor:   sync
 * Spec:    proto/PROTOCOL.md, "Transport"
 * Threads: the caller's one thread asks and takes the answers.
 */
#ifndef QSG_SYNC_RESOLVE_H
#define QSG_SYNC_RESOLVE_H

#include "base/bytes.h"
#include "base/clock.h"

#define RESOLVE_PATIENCE_MS 5000 /* then an attempt is given up */
#define RESOLVE_THREADS 8u
#define RESOLVE_SLOW_THREADS 4u  /* that askers of slow names have together */
#define RESOLVE_ASKER_THREADS 2u /* that one asker may have */

struct addrinfo;
struct resolve;

struct resolve_options {
	const struct clock *clock; /* borrowed */
	/* What looks up, called in any thread; its result is freed by
	 * freeaddrinfo. NULL: getaddrinfo. */
	int (*find)(const char *host, const char *port,
	    const struct addrinfo *hints, struct addrinfo **out);
};

struct resolve_question {
	uint64_t token; /* comes back with the answer */
	int64_t asker;  /* the peer's number; 0: this node itself */
	const char *endpoint;
};

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

ERR_MUST_USE enum err resolve_start(
    const struct resolve_options *options, struct resolve **out);
/* Look-ups under way are left to end by themselves. NULL is a no-op. */
void resolve_stop(struct resolve *resolve);

/* Whether a tcp:// endpoint is numeric already; then *out is it. */
bool resolve_numeric(const char *endpoint, struct resolve_address *out);
/* Ask for an endpoint with a name. Of several addresses a random one is taken,
 * so that repeated dialling tries them all.
 *
 * An asker has one question at a time: a new one takes the place of the old,
 * whose answer never comes. A question not answered within RESOLVE_PATIENCE_MS
 * is answered "not found"; its thread cannot be ended, and goes on holding one
 * of RESOLVE_THREADS until the look-up ends. Asked the same again meanwhile, it
 * answers that. An asker whose name kept a thread so long comes after all
 * others for a while.
 * ERR_INPUT: not an endpoint. ERR_BUSY: all the threads that the asker may have
 * are still looking up its earlier names. */
ERR_MUST_USE enum err resolve_ask(
    struct resolve *resolve, const struct resolve_question *question);
/* The next answer; false when there is none. To be called now and then even if
 * resolve_fd tells nothing: time may have run out for a question. */
bool resolve_next(struct resolve *resolve, struct resolve_answer *out);
/* Readable while look-ups have ended that resolve_next has not seen. */
int resolve_fd(const struct resolve *resolve);

#endif
