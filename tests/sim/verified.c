#include "world.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

/* Hundreds of nodes in one process check the same signatures. Whether one holds
 * depends on key, message and signature alone: it is computed once, and what
 * came of it is looked up by a hash of the three. */

#define PLACES (1u << 18)

struct verified {
	uint8_t key[16];
	int result;
	bool used;
};

static struct verified *places;

int __real_crypto_sign_verify_detached(const unsigned char *signature,
    const unsigned char *message, unsigned long long size,
    const unsigned char *key);
int __wrap_crypto_sign_verify_detached(const unsigned char *signature,
    const unsigned char *message, unsigned long long size,
    const unsigned char *key);

void verified_share(void)
{
	places = calloc(PLACES, sizeof(*places));
	if (places == NULL) {
		abort();
	}
}

void verified_close(void)
{
	free(places);
	places = NULL;
}

int __wrap_crypto_sign_verify_detached(const unsigned char *signature,
    const unsigned char *message, unsigned long long size,
    const unsigned char *key)
{
	crypto_generichash_state state;
	uint8_t hash[16];
	if (places == NULL) {
		return __real_crypto_sign_verify_detached(
		    signature, message, size, key);
	}
	(void)crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	(void)crypto_generichash_update(
	    &state, key, crypto_sign_PUBLICKEYBYTES);
	(void)crypto_generichash_update(&state, signature, crypto_sign_BYTES);
	(void)crypto_generichash_update(&state, message, size);
	(void)crypto_generichash_final(&state, hash, sizeof(hash));
	struct verified *place = &places[bytes_get_u64(hash) & (PLACES - 1)];
	if (!place->used || memcmp(place->key, hash, sizeof(hash)) != 0) {
		place->result = __real_crypto_sign_verify_detached(
		    signature, message, size, key);
		place->used = true;
		memcpy(place->key, hash, sizeof(hash));
	}
	return place->result;
}
