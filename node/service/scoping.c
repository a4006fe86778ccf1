#include "service/scoping.h"

#include "codec/utf8.h"
#include "service/groups.h"
#include "service/state.h"

#include <stdio.h>
#include <string.h>

/* Corrections of corrections. */
enum { CHAIN_LIMIT = 64 };

bool scoping_is_scoped(const struct account *account)
{
	return account &&
	       (account->scope.group_count || account->scope.region_count);
}

/*
 * Regions.
 */

/* The region of a group by the roster in force, where anybody's word is not
 * enough: of one that this organisation has joined or convenes. "" none. */
static const char *region_of(struct node *node, const struct group_state *group)
{
	return group->stated && group->stated->charter &&
	               groups_takes_part(node, group)
	           ? group->stated->charter->region
	           : "";
}

static bool same_name(const char *a, const char *b)
{
	struct buf left = { 0 };
	struct buf right = { 0 };
	bool same = a[0] && b[0] && !utf8_fold(span_text(a), &left) &&
	            !utf8_fold(span_text(b), &right) &&
	            span_equal(buf_span(&left), buf_span(&right));

	buf_clear(&left);
	buf_clear(&right);
	return same;
}

enum err scoping_find_region(
    struct node *node, const char *text, char out[LIMIT_NAME_BYTES + 1])
{
	for (size_t i = 0; i < groups_count(node); i++) {
		const struct group_state *group = NULL;

		if (!groups_concerns(node, i) || groups_at(node, i, &group) ||
		    !same_name(region_of(node, group), text)) {
			continue;
		}
		(void)snprintf(out, LIMIT_NAME_BYTES + 1, "%s",
		    group->stated->charter->region);
		return ERR_OK;
	}
	return err_set(ERR_NOTFOUND,
	    "no group that this organisation has joined or convenes is of a "
	    "region %.80s",
	    text);
}

static bool in_regions(struct node *node, const struct account_scope *scope,
    const struct id32 *group)
{
	const struct group_state *state = NULL;

	if (!scope->region_count || groups_by_id(node, group, &state)) {
		return false;
	}
	for (size_t i = 0; i < scope->region_count; i++) {
		if (same_name(region_of(node, state), scope->regions[i])) {
			return true;
		}
	}
	return false;
}

/*
 * What is shown.
 */

/* PROTOCOL.md M466: "An account that is scoped to groups or regions MUST be
 * shown and may act on nothing but records that were sealed to one of these
 * groups, or to a group of one of these regions that its organisation has
 * joined or convenes, and corrections of these." */
bool scoping_group(
    struct node *node, const struct account *account, const struct id32 *group)
{
	if (!scoping_is_scoped(account)) {
		return true;
	}
	if (!group || id_is_zero(group)) {
		return false;
	}
	for (size_t i = 0; i < account->scope.group_count; i++) {
		if (id_equal(&account->scope.groups[i], group)) {
			return true;
		}
	}
	return in_regions(node, &account->scope, group);
}

bool scoping_record(
    struct node *node, const struct account *account, uint32_t rid)
{
	if (!scoping_is_scoped(account)) {
		return true;
	}
	for (int i = 0; rid && i < CHAIN_LIMIT; i++) {
		const struct view_record *view = views_get(node->views, rid);

		/* What is granted came to the group that the grant went to. */
		if (scoping_group(node, account,
			&state_stream(node, view->stream)->group)) {
			return true;
		}
		rid = view->corrects;
	}
	return false;
}

bool scoping_shows(struct node *node, uint32_t rid)
{
	return scoping_record(node, node->opens_for, rid);
}
