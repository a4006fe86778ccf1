#include "service/actions.h"

#include "base/rng.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/facts.h"
#include "service/state.h"
#include "service/summits.h"
#include "store/words.h"

#include <stdlib.h>
#include <string.h>

/* What is held about one action. */
struct held {
	struct id32 id;
	struct id32 summit; /* zero: none, or not known yet */
	uint32_t *rids;     /* of its own record and of steps, as they came */
	size_t count;
	size_t capacity;
	bool set; /* its own record is among them */
};

struct actions {
	struct words *ids; /* word n is all[n - 1] */
	struct held **all;
	size_t count;
	size_t capacity;
};

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/*
 * What is held.
 */

bool actions_indexes(uint8_t view_type)
{
	return view_type == VIEW_ACTION || view_type == VIEW_ACTION_STEP;
}

static enum err begin(struct node *node)
{
	uint8_t salt[WORDS_SALT_BYTES];

	if (!node->actions) {
		node->actions = calloc(1, sizeof *node->actions);
		if (!node->actions) {
			return out_of_memory();
		}
	}
	if (node->actions->ids) {
		return ERR_OK;
	}
	rng_fill(node->options.rng, salt, sizeof salt);
	return words_new(salt, &node->actions->ids);
}

static enum err need_held(
    struct actions *actions, const struct id32 *id, struct held **out)
{
	uint32_t word = words_find(actions->ids, text_hex_id(id).text);
	struct held *held = NULL;
	enum err err = ERR_OK;

	if (word) {
		*out = actions->all[word - 1];
		return ERR_OK;
	}
	err = array_grow((void **)&actions->all, actions->count,
	    &actions->capacity, sizeof(struct held *));
	held = err ? NULL : calloc(1, sizeof *held);
	if (!err && !held) {
		err = out_of_memory();
	}
	if (!err) {
		err = words_add(actions->ids, text_hex_id(id).text, &word);
	}
	if (err) {
		free(held);
		return err;
	}
	held->id = *id;
	actions->all[actions->count++] = held;
	*out = held;
	return ERR_OK;
}

enum err actions_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	bool sets = payload->content_case == QSG__PAYLOAD__CONTENT_ACTION;
	struct id32 id = { { 0 } };
	struct held *held = NULL;
	enum err err = begin(node);

	if (sets) {
		id = views_get(node->views, rid)->id;
	} else {
		(void)canon_take_id(&payload->action_step->action, &id);
	}
	if (!err) {
		err = need_held(node->actions, &id, &held);
	}
	if (!err) {
		err = array_grow((void **)&held->rids, held->count,
		    &held->capacity, sizeof *held->rids);
	}
	if (err) {
		return err;
	}
	held->rids[held->count++] = rid;
	if (sets) {
		held->set = true;
		(void)canon_take_id(&payload->action->summit, &held->summit);
	}
	summits_heard(node, &held->summit);
	return ERR_OK;
}

void actions_drop(struct node *node)
{
	struct actions *actions = node->actions;

	if (!actions) {
		return;
	}
	for (size_t i = 0; i < actions->count; i++) {
		free(actions->all[i]->rids);
		free(actions->all[i]);
	}
	free((void *)actions->all);
	words_free(actions->ids);
	free(actions);
	node->actions = NULL;
}

/*
 * One of them.
 */

/* PROTOCOL.md M649: "Of one author's steps of one action no more than 256 MUST
 * count, those that come first in its own order without any that its card
 * disowns; and how many are left out MUST be shown." */
static size_t class_of(uint8_t view_type)
{
	return view_type == VIEW_ACTION_STEP ? 1 : 0;
}

static const struct facts_most most_steps = { class_of,
	{ SIZE_MAX, LIMIT_ACTION_STEPS } };

static enum err look(
    struct node *node, const struct held *held, struct actions_look *out)
{
	struct action_state state;
	struct facts facts;
	enum err err =
	    facts_open(node, held->rids, held->count, &most_steps, &facts);

	*out = (struct actions_look){ .facts = facts.all,
		.opened = facts.opened,
		.count = facts.count,
		.left_out = facts.left_out };
	if (!err) {
		err =
		    action_evaluate(&held->id, out->facts, out->count, &state);
	}
	if (err) {
		actions_clear(out);
		return err;
	}
	out->state = state;
	out->rid = out->state.set ? views_find(node->views, &held->id) : 0;
	out->overdue =
	    action_overdue(&out->state, clock_wall_ms(node->options.clock));
	return ERR_OK;
}

enum err actions_look(
    struct node *node, const struct id32 *action, struct actions_look *out)
{
	uint32_t word = node->actions ? words_find(node->actions->ids,
					    text_hex_id(action).text)
	                              : 0;

	*out = (struct actions_look){ 0 };
	return word ? look(node, node->actions->all[word - 1], out)
	            : err_set(ERR_NOTFOUND, "no such action is held here");
}

void actions_clear(struct actions_look *look)
{
	struct facts facts = { look->facts, look->opened, look->count, 0 };

	action_clear(&look->state);
	facts_close(&facts);
	*look = (struct actions_look){ 0 };
}

enum err actions_find(
    struct node *node, const char *prefix, struct id32 *action)
{
	uint32_t rid = 0;
	enum err err = views_find_prefix(node->views, span_text(prefix), &rid);
	const struct view_record *view =
	    err ? NULL : views_get(node->views, rid);

	if (err) {
		return err;
	}
	if (view->type != VIEW_ACTION) {
		return err_set(ERR_INPUT,
		    "a record of the type %s is no action; `qsg action list` "
		    "lists them",
		    views_type_name((enum view_type)view->type));
	}
	*action = view->id;
	return ERR_OK;
}

/*
 * All of them.
 */

static bool is_of(const ProtobufCBinaryData *bytes, const struct id32 *id)
{
	return !id || canon_is_id(bytes, id);
}

static bool is_text(const char *text, const char *want)
{
	return !want || strcmp(text, want) == 0;
}

static bool fits(
    const struct actions_look *look, const struct actions_filter *filter)
{
	const struct action_state *state = &look->state;
	const Qsg__Action *action = NULL;

	if (!state->set) {
		return false;
	}
	action = state->set->payload->action;
	return is_of(&action->group, filter->group) &&
	       is_of(&action->summit, filter->summit) &&
	       is_text(action->provider, filter->provider) &&
	       is_text(action->plan, filter->plan) &&
	       (!filter->owner || id_equal(&state->owner, filter->owner)) &&
	       (!filter->author ||
		   id_equal(&state->set->author, filter->author)) &&
	       (!filter->open || (state->standing != ACTION_CLOSED &&
				     state->standing != ACTION_WITHDRAWN)) &&
	       (!filter->overdue || look->overdue);
}

enum err actions_list(struct node *node, const struct actions_filter *filter,
    actions_each each, void *context)
{
	const struct actions *actions = node->actions;
	enum err err = ERR_OK;

	for (size_t i = 0; actions && i < actions->count && !err; i++) {
		const struct held *held = actions->all[i];
		struct actions_look one;

		if (!held->set || (filter->summit && !id_equal(&held->summit,
							 filter->summit))) {
			continue;
		}
		err = look(node, held, &one);
		if (err) {
			return err;
		}
		if (fits(&one, filter)) {
			err = each(context, &one);
		}
		actions_clear(&one);
	}
	return err;
}

static enum err give_rids(struct node *node, const struct held *held,
    actions_each_rid each, void *context)
{
	uint32_t *rids = NULL;
	size_t count = 0;
	bool set = false;
	enum err err = facts_choose(
	    node, held->rids, held->count, &most_steps, &rids, &count);

	for (size_t i = 0; i < count && !err; i++) {
		set =
		    set || views_get(node->views, rids[i])->type == VIEW_ACTION;
	}
	for (size_t i = 0; i < count && !err && set; i++) {
		err = each(context, rids[i]);
	}
	free(rids);
	return err;
}

enum err actions_rids(struct node *node, const struct id32 *summit,
    actions_each_rid each, void *context)
{
	const struct actions *actions = node->actions;
	enum err err = ERR_OK;

	for (size_t i = 0; actions && i < actions->count && !err; i++) {
		const struct held *held = actions->all[i];

		if (held->set && id_equal(&held->summit, summit)) {
			err = give_rids(node, held, each, context);
		}
	}
	return err;
}
