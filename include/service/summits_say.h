/*
 * summits_say.h - this organisation triggers a risk summit, asks another to, or
 * says something in one: sealed to the circle of the summit, at once.
 *
 *   summits_call.c   whom a trigger calls
 *   summits_say.c    triggering, asking, saying
 *   summits_fill.c   what a record names, and whether it may be made
 *   summits_grant.c  evidence to those who lack it
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Risk summits"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_SUMMITS_SAY_H
#define QSG_SERVICE_SUMMITS_SAY_H

#include "service/saying.h"
#include "service/summits.h"
#include "service/summits_call.h"

struct summits_request {
	/* One of summit_is, its content alone; copied. Whom and what it names
	 * by id is filled from below. */
	const Qsg__Payload *content;
	/* The summit, by a prefix; of a trigger and a request unused. */
	const char *summit;
	/* What it names, by a prefix; NULL: what the summit leaves no doubt of.
	 * Of a trigger the request that it answers, of an answer on impact the
	 * question, of a meeting that which it replaces, of what is recorded of
	 * a meeting that (of agreement and dissent the note will do), of an
	 * objection what it objects to. */
	const char *names;
	/* Of an invitation, a nomination, a voice, a handing over. */
	const char *organisation;
	const char *const *cites; /* evidence, by prefixes */
	size_t cite_count;
	/* Of an invitation: records that whom it invites is granted. */
	const char *const *grants;
	size_t grant_count;
	struct summits_calling calling; /* of a trigger, but its provider */
	bool anyway; /* of a trigger, although one is open for the provider */
	/* `to` of a request alone: who is asked to trigger. */
	struct share_request share;
};

/* One record for one that could not read it: granted, or why not. */
struct summits_granted {
	struct id32 record;
	int64_t org;
	char why_not[LIMIT_REASON_BYTES + 1]; /* "": it is, or would be */
};

/* What would be, or was, said. summits_result_clear frees. */
struct summits_result {
	struct saying_result said;
	struct id32 summit;       /* zero: of a request */
	struct summits_call call; /* of a trigger; its group is not kept */
	struct id32 group;        /* whose members are alerted; zero none */
	struct id32 open;         /* another summit of that provider; zero */
	struct summits_granted *granted;
	size_t granted_count;
};

/* Resolve, check, guard, ask the policy, and (unless dry_run) stage, with a
 * head that is witnessed at once. Errors and result as of saying_submit;
 * ERR_EXISTS (a summit of that provider is open), and those of summits_call,
 * summit_may_begin and summit_may. What cannot be granted is no error. */
ERR_MUST_USE enum err summits_trigger(struct node *node,
    const struct summits_request *request, struct summits_result *out);
ERR_MUST_USE enum err summits_ask(struct node *node,
    const struct summits_request *request, struct summits_result *out);
ERR_MUST_USE enum err summits_say(struct node *node,
    const struct summits_request *request, struct summits_result *out);
void summits_result_clear(struct summits_result *result);

#endif
