/*
 * group_work.h - what group_evaluate works on: the records of one group, sorted
 * and indexed. Of no use outside node/domain/group*.c.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Groups"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_GROUP_WORK_H
#define QSG_DOMAIN_GROUP_WORK_H

#include "domain/group.h"

/* Why something does not count, and whom it concerns. */
struct group_reason {
	enum reason why;
	struct id32 organisation;
};

/* A roster that is well-formed by itself. */
struct group_roster {
	const struct group_fact *fact;
	const Qsg__Roster *stated;
	bool counts;
	bool overtaken;  /* it did, until the next term began before it */
	bool unmandated; /* its author is not known to convene its term */
	bool again;      /* its author stated one as high before it */
	bool anew;       /* refused, and it invites self anew, which joined */
	struct group_reason reason;
};

/* What one organisation says to one invitation, all its records together. */
struct group_act {
	struct id32 organisation;
	uint64_t invitation;
	uint64_t accept_term; /* lowest term of a roster its acceptance names */
	bool left;
	bool accepted;
	bool declined;
};

/* A well-formed succession. */
struct group_voice {
	const struct group_fact *fact;
	const Qsg__Succession *stated;
	struct id32 roster;
	struct id32 successor;
	bool valid; /* of a member, from a roster that counts */
	bool twice; /* its author also named somebody else */
	struct group_reason reason;
};

/* A pair of organisation and invitation that a counted roster has. */
struct group_invitation {
	struct id32 organisation;
	uint64_t invitation;
};

struct group_notices {
	struct group_notice *items;
	size_t count;
	size_t capacity;
};

struct group_work {
	const struct id32 *group;
	const struct id32 *self;         /* may be NULL */
	const struct group_fact **facts; /* each once, by record id */
	size_t fact_count;
	struct group_roster *rosters;    /* by term, epoch, record id */
	struct group_roster **by_record; /* the same, by record id */
	struct group_roster **by_place;  /* ... by term, place, record id */
	size_t roster_count;
	struct group_act *acts; /* by organisation, invitation */
	size_t act_count;
	struct group_voice *voices; /* by term, roster, author, ... */
	size_t voice_count;
	struct group_notices refused;
	struct group_notices alarms;
	/* The chain of terms that was followed. */
	uint64_t first_term;
	uint64_t term;
	struct id32 convenor;
	struct id32 predecessor; /* zero: none */
	struct group_roster *in_force;
	struct group_roster *begun_from; /* what the term began from, or NULL */
	size_t voices_needed;            /* from the roster in force */
	struct group_candidate *candidates;
	size_t candidate_count;
};

/*
 * group_form.c
 */

/* 32 bytes, or false. */
bool group_take_id(const ProtobufCBinaryData *bytes, struct id32 *out);
/* Rules that a roster keeps by itself, whatever else is held. Sets *reason and
 * returns false when one is broken. */
bool group_roster_fit(const struct id32 *group, const struct id32 *author,
    const Qsg__Roster *roster, struct group_reason *reason);
/* The entry of this organisation, or NULL. Entries are ascending. */
const Qsg__RosterEntry *group_entry(
    const Qsg__Roster *roster, const struct id32 *organisation);

/*
 * group_follow.c
 */

struct group_follow {
	const struct id32 *before_author;
	const Qsg__Roster *before;
	const Qsg__Roster *after;
	const struct id32 *succeeded; /* convenor of the term before, or NULL */
	/* Did this organisation leave, having been invited so? */
	bool (*left)(const void *context, const struct id32 *organisation,
	    uint64_t invitation);
	const void *context;
};

/* Rules that a roster keeps against the one in force before it. */
bool group_follows(
    const struct group_follow *follow, struct group_reason *reason);
/* Rules on the numbers of invitations of the first roster that is held. */
bool group_begins(const Qsg__Roster *roster, struct group_reason *reason);

/*
 * group_acts.c
 */

ERR_MUST_USE enum err group_collect_acts(struct group_work *work);
/* What an organisation said to an invitation, or NULL. */
const struct group_act *group_act_find(const struct group_work *work,
    const struct id32 *organisation, uint64_t invitation);
bool group_has_left(
    const void *work, const struct id32 *organisation, uint64_t invitation);
/* Its standing in this roster. */
enum group_standing group_standing_of(const struct group_work *work,
    const struct group_roster *roster, const Qsg__RosterEntry *entry);
/* Refuse what answers no invitation that a counted roster has. */
ERR_MUST_USE enum err group_notice_acts(struct group_work *work);

/*
 * group_voices.c
 */

ERR_MUST_USE enum err group_collect_voices(struct group_work *work);
/* Who takes over from the current term? Looks at the successions for the next
 * term that count from rosters of this one; *from is NULL when nobody does. */
ERR_MUST_USE enum err group_count_voices(struct group_work *work,
    struct group_roster **from, struct id32 *successor);
ERR_MUST_USE enum err group_notice_voices(struct group_work *work);

/*
 * group_chain.c
 */

/* Follow the terms from the first that is known. */
ERR_MUST_USE enum err group_follow_terms(struct group_work *work);
ERR_MUST_USE enum err group_notice_rosters(struct group_work *work);
/* Would it count, were its author known to convene the group? */
bool group_is_claim(
    const struct group_work *work, const struct group_roster *roster);
struct group_roster *group_roster_find(
    const struct group_work *work, const struct id32 *record);

/*
 * group_alarm.c
 */

/* What counts and should be looked at all the same. */
ERR_MUST_USE enum err group_find_alarms(
    struct group_work *work, const struct group_state *state);

/*
 * group_notice.c
 */

ERR_MUST_USE enum err group_notice_add(struct group_notices *list,
    const struct id32 *record, const struct group_reason *reason);
/* Sort, and drop what is there twice. */
void group_notice_settle(struct group_notices *list);

#endif
