#include "domain/group_work.h"

#include <stdio.h>
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
	(void)snprintf(notice->text, sizeof notice->text, "%s", reason->text);
	return ERR_OK;
}

static int compare(const void *a, const void *b)
{
	const struct group_notice *left = a;
	const struct group_notice *right = b;
	int order = id_compare(&left->record, &right->record);

	if (order == 0)
		order = id_compare(&left->organisation, &right->organisation);
	return order != 0 ? order : strcmp(left->text, right->text);
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
