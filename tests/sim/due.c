#include "world.h"

#include <stdlib.h>

/* A tree of minima: leaves from `width` on, the parent of i is i / 2. */
struct due {
	unsigned count;
	unsigned width;
	int64_t at_ms[];
};

struct due *due_new(unsigned count)
{
	unsigned width = 1;
	while (width < count) {
		width *= 2;
	}
	struct due *due =
	    malloc(sizeof(*due) + 2 * (size_t)width * sizeof(due->at_ms[0]));
	if (due == NULL) {
		abort();
	}
	due->count = count;
	due->width = width;
	for (unsigned i = 0; i < 2 * width; i++) {
		due->at_ms[i] = INT64_MAX;
	}
	return due;
}

void due_free(struct due *due)
{
	free(due);
}

void due_set(struct due *due, unsigned node, int64_t at_ms)
{
	unsigned at = due->width + node;
	due->at_ms[at] = at_ms;
	while (at > 1) {
		int64_t a = due->at_ms[at & ~1u];
		int64_t b = due->at_ms[at | 1u];
		at /= 2;
		due->at_ms[at] = a < b ? a : b;
	}
}

int64_t due_first_ms(const struct due *due)
{
	return due->at_ms[1];
}

/* Up from the leaf as long as there is nothing to the right, then down. */
unsigned due_next(const struct due *due, unsigned from, int64_t now_ms)
{
	if (from >= due->count || due->at_ms[1] > now_ms) {
		return due->count;
	}
	unsigned at = due->width + from;
	while (due->at_ms[at] > now_ms) {
		while (at & 1u) {
			at /= 2;
		}
		if (at == 0) {
			return due->count;
		}
		at++;
	}
	while (at < due->width) {
		at *= 2;
		at += due->at_ms[at] > now_ms;
	}
	return at - due->width;
}
