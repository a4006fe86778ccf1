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
/* ERR_DENIED when it is another. */
ERR_MUST_USE enum err password_check(const char *hash, struct span password);
/* Is it of the cost that this program asks for? */
bool password_hash_fits(const char *hash);

#endif
