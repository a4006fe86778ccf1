/*
 * summit_paper.h - risk summits as text for people, who are tired and in a
 * hurry. Each takes the very JSON that --json prints.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_SUMMIT_PAPER_H
#define QSG_VIEW_SUMMIT_PAPER_H

#include "view/paper.h"

/* What the operation of that name gives, for people. */
void summit_paper_list(struct paper *paper, const json_t *value);
void summit_paper_show(struct paper *paper, const json_t *value);
void summit_paper_timeline(struct paper *paper, const json_t *value);

/* Of a record's own object: what a record of a summit says, a line each; a
 * no-op for any other. */
void summit_paper_record(struct paper *paper, const json_t *record);

#endif
