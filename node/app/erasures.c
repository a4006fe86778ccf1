#include "app/erasures.h"

#include "app/client.h"
#include "app/commands.h"
#include "service/erasing.h"
#include "service/retaining.h"
#include "view/erasure_json.h"
#include "view/json_out.h"
#include "view/retention_json.h"

/*
 * Erasing.
 */

enum err erasures_erase(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct erasing_result result;
	bool yes = ops_flag(arguments, "yes");
	bool dry_run = ops_flag(arguments, "dry_run");
	struct erasing_request request = { .record = ops_text(arguments, "id"),
		.reason = ops_text(arguments, "reason"),
		.role = ops_text(arguments, "role"),
		.person = ops_text(arguments, "person"),
		.all_versions = ops_flag(arguments, "all_versions"),
		.despite_request = ops_flag(arguments, "despite_request"),
		.dry_run = dry_run || !yes };
	enum err err = erasing_erase(core->node, &request, &result);
	if (err == ERR_OK) {
		answer->json = erasure_json_result(core->node, &result,
		    !yes && !dry_run &&
			(request.despite_request ||
			    !foi_concerns(&result.concern)));
	}
	if (err == ERR_OK && !yes && !dry_run) {
		err = erasing_check_asked(core->node, &request, &result);
	}
	erasing_clear(&result);
	if (err == ERR_OK && !yes && !dry_run) {
		err = err_set(ERR_DENIED,
		    "nothing is erased before it is confirmed: use --yes");
	}
	return err;
}

static enum err confirm(const struct cli *cli, const struct ops_op *op,
    const json_t *asked, json_t *arguments)
{
	struct paper paper = term_paper(&cli->term, true);
	bool yes = false;
	op->render(&paper, asked);
	enum err err = term_print(&paper, true);
	if (err == ERR_OK) {
		err = term_confirm(
		    &cli->term, "Erase? This cannot be undone.", &yes);
	}
	if (err == ERR_OK && !yes) {
		err = err_set(ERR_DENIED, "nothing erased");
	}
	if (err == ERR_OK) {
		json_out_bool(arguments, "yes", true);
	}
	return err;
}

static enum err ask(
    struct cli *cli, const struct ops_op *op, json_t *arguments, json_t **out)
{
	const char *home = NULL;
	struct client *client = NULL;
	*out = NULL;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = client_open(home, &client);
	}
	if (err == ERR_OK) {
		err = client_ask_json(client, op->name, arguments, out);
	}
	if (err == ERR_DENIED && cli->term.asks &&
	    json_array_size(json_object_get(*out, "asks")) > 0) {
		err = confirm(cli, op, *out, arguments);
		json_decref(*out);
		*out = NULL;
		if (err == ERR_OK) {
			err = client_ask_json(client, op->name, arguments, out);
		}
		if (!cli->json) {
			/* They were read before the yes. */
			(void)json_object_del(*out, "limits");
		}
	}
	client_close(client);
	return err;
}

int erasures_run(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	json_t *result = NULL;
	enum err err = ask(cli, op, arguments, &result);
	int status =
	    err == ERR_OK ? cli_show(cli, op, result) : cli_fail(cli, err);
	json_decref(result);
	return status;
}

/*
 * Holds.
 */

enum err erasures_hold(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct erasing_named named;
	enum err err = erasing_set_hold(core->node, ops_text(arguments, "id"),
	    ops_text(arguments, "reason"), ops_text(arguments, "until"),
	    &named);
	return err == ERR_OK
	           ? erasure_json_hold(core->node, &named, &answer->json)
	           : err;
}

enum err erasures_release(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct erasing_named named;
	enum err err =
	    erasing_release_hold(core->node, ops_text(arguments, "id"), &named);
	return err == ERR_OK
	           ? erasure_json_hold(core->node, &named, &answer->json)
	           : err;
}

enum err erasures_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	return erasure_json_list(core->node, &answer->json);
}

/*
 * Retention.
 */

enum err erasures_retention_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct retaining retaining;
	enum err err = retaining_load(core->node, &retaining);
	(void)arguments;
	if (err == ERR_OK) {
		answer->json = retention_json_show(&retaining);
	}
	retaining_clear(&retaining);
	return err;
}

enum err erasures_retention_set(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct retaining retaining;
	enum err err = retaining_set(
	    core->node, span_text(ops_text(arguments, "text")), &retaining);
	if (err == ERR_OK) {
		answer->json = retention_json_show(&retaining);
	}
	retaining_clear(&retaining);
	return err;
}

struct running {
	struct node *node;
	json_t *rows;
	bool dry_run;
};

static enum err add_row(void *context, const struct retaining_row *row)
{
	const struct running *running = context;
	if (row->left != NULL) { /* said before, as erased */
		json_array_remove(
		    running->rows, json_array_size(running->rows) - 1);
	}
	json_out_append(running->rows,
	    retention_json_row(running->node, row, running->dry_run));
	return ERR_OK;
}

enum err erasures_retention_run(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct retaining_totals totals;
	struct running running = { .node = core->node,
		.rows = json_array(),
		.dry_run = ops_flag(arguments, "dry_run") };
	bool yes = ops_flag(arguments, "yes");
	bool asks = !running.dry_run && !yes;
	running.dry_run = running.dry_run || asks;
	enum err err = retaining_run(
	    core->node, running.dry_run, add_row, &running, &totals);
	if (err != ERR_OK) {
		json_decref(running.rows);
		return err;
	}
	answer->json =
	    retention_json_run(running.rows, &totals, running.dry_run);
	if (asks && totals.erased > 0) {
		json_out_set(answer->json, "asks", json_pack("[s]", "erase"));
		return err_set(ERR_DENIED,
		    "nothing is erased before it is confirmed: use --dry-run "
		    "to see what would be, and --yes");
	}
	return ERR_OK;
}

int erasures_set_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	enum err err = commands_read_rules("the rules", arguments);
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}
