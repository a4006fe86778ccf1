#include "service/disown.h"
#include "service/providers.h"
#include "service/standing.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

/* What each author says now, our own first, then others in the order of their
 * ids, so that all nodes put them together alike. */
struct voices {
	const struct providers_said **said;
	size_t count;
	struct node *node;
};

static const struct id32 *id_of(struct node *node, int64_t org)
{
	return &peers_get(node, org)->card.organisation;
}

static bool stands_before(const struct voices *voices,
    const struct providers_said *a, const struct providers_said *b)
{
	if (a->org == 1 || b->org == 1) {
		return a->org == 1 && b->org != 1;
	}
	return id_compare(id_of(voices->node, a->org),
		   id_of(voices->node, b->org)) < 0;
}

/* By a log that its author stands by, and of a kind that may say so. */
static bool counts(struct node *node, const struct providers_said *said)
{
	return !disown_record(node, said->rid) &&
	       standing_of_kind(
		   node, id_of(node, said->org), QSG__PAYLOAD__CONTENT_RELATION)
	               .verdict != AUTHORITY_REFUSED;
}

static void put_in_order(struct voices *voices)
{
	for (size_t i = 1; i < voices->count; i++) {
		const struct providers_said *said = voices->said[i];
		size_t at = i;

		for (; at > 0 &&
		       stands_before(voices, said, voices->said[at - 1]);
		     at--) {
			voices->said[at] = voices->said[at - 1];
		}
		voices->said[at] = said;
	}
}

static enum err gather_voices(
    struct node *node, const struct providers_one *one, struct voices *out)
{
	*out = (struct voices){ .node = node };
	out->said = (const struct providers_said **)calloc(
	    one->said_count + 1, sizeof *out->said);
	if (!out->said) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < one->said_count; i++) {
		if (counts(node, &one->said[i])) {
			out->said[out->count++] = &one->said[i];
		}
	}
	put_in_order(out);
	return ERR_OK;
}

static const char *first_text(const char *a, const char *b)
{
	return a && a[0] ? a : b;
}

/* PROTOCOL.md M376: "What a node's own organisation states of a provider MUST
 * stand before what the register says, and that before what others state." */
static void choose_texts(
    const struct voices *voices, struct providers_about *out)
{
	const Qsg__RegisteredProvider *entry = out->one->named.entry;
	const char *site = out->one->site_name;

	for (size_t i = voices->count; i > 0; i--) {
		const struct providers_said *said = voices->said[i - 1];

		if (said->org == 1) {
			break;
		}
		out->name = first_text(said->relation->name, out->name);
		out->type = first_text(said->relation->type, out->type);
	}
	out->name = first_text(site, out->name);
	out->name = first_text(entry ? entry->name : NULL, out->name);
	out->type = first_text(entry ? entry->type : NULL, out->type);
	if (voices->count && voices->said[0]->org == 1) {
		const Qsg__Relation *own = voices->said[0]->relation;

		out->name = first_text(own->name, out->name);
		out->type = first_text(own->type, out->type);
	}
}

static void choose_home(
    const struct voices *voices, struct providers_about *out)
{
	for (size_t i = 0; i < voices->count && !out->home_said_by; i++) {
		const ProtobufCBinaryData *home =
		    &voices->said[i]->relation->home_group;

		if (home->len == sizeof out->home_group) {
			memcpy(out->home_group.b, home->data, home->len);
			out->home_said_by = voices->said[i]->org;
		}
	}
}

/* One word about a commissioner, and how many were there before it. */
struct word {
	struct providers_commissioner about;
	size_t place;
	bool again;
};

static int by_place(const void *a, const void *b)
{
	const struct word *x = a;
	const struct word *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static int by_commissioner(const void *a, const void *b)
{
	const struct word *x = a;
	const struct word *y = b;
	int order = strcmp(x->about.said->code, y->about.said->code);

	return order ? order : by_place(a, b);
}

static int compare_organisations(const struct word *x, const struct word *y)
{
	const ProtobufCBinaryData *a = &x->about.said->organisation;
	const ProtobufCBinaryData *b = &y->about.said->organisation;

	if (a->len != b->len || !a->len) {
		return (a->len > b->len) - (a->len < b->len);
	}
	return memcmp(a->data, b->data, a->len);
}

static int by_organisation(const void *a, const void *b)
{
	int order = compare_organisations(a, b);

	return order ? order : by_place(a, b);
}

static bool has_code(const struct word *word)
{
	return word->about.said->code[0] != '\0';
}

/* Those of a code that was there before; they come by code. */
static void mark_codes(struct word *words, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		words[i].again =
		    has_code(&words[i]) && strcmp(words[i - 1].about.said->code,
					       words[i].about.said->code) == 0;
	}
}

/* Those of an organisation that was there before, where one of the two has no
 * code; they come by organisation. */
static void mark_organisations(struct word *words, size_t count)
{
	bool coded = false;
	bool uncoded = false;

	for (size_t i = 0; i < count; i++) {
		struct word *word = &words[i];

		if (i == 0 || compare_organisations(word - 1, word) != 0) {
			coded = uncoded = false;
		}
		if (word->again || !word->about.said->organisation.len) {
			continue;
		}
		word->again = uncoded || (coded && !has_code(word));
		coded = coded || has_code(word);
		uncoded = uncoded || !has_code(word);
	}
}

static void list_words(const struct voices *voices, struct word *words)
{
	size_t count = 0;

	for (size_t i = 0; i < voices->count; i++) {
		const struct providers_said *said = voices->said[i];

		for (size_t j = 0; j < said->relation->n_commissioners; j++) {
			words[count] = (struct word){
				.about = { .said =
					       said->relation->commissioners[j],
				    .org = said->org,
				    .rid = said->rid },
				.place = count
			};
			count++;
		}
	}
}

/* Of several words about one commissioner the first stands. */
static enum err gather_commissioners(
    const struct voices *voices, struct providers_about *out)
{
	struct word *words = NULL;
	size_t count = 0;

	for (size_t i = 0; i < voices->count; i++) {
		count += voices->said[i]->relation->n_commissioners;
	}
	words = calloc(count + 1, sizeof *words);
	out->commissioners = calloc(count + 1, sizeof *out->commissioners);
	if (!words || !out->commissioners) {
		free(words);
		return err_set(ERR_MEM, "out of memory");
	}
	list_words(voices, words);
	qsort(words, count, sizeof *words, by_commissioner);
	mark_codes(words, count);
	qsort(words, count, sizeof *words, by_organisation);
	mark_organisations(words, count);
	qsort(words, count, sizeof *words, by_place);
	for (size_t i = 0; i < count; i++) {
		if (!words[i].again) {
			out->commissioners[out->commissioner_count++] =
			    words[i].about;
		}
	}
	free(words);
	return ERR_OK;
}

struct site {
	const Qsg__ProviderSite *said;
	size_t place;
};

static int by_code(const void *a, const void *b)
{
	const struct site *x = a;
	const struct site *y = b;
	int order = strcmp(x->said->code, y->said->code);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static size_t add_sites(
    struct site *all, size_t at, Qsg__ProviderSite *const *sites, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		all[at] = (struct site){ sites[i], at };
		at++;
	}
	return at;
}

/* Of several words about one site the first stands. */
static enum err merge_sites(
    struct site *all, size_t count, struct providers_about *out)
{
	out->sites =
	    (const Qsg__ProviderSite **)calloc(count + 1, sizeof *out->sites);
	if (!out->sites) {
		return err_set(ERR_MEM, "out of memory");
	}
	qsort(all, count, sizeof *all, by_code);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 ||
		    strcmp(all[i - 1].said->code, all[i].said->code) != 0) {
			out->sites[out->site_count++] = all[i].said;
		}
	}
	return ERR_OK;
}

static enum err gather_sites(
    const struct voices *voices, struct providers_about *out)
{
	const Qsg__RegisteredProvider *entry = out->one->sites.entry;
	size_t room = 1 + (entry ? entry->n_sites : 0);
	size_t own = voices->count && voices->said[0]->org == 1;
	size_t at = 0;
	struct site *all = NULL;
	enum err err = ERR_OK;

	for (size_t i = 0; i < voices->count; i++) {
		room += voices->said[i]->relation->n_sites;
	}
	all = calloc(room, sizeof *all);
	if (!all) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < voices->count; i++) {
		const Qsg__Relation *said = voices->said[i]->relation;

		if (i == own && entry) {
			at = add_sites(all, at, entry->sites, entry->n_sites);
		}
		at = add_sites(all, at, said->sites, said->n_sites);
	}
	if (own >= voices->count && entry) {
		at = add_sites(all, at, entry->sites, entry->n_sites);
	}
	err = merge_sites(all, at, out);
	free(all);
	return err;
}

enum err providers_about(
    struct node *node, const char *code, struct providers_about *out)
{
	struct voices voices = { 0 };
	enum err err = ERR_OK;

	*out = (struct providers_about){ .name = "", .type = "" };
	err = providers_find(node, code, &out->one);
	if (err || !out->one) {
		return err;
	}
	err = gather_voices(node, out->one, &voices);
	if (!err) {
		choose_texts(&voices, out);
		choose_home(&voices, out);
		err = gather_commissioners(&voices, out);
	}
	if (!err) {
		err = gather_sites(&voices, out);
	}
	free((void *)voices.said);
	if (err) {
		providers_about_clear(out);
	}
	return err;
}

void providers_about_clear(struct providers_about *about)
{
	free(about->commissioners);
	free((void *)about->sites);
	*about = (struct providers_about){ .name = "", .type = "" };
}
