/*
 * saving.h - `qsg quarantine show`: what was refused, into a file of its own.
 *
 * Floor:   app
 * Threads: the program's first.
 */
#ifndef QSG_APP_SAVING_H
#define QSG_APP_SAVING_H

#include "app/cli.h"

/* Write a file that is not there yet, 0600. ERR_EXISTS when it is; nothing is
 * left of one that could not be written whole. */
ERR_MUST_USE enum err saving_write(const char *path, struct span content);

/* Returns the exit status. */
int saving_run(struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
