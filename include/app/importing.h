/*
 * importing.h - `qsg import`: read a file here, hand its sets to the node.
 *
 * Floor:   app
 * Threads: the program's first.
 */
#ifndef QSG_APP_IMPORTING_H
#define QSG_APP_IMPORTING_H

#include "app/cli.h"

/* Returns the exit status. */
int importing_run(struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
