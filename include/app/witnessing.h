/*
 * witnessing.h - operations on published heads and cosignatures.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the node's.
 */
#ifndef QSG_APP_WITNESSING_H
#define QSG_APP_WITNESSING_H

#include "app/ops.h"

/* What each does is told by its help in the table of operations. */
ERR_MUST_USE enum err witnessing_log(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err witnessing_witnesses(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
