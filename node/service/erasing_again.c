#include "service/erasing_parts.h"

#include "codec/canon.h"
#include "domain/erasure.h"
#include "service/query.h"

#include <stdlib.h>

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

/* By its own author: whoever else names it says nothing that counts. */
static enum err look_at_those(
    struct node *node, uint32_t rid, enum reference how)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	size_t left = LIMIT_GRANT_TRIES;
	uint32_t by = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && left &&
	       (by = views_next_link(node->views, id, (uint8_t)how, &place)) !=
		   0) {
		struct id32 target;
		bool says = false;

		if (views_get(node->views, by)->type == VIEW_ERASURE &&
		    id_equal(
			erasing_author(node, by), erasing_author(node, rid))) {
			err = erasing_target_of(node, by, &target, &says);
			left--;
		}
		if (says && !err) {
			err = erasings_look_again(node, &target);
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
