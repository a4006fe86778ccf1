#include "pages.h"

#include "base/bytes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * Values, each once, by content.
 */

struct value {
	struct value *next; /* of the same place in the index */
	uint64_t hash;
	uint32_t users;
	uint32_t size;
	uint8_t bytes[];
};

enum { PLACES = 1 << 22, VALUE_MIN = 96, VALUES_MAX = 512 };

static struct value *index_of_values[PLACES];
static uint64_t bytes_now;

static void *need(size_t size)
{
	void *out = malloc(size);
	if (out == NULL) {
		abort();
	}
	bytes_now += size;
	return out;
}

static uint64_t hash_of(const uint8_t *bytes, size_t size)
{
	uint64_t hash = 14695981039346656037ULL ^ size;
	for (; size >= 8; size -= 8, bytes += 8) {
		uint64_t word = 0;
		memcpy(&word, bytes, sizeof(word));
		hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
		hash ^= hash >> 29;
	}
	for (; size > 0; size--, bytes++) {
		hash = (hash ^ *bytes) * 1099511628211ULL;
	}
	return hash ^ hash >> 32;
}

static struct value *share(const uint8_t *bytes, size_t size)
{
	uint64_t hash = hash_of(bytes, size);
	struct value **place = &index_of_values[hash % PLACES];
	for (struct value *value = *place; value != NULL; value = value->next) {
		if (value->hash == hash && value->size == size &&
		    memcmp(value->bytes, bytes, size) == 0) {
			value->users++;
			return value;
		}
	}
	struct value *value = need(sizeof(*value) + size);
	value->next = *place;
	value->hash = hash;
	value->users = 1;
	value->size = (uint32_t)size;
	memcpy(value->bytes, bytes, size);
	*place = value;
	return value;
}

static void unshare(struct value *value)
{
	if (--value->users > 0) {
		return;
	}
	struct value **at = &index_of_values[value->hash % PLACES];
	while (*at != value) {
		at = &(*at)->next;
	}
	*at = value->next;
	bytes_now -= sizeof(*value) + value->size;
	free(value);
}

/*
 * Where long values stand in a page: the cells of a leaf of SQLite's trees
 * ("Database File Format", 1.6 and 2.1). A page of another kind has none.
 */

struct found {
	const uint8_t *page;
	size_t size;
	size_t count;
	struct {
		uint16_t at, size;
	} items[VALUES_MAX];
};

static uint64_t varint(const struct found *found, size_t *at)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < 9 && *at < found->size; i++) {
		uint8_t byte = found->page[(*at)++];
		if (i == 8) {
			return value << 8 | byte;
		}
		value = value << 7 | (byte & 0x7Fu);
		if ((byte & 0x80u) == 0) {
			break;
		}
	}
	return value;
}

/* In the order of their places, so that the page is cut from left to right. */
static void add(struct found *found, size_t at, size_t size)
{
	size_t place = found->count;
	if (size < VALUE_MIN || place == VALUES_MAX) {
		return;
	}
	found->count++;
	while (place > 0 && found->items[place - 1].at > at) {
		found->items[place] = found->items[place - 1];
		place--;
	}
	found->items[place].at = (uint16_t)at;
	found->items[place].size = (uint16_t)size;
}

static size_t size_of_type(uint64_t type)
{
	static const uint8_t sizes[12] = { 0, 1, 2, 3, 4, 6, 8, 8 };
	uint64_t size = type < 12 ? sizes[type] : (type - 12) / 2;
	return size > PAGES_SIZE ? PAGES_SIZE : (size_t)size;
}

static void look_at_cell(struct found *found, size_t at, bool rowid)
{
	uint64_t payload = varint(found, &at);
	if (rowid) {
		(void)varint(found, &at);
	}
	size_t end =
	    payload > found->size - at ? found->size : at + (size_t)payload;
	size_t begun = at;
	uint64_t header = varint(found, &at);
	if (header > end - begun) {
		return;
	}
	size_t value = begun + (size_t)header;
	while (at < begun + header && value < end) {
		size_t size = size_of_type(varint(found, &at));
		/* What goes on in another page ends with this one's cell,
		 * wherever that is: then it is left as it is. */
		if (size > end - value) {
			return;
		}
		add(found, value, size);
		value += size;
	}
}

static void look_at_page(struct found *found)
{
	const uint8_t *page = found->page;
	bool first =
	    found->size > 100 && memcmp(page, "SQLite format 3", 16) == 0;
	size_t head = first ? 100 : 0;
	if (found->size < PAGES_SIZE ||
	    (page[head] != 0x0D && page[head] != 0x0A)) {
		return;
	}
	size_t cells = (size_t)page[head + 3] << 8 | page[head + 4];
	for (size_t i = 0; i < cells; i++) {
		size_t at = head + 8 + 2 * i;
		if (at + 2 > found->size) {
			return;
		}
		at = (size_t)page[at] << 8 | page[at + 1];
		if (at < found->size) {
			look_at_cell(found, at, page[head] == 0x0D);
		}
	}
}

/*
 * Packing: parts of { u16 size, what it is } one after the other.
 */

enum part { PART_BYTES, PART_ZEROS, PART_VALUE };

enum { ZEROS_MIN = 24, CUT = 512, PART_HEAD = 3, OUT_MAX = 2 * PAGES_SIZE };

struct packed {
	uint16_t size; /* unpacked */
	uint16_t used;
	uint8_t parts[];
};

struct packing {
	const uint8_t *page;
	uint8_t bytes[OUT_MAX];
	size_t used;
};

static void put_part(struct packing *out, enum part part, size_t size)
{
	out->bytes[out->used++] = (uint8_t)part;
	out->bytes[out->used++] = (uint8_t)(size >> 8);
	out->bytes[out->used++] = (uint8_t)size;
}

static void put_value(struct packing *out, const uint8_t *bytes, size_t size)
{
	struct value *value = share(bytes, size);
	put_part(out, PART_VALUE, size);
	memcpy(out->bytes + out->used, &value, sizeof(value));
	out->used += sizeof(value);
}

/* A page's cells stay where they are while others are added: what stands
 * between values is cut at the same places each time, and kept once. */
static void put_bytes(struct packing *out, const uint8_t *bytes, size_t size)
{
	while (size > 0) {
		size_t part = CUT - (size_t)(bytes - out->page) % CUT;
		part = part < size ? part : size;
		if (part >= VALUE_MIN) {
			put_value(out, bytes, part);
		} else {
			put_part(out, PART_BYTES, part);
			memcpy(out->bytes + out->used, bytes, part);
			out->used += part;
		}
		bytes += part;
		size -= part;
	}
}

static size_t zeros_at(const uint8_t *bytes, size_t size)
{
	size_t count = 0;
	while (count < size && bytes[count] == 0) {
		count++;
	}
	return count;
}

static void put_plain(struct packing *out, const uint8_t *bytes, size_t size)
{
	size_t begun = 0;
	for (size_t at = 0; at < size;) {
		size_t zeros = zeros_at(bytes + at, size - at);
		if (zeros >= ZEROS_MIN) {
			put_bytes(out, bytes + begun, at - begun);
			put_part(out, PART_ZEROS, zeros);
			begun = at + zeros;
		}
		at += zeros > 0 ? zeros : 1;
	}
	put_bytes(out, bytes + begun, size - begun);
}

struct packed *pages_pack(const uint8_t *bytes, size_t size)
{
	struct found found = { .page = bytes, .size = size };
	struct packing out;
	size_t at = 0;
	out.page = bytes;
	out.used = 0;
	look_at_page(&found);
	for (size_t i = 0; i < found.count; i++) {
		/* Of two that overlap, in a page that is none, the first. */
		if (found.items[i].at >= at) {
			put_plain(&out, bytes + at, found.items[i].at - at);
			put_value(&out, bytes + found.items[i].at,
			    found.items[i].size);
			at = (size_t)found.items[i].at + found.items[i].size;
		}
	}
	put_plain(&out, bytes + at, size - at);
	struct packed *packed = need(sizeof(*packed) + out.used);
	packed->size = (uint16_t)size;
	packed->used = (uint16_t)out.used;
	memcpy(packed->parts, out.bytes, out.used);
	return packed;
}

struct part_read {
	enum part part;
	size_t size;
	const uint8_t *bytes;
	struct value *value;
};

static struct part_read next_part(const struct packed *packed, size_t *at)
{
	const uint8_t *part = packed->parts + *at;
	struct part_read out = { .part = (enum part)part[0],
		.size = (size_t)part[1] << 8 | part[2],
		.bytes = part + PART_HEAD };
	*at += PART_HEAD;
	if (out.part == PART_BYTES) {
		*at += out.size;
	} else if (out.part == PART_VALUE) {
		memcpy(&out.value, out.bytes, sizeof(out.value));
		out.bytes = out.value->bytes;
		*at += sizeof(out.value);
	}
	return out;
}

void pages_unpack(const struct packed *packed, uint8_t *out)
{
	for (size_t at = 0; at < packed->used;) {
		struct part_read part = next_part(packed, &at);
		if (part.part == PART_ZEROS) {
			memset(out, 0, part.size);
		} else {
			memcpy(out, part.bytes, part.size);
		}
		out += part.size;
	}
}

size_t pages_size(const struct packed *packed)
{
	return packed->size;
}

void pages_free(struct packed *packed)
{
	if (packed == NULL) {
		return;
	}
	for (size_t at = 0; at < packed->used;) {
		struct part_read part = next_part(packed, &at);
		if (part.part == PART_VALUE) {
			unshare(part.value);
		}
	}
	bytes_now -= sizeof(*packed) + packed->used;
	free(packed);
}

uint64_t pages_bytes(void)
{
	return bytes_now;
}
