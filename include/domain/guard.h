/*
 * guard.h - find patient (and staff) identifiers in free text before it is
 * sealed.
 *
 * "Throughout the work of the QSGs, patient identifiable data should be
 * protected and confidentiality preserved. This will include similar
 * consideration of information pertaining to staff."
 *
 * Looks for: NHS numbers (10 digits, modulus 11), GMC numbers and NMC PINs
 * in context, dates beside a birth word, full postcodes, e-mail addresses and
 * phone numbers. Digits, spaces, hyphens and letters of other Unicode shapes
 * (full-width, mathematical, Arabic-Indic ...) count as their ASCII ones, and
 * invisible characters as nothing.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 * Secrets: a finding says where and what kind, never the text itself; that
 *          must not be logged either.
 */
#ifndef QSG_DOMAIN_GUARD_H
#define QSG_DOMAIN_GUARD_H

#include "base/bytes.h"

enum guard_kind {
	GUARD_NHS_NUMBER,
	GUARD_EMAIL,
	GUARD_BIRTH_DATE,
	GUARD_GMC_NUMBER,
	GUARD_NMC_PIN,
	GUARD_POSTCODE,
	GUARD_PHONE,
	GUARD_KIND_COUNT
};

/* A place in the scanned text. */
struct guard_finding {
	enum guard_kind kind;
	size_t offset; /* bytes from the start of the text */
	size_t size;   /* bytes */
	size_t line;   /* from 1 */
	size_t column; /* from 1, in code points */
};

/* Zero-initialise; release with guard_findings_clear. */
struct guard_findings {
	struct guard_finding *items;
	size_t count;
	size_t capacity;
};

/* Scan one text and append what is found, in order of offset; findings of one
 * scan do not overlap (where two kinds fit, the one listed first counts).
 * Bytes that are not UTF-8 are no error: they match nothing. ERR_MEM, or
 * ERR_LIMIT for a text over 4 GiB. */
ERR_MUST_USE enum err guard_scan(struct span text, struct guard_findings *out);
void guard_findings_clear(struct guard_findings *findings);

/* "nhs-number", "gmc-number", "nmc-pin", "birth-date", "postcode", "email",
 * "phone". */
const char *guard_kind_token(enum guard_kind kind);
/* For people, with an article: "an NHS number". */
const char *guard_kind_label(enum guard_kind kind);
/* What the guard cannot find, to be said wherever its result is shown. */
const char *guard_caveat(void);

#endif
