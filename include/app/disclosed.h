/*
 * disclosed.h - the operations that say what was shared with whom, and what
 * became of it.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface", "Receipts"
 * Threads: the node's.
 */
#ifndef QSG_APP_DISCLOSED_H
#define QSG_APP_DISCLOSED_H

#include "app/ops.h"

/* Arguments have passed ops_check. */
ERR_MUST_USE enum err disclosed_shared(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err disclosed_record(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
