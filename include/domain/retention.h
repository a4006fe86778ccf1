/*
 * retention.h - what an organisation keeps for how long: ordered rules, of
 * which the first that fits a record decides.
 *
 * A file holds rules, each under a line [rule], with lines `key = value`; words
 * in a list are parted by commas; a line that begins with # is a comment.
 *
 *   [rule]
 *   type = intelligence, correction
 *   source = complaint
 *   kind = soft
 *   author = others
 *   verdict = erase
 *   after = 365
 *
 * Keys: type, source, kind (hard, soft), author (own, others), verdict (keep,
 * erase), after (days since this organisation has had it; with erase alone).
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_RETENTION_H
#define QSG_DOMAIN_RETENTION_H

#include "base/bytes.h"

#define RETENTION_RULES 256u
#define RETENTION_DAYS 36500u

enum retention_key {
	RETENTION_TYPE,
	RETENTION_SOURCE,
	RETENTION_KIND,
	RETENTION_AUTHOR,
	RETENTION_KEYS
};

struct retention_rule {
	uint32_t line;               /* of its [rule] */
	char *words[RETENTION_KEYS]; /* lists, as typed; NULL: any */
	bool erase;
	uint32_t after_days;
};

/* Zero-initialise; retention_clear frees. */
struct retention {
	struct retention_rule *rules;
	size_t count;
};

/* ERR_INPUT naming the line, ERR_LIMIT. */
ERR_MUST_USE enum err retention_parse(struct span text, struct retention *out);
void retention_clear(struct retention *retention);

/* Is this a type of record, as `records` names it, that rules are for? */
bool retention_of_type(struct span type);

/* What is known of a record. "" where nothing is. */
struct retention_subject {
	const char *values[RETENTION_KEYS];
	int64_t age_ms;
};
/* The first rule that fits, whatever the age; NULL: none does. */
const struct retention_rule *retention_match(
    const struct retention *retention, const struct retention_subject *subject);
/* Is it to be erased by now? */
bool retention_due(const struct retention_rule *rule, int64_t age_ms);

#endif
