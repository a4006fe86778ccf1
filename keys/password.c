#include "keys/password.h"

#include <sodium.h>
#include <string.h>

_Static_assert(PASSWORD_HASH_BYTES == crypto_pwhash_STRBYTES, "libsodium's");

/* PROTOCOL.md M464: "What a node keeps of a password MUST be its Argon2id hash
 * of moderate cost, and a hash of any other cost MUST be refused." */
enum err password_hash(const struct passphrase *password,
    enum keystore_cost cost, char out[PASSWORD_HASH_BYTES])
{
	struct span text = passphrase_span(password);
	bool cheap = cost == KEYSTORE_CHEAP;
	if (crypto_pwhash_str(out, (const char *)text.data, text.size,
		cheap ? crypto_pwhash_argon2id_OPSLIMIT_MIN
		      : crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
		cheap ? crypto_pwhash_argon2id_MEMLIMIT_MIN
		      : crypto_pwhash_argon2id_MEMLIMIT_MODERATE) != 0) {
		return err_set(ERR_MEM, "no memory for the password");
	}
	return ERR_OK;
}

/* Of the same cost as all. What would give it nobody knows. */
static const char nobodys[PASSWORD_HASH_BYTES] =
    "$argon2id$v=19$m=262144,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

enum err password_check(const char *hash, struct span password)
{
	bool any = hash[0] != '\0';
	int other = crypto_pwhash_str_verify(
	    any ? hash : nobodys, (const char *)password.data, password.size);
	if (!any || other != 0) {
		return err_set(ERR_DENIED, "wrong account or password");
	}
	return ERR_OK;
}

bool password_hash_fits(const char *hash)
{
	bool fits = strlen(hash) < PASSWORD_HASH_BYTES &&
	            crypto_pwhash_str_needs_rehash(hash,
			crypto_pwhash_argon2id_OPSLIMIT_MODERATE,
			crypto_pwhash_argon2id_MEMLIMIT_MODERATE) == 0;
#ifdef QSG_TEST
	fits = fits || (strlen(hash) < PASSWORD_HASH_BYTES &&
			   crypto_pwhash_str_needs_rehash(hash,
			       crypto_pwhash_argon2id_OPSLIMIT_MIN,
			       crypto_pwhash_argon2id_MEMLIMIT_MIN) == 0);
#endif
	return fits;
}

/*
 * The cache.
 */

enum { PROOFS = 16, PROOF_BYTES = 32, ALIGNED = 16 };

struct proof {
	char hash[PASSWORD_HASH_BYTES]; /* "" none */
	uint8_t proof[PROOF_BYTES];
};

struct password_cache {
	uint8_t key[crypto_generichash_KEYBYTES];
	struct proof proofs[PROOFS];
	size_t next;
};

struct password_cache *password_cache_new(void)
{
	struct password_cache *cache =
	    sodium_malloc((sizeof(*cache) + ALIGNED - 1) / ALIGNED * ALIGNED);
	if (cache != NULL) {
		sodium_memzero(cache, sizeof(*cache));
		randombytes_buf(cache->key, sizeof(cache->key));
	}
	return cache;
}

void password_cache_free(struct password_cache *cache)
{
	sodium_free(cache);
}

enum err password_cached_check(
    struct password_cache *cache, const char *hash, struct span password)
{
	uint8_t proof[PROOF_BYTES];
	(void)crypto_generichash(proof, sizeof(proof), password.data,
	    password.size, cache->key, sizeof(cache->key));
	for (size_t i = 0; i < PROOFS; i++) {
		const struct proof *each = &cache->proofs[i];
		if (each->hash[0] != '\0' && strcmp(each->hash, hash) == 0 &&
		    sodium_memcmp(each->proof, proof, sizeof(proof)) == 0) {
			sodium_memzero(proof, sizeof(proof));
			return ERR_OK;
		}
	}
	enum err err = password_check(hash, password);
	if (err == ERR_OK) {
		struct proof *place = &cache->proofs[cache->next++ % PROOFS];
		(void)strncpy(place->hash, hash, sizeof(place->hash) - 1);
		memcpy(place->proof, proof, sizeof(proof));
	}
	sodium_memzero(proof, sizeof(proof));
	return err;
}
