/*
 * importing.h - `qsg import`: read a file here, hand its sets to the node.
 *
 * Floor:   app
 * Threads: the program's first.
 */
#ifndef QSG_APP_IMPORTING_H
#define QSG_APP_IMPORTING_H

#include "app/cli.h"
#include "domain/format.h"

/* A file that is to be imported, - for standard input. ERR_LIMIT, ERR_IO. */
ERR_MUST_USE enum err importing_read(const char *path, struct buf *out);
/* Bad rows on standard error; ERR_INPUT when there are any and they may not be
 * skipped. */
ERR_MUST_USE enum err importing_show_bad(
    const struct cli *cli, const struct format_result *read, bool skip_bad);

/* Returns the exit status. */
int importing_run(struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
