#include "service/corrections.h"
#include "service/disown.h"
#include "service/pictures.h"
#include "service/relations.h"
#include "service/state.h"
#include "store/words.h"

#include <stdlib.h>
#include <string.h>

/* What the views alone say of one provider. */
struct tally {
	struct pictures_brief brief;
	uint32_t *judgements; /* those of the brief */
	size_t capacity;
};

struct listing {
	struct node *node;
	struct tally *tallies;
	size_t count;
	size_t capacity;
	uint32_t *places; /* by word of the views: place in tallies + 1 */
	size_t word_count;
};

static enum err no_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static enum err add_tally(
    struct listing *listing, const char *code, struct tally **out)
{
	if (listing->count == listing->capacity) {
		size_t capacity =
		    listing->capacity ? listing->capacity * 2 : 64;
		struct tally *tallies =
		    realloc(listing->tallies, capacity * sizeof *tallies);

		if (!tallies) {
			return no_memory();
		}
		listing->tallies = tallies;
		listing->capacity = capacity;
	}
	*out = &listing->tallies[listing->count++];
	**out = (struct tally){ .brief.code = code };
	return ERR_OK;
}

static enum err room_for_word(struct listing *listing, uint32_t word)
{
	size_t count = listing->word_count ? listing->word_count : 256;
	uint32_t *places = NULL;

	if (word < listing->word_count) {
		return ERR_OK;
	}
	while (count <= word) {
		count *= 2;
	}
	places = realloc(listing->places, count * sizeof *places);
	if (!places) {
		return no_memory();
	}
	memset(places + listing->word_count, 0,
	    (count - listing->word_count) * sizeof *places);
	listing->places = places;
	listing->word_count = count;
	return ERR_OK;
}

/* The tally of a word of the views, made when it is the first. */
static enum err need_tally(
    struct listing *listing, uint32_t word, struct tally **out)
{
	enum err err = room_for_word(listing, word);

	if (!err && !listing->places[word]) {
		err = add_tally(
		    listing, views_text(listing->node->views, word), out);
		listing->places[word] = err ? 0 : (uint32_t)listing->count;
	}
	if (!err) {
		*out = &listing->tallies[listing->places[word] - 1];
	}
	return err;
}

/* Does something of the same author stand in its place? */
static bool is_corrected(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	uint32_t by = view->corrected_by;

	if (!by && view->corrects) {
		by = views_get(node->views, view->corrects)->corrected_by;
	}
	return by && by != rid && !disown_record(node, by);
}

static void count_stance(
    struct pictures_brief *brief, const struct view_record *view)
{
	switch ((enum view_stance)view->stance) {
	case VIEW_CONCERN:
		brief->concerns++;
		break;
	case VIEW_ASSURANCE:
		brief->assurances++;
		break;
	case VIEW_GOOD_PRACTICE:
		brief->good_practice++;
		break;
	case VIEW_STANCE_NONE:
		brief->unstated++;
		break;
	}
}

static enum err note_judgement(
    struct node *node, struct tally *tally, uint32_t rid)
{
	int64_t author = state_author(node, rid);

	if (!relations_stands(node, rid, QSG__PAYLOAD__CONTENT_JUDGEMENT)) {
		return ERR_OK;
	}
	for (size_t i = 0; i < tally->brief.judgement_count; i++) {
		uint32_t *held = &tally->judgements[i];

		if (state_author(node, *held) == author) {
			*held = relations_later(node, rid, *held) ? rid : *held;
			return ERR_OK;
		}
	}
	if (tally->brief.judgement_count == tally->capacity) {
		size_t capacity = tally->capacity ? tally->capacity * 2 : 4;
		uint32_t *rids =
		    realloc(tally->judgements, capacity * sizeof *rids);

		if (!rids) {
			return no_memory();
		}
		tally->judgements = rids;
		tally->capacity = capacity;
	}
	tally->judgements[tally->brief.judgement_count++] = rid;
	return ERR_OK;
}

static bool is_intelligence(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	/* A correction of indicators has a set, and no provider of its own. */
	return view->type == VIEW_INTELLIGENCE ||
	       (view->type == VIEW_CORRECTION && !view->set);
}

static enum err count_record(
    struct listing *listing, uint32_t rid, uint32_t word)
{
	struct node *node = listing->node;
	const struct view_record *view = views_get(node->views, rid);
	struct tally *tally = NULL;
	enum err err = word ? need_tally(listing, word, &tally) : ERR_OK;

	if (err || !tally) {
		return err;
	}
	tally->brief.records++;
	if (view->received_ms > tally->brief.heard_ms) {
		tally->brief.heard_ms = view->received_ms;
	}
	if (disown_record(node, rid)) {
		return ERR_OK;
	}
	if (is_intelligence(node, rid) && !is_corrected(node, rid) &&
	    !corrections_retraction(node, rid)) {
		count_stance(&tally->brief, view);
	}
	return view->type == VIEW_JUDGEMENT ? note_judgement(node, tally, rid)
	                                    : ERR_OK;
}

static enum err count_records(struct listing *listing)
{
	struct views *views = listing->node->views;
	enum err err = ERR_OK;

	for (uint32_t rid = views_next(views, 0); rid && !err;
	     rid = views_next(views, rid)) {
		const struct view_record *view = views_get(views, rid);
		size_t rows = 0;
		const uint32_t *words = NULL;

		if (view->state != RECORD_READABLE ||
		    views_is_housekeeping((enum view_type)view->type) ||
		    view->type == VIEW_GRANT) {
			continue;
		}
		err = count_record(listing, rid, view->provider);
		words = views_providers(views, rid, &rows);
		for (size_t i = 0; i < rows && !err; i++) {
			err = count_record(listing, rid, words[i]);
		}
	}
	return err;
}

/* Those of which nothing is held but who they are. */
static enum err add_known(struct listing *listing, bool registered)
{
	struct node *node = listing->node;
	size_t count = 0;
	enum err err = providers_count(node, &count);

	for (size_t i = 0; i < count && !err; i++) {
		const struct providers_one *one = NULL;
		struct tally *tally = NULL;
		uint32_t word = 0;

		err = providers_at(node, i, &one);
		if (err) {
			break;
		}
		word = views_known(node->views, one->code);
		if (word && word < listing->word_count &&
		    listing->places[word]) {
			continue;
		}
		if (one->said_count ||
		    (registered && (one->named.entry || one->sites.entry))) {
			err = add_tally(listing, one->code, &tally);
		}
	}
	return err;
}

static int by_code(const void *a, const void *b)
{
	const struct tally *x = a;
	const struct tally *y = b;

	return strcmp(x->brief.code, y->brief.code);
}

/* One that was taken back is not counted, nor the one before it. */
static void leave_retracted_out(struct node *node, struct tally *tally)
{
	size_t kept = 0;

	for (size_t i = 0; i < tally->brief.judgement_count; i++) {
		if (!corrections_retraction(node, tally->judgements[i])) {
			tally->judgements[kept++] = tally->judgements[i];
		}
	}
	tally->brief.judgement_count = kept;
}

static enum err give(struct listing *listing, struct tally *tally,
    const struct pictures_filter *filter, pictures_each each, void *context)
{
	struct providers_about about;
	enum err err =
	    providers_about(listing->node, tally->brief.code, &about);

	if (err) {
		return err;
	}
	leave_retracted_out(listing->node, tally);
	tally->brief.about = &about;
	tally->brief.judgements = tally->judgements;
	if (!filter->home_group ||
	    id_equal(filter->home_group, &about.home_group)) {
		err = each(context, &tally->brief);
	}
	providers_about_clear(&about);
	return err;
}

enum err pictures_list(struct node *node, const struct pictures_filter *filter,
    pictures_each each, void *context)
{
	struct listing listing = { .node = node };
	enum err err = count_records(&listing);

	if (!err) {
		err = add_known(&listing, filter->registered);
	}
	if (!err && listing.count) {
		qsort(listing.tallies, listing.count, sizeof *listing.tallies,
		    by_code);
	}
	for (size_t i = 0; i < listing.count && !err; i++) {
		err =
		    give(&listing, &listing.tallies[i], filter, each, context);
	}
	for (size_t i = 0; i < listing.count; i++) {
		free(listing.tallies[i].judgements);
	}
	free(listing.tallies);
	free(listing.places);
	return err;
}
