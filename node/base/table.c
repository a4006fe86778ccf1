#include "base/table.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 16 };

/* Mixed under the salt and multiplied by an odd number made of it: without
 * the salt nobody can tell which keys meet. The high bits of a product are
 * the good ones. */
static size_t place_of(const struct table *table, uint64_t key)
{
	uint64_t x = key ^ table->salt;
	x ^= x >> 33;
	x *= 0xFF51AFD7ED558CCDULL;
	x ^= x >> 33;
	x *= 0xC4CEB9FE1A85EC53ULL;
	x ^= x >> 33;
	x *= (table->salt << 32 | table->salt >> 32) | 1u;
	return (size_t)(x >> 32) & (table->capacity - 1);
}

static void put(struct table *table, uint64_t key, uint32_t stored)
{
	size_t place = place_of(table, key);
	while (table->values[place] != 0) {
		place = (place + 1) & (table->capacity - 1);
	}
	table->keys[place] = key;
	table->values[place] = stored;
}

static enum err grow(struct table *table)
{
	struct table old = *table;
	size_t capacity = old.capacity == 0 ? FIRST_CAPACITY : old.capacity * 2;
	/* Places come from 32 bits of the hash. */
	if (capacity > (size_t)1 << 31) {
		return err_set(ERR_LIMIT, "an index of too many entries");
	}
	uint64_t *keys = calloc(capacity, sizeof(*keys));
	uint32_t *values = calloc(capacity, sizeof(*values));
	if (keys == NULL || values == NULL) {
		free(keys);
		free(values);
		return err_set(ERR_MEM, "out of memory");
	}
	table->keys = keys;
	table->values = values;
	table->capacity = capacity;
	for (size_t i = 0; i < old.capacity; i++) {
		if (old.values[i] != 0) {
			put(table, old.keys[i], old.values[i]);
		}
	}
	free(old.keys);
	free(old.values);
	return ERR_OK;
}

enum err table_add(struct table *table, uint64_t key, uint32_t value)
{
	if (value == UINT32_MAX) {
		return err_set(ERR_LIMIT, "a value too large for an index");
	}
	if (table->count >= table->capacity / 2) {
		enum err err = grow(table);
		if (err != ERR_OK) {
			return err;
		}
	}
	put(table, key, value + 1);
	table->count++;
	return ERR_OK;
}

bool table_next(
    const struct table *table, uint64_t key, size_t *place, uint32_t *value)
{
	if (table->capacity == 0) {
		return false;
	}
	size_t first = place_of(table, key);
	for (; *place < table->capacity; (*place)++) {
		size_t at = (first + *place) & (table->capacity - 1);
		if (table->values[at] == 0) {
			return false;
		}
		if (table->keys[at] == key) {
			*value = table->values[at] - 1;
			(*place)++;
			return true;
		}
	}
	return false;
}

void table_clear(struct table *table)
{
	free(table->keys);
	free(table->values);
	table->keys = NULL;
	table->values = NULL;
	table->count = 0;
	table->capacity = 0;
}
