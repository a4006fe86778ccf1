#include "domain/picture_sum.h"

#include "domain/content.h"
#include "domain/vocab.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define LABEL "\x0eqsg/picture/v1"

static Qsg__Payload__ContentCase content_of(const struct picture_entry *entry)
{
	return entry->fact->payload->content_case;
}

bool picture_is(const struct picture_entry *entry, const char *stance)
{
	return entry->standing == PICTURE_COUNTS &&
	       content_of(entry) == QSG__PAYLOAD__CONTENT_INTELLIGENCE &&
	       strcmp(entry->fact->payload->intelligence->stance, stance) == 0;
}

/* PROTOCOL.md M499: "Concerns under dimensions that a node's vocabulary lacks
 * MUST be shown as one signal." */
static const char *dimension_of(const Qsg__Intelligence *item, size_t at)
{
	const char *named = item->dimensions[at];

	return vocab_has(vocab_dimension(), span_text(named)) ? named
	                                                      : PICTURE_OTHER;
}

bool picture_in_signal(
    const struct picture_entry *entry, const struct picture_signal *signal)
{
	const Qsg__Intelligence *item = entry->fact->payload->intelligence;

	if (!picture_is(entry, "concern"))
		return false;
	for (size_t i = 0; i < item->n_dimensions; i++) {
		if (strcmp(dimension_of(item, i), signal->dimension) == 0)
			return true;
	}
	return item->n_dimensions == 0 && signal->dimension[0] == '\0';
}

/*
 * Counts.
 */

static void count_item(
    const struct picture_entry *entry, struct picture_counts *counts)
{
	bool concern = picture_is(entry, "concern");
	bool assurance = picture_is(entry, "assurance");
	bool good = picture_is(entry, "good-practice");

	counts->concerns += concern;
	counts->assurances += assurance;
	counts->good_practice += good;
	counts->unstated += !concern && !assurance && !good;
	counts->significant +=
	    concern && entry->fact->payload->intelligence->significant;
}

static void count_entry(
    const struct picture_entry *entry, struct picture_counts *counts)
{
	Qsg__Payload__ContentCase content = content_of(entry);

	if (entry->standing == PICTURE_ELSEWHERE)
		return;
	if (entry->standing != PICTURE_COUNTS) {
		counts->not_counted++;
		return;
	}
	if (content == QSG__PAYLOAD__CONTENT_INTELLIGENCE)
		count_item(entry, counts);
	counts->corroborations +=
	    content == QSG__PAYLOAD__CONTENT_CORROBORATION;
	counts->feedback += content == QSG__PAYLOAD__CONTENT_FEEDBACK;
	counts->indicators += content == QSG__PAYLOAD__CONTENT_INDICATORS;
	counts->judgements += content == QSG__PAYLOAD__CONTENT_JUDGEMENT;
	counts->findings += content == QSG__PAYLOAD__CONTENT_FINDING;
	counts->open_requests += content == QSG__PAYLOAD__CONTENT_REQUEST &&
	                         entry->request == PICTURE_OPEN;
}

/*
 * Signals.
 */

/* One concern, or what bears it out, under one dimension. */
struct voice {
	const char *dimension;
	const char *source;
	struct id32 author;
	bool concern; /* itself */
};

struct voices {
	struct voice *items;
	size_t count;
};

static int compare_voices(const void *a, const void *b)
{
	const struct voice *x = a;
	const struct voice *y = b;
	int order = strcmp(x->dimension, y->dimension);

	return order != 0 ? order : id_compare(&x->author, &y->author);
}

static int compare_sources(const void *a, const void *b)
{
	const struct voice *x = a;
	const struct voice *y = b;

	return strcmp(x->source, y->source);
}

static void add_voices(struct voices *voices, const struct picture_entry *item,
    const struct picture_entry *by, const char *source)
{
	const Qsg__Intelligence *said = item->fact->payload->intelligence;
	struct voice voice = { .dimension = "",
		.source = source,
		.author = by->fact->author,
		.concern = item == by };

	if (said->n_dimensions == 0)
		voices->items[voices->count++] = voice;
	for (size_t i = 0; i < said->n_dimensions; i++) {
		bool again = false;

		for (size_t j = 0; j < i && !again; j++)
			again = strcmp(dimension_of(said, j),
				    dimension_of(said, i)) == 0;
		voice.dimension = dimension_of(said, i);
		if (!again)
			voices->items[voices->count++] = voice;
	}
}

/* The concern that an entry is, or bears out; NULL. */
static const struct picture_entry *concern_of(
    const struct picture *picture, const struct picture_entry *entry)
{
	const struct picture_entry *item = entry;

	if (entry->standing != PICTURE_COUNTS)
		return NULL;
	if (content_of(entry) == QSG__PAYLOAD__CONTENT_CORROBORATION)
		item =
		    &picture->entries[picture_current(picture, entry->target)];
	return picture_is(item, "concern") ? item : NULL;
}

static size_t room_for(
    const struct picture *picture, const struct picture_entry *entry)
{
	const struct picture_entry *item = concern_of(picture, entry);

	return item == NULL
	           ? 0
	           : item->fact->payload->intelligence->n_dimensions + 1;
}

static enum err gather_voices(
    const struct picture *picture, struct voices *voices)
{
	size_t room = 1;

	for (size_t i = 0; i < picture->count; i++)
		room += room_for(picture, &picture->entries[i]);
	voices->items = calloc(room, sizeof *voices->items);
	if (voices->items == NULL)
		return err_set(ERR_MEM, "out of memory");
	for (size_t i = 0; i < picture->count; i++) {
		const struct picture_entry *entry = &picture->entries[i];
		const struct picture_entry *item = concern_of(picture, entry);

		if (item == NULL)
			continue;
		add_voices(voices, item, entry,
		    item == entry
			? entry->fact->payload->intelligence->source
			: entry->fact->payload->corroboration->source);
	}
	return ERR_OK;
}

/* The voices of one dimension, in order of their authors. */
static struct picture_signal signal_of(struct voice *voices, size_t count)
{
	struct picture_signal signal = { .dimension = voices[0].dimension };

	for (size_t i = 0; i < count; i++) {
		signal.concerns += voices[i].concern;
		signal.organisations +=
		    i == 0 ||
		    !id_equal(&voices[i - 1].author, &voices[i].author);
	}
	qsort(voices, count, sizeof *voices, compare_sources);
	for (size_t i = 0; i < count; i++)
		signal.sources += voices[i].source[0] != '\0' &&
		                  (i == 0 || strcmp(voices[i - 1].source,
						 voices[i].source) != 0);
	return signal;
}

static int compare_signals(const void *a, const void *b)
{
	const struct picture_signal *x = a;
	const struct picture_signal *y = b;

	if (x->organisations != y->organisations)
		return x->organisations > y->organisations ? -1 : 1;
	if (x->concerns != y->concerns)
		return x->concerns > y->concerns ? -1 : 1;
	return strcmp(x->dimension, y->dimension);
}

static size_t same_dimension(const struct voices *voices, size_t start)
{
	size_t end = start + 1;

	while (end < voices->count && strcmp(voices->items[start].dimension,
					  voices->items[end].dimension) == 0)
		end++;
	return end;
}

/* QSG 1: "Often the information that one party alone has will not cause
 * concern. However, when combined with intelligence that, for example, a
 * regulator may have, might point to a potential problem". */
static enum err find_signals(struct picture *picture)
{
	struct voices voices = { 0 };
	enum err err = gather_voices(picture, &voices);

	if (err == ERR_OK && voices.count > 0) {
		qsort(voices.items, voices.count, sizeof *voices.items,
		    compare_voices);
		picture->signals =
		    calloc(voices.count, sizeof *picture->signals);
		if (picture->signals == NULL)
			err = err_set(ERR_MEM, "out of memory");
	}
	for (size_t at = 0; err == ERR_OK && at < voices.count;) {
		size_t end = same_dimension(&voices, at);

		picture->signals[picture->signal_count++] =
		    signal_of(&voices.items[at], end - at);
		at = end;
	}
	if (picture->signal_count > 0)
		qsort(picture->signals, picture->signal_count,
		    sizeof *picture->signals, compare_signals);
	free(voices.items);
	return err;
}

enum err picture_sum(struct picture *picture)
{
	for (size_t i = 0; i < picture->count; i++)
		count_entry(&picture->entries[i], &picture->counts);
	return find_signals(picture);
}

/*
 * The hash.
 */

static enum err put_id(
    const struct picture *picture, size_t entry, struct buf *out)
{
	static const struct id32 none;

	return buf_append(
	    out, span_id(entry == PICTURE_NONE
			     ? &none
			     : &picture->entries[entry].fact->record));
}

static enum err put_entry(const struct picture *picture,
    const struct picture_entry *entry, struct buf *out)
{
	enum err err = buf_append(out, span_id(&entry->fact->record));

	if (err == ERR_OK)
		err = buf_append(out, span_id(&entry->fact->author));
	if (err == ERR_OK)
		err = buf_u8(out, (uint8_t)content_of(entry));
	if (err == ERR_OK)
		err = buf_u8(out, (uint8_t)entry->standing);
	if (err == ERR_OK)
		err = buf_u8(out, (uint8_t)entry->request);
	if (err == ERR_OK)
		err = buf_u8(out, entry->opposed);
	if (err == ERR_OK)
		err = put_id(picture, entry->target, out);
	return err == ERR_OK ? put_id(picture, entry->instead, out) : err;
}

/* PROTOCOL.md M375: "The state hash of a picture MUST be BLAKE2b-256 over the
 * bytes given below, and nothing that depends on a node, on its clock or on the
 * time of arrival." */
enum err picture_hash(const struct picture *picture, struct id32 *out)
{
	struct buf bytes = { 0 };
	enum err err = buf_append(&bytes, span_text(LABEL));

	if (err == ERR_OK)
		err = buf_u8(&bytes, (uint8_t)strlen(picture->provider));
	if (err == ERR_OK)
		err = buf_append(&bytes, span_text(picture->provider));
	for (size_t i = 0; i < picture->count && err == ERR_OK; i++) {
		const struct picture_entry *entry = &picture->entries[i];

		if (entry->standing != PICTURE_ELSEWHERE)
			err = put_entry(picture, entry, &bytes);
	}
	if (err == ERR_OK)
		(void)crypto_generichash(
		    out->b, sizeof out->b, bytes.data, bytes.size, NULL, 0);
	buf_clear(&bytes);
	return err;
}
