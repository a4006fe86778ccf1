#define _POSIX_C_SOURCE 200809L

#include "service/erasing.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/content.h"
#include "domain/erasure.h"
#include "domain/plain.h"
#include "service/corrections.h"
#include "service/disown.h"
#include "service/erasing_parts.h"
#include "service/query.h"
#include "service/reached.h"
#include "service/relations.h"
#include "service/share_parts.h"
#include "service/submit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a person names.
 */

/* The whole id of a record that is held in grants alone. */
static bool is_granted(struct node *node, const char *text, struct id32 *out)
{
	size_t place = 0;

	return !text_unhex(span_text(text), out->b, sizeof out->b) &&
	       views_next_link(node->views, out, REFERENCE_GRANTS, &place) != 0;
}

static enum err check_grant(struct node *node, uint32_t rid)
{
	Qsg__Payload *payload = NULL;
	struct id32 original = { 0 };
	enum err err = query_take(node, rid, &payload);

	if (!err && payload) {
		(void)erasure_target(payload, &original);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err ? err
	           : err_set(ERR_INPUT,
			 "that is a grant: erase what it carries, record %s",
			 text_hex_id(&original).text);
}

static enum err check_kind(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);
	Qsg__Payload *payload = NULL;
	enum err err = ERR_OK;

	if (view->type == VIEW_GRANT) {
		return check_grant(node, rid);
	}
	err = query_take(node, rid, &payload);
	if (!err && (view->slotted ||
			(payload && !erasure_of_kind(payload->content_case)))) {
		err = err_set(ERR_INPUT,
		    "a record of type %s cannot be erased: others rest on it",
		    views_type_name((enum view_type)view->type));
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

static enum err learn(void *context, const struct erasing_carrier *carrier)
{
	struct erasing_named *named = context;

	if (carrier->known) {
		named->by = carrier->author;
	}
	return ERR_OK;
}

enum err erasing_name(
    struct node *node, const char *prefix, struct erasing_named *out)
{
	struct tombstone tombstone;
	const struct peer *author = NULL;
	enum err err = ERR_OK;

	*out = (struct erasing_named){ 0 };
	err = views_find_prefix(node->views, span_text(prefix), &out->rid);
	if (!err) {
		out->id = views_get(node->views, out->rid)->id;
		out->rid = erasing_held(node, &out->id);
		err = out->rid ? check_kind(node, out->rid) : ERR_OK;
	} else if (err == ERR_NOTFOUND && is_granted(node, prefix, &out->id)) {
		err = ERR_OK;
	}
	if (!err) {
		err = erasing_carriers(node, &out->id, learn, out);
	}
	if (!err) {
		author = peers_by_id(node, &out->by);
		out->author = author ? author->org : 0;
		err = tombstones_get(node->db, &out->id, &tombstone);
		out->erased = !err;
		err = err == ERR_NOTFOUND ? ERR_OK : err;
	}
	return err;
}

/*
 * Whom it concerns.
 */

static enum err add_told(
    struct node *node, const struct id32 *reader, struct erasing_result *out)
{
	struct peer *peer = peers_by_id(node, reader);
	bool left_out = !peer || !peers_admitted(peer);

	if (peer && peer->org == 1) {
		return ERR_OK;
	}
	for (size_t i = 0; peer && i < out->told_count; i++) {
		if (out->told[i] == peer->org) {
			return ERR_OK;
		}
	}
	for (size_t i = 0; i < out->left_out_count; i++) {
		if (id_equal(&out->left_out[i], reader)) {
			return ERR_OK;
		}
	}
	if (left_out) {
		struct id32 *ids = realloc(
		    out->left_out, (out->left_out_count + 1) * sizeof *ids);

		if (!ids) {
			return err_set(ERR_MEM, "out of memory");
		}
		out->left_out = ids;
		out->left_out[out->left_out_count++] = *reader;
	} else {
		int64_t *told =
		    realloc(out->told, (out->told_count + 1) * sizeof *told);

		if (!told) {
			return err_set(ERR_MEM, "out of memory");
		}
		out->told = told;
		out->told[out->told_count++] = peer->org;
	}
	return ERR_OK;
}

struct finding {
	struct node *node;
	struct erasing_result *out;
	struct erasing_references references;
};

static enum err find_carriers(
    void *context, const struct erasing_carrier *carrier)
{
	struct finding *finding = context;
	struct node *node = finding->node;
	const struct view_record *view = views_get(node->views, carrier->rid);

	if (carrier->word) {
		return ERR_OK;
	}
	finding->out->bodies += view->state != RECORD_BODYLESS;
	if (carrier->grant && finding->out->own &&
	    erasing_org(node, carrier->rid) == 1) {
		erasing_refer(&finding->references, REFERENCE_CITES, &view->id);
	}
	return ERR_OK;
}

/* PROTOCOL.md M451: "An author's erasure MUST be sealed to every reader of the
 * record, and of every grant that the author knows, that carries the record and
 * is by one whom it reached; an erasure of somebody else's record to nobody
 * else." */
static enum err find_told(struct node *node, struct erasing_result *out)
{
	struct reached reached = { 0 };
	enum err err = reached_add(node, &out->named.id, &reached);

	if (!err) {
		err = reached_follow(node, &reached);
	}
	for (size_t i = 0; i < reached.count && !err; i++) {
		err = add_told(node, &reached.ids[i], out);
	}
	reached_clear(&reached);
	return err;
}

/*
 * Saying it.
 */

static enum err check(struct node *node, const struct erasing_request *request,
    struct erasing_result *out)
{
	const struct share_request words = { .role = request->role,
		.person = request->person };
	struct erasing_hold hold;
	bool held = false;
	enum err err = erasing_name(node, request->record, &out->named);

	if (!err && out->named.erased) {
		err = err_set(ERR_STATE, "that record is erased already");
	}
	if (!err && plain_is_blank(request->reason)) {
		err = err_set(ERR_INPUT, "say why it is erased");
	}
	if (!err) {
		err = plain_check_reason("the reason", request->reason);
	}
	if (!err) {
		err = share_check_words(&words);
	}
	if (!err) {
		err = erasing_is_held(node, &out->named.id, &held);
	}
	if (!err && held) {
		err = erasing_get_hold(node, &out->named.id, &hold);
	}
	if (!err && held) {
		err = err_set(ERR_STATE,
		    "it is held until %s: %s (see `qsg erase release-hold`)",
		    hold.until, hold.reason);
	}
	return err;
}

static enum err say(struct node *node, const struct erasing_request *request,
    struct erasing_references *references, struct erasing_result *out)
{
	Qsg__Payload payload;
	Qsg__Erasure content;
	/* More than one record can be sealed to are told at the next tick: it
	 * is passed on to whom it has not reached. */
	size_t count =
	    out->told_count < LIMIT_READERS ? out->told_count : LIMIT_READERS;
	enum err err = ERR_OK;

	qsg__payload__init(&payload);
	qsg__erasure__init(&content);
	payload.references = references->list;
	payload.n_references = references->count;
	content.reason = canon_lend(request->reason);
	payload.role =
	    canon_lend(request->role ? request->role : "administrator");
	if (request->person) {
		payload.person = canon_lend(request->person);
	}
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	err = submit_payload(node, out->told, count, &payload, &out->record);
	return err ? err
	           : erasing_take(
			 node, views_find(node->views, &out->record), &payload);
}

static enum err erase_one(struct node *node,
    const struct erasing_request *request, struct erasing_result *out)
{
	struct finding finding = { .node = node, .out = out };
	enum err err = ERR_OK;

	*out = (struct erasing_result){ 0 };
	err = check(node, request, out);
	out->own = out->named.author == 1;
	erasing_refer(&finding.references, REFERENCE_ERASES, &out->named.id);
	if (!err) {
		err = erasing_carriers(
		    node, &out->named.id, find_carriers, &finding);
	}
	if (!err && out->own) {
		err = find_told(node, out);
	}
	if (!err && !request->dry_run) {
		err = submit_may_sign(node);
	}
	return err || request->dry_run
	           ? err
	           : say(node, request, &finding.references, out);
}

/*
 * Its other versions.
 */

static enum err find_versions(struct node *node, struct erasing_result *out)
{
	uint32_t rid = views_find(node->views, &out->named.id);
	struct corrections_chain chain = { .count = 0 };

	if (rid) {
		corrections_chain(node, rid, &chain);
	}
	out->versions = calloc(chain.count + 1, sizeof *out->versions);
	if (!out->versions) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < chain.count; i++) {
		const struct view_record *view =
		    views_get(node->views, chain.rids[i]);

		if (chain.rids[i] != rid &&
		    !records_is_erased(view->state, view->reason)) {
			out->versions[out->version_count++].id = view->id;
		}
	}
	return ERR_OK;
}

static enum err add_up(struct node *node, const struct erasing_result *one,
    struct erasing_result *out)
{
	enum err err = ERR_OK;

	out->bodies += one->bodies;
	for (size_t i = 0; i < one->told_count && !err; i++) {
		err = add_told(node,
		    &peers_get(node, one->told[i])->card.organisation, out);
	}
	for (size_t i = 0; i < one->left_out_count && !err; i++) {
		err = add_told(node, &one->left_out[i], out);
	}
	return err;
}

static enum err erase_version(struct node *node,
    const struct erasing_request *request, struct erasing_version *version,
    struct erasing_result *out)
{
	struct hex32 hex = text_hex_id(&version->id);
	struct erasing_request whole = *request;
	struct erasing_result one;
	enum err err = ERR_OK;

	whole.record = hex.text;
	err = erase_one(node, &whole, &one);
	version->erasure = one.record;
	if (err) {
		err = err_wrap(err, "its version %.12s", hex.text);
	} else if (request->dry_run) {
		err = add_up(node, &one, out);
	}
	erasing_clear(&one);
	return err;
}

static enum err erase_versions(struct node *node,
    const struct erasing_request *request, struct erasing_result *out)
{
	enum err err = ERR_OK;

	for (size_t i = 0;
	     request->all_versions && i < out->version_count && !err; i++) {
		err = erase_version(node, request, &out->versions[i], out);
	}
	return err;
}

/* All is looked at before anything is erased. */
enum err erasing_erase(struct node *node, const struct erasing_request *request,
    struct erasing_result *out)
{
	struct erasing_request look = *request;
	struct erasing_result done = { .own = false };
	enum err err = ERR_OK;

	look.dry_run = true;
	err = erase_one(node, &look, out);
	out->all_versions = request->all_versions;
	if (!err) {
		err = find_versions(node, out);
	}
	if (!err) {
		err = erase_versions(node, &look, out);
	}
	if (err || request->dry_run) {
		return err;
	}
	err = erase_one(node, request, &done);
	out->record = done.record;
	erasing_clear(&done);
	return err ? err
	           : state_poison(node, erase_versions(node, request, out));
}

void erasing_clear(struct erasing_result *result)
{
	free(result->versions);
	free(result->told);
	free(result->left_out);
	*result = (struct erasing_result){ 0 };
}

/*
 * What became of it.
 */

struct looking {
	struct node *node;
	struct erasing_found *found;
	bool any; /* carriers */
};

static enum err judge(void *context, const struct erasing_carrier *carrier)
{
	struct looking *looking = context;

	looking->any = true;
	looking->found->counts =
	    looking->found->counts ||
	    erasing_reaches(looking->node, looking->found->rid, carrier) !=
		ERASING_NOT;
	return ERR_OK;
}

static enum err take_answer(void *context, const struct query_item *item)
{
	struct erasing_reader *reader = context;
	const Qsg__ErasureAnswer *said = NULL;

	if (!item->payload) {
		return ERR_OK;
	}
	said = item->payload->erasure_answer;
	reader->answered = strcmp(said->verdict, ERASURE_DONE) == 0
	                       ? ERASING_DONE
	                       : ERASING_KEPT;
	reader->answered_ms = item->view->created_ms;
	(void)snprintf(
	    reader->until, sizeof reader->until, "%.10s", said->until);
	(void)snprintf(
	    reader->reason, sizeof reader->reason, "%s", said->reason);
	reader->answer = item->rid;
	return ERR_OK;
}

/* What it answered to any of several that say the same. */
static enum err find_answers(
    struct node *node, const struct id32 *id, struct erasing_found *found)
{
	const struct state_stream *stream =
	    state_stream(node, views_get(node->views, found->rid)->stream);
	const struct id32 *author = erasing_author(node, found->rid);
	enum err err = ERR_OK;

	found->readers =
	    calloc(stream->reader_count + 1, sizeof *found->readers);
	if (!found->readers) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < stream->reader_count && !err; i++) {
		struct erasing_reader *next =
		    &found->readers[found->reader_count];

		if (id_equal(&stream->readers[i], author)) {
			continue;
		}
		next->organisation = stream->readers[i];
		found->reader_count++;
		next->answer =
		    erasing_last_answer(node, id, author, &next->organisation);
		err = next->answer
		          ? query_open(node, next->answer, take_answer, next)
		          : ERR_OK;
	}
	return err;
}

static enum err take_erasure(void *context, const struct query_item *item)
{
	struct erasing_found *found = context;

	if (!item->payload) {
		return ERR_OK;
	}
	found->created_ms = item->view->created_ms;
	found->passed_on = content_refers(
	    item->payload, reference_token(REFERENCE_PASSES_ON), NULL);
	found->reason = strdup(item->payload->erasure->reason);
	return found->reason ? ERR_OK : err_set(ERR_MEM, "out of memory");
}

static enum err look_at(struct node *node, const struct id32 *id,
    const struct tombstone *tombstone, struct erasing_found *found)
{
	struct looking looking = { .node = node, .found = found };
	enum err err = query_open(node, found->rid, take_erasure, found);

	if (!err) {
		err = erasing_carriers(node, id, judge, &looking);
	}
	/* What carried it may say no more whose it was. */
	found->counts = found->counts ||
	                (tombstone->erasure &&
			    erasing_org(node, (uint32_t)tombstone->erasure) ==
				found->author);
	found->why_not = found->counts ? ""
	                 : looking.any
	                     ? "by another organisation than the record's "
	                       "author"
	                     : "what it erases is not held here";
	return err ? err : find_answers(node, id, found);
}

/* Of one author, which of two is listed. */
static bool is_newer(struct node *node, uint32_t rid, uint32_t than)
{
	bool disowned = disown_record(node, rid);

	return disowned == disown_record(node, than)
	           ? relations_later(node, rid, than)
	           : !disowned;
}

/* Of another organisation that asks for it often one is enough. */
static enum err note(
    struct node *node, uint32_t rid, struct erasing_account *out)
{
	int64_t author = erasing_org(node, rid);
	struct erasing_found *more = NULL;

	for (size_t i = 0; author != 1 && i < out->erasure_count; i++) {
		struct erasing_found *found = &out->erasures[i];

		if (found->author == author) {
			found->rid =
			    is_newer(node, rid, found->rid) ? rid : found->rid;
			found->repeats++;
			return ERR_OK;
		}
	}
	more = realloc(out->erasures, (out->erasure_count + 1) * sizeof *more);
	if (!more) {
		return err_set(ERR_MEM, "out of memory");
	}
	out->erasures = more;
	more[out->erasure_count++] = (struct erasing_found){
		.rid = rid, .author = author, .why_not = ""
	};
	return ERR_OK;
}

static enum err find_erasures(
    struct node *node, const struct id32 *id, struct erasing_account *out)
{
	uint32_t rid = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && (rid = views_next_link(
			    node->views, id, REFERENCE_ERASES, &place)) != 0) {
		if (views_get(node->views, rid)->type == VIEW_ERASURE) {
			err = note(node, rid, out);
		}
	}
	for (size_t i = 0; i < out->erasure_count && !err; i++) {
		err = look_at(node, id, &out->tombstone, &out->erasures[i]);
	}
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct erasing_found *x = a;
	const struct erasing_found *y = b;

	if (x->created_ms != y->created_ms) {
		return x->created_ms < y->created_ms ? -1 : 1;
	}
	return (x->rid > y->rid) - (x->rid < y->rid);
}

enum err erasing_look(
    struct node *node, const struct id32 *id, struct erasing_account *out)
{
	enum err err = ERR_OK;

	*out = (struct erasing_account){ 0 };
	err = tombstones_get(node->db, id, &out->tombstone);
	err = err == ERR_NOTFOUND ? ERR_OK : err;
	if (!err) {
		err = erasing_is_held(node, id, &out->held);
	}
	if (!err && out->held) {
		err = erasing_get_hold(node, id, &out->hold);
	}
	if (!err) {
		err = find_erasures(node, id, out);
	}
	if (out->erasure_count) {
		qsort(out->erasures, out->erasure_count, sizeof *out->erasures,
		    by_time);
	}
	if (err) {
		erasing_account_clear(out);
	}
	return err;
}

void erasing_account_clear(struct erasing_account *account)
{
	for (size_t i = 0; i < account->erasure_count; i++) {
		free(account->erasures[i].reason);
		free(account->erasures[i].readers);
	}
	free(account->erasures);
	*account = (struct erasing_account){ 0 };
}
