/*
 * provider_lines.h - the pieces of which the lines of a provider's picture are
 * made, as people read them.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_PROVIDER_LINES_H
#define QSG_VIEW_PROVIDER_LINES_H

#include "view/paper.h"

/* Words of a vocabulary as people say them; "1 concern", "2 concerns"; a title
 * on a line. */
void provider_line_words(struct paper *paper, const char *token);
void provider_line_plural(
    struct paper *paper, long long count, const char *one, const char *many);
void provider_line_heading(struct paper *paper, const char *text);

/* Of one record: who says it, on which day, the first of a long text, and as
 * much of its id as `qsg record` needs. */
void provider_line_author(struct paper *paper, const json_t *item);
void provider_line_day(struct paper *paper, const json_t *item);
void provider_line_text(
    struct paper *paper, const char *text, unsigned int indent);
void provider_line_id(struct paper *paper, const json_t *item);
/* Who reads it beside its author and us. */
void provider_line_readers(struct paper *paper, const json_t *item);
/* Does it count; and, where not, the words that say so, with the reason. */
bool provider_line_counts(const json_t *item);
void provider_line_why_not(struct paper *paper, const json_t *item);
/* What was said about it, a paragraph for each. */
void provider_line_said(struct paper *paper, const json_t *item);

#endif
