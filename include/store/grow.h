/*
 * grow.h - arrays of plaintext that grow without leaving copies behind.
 *
 * Floor:   store
 * Threads: no shared state.
 */
#ifndef QSG_STORE_GROW_H
#define QSG_STORE_GROW_H

#include "base/err.h"

#include <stddef.h>

/* Make room for `need` items of `item` bytes in *array: a larger copy with
 * zeros behind takes its place, the old one is wiped. ERR_MEM, nothing
 * changed. */
ERR_MUST_USE enum err grow_array(
    void **array, size_t *capacity, size_t need, size_t item);
/* Overwrite and free. NULL is a no-op. */
void grow_wipe(void *array, size_t bytes);

#endif
