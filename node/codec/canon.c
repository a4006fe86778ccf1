#define _GNU_SOURCE

#include "codec/canon.h"

#include "base/limits.h"
#include "codec/utf8.h"

#include <sodium.h>

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

enum {
	DEPTH_MAX = 16, /* our schemas nest four deep */
	VARINT_BYTES = 10,
	/* Messages within one: an empty one takes two bytes here and a hundred
	 * in memory. The largest batch of records stays below this. */
	PARTS_MAX = LIMIT_PROOF_NODES + 2 * LIMIT_BATCH_RECORDS,
};

/* protobuf-c has no limit to nesting, keeps unknown fields, takes any bytes as
 * text and ends a string at its first NUL. So the bytes themselves are walked
 * first, before anything is allocated for them. */
struct level {
	const ProtobufCMessageDescriptor *descriptor;
	size_t end;
	unsigned int last; /* place of the last field in the descriptor */
};

struct walk {
	struct span bytes;
	size_t at;
	size_t depth;
	size_t parts;
	struct level levels[DEPTH_MAX];
};

static enum err refuse(const char *what)
{
	return err_set(ERR_FORMAT, "a message with %s", what);
}

static bool walk_varint(struct walk *walk, size_t end, uint64_t *out)
{
	uint64_t value = 0;
	if (walk->at < end && walk->bytes.data[walk->at] < 0x80u) {
		*out = walk->bytes.data[walk->at++]; /* nearly always */
		return true;
	}
	for (unsigned int i = 0; i < VARINT_BYTES && walk->at < end; i++) {
		uint8_t byte = walk->bytes.data[walk->at++];
		value |= (uint64_t)(byte & 0x7Fu) << (7 * i);
		if ((byte & 0x80u) == 0) {
			*out = value;
			return true;
		}
	}
	return false;
}

static bool walk_skip(struct walk *walk, size_t end, uint64_t size)
{
	if (size > end - walk->at) {
		return false;
	}
	walk->at += (size_t)size;
	return true;
}

/* Descriptors sort fields by number, and so do honest encoders: the field is
 * mostly the last one again or one soon after it. */
static const ProtobufCFieldDescriptor *walk_find(
    struct level *level, uint32_t number)
{
	const ProtobufCMessageDescriptor *descriptor = level->descriptor;
	unsigned int place = level->last;
	while (place < descriptor->n_fields &&
	       descriptor->fields[place].id < number) {
		place++;
	}
	if (place < descriptor->n_fields &&
	    descriptor->fields[place].id == number) {
		level->last = place;
		return &descriptor->fields[place];
	}
	return protobuf_c_message_descriptor_get_field(descriptor, number);
}

static ProtobufCWireType wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_SINT32:
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_SINT64:
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_UINT64:
	case PROTOBUF_C_TYPE_BOOL:
	case PROTOBUF_C_TYPE_ENUM:
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return PROTOBUF_C_WIRE_TYPE_32BIT;
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return PROTOBUF_C_WIRE_TYPE_64BIT;
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		break;
	}
	return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
}

/* A length-prefixed value: text is checked, a message is stepped into. */
static enum err walk_prefixed(
    struct walk *walk, size_t end, const ProtobufCFieldDescriptor *field)
{
	uint64_t size = 0;
	if (!walk_varint(walk, end, &size) || size > end - walk->at) {
		return refuse("a field cut short");
	}
	if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		if (walk->depth == DEPTH_MAX) {
			return refuse("too deep a nesting");
		}
		if (walk->parts++ == PARTS_MAX) {
			return refuse("too many parts");
		}
		walk->levels[walk->depth++] = (struct level){
			.descriptor = field->descriptor,
			.end = walk->at + (size_t)size,
		};
		return ERR_OK;
	}
	if (field->type == PROTOBUF_C_TYPE_STRING &&
	    !utf8_valid(span_of(walk->bytes.data + walk->at, (size_t)size))) {
		return err_set(ERR_FORMAT,
		    "a message whose %s is not UTF-8 text", field->name);
	}
	walk->at += (size_t)size;
	return ERR_OK;
}

static enum err walk_field(struct walk *walk)
{
	struct level *level = &walk->levels[walk->depth - 1];
	uint64_t tag = 0;
	if (!walk_varint(walk, level->end, &tag) || tag > UINT32_MAX) {
		return refuse("a bad tag");
	}
	const ProtobufCFieldDescriptor *field =
	    walk_find(level, (uint32_t)tag >> 3);
	if (field == NULL) {
		return refuse("a field we do not know");
	}
	uint32_t wire = (uint32_t)tag & 7u;
	bool packed = wire == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
	              field->label == PROTOBUF_C_LABEL_REPEATED;
	if (wire != wire_type_of(field->type) && !packed) {
		return refuse("a field of the wrong type");
	}
	bool whole = false;
	uint64_t ignored = 0;
	switch ((ProtobufCWireType)wire) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		whole = walk_varint(walk, level->end, &ignored);
		break;
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		whole = walk_skip(walk, level->end, sizeof(uint64_t));
		break;
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		whole = walk_skip(walk, level->end, sizeof(uint32_t));
		break;
	case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
		return walk_prefixed(walk, level->end, field);
	}
	return whole ? ERR_OK : refuse("a field cut short");
}

static enum err walk_all(
    const ProtobufCMessageDescriptor *descriptor, struct span bytes)
{
	struct walk walk;
	walk.bytes = bytes;
	walk.at = 0;
	walk.depth = 1;
	walk.parts = 0;
	walk.levels[0] = (struct level){ descriptor, bytes.size, 0 };
	while (walk.depth > 0) {
		if (walk.at == walk.levels[walk.depth - 1].end) {
			walk.depth--;
			continue;
		}
		enum err err = walk_field(&walk);
		if (err != ERR_OK) {
			return err;
		}
	}
	return ERR_OK;
}

enum err canon_decode_message(const ProtobufCMessageDescriptor *descriptor,
    struct span bytes, size_t max, ProtobufCMessage **out)
{
	if (bytes.size > max) {
		return err_set(ERR_LIMIT, "a message of %zu bytes, over %zu",
		    bytes.size, max);
	}
	enum err err = walk_all(descriptor, bytes);
	if (err != ERR_OK) {
		return err;
	}
	/* An empty span may have no address at all. */
	static const uint8_t nothing;
	const uint8_t *data = bytes.size > 0 ? bytes.data : &nothing;
	ProtobufCMessage *message =
	    protobuf_c_message_unpack(descriptor, NULL, bytes.size, data);
	if (message == NULL) {
		return refuse("a field that cannot be read");
	}
	*out = message;
	return ERR_OK;
}

/* Takes what the encoder writes and compares it, so that encoding again needs
 * no memory. */
struct compare {
	ProtobufCBuffer base;
	struct span left;
	bool differs;
};

static void compare_append(
    ProtobufCBuffer *buffer, size_t size, const uint8_t *data)
{
	/* base is the first member */
	struct compare *compare = (struct compare *)(void *)buffer;
	/* Tags and lengths are one byte mostly. */
	if (size == 1 && compare->left.size > 0 &&
	    compare->left.data[0] == data[0]) {
		compare->left.data++;
		compare->left.size--;
		return;
	}
	if (size == 0) {
		return; /* of an empty field, which has no address */
	}
	if (size > compare->left.size ||
	    memcmp(compare->left.data, data, size) != 0) {
		compare->differs = true;
		compare->left.size = 0;
		return;
	}
	compare->left.data += size;
	compare->left.size -= size;
}

static bool encodes_to(const ProtobufCMessage *message, struct span bytes)
{
	struct compare compare = {
		.base = { .append = compare_append },
		.left = bytes,
		.differs = false,
	};
	(void)protobuf_c_message_pack_to_buffer(message, &compare.base);
	return !compare.differs && compare.left.size == 0;
}

enum err canon_decode(const ProtobufCMessageDescriptor *descriptor,
    struct span bytes, size_t max, ProtobufCMessage **out)
{
	ProtobufCMessage *message = NULL;
	enum err err = canon_decode_message(descriptor, bytes, max, &message);
	if (err != ERR_OK) {
		return err;
	}
	if (!encodes_to(message, bytes)) {
		canon_wipe(message);
		return err_set(
		    ERR_FORMAT, "a message not in its canonical encoding");
	}
	*out = message;
	return ERR_OK;
}

char *canon_lend(const char *text)
{
	char *out = NULL;
	memcpy(&out, &text, sizeof(out));
	return out;
}

enum err canon_encode(const ProtobufCMessage *message, struct buf *out)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	enum err err = buf_reserve(out, size);
	if (err != ERR_OK) {
		return err;
	}
	if (size > 0) {
		out->size +=
		    protobuf_c_message_pack(message, out->data + out->size);
	}
	return ERR_OK;
}

/* Texts, byte strings and messages in a field that is encoded; a message is
 * stepped into by the caller. Of a single one that is empty and not a message
 * nothing is encoded. */
static bool is_there(const ProtobufCFieldDescriptor *field, const void *value)
{
	if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		return *(const ProtobufCMessage *const *)value != NULL;
	}
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		return true;
	}
	if (field->type == PROTOBUF_C_TYPE_STRING) {
		const char *text = *(const char *const *)value;
		return text != NULL && text[0] != '\0';
	}
	return ((const ProtobufCBinaryData *)value)->len > 0;
}

static bool is_part(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_MESSAGE ||
	       field->type == PROTOBUF_C_TYPE_STRING ||
	       field->type == PROTOBUF_C_TYPE_BYTES;
}

/* The field's values: one, or as many as its count says. */
static size_t values_of(const ProtobufCMessage *message,
    const ProtobufCFieldDescriptor *field, const uint8_t **values)
{
	const uint8_t *base = (const uint8_t *)message;
	const uint8_t *count = base + field->quantifier_offset;
	size_t repeated = 0;
	uint32_t chosen = 0;
	*values = base + field->offset;
	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		memcpy(&repeated, count, sizeof(repeated));
		memcpy(values, base + field->offset, sizeof(*values));
		return repeated;
	}
	if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) {
		memcpy(&chosen, count, sizeof(chosen));
		return chosen == field->id ? 1 : 0;
	}
	return 1;
}

/* NOLINTNEXTLINE(misc-no-recursion): no deeper than what is decoded */
static uint64_t parts_of(const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;
	uint64_t parts = 0;
	for (unsigned int i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		bool bytes = field->type == PROTOBUF_C_TYPE_BYTES;
		const uint8_t *values = NULL;
		size_t count =
		    is_part(field) ? values_of(message, field, &values) : 0;
		for (size_t j = 0; j < count; j++) {
			const void *value =
			    values + j * (bytes ? sizeof(ProtobufCBinaryData)
						: sizeof(void *));
			if (!is_there(field, value)) {
				continue;
			}
			parts++;
			if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
				parts += parts_of(
				    *(const ProtobufCMessage *const *)value);
			}
		}
	}
	return parts;
}

/* PROTOCOL.md M496: "The weight of a record MUST be taken as the size of its
 * payload, and 64 bytes more for each message, text and byte string in it, at
 * whatever depth." */
uint64_t canon_weight(const ProtobufCMessage *message)
{
	return protobuf_c_message_get_packed_size(message) +
	       CANON_PART_BYTES * parts_of(message);
}

bool canon_take_id(const ProtobufCBinaryData *field, struct id32 *out)
{
	if (field->len != sizeof(out->b)) {
		return false;
	}
	memcpy(out->b, field->data, sizeof(out->b));
	return !id_is_zero(out);
}

bool canon_is_id(const ProtobufCBinaryData *field, const struct id32 *id)
{
	return span_equal(span_of(field->data, field->len), span_id(id));
}

enum err canon_put_id(ProtobufCBinaryData *field, const struct id32 *id)
{
	uint8_t *copy = malloc(sizeof(id->b));
	if (copy == NULL) {
		return err_set(ERR_MEM, "out of memory");
	}
	memcpy(copy, id->b, sizeof(id->b));
	free(field->data);
	field->data = copy;
	field->len = sizeof(id->b);
	return ERR_OK;
}

enum err canon_copy(const ProtobufCMessage *message, ProtobufCMessage **out)
{
	struct buf bytes = { 0 };
	enum err err = canon_encode(message, &bytes);
	if (err == ERR_OK) {
		err = canon_decode(message->descriptor, buf_span(&bytes),
		    LIMIT_REQUEST_BYTES, out);
	}
	buf_wipe(&bytes);
	return err;
}

void canon_free(ProtobufCMessage *message)
{
	if (message != NULL) {
		protobuf_c_message_free_unpacked(message, NULL);
	}
}

static void *wiping_alloc(void *context, size_t size)
{
	(void)context;
	return malloc(size);
}

static void wiping_free(void *context, void *data)
{
	(void)context;
	if (data != NULL) {
		sodium_memzero(data, malloc_usable_size(data));
		free(data);
	}
}

void canon_wipe(ProtobufCMessage *message)
{
	ProtobufCAllocator wiping = {
		.alloc = wiping_alloc,
		.free = wiping_free,
		.allocator_data = NULL,
	};
	if (message != NULL) {
		protobuf_c_message_free_unpacked(message, &wiping);
	}
}
