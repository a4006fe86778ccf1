#include "service/facts.h"

#include "codec/canon.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"

#include <stdlib.h>

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

static enum err open_all(struct node *node, const struct ordered *list,
    size_t count, const struct facts_most *most, struct facts *out)
{
	uint64_t rank = 0;
	size_t counted = 0;
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		const struct view_record *view =
		    views_get(node->views, list[i].place.rid);

		/* In a log that is split two may have one place. */
		if (i == 0 || by_author(&list[i - 1], &list[i]) != 0) {
			rank++;
		}
		if (i == 0 || !id_equal(&list[i - 1].author, &list[i].author)) {
			counted = 0;
		}
		if (most->counts(view->type) && counted++ >= most->most) {
			out->left_out++;
			continue;
		}
		err = open_one(node, &list[i], rank, out);
	}
	return err;
}

enum err facts_open(struct node *node, const uint32_t *rids, size_t count,
    const struct facts_most *most, struct facts *out)
{
	struct ordered *list = calloc(count + 1, sizeof *list);
	enum err err = ERR_OK;

	*out = (struct facts){ .all = calloc(count + 1, sizeof *out->all),
		.opened =
		    (Qsg__Payload **)calloc(count + 1, sizeof *out->opened) };
	if (!list || !out->all || !out->opened) {
		err = err_set(ERR_MEM, "out of memory");
	} else {
		err = open_all(
		    node, list, order(node, rids, count, list), most, out);
	}
	free(list);
	return err;
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
