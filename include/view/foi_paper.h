/*
 * foi_paper.h - requests for information and what became of them, for people.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_FOI_PAPER_H
#define QSG_VIEW_FOI_PAPER_H

#include "view/paper.h"

#include <jansson.h>

/* Of foi_json_logged, as the next of foi_json_decided, _list, _schedule and an
 * array of _found. */
void foi_paper_logged(struct paper *paper, const json_t *value);
void foi_paper_closed(struct paper *paper, const json_t *value);
void foi_paper_decided(struct paper *paper, const json_t *value);
void foi_paper_list(struct paper *paper, const json_t *value);
void foi_paper_schedule(struct paper *paper, const json_t *value);
void foi_paper_found(struct paper *paper, const json_t *value);

#endif
