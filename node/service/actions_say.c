#define _POSIX_C_SOURCE 200809L

#include "service/actions_say.h"

#include "codec/canon.h"
#include "service/actions_parts.h"
#include "service/correcting.h"
#include "service/granting.h"
#include "service/groups.h"
#include "service/query.h"
#include "service/state.h"
#include "service/summits.h"
#include "service/telling.h"

#include <stdlib.h>
#include <string.h>

/* An action or a step, as it grows. */
struct doing {
	struct telling telling;
	const struct actions_request *asked;
};

size_t actions_texts(Qsg__Payload *payload, char **out[ACTIONS_TEXTS])
{
	Qsg__Action *action = NULL;

	if (payload->content_case == QSG__PAYLOAD__CONTENT_ACTION_STEP) {
		out[0] = &payload->action_step->text;
		return 1;
	}
	action = payload->action;
	out[0] = &action->what;
	out[1] = &action->section;
	out[2] = &action->numbered;
	out[3] = &action->lead;
	out[4] = &action->due_text;
	out[5] = &action->measure;
	out[6] = &action->plan;
	return ACTIONS_TEXTS;
}

static enum err begin(struct doing *doing, struct node *node,
    const struct actions_request *asked, struct saying_result *out)
{
	enum err err = telling_begin(&doing->telling, node, &asked->share,
	    asked->content, actions_texts, out);

	doing->asked = asked;
	if (!err &&
	    asked->content->content_case == QSG__PAYLOAD__CONTENT_ACTION) {
		err = telling_provider(
		    &doing->telling, &doing->telling.payload->action->provider);
	}
	return err ? err
	           : action_check(doing->telling.payload,
			 clock_wall_ms(node->options.clock));
}

static enum err go_on(struct doing *doing)
{
	enum err err = telling_cite(
	    &doing->telling, doing->asked->cites, doing->asked->cite_count);

	return err ? err : telling_keep(&doing->telling);
}

/*
 * An action.
 */

static enum err find_owner(struct doing *doing, const struct peer **out)
{
	Qsg__Action *action = doing->telling.payload->action;
	struct peer *peer = peers_get(doing->telling.node, 1);
	enum err err = doing->asked->owner ? peers_resolve(doing->telling.node,
						 doing->asked->owner, &peer)
	                                   : ERR_OK;

	*out = peer;
	return err ? err
	           : canon_put_id(&action->owner, &peer->card.organisation);
}

/* The group, the summit and the judgement that it is of. */
static enum err find_of_what(
    struct doing *doing, const struct group_state **group, uint32_t *summit)
{
	const struct actions_request *asked = doing->asked;
	Qsg__Action *action = doing->telling.payload->action;
	struct node *node = doing->telling.node;
	uint32_t judgement = 0;
	enum err err = ERR_OK;

	if (asked->group) {
		err = groups_resolve(node, asked->group, group);
	}
	if (!err && *group) {
		err = canon_put_id(&action->group, &(*group)->id);
	}
	if (!err && asked->summit) {
		err = telling_find(
		    node, asked->summit, VIEW_SUMMIT_TRIGGER, "summit", summit);
	}
	if (!err && *summit) {
		err = canon_put_id(
		    &action->summit, &views_get(node->views, *summit)->id);
	}
	if (!err && asked->judgement) {
		err = telling_find(node, asked->judgement,
		    VIEW_SUMMIT_JUDGEMENT, "judgement of a summit", &judgement);
	}
	return err || !judgement ? err
	                         : canon_put_id(&action->judgement,
				       &views_get(node->views, judgement)->id);
}

/* Those in its circle that are told; while no trigger of it counts here, those
 * whom that was sealed to. */
static enum err name_summit(
    struct node *node, uint32_t summit, struct id32 **ids, size_t *count)
{
	struct summits_look look = { 0 };
	enum err err =
	    summits_look(node, &views_get(node->views, summit)->id, &look);

	if (!err) {
		err = look.rid ? summits_circle(node, &look, ids, count)
		               : query_audience(node, summit, ids, count);
	}
	summits_clear(&look);
	return err;
}

/* Those of the summit, or those named; and the owner, always. */
static enum err name_all(struct doing *doing, const struct peer *owner,
    const struct group_state *group, uint32_t summit)
{
	const struct share_request *request = &doing->asked->share;
	struct id32 *ids = NULL;
	struct id32 *all = NULL;
	size_t count = 0;
	enum err err =
	    summit ? name_summit(doing->telling.node, summit, &ids, &count)
		   : ERR_OK;

	if (!err) {
		all = realloc(ids, (count + 1) * sizeof *all);
		err = all ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		ids = all;
		ids[count++] = owner->card.organisation;
		err = telling_name_readers(
		    &doing->telling, ids, count, request->to_count + 1);
	}
	for (size_t i = 0; i < request->to_count && !err; i++) {
		telling_add_reader(&doing->telling, request->to[i]);
	}
	if (!err && group && !summit) {
		telling_add_reader(&doing->telling, doing->asked->group);
	}
	free(ids);
	return err;
}

enum err actions_add(struct node *node, const struct actions_request *asked,
    struct saying_result *out)
{
	struct doing doing = { 0 };
	const struct group_state *group = NULL;
	const struct peer *owner = NULL;
	uint32_t summit = 0;
	enum err err = begin(&doing, node, asked, out);

	if (!err) {
		err = find_owner(&doing, &owner);
	}
	if (!err) {
		err = find_of_what(&doing, &group, &summit);
	}
	if (!err) {
		err = name_all(&doing, owner, group, summit);
	}
	if (!err) {
		err = go_on(&doing);
	}
	telling_finish(&doing.telling);
	return err;
}

/*
 * A step.
 */

/* What it reached, and what was said of it reached. */
static enum err add_reached(
    struct node *node, uint32_t rid, struct id32 **ids, size_t *count)
{
	struct id32 *more = NULL;
	struct id32 *grown = NULL;
	size_t extra = 0;
	enum err err = correcting_reached(node, rid, &more, &extra);

	if (err == ERR_NOTFOUND) { /* its readers are not known here */
		return ERR_OK;
	}
	if (!err && extra) {
		grown = realloc(*ids, (*count + extra) * sizeof *grown);
		err = grown ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err && extra) {
		*ids = grown;
		memcpy(*ids + *count, more, extra * sizeof *more);
		*count += extra;
	}
	free(more);
	return err;
}

static size_t each_once(struct id32 *ids, size_t count)
{
	size_t kept = 0;

	if (count) {
		qsort(ids, count, sizeof *ids, id_compare);
	}
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || !id_equal(&ids[kept - 1], &ids[i])) {
			ids[kept++] = ids[i];
		}
	}
	return kept;
}

/* PROTOCOL.md M650: "A step MUST be sealed to every organisation that the
 * action reached, or a step of it that counts or waits for an answer, and to
 * whom it names, where its author has enrolled and not refused them; and
 * whoever is left out MUST be named to the person who makes it, with the
 * reason." */
static enum err name_reached(struct doing *doing,
    const struct actions_look *look, const struct peer *whom)
{
	struct node *node = doing->telling.node;
	const struct action_state *state = &look->state;
	struct id32 *ids = NULL;
	size_t count = 0;
	enum err err = add_reached(node, look->rid, &ids, &count);

	for (size_t i = 0; i < state->step_count && !err; i++) {
		err = add_reached(node,
		    views_find(node->views, &state->steps[i]->record), &ids,
		    &count);
	}
	for (size_t i = 0; i < state->offer_count && !err; i++) {
		err = add_reached(node,
		    views_find(node->views, &state->offers[i]->record), &ids,
		    &count);
	}
	if (!err) {
		count = each_once(ids, count);
		err = telling_name_readers(&doing->telling, ids, count, 1);
	}
	if (!err && whom) {
		telling_add_reader(&doing->telling, doing->asked->whom);
	}
	free(ids);
	return err;
}

/* PROTOCOL.md M651: "A node MUST NOT hand an action over to an organisation
 * that cannot read it." */
static enum err check_whom(struct doing *doing, const struct actions_look *look,
    const struct peer *whom)
{
	const Qsg__ActionStep *step = doing->telling.payload->action_step;

	if (!whom || strcmp(step->act, "hand-over") != 0 ||
	    granting_reads(
		doing->telling.node, look->rid, &whom->card.organisation)) {
		return ERR_OK;
	}
	return err_set(ERR_STATE,
	    "%.80s cannot read the action: grant it first, with `qsg grant "
	    "%.12s --to %.20s`",
	    whom->card.fields->name, text_hex_id(&look->state.id).text,
	    whom->card.fields->code);
}

static enum err find_whom(struct doing *doing, struct peer **whom)
{
	Qsg__ActionStep *step = doing->telling.payload->action_step;
	const char *name = doing->asked->whom;
	enum err err = ERR_OK;

	if (!name && (strcmp(step->act, "hand-over") == 0 ||
			 strcmp(step->act, "raise") == 0)) {
		return err_set(ERR_USAGE, "say to whom");
	}
	if (!name) {
		return ERR_OK;
	}
	err = peers_resolve(doing->telling.node, name, whom);
	return err ? err
	           : canon_put_id(
			 &step->organisation, &(*whom)->card.organisation);
}

/* An answer of ours is to what waits for one: the handing over first. */
static enum err find_answered(
    struct doing *doing, const struct actions_look *look)
{
	Qsg__ActionStep *step = doing->telling.payload->action_step;
	const struct summit_fact *offer =
	    action_offer(&look->state, node_id(doing->telling.node));

	if (!offer || (strcmp(step->act, "accept") != 0 &&
			  strcmp(step->act, "decline") != 0)) {
		return ERR_OK;
	}
	return canon_put_id(&step->offer, &offer->record);
}

static enum err take_step(struct doing *doing, const struct actions_look *look)
{
	Qsg__ActionStep *step = doing->telling.payload->action_step;
	struct peer *whom = NULL;
	enum err err = canon_put_id(&step->action, &look->state.id);

	doing->telling.out->about = look->state.id;
	if (!err) {
		err = find_whom(doing, &whom);
	}
	if (!err) {
		err = find_answered(doing, look);
	}
	if (!err) {
		err = action_may(
		    &look->state, node_id(doing->telling.node), step);
	}
	if (!err && strcmp(step->act, "raise") == 0 && !look->overdue) {
		err = err_set(ERR_STATE,
		    "the action is not overdue: there is nothing to raise");
	}
	if (!err) {
		err = check_whom(doing, look, whom);
	}
	if (!err) {
		err = name_reached(doing, look, whom);
	}
	return err ? err : go_on(doing);
}

enum err actions_step(struct node *node, const struct actions_request *asked,
    struct saying_result *out)
{
	struct doing doing = { 0 };
	struct actions_look look = { 0 };
	struct id32 id;
	enum err err = begin(&doing, node, asked, out);

	if (!err) {
		err = actions_find(node, asked->action, &id);
	}
	if (!err) {
		err = actions_look(node, &id, &look);
	}
	if (!err) {
		err = take_step(&doing, &look);
	}
	actions_clear(&look);
	telling_finish(&doing.telling);
	return err;
}
