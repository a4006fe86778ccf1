/*
 * table.h - compact hash index: from 64-bit keys to 32-bit values, for
 * indexes of a million records (12 bytes an entry at most half empty).
 *
 * Keys that come from outside are hashes already (first 8 bytes of an id),
 * salted at creation, so that nobody can choose colliding ones. Several
 * entries may have one key: the caller compares what the value points to.
 *
 * Floor:   base
 * Threads: one at a time.
 */
#ifndef QSG_BASE_TABLE_H
#define QSG_BASE_TABLE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table {
	uint64_t *keys;
	uint32_t *values; /* value + 1; 0 marks an empty place */
	size_t count;
	size_t capacity; /* a power of two, or 0 */
	uint64_t salt;
};

/* Zero-initialise, set salt to something random, and use. */
ERR_MUST_USE enum err table_add(
    struct table *table, uint64_t key, uint32_t value);
/* Walk the values of a key: start with *place = 0; false when there are no
 * more. */
bool table_next(
    const struct table *table, uint64_t key, size_t *place, uint32_t *value);
void table_clear(struct table *table);

#endif
