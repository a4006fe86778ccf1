#include "service/onward.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/grant.h"
#include "domain/plain.h"
#include "domain/reference.h"
#include "domain/said.h"
#include "service/erasing.h"
#include "service/granting.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/share_parts.h"
#include "service/vetting.h"

#include <stdlib.h>
#include <string.h>

/*
 * What was answered.
 */

static bool names(const Qsg__OnwardAnswer *answer, const struct id32 *record,
    const struct id32 *organisation)
{
	bool found = false;

	for (size_t i = 0; i < answer->n_to && !found; i++) {
		found =
		    span_equal(span_of(answer->to[i].data, answer->to[i].len),
			span_id(organisation));
	}
	return found &&
	       span_equal(span_of(answer->record.data, answer->record.len),
		   span_id(record));
}

/* Of those that answer this request, the record's author's newest that is about
 * the record, and this organisation (NULL: any). */
struct search {
	struct node *node;
	const struct id32 *record;
	const struct id32 *author;
	const struct id32 *organisation;
	uint32_t newest;
	bool allows;
};

/* PROTOCOL.md M427: "An answer to whether a record may go on MUST count only
 * when it is by the record's author, and of several about one record and one
 * organisation the one that it logged last." */
static enum err look_at(struct search *search, uint32_t rid)
{
	struct node *node = search->node;
	const struct view_record *view = views_get(node->views, rid);
	Qsg__Payload *payload = NULL;
	enum err err = ERR_OK;

	if (view->type != VIEW_ONWARD_ANSWER ||
	    view->state != RECORD_READABLE ||
	    !id_equal(state_author_id(node, rid), search->author) ||
	    !relations_later(node, rid, search->newest)) {
		return ERR_OK;
	}
	err = query_take(node, rid, &payload);
	if (!err && payload &&
	    (!search->organisation ||
		names(payload->onward_answer, search->record,
		    search->organisation))) {
		search->newest = rid;
		search->allows =
		    strcmp(payload->onward_answer->verdict, "allow") == 0;
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

static enum err look_through(struct search *search, uint32_t request)
{
	struct node *node = search->node;
	const struct id32 *id = &views_get(node->views, request)->id;
	size_t place = 0;
	uint32_t answer = 0;
	enum err err = ERR_OK;

	while (!err && (answer = views_next_link(node->views, id,
			    REFERENCE_ANSWERS_ONWARD, &place)) != 0) {
		err = look_at(search, answer);
	}
	return err;
}

enum err onward_allows(struct node *node, uint32_t rid,
    const struct id32 *organisation, bool *allows, struct id32 *answer)
{
	struct search search = { .node = node,
		.record = &views_get(node->views, rid)->id,
		.author = state_author_id(node, rid),
		.organisation = organisation };
	size_t place = 0;
	uint32_t request = 0;
	enum err err = ERR_OK;

	while (!err && (request = views_next_link(node->views, search.record,
			    REFERENCE_ASKS_ONWARD, &place)) != 0) {
		err = look_through(&search, request);
	}
	*allows = !err && search.newest && search.allows;
	if (*allows) {
		*answer = views_get(node->views, search.newest)->id;
	}
	return err;
}

/*
 * Asking and answering.
 */

/* A content with what it borrows from. */
struct saying_so {
	Qsg__Payload payload;
	Qsg__OnwardRequest request;
	Qsg__OnwardAnswer answer;
	Qsg__Reference reference;
	Qsg__Reference *references[1];
	ProtobufCBinaryData to[LIMIT_READERS];
	struct id32 ids[LIMIT_READERS];
	struct id32 about; /* what it refers to */
	struct id32 record;
};

static void begin(struct saying_so *so, const struct share_request *request,
    enum reference how, const struct id32 *about)
{
	const struct vetting_recorder recorder = { .role = request->role,
		.person = request->person };

	qsg__payload__init(&so->payload);
	qsg__onward_request__init(&so->request);
	qsg__onward_answer__init(&so->answer);
	qsg__reference__init(&so->reference);
	so->about = *about;
	so->reference.relation = canon_lend(reference_token(how));
	so->reference.record.data = so->about.b;
	so->reference.record.len = sizeof so->about.b;
	so->references[0] = &so->reference;
	so->payload.references = so->references;
	so->payload.n_references = 1;
	vetting_name_recorder(&recorder, &so->payload);
}

static void lend_ids(struct saying_so *so, size_t count)
{
	qsort(so->ids, count, sizeof so->ids[0], id_compare);
	for (size_t i = 0; i < count; i++) {
		so->to[i].data = so->ids[i].b;
		so->to[i].len = sizeof so->ids[i].b;
	}
}

/* Seal it for one organisation: naming that one is the decision, so the policy
 * is asked and nobody else. */
static enum err send(struct node *node, const struct share_request *share,
    int64_t org, const char *reason, const Qsg__Payload *payload,
    struct share_result *out)
{
	const struct peer *peer = peers_get(node, org);
	const struct vetting_recorder recorder = { .role = share->role,
		.person = share->person,
		.override_reason = share->override_reason,
		.dry_run = share->dry_run };
	struct share_request to_one = *share;
	struct fingerprint name;
	const char *to[1];
	enum err err = peer ? peers_check_admitted(peer)
	                    : err_set(ERR_NOTFOUND, "no such organisation");

	if (err) {
		return err;
	}
	name = text_fingerprint(&peer->card.organisation);
	to[0] = name.text;
	to_one.to = to;
	to_one.to_count = 1;
	to_one.for_us_alone = false;
	err = share_check_words(&to_one);
	if (!err) {
		err = guard_scan(span_text(reason), &out->findings);
	}
	if (!err) {
		err = vetting_judge(&recorder, &out->findings);
	}
	if (!err) {
		err = share_readers_resolve(node, &to_one, out);
	}
	if (!err) {
		err = share_judge(node, &to_one, payload, out);
	}
	if (!err) {
		err = share_judge_allows(node, &to_one, out);
	}
	return err || share->dry_run ? err
	                             : share_keep(node, &to_one, payload, out);
}

static enum err check_record(struct node *node, uint32_t rid)
{
	Qsg__Payload *payload = NULL;
	const char *why = NULL;
	enum err err = ERR_OK;

	if (views_get(node->views, rid)->state != RECORD_READABLE) {
		return err_set(ERR_STATE,
		    "that record cannot be read here, so nothing of it can go "
		    "on");
	}
	if (state_author(node, rid) == 1) {
		return err_set(ERR_INPUT,
		    "that is a record of this organisation itself: nobody has "
		    "to be asked, `qsg grant` hands it on");
	}
	err = query_take(node, rid, &payload);
	why = payload ? grant_why_not_kind(payload) : NULL;
	if (!err && why) {
		err = err_set(ERR_INPUT, "it cannot be granted: %s", why);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

/* Those whom it would go on to. */
static enum err find_asked_for(struct node *node,
    const struct onward_question *question, uint32_t rid, struct saying_so *so)
{
	int64_t *orgs = NULL;
	size_t count = 0;
	enum err err = share_readers(node, question->share.to,
	    question->share.to_count, false, &orgs, &count);

	for (size_t i = 0; i < count && !err; i++) {
		const struct peer *peer = peers_get(node, orgs[i]);

		if (granting_reads(node, rid, &peer->card.organisation)) {
			err = err_set(ERR_INPUT, "%.100s reads it already",
			    peer->card.fields->name);
		}
		so->ids[i] = peer->card.organisation;
	}
	if (!err) {
		lend_ids(so, count);
		so->request.to = so->to;
		so->request.n_to = count;
	}
	free(orgs);
	return err;
}

enum err onward_ask(struct node *node, const struct onward_question *question,
    struct share_result *out)
{
	struct saying_so *so = calloc(1, sizeof *so);
	uint32_t rid = 0;
	enum err err = so ? grant_check_reason(question->reason)
	                  : err_set(ERR_MEM, "out of memory");

	memset(out, 0, sizeof *out);
	if (!err) {
		err = erasing_find(node, span_text(question->record), &rid);
	}
	if (!err) {
		err = check_record(node, rid);
	}
	if (!err) {
		begin(so, &question->share, REFERENCE_ASKS_ONWARD,
		    &views_get(node->views, rid)->id);
		err = find_asked_for(node, question, rid, so);
	}
	if (!err) {
		so->request.reason = canon_lend(question->reason);
		so->payload.content_case = QSG__PAYLOAD__CONTENT_ONWARD_REQUEST;
		so->payload.onward_request = &so->request;
		err = send(node, &question->share, state_author(node, rid),
		    question->reason, &so->payload, out);
	}
	free(so);
	return err;
}

static enum err find_request(struct node *node, const char *prefix,
    uint32_t *rid, Qsg__Payload **payload, struct id32 *record)
{
	enum err err = views_find_prefix(node->views, span_text(prefix), rid);

	if (!err) {
		err = query_take(node, *rid, payload);
	}
	if (err) {
		return err;
	}
	if (!*payload ||
	    (*payload)->content_case != QSG__PAYLOAD__CONTENT_ONWARD_REQUEST) {
		return err_set(ERR_INPUT,
		    "that is no request to hand a record on; `qsg onward "
		    "list` shows them");
	}
	for (size_t i = 0; i < (*payload)->n_references; i++) {
		const Qsg__Reference *each = (*payload)->references[i];

		if (reference_named(each->relation) == REFERENCE_ASKS_ONWARD) {
			memcpy(record->b, each->record.data, sizeof record->b);
		}
	}
	return ERR_OK;
}

static enum err check_asked_of_us(
    struct node *node, uint32_t request, const struct id32 *record)
{
	uint32_t rid = views_find(node->views, record);

	if (state_author(node, request) == 1) {
		return err_set(ERR_INPUT,
		    "this organisation itself asked that: it is for the "
		    "record's author to answer");
	}
	return rid && state_author(node, rid) == 1
	           ? ERR_OK
	           : err_set(ERR_INPUT,
			 "that is about no record of this organisation: it is "
			 "for the record's author to answer");
}

static enum err reply_to(struct node *node, const struct onward_reply *reply,
    uint32_t request, const Qsg__OnwardRequest *asked, struct saying_so *so,
    struct share_result *out)
{
	size_t count =
	    asked->n_to < LIMIT_READERS ? asked->n_to : LIMIT_READERS;

	for (size_t i = 0; i < count; i++) {
		if (asked->to[i].len != sizeof so->ids[i].b) {
			return err_set(ERR_INPUT,
			    "that request does not say for whom it asks");
		}
		memcpy(so->ids[i].b, asked->to[i].data, sizeof so->ids[i].b);
	}
	lend_ids(so, count);
	so->answer.verdict = canon_lend(reply->allow ? "allow" : "refuse");
	so->answer.reason = canon_lend(reply->reason ? reply->reason : "");
	so->answer.record.data = so->record.b;
	so->answer.record.len = sizeof so->record.b;
	so->answer.to = so->to;
	so->answer.n_to = count;
	so->payload.content_case = QSG__PAYLOAD__CONTENT_ONWARD_ANSWER;
	so->payload.onward_answer = &so->answer;
	return send(node, &reply->share, state_author(node, request),
	    so->answer.reason, &so->payload, out);
}

enum err onward_answer(struct node *node, const struct onward_reply *reply,
    struct share_result *out)
{
	struct saying_so *so = calloc(1, sizeof *so);
	Qsg__Payload *asked = NULL;
	uint32_t request = 0;
	enum err err = so ? ERR_OK : err_set(ERR_MEM, "out of memory");

	memset(out, 0, sizeof *out);
	if (!err) {
		err = reply->allow
		          ? plain_check_reason("--reason", reply->reason)
		          : grant_check_reason(reply->reason);
	}
	if (!err) {
		err = find_request(
		    node, reply->request, &request, &asked, &so->record);
	}
	if (!err) {
		err = check_asked_of_us(node, request, &so->record);
	}
	if (!err) {
		begin(so, &reply->share, REFERENCE_ANSWERS_ONWARD,
		    &views_get(node->views, request)->id);
		err = reply_to(
		    node, reply, request, asked->onward_request, so, out);
	}
	if (asked) {
		canon_wipe(&asked->base);
	}
	free(so);
	return err;
}

/*
 * The list.
 */

static enum err give(
    struct node *node, uint32_t rid, bool open, onward_each each, void *context)
{
	const struct view_record *view = views_get(node->views, rid);
	struct onward_item item = { .rid = rid,
		.asker = state_author(node, rid),
		.age_ms = said_age_ms(
		    view->created_ms, clock_wall_ms(node->options.clock)) };
	struct search search = { .node = node, .record = &item.record };
	Qsg__Payload *payload = NULL;
	struct id32 id = view->id;
	uint32_t found = 0;
	enum err err = find_request(
	    node, text_hex_id(&id).text, &found, &payload, &item.record);

	if (!err) {
		item.payload = payload;
		item.record_rid = views_find(node->views, &item.record);
	}
	if (!err && item.record_rid) {
		search.author = state_author_id(node, item.record_rid);
		err = look_through(&search, rid);
		item.answer_rid = search.newest;
		item.allowed = search.allows;
	}
	if (!err && !(open && item.answer_rid)) {
		err = each(context, &item);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

enum err onward_list_some(struct node *node, bool open,
    bool (*enough)(void *context), onward_each each, void *context,
    uint32_t *place)
{
	uint32_t count = (uint32_t)views_count(node->views);
	enum err err = ERR_OK;

	for (uint32_t rid = *place + 1; rid <= count && !err; rid++) {
		const struct view_record *view = views_get(node->views, rid);

		if (view->type != VIEW_ONWARD_REQUEST ||
		    view->state != RECORD_READABLE) {
			continue;
		}
		err = give(node, rid, open, each, context);
		if (!err && enough(context)) {
			*place = rid;
			return ERR_OK;
		}
	}
	*place = 0;
	return err;
}
