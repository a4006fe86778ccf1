#define _POSIX_C_SOURCE 200809L

#include "app/cli.h"

#include "app/argv.h"
#include "app/client.h"
#include "app/commands.h"
#include "app/help.h"
#include "app/manual.h"
#include "base/fs.h"
#include "base/limits.h"
#include "service/accounts.h"
#include "view/json_out.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_fail(const struct cli *cli, enum err err)
{
	term_complain(&cli->term, err_text());
	return ops_exit_status(err);
}

enum err cli_home(const struct cli *cli, const char **home)
{
	*home = cli->home != NULL ? cli->home : getenv("QSG_HOME");
	if (*home == NULL || (*home)[0] == '\0') {
		return err_set(
		    ERR_USAGE, "which home? use --home DIR, or set QSG_HOME");
	}
	return ERR_OK;
}

/*
 * Passphrases.
 */

/* A pipe, as in --passphrase-file <(pass show qsg): nothing of it is left on a
 * disk. Room is made first, so that nothing is copied while it is read. */
static enum err read_pipe(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return err_errno("cannot open %s", path);
	}
	enum err err = buf_reserve(out, LIMIT_PASSPHRASE_BYTES + 3);
	if (err == ERR_OK) {
		err = fs_read_fd(fd, LIMIT_PASSPHRASE_BYTES + 2, out);
	}
	(void)close(fd);
	return err;
}

static enum err read_passphrase(const char *path, struct passphrase **out)
{
	struct buf text = { 0 };
	struct stat info;
	enum err err = stat(path, &info) == 0 && S_ISFIFO(info.st_mode)
	                   ? read_pipe(path, &text)
	                   : fs_read(path, LIMIT_PASSPHRASE_BYTES + 2, &text);
	if (err == ERR_OK) {
		/* Wipes what it is given. */
		err = keystore_passphrase(text.data, text.size, out);
	}
	buf_wipe(&text);
	return err == ERR_OK ? err : err_wrap(err, "passphrase file");
}

static void warn_if_open(const struct cli *cli, const char *path)
{
	struct stat info;
	if (stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
	    (info.st_mode & 077) != 0) {
		term_warn(&cli->term,
		    "others may read the passphrase file: chmod 600 would keep "
		    "them out");
	}
}

/* What systemd was given with LoadCredential=. */
static enum err credential(struct buf *path, bool *found)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	*found = false;
	if (dir == NULL || dir[0] == '\0') {
		return ERR_OK;
	}
	enum err err = fs_join(dir, "qsg.passphrase", path);
	*found = err == ERR_OK && fs_exists(buf_text(path));
	return err;
}

/* PROTOCOL.md M161: "A passphrase MUST NOT be taken from the command line or
 * from the environment." */
enum err cli_passphrase(const struct cli *cli, const json_t *arguments,
    bool is_new, struct passphrase **out)
{
	struct buf path = { 0 };
	bool found = false;
	const char *file =
	    json_string_value(json_object_get(arguments, "passphrase_file"));
	enum err err = ERR_OK;
	if (file != NULL) {
		warn_if_open(cli, file);
		return read_passphrase(file, out);
	}
	err = credential(&path, &found);
	if (err == ERR_OK && found) {
		err = read_passphrase(buf_text(&path), out);
	} else if (err == ERR_OK) {
		err = term_passphrase(&cli->term, is_new, out);
	}
	buf_clear(&path);
	return err;
}

/*
 * Accounts.
 */

/* PROTOCOL.md M462: "The password of an account MUST NOT be taken from the
 * command line or from the environment." */
static enum err take_password(struct cli *cli)
{
	if (cli->account == NULL) {
		return cli->password_file == NULL
		           ? ERR_OK
		           : err_set(ERR_USAGE,
				 "--password-file is of an account: name it "
				 "with --account");
	}
	if (!accounts_name_valid(cli->account)) {
		return err_set(
		    ERR_INPUT, "%.40s is no name of an account", cli->account);
	}
	if (cli->password_file == NULL && !cli->term.asks) {
		return err_set(ERR_STATE,
		    "no password: use --password-file, or a terminal");
	}
	if (cli->password_file == NULL) {
		return term_passphrase(&cli->term, false, &cli->password);
	}
	warn_if_open(cli, cli->password_file);
	return read_passphrase(cli->password_file, &cli->password);
}

enum err cli_client(
    const struct cli *cli, const char *home, struct client **out)
{
	enum err err = client_open(home, out);
	if (err == ERR_OK && cli->account != NULL) {
		err = client_as(
		    *out, cli->account, passphrase_span(cli->password));
	}
	return err;
}

enum err cli_ask(const struct cli *cli, const char *operation,
    const json_t *arguments, json_t **out)
{
	const char *home = NULL;
	struct client *client = NULL;
	*out = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = cli_client(cli, home, &client);
	}
	if (err == ERR_OK) {
		err = client_ask_json(client, operation, arguments, out);
	}
	client_close(client);
	return err;
}

enum err cli_new_password(
    const struct cli *cli, const char *file, char out[PASSWORD_HASH_BYTES])
{
	struct passphrase *password = NULL;
	enum err err = ERR_OK;
	if (file != NULL) {
		warn_if_open(cli, file);
		err = read_passphrase(file, &password);
	} else {
		err = term_passphrase(&cli->term, true, &password);
	}
	if (err == ERR_OK) {
		err = password_hash(password, KEYSTORE_MODERATE, out);
	}
	passphrase_free(password);
	return err;
}

/*
 * Showing.
 */

int cli_show(
    const struct cli *cli, const struct ops_op *op, const json_t *result)
{
	struct paper paper = term_paper(&cli->term, false);
	enum err err = ERR_OK;
	if (cli->json) {
		err = json_out_dump(result, &paper.out);
		paper_put(&paper, "\n");
	} else if (json_is_array(result) && json_array_size(result) == 0 &&
		   op->when_empty != NULL) {
		term_complain(&cli->term, op->when_empty);
	} else if (op->render != NULL) {
		op->render(&paper, result);
	}
	if (err == ERR_OK) {
		err = term_print(&paper, false);
	} else {
		buf_wipe(&paper.out);
	}
	return err == ERR_OK ? 0 : cli_fail(cli, err);
}

static int show_help(
    const struct cli *cli, const struct ops_op *op, const char *group)
{
	struct paper paper = term_paper(&cli->term, false);
	if (op != NULL) {
		help_command(&paper, op);
	} else if (group != NULL) {
		help_group(&paper, group);
	} else {
		help_overview(&paper);
	}
	enum err err = term_print(&paper, false);
	return err == ERR_OK ? 0 : cli_fail(cli, err);
}

/* `qsg help [COMMAND]`, `qsg help --man`, `qsg help --bash`. */
static int help_words(struct cli *cli, int argc, char **argv)
{
	struct paper paper = term_paper(&cli->term, false);
	size_t used = 0;
	if (argc == 1 &&
	    (strcmp(argv[0], "--man") == 0 || strcmp(argv[0], "--bash") == 0)) {
		if (strcmp(argv[0], "--man") == 0) {
			manual_page(&paper);
		} else {
			manual_completion(&paper);
		}
		enum err err = term_print(&paper, false);
		return err == ERR_OK ? 0 : cli_fail(cli, err);
	}
	if (argc == 0 || argv[0][0] == '-') {
		return show_help(cli, NULL, NULL);
	}
	const struct ops_op *op = ops_find_words(argv, (size_t)argc, &used);
	if (op != NULL || ops_is_group(argv[0])) {
		return show_help(cli, op, argv[0]);
	}
	return cli_fail(cli, argv_unknown(argv, (size_t)argc));
}

static const char *group_word(int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (ops_is_group(argv[i])) {
			return argv[i];
		}
	}
	return NULL;
}

static int act(struct cli *cli, const struct cli_parsed *parsed)
{
	enum err err = take_password(cli);
	if (err != ERR_OK) {
		return cli_fail(cli, err);
	}
	return parsed->op->run != NULL
	           ? parsed->op->run(cli, parsed->op, parsed->arguments)
	           : commands_ask(cli, parsed->op, parsed->arguments);
}

int cli_main(int argc, char **argv)
{
	struct cli cli = { 0 };
	struct cli_parsed parsed = { 0 };
	int status = 0;
	term_init(&cli.term);
	if (argc >= 2 && strcmp(argv[1], "help") == 0) {
		return help_words(&cli, argc - 2, argv + 2);
	}
	enum err err = argv_parse(&cli, argc - 1, argv + 1, &parsed);
	if (err != ERR_OK) {
		status = cli_fail(&cli, err);
	} else if (cli.version) {
		struct paper paper = term_paper(&cli.term, false);
		paper_printf(&paper, "qsg %s\n", QSG_VERSION);
		err = term_print(&paper, false);
		status = err == ERR_OK ? 0 : cli_fail(&cli, err);
	} else if (cli.help) {
		status =
		    show_help(&cli, parsed.op, group_word(argc - 1, argv + 1));
	} else {
		status = act(&cli, &parsed);
	}
	json_decref(parsed.arguments);
	passphrase_free(cli.password);
	return status;
}
