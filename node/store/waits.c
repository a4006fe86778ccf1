#include "store/waits.h"

#include "store/grow.h"

#include <sodium.h>
#include <string.h>

enum { WAIT_BYTES = 36 };

struct wait {
	struct id32 wanted;
	uint32_t rid;  /* 0: taken */
	uint32_t next; /* place + 1 of another that wants the same; 0: none */
};

/* Nobody outside knows which ids meet in the table. */
static bool hash(
    const struct waits *waits, const struct id32 *wanted, uint64_t *out)
{
	uint8_t key[crypto_shorthash_BYTES];
	if (crypto_shorthash(key, wanted->b, sizeof(wanted->b), waits->salt) !=
	    0) {
		return false;
	}
	*out = bytes_get_u64(key);
	return true;
}

static struct wait *first(
    const struct waits *waits, uint64_t key, const struct id32 *wanted)
{
	size_t place = 0;
	uint32_t found = 0;
	while (table_next(&waits->firsts, key, &place, &found)) {
		if (id_equal(&waits->items[found].wanted, wanted)) {
			return &waits->items[found];
		}
	}
	return NULL;
}

enum err waits_add(struct waits *waits, uint32_t rid, const struct id32 *wanted)
{
	uint64_t key = 0;
	void *items = waits->items;
	if (waits->count >= UINT32_MAX - 1) {
		return err_set(ERR_LIMIT, "too many records wait for others");
	}
	if (!hash(waits, wanted, &key)) {
		return err_set(ERR_CRYPTO, "an id could not be hashed");
	}
	enum err err = grow_array(
	    &items, &waits->capacity, waits->count + 1, sizeof(*waits->items));
	waits->items = items;
	struct wait *before = err == ERR_OK ? first(waits, key, wanted) : NULL;
	if (err == ERR_OK && before == NULL) {
		err = table_add(&waits->firsts, key, (uint32_t)waits->count);
	}
	if (err != ERR_OK) {
		return err;
	}
	struct wait *added = &waits->items[waits->count++];
	*added = (struct wait){ .wanted = *wanted, .rid = rid };
	if (before != NULL) {
		added->next = before->next;
		before->next = (uint32_t)waits->count;
	}
	waits->waiting++;
	return ERR_OK;
}

uint32_t waits_take(struct waits *waits, const struct id32 *wanted)
{
	uint64_t key = 0;
	if (waits->waiting == 0 || !hash(waits, wanted, &key)) {
		return 0;
	}
	struct wait *head = first(waits, key, wanted);
	if (head == NULL) {
		return 0;
	}
	struct wait *taken = head;
	if (head->next != 0) {
		taken = &waits->items[head->next - 1];
		head->next = taken->next;
	}
	uint32_t rid = taken->rid;
	taken->rid = 0;
	waits->waiting -= rid != 0;
	return rid;
}

enum err waits_put(const struct waits *waits, struct snapshot_writer *writer)
{
	uint8_t bytes[WAIT_BYTES];
	bytes_put_u32(bytes, waits->waiting);
	enum err err = snapshot_put(writer, span_of(bytes, 4));
	for (size_t i = 0; err == ERR_OK && i < waits->count; i++) {
		const struct wait *wait = &waits->items[i];
		if (wait->rid != 0) {
			bytes_put_u32(bytes, wait->rid);
			memcpy(bytes + 4, wait->wanted.b, 32);
			err =
			    snapshot_put(writer, span_of(bytes, sizeof(bytes)));
		}
	}
	return err;
}

static enum err get_one(
    struct waits *waits, struct snapshot_reader *reader, size_t records)
{
	uint8_t bytes[WAIT_BYTES];
	struct id32 wanted;
	enum err err = snapshot_get(reader, bytes, sizeof(bytes));
	if (err != ERR_OK) {
		return err;
	}
	struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
	uint32_t rid = reader_u32(&in);
	reader_copy(&in, wanted.b, sizeof(wanted.b));
	if (rid == 0 || rid > records) {
		return err_set(ERR_CORRUPT, "no record waits for another");
	}
	return waits_add(waits, rid, &wanted);
}

enum err waits_get(
    struct waits *waits, struct snapshot_reader *reader, size_t records)
{
	uint8_t bytes[4];
	enum err err = snapshot_get(reader, bytes, sizeof(bytes));
	if (err != ERR_OK) {
		return err;
	}
	struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
	uint32_t count = reader_u32(&in);
	for (uint32_t i = 0; err == ERR_OK && i < count; i++) {
		err = get_one(waits, reader, records);
	}
	return err;
}

void waits_clear(struct waits *waits)
{
	grow_wipe(waits->items, waits->capacity * sizeof(*waits->items));
	table_clear(&waits->firsts);
	waits->items = NULL;
	waits->count = 0;
	waits->capacity = 0;
	waits->waiting = 0;
}
