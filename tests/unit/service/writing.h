/*
 * writing.h - an author of another program writes to node 1, one record after
 * the other, and the test says what becomes of them there.
 */
#ifndef QSG_TESTS_SERVICE_WRITING_H
#define QSG_TESTS_SERVICE_WRITING_H

#include "evil.h"

/* Give one record, which ends so, and clear it; its id. */
struct id32 writing_give(
    struct evil *evil, struct evil_record *record, enum err want);
/* Make and give one that is taken. */
struct id32 writing_make(struct evil *evil, struct evil_stream *stream,
    const struct evil_spec *spec);
struct id32 writing_key(struct evil *evil, struct evil_stream *stream);
struct id32 writing_text(
    struct evil *evil, struct evil_stream *stream, const char *words);

void writing_unreadable(
    struct evil *evil, const struct id32 *id, enum record_reason reason);
/* The stream goes on, others are untouched, everything on disk is sound. */
void writing_nothing_is_wedged(struct evil *evil, struct evil_stream *stream);

#endif
