#include "domain/picture.h"

#include "domain/content.h"
#include "domain/picture_retract.h"
#include "domain/picture_roots.h"
#include "domain/picture_sum.h"
#include "domain/said.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static enum err no_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static Qsg__Payload__ContentCase content_of(const struct picture_entry *entry)
{
	return entry->fact->payload->content_case;
}

/*
 * Finding entries.
 */

static int compare_entries(const void *a, const void *b)
{
	const struct picture_entry *x = a;
	const struct picture_entry *y = b;

	return id_compare(&x->fact->record, &y->fact->record);
}

/* Each record once, in order of id. */
static enum err fill(
    const struct picture_fact *facts, size_t count, struct picture *out)
{
	out->entries = calloc(count + 1, sizeof *out->entries);
	out->order = calloc(count + 1, sizeof *out->order);
	if (out->entries == NULL || out->order == NULL)
		return no_memory();
	for (size_t i = 0; i < count; i++)
		out->entries[i] = (struct picture_entry){ .fact = &facts[i],
			.why = "",
			.target = PICTURE_NONE,
			.instead = PICTURE_NONE,
			.root = PICTURE_NONE };
	if (count > 0)
		qsort(
		    out->entries, count, sizeof *out->entries, compare_entries);
	for (size_t i = 0; i < count; i++) {
		const struct picture_entry *last =
		    out->count > 0 ? &out->entries[out->count - 1] : NULL;

		if (last == NULL ||
		    compare_entries(last, &out->entries[i]) != 0)
			out->entries[out->count++] = out->entries[i];
	}
	return ERR_OK;
}

size_t picture_find(const struct picture *picture, const struct id32 *record)
{
	struct picture_fact fact = { .record = *record };
	struct picture_entry wanted = { .fact = &fact };
	const struct picture_entry *found = NULL;

	if (picture->count > 0)
		found = bsearch(&wanted, picture->entries, picture->count,
		    sizeof wanted, compare_entries);
	return found == NULL ? PICTURE_NONE
	                     : (size_t)(found - picture->entries);
}

/* Of those it names so, the first that is held. */
static size_t referred(
    const struct picture *picture, size_t at, const char *relation)
{
	const Qsg__Payload *payload = picture->entries[at].fact->payload;
	size_t found = PICTURE_NONE;

	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *each = payload->references[i];
		struct id32 id;

		if (found != PICTURE_NONE)
			break;
		if (strcmp(each->relation, relation) != 0 ||
		    each->record.len != sizeof id.b)
			continue;
		memcpy(id.b, each->record.data, sizeof id.b);
		found = picture_find(picture, &id);
	}
	return found;
}

static bool same_author(
    const struct picture_entry *a, const struct picture_entry *b)
{
	return id_equal(&a->fact->author, &b->fact->author);
}

/* In their author's own order. */
static bool is_later(
    const struct picture_entry *entry, const struct picture_entry *than)
{
	const struct picture_fact *x = entry->fact;
	const struct picture_fact *y = than->fact;

	if (x->generation != y->generation)
		return x->generation > y->generation;
	if (x->leaf != y->leaf)
		return x->leaf > y->leaf;
	return id_compare(&x->record, &y->record) > 0;
}

static void set(struct picture_entry *entry, enum picture_standing standing,
    const char *why)
{
	entry->standing = standing;
	entry->why = why;
}

/*
 * What is about this provider at all.
 */

static bool has_rows(const Qsg__IndicatorSet *indicators, const char *provider)
{
	for (size_t i = 0; i < indicators->n_rows; i++) {
		if (strcmp(indicators->rows[i]->provider, provider) == 0)
			return true;
	}
	return false;
}

static bool is_about(const struct picture *picture, const Qsg__Payload *payload)
{
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS)
		return has_rows(payload->indicators, picture->provider);
	return strcmp(content_provider(payload), picture->provider) == 0;
}

/* Is it of a kind that a picture is made of? What is for its author's own
 * house-keeping is not, even where it names a provider. */
static bool is_of_a_picture(const struct picture_entry *entry)
{
	const struct content_kind *kind = content_kind(entry->fact->payload);

	return kind != NULL &&
	       (!kind->housekeeping ||
		   kind->which == QSG__PAYLOAD__CONTENT_RELATION);
}

static bool is_retraction(const struct picture_entry *entry)
{
	return content_of(entry) == QSG__PAYLOAD__CONTENT_RETRACTION;
}

static void judge_subject(struct picture *picture, size_t at)
{
	struct picture_entry *entry = &picture->entries[at];
	enum reference how = REFERENCE_UNKNOWN;

	assert(entry->fact != NULL);
	how = is_retraction(entry) ? REFERENCE_RETRACTS
	                           : said_about(content_of(entry));
	if (how != REFERENCE_UNKNOWN)
		entry->target = referred(picture, at, reference_token(how));
	if (how != REFERENCE_UNKNOWN && entry->target == PICTURE_NONE)
		set(entry, PICTURE_ELSEWHERE,
		    "what it is about is not held here");
	else if (how == REFERENCE_UNKNOWN &&
		 (!is_of_a_picture(entry) ||
		     !is_about(picture, entry->fact->payload)))
		set(entry, PICTURE_ELSEWHERE, "about something else");
	else if (entry->fact->disowned)
		set(entry, PICTURE_DISOWNED,
		    "its author does not stand by the log it is in");
	else if (entry->fact->refused != NULL)
		set(entry, PICTURE_REFUSED, entry->fact->refused);
}

/*
 * Of several, the newest.
 */

/* Entries of one author that stand for one thing, known by its key. */
struct rival {
	struct id32 author;
	struct id32 key;
	size_t entry;
};

struct rivals {
	const struct picture *picture;
	struct rival *items;
	size_t count;
};

static int compare_rivals(const void *a, const void *b)
{
	const struct rival *x = a;
	const struct rival *y = b;
	int order = id_compare(&x->author, &y->author);

	if (order == 0)
		order = id_compare(&x->key, &y->key);
	if (order == 0)
		order = x->entry < y->entry ? -1 : x->entry > y->entry;
	return order;
}

static bool are_rivals(const struct rival *a, const struct rival *b)
{
	return id_equal(&a->author, &b->author) && id_equal(&a->key, &b->key);
}

/* One group of rivals: all but the newest give way to it. */
static void give_way(struct picture *picture, const struct rival *items,
    size_t count, enum picture_standing standing)
{
	size_t newest = items[0].entry;

	for (size_t i = 1; i < count; i++) {
		if (is_later(&picture->entries[items[i].entry],
			&picture->entries[newest]))
			newest = items[i].entry;
	}
	for (size_t i = 0; i < count; i++) {
		struct picture_entry *entry = &picture->entries[items[i].entry];

		if (items[i].entry == newest)
			continue;
		entry->instead = newest;
		/* What was about something else all along stays that. */
		if (entry->standing != PICTURE_ELSEWHERE)
			set(entry, standing,
			    standing == PICTURE_CORRECTED
				? "corrected by its author"
				: "its author has said something newer");
	}
}

static void settle(struct picture *picture, struct rivals *rivals,
    enum picture_standing standing)
{
	size_t start = 0;

	if (rivals->count > 0)
		qsort(rivals->items, rivals->count, sizeof *rivals->items,
		    compare_rivals);
	for (size_t i = 1; i <= rivals->count; i++) {
		if (i < rivals->count &&
		    are_rivals(&rivals->items[start], &rivals->items[i]))
			continue;
		give_way(picture, &rivals->items[start], i - start, standing);
		start = i;
	}
	rivals->count = 0;
}

static void add_rival(
    struct rivals *rivals, size_t entry, const struct id32 *key)
{
	rivals->items[rivals->count++] =
	    (struct rival){ .author =
				rivals->picture->entries[entry].fact->author,
		    .key = *key,
		    .entry = entry };
}

static bool is_item(const struct picture_entry *entry)
{
	return content_of(entry) == QSG__PAYLOAD__CONTENT_INTELLIGENCE ||
	       content_of(entry) == QSG__PAYLOAD__CONTENT_INDICATORS;
}

static size_t corrected(const struct picture *picture, size_t at)
{
	const struct picture_entry *entry = &picture->entries[at];
	size_t next = referred(picture, at, "corrects");

	/* PROTOCOL.md M174, as of the record that is corrected. */
	if (next != PICTURE_NONE &&
	    (!same_author(entry, &picture->entries[next]) ||
		!is_item(&picture->entries[next])))
		return PICTURE_NONE;
	return next;
}

/* The record that a chain of corrections began with: the first that is held, or
 * one that is not, which that corrects. */
static struct id32 origin(const struct picture *picture, size_t root)
{
	const struct picture_fact *fact = picture->entries[root].fact;
	const Qsg__Payload *payload = fact->payload;
	struct id32 named = fact->record;

	/* The furthest back comes last. */
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *each = payload->references[i];

		if (strcmp(each->relation, "corrects") == 0 &&
		    each->record.len == sizeof named.b)
			memcpy(named.b, each->record.data, sizeof named.b);
	}
	return picture_find(picture, &named) == PICTURE_NONE ? named
	                                                     : fact->record;
}

static enum err settle_corrections(
    struct picture *picture, struct rivals *rivals, size_t *roots)
{
	enum err err = picture_roots(picture, corrected, roots);

	for (size_t i = 0; err == ERR_OK && i < picture->count; i++) {
		const struct picture_entry *entry = &picture->entries[i];
		struct id32 key;

		if (!is_item(entry) || entry->fact->disowned)
			continue;
		key = origin(picture, roots[i]);
		add_rival(rivals, i, &key);
	}
	settle(picture, rivals, PICTURE_CORRECTED);
	return err;
}

/* What of an author's there is one of at a time: under which key. Findings
 * other than ratings are events: none takes another's place. */
static bool key_of(const struct picture *picture, size_t at, struct id32 *key)
{
	const struct picture_entry *entry = &picture->entries[at];
	const Qsg__Payload *payload = entry->fact->payload;

	memset(key, 0, sizeof *key);
	if (entry->standing != PICTURE_COUNTS)
		return false;
	key->b[0] = (uint8_t)payload->content_case;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_JUDGEMENT ||
	    payload->content_case == QSG__PAYLOAD__CONTENT_RELATION)
		return true;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_FINDING) {
		size_t size = strlen(payload->finding->question);

		memcpy(key->b + 1, payload->finding->question,
		    size < 30 ? size : 30);
		key->b[31] = (uint8_t)(size < 255 ? size : 255);
		return strcmp(payload->finding->what, "rating") == 0;
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ANSWER)
		*key = picture->entries[entry->target].fact->record;
	return payload->content_case == QSG__PAYLOAD__CONTENT_ANSWER;
}

/* PROTOCOL.md M371: "Of one author's judgements of a provider, of its relations
 * to it, of its ratings by the same question, and of its answers to one
 * request, only the one that comes last in the author's own order MUST count,
 * beside those of others and never in their place." */
static void settle_newest(struct picture *picture, struct rivals *rivals)
{
	for (size_t i = 0; i < picture->count; i++) {
		struct id32 key;

		if (key_of(picture, i, &key))
			add_rival(rivals, i, &key);
	}
	settle(picture, rivals, PICTURE_OLDER);
}

/*
 * What is said about records.
 */

static bool could_read(
    const struct picture_entry *target, const struct id32 *organisation)
{
	const struct picture_fact *fact = target->fact;

	return fact->reader_count > 0 &&
	       bsearch(organisation, fact->readers, fact->reader_count,
		   sizeof *organisation, id_compare) != NULL;
}

size_t picture_current(const struct picture *picture, size_t entry)
{
	/* Whatever stands in another's place has nothing in its own. */
	while (entry != PICTURE_NONE &&
	       picture->entries[entry].instead != PICTURE_NONE)
		entry = picture->entries[entry].instead;
	return entry;
}

/* What it is about, as that stands now. */
static size_t about(const struct picture *picture, size_t at)
{
	size_t target = picture->entries[at].target;

	return target == PICTURE_NONE ? PICTURE_NONE
	                              : picture_current(picture, target);
}

static enum err find_roots(struct picture *picture, size_t *roots)
{
	enum err err = picture_roots(picture, about, roots);

	for (size_t i = 0; err == ERR_OK && i < picture->count; i++)
		picture->entries[i].root = roots[i];
	return err;
}

static void judge_response(struct picture *picture, size_t at)
{
	struct picture_entry *entry = &picture->entries[at];
	const struct picture_entry *target = NULL;
	struct said_target about = { 0 };
	const char *why = NULL;

	if (entry->target == PICTURE_NONE)
		return;
	target = &picture->entries[entry->target];
	about.request = content_of(target) == QSG__PAYLOAD__CONTENT_REQUEST;
	about.own = same_author(entry, target);
	about.readable = could_read(target, &entry->fact->author);
	why = is_retraction(entry) ? picture_why_not_retracted(entry, target)
	                           : said_why_not(content_of(entry), &about);
	if (picture->entries[entry->root].standing == PICTURE_ELSEWHERE)
		set(entry, PICTURE_ELSEWHERE, "about something else");
	else if (entry->standing == PICTURE_COUNTS && why != NULL)
		set(entry, PICTURE_REFUSED, why);
}

/*
 * Requests.
 */

static void take_answer(
    const struct picture_entry *answer, struct picture_entry *request)
{
	bool declined =
	    strcmp(answer->fact->payload->answer->verdict, "refused") == 0;

	if (!declined)
		request->request = PICTURE_ANSWERED;
	else if (request->request == PICTURE_OPEN)
		request->request = PICTURE_DECLINED;
}

static void age(struct picture_entry *request, int64_t now_ms)
{
	const Qsg__Payload *payload = request->fact->payload;

	request->age_ms = said_age_ms(payload->created_at_ms, now_ms);
	request->overdue = request->request == PICTURE_OPEN &&
	                   said_is_past(payload->request, now_ms);
}

/* Whether any answer counts; who of those asked is silent is for the node to
 * say (PROTOCOL.md M373). */
static void judge_requests(struct picture *picture, int64_t now_ms)
{
	for (size_t i = 0; i < picture->count; i++) {
		const struct picture_entry *entry = &picture->entries[i];

		if (content_of(entry) == QSG__PAYLOAD__CONTENT_ANSWER &&
		    entry->standing == PICTURE_COUNTS)
			take_answer(entry, &picture->entries[entry->target]);
	}
	for (size_t i = 0; i < picture->count; i++) {
		if (content_of(&picture->entries[i]) ==
		    QSG__PAYLOAD__CONTENT_REQUEST)
			age(&picture->entries[i], now_ms);
	}
}

/*
 * Judgements.
 */

enum side { SIDE_NEITHER, SIDE_SAFE, SIDE_UNSAFE };

static bool concerned_for_safety(
    const struct picture *picture, const struct id32 *author)
{
	static const struct picture_signal safety = { .dimension = "safety" };

	for (size_t i = 0; i < picture->count; i++) {
		const struct picture_entry *entry = &picture->entries[i];

		if (id_equal(&entry->fact->author, author) &&
		    picture_in_signal(entry, &safety))
			return true;
	}
	return false;
}

/* Nothing to worry about; or serious failing, or some level of surveillance by
 * somebody who has told of a concern for safety. */
static enum side side_of(
    const struct picture *picture, const struct picture_entry *entry)
{
	const char *view = NULL;

	if (content_of(entry) != QSG__PAYLOAD__CONTENT_JUDGEMENT ||
	    entry->standing != PICTURE_COUNTS)
		return SIDE_NEITHER;
	view = entry->fact->payload->judgement->view;
	if (strcmp(view, "none") == 0)
		return SIDE_SAFE;
	return strcmp(view, "risk-summit-required") == 0 ||
	               concerned_for_safety(picture, &entry->fact->author)
	           ? SIDE_UNSAFE
	           : SIDE_NEITHER;
}

/* BAR rec. 141: "Any differences of judgement as to immediate safety concerns
 * ... should be discussed between them and resolved where possible, but each
 * should recognise its retained individual responsibility": so both are shown,
 * marked, and neither gives way. */
static void mark_opposed(struct picture *picture)
{
	bool safe = false;
	bool unsafe = false;

	for (size_t i = 0; i < picture->count; i++) {
		enum side side = side_of(picture, &picture->entries[i]);

		safe = safe || side == SIDE_SAFE;
		unsafe = unsafe || side == SIDE_UNSAFE;
		/* Taken back below when nobody contradicts. */
		picture->entries[i].opposed = side != SIDE_NEITHER;
	}
	picture->opposed = safe && unsafe;
	for (size_t i = 0; !picture->opposed && i < picture->count; i++)
		picture->entries[i].opposed = false;
}

/*
 * The whole.
 */

struct dated {
	int64_t created_ms;
	size_t entry;
};

static int compare_dates(const void *a, const void *b)
{
	const struct dated *x = a;
	const struct dated *y = b;

	if (x->created_ms != y->created_ms)
		return x->created_ms < y->created_ms ? -1 : 1;
	return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static enum err put_in_order(struct picture *picture)
{
	struct dated *dates = calloc(picture->count + 1, sizeof *dates);

	if (dates == NULL)
		return no_memory();
	for (size_t i = 0; i < picture->count; i++)
		dates[i] = (struct dated){
			.created_ms =
			    picture->entries[i].fact->payload->created_at_ms,
			.entry = i
		};
	if (picture->count > 0)
		qsort(dates, picture->count, sizeof *dates, compare_dates);
	for (size_t i = 0; i < picture->count; i++)
		picture->order[i] = dates[i].entry;
	free(dates);
	return ERR_OK;
}

/* PROTOCOL.md M374: "The picture of a provider MUST follow from the set of
 * records held about it and the time asked about alone, whatever the order in
 * which they came, and however often." */
enum err picture_evaluate(const char *provider,
    const struct picture_fact *facts, size_t count, int64_t now_ms,
    struct picture *out)
{
	struct rivals rivals = { .picture = out };
	size_t *roots = NULL;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	out->provider = provider;
	err = fill(facts, count, out);
	if (err == ERR_OK) {
		rivals.items = calloc(count + 1, sizeof *rivals.items);
		roots = calloc(count + 1, sizeof *roots);
		err = rivals.items == NULL || roots == NULL ? no_memory()
		                                            : ERR_OK;
	}
	if (err != ERR_OK)
		goto done;
	for (size_t i = 0; i < out->count; i++)
		judge_subject(out, i);
	err = settle_corrections(out, &rivals, roots);
	if (err == ERR_OK)
		err = find_roots(out, roots);
	if (err != ERR_OK)
		goto done;
	for (size_t i = 0; i < out->count; i++)
		judge_response(out, i);
	settle_newest(out, &rivals);
	/* Of what is newer now. */
	err = find_roots(out, roots);
	if (err != ERR_OK)
		goto done;
	picture_retract(out);
	judge_requests(out, now_ms);
	mark_opposed(out);
	err = put_in_order(out);
	if (err == ERR_OK)
		err = picture_sum(out);
done:
	free(rivals.items);
	free(roots);
	if (err != ERR_OK)
		picture_clear(out);
	return err;
}

void picture_clear(struct picture *picture)
{
	free(picture->entries);
	free(picture->order);
	free(picture->signals);
	memset(picture, 0, sizeof *picture);
}

bool picture_is_shared(const struct picture_fact *fact)
{
	return fact->reader_count != 1;
}
