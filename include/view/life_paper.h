/*
 * life_paper.h - what became of a record, for people: before its text.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_LIFE_PAPER_H
#define QSG_VIEW_LIFE_PAPER_H

#include "view/paper.h"

#include <jansson.h>

/* Was it retracted, and why? Each line begins so. */
void life_paper_state(
    struct paper *paper, const json_t *record, const char *before);
/* What is in force in its place, and what that says. */
void life_paper_current(struct paper *paper, const json_t *record);
/* Every step, the oldest first. */
void life_paper_history(struct paper *paper, const json_t *steps);

#endif
