#include "service/reread.h"

#include "keys/seal.h"
#include "service/state.h"

struct rereading {
	struct node *node;
	uint64_t next; /* leaf */
};

static enum err reread_one(void *context, const struct record_row *row)
{
	struct rereading *rereading = context;
	struct node *node = rereading->node;
	struct id32 held;
	struct id32 id;

	if (row->stream < 1 || (size_t)row->stream > node->stream_count) {
		return err_set(ERR_CORRUPT,
		    "record row %lld is of no stream, as read back",
		    (long long)row->rid);
	}
	if (state_stream(node, row->stream)->row.log != node->own_log) {
		return ERR_OK;
	}
	seal_record_id(row->header, &id);
	if (row->leaf != rereading->next ||
	    merkle_tree_node(state_own_log(node)->tree, 0, row->leaf, &held) ||
	    !id_equal(&id, &held)) {
		return err_set(ERR_CORRUPT,
		    "record row %lld reads back as another than was written",
		    (long long)row->rid);
	}
	rereading->next++;
	return ERR_OK;
}

/* PROTOCOL.md M260: "Before a node signs a head of its log it MUST read the
 * headers of the records that the head adds back from its database, and MUST
 * NOT sign unless they are the leaves of its tree." */
enum err reread_staged(struct node *node)
{
	struct rereading rereading = { .node = node,
		.next = state_own_log(node)->head.size };
	enum err err =
	    records_scan_headers(node->db, (int64_t)node->committed_rid + 1,
		(int64_t)views_count(node->views), reread_one, &rereading);

	if (!err && rereading.next != node->own_size) {
		err = err_set(ERR_CORRUPT,
		    "the log has %llu entries, of which %llu read back",
		    (unsigned long long)node->own_size,
		    (unsigned long long)rereading.next);
	}
	return err;
}
