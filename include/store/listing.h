/*
 * listing.h - which providers a record has rows of: one compact list for all
 * records.
 *
 * Floor:   store
 * Threads: one.
 * Secrets: plaintext metadata; listing_clear wipes it.
 */
#ifndef QSG_STORE_LISTING_H
#define QSG_STORE_LISTING_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct listing_start;

/* Zero-initialise. */
struct listing {
	struct listing_start *starts; /* ascending by rid */
	size_t start_count;
	size_t start_capacity;
	uint32_t *words;
	size_t word_count;
	size_t word_capacity;
	uint32_t *noted; /* per word: the newest rid it is listed for */
	size_t noted_capacity;
};

/* List a word for a record; again is a no-op. Records mostly come in order: one
 * older than the newest costs a move of all after it. */
ERR_MUST_USE enum err listing_add(
    struct listing *listing, uint32_t rid, uint32_t word);
/* The words listed for a record, in the order they came; NULL for none. */
const uint32_t *listing_of(
    const struct listing *listing, uint32_t rid, size_t *count);
bool listing_has(const struct listing *listing, uint32_t rid, uint32_t word);
/* Wipe and free. */
void listing_clear(struct listing *listing);

#endif
