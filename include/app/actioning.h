/*
 * actioning.h - handlers and commands of actions and workplans.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the node's; actioning_run_* the command line's.
 */
#ifndef QSG_APP_ACTIONING_H
#define QSG_APP_ACTIONING_H

#include "app/ops.h"

/* As the operations of api.h, as all that follow. */
ERR_MUST_USE enum err actioning_add(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* A step, each: accept, decline, progress, close, hand-over, withdraw, raise.
 */
ERR_MUST_USE enum err actioning_accept(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_decline(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_progress(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_close(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_hand_over(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_withdraw(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_raise(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Workplans, as CSV text. */
ERR_MUST_USE enum err actioning_import(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err actioning_export(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* Read the plan's file; write it into one. Return the exit status. */
int actioning_run_import(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
int actioning_run_export(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
