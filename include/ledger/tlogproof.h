/*
 * tlogproof.h - a record's portable signature: its place in its author's log,
 * the way from there to the root, and the signed root.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    c2sp.org/tlog-proof; proto/PROTOCOL.md, "Portable proofs"
 * Threads: no shared state.
 */
#ifndef QSG_LEDGER_TLOGPROOF_H
#define QSG_LEDGER_TLOGPROOF_H

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"

/* Hashes from a leaf to the root of the largest tree. */
#define TLOGPROOF_HASHES 63u

struct tlogproof {
	uint64_t index;
	struct id32 hashes[TLOGPROOF_HASHES]; /* leaf to root */
	size_t hash_count;
	struct span note; /* the checkpoint with its signature lines; borrowed
	                     from what was parsed */
};

/* Append the proof, that the leaf of this index lies in the tree of `size`
 * leaves, over the checkpoint `note` of that size. ERR_NOTFOUND when the tree
 * does not know enough, ERR_INPUT when it has no such leaf. */
ERR_MUST_USE enum err tlogproof_write(struct merkle_tree *tree, uint64_t index,
    uint64_t size, struct span note, struct buf *out);

/* Split a proof; nothing in it is verified. An `extra` line is refused: no
 * proof of ours has one. ERR_FORMAT. */
ERR_MUST_USE enum err tlogproof_parse(struct span bytes, struct tlogproof *out);

/* Does it prove that this leaf (its hash) stands in the log that signs with
 * this key? *head is the checkpoint it proves it under. ERR_FORMAT,
 * ERR_VERIFY. */
ERR_MUST_USE enum err tlogproof_check(const struct tlogproof *proof,
    const struct id32 *leaf, const struct id32 *log_key,
    struct checkpoint *head);

#endif
