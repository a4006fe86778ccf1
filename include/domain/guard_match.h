/*
 * guard_match.h - the patterns of the guard, one function a kind.
 *
 * Each gives the end of an identifier that starts exactly at `at`, in
 * characters of the folded text, or 0 when none does.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_GUARD_MATCH_H
#define QSG_DOMAIN_GUARD_MATCH_H

#include "domain/guard_text.h"

/* Ten digits with a right check digit (modulus 11), not all of them 0, in one
 * run or in groups as people write them (3-3-4); in any other grouping by
 * single spaces or hyphens only where no further digits stand beside them. */
size_t guard_match_nhs_number(const struct guard_text *text, size_t at);
/* Seven digits with "GMC" up to 40 characters before or 20 after. */
size_t guard_match_gmc_number(const struct guard_text *text, size_t at);
/* 2 digits, letter, 4 digits, letter, with NMC, PIN, nurse, midwife or
 * registration near, as above. */
size_t guard_match_nmc_pin(const struct guard_text *text, size_t at);
size_t guard_match_email(const struct guard_text *text, size_t at);
/* A full postcode of a real postcode area, in either case, with up to three
 * spaces or a hyphen or nothing inside. The last two letters must be ones that
 * postcodes have, unless it is written in capitals with one space and an area
 * of two letters: then a slip of the pen still counts. "B1 2nd" is none. */
size_t guard_match_postcode(const struct guard_text *text, size_t at);
/* A UK number: 0, +44, 0044 or +44 (0) and 9 or 10 digits more. */
size_t guard_match_phone(const struct guard_text *text, size_t at);
/* A calendar date (see guard_date.h) with a birth word up to 40 characters
 * before or after. */
size_t guard_match_birth_date(const struct guard_text *text, size_t at);

#endif
