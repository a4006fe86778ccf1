/*
 * group.h - what a Quality Surveillance Group is, as a pure function of the
 * set of records about it: the same set gives the same state, whatever the
 * order in which the records came, and however often.
 *
 * Rosters of a term are taken in their author's own order. One that breaks a
 * rule against the roster in force before it does not count; it is kept among
 * the refused, with the reason.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Groups"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_GROUP_H
#define QSG_DOMAIN_GROUP_H

#include "base/err.h"
#include "base/limits.h"
#include "domain/org.h"
#include "domain/reason.h"
#include "payload.pb-c.h"

/* The id of a group: H("qsg/group/v1", founder ‖ nonce), so that nobody but
 * its founder can state its first roster. ERR_CRYPTO. */
ERR_MUST_USE enum err group_id(
    const struct id32 *founder, const struct id32 *nonce, struct id32 *out);

/* One record: roster, membership or succession of one group. Borrowed. Of an
 * author's rosters the place says which it stated first, by its own log; two of
 * one place go by their ids. */
struct group_fact {
	struct id32 record;
	struct id32 author;
	uint64_t place;
	const Qsg__Payload *payload;
};

/* State hashes cover these numbers. */
enum group_standing {
	GROUP_INVITED = 0,
	GROUP_JOINED = 1, /* accepted this invitation */
	GROUP_DECLINED = 2,
	GROUP_LEFT = 3
};

/* One organisation in the roster in force. Text is borrowed from the facts. */
struct group_member {
	struct id32 organisation;
	const Qsg__RosterEntry *entry;
	const struct org_kind *kind; /* NULL: a kind this version lacks */
	enum group_standing standing;
	bool accepted; /* this invitation, be it that it left later */
	bool core;     /* of its kind: it cannot be expelled */
	bool convenor;
	bool statutory; /* by its kind, or by the charter */
};

struct group_roster;
struct group_act;

/* What does not count, or should be looked at. */
struct group_notice {
	struct id32 record;       /* zero: of no one record */
	struct id32 organisation; /* zero: of no one organisation */
	enum reason why;
};

/* A name for the next term, from one roster that counts, and the members behind
 * it. */
struct group_candidate {
	struct id32 roster;
	struct id32 organisation;
	uint64_t epoch; /* of the roster */
	size_t voices;
	size_t needed; /* more than half of the joined members of that roster */
	bool ours;     /* self may name it from that roster, too */
};

/* A roster whose author would convene the group, were its mandate known here:
 * whoever was away during a succession meets one; or one that would count, did
 * it not invite anew this organisation, which has joined. It counts once this
 * organisation accepts its invitation and names this record in doing so. The
 * newest of each author and term. */
struct group_claim {
	struct id32 record;
	struct id32 author;
	const Qsg__Roster *stated;
};

struct group_state {
	struct id32 id;
	struct id32 roster;        /* record id of the roster in force */
	struct id32 stated_by;     /* its author */
	struct id32 convenor;      /* who may state the next one */
	struct id32 succeeded;     /* convenor of the term before; zero: none */
	const Qsg__Roster *stated; /* NULL: no roster counts */
	/* The term begun last. Until its convenor states a roster, the one in
	 * force is of the term before. */
	uint64_t term;
	uint64_t epoch;      /* of the roster in force */
	bool mandate_proven; /* from term 1 on by the successions held here */
	/* Self accepted the invitation it has in the roster in force, or
	 * stated a roster with it: it is not another's roster alone that says
	 * so; and any invitation, ever. */
	bool own_word;
	bool own_past;
	struct group_member *members; /* as in the roster: ascending */
	size_t member_count;
	/* Names for the next term, ascending by roster, organisation. */
	struct group_candidate *candidates;
	size_t candidate_count;
	size_t voices_needed; /* from the roster in force */
	struct group_claim *claims;
	size_t claim_count;
	struct group_notice *refused; /* records that do not count, and why */
	size_t refused_count;
	struct group_notice *alarms; /* e.g. two members that claim one body */
	size_t alarm_count;
	/* What group_members_at looks in. */
	struct group_roster *rosters;
	size_t roster_count;
	struct group_act *acts;
	size_t act_count;
};

/* Evaluate one group's facts (any order, repeated ones count once), as held by
 * `self` (NULL: by nobody in the group). Whose facts they are matters in two
 * cases alone: a convenor whose mandate cannot be known here is believed when
 * self accepted its roster, and a roster that invites self anew is not measured
 * against one from before, by which it has not joined. The state borrows from
 * the facts. ERR_MEM, ERR_CRYPTO. Release with group_clear. */
ERR_MUST_USE enum err group_evaluate(const struct id32 *group,
    const struct id32 *self, const struct group_fact *facts, size_t count,
    struct group_state *out);
void group_clear(struct group_state *state);
/* Add to what does not count: records of this organisation were not among the
 * facts, for this reason. ERR_MEM. */
ERR_MUST_USE enum err group_pass_over(struct group_state *state,
    const struct id32 *organisation, enum reason why);

/* The state hash: over what the records come to, and not over what this program
 * knows of kinds. Equal sets of records, equal hashes. ERR_CRYPTO. */
ERR_MUST_USE enum err group_hash(
    const struct group_state *state, struct id32 *out);

/* The member of this organisation, or NULL. */
const struct group_member *group_member(
    const struct group_state *state, const struct id32 *organisation);
/* The roster of this epoch that counts; NULL: none. Without people, as far as
 * the facts are. */
const Qsg__Roster *group_stated_at(
    const struct group_state *state, uint64_t epoch);
/* Those that the roster of this epoch states, ascending, its author as the
 * convenor; none: no roster of it counts. free() *out. ERR_MEM. */
ERR_MUST_USE enum err group_members_at(const struct group_state *state,
    uint64_t epoch, struct group_member **out, size_t *count);
/* May it be sent what goes to the group? Joined, and not sender-only. */
bool group_receives(const struct group_member *member);
/* Is a body of this kind core to a group of this level ("local",
 * "regional")? QSG chapter 4. */
bool group_kind_is_core(const char *level, struct span kind);
/* Is there only one such body in the country (cqc, monitor, ...)? */
bool group_kind_is_national(struct span kind);
/* May a body of this kind convene groups? */
bool group_kind_convenes(struct span kind);
/* ... a group of this level, in this term? A local group is founded by an area
 * team; a regional team may succeed it. */
bool group_kind_convenes_at(const char *level, uint64_t term, struct span kind);

/* Author side: is this roster fit to be stated, by itself? What it has from the
 * one in force before it, NULL in the first, is not judged again. ERR_INPUT,
 * ERR_LIMIT with one line for people. */
ERR_MUST_USE enum err group_check_roster(
    const Qsg__Roster *roster, const Qsg__Roster *before);
ERR_MUST_USE enum err group_check_charter(const Qsg__Charter *charter);
/* Author side: would this roster, stated by author, count after what is in
 * force? Its entries must also say who has joined. ERR_DENIED with the reason
 * otherwise. */
ERR_MUST_USE enum err group_check_next(const struct group_state *state,
    const struct id32 *author, const Qsg__Roster *roster);

#endif
