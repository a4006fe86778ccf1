/*
 * ods.h - the reader of the Organisation Data Service's files: who the
 * providers are.
 *
 * All are CSV of 27 columns without a header. Used are the code (1), the name
 * (2), the codes of region (3) and area (4), the dates of opening (11) and
 * closing (12), and, of practices, the commissioner (15). Addresses are not
 * kept. Of rows with one code the first counts; the others are bad.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_ODS_H
#define QSG_DOMAIN_ODS_H

#include "domain/format.h"

#define ODS_PUBLISHER "NHS Digital ODS"
#define ODS_SITES 2048u /* of one provider, at most */

/* One of the files. All text is static. */
struct ods_layout {
	const char *name; /* token, e.g. "ods-trusts": the register's set */
	const char *help; /* one line, no final full stop */
};

/* The layout of this name, or NULL. */
const struct ods_layout *ods_find(struct span name);
/* All layouts, for help; index < ods_count. */
size_t ods_count(void);
const struct ods_layout *ods_at(size_t index);

/* What reading gave. Zero-initialise; release with ods_clear. */
struct ods_result {
	/* Owned, in order of code, each once; sites in order of code. Every
	 * entry passes ods_check. */
	Qsg__RegisteredProvider **entries;
	size_t count;
	size_t row_count;           /* good rows in all entries */
	struct format_result found; /* bad rows alone; no sets */
};

/* Bad rows are no error here: they are listed, and left out. Sites become
 * entries of their trusts, whose codes they begin with. ERR_INPUT: not CSV,
 * not UTF-8, or nothing like such a file; ERR_LIMIT. On error *out is
 * empty. */
ERR_MUST_USE enum err ods_read(
    const struct ods_layout *layout, struct span csv, struct ods_result *out);
void ods_clear(struct ods_result *result);

/* Author side: is this entry fit to be recorded? Codes well-formed, a name
 * unless it has sites, a type of the vocabulary or none, dates real, no site
 * twice. ERR_INPUT, ERR_LIMIT with one line for people. */
ERR_MUST_USE enum err ods_check(const Qsg__RegisteredProvider *entry);

#endif
