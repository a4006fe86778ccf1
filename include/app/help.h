/*
 * help.h - help, read off the table of operations.
 *
 * Floor:   app
 * Threads: no shared state.
 */
#ifndef QSG_APP_HELP_H
#define QSG_APP_HELP_H

#include "app/ops.h"

/* All commands. */
void help_overview(struct paper *paper);
/* One command. */
void help_command(struct paper *paper, const struct ops_op *op);
/* The commands of a group, e.g. "peer". */
void help_group(struct paper *paper, const char *word);

#endif
