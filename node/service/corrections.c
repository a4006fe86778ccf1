#include "service/corrections.h"

#include "service/disown.h"
#include "service/relations.h"

#include <stdlib.h>
#include <string.h>

static bool corrects(const Qsg__Reference *reference)
{
	return strcmp(reference->relation, "corrects") == 0;
}

/* Of a record that was granted and is held by now, the held one (M430). */
static uint32_t standing(struct node *node, uint32_t rid)
{
	return rid && views_find(
			  node->views, &views_get(node->views, rid)->id) == rid
	           ? rid
	           : 0;
}

/* PROTOCOL.md M174: "A correction MUST count only when its author is the
 * author of the record that it corrects." */
static void link_correction(
    struct node *node, uint32_t correction, uint32_t original)
{
	struct view_record *by = views_edit(node->views, correction);
	struct view_record *of = views_edit(node->views, original);

	if (!id_equal(state_author_id(node, correction),
		state_author_id(node, original)) ||
	    !standing(node, correction) || !standing(node, original)) {
		return;
	}
	by->corrects = standing(node, by->corrects);
	of->corrected_by = standing(node, of->corrected_by);
	/* What is erased says no more what it corrected: this one does. */
	if (!records_is_erased(of->state, of->reason) &&
	    relations_later(node, original, by->corrects)) {
		by->corrects = original;
	}
	if (relations_later(node, correction, of->corrected_by)) {
		of->corrected_by = correction;
	}
}

void corrections_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];
		struct id32 id;
		uint32_t original = 0;

		if (!corrects(reference)) {
			continue;
		}
		memcpy(id.b, reference->record.data, sizeof id.b);
		original = views_find(node->views, &id);
		if (original) {
			link_correction(node, rid, original);
		}
	}
}

void corrections_arrived(struct node *node, uint32_t rid)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	size_t place = 0;
	uint32_t correction = 0;

	while ((correction = views_next_link(
		    node->views, id, REFERENCE_CORRECTS, &place)) != 0) {
		if (views_get(node->views, correction)->type ==
		    VIEW_CORRECTION) {
			link_correction(node, correction, rid);
		}
	}
}

void corrections_gone(struct node *node, uint32_t gone)
{
	uint32_t rid = 0;
	bool any = false;

	while ((rid = views_next(node->views, rid)) != 0) {
		struct view_record *view = views_edit(node->views, rid);

		if (view->corrects == gone) {
			view->corrects = 0;
			any = true;
		}
		if (view->corrected_by == gone) {
			view->corrected_by = 0;
			any = true;
		}
	}
	while (any && (rid = views_next(node->views, rid)) != 0) {
		corrections_arrived(node, rid);
	}
}

/*
 * Chains.
 */

static bool is_in(const struct corrections_chain *chain, uint32_t rid)
{
	for (size_t i = 0; i < chain->count; i++) {
		if (chain->rids[i] == rid) {
			return true;
		}
	}
	return false;
}

static void add(struct corrections_chain *chain, uint32_t rid)
{
	if (chain->count == CORRECTIONS_CHAIN) {
		chain->cut = true;
	} else if (!is_in(chain, rid)) {
		chain->rids[chain->count++] = rid;
	}
}

static bool is_by_author_of(struct node *node, uint32_t rid, uint32_t of)
{
	return id_equal(
		   state_author_id(node, rid), state_author_id(node, of)) &&
	       (!disown_record(node, rid) || disown_record(node, of));
}

/* Those that correct this one, in turn. */
static void add_corrections(
    struct node *node, uint32_t rid, struct corrections_chain *chain)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	size_t place = 0;
	uint32_t from = 0;

	while (!chain->cut && (from = views_next_link(node->views, id,
				   REFERENCE_CORRECTS, &place)) != 0) {
		if (views_get(node->views, from)->type == VIEW_CORRECTION &&
		    is_by_author_of(node, from, rid)) {
			add(chain, from);
		}
	}
}

static void find_retractions(
    struct node *node, uint32_t rid, struct corrections_chain *chain)
{
	const struct view_record *view = views_get(node->views, rid);
	size_t place = 0;
	uint32_t from = 0;

	/* M476: what is retracted stays so. */
	if (view->type == VIEW_RETRACTION) {
		return;
	}
	while ((from = views_next_link(
		    node->views, &view->id, REFERENCE_RETRACTS, &place)) != 0) {
		if (views_get(node->views, from)->type == VIEW_RETRACTION &&
		    is_by_author_of(node, from, rid) &&
		    (!chain->retraction ||
			relations_later(node, chain->retraction, from))) {
			chain->retraction = from;
		}
	}
}

static void put_in_order(struct node *node, struct corrections_chain *chain)
{
	struct relations_place places[CORRECTIONS_CHAIN];

	for (size_t i = 0; i < chain->count; i++) {
		places[i] = relations_place(node, chain->rids[i]);
	}
	qsort(places, chain->count, sizeof places[0], relations_order);
	for (size_t i = 0; i < chain->count; i++) {
		chain->rids[i] = places[i].rid;
	}
}

void corrections_chain(
    struct node *node, uint32_t rid, struct corrections_chain *out)
{
	uint32_t root = rid;
	size_t steps = 0;

	*out = (struct corrections_chain){ .newest = rid };
	while (views_get(node->views, root)->corrects &&
	       !disown_record(node, root) && steps++ < CORRECTIONS_CHAIN) {
		root = views_get(node->views, root)->corrects;
	}
	add(out, root);
	for (size_t i = 0; i < out->count; i++) {
		add_corrections(node, out->rids[i], out);
	}
	/* It is there itself, however long the chain. */
	if (!is_in(out, rid)) {
		out->rids[out->count - 1] = rid;
	}
	for (size_t i = 0; i < out->count; i++) {
		find_retractions(node, out->rids[i], out);
	}
	if (out->count > 1) {
		put_in_order(node, out);
	}
	out->newest = out->rids[out->count - 1];
}

uint32_t corrections_retraction(struct node *node, uint32_t rid)
{
	struct corrections_chain chain;

	corrections_chain(node, rid, &chain);
	return chain.retraction;
}
