#include "service/groups_state.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "service/disown.h"
#include "service/peers.h"

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

/* Of which group a payload speaks; false: of none. */
static bool group_of(const Qsg__Payload *payload, struct id32 *out)
{
	const ProtobufCBinaryData *id = NULL;

	if (payload->content_case == QSG__PAYLOAD__CONTENT_ROSTER) {
		id = &payload->roster->group;
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_MEMBERSHIP) {
		id = &payload->membership->group;
	} else if (payload->content_case == QSG__PAYLOAD__CONTENT_SUCCESSION) {
		id = &payload->succession->group;
	}
	if (!id || id->len != sizeof out->b) {
		return false;
	}
	memcpy(out->b, id->data, sizeof out->b);
	return true;
}

/* A copy without the cards: they are read again when somebody is enrolled. */
static enum err copy_payload(const Qsg__Payload *payload, Qsg__Payload **out)
{
	struct buf bytes = { 0 };
	ProtobufCMessage *message = NULL;
	enum err err = canon_encode(&payload->base, &bytes);

	if (!err) {
		err = canon_decode(&qsg__payload__descriptor, buf_span(&bytes),
		    LIMIT_RECORD_BYTES, &message);
	}
	buf_wipe(&bytes);
	if (err) {
		return err;
	}
	*out = (Qsg__Payload *)message;
	if ((*out)->content_case != QSG__PAYLOAD__CONTENT_ROSTER) {
		return ERR_OK;
	}
	for (size_t i = 0; i < (*out)->roster->n_entries; i++) {
		ProtobufCBinaryData *card = &(*out)->roster->entries[i]->card;

		free(card->data);
		card->data = NULL;
		card->len = 0;
	}
	return ERR_OK;
}

/* The place of a group in the list, or where it belongs. */
static size_t place_of(
    const struct groups *groups, const struct id32 *id, bool *found)
{
	size_t low = 0;
	size_t high = groups->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = id_compare(&groups->list[middle]->id, id);

		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	*found = false;
	return low;
}

struct groups_held *groups_held_of(struct node *node, const struct id32 *id)
{
	bool found = false;
	size_t at = 0;

	if (!node->groups) {
		return NULL;
	}
	at = place_of(node->groups, id, &found);
	return found ? node->groups->list[at] : NULL;
}

static enum err add_held(
    struct groups *groups, const struct id32 *id, struct groups_held **out)
{
	bool found = false;
	size_t at = place_of(groups, id, &found);
	struct groups_held **list = NULL;
	struct groups_held *held = NULL;

	if (found) {
		assert(groups->list);
		*out = groups->list[at];
		return ERR_OK;
	}
	list = realloc(
	    (void *)groups->list, (groups->count + 1) * sizeof *groups->list);
	if (!list) {
		return out_of_memory();
	}
	groups->list = list;
	held = calloc(1, sizeof *held);
	if (!held) {
		return out_of_memory();
	}
	held->id = *id;
	memmove((void *)(list + at + 1), (void *)(list + at),
	    (groups->count - at) * sizeof *list);
	list[at] = held;
	groups->count++;
	*out = held;
	return ERR_OK;
}

static enum err need_held(
    struct node *node, const struct id32 *id, struct groups_held **out)
{
	if (!node->groups) {
		node->groups = calloc(1, sizeof *node->groups);
	}
	return node->groups ? add_held(node->groups, id, out) : out_of_memory();
}

static enum err add_fact(
    struct groups_held *held, const struct groups_fact *fact)
{
	size_t count = held->fact_count;

	if ((count & (count - 1)) == 0) {
		struct groups_fact *grown = realloc(
		    held->facts, (count ? count * 2 : 1) * sizeof *grown);

		if (!grown) {
			return out_of_memory();
		}
		held->facts = grown;
	}
	held->facts[held->fact_count++] = *fact;
	return ERR_OK;
}

enum err groups_index(struct node *node, uint32_t rid,
    const struct id32 *author, const Qsg__Payload *payload)
{
	struct groups_fact fact = { .record = views_get(node->views, rid)->id,
		.author = *author,
		.rid = rid };
	struct groups_held *held = NULL;
	struct id32 id;
	enum err err = ERR_OK;

	if (!group_of(payload, &id)) {
		return ERR_OK;
	}
	err = need_held(node, &id, &held);
	if (!err) {
		err = copy_payload(payload, &fact.payload);
	}
	if (!err) {
		err = add_fact(held, &fact);
	}
	if (err) {
		if (fact.payload) {
			canon_wipe(&fact.payload->base);
		}
		return err;
	}
	held->fresh = false;
	node->groups->unsettled = true;
	return ERR_OK;
}

void groups_doubt(struct node *node)
{
	for (size_t i = 0; node->groups && i < node->groups->count; i++) {
		node->groups->list[i]->fresh = false;
		node->groups->unsettled = true;
	}
}

static void drop_state(struct groups_held *held)
{
	group_clear(&held->state);
	memset(&held->state, 0, sizeof held->state);
	free(held->counted);
	held->counted = NULL;
	held->fresh = false;
}

void groups_free(struct groups *groups)
{
	for (size_t i = 0; groups && i < groups->count; i++) {
		struct groups_held *held = groups->list[i];

		drop_state(held);
		for (size_t f = 0; f < held->fact_count; f++) {
			canon_wipe(&held->facts[f].payload->base);
		}
		free(held->facts);
		free(held);
	}
	if (groups) {
		free((void *)groups->list);
	}
	free(groups);
}

/*
 * States.
 */

/* PROTOCOL.md M329: "A roster, membership or succession that its author's
 * card disowns MUST NOT count." */
enum err groups_fresh(struct node *node, struct groups_held *held)
{
	size_t count = 0;
	enum err err = ERR_OK;

	if (held->fresh) {
		return ERR_OK;
	}
	drop_state(held);
	held->counted = calloc(held->fact_count + 1, sizeof *held->counted);
	if (!held->counted) {
		return out_of_memory();
	}
	for (size_t i = 0; i < held->fact_count; i++) {
		const struct groups_fact *fact = &held->facts[i];

		if (!disown_record(node, fact->rid)) {
			held->counted[count++] =
			    (struct group_fact){ .record = fact->record,
				    .author = fact->author,
				    .payload = fact->payload };
		}
	}
	err = group_evaluate(
	    &held->id, node_id(node), held->counted, count, &held->state);
	held->fresh = !err;
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

/*
 * By name.
 */

static const char *name_of(const struct group_state *group)
{
	return group->stated && group->stated->charter
	           ? group->stated->charter->name
	           : "";
}

/* Is this what was typed, folded: its name, or how its id begins? */
static bool is_called(
    const struct group_state *group, const char *text, struct span folded)
{
	struct hex32 hex = text_hex_id(&group->id);
	struct buf mine = { 0 };
	bool same = folded.size > 0 &&
	            !utf8_fold(span_text(name_of(group)), &mine) &&
	            span_equal(buf_span(&mine), folded);

	buf_clear(&mine);
	return same || (strlen(text) >= 4 && strlen(text) <= 64 &&
			   strncmp(hex.text, text, strlen(text)) == 0);
}

/* The error of a name that fits none, or several. */
static enum err list_known(
    struct node *node, enum err code, const char *text, struct span folded)
{
	struct buf known = { 0 };
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *group = NULL;

		err = groups_at(node, i, &group);
		if (err || !group->stated ||
		    (code == ERR_AMBIGUOUS &&
			!is_called(group, text, folded))) {
			continue;
		}
		if (known.size > LISTED_BYTES) {
			err = buf_printf(&known, ", ...");
			break;
		}
		err = buf_printf(&known, "%s%s (%.*s)", known.size ? ", " : "",
		    name_of(group), PREFIX_SHOWN, text_hex_id(&group->id).text);
	}
	if (!err && code == ERR_AMBIGUOUS) {
		err = err_set(code,
		    "'%.80s' fits several groups; name one by its id: %s", text,
		    buf_text(&known));
	} else if (!err) {
		err = err_set(code, "no group '%.80s' is known; known: %s",
		    text, known.size ? buf_text(&known) : "none yet");
	}
	buf_clear(&known);
	return err;
}

enum err groups_resolve(
    struct node *node, const char *text, const struct group_state **out)
{
	struct buf folded = { 0 };
	bool several = false;
	enum err err = utf8_fold(span_text(text), &folded);

	*out = NULL;
	for (size_t i = 0; i < groups_count(node) && !err; i++) {
		const struct group_state *group = NULL;

		err = groups_at(node, i, &group);
		if (!err && is_called(group, text, buf_span(&folded))) {
			several = several || *out != NULL;
			*out = group;
		}
	}
	if (!err && (several || !*out)) {
		err = list_known(node, several ? ERR_AMBIGUOUS : ERR_NOTFOUND,
		    text, buf_span(&folded));
	}
	buf_clear(&folded);
	return err;
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

		if (peer && peer->org != 1 && peers_admitted(peer) &&
		    (everybody || group_receives(member))) {
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

enum err groups_readers(struct node *node, const struct group_state *group,
    int64_t **readers, size_t *count)
{
	enum err err = ERR_OK;

	*readers = NULL;
	*count = 0;
	if (!groups_joined(node, group)) {
		return err_set(ERR_STATE,
		    "this organisation has not joined %s: see `qsg group join`",
		    name_of(group));
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
