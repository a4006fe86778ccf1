/*
 * place.h - a directory of its own for each test of the store, and what they
 * share. Define _GNU_SOURCE before including it.
 */
#ifndef QSG_TESTS_STORE_PLACE_H
#define QSG_TESTS_STORE_PLACE_H

#include "base/fs.h"
#include "keys/keystore.h"
#include "store/db.h"

#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OK(expression)                                                         \
	do {                                                                   \
		enum err got_ = (expression);                                  \
		ck_assert_msg(got_ == ERR_OK, "%s: %s: %s", #expression,       \
		    err_name(got_), err_text());                               \
	} while (0)

#define FAILS(expression, code)                                                \
	do {                                                                   \
		enum err got_ = (expression);                                  \
		ck_assert_msg(got_ == (code), "%s: %s, not %s", #expression,   \
		    err_name(got_), err_name(code));                           \
	} while (0)

static char place_dir[PATH_MAX];

static inline void place_make(void)
{
	const char *base = getenv("TMPDIR");
	(void)snprintf(place_dir, sizeof(place_dir), "%s/qsg-store-XXXXXX",
	    base == NULL ? "/tmp" : base);
	ck_assert_ptr_nonnull(mkdtemp(place_dir));
}

/* A path in it; four may be held at a time. */
static inline const char *place_path(const char *name)
{
	static char paths[4][PATH_MAX + 512];
	static unsigned next;
	char *path = paths[next++ % 4];
	(void)snprintf(path, sizeof(paths[0]), "%s/%s", place_dir, name);
	return path;
}

static inline void place_remove(void)
{
	DIR *dir = opendir(place_dir);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (unlinkat(dirfd(dir), e->d_name, 0) != 0) {
			(void)unlinkat(dirfd(dir), e->d_name, AT_REMOVEDIR);
		}
	}
	(void)closedir(dir);
	ck_assert_int_eq(rmdir(place_dir), 0);
}

static inline struct buf place_read(const char *path)
{
	struct buf content = { 0 };
	OK(fs_read(path, (size_t)1 << 30, &content));
	return content;
}

static inline void place_write(const char *path, struct span content)
{
	FILE *file = fopen(path, "wb");
	ck_assert_ptr_nonnull(file);
	if (content.size > 0) {
		ck_assert_uint_eq(
		    fwrite(content.data, 1, content.size, file), content.size);
	}
	ck_assert_int_eq(fclose(file), 0);
}

/* No file of the place holds these bytes; there is at least one file. */
static inline void place_lacks(const char *text)
{
	size_t files = 0;
	DIR *dir = opendir(place_dir);
	ck_assert_ptr_nonnull(dir);
	for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
		if (e->d_name[0] == '.') {
			continue;
		}
		struct buf content = place_read(place_path(e->d_name));
		ck_assert_msg(memmem(content.data, content.size, text,
				  strlen(text)) == NULL,
		    "%s holds %s", e->d_name, text);
		buf_clear(&content);
		files++;
	}
	(void)closedir(dir);
	ck_assert_uint_gt(files, 0);
}

static inline struct keystore *place_keystore(const char *name)
{
	uint8_t text[] = "correct horse";
	struct passphrase *passphrase = NULL;
	struct keystore *keystore = NULL;
	OK(keystore_process_init());
	OK(keystore_passphrase(text, sizeof(text) - 1, &passphrase));
	OK(keystore_create(place_path(name), passphrase, KEYSTORE_CHEAP,
	    rng_system(), &keystore));
	passphrase_free(passphrase);
	return keystore;
}

static inline struct db *place_db(void)
{
	struct db *db = NULL;
	OK(db_open(place_path("db"), rng_system(), &db));
	return db;
}

/* Change a closed database behind the store's back. */
static inline void place_sql(const char *text)
{
	sqlite3 *connection = NULL;
	char *message = NULL;
	ck_assert_int_eq(
	    sqlite3_open(place_path("db"), &connection), SQLITE_OK);
	int result = sqlite3_exec(connection, text, NULL, NULL, &message);
	ck_assert_msg(result == SQLITE_OK, "%s: %s", text, message);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
}

#endif
