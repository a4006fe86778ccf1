/*
 * tool.h - what the fuzz targets share: a condition that must hold, and a
 * folder of their own for those that read files.
 */
#ifndef QSG_TESTS_FUZZ_TOOL_H
#define QSG_TESTS_FUZZ_TOOL_H

#include "base/bytes.h"

/* Crash, and so report the input, unless it holds. */
void tool_must(bool holds);
/* As tool_must of ERR_OK. */
void tool_ok(enum err err);

/* The path of a file in this process's own folder (in memory where there is
 * such a file system), removed at exit. Borrowed for ever; at most 8 names. */
const char *tool_path(const char *name);
/* Write a whole file. */
void tool_write(const char *path, struct span bytes);

/* A NUL-terminated copy; free it. */
char *tool_text(struct span bytes);

#endif
