#include "view/record_json.h"

#include "codec/pbjson.h"
#include "codec/text.h"
#include "domain/content.h"
#include "service/disown.h"
#include "service/groups.h"
#include "service/mention.h"
#include "service/relations.h"
#include "service/state.h"
#include "view/erasure_json.h"
#include "view/grant_json.h"
#include "view/json_out.h"
#include "view/life_json.h"
#include "view/said_json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(unsigned int kind)
{
	static const char *const names[] = { NULL, "hard", "soft" };
	return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}

static const char *state_name(unsigned int state)
{
	switch ((enum record_state)state) {
	case RECORD_READABLE:
		return "readable";
	case RECORD_BODYLESS:
		return "bodyless";
	case RECORD_UNREADABLE:
		return "unreadable";
	}
	return "unreadable";
}

/* Fields of content whose names are not taken yet; `kind` and the like stand
 * there already, as plain values. */
static void add_content(json_t *object, const ProtobufCMessage *message)
{
	json_t *content = NULL;
	const char *key = NULL;
	json_t *value = NULL;
	if (pbjson_write(message, &content) != ERR_OK) {
		return;
	}
	json_object_foreach(content, key, value)
	{
		if (json_object_get(object, key) == NULL) {
			(void)json_object_set(object, key, value);
		}
	}
	json_decref(content);
}

static void add_set(json_t *object, const Qsg__IndicatorSet *set)
{
	json_out_number(object, "rows", (uint64_t)set->n_rows);
	json_out_text(object, "set", set->set);
	json_out_text(object, "publisher", set->publisher);
	json_out_text(object, "period", set->period);
}

static void add_indicators(json_t *object, const struct query_item *item)
{
	if (item->payload != NULL &&
	    item->payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
		add_set(object, item->payload->indicators);
	} else {
		json_out_number(object, "rows", item->view->rows);
	}
}

/* Not: who reads, what is long, and what `record` shows in a place of its own.
 */
static bool is_told_whole(const Qsg__Payload *payload)
{
	const struct content_kind *kind = content_kind(payload);

	if (payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_MISSED ||
	    payload->content_case == QSG__PAYLOAD__CONTENT_ALARM_SEEN) {
		return true;
	}
	return kind != NULL && !kind->housekeeping &&
	       payload->content_case != QSG__PAYLOAD__CONTENT_GRANT &&
	       payload->content_case != QSG__PAYLOAD__CONTENT_INDICATORS;
}

static bool has_rows(const struct query_item *item)
{
	return item->view->type == VIEW_INDICATOR ||
	       (item->payload != NULL && item->payload->content_case ==
					     QSG__PAYLOAD__CONTENT_INDICATORS);
}

/* In the stream whose only reader is its author. */
static void add_private(
    struct node *node, json_t *object, const struct query_item *item)
{
	struct id32 *readers = NULL;
	size_t count = 0;
	bool alone = false;
	if (item->author != NULL && item->author->org == 1 &&
	    query_audience(node, item->rid, &readers, &count) == ERR_OK) {
		alone = count == 1;
		free(readers);
	}
	json_out_bool(object, "private", alone);
}

/* What a decision says, and on which record; on none where it was refused. */
static void add_decision(json_t *object, const Qsg__Payload *payload)
{
	json_t *content = NULL;
	struct id32 on;
	if (payload->content_case != QSG__PAYLOAD__CONTENT_DECISION ||
	    pbjson_write(&payload->decision->base, &content) != ERR_OK) {
		return;
	}
	json_out_set(object, "decision", content);
	if (content_refers(payload, reference_token(REFERENCE_DECIDES), &on)) {
		json_out_id(object, "decides_on", &on);
	}
}

json_t *record_json_brief(struct node *node, const struct query_item *item)
{
	const struct view_record *view = item->view;
	json_t *object = json_object();
	json_out_id(object, "id", &view->id);
	json_out_text(
	    object, "type", views_type_name((enum view_type)view->type));
	said_json_add_author(object, item->author);
	json_out_text_or_null(object, "provider", item->provider);
	json_out_text_or_null(object, "kind", kind_name(view->kind));
	json_out_text_or_null(object, "source", item->source);
	json_out_text_or_null(object, "dimension", item->dimension);
	json_out_text_or_null(object, "text",
	    item->payload == NULL ? NULL : content_text(item->payload));
	json_out_time(object, "received_at", view->received_ms);
	json_out_time(object, "created_at", view->created_ms);
	add_private(node, object, item);
	if (has_rows(item)) {
		add_indicators(object, item);
	}
	if (item->payload != NULL && is_told_whole(item->payload)) {
		add_content(object, content_message(item->payload));
	}
	if (item->payload != NULL) {
		add_decision(object, item->payload);
	}
	said_json_add_standing(node, object, item);
	grant_json_add(node, object, item);
	life_json_add_state(node, object, item);
	if (item->payload != NULL && item->payload->handling != NULL) {
		json_out_text_or_null(
		    object, "foi_note", item->payload->handling->foi_note);
	}
	json_out_bool(object, "proven", mention_proven(node, item->rid));
	if (disown_record(node, item->rid)) {
		json_out_bool(object, "disowned", true);
	}
	if (query_split_view(node, item->rid)) {
		json_out_bool(object, "split_view", true);
	}
	if (view->state != RECORD_READABLE) {
		json_out_text(object, "state", state_name(view->state));
		json_out_text(object, "reason",
		    records_reason_name((enum record_reason)view->reason));
	}
	return object;
}

static json_t *reader_json(struct node *node, const struct id32 *id)
{
	json_t *object = json_object();
	const struct peer *peer = peers_by_id(node, id);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(object, "name", card == NULL ? NULL : card->name);
	json_out_text_or_null(object, "code", card == NULL ? NULL : card->code);
	json_out_text(object, "fingerprint", text_fingerprint(id).text);
	return object;
}

static json_t *audience_json(struct node *node, uint32_t rid)
{
	struct id32 *readers = NULL;
	size_t count = 0;
	if (query_audience(node, rid, &readers, &count) != ERR_OK) {
		return json_null();
	}
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		json_out_append(array, reader_json(node, &readers[i]));
	}
	free(readers);
	return array;
}

static json_t *position_json(struct node *node, uint32_t rid)
{
	struct query_position position;
	char generation[2 * sizeof(position.generation) + 1];
	if (query_position(node, rid, &position) != ERR_OK) {
		return json_null();
	}
	const uint8_t *bytes = (const uint8_t *)&position.generation;
	for (size_t i = 0; i < sizeof(position.generation); i++) {
		(void)snprintf(generation + 2 * i, 3, "%02x", bytes[i]);
	}
	json_t *object = json_object();
	json_out_text(object, "generation", generation);
	json_out_number(object, "index", position.leaf);
	json_out_number(object, "size", position.head_size);
	json_out_id(object, "stream", &position.stream);
	json_out_number(object, "number", position.number);
	json_out_text(object, "status", position.stream_status);
	json_out_bool(object, "joined", position.joined);
	return object;
}

static json_t *references_json(const Qsg__Payload *payload)
{
	json_t *array = json_array();
	for (size_t i = 0; payload != NULL && i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];
		struct id32 id;
		if (reference->record.len != sizeof(id)) {
			continue;
		}
		memcpy(&id, reference->record.data, sizeof(id));
		json_t *object = json_object();
		json_out_text(object, "relation", reference->relation);
		json_out_id(object, "record", &id);
		json_out_append(array, object);
	}
	return array;
}

static void add_recorder(json_t *object, const Qsg__Payload *payload)
{
	json_out_text_or_null(
	    object, "role", payload == NULL ? NULL : payload->role);
	json_out_text_or_null(
	    object, "person", payload == NULL ? NULL : payload->person);
	json_t *handling = NULL;
	if (payload != NULL && payload->handling != NULL &&
	    pbjson_write(&payload->handling->base, &handling) == ERR_OK) {
		json_out_set(object, "handling", handling);
	}
}

/* A note about a provider, and what its home group is called, if known here. */
static json_t *relation_json(struct node *node, const Qsg__Relation *relation)
{
	const struct group_state *group = NULL;
	struct id32 home;
	json_t *object = NULL;
	if (pbjson_write(&relation->base, &object) != ERR_OK) {
		return json_null();
	}
	if (relation->home_group.len == sizeof(home.b)) {
		memcpy(home.b, relation->home_group.data, sizeof(home.b));
		if (groups_by_id(node, &home, &group) == ERR_OK &&
		    group->stated != NULL) {
			json_out_text(object, "home_group_name",
			    group->stated->charter->name);
		}
	}
	return object;
}

/* What stands in a place of its own, by its kind of content. */
static void add_rest(
    struct node *node, json_t *object, const Qsg__Payload *payload)
{
	json_t *content = NULL;
	if (payload == NULL) {
		return;
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS &&
	    pbjson_write(&payload->indicators->base, &content) == ERR_OK) {
		json_out_set(object, "indicators", content);
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_OVERRIDE &&
		   pbjson_write(&payload->override->base, &content) == ERR_OK) {
		json_out_set(object, "override", content);
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_RECEIPT &&
		   pbjson_write(&payload->receipt->base, &content) == ERR_OK) {
		json_out_set(object, "receipt_for", content);
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_RELATION) {
		json_out_set(
		    object, "relation", relation_json(node, payload->relation));
	}
}

/* What this organisation keeps about its own record for itself alone: records
 * of ours that refer to it. */
static void add_kept(
    struct node *node, json_t *object, enum reference how, uint32_t rid)
{
	const char *key =
	    how == REFERENCE_SOURCE_OF ? "source_of" : reference_token(how);
	struct relation *list = NULL;
	size_t count = 0;
	if (relations_of(node, rid, how, &list, &count) != ERR_OK) {
		return;
	}
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		struct hex32 hex =
		    text_hex_id(&views_get(node_views(node), list[i].rid)->id);
		if (list[i].author == 1) {
			json_out_append(array, json_string(hex.text));
		}
	}
	if (json_array_size(array) > 0) {
		json_out_set(object, key, json_incref(array));
	}
	json_decref(array);
	free(list);
}

void record_json_add_payload(
    struct node *node, json_t *object, const Qsg__Payload *payload)
{
	json_out_text(object, "type", content_kind(payload)->token);
	json_out_text_or_null(object, "provider", content_provider(payload));
	json_out_text_or_null(object, "text", content_text(payload));
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) {
		add_set(object, payload->indicators);
	}
	if (is_told_whole(payload)) {
		add_content(object, content_message(payload));
	}
	json_out_set(object, "references", references_json(payload));
	add_recorder(object, payload);
	add_rest(node, object, payload);
}

json_t *record_json_whole(struct node *node, const struct query_item *item)
{
	json_t *object = record_json_brief(node, item);
	json_out_set(object, "audience", audience_json(node, item->rid));
	json_out_set(object, "log", position_json(node, item->rid));
	json_out_set(object, "references", references_json(item->payload));
	json_out_set(object, "corrected_by", json_null());
	if (item->view->corrected_by != 0 &&
	    (!disown_record(node, item->view->corrected_by) ||
		disown_record(node, item->rid))) {
		json_out_id(object, "corrected_by",
		    &views_get(node_views(node), item->view->corrected_by)->id);
	}
	life_json_add_current(node, object, item);
	said_json_add_relations(node, object, item);
	grant_json_add_grants(node, object, item->rid);
	if (erasure_json_add(node, &item->view->id, object) != ERR_OK) {
		json_out_set(object, "erasures", json_null());
	}
	add_recorder(object, item->payload);
	add_rest(node, object, item->payload);
	if (item->author != NULL && item->author->org == 1) {
		add_kept(node, object, REFERENCE_SOURCE_OF, item->rid);
		add_kept(node, object, REFERENCE_DECIDES, item->rid);
	}
	return object;
}
