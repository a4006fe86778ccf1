#include "app/summit_report.h"

#include "app/saving.h"
#include "service/summits.h"
#include "view/json_out.h"
#include "view/summit_report.h"
#include "view/summit_report_out.h"

#include <string.h>

enum err summit_report_handle(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct summits_look look = { 0 };
	struct id32 summit;
	enum err err =
	    summits_find(core->node, ops_text(arguments, "id"), &summit);
	if (err == ERR_OK) {
		err = summits_look(core->node, &summit, &look);
	}
	if (err == ERR_OK) {
		err = summit_report_json(core->node, &look, &answer->json);
	}
	summits_clear(&look);
	return err;
}

/*
 * The page.
 */

static bool is_page(const char *path)
{
	size_t size = strlen(path);
	return size > 5 && strcmp(path + size - 5, ".html") == 0;
}

static enum err write_page(json_t *report, const char *path)
{
	struct buf page = { 0 };
	enum err err = summit_report_html(report, &page);
	if (err == ERR_OK) {
		err = saving_write(path, buf_span(&page));
	}
	if (err == ERR_OK) {
		json_out_text(report, "file", path);
	}
	buf_wipe(&page);
	return err;
}

int summit_report_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *report = NULL;
	json_t *file = json_incref(json_object_get(arguments, "out"));
	const char *path = json_string_value(file);
	enum err err = ERR_OK;
	(void)json_object_del(arguments, "out");
	if (path != NULL && !is_page(path)) {
		err = err_set(
		    ERR_USAGE, "--out is a file that ends in .html, to print");
	}
	if (err == ERR_OK) {
		err = cli_ask(cli, op->name, arguments, &report);
	}
	if (err == ERR_OK && path != NULL) {
		err = write_page(report, path);
	}
	int status =
	    err == ERR_OK ? cli_show(cli, op, report) : cli_fail(cli, err);
	json_decref(report);
	json_decref(file);
	return status;
}
