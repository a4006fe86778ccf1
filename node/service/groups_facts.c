#include "service/groups_state.h"

#include "codec/canon.h"
#include "service/disown.h"
#include "service/peers.h"
#include "service/query.h"
#include "service/relations.h"

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

void groups_facts_free(struct groups_held *held)
{
	for (size_t i = 0; i < held->author_count; i++) {
		close_facts(&held->authors[i].rosters);
		close_facts(&held->authors[i].acts);
		free(held->authors[i].rids);
	}
	free(held->authors);
}

/* Cards are read again when somebody is enrolled. */
static void drop_cards(Qsg__Roster *roster)
{
	for (size_t i = 0; i < roster->n_entries; i++) {
		ProtobufCBinaryData *card = &roster->entries[i]->card;

		free(card->data);
		card->data = NULL;
		card->len = 0;
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

static enum err sort(struct node *node, struct groups_author *author)
{
	struct relations_place *places = NULL;

	if (!author->unsorted) {
		return ERR_OK;
	}
	places = calloc(author->count, sizeof *places);
	if (!places) {
		return out_of_memory();
	}
	for (size_t i = 0; i < author->count; i++) {
		places[i] = relations_place(node, author->rids[i]);
	}
	qsort(places, author->count, sizeof *places, relations_order);
	for (size_t i = 0; i < author->count; i++) {
		author->rids[i] = places[i].rid;
	}
	author->unsorted = false;
	free(places);
	return ERR_OK;
}

/* One author's rosters, or its acts, among the first of its records; how many
 * there are. PROTOCOL.md M413: "Of one author and group no more than 4,096
 * rosters, memberships and successions, and no more than 64 MiB of them, MUST
 * count: the first in the author's own order, without those that its card
 * disowns." */
static size_t choose(struct node *node, struct groups_author *author,
    bool rosters, uint32_t *chosen)
{
	size_t count = 0;
	size_t room = LIMIT_GROUP_RECORDS;
	uint64_t bytes = LIMIT_GROUP_BYTES;
	size_t i = 0;

	/* PROTOCOL.md M329: "A roster, membership or succession that its
	 * author's card disowns MUST NOT count." */
	for (; i < author->count && room > 0; i++) {
		uint32_t size = views_get(node->views, author->rids[i])->bytes;

		if (disown_record(node, author->rids[i])) {
			continue;
		}
		if (size > bytes) {
			break;
		}
		room--;
		bytes -= size;
		if (is_roster(node, author->rids[i]) == rosters) {
			chosen[count++] = author->rids[i];
		}
	}
	author->full = room == 0 || i < author->count;
	author->beyond = author->count - i;
	return count;
}

static enum err open_rosters(
    struct node *node, struct groups_author *author, uint32_t *chosen)
{
	enum err err = sort(node, author);
	size_t count = err ? 0 : choose(node, author, true, chosen);

	author->unheard = author->heard ? 0 : count;
	author->listed = false;
	return err ? err
	           : reopen(node, chosen, author->heard ? count : 0,
			 &author->rosters);
}

/* PROTOCOL.md M414: "A membership or succession MUST be passed over while no
 * roster of its group that is held, and not passed over itself, lists its
 * author." */
static enum err open_acts(
    struct node *node, struct groups_author *author, uint32_t *chosen)
{
	size_t count = choose(node, author, false, chosen);

	author->unlisted = author->listed ? 0 : count;
	return reopen(node, chosen, author->listed ? count : 0, &author->acts);
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
	uint32_t *chosen = calloc(LIMIT_GROUP_RECORDS, sizeof *chosen);
	enum err err = chosen ? ERR_OK : out_of_memory();

	for (size_t i = 0; i < held->author_count && !err; i++) {
		err = open_rosters(node, &held->authors[i], chosen);
	}
	for (size_t i = 0; i < held->author_count && !err; i++) {
		const struct groups_facts *facts = &held->authors[i].rosters;

		for (size_t j = 0; j < facts->count; j++) {
			list_entries(
			    node, held, facts->items[j].payload->roster);
		}
	}
	for (size_t i = 0; i < held->author_count && !err; i++) {
		err = open_acts(node, &held->authors[i], chosen);
	}
	for (size_t i = 0; i < held->author_count; i++) {
		groups_tell_passed(node->groups, held, &held->authors[i]);
	}
	free(chosen);
	held->more = held->more && err;
	return err;
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
	if (!err && author && author->full) {
		return err_set(ERR_LIMIT,
		    "of what one organisation says of a group the first %u "
		    "records count, %u MiB of them at most, and this one has "
		    "said as much: let the members name another convenor",
		    LIMIT_GROUP_RECORDS, LIMIT_GROUP_BYTES / 1048576u);
	}
	if (!err && roster && founder && (!author || !author->heard) &&
	    founder->count == LIMIT_GROUPS_PER_AUTHOR) {
		return err_set(ERR_LIMIT,
		    "one organisation states the rosters of %u groups at most",
		    LIMIT_GROUPS_PER_AUTHOR);
	}
	return err;
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
