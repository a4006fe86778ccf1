#include "ledger/merkle.h"

#include <sodium.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_NODES = 64 };

/* libsodium's SHA-256 only computes; a failure would be a broken library, and
 * a tree with a made-up hash is worse than no program. */
static void must(int result)
{
	if (result != 0) {
		abort();
	}
}

/* PROTOCOL.md M50: "A leaf's hash MUST be SHA-256 over the byte 0x00 and the
 * record's header bytes exactly as its author made them." */
void merkle_leaf(struct span data, struct id32 *out)
{
	static const uint8_t prefix[1] = { 0x00 };
	crypto_hash_sha256_state state;
	must(crypto_hash_sha256_init(&state));
	must(crypto_hash_sha256_update(&state, prefix, sizeof(prefix)));
	if (data.size > 0) {
		must(crypto_hash_sha256_update(&state, data.data, data.size));
	}
	must(crypto_hash_sha256_final(&state, out->b));
}

/* PROTOCOL.md M51: "A node's hash MUST be SHA-256 over the byte 0x01, the left
 * child's hash and the right child's hash." */
void merkle_parent(
    const struct id32 *left, const struct id32 *right, struct id32 *out)
{
	uint8_t bytes[1 + 2 * sizeof(struct id32)];
	bytes[0] = 0x01;
	memcpy(bytes + 1, left->b, sizeof(left->b));
	memcpy(bytes + 1 + sizeof(left->b), right->b, sizeof(right->b));
	must(crypto_hash_sha256(out->b, bytes, sizeof(bytes)));
}

void merkle_empty(struct id32 *out)
{
	static const uint8_t nothing[1];
	must(crypto_hash_sha256(out->b, nothing, 0));
}

static enum err not_proven(const char *what)
{
	return err_set(ERR_VERIFY, "the %s proof does not fit", what);
}

/* RFC 9162, 2.1.3.2. */
enum err merkle_check_inclusion(uint64_t index, uint64_t size,
    const struct id32 *leaf, const struct id32 *path, size_t path_count,
    const struct id32 *root)
{
	if (index >= size) {
		return not_proven("inclusion");
	}
	uint64_t at = index;
	uint64_t last = size - 1;
	struct id32 hash = *leaf;
	for (size_t i = 0; i < path_count; i++) {
		if (last == 0) {
			return not_proven("inclusion");
		}
		if ((at & 1) == 1 || at == last) {
			merkle_parent(&path[i], &hash, &hash);
			while ((at & 1) == 0 && at != 0) {
				at >>= 1;
				last >>= 1;
			}
		} else {
			merkle_parent(&hash, &path[i], &hash);
		}
		at >>= 1;
		last >>= 1;
	}
	return last == 0 && id_equal(&hash, root) ? ERR_OK
	                                          : not_proven("inclusion");
}

/* The two roots that a consistency path (its first hash given apart) leads
 * to, RFC 9162, 2.1.4.2. */
struct climb {
	uint64_t at;
	uint64_t last;
	struct id32 root1;
	struct id32 root2;
};

static enum err climb(
    struct climb *climb, const struct id32 *path, size_t path_count)
{
	for (size_t i = 0; i < path_count; i++) {
		if (climb->last == 0) {
			return not_proven("consistency");
		}
		if ((climb->at & 1) == 1 || climb->at == climb->last) {
			merkle_parent(&path[i], &climb->root1, &climb->root1);
			merkle_parent(&path[i], &climb->root2, &climb->root2);
			while ((climb->at & 1) == 0 && climb->at != 0) {
				climb->at >>= 1;
				climb->last >>= 1;
			}
		} else {
			merkle_parent(&climb->root2, &path[i], &climb->root2);
		}
		climb->at >>= 1;
		climb->last >>= 1;
	}
	return climb->last == 0 ? ERR_OK : not_proven("consistency");
}

enum err merkle_check_consistency(uint64_t size1, uint64_t size2,
    const struct id32 *root1, const struct id32 *root2, const struct id32 *path,
    size_t path_count)
{
	/* PROTOCOL.md M53: "A consistency proof from size 0 MUST be
	 * refused." */
	if (size1 == 0 || size1 > size2) {
		return not_proven("consistency");
	}
	if (size1 == size2) {
		return path_count == 0 && id_equal(root1, root2)
		           ? ERR_OK
		           : not_proven("consistency");
	}
	if (path_count == 0) {
		return not_proven("consistency");
	}
	/* A whole subtree is its own first hash, so the path leaves it out. */
	bool whole = (size1 & (size1 - 1)) == 0;
	const struct id32 *first = whole ? root1 : &path[0];
	struct climb state = {
		.at = size1 - 1,
		.last = size2 - 1,
		.root1 = *first,
		.root2 = *first,
	};
	while ((state.at & 1) == 1) {
		state.at >>= 1;
		state.last >>= 1;
	}
	size_t skipped = whole ? 0 : 1;
	enum err err = climb(&state, path + skipped, path_count - skipped);
	if (err != ERR_OK) {
		return err;
	}
	return id_equal(&state.root1, root1) && id_equal(&state.root2, root2)
	           ? ERR_OK
	           : not_proven("consistency");
}

enum err merkle_nodes_add(struct merkle_nodes *nodes, uint32_t level,
    uint64_t index, const struct id32 *hash)
{
	if (nodes->count == nodes->capacity) {
		size_t capacity =
		    nodes->capacity == 0 ? FIRST_NODES : nodes->capacity * 2;
		if (capacity > SIZE_MAX / sizeof(*nodes->items)) {
			return err_set(ERR_MEM, "out of memory");
		}
		struct merkle_node *items =
		    realloc(nodes->items, capacity * sizeof(*items));
		if (items == NULL) {
			return err_set(ERR_MEM, "out of memory");
		}
		nodes->items = items;
		nodes->capacity = capacity;
	}
	nodes->items[nodes->count++] = (struct merkle_node){
		.level = level,
		.index = index,
		.hash = *hash,
	};
	return ERR_OK;
}

void merkle_nodes_reset(struct merkle_nodes *nodes)
{
	nodes->count = 0;
}

void merkle_nodes_clear(struct merkle_nodes *nodes)
{
	free(nodes->items);
	*nodes = (struct merkle_nodes){ 0 };
}

uint64_t merkle_position(uint32_t level, uint64_t index)
{
	assert(level < 63);
	return (index << (level + 1)) + ((1ULL << level) - 1);
}

void merkle_place(uint64_t position, uint32_t *level, uint64_t *index)
{
	assert(position != UINT64_MAX);
	/* As many ones at the low end as the node has levels below it. */
	uint32_t ones = (uint32_t)__builtin_ctzll(~position);
	*level = ones;
	*index = ones == 63 ? 0 : position >> (ones + 1);
}
