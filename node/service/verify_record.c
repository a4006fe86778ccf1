#include "codec/canon.h"
#include "domain/reference.h"
#include "keys/seal.h"
#include "service/erasing_parts.h"
#include "service/payload.h"
#include "service/verifying.h"

#include <string.h>

#define PROGRESS_EVERY 4096

/* One record being checked. */
struct looked {
	struct verifying *verifying;
	const struct record_row *row;
	struct header header;
	struct id32 id;
	const char *wrong; /* NULL: nothing yet */
};

static void wrong(struct looked *looked, bool is, const char *what)
{
	if (is && !looked->wrong) {
		looked->wrong = what;
	}
}

/* The bytes against the hashes in their header. */
static void check_bytes(struct looked *looked)
{
	const struct record_row *row = looked->row;
	const struct header *header = &looked->header;
	struct id32 hash;

	wrong(looked, row->received_ms < 0, "it came before time began");
	wrong(looked, row->number != header->number, "another number");
	if (header->version > ENVELOPE_VERSION) {
		return;
	}
	seal_slots_hash(row->slots, &hash);
	wrong(looked,
	    header->slotted ? !id_equal(&hash, &header->slots_hash)
			    : row->slots.size > 0,
	    "slots that do not fit their hash");
	if (!row->body.size && row->state != RECORD_READABLE) {
		return; /* its bytes never came */
	}
	seal_body_hash(row->body, &hash);
	wrong(looked,
	    row->body.size != header->body_size ||
		!id_equal(&hash, &header->body_hash),
	    "a body that does not fit its hash");
}

/* Why it cannot be read although its content key is held. */
static enum record_reason judge_opened(
    struct looked *looked, Qsg__Payload **payload)
{
	struct node *node = looked->verifying->node;
	const struct record_row *row = looked->row;
	enum record_reason reason = RECORD_NO_REASON;

	*payload = NULL;
	if (!row->body.size) {
		return RECORD_NO_BODY;
	}
	buf_reset(&node->scratch_payload);
	if (seal_open_wrapped(node->worker, &looked->header, &looked->id,
		row->wrapped.data, row->body, &node->scratch_payload)) {
		return RECORD_BAD_COMMITMENT;
	}
	if (payload_read(buf_span(&node->scratch_payload),
		looked->header.slotted, payload, &reason)) {
		return reason;
	}
	if (looked->header.slotted &&
	    !payload_audience_fits(
		(*payload)->audience, &looked->header, node_id(node))) {
		canon_wipe(&(*payload)->base);
		*payload = NULL;
		return RECORD_BAD_AUDIENCE;
	}
	return RECORD_NO_REASON;
}

/* What may stand in a row without content key. */
static bool closed_fits(struct looked *looked)
{
	const struct record_row *row = looked->row;
	struct seal_worker *worker = looked->verifying->node->worker;
	bool slotted = looked->header.slotted;
	enum err err = ERR_OK;

	switch (row->reason) {
	case RECORD_NEW_VERSION:
		return looked->header.version > ENVELOPE_VERSION;
	case RECORD_NO_SLOT:
	case RECORD_BAD_SLOT:
		err = slotted
		          ? seal_slots_open(worker, &looked->header, row->slots)
		          : ERR_OK;
		return err == (row->reason == RECORD_NO_SLOT ? ERR_NOTFOUND
							     : ERR_VERIFY);
	case RECORD_NO_CHAIN:
		return !slotted;
	case RECORD_BAD_COMMITMENT:
		return row->body.size > 0;
	case RECORD_NO_REASON:
	case RECORD_BAD_PAYLOAD:
	case RECORD_UNKNOWN_KIND:
	case RECORD_NO_BODY:
	case RECORD_BAD_AUDIENCE:
	case RECORD_ERASED:
		break;
	}
	return false;
}

/* Does this erasure speak of this record? */
static bool speaks_of(
    struct node *node, int64_t erasure, const struct id32 *original)
{
	uint32_t rid = 0;
	size_t place = 0;

	do {
		rid = views_next_link(
		    node->views, original, REFERENCE_ERASES, &place);
	} while (rid && rid != erasure);
	return rid && views_get(node->views, rid)->type == VIEW_ERASURE;
}

/* PROTOCOL.md M450: "A check of a home MUST report a body that is missing for
 * good under no logged erasure that counts." */
static bool erased_fits(struct looked *looked)
{
	struct node *node = looked->verifying->node;
	const struct record_row *row = looked->row;
	struct erased_row erased;
	int64_t author = 0;
	int64_t by = 0;

	if (row->state != RECORD_BODYLESS || row->body.size ||
	    row->wrapped.size || row->slots.size || looked->header.slotted ||
	    erased_get(node->db, row->rid, &erased) ||
	    !speaks_of(node, erased.erasure, &erased.original)) {
		return false;
	}
	by = erasing_org(node, (uint32_t)erased.erasure);
	author = state_log(node, state_stream(node, row->stream)->row.log)->org;
	/* What a grant carried, and by whom, went with it. */
	return by == 1 || by == author ||
	       !id_equal(&erased.original, &looked->id);
}

/* State and reason against opening it again. *payload when it opens. */
static void check_state(struct looked *looked, Qsg__Payload **payload)
{
	const struct record_row *row = looked->row;
	enum record_reason reason = RECORD_NO_REASON;
	enum record_state state = RECORD_UNREADABLE;

	*payload = NULL;
	if (row->reason == RECORD_ERASED) {
		wrong(looked, !erased_fits(looked),
		    "a body that is gone, and no erasure says so");
		return;
	}
	if (looked->header.version > ENVELOPE_VERSION || !row->wrapped.size) {
		wrong(looked,
		    row->state != RECORD_UNREADABLE || row->wrapped.size ||
			!closed_fits(looked),
		    "a state that does not fit what it holds");
		return;
	}
	reason = judge_opened(looked, payload);
	if (reason == RECORD_NO_REASON) {
		state = RECORD_READABLE;
	} else if (reason == RECORD_NO_BODY) {
		state = RECORD_BODYLESS;
	}
	wrong(looked, row->state == RECORD_READABLE && state != row->state,
	    "a record that no longer opens");
	wrong(looked, state != row->state || reason != row->reason,
	    "a state that does not fit what it holds");
}

/* PROTOCOL.md M261: "A check of a home MUST make every tree anew from the
 * headers stored, judge every stream anew from its first record, and compare
 * both with what is stored of them." */
static enum err replay(struct looked *looked, const Qsg__Payload *payload)
{
	const struct record_row *row = looked->row;
	struct verifying *verifying = looked->verifying;
	struct verify_replay *stream = &verifying->replay[row->stream - 1];
	int64_t log = state_stream(verifying->node, row->stream)->row.log;
	bool ours = state_log(verifying->node, log)->org == 1;
	const char *reason = "";
	enum err err = ERR_OK;

	wrong(looked,
	    stream_judge(&stream->state, &looked->header, &looked->id, NULL,
		&reason) != STREAM_TAKES,
	    "a record that does not follow the one before it");
	if (looked->header.number == stream->state.taken + 1) {
		stream_advance(&stream->state, &looked->header, &looked->id);
	}
	wrong(looked,
	    ours && row->state != RECORD_READABLE &&
		row->reason != RECORD_ERASED,
	    "a record of our own that is not readable");
	/* Whether it could be read is not known of one that was erased. */
	stream->needs_chain =
	    ours || (row->reason == RECORD_ERASED
			    ? stream->needs_chain &&
				  state_stream(verifying->node, row->stream)
				      ->row.has_chain
			    : row->state != RECORD_UNREADABLE);
	if (ours && looked->header.slotted && payload) {
		stream->keyed_ms = payload->created_at_ms;
	} else if (!ours && row->number == 1) {
		stream->keyed_ms = row->received_ms;
	}
	if (payload && payload->content_case == QSG__PAYLOAD__CONTENT_CLOSED) {
		stream->state.status = STREAM_CLOSED;
	}
	err = merkle_tree_add(
	    verifying->logs[log - 1].tree, 0, row->leaf, &looked->id);
	wrong(looked, err == ERR_VERIFY, "another record's place in its log");
	if (err == ERR_VERIFY) {
		return ERR_OK;
	}
	return err ? err
	           : merkle_nodes_add(&verifying->logs[log - 1].places, 0,
			 row->leaf, &looked->id);
}

static enum err look(struct looked *looked)
{
	struct verifying *verifying = looked->verifying;
	const struct record_row *row = looked->row;
	Qsg__Payload *payload = NULL;
	enum err err = envelope_get_header(row->header, &looked->header);

	seal_record_id(row->header, &looked->id);
	wrong(
	    looked, err && err != ERR_VERSION, "a header that does not parse");
	wrong(looked,
	    row->stream < 1 ||
		(size_t)row->stream > verifying->node->stream_count,
	    "no such stream");
	if (looked->wrong) {
		return ERR_OK;
	}
	check_bytes(looked);
	check_state(looked, &payload);
	err = replay(looked, payload);
	if (payload) {
		verifying->report->opened++;
		if (!err) {
			err = verify_receipt_claims(verifying, row, payload);
		}
		canon_wipe(&payload->base);
	}
	return err;
}

static enum err verify_record(void *context, const struct record_row *row)
{
	struct verifying *verifying = context;
	struct node *node = verifying->node;
	struct looked looked = { .verifying = verifying, .row = row };
	enum err err = look(&looked);

	verifying->report->records++;
	if (!err && looked.wrong) {
		verify_fault_record(verifying, row->rid, looked.wrong);
	}
	if (node->options.progress && row->rid % PROGRESS_EVERY == 0) {
		node->options.progress(node->options.progress_context,
		    "verifying records", (uint64_t)row->rid, verifying->total);
	}
	return err;
}

enum err verify_records(struct verifying *verifying)
{
	struct db *db = verifying->node->db;
	int64_t last = 0;
	enum err err = records_last(db, &last);

	if (!err && (uint64_t)last > verifying->total) {
		verify_fault_record(verifying, last, "one too many");
	}
	return err ? err
	           : verify_scanned(verifying, "records",
			 records_scan(db, 1, (int64_t)verifying->total,
			     verify_record, verifying));
}
