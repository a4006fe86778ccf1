#include "app/correcting_ops.h"

#include "app/share_args.h"
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "service/correcting.h"
#include "service/query.h"
#include "view/json_out.h"
#include "view/said_json.h"

#include <string.h>

/*
 * The fields: as they were, but for those given.
 */

/* A field that may be given, by the name of its option or its key. */
static const struct ops_arg *find_field(
    const struct ops_op *op, const char *name)
{
	for (size_t i = 0; i < op->arg_count; i++) {
		const struct ops_arg *arg = &op->args[i];
		if ((arg->flags & (OPS_CONTENT | OPS_HANDLING)) != 0 &&
		    (strcmp(arg->key, name) == 0 ||
			strcmp(arg->option, name) == 0)) {
			return arg;
		}
	}
	return NULL;
}

static enum err no_such_field(const struct ops_op *op, const char *name)
{
	struct buf list = { 0 };
	enum err err = ERR_OK;
	for (size_t i = 0; i < op->arg_count && err == ERR_OK; i++) {
		if ((op->args[i].flags & (OPS_CONTENT | OPS_HANDLING)) != 0) {
			err = buf_printf(&list, "%s%s",
			    list.size == 0 ? "" : ", ", op->args[i].option);
		}
	}
	if (err == ERR_OK) {
		err = err_set(ERR_INPUT, "--clear %.40s: the fields are %s",
		    name, buf_text(&list));
	}
	buf_clear(&list);
	return err;
}

static enum err clear_fields(
    const struct ops_op *op, const json_t *arguments, json_t *fields)
{
	size_t at = 0;
	const json_t *each = NULL;
	json_array_foreach(json_object_get(arguments, "clear"), at, each)
	{
		const char *name = json_string_value(each);
		const struct ops_arg *arg = find_field(op, name);
		if (arg == NULL) {
			return no_such_field(op, name);
		}
		if (json_object_get(arguments, arg->key) != NULL) {
			return err_set(ERR_USAGE,
			    "--%s and --clear %s exclude each other",
			    arg->option, arg->option);
		}
		(void)json_object_del(fields, arg->key);
	}
	return ERR_OK;
}

/* The message as it was, with the fields given of this kind in their place. */
static enum err change(const struct ops_op *op, const json_t *arguments,
    unsigned int which, const ProtobufCMessageDescriptor *descriptor,
    const ProtobufCMessage *before, ProtobufCMessage **out)
{
	json_t *fields = NULL;
	enum err err = ERR_OK;
	*out = NULL;
	if (before == NULL) {
		fields = json_object();
	} else {
		err = pbjson_write(before, &fields);
	}
	for (size_t i = 0; i < op->arg_count && err == ERR_OK; i++) {
		json_t *value = json_object_get(arguments, op->args[i].key);
		if ((op->args[i].flags & which) != 0 && value != NULL) {
			(void)json_object_set(fields, op->args[i].key, value);
		}
	}
	if (err == ERR_OK) {
		err = clear_fields(op, arguments, fields);
	}
	if (err == ERR_OK && (before != NULL || json_object_size(fields) > 0)) {
		err = pbjson_read(fields, descriptor, out);
	}
	json_decref(fields);
	return err;
}

static enum err correct(struct ops_core *core, const json_t *arguments,
    uint32_t rid, const Qsg__Payload *before, struct saying_result *result)
{
	const struct ops_op *op = ops_find(span_text("correct"));
	struct share_request request = share_args_terms(arguments);
	ProtobufCMessage *item = NULL;
	ProtobufCMessage *handling = NULL;
	enum err err = change(op, arguments, OPS_CONTENT,
	    &qsg__intelligence__descriptor, &before->intelligence->base, &item);
	if (err == ERR_OK) {
		err = change(op, arguments, OPS_HANDLING,
		    &qsg__handling__descriptor,
		    before->handling == NULL ? NULL : &before->handling->base,
		    &handling);
	}
	if (err == ERR_OK) {
		request.intelligence = (Qsg__Intelligence *)(void *)item;
		request.handling = (Qsg__Handling *)(void *)handling;
		err = correcting_correct(core->node, rid, &request, result);
	}
	canon_wipe(item);
	canon_wipe(handling);
	return err;
}

enum err correcting_ops_correct(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct saying_result result = { 0 };
	Qsg__Payload *before = NULL;
	uint32_t rid = 0;
	enum err err =
	    correcting_find(core->node, ops_text(arguments, "id"), &rid);
	if (err == ERR_OK) {
		err = query_take(core->node, rid, &before);
	}
	if (err == ERR_OK) {
		err = correct(core, arguments, rid, before, &result);
	}
	answer->json = said_json_result(
	    core->node, &result, ops_text(arguments, "provider"));
	saying_clear(&result);
	if (before != NULL) {
		canon_wipe(&before->base);
	}
	return err;
}

enum err correcting_ops_retract(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const struct share_request request = share_args_terms(arguments);
	struct saying_result result = { 0 };
	enum err err = correcting_retract(core->node, ops_text(arguments, "id"),
	    ops_text(arguments, "reason"), &request, &result);
	answer->json = said_json_result(core->node, &result, NULL);
	saying_clear(&result);
	return err;
}
