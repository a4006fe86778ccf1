#include "service/disown.h"
#include "service/groups_state.h"
#include "service/relations.h"

#include <stdlib.h>
#include <string.h>

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static struct groups_spent *spent_of(const struct groups *groups, int64_t org)
{
	size_t at = (size_t)org - 1;

	return at < groups->spent_count ? &groups->spent[at] : NULL;
}

static enum err need_spent(
    struct groups *groups, int64_t org, struct groups_spent **out)
{
	size_t count = (size_t)org;

	if (count > groups->spent_count) {
		struct groups_spent *grown =
		    realloc(groups->spent, count * sizeof *grown);

		if (!grown) {
			return out_of_memory();
		}
		memset(grown + groups->spent_count, 0,
		    (count - groups->spent_count) * sizeof *grown);
		groups->spent = grown;
		groups->spent_count = count;
	}
	*out = &groups->spent[count - 1];
	return ERR_OK;
}

static bool has_room(size_t count, uint64_t weight)
{
	return count <= LIMIT_GROUP_RECORDS && weight <= LIMIT_GROUP_WEIGHT;
}

/* One more record is passed over. The first of them is told of. */
static void pass_over(
    struct node *node, const struct groups_kept *one, int64_t org, bool counted)
{
	struct groups *groups = node->groups;
	struct groups_author *author = groups_author_of(one->held, org);
	bool roster = views_get(node->views, one->rid)->type == VIEW_ROSTER;
	size_t *kind = counted ? groups_passed_like(author, roster) : NULL;

	if (counted || !author->beyond) {
		one->held->fresh = false;
		groups->unsettled = groups->unsettled || one->held->known;
	}
	/* Not for two reasons at once. */
	if (kind) {
		--*kind;
	}
	author->beyond++;
	groups_tell_passed(groups, one->held, author);
}

static size_t place_in(
    struct node *node, const struct groups_spent *spent, uint32_t rid)
{
	size_t low = 0;
	size_t high = spent->kept_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (relations_later(node, rid, spent->kept[middle].rid)) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

/* Among those that count, in its place; what there is no room for then, comes
 * last and counts no more. */
static void insert(struct node *node, int64_t org, struct groups_spent *spent,
    const struct groups_kept *new)
{
	size_t at = place_in(node, spent, new->rid);

	memmove(spent->kept + at + 1, spent->kept + at,
	    (spent->kept_count++ - at) * sizeof *spent->kept);
	spent->kept[at] = *new;
	spent->kept_weight += new->weight;
	while (!has_room(spent->kept_count, spent->kept_weight)) {
		struct groups_kept *last = &spent->kept[--spent->kept_count];

		spent->kept_weight -= last->weight;
		spent->beyond = last->rid;
		pass_over(node, last, org, last->rid != new->rid);
	}
}

enum err groups_spend(struct node *node, struct groups_held *held, int64_t org,
    const struct groups_said *said, bool *counts)
{
	struct groups_kept new = { said->rid, said->weight, held };
	struct groups_spent *spent = NULL;
	enum err err = need_spent(node->groups, org, &spent);

	*counts = true;
	if (err) {
		return err;
	}
	if (!spent->full) {
		/* While there is room for all their order is no matter. */
		spent->count++;
		spent->weight += said->weight;
		spent->full = !has_room(spent->count, spent->weight);
		spent->doubted = spent->full;
	}
	if (spent->doubted) {
		node->groups->spent_doubted = true;
		node->groups->unsettled = true;
	} else if (spent->full) {
		bool beyond = spent->beyond &&
		              relations_later(node, said->rid, spent->beyond);

		*counts = false;
		if (disown_record(node, said->rid)) {
			return ERR_OK;
		}
		if (beyond) {
			pass_over(node, &new, org, false);
		} else {
			insert(node, org, spent, &new);
			*counts = spent->beyond != said->rid;
		}
	}
	return ERR_OK;
}

/*
 * From the beginning.
 */

struct placed {
	struct relations_place place; /* first, for relations_order */
	struct groups_kept kept;
};

struct gathered {
	struct placed *items;
	size_t count;
	size_t capacity;
};

static enum err gather(struct node *node, struct groups_held *held,
    const struct groups_author *author, struct gathered *out)
{
	size_t capacity = out->count + author->count;

	if (capacity > out->capacity) {
		struct placed *grown = NULL;

		capacity += capacity / 2;
		grown = realloc(out->items, capacity * sizeof *grown);
		if (!grown) {
			return out_of_memory();
		}
		out->items = grown;
		out->capacity = capacity;
	}
	for (size_t i = 0; i < author->count; i++) {
		const struct groups_said *said = &author->said[i];

		/* PROTOCOL.md M329: "A roster, membership or succession that
		 * its author's card disowns MUST NOT count." */
		if (!disown_record(node, said->rid)) {
			out->items[out->count++] = (struct placed){
				.place = relations_place(node, said->rid),
				.kept = { said->rid, said->weight, held }
			};
		}
	}
	return ERR_OK;
}

/* All that an author says that it stands by; none of it is passed over as yet:
 * what does not count for other reasons shows when its group is opened again.
 */
static enum err gather_all(struct node *node, int64_t org, struct gathered *out)
{
	struct groups *groups = node->groups;
	enum err err = ERR_OK;

	for (size_t i = 0; i < groups->all_count && !err; i++) {
		struct groups_held *held = groups->all[i];
		struct groups_author *author = groups_author_of(held, org);

		if (author) {
			author->beyond = 0;
			author->unheard = 0;
			author->unlisted = 0;
			held->fresh = false;
			err = gather(node, held, author, out);
		}
	}
	return err;
}

/* PROTOCOL.md M413: "Of one author no more than 4,096 rosters, memberships and
 * successions, of all groups together, and of these no more than weigh 64 MiB,
 * MUST count: the first in the author's own order, without those that its card
 * disowns." */
static void keep_first(
    struct groups_spent *spent, const struct gathered *gathered, int64_t org)
{
	size_t i = 0;

	spent->kept_count = 0;
	spent->kept_weight = 0;
	for (; i < gathered->count; i++) {
		const struct groups_kept *each = &gathered->items[i].kept;

		if (!has_room(spent->kept_count + 1,
			spent->kept_weight + each->weight)) {
			break;
		}
		spent->kept[spent->kept_count++] = *each;
		spent->kept_weight += each->weight;
	}
	spent->beyond = i < gathered->count ? gathered->items[i].kept.rid : 0;
	for (; i < gathered->count; i++) {
		groups_author_of(gathered->items[i].kept.held, org)->beyond++;
	}
}

static void tell_all(struct groups *groups, int64_t org)
{
	for (size_t i = 0; i < groups->all_count; i++) {
		struct groups_held *held = groups->all[i];
		struct groups_author *author = groups_author_of(held, org);

		if (author) {
			groups_tell_passed(groups, held, author);
		}
	}
}

static enum err recount_one(
    struct node *node, int64_t org, struct groups_spent *spent)
{
	struct gathered gathered = { 0 };
	enum err err = ERR_OK;

	if (!spent->kept) {
		/* One more, for as long as it takes to find room for it. */
		spent->kept =
		    calloc(LIMIT_GROUP_RECORDS + 1, sizeof *spent->kept);
		err = spent->kept ? ERR_OK : out_of_memory();
	}
	if (!err) {
		err = gather_all(node, org, &gathered);
	}
	if (!err && gathered.count) {
		qsort(gathered.items, gathered.count, sizeof *gathered.items,
		    relations_order);
	}
	if (!err) {
		keep_first(spent, &gathered, org);
		tell_all(node->groups, org);
		spent->doubted = false;
	}
	free(gathered.items);
	return err;
}

enum err groups_recount(struct node *node)
{
	struct groups *groups = node->groups;
	enum err err = ERR_OK;

	if (!groups->spent_doubted) {
		return ERR_OK;
	}
	for (size_t i = 0; i < groups->spent_count && !err; i++) {
		if (groups->spent[i].doubted) {
			err = recount_one(
			    node, (int64_t)i + 1, &groups->spent[i]);
		}
	}
	groups->spent_doubted = err != ERR_OK;
	return err;
}

/*
 * What counts.
 */

static enum err sort(struct node *node, struct groups_author *author)
{
	struct placed *places = NULL;

	if (!author->unsorted) {
		return ERR_OK;
	}
	places = calloc(author->count, sizeof *places);
	if (!places) {
		return out_of_memory();
	}
	for (size_t i = 0; i < author->count; i++) {
		places[i].place = relations_place(node, author->said[i].rid);
		places[i].kept.weight = author->said[i].weight;
	}
	qsort(places, author->count, sizeof *places, relations_order);
	for (size_t i = 0; i < author->count; i++) {
		author->said[i] = (struct groups_said){ places[i].place.rid,
			places[i].kept.weight };
	}
	author->unsorted = false;
	free(places);
	return ERR_OK;
}

enum err groups_counting(struct node *node, const struct groups_held *held,
    struct groups_author *author, uint32_t *rids, size_t *count)
{
	const struct groups_spent *spent = spent_of(node->groups, author->org);
	bool all = !spent || !spent->full;
	enum err err = all ? sort(node, author) : ERR_OK;

	*count = 0;
	for (size_t i = 0; all && i < author->count && !err; i++) {
		if (!disown_record(node, author->said[i].rid)) {
			rids[(*count)++] = author->said[i].rid;
		}
	}
	for (size_t i = 0; !all && i < spent->kept_count; i++) {
		if (spent->kept[i].held == held) {
			rids[(*count)++] = spent->kept[i].rid;
		}
	}
	return err;
}

void groups_spent_doubt(struct groups *groups)
{
	for (size_t i = 0; i < groups->spent_count; i++) {
		groups->spent[i].doubted = groups->spent[i].full;
		groups->spent_doubted =
		    groups->spent_doubted || groups->spent[i].full;
		groups->unsettled = groups->unsettled || groups->spent[i].full;
	}
}

bool groups_spent_all(const struct groups *groups, int64_t org)
{
	const struct groups_spent *spent = spent_of(groups, org);

	if (!spent) {
		return false;
	}
	return spent->full
	           ? spent->beyond || spent->kept_count == LIMIT_GROUP_RECORDS
	           : spent->count == LIMIT_GROUP_RECORDS;
}

void groups_spent_free(struct groups *groups)
{
	for (size_t i = 0; i < groups->spent_count; i++) {
		free(groups->spent[i].kept);
	}
	free(groups->spent);
}
