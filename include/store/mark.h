/*
 * mark.h - the high-water mark: the newest head of our own log that may have
 * been released, kept outside the database and outside the backup set, so that
 * an old database is never signed over.
 *
 * A file of two 512-byte slots, written in turn, in place, each with a sequence
 * number and checksum; fdatasync after every write. A torn write leaves the
 * other slot.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "High-water mark"
 * Threads: one.
 */
#ifndef QSG_STORE_MARK_H
#define QSG_STORE_MARK_H

#include "base/bytes.h"
#include "codec/envelope.h"

struct mark;

struct mark_head {
	struct generation generation;
	uint64_t size;
	struct id32 root;
};

/* Create a new file with this head. ERR_EXISTS. */
ERR_MUST_USE enum err mark_create(
    const char *path, const struct mark_head *head, struct mark **out);
/* Open one. ERR_NOTFOUND, ERR_CORRUPT when neither slot is whole. */
ERR_MUST_USE enum err mark_open(const char *path, struct mark **out);
void mark_close(struct mark *mark);

/* Write a new file with this head, in the place of whatever is there. */
ERR_MUST_USE enum err mark_replace(
    const char *path, const struct mark_head *head, struct mark **out);

const struct mark_head *mark_head(const struct mark *mark);
/* Write and sync the next slot. After an error the mark stands as before, and
 * the head must not be released. */
ERR_MUST_USE enum err mark_advance(
    struct mark *mark, const struct mark_head *head);

#endif
