/*
 * html_out.h - pages to hand out or to print, and somebody else's words in
 * them: nothing in these is mark-up, nothing in them is invisible, and they do
 * not turn what stands beside them.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_HTML_OUT_H
#define QSG_VIEW_HTML_OUT_H

#include "base/bytes.h"

/* Append all up to the page's own heading, and what ends it. Title and style
 * are ours. */
ERR_MUST_USE enum err html_out_begin(
    const char *title, const char *style, struct buf *out);
ERR_MUST_USE enum err html_out_end(struct buf *out);

/* Append a text, for between tags or in quotes. */
ERR_MUST_USE enum err html_out_text(const char *text, struct buf *out);
/* Append somebody else's words amidst our own. */
ERR_MUST_USE enum err html_out_theirs(const char *text, struct buf *out);
/* Append an element of this name, and a text in it. */
ERR_MUST_USE enum err html_out_element(
    const char *name, const char *text, struct buf *out);

#endif
