/*
 * alarming.h - alarms: listed, seen, waited for, and given to the programs that
 * the configuration names.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Clocks and alarms"
 * Threads: handlers and alarming_ring in the node's thread; alarming_watch is
 *          the program's first.
 */
#ifndef QSG_APP_ALARMING_H
#define QSG_APP_ALARMING_H

#include "app/alarm_bell.h"
#include "app/config.h"
#include "app/ops.h"

#define ALARMING_REPEAT_MIN 10u /* minutes, unless configured */

ERR_MUST_USE enum err alarming_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err alarming_seen(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Those that stand, at once when they are others than `mark` says. */
ERR_MUST_USE enum err alarming_wait(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* `qsg watch`. */
int alarming_watch(struct cli *cli, const struct ops_op *op, json_t *arguments);

/* Tell the programs of the configuration of what stands. Call it when nothing
 * is staged. */
struct alarming {
	struct config_alarm given; /* borrows from the configuration */
	struct alarm_bell bell;
	uint64_t version; /* of the alarms, as they were given last */
	int64_t next_ms;  /* steady: the first is to be given again */
};
void alarming_ring(struct alarming *alarming, struct node *node);

#endif
