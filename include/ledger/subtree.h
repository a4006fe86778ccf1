/*
 * subtree.h - the hash of one complete subtree, or one leaf, proven to stand
 * in a tree of a signed size and root.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    proto/PROTOCOL.md, "Evidence"
 * Threads: no shared state.
 */
#ifndef QSG_LEDGER_SUBTREE_H
#define QSG_LEDGER_SUBTREE_H

#include "ledger/merkle.h"

/* Does a tree of `size` leaves hold this complete subtree? */
bool subtree_within(uint32_t level, uint64_t index, uint64_t size);

/* Append the nodes that prove the subtree at (level, index), that node itself
 * among them, sorted by level, then index. ERR_INPUT: a tree of that size has
 * no such subtree; ERR_NOTFOUND: we do not know enough. Nothing is appended
 * after an error. */
ERR_MUST_USE enum err subtree_prove(struct merkle_tree *tree, uint32_t level,
    uint64_t index, uint64_t size, struct merkle_nodes *out);

/* Append the largest complete subtrees of the first `size` leaves, from left to
 * right. ERR_NOTFOUND: not all are known; nothing is appended then. */
ERR_MUST_USE enum err subtree_peaks(
    struct merkle_tree *tree, uint64_t size, struct merkle_nodes *out);

/* Check such nodes against `root` of `size` leaves; *hash is what they prove
 * to stand at (level, index). ERR_FORMAT: not the nodes of such a proof;
 * ERR_VERIFY: they lead to another root. */
ERR_MUST_USE enum err subtree_check(const struct merkle_nodes *nodes,
    uint64_t size, const struct id32 *root, uint32_t level, uint64_t index,
    struct id32 *hash);

#endif
