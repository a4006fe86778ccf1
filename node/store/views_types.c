#include "store/views.h"

#include <string.h>

static const struct {
	const char *name;
	bool housekeeping;
	bool for_people; /* though it is housekeeping */
} types[VIEW_TYPES] = {
	[VIEW_UNKNOWN] = { "unknown", false, false },
	[VIEW_AUDIENCE] = { "audience", true, false },
	[VIEW_CLOSED] = { "closed", true, false },
	[VIEW_OVERRIDE] = { "override", true, true },
	[VIEW_INTELLIGENCE] = { "intelligence", false, false },
	[VIEW_INDICATOR] = { "indicator", false, false },
	[VIEW_CORRECTION] = { "correction", false, false },
	[VIEW_RECEIPT] = { "receipt", true, false },
	[VIEW_EXPORT] = { "export", true, false },
	[VIEW_ROSTER] = { "roster", true, false },
	[VIEW_MEMBERSHIP] = { "membership", true, false },
	[VIEW_SUCCESSION] = { "succession", true, false },
	[VIEW_CORROBORATION] = { "corroboration", false, false },
	[VIEW_FEEDBACK] = { "feedback", false, false },
	[VIEW_REQUEST] = { "request", false, false },
	[VIEW_ANSWER] = { "answer", false, false },
	[VIEW_JUDGEMENT] = { "judgement", false, false },
	[VIEW_FINDING] = { "finding", false, false },
	[VIEW_REGISTER] = { "register", true, false },
	[VIEW_RELATION] = { "relation", true, false },
	[VIEW_SOURCE_IDENTITY] = { "source-identity", true, true },
	[VIEW_POLICY] = { "policy", true, false },
	[VIEW_DECISION] = { "decision", true, true },
	[VIEW_GRANT] = { "grant", false, false },
	[VIEW_ONWARD_REQUEST] = { "onward-request", true, true },
	[VIEW_ONWARD_ANSWER] = { "onward-answer", true, true },
	[VIEW_RETRACTION] = { "retraction", false, false },
	[VIEW_ERASURE] = { "erasure", true, true },
	[VIEW_ERASURE_ANSWER] = { "erasure-answer", true, true },
	[VIEW_ACTIVITY] = { "activity", true, false },
	[VIEW_FOI_REQUEST] = { "foi-request", true, true },
	[VIEW_FOI_DECISION] = { "foi-decision", true, true },
	[VIEW_FOI_CONSULTATION] = { "foi-consultation", true, true },
	[VIEW_FOI_VIEW] = { "foi-view", true, true },
	[VIEW_RETENTION] = { "retention", true, false },
	[VIEW_OPENED] = { "opened", true, false },
	[VIEW_SUMMIT_TRIGGER] = { "summit-trigger", false, false },
	[VIEW_SUMMIT_REQUEST] = { "summit-request", false, false },
	[VIEW_SUMMIT_RESPONSE] = { "summit-response", false, false },
	[VIEW_SUMMIT_JUDGEMENT] = { "summit-judgement", false, false },
	[VIEW_SUMMIT_IMPACT] = { "summit-impact", false, false },
	[VIEW_SUMMIT_RING] = { "summit-ring", false, false },
	[VIEW_SUMMIT_INVITATION] = { "summit-invitation", false, false },
	[VIEW_SUMMIT_MEETING] = { "summit-meeting", false, false },
	[VIEW_SUMMIT_ENTRY] = { "summit-entry", false, false },
	[VIEW_SUMMIT_CHECK] = { "summit-check", false, false },
	[VIEW_SUMMIT_STAND_DOWN] = { "summit-stand-down", false, false },
	[VIEW_SUMMIT_OBJECTION] = { "summit-objection", false, false },
	[VIEW_SUMMIT_MISSED] = { "summit-missed", true, true },
	[VIEW_ALARM_SEEN] = { "alarm-seen", true, false },
	[VIEW_ACTION] = { "action", false, false },
	[VIEW_ACTION_STEP] = { "action-step", false, false },
};

const char *views_type_name(enum view_type type)
{
	return (unsigned)type < VIEW_TYPES ? types[type].name : "unknown";
}

bool views_is_housekeeping(enum view_type type)
{
	return (unsigned)type < VIEW_TYPES && types[type].housekeeping;
}

bool views_is_for_people(enum view_type type)
{
	return !views_is_housekeeping(type) || types[type].for_people;
}

enum view_type views_type_named(const char *name)
{
	for (unsigned i = 0; i < VIEW_TYPES; i++) {
		if (strcmp(types[i].name, name) == 0) {
			return (enum view_type)i;
		}
	}
	return VIEW_UNKNOWN;
}
