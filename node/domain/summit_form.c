/* What a record of a summit has to be by itself, and the rules of clocks. */
#include "base/limits.h"
#include "codec/text.h"
#include "domain/content.h"
#include "domain/provider.h"
#include "domain/summit.h"

#include <string.h>

#define MOST_PEOPLE 64u

/*
 * Clocks.
 */

/* What a charter should not have stated counts as the most that it may. */
static uint32_t given(uint32_t stated, uint32_t otherwise, uint32_t most)
{
	if (stated == 0)
		return otherwise;
	return stated < most ? stated : most;
}

/* NQB 5: "ensuring that QSG members relevant to the particular provider(s) meet
 * within 24/48 hours of the judgements on quality being made, or sooner if the
 * situation demands it". PROTOCOL.md M611: "The meeting to respond MUST be due
 * no later than 24 hours after the first judgement that finds a failing where
 * the trigger says `now` or `24h`, and 48 hours otherwise, whatever the charter
 * says." The other times are the group's own. */
struct summit_rules summit_rules_of(
    const Qsg__Charter *charter, const char *urgency)
{
	Qsg__Charter none;
	const Qsg__Charter *of = charter == NULL ? &none : charter;
	bool now = strcmp(urgency, "now") == 0;
	bool day = now || strcmp(urgency, "24h") == 0;
	uint32_t respond = day ? 24 : 48;

	qsg__charter__init(&none);
	return (struct summit_rules){
		.judging_hours = now   ? given(of->judging_hours, 4,
					     LIMIT_SUMMIT_JUDGING_HOURS)
		                 : day ? 24
		                       : 48,
		.ring_hours =
		    given(of->ring_hours, 24, LIMIT_SUMMIT_RING_HOURS),
		.response_hours = given(of->response_hours, respond, respond),
		.review_days = given(of->review_days, 7, LIMIT_SUMMIT_DAYS),
		.overdue_days = given(of->overdue_days, 7, LIMIT_SUMMIT_DAYS),
	};
}

/*
 * Contents.
 */

bool summit_is(const Qsg__Payload *payload)
{
	return payload->content_case >= QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER &&
	       payload->content_case <= QSG__PAYLOAD__CONTENT_ALARM_SEEN;
}

size_t summit_texts(const Qsg__Payload *payload, char **out[SUMMIT_TEXTS])
{
	size_t count = 0;

	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER:
		out[count++] = &payload->summit_trigger->concern;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST:
		out[count++] = &payload->summit_request->concern;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
		out[count++] = &payload->summit_response->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
		out[count++] = &payload->summit_judgement->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
		out[count++] = &payload->summit_impact->considered;
		out[count++] = &payload->summit_impact->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
		out[count++] = &payload->summit_ring->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
		out[count++] = &payload->summit_invitation->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
		out[count++] = &payload->summit_meeting->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		out[count++] = &payload->summit_entry->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
		out[count++] = &payload->summit_check->text;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
		out[count++] = &payload->summit_stand_down->reason;
		break;
	case QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION:
		out[count++] = &payload->summit_objection->text;
		break;
	default: /* without texts, or none of ours */
		break;
	}
	return count;
}

static bool is_set(const char *text)
{
	return text[0] != '\0';
}

/* A word of some vocabulary, perhaps a later one: what it means is judged where
 * the summit is evaluated. */
static bool is_word(const char *token)
{
	return text_is_token(span_text(token));
}

static bool is_provider(const char *provider)
{
	return provider_code_acceptable(span_text(provider));
}

static bool is_id(const ProtobufCBinaryData *bytes)
{
	return bytes->len == sizeof(struct id32);
}

static bool is_line(const char *text)
{
	return strlen(text) <= LIMIT_NAME_BYTES;
}

static bool texts_fit(const Qsg__Payload *payload)
{
	char **texts[SUMMIT_TEXTS];
	size_t count = summit_texts(payload, texts);
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += strlen(*texts[i]);
	return size <= LIMIT_TEXT_BYTES;
}

static bool trigger_fits(const Qsg__SummitTrigger *said)
{
	if (!is_provider(said->provider) || !is_set(said->concern) ||
	    !is_word(said->urgency) || said->n_summoned > LIMIT_GROUP_MEMBERS)
		return false;
	for (size_t i = 0; i < said->n_summoned; i++) {
		const Qsg__Summoned *one = said->summoned[i];

		if (!is_id(&one->organisation) || !is_word(one->reason))
			return false;
		if (i > 0 &&
		    memcmp(said->summoned[i - 1]->organisation.data,
			one->organisation.data, sizeof(struct id32)) >= 0)
			return false;
	}
	return true;
}

static bool request_fits(const Qsg__SummitRequest *said)
{
	return is_provider(said->provider) && is_set(said->concern) &&
	       is_word(said->urgency);
}

static bool ring_fits(const Qsg__SummitRing *said)
{
	return is_id(&said->summit) && said->term > 0 && is_word(said->act);
}

static bool invitation_fits(const Qsg__SummitInvitation *said)
{
	return is_id(&said->summit) && is_id(&said->organisation) &&
	       is_provider(said->provider);
}

static bool impact_fits(const Qsg__SummitImpact *said)
{
	return is_id(&said->summit) &&
	       is_set(is_id(&said->asked) ? said->text : said->considered);
}

static bool meeting_fits(const Qsg__SummitMeeting *said)
{
	return is_id(&said->summit) && is_word(said->purpose) &&
	       said->at_ms > 0 && is_line(said->place);
}

static bool entry_fits(const Qsg__SummitEntry *said)
{
	if (!is_id(&said->summit) || !is_id(&said->meeting) ||
	    !is_word(said->act) || said->n_people > MOST_PEOPLE)
		return false;
	for (size_t i = 0; i < said->n_people; i++) {
		if (!is_line(said->people[i]->role) ||
		    !is_line(said->people[i]->name))
			return false;
	}
	return true;
}

static bool missed_fits(const Qsg__SummitMissed *said)
{
	return is_word(said->clock) && is_id(&said->of) && said->due_ms > 0;
}

/* PROTOCOL.md M608: "A record of a summit that lacks the summit, an id, a word
 * or a text that its kind asks for, or is over its limits, MUST be kept as
 * unreadable." */
bool summit_acceptable(const Qsg__Payload *payload)
{
	if (!content_within_limits(payload) || !texts_fit(payload))
		return false;
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER:
		return trigger_fits(payload->summit_trigger);
	case QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST:
		return request_fits(payload->summit_request);
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
		return is_id(&payload->summit_response->summit) &&
		       is_word(payload->summit_response->answer);
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
		return is_id(&payload->summit_judgement->summit) &&
		       is_word(payload->summit_judgement->finding) &&
		       is_set(payload->summit_judgement->text);
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
		return impact_fits(payload->summit_impact);
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
		return ring_fits(payload->summit_ring);
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
		return invitation_fits(payload->summit_invitation);
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
		return meeting_fits(payload->summit_meeting);
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
		return entry_fits(payload->summit_entry);
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
		return is_id(&payload->summit_check->summit) &&
		       is_word(payload->summit_check->check) &&
		       is_word(payload->summit_check->answer);
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
		return is_id(&payload->summit_stand_down->summit) &&
		       is_set(payload->summit_stand_down->reason);
	case QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION:
		return is_id(&payload->summit_objection->summit) &&
		       is_id(&payload->summit_objection->to) &&
		       is_set(payload->summit_objection->text);
	case QSG__PAYLOAD__CONTENT_SUMMIT_MISSED:
		return missed_fits(payload->summit_missed);
	case QSG__PAYLOAD__CONTENT_ALARM_SEEN:
		return is_id(&payload->alarm_seen->about);
	default: /* summit_is */
		return false;
	}
}
