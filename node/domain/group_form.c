#include "domain/group_work.h"

#include <stdlib.h>
#include <string.h>

static bool refuse(struct group_reason *reason, enum reason why)
{
	*reason = (struct group_reason){ .why = why };
	return false;
}

static bool refuse_of(struct group_reason *reason, enum reason why,
    const struct id32 *organisation)
{
	*reason = (struct group_reason){ why, *organisation };
	return false;
}

bool group_take_id(const ProtobufCBinaryData *bytes, struct id32 *out)
{
	if (bytes->len != sizeof out->b)
		return false;
	memcpy(out->b, bytes->data, sizeof out->b);
	return true;
}

static int compare_entry(const void *key, const void *item)
{
	const Qsg__RosterEntry *const *entry = item;
	const struct id32 *organisation = key;

	return memcmp(organisation->b, (*entry)->organisation.data,
	    sizeof organisation->b);
}

const Qsg__RosterEntry *group_entry(
    const Qsg__Roster *roster, const struct id32 *organisation)
{
	Qsg__RosterEntry *const *entry =
	    roster->n_entries == 0
		? NULL
		: bsearch(organisation, roster->entries, roster->n_entries,
		      sizeof(Qsg__RosterEntry *), compare_entry);

	return entry == NULL ? NULL : *entry;
}

static bool number_fit(uint64_t number)
{
	return number >= 1 && number <= LIMIT_GROUP_NUMBER;
}

/* PROTOCOL.md M300: "A roster MUST be refused unless its group is the id that
 * follows from the founder and the nonce it names." */
static bool id_fit(const struct id32 *group, const Qsg__Roster *roster)
{
	struct id32 founder;
	struct id32 nonce;
	struct id32 id;

	return group_take_id(&roster->founder, &founder) &&
	       group_take_id(&roster->nonce, &nonce) &&
	       group_id(&founder, &nonce, &id) == ERR_OK &&
	       id_equal(&id, group);
}

/* M309: nobody can have accepted what is said here for the first time. */
static bool joined_early(const Qsg__Roster *roster,
    const Qsg__RosterEntry *entry, const struct id32 *author)
{
	return entry->joined && entry->invitation == roster->epoch &&
	       memcmp(entry->organisation.data, author->b, sizeof author->b) !=
	           0;
}

static bool entry_fit(const Qsg__Roster *roster, size_t at,
    const struct id32 *before, struct id32 *organisation,
    struct group_reason *reason)
{
	const Qsg__RosterEntry *entry = roster->entries[at];

	if (!group_take_id(&entry->organisation, organisation))
		return refuse(reason, REASON_NOBODY);
	if (at > 0 && id_compare(before, organisation) >= 0)
		return refuse_of(reason, REASON_ORDER, organisation);
	/* PROTOCOL.md M302: "A roster with an entry of kind provider MUST be
	 * refused." QSG 4: "Provider organisations are not included in the
	 * membership of QSGs." */
	if (strcmp(entry->kind, "provider") == 0)
		return refuse_of(reason, REASON_PROVIDER, organisation);
	if (!number_fit(entry->invitation) || entry->invitation > roster->epoch)
		return refuse_of(reason, REASON_INVITATION, organisation);
	return true;
}

/* PROTOCOL.md M301: "A roster MUST be refused unless it has 1 to 256 entries,
 * ascending by organisation without repetition, its author among them and not
 * sender-only." */
static bool entries_fit(const Qsg__Roster *roster, struct group_reason *reason)
{
	struct id32 before = { { 0 } };
	struct id32 organisation = { { 0 } };

	if (roster->n_entries == 0 || roster->n_entries > LIMIT_GROUP_MEMBERS)
		return refuse(reason, REASON_ENTRIES);
	if (roster->n_changes > LIMIT_GROUP_CHANGES)
		return refuse(reason, REASON_CHANGES);
	for (size_t i = 0; i < roster->n_entries; i++) {
		if (!entry_fit(roster, i, &before, &organisation, reason))
			return false;
		before = organisation;
	}
	return true;
}

/* PROTOCOL.md M304: "The convenor of a regional group MUST be of kind
 * nhs-england-region, and that of a local group of kind nhs-england-area-team
 * or, from term 2 on, nhs-england-region, as its roster states it." */
static bool convenor_fit(const struct id32 *author, const Qsg__Roster *roster,
    struct group_reason *reason)
{
	const Qsg__RosterEntry *own = group_entry(roster, author);

	if (own == NULL || own->sender_only)
		return refuse_of(reason, REASON_AUTHOR, author);
	if (!group_kind_convenes_at(
		roster->charter->level, roster->term, span_text(own->kind)))
		return refuse_of(reason, REASON_AUTHOR_KIND, author);
	return true;
}

bool group_roster_fit(const struct id32 *group, const struct id32 *author,
    const Qsg__Roster *roster, struct group_reason *reason)
{
	if (!id_fit(group, roster))
		return refuse(reason, REASON_ID);
	if (!number_fit(roster->term) || !number_fit(roster->epoch))
		return refuse(reason, REASON_NUMBERS);
	if (roster->charter == NULL ||
	    (strcmp(roster->charter->level, "local") != 0 &&
		strcmp(roster->charter->level, "regional") != 0))
		return refuse(reason, REASON_LEVEL);
	if (roster->term == 1 &&
	    memcmp(roster->founder.data, author->b, sizeof author->b) != 0)
		return refuse_of(reason, REASON_FOUNDER, author);
	if (!entries_fit(roster, reason))
		return false;
	for (size_t i = 0; i < roster->n_entries; i++) {
		if (joined_early(roster, roster->entries[i], author))
			return refuse(reason, REASON_JOINED_EARLY);
	}
	return convenor_fit(author, roster, reason);
}
