/*
 * keyfile.h - the sealed file of a keystore. Used by keystore.c only.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Keystore"
 * Threads: no shared state.
 * Secrets: the stretched passphrase and the decrypted content lie in
 *          sodium_malloc memory and are wiped before return.
 */
#ifndef QSG_KEYS_KEYFILE_H
#define QSG_KEYS_KEYFILE_H

#include "keys/keystore.h"
#include "keys/secrets.h"

struct keyfile_lock {
	enum keystore_cost cost;
	struct span passphrase;
};

/* Write path, 0600, atomically, replacing what is there, and keep in secrets
 * what it was sealed with. ERR_DENIED for a cost this build refuses. */
ERR_MUST_USE enum err keyfile_write(const char *path,
    const struct keyfile_lock *lock, const struct rng *rng,
    struct secrets *secrets);

/* Write it anew under the key, salt and cost it was read or written with, and
 * a fresh nonce: the passphrase is not needed, and stays. */
ERR_MUST_USE enum err keyfile_rewrite(
    const char *path, const struct rng *rng, const struct secrets *secrets);

/* Fill an empty region. Errors as keystore_open. */
ERR_MUST_USE enum err keyfile_read(
    const char *path, struct span passphrase, struct secrets *secrets);

#ifdef QSG_TEST
/* Refuse what a program for use refuses, or no longer. */
void keyfile_act_released(bool on);
#endif

#endif
