#include "app/providing.h"

#include "app/client.h"
#include "app/importing.h"
#include "codec/pbjson.h"
#include "domain/ods.h"
#include "view/json_out.h"

#include <string.h>

/* Entries and sites in one request: about 1 MiB of JSON. */
enum { PARTS_A_REQUEST = 4000 };

struct import {
	struct cli *cli;
	const json_t *arguments;
	const struct ods_layout *layout;
	struct ods_result read;
	struct client *client;
	json_t *totals; /* of the answers */
};

static enum err read_file(struct import *import)
{
	const char *path =
	    json_string_value(json_object_get(import->arguments, "file"));
	const char *as =
	    json_string_value(json_object_get(import->arguments, "as"));
	struct buf text = { 0 };
	enum err err = ERR_OK;
	import->layout = ods_find(span_text(as));
	if (import->layout == NULL) {
		return err_set(ERR_USAGE,
		    "there is no register %.60s; see `qsg provider import "
		    "--help`",
		    as);
	}
	err = importing_read(path, &text);
	if (err == ERR_OK) {
		err = ods_read(import->layout, buf_span(&text), &import->read);
		err = err == ERR_OK ? err : err_wrap(err, "%s", path);
	}
	buf_wipe(&text);
	return err;
}

static void add_up(json_t *totals, const json_t *answer)
{
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach(totals, key, value)
	{
		(void)json_integer_set(value,
		    json_integer_value(value) +
			json_integer_value(json_object_get(answer, key)));
	}
}

/* Some entries in one request, from *next on. */
static enum err send_some(struct import *import, size_t *next)
{
	json_t *request = json_object();
	json_t *entries = json_array();
	json_t *answer = NULL;
	size_t parts = 0;
	enum err err = ERR_OK;
	json_out_text(request, "set", import->layout->name);
	json_out_bool(
	    request, "dry_run", ops_flag(import->arguments, "dry_run"));
	json_out_set(request, "entries", entries);
	while (err == ERR_OK && *next < import->read.count &&
	       parts < PARTS_A_REQUEST) {
		const Qsg__RegisteredProvider *entry =
		    import->read.entries[*next];
		json_t *json = NULL;
		err = pbjson_write(&entry->base, &json);
		json_out_append(entries, json);
		parts += 1 + entry->n_sites;
		(*next)++;
	}
	if (err == ERR_OK) {
		err = client_ask_json(
		    import->client, "provider-register", request, &answer);
	}
	if (err == ERR_OK) {
		add_up(import->totals, answer);
	}
	json_decref(answer);
	json_decref(request);
	return err;
}

static enum err send_all(struct import *import)
{
	size_t next = 0;
	size_t total = import->read.count;
	enum err err = ERR_OK;
	while (err == ERR_OK && next < total) {
		err = send_some(import, &next);
		if (err == ERR_OK) {
			term_progress(
			    &import->cli->term, "importing", next, total);
		}
	}
	return err;
}

static json_t *summary(const struct import *import)
{
	json_t *object = json_object();
	json_out_text(object, "set", import->layout->name);
	json_out_bool(
	    object, "dry_run", ops_flag(import->arguments, "dry_run"));
	json_out_number(object, "rows", import->read.row_count);
	json_out_number(object, "bad_rows", import->read.found.bad_total);
	json_out_number(object, "entries", import->read.count);
	(void)json_object_update(object, import->totals);
	return object;
}

int providing_run(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	struct import import = { .cli = cli,
		.arguments = arguments,
		.totals = json_pack("{s:i,s:i,s:i,s:i,s:i}", "new", 0,
		    "changed", 0, "same", 0, "records", 0, "drafts", 0) };
	const char *home = NULL;
	int status = 0;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = read_file(&import);
	}
	if (err == ERR_OK) {
		err = importing_show_bad(
		    cli, &import.read.found, ops_flag(arguments, "skip_bad"));
	}
	if (err == ERR_OK) {
		err = cli_client(cli, home, &import.client);
	}
	if (err == ERR_OK) {
		err = send_all(&import);
	}
	if (err == ERR_OK) {
		json_t *result = summary(&import);
		status = cli_show(cli, op, result);
		json_decref(result);
	} else {
		status = cli_fail(cli, err);
	}
	client_close(import.client);
	json_decref(import.totals);
	ods_clear(&import.read);
	return status;
}
