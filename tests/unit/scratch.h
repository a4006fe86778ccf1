/*
 * scratch.h - where tests keep their files.
 */
#ifndef QSG_TESTS_SCRATCH_H
#define QSG_TESTS_SCRATCH_H

#include <stddef.h>

/* A new folder under TMPDIR; without that in memory, where there is such a
 * place. The caller removes it. */
void scratch_make(char *out, size_t size);

#endif
