/*
 * foi_ops.h - handlers of `qsg foi ...`, and the file of a schedule.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: handlers: the node's; foi_ops_schedule_run: the program's first.
 */
#ifndef QSG_APP_FOI_OPS_H
#define QSG_APP_FOI_OPS_H

#include "app/cli.h"

/* As the operations of api.h, as all that follow. */
ERR_MUST_USE enum err foi_ops_log(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* On records, for a request. */
ERR_MUST_USE enum err foi_ops_decide(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Say that a request is over. */
ERR_MUST_USE enum err foi_ops_close(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Ask a record's author. */
ERR_MUST_USE enum err foi_ops_consult(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* ... and say. */
ERR_MUST_USE enum err foi_ops_view(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Requests and consultations. */
ERR_MUST_USE enum err foi_ops_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* What was decided for one request. */
ERR_MUST_USE enum err foi_ops_schedule(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Records that mention a term. */
ERR_MUST_USE enum err foi_ops_search(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* Ask for it, and write its file. Returns the exit status. */
int foi_ops_schedule_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
