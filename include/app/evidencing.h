/*
 * evidencing.h - `audit evidence`: what organisations did that cannot be.
 *
 * Floor:   app
 * Threads: handlers: the node's; commands: the program's first.
 */
#ifndef QSG_APP_EVIDENCING_H
#define QSG_APP_EVIDENCING_H

#include "app/cli.h"

/* On the node's side. */
ERR_MUST_USE enum err evidencing_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err evidencing_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* On the command line: the shown evidence, checked here and written to a file.
 * Returns the exit status. */
int evidencing_export(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
