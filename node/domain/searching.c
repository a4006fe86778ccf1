#include "domain/searching.h"

#include "codec/utf8.h"

#include <ctype.h>
#include <string.h>

/* Spaces and line ends of all lengths are one. */
static void squeeze(struct buf *text)
{
	size_t kept = 0;

	for (size_t i = 0; i < text->size; i++) {
		bool blank = isspace(text->data[i]) != 0;

		if (blank && (kept == 0 || text->data[kept - 1] == ' '))
			continue;
		text->data[kept++] = blank ? ' ' : text->data[i];
	}
	text->size = kept;
}

static enum err fold(const char *text, struct buf *out)
{
	enum err err = utf8_search(span_text(text), out);

	if (err == ERR_OK)
		squeeze(out);
	return err;
}

static size_t letters(const struct buf *text)
{
	size_t count = 0;

	for (size_t i = 0; i < text->size; i++)
		/* One for each character outside ASCII. */
		count += isalnum(text->data[i]) != 0 ||
		         (text->data[i] & 0xC0) == 0xC0;
	return count;
}

static enum err add_term(const char *term, struct searching *out)
{
	struct buf *folded = &out->terms[out->count];
	enum err err = ERR_OK;

	if (strlen(term) > SEARCHING_TERM_BYTES)
		return err_set(ERR_LIMIT, "a term has at most %u bytes",
		    SEARCHING_TERM_BYTES);
	out->given[out->count++] = term;
	err = fold(term, folded);
	while (err == ERR_OK && folded->size > 0 &&
	       folded->data[folded->size - 1] == ' ')
		folded->size--;
	if (err == ERR_OK && letters(folded) < 2)
		err = err_set(ERR_INPUT,
		    "a term has at least two letters or digits: \"%.60s\" "
		    "would be found nearly everywhere",
		    term);
	return err;
}

enum err searching_begin(
    const char *const *terms, size_t count, struct searching *out)
{
	enum err err = ERR_OK;

	if (count == 0)
		return err_set(ERR_USAGE, "say what to look for");
	if (count > SEARCHING_TERMS)
		return err_set(
		    ERR_LIMIT, "at most %u terms at once", SEARCHING_TERMS);
	for (size_t i = 0; i < count && err == ERR_OK; i++)
		err = add_term(terms[i], out);
	return err;
}

void searching_clear(struct searching *searching)
{
	for (size_t i = 0; i < searching->count; i++)
		buf_wipe(&searching->terms[i]);
	memset(searching, 0, sizeof *searching);
}

static bool holds(const struct buf *text, const struct buf *term)
{
	for (size_t i = 0; i + term->size <= text->size; i++) {
		if (memcmp(text->data + i, term->data, term->size) == 0)
			return true;
	}
	return false;
}

struct looking {
	const struct searching *searching;
	searching_each each;
	void *context;
};

static enum err look(
    const struct looking *looking, const char *field, const char *text)
{
	const struct searching *searching = looking->searching;
	struct buf folded = { 0 };
	enum err err = text[0] == '\0' ? ERR_OK : fold(text, &folded);

	for (size_t i = 0; i < searching->count && err == ERR_OK; i++) {
		if (text[0] != '\0' && holds(&folded, &searching->terms[i])) {
			const struct searching_hit hit = { searching->given[i],
				field, text };

			err = looking->each(looking->context, &hit);
		}
	}
	buf_wipe(&folded);
	return err;
}

static enum err keep_first(void *context, const struct searching_hit *hit)
{
	const char **term = context;

	*term = *term == NULL ? hit->term : *term;
	return ERR_OK;
}

enum err searching_text(
    const struct searching *searching, const char *text, const char **term)
{
	const struct looking looking = { searching, keep_first, term };

	*term = NULL;
	return look(&looking, "", text);
}

static enum err look_in(
    const struct looking *looking, const ProtobufCMessage *message);

/* One value of a field, at `at`. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, no deeper */
static enum err look_at(const struct looking *looking,
    const ProtobufCFieldDescriptor *field, const void *at)
{
	const ProtobufCMessage *inner = NULL;
	const char *text = NULL;

	if (field->type == PROTOBUF_C_TYPE_STRING) {
		text = *(char *const *)at;
		return look(looking, field->name, text == NULL ? "" : text);
	}
	inner = *(const ProtobufCMessage *const *)at;
	return inner == NULL ? ERR_OK : look_in(looking, inner);
}

/* Is it one of several of which another is set? */
static bool is_unset(
    const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	uint32_t set = 0;

	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return false;
	memcpy(&set, (const uint8_t *)message + field->quantifier_offset,
	    sizeof set);
	return set != field->id;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, no deeper */
static enum err look_in(
    const struct looking *looking, const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;
	enum err err = ERR_OK;

	for (unsigned i = 0; i < descriptor->n_fields && err == ERR_OK; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		const uint8_t *at = (const uint8_t *)message + field->offset;
		const uint8_t *first = at;
		size_t count = 1;

		if ((field->type != PROTOBUF_C_TYPE_STRING &&
			field->type != PROTOBUF_C_TYPE_MESSAGE) ||
		    is_unset(message, field))
			continue;
		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			memcpy(&count,
			    (const uint8_t *)message + field->quantifier_offset,
			    sizeof count);
			memcpy(&first, at, sizeof first);
		}
		for (size_t j = 0; j < count && err == ERR_OK; j++)
			err =
			    look_at(looking, field, first + j * sizeof(void *));
	}
	return err;
}

/* PROTOCOL.md M485: "A search for a subject MUST look into every text of every
 * record that can be read here, what was corrected and retracted and what is
 * for the author alone too, without regard to case and accents." */
enum err searching_payload(const struct searching *searching,
    const Qsg__Payload *payload, searching_each each, void *context)
{
	const struct looking looking = { searching, each, context };

	return look_in(&looking, &payload->base);
}
