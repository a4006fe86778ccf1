#include "app/call.h"

#include "base/limits.h"
#include "view/json_out.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/v1/"

static enum err find_op(
    const struct call_request *request, const struct ops_op **out)
{
	size_t prefix = sizeof(PREFIX) - 1;
	*out = NULL;
	if (strncmp(request->path, PREFIX, prefix) == 0) {
		*out = ops_find(span_text(request->path + prefix));
	}
	if (*out == NULL || ((*out)->flags & OPS_NO_API) != 0) {
		return err_set(ERR_NOTFOUND, "there is no such operation");
	}
	bool reads = ((*out)->flags & OPS_WRITES) == 0;
	if (strcmp(request->method, "POST") != 0 &&
	    !(reads && strcmp(request->method, "GET") == 0)) {
		return err_set(ERR_INPUT, "%s wants POST", (*out)->name);
	}
	return ERR_OK;
}

static enum err read_body(struct span body, json_t **out)
{
	json_error_t error;
	if (body.size > LIMIT_REQUEST_BYTES) {
		return err_set(ERR_LIMIT, "a request is at most %u MiB",
		    LIMIT_REQUEST_BYTES >> 20);
	}
	if (body.size == 0) {
		*out = json_object();
	} else {
		*out = json_loadb((const char *)body.data, body.size,
		    JSON_REJECT_DUPLICATES, &error);
	}
	if (*out == NULL) {
		return err_set(ERR_INPUT, "not JSON: %s", error.text);
	}
	return ERR_OK;
}

enum err call_decode(const struct call_request *request, struct call **out)
{
	const struct ops_op *op = NULL;
	json_t *arguments = NULL;
	enum err err = find_op(request, &op);
	if (err == ERR_OK) {
		err = read_body(request->body, &arguments);
	}
	if (err == ERR_OK) {
		err = ops_check(op, arguments);
	}
	struct call *call = NULL;
	if (err == ERR_OK) {
		call = calloc(1, sizeof(*call));
		err = call == NULL ? err_set(ERR_MEM, "out of memory") : ERR_OK;
	}
	if (err != ERR_OK) {
		json_decref(arguments);
		return err;
	}
	call->op = op;
	call->arguments = arguments;
	*out = call;
	return ERR_OK;
}

void call_free(struct call *call)
{
	if (call == NULL) {
		return;
	}
	json_decref(call->arguments);
	buf_wipe(&call->body);
	free(call);
}

static json_t *error_json(enum err code, const char *message)
{
	json_t *object = json_object();
	json_t *error = json_object();
	json_out_text(error, "code", err_name(code));
	json_out_text(error, "message", message);
	json_out_set(object, "error", error);
	return object;
}

enum err call_error_body(enum err code, const char *message, struct buf *out)
{
	json_t *object = error_json(code, message);
	enum err err = json_out_dump(object, out);
	json_decref(object);
	return err;
}

void call_fill(struct call *call, enum err err, struct ops_answer *answer)
{
	enum err wrote = ERR_OK;
	call->status = ops_http_status(err);
	call->next = err == ERR_OK ? answer->next : 0;
	if (err != ERR_OK) {
		json_t *object = error_json(err, err_text());
		if (answer->json != NULL) {
			(void)json_object_update_missing(object, answer->json);
		}
		wrote = json_out_dump(object, &call->body);
		json_decref(object);
	} else if (answer->json != NULL) {
		wrote = json_out_dump(answer->json, &call->body);
	} else {
		call->body = answer->text;
		answer->text = (struct buf){ 0 };
	}
	json_decref(answer->json);
	answer->json = NULL;
	buf_wipe(&answer->text);
	if (wrote != ERR_OK) {
		call->status = 500;
		buf_wipe(&call->body);
	}
}
