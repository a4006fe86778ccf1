/* Evidence: whatever is accepted is accepted again from its armour, and says
 * the same. Proofs of subtrees: what checks against the root of a real tree
 * gives the hash that stands there. */
#include "fuzz/tool.h"
#include "ledger/evidence.h"
#include "ledger/subtree.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_evidence(struct span bytes)
{
	struct evidence_found first;
	struct evidence_found second;
	struct buf read = { 0 };
	struct buf armour = { 0 };
	struct buf again = { 0 };

	if (evidence_read(bytes, &read, &first) == ERR_OK) {
		tool_ok(evidence_armour(buf_span(&read), &armour));
		tool_ok(evidence_read(buf_span(&armour), &again, &second));
		tool_must(span_equal(buf_span(&read), buf_span(&again)));
		tool_must(first.kind == second.kind);
		tool_must(id_equal(&first.author, &second.author));
		tool_must(strcmp(first.text, second.text) == 0);
	}
	buf_clear(&read);
	buf_clear(&armour);
	buf_clear(&again);
}

/* A tree of up to 64 leaves, a place in it, and nodes of which some are
 * changed. */
static void check_subtree(struct reader *in)
{
	uint64_t leaves = reader_u8(in) % 64u + 1;
	uint32_t level = reader_u8(in) % 8u;
	uint64_t index = reader_u8(in) % 64u;
	struct merkle_tree *tree = NULL;
	struct merkle_nodes nodes = { 0 };
	struct id32 root;
	struct id32 want;
	struct id32 got;

	tool_ok(merkle_tree_new(&tree));
	for (uint64_t i = 0; i < leaves; i++) {
		uint8_t byte = (uint8_t)i;
		struct id32 leaf;

		merkle_leaf(span_of(&byte, 1), &leaf);
		tool_ok(merkle_tree_add(tree, 0, i, &leaf));
	}
	tool_ok(merkle_tree_root(tree, leaves, &root));
	if (subtree_prove(tree, level, index, leaves, &nodes) == ERR_OK) {
		size_t at = reader_u8(in) % nodes.count;

		nodes.items[at].level ^= reader_u8(in);
		nodes.items[at].index ^= reader_u8(in);
		nodes.items[at].hash.b[reader_u8(in) % 32] ^= reader_u8(in);
		nodes.count -= reader_u8(in) % 2;
		tool_ok(merkle_tree_node(tree, level, index, &want));
		if (subtree_check(&nodes, leaves, &root, level, index, &got) ==
		    ERR_OK) {
			tool_must(id_equal(&got, &want));
		}
	}
	merkle_nodes_clear(&nodes);
	merkle_tree_free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader in = reader_of(span_of(data, size));

	check_evidence(span_of(data, size));
	check_subtree(&in);
	return 0;
}
