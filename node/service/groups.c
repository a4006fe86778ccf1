#include "service/groups_state.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "service/disown.h"
#include "service/peers.h"
#include "service/relations.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTED_BYTES 300u /* of names in one message */
#define PREFIX_SHOWN 12

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/*
 * What is held.
 */

bool groups_indexes(uint8_t view_type)
{
	return view_type == VIEW_ROSTER || view_type == VIEW_MEMBERSHIP ||
	       view_type == VIEW_SUCCESSION;
}

void groups_doubt(struct node *node)
{
	struct groups *groups = node->groups;

	for (size_t i = 0; groups && i < groups->count; i++) {
		groups->list[i]->fresh = false;
		groups->unsettled = true;
	}
	for (size_t i = 0; groups && i < groups->founder_count; i++) {
		struct groups_founder *founder = groups->founders[i];

		if (founder && founder->crowded) {
			founder->doubted = true;
			groups->unsettled = true;
		}
	}
	if (groups) {
		groups_spent_doubt(groups);
	}
}

static void drop_state(struct groups_held *held)
{
	group_clear(&held->state);
	memset(&held->state, 0, sizeof held->state);
	free(held->counted);
	held->counted = NULL;
	held->counted_count = 0;
	held->fresh = false;
}

void groups_close(struct groups_held *held)
{
	drop_state(held);
	groups_facts_close(held);
}

void groups_free(struct groups *groups)
{
	if (!groups) {
		return;
	}
	for (size_t i = 0; i < groups->all_count; i++) {
		drop_state(groups->all[i]);
		groups_facts_free(groups->all[i]);
		free(groups->all[i]);
	}
	for (size_t i = 0; i < groups->founder_count; i++) {
		free(groups->founders[i]);
	}
	groups_spent_free(groups);
	words_free(groups->ids);
	free((void *)groups->all);
	free((void *)groups->list);
	free((void *)groups->founders);
	free(groups->passed);
	free(groups);
}

/*
 * States.
 */

static void count_facts(struct node *node, struct groups_held *held,
    const struct id32 *author, const struct groups_facts *facts)
{
	struct relations_place before = { 0 };
	uint64_t rank = 0;

	for (size_t i = 0; i < facts->count; i++) {
		struct relations_place place =
		    relations_place(node, facts->items[i].rid);

		/* In a log that is split two may have one place. */
		rank += i == 0 || relations_order(&before, &place) != 0;
		before = place;
		held->counted[held->counted_count++] = (struct group_fact){
			.record =
			    views_get(node->views, facts->items[i].rid)->id,
			.author = *author,
			.place = rank,
			.payload = facts->items[i].payload
		};
	}
}

static enum err count_all(struct node *node, struct groups_held *held)
{
	size_t room = 1;

	for (size_t i = 0; i < held->author_count; i++) {
		room += held->authors[i].rosters.count +
		        held->authors[i].acts.count;
	}
	held->counted = calloc(room, sizeof *held->counted);
	if (!held->counted) {
		return out_of_memory();
	}
	for (size_t i = 0; i < held->author_count; i++) {
		const struct groups_author *author = &held->authors[i];
		const struct id32 *id =
		    &peers_get(node, author->org)->card.organisation;

		count_facts(node, held, id, &author->rosters);
		count_facts(node, held, id, &author->acts);
	}
	return ERR_OK;
}

/* What is passed over is told, once an author. */
static enum err tell_passed(struct node *node, struct groups_held *held)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < held->author_count && !err; i++) {
		const struct groups_author *author = &held->authors[i];
		const struct id32 *id =
		    &peers_get(node, author->org)->card.organisation;

		if (author->beyond && (author->heard || author->listed)) {
			err = group_pass_over(
			    &held->state, id, REASON_PASSED_OVER);
		}
		if (!err && author->unlisted) {
			err =
			    group_pass_over(&held->state, id, REASON_UNLISTED);
		}
		if (!err && author->unheard) {
			err = group_pass_over(&held->state, id, REASON_UNHEARD);
		}
	}
	return err;
}

/* Of what is open now. */
static enum err evaluate(struct node *node, struct groups_held *held)
{
	enum err err = ERR_OK;

	drop_state(held);
	err = count_all(node, held);
	return err ? err
	           : group_evaluate(&held->id, node_id(node), held->counted,
			 held->counted_count, &held->state);
}

enum err groups_fresh(struct node *node, struct groups_held *held)
{
	bool again = false;
	enum err err = groups_recount(node);

	if (err || held->fresh) {
		return err;
	}
	err = groups_facts_load(node, held);
	if (!err) {
		err = evaluate(node, held);
	}
	if (!err) {
		err = groups_facts_people(
		    node, held, &held->state.roster, &again);
	}
	if (!err && again) {
		err = evaluate(node, held);
	}
	if (!err) {
		groups_facts_slim(node, held, &held->state.roster);
		err = tell_passed(node, held);
	}
	if (err) {
		drop_state(held);
	}
	held->fresh = !err;
	return err;
}

enum err groups_passed(struct node *node, const struct id32 *group,
    const struct id32 *organisation, struct groups_passed *out)
{
	struct groups_held *held = groups_held_of(node, group);
	const struct peer *peer = peers_by_id(node, organisation);
	const struct groups_author *author = NULL;
	enum err err = held ? groups_fresh(node, held) : ERR_OK;

	*out = (struct groups_passed){ 0 };
	if (held && peer) {
		author = groups_author_of(held, peer->org);
	}
	if (author && !err) {
		out->beyond = author->beyond;
		out->unlisted = author->unlisted;
		out->unheard = author->unheard;
	}
	return err;
}

size_t groups_count(struct node *node)
{
	return node->groups ? node->groups->count : 0;
}

enum err groups_at(
    struct node *node, size_t index, const struct group_state **out)
{
	struct groups_held *held = node->groups->list[index];
	enum err err = groups_fresh(node, held);

	*out = &held->state;
	return err;
}

bool groups_concerns(struct node *node, size_t index)
{
	return node->groups->list[index]->concerns;
}

enum err groups_by_id(
    struct node *node, const struct id32 *id, const struct group_state **out)
{
	struct groups_held *held = groups_held_of(node, id);
	enum err err = held ? groups_fresh(node, held)
	                    : err_set(ERR_NOTFOUND, "no such group is known");

	*out = held ? &held->state : NULL;
	return err;
}

const struct group_member *groups_ours(
    struct node *node, const struct group_state *group)
{
	return group->stated ? group_member(group, node_id(node)) : NULL;
}

/* PROTOCOL.md M397: "A node MUST take itself as joined only by a record of its
 * own, whatever a roster states." */
enum group_standing groups_standing(
    struct node *node, const struct group_state *group)
{
	const struct group_member *ours = groups_ours(node, group);

	if (!ours || (ours->standing == GROUP_JOINED && !group->own_word)) {
		return GROUP_INVITED;
	}
	return ours->standing;
}

bool groups_joined(struct node *node, const struct group_state *group)
{
	return groups_standing(node, group) == GROUP_JOINED;
}

bool groups_takes_part(struct node *node, const struct group_state *group)
{
	return groups_joined(node, group) ||
	       (group->stated && id_equal(&group->convenor, node_id(node)));
}

/*
 * By name.
 */

static const char *name_of(const struct group_state *group)
{
	return group->stated && group->stated->charter
	           ? group->stated->charter->name
	           : "";
}

static bool lists_us(struct node *node, const Qsg__Roster *roster)
{
	const struct id32 *self = node_id(node);

	for (size_t i = 0; i < roster->n_entries; i++) {
		const ProtobufCBinaryData *id =
		    &roster->entries[i]->organisation;

		if (span_equal(span_of(id->data, id->len), span_id(self))) {
			return true;
		}
	}
	return false;
}

/* Anybody can state rosters of any name: who is nearer goes by it. */
enum near { NEAR_OURS, NEAR_LISTING, NEAR_KNOWN };

static enum near nearness(struct node *node, const struct group_state *group)
{
	bool lists = groups_ours(node, group) != NULL;

	if (groups_takes_part(node, group)) {
		return NEAR_OURS;
	}
	for (size_t i = 0; i < group->claim_count && !lists; i++) {
		lists = lists_us(node, group->claims[i].stated);
	}
	return lists ? NEAR_LISTING : NEAR_KNOWN;
}

/* What was typed, and folded. */
struct typed {
	const char *text;
	struct span folded;
};

/* Is this its name, or how its id begins? */
static bool is_called(
    const struct group_state *group, const struct typed *typed)
{
	struct hex32 hex = text_hex_id(&group->id);
	size_t size = strlen(typed->text);
	struct buf mine = { 0 };
	bool same = typed->folded.size > 0 &&
	            !utf8_fold(span_text(name_of(group)), &mine) &&
	            span_equal(buf_span(&mine), typed->folded);

	buf_clear(&mine);
	return same || (size >= 4 && size <= 64 &&
			   strncmp(hex.text, typed->text, size) == 0);
}

/* Those that are as near; of several, the last. */
static enum err look_up(struct node *node, enum near near,
    const struct typed *typed, const struct group_state **out, size_t *count)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *group = NULL;

		err = groups_at(node, i, &group);
		if (!err && nearness(node, group) == near &&
		    is_called(group, typed)) {
			++*count;
			*out = group;
		}
	}
	return err;
}

/* Those of one nearness that it fits, or all up to it. */
static enum err list(struct node *node, enum near near,
    const struct typed *fitting, struct buf *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *group = NULL;
		enum near is = NEAR_KNOWN;

		err = groups_at(node, i, &group);
		if (err || !group->stated) {
			continue;
		}
		is = nearness(node, group);
		if (is > near ||
		    (fitting && (is != near || !is_called(group, fitting)))) {
			continue;
		}
		if (out->size > LISTED_BYTES) {
			return buf_printf(out, ", ...");
		}
		err = buf_printf(out, "%s%s (%.*s)", out->size ? ", " : "",
		    name_of(group), PREFIX_SHOWN, text_hex_id(&group->id).text);
	}
	return err;
}

/* The error of a name that fits none, or several. */
static enum err fail(
    struct node *node, enum near near, bool several, const struct typed *typed)
{
	struct buf known = { 0 };
	enum err err = list(node, near, several ? typed : NULL, &known);

	if (!err && several) {
		err = err_set(ERR_AMBIGUOUS,
		    "'%.80s' fits several groups; name one by its id: %s",
		    typed->text, buf_text(&known));
	} else if (!err) {
		err = err_set(ERR_NOTFOUND, "no group '%.80s' %s; known: %s",
		    typed->text,
		    near == NEAR_KNOWN ? "is known"
				       : "lists this organisation (others go "
					 "by their whole id)",
		    known.size ? buf_text(&known) : "none yet");
	}
	buf_clear(&known);
	return err;
}

static enum err resolve(struct node *node, const char *text, enum near most,
    const struct group_state **out)
{
	struct buf folded = { 0 };
	struct typed typed = { .text = text };
	enum near near = NEAR_OURS;
	size_t count = 0;
	struct id32 id;
	enum err err = ERR_OK;

	*out = NULL;
	if (!text_unhex(span_text(text), id.b, sizeof id.b) &&
	    groups_held_of(node, &id)) {
		return groups_by_id(node, &id, out);
	}
	err = utf8_fold(span_text(text), &folded);
	typed.folded = buf_span(&folded);
	if (!err) {
		err = look_up(node, near, &typed, out, &count);
	}
	while (!err && !count && near < most) {
		err = look_up(node, ++near, &typed, out, &count);
	}
	if (!err && count != 1) {
		*out = NULL;
		err = fail(node, near, count > 1, &typed);
	}
	buf_clear(&folded);
	return err;
}

enum err groups_resolve(
    struct node *node, const char *text, const struct group_state **out)
{
	return resolve(node, text, NEAR_LISTING, out);
}

enum err groups_find(
    struct node *node, const char *text, const struct group_state **out)
{
	return resolve(node, text, NEAR_KNOWN, out);
}

/*
 * Who reads.
 */

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

const char *groups_left_out(
    struct node *node, const struct group_member *member)
{
	const struct peer *peer = peers_by_id(node, &member->organisation);

	if (!peer) {
		return "its card is not held here";
	}
	if (!peers_admitted(peer)) {
		return "refused here";
	}
	switch (member->standing) {
	case GROUP_INVITED:
		return "invited, has not joined";
	case GROUP_DECLINED:
		return "declined to join";
	case GROUP_LEFT:
		return "has left";
	case GROUP_JOINED:
		break;
	}
	return group_receives(member) ? NULL
	                              : "sends to it and receives nothing";
}

/* PROTOCOL.md M330: "What goes to a group MUST be sealed to an explicit
 * list, those of M314 that are admitted here, and MUST be refused where
 * that is nobody." */
static enum err list_readers(struct node *node, const struct group_state *group,
    bool everybody, int64_t **readers, size_t *count)
{
	int64_t *list = calloc(group->member_count + 1, sizeof *list);

	*count = 0;
	*readers = list;
	if (!list) {
		return out_of_memory();
	}
	for (size_t i = 0; i < group->member_count; i++) {
		const struct group_member *member = &group->members[i];
		const struct peer *peer =
		    peers_by_id(node, &member->organisation);

		if (peer && peer->org != 1 &&
		    (everybody ? peers_admitted(peer)
			       : !groups_left_out(node, member))) {
			list[(*count)++] = peer->org;
		}
	}
	qsort(list, *count, sizeof *list, by_number);
	return ERR_OK;
}

enum err groups_everybody(struct node *node, const struct group_state *group,
    int64_t **readers, size_t *count)
{
	return list_readers(node, group, true, readers, count);
}

static enum err not_joined(struct node *node, const struct group_state *group)
{
	switch (groups_standing(node, group)) {
	case GROUP_LEFT:
	case GROUP_DECLINED:
		return err_set(ERR_STATE,
		    "this organisation has left or declined %s: only a new "
		    "invitation by its convenor brings it back",
		    name_of(group));
	case GROUP_INVITED:
	case GROUP_JOINED:
		break;
	}
	return err_set(ERR_STATE,
	    "this organisation has not joined %s: see `qsg group join`",
	    name_of(group));
}

enum err groups_readers(struct node *node, const struct group_state *group,
    int64_t **readers, size_t *count)
{
	enum err err = ERR_OK;

	*readers = NULL;
	*count = 0;
	if (!groups_joined(node, group)) {
		return not_joined(node, group);
	}
	err = list_readers(node, group, false, readers, count);
	if (!err && *count == 0) {
		free(*readers);
		*readers = NULL;
		err = err_set(ERR_STATE,
		    "nobody else in %s has joined yet: there is nobody to "
		    "share with",
		    name_of(group));
	}
	return err;
}
