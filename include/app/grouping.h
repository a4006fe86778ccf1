/*
 * grouping.h - the operations on groups, and on who is admitted.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: handlers the node's; grouping_run_* the program's first.
 */
#ifndef QSG_APP_GROUPING_H
#define QSG_APP_GROUPING_H

#include "app/ops.h"

/* As the operations of api.h. */
ERR_MUST_USE enum err grouping_create(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_invite(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_remove(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_amend(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_convene(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_join(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_decline(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_leave(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_succeed(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_readiness(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_refuse(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err grouping_admit(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* On the command line: a charter is read from a file, cards are compared, an
 * invitation is shown before it is accepted. */
int grouping_run_create(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
int grouping_run_charter(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
int grouping_run_invite(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
int grouping_run_leave(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
int grouping_run_join(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
