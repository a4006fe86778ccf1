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

/* As the operations of api.h, as all that follow. */
ERR_MUST_USE enum err saying_corroborate(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Tell the author of a record what became of it. */
ERR_MUST_USE enum err saying_feedback(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Ask others for what they hold. */
ERR_MUST_USE enum err saying_ask(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Answer a request, say that nothing is held, or refuse it. */
ERR_MUST_USE enum err saying_answer(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* List requests, and what those asked have said. */
ERR_MUST_USE enum err saying_requests(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Our own view of a provider. */
ERR_MUST_USE enum err saying_judge(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* What we find or do in our own right. */
ERR_MUST_USE enum err saying_finding(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
