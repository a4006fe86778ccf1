#include "domain/authority.h"

#include "domain/content.h"

#include <string.h>

#define BIT(relation) (1u << (relation))
#define ANYBODY                                                                \
	(BIT(AUTHORITY_CONVENOR) | BIT(AUTHORITY_MEMBER) |                     \
	    BIT(AUTHORITY_INVITED) | BIT(AUTHORITY_SENDER_ONLY) |              \
	    BIT(AUTHORITY_GONE) | BIT(AUTHORITY_OUTSIDER))
#define MEMBERS (BIT(AUTHORITY_CONVENOR) | BIT(AUTHORITY_MEMBER))
#define ASKED (ANYBODY & ~BIT(AUTHORITY_OUTSIDER))

/* Who may say it; what is made of it when somebody else does, and why. */
struct rule {
	Qsg__Payload__ContentCase content;
	unsigned who;
	bool providers;
	enum authority_verdict otherwise;
	enum reason reason;
};

/* PROTOCOL.md M324: "A record that the table of authority does not leave to its
 * author MUST NOT count, and MUST be shown with the reason." */
static const struct rule rules[] = {
	{ QSG__PAYLOAD__CONTENT_AUDIENCE, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_CLOSED, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_RECEIPT, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_INTELLIGENCE, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_INDICATORS, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_CORROBORATION, ANYBODY, false,
	    AUTHORITY_REFUSED, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_FEEDBACK, ANYBODY, false, AUTHORITY_REFUSED,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_REQUEST, ANYBODY, false, AUTHORITY_REFUSED,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ANSWER, ANYBODY, false, AUTHORITY_REFUSED,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_RELATION, ANYBODY, false, AUTHORITY_REFUSED,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_JUDGEMENT, MEMBERS, false,
	    AUTHORITY_UNCONFIRMED, REASON_BY_NO_MEMBER },
	{ QSG__PAYLOAD__CONTENT_FINDING, ANYBODY, false, AUTHORITY_REFUSED,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ROSTER, BIT(AUTHORITY_CONVENOR), false,
	    AUTHORITY_REFUSED, REASON_BY_NO_CONVENOR },
	{ QSG__PAYLOAD__CONTENT_MEMBERSHIP, ASKED, false, AUTHORITY_REFUSED,
	    REASON_UNINVITED },
	{ QSG__PAYLOAD__CONTENT_SUCCESSION, MEMBERS, false, AUTHORITY_REFUSED,
	    REASON_BY_NO_VOTER },
	{ QSG__PAYLOAD__CONTENT_GRANT, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ONWARD_REQUEST, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ONWARD_ANSWER, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_RETRACTION, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ERASURE, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ERASURE_ANSWER, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_FOI_CONSULTATION, ANYBODY, true,
	    AUTHORITY_COUNTS, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_FOI_VIEW, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_OPENED, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER, ANYBODY, false,
	    AUTHORITY_REFUSED, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST, ANYBODY, false,
	    AUTHORITY_REFUSED, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE, ANYBODY, true,
	    AUTHORITY_COUNTS, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT, ANYBODY, false,
	    AUTHORITY_REFUSED, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_RING, ANYBODY, false, AUTHORITY_REFUSED,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION, ANYBODY, true,
	    AUTHORITY_COUNTS, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_MEETING, ANYBODY, false,
	    AUTHORITY_REFUSED, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_CHECK, ANYBODY, false, AUTHORITY_REFUSED,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN, ANYBODY, false,
	    AUTHORITY_REFUSED, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION, ANYBODY, true,
	    AUTHORITY_COUNTS, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_SUMMIT_MISSED, ANYBODY, false,
	    AUTHORITY_REFUSED, REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ACTION, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
	{ QSG__PAYLOAD__CONTENT_ACTION_STEP, ANYBODY, true, AUTHORITY_COUNTS,
	    REASON_NONE },
};

/* Regulators and overseers: what each finds and does in its own right. */
static const struct {
	const char *what;
	const char *kinds[2];
	enum reason reason;
} findings[] = {
	{ "rating", { "cqc" }, REASON_RATING },
	{ "finding", { "cqc" }, REASON_FINDING },
	{ "enforcement", { "cqc" }, REASON_ENFORCEMENT },
	{ "intervention", { "monitor", "nhs-tda" }, REASON_INTERVENTION },
	{ "restriction", { "professional-regulator" }, REASON_RESTRICTION },
};

/* PROTOCOL.md M323: "A finding MUST count only if the rosters in force state
 * its author to be of the kind whose act it is; where they state no kind of it,
 * or the finding is of an unknown kind, it MUST be shown as unconfirmed." */
static enum authority_verdict judge_finding(const struct org_kind *kind,
    const Qsg__Finding *finding, enum reason *reason)
{
	for (size_t i = 0; i < sizeof findings / sizeof findings[0]; i++) {
		if (strcmp(finding->what, findings[i].what) != 0)
			continue;
		for (size_t j = 0; kind != NULL && j < 2; j++) {
			if (findings[i].kinds[j] != NULL &&
			    strcmp(kind->token, findings[i].kinds[j]) == 0)
				return AUTHORITY_COUNTS;
		}
		*reason = findings[i].reason;
		if (kind != NULL)
			return AUTHORITY_REFUSED;
		*reason = REASON_NO_KIND;
		return AUTHORITY_UNCONFIRMED;
	}
	*reason = REASON_FINDING_UNKNOWN;
	return AUTHORITY_UNCONFIRMED;
}

static enum authority_verdict apply(const struct rule *rule,
    const struct org_kind *kind, enum authority_relation relation,
    const Qsg__Payload *payload, enum reason *reason)
{
	if (kind != NULL && kind->category == ORG_PROVIDER &&
	    !rule->providers) {
		*reason = REASON_BY_PROVIDER;
		return AUTHORITY_REFUSED;
	}
	if ((rule->who & BIT(relation)) == 0) {
		*reason = rule->reason;
		return rule->otherwise;
	}
	if (rule->content == QSG__PAYLOAD__CONTENT_FINDING)
		return judge_finding(kind, payload->finding, reason);
	if (rule->content == QSG__PAYLOAD__CONTENT_ROSTER &&
	    (kind == NULL || !group_kind_convenes(span_text(kind->token)))) {
		*reason = REASON_CONVENES_NOT;
		return AUTHORITY_REFUSED;
	}
	return AUTHORITY_COUNTS;
}

enum authority_verdict authority_judge(const struct org_kind *kind,
    enum authority_relation relation, const Qsg__Payload *payload,
    enum reason *reason)
{
	const struct content_kind *content = content_kind(payload);

	*reason = REASON_NONE;
	if (content != NULL && content->for_author_alone) {
		*reason = REASON_AUTHOR_ALONE;
		return AUTHORITY_REFUSED;
	}
	for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
		if (content != NULL && rules[i].content == content->which)
			return apply(
			    &rules[i], kind, relation, payload, reason);
	}
	*reason = REASON_CONTENT_UNKNOWN;
	return AUTHORITY_UNCONFIRMED;
}

enum authority_relation authority_relation_of(
    const struct group_state *state, const struct id32 *organisation)
{
	const struct group_member *member = group_member(state, organisation);

	if (member == NULL)
		return AUTHORITY_OUTSIDER;
	if (member->convenor)
		return AUTHORITY_CONVENOR;
	switch (member->standing) {
	case GROUP_JOINED:
		return member->entry->sender_only ? AUTHORITY_SENDER_ONLY
		                                  : AUTHORITY_MEMBER;
	case GROUP_INVITED:
		return member->entry->sender_only ? AUTHORITY_SENDER_ONLY
		                                  : AUTHORITY_INVITED;
	case GROUP_DECLINED:
	case GROUP_LEFT:
		break;
	}
	return AUTHORITY_GONE;
}
