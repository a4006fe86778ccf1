/* What was judged, who held the ring, and what became of it. */
#include "codec/canon.h"
#include "codec/when.h"
#include "domain/action.h"
#include "domain/summit_words.h"
#include "service/summit_clocks.h"
#include "view/summit_report_parts.h"

#include <string.h>

static json_t *say_of_summit(struct summit_report *report)
{
	return summit_report_say(report, &report->state->id, NULL, 0);
}

static json_t *tell_under(
    struct summit_report *report, const struct summit_fact *fact)
{
	json_t *statement = summit_report_tell(report, fact);
	summit_report_under(statement);
	return statement;
}

/* Some of the facts, in the order that their authors give. */
static void tell_all_under(struct summit_report *report,
    const struct summit_fact *const *facts, size_t count)
{
	for (size_t i = 0; i < report->look->count; i++) {
		for (size_t k = 0; k < count; k++) {
			if (facts[k] == report->order[i]) {
				(void)tell_under(report, report->order[i]);
			}
		}
	}
}

/*
 * Judgements, side by side.
 */

static void put_opposed(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	json_t *statement = NULL;
	if (!state->opposed) {
		return;
	}
	statement = say_of_summit(report);
	summit_report_own(statement,
	    "The judgements differ on whether there is a failing, and no "
	    "meeting held after them has a note");
	for (size_t i = 0; i < state->judgement_count; i++) {
		summit_report_rests(statement, &state->judgements[i]->record);
	}
}

static void put_breach(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	for (size_t i = 0; state->breach_open && i < state->judgement_count;
	     i++) {
		const struct summit_fact *fact = state->judgements[i];
		if (strcmp(fact->payload->summit_judgement->finding,
			"breach") == 0) {
			json_t *statement = summit_report_say(
			    report, &fact->record, &fact->author, 0);
			summit_report_own(statement,
			    "has not recorded what it does about the breach "
			    "that it found");
		}
	}
}

static void put_impacts(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	if (state->impact_count == 0) {
		return;
	}
	summit_report_section(
	    report, "impact", "What would come of what was considered", "");
	for (size_t i = 0; i < state->impact_count; i++) {
		const struct summit_fact *question = state->impacts[i];
		struct id32 asked;
		if (canon_take_id(
			&question->payload->summit_impact->asked, &asked)) {
			continue;
		}
		(void)summit_report_tell(report, question);
		for (size_t k = 0; k < state->impact_count; k++) {
			const struct summit_fact *answer = state->impacts[k];
			if (canon_take_id(
				&answer->payload->summit_impact->asked,
				&asked) &&
			    id_equal(&asked, &question->record)) {
				(void)tell_under(report, answer);
			}
		}
	}
}

void summit_report_judged(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	summit_report_section(report, "judgements", "Judgements, side by side",
	    "Each is its author's. None is summed, and no majority stands "
	    "for another.");
	for (size_t i = 0; i < state->judgement_count; i++) {
		(void)summit_report_tell(report, state->judgements[i]);
	}
	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];
		if (side->circle && side->judgement == NULL) {
			json_t *statement = summit_report_say(
			    report, &state->id, &side->organisation, 0);
			summit_report_own(statement, "has not judged");
		}
	}
	put_opposed(report);
	put_breach(report);
	put_impacts(report);
}

/*
 * The ring.
 */

static const char *how_held(const char *how)
{
	static const char *const words[][2] = {
		{ "agreed", "agreed by more than half of those with a voice" },
		{ "handed-over", "handed over by who held it before" },
		{ "default", "by default, as nobody was agreed in time" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i][0], how) == 0) {
			return words[i][1];
		}
	}
	return how;
}

static void put_voices(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	json_t *statement = say_of_summit(report);
	size_t electors = 0;
	for (size_t i = 0; i < state->side_count; i++) {
		electors += state->sides[i].votes ? 1 : 0;
	}
	summit_report_own(statement,
	    "%zu have a voice in who holds the ring, and %zu must agree",
	    electors, state->votes_needed);
}

static void put_holder(
    struct summit_report *report, const struct summit_holder *holder)
{
	json_t *statement = summit_report_say(
	    report, &holder->record, &holder->organisation, 0);
	summit_report_own(statement, "%s the ring, term %u: %s",
	    holder == summit_holds(report->state) ? "holds" : "held",
	    (unsigned int)holder->term, how_held(holder->how));
}

void summit_report_ring(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	summit_report_section(
	    report, "ring", "Who held the ring, and how that came", "");
	put_voices(report);
	for (size_t i = 0; i < report->look->count; i++) {
		const struct summit_fact *fact = report->order[i];
		if (fact->payload->content_case ==
			QSG__PAYLOAD__CONTENT_SUMMIT_RING &&
		    summit_report_why(report, &fact->record) == REASON_NONE) {
			(void)summit_report_tell(report, fact);
		}
	}
	for (size_t i = 0; i < state->holder_count; i++) {
		put_holder(report, &state->holders[i]);
	}
	if (summit_holds(state) == NULL) {
		json_t *statement = summit_report_say(
		    report, &state->id, summit_chair(state), 0);
		summit_report_own(
		    statement, "chairs, until somebody holds the ring");
	}
}

/*
 * Meetings.
 */

/* Silence is neither. */
static void put_silent(
    struct summit_report *report, const struct summit_meeting *meeting)
{
	const struct summit_state *state = report->state;
	for (size_t i = 0; i < state->side_count; i++) {
		const struct summit_side *side = &state->sides[i];
		bool spoke =
		    id_equal(&side->organisation, &meeting->note->author);
		for (size_t k = 0; k < meeting->entry_count; k++) {
			const Qsg__SummitEntry *entry =
			    meeting->entries[k]->payload->summit_entry;
			struct id32 note;
			spoke = spoke ||
			        (id_equal(&meeting->entries[k]->author,
				     &side->organisation) &&
				    canon_take_id(&entry->note, &note) &&
				    id_equal(&note, &meeting->note->record));
		}
		if (!spoke && side->circle) {
			json_t *statement = summit_report_say(report,
			    &meeting->note->record, &side->organisation, 0);
			summit_report_own(statement,
			    "neither agreed to the note nor dissented");
			summit_report_under(statement);
		}
	}
}

static void put_meeting(
    struct summit_report *report, const struct summit_meeting *meeting)
{
	json_t *statement = summit_report_tell(report, meeting->called);
	if (meeting->replaced_by != NULL) {
		summit_report_own(statement, ". It was moved");
		summit_report_rests(statement, &meeting->replaced_by->record);
	}
	tell_all_under(report, meeting->entries, meeting->entry_count);
	if (meeting->note != NULL) {
		put_silent(report, meeting);
	}
}

void summit_report_meetings(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	summit_report_section(report, "meetings", "Meetings", "");
	for (size_t i = 0; i < state->meeting_count; i++) {
		put_meeting(report, &state->meetings[i]);
	}
}

/*
 * Clocks.
 */

/* What came of it, and when. */
static void put_status(json_t *statement, const struct summit_clock *clock)
{
	struct when when = when_london(clock->by_ms);
	bool came = clock->by != NULL;
	switch (clock->status) {
	case SUMMIT_CLOCK_RUNNING:
		summit_report_own(statement, "it runs");
		break;
	case SUMMIT_CLOCK_MET:
		summit_report_own(statement, "met");
		break;
	case SUMMIT_CLOCK_MISSED:
		summit_report_own(
		    statement, came ? "missed, and done" : "missed");
		break;
	case SUMMIT_CLOCK_ENDED:
		summit_report_own(statement, "not asked for any more");
		break;
	}
	if (came) {
		summit_report_own(statement, " at %s", when.text);
		summit_report_rests(statement, &clock->by->record);
	}
}

/* PROTOCOL.md M702: "A report MUST tell of each clock what set it, on whose
 * rule, when it was due, and whether it runs, was met, was missed or was over
 * before; and MUST list each record that one was missed." */
static void put_clock(
    struct summit_report *report, const struct summit_clock *clock)
{
	json_t *statement =
	    summit_report_say(report, &clock->of->record, NULL, 0);
	struct when when = when_london(clock->due_ms);
	summit_report_own(statement, "The time for the ");
	summit_report_word(statement, summit_clocks(), clock->token);
	summit_report_own(
	    statement, ": due %s (%s), ", when.text, clock->source);
	put_status(statement, clock);
}

void summit_report_clocks(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	struct summit_clocks clocks = { 0 };
	summit_report_section(report, "clocks", "Times to keep",
	    "As far as the times of the records are known here.");
	report->err = summit_clocks_look(report->node, report->look, &clocks);
	for (size_t i = 0; i < clocks.count && report->err == ERR_OK; i++) {
		put_clock(report, &clocks.items[i]);
	}
	summit_clocks_clear(&clocks);
	for (size_t i = 0; i < state->missed_count; i++) {
		(void)summit_report_tell(report, state->missed[i]);
	}
}

/*
 * Checks.
 */

void summit_report_checks(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	summit_report_section(report, "checks", "The three checks",
	    "Always asked, once anybody has judged.");
	for (size_t i = 0; i < SUMMIT_CHECKS; i++) {
		const struct summit_checked *check = &state->checks[i];
		const char *label = summit_checks()->words[i].label;
		json_t *statement = NULL;
		if (check->answer != NULL) {
			statement = summit_report_tell(report, check->answer);
			summit_report_own(
			    statement, check->open ? ". It is open" : "");
			continue;
		}
		statement = summit_report_say(report, &state->id,
		    check->due ? summit_chair(state) : NULL, 0);
		summit_report_own(statement,
		    check->due ? "has not answered on %s: it is open"
			       : "On %s nothing is due: nobody has judged",
		    label);
	}
}

/*
 * Actions.
 */

static const char *standing_words(enum action_standing standing)
{
	switch (standing) {
	case ACTION_PROPOSED:
		return "its owner has not answered";
	case ACTION_ACCEPTED:
		return "accepted";
	case ACTION_DECLINED:
		return "declined";
	case ACTION_CLOSED:
		return "closed";
	case ACTION_HANDED_OVER:
		return "handed over, and accepted";
	case ACTION_WITHDRAWN:
		return "withdrawn";
	}
	return "";
}

static int64_t made_ms(const struct summit_fact *fact)
{
	return fact->payload->created_at_ms;
}

static void put_action(
    struct summit_report *report, const struct summit_action *one)
{
	const struct summits_look *look = report->look;
	struct action_state action = { 0 };
	json_t *statement = NULL;
	report->err = action_evaluate(
	    &one->set->record, look->facts, look->count, &action);
	if (report->err != ERR_OK) {
		return;
	}
	statement = summit_report_say(
	    report, &one->set->record, &one->owner, made_ms(one->set));
	summit_report_own(statement, "owns an action that ");
	if (id_equal(&one->owner, &one->set->author)) {
		summit_report_own(statement, "it");
	} else {
		summit_report_org(report, statement, &one->set->author);
	}
	summit_report_own(
	    statement, " set: %s", standing_words(action.standing));
	if (one->set->payload->action->due_ms != 0) {
		struct when when =
		    when_london(one->set->payload->action->due_ms);
		summit_report_own(statement, ", due %s%s", when.text,
		    action_overdue(
			&action, clock_wall_ms(node_clock(report->node)))
			? " and overdue"
			: "");
	}
	summit_report_text(statement, one->set->payload->action->what);
	tell_all_under(report, action.steps, action.step_count);
	action_clear(&action);
}

static bool has_aim(const struct summit_action *action, const char *aim)
{
	const char *its = action->set->payload->action->aim;
	return vocab_has(action_aims(), span_text(its)) ? strcmp(its, aim) == 0
	                                                : aim[0] == '\0';
}

static void put_aim(struct summit_report *report, const char *aim)
{
	const struct summit_state *state = report->state;
	for (size_t i = 0; i < state->action_count && report->err == ERR_OK;
	     i++) {
		if (has_aim(&state->actions[i], aim)) {
			put_action(report, &state->actions[i]);
		}
	}
}

void summit_report_actions(struct summit_report *report)
{
	static const struct {
		const char *aim;
		const char *key;
		const char *title;
	} aims[] = {
		{ "safeguard", "safeguard", "Actions: safeguarding patients" },
		{ "continuity", "continuity",
		    "Actions: ensuring continued provision" },
		{ "improvement", "improvement",
		    "Actions: beginning to secure improvement" },
		{ "", "other", "Actions without an aim" },
	};
	for (size_t i = 0; i < sizeof(aims) / sizeof(aims[0]); i++) {
		summit_report_section(report, aims[i].key, aims[i].title, "");
		put_aim(report, aims[i].aim);
	}
}

/*
 * The end.
 */

static void put_phase(struct summit_report *report)
{
	static const char *const phases[] = {
		[SUMMIT_NONE] = "The summit has not begun",
		[SUMMIT_ALERT] = "The summit goes on: nobody has judged yet",
		[SUMMIT_JUDGE] =
		    "The summit goes on: nobody holds the ring yet",
		[SUMMIT_RESPOND] = "The summit goes on",
		[SUMMIT_STOOD_DOWN] = "The summit is over",
	};
	const struct summit_state *state = report->state;
	json_t *statement = say_of_summit(report);
	summit_report_own(statement, "%s", phases[state->phase]);
	if (state->reopened) {
		summit_report_own(statement,
		    ": it was stood down before a judgement or an action was "
		    "known, and is open again");
	}
	for (size_t i = 0; i < state->stand_down_count; i++) {
		summit_report_rests(statement, &state->stand_downs[i]->record);
	}
}

void summit_report_ended(struct summit_report *report)
{
	const struct summit_state *state = report->state;
	summit_report_section(report, "objections", "Objections",
	    "They stand beside what they object to.");
	for (size_t i = 0; i < state->objection_count; i++) {
		(void)summit_report_tell(report, state->objections[i]);
	}
	summit_report_section(report, "end", "How it ended", "");
	for (size_t i = 0; i < state->stand_down_count; i++) {
		(void)summit_report_tell(report, state->stand_downs[i]);
	}
	put_phase(report);
}
