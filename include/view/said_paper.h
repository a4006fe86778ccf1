/*
 * said_paper.h - what is said about intelligence and providers, as people read
 * it. Each takes the very JSON that --json prints.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_SAID_PAPER_H
#define QSG_VIEW_SAID_PAPER_H

#include "view/paper.h"

/* Of said_json_result. */
void said_paper_result(struct paper *paper, const json_t *value);
/* An array of said_json_request. */
void said_paper_requests(struct paper *paper, const json_t *value);
/* Of a record's own object: those that refer to it. */
void said_paper_relations(struct paper *paper, const json_t *record);
/* Whether a finding or a judgement counts, indented, for lists too. */
void said_paper_standing(struct paper *paper, const json_t *record);

#endif
