/*
 * heads.h - heads that witnesses look at, and what witnesses said of them.
 *
 * Of our own log: every head that was published, and all cosignatures on it.
 * Of another log: the heads on which a cosignature is kept, and of each
 * organisation the newest cosignature, our own among them (org 1).
 *
 * Floor:   store (may include base, codec, keys, ledger)
 * Threads: one.
 */
#ifndef QSG_STORE_HEADS_H
#define QSG_STORE_HEADS_H

#include "base/limits.h"
#include "store/db.h"

#define HEADS_LINE_BYTES 512u /* a signature line, its LF included */

struct head_row {
	int64_t log;
	uint64_t size;
	int64_t published_ms; /* ours: when published; others': when kept */
	struct span note;     /* signed by its author */
};

struct cosignature_row {
	int64_t log;
	uint64_t size;
	int64_t org; /* the witness */
	uint64_t time_s;
	struct span line; /* a signature line of a note, with its LF */
};

/* Spans are borrowed for the call. A callback may not use this module, but
 * where that is said. */
typedef enum err (*heads_each)(void *context, const struct head_row *row);
typedef enum err (*heads_each_cosignature)(
    void *context, const struct cosignature_row *row);

/* ERR_EXISTS, ERR_LIMIT. */
ERR_MUST_USE enum err heads_add(struct db *db, const struct head_row *row);
/* One head. ERR_NOTFOUND. */
ERR_MUST_USE enum err heads_get(
    struct db *db, int64_t log, uint64_t size, heads_each each, void *context);
/* At most `most` heads of a log, largest first; the callback may read
 * cosignatures. */
ERR_MUST_USE enum err heads_newest(
    struct db *db, int64_t log, size_t most, heads_each each, void *context);

/* ERR_EXISTS: that organisation has cosigned that size already. ERR_LIMIT. */
ERR_MUST_USE enum err heads_add_cosignature(
    struct db *db, const struct cosignature_row *row);
/* The same, after older ones of that organisation on that log are dropped, and
 * with them heads of that log on which none is left. Not for our own log. */
ERR_MUST_USE enum err heads_keep_cosignature(
    struct db *db, const struct cosignature_row *row);
/* All on one head, by organisation. */
ERR_MUST_USE enum err heads_cosignatures(struct db *db, int64_t log,
    uint64_t size, heads_each_cosignature each, void *context);
/* The newest (largest size) of one organisation on a log. ERR_NOTFOUND. */
ERR_MUST_USE enum err heads_cosigned(struct db *db, int64_t log, int64_t org,
    heads_each_cosignature each, void *context);
/* Size of the largest head of a log with at least `least` (not 0)
 * cosignatures; 0 when there is none. */
ERR_MUST_USE enum err heads_witnessed(
    struct db *db, int64_t log, uint64_t least, uint64_t *size);

#endif
