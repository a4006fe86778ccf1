/*
 * alarm_paper.h - alarms, for people.
 *
 * Floor:   view
 * Threads: one at a time per paper.
 */
#ifndef QSG_VIEW_ALARM_PAPER_H
#define QSG_VIEW_ALARM_PAPER_H

#include "view/paper.h"

void alarm_paper_list(struct paper *paper, const json_t *value);
void alarm_paper_saw(struct paper *paper, const json_t *value);
/* One line of `qsg watch`: what kind of alarm, about which record, and whether
 * it is given again. */
void alarm_paper_bell(struct paper *paper, const json_t *value);

#endif
