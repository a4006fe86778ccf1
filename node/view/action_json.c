#include "view/action_json.h"

#include "codec/text.h"
#include "service/peers.h"
#include "service/query.h"
#include "view/json_out.h"
#include "view/said_json.h"

#include <stdlib.h>
#include <string.h>

static void add_organisation(struct node *node, json_t *object, const char *key,
    const char *code_key, const struct id32 *id)
{
	const struct peer *peer = peers_by_id(node, id);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(object, key, card == NULL ? NULL : card->name);
	json_out_text_or_null(
	    object, code_key, card == NULL ? NULL : card->code);
}

static int64_t created_ms(struct node *node, const struct id32 *record)
{
	uint32_t rid = views_find(node_views(node), record);
	return rid == 0 ? 0 : views_get(node_views(node), rid)->created_ms;
}

static void add_id(
    json_t *object, const char *key, const ProtobufCBinaryData *bytes)
{
	struct id32 id;
	json_out_set(object, key, json_null());
	if (bytes->len == sizeof(id.b)) {
		memcpy(id.b, bytes->data, sizeof(id.b));
		json_out_id(object, key, &id);
	}
}

/*
 * Steps.
 */

static json_t *evidence(const Qsg__Payload *payload)
{
	json_t *array = json_array();
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];
		struct id32 id;
		if (strcmp(reference->relation, "cites") == 0 &&
		    reference->record.len == sizeof(id.b)) {
			memcpy(id.b, reference->record.data, sizeof(id.b));
			json_out_append(
			    array, json_string(text_hex_id(&id).text));
		}
	}
	return array;
}

static json_t *brief_step(struct node *node, const struct summit_fact *fact)
{
	json_t *object = json_object();
	json_out_id(object, "id", &fact->record);
	add_organisation(node, object, "author", "author_code", &fact->author);
	json_out_text(object, "act", fact->payload->action_step->act);
	json_out_time(object, "created_at", created_ms(node, &fact->record));
	return object;
}

static json_t *step_json(struct node *node, const struct summit_fact *fact)
{
	const Qsg__ActionStep *step = fact->payload->action_step;
	json_t *object = brief_step(node, fact);
	struct id32 id;
	json_out_set(object, "to", json_null());
	json_out_set(object, "to_code", json_null());
	if (step->organisation.len == sizeof(id.b)) {
		memcpy(id.b, step->organisation.data, sizeof(id.b));
		add_organisation(node, object, "to", "to_code", &id);
	}
	json_out_text_or_null(object, "text", step->text);
	json_out_set(object, "evidence", evidence(fact->payload));
	return object;
}

struct timed {
	const struct summit_fact *fact;
	int64_t at_ms;
};

static int by_time(const void *a, const void *b)
{
	const struct timed *left = a;
	const struct timed *right = b;
	if (left->at_ms != right->at_ms) {
		return left->at_ms < right->at_ms ? -1 : 1;
	}
	return id_compare(&left->fact->record, &right->fact->record);
}

/* For people, as their authors say they were taken. */
static json_t *steps_json(struct node *node, const struct action_state *state)
{
	json_t *array = json_array();
	struct timed *list = calloc(state->step_count + 1, sizeof(*list));
	for (size_t i = 0; list != NULL && i < state->step_count; i++) {
		list[i].fact = state->steps[i];
		list[i].at_ms = created_ms(node, &state->steps[i]->record);
	}
	if (list != NULL) {
		qsort(list, state->step_count, sizeof(*list), by_time);
	}
	for (size_t i = 0; list != NULL && i < state->step_count; i++) {
		json_out_append(array, step_json(node, list[i].fact));
	}
	free(list);
	return array;
}

static const struct summit_fact *fact_of(
    const struct actions_look *look, const struct id32 *record)
{
	for (size_t i = 0; i < look->count; i++) {
		if (id_equal(&look->facts[i].record, record)) {
			return &look->facts[i];
		}
	}
	return NULL;
}

static json_t *not_counted(struct node *node, const struct actions_look *look)
{
	json_t *array = json_array();
	for (size_t i = 0; i < look->state.refused_count; i++) {
		const struct summit_notice *notice = &look->state.refused[i];
		const struct summit_fact *fact = fact_of(look, &notice->record);
		json_t *object = fact == NULL ? NULL : brief_step(node, fact);
		json_out_text(object, "why_not", reason_text(notice->why));
		json_out_append(array, object);
	}
	return array;
}

static json_t *offers(struct node *node, const struct action_state *state)
{
	json_t *array = json_array();
	for (size_t i = 0; i < state->offer_count; i++) {
		const struct summit_fact *fact = state->offers[i];
		json_t *object = json_object();
		struct id32 id;
		memcpy(id.b, fact->payload->action_step->organisation.data,
		    sizeof(id.b));
		add_organisation(node, object, "name", "code", &id);
		json_out_text(
		    object, "fingerprint", text_fingerprint(&id).text);
		json_out_id(object, "record", &fact->record);
		json_out_append(array, object);
	}
	return array;
}

/*
 * The action.
 */

static void add_fields(json_t *object, const Qsg__Action *action)
{
	json_out_time(object, "due_at", action->due_ms);
	json_out_text(object, "what", action->what);
	json_out_text_or_null(object, "aim", action->aim);
	json_out_text_or_null(object, "kind", action->kind);
	json_out_text_or_null(object, "provider", action->provider);
	add_id(object, "summit", &action->summit);
	add_id(object, "group", &action->group);
	add_id(object, "judgement", &action->judgement);
	json_out_text_or_null(object, "measure", action->measure);
	json_out_text_or_null(object, "section", action->section);
	json_out_text_or_null(object, "numbered", action->numbered);
	json_out_text_or_null(object, "lead", action->lead);
	json_out_text_or_null(object, "due_text", action->due_text);
	json_out_text_or_null(object, "plan", action->plan);
	json_out_number(object, "row", action->row);
}

json_t *action_json(struct node *node, const struct actions_look *look)
{
	const struct action_state *state = &look->state;
	json_t *object = json_object();
	json_out_id(object, "id", &state->id);
	add_organisation(
	    node, object, "author", "author_code", &state->set->author);
	add_organisation(node, object, "owner", "owner_code", &state->owner);
	json_out_text(
	    object, "standing", action_standing_token(state->standing));
	json_out_bool(object, "done", action_done(state));
	json_out_bool(object, "overdue", look->overdue);
	json_out_time(object, "created_at", created_ms(node, &state->id));
	add_fields(object, state->set->payload->action);
	json_out_set(object, "offered_to", offers(node, state));
	json_out_set(object, "steps", steps_json(node, state));
	json_out_set(object, "not_counted", not_counted(node, look));
	json_out_number(object, "left_out", look->left_out);
	return object;
}

json_t *action_json_planned(struct node *node,
    const struct actions_planned *planned, const struct actions_plan *plan)
{
	json_t *object = said_json_result(node, &planned->said, plan->provider);
	json_out_text(object, "plan", plan->name);
	json_out_bool(object, "dry_run", plan->share.dry_run);
	json_out_number(object, "rows", planned->rows);
	json_out_number(object, "same", planned->same);
	json_out_number(object, "set", planned->set);
	json_out_number(object, "withdrawn", planned->withdrawn);
	return object;
}
