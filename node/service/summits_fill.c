#include "codec/canon.h"
#include "service/summits_say_parts.h"

#include "service/state.h"

#include <stdlib.h>
#include <string.h>

/* What fills, and from what. */
struct filling {
	struct telling *telling;
	const struct summits_request *request;
	const struct summits_look *look;
};

static enum err find_named(const struct filling *filling, enum view_type type,
    const char *what, struct id32 *out)
{
	struct node *node = filling->telling->node;
	uint32_t rid = 0;
	enum err err =
	    telling_find(node, filling->request->names, type, what, &rid);

	if (!err) {
		*out = views_get(node->views, rid)->id;
	}
	return err;
}

static enum err put_organisation(
    const struct filling *filling, ProtobufCBinaryData *field)
{
	const char *name = filling->request->organisation;
	struct peer *peer = NULL;
	enum err err = ERR_OK;

	if (!name) {
		return err_set(ERR_USAGE, "say which organisation");
	}
	err = peers_resolve(filling->telling->node, name, &peer);
	return err ? err : canon_put_id(field, &peer->card.organisation);
}

/*
 * Of each kind.
 */

static enum err fill_impact(const struct filling *filling)
{
	Qsg__SummitImpact *said = filling->telling->payload->summit_impact;
	struct id32 asked;
	enum err err = ERR_OK;

	if (!filling->request->names) {
		return ERR_OK;
	}
	err = find_named(
	    filling, VIEW_SUMMIT_IMPACT, "question of a summit", &asked);
	return err ? err : canon_put_id(&said->asked, &asked);
}

static enum err fill_ring(const struct filling *filling)
{
	Qsg__SummitRing *said = filling->telling->payload->summit_ring;
	bool names = strcmp(said->act, "nominate") == 0 ||
	             strcmp(said->act, "agree") == 0 ||
	             strcmp(said->act, "hand-over") == 0;

	said->term = filling->look->state.ring_term;
	if (names) {
		return put_organisation(filling, &said->organisation);
	}
	return filling->request->organisation
	           ? err_set(ERR_USAGE,
			 "`%s` is for this organisation itself: it names none",
			 said->act)
	           : ERR_OK;
}

static enum err fill_invitation(const struct filling *filling)
{
	Qsg__SummitInvitation *said =
	    filling->telling->payload->summit_invitation;
	const struct summit_fact *trigger = filling->look->state.trigger;
	char *copy = trigger ? span_copy(span_text(
				   trigger->payload->summit_trigger->provider))
	                     : NULL;

	if (trigger && !copy) {
		return err_set(ERR_MEM, "out of memory");
	}
	if (copy && said->provider[0]) {
		free(said->provider); /* "" is nobody's */
	}
	if (copy) {
		said->provider = copy;
	}
	return put_organisation(filling, &said->organisation);
}

/* What a meeting is for that nobody has said: the next thing to be done. */
static const char *next_purpose(const struct summit_state *state)
{
	if (state->phase == SUMMIT_ALERT) {
		return "judging";
	}
	for (size_t i = 0; i < state->meeting_count; i++) {
		const struct summit_meeting *one = &state->meetings[i];

		if (!one->replaced_by &&
		    strcmp(one->called->payload->summit_meeting->purpose,
			"judging") != 0) {
			return "review";
		}
	}
	return "response";
}

/* One that is moved keeps its purpose. */
static enum err put_purpose(const struct filling *filling,
    Qsg__SummitMeeting *said, const struct id32 *moved)
{
	const struct summit_meeting *before =
	    moved ? summit_meeting(&filling->look->state, moved) : NULL;
	const char *purpose =
	    before ? before->called->payload->summit_meeting->purpose
		   : next_purpose(&filling->look->state);
	char *copy = NULL;

	if (said->purpose[0]) {
		return ERR_OK;
	}
	copy = span_copy(span_text(purpose));
	if (!copy) {
		return err_set(ERR_MEM, "out of memory");
	}
	said->purpose = copy; /* "" is nobody's */
	return ERR_OK;
}

static enum err fill_meeting(const struct filling *filling)
{
	Qsg__SummitMeeting *said = filling->telling->payload->summit_meeting;
	struct id32 moved;
	enum err err = ERR_OK;

	if (!filling->request->names) {
		return put_purpose(filling, said, NULL);
	}
	err = find_named(
	    filling, VIEW_SUMMIT_MEETING, "meeting of a summit", &moved);
	if (!err) {
		err = put_purpose(filling, said, &moved);
	}
	return err ? err : canon_put_id(&said->replaces, &moved);
}

/* The one that is told of: the last that has begun, or else the first that is
 * called. */
static const struct summit_meeting *told_of(
    const struct summit_state *state, int64_t now_ms)
{
	const struct summit_meeting *found = NULL;

	for (size_t i = 0; i < state->meeting_count; i++) {
		const struct summit_meeting *one = &state->meetings[i];
		bool begun =
		    one->called->payload->summit_meeting->at_ms <= now_ms;

		if (!one->replaced_by && (begun || !found)) {
			found = one;
		}
	}
	return found;
}

/* The meeting of a note, or a meeting itself. */
static enum err find_meeting(const struct filling *filling,
    const struct summit_meeting **out, struct id32 *note)
{
	struct node *node = filling->telling->node;
	const struct summit_state *state = &filling->look->state;
	const char *names = filling->request->names;
	uint32_t rid = 0;
	enum err err = ERR_OK;

	*out = NULL;
	if (!names) {
		*out = told_of(state, clock_wall_ms(node->options.clock));
		return *out ? ERR_OK
		            : err_set(ERR_STATE,
				  "no meeting is called: `qsg summit convene` "
				  "calls one");
	}
	err = views_find_prefix(node->views, span_text(names), &rid);
	for (size_t i = 0; i < state->meeting_count && !err && !*out; i++) {
		const struct summit_meeting *one = &state->meetings[i];
		const struct id32 *id = &views_get(node->views, rid)->id;

		if (id_equal(&one->called->record, id)) {
			*out = one;
		}
		for (size_t k = 0; k < one->entry_count && !*out; k++) {
			if (id_equal(&one->entries[k]->record, id)) {
				*out = one;
				*note = *id;
			}
		}
	}
	return err || *out ? err
	                   : err_set(ERR_NOTFOUND,
				 "%.64s is neither a meeting of this summit "
				 "nor a note of one",
				 names);
}

static enum err fill_entry(const struct filling *filling)
{
	Qsg__SummitEntry *said = filling->telling->payload->summit_entry;
	const struct summit_meeting *meeting = NULL;
	struct id32 note = { { 0 } };
	bool word = strcmp(said->act, "agree") == 0 ||
	            strcmp(said->act, "dissent") == 0;
	enum err err = find_meeting(filling, &meeting, &note);

	if (!err) {
		err = canon_put_id(&said->meeting, &meeting->called->record);
	}
	if (err || !word) {
		return err;
	}
	if (id_is_zero(&note) && !meeting->note) {
		return err_set(ERR_STATE, "that meeting has no note yet");
	}
	return canon_put_id(
	    &said->note, id_is_zero(&note) ? &meeting->note->record : &note);
}

static enum err fill_stand_down(const struct filling *filling)
{
	const struct summit_state *state = &filling->look->state;
	enum err err = ERR_OK;

	for (size_t i = 0; i < state->judgement_count && !err; i++) {
		err = telling_refer(filling->telling, REFERENCE_CONSIDERS,
		    &state->judgements[i]->record);
	}
	for (size_t i = 0; i < state->action_count && !err; i++) {
		if (filling->telling->payload->n_references >=
		    SUMMIT_CONSIDERS) {
			break;
		}
		if (state->actions[i].holds) {
			err =
			    telling_refer(filling->telling, REFERENCE_CONSIDERS,
				&state->actions[i].set->record);
		}
	}
	return err;
}

static enum err fill_objection(const struct filling *filling)
{
	Qsg__SummitObjection *said =
	    filling->telling->payload->summit_objection;
	const struct summit_state *state = &filling->look->state;
	struct node *node = filling->telling->node;
	uint32_t rid = 0;
	enum err err = ERR_OK;

	if (filling->request->names) {
		err = views_find_prefix(
		    node->views, span_text(filling->request->names), &rid);
		return err ? err
		           : canon_put_id(
				 &said->to, &views_get(node->views, rid)->id);
	}
	return state->stand_down_count
	           ? canon_put_id(&said->to,
			 &state->stand_downs[state->stand_down_count - 1]
			      ->record)
	           : err_set(ERR_USAGE,
			 "say what you object to: --to takes the id of a "
			 "record");
}

/*
 * All of them.
 */

static enum err put_summit(const struct filling *filling)
{
	ProtobufCBinaryData *field = summit_of(filling->telling->payload);

	return field ? canon_put_id(field, &filling->look->state.id) : ERR_OK;
}

enum err summits_fill(struct telling *telling,
    const struct summits_request *request, const struct summits_look *look)
{
	const struct filling filling = { telling, request, look };
	enum err err = put_summit(&filling);

	if (err) {
		return err;
	}
	switch ((unsigned)telling->payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
		return fill_impact(&filling);
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
		return fill_ring(&filling);
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
		return fill_invitation(&filling);
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
		return fill_meeting(&filling);
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		return fill_entry(&filling);
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
		return fill_stand_down(&filling);
	case QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION:
		return fill_objection(&filling);
	default: /* names nothing but the summit */
		return ERR_OK;
	}
}
