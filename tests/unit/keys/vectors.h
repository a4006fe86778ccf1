/*
 * vectors.h - streams, cards and notes as JSON, exchanged with the second
 * implementation in tests/vectors.
 */
#ifndef QSG_TESTS_UNIT_KEYS_VECTORS_H
#define QSG_TESTS_UNIT_KEYS_VECTORS_H

#include <stddef.h>
#include <stdint.h>

/* Open and verify all that a file holds, as each of its organisations; the
 * test fails at the first thing that is wrong. Returns the number of bodies
 * opened. */
size_t vectors_read(const char *path);

/* Seal a stream, cards and notes drawn from this seed into a file. */
void vectors_write(const char *path, uint64_t seed);

#endif
