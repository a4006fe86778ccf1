#include "sync/positions.h"

#include "base/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct position *find(
    const struct positions *positions, const struct id32 *stream)
{
	uint64_t key = bytes_get_u64(stream->b);
	size_t place = 0;
	uint32_t at = 0;
	while (table_next(&positions->index, key, &place, &at)) {
		if (id_equal(&positions->items[at].stream, stream)) {
			return &positions->items[at];
		}
	}
	return NULL;
}

bool positions_get(const struct positions *positions, const struct id32 *stream,
    uint64_t *number)
{
	const struct position *item = find(positions, stream);
	if (item == NULL) {
		return false;
	}
	*number = item->number;
	return true;
}

static void forget_all(struct positions *positions)
{
	positions->count = 0;
	table_clear(&positions->index);
}

static void forget_older_half(struct positions *positions)
{
	assert(positions->items != NULL);
	size_t drop = positions->count / 2;
	size_t keep = positions->count - drop;
	memmove(positions->items, positions->items + drop,
	    keep * sizeof(*positions->items));
	forget_all(positions);
	for (size_t i = 0; i < keep; i++) {
		uint64_t key = bytes_get_u64(positions->items[i].stream.b);
		if (table_add(&positions->index, key, (uint32_t)i) != ERR_OK) {
			forget_all(positions);
			return;
		}
	}
	positions->count = keep;
}

static bool grow(struct positions *positions)
{
	size_t capacity =
	    positions->capacity == 0 ? 64 : positions->capacity * 2;
	if (capacity > LIMIT_POSITIONS) {
		capacity = LIMIT_POSITIONS;
	}
	struct position *items =
	    realloc(positions->items, capacity * sizeof(*items));
	if (items == NULL) {
		return false;
	}
	positions->items = items;
	positions->capacity = capacity;
	return true;
}

void positions_set(
    struct positions *positions, const struct id32 *stream, uint64_t number)
{
	struct position *item = find(positions, stream);
	if (item != NULL) {
		item->number = number;
		return;
	}
	if (positions->count == LIMIT_POSITIONS) {
		forget_older_half(positions);
	}
	if (positions->count == positions->capacity && !grow(positions)) {
		return;
	}
	size_t at = positions->count;
	uint64_t key = bytes_get_u64(stream->b);
	if (table_add(&positions->index, key, (uint32_t)at) != ERR_OK) {
		return;
	}
	positions->items[at].stream = *stream;
	positions->items[at].number = number;
	positions->count++;
}

void positions_clear(struct positions *positions)
{
	free(positions->items);
	positions->items = NULL;
	positions->capacity = 0;
	forget_all(positions);
}
