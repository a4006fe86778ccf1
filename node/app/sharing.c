#include "app/sharing.h"

#include "app/share_args.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "codec/text.h"
#include "service/importer.h"
#include "service/share.h"
#include "view/json_out.h"
#include "view/share_json.h"

#include <stdlib.h>

/* A request with what it borrows from. */
struct parsed {
	struct share_request request;
	const char *to[LIMIT_READERS];
	Qsg__Intelligence *intelligence;
	Qsg__Handling *handling;
};

static void parsed_clear(struct parsed *parsed)
{
	canon_wipe((ProtobufCMessage *)parsed->intelligence);
	canon_free((ProtobufCMessage *)parsed->handling);
}

static enum err parse(
    const struct ops_op *op, const json_t *arguments, struct parsed *out)
{
	ProtobufCMessage *message = NULL;
	enum err err = share_args_read(arguments, out->to, &out->request);
	if (err == ERR_OK) {
		err = share_args_message(op, arguments, OPS_CONTENT, NULL,
		    &qsg__intelligence__descriptor, &message);
	}
	if (err == ERR_OK) {
		out->intelligence = (Qsg__Intelligence *)message;
		out->request.intelligence = out->intelligence;
		err = share_args_message(op, arguments, OPS_HANDLING, NULL,
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

/* What became of each: its record, or the number under which it waits. */
struct outcomes {
	json_t *records;
	json_t *drafts;
	json_t *releases;
};

static void put_outcomes(const struct share_batch *all, struct outcomes *out)
{
	for (size_t i = 0; i < all->count; i++) {
		struct hex32 hex = text_hex_id(&all->records[i]);
		if (all->releases[i] != 0) {
			json_out_append(
			    out->releases, json_integer(all->releases[i]));
		} else if (all->drafts[i] != 0) {
			json_out_append(
			    out->drafts, json_integer(all->drafts[i]));
		} else {
			json_out_append(out->records, json_string(hex.text));
		}
	}
}

static enum err share_all(struct ops_core *core, const struct batch *batch,
    struct outcomes *outcomes, json_t **about)
{
	struct share_batch all = { .items = batch->items,
		.count = batch->count,
		.records = calloc(batch->count + 1, sizeof(*all.records)),
		.drafts = calloc(batch->count + 1, sizeof(*all.drafts)),
		.releases = calloc(batch->count + 1, sizeof(*all.releases)) };
	struct share_result result = { 0 };
	enum err err = ERR_OK;
	if (all.records == NULL || all.drafts == NULL || all.releases == NULL) {
		err = err_set(ERR_MEM, "out of memory");
	}
	if (err == ERR_OK) {
		err = share_batch(
		    core->node, &batch->common.request, &all, &result);
		*about = share_json_audience(core->node, &result);
	}
	if (err == ERR_OK) {
		put_outcomes(&all, outcomes);
	}
	share_clear(&result);
	free(all.records);
	free(all.drafts);
	free(all.releases);
	return err;
}

static void put_list(json_t *object, const char *key, json_t *list)
{
	if (json_array_size(list) > 0) {
		json_out_set(object, key, json_incref(list));
	}
	json_decref(list);
}

enum err sharing_batch(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct batch batch = { 0 };
	struct outcomes outcomes = { json_array(), json_array(), json_array() };
	enum err err =
	    share_args_read(arguments, batch.common.to, &batch.common.request);
	if (err == ERR_OK) {
		err = read_items(json_object_get(arguments, "items"), &batch);
	}
	if (err == ERR_OK) {
		err = share_all(core, &batch, &outcomes, &answer->json);
	}
	for (size_t i = 0; i < batch.count; i++) {
		canon_wipe((ProtobufCMessage *)batch.items[i]);
	}
	free((void *)batch.items);
	if (answer->json == NULL) {
		answer->json = json_object();
	}
	json_out_set(answer->json, "records", outcomes.records);
	put_list(answer->json, "drafts", outcomes.drafts);
	put_list(answer->json, "releases", outcomes.releases);
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
	struct parsed common;
	ProtobufCMessage **sets;
	size_t count;
	struct share_sets all;
};

static enum err read_sets(const json_t *sets, struct import *import)
{
	size_t at = 0;
	const json_t *each = NULL;
	size_t count = json_array_size(sets);
	if (count > SHARING_BATCH) {
		return err_set(
		    ERR_LIMIT, "at most %u sets at once", SHARING_BATCH);
	}
	struct share_sets *all = &import->all;
	import->sets = calloc(count + 1, sizeof(*import->sets));
	all->imported = calloc(count + 1, sizeof(*all->imported));
	all->drafts = calloc(count + 1, sizeof(*all->drafts));
	all->releases = calloc(count + 1, sizeof(*all->releases));
	if (import->sets == NULL || all->imported == NULL ||
	    all->drafts == NULL || all->releases == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	json_array_foreach(sets, at, each)
	{
		enum err err = pbjson_read(
		    each, &qsg__indicator_set__descriptor, &import->sets[at]);
		if (err != ERR_OK) {
			return err_wrap(err, "set %zu", at + 1);
		}
		import->count++;
	}
	all->sets = (const Qsg__IndicatorSet *const *)import->sets;
	all->count = import->count;
	return ERR_OK;
}

static json_t *import_result(const struct import *import, size_t at)
{
	const struct importer_result *result = &import->all.imported[at];
	json_t *object = json_object();
	json_out_text(object, "outcome", outcome_name(result->outcome));
	json_out_number(object, "rows_gone", result->rows_gone);
	json_out_text(object, "period", import->all.sets[at]->period);
	json_out_set(object, "record", json_null());
	if (!id_is_zero(&result->record)) {
		json_out_id(object, "record", &result->record);
	}
	if (import->all.drafts[at] != 0) {
		json_out_number(
		    object, "draft", (uint64_t)import->all.drafts[at]);
	}
	if (import->all.releases[at] != 0) {
		json_out_number(
		    object, "release", (uint64_t)import->all.releases[at]);
	}
	return object;
}

static void import_clear(struct import *import)
{
	for (size_t i = 0; i < import->count; i++) {
		canon_free(import->sets[i]);
	}
	free((void *)import->sets);
	free(import->all.imported);
	free(import->all.drafts);
	free(import->all.releases);
}

enum err sharing_import_set(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct import import = { 0 };
	struct share_result result = { 0 };
	json_t *results = json_array();
	enum err err = share_args_read(
	    arguments, import.common.to, &import.common.request);
	if (err == ERR_OK) {
		err = read_sets(json_object_get(arguments, "sets"), &import);
	}
	if (err == ERR_OK) {
		err = share_sets(
		    core->node, &import.common.request, &import.all, &result);
	}
	answer->json = share_json_audience(core->node, &result);
	for (size_t i = 0; i < import.count && err == ERR_OK; i++) {
		json_out_append(results, import_result(&import, i));
	}
	json_out_set(answer->json, "sets", results);
	share_clear(&result);
	import_clear(&import);
	return err;
}
