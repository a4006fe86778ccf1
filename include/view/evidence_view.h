/*
 * evidence_view.h - evidence as JSON, and as people read it.
 *
 * Floor:   view (may include base ... service)
 * Threads: the node's; rendering: any.
 */
#ifndef QSG_VIEW_EVIDENCE_VIEW_H
#define QSG_VIEW_EVIDENCE_VIEW_H

#include "service/node.h"
#include "view/paper.h"

#include <jansson.h>

/* All evidence, newest first: an array. */
ERR_MUST_USE enum err evidence_view_list(struct node *node, json_t **out);
/* One piece by its number, checked again, with its bytes as armour.
 * ERR_NOTFOUND, ERR_CORRUPT. */
ERR_MUST_USE enum err evidence_view_item(
    struct node *node, int64_t evidence, json_t **out);
/* For status: {"count", "newest"}, the newest one or null. */
ERR_MUST_USE enum err evidence_view_summary(struct node *node, json_t **out);

void evidence_view_render_list(struct paper *paper, const json_t *value);
void evidence_view_render_item(struct paper *paper, const json_t *value);
/* The line in status; nothing when there is none. */
void evidence_view_render_summary(struct paper *paper, const json_t *value);

#endif
