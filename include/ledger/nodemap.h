/*
 * nodemap.h - compact hash map from a tree position to a node's hash.
 *
 * 40 bytes a place, at most 70 % full: two million nodes fit in 160 MiB. Only
 * merkle_tree uses it.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Threads: one at a time per map.
 */
#ifndef QSG_LEDGER_NODEMAP_H
#define QSG_LEDGER_NODEMAP_H

#include "base/bytes.h"

/* Zero-initialise, set salt to something an author of a log cannot know (it
 * chooses positions), and use. */
struct nodemap {
	uint64_t *keys; /* position + 1; 0 marks an empty place */
	struct id32 *hashes;
	size_t count;
	size_t capacity; /* a power of two, or 0 */
	uint64_t salt;
};

/* The hash at a position, or NULL. Borrowed until the next nodemap_add. */
const struct id32 *nodemap_get(const struct nodemap *map, uint64_t position);
/* Add once: the same hash again is a no-op, another one is ERR_VERIFY.
 * position < UINT64_MAX. */
ERR_MUST_USE enum err nodemap_add(
    struct nodemap *map, uint64_t position, const struct id32 *hash);
void nodemap_clear(struct nodemap *map);

#endif
