/*
 * when.h - times as text. Inside, all times are milliseconds since 1970 UTC.
 *
 * Floor:   codec (may include base)
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_WHEN_H
#define QSG_CODEC_WHEN_H

#include "base/bytes.h"

struct when {
	char text[40];
};

/* RFC 3339 in UTC with milliseconds: 2026-11-22T07:46:24.123Z. A time outside
 * the years 1 to 9999 is shown as the nearest inside, here and below. */
struct when when_utc(int64_t wall_ms);
/* For people, in Europe/London with its zone: 22 Nov 2026 07:46:24 GMT. The
 * rule (last Sundays of March and October, 01:00 UTC) is computed, so that no
 * zone database and no TZ setting matters; years 1996 to 2199. */
struct when when_london(int64_t wall_ms);
/* The date in London: 2026-11-22. */
struct when when_date(int64_t wall_ms);
/* A date (2026-11-22, meaning its first instant in London) or an RFC 3339
 * date-time with zone, of the years 1 to 9999 in UTC. ERR_INPUT. */
ERR_MUST_USE enum err when_parse(struct span text, int64_t *wall_ms);
/* A time of day in London (2026-11-22T14:30), which the night on which clocks
 * change may have twice or not at all, or a time with its zone. ERR_INPUT. */
ERR_MUST_USE enum err when_parse_clock(struct span text, int64_t *wall_ms);
/* A real calendar date YYYY-MM-DD. */
bool when_is_date(struct span text);

#endif
