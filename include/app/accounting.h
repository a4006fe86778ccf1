/*
 * accounting.h - accounts of people, and what they did.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Accounts and activity"
 * Threads: handlers: the node's. Commands: the program's first.
 */
#ifndef QSG_APP_ACCOUNTING_H
#define QSG_APP_ACCOUNTING_H

#include "app/cli.h"

/* What each does is told by its help in the table of operations. */
ERR_MUST_USE enum err accounting_add(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err accounting_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err accounting_whoami(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err accounting_disable(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err accounting_enable(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err accounting_password(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err accounting_scope(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
ERR_MUST_USE enum err accounting_activity(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);

/* With the Unix user's name looked up, and the new password hashed. */
int accounting_run_add(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
int accounting_run_password(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
