#include "app/actioning.h"

#include "app/share_args.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "service/actions_plan.h"
#include "service/groups.h"
#include "service/peers.h"
#include "view/action_json.h"
#include "view/json_out.h"
#include "view/said_json.h"

#include <string.h>

/* What all that records something is asked with, and what it borrows from. */
struct asked {
	struct actions_request request;
	const char *to[LIMIT_READERS];
	const char *cites[SAYING_CITES];
};

static enum err read_asked(const json_t *arguments, struct asked *out)
{
	memset(out, 0, sizeof(*out));
	out->request.cites = out->cites;
	enum err err = share_args_read(arguments, out->to, &out->request.share);
	return err != ERR_OK
	           ? err
	           : ops_texts(arguments, "records", "records", out->cites,
			 SAYING_CITES, &out->request.cite_count);
}

/*
 * Setting one.
 */

/* The arguments that are fields of the action, as that: the caller's. */
static enum err read_action(const json_t *arguments, Qsg__Action **out)
{
	const char *due = ops_text(arguments, "due");
	ProtobufCMessage *message = NULL;
	enum err err = share_args_message(ops_find(span_text("action-add")),
	    arguments, OPS_CONTENT, NULL, &qsg__action__descriptor, &message);
	*out = (Qsg__Action *)message;
	if (err == ERR_OK && due != NULL &&
	    !action_due(span_text(due), false, &(*out)->due_ms)) {
		err = err_set(ERR_INPUT,
		    "--due takes a date, such as 2014-01-31, or a time with "
		    "its zone, such as 2014-01-31T17:00:00Z");
	}
	return err;
}

enum err actioning_add(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	struct saying_result result = { 0 };
	Qsg__Action *action = NULL;
	Qsg__Payload payload;
	enum err err = read_asked(arguments, &asked);
	if (err == ERR_OK) {
		err = read_action(arguments, &action);
	}
	if (err == ERR_OK) {
		qsg__payload__init(&payload);
		payload.content_case = QSG__PAYLOAD__CONTENT_ACTION;
		payload.action = action;
		asked.request.content = &payload;
		asked.request.owner = ops_text(arguments, "owner");
		asked.request.group = ops_text(arguments, "group");
		asked.request.summit = ops_text(arguments, "summit");
		asked.request.judgement = ops_text(arguments, "judgement");
		err = actions_add(core->node, &asked.request, &result);
		answer->json = said_json_result(
		    core->node, &result, ops_text(arguments, "provider"));
	}
	saying_clear(&result);
	canon_wipe((ProtobufCMessage *)action);
	return err;
}

/*
 * Steps.
 */

static enum err take_step(struct ops_core *core, const char *act,
    const json_t *arguments, struct ops_answer *answer)
{
	struct asked asked;
	struct saying_result result = { 0 };
	const char *text = ops_text(arguments, "text");
	Qsg__Payload payload;
	Qsg__ActionStep step;
	enum err err = read_asked(arguments, &asked);
	if (err != ERR_OK) {
		return err;
	}
	qsg__payload__init(&payload);
	qsg__action_step__init(&step);
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION_STEP;
	payload.action_step = &step;
	step.act = canon_lend(act);
	if (text != NULL) {
		step.text = canon_lend(text);
	}
	asked.request.content = &payload;
	asked.request.action = ops_text(arguments, "id");
	asked.request.whom = ops_text(arguments, "whom");
	err = actions_step(core->node, &asked.request, &result);
	answer->json = said_json_result(core->node, &result, NULL);
	saying_clear(&result);
	return err;
}

enum err actioning_accept(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return take_step(core, "accept", arguments, answer);
}

enum err actioning_decline(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return take_step(core, "decline", arguments, answer);
}

enum err actioning_progress(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return take_step(core, "progress", arguments, answer);
}

enum err actioning_close(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return take_step(core, "close", arguments, answer);
}

enum err actioning_hand_over(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return take_step(core, "hand-over", arguments, answer);
}

enum err actioning_withdraw(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return take_step(core, "withdraw", arguments, answer);
}

enum err actioning_raise(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return take_step(core, "raise", arguments, answer);
}

/*
 * Looking.
 */

struct listing {
	struct node *node;
	json_t *array;
};

static enum err add_action(void *context, const struct actions_look *look)
{
	const struct listing *listing = context;
	json_out_append(listing->array, action_json(listing->node, look));
	return ERR_OK;
}

/* The summit by a prefix of its id; it need not be held. */
static enum err find_summit(
    struct node *node, const char *prefix, struct id32 *out)
{
	uint32_t rid = 0;
	enum err err =
	    views_find_prefix(node_views(node), span_text(prefix), &rid);
	if (err == ERR_OK) {
		*out = views_get(node_views(node), rid)->id;
	}
	return err;
}

enum err actioning_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { .node = core->node, .array = json_array() };
	struct actions_filter filter = { .open = ops_flag(arguments, "open"),
		.overdue = ops_flag(arguments, "overdue"),
		.provider = ops_text(arguments, "provider"),
		.plan = ops_text(arguments, "plan") };
	const struct group_state *group = NULL;
	struct peer *owner = NULL;
	struct id32 group_id;
	struct id32 summit;
	enum err err = ERR_OK;
	answer->json = listing.array;
	if (ops_text(arguments, "group") != NULL) {
		err = groups_find(
		    core->node, ops_text(arguments, "group"), &group);
		if (err == ERR_OK) {
			group_id = group->id;
			filter.group = &group_id;
		}
	}
	if (err == ERR_OK && ops_text(arguments, "owner") != NULL) {
		err = peers_resolve(
		    core->node, ops_text(arguments, "owner"), &owner);
		if (err == ERR_OK) {
			filter.owner = &owner->card.organisation;
		}
	}
	if (err == ERR_OK && ops_text(arguments, "summit") != NULL) {
		err = find_summit(
		    core->node, ops_text(arguments, "summit"), &summit);
		filter.summit = &summit;
	}
	return err == ERR_OK
	           ? actions_list(core->node, &filter, add_action, &listing)
	           : err;
}

enum err actioning_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct actions_look look = { 0 };
	struct id32 id;
	enum err err = actions_find(core->node, ops_text(arguments, "id"), &id);
	if (err == ERR_OK) {
		err = actions_look(core->node, &id, &look);
	}
	if (err == ERR_OK && look.state.set == NULL) {
		err = err_set(ERR_STATE,
		    "the action cannot be read here, or its author disowns "
		    "it");
	}
	if (err == ERR_OK) {
		answer->json = action_json(core->node, &look);
	}
	actions_clear(&look);
	return err;
}

/*
 * Workplans.
 */

enum err actioning_import(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	struct actions_plan plan = { .name = ops_text(arguments, "plan"),
		.csv = span_text(ops_text(arguments, "csv")),
		.group = ops_text(arguments, "group"),
		.provider = ops_text(arguments, "provider") };
	struct actions_planned planned = { 0 };
	enum err err = share_args_read(arguments, to, &plan.share);
	if (err != ERR_OK) {
		return err;
	}
	err = actions_plan_take(core->node, &plan, &planned);
	answer->json = action_json_planned(core->node, &planned, &plan);
	saying_clear(&planned.said);
	return err;
}

enum err actioning_export(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *plan = ops_text(arguments, "plan");
	const char *of = ops_text(arguments, "author");
	struct peer *author = NULL;
	struct buf csv = { 0 };
	size_t rows = 0;
	enum err err =
	    of == NULL ? ERR_OK : peers_resolve(core->node, of, &author);
	if (err == ERR_OK) {
		err = actions_plan_give(core->node, plan,
		    author == NULL ? NULL : &author->card.organisation, &csv,
		    &rows);
	}
	if (err == ERR_OK) {
		answer->json = json_object();
		json_out_text(answer->json, "plan", plan);
		json_out_number(answer->json, "rows", rows);
		json_out_text(answer->json, "csv", buf_text(&csv));
	}
	buf_wipe(&csv);
	return err;
}
