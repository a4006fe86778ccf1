/*
 * relation_paper.h - a note about a provider, for people: who commissions it,
 * its home group, its sites.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: one at a time per paper.
 */
#ifndef QSG_VIEW_RELATION_PAPER_H
#define QSG_VIEW_RELATION_PAPER_H

#include "view/paper.h"

/* The member `relation` of a record as JSON; nothing for NULL. Lines with a
 * label of this width before them. */
void relation_paper(struct paper *paper, const json_t *relation, int width);

#endif
