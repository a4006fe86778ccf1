/*
 * summit_shows.h - what the operations that show risk summits do.
 *
 * Floor:   app
 * Threads: the node's.
 */
#ifndef QSG_APP_SUMMIT_SHOWS_H
#define QSG_APP_SUMMIT_SHOWS_H

#include "app/ops.h"

/* As the operations of api.h, all of them. */
ERR_MUST_USE enum err summit_shows_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err summit_shows_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err summit_shows_timeline(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err summit_shows_requests(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

#endif
