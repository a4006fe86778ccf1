/*
 * policy.h - an organisation's own sharing policy: ordered rules, of which the
 * first that fits decides whether something may be shared with a reader.
 *
 *     [rule]
 *     source = whistleblower, patient
 *     group = any
 *     verdict = never
 *     note = who spoke up is not for a group to guess
 *
 * Each condition may be left out. Several values of one condition are
 * alternatives, on one line with commas between them or on more lines; all
 * conditions of a rule must hold. Lines that begin with ; or # are comments.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_POLICY_H
#define QSG_DOMAIN_POLICY_H

#include "base/bytes.h"

/* Ascending: the later, the stricter. */
enum policy_verdict {
	POLICY_SHARE,
	POLICY_ASK_ME,
	POLICY_FOUR_EYES,
	POLICY_NEVER
};
/* As people write it, e.g. "four eyes"; and as a token, "four-eyes". */
const char *policy_verdict_name(enum policy_verdict verdict);
const char *policy_verdict_token(enum policy_verdict verdict);

/* What a rule may ask about. */
enum policy_key {
	POLICY_TYPE,   /* of content: intelligence, indicator, ... */
	POLICY_SOURCE, /* tokens, as the next three */
	POLICY_MARKING,
	POLICY_KIND,
	POLICY_STANCE,
	POLICY_SENSITIVITY, /* significant | ordinary */
	POLICY_PROVIDER,    /* codes */
	POLICY_GROUP,       /* of the reader: a name, an id's beginning, any */
	POLICY_TO           /* the reader: a name, code or fingerprint */
};
#define POLICY_KEYS 9
/* As it stands in a policy, e.g. "source". */
const char *policy_key_name(enum policy_key key);

/* One alternative of a condition, in its normal form. */
struct policy_value {
	enum policy_key key;
	char *text;
};

struct policy_rule {
	size_t line; /* of its [rule] */
	enum policy_verdict verdict;
	struct policy_value *values;
	size_t value_count;
	char *note; /* "" none */
	char *text; /* the rule as it stood, on one line */
};

/* Zero-initialise; release with policy_clear. */
struct policy {
	struct policy_rule *rules; /* in their order */
	size_t rule_count;
	struct buf warnings; /* lines, for people: rules without effect */
};

/*
 * Read a policy. ERR_INPUT (ERR_LIMIT) names the line and says what is
 * acceptable; a policy that contradicts itself (a rule that can never match,
 * as an earlier one with another verdict fits all that it fits) is refused,
 * naming both lines. A rule without effect is a warning. out is empty after an
 * error.
 */
ERR_MUST_USE enum err policy_parse(struct span text, struct policy *out);
void policy_clear(struct policy *policy);

/* What is to be shared, and with whom: one reader. No pointer is NULL; "" is
 * what the item does not say, and no condition of that key fits it. */
struct policy_subject {
	const char *type; /* token of its content */
	const char *source;
	const char *marking;
	const char *kind;
	const char *stance;
	const char *provider; /* one code */
	bool significant;
	const char
	    *group_name; /* that the reader is reached through; "" none */
	const struct id32 *group; /* NULL: none */
	const char *reader_name;
	const char *reader_code;
	const struct id32 *reader;
	/* Others that are known go by this name or code, too: a rule that
	 * names it may mean another. */
	bool name_shared;
	bool code_shared;
	/* Other groups that are known go by the group's name or an id that
	 * begins so; or by an id that begins as the group's does, or by such a
	 * beginning as their name. */
	bool group_name_shared;
	bool group_id_shared;
};
/* So many digits of a group's id may stand for it, as no name is likely to; and
 * so many do surely, as nobody makes an id for them. */
#define POLICY_GROUP_DIGITS_LEAST 8u
#define POLICY_GROUP_DIGITS 16u

/* The first rule that fits, borrowed; NULL when none does. Where a name is
 * shared, the stricter of what a rule says and what would be said without it.
 * ERR_MEM. */
ERR_MUST_USE enum err policy_match(const struct policy *policy,
    const struct policy_subject *subject, const struct policy_rule **out);
/* Does any rule ask about this? */
bool policy_asks(const struct policy *policy, enum policy_key key);
/* Does the first rule fit everything that the second does, as far as its words
 * tell? */
bool policy_covers(
    const struct policy_rule *first, const struct policy_rule *second);

/* An alternative in its normal form, appended: as rules hold it, so that two
 * that mean the same are equal. ERR_INPUT saying what is acceptable. */
ERR_MUST_USE enum err policy_normalise(
    enum policy_key key, struct span value, struct buf *out);

#endif
