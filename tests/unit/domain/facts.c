#define _POSIX_C_SOURCE 200809L

#include "facts.h"

#include "base/bytes.h"
#include "codec/canon.h"

#include <stdlib.h>
#include <string.h>

struct id32 facts_org(size_t org)
{
	struct id32 id = { { 0 } };

	id.b[0] = (uint8_t)(0x10u + org);
	return id;
}

/* Ids of records come in no order. */
struct id32 facts_record(size_t number)
{
	struct id32 id = { { 0 } };

	bytes_put_u64(id.b, (number + 1) * 0x9E3779B97F4A7C15u);
	bytes_put_u64(id.b + 24, number);
	return id;
}

static void *zeroed(size_t count, size_t size)
{
	void *made = calloc(count, size);

	ck_assert_ptr_nonnull(made);
	return made;
}

/* The content's message, whatever its kind, with the provider filled in where
 * there is such a field. */
static void make_content(Qsg__Payload *payload, Qsg__Payload__ContentCase which)
{
	const ProtobufCFieldDescriptor *field =
	    protobuf_c_message_descriptor_get_field(
		&qsg__payload__descriptor, (unsigned)which);
	const ProtobufCMessageDescriptor *descriptor = NULL;
	const ProtobufCFieldDescriptor *provider = NULL;
	ProtobufCMessage *message = NULL;

	ck_assert_ptr_nonnull(field);
	descriptor = field->descriptor;
	message = zeroed(1, descriptor->sizeof_message);
	protobuf_c_message_init(descriptor, message);
	provider = protobuf_c_message_descriptor_get_field_by_name(
	    descriptor, "provider");
	if (provider != NULL) {
		*(char **)(void *)((uint8_t *)message + provider->offset) =
		    strdup("RAL");
	}
	payload->content_case = which;
	memcpy((uint8_t *)payload + field->offset, &message, sizeof message);
}

size_t facts_add(struct facts *facts, size_t author, unsigned readers,
    Qsg__Payload__ContentCase content)
{
	size_t number = facts->count++;
	struct picture_fact *fact = &facts->items[number];
	struct id32 *ids = zeroed(FACTS_ORGS, sizeof *ids);
	Qsg__Payload *payload = zeroed(1, sizeof *payload);

	ck_assert_uint_lt(number, FACTS_MOST);
	qsg__payload__init(payload);
	payload->created_at_ms = FACTS_NOW_MS - 1000000 + (int64_t)number;
	make_content(payload, content);
	*fact = (struct picture_fact){ .record = facts_record(number),
		.author = facts_org(author),
		.leaf = facts->leaves[author]++,
		.readers = ids,
		.payload = payload };
	for (size_t i = 0; i < FACTS_ORGS; i++) {
		if (i == author || (readers & (1u << i)) != 0)
			ids[fact->reader_count++] = facts_org(i);
	}
	return number;
}

Qsg__Payload *facts_payload(struct facts *facts, size_t number)
{
	/* Made by facts_add, not const there. */
	union {
		const Qsg__Payload *given;
		Qsg__Payload *made;
	} payload = { .given = facts->items[number].payload };

	return payload.made;
}

void facts_refer(struct facts *facts, size_t number, const char *relation,
    const struct id32 *to)
{
	Qsg__Payload *payload = facts_payload(facts, number);
	Qsg__Reference *reference = zeroed(1, sizeof *reference);

	qsg__reference__init(reference);
	reference->relation = strdup(relation);
	reference->record.data = zeroed(1, sizeof *to);
	reference->record.len = sizeof *to;
	memcpy(reference->record.data, to->b, sizeof *to);
	payload->references = realloc(payload->references,
	    (payload->n_references + 1) * sizeof *payload->references);
	ck_assert_ptr_nonnull(payload->references);
	payload->references[payload->n_references++] = reference;
}

size_t facts_item(struct facts *facts, size_t author, const char *stance,
    const char *dimension)
{
	size_t number = facts_add(
	    facts, author, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_INTELLIGENCE);
	Qsg__Intelligence *item = facts_payload(facts, number)->intelligence;

	item->stance = strdup(stance);
	item->source = strdup("complaint");
	if (dimension != NULL) {
		item->dimensions = zeroed(1, sizeof(char *));
		item->dimensions[item->n_dimensions++] = strdup(dimension);
	}
	return number;
}

size_t facts_judgement(struct facts *facts, size_t author, const char *view)
{
	size_t number = facts_add(
	    facts, author, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_JUDGEMENT);

	facts_payload(facts, number)->judgement->view = strdup(view);
	return number;
}

size_t facts_about(struct facts *facts, size_t author,
    Qsg__Payload__ContentCase content, const char *relation, size_t to)
{
	size_t number = facts_add(facts, author, FACTS_EVERYBODY, content);
	struct id32 id = facts_record(to);

	facts_refer(facts, number, relation, &id);
	return number;
}

struct picture facts_picture(const struct facts *facts)
{
	struct picture picture;

	ck_assert_msg(picture_evaluate("RAL", facts->items, facts->count,
			  FACTS_NOW_MS, &picture) == ERR_OK,
	    "%s", err_text());
	return picture;
}

struct id32 facts_hash(const struct facts *facts)
{
	struct picture picture = facts_picture(facts);
	struct id32 hash;

	ck_assert_int_eq(picture_hash(&picture, &hash), ERR_OK);
	picture_clear(&picture);
	return hash;
}

const struct picture_entry *facts_entry(
    const struct picture *picture, size_t number)
{
	struct id32 id = facts_record(number);
	size_t at = picture_find(picture, &id);

	ck_assert_uint_ne(at, PICTURE_NONE);
	return &picture->entries[at];
}

void facts_clear(struct facts *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		union {
			const struct id32 *given;
			void *made;
		} readers = { .given = facts->items[i].readers };

		canon_free(&facts_payload(facts, i)->base);
		free(readers.made);
	}
	memset(facts, 0, sizeof *facts);
}
