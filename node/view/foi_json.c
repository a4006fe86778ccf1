#include "view/foi_json.h"

#include "codec/text.h"
#include "codec/when.h"
#include "domain/content.h"
#include "domain/said.h"
#include "service/choosing.h"
#include "service/corrections.h"
#include "service/foi_open.h"
#include "service/relations.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/life_json.h"
#include "view/record_json.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000
enum { EXCERPT = 200, FOUND = 16 };

static void add_request(json_t *object, const Qsg__FoiRequest *request)
{
	json_out_number(object, "number", request->number);
	json_out_text(object, "kind", request->kind);
	json_out_text(object, "received_on", request->received_on);
}

json_t *foi_json_logged(
    const struct id32 *record, const Qsg__FoiRequest *request)
{
	json_t *object = json_object();
	json_out_id(object, "record", record);
	add_request(object, request);
	return object;
}

json_t *foi_json_closed(const struct id32 *record, uint32_t number)
{
	json_t *object = json_object();
	json_out_id(object, "record", record);
	json_out_number(object, "number", number);
	return object;
}

static void add_warning(
    struct node *node, json_t *warnings, uint32_t rid, const char *what)
{
	struct query_item item = query_item(node, rid, NULL);
	json_out_append(
	    warnings, json_sprintf("record %.12s: %s, its author, %s",
			  text_hex_id(&item.view->id).text,
			  item.author == NULL ? "an organisation not known here"
					      : item.author->card.fields->name,
			  what));
}

json_t *foi_json_decided(struct node *node, const struct foi_decided *decided)
{
	json_t *object = json_object();
	json_t *records = json_array();
	json_t *warnings = json_array();
	json_out_id(object, "record", &decided->record);
	for (size_t i = 0; i < decided->count; i++) {
		uint32_t rid = decided->rids[i];
		const struct id32 *id = &views_get(node_views(node), rid)->id;
		json_out_append(records, json_string(text_hex_id(id).text));
		if (decided->unasked[i]) {
			add_warning(node, warnings, rid,
			    "was not consulted: `qsg foi consult` asks it");
		} else if (decided->waits[i]) {
			add_warning(node, warnings, rid,
			    "was consulted, and has not said anything yet");
		}
	}
	json_out_set(object, "records", records);
	json_out_set(object, "warnings", warnings);
	return object;
}

/*
 * The list.
 */

struct listing {
	struct node *node;
	json_t *array;
};

static uint64_t age_days(struct node *node, const char *date)
{
	int64_t from_ms = 0;
	if (when_parse(span_text(date), &from_ms) != ERR_OK) {
		return 0;
	}
	return (
	    uint64_t)(said_age_ms(from_ms, clock_wall_ms(node_clock(node))) /
		      DAY_MS);
}

static enum err list_request(
    void *context, uint32_t rid, const Qsg__FoiRequest *request)
{
	struct listing *listing = context;
	const struct view_record *view =
	    views_get(node_views(listing->node), rid);
	struct foi_row *rows = NULL;
	size_t count = 0;
	json_t *object = foi_json_logged(&view->id, request);
	enum err err = foi_schedule(listing->node, rid, &rows, &count);
	uint32_t closing = foi_closing(listing->node, rid);
	json_out_text(object, "text", request->text);
	json_out_number(
	    object, "age_days", age_days(listing->node, request->received_on));
	json_out_number(object, "decided", count);
	json_out_set(object, "closed_at", json_null());
	if (closing != 0) {
		json_out_time(object, "closed_at",
		    views_get(node_views(listing->node), closing)->created_ms);
	}
	json_out_append(listing->array, object);
	free(rows);
	return err;
}

static enum err add_view(void *context, const struct query_item *item)
{
	json_t *object = context;
	json_out_id(object, "record", &item->view->id);
	json_out_time(object, "created_at", item->view->created_ms);
	if (item->payload != NULL &&
	    item->payload->content_case == QSG__PAYLOAD__CONTENT_FOI_VIEW) {
		json_out_text(
		    object, "verdict", item->payload->foi_view->verdict);
		json_out_text_or_null(
		    object, "text", item->payload->foi_view->text);
	}
	return ERR_OK;
}

/* An object made by opening a record; null for none. */
static json_t *opened_json(struct node *node, uint32_t rid, query_each each)
{
	json_t *object = NULL;
	if (rid == 0) {
		return json_null();
	}
	object = json_object();
	if (query_open(node, rid, each, object) != ERR_OK) {
		json_decref(object);
		return json_null();
	}
	return object;
}

/* The view that counts of a consultation. */
static enum err view_of(struct node *node, uint32_t rid, uint32_t *out)
{
	struct relation *list = NULL;
	size_t count = 0;
	enum err err = relations_of(
	    node, rid, REFERENCE_ANSWERS_CONSULTATION, &list, &count);
	*out = 0;
	for (size_t i = 0; i < count; i++) {
		if (list[i].counts &&
		    relations_later(node, list[i].rid, *out)) {
			*out = list[i].rid;
		}
	}
	free(list);
	return err;
}

static enum err list_consultation(void *context, const struct query_item *item)
{
	struct listing *listing = context;
	const Qsg__FoiConsultation *asked = item->payload->foi_consultation;
	const Qsg__Card *author =
	    item->author == NULL ? NULL : item->author->card.fields;
	json_t *object = json_object();
	struct id32 about;
	uint32_t view = 0;
	enum err err = view_of(listing->node, item->rid, &view);
	json_out_id(object, "record", &item->view->id);
	json_out_set(object, "about", json_null());
	if (content_refers(item->payload, "consults", &about)) {
		json_out_id(object, "about", &about);
	}
	json_out_bool(
	    object, "ours", item->author != NULL && item->author->org == 1);
	json_out_text_or_null(
	    object, "asked_by", author == NULL ? NULL : author->name);
	json_out_text(object, "text", asked->text);
	json_out_text_or_null(object, "answer_by", asked->answer_by);
	json_out_time(object, "created_at", item->view->created_ms);
	json_out_set(
	    object, "view", opened_json(listing->node, view, add_view));
	json_out_append(listing->array, object);
	return err;
}

static enum err list_consultations(struct listing *listing, size_t *left_out)
{
	struct views *views = node_views(listing->node);
	struct choosing choosing = { .count = 0 };
	enum err err = ERR_OK;
	for (size_t i = 1; i <= views_count(views) && err == ERR_OK; i++) {
		const struct view_record *view = views_get(views, (uint32_t)i);
		if (view->type == VIEW_FOI_CONSULTATION &&
		    view->state == RECORD_READABLE) {
			err = choosing_add(&choosing, (uint32_t)i);
		}
	}
	if (err == ERR_OK) {
		err = choosing_newest(listing->node, &choosing);
	}
	for (size_t i = 0; i < choosing.count && err == ERR_OK; i++) {
		err = query_open(listing->node, choosing.rids[i],
		    list_consultation, listing);
	}
	*left_out = choosing.left_out;
	choosing_clear(&choosing);
	return err;
}

enum err foi_json_list(struct node *node, json_t **out)
{
	struct listing requests = { node, json_array() };
	struct listing consultations = { node, json_array() };
	size_t older = 0;
	size_t left_out = 0;
	enum err err = foi_requests(
	    node, FOI_JSON_REQUESTS, list_request, &requests, &older);
	if (err == ERR_OK) {
		err = list_consultations(&consultations, &left_out);
	}
	*out = json_object();
	json_out_set(*out, "requests", requests.array);
	json_out_number(*out, "requests_left_out", older);
	json_out_set(*out, "consultations", consultations.array);
	json_out_number(*out, "consultations_left_out", left_out);
	return err;
}

/*
 * The schedule.
 */

static enum err add_whole_request(void *context, const struct query_item *item)
{
	json_t *object = context;
	json_out_id(object, "record", &item->view->id);
	add_request(object, item->payload->foi_request);
	json_out_text(object, "text", item->payload->foi_request->text);
	return ERR_OK;
}

static enum err add_consultation(void *context, const struct query_item *item)
{
	json_t *object = context;
	json_out_id(object, "record", &item->view->id);
	json_out_time(object, "created_at", item->view->created_ms);
	return ERR_OK;
}

static enum err add_decision(void *context, const struct query_item *item)
{
	json_t *object = context;
	const Qsg__FoiDecision *decision = item->payload->foi_decision;
	json_out_text(object, "verdict", decision->verdict);
	json_out_text_or_null(object, "exemption", decision->exemption);
	json_out_text_or_null(object, "reason", decision->reason);
	json_out_id(object, "decision", &item->view->id);
	json_out_time(object, "decided_at", item->view->created_ms);
	return ERR_OK;
}

static void add_state(
    struct node *node, json_t *object, const struct query_item *item)
{
	struct corrections_chain chain;
	corrections_chain(node, item->rid, &chain);
	life_json_add_state(node, object, item);
	json_out_set(object, "corrected_by", json_null());
	if (chain.newest != item->rid) {
		json_out_id(object, "corrected_by",
		    &views_get(node_views(node), chain.newest)->id);
	}
}

struct writing {
	struct node *node;
	json_t *object;
};

static enum err add_record(void *context, const struct query_item *item)
{
	const struct writing *writing = context;
	json_t *object = writing->object;
	const Qsg__Card *author =
	    item->author == NULL ? NULL : item->author->card.fields;
	const Qsg__Handling *handling =
	    item->payload == NULL ? NULL : item->payload->handling;
	json_out_id(object, "record", &item->view->id);
	json_out_text(
	    object, "type", views_type_name((enum view_type)item->view->type));
	json_out_text_or_null(
	    object, "author", author == NULL ? NULL : author->name);
	json_out_bool(
	    object, "own", item->author != NULL && item->author->org == 1);
	json_out_text_or_null(object, "provider", item->provider);
	json_out_time(object, "created_at", item->view->created_ms);
	json_out_text_or_null(object, "text",
	    item->payload == NULL ? NULL : content_text(item->payload));
	json_out_text_or_null(
	    object, "foi_note", handling == NULL ? NULL : handling->foi_note);
	add_state(writing->node, object, item);
	return ERR_OK;
}

static enum err row_json(
    struct node *node, const struct foi_row *row, json_t **out)
{
	struct writing writing = { node, json_object() };
	enum err err = query_open(node, row->rid, add_record, &writing);
	if (err == ERR_OK) {
		err = query_open(
		    node, row->decision, add_decision, writing.object);
	}
	json_out_number(writing.object, "earlier_decisions", row->earlier);
	json_out_set(writing.object, "consultation",
	    opened_json(node, row->asked.consultation, add_consultation));
	json_out_set(writing.object, "view",
	    opened_json(node, row->asked.view, add_view));
	*out = writing.object;
	return err;
}

enum err foi_json_schedule(struct node *node, uint32_t request, json_t **out)
{
	json_t *object = json_object();
	json_t *about = json_object();
	json_t *array = json_array();
	struct foi_row *rows = NULL;
	size_t count = 0;
	enum err err = foi_schedule(node, request, &rows, &count);
	if (err == ERR_OK) {
		err = query_open(node, request, add_whole_request, about);
	}
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		json_t *row = NULL;
		err = row_json(node, &rows[i], &row);
		json_out_append(array, row);
	}
	json_out_set(object, "request", about);
	json_out_set(object, "rows", array);
	free(rows);
	*out = object;
	return err;
}

/*
 * Search.
 */

/* How a text begins, in whole characters. */
static json_t *excerpt(const char *text)
{
	size_t size = strlen(text);
	if (size > EXCERPT) {
		size = EXCERPT;
		while (size > 0 && ((unsigned char)text[size] & 0xC0) == 0x80) {
			size--;
		}
	}
	return json_stringn(text, size);
}

static enum err add_hit(void *context, const struct searching_hit *hit)
{
	json_t *array = context;
	size_t at = 0;
	const json_t *each = NULL;
	json_t *object = NULL;
	json_array_foreach(array, at, each)
	{
		if (strcmp(json_string_value(json_object_get(each, "term")),
			hit->term) == 0 &&
		    strcmp(json_string_value(json_object_get(each, "field")),
			hit->field) == 0) {
			return ERR_OK;
		}
	}
	if (at < FOUND) {
		object = json_object();
		json_out_text(object, "term", hit->term);
		json_out_text(object, "field", hit->field);
		json_out_set(object, "begins", excerpt(hit->text));
		json_out_append(array, object);
	}
	return ERR_OK;
}

enum err foi_json_found(struct node *node, const struct query_item *item,
    const struct searching *searching, json_t **out)
{
	json_t *found = json_array();
	enum err err =
	    item->payload == NULL
		? ERR_OK
		: searching_payload(searching, item->payload, add_hit, found);
	*out = NULL;
	if (err == ERR_OK && json_array_size(found) > 0) {
		*out = record_json_brief(node, item);
		add_state(node, *out, item);
		json_out_set(*out, "found", json_incref(found));
	}
	json_decref(found);
	return err;
}
