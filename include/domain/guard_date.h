/*
 * guard_date.h - dates as people write them.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_GUARD_DATE_H
#define QSG_DOMAIN_GUARD_DATE_H

#include "domain/guard_text.h"

/* The end of a date with day, month and year that starts exactly at `at`, or
 * 0. Known: 03/03/1971 (also - . and spaces, also two-digit years), 1971-03-03,
 * 03031971, 19710303, 3 March 1971, 3rd of Mar '71, March 3rd, 1971. Day and
 * month may stand either way round; neither is checked against the calendar
 * beyond 31 and 12. */
size_t guard_date_end(const struct guard_text *text, size_t at);

#endif
