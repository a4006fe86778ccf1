/*
 * actions_say.h - this organisation sets an action, or takes a step of one:
 * sealed to those whom the action is for, or has reached.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Actions"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ACTIONS_SAY_H
#define QSG_SERVICE_ACTIONS_SAY_H

#include "service/actions.h"
#include "service/saying.h"

struct actions_request {
	/* An action or a step, its content alone; copied. Whom and what it
	 * names by id is filled from below. */
	const Qsg__Payload *content;
	/* Of an action. Who is to do it: name, code or fingerprint; NULL: this
	 * organisation. */
	const char *owner;
	const char *group;     /* whose action it is; NULL none */
	const char *summit;    /* its trigger, by a prefix; NULL none */
	const char *judgement; /* that it acts on, by a prefix; NULL none */
	/* Of a step: the action, by a prefix; and to whom it is handed over,
	 * or with whom it is raised. */
	const char *action;
	const char *whom;
	const char *const *cites; /* evidence, by prefixes */
	size_t cite_count;
	/* Of an action: `to` beside owner and group; nobody named: for us
	 * alone. Of a step `to` is unused. */
	struct share_request share;
};

/* Resolve, check, guard, ask the policy, and (unless dry_run) stage. Errors and
 * result as of saying_submit; ERR_STATE and ERR_DENIED too for a step that
 * would not count. saying_clear frees the result. */
ERR_MUST_USE enum err actions_add(struct node *node,
    const struct actions_request *request, struct saying_result *out);
ERR_MUST_USE enum err actions_step(struct node *node,
    const struct actions_request *request, struct saying_result *out);

#endif
