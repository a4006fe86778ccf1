#define _POSIX_C_SOURCE 200809L

#include "service/correcting.h"

#include "codec/canon.h"
#include "domain/content.h"
#include "domain/plain.h"
#include "domain/reference.h"
#include "service/corrections.h"
#include "service/query.h"
#include "service/reached.h"
#include "service/saying_about.h"
#include "service/share_parts.h"
#include "service/state.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

/*
 * Whom it reached.
 */

/* PROTOCOL.md M470: "A correction or retraction MUST be sealed to every
 * organisation that the record reached and that its author has enrolled and
 * not refused: the readers of the record, of those that it corrects, and of
 * each grant that carries one of them, by one whom that reached; and whoever is
 * left out MUST be named to the person who makes it, with the reason." */
enum err correcting_reached(
    struct node *node, uint32_t rid, struct id32 **out, size_t *count)
{
	struct corrections_chain chain;
	struct reached reached = { 0 };
	enum err err = ERR_OK;

	corrections_chain(node, rid, &chain);
	for (size_t i = 0; i < chain.count && !err; i++) {
		err = reached_add(
		    node, &views_get(node->views, chain.rids[i])->id, &reached);
	}
	if (!err) {
		err = reached_follow(node, &reached);
	}
	if (err) {
		reached_clear(&reached);
		return err;
	}
	if (reached.count) {
		qsort(reached.ids, reached.count, sizeof *reached.ids,
		    id_compare);
	}
	*out = reached.ids;
	*count = reached.count;
	reached.ids = NULL;
	reached_clear(&reached);
	return ERR_OK;
}

/* Seal it to them: by fingerprint, which names nobody else. */
static enum err name_readers(struct node *node, uint32_t rid,
    struct saying_readers *readers, struct share_request *request,
    struct saying_result *out)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	enum err err = correcting_reached(node, rid, &ids, &count);

	if (!err) {
		err = saying_about_name(node, ids, count, readers, out);
	}
	free(ids);
	request->to = readers->to;
	request->to_count = readers->count;
	request->for_us_alone = readers->count == 0;
	return err;
}

/*
 * Which record.
 */

static struct hex32 hex_of(struct node *node, uint32_t rid)
{
	return text_hex_id(&views_get(node->views, rid)->id);
}

/* PROTOCOL.md M472: "An author MUST NOT correct or retract a record that it has
 * corrected or retracted already, and MUST name the one in force." */
static enum err check_newest(struct node *node, uint32_t rid)
{
	struct corrections_chain chain;

	corrections_chain(node, rid, &chain);
	if (chain.retraction) {
		return err_set(ERR_STATE,
		    "that was retracted, by record %.12s: it stays so; what is "
		    "to be said after all is shared anew, with `qsg share`",
		    hex_of(node, chain.retraction).text);
	}
	if (chain.cut) {
		return err_set(ERR_LIMIT,
		    "that was corrected more than %u times: retract it, and "
		    "share it anew",
		    CORRECTIONS_CHAIN - 1);
	}
	if (chain.newest != rid) {
		return err_set(ERR_STATE,
		    "that was corrected meanwhile, by record %s: look at it, "
		    "and correct or retract that one",
		    hex_of(node, chain.newest).text);
	}
	return ERR_OK;
}

/* PROTOCOL.md M473: "A node MUST refuse to correct or retract a record of
 * another organisation." */
static enum err find_own(struct node *node, const char *prefix, uint32_t *rid)
{
	enum err err = views_find_prefix(node->views, span_text(prefix), rid);

	if (err) {
		return err;
	}
	if (state_author(node, *rid) != 1) {
		return err_set(ERR_INPUT,
		    "that is a record of another organisation, which alone can "
		    "correct or retract it: tell them, with `qsg feedback`");
	}
	if (views_get(node->views, *rid)->state != RECORD_READABLE) {
		return err_set(ERR_STATE,
		    records_is_erased(views_get(node->views, *rid)->state,
			views_get(node->views, *rid)->reason)
			? "that record is erased here: there is nothing left "
			  "to correct or retract"
			: "that record cannot be read here any more");
	}
	return ERR_OK;
}

enum err correcting_find(struct node *node, const char *prefix, uint32_t *rid)
{
	enum err err = find_own(node, prefix, rid);
	const struct view_record *view = NULL;
	enum view_type type = VIEW_UNKNOWN;

	if (err) {
		return err;
	}
	view = views_get(node->views, *rid);
	type = (enum view_type)view->type;
	if (type == VIEW_INDICATOR || (type == VIEW_CORRECTION && view->set)) {
		return err_set(ERR_INPUT,
		    "indicators are corrected by importing their file again, "
		    "with `qsg import`");
	}
	if (type != VIEW_INTELLIGENCE && type != VIEW_CORRECTION) {
		return err_set(ERR_INPUT,
		    "a record of the type %s is not corrected: say it anew, or "
		    "take it back with `qsg retract`",
		    views_type_name(type));
	}
	return check_newest(node, *rid);
}

static enum err find_retractable(
    struct node *node, const char *prefix, uint32_t *rid)
{
	enum err err = find_own(node, prefix, rid);
	enum view_type type = VIEW_UNKNOWN;

	if (err) {
		return err;
	}
	type = (enum view_type)views_get(node->views, *rid)->type;
	if (views_is_housekeeping(type) || type == VIEW_GRANT ||
	    type == VIEW_RETRACTION) {
		return err_set(ERR_INPUT,
		    "a record of the type %s cannot be retracted: name what "
		    "was said about a provider",
		    views_type_name(type));
	}
	return check_newest(node, *rid);
}

/* What waited: was that corrected or retracted meanwhile? */
static enum err still_fits(struct node *node, const Qsg__Payload *payload)
{
	struct id32 id;
	uint32_t rid = 0;

	if ((payload->content_case != QSG__PAYLOAD__CONTENT_INTELLIGENCE ||
		!content_refers(
		    payload, reference_token(REFERENCE_CORRECTS), &id)) &&
	    !content_refers(
		payload, reference_token(REFERENCE_RETRACTS), &id)) {
		return ERR_OK;
	}
	rid = views_find(node->views, &id);
	return rid ? check_newest(node, rid)
	           : err_set(ERR_NOTFOUND, "that record is not held here");
}

/*
 * What it refers to.
 */

struct references {
	Qsg__Reference items[CORRECTIONS_CHAIN];
	Qsg__Reference *list[CORRECTIONS_CHAIN];
	struct id32 ids[CORRECTIONS_CHAIN];
	size_t count;
};

/* PROTOCOL.md M474: "A correction by `corrects`, and a retraction by
 * `retracts`, MUST name the record first and then each that this one corrects,
 * so that a reader who was left out of one of them knows all the same what is
 * meant." */
static enum err make_references(struct node *node, uint32_t rid,
    enum reference how, struct references **out)
{
	struct references *made = calloc(1, sizeof *made);
	struct corrections_chain chain;

	if (!made) {
		return err_set(ERR_MEM, "out of memory");
	}
	corrections_chain(node, rid, &chain);
	for (size_t i = chain.count; i > 0; i--) {
		size_t at = made->count++;

		made->ids[at] = views_get(node->views, chain.rids[i - 1])->id;
		qsg__reference__init(&made->items[at]);
		made->items[at].relation = canon_lend(reference_token(how));
		made->items[at].record.data = made->ids[at].b;
		made->items[at].record.len = sizeof made->ids[at].b;
		made->list[at] = &made->items[at];
	}
	*out = made;
	return ERR_OK;
}

/*
 * Correcting.
 */

static enum err is_same(
    const ProtobufCMessage *a, const ProtobufCMessage *b, bool *same)
{
	struct buf first = { 0 };
	struct buf second = { 0 };
	enum err err = a ? canon_encode(a, &first) : ERR_OK;

	if (!err && b) {
		err = canon_encode(b, &second);
	}
	*same = !err && span_equal(buf_span(&first), buf_span(&second));
	buf_wipe(&first);
	buf_wipe(&second);
	return err;
}

static enum err check_changed(
    struct node *node, uint32_t rid, const struct share_request *request)
{
	const Qsg__Handling *handling = request->handling;
	Qsg__Payload *before = NULL;
	bool item = false;
	bool rules = false;
	enum err err = query_take(node, rid, &before);

	if (!err && !before) {
		err = err_set(ERR_STATE, "that record cannot be read here");
	}
	if (!err) {
		err = is_same(&request->intelligence->base,
		    &before->intelligence->base, &item);
	}
	if (!err) {
		err = is_same(handling ? &handling->base : NULL,
		    before->handling ? &before->handling->base : NULL, &rules);
	}
	if (!err && item && rules) {
		err = err_set(ERR_INPUT,
		    "that changes nothing: give the fields that were wrong");
	}
	if (before) {
		canon_wipe(&before->base);
	}
	return err;
}

enum err correcting_correct(struct node *node, uint32_t rid,
    const struct share_request *request, struct saying_result *out)
{
	struct share_request whole = *request;
	struct saying_readers readers = { 0 };
	struct references *references = NULL;
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	out->about = views_get(node->views, rid)->id;
	err = check_changed(node, rid, request);
	if (!err) {
		err = name_readers(node, rid, &readers, &whole, out);
	}
	if (!err) {
		err =
		    make_references(node, rid, REFERENCE_CORRECTS, &references);
	}
	if (!err) {
		whole.references = references->list;
		whole.reference_count = references->count;
		err = share_intelligence(node, &whole, &out->share);
	}
	saying_about_clear(&readers);
	free(references);
	return err;
}

/*
 * Retracting.
 */

static struct vetting_recorder recorder_of(const struct share_request *request)
{
	return (struct vetting_recorder){ .role = request->role,
		.person = request->person,
		.override_reason = request->override_reason,
		.dry_run = request->dry_run };
}

/* PROTOCOL.md M488: "A retraction MUST say its reason, which MUST pass the
 * guard like any text." */
static enum err go_on(struct node *node, const struct share_request *request,
    const Qsg__Payload *payload, struct share_result *out)
{
	const struct vetting_recorder recorder = recorder_of(request);
	char **texts[] = { &payload->retraction->reason };
	enum err err = share_judge(node, request, payload, out);

	if (!err) {
		err = vetting_scan(texts, 1, &out->findings);
	}
	if (!err) {
		err = vetting_judge(&recorder, &out->findings);
	}
	if (!err) {
		err = share_judge_allows(node, request, out);
	}
	return err || request->dry_run
	           ? err
	           : share_keep(node, request, payload, out);
}

enum err correcting_again(struct node *node,
    const struct share_request *request, const Qsg__Payload *payload,
    struct share_result *out)
{
	enum err err = still_fits(node, payload);

	memset(out, 0, sizeof *out);
	if (err) {
		return err;
	}
	if (payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE) {
		return share_intelligence(node, request, out);
	}
	err = share_readers_resolve(node, request, out);
	return err ? err : go_on(node, request, payload, out);
}

static enum err retract(struct node *node, uint32_t rid, char **reason,
    const struct share_request *request, struct saying_result *out)
{
	const struct vetting_recorder recorder = recorder_of(request);
	struct saying_readers readers = { 0 };
	struct share_request whole = *request;
	struct references *references = NULL;
	Qsg__Payload payload;
	Qsg__Retraction content;
	enum err err = name_readers(node, rid, &readers, &whole, out);

	if (!err) {
		err =
		    make_references(node, rid, REFERENCE_RETRACTS, &references);
	}
	if (!err) {
		err = share_readers_resolve(node, &whole, &out->share);
	}
	if (!err) {
		qsg__payload__init(&payload);
		qsg__retraction__init(&content);
		content.reason = *reason;
		payload.references = references->list;
		payload.n_references = references->count;
		payload.content_case = QSG__PAYLOAD__CONTENT_RETRACTION;
		payload.retraction = &content;
		vetting_name_recorder(&recorder, &payload);
		err = go_on(node, &whole, &payload, &out->share);
	}
	saying_about_clear(&readers);
	free(references);
	return err;
}

enum err correcting_retract(struct node *node, const char *prefix,
    const char *reason, const struct share_request *request,
    struct saying_result *out)
{
	char *text = strdup(reason);
	char **const texts[] = { &text };
	uint32_t rid = 0;
	enum err err = text ? ERR_OK : err_set(ERR_MEM, "out of memory");

	memset(out, 0, sizeof *out);
	if (!err) {
		err = vetting_normalise(texts, 1);
	}
	if (!err) {
		err = plain_check_reason("the reason", text);
	}
	if (!err && plain_is_blank(text)) {
		err = err_set(ERR_INPUT, "the reason is needed");
	}
	if (!err) {
		err = share_check_words(request);
	}
	if (!err) {
		err = find_retractable(node, prefix, &rid);
	}
	if (!err) {
		out->about = views_get(node->views, rid)->id;
		err = retract(node, rid, &text, request, out);
	}
	free(text);
	return err;
}
