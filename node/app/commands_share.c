#define _POSIX_C_SOURCE 200809L

#include "app/commands.h"

#include "app/confirming.h"
#include "base/fs.h"
#include "base/limits.h"
#include "codec/utf8.h"
#include "view/json_out.h"
#include "view/report.h"

#include <string.h>
#include <unistd.h>

static enum err text_from_input(json_t *arguments)
{
	struct buf text = { 0 };
	const char *given = ops_text(arguments, "text");
	if (given == NULL || strcmp(given, "-") != 0) {
		return ERR_OK;
	}
	enum err err = fs_read_fd(STDIN_FILENO, LIMIT_TEXT_BYTES + 1, &text);
	if (err == ERR_LIMIT) {
		err = err_set(
		    err, "the text has more than %u bytes", LIMIT_TEXT_BYTES);
	}
	while (text.size > 0 && text.data[text.size - 1] == '\n') {
		text.size--;
	}
	if (err == ERR_OK && !utf8_valid(buf_span(&text))) {
		err = err_set(ERR_INPUT, "the text is not UTF-8");
	}
	if (err == ERR_OK) {
		json_out_text(arguments, "text", buf_text(&text));
	}
	buf_wipe(&text);
	return err;
}

static void warnings(const struct cli *cli, const json_t *result)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *list = json_object_get(result, "warnings");
	json_array_foreach(list, at, each)
	{
		term_warn(&cli->term, json_string_value(each));
	}
}

/* What the guard found, before the line that says it stopped the share. */
static void refused(const struct cli *cli, const json_t *result)
{
	struct paper paper = term_paper(&cli->term, true);
	report_findings(&paper, json_object_get(result, "findings"));
	(void)!term_print(&paper, true);
}

static enum err ask(
    struct cli *cli, const struct ops_op *op, json_t *arguments, json_t **out)
{
	const char *home = NULL;
	struct client *client = NULL;
	*out = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = cli_client(cli, home, &client);
	}
	if (err == ERR_OK) {
		err = confirming_ask(
		    cli, client, op->name, !cli->json, arguments, out);
	}
	client_close(client);
	return err;
}

/* The last line: the record's id, or the number under which it waits. */
static enum err say_number(const struct cli *cli, const json_t *result)
{
	const char *record = ops_text(result, "record");
	long long draft = json_integer_value(json_object_get(result, "draft"));
	long long release =
	    json_integer_value(json_object_get(result, "release"));
	struct paper paper = term_paper(&cli->term, false);
	if (record != NULL) {
		paper_text(&paper, record);
	} else if (draft != 0) {
		paper_printf(&paper, "draft %lld", draft);
	} else if (release != 0) {
		paper_printf(&paper, "release %lld", release);
	} else {
		return ERR_OK;
	}
	paper_put(&paper, "\n");
	return term_print(&paper, false);
}

int commands_share(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *result = NULL;
	enum err err = text_from_input(arguments);
	if (err == ERR_OK) {
		err = ask(cli, op, arguments, &result);
	}
	if (err != ERR_OK) {
		char why[512];
		strncpy(why, err_text(), sizeof(why) - 1);
		why[sizeof(why) - 1] = '\0';
		refused(cli, result);
		json_decref(result);
		return cli_fail(cli, err_set(err, "%s", why));
	}
	warnings(cli, result);
	int status = cli_show(cli, op, result);
	if (json_is_integer(json_object_get(result, "draft"))) {
		term_warn(&cli->term,
		    "kept as a draft: it is sealed and sent once the node may "
		    "sign (see `qsg status`)");
	}
	if (status == 0 && !cli->json) {
		err = say_number(cli, result);
		status = err == ERR_OK ? 0 : cli_fail(cli, err);
	}
	json_decref(result);
	return status;
}
