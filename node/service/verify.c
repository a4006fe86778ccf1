#include "service/verify.h"

#include "codec/canon.h"
#include "keys/seal.h"
#include "ledger/evidence.h"
#include "service/contradiction.h"
#include "service/payload.h"
#include "service/state.h"

#include <stdio.h>
#include <string.h>

#define PROGRESS_EVERY 4096

struct verifying {
	struct node *node;
	struct verify_report *report;
	uint64_t total;
};

static void fault(struct verifying *verifying, const char *what, int64_t rid)
{
	struct verify_report *report = verifying->report;

	if (report->faults++ == 0) {
		(void)snprintf(report->first_fault, sizeof report->first_fault,
		    rid ? "%s (record %lld)" : "%s", what, (long long)rid);
	}
}

/* Bytes against the hashes in their header, header against its id. */
static bool bytes_fit(const struct record_row *row, const struct header *header,
    const struct view_record *view, const struct id32 *id)
{
	struct id32 hash;

	if (!id_equal(id, &view->id) || row->number != header->number ||
	    row->leaf != view->leaf) {
		return false;
	}
	if (header->version > ENVELOPE_VERSION) {
		return true;
	}
	seal_slots_hash(row->slots, &hash);
	if (header->slotted && !id_equal(&hash, &header->slots_hash)) {
		return false;
	}
	if (!row->body.size && row->state != RECORD_READABLE) {
		return true; /* its bytes never came */
	}
	seal_body_hash(row->body, &hash);
	return id_equal(&hash, &header->body_hash);
}

static bool opens(struct node *node, const struct record_row *row,
    const struct header *header, const struct id32 *id)
{
	enum record_reason reason = RECORD_NO_REASON;
	Qsg__Payload *payload = NULL;
	bool good = row->wrapped.size == SEAL_WRAPPED_BYTES;

	buf_reset(&node->scratch_payload);
	good = good &&
	       !seal_open_wrapped(node->worker, header, id, row->wrapped.data,
		   row->body, &node->scratch_payload) &&
	       !payload_read(buf_span(&node->scratch_payload), header->slotted,
		   &payload, &reason);
	if (payload) {
		canon_wipe(&payload->base);
	}
	return good;
}

static enum err verify_record(void *context, const struct record_row *row)
{
	struct verifying *verifying = context;
	struct node *node = verifying->node;
	const struct view_record *view =
	    views_get(node->views, (uint32_t)row->rid);
	const struct stream *stream =
	    &state_stream(node, view->stream)->row.state;
	struct header header;
	struct id32 id;
	enum err err = envelope_get_header(row->header, &header);

	verifying->report->records++;
	seal_record_id(row->header, &id);
	if ((err && err != ERR_VERSION) ||
	    !bytes_fit(row, &header, view, &id) ||
	    !id_equal(&header.stream, &stream->id) ||
	    !id_equal(&header.author, &stream->author)) {
		fault(
		    verifying, "bytes that do not fit their hashes", row->rid);
		return ERR_OK;
	}
	if (row->number > 1) {
		uint32_t before =
		    views_at(node->views, view->stream, row->number - 1);

		if (!before || !id_equal(&header.previous,
				   &views_get(node->views, before)->id)) {
			fault(verifying, "a broken chain", row->rid);
		}
	}
	if (row->state == RECORD_READABLE) {
		if (opens(node, row, &header, &id)) {
			verifying->report->opened++;
		} else {
			fault(verifying, "a record that no longer opens",
			    row->rid);
		}
	}
	if (node->options.progress && row->rid % PROGRESS_EVERY == 0) {
		node->options.progress(node->options.progress_context,
		    "verifying records", (uint64_t)row->rid, verifying->total);
	}
	return ERR_OK;
}

/* A log's signed head against the tree that its records make. */
static void verify_log(struct verifying *verifying, struct state_log *log)
{
	const struct card *card =
	    peers_keys(peers_get(verifying->node, log->org));
	const Qsg__LogGeneration *generation =
	    card_generation(card, &log->head.generation);
	struct checkpoint head;
	struct id32 key;
	struct id32 root;

	verifying->report->logs++;
	if (!log->head.size) {
		return;
	}
	if (!generation || generation->log_key.len != sizeof key.b) {
		fault(verifying, "a log whose key no card names", 0);
		return;
	}
	memcpy(key.b, generation->log_key.data, sizeof key.b);
	if (checkpoint_verify(buf_span(&log->note), &key, &head) ||
	    !checkpoint_equal(&head, &log->head) ||
	    merkle_tree_root(log->tree, head.size, &root) ||
	    !id_equal(&root, &head.root)) {
		fault(verifying, "a log head that does not fit its records", 0);
	}
}

static void verify_streams(struct verifying *verifying)
{
	struct node *node = verifying->node;

	for (size_t i = 0; i < node->stream_count; i++) {
		const struct stream *stream = &node->streams[i].row.state;
		uint32_t last =
		    views_at(node->views, (uint32_t)i + 1, stream->taken);

		verifying->report->streams++;
		if (stream->taken &&
		    (!last || !id_equal(&views_get(node->views, last)->id,
				  &stream->last))) {
			fault(verifying, "a stream that lost its end", 0);
		}
	}
}

static void verify_cards(struct verifying *verifying)
{
	struct node *node = verifying->node;

	for (size_t i = 0; i < node->peer_count; i++) {
		struct card card = { 0 };

		verifying->report->cards++;
		if (card_parse(
			buf_span(&node->peers[i]->card.signed_bytes), &card)) {
			fault(verifying, "a card that no longer verifies", 0);
		}
		card_clear(&card);
	}
}

static enum err verify_piece(
    void *context, const struct contradiction_item *item)
{
	struct verifying *verifying = context;
	struct evidence_found found;
	struct buf bytes = { 0 };
	enum err err =
	    contradiction_open(verifying->node, item->evidence, &bytes);

	if (err == ERR_CORRUPT ||
	    (!err &&
		(evidence_check(buf_span(&bytes), &found) ||
		    strcmp(evidence_kind_name(found.kind), item->kind) != 0 ||
		    !id_equal(
			&found.author, &item->against->card.organisation)))) {
		fault(verifying, "evidence that proves nothing any more", 0);
		err = ERR_OK;
	}
	buf_clear(&bytes);
	return err;
}

static enum err verify_evidence(struct verifying *verifying)
{
	enum err err =
	    contradiction_scan(verifying->node, verify_piece, verifying);

	if (err == ERR_CORRUPT) {
		fault(verifying, err_text(), 0);
		err = ERR_OK;
	}
	return err;
}

enum err verify_node(struct node *node, struct verify_report *out)
{
	struct verifying verifying = { .node = node, .report = out };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	verifying.total = views_count(node->views);
	err = node_commit(node);
	if (!err) {
		err = db_check(node->db);
		if (err == ERR_CORRUPT) {
			fault(&verifying, err_text(), 0);
			err = ERR_OK;
		}
	}
	if (!err) {
		err = records_scan(node->db, 1, (int64_t)verifying.total,
		    verify_record, &verifying);
		if (err == ERR_CORRUPT) {
			fault(&verifying, err_text(), 0);
			err = ERR_OK;
		}
	}
	for (size_t i = 0; i < node->log_count && !err; i++) {
		verify_log(&verifying, &node->logs[i]);
	}
	if (!err) {
		err = verify_evidence(&verifying);
	}
	verify_streams(&verifying);
	verify_cards(&verifying);
	if (!node->mark ||
	    (!node->may_sign && node->start.signing != STATE_WAITS)) {
		fault(&verifying, node->why_not, 0);
	}
	return err;
}
