#define _GNU_SOURCE

#include "app/markcopy.h"

#include "base/fs.h"
#include "codec/text.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_BYTES = 16 };

static const char *folder(void)
{
	const char *candidates[] = { getenv("RUNTIME_DIRECTORY"),
		getenv("XDG_RUNTIME_DIR"), "/run" };
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]);
	     i++) {
		const char *candidate = candidates[i];
		if (candidate != NULL && candidate[0] == '/' &&
		    access(candidate, W_OK | X_OK) == 0) {
			return candidate;
		}
	}
	return NULL;
}

/* A home made anew in the same place is of another organisation. */
static enum err name_of(
    const char *home, const struct keystore *keystore, struct buf *out)
{
	uint8_t hash[NAME_BYTES];
	crypto_generichash_state state;
	const struct id32 *id = &keystore_public(keystore)->organisation;
	char *real = realpath(home, NULL);
	int failed = 0;
	if (real == NULL) {
		return err_errno("cannot find %s", home);
	}
	failed |= crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	failed |= crypto_generichash_update(&state, id->b, sizeof(id->b));
	failed |= crypto_generichash_update(
	    &state, (const uint8_t *)real, strlen(real));
	failed |= crypto_generichash_final(&state, hash, sizeof(hash));
	free(real);
	if (failed != 0) {
		return err_set(ERR_CRYPTO, "cannot hash the home's path");
	}
	enum err err = buf_append(out, span_text("qsg-"));
	if (err == ERR_OK) {
		err = text_hex(span_of(hash, sizeof(hash)), out);
	}
	return err == ERR_OK ? buf_append(out, span_text(".mark")) : err;
}

enum err markcopy_path(
    const char *home, const struct keystore *keystore, struct buf *out)
{
	const char *dir = folder();
	struct buf name = { 0 };
	if (dir == NULL) {
		return ERR_OK;
	}
	enum err err = name_of(home, keystore, &name);
	if (err == ERR_OK) {
		err = fs_join(dir, buf_text(&name), out);
	}
	buf_clear(&name);
	return err;
}
