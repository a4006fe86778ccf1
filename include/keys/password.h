/*
 * password.h - what is kept of the password of a person's account, and whether
 * one is it. Argon2id, as libsodium writes it.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: no shared state. Each takes about a second and 256 MiB.
 * Secrets: the password lies in the caller's memory; what is kept of it tells
 *          it to whoever can guess it.
 */
#ifndef QSG_KEYS_PASSWORD_H
#define QSG_KEYS_PASSWORD_H

#include "keys/keystore.h"

#define PASSWORD_HASH_BYTES 128u /* with the NUL that ends it */

/* What is to be kept. ERR_MEM. */
ERR_MUST_USE enum err password_hash(const struct passphrase *password,
    enum keystore_cost cost, char out[PASSWORD_HASH_BYTES]);
/* ERR_DENIED when it is another, or the hash is "": nobody's, for which it
 * takes as long. */
ERR_MUST_USE enum err password_check(const char *hash, struct span password);
/* Is it of the cost that this program asks for? */
bool password_hash_fits(const char *hash);

/* Passwords that were the right ones, as keyed hashes in guarded memory: so
 * that a command that asks often waits once. Kept with what was compared:
 * another stored hash is another password. */
struct password_cache;
/* NULL: no memory. */
struct password_cache *password_cache_new(void);
void password_cache_free(struct password_cache *cache);
/* As password_check. */
ERR_MUST_USE enum err password_cached_check(
    struct password_cache *cache, const char *hash, struct span password);

#endif
