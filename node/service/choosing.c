#include "service/choosing.h"

#include <stdlib.h>
#include <string.h>

enum err choosing_add(struct choosing *choosing, uint32_t rid)
{
	if (choosing->count == choosing->capacity) {
		size_t capacity =
		    choosing->capacity ? choosing->capacity * 2 : 16;
		uint32_t *rids =
		    realloc(choosing->rids, capacity * sizeof *rids);

		if (!rids) {
			return err_set(ERR_MEM, "out of memory");
		}
		choosing->rids = rids;
		choosing->capacity = capacity;
	}
	choosing->rids[choosing->count++] = rid;
	return ERR_OK;
}

static int by_rid(const void *a, const void *b)
{
	const uint32_t *x = a;
	const uint32_t *y = b;

	return (*x > *y) - (*x < *y);
}

enum err choosing_newest(struct node *node, struct choosing *choosing)
{
	size_t all = choosing->count;
	size_t first = all; /* of those kept, at the end of the list */
	size_t *said = calloc(state_author_slots(node), sizeof *said);

	if (!said) {
		return err_set(ERR_MEM, "out of memory");
	}
	if (all) {
		qsort(choosing->rids, all, sizeof *choosing->rids, by_rid);
	}
	for (size_t i = all; i-- > 0 && all - first < CHOOSING_SHOWN;) {
		uint32_t rid = choosing->rids[i];
		int64_t author = state_author(node, rid);

		if (author == 1 || said[state_author_slot(node, author)]++ <
				       CHOOSING_SHOWN_OF_ONE) {
			choosing->rids[--first] = rid;
		}
	}
	choosing->count = all - first;
	choosing->left_out = first;
	if (choosing->count) {
		memmove(choosing->rids, choosing->rids + first,
		    choosing->count * sizeof *choosing->rids);
	}
	free(said);
	return ERR_OK;
}

void choosing_clear(struct choosing *choosing)
{
	free(choosing->rids);
	*choosing = (struct choosing){ 0 };
}
