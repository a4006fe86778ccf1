/*
 * retention_json.h - retention rules and what a run of them does: one view for
 * --json, the API and people.
 *
 * Floor:   view
 * Threads: the node's; rendering anybody's.
 */
#ifndef QSG_VIEW_RETENTION_JSON_H
#define QSG_VIEW_RETENTION_JSON_H

#include "service/retaining.h"
#include "view/paper.h"

#include <jansson.h>

/* `retention show`, `set`: record (null: none set), since, text, rules. */
json_t *retention_json_show(struct retaining *retaining);
void retention_json_render(struct paper *paper, const json_t *value);
void retention_json_render_set(struct paper *paper, const json_t *value);

/* One row of `retention run`: record, type, source, author, received_at, line,
 * verdict (erased, would-be-erased, kept), why. */
json_t *retention_json_row(
    struct node *node, const struct retaining_row *row, bool dry_run);
/* `retention run`: rows, looked, erased, kept, left, stopped, dry_run. Takes
 * over rows. */
json_t *retention_json_run(
    json_t *rows, const struct retaining_totals *totals, bool dry_run);
void retention_json_render_run(struct paper *paper, const json_t *value);

#endif
