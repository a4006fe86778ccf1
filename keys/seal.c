#include "keys/seal.h"

#include "keys/secrets.h"
#include "keys/slots.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

enum {
	KEY_BYTES = 32,
	TAG_BYTES = ENVELOPE_TAG_BYTES,
	PADDED_BYTES = LIMIT_RECORD_BYTES,
	PLACE_BYTES = 160 /* label, author, generation, stream, number */
};

_Static_assert(
    ENVELOPE_NONCE_BYTES == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    "nonce");
_Static_assert(SEAL_CHAIN_BYTES == ENVELOPE_NONCE_BYTES + 48u, "chain");

/* All that is secret while a record is under way: one guarded allocation. */
struct arena {
	uint8_t chain[KEY_BYTES];
	uint8_t content[KEY_BYTES];
	uint8_t next[KEY_BYTES];
	uint8_t aead[KEY_BYTES];
	struct slots_scratch slots;
	uint8_t padded[PADDED_BYTES];
};

struct seal_worker {
	const struct keystore *keystore;
	const struct rng *rng;
	struct arena *arena;
	struct buf place; /* reused for every derivation input */
	bool has_chain;
	bool has_content;
};

enum err seal_worker_new(const struct keystore *keystore, const struct rng *rng,
    struct seal_worker **out)
{
	struct seal_worker *worker = calloc(1, sizeof(*worker));
	if (worker == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	worker->keystore = keystore;
	worker->rng = rng;
	worker->arena = sodium_malloc(sizeof(*worker->arena));
	if (worker->arena == NULL) {
		seal_worker_free(worker);
		return err_set(ERR_MEM, "no guarded memory");
	}
	enum err err = buf_reserve(&worker->place, PLACE_BYTES);
	if (err != ERR_OK) {
		seal_worker_free(worker);
		return err;
	}
	*out = worker;
	return ERR_OK;
}

void seal_worker_free(struct seal_worker *worker)
{
	if (worker != NULL) {
		sodium_free(worker->arena);
		buf_clear(&worker->place);
		free(worker);
	}
}

/* libsodium's hashes fail only on sizes that no caller here passes. */
static void must(int result)
{
	if (result != 0) {
		abort();
	}
}

static void hash_begin(crypto_generichash_state *state, const char *label)
{
	uint8_t prefixed[64];
	size_t size = secrets_label(label, prefixed);
	must(crypto_generichash_init(state, NULL, 0, KEY_BYTES));
	must(crypto_generichash_update(state, prefixed, size));
}

static void hash_add(
    crypto_generichash_state *state, const void *data, size_t size)
{
	must(crypto_generichash_update(state, data, size));
}

static void hash_end(crypto_generichash_state *state, struct id32 *out)
{
	must(crypto_generichash_final(state, out->b, sizeof(out->b)));
}

void seal_audience_commitment(const struct id32 *readers, size_t count,
    const struct id32 *salt, struct id32 *out)
{
	crypto_generichash_state state;
	uint8_t number[4];
	bytes_put_u32(number, (uint32_t)count);
	hash_begin(&state, "qsg/audience/v1");
	hash_add(&state, salt->b, sizeof(salt->b));
	hash_add(&state, number, sizeof(number));
	for (size_t i = 0; i < count; i++) {
		hash_add(&state, readers[i].b, sizeof(readers[i].b));
	}
	hash_end(&state, out);
}

void seal_stream_id(const struct header *opening, struct id32 *out)
{
	crypto_generichash_state state;
	hash_begin(&state, "qsg/stream/v1");
	hash_add(&state, opening->author.b, sizeof(opening->author.b));
	hash_add(&state, opening->generation.b, sizeof(opening->generation.b));
	hash_add(&state, opening->nonce, sizeof(opening->nonce));
	hash_add(&state, opening->audience_commitment.b,
	    sizeof(opening->audience_commitment.b));
	hash_end(&state, out);
}

void seal_record_id(struct span header_bytes, struct id32 *out)
{
	crypto_hash_sha256_state state;
	const uint8_t leaf = 0x00;
	must(crypto_hash_sha256_init(&state));
	must(crypto_hash_sha256_update(&state, &leaf, 1));
	must(crypto_hash_sha256_update(
	    &state, header_bytes.data, header_bytes.size));
	must(crypto_hash_sha256_final(&state, out->b));
}

static void hash_span(const char *label, struct span bytes, struct id32 *out)
{
	crypto_generichash_state state;
	hash_begin(&state, label);
	hash_add(&state, bytes.data, bytes.size);
	hash_end(&state, out);
}

void seal_slots_hash(struct span slots, struct id32 *out)
{
	hash_span("qsg/slots-hash/v1", slots, out);
}

void seal_body_hash(struct span body, struct id32 *out)
{
	hash_span("qsg/body-hash/v1", body, out);
}

/* PROTOCOL.md M32: "An author MUST draw a fresh random nonce for every
 * record." */
void seal_nonce(struct seal_worker *worker, struct header *header)
{
	rng_fill(worker->rng, header->nonce, sizeof(header->nonce));
}

/* PROTOCOL.md M30: "An author MUST draw a fresh random chain key for every
 * slot-bearing record." */
void seal_chain_fresh(struct seal_worker *worker)
{
	rng_fill(worker->rng, worker->arena->chain, KEY_BYTES);
	worker->has_chain = true;
}

enum err seal_chain_store(struct seal_worker *worker, const struct id32 *stream,
    uint64_t number, uint8_t chain[SEAL_CHAIN_BYTES])
{
	const struct keystore_chain_place place = { stream, number };
	if (!worker->has_chain) {
		return err_set(ERR_STATE, "no chain key to store");
	}
	return keystore_wrap_chain(
	    worker->keystore, worker->rng, &place, worker->arena->chain, chain);
}

enum err seal_chain_load(struct seal_worker *worker, const struct id32 *stream,
    uint64_t number, const uint8_t chain[SEAL_CHAIN_BYTES])
{
	const struct keystore_chain_place place = { stream, number };
	enum err err = keystore_unwrap_chain(
	    worker->keystore, &place, chain, worker->arena->chain);
	worker->has_chain = err == ERR_OK;
	return err;
}

/* The worker's place buffer now holds label and place. */
static enum err set_place(
    struct seal_worker *worker, const char *label, const struct header *header)
{
	buf_reset(&worker->place);
	return envelope_place(label, header, &worker->place);
}

/* out = BLAKE2b-256 keyed by key over label and place. */
static enum err derive(struct seal_worker *worker, const char *label,
    const struct header *header, const uint8_t key[KEY_BYTES],
    uint8_t out[KEY_BYTES])
{
	enum err err = set_place(worker, label, header);
	if (err == ERR_OK) {
		must(crypto_generichash(out, KEY_BYTES, worker->place.data,
		    worker->place.size, key, KEY_BYTES));
	}
	return err;
}

/* PROTOCOL.md M29: "A reader and an author MUST move the chain on by one step
 * at every number, also where the record is unreadable." */
static enum err step(struct seal_worker *worker, const struct header *header)
{
	struct arena *arena = worker->arena;
	if (!worker->has_chain) {
		return err_set(ERR_STATE, "no chain key for this record");
	}
	worker->has_content = false;
	enum err err = derive(
	    worker, "qsg/content-key/v1", header, arena->chain, arena->content);
	if (err == ERR_OK) {
		err = derive(
		    worker, "qsg/chain/v1", header, arena->chain, arena->next);
	}
	if (err == ERR_OK) {
		memcpy(arena->chain, arena->next, KEY_BYTES);
	}
	return err;
}

static enum err commitment(
    struct seal_worker *worker, const struct header *header, struct id32 *out)
{
	return derive(worker, "qsg/commitment/v1", header,
	    worker->arena->content, out->b);
}

/* The AEAD key is derived and the place buffer holds the additional data. */
static enum err prepare_body(
    struct seal_worker *worker, const struct header *header)
{
	enum err err = derive(worker, "qsg/aead-key/v1", header,
	    worker->arena->content, worker->arena->aead);
	return err == ERR_OK ? set_place(worker, "qsg/body/v1", header) : err;
}

/* A buffer over the arena's scratch: what is appended never outgrows it, since
 * sizes are checked first. */
static struct buf scratch_of(struct arena *arena)
{
	return (struct buf){ .data = arena->padded, .capacity = PADDED_BYTES };
}

static enum err encrypt(struct seal_worker *worker, struct header *header,
    const struct buf *padded, struct buf *body)
{
	size_t size = padded->size + TAG_BYTES;
	enum err err = buf_reserve(body, size);
	if (err == ERR_OK) {
		err = prepare_body(worker, header);
	}
	if (err != ERR_OK) {
		return err;
	}
	uint8_t *place = body->data + body->size;
	must(crypto_aead_xchacha20poly1305_ietf_encrypt(place, NULL,
	    padded->data, padded->size, worker->place.data, worker->place.size,
	    NULL, header->nonce, worker->arena->aead));
	body->size += size;
	header->body_size = (uint32_t)size;
	seal_body_hash(span_of(place, size), &header->body_hash);
	return ERR_OK;
}

enum err seal_record(struct seal_worker *worker, struct header *header,
    struct span payload, struct buf *body)
{
	struct buf padded = scratch_of(worker->arena);
	size_t head =
	    header->slotted ? ENVELOPE_SLOTTED_BYTES : ENVELOPE_PLAIN_BYTES;
	if (payload.size > PADDED_BYTES ||
	    envelope_padded_size(payload.size + 4) + TAG_BYTES + head >
		LIMIT_RECORD_BYTES) {
		return err_set(ERR_LIMIT, "the record is larger than %u bytes",
		    LIMIT_RECORD_BYTES);
	}
	enum err err = step(worker, header);
	if (err == ERR_OK) {
		err = commitment(worker, header, &header->key_commitment);
	}
	if (err == ERR_OK) {
		err = envelope_pad(payload, &padded);
	}
	if (err == ERR_OK) {
		err = encrypt(worker, header, &padded, body);
	}
	sodium_memzero(padded.data, padded.size);
	worker->has_content = err == ERR_OK;
	return err;
}

enum err seal_wrap(struct seal_worker *worker, const struct id32 *record,
    uint8_t wrapped[SEAL_WRAPPED_BYTES])
{
	if (!worker->has_content) {
		return err_set(ERR_STATE, "no content key to wrap");
	}
	return keystore_wrap(
	    worker->keystore, record, worker->arena->content, wrapped);
}

/* PROTOCOL.md M28: "A reader MUST check the key commitment in the header
 * before it opens the body." */
static enum err check_commitment(
    struct seal_worker *worker, const struct header *header)
{
	struct id32 expected;
	enum err err = commitment(worker, header, &expected);
	if (err == ERR_OK && sodium_memcmp(expected.b, header->key_commitment.b,
				 sizeof(expected.b)) != 0) {
		return err_set(ERR_VERIFY, "wrong key commitment");
	}
	worker->has_content = err == ERR_OK;
	return err;
}

static enum err open_body(struct seal_worker *worker,
    const struct header *header, struct span body, struct buf *payload)
{
	struct arena *arena = worker->arena;
	struct span inside = { 0 };
	if (body.size == 0) {
		return err_set(ERR_NOTFOUND, "the body is not here");
	}
	if (body.size <= TAG_BYTES || body.size > LIMIT_RECORD_BYTES) {
		return err_set(ERR_FORMAT, "impossible body size");
	}
	size_t size = body.size - TAG_BYTES;
	enum err err = prepare_body(worker, header);
	if (err != ERR_OK) {
		return err;
	}
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(arena->padded, NULL,
		NULL, body.data, body.size, worker->place.data,
		worker->place.size, header->nonce, arena->aead) != 0) {
		return err_set(ERR_VERIFY, "the body does not open");
	}
	err = envelope_unpad(span_of(arena->padded, size), &inside);
	if (err == ERR_OK) {
		err = buf_append(payload, inside);
	}
	sodium_memzero(arena->padded, size);
	return err;
}

enum err seal_open(struct seal_worker *worker, const struct header *header,
    struct span body, struct buf *payload)
{
	enum err err = step(worker, header);
	if (err == ERR_OK) {
		err = check_commitment(worker, header);
	}
	if (err == ERR_OK) {
		err = open_body(worker, header, body, payload);
	}
	/* The slot lied about the chain key, or the author about the body:
	 * what follows under this key is not to be trusted either. */
	if (err == ERR_VERIFY && header->slotted) {
		worker->has_chain = false;
		worker->has_content = false;
	}
	return err;
}

enum err seal_open_wrapped(struct seal_worker *worker,
    const struct header *header, const struct id32 *record,
    const uint8_t wrapped[SEAL_WRAPPED_BYTES], struct span body,
    struct buf *payload)
{
	worker->has_content = false;
	enum err err = keystore_unwrap(
	    worker->keystore, record, wrapped, worker->arena->content);
	if (err == ERR_OK) {
		err = check_commitment(worker, header);
	}
	return err == ERR_OK ? open_body(worker, header, body, payload) : err;
}

enum err seal_disclose(struct seal_worker *worker, const struct header *header,
    const struct id32 *record, const uint8_t wrapped[SEAL_WRAPPED_BYTES],
    struct span body, struct buf *payload, uint8_t key[KEY_BYTES])
{
	enum err err =
	    seal_open_wrapped(worker, header, record, wrapped, body, payload);
	if (err == ERR_OK) {
		memcpy(key, worker->arena->content, KEY_BYTES);
	}
	return err;
}

enum err seal_worker_bare(struct seal_worker **out)
{
	return seal_worker_new(NULL, NULL, out);
}

enum err seal_open_disclosed(struct seal_worker *worker,
    const struct header *header, const uint8_t key[KEY_BYTES], struct span body,
    struct buf *payload)
{
	memcpy(worker->arena->content, key, KEY_BYTES);
	enum err err = check_commitment(worker, header);
	return err == ERR_OK ? open_body(worker, header, body, payload) : err;
}

enum err seal_slots(struct seal_worker *worker, struct header *header,
    const struct seal_reader *readers, size_t count, struct buf *slots)
{
	size_t start = slots->size;
	const struct slots_list list = { readers, count, worker->arena->chain };
	if (!worker->has_chain) {
		return err_set(ERR_STATE, "no chain key to give to readers");
	}
	enum err err =
	    slots_put(&worker->arena->slots, worker->rng, header, &list, slots);
	if (err == ERR_OK) {
		seal_slots_hash(
		    span_of(slots->data + start, slots->size - start),
		    &header->slots_hash);
	}
	return err;
}

enum err seal_slots_open(
    struct seal_worker *worker, const struct header *header, struct span slots)
{
	worker->has_content = false;
	enum err err = slots_find(&worker->arena->slots, worker->keystore,
	    header, slots, worker->arena->chain);
	worker->has_chain = err == ERR_OK;
	return err;
}
