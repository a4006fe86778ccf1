#define _POSIX_C_SOURCE 200809L

#include "made.h"

#include "base/fs.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define OK(call) ck_assert_int_eq((call), ERR_OK)

enum { PATH_BYTES = 400, FILE_MOST = 16 << 20 };

static const char *const files[] = { "keys", "records.db", "mark", "card.pub" };
#define FILES (sizeof files / sizeof files[0])

static void copy(const char *from, const char *to)
{
	struct buf content = { 0 };

	OK(fs_read(from, FILE_MOST, &content));
	OK(fs_write_atomic(to, buf_span(&content)));
	buf_clear(&content);
}

static void copy_files(const char *from, const char *to)
{
	char source[PATH_BYTES];
	char target[PATH_BYTES];

	OK(fs_make_private_dir(to));
	for (size_t i = 0; i < FILES; i++) {
		(void)snprintf(
		    source, sizeof source, "%.300s/%s", from, files[i]);
		(void)snprintf(
		    target, sizeof target, "%.300s/%s", to, files[i]);
		copy(source, target);
	}
}

static void drop(const char *folder)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < FILES; i++) {
		(void)snprintf(
		    path, sizeof path, "%.300s/%s", folder, files[i]);
		ck_assert_int_eq(unlink(path), 0);
	}
	ck_assert_int_eq(rmdir(folder), 0);
}

bool made_take(const char *name, const char *home)
{
	const char *folder = getenv("QSG_HOMES");
	char from[PATH_BYTES];

	if (!folder) {
		return false;
	}
	(void)snprintf(from, sizeof from, "%.200s/%.60s", folder, name);
	if (!fs_exists(from)) {
		return false;
	}
	copy_files(from, home);
	return true;
}

void made_keep(const char *name, const char *home)
{
	const char *folder = getenv("QSG_HOMES");
	char half[PATH_BYTES];
	char to[PATH_BYTES];

	if (!folder) {
		return;
	}
	(void)snprintf(half, sizeof half, "%.200s/half-%.60s-%ld", folder, name,
	    (long)getpid());
	(void)snprintf(to, sizeof to, "%.200s/%.60s", folder, name);
	copy_files(home, half);
	/* Another process may have been first. */
	if (rename(half, to) != 0) {
		ck_assert(fs_exists(to));
		drop(half);
	}
}
