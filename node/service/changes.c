#include "service/changes.h"

#include <assert.h>
#include <stdlib.h>

#define FIRST_CAPACITY 16u

/* NULL when the stream has changed again since: a later entry stands for it. */
static struct state_stream *stream_of(
    const struct node *node, const struct state_change *change)
{
	struct state_stream *stream = &node->streams[change->stream - 1];

	return stream->last_rid == change->rid ? stream : NULL;
}

static void drop_stale(struct node *node)
{
	struct state_changes *changes = &node->changes;
	size_t kept = 0;

	for (size_t i = 0; i < changes->count; i++) {
		if (stream_of(node, &changes->items[i])) {
			changes->items[kept++] = changes->items[i];
		}
	}
	changes->count = kept;
}

/* At least half of it is free afterwards, so that it is seldom done. */
static enum err make_room(struct node *node)
{
	struct state_changes *changes = &node->changes;
	size_t capacity =
	    changes->capacity ? changes->capacity * 2 : FIRST_CAPACITY;
	struct state_change *items = NULL;

	drop_stale(node);
	if (changes->count < changes->capacity / 2) {
		return ERR_OK;
	}
	items = realloc(changes->items, capacity * sizeof *items);
	if (!items) {
		return err_set(ERR_MEM, "out of memory");
	}
	changes->items = items;
	changes->capacity = capacity;
	return ERR_OK;
}

enum err changes_add(
    struct node *node, struct state_stream *stream, uint32_t rid)
{
	struct state_changes *changes = &node->changes;
	enum err err = ERR_OK;

	if (stream->last_rid == rid) {
		return ERR_OK;
	}
	if (changes->count == changes->capacity) {
		err = make_room(node);
	}
	if (err) {
		return err;
	}
	assert(!changes->count || changes->items[changes->count - 1].rid < rid);
	stream->last_rid = rid;
	changes->items[changes->count++] = (struct state_change){ .rid = rid,
		.stream = (uint32_t)stream->row.stream };
	return ERR_OK;
}

/* The first place whose record comes after the cursor. */
static size_t place_after(const struct state_changes *changes, uint64_t cursor)
{
	size_t low = 0;
	size_t high = changes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (changes->items[middle].rid > cursor) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	return low;
}

struct state_stream *changes_next(
    const struct node *node, uint64_t cursor, uint32_t until, size_t *place)
{
	const struct state_changes *changes = &node->changes;

	if (*place == 0) {
		*place = place_after(changes, cursor);
	}
	while (*place < changes->count && changes->items[*place].rid <= until) {
		struct state_stream *stream =
		    stream_of(node, &changes->items[(*place)++]);

		if (stream) {
			return stream;
		}
	}
	return NULL;
}
