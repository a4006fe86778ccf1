#include "ledger/merkle.h"
#include "ledger/nodemap.h"
#include "ledger/range.h"

#include <stdlib.h>

enum {
	LEVEL_MAX = 40,      /* LIMIT_TREE_SIZE leaves under one node */
	PATH_MAX_NODES = 41, /* siblings or peaks of any leaf or size */
	REMEMBERED_LEVEL = 4 /* computed nodes below are cheaper than kept */
};

struct merkle_tree {
	struct nodemap map;
	uint64_t extent; /* every known node ends at or before this leaf */
};

enum err merkle_tree_new(struct merkle_tree **out)
{
	struct merkle_tree *tree = calloc(1, sizeof(*tree));
	if (tree == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	/* Nothing but the order of places in memory hangs on the salt, so this
	 * floor needs no random source for it: where the tree happens to lie
	 * is what no author can know. */
	tree->map.salt = (uint64_t)(uintptr_t)tree * 0x9E3779B97F4A7C15ULL;
	*out = tree;
	return ERR_OK;
}

void merkle_tree_free(struct merkle_tree *tree)
{
	if (tree == NULL) {
		return;
	}
	nodemap_clear(&tree->map);
	free(tree);
}

enum err merkle_tree_add(struct merkle_tree *tree, uint32_t level,
    uint64_t index, const struct id32 *hash)
{
	if (level > LEVEL_MAX || index >= LIMIT_TREE_SIZE >> level) {
		return err_set(
		    ERR_LIMIT, "a tree node beyond the largest tree");
	}
	enum err err =
	    nodemap_add(&tree->map, merkle_position(level, index), hash);
	if (err != ERR_OK) {
		return err;
	}
	uint64_t end = (index + 1) << level;
	if (end > tree->extent) {
		tree->extent = end;
	}
	return ERR_OK;
}

/* A node that was added or remembered, or NULL. */
static const struct id32 *held(
    const struct merkle_tree *tree, uint32_t level, uint64_t index)
{
	if ((index + 1) << level > tree->extent) {
		return NULL;
	}
	return nodemap_get(&tree->map, merkle_position(level, index));
}

/* merkle_tree_node without a message for ERR_NOTFOUND, which is ordinary
 * inside. level <= LEVEL_MAX. Each call goes one level down: at most 41 deep.
 * What it computes on a way that ends in nothing is below REMEMBERED_LEVEL or
 * remembered, so no question costs much twice. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static enum err node_of(
    struct merkle_tree *tree, uint32_t level, uint64_t index, struct id32 *out)
{
	if (index >= tree->extent >> level) {
		return ERR_NOTFOUND;
	}
	const struct id32 *known = held(tree, level, index);
	if (known != NULL) {
		*out = *known;
		return ERR_OK;
	}
	if (level == 0) {
		return ERR_NOTFOUND;
	}
	struct id32 left;
	struct id32 right;
	enum err err = node_of(tree, level - 1, 2 * index, &left);
	if (err == ERR_OK) {
		err = node_of(tree, level - 1, 2 * index + 1, &right);
	}
	if (err != ERR_OK) {
		return err;
	}
	merkle_parent(&left, &right, out);
	return level >= REMEMBERED_LEVEL
	           ? merkle_tree_add(tree, level, index, out)
	           : ERR_OK;
}

static enum err range_node(
    struct merkle_tree *tree, struct range range, struct id32 *out)
{
	return node_of(tree, range_level(range), range_index(range), out);
}

static enum err not_known(enum err err)
{
	return err == ERR_NOTFOUND ? err_set(err, "a tree node is not known")
	                           : err;
}

enum err merkle_tree_node(
    struct merkle_tree *tree, uint32_t level, uint64_t index, struct id32 *out)
{
	if (level > LEVEL_MAX) {
		return not_known(ERR_NOTFOUND);
	}
	return not_known(node_of(tree, level, index, out));
}

/* The hash of any range of a tree: its complete subtrees from left to right,
 * joined from the right. */
static enum err range_root(
    struct merkle_tree *tree, struct range range, struct id32 *out)
{
	struct id32 peaks[PATH_MAX_NODES];
	size_t count = 0;
	while (range.length > 0) {
		struct range peak = range_first(range);
		enum err err = range_node(tree, peak, &peaks[count]);
		if (err != ERR_OK) {
			return not_known(err);
		}
		count++;
		range.start += peak.length;
		range.length -= peak.length;
	}
	*out = peaks[count - 1];
	for (size_t i = count - 1; i > 0; i--) {
		merkle_parent(&peaks[i - 1], out, out);
	}
	return ERR_OK;
}

enum err merkle_tree_root(
    struct merkle_tree *tree, uint64_t size, struct id32 *out)
{
	if (size > LIMIT_TREE_SIZE) {
		return err_set(ERR_NOTFOUND, "no tree is that large");
	}
	if (size == 0) {
		merkle_empty(out);
		return ERR_OK;
	}
	return range_root(tree, (struct range){ 0, size }, out);
}

static enum err add_range(
    struct merkle_tree *tree, struct range range, struct merkle_nodes *out)
{
	struct id32 hash;
	enum err err = range_root(tree, range, &hash);
	if (err != ERR_OK) {
		return err;
	}
	if (!range_is_complete(range)) {
		return merkle_nodes_add(out, UINT32_MAX, 0, &hash);
	}
	return merkle_nodes_add(
	    out, range_level(range), range_index(range), &hash);
}

/* The ranges of a proof as met from the root down; given out from the leaf
 * up. */
struct path {
	struct range ranges[PATH_MAX_NODES + 1];
	size_t count;
};

static enum err add_path(
    struct merkle_tree *tree, const struct path *path, struct merkle_nodes *out)
{
	size_t first = out->count;
	for (size_t i = path->count; i > 0; i--) {
		enum err err = add_range(tree, path->ranges[i - 1], out);
		if (err != ERR_OK) {
			out->count = first;
			return err;
		}
	}
	return ERR_OK;
}

enum err merkle_tree_inclusion(struct merkle_tree *tree, uint64_t index,
    uint64_t size, struct merkle_nodes *out)
{
	if (index >= size || size > LIMIT_TREE_SIZE) {
		return err_set(
		    ERR_INPUT, "a tree of that size has no such leaf");
	}
	struct path path = { .count = 0 };
	struct range at = { 0, size };
	while (at.length > 1) {
		struct range left = range_left(at);
		struct range right = range_right(at);
		bool goes_left = index < right.start;
		path.ranges[path.count++] = goes_left ? right : left;
		at = goes_left ? left : right;
	}
	return add_path(tree, &path, out);
}

/* RFC 6962, 2.1.2: SUBPROOF, from the outside in. */
enum err merkle_tree_consistency(struct merkle_tree *tree, uint64_t size1,
    uint64_t size2, struct merkle_nodes *out)
{
	if (size1 == 0 || size1 > size2 || size2 > LIMIT_TREE_SIZE) {
		return err_set(ERR_INPUT, "no consistency between such sizes");
	}
	struct path path = { .count = 0 };
	struct range at = { 0, size2 };
	while (range_end(at) > size1) {
		struct range left = range_left(at);
		struct range right = range_right(at);
		bool goes_left = size1 <= right.start;
		path.ranges[path.count++] = goes_left ? right : left;
		at = goes_left ? left : right;
	}
	/* The whole old tree is what the checker brings itself. */
	if (at.start > 0) {
		path.ranges[path.count++] = at;
	}
	return add_path(tree, &path, out);
}

/*
 * Batch proofs. Prover and checker walk the same ranges in the same order.
 */

/* PROTOCOL.md M54: "Prover and checker MUST split a range of two leaves or
 * more if it holds a leaf of the batch, if its length is no power of two, or
 * if it begins before the old size and ends after it, and no other." `next` is
 * the first leaf of the batch that is not yet behind. */
static bool splits(struct range range, uint64_t next, uint64_t old_size)
{
	if (range.length == 1) {
		return false;
	}
	return next < range_end(range) || !range_is_complete(range) ||
	       (range.start < old_size && old_size < range_end(range));
}

struct prover {
	struct merkle_tree *tree;
	const uint64_t *leaves; /* what is left of the batch */
	size_t left;
	uint64_t old_size;
	size_t first; /* of out */
	struct merkle_nodes *out;
};

/* Each split at least halves the next power of two: at most 41 deep. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static enum err prove_range(struct prover *prover, struct range range)
{
	uint64_t next = prover->left > 0 ? prover->leaves[0] : UINT64_MAX;
	if (splits(range, next, prover->old_size)) {
		enum err err = prove_range(prover, range_left(range));
		return err == ERR_OK ? prove_range(prover, range_right(range))
		                     : err;
	}
	if (next == range.start) {
		prover->leaves++;
		prover->left--;
		return ERR_OK;
	}
	/* PROTOCOL.md M55: "A batch proof MUST hold exactly the hashes of the
	 * unsplit ranges that are neither a leaf of the batch nor one of the
	 * largest complete subtrees of the old size, sorted by level, then
	 * index." */
	if (range_is_peak(range, prover->old_size)) {
		return ERR_OK;
	}
	if (prover->out->count - prover->first >= LIMIT_PROOF_NODES) {
		return err_set(ERR_LIMIT, "a proof of too many nodes");
	}
	struct id32 hash;
	enum err err = range_node(prover->tree, range, &hash);
	if (err != ERR_OK) {
		return not_known(err);
	}
	return merkle_nodes_add(
	    prover->out, range_level(range), range_index(range), &hash);
}

static int compare_nodes(const void *a, const void *b)
{
	const struct merkle_node *left = a;
	const struct merkle_node *right = b;
	if (left->level != right->level) {
		return left->level < right->level ? -1 : 1;
	}
	if (left->index != right->index) {
		return left->index < right->index ? -1 : 1;
	}
	return 0;
}

enum err merkle_tree_prove(struct merkle_tree *tree, const uint64_t *leaves,
    size_t leaf_count, uint64_t old_size, uint64_t size,
    struct merkle_nodes *out)
{
	if (old_size > size || size > LIMIT_TREE_SIZE) {
		return err_set(ERR_INPUT, "no proof between such sizes");
	}
	for (size_t i = 0; i < leaf_count; i++) {
		if (leaves[i] >= size ||
		    (i > 0 && leaves[i] <= leaves[i - 1])) {
			return err_set(ERR_INPUT, "no batch of such leaves");
		}
	}
	if (size == 0) {
		return ERR_OK;
	}
	struct prover prover = {
		.tree = tree,
		.leaves = leaves,
		.left = leaf_count,
		.old_size = old_size,
		.first = out->count,
		.out = out,
	};
	enum err err = prove_range(&prover, (struct range){ 0, size });
	if (err != ERR_OK) {
		out->count = prover.first;
		return err;
	}
	if (out->count > prover.first) {
		qsort(out->items + prover.first, out->count - prover.first,
		    sizeof(*out->items), compare_nodes);
	}
	return ERR_OK;
}

struct checker {
	struct merkle_tree *tree;
	const struct merkle_node *leaves; /* what is left of the batch */
	size_t left;
	uint64_t old_size;
	const struct merkle_nodes *proof;
	/* The walk meets the nodes of one level in ascending order, so one
	 * cursor a level finds every proof node. */
	size_t cursor[LEVEL_MAX + 2];
	size_t used;
	struct merkle_nodes *learned;
};

static enum err misfit(const char *why)
{
	return err_set(ERR_VERIFY, "the batch proof does not fit: %s", why);
}

/* The proof's node at the place of a range, or NULL. Nodes before it can no
 * longer be met: the count of used ones tells in the end. */
static const struct merkle_node *take(
    struct checker *checker, struct range range)
{
	size_t *cursor = &checker->cursor[range_level(range)];
	while (*cursor < checker->proof->count) {
		const struct merkle_node *node =
		    &checker->proof->items[*cursor];
		if (node->level != range_level(range) ||
		    node->index > range_index(range)) {
			return NULL;
		}
		(*cursor)++;
		if (node->index == range_index(range)) {
			checker->used++;
			return node;
		}
	}
	return NULL;
}

/* PROTOCOL.md M57: "Where a hash that the batch leads to is also known to the
 * checker, or follows from what it knows, the two MUST be equal." */
static enum err settle(
    struct checker *checker, struct range range, const struct id32 *hash)
{
	uint32_t level = range_level(range);
	uint64_t index = range_index(range);
	if (range_is_peak(range, checker->old_size)) {
		struct id32 peak;
		enum err err = range_node(checker->tree, range, &peak);
		if (err != ERR_OK) {
			return not_known(err);
		}
		if (!id_equal(&peak, hash)) {
			return misfit("another history before the old size");
		}
	}
	const struct id32 *known = held(checker->tree, level, index);
	if (known != NULL) {
		return id_equal(known, hash)
		           ? ERR_OK
		           : misfit("a node differs from the one held");
	}
	if (level > 0 && level < REMEMBERED_LEVEL) {
		return ERR_OK;
	}
	return merkle_nodes_add(checker->learned, level, index, hash);
}

/* An unsplit range without a leaf of the batch: known, or from the proof. */
static enum err given(
    struct checker *checker, struct range range, struct id32 *out)
{
	const struct merkle_node *node = take(checker, range);
	enum err err = range_node(checker->tree, range, out);
	if (err == ERR_OK) {
		return node == NULL || id_equal(&node->hash, out)
		           ? ERR_OK
		           : misfit("a proof node differs from the one held");
	}
	if (err != ERR_NOTFOUND) {
		return err;
	}
	/* PROTOCOL.md M71: "A checker MUST know the largest complete subtrees
	 * of the old size itself, and never take one of them from the
	 * proof." */
	if (node == NULL || range_is_peak(range, checker->old_size)) {
		return err_set(ERR_NOTFOUND, "the batch proof lacks a node");
	}
	*out = node->hash;
	return merkle_nodes_add(
	    checker->learned, node->level, node->index, out);
}

/* Each split at least halves the next power of two: at most 41 deep, and only
 * ranges with a leaf, the old size or the ragged end in them are split. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static enum err check_range(
    struct checker *checker, struct range range, struct id32 *out)
{
	uint64_t next =
	    checker->left > 0 ? checker->leaves[0].index : UINT64_MAX;
	if (splits(range, next, checker->old_size)) {
		struct id32 left;
		struct id32 right;
		enum err err = check_range(checker, range_left(range), &left);
		if (err == ERR_OK) {
			err = check_range(checker, range_right(range), &right);
		}
		if (err != ERR_OK) {
			return err;
		}
		merkle_parent(&left, &right, out);
		return range_is_complete(range) ? settle(checker, range, out)
		                                : ERR_OK;
	}
	if (next == range.start) {
		*out = checker->leaves[0].hash;
		checker->leaves++;
		checker->left--;
		return settle(checker, range, out);
	}
	return given(checker, range, out);
}

/* Shape alone. The walk then needs no bounds: every leaf is met, and a proof
 * node that is not met is found by counting. */
static enum err check_shape(const struct merkle_nodes *leaves,
    const struct merkle_nodes *proof, uint64_t size)
{
	for (size_t i = 0; i < leaves->count; i++) {
		const struct merkle_node *leaf = &leaves->items[i];
		if (leaf->level != 0 || leaf->index >= size ||
		    (i > 0 && compare_nodes(leaf - 1, leaf) >= 0)) {
			return misfit("a leaf out of place");
		}
	}
	/* PROTOCOL.md M56: "A checker MUST refuse a batch proof whose nodes
	 * are not strictly ascending by level and index, lie outside the tree,
	 * or are not all used." */
	for (size_t i = 0; i < proof->count; i++) {
		const struct merkle_node *node = &proof->items[i];
		if (node->level > LEVEL_MAX ||
		    node->index >= size >> node->level ||
		    (i > 0 && compare_nodes(node - 1, node) >= 0)) {
			return misfit("a node out of place");
		}
	}
	return ERR_OK;
}

static void set_cursors(struct checker *checker)
{
	size_t at = 0;
	for (uint32_t level = 0; level <= LEVEL_MAX; level++) {
		while (at < checker->proof->count &&
		       checker->proof->items[at].level < level) {
			at++;
		}
		checker->cursor[level] = at;
	}
}

enum err merkle_tree_check(struct merkle_tree *tree,
    const struct merkle_nodes *leaves, const struct merkle_nodes *proof,
    uint64_t old_size, uint64_t size, const struct id32 *root,
    struct merkle_nodes *learned)
{
	/* PROTOCOL.md M72: "A batch proof of more than 65,536 nodes, or for a
	 * tree of more than 2^40 leaves, MUST be refused." */
	if (old_size > size || size > LIMIT_TREE_SIZE) {
		return misfit("no such sizes");
	}
	if (proof->count > LIMIT_PROOF_NODES) {
		return misfit("too many nodes");
	}
	enum err err = check_shape(leaves, proof, size);
	if (err != ERR_OK) {
		return err;
	}
	struct checker checker = {
		.tree = tree,
		.leaves = leaves->items,
		.left = leaves->count,
		.old_size = old_size,
		.proof = proof,
		.learned = learned,
	};
	set_cursors(&checker);
	size_t first = learned->count;
	struct id32 found;
	if (size == 0) {
		merkle_empty(&found);
	} else {
		err = check_range(&checker, (struct range){ 0, size }, &found);
	}
	if (err == ERR_OK && checker.used != proof->count) {
		err = misfit("a node without use");
	}
	/* PROTOCOL.md M58: "A checker MUST accept a batch only if the walk
	 * gives the root that is signed." */
	if (err == ERR_OK && !id_equal(&found, root)) {
		err = misfit("another root");
	}
	/* PROTOCOL.md M59: "A checker MUST NOT keep anything of a batch that
	 * does not fit." */
	if (err != ERR_OK) {
		learned->count = first;
	}
	return err;
}
