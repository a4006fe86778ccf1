/*
 * summit_clock.h - the times by which something of a risk summit is to be done:
 * who set each, when it is due, and whether it was met. Pure: the same records,
 * bounds and time of asking, the same clocks.
 *
 * Times of records are their authors' own, held within what others signed for.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Clocks and alarms"; NQB chapter 5
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_SUMMIT_CLOCK_H
#define QSG_DOMAIN_SUMMIT_CLOCK_H

#include "domain/summit.h"

/*
 * When a record was made.
 */

/* That an organisation signed at its own time for the log that a record lies
 * in: with it, or still without. */
struct summit_sight {
	int64_t who; /* any number that tells organisations apart */
	bool ours;   /* the node's own saw it */
	bool with;
	int64_t at_ms;
};

/* Not before, not after. */
struct summit_bounds {
	int64_t after_ms;  /* INT64_MIN: nothing says so */
	int64_t before_ms; /* INT64_MAX: nothing says so */
};
struct summit_bounds summit_unbounded(void);
/* What these come to. */
struct summit_bounds summit_bounds_of(
    const struct summit_sight *sights, size_t count);
/* Both of them; true when that is narrower than `bounds` was. */
bool summit_bounds_narrow(
    struct summit_bounds *bounds, const struct summit_bounds *by);
/* What its author says, held within them. */
int64_t summit_bounded(int64_t said_ms, const struct summit_bounds *bounds);

/*
 * Clocks.
 */

enum summit_clock_status {
	SUMMIT_CLOCK_RUNNING = 0,
	SUMMIT_CLOCK_MET = 1,
	SUMMIT_CLOCK_MISSED = 2, /* met later or not */
	SUMMIT_CLOCK_ENDED = 3   /* what it was set for is over: neither */
};
/* e.g. "missed"; static. */
const char *summit_clock_status_token(enum summit_clock_status status);

struct summit_clock {
	const char *token;            /* of summit_clocks() in summit_words.h */
	const char *source;           /* "NQB 5", "charter", "ours", "action" */
	const struct summit_fact *of; /* the record that set it */
	int64_t from_ms;              /* when that was, as bounded */
	int64_t due_ms;
	enum summit_clock_status status;
	const struct summit_fact *by;   /* what met or ended it; NULL nothing */
	int64_t by_ms;                  /* ... and when */
	const struct summit_fact *ours; /* our record that we saw it missed */
	size_t missed_by; /* organisations that recorded so, with ours */
};
/* By clock in the order of their vocabulary, then as they fall due. */
struct summit_clocks {
	struct summit_clock *items;
	size_t count;
};

struct summit_clocks_asked {
	const struct summit_state *state; /* of these facts */
	const struct summit_fact *facts;
	const struct summit_bounds *bounds; /* of each fact; NULL: none */
	size_t count;
	const struct summit_rules *rules; /* NULL: where there is no charter */
	const struct id32 *us;
	int64_t now_ms;
};
/* A summit without a trigger that counts has none. ERR_MEM. */
ERR_MUST_USE enum err summit_clocks_find(
    const struct summit_clocks_asked *asked, struct summit_clocks *out);
void summit_clocks_clear(struct summit_clocks *clocks);
/* The earliest due time of those that run; INT64_MAX: none does. */
int64_t summit_clocks_next(const struct summit_clocks *clocks);
/* When the time to agree on a ring-holder is out; 0: it has not begun. */
int64_t summit_clocks_ring_out(const struct summit_clocks *clocks);

#endif
