/*
 * commands.h - what commands do on the command line beyond asking the node and
 * printing its answer.
 *
 * Floor:   app
 * Threads: the program's first.
 */
#ifndef QSG_APP_COMMANDS_H
#define QSG_APP_COMMANDS_H

#include "app/cli.h"

/* Each returns the exit status. Arguments have passed ops_check. */
int commands_init(struct cli *cli, const struct ops_op *op, json_t *arguments);
int commands_serve(struct cli *cli, const struct ops_op *op, json_t *arguments);
int commands_card(struct cli *cli, const struct ops_op *op, json_t *arguments);
int commands_peer_add(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
int commands_share(struct cli *cli, const struct ops_op *op, json_t *arguments);
int commands_verify(
    struct cli *cli, const struct ops_op *op, json_t *arguments);
/* Show whose card it is and let a person compare its fingerprint. ERR_DENIED
 * when they do not agree, or nobody can be asked. */
ERR_MUST_USE enum err commands_compare(
    const struct cli *cli, const struct card *card);
/* In place of `file` the text in it, or in standard input where that is "-";
 * what: "the rules". ERR_LIMIT, ERR_INPUT, those of fs_read. */
ERR_MUST_USE enum err commands_read_rules(const char *what, json_t *arguments);
/* Ask the node and show its answer: what every other command does. */
int commands_ask(struct cli *cli, const struct ops_op *op, json_t *arguments);

#endif
