#define _GNU_SOURCE

#include "base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 64 * 1024, PID_BYTES = 32 };

enum err fs_join(const char *dir, const char *name, struct buf *out)
{
	size_t dir_size = strlen(dir);
	bool slash = dir_size > 0 && dir[dir_size - 1] != '/';
	buf_reset(out);
	if (dir_size + strlen(name) + slash >= PATH_MAX) {
		return err_set(ERR_LIMIT, "the path is too long: %s", name);
	}
	return buf_printf(out, "%s%s%s", dir, slash ? "/" : "", name);
}

enum err fs_make_private_dir(const char *path)
{
	if (mkdir(path, 0700) == 0) {
		return ERR_OK;
	}
	if (errno == EEXIST) {
		return err_set(ERR_EXISTS, "%s is there already", path);
	}
	return err_errno("cannot make %s", path);
}

enum err fs_check_private_dir(const char *path)
{
	struct stat info;
	if (stat(path, &info) != 0) {
		enum err err = err_errno("cannot look at %s", path);
		return err == ERR_IO ? ERR_DENIED : err;
	}
	if (!S_ISDIR(info.st_mode)) {
		return err_set(ERR_DENIED,
		    "%s is not a directory: name another place or move it away",
		    path);
	}
	if (info.st_uid != geteuid()) {
		return err_set(ERR_DENIED,
		    "%s belongs to another user: run as its owner, or chown it",
		    path);
	}
	if ((info.st_mode & 077u) != 0) {
		return err_set(ERR_DENIED,
		    "%s is open to other users: run chmod 700 on it", path);
	}
	return ERR_OK;
}

static enum err write_all(int fd, struct span content, const char *path)
{
	while (content.size > 0) {
		ssize_t wrote = write(fd, content.data, content.size);
		if (wrote < 0 && errno == EINTR) {
			continue;
		}
		if (wrote < 0) {
			return err_errno("cannot write %s", path);
		}
		content.data += (size_t)wrote;
		content.size -= (size_t)wrote;
	}
	return ERR_OK;
}

static enum err write_durable(int fd, struct span content, const char *path)
{
	enum err err = write_all(fd, content, path);
	if (err == ERR_OK && fsync(fd) != 0) {
		err = err_errno("cannot flush %s", path);
	}
	if (close(fd) != 0 && err == ERR_OK) {
		err = err_errno("cannot close %s", path);
	}
	return err;
}

static enum err sync_parent(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t size = slash == NULL ? 0 : (size_t)(slash - path);
	if (size >= sizeof(dir)) {
		return err_set(ERR_LIMIT, "the path is too long: %s", path);
	}
	if (slash == NULL) {
		return fs_sync_dir(".");
	}
	memcpy(dir, path, size);
	dir[size] = '\0';
	return fs_sync_dir(size > 0 ? dir : "/");
}

enum err fs_write_atomic(const char *path, struct span content)
{
	char temporary[PATH_MAX];
	int size =
	    snprintf(temporary, sizeof(temporary), "%s.tmp-XXXXXX", path);
	if (size < 0 || (size_t)size >= sizeof(temporary)) {
		return err_set(ERR_LIMIT, "the path is too long: %s", path);
	}
	int fd = mkostemp(temporary, O_CLOEXEC); /* made with mode 0600 */
	if (fd < 0) {
		return err_errno("cannot make a file beside %s", path);
	}
	enum err err = write_durable(fd, content, path);
	if (err == ERR_OK && rename(temporary, path) != 0) {
		err = err_errno("cannot replace %s", path);
	}
	if (err != ERR_OK) {
		(void)unlink(temporary);
		return err;
	}
	return sync_parent(path);
}

enum err fs_read_fd(int fd, size_t max, struct buf *out)
{
	size_t before = out->size;
	enum err err = ERR_OK;
	for (;;) {
		size_t got = out->size - before;
		size_t want = out->capacity - out->size;
		if (want == 0) {
			err = buf_reserve(out, CHUNK_BYTES);
			want = out->capacity - out->size;
		}
		if (err != ERR_OK) {
			break;
		}
		/* One byte over the limit is enough to know. */
		if (want > max - got) {
			want = max - got + 1;
			err = buf_reserve(out, want);
		}
		if (err != ERR_OK) {
			break;
		}
		ssize_t size = read(fd, out->data + out->size, want);
		if (size < 0 && errno == EINTR) {
			continue;
		}
		if (size < 0) {
			err = err_errno("cannot read");
			break;
		}
		if (size == 0) {
			return ERR_OK;
		}
		out->size += (size_t)size;
		if (out->size - before > max) {
			err = err_set(
			    ERR_LIMIT, "more than %zu bytes of input", max);
			break;
		}
	}
	out->size = before;
	return err;
}

static enum err read_regular(
    int fd, const char *path, size_t max, struct buf *out)
{
	struct stat info;
	if (fstat(fd, &info) != 0) {
		return err_errno("cannot look at %s", path);
	}
	if (!S_ISREG(info.st_mode)) {
		return err_set(ERR_IO, "%s is not a regular file", path);
	}
	if ((uintmax_t)info.st_size > max) {
		return err_set(
		    ERR_LIMIT, "%s is larger than %zu bytes", path, max);
	}
	enum err err = buf_reserve(out, (size_t)info.st_size + 1);
	if (err == ERR_OK) {
		err = fs_read_fd(fd, max, out);
		err = err == ERR_OK ? err : err_wrap(err, "%s", path);
	}
	return err;
}

enum err fs_read(const char *path, size_t max, struct buf *out)
{
	/* Without O_NONBLOCK a FIFO of that name would hang us. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
		return err_set(ERR_NOTFOUND, "no file %s", path);
	}
	if (fd < 0) {
		return err_errno("cannot open %s", path);
	}
	enum err err = read_regular(fd, path, max, out);
	(void)close(fd);
	return err;
}

static enum err write_pid(int fd, const char *path)
{
	char text[PID_BYTES];
	int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0) {
		return err_errno("cannot write %s", path);
	}
	return write_all(fd, span_of(text, (size_t)size), path);
}

enum err fs_lock(const char *path, int *fd)
{
	enum err err = ERR_OK;
	int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0) {
		return err_errno("cannot open %s", path);
	}
	if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
		err = write_pid(lock, path);
	} else if (errno == EWOULDBLOCK) {
		char pid[PID_BYTES] = { 0 };
		ssize_t size = read(lock, pid, sizeof(pid) - 1);
		size_t digits = strspn(pid, "0123456789");
		pid[size > 0 ? digits : 0] = '\0';
		err = err_set(ERR_BUSY, "%s is held by process %s", path,
		    pid[0] != '\0' ? pid : "(unknown)");
	} else {
		err = err_errno("cannot lock %s", path);
	}
	if (err != ERR_OK) {
		(void)close(lock);
		return err;
	}
	*fd = lock;
	return ERR_OK;
}

bool fs_exists(const char *path)
{
	struct stat info;
	return lstat(path, &info) == 0;
}

enum err fs_sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		return err_errno("cannot open %s", dir);
	}
	enum err err = ERR_OK;
	if (fsync(fd) != 0) {
		err = err_errno("cannot flush %s", dir);
	}
	(void)close(fd);
	return err;
}
