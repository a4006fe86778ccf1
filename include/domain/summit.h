/*
 * summit.h - what a risk summit is, as a pure function of the set of records
 * about it: the same set gives the same state, whatever the order in which the
 * records came, and however often. Nobody is stopped from saying anything: what
 * does not count is kept beside it, with the reason.
 *
 * An organisation's records of a summit are taken in its own order; those of
 * different ones have none but what one says of the other. Kinds are those that
 * the roster stated when the summit was triggered, or the rosters in force for
 * whoever is in none; never those of cards.
 *
 * Times that clocks are measured from are no part of the state's hash: nodes
 * hold different cosignatures. What a node saw missed it says in a record, and
 * that is.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Risk summits"; NQB chapter 5
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_SUMMIT_H
#define QSG_DOMAIN_SUMMIT_H

#include "base/err.h"
#include "base/limits.h"
#include "domain/org.h"
#include "domain/reason.h"
#include "payload.pb-c.h"

/* One record of a summit, its trigger among them. Borrowed. */
struct summit_fact {
	struct id32 record;
	struct id32 author;
	uint64_t place; /* in its author's log; equal ones go by record id */
	const Qsg__Payload *payload;
};

/* Whom the records may come from. Given by whoever holds rosters. */
struct summit_party {
	struct id32 organisation;
	const struct org_kind *kind; /* as stated; NULL: nobody states one */
	bool statutory;              /* by its kind, or by the charter */
	bool member;                 /* joined the group named in the trigger */
	bool convenes;               /* ... and convenes it */
	bool gone;                   /* is no member any more */
};

/* Of the group's charter; what it leaves out is filled in. */
struct summit_rules {
	uint32_t judging_hours;
	uint32_t ring_hours;
	uint32_t response_hours;
	uint32_t review_days;
	uint32_t overdue_days;
};
/* `urgency` is the trigger's; NULL charter: none. */
struct summit_rules summit_rules_of(
    const Qsg__Charter *charter, const char *urgency);

enum summit_phase {
	SUMMIT_NONE = 0, /* no trigger that counts */
	SUMMIT_ALERT = 1,
	SUMMIT_JUDGE = 2,   /* a judgement is made, and nobody holds the ring */
	SUMMIT_RESPOND = 3, /* ... and somebody does */
	SUMMIT_STOOD_DOWN = 4
};

enum summit_part {
	SUMMIT_OUTSIDER = 0,
	SUMMIT_INVITED = 1,  /* by a party: grants alone, no vote */
	SUMMIT_ALERTED = 2,  /* a member of the group that was told */
	SUMMIT_SUMMONED = 3, /* named in the trigger, with a reason */
	SUMMIT_TRIGGERED = 4 /* the trigger's author */
};

enum summit_answer {
	SUMMIT_NO_ANSWER = 0,
	SUMMIT_ATTENDING = 1,
	SUMMIT_SENDING = 2,
	SUMMIT_NOTHING_HELD = 3
};

struct summit_side {
	const struct summit_party *party; /* NULL: nobody states a kind */
	struct id32 organisation;
	enum summit_part part;
	const char *reason;                   /* why it was summoned; "" */
	const struct summit_fact *invitation; /* the first by record; NULL */
	bool circle;   /* all but those invited, and providers */
	bool votes;    /* for who holds the ring, and may hold it */
	bool provider; /* the one it is about, or another */
	enum summit_answer answer;
	const struct summit_fact *response;  /* the newest; NULL none */
	const struct summit_fact *judgement; /* the newest that counts */
	size_t judgements;                   /* newest and older ones */
	const struct summit_fact *voice;     /* in the ring's term; NULL none */
};

/* One that may hold the ring, in one term. Ascending by term, organisation. */
struct summit_candidate {
	uint32_t term;
	struct id32 organisation;
	bool nominated;
	bool accepted;
	bool declined;
	size_t voices;
	bool handed; /* the holder of the term before handed over to it */
	bool took;   /* NHS England, as nobody was agreed in time */
};

struct summit_holder {
	uint32_t term;
	struct id32 organisation;
	struct id32 record; /* the acceptance, or the taking */
	const char *how;    /* "agreed", "handed-over", "default" */
};

struct summit_meeting {
	const struct summit_fact *called;
	const struct summit_fact *replaced_by; /* NULL: it stands */
	const struct summit_fact *note;        /* newest of its caller; NULL */
	/* Attendance, notes, and of each author the newest word to each note;
	 * by author, in its order. */
	const struct summit_fact **entries;
	size_t entry_count;
};

enum summit_check { SUMMIT_STANDARDS, SUMMIT_ADULTS, SUMMIT_CHILDREN };
#define SUMMIT_CHECKS 3

struct summit_checked {
	bool due;                         /* a judgement is made */
	bool open;                        /* due, and not answered for good */
	const struct summit_fact *answer; /* newest that counts; NULL */
};

/* An action of the summit: action.h has the rest. */
struct summit_action {
	const struct summit_fact *set;
	struct id32 owner;
	bool done;
	bool dropped; /* withdrawn or declined */
	bool holds;   /* somebody of the circle set it: while it is not done the
	               * summit is not over */
};

/* What does not count, or should be looked at. */
struct summit_notice {
	struct id32 record;
	enum reason why;
};

struct summit_state {
	struct id32 id;                    /* the trigger's record */
	const struct summit_fact *trigger; /* NULL: none that counts */
	const struct summit_fact *asked;   /* the request it answers; NULL */
	enum summit_phase phase;
	bool reopened; /* stood down before a judgement or action was known */
	bool opposed;  /* judgements on safety differ, and no meeting after
	                * them has a note */
	bool breach_open; /* CQC finds a breach, and has recorded no action */
	struct summit_side *sides; /* ascending by organisation */
	size_t side_count;
	size_t votes_needed; /* more than half of those that vote */
	uint32_t ring_term;  /* begun last; 0: no summit */
	struct summit_candidate *candidates;
	size_t candidate_count;
	struct summit_holder *holders; /* ascending by term; the last holds */
	size_t holder_count;
	struct summit_meeting *meetings; /* by time, then record */
	size_t meeting_count;
	const struct summit_fact **entries; /* of all meetings: one block */
	struct summit_checked checks[SUMMIT_CHECKS];
	struct summit_action *actions; /* by record */
	size_t action_count;
	/* Those that count, by author, in its order. */
	const struct summit_fact **judgements; /* the newest of each */
	size_t judgement_count;
	const struct summit_fact **impacts; /* questions and answers */
	size_t impact_count;
	const struct summit_fact **objections;
	size_t objection_count;
	const struct summit_fact **stand_downs;
	size_t stand_down_count;
	const struct summit_fact *
	    *missed; /* one for each author, clock, time */
	size_t missed_count;
	struct summit_notice *refused; /* by record */
	size_t refused_count;
};

/* Evaluate one summit's facts: trigger, everything that names it, and the
 * actions and their steps of it. `parties` ascending by organisation. The state
 * borrows from facts and parties. ERR_MEM. Release with summit_clear. */
ERR_MUST_USE enum err summit_evaluate(const struct id32 *summit,
    const struct summit_party *parties, size_t party_count,
    const struct summit_fact *facts, size_t count, struct summit_state *out);
void summit_clear(struct summit_state *state);

/* Over what the records come to. Equal sets of records, equal hashes.
 * ERR_CRYPTO. */
ERR_MUST_USE enum err summit_hash(
    const struct summit_state *state, struct id32 *out);

/* NULL: not in it. */
const struct summit_side *summit_side(
    const struct summit_state *state, const struct id32 *organisation);
/* Who holds the ring now; NULL nobody. */
const struct summit_holder *summit_holds(const struct summit_state *state);
/* Who chairs until somebody does: the ring-holder, else the trigger's author.
 */
const struct id32 *summit_chair(const struct summit_state *state);

/* How one stands in the term begun last; NULL no candidate. */
const struct summit_candidate *summit_candidate(
    const struct summit_state *state, const struct id32 *organisation);
/* The meeting that this record called; NULL none that counts. */
const struct summit_meeting *summit_meeting(
    const struct summit_state *state, const struct id32 *record);
/* Does a judgement find a failing, or that there may be one? */
bool summit_failing(const struct summit_fact *judgement);
/* What the author side has to know beside the state. */
struct summit_now {
	int64_t now_ms;
	/* When the time to agree on a ring-holder is out; 0: it has not begun.
	 */
	int64_t ring_out_ms;
};
/* Author side: is this record, by `author`, fit to be made now? Everything of a
 * summit but its trigger and actions. ERR_INPUT, ERR_LIMIT, ERR_DENIED,
 * ERR_NOTFOUND, ERR_STATE with one line for people. */
ERR_MUST_USE enum err summit_may(const struct summit_state *state,
    const struct summit_now *now, const struct id32 *author,
    const Qsg__Payload *payload);
/* The same of a trigger and of a request for one: `author` as the rosters in
 * force state it. */
ERR_MUST_USE enum err summit_may_begin(
    const struct summit_party *author, const Qsg__Payload *payload);
/* The same of what an organisation says that is invited, and holds no trigger.
 */
ERR_MUST_USE enum err summit_may_invited(const Qsg__Payload *payload);
/* Reader side, without a state: ids are there, words are words, texts within
 * their limits. */
bool summit_acceptable(const Qsg__Payload *payload);
/* The summit that a record, or an action, names; NULL when its kind names none.
 */
ProtobufCBinaryData *summit_of(const Qsg__Payload *payload);
/* Author side: what its texts may hold; how long they are summit_acceptable
 * says. ERR_INPUT. */
ERR_MUST_USE enum err summit_check_texts(const Qsg__Payload *payload);
/* Did this author record that it saw this clock missed? */
bool summit_has_missed(const struct summit_state *state,
    const struct id32 *author, const Qsg__SummitMissed *missed);
/* Is it one of a summit's, actions aside? */
bool summit_is(const Qsg__Payload *payload);

/* The free texts of such a content, for normal form and the guard: pointers to
 * the strings, at most SUMMIT_TEXTS. Returns how many. */
#define SUMMIT_TEXTS 2u
size_t summit_texts(const Qsg__Payload *payload, char **out[SUMMIT_TEXTS]);

#endif
