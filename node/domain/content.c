#include "domain/content.h"

#include "base/limits.h"

#include <string.h>

static const struct content_kind kinds[] = {
	{ "audience", QSG__PAYLOAD__CONTENT_AUDIENCE, true, false },
	{ "closed", QSG__PAYLOAD__CONTENT_CLOSED, true, false },
	{ "intelligence", QSG__PAYLOAD__CONTENT_INTELLIGENCE, false, false },
	{ "indicator", QSG__PAYLOAD__CONTENT_INDICATORS, false, false },
	{ "override", QSG__PAYLOAD__CONTENT_OVERRIDE, true, true },
	{ "receipt", QSG__PAYLOAD__CONTENT_RECEIPT, true, false },
	{ "export", QSG__PAYLOAD__CONTENT_EXPORT, true, true },
	{ "roster", QSG__PAYLOAD__CONTENT_ROSTER, true, false },
	{ "membership", QSG__PAYLOAD__CONTENT_MEMBERSHIP, true, false },
	{ "succession", QSG__PAYLOAD__CONTENT_SUCCESSION, true, false },
	{ "corroboration", QSG__PAYLOAD__CONTENT_CORROBORATION, false, false },
	{ "feedback", QSG__PAYLOAD__CONTENT_FEEDBACK, false, false },
	{ "request", QSG__PAYLOAD__CONTENT_REQUEST, false, false },
	{ "answer", QSG__PAYLOAD__CONTENT_ANSWER, false, false },
	{ "judgement", QSG__PAYLOAD__CONTENT_JUDGEMENT, false, false },
	{ "finding", QSG__PAYLOAD__CONTENT_FINDING, false, false },
	{ "register", QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER, true, true },
	{ "relation", QSG__PAYLOAD__CONTENT_RELATION, true, false },
	{ "source-identity", QSG__PAYLOAD__CONTENT_SOURCE_IDENTITY, true,
	    true },
	{ "policy", QSG__PAYLOAD__CONTENT_POLICY, true, true },
	{ "decision", QSG__PAYLOAD__CONTENT_DECISION, true, true },
	{ "grant", QSG__PAYLOAD__CONTENT_GRANT, false, false },
	{ "onward-request", QSG__PAYLOAD__CONTENT_ONWARD_REQUEST, true, false },
	{ "onward-answer", QSG__PAYLOAD__CONTENT_ONWARD_ANSWER, true, false },
	{ "retraction", QSG__PAYLOAD__CONTENT_RETRACTION, false, false },
	{ "erasure", QSG__PAYLOAD__CONTENT_ERASURE, true, false },
	{ "erasure-answer", QSG__PAYLOAD__CONTENT_ERASURE_ANSWER, true, false },
	{ "activity", QSG__PAYLOAD__CONTENT_ACTIVITY, true, true },
	{ "foi-request", QSG__PAYLOAD__CONTENT_FOI_REQUEST, true, true },
	{ "foi-decision", QSG__PAYLOAD__CONTENT_FOI_DECISION, true, true },
	{ "foi-consultation", QSG__PAYLOAD__CONTENT_FOI_CONSULTATION, true,
	    false },
	{ "foi-view", QSG__PAYLOAD__CONTENT_FOI_VIEW, true, false },
	{ "retention", QSG__PAYLOAD__CONTENT_RETENTION, true, true },
	{ "opened", QSG__PAYLOAD__CONTENT_OPENED, true, false },
	{ "summit-trigger", QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER, false,
	    false },
	{ "summit-request", QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST, false,
	    false },
	{ "summit-response", QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE, false,
	    false },
	{ "summit-judgement", QSG__PAYLOAD__CONTENT_SUMMIT_JUDGEMENT, false,
	    false },
	{ "summit-impact", QSG__PAYLOAD__CONTENT_SUMMIT_IMPACT, false, false },
	{ "summit-ring", QSG__PAYLOAD__CONTENT_SUMMIT_RING, false, false },
	{ "summit-invitation", QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION, false,
	    false },
	{ "summit-meeting", QSG__PAYLOAD__CONTENT_SUMMIT_MEETING, false,
	    false },
	{ "summit-entry", QSG__PAYLOAD__CONTENT_SUMMIT_ENTRY, false, false },
	{ "summit-check", QSG__PAYLOAD__CONTENT_SUMMIT_CHECK, false, false },
	{ "summit-stand-down", QSG__PAYLOAD__CONTENT_SUMMIT_STAND_DOWN, false,
	    false },
	{ "summit-objection", QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION, false,
	    false },
	{ "summit-missed", QSG__PAYLOAD__CONTENT_SUMMIT_MISSED, true, false },
	{ "alarm-seen", QSG__PAYLOAD__CONTENT_ALARM_SEEN, true, true },
	{ "action", QSG__PAYLOAD__CONTENT_ACTION, false, false },
	{ "action-step", QSG__PAYLOAD__CONTENT_ACTION_STEP, false, false },
};

const struct content_kind *content_kind(const Qsg__Payload *payload)
{
	for (size_t i = 0; payload && i < sizeof kinds / sizeof kinds[0]; i++) {
		if (kinds[i].which == payload->content_case)
			return &kinds[i];
	}
	return NULL;
}

const ProtobufCMessage *content_message(const Qsg__Payload *payload)
{
	/* Every member of the union points to a message, whose base is its
	 * first member. */
	return content_kind(payload) == NULL ? NULL : &payload->audience->base;
}

static bool bytes_fit(
    const ProtobufCFieldDescriptor *field, const ProtobufCBinaryData *value)
{
	if (strcmp(field->name, "card") == 0)
		return value->len <= LIMIT_CARD_BYTES;
	/* Of a grant: what stands in them is judged where it is opened. */
	if (strcmp(field->name, "header") == 0 ||
	    strcmp(field->name, "body") == 0 ||
	    strcmp(field->name, "proof") == 0)
		return value->len <= LIMIT_RECORD_BYTES;
	return value->len == 0 || value->len == sizeof(struct id32);
}

static bool message_fits(const ProtobufCMessage *message);

/* One value of a field, at `at`. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, no deeper */
static bool value_fits(const ProtobufCFieldDescriptor *field, const void *at)
{
	const ProtobufCMessage *inner = NULL;

	if (field->type == PROTOBUF_C_TYPE_STRING)
		return strlen(*(char *const *)at) <= LIMIT_TEXT_BYTES;
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return bytes_fit(field, at);
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return true;
	inner = *(const ProtobufCMessage *const *)at;
	return inner == NULL || message_fits(inner);
}

static size_t value_size(const ProtobufCFieldDescriptor *field)
{
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return sizeof(ProtobufCBinaryData);
	return sizeof(void *);
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the schema, no deeper */
static bool message_fits(const ProtobufCMessage *message)
{
	const ProtobufCMessageDescriptor *descriptor = message->descriptor;

	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		const uint8_t *at = (const uint8_t *)message + field->offset;
		const uint8_t *first = at;
		size_t count = 1;

		if (field->label == PROTOBUF_C_LABEL_REPEATED) {
			memcpy(&count,
			    (const uint8_t *)message + field->quantifier_offset,
			    sizeof count);
			memcpy(&first, at, sizeof first);
			/* Numbers need no look, whatever their size. */
			if (field->type != PROTOBUF_C_TYPE_STRING &&
			    field->type != PROTOBUF_C_TYPE_BYTES &&
			    field->type != PROTOBUF_C_TYPE_MESSAGE)
				count = 0;
		}
		for (size_t j = 0; j < count; j++) {
			if (!value_fits(field, first + j * value_size(field)))
				return false;
		}
	}
	return true;
}

bool content_within_limits(const Qsg__Payload *payload)
{
	const ProtobufCMessage *message = content_message(payload);

	return message != NULL && message_fits(message);
}

/* The string of this name in the content, or "". */
static const char *text_field(const Qsg__Payload *payload, const char *name)
{
	const ProtobufCMessage *message = content_message(payload);
	const ProtobufCFieldDescriptor *field = NULL;

	if (message != NULL)
		field = protobuf_c_message_descriptor_get_field_by_name(
		    message->descriptor, name);
	if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING ||
	    field->label == PROTOBUF_C_LABEL_REPEATED)
		return "";
	return *(char *const *)(const void *)((const uint8_t *)message +
					      field->offset);
}

const char *content_text(const Qsg__Payload *payload)
{
	static const char *const names[] = { "text", "purpose", "reason",
		"concern" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *text = text_field(payload, names[i]);

		/* What a meeting is for is a word. */
		if (payload->content_case ==
			QSG__PAYLOAD__CONTENT_SUMMIT_MEETING &&
		    i > 0)
			return "";
		if (text[0] != '\0')
			return text;
	}
	return "";
}

const char *content_provider(const Qsg__Payload *payload)
{
	return text_field(payload, "provider");
}

bool content_refers(
    const Qsg__Payload *payload, const char *relation, struct id32 *record)
{
	for (size_t i = 0; i < payload->n_references; i++) {
		const Qsg__Reference *reference = payload->references[i];

		if (strcmp(reference->relation, relation) != 0 ||
		    reference->record.len != sizeof record->b)
			continue;
		if (record != NULL)
			memcpy(record->b, reference->record.data,
			    sizeof record->b);
		return true;
	}
	return false;
}

bool content_corrects(const Qsg__Payload *payload)
{
	return (payload->content_case == QSG__PAYLOAD__CONTENT_INTELLIGENCE ||
		   payload->content_case == QSG__PAYLOAD__CONTENT_INDICATORS) &&
	       content_refers(payload, "corrects", NULL);
}
