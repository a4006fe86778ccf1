/*
 * keysops.h - the operations on an organisation's own keys.
 *
 * Floor:   app
 * Spec:    proto/PROTOCOL.md, "Successor statements"
 * Threads: the handler in the node's, the command in the program's first.
 */
#ifndef QSG_APP_KEYSOPS_H
#define QSG_APP_KEYSOPS_H

#include "app/cli.h"

ERR_MUST_USE enum err keysops_rotate_log(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer);
/* Only who knows the passphrase may: the keystore is opened with it first, by
 * this process. It is not handed to the node, which can write the file anew. */
int keysops_rotate_log_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
