#include "codec/text.h"
#include "keys/note.h"
#include "keys/seal.h"
#include "unit/keys/fixture.h"
#include "unit/keys/vectors.h"

#include <check.h>
#include <jansson.h>

#include <stdlib.h>
#include <string.h>

/* Who takes part, and what is written. */
struct script {
	struct rng_seeded state;
	struct rng rng;
	json_t *file;
	struct keystore *keystores[4]; /* author, reader, second, stranger */
	struct seal_worker *worker;
	struct seal_reader readers[3];
	struct id32 keyed_by;
	struct header last;
	struct id32 last_id;
};

static const char *const names[] = { "author", "reader", "second", "stranger" };

static void put_hex(json_t *object, const char *name, struct span bytes)
{
	struct buf text = { 0 };
	fixture_ok(text_hex(bytes, &text));
	ck_assert_int_eq(
	    json_object_set_new(object, name, json_string(buf_text(&text))), 0);
	buf_clear(&text);
}

static void put_text(json_t *object, const char *name, const char *text)
{
	ck_assert_int_eq(
	    json_object_set_new(object, name, json_string(text)), 0);
}

static void put_number(json_t *object, const char *name, uint64_t value)
{
	ck_assert_int_eq(
	    json_object_set_new(object, name, json_integer((json_int_t)value)),
	    0);
}

static json_t *put_list(json_t *object, const char *name)
{
	json_t *list = json_array();
	ck_assert_int_eq(json_object_set_new(object, name, list), 0);
	return list;
}

static json_t *put_object(json_t *list)
{
	json_t *object = json_object();
	ck_assert_int_eq(json_array_append_new(list, object), 0);
	return object;
}

static void write_organisations(struct script *script)
{
	json_t *all = json_object();
	ck_assert_int_eq(
	    json_object_set_new(script->file, "organisations", all), 0);
	for (size_t i = 0; i < 4; i++) {
		struct secrets *secrets = NULL;
		uint8_t content[SECRETS_MAX_BYTES];
		size_t size = 0;
		json_t *one = json_object();
		fixture_ok(secrets_new(&secrets));
		fixture_ok(secrets_fresh(secrets, &script->rng));
		/* Some have had several sealing epochs. */
		for (size_t j = 1; j <= i; j++) {
			secrets->sealing[j].epoch = (uint32_t)(j * 1000);
			rng_fill(&script->rng, secrets->sealing[j].secret, 32);
		}
		secrets->sealing_count = i + 1;
		fixture_ok(secrets_encode(secrets, content, &size));
		script->keystores[i] =
		    fixture_keystore_from(span_of(content, size));
		put_hex(one, "keystore", span_of(content, size));
		put_hex(one, "id",
		    span_id(
			&keystore_public(script->keystores[i])->organisation));
		ck_assert_int_eq(json_object_set_new(all, names[i], one), 0);
		secrets_free(secrets);
	}
}

static struct id32 write_stream(struct script *script)
{
	struct id32 ids[3];
	struct id32 salt;
	struct id32 audience;
	json_t *stream = json_object();
	json_t *list = put_list(stream, "readers");
	for (size_t i = 0; i < 3; i++) {
		script->readers[i] = fixture_reader(script->keystores[i]);
		ids[i] = script->readers[i].organisation;
	}
	qsort(ids, 3, sizeof(ids[0]), id_compare);
	for (size_t i = 0; i < 3; i++) {
		struct hex32 hex = text_hex_id(&ids[i]);
		ck_assert_int_eq(
		    json_array_append_new(list, json_string(hex.text)), 0);
	}
	rng_fill(&script->rng, salt.b, sizeof(salt.b));
	seal_audience_commitment(ids, 3, &salt, &audience);
	put_hex(stream, "salt", span_id(&salt));
	put_hex(stream, "audience", span_id(&audience));
	ck_assert_int_eq(
	    json_object_set_new(script->file, "stream", stream), 0);
	return audience;
}

/* Seal the stream's next record and write it down. */
static void write_record(
    struct script *script, json_t *list, bool slotted, size_t size)
{
	struct header header = script->last;
	struct buf bytes = { 0 };
	struct buf slots = { 0 };
	struct buf body = { 0 };
	uint8_t *payload = malloc(size + 1);
	ck_assert_ptr_nonnull(payload);
	rng_fill(&script->rng, payload, size);
	header.number++;
	header.previous = script->last_id;
	header.slotted = slotted;
	header.keyed_by = script->keyed_by;
	seal_nonce(script->worker, &header);
	if (slotted) {
		memset(&header.keyed_by, 0, sizeof(header.keyed_by));
		if (header.number == 1) {
			seal_stream_id(&header, &header.stream);
		}
		seal_chain_fresh(script->worker);
		fixture_ok(seal_slots(
		    script->worker, &header, script->readers, 3, &slots));
	}
	fixture_ok(seal_record(
	    script->worker, &header, span_of(payload, size), &body));
	fixture_ok(envelope_put_header(&header, &bytes));
	seal_record_id(buf_span(&bytes), &script->last_id);
	if (slotted) {
		script->keyed_by = script->last_id;
	}
	script->last = header;
	json_t *record = put_object(list);
	put_hex(record, "header", buf_span(&bytes));
	put_hex(record, "body", buf_span(&body));
	put_hex(record, "id", span_id(&script->last_id));
	put_hex(record, "payload", span_of(payload, size));
	if (slotted) {
		put_hex(record, "slots", buf_span(&slots));
	}
	free(payload);
	buf_clear(&bytes);
	buf_clear(&slots);
	buf_clear(&body);
}

static void write_records(struct script *script, struct id32 audience)
{
	const struct keystore_public *public =
	    keystore_public(script->keystores[0]);
	json_t *list = put_list(script->file, "records");
	fixture_ok(seal_worker_new(
	    script->keystores[0], &script->rng, &script->worker));
	script->last.version = ENVELOPE_VERSION;
	script->last.author = public->organisation;
	script->last.generation = public->logs[0].generation;
	script->last.audience_commitment = audience;
	write_record(script, list, true, 100);
	for (int i = 0; i < 40; i++) {
		size_t size = (size_t)rng_below(&script->rng, 3000);
		write_record(script, list, i % 13 == 12, size);
	}
	put_hex(json_object_get(script->file, "stream"), "id",
	    span_id(&script->last.stream));
	seal_worker_free(script->worker);
}

static void write_cards(struct script *script)
{
	json_t *list = put_list(script->file, "cards");
	for (size_t i = 0; i < 4; i++) {
		struct card card;
		struct buf text = { 0 };
		uint64_t version = 1 + rng_below(&script->rng, 1ULL << 53);
		fixture_card(
		    script->keystores[i], version, "Ll\xc5\xb7r y Dref", &card);
		struct fingerprint print = text_fingerprint(&card.organisation);
		fixture_ok(card_armour(&card, &text));
		json_t *one = put_object(list);
		put_hex(one, "signed", buf_span(&card.signed_bytes));
		put_hex(one, "organisation", span_id(&card.organisation));
		put_hex(one, "digest", span_id(&card.digest));
		put_text(one, "name", card.fields->name);
		put_text(one, "code", card.fields->code);
		put_text(one, "kind", card.fields->kind);
		put_number(one, "version", version);
		put_text(one, "fingerprint", print.text);
		put_text(one, "armour", buf_text(&text));
		card_clear(&card);
		buf_clear(&text);
	}
}

static void write_note(struct script *script, json_t *list, struct span text)
{
	const struct keystore_public *author =
	    keystore_public(script->keystores[0]);
	const struct keystore_public *witness =
	    keystore_public(script->keystores[1]);
	const struct generation *generation = &author->logs[0].generation;
	struct note_key log_key;
	struct note_key witness_key;
	struct buf note = { 0 };
	struct buf copy = { 0 };
	struct buf keys[2] = { { 0 } };
	uint64_t time_s = rng_below(&script->rng, 1ULL << 40);
	note_log_key(
	    &author->organisation, generation, &author->logs[0].key, &log_key);
	note_witness_key(
	    &witness->organisation, &witness->cosigning, &witness_key);
	fixture_ok(
	    note_sign(script->keystores[0], &log_key, generation, text, &note));
	fixture_ok(note_cosign(
	    script->keystores[1], &witness_key, text, time_s, &note));
	fixture_ok(buf_append(&copy, text));
	fixture_ok(note_vkey(&log_key, &keys[0]));
	fixture_ok(note_vkey(&witness_key, &keys[1]));
	json_t *one = put_object(list);
	put_text(one, "note", buf_text(&note));
	put_text(one, "text", buf_text(&copy));
	put_text(one, "log_key", buf_text(&keys[0]));
	put_text(one, "witness_key", buf_text(&keys[1]));
	put_number(one, "time", time_s);
	buf_clear(&note);
	buf_clear(&copy);
	buf_clear(&keys[0]);
	buf_clear(&keys[1]);
}

void vectors_write(const char *path, uint64_t seed)
{
	struct script script = { .file = json_object() };
	fixture_ok(keystore_process_init());
	script.rng = rng_seed(&script.state, seed);
	write_organisations(&script);
	write_records(&script, write_stream(&script));
	write_cards(&script);
	json_t *notes = put_list(script.file, "notes");
	write_note(&script, notes, span_text("one line\n"));
	write_note(&script, notes, span_text("three\n\nlines \xe2\x80\x94\n"));
	ck_assert_int_eq(json_dump_file(script.file, path, JSON_INDENT(1)), 0);
	json_decref(script.file);
	for (size_t i = 0; i < 4; i++) {
		keystore_close(script.keystores[i]);
	}
}
