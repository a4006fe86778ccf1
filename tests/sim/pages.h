/*
 * pages.h - pages of databases, kept small: long values that stand in many of
 * them (envelopes, which every reader of a record holds) are kept once.
 */
#ifndef QSG_SIM_PAGES_H
#define QSG_SIM_PAGES_H

#include <stddef.h>
#include <stdint.h>

enum { PAGES_SIZE = 8192 }; /* of the databases here */

/* Some bytes, at most PAGES_SIZE, packed. */
struct packed;

/* Never fails: out of memory ends the program. */
struct packed *pages_pack(const uint8_t *bytes, size_t size);
void pages_unpack(const struct packed *packed, uint8_t *out);
size_t pages_size(const struct packed *packed); /* unpacked */
void pages_free(struct packed *packed);

/* Bytes that all of it takes now. */
uint64_t pages_bytes(void);

#endif
