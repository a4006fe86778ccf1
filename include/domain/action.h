/*
 * action.h - an action somebody is to take: who owns it, whether the owner
 * accepted it, what became of it. A pure function of the set of records about
 * it, of summits or of their own.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Actions"; NQB 5, QSG 9
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_ACTION_H
#define QSG_DOMAIN_ACTION_H

#include "domain/summit.h"
#include "domain/vocab.h"

enum action_standing {
	ACTION_PROPOSED = 0, /* its owner has not answered */
	ACTION_ACCEPTED = 1,
	ACTION_DECLINED = 2,
	ACTION_CLOSED = 3,
	ACTION_HANDED_OVER = 4, /* accepted by whom it went to */
	ACTION_WITHDRAWN = 5
};

struct action_state {
	struct id32 id;                /* the action's record */
	const struct summit_fact *set; /* NULL: no action that counts */
	struct id32 owner;             /* after handing over, who accepted */
	enum action_standing standing;
	const struct summit_fact **steps; /* that count, by author, place */
	size_t step_count;
	const struct summit_fact *last; /* newest of its owner; NULL none */
	/* Its owner's handings over that nobody has answered, in its order:
	 * the owner is still the owner. */
	const struct summit_fact **offers;
	size_t offer_count;
	struct summit_notice *refused;
	size_t refused_count;
};

/* The action and its steps among these facts. An organisation's action for
 * itself needs no acceptance. Borrows. ERR_MEM. action_clear. */
ERR_MUST_USE enum err action_evaluate(const struct id32 *action,
    const struct summit_fact *facts, size_t count, struct action_state *out);
void action_clear(struct action_state *state);

/* Nothing more is to come of it where it was set: closed, withdrawn, or handed
 * over. A declined one waits until who set it withdraws it. */
bool action_done(const struct action_state *state);
/* Past its due time, and neither closed nor withdrawn, whoever owns it. `now`
 * and due times in ms UTC. */
bool action_overdue(const struct action_state *state, int64_t now);
/* e.g. "handed-over"; static. */
const char *action_standing_token(enum action_standing standing);
/* The handing over that waits for this organisation's answer; NULL none. */
const struct summit_fact *action_offer(
    const struct action_state *state, const struct id32 *organisation);

/* What it is for; what may be done with it. */
const struct vocab *action_aims(void);
const struct vocab *action_acts(void);

/* When something is due that is due on a date, which is over with that day in
 * London, or, but for `dates_only`, at a time with its zone. False: neither. */
bool action_due(struct span text, bool dates_only, int64_t *due_ms);

/* Author side, of the content: an action, or a step. ERR_INPUT, ERR_LIMIT with
 * one line for people; now_ms is what the due time is held against. */
ERR_MUST_USE enum err action_check(const Qsg__Payload *payload, int64_t now_ms);
/* Author side: would this step by `author` count? ERR_DENIED, ERR_STATE with
 * one line for people. */
ERR_MUST_USE enum err action_may(const struct action_state *state,
    const struct id32 *author, const Qsg__ActionStep *step);
/* Reader side, of an action or a step, without a state. */
bool action_acceptable(const Qsg__Payload *payload);

#endif
