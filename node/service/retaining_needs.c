#include "service/retaining_needs.h"

#include "codec/canon.h"
#include "domain/content.h"
#include "domain/reference.h"
#include "service/erasing.h"
#include "service/foi_open.h"
#include "service/query.h"
#include "service/requests.h"
#include "service/state.h"
#include "service/summits.h"

/* One reason to keep a record: why stays NULL where it does not apply. */
typedef enum err (*need)(struct node *node, uint32_t rid, const char **why);

static enum err is_held(struct node *node, uint32_t rid, const char **why)
{
	struct erasing_hold hold;
	enum err err =
	    erasing_get_hold(node, &views_get(node->views, rid)->id, &hold);

	if (!err && clock_wall_ms(node->options.clock) < hold.until_ms) {
		*why = "it is held (see `qsg erase hold`)";
	}
	return err == ERR_NOTFOUND ? ERR_OK : err;
}

/*
 * Information requests.
 */

/* The request that this is, or answers; 0: none held. */
static enum err request_of(struct node *node, uint32_t rid, uint32_t *request)
{
	const struct view_record *view = views_get(node->views, rid);
	Qsg__Payload *payload = NULL;
	struct id32 id;
	enum err err = ERR_OK;

	*request = view->type == VIEW_REQUEST ? rid : 0;
	if (view->type != VIEW_ANSWER) {
		return ERR_OK;
	}
	err = query_take(node, rid, &payload);
	if (!err && payload &&
	    content_refers(payload, reference_token(REFERENCE_ANSWERS), &id)) {
		*request = views_find(node->views, &id);
	}
	if (payload) {
		canon_wipe(&payload->base);
	}
	return err;
}

static enum err is_open(struct node *node, uint32_t rid, bool *open)
{
	struct requests_request request;
	uint32_t asked = 0;
	enum err err = request_of(node, rid, &asked);

	*open = false;
	if (!err && asked &&
	    views_get(node->views, asked)->type == VIEW_REQUEST &&
	    state_stream(node, views_get(node->views, asked)->stream)
		->readers) {
		err = requests_look(node, asked, &request);
		if (!err) {
			*open = request.open;
			requests_clear(&request);
		}
	}
	return err;
}

static enum err is_asked_for(struct node *node, uint32_t rid, const char **why)
{
	bool open = false;
	enum err err = is_open(node, rid, &open);

	if (!err && open) {
		*why = "its information request is still open";
	}
	return err;
}

static enum err is_cited(struct node *node, uint32_t rid, const char **why)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	uint32_t answer = 0;
	size_t place = 0;
	bool open = false;
	enum err err = ERR_OK;

	while (!err && !open &&
	       (answer = views_next_link(
		    node->views, id, REFERENCE_CITES, &place)) != 0) {
		if (views_get(node->views, answer)->type == VIEW_ANSWER) {
			err = is_open(node, answer, &open);
		}
	}
	if (!err && open) {
		*why = "an answer to an information request that is still "
		       "open cites it";
	}
	return err;
}

/*
 * Freedom of information.
 */

static enum err is_asked_by_law(
    struct node *node, uint32_t rid, const char **why)
{
	struct foi_concern concern;
	enum err err =
	    foi_concern(node, &views_get(node->views, rid)->id, &concern);

	if (!err && concern.consultation) {
		*why = "a consultation on its disclosure is still open";
	}
	if (!err && concern.request) {
		*why = "a request under the law that is still open is about "
		       "it (see `qsg foi list`)";
	}
	return err;
}

/*
 * Risk summits.
 */

/* What a record of a summit, or an action, names as its summit; a step of an
 * action, its action. A request for a summit names none. */
static enum err named_in(
    struct node *node, uint32_t rid, struct id32 *out, bool *is)
{
	const ProtobufCBinaryData *named = NULL;
	Qsg__Payload *payload = NULL;
	enum err err = query_take(node, rid, &payload);

	*is = false;
	if (!err && payload) {
		named =
		    payload->content_case == QSG__PAYLOAD__CONTENT_ACTION_STEP
			? &payload->action_step->action
			: summit_of(payload);
		*is = named && canon_take_id(named, out);
		canon_wipe(&payload->base);
	}
	return err;
}

/* Of which summit this record is; false: of none. */
static enum err summit_said_in(
    struct node *node, uint32_t rid, struct id32 *summit, bool *is)
{
	uint8_t type = views_get(node->views, rid)->type;
	struct id32 action;
	enum err err = ERR_OK;

	*is = type == VIEW_SUMMIT_TRIGGER;
	*summit = views_get(node->views, rid)->id;
	if (type == VIEW_ACTION_STEP) {
		err = named_in(node, rid, &action, is);
		rid = *is ? views_find(node->views, &action) : 0;
		type = rid ? views_get(node->views, rid)->type : 0;
		*is = false;
	}
	if (err || *is || (type != VIEW_ACTION && !summits_indexes(type))) {
		return err;
	}
	return named_in(node, rid, summit, is);
}

static enum err is_evidence(struct node *node, uint32_t rid, const char **why)
{
	const struct id32 *id = &views_get(node->views, rid)->id;
	uint32_t citing = 0;
	size_t place = 0;
	enum err err = ERR_OK;

	while (!err && !*why &&
	       (citing = views_next_link(
		    node->views, id, REFERENCE_CITES, &place)) != 0) {
		struct summits_look look = { 0 };
		struct id32 summit;
		bool said = false;

		err = summit_said_in(node, citing, &summit, &said);
		if (err || !said) {
			continue;
		}
		err = summits_look(node, &summit, &look);
		if (!err && look.state.trigger &&
		    look.state.phase != SUMMIT_STOOD_DOWN) {
			*why = "it is evidence in a risk summit that is open";
		}
		summits_clear(&look);
	}
	return err;
}

/* PROTOCOL.md M454: "Retention MUST NOT erase what is held, an information
 * request that is still open, an answer to one, what such an answer cites, a
 * record on which a consultation is open, what a request under the law that is
 * still open is about, or what is cited in a risk summit that is open, and MUST
 * say so." */
enum err retaining_need(struct node *node, uint32_t rid, const char **why)
{
	/* Whatever else is to keep a record is one more line here. */
	static const need needs[] = {
		is_held,
		is_asked_for,
		is_cited,
		is_asked_by_law,
		is_evidence,
	};
	enum err err = ERR_OK;

	*why = NULL;
	for (size_t i = 0; i < sizeof needs / sizeof needs[0] && !err && !*why;
	     i++) {
		err = needs[i](node, rid, why);
	}
	return err;
}
