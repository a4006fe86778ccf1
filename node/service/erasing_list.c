#include "service/erasing_parts.h"
#include "service/relations.h"
#include "store/rows.h"

#include <stdlib.h>
#include <string.h>

/*
 * Holds.
 */

struct holding {
	struct node *node;
	erasing_each_hold each;
	void *context;
};

static enum err take_hold(void *context, const struct rows_row *row)
{
	struct holding *holding = context;
	struct erasing_hold hold;
	struct id32 id;
	enum err err = ERR_OK;

	if (row->bytes[1].size != sizeof id.b) {
		return err_set(ERR_CORRUPT, "a hold of no record");
	}
	memcpy(id.b, row->bytes[1].data, sizeof id.b);
	err = erasing_get_hold(holding->node, &id, &hold);
	return err ? err : holding->each(holding->context, &id, &hold);
}

enum err erasing_holds(struct node *node, erasing_each_hold each, void *context)
{
	struct holding holding = { node, each, context };

	return rows_scan(node->db, ROWS_HOLD, take_hold, &holding);
}

/*
 * Erasures.
 */

static bool is_unanswered(const struct erasing_found *found)
{
	for (size_t i = 0; i < found->reader_count; i++) {
		if (found->readers[i].answered != ERASING_DONE) {
			return true;
		}
	}
	return false;
}

struct listing {
	struct node *node;
	size_t most;
	size_t shown;
	size_t *left_out;
	erasing_each_found each;
	void *context;
};

/* Of several that we asked for it by each stands for itself: it was sealed to
 * others. */
static enum err list_one(struct listing *listing, uint32_t rid)
{
	struct erasing_account account;
	struct id32 target;
	bool says = false;
	enum err err = erasing_target_of(listing->node, rid, &target, &says);

	if (err || !says) {
		return err;
	}
	err = erasing_look(listing->node, &target, &account);
	if (err) {
		return err;
	}
	for (size_t i = 0; i < account.erasure_count && !err; i++) {
		const struct erasing_found *found = &account.erasures[i];

		if (found->rid != rid || !is_unanswered(found)) {
			continue;
		}
		if (listing->shown == listing->most) {
			(*listing->left_out)++;
			continue;
		}
		listing->shown++;
		err = listing->each(listing->context, &target, found);
	}
	erasing_account_clear(&account);
	return err;
}

enum err erasing_unanswered(struct node *node, size_t most,
    erasing_each_found each, void *context, size_t *left_out)
{
	struct listing listing = { .node = node,
		.most = most,
		.left_out = left_out,
		.each = each,
		.context = context };
	enum err err = ERR_OK;

	*left_out = 0;
	for (size_t i = views_count(node->views); i > 0 && !err; i--) {
		uint32_t rid = (uint32_t)i;

		if (views_get(node->views, rid)->type == VIEW_ERASURE &&
		    erasing_org(node, rid) == 1) {
			err = list_one(&listing, rid);
		}
	}
	return err;
}
