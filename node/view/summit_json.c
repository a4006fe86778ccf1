#include "view/summit_json.h"

#include "codec/canon.h"
#include "domain/summit_words.h"
#include "service/groups.h"
#include "service/providers.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/record_json.h"
#include "view/summit_parts.h"

#include <stdlib.h>
#include <string.h>

enum { NEXT_MOST = 20 };

static struct summit_view view_of(
    struct node *node, const struct summits_look *look)
{
	return (struct summit_view){ .node = node,
		.look = look,
		.state = &look->state,
		.us = node_id(node),
		.invitation = summits_invited(node, look) };
}

/*
 * In brief.
 */

static void add_provider_name(
    const struct summit_view *view, json_t *object, const char *provider)
{
	struct providers_about about = { .name = "" };
	json_out_set(object, "provider_name", json_null());
	if (provider[0] != '\0' &&
	    providers_about(view->node, provider, &about) == ERR_OK) {
		json_out_text_or_null(object, "provider_name", about.name);
		providers_about_clear(&about);
	}
}

static void add_trigger(const struct summit_view *view, json_t *object)
{
	const struct summit_fact *fact = summit_view_trigger(view);
	const Qsg__SummitTrigger *trigger =
	    fact == NULL ? NULL : fact->payload->summit_trigger;
	enum reason why = summit_view_why(view, &view->state->id);
	const char *provider =
	    trigger != NULL ? trigger->provider
	    : view->invitation != NULL
		? view->invitation->payload->summit_invitation->provider
		: "";
	json_out_text_or_null(object, "provider", provider);
	add_provider_name(view, object, provider);
	json_out_text_or_null(
	    object, "urgency", trigger == NULL ? NULL : trigger->urgency);
	json_out_text_or_null(
	    object, "concern", trigger == NULL ? NULL : trigger->concern);
	json_out_bool(object, "counts", view->state->trigger != NULL);
	json_out_text_or_null(object, "why_not",
	    view->state->trigger != NULL ? NULL
	    : view->invitation != NULL ? "its trigger is not for those invited"
	    : fact == NULL ? "its trigger cannot be read here, or its author "
			     "disowns it"
			   : reason_text(why));
}

static void add_counts(const struct summit_view *view, json_t *object)
{
	const struct summit_state *state = view->state;
	size_t circle = 0;
	size_t answered = 0;
	size_t checks = 0;
	size_t actions = 0;
	for (size_t i = 0; i < state->side_count; i++) {
		circle += state->sides[i].circle ? 1 : 0;
		answered +=
		    state->sides[i].circle && state->sides[i].response != NULL
			? 1
			: 0;
	}
	for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
		checks += state->checks[i].open ? 1 : 0;
	}
	for (size_t i = 0; i < state->action_count; i++) {
		actions += state->actions[i].done ? 0 : 1;
	}
	json_out_number(object, "in_circle", circle);
	json_out_number(object, "answered", answered);
	json_out_number(object, "judged", state->judgement_count);
	json_out_number(object, "checks_open", checks);
	json_out_number(object, "actions_open", actions);
}

/* PROTOCOL.md M674: "Whoever was invited, and reads no trigger, MUST be shown
 * who invited it and about whom, and what it holds of the summit, and MUST NOT
 * be shown that as a summit without a trigger." */
static void add_invited(const struct summit_view *view, json_t *object)
{
	json_t *invited = json_null();
	if (view->invitation != NULL) {
		invited = summit_view_record(view, view->invitation);
		json_out_text_or_null(invited, "text",
		    view->invitation->payload->summit_invitation->text);
	}
	json_out_set(object, "invited", invited);
}

/* The clock that runs out next. */
static void add_due(const struct summit_view *view, json_t *object)
{
	const struct summit_clock *next = NULL;
	for (size_t i = 0; i < view->clocks.count; i++) {
		const struct summit_clock *each = &view->clocks.items[i];
		if (each->status == SUMMIT_CLOCK_RUNNING &&
		    (next == NULL || each->due_ms < next->due_ms)) {
			next = each;
		}
	}
	json_out_text_or_null(
	    object, "clock", next == NULL ? NULL : next->token);
	json_out_time(object, "due_at", next == NULL ? 0 : next->due_ms);
}

static json_t *brief_json(const struct summit_view *view, size_t next)
{
	const struct summit_state *state = view->state;
	const struct summit_fact *trigger = summit_view_trigger(view);
	const struct summit_holder *holder = summit_holds(state);
	json_t *object =
	    trigger == NULL ? json_object() : summit_view_record(view, trigger);
	if (trigger == NULL) {
		json_out_id(object, "id", &state->id);
		json_out_set(object, "author", json_null());
		json_out_set(object, "author_code", json_null());
		json_out_time(object, "created_at", 0);
		json_out_time(object, "received_at", 0);
	}
	add_trigger(view, object);
	json_out_text(object, "phase", summit_phase_token(state->phase));
	json_out_bool(object, "reopened", state->reopened);
	json_out_bool(object, "opposed", state->opposed);
	json_out_bool(object, "breach_open", state->breach_open);
	json_out_set(object, "ring_holder",
	    summit_view_org(
		view, holder == NULL ? NULL : &holder->organisation));
	add_counts(view, object);
	add_invited(view, object);
	add_due(view, object);
	json_out_set(object, "next", summit_view_next(view, next));
	return object;
}

enum err summit_json_brief(
    struct node *node, const struct summits_look *look, json_t **out)
{
	struct summit_view view = view_of(node, look);
	enum err err = summit_clocks_look(node, look, &view.clocks);
	*out = NULL;
	if (err == ERR_OK) {
		*out = brief_json(&view, 1);
		summit_clocks_clear(&view.clocks);
	}
	return err;
}

/*
 * The whole.
 */

static json_t *group_json(
    const struct summit_view *view, const Qsg__SummitTrigger *trigger)
{
	const struct group_state *group = NULL;
	struct id32 id;
	if (trigger == NULL || !canon_take_id(&trigger->group, &id)) {
		return json_null();
	}
	json_t *object = json_object();
	json_out_id(object, "id", &id);
	json_out_set(object, "name", json_null());
	if (groups_by_id(view->node, &id, &group) == ERR_OK &&
	    group->stated != NULL) {
		json_out_text_or_null(
		    object, "name", group->stated->charter->name);
	}
	json_out_number(object, "roster_epoch", trigger->roster_epoch);
	return object;
}

static json_t *asked_json(const struct summit_view *view)
{
	const struct summit_fact *asked = view->state->asked;
	if (asked == NULL) {
		return json_null();
	}
	json_t *object = summit_view_record(view, asked);
	json_out_text_or_null(
	    object, "concern", asked->payload->summit_request->concern);
	return object;
}

static json_t *us_json(const struct summit_view *view)
{
	const struct summit_side *side = summit_side(view->state, view->us);
	const struct summit_holder *holder = summit_holds(view->state);
	const struct id32 *chair = summit_chair(view->state);
	if (side == NULL) {
		return json_null();
	}
	json_t *object = json_object();
	json_out_bool(object, "circle", side->circle);
	json_out_bool(object, "votes", side->votes);
	json_out_bool(object, "holds_ring",
	    holder != NULL && id_equal(&holder->organisation, view->us));
	json_out_bool(
	    object, "chairs", chair != NULL && id_equal(chair, view->us));
	return object;
}

/* Another summit about the same provider: beside it, and never merged. */
static enum err add_other(
    const struct summit_view *view, uint32_t rid, json_t *array)
{
	struct summits_look look = { .rid = 0 };
	struct summit_view other;
	enum err err = summits_look(
	    view->node, &views_get(node_views(view->node), rid)->id, &look);
	if (err == ERR_NOTFOUND) {
		return ERR_OK;
	}
	if (err != ERR_OK) {
		return err;
	}
	other = view_of(view->node, &look);
	if (look.state.trigger != NULL) {
		json_t *object = summit_view_record(&other, look.state.trigger);
		json_out_text(
		    object, "phase", summit_phase_token(look.state.phase));
		json_out_append(array, object);
	}
	summits_clear(&look);
	return ERR_OK;
}

static enum err add_beside(const struct summit_view *view, json_t *object)
{
	const struct summit_fact *trigger = summit_view_trigger(view);
	const struct views *views = node_views(view->node);
	const char *provider =
	    trigger == NULL ? "" : trigger->payload->summit_trigger->provider;
	json_t *array = json_array();
	enum err err = ERR_OK;
	json_out_set(object, "beside", array);
	for (uint32_t rid = views_next(views, 0); rid != 0 && err == ERR_OK;
	     rid = views_next(views, rid)) {
		const struct view_record *each = views_get(views, rid);
		if (each->type == VIEW_SUMMIT_TRIGGER &&
		    !id_equal(&each->id, &view->state->id) &&
		    provider[0] != '\0' &&
		    strcmp(views_text(views, each->provider), provider) == 0) {
			err = add_other(view, rid, array);
		}
	}
	return err;
}

static enum err add_hash(const struct summit_view *view, json_t *object)
{
	struct id32 hash;
	enum err err = ERR_OK;
	json_out_set(object, "state_hash", json_null());
	if (view->state->trigger != NULL) {
		err = summit_hash(view->state, &hash);
	}
	if (view->state->trigger != NULL && err == ERR_OK) {
		json_out_id(object, "state_hash", &hash);
	}
	return err;
}

static void add_head(const struct summit_view *view, json_t *object)
{
	const struct summit_fact *fact = summit_view_trigger(view);
	json_out_set(object, "group",
	    group_json(
		view, fact == NULL ? NULL : fact->payload->summit_trigger));
	json_out_set(object, "asked", asked_json(view));
	json_out_set(object, "evidence",
	    fact == NULL ? json_array()
			 : summit_view_refers(fact->payload, "cites"));
	json_out_set(object, "us", us_json(view));
}

static enum err add_course(const struct summit_view *view, json_t *object)
{
	json_t *ring = summit_view_ring(view);
	json_t *actions = NULL;
	json_t *sides = NULL;
	enum err err = summit_view_sides(view, &sides);
	json_out_set(object, "sides", sides);
	json_out_set(object, "judgements", summit_view_judgements(view));
	json_out_set(object, "impacts", summit_view_impacts(view));
	if (err == ERR_OK) {
		err = summit_view_suggested(view, ring);
	}
	json_out_set(object, "ring", ring);
	json_out_set(object, "checks", summit_view_checks(view));
	json_out_set(object, "meetings", summit_view_meetings(view));
	if (err == ERR_OK) {
		err = summit_view_actions(view, &actions);
		json_out_set(object, "actions", actions);
	}
	json_out_set(object, "objections", summit_view_objections(view));
	json_out_set(object, "stand_downs", summit_view_stand_downs(view));
	json_out_set(object, "clocks", summit_view_clocks(view));
	json_out_set(object, "missed", summit_view_missed(view));
	json_out_set(object, "not_counted", summit_view_not_counted(view));
	json_out_number(object, "left_out", view->look->left_out);
	return err;
}

static enum err whole_json(const struct summit_view *view, json_t *object)
{
	enum err err = ERR_OK;
	add_head(view, object);
	err = add_course(view, object);
	if (err == ERR_OK) {
		err = add_beside(view, object);
	}
	return err == ERR_OK ? add_hash(view, object) : err;
}

enum err summit_json_whole(
    struct node *node, const struct summits_look *look, json_t **out)
{
	struct summit_view view = view_of(node, look);
	enum err err = fates_open(node, &view.fates);
	*out = NULL;
	if (err == ERR_OK) {
		err = summit_clocks_look(node, look, &view.clocks);
	}
	if (err == ERR_OK) {
		*out = brief_json(&view, NEXT_MOST);
		err = whole_json(&view, *out);
		summit_clocks_clear(&view.clocks);
	}
	fates_close(view.fates);
	if (err != ERR_OK) {
		json_decref(*out);
		*out = NULL;
	}
	return err;
}

/*
 * In the order of time.
 */

static int by_time(const void *a, const void *b)
{
	const struct summit_fact *const *left = a;
	const struct summit_fact *const *right = b;
	int64_t one = (*left)->payload->created_at_ms;
	int64_t other = (*right)->payload->created_at_ms;
	if (one != other) {
		return one < other ? -1 : 1;
	}
	return id_compare(&(*left)->record, &(*right)->record);
}

static void add_entry(const struct summit_view *view,
    const struct summit_fact *fact, json_t *array)
{
	uint32_t rid = views_find(node_views(view->node), &fact->record);
	enum reason why = summit_view_why(view, &fact->record);
	if (rid == 0) {
		return;
	}
	struct query_item item = query_item(view->node, rid, fact->payload);
	json_t *object = record_json_brief(view->node, &item);
	json_out_bool(object, "counts", why == REASON_NONE);
	json_out_text_or_null(
	    object, "why_not", why == REASON_NONE ? NULL : reason_text(why));
	json_out_append(array, object);
}

enum err summit_json_timeline(
    struct node *node, const struct summits_look *look, json_t **out)
{
	struct summit_view view = view_of(node, look);
	const struct summit_fact *trigger = summit_view_trigger(&view);
	const struct summit_fact **order = (const struct summit_fact **)calloc(
	    look->count + 1, sizeof(const struct summit_fact *));
	json_t *records = json_array();
	*out = json_object();
	if (order == NULL) {
		json_decref(records);
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < look->count; i++) {
		order[i] = &look->facts[i];
	}
	qsort((void *)order, look->count, sizeof(*order), by_time);
	for (size_t i = 0; i < look->count; i++) {
		add_entry(&view, order[i], records);
	}
	free((void *)order);
	json_out_id(*out, "id", &look->state.id);
	json_out_text_or_null(*out, "provider",
	    trigger == NULL ? NULL
			    : trigger->payload->summit_trigger->provider);
	json_out_text(*out, "phase", summit_phase_token(look->state.phase));
	json_out_set(*out, "records", records);
	json_out_number(*out, "left_out", look->left_out);
	return ERR_OK;
}
