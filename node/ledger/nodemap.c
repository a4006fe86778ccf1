#include "ledger/nodemap.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

/* Mixed under the salt and multiplied by an odd number made of it: the author
 * of a log chooses which positions we hold, and must not be able to make them
 * meet. The high bits of a product are the good ones. */
static size_t place_of(const struct nodemap *map, uint64_t key)
{
	uint64_t x = key ^ map->salt;
	x ^= x >> 33;
	x *= 0xFF51AFD7ED558CCDULL;
	x ^= x >> 33;
	x *= 0xC4CEB9FE1A85EC53ULL;
	x ^= x >> 33;
	x *= (map->salt << 32 | map->salt >> 32) | 1u;
	return (size_t)(x >> 24) & (map->capacity - 1);
}

/* The place of a key, or the empty place where it belongs. */
static size_t find(const struct nodemap *map, uint64_t key)
{
	size_t place = place_of(map, key);
	while (map->keys[place] != 0 && map->keys[place] != key) {
		place = (place + 1) & (map->capacity - 1);
	}
	return place;
}

static bool grow(struct nodemap *map)
{
	struct nodemap old = *map;
	size_t capacity = old.capacity == 0 ? FIRST_CAPACITY : old.capacity * 2;
	uint64_t *keys = calloc(capacity, sizeof(*keys));
	struct id32 *hashes = calloc(capacity, sizeof(*hashes));
	if (keys == NULL || hashes == NULL) {
		free(keys);
		free(hashes);
		return false;
	}
	map->keys = keys;
	map->hashes = hashes;
	map->capacity = capacity;
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.keys[i] != 0) {
			size_t place = find(map, old.keys[i]);
			keys[place] = old.keys[i];
			hashes[place] = old.hashes[i];
		}
	}
	free(old.keys);
	free(old.hashes);
	return true;
}

const struct id32 *nodemap_get(const struct nodemap *map, uint64_t position)
{
	if (map->capacity == 0) {
		return NULL;
	}
	size_t place = find(map, position + 1);
	return map->keys[place] != 0 ? &map->hashes[place] : NULL;
}

enum err nodemap_add(
    struct nodemap *map, uint64_t position, const struct id32 *hash)
{
	const struct id32 *held = nodemap_get(map, position);
	if (held != NULL) {
		return id_equal(held, hash)
		           ? ERR_OK
		           : err_set(
				 ERR_VERIFY, "two hashes for one tree node");
	}
	/* The hash may lie in the map that is about to move. */
	struct id32 kept = *hash;
	if (map->keys == NULL || map->hashes == NULL ||
	    map->count >= map->capacity / 10 * 7) {
		if (!grow(map)) {
			return err_set(ERR_MEM, "out of memory");
		}
	}
	size_t place = find(map, position + 1);
	map->keys[place] = position + 1;
	map->hashes[place] = kept;
	map->count++;
	return ERR_OK;
}

void nodemap_clear(struct nodemap *map)
{
	free(map->keys);
	free(map->hashes);
	map->keys = NULL;
	map->hashes = NULL;
	map->count = 0;
	map->capacity = 0;
}
