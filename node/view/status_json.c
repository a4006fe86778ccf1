#include "view/status_json.h"

#include "codec/text.h"
#include "service/accounts.h"
#include "service/groups.h"
#include "service/withheld.h"
#include "view/evidence_view.h"
#include "view/group_json.h"
#include "view/json_out.h"
#include "view/org_json.h"
#include "view/shared_json.h"
#include "view/signing_json.h"
#include "view/witness_json.h"

#include <string.h>

static json_t *organisation_json(const struct node *node)
{
	json_t *object = org_json_card(node_card(node));
	json_out_number(
	    object, "card_version", node_card(node)->fields->version);
	(void)json_object_del(object, "version");
	return object;
}

static json_t *serving_json(const struct status_json_serving *serving)
{
	json_t *object = json_object();
	json_t *listening = json_array();
	for (size_t i = 0; i < serving->listening_count; i++) {
		json_out_append(listening, json_string(serving->listening[i]));
	}
	json_out_time(object, "since", serving->since_ms);
	json_out_set(object, "endpoints", listening);
	json_out_number(object, "pid", (uint64_t)serving->pid);
	json_out_number(object, "accepted", serving->accepted);
	return object;
}

static json_t *log_json(const struct node *node)
{
	const struct checkpoint *head = node_head(node);
	struct buf generation = { 0 };
	json_t *object = json_object();
	if (text_hex(span_of(&head->generation, sizeof(head->generation)),
		&generation) == ERR_OK) {
		json_out_text(object, "generation", buf_text(&generation));
	}
	buf_clear(&generation);
	json_out_number(object, "size", head->size);
	json_out_id(object, "root", &head->root);
	return object;
}

static json_t *records_json(const struct query_totals *totals)
{
	json_t *object = json_object();
	json_out_number(object, "records", totals->records);
	json_out_number(object, "own", totals->own);
	json_out_number(object, "received", totals->received);
	json_out_number(object, "unreadable", totals->unreadable);
	json_out_number(object, "bodyless", totals->bodyless);
	json_out_number(object, "erased", totals->erased);
	json_out_number(object, "erased_unseen", totals->waiting);
	json_out_number(object, "disowned", totals->disowned);
	json_out_number(object, "streams", totals->streams);
	json_out_number(object, "broken_streams", totals->broken_streams);
	json_out_number(object, "database_bytes", totals->database_bytes);
	return object;
}

static enum err add_trouble(void *context, const struct query_trouble *trouble)
{
	json_t *array = context;
	json_t *object = json_object();
	const Qsg__Card *author =
	    trouble->author == NULL ? NULL : trouble->author->card.fields;
	json_out_text_or_null(
	    object, "author", author == NULL ? NULL : author->name);
	json_out_text_or_null(
	    object, "author_code", author == NULL ? NULL : author->code);
	json_out_id(object, "stream", &trouble->stream);
	json_out_text(object, "status", trouble->status);
	json_out_number(object, "taken", trouble->taken);
	json_out_number(object, "offered", trouble->offered);
	json_out_text(object, "reason", trouble->reason);
	json_out_append(array, object);
	return ERR_OK;
}

/* Of whom there are such records, and how many. */
static json_t *records_by_author(
    struct node *node, uint64_t (*count)(struct node *node, int64_t org))
{
	json_t *array = json_array();
	for (size_t org = 1; org <= peers_count(node); org++) {
		const struct peer *peer = peers_get(node, (int64_t)org);
		uint64_t records = count(node, (int64_t)org);
		if (records == 0) {
			continue;
		}
		json_t *object = json_object();
		json_out_text(object, "author", peer->card.fields->name);
		json_out_text(object, "author_code", peer->card.fields->code);
		json_out_number(object, "records", records);
		json_out_append(array, object);
	}
	return array;
}

/* What of a group waits for this organisation's people; NULL: nothing. */
static const char *waits_of(struct node *node, const struct group_state *group)
{
	const struct group_member *convenor =
	    group_member(group, &group->convenor);
	if (groups_ours(node, group) &&
	    groups_standing(node, group) == GROUP_INVITED) {
		return "invitation";
	}
	if (!groups_joined(node, group)) {
		return NULL;
	}
	if (group->term != group->stated->term &&
	    id_equal(&group->convenor, node_id(node))) {
		return "succession";
	}
	return convenor && convenor->standing == GROUP_LEFT ? "convenor-left"
	                                                    : NULL;
}

/* What the rosters of groups have wrong, as far as it concerns this home, and
 * what waits. */
static json_t *groups_json(struct node *node)
{
	json_t *array = json_array();
	for (size_t i = 0; i < groups_count(node); i++) {
		const struct group_state *group = NULL;
		const char *waits = NULL;
		json_t *alarms = NULL;
		if (!groups_concerns(node, i) ||
		    groups_at(node, i, &group) != ERR_OK || !group->stated) {
			continue;
		}
		alarms = group_json_stated(node, group);
		waits = waits_of(node, group);
		if (json_array_size(alarms) == 0 && waits == NULL) {
			json_decref(alarms);
			continue;
		}
		json_t *object = json_object();
		json_out_text(object, "name", group->stated->charter->name);
		json_out_text_or_null(object, "waits", waits);
		json_out_set(object, "alarms", alarms);
		json_out_append(array, object);
	}
	return array;
}

enum err status_json_write(
    struct node *node, const struct status_json_serving *serving, json_t **out)
{
	struct query_totals totals = { 0 };
	json_t *troubles = json_array();
	json_t *witnesses = NULL;
	json_t *object = json_object();
	json_t *quarantine = json_object();
	json_t *evidence = NULL;
	json_t *signing = NULL;
	enum err err = query_totals(node, &totals);
	json_t *peers = org_json_peers(node);
	if (err == ERR_OK) {
		err = query_troubles(node, add_trouble, troubles);
	}
	if (err == ERR_OK) {
		err = shared_json_unsigned(node, peers);
	}
	if (err == ERR_OK) {
		err = witness_json_status(node, &witnesses);
	}
	if (err == ERR_OK) {
		err = evidence_view_summary(node, &evidence);
	}
	if (err == ERR_OK) {
		err = signing_json_write(node, &signing);
	}
	if (err != ERR_OK) {
		json_decref(peers);
		json_decref(troubles);
		json_decref(object);
		json_decref(quarantine);
		return err;
	}
	json_out_number(quarantine, "items", totals.quarantine_items);
	json_out_number(quarantine, "bytes", totals.quarantine_bytes);
	json_out_set(object, "organisation", organisation_json(node));
	json_out_set(object, "serving", serving_json(serving));
	json_out_set(object, "signing", signing);
	json_out_set(object, "log", log_json(node));
	json_out_set(object, "witnesses", witnesses);
	json_out_set(object, "peers", peers);
	json_out_set(object, "records", records_json(&totals));
	json_out_set(object, "troubles", troubles);
	json_out_set(object, "quarantine", quarantine);
	json_out_set(object, "evidence", evidence);
	json_out_set(object, "withheld", records_by_author(node, withheld_by));
	json_out_set(
	    object, "passed_over", records_by_author(node, groups_passed_by));
	json_out_set(object, "groups", groups_json(node));
	json_out_time(object, "disk_full_at", node_disk_full_ms(node));
	json_out_number(object, "accounts", accounts_count(node));
	json_out_time(object, "clock", clock_wall_ms(node_clock(node)));
	*out = object;
	return ERR_OK;
}

json_t *status_json_verify(const struct verify_report *report)
{
	json_t *object = json_object();
	json_out_number(object, "records", report->records);
	json_out_number(object, "opened", report->opened);
	json_out_number(object, "logs", report->logs);
	json_out_number(object, "streams", report->streams);
	json_out_number(object, "cards", report->cards);
	json_out_number(object, "unproven", report->unproven);
	json_out_number(object, "faults", report->faults);
	json_out_text_or_null(object, "first_fault", report->first_fault);
	return object;
}
