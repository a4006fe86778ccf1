#include "view/shared_json.h"
#include "view/erasure_json.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/grant.h"
#include "domain/reference.h"
#include "service/corrections.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/relations.h"
#include "service/state.h"
#include "view/json_out.h"
#include "view/record_json.h"

#include <stdlib.h>
#include <string.h>

static const struct id32 *id_of(struct node *node, uint32_t rid)
{
	return &views_get(node_views(node), rid)->id;
}

static void set_receipt(
    json_t *object, struct node *node, const struct fate *fate)
{
	json_out_set(object, "receipt", json_null());
	if (fate->receipt != 0) {
		json_out_id(object, "receipt", id_of(node, fate->receipt));
	}
}

/* What a grant carries; of other records nothing. */
static void set_granted(
    json_t *object, struct node *node, const struct query_item *item)
{
	Qsg__Payload *payload = NULL;
	struct id32 original;
	if (item->view->type != VIEW_GRANT ||
	    query_take(node, item->rid, &payload) != ERR_OK ||
	    payload == NULL) {
		return;
	}
	if (grant_original(payload, &original)) {
		json_out_id(object, "grants", &original);
	}
	canon_wipe(&payload->base);
}

enum err shared_json_row(struct node *node, struct fates *fates,
    const struct query_item *item, const struct id32 *reader, json_t **out)
{
	const struct view_record *view = item->view;
	const struct peer *peer = peers_by_id(node, reader);
	struct fate fate = { .sent_ms = 0 };
	enum err err = ERR_OK;
	if (peer != NULL) {
		err = fates_get(fates, item->rid, peer->org, &fate);
	}
	if (err != ERR_OK) {
		return err;
	}
	json_t *object = json_object();
	json_out_id(object, "record", &view->id);
	json_out_text(
	    object, "type", views_type_name((enum view_type)view->type));
	json_out_text_or_null(object, "provider", item->provider);
	json_out_text(object, "reader", text_fingerprint(reader).text);
	json_out_text_or_null(object, "reader_name",
	    peer == NULL ? NULL : peer->card.fields->name);
	json_out_number(object, "number", view->number);
	set_granted(object, node, item);
	json_out_id(
	    object, "stream", &state_stream(node, view->stream)->row.state.id);
	json_out_time(object, "sealed_at", view->received_ms);
	json_out_time(object, "sent_at", fate.sent_ms);
	json_out_time(object, "received_at", fate.receipted_ms);
	set_receipt(object, node, &fate);
	json_out_text_or_null(object, "unreadable", fate.unreadable);
	*out = object;
	return ERR_OK;
}

/*
 * A record's life.
 */

struct event {
	int64_t at_ms;
	size_t order; /* of those of one moment */
	const char *event;
	const char *organisation;
	const struct id32 *record;
	const char *person;
	uint32_t line; /* of the policy; 0 none */
};

struct life {
	struct node *node;
	struct event *events;
	size_t count;
	bool failed;           /* memory is out */
	Qsg__Payload *decided; /* why it was shared; NULL none */
};

static void add_event(struct life *life, const struct event *event)
{
	struct event *grown =
	    realloc(life->events, (life->count + 1) * sizeof(*life->events));
	if (grown == NULL) {
		life->failed = true;
		return;
	}
	life->events = grown;
	life->events[life->count] = *event;
	life->events[life->count].order = life->count;
	life->count++;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a;
	const struct event *y = b;
	if (x->at_ms != y->at_ms) {
		return x->at_ms < y->at_ms ? -1 : 1;
	}
	return (x->order > y->order) - (x->order < y->order);
}

static json_t *events_json(struct life *life)
{
	json_t *array = json_array();
	if (life->count > 0) {
		qsort(
		    life->events, life->count, sizeof(*life->events), by_time);
	}
	for (size_t i = 0; i < life->count; i++) {
		const struct event *event = &life->events[i];
		json_t *object = json_object();
		json_out_time(object, "at", event->at_ms);
		json_out_text(object, "event", event->event);
		json_out_text_or_null(
		    object, "organisation", event->organisation);
		json_out_set(object, "record", json_null());
		if (event->record != NULL) {
			json_out_id(object, "record", event->record);
		}
		if (event->person != NULL && event->person[0] != '\0') {
			json_out_text(object, "person", event->person);
		}
		if (event->line != 0) {
			json_out_number(object, "line", event->line);
		}
		json_out_append(array, object);
	}
	return array;
}

static void add_correction(
    struct life *life, json_t *list, uint32_t rid, const char *event)
{
	const struct view_record *view = views_get(node_views(life->node), rid);
	struct event added = {
		.at_ms = view->received_ms, .event = event, .record = &view->id
	};
	json_out_append(list, json_string(text_hex_id(&view->id).text));
	add_event(life, &added);
}

/* Does this record correct one of those? */
static bool corrects_any(
    const struct view_record *view, const uint32_t *rids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (view->corrects == rids[i]) {
			return true;
		}
	}
	return false;
}

static void add_retraction(struct life *life, uint32_t rid)
{
	uint32_t retraction = corrections_retraction(life->node, rid);
	const struct view_record *view = NULL;
	struct event added = { .event = "retraction" };
	if (retraction != 0) {
		view = views_get(node_views(life->node), retraction);
		added.at_ms = view->received_ms;
		added.record = &view->id;
		add_event(life, &added);
	}
}

enum { CORRECTIONS = 64 };

static json_t *corrections_json(struct life *life, uint32_t rid)
{
	const struct views *views = node_views(life->node);
	uint32_t chain[CORRECTIONS] = { rid };
	size_t count = 1;
	json_t *object = json_object();
	json_t *before = json_array();
	json_t *after = json_array();
	/* A correction is held later than what it corrects, so this ends. */
	for (uint32_t at = views_get(views, rid)->corrects; at != 0;
	     at = views_get(views, at)->corrects) {
		json_t *one = json_array();
		add_correction(life, one, at, "corrected-record");
		(void)json_array_extend(one, before);
		json_decref(before);
		before = one;
	}
	for (uint32_t at = views_next(views, rid); at != 0;
	     at = views_next(views, at)) {
		if (views_get(views, at)->corrects == 0 ||
		    !corrects_any(views_get(views, at), chain, count)) {
			continue;
		}
		add_correction(life, after, at, "correction");
		if (count < CORRECTIONS) {
			chain[count++] = at;
		}
	}
	add_retraction(life, rid);
	json_out_set(object, "before", before);
	json_out_set(object, "after", after);
	return object;
}

static void add_fate(
    struct life *life, const struct peer *peer, const struct fate *fate)
{
	struct event event = {
		.organisation = peer == NULL ? NULL : peer->card.fields->name
	};
	if (fate->sent_ms != 0) {
		event.at_ms = fate->sent_ms;
		event.event = "sent";
		add_event(life, &event);
	}
	if (fate->receipt != 0) {
		event.at_ms = fate->receipted_ms;
		event.event =
		    fate->unreadable[0] != '\0' ? "unreadable" : "signed-for";
		event.record = id_of(life->node, fate->receipt);
		add_event(life, &event);
	}
}

/* A record that refers to it. */
static void add_referring(struct life *life, uint32_t rid, const char *what)
{
	int64_t by = state_author(life->node, rid);
	const struct peer *peer = by == 1 ? NULL : peers_get(life->node, by);
	struct event event = {
		.at_ms = views_get(node_views(life->node), rid)->received_ms,
		.event = what,
		.organisation = peer == NULL ? NULL : peer->card.fields->name,
		.record = id_of(life->node, rid),
	};
	add_event(life, &event);
}

/* Who granted it on, whether that counts or not. */
static void add_grants(struct life *life, uint32_t rid)
{
	size_t place = 0;
	uint32_t grant = 0;
	while ((grant = granting_of(
		    life->node, id_of(life->node, rid), &place)) != 0) {
		add_referring(life, grant, "granted");
	}
}

/* Who asked whether it may go on, and what was answered. */
static void add_onward(struct life *life, uint32_t rid)
{
	struct views *views = node_views(life->node);
	size_t place = 0;
	uint32_t request = 0;
	while ((request = views_next_link(views, id_of(life->node, rid),
		    REFERENCE_ASKS_ONWARD, &place)) != 0) {
		size_t at = 0;
		uint32_t answer = 0;
		add_referring(life, request, "asked-to-go-on");
		while (
		    (answer = views_next_link(views, id_of(life->node, request),
			 REFERENCE_ANSWERS_ONWARD, &at)) != 0) {
			add_referring(life, answer, "answered-to-go-on");
		}
	}
}

/* Who was to read our record, and what became of it there. */
static enum err add_readers(struct life *life, struct fates *fates,
    const struct query_item *item, json_t *object)
{
	struct id32 *readers = NULL;
	size_t count = 0;
	json_t *array = json_array();
	enum err err = query_audience(life->node, item->rid, &readers, &count);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		const struct peer *peer = peers_by_id(life->node, &readers[i]);
		struct fate fate = { .sent_ms = 0 };
		json_t *row = NULL;
		if (id_equal(&readers[i], node_id(life->node))) {
			continue;
		}
		err =
		    shared_json_row(life->node, fates, item, &readers[i], &row);
		json_out_append(array, row);
		if (err == ERR_OK && peer != NULL) {
			err = fates_get(fates, item->rid, peer->org, &fate);
			add_fate(life, peer, &fate);
		}
	}
	free(readers);
	json_out_set(object, "readers", array);
	return err;
}

/* Our receipt for somebody else's record, and those seen of its readers. */
static enum err add_receipts(struct life *life, struct fates *fates,
    const struct query_item *item, json_t *object)
{
	struct fate fate = { .sent_ms = 0 };
	enum err err = ERR_OK;
	for (size_t org = peers_count(life->node); org >= 1 && err == ERR_OK;
	     org--) {
		const struct peer *peer =
		    org == 1 ? NULL : peers_get(life->node, (int64_t)org);
		err = fates_get(fates, item->rid, (int64_t)org, &fate);
		if (err == ERR_OK) {
			add_fate(life, peer, &fate);
		}
	}
	set_receipt(object, life->node, &fate);
	json_out_time(object, "receipted_at", fate.receipted_ms);
	return err;
}

/* On whose say it was shared, as this organisation keeps it for itself. */
static void add_decision(struct life *life, uint32_t rid)
{
	const Qsg__Decision *decision = life->decided->decision;
	bool second = decision->approved_by[0] != '\0';
	struct event asked = { .at_ms = decision->asked_at_ms,
		.event = "asked-for",
		.person = decision->asked_by };
	struct event decided = { .at_ms = life->decided->created_at_ms,
		.event = second ? "approved" : "decided",
		.record = id_of(life->node, rid),
		.person = second ? decision->approved_by : NULL,
		.line = decision->line };
	if (decision->asked_at_ms != 0) {
		add_event(life, &asked);
	}
	add_event(life, &decided);
}

static enum err find_decision(struct life *life, uint32_t rid)
{
	struct relation *list = NULL;
	size_t count = 0;
	uint32_t found = 0;
	enum err err =
	    relations_of(life->node, rid, REFERENCE_DECIDES, &list, &count);
	for (size_t i = 0; i < count; i++) {
		found = list[i].author == 1 ? list[i].rid : found;
	}
	free(list);
	if (err == ERR_OK && found != 0) {
		err = query_take(life->node, found, &life->decided);
	}
	if (err == ERR_OK && life->decided != NULL &&
	    life->decided->content_case == QSG__PAYLOAD__CONTENT_DECISION) {
		add_decision(life, found);
	}
	return err;
}

static void add_answer(struct life *life, const struct erasing_reader *reader)
{
	const struct peer *peer =
	    peers_by_id(life->node, &reader->organisation);
	struct event event = { .at_ms = reader->answered_ms,
		.event = reader->answered == ERASING_DONE ? "erasure-done"
		                                          : "erasure-kept",
		.organisation = peer == NULL ? NULL : peer->card.fields->name };
	if (reader->answer != 0) {
		event.record = id_of(life->node, reader->answer);
		add_event(life, &event);
	}
}

/* Who asked for its erasure, who answered what, and when it was erased here. */
static enum err add_erasures(struct life *life, const struct id32 *id)
{
	struct erasing_account account;
	enum err err = erasing_look(life->node, id, &account);
	if (err != ERR_OK) {
		return err;
	}
	for (size_t i = 0; i < account.erasure_count; i++) {
		const struct erasing_found *found = &account.erasures[i];
		struct event event = { .at_ms = found->created_ms,
			.event = "erasure",
			.organisation = peers_get(life->node, found->author)
			                    ->card.fields->name,
			.record = id_of(life->node, found->rid) };
		add_event(life, &event);
		for (size_t k = 0; k < found->reader_count; k++) {
			add_answer(life, &found->readers[k]);
		}
	}
	if (account.tombstone.erasure != 0) {
		struct event event = { .at_ms = account.tombstone.erased_ms,
			.event = "erased" };
		add_event(life, &event);
	}
	erasing_account_clear(&account);
	return ERR_OK;
}

/* By others, as far as they tell. */
static enum err add_opened(struct life *life, uint32_t rid)
{
	struct relation *relations = NULL;
	size_t count = 0;
	enum err err =
	    relations_of(life->node, rid, REFERENCE_OPENED, &relations, &count);
	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		const struct view_record *view =
		    views_get(node_views(life->node), relations[i].rid);
		const struct peer *peer =
		    peers_get(life->node, relations[i].author);
		if (relations[i].author != 1 && peer != NULL &&
		    relations[i].counts) {
			add_event(
			    life, &(struct event){ .at_ms = view->received_ms,
				      .event = "opened",
				      .organisation = peer->card.fields->name,
				      .record = &view->id });
		}
	}
	free(relations);
	return err;
}

enum err shared_json_life(struct node *node, struct fates *fates,
    const struct query_item *item, json_t **out)
{
	struct life life = { .node = node };
	bool own = item->author != NULL && item->author->org == 1;
	const char *author = own || item->author == NULL
	                         ? NULL
	                         : item->author->card.fields->name;
	struct event made = { .at_ms = item->view->created_ms,
		.event = "made",
		.organisation = author };
	struct event kept = { .at_ms = item->view->received_ms,
		.event = own ? "sealed" : "received" };
	json_t *object = record_json_whole(node, item);
	if (made.at_ms != 0) {
		add_event(&life, &made);
	}
	enum err err = own ? find_decision(&life, item->rid) : ERR_OK;
	add_event(&life, &kept);
	json_out_set(object, "corrections", corrections_json(&life, item->rid));
	add_grants(&life, item->rid);
	add_onward(&life, item->rid);
	if (err == ERR_OK) {
		err = own ? add_readers(&life, fates, item, object)
		          : add_receipts(&life, fates, item, object);
	}
	if (err == ERR_OK && own) {
		err = add_opened(&life, item->rid);
	}
	if (err == ERR_OK) {
		err = add_erasures(&life, &item->view->id);
	}
	if (err == ERR_OK && life.failed) {
		err = err_set(ERR_MEM, "out of memory");
	}
	json_out_set(object, "events", events_json(&life));
	free(life.events);
	if (life.decided != NULL) {
		canon_wipe(&life.decided->base);
	}
	if (err != ERR_OK) {
		json_decref(object);
		object = NULL;
	}
	*out = object;
	return err;
}

enum err shared_json_remembered(struct node *node,
    const struct erasing_remembered *remembered, json_t **out)
{
	struct life life = { .node = node };
	json_t *corrections = json_object();
	size_t place = 0;
	uint32_t grant = 0;
	enum err err = erasure_json_remembered(node, remembered, out);
	while ((grant = granting_of(node, &remembered->id, &place)) != 0) {
		add_referring(&life, grant, "granted");
	}
	if (err == ERR_OK) {
		err = add_erasures(&life, &remembered->id);
	}
	if (err == ERR_OK && life.failed) {
		err = err_set(ERR_MEM, "out of memory");
	}
	json_out_set(corrections, "before", json_array());
	json_out_set(corrections, "after", json_array());
	json_out_set(*out, "corrections", corrections);
	json_out_set(*out, "events", events_json(&life));
	free(life.events);
	return err;
}

enum err shared_json_unsigned(struct node *node, json_t *peers)
{
	size_t at = 0;
	json_t *each = NULL;
	uint64_t *counts = calloc(peers_count(node) + 1, sizeof(*counts));
	if (counts == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	enum err err = fates_unsigned(node, counts);
	json_array_foreach(peers, at, each)
	{
		/* Ourselves are left out of the list. */
		if (err == ERR_OK && at + 2 <= peers_count(node)) {
			json_out_number(each, "unsigned_for", counts[at + 1]);
		}
	}
	free(counts);
	return err;
}
