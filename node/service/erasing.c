#define _POSIX_C_SOURCE 200809L

#include "service/erasing.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/content.h"
#include "domain/erasure.h"
#include "domain/plain.h"
#include "service/corrections.h"
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
	bool granted; /* by us */
};

static enum err find_carriers(
    void *context, const struct erasing_carrier *carrier)
{
	struct finding *finding = context;
	struct node *node = finding->node;
	const struct view_record *view = views_get(node->views, carrier->rid);

	finding->out->bodies += view->state != RECORD_BODYLESS;
	if (carrier->grant && erasing_org(node, carrier->rid) == 1) {
		erasing_refer(&finding->references, REFERENCE_CITES, &view->id);
		finding->granted = true;
	}
	return ERR_OK;
}

/* PROTOCOL.md M451: "An author's erasure MUST be sealed to every reader of the
 * record, and of every grant that the author knows, that carries the record and
 * is by one whom it reached; an erasure of somebody else's record to nobody
 * else, but to its author where the record was granted from here: who else has
 * it is the author's to know, also where the body of a grant never came
 * there." */
static enum err find_told(struct node *node, struct erasing_result *out)
{
	struct reached reached = { 0 };
	enum err err = reached_add(node, &out->named.id, &reached);

	if (!err) {
		err = reached_add_erased(node, &out->named.id, &reached);
	}
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
	if (!err) {
		err = foi_concern(node, &out->named.id, &out->concern);
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
	} else if (!err && finding.granted) {
		err = add_told(node, &out->named.by, out);
	}
	if (!err && request->dry_run) {
		err = erasing_find_waiting(node, &out->named.id, out);
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
	if (!foi_concerns(&out->concern)) {
		out->concern = one->concern;
	}
	err = erasing_find_waiting(node, &one->named.id, out);
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

/* PROTOCOL.md M500: "A person who would erase a record that an open request
 * under the law is about, or a consultation on it, MUST be told before that to
 * do so may be an offence, and it MUST NOT be erased unless the person says
 * expressly to do so all the same." */
enum err erasing_check_asked(struct node *node,
    const struct erasing_request *request, const struct erasing_result *result)
{
	const char *warning = "";
	enum err err = ERR_OK;

	if (request->despite_request || !foi_concerns(&result->concern)) {
		return ERR_OK;
	}
	err = foi_warning(node, &result->concern, &warning);
	return err ? err
	           : err_set(ERR_DENIED,
			 "nothing is erased: an open request is about it (see "
			 "`qsg foi list`), and %s; --despite-request erases it "
			 "all the same",
			 warning);
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
	if (!err && !request->dry_run) {
		err = erasing_check_asked(node, request, out);
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
	free(result->waits);
	free(result->told);
	free(result->left_out);
	*result = (struct erasing_result){ 0 };
}
