#define _GNU_SOURCE
#include "keys/keystore.h"

#include "base/fs.h"
#include "keys/keyfile.h"
#include "keys/secrets.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <stdlib.h>
#include <string.h>

enum {
	KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES
};

struct passphrase {
	size_t size;
	char text[];
};

struct keystore {
	struct secrets *secrets; /* guarded, read only */
	struct keystore_public public;
	struct keystore_log logs[LIMIT_GENERATIONS];
	struct keystore_sealing sealing[LIMIT_SEALING_KEYS];
};

enum err keystore_process_init(void)
{
	if (sodium_init() < 0) {
		return err_set(ERR_CRYPTO, "libsodium does not start");
	}
	const struct rlimit none = { 0, 0 };
	if (setrlimit(RLIMIT_CORE, &none) != 0) {
		return err_errno("cannot switch core dumps off");
	}
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
		return err_errno("cannot refuse debuggers");
	}
	return ERR_OK;
}

enum err keystore_passphrase(
    uint8_t *text, size_t size, struct passphrase **out)
{
	enum err err = ERR_OK;
	size_t kept = size;
	struct passphrase *passphrase = NULL;
	if (kept > 0 && text[kept - 1] == '\n') {
		kept--;
		if (kept > 0 && text[kept - 1] == '\r') {
			kept--;
		}
	}
	if (kept == 0) {
		err = err_set(ERR_INPUT, "the passphrase is empty");
		goto done;
	}
	if (kept > LIMIT_PASSPHRASE_BYTES) {
		err =
		    err_set(ERR_LIMIT, "the passphrase is longer than %u bytes",
			LIMIT_PASSPHRASE_BYTES);
		goto done;
	}
	/* Rounded up: sodium_malloc aligns the end, not the start. */
	passphrase = sodium_malloc((sizeof(*passphrase) + kept + 15) / 16 * 16);
	if (passphrase == NULL) {
		err = err_set(ERR_MEM, "no guarded memory");
		goto done;
	}
	passphrase->size = kept;
	memcpy(passphrase->text, text, kept);
	*out = passphrase;
done:
	if (size > 0) {
		sodium_memzero(text, size);
	}
	return err;
}

struct span passphrase_span(const struct passphrase *passphrase)
{
	return span_of(passphrase->text, passphrase->size);
}

void passphrase_free(struct passphrase *passphrase)
{
	sodium_free(passphrase);
}

/* Publish the public halves and lock the region. */
static enum err publish(struct keystore *keystore)
{
	const struct secrets *secrets = keystore->secrets;
	struct keystore_public *public = &keystore->public;
	memcpy(public->organisation.b, secrets->identity + KEY_BYTES, 32);
	memcpy(public->cosigning.b, secrets->cosigning + KEY_BYTES, 32);
	int failed =
	    crypto_scalarmult_base(public->transport.b, secrets->transport[0]);
	for (size_t i = 0; i < secrets->log_count; i++) {
		keystore->logs[i].generation = secrets->logs[i].generation;
		memcpy(keystore->logs[i].key.b,
		    secrets->logs[i].key + KEY_BYTES, 32);
	}
	for (size_t i = 0; i < secrets->sealing_count; i++) {
		keystore->sealing[i].epoch = secrets->sealing[i].epoch;
		failed |= crypto_scalarmult_base(
		    keystore->sealing[i].key.b, secrets->sealing[i].secret);
	}
	public->logs = keystore->logs;
	public->log_count = secrets->log_count;
	public->sealing = keystore->sealing;
	public->sealing_count = secrets->sealing_count;
	if (failed != 0) {
		return err_set(ERR_CRYPTO, "cannot compute a public key");
	}
	if (sodium_mprotect_readonly(keystore->secrets) != 0) {
		return err_errno("cannot protect the keys");
	}
	return ERR_OK;
}

/* With an empty region, or NULL with the error set. */
static struct keystore *new_keystore(void)
{
	struct keystore *keystore = calloc(1, sizeof(*keystore));
	if (keystore == NULL) {
		(void)err_set(ERR_MEM, "out of memory");
		return NULL;
	}
	if (secrets_new(&keystore->secrets) != ERR_OK) {
		free(keystore);
		return NULL;
	}
	return keystore;
}

enum err keystore_create(const char *path, const struct passphrase *passphrase,
    enum keystore_cost cost, const struct rng *rng, struct keystore **out)
{
	const struct keyfile_lock lock = { .cost = cost,
		.passphrase = passphrase_span(passphrase) };
	if (fs_exists(path)) {
		return err_set(ERR_EXISTS, "there is a keystore already");
	}
	struct keystore *keystore = new_keystore();
	if (keystore == NULL) {
		return ERR_MEM;
	}
	enum err err = secrets_fresh(keystore->secrets, rng);
	if (err == ERR_OK) {
		err = keyfile_write(path, &lock, rng, keystore->secrets);
	}
	if (err == ERR_OK) {
		err = publish(keystore);
	}
	if (err == ERR_OK) {
		*out = keystore;
		keystore = NULL;
	}
	keystore_close(keystore);
	return err;
}

enum err keystore_open(const char *path, const struct passphrase *passphrase,
    struct keystore **out)
{
	struct keystore *keystore = new_keystore();
	if (keystore == NULL) {
		return ERR_MEM;
	}
	enum err err =
	    keyfile_read(path, passphrase_span(passphrase), keystore->secrets);
	if (err == ERR_OK) {
		err = publish(keystore);
	}
	if (err == ERR_OK) {
		*out = keystore;
		keystore = NULL;
	}
	keystore_close(keystore);
	return err;
}

enum err keystore_succeed(struct keystore *keystore, const char *path,
    uint32_t epoch, const struct rng *rng)
{
	struct secrets *next = NULL;
	enum err err = secrets_new(&next);
	if (err != ERR_OK) {
		return err;
	}
	*next = *keystore->secrets;
	err = secrets_add_log(next, rng);
	if (err == ERR_OK && epoch != 0) {
		err = secrets_add_sealing(next, epoch, rng);
	}
	if (err == ERR_OK) {
		err = keyfile_rewrite(path, rng, next);
	}
	if (err != ERR_OK) {
		secrets_free(next);
		return err;
	}
	/* The file holds them: from here on so does memory. */
	secrets_free(keystore->secrets);
	keystore->secrets = next;
	return publish(keystore);
}

void keystore_close(struct keystore *keystore)
{
	if (keystore != NULL) {
		secrets_free(keystore->secrets);
		free(keystore);
	}
}

const struct keystore_public *keystore_public(const struct keystore *keystore)
{
	return &keystore->public;
}

static enum err sign(const uint8_t *pair, struct span message,
    uint8_t signature[KEYSTORE_SIGNATURE_BYTES])
{
	if (crypto_sign_detached(
		signature, NULL, message.data, message.size, pair) != 0) {
		return err_set(ERR_CRYPTO, "cannot sign");
	}
	return ERR_OK;
}

enum err keystore_sign_card(const struct keystore *keystore,
    struct span message, uint8_t signature[KEYSTORE_SIGNATURE_BYTES])
{
	return sign(keystore->secrets->identity, message, signature);
}

enum err keystore_sign_log(const struct keystore *keystore,
    const struct generation *generation, struct span message,
    uint8_t signature[KEYSTORE_SIGNATURE_BYTES])
{
	const struct secrets *secrets = keystore->secrets;
	for (size_t i = 0; i < secrets->log_count; i++) {
		if (generation_equal(
			&secrets->logs[i].generation, generation)) {
			return sign(secrets->logs[i].key, message, signature);
		}
	}
	return err_set(ERR_NOTFOUND, "no log key of this generation is ours");
}

enum err keystore_cosign(const struct keystore *keystore, struct span message,
    uint8_t signature[KEYSTORE_SIGNATURE_BYTES])
{
	return sign(keystore->secrets->cosigning, message, signature);
}

enum err keystore_seal(const struct keystore *keystore, const struct rng *rng,
    const char *label, struct span plain, struct buf *out)
{
	uint8_t key[KEY_BYTES];
	uint8_t nonce[NONCE_BYTES];
	enum err err = buf_reserve(out, plain.size + KEYSTORE_SEAL_BYTES);
	if (err != ERR_OK) {
		return err;
	}
	err = secrets_subkey(keystore->secrets, label, key);
	if (err != ERR_OK) {
		goto done;
	}
	rng_fill(rng, nonce, sizeof(nonce));
	uint8_t *place = out->data + out->size;
	memcpy(place, nonce, sizeof(nonce));
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(place + NONCE_BYTES,
		NULL, plain.data, plain.size, NULL, 0, NULL, nonce, key) != 0) {
		err = err_set(ERR_CRYPTO, "cannot seal local state");
		goto done;
	}
	out->size += plain.size + KEYSTORE_SEAL_BYTES;
done:
	sodium_memzero(key, sizeof(key));
	return err;
}

enum err keystore_unseal(const struct keystore *keystore, const char *label,
    struct span sealed, struct buf *out)
{
	if (sealed.size < KEYSTORE_SEAL_BYTES) {
		return err_set(ERR_CORRUPT, "sealed state is too short");
	}
	size_t size = sealed.size - KEYSTORE_SEAL_BYTES;
	enum err err = buf_reserve(out, size > 0 ? size : 1);
	if (err != ERR_OK) {
		return err;
	}
	uint8_t key[KEY_BYTES];
	err = secrets_subkey(keystore->secrets, label, key);
	if (err == ERR_OK &&
	    crypto_aead_xchacha20poly1305_ietf_decrypt(out->data + out->size,
		NULL, NULL, sealed.data + NONCE_BYTES,
		sealed.size - NONCE_BYTES, NULL, 0, sealed.data, key) != 0) {
		err = err_set(ERR_CORRUPT, "sealed state does not open");
	}
	if (err == ERR_OK) {
		out->size += size;
	}
	sodium_memzero(key, sizeof(key));
	return err;
}

enum err keystore_tally(const struct keystore *keystore,
    const struct span *parts, size_t count, uint8_t out[32])
{
	crypto_generichash_state state;
	uint8_t label[64];
	size_t size = secrets_label("qsg/tally-row/v1", label);
	int failed = crypto_generichash_init(
	    &state, keystore->secrets->tally, KEY_BYTES, 32);
	failed |= crypto_generichash_update(&state, label, size);
	for (size_t i = 0; i < count; i++) {
		failed |= crypto_generichash_update(
		    &state, parts[i].data, parts[i].size);
	}
	failed |= crypto_generichash_final(&state, out, 32);
	sodium_memzero(&state, sizeof(state));
	return failed == 0 ? ERR_OK : err_set(ERR_CRYPTO, "cannot hash a row");
}

/* A record id is the hash of a header with a random nonce and a commitment to
 * this very key: one id never stands for two keys, so that its first bytes are
 * a safe nonce. */
enum err keystore_wrap(const struct keystore *keystore,
    const struct id32 *record, const uint8_t key[32], uint8_t wrapped[48])
{
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped, NULL, key,
		KEY_BYTES, record->b, sizeof(record->b), NULL, record->b,
		keystore->secrets->record_wrap) != 0) {
		return err_set(ERR_CRYPTO, "cannot wrap a content key");
	}
	return ERR_OK;
}

enum err keystore_unwrap(const struct keystore *keystore,
    const struct id32 *record, const uint8_t wrapped[48], uint8_t key[32])
{
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL, wrapped,
		KEY_BYTES + TAG_BYTES, record->b, sizeof(record->b), record->b,
		keystore->secrets->record_wrap) != 0) {
		return err_set(
		    ERR_CORRUPT, "a wrapped content key does not open");
	}
	return ERR_OK;
}

enum { PLACE_BYTES = 40 };

static void chain_place(
    const struct keystore_chain_place *place, uint8_t out[PLACE_BYTES])
{
	memcpy(out, place->stream->b, sizeof(place->stream->b));
	bytes_put_u64(out + sizeof(place->stream->b), place->number);
}

enum err keystore_wrap_chain(const struct keystore *keystore,
    const struct rng *rng, const struct keystore_chain_place *place,
    const uint8_t key[32], uint8_t wrapped[72])
{
	uint8_t bound[PLACE_BYTES];
	chain_place(place, bound);
	rng_fill(rng, wrapped, NONCE_BYTES);
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(wrapped + NONCE_BYTES,
		NULL, key, KEY_BYTES, bound, sizeof(bound), NULL, wrapped,
		keystore->secrets->chain_wrap) != 0) {
		return err_set(ERR_CRYPTO, "cannot wrap a chain key");
	}
	return ERR_OK;
}

enum err keystore_unwrap_chain(const struct keystore *keystore,
    const struct keystore_chain_place *place, const uint8_t wrapped[72],
    uint8_t key[32])
{
	uint8_t bound[PLACE_BYTES];
	chain_place(place, bound);
	if (crypto_aead_xchacha20poly1305_ietf_decrypt(key, NULL, NULL,
		wrapped + NONCE_BYTES, KEY_BYTES + TAG_BYTES, bound,
		sizeof(bound), wrapped, keystore->secrets->chain_wrap) != 0) {
		return err_set(
		    ERR_CORRUPT, "a wrapped chain key does not open");
	}
	return ERR_OK;
}

/* PROTOCOL.md M26: "A reader MUST refuse an ephemeral key that gives an
 * all-zero shared secret." */
enum err keystore_box_key(const struct keystore *keystore, uint32_t epoch,
    const uint8_t ephemeral[32], uint8_t shared[32])
{
	const struct secrets *secrets = keystore->secrets;
	for (size_t i = 0; i < secrets->sealing_count; i++) {
		if (secrets->sealing[i].epoch != epoch) {
			continue;
		}
		if (crypto_box_beforenm(
			shared, ephemeral, secrets->sealing[i].secret) != 0) {
			return err_set(
			    ERR_VERIFY, "the slots' ephemeral key is unusable");
		}
		return ERR_OK;
	}
	return err_set(ERR_NOTFOUND, "no sealing key of this epoch is ours");
}

const uint8_t *keystore_transport_secret(const struct keystore *keystore)
{
	return keystore->secrets->transport[0];
}
