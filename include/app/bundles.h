/*
 * bundles.h - `audit export` and `audit check` on the command line.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Bundle"
 * Threads: the program's first.
 */
#ifndef QSG_APP_BUNDLES_H
#define QSG_APP_BUNDLES_H

#include "app/cli.h"

/* As commands of commands.h. A bundle appears under its name once it is whole,
 * logged and checked; a file that is there already is left alone. */
int bundles_export(struct cli *cli, const struct ops_op *op, json_t *arguments);
/* Without a home; writes nothing. Exits 1 when anything is wrong. */
int bundles_check(struct cli *cli, const struct ops_op *op, json_t *arguments);
/* What `audit export` prints. */
void bundles_render(struct paper *paper, const json_t *value);

#endif
