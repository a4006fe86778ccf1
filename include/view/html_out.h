/*
 * html_out.h - somebody else's words in a page: nothing in them is mark-up, and
 * nothing in them is invisible.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_HTML_OUT_H
#define QSG_VIEW_HTML_OUT_H

#include "base/bytes.h"

/* Append a text, for between tags or in quotes. */
ERR_MUST_USE enum err html_out_text(const char *text, struct buf *out);

#endif
