#define _POSIX_C_SOURCE 200809L

#include "service/requests.h"

#include "domain/said.h"
#include "service/corrections.h"
#include "service/fates.h"

#include <stdlib.h>
#include <string.h>

const char *requests_state_token(enum requests_state state)
{
	switch (state) {
	case REQUESTS_OPEN:
		return "open";
	case REQUESTS_NOT_SEEN:
		return "not-seen";
	case REQUESTS_ANSWERED:
		return "answered";
	case REQUESTS_NOTHING_HELD:
		return "nothing-held";
	case REQUESTS_REFUSED:
		break;
	}
	return "refused";
}

/* A verdict of a later version is an answer all the same. */
static enum requests_state state_of(const char *verdict)
{
	if (strcmp(verdict, "refused") == 0) {
		return REQUESTS_REFUSED;
	}
	return strcmp(verdict, "nothing-held") == 0 ? REQUESTS_NOTHING_HELD
	                                            : REQUESTS_ANSWERED;
}

static enum err take_answer(void *context, const struct query_item *item)
{
	struct requests_addressee *addressee = context;
	const Qsg__InformationAnswer *answer = item->payload->answer;

	addressee->state = state_of(answer->verdict);
	addressee->answer = item->rid;
	addressee->answered_ms = item->view->created_ms;
	if (answer->text[0]) {
		addressee->text = strdup(answer->text);
	}
	return answer->text[0] && !addressee->text
	           ? err_set(ERR_MEM, "out of memory")
	           : ERR_OK;
}

/* PROTOCOL.md M361: "An organisation asked that has not answered MUST be shown
 * as open, with the request's age, and never as holding nothing; of a request
 * between others it MUST be shown that no answer is held here." */
static enum err judge(struct node *node, struct requests_request *request,
    struct requests_addressee *addressee)
{
	const struct peer *peer = peers_by_id(node, &addressee->organisation);
	bool us = peer && peer->org == 1;
	enum err err = ERR_OK;

	addressee->state =
	    request->ours || us ? REQUESTS_OPEN : REQUESTS_NOT_SEEN;
	for (size_t i = 0; i < request->answer_count && peer && !err; i++) {
		const struct relation *answer = &request->answers[i];

		if (answer->counts && !answer->superseded &&
		    answer->author == peer->org) {
			err = query_open(
			    node, answer->rid, take_answer, addressee);
		}
	}
	request->to_us = request->to_us || us;
	request->open = request->open || addressee->state == REQUESTS_OPEN;
	return err;
}

static enum err find_addressees(
    struct node *node, struct requests_request *request)
{
	const struct view_record *view = views_get(node->views, request->rid);
	const struct state_stream *stream = state_stream(node, view->stream);
	const struct state_log *log = state_log(node, stream->row.log);
	enum err err = ERR_OK;

	request->ours = log->org == 1;
	request->addressees =
	    calloc(stream->reader_count + 1, sizeof *request->addressees);
	if (!request->addressees) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < stream->reader_count && !err; i++) {
		struct requests_addressee *next =
		    &request->addressees[request->addressee_count];

		if (id_equal(&stream->readers[i], &log->head.author)) {
			continue;
		}
		next->organisation = stream->readers[i];
		request->addressee_count++;
		err = judge(node, request, next);
	}
	return err;
}

/* When each signed for a request of ours. */
static enum err find_reached(
    struct node *node, struct requests_request *request)
{
	struct fates *fates = NULL;
	enum err err = request->ours ? fates_open(node, &fates) : ERR_OK;

	for (size_t i = 0; fates && i < request->addressee_count && !err; i++) {
		struct requests_addressee *addressee = &request->addressees[i];
		const struct peer *peer =
		    peers_by_id(node, &addressee->organisation);
		struct fate fate = { 0 };

		err = peer ? fates_get(fates, request->rid, peer->org, &fate)
		           : ERR_OK;
		addressee->reached_ms = fate.receipted_ms;
	}
	fates_close(fates);
	return err;
}

struct timing {
	struct requests_request *request;
	int64_t now_ms;
};

static enum err take_times(void *context, const struct query_item *item)
{
	const struct timing *timing = context;
	struct requests_request *request = timing->request;

	request->age_ms = said_age_ms(item->view->created_ms, timing->now_ms);
	request->overdue = request->open &&
	                   said_is_past(item->payload->request, timing->now_ms);
	return ERR_OK;
}

enum err requests_look(
    struct node *node, uint32_t rid, struct requests_request *out)
{
	const struct view_record *view = views_get(node->views, rid);
	enum err err = ERR_OK;

	*out = (struct requests_request){ .rid = rid,
		.retracted = corrections_retraction(node, rid) != 0 };
	if (view->type != VIEW_REQUEST ||
	    !state_stream(node, view->stream)->readers) {
		return err_set(
		    ERR_STATE, "that is no information request held here");
	}
	err = relations_of(
	    node, rid, REFERENCE_ANSWERS, &out->answers, &out->answer_count);
	if (!err) {
		err = find_addressees(node, out);
		out->open = out->open && !out->retracted;
	}
	if (!err) {
		err = find_reached(node, out);
	}
	if (!err) {
		struct timing timing = { .request = out,
			.now_ms = clock_wall_ms(node->options.clock) };

		err = query_open(node, rid, take_times, &timing);
	}
	if (err) {
		requests_clear(out);
	}
	return err;
}

void requests_clear(struct requests_request *request)
{
	for (size_t i = 0; i < request->addressee_count; i++) {
		free(request->addressees[i].text);
	}
	free(request->addressees);
	free(request->answers);
	*request = (struct requests_request){ 0 };
}

enum err requests_list(
    struct node *node, bool open_only, requests_each each, void *context)
{
	enum err err = ERR_OK;

	for (size_t i = 1; i <= views_count(node->views) && !err; i++) {
		const struct view_record *view =
		    views_get(node->views, (uint32_t)i);
		struct requests_request request = { 0 };

		if (view->type != VIEW_REQUEST ||
		    !state_stream(node, view->stream)->readers) {
			continue;
		}
		err = requests_look(node, (uint32_t)i, &request);
		if (!err && (request.open || !open_only)) {
			err = each(context, &request);
		}
		requests_clear(&request);
	}
	return err;
}
