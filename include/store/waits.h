/*
 * waits.h - records that refer to one not held yet, by the id that they name.
 *
 * The ids wanted are an author's to choose, so they are hashed under a salt,
 * and however many records want one id, it is found at once.
 *
 * Floor:   store
 * Threads: one.
 * Secrets: plaintext metadata; waits_clear wipes it.
 */
#ifndef QSG_STORE_WAITS_H
#define QSG_STORE_WAITS_H

#include "base/table.h"
#include "store/snapshot.h"

#define WAITS_SALT_BYTES 16u

struct wait;

/* Zero-initialise, set both salts to something random, and use. */
struct waits {
	uint8_t salt[WAITS_SALT_BYTES];
	struct table firsts; /* of each id wanted, the first place */
	struct wait *items;  /* in the order they came */
	size_t count;
	size_t capacity;
	uint32_t waiting; /* of the items: not taken */
};

/* Note that a record waits for another. After an error nothing changed. */
ERR_MUST_USE enum err waits_add(
    struct waits *waits, uint32_t rid, const struct id32 *wanted);
/* A record that waits for this one, which it does no more then; 0 when there
 * is none (left). In no order. */
uint32_t waits_take(struct waits *waits, const struct id32 *wanted);
/* Into a snapshot, and out of it: whoever still waits. ERR_CORRUPT for a rid
 * that is none of 1 to records. */
ERR_MUST_USE enum err waits_put(
    const struct waits *waits, struct snapshot_writer *writer);
ERR_MUST_USE enum err waits_get(
    struct waits *waits, struct snapshot_reader *reader, size_t records);
/* Wipe and free. */
void waits_clear(struct waits *waits);

#endif
