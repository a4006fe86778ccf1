/*
 * json_out.h - small helpers for writing JSON views.
 *
 * Floor:   view (may include base ... sync)
 * Threads: no shared state.
 */
#ifndef QSG_VIEW_JSON_OUT_H
#define QSG_VIEW_JSON_OUT_H

#include "base/bytes.h"

#include <jansson.h>

/* Each sets one member of an object. What does not fit into memory is left
 * out. */
void json_out_text(json_t *object, const char *key, const char *text);
/* null for NULL and "". */
void json_out_text_or_null(json_t *object, const char *key, const char *text);
void json_out_number(json_t *object, const char *key, uint64_t value);
void json_out_bool(json_t *object, const char *key, bool value);
void json_out_id(json_t *object, const char *key, const struct id32 *id);
/* RFC 3339 UTC; null for 0. */
void json_out_time(json_t *object, const char *key, int64_t wall_ms);
/* Takes over value, which may be NULL (memory is out). */
void json_out_set(json_t *object, const char *key, json_t *value);
void json_out_append(json_t *array, json_t *value);

/* Append as text. All of it is printable ASCII, so that it is safe on any
 * terminal and in any locale. ERR_MEM. */
ERR_MUST_USE enum err json_out_dump(const json_t *value, struct buf *out);

#endif
