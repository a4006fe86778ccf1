/*
 * fixture.h - organisations for tests: keystores, readers and cards made from
 * a seed.
 */
#ifndef QSG_TESTS_UNIT_KEYS_FIXTURE_H
#define QSG_TESTS_UNIT_KEYS_FIXTURE_H

#include "keys/card.h"
#include "keys/keystore.h"
#include "keys/secrets.h"
#include "keys/slots.h"

#define FIXTURE_PASSPHRASE "correct horse"

/* Stop the test with the message of err unless it is ERR_OK. */
void fixture_ok(enum err err);

/* A fresh private directory; the caller removes it with fixture_remove. */
const char *fixture_dir(void);
/* Remove a directory of plain files. */
void fixture_remove(const char *dir);

struct passphrase *fixture_passphrase(const char *text);

/* All keys drawn from this seed; nothing is left on disk. */
struct keystore *fixture_keystore(uint64_t seed);
/* The same after a change to the secrets. */
struct keystore *fixture_keystore_with(
    uint64_t seed, void (*change)(struct secrets *secrets));

/* A keystore of this content (KeystoreContent bytes). */
struct keystore *fixture_keystore_from(struct span content);

/* An organisation as a reader of a stream, under its newest epoch. */
struct seal_reader fixture_reader(const struct keystore *keystore);

/* A card of this version; free with card_clear. */
void fixture_card(const struct keystore *keystore, uint64_t version,
    const char *name, struct card *out);

/* A directory for a keystore. */
struct fixture_home {
	const char *dir;
	char path[128]; /* of the keystore, not there yet */
	struct passphrase *passphrase;
};

struct fixture_home fixture_home(void);
void fixture_home_end(struct fixture_home *home);

#endif
