#include "service/foi.h"

#include "codec/canon.h"
#include "codec/when.h"
#include "domain/foi.h"
#include "domain/reference.h"
#include "service/foi_open.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/saying_about.h"
#include "service/share_parts.h"
#include "service/state.h"

#include <stdlib.h>
#include <string.h>

/* Normal form, and is it fit to be recorded? */
static enum err prepare(
    struct node *node, Qsg__Payload *payload, const struct vetting_recorder *by)
{
	char **const texts[] = { foi_text(payload) };
	enum err err = vetting_check_recorder(by);

	if (!err) {
		err = vetting_normalise(texts, 1);
	}
	if (!err) {
		err = foi_check(payload, clock_wall_ms(node->options.clock));
	}
	vetting_name_recorder(by, payload);
	return err;
}

/*
 * The log of requests.
 */

static bool is_request(struct node *node, uint32_t rid)
{
	return views_get(node->views, rid)->type == VIEW_FOI_REQUEST &&
	       state_author(node, rid) == 1;
}

enum err foi_requests(
    struct node *node, size_t most, foi_each each, void *context, size_t *older)
{
	uint32_t count = (uint32_t)views_count(node->views);
	size_t passed = 0;
	enum err err = ERR_OK;

	*older = 0;
	for (uint32_t rid = 1; rid <= count; rid++) {
		*older += is_request(node, rid);
	}
	*older = *older > most ? *older - most : 0;
	for (uint32_t rid = 1; rid <= count && !err; rid++) {
		Qsg__Payload *payload = NULL;

		if (!is_request(node, rid) || passed++ < *older) {
			continue;
		}
		err = query_take(node, rid, &payload);
		if (!err && payload) {
			err = each(context, rid, payload->foi_request);
		}
		if (payload) {
			canon_wipe(&payload->base);
		}
	}
	return err;
}

struct finding {
	uint32_t wanted;
	uint32_t found;
	uint32_t most;
};

static enum err compare_number(
    void *context, uint32_t rid, const Qsg__FoiRequest *request)
{
	struct finding *finding = context;

	if (request->number == finding->wanted) {
		finding->found = rid;
	}
	if (request->number > finding->most) {
		finding->most = request->number;
	}
	return ERR_OK;
}

enum err foi_find(struct node *node, uint32_t number, uint32_t *rid)
{
	struct finding finding = { .wanted = number };
	size_t older = 0;
	enum err err =
	    foi_requests(node, SIZE_MAX, compare_number, &finding, &older);

	*rid = finding.found;
	if (!err && !finding.found) {
		err = finding.most
		          ? err_set(ERR_NOTFOUND,
				"no request of the number %u is logged: `qsg "
				"foi list` shows them, up to %u",
				number, finding.most)
		          : err_set(ERR_NOTFOUND,
				"no request is logged yet: `qsg foi log` does");
	}
	return err;
}

/* PROTOCOL.md M482: "A request for information, and each decision on it, MUST
 * be kept in a record for the author alone." */
enum err foi_log(struct node *node, Qsg__Payload *payload,
    const struct vetting_recorder *by, struct id32 *record)
{
	struct finding finding = { 0 };
	size_t older = 0;
	enum err err = prepare(node, payload, by);

	if (!err) {
		err = foi_requests(
		    node, SIZE_MAX, compare_number, &finding, &older);
	}
	if (!err) {
		payload->foi_request->number = finding.most + 1;
		err = submit_payload(node, NULL, 0, payload, record);
	}
	return err;
}

/*
 * Who was asked.
 */

/* The newest of those that count and are ours, or are not. */
static enum err newest(struct node *node, uint32_t rid, enum reference how,
    bool ours, uint32_t *out)
{
	struct relation *list = NULL;
	size_t count = 0;
	enum err err = relations_of(node, rid, how, &list, &count);

	*out = 0;
	for (size_t i = 0; i < count; i++) {
		if (list[i].counts && (list[i].author == 1) == ours &&
		    relations_later(node, list[i].rid, *out)) {
			*out = list[i].rid;
		}
	}
	free(list);
	return err;
}

enum err foi_asked(struct node *node, uint32_t rid, struct foi_asked *out)
{
	enum err err =
	    newest(node, rid, REFERENCE_CONSULTS, true, &out->consultation);

	out->view = 0;
	return err || !out->consultation
	           ? err
	           : newest(node, out->consultation,
			 REFERENCE_ANSWERS_CONSULTATION, false, &out->view);
}

/*
 * Decisions.
 */

static enum err find_one(
    struct node *node, const char *prefix, struct foi_decided *out)
{
	uint32_t rid = 0;
	enum err err = views_find_prefix(node->views, span_text(prefix), &rid);

	if (!err && views_is_housekeeping(
			(enum view_type)views_get(node->views, rid)->type)) {
		err = err_set(ERR_INPUT,
		    "%.64s is a housekeeping record of the type %s: decide on "
		    "what was shared",
		    prefix,
		    views_type_name(
			(enum view_type)views_get(node->views, rid)->type));
	}
	for (size_t i = 0; i < out->count && !err; i++) {
		if (out->rids[i] == rid) {
			return ERR_OK;
		}
	}
	if (!err) {
		out->rids[out->count++] = rid;
	}
	return err;
}

static enum err find_all(struct node *node, const char *const *records,
    size_t count, struct foi_decided *out)
{
	enum err err = ERR_OK;

	if (count == 0 || count > FOI_RECORDS) {
		return err_set(ERR_LIMIT, "name 1 to %u records", FOI_RECORDS);
	}
	for (size_t i = 0; i < count && !err; i++) {
		err = find_one(node, records[i], out);
	}
	for (size_t i = 0; i < out->count && !err; i++) {
		struct foi_asked asked = { 0 };
		bool own = state_author(node, out->rids[i]) == 1;

		err = foi_asked(node, out->rids[i], &asked);
		out->unasked[i] = !own && !asked.consultation;
		out->waits[i] = !own && asked.consultation && !asked.view;
	}
	return err;
}

static enum err find_open(struct node *node, uint32_t number, uint32_t *rid)
{
	enum err err = foi_find(node, number, rid);
	uint32_t closing = err ? 0 : foi_closing(node, *rid);

	return !closing
	           ? err
	           : err_set(ERR_STATE,
			 "request %u was closed on %s: log what is asked now "
			 "as a request of its own, with `qsg foi log`",
			 number,
			 when_date(views_get(node->views, closing)->created_ms)
			     .text);
}

enum err foi_decide(struct node *node, uint32_t number,
    const char *const *records, size_t count, Qsg__Payload *payload,
    const struct vetting_recorder *by, struct foi_decided *out)
{
	Qsg__Reference items[FOI_RECORDS];
	Qsg__Reference *list[FOI_RECORDS];
	struct id32 ids[FOI_RECORDS];
	struct id32 request;
	uint32_t rid = 0;
	enum err err = prepare(node, payload, by);

	memset(out, 0, sizeof *out);
	if (!err) {
		err = find_open(node, number, &rid);
	}
	if (!err) {
		err = find_all(node, records, count, out);
	}
	if (err) {
		return err;
	}
	for (size_t i = 0; i < out->count; i++) {
		ids[i] = views_get(node->views, out->rids[i])->id;
		qsg__reference__init(&items[i]);
		items[i].relation = canon_lend(reference_token(REFERENCE_FOI));
		items[i].record.data = ids[i].b;
		items[i].record.len = sizeof ids[i].b;
		list[i] = &items[i];
	}
	request = views_get(node->views, rid)->id;
	payload->references = list;
	payload->n_references = out->count;
	payload->foi_decision->request.data = request.b;
	payload->foi_decision->request.len = sizeof request.b;
	err = submit_payload(node, NULL, 0, payload, &out->record);
	/* Borrowed. */
	payload->references = NULL;
	payload->n_references = 0;
	payload->foi_decision->request = (ProtobufCBinaryData){ 0, NULL };
	return err;
}

/*
 * Asking the author.
 */

/* For one organisation: guard, policy, sealing. */
static enum err send(struct node *node, Qsg__Payload *payload, int64_t to,
    const struct share_request *request, struct saying_result *out)
{
	const struct vetting_recorder by = { .role = request->role,
		.person = request->person,
		.override_reason = request->override_reason,
		.dry_run = request->dry_run };
	char **const texts[] = { foi_text(payload) };
	struct fingerprint name =
	    text_fingerprint(&peers_get(node, to)->card.organisation);
	const char *names[] = { name.text };
	struct share_request whole = *request;
	enum err err = share_check_words(request);

	whole.to = names;
	whole.to_count = 1;
	if (!err) {
		err = prepare(node, payload, &by);
	}
	if (!err) {
		err = share_readers_resolve(node, &whole, &out->share);
	}
	if (!err) {
		err = share_judge(node, &whole, payload, &out->share);
	}
	if (!err) {
		err = vetting_scan(texts, 1, &out->share.findings);
	}
	if (!err) {
		err = vetting_judge(&by, &out->share.findings);
	}
	if (!err) {
		err = share_judge_allows(node, &whole, &out->share);
	}
	return err || request->dry_run
	           ? err
	           : share_keep(node, &whole, payload, &out->share);
}

/* ... with a reference to what it is about, as out has it. */
static enum err send_about(struct node *node, Qsg__Payload *payload,
    enum reference how, int64_t to, const struct share_request *request,
    struct saying_result *out)
{
	Qsg__Reference reference;
	Qsg__Reference *list[1] = { &reference };
	enum err err = peers_check_admitted(peers_get(node, to));

	if (err) {
		return err;
	}
	qsg__reference__init(&reference);
	reference.relation = canon_lend(reference_token(how));
	reference.record.data = out->about.b;
	reference.record.len = sizeof out->about.b;
	payload->references = list;
	payload->n_references = 1;
	err = send(node, payload, to, request, out);
	payload->references = NULL;
	payload->n_references = 0;
	return err;
}

/* PROTOCOL.md M479: "A consultation MUST be sealed to the author of the record
 * that it names and to nobody else, and a view to whoever asked." */
enum err foi_consult(struct node *node, const char *record,
    Qsg__Payload *payload, const struct share_request *request,
    struct saying_result *out)
{
	uint32_t rid = 0;
	enum view_type type = VIEW_UNKNOWN;
	enum err err = views_find_prefix(node->views, span_text(record), &rid);

	memset(out, 0, sizeof *out);
	if (err) {
		return err;
	}
	out->about = views_get(node->views, rid)->id;
	type = (enum view_type)views_get(node->views, rid)->type;
	if (views_is_housekeeping(type)) {
		return err_set(ERR_INPUT,
		    "a record of the type %s is housekeeping: nobody is "
		    "consulted about it",
		    views_type_name(type));
	}
	if (state_author(node, rid) == 1) {
		return err_set(ERR_INPUT,
		    "that is a record of this organisation itself: decide on "
		    "it, with `qsg foi decide`");
	}
	return send_about(node, payload, REFERENCE_CONSULTS,
	    state_author(node, rid), request, out);
}

enum err foi_answer(struct node *node, const char *consultation,
    Qsg__Payload *payload, const struct share_request *request,
    struct saying_result *out)
{
	uint32_t rid = 0;
	enum err err =
	    views_find_prefix(node->views, span_text(consultation), &rid);

	memset(out, 0, sizeof *out);
	if (err) {
		return err;
	}
	out->about = views_get(node->views, rid)->id;
	if (views_get(node->views, rid)->type != VIEW_FOI_CONSULTATION) {
		return err_set(ERR_INPUT,
		    "that is no consultation; `qsg foi list` shows those that "
		    "wait for this organisation");
	}
	if (state_author(node, rid) == 1) {
		return err_set(ERR_INPUT,
		    "this organisation itself asked that: it is for the "
		    "record's author to say");
	}
	return send_about(node, payload, REFERENCE_ANSWERS_CONSULTATION,
	    state_author(node, rid), request, out);
}

/*
 * The schedule.
 */

struct rows {
	struct node *node;
	struct id32 request;
	struct foi_row *items;
	size_t count;
	size_t capacity;
};

static enum err add_row(struct rows *rows, uint32_t rid, uint32_t decision)
{
	for (size_t i = 0; i < rows->count; i++) {
		struct foi_row *row = &rows->items[i];

		if (row->rid == rid) {
			row->earlier++;
			row->decision =
			    relations_later(rows->node, decision, row->decision)
				? decision
				: row->decision;
			return ERR_OK;
		}
	}
	if (rows->count == rows->capacity) {
		size_t capacity = rows->capacity ? rows->capacity * 2 : 64;
		struct foi_row *items =
		    realloc(rows->items, capacity * sizeof *items);

		if (!items) {
			return err_set(ERR_MEM, "out of memory");
		}
		rows->items = items;
		rows->capacity = capacity;
	}
	rows->items[rows->count++] =
	    (struct foi_row){ .rid = rid, .decision = decision };
	return ERR_OK;
}

/* PROTOCOL.md M483: "Of several decisions on one record for one request, the
 * one logged last MUST count, and that there are earlier ones MUST be shown."
 */
static enum err add_decision(
    struct rows *rows, uint32_t rid, const Qsg__Payload *payload)
{
	const ProtobufCBinaryData *request = &payload->foi_decision->request;
	enum err err = ERR_OK;

	if (!span_equal(span_of(request->data, request->len),
		span_id(&rows->request))) {
		return ERR_OK;
	}
	for (size_t i = 0; i < payload->n_references && !err; i++) {
		const Qsg__Reference *each = payload->references[i];
		struct id32 id;
		uint32_t about = 0;

		if (reference_named(each->relation) != REFERENCE_FOI) {
			continue;
		}
		memcpy(id.b, each->record.data, sizeof id.b);
		about = views_find(rows->node->views, &id);
		/* What names the request itself closes it. */
		err = about && !is_request(rows->node, about)
		          ? add_row(rows, about, rid)
		          : ERR_OK;
	}
	return err;
}

static int by_time(const void *a, const void *b, void *context)
{
	struct node *node = context;
	const struct foi_row *x = a;
	const struct foi_row *y = b;
	const struct view_record *first = views_get(node->views, x->rid);
	const struct view_record *second = views_get(node->views, y->rid);

	if (first->created_ms != second->created_ms) {
		return first->created_ms < second->created_ms ? -1 : 1;
	}
	return id_compare(&first->id, &second->id);
}

/* Few, and mostly in order. */
static void put_in_order(struct rows *rows)
{
	for (size_t i = 1; i < rows->count; i++) {
		struct foi_row row = rows->items[i];
		size_t at = i;

		while (at > 0 &&
		       by_time(&rows->items[at - 1], &row, rows->node) > 0) {
			rows->items[at] = rows->items[at - 1];
			at--;
		}
		rows->items[at] = row;
	}
}

enum err foi_schedule(
    struct node *node, uint32_t request, struct foi_row **out, size_t *count)
{
	struct rows rows = { .node = node,
		.request = views_get(node->views, request)->id };
	enum err err = ERR_OK;

	for (size_t i = 1; i <= views_count(node->views) && !err; i++) {
		uint32_t rid = (uint32_t)i;
		Qsg__Payload *payload = NULL;

		if (views_get(node->views, rid)->type != VIEW_FOI_DECISION ||
		    state_author(node, rid) != 1) {
			continue;
		}
		err = query_take(node, rid, &payload);
		if (!err && payload) {
			err = add_decision(&rows, rid, payload);
		}
		if (payload) {
			canon_wipe(&payload->base);
		}
	}
	put_in_order(&rows);
	for (size_t i = 0; i < rows.count && !err; i++) {
		err = foi_asked(node, rows.items[i].rid, &rows.items[i].asked);
	}
	if (err) {
		free(rows.items);
		return err;
	}
	*out = rows.items;
	*count = rows.count;
	return ERR_OK;
}
