#include "app/share_args.h"

#include "codec/pbjson.h"

struct share_request share_args_terms(const json_t *arguments)
{
	return (struct share_request){ .role = ops_text(arguments, "role"),
		.person = ops_text(arguments, "person"),
		.asked_by = ops_text(arguments, "asked_by"),
		.source_identity = ops_text(arguments, "source_identity"),
		.without_cqc = ops_text(arguments, "without_cqc"),
		.override_reason = ops_text(arguments, "override"),
		.yes = ops_flag(arguments, "yes"),
		.confirmed = ops_text(arguments, "confirmed"),
		.dry_run = ops_flag(arguments, "dry_run") };
}

enum err share_args_read(const json_t *arguments, const char *to[LIMIT_READERS],
    struct share_request *out)
{
	*out = share_args_terms(arguments);
	out->for_us_alone = ops_flag(arguments, "private");
	out->to = to;
	return ops_texts(
	    arguments, "to", "readers", to, LIMIT_READERS, &out->to_count);
}

enum err share_args_message(const struct ops_op *op, const json_t *arguments,
    unsigned int flag, json_t *fields,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out)
{
	json_t *all = json_object();
	const char *key = NULL;
	json_t *field = NULL;
	json_object_foreach(fields, key, field)
	{
		(void)json_object_set(all, key, field);
	}
	for (size_t i = 0; i < op->arg_count; i++) {
		json_t *value = json_object_get(arguments, op->args[i].key);
		if ((op->args[i].flags & flag) != 0 && value != NULL) {
			(void)json_object_set(all, op->args[i].key, value);
		}
	}
	enum err err = pbjson_read(all, descriptor, out);
	json_decref(all);
	return err;
}
