#include "view/share_json.h"

#include "codec/text.h"
#include "domain/org.h"
#include "service/groups.h"
#include "service/peers.h"
#include "view/json_out.h"

static json_t *reader_json(const struct peer *peer, const struct org_kind *kind)
{
	const Qsg__Card *card = peer->card.fields;
	json_t *object = json_object();
	json_out_text(object, "name", card->name);
	json_out_text(object, "code", card->code);
	json_out_text(object, "kind", kind == NULL ? card->kind : kind->token);
	json_out_text(object, "fingerprint",
	    text_fingerprint(&peer->card.organisation).text);
	json_out_bool(object, "statutory", kind != NULL && kind->statutory);
	return object;
}

json_t *share_json_readers(
    struct node *node, const int64_t *readers, size_t count)
{
	json_t *array = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct peer *peer = peers_get(node, readers[i]);
		if (peer != NULL && peer->card.fields != NULL) {
			json_out_append(array,
			    reader_json(peer, org_kind_find(span_text(
						  peer->card.fields->kind))));
		}
	}
	return array;
}

static void add_match(json_t *object, const struct policies_match *match)
{
	const struct policy_rule *rule = match->rule;
	json_out_text(object, "verdict", policy_verdict_token(match->verdict));
	json_out_text_or_null(object, "rule", rule == NULL ? NULL : rule->text);
	json_out_set(object, "line",
	    rule == NULL ? json_null() : json_integer((json_int_t)rule->line));
	if (rule != NULL && rule->note[0] != '\0') {
		json_out_text(object, "note", rule->note);
	}
}

static json_t *readers_json(
    struct node *node, const struct share_result *result)
{
	json_t *array = json_array();
	for (size_t i = 0; i < result->reader_count; i++) {
		const struct share_reader *about = &result->about[i];
		const struct peer *peer = peers_get(node, result->readers[i]);
		if (peer == NULL || peer->card.fields == NULL) {
			continue;
		}
		json_t *object = reader_json(peer, about->kind);
		json_out_bool(object, "kind_stated", about->kind_stated);
		json_out_bool(object, "by_group", about->by_group);
		json_out_text_or_null(object, "duty", about->duty);
		add_match(object, &about->match);
		json_out_append(array, object);
	}
	return array;
}

static json_t *group_json(const struct share_result *result)
{
	if (id_is_zero(&result->group.id)) {
		return json_null();
	}
	json_t *object = json_object();
	json_out_id(object, "id", &result->group.id);
	json_out_text(object, "name", result->group_name);
	json_out_number(object, "epoch", result->group.epoch);
	return object;
}

static bool is_reader(const struct share_result *result, int64_t org)
{
	for (size_t i = 0; i < result->reader_count; i++) {
		if (result->readers[i] == org) {
			return true;
		}
	}
	return false;
}

/* The members of the group named that will not read it, each with why: who
 * reads "to the group" must not think of them as told. */
static json_t *left_out_json(
    struct node *node, const struct share_result *result)
{
	json_t *array = json_array();
	const struct group_state *group = NULL;
	if (id_is_zero(&result->group.id) ||
	    groups_by_id(node, &result->group.id, &group) != ERR_OK) {
		return array;
	}
	for (size_t i = 0; i < group->member_count; i++) {
		const struct group_member *member = &group->members[i];
		const struct peer *peer =
		    peers_by_id(node, &member->organisation);
		const char *why = groups_left_out(node, member);
		if (why == NULL ||
		    (peer != NULL &&
			(peer->org == 1 || is_reader(result, peer->org)))) {
			continue;
		}
		json_t *object = json_object();
		json_out_text(object, "name", member->entry->name);
		json_out_text(object, "code", member->entry->code);
		json_out_text(object, "why", why);
		json_out_append(array, object);
	}
	return array;
}

static json_t *policy_json(const struct share_result *result)
{
	if (id_is_zero(&result->policies.record)) {
		return json_null();
	}
	json_t *object = json_object();
	json_out_id(object, "record", &result->policies.record);
	add_match(object, &result->match);
	return object;
}

json_t *share_json_audience(
    struct node *node, const struct share_result *result)
{
	json_t *object = json_object();
	json_t *asks = json_array();
	json_out_bool(object, "private", result->reader_count == 0);
	json_out_set(object, "readers", readers_json(node, result));
	json_out_set(object, "group", group_json(result));
	json_out_set(object, "left_out", left_out_json(node, result));
	json_out_text(object, "list", result->list.text);
	json_out_set(object, "policy", policy_json(result));
	if (result->asks_list) {
		json_out_append(asks, json_string("readers"));
	}
	if (result->asks_without_cqc) {
		json_out_append(asks, json_string("without-cqc"));
	}
	json_out_set(object, "asks", asks);
	return object;
}

json_t *share_json_findings(const struct guard_findings *findings)
{
	json_t *array = json_array();
	for (size_t i = 0; i < findings->count; i++) {
		const struct guard_finding *finding = &findings->items[i];
		json_t *object = json_object();
		json_out_text(object, "kind", guard_kind_token(finding->kind));
		json_out_text(object, "label", guard_kind_label(finding->kind));
		json_out_number(object, "line", finding->line);
		json_out_number(object, "column", finding->column);
		json_out_append(array, object);
	}
	return array;
}

static json_t *warnings_json(
    const struct share_result *result, const char *provider)
{
	json_t *array = json_array();
	if (result->unknown_provider) {
		json_out_append(
		    array, json_sprintf("provider %s is not known to this node",
			       provider == NULL ? "" : provider));
	}
	return array;
}

/* A record that was made, or null. */
static void add_record(
    json_t *object, const char *key, const struct id32 *record)
{
	json_out_set(object, key, json_null());
	if (!id_is_zero(record)) {
		json_out_id(object, key, record);
	}
}

json_t *share_json_result(
    struct node *node, const struct share_result *result, const char *provider)
{
	json_t *object = share_json_audience(node, result);
	add_record(object, "record", &result->record);
	add_record(object, "override_record", &result->override_record);
	add_record(object, "decision_record", &result->decision_record);
	add_record(object, "source_record", &result->source_record);
	if (result->draft != 0) {
		json_out_number(object, "draft", (uint64_t)result->draft);
	}
	if (result->release != 0) {
		json_out_number(object, "release", (uint64_t)result->release);
	}
	json_out_set(object, "warnings", warnings_json(result, provider));
	json_out_set(
	    object, "findings", share_json_findings(&result->findings));
	return object;
}
