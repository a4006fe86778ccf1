#include "service/providers.h"

#include "base/log.h"
#include "base/rng.h"
#include "codec/canon.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"
#include "store/words.h"

#include <stdlib.h>
#include <string.h>

/* What is held of one author's relations. */
struct teller {
	size_t count;    /* of them, some of which newer ones replace */
	uint64_t weight; /* theirs */
	size_t left_out; /* providers to which it relates, beyond those */
};

struct providers {
	struct words *codes; /* a code's number is its place + 1 */
	struct providers_one *ones;
	size_t count;
	size_t capacity;
	Qsg__Payload **payloads; /* what is borrowed from */
	size_t payload_count;
	size_t payload_capacity;
	struct teller *tellers; /* by org - 1 */
	size_t teller_count;
	uint32_t related; /* the newest record when relations were chosen */
	uint32_t upto;    /* the newest record looked at */
};

static enum err no_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static void free_all(struct providers *providers)
{
	if (!providers) {
		return;
	}
	for (size_t i = 0; i < providers->count; i++) {
		free(providers->ones[i].said);
	}
	for (size_t i = 0; i < providers->payload_count; i++) {
		canon_wipe(&providers->payloads[i]->base);
	}
	free(providers->ones);
	free(providers->tellers);
	free((void *)providers->payloads);
	words_free(providers->codes);
	free(providers);
}

void providers_drop(struct node *node)
{
	free_all(node->providers);
	node->providers = NULL;
}

/*
 * Reading records.
 */

/* The place of a code, made when it is new. Pointers to others move. */
static enum err need(
    struct providers *providers, const char *code, struct providers_one **out)
{
	uint32_t word = 0;
	enum err err = words_add(providers->codes, code, &word);

	if (err) {
		return err;
	}
	if (word > providers->capacity) {
		size_t capacity =
		    providers->capacity ? providers->capacity * 2 : 256;
		struct providers_one *ones =
		    realloc(providers->ones, capacity * sizeof *ones);

		if (!ones) {
			return no_memory();
		}
		providers->ones = ones;
		providers->capacity = capacity;
	}
	if (word > providers->count) {
		providers->ones[providers->count++] = (struct providers_one){
			.code = words_text(providers->codes, word)
		};
	}
	*out = &providers->ones[word - 1];
	return ERR_OK;
}

static enum err note_site(
    struct providers *providers, const char *of, const Qsg__ProviderSite *site)
{
	struct providers_one *one = NULL;
	enum err err =
	    site->code[0] ? need(providers, site->code, &one) : ERR_OK;

	if (!err && one) {
		one->site_of = of;
		one->site_name = site->name;
	}
	return err;
}

static enum err take_entry(struct providers *providers,
    const Qsg__ProviderRegister *from, const Qsg__RegisteredProvider *entry)
{
	struct providers_listed listed = {
		.entry = entry, .set = from->set, .publisher = from->publisher
	};
	struct providers_one *one = NULL;
	enum err err = need(providers, entry->code, &one);

	if (!err && entry->name[0]) {
		one->named = listed;
	}
	if (!err && (entry->n_sites || !entry->name[0])) {
		one->sites = listed;
	}
	for (size_t i = 0; i < entry->n_sites && !err; i++) {
		err = note_site(providers, entry->code, entry->sites[i]);
	}
	return err;
}

static enum err take_register(
    struct providers *providers, const Qsg__ProviderRegister *from)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < from->n_entries && !err; i++) {
		if (from->entries[i]->code[0]) {
			err = take_entry(providers, from, from->entries[i]);
		}
	}
	return err;
}

/* Where the relation of this author is, or would be. */
static size_t place_of(const struct providers_one *one, int64_t org)
{
	size_t low = 0;
	size_t high = one->said_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (one->said[middle].org < org) {
			low = middle + 1;
		} else {
			high = middle;
		}
	}
	return low;
}

static enum err make_room(struct providers_one *one)
{
	size_t capacity = one->said_capacity ? one->said_capacity * 2 : 4;
	struct providers_said *all = NULL;

	if (one->said_count < one->said_capacity) {
		return ERR_OK;
	}
	all = realloc(one->said, capacity * sizeof *all);
	if (!all) {
		return no_memory();
	}
	one->said = all;
	one->said_capacity = capacity;
	return ERR_OK;
}

/* In place of an older one of its author's. */
static enum err take_relation(struct providers *providers,
    const struct providers_said *said, const char *code)
{
	struct providers_one *one = NULL;
	size_t at = 0;
	enum err err = need(providers, code, &one);

	if (!err) {
		err = make_room(one);
	}
	if (err) {
		return err;
	}
	at = place_of(one, said->org);
	if (at == one->said_count || one->said[at].org != said->org) {
		memmove(one->said + at + 1, one->said + at,
		    (one->said_count++ - at) * sizeof *one->said);
	}
	one->said[at] = *said;
	for (size_t i = 0; i < said->relation->n_sites && !err; i++) {
		err = note_site(providers, code, said->relation->sites[i]);
	}
	return err;
}

/* Takes over the payload. */
static enum err keep_payload(struct providers *providers, Qsg__Payload *payload)
{
	if (providers->payload_count == providers->payload_capacity) {
		size_t capacity = providers->payload_capacity
		                      ? providers->payload_capacity * 2
		                      : 64;
		Qsg__Payload **all = (Qsg__Payload **)realloc(
		    (void *)providers->payloads, capacity * sizeof *all);

		if (!all) {
			canon_wipe(&payload->base);
			return no_memory();
		}
		providers->payloads = all;
		providers->payload_capacity = capacity;
	}
	providers->payloads[providers->payload_count++] = payload;
	return ERR_OK;
}

static int64_t author_of(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return state_log(node, state_stream(node, view->stream)->row.log)->org;
}

/*
 * The register.
 */

/* PROTOCOL.md M370: "A node MUST take entries of the register of providers from
 * its own records alone." */
static bool is_register(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return view->state == RECORD_READABLE && view->type == VIEW_REGISTER &&
	       author_of(node, rid) == 1 && !disown_record(node, rid);
}

static enum err take_own(
    struct node *node, struct providers *providers, uint32_t rid)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);

	if (!err && payload) {
		err = keep_payload(providers, payload);
	}
	return !err && payload &&
	               payload->content_case ==
	                   QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER
	           ? take_register(providers, payload->provider_register)
	           : err;
}

/*
 * Relations.
 */

static bool is_relation(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return view->state == RECORD_READABLE && view->type == VIEW_RELATION &&
	       view->provider && !disown_record(node, rid);
}

static enum err need_teller(
    struct providers *providers, int64_t org, struct teller **out)
{
	size_t count = (size_t)org;

	if (count > providers->teller_count) {
		struct teller *grown =
		    realloc(providers->tellers, count * sizeof *grown);

		if (!grown) {
			return no_memory();
		}
		memset(grown + providers->teller_count, 0,
		    (count - providers->teller_count) * sizeof *grown);
		providers->tellers = grown;
		providers->teller_count = count;
	}
	*out = &providers->tellers[count - 1];
	return ERR_OK;
}

/* Open a relation and keep it, if there is room; *full: there is none. */
static enum err relate(
    struct node *node, struct providers *providers, uint32_t rid, bool *full)
{
	struct providers_said said = { .rid = rid,
		.org = author_of(node, rid) };
	struct teller *teller = NULL;
	Qsg__Payload *payload = NULL;
	uint64_t weight = 0;
	enum err err = need_teller(providers, said.org, &teller);

	*full = !err && (teller->left_out || teller->count == LIMIT_RELATIONS);
	if (!err && !*full) {
		err = query_take(node, rid, &payload);
	}
	if (err || *full || !payload) {
		return err;
	}
	weight = canon_weight(&payload->base);
	*full = weight > LIMIT_RELATION_WEIGHT - teller->weight;
	if (*full || payload->content_case != QSG__PAYLOAD__CONTENT_RELATION) {
		canon_wipe(&payload->base);
		return ERR_OK;
	}
	teller->count++;
	teller->weight += weight;
	said.relation = payload->relation;
	err = keep_payload(providers, payload);
	return err ? err
	           : take_relation(providers, &said, said.relation->provider);
}

struct related {
	int64_t org;
	uint32_t word; /* of the provider */
	struct relations_place place;
};

/* Of each author and provider the last comes first. */
static int by_provider(const void *a, const void *b)
{
	const struct related *x = a;
	const struct related *y = b;

	if (x->org != y->org) {
		return x->org < y->org ? -1 : 1;
	}
	if (x->word != y->word) {
		return x->word < y->word ? -1 : 1;
	}
	return relations_order(&y->place, &x->place);
}

/* Of each author the last comes first. */
static int by_author(const void *a, const void *b)
{
	const struct related *x = a;
	const struct related *y = b;

	if (x->org != y->org) {
		return x->org < y->org ? -1 : 1;
	}
	return relations_order(&y->place, &x->place);
}

/* The newest relation of each author to each provider. */
static enum err gather(
    struct node *node, uint32_t upto, struct related **out, size_t *count)
{
	struct related *all = NULL;
	size_t room = 0;
	size_t kept = 0;

	for (uint32_t rid = 1; rid <= upto; rid++) {
		room += is_relation(node, rid);
	}
	*out = all = calloc(room + 1, sizeof *all);
	if (!all) {
		return no_memory();
	}
	for (uint32_t rid = 1; rid <= upto; rid++) {
		if (is_relation(node, rid)) {
			all[(*count)++] = (struct related){ .org = author_of(
								node, rid),
				.word = views_get(node->views, rid)->provider,
				.place = relations_place(node, rid) };
		}
	}
	qsort(all, *count, sizeof *all, by_provider);
	for (size_t i = 0; i < *count; i++) {
		if (i == 0 || all[i].org != all[kept - 1].org ||
		    all[i].word != all[kept - 1].word) {
			all[kept++] = all[i];
		}
	}
	*count = kept;
	qsort(all, kept, sizeof *all, by_author);
	return ERR_OK;
}

static void tell_left_out(struct node *node, const struct providers *providers)
{
	for (size_t i = 0; i < providers->teller_count; i++) {
		const struct teller *teller = &providers->tellers[i];

		if (teller->left_out) {
			log_line(LOG_WARN, "providers",
			    "%s relates to more providers than count: what "
			    "it said of %zu of them first is left out",
			    peers_get(node, (int64_t)i + 1)->card.fields->name,
			    teller->left_out);
		}
	}
}

/* PROTOCOL.md M498: "Of one author's relations, the newest to each provider, no
 * more than 16,384, and of these no more than weigh 64 MiB, MUST count for who
 * the providers are: the last in its own order; and how many are left out MUST
 * be shown." */
static enum err choose_relations(struct node *node, struct providers *providers)
{
	struct related *all = NULL;
	size_t count = 0;
	enum err err = ERR_OK;

	providers->related = (uint32_t)views_count(node->views);
	err = gather(node, providers->related, &all, &count);
	for (size_t i = 0; i < count && !err; i++) {
		bool full = false;

		err = relate(node, providers, all[i].place.rid, &full);
		if (!err && full) {
			providers->tellers[all[i].org - 1].left_out++;
		}
	}
	if (!err) {
		tell_left_out(node, providers);
	}
	free(all);
	return err;
}

/* One that came since. *again: all are to be chosen anew. */
static enum err take_newer(
    struct node *node, struct providers *providers, uint32_t rid, bool *again)
{
	const char *code =
	    views_text(node->views, views_get(node->views, rid)->provider);
	uint32_t word = words_find(providers->codes, code);
	const struct providers_said *held =
	    word && word <= providers->count
		? providers_newest(
		      node, &providers->ones[word - 1], author_of(node, rid))
		: NULL;

	return held && !relations_later(node, rid, held->rid)
	           ? ERR_OK
	           : relate(node, providers, rid, again);
}

static enum err begin(struct node *node, struct providers **out)
{
	uint8_t salt[WORDS_SALT_BYTES];
	struct providers *made = calloc(1, sizeof *made);
	enum err err = made ? ERR_OK : no_memory();

	if (!err) {
		rng_fill(node->options.rng, salt, sizeof salt);
		err = words_new(salt, &made->codes);
	}
	if (!err) {
		err = choose_relations(node, made);
	}
	if (err) {
		free_all(made);
		return err;
	}
	*out = made;
	return ERR_OK;
}

/* Look at what came since. After an error everything is read anew. */
static enum err catch_up(struct node *node, struct providers **out)
{
	enum err err = node->providers ? ERR_OK : begin(node, &node->providers);
	uint32_t count = (uint32_t)views_count(node->views);

	while (!err && node->providers->upto < count) {
		uint32_t rid = ++node->providers->upto;
		bool again = false;

		if (is_register(node, rid)) {
			err = take_own(node, node->providers, rid);
		} else if (rid > node->providers->related &&
			   is_relation(node, rid)) {
			err = take_newer(node, node->providers, rid, &again);
		}
		if (!err && again) {
			providers_drop(node);
			err = begin(node, &node->providers);
		}
	}
	if (err) {
		providers_drop(node);
		return err;
	}
	*out = node->providers;
	return ERR_OK;
}

/*
 * Asking.
 */

enum err providers_find(
    struct node *node, const char *code, const struct providers_one **out)
{
	struct providers *providers = NULL;
	enum err err = catch_up(node, &providers);
	uint32_t word = err ? 0 : words_find(providers->codes, code);

	*out = word && word <= providers->count ? &providers->ones[word - 1]
	                                        : NULL;
	return err;
}

enum err providers_count(struct node *node, size_t *count)
{
	struct providers *providers = NULL;
	enum err err = catch_up(node, &providers);

	*count = err ? 0 : providers->count;
	return err;
}

enum err providers_at(
    struct node *node, size_t place, const struct providers_one **out)
{
	struct providers *providers = NULL;
	enum err err = catch_up(node, &providers);

	if (!err && place >= providers->count) {
		err = err_set(ERR_NOTFOUND, "no such provider");
	}
	if (!err) {
		*out = &providers->ones[place];
	}
	return err;
}

enum err providers_known(struct node *node, const char *code, bool *known)
{
	const struct providers_one *one = NULL;
	enum err err = providers_find(node, code, &one);

	*known = !err && (one || views_known(node->views, code));
	return err;
}

enum err providers_left_out(struct node *node, size_t *count)
{
	struct providers *providers = NULL;
	enum err err = catch_up(node, &providers);

	*count = 0;
	for (size_t i = 0; !err && i < providers->teller_count; i++) {
		*count += providers->tellers[i].left_out;
	}
	return err;
}

const struct providers_said *providers_newest(
    struct node *node, const struct providers_one *one, int64_t org)
{
	size_t at = one ? place_of(one, org) : 0;

	return one && at < one->said_count && one->said[at].org == org &&
	               !disown_record(node, one->said[at].rid)
	           ? &one->said[at]
	           : NULL;
}
