#include "store/runs.h"

#include "store/grow.h"

#include <assert.h>

/* The rids of one stream's records: number n at n - 1. */
struct run {
	uint32_t stream;
	uint32_t *rids;
	size_t count;
	size_t capacity;
};

static struct run *find(const struct runs *runs, uint32_t stream)
{
	size_t place = 0;
	uint32_t found = 0;
	while (table_next(&runs->streams, stream, &place, &found)) {
		if (runs->items[found].stream == stream) {
			return &runs->items[found];
		}
	}
	return NULL;
}

static enum err add(struct runs *runs, uint32_t stream, struct run **out)
{
	void *items = runs->items;
	enum err err = grow_array(
	    &items, &runs->capacity, runs->count + 1, sizeof(*runs->items));
	runs->items = items;
	if (err == ERR_OK) {
		err = table_add(&runs->streams, stream, (uint32_t)runs->count);
	}
	if (err != ERR_OK) {
		return err;
	}
	*out = &runs->items[runs->count];
	**out = (struct run){ .stream = stream };
	runs->count++;
	return ERR_OK;
}

enum err runs_reserve(struct runs *runs, uint32_t stream, uint64_t number)
{
	struct run *run = find(runs, stream);
	size_t held = run == NULL ? 0 : run->count;
	if (number != held + 1) {
		return err_set(ERR_CORRUPT,
		    "number %llu of stream %u does not follow %zu",
		    (unsigned long long)number, stream, held);
	}
	enum err err = run == NULL ? add(runs, stream, &run) : ERR_OK;
	if (err != ERR_OK) {
		return err;
	}
	void *rids = run->rids;
	err = grow_array(
	    &rids, &run->capacity, run->count + 1, sizeof(*run->rids));
	run->rids = rids;
	return err;
}

void runs_push(struct runs *runs, uint32_t stream, uint32_t rid)
{
	struct run *run = find(runs, stream);
	assert(run != NULL && run->count < run->capacity);
	run->rids[run->count] = rid;
	run->count++;
}

uint32_t runs_at(const struct runs *runs, uint32_t stream, uint64_t number)
{
	const struct run *run = find(runs, stream);
	if (run == NULL || number < 1 || number > run->count) {
		return 0;
	}
	return run->rids[number - 1];
}

void runs_clear(struct runs *runs)
{
	for (size_t i = 0; i < runs->count; i++) {
		grow_wipe(runs->items[i].rids,
		    runs->items[i].capacity * sizeof(uint32_t));
	}
	grow_wipe(runs->items, runs->capacity * sizeof(*runs->items));
	table_clear(&runs->streams);
	runs->items = NULL;
	runs->count = 0;
	runs->capacity = 0;
}
