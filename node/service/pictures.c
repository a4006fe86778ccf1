#include "service/pictures.h"

#include "codec/canon.h"
#include "domain/reference.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/standing.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

static enum err no_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/*
 * Which records.
 */

struct gathering {
	struct node *node;
	uint8_t *seen; /* by rid - 1, then those granted, a bit each */
	uint32_t *rids;
	size_t count;
	size_t capacity;
};

static enum err gather(struct gathering *gathering, uint32_t rid)
{
	const struct views *views = gathering->node->views;
	size_t at = views_place(views, rid);
	uint8_t *byte = &gathering->seen[at / 8];
	uint8_t bit = (uint8_t)(1u << (at % 8));

	if (*byte & bit ||
	    views_get(gathering->node->views, rid)->state != RECORD_READABLE) {
		return ERR_OK;
	}
	if (gathering->count == gathering->capacity) {
		size_t capacity =
		    gathering->capacity ? gathering->capacity * 2 : 64;
		uint32_t *rids =
		    realloc(gathering->rids, capacity * sizeof *rids);

		if (!rids) {
			return no_memory();
		}
		gathering->rids = rids;
		gathering->capacity = capacity;
	}
	*byte |= bit;
	gathering->rids[gathering->count++] = rid;
	return ERR_OK;
}

static bool is_of_a_picture(const struct view_record *view)
{
	enum view_type type = (enum view_type)view->type;

	return (!views_is_housekeeping(type) && type != VIEW_GRANT) ||
	       type == VIEW_RELATION;
}

/* What refers to a record, and what it corrects: that may be about another
 * provider, and decides all the same what counts here. */
static enum err gather_around(struct gathering *gathering, uint32_t rid)
{
	static const enum reference hows[] = { REFERENCE_CORRECTS,
		REFERENCE_CORROBORATES, REFERENCE_FEEDBACK_ON,
		REFERENCE_ANSWERS, REFERENCE_RETRACTS };
	struct views *views = gathering->node->views;
	const struct view_record *view = views_get(views, rid);
	enum err err =
	    view->corrects ? gather(gathering, view->corrects) : ERR_OK;

	for (size_t i = 0; i < sizeof hows / sizeof hows[0] && !err; i++) {
		size_t place = 0;
		uint32_t from = 0;

		while (!err && (from = views_next_link(views, &view->id,
				    (uint8_t)hows[i], &place)) != 0) {
			err = gather(gathering, from);
		}
	}
	return err;
}

static enum err gather_all(struct gathering *gathering, const char *code)
{
	struct views *views = gathering->node->views;
	uint32_t word = views_known(views, code);
	size_t count = views_places(views);
	enum err err = ERR_OK;

	gathering->seen = calloc(count / 8 + 1, 1);
	if (!gathering->seen) {
		return no_memory();
	}
	for (uint32_t rid = word ? views_next(views, 0) : 0; rid && !err;
	     rid = views_next(views, rid)) {
		if (is_of_a_picture(views_get(views, rid)) &&
		    views_concerns(views, rid, word)) {
			err = gather(gathering, rid);
		}
	}
	for (size_t i = 0; i < gathering->count && !err; i++) {
		err = gather_around(gathering, gathering->rids[i]);
	}
	return err;
}

/*
 * How many of each author, and how large.
 */

struct placed {
	int64_t org;
	bool shared;
	struct relations_place place;
};

/* By author, what it alone can read apart; of each the last come first. */
static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a;
	const struct placed *y = b;

	if (x->org != y->org) {
		return x->org < y->org ? -1 : 1;
	}
	return x->shared != y->shared ? x->shared - y->shared
	                              : relations_order(&y->place, &x->place);
}

static struct placed place(struct node *node, uint32_t rid)
{
	const struct state_stream *stream =
	    state_stream(node, views_get(node->views, rid)->stream);

	return (struct placed){ .org = state_author(node, rid),
		.shared = stream->reader_count != 1,
		.place = relations_place(node, rid) };
}

static enum err place_all(
    struct node *node, const struct gathering *gathering, struct placed **out)
{
	struct placed *all = calloc(gathering->count + 1, sizeof *all);

	*out = all;
	if (!all) {
		return no_memory();
	}
	for (size_t i = 0; i < gathering->count; i++) {
		all[i] = place(node, gathering->rids[i]);
	}
	qsort(all, gathering->count, sizeof *all, compare_placed);
	return ERR_OK;
}

/* What there is room for of one author's. */
struct room {
	size_t records;
	uint64_t weight;
	bool full; /* nothing that comes after */
};

static bool begins(const struct placed *all, size_t at)
{
	return at == 0 || all[at].org != all[at - 1].org ||
	       all[at].shared != all[at - 1].shared;
}

/* PROTOCOL.md M416: "Of one author's records no more than 4,096, and no more
 * than weigh 16 MiB, MUST stand in a picture, the last in its own order, those
 * that it alone can read counted apart; and how many are left out MUST be
 * shown." */
static bool fits(struct room *room, const struct picture_fact *fact)
{
	uint64_t weight = canon_weight(&fact->payload->base);

	room->full = weight > LIMIT_PICTURE_WEIGHT - room->weight;
	if (!room->full) {
		room->weight += weight;
		room->records++;
	}
	return !room->full;
}

/*
 * What they say.
 */

/* PROTOCOL.md M378: "A finding that does not count MUST be shown as one, or
 * as unconfirmed, with the reason." What else the table of authority leaves
 * unconfirmed stands as what its author says. */
static const char *why_refused(
    struct node *node, const struct id32 *author, const Qsg__Payload *payload)
{
	struct standing standing = standing_of(node, author, payload);
	bool finding = payload->content_case == QSG__PAYLOAD__CONTENT_FINDING;

	return standing.verdict == AUTHORITY_REFUSED ||
	               (finding && standing.verdict != AUTHORITY_COUNTS)
	           ? standing.why
	           : NULL;
}

static enum err take_fact(
    struct node *node, uint32_t rid, struct picture_fact *fact)
{
	const struct view_record *view = views_get(node->views, rid);
	const struct state_stream *stream = state_stream(node, view->stream);
	const struct id32 *author = state_author_id(node, rid);
	struct relations_place place = relations_place(node, rid);
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);

	if (err) {
		return err;
	}
	*fact = (struct picture_fact){ .record = view->id,
		.author = *author,
		.generation = place.generation,
		.leaf = place.leaf,
		.readers = stream->readers,
		.reader_count = stream->reader_count,
		.disowned = disown_record(node, rid),
		.refused = why_refused(node, author, payload),
		.payload = payload };
	return ERR_OK;
}

static void drop_fact(struct picture_fact *fact)
{
	union {
		const Qsg__Payload *given;
		Qsg__Payload *ours;
	} payload = { .given = fact->payload };

	if (payload.ours) {
		canon_wipe(&payload.ours->base);
	}
	fact->payload = NULL;
}

static enum err take_placed(struct node *node, const struct placed *placed,
    struct room *room, struct pictures_look *out)
{
	struct picture_fact *fact = &out->facts[out->count];
	enum err err = ERR_OK;

	room->full = room->full || room->records == LIMIT_PICTURE_RECORDS;
	if (room->full) {
		out->left_out++;
		return ERR_OK;
	}
	err = take_fact(node, placed->place.rid, fact);
	if (err) {
		return err;
	}
	if (fits(room, fact)) {
		out->rids[out->count++] = placed->place.rid;
	} else {
		drop_fact(fact);
		out->left_out++;
	}
	return ERR_OK;
}

static enum err take_facts(
    struct node *node, struct gathering *gathering, struct pictures_look *out)
{
	struct placed *all = NULL;
	struct room room = { 0 };
	enum err err = place_all(node, gathering, &all);

	out->facts = calloc(gathering->count + 1, sizeof *out->facts);
	out->rids = gathering->rids;
	gathering->rids = NULL;
	if (!err && !out->facts) {
		err = no_memory();
	}
	for (size_t i = 0; i < gathering->count && !err; i++) {
		room = begins(all, i) ? (struct room){ 0 } : room;
		err = take_placed(node, &all[i], &room, out);
	}
	free(all);
	return err;
}

/* PROTOCOL.md M379: "A record that its author alone can read MUST NOT go into
 * the state hash, so that those who hold the same of what is shared find the
 * same hash." */
static enum err hash_shared(
    const char *code, int64_t now_ms, struct pictures_look *out)
{
	struct picture_fact *shared = calloc(out->count + 1, sizeof *shared);
	struct picture picture = { 0 };
	enum err err = shared ? ERR_OK : no_memory();

	for (size_t i = 0; i < out->count && !err; i++) {
		if (picture_is_shared(&out->facts[i])) {
			shared[out->hashed++] = out->facts[i];
		}
	}
	if (!err) {
		err = picture_evaluate(
		    code, shared, out->hashed, now_ms, &picture);
	}
	if (!err) {
		err = picture_hash(&picture, &out->state_hash);
	}
	picture_clear(&picture);
	free(shared);
	return err;
}

enum err pictures_look(
    struct node *node, const char *code, struct pictures_look *out)
{
	struct gathering gathering = { .node = node };
	int64_t now_ms = clock_wall_ms(node->options.clock);
	enum err err = ERR_OK;

	*out = (struct pictures_look){ 0 };
	err = providers_about(node, code, &out->about);
	if (!err) {
		err = gather_all(&gathering, code);
	}
	if (!err) {
		err = take_facts(node, &gathering, out);
	}
	if (!err) {
		err = picture_evaluate(
		    code, out->facts, out->count, now_ms, &out->picture);
	}
	if (!err) {
		err = hash_shared(code, now_ms, out);
	}
	free(gathering.seen);
	free(gathering.rids);
	if (err) {
		pictures_clear(out);
	}
	return err;
}

void pictures_clear(struct pictures_look *look)
{
	for (size_t i = 0; i < look->count; i++) {
		drop_fact(&look->facts[i]);
	}
	picture_clear(&look->picture);
	providers_about_clear(&look->about);
	free(look->facts);
	free(look->rids);
	*look = (struct pictures_look){ 0 };
}

uint32_t pictures_rid(
    const struct pictures_look *look, const struct picture_entry *entry)
{
	return look->rids[entry->fact - look->facts];
}
