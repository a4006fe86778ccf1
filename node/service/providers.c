#include "service/providers.h"

#include "base/rng.h"
#include "codec/canon.h"
#include "service/disown.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"
#include "store/words.h"

#include <stdlib.h>
#include <string.h>

struct providers {
	struct words *codes; /* a code's number is its place + 1 */
	struct providers_one *ones;
	size_t count;
	size_t capacity;
	Qsg__Payload **payloads; /* what is borrowed from */
	size_t payload_count;
	size_t payload_capacity;
	uint32_t upto; /* the newest record looked at */
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

static enum err take_relation(struct providers *providers,
    const struct providers_said *said, const char *code)
{
	struct providers_one *one = NULL;
	enum err err = need(providers, code, &one);

	if (!err && one->said_count == one->said_capacity) {
		size_t capacity =
		    one->said_capacity ? one->said_capacity * 2 : 4;
		struct providers_said *all =
		    realloc(one->said, capacity * sizeof *all);

		if (!all) {
			return no_memory();
		}
		one->said = all;
		one->said_capacity = capacity;
	}
	if (!err) {
		one->said[one->said_count++] = *said;
	}
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

/* PROTOCOL.md M370: "A node MUST take entries of the register of providers from
 * its own records alone." */
static bool is_wanted(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	if (view->state != RECORD_READABLE) {
		return false;
	}
	return view->type == VIEW_RELATION ||
	       (view->type == VIEW_REGISTER && author_of(node, rid) == 1 &&
		   !disown_record(node, rid));
}

static enum err take_record(
    struct node *node, struct providers *providers, uint32_t rid)
{
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);

	if (err || !payload) {
		return err;
	}
	err = keep_payload(providers, payload);
	if (!err &&
	    payload->content_case == QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER) {
		err = take_register(providers, payload->provider_register);
	}
	if (!err && payload->content_case == QSG__PAYLOAD__CONTENT_RELATION &&
	    payload->relation->provider[0]) {
		struct providers_said said = { .rid = rid,
			.org = author_of(node, rid),
			.relation = payload->relation };

		err = take_relation(
		    providers, &said, payload->relation->provider);
	}
	return err;
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
	if (err) {
		free(made);
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

		if (is_wanted(node, rid)) {
			err = take_record(node, node->providers, rid);
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

const struct providers_said *providers_newest(
    struct node *node, const struct providers_one *one, int64_t org)
{
	const struct providers_said *newest = NULL;

	for (size_t i = 0; one && i < one->said_count; i++) {
		const struct providers_said *said = &one->said[i];

		if (said->org == org && !disown_record(node, said->rid) &&
		    (!newest ||
			relations_later(node, said->rid, newest->rid))) {
			newest = said;
		}
	}
	return newest;
}
