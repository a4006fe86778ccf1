#include "store/listing.h"

#include "store/grow.h"

#include <assert.h>

/* Where the words of one record begin; they end where the next begin. */
struct listing_start {
	uint32_t rid;
	size_t first;
};

static enum err reserve(struct listing *listing, uint32_t word)
{
	void *array = listing->starts;
	enum err err = grow_array(&array, &listing->start_capacity,
	    listing->start_count + 1, sizeof(*listing->starts));
	listing->starts = array;
	if (err == ERR_OK) {
		array = listing->words;
		err = grow_array(&array, &listing->word_capacity,
		    listing->word_count + 1, sizeof(*listing->words));
		listing->words = array;
	}
	if (err == ERR_OK) {
		array = listing->noted;
		err = grow_array(&array, &listing->noted_capacity,
		    (size_t)word + 1, sizeof(*listing->noted));
		listing->noted = array;
	}
	return err;
}

enum err listing_add(struct listing *listing, uint32_t rid, uint32_t word)
{
	enum err err = reserve(listing, word);
	if (err != ERR_OK || listing->noted[word] == rid) {
		return err;
	}
	size_t last = listing->start_count;
	assert(last == 0 || listing->starts[last - 1].rid <= rid);
	if (last == 0 || listing->starts[last - 1].rid != rid) {
		listing->starts[last] = (struct listing_start){ .rid = rid,
			.first = listing->word_count };
		listing->start_count++;
	}
	listing->words[listing->word_count] = word;
	listing->word_count++;
	listing->noted[word] = rid;
	return ERR_OK;
}

const uint32_t *listing_of(
    const struct listing *listing, uint32_t rid, size_t *count)
{
	size_t low = 0;
	size_t high = listing->start_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (listing->starts[middle].rid < rid) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	*count = 0;
	if (low == listing->start_count || listing->starts[low].rid != rid) {
		return NULL;
	}
	size_t first = listing->starts[low].first;
	size_t end = low + 1 < listing->start_count
	                 ? listing->starts[low + 1].first
	                 : listing->word_count;
	*count = end - first;
	return listing->words + first;
}

bool listing_has(const struct listing *listing, uint32_t rid, uint32_t word)
{
	size_t count = 0;
	const uint32_t *words = listing_of(listing, rid, &count);
	for (size_t i = 0; i < count; i++) {
		if (words[i] == word) {
			return true;
		}
	}
	return false;
}

void listing_clear(struct listing *listing)
{
	grow_wipe(listing->starts,
	    listing->start_capacity * sizeof(*listing->starts));
	grow_wipe(
	    listing->words, listing->word_capacity * sizeof(*listing->words));
	grow_wipe(
	    listing->noted, listing->noted_capacity * sizeof(*listing->noted));
	*listing = (struct listing){ 0 };
}
