/*
 * argv.h - words and options to an operation and its arguments.
 *
 * Floor:   app
 * Threads: the program's first.
 */
#ifndef QSG_APP_ARGV_H
#define QSG_APP_ARGV_H

#include "app/cli.h"

/* Read argv (without the program's name). Words that are no command, unknown
 * options, missing values: ERR_USAGE with a message that says what would do.
 * With help or version asked for, op may be NULL. The caller owns
 * out->arguments, also after an error. */
ERR_MUST_USE enum err argv_parse(
    struct cli *cli, int argc, char **argv, struct cli_parsed *out);

/* ERR_USAGE for words that are no command, naming the nearest that is. */
ERR_MUST_USE enum err argv_unknown(char *const *plain, size_t count);

#endif
