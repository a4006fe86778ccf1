/*
 * foi_file.h - a disclosure schedule to hand out: a table for a spreadsheet, or
 * a page to print.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Freedom of information"
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_FOI_FILE_H
#define QSG_VIEW_FOI_FILE_H

#include "base/bytes.h"

#include <jansson.h>

/* Append it, as foi_json_schedule gives it. Of a record that is not disclosed
 * whole nothing is in it but what kind of record it is. */
ERR_MUST_USE enum err foi_file_csv(const json_t *schedule, struct buf *out);
ERR_MUST_USE enum err foi_file_html(const json_t *schedule, struct buf *out);

#endif
