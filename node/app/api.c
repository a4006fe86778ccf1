#include "app/api.h"

#include "app/acting.h"
#include "codec/when.h"
#include "service/erasing.h"
#include "service/query.h"
#include "view/erasure_json.h"
#include "view/json_out.h"
#include "view/life_json.h"
#include "view/org_json.h"
#include "view/quarantine_json.h"
#include "view/record_json.h"

#include <stdlib.h>
#include <string.h>

enum err api_status(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	return status_json_write(core->node, &core->serving, &answer->json);
}

/* With the card itself, which --json leaves out again. */
enum err api_card(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct buf armour = { 0 };
	const struct card *card = node_card(core->node);
	(void)arguments;
	enum err err = card_armour(card, &armour);
	if (err == ERR_OK) {
		answer->json = org_json_card(card);
		json_out_text(answer->json, "armour", buf_text(&armour));
	}
	buf_clear(&armour);
	return err;
}

enum err api_peer_add(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const char *const names[] = {
		[PEERS_ADDED] = "added",
		[PEERS_UPDATED] = "updated",
		[PEERS_SAME] = "same",
		[PEERS_WAITS] = "waits",
	};
	struct peers_decision decision = {
		.fingerprint = ops_text(arguments, "fingerprint"),
		.accept_code =
		    json_is_true(json_object_get(arguments, "accept_code")),
	};
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	enum err err = peers_add(core->node,
	    span_text(ops_text(arguments, "card")), &decision, &outcome, &peer);
	if (err != ERR_OK) {
		return err;
	}
	answer->json = json_object();
	json_out_text(answer->json, "outcome", names[outcome]);
	json_out_set(answer->json, "peer", org_json_peer(core->node, peer));
	return ERR_OK;
}

enum err api_peer_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	answer->json = org_json_peers(core->node);
	return ERR_OK;
}

/*
 * Records. A long list is written as text record by record, so that it never
 * stands in memory as a tree.
 */

enum { PIECE_BYTES = 256 * 1024 };

struct listing {
	struct node *node;
	struct buf *text;
	bool any;
};

/* Takes over element. */
static enum err list_next(struct listing *listing, json_t *element)
{
	enum err err =
	    buf_append(listing->text, span_text(listing->any ? ",\n" : "[\n"));
	listing->any = true;
	if (err == ERR_OK) {
		err = json_out_dump(element, listing->text);
	}
	json_decref(element);
	return err;
}

static enum err list_end(struct listing *listing)
{
	return buf_append(
	    listing->text, span_text(listing->any ? "\n]" : "[]"));
}

static enum err list_one(void *context, const struct query_item *item)
{
	struct listing *listing = context;
	return list_next(listing, record_json_brief(listing->node, item));
}

/* The node has other things to do, and not memory for everything at once. */
static bool list_is_long(void *context)
{
	const struct listing *listing = context;
	return listing->text->size >= PIECE_BYTES;
}

enum err api_records(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct query_filter filter = {
		.provider = ops_text(arguments, "provider"),
		.author = ops_text(arguments, "author"),
		.type = ops_text(arguments, "type"),
		.since_ms = INT64_MIN,
		.housekeeping = json_is_true(json_object_get(arguments, "all")),
		.scope = core->caller == NULL ? NULL : core->caller->account,
	};
	const char *since = ops_text(arguments, "since");
	enum err err = ERR_OK;
	if (since != NULL) {
		err = when_parse(span_text(since), &filter.since_ms);
	}
	struct listing listing = { .node = core->node,
		.text = &answer->text,
		.any = answer->from != 0 };
	answer->next = answer->from;
	if (err == ERR_OK) {
		err = query_some_records(core->node, &filter, list_is_long,
		    list_one, &listing, &answer->next);
	}
	return err == ERR_OK && answer->next == 0 ? list_end(&listing) : err;
}

struct single {
	struct node *node;
	json_t *json;
	bool history;
};

static enum err show_one(void *context, const struct query_item *item)
{
	struct single *single = context;
	json_t *history = NULL;
	enum err err = ERR_OK;
	single->json = record_json_whole(single->node, item);
	if (single->history) {
		err = life_json_history(single->node, item->rid, &history);
		json_out_set(single->json, "history", history);
	}
	return err;
}

/* What was held in grants alone, and is erased: that it was here, and whose. */
static enum err look_back(struct node *node, const char *prefix, json_t **out)
{
	struct erasing_remembered remembered;
	enum err err = erasing_remember(node, prefix, &remembered);
	return err == ERR_OK ? erasure_json_remembered(node, &remembered, out)
	                     : err;
}

enum err api_record(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct single single = { .node = core->node,
		.history =
		    json_is_true(json_object_get(arguments, "history")) };
	json_int_t wait_ms =
	    json_integer_value(json_object_get(arguments, "wait_ms"));
	enum err err = query_record(core->node,
	    span_text(ops_text(arguments, "id")), show_one, &single);
	if (err == ERR_NOTFOUND) {
		err = look_back(
		    core->node, ops_text(arguments, "id"), &single.json);
	}
	answer->json = single.json;
	if (err == ERR_NOTFOUND && wait_ms > 0) {
		answer->again_until_ms =
		    clock_steady_ms(node_clock(core->node)) +
		    (wait_ms > API_WAIT_MS ? API_WAIT_MS : wait_ms);
	}
	return err;
}

static enum err list_refused(void *context, const struct quarantine_item *item)
{
	struct listing *listing = context;
	return list_next(listing, quarantine_json_item(listing->node, item));
}

enum err api_quarantine_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const json_t *limit = json_object_get(arguments, "limit");
	size_t max =
	    limit == NULL ? SIZE_MAX : (size_t)json_integer_value(limit);
	struct listing listing = { .node = core->node, .text = &answer->text };
	enum err err =
	    query_quarantine(core->node, max, list_refused, &listing);
	return err == ERR_OK ? list_end(&listing) : err;
}

enum err api_quarantine_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	return quarantine_json_bytes(core->node,
	    json_integer_value(json_object_get(arguments, "item")),
	    &answer->json);
}

enum err api_verify(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct verify_report report = { 0 };
	(void)arguments;
	enum err err = verify_node(core->node, &report);
	if (err == ERR_OK) {
		answer->json = status_json_verify(&report);
	}
	return err;
}
