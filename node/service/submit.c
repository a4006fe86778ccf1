#include "service/submit.h"

#include "codec/canon.h"
#include "domain/grant.h"
#include "keys/seal.h"
#include "service/erasing.h"
#include "service/state.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS (3600LL * 1000LL)
#define HEADER_BYTES 302u /* of the longest */

/* Who will read: sorted, unique, ourselves among them. */
struct audience {
	struct id32 ids[LIMIT_SLOTS];
	size_t count;
	struct submit_group group;
};

static enum err gather(struct node *node, const struct submit_audience *wanted,
    struct audience *out)
{
	out->ids[0] = *node_id(node);
	out->count = 1;
	out->group = wanted->group;
	for (size_t i = 0; i < wanted->count; i++) {
		const struct peer *peer = peers_get(node, wanted->readers[i]);
		bool known = false;

		enum err err = peer ? peers_check_admitted(peer)
		                    : err_set(ERR_NOTFOUND, "no such reader");

		if (err) {
			return err;
		}
		for (size_t j = 0; j < out->count; j++) {
			known = known || id_equal(&out->ids[j],
					     &peer->card.organisation);
		}
		if (known) {
			continue;
		}
		if (out->count == LIMIT_SLOTS) {
			return err_set(ERR_LIMIT,
			    "at most %u organisations can read one record",
			    LIMIT_READERS);
		}
		out->ids[out->count++] = peer->card.organisation;
	}
	qsort(out->ids, out->count, sizeof out->ids[0], id_compare);
	return ERR_OK;
}

/* PROTOCOL.md M176: "An author MUST NOT make more than 60 slot-bearing
 * records in an hour." */
static bool may_key(const struct node *node, int64_t now_ms)
{
	int64_t oldest = node->keyed_ms[0];

	return oldest == 0 || oldest > now_ms || now_ms - oldest >= HOUR_MS;
}

/* PROTOCOL.md M175: "An author MUST re-key a stream with its next record
 * after 1,000 records, after 30 days, and when a reader's sealing epoch has
 * changed, as far as M176 lets it." */
static bool rekey_due(
    const struct node *node, const struct state_stream *stream, int64_t now_ms)
{
	const struct stream *state = &stream->row.state;

	if (!stream->row.has_chain) {
		return true;
	}
	return (state->taken - state->keyed_at >= LIMIT_REKEY_RECORDS ||
		   now_ms - stream->row.keyed_ms >= LIMIT_REKEY_AGE_MS) &&
	       may_key(node, now_ms);
}

/* Put a sealed record into log, store and views. */
static enum err append(struct node *node, struct state_stream *stream,
    const struct header *header, const Qsg__Payload *payload,
    struct id32 *record)
{
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	struct record_row row = { .rid = (int64_t)views_count(node->views) + 1,
		.stream = stream->row.stream,
		.number = header->number,
		.leaf = node->own_size,
		.received_ms = clock_wall_ms(node->options.clock),
		.slots = buf_span(&node->scratch_slots),
		.body = buf_span(&node->scratch_body),
		.wrapped = span_of(wrapped, sizeof wrapped) };
	enum err err = ERR_OK;

	buf_reset(&node->scratch_header);
	err = envelope_put_header(header, &node->scratch_header);
	if (err) {
		return err;
	}
	row.header = buf_span(&node->scratch_header);
	seal_record_id(row.header, record);
	err = seal_wrap(node->worker, record, wrapped);
	if (!err) {
		err = seal_chain_store(node->worker, &header->stream,
		    header->number + 1, stream->row.chain);
	}
	if (!err) {
		err = records_add(node->db, &row);
	}
	if (!err) {
		err = merkle_tree_add(
		    state_own_log(node)->tree, 0, node->own_size, record);
	}
	if (!err) {
		node->own_size++;
		stream->row.has_chain = true;
		stream_advance(&stream->row.state, header, record);
		if (payload->content_case == QSG__PAYLOAD__CONTENT_CLOSED) {
			stream->row.state.status = STREAM_CLOSED;
		}
		err = state_index(node, &row, record, header, payload);
	}
	if (!err) {
		err =
		    state_grew(node, stream, header->number, (uint32_t)row.rid);
	}
	return err;
}

/* PROTOCOL.md M177: "An author MUST NOT use a stream again that has had no
 * record for 90 days." */
static struct state_stream *live_stream(
    struct node *node, const struct audience *audience)
{
	struct state_stream *stream = state_own_stream(
	    node, audience->ids, audience->count, &audience->group);
	int64_t now_ms = clock_wall_ms(node->options.clock);

	if (stream && stream->last_rid &&
	    now_ms - views_get(node->views, stream->last_rid)->received_ms >=
		LIMIT_STREAM_IDLE_MS) {
		return NULL;
	}
	return stream;
}

static void start_header(const struct node *node, struct header *header)
{
	memset(header, 0, sizeof *header);
	header->version = ENVELOPE_VERSION;
	header->author = *node_id(node);
	header->generation = state_own_log(node)->head.generation;
}

/* The newest sealing key of every reader. */
static enum err sealing_keys(struct node *node, const struct id32 *ids,
    size_t count, struct seal_reader *out)
{
	for (size_t i = 0; i < count; i++) {
		const struct peer *peer = peers_by_id(node, &ids[i]);
		const Qsg__SealingKey *key = NULL;

		if (!peer) {
			return err_set(ERR_NOTFOUND, "a reader is not known");
		}
		key = card_sealing(peers_keys(peer));
		if (!key) {
			return err_set(ERR_STATE, "%s has no sealing key",
			    peer->card.fields->name);
		}
		out[i].organisation = ids[i];
		out[i].epoch = key->epoch;
		memcpy(out[i].key.b, key->key.data, sizeof out[i].key.b);
	}
	return ERR_OK;
}

/* The payload of a slot-bearing record: the audience and nothing else. */
struct audience_payload {
	Qsg__Payload payload;
	Qsg__Audience audience;
	ProtobufCBinaryData readers[LIMIT_SLOTS];
};

static void fill_audience(struct audience_payload *out, struct id32 *ids,
    size_t count, struct id32 *salt, int64_t now_ms)
{
	qsg__payload__init(&out->payload);
	qsg__audience__init(&out->audience);
	for (size_t i = 0; i < count; i++) {
		out->readers[i].data = ids[i].b;
		out->readers[i].len = sizeof ids[i].b;
	}
	out->audience.readers = out->readers;
	out->audience.n_readers = count;
	out->audience.salt.data = salt->b;
	out->audience.salt.len = sizeof salt->b;
	out->payload.version = 1;
	out->payload.created_at_ms = now_ms;
	out->payload.content_case = QSG__PAYLOAD__CONTENT_AUDIENCE;
	out->payload.audience = &out->audience;
}

/* Seal slots and audience under a fresh chain key, and append. */
static enum err append_keying(struct node *node, struct state_stream *stream,
    struct header *header, struct audience_payload *content)
{
	struct seal_reader readers[LIMIT_SLOTS];
	struct id32 record;
	enum err err =
	    sealing_keys(node, stream->readers, stream->reader_count, readers);

	buf_reset(&node->scratch_slots);
	buf_reset(&node->scratch_body);
	buf_reset(&node->scratch_payload);
	if (!err) {
		seal_chain_fresh(node->worker);
		err = seal_slots(node->worker, header, readers,
		    stream->reader_count, &node->scratch_slots);
	}
	if (!err) {
		err = canon_encode(
		    &content->payload.base, &node->scratch_payload);
	}
	if (!err) {
		err = seal_record(node->worker, header,
		    buf_span(&node->scratch_payload), &node->scratch_body);
	}
	if (!err) {
		stream->row.keyed_ms = content->payload.created_at_ms;
		err = append(node, stream, header, &content->payload, &record);
	}
	buf_reset(&node->scratch_slots);
	return err;
}

/* PROTOCOL.md M349: "The audience of what is shared with a group MUST name the
 * group and the epoch of the roster that its readers were resolved from when
 * the stream was opened." */
static void name_group(
    struct audience_payload *out, struct id32 *group, uint64_t epoch)
{
	if (!id_is_zero(group)) {
		out->audience.group.data = group->b;
		out->audience.group.len = sizeof group->b;
		out->audience.roster_epoch = epoch;
	}
}

static enum err open_stream(
    struct node *node, struct audience *audience, struct state_stream **out)
{
	int64_t now_ms = clock_wall_ms(node->options.clock);
	struct stream_row row = { .log = node->own_log, .keyed_ms = now_ms };
	struct audience_payload content;
	struct header header;
	struct id32 salt;
	enum err err = ERR_OK;

	if (!may_key(node, now_ms)) {
		return err_set(ERR_LIMIT,
		    "more than %u new audiences in an hour: share with "
		    "audiences used before, or try again later",
		    LIMIT_KEYING_PER_HOUR);
	}
	rng_fill(node->options.rng, salt.b, sizeof salt.b);
	start_header(node, &header);
	seal_nonce(node->worker, &header);
	seal_audience_commitment(
	    audience->ids, audience->count, &salt, &header.audience_commitment);
	header.number = 1;
	header.slotted = true;
	seal_stream_id(&header, &header.stream);
	row.state.author = header.author;
	row.state.generation = header.generation;
	row.state.id = header.stream;
	fill_audience(&content, audience->ids, audience->count, &salt, now_ms);
	name_group(&content, &audience->group.id, audience->group.epoch);
	err = state_add_stream(node, &row, out);
	if (!err) {
		err = state_take_audience(node, *out, &content.audience);
	}
	if (!err) {
		err = append_keying(node, *out, &header, &content);
	}
	return state_poison(node, err);
}

static enum err read_salt(void *context, const struct record_row *row)
{
	struct node *node = context;
	struct header header;
	struct id32 id;
	enum err err = envelope_get_header(row->header, &header);

	seal_record_id(row->header, &id);
	if (!err && row->wrapped.size != SEAL_WRAPPED_BYTES) {
		err = err_set(ERR_CORRUPT, "a wrapped key is short");
	}
	buf_reset(&node->scratch_payload);
	return err ? err
	           : seal_open_wrapped(node->worker, &header, &id,
			 row->wrapped.data, row->body, &node->scratch_payload);
}

/* A re-key's audience and commitment are the opening's: its salt as well. */
static enum err opening_salt(
    struct node *node, const struct state_stream *stream, struct id32 *salt)
{
	uint32_t rid = views_at(node->views, (uint32_t)stream->row.stream, 1);
	ProtobufCMessage *message = NULL;
	enum err err = rid ? records_get(node->db, rid, read_salt, node)
	                   : err_set(ERR_CORRUPT, "a stream has no opening");

	if (!err) {
		err = canon_decode(&qsg__payload__descriptor,
		    buf_span(&node->scratch_payload), LIMIT_RECORD_BYTES,
		    &message);
	}
	if (!err) {
		const Qsg__Payload *payload = (Qsg__Payload *)message;

		if (payload->content_case == QSG__PAYLOAD__CONTENT_AUDIENCE &&
		    payload->audience->salt.len == sizeof salt->b) {
			memcpy(salt->b, payload->audience->salt.data,
			    sizeof salt->b);
		} else {
			err = err_set(ERR_CORRUPT, "a stream has no opening");
		}
		canon_free(message);
	}
	return err;
}

static enum err rekey(struct node *node, struct state_stream *stream)
{
	struct audience_payload content;
	struct header header;
	struct id32 salt;
	enum err err = opening_salt(node, stream, &salt);

	if (err) {
		return err;
	}
	start_header(node, &header);
	header.stream = stream->row.state.id;
	stream_next(&stream->row.state, true, &header);
	header.slotted = true;
	seal_nonce(node->worker, &header);
	header.audience_commitment = stream->row.state.audience_commitment;
	fill_audience(&content, stream->readers, stream->reader_count, &salt,
	    clock_wall_ms(node->options.clock));
	name_group(&content, &stream->group, stream->group_epoch);
	return state_poison(
	    node, append_keying(node, stream, &header, &content));
}

static enum err append_content(struct node *node, struct state_stream *stream,
    const Qsg__Payload *payload, struct id32 *record)
{
	struct header header;
	enum err err = ERR_OK;

	start_header(node, &header);
	header.stream = stream->row.state.id;
	stream_next(&stream->row.state, false, &header);
	seal_nonce(node->worker, &header);
	err = seal_chain_load(
	    node->worker, &header.stream, header.number, stream->row.chain);
	buf_reset(&node->scratch_slots);
	buf_reset(&node->scratch_body);
	if (!err) {
		err = seal_record(node->worker, &header,
		    buf_span(&node->scratch_payload), &node->scratch_body);
	}
	if (!err) {
		err = append(node, stream, &header, payload, record);
	}
	return state_poison(node, err);
}

/* PROTOCOL.md M429: "An author MUST NOT make a record, other than a grant,
 * whose body has more than 200,704 bytes, so that whatever is shared can be
 * granted." */
static size_t most_bytes(const Qsg__Payload *payload)
{
	return payload->content_case == QSG__PAYLOAD__CONTENT_GRANT
	           ? LIMIT_RECORD_BYTES - HEADER_BYTES
	           : LIMIT_GRANTABLE_BYTES;
}

static bool size_fits(const Qsg__Payload *payload, size_t size)
{
	return envelope_padded_size(size + 4) + ENVELOPE_TAG_BYTES <=
	       most_bytes(payload);
}

bool submit_fits(const Qsg__Payload *payload)
{
	Qsg__Payload whole = *payload;

	whole.version = 1;
	whole.created_at_ms = -1; /* the longest there is */
	return size_fits(payload, qsg__payload__get_packed_size(&whole));
}

static enum err encode(struct node *node, const Qsg__Payload *payload)
{
	enum err err = ERR_OK;

	buf_reset(&node->scratch_payload);
	if (payload->n_references > LIMIT_REFERENCES) {
		return err_set(ERR_LIMIT,
		    "a record refers to others at most %u times",
		    LIMIT_REFERENCES);
	}
	err = canon_encode(&payload->base, &node->scratch_payload);
	if (!err && !size_fits(payload, node->scratch_payload.size)) {
		err = err_set(ERR_LIMIT,
		    "the record is too large (%zu bytes; at most about %zu "
		    "KiB)",
		    node->scratch_payload.size, most_bytes(payload) / 1024u);
	}
	return err;
}

/* M437: not one of a record that is erased here. */
static enum err check_grant(struct node *node, const Qsg__Payload *payload)
{
	struct id32 original;

	return payload->content_case == QSG__PAYLOAD__CONTENT_GRANT &&
	               grant_original(payload, &original) &&
	               erasing_is_erased(node, &original)
	           ? err_set(ERR_STATE, "what is granted is erased here")
	           : ERR_OK;
}

enum err submit_may_sign(const struct node *node)
{
	const bool passes = node->start.signing == STATE_WAITS ||
	                    node->start.signing == STATE_RECOVERS;

	if (node->may_sign) {
		return ERR_OK;
	}
	return err_set(ERR_STATE, "nothing can be recorded: %s%s",
	    node->why_not,
	    passes ? "; this cannot be a draft: try again once `qsg status` "
		     "shows that the node signs"
		   : "");
}

enum err submit_to(struct node *node, const struct submit_audience *wanted,
    const Qsg__Payload *payload, struct id32 *record)
{
	struct state_stream *stream = NULL;
	Qsg__Payload whole = *payload;
	struct audience audience;
	bool keyed = false;
	enum err err = submit_may_sign(node);

	if (err) {
		return err;
	}
	err = gather(node, wanted, &audience);
	whole.version = 1;
	if (!whole.created_at_ms) {
		whole.created_at_ms = clock_wall_ms(node->options.clock);
	}
	if (!err) {
		err = check_grant(node, payload);
	}
	if (!err) {
		err = encode(node, &whole); /* its size, before any change */
	}
	if (!err) {
		err = state_begin(node);
	}
	if (err) {
		return err;
	}
	stream = live_stream(node, &audience);
	if (!stream) {
		keyed = true;
		err = open_stream(node, &audience, &stream);
	} else if (rekey_due(
		       node, stream, clock_wall_ms(node->options.clock))) {
		keyed = true;
		err = rekey(node, stream);
	}
	if (!err && keyed) {
		err = encode(node, &whole); /* keying used the scratch */
	}
	if (!err) {
		err = append_content(node, stream, &whole, record);
	}
	buf_reset(&node->scratch_payload);
	return err;
}

enum err submit_to_group(struct node *node, const struct submit_group *group,
    const int64_t *readers, size_t reader_count, const Qsg__Payload *payload,
    struct id32 *record)
{
	struct submit_audience audience = { .readers = readers,
		.count = reader_count };

	if (group) {
		audience.group = *group;
	}
	return submit_to(node, &audience, payload, record);
}

enum err submit_payload(struct node *node, const int64_t *readers,
    size_t reader_count, const Qsg__Payload *payload, struct id32 *record)
{
	return submit_to_group(
	    node, NULL, readers, reader_count, payload, record);
}

enum err submit_close(struct node *node, int64_t stream, const char *reason)
{
	struct state_stream *closing = state_stream(node, stream);
	struct id32 record;
	Qsg__Payload payload;
	Qsg__Closed closed;
	enum err err = submit_may_sign(node);

	if (!err && (closing->row.log != node->own_log ||
			closing->row.state.status != STREAM_OPEN ||
			!closing->row.has_chain)) {
		err = err_set(ERR_STATE, "the stream cannot be closed");
	}
	qsg__payload__init(&payload);
	qsg__closed__init(&closed);
	payload.version = 1;
	payload.created_at_ms = clock_wall_ms(node->options.clock);
	closed.reason = canon_lend(reason);
	payload.content_case = QSG__PAYLOAD__CONTENT_CLOSED;
	payload.closed = &closed;
	if (!err) {
		err = encode(node, &payload);
	}
	if (!err) {
		err = state_begin(node);
	}
	if (!err) {
		err = append_content(node, closing, &payload, &record);
	}
	buf_reset(&node->scratch_payload);
	return err;
}
