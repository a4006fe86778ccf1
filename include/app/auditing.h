/*
 * auditing.h - handlers of `audit ...`.
 *
 * Floor:   app
 * Threads: the node's.
 */
#ifndef QSG_APP_AUDITING_H
#define QSG_APP_AUDITING_H

#include "app/ops.h"

/* A record's portable signature. */
ERR_MUST_USE enum err auditing_proof(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
