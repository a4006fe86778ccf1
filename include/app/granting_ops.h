/*
 * granting_ops.h - handlers of `qsg grant` and `qsg onward`.
 *
 * Floor:   app
 * Threads: the node's.
 */
#ifndef QSG_APP_GRANTING_OPS_H
#define QSG_APP_GRANTING_OPS_H

#include "app/ops.h"

/* `grant`: of the records that are named, or a page of a group's. */
ERR_MUST_USE enum err granting_ops_grant(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* `onward ask`, `onward answer` and `onward list`. */
ERR_MUST_USE enum err granting_ops_ask(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err granting_ops_answer(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err granting_ops_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* `qsg grant`: page by page where a group's records are meant. */
int granting_ops_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
