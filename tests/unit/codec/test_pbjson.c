#include "codec/pbjson.h"

#include "codec/canon.h"

#include "card.pb-c.h"
#include "payload.pb-c.h"

#include <check.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

Suite *test_pbjson_suite(void);

static json_t *parse(const char *text)
{
	json_error_t error;
	json_t *json = json_loads(text, 0, &error);
	ck_assert_msg(json != NULL, "%s: %s", text, error.text);
	return json;
}

static enum err read_text(const char *text,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out)
{
	json_t *json = parse(text);
	enum err err = pbjson_read(json, descriptor, out);
	json_decref(json);
	return err;
}

static void check_write(const ProtobufCMessage *message, const char *want)
{
	json_t *json = NULL;
	json_t *expected = parse(want);
	ck_assert_msg(pbjson_write(message, &json) == ERR_OK, "%s", err_text());
	char *got = json_dumps(json, JSON_SORT_KEYS);
	ck_assert_msg(json_equal(json, expected), "%s", got);
	free(got);
	json_decref(json);
	json_decref(expected);
}

static const char payload_json[] =
    "{\"version\": 1, \"created_at_ms\": -9223372036854775808,"
    " \"role\": \"nurse\", \"handling\": {\"marking\": \"official\"},"
    " \"references\": [{\"relation\": \"corrects\", \"record\": \"00ff\"},"
    " {}],"
    " \"intelligence\": {\"provider\": \"RJ7\", \"text\": \"\\u00e9\\n\","
    " \"dimensions\": [\"safety\", \"\"], \"domains\": [5, 0, 4294967295],"
    " \"pointer_only\": true}}";

START_TEST(message_and_json_map_onto_each_other)
{
	ProtobufCMessage *message = NULL;
	ck_assert_msg(read_text(payload_json, &qsg__payload__descriptor,
			  &message) == ERR_OK,
	    "%s", err_text());
	const Qsg__Payload *payload = (const Qsg__Payload *)(void *)message;
	ck_assert_int_eq(payload->created_at_ms, INT64_MIN);
	ck_assert_str_eq(payload->role, "nurse");
	ck_assert_uint_eq(payload->n_references, 2);
	ck_assert_uint_eq(payload->references[0]->record.len, 2);
	ck_assert_uint_eq(payload->references[0]->record.data[1], 0xFF);
	ck_assert_int_eq(
	    payload->content_case, QSG__PAYLOAD__CONTENT_INTELLIGENCE);
	ck_assert_uint_eq(payload->intelligence->domains[2], UINT32_MAX);
	ck_assert(payload->intelligence->pointer_only);
	check_write(message, payload_json);
	struct buf bytes = { 0 };
	ProtobufCMessage *again = NULL;
	ck_assert_int_eq(canon_encode(message, &bytes), ERR_OK);
	ck_assert_int_eq(canon_decode(&qsg__payload__descriptor,
			     buf_span(&bytes), 1000, &again),
	    ERR_OK);
	check_write(again, payload_json);
	canon_wipe(message);
	canon_wipe(again);
	buf_clear(&bytes);
}
END_TEST

START_TEST(defaults_are_left_out_and_read_as_such)
{
	ProtobufCMessage *message = NULL;
	ck_assert_int_eq(
	    read_text("{\"version\": 0, \"role\": \"\", \"references\": []}",
		&qsg__payload__descriptor, &message),
	    ERR_OK);
	check_write(message, "{}");
	struct buf bytes = { 0 };
	ck_assert_int_eq(canon_encode(message, &bytes), ERR_OK);
	ck_assert_uint_eq(bytes.size, 0);
	canon_free(message);
	ck_assert_int_eq(
	    read_text("{}", &qsg__payload__descriptor, &message), ERR_OK);
	check_write(message, "{}");
	canon_free(message);
	/* A member of a oneof says something by being there. */
	ck_assert_int_eq(
	    read_text("{\"closed\": {}}", &qsg__payload__descriptor, &message),
	    ERR_OK);
	check_write(message, "{\"closed\": {}}");
	canon_free(message);
	buf_clear(&bytes);
}
END_TEST

struct refused {
	const char *json;
	const char *key; /* stands in the message */
};

static const struct refused refusals[] = {
	{ "[]", "object" },
	{ "{\"colour\": 1}", "colour" },
	{ "{\"handling\": {\"colour\": 1}}", "handling: colour" },
	{ "{\"version\": \"1\"}", "version" },
	{ "{\"version\": 1.0}", "version" },
	{ "{\"version\": -1}", "version" },
	{ "{\"version\": 4294967296}", "version" },
	{ "{\"version\": null}", "version" },
	{ "{\"role\": 1}", "role" },
	{ "{\"role\": null}", "role" },
	{ "{\"handling\": []}", "handling" },
	{ "{\"references\": {}}", "references" },
	{ "{\"references\": [{}, 1]}", "references: [1]" },
	{ "{\"references\": [{\"record\": \"0\"}]}", "record" },
	{ "{\"references\": [{\"record\": \"0g\"}]}", "record" },
	{ "{\"references\": [{\"record\": 0}]}", "record" },
	{ "{\"closed\": {}, \"audience\": {}}", "exclude" },
	{ "{\"intelligence\": {\"pointer_only\": 1}}", "pointer_only" },
	{ "{\"intelligence\": {\"domains\": [1, -1]}}", "domains: [1]" },
	{ "{\"intelligence\": {\"dimensions\": [\"a\", 2]}}", "dimensions" },
	{ "{\"audience\": {\"roster_epoch\": -1}}", "roster_epoch" },
	{ "{\"audience\": {\"readers\": [\"00\", \"x0\"]}}", "readers: [1]" },
};

START_TEST(what_does_not_fit_is_refused_by_its_key)
{
	ProtobufCMessage *message = NULL;
	ck_assert_int_eq(
	    read_text(refusals[_i].json, &qsg__payload__descriptor, &message),
	    ERR_INPUT);
	ck_assert_ptr_null(message);
	ck_assert_msg(strstr(err_text(), refusals[_i].key) != NULL, "%s: %s",
	    refusals[_i].json, err_text());
}
END_TEST

START_TEST(a_nul_in_text_is_refused)
{
	json_error_t error;
	ProtobufCMessage *message = NULL;
	json_t *json =
	    json_loads("{\"role\": \"a\\u0000b\"}", JSON_ALLOW_NUL, &error);
	ck_assert_ptr_nonnull(json);
	ck_assert_int_eq(
	    pbjson_read(json, &qsg__payload__descriptor, &message), ERR_INPUT);
	json_decref(json);
}
END_TEST

START_TEST(a_number_json_cannot_hold_is_not_written)
{
	Qsg__Card card;
	json_t *json = NULL;
	qsg__card__init(&card);
	card.version = (uint64_t)INT64_MAX;
	check_write(&card.base, "{\"version\": 9223372036854775807}");
	card.version++;
	ck_assert_int_eq(pbjson_write(&card.base, &json), ERR_LIMIT);
	ck_assert_ptr_null(json);
	ck_assert_ptr_nonnull(strstr(err_text(), "version"));
}
END_TEST

START_TEST(text_that_is_not_utf8_is_not_written)
{
	char name[] = "a\xFF";
	Qsg__Card card;
	json_t *json = NULL;
	qsg__card__init(&card);
	card.name = name;
	ck_assert_int_eq(pbjson_write(&card.base, &json), ERR_INPUT);
	ck_assert_ptr_null(json);
}
END_TEST

/* Our schemas have no enum and no oneof of plain values yet, so a message of
 * both is described by hand:
 *   enum HealthKind { HEALTH_KIND_NONE = 0; HEALTH_KIND_VERY_HARD = 3; }
 *   message Kinds { repeated HealthKind kinds = 1; HealthKind kind = 2;
 *       oneof one { string word = 3; sint32 number = 4; } } */
struct kinds {
	ProtobufCMessage base;
	size_t n_kinds;
	int *kinds;
	int kind;
	uint32_t one_case;
	union {
		char *word;
		int32_t number;
	} one;
};

static const ProtobufCEnumValue values[] = {
	{ "HEALTH_KIND_NONE", "NONE", 0 },
	{ "HEALTH_KIND_VERY_HARD", "HARD", 3 },
};
static const ProtobufCIntRange value_ranges[] = { { 0, 0 }, { 3, 1 },
	{ 0, 2 } };
static const ProtobufCEnumDescriptor kind_descriptor = {
	.magic = PROTOBUF_C__ENUM_DESCRIPTOR_MAGIC,
	.name = "qsg.HealthKind",
	.short_name = "HealthKind",
	.n_values = 2,
	.values = values,
	.n_value_ranges = 2,
	.value_ranges = value_ranges,
};
static const ProtobufCFieldDescriptor kinds_fields[] = {
	{ .name = "kinds",
	    .id = 1,
	    .label = PROTOBUF_C_LABEL_REPEATED,
	    .type = PROTOBUF_C_TYPE_ENUM,
	    .quantifier_offset = offsetof(struct kinds, n_kinds),
	    .offset = offsetof(struct kinds, kinds),
	    .descriptor = &kind_descriptor },
	{ .name = "kind",
	    .id = 2,
	    .label = PROTOBUF_C_LABEL_NONE,
	    .type = PROTOBUF_C_TYPE_ENUM,
	    .offset = offsetof(struct kinds, kind),
	    .descriptor = &kind_descriptor },
	{ .name = "word",
	    .id = 3,
	    .label = PROTOBUF_C_LABEL_NONE,
	    .type = PROTOBUF_C_TYPE_STRING,
	    .quantifier_offset = offsetof(struct kinds, one_case),
	    .offset = offsetof(struct kinds, one),
	    .flags = PROTOBUF_C_FIELD_FLAG_ONEOF },
	{ .name = "number",
	    .id = 4,
	    .label = PROTOBUF_C_LABEL_NONE,
	    .type = PROTOBUF_C_TYPE_SINT32,
	    .quantifier_offset = offsetof(struct kinds, one_case),
	    .offset = offsetof(struct kinds, one),
	    .flags = PROTOBUF_C_FIELD_FLAG_ONEOF },
};
static const unsigned int by_name[] = { 1, 0, 3, 2 };
static const ProtobufCIntRange field_ranges[] = { { 1, 0 }, { 0, 4 } };
static void kinds_init(ProtobufCMessage *message);
static const ProtobufCMessageDescriptor kinds_descriptor = {
	.magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
	.name = "qsg.Kinds",
	.sizeof_message = sizeof(struct kinds),
	.n_fields = 4,
	.fields = kinds_fields,
	.fields_sorted_by_name = by_name,
	.n_field_ranges = 1,
	.field_ranges = field_ranges,
	.message_init = kinds_init,
};

static void kinds_init(ProtobufCMessage *message)
{
	memset(message, 0, sizeof(struct kinds));
	message->descriptor = &kinds_descriptor;
}

START_TEST(enums_are_words_without_their_prefix)
{
	static const char *const good[] = {
		"{}",
		"{\"kind\": \"very-hard\"}",
		"{\"kinds\": [\"none\", \"very-hard\"]}",
		"{\"word\": \"\"}",
		"{\"word\": \"x\"}",
		"{\"number\": 0}",
		"{\"number\": -2147483648, \"kind\": \"very-hard\"}",
	};
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		ProtobufCMessage *message = NULL;
		ck_assert_msg(
		    read_text(good[i], &kinds_descriptor, &message) == ERR_OK,
		    "%s: %s", good[i], err_text());
		check_write(message, good[i]);
		canon_wipe(message);
	}
	static const char *const bad[] = {
		"{\"kind\": \"VERY_HARD\"}",
		"{\"kind\": \"health-kind-none\"}",
		"{\"kind\": 3}",
		"{\"kinds\": [\"none\", \"soft\"]}",
		"{\"word\": \"x\", \"number\": 1}",
		"{\"number\": 2147483648}",
		"{\"number\": -2147483649}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ProtobufCMessage *message = NULL;
		ck_assert_msg(
		    read_text(bad[i], &kinds_descriptor, &message) == ERR_INPUT,
		    "%s", bad[i]);
	}
}
END_TEST

START_TEST(an_enum_value_without_a_name_is_not_written)
{
	struct kinds kinds = { .base = { &kinds_descriptor, 0, NULL },
		.kind = 2 };
	json_t *json = NULL;
	ck_assert_int_eq(pbjson_write(&kinds.base, &json), ERR_INPUT);
	ck_assert_ptr_null(json);
}
END_TEST

Suite *test_pbjson_suite(void)
{
	Suite *suite = suite_create("pbjson");
	TCase *tcase = tcase_create("pbjson");
	tcase_add_test(tcase, message_and_json_map_onto_each_other);
	tcase_add_test(tcase, defaults_are_left_out_and_read_as_such);
	tcase_add_loop_test(tcase, what_does_not_fit_is_refused_by_its_key, 0,
	    (int)(sizeof(refusals) / sizeof(refusals[0])));
	tcase_add_test(tcase, a_nul_in_text_is_refused);
	tcase_add_test(tcase, a_number_json_cannot_hold_is_not_written);
	tcase_add_test(tcase, text_that_is_not_utf8_is_not_written);
	tcase_add_test(tcase, enums_are_words_without_their_prefix);
	tcase_add_test(tcase, an_enum_value_without_a_name_is_not_written);
	suite_add_tcase(suite, tcase);
	return suite;
}
