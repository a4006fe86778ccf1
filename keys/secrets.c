#include "keys/secrets.h"

#include "keystore.pb-c.h"

#include <sodium.h>

#include <assert.h>
#include <string.h>

enum { FORMAT = 1, ARENA_BYTES = 32 * 1024, ARENA_ALIGN = 16 };

/* protobuf-c copies every field it decodes; these copies are secret keys, so
 * they go to guarded memory, wiped when the arena is freed. */
struct arena {
	uint8_t *base;
	size_t used;
};

static void *arena_alloc(void *context, size_t size)
{
	struct arena *arena = context;
	if (size > ARENA_BYTES) {
		return NULL;
	}
	size_t need = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
	if (need > ARENA_BYTES - arena->used) {
		return NULL;
	}
	void *place = arena->base + arena->used;
	arena->used += need;
	return place;
}

static void arena_release(void *context, void *place)
{
	(void)context;
	(void)place;
}

enum err secrets_new(struct secrets **out)
{
	struct secrets *secrets = sodium_malloc(sizeof(*secrets));
	if (secrets == NULL) {
		return err_set(ERR_MEM, "no guarded memory for the keys");
	}
	memset(secrets, 0, sizeof(*secrets));
	*out = secrets;
	return ERR_OK;
}

void secrets_free(struct secrets *secrets)
{
	sodium_free(secrets);
}

size_t secrets_label(const char *label, uint8_t out[64])
{
	struct span text = span_text(label);
	assert(text.size > 0 && text.size < 64);
	out[0] = (uint8_t)text.size;
	memcpy(out + 1, text.data, text.size);
	return text.size + 1;
}

enum err secrets_subkey(const struct secrets *secrets, const char *label,
    uint8_t out[SECRETS_KEY_BYTES])
{
	uint8_t prefixed[64];
	size_t size = secrets_label(label, prefixed);
	if (crypto_generichash(out, SECRETS_KEY_BYTES, prefixed, size,
		secrets->storage, sizeof(secrets->storage)) != 0) {
		return err_set(ERR_CRYPTO, "cannot derive a storage key");
	}
	return ERR_OK;
}

static enum err derive(struct secrets *secrets)
{
	enum err err =
	    secrets_subkey(secrets, "qsg/wrap/v1", secrets->record_wrap);
	if (err == ERR_OK) {
		err = secrets_subkey(
		    secrets, "qsg/chain-wrap/v1", secrets->chain_wrap);
	}
	if (err == ERR_OK) {
		err = secrets_subkey(secrets, "qsg/tally/v1", secrets->tally);
	}
	return err;
}

/* Complete a pair of which the seed is there. libsodium must not be given the
 * seed in the place it writes the pair to. */
static enum err sign_pair(
    struct secrets *secrets, uint8_t pair[SECRETS_SIGN_BYTES])
{
	uint8_t public[crypto_sign_PUBLICKEYBYTES];
	memcpy(secrets->seed, pair, sizeof(secrets->seed));
	int failed = crypto_sign_seed_keypair(public, pair, secrets->seed);
	sodium_memzero(secrets->seed, sizeof(secrets->seed));
	if (failed != 0) {
		return err_set(ERR_CRYPTO, "cannot make a signing key");
	}
	return ERR_OK;
}

static enum err sign_fresh(struct secrets *secrets, const struct rng *rng,
    uint8_t pair[SECRETS_SIGN_BYTES])
{
	rng_fill(rng, pair, crypto_sign_SEEDBYTES);
	return sign_pair(secrets, pair);
}

enum err secrets_fresh(struct secrets *secrets, const struct rng *rng)
{
	enum err err = sign_fresh(secrets, rng, secrets->identity);
	if (err == ERR_OK) {
		err = sign_fresh(secrets, rng, secrets->cosigning);
	}
	if (err == ERR_OK) {
		rng_fill(rng, secrets->logs[0].generation.b,
		    sizeof(secrets->logs[0].generation.b));
		err = sign_fresh(secrets, rng, secrets->logs[0].key);
		secrets->log_count = 1;
	}
	if (err != ERR_OK) {
		return err;
	}
	secrets->sealing[0].epoch = 1;
	rng_fill(rng, secrets->sealing[0].secret, SECRETS_KEY_BYTES);
	secrets->sealing_count = 1;
	rng_fill(rng, secrets->transport[0], SECRETS_KEY_BYTES);
	secrets->transport_count = 1;
	rng_fill(rng, secrets->storage, SECRETS_KEY_BYTES);
	return derive(secrets);
}

enum err secrets_add_log(struct secrets *secrets, const struct rng *rng)
{
	if (secrets->log_count == LIMIT_GENERATIONS) {
		/* The oldest never signs again. */
		memmove(secrets->logs, secrets->logs + 1,
		    (LIMIT_GENERATIONS - 1) * sizeof(secrets->logs[0]));
		secrets->log_count--;
	}
	struct secrets_log *log = &secrets->logs[secrets->log_count];
	rng_fill(rng, log->generation.b, sizeof(log->generation.b));
	enum err err = sign_fresh(secrets, rng, log->key);
	if (err == ERR_OK) {
		secrets->log_count++;
	}
	return err;
}

enum err secrets_add_sealing(
    struct secrets *secrets, uint32_t epoch, const struct rng *rng)
{
	struct secrets_sealing *list = secrets->sealing;
	size_t count = secrets->sealing_count;
	if (epoch <= list[count - 1].epoch) {
		return err_set(ERR_INPUT, "sealing epochs only grow");
	}
	if (count == LIMIT_SEALING_KEYS) {
		memmove(list, list + 1, (count - 1) * sizeof(list[0]));
		count--;
	}
	list[count].epoch = epoch;
	rng_fill(rng, list[count].secret, SECRETS_KEY_BYTES);
	secrets->sealing_count = count + 1;
	return ERR_OK;
}

/* protobuf-c wants pointers to mutable bytes, also to encode. */
static ProtobufCBinaryData bytes_of(const uint8_t *data, size_t size)
{
	union {
		const uint8_t *in;
		uint8_t *out;
	} pointer = { .in = data };
	return (ProtobufCBinaryData){ .len = size, .data = pointer.out };
}

/* The message and all it points to, short of the secrets themselves. */
struct content {
	Qsg__KeystoreContent message;
	Qsg__KeystoreLog logs[LIMIT_GENERATIONS];
	Qsg__KeystoreLog *log_list[LIMIT_GENERATIONS];
	Qsg__KeystoreSealing sealing[LIMIT_SEALING_KEYS];
	Qsg__KeystoreSealing *sealing_list[LIMIT_SEALING_KEYS];
	ProtobufCBinaryData transport[SECRETS_TRANSPORT];
};

static void fill_content(const struct secrets *secrets, struct content *content)
{
	Qsg__KeystoreContent *message = &content->message;
	qsg__keystore_content__init(message);
	message->format = FORMAT;
	message->identity_seed = bytes_of(secrets->identity, SECRETS_KEY_BYTES);
	message->cosigning_seed =
	    bytes_of(secrets->cosigning, SECRETS_KEY_BYTES);
	message->storage_key = bytes_of(secrets->storage, SECRETS_KEY_BYTES);
	for (size_t i = 0; i < secrets->log_count; i++) {
		Qsg__KeystoreLog *log = &content->logs[i];
		qsg__keystore_log__init(log);
		log->generation = bytes_of(secrets->logs[i].generation.b,
		    sizeof(secrets->logs[i].generation.b));
		log->seed = bytes_of(secrets->logs[i].key, SECRETS_KEY_BYTES);
		content->log_list[i] = log;
	}
	message->n_logs = secrets->log_count;
	message->logs = content->log_list;
	for (size_t i = 0; i < secrets->sealing_count; i++) {
		Qsg__KeystoreSealing *sealing = &content->sealing[i];
		qsg__keystore_sealing__init(sealing);
		sealing->epoch = secrets->sealing[i].epoch;
		sealing->secret =
		    bytes_of(secrets->sealing[i].secret, SECRETS_KEY_BYTES);
		content->sealing_list[i] = sealing;
	}
	message->n_sealing = secrets->sealing_count;
	message->sealing = content->sealing_list;
	for (size_t i = 0; i < secrets->transport_count; i++) {
		content->transport[i] =
		    bytes_of(secrets->transport[i], SECRETS_KEY_BYTES);
	}
	message->n_transport_secrets = secrets->transport_count;
	message->transport_secrets = content->transport;
}

enum err secrets_encode(
    const struct secrets *secrets, uint8_t out[SECRETS_MAX_BYTES], size_t *size)
{
	struct content content;
	fill_content(secrets, &content);
	if (qsg__keystore_content__get_packed_size(&content.message) >
	    SECRETS_MAX_BYTES) {
		return err_set(ERR_LIMIT, "too many keys for one keystore");
	}
	*size = qsg__keystore_content__pack(&content.message, out);
	return ERR_OK;
}

static enum err bad_content(const char *what)
{
	return err_set(ERR_CORRUPT, "keystore content: %s", what);
}

static bool take_bytes(
    const ProtobufCBinaryData *from, uint8_t *out, size_t size)
{
	if (from->len != size) {
		return false;
	}
	memcpy(out, from->data, size);
	return true;
}

static enum err take_logs(
    const Qsg__KeystoreContent *message, struct secrets *secrets)
{
	if (message->n_logs < 1 || message->n_logs > LIMIT_GENERATIONS) {
		return bad_content("number of log generations");
	}
	for (size_t i = 0; i < message->n_logs; i++) {
		struct secrets_log *log = &secrets->logs[i];
		if (!take_bytes(&message->logs[i]->generation,
			log->generation.b, sizeof(log->generation.b)) ||
		    !take_bytes(
			&message->logs[i]->seed, log->key, SECRETS_KEY_BYTES)) {
			return bad_content("a log key");
		}
		enum err err = sign_pair(secrets, log->key);
		if (err != ERR_OK) {
			return err;
		}
		for (size_t j = 0; j < i; j++) {
			if (generation_equal(&secrets->logs[j].generation,
				&log->generation)) {
				return bad_content("a generation twice");
			}
		}
	}
	secrets->log_count = message->n_logs;
	return ERR_OK;
}

static enum err take_sealing(
    const Qsg__KeystoreContent *message, struct secrets *secrets)
{
	if (message->n_sealing < 1 || message->n_sealing > LIMIT_SEALING_KEYS) {
		return bad_content("number of sealing keys");
	}
	uint32_t last = 0;
	for (size_t i = 0; i < message->n_sealing; i++) {
		struct secrets_sealing *sealing = &secrets->sealing[i];
		sealing->epoch = message->sealing[i]->epoch;
		if (sealing->epoch <= last ||
		    !take_bytes(&message->sealing[i]->secret, sealing->secret,
			SECRETS_KEY_BYTES)) {
			return bad_content("a sealing key");
		}
		last = sealing->epoch;
	}
	secrets->sealing_count = message->n_sealing;
	return ERR_OK;
}

static enum err take_single(
    const Qsg__KeystoreContent *message, struct secrets *secrets)
{
	if (!take_bytes(&message->identity_seed, secrets->identity,
		SECRETS_KEY_BYTES) ||
	    !take_bytes(&message->cosigning_seed, secrets->cosigning,
		SECRETS_KEY_BYTES) ||
	    !take_bytes(
		&message->storage_key, secrets->storage, SECRETS_KEY_BYTES)) {
		return bad_content("identity, cosigning or storage key");
	}
	if (message->n_transport_secrets < 1 ||
	    message->n_transport_secrets > SECRETS_TRANSPORT) {
		return bad_content("number of transport keys");
	}
	for (size_t i = 0; i < message->n_transport_secrets; i++) {
		if (!take_bytes(&message->transport_secrets[i],
			secrets->transport[i], SECRETS_KEY_BYTES)) {
			return bad_content("a transport key");
		}
	}
	secrets->transport_count = message->n_transport_secrets;
	enum err err = sign_pair(secrets, secrets->identity);
	if (err == ERR_OK) {
		err = sign_pair(secrets, secrets->cosigning);
	}
	return err == ERR_OK ? derive(secrets) : err;
}

/* Whatever the decoder lets pass (unknown fields, other field orders) does not
 * survive this comparison. */
static enum err check_canonical(
    const struct secrets *secrets, struct span plain)
{
	uint8_t *again = sodium_malloc(SECRETS_MAX_BYTES);
	if (again == NULL) {
		return err_set(ERR_MEM, "no guarded memory for the keys");
	}
	size_t size = 0;
	enum err err = secrets_encode(secrets, again, &size);
	if (err == ERR_OK && !span_equal(span_of(again, size), plain)) {
		err = bad_content("not in canonical form");
	}
	sodium_free(again);
	return err;
}

static enum err take_content(
    const Qsg__KeystoreContent *message, struct secrets *secrets)
{
	if (message == NULL) {
		return bad_content("does not parse");
	}
	if (message->format > FORMAT) {
		return err_set(ERR_VERSION, "keystore content of format %u",
		    message->format);
	}
	enum err err = take_single(message, secrets);
	if (err == ERR_OK) {
		err = take_logs(message, secrets);
	}
	return err == ERR_OK ? take_sealing(message, secrets) : err;
}

enum err secrets_decode(struct span plain, struct secrets *secrets)
{
	struct arena arena = { .base = sodium_malloc(ARENA_BYTES) };
	if (arena.base == NULL) {
		return err_set(ERR_MEM, "no guarded memory for the keys");
	}
	ProtobufCAllocator allocator = { .alloc = arena_alloc,
		.free = arena_release,
		.allocator_data = &arena };
	enum err err = take_content(
	    qsg__keystore_content__unpack(&allocator, plain.size, plain.data),
	    secrets);
	if (err == ERR_OK) {
		err = check_canonical(secrets, plain);
	}
	sodium_free(arena.base);
	return err;
}
