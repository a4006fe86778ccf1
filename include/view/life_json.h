/*
 * life_json.h - what became of a record: corrected, retracted, and each step.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_LIFE_JSON_H
#define QSG_VIEW_LIFE_JSON_H

#include "service/query.h"

#include <jansson.h>

/* retracted: by which record, when and why; only where it was. */
void life_json_add_state(
    struct node *node, json_t *object, const struct query_item *item);
/* current: the record in force in its place, as record_json_brief has it; only
 * where that is another. */
void life_json_add_current(
    struct node *node, json_t *object, const struct query_item *item);
/* Each step, in its author's order: step (shared, corrected, retracted) and
 * record, as record_json_brief has it. */
ERR_MUST_USE enum err life_json_history(
    struct node *node, uint32_t rid, json_t **out);

#endif
