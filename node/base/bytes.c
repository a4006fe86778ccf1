#include "base/bytes.h"

#include <sodium.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 64 };

struct span span_of(const void *data, size_t size)
{
	return (struct span){ .data = data, .size = size };
}

struct span span_text(const char *text)
{
	return span_of(text, text != NULL ? strlen(text) : 0);
}

char *span_copy(struct span span)
{
	char *copy = malloc(span.size + 1);
	if (copy != NULL) {
		if (span.size > 0) {
			memcpy(copy, span.data, span.size);
		}
		copy[span.size] = '\0';
	}
	return copy;
}

struct span span_id(const struct id32 *id)
{
	return span_of(id->b, sizeof(id->b));
}

struct span buf_span(const struct buf *buf)
{
	return span_of(buf->data, buf->size);
}

bool span_equal(struct span a, struct span b)
{
	return a.size == b.size &&
	       (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool id_equal(const struct id32 *a, const struct id32 *b)
{
	return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool id_is_zero(const struct id32 *id)
{
	static const struct id32 zero;
	return id_equal(id, &zero);
}

int id_compare(const void *a, const void *b)
{
	const struct id32 *left = a;
	const struct id32 *right = b;
	return memcmp(left->b, right->b, sizeof(left->b));
}

/* No realloc: it would leave a copy of what may be plaintext in freed
 * memory. */
enum err buf_reserve(struct buf *buf, size_t extra)
{
	if (extra <= buf->capacity - buf->size) {
		return ERR_OK;
	}
	if (extra > SIZE_MAX / 2 - buf->size) {
		return err_set(ERR_MEM, "out of memory");
	}
	size_t capacity = FIRST_CAPACITY;
	if (buf->capacity >= FIRST_CAPACITY) {
		capacity = buf->capacity * 2;
	}
	if (capacity < buf->size + extra) {
		capacity = buf->size + extra;
	}
	uint8_t *data = malloc(capacity);
	if (data == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	if (buf->data != NULL) {
		memcpy(data, buf->data, buf->size);
		sodium_memzero(buf->data, buf->capacity);
		free(buf->data);
	}
	buf->data = data;
	buf->capacity = capacity;
	return ERR_OK;
}

enum err buf_append(struct buf *buf, struct span bytes)
{
	enum err err = buf_reserve(buf, bytes.size);
	if (err == ERR_OK && bytes.size > 0) {
		memcpy(buf->data + buf->size, bytes.data, bytes.size);
		buf->size += bytes.size;
	}
	return err;
}

enum err buf_u8(struct buf *buf, uint8_t value)
{
	return buf_append(buf, span_of(&value, 1));
}

enum err buf_u16(struct buf *buf, uint16_t value)
{
	uint8_t bytes[2];
	bytes_put_u16(bytes, value);
	return buf_append(buf, span_of(bytes, sizeof(bytes)));
}

enum err buf_u32(struct buf *buf, uint32_t value)
{
	uint8_t bytes[4];
	bytes_put_u32(bytes, value);
	return buf_append(buf, span_of(bytes, sizeof(bytes)));
}

enum err buf_u64(struct buf *buf, uint64_t value)
{
	uint8_t bytes[8];
	bytes_put_u64(bytes, value);
	return buf_append(buf, span_of(bytes, sizeof(bytes)));
}

enum err buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	int size = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (size < 0) {
		return err_set(ERR_MEM, "cannot format text");
	}
	enum err err = buf_reserve(buf, (size_t)size + 1);
	if (err != ERR_OK) {
		return err;
	}
	va_start(args, fmt);
	int wrote = vsnprintf(
	    (char *)buf->data + buf->size, (size_t)size + 1, fmt, args);
	va_end(args);
	if (wrote != size) {
		return err_set(ERR_MEM, "cannot format text");
	}
	buf->size += (size_t)size;
	return ERR_OK;
}

const char *buf_text(struct buf *buf)
{
	if (buf_reserve(buf, 1) != ERR_OK) {
		return NULL;
	}
	buf->data[buf->size] = '\0';
	return (const char *)buf->data;
}

void buf_reset(struct buf *buf)
{
	buf->size = 0;
}

void buf_clear(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){ 0 };
}

void buf_wipe(struct buf *buf)
{
	if (buf->data != NULL) {
		sodium_memzero(buf->data, buf->capacity);
	}
	buf_clear(buf);
}

enum err array_grow(void **items, size_t count, size_t *capacity, size_t size)
{
	size_t more = *capacity == 0 ? 4 : *capacity * 2;
	void *grown = NULL;
	if (count < *capacity) {
		return ERR_OK;
	}
	grown = realloc(*items, more * size);
	if (grown == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	*items = grown;
	*capacity = more;
	return ERR_OK;
}

struct reader reader_of(struct span bytes)
{
	return (struct reader){ .left = bytes, .bad = false };
}

struct span reader_span(struct reader *in, size_t size)
{
	if (in->bad || size > in->left.size) {
		in->bad = true;
		return (struct span){ 0 };
	}
	struct span out = span_of(in->left.data, size);
	if (size > 0) {
		in->left.data += size;
		in->left.size -= size;
	}
	return out;
}

void reader_copy(struct reader *in, void *out, size_t size)
{
	struct span bytes = reader_span(in, size);
	if (size == 0) {
		return;
	}
	if (bytes.size == size) {
		memcpy(out, bytes.data, size);
	} else {
		memset(out, 0, size);
	}
}

uint8_t reader_u8(struct reader *in)
{
	uint8_t byte = 0;
	reader_copy(in, &byte, 1);
	return byte;
}

uint16_t reader_u16(struct reader *in)
{
	uint8_t b[2];
	reader_copy(in, b, sizeof(b));
	return (uint16_t)((uint32_t)b[0] << 8 | b[1]);
}

uint32_t reader_u32(struct reader *in)
{
	uint8_t b[4];
	reader_copy(in, b, sizeof(b));
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | (uint32_t)b[3];
}

uint64_t reader_u64(struct reader *in)
{
	uint8_t b[8];
	reader_copy(in, b, sizeof(b));
	return bytes_get_u64(b);
}

bool reader_done(const struct reader *in)
{
	return !in->bad && in->left.size == 0;
}

void bytes_put_u16(uint8_t *out, uint16_t value)
{
	out[0] = (uint8_t)(value >> 8);
	out[1] = (uint8_t)value;
}

void bytes_put_u32(uint8_t *out, uint32_t value)
{
	for (int i = 3; i >= 0; i--) {
		out[i] = (uint8_t)value;
		value >>= 8;
	}
}

void bytes_put_u64(uint8_t *out, uint64_t value)
{
	for (int i = 7; i >= 0; i--) {
		out[i] = (uint8_t)value;
		value >>= 8;
	}
}

uint64_t bytes_get_u64(const uint8_t *in)
{
	uint64_t value = 0;
	for (int i = 0; i < 8; i++) {
		value = value << 8 | in[i];
	}
	return value;
}
