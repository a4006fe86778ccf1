#include "app/saying.h"

#include "app/share_args.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "service/requests.h"
#include "service/saying.h"
#include "view/json_out.h"
#include "view/said_json.h"

/* Say it, with all that the arguments of such operations have in common. */
static enum err say(struct ops_core *core, const json_t *arguments,
    const Qsg__Payload *content, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	const char *cites[SAYING_CITES];
	struct saying saying = { .content = content,
		.about = ops_text(arguments, "id"),
		.cites = cites,
		.to_asker = ops_flag(arguments, "to_asker") };
	struct saying_result result = { 0 };
	enum err err = share_args_read(arguments, to, &saying.share);
	if (err == ERR_OK) {
		err = ops_texts(arguments, "records", "records", cites,
		    SAYING_CITES, &saying.cite_count);
	}
	if (err != ERR_OK) {
		return err;
	}
	err = saying_submit(core->node, &saying, &result);
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
	enum err err = share_args_message(ops_find(span_text(kind->operation)),
	    arguments, OPS_CONTENT, fields, kind->descriptor, &message);
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
