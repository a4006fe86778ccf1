#include "service/summits_held.h"

#include "base/rng.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "domain/provider.h"
#include "service/actions.h"
#include "service/facts.h"
#include "service/state.h"
#include "store/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Records, as they came. */
struct rids {
	uint32_t *all;
	size_t count;
	size_t capacity;
};

/* What is held about one summit. */
struct held {
	struct id32 id;
	struct rids rids; /* of its trigger and of what names it */
	/* As its trigger, which is among them, has it. */
	bool triggered;
	struct provider_code provider;
	struct id32 asked; /* the request that it answers; zero */
	uint64_t heard;    /* records, those of its actions too */
};

struct summits {
	struct words *ids; /* word n is all[n - 1] */
	struct held **all;
	size_t count;
	size_t capacity;
	struct rids requests;
	uint64_t heard; /* of all */
};

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static enum err add_rid(struct rids *rids, uint32_t rid)
{
	enum err err = array_grow((void **)&rids->all, rids->count,
	    &rids->capacity, sizeof *rids->all);

	if (!err) {
		rids->all[rids->count++] = rid;
	}
	return err;
}

/*
 * What is held.
 */

bool summits_indexes(uint8_t view_type)
{
	return view_type >= VIEW_SUMMIT_TRIGGER &&
	       view_type <= VIEW_SUMMIT_MISSED;
}

static enum err begin(struct node *node)
{
	uint8_t salt[WORDS_SALT_BYTES];

	if (!node->summits) {
		node->summits = calloc(1, sizeof *node->summits);
		if (!node->summits) {
			return out_of_memory();
		}
	}
	if (node->summits->ids) {
		return ERR_OK;
	}
	rng_fill(node->options.rng, salt, sizeof salt);
	return words_new(salt, &node->summits->ids);
}

static enum err need_held(
    struct summits *summits, const struct id32 *id, struct held **out)
{
	uint32_t word = words_find(summits->ids, text_hex_id(id).text);
	struct held *held = NULL;
	enum err err = ERR_OK;

	if (word) {
		*out = summits->all[word - 1];
		return ERR_OK;
	}
	err = array_grow((void **)&summits->all, summits->count,
	    &summits->capacity, sizeof(struct held *));
	held = err ? NULL : calloc(1, sizeof *held);
	if (!err && !held) {
		err = out_of_memory();
	}
	if (!err) {
		err = words_add(summits->ids, text_hex_id(id).text, &word);
	}
	if (err) {
		free(held);
		return err;
	}
	held->id = *id;
	summits->all[summits->count++] = held;
	*out = held;
	return ERR_OK;
}

static void take_trigger(struct held *held, const Qsg__SummitTrigger *trigger)
{
	held->triggered = true;
	(void)snprintf(held->provider.text, sizeof held->provider.text, "%s",
	    trigger->provider);
	if (!canon_take_id(&trigger->asked, &held->asked)) {
		held->asked = (struct id32){ { 0 } };
	}
}

/* A request names no summit: the trigger that answers it names the request. */
static enum err index_request(struct node *node, uint32_t rid)
{
	enum err err = begin(node);

	return err ? err : add_rid(&node->summits->requests, rid);
}

enum err summits_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	bool triggers =
	    payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	struct id32 id = views_get(node->views, rid)->id;
	struct held *held = NULL;
	enum err err = ERR_OK;

	if (payload->content_case == QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST) {
		return index_request(node, rid);
	}
	/* A clock missed may be that of an action outside a summit. */
	if (!triggers &&
	    (!summit_of(payload) || !canon_take_id(summit_of(payload), &id))) {
		return ERR_OK;
	}
	err = begin(node);
	if (!err) {
		err = need_held(node->summits, &id, &held);
	}
	if (!err) {
		err = add_rid(&held->rids, rid);
	}
	if (!err && triggers) {
		take_trigger(held, payload->summit_trigger);
	}
	if (!err) {
		held->heard++;
		node->summits->heard++;
	}
	return err;
}

void summits_heard(struct node *node, const struct id32 *summit)
{
	uint32_t word = node->summits ? words_find(node->summits->ids,
					    text_hex_id(summit).text)
	                              : 0;

	if (word) {
		node->summits->all[word - 1]->heard++;
		node->summits->heard++;
	}
}

uint64_t summits_heard_all(const struct node *node)
{
	return node->summits ? node->summits->heard : 0;
}

size_t summits_count(const struct node *node)
{
	return node->summits ? node->summits->count : 0;
}

const struct id32 *summits_at(
    const struct node *node, size_t at, uint64_t *heard)
{
	*heard = node->summits->all[at]->heard;
	return &node->summits->all[at]->id;
}

void summits_drop(struct node *node)
{
	struct summits *summits = node->summits;

	if (!summits) {
		return;
	}
	for (size_t i = 0; i < summits->count; i++) {
		free(summits->all[i]->rids.all);
		free(summits->all[i]);
	}
	free((void *)summits->all);
	free(summits->requests.all);
	words_free(summits->ids);
	free(summits);
	node->summits = NULL;
}

/*
 * Its facts.
 */

struct gathering {
	struct node *node;
	struct rids rids;
};

static enum err add_action(void *context, uint32_t rid)
{
	struct gathering *into = context;

	return add_rid(&into->rids, rid);
}

/* The request that the trigger says it answers. */
static enum err add_request(struct gathering *into, const struct held *held)
{
	const struct views *views = into->node->views;
	uint32_t rid =
	    id_is_zero(&held->asked) ? 0 : views_find(views, &held->asked);

	return rid && views_get(views, rid)->type == VIEW_SUMMIT_REQUEST
	           ? add_rid(&into->rids, rid)
	           : ERR_OK;
}

static enum err gather(const struct held *held, struct gathering *into)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < held->rids.count && !err; i++) {
		err = add_rid(&into->rids, held->rids.all[i]);
	}
	if (!err) {
		err = add_request(into, held);
	}
	return err ? err
	           : actions_rids(into->node, &held->id, add_action, into);
}

/*
 * One of them.
 */

/* Clocks missed are recorded by nodes, and leave people room to speak. */
static size_t class_of(uint8_t view_type)
{
	switch ((unsigned)view_type) {
	case VIEW_ACTION:
		return 1;
	case VIEW_ACTION_STEP:
		return 2;
	case VIEW_SUMMIT_MISSED:
		return 3;
	default: /* what people say */
		return 0;
	}
}

/* PROTOCOL.md M660: "Of one author's records of one summit no more than 1024
 * MUST count, and beside them no more than 256 actions, 2048 steps of actions
 * and 1024 clocks missed: of each those that come first in its own order
 * without any that its card disowns; and how many are left out MUST be shown."
 */
static const struct facts_most most_said = { class_of,
	{ LIMIT_SUMMIT_RECORDS, LIMIT_SUMMIT_ACTIONS, LIMIT_SUMMIT_STEPS,
	    LIMIT_SUMMIT_MISSED } };

static enum err read_facts(
    struct node *node, const struct held *held, struct summits_look *out)
{
	struct gathering into = { .node = node };
	struct facts facts = { 0 };
	enum err err = gather(held, &into);

	if (!err) {
		err = facts_open(
		    node, into.rids.all, into.rids.count, &most_said, &facts);
	}
	free(into.rids.all);
	out->facts = facts.all;
	out->opened = facts.opened;
	out->count = facts.count;
	out->left_out = facts.left_out;
	return err;
}

static enum err look(
    struct node *node, const struct held *held, struct summits_look *out)
{
	struct summit_state state;
	enum err err = ERR_OK;

	*out = (struct summits_look){ 0 };
	err = read_facts(node, held, out);
	if (!err) {
		err = summits_parties(node, &held->id, out);
	}
	if (!err) {
		err = summit_evaluate(&held->id, out->parties, out->party_count,
		    out->facts, out->count, &state);
	}
	if (err) {
		summits_clear(out);
		return err;
	}
	out->state = state;
	out->rid = state.trigger ? views_find(node->views, &held->id) : 0;
	return ERR_OK;
}

static enum err held_of(
    struct node *node, const struct id32 *summit, const struct held **out)
{
	const struct summits *summits = node->summits;
	uint32_t word =
	    summits ? words_find(summits->ids, text_hex_id(summit).text) : 0;

	*out = word ? summits->all[word - 1] : NULL;
	return word ? ERR_OK : err_set(ERR_NOTFOUND, "no such summit is held");
}

enum err summits_look(
    struct node *node, const struct id32 *summit, struct summits_look *out)
{
	const struct held *held = NULL;
	enum err err = held_of(node, summit, &held);

	*out = (struct summits_look){ 0 };
	return err ? err : look(node, held, out);
}

enum err summits_records(
    struct node *node, const struct id32 *summit, uint32_t **out, size_t *count)
{
	struct gathering into = { .node = node };
	const struct held *held = NULL;
	enum err err = held_of(node, summit, &held);

	err = err ? err : gather(held, &into);
	*out = into.rids.all;
	*count = into.rids.count;
	return err;
}

void summits_clear(struct summits_look *look)
{
	struct facts facts = { look->facts, look->opened, look->count, 0 };

	summit_clear(&look->state);
	facts_close(&facts);
	free(look->parties);
	*look = (struct summits_look){ 0 };
}

/* Those of which no trigger is held come after those of which one is. */
static enum err find_held(struct node *node, const char *prefix, bool triggered,
    struct id32 *summit, size_t *found)
{
	const struct summits *summits = node->summits;

	*found = 0;
	for (size_t i = 0; summits && i < summits->count; i++) {
		const struct held *held = summits->all[i];

		if (held->triggered == triggered &&
		    strncmp(text_hex_id(&held->id).text, prefix,
			strlen(prefix)) == 0) {
			*summit = held->id;
			(*found)++;
		}
	}
	return *found > 1
	           ? err_set(ERR_AMBIGUOUS,
			 "%.64s begins the ids of %zu summits", prefix, *found)
	           : ERR_OK;
}

enum err summits_find(
    struct node *node, const char *prefix, struct id32 *summit)
{
	uint32_t rid = 0;
	size_t found = 0;
	enum err err = find_held(node, prefix, true, summit, &found);

	if (!err && !found) {
		err = find_held(node, prefix, false, summit, &found);
	}
	if (err || found) {
		return err;
	}
	err = views_find_prefix(node->views, span_text(prefix), &rid);
	return err ? err
	           : err_set(ERR_INPUT,
			 "a record of the type %s triggers no risk summit",
			 views_type_name(
			     (enum view_type)views_get(node->views, rid)
				 ->type));
}

/* Those that are triggered, about a provider or in answer to a request, where
 * one is given. */
static enum err list(struct node *node, const char *provider,
    const struct id32 *asked, summits_each each, void *context)
{
	const struct summits *summits = node->summits;
	enum err err = ERR_OK;

	for (size_t i = 0; summits && i < summits->count && !err; i++) {
		const struct held *held = summits->all[i];
		struct summits_look one;

		if (!held->triggered ||
		    (provider && strcmp(held->provider.text, provider) != 0) ||
		    (asked && !id_equal(&held->asked, asked))) {
			continue;
		}
		err = look(node, held, &one);
		if (!err) {
			err = each(context, &one);
			summits_clear(&one);
		}
	}
	return err;
}

enum err summits_list(struct node *node, summits_each each, void *context)
{
	return list(node, NULL, NULL, each, context);
}

enum err summits_about(
    struct node *node, const char *provider, summits_each each, void *context)
{
	return list(node, provider, NULL, each, context);
}

enum err summits_answering(struct node *node, const struct id32 *request,
    summits_each each, void *context)
{
	return list(node, NULL, request, each, context);
}

size_t summits_requests_held(struct node *node, const uint32_t **rids)
{
	const struct summits *summits = node->summits;

	*rids = summits ? summits->requests.all : NULL;
	return summits ? summits->requests.count : 0;
}
