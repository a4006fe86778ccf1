#include "service/proofnodes.h"

#include <stdlib.h>

enum err proofnodes_copy(
    const struct merkle_nodes *nodes, Qsg__Node ***out, size_t *count)
{
	struct block {
		Qsg__Node node;
		struct id32 hash;
	} *blocks = NULL;
	Qsg__Node **list =
	    malloc(nodes->count * (sizeof *list + sizeof *blocks) + 1);

	if (!list) {
		return err_set(ERR_MEM, "out of memory");
	}
	blocks = (struct block *)(void *)(list + nodes->count);
	for (size_t i = 0; i < nodes->count; i++) {
		qsg__node__init(&blocks[i].node);
		blocks[i].hash = nodes->items[i].hash;
		blocks[i].node.level = nodes->items[i].level;
		blocks[i].node.index = nodes->items[i].index;
		blocks[i].node.hash.data = blocks[i].hash.b;
		blocks[i].node.hash.len = sizeof blocks[i].hash.b;
		list[i] = &blocks[i].node;
	}
	*out = list;
	*count = nodes->count;
	return ERR_OK;
}
