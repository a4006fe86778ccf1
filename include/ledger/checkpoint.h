/*
 * checkpoint.h - the signed root of a log.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    c2sp.org/tlog-checkpoint; proto/PROTOCOL.md, "Checkpoints"
 * Threads: no shared state.
 */
#ifndef QSG_LEDGER_CHECKPOINT_H
#define QSG_LEDGER_CHECKPOINT_H

#include "keys/note.h"

struct checkpoint {
	struct id32 author;
	struct generation generation;
	uint64_t size;
	struct id32 root;
};

/* Append the unsigned text: origin, size, root. */
ERR_MUST_USE enum err checkpoint_text(
    const struct checkpoint *checkpoint, struct buf *out);

/* Sign with our log key of its generation: append a whole note. */
ERR_MUST_USE enum err checkpoint_sign(const struct keystore *keystore,
    const struct checkpoint *checkpoint, struct buf *out);

/* Parse a note's text into its fields; checks nothing signed. ERR_FORMAT for
 * anything but our exact form (three lines, decimal without leading zeros,
 * origin of an organisation and generation). */
ERR_MUST_USE enum err checkpoint_parse(
    const struct note *note, struct checkpoint *out);

/* Parse and verify a checkpoint by this log key. ERR_FORMAT, ERR_VERIFY. */
ERR_MUST_USE enum err checkpoint_verify(
    struct span note_bytes, const struct id32 *log_key, struct checkpoint *out);

/* Same author, generation, size and root. */
bool checkpoint_equal(const struct checkpoint *a, const struct checkpoint *b);

#endif
