/*
 * actions_plan.h - workplans: many actions of one name in one order, taken in
 * from a file and given out as it was.
 *
 * Floor:   service
 * Spec:    proto/PROTOCOL.md, "Actions"
 * Threads: the node's.
 */
#ifndef QSG_SERVICE_ACTIONS_PLAN_H
#define QSG_SERVICE_ACTIONS_PLAN_H

#include "service/actions_say.h"

struct actions_plan {
	const char *name;
	struct span csv;
	const char *group;    /* whose plan it is; NULL none */
	const char *provider; /* that it is about; NULL none */
	/* As of actions_add; the readers of all its rows. */
	struct share_request share;
};

/* What would be, or was, done. saying_clear frees `said`, whose record is that
 * of the last row set. */
struct actions_planned {
	struct saying_result said;
	size_t rows;
	size_t same;      /* as they are held: nothing is recorded */
	size_t set;       /* new or changed */
	size_t withdrawn; /* changed, or not in the plan any more */
};

/* Take in the plan: this organisation owns each row. Errors as of actions_add,
 * and ERR_STATE (a row that is to be withdrawn went to others than the plan
 * does now). All rows are looked at before any is staged. */
ERR_MUST_USE enum err actions_plan_take(struct node *node,
    const struct actions_plan *plan, struct actions_planned *out);

/* Append the plan of this name and author (NULL: this organisation) as it
 * stands. ERR_NOTFOUND naming those that are held. */
ERR_MUST_USE enum err actions_plan_give(struct node *node, const char *name,
    const struct id32 *author, struct buf *out, size_t *rows);

#endif
