#include "service/summits_call.h"

#include "base/limits.h"
#include "service/providers.h"
#include "service/stated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The call as it grows. */
struct making {
	struct node *node;
	const struct summits_calling *asked;
	struct summits_call *out;
	struct id32 *without;
	size_t capacity;
	size_t lacking_capacity;
};

static enum err add_to(struct summits_called **list, size_t *count,
    size_t *capacity, struct summits_called one)
{
	size_t more = *capacity ? *capacity * 2 : 16;
	struct summits_called *grown = *list;

	if (*count == *capacity) {
		grown = realloc(*list, more * sizeof *grown);
		if (!grown) {
			return err_set(ERR_MEM, "out of memory");
		}
		*list = grown;
		*capacity = more;
	}
	grown[(*count)++] = one;
	return ERR_OK;
}

static enum err lacks(
    struct making *making, const char *reason, const char *code)
{
	struct summits_called one = { .reason = reason };

	(void)snprintf(one.code, sizeof one.code, "%s", code);
	return add_to(&making->out->lacking, &making->out->lacking_count,
	    &making->lacking_capacity, one);
}

static bool is_left_out(const struct making *making, const struct id32 *id)
{
	for (size_t i = 0; i < making->asked->without_count; i++) {
		if (id_equal(&making->without[i], id)) {
			return true;
		}
	}
	return false;
}

static bool is_provider(struct node *node, const struct id32 *id)
{
	const struct peer *peer = peers_by_id(node, id);
	const struct org_kind *kind =
	    peer ? stated_kind_or_card(node, peer).kind : NULL;

	return kind && kind->category == ORG_PROVIDER;
}

/* The first reason stays.
 *
 * PROTOCOL.md M664: "A trigger MUST NOT summon its author, nor an organisation
 * that is a provider as far as is known, and MUST NOT be sealed to one." */
static enum err call_one(
    struct making *making, const struct id32 *id, const char *reason)
{
	struct summits_call *out = making->out;
	struct summits_called one = { .organisation = *id, .reason = reason };
	const struct group_member *member =
	    out->group ? group_member(out->group, id) : NULL;

	if (id_equal(id, node_id(making->node)) ||
	    is_provider(making->node, id)) {
		return ERR_OK;
	}
	for (size_t i = 0; i < out->called_count; i++) {
		if (id_equal(&out->called[i].organisation, id)) {
			return ERR_OK;
		}
	}
	if (is_left_out(making, id)) {
		return add_to(&out->lacking, &out->lacking_count,
		    &making->lacking_capacity, one);
	}
	one.alerted = member && member->standing == GROUP_JOINED;
	return add_to(&out->called, &out->called_count, &making->capacity, one);
}

/*
 * Who.
 */

static enum err find_left_out(struct making *making)
{
	enum err err = ERR_OK;

	making->without =
	    calloc(making->asked->without_count + 1, sizeof *making->without);
	if (!making->without) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < making->asked->without_count && !err; i++) {
		struct peer *peer = NULL;

		err = peers_resolve(
		    making->node, making->asked->without[i], &peer);
		if (!err) {
			making->without[i] = peer->card.organisation;
		}
	}
	return err;
}

static enum err call_named(struct making *making)
{
	struct node *node = making->node;
	enum err err = ERR_OK;

	for (size_t i = 0; i < making->asked->invited_count && !err; i++) {
		struct peer *peer = NULL;
		const struct id32 *id = NULL;

		err = peers_resolve(node, making->asked->invited[i], &peer);
		id = err ? NULL : &peer->card.organisation;
		if (err) {
			break;
		}
		if (id_equal(id, node_id(node))) {
			err = err_set(ERR_INPUT,
			    "whoever triggers a summit is in it: it summons "
			    "others");
		} else if (is_provider(node, id)) {
			err = err_set(ERR_INPUT,
			    "%.80s is a provider: it is not summoned; invite "
			    "it later, with `qsg summit invite`",
			    peer->card.fields->name);
		} else if (is_left_out(making, id)) {
			err = err_set(ERR_INPUT,
			    "%.80s is both invited and left out",
			    peer->card.fields->name);
		} else {
			err = call_one(making, id, "named");
		}
	}
	return err;
}

static enum err call_commissioners(
    struct making *making, const struct providers_about *about)
{
	struct node *node = making->node;
	enum err err = ERR_OK;

	for (size_t i = 0; i < about->commissioner_count && !err; i++) {
		const Qsg__Commissioner *said = about->commissioners[i].said;
		const char *reason = strcmp(said->part, "host") == 0
		                         ? "host-commissioner"
		                         : "associate-commissioner";
		const struct peer *peer = NULL;
		struct peer *named = NULL;
		struct id32 id;

		if (said->organisation.len == sizeof id.b) {
			memcpy(id.b, said->organisation.data, sizeof id.b);
			peer = peers_by_id(node, &id);
		} else if (peers_resolve(node, said->code, &named) == ERR_OK) {
			peer = named;
		}
		err = peer ? call_one(making, &peer->card.organisation, reason)
		           : lacks(making, reason, said->code);
	}
	return err;
}

/* PROTOCOL.md M667: "A regulator or overseer MUST be proposed only as the
 * rosters in force state its kind, and where nobody is stated to be of that
 * kind that MUST be said." */
static enum err call_kind(
    struct making *making, const char *kind, const char *reason)
{
	struct node *node = making->node;
	bool found = false;
	enum err err = ERR_OK;

	for (int64_t org = 1; org <= (int64_t)peers_count(node) && !err;
	     org++) {
		const struct id32 *id =
		    &peers_get(node, org)->card.organisation;
		const struct org_kind *stated = stated_kind_of(node, id).kind;

		if (stated && strcmp(stated->token, kind) == 0) {
			found = true;
			err = call_one(making, id, reason);
		}
	}
	return err || found ? err : lacks(making, reason, "");
}

/* By trust type, as NQB 4 divides them; where the type is not known nobody is
 * guessed. */
static enum err call_overseer(struct making *making, const char *type)
{
	if (strcmp(type, "foundation-trust") == 0) {
		return call_kind(making, "monitor", "monitor");
	}
	if (strcmp(type, "nhs-trust") == 0) {
		return call_kind(making, "nhs-tda", "nhs-tda");
	}
	return strcmp(type, "primary-care") == 0
	           ? call_kind(making, "nhs-england-area-team", "nhs-england")
	           : ERR_OK;
}

static enum err call_group(
    struct making *making, const struct group_state *group, const char *reason)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < group->member_count && !err; i++) {
		if (group->members[i].standing == GROUP_JOINED) {
			err = call_one(
			    making, &group->members[i].organisation, reason);
		}
	}
	return err;
}

/* The group named, whose members are told as such; else the provider's home
 * group, as such where we are in it, else each of its members as far as they
 * are known. */
static enum err find_group(struct making *making,
    const struct providers_about *about, const struct group_state **home)
{
	struct node *node = making->node;
	struct summits_call *out = making->out;
	enum err err = ERR_OK;

	*home = NULL;
	if (!id_is_zero(&about->home_group) &&
	    groups_by_id(node, &about->home_group, home) != ERR_OK) {
		*home = NULL;
	}
	if (making->asked->group) {
		return groups_resolve(node, making->asked->group, &out->group);
	}
	if (*home && groups_joined(node, *home)) {
		out->group = *home;
		out->proposed = true;
	}
	return err;
}

static int by_organisation(const void *a, const void *b)
{
	const struct summits_called *x = a;
	const struct summits_called *y = b;

	return id_compare(&x->organisation, &y->organisation);
}

static enum err make(struct making *making, const struct providers_about *about)
{
	const struct group_state *home = NULL;
	struct summits_call *out = making->out;
	enum err err = find_group(making, about, &home);

	if (!err) {
		err = find_left_out(making);
	}
	if (!err) {
		err = call_commissioners(making, about);
	}
	if (!err) {
		err = call_kind(making, "cqc", "cqc");
	}
	if (!err) {
		err = call_overseer(making, about->type);
	}
	if (!err && home && home != out->group) {
		err = call_group(making, home, "home-group");
	}
	if (!err) {
		err = call_named(making);
	}
	if (!err && out->called_count > LIMIT_GROUP_MEMBERS) {
		err = err_set(ERR_LIMIT, "that calls more than %u",
		    (unsigned)LIMIT_GROUP_MEMBERS);
	}
	if (!err && out->called_count) {
		qsort(out->called, out->called_count, sizeof *out->called,
		    by_organisation);
	}
	return err;
}

enum err summits_call(struct node *node, const struct summits_calling *calling,
    struct summits_call *out)
{
	struct making making = { .node = node, .asked = calling, .out = out };
	struct providers_about about;
	enum err err = providers_about(node, calling->provider, &about);

	*out = (struct summits_call){ 0 };
	if (err) {
		return err;
	}
	err = make(&making, &about);
	providers_about_clear(&about);
	free(making.without);
	return err;
}

void summits_call_clear(struct summits_call *call)
{
	free(call->called);
	free(call->lacking);
	*call = (struct summits_call){ 0 };
}
