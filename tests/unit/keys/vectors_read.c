#include "codec/text.h"
#include "keys/note.h"
#include "keys/seal.h"
#include "unit/keys/fixture.h"
#include "unit/keys/vectors.h"

#include <check.h>
#include <jansson.h>

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	ck_assert_msg(text != NULL, "no text %s", name);
	return text;
}

/* A field in hex; an absent one gives no bytes. */
static struct buf bytes_of(const json_t *object, const char *name)
{
	struct buf out = { 0 };
	const char *text = json_string_value(json_object_get(object, name));
	size_t size = text != NULL ? strlen(text) / 2 : 0;
	fixture_ok(buf_reserve(&out, size + 1));
	if (text != NULL) {
		fixture_ok(text_unhex(span_text(text), out.data, size));
		out.size = size;
	}
	return out;
}

static struct id32 id_of(const json_t *object, const char *name)
{
	struct id32 id;
	fixture_ok(
	    text_unhex(span_text(text_of(object, name)), id.b, sizeof(id.b)));
	return id;
}

/* A record and what stands beside it in the file. */
struct vector {
	struct buf header_bytes;
	struct buf slots;
	struct buf body;
	struct buf payload;
	struct header header;
	struct id32 id;
};

static struct vector vector_of(const json_t *json)
{
	struct vector vector = { .header_bytes = bytes_of(json, "header"),
		.slots = bytes_of(json, "slots"),
		.body = bytes_of(json, "body"),
		.payload = bytes_of(json, "payload"),
		.id = id_of(json, "id") };
	struct buf again = { 0 };
	struct id32 hash;
	const struct header *header = &vector.header;
	/* M20, M22 */
	fixture_ok(envelope_get_header(
	    buf_span(&vector.header_bytes), &vector.header));
	fixture_ok(envelope_put_header(header, &again));
	ck_assert(span_equal(buf_span(&again), buf_span(&vector.header_bytes)));
	seal_record_id(buf_span(&again), &hash);
	ck_assert(id_equal(&hash, &vector.id));
	seal_body_hash(buf_span(&vector.body), &hash);
	ck_assert(id_equal(&hash, &header->body_hash));
	ck_assert_uint_eq(header->body_size, vector.body.size);
	ck_assert_int_eq(header->slotted, vector.slots.size > 0);
	if (header->slotted) {
		seal_slots_hash(buf_span(&vector.slots), &hash);
		ck_assert(id_equal(&hash, &header->slots_hash));
	}
	if (header->number == 1) {
		seal_stream_id(header, &hash);
		ck_assert(id_equal(&hash, &header->stream));
	}
	buf_clear(&again);
	return vector;
}

static void vector_clear(struct vector *vector)
{
	buf_clear(&vector->header_bytes);
	buf_clear(&vector->slots);
	buf_clear(&vector->body);
	buf_clear(&vector->payload);
}

static struct keystore *keystore_of(const json_t *file, const char *who)
{
	const json_t *organisation =
	    json_object_get(json_object_get(file, "organisations"), who);
	struct buf content = bytes_of(organisation, "keystore");
	struct keystore *keystore = fixture_keystore_from(buf_span(&content));
	struct id32 id = id_of(organisation, "id");
	ck_assert(id_equal(&id, &keystore_public(keystore)->organisation));
	buf_clear(&content);
	return keystore;
}

/* Where the file gives the keys of a record, they open it as well. */
static void check_given_keys(const struct keystore *keystore,
    struct seal_worker *worker, const json_t *json, const struct vector *vector)
{
	struct buf chain = bytes_of(json, "chain_key");
	struct buf content = bytes_of(json, "content_key");
	struct buf payload = { 0 };
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	uint8_t wrapped_chain[SEAL_CHAIN_BYTES];
	const struct header *header = &vector->header;
	const struct keystore_chain_place place = { &header->stream,
		header->number };
	if (chain.size == 32 && content.size == 32) {
		fixture_ok(keystore_wrap(
		    keystore, &vector->id, content.data, wrapped));
		fixture_ok(seal_open_wrapped(worker, header, &vector->id,
		    wrapped, buf_span(&vector->body), &payload));
		fixture_ok(keystore_wrap_chain(
		    keystore, rng_system(), &place, chain.data, wrapped_chain));
		fixture_ok(seal_chain_load(
		    worker, place.stream, place.number, wrapped_chain));
		buf_reset(&payload);
		fixture_ok(seal_open(
		    worker, header, buf_span(&vector->body), &payload));
		ck_assert(
		    span_equal(buf_span(&payload), buf_span(&vector->payload)));
	}
	buf_clear(&chain);
	buf_clear(&content);
	buf_clear(&payload);
}

/* The whole stream as one organisation; how many bodies it opened. */
static size_t read_stream(const json_t *file, const char *who, bool reader)
{
	struct keystore *keystore = keystore_of(file, who);
	struct seal_worker *worker = NULL;
	struct seal_worker *beside = NULL;
	struct id32 previous = { { 0 } };
	struct id32 keyed_by = { { 0 } };
	uint64_t number = 0;
	size_t index = 0;
	const json_t *json = NULL;
	fixture_ok(seal_worker_new(keystore, rng_system(), &worker));
	fixture_ok(seal_worker_new(keystore, rng_system(), &beside));
	json_array_foreach(json_object_get(file, "records"), index, json)
	{
		struct vector vector = vector_of(json);
		const struct header *header = &vector.header;
		struct buf payload = { 0 };
		ck_assert_uint_eq(header->number, ++number);
		ck_assert(id_equal(&header->previous, &previous));
		previous = vector.id;
		if (header->slotted) {
			keyed_by = vector.id;
			ck_assert_int_eq(seal_slots_open(worker, header,
					     buf_span(&vector.slots)),
			    reader ? ERR_OK : ERR_NOTFOUND);
		} else {
			ck_assert(id_equal(&header->keyed_by, &keyed_by));
		}
		enum err err =
		    seal_open(worker, header, buf_span(&vector.body), &payload);
		ck_assert_int_eq(err, reader ? ERR_OK : ERR_STATE);
		if (reader) {
			ck_assert(span_equal(
			    buf_span(&payload), buf_span(&vector.payload)));
			check_given_keys(keystore, beside, json, &vector);
		}
		buf_clear(&payload);
		vector_clear(&vector);
	}
	seal_worker_free(worker);
	seal_worker_free(beside);
	keystore_close(keystore);
	return reader ? index : 0;
}

static void read_audience(const json_t *file)
{
	const json_t *stream = json_object_get(file, "stream");
	const json_t *list = json_object_get(stream, "readers");
	struct id32 ids[8];
	size_t count = json_array_size(list);
	ck_assert_uint_le(count, 8);
	for (size_t i = 0; i < count; i++) {
		const char *text = json_string_value(json_array_get(list, i));
		ck_assert_ptr_nonnull(text);
		fixture_ok(text_unhex(span_text(text), ids[i].b, 32));
	}
	struct id32 salt = id_of(stream, "salt");
	struct id32 expected = id_of(stream, "audience");
	struct id32 got;
	seal_audience_commitment(ids, count, &salt, &got);
	ck_assert(id_equal(&got, &expected));
	struct vector first =
	    vector_of(json_array_get(json_object_get(file, "records"), 0));
	ck_assert(id_equal(&got, &first.header.audience_commitment));
	vector_clear(&first);
}

/* Records that the second reader must refuse, each in its own way.
 * M23, M26, M28, M31 */
static void read_bad(const json_t *file)
{
	struct keystore *keystore = keystore_of(file, "reader");
	struct seal_worker *worker = NULL;
	size_t index = 0;
	const json_t *json = NULL;
	fixture_ok(seal_worker_new(keystore, rng_system(), &worker));
	json_array_foreach(json_object_get(file, "bad"), index, json)
	{
		struct vector vector = vector_of(json);
		struct buf payload = { 0 };
		const char *why = text_of(json, "why");
		const char *error = text_of(json, "error");
		bool at_slot = strcmp(text_of(json, "where"), "slot") == 0;
		enum err err = seal_slots_open(
		    worker, &vector.header, buf_span(&vector.slots));
		if (!at_slot) {
			ck_assert_msg(err == ERR_OK, "%s: %s", why, err_text());
			err = seal_open(worker, &vector.header,
			    buf_span(&vector.body), &payload);
		}
		ck_assert_msg(strcmp(err_name(err), error) == 0,
		    "%s: %s, not %s", why, err_name(err), error);
		ck_assert_uint_eq(payload.size, 0);
		buf_clear(&payload);
		vector_clear(&vector);
	}
	seal_worker_free(worker);
	keystore_close(keystore);
}

static void read_cards(const json_t *file)
{
	size_t index = 0;
	const json_t *json = NULL;
	json_array_foreach(json_object_get(file, "cards"), index, json)
	{
		struct buf bytes = bytes_of(json, "signed");
		struct id32 id = id_of(json, "organisation");
		struct id32 digest = id_of(json, "digest");
		struct card card;
		struct card same;
		fixture_ok(card_parse(buf_span(&bytes), &card));
		ck_assert(id_equal(&card.organisation, &id));
		ck_assert(id_equal(&card.digest, &digest));
		ck_assert_str_eq(card.fields->name, text_of(json, "name"));
		ck_assert_str_eq(card.fields->code, text_of(json, "code"));
		ck_assert_str_eq(card.fields->kind, text_of(json, "kind"));
		ck_assert_uint_eq(card.fields->version,
		    (uint64_t)json_integer_value(
			json_object_get(json, "version")));
		struct fingerprint print = text_fingerprint(&id);
		ck_assert_str_eq(print.text, text_of(json, "fingerprint"));
		fixture_ok(
		    card_read(span_text(text_of(json, "armour")), &same));
		ck_assert_int_eq(card_compare(&card, &same), CARD_SAME);
		card_clear(&card);
		card_clear(&same);
		buf_clear(&bytes);
	}
}

static void read_notes(const json_t *file)
{
	size_t index = 0;
	const json_t *json = NULL;
	json_array_foreach(json_object_get(file, "notes"), index, json)
	{
		struct note note;
		struct note_key log_key;
		struct note_key witness_key;
		uint64_t time_s = 0;
		fixture_ok(note_parse(span_text(text_of(json, "note")), &note));
		ck_assert(
		    span_equal(note.text, span_text(text_of(json, "text"))));
		fixture_ok(note_read_vkey(
		    span_text(text_of(json, "log_key")), &log_key));
		fixture_ok(note_read_vkey(
		    span_text(text_of(json, "witness_key")), &witness_key));
		fixture_ok(note_verify(&note, &log_key));
		fixture_ok(
		    note_verify_cosignature(&note, &witness_key, &time_s));
		ck_assert_uint_eq(time_s, (uint64_t)json_integer_value(
					      json_object_get(json, "time")));
	}
}

size_t vectors_read(const char *path)
{
	json_error_t problem;
	json_t *file = json_load_file(path, 0, &problem);
	ck_assert_msg(file != NULL, "%s: %s", path, problem.text);
	size_t opened = read_stream(file, "author", true);
	opened += read_stream(file, "reader", true);
	opened += read_stream(file, "second", true);
	opened += read_stream(file, "stranger", false);
	read_audience(file);
	read_bad(file);
	read_cards(file);
	read_notes(file);
	json_decref(file);
	return opened;
}
