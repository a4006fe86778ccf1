/*
 * correcting_ops.h - handlers of `qsg correct` and `qsg retract`.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the node's.
 */
#ifndef QSG_APP_CORRECTING_OPS_H
#define QSG_APP_CORRECTING_OPS_H

#include "app/ops.h"

/* As the operations of api.h, as the next. */
ERR_MUST_USE enum err correcting_ops_correct(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Take back what was shared. */
ERR_MUST_USE enum err correcting_ops_retract(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
