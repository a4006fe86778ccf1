#define _GNU_SOURCE
#include "unit/keys/fixture.h"

#include "base/fs.h"
#include "keys/keyfile.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fixture_ok(enum err err)
{
	if (err != ERR_OK) {
		ck_abort_msg("%s: %s", err_name(err), err_text());
	}
}

const char *fixture_dir(void)
{
	static char dir[256];
	const char *base = getenv("TMPDIR");
	int size = snprintf(dir, sizeof(dir), "%s/qsg-keys-XXXXXX",
	    base != NULL ? base : "/tmp");
	ck_assert(size > 0 && (size_t)size < sizeof(dir));
	ck_assert_ptr_nonnull(mkdtemp(dir));
	return dir;
}

void fixture_remove(const char *dir)
{
	DIR *list = opendir(dir);
	ck_assert_ptr_nonnull(list);
	struct dirent *entry = NULL;
	while ((entry = readdir(list)) != NULL) {
		if (entry->d_name[0] != '.') {
			ck_assert_int_eq(
			    unlinkat(dirfd(list), entry->d_name, 0), 0);
		}
	}
	ck_assert_int_eq(closedir(list), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

struct passphrase *fixture_passphrase(const char *text)
{
	struct passphrase *out = NULL;
	char copy[256];
	size_t size = strlen(text);
	ck_assert_uint_lt(size, sizeof(copy));
	memcpy(copy, text, size + 1);
	fixture_ok(keystore_passphrase((uint8_t *)copy, size, &out));
	return out;
}

static void change_nothing(struct secrets *secrets)
{
	(void)secrets;
}

struct keystore *fixture_keystore(uint64_t seed)
{
	return fixture_keystore_with(seed, change_nothing);
}

/* By way of a file, as there is no other. */
static struct keystore *write_and_open(struct secrets *secrets)
{
	const struct keyfile_lock lock = { KEYSTORE_CHEAP,
		span_text(FIXTURE_PASSPHRASE) };
	struct passphrase *passphrase = fixture_passphrase(FIXTURE_PASSPHRASE);
	struct keystore *out = NULL;
	struct buf path = { 0 };
	const char *dir = fixture_dir();
	fixture_ok(fs_join(dir, "keystore", &path));
	fixture_ok(
	    keyfile_write(buf_text(&path), &lock, rng_system(), secrets));
	fixture_ok(keystore_open(buf_text(&path), passphrase, &out));
	fixture_remove(dir);
	passphrase_free(passphrase);
	buf_clear(&path);
	return out;
}

struct keystore *fixture_keystore_with(
    uint64_t seed, void (*change)(struct secrets *secrets))
{
	fixture_ok(keystore_process_init());
	struct rng_seeded state;
	const struct rng rng = rng_seed(&state, seed);
	struct secrets *secrets = NULL;
	fixture_ok(secrets_new(&secrets));
	fixture_ok(secrets_fresh(secrets, &rng));
	change(secrets);
	struct keystore *out = write_and_open(secrets);
	secrets_free(secrets);
	return out;
}

struct keystore *fixture_keystore_from(struct span content)
{
	fixture_ok(keystore_process_init());
	struct secrets *secrets = NULL;
	fixture_ok(secrets_new(&secrets));
	fixture_ok(secrets_decode(content, secrets));
	struct keystore *out = write_and_open(secrets);
	secrets_free(secrets);
	return out;
}

struct seal_reader fixture_reader(const struct keystore *keystore)
{
	const struct keystore_public *public = keystore_public(keystore);
	const struct keystore_sealing *newest =
	    &public->sealing[public->sealing_count - 1];
	return (struct seal_reader){ .organisation = public->organisation,
		.epoch = newest->epoch,
		.key = newest->key };
}

void fixture_card(const struct keystore *keystore, uint64_t version,
    const char *name, struct card *out)
{
	static const char *const endpoints[] = { "tcp://node.example:5555",
		"tcp://[2001:db8::1]:5555" };
	const struct card_profile profile = { .name = name,
		.code = "RJ1",
		.kind = "provider",
		.endpoints = endpoints,
		.endpoint_count = 2,
		.version = version };
	fixture_ok(card_make(keystore, &profile, out));
}

struct fixture_home fixture_home(void)
{
	struct fixture_home home = { .dir = fixture_dir() };
	int size =
	    snprintf(home.path, sizeof(home.path), "%s/keystore", home.dir);
	ck_assert(size > 0 && (size_t)size < sizeof(home.path));
	fixture_ok(keystore_process_init());
	home.passphrase = fixture_passphrase(FIXTURE_PASSPHRASE);
	return home;
}

void fixture_home_end(struct fixture_home *home)
{
	fixture_remove(home->dir);
	passphrase_free(home->passphrase);
}
