#include "view/summit_said.h"

#include "domain/summit_words.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/said_json.h"
#include "view/said_paper.h"

#include <string.h>

enum { BRIEF = 12 };

static void add_organisation(
    struct node *node, json_t *object, const struct id32 *id)
{
	const struct peer *peer = peers_by_id(node, id);
	const Qsg__Card *card = peer == NULL ? NULL : peer->card.fields;
	json_out_text_or_null(object, "name", card == NULL ? NULL : card->name);
	json_out_text_or_null(object, "code", card == NULL ? NULL : card->code);
	if (id_is_zero(id)) {
		json_out_set(object, "fingerprint", json_null());
	} else {
		json_out_text(object, "fingerprint", text_fingerprint(id).text);
	}
}

static json_t *called_json(struct node *node, const struct summits_call *call)
{
	json_t *array = json_array();
	for (size_t i = 0; i < call->called_count; i++) {
		const struct summits_called *one = &call->called[i];
		json_t *object = json_object();
		add_organisation(node, object, &one->organisation);
		json_out_text(object, "reason", one->reason);
		json_out_bool(object, "alerted", one->alerted);
		json_out_append(array, object);
	}
	return array;
}

static json_t *lacking_json(struct node *node, const struct summits_call *call)
{
	json_t *array = json_array();
	for (size_t i = 0; i < call->lacking_count; i++) {
		const struct summits_called *one = &call->lacking[i];
		bool known = !id_is_zero(&one->organisation);
		json_t *object = json_object();
		add_organisation(node, object, &one->organisation);
		if (one->code[0] != '\0') {
			json_out_text(object, "code", one->code);
		}
		json_out_text(object, "reason", one->reason);
		json_out_text(object, "why",
		    known ? "left out by you"
			  : "no organisation known here is that");
		json_out_append(array, object);
	}
	return array;
}

static json_t *granted_json(
    struct node *node, const struct summits_result *result)
{
	json_t *array = json_array();
	for (size_t i = 0; i < result->granted_count; i++) {
		const struct summits_granted *one = &result->granted[i];
		json_t *object = json_object();
		json_out_id(object, "record", &one->record);
		add_organisation(node, object,
		    &peers_get(node, one->org)->card.organisation);
		json_out_bool(object, "granted", one->why_not[0] == '\0');
		json_out_text_or_null(object, "why_not",
		    one->why_not[0] == '\0' ? NULL : one->why_not);
		json_out_append(array, object);
	}
	return array;
}

static void id_or_null(json_t *object, const char *key, const struct id32 *id)
{
	if (id_is_zero(id)) {
		json_out_set(object, key, json_null());
	} else {
		json_out_id(object, key, id);
	}
}

json_t *summit_said_json(struct node *node, const struct summits_result *result,
    const char *provider)
{
	struct saying_result said = result->said;
	json_t *object = NULL;
	/* It is granted, or why not is said below. */
	said.blind_count = 0;
	said.about = (struct id32){ { 0 } };
	object = said_json_result(node, &said, provider);
	id_or_null(object, "summit", &result->summit);
	id_or_null(object, "alerted_group", &result->group);
	id_or_null(object, "open", &result->open);
	json_out_set(object, "called", called_json(node, &result->call));
	json_out_set(object, "lacking", lacking_json(node, &result->call));
	json_out_set(object, "granted", granted_json(node, result));
	return object;
}

/*
 * For people.
 */

static const char *reason_label(const json_t *value)
{
	const struct vocab *reasons = summit_reasons();
	const char *token = paper_member(value, "reason");
	for (size_t i = 0; i < reasons->count; i++) {
		if (strcmp(reasons->words[i].token, token) == 0) {
			return reasons->words[i].label;
		}
	}
	return token;
}

static void lacking(struct paper *paper, const json_t *value)
{
	paper_styled(paper, PAPER_WARN, "not called");
	paper_put(paper, ": ");
	if (paper_member(value, "name")[0] != '\0' ||
	    paper_member(value, "code")[0] != '\0') {
		paper_org(paper, value, "name", "code");
		paper_put(paper, ", ");
	}
	paper_text(paper, reason_label(value));
	paper_put(paper, ": ");
	paper_text(paper, paper_member(value, "why"));
	paper_put(paper, "\n");
}

static void granted(struct paper *paper, const json_t *value)
{
	char brief[BRIEF + 1] = "";
	bool done = paper_flag(value, "granted");
	strncpy(brief, paper_member(value, "record"), BRIEF);
	paper_styled(paper, done ? PAPER_GOOD : PAPER_WARN,
	    done ? "granted" : "not granted");
	paper_put(paper, ": ");
	paper_text(paper, brief);
	paper_put(paper, " to ");
	paper_org(paper, value, "name", "code");
	if (!done) {
		paper_put(paper, ": ");
		paper_text(paper, paper_member(value, "why_not"));
	}
	paper_put(paper, "\n");
}

void summit_said_paper(struct paper *paper, const json_t *value)
{
	size_t at = 0;
	const json_t *each = NULL;
	said_paper_result(paper, value);
	json_array_foreach(json_object_get(value, "called"), at, each)
	{
		paper_put(paper, at == 0 ? "called:\n" : "");
		paper_put(paper, "  ");
		paper_org(paper, each, "name", "code");
		paper_put(paper, ": ");
		paper_text(paper, reason_label(each));
		paper_put(paper, "\n");
	}
	json_array_foreach(json_object_get(value, "lacking"), at, each)
	{
		lacking(paper, each);
	}
	json_array_foreach(json_object_get(value, "granted"), at, each)
	{
		granted(paper, each);
	}
	if (paper_member(value, "open")[0] != '\0') {
		paper_styled(paper, PAPER_WARN, "another summit is open");
		paper_put(paper, " for this provider: ");
		paper_text(paper, paper_member(value, "open"));
		paper_put(paper, "\n");
	}
}
