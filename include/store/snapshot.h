/*
 * snapshot.h - a sealed file of local state, written and read as one run of
 * bytes in chunks.
 *
 * Every chunk is sealed by the keystore with the snapshot's random number, the
 * database's incarnation, its own number and whether it is the last, so that a
 * chunk altered, moved, left out or taken from elsewhere is noticed.
 *
 * Floor:   store
 * Spec:    proto/PROTOCOL.md, "At rest"
 * Threads: one at a time per snapshot.
 * Secrets: one chunk of plaintext in memory, wiped when it is done with.
 */
#ifndef QSG_STORE_SNAPSHOT_H
#define QSG_STORE_SNAPSHOT_H

#include "base/bytes.h"
#include "keys/keystore.h"

#define SNAPSHOT_CHUNK_BYTES 4194304u /* 4 MiB */
#define SNAPSHOT_INCARNATION_BYTES 16u

struct snapshot_writer;
struct snapshot_reader;

/* Begin to write; the old file stays until snapshot_commit. keystore and rng
 * are borrowed. */
ERR_MUST_USE enum err snapshot_create(const char *path,
    const struct keystore *keystore, const struct rng *rng,
    const uint8_t incarnation[SNAPSHOT_INCARNATION_BYTES],
    struct snapshot_writer **out);
/* Append bytes. ERR_FULL, ERR_IO. */
ERR_MUST_USE enum err snapshot_put(
    struct snapshot_writer *writer, struct span bytes);
/* Seal the last chunk, make the file durable, put it in the old one's place.
 * The writer is still to be freed. */
ERR_MUST_USE enum err snapshot_commit(struct snapshot_writer *writer);
/* Wipe and free; without a commit nothing of it stays. NULL is a no-op. */
void snapshot_writer_free(struct snapshot_writer *writer);

/* Begin to read. ERR_NOTFOUND; ERR_CORRUPT for everything that cannot be
 * read. */
ERR_MUST_USE enum err snapshot_open(const char *path,
    const struct keystore *keystore,
    const uint8_t incarnation[SNAPSHOT_INCARNATION_BYTES],
    struct snapshot_reader **out);
/* Copy the next bytes out. ERR_CORRUPT when there are fewer. */
ERR_MUST_USE enum err snapshot_get(
    struct snapshot_reader *reader, void *out, size_t size);
/* ERR_CORRUPT unless everything has been read and nothing follows. */
ERR_MUST_USE enum err snapshot_finish(struct snapshot_reader *reader);
/* Wipe and free. NULL is a no-op. */
void snapshot_reader_free(struct snapshot_reader *reader);

#endif
