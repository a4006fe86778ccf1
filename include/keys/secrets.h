/*
 * secrets.h - the secret keys of a keystore in one guarded region, and their
 * bytes inside a keystore file. Used by keystore.c only.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Keystore"
 * Threads: no shared state.
 * Secrets: everything here lies in sodium_malloc memory and is wiped when
 *          freed, the arena of the protobuf decoder included.
 */
#ifndef QSG_KEYS_SECRETS_H
#define QSG_KEYS_SECRETS_H

#include "base/bytes.h"
#include "base/limits.h"
#include "base/rng.h"
#include "codec/envelope.h"

#define SECRETS_KEY_BYTES 32u
#define SECRETS_SALT_BYTES 16u  /* of the passphrase */
#define SECRETS_SIGN_BYTES 64u  /* Ed25519: seed, then public key */
#define SECRETS_TRANSPORT 2u    /* the one in use, one more while rotating */
#define SECRETS_MAX_BYTES 4096u /* of the encoding */

struct secrets_log {
	struct generation generation;
	uint8_t key[SECRETS_SIGN_BYTES];
};

struct secrets_sealing {
	uint32_t epoch;
	uint8_t secret[SECRETS_KEY_BYTES];
};

struct secrets {
	uint8_t identity[SECRETS_SIGN_BYTES];
	uint8_t cosigning[SECRETS_SIGN_BYTES];
	struct secrets_log logs[LIMIT_GENERATIONS];
	size_t log_count;
	struct secrets_sealing sealing[LIMIT_SEALING_KEYS];
	size_t sealing_count;
	uint8_t transport[SECRETS_TRANSPORT][SECRETS_KEY_BYTES];
	size_t transport_count;
	uint8_t storage[SECRETS_KEY_BYTES];
	/* Derived from storage. */
	uint8_t record_wrap[SECRETS_KEY_BYTES];
	uint8_t chain_wrap[SECRETS_KEY_BYTES];
	uint8_t tally[SECRETS_KEY_BYTES];
	uint8_t seed[SECRETS_KEY_BYTES]; /* to work with */
	/* What the file is sealed with, kept to seal it anew; no part of its
	 * content. */
	uint8_t file_key[SECRETS_KEY_BYTES];
	uint8_t file_salt[SECRETS_SALT_BYTES];
	uint8_t file_cost;
};

/* An empty region; free with secrets_free, which wipes. */
ERR_MUST_USE enum err secrets_new(struct secrets **out);
void secrets_free(struct secrets *secrets);

/* Draw all keys of a new organisation: sealing epoch 1, one generation. */
ERR_MUST_USE enum err secrets_fresh(
    struct secrets *secrets, const struct rng *rng);

/* Append a fresh log key, which becomes the live one; where there is no room
 * the oldest goes, which never signs again. */
ERR_MUST_USE enum err secrets_add_log(
    struct secrets *secrets, const struct rng *rng);
/* Append a fresh sealing key of this epoch; where there is no room the oldest
 * goes. ERR_INPUT unless the epoch is above all others. */
ERR_MUST_USE enum err secrets_add_sealing(
    struct secrets *secrets, uint32_t epoch, const struct rng *rng);

/* Encode into guarded memory. */
ERR_MUST_USE enum err secrets_encode(const struct secrets *secrets,
    uint8_t out[SECRETS_MAX_BYTES], size_t *size);
/* Fill an empty region from these bytes. ERR_CORRUPT, ERR_VERSION. */
ERR_MUST_USE enum err secrets_decode(
    struct span plain, struct secrets *secrets);

/* The subkey of the storage key for this label: BLAKE2b-256 keyed by the
 * storage key over the length-prefixed label. */
ERR_MUST_USE enum err secrets_subkey(const struct secrets *secrets,
    const char *label, uint8_t out[SECRETS_KEY_BYTES]);

/* The label's length in one byte and the label, as every hash and derivation
 * of this floor begins. Returns the size; out holds at least 64 bytes. */
size_t secrets_label(const char *label, uint8_t out[64]);

#endif
