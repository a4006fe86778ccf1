/*
 * record_json.h - a record as JSON: one view for --json, the API and people.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_RECORD_JSON_H
#define QSG_VIEW_RECORD_JSON_H

#include "service/query.h"

#include <jansson.h>

/* One element of `records`: id, type, author, author_code, provider, kind,
 * source, dimension, text, received_at, created_at; for indicators also set,
 * publisher, period and the count of rows; the other fields of intelligence
 * under their own names where they say anything; state and reason when the
 * content cannot be read. NULL when memory is out. */
json_t *record_json_brief(struct node *node, const struct query_item *item);

/* `record`: the same, and audience, log position, references, corrections, who
 * recorded it and, for indicators, every row. */
json_t *record_json_whole(struct node *node, const struct query_item *item);

/* The same of a payload that is no record yet, into its own object: type,
 * provider, text, the content's own fields, references, handling, who recorded
 * it and what it consists of (rows, a note about a provider). */
void record_json_add_payload(
    struct node *node, json_t *object, const Qsg__Payload *payload);

#endif
