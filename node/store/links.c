#include "store/links.h"

#include "store/grow.h"

#include <sodium.h>
#include <string.h>

enum { LINK_BYTES = 37 };

struct link {
	struct id32 target;
	uint32_t rid;
	uint32_t next; /* place + 1 of another to the same id; 0: none */
	uint8_t how;
};

/* Nobody outside knows which ids meet in the table. */
static bool hash(
    const struct links *links, const struct id32 *target, uint64_t *out)
{
	uint8_t key[crypto_shorthash_BYTES];
	if (crypto_shorthash(key, target->b, sizeof(target->b), links->salt) !=
	    0) {
		return false;
	}
	*out = bytes_get_u64(key);
	return true;
}

/* Place + 1; 0: none. */
static size_t first(
    const struct links *links, uint64_t key, const struct id32 *target)
{
	size_t place = 0;
	uint32_t found = 0;
	while (table_next(&links->firsts, key, &place, &found)) {
		if (id_equal(&links->items[found].target, target)) {
			return (size_t)found + 1;
		}
	}
	return 0;
}

enum err links_add(
    struct links *links, uint32_t rid, uint8_t how, const struct id32 *target)
{
	uint64_t key = 0;
	void *items = links->items;
	if (links->count >= UINT32_MAX - 1) {
		return err_set(ERR_LIMIT, "too many records refer to others");
	}
	if (!hash(links, target, &key)) {
		return err_set(ERR_CRYPTO, "an id could not be hashed");
	}
	enum err err = grow_array(
	    &items, &links->capacity, links->count + 1, sizeof(*links->items));
	links->items = items;
	size_t before = err == ERR_OK ? first(links, key, target) : 0;
	if (err == ERR_OK && before == 0) {
		err = table_add(&links->firsts, key, (uint32_t)links->count);
	}
	if (err != ERR_OK) {
		return err;
	}
	struct link *added = &links->items[links->count++];
	*added = (struct link){ .target = *target, .rid = rid, .how = how };
	if (before != 0) {
		added->next = links->items[before - 1].next;
		links->items[before - 1].next = (uint32_t)links->count;
	}
	return ERR_OK;
}

uint32_t links_next(const struct links *links, const struct id32 *target,
    uint8_t how, size_t *place)
{
	uint64_t key = 0;
	size_t at = 0;
	if (*place > 0) {
		at = links->items[*place - 1].next;
	} else if (links->count > 0 && hash(links, target, &key)) {
		at = first(links, key, target);
	}
	while (at > 0 && links->items[at - 1].how != how) {
		at = links->items[at - 1].next;
	}
	*place = at;
	return at == 0 ? 0 : links->items[at - 1].rid;
}

enum err links_put(const struct links *links, links_keep keep,
    const void *context, struct snapshot_writer *writer)
{
	uint8_t bytes[LINK_BYTES];
	uint32_t count = 0;
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->items[i];
		count += keep(context, link->rid, link->how);
	}
	bytes_put_u32(bytes, count);
	enum err err = snapshot_put(writer, span_of(bytes, 4));
	for (size_t i = 0; err == ERR_OK && i < links->count; i++) {
		const struct link *link = &links->items[i];
		if (!keep(context, link->rid, link->how)) {
			continue;
		}
		bytes_put_u32(bytes, link->rid);
		bytes[4] = link->how;
		memcpy(bytes + 5, link->target.b, 32);
		err = snapshot_put(writer, span_of(bytes, sizeof(bytes)));
	}
	return err;
}

static enum err get_one(
    struct links *links, struct snapshot_reader *reader, size_t records)
{
	uint8_t bytes[LINK_BYTES];
	struct id32 target;
	enum err err = snapshot_get(reader, bytes, sizeof(bytes));
	if (err != ERR_OK) {
		return err;
	}
	struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
	uint32_t rid = reader_u32(&in);
	uint8_t how = reader_u8(&in);
	reader_copy(&in, target.b, sizeof(target.b));
	if (rid == 0 || rid > records) {
		return err_set(ERR_CORRUPT, "no record refers to another");
	}
	return links_add(links, rid, how, &target);
}

enum err links_get(
    struct links *links, struct snapshot_reader *reader, size_t records)
{
	uint8_t bytes[4];
	enum err err = snapshot_get(reader, bytes, sizeof(bytes));
	if (err != ERR_OK) {
		return err;
	}
	struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
	uint32_t count = reader_u32(&in);
	for (uint32_t i = 0; err == ERR_OK && i < count; i++) {
		err = get_one(links, reader, records);
	}
	return err;
}

void links_clear(struct links *links)
{
	grow_wipe(links->items, links->capacity * sizeof(*links->items));
	table_clear(&links->firsts);
	links->items = NULL;
	links->count = 0;
	links->capacity = 0;
}
