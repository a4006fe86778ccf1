#include "domain/guard_text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define DECOMPOSED 32 /* the longest decomposition is 18 code points */

/* Letter runs in a token are short; what is longer is no identifier. */
#define TOKEN_REACH 64u

/* One code point, or one stray byte, of the original. */
struct source {
	utf8proc_int32_t code; /* negative: not UTF-8 */
	struct guard_place place;
};

static enum err grow(struct guard_text *text)
{
	size_t more = text->capacity == 0 ? 1024 : text->capacity * 2;
	char *chars = realloc(text->chars, more + 1);
	struct guard_place *places = NULL;

	if (chars == NULL)
		return err_set(ERR_MEM, "out of memory");
	text->chars = chars;
	places = realloc(text->places, more * sizeof *places);
	if (places == NULL)
		return err_set(ERR_MEM, "out of memory");
	text->places = places;
	text->capacity = more;
	return ERR_OK;
}

static enum err put(struct guard_text *text, char c, struct guard_place place)
{
	if (text->count == text->capacity) {
		enum err err = grow(text);

		if (err != ERR_OK)
			return err;
	}
	text->chars[text->count] = c;
	text->places[text->count] = place;
	text->count++;
	return ERR_OK;
}

/* Unicode keeps the digits of each script as ten neighbours from zero up, so
 * that the distance to the start of the run gives the value. */
static char digit_value(utf8proc_int32_t code)
{
	utf8proc_int32_t before = 0;

	while (utf8proc_category(code - before - 1) == UTF8PROC_CATEGORY_ND)
		before++;
	return (char)('0' + before % 10);
}

static bool is_ascii_upper(utf8proc_int32_t code)
{
	return code >= 'A' && code <= 'Z';
}

static char ascii_likeness(utf8proc_int32_t code)
{
	if (is_ascii_upper(code))
		return (char)(code - 'A' + 'a');
	if (code >= 0x21 && code <= 0x7e)
		return (char)code;
	if (code == ' ' || (code >= '\t' && code <= '\r') || code == 0x85)
		return ' ';
	return GUARD_TEXT_MARK;
}

/* NUL: the character vanishes. */
static char likeness(utf8proc_int32_t code)
{
	if (code < 0x80 || code == 0x85)
		return ascii_likeness(code);
	if (code == 0x2212) /* the minus sign is no dash to Unicode */
		return '-';
	switch ((int)utf8proc_category(code)) {
	case UTF8PROC_CATEGORY_ND:
		return digit_value(code);
	case UTF8PROC_CATEGORY_PD:
		return '-';
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return ' ';
	case UTF8PROC_CATEGORY_MN:
	case UTF8PROC_CATEGORY_ME:
	case UTF8PROC_CATEGORY_CF:
		return '\0';
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_MC:
		return GUARD_TEXT_LETTER;
	default:
		return GUARD_TEXT_MARK;
	}
}

static enum err put_source(struct guard_text *text, struct source source)
{
	utf8proc_int32_t parts[DECOMPOSED];
	int boundary = 0;
	utf8proc_ssize_t count = 1;
	enum err err = ERR_OK;

	if (source.code < 0)
		return put(text, GUARD_TEXT_MARK, source.place);
	parts[0] = source.code;
	if (source.code >= 0x80)
		count = utf8proc_decompose_char(source.code, parts, DECOMPOSED,
		    UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
	if (count < 0 || count > DECOMPOSED)
		return put(text, GUARD_TEXT_MARK, source.place);
	for (utf8proc_ssize_t i = 0; i < count && err == ERR_OK; i++) {
		char c = likeness(parts[i]);

		source.place.upper = is_ascii_upper(parts[i]);
		if (c != '\0')
			err = put(text, c, source.place);
	}
	return err;
}

enum err guard_text_read(struct span text, struct guard_text *out)
{
	enum err err = ERR_OK;

	if (text.size >= UINT32_MAX)
		return err_set(ERR_LIMIT, "a text is too long to be scanned");
	if (out->capacity == 0)
		err = grow(out);
	out->count = 0;
	for (size_t at = 0; at < text.size && err == ERR_OK;) {
		struct source source = { .code = -1 };
		utf8proc_ssize_t size = utf8proc_iterate(text.data + at,
		    (utf8proc_ssize_t)(text.size - at), &source.code);

		if (size <= 0) {
			size = 1;
			source.code = -1;
		}
		source.place.start = (uint32_t)at;
		at += (size_t)size;
		source.place.end = (uint32_t)at;
		err = put_source(out, source);
	}
	if (err == ERR_OK)
		out->chars[out->count] = '\0';
	return err;
}

void guard_text_clear(struct guard_text *text)
{
	free(text->chars);
	free(text->places);
	memset(text, 0, sizeof *text);
}

bool guard_text_clean(const struct guard_text *text, size_t from, size_t to)
{
	size_t before = from;
	size_t after = to;

	while (before > 0 && from - before < TOKEN_REACH &&
	       guard_text_letter(text, before - 1))
		before--;
	while (after - to < TOKEN_REACH && guard_text_letter(text, after))
		after++;
	return !(before > 0 && guard_text_digit(text, before - 1)) &&
	       !guard_text_digit(text, after);
}

static bool is_filler(char c)
{
	return c == ' ' || c == '-' || c == '.';
}

/* Where the word that starts at `at` ends, or 0 when it is not there. */
static size_t word_end(
    const struct guard_text *text, size_t at, const char *word)
{
	for (; *word != '\0'; word++) {
		if (*word == ' ') {
			while (is_filler(guard_text_at(text, at)))
				at++;
		} else if (guard_text_at(text, at) == *word) {
			at++;
		} else {
			return 0;
		}
	}
	return at;
}

static bool word_at(const struct guard_text *text, size_t at, size_t to,
    const char *const *words)
{
	if (at > 0 && guard_text_letter(text, at - 1))
		return false;
	for (; *words != NULL; words++) {
		size_t end = word_end(text, at, *words);

		if (end > at && end <= to && !guard_text_letter(text, end))
			return true;
	}
	return false;
}

bool guard_text_near(const struct guard_text *text, size_t from, size_t to,
    const char *const *words)
{
	for (size_t at = from; at < to; at++) {
		if (word_at(text, at, to, words))
			return true;
	}
	return false;
}
