#include "ledger/subtree.h"

#include "ledger/range.h"

#include <stdlib.h>

enum { LEVEL_MAX = 40 };

bool subtree_within(uint32_t level, uint64_t index, uint64_t size)
{
	return size <= LIMIT_TREE_SIZE && level <= LEVEL_MAX &&
	       index < size >> level;
}

static bool splits(struct range range, struct range target)
{
	bool holds = range.start <= target.start &&
	             range_end(target) <= range_end(range);

	return !range_is_complete(range) ||
	       (holds && range.length > target.length);
}

static struct range target_of(uint32_t level, uint64_t index)
{
	return (struct range){ index << level, 1ULL << level };
}

/* Each split at least halves the next power of two: at most 41 deep. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static enum err prove(struct merkle_tree *tree, struct range range,
    struct range target, struct merkle_nodes *out)
{
	struct id32 hash;
	enum err err = ERR_OK;

	if (splits(range, target)) {
		err = prove(tree, range_left(range), target, out);
		return err ? err : prove(tree, range_right(range), target, out);
	}
	err = merkle_tree_node(
	    tree, range_level(range), range_index(range), &hash);
	return err ? err
	           : merkle_nodes_add(
			 out, range_level(range), range_index(range), &hash);
}

static bool before(const struct merkle_node *a, const struct merkle_node *b)
{
	return a->level < b->level ||
	       (a->level == b->level && a->index < b->index);
}

static int compare(const void *a, const void *b)
{
	return before(a, b) ? -1 : before(b, a);
}

enum err subtree_prove(struct merkle_tree *tree, uint32_t level, uint64_t index,
    uint64_t size, struct merkle_nodes *out)
{
	size_t first = out->count;
	enum err err = ERR_OK;

	if (!subtree_within(level, index, size)) {
		return err_set(
		    ERR_INPUT, "a tree of that size has no such subtree");
	}
	err = prove(
	    tree, (struct range){ 0, size }, target_of(level, index), out);
	if (err) {
		out->count = first;
		return err;
	}
	qsort(out->items + first, out->count - first, sizeof *out->items,
	    compare);
	return ERR_OK;
}

enum err subtree_peaks(
    struct merkle_tree *tree, uint64_t size, struct merkle_nodes *out)
{
	size_t first = out->count;
	struct range rest = { 0, size };
	enum err err = ERR_OK;

	while (rest.length && !err) {
		struct range peak = range_first(rest);
		struct id32 hash;

		err = merkle_tree_node(
		    tree, range_level(peak), range_index(peak), &hash);
		if (!err) {
			err = merkle_nodes_add(
			    out, range_level(peak), range_index(peak), &hash);
		}
		rest.start += peak.length;
		rest.length -= peak.length;
	}
	if (err) {
		out->count = first;
	}
	return err;
}

struct checker {
	const struct merkle_nodes *nodes;
	struct range target;
	size_t used;
	struct id32 *hash;
};

/* Two dozen nodes: looked for one by one. */
static const struct id32 *find(
    const struct merkle_nodes *nodes, uint32_t level, uint64_t index)
{
	for (size_t i = 0; i < nodes->count; i++) {
		if (nodes->items[i].level == level &&
		    nodes->items[i].index == index) {
			return &nodes->items[i].hash;
		}
	}
	return NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): as prove */
static enum err walk(
    struct checker *checker, struct range range, struct id32 *out)
{
	const struct id32 *given = NULL;
	struct id32 left;
	struct id32 right;
	enum err err = ERR_OK;

	if (splits(range, checker->target)) {
		err = walk(checker, range_left(range), &left);
		if (!err) {
			err = walk(checker, range_right(range), &right);
		}
		if (!err) {
			merkle_parent(&left, &right, out);
		}
		return err;
	}
	given = find(checker->nodes, range_level(range), range_index(range));
	if (!given) {
		return err_set(ERR_FORMAT, "a proof that lacks a node");
	}
	checker->used++;
	*out = *given;
	if (range.start == checker->target.start &&
	    range.length == checker->target.length) {
		*checker->hash = *given;
	}
	return ERR_OK;
}

enum err subtree_check(const struct merkle_nodes *nodes, uint64_t size,
    const struct id32 *root, uint32_t level, uint64_t index, struct id32 *hash)
{
	struct checker checker = {
		.nodes = nodes,
		.hash = hash,
	};
	struct id32 found;
	enum err err = ERR_OK;

	if (!subtree_within(level, index, size) ||
	    nodes->count > LIMIT_EVIDENCE_NODES) {
		return err_set(ERR_FORMAT, "a proof of no such subtree");
	}
	checker.target = target_of(level, index);
	/* PROTOCOL.md M210: "A checker MUST refuse the proof of a subtree whose
	 * nodes are not strictly ascending by level and index, are not all
	 * used, or do not lead to the signed root." */
	for (size_t i = 1; i < nodes->count; i++) {
		if (!before(&nodes->items[i - 1], &nodes->items[i])) {
			return err_set(ERR_FORMAT, "a proof out of order");
		}
	}
	err = walk(&checker, (struct range){ 0, size }, &found);
	if (!err && checker.used != nodes->count) {
		err = err_set(ERR_FORMAT, "a proof with a node too many");
	}
	if (!err && !id_equal(&found, root)) {
		err = err_set(ERR_VERIFY, "a proof that leads to another root");
	}
	return err;
}
