#include "domain/erasure.h"

#include "base/limits.h"
#include "codec/text.h"
#include "codec/when.h"
#include "domain/content.h"
#include "domain/plain.h"
#include "domain/reference.h"

#include <string.h>

static size_t count_of(const Qsg__Payload *payload, enum reference how)
{
	size_t count = 0;

	for (size_t i = 0; i < payload->n_references; i++)
		count +=
		    reference_named(payload->references[i]->relation) == how;
	return count;
}

/* PROTOCOL.md M440: "An erasure MUST refer to exactly one record by `erases`
 * and give a reason, an answer to one refer to exactly one by
 * `answers-erasure` and be `done` or `kept`, with reason and day; any other
 * MUST be kept as unreadable." */
bool erasure_acceptable(const Qsg__Payload *payload)
{
	if (!content_within_limits(payload))
		return false;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ERASURE)
		return count_of(payload, REFERENCE_ERASES) == 1 &&
		       count_of(payload, REFERENCE_PASSES_ON) <= 1 &&
		       !plain_is_blank(payload->erasure->reason);
	if (payload->content_case != QSG__PAYLOAD__CONTENT_ERASURE_ANSWER ||
	    count_of(payload, REFERENCE_ANSWERS_ERASURE) != 1)
		return false;
	if (strcmp(payload->erasure_answer->verdict, ERASURE_DONE) == 0)
		return true;
	return strcmp(payload->erasure_answer->verdict, ERASURE_KEPT) == 0 &&
	       !plain_is_blank(payload->erasure_answer->reason) &&
	       when_is_date(span_text(payload->erasure_answer->until));
}

bool erasure_target(const Qsg__Payload *payload, struct id32 *target)
{
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_ERASURE:
		return content_refers(
		    payload, reference_token(REFERENCE_ERASES), target);
	case QSG__PAYLOAD__CONTENT_ERASURE_ANSWER:
		return content_refers(payload,
		    reference_token(REFERENCE_ANSWERS_ERASURE), target);
	case QSG__PAYLOAD__CONTENT_GRANT:
		return content_refers(
		    payload, reference_token(REFERENCE_GRANTS), target);
	default: /* not about the end of another record */
		return false;
	}
}

/* PROTOCOL.md M441: "What streams, groups, receipts, policies, decisions, the
 * account of who opened what and erasures themselves rest on MUST NOT be
 * erased." */
bool erasure_of_kind(Qsg__Payload__ContentCase which)
{
	switch (which) {
	case QSG__PAYLOAD__CONTENT_INTELLIGENCE:
	case QSG__PAYLOAD__CONTENT_INDICATORS:
	case QSG__PAYLOAD__CONTENT_CORROBORATION:
	case QSG__PAYLOAD__CONTENT_FEEDBACK:
	case QSG__PAYLOAD__CONTENT_REQUEST:
	case QSG__PAYLOAD__CONTENT_ANSWER:
	case QSG__PAYLOAD__CONTENT_JUDGEMENT:
	case QSG__PAYLOAD__CONTENT_FINDING:
	case QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER:
	case QSG__PAYLOAD__CONTENT_RELATION:
	case QSG__PAYLOAD__CONTENT_SOURCE_IDENTITY:
	case QSG__PAYLOAD__CONTENT_FOI_REQUEST:
	case QSG__PAYLOAD__CONTENT_FOI_CONSULTATION:
	case QSG__PAYLOAD__CONTENT_FOI_VIEW:
		return true;
	case QSG__PAYLOAD__CONTENT_AUDIENCE:
	case QSG__PAYLOAD__CONTENT_CLOSED:
	case QSG__PAYLOAD__CONTENT_OVERRIDE:
	case QSG__PAYLOAD__CONTENT_RECEIPT:
	case QSG__PAYLOAD__CONTENT_EXPORT:
	case QSG__PAYLOAD__CONTENT_ROSTER:
	case QSG__PAYLOAD__CONTENT_MEMBERSHIP:
	case QSG__PAYLOAD__CONTENT_SUCCESSION:
	case QSG__PAYLOAD__CONTENT_POLICY:
	case QSG__PAYLOAD__CONTENT_DECISION:
	case QSG__PAYLOAD__CONTENT_GRANT: /* goes with what it carries */
	case QSG__PAYLOAD__CONTENT_ONWARD_REQUEST:
	case QSG__PAYLOAD__CONTENT_ONWARD_ANSWER:
	case QSG__PAYLOAD__CONTENT_RETRACTION:
	case QSG__PAYLOAD__CONTENT_ERASURE:
	case QSG__PAYLOAD__CONTENT_ERASURE_ANSWER:
	case QSG__PAYLOAD__CONTENT_ACTIVITY:
	case QSG__PAYLOAD__CONTENT_FOI_DECISION:
	case QSG__PAYLOAD__CONTENT_RETENTION:
	case QSG__PAYLOAD__CONTENT_OPENED:
	/* What a summit did is for an inquiry; its evidence is held while it
	 * is open. */
	case QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER:
	case QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST:
	case QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE:
	case QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT:
	case QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT:
	case QSG__PAYLOAD__CONTENT_SUMMIT_RING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION:
	case QSG__PAYLOAD__CONTENT_SUMMIT_MEETING:
	case QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY:
	case QSG__PAYLOAD__CONTENT_SUMMIT_CHECK:
	case QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN:
	case QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION:
	case QSG__PAYLOAD__CONTENT_SUMMIT_MISSED:
	case QSG__PAYLOAD__CONTENT_ALARM_SEEN:
	case QSG__PAYLOAD__CONTENT_ACTION:
	case QSG__PAYLOAD__CONTENT_ACTION_STEP:
	case QSG__PAYLOAD__CONTENT__NOT_SET:
	case _QSG__PAYLOAD__CONTENT__CASE_IS_INT_SIZE:
		break;
	}
	return false;
}

const char *const erasure_limits[] = {
	"Every node that follows the rules deletes the text and its key, and "
	"answers. Nobody can make another organisation's computer do so.",
	"What somebody has read, printed, copied or exported before stays with "
	"them.",
	"Backups made before hold it until they are overwritten: yours, too. "
	"After one is restored it has to be erased again.",
	"What other records say stays: what corrects it or what it corrects, "
	"who the source was, an answer: each is a record of its own, and is "
	"erased by itself.",
	"What waits to be sent, as a draft or for a second person, is dropped "
	"where it hands the record on. What refers to it waits on, and is "
	"listed here; where its words were copied into another text, nobody "
	"can find them.",
	"Whoever kept the sealed bytes could still open them with the sealing "
	"key of that time, until that key is destroyed.",
	"That there was a record, by whom and when, stays in the log: only its "
	"content goes.",
	NULL
};
