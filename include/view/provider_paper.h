/*
 * provider_paper.h - providers as people read them: short, and what is weak
 * alone together. Each takes the very JSON that --json prints.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_PROVIDER_PAPER_H
#define QSG_VIEW_PROVIDER_PAPER_H

#include "view/paper.h"

/* `provider list`, `provider show`, `provider import`. */
void provider_paper_list(struct paper *paper, const json_t *value);
void provider_paper_show(struct paper *paper, const json_t *value);
void provider_paper_import(struct paper *paper, const json_t *value);

#endif
