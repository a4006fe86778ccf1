/*
 * format.h - the file formats that can be imported: text in, sets of
 * indicator values out.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_FORMAT_H
#define QSG_DOMAIN_FORMAT_H

#include "base/bytes.h"
#include "payload.pb-c.h"

#define FORMAT_BAD_ROWS 1000u    /* bad rows kept with their reason */
#define FORMAT_REASON_BYTES 120u /* with the NUL */

struct format_bad_row {
	unsigned long line; /* where the row starts, from 1 */
	/* One line of printable ASCII, nothing of the row's content but codes.
	 */
	char reason[FORMAT_REASON_BYTES];
};

/* What reading gave. Zero-initialise; release with format_result_clear. */
struct format_result {
	/* Owned. One set a period, in order of period; rows ordered by provider
	 * and category, so that the same content gives the same bytes. Every
	 * set passes indicator_check. A caller may take one over by writing
	 * NULL in its place, and frees it with canon_free. */
	Qsg__IndicatorSet **sets;
	size_t set_count;
	size_t row_count; /* good rows in all sets */
	/* Owned, in order of line. */
	struct format_bad_row *bad;
	size_t bad_count; /* kept here, at most FORMAT_BAD_ROWS */
	size_t bad_total; /* found */
};

struct format {
	const char *name;    /* token, e.g. "ae-attendances" */
	const char *help;    /* one line, no final full stop */
	const char *columns; /* the header expected */
	/* Bad rows are no error here: they are listed, and left out of the
	 * sets. ERR_INPUT: not CSV, not UTF-8, or not this header (the message
	 * names the columns). ERR_LIMIT: more than LIMIT_CSV_BYTES, or more
	 * rows a period than LIMIT_INDICATOR_ROWS. On error *out is empty. */
	enum err (*read)(struct span csv, struct format_result *out);
};

/* The format of this name, or NULL. */
const struct format *format_find(struct span name);
/* All formats, for help; index < format_count. */
size_t format_count(void);
const struct format *format_at(size_t index);

/* For readers of formats: note a bad row (counted always, kept while there is
 * room). ERR_MEM. */
ERR_MUST_USE enum err format_bad(
    struct format_result *result, unsigned long line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Put the bad rows in order of line, at the end of reading. */
void format_sort_bad(struct format_result *result);

/* Free everything; the struct is empty and usable again. */
void format_result_clear(struct format_result *result);

#endif
