/*
 * exporting.h - handlers of `audit export`: a bundle, page by page.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: the node's.
 */
#ifndef QSG_APP_EXPORTING_H
#define QSG_APP_EXPORTING_H

#include "app/ops.h"

/* Which records, and the heads and cards that they need. */
ERR_MUST_USE enum err exporting_choose(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Some of the records asked for, from the first on: as many as one answer
 * holds. */
ERR_MUST_USE enum err exporting_records(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Log that a bundle was written. */
ERR_MUST_USE enum err exporting_seal(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
