#include "service/erasing.h"
#include "service/proofnodes.h"
#include "service/replica.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

/* One record of an answer, with its bytes behind it in one block. */
static enum err copy_record(
    const struct record_row *row, bool headers_only, Qsg__Record **out)
{
	size_t extra = headers_only ? 0 : row->slots.size + row->body.size;
	Qsg__Record *record = malloc(sizeof *record + row->header.size + extra);
	uint8_t *bytes = NULL;

	if (!record) {
		return err_set(ERR_MEM, "out of memory");
	}
	qsg__record__init(record);
	bytes = (uint8_t *)(record + 1);
	record->index = row->leaf;
	memcpy(bytes, row->header.data, row->header.size);
	record->header.data = bytes;
	record->header.len = row->header.size;
	bytes += row->header.size;
	if (!headers_only && row->slots.size) {
		memcpy(bytes, row->slots.data, row->slots.size);
		record->slots.data = bytes;
		record->slots.len = row->slots.size;
		bytes += row->slots.size;
	}
	if (!headers_only && row->body.size) {
		memcpy(bytes, row->body.data, row->body.size);
		record->body.data = bytes;
		record->body.len = row->body.size;
	}
	*out = record;
	return ERR_OK;
}

struct supplying {
	Qsg__Records *records;
	size_t bytes;
	size_t max_bytes;
	bool headers_only;
	bool withheld; /* the body of this one */
	bool full;
	uint64_t leaves[LIMIT_BATCH_RECORDS]; /* of the records gathered */
};

static enum err supply_row(void *context, const struct record_row *row)
{
	struct supplying *supplying = context;
	Qsg__Records *records = supplying->records;
	size_t size = row->header.size + row->slots.size + row->body.size;
	enum err err = ERR_OK;

	if (records->n_records &&
	    supplying->bytes + size > supplying->max_bytes) {
		supplying->full = true;
		return ERR_OK;
	}
	err = copy_record(row, supplying->headers_only || supplying->withheld,
	    &records->records[records->n_records]);
	if (!err) {
		supplying->leaves[records->n_records++] = row->leaf;
		supplying->bytes += size;
	}
	return err;
}

/* May this record be given: committed, and proven under the head we hold? */
static bool releasable(
    const struct node *node, const struct state_log *log, uint32_t rid)
{
	return rid && rid <= node->committed_rid &&
	       views_get(node->views, rid)->leaf < log->head.size;
}

static enum err supply_rows(struct node *node, const struct state_log *log,
    const struct state_stream *stream, const struct replica_range *range,
    struct supplying *supplying)
{
	enum err err = ERR_OK;

	for (uint64_t n = range->first;
	     n <= range->last && !supplying->full && !err &&
	     supplying->records->n_records < LIMIT_BATCH_RECORDS;
	     n++) {
		uint32_t rid =
		    views_at(node->views, (uint32_t)stream->row.stream, n);

		if (!releasable(node, log, rid)) {
			break;
		}
		err = erasing_withholds(node, rid, &supplying->withheld);
		if (!err) {
			err = records_get(node->db, rid, supply_row, supplying);
		}
	}
	return err;
}

/* Prove the gathered records, from as far as the asker can follow. */
static enum err supply_proof(const struct state_log *log,
    struct replica_range *range, const struct supplying *supplying)
{
	Qsg__Records *out = supplying->records;
	struct merkle_nodes nodes = { 0 };
	enum err err = ERR_OK;

	if (range->head_size > log->head.size) {
		/* The asker's head is newer than ours: it joins them itself. */
		range->head_size = 0;
	}
	err = merkle_tree_prove(log->tree, supplying->leaves, out->n_records,
	    range->head_size, log->head.size, &nodes);
	if (err == ERR_NOTFOUND && range->head_size) {
		range->head_size = 0;
		merkle_nodes_reset(&nodes);
		err = merkle_tree_prove(log->tree, supplying->leaves,
		    out->n_records, 0, log->head.size, &nodes);
	}
	if (!err) {
		err = proofnodes_copy(&nodes, &out->nodes, &out->n_nodes);
	}
	out->head_size = range->head_size;
	merkle_nodes_clear(&nodes);
	return err;
}

enum err replica_supply(struct node *node, const struct peer *peer,
    struct replica_range *range, size_t max_bytes, Qsg__Records *out,
    uint64_t *next)
{
	struct state_stream *stream = state_stream_by_id(node, &range->stream);
	struct supplying supplying = { .records = out,
		.max_bytes = max_bytes,
		.headers_only = range->headers_only || range->proofs_only };
	struct state_log *log = NULL;
	enum err err = ERR_OK;

	qsg__records__init(out);
	*next = range->first;
	if (!stream || !peers_admitted(peer) ||
	    !state_reads(stream, &peer->card.organisation)) {
		return err_set(ERR_NOTFOUND, "no such stream");
	}
	log = state_log(node, stream->row.log);
	out->records = calloc(LIMIT_BATCH_RECORDS, sizeof(Qsg__Record *));
	if (!out->records) {
		return err_set(ERR_MEM, "out of memory");
	}
	err = supply_rows(node, log, stream, range, &supplying);
	if (!err && !out->n_records) {
		err = err_set(ERR_NOTFOUND, "nothing of it held here");
	}
	if (!err) {
		err = supply_proof(log, range, &supplying);
	}
	if (err) {
		replica_free_records(out);
		return err;
	}
	out->author.data = range->author.b;
	out->author.len = sizeof range->author.b;
	out->generation.data = range->generation.b;
	out->generation.len = sizeof range->generation.b;
	out->stream.data = range->stream.b;
	out->stream.len = sizeof range->stream.b;
	out->checkpoint.data = log->note.data;
	out->checkpoint.len = log->note.size;
	*next = range->first + out->n_records;
	range->head_size = log->head.size;
	return ERR_OK;
}

void replica_free_records(Qsg__Records *records)
{
	for (size_t i = 0; i < records->n_records; i++) {
		free(records->records[i]);
	}
	free(records->records);
	free(records->nodes);
	qsg__records__init(records);
}
