/*
 * fs.h - files of a home: private, written atomically, read within limits.
 *
 * Floor:   base
 * Threads: no shared state.
 */
#ifndef QSG_BASE_FS_H
#define QSG_BASE_FS_H

#include "base/bytes.h"

/* Join dir and name into out (NUL-terminated). ERR_LIMIT when it is longer
 * than PATH_MAX. */
ERR_MUST_USE enum err fs_join(
    const char *dir, const char *name, struct buf *out);

/* Make a directory of mode 0700 (parents must exist). ERR_EXISTS if the path
 * is there already. */
ERR_MUST_USE enum err fs_make_private_dir(const char *path);

/* ERR_DENIED unless path is a directory owned by us that no other user may
 * read, write or enter; the message says how to repair it. */
ERR_MUST_USE enum err fs_check_private_dir(const char *path);

/* Write a whole file, mode 0600: temporary file in the same directory,
 * fsync, rename, fsync of the directory. The old content stays until the new
 * one is durable. ERR_FULL on a full disk. */
ERR_MUST_USE enum err fs_write_atomic(const char *path, struct span content);

/* Append-read a whole regular file of at most max bytes into out. ERR_NOTFOUND,
 * ERR_LIMIT, ERR_IO. */
ERR_MUST_USE enum err fs_read(const char *path, size_t max, struct buf *out);

/* The same from an open descriptor (a pipe, standard input). */
ERR_MUST_USE enum err fs_read_fd(int fd, size_t max, struct buf *out);

/* Take an exclusive lock file (flock), created 0600, holding our pid as text.
 * ERR_BUSY when another process has it. The lock lives as long as *fd. */
ERR_MUST_USE enum err fs_lock(const char *path, int *fd);

bool fs_exists(const char *path);
/* Make a rename, creation or removal in dir durable. */
ERR_MUST_USE enum err fs_sync_dir(const char *dir);

#endif
