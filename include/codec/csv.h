/*
 * csv.h - read CSV row by row (libcsv inside).
 *
 * Floor:   codec (may include base)
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_CSV_H
#define QSG_CODEC_CSV_H

#include "base/bytes.h"

/* One row. `line` is where it starts, from 1. The fields are borrowed for
 * the call. Anything but ERR_OK stops the reading and is returned. */
typedef enum err (*csv_row)(
    void *context, unsigned long line, const struct span *fields, size_t count);

/* Read a whole text: comma, double quotes, LF or CRLF, a UTF-8 byte order mark
 * skipped, blank lines skipped. ERR_INPUT with the line number for text that
 * is not CSV (an unclosed or stray quote), more than 256 fields a row, or not
 * UTF-8. */
ERR_MUST_USE enum err csv_read(struct span text, csv_row row, void *context);

/* Append one row, fields quoted where needed, ending in LF. (csv_write is a
 * name of libcsv's own.) */
ERR_MUST_USE enum err csv_append(
    const struct span *fields, size_t count, struct buf *out);

#endif
