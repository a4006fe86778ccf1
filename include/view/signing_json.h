/*
 * signing_json.h - whether a node signs its log, and what it waits for.
 *
 * Floor:   view
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SIGNING_JSON_H
#define QSG_VIEW_SIGNING_JSON_H

#include "service/node.h"
#include "view/paper.h"

#include <jansson.h>

/* allowed, state (signing, waiting, recovering, stopped), reason,
 * without_waiting (a person let it), seconds_left, awaited and answered
 * (numbers of peers), silent (those who have not answered: name, code), drafts,
 * generations. ERR_IO, ERR_CORRUPT. */
ERR_MUST_USE enum err signing_json_write(struct node *node, json_t **out);

/* For people, as lines of `status`. */
void signing_report(struct paper *paper, const json_t *signing);
/* What a rotation of the log key did. */
void signing_report_rotated(struct paper *paper, const json_t *value);

#endif
