/*
 * saying.h - handlers for what is said about intelligence and providers.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the node's.
 */
#ifndef QSG_APP_SAYING_H
#define QSG_APP_SAYING_H

#include "app/ops.h"

ERR_MUST_USE enum err saying_corroborate(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err saying_feedback(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err saying_ask(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err saying_answer(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err saying_requests(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err saying_judge(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err saying_finding(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
