/*
 * erasure_json.h - erasures, holds and answers to erasures: one view for
 * --json, the API and people.
 *
 * Floor:   view
 * Threads: the node's; rendering anybody's.
 */
#ifndef QSG_VIEW_ERASURE_JSON_H
#define QSG_VIEW_ERASURE_JSON_H

#include "service/erasing.h"
#include "view/paper.h"

#include <jansson.h>

/* `erase`: record, erasure (null: none yet), own, author, open_request (under
 * the law; null: none), waiting (as, number, goes), told, left_out, bodies,
 * limits (what it cannot promise); asks while it is not confirmed. */
json_t *erasure_json_result(
    struct node *node, const struct erasing_result *result, bool asks);
void erasure_json_render(struct paper *paper, const json_t *value);

/* `erase hold`, `erase release-hold`: record, hold (null: none), erased. */
ERR_MUST_USE enum err erasure_json_hold(
    struct node *node, const struct erasing_named *named, json_t **out);
void erasure_json_render_hold(struct paper *paper, const json_t *value);

/* `erase list`: holds (record, until, reason, over, asked), erasures of our own
 * that somebody has not done yet (record, erasure), erasures_left_out. */
ERR_MUST_USE enum err erasure_json_list(struct node *node, json_t **out);
void erasure_json_render_list(struct paper *paper, const json_t *value);

/* Of a record: `erased` (at, erasure), `hold` and `erasures` with whom they
 * were sealed to and what each answered, where there are any. */
ERR_MUST_USE enum err erasure_json_add(
    struct node *node, const struct id32 *id, json_t *object);
/* A record that was held in grants alone, and is erased, in the form of any
 * record: whose it was, who granted it, and that it is gone. */
ERR_MUST_USE enum err erasure_json_remembered(struct node *node,
    const struct erasing_remembered *remembered, json_t **out);
/* What erasure_json_add put there, as paragraphs. */
void erasure_json_render_added(struct paper *paper, const json_t *object);

#endif
