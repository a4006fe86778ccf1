/*
 * ae.h - the reader of NHS England's A&E attendances: organisation, month and
 * type of unit, with attendances, breaches of four hours, and admissions.
 *
 * Columns: period,org_code,type,attendances,breaches,admissions. A period is
 * YYYY-MM or YYYY-MM-01; a type is 1, 2 or other; a count is a whole number
 * that is not negative, or * where suppressed; breaches are at most the
 * attendances. Of rows with the same period, organisation and type the first
 * counts; the others are bad.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_AE_H
#define QSG_DOMAIN_AE_H

#include "domain/format.h"

/* The entry of the table of formats. */
extern const struct format ae_format;

/* As struct format's `read`. Sets: set ae-attendances, publisher NHS England,
 * period YYYY-MM, columns attendances, breaches, admissions, category the
 * type. */
ERR_MUST_USE enum err ae_read(struct span csv, struct format_result *out);

#endif
