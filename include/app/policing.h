/*
 * policing.h - the operations of the sharing policy and of what waits for a
 * second person.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Sharing policy"
 * Threads: handlers the node's, policing_set_run the program's first.
 */
#ifndef QSG_APP_POLICING_H
#define QSG_APP_POLICING_H

#include "app/cli.h"

/* As the operations of api.h. */
ERR_MUST_USE enum err policing_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err policing_set(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err policing_test(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err policing_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err policing_look(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err policing_approve(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err policing_refuse(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* `policy set FILE`: the file is read here. */
int policing_set_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
