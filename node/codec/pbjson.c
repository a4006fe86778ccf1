#include "codec/pbjson.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Functions here call each other as deep as messages nest in the schema, which
 * has no recursion; a descriptor decides how deep, never the input. */

enum { ENUM_NAME_BYTES = 128 };

static enum err no_memory(void)
{
	return err_set(ERR_MEM, "out of memory");
}

static const void *member_at(const ProtobufCMessage *message, unsigned offset)
{
	return (const uint8_t *)message + offset;
}

static void *slot_at(ProtobufCMessage *message, unsigned offset)
{
	return (uint8_t *)message + offset;
}

static bool in_oneof(const ProtobufCFieldDescriptor *field)
{
	return (field->flags & (uint32_t)PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* The C library's own functions would look at the locale. */
static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static char upper(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static char dashed_lower(char c)
{
	return (char)(is_upper(c) ? c - 'A' + 'a' : c == '_' ? '-' : c);
}

/* The prefix that every value's name of an enum carries: HealthKind gives
 * HEALTH_KIND_. */
static size_t enum_prefix(
    const ProtobufCEnumDescriptor *type, char out[ENUM_NAME_BYTES])
{
	size_t size = 0;
	for (const char *c = type->short_name;
	     *c != '\0' && size + 3 < ENUM_NAME_BYTES; c++) {
		if (is_upper(*c) && c != type->short_name) {
			out[size++] = '_';
		}
		out[size++] = upper(*c);
	}
	out[size++] = '_';
	out[size] = '\0';
	return size;
}

/* A value's name as it stands in JSON. */
static void enum_text(const ProtobufCEnumDescriptor *type, const char *name,
    char out[ENUM_NAME_BYTES])
{
	char prefix[ENUM_NAME_BYTES];
	size_t prefix_size = enum_prefix(type, prefix);
	size_t size = 0;
	if (strncmp(name, prefix, prefix_size) == 0) {
		name += prefix_size;
	}
	for (; *name != '\0' && size + 1 < ENUM_NAME_BYTES; name++) {
		out[size++] = dashed_lower(*name);
	}
	out[size] = '\0';
}

/* ---- writing ---- */

static enum err write_unsigned(uint64_t value, json_t **out)
{
	if (value > INT64_MAX) {
		return err_set(ERR_LIMIT, "a number too large for JSON");
	}
	*out = json_integer((json_int_t)value);
	return *out != NULL ? ERR_OK : no_memory();
}

static enum err write_text(const char *text, json_t **out)
{
	struct span span = span_text(text);
	if (!utf8_valid(span)) {
		return err_set(ERR_INPUT, "text is not UTF-8");
	}
	*out = json_stringn_nocheck(text != NULL ? text : "", span.size);
	return *out != NULL ? ERR_OK : no_memory();
}

static enum err write_bytes(const ProtobufCBinaryData *bytes, json_t **out)
{
	struct buf hex = { 0 };
	enum err err = text_hex(span_of(bytes->data, bytes->len), &hex);
	if (err == ERR_OK) {
		*out = json_stringn_nocheck(
		    hex.size > 0 ? (const char *)hex.data : "", hex.size);
		err = *out != NULL ? ERR_OK : no_memory();
	}
	buf_wipe(&hex);
	return err;
}

static enum err write_enum(
    const ProtobufCEnumDescriptor *type, int value, json_t **out)
{
	char text[ENUM_NAME_BYTES];
	const ProtobufCEnumValue *found =
	    protobuf_c_enum_descriptor_get_value(type, value);
	if (found == NULL) {
		return err_set(ERR_INPUT, "no value %d", value);
	}
	enum_text(type, found->name, text);
	*out = json_string(text);
	return *out != NULL ? ERR_OK : no_memory();
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
static enum err write_value(
    const ProtobufCFieldDescriptor *field, const void *at, json_t **out)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		*out = json_integer(*(const int32_t *)at);
		break;
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		*out = json_integer(*(const int64_t *)at);
		break;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return write_unsigned(*(const uint32_t *)at, out);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return write_unsigned(*(const uint64_t *)at, out);
	case PROTOBUF_C_TYPE_FLOAT:
		*out = json_real((double)*(const float *)at);
		break;
	case PROTOBUF_C_TYPE_DOUBLE:
		*out = json_real(*(const double *)at);
		break;
	case PROTOBUF_C_TYPE_BOOL:
		*out = json_boolean(*(const protobuf_c_boolean *)at);
		break;
	case PROTOBUF_C_TYPE_ENUM:
		return write_enum(field->descriptor, *(const int *)at, out);
	case PROTOBUF_C_TYPE_STRING:
		return write_text(*(char *const *)at, out);
	case PROTOBUF_C_TYPE_BYTES:
		return write_bytes(at, out);
	case PROTOBUF_C_TYPE_MESSAGE:
		return pbjson_write(*(ProtobufCMessage *const *)at, out);
	}
	return *out != NULL ? ERR_OK : no_memory();
}

static size_t size_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return sizeof(uint32_t);
	case PROTOBUF_C_TYPE_BOOL:
		return sizeof(protobuf_c_boolean);
	case PROTOBUF_C_TYPE_ENUM:
		return sizeof(int);
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(char *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_MESSAGE:
		return sizeof(ProtobufCMessage *);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		break;
	}
	return sizeof(uint64_t);
}

static bool is_default(const ProtobufCFieldDescriptor *field, const void *at)
{
	static const uint64_t zero;
	if (field->type == PROTOBUF_C_TYPE_STRING) {
		const char *text = *(char *const *)at;
		return text == NULL || text[0] == '\0';
	}
	if (field->type == PROTOBUF_C_TYPE_BYTES) {
		return ((const ProtobufCBinaryData *)at)->len == 0;
	}
	return memcmp(at, &zero, size_of(field->type)) == 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
static enum err write_array(const ProtobufCFieldDescriptor *field,
    const void *elements, size_t count, json_t **out)
{
	json_t *array = json_array();
	enum err err = array != NULL ? ERR_OK : no_memory();
	for (size_t i = 0; err == ERR_OK && i < count; i++) {
		json_t *value = NULL;
		err = write_value(field,
		    (const uint8_t *)elements + i * size_of(field->type),
		    &value);
		if (err == ERR_OK && json_array_append_new(array, value) != 0) {
			err = no_memory();
		}
	}
	if (err != ERR_OK) {
		json_decref(array);
		return err;
	}
	*out = array;
	return ERR_OK;
}

/* Leaves *out alone when the field is at its default. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
static enum err write_field(const ProtobufCMessage *message,
    const ProtobufCFieldDescriptor *field, json_t **out)
{
	const void *at = member_at(message, field->offset);
	const void *quantifier = member_at(message, field->quantifier_offset);
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		size_t count = *(const size_t *)quantifier;
		if (count == 0) {
			return ERR_OK;
		}
		return write_array(field, *(void *const *)at, count, out);
	}
	/* A member of a oneof says something even at its default. */
	if (in_oneof(field) ? *(const uint32_t *)quantifier != field->id
			    : is_default(field, at)) {
		return ERR_OK;
	}
	return write_value(field, at, out);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
enum err pbjson_write(const ProtobufCMessage *message, json_t **out)
{
	json_t *object = json_object();
	enum err err = object != NULL ? ERR_OK : no_memory();
	for (unsigned i = 0; err == ERR_OK && i < message->descriptor->n_fields;
	     i++) {
		const ProtobufCFieldDescriptor *field =
		    &message->descriptor->fields[i];
		json_t *value = NULL;
		err = write_field(message, field, &value);
		if (err != ERR_OK) {
			err = err_wrap(err, "%s", field->name);
		} else if (value != NULL && json_object_set_new(object,
						field->name, value) != 0) {
			err = no_memory();
		}
	}
	if (err != ERR_OK) {
		json_decref(object);
		return err;
	}
	*out = object;
	return ERR_OK;
}

/* ---- reading ---- */

static enum err expected(const char *what)
{
	return err_set(ERR_INPUT, "%s is expected here", what);
}

static enum err read_signed(
    const json_t *json, int64_t min, int64_t max, int64_t *out)
{
	if (!json_is_integer(json)) {
		return expected("a whole number");
	}
	*out = json_integer_value(json);
	if (*out < min || *out > max) {
		return err_set(ERR_INPUT, "the number is out of range");
	}
	return ERR_OK;
}

static enum err read_small(
    const json_t *json, int64_t min, int64_t max, void *at)
{
	int64_t value = 0;
	enum err err = read_signed(json, min, max, &value);
	if (err == ERR_OK) {
		/* Both kinds of 32 bits keep their low half so. */
		uint32_t bits = (uint32_t)value;
		memcpy(at, &bits, sizeof(bits));
	}
	return err;
}

static enum err read_large(const json_t *json, int64_t min, void *at)
{
	int64_t value = 0;
	enum err err = read_signed(json, min, INT64_MAX, &value);
	if (err == ERR_OK) {
		memcpy(at, &value, sizeof(value));
	}
	return err;
}

static enum err read_real(const json_t *json, ProtobufCType type, void *at)
{
	if (!json_is_number(json)) {
		return expected("a number");
	}
	double value = json_number_value(json);
	if (type == PROTOBUF_C_TYPE_FLOAT) {
		*(float *)at = (float)value;
	} else {
		*(double *)at = value;
	}
	return ERR_OK;
}

static enum err read_bool(const json_t *json, void *at)
{
	if (!json_is_boolean(json)) {
		return expected("true or false");
	}
	*(protobuf_c_boolean *)at = json_is_true(json);
	return ERR_OK;
}

static enum err read_enum(
    const json_t *json, const ProtobufCEnumDescriptor *type, void *at)
{
	char text[ENUM_NAME_BYTES];
	if (!json_is_string(json)) {
		return expected("one of a list of words");
	}
	for (unsigned i = 0; i < type->n_values; i++) {
		enum_text(type, type->values[i].name, text);
		if (strcmp(text, json_string_value(json)) == 0) {
			*(int *)at = type->values[i].value;
			return ERR_OK;
		}
	}
	return err_set(
	    ERR_INPUT, "%s is not known here", json_string_value(json));
}

static enum err read_text(const json_t *json, char **at)
{
	if (!json_is_string(json)) {
		return expected("text");
	}
	size_t size = json_string_length(json);
	const char *text = json_string_value(json);
	if (strlen(text) != size) {
		return err_set(ERR_INPUT, "text may not hold a NUL");
	}
	char *copy = malloc(size + 1);
	if (copy == NULL) {
		return no_memory();
	}
	memcpy(copy, text, size + 1);
	*at = copy;
	return ERR_OK;
}

static enum err read_bytes(const json_t *json, ProtobufCBinaryData *at)
{
	if (!json_is_string(json) || json_string_length(json) % 2 != 0) {
		return expected("bytes in hex");
	}
	size_t size = json_string_length(json) / 2;
	if (size == 0) {
		return ERR_OK;
	}
	uint8_t *data = malloc(size);
	if (data == NULL) {
		return no_memory();
	}
	enum err err =
	    text_unhex(span_of(json_string_value(json), size * 2), data, size);
	if (err != ERR_OK) {
		free(data);
		return expected("bytes in hex");
	}
	at->data = data;
	at->len = size;
	return ERR_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
static enum err read_value(
    const ProtobufCFieldDescriptor *field, const json_t *json, void *at)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_SFIXED32:
		return read_small(json, INT32_MIN, INT32_MAX, at);
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_FIXED32:
		return read_small(json, 0, UINT32_MAX, at);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_SFIXED64:
		return read_large(json, INT64_MIN, at);
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_FIXED64:
		return read_large(json, 0, at);
	case PROTOBUF_C_TYPE_FLOAT:
	case PROTOBUF_C_TYPE_DOUBLE:
		return read_real(json, field->type, at);
	case PROTOBUF_C_TYPE_BOOL:
		return read_bool(json, at);
	case PROTOBUF_C_TYPE_ENUM:
		return read_enum(json, field->descriptor, at);
	case PROTOBUF_C_TYPE_STRING:
		return read_text(json, at);
	case PROTOBUF_C_TYPE_BYTES:
		return read_bytes(json, at);
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return pbjson_read(json, field->descriptor, at);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
static enum err read_array(const ProtobufCFieldDescriptor *field,
    const json_t *json, ProtobufCMessage *message)
{
	size_t size = size_of(field->type);
	size_t *count = slot_at(message, field->quantifier_offset);
	if (!json_is_array(json)) {
		return expected("a list");
	}
	size_t wanted = json_array_size(json);
	if (wanted == 0) {
		return ERR_OK;
	}
	uint8_t *elements = calloc(wanted, size);
	if (elements == NULL) {
		return no_memory();
	}
	*(void **)slot_at(message, field->offset) = elements;
	for (size_t i = 0; i < wanted; i++) {
		/* Counted first: what was not read is zero, and freeing it
		 * does nothing. */
		*count = i + 1;
		enum err err = read_value(
		    field, json_array_get(json, i), elements + i * size);
		if (err != ERR_OK) {
			return err_wrap(err, "[%zu]", i);
		}
	}
	return ERR_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
static enum err read_field(const ProtobufCFieldDescriptor *field,
    const json_t *json, ProtobufCMessage *message)
{
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		return read_array(field, json, message);
	}
	void *at = slot_at(message, field->offset);
	if (in_oneof(field)) {
		uint32_t *which = slot_at(message, field->quantifier_offset);
		if (*which != 0) {
			return err_set(ERR_INPUT,
			    "this and another key exclude each other");
		}
		*which = field->id;
	}
	return read_value(field, json, at);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
static enum err read_fields(const json_t *json, ProtobufCMessage *message)
{
	/* Iterating changes nothing; jansson's type just lacks the const. */
	union {
		const json_t *constant;
		json_t *free;
	} same = { .constant = json };
	json_t *object = same.free;
	for (void *place = json_object_iter(object); place != NULL;
	     place = json_object_iter_next(object, place)) {
		const char *key = json_object_iter_key(place);
		const ProtobufCFieldDescriptor *field =
		    protobuf_c_message_descriptor_get_field_by_name(
			message->descriptor, key);
		if (field == NULL) {
			return err_set(ERR_INPUT, "%s: no such key", key);
		}
		enum err err =
		    read_field(field, json_object_iter_value(place), message);
		if (err != ERR_OK) {
			return err_wrap(err, "%s", key);
		}
	}
	return ERR_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, see the top */
enum err pbjson_read(const json_t *json,
    const ProtobufCMessageDescriptor *descriptor, ProtobufCMessage **out)
{
	if (!json_is_object(json)) {
		return expected("an object");
	}
	ProtobufCMessage *message = malloc(descriptor->sizeof_message);
	if (message == NULL) {
		return no_memory();
	}
	protobuf_c_message_init(descriptor, message);
	enum err err = read_fields(json, message);
	if (err != ERR_OK) {
		canon_wipe(message);
		return err;
	}
	*out = message;
	return ERR_OK;
}
