#include "app/sharing.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "codec/text.h"
#include "service/drafting.h"
#include "service/importer.h"
#include "service/share.h"
#include "view/json_out.h"
#include "view/share_json.h"

#include <stdlib.h>
#include <string.h>

/* A request with what it borrows from. */
struct parsed {
	struct share_request request;
	const char *to[LIMIT_READERS];
	Qsg__Intelligence *intelligence;
	Qsg__Handling *handling;
};

static const char *text_of(const json_t *arguments, const char *key)
{
	return json_string_value(json_object_get(arguments, key));
}

static bool flag_of(const json_t *arguments, const char *key)
{
	return json_is_true(json_object_get(arguments, key));
}

/* Those arguments that are fields of a message, as that message. */
static enum err read_fields(const struct ops_op *op, const json_t *arguments,
    unsigned int which, const ProtobufCMessageDescriptor *descriptor,
    ProtobufCMessage **out)
{
	json_t *fields = json_object();
	for (size_t i = 0; i < op->arg_count; i++) {
		json_t *value = json_object_get(arguments, op->args[i].key);
		if ((op->args[i].flags & which) != 0 && value != NULL) {
			(void)json_object_set(fields, op->args[i].key, value);
		}
	}
	enum err err = pbjson_read(fields, descriptor, out);
	json_decref(fields);
	return err;
}

static void parsed_clear(struct parsed *parsed)
{
	canon_wipe((ProtobufCMessage *)parsed->intelligence);
	canon_free((ProtobufCMessage *)parsed->handling);
}

static enum err parse_readers(const json_t *arguments, struct parsed *out)
{
	const json_t *to = json_object_get(arguments, "to");
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(to) > LIMIT_READERS) {
		return err_set(ERR_LIMIT, "at most %u readers", LIMIT_READERS);
	}
	json_array_foreach(to, at, each)
	{
		out->to[at] = json_string_value(each);
	}
	out->request.to = out->to;
	out->request.to_count = json_array_size(to);
	out->request.for_us_alone = flag_of(arguments, "private");
	return ERR_OK;
}

static enum err parse(
    const struct ops_op *op, const json_t *arguments, struct parsed *out)
{
	ProtobufCMessage *message = NULL;
	enum err err = parse_readers(arguments, out);
	out->request.role = text_of(arguments, "role");
	out->request.person = text_of(arguments, "person");
	out->request.override_reason = text_of(arguments, "override");
	out->request.dry_run = flag_of(arguments, "dry_run");
	if (err == ERR_OK) {
		err = read_fields(op, arguments, OPS_CONTENT,
		    &qsg__intelligence__descriptor, &message);
	}
	if (err == ERR_OK) {
		out->intelligence = (Qsg__Intelligence *)message;
		out->request.intelligence = out->intelligence;
		err = read_fields(op, arguments, OPS_HANDLING,
		    &qsg__handling__descriptor, &message);
	}
	if (err == ERR_OK) {
		out->handling = (Qsg__Handling *)message;
		out->request.handling = out->handling;
	}
	return err;
}

enum err sharing_share(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct ops_op *op = ops_find(span_text("share"));
	struct parsed parsed = { 0 };
	struct share_result result = { 0 };
	enum err err = parse(op, arguments, &parsed);
	if (err == ERR_OK) {
		err = share_intelligence(core->node, &parsed.request, &result);
		answer->json = share_json_result(
		    core->node, &result, parsed.intelligence->provider);
	}
	share_clear(&result);
	parsed_clear(&parsed);
	return err;
}

/*
 * Batches.
 */

struct batch {
	struct parsed common; /* readers, role, person */
	Qsg__Intelligence **items;
	size_t count;
};

static enum err read_items(const json_t *items, struct batch *batch)
{
	size_t at = 0;
	const json_t *each = NULL;
	size_t count = json_array_size(items);
	if (count > SHARING_BATCH) {
		return err_set(
		    ERR_LIMIT, "at most %u items at once", SHARING_BATCH);
	}
	batch->items = calloc(count + 1, sizeof(*batch->items));
	if (batch->items == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	json_array_foreach(items, at, each)
	{
		ProtobufCMessage *message = NULL;
		enum err err =
		    pbjson_read(each, &qsg__intelligence__descriptor, &message);
		if (err != ERR_OK) {
			return err_wrap(err, "item %zu", at + 1);
		}
		batch->items[batch->count++] = (Qsg__Intelligence *)message;
	}
	return ERR_OK;
}

static enum err share_all(struct ops_core *core, const struct batch *batch,
    json_t *records, json_t *drafts)
{
	struct share_batch all = { .items = batch->items,
		.count = batch->count,
		.records = calloc(batch->count + 1, sizeof(*all.records)),
		.drafts = calloc(batch->count + 1, sizeof(*all.drafts)) };
	enum err err = ERR_OK;
	if (all.records == NULL || all.drafts == NULL) {
		err = err_set(ERR_MEM, "out of memory");
	}
	if (err == ERR_OK) {
		err = share_batch(core->node, &batch->common.request, &all);
	}
	for (size_t i = 0; i < batch->count && err == ERR_OK; i++) {
		struct hex32 hex = text_hex_id(&all.records[i]);
		if (all.drafts[i] != 0) {
			json_out_append(drafts, json_integer(all.drafts[i]));
		} else {
			json_out_append(records, json_string(hex.text));
		}
	}
	free(all.records);
	free(all.drafts);
	return err;
}

enum err sharing_batch(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct batch batch = { 0 };
	json_t *records = json_array();
	json_t *drafts = json_array();
	enum err err = parse_readers(arguments, &batch.common);
	batch.common.request.role = text_of(arguments, "role");
	batch.common.request.person = text_of(arguments, "person");
	if (err == ERR_OK) {
		err = read_items(json_object_get(arguments, "items"), &batch);
	}
	if (err == ERR_OK) {
		err = share_all(core, &batch, records, drafts);
	}
	for (size_t i = 0; i < batch.count; i++) {
		canon_wipe((ProtobufCMessage *)batch.items[i]);
	}
	free((void *)batch.items);
	answer->json = json_object();
	json_out_set(answer->json, "records", records);
	if (json_array_size(drafts) > 0) {
		json_out_set(answer->json, "drafts", json_incref(drafts));
	}
	json_decref(drafts);
	return err;
}

/*
 * Indicator sets.
 */

static const char *outcome_name(enum importer_outcome outcome)
{
	switch (outcome) {
	case IMPORTER_NEW:
		return "new";
	case IMPORTER_SAME:
		return "same";
	case IMPORTER_CORRECTION:
		return "correction";
	}
	return "";
}

struct import {
	const int64_t *readers;
	size_t reader_count;
	bool dry_run;
};

static enum err import_one(struct ops_core *core, const struct import *import,
    const json_t *set_json, json_t *results)
{
	ProtobufCMessage *set = NULL;
	struct importer_result result = { 0 };
	enum err err =
	    pbjson_read(set_json, &qsg__indicator_set__descriptor, &set);
	if (err == ERR_OK) {
		err = importer_set(core->node, import->readers,
		    import->reader_count, (const Qsg__IndicatorSet *)set,
		    import->dry_run, &result);
	}
	if (err == ERR_OK) {
		json_t *object = json_object();
		json_out_text(object, "outcome", outcome_name(result.outcome));
		json_out_number(object, "rows_gone", result.rows_gone);
		json_out_text(
		    object, "period", ((const Qsg__IndicatorSet *)set)->period);
		json_out_set(object, "record", json_null());
		if (!id_is_zero(&result.record)) {
			json_out_id(object, "record", &result.record);
		} else if (!import->dry_run) {
			json_out_number(object, "draft",
			    (uint64_t)drafting_newest(core->node));
		}
		json_out_append(results, object);
	}
	canon_free(set);
	return err;
}

enum err sharing_import_set(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct parsed parsed = { 0 };
	int64_t *readers = NULL;
	size_t reader_count = 0;
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *sets = json_object_get(arguments, "sets");
	json_t *results = json_array();
	enum err err = parse_readers(arguments, &parsed);
	if (err == ERR_OK && json_array_size(sets) > SHARING_BATCH) {
		err = err_set(
		    ERR_LIMIT, "at most %u sets at once", SHARING_BATCH);
	}
	if (err == ERR_OK) {
		err = share_readers(core->node, parsed.request.to,
		    parsed.request.to_count, parsed.request.for_us_alone,
		    &readers, &reader_count);
	}
	struct import import = { .readers = readers,
		.reader_count = reader_count,
		.dry_run = flag_of(arguments, "dry_run") };
	json_array_foreach(sets, at, each)
	{
		if (err == ERR_OK) {
			err = import_one(core, &import, each, results);
		}
	}
	answer->json = json_object();
	json_out_set(answer->json, "readers",
	    share_json_readers(core->node, readers, reader_count));
	json_out_set(answer->json, "sets", results);
	free(readers);
	return err;
}
