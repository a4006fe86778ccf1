/*
 * summit_report_out.h - the report of a risk summit, to print and to read. Each
 * takes the very JSON that --json prints.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Report of a risk summit"
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_SUMMIT_REPORT_OUT_H
#define QSG_VIEW_SUMMIT_REPORT_OUT_H

#include "view/paper.h"

/* Append a page that needs nothing but itself. */
ERR_MUST_USE enum err summit_report_html(const json_t *report, struct buf *out);
/* The same for a terminal; where it was written to a file, which. */
void summit_report_paper(struct paper *paper, const json_t *report);

#endif
