/*
 * links.h - which records refer to a record, by the id that they name, whether
 * that one is held or not.
 *
 * The ids are an author's to choose, so they are hashed under a salt, and
 * however many records refer to one id, one more is added at once.
 *
 * Floor:   store
 * Threads: one.
 * Secrets: plaintext metadata; links_clear wipes it.
 */
#ifndef QSG_STORE_LINKS_H
#define QSG_STORE_LINKS_H

#include "base/table.h"
#include "store/snapshot.h"

#define LINKS_SALT_BYTES 16u

struct link;

/* Zero-initialise, set both salts to something random, and use. */
struct links {
	uint8_t salt[LINKS_SALT_BYTES];
	struct table firsts; /* of each id, the first place */
	struct link *items;  /* in the order they came */
	size_t count;
	size_t capacity;
};

/* Note that a record refers so to another. What the number `how` means is the
 * caller's. After an error nothing changed. */
ERR_MUST_USE enum err links_add(
    struct links *links, uint32_t rid, uint8_t how, const struct id32 *target);
/* One of those that refer so to this id, after *place (0: the first); 0 when
 * there is none (left). In no order; one that refers twice comes twice. */
uint32_t links_next(const struct links *links, const struct id32 *target,
    uint8_t how, size_t *place);
/* Into a snapshot, those that `keep` says yes to, and out of it. ERR_CORRUPT
 * for a rid that is none of 1 to records. */
typedef bool (*links_keep)(const void *context, uint32_t rid, uint8_t how);
ERR_MUST_USE enum err links_put(const struct links *links, links_keep keep,
    const void *context, struct snapshot_writer *writer);
ERR_MUST_USE enum err links_get(
    struct links *links, struct snapshot_reader *reader, size_t records);
/* Wipe and free. */
void links_clear(struct links *links);

#endif
