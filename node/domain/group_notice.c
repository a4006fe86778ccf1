#include "domain/group_work.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 8 };

enum err group_notice_add(struct group_notices *list, const struct id32 *record,
    const struct group_reason *reason)
{
	struct group_notice *notice = NULL;

	if (list->count == list->capacity) {
		size_t capacity =
		    list->capacity == 0 ? FIRST_CAPACITY : list->capacity * 2;
		struct group_notice *items =
		    realloc(list->items, capacity * sizeof *items);

		if (items == NULL)
			return err_set(ERR_MEM, "out of memory");
		list->items = items;
		list->capacity = capacity;
	}
	notice = &list->items[list->count++];
	memset(notice, 0, sizeof *notice);
	if (record != NULL)
		notice->record = *record;
	notice->organisation = reason->organisation;
	notice->why = reason->why;
	return ERR_OK;
}

static int compare(const void *a, const void *b)
{
	const struct group_notice *left = a;
	const struct group_notice *right = b;
	int order = id_compare(&left->record, &right->record);

	if (order == 0)
		order = id_compare(&left->organisation, &right->organisation);
	return order != 0 ? order
	                  : (left->why > right->why) - (left->why < right->why);
}

enum err group_pass_over(
    struct group_state *state, const struct id32 *organisation, enum reason why)
{
	struct group_notices list = { state->refused, state->refused_count,
		state->refused_count };
	struct group_reason reason = { why, *organisation };
	enum err err = group_notice_add(&list, NULL, &reason);

	if (err == ERR_OK)
		group_notice_settle(&list);
	state->refused = list.items;
	state->refused_count = list.count;
	return err;
}

void group_notice_settle(struct group_notices *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof list->items[0], compare);
	for (size_t i = 1; i < list->count; i++) {
		if (compare(&list->items[kept], &list->items[i]) != 0)
			list->items[++kept] = list->items[i];
	}
	list->count = kept + 1;
}
