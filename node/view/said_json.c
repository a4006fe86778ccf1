#include "view/said_json.h"

#include "codec/text.h"
#include "domain/content.h"
#include "domain/said.h"
#include "service/scoping.h"
#include "service/standing.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/share_json.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS 86400000

static void add_organisation(
    struct node *node, json_t *object, const struct id32 *id)
{
	const struct peer *peer = peers_by_id(node, id);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(object, "name", card == NULL ? NULL : card->name);
	json_out_text_or_null(object, "code", card == NULL ? NULL : card->code);
	json_out_text(object, "fingerprint", text_fingerprint(id).text);
}

void said_json_add_author(json_t *object, const struct peer *author)
{
	const Qsg__Card *card = author == NULL ? NULL : author->card.fields;
	json_out_text_or_null(
	    object, "author", card == NULL ? NULL : card->name);
	json_out_text_or_null(
	    object, "author_code", card == NULL ? NULL : card->code);
	/* M439 */
	if (author != NULL && author->org < 0) {
		json_out_bool(object, "enrolled", false);
		json_out_text(object, "author_fingerprint",
		    text_fingerprint(&author->card.organisation).text);
	}
}

/*
 * What was said just now.
 */

static json_t *left_out_json(
    struct node *node, const struct saying_result *result)
{
	json_t *array = json_array();
	for (size_t i = 0; i < result->left_out_count; i++) {
		json_t *object = json_object();
		add_organisation(
		    node, object, &result->left_out[i].organisation);
		json_out_text(object, "why", result->left_out[i].why);
		json_out_append(array, object);
	}
	return array;
}

static void add_warnings(
    struct node *node, const struct saying_result *result, json_t *warnings)
{
	for (size_t i = 0; i < result->blind_count; i++) {
		const struct saying_blind *blind = &result->blind[i];
		struct hex32 hex = text_hex_id(&blind->record);
		json_out_append(warnings,
		    json_sprintf("%s cannot read record %.12s: citing it does "
				 "not share it",
			peers_get(node, blind->org)->card.fields->name,
			hex.text));
	}
}

json_t *said_json_result(
    struct node *node, const struct saying_result *result, const char *provider)
{
	json_t *object = share_json_result(node, &result->share, provider);
	json_out_set(object, "about", json_null());
	if (!id_is_zero(&result->about)) {
		json_out_id(object, "about", &result->about);
	}
	json_out_set(object, "left_out", left_out_json(node, result));
	add_warnings(node, result, json_object_get(object, "warnings"));
	return object;
}

/*
 * Those that refer to a record.
 */

struct listing {
	struct node *node;
	const struct relation *relation;
	json_t *array;
};

static enum err add_relation(void *context, const struct query_item *item)
{
	const struct listing *listing = context;
	const struct relation *relation = listing->relation;
	const Qsg__Payload *payload = item->payload;
	json_t *object = json_object();
	json_out_id(object, "id", &item->view->id);
	said_json_add_author(object, item->author);
	json_out_time(object, "created_at", item->view->created_ms);
	json_out_bool(object, "counts", relation->counts);
	if (!relation->counts) {
		json_out_text(object, "why_not", relation->why_not);
	}
	if (relation->retracted) {
		json_out_bool(object, "retracted", true);
	}
	if (payload != NULL) {
		json_out_text_or_null(object, "text", content_text(payload));
	}
	if (item->view->type == VIEW_ANSWER && payload != NULL) {
		json_out_text(object, "verdict", payload->answer->verdict);
		json_out_bool(object, "superseded", relation->superseded);
	} else if (item->view->type == VIEW_FEEDBACK && payload != NULL) {
		json_out_text_or_null(
		    object, "outcome", payload->feedback->outcome);
	} else if (item->view->type == VIEW_CORROBORATION && payload != NULL) {
		json_out_text_or_null(
		    object, "source", payload->corroboration->source);
		json_out_bool(
		    object, "independent", payload->corroboration->independent);
	}
	json_out_append(listing->array, object);
	return ERR_OK;
}

/* Whoever says very much leaves room for the others: the newest of each. */
static enum err choose(struct node *node, const struct relation *relations,
    size_t count, bool *chosen, size_t *shown)
{
	size_t *said = calloc(state_author_slots(node), sizeof *said);
	if (said == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	*shown = 0;
	for (size_t i = count; i-- > 0 && *shown < SAID_JSON_SHOWN;) {
		size_t *of =
		    &said[state_author_slot(node, relations[i].author)];
		chosen[i] = scoping_shows(node, relations[i].rid) &&
		            (*of)++ < SAID_JSON_SHOWN_OF_ONE;
		*shown += chosen[i];
	}
	free(said);
	return ERR_OK;
}

static enum err list_chosen(struct node *node, const struct relation *relations,
    size_t count, json_t *array, size_t *shown)
{
	bool *chosen = calloc(count, sizeof *chosen);
	struct listing listing = { .node = node, .array = array };
	enum err err = chosen == NULL
	                   ? err_set(ERR_MEM, "out of memory")
	                   : choose(node, relations, count, chosen, shown);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		listing.relation = &relations[i];
		if (chosen[i]) {
			err = query_open(
			    node, relations[i].rid, add_relation, &listing);
		}
	}
	free(chosen);
	return err;
}

struct kind_of_list {
	enum reference how;
	const char *key;
};

static void add_list(struct node *node, json_t *object, json_t *left_out,
    uint32_t rid, const struct kind_of_list *kind)
{
	struct relation *relations = NULL;
	size_t count = 0;
	size_t shown = 0;
	enum err err = relations_of(node, rid, kind->how, &relations, &count);
	if (err == ERR_OK && count > 0) {
		json_t *array = json_array();
		err = list_chosen(node, relations, count, array, &shown);
		json_out_set(object, kind->key, array);
		if (err == ERR_OK && shown < count) {
			json_out_number(left_out, kind->key, count - shown);
		}
	}
	free(relations);
}

void said_json_add_relations(
    struct node *node, json_t *object, const struct query_item *item)
{
	static const struct kind_of_list lists[] = {
		{ REFERENCE_CORROBORATES, "corroborated_by" },
		{ REFERENCE_FEEDBACK_ON, "feedback" },
		{ REFERENCE_ANSWERS, "answers" },
		{ REFERENCE_CITES, "cited_by" },
	};
	json_t *left_out = json_object();
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		add_list(node, object, left_out, item->rid, &lists[i]);
	}
	if (json_object_size(left_out) > 0) {
		json_out_set(object, "left_out", left_out);
	} else {
		json_decref(left_out);
	}
	if (item->view->type == VIEW_JUDGEMENT) {
		json_out_bool(object, "newest",
		    relations_is_newest(
			node, item->rid, QSG__PAYLOAD__CONTENT_JUDGEMENT));
	}
}

void said_json_add_standing(
    struct node *node, json_t *object, const struct query_item *item)
{
	struct standing standing;
	if (item->payload == NULL || item->author == NULL ||
	    !said_is(item->payload)) {
		return;
	}
	standing =
	    standing_of(node, &item->author->card.organisation, item->payload);
	json_out_text(object, "standing", standing_token(standing.verdict));
	json_out_text_or_null(object, "standing_why", standing.why);
}

/*
 * Requests.
 */

static json_t *addressee_json(
    struct node *node, const struct requests_addressee *addressee)
{
	json_t *object = json_object();
	add_organisation(node, object, &addressee->organisation);
	json_out_text(object, "state", requests_state_token(addressee->state));
	json_out_time(object, "reached_at", addressee->reached_ms);
	json_out_set(object, "answer", json_null());
	if (addressee->answer != 0) {
		json_out_id(object, "answer",
		    &views_get(node_views(node), addressee->answer)->id);
	}
	json_out_time(object, "answered_at", addressee->answered_ms);
	json_out_text_or_null(object, "text", addressee->text);
	return object;
}

json_t *said_json_addressees(
    struct node *node, const struct requests_request *request)
{
	json_t *array = json_array();
	for (size_t i = 0; i < request->addressee_count; i++) {
		json_out_append(
		    array, addressee_json(node, &request->addressees[i]));
	}
	return array;
}

static json_t *not_counted_json(
    struct node *node, const struct requests_request *request)
{
	json_t *array = json_array();
	for (size_t i = 0; i < request->answer_count; i++) {
		const struct relation *answer = &request->answers[i];
		if (answer->counts) {
			continue;
		}
		json_t *object = json_object();
		json_out_id(object, "id",
		    &views_get(node_views(node), answer->rid)->id);
		said_json_add_author(object, peers_get(node, answer->author));
		json_out_text(object, "why_not", answer->why_not);
		json_out_append(array, object);
	}
	return array;
}

static enum err add_asked(void *context, const struct query_item *item)
{
	const Qsg__InformationRequest *asked = item->payload->request;
	json_t *object = context;
	json_out_id(object, "id", &item->view->id);
	said_json_add_author(object, item->author);
	json_out_text_or_null(object, "provider", asked->provider);
	json_out_text_or_null(object, "theme", asked->theme);
	json_out_text(object, "purpose", asked->purpose);
	json_out_text_or_null(object, "already_held", asked->already_held);
	json_out_text_or_null(object, "answer_by", asked->answer_by);
	json_out_time(object, "created_at", item->view->created_ms);
	json_out_time(object, "received_at", item->view->received_ms);
	return ERR_OK;
}

enum err said_json_request(
    struct node *node, const struct requests_request *request, json_t **out)
{
	json_t *object = json_object();
	enum err err = query_open(node, request->rid, add_asked, object);
	json_out_bool(object, "ours", request->ours);
	json_out_bool(object, "to_us", request->to_us);
	json_out_bool(object, "open", request->open);
	json_out_bool(object, "overdue", request->overdue);
	json_out_bool(object, "retracted", request->retracted);
	json_out_number(
	    object, "age_days", (uint64_t)(request->age_ms / DAY_MS));
	json_out_set(object, "addressees", said_json_addressees(node, request));
	json_out_set(object, "not_counted", not_counted_json(node, request));
	if (err != ERR_OK) {
		json_decref(object);
		object = NULL;
	}
	*out = object;
	return err;
}
