/*
 * summit_report.h - a risk summit told in order to somebody who was not there:
 * what happened, who knew what when, what was judged, done and left open. Each
 * statement names the record that it is taken from.
 *
 * Floor:   view
 * Spec:    proto/PROTOCOL.md, "Report of a risk summit"
 * Threads: the node's.
 */
#ifndef QSG_VIEW_SUMMIT_REPORT_H
#define QSG_VIEW_SUMMIT_REPORT_H

#include "service/summits.h"

#include <jansson.h>

/* summit, provider, made_at, made_by, made_by_code, phase, left_out (records
 * of organisations that said too much); sections: key, title, note, statements:
 * record (what it is taken from), at (null: at no time of its own), who,
 * who_code (null: nobody), says (an array, each our own words as `own`, or
 * somebody else's as `theirs`), text (what the record's author wrote; null),
 * of (other records that it rests on), under (it belongs to the statement
 * before that does not); records: each that is named, record, readable, type,
 * author, author_code, created_at, the latter only of one that can be read
 * here. ERR_STATE without a trigger that counts, ERR_MEM, ERR_CORRUPT. */
ERR_MUST_USE enum err summit_report_json(
    struct node *node, const struct summits_look *look, json_t **out);

#endif
