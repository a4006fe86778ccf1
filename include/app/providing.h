/*
 * providing.h - `qsg provider`: the register of providers, and the picture of
 * each.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Local interface"
 * Threads: the node's; providing_run the program's first.
 */
#ifndef QSG_APP_PROVIDING_H
#define QSG_APP_PROVIDING_H

#include "app/cli.h"

#define PROVIDING_BATCH 10000u /* entries of a register in one request */

/* As the operations of api.h. */
ERR_MUST_USE enum err providing_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err providing_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err providing_relate(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Entries of a register. */
ERR_MUST_USE enum err providing_register(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* `provider import`: read a file here, hand its entries to the node. Returns
 * the exit status. */
int providing_run(struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
