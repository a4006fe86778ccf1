#define _GNU_SOURCE

#include "app/markcopy.h"

#include "base/fs.h"
#include "codec/text.h"

#include <linux/magic.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { NAME_BYTES = 16 };

/* What lies in memory alone is lost with the machine; a /run on a disk is not.
 */
static bool is_lost_at_restart(const char *path)
{
	struct statfs info;
	return statfs(path, &info) == 0 &&
	       (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

/* Where everybody may write, a folder of our own; whoever has taken its name
 * only keeps us from having one. */
static bool make_own(char *out, size_t size)
{
	(void)snprintf(out, size, "/dev/shm/qsg-%lu", (unsigned long)geteuid());
	enum err err = fs_make_private_dir(out);
	return err == ERR_OK || fs_check_private_dir(out) == ERR_OK;
}

static const char *folder(char *own, size_t size)
{
	const char *candidates[] = { getenv("RUNTIME_DIRECTORY"),
		getenv("XDG_RUNTIME_DIR"), "/run" };
	/* The first is the word of whoever set the service up. */
	for (size_t i = 0; i < sizeof(candidates) / sizeof(candidates[0]);
	     i++) {
		const char *candidate = candidates[i];
		if (candidate != NULL && candidate[0] == '/' &&
		    access(candidate, W_OK | X_OK) == 0 &&
		    (i == 0 || is_lost_at_restart(candidate))) {
			return candidate;
		}
	}
	return is_lost_at_restart("/dev/shm") && make_own(own, size) ? own
	                                                             : NULL;
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
	char own[64];
	const char *dir = folder(own, sizeof(own));
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
