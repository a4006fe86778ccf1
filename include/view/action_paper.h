/*
 * action_paper.h - actions as text for people.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_ACTION_PAPER_H
#define QSG_VIEW_ACTION_PAPER_H

#include "view/paper.h"

/* Several in short; one, with all that was said of it. */
void action_paper_list(struct paper *paper, const json_t *value);
void action_paper_show(struct paper *paper, const json_t *value);
/* A workplan that was taken in, or given out into a file. */
void action_paper_planned(struct paper *paper, const json_t *value);
void action_paper_exported(struct paper *paper, const json_t *value);

#endif
