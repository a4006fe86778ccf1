#include "service/replica.h"

#include "base/log.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "keys/seal.h"
#include "service/payload.h"
#include "service/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS (3600.0 * 1000.0)

/* One Records message on its way in. */
struct taking {
	struct node *node;
	struct peer *peer;
	const Qsg__Records *records;
	struct replica_taken *out;
	const struct peer *author;
	struct generation generation;
	struct id32 stream_id;
	struct checkpoint head; /* what the proof leads to */
	int64_t log;            /* number, 0 until known */
	int64_t stream;         /* number, 0 until its opening is taken */
	struct header *headers;
	struct merkle_nodes leaves;
	struct merkle_nodes proof;
	struct merkle_nodes learned;
	bool chain_loaded; /* the worker holds the chain key of the next number */
	int64_t now_ms;
};

/* Say why a message is refused: for the peer, the quarantine and status. */
static enum err refuse(
    struct taking *taking, enum err err, const char *code, const char *reason)
{
	(void)snprintf(
	    taking->out->code, sizeof taking->out->code, "%s", code);
	(void)snprintf(
	    taking->out->reason, sizeof taking->out->reason, "%s", reason);
	return err_set(err, "%s", reason);
}

static enum err find_author(struct taking *taking)
{
	const Qsg__Records *records = taking->records;
	struct id32 author;

	if (records->author.len != sizeof author.b ||
	    records->generation.len != sizeof taking->generation.b ||
	    records->stream.len != sizeof taking->stream_id.b ||
	    records->n_records < 1 ||
	    records->n_records > LIMIT_BATCH_RECORDS ||
	    records->n_nodes > LIMIT_PROOF_NODES) {
		return refuse(taking, ERR_FORMAT, "malformed",
		    "a malformed batch of records");
	}
	memcpy(author.b, records->author.data, sizeof author.b);
	memcpy(taking->generation.b, records->generation.data,
	    sizeof taking->generation.b);
	memcpy(taking->stream_id.b, records->stream.data,
	    sizeof taking->stream_id.b);
	taking->author = peers_by_id(taking->node, &author);
	if (!taking->author || taking->author->org == 1) {
		return refuse(taking, ERR_DENIED, "unknown-author",
		    "records of an author not known here");
	}
	if (!card_generation(
	        peers_keys(taking->author), &taking->generation)) {
		return refuse(taking, ERR_DENIED, "unknown-generation",
		    "records of a log generation no card names");
	}
	return ERR_OK;
}

/* The header of one record, as far as its version lets us. */
static enum err parse_record(struct taking *taking, size_t i)
{
	const Qsg__Record *record = taking->records->records[i];
	struct span bytes = span_of(record->header.data, record->header.len);
	struct header *header = &taking->headers[i];
	struct id32 id;
	enum err err = envelope_get_header(bytes, header);

	if ((err && err != ERR_VERSION) ||
	    bytes.size + record->slots.len + record->body.len >
	        LIMIT_RECORD_BYTES) {
		return refuse(taking, ERR_FORMAT, "malformed",
		    "a record whose header does not parse");
	}
	if (!id_equal(&header->author, &taking->author->card.organisation) ||
	    !generation_equal(&header->generation, &taking->generation) ||
	    !id_equal(&header->stream, &taking->stream_id) ||
	    (i > 0 &&
	        (header->number != taking->headers[i - 1].number + 1 ||
	            record->index <= taking->records->records[i - 1]->index))) {
		return refuse(taking, ERR_FORMAT, "malformed",
		    "a batch that mixes streams or skips a number");
	}
	seal_record_id(bytes, &id);
	return merkle_nodes_add(&taking->leaves, 0, record->index, &id);
}

static enum err parse_all(struct taking *taking)
{
	const Qsg__Records *records = taking->records;
	enum err err = ERR_OK;

	taking->headers =
	    malloc(records->n_records * sizeof *taking->headers);
	if (!taking->headers) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < records->n_records && !err; i++) {
		err = parse_record(taking, i);
	}
	for (size_t i = 0; i < records->n_nodes && !err; i++) {
		const Qsg__Node *node = records->nodes[i];
		struct id32 hash;

		if (node->hash.len != sizeof hash.b) {
			return refuse(taking, ERR_FORMAT, "malformed",
			    "a proof node without hash");
		}
		memcpy(hash.b, node->hash.data, sizeof hash.b);
		err = merkle_nodes_add(
		    &taking->proof, node->level, node->index, &hash);
	}
	return err;
}

/* The checkpoint, verified; a note we hold already was verified before. */
static enum err check_head(
    struct taking *taking, struct span note, const struct state_log *log)
{
	const Qsg__LogGeneration *generation =
	    card_generation(peers_keys(taking->author), &taking->generation);
	struct id32 key;

	if (log && log->head.size && span_equal(buf_span(&log->note), note)) {
		taking->head = log->head;
		return ERR_OK;
	}
	if (generation->log_key.len != sizeof key.b) {
		return err_set(ERR_VERIFY, "a card without log key");
	}
	memcpy(key.b, generation->log_key.data, sizeof key.b);
	if (checkpoint_verify(note, &key, &taking->head) ||
	    !id_equal(&taking->head.author,
	        &taking->author->card.organisation) ||
	    !generation_equal(
	        &taking->head.generation, &taking->generation) ||
	    taking->head.size > LIMIT_TREE_SIZE) {
		return refuse(taking, ERR_VERIFY, "bad-checkpoint",
		    "a checkpoint its author did not sign");
	}
	return ERR_OK;
}

/* Two histories under one key. The bytes go to quarantine as evidence; the log
 * is taken from no further. */
static enum err split(struct taking *taking, struct state_log *log)
{
	log->split = true;
	log_line(LOG_ERROR, "replica", "%s shows two histories of its log",
	    text_hex_id(&log->head.author).text);
	return refuse(taking, ERR_VERIFY, "split-view",
	    "the author's log has two histories");
}

/* Join the proven head to the newest one held. *adopt: it becomes the newest. */
static enum err join(
    struct taking *taking, struct state_log *log, bool *adopt)
{
	struct merkle_nodes none = { 0 };
	struct merkle_nodes more = { 0 };
	bool newer = taking->head.size > log->head.size;
	const struct checkpoint *high = newer ? &taking->head : &log->head;
	const struct checkpoint *low = newer ? &log->head : &taking->head;
	enum err err = ERR_OK;

	*adopt = false;
	if (taking->head.size == log->head.size) {
		return id_equal(&taking->head.root, &log->head.root)
		           ? ERR_OK
		           : split(taking, log);
	}
	if (low->size) {
		err = merkle_tree_check(log->tree, &none, &none, low->size,
		    high->size, &high->root, &more);
	}
	if (!err && low->size && !newer) {
		struct id32 root;

		err = merkle_tree_root(log->tree, low->size, &root);
		if (!err && !id_equal(&root, &low->root)) {
			err = ERR_VERIFY;
		}
	}
	merkle_nodes_clear(&more);
	if (err == ERR_VERIFY) {
		return split(taking, log);
	}
	if (err == ERR_NOTFOUND) {
		taking->out->needs_head = true;
		taking->out->ours_size = log->head.size;
		taking->out->theirs_size = taking->head.size;
		log->unjoined = taking->head;
		return ERR_OK;
	}
	*adopt = !err && newer;
	return err;
}

static enum err learn(struct taking *taking, struct state_log *log)
{
	for (size_t i = 0; i < taking->learned.count; i++) {
		const struct merkle_node *node = &taking->learned.items[i];

		if (merkle_tree_add(
		        log->tree, node->level, node->index, &node->hash)) {
			return split(taking, log);
		}
	}
	return logs_add_nodes(
	    taking->node->db, log->log, &taking->learned);
}

static enum err adopt_head(struct taking *taking, struct state_log *log,
    struct span note)
{
	struct log_row row = { .log = log->log,
		.org = log->org,
		.generation = taking->generation,
		.size = taking->head.size,
		.root = taking->head.root,
		.note = note };
	enum err err = ERR_OK;

	log->head = taking->head;
	if (log->unjoined.size && log->unjoined.size <= log->head.size) {
		struct id32 root;

		/* What was waiting may fit in now. */
		if (!merkle_tree_root(
		        log->tree, log->unjoined.size, &root) &&
		    id_equal(&root, &log->unjoined.root)) {
			log->unjoined.size = 0;
		}
	}
	buf_reset(&log->note);
	err = buf_append(&log->note, note);
	return err ? err : logs_set_head(taking->node->db, &row);
}

/* Everything the proof says: leaves in the author's log, under a head joined
 * to what we hold. After this the headers are proven. */
static enum err prove(struct taking *taking)
{
	const Qsg__Records *records = taking->records;
	struct span note =
	    span_of(records->checkpoint.data, records->checkpoint.len);
	struct state_log *log = state_log_of(taking->node,
	    &taking->author->card.organisation, &taking->generation);
	bool adopt = false;
	enum err err = check_head(taking, note, log);

	if (!err) {
		err = state_need_log(taking->node, taking->author,
		    &taking->generation, &log);
	}
	if (err) {
		return err;
	}
	taking->log = log->log;
	if (log->split) {
		return refuse(taking, ERR_DENIED, "split-view",
		    "the author's log has two histories");
	}
	err = merkle_tree_check(log->tree, &taking->leaves, &taking->proof,
	    records->head_size, taking->head.size, &taking->head.root,
	    &taking->learned);
	if (err == ERR_MEM) {
		return err;
	}
	if (err == ERR_NOTFOUND && records->head_size > log->head.size) {
		return err_set(ERR_STATE,
		    "the proof starts from a head that is not held here");
	}
	if (err) {
		return refuse(taking, ERR_VERIFY, "bad-proof",
		    "the proof does not lead to the checkpoint");
	}
	err = state_begin(taking->node);
	if (!err) {
		err = learn(taking, log);
	}
	if (!err) {
		err = join(taking, log, &adopt);
	}
	if (!err && adopt) {
		err = adopt_head(taking, log, note);
	}
	return err;
}

/*
 * One record, proven.
 */

/* PROTOCOL.md: a reader takes 60 slot-bearing records an hour of an author, and
 * a burst when catching up. */
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

/* Open the body with the chain key at hand; what is wrong with it makes the
 * record unreadable and nothing else. */
static void open_body(struct taking *taking, const struct header *header,
    struct record_row *row, Qsg__Payload **payload)
{
	struct node *node = taking->node;
	enum err err = ERR_OK;

	buf_reset(&node->scratch_payload);
	err = seal_open(
	    node->worker, header, row->body, &node->scratch_payload);
	if (err == ERR_NOTFOUND) {
		row->state = RECORD_BODYLESS;
		row->reason = RECORD_NO_BODY;
		return;
	}
	if (err) {
		unreadable(row, RECORD_BAD_COMMITMENT);
		taking->chain_loaded =
		    taking->chain_loaded && !header->slotted;
		return;
	}
	if (payload_read(buf_span(&node->scratch_payload), header->slotted,
	        payload, &row->reason)) {
		row->state = RECORD_UNREADABLE;
		return;
	}
	if (header->slotted &&
	    !payload_audience_fits(
	        (*payload)->audience, header, node_id(node))) {
		canon_wipe(&(*payload)->base);
		*payload = NULL;
		unreadable(row, RECORD_BAD_AUDIENCE);
		taking->chain_loaded = false;
	}
}

/* The stream in the store, made when its opening is taken. */
static enum err need_stream(struct taking *taking,
    const struct header *header, struct state_stream **out)
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

static enum err store(struct taking *taking, size_t i, struct record_row *row,
    const Qsg__Payload *payload)
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
	stream->bodyless += row->state == RECORD_BODYLESS;
	if (payload &&
	    payload->content_case == QSG__PAYLOAD__CONTENT_CLOSED) {
		stream->row.state.status = STREAM_CLOSED;
	}
	err = state_index(taking->node, row, id, header, payload);
	if (!err) {
		err = state_grew(taking->node, stream, header->number,
		    (uint32_t)row->rid);
	}
	taking->out->taken++;
	return err;
}

/* The slots of a slot-bearing record must fit before its number is taken. */
static enum err check_slots(
    struct taking *taking, const struct header *header, struct span slots)
{
	struct id32 hash;
	uint32_t count = 0;

	if (!header->slotted) {
		return slots.size ? refuse(taking, ERR_FORMAT, "malformed",
		                        "slots in a record without slots")
		                  : ERR_OK;
	}
	seal_slots_hash(slots, &hash);
	if (!id_equal(&hash, &header->slots_hash) ||
	    envelope_slot_count(slots, &count)) {
		return refuse(taking, ERR_VERIFY, "bad-slots",
		    "slots that do not fit their record");
	}
	return keying_allowed(taking)
	           ? ERR_OK
	           : refuse(taking, ERR_LIMIT, "keying",
	                 "too many slot-bearing records of this author");
}

/* Bytes that do not match a proven header are their carrier's fault: the
 * number is taken without them, and they are fetched elsewhere. */
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
	row->body = (struct span){ 0 };
	(void)refuse(taking, ERR_VERIFY, "bad-body",
	    "a body that is not the one its author logged");
	peers_problem(taking->peer, taking->now_ms, false,
	    taking->out->reason);
}

static enum err take_one(struct taking *taking, size_t i)
{
	const Qsg__Record *record = taking->records->records[i];
	const struct header *header = &taking->headers[i];
	struct node *node = taking->node;
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	Qsg__Payload *payload = NULL;
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
		return state_poison(node, store(taking, i, &row, NULL));
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
		open_body(taking, header, &row, &payload);
		err = seal_wrap(
		    node->worker, &taking->leaves.items[i].hash, wrapped);
		row.wrapped = span_of(wrapped, sizeof wrapped);
	}
	if (!err) {
		err = store(taking, i, &row, payload);
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
};

/* Open a record held without its bytes, now that they are here. */
static enum err fill_row(void *context, const struct record_row *held)
{
	struct filling *filling = context;
	struct taking *taking = filling->taking;
	struct node *node = taking->node;
	struct view_record *view =
	    views_edit(node->views, (uint32_t)held->rid);
	struct state_stream *stream = state_stream(node, held->stream);
	struct record_row row = *held;
	Qsg__Payload *payload = NULL;
	enum err err = ERR_OK;

	row.body = span_of(
	    filling->record->body.data, filling->record->body.len);
	row.state = RECORD_UNREADABLE;
	row.reason = RECORD_NO_CHAIN;
	if (row.wrapped.size == SEAL_WRAPPED_BYTES) {
		buf_reset(&node->scratch_payload);
		row.reason = RECORD_BAD_COMMITMENT;
		if (!seal_open_wrapped(node->worker, filling->header,
		        &view->id, row.wrapped.data, row.body,
		        &node->scratch_payload) &&
		    !payload_read(buf_span(&node->scratch_payload),
		        filling->header->slotted, &payload, &row.reason)) {
			row.state = RECORD_READABLE;
		}
	}
	err = records_set_body(node->db, &row);
	if (!err) {
		err = state_reindex(node, &row, payload);
	}
	if (!err) {
		stream->bodyless--;
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
		.header = &taking->headers[i] };
	struct record_row row = { .body = span_of(
		                      filling.record->body.data,
		                      filling.record->body.len) };

	taking->out->held++;
	if (views_get(taking->node->views, rid)->state != RECORD_BODYLESS) {
		return ERR_OK;
	}
	check_body(taking, filling.header, &row);
	return row.body.size
	           ? records_get(taking->node->db, rid, fill_row, &filling)
	           : ERR_OK;
}

/* The author contradicted itself: the stream ends here, kept as it stands. */
static enum err end_stream(
    struct taking *taking, const struct header *header, const char *reason)
{
	struct state_stream *stream =
	    taking->stream ? state_stream(taking->node, taking->stream) : NULL;

	if (!stream) {
		return refuse(taking, ERR_DENIED, "broken", reason);
	}
	stream->row.state.status =
	    header->number <= stream->row.state.taken ? STREAM_FORKED
	                                              : STREAM_BROKEN;
	(void)snprintf(
	    stream->trouble, sizeof stream->trouble, "%s", reason);
	(void)refuse(taking, ERR_VERIFY,
	    stream_status_name(stream->row.state.status), reason);
	replica_reject(taking->node, taking->peer, taking->out->code, reason,
	    span_of(taking->records->records[0]->header.data,
	        taking->records->records[0]->header.len));
	return logs_set_stream(taking->node->db, &stream->row);
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
		return end_stream(taking, header, reason);
	case STREAM_REFUSES:
		break;
	}
	*stop = true;
	return refuse(taking, ERR_DENIED, "refused", reason);
}

/* The chain key moves in the same transaction as the records. */
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
		return refuse(taking, ERR_LIMIT, "quota",
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

static bool peers_fault(enum err err)
{
	return err == ERR_FORMAT || err == ERR_VERIFY || err == ERR_DENIED;
}

enum err replica_take(struct node *node, struct peer *peer,
    const Qsg__Records *records, struct span raw, struct replica_taken *out)
{
	struct taking taking = { .node = node,
		.peer = peer,
		.records = records,
		.out = out,
		.now_ms = clock_wall_ms(node->options.clock) };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	err = find_author(&taking);
	if (!err && node->accounts[taking.author->org - 1].bytes >=
	                LIMIT_AUTHOR_BYTES) {
		err = refuse(&taking, ERR_LIMIT, "quota",
		    "the records of this author are over quota");
	}
	if (!err) {
		err = parse_all(&taking);
	}
	if (!err) {
		err = prove(&taking);
	}
	if (!err) {
		err = take_all(&taking);
	}
	if (peers_fault(err)) {
		replica_reject(node, peer, out->code[0] ? out->code : "refused",
		    out->reason, raw);
	}
	free(taking.headers);
	merkle_nodes_clear(&taking.leaves);
	merkle_nodes_clear(&taking.proof);
	merkle_nodes_clear(&taking.learned);
	buf_reset(&node->scratch_payload);
	return err;
}

/*
 * Heads.
 */

static enum err join_head(
    struct taking *taking, struct state_log *log, const Qsg__Head *head)
{
	struct span note =
	    span_of(head->checkpoint.data, head->checkpoint.len);
	uint64_t from = head->sizes[0];
	enum err err = ERR_OK;

	if (from != log->head.size && from != log->unjoined.size) {
		return refuse(taking, ERR_DENIED, "refused",
		    "a head joined to none that is held here");
	}
	err = merkle_tree_check(log->tree, &taking->leaves, &taking->proof,
	    from, taking->head.size, &taking->head.root, &taking->learned);
	if (err == ERR_VERIFY || err == ERR_NOTFOUND) {
		return refuse(taking, ERR_VERIFY, "bad-proof",
		    "the proof does not join the two heads");
	}
	if (!err) {
		err = state_begin(taking->node);
	}
	if (!err) {
		err = learn(taking, log);
	}
	if (!err && from == log->unjoined.size && from != log->head.size) {
		bool adopt = false;

		log->unjoined.size = 0;
		err = join(taking, log, &adopt);
		return !err && adopt ? adopt_head(taking, log, note) : err;
	}
	if (!err && taking->head.size > log->head.size) {
		err = adopt_head(taking, log, note);
	}
	return err;
}

static enum err parse_head(struct taking *taking, const Qsg__Head *head)
{
	struct id32 author;

	if (head->author.len != sizeof author.b ||
	    head->generation.len != sizeof taking->generation.b ||
	    head->n_sizes != 1 || head->n_nodes > LIMIT_PROOF_NODES) {
		return refuse(
		    taking, ERR_FORMAT, "malformed", "a malformed head");
	}
	memcpy(author.b, head->author.data, sizeof author.b);
	memcpy(taking->generation.b, head->generation.data,
	    sizeof taking->generation.b);
	taking->author = peers_by_id(taking->node, &author);
	if (!taking->author || taking->author->org == 1 ||
	    !card_generation(
	        peers_keys(taking->author), &taking->generation)) {
		return refuse(taking, ERR_DENIED, "unknown-author",
		    "a head of a log not known here");
	}
	for (size_t i = 0; i < head->n_nodes; i++) {
		struct id32 hash;
		enum err err = ERR_OK;

		if (head->nodes[i]->hash.len != sizeof hash.b) {
			return refuse(taking, ERR_FORMAT, "malformed",
			    "a proof node without hash");
		}
		memcpy(hash.b, head->nodes[i]->hash.data, sizeof hash.b);
		err = merkle_nodes_add(&taking->proof, head->nodes[i]->level,
		    head->nodes[i]->index, &hash);
		if (err) {
			return err;
		}
	}
	return ERR_OK;
}

enum err replica_take_head(
    struct node *node, struct peer *peer, const Qsg__Head *head)
{
	struct replica_taken out = { 0 };
	struct taking taking = { .node = node,
		.peer = peer,
		.out = &out,
		.now_ms = clock_wall_ms(node->options.clock) };
	struct state_log *log = NULL;
	enum err err = parse_head(&taking, head);

	if (!err) {
		log = state_log_of(node, &taking.author->card.organisation,
		    &taking.generation);
		err = log ? check_head(&taking,
		                span_of(head->checkpoint.data,
		                    head->checkpoint.len),
		                log)
		          : ERR_OK;
	}
	if (!err && log && !log->split) {
		err = join_head(&taking, log, head);
	}
	if (peers_fault(err)) {
		replica_reject(node, peer, out.code[0] ? out.code : "refused",
		    out.reason,
		    span_of(head->checkpoint.data, head->checkpoint.len));
	}
	merkle_nodes_clear(&taking.leaves);
	merkle_nodes_clear(&taking.proof);
	merkle_nodes_clear(&taking.learned);
	return err;
}
