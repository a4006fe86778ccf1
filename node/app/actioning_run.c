#include "app/actioning.h"

#include "app/cli.h"
#include "app/commands.h"
#include "app/saving.h"
#include "base/fs.h"
#include "base/limits.h"
#include "codec/utf8.h"
#include "view/json_out.h"

#include <string.h>
#include <unistd.h>

static enum err read_plan(json_t *arguments)
{
	json_t *file = json_incref(json_object_get(arguments, "file"));
	const char *path = json_string_value(file);
	struct buf text = { 0 };
	(void)json_object_del(arguments, "file");
	enum err err =
	    strcmp(path, "-") == 0
		? fs_read_fd(STDIN_FILENO, LIMIT_WORKPLAN_BYTES, &text)
		: fs_read(path, LIMIT_WORKPLAN_BYTES, &text);
	if (err == ERR_OK && (!utf8_valid(buf_span(&text)) ||
				 (text.size > 0 && memchr(text.data, '\0',
						       text.size) != NULL))) {
		err = err_set(ERR_INPUT, "not UTF-8 text");
	}
	if (err != ERR_OK) {
		err = err_wrap(err, "%s", path);
	} else {
		json_out_text(arguments, "csv", buf_text(&text));
	}
	json_decref(file);
	buf_wipe(&text);
	return err;
}

int actioning_run_import(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	enum err err = read_plan(arguments);
	return err == ERR_OK ? commands_share(cli, op, arguments)
	                     : cli_fail(cli, err);
}

/* Byte for byte as it is. Somebody else's words never go to a terminal so. */
static enum err give(const struct cli *cli, const char *path, json_t *answer)
{
	struct paper paper = term_paper(&cli->term, false);
	struct span csv =
	    span_text(json_string_value(json_object_get(answer, "csv")));
	if (strcmp(path, "-") != 0) {
		return saving_write(path, csv);
	}
	enum err err = buf_append(&paper.out, csv);
	return err == ERR_OK ? term_print(&paper, false) : err;
}

static enum err check_out(const struct cli *cli, const char *path)
{
	return strcmp(path, "-") == 0 && !cli->json && isatty(STDOUT_FILENO)
	           ? err_set(ERR_USAGE,
			 "a workplan is not shown on a terminal: give --out a "
			 "file, or see `qsg action list --plan`")
	           : ERR_OK;
}

int actioning_run_export(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *answer = NULL;
	json_t *out = json_incref(json_object_get(arguments, "out"));
	const char *path = json_string_value(out);
	bool to_file = strcmp(path, "-") != 0;
	int status = 0;
	(void)json_object_del(arguments, "out");
	enum err err = check_out(cli, path);
	if (err == ERR_OK) {
		err = cli_ask(cli, op->name, arguments, &answer);
	}
	if (err == ERR_OK && (to_file || !cli->json)) {
		err = give(cli, path, answer);
	}
	if (err == ERR_OK && to_file) {
		(void)json_object_del(answer, "csv");
		json_out_text(answer, "file", path);
	}
	if (err != ERR_OK) {
		status = cli_fail(cli, err);
	} else if (to_file || cli->json) {
		status = cli_show(cli, op, answer);
	}
	json_decref(out);
	json_decref(answer);
	return status;
}
