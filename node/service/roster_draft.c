#define _POSIX_C_SOURCE 200809L

#include "service/roster_draft.h"

#include "codec/canon.h"
#include "service/groups_state.h"
#include "service/query.h"
#include "service/submit.h"

#include <stdlib.h>
#include <string.h>

static enum err out_of_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

/*
 * Fields of a decoded message, each allocated by itself.
 */

static enum err put_text(char **field, const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		return out_of_memory();
	}
	if (*field != protobuf_c_empty_string) {
		free(*field);
	}
	*field = copy;
	return ERR_OK;
}

static enum err put_bytes(ProtobufCBinaryData *field, struct span bytes)
{
	uint8_t *copy = malloc(bytes.size + 1);

	if (!copy) {
		return out_of_memory();
	}
	if (bytes.size) {
		memcpy(copy, bytes.data, bytes.size);
	}
	free(field->data);
	field->data = copy;
	field->len = bytes.size;
	return ERR_OK;
}

Qsg__RosterEntry *roster_draft_entry(
    const struct roster_draft *draft, const struct id32 *organisation)
{
	for (size_t i = 0; i < draft->roster->n_entries; i++) {
		if (canon_is_id(&draft->roster->entries[i]->organisation,
			organisation)) {
			return draft->roster->entries[i];
		}
	}
	return NULL;
}

/*
 * Entries.
 */

static int by_organisation(const void *a, const void *b)
{
	const Qsg__RosterEntry *const *x = a;
	const Qsg__RosterEntry *const *y = b;

	return memcmp((*x)->organisation.data, (*y)->organisation.data,
	    sizeof(struct id32));
}

/* Takes over *entry, also on failure. */
static enum err add_entry(Qsg__Roster *roster, Qsg__RosterEntry *entry)
{
	Qsg__RosterEntry **entries = realloc((void *)roster->entries,
	    (roster->n_entries + 1) * sizeof(Qsg__RosterEntry *));

	if (!entries) {
		canon_free(&entry->base);
		return out_of_memory();
	}
	roster->entries = entries;
	entries[roster->n_entries++] = entry;
	qsort((void *)entries, roster->n_entries, sizeof(Qsg__RosterEntry *),
	    by_organisation);
	return ERR_OK;
}

static enum err set_people(
    Qsg__RosterEntry *entry, const char *role, const char *person)
{
	Qsg__Representative *one = NULL;
	Qsg__Representative **people = NULL;
	enum err err = ERR_OK;

	for (size_t i = 0; i < entry->n_people; i++) {
		canon_free(&entry->people[i]->base);
	}
	entry->n_people = 0;
	people = realloc((void *)entry->people, sizeof(Qsg__Representative *));
	one = people ? malloc(sizeof *one) : NULL;
	if (people) {
		entry->people = people;
	}
	if (!one) {
		return out_of_memory();
	}
	qsg__representative__init(one);
	entry->people[entry->n_people++] = one;
	/* Who is named by a post alone has no other name. */
	err = put_text(&one->role, role ? role : person);
	return err || !role || !person ? err : put_text(&one->name, person);
}

enum err roster_draft_amend(
    Qsg__RosterEntry *entry, const struct roster_draft_line *line)
{
	enum err err = ERR_OK;

	if (line->kind) {
		err = put_text(&entry->kind, line->kind);
	}
	if (!err && (line->role || line->person)) {
		err = set_people(entry, line->role, line->person);
	}
	if (!err && line->represented_by) {
		err = put_bytes(
		    &entry->represented_by, span_id(line->represented_by));
	}
	return err;
}

/* Name, code and card as this organisation knows them. */
static enum err fill_entry(Qsg__RosterEntry *entry, const struct peer *peer)
{
	const Qsg__Card *claims = peer->card.fields;
	enum err err =
	    put_bytes(&entry->organisation, span_id(&peer->card.organisation));

	if (!err) {
		err = put_text(&entry->name, claims->name);
	}
	if (!err) {
		err = put_text(&entry->code, claims->code);
	}
	return err ? err
	           : put_bytes(&entry->card,
			 buf_span(&peers_keys(peer)->signed_bytes));
}

static enum err new_entry(
    struct roster_draft *draft, const struct peer *peer, Qsg__RosterEntry **out)
{
	Qsg__RosterEntry *entry = malloc(sizeof *entry);
	enum err err = ERR_OK;

	if (!entry) {
		return out_of_memory();
	}
	qsg__roster_entry__init(entry);
	err = fill_entry(entry, peer);
	if (err) {
		canon_free(&entry->base);
		return err;
	}
	*out = entry;
	return add_entry(draft->roster, entry);
}

enum err roster_draft_invite(struct roster_draft *draft,
    const struct peer *peer, const struct roster_draft_line *line)
{
	Qsg__RosterEntry *entry =
	    roster_draft_entry(draft, &peer->card.organisation);
	enum err err = ERR_OK;

	if (!entry && draft->roster->n_entries >= LIMIT_GROUP_MEMBERS) {
		return err_set(ERR_LIMIT,
		    "a group has at most %u organisations, its convenor "
		    "included",
		    LIMIT_GROUP_MEMBERS);
	}
	err = entry ? fill_entry(entry, peer) : new_entry(draft, peer, &entry);
	if (err) {
		return err;
	}
	entry->invitation = draft->roster->epoch;
	entry->joined = false;
	entry->sender_only = line->sender_only;
	return roster_draft_amend(entry, line);
}

void roster_draft_drop(
    struct roster_draft *draft, const struct id32 *organisation)
{
	Qsg__Roster *roster = draft->roster;
	size_t kept = 0;

	for (size_t i = 0; i < roster->n_entries; i++) {
		Qsg__RosterEntry *entry = roster->entries[i];

		if (canon_is_id(&entry->organisation, organisation)) {
			canon_free(&entry->base);
			continue;
		}
		if (canon_is_id(&entry->represented_by, organisation)) {
			free(entry->represented_by.data);
			entry->represented_by = (ProtobufCBinaryData){ 0 };
		}
		roster->entries[kept++] = entry;
	}
	roster->n_entries = kept;
}

enum err roster_draft_set_charter(
    struct roster_draft *draft, const Qsg__Charter *charter)
{
	ProtobufCMessage *copy = NULL;
	enum err err = canon_copy(&charter->base, &copy);

	if (err) {
		return err;
	}
	canon_free((ProtobufCMessage *)draft->roster->charter);
	draft->roster->charter = (Qsg__Charter *)copy;
	return ERR_OK;
}

/*
 * Changes.
 */

static enum err fill_change(Qsg__RosterChange *change,
    const struct id32 *organisation, const struct roster_draft_change *said)
{
	enum err err = put_bytes(&change->organisation, span_id(organisation));

	if (!err) {
		err = put_text(&change->what, said->what);
	}
	if (!err && said->reason) {
		err = put_text(&change->reason, said->reason);
	}
	if (!err && said->decided_on) {
		err = put_text(&change->decided_on, said->decided_on);
	}
	return err;
}

enum err roster_draft_note(struct roster_draft *draft,
    const struct id32 *organisation, const struct roster_draft_change *said)
{
	Qsg__Roster *roster = draft->roster;
	Qsg__RosterChange **changes = realloc((void *)roster->changes,
	    (roster->n_changes + 1) * sizeof(Qsg__RosterChange *));
	Qsg__RosterChange *change = changes ? malloc(sizeof *change) : NULL;

	if (changes) {
		roster->changes = changes;
	}
	if (!change) {
		return out_of_memory();
	}
	qsg__roster_change__init(change);
	changes[roster->n_changes++] = change;
	return fill_change(change, organisation, said);
}

/*
 * Beginnings.
 */

static enum err new_payload(struct roster_draft *out)
{
	Qsg__Payload *payload = malloc(sizeof *payload);
	Qsg__Roster *roster = malloc(sizeof *roster);

	if (!payload || !roster) {
		free(payload);
		free(roster);
		return out_of_memory();
	}
	qsg__payload__init(payload);
	qsg__roster__init(roster);
	payload->version = 1;
	payload->content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload->roster = roster;
	out->payload = payload;
	out->roster = roster;
	return ERR_OK;
}

enum err roster_draft_first(
    struct node *node, const Qsg__Charter *charter, struct roster_draft *out)
{
	Qsg__RosterEntry *own = NULL;
	struct id32 nonce;
	struct id32 group;
	enum err err = new_payload(out);

	rng_fill(node->options.rng, nonce.b, sizeof nonce.b);
	if (!err) {
		err = group_id(node_id(node), &nonce, &group);
	}
	if (!err) {
		err = put_bytes(&out->roster->group, span_id(&group));
	}
	if (!err) {
		err = put_bytes(&out->roster->founder, span_id(node_id(node)));
	}
	if (!err) {
		err = put_bytes(&out->roster->nonce, span_id(&nonce));
	}
	if (!err) {
		err = roster_draft_set_charter(out, charter);
	}
	if (!err) {
		err = new_entry(out, node->peers[0], &own);
	}
	if (err) {
		return err;
	}
	out->roster->term = 1;
	out->roster->epoch = 1;
	own->invitation = 1;
	own->joined = true;
	return put_text(&own->kind, node_card(node)->fields->kind);
}

static enum err keep_payload(void *context, const struct query_item *item)
{
	struct roster_draft *draft = context;
	ProtobufCMessage *copy = NULL;
	enum err err = ERR_OK;

	if (!item->payload ||
	    item->payload->content_case != QSG__PAYLOAD__CONTENT_ROSTER) {
		return err_set(
		    ERR_CORRUPT, "the roster in force does not open");
	}
	err = canon_copy(&item->payload->base, &copy);
	if (!err) {
		draft->payload = (Qsg__Payload *)copy;
		draft->roster = draft->payload->roster;
		draft->payload->created_at_ms = 0;
	}
	return err;
}

static enum err refresh_entries(struct node *node,
    const struct group_state *group, const struct roster_draft *draft)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < group->member_count && !err; i++) {
		const struct group_member *member = &group->members[i];
		Qsg__RosterEntry *entry =
		    roster_draft_entry(draft, &member->organisation);
		const struct peer *peer =
		    peers_by_id(node, &member->organisation);

		if (!entry) {
			continue;
		}
		if (member->standing == GROUP_JOINED) {
			entry->joined = true;
		} else if (member->standing == GROUP_LEFT) {
			entry->joined = false;
		}
		if (peer) {
			err = put_bytes(&entry->card,
			    buf_span(&peers_keys(peer)->signed_bytes));
		}
	}
	return err;
}

static enum err add_mandate(Qsg__Roster *roster, const struct id32 *record)
{
	ProtobufCBinaryData *mandate = realloc(
	    roster->mandate, (roster->n_mandate + 1) * sizeof *roster->mandate);

	if (!mandate) {
		return out_of_memory();
	}
	roster->mandate = mandate;
	mandate[roster->n_mandate] = (ProtobufCBinaryData){ 0 };
	return put_bytes(&mandate[roster->n_mandate++], span_id(record));
}

/* The successions that name us for this term. */
static enum err find_mandate(struct node *node, const struct group_state *group,
    struct roster_draft *draft)
{
	const struct groups_held *held = groups_held_of(node, &group->id);
	enum err err = ERR_OK;

	for (size_t i = 0; i < draft->roster->n_mandate; i++) {
		free(draft->roster->mandate[i].data);
	}
	draft->roster->n_mandate = 0;
	for (size_t i = 0; held && i < held->counted_count && !err; i++) {
		const Qsg__Payload *payload = held->counted[i].payload;

		if (payload->content_case == QSG__PAYLOAD__CONTENT_SUCCESSION &&
		    payload->succession->term == group->term &&
		    canon_is_id(
			&payload->succession->successor, node_id(node)) &&
		    draft->roster->n_mandate < LIMIT_GROUP_MEMBERS) {
			err = add_mandate(
			    draft->roster, &held->counted[i].record);
		}
	}
	return err;
}

/* Who has been named so far, for whoever would convene too early. */
static enum err not_convenor(struct node *node, const struct group_state *group)
{
	const struct peer *convenor = peers_by_id(node, &group->convenor);
	const char *name = group->stated->charter->name;
	const struct group_candidate *most = NULL;

	for (size_t i = 0; i < group->candidate_count; i++) {
		const struct group_candidate *one = &group->candidates[i];

		if (id_equal(&one->organisation, node_id(node)) &&
		    (!most || one->voices > most->voices)) {
			most = one;
		}
	}
	if (most) {
		return err_set(ERR_DENIED,
		    "%zu of the %zu members that are needed have named this "
		    "organisation to convene %s: see `qsg group show`; the "
		    "others name it with `qsg group succeed`",
		    most->voices, most->needed, name);
	}
	return err_set(ERR_DENIED,
	    "only its convenor, %s, states the roster of %s",
	    convenor ? convenor->card.fields->name : "not known here", name);
}

/* PROTOCOL.md M504: "A convenor that has left its group MUST NOT state a roster
 * of it." */
static enum err check_convenes(
    struct node *node, const struct group_state *group)
{

	if (!group->stated) {
		return err_set(ERR_STATE, "no roster of this group counts");
	}
	if (!id_equal(&group->convenor, node_id(node))) {
		return not_convenor(node, group);
	}
	if (groups_standing(node, group) == GROUP_LEFT) {
		return err_set(ERR_STATE,
		    "this organisation has left %s: it states no roster; the "
		    "members name another convenor with `qsg group succeed`",
		    group->stated->charter->name);
	}
	return ERR_OK;
}

enum err roster_draft_next(struct node *node, const struct group_state *group,
    struct roster_draft *out)
{
	enum err err = check_convenes(node, group);
	uint32_t rid = err ? 0 : views_find(node->views, &group->roster);

	if (!err) {
		err = rid ? query_open(node, rid, keep_payload, out)
		          : err_set(ERR_CORRUPT, "the roster is not held");
	}
	if (!err) {
		err = refresh_entries(node, group, out);
	}
	if (!err && group->term != out->roster->term) {
		err = find_mandate(node, group, out);
	}
	if (err) {
		return err;
	}
	out->roster->term = group->term;
	out->roster->epoch = group->epoch + 1;
	roster_draft_carry(out);
	return ERR_OK;
}

/*
 * Recording it.
 */

static size_t list_readers(
    struct node *node, const struct roster_draft *draft, int64_t *readers)
{
	size_t count = 0;

	for (size_t i = 0; i < draft->roster->n_entries; i++) {
		const Qsg__RosterEntry *entry = draft->roster->entries[i];
		const struct peer *peer = NULL;
		struct id32 id;

		memcpy(id.b, entry->organisation.data, sizeof id.b);
		peer = peers_by_id(node, &id);
		if (peer && peer->org != 1 && peers_admitted(peer)) {
			readers[count++] = peer->org;
		}
	}
	return count;
}

enum err roster_draft_check(struct node *node, const struct group_state *group,
    const struct roster_draft *draft)
{
	enum err err =
	    group_check_roster(draft->roster, group ? group->stated : NULL);

	return err || !group
	           ? err
	           : group_check_next(group, node_id(node), draft->roster);
}

enum err roster_draft_submit(struct node *node, const struct group_state *group,
    struct roster_draft *draft, struct id32 *record)
{
	int64_t readers[LIMIT_GROUP_MEMBERS];
	struct submit_group from = { .epoch = draft->roster->epoch };
	enum err err = ERR_OK;

	roster_draft_make_room(draft);
	err = roster_draft_check(node, group, draft);
	if (err) {
		return err;
	}
	memcpy(from.id.b, draft->roster->group.data, sizeof from.id.b);
	err = groups_may_say(node, &from.id, true);
	if (err) {
		return err;
	}
	err = submit_to_group(node, &from, readers,
	    list_readers(node, draft, readers), draft->payload, record);
	return err == ERR_LIMIT ? err_wrap(err, "the roster") : err;
}

void roster_draft_clear(struct roster_draft *draft)
{
	if (draft->payload) {
		canon_wipe(&draft->payload->base);
	}
	*draft = (struct roster_draft){ 0 };
}
