/*
 * shared_paper.h - what became of records, as people read it. Each takes the
 * very JSON that --json prints.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_SHARED_PAPER_H
#define QSG_VIEW_SHARED_PAPER_H

#include "view/paper.h"

/* The JSON of `audit shared` and `audit record`. */
void shared_paper_list(struct paper *paper, const json_t *value);
void shared_paper_life(struct paper *paper, const json_t *value);

#endif
