/*
 * report.h - what was done and how things stand, as people read it. Each takes
 * the very JSON that --json prints.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_REPORT_H
#define QSG_VIEW_REPORT_H

#include "view/paper.h"

/* Who reads it and what the guard found. */
void report_shared(struct paper *paper, const json_t *value);
/* Only the guard's findings, with what it cannot find. */
void report_findings(struct paper *paper, const json_t *findings);
void report_import(struct paper *paper, const json_t *value);
void report_status(struct paper *paper, const json_t *value);
void report_verify(struct paper *paper, const json_t *value);
/* What was refused, an item a line. */
void report_quarantine(struct paper *paper, const json_t *value);
/* Where an item's bytes went: item, size, file. */
void report_saved(struct paper *paper, const json_t *value);

#endif
