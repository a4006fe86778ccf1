#include "keys/slots.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

enum {
	KEY_BYTES = 32,
	SLOT_FIELDS_BYTES = ENVELOPE_SLOT_PLAIN_BYTES - KEY_BYTES
};

_Static_assert(crypto_box_BEFORENMBYTES == KEY_BYTES, "box key");
_Static_assert(crypto_box_SECRETKEYBYTES == KEY_BYTES, "box secret");
_Static_assert(
    ENVELOPE_SLOT_BYTES == ENVELOPE_SLOT_PLAIN_BYTES + crypto_box_MACBYTES,
    "slot");

/* libsodium fails here only on sizes and keys that no caller passes. */
static void must(int result)
{
	if (result != 0) {
		abort();
	}
}

/* PROTOCOL.md M24: "An author MUST pad the number of slots to 2, 4, 8, 16, 32,
 * 64, 128 or 256 with boxes to throw-away keys, and put the slots into random
 * order." */
static size_t padded_count(size_t count)
{
	size_t padded = 2;
	while (padded < count) {
		padded *= 2;
	}
	return padded;
}

static void shuffle(const struct rng *rng, uint16_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		order[i] = (uint16_t)i;
	}
	for (size_t i = count; i > 1; i--) {
		size_t j = (size_t)rng_below(rng, i);
		uint16_t held = order[i - 1];
		order[i - 1] = order[j];
		order[j] = held;
	}
}

static void slot_nonce(size_t index, uint8_t nonce[crypto_box_NONCEBYTES])
{
	memset(nonce, 0, crypto_box_NONCEBYTES);
	bytes_put_u16(nonce + crypto_box_NONCEBYTES - 2, (uint16_t)index);
}

/* Box what the scratch holds under its shared key into a slot's place. */
static void put_box(
    const struct slots_scratch *scratch, size_t index, uint8_t *place)
{
	uint8_t nonce[crypto_box_NONCEBYTES];
	slot_nonce(index, nonce);
	must(crypto_box_easy_afternm(place, scratch->plain,
	    ENVELOPE_SLOT_PLAIN_BYTES, nonce, scratch->shared));
}

static enum err prepare_reader(struct slots_scratch *scratch,
    const struct header *header, const struct seal_reader *reader,
    const uint8_t *chain)
{
	const struct slot_fields fields = { .author = header->author,
		.generation = header->generation,
		.reader = reader->organisation,
		.reader_epoch = reader->epoch,
		.stream = header->stream,
		.number = header->number };
	if (crypto_box_beforenm(
		scratch->shared, reader->key.b, scratch->secret) != 0) {
		return err_set(
		    ERR_VERIFY, "a reader's sealing key is unusable");
	}
	envelope_put_slot(&fields, scratch->plain);
	memcpy(scratch->plain + SLOT_FIELDS_BYTES, chain, KEY_BYTES);
	return ERR_OK;
}

/* A box like any other, to a key whose secret nobody keeps, around zeros. */
static void prepare_dummy(struct slots_scratch *scratch, const struct rng *rng)
{
	uint8_t public[crypto_box_PUBLICKEYBYTES];
	rng_fill(rng, scratch->spare, sizeof(scratch->spare));
	must(crypto_scalarmult_base(public, scratch->spare));
	must(crypto_box_beforenm(scratch->shared, public, scratch->secret));
	memset(scratch->plain, 0, sizeof(scratch->plain));
}

/* PROTOCOL.md M25: "An author MUST give itself a slot." */
static enum err check_list(
    const struct header *header, const struct slots_list *list)
{
	if (list->count > LIMIT_SLOTS) {
		return err_set(ERR_LIMIT,
		    "%zu readers, and one record has room for %u", list->count,
		    LIMIT_SLOTS);
	}
	for (size_t i = 0; i < list->count; i++) {
		if (id_equal(&list->readers[i].organisation, &header->author)) {
			return ERR_OK;
		}
	}
	return err_set(ERR_INPUT, "the author is not among its readers");
}

static enum err put_head(struct slots_scratch *scratch, const struct rng *rng,
    size_t count, struct buf *out)
{
	uint8_t ephemeral[crypto_box_PUBLICKEYBYTES];
	rng_fill(rng, scratch->secret, sizeof(scratch->secret));
	must(crypto_scalarmult_base(ephemeral, scratch->secret));
	enum err err = buf_reserve(
	    out, ENVELOPE_SLOTS_HEAD_BYTES + count * ENVELOPE_SLOT_BYTES);
	if (err == ERR_OK) {
		err = buf_append(out, span_of(ephemeral, sizeof(ephemeral)));
	}
	return err == ERR_OK ? buf_u16(out, (uint16_t)count) : err;
}

enum err slots_put(struct slots_scratch *scratch, const struct rng *rng,
    const struct header *header, const struct slots_list *list, struct buf *out)
{
	uint16_t order[LIMIT_SLOTS];
	size_t start = out->size;
	enum err err = check_list(header, list);
	if (err != ERR_OK) {
		return err;
	}
	size_t padded = padded_count(list->count);
	shuffle(rng, order, padded);
	err = put_head(scratch, rng, padded, out);
	for (size_t i = 0; err == ERR_OK && i < padded; i++) {
		if (i < list->count) {
			err = prepare_reader(
			    scratch, header, &list->readers[i], list->chain);
		} else {
			prepare_dummy(scratch, rng);
		}
		if (err == ERR_OK) {
			put_box(scratch, order[i],
			    out->data + out->size +
				(size_t)order[i] * ENVELOPE_SLOT_BYTES);
		}
	}
	if (err == ERR_OK) {
		out->size += padded * ENVELOPE_SLOT_BYTES;
	} else {
		out->size = start;
	}
	sodium_memzero(scratch, sizeof(*scratch));
	return err;
}

/* PROTOCOL.md M23: "A reader MUST check that label, author, generation, reader
 * id, reader epoch, stream id and number of an opened slot are those of the
 * header, itself and the key that opened it." */
static enum err check_slot(const struct slots_scratch *scratch,
    const struct header *header, const struct id32 *self, uint32_t epoch)
{
	struct slot_fields fields;
	if (!envelope_get_slot(scratch->plain, &fields) ||
	    !id_equal(&fields.author, &header->author) ||
	    !generation_equal(&fields.generation, &header->generation) ||
	    !id_equal(&fields.reader, self) || fields.reader_epoch != epoch ||
	    !id_equal(&fields.stream, &header->stream) ||
	    fields.number != header->number) {
		return err_set(ERR_VERIFY, "our slot is for another record");
	}
	return ERR_OK;
}

/* Try every slot under the scratch's shared key. */
static bool try_slots(
    struct slots_scratch *scratch, struct span slots, uint32_t count)
{
	uint8_t nonce[crypto_box_NONCEBYTES];
	for (uint32_t i = 0; i < count; i++) {
		struct span slot = envelope_slot(slots, i);
		slot_nonce(i, nonce);
		if (crypto_box_open_easy_afternm(scratch->plain, slot.data,
			slot.size, nonce, scratch->shared) == 0) {
			return true;
		}
	}
	return false;
}

enum err slots_find(struct slots_scratch *scratch,
    const struct keystore *keystore, const struct header *header,
    struct span slots, uint8_t chain[32])
{
	const struct keystore_public *public = keystore_public(keystore);
	uint32_t count = 0;
	bool found = false;
	enum err err = envelope_slot_count(slots, &count);
	if (err != ERR_OK) {
		return err;
	}
	const struct span ephemeral = envelope_slots_key(slots);
	for (size_t i = public->sealing_count; i > 0 && !found; i--) {
		uint32_t epoch = public->sealing[i - 1].epoch;
		err = keystore_box_key(
		    keystore, epoch, ephemeral.data, scratch->shared);
		if (err != ERR_OK) {
			break;
		}
		found = try_slots(scratch, slots, count);
		if (found) {
			err = check_slot(
			    scratch, header, &public->organisation, epoch);
		}
	}
	if (err == ERR_OK && !found) {
		err = err_set(ERR_NOTFOUND, "no slot opens for us");
	}
	if (err == ERR_OK) {
		memcpy(chain, scratch->plain + SLOT_FIELDS_BYTES, KEY_BYTES);
	}
	sodium_memzero(scratch, sizeof(*scratch));
	return err;
}
