#include "service/actions.h"

#include "base/rng.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/relations.h"
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

/* Room for one more; doubles at powers of two. */
static enum err reserve(
    void **items, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity ? *capacity * 2 : 4;
	void *grown = NULL;

	if (count < *capacity) {
		return ERR_OK;
	}
	grown = realloc(*items, more * size);
	if (!grown) {
		return out_of_memory();
	}
	*items = grown;
	*capacity = more;
	return ERR_OK;
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
	err = reserve((void **)&actions->all, actions->count,
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

static void take_id(const ProtobufCBinaryData *bytes, struct id32 *out)
{
	*out = (struct id32){ { 0 } };
	if (bytes->len == sizeof out->b) {
		memcpy(out->b, bytes->data, sizeof out->b);
	}
}

enum err actions_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	bool sets = payload->content_case == QSG__PAYLOAD__CONTENT_ACTION;
	struct id32 id = views_get(node->views, rid)->id;
	struct held *held = NULL;
	enum err err = begin(node);

	if (!sets) {
		take_id(&payload->action_step->action, &id);
	}
	if (!err) {
		err = need_held(node->actions, &id, &held);
	}
	if (!err) {
		err = reserve((void **)&held->rids, held->count,
		    &held->capacity, sizeof *held->rids);
	}
	if (err) {
		return err;
	}
	held->rids[held->count++] = rid;
	if (sets) {
		held->set = true;
		take_id(&payload->action->summit, &held->summit);
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

struct ordered {
	struct id32 author;
	struct relations_place place;
};

static int by_author(const void *a, const void *b)
{
	const struct ordered *x = a;
	const struct ordered *y = b;
	int order = id_compare(&x->author, &y->author);

	return order ? order : relations_order(&x->place, &y->place);
}

/* What can be read here and its author stands by, in each author's order. */
static enum err order(struct node *node, const struct held *held,
    struct ordered **out, size_t *count)
{
	struct ordered *list = calloc(held->count + 1, sizeof *list);

	*count = 0;
	*out = list;
	if (!list) {
		return out_of_memory();
	}
	for (size_t i = 0; i < held->count; i++) {
		uint32_t rid = held->rids[i];

		if (views_get(node->views, rid)->state == RECORD_READABLE &&
		    !disown_record(node, rid)) {
			list[(*count)++] =
			    (struct ordered){ .author =
						  *state_author_id(node, rid),
				    .place = relations_place(node, rid) };
		}
	}
	qsort(list, *count, sizeof *list, by_author);
	return ERR_OK;
}

static enum err open_fact(struct node *node, const struct ordered *from,
    uint64_t rank, struct actions_look *out)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, from->place.rid, &payload);

	if (!err && payload) {
		out->opened[out->count] = payload;
		out->facts[out->count++] = (struct summit_fact){
			.record = views_get(node->views, from->place.rid)->id,
			.author = from->author,
			.place = rank,
			.payload = payload
		};
	}
	return err;
}

/* PROTOCOL.md M649: "Of one author's steps of one action no more than 256 MUST
 * count, those that come first in its own order without any that its card
 * disowns; and how many are left out MUST be shown." */
static size_t leave_out(struct node *node, struct ordered *list, size_t *count)
{
	struct id32 author = { { 0 } };
	size_t steps = 0;
	size_t kept = 0;
	size_t before = *count;

	for (size_t i = 0; i < before; i++) {
		const struct view_record *view =
		    views_get(node->views, list[i].place.rid);

		if (i == 0 || !id_equal(&author, &list[i].author)) {
			author = list[i].author;
			steps = 0;
		}
		if (view->type != VIEW_ACTION_STEP ||
		    steps++ < LIMIT_ACTION_STEPS) {
			list[kept++] = list[i];
		}
	}
	*count = kept;
	return before - kept;
}

static enum err open_all(struct node *node, const struct ordered *list,
    size_t count, struct actions_look *out)
{
	uint64_t rank = 0;
	enum err err = ERR_OK;

	out->facts = calloc(count + 1, sizeof *out->facts);
	out->opened = (Qsg__Payload **)calloc(count + 1, sizeof *out->opened);
	if (!out->facts || !out->opened) {
		return out_of_memory();
	}
	for (size_t i = 0; i < count && !err; i++) {
		/* In a log that is split two may have one place. */
		if (i == 0 || by_author(&list[i - 1], &list[i]) != 0) {
			rank++;
		}
		err = open_fact(node, &list[i], rank, out);
	}
	return err;
}

static enum err look(
    struct node *node, const struct held *held, struct actions_look *out)
{
	struct ordered *list = NULL;
	struct action_state state;
	size_t count = 0;
	enum err err = order(node, held, &list, &count);

	*out = (struct actions_look){ 0 };
	if (err) {
		return err;
	}
	out->left_out = leave_out(node, list, &count);
	err = open_all(node, list, count, out);
	free(list);
	if (!err) {
		err =
		    action_evaluate(&held->id, out->facts, out->count, &state);
	}
	if (!err) {
		out->state = state;
	}
	if (err) {
		actions_clear(out);
		return err;
	}
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
	action_clear(&look->state);
	for (size_t i = 0; i < look->count; i++) {
		canon_wipe(&look->opened[i]->base);
	}
	free(look->facts);
	free((void *)look->opened);
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
	return !id || (bytes->len == sizeof id->b &&
			  memcmp(bytes->data, id->b, sizeof id->b) == 0);
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
	struct ordered *list = NULL;
	size_t count = 0;
	bool set = false;
	enum err err = order(node, held, &list, &count);

	if (!err) {
		(void)leave_out(node, list, &count);
	}
	for (size_t i = 0; i < count && !err; i++) {
		set = set || views_get(node->views, list[i].place.rid)->type ==
		                 VIEW_ACTION;
	}
	for (size_t i = 0; i < count && !err && set; i++) {
		err = each(context, list[i].place.rid);
	}
	free(list);
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
