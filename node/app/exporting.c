#include "app/exporting.h"

#include "codec/text.h"
#include "codec/when.h"
#include "service/export.h"
#include "service/peers.h"
#include "service/query.h"
#include "service/state.h"
#include "view/json_out.h"

#include <stdlib.h>
#include <string.h>

/* An array of texts; their bytes stay the array's. */
static enum err texts_of(
    const json_t *arguments, const char *key, const char ***out, size_t *count)
{
	const json_t *array = json_object_get(arguments, key);
	*count = json_array_size(array);
	*out = calloc(*count + 1, sizeof(**out));
	if (*out == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < *count; i++) {
		(*out)[i] = json_string_value(json_array_get(array, i));
	}
	return ERR_OK;
}

static enum err put_base64(json_t *object, const char *key, struct span bytes)
{
	struct buf text = { 0 };
	if (bytes.size == 0) {
		return ERR_OK;
	}
	enum err err = text_base64(bytes, &text);
	if (err == ERR_OK) {
		json_out_text(object, key, buf_text(&text));
	}
	buf_wipe(&text);
	return err;
}

/*
 * Choosing.
 */

static enum err put_logs(const struct export_list *list, json_t *object)
{
	json_t *array = json_array();
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < list->log_count; i++) {
		json_t *log = json_object();
		err = put_base64(
		    log, "checkpoint", buf_span(&list->logs[i].note));
		json_out_append(array, log);
	}
	json_out_set(object, "logs", array);
	return err;
}

static enum err put_cards(
    struct node *node, const struct export_list *list, json_t *object)
{
	json_t *array = json_array();
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < list->org_count; i++) {
		const struct peer *peer = peers_get(node, list->orgs[i]);
		json_t *card = json_object();
		err = put_base64(
		    card, "card", buf_span(&peers_keys(peer)->signed_bytes));
		json_out_append(array, card);
	}
	json_out_set(object, "cards", array);
	return err;
}

/* Their numbers; each is asked for with audit-evidence-show. */
static json_t *evidence_numbers(const struct export_list *list)
{
	json_t *array = json_array();
	for (size_t i = 0; i < list->evidence_count; i++) {
		json_out_append(
		    array, json_integer(list->evidence[i].evidence));
	}
	return array;
}

static enum err choose(
    struct ops_core *core, const json_t *arguments, struct export_list *out)
{
	struct export_choice choice = {
		.all = json_is_true(json_object_get(arguments, "all")),
		.provider = ops_text(arguments, "provider"),
		.summit = ops_text(arguments, "summit"),
		.since_ms = INT64_MIN,
		.activity =
		    json_is_true(json_object_get(arguments, "with_activity")),
	};
	const char *since = ops_text(arguments, "since");
	const char **records = NULL;
	enum err err =
	    texts_of(arguments, "record", &records, &choice.record_count);
	choice.records = records;
	if (err == ERR_OK && since != NULL) {
		err = when_parse(span_text(since), &choice.since_ms);
	}
	if (err == ERR_OK) {
		err = export_choose(core->node, &choice, out);
	}
	free(records);
	return err;
}

enum err exporting_choose(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct export_list list = { 0 };
	const char *why = NULL;
	/* Nothing would come of it in the end. */
	if (!node_may_sign(core->node, &why)) {
		return err_set(ERR_STATE, "nothing can be exported: %s", why);
	}
	enum err err = choose(core, arguments, &list);
	if (err != ERR_OK) {
		return err;
	}
	json_t *records = json_array();
	answer->json = json_object();
	for (size_t i = 0; i < list.record_count; i++) {
		json_out_append(
		    records, json_string(text_hex_id(&list.records[i]).text));
	}
	json_out_text(answer->json, "what", list.what);
	json_out_number(answer->json, "left_out", list.left_out);
	json_out_set(answer->json, "records", records);
	json_out_set(answer->json, "evidence", evidence_numbers(&list));
	err = put_logs(&list, answer->json);
	if (err == ERR_OK) {
		err = put_cards(core->node, &list, answer->json);
	}
	export_list_clear(&list);
	return err;
}

/*
 * Records.
 */

static enum err put_record(const struct export_record *record, json_t *out)
{
	const struct {
		const char *key;
		struct span bytes;
	} parts[] = { { "header", buf_span(&record->header) },
		{ "slots", buf_span(&record->slots) },
		{ "body", buf_span(&record->body) },
		{ "proof", buf_span(&record->proof) },
		{ "payload", buf_span(&record->payload) },
		{ "content_key",
		    span_of(record->key,
			record->opened ? sizeof(record->key) : 0) } };
	enum err err = ERR_OK;
	for (size_t i = 0;
	     err == ERR_OK && i < sizeof(parts) / sizeof(parts[0]); i++) {
		err = put_base64(out, parts[i].key, parts[i].bytes);
	}
	return err;
}

struct page {
	struct node *node;
	struct export_heads heads;
	unsigned int opening;
	json_t *records;
	size_t bytes;
};

/* What its author alone reads, and wrote: not what opens a stream. */
static bool is_private(struct node *node, const struct id32 *id)
{
	uint32_t rid = views_find(node_views(node), id);
	struct id32 *readers = NULL;
	size_t count = 0;
	unsigned int type =
	    rid == 0 ? VIEW_CLOSED : views_get(node_views(node), rid)->type;
	if (type == VIEW_AUDIENCE || type == VIEW_CLOSED ||
	    query_audience(node, rid, &readers, &count) != ERR_OK) {
		return false;
	}
	free(readers);
	return count == 1;
}

/* One record, or that it has no proof: it is left out then. */
static enum err add_record(struct page *page, const char *text)
{
	struct export_record record = { 0 };
	struct id32 id;
	enum err err = text_unhex(span_text(text), id.b, sizeof(id.b));
	if (err != ERR_OK) {
		return err_set(ERR_INPUT, "a record's id is 64 hex digits");
	}
	json_t *object = json_object();
	json_out_id(object, "record", &id);
	err =
	    export_read(page->node, &id, &page->heads, page->opening, &record);
	if (err == ERR_OK) {
		err = put_record(&record, object);
		json_out_bool(object, "private", is_private(page->node, &id));
	} else if (err == ERR_STATE) {
		json_out_text(object, "left_out", err_text());
		err = ERR_OK;
	}
	page->bytes += record.header.size + record.slots.size +
	               record.body.size + record.proof.size +
	               record.payload.size;
	json_out_append(page->records, object);
	export_record_clear(&record);
	return err;
}

static enum err decode_heads(const char *const *texts, size_t count,
    struct buf *notes, struct span *spans)
{
	enum err err = ERR_OK;
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		err = text_unbase64(span_text(texts[i]), &notes[i]);
		spans[i] = buf_span(&notes[i]);
	}
	return err == ERR_FORMAT ? err_set(ERR_INPUT, "heads are base64") : err;
}

static enum err add_records(struct page *page, const json_t *arguments)
{
	const char **ids = NULL;
	size_t count = 0;
	enum err err = texts_of(arguments, "ids", &ids, &count);
	if (err == ERR_OK && count > LIMIT_EXPORT_PAGE) {
		err = err_set(ERR_LIMIT, "at most %u records at a time",
		    LIMIT_EXPORT_PAGE);
	}
	for (size_t i = 0; err == ERR_OK && i < count &&
			   page->bytes < LIMIT_EXPORT_PAGE_BYTES;
	     i++) {
		err = add_record(page, ids[i]);
	}
	free(ids);
	return err;
}

static unsigned int opening_of(const json_t *arguments)
{
	bool open = json_is_true(json_object_get(arguments, "open"));
	bool activity =
	    json_is_true(json_object_get(arguments, "with_activity"));
	return (open ? EXPORT_OPEN : EXPORT_SHUT) |
	       (activity ? EXPORT_ACTIVITY : EXPORT_SHUT);
}

enum err exporting_records(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct page page = { .node = core->node,
		.opening = opening_of(arguments),
		.records = json_array() };
	const char **texts = NULL;
	size_t count = 0;
	struct buf *notes = NULL;
	struct span *spans = NULL;
	enum err err = texts_of(arguments, "heads", &texts, &count);
	if (err == ERR_OK && count > LIMIT_BUNDLE_LOGS) {
		err = err_set(ERR_LIMIT, "too many heads");
	}
	if (err == ERR_OK) {
		notes = calloc(count + 1, sizeof(*notes));
		spans = calloc(count + 1, sizeof(*spans));
		err = notes == NULL || spans == NULL
		          ? err_set(ERR_MEM, "out of memory")
		          : decode_heads(texts, count, notes, spans);
	}
	if (err == ERR_OK) {
		page.heads =
		    (struct export_heads){ .notes = spans, .count = count };
		err = add_records(&page, arguments);
	}
	if (err == ERR_OK) {
		answer->json = json_object();
		json_out_set(
		    answer->json, "records", json_incref(page.records));
	}
	json_decref(page.records);
	for (size_t i = 0; notes != NULL && i < count; i++) {
		buf_clear(&notes[i]);
	}
	free(notes);
	free(spans);
	free(texts);
	return err;
}

/* free() *out. */
static enum err read_hashes(
    const json_t *list, struct id32 **out, size_t *count)
{
	size_t at = 0;
	const json_t *each = NULL;
	enum err err = ERR_OK;
	*count = json_array_size(list);
	*out = calloc(*count + 1, sizeof(struct id32));
	if (*out == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	json_array_foreach(list, at, each)
	{
		if (err == ERR_OK) {
			err = text_unhex(span_text(json_string_value(each)),
			    (*out)[at].b, sizeof((*out)[at].b));
		}
	}
	return err == ERR_OK
	           ? ERR_OK
	           : err_set(ERR_INPUT, "the hash of evidence has 64 digits");
}

enum err exporting_seal(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct export_seal seal = {
		.what = ops_text(arguments, "what"),
		.records = (uint64_t)json_integer_value(
		    json_object_get(arguments, "records")),
		.opened = json_is_true(json_object_get(arguments, "opened")),
	};
	struct id32 record;
	enum err err = text_unhex(span_text(ops_text(arguments, "manifest")),
	    seal.manifest.b, sizeof(seal.manifest.b));
	if (err != ERR_OK) {
		return err_set(ERR_INPUT, "a manifest's hash has 64 digits");
	}
	struct id32 *evidence = NULL;
	err = read_hashes(json_object_get(arguments, "evidence"), &evidence,
	    &seal.evidence_count);
	if (err == ERR_OK) {
		seal.evidence = evidence;
		err = export_record_it(core->node, &seal, &record);
	}
	free(evidence);
	if (err == ERR_OK) {
		answer->json = json_object();
		json_out_id(answer->json, "record", &record);
	}
	return err;
}
