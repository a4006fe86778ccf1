/* What happened, in order: each record in words. */
#include "codec/canon.h"
#include "codec/when.h"
#include "domain/summit_words.h"
#include "view/summit_report_parts.h"

#include <string.h>

static const char *london(int64_t wall_ms, struct when *when)
{
	*when = when_london(wall_ms);
	return when->text;
}

static void rests_on(json_t *statement, const ProtobufCBinaryData *bytes)
{
	struct id32 id;
	if (canon_take_id(bytes, &id)) {
		summit_report_rests(statement, &id);
	}
}

static void org(struct summit_report *report, json_t *statement,
    const ProtobufCBinaryData *bytes)
{
	struct id32 id;
	if (canon_take_id(bytes, &id)) {
		summit_report_org(report, statement, &id);
	}
}

void summit_report_finding(json_t *statement, const char *token)
{
	summit_report_word(statement,
	    vocab_has(vocab_standard(), span_text(token)) ? vocab_standard()
							  : summit_findings(),
	    token);
}

/*
 * One record.
 */

static void tell_request(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitRequest *request = fact->payload->summit_request;
	(void)report;
	summit_report_own(statement, "asked for a risk summit about ");
	summit_report_theirs(statement, request->provider);
	summit_report_own(statement, ", ");
	summit_report_word(statement, summit_urgencies(), request->urgency);
	summit_report_text(statement, request->concern);
}

static void tell_trigger(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitTrigger *trigger = fact->payload->summit_trigger;
	const struct summit_fact *asked = report->state->asked;
	summit_report_own(statement, "triggered the risk summit about ");
	summit_report_theirs(statement, trigger->provider);
	summit_report_own(statement, ", ");
	summit_report_word(statement, summit_urgencies(), trigger->urgency);
	if (asked != NULL) {
		summit_report_own(statement, ", as asked by ");
		summit_report_org(report, statement, &asked->author);
	}
	rests_on(statement, &trigger->asked);
	summit_report_text(statement, trigger->concern);
}

static void tell_response(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitResponse *response = fact->payload->summit_response;
	(void)report;
	summit_report_own(statement, "answered: ");
	summit_report_word(statement, summit_answers(), response->answer);
	summit_report_text(statement, response->text);
}

static void tell_judgement(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitJudgement *judgement = fact->payload->summit_judgement;
	(void)report;
	summit_report_own(statement, "judged: ");
	summit_report_finding(statement, judgement->finding);
	summit_report_text(statement, judgement->text);
}

static void tell_impact(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitImpact *impact = fact->payload->summit_impact;
	(void)report;
	if (impact->asked.len == 0) {
		summit_report_own(statement, "asked what would come of: ");
		summit_report_theirs(statement, impact->considered);
	} else {
		summit_report_own(statement, "answered what would come of it");
	}
	rests_on(statement, &impact->asked);
	summit_report_text(statement, impact->text);
}

static void tell_ring(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	static const char *const acts[][2] = {
		{ "nominate", "named who should hold the ring: " },
		{ "accept", "accepted to hold the ring" },
		{ "decline", "declined to hold the ring" },
		{ "agree", "gave its voice in who holds the ring to " },
		{ "hand-over", "handed over the ring to " },
		{ "take", "took the ring, as nobody was agreed in time" },
	};
	const Qsg__SummitRing *ring = fact->payload->summit_ring;
	const char *says = NULL;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		says = strcmp(acts[i][0], ring->act) == 0 ? acts[i][1] : says;
	}
	if (says == NULL) {
		summit_report_own(statement, "said of the ring: ");
		summit_report_theirs(statement, ring->act);
	} else {
		summit_report_own(statement, "%s", says);
	}
	org(report, statement, &ring->organisation);
	summit_report_own(statement, ", term %u", (unsigned int)ring->term);
	summit_report_text(statement, ring->text);
}

static void tell_invitation(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitInvitation *invitation =
	    fact->payload->summit_invitation;
	summit_report_own(statement, "invited ");
	org(report, statement, &invitation->organisation);
	summit_report_text(statement, invitation->text);
}

static void tell_meeting(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitMeeting *meeting = fact->payload->summit_meeting;
	struct when when;
	(void)report;
	summit_report_own(statement, "called a ");
	summit_report_word(statement, summit_purposes(), meeting->purpose);
	summit_report_own(
	    statement, " meeting for %s, ", london(meeting->at_ms, &when));
	summit_report_theirs(statement, meeting->place);
	if (meeting->replaces.len != 0) {
		summit_report_own(statement, ", in place of an earlier call");
	}
	rests_on(statement, &meeting->replaces);
	summit_report_text(statement, meeting->text);
}

static void add_people(json_t *statement, const Qsg__SummitEntry *entry)
{
	for (size_t i = 0; i < entry->n_people; i++) {
		const Qsg__SummitPerson *person = entry->people[i];
		struct when when;
		summit_report_own(statement, i == 0 ? ": " : "; ");
		summit_report_word(statement, vocab_role(), person->role);
		if (person->name[0] != '\0') {
			summit_report_own(statement, " ");
			summit_report_theirs(statement, person->name);
		}
		if (person->from_ms != 0) {
			summit_report_own(statement, ", from %s",
			    london(person->from_ms, &when));
		}
		if (person->until_ms != 0) {
			summit_report_own(statement, ", until %s",
			    london(person->until_ms, &when));
		}
	}
}

static void tell_entry(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	static const char *const acts[][2] = {
		{ "attend", "was at the meeting" },
		{ "note", "recorded the note of the meeting" },
		{ "agree", "agreed to the note of the meeting" },
		{ "dissent", "dissented from the note of the meeting" },
	};
	const Qsg__SummitEntry *entry = fact->payload->summit_entry;
	const char *says = NULL;
	(void)report;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		says = strcmp(acts[i][0], entry->act) == 0 ? acts[i][1] : says;
	}
	if (says == NULL) {
		summit_report_own(statement, "said of the meeting: ");
		summit_report_theirs(statement, entry->act);
	} else {
		summit_report_own(statement, "%s", says);
	}
	add_people(statement, entry);
	rests_on(statement, &entry->meeting);
	rests_on(statement, &entry->note);
	summit_report_text(statement, entry->text);
}

static void tell_check(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitCheck *check = fact->payload->summit_check;
	(void)report;
	summit_report_own(statement, "answered on ");
	summit_report_word(statement, summit_checks(), check->check);
	summit_report_own(statement, ": ");
	summit_report_word(statement, summit_check_answers(), check->answer);
	summit_report_text(statement, check->text);
}

static void tell_stand_down(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	(void)report;
	summit_report_own(statement, "stood the summit down");
	summit_report_text(statement, fact->payload->summit_stand_down->reason);
}

static void tell_objection(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitObjection *objection = fact->payload->summit_objection;
	(void)report;
	summit_report_own(statement, "objected");
	rests_on(statement, &objection->to);
	summit_report_text(statement, objection->text);
}

static void tell_missed(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__SummitMissed *missed = fact->payload->summit_missed;
	struct when when;
	(void)report;
	summit_report_own(statement, "saw a time go by: ");
	summit_report_word(statement, summit_clocks(), missed->clock);
	summit_report_own(statement, ", due %s", london(missed->due_ms, &when));
	rests_on(statement, &missed->of);
}

static void tell_action(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	const Qsg__Action *action = fact->payload->action;
	struct when when;
	struct id32 owner;
	summit_report_own(statement, "set an action for ");
	if (canon_take_id(&action->owner, &owner) &&
	    id_equal(&owner, &fact->author)) {
		summit_report_own(statement, "itself");
	} else {
		org(report, statement, &action->owner);
	}
	if (action->due_ms != 0) {
		summit_report_own(
		    statement, ", due %s", london(action->due_ms, &when));
	}
	rests_on(statement, &action->judgement);
	summit_report_text(statement, action->what);
}

static void tell_step(struct summit_report *report, json_t *statement,
    const struct summit_fact *fact)
{
	static const char *const acts[][2] = {
		{ "accept", "accepted an action" },
		{ "decline", "declined an action" },
		{ "progress", "told of progress with an action" },
		{ "close", "closed an action" },
		{ "hand-over", "asked another to take over an action: " },
		{ "withdraw", "withdrew an action" },
		{ "raise", "raised an action that is overdue with " },
	};
	const Qsg__ActionStep *step = fact->payload->action_step;
	const char *says = NULL;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		says = strcmp(acts[i][0], step->act) == 0 ? acts[i][1] : says;
	}
	if (says == NULL) {
		summit_report_own(statement, "said of an action: ");
		summit_report_theirs(statement, step->act);
	} else {
		summit_report_own(statement, "%s", says);
	}
	org(report, statement, &step->organisation);
	rests_on(statement, &step->action);
	rests_on(statement, &step->offer);
	summit_report_text(statement, step->text);
}

json_t *summit_report_tell(
    struct summit_report *report, const struct summit_fact *fact)
{
	static const struct {
		Qsg__Payload__ContentCase which;
		void (*tell)(struct summit_report *, json_t *,
		    const struct summit_fact *);
	} tellers[] = {
		{ QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST, tell_request },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER, tell_trigger },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE, tell_response },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT, tell_judgement },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT, tell_impact },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_RING, tell_ring },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION, tell_invitation },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_MEETING, tell_meeting },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY, tell_entry },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_CHECK, tell_check },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN, tell_stand_down },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION, tell_objection },
		{ QSG__PAYLOAD__CONTENT_SUMMIT_MISSED, tell_missed },
		{ QSG__PAYLOAD__CONTENT_ACTION, tell_action },
		{ QSG__PAYLOAD__CONTENT_ACTION_STEP, tell_step },
	};
	json_t *statement = summit_report_fact(report, fact);
	for (size_t i = 0; i < sizeof(tellers) / sizeof(tellers[0]); i++) {
		if (tellers[i].which == fact->payload->content_case) {
			tellers[i].tell(report, statement, fact);
		}
	}
	return statement;
}

/*
 * All of them.
 */

void summit_report_told(struct summit_report *report)
{
	summit_report_section(report, "order", "What happened, in order",
	    "Times are what the authors of the records say. What does not "
	    "count is listed at the end.");
	for (size_t i = 0; i < report->look->count; i++) {
		const struct summit_fact *fact = report->order[i];
		enum reason why = summit_report_why(report, &fact->record);
		json_t *statement = NULL;
		if (why != REASON_NONE && why != REASON_SUMMIT_NEWER) {
			continue;
		}
		statement = summit_report_tell(report, fact);
		if (why == REASON_SUMMIT_NEWER) {
			summit_report_own(
			    statement, " (something newer was said since)");
		}
	}
}

/* PROTOCOL.md M639: "A record that does not count MUST be kept, and shown with
 * the reason." */
void summit_report_uncounted(struct summit_report *report)
{
	summit_report_section(report, "uncounted", "What did not count",
	    "Nothing is lost: each stands here with the reason.");
	for (size_t i = 0; i < report->look->count; i++) {
		const struct summit_fact *fact = report->order[i];
		enum reason why = summit_report_why(report, &fact->record);
		if (why != REASON_NONE) {
			json_t *statement = summit_report_tell(report, fact);
			summit_report_own(
			    statement, ". Why not: %s", reason_text(why));
		}
	}
}
