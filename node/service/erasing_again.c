#include "service/erasing_parts.h"

#include "codec/canon.h"
#include "domain/erasure.h"
#include "service/query.h"

#include <stdlib.h>

/*
 * What is known of them.
 */

struct erasings_known *erasings_find(
    const struct erasings *erasings, uint32_t rid)
{
	size_t place = 0;
	uint32_t at = 0;

	while (erasings && table_next(&erasings->known_of, rid, &place, &at)) {
		if (erasings->known[at].rid == rid) {
			return &erasings->known[at];
		}
	}
	return NULL;
}

static enum err make_room(struct erasings *erasings)
{
	size_t capacity = erasings->known_capacity * 2;
	struct erasings_known *grown = NULL;

	if (erasings->known_count < erasings->known_capacity) {
		return ERR_OK;
	}
	capacity = capacity ? capacity : 64;
	grown = realloc(erasings->known, capacity * sizeof *grown);
	if (!grown) {
		return err_set(ERR_MEM, "out of memory");
	}
	erasings->known = grown;
	erasings->known_capacity = capacity;
	return ERR_OK;
}

enum err erasings_know(struct node *node, uint32_t rid,
    const struct id32 *target, struct erasings_known **out)
{
	struct erasings *erasings = NULL;
	enum err err = erasings_need(node, &erasings);

	*out = err ? NULL : erasings_find(erasings, rid);
	if (err || *out) {
		return err;
	}
	err = make_room(erasings);
	if (!err) {
		err = table_add(
		    &erasings->known_of, rid, (uint32_t)erasings->known_count);
	}
	if (!err) {
		*out = &erasings->known[erasings->known_count++];
		**out =
		    (struct erasings_known){ .rid = rid, .target = *target };
	}
	return err;
}

/*
 * What is looked at again.
 */

enum err erasing_target_of(
    struct node *node, uint32_t erasure, struct id32 *target, bool *says)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, erasure, &payload);

	*says = !err && payload && erasure_target(payload, target);
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* tries: by authors. */
static enum err look_again(
    struct node *node, const struct id32 *target, uint8_t *tries)
{
	uint32_t erasure = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && (erasure = views_next_link(node->views, target,
			    REFERENCE_ERASES, &place)) != 0) {
		uint8_t *of = &tries[state_author_slot(
		    node, state_author(node, erasure))];

		if (*of < LIMIT_GRANT_TRIES) {
			(*of)++;
			err = erasings_add(node, erasure, target);
		}
	}
	return err;
}

enum err erasings_look_again(struct node *node, const struct id32 *target)
{
	uint8_t *tries = calloc(state_author_slots(node), sizeof *tries);
	enum err err = tries ? look_again(node, target, tries)
	                     : err_set(ERR_MEM, "out of memory");

	free(tries);
	return err;
}

struct targets {
	struct id32 ids[LIMIT_GRANT_TRIES];
	size_t count;
};

static bool is_there(const struct targets *targets, const struct id32 *id)
{
	for (size_t i = 0; i < targets->count; i++) {
		if (id_equal(&targets->ids[i], id)) {
			return true;
		}
	}
	return false;
}

/* Each once, as many erasures may be of one record; none is opened, as a peer
 * may send many records without their bodies. */
static enum err look_at_those(
    struct node *node, uint32_t rid, enum reference how)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	struct targets targets = { .count = 0 };
	size_t left = LIMIT_GRANT_TRIES;
	uint32_t by = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	/* By its own author: whoever else names it says nothing that counts. */
	while (!err && left &&
	       (by = views_next_link(node->views, id, (uint8_t)how, &place)) !=
		   0) {
		const struct erasings_known *known =
		    erasings_find(node->erasings, by);

		if (!known || !id_equal(erasing_author(node, by),
				  erasing_author(node, rid))) {
			continue;
		}
		left--;
		if (!is_there(&targets, &known->target)) {
			targets.ids[targets.count] = known->target;
			err = erasings_look_again(
			    node, &targets.ids[targets.count++]);
		}
	}
	return err;
}

enum err erasing_came_bare(struct node *node, uint32_t rid)
{
	enum err err = ERR_OK;

	if (!views_lacks_body(node->views, rid) ||
	    views_get(node->views, rid)->slotted) {
		return ERR_OK;
	}
	err = look_at_those(node, rid, REFERENCE_ERASES);
	return err ? err : look_at_those(node, rid, REFERENCE_CITES);
}
