/*
 * cli.h - the command line: one invocation from argv to its exit status, and
 * what every command needs.
 *
 * Floor:   app
 * Threads: the program's first.
 */
#ifndef QSG_APP_CLI_H
#define QSG_APP_CLI_H

#include "app/ops.h"
#include "app/term.h"
#include "keys/password.h"

/* One invocation. */
struct cli {
	const char *home;          /* NULL: none given */
	const char *account;       /* NULL: whose Unix user it is */
	const char *password_file; /* of that account; NULL: ask */
	struct passphrase *password;
	bool json;
	bool help;
	bool version;
	struct term term;
};

/* What the words say. Borrows argv. */
struct cli_parsed {
	const struct ops_op *op;
	json_t *arguments; /* object; owned */
};

/* The whole program but for process set-up: returns the exit status. */
int cli_main(int argc, char **argv);

/* `qsg: ...` on standard error, from err_text; returns the exit status that
 * goes with the error. */
int cli_fail(const struct cli *cli, enum err err);
/* The home, or ERR_USAGE. */
ERR_MUST_USE enum err cli_home(const struct cli *cli, const char **home);
/* The passphrase of option --passphrase-file, the systemd credential, or typed
 * at the terminal (twice when it is new). */
ERR_MUST_USE enum err cli_passphrase(const struct cli *cli,
    const json_t *arguments, bool is_new, struct passphrase **out);
/* A client of the node that serves the home, asking as --account says. */
struct client;
ERR_MUST_USE enum err cli_client(
    const struct cli *cli, const char *home, struct client **out);
/* A new password for an account, of this file or typed twice: what is kept of
 * it. */
ERR_MUST_USE enum err cli_new_password(
    const struct cli *cli, const char *file, char out[PASSWORD_HASH_BYTES]);
/* Ask the node that serves the home; *out is NULL after an error. */
ERR_MUST_USE enum err cli_ask(const struct cli *cli, const char *operation,
    const json_t *arguments, json_t **out);
/* Show a result: JSON with --json, else rendered. Returns the exit status. */
int cli_show(
    const struct cli *cli, const struct ops_op *op, const json_t *result);

#endif
