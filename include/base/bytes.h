/*
 * bytes.h - borrowed spans, owned buffers, fixed 32-byte identifiers and
 * big-endian reading and writing.
 *
 * Floor:   base
 * Threads: no shared state.
 */
#ifndef QSG_BASE_BYTES_H
#define QSG_BASE_BYTES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrows: never freed through the span. {NULL, 0} is the empty span. */
struct span {
	const uint8_t *data;
	size_t size;
};

/* Owns: zero-initialise, release with buf_clear. */
struct buf {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

/* An organisation id, record id, stream id or hash: always 32 bytes. */
struct id32 {
	uint8_t b[32];
};

/* Reads big-endian fields off a span. The first short read sets `bad`; every
 * later read then gives zeros, so that one check at the end is enough. */
struct reader {
	struct span left;
	bool bad;
};

struct span span_of(const void *data, size_t size);
/* The bytes of a C string without its NUL; NULL gives the empty span. */
struct span span_text(const char *text);
struct span span_id(const struct id32 *id);
struct span buf_span(const struct buf *buf);
/* A C string with the same bytes; NULL when memory is out. free() it. */
char *span_copy(struct span span);
bool span_equal(struct span a, struct span b);

bool id_equal(const struct id32 *a, const struct id32 *b);
bool id_is_zero(const struct id32 *id);
/* memcmp order, for sorting and bsearch. */
int id_compare(const void *a, const void *b);

/* Make room for `extra` more bytes. ERR_MEM when memory is out. */
ERR_MUST_USE enum err buf_reserve(struct buf *buf, size_t extra);
ERR_MUST_USE enum err buf_append(struct buf *buf, struct span bytes);
ERR_MUST_USE enum err buf_u8(struct buf *buf, uint8_t value);
ERR_MUST_USE enum err buf_u16(struct buf *buf, uint16_t value);
ERR_MUST_USE enum err buf_u32(struct buf *buf, uint32_t value);
ERR_MUST_USE enum err buf_u64(struct buf *buf, uint64_t value);
/* printf into the buffer; no NUL is counted in size, but one follows. */
ERR_MUST_USE enum err buf_printf(struct buf *buf, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Append a NUL that is not counted in size, and return the text. NULL when
 * memory is out. Borrowed until the next change of the buffer. */
const char *buf_text(struct buf *buf);
/* Size back to zero, capacity kept. */
void buf_reset(struct buf *buf);
/* Free; the struct is empty and usable again. */
void buf_clear(struct buf *buf);
/* Overwrite all capacity, then free: for buffers that held plaintext. */
void buf_wipe(struct buf *buf);

/* Room for one more in an array of items of this size that has `count`: doubles
 * it when it is full. ERR_MEM, and nothing is changed. */
ERR_MUST_USE enum err array_grow(
    void **items, size_t count, size_t *capacity, size_t size);

struct reader reader_of(struct span bytes);
uint8_t reader_u8(struct reader *in);
uint16_t reader_u16(struct reader *in);
uint32_t reader_u32(struct reader *in);
uint64_t reader_u64(struct reader *in);
/* Copy `size` bytes out; zeros when short. */
void reader_copy(struct reader *in, void *out, size_t size);
/* Borrow the next `size` bytes; empty when short. */
struct span reader_span(struct reader *in, size_t size);
/* All was there and nothing is left. */
bool reader_done(const struct reader *in);

/* Big-endian into and out of memory that has the room. */
void bytes_put_u16(uint8_t *out, uint16_t value);
void bytes_put_u32(uint8_t *out, uint32_t value);
void bytes_put_u64(uint8_t *out, uint64_t value);
uint64_t bytes_get_u64(const uint8_t *in);

#endif
