/*
 * grant_paper.h - grants and requests to hand on, for people.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_GRANT_PAPER_H
#define QSG_VIEW_GRANT_PAPER_H

#include "view/paper.h"

void grant_paper_result(struct paper *paper, const json_t *value);
void grant_paper_list(struct paper *paper, const json_t *value);
/* Of what `record` shows: by whom it was granted, and what a grant carries. */
void grant_paper_record(struct paper *paper, const json_t *value);

#endif
