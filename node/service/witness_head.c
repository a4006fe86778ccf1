#include "service/proofnodes.h"
#include "service/state.h"
#include "store/heads.h"

#include <stdlib.h>
#include <string.h>

static enum err keep_note(void *context, const struct head_row *row)
{
	struct witness_head *out = context;

	return buf_append(&out->note, row->note);
}

/* protobuf-c has no const: what is encoded is only read. */
static ProtobufCBinaryData lend(const void *data, size_t size)
{
	ProtobufCBinaryData out = { .len = size, .data = NULL };

	memcpy(&out.data, &data, sizeof data);
	return out;
}

static enum err add_line(void *context, const struct cosignature_row *row)
{
	struct witness_head *out = context;
	const struct peer *witness = peers_get(out->node, row->org);
	size_t at = out->head.n_cosignatures;
	Qsg__Cosignature *line = &out->rows[at];

	if (!witness || at == WITNESS_MOST) {
		return ERR_OK;
	}
	qsg__cosignature__init(line);
	line->author = out->head.author;
	line->generation = out->head.generation;
	line->size = out->size;
	line->witness = lend(witness->card.organisation.b, sizeof(struct id32));
	out->list[at] = line;
	out->head.n_cosignatures++;
	enum err err = buf_append(&out->lines[at], row->line);
	line->line = lend(out->lines[at].data, out->lines[at].size);
	return err;
}

static void add_witnesses(struct witness_head *out)
{
	out->head.n_witnesses = witness_asked(out->node, out->asked);
	out->head.witnesses = out->witnesses;
	for (size_t i = 0; i < out->head.n_witnesses; i++) {
		struct peer *peer = peers_get(out->node, out->asked[i]);

		peer->asked = true;
		out->witnesses[i] =
		    lend(peer->card.organisation.b, sizeof(struct id32));
	}
}

static enum err add_proof(struct witness_head *out)
{
	struct merkle_nodes nodes = { 0 };
	enum err err = merkle_tree_prove(state_own_log(out->node)->tree, NULL,
	    0, out->from, out->size, &nodes);

	if (!err) {
		err = proofnodes_copy(
		    &nodes, &out->head.nodes, &out->head.n_nodes);
	}
	merkle_nodes_clear(&nodes);
	return err;
}

enum err witness_make_head(
    struct node *node, uint64_t from, struct witness_head *out)
{
	int64_t log = node->own_log;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	qsg__head__init(&out->head);
	out->node = node;
	out->from = from;
	out->size = witness_published(node);
	out->own = state_own_log(node)->head;
	if (!out->size || from > out->size) {
		return err_set(ERR_NOTFOUND, "no head published since");
	}
	out->head.author = lend(out->own.author.b, sizeof out->own.author.b);
	out->head.generation =
	    lend(out->own.generation.b, sizeof out->own.generation.b);
	out->head.sizes = &out->from;
	out->head.n_sizes = 1;
	out->head.cosignatures = out->list;
	err = heads_get(node->db, log, out->size, keep_note, out);
	if (!err) {
		out->head.checkpoint = lend(out->note.data, out->note.size);
		err = add_proof(out);
	}
	if (!err) {
		add_witnesses(out);
		err =
		    heads_cosignatures(node->db, log, out->size, add_line, out);
	}
	return err;
}

void witness_clear_head(struct witness_head *head)
{
	free(head->head.nodes);
	for (size_t i = 0; i < WITNESS_MOST; i++) {
		buf_clear(&head->lines[i]);
	}
	buf_clear(&head->note);
	memset(head, 0, sizeof *head);
}
