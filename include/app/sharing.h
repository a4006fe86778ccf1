/*
 * sharing.h - the operations that put records into the log.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the node's.
 */
#ifndef QSG_APP_SHARING_H
#define QSG_APP_SHARING_H

#include "app/ops.h"

#define SHARING_BATCH 10000u /* items or sets in one request */

/* As the operations of api.h. */
ERR_MUST_USE enum err sharing_share(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Many items for one audience: all of them, or none when one is refused. */
ERR_MUST_USE enum err sharing_batch(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Indicator sets for one audience. */
ERR_MUST_USE enum err sharing_import_set(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
