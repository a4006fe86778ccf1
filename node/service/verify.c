#include "service/verify.h"

#include "service/verifying.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void verify_fault(struct verifying *verifying, const char *table,
    const char *key, const char *what)
{
	struct verify_report *report = verifying->report;

	if (report->faults++ == 0) {
		(void)snprintf(report->first_fault, sizeof report->first_fault,
		    *key ? "%.40s row %.60s: %.120s" : "%.40s%.60s: %.120s",
		    table, key, what);
	}
}

void verify_fault_row(
    struct verifying *verifying, const struct rows_row *row, const char *what)
{
	char key[ROWS_KEY_BYTES];

	rows_key(row, key);
	verify_fault(verifying, rows_name(row->table), key, what);
}

void verify_fault_record(
    struct verifying *verifying, int64_t rid, const char *what)
{
	char key[24];

	(void)snprintf(key, sizeof key, "%lld", (long long)rid);
	verify_fault(verifying, "record", key, what);
}

enum err verify_scanned(
    struct verifying *verifying, const char *table, enum err err)
{
	if (err != ERR_CORRUPT) {
		return err;
	}
	verify_fault(verifying, table, "", err_text());
	return ERR_OK;
}

static enum err prepare(struct verifying *verifying)
{
	struct node *node = verifying->node;
	enum err err = ERR_OK;

	verifying->total = views_count(node->views);
	verifying->replay =
	    calloc(node->stream_count + 1, sizeof *verifying->replay);
	verifying->logs = calloc(node->log_count + 1, sizeof *verifying->logs);
	if (!verifying->replay || !verifying->logs) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < node->stream_count; i++) {
		struct stream *state = &verifying->replay[i].state;

		state->author = node->streams[i].row.state.author;
		state->generation = node->streams[i].row.state.generation;
		state->id = node->streams[i].row.state.id;
	}
	for (size_t i = 0; i < node->log_count && !err; i++) {
		err = merkle_tree_new(&verifying->logs[i].tree);
	}
	return err;
}

static void clear(struct verifying *verifying)
{
	for (size_t i = 0; verifying->logs && i < verifying->node->log_count;
	     i++) {
		merkle_tree_free(verifying->logs[i].tree);
		merkle_nodes_clear(&verifying->logs[i].places);
	}
	for (size_t i = 0; i < verifying->head_count; i++) {
		buf_clear(&verifying->heads[i].text);
	}
	free(verifying->replay);
	free(verifying->logs);
	free(verifying->claims.items);
	free(verifying->heads);
	buf_wipe(&verifying->plain);
}

static enum err check(struct verifying *verifying)
{
	static enum err (*const parts[])(struct verifying *) = { verify_records,
		verify_logs, verify_receipts, verify_streams, verify_local,
		verify_people, verify_tally, verify_memory };
	enum err err = ERR_OK;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0] && !err; i++) {
		err = parts[i](verifying);
	}
	return err;
}

enum err verify_node(struct node *node, struct verify_report *out)
{
	struct verifying verifying = { .node = node, .report = out };
	enum err err = ERR_OK;

	memset(out, 0, sizeof *out);
	err = node_commit(node);
	if (!err) {
		err = prepare(&verifying);
	}
	if (!err) {
		err = verify_scanned(
		    &verifying, "the database file", db_check(node->db));
	}
	if (!err) {
		err = check(&verifying);
	}
	if (!node->mark ||
	    (!node->may_sign && node->start.signing != STATE_WAITS)) {
		verify_fault(&verifying, "the mark", "", node->why_not);
	}
	clear(&verifying);
	return err;
}
