/*
 * erasures.h - the operations of erasure and retention.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Erasure"
 * Threads: handlers the node's, erasures_run and erasures_set_run the
 *          program's first.
 */
#ifndef QSG_APP_ERASURES_H
#define QSG_APP_ERASURES_H

#include "app/cli.h"

/* As the operations of api.h. */
ERR_MUST_USE enum err erasures_erase(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err erasures_hold(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err erasures_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err erasures_release(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err erasures_retention_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err erasures_retention_set(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err erasures_retention_run(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* `erase`, `retention run`: what the node asks back is shown, and confirmed. */
int erasures_run(struct cli *cli, const struct ops_op *op, json_t *arguments);
/* `retention set FILE`: the file is read here. */
int erasures_set_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
