#include "app/granting_ops.h"

#include "app/cli.h"
#include "app/confirming.h"
#include "view/json_out.h"
#include "view/report.h"

#include <stdio.h>
#include <string.h>

enum { WHY_BYTES = 512 };

/* Put what one page says to what those before it said. */
static void add_page(json_t *all, const json_t *page)
{
	static const char *const sums[] = { "granted", "read" };
	static const char *const last[] = { "group_name", "next", "started",
		"summary", "dry_run" };
	json_t *left = json_object_get(all, "left");
	if (left == NULL) {
		left = json_array();
		json_out_set(all, "left", left);
		json_out_set(all, "grants", json_array());
	}
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		json_out_number(all, sums[i],
		    (uint64_t)(paper_number(all, sums[i]) +
			       paper_number(page, sums[i])));
	}
	for (size_t i = 0; i < sizeof(last) / sizeof(last[0]); i++) {
		json_out_set(
		    all, last[i], json_incref(json_object_get(page, last[i])));
	}
	(void)json_array_extend(left, json_object_get(page, "left"));
}

/* All pages. What was granted before an error stays so, and is said. */
static enum err go_through(struct cli *cli, struct client *client,
    const struct ops_op *op, json_t *arguments, uint64_t total, json_t **out)
{
	json_t *all = json_object();
	enum err err = ERR_OK;
	do {
		json_t *page = NULL;
		err = client_ask_json(client, op->name, arguments, &page);
		if (err == ERR_OK) {
			add_page(all, page);
			json_out_set(arguments, "place",
			    json_incref(json_object_get(all, "next")));
			json_out_set(arguments, "started",
			    json_incref(json_object_get(all, "started")));
			if (total > 0 && !cli->json) {
				term_progress(&cli->term, "granting",
				    (uint64_t)paper_number(all, "granted"),
				    total);
			}
		}
		json_decref(page);
	} while (err == ERR_OK && paper_number(all, "next") != 0);
	(void)json_object_del(arguments, "place");
	(void)json_object_del(arguments, "started");
	*out = all;
	return err;
}

static enum err confirm(
    struct cli *cli, const json_t *found, const char *whom, bool yes)
{
	char question[200];
	/* What is read already, or left, was shown. */
	if (yes || paper_number(found, "granted") == 0) {
		return ERR_OK;
	}
	if (!cli->term.asks) {
		return err_set(ERR_DENIED,
		    "%lld records would be granted: look at them with "
		    "--dry-run, and confirm with --yes",
		    (long long)paper_number(found, "granted"));
	}
	(void)snprintf(question, sizeof(question),
	    "Grant these %lld records to %.80s?",
	    (long long)paper_number(found, "granted"), whom);
	enum err err = term_confirm(&cli->term, question, &yes);
	return err == ERR_OK && !yes ? err_set(ERR_DENIED, "nothing granted")
	                             : err;
}

static enum err show_found(
    struct cli *cli, const struct ops_op *op, const json_t *found)
{
	struct paper paper = term_paper(&cli->term, true);
	op->render(&paper, found);
	return term_print(&paper, true);
}

/* Looked at first, so that one knows what is confirmed. */
static enum err run_group(struct cli *cli, struct client *client,
    const struct ops_op *op, json_t *arguments, json_t **out)
{
	bool dry_run = json_is_true(json_object_get(arguments, "dry_run"));
	bool yes = json_is_true(json_object_get(arguments, "yes"));
	const char *whom = json_string_value(
	    json_array_get(json_object_get(arguments, "to"), 0));
	json_t *found = NULL;
	json_out_bool(arguments, "dry_run", true);
	enum err err = go_through(cli, client, op, arguments, 0, &found);
	if (err != ERR_OK || dry_run) {
		*out = found;
		return err;
	}
	if (!yes) {
		err = show_found(cli, op, found);
	}
	if (err == ERR_OK) {
		err = confirm(cli, found, whom == NULL ? "" : whom, yes);
	}
	if (err == ERR_OK) {
		json_out_bool(arguments, "dry_run", false);
		json_out_bool(arguments, "yes", true);
		err = go_through(cli, client, op, arguments,
		    (uint64_t)paper_number(found, "granted"), out);
	}
	json_decref(found);
	return err;
}

static enum err run(
    struct cli *cli, const struct ops_op *op, json_t *arguments, json_t **out)
{
	const char *home = NULL;
	struct client *client = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = client_open(home, &client);
	}
	if (err == ERR_OK) {
		err = json_object_get(arguments, "group") != NULL
		          ? run_group(cli, client, op, arguments, out)
		          : confirming_ask(cli, client, op->name, !cli->json,
				arguments, out);
	}
	client_close(client);
	return err;
}

/* The last lines: the ids of the grants, or the numbers under which they wait.
 */
static enum err say_ids(const struct cli *cli, const json_t *result)
{
	size_t at = 0;
	const json_t *each = NULL;
	struct paper paper = term_paper(&cli->term, false);
	json_array_foreach(json_object_get(result, "grants"), at, each)
	{
		const char *grant = paper_member(each, "grant");
		if (grant[0] != '\0') {
			paper_text(&paper, grant);
		} else if (paper_number(each, "draft") != 0) {
			paper_printf(&paper, "draft %lld",
			    (long long)paper_number(each, "draft"));
		} else if (paper_number(each, "release") != 0) {
			paper_printf(&paper, "release %lld",
			    (long long)paper_number(each, "release"));
		} else {
			continue;
		}
		paper_put(&paper, "\n");
	}
	return term_print(&paper, false);
}

int granting_ops_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *result = NULL;
	char why[WHY_BYTES];
	enum err err = run(cli, op, arguments, &result);
	if (err != ERR_OK) {
		(void)snprintf(why, sizeof(why), "%s", err_text());
		if (paper_number(result, "granted") > 0 &&
		    !json_is_true(json_object_get(result, "dry_run"))) {
			(void)!show_found(cli, op, result);
		}
		struct paper paper = term_paper(&cli->term, true);
		report_findings(&paper, json_object_get(result, "findings"));
		(void)!term_print(&paper, true);
		json_decref(result);
		return cli_fail(cli, err_set(err, "%s", why));
	}
	int status = cli_show(cli, op, result);
	if (status == 0 && !cli->json) {
		err = say_ids(cli, result);
		status = err == ERR_OK ? 0 : cli_fail(cli, err);
	}
	json_decref(result);
	return status;
}
