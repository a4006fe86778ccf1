#include "service/reached.h"

#include "service/granting.h"

#include <stdlib.h>

bool reached_has(const struct reached *reached, const struct id32 *id)
{
	for (size_t i = 0; i < reached->count; i++) {
		if (id_equal(&reached->ids[i], id)) {
			return true;
		}
	}
	return false;
}

static enum err add_id(struct reached *reached, const struct id32 *id)
{
	if (reached_has(reached, id)) {
		return ERR_OK;
	}
	if (reached->count == reached->capacity) {
		size_t capacity =
		    reached->capacity ? reached->capacity * 2 : 64;
		struct id32 *ids =
		    realloc(reached->ids, capacity * sizeof *ids);

		if (!ids) {
			return err_set(ERR_MEM, "out of memory");
		}
		reached->ids = ids;
		reached->capacity = capacity;
	}
	reached->ids[reached->count++] = *id;
	return ERR_OK;
}

static enum err add_readers(
    struct node *node, uint32_t rid, struct reached *reached)
{
	const struct state_stream *stream =
	    state_stream(node, views_get(node->views, rid)->stream);
	enum err err = ERR_OK;

	for (size_t i = 0; stream->readers && i < stream->reader_count && !err;
	     i++) {
		err = add_id(reached, &stream->readers[i]);
	}
	return err;
}

static enum err add_grant(struct reached *reached, uint32_t rid)
{
	if (reached->grant_count == reached->grant_capacity) {
		size_t capacity =
		    reached->grant_capacity ? reached->grant_capacity * 2 : 16;
		struct reached_grant *grants =
		    realloc(reached->grants, capacity * sizeof *grants);

		if (!grants) {
			return err_set(ERR_MEM, "out of memory");
		}
		reached->grants = grants;
		reached->grant_capacity = capacity;
	}
	reached->grants[reached->grant_count++] =
	    (struct reached_grant){ .rid = rid };
	return ERR_OK;
}

/* Whoever grants has to show it, so that nobody is named a reader by a word
 * alone (M505). */
enum err reached_add(
    struct node *node, const struct id32 *record, struct reached *reached)
{
	uint32_t rid = views_find(node->views, record);
	size_t place = 0;
	enum err err = ERR_OK;

	if (rid && rid <= views_count(node->views)) {
		err = add_readers(node, rid, reached);
	}
	while (!err && (rid = granting_of(node, record, &place)) != 0) {
		err = add_grant(reached, rid);
	}
	return err;
}

/* Who was granted it may have granted it in turn. */
enum err reached_follow(struct node *node, struct reached *reached)
{
	bool grown = true;
	enum err err = ERR_OK;

	while (grown && !err) {
		grown = false;
		for (size_t i = 0; i < reached->grant_count && !err; i++) {
			struct reached_grant *grant = &reached->grants[i];

			if (grant->taken ||
			    !reached_has(
				reached, state_author_id(node, grant->rid))) {
				continue;
			}
			err = add_readers(node, grant->rid, reached);
			grant->taken = true;
			grown = true;
		}
	}
	return err;
}

void reached_clear(struct reached *reached)
{
	free(reached->ids);
	free(reached->grants);
	*reached = (struct reached){ 0 };
}
