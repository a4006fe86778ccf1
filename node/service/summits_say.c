#include "service/summits_say.h"

#include "codec/canon.h"
#include "service/query.h"
#include "service/state.h"
#include "service/stated.h"
#include "service/summit_clocks.h"
#include "service/summits_say_parts.h"
#include "service/witness.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(SUMMIT_TEXTS <= TELLING_TEXTS, "texts of a summit");

static size_t texts_of(Qsg__Payload *payload, char **out[TELLING_TEXTS])
{
	return summit_texts(payload, out);
}

/* Seal it, and grant what it cites. */
static enum err keep(struct telling *telling,
    const struct summits_request *request, const struct id32 *invited,
    struct summits_result *out)
{
	enum err err =
	    telling_cite(telling, request->cites, request->cite_count);

	if (!err) {
		err = telling_keep(telling);
	}
	if (err) {
		return err;
	}
	if (!id_is_zero(&out->said.share.record)) {
		witness_urgent(telling->node);
		if (id_is_zero(&out->summit)) {
			out->summit = out->said.share.record;
		}
	} else if (!request->share.dry_run) {
		/* It waits: what it cites is granted when it is said. */
		return ERR_OK;
	}
	return summits_grant(telling->node, request, invited, out);
}

/*
 * A trigger.
 */

static enum err look_for_open(void *context, const struct summits_look *look)
{
	struct telling *telling = context;

	if (look->rid && look->state.phase != SUMMIT_STOOD_DOWN) {
		telling->out->about = look->state.id;
	}
	return ERR_OK;
}

/* PROTOCOL.md M665: "A node MUST NOT trigger a summit for a provider that one
 * is open for, as far as it knows, unless a person who was told of it says to;
 * both MUST be shown." */
static enum err check_open(struct telling *telling,
    const struct summits_request *request, struct summits_result *out)
{
	enum err err = summits_about(telling->node,
	    telling->payload->summit_trigger->provider, look_for_open, telling);

	out->open = telling->out->about;
	if (err || id_is_zero(&out->open) || request->anyway) {
		return err;
	}
	return err_set(ERR_EXISTS,
	    "a summit for %s is open: %.12s (`qsg summit show`); to trigger "
	    "another beside it, say --anyway",
	    telling->payload->summit_trigger->provider,
	    text_hex_id(&out->open).text);
}

static enum err add_summoned(
    Qsg__SummitTrigger *trigger, const struct summits_called *called)
{
	Qsg__Summoned *made = malloc(sizeof *made);

	if (!made) {
		return err_set(ERR_MEM, "out of memory");
	}
	qsg__summoned__init(made);
	trigger->summoned[trigger->n_summoned++] = made;
	made->reason = span_copy(span_text(called->reason));
	return made->reason
	           ? canon_put_id(&made->organisation, &called->organisation)
	           : err_set(ERR_MEM, "out of memory");
}

static enum err put_call(
    Qsg__SummitTrigger *trigger, const struct summits_call *call)
{
	enum err err = ERR_OK;

	if (trigger->n_summoned) {
		return err_set(ERR_INPUT, "whom it summons is not stated here");
	}
	trigger->summoned = (Qsg__Summoned **)calloc(
	    call->called_count + 1, sizeof(Qsg__Summoned *));
	if (!trigger->summoned) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < call->called_count && !err; i++) {
		err = add_summoned(trigger, &call->called[i]);
	}
	if (!err && call->group) {
		err = canon_put_id(&trigger->group, &call->group->id);
		trigger->roster_epoch = call->group->epoch;
	}
	return err;
}

/* The members of its group that have joined, and all whom it calls (M601), but
 * for providers (M602, M664). */
static enum err name_called(
    struct telling *telling, const struct summits_call *call)
{
	struct node *node = telling->node;
	size_t members = call->group ? call->group->member_count : 0;
	struct id32 *ids =
	    calloc(call->called_count + members + 1, sizeof *ids);
	size_t count = 0;
	enum err err = ids ? ERR_OK : err_set(ERR_MEM, "out of memory");

	for (size_t i = 0; i < call->called_count && !err; i++) {
		ids[count++] = call->called[i].organisation;
	}
	for (size_t i = 0; i < members && !err; i++) {
		const struct group_member *member = &call->group->members[i];

		if (member->standing == GROUP_JOINED &&
		    !id_equal(&member->organisation, node_id(node)) &&
		    !(member->kind && member->kind->category == ORG_PROVIDER)) {
			ids[count++] = member->organisation;
		}
	}
	if (!err) {
		err = telling_name_readers(telling, ids, count, 0);
	}
	free(ids);
	return err;
}

static enum err find_asked(
    struct telling *telling, const struct summits_request *request)
{
	uint32_t rid = 0;
	enum err err = ERR_OK;

	if (!request->names) {
		return ERR_OK;
	}
	err = telling_find(telling->node, request->names, VIEW_SUMMIT_REQUEST,
	    "request for a summit", &rid);
	return err ? err
	           : canon_put_id(&telling->payload->summit_trigger->asked,
			 &views_get(telling->node->views, rid)->id);
}

static enum err trigger(struct telling *telling,
    const struct summits_request *request, struct summits_result *out)
{
	struct node *node = telling->node;
	Qsg__SummitTrigger *said = telling->payload->summit_trigger;
	struct summits_calling calling = request->calling;
	struct summit_party author;
	enum err err = telling_provider(telling, &said->provider);

	calling.provider = said->provider;
	if (!err) {
		err = summits_call(node, &calling, &out->call);
	}
	if (!err) {
		err = put_call(said, &out->call);
	}
	if (!err) {
		err = find_asked(telling, request);
	}
	if (err) {
		return err;
	}
	author = summits_party(node, out->call.group, node_id(node));
	err = summit_may_begin(&author, telling->payload);
	if (!err && !summit_acceptable(telling->payload)) {
		err = err_set(ERR_LIMIT, "that is more than a trigger holds");
	}
	if (!err) {
		err = check_open(telling, request, out);
	}
	if (!err) {
		err = name_called(telling, &out->call);
	}
	if (!err && out->call.group) {
		out->group = out->call.group->id;
	}
	out->call.group = NULL; /* borrowed until something is staged */
	return err ? err : keep(telling, request, NULL, out);
}

enum err summits_trigger(struct node *node,
    const struct summits_request *request, struct summits_result *out)
{
	struct telling telling = { 0 };
	enum err err = ERR_OK;

	*out = (struct summits_result){ 0 };
	err = telling_begin(&telling, node, &request->share, request->content,
	    texts_of, &out->said);
	if (!err) {
		err = trigger(&telling, request, out);
	}
	out->call.group = NULL;
	telling_finish(&telling);
	return err;
}

/*
 * A request to trigger one.
 */

/* One that may trigger: else nobody would. */
static enum err check_asked(struct node *node, const char *name)
{
	struct peer *peer = NULL;
	struct summit_party party;
	enum err err = peers_resolve(node, name, &peer);

	if (err) {
		return err;
	}
	party = summits_party(node, NULL, &peer->card.organisation);
	return party.statutory
	           ? err
	           : err_set(ERR_DENIED,
			 "%.80s cannot trigger a summit: no roster in force "
			 "here states that it is statutory",
			 peer->card.fields->name);
}

static enum err ask(struct telling *telling,
    const struct summits_request *request, struct summits_result *out)
{
	struct node *node = telling->node;
	const struct share_request *share = &request->share;
	struct summit_party author = summits_party(node, NULL, node_id(node));
	enum err err = telling_provider(
	    telling, &telling->payload->summit_request->provider);

	if (!author.kind) {
		author.kind =
		    stated_kind_or_card(node, peers_get(node, 1)).kind;
	}
	if (!err) {
		err = summit_may_begin(&author, telling->payload);
	}
	if (!err && share->to_count == 0) {
		err = err_set(ERR_USAGE, "say whom you ask");
	}
	for (size_t i = 0; i < share->to_count && !err; i++) {
		err = check_asked(node, share->to[i]);
	}
	if (!err) {
		err = telling_name_readers(telling, NULL, 0, share->to_count);
	}
	for (size_t i = 0; i < share->to_count && !err; i++) {
		telling_add_reader(telling, share->to[i]);
	}
	return err ? err : keep(telling, request, NULL, out);
}

enum err summits_ask(struct node *node, const struct summits_request *request,
    struct summits_result *out)
{
	struct telling telling = { 0 };
	enum err err = ERR_OK;

	*out = (struct summits_result){ 0 };
	err = telling_begin(&telling, node, &request->share, request->content,
	    texts_of, &out->said);
	if (!err) {
		err = ask(&telling, request, out);
	}
	out->summit = (struct id32){ { 0 } };
	telling_finish(&telling);
	return err;
}

/*
 * In one.
 */

static const struct id32 *invited_by(
    const Qsg__Payload *payload, struct id32 *out)
{
	const ProtobufCBinaryData *bytes = NULL;

	if (payload->content_case != QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION) {
		return NULL;
	}
	bytes = &payload->summit_invitation->organisation;
	memcpy(out->b, bytes->data, sizeof out->b);
	return out;
}

/* PROTOCOL.md M663: "What is said in a summit MUST be sealed to every
 * organisation in its circle that its author has enrolled and not refused, but
 * for those of M675, an invitation to whom it invites as well, and to nobody
 * else; and whoever is left out MUST be named to the person who says it, with
 * the reason." */
static enum err say_in_circle(struct telling *telling,
    const struct summits_request *request, const struct summits_look *look,
    struct summits_result *out)
{
	struct node *node = telling->node;
	struct summit_now now = { .now_ms =
				      clock_wall_ms(node->options.clock) };
	struct summit_clocks clocks;
	struct id32 room;
	const struct id32 *invited = invited_by(telling->payload, &room);
	struct id32 *ids = NULL;
	size_t count = 0;
	enum err err = summit_clocks_look(node, look, &clocks);

	if (!err) {
		now.ring_out_ms = summit_clocks_ring_out(&clocks);
		summit_clocks_clear(&clocks);
		err = summit_may(
		    &look->state, &now, node_id(node), telling->payload);
	}
	if (!err) {
		err = summits_circle(node, look, &ids, &count);
	}
	if (!err && invited) {
		ids[count++] = *invited;
	}
	if (!err) {
		err = telling_name_readers(telling, ids, count, 0);
	}
	free(ids);
	return err ? err : keep(telling, request, invited, out);
}

/* PROTOCOL.md M662: "What an organisation says that is invited, and holds no
 * trigger, MUST be sealed to those whom the invitation was sealed to, and to
 * nobody else." */
static enum err say_invited(struct telling *telling,
    const struct summits_request *request, const struct summit_fact *invitation,
    struct summits_result *out)
{
	struct node *node = telling->node;
	uint32_t rid = views_find(node->views, &invitation->record);
	struct id32 *ids = NULL;
	size_t count = 0;
	enum err err = summit_may_invited(telling->payload);

	if (!err) {
		err = query_audience(node, rid, &ids, &count);
	}
	if (!err) {
		err = telling_name_readers(telling, ids, count, 0);
	}
	free(ids);
	return err ? err : keep(telling, request, NULL, out);
}

static enum err say(struct telling *telling,
    const struct summits_request *request, const struct summits_look *look,
    struct summits_result *out)
{
	const struct summit_fact *invitation =
	    summits_invited(telling->node, look);
	enum err err = summits_fill(telling, request, look);

	if (err) {
		return err;
	}
	if (!look->state.trigger && !invitation) {
		return err_set(ERR_NOTFOUND,
		    "no trigger of that summit that counts is held here");
	}
	out->summit = look->state.id;
	return invitation ? say_invited(telling, request, invitation, out)
	                  : say_in_circle(telling, request, look, out);
}

enum err summits_say(struct node *node, const struct summits_request *request,
    struct summits_result *out)
{
	struct telling telling = { 0 };
	struct summits_look look = { 0 };
	struct id32 id;
	enum err err = ERR_OK;

	*out = (struct summits_result){ 0 };
	err = telling_begin(&telling, node, &request->share, request->content,
	    texts_of, &out->said);
	if (!err) {
		err = summits_find(node, request->summit, &id);
	}
	if (!err) {
		err = summits_look(node, &id, &look);
	}
	if (!err) {
		err = say(&telling, request, &look, out);
	}
	summits_clear(&look);
	telling_finish(&telling);
	return err;
}

void summits_result_clear(struct summits_result *result)
{
	saying_clear(&result->said);
	summits_call_clear(&result->call);
	free(result->granted);
	*result = (struct summits_result){ 0 };
}
