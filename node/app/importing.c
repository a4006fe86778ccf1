#define _POSIX_C_SOURCE 200809L

#include "app/importing.h"

#include "app/confirming.h"
#include "base/fs.h"
#include "base/limits.h"
#include "codec/pbjson.h"
#include "domain/format.h"
#include "view/json_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ROWS_A_REQUEST = 8000, /* about 1 MiB of JSON */
	BAD_SHOWN = 50,
};

struct import {
	struct cli *cli;
	json_t *arguments;
	struct format_result read;
	struct client *client;
	json_t *records;
	unsigned long long drafts;
	unsigned long long releases;
	unsigned long long made_new;
	unsigned long long same;
	unsigned long long corrections;
	unsigned long long rows_gone;
};

enum err importing_read(const char *path, struct buf *out)
{
	return strcmp(path, "-") == 0
	           ? fs_read_fd(STDIN_FILENO, LIMIT_CSV_BYTES, out)
	           : fs_read(path, LIMIT_CSV_BYTES, out);
}

static enum err read_file(struct import *import)
{
	struct buf text = { 0 };
	const char *path = ops_text(import->arguments, "file");
	const char *as = ops_text(import->arguments, "as");
	const struct format *format = format_find(span_text(as));
	enum err err = ERR_OK;
	if (format == NULL) {
		return err_set(ERR_USAGE,
		    "there is no format %.60s; see `qsg import --help`", as);
	}
	err = importing_read(path, &text);
	if (err == ERR_OK) {
		err = format->read(buf_span(&text), &import->read);
		err = err == ERR_OK ? err : err_wrap(err, "%s", path);
	}
	buf_wipe(&text);
	return err;
}

enum err importing_show_bad(
    const struct cli *cli, const struct format_result *read, bool skip_bad)
{
	struct paper paper = term_paper(&cli->term, true);
	if (read->bad_total == 0) {
		return ERR_OK;
	}
	for (size_t i = 0; i < read->bad_count && i < BAD_SHOWN; i++) {
		paper_printf(&paper, "line %lu: ", read->bad[i].line);
		paper_text(&paper, read->bad[i].reason);
		paper_put(&paper, "\n");
	}
	if (read->bad_total > BAD_SHOWN) {
		paper_printf(
		    &paper, "and %zu more\n", read->bad_total - BAD_SHOWN);
	}
	enum err err = term_print(&paper, true);
	if (err == ERR_OK && !skip_bad) {
		err = err_set(ERR_INPUT,
		    "%zu bad rows: nothing imported; --skip-bad would leave "
		    "them out",
		    read->bad_total);
	}
	return err;
}

/* A file with a part of a period takes the place of the whole. */
static void warn_gone(const struct import *import, const json_t *set)
{
	char line[200];
	json_int_t gone = json_integer_value(json_object_get(set, "rows_gone"));
	if (gone == 0) {
		return;
	}
	(void)snprintf(line, sizeof(line),
	    "%.20s: %lld rows of the earlier record are not in this file; the "
	    "correction %s without them",
	    ops_text(set, "period"), (long long)gone,
	    ops_flag(import->arguments, "dry_run") ? "would stand" : "stands");
	term_warn(&import->cli->term, line);
}

static void count(struct import *import, const json_t *answer)
{
	size_t at = 0;
	const json_t *each = NULL;
	const json_t *sets = json_object_get(answer, "sets");
	json_array_foreach(sets, at, each)
	{
		const char *outcome = ops_text(each, "outcome");
		json_t *record = json_object_get(each, "record");
		if (outcome == NULL) {
			continue;
		}
		import->made_new += strcmp(outcome, "new") == 0 ? 1u : 0u;
		import->same += strcmp(outcome, "same") == 0 ? 1u : 0u;
		import->corrections +=
		    strcmp(outcome, "correction") == 0 ? 1u : 0u;
		import->rows_gone += (unsigned long long)json_integer_value(
		    json_object_get(each, "rows_gone"));
		warn_gone(import, each);
		import->drafts +=
		    json_is_integer(json_object_get(each, "draft")) ? 1u : 0u;
		import->releases +=
		    json_is_integer(json_object_get(each, "release")) ? 1u : 0u;
		if (json_is_string(record) && strcmp(outcome, "same") != 0) {
			(void)json_array_append(import->records, record);
		}
	}
}

/* The readers as they were given; the node resolves them. */
static json_t *new_request(const struct import *import)
{
	static const char *const keys[] = { "to", "private", "dry_run", "yes",
		"confirmed", "asked_by" };
	json_t *request = json_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(import->arguments, keys[i]);
		if (value != NULL) {
			(void)json_object_set(request, keys[i], value);
		}
	}
	json_out_set(request, "sets", json_array());
	return request;
}

/* Some sets in one request, from *next on. */
static enum err send_some(struct import *import, size_t *next)
{
	json_t *request = new_request(import);
	json_t *sets = json_object_get(request, "sets");
	json_t *answer = NULL;
	size_t rows = 0;
	enum err err = ERR_OK;
	while (err == ERR_OK && *next < import->read.set_count &&
	       rows < ROWS_A_REQUEST) {
		const Qsg__IndicatorSet *set = import->read.sets[*next];
		json_t *json = NULL;
		err = pbjson_write(&set->base, &json);
		json_out_append(sets, json);
		rows += set->n_rows;
		(*next)++;
	}
	if (err == ERR_OK) {
		err = confirming_ask(import->cli, import->client, "import-set",
		    false, request, &answer);
	}
	if (err == ERR_OK) {
		json_t *confirmed = json_object_get(request, "confirmed");
		if (confirmed != NULL) {
			/* For the rest of the file, too. */
			(void)json_object_set(
			    import->arguments, "confirmed", confirmed);
		}
		count(import, answer);
	}
	json_decref(answer);
	json_decref(request);
	return err;
}

static enum err send_all(struct import *import)
{
	size_t next = 0;
	enum err err = ERR_OK;
	size_t total = import->read.set_count;
	do {
		err = send_some(import, &next);
		if (err == ERR_OK) {
			term_progress(
			    &import->cli->term, "importing", next, total);
		}
	} while (err == ERR_OK && next < total);
	return err;
}

static json_t *summary(const struct import *import)
{
	json_t *object = json_object();
	json_out_bool(
	    object, "dry_run", ops_flag(import->arguments, "dry_run"));
	json_out_number(object, "sets", import->read.set_count);
	json_out_number(object, "rows", import->read.row_count);
	json_out_number(object, "bad_rows", import->read.bad_total);
	json_out_number(object, "new", import->made_new);
	json_out_number(object, "same", import->same);
	json_out_number(object, "corrections", import->corrections);
	json_out_number(object, "rows_gone", import->rows_gone);
	(void)json_object_set(object, "records", import->records);
	if (import->drafts > 0) {
		json_out_number(object, "drafts", import->drafts);
	}
	if (import->releases > 0) {
		json_out_number(object, "releases", import->releases);
	}
	return object;
}

int importing_run(struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	struct import import = {
		.cli = cli, .arguments = arguments, .records = json_array()
	};
	const char *home = NULL;
	int status = 0;
	enum err err = cli_home(cli, &home);
	if (err == ERR_OK) {
		err = read_file(&import);
	}
	if (err == ERR_OK) {
		err = importing_show_bad(
		    cli, &import.read, ops_flag(arguments, "skip_bad"));
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
	json_decref(import.records);
	format_result_clear(&import.read);
	return status;
}
