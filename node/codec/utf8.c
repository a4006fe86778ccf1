#include "codec/utf8.h"

#include <utf8proc.h>

#include <stdlib.h>
#include <string.h>

struct range {
	utf8proc_int32_t first;
	utf8proc_int32_t last;
};

/* Not of a control, format or private-use category, and invisible all the
 * same: Unicode's Default_Ignorable_Code_Point and Braille's blank. */
static const struct range invisible[] = {
	{ 0x034F, 0x034F },
	{ 0x115F, 0x1160 },
	{ 0x17B4, 0x17B5 },
	{ 0x180B, 0x180F },
	{ 0x2065, 0x2065 },
	{ 0x2800, 0x2800 },
	{ 0x3164, 0x3164 },
	{ 0xFE00, 0xFE0F },
	{ 0xFFA0, 0xFFA0 },
	{ 0xFFF0, 0xFFF8 },
	{ 0xE0000, 0xE0FFF },
};

static bool eight_plain(const uint8_t *bytes)
{
	static const uint64_t high = 0x8080808080808080ULL;
	static const uint64_t low = 0x0101010101010101ULL;
	uint64_t word = 0;
	memcpy(&word, bytes, sizeof(word));
	return ((word | (word - low)) & high) == 0;
}

/* Bytes of ASCII without NUL at the front, eight at a time: nearly all text is
 * that, and this runs on every string of every message. */
static size_t plain_prefix(struct span text)
{
	size_t at = 0;
	while (
	    text.size - at >= sizeof(uint64_t) && eight_plain(text.data + at)) {
		at += sizeof(uint64_t);
	}
	while (at < text.size && text.data[at] - 1u < 0x7Fu) {
		at++;
	}
	return at;
}

/* Bytes of the character at the front, or 0 when it is malformed. */
static size_t next_character(struct span text, utf8proc_int32_t *character)
{
	/* Four bytes are enough, and the length's type is signed. */
	utf8proc_ssize_t most = text.size < 4 ? (utf8proc_ssize_t)text.size : 4;
	utf8proc_ssize_t size = utf8proc_iterate(text.data, most, character);
	return size > 0 ? (size_t)size : 0;
}

static struct span skip(struct span text, size_t size)
{
	return span_of(text.data + size, text.size - size);
}

bool utf8_valid(struct span text)
{
	while (text.size > 0) {
		text = skip(text, plain_prefix(text));
		while (text.size > 0 && text.data[0] - 1u >= 0x7Fu) {
			utf8proc_int32_t character = 0;
			size_t size = next_character(text, &character);
			if (size == 0 || character == 0) {
				return false;
			}
			text = skip(text, size);
		}
	}
	return true;
}

static enum err map(
    struct span text, utf8proc_option_t options, struct buf *out)
{
	utf8proc_uint8_t *mapped = NULL;
	if (!utf8_valid(text)) {
		return err_set(ERR_INPUT, "text is not UTF-8");
	}
	if (text.size == 0) {
		return ERR_OK;
	}
	if (text.size > INT32_MAX) {
		return err_set(ERR_LIMIT, "text is too long");
	}
	utf8proc_ssize_t size = utf8proc_map(
	    text.data, (utf8proc_ssize_t)text.size, &mapped, options);
	if (size == UTF8PROC_ERROR_NOMEM) {
		return err_set(ERR_MEM, "out of memory");
	}
	if (size < 0) {
		return err_set(ERR_INPUT, "text cannot be normalised");
	}
	enum err err = buf_append(out, span_of(mapped, (size_t)size));
	free(mapped);
	return err;
}

enum err utf8_nfc(struct span text, struct buf *out)
{
	if (text.size > 0 && plain_prefix(text) == text.size) {
		return buf_append(out, text); /* ASCII is in NFC */
	}
	return map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE, out);
}

/* ASCII folds to its small letters, and is in NFC. */
static enum err fold_plain(struct span text, struct buf *out)
{
	enum err err = buf_append(out, text);
	for (size_t i = out->size - text.size; err == ERR_OK && i < out->size;
	     i++) {
		if (out->data[i] >= 'A' && out->data[i] <= 'Z') {
			out->data[i] = (uint8_t)(out->data[i] - 'A' + 'a');
		}
	}
	return err;
}

enum err utf8_fold(struct span text, struct buf *out)
{
	if (text.size > 0 && plain_prefix(text) == text.size) {
		return fold_plain(text, out);
	}
	return map(
	    text, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD, out);
}

enum err utf8_search(struct span text, struct buf *out)
{
	return map(text,
	    UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
		UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE |
		UTF8PROC_LUMP,
	    out);
}

static bool is_invisible(utf8proc_int32_t character)
{
	for (size_t i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++) {
		if (character >= invisible[i].first &&
		    character <= invisible[i].last) {
			return true;
		}
	}
	/* Noncharacters: the last two of every plane, and a block. */
	return (character & 0xFFFE) == 0xFFFE ||
	       (character >= 0xFDD0 && character <= 0xFDEF);
}

static bool is_unsafe(utf8proc_int32_t character)
{
	utf8proc_category_t category = utf8proc_category(character);
	return category == UTF8PROC_CATEGORY_CC ||
	       category == UTF8PROC_CATEGORY_CF ||
	       category == UTF8PROC_CATEGORY_CO ||
	       category == UTF8PROC_CATEGORY_CS ||
	       category == UTF8PROC_CATEGORY_ZL ||
	       category == UTF8PROC_CATEGORY_ZP || is_invisible(character);
}

struct escape {
	bool keep_lines;
	bool ascii;
};

/* Does the character at the front go out as it is? Its size comes along, 1
 * for a malformed byte. */
static bool is_plain(struct span text, struct escape how, size_t *size,
    utf8proc_int32_t *character)
{
	*size = next_character(text, character);
	if (*size == 0) {
		*size = 1;
		*character = -1;
		return false;
	}
	if (*character == '\n' || *character == '\t') {
		return how.keep_lines;
	}
	if (*character >= 0x20 && *character < 0x7F) {
		return true;
	}
	return !how.ascii && !is_unsafe(*character);
}

static bool is_hex(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
	       (byte >= 'A' && byte <= 'F');
}

/* Would a backslash before this text look like the start of an escape? */
static bool completes_escape(struct span rest, struct escape how)
{
	size_t size = 0;
	utf8proc_int32_t character = 0;
	if (rest.size == 0) {
		return false;
	}
	if (rest.data[0] == '\\' || !is_plain(rest, how, &size, &character)) {
		return true;
	}
	if (rest.data[0] == 'u') {
		return rest.size > 1 && rest.data[1] == '{';
	}
	return rest.data[0] == 'x' && rest.size > 2 && is_hex(rest.data[1]) &&
	       is_hex(rest.data[2]);
}

static enum err escape_one(
    struct span text, struct escape how, size_t *size, struct buf *out)
{
	utf8proc_int32_t character = 0;
	bool plain = is_plain(text, how, size, &character);
	if (plain && character == '\\' &&
	    completes_escape(skip(text, 1), how)) {
		return buf_append(out, span_text("\\\\"));
	}
	if (plain) {
		return buf_append(out, span_of(text.data, *size));
	}
	if (character < 0x80) {
		return buf_printf(out, "\\x%02x", text.data[0]);
	}
	return buf_printf(out, "\\u{%04x}", (unsigned int)character);
}

enum err utf8_escape(
    struct span text, bool keep_lines, bool ascii, struct buf *out)
{
	struct escape how = { .keep_lines = keep_lines, .ascii = ascii };
	while (text.size > 0) {
		size_t size = 0;
		enum err err = escape_one(text, how, &size, out);
		if (err != ERR_OK) {
			return err;
		}
		text = skip(text, size);
	}
	return ERR_OK;
}

/* Small letters of other scripts and the Latin ones they are taken for. */
static const struct {
	utf8proc_int32_t other;
	char latin;
} alike[] = {
	{ '0', 'o' },
	{ '1', 'l' },
	{ 'i', 'l' }, /* as a capital */
	{ '|', 'l' },
	{ 0x0131, 'l' }, /* dotless i */
	/* Greek */
	{ 0x03B1, 'a' },
	{ 0x03B2, 'b' },
	{ 0x03B5, 'e' },
	{ 0x03B6, 'z' },
	{ 0x03B7, 'h' },
	{ 0x03B9, 'l' },
	{ 0x03BA, 'k' },
	{ 0x03BC, 'm' },
	{ 0x03BD, 'n' },
	{ 0x03BF, 'o' },
	{ 0x03C1, 'p' },
	{ 0x03C4, 't' },
	{ 0x03C5, 'y' },
	{ 0x03C7, 'x' },
	/* Cyrillic */
	{ 0x0430, 'a' },
	{ 0x0432, 'b' },
	{ 0x0435, 'e' },
	{ 0x043A, 'k' },
	{ 0x043C, 'm' },
	{ 0x043D, 'h' },
	{ 0x043E, 'o' },
	{ 0x0440, 'p' },
	{ 0x0441, 'c' },
	{ 0x0442, 't' },
	{ 0x0443, 'y' },
	{ 0x0445, 'x' },
	{ 0x0455, 's' },
	{ 0x0456, 'l' },
	{ 0x0458, 'j' },
	{ 0x04BB, 'h' },
	{ 0x0501, 'd' },
	{ 0x051B, 'q' },
	{ 0x051D, 'w' },
};

static enum err put_alike(utf8proc_int32_t character, struct buf *out)
{
	utf8proc_uint8_t bytes[4];
	for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
		if (alike[i].other == character) {
			return buf_u8(out, (uint8_t)alike[i].latin);
		}
	}
	utf8proc_category_t category = utf8proc_category(character);
	bool letter = category <= UTF8PROC_CATEGORY_LO ||
	              (category >= UTF8PROC_CATEGORY_ND &&
			  category <= UTF8PROC_CATEGORY_NO);
	if (!letter || is_invisible(character)) {
		return ERR_OK; /* space, punctuation, symbol or mark */
	}
	utf8proc_ssize_t size = utf8proc_encode_char(character, bytes);
	return buf_append(out, span_of(bytes, (size_t)size));
}

enum err utf8_skeleton(struct span text, struct buf *out)
{
	struct buf folded = { 0 };
	enum err err = map(text,
	    UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
		UTF8PROC_CASEFOLD | UTF8PROC_IGNORE | UTF8PROC_STRIPMARK,
	    &folded);
	struct span rest = buf_span(&folded);
	while (err == ERR_OK && rest.size > 0) {
		utf8proc_int32_t character = 0;
		size_t size = next_character(rest, &character);
		if (size == 0) {
			err = err_set(ERR_INPUT, "text cannot be normalised");
			break;
		}
		err = put_alike(character, out);
		rest = skip(rest, size);
	}
	buf_clear(&folded);
	return err;
}
