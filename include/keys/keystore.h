/*
 * keystore.h - an organisation's secret keys: made, guarded, used, never
 * handed out.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Keystore", "Identity and keys"
 * Threads: after keystore_open, concurrent use is safe (read only), but not
 *          beside keystore_succeed.
 * Secrets: everything secret stays in sodium_malloc memory, read-only while
 *          in use, wiped by keystore_close. The one-use subkey of a label in
 *          keystore_seal and keystore_unseal is on the stack, and wiped; so
 *          is the state of keystore_tally.
 */
#ifndef QSG_KEYS_KEYSTORE_H
#define QSG_KEYS_KEYSTORE_H

#include "base/bytes.h"
#include "base/rng.h"
#include "codec/envelope.h"

struct keystore;

#define KEYSTORE_SEAL_BYTES 40u /* what sealing adds: nonce and MAC */
#define KEYSTORE_SIGNATURE_BYTES 64u

/* The cost of guessing a passphrase. */
enum keystore_cost {
	KEYSTORE_MODERATE, /* Argon2id MODERATE: 256 MiB, 3 passes */
	KEYSTORE_CHEAP     /* tests only: release builds refuse it, both ways */
};

/* A passphrase in guarded memory. */
struct passphrase;
/* Copy, strip one trailing LF (or CRLF), wipe the source. ERR_INPUT when
 * nothing is left, ERR_LIMIT when it is too long. Free with passphrase_free. */
ERR_MUST_USE enum err keystore_passphrase(
    uint8_t *text, size_t size, struct passphrase **out);
void passphrase_free(struct passphrase *passphrase);
/* Borrowed; not ended by a NUL. */
struct span passphrase_span(const struct passphrase *passphrase);

/* The public halves. */
struct keystore_log {
	struct generation generation;
	struct id32 key; /* Ed25519 */
};
struct keystore_sealing {
	uint32_t epoch;
	struct id32 key; /* X25519 */
};
struct keystore_public {
	struct id32 organisation; /* identity key = organisation id */
	struct id32 cosigning;
	struct id32 transport;           /* CURVE, the one in use */
	const struct keystore_log *logs; /* oldest first, the last is live */
	size_t log_count;
	const struct keystore_sealing *sealing; /* ascending, the last in use */
	size_t sealing_count;
};

/* Call once before anything else: sodium_init, no core dumps, no ptrace
 * attachment. ERR_CRYPTO, ERR_IO. */
ERR_MUST_USE enum err keystore_process_init(void);

/* Make all keys of a new organisation (sealing epoch 1, one log generation)
 * and write them to path, 0600, atomically. ERR_EXISTS when path is there. */
ERR_MUST_USE enum err keystore_create(const char *path,
    const struct passphrase *passphrase, enum keystore_cost cost,
    const struct rng *rng, struct keystore **out);

/* ERR_DENIED "wrong passphrase" when the AEAD does not open, ERR_VERSION for
 * a newer file, ERR_CORRUPT for one that does not parse. */
ERR_MUST_USE enum err keystore_open(const char *path,
    const struct passphrase *passphrase, struct keystore **out);

/* Add a fresh log key, live from now on, and with epoch above zero a fresh
 * sealing key of that epoch, and write the file at path anew, atomically, under
 * the passphrase it has. No other thread may be using the keystore. After an
 * error nothing has changed here; the file may hold keys that are never used,
 * which do no harm. */
ERR_MUST_USE enum err keystore_succeed(struct keystore *keystore,
    const char *path, uint32_t epoch, const struct rng *rng);

/* Wipes and frees. NULL is a no-op. */
void keystore_close(struct keystore *keystore);

/* Borrowed for the keystore's life. */
const struct keystore_public *keystore_public(const struct keystore *keystore);

/* Ed25519 by the identity key, over organisation cards and nothing else. */
ERR_MUST_USE enum err keystore_sign_card(const struct keystore *keystore,
    struct span message, uint8_t signature[KEYSTORE_SIGNATURE_BYTES]);
/* Ed25519 by the log key of a generation. ERR_NOTFOUND when it is not ours. */
ERR_MUST_USE enum err keystore_sign_log(const struct keystore *keystore,
    const struct generation *generation, struct span message,
    uint8_t signature[KEYSTORE_SIGNATURE_BYTES]);
/* Ed25519 by the cosigning key. */
ERR_MUST_USE enum err keystore_cosign(const struct keystore *keystore,
    struct span message, uint8_t signature[KEYSTORE_SIGNATURE_BYTES]);

/* Seal local state (cards, cursors, snapshots) under the storage key with a
 * fresh nonce: appends KEYSTORE_SEAL_BYTES + plain bytes. label separates
 * uses. */
ERR_MUST_USE enum err keystore_seal(const struct keystore *keystore,
    const struct rng *rng, const char *label, struct span plain,
    struct buf *out);
/* ERR_CORRUPT when it does not open. */
ERR_MUST_USE enum err keystore_unseal(const struct keystore *keystore,
    const char *label, struct span sealed, struct buf *out);

/* A hash that nobody without the storage key can make, over the parts one
 * after another: what a row of the database adds to its table's tally. */
ERR_MUST_USE enum err keystore_tally(const struct keystore *keystore,
    const struct span *parts, size_t count, uint8_t out[32]);

/*
 * Used inside the keys floor (seal.c, curve.c) only.
 */

/* Wrap or unwrap the 32-byte content key of a record under the storage key;
 * the nonce comes from the record id, whose header commits to the key. The
 * 32-byte side lies in guarded memory. ERR_CORRUPT when it does not open. */
ERR_MUST_USE enum err keystore_wrap(const struct keystore *keystore,
    const struct id32 *record, const uint8_t key[32], uint8_t wrapped[48]);
ERR_MUST_USE enum err keystore_unwrap(const struct keystore *keystore,
    const struct id32 *record, const uint8_t wrapped[48], uint8_t key[32]);
/* Wrap or unwrap a 32-byte chain key the same way: fresh nonce, bound to the
 * stream and the number of the record the chain key is for. */
struct keystore_chain_place {
	const struct id32 *stream;
	uint64_t number;
};
ERR_MUST_USE enum err keystore_wrap_chain(const struct keystore *keystore,
    const struct rng *rng, const struct keystore_chain_place *place,
    const uint8_t key[32], uint8_t wrapped[72]);
ERR_MUST_USE enum err keystore_unwrap_chain(const struct keystore *keystore,
    const struct keystore_chain_place *place, const uint8_t wrapped[72],
    uint8_t key[32]);
/* crypto_box_beforenm of a peer's ephemeral key with our sealing key of an
 * epoch, into guarded memory. ERR_VERIFY for a low-order key. */
ERR_MUST_USE enum err keystore_box_key(const struct keystore *keystore,
    uint32_t epoch, const uint8_t ephemeral[32], uint8_t shared[32]);
/* The transport secret, for libzmq. Borrowed, guarded. */
const uint8_t *keystore_transport_secret(const struct keystore *keystore);

#endif
