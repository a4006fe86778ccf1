/*
 * comparing.h - passwords compared one after the other in a thread of their
 * own: each takes a second and 256 MiB, and neither the node nor others who
 * use its socket are to wait for that.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: comparing_ask from one thread; the others from the one that opened
 *          it.
 */
#ifndef QSG_APP_COMPARING_H
#define QSG_APP_COMPARING_H

#include "base/clock.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define COMPARING_OF_ONE 8u /* comparisons of one user under way */

struct comparing;

/* What is to be compared; the caller's until it is answered. */
struct comparing_one {
	uint32_t user;
	const char *name;     /* that was given */
	const char *hash;     /* "": of nobody, compared all the same */
	const char *password; /* "" none */
	/* In the comparing thread: ERR_OK; ERR_DENIED, it is another; ERR_BUSY,
	 * not compared. */
	void (*answered)(void *context, enum err err);
	void *context;
};

ERR_MUST_USE enum err comparing_open(
    const struct clock *clock, size_t capacity, struct comparing **out);
/* ERR_BUSY: not now, with the reason; it is not answered. */
ERR_MUST_USE enum err comparing_ask(
    struct comparing *comparing, struct comparing_one *one);
/* Take no more and answer what waits. */
void comparing_stop(struct comparing *comparing);
/* Once stopped; NULL is a no-op. */
void comparing_free(struct comparing *comparing);

#endif
