/*
 * summit_asked.h - requests to trigger a risk summit, for programs and people.
 *
 * Floor:   view
 * Threads: the node's; summit_asked_paper the command line's.
 */
#ifndef QSG_VIEW_SUMMIT_ASKED_H
#define QSG_VIEW_SUMMIT_ASKED_H

#include "service/summits.h"
#include "view/paper.h"

#include <jansson.h>

/* id, author, author_code, ours, created_at, received_at, provider, urgency,
 * concern, summit (that answers it, or null), counts and, where it does not,
 * why_not. */
json_t *summit_asked_json(
    struct node *node, const struct summits_asking *asking);

/* A list of them. */
void summit_asked_paper(struct paper *paper, const json_t *value);

#endif
