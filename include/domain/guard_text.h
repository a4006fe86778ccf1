/*
 * guard_text.h - a text as the guard scans it: one lower-case ASCII character
 * for each that looks like it, each with its place in the original.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_GUARD_TEXT_H
#define QSG_DOMAIN_GUARD_TEXT_H

#include "base/bytes.h"

#define GUARD_TEXT_LETTER '\x01' /* a letter without an ASCII likeness */
#define GUARD_TEXT_MARK '\x02'   /* anything else without one */

/* Where a character stands in the original, in bytes. */
struct guard_place {
	uint32_t start;
	uint32_t end;
	bool upper; /* it was upper case */
};

/* Zero-initialise; release with guard_text_clear. chars[count] is NUL; no
 * NUL stands before it. */
struct guard_text {
	char *chars;
	struct guard_place *places;
	size_t count;
	size_t capacity;
};

/* Decimal digits of any script become 0 to 9, spaces of any kind ' ' (line
 * ends too), dashes '-', compatibility forms what they stand for, letters
 * lower case without accents; invisible characters vanish. ERR_MEM,
 * ERR_LIMIT over 4 GiB. */
ERR_MUST_USE enum err guard_text_read(struct span text, struct guard_text *out);
void guard_text_clear(struct guard_text *text);

/* The character, or NUL out of range. (Inline: the guard asks a hundred times
 * a character.) */
static inline char guard_text_at(const struct guard_text *text, size_t at)
{
	if (at >= text->count)
		return '\0';
	return text->chars[at];
}

/* Out of range counts as neither. */
static inline bool guard_text_digit(const struct guard_text *text, size_t at)
{
	char c = guard_text_at(text, at);

	return c >= '0' && c <= '9';
}
static inline bool guard_text_letter(const struct guard_text *text, size_t at)
{
	char c = guard_text_at(text, at);

	return (c >= 'a' && c <= 'z') || c == GUARD_TEXT_LETTER;
}

/* A run of digits as a token of its own: no digit touches it, and letters
 * that do are not themselves part of a mix with further digits (as in
 * hexadecimal). [from, to) is the run. */
bool guard_text_clean(const struct guard_text *text, size_t from, size_t to);

/* Whether one of the words (NULL-terminated, lower case; a space in one fits
 * any run of spaces, hyphens and dots, or none) stands as a whole word inside
 * [from, to). */
bool guard_text_near(const struct guard_text *text, size_t from, size_t to,
    const char *const *words);

#endif
