/*
 * merkle.h - RFC 6962 trees: roots, proofs, and one sparse tree for our own
 * log and the logs of others.
 *
 * A tree is known by its leaves and by nodes that are roots of complete
 * subtrees: (level, index) covers leaves [index << level, (index+1) << level).
 * Everything else is computed.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    RFC 6962, 2.1; RFC 9162, 2.1; proto/PROTOCOL.md, "Log", "Proofs"
 * Threads: one at a time per tree.
 */
#ifndef QSG_LEDGER_MERKLE_H
#define QSG_LEDGER_MERKLE_H

#include "base/bytes.h"
#include "base/limits.h"

/* The root of a complete subtree; level 0 is a leaf hash. */
struct merkle_node {
	uint32_t level;
	uint64_t index;
	struct id32 hash;
};

/* Owned list; zero-initialise. */
struct merkle_nodes {
	struct merkle_node *items;
	size_t count;
	size_t capacity;
};

/* What is known of one tree; zero-initialise. Leaves and inner nodes share one
 * hash map from (level, index). */
struct merkle_tree;

/* SHA-256(0x00 || data), SHA-256(0x01 || left || right), SHA-256(""). */
void merkle_leaf(struct span data, struct id32 *out);
void merkle_parent(
    const struct id32 *left, const struct id32 *right, struct id32 *out);
void merkle_empty(struct id32 *out);

/*
 * Standard proofs, as lists of hashes from leaf to root (for the public
 * formats).
 */
ERR_MUST_USE enum err merkle_check_inclusion(uint64_t index, uint64_t size,
    const struct id32 *leaf, const struct id32 *path, size_t path_count,
    const struct id32 *root);
/* size1 = 0 is rejected; sizes equal needs an empty path and equal roots. */
ERR_MUST_USE enum err merkle_check_consistency(uint64_t size1, uint64_t size2,
    const struct id32 *root1, const struct id32 *root2, const struct id32 *path,
    size_t path_count);

/*
 * The sparse tree.
 */
ERR_MUST_USE enum err merkle_tree_new(struct merkle_tree **out);
void merkle_tree_free(struct merkle_tree *tree);
/* Remember a verified node. Remembering it again is a no-op; another hash for
 * the same place is ERR_VERIFY (the caller has evidence), a place beyond
 * LIMIT_TREE_SIZE leaves is ERR_LIMIT. Bounded by memory alone: callers add
 * only what they verified. */
ERR_MUST_USE enum err merkle_tree_add(struct merkle_tree *tree, uint32_t level,
    uint64_t index, const struct id32 *hash);
/* The node's hash: known, or computed from known nodes below. ERR_NOTFOUND.
 * Computed nodes of level >= 4 are remembered. */
ERR_MUST_USE enum err merkle_tree_node(
    struct merkle_tree *tree, uint32_t level, uint64_t index, struct id32 *out);
/* Root of the first `size` leaves. ERR_NOTFOUND when not derivable. */
ERR_MUST_USE enum err merkle_tree_root(
    struct merkle_tree *tree, uint64_t size, struct id32 *out);
/* Standard proofs from what is known. ERR_NOTFOUND; ERR_INPUT for an index or
 * sizes that no such proof exists for (size1 = 0 among them). Appends to a list
 * the hashes leaf to root; level and index of the items are meaningless for
 * parts that are no complete subtree (level = UINT32_MAX there). */
ERR_MUST_USE enum err merkle_tree_inclusion(struct merkle_tree *tree,
    uint64_t index, uint64_t size, struct merkle_nodes *out);
ERR_MUST_USE enum err merkle_tree_consistency(struct merkle_tree *tree,
    uint64_t size1, uint64_t size2, struct merkle_nodes *out);

/*
 * Batch proofs. "Descend" into a subtree that holds a leaf to be proven or
 * straddles the end of the old size; what is never descended into is either
 * within the old size (the receiver holds that) or stands in the proof.
 */

/* Append the nodes that prove, at `size`, the leaves with these ascending
 * unique indexes to somebody who holds the tree of `old_size` leaves (0: of
 * nothing), sorted by level then index. old_size <= size. Works also without
 * leaves (a pure consistency proof). ERR_NOTFOUND when we do not know enough,
 * ERR_LIMIT over LIMIT_PROOF_NODES, ERR_INPUT for leaves or sizes that cannot
 * be. After an error nothing is appended. */
ERR_MUST_USE enum err merkle_tree_prove(struct merkle_tree *tree,
    const uint64_t *leaves, size_t leaf_count, uint64_t old_size, uint64_t size,
    struct merkle_nodes *out);

/* Check a batch: leaves (level 0, ascending unique) and proof nodes (sorted
 * by level, index; unique) against `root` of `size` leaves, joined to what
 * tree holds verified up to old_size. A node the proof lacks is looked up in
 * the tree; a node both in proof and tree must agree; every proof node must be
 * used. On success every node learned (leaves, proof nodes, computed complete
 * nodes of level >= 4) is appended to `learned` (not yet added to tree) for
 * the caller to store and add; those that the tree already has are left out.
 * ERR_VERIFY: does not fit. ERR_NOTFOUND: the proof lacks a node, or the tree
 * does not itself know the peaks of old_size (they are never taken from the
 * proof). In any case but success, nothing is learned. */
ERR_MUST_USE enum err merkle_tree_check(struct merkle_tree *tree,
    const struct merkle_nodes *leaves, const struct merkle_nodes *proof,
    uint64_t old_size, uint64_t size, const struct id32 *root,
    struct merkle_nodes *learned);

/* Append one; empty the list, memory kept; free it. */
ERR_MUST_USE enum err merkle_nodes_add(struct merkle_nodes *nodes,
    uint32_t level, uint64_t index, const struct id32 *hash);
void merkle_nodes_reset(struct merkle_nodes *nodes);
void merkle_nodes_clear(struct merkle_nodes *nodes);

/* One number for (level, index), ascending in-order position of the node in
 * the infinite tree: index * 2^(level+1) + 2^level - 1. The storage key. */
uint64_t merkle_position(uint32_t level, uint64_t index);
void merkle_place(uint64_t position, uint32_t *level, uint64_t *index);

#endif
