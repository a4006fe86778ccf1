#include "domain/roles.h"

#include <string.h>

static const struct vocab_word words[] = {
	{ "viewer", "viewer", "reads records and pictures" },
	{ "contributor", "contributor",
	    "reads, and shares what the organisation knows" },
	{ "approver", "approver",
	    "reads, and is the second person for what waits" },
	{ "chair-support", "chair's support",
	    "reads, shares, and does the work of groups" },
	{ "caldicott-guardian", "Caldicott guardian",
	    "reads all, who opened what included; rules, erasure, disclosure" },
	{ "administrator", "administrator",
	    "may do everything; accounts, peers, keys" },
};

enum {
	VIEWER = ROLES_VIEWER,
	CONTRIBUTOR = ROLES_CONTRIBUTOR,
	APPROVER = ROLES_APPROVER,
	SUPPORT = ROLES_CHAIR_SUPPORT,
	GUARDIAN = ROLES_CALDICOTT_GUARDIAN,
	ADMIN = ROLES_ADMINISTRATOR,

	EVERYBODY = (int)ROLES_ALL,
	/* Whoever speaks for the organisation. */
	SPEAKERS = CONTRIBUTOR | SUPPORT | GUARDIAN | ADMIN,
	GROUPS = SUPPORT | ADMIN,
	/* Whoever acts for it in the chair of a summit. */
	LEADERS = SUPPORT | GUARDIAN | ADMIN,
	/* Whoever answers for what became of information. */
	KEEPERS = GUARDIAN | ADMIN,
	SECOND = APPROVER | GUARDIAN | ADMIN
};

/* A new operation needs a row: without one nobody may use it. */
static const struct roles_rule rules[] = {
	/* The node, its peers and keys. */
	{ "init", EVERYBODY, ROLES_OUTSIDE, ROLES_ANY },
	{ "serve", EVERYBODY, ROLES_OUTSIDE, ROLES_ANY },
	{ "status", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "card", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "verify", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "peer-add", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	{ "peer-list", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "peer-refuse", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "peer-admit", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	{ "keys-rotate-log", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	{ "quarantine-list", KEEPERS, ROLES_LOOKS, ROLES_WHOLE },
	{ "quarantine-show", KEEPERS, ROLES_ACTS, ROLES_WHOLE },

	/* Accounts, and what people did. */
	{ "account-add", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	{ "account-list", KEEPERS, ROLES_LOOKS, ROLES_WHOLE },
	{ "account-whoami", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "account-disable", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	{ "account-enable", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	{ "account-password", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	{ "account-scope", ADMIN, ROLES_ACTS, ROLES_WHOLE },
	/* Who looked at what people did is noted, whatever there was. */
	{ "activity", KEEPERS, ROLES_ACTS, ROLES_WHOLE },

	/* Records. */
	{ "records", EVERYBODY, ROLES_READS, ROLES_LISTS },
	{ "record", EVERYBODY, ROLES_READS, ROLES_RECORD },
	{ "share", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "share-batch", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "import", EVERYBODY, ROLES_OUTSIDE, ROLES_ANY },
	{ "import-set", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "corroborate", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "feedback", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "ask", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "answer", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "requests", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "judge", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "finding", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "provider-list", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "provider-show", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "provider-relate", SPEAKERS, ROLES_ACTS, ROLES_READERS },
	{ "provider-import", EVERYBODY, ROLES_OUTSIDE, ROLES_ANY },
	{ "provider-register", ADMIN, ROLES_ACTS, ROLES_WHOLE },

	/* Groups. */
	{ "group-create", GROUPS, ROLES_ACTS, ROLES_WHOLE },
	{ "group-charter", EVERYBODY, ROLES_OUTSIDE, ROLES_ANY },
	{ "group-invite", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-join", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-decline", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-leave", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-remove", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-amend", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-succeed", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-convene", GROUPS, ROLES_ACTS, ROLES_GROUP },
	{ "group-list", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "group-show", EVERYBODY, ROLES_LOOKS, ROLES_GROUP },
	{ "group-readiness", EVERYBODY, ROLES_LOOKS, ROLES_GROUP },

	/* Risk summits. PROTOCOL.md M679: "A summit, its timeline and the list
	 * of summits MUST NOT be shown to an account that is scoped to groups
	 * or regions, since what is said in one is sealed to those in it,
	 * whatever their groups." */
	{ "summit-list", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "summit-show", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "summit-requests", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "summit-timeline", EVERYBODY, ROLES_READS, ROLES_WHOLE },

	/* Alarms. */
	{ "alarm-list", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "alarm-wait", EVERYBODY, ROLES_LOOKS, ROLES_WHOLE },
	{ "alarm-seen", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "watch", EVERYBODY, ROLES_OUTSIDE, ROLES_ANY },

	/* Actions. */
	{ "summit-trigger", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-request", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-respond", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-judge", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-impact", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-ring", LEADERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-convene", LEADERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-meeting", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-invite", LEADERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-check", LEADERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-stand-down", LEADERS, ROLES_ACTS, ROLES_WHOLE },
	{ "summit-object", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "action-add", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "action-accept", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "action-decline", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "action-progress", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "action-close", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "action-hand-over", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "action-withdraw", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "action-raise", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "action-list", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "action-show", EVERYBODY, ROLES_READS, ROLES_RECORD },
	{ "action-import", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "action-export", EVERYBODY, ROLES_READS, ROLES_WHOLE },

	/* PROTOCOL.md M706: "An account that is scoped MUST NOT be given a
	 * report of a risk summit: of a part of its records it would tell
	 * something else." */
	{ "summit-report", EVERYBODY, ROLES_READS, ROLES_WHOLE },

	/* The organisation's own rules, and the second person. */
	{ "policy-show", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "policy-set", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "policy-test", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "release-list", EVERYBODY & ~VIEWER, ROLES_READS, ROLES_WHOLE },
	{ "release-show", EVERYBODY & ~VIEWER, ROLES_READS, ROLES_WHOLE },
	{ "release-approve", SECOND, ROLES_ACTS, ROLES_WHOLE },
	{ "release-refuse", SECOND, ROLES_ACTS, ROLES_WHOLE },

	/* Evidence. */
	{ "audit-proof", EVERYBODY, ROLES_READS, ROLES_RECORD },
	{ "audit-shared", EVERYBODY, ROLES_READS, ROLES_LISTS },
	{ "audit-record", EVERYBODY, ROLES_READS, ROLES_RECORD },
	{ "audit-log", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "audit-witnesses", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "audit-evidence", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "audit-evidence-list", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "audit-evidence-show", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "audit-evidence-export", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "audit-export", KEEPERS, ROLES_READS, ROLES_WHOLE },
	{ "audit-export-records", KEEPERS, ROLES_READS, ROLES_WHOLE },
	{ "audit-export-seal", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "audit-check", EVERYBODY, ROLES_OUTSIDE, ROLES_ANY },

	/* A record's life. */
	{ "grant", SPEAKERS, ROLES_ACTS, ROLES_WHOLE },
	{ "onward-ask", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "onward-answer", KEEPERS | CONTRIBUTOR, ROLES_ACTS, ROLES_WHOLE },
	{ "onward-list", EVERYBODY, ROLES_READS, ROLES_WHOLE },
	{ "correct", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "retract", SPEAKERS, ROLES_ACTS, ROLES_RECORD },
	{ "erase", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "erase-hold", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "erase-release-hold", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "erase-list", KEEPERS | CONTRIBUTOR, ROLES_READS, ROLES_WHOLE },
	{ "retention-show", EVERYBODY, ROLES_LOOKS, ROLES_ANY },
	{ "retention-set", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "retention-run", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "foi-log", KEEPERS | CONTRIBUTOR, ROLES_ACTS, ROLES_WHOLE },
	{ "foi-list", KEEPERS | CONTRIBUTOR, ROLES_READS, ROLES_WHOLE },
	{ "foi-decide", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "foi-close", KEEPERS, ROLES_ACTS, ROLES_WHOLE },
	{ "foi-consult", KEEPERS | CONTRIBUTOR, ROLES_ACTS, ROLES_WHOLE },
	{ "foi-view", KEEPERS | CONTRIBUTOR, ROLES_ACTS, ROLES_WHOLE },
	{ "foi-schedule", KEEPERS | CONTRIBUTOR, ROLES_READS, ROLES_WHOLE },
	{ "foi-search", KEEPERS, ROLES_READS, ROLES_WHOLE },
};

enum {
	WORDS = sizeof words / sizeof words[0],
	RULES = sizeof rules / sizeof rules[0]
};

const struct vocab *roles_vocab(void)
{
	static const struct vocab vocab = { "role", words, WORDS };

	return &vocab;
}

unsigned int roles_named(const char *token)
{
	for (unsigned int i = 0; i < WORDS; i++) {
		if (strcmp(words[i].token, token) == 0) {
			return 1u << i;
		}
	}
	return 0;
}

const char *roles_token(unsigned int place)
{
	return place < WORDS ? words[place].token : NULL;
}

const struct roles_rule *roles_rule(const char *operation)
{
	for (size_t i = 0; i < RULES; i++) {
		if (strcmp(rules[i].operation, operation) == 0) {
			return &rules[i];
		}
	}
	return NULL;
}

const struct roles_rule *roles_at(size_t place)
{
	return place < RULES ? &rules[place] : NULL;
}

/* PROTOCOL.md M460: "The node MUST refuse an operation to an account none of
 * whose roles the table of roles and operations names for it, and one that the
 * table does not name to everybody." */
bool roles_may(unsigned int roles, const char *operation)
{
	const struct roles_rule *rule = roles_rule(operation);

	return rule && (rule->roles & roles) != 0;
}

enum err roles_list(unsigned int roles, struct buf *out)
{
	enum err err = ERR_OK;
	bool any = false;

	for (unsigned int i = 0; i < WORDS && !err; i++) {
		unsigned int bit = 1u << i;
		bool last = (roles >> i) == 1u;

		if ((roles & bit) == 0) {
			continue;
		}
		err = buf_printf(out, "%s%s",
		    !any   ? ""
		    : last ? " or "
			   : ", ",
		    words[i].token);
		any = true;
	}
	return err;
}
