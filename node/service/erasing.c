#define _POSIX_C_SOURCE 200809L

#include "service/erasing.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/content.h"
#include "domain/erasure.h"
#include "domain/plain.h"
#include "service/erasing_parts.h"
#include "service/query.h"
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

	return strlen(text) == 2 * sizeof out->b &&
	       !text_unhex(span_text(text), out->b, sizeof out->b) &&
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

enum err erasing_find(struct node *node, struct span prefix, uint32_t *rid)
{
	struct tombstone tombstone;
	enum err err = views_find_prefix(node->views, prefix, rid);

	enum err failed = ERR_OK;

	if (err != ERR_NOTFOUND) {
		return err;
	}
	failed = tombstones_find(node->db, prefix, &tombstone);
	if (failed || !tombstone.erasure) {
		return failed ? failed : err;
	}
	return err_set(ERR_NOTFOUND,
	    "record %.16s was erased here on %s; who asked for it and why: "
	    "qsg record %.16s",
	    text_hex_id(&tombstone.id).text,
	    when_date(tombstone.erased_ms).text,
	    text_hex_id(
		&views_get(node->views, (uint32_t)tombstone.erasure)->id)
		.text);
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
	err = erasing_find(node, span_text(prefix), &out->rid);
	if (!err) {
		out->id = views_get(node->views, out->rid)->id;
		out->rid = erasing_held(node, &out->id);
		err = out->rid ? check_kind(node, out->rid) : ERR_OK;
	} else if (err == ERR_NOTFOUND) {
		err = is_granted(node, prefix, &out->id)
		          ? ERR_OK
		          : err_set(ERR_NOTFOUND,
				"no record %.64s is held here", prefix);
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

static enum err find_readers(
    void *context, const struct erasing_carrier *carrier)
{
	struct finding *finding = context;
	struct node *node = finding->node;
	const struct view_record *view = views_get(node->views, carrier->rid);
	const struct state_stream *stream = state_stream(node, view->stream);
	enum err err = ERR_OK;

	finding->out->bodies += view->state != RECORD_BODYLESS;
	if (carrier->grant && finding->out->own &&
	    erasing_org(node, carrier->rid) == 1) {
		erasing_refer(&finding->references, REFERENCE_CITES, &view->id);
	}
	for (size_t i = 0;
	     finding->out->own && i < stream->reader_count && !err; i++) {
		err = add_told(node, &stream->readers[i], finding->out);
	}
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

/* PROTOCOL.md M451: "An author's erasure MUST be sealed to every reader of the
 * record, and of every grant of it that the author knows; an erasure of
 * somebody else's record to nobody else." */
static enum err say(struct node *node, const struct erasing_request *request,
    struct erasing_references *references, struct erasing_result *out)
{
	Qsg__Payload payload;
	Qsg__Erasure content;
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
	err = submit_payload(
	    node, out->told, out->told_count, &payload, &out->record);
	return err ? err
	           : erasing_take(
			 node, views_find(node->views, &out->record), &payload);
}

enum err erasing_erase(struct node *node, const struct erasing_request *request,
    struct erasing_result *out)
{
	struct finding finding = { .node = node, .out = out };
	enum err err = ERR_OK;

	*out = (struct erasing_result){ 0 };
	err = check(node, request, out);
	out->own = out->named.author == 1;
	erasing_refer(&finding.references, REFERENCE_ERASES, &out->named.id);
	if (!err) {
		err = erasing_carriers(
		    node, &out->named.id, find_readers, &finding);
	}
	if (!err && !request->dry_run) {
		err = submit_may_sign(node);
	}
	return err || request->dry_run
	           ? err
	           : say(node, request, &finding.references, out);
}

void erasing_clear(struct erasing_result *result)
{
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

/* Of several answers of one organisation the one it logged last. */
static enum err find_answer(
    struct node *node, uint32_t erasure, struct erasing_reader *reader)
{
	const struct id32 *id = &views_get(node->views, erasure)->id;
	uint32_t newest = 0;
	uint32_t rid = 0;
	size_t place = 0;

	while ((rid = views_next_link(
		    node->views, id, REFERENCE_ANSWERS_ERASURE, &place)) != 0) {
		if (views_get(node->views, rid)->type == VIEW_ERASURE_ANSWER &&
		    id_equal(
			erasing_author(node, rid), &reader->organisation) &&
		    relations_later(node, rid, newest)) {
			newest = rid;
		}
	}
	if (!newest && erasing_org(node, erasure) != 1 &&
	    !id_equal(&reader->organisation, node_id(node))) {
		/* Answers are sealed to whoever asked. */
		reader->answered = ERASING_ELSEWHERE;
	}
	return newest ? query_open(node, newest, take_answer, reader) : ERR_OK;
}

static enum err find_answers(struct node *node, struct erasing_found *found)
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
		err = find_answer(node, found->rid, next);
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

	found->author = erasing_org(node, found->rid);
	if (!err) {
		err = erasing_carriers(node, id, judge, &looking);
	}
	/* What carried it may say no more whose it was. */
	found->counts = found->counts ||
	                (tombstone->erasure &&
			    erasing_org(node, (uint32_t)tombstone->erasure) ==
				found->author);
	if (erasing_disowned(node, found->rid)) {
		found->counts = false;
		found->why_not =
		    tombstone->erasure == (int64_t)found->rid
			? "its author has disowned it since; what was deleted "
			  "here before stays deleted"
			: "its author has disowned it";
		return err ? err : find_answers(node, found);
	}
	found->why_not = found->counts ? ""
	                 : looking.any
	                     ? "by another organisation than the record's "
	                       "author"
	                     : "what it erases is not held here";
	return err ? err : find_answers(node, found);
}

static enum err find_erasures(
    struct node *node, const struct id32 *id, struct erasing_account *out)
{
	uint32_t rid = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && (rid = views_next_link(
			    node->views, id, REFERENCE_ERASES, &place)) != 0) {
		struct erasing_found *more = NULL;

		if (views_get(node->views, rid)->type != VIEW_ERASURE) {
			continue;
		}
		more = realloc(
		    out->erasures, (out->erasure_count + 1) * sizeof *more);
		if (!more) {
			return err_set(ERR_MEM, "out of memory");
		}
		out->erasures = more;
		more = &out->erasures[out->erasure_count++];
		*more = (struct erasing_found){ .rid = rid, .why_not = "" };
		err = look_at(node, id, &out->tombstone, more);
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
