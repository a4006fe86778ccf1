#include "view/grant_json.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/choosing.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/share_json.h"

#include <string.h>

static json_t *organisation_json(struct node *node, const struct id32 *id)
{
	const struct peer *peer = peers_by_id(node, id);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_t *object = json_object();
	json_out_text_or_null(object, "name", card == NULL ? NULL : card->name);
	json_out_text_or_null(object, "code", card == NULL ? NULL : card->code);
	json_out_text(object, "fingerprint", text_fingerprint(id).text);
	return object;
}

static json_t *author_json(struct node *node, int64_t org)
{
	const struct peer *peer = peers_get(node, org);
	if (peer == NULL) {
		return json_null();
	}
	json_t *object = json_object();
	json_out_text(object, "name", peer->card.fields->name);
	json_out_text(object, "code", peer->card.fields->code);
	json_out_text(object, "fingerprint",
	    text_fingerprint(&peer->card.organisation).text);
	return object;
}

static void add_id(json_t *object, const char *key, const struct id32 *id)
{
	json_out_set(object, key, json_null());
	if (!id_is_zero(id)) {
		json_out_id(object, key, id);
	}
}

static json_t *one_json(struct node *node, const struct granting_one *one)
{
	json_t *object = json_object();
	json_out_id(object, "record", &one->original);
	json_out_set(object, "author", author_json(node, one->author));
	add_id(object, "granted_by", &one->granted_by);
	add_id(object, "grant", &one->share.record);
	if (one->share.draft != 0) {
		json_out_number(object, "draft", (uint64_t)one->share.draft);
	}
	if (one->share.release != 0) {
		json_out_number(
		    object, "release", (uint64_t)one->share.release);
	}
	json_out_set(object, "readers",
	    share_json_readers(
		node, one->share.readers, one->share.reader_count));
	return object;
}

json_t *grant_json_result(
    struct node *node, const struct granting_result *result)
{
	json_t *object = share_json_audience(node, &result->whole);
	json_t *grants = json_array();
	json_t *findings = json_array();
	for (size_t i = 0; i < result->count; i++) {
		json_out_append(grants, one_json(node, &result->items[i]));
	}
	if (result->count > 0) {
		json_decref(findings);
		findings = share_json_findings(
		    &result->items[result->count - 1].share.findings);
	}
	json_out_set(object, "grants", grants);
	json_out_set(object, "findings", findings);
	return object;
}

json_t *grant_json_page(const struct granting_page *page)
{
	json_t *object = json_object();
	json_t *left = json_array();
	for (size_t i = 0; i < page->left_count; i++) {
		json_t *one = json_object();
		json_out_id(one, "record", &page->left[i].record);
		json_out_text(one, "why", page->left[i].why);
		json_out_append(left, one);
	}
	json_out_set(object, "grants", json_array());
	json_out_text(object, "group_name", page->group_name);
	json_out_number(object, "granted", page->granted);
	json_out_number(object, "read", page->read);
	json_out_set(object, "left", left);
	json_out_number(object, "next", page->place);
	json_out_number(object, "started", page->started);
	add_id(object, "summary", &page->summary);
	return object;
}

/*
 * What `record` shows.
 */

static void add_verdict(struct node *node, json_t *object, uint32_t rid,
    const Qsg__Payload *payload)
{
	struct granting_opened opened = { 0 };
	if (payload == NULL ||
	    payload->content_case != QSG__PAYLOAD__CONTENT_GRANT ||
	    granting_judge(node, rid, payload, &opened) != ERR_OK) {
		return;
	}
	add_id(object, "original", &opened.original);
	json_out_bool(object, "counts", opened.why_not[0] == '\0');
	json_out_text_or_null(object, "why_not", opened.why_not);
	granting_opened_clear(&opened);
}

static void add_carried(struct node *node, json_t *object, uint32_t rid)
{
	uint32_t grant = views_holder(node_views(node), rid);
	Qsg__Payload *payload = NULL;
	if (grant == rid || granting_carrier(node, rid, &payload) != ERR_OK) {
		return;
	}
	json_t *by = json_object();
	json_out_id(by, "grant", &views_get(node_views(node), grant)->id);
	json_out_set(by, "organisation",
	    organisation_json(node, state_author_id(node, grant)));
	json_out_text(by, "reason", payload->grant->reason);
	json_out_time(by, "at", views_get(node_views(node), grant)->created_ms);
	json_out_bool(by, "proof_verified", true);
	json_out_set(object, "granted_by", by);
	canon_wipe(&payload->base);
}

void grant_json_add(
    struct node *node, json_t *object, const struct query_item *item)
{
	add_verdict(node, object, item->rid, item->payload);
	add_carried(node, object, item->rid);
}

static json_t *readers_json(
    struct node *node, const struct state_stream *stream)
{
	json_t *array = json_array();
	for (size_t i = 0; i < stream->reader_count; i++) {
		json_out_append(
		    array, organisation_json(node, &stream->readers[i]));
	}
	return array;
}

static json_t *grant_json(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node_views(node), rid);
	json_t *object = json_object();
	Qsg__Payload *payload = NULL;
	json_out_id(object, "grant", &view->id);
	json_out_set(
	    object, "by", organisation_json(node, state_author_id(node, rid)));
	json_out_set(
	    object, "to", readers_json(node, state_stream(node, view->stream)));
	json_out_time(object, "at", view->created_ms);
	if (query_take(node, rid, &payload) == ERR_OK && payload != NULL) {
		json_out_text(object, "reason", payload->grant->reason);
		add_verdict(node, object, rid, payload);
		canon_wipe(&payload->base);
	}
	return object;
}

void grant_json_add_grants(struct node *node, json_t *object, uint32_t rid)
{
	const struct id32 *id = &views_get(node_views(node), rid)->id;
	struct choosing choosing = { .count = 0 };
	json_t *array = json_array();
	size_t place = 0;
	uint32_t grant = 0;
	enum err err = ERR_OK;
	while (err == ERR_OK && (grant = granting_of(node, id, &place)) != 0) {
		err = choosing_add(&choosing, grant);
	}
	if (err == ERR_OK) {
		err = choosing_newest(node, &choosing);
	}
	for (size_t i = 0; err == ERR_OK && i < choosing.count; i++) {
		json_out_append(array, grant_json(node, choosing.rids[i]));
	}
	if (json_array_size(array) > 0) {
		json_out_set(object, "grants", json_incref(array));
		json_out_number(object, "grants_left_out", choosing.left_out);
	}
	json_decref(array);
	choosing_clear(&choosing);
}

/*
 * Requests.
 */

json_t *grant_json_request(struct node *node, const struct onward_item *item)
{
	enum { DAY_MS = 24 * 60 * 60 * 1000 };
	const struct view_record *view = views_get(node_views(node), item->rid);
	const Qsg__OnwardRequest *asked = item->payload->onward_request;
	json_t *object = json_object();
	json_t *to = json_array();
	for (size_t i = 0; i < asked->n_to; i++) {
		struct id32 id;
		if (asked->to[i].len == sizeof(id.b)) {
			memcpy(id.b, asked->to[i].data, sizeof(id.b));
			json_out_append(to, organisation_json(node, &id));
		}
	}
	json_out_id(object, "id", &view->id);
	add_id(object, "record", &item->record);
	json_out_bool(object, "ours", item->asker == 1);
	json_out_set(object, "asker", author_json(node, item->asker));
	json_out_set(object, "to", to);
	json_out_text(object, "reason", asked->reason);
	json_out_time(object, "asked_at", view->created_ms);
	json_out_number(object, "age_days", (uint64_t)(item->age_ms / DAY_MS));
	json_out_text(object, "state",
	    item->answer_rid == 0 ? "open"
	    : item->allowed       ? "allowed"
				  : "refused");
	json_out_set(object, "answer", json_null());
	if (item->answer_rid != 0) {
		json_out_id(object, "answer",
		    &views_get(node_views(node), item->answer_rid)->id);
	}
	return object;
}
