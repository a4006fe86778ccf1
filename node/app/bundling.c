#include "app/bundling.h"

#include "codec/text.h"
#include "ledger/checkpoint.h"
#include "ledger/evidence.h"
#include "view/json_out.h"

#include <sodium.h>

#include <stdlib.h>
#include <string.h>

/* A bundle under way. */
struct composing {
	const struct bundling *bundling;
	struct bundle_writer writer;
	struct bundle_lists lists;
	json_t *chosen; /* the answer of audit-export */
	json_t *sealed; /* hashes of the evidence, for the seal */
	json_t *heads;  /* base64, as it goes back with each page */
	bool open;
	bool activity;
	uint64_t records;
	uint64_t opened;
	uint64_t opened_private; /* ... that their author alone reads */
	uint64_t left_out;
	struct buf parts[BUNDLE_PARTS]; /* of the record under way */
	json_t *seal;                   /* its record's id */
};

static enum err ask(const struct composing *composing, const char *operation,
    json_t *arguments, json_t **out)
{
	const struct bundling *bundling = composing->bundling;
	enum err err =
	    bundling->ask(bundling->ask_context, operation, arguments, out);
	json_decref(arguments);
	return err;
}

static enum err odd(const char *what)
{
	return err_set(ERR_FORMAT, "the node's answer is odd: %s", what);
}

/* Base64 of a member into a buffer; nothing when it is not there. */
static enum err decode(const json_t *object, const char *key, struct buf *out)
{
	const char *text = json_string_value(json_object_get(object, key));
	buf_reset(out);
	return text == NULL ? ERR_OK : text_unbase64(span_text(text), out);
}

/*
 * Cards and checkpoints.
 */

static enum err write_cards(struct composing *composing)
{
	const json_t *cards = json_object_get(composing->chosen, "cards");
	struct buf bytes = { 0 };
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < json_array_size(cards); i++) {
		struct bundle_name name = { .kind = BUNDLE_CARD };
		struct card card = { 0 };
		err = decode(json_array_get(cards, i), "card", &bytes);
		if (err == ERR_OK) {
			err = card_parse(buf_span(&bytes), &card);
		}
		if (err == ERR_OK) {
			name.id = card.organisation;
			err = bundle_write_file(
			    &composing->writer, &name, buf_span(&bytes));
		}
		if (err == ERR_OK) {
			err = bundle_lists_card(&composing->lists, &card);
		}
		card_clear(&card);
	}
	buf_clear(&bytes);
	return err;
}

static enum err write_checkpoint(struct composing *composing, struct span bytes)
{
	struct note note;
	struct checkpoint head;
	enum err err = note_parse(bytes, &note);
	if (err == ERR_OK) {
		err = checkpoint_parse(&note, &head);
	}
	if (err != ERR_OK) {
		return err;
	}
	const struct bundle_name name = { .kind = BUNDLE_CHECKPOINT,
		.id = head.author,
		.generation = head.generation };
	return bundle_write_file(&composing->writer, &name, bytes);
}

static enum err write_logs(struct composing *composing)
{
	const json_t *logs = json_object_get(composing->chosen, "logs");
	struct buf bytes = { 0 };
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < json_array_size(logs); i++) {
		const json_t *log = json_array_get(logs, i);
		err = decode(log, "checkpoint", &bytes);
		if (err == ERR_OK) {
			err = write_checkpoint(composing, buf_span(&bytes));
		}
		json_out_append(composing->heads,
		    json_incref(json_object_get(log, "checkpoint")));
	}
	buf_clear(&bytes);
	return err;
}

/*
 * Records.
 */

static const char *const keys[BUNDLE_PARTS] = {
	[BUNDLE_BODY] = "body",
	[BUNDLE_CONTENT_KEY] = "content_key",
	[BUNDLE_HEADER] = "header",
	[BUNDLE_PAYLOAD] = "payload",
	[BUNDLE_PROOF] = "proof",
	[BUNDLE_SLOTS] = "slots",
};

static enum err decode_record(struct composing *composing, const json_t *object,
    struct id32 *id, struct bundle_record *out)
{
	const char *text = json_string_value(json_object_get(object, "record"));
	enum err err = text == NULL
	                   ? odd("a record without an id")
	                   : text_unhex(span_text(text), id->b, sizeof(id->b));
	*out = (struct bundle_record){ 0 };
	for (int i = 0; err == ERR_OK && i < BUNDLE_PARTS; i++) {
		err = decode(object, keys[i], &composing->parts[i]);
		out->parts[i] = buf_span(&composing->parts[i]);
	}
	return err;
}

static enum err write_record(struct composing *composing, const json_t *object)
{
	struct bundle_record record;
	struct id32 id;
	if (json_object_get(object, "left_out") != NULL) {
		composing->left_out++;
		return ERR_OK;
	}
	enum err err = decode_record(composing, object, &id, &record);
	if (err == ERR_OK) {
		err = bundle_write_record(&composing->writer, &id, &record);
	}
	if (err == ERR_OK) {
		err = bundle_lists_record(&composing->lists, &id, &record);
	}
	composing->records++;
	if (record.parts[BUNDLE_CONTENT_KEY].size > 0) {
		composing->opened++;
		composing->opened_private +=
		    json_is_true(json_object_get(object, "private")) ? 1 : 0;
	}
	return err;
}

/* The next records, in as large a page as the node gives. */
static enum err write_page(struct composing *composing, size_t *next)
{
	const json_t *all = json_object_get(composing->chosen, "records");
	size_t total = json_array_size(all);
	json_t *request = json_object();
	json_t *ids = json_array();
	json_t *answer = NULL;
	for (size_t i = *next; i < total && i - *next < LIMIT_EXPORT_PAGE;
	     i++) {
		json_out_append(ids, json_incref(json_array_get(all, i)));
	}
	json_out_set(request, "ids", ids);
	json_out_set(request, "heads", json_incref(composing->heads));
	json_out_bool(request, "open", composing->open);
	json_out_bool(request, "with_activity", composing->activity);
	enum err err = ask(composing, "audit-export-records", request, &answer);
	const json_t *records = json_object_get(answer, "records");
	size_t given = json_array_size(records);
	if (err == ERR_OK && (given == 0 || given > total - *next)) {
		err = odd("another number of records");
	}
	for (size_t i = 0; err == ERR_OK && i < given; i++) {
		err = write_record(composing, json_array_get(records, i));
	}
	json_decref(answer);
	*next += given;
	return err;
}

static enum err write_records(struct composing *composing)
{
	const struct bundling *bundling = composing->bundling;
	size_t total =
	    json_array_size(json_object_get(composing->chosen, "records"));
	size_t next = 0;
	enum err err = bundle_lists_begin(&composing->lists);
	while (err == ERR_OK && next < total) {
		err = write_page(composing, &next);
		if (err == ERR_OK && bundling->progress != NULL) {
			bundling->progress(
			    bundling->progress_context, next, total);
		}
	}
	return err == ERR_OK ? bundle_lists_end(&composing->lists) : err;
}

/*
 * Evidence.
 */

static enum err write_piece(struct composing *composing, const json_t *number)
{
	struct bundle_name name = { .kind = BUNDLE_EVIDENCE };
	struct evidence_found found;
	struct buf bytes = { 0 };
	json_t *request = json_object();
	json_t *answer = NULL;
	json_out_number(request, "id", (uint64_t)json_integer_value(number));
	enum err err = ask(composing, "audit-evidence-show", request, &answer);
	const char *armour =
	    json_string_value(json_object_get(answer, "armour"));
	if (err == ERR_OK) {
		err = armour == NULL
		          ? odd("evidence without its bytes")
		          : evidence_read(span_text(armour), &bytes, &found);
	}
	if (err == ERR_OK && crypto_generichash(name.id.b, sizeof(name.id.b),
				 bytes.data, bytes.size, NULL, 0) != 0) {
		err = err_set(ERR_CRYPTO, "cannot hash");
	}
	if (err == ERR_OK) {
		json_out_append(
		    composing->sealed, json_string(text_hex_id(&name.id).text));
		err = bundle_write_file(
		    &composing->writer, &name, buf_span(&bytes));
	}
	buf_clear(&bytes);
	json_decref(answer);
	return err;
}

static enum err write_evidence(struct composing *composing)
{
	const json_t *pieces = json_object_get(composing->chosen, "evidence");
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < json_array_size(pieces); i++) {
		err = write_piece(composing, json_array_get(pieces, i));
	}
	return err;
}

static enum err write_lists(struct composing *composing)
{
	static const struct bundle_name csv = { .kind = BUNDLE_CSV };
	static const struct bundle_name page = { .kind = BUNDLE_PAGE };
	enum err err = bundle_write_file(
	    &composing->writer, &csv, buf_span(&composing->lists.csv));
	return err == ERR_OK ? bundle_write_file(&composing->writer, &page,
				   buf_span(&composing->lists.page))
	                     : err;
}

/*
 * The seal.
 */

static enum err log_it(struct composing *composing, const struct id32 *hash)
{
	json_t *request = json_object();
	json_t *answer = NULL;
	json_out_text(request, "what",
	    json_string_value(json_object_get(composing->chosen, "what")));
	json_out_number(request, "records", composing->records);
	json_out_bool(request, "opened", composing->opened > 0);
	json_out_id(request, "manifest", hash);
	json_out_set(request, "evidence", json_incref(composing->sealed));
	enum err err = ask(composing, "audit-export-seal", request, &answer);
	if (err == ERR_OK) {
		composing->seal =
		    json_incref(json_object_get(answer, "record"));
	}
	json_decref(answer);
	return err;
}

static enum err write_seal(struct composing *composing)
{
	struct id32 hash;
	struct bundle_record record;
	struct id32 id;
	json_t *request = json_object();
	json_t *ids = json_array();
	json_t *answer = NULL;
	enum err err = bundle_write_manifest(&composing->writer, &hash);
	if (err == ERR_OK) {
		err = log_it(composing, &hash);
	}
	json_out_append(ids, json_incref(composing->seal));
	json_out_set(request, "ids", ids);
	json_out_bool(request, "open", true);
	if (err != ERR_OK) {
		json_decref(request);
		return err;
	}
	err = ask(composing, "audit-export-records", request, &answer);
	if (err == ERR_OK) {
		err = decode_record(composing,
		    json_array_get(json_object_get(answer, "records"), 0), &id,
		    &record);
	}
	if (err == ERR_OK) {
		err = bundle_write_seal(&composing->writer, &record);
	}
	json_decref(answer);
	return err == ERR_OK ? bundle_write_end(&composing->writer) : err;
}

static enum err compose(struct composing *composing, const json_t *choice)
{
	enum err err = ask(composing, "audit-export", json_deep_copy(choice),
	    &composing->chosen);
	composing->left_out = (uint64_t)json_integer_value(
	    json_object_get(composing->chosen, "left_out"));
	if (err == ERR_OK) {
		err = write_cards(composing);
	}
	if (err == ERR_OK) {
		err = write_logs(composing);
	}
	if (err == ERR_OK) {
		err = write_records(composing);
	}
	if (err == ERR_OK && composing->records == 0) {
		err = err_set(ERR_STATE,
		    "none of the records can be proven yet: try again once "
		    "their authors have been reached");
	}
	if (err == ERR_OK) {
		err = write_evidence(composing);
	}
	if (err == ERR_OK) {
		err = write_lists(composing);
	}
	return err == ERR_OK ? write_seal(composing) : err;
}

enum err bundling_compose(const struct bundling *bundling, const json_t *choice,
    bool open, json_t **out)
{
	struct composing composing = { .bundling = bundling,
		.writer = { .sink = bundling->sink,
		    .context = bundling->sink_context },
		.sealed = json_array(),
		.heads = json_array(),
		.open = open,
		.activity =
		    json_is_true(json_object_get(choice, "with_activity")) };
	enum err err = compose(&composing, choice);
	if (err == ERR_OK) {
		json_t *object = json_object();
		json_out_number(object, "records", composing.records);
		json_out_number(object, "opened", composing.opened);
		json_out_number(
		    object, "opened_private", composing.opened_private);
		json_out_number(object, "left_out", composing.left_out);
		json_out_number(object, "evidence",
		    json_array_size(
			json_object_get(composing.chosen, "evidence")));
		json_out_number(object, "bytes", composing.writer.written);
		json_out_set(object, "seal", json_incref(composing.seal));
		*out = object;
	}
	for (int i = 0; i < BUNDLE_PARTS; i++) {
		buf_wipe(&composing.parts[i]);
	}
	bundle_write_clear(&composing.writer);
	bundle_lists_clear(&composing.lists);
	json_decref(composing.chosen);
	json_decref(composing.sealed);
	json_decref(composing.heads);
	json_decref(composing.seal);
	return err;
}
