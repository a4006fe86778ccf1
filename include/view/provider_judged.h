/*
 * provider_judged.h - of a provider's picture what is judged, found, asked and
 * measured, as people read it.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_PROVIDER_JUDGED_H
#define QSG_VIEW_PROVIDER_JUDGED_H

#include "view/paper.h"

/* Of the JSON of `provider show`: judgements, findings, requests, indicators;
 * nothing where there is none. */
void provider_judged_paper(struct paper *paper, const json_t *value);

#endif
