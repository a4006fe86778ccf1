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

enum err password_check(const char *hash, struct span password)
{
	if (hash[0] == '\0' || crypto_pwhash_str_verify(hash,
				   (const char *)password.data,
				   password.size) != 0) {
		return err_set(ERR_DENIED, "wrong account or password");
	}
	return ERR_OK;
}

bool password_hash_fits(const char *hash)
{
	bool fits =
	    strlen(hash) < PASSWORD_HASH_BYTES &&
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
