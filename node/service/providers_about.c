#include "service/disown.h"
#include "service/providers.h"
#include "service/relations.h"
#include "service/standing.h"
#include "service/state.h"

#include <assert.h>
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

static size_t place_of(const struct voices *voices, int64_t org)
{
	size_t at = 0;

	while (at < voices->count && voices->said[at]->org != org) {
		at++;
	}
	return at;
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
	    peers_count(node) + 1, sizeof *out->said);
	if (!out->said) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < one->said_count; i++) {
		const struct providers_said *said = &one->said[i];
		size_t at = place_of(out, said->org);

		if (!counts(node, said)) {
			continue;
		}
		if (at == out->count) {
			out->said[out->count++] = said;
		} else if (relations_later(
			       node, said->rid, out->said[at]->rid)) {
			out->said[at] = said;
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

static bool same_commissioner(
    const Qsg__Commissioner *a, const Qsg__Commissioner *b)
{
	assert(a && b);
	if (a->code[0] && b->code[0]) {
		return strcmp(a->code, b->code) == 0;
	}
	return a->organisation.len &&
	       a->organisation.len == b->organisation.len &&
	       memcmp(a->organisation.data, b->organisation.data,
		   a->organisation.len) == 0;
}

static bool is_listed(
    const struct providers_about *about, const Qsg__Commissioner *wanted)
{
	for (size_t i = 0; i < about->commissioner_count; i++) {
		if (same_commissioner(about->commissioners[i].said, wanted)) {
			return true;
		}
	}
	return false;
}

/* Of several words about one commissioner the first stands. */
static enum err gather_commissioners(
    const struct voices *voices, struct providers_about *out)
{
	size_t room = 1;

	for (size_t i = 0; i < voices->count; i++) {
		room += voices->said[i]->relation->n_commissioners;
	}
	out->commissioners = calloc(room, sizeof *out->commissioners);
	if (!out->commissioners) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < voices->count; i++) {
		const struct providers_said *said = voices->said[i];

		for (size_t j = 0; j < said->relation->n_commissioners; j++) {
			const Qsg__Commissioner *each =
			    said->relation->commissioners[j];

			if (!is_listed(out, each)) {
				out->commissioners[out->commissioner_count++] =
				    (struct providers_commissioner){ .said =
									 each,
					    .org = said->org,
					    .rid = said->rid };
			}
		}
	}
	return ERR_OK;
}

static int by_code(const void *a, const void *b)
{
	const Qsg__ProviderSite *const *x = a;
	const Qsg__ProviderSite *const *y = b;

	return strcmp((*x)->code, (*y)->code);
}

static size_t add_sites(struct providers_about *out, size_t at,
    Qsg__ProviderSite *const *sites, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool again = false;

		/* Those of one list are different already. */
		for (size_t j = 0; j < at && !again; j++) {
			again =
			    strcmp(out->sites[j]->code, sites[i]->code) == 0;
		}
		if (!again) {
			out->sites[out->site_count++] = sites[i];
		}
	}
	return out->site_count;
}

static enum err gather_sites(
    const struct voices *voices, struct providers_about *out)
{
	const Qsg__RegisteredProvider *entry = out->one->sites.entry;
	size_t room = 1 + (entry ? entry->n_sites : 0);
	size_t own = voices->count && voices->said[0]->org == 1;
	size_t at = 0;

	for (size_t i = 0; i < voices->count; i++) {
		room += voices->said[i]->relation->n_sites;
	}
	out->sites =
	    (const Qsg__ProviderSite **)calloc(room, sizeof *out->sites);
	if (!out->sites) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < voices->count; i++) {
		const Qsg__Relation *said = voices->said[i]->relation;

		if (i == own && entry) {
			at = add_sites(out, at, entry->sites, entry->n_sites);
		}
		at = add_sites(out, at, said->sites, said->n_sites);
	}
	if (own >= voices->count && entry) {
		(void)add_sites(out, at, entry->sites, entry->n_sites);
	}
	if (out->site_count) {
		qsort((void *)out->sites, out->site_count, sizeof *out->sites,
		    by_code);
	}
	return ERR_OK;
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
