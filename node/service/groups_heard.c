#include "service/groups_state.h"

#include "base/log.h"
#include "base/rng.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/disown.h"
#include "service/peers.h"
#include "service/relations.h"

#include <stdlib.h>
#include <string.h>

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static bool is_roster(struct node *node, uint32_t rid)
{
	return views_get(node->views, rid)->type == VIEW_ROSTER;
}

/*
 * Which groups are known.
 */

static size_t place_of(
    const struct groups *groups, const struct id32 *id, bool *found)
{
	size_t low = 0;
	size_t high = groups->count;

	*found = false;
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

/* After somebody came to be heard, or is heard no more. */
static enum err know(struct groups *groups, struct groups_held *held)
{
	bool known = false;
	bool found = false;
	size_t at = place_of(groups, &held->id, &found);

	for (size_t i = 0; i < held->author_count; i++) {
		known = known || held->authors[i].heard;
	}
	held->fresh = false;
	groups->unsettled = true;
	if (known == held->known) {
		return ERR_OK;
	}
	if (known) {
		enum err err = array_grow((void **)&groups->list, groups->count,
		    &groups->capacity, sizeof(struct groups_held *));

		if (err) {
			return err;
		}
		memmove((void *)(groups->list + at + 1),
		    (void *)(groups->list + at),
		    (groups->count++ - at) * sizeof *groups->list);
		groups->list[at] = held;
	} else {
		memmove((void *)(groups->list + at),
		    (void *)(groups->list + at + 1),
		    (--groups->count - at) * sizeof *groups->list);
	}
	held->known = known;
	for (size_t i = 0; i < held->author_count; i++) {
		groups_tell_passed(groups, held, &held->authors[i]);
	}
	return ERR_OK;
}

/*
 * Who speaks of which.
 */

static enum err begin(struct node *node)
{
	uint8_t salt[WORDS_SALT_BYTES];

	if (node->groups) {
		return ERR_OK;
	}
	node->groups = calloc(1, sizeof *node->groups);
	if (!node->groups) {
		return out_of_memory();
	}
	rng_fill(node->options.rng, salt, sizeof salt);
	return words_new(salt, &node->groups->ids);
}

static enum err need_held(
    struct groups *groups, const struct id32 *id, struct groups_held **out)
{
	uint32_t number = 0;
	enum err err = words_add(groups->ids, text_hex_id(id).text, &number);

	if (!err) {
		err = array_grow((void **)&groups->all, groups->all_count,
		    &groups->all_capacity, sizeof(struct groups_held *));
	}
	if (err) {
		return err;
	}
	if (number > groups->all_count) {
		struct groups_held *held = calloc(1, sizeof *held);

		if (!held) {
			return out_of_memory();
		}
		held->id = *id;
		groups->all[groups->all_count++] = held;
	}
	*out = groups->all[number - 1];
	return ERR_OK;
}

struct groups_author *groups_author_of(struct groups_held *held, int64_t org)
{
	size_t low = 0;
	size_t high = held->author_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (held->authors[middle].org < org) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low < held->author_count && held->authors[low].org == org
	           ? &held->authors[low]
	           : NULL;
}

static enum err need_passed(struct groups *groups, int64_t org)
{
	uint64_t *passed = NULL;

	if ((size_t)org <= groups->passed_count) {
		return ERR_OK;
	}
	passed = realloc(groups->passed, (size_t)org * sizeof *passed);
	if (!passed) {
		return out_of_memory();
	}
	groups->passed = passed;
	while (groups->passed_count < (size_t)org) {
		passed[groups->passed_count++] = 0;
	}
	return ERR_OK;
}

static enum err need_author(struct groups *groups, struct groups_held *held,
    int64_t org, struct groups_author **out)
{
	struct groups_author *authors = NULL;
	size_t at = held->author_count;
	enum err err = ERR_OK;

	*out = groups_author_of(held, org);
	if (*out) {
		return ERR_OK;
	}
	err = need_passed(groups, org);
	if (err) {
		return err;
	}
	authors =
	    realloc(held->authors, (held->author_count + 1) * sizeof *authors);
	if (!authors) {
		return out_of_memory();
	}
	held->authors = authors;
	while (at > 0 && authors[at - 1].org > org) {
		authors[at] = authors[at - 1];
		at--;
	}
	authors[at] = (struct groups_author){ .org = org };
	held->author_count++;
	*out = &authors[at];
	return ERR_OK;
}

/*
 * The first groups of each author.
 */

static enum err need_founder(
    struct groups *groups, int64_t org, struct groups_founder **out)
{
	size_t at = (size_t)org - 1;

	if (at >= groups->founder_count) {
		struct groups_founder **founders =
		    (struct groups_founder **)realloc(
			(void *)groups->founders, (at + 1) * sizeof *founders);

		if (!founders) {
			return out_of_memory();
		}
		groups->founders = founders;
		while (groups->founder_count <= at) {
			founders[groups->founder_count++] = NULL;
		}
	}
	if (!groups->founders[at]) {
		groups->founders[at] = calloc(1, sizeof(struct groups_founder));
	}
	*out = groups->founders[at];
	return *out ? ERR_OK : out_of_memory();
}

static uint32_t first_of(
    struct groups_founder *founder, size_t place, int64_t org)
{
	return groups_author_of(founder->first[place], org)->first_roster;
}

static enum err drop_last(
    struct groups *groups, struct groups_founder *founder, int64_t org)
{
	struct groups_held *held = founder->first[--founder->count];

	groups_author_of(held, org)->heard = false;
	return know(groups, held);
}

/* PROTOCOL.md M410: "Of one author the rosters of no more than 64 groups MUST
 * count: of those whose first rosters come first in the author's own order,
 * without rosters that its card disowns." */
static enum err hear(struct node *node, struct groups_founder *founder,
    struct groups_held *held, int64_t org)
{
	struct groups_author *author = groups_author_of(held, org);
	size_t at = founder->count;
	enum err err = ERR_OK;

	while (at > 0 && relations_later(node, first_of(founder, at - 1, org),
			     author->first_roster)) {
		at--;
	}
	if (at == LIMIT_GROUPS_PER_AUTHOR) {
		return ERR_OK;
	}
	if (founder->count == LIMIT_GROUPS_PER_AUTHOR) {
		err = drop_last(node->groups, founder, org);
	}
	if (err) {
		return err;
	}
	memmove((void *)(founder->first + at + 1),
	    (void *)(founder->first + at),
	    (founder->count++ - at) * sizeof(struct groups_held *));
	founder->first[at] = held;
	author->heard = true;
	return know(node->groups, held);
}

/* A roster of a group that is new to its author, or an earlier one than the
 * first so far. While there is room for all their order is no matter; once
 * there is not, what may change it is looked at before the next commit. */
static enum err hear_first(struct node *node, struct groups_held *held,
    struct groups_author *author, uint32_t rid)
{
	struct groups_founder *founder = NULL;
	int64_t org = author->org;
	enum err err = need_founder(node->groups, org, &founder);

	author->first_roster = rid;
	if (err) {
		return err;
	}
	if (!author->heard && !founder->crowded &&
	    founder->count < LIMIT_GROUPS_PER_AUTHOR) {
		return hear(node, founder, held, org);
	}
	if (!author->heard && !founder->crowded) {
		log_line(LOG_WARN, "groups",
		    "%s states rosters of more than %u groups: those of the "
		    "later ones do not count",
		    peers_get(node, org)->card.fields->name,
		    LIMIT_GROUPS_PER_AUTHOR);
		founder->crowded = true;
		founder->doubted = true;
	}
	if (founder->crowded && !founder->doubted) {
		founder->doubted =
		    author->heard || founder->count < LIMIT_GROUPS_PER_AUTHOR ||
		    !relations_later(node, rid,
			first_of(founder, LIMIT_GROUPS_PER_AUTHOR - 1, org));
	}
	node->groups->unsettled = true;
	return ERR_OK;
}

/* The first roster that its author stands by; 0: none. */
static uint32_t first_roster(struct node *node, struct groups_author *author)
{
	uint32_t first = 0;

	for (size_t i = 0; i < author->count; i++) {
		uint32_t rid = author->said[i].rid;

		if (is_roster(node, rid) && !disown_record(node, rid) &&
		    (!first || relations_later(node, first, rid))) {
			first = rid;
		}
	}
	return first;
}

static enum err rehear_one(
    struct node *node, struct groups_founder *founder, int64_t org)
{
	struct groups *groups = node->groups;
	enum err err = ERR_OK;

	while (founder->count && !err) {
		err = drop_last(groups, founder, org);
	}
	for (size_t i = 0; i < groups->all_count && !err; i++) {
		struct groups_author *author =
		    groups_author_of(groups->all[i], org);

		if (!author || !author->states) {
			continue;
		}
		author->first_roster = first_roster(node, author);
		if (author->first_roster) {
			err = hear(node, founder, groups->all[i], org);
		}
	}
	founder->doubted = err != ERR_OK;
	return err;
}

enum err groups_rehear(struct node *node)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < node->groups->founder_count && !err; i++) {
		struct groups_founder *founder = node->groups->founders[i];

		if (founder && founder->doubted) {
			err = rehear_one(node, founder, (int64_t)i + 1);
		}
	}
	return err;
}

/*
 * A record comes.
 */

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

static enum err note(struct node *node, struct groups_held *held,
    struct groups_author *author, const struct groups_said *said)
{
	bool after = !author->count || relations_later(node, said->rid,
					   author->said[author->count - 1].rid);
	bool counts = false;
	enum err err = array_grow((void **)&author->said, author->count,
	    &author->capacity, sizeof *author->said);
	size_t *kind = NULL;

	if (!err) {
		err = groups_spend(node, held, author->org, said, &counts);
	}
	if (err) {
		return err;
	}
	author->said[author->count++] = *said;
	author->unsorted = author->unsorted || !after;
	/* What is passed over like others before changes their number alone. */
	kind = counts ? groups_passed_like(author, is_roster(node, said->rid))
	              : NULL;
	if (kind) {
		++*kind;
	}
	groups_tell_passed(node->groups, held, author);
	if (kind || !counts) {
		return ERR_OK;
	}
	held->fresh = false;
	node->groups->unsettled = node->groups->unsettled || held->known;
	return ERR_OK;
}

/* Does a payload say something of this node to it? */
static bool concerns(
    struct node *node, const Qsg__Payload *payload, int64_t author)
{
	const Qsg__Roster *roster =
	    payload->content_case == QSG__PAYLOAD__CONTENT_ROSTER
		? payload->roster
		: NULL;
	bool found = author == 1;

	for (size_t i = 0; roster && i < roster->n_entries && !found; i++) {
		const ProtobufCBinaryData *id =
		    &roster->entries[i]->organisation;

		found = span_equal(
		    span_of(id->data, id->len), span_id(node_id(node)));
	}
	return found;
}

/* A roster of a group, of which its author has perhaps stated none before. */
static enum err note_roster(
    struct node *node, struct groups_held *held, int64_t org, uint32_t rid)
{
	struct groups_author *author = groups_author_of(held, org);

	author->states = true;
	return !author->first_roster ||
	               relations_later(node, author->first_roster, rid)
	           ? hear_first(node, held, author, rid)
	           : ERR_OK;
}

enum err groups_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	const struct view_record *view = views_get(node->views, rid);
	int64_t org =
	    state_log(node, state_stream(node, view->stream)->row.log)->org;
	struct groups_said said = { .rid = rid };
	struct groups_held *held = NULL;
	struct groups_author *author = NULL;
	struct id32 id;
	enum err err = group_of(payload, &id) ? begin(node) : ERR_OK;

	if (err || !node->groups || !group_of(payload, &id)) {
		return err;
	}
	said.weight = (uint32_t)canon_weight(&payload->base);
	node->accounts[org - 1].bytes += said.weight;
	err = need_held(node->groups, &id, &held);
	if (!err) {
		err = need_author(node->groups, held, org, &author);
	}
	if (!err) {
		held->concerns = held->concerns || concerns(node, payload, org);
		err = note(node, held, author, &said);
	}
	return !err && is_roster(node, rid) ? note_roster(node, held, org, rid)
	                                    : err;
}
