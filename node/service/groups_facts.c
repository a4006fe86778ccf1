#include "service/groups_state.h"

#include "codec/canon.h"
#include "service/peers.h"
#include "service/query.h"

#include <stdlib.h>
#include <string.h>

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static bool is_roster(struct node *node, uint32_t rid)
{
	return views_get(node->views, rid)->type == VIEW_ROSTER;
}

/*
 * What is open.
 */

/* Records of one author, in its own order. */
struct chosen {
	uint32_t *rids;
	size_t count;
};

static void close_fact(struct groups_fact *fact)
{
	if (fact->payload) {
		canon_wipe(&fact->payload->base);
	}
}

static void close_facts(struct groups_facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		close_fact(&facts->items[i]);
	}
	free(facts->items);
	*facts = (struct groups_facts){ 0 };
}

void groups_facts_close(struct groups_held *held)
{
	for (size_t i = 0; i < held->author_count; i++) {
		close_facts(&held->authors[i].rosters);
		close_facts(&held->authors[i].acts);
	}
}

void groups_facts_free(struct groups_held *held)
{
	groups_facts_close(held);
	for (size_t i = 0; i < held->author_count; i++) {
		free(held->authors[i].said);
	}
	free(held->authors);
}

static void drop_bytes(ProtobufCBinaryData *bytes)
{
	free(bytes->data);
	*bytes = (ProtobufCBinaryData){ 0 };
}

/* Cards are read again when somebody is enrolled. */
static void drop_cards(Qsg__Roster *roster)
{
	for (size_t i = 0; i < roster->n_entries; i++) {
		drop_bytes(&roster->entries[i]->card);
	}
}

static void drop_mandate(Qsg__Roster *roster)
{
	for (size_t i = 0; i < roster->n_mandate; i++) {
		drop_bytes(&roster->mandate[i]);
	}
	free(roster->mandate);
	roster->mandate = NULL;
	roster->n_mandate = 0;
}

static void drop_people(Qsg__Roster *roster)
{
	for (size_t i = 0; i < roster->n_entries; i++) {
		Qsg__RosterEntry *entry = roster->entries[i];

		for (size_t j = 0; j < entry->n_people; j++) {
			canon_wipe(&entry->people[j]->base);
		}
		free((void *)entry->people);
		entry->people = NULL;
		entry->n_people = 0;
		drop_bytes(&entry->represented_by);
	}
}

static enum err open_fact(
    struct node *node, uint32_t rid, struct groups_fact *out)
{
	enum err err = query_take(node, rid, &out->payload);

	out->rid = rid;
	if (!err && !out->payload) {
		err = err_set(ERR_CORRUPT, "a record of a group does not open");
	}
	if (!err &&
	    out->payload->content_case == QSG__PAYLOAD__CONTENT_ROSTER) {
		drop_cards(out->payload->roster);
	}
	return err;
}

/* Those chosen are open after this, and no others; both are in order. */
static enum err reopen(struct node *node, const uint32_t *chosen, size_t count,
    struct groups_facts *facts)
{
	struct groups_facts fresh = { 0 };
	size_t from = 0;
	enum err err = ERR_OK;

	if (count) {
		fresh.items = calloc(count, sizeof *fresh.items);
		if (!fresh.items) {
			return out_of_memory();
		}
	}
	for (size_t i = 0; i < count && !err; i++) {
		struct groups_fact *fact = &fresh.items[fresh.count];

		/* What was open stands in one order with what is chosen. */
		for (size_t j = 0; j < facts->count && !fact->payload; j++) {
			struct groups_fact *old =
			    &facts->items[(from + j) % facts->count];

			if (old->rid == chosen[i]) {
				*fact = *old;
				old->payload = NULL;
				from += j + 1;
			}
		}
		if (!fact->payload) {
			err = open_fact(node, chosen[i], fact);
		}
		fresh.count += !err;
	}
	close_facts(facts);
	*facts = fresh;
	return err;
}

/* What counts of one author's, its rosters or its acts alone. */
static enum err choose(struct node *node, const struct groups_held *held,
    struct groups_author *author, bool rosters, struct chosen *out)
{
	size_t all = 0;
	enum err err = groups_counting(node, held, author, out->rids, &all);

	out->count = 0;
	for (size_t i = 0; i < all && !err; i++) {
		if (is_roster(node, out->rids[i]) == rosters) {
			out->rids[out->count++] = out->rids[i];
		}
	}
	return err;
}

static enum err open_rosters(struct node *node, const struct groups_held *held,
    struct groups_author *author, struct chosen *chosen)
{
	enum err err = choose(node, held, author, true, chosen);

	author->unheard = author->heard ? 0 : chosen->count;
	author->listed = false;
	return err ? err
	           : reopen(node, chosen->rids,
			 author->heard ? chosen->count : 0, &author->rosters);
}

/* PROTOCOL.md M414: "A membership or succession MUST be passed over while no
 * roster of its group that is held, and not passed over itself, lists its
 * author." */
static enum err open_acts(struct node *node, const struct groups_held *held,
    struct groups_author *author, struct chosen *chosen)
{
	enum err err = choose(node, held, author, false, chosen);

	author->unlisted = author->listed ? 0 : chosen->count;
	return err ? err
	           : reopen(node, chosen->rids,
			 author->listed ? chosen->count : 0, &author->acts);
}

static void list_entries(
    struct node *node, struct groups_held *held, const Qsg__Roster *roster)
{
	for (size_t i = 0; i < roster->n_entries; i++) {
		const ProtobufCBinaryData *bytes =
		    &roster->entries[i]->organisation;
		const struct peer *peer = NULL;
		struct groups_author *author = NULL;
		struct id32 id;

		if (bytes->len != sizeof id.b) {
			continue;
		}
		memcpy(id.b, bytes->data, sizeof id.b);
		peer = peers_by_id(node, &id);
		author = peer ? groups_author_of(held, peer->org) : NULL;
		if (author) {
			author->listed = true;
		}
	}
}

enum err groups_facts_load(struct node *node, struct groups_held *held)
{
	struct chosen chosen = { .rids = calloc(
				     LIMIT_GROUP_RECORDS, sizeof(uint32_t)) };
	enum err err = chosen.rids ? ERR_OK : out_of_memory();

	for (size_t i = 0; i < held->author_count && !err; i++) {
		err = open_rosters(node, held, &held->authors[i], &chosen);
	}
	for (size_t i = 0; i < held->author_count && !err; i++) {
		const struct groups_facts *facts = &held->authors[i].rosters;

		for (size_t j = 0; j < facts->count; j++) {
			list_entries(
			    node, held, facts->items[j].payload->roster);
		}
	}
	for (size_t i = 0; i < held->author_count && !err; i++) {
		err = open_acts(node, held, &held->authors[i], &chosen);
	}
	for (size_t i = 0; i < held->author_count; i++) {
		groups_tell_passed(node->groups, held, &held->authors[i]);
	}
	free(chosen.rids);
	return err;
}

static struct groups_fact *roster_of(
    struct node *node, struct groups_held *held, const struct id32 *record)
{
	uint32_t rid = views_find(node->views, record);

	for (size_t i = 0; rid && i < held->author_count; i++) {
		struct groups_facts *facts = &held->authors[i].rosters;

		for (size_t j = 0; j < facts->count; j++) {
			if (facts->items[j].rid == rid) {
				return &facts->items[j];
			}
		}
	}
	return NULL;
}

enum err groups_facts_people(struct node *node, struct groups_held *held,
    const struct id32 *in_force, bool *again)
{
	struct groups_fact *fact = roster_of(node, held, in_force);
	struct groups_fact whole = { 0 };
	enum err err = ERR_OK;

	*again = fact && fact->slim;
	if (*again) {
		err = open_fact(node, fact->rid, &whole);
	}
	if (*again && !err) {
		close_fact(fact);
		*fact = whole;
	}
	return err;
}

void groups_facts_slim(
    struct node *node, struct groups_held *held, const struct id32 *in_force)
{
	const struct groups_fact *but = roster_of(node, held, in_force);

	for (size_t i = 0; i < held->author_count; i++) {
		struct groups_facts *facts = &held->authors[i].rosters;

		for (size_t j = 0; j < facts->count; j++) {
			struct groups_fact *fact = &facts->items[j];

			if (fact != but && !fact->slim) {
				drop_people(fact->payload->roster);
				drop_mandate(fact->payload->roster);
				fact->slim = true;
			}
		}
	}
}

enum err groups_may_say(
    struct node *node, const struct id32 *group, bool roster)
{
	struct groups_held *held = groups_held_of(node, group);
	const struct groups_author *author = NULL;
	const struct groups_founder *founder =
	    node->groups && node->groups->founder_count
		? node->groups->founders[0]
		: NULL;
	enum err err = held ? groups_fresh(node, held) : ERR_OK;

	author = held ? groups_author_of(held, 1) : NULL;
	if (!err && node->groups) {
		err = groups_recount(node);
	}
	if (!err && node->groups && groups_spent_all(node->groups, 1)) {
		return err_set(ERR_LIMIT,
		    "of what one organisation says of groups the first %u "
		    "records count, %u MiB of them at most, and this one has "
		    "said as much: let the members name another convenor",
		    LIMIT_GROUP_RECORDS, LIMIT_GROUP_WEIGHT / 1048576u);
	}
	if (!err && roster && founder && (!author || !author->heard) &&
	    founder->count == LIMIT_GROUPS_PER_AUTHOR) {
		return err_set(ERR_LIMIT,
		    "one organisation states the rosters of %u groups at most",
		    LIMIT_GROUPS_PER_AUTHOR);
	}
	return err;
}

size_t *groups_passed_like(struct groups_author *author, bool roster)
{
	size_t *kind = roster ? &author->unheard : &author->unlisted;
	bool counts = roster ? author->heard : author->listed;

	return !counts && *kind ? kind : NULL;
}

void groups_tell_passed(struct groups *groups, const struct groups_held *held,
    struct groups_author *author)
{
	size_t passed =
	    held->known ? author->beyond + author->unlisted + author->unheard
			: author->count;

	groups->passed[author->org - 1] += passed;
	groups->passed[author->org - 1] -= author->told;
	author->told = passed;
}

uint64_t groups_passed_by(struct node *node, int64_t org)
{
	const struct groups *groups = node->groups;

	return groups && (size_t)org <= groups->passed_count
	           ? groups->passed[org - 1]
	           : 0;
}
