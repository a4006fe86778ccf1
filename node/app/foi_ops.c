#include "app/foi_ops.h"

#include "app/client.h"
#include "app/saving.h"
#include "app/share_args.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "service/foi_open.h"
#include "view/foi_file.h"
#include "view/foi_json.h"
#include "view/json_out.h"
#include "view/said_json.h"

#include <string.h>

enum { PIECE_BYTES = 256 * 1024 };

static uint32_t number_of(const json_t *arguments, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(arguments, key));
	return value < 0 || value > UINT32_MAX ? 0 : (uint32_t)value;
}

static struct vetting_recorder recorder_of(const json_t *arguments)
{
	return (struct vetting_recorder){ .role = ops_text(arguments, "role"),
		.person = ops_text(arguments, "person") };
}

/* The arguments of an operation that are fields of its content, as that. Its
 * message is on the heap; clear_content. */
static enum err read_content(const char *operation, const json_t *arguments,
    Qsg__Payload__ContentCase which,
    const ProtobufCMessageDescriptor *descriptor, Qsg__Payload *out)
{
	ProtobufCMessage *message = NULL;
	enum err err = share_args_message(ops_find(span_text(operation)),
	    arguments, OPS_CONTENT, NULL, descriptor, &message);
	qsg__payload__init(out);
	if (err == ERR_OK) {
		out->content_case = which;
		/* Every member of the union points to a message. */
		out->foi_request = (Qsg__FoiRequest *)(void *)message;
	}
	return err;
}

static void clear_content(Qsg__Payload *payload)
{
	if (payload->content_case != QSG__PAYLOAD__CONTENT__NOT_SET) {
		canon_wipe((ProtobufCMessage *)(void *)payload->foi_request);
	}
}

enum err foi_ops_log(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct vetting_recorder by = recorder_of(arguments);
	json_t *all = json_deep_copy(arguments);
	Qsg__Payload payload;
	struct id32 record;
	if (ops_text(all, "kind") == NULL) {
		json_out_text(all, "kind", "foi");
	}
	enum err err =
	    read_content("foi-log", all, QSG__PAYLOAD__CONTENT_FOI_REQUEST,
		&qsg__foi_request__descriptor, &payload);
	if (err == ERR_OK) {
		err = foi_log(core->node, &payload, &by, &record);
	}
	if (err == ERR_OK) {
		answer->json = foi_json_logged(&record, payload.foi_request);
	}
	clear_content(&payload);
	json_decref(all);
	return err;
}

enum err foi_ops_decide(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct vetting_recorder by = recorder_of(arguments);
	const json_t *list = json_object_get(arguments, "records");
	const char *records[FOI_RECORDS];
	struct foi_decided decided;
	size_t count = 0;
	size_t at = 0;
	const json_t *each = NULL;
	Qsg__Payload payload;
	if (json_array_size(list) > FOI_RECORDS) {
		return err_set(ERR_LIMIT, "at most %u records", FOI_RECORDS);
	}
	json_array_foreach(list, at, each)
	{
		records[count++] = json_string_value(each);
	}
	enum err err = read_content("foi-decide", arguments,
	    QSG__PAYLOAD__CONTENT_FOI_DECISION, &qsg__foi_decision__descriptor,
	    &payload);
	if (err == ERR_OK) {
		err = foi_decide(core->node, number_of(arguments, "number"),
		    records, count, &payload, &by, &decided);
	}
	if (err == ERR_OK) {
		answer->json = foi_json_decided(core->node, &decided);
	}
	clear_content(&payload);
	return err;
}

/* What goes to one other organisation. */
typedef enum err (*sender)(struct node *node, const char *about,
    Qsg__Payload *payload, const struct share_request *request,
    struct saying_result *out);

static enum err send(struct ops_core *core, const json_t *arguments,
    sender give, Qsg__Payload *payload, struct ops_answer *answer)
{
	const struct share_request request = { .role =
						   ops_text(arguments, "role"),
		.person = ops_text(arguments, "person"),
		.asked_by = ops_text(arguments, "asked_by"),
		.override_reason = ops_text(arguments, "override"),
		.dry_run = ops_flag(arguments, "dry_run") };
	struct saying_result result = { 0 };
	enum err err = give(
	    core->node, ops_text(arguments, "id"), payload, &request, &result);
	answer->json = said_json_result(core->node, &result, NULL);
	saying_clear(&result);
	return err;
}

enum err foi_ops_close(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct vetting_recorder by = recorder_of(arguments);
	uint32_t number = number_of(arguments, "number");
	struct id32 record;
	enum err err = foi_close(
	    core->node, number, ops_text(arguments, "reason"), &by, &record);
	if (err == ERR_OK) {
		answer->json = foi_json_closed(&record, number);
	}
	return err;
}

enum err foi_ops_consult(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	Qsg__Payload payload;
	enum err err = read_content("foi-consult", arguments,
	    QSG__PAYLOAD__CONTENT_FOI_CONSULTATION,
	    &qsg__foi_consultation__descriptor, &payload);
	if (err == ERR_OK) {
		err = send(core, arguments, foi_consult, &payload, answer);
	}
	clear_content(&payload);
	return err;
}

enum err foi_ops_view(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	Qsg__Payload payload;
	enum err err =
	    read_content("foi-view", arguments, QSG__PAYLOAD__CONTENT_FOI_VIEW,
		&qsg__foi_view__descriptor, &payload);
	if (err == ERR_OK) {
		err = send(core, arguments, foi_answer, &payload, answer);
	}
	clear_content(&payload);
	return err;
}

enum err foi_ops_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	(void)arguments;
	return foi_json_list(core->node, &answer->json);
}

enum err foi_ops_schedule(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	uint32_t request = 0;
	enum err err =
	    foi_find(core->node, number_of(arguments, "number"), &request);
	return err == ERR_OK
	           ? foi_json_schedule(core->node, request, &answer->json)
	           : err;
}

/*
 * Search: piece by piece, as the list of records.
 */

struct hunt {
	struct node *node;
	struct searching searching;
	struct buf *text;
	bool any;
};

static enum err hunt_one(void *context, const struct query_item *item)
{
	struct hunt *hunt = context;
	json_t *found = NULL;
	enum err err =
	    foi_json_found(hunt->node, item, &hunt->searching, &found);
	if (err == ERR_OK && found != NULL) {
		err = buf_append(
		    hunt->text, span_text(hunt->any ? ",\n" : "[\n"));
		hunt->any = true;
	}
	if (err == ERR_OK && found != NULL) {
		err = json_out_dump(found, hunt->text);
	}
	json_decref(found);
	return err;
}

static bool is_enough(void *context)
{
	const struct hunt *hunt = context;
	return hunt->text->size >= PIECE_BYTES;
}

static enum err read_terms(const json_t *arguments, struct searching *out)
{
	const json_t *list = json_object_get(arguments, "terms");
	const char *terms[SEARCHING_TERMS];
	size_t count = 0;
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > SEARCHING_TERMS) {
		return err_set(
		    ERR_LIMIT, "at most %u terms at once", SEARCHING_TERMS);
	}
	json_array_foreach(list, at, each)
	{
		terms[count++] = json_string_value(each);
	}
	return searching_begin(terms, count, out);
}

enum err foi_ops_search(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const struct query_filter everything = { .since_ms = INT64_MIN,
		.housekeeping = true };
	struct hunt hunt = { .node = core->node,
		.text = &answer->text,
		.any = answer->from != 0 };
	enum err err = read_terms(arguments, &hunt.searching);
	answer->next = answer->from;
	if (err == ERR_OK) {
		err = query_some_records(core->node, &everything, is_enough,
		    hunt_one, &hunt, &answer->next);
	}
	if (err == ERR_OK && answer->next == 0) {
		err = buf_append(
		    &answer->text, span_text(hunt.any ? "\n]" : "[]"));
	}
	searching_clear(&hunt.searching);
	return err;
}

/*
 * The file.
 */

static bool ends_so(const char *text, const char *end)
{
	size_t size = strlen(text);
	size_t of_end = strlen(end);
	return size > of_end && strcmp(text + size - of_end, end) == 0;
}

static enum err write_file(json_t *schedule, const char *path)
{
	struct buf content = { 0 };
	enum err err = ends_so(path, ".csv")
	                   ? foi_file_csv(schedule, &content)
	                   : foi_file_html(schedule, &content);
	if (err == ERR_OK) {
		err = saving_write(path, buf_span(&content));
	}
	if (err == ERR_OK) {
		json_out_text(schedule, "file", path);
	}
	buf_wipe(&content);
	return err;
}

int foi_ops_schedule_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	const char *home = NULL;
	struct client *client = NULL;
	json_t *schedule = NULL;
	json_t *file = json_incref(json_object_get(arguments, "out"));
	const char *path = json_string_value(file);
	enum err err = ERR_OK;
	(void)json_object_del(arguments, "out");
	if (path != NULL && !ends_so(path, ".csv") && !ends_so(path, ".html")) {
		err = err_set(ERR_USAGE,
		    "--out is a file that ends in .csv, for a spreadsheet, or "
		    ".html, to print");
	}
	if (err == ERR_OK) {
		err = cli_home(cli, &home);
	}
	if (err == ERR_OK) {
		err = client_open(home, &client);
	}
	if (err == ERR_OK) {
		err = client_ask_json(client, op->name, arguments, &schedule);
	}
	if (err == ERR_OK && path != NULL) {
		err = write_file(schedule, path);
	}
	client_close(client);
	int status =
	    err == ERR_OK ? cli_show(cli, op, schedule) : cli_fail(cli, err);
	json_decref(schedule);
	json_decref(file);
	return status;
}
