#include "codec/canon.h"
#include "keys/seal.h"
#include "service/contradiction.h"
#include "service/erasing.h"
#include "service/payload.h"
#include "service/receipts.h"
#include "service/signed_for.h"
#include "service/taking.h"
#include "service/withheld.h"

#include <stdio.h>
#include <string.h>

#define HOUR_MS (3600.0 * 1000.0)

/*
 * One record, proven.
 */

/* PROTOCOL.md M178: "A reader MUST NOT take slot-bearing records of one
 * author faster than 60 an hour, beyond a burst of 4,096." */
static bool keying_allowed(struct taking *taking)
{
	struct state_account *account =
	    &taking->node->accounts[taking->author->org - 1];
	int64_t now = clock_steady_ms(taking->node->options.clock);
	double earned = (double)(now - account->keying_ms) / HOUR_MS *
	                LIMIT_KEYING_PER_HOUR;

	if (earned > 0) {
		account->keying_tokens += earned;
		if (account->keying_tokens > LIMIT_KEYING_BURST) {
			account->keying_tokens = LIMIT_KEYING_BURST;
		}
	}
	account->keying_ms = now;
	if (account->keying_tokens < 1) {
		return false;
	}
	account->keying_tokens -= 1;
	return true;
}

static void unreadable(struct record_row *row, enum record_reason reason)
{
	row->state = RECORD_UNREADABLE;
	row->reason = reason;
}

/* Get the worker the chain key of this number. */
static enum err ready_chain(struct taking *taking,
    const struct state_stream *stream, const struct header *header,
    struct span slots, struct record_row *row)
{
	enum err err = ERR_OK;

	if (header->slotted) {
		taking->chain_loaded = false;
		err = seal_slots_open(taking->node->worker, header, slots);
		if (err == ERR_NOTFOUND || err == ERR_VERIFY) {
			unreadable(row, err == ERR_NOTFOUND ? RECORD_NO_SLOT
							    : RECORD_BAD_SLOT);
			return ERR_OK;
		}
		taking->chain_loaded = !err;
		return err;
	}
	if (taking->chain_loaded) {
		return ERR_OK;
	}
	if (!stream || !stream->row.has_chain) {
		unreadable(row, RECORD_NO_CHAIN);
		return ERR_OK;
	}
	err = seal_chain_load(taking->node->worker, &header->stream,
	    header->number, stream->row.chain);
	taking->chain_loaded = !err;
	return err;
}

/* PROTOCOL.md M172: "A record that does not open, decode or keep the rules of
 * its content MUST be kept as unreadable, with the reason, and MUST NOT stop
 * its stream." */
static void open_body(struct taking *taking, const struct header *header,
    struct record_row *row, Qsg__Payload **payload)
{
	struct node *node = taking->node;
	enum err err = ERR_OK;

	buf_reset(&node->scratch_payload);
	err =
	    seal_open(node->worker, header, row->body, &node->scratch_payload);
	if (err == ERR_NOTFOUND) {
		row->state = RECORD_BODYLESS;
		row->reason = RECORD_NO_BODY;
		return;
	}
	if (err) {
		unreadable(row, RECORD_BAD_COMMITMENT);
		taking->chain_loaded = taking->chain_loaded && !header->slotted;
		return;
	}
	if (payload_read(buf_span(&node->scratch_payload), header->slotted,
		payload, &row->reason)) {
		row->state = RECORD_UNREADABLE;
		return;
	}
	if (header->slotted && !payload_audience_fits((*payload)->audience,
				   header, node_id(node))) {
		canon_wipe(&(*payload)->base);
		*payload = NULL;
		unreadable(row, RECORD_BAD_AUDIENCE);
		taking->chain_loaded = false;
	}
}

/* The stream in the store, made when its opening is taken. */
static enum err need_stream(struct taking *taking, const struct header *header,
    struct state_stream **out)
{
	struct stream_row row = { .log = taking->log,
		.keyed_ms = taking->now_ms };
	enum err err = ERR_OK;

	if (taking->stream) {
		*out = state_stream(taking->node, taking->stream);
		return ERR_OK;
	}
	row.state.author = header->author;
	row.state.generation = header->generation;
	row.state.id = header->stream;
	err = state_add_stream(taking->node, &row, out);
	if (!err) {
		taking->stream = (*out)->row.stream;
	}
	return err;
}

/* What follows from one that is stored now. */
static enum err note(struct taking *taking, struct state_stream *stream,
    const struct record_row *row, const Qsg__Payload *payload,
    const struct erasing_verdict *verdict)
{
	struct node *node = taking->node;
	uint32_t rid = (uint32_t)row->rid;
	enum err err =
	    verdict->erasure ? erasing_refused(node, rid, verdict) : ERR_OK;

	if (!err) {
		err = receipts_taken(node, rid, false);
	}
	if (!err) {
		err = signed_for_take(node, rid, payload);
	}
	if (!err) {
		err = erasing_take(node, rid, payload);
	}
	if (!err) {
		err = erasing_came_bare(node, rid);
	}
	return err ? err : state_grew(node, stream, row->number, rid);
}

static enum err store(struct taking *taking, size_t i, struct record_row *row,
    const Qsg__Payload *payload, const struct erasing_verdict *verdict)
{
	const struct header *header = &taking->headers[i];
	const struct id32 *id = &taking->leaves.items[i].hash;
	struct state_stream *stream = NULL;
	enum err err = need_stream(taking, header, &stream);

	if (err) {
		return err;
	}
	row->stream = taking->stream;
	err = records_add(taking->node->db, row);
	if (err) {
		return err;
	}
	stream_advance(&stream->row.state, header, id);
	stream->row.has_chain = taking->chain_loaded;
	stream->bodyless +=
	    records_lack_body((uint8_t)row->state, (uint8_t)row->reason);
	if (payload && payload->content_case == QSG__PAYLOAD__CONTENT_CLOSED) {
		stream->row.state.status = STREAM_CLOSED;
	}
	err = state_index(taking->node, row, id, header, payload);
	if (!err) {
		err = note(taking, stream, row, payload, verdict);
	}
	taking->out->taken++;
	if (!err) {
		err = withheld_taken(taking, stream, row->number, row->leaf);
	}
	return err;
}

/* The slots of a slot-bearing record must fit before its number is taken. */
static enum err check_slots(
    struct taking *taking, const struct header *header, struct span slots)
{
	struct id32 hash;
	uint32_t count = 0;

	if (!header->slotted) {
		return slots.size
		           ? taking_refuse(taking, ERR_FORMAT, "malformed",
				 "slots in a record without slots")
		           : ERR_OK;
	}
	seal_slots_hash(slots, &hash);
	if (!id_equal(&hash, &header->slots_hash) ||
	    envelope_slot_count(slots, &count)) {
		return taking_refuse(taking, ERR_VERIFY, "bad-slots",
		    "slots that do not fit their record");
	}
	return keying_allowed(taking)
	           ? ERR_OK
	           : taking_refuse(taking, ERR_LIMIT, "keying",
			 "too many slot-bearing records of this author");
}

/* PROTOCOL.md M173: "A body that does not hash to the value in a proven
 * header MUST be charged to whoever sent it, and its number taken without
 * it." */
static void check_body(
    struct taking *taking, const struct header *header, struct record_row *row)
{
	struct id32 hash;

	if (!row->body.size) {
		return;
	}
	seal_body_hash(row->body, &hash);
	if (row->body.size == header->body_size &&
	    id_equal(&hash, &header->body_hash)) {
		return;
	}
	taking_note(
	    taking, "bad-body", "a body that is not the one its author logged");
	replica_reject(taking->node, taking->peer, taking->out->code,
	    taking->out->reason, row->body);
	row->body = (struct span){ 0 };
}

/* PROTOCOL.md M443: "A node MUST NOT ask for the body of a record that is
 * erased there, and MUST drop one that comes." Also of a grant that carries it,
 * before anything in that is stored. */
static enum err drop_erased(struct taking *taking, size_t i,
    struct record_row *row, Qsg__Payload **payload,
    struct erasing_verdict *verdict)
{
	enum err err = ERR_OK;

	/* What did not come cannot be judged yet. */
	if (row->body.size) {
		err = erasing_judge(taking->node, &taking->leaves.items[i].hash,
		    &taking->headers[i], *payload, verdict);
	}
	if (err || !verdict->erasure) {
		return err;
	}
	if (*payload) {
		canon_wipe(&(*payload)->base);
		*payload = NULL;
	}
	row->body = (struct span){ 0 };
	row->wrapped = (struct span){ 0 };
	row->state = RECORD_BODYLESS;
	row->reason = RECORD_ERASED;
	return ERR_OK;
}

static enum err take_one(struct taking *taking, size_t i)
{
	const Qsg__Record *record = taking->records->records[i];
	const struct header *header = &taking->headers[i];
	struct node *node = taking->node;
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	Qsg__Payload *payload = NULL;
	struct erasing_verdict verdict = { 0 };
	bool opened = false;
	struct record_row row = { .rid = (int64_t)views_count(node->views) + 1,
		.number = header->number,
		.leaf = record->index,
		.received_ms = taking->now_ms,
		.header = span_of(record->header.data, record->header.len),
		.slots = span_of(record->slots.data, record->slots.len),
		.body = span_of(record->body.data, record->body.len) };
	enum err err = ERR_OK;

	if (header->version > ENVELOPE_VERSION) {
		taking->chain_loaded = false;
		unreadable(&row, RECORD_NEW_VERSION);
		err = drop_erased(taking, i, &row, &payload, &verdict);
		return state_poison(
		    node, err ? err : store(taking, i, &row, NULL, &verdict));
	}
	err = check_slots(taking, header, row.slots);
	if (err) {
		return err;
	}
	check_body(taking, header, &row);
	err = ready_chain(taking,
	    taking->stream ? state_stream(node, taking->stream) : NULL, header,
	    row.slots, &row);
	if (!err && row.state == RECORD_READABLE) {
		opened = true;
		open_body(taking, header, &row, &payload);
	}
	if (!err) {
		err = drop_erased(taking, i, &row, &payload, &verdict);
	}
	if (!err && opened && row.reason != RECORD_BAD_COMMITMENT &&
	    row.reason != RECORD_ERASED) {
		err = seal_wrap(
		    node->worker, &taking->leaves.items[i].hash, wrapped);
		row.wrapped = span_of(wrapped, sizeof wrapped);
	}
	if (!err) {
		err = store(taking, i, &row, payload, &verdict);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return state_poison(node, err);
}

struct filling {
	struct taking *taking;
	const Qsg__Record *record;
	const struct header *header;
	size_t at; /* in the message */
};

/* Open and judge a body that came later than its number. */
static void open_late(struct filling *filling, const struct id32 *id,
    struct record_row *row, Qsg__Payload **payload)
{
	struct node *node = filling->taking->node;
	const struct header *header = filling->header;

	row->state = RECORD_UNREADABLE;
	row->reason = RECORD_NO_CHAIN;
	if (row->wrapped.size != SEAL_WRAPPED_BYTES) {
		return;
	}
	buf_reset(&node->scratch_payload);
	row->reason = RECORD_BAD_COMMITMENT;
	if (seal_open_wrapped(node->worker, header, id, row->wrapped.data,
		row->body, &node->scratch_payload) ||
	    payload_read(buf_span(&node->scratch_payload), header->slotted,
		payload, &row->reason)) {
		return;
	}
	if (header->slotted && !payload_audience_fits((*payload)->audience,
				   header, node_id(node))) {
		canon_wipe(&(*payload)->base);
		*payload = NULL;
		row->reason = RECORD_BAD_AUDIENCE;
		return;
	}
	row->state = RECORD_READABLE;
}

/* Open a record held without its bytes, now that they are here. */
static enum err fill_row(void *context, const struct record_row *held)
{
	struct filling *filling = context;
	struct taking *taking = filling->taking;
	struct node *node = taking->node;
	const struct view_record *view =
	    views_get(node->views, (uint32_t)held->rid);
	struct state_stream *stream = state_stream(node, held->stream);
	struct erasing_verdict verdict = { 0 };
	struct record_row row = *held;
	Qsg__Payload *payload = NULL;
	enum err err = ERR_OK;

	row.body =
	    span_of(filling->record->body.data, filling->record->body.len);
	open_late(filling, &view->id, &row, &payload);
	err = drop_erased(taking, filling->at, &row, &payload, &verdict);
	if (!err) {
		err = records_set_body(node->db, &row);
	}
	if (!err && verdict.erasure) {
		err = erasing_refused(node, (uint32_t)row.rid, &verdict);
		return state_poison(node, err);
	}
	if (!err) {
		err = state_reindex(node, &row, payload);
	}
	if (!err) {
		err = receipts_taken(node, (uint32_t)row.rid, true);
	}
	if (!err) {
		err = signed_for_take(node, (uint32_t)row.rid, payload);
	}
	if (!err) {
		err = erasing_take(node, (uint32_t)row.rid, payload);
	}
	if (!err) {
		stream->bodyless--;
		stream->bodyless_ms = 0; /* the next one at once */
		err = state_grew(node, stream, row.number, stream->last_rid);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return state_poison(node, err);
}

/* A record we hold already: of use only when its bytes were missing. */
static enum err take_held(struct taking *taking, size_t i, uint32_t rid)
{
	struct filling filling = { .taking = taking,
		.record = taking->records->records[i],
		.header = &taking->headers[i],
		.at = i };
	struct record_row row = { .body = span_of(filling.record->body.data,
				      filling.record->body.len) };

	taking->out->held++;
	if (!views_lacks_body(taking->node->views, rid)) {
		return ERR_OK;
	}
	check_body(taking, filling.header, &row);
	return row.body.size
	           ? records_get(taking->node->db, rid, fill_row, &filling)
	           : ERR_OK;
}

/* The author contradicted itself: the stream ends here, kept as it stands. */
static enum err end_stream(struct taking *taking, size_t at, const char *reason)
{
	const struct header *header = &taking->headers[at];
	struct state_stream *stream =
	    taking->stream ? state_stream(taking->node, taking->stream) : NULL;
	enum err err = ERR_OK;

	if (!stream) {
		return taking_refuse(taking, ERR_DENIED, "broken", reason);
	}
	stream->row.state.status = header->number <= stream->row.state.taken
	                               ? STREAM_FORKED
	                               : STREAM_BROKEN;
	stream->row.reason = state_trouble(reason);
	/* The sender's record before this one may be another than ours: then
	 * the stream is forked, not broken. */
	stream->contested = 0;
	if (stream->row.state.status == STREAM_BROKEN &&
	    !id_equal(&header->previous, &stream->row.state.last)) {
		stream->contested = header->number - 1;
	}
	taking_note(
	    taking, stream_status_name(stream->row.state.status), reason);
	/* The whole message: header, proof and checkpoint are the evidence. */
	replica_reject(
	    taking->node, taking->peer, taking->out->code, reason, taking->raw);
	err = logs_set_stream(taking->node->db, &stream->row);
	return err ? err : contradiction_of_stream(taking, stream, at);
}

static enum err judge_one(struct taking *taking, size_t i, bool *stop)
{
	static const struct stream nothing;
	const struct header *header = &taking->headers[i];
	const struct id32 *id = &taking->leaves.items[i].hash;
	const struct stream *state = &nothing;
	const struct id32 *held = NULL;
	const char *reason = "";
	uint32_t rid = 0;

	if (taking->stream) {
		state = &state_stream(taking->node, taking->stream)->row.state;
		rid = views_at(taking->node->views, (uint32_t)taking->stream,
		    header->number);
		held = rid ? &views_get(taking->node->views, rid)->id : NULL;
	}
	switch (stream_judge(state, header, id, held, &reason)) {
	case STREAM_TAKES:
		return take_one(taking, i);
	case STREAM_HELD:
		return rid ? take_held(taking, i, rid) : ERR_OK;
	case STREAM_AHEAD:
		*stop = true;
		return ERR_OK;
	case STREAM_BREAKS:
		*stop = true;
		return end_stream(taking, i, reason);
	case STREAM_REFUSES:
		break;
	}
	*stop = true;
	return taking_refuse(taking, ERR_DENIED, "refused", reason);
}

/* PROTOCOL.md M179: "A record, its stream's position and its stream's next
 * chain key MUST be made durable in one transaction." */
static enum err keep_chain(struct taking *taking)
{
	struct state_stream *stream =
	    taking->stream ? state_stream(taking->node, taking->stream) : NULL;

	if (!stream || !taking->chain_loaded || !taking->out->taken) {
		return ERR_OK;
	}
	return state_poison(taking->node,
	    seal_chain_store(taking->node->worker, &stream->row.state.id,
		stream->row.state.taken + 1, stream->row.chain));
}

static enum err take_all(struct taking *taking)
{
	struct node *node = taking->node;
	const struct state_stream *stream =
	    state_stream_by_id(node, &taking->stream_id);
	bool stop = false;
	enum err err = ERR_OK;
	enum err kept = ERR_OK;

	if (!stream && node->accounts[taking->author->org - 1].streams >=
			   LIMIT_AUTHOR_STREAMS) {
		return taking_refuse(taking, ERR_LIMIT, "quota",
		    "too many streams of this author");
	}
	taking->stream = stream ? stream->row.stream : 0;
	for (size_t i = 0; i < taking->records->n_records && !err && !stop;
	     i++) {
		err = judge_one(taking, i, &stop);
	}
	/* Records before a bad one stay taken. */
	kept = keep_chain(taking);
	if (taking->stream) {
		stream = state_stream(node, taking->stream);
		taking->out->next = stream->row.state.status == STREAM_OPEN
		                        ? stream->row.state.taken + 1
		                        : 0;
	}
	return err ? err : kept;
}

enum err replica_take(struct node *node, struct peer *peer,
    const Qsg__Records *records, struct span raw, struct replica_taken *out)
{
	struct taking taking = { .node = node,
		.peer = peer,
		.records = records,
		.raw = raw,
		.out = out,
		.now_ms = clock_wall_ms(node->options.clock) };
	struct taking_names names = { .author = span_of(records->author.data,
					  records->author.len),
		.generation = span_of(
		    records->generation.data, records->generation.len) };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	err = taking_find_author(&taking, &names);
	if (!err && node->accounts[taking.author->org - 1].bytes >=
			LIMIT_AUTHOR_BYTES) {
		err = taking_refuse(&taking, ERR_LIMIT, "quota",
		    "the records of this author are over quota");
	}
	if (!err) {
		err = taking_parse(&taking);
	}
	if (!err) {
		err = taking_prove(&taking);
	}
	if (!err) {
		err = take_all(&taking);
	}
	if (taking_peers_fault(err)) {
		replica_reject(node, peer, out->code[0] ? out->code : "refused",
		    out->reason, raw);
	}
	taking_clear(&taking);
	buf_reset(&node->scratch_payload);
	return err;
}
