#include "app/saying.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "service/requests.h"
#include "service/saying.h"
#include "view/json_out.h"
#include "view/said_json.h"

#include <string.h>

/* Repeated texts, lent; false when there are more than `room`. */
static bool take_list(
    const json_t *list, const char **out, size_t room, size_t *count)
{
	size_t at = 0;
	const json_t *each = NULL;
	if (json_array_size(list) > room) {
		return false;
	}
	json_array_foreach(list, at, each)
	{
		out[at] = json_string_value(each);
	}
	*count = at;
	return true;
}

/* The arguments of an operation that are fields of its content, as that: the
 * message is the payload's to point at, and the caller's to free. */
static enum err read_content(const char *operation, const json_t *arguments,
    const ProtobufCMessageDescriptor *descriptor, json_t *fields,
    ProtobufCMessage **out)
{
	const struct ops_op *op = ops_find(span_text(operation));
	for (size_t i = 0; i < op->arg_count; i++) {
		json_t *value = json_object_get(arguments, op->args[i].key);
		if ((op->args[i].flags & OPS_CONTENT) != 0 && value != NULL) {
			(void)json_object_set(fields, op->args[i].key, value);
		}
	}
	return pbjson_read(fields, descriptor, out);
}

/* Say it, with all that the arguments of such operations have in common. */
static enum err say(struct ops_core *core, const json_t *arguments,
    const Qsg__Payload *content, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	const char *cites[SAYING_CITES];
	struct saying saying = { .content = content,
		.about = ops_text(arguments, "id"),
		.cites = cites,
		.to_asker = ops_flag(arguments, "to_asker"),
		.share = { .to = to,
		    .for_us_alone = ops_flag(arguments, "private"),
		    .role = ops_text(arguments, "role"),
		    .person = ops_text(arguments, "person"),
		    .asked_by = ops_text(arguments, "asked_by"),
		    .override_reason = ops_text(arguments, "override"),
		    .yes = ops_flag(arguments, "yes"),
		    .confirmed = ops_text(arguments, "confirmed"),
		    .dry_run = ops_flag(arguments, "dry_run") } };
	struct saying_result result = { 0 };
	if (!take_list(json_object_get(arguments, "to"), to, LIMIT_READERS,
		&saying.share.to_count)) {
		return err_set(ERR_LIMIT, "at most %u readers", LIMIT_READERS);
	}
	if (!take_list(json_object_get(arguments, "records"), cites,
		SAYING_CITES, &saying.cite_count)) {
		return err_set(ERR_LIMIT, "at most %u records", SAYING_CITES);
	}
	enum err err = saying_submit(core->node, &saying, &result);
	answer->json = said_json_result(
	    core->node, &result, ops_text(arguments, "provider"));
	saying_clear(&result);
	return err;
}

/* What is said by an operation, and as which content. */
struct kind {
	const char *operation;
	Qsg__Payload__ContentCase which;
	const ProtobufCMessageDescriptor *descriptor;
};

/* The fields that are set already, and those that are arguments. Takes over
 * the fields. */
static enum err say_content(struct ops_core *core, const struct kind *kind,
    const json_t *arguments, json_t *fields, struct ops_answer *answer)
{
	Qsg__Payload payload;
	ProtobufCMessage *message = NULL;
	enum err err = read_content(
	    kind->operation, arguments, kind->descriptor, fields, &message);
	if (err == ERR_OK) {
		qsg__payload__init(&payload);
		payload.content_case = kind->which;
		/* Every member of the union points to a message. */
		payload.judgement = (Qsg__Judgement *)(void *)message;
		err = say(core, arguments, &payload, answer);
	}
	json_decref(fields);
	canon_wipe(message);
	return err;
}

enum err saying_corroborate(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const struct kind kind = { "corroborate",
		QSG__PAYLOAD__CONTENT_CORROBORATION,
		&qsg__corroboration__descriptor };
	json_t *fields = json_object();
	json_out_bool(
	    fields, "independent", !ops_flag(arguments, "not_independent"));
	return say_content(core, &kind, arguments, fields, answer);
}

enum err saying_feedback(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const struct kind kind = { "feedback",
		QSG__PAYLOAD__CONTENT_FEEDBACK, &qsg__feedback__descriptor };
	return say_content(core, &kind, arguments, json_object(), answer);
}

enum err saying_ask(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const struct kind kind = { "ask", QSG__PAYLOAD__CONTENT_REQUEST,
		&qsg__information_request__descriptor };
	return say_content(core, &kind, arguments, json_object(), answer);
}

/* Which of the three ways to answer was taken? */
static enum err read_verdict(const json_t *arguments, json_t *fields)
{
	const char *reason = ops_text(arguments, "refuse");
	const char *text = ops_text(arguments, "text");
	bool nothing = ops_flag(arguments, "nothing_held");
	if (reason != NULL && (text != NULL || nothing)) {
		return err_set(ERR_USAGE,
		    "--refuse stands alone: its reason is the answer");
	}
	if (reason != NULL && json_object_get(arguments, "records") != NULL) {
		return err_set(
		    ERR_USAGE, "--refuse and --record exclude each other");
	}
	if (reason == NULL && text == NULL && !nothing) {
		return err_set(ERR_USAGE,
		    "give the answer with --text, or say --nothing-held, or "
		    "refuse it with --refuse REASON");
	}
	if (reason != NULL) {
		json_out_text(fields, "verdict", "refused");
		json_out_text(fields, "text", reason);
		return ERR_OK;
	}
	json_out_text(fields, "verdict", nothing ? "nothing-held" : "answered");
	json_out_text(fields, "text", text == NULL ? "" : text);
	return ERR_OK;
}

enum err saying_answer(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const struct kind kind = { "answer",
		QSG__PAYLOAD__CONTENT_ANSWER,
		&qsg__information_answer__descriptor };
	json_t *fields = json_object();
	enum err err = read_verdict(arguments, fields);
	if (err != ERR_OK) {
		json_decref(fields);
		return err;
	}
	return say_content(core, &kind, arguments, fields, answer);
}

enum err saying_judge(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const struct kind kind = { "judge",
		QSG__PAYLOAD__CONTENT_JUDGEMENT, &qsg__judgement__descriptor };
	return say_content(core, &kind, arguments, json_object(), answer);
}

enum err saying_finding(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	static const struct kind kind = { "finding",
		QSG__PAYLOAD__CONTENT_FINDING, &qsg__finding__descriptor };
	return say_content(core, &kind, arguments, json_object(), answer);
}

struct listing {
	struct node *node;
	json_t *array;
};

static enum err add_request(
    void *context, const struct requests_request *request)
{
	const struct listing *listing = context;
	json_t *object = NULL;
	enum err err = said_json_request(listing->node, request, &object);
	if (err == ERR_OK) {
		json_out_append(listing->array, object);
	}
	return err;
}

enum err saying_requests(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { .node = core->node, .array = json_array() };
	answer->json = listing.array;
	return requests_list(
	    core->node, ops_flag(arguments, "open"), add_request, &listing);
}
