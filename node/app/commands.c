#define _POSIX_C_SOURCE 200809L

#include "app/commands.h"

#include "app/serve.h"
#include "base/fs.h"
#include "base/limits.h"
#include "codec/text.h"
#include "codec/utf8.h"
#include "domain/org.h"
#include "service/accounts.h"
#include "view/json_out.h"
#include "view/org_json.h"
#include "view/report.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A file, or standard input for -. */
static enum err read_text(const char *path, size_t most, struct buf *out)
{
	if (strcmp(path, "-") == 0) {
		return fs_read_fd(STDIN_FILENO, most, out);
	}
	return fs_read(path, most, out);
}

int commands_ask(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *result = NULL;
	enum err err = cli_ask(cli, op->name, arguments, &result);
	int status =
	    err == ERR_OK ? cli_show(cli, op, result) : cli_fail(cli, err);
	json_decref(result);
	return status;
}

/*
 * init and serve.
 */

/* What the lower floors can't know: the kinds there are. */
static enum err check_profile(const struct node_profile *profile)
{
	struct buf list = { 0 };
	if (profile->endpoint != NULL &&
	    !card_endpoint_advertisable(span_text(profile->endpoint))) {
		return err_set(ERR_INPUT,
		    "the endpoint must be tcp://HOST:PORT where others can "
		    "reach this node, not %s",
		    profile->endpoint);
	}
	if (!org_name_valid(span_text(profile->name))) {
		return err_set(ERR_INPUT,
		    "the name must be 1 to %u bytes on one line, without "
		    "invisible characters",
		    LIMIT_NAME_BYTES);
	}
	if (!org_code_valid(span_text(profile->code))) {
		return err_set(ERR_INPUT, "the code must be an ODS code of 3 "
					  "to 8 of A-Z and 0-9, or local:...");
	}
	if (org_kind_valid(span_text(profile->kind))) {
		return ERR_OK;
	}
	enum err err = ERR_OK;
	for (size_t i = 0; i < org_kind_count() && err == ERR_OK; i++) {
		err = buf_printf(
		    &list, "%s%s", i == 0 ? "" : ", ", org_kind_at(i)->token);
	}
	if (err == ERR_OK) {
		err = err_set(
		    ERR_INPUT, "the kind must be one of %s", buf_text(&list));
	}
	buf_clear(&list);
	return err;
}

/* On standard error: nothing is asked for on the other but with --json. */
static int say_made(const struct cli *cli, const struct ops_op *op,
    const char *home, const struct node_profile *profile)
{
	json_t *made = json_object();
	json_out_text(made, "home", home);
	json_out_text(made, "name", profile->name);
	int status = cli->json ? cli_show(cli, op, made) : 0;
	json_decref(made);
	if (cli->json) {
		return status;
	}
	struct paper paper = term_paper(&cli->term, true);
	paper_put(&paper, "made ");
	paper_text(&paper, home);
	paper_put(&paper, " for ");
	paper_text(&paper, profile->name);
	paper_put(&paper, "\n");
	enum err err = term_print(&paper, true);
	return err == ERR_OK ? 0 : cli_fail(cli, err);
}

/* The first account: of whoever makes the home, under the name that the machine
 * has for them where that can be one. */
static void name_first(struct node_profile *profile, char *name, size_t size)
{
	const struct passwd *entry = getpwuid(geteuid());
	bool fits = entry != NULL && accounts_name_valid(entry->pw_name);
	(void)snprintf(
	    name, size, "%s", fits ? entry->pw_name : "administrator");
	profile->account = name;
	profile->user = geteuid();
}

int commands_init(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	char account[LIMIT_ACCOUNT_NAME + 1];
	struct node_profile profile = {
		.name = ops_text(arguments, "name"),
		.code = ops_text(arguments, "code"),
		.kind = ops_text(arguments, "kind"),
		.endpoint = ops_text(arguments, "endpoint"),
	};
	const char *home = NULL;
	struct passphrase *passphrase = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK && fs_exists(home)) {
		err = err_set(ERR_EXISTS, "%s is there already", home);
	}
	if (err == ERR_OK) {
		err = check_profile(&profile);
	}
	if (err == ERR_OK) {
		err = cli_passphrase(cli, arguments, true, &passphrase);
	}
	name_first(&profile, account, sizeof(account));
	if (err == ERR_OK) {
		enum keystore_cost cost = ops_flag(arguments, "cheap_keystore")
		                              ? KEYSTORE_CHEAP
		                              : KEYSTORE_MODERATE;
		err = node_create(home, &profile, passphrase, cost,
		    clock_system(), rng_system());
	}
	passphrase_free(passphrase);
	if (err != ERR_OK) {
		return cli_fail(cli, err);
	}
	return say_made(cli, op, home, &profile);
}

struct told {
	struct cli *cli;
	const json_t *arguments;
};

static enum err give_passphrase(void *context, struct passphrase **out)
{
	const struct told *told = context;
	return cli_passphrase(told->cli, told->arguments, false, out);
}

/* One line on standard output, that scripts may wait for. */
static void say_ready(void *context, const char *line)
{
	const struct told *told = context;
	struct paper paper = term_paper(&told->cli->term, false);
	if (told->cli->json) {
		json_t *ready = json_object();
		json_out_text(ready, "ready", line);
		/* Out of memory leaves an empty line, which is no JSON. */
		(void)!json_out_dump(ready, &paper.out);
		json_decref(ready);
	} else {
		paper_text(&paper, line);
	}
	paper_put(&paper, "\n");
	/* Serving goes on without anybody listening. */
	(void)!term_print(&paper, false);
}

static void say_warning(void *context, const char *line)
{
	const struct told *told = context;
	term_warn(&told->cli->term, line);
}

static void say_progress(
    void *context, const char *what, uint64_t done, uint64_t total)
{
	const struct told *told = context;
	term_progress(&told->cli->term, what, done, total);
}

static struct serve_options options_for(
    struct told *told, const char *home, const struct config *config)
{
	return (struct serve_options){ .home = home,
		.config = config,
		.passphrase = give_passphrase,
		.ready = say_ready,
		.warn = say_warning,
		.progress = say_progress,
		.context = told };
}

int commands_serve(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	const char *home = NULL;
	struct config config = { .level = LOG_WARN };
	struct told told = { cli, arguments };
	(void)op;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = config_read(home, arguments, &config);
	}
	if (err == ERR_OK) {
		struct serve_options options =
		    options_for(&told, home, &config);
		err = serve_run(&options);
	}
	config_clear(&config);
	return err == ERR_OK ? 0 : cli_fail(cli, err);
}

/*
 * card.
 */

/* The armour of a card that is not served now: the home keeps it in a file. */
static enum err stored_card(const char *home, json_t **out)
{
	struct buf path = { 0 };
	struct buf text = { 0 };
	struct card card = { 0 };
	enum err err = fs_join(home, "card.pub", &path);
	if (err == ERR_OK) {
		err = fs_read(
		    buf_text(&path), (size_t)LIMIT_CARD_BYTES * 2, &text);
		err = err == ERR_NOTFOUND
		          ? err_set(ERR_NOTFOUND, "%s is no home of qsg", home)
		          : err;
	}
	if (err == ERR_OK) {
		err = card_read(buf_span(&text), &card);
	}
	if (err == ERR_OK) {
		*out = org_json_card(&card);
		json_out_text(*out, "armour", buf_text(&text));
		card_clear(&card);
	}
	buf_clear(&path);
	buf_clear(&text);
	return err;
}

int commands_card(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	const char *home = NULL;
	json_t *card = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = cli_ask(cli, op->name, arguments, &card);
	}
	if (err == ERR_NET || err == ERR_NOTFOUND) {
		json_decref(card);
		card = NULL;
		err = stored_card(home, &card);
	}
	if (err == ERR_OK && !cli->json) {
		struct paper paper = term_paper(&cli->term, false);
		/* Its comment lines hold the name, and base64 needs none. */
		paper_block(&paper, ops_text(card, "armour"), 0);
		err = term_print(&paper, false);
	} else if (err == ERR_OK) {
		(void)json_object_del(card, "armour");
		int status = cli_show(cli, op, card);
		json_decref(card);
		return status;
	}
	json_decref(card);
	return err == ERR_OK ? 0 : cli_fail(cli, err);
}

/*
 * peer add.
 */

/* Show whose card it is and let a person compare. */
enum err commands_compare(const struct cli *cli, const struct card *card)
{
	struct fingerprint fingerprint = text_fingerprint(&card->organisation);
	struct paper paper = term_paper(&cli->term, true);
	bool yes = false;
	paper_put(&paper, "card of ");
	paper_text(&paper, card->fields->name);
	paper_put(&paper, " (");
	paper_text(&paper, card->fields->code);
	paper_put(&paper, "), ");
	paper_text(&paper, card->fields->kind);
	paper_printf(&paper, "\nfingerprint %s\n", fingerprint.text);
	enum err err = term_print(&paper, true);
	if (err != ERR_OK) {
		return err;
	}
	if (!cli->term.asks) {
		return err_set(ERR_DENIED,
		    "compare the fingerprint with what they read to you, then "
		    "give it with --fingerprint");
	}
	err = term_confirm(
	    &cli->term, "Is this what they read to you, all of it?", &yes);
	return err == ERR_OK && !yes ? err_set(ERR_DENIED, "not added") : err;
}

static enum err read_card(const char *path, struct card *out)
{
	struct buf text = { 0 };
	enum err err = read_text(path, (size_t)4 * LIMIT_CARD_BYTES, &text);
	if (err == ERR_OK) {
		err = card_read(buf_span(&text), out);
		if (err != ERR_OK) {
			bool input = strcmp(path, "-") == 0;
			err = err_wrap(err, "%s holds no valid card",
			    input ? "standard input" : path);
		}
	}
	buf_clear(&text);
	return err;
}

int commands_peer_add(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	struct card card = { 0 };
	struct buf armour = { 0 };
	json_t *result = NULL;
	int status = 0;
	enum err err = read_card(ops_text(arguments, "file"), &card);
	if (err == ERR_OK && ops_text(arguments, "fingerprint") == NULL) {
		err = commands_compare(cli, &card);
		json_out_text(arguments, "fingerprint",
		    text_fingerprint(&card.organisation).text);
	}
	if (err == ERR_OK) {
		err = card_armour(&card, &armour);
	}
	if (err == ERR_OK) {
		(void)json_object_del(arguments, "file");
		json_out_text(arguments, "card", buf_text(&armour));
		err = cli_ask(cli, op->name, arguments, &result);
	}
	status = err == ERR_OK ? cli_show(cli, op, result) : cli_fail(cli, err);
	json_decref(result);
	card_clear(&card);
	buf_clear(&armour);
	return status;
}

/*
 * verify.
 */

static enum err verify_here(
    struct cli *cli, const char *home, json_t *arguments, json_t **out)
{
	struct config config = { .level = LOG_WARN };
	struct told told = { cli, arguments };
	struct serve_options options = options_for(&told, home, &config);
	struct serve_home open = { .lock = -1 };
	struct verify_report report = { 0 };
	enum err err = serve_open_home(&options, &open);
	if (err != ERR_OK) {
		return err;
	}
	err = verify_node(open.node, &report);
	if (err == ERR_OK) {
		*out = status_json_verify(&report);
	}
	serve_close_home(&open);
	return err;
}

int commands_verify(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	const char *home = NULL;
	json_t *result = NULL;
	json_t *none = json_object();
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = cli_ask(cli, op->name, none, &result);
	}
	if (err == ERR_NET) {
		json_decref(result);
		result = NULL;
		err = verify_here(cli, home, arguments, &result);
	}
	int status =
	    err == ERR_OK ? cli_show(cli, op, result) : cli_fail(cli, err);
	if (status == 0 &&
	    json_integer_value(json_object_get(result, "faults")) > 0) {
		status = 1;
	}
	json_decref(none);
	json_decref(result);
	return status;
}

enum err commands_read_rules(const char *what, json_t *arguments)
{
	const char *path = ops_text(arguments, "file");
	struct buf text = { 0 };
	enum err err = strcmp(path, "-") == 0
	                   ? fs_read_fd(STDIN_FILENO, LIMIT_TEXT_BYTES, &text)
	                   : fs_read(path, LIMIT_TEXT_BYTES, &text);
	if (err == ERR_LIMIT) {
		err = err_set(err, "%s: %s may be %u bytes", path, what,
		    LIMIT_TEXT_BYTES);
	}
	if (err == ERR_OK && !utf8_valid(buf_span(&text))) {
		err =
		    err_set(ERR_INPUT, "%s: %s must be UTF-8 text", path, what);
	}
	if (err == ERR_OK) {
		json_out_text(arguments, "text", buf_text(&text));
		(void)json_object_del(arguments, "file");
	}
	buf_clear(&text);
	return err;
}
