#include "store/views.h"

#include <string.h>

static const struct {
	const char *name;
	bool housekeeping;
	bool for_people; /* though it is housekeeping */
} types[VIEW_TYPES] = {
	[VIEW_UNKNOWN] = { "unknown", false },
	[VIEW_AUDIENCE] = { "audience", true },
	[VIEW_CLOSED] = { "closed", true },
	[VIEW_OVERRIDE] = { "override", true, true },
	[VIEW_INTELLIGENCE] = { "intelligence", false },
	[VIEW_INDICATOR] = { "indicator", false },
	[VIEW_CORRECTION] = { "correction", false },
	[VIEW_RECEIPT] = { "receipt", true },
	[VIEW_EXPORT] = { "export", true },
	[VIEW_ROSTER] = { "roster", true },
	[VIEW_MEMBERSHIP] = { "membership", true },
	[VIEW_SUCCESSION] = { "succession", true },
	[VIEW_CORROBORATION] = { "corroboration", false },
	[VIEW_FEEDBACK] = { "feedback", false },
	[VIEW_REQUEST] = { "request", false },
	[VIEW_ANSWER] = { "answer", false },
	[VIEW_JUDGEMENT] = { "judgement", false },
	[VIEW_FINDING] = { "finding", false },
	[VIEW_REGISTER] = { "register", true },
	[VIEW_RELATION] = { "relation", true },
	[VIEW_SOURCE_IDENTITY] = { "source-identity", true, true },
	[VIEW_POLICY] = { "policy", true },
	[VIEW_DECISION] = { "decision", true, true },
	[VIEW_GRANT] = { "grant", false },
	[VIEW_ONWARD_REQUEST] = { "onward-request", true, true },
	[VIEW_ONWARD_ANSWER] = { "onward-answer", true, true },
	[VIEW_RETRACTION] = { "retraction", false },
	[VIEW_ERASURE] = { "erasure", true, true },
	[VIEW_ERASURE_ANSWER] = { "erasure-answer", true, true },
	[VIEW_ACTIVITY] = { "activity", true },
	[VIEW_FOI_REQUEST] = { "foi-request", true, true },
	[VIEW_FOI_DECISION] = { "foi-decision", true, true },
	[VIEW_FOI_CONSULTATION] = { "foi-consultation", true, true },
	[VIEW_FOI_VIEW] = { "foi-view", true, true },
	[VIEW_RETENTION] = { "retention", true },
	[VIEW_OPENED] = { "opened", true },
	[VIEW_SUMMIT_TRIGGER] = { "summit-trigger", false },
	[VIEW_SUMMIT_REQUEST] = { "summit-request", false },
	[VIEW_SUMMIT_RESPONSE] = { "summit-response", false },
	[VIEW_SUMMIT_JUDGEMENT] = { "summit-judgement", false },
	[VIEW_SUMMIT_IMPACT] = { "summit-impact", false },
	[VIEW_SUMMIT_RING] = { "summit-ring", false },
	[VIEW_SUMMIT_INVITATION] = { "summit-invitation", false },
	[VIEW_SUMMIT_MEETING] = { "summit-meeting", false },
	[VIEW_SUMMIT_ENTRY] = { "summit-entry", false },
	[VIEW_SUMMIT_CHECK] = { "summit-check", false },
	[VIEW_SUMMIT_STAND_DOWN] = { "summit-stand-down", false },
	[VIEW_SUMMIT_OBJECTION] = { "summit-objection", false },
	[VIEW_SUMMIT_MISSED] = { "summit-missed", true },
	[VIEW_ALARM_SEEN] = { "alarm-seen", true },
	[VIEW_ACTION] = { "action", false },
	[VIEW_ACTION_STEP] = { "action-step", false },
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
