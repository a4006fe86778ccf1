#include "app/policing.h"

#include "app/commands.h"
#include "base/limits.h"
#include "codec/canon.h"
#include "codec/pbjson.h"
#include "domain/said.h"
#include "service/release.h"
#include "view/json_out.h"
#include "view/policy_json.h"
#include "view/share_json.h"

#include <string.h>

/*
 * The policy.
 */

enum err policing_show(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct policies policies = { 0 };
	(void)arguments;
	enum err err = policies_load(core->node, &policies);
	if (err == ERR_OK) {
		err = policies_warn(core->node, &policies);
	}
	if (err == ERR_OK) {
		answer->json = policy_json_show(&policies);
	}
	policies_clear(&policies);
	return err;
}

enum err policing_set(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct policies policies = { 0 };
	enum err err = policies_set(
	    core->node, span_text(ops_text(arguments, "text")), &policies);
	if (err == ERR_OK) {
		err = policies_warn(core->node, &policies);
	}
	if (err == ERR_OK) {
		answer->json = policy_json_show(&policies);
	}
	policies_clear(&policies);
	return err;
}

int policing_set_run(
    struct cli *cli, const struct ops_op *op, json_t *arguments)
{
	enum err err = commands_read_rules("a policy", arguments);
	return err == ERR_OK ? commands_ask(cli, op, arguments)
	                     : cli_fail(cli, err);
}

/*
 * A test.
 */

/* Those arguments that the content has fields for. */
static enum err read_content(const json_t *arguments,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out)
{
	static const char *const keys[] = { "provider", "source", "kind",
		"stance", "significant" };
	json_t *fields = json_object();
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		json_t *value = json_object_get(arguments, keys[i]);
		if (value != NULL &&
		    protobuf_c_message_descriptor_get_field_by_name(
			descriptor, keys[i]) != NULL) {
			(void)json_object_set(fields, keys[i], value);
		}
	}
	if (descriptor == &qsg__indicator_set__descriptor &&
	    ops_text(arguments, "provider") != NULL) {
		json_out_set(fields, "rows",
		    json_pack("[{s:s}]", "provider",
			ops_text(arguments, "provider")));
	}
	enum err err = pbjson_read(fields, descriptor, out);
	json_decref(fields);
	return err;
}

static enum err check_word(const json_t *arguments, enum policy_key key)
{
	struct buf normal = { 0 };
	const char *word = ops_text(arguments, policy_key_name(key));
	enum err err = word == NULL
	                   ? ERR_OK
	                   : policy_normalise(key, span_text(word), &normal);
	buf_clear(&normal);
	return err;
}

/* A payload of the type asked about, with what rules look at. */
static enum err make_payload(const json_t *arguments, Qsg__Payload *payload,
    Qsg__Handling *handling, ProtobufCMessage **content)
{
	static const enum policy_key words[] = { POLICY_TYPE, POLICY_SOURCE,
		POLICY_MARKING, POLICY_KIND, POLICY_STANCE };
	const char *type = ops_text(arguments, "type");
	enum err err = ERR_OK;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		err = err == ERR_OK ? check_word(arguments, words[i]) : err;
	}
	if (err != ERR_OK) {
		return err;
	}
	type = type == NULL ? "intelligence" : type;
	/* The one field whose name is another than its token. */
	type = strcmp(type, "indicator") == 0 ? "indicators" : type;
	const ProtobufCFieldDescriptor *field =
	    protobuf_c_message_descriptor_get_field_by_name(
		&qsg__payload__descriptor, type);
	if (field == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE) {
		return err_set(ERR_INPUT, "there is no type %.40s", type);
	}
	err = read_content(arguments, field->descriptor, content);
	if (err == ERR_OK) {
		/* Every member of the union points to a message. */
		payload->content_case = (Qsg__Payload__ContentCase)field->id;
		payload->intelligence = (Qsg__Intelligence *)*content;
		payload->handling = handling;
		handling->marking =
		    canon_lend(ops_text(arguments, "marking") == NULL
				   ? ""
				   : ops_text(arguments, "marking"));
	}
	return err;
}

/* What speaks of a record is judged by that: here, by one of that provider,
 * source and so on. */
static enum err suppose(const json_t *arguments, Qsg__Payload *about,
    Qsg__Handling *handling, ProtobufCMessage **record)
{
	enum err err =
	    read_content(arguments, &qsg__intelligence__descriptor, record);
	qsg__payload__init(about);
	if (err == ERR_OK) {
		about->content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
		about->intelligence = (Qsg__Intelligence *)*record;
		about->handling = handling;
	}
	return err;
}

/* Codes as they are stored, so that rules fit them. */
static enum err put_provider(json_t *arguments)
{
	struct buf normal = { 0 };
	const char *given = ops_text(arguments, "provider");
	if (given == NULL) {
		return ERR_OK;
	}
	enum err err =
	    policy_normalise(POLICY_PROVIDER, span_text(given), &normal);
	if (err == ERR_OK) {
		json_out_text(arguments, "provider", buf_text(&normal));
	}
	buf_clear(&normal);
	return err;
}

enum err policing_test(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	const char *to[LIMIT_READERS];
	struct share_request request = { .to = to, .dry_run = true };
	struct share_result result = { 0 };
	Qsg__Payload payload;
	Qsg__Payload about;
	Qsg__Handling handling;
	ProtobufCMessage *content = NULL;
	ProtobufCMessage *record = NULL;
	size_t at = 0;
	const json_t *each = NULL;
	json_t *copy = json_deep_copy(arguments);
	qsg__payload__init(&payload);
	qsg__handling__init(&handling);
	json_array_foreach(json_object_get(arguments, "to"), at, each)
	{
		if (at < LIMIT_READERS) {
			to[request.to_count++] = json_string_value(each);
		}
	}
	enum err err = put_provider(copy);
	if (err == ERR_OK) {
		err = make_payload(copy, &payload, &handling, &content);
	}
	if (err == ERR_OK && said_about(payload.content_case) != 0) {
		err = suppose(copy, &about, &handling, &record);
		request.supposed = &about;
	}
	if (err == ERR_OK) {
		err = share_payload(core->node, &request, &payload, &result);
	}
	if (err == ERR_OK) {
		answer->json = share_json_audience(core->node, &result);
		json_out_text(answer->json, "verdict",
		    policy_verdict_token(result.match.verdict));
	}
	share_clear(&result);
	canon_free(content);
	canon_free(record);
	json_decref(copy);
	return err;
}

/*
 * What waits for a second person.
 */

struct listing {
	struct node *node;
	json_t *array;
};

static enum err list_one(void *context, const Qsg__PendingRelease *pending)
{
	const struct listing *listing = context;
	json_out_append(
	    listing->array, policy_json_pending(listing->node, pending));
	return ERR_OK;
}

enum err policing_list(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { core->node, json_array() };
	(void)arguments;
	answer->json = listing.array;
	return release_list(core->node, list_one, &listing);
}

static int64_t number_of(const json_t *arguments)
{
	return json_integer_value(json_object_get(arguments, "id"));
}

enum err policing_look(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct listing listing = { core->node, json_array() };
	enum err err =
	    release_look(core->node, number_of(arguments), list_one, &listing);
	if (err == ERR_OK) {
		answer->json = json_incref(json_array_get(listing.array, 0));
	}
	json_decref(listing.array);
	return err;
}

/* The account's name where there are several (acting.h), else as they say. */
static enum err find_person(const json_t *arguments, const char **out)
{
	*out = ops_text(arguments, "person");
	return *out == NULL
	           ? err_set(ERR_INPUT, "--person is missing: who it is"
					" that decides")
	           : ERR_OK;
}

enum err policing_approve(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct share_result result = { 0 };
	const char *person = NULL;
	enum err err = find_person(arguments, &person);
	if (err != ERR_OK) {
		return err;
	}
	err =
	    release_approve(core->node, number_of(arguments), person, &result);
	answer->json = share_json_result(core->node, &result, NULL);
	/* It was asked for with the provider as it stands. */
	json_out_set(answer->json, "warnings", json_array());
	share_clear(&result);
	return err;
}

enum err policing_refuse(
    struct ops_core *core, const json_t *arguments, struct ops_answer *answer)
{
	struct id32 record;
	const char *person = NULL;
	enum err err = find_person(arguments, &person);
	if (err == ERR_OK) {
		err = release_refuse(core->node, number_of(arguments), person,
		    ops_text(arguments, "reason"), &record);
	}
	if (err == ERR_OK) {
		answer->json = json_object();
		json_out_id(answer->json, "record", &record);
	}
	return err;
}
