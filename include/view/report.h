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

/* Who reads it, who of them has a duty to act, what the policy and the guard
 * say. */
void report_shared(struct paper *paper, const json_t *value);
/* Only who reads it and what the policy says. */
void report_readers(struct paper *paper, const json_t *value);
/* A verdict as a policy's author writes it. */
void report_verdict(struct paper *paper, const char *token);
/* What decides: verdict, rule, line. */
void report_rule(struct paper *paper, const json_t *match);
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
