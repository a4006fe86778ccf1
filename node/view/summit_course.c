/* What was said and done in a summit. */
#include "codec/canon.h"
#include "view/summit_parts.h"

#include "domain/content.h"
#include "domain/summit_words.h"
#include "service/actions.h"
#include "view/action_json.h"
#include "view/json_out.h"

#include <string.h>

static bool names(const ProtobufCBinaryData *bytes, const struct id32 *id)
{
	struct id32 named;
	return canon_take_id(bytes, &named) && id_equal(&named, id);
}

/*
 * Judgements.
 */

static void add_judgement(const struct summit_view *view,
    const struct summit_fact *fact, bool newest, json_t *array)
{
	const Qsg__SummitJudgement *said = fact->payload->summit_judgement;
	json_t *object = summit_view_record(view, fact);
	json_out_text(object, "finding", said->finding);
	json_out_bool(object, "on_standards",
	    vocab_has(vocab_standard(), span_text(said->finding)));
	json_out_bool(object, "failing", summit_failing(fact));
	json_out_bool(object, "newest", newest);
	json_out_text_or_null(object, "text", said->text);
	json_out_set(
	    object, "evidence", summit_view_refers(fact->payload, "cites"));
	json_out_append(array, object);
}

/* Its author judged again since. */
static bool is_older(
    const struct summit_view *view, const struct summit_fact *fact)
{
	return fact->payload->content_case ==
	           QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT &&
	       summit_view_why(view, &fact->record) == REASON_SUMMIT_NEWER;
}

/* Those that count, and after each what its author said before, the newest
 * first: facts of one author are in its order. */
json_t *summit_view_judgements(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->judgement_count; i++) {
		const struct summit_fact *newest = view->state->judgements[i];
		add_judgement(view, newest, true, array);
		for (size_t k = view->look->count; k-- > 0;) {
			const struct summit_fact *fact = &view->look->facts[k];
			if (id_equal(&fact->author, &newest->author) &&
			    is_older(view, fact)) {
				add_judgement(view, fact, false, array);
			}
		}
	}
	return array;
}

json_t *summit_view_impacts(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->impact_count; i++) {
		const struct summit_fact *fact = view->state->impacts[i];
		const Qsg__SummitImpact *said = fact->payload->summit_impact;
		json_t *object = summit_view_record(view, fact);
		summit_view_add_id(object, "asked", &said->asked);
		json_out_text_or_null(object, "considered", said->considered);
		json_out_text_or_null(object, "text", said->text);
		json_out_append(array, object);
	}
	return array;
}

/*
 * The ring.
 */

static json_t *holder_json(
    const struct summit_view *view, const struct summit_holder *holder)
{
	const struct summit_fact *fact =
	    holder == NULL ? NULL : summit_view_fact(view, &holder->record);
	if (holder == NULL) {
		return json_null();
	}
	json_t *object = summit_view_org(view, &holder->organisation);
	json_out_number(object, "term", holder->term);
	json_out_id(object, "record", &holder->record);
	json_out_text(object, "how", holder->how);
	json_out_time(
	    object, "since", fact == NULL ? 0 : fact->payload->created_at_ms);
	return object;
}

static json_t *candidates_json(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->candidate_count; i++) {
		const struct summit_candidate *each =
		    &view->state->candidates[i];
		json_t *object = summit_view_org(view, &each->organisation);
		json_out_number(object, "term", each->term);
		json_out_bool(object, "nominated", each->nominated);
		json_out_bool(object, "accepted", each->accepted);
		json_out_bool(object, "declined", each->declined);
		json_out_number(object, "voices", each->voices);
		json_out_bool(object, "handed", each->handed);
		json_out_bool(object, "took", each->took);
		json_out_append(array, object);
	}
	return array;
}

/* Who gave its voice to whom, in the term begun last. */
static json_t *voices_json(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->side_count; i++) {
		const struct summit_fact *voice = view->state->sides[i].voice;
		if (voice != NULL) {
			json_t *object = summit_view_record(view, voice);
			json_out_set(object, "to",
			    summit_view_org_of(view,
				&voice->payload->summit_ring->organisation));
			json_out_append(array, object);
		}
	}
	return array;
}

static size_t electors(const struct summit_state *state)
{
	size_t count = 0;
	for (size_t i = 0; i < state->side_count; i++) {
		count += state->sides[i].votes ? 1 : 0;
	}
	return count;
}

/* What the term begun last lacks to have a ring-holder: the candidate that is
 * nearest decides. */
static void add_missing(const struct summit_state *state, json_t *ring)
{
	const struct summit_holder *holder = summit_holds(state);
	size_t best = 0;
	const char *missing = "nomination";
	for (size_t i = 0; i < state->candidate_count; i++) {
		const struct summit_candidate *each = &state->candidates[i];
		if (each->term != state->ring_term ||
		    (!each->nominated && !each->handed) ||
		    (each->declined && !each->accepted)) {
			continue;
		}
		if (!each->accepted) {
			missing = strcmp(missing, "nomination") == 0
			              ? "acceptance"
			              : missing;
			continue;
		}
		missing = "voices";
		best = each->voices > best ? each->voices : best;
	}
	json_out_set(ring, "missing", json_null());
	json_out_number(ring, "voices_missing", 0);
	if (holder != NULL && holder->term == state->ring_term) {
		return;
	}
	json_out_text(ring, "missing", missing);
	json_out_number(ring, "voices_missing",
	    state->votes_needed > best ? state->votes_needed - best : 0);
}

json_t *summit_view_ring(const struct summit_view *view)
{
	const struct summit_state *state = view->state;
	json_t *ring = json_object();
	json_t *holders = json_array();
	for (size_t i = 0; i < state->holder_count; i++) {
		json_out_append(holders, holder_json(view, &state->holders[i]));
	}
	json_out_number(ring, "term", state->ring_term);
	json_out_number(ring, "electors", electors(state));
	json_out_number(ring, "votes_needed",
	    state->trigger == NULL ? 0 : state->votes_needed);
	json_out_set(ring, "holder", holder_json(view, summit_holds(state)));
	json_out_set(ring, "holders", holders);
	json_out_set(ring, "candidates", candidates_json(view));
	json_out_set(ring, "voices", voices_json(view));
	json_out_set(ring, "chair", summit_view_org(view, summit_chair(state)));
	add_missing(state, ring);
	return ring;
}

/*
 * The checks.
 */

json_t *summit_view_checks(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
		const struct summit_checked *check = &view->state->checks[i];
		const struct vocab_word *word = &summit_checks()->words[i];
		json_t *answer = json_null();
		json_t *object = json_object();
		json_out_text(object, "check", word->token);
		json_out_text(object, "question", word->help);
		json_out_bool(object, "due", check->due);
		json_out_bool(object, "open", check->open);
		if (check->answer != NULL) {
			const Qsg__SummitCheck *said =
			    check->answer->payload->summit_check;
			answer = summit_view_record(view, check->answer);
			json_out_text(answer, "answer", said->answer);
			json_out_text_or_null(answer, "text", said->text);
		}
		json_out_set(object, "answer", answer);
		json_out_append(array, object);
	}
	return array;
}

/*
 * Meetings.
 */

static json_t *people_json(const Qsg__SummitEntry *entry)
{
	json_t *array = json_array();
	for (size_t i = 0; i < entry->n_people; i++) {
		const Qsg__SummitPerson *person = entry->people[i];
		json_t *object = json_object();
		json_out_text_or_null(object, "role", person->role);
		json_out_text_or_null(object, "name", person->name);
		json_out_time(object, "from", person->from_ms);
		json_out_time(object, "until", person->until_ms);
		json_out_append(array, object);
	}
	return array;
}

static bool act_is(const struct summit_fact *fact, const char *act)
{
	return strcmp(fact->payload->summit_entry->act, act) == 0;
}

static void add_entry(const struct summit_view *view,
    const struct summit_meeting *meeting, const struct summit_fact *fact,
    json_t *object)
{
	const Qsg__SummitEntry *said = fact->payload->summit_entry;
	json_t *entry = summit_view_record(view, fact);
	const char *key = "words";
	json_out_text_or_null(entry, "text", said->text);
	if (act_is(fact, "attend")) {
		key = "attendance";
		json_out_set(entry, "people", people_json(said));
	} else if (act_is(fact, "note")) {
		key = "notes";
		json_out_bool(entry, "newest", fact == meeting->note);
	} else {
		json_out_text(entry, "act", said->act);
		summit_view_add_id(entry, "note", &said->note);
		json_out_bool(entry, "to_newest",
		    meeting->note != NULL &&
			names(&said->note, &meeting->note->record));
	}
	json_out_append(json_object_get(object, key), entry);
}

static bool has_spoken(
    const struct summit_meeting *meeting, const struct id32 *organisation)
{
	for (size_t i = 0; i < meeting->entry_count; i++) {
		const struct summit_fact *fact = meeting->entries[i];
		if (id_equal(&fact->author, organisation) &&
		    (act_is(fact, "agree") || act_is(fact, "dissent")) &&
		    names(&fact->payload->summit_entry->note,
			&meeting->note->record)) {
			return true;
		}
	}
	return false;
}

/* PROTOCOL.md M623: "Agreement and dissent MUST name a note that counts, and
 * whoever says neither MUST be shown as neither." */
static json_t *silent_json(
    const struct summit_view *view, const struct summit_meeting *meeting)
{
	json_t *array = json_array();
	for (size_t i = 0; meeting->note != NULL && i < view->state->side_count;
	     i++) {
		const struct summit_side *side = &view->state->sides[i];
		if (side->circle &&
		    !id_equal(&side->organisation, &meeting->note->author) &&
		    !has_spoken(meeting, &side->organisation)) {
			json_out_append(
			    array, summit_view_org(view, &side->organisation));
		}
	}
	return array;
}

static json_t *meeting_json(
    const struct summit_view *view, const struct summit_meeting *meeting)
{
	const Qsg__SummitMeeting *said =
	    meeting->called->payload->summit_meeting;
	json_t *object = summit_view_record(view, meeting->called);
	json_out_text(object, "purpose", said->purpose);
	json_out_time(object, "at", said->at_ms);
	json_out_text_or_null(object, "place", said->place);
	json_out_text_or_null(object, "text", said->text);
	summit_view_add_id(object, "replaces", &said->replaces);
	json_out_set(object, "replaced_by", json_null());
	if (meeting->replaced_by != NULL) {
		json_out_id(
		    object, "replaced_by", &meeting->replaced_by->record);
	}
	json_out_set(object, "attendance", json_array());
	json_out_set(object, "notes", json_array());
	json_out_set(object, "words", json_array());
	for (size_t i = 0; i < meeting->entry_count; i++) {
		add_entry(view, meeting, meeting->entries[i], object);
	}
	json_out_set(object, "neither", silent_json(view, meeting));
	return object;
}

json_t *summit_view_meetings(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->meeting_count; i++) {
		json_out_append(
		    array, meeting_json(view, &view->state->meetings[i]));
	}
	return array;
}

/*
 * Actions.
 */

static enum err add_action(const struct summit_view *view,
    const struct summit_action *action, json_t *array)
{
	struct actions_look look = { .rid = 0 };
	enum err err = actions_look(view->node, &action->set->record, &look);
	if (err == ERR_OK && look.state.set != NULL) {
		json_t *object = action_json(view->node, &look);
		json_out_bool(
		    object, "holds_open", action->holds && !action->done);
		json_out_append(array, object);
	}
	if (err == ERR_OK) {
		actions_clear(&look);
	}
	return err;
}

/* In the order of the aims, those without one last. */
enum err summit_view_actions(const struct summit_view *view, json_t **out)
{
	const struct vocab *aims = action_aims();
	enum err err = ERR_OK;
	*out = json_array();
	for (size_t aim = 0; aim <= aims->count; aim++) {
		for (size_t i = 0; i < view->state->action_count; i++) {
			const struct summit_action *action =
			    &view->state->actions[i];
			const char *token = action->set->payload->action->aim;
			size_t place = 0;
			while (place < aims->count &&
			       strcmp(aims->words[place].token, token) != 0) {
				place++;
			}
			if (place == aim && err == ERR_OK) {
				err = add_action(view, action, *out);
			}
		}
	}
	return err;
}

/*
 * The end, and what does not count.
 */

json_t *summit_view_objections(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->objection_count; i++) {
		const struct summit_fact *fact = view->state->objections[i];
		const Qsg__SummitObjection *said =
		    fact->payload->summit_objection;
		json_t *object = summit_view_record(view, fact);
		summit_view_add_id(object, "to", &said->to);
		json_out_text_or_null(object, "text", said->text);
		json_out_append(array, object);
	}
	return array;
}

json_t *summit_view_stand_downs(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->stand_down_count; i++) {
		const struct summit_fact *fact = view->state->stand_downs[i];
		json_t *object = summit_view_record(view, fact);
		json_out_text_or_null(
		    object, "reason", fact->payload->summit_stand_down->reason);
		json_out_set(object, "considers",
		    summit_view_refers(fact->payload, "considers"));
		json_out_append(array, object);
	}
	return array;
}

/*
 * Clocks.
 */

static void add_by(const struct summit_view *view, json_t *object,
    const char *key, const struct summit_fact *fact)
{
	json_out_set(object, key,
	    fact == NULL ? json_null() : summit_view_record(view, fact));
}

json_t *summit_view_clocks(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->clocks.count; i++) {
		const struct summit_clock *clock = &view->clocks.items[i];
		json_t *object = json_object();
		json_out_text(object, "clock", clock->token);
		json_out_text(object, "source", clock->source);
		json_out_text(
		    object, "status", summit_clock_status_token(clock->status));
		json_out_time(object, "from", clock->from_ms);
		json_out_time(object, "due_at", clock->due_ms);
		add_by(view, object, "of", clock->of);
		add_by(view, object, "by", clock->by);
		json_out_time(
		    object, "by_at", clock->by == NULL ? 0 : clock->by_ms);
		json_out_number(object, "missed_by", clock->missed_by);
		json_out_append(array, object);
	}
	return array;
}

json_t *summit_view_missed(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->missed_count; i++) {
		const struct summit_fact *fact = view->state->missed[i];
		const Qsg__SummitMissed *said = fact->payload->summit_missed;
		json_t *object = summit_view_record(view, fact);
		json_out_text(object, "clock", said->clock);
		summit_view_add_id(object, "of", &said->of);
		json_out_time(object, "due_at", said->due_ms);
		json_out_time(object, "seen_at", said->seen_ms);
		json_out_append(array, object);
	}
	return array;
}

/* The word that says most about a record, for people. */
static const char *word_of(const Qsg__Payload *payload)
{
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
		return payload->summit_response->answer;
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
		return payload->summit_judgement->finding;
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
		return payload->summit_ring->act;
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
		return payload->summit_meeting->purpose;
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		return payload->summit_entry->act;
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
		return payload->summit_check->answer;
	case QSG__PAYLOAD__CONTENT_SUMMIT_MISSED:
		return payload->summit_missed->clock;
	case QSG__PAYLOAD__CONTENT_ACTION_STEP:
		return payload->action_step->act;
	default: /* its kind says it */
		return "";
	}
}

/* PROTOCOL.md M639: "A record that does not count MUST be kept, and shown with
 * the reason." */
json_t *summit_view_not_counted(const struct summit_view *view)
{
	json_t *array = json_array();
	for (size_t i = 0; i < view->state->refused_count; i++) {
		const struct summit_notice *notice = &view->state->refused[i];
		const struct summit_fact *fact =
		    summit_view_fact(view, &notice->record);
		if (fact == NULL) {
			continue;
		}
		json_t *object = summit_view_record(view, fact);
		json_out_text(
		    object, "type", content_kind(fact->payload)->token);
		json_out_text_or_null(object, "word", word_of(fact->payload));
		json_out_text_or_null(
		    object, "text", content_text(fact->payload));
		json_out_number(object, "reason", (uint64_t)notice->why);
		json_out_text(object, "why_not", reason_text(notice->why));
		json_out_append(array, object);
	}
	return array;
}
