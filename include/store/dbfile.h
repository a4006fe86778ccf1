/*
 * dbfile.h - the database's file: where it is, that it is private, made anew.
 *
 * Floor:   store
 * Threads: no shared state.
 */
#ifndef QSG_STORE_DBFILE_H
#define QSG_STORE_DBFILE_H

#include "base/err.h"

#include <limits.h>
#include <stdbool.h>

/* The path without symbolic links in its directories. ERR_LIMIT, ERR_IO. */
ERR_MUST_USE enum err dbfile_resolve(const char *path, char out[PATH_MAX]);
/* Is it there? Takes away what other users may do with it. ERR_CORRUPT when it
 * is empty or no plain file. */
ERR_MUST_USE enum err dbfile_look(const char *path, bool *there);
/* Make an empty file, 0600, in place of what an earlier try left behind. */
ERR_MUST_USE enum err dbfile_make(const char *path);
/* Make its name durable. The path is a resolved one. */
ERR_MUST_USE enum err dbfile_sync_parent(const char *path);

#endif
