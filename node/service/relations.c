#include "service/relations.h"

#include "domain/said.h"
#include "service/corrections.h"
#include "service/disown.h"
#include "service/granting.h"
#include "service/standing.h"

#include <stdlib.h>
#include <string.h>

static struct state_log *log_of(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return state_log(node, state_stream(node, view->stream)->row.log);
}

static const struct id32 *author_of(struct node *node, uint32_t rid)
{
	return state_author_id(node, rid);
}

static const struct generation *generation_of(struct node *node, uint32_t rid)
{
	const struct view_granted *granted = views_granted(node->views, rid);

	return granted ? &granted->generation
	               : &log_of(node, rid)->head.generation;
}

struct relations_place relations_place(struct node *node, uint32_t rid)
{
	const struct generation *generation = generation_of(node, rid);
	const struct card *card =
	    peers_keys(peers_get(node, state_author(node, rid)));
	struct relations_place place = {
		.leaf = views_get(node->views, rid)->leaf, .rid = rid
	};

	while (
	    place.generation < card->fields->n_generations &&
	    memcmp(card->fields->generations[place.generation]->generation.data,
		generation->b, sizeof generation->b) != 0) {
		place.generation++;
	}
	return place;
}

int relations_order(const void *a, const void *b)
{
	const struct relations_place *x = a;
	const struct relations_place *y = b;

	if (x->generation != y->generation) {
		return x->generation < y->generation ? -1 : 1;
	}
	return (x->leaf > y->leaf) - (x->leaf < y->leaf);
}

bool relations_later(struct node *node, uint32_t rid, uint32_t than)
{
	struct relations_place place = relations_place(node, rid);
	struct relations_place other = { 0 };

	if (!than) {
		return true;
	}
	other = relations_place(node, than);
	return relations_order(&place, &other) > 0;
}

/* M506: it counts once. */
static bool is_repeated(const Qsg__Payload *payload, size_t at)
{
	const Qsg__Reference *reference = payload->references[at];

	for (size_t i = 0; i < at; i++) {
		const Qsg__Reference *before = payload->references[i];

		if (span_equal(span_of(before->record.data, before->record.len),
			span_of(
			    reference->record.data, reference->record.len)) &&
		    strcmp(before->relation, reference->relation) == 0) {
			return true;
		}
	}
	return false;
}

/* PROTOCOL.md M505: "Which record a grant carries MUST be told by the header in
 * it, whatever it refers to: by that it MUST be found with the record, and go
 * when the record is erased." */
static enum err index_granted(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	struct header header;
	struct id32 carried;

	return granting_carried(payload, &carried, &header)
	           ? views_link(node->views, rid, REFERENCE_GRANTS, &carried)
	           : ERR_OK;
}

/* PROTOCOL.md M360: "What refers to a record MUST be shown with it whichever of
 * the two came first." */
enum err relations_index(
    struct node *node, uint32_t rid, const Qsg__Payload *payload)
{
	bool grant = payload->content_case == QSG__PAYLOAD__CONTENT_GRANT;
	enum err err = grant ? index_granted(node, rid, payload) : ERR_OK;

	for (size_t i = 0; i < payload->n_references && !err; i++) {
		const Qsg__Reference *reference = payload->references[i];
		enum reference how = reference_named(reference->relation);
		struct id32 id;

		if (how == REFERENCE_UNKNOWN ||
		    (grant && how == REFERENCE_GRANTS) ||
		    is_repeated(payload, i)) {
			continue;
		}
		memcpy(id.b, reference->record.data, sizeof id.b);
		err = views_link(node->views, rid, (uint8_t)how, &id);
	}
	return err;
}

/*
 * What counts.
 */

/* The kind of content that a relation is for; VIEW_UNKNOWN: any. */
static enum view_type type_for(enum reference how)
{
	switch (how) {
	case REFERENCE_CORROBORATES:
		return VIEW_CORROBORATION;
	case REFERENCE_FEEDBACK_ON:
		return VIEW_FEEDBACK;
	case REFERENCE_ANSWERS:
		return VIEW_ANSWER;
	case REFERENCE_DECIDES:
		return VIEW_DECISION;
	case REFERENCE_SOURCE_OF:
		return VIEW_SOURCE_IDENTITY;
	case REFERENCE_OVERRIDES:
		return VIEW_OVERRIDE;
	case REFERENCE_CORRECTS:
		return VIEW_CORRECTION;
	case REFERENCE_GRANTS:
	case REFERENCE_GRANTED_BY:
		return VIEW_GRANT;
	case REFERENCE_ASKS_ONWARD:
		return VIEW_ONWARD_REQUEST;
	case REFERENCE_RETRACTS:
		return VIEW_RETRACTION;
	case REFERENCE_ERASES:
	case REFERENCE_PASSES_ON:
		return VIEW_ERASURE;
	case REFERENCE_CONSULTS:
		return VIEW_FOI_CONSULTATION;
	case REFERENCE_FOI:
		return VIEW_FOI_DECISION;
	case REFERENCE_OPENED:
		return VIEW_OPENED;
	case REFERENCE_ANSWERS_ONWARD:
		return VIEW_ONWARD_ANSWER;
	case REFERENCE_ANSWERS_ERASURE:
		return VIEW_ERASURE_ANSWER;
	case REFERENCE_ANSWERS_CONSULTATION:
		return VIEW_FOI_VIEW;
	case REFERENCE_CONSIDERS:
		return VIEW_SUMMIT_STAND_DOWN;
	case REFERENCE_CITES:
	case REFERENCE_UNKNOWN:
		break;
	}
	return VIEW_UNKNOWN;
}

/* The record was sealed to this organisation. Readers all see the same
 * audience, so they all judge alike. */
static bool could_read(
    struct node *node, uint32_t rid, const struct id32 *organisation)
{
	return state_reads(
	    state_stream(node, views_get(node->views, rid)->stream),
	    organisation);
}

/* A provider, for one, does not bear out what is said of it. */
static const char *why_not_about(struct node *node, uint32_t rid,
    uint32_t target, Qsg__Payload__ContentCase which)
{
	const struct id32 *author = author_of(node, rid);
	const struct said_target about = {
		.request = views_get(node->views, target)->type == VIEW_REQUEST,
		.own = id_equal(author, author_of(node, target)),
		.readable = could_read(node, target, author)
	};
	const char *why = said_why_not(which, &about);
	struct standing standing = standing_of_kind(node, author, which);

	if (!why && standing.verdict == AUTHORITY_REFUSED) {
		why = standing.why;
	}
	return why ? why : "";
}

/* PROTOCOL.md M481: "A view MUST count only when it answers a consultation that
 * was sealed to its author by somebody else." */
static const char *why_no_view(struct node *node, uint32_t rid, uint32_t target)
{
	const struct id32 *author = author_of(node, rid);

	if (views_get(node->views, target)->type != VIEW_FOI_CONSULTATION) {
		return "what it answers is no consultation";
	}
	if (id_equal(author, author_of(node, target))) {
		return "by the organisation that asked";
	}
	return could_read(node, target, author)
	           ? ""
	           : "by an organisation that was not consulted";
}

static const char *why_not(
    struct node *node, uint32_t rid, uint32_t target, enum reference how)
{
	enum view_type type = type_for(how);

	if (type != VIEW_UNKNOWN && views_get(node->views, rid)->type != type) {
		return "of another kind of record";
	}
	if (disown_record(node, rid) && !disown_record(node, target)) {
		return "disowned";
	}
	switch (how) {
	case REFERENCE_CORROBORATES:
		return why_not_about(
		    node, rid, target, QSG__PAYLOAD__CONTENT_CORROBORATION);
	case REFERENCE_FEEDBACK_ON:
		return why_not_about(
		    node, rid, target, QSG__PAYLOAD__CONTENT_FEEDBACK);
	case REFERENCE_ANSWERS:
		return why_not_about(
		    node, rid, target, QSG__PAYLOAD__CONTENT_ANSWER);
	case REFERENCE_CONSULTS:
		return could_read(node, rid, author_of(node, target))
		           ? ""
		           : "not sealed to the record's author";
	case REFERENCE_ANSWERS_CONSULTATION:
		return why_no_view(node, rid, target);
	case REFERENCE_CORRECTS:
	case REFERENCE_OVERRIDES:
	case REFERENCE_DECIDES:
	case REFERENCE_SOURCE_OF:
	case REFERENCE_RETRACTS:
		return id_equal(author_of(node, rid), author_of(node, target))
		           ? ""
		           : "by another organisation than the record's author";
	case REFERENCE_GRANTS:
	case REFERENCE_GRANTED_BY:
	case REFERENCE_ASKS_ONWARD:
	case REFERENCE_ANSWERS_ONWARD:
	case REFERENCE_CONSIDERS: /* judged where the summit is */
	case REFERENCE_ERASES:
	case REFERENCE_PASSES_ON:
	case REFERENCE_ANSWERS_ERASURE:
	case REFERENCE_FOI:
	case REFERENCE_OPENED:
	case REFERENCE_CITES:
	case REFERENCE_UNKNOWN:
		break;
	}
	return "";
}

/*
 * Lists.
 */

struct found {
	struct node *node;
	uint32_t *rids;
	size_t count;
	size_t capacity;
};

static enum err keep(struct found *found, uint32_t rid)
{
	if (found->count == found->capacity) {
		size_t capacity = found->capacity ? found->capacity * 2 : 16;
		uint32_t *rids =
		    realloc(found->rids, capacity * sizeof *found->rids);

		if (!rids) {
			return err_set(ERR_MEM, "out of memory");
		}
		found->rids = rids;
		found->capacity = capacity;
	}
	found->rids[found->count++] = rid;
	return ERR_OK;
}

/* As the caller sees it: the time its author gives, then the id. */
struct dated {
	int64_t created_ms;
	struct id32 id;
	uint32_t rid;
};

static int by_time(const void *a, const void *b)
{
	const struct dated *x = a;
	const struct dated *y = b;

	if (x->created_ms != y->created_ms) {
		return x->created_ms < y->created_ms ? -1 : 1;
	}
	return id_compare(&x->id, &y->id);
}

/* In order, each once. */
static enum err put_in_order(struct found *found)
{
	struct dated *all = calloc(found->count + 1, sizeof *all);
	size_t kept = 0;

	if (!all) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < found->count; i++) {
		const struct view_record *view =
		    views_get(found->node->views, found->rids[i]);

		all[i] = (struct dated){ .created_ms = view->created_ms,
			.id = view->id,
			.rid = found->rids[i] };
	}
	if (found->count) {
		qsort(all, found->count, sizeof *all, by_time);
	}
	for (size_t i = 0; i < found->count; i++) {
		if (kept == 0 || found->rids[kept - 1] != all[i].rid) {
			found->rids[kept++] = all[i].rid;
		}
	}
	found->count = kept;
	free(all);
	return ERR_OK;
}

/* PROTOCOL.md M359: "Of several answers of one organisation to one request, and
 * of several judgements of one organisation about one provider, the one that it
 * logged last MUST count, whatever the order in which they came." */
static enum err supersede(
    struct node *node, struct relation *relations, size_t count)
{
	uint32_t *newest = calloc(state_author_slots(node), sizeof *newest);

	if (!newest) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t *best =
		    &newest[state_author_slot(node, relations[i].author)];

		/* What was taken back had taken the place of others. */
		if ((relations[i].counts || relations[i].retracted) &&
		    relations_later(node, relations[i].rid, *best)) {
			*best = relations[i].rid;
		}
	}
	for (size_t i = 0; i < count; i++) {
		relations[i].superseded =
		    relations[i].counts &&
		    relations[i].rid !=
			newest[state_author_slot(node, relations[i].author)];
	}
	free(newest);
	return ERR_OK;
}

static enum err judge(struct node *node, const struct found *found,
    uint32_t target, enum reference how, struct relation **out)
{
	struct relation *relations = calloc(found->count, sizeof *relations);
	enum err err = ERR_OK;

	if (!relations) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < found->count; i++) {
		uint32_t rid = found->rids[i];
		const char *why = why_not(node, rid, target, how);
		bool retracted = !why[0] && corrections_retraction(node, rid);

		why = retracted ? "retracted by its author" : why;
		relations[i] = (struct relation){ .rid = rid,
			.author = state_author(node, rid),
			.retracted = retracted,
			.counts = why[0] == '\0',
			.why_not = why };
	}
	if (how == REFERENCE_ANSWERS) {
		err = supersede(node, relations, found->count);
	}
	if (err) {
		free(relations);
		return err;
	}
	*out = relations;
	return ERR_OK;
}

enum err relations_of(struct node *node, uint32_t rid, enum reference how,
    struct relation **out, size_t *count)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	struct found found = { .node = node };
	size_t place = 0;
	uint32_t from = 0;
	enum err err = ERR_OK;

	*out = NULL;
	*count = 0;
	while (!err && (from = views_next_link(
			    node->views, id, (uint8_t)how, &place)) != 0) {
		err = keep(&found, from);
	}
	if (!err) {
		err = put_in_order(&found);
	}
	if (!err && found.count) {
		err = judge(node, &found, rid, how, out);
	}
	*count = err ? 0 : found.count;
	free(found.rids);
	return err;
}

enum err relations_count(
    struct node *node, uint32_t rid, enum reference how, size_t *count)
{
	struct relation *relations = NULL;
	size_t all = 0;
	enum err err = relations_of(node, rid, how, &relations, &all);

	*count = 0;
	for (size_t i = 0; i < all; i++) {
		*count += relations[i].counts && !relations[i].superseded;
	}
	free(relations);
	return err;
}

bool relations_stands(
    struct node *node, uint32_t rid, Qsg__Payload__ContentCase which)
{
	return !disown_record(node, rid) &&
	       standing_of_kind(node, author_of(node, rid), which).verdict !=
	           AUTHORITY_REFUSED;
}

bool relations_is_newest(
    struct node *node, uint32_t rid, Qsg__Payload__ContentCase which)
{
	const struct view_record *view = views_get(node->views, rid);
	bool newest = relations_stands(node, rid, which);

	for (uint32_t i = views_next(node->views, 0); newest && i;
	     i = views_next(node->views, i)) {
		const struct view_record *other = views_get(node->views, i);

		newest = other->type != view->type ||
		         other->provider != view->provider || i == rid ||
		         state_author(node, i) != state_author(node, rid) ||
		         disown_record(node, i) ||
		         relations_later(node, rid, i);
	}
	return newest;
}
