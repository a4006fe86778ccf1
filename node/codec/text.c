#include "codec/text.h"

#include <sodium.h>

#include <string.h>

enum {
	ID_BYTES = 32,
	FINGERPRINT_CHARACTERS = 52,
	ARMOUR_LINE = 64,
	LABEL_MAX = 64,
	GROUP = 4,
};

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct hex32 text_hex_id(const struct id32 *id)
{
	struct hex32 out;
	(void)sodium_bin2hex(out.text, sizeof(out.text), id->b, ID_BYTES);
	return out;
}

enum err text_hex(struct span bytes, struct buf *out)
{
	if (bytes.size > SIZE_MAX / 4) {
		return err_set(ERR_LIMIT, "too many bytes for hex");
	}
	size_t size = bytes.size * 2;
	enum err err = buf_reserve(out, size + 1);
	if (err != ERR_OK) {
		return err;
	}
	(void)sodium_bin2hex(
	    (char *)out->data + out->size, size + 1, bytes.data, bytes.size);
	out->size += size;
	return ERR_OK;
}

enum err text_unhex(struct span text, void *out, size_t out_size)
{
	size_t got = 0;
	if (text.size % 2 != 0 || text.size / 2 != out_size) {
		return err_set(ERR_FORMAT, "not %zu bytes in hex", out_size);
	}
	if (out_size == 0) {
		return ERR_OK;
	}
	if (sodium_hex2bin(out, out_size, (const char *)text.data, text.size,
		NULL, &got, NULL) != 0 ||
	    got != out_size) {
		return err_set(ERR_FORMAT, "not hex");
	}
	return ERR_OK;
}

enum err text_base64(struct span bytes, struct buf *out)
{
	if (bytes.size > SIZE_MAX / 4) {
		return err_set(ERR_LIMIT, "too many bytes for base64");
	}
	size_t room = sodium_base64_encoded_len(
	    bytes.size, sodium_base64_VARIANT_ORIGINAL);
	enum err err = buf_reserve(out, room);
	if (err != ERR_OK) {
		return err;
	}
	(void)sodium_bin2base64((char *)out->data + out->size, room, bytes.data,
	    bytes.size, sodium_base64_VARIANT_ORIGINAL);
	out->size += room - 1; /* without the NUL */
	return ERR_OK;
}

/* libsodium's decoder takes some bytes beyond ASCII for digits. */
static bool is_ascii(struct span text)
{
	uint8_t any = 0;
	for (size_t i = 0; i < text.size; i++) {
		any |= text.data[i];
	}
	return any < 0x80;
}

enum err text_unbase64(struct span text, struct buf *out)
{
	size_t room = text.size / 4 * 3;
	size_t got = 0;
	if (text.size % 4 != 0) {
		return err_set(ERR_FORMAT, "not base64: its length is off");
	}
	if (text.size == 0) {
		return ERR_OK;
	}
	enum err err = buf_reserve(out, room);
	if (err != ERR_OK) {
		return err;
	}
	if (!is_ascii(text) ||
	    sodium_base642bin(out->data + out->size, room,
		(const char *)text.data, text.size, NULL, &got, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0) {
		return err_set(ERR_FORMAT, "not base64");
	}
	out->size += got;
	return ERR_OK;
}

struct fingerprint text_fingerprint(const struct id32 *id)
{
	struct fingerprint out;
	size_t at = 0;
	size_t taken = 0;
	unsigned int bits = 0;
	unsigned int have = 0;
	for (size_t i = 0; i < FINGERPRINT_CHARACTERS; i++) {
		if (have < 5) {
			/* Zero bits fill the last character. */
			uint8_t byte = taken < ID_BYTES ? id->b[taken] : 0;
			bits = (bits << 8 | byte) & 0xFFFFu;
			have += 8;
			taken++;
		}
		have -= 5;
		if (i > 0 && i % GROUP == 0) {
			out.text[at++] = ' ';
		}
		out.text[at++] = crockford[bits >> have & 31u];
	}
	out.text[at] = '\0';
	return out;
}

/* The value of a character, or -1. */
static int crockford_value(uint8_t byte)
{
	if (byte >= 'a' && byte <= 'z') {
		byte = (uint8_t)(byte - 'a' + 'A');
	}
	if (byte == 'O') {
		byte = '0';
	}
	if (byte == 'I' || byte == 'L') {
		byte = '1';
	}
	const char *found = byte != '\0' ? strchr(crockford, (char)byte) : NULL;
	return found != NULL ? (int)(found - crockford) : -1;
}

/* PROTOCOL.md M4: "A fingerprint whose last character has bits set beyond the
 * 32 bytes MUST be refused." */
enum err text_unfingerprint(struct span text, struct id32 *out)
{
	struct id32 id = { { 0 } };
	size_t characters = 0;
	size_t put = 0;
	unsigned int bits = 0;
	unsigned int have = 0;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] == ' ' || text.data[i] == '-') {
			continue;
		}
		int value = crockford_value(text.data[i]);
		if (value < 0 || ++characters > FINGERPRINT_CHARACTERS) {
			return err_set(ERR_FORMAT, "not a fingerprint");
		}
		bits = (bits << 5 | (unsigned int)value) & 0xFFFFu;
		have += 5;
		if (have >= 8) {
			have -= 8;
			id.b[put++] = (uint8_t)(bits >> have);
		}
	}
	if (characters != FINGERPRINT_CHARACTERS ||
	    (bits & ((1u << have) - 1u)) != 0) {
		return err_set(ERR_FORMAT, "not a fingerprint");
	}
	*out = id;
	return ERR_OK;
}

enum err text_armour(const char *label, struct span bytes, struct buf *out)
{
	struct buf flat = { 0 };
	enum err err = text_base64(bytes, &flat);
	if (err == ERR_OK) {
		err = buf_printf(out, "-----BEGIN %s-----\n", label);
	}
	for (size_t at = 0; err == ERR_OK && at < flat.size;
	     at += ARMOUR_LINE) {
		size_t size = flat.size - at;
		size = size < ARMOUR_LINE ? size : ARMOUR_LINE;
		err = buf_append(out, span_of(flat.data + at, size));
		if (err == ERR_OK) {
			err = buf_u8(out, '\n');
		}
	}
	if (err == ERR_OK) {
		err = buf_printf(out, "-----END %s-----\n", label);
	}
	buf_wipe(&flat);
	return err;
}

/* Takes the next line off the text, without its line end. */
static struct span take_line(struct span *text)
{
	const uint8_t *end = memchr(text->data, '\n', text->size);
	size_t size = end != NULL ? (size_t)(end - text->data) : text->size;
	struct span line = span_of(text->data, size);
	size_t taken = end != NULL ? size + 1 : size;
	*text = span_of(text->data + taken, text->size - taken);
	while (line.size > 0 && line.data[line.size - 1] == '\r') {
		line.size--;
	}
	return line;
}

static bool is_blank(struct span line)
{
	for (size_t i = 0; i < line.size; i++) {
		if (line.data[i] != ' ' && line.data[i] != '\t') {
			return false;
		}
	}
	return true;
}

static bool is_mark(struct span line, const char *which, const char *label)
{
	static const char dashes[] = "-----";
	const char *parts[] = { dashes, which, label, dashes };
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t size = strlen(parts[i]);
		if (line.size < size ||
		    memcmp(line.data, parts[i], size) != 0) {
			return false;
		}
		line = span_of(line.data + size, line.size - size);
	}
	return line.size == 0;
}

/* Collects the base64 of the only block. PROTOCOL.md M18: "A text with more
 * than one block of the label that is looked for MUST be refused." */
static enum err collect_block(
    const char *label, struct span text, size_t most, struct buf *flat)
{
	enum { BEFORE, INSIDE, AFTER } place = BEFORE;
	while (text.size > 0) {
		struct span line = take_line(&text);
		if (place != INSIDE) {
			bool begin = is_mark(line, "BEGIN ", label);
			if (begin && place == AFTER) {
				return err_set(ERR_FORMAT,
				    "more than one block of %s", label);
			}
			place = begin ? INSIDE : place;
			continue;
		}
		if (is_mark(line, "END ", label)) {
			place = AFTER;
			continue;
		}
		if (is_blank(line)) {
			continue;
		}
		if (line.size > most - flat->size) {
			return err_set(
			    ERR_LIMIT, "too large a block of %s", label);
		}
		enum err err = buf_append(flat, line);
		if (err != ERR_OK) {
			return err;
		}
	}
	if (place != AFTER) {
		return err_set(ERR_FORMAT, "no complete block of %s", label);
	}
	return ERR_OK;
}

enum err text_unarmour(
    const char *label, struct span text, size_t max, struct buf *out)
{
	struct buf flat = { 0 };
	size_t before = out->size;
	size_t most = max < SIZE_MAX / 4 ? (max + 2) / 3 * 4 : SIZE_MAX;
	enum err err = collect_block(label, text, most, &flat);
	if (err == ERR_OK) {
		err = text_unbase64(buf_span(&flat), out);
	}
	if (err == ERR_OK && out->size - before > max) {
		out->size = before;
		err = err_set(ERR_LIMIT, "too large a block of %s", label);
	}
	buf_wipe(&flat);
	return err;
}

static bool is_lower_or_digit(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

bool text_is_token(struct span text)
{
	if (text.size < 1 || text.size > 40 || text.data[0] == '-' ||
	    text.data[text.size - 1] == '-') {
		return false;
	}
	for (size_t i = 0; i < text.size; i++) {
		if (!is_lower_or_digit(text.data[i]) && text.data[i] != '-') {
			return false;
		}
	}
	return true;
}

bool text_is_ods(struct span text)
{
	if (text.size < 3 || text.size > 8) {
		return false;
	}
	for (size_t i = 0; i < text.size; i++) {
		uint8_t byte = text.data[i];
		if (!(byte >= 'A' && byte <= 'Z') &&
		    !(byte >= '0' && byte <= '9')) {
			return false;
		}
	}
	return true;
}

bool text_is_local_code(struct span text)
{
	static const char prefix[] = "local:";
	const size_t prefix_size = sizeof(prefix) - 1;
	if (text.size <= prefix_size || text.size > prefix_size + 60 ||
	    memcmp(text.data, prefix, prefix_size) != 0) {
		return false;
	}
	for (size_t i = prefix_size; i < text.size; i++) {
		uint8_t byte = text.data[i];
		if (!is_lower_or_digit(byte) && byte != '-' && byte != '/') {
			return false;
		}
	}
	return true;
}
