/*
 * runs.h - which record holds number n of a stream.
 *
 * Floor:   store
 * Threads: one.
 * Secrets: plaintext metadata; runs_clear wipes it.
 */
#ifndef QSG_STORE_RUNS_H
#define QSG_STORE_RUNS_H

#include "base/table.h"

struct run;

/* Zero-initialise, set streams.salt to something random, and use. */
struct runs {
	struct table streams; /* stream to place in items */
	struct run *items;
	size_t count;
	size_t capacity;
};

/* Make sure that number is the stream's next (ERR_CORRUPT) and that it has
 * room, so that runs_push cannot fail. */
ERR_MUST_USE enum err runs_reserve(
    struct runs *runs, uint32_t stream, uint64_t number);
/* Give the stream's next number, as reserved, to a record. */
void runs_push(struct runs *runs, uint32_t stream, uint32_t rid);
/* rid of number n of a stream; 0 when not held. */
uint32_t runs_at(const struct runs *runs, uint32_t stream, uint64_t number);
/* Wipe and free. */
void runs_clear(struct runs *runs);

#endif
