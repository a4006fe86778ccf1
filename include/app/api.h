/*
 * api.h - the operations of the local API, as they work on a node.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the node's.
 */
#ifndef QSG_APP_API_H
#define QSG_APP_API_H

#include "app/ops.h"

#define API_WAIT_MS 30000 /* the longest `record` waits for one to come */

/* Arguments have passed ops_check. What each does is told by its help in the
 * table of operations. */
ERR_MUST_USE enum err api_status(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_card(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_peer_add(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_peer_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_records(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_record(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_quarantine_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_quarantine_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err api_verify(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
