#include "evil.h"

#include "codec/canon.h"

#include <stdlib.h>
#include <string.h>

void evil_init(struct evil *evil, struct fixture *fixture, size_t at)
{
	memset(evil, 0, sizeof *evil);
	evil->fixture = fixture;
	evil->at = at;
	evil->node = fixture->nodes[at];
	OK(seal_worker_new(
	    node_keystore(evil->node), &fixture->rng, &evil->worker));
	OK(merkle_tree_new(&evil->tree));
	evil->head = *node_head(evil->node);
}

void evil_clear(struct evil *evil)
{
	seal_worker_free(evil->worker);
	merkle_tree_free(evil->tree);
	buf_clear(&evil->note);
}

static void commit_to(struct evil *evil, struct evil_stream *stream)
{
	seal_audience_commitment(stream->ids, stream->count, &stream->salt,
	    &stream->state.audience_commitment);
	stream->state.author = *node_id(evil->node);
	stream->state.generation = evil->head.generation;
}

void evil_audience(struct evil *evil, unsigned mask, struct evil_stream *stream)
{
	memset(stream, 0, sizeof *stream);
	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		if (i == evil->at || (mask & (1u << i))) {
			stream->ids[stream->count++] =
			    *node_id(evil->fixture->nodes[i]);
		}
	}
	qsort(stream->ids, stream->count, sizeof stream->ids[0], id_compare);
	rng_fill(&evil->fixture->rng, stream->salt.b, sizeof stream->salt.b);
	commit_to(evil, stream);
}

void evil_audience_payload(const struct evil_stream *stream, struct buf *out)
{
	ProtobufCBinaryData readers[FIXTURE_NODES];
	struct evil_stream copy = *stream;
	Qsg__Payload payload;
	Qsg__Audience audience;

	qsg__payload__init(&payload);
	qsg__audience__init(&audience);
	for (size_t i = 0; i < copy.count; i++) {
		readers[i].data = copy.ids[i].b;
		readers[i].len = sizeof copy.ids[i].b;
	}
	audience.readers = readers;
	audience.n_readers = copy.count;
	audience.salt.data = copy.salt.b;
	audience.salt.len = sizeof copy.salt.b;
	payload.version = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_AUDIENCE;
	payload.audience = &audience;
	OK(canon_encode(&payload.base, out));
}

void evil_text_payload(const char *text, struct buf *out)
{
	Qsg__Payload payload;
	Qsg__Intelligence item;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend(text);
	payload.version = 1;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(canon_encode(&payload.base, out));
}

/* Slots for the nodes of a mask. */
static void make_slots(struct evil *evil, const struct header *header,
    const struct evil_spec *spec, unsigned mask, struct evil_record *out)
{
	struct seal_reader readers[FIXTURE_NODES];
	struct header copy = *header;
	size_t count = 0;

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		const Qsg__SealingKey *key = NULL;

		if (i != evil->at && !(mask & (1u << i))) {
			continue;
		}
		key = card_sealing(node_card(evil->fixture->nodes[i]));
		readers[count].organisation = *node_id(evil->fixture->nodes[i]);
		readers[count].epoch = key->epoch;
		memcpy(readers[count].key.b, key->key.data, 32);
		if (spec->slot_of && i != evil->at) {
			spec->slot_of(&readers[count]);
		}
		count++;
	}
	seal_chain_fresh(evil->worker);
	OK(seal_slots(evil->worker, &copy, readers, count, &out->slots));
	out->header.slots_hash = copy.slots_hash;
}

static unsigned mask_of(
    const struct evil *evil, const struct evil_stream *stream)
{
	unsigned mask = 0;

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		for (size_t j = 0; j < stream->count; j++) {
			if (evil->fixture->nodes[i] &&
			    id_equal(&stream->ids[j],
				node_id(evil->fixture->nodes[i]))) {
				mask |= 1u << i;
			}
		}
	}
	return mask;
}

static void key_it(struct evil *evil, const struct evil_stream *stream,
    const struct evil_spec *spec, struct evil_record *out)
{
	struct header as = out->header;

	if (!spec->slotted) {
		OK(seal_chain_load(evil->worker, &stream->state.id,
		    stream->state.taken + 1, stream->chain));
		return;
	}
	if (spec->before_slots) {
		spec->before_slots(&as);
	}
	make_slots(evil, &as, spec,
	    spec->slots_for ? spec->slots_for : mask_of(evil, stream), out);
	if (spec->other_chain) {
		seal_chain_fresh(evil->worker);
	}
}

static void seal_it(struct evil *evil, const struct evil_stream *stream,
    const struct evil_spec *spec, struct evil_record *out)
{
	struct buf payload = { 0 };

	if (spec->payload.data) {
		OK(buf_append(&payload, spec->payload));
	} else if (spec->text) {
		evil_text_payload(spec->text, &payload);
	} else {
		evil_audience_payload(stream, &payload);
	}
	OK(seal_record(
	    evil->worker, &out->header, buf_span(&payload), &out->body));
	buf_clear(&payload);
}

static void log_it(struct evil *evil, struct evil_stream *stream,
    const struct evil_spec *spec, struct evil_record *out)
{
	OK(envelope_put_header(&out->header, &out->bytes));
	if (spec->bytes) {
		spec->bytes(&out->bytes);
		out->header.version = out->bytes.data[0];
	}
	seal_record_id(buf_span(&out->bytes), &out->id);
	out->index = evil->size;
	OK(merkle_tree_add(evil->tree, 0, evil->size++, &out->id));
	OK(seal_chain_store(evil->worker, &out->header.stream,
	    out->header.number + 1, stream->chain));
	out->header.number = stream->state.taken + 1;
	stream_advance(&stream->state, &out->header, &out->id);
}

void evil_make(struct evil *evil, struct evil_stream *stream,
    const struct evil_spec *spec, struct evil_record *out)
{
	struct header *header = &out->header;

	memset(out, 0, sizeof *out);
	header->version = ENVELOPE_VERSION;
	header->author = stream->state.author;
	header->generation = stream->state.generation;
	header->stream = stream->state.id;
	stream_next(&stream->state, spec->slotted, header);
	seal_nonce(evil->worker, header);
	if (spec->slotted) {
		header->audience_commitment = stream->state.audience_commitment;
	}
	if (header->number == 1) {
		seal_stream_id(header, &header->stream);
		stream->state.id = header->stream;
	}
	key_it(evil, stream, spec, out);
	if (spec->before_body) {
		spec->before_body(header);
	}
	seal_it(evil, stream, spec, out);
	if (spec->before_log) {
		spec->before_log(header);
	}
	log_it(evil, stream, spec, out);
}

void evil_key(
    struct evil *evil, struct evil_stream *stream, struct evil_record *out)
{
	struct evil_spec spec = { .slotted = true };

	evil_make(evil, stream, &spec, out);
}

void evil_text(struct evil *evil, struct evil_stream *stream, const char *text,
    struct evil_record *out)
{
	struct evil_spec spec = { .text = text };

	evil_make(evil, stream, &spec, out);
}

void evil_record_clear(struct evil_record *record)
{
	buf_clear(&record->bytes);
	buf_clear(&record->slots);
	buf_clear(&record->body);
}

void evil_sign(struct evil *evil)
{
	evil->head.size = evil->size;
	OK(merkle_tree_root(evil->tree, evil->size, &evil->head.root));
	buf_reset(&evil->note);
	OK(checkpoint_sign(
	    node_keystore(evil->node), &evil->head, &evil->note));
}

static ProtobufCBinaryData lend(const void *data, size_t size)
{
	union {
		const void *in;
		uint8_t *out;
	} pointer = { .in = data };

	return (ProtobufCBinaryData){ .len = size, .data = pointer.out };
}

/* Through bytes, so that every field of the result is its own. */
static Qsg__Records *copy_of(const Qsg__Records *records)
{
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };

	OK(canon_encode(&records->base, &bytes));
	OK(canon_decode_message(&qsg__records__descriptor, buf_span(&bytes),
	    LIMIT_MESSAGE_BYTES, &message));
	buf_clear(&bytes);
	return (Qsg__Records *)message;
}

#define EVIL_BATCH 16
#define EVIL_NODES 128

Qsg__Records *evil_message(struct evil *evil,
    const struct evil_record *const *records, size_t count, uint64_t old_size)
{
	Qsg__Record items[EVIL_BATCH];
	Qsg__Record *item_list[EVIL_BATCH];
	Qsg__Node nodes[EVIL_NODES];
	Qsg__Node *node_list[EVIL_NODES];
	uint64_t leaves[EVIL_BATCH];
	struct merkle_nodes proof = { 0 };
	Qsg__Records message;
	Qsg__Records *copy = NULL;

	ck_assert_uint_le(count, EVIL_BATCH);
	qsg__records__init(&message);
	for (size_t i = 0; i < count; i++) {
		const struct evil_record *record = records[i];

		leaves[i] = record->index;
		qsg__record__init(&items[i]);
		items[i].index = record->index;
		items[i].header = lend(record->bytes.data, record->bytes.size);
		items[i].slots = lend(record->slots.data, record->slots.size);
		items[i].body = lend(record->body.data, record->body.size);
		item_list[i] = &items[i];
	}
	OK(merkle_tree_prove(
	    evil->tree, leaves, count, old_size, evil->head.size, &proof));
	ck_assert_uint_le(proof.count, EVIL_NODES);
	for (size_t i = 0; i < proof.count; i++) {
		qsg__node__init(&nodes[i]);
		nodes[i].level = proof.items[i].level;
		nodes[i].index = proof.items[i].index;
		nodes[i].hash = lend(proof.items[i].hash.b, 32);
		node_list[i] = &nodes[i];
	}
	message.author = lend(evil->head.author.b, 32);
	message.generation = lend(evil->head.generation.b, 8);
	message.stream = lend(records[0]->header.stream.b, 32);
	message.checkpoint = lend(evil->note.data, evil->note.size);
	message.records = item_list;
	message.n_records = count;
	message.nodes = node_list;
	message.n_nodes = proof.count;
	message.head_size = old_size;
	copy = copy_of(&message);
	merkle_nodes_clear(&proof);
	return copy;
}

enum err evil_give(struct evil *evil, size_t to,
    const struct evil_record *const *records, size_t count,
    struct replica_taken *taken)
{
	Qsg__Records *message = NULL;
	enum err err = ERR_OK;

	evil_sign(evil);
	message = evil_message(evil, records, count, 0);
	err = fixture_take(evil->fixture, to, evil->at, message, taken);
	canon_free(&message->base);
	OK(node_commit(evil->fixture->nodes[to]));
	return err;
}
