#include "store/listing.h"

#include "store/grow.h"

#include <string.h>

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

/* The first start of this rid or a newer one. */
static size_t place_of(const struct listing *listing, uint32_t rid)
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
	return low;
}

/* Where the words of the start at this place begin. */
static size_t first_of(const struct listing *listing, size_t place)
{
	return place < listing->start_count ? listing->starts[place].first
	                                    : listing->word_count;
}

/* Make room at a place; there is capacity for one more of each. */
static void insert(
    struct listing *listing, size_t place, uint32_t rid, uint32_t word)
{
	struct listing_start *start = &listing->starts[place];
	if (place == listing->start_count || start->rid != rid) {
		memmove(start + 1, start,
		    (listing->start_count - place) * sizeof(*start));
		start->rid = rid;
		start->first = place + 1 <= listing->start_count
		                   ? start[1].first
		                   : listing->word_count;
		listing->start_count++;
	}
	size_t end = first_of(listing, place + 1);
	memmove(listing->words + end + 1, listing->words + end,
	    (listing->word_count - end) * sizeof(*listing->words));
	listing->words[end] = word;
	listing->word_count++;
	for (size_t i = place + 1; i < listing->start_count; i++) {
		listing->starts[i].first++;
	}
}

enum err listing_add(struct listing *listing, uint32_t rid, uint32_t word)
{
	enum err err = reserve(listing, word);
	size_t count = listing->start_count;
	bool older = count > 0 && listing->starts[count - 1].rid > rid;
	if (err != ERR_OK || listing->noted[word] == rid ||
	    (older && listing_has(listing, rid, word))) {
		return err;
	}
	insert(listing, place_of(listing, rid), rid, word);
	if (listing->noted[word] < rid) {
		listing->noted[word] = rid;
	}
	return ERR_OK;
}

const uint32_t *listing_of(
    const struct listing *listing, uint32_t rid, size_t *count)
{
	size_t place = place_of(listing, rid);
	*count = 0;
	if (place == listing->start_count ||
	    listing->starts[place].rid != rid) {
		return NULL;
	}
	size_t first = listing->starts[place].first;
	*count = first_of(listing, place + 1) - first;
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
