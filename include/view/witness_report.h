/*
 * witness_report.h - published heads and who cosigned them, as people read it.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_WITNESS_REPORT_H
#define QSG_VIEW_WITNESS_REPORT_H

#include "view/paper.h"

/* The line of status. */
void witness_report_status(struct paper *paper, const json_t *witnesses);
void witness_report_witnesses(struct paper *paper, const json_t *value);
/* With the note itself at the end, byte for byte. */
void witness_report_log(struct paper *paper, const json_t *value);

#endif
