/* When a record was made, as far as others signed for it. */
#include "domain/summit_clock.h"

#include <stdlib.h>
#include <string.h>

struct summit_bounds summit_unbounded(void)
{
	return (struct summit_bounds){ INT64_MIN, INT64_MAX };
}

/* The two outermost times of two organisations, and of ours. */
struct outer {
	int64_t best;
	int64_t second; /* of another organisation than the best */
	int64_t who;    /* the best's */
	int64_t ours;
	bool any;
	bool two;
	bool own;
};

/* Times count upwards here: to find the earliest, give them negated. */
static void take_outer(
    struct outer *outer, const struct summit_sight *sight, int64_t at_ms)
{
	if (sight->ours && (!outer->own || at_ms > outer->ours)) {
		outer->own = true;
		outer->ours = at_ms;
	}
	if (!outer->any || at_ms > outer->best) {
		if (outer->any && outer->who != sight->who) {
			outer->second = outer->best;
			outer->two = true;
		}
		outer->any = true;
		outer->best = at_ms;
		outer->who = sight->who;
		return;
	}
	if (outer->who != sight->who &&
	    (!outer->two || at_ms > outer->second)) {
		outer->two = true;
		outer->second = at_ms;
	}
}

static int64_t settled(const struct outer *outer)
{
	int64_t at_ms = outer->two ? outer->second : INT64_MIN;

	return outer->own && outer->ours > at_ms ? outer->ours : at_ms;
}

/* PROTOCOL.md M681: "What one other organisation alone states MUST NOT move
 * that time: of those times one counts that two organisations come to, or that
 * this node's own saw." */
struct summit_bounds summit_bounds_of(
    const struct summit_sight *sights, size_t count)
{
	struct summit_bounds bounds = summit_unbounded();
	struct outer without = { 0 };
	struct outer with = { 0 };

	for (size_t i = 0; i < count; i++) {
		int64_t at_ms = sights[i].at_ms;

		if (at_ms < 0)
			continue;
		if (sights[i].with)
			take_outer(&with, &sights[i], -at_ms);
		else
			take_outer(&without, &sights[i], at_ms);
	}
	bounds.after_ms = settled(&without);
	if (settled(&with) != INT64_MIN)
		bounds.before_ms = -settled(&with);
	return bounds;
}

/* PROTOCOL.md M683: "What is known of when a record was made MUST be kept, and
 * MUST only be narrowed, so that no clock moves when a cosignature takes the
 * place of an older one." */
bool summit_bounds_narrow(
    struct summit_bounds *bounds, const struct summit_bounds *by)
{
	bool narrower = by->after_ms > bounds->after_ms ||
	                by->before_ms < bounds->before_ms;

	if (by->after_ms > bounds->after_ms)
		bounds->after_ms = by->after_ms;
	if (by->before_ms < bounds->before_ms)
		bounds->before_ms = by->before_ms;
	return narrower;
}

/* PROTOCOL.md M680: "A record of a summit MUST be taken as made when its author
 * says, but not before its log was last signed for without it, and not after it
 * was first signed for with it or this node took it." */
int64_t summit_bounded(int64_t said_ms, const struct summit_bounds *bounds)
{
	int64_t at_ms = said_ms;

	if (at_ms < bounds->after_ms)
		at_ms = bounds->after_ms;
	return at_ms > bounds->before_ms ? bounds->before_ms : at_ms;
}
