/* What this organisation can do next in a summit. */
#include "codec/canon.h"
#include "view/summit_parts.h"

#include "codec/text.h"
#include "domain/group.h"
#include "domain/summit_words.h"
#include "service/actions.h"
#include "service/peers.h"
#include "service/state.h"
#include "view/json_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { COMMAND_BYTES = 400, BRIEF = 12 };

struct next {
	const struct summit_view *view;
	const struct summit_state *state;
	const struct summit_side *us;
	int64_t now_ms;
	json_t *array;
	size_t most;
};

/* The beginning of an id, as commands take it. */
struct brief {
	char text[BRIEF + 1];
};

static struct brief brief_of(const struct id32 *id)
{
	struct brief brief;
	(void)snprintf(brief.text, sizeof(brief.text), "%.*s", BRIEF,
	    text_hex_id(id).text);
	return brief;
}

/* PROTOCOL.md M677: "A command that a node shows as what to do next MUST hold
 * nothing that another organisation wrote, but for ids and codes." */
__attribute__((format(printf, 3, 4))) static void suggest(
    struct next *next, const char *why, const char *fmt, ...)
{
	char command[COMMAND_BYTES];
	va_list args;
	if (json_array_size(next->array) >= next->most) {
		return;
	}
	va_start(args, fmt);
	(void)vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	json_t *object = json_object();
	json_out_text(object, "command", command);
	json_out_text(object, "why", why);
	json_out_append(next->array, object);
}

/* Its code, NULL where it is not known here. */
static const char *code_of(const struct next *next, const struct id32 *id)
{
	const struct peer *peer = peers_by_id(next->view->node, id);
	return peer == NULL ? NULL : peer->card.fields->code;
}

static bool is_us(const struct next *next, const struct id32 *id)
{
	return id_equal(next->view->us, id);
}

static bool holds(const struct next *next)
{
	const struct summit_holder *holder = summit_holds(next->state);
	return holder != NULL && is_us(next, &holder->organisation);
}

static bool chairs(const struct next *next)
{
	return is_us(next, summit_chair(next->state));
}

static bool names(const ProtobufCBinaryData *bytes, const struct id32 *id)
{
	struct id32 named;
	return canon_take_id(bytes, &named) && id_equal(&named, id);
}

/*
 * What is asked of us.
 */

static void next_response(struct next *next)
{
	if (next->us->response == NULL && next->us->part != SUMMIT_TRIGGERED) {
		suggest(next,
		    "you have not said whether you come (attending, "
		    "sending-information or nothing-held)",
		    "qsg summit respond %s attending --text TEXT",
		    brief_of(&next->state->id).text);
	}
}

static bool is_answered(
    const struct next *next, const struct summit_fact *question)
{
	for (size_t i = 0; i < next->state->impact_count; i++) {
		const struct summit_fact *fact = next->state->impacts[i];
		if (is_us(next, &fact->author) &&
		    names(&fact->payload->summit_impact->asked,
			&question->record)) {
			return true;
		}
	}
	return is_us(next, &question->author);
}

static void next_impacts(struct next *next)
{
	for (size_t i = 0; i < next->state->impact_count; i++) {
		const struct summit_fact *fact = next->state->impacts[i];
		if (fact->payload->summit_impact->asked.len == 0 &&
		    !is_answered(next, fact)) {
			suggest(next,
			    "what an action that is considered would do, is "
			    "asked of you",
			    "qsg summit impact %s answer --question %s "
			    "--text TEXT",
			    brief_of(&next->state->id).text,
			    brief_of(&fact->record).text);
		}
	}
}

static enum err next_action(
    struct next *next, const struct summit_action *action)
{
	struct actions_look look = { .rid = 0 };
	struct brief id = brief_of(&action->set->record);
	enum err err =
	    actions_look(next->view->node, &action->set->record, &look);
	if (err != ERR_OK) {
		return err;
	}
	bool ours = look.state.set != NULL && is_us(next, &look.state.owner);
	if (look.state.set != NULL &&
	    (action_offer(&look.state, next->view->us) != NULL ||
		(ours && look.state.standing == ACTION_PROPOSED))) {
		suggest(next,
		    "an action waits for your word (or decline it, with "
		    "a reason)",
		    "qsg action accept %s", id.text);
	} else if (ours && look.overdue) {
		suggest(next, "an action of yours is overdue",
		    "qsg action progress %s --text TEXT", id.text);
	} else if (look.state.standing == ACTION_DECLINED &&
		   summit_view_ours(next->view, look.state.set)) {
		suggest(next,
		    "its owner declined it: withdraw it, and set it anew if "
		    "it is still to be done",
		    "qsg action withdraw %s --text TEXT", id.text);
	}
	actions_clear(&look);
	return ERR_OK;
}

static void next_actions(struct next *next)
{
	for (size_t i = 0; i < next->state->action_count; i++) {
		/* What cannot be read now is nothing to do now. */
		(void)!next_action(next, &next->state->actions[i]);
	}
}

/*
 * Judging.
 */

static void next_judgement(struct next *next)
{
	bool cqc = summit_view_is_kind(next->us, "cqc");
	if (next->us->circle && next->us->judgement == NULL) {
		suggest(next,
		    cqc ? "you have not judged (breach, potential-breach or "
			  "no-breach)"
			: "you have not judged (serious-failing, "
			  "potential-serious-failing or none)",
		    "qsg summit judge %s --finding FINDING --text TEXT",
		    brief_of(&next->state->id).text);
	}
}

static void next_breach(struct next *next)
{
	if (next->state->breach_open && summit_view_is_kind(next->us, "cqc") &&
	    next->us->judgement != NULL) {
		suggest(next,
		    "the breach that you find is open until you record your "
		    "action on it",
		    "qsg action add --summit %s --judgement %s --what TEXT",
		    brief_of(&next->state->id).text,
		    brief_of(&next->us->judgement->record).text);
	}
}

/*
 * The ring.
 */

static void agree_with(
    struct next *next, const struct summit_candidate *candidate)
{
	const char *code = code_of(next, &candidate->organisation);
	if (code != NULL && candidate->accepted) {
		suggest(next,
		    "it is nominated and accepts; your voice in this term "
		    "stays",
		    "qsg summit ring %s agree %s",
		    brief_of(&next->state->id).text, code);
	}
}

static void next_nomination(struct next *next)
{
	bool any = false;
	for (size_t i = 0; i < next->state->candidate_count; i++) {
		any = any || (next->state->candidates[i].term ==
				     next->state->ring_term &&
				 next->state->candidates[i].nominated);
	}
	if (!any && next->state->judgement_count > 0) {
		suggest(next, "nobody is nominated to hold the ring",
		    "qsg summit ring %s nominate ORG",
		    brief_of(&next->state->id).text);
	}
}

/* NQB 5: "the default should be that the NHS Commissioning Board takes on this
 * role." */
static void next_default(struct next *next)
{
	int64_t out_ms = summit_clocks_ring_out(&next->view->clocks);
	if (out_ms != 0 && next->now_ms >= out_ms &&
	    group_kind_convenes(span_text(next->us->party->kind->token))) {
		suggest(next,
		    "nobody is agreed, and the time for it is out: NHS "
		    "England takes the ring",
		    "qsg summit ring %s take", brief_of(&next->state->id).text);
	}
}

static void next_ring(struct next *next)
{
	const struct summit_holder *holder = summit_holds(next->state);
	const struct summit_candidate *ours =
	    summit_candidate(next->state, next->view->us);
	if (!next->us->votes ||
	    (holder != NULL && holder->term == next->state->ring_term)) {
		return;
	}
	if (ours != NULL && (ours->nominated || ours->handed) &&
	    !ours->accepted && !ours->declined) {
		suggest(next,
		    ours->handed ? "the ring is handed over to you (or decline)"
				 : "you are nominated to hold the ring (or "
				   "decline)",
		    "qsg summit ring %s accept",
		    brief_of(&next->state->id).text);
	}
	for (size_t i = 0;
	     next->us->voice == NULL && i < next->state->candidate_count; i++) {
		if (next->state->candidates[i].term == next->state->ring_term) {
			agree_with(next, &next->state->candidates[i]);
		}
	}
	next_nomination(next);
	next_default(next);
}

static void next_checks(struct next *next)
{
	for (size_t i = 0; i < SUMMIT_CHECKS && chairs(next); i++) {
		if (next->state->checks[i].open) {
			suggest(next, summit_checks()->words[i].help,
			    "qsg summit check %s %s --answer ANSWER",
			    brief_of(&next->state->id).text,
			    summit_checks()->words[i].token);
		}
	}
}

/*
 * Meetings.
 */

static bool is_called(const struct summit_state *state, const char *purpose)
{
	for (size_t i = 0; i < state->meeting_count; i++) {
		if (strcmp(state->meetings[i]
			       .called->payload->summit_meeting->purpose,
			purpose) == 0) {
			return true;
		}
	}
	return false;
}

static void next_call(struct next *next)
{
	struct brief id = brief_of(&next->state->id);
	bool triggered = is_us(next, &next->state->trigger->author);
	if ((triggered || holds(next)) && next->state->judgement_count == 0 &&
	    !is_called(next->state, "judging")) {
		suggest(next, "no meeting to judge is called",
		    "qsg summit convene %s --purpose judging --at TIME "
		    "--place PLACE",
		    id.text);
	}
	if (holds(next) && next->state->judgement_count > 0 &&
	    !is_called(next->state, "response")) {
		suggest(next, "no meeting to respond is called",
		    "qsg summit convene %s --purpose response --at TIME "
		    "--place PLACE",
		    id.text);
	}
}

/* Did we say that of the meeting, or of its newest note? */
static bool has_said(
    const struct next *next, const struct summit_meeting *meeting, bool word)
{
	for (size_t i = 0; i < meeting->entry_count; i++) {
		const struct summit_fact *fact = meeting->entries[i];
		const Qsg__SummitEntry *said = fact->payload->summit_entry;
		bool attends = strcmp(said->act, "attend") == 0;
		if (!is_us(next, &fact->author)) {
			continue;
		}
		if (word ? meeting->note != NULL &&
			       names(&said->note, &meeting->note->record)
			 : attends) {
			return true;
		}
	}
	return false;
}

static void next_meeting(
    struct next *next, const struct summit_meeting *meeting)
{
	struct brief summit = brief_of(&next->state->id);
	struct brief id = brief_of(&meeting->called->record);
	bool ours = is_us(next, &meeting->called->author);
	bool over =
	    meeting->called->payload->summit_meeting->at_ms <= next->now_ms;
	if (meeting->replaced_by != NULL) {
		return;
	}
	if (over && ours && meeting->note == NULL) {
		suggest(next, "a meeting that you called has no note",
		    "qsg summit meeting %s note --meeting %s --text TEXT",
		    summit.text, id.text);
	}
	if (over && !has_said(next, meeting, false)) {
		suggest(next, "who of yours was there is not recorded",
		    "qsg summit meeting %s attend --meeting %s --who ROLE",
		    summit.text, id.text);
	}
	if (meeting->note != NULL && !ours && !has_said(next, meeting, true)) {
		suggest(next,
		    "you have neither agreed to the note nor dissented from it",
		    "qsg summit meeting %s agree --meeting %s", summit.text,
		    brief_of(&meeting->note->record).text);
	}
}

static void next_meetings(struct next *next)
{
	for (size_t i = 0; i < next->state->meeting_count; i++) {
		next_meeting(next, &next->state->meetings[i]);
	}
}

/*
 * The end.
 */

static bool is_anything_open(const struct summit_state *state)
{
	for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
		if (state->checks[i].open || !state->checks[i].due) {
			return true;
		}
	}
	for (size_t i = 0; i < state->action_count; i++) {
		if (state->actions[i].holds && !state->actions[i].done) {
			return true;
		}
	}
	return state->breach_open || state->opposed;
}

static void next_end(struct next *next)
{
	if (holds(next) && !is_anything_open(next->state)) {
		suggest(next,
		    "no check, action or breach is open: you can stand the "
		    "summit down",
		    "qsg summit stand-down %s --reason TEXT",
		    brief_of(&next->state->id).text);
	}
}

/* An invitation is all that it holds: has it answered? */
static void next_invited(struct next *next)
{
	const struct summits_look *look = next->view->look;
	for (size_t i = 0; i < look->count; i++) {
		if (is_us(next, &look->facts[i].author) &&
		    look->facts[i].payload->content_case ==
			QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE) {
			return;
		}
	}
	suggest(next,
	    "you have not said whether you come (attending, "
	    "sending-information or nothing-held)",
	    "qsg summit respond %s attending --text TEXT",
	    brief_of(&next->state->id).text);
}

json_t *summit_view_next(const struct summit_view *view, size_t most)
{
	struct next next = { .view = view,
		.state = view->state,
		.us = summit_side(view->state, view->us),
		.now_ms = clock_wall_ms(view->node->options.clock),
		.array = json_array(),
		.most = most };
	if (view->invitation != NULL) {
		next_invited(&next);
	}
	if (view->state->trigger == NULL || next.us == NULL ||
	    view->state->phase == SUMMIT_STOOD_DOWN) {
		return next.array;
	}
	next_response(&next);
	next_actions(&next);
	next_impacts(&next);
	next_judgement(&next);
	next_breach(&next);
	next_call(&next);
	next_ring(&next);
	next_checks(&next);
	next_meetings(&next);
	next_end(&next);
	return next.array;
}
