#include "service/foi_open.h"

#include "codec/canon.h"
#include "codec/when.h"
#include "domain/foi.h"
#include "domain/reference.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/state.h"

#include <string.h>

/*
 * Requests.
 */

static bool is_request(struct node *node, uint32_t rid)
{
	const struct view_record *view = views_get(node->views, rid);

	return view->type == VIEW_FOI_REQUEST &&
	       view->state == RECORD_READABLE && state_author(node, rid) == 1;
}

/* One of ours that decides on this record, after *place; 0: none is left. */
static uint32_t next_decision(
    struct node *node, const struct id32 *id, size_t *place)
{
	uint32_t rid = 0;

	while ((rid = views_next_link(node->views, id, REFERENCE_FOI, place)) !=
	       0) {
		if (views_get(node->views, rid)->type == VIEW_FOI_DECISION &&
		    state_author(node, rid) == 1) {
			return rid;
		}
	}
	return 0;
}

/* PROTOCOL.md M489: "A request MUST stay open until its organisation logs that
 * it is over, by a decision `closed` that names the request itself by `foi`."
 */
uint32_t foi_closing(struct node *node, uint32_t request)
{
	size_t place = 0;

	return next_decision(
	    node, &views_get(node->views, request)->id, &place);
}

static bool is_open(struct node *node, uint32_t rid)
{
	return rid && is_request(node, rid) && !foi_closing(node, rid);
}

static bool any_is_open(struct node *node)
{
	for (uint32_t rid = 1; rid <= views_count(node->views); rid++) {
		if (is_open(node, rid)) {
			return true;
		}
	}
	return false;
}

static enum err submit_closing(struct node *node, uint32_t request,
    Qsg__Payload *payload, struct id32 *record)
{
	struct id32 id = views_get(node->views, request)->id;
	Qsg__Reference reference;
	Qsg__Reference *list[1] = { &reference };
	enum err err = ERR_OK;

	qsg__reference__init(&reference);
	reference.relation = canon_lend(reference_token(REFERENCE_FOI));
	reference.record.data = id.b;
	reference.record.len = sizeof id.b;
	payload->references = list;
	payload->n_references = 1;
	payload->foi_decision->request.data = id.b;
	payload->foi_decision->request.len = sizeof id.b;
	err = submit_payload(node, NULL, 0, payload, record);
	/* Borrowed. */
	payload->references = NULL;
	payload->n_references = 0;
	return err;
}

enum err foi_close(struct node *node, uint32_t number, const char *reason,
    const struct vetting_recorder *by, struct id32 *record)
{
	Qsg__Payload payload;
	Qsg__FoiDecision content;
	uint32_t request = 0;
	uint32_t closing = 0;
	enum err err = vetting_check_recorder(by);

	if (!err) {
		err = foi_check_closing(reason);
	}
	if (!err) {
		err = foi_find(node, number, &request);
	}
	if (err) {
		return err;
	}
	closing = foi_closing(node, request);
	if (closing) {
		return err_set(ERR_STATE, "request %u was closed on %s", number,
		    when_date(views_get(node->views, closing)->created_ms)
			.text);
	}
	qsg__payload__init(&payload);
	qsg__foi_decision__init(&content);
	content.verdict = canon_lend(FOI_CLOSED);
	content.reason = canon_lend(reason);
	payload.content_case = QSG__PAYLOAD__CONTENT_FOI_DECISION;
	payload.foi_decision = &content;
	vetting_name_recorder(by, &payload);
	return submit_closing(node, request, &payload, record);
}

/*
 * What is about a record.
 */

static enum err decided_for(
    struct node *node, uint32_t decision, uint32_t *request)
{
	Qsg__Payload *payload = NULL;
	struct id32 id;
	enum err err = query_take(node, decision, &payload);

	*request = 0;
	if (!err && payload &&
	    payload->content_case == QSG__PAYLOAD__CONTENT_FOI_DECISION &&
	    payload->foi_decision->request.len == sizeof id.b) {
		memcpy(id.b, payload->foi_decision->request.data, sizeof id.b);
		*request = views_find(node->views, &id);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

static enum err find_request(
    struct node *node, const struct id32 *id, uint32_t *out)
{
	uint32_t rid = views_find(node->views, id);
	uint32_t decision = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	*out = is_open(node, rid) ? rid : 0;
	while (!err && !*out &&
	       (decision = next_decision(node, id, &place)) != 0) {
		uint32_t request = 0;

		err = decided_for(node, decision, &request);
		*out = !err && is_open(node, request) ? request : 0;
	}
	return err;
}

/* Whoever was asked has to answer; whoever asked has to decide, if there is
 * something to decide on still. */
static enum err is_consulting(
    struct node *node, const struct id32 *id, uint32_t consultation, bool *out)
{
	bool ours = state_author(node, consultation) == 1;
	size_t answers = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	*out = false;
	if (ours && next_decision(node, id, &place)) {
		return ERR_OK;
	}
	err = relations_count(
	    node, consultation, REFERENCE_ANSWERS_CONSULTATION, &answers);
	*out = !err && (!answers || (ours && any_is_open(node)));
	return err;
}

static enum err find_consultation(
    struct node *node, const struct id32 *id, uint32_t *out)
{
	uint32_t rid = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	*out = 0;
	while (!err && !*out &&
	       (rid = views_next_link(
		    node->views, id, REFERENCE_CONSULTS, &place)) != 0) {
		bool open = false;

		if (views_get(node->views, rid)->type ==
		    VIEW_FOI_CONSULTATION) {
			err = is_consulting(node, id, rid, &open);
			*out = open ? rid : 0;
		}
	}
	return err;
}

enum err foi_concern(
    struct node *node, const struct id32 *id, struct foi_concern *out)
{
	enum err err = find_request(node, id, &out->request);

	out->consultation = 0;
	return err ? err : find_consultation(node, id, &out->consultation);
}

static enum err take_warning(void *context, const struct query_item *item)
{
	const char **out = context;

	if (item->payload &&
	    item->payload->content_case == QSG__PAYLOAD__CONTENT_FOI_REQUEST) {
		*out = foi_offence(item->payload->foi_request->kind);
	}
	return ERR_OK;
}

enum err foi_warning(
    struct node *node, const struct foi_concern *concern, const char **out)
{
	*out = foi_offence("");
	return concern->request
	           ? query_open(node, concern->request, take_warning, out)
	           : ERR_OK;
}
