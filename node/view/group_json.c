#include "view/group_json.h"

#include "codec/pbjson.h"
#include "codec/text.h"
#include "service/peers.h"
#include "service/stated.h"
#include "view/json_out.h"

#include <stdlib.h>
#include <string.h>

const char *group_json_standing(enum group_standing standing)
{
	switch (standing) {
	case GROUP_INVITED:
		return "invited";
	case GROUP_JOINED:
		return "joined";
	case GROUP_DECLINED:
		return "declined";
	case GROUP_LEFT:
		return "left";
	}
	return "";
}

static const Qsg__RosterEntry *entry_of(
    const struct group_state *group, const struct id32 *organisation)
{
	const struct group_member *member =
	    group->stated == NULL ? NULL : group_member(group, organisation);
	return member == NULL ? NULL : member->entry;
}

/* An organisation by the roster's words for it, or else as it is known here. */
static json_t *organisation(
    struct node *node, const struct group_state *group, const struct id32 *id)
{
	json_t *object = json_object();
	const Qsg__RosterEntry *entry = entry_of(group, id);
	const struct peer *peer = peers_by_id(node, id);
	json_out_text(object, "fingerprint", text_fingerprint(id).text);
	json_out_text_or_null(object, "name",
	    entry != NULL  ? entry->name
	    : peer != NULL ? peer->card.fields->name
			   : NULL);
	json_out_text_or_null(object, "code",
	    entry != NULL  ? entry->code
	    : peer != NULL ? peer->card.fields->code
			   : NULL);
	return object;
}

static json_t *organisation_or_null(
    struct node *node, const struct group_state *group, const struct id32 *id)
{
	return id_is_zero(id) ? json_null() : organisation(node, group, id);
}

static size_t count_standing(
    const struct group_state *group, enum group_standing standing)
{
	size_t count = 0;
	for (size_t i = 0; i < group->member_count; i++) {
		count += group->members[i].standing == standing ? 1 : 0;
	}
	return count;
}

/* Those of other rosters and of who is enrolled here, beside its own. */
static size_t count_alarms(struct node *node, const struct group_state *group)
{
	struct stated_alarm *more = NULL;
	size_t count = 0;
	if (stated_alarms(node, group, &more, &count) != ERR_OK) {
		return group->alarm_count;
	}
	free(more);
	return group->alarm_count + count;
}

json_t *group_json_brief(struct node *node, const struct group_state *group)
{
	json_t *object = json_object();
	const Qsg__Charter *charter =
	    group->stated == NULL ? NULL : group->stated->charter;
	const struct group_member *ours = groups_ours(node, group);
	json_out_id(object, "id", &group->id);
	json_out_text_or_null(
	    object, "name", charter == NULL ? NULL : charter->name);
	json_out_text_or_null(
	    object, "level", charter == NULL ? NULL : charter->level);
	json_out_text_or_null(
	    object, "region", charter == NULL ? NULL : charter->region);
	json_out_number(object, "term", group->term);
	json_out_number(object, "epoch", group->epoch);
	json_out_set(object, "convenor",
	    organisation_or_null(node, group, &group->convenor));
	json_out_text_or_null(object, "standing",
	    ours == NULL ? NULL
			 : group_json_standing(groups_standing(node, group)));
	json_out_number(object, "members", count_standing(group, GROUP_JOINED));
	json_out_number(
	    object, "invited", count_standing(group, GROUP_INVITED));
	json_out_number(object, "alarm_count", count_alarms(node, group));
	json_out_number(object, "not_counted_count", group->refused_count);
	return object;
}

json_t *group_json_list(struct node *node)
{
	json_t *array = json_array();
	for (size_t i = 0; i < groups_count(node); i++) {
		const struct group_state *group = NULL;
		if (groups_at(node, i, &group) == ERR_OK) {
			json_out_append(array, group_json_brief(node, group));
		}
	}
	return array;
}

/*
 * Entries.
 */

static json_t *people_of(const Qsg__RosterEntry *entry)
{
	json_t *array = json_array();
	for (size_t i = 0; i < entry->n_people; i++) {
		json_t *person = json_object();
		json_out_text(person, "role", entry->people[i]->role);
		json_out_text_or_null(person, "name", entry->people[i]->name);
		json_out_append(array, person);
	}
	return array;
}

static void add_known(struct node *node, const struct id32 *id, json_t *object)
{
	const struct peer *peer = peers_by_id(node, id);
	const char *known = NULL;
	if (peer != NULL && peer->org != 1) {
		known = peer->how == ORG_BY_PERSON ? "person" : "roster";
	}
	json_out_text_or_null(object, "known", known);
	json_out_bool(object, "us", peer != NULL && peer->org == 1);
	json_out_bool(object, "admitted", peer != NULL && peers_admitted(peer));
	json_out_text_or_null(
	    object, "refused", peer == NULL ? NULL : peer->refused);
	json_out_bool(object, "connected", peer != NULL && peer->connected);
}

static json_t *member_of(struct node *node, const struct group_state *group,
    const struct group_member *member)
{
	json_t *object = organisation(node, group, &member->organisation);
	const Qsg__RosterEntry *entry = member->entry;
	struct id32 stand_in = { { 0 } };
	if (entry->represented_by.len == sizeof(stand_in)) {
		memcpy(&stand_in, entry->represented_by.data, sizeof(stand_in));
	}
	json_out_text(object, "kind", entry->kind);
	json_out_text_or_null(object, "kind_label",
	    member->kind == NULL ? NULL : member->kind->label);
	json_out_text(
	    object, "standing", group_json_standing(member->standing));
	json_out_bool(object, "core", member->core);
	json_out_bool(object, "statutory", member->statutory);
	json_out_bool(object, "convenor", member->convenor);
	json_out_bool(object, "sender_only", entry->sender_only);
	json_out_number(object, "invitation", entry->invitation);
	json_out_set(object, "people", people_of(entry));
	json_out_set(object, "represented_by",
	    organisation_or_null(node, group, &stand_in));
	add_known(node, &member->organisation, object);
	return object;
}

static json_t *entries_of(struct node *node, const struct group_state *group)
{
	json_t *array = json_array();
	for (size_t i = 0; i < group->member_count; i++) {
		json_out_append(
		    array, member_of(node, group, &group->members[i]));
	}
	return array;
}

/*
 * The rest.
 */

/* Of those that are passed over: how many. */
static void add_passed(struct node *node, const struct group_state *group,
    const struct group_notice *notice, json_t *object)
{
	struct groups_passed passed;
	json_out_set(object, "records", json_null());
	if (!id_is_zero(&notice->record) ||
	    groups_passed(node, &group->id, &notice->organisation, &passed) !=
		ERR_OK) {
		return;
	}
	if (notice->why == REASON_PASSED_OVER) {
		json_out_number(object, "records", passed.beyond);
	} else if (notice->why == REASON_UNLISTED) {
		json_out_number(object, "records", passed.unlisted);
	} else if (notice->why == REASON_UNHEARD) {
		json_out_number(object, "records", passed.unheard);
	}
}

static void add_notices(struct node *node, const struct group_state *group,
    const struct group_notice *notices, size_t count, json_t *array)
{
	for (size_t i = 0; i < count; i++) {
		json_t *object = json_object();
		json_out_text(object, "text", reason_text(notices[i].why));
		json_out_number(object, "reason", (uint64_t)notices[i].why);
		add_passed(node, group, &notices[i], object);
		json_out_set(object, "organisation",
		    organisation_or_null(
			node, group, &notices[i].organisation));
		json_out_set(object, "record", json_null());
		if (!id_is_zero(&notices[i].record)) {
			json_out_id(object, "record", &notices[i].record);
		}
		json_out_append(array, object);
	}
}

/* Of this node alone, and so without a number. */
static json_t *stated_json(struct node *node, const struct group_state *group,
    const struct stated_alarm *alarm)
{
	json_t *object = json_object();
	json_out_text(object, "text", alarm->text);
	json_out_set(object, "organisation",
	    organisation_or_null(node, group, &alarm->organisation));
	json_out_set(object, "reason", json_null());
	json_out_set(object, "record", json_null());
	json_out_set(object, "records", json_null());
	return object;
}

json_t *group_json_stated(struct node *node, const struct group_state *group)
{
	json_t *array = json_array();
	struct stated_alarm *more = NULL;
	size_t count = 0;
	if (stated_alarms(node, group, &more, &count) == ERR_OK) {
		for (size_t i = 0; i < count; i++) {
			json_out_append(
			    array, stated_json(node, group, &more[i]));
		}
	}
	free(more);
	return array;
}

static json_t *candidates_of(struct node *node, const struct group_state *group)
{
	json_t *array = json_array();
	for (size_t i = 0; i < group->candidate_count; i++) {
		json_t *object = organisation(
		    node, group, &group->candidates[i].organisation);
		json_out_number(object, "voices", group->candidates[i].voices);
		json_out_number(
		    object, "voices_needed", group->candidates[i].needed);
		json_out_number(object, "epoch", group->candidates[i].epoch);
		json_out_id(object, "roster", &group->candidates[i].roster);
		json_out_append(array, object);
	}
	return array;
}

static json_t *claims_of(struct node *node, const struct group_state *group)
{
	json_t *array = json_array();
	for (size_t i = 0; i < group->claim_count; i++) {
		const struct group_claim *claim = &group->claims[i];
		json_t *object = organisation(node, group, &claim->author);
		json_out_number(object, "term", claim->stated->term);
		json_out_number(object, "epoch", claim->stated->epoch);
		json_out_id(object, "record", &claim->record);
		json_out_append(array, object);
	}
	return array;
}

static void add_charter(const struct group_state *group, json_t *object)
{
	json_t *charter = NULL;
	if (group->stated == NULL || group->stated->charter == NULL ||
	    pbjson_write(&group->stated->charter->base, &charter) != ERR_OK) {
		charter = json_null();
	}
	json_out_set(object, "charter", charter);
}

static json_t *changes_of(struct node *node, const struct group_state *group)
{
	json_t *array = json_array();
	for (size_t i = 0;
	     group->stated != NULL && i < group->stated->n_changes; i++) {
		const Qsg__RosterChange *change = group->stated->changes[i];
		struct id32 id = { { 0 } };
		if (change->organisation.len == sizeof(id)) {
			memcpy(&id, change->organisation.data, sizeof(id));
		}
		json_t *object = organisation(node, group, &id);
		json_out_text(object, "what", change->what);
		json_out_text_or_null(object, "reason", change->reason);
		json_out_text_or_null(object, "decided_on", change->decided_on);
		json_out_append(array, object);
	}
	return array;
}

json_t *group_json_whole(struct node *node, const struct group_state *group)
{
	json_t *object = group_json_brief(node, group);
	struct id32 hash;
	json_out_bool(object, "mandate_proven", group->mandate_proven);
	/* The members have named another, who has yet to state a roster. */
	json_out_bool(object, "taking_over",
	    group->stated != NULL && group->stated->term != group->term);
	json_out_set(object, "roster", json_null());
	if (group->stated != NULL) {
		json_out_id(object, "roster", &group->roster);
	}
	add_charter(group, object);
	json_out_set(object, "entries", entries_of(node, group));
	json_out_set(object, "changes", changes_of(node, group));
	json_out_set(object, "candidates", candidates_of(node, group));
	json_out_number(object, "voices_needed", group->voices_needed);
	json_out_set(object, "claims", claims_of(node, group));
	json_t *alarms = group_json_stated(node, group);
	json_t *refused = json_array();
	add_notices(node, group, group->alarms, group->alarm_count, alarms);
	add_notices(node, group, group->refused, group->refused_count, refused);
	json_out_set(object, "alarms", alarms);
	json_out_set(object, "not_counted", refused);
	if (group_hash(group, &hash) == ERR_OK) {
		json_out_id(object, "state_hash", &hash);
	}
	return object;
}

json_t *group_json_done(struct node *node, const char *what,
    const struct id32 *group, const struct id32 *record)
{
	const struct group_state *state = NULL;
	json_t *object = NULL;
	if (groups_by_id(node, group, &state) == ERR_OK) {
		object = group_json_brief(node, state);
	} else {
		object = json_object();
		json_out_id(object, "id", group);
	}
	json_out_text(object, "done", what);
	json_out_id(object, "record", record);
	return object;
}
