/*
 * summit_report.h - `qsg summit report`: a risk summit told to somebody who was
 * not there.
 *
 * Floor:   app
 * Threads: the handler runs in the node's; the other in the program's first.
 */
#ifndef QSG_APP_SUMMIT_REPORT_H
#define QSG_APP_SUMMIT_REPORT_H

#include "app/cli.h"

ERR_MUST_USE enum err summit_report_handle(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* With --out the page is written there. */
int summit_report_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
