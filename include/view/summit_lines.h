/*
 * summit_lines.h - pieces of text about a risk summit. Of no use outside
 * node/view/summit_paper*.c.
 *
 * Floor:   view
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_SUMMIT_LINES_H
#define QSG_VIEW_SUMMIT_LINES_H

#include "domain/vocab.h"
#include "view/paper.h"

/* name (code) of an organisation's object; of who made a record. */
void summit_line_org(struct paper *paper, const json_t *object);
void summit_line_author(struct paper *paper, const json_t *record);
/* The beginning of a record's id, dim, after two spaces; nothing for none. */
void summit_line_id(struct paper *paper, const json_t *object, const char *key);
/* "Name, name and name." after the lead, indented; nothing for an empty list.
 */
void summit_line_orgs(
    struct paper *paper, const char *lead, const json_t *list);
/* A word as people say it; as it is where it is not known. */
const char *summit_line_word(const struct vocab *vocab, const char *token);
void summit_line_title(struct paper *paper, const char *title);
bool summit_line_is(const json_t *object, const char *key, const char *word);
bool summit_line_has(const json_t *object, const char *key);
/* "who, when  id", and its text below; of a record's object. */
void summit_line_said(
    struct paper *paper, const json_t *record, const char *what);

/* Parts of what is shown of one summit. */
void summit_lines_sides(struct paper *paper, const json_t *value);
void summit_lines_judgements(struct paper *paper, const json_t *value);
void summit_lines_ring(struct paper *paper, const json_t *value);
void summit_lines_checks(struct paper *paper, const json_t *value);
void summit_lines_meetings(struct paper *paper, const json_t *value);
void summit_lines_actions(struct paper *paper, const json_t *value);
void summit_lines_end(struct paper *paper, const json_t *value);

#endif
