#define _POSIX_C_SOURCE 200809L

#include "service/actions_say.h"

#include "codec/canon.h"
#include "domain/provider.h"
#include "domain/reference.h"
#include "service/actions_parts.h"
#include "service/correcting.h"
#include "service/granting.h"
#include "service/groups.h"
#include "service/providers.h"
#include "service/query.h"
#include "service/saying_about.h"
#include "service/share_parts.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

/* What is said, as it grows. */
struct telling {
	struct node *node;
	const struct actions_request *asked;
	struct share_request request;
	Qsg__Payload *payload; /* a copy of ours */
	struct saying_readers readers;
	struct saying_citations cited;
	struct saying_result *out;
};

/*
 * The content.
 */

static enum err copy_content(const Qsg__Payload *content, Qsg__Payload **out)
{
	struct buf bytes = { 0 };
	ProtobufCMessage *message = NULL;
	enum err err = canon_encode(&content->base, &bytes);

	if (!err) {
		err = canon_decode(&qsg__payload__descriptor, buf_span(&bytes),
		    LIMIT_REQUEST_BYTES, &message);
	}
	buf_wipe(&bytes);
	*out = (Qsg__Payload *)message;
	return err;
}

static enum err put_id(ProtobufCBinaryData *field, const struct id32 *id)
{
	uint8_t *copy = malloc(sizeof id->b);

	if (!copy) {
		return err_set(ERR_MEM, "out of memory");
	}
	memcpy(copy, id->b, sizeof id->b);
	free(field->data);
	field->data = copy;
	field->len = sizeof id->b;
	return ERR_OK;
}

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

static enum err normalise_provider(struct telling *telling)
{
	Qsg__Action *action = telling->payload->action;
	struct provider_code code;
	bool known = false;
	char *copy = NULL;
	enum err err = ERR_OK;

	if (telling->payload->content_case != QSG__PAYLOAD__CONTENT_ACTION ||
	    !action->provider[0]) {
		return ERR_OK;
	}
	err = provider_code_normalise(span_text(action->provider), &code);
	if (!err) {
		copy = strdup(code.text);
		err = copy ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		free(action->provider);
		action->provider = copy;
		err = providers_known(telling->node, copy, &known);
		telling->out->share.unknown_provider = !known;
	}
	return err;
}

static enum err begin(struct telling *telling)
{
	char **texts[ACTIONS_TEXTS];
	enum err err = copy_content(telling->asked->content, &telling->payload);

	memset(telling->out, 0, sizeof *telling->out);
	if (!err) {
		err = vetting_normalise(
		    texts, actions_texts(telling->payload, texts));
	}
	if (!err) {
		err = normalise_provider(telling);
	}
	if (!err) {
		err = action_check(telling->payload,
		    clock_wall_ms(telling->node->options.clock));
	}
	return err ? err : share_check_words(&telling->request);
}

/*
 * Going on, with readers.
 */

static struct vetting_recorder recorder_of(const struct share_request *request)
{
	return (struct vetting_recorder){ .role = request->role,
		.person = request->person,
		.override_reason = request->override_reason,
		.dry_run = request->dry_run };
}

static enum err cite(struct telling *telling)
{
	const struct saying as = { .cites = telling->asked->cites,
		.cite_count = telling->asked->cite_count };

	return saying_about_cite(
	    telling->node, &as, &telling->cited, telling->out);
}

/* PROTOCOL.md M655: "An action or a step MUST pass the guard in each of its
 * texts before it is sealed, or be sealed together with a logged reason why
 * not." */
static enum err guard(struct telling *telling)
{
	const struct vetting_recorder recorder = recorder_of(&telling->request);
	struct guard_findings *findings = &telling->out->share.findings;
	char **texts[ACTIONS_TEXTS];
	enum err err = vetting_scan(
	    texts, actions_texts(telling->payload, texts), findings);

	return err ? err : vetting_judge(&recorder, findings);
}

static enum err judge_and_keep(
    struct telling *telling, const Qsg__Payload *whole)
{
	struct share_result *share = &telling->out->share;
	const struct share_request *request = &telling->request;
	enum err err = share_judge(telling->node, request, whole, share);

	if (!err) {
		err = guard(telling);
		/* No answer helps before that is mended. */
		share->asks_list = share->asks_list && !err;
	}
	if (!err) {
		err = share_judge_allows(telling->node, request, share);
	}
	return err || request->dry_run
	           ? err
	           : share_keep(telling->node, request, whole, share);
}

static enum err go_on(struct telling *telling)
{
	const struct vetting_recorder recorder = recorder_of(&telling->request);
	Qsg__Reference items[SAYING_CITES];
	Qsg__Reference *list[SAYING_CITES];
	struct id32 ids[SAYING_CITES];
	Qsg__Payload whole = *telling->payload;
	enum err err = share_readers_resolve(
	    telling->node, &telling->request, &telling->out->share);

	if (!err) {
		err = cite(telling);
	}
	if (err) {
		return err;
	}
	for (size_t i = 0; i < telling->cited.count; i++) {
		ids[i] =
		    views_get(telling->node->views, telling->cited.rids[i])->id;
		qsg__reference__init(&items[i]);
		items[i].relation =
		    canon_lend(reference_token(REFERENCE_CITES));
		items[i].record.data = ids[i].b;
		items[i].record.len = sizeof ids[i].b;
		list[i] = &items[i];
	}
	whole.references = list;
	whole.n_references = telling->cited.count;
	vetting_name_recorder(&recorder, &whole);
	return judge_and_keep(telling, &whole);
}

static void finish(struct telling *telling)
{
	saying_about_clear(&telling->readers);
	if (telling->payload) {
		canon_wipe(&telling->payload->base);
	}
}

/* Those of these organisations that we may seal to are readers, beside whom
 * the request names; and so much room is left. */
static enum err name_readers(
    struct telling *telling, const struct id32 *ids, size_t count, size_t room)
{
	struct saying_readers *readers = &telling->readers;
	const struct share_request *request = &telling->asked->share;
	const char **to = NULL;
	enum err err =
	    saying_about_name(telling->node, ids, count, readers, telling->out);

	if (!err) {
		to = (const char **)realloc((void *)readers->to,
		    (readers->count + request->to_count + room + 1) *
			sizeof *to);
		err = to ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		readers->to = to;
	}
	return err;
}

static void add_name(struct telling *telling, const char *name)
{
	telling->readers.to[telling->readers.count++] = name;
}

static void use_readers(struct telling *telling)
{
	telling->request.to = telling->readers.to;
	telling->request.to_count = telling->readers.count;
	telling->request.for_us_alone = telling->readers.count == 0;
}

/*
 * An action.
 */

static enum err find_owner(struct telling *telling, const struct peer **out)
{
	Qsg__Action *action = telling->payload->action;
	struct peer *peer = peers_get(telling->node, 1);
	enum err err = telling->asked->owner ? peers_resolve(telling->node,
						   telling->asked->owner, &peer)
	                                     : ERR_OK;

	*out = peer;
	return err ? err : put_id(&action->owner, &peer->card.organisation);
}

static enum err find_record(struct node *node, const char *prefix,
    enum view_type type, const char *what, uint32_t *rid)
{
	enum err err = views_find_prefix(node->views, span_text(prefix), rid);

	if (!err && views_get(node->views, *rid)->type != type) {
		err = err_set(ERR_INPUT, "%.64s is no %s", prefix, what);
	}
	return err;
}

/* The group, the summit and the judgement that it is of. */
static enum err find_of_what(
    struct telling *telling, const struct group_state **group, uint32_t *summit)
{
	const struct actions_request *asked = telling->asked;
	Qsg__Action *action = telling->payload->action;
	struct node *node = telling->node;
	uint32_t judgement = 0;
	enum err err = ERR_OK;

	if (asked->group) {
		err = groups_resolve(node, asked->group, group);
	}
	if (!err && *group) {
		err = put_id(&action->group, &(*group)->id);
	}
	if (!err && asked->summit) {
		err = find_record(
		    node, asked->summit, VIEW_SUMMIT_TRIGGER, "summit", summit);
	}
	if (!err && *summit) {
		err = put_id(
		    &action->summit, &views_get(node->views, *summit)->id);
	}
	if (!err && asked->judgement) {
		err = find_record(node, asked->judgement, VIEW_SUMMIT_JUDGEMENT,
		    "judgement of a summit", &judgement);
	}
	return err || !judgement ? err
	                         : put_id(&action->judgement,
				       &views_get(node->views, judgement)->id);
}

/* Those of the summit, or those named; and the owner, always. */
static enum err name_all(struct telling *telling, const struct peer *owner,
    const struct group_state *group, uint32_t summit)
{
	const struct share_request *request = &telling->asked->share;
	struct id32 *ids = NULL;
	struct id32 *all = NULL;
	size_t count = 0;
	enum err err = summit
	                   ? query_audience(telling->node, summit, &ids, &count)
	                   : ERR_OK;

	if (!err) {
		all = realloc(ids, (count + 1) * sizeof *all);
		err = all ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (!err) {
		ids = all;
		ids[count++] = owner->card.organisation;
		err = name_readers(telling, ids, count, 1);
	}
	for (size_t i = 0; i < request->to_count && !err; i++) {
		add_name(telling, request->to[i]);
	}
	if (!err && group && !summit) {
		add_name(telling, telling->asked->group);
	}
	free(ids);
	use_readers(telling);
	return err;
}

enum err actions_add(struct node *node, const struct actions_request *asked,
    struct saying_result *out)
{
	struct telling telling = { .node = node,
		.asked = asked,
		.request = asked->share,
		.out = out };
	const struct group_state *group = NULL;
	const struct peer *owner = NULL;
	uint32_t summit = 0;
	enum err err = begin(&telling);

	if (!err) {
		err = find_owner(&telling, &owner);
	}
	if (!err) {
		err = find_of_what(&telling, &group, &summit);
	}
	if (!err) {
		err = name_all(&telling, owner, group, summit);
	}
	if (!err) {
		err = go_on(&telling);
	}
	finish(&telling);
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
static enum err name_reached(struct telling *telling,
    const struct actions_look *look, const struct peer *whom)
{
	struct node *node = telling->node;
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
		err = name_readers(telling, ids, count, 1);
	}
	if (!err && whom) {
		add_name(telling, telling->asked->whom);
	}
	free(ids);
	use_readers(telling);
	return err;
}

/* PROTOCOL.md M651: "A node MUST NOT hand an action over to an organisation
 * that cannot read it." */
static enum err check_whom(struct telling *telling,
    const struct actions_look *look, const struct peer *whom)
{
	const Qsg__ActionStep *step = telling->payload->action_step;

	if (!whom || strcmp(step->act, "hand-over") != 0 ||
	    granting_reads(
		telling->node, look->rid, &whom->card.organisation)) {
		return ERR_OK;
	}
	return err_set(ERR_STATE,
	    "%.80s cannot read the action: grant it first, with `qsg grant "
	    "%.12s --to %.20s`",
	    whom->card.fields->name, text_hex_id(&look->state.id).text,
	    whom->card.fields->code);
}

static enum err find_whom(struct telling *telling, struct peer **whom)
{
	Qsg__ActionStep *step = telling->payload->action_step;
	const char *name = telling->asked->whom;
	enum err err = ERR_OK;

	if (!name && (strcmp(step->act, "hand-over") == 0 ||
			 strcmp(step->act, "raise") == 0)) {
		return err_set(ERR_USAGE, "say to whom");
	}
	if (!name) {
		return ERR_OK;
	}
	err = peers_resolve(telling->node, name, whom);
	return err ? err
	           : put_id(&step->organisation, &(*whom)->card.organisation);
}

/* An answer of ours is to what waits for one: the handing over first. */
static enum err find_answered(
    struct telling *telling, const struct actions_look *look)
{
	Qsg__ActionStep *step = telling->payload->action_step;
	const struct summit_fact *offer =
	    action_offer(&look->state, node_id(telling->node));

	if (!offer || (strcmp(step->act, "accept") != 0 &&
			  strcmp(step->act, "decline") != 0)) {
		return ERR_OK;
	}
	return put_id(&step->offer, &offer->record);
}

static enum err take_step(
    struct telling *telling, const struct actions_look *look)
{
	Qsg__ActionStep *step = telling->payload->action_step;
	struct peer *whom = NULL;
	enum err err = put_id(&step->action, &look->state.id);

	telling->out->about = look->state.id;
	if (!err) {
		err = find_whom(telling, &whom);
	}
	if (!err) {
		err = find_answered(telling, look);
	}
	if (!err) {
		err = action_may(&look->state, node_id(telling->node), step);
	}
	if (!err && strcmp(step->act, "raise") == 0 && !look->overdue) {
		err = err_set(ERR_STATE,
		    "the action is not overdue: there is nothing to raise");
	}
	if (!err) {
		err = check_whom(telling, look, whom);
	}
	if (!err) {
		err = name_reached(telling, look, whom);
	}
	return err ? err : go_on(telling);
}

enum err actions_step(struct node *node, const struct actions_request *asked,
    struct saying_result *out)
{
	struct telling telling = { .node = node,
		.asked = asked,
		.request = asked->share,
		.out = out };
	struct actions_look look = { 0 };
	struct id32 id;
	enum err err = begin(&telling);

	if (!err) {
		err = actions_find(node, asked->action, &id);
	}
	if (!err) {
		err = actions_look(node, &id, &look);
	}
	if (!err) {
		err = take_step(&telling, &look);
	}
	actions_clear(&look);
	finish(&telling);
	return err;
}
