#define _GNU_SOURCE

#include "store/dbfile.h"

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory may be reached through symbolic links, the database itself
 * may be none. */
enum err dbfile_resolve(const char *path, char out[PATH_MAX])
{
	char parent[PATH_MAX];
	char real[PATH_MAX];
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	int size = snprintf(parent, sizeof(parent), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path + 1),
	    slash == NULL ? "." : path);
	if (size < 0 || (size_t)size >= sizeof(parent) || *name == '\0') {
		return err_set(ERR_LIMIT, "not a usable path: %s", path);
	}
	if (realpath(parent, real) == NULL) {
		return err_errno("cannot enter %s", parent);
	}
	size = snprintf(
	    out, PATH_MAX, "%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
	if (size < 0 || size >= PATH_MAX) {
		return err_set(ERR_LIMIT, "the path is too long: %s", path);
	}
	return ERR_OK;
}

/* The file is looked at by name alone: opening and closing it would drop the
 * locks that this very process may hold on it. */
enum err dbfile_look(const char *path, bool *there)
{
	struct stat info;
	*there = lstat(path, &info) == 0;
	if (!*there) {
		return errno == ENOENT ? ERR_OK
		                       : err_errno("cannot look at %s", path);
	}
	if (!S_ISREG(info.st_mode)) {
		return err_set(ERR_CORRUPT, "not a plain file");
	}
	if (info.st_size == 0) {
		return err_set(ERR_CORRUPT, "the database is empty");
	}
	if ((info.st_mode & 077u) != 0 && chmod(path, 0600) != 0) {
		return err_errno("cannot make %s private", path);
	}
	return ERR_OK;
}

/* An empty file of mode 0600; SQLite gives its journals the same mode. */
enum err dbfile_make(const char *path)
{
	static const char *const leftovers[] = { "", "-wal", "-journal" };
	char name[PATH_MAX];
	for (size_t i = 0; i < 3; i++) {
		int size =
		    snprintf(name, sizeof(name), "%s%s", path, leftovers[i]);
		if (size < 0 || (size_t)size >= sizeof(name)) {
			return err_set(ERR_LIMIT, "the path is too long");
		}
		if (unlink(name) != 0 && errno != ENOENT) {
			return err_errno("cannot remove %s", name);
		}
	}
	int fd = open(
	    path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		return err_errno("cannot make %s", path);
	}
	/* Whatever the umask took away, the owner needs. */
	enum err err = ERR_OK;
	if (fchmod(fd, 0600) != 0) {
		err = err_errno("cannot make %s private", path);
	}
	if (close(fd) != 0 && err == ERR_OK) {
		err = err_errno("cannot make %s", path);
	}
	return err;
}

enum err dbfile_sync_parent(const char *path)
{
	char parent[PATH_MAX];
	(void)snprintf(parent, sizeof(parent), "%s", path);
	char *slash = strrchr(parent, '/');
	slash[slash == parent ? 1 : 0] = '\0';
	return fs_sync_dir(parent);
}
