#include "store/grow.h"
#include "store/views_inside.h"

#include <stdlib.h>

/* What stands in the index of ids for one that is granted. */
#define GRANTED_PLACE (VIEWS_GRANTED - 1u)

enum err views_add_granted(
    struct views *views, const struct view_granted *granted, uint32_t *rid)
{
	void *all = (void *)views->granted;
	struct view_granted *copy = NULL;
	uint32_t at = (uint32_t)views->granted_count;
	if (views_find(views, &granted->record.id) != 0) {
		return err_set(ERR_EXISTS, "the record is held already");
	}
	if (views->granted_count >= UINT32_MAX - VIEWS_GRANTED) {
		return err_set(ERR_LIMIT, "too many records");
	}
	enum err err = grow_array(
	    &all, &views->granted_capacity, at + 1u, sizeof(*views->granted));
	views->granted = all;
	if (err == ERR_OK) {
		copy = malloc(sizeof(*copy));
		err = copy != NULL ? ERR_OK : err_set(ERR_MEM, "out of memory");
	}
	if (err == ERR_OK) {
		*copy = *granted;
		views->granted[at] = copy;
		views->granted_count++;
		err = table_add(&views->ids,
		    bytes_get_u64(granted->record.id.b), GRANTED_PLACE + at);
	}
	if (err == ERR_OK) {
		err = table_add(&views->carried, granted->grant, at);
	}
	*rid = VIEWS_GRANTED + at;
	return err;
}

const struct view_granted *views_granted(
    const struct views *views, uint32_t rid)
{
	return rid >= VIEWS_GRANTED &&
	               rid - VIEWS_GRANTED < views->granted_count
	           ? views->granted[rid - VIEWS_GRANTED]
	           : NULL;
}

size_t views_granted_count(const struct views *views)
{
	return views->granted_count;
}

uint32_t views_carried(const struct views *views, uint32_t grant)
{
	size_t place = 0;
	uint32_t found = 0;
	while (table_next(&views->carried, grant, &place, &found)) {
		if (views->granted[found]->grant == grant &&
		    !views->granted[found]->dropped) {
			uint32_t rid = VIEWS_GRANTED + found;
			return views_find(views,
				   &views->granted[found]->record.id) == rid
			           ? rid
			           : 0;
		}
	}
	return 0;
}

uint32_t views_drop_granted(struct views *views, uint32_t grant)
{
	size_t place = 0;
	uint32_t found = 0;
	while (table_next(&views->carried, grant, &place, &found)) {
		struct view_granted *granted = views->granted[found];
		if (granted->grant != grant || granted->dropped) {
			continue;
		}
		granted->dropped = true;
		granted->record =
		    (struct view_record){ .stream = granted->record.stream,
			    .number = granted->record.number,
			    .state = RECORD_BODYLESS,
			    .reason = RECORD_ERASED };
		return VIEWS_GRANTED + found;
	}
	return 0;
}

uint32_t views_next(const struct views *views, uint32_t rid)
{
	uint32_t held = rid == 0 ? 0 : views_holder(views, rid);
	uint32_t carried =
	    held != 0 && held == rid ? views_carried(views, held) : 0;
	if (carried != 0) {
		return carried;
	}
	return held < views->count ? held + 1 : 0;
}

uint32_t views_holder(const struct views *views, uint32_t rid)
{
	const struct view_granted *granted = views_granted(views, rid);
	return granted == NULL ? rid : granted->grant;
}

size_t views_places(const struct views *views)
{
	return views->count + views->granted_count;
}

size_t views_place(const struct views *views, uint32_t rid)
{
	return rid < VIEWS_GRANTED ? rid - 1
	                           : views->count + (rid - VIEWS_GRANTED);
}
