/* A true batch proof, changed as the input says. Whatever is still accepted
 * must be the truth, and must let the receiver derive the root. */
#include "ledger/merkle.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_LEAVES = 96 };

struct world {
	struct reader in;
	struct merkle_tree *author;
	struct merkle_tree *receiver;
	uint64_t size;
	uint64_t old_size;
	struct id32 root;
	struct merkle_nodes leaves;
	struct merkle_nodes proof;
	struct merkle_nodes learned;
};

static void must(bool holds)
{
	if (!holds) {
		abort();
	}
}

/* The peaks of the old size, which is what a receiver at least has. */
static void give_peaks(struct world *world)
{
	uint64_t start = 0;
	for (uint32_t level = 8; level <= 8; level--) {
		struct id32 hash;
		if ((world->old_size >> level & 1) == 0) {
			continue;
		}
		must(merkle_tree_node(world->author, level, start >> level,
			 &hash) == ERR_OK);
		must(merkle_tree_add(world->receiver, level, start >> level,
			 &hash) == ERR_OK);
		start += 1ULL << level;
	}
}

static void make_world(struct world *world)
{
	uint64_t indexes[MAX_LEAVES];
	size_t count = 0;
	world->size = reader_u8(&world->in) % (MAX_LEAVES + 1);
	world->old_size = reader_u8(&world->in) % (world->size + 1);
	must(merkle_tree_new(&world->author) == ERR_OK);
	must(merkle_tree_new(&world->receiver) == ERR_OK);
	for (uint64_t i = 0; i < world->size; i++) {
		uint8_t bytes[8];
		struct id32 hash;
		bytes_put_u64(bytes, i);
		merkle_leaf(span_of(bytes, sizeof(bytes)), &hash);
		must(merkle_tree_add(world->author, 0, i, &hash) == ERR_OK);
	}
	for (uint64_t i = 0; i < world->size; i += 8) {
		uint8_t mask = reader_u8(&world->in);
		for (uint64_t j = i; j < i + 8 && j < world->size; j++) {
			struct id32 hash;
			if ((mask >> (j - i) & 1) == 0) {
				continue;
			}
			indexes[count++] = j;
			must(merkle_tree_node(world->author, 0, j, &hash) ==
			     ERR_OK);
			must(merkle_nodes_add(&world->leaves, 0, j, &hash) ==
			     ERR_OK);
		}
	}
	must(merkle_tree_root(world->author, world->size, &world->root) ==
	     ERR_OK);
	give_peaks(world);
	must(merkle_tree_prove(world->author, indexes, count, world->old_size,
		 world->size, &world->proof) == ERR_OK);
}

static void insert(struct merkle_nodes *nodes, struct reader *in, size_t at)
{
	struct merkle_node node = {
		.level = reader_u8(in) % 48,
		.index = reader_u8(in),
	};
	reader_copy(in, node.hash.b, 4);
	must(merkle_nodes_add(nodes, node.level, node.index, &node.hash) ==
	     ERR_OK);
	for (size_t i = nodes->count - 1; i > at; i--) {
		nodes->items[i] = nodes->items[i - 1];
	}
	nodes->items[at] = node;
}

static void change_nodes(struct merkle_nodes *nodes, struct reader *in)
{
	uint8_t what = reader_u8(in);
	size_t at = nodes->count == 0 ? 0 : reader_u8(in) % nodes->count;
	if (nodes->count == 0 || what % 6 == 5) {
		insert(nodes, in, at);
		return;
	}
	struct merkle_node *node = &nodes->items[at];
	switch (what % 6) {
	case 0:
		node->hash.b[what / 6 % 32] ^= reader_u8(in);
		break;
	case 1:
		node->level ^= reader_u8(in);
		break;
	case 2:
		node->index ^= 1ULL << (what / 6);
		break;
	case 3:
		memmove(
		    node, node + 1, (nodes->count - at - 1) * sizeof(*node));
		nodes->count--;
		break;
	case 4:
		*node = nodes->items[reader_u8(in) % nodes->count];
		break;
	}
}

static void change(struct world *world)
{
	while (!world->in.bad && world->in.left.size > 0) {
		uint8_t what = reader_u8(&world->in);
		if (what < 120) {
			change_nodes(&world->proof, &world->in);
		} else if (what < 240) {
			change_nodes(&world->leaves, &world->in);
		} else if (what < 248) {
			world->size ^= 1ULL << reader_u8(&world->in) % 64;
		} else {
			world->old_size ^= 1ULL << reader_u8(&world->in) % 64;
		}
	}
}

static void must_be_true(struct world *world, const struct merkle_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		const struct merkle_node *node = &nodes->items[i];
		struct id32 hash;
		must(merkle_tree_node(world->author, node->level, node->index,
			 &hash) == ERR_OK);
		must(id_equal(&hash, &node->hash));
	}
}

static void check(struct world *world)
{
	struct id32 root;
	if (merkle_tree_check(world->receiver, &world->leaves, &world->proof,
		world->old_size, world->size, &world->root,
		&world->learned) != ERR_OK) {
		must(world->learned.count == 0);
		return;
	}
	must_be_true(world, &world->leaves);
	must_be_true(world, &world->proof);
	must_be_true(world, &world->learned);
	for (size_t i = 0; i < world->learned.count; i++) {
		const struct merkle_node *node = &world->learned.items[i];
		must(merkle_tree_add(world->receiver, node->level, node->index,
			 &node->hash) == ERR_OK);
	}
	must(merkle_tree_root(world->receiver, world->size, &root) == ERR_OK);
	must(id_equal(&root, &world->root));
	must(merkle_tree_root(world->receiver, world->old_size, &root) ==
	     ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world world = { .in = reader_of(span_of(data, size)) };
	make_world(&world);
	change(&world);
	check(&world);
	merkle_nodes_clear(&world.leaves);
	merkle_nodes_clear(&world.proof);
	merkle_nodes_clear(&world.learned);
	merkle_tree_free(world.author);
	merkle_tree_free(world.receiver);
	return 0;
}
