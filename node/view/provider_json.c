#include "view/provider_json.h"

#include "codec/pbjson.h"
#include "codec/text.h"
#include "service/groups.h"
#include "service/query.h"
#include "service/state.h"
#include "service/summits_review.h"
#include "view/json_out.h"
#include "view/provider_said.h"
#include "view/said_json.h"
#include "view/share_json.h"

#include <stdlib.h>
#include <string.h>

static void add_organisation(json_t *object, const struct peer *peer)
{
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(object, "name", card == NULL ? NULL : card->name);
	json_out_text_or_null(object, "code", card == NULL ? NULL : card->code);
	json_out_set(object, "fingerprint", json_null());
	if (peer != NULL) {
		json_out_text(object, "fingerprint",
		    text_fingerprint(&peer->card.organisation).text);
	}
}

static json_t *organisation(struct node *node, int64_t org)
{
	json_t *object = json_object();
	add_organisation(object, peers_get(node, org));
	return object;
}

/*
 * Who it is.
 */

static json_t *home_json(struct node *node, const struct providers_about *about)
{
	const struct group_state *group = NULL;
	json_t *object = NULL;
	if (id_is_zero(&about->home_group)) {
		return json_null();
	}
	object = json_object();
	json_out_id(object, "id", &about->home_group);
	json_out_set(object, "name", json_null());
	if (groups_by_id(node, &about->home_group, &group) == ERR_OK &&
	    group->stated != NULL && group->stated->charter != NULL) {
		json_out_text(object, "name", group->stated->charter->name);
	}
	json_out_set(
	    object, "stated_by", organisation(node, about->home_said_by));
	return object;
}

/* By its id where we know it, else as a register has the code. */
static void add_commissioner_name(
    struct node *node, json_t *object, const Qsg__Commissioner *said)
{
	const struct providers_one *one = NULL;
	struct peer *peer = NULL;
	struct id32 id;
	if (said->organisation.len == sizeof(id)) {
		memcpy(&id, said->organisation.data, sizeof(id));
		peer = peers_by_id(node, &id);
	}
	if (peer == NULL && said->code[0] != '\0' &&
	    peers_resolve(node, said->code, &peer) != ERR_OK) {
		peer = NULL;
	}
	add_organisation(object, peer);
	json_out_text_or_null(object, "code", said->code);
	if (peer == NULL && providers_find(node, said->code, &one) == ERR_OK &&
	    one != NULL && one->named.entry != NULL) {
		json_out_text(object, "name", one->named.entry->name);
	}
}

static json_t *commissioners_json(
    struct node *node, const struct providers_about *about)
{
	json_t *array = json_array();
	const Qsg__RegisteredProvider *entry =
	    about->one == NULL ? NULL : about->one->named.entry;
	bool told = false;
	for (size_t i = 0; i < about->commissioner_count; i++) {
		const struct providers_commissioner *each =
		    &about->commissioners[i];
		json_t *object = json_object();
		add_commissioner_name(node, object, each->said);
		json_out_text(object, "part", each->said->part);
		json_out_set(
		    object, "stated_by", organisation(node, each->org));
		json_out_id(object, "record",
		    &views_get(node_views(node), each->rid)->id);
		told = told || (entry != NULL && strcmp(entry->commissioner,
						     each->said->code) == 0);
		json_out_append(array, object);
	}
	if (entry != NULL && entry->commissioner[0] != '\0' && !told) {
		Qsg__Commissioner listed;
		json_t *object = json_object();
		qsg__commissioner__init(&listed);
		listed.code = entry->commissioner;
		add_commissioner_name(node, object, &listed);
		json_out_set(object, "part", json_null());
		json_out_set(object, "stated_by", json_null());
		json_out_set(object, "record", json_null());
		json_out_append(array, object);
	}
	return array;
}

static json_t *sites_json(const struct providers_about *about)
{
	json_t *array = json_array();
	for (size_t i = 0; i < about->site_count; i++) {
		const Qsg__ProviderSite *site = about->sites[i];
		json_t *object = json_object();
		json_out_text(object, "code", site->code);
		json_out_text(object, "name", site->name);
		json_out_text_or_null(object, "closed_on", site->closed_on);
		json_out_append(array, object);
	}
	return array;
}

static json_t *register_json(const struct providers_listed *listed)
{
	json_t *object = NULL;
	if (listed->entry == NULL) {
		return json_null();
	}
	object = json_object();
	json_out_text(object, "publisher", listed->publisher);
	json_out_text(object, "set", listed->set);
	return object;
}

/* What list and show have in common. */
static void add_who(struct node *node, json_t *object, const char *code,
    const struct providers_about *about)
{
	const Qsg__RegisteredProvider *entry =
	    about->one == NULL ? NULL : about->one->named.entry;
	json_out_text(object, "provider", code);
	json_out_text_or_null(object, "name", about->name);
	json_out_text_or_null(object, "type", about->type);
	json_out_text_or_null(
	    object, "area", entry == NULL ? NULL : entry->area);
	json_out_text_or_null(
	    object, "closed_on", entry == NULL ? NULL : entry->closed_on);
	json_out_set(object, "home_group", home_json(node, about));
}

static void add_whole_who(
    struct node *node, json_t *object, const struct providers_about *about)
{
	static const struct providers_one nothing;
	const struct providers_one *one =
	    about->one == NULL ? &nothing : about->one;
	const Qsg__RegisteredProvider *entry = one->named.entry;
	json_out_bool(object, "known", about->one != NULL);
	json_out_text_or_null(
	    object, "region", entry == NULL ? NULL : entry->region);
	json_out_text_or_null(
	    object, "opened_on", entry == NULL ? NULL : entry->opened_on);
	json_out_set(object, "register", register_json(&one->named));
	json_out_text_or_null(object, "site_of", one->site_of);
	json_out_set(object, "sites", sites_json(about));
	json_out_set(object, "commissioners", commissioners_json(node, about));
}

/*
 * In short.
 */

static enum err add_judgement(void *context, const struct query_item *item)
{
	json_t *array = context;
	json_t *object = NULL;
	if (item->payload == NULL ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_JUDGEMENT) {
		return ERR_OK;
	}
	object = json_object();
	said_json_add_author(object, item->author);
	json_out_text(object, "view", item->payload->judgement->view);
	json_out_time(object, "created_at", item->view->created_ms);
	json_out_id(object, "record", &item->view->id);
	json_out_append(array, object);
	return ERR_OK;
}

enum err provider_json_brief(
    struct node *node, const struct pictures_brief *brief, json_t **out)
{
	json_t *object = json_object();
	json_t *judgements = json_array();
	enum err err = ERR_OK;
	add_who(node, object, brief->code, brief->about);
	json_out_number(object, "concerns", brief->concerns);
	json_out_number(object, "assurances", brief->assurances);
	json_out_number(object, "good_practice", brief->good_practice);
	json_out_number(object, "unstated", brief->unstated);
	json_out_number(object, "records", brief->records);
	json_out_time(object, "heard_at", brief->heard_ms);
	for (size_t i = 0; i < brief->judgement_count && err == ERR_OK; i++) {
		err = query_open(
		    node, brief->judgements[i], add_judgement, judgements);
	}
	json_out_set(object, "judgements", judgements);
	*out = object;
	return err;
}

/*
 * In full.
 */

static void add_totals(json_t *object, const struct pictures_look *look)
{
	const struct picture_counts *counts = &look->picture.counts;
	json_t *totals = json_object();
	json_out_number(totals, "concerns", counts->concerns);
	json_out_number(totals, "assurances", counts->assurances);
	json_out_number(totals, "good_practice", counts->good_practice);
	json_out_number(totals, "unstated", counts->unstated);
	json_out_number(totals, "significant", counts->significant);
	json_out_number(totals, "corroborations", counts->corroborations);
	json_out_number(totals, "feedback", counts->feedback);
	json_out_number(totals, "indicators", counts->indicators);
	json_out_number(totals, "judgements", counts->judgements);
	json_out_number(totals, "findings", counts->findings);
	json_out_number(totals, "open_requests", counts->open_requests);
	json_out_number(totals, "not_counted", counts->not_counted);
	json_out_set(object, "counts", totals);
	json_out_set(object, "ids", provider_said_ids(look));
}

static void add_heard(
    struct node *node, json_t *object, const struct pictures_look *look)
{
	int64_t heard_ms = 0;
	for (size_t i = 0; i < look->picture.count; i++) {
		const struct picture_entry *entry = &look->picture.entries[i];
		const struct view_record *view =
		    views_get(node_views(node), pictures_rid(look, entry));
		if (entry->standing != PICTURE_ELSEWHERE &&
		    view->type != VIEW_RELATION &&
		    view->received_ms > heard_ms) {
			heard_ms = view->received_ms;
		}
	}
	json_out_time(object, "heard_at", heard_ms);
}

/* As each request says itself: of one to several, some may be silent yet. */
static void add_open_requests(json_t *object)
{
	json_t *open = json_array();
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(object, "requests"), at, each)
	{
		const char *standing =
		    json_string_value(json_object_get(each, "standing"));
		const char *state =
		    json_string_value(json_object_get(each, "state"));
		if (strcmp(standing, "counts") == 0 &&
		    strcmp(state, "open") == 0) {
			json_out_append(
			    open, json_incref(json_object_get(each, "id")));
		}
	}
	json_out_number(json_object_get(object, "counts"), "open_requests",
	    json_array_size(open));
	json_out_set(json_object_get(object, "ids"), "open_requests", open);
}

/* What a risk summit left behind that stood down. */
static void add_review(
    struct node *node, json_t *object, const struct pictures_look *look)
{
	const struct group_state *group = NULL;
	struct summits_review review;
	json_t *shown = NULL;
	if (summits_review(node, look, &review) != ERR_OK || !review.due) {
		json_out_set(object, "regular_review", json_null());
		return;
	}
	shown = json_object();
	json_out_id(shown, "summit", &review.summit);
	json_out_id(shown, "record", &review.record);
	json_out_time(shown, "since", review.since_ms);
	json_out_set(shown, "group", json_null());
	if (!id_is_zero(&review.group)) {
		json_out_id(shown, "group", &review.group);
	}
	json_out_set(shown, "group_name", json_null());
	if (!id_is_zero(&review.group) &&
	    groups_by_id(node, &review.group, &group) == ERR_OK &&
	    group->stated != NULL) {
		json_out_text(
		    shown, "group_name", group->stated->charter->name);
	}
	json_out_set(object, "regular_review", shown);
}

json_t *provider_json_look(
    struct node *node, const char *code, const struct pictures_look *look)
{
	json_t *object = json_object();
	size_t relations = 0;
	add_who(node, object, code, &look->about);
	add_whole_who(node, object, &look->about);
	add_heard(node, object, look);
	add_totals(object, look);
	json_out_set(object, "signals", provider_said_signals(look));
	provider_said_lists(node, object, look);
	add_open_requests(object);
	json_out_bool(object, "opposed", look->picture.opposed);
	add_review(node, object, look);
	/* Meetings are recorded by a later version. */
	json_out_set(object, "last_discussed", json_null());
	json_out_id(object, "state_hash", &look->state_hash);
	json_out_number(object, "state_records", look->hashed);
	json_out_number(object, "left_out", look->left_out);
	/* To all providers. */
	if (providers_left_out(node, &relations) != ERR_OK) {
		relations = 0;
	}
	json_out_number(object, "relations_left_out", relations);
	return object;
}

/*
 * What was noted.
 */

static void add_warnings(const struct registering_noted *noted, json_t *array)
{
	if (noted->unknown_provider) {
		json_out_append(
		    array, json_sprintf("provider %s is in no register here "
					"and new to this node",
			       noted->relation->provider));
	}
	if (noted->unknown_commissioner) {
		json_out_append(array,
		    json_string("the commissioner is no organisation you know, "
				"and in no register here"));
	}
}

json_t *provider_json_noted(
    struct node *node, const struct registering_noted *noted)
{
	json_t *object = share_json_result(node, &noted->share, NULL);
	json_t *relation = NULL;
	if (noted->relation != NULL) {
		add_warnings(noted, json_object_get(object, "warnings"));
		if (pbjson_write(&noted->relation->base, &relation) == ERR_OK) {
			json_out_set(object, "relation", relation);
		}
	}
	return object;
}
