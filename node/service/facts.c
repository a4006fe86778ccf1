#include "service/facts.h"

#include "codec/canon.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

struct ordered {
	struct id32 author;
	struct relations_place place;
};

static int by_author(const void *a, const void *b)
{
	const struct ordered *x = a;
	const struct ordered *y = b;
	int order = id_compare(&x->author, &y->author);

	return order ? order : relations_order(&x->place, &y->place);
}

static size_t order(
    struct node *node, const uint32_t *rids, size_t count, struct ordered *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t rid = rids[i];

		if (views_get(node->views, rid)->state == RECORD_READABLE &&
		    !disown_record(node, rid)) {
			list[kept++] =
			    (struct ordered){ .author =
						  *state_author_id(node, rid),
				    .place = relations_place(node, rid) };
		}
	}
	qsort(list, kept, sizeof *list, by_author);
	return kept;
}

static enum err open_one(struct node *node, const struct ordered *from,
    uint64_t rank, struct facts *out)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, from->place.rid, &payload);

	if (!err && payload) {
		out->opened[out->count] = payload;
		out->all[out->count++] = (struct summit_fact){
			.record = views_get(node->views, from->place.rid)->id,
			.author = from->author,
			.place = rank,
			.payload = payload
		};
	}
	return err;
}

/* Those that are too many are left out; how many are kept. */
static size_t leave_out(struct node *node, struct ordered *list, size_t count,
    const struct facts_most *most)
{
	struct id32 author = { { 0 } };
	size_t taken[FACTS_CLASSES] = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		size_t class = most->class_of(
		    views_get(node->views, list[i].place.rid)->type);

		if (i == 0 || !id_equal(&author, &list[i].author)) {
			author = list[i].author;
			memset(taken, 0, sizeof taken);
		}
		if (taken[class]++ < most->most[class]) {
			list[kept++] = list[i];
		}
	}
	return kept;
}

static enum err open_all(struct node *node, const struct ordered *list,
    size_t count, struct facts *out)
{
	uint64_t rank = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		/* In a log that is split two may have one place. */
		if (i == 0 || by_author(&list[i - 1], &list[i]) != 0) {
			rank++;
		}
		err = open_one(node, &list[i], rank, out);
	}
	return err;
}

enum err facts_open(struct node *node, const uint32_t *rids, size_t count,
    const struct facts_most *most, struct facts *out)
{
	struct ordered *list = calloc(count + 1, sizeof *list);
	size_t ordered = 0;
	size_t kept = 0;
	enum err err = ERR_OK;

	*out = (struct facts){ .all = calloc(count + 1, sizeof *out->all),
		.opened =
		    (Qsg__Payload **)calloc(count + 1, sizeof *out->opened) };
	if (!list || !out->all || !out->opened) {
		err = err_set(ERR_MEM, "out of memory");
	} else {
		ordered = order(node, rids, count, list);
		kept = leave_out(node, list, ordered, most);
		out->left_out = ordered - kept;
		err = open_all(node, list, kept, out);
	}
	free(list);
	return err;
}

enum err facts_choose(struct node *node, const uint32_t *rids, size_t count,
    const struct facts_most *most, uint32_t **out, size_t *kept)
{
	struct ordered *list = calloc(count + 1, sizeof *list);

	*kept = 0;
	*out = calloc(count + 1, sizeof **out);
	if (!list || !*out) {
		free(list);
		return err_set(ERR_MEM, "out of memory");
	}
	*kept = leave_out(node, list, order(node, rids, count, list), most);
	for (size_t i = 0; i < *kept; i++) {
		(*out)[i] = list[i].place.rid;
	}
	free(list);
	return ERR_OK;
}

void facts_close(struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		canon_wipe(&facts->opened[i]->base);
	}
	free(facts->all);
	free((void *)facts->opened);
	*facts = (struct facts){ 0 };
}
