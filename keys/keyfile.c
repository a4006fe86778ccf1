#include "keys/keyfile.h"

#include "base/fs.h"

#include <sodium.h>

#include <string.h>

static const char magic[] = "QSGKEYS1";

/* The file: a head of fixed size, then the sealed content. */
enum {
	MAGIC_BYTES = 8,
	SALT_BYTES = crypto_pwhash_SALTBYTES,
	NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
	KEY_BYTES = crypto_aead_xchacha20poly1305_ietf_KEYBYTES,
	HEAD_BYTES = MAGIC_BYTES + 1 + 4 + 8 + SALT_BYTES + NONCE_BYTES,
	FILE_BYTES = HEAD_BYTES + (int)SECRETS_MAX_BYTES + TAG_BYTES
};

/* A row of the table of costs, as written into a file. */
struct cost {
	uint8_t code;
	uint32_t ops;
	uint64_t memory;
};

static struct cost cost_of(enum keystore_cost cost)
{
	struct cost row = { .code = 1,
		.ops = crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
		.memory = crypto_pwhash_argon2id_MEMLIMIT_MODERATE };
	if (cost == KEYSTORE_CHEAP) {
		row = (struct cost){ .code = 2,
			.ops = crypto_pwhash_argon2id_OPSLIMIT_MIN,
			.memory = crypto_pwhash_argon2id_MEMLIMIT_MIN };
	}
	return row;
}

#ifdef QSG_TEST
static bool released; /* as far as tests want it */

void keyfile_act_released(bool on)
{
	released = on;
}
#else
static const bool released = true;
#endif

/* PROTOCOL.md M16: "A program for production use MUST refuse to make and to
 * open a keystore of cost 2." */
static enum err check_cost(enum keystore_cost cost)
{
	if (released && cost == KEYSTORE_CHEAP) {
		return err_set(ERR_DENIED,
		    "this keystore has the cheap passphrase cost of tests, "
		    "which this program refuses");
	}
	return ERR_OK;
}

static enum err stretch(struct span passphrase, const struct cost *cost,
    const uint8_t *salt, uint8_t key[KEY_BYTES])
{
	if (crypto_pwhash(key, KEY_BYTES, (const char *)passphrase.data,
		passphrase.size, salt, cost->ops, cost->memory,
		crypto_pwhash_ALG_ARGON2ID13) != 0) {
		return err_set(ERR_MEM,
		    "no %llu MiB of memory for the passphrase",
		    (unsigned long long)(cost->memory >> 20));
	}
	return ERR_OK;
}

/* PROTOCOL.md M17: "The content of a keystore MUST be sealed with all bytes
 * before the ciphertext as additional data." */
static enum err seal_file(const struct secrets *secrets, const uint8_t *key,
    uint8_t *plain, struct buf *file)
{
	size_t size = 0;
	enum err err = secrets_encode(secrets, plain, &size);
	if (err == ERR_OK) {
		err = buf_reserve(file, size + TAG_BYTES);
	}
	if (err != ERR_OK) {
		return err;
	}
	const uint8_t *nonce = file->data + HEAD_BYTES - NONCE_BYTES;
	if (crypto_aead_xchacha20poly1305_ietf_encrypt(file->data + HEAD_BYTES,
		NULL, plain, size, file->data, HEAD_BYTES, NULL, nonce,
		key) != 0) {
		return err_set(ERR_CRYPTO, "cannot seal the keystore");
	}
	file->size += size + TAG_BYTES;
	return ERR_OK;
}

static enum err put_head(const struct cost *cost, const uint8_t *salt,
    const struct rng *rng, struct buf *file)
{
	uint8_t nonce[NONCE_BYTES];
	rng_fill(rng, nonce, sizeof(nonce));
	enum err err = buf_append(file, span_of(magic, MAGIC_BYTES));
	if (err == ERR_OK) {
		err = buf_u8(file, cost->code);
	}
	if (err == ERR_OK) {
		err = buf_u32(file, cost->ops);
	}
	if (err == ERR_OK) {
		err = buf_u64(file, cost->memory);
	}
	if (err == ERR_OK) {
		err = buf_append(file, span_of(salt, SALT_BYTES));
	}
	if (err == ERR_OK) {
		err = buf_append(file, span_of(nonce, sizeof(nonce)));
	}
	return err;
}

static enum keystore_cost kind_of(uint8_t code)
{
	return code == 2 ? KEYSTORE_CHEAP : KEYSTORE_MODERATE;
}

enum err keyfile_rewrite(
    const char *path, const struct rng *rng, const struct secrets *secrets)
{
	struct cost row = cost_of(kind_of(secrets->file_cost));
	struct buf file = { 0 };
	uint8_t *plain = sodium_malloc(SECRETS_MAX_BYTES);
	if (plain == NULL) {
		return err_set(ERR_MEM, "no guarded memory");
	}
	enum err err = put_head(&row, secrets->file_salt, rng, &file);
	if (err == ERR_OK) {
		err = seal_file(secrets, secrets->file_key, plain, &file);
	}
	if (err == ERR_OK) {
		err = fs_write_atomic(path, buf_span(&file));
	}
	sodium_free(plain);
	buf_clear(&file);
	return err;
}

enum err keyfile_write(const char *path, const struct keyfile_lock *lock,
    const struct rng *rng, struct secrets *secrets)
{
	struct cost row = cost_of(lock->cost);
	enum err err = check_cost(lock->cost);
	if (err != ERR_OK) {
		return err;
	}
	rng_fill(rng, secrets->file_salt, SALT_BYTES);
	secrets->file_cost = row.code;
	err = stretch(
	    lock->passphrase, &row, secrets->file_salt, secrets->file_key);
	return err == ERR_OK ? keyfile_rewrite(path, rng, secrets) : err;
}

/* PROTOCOL.md M15: "An opener MUST refuse cost parameters other than those of
 * the table, before it spends memory on them." */
static enum err read_head(struct span file, struct cost *cost)
{
	struct reader in = reader_of(file);
	uint8_t seen[MAGIC_BYTES];
	reader_copy(&in, seen, sizeof(seen));
	cost->code = reader_u8(&in);
	cost->ops = reader_u32(&in);
	cost->memory = reader_u64(&in);
	if (file.size < HEAD_BYTES + TAG_BYTES ||
	    memcmp(seen, magic, MAGIC_BYTES - 1) != 0) {
		return err_set(ERR_CORRUPT, "the keystore file is damaged");
	}
	if (seen[MAGIC_BYTES - 1] != (uint8_t)magic[MAGIC_BYTES - 1]) {
		return err_set(
		    ERR_VERSION, "this keystore is of a newer version");
	}
	enum keystore_cost kind = kind_of(cost->code);
	struct cost row = cost_of(kind);
	if (row.code != cost->code || row.ops != cost->ops ||
	    row.memory != cost->memory) {
		return err_set(
		    ERR_CORRUPT, "the keystore's cost parameters are unknown");
	}
	return check_cost(kind);
}

static enum err open_file(struct span file, const struct cost *cost,
    struct span passphrase, struct secrets *secrets)
{
	uint8_t *scratch = sodium_malloc(KEY_BYTES + SECRETS_MAX_BYTES);
	if (scratch == NULL) {
		return err_set(ERR_MEM, "no guarded memory");
	}
	const uint8_t *nonce = file.data + HEAD_BYTES - NONCE_BYTES;
	size_t size = file.size - HEAD_BYTES - TAG_BYTES;
	uint8_t *plain = scratch + KEY_BYTES;
	enum err err = stretch(passphrase, cost, nonce - SALT_BYTES, scratch);
	if (err == ERR_OK &&
	    crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
		file.data + HEAD_BYTES, file.size - HEAD_BYTES, file.data,
		HEAD_BYTES, nonce, scratch) != 0) {
		err = err_set(ERR_DENIED,
		    "wrong passphrase (or the keystore file is damaged)");
	}
	if (err == ERR_OK) {
		err = secrets_decode(span_of(plain, size), secrets);
	}
	if (err == ERR_OK) {
		memcpy(secrets->file_key, scratch, KEY_BYTES);
		memcpy(secrets->file_salt, nonce - SALT_BYTES, SALT_BYTES);
		secrets->file_cost = cost->code;
	}
	sodium_free(scratch);
	return err;
}

enum err keyfile_read(
    const char *path, struct span passphrase, struct secrets *secrets)
{
	struct buf file = { 0 };
	struct cost cost = { 0 };
	enum err err = fs_read(path, FILE_BYTES, &file);
	if (err == ERR_LIMIT) {
		err = err_set(
		    ERR_CORRUPT, "the keystore file is damaged: too large");
	}
	if (err == ERR_OK) {
		err = read_head(buf_span(&file), &cost);
	}
	if (err == ERR_OK) {
		err = open_file(buf_span(&file), &cost, passphrase, secrets);
	}
	buf_clear(&file);
	return err;
}
