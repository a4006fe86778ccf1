#include "service/payload.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/action.h"
#include "domain/content.h"
#include "domain/erasure.h"
#include "domain/foi.h"
#include "domain/indicator.h"
#include "domain/intel.h"
#include "domain/org.h"
#include "domain/reference.h"
#include "domain/relation.h"
#include "domain/said.h"
#include "domain/summit.h"
#include "keys/seal.h"
#include "service/signed_for.h"

#include <string.h>

static bool token_or_empty(const char *text)
{
	return text[0] == '\0' || text_is_token(span_text(text));
}

/* PROTOCOL.md M506: "A record that refers to others more than 1,024 times MUST
 * be kept as unreadable, and a reference that it repeats MUST count once." */
static bool references_fit(const Qsg__Payload *payload)
{
	if (payload->n_references > LIMIT_REFERENCES) {
		return false;
	}
	for (size_t i = 0; i < payload->n_references; i++) {
		if (payload->references[i]->record.len != 32 ||
		    !text_is_token(
			span_text(payload->references[i]->relation))) {
			return false;
		}
	}
	return true;
}

/* PROTOCOL.md M170: "A slot-bearing record MUST carry an audience and nothing
 * else, and no other record may carry one." */
static bool frame_fits(const Qsg__Payload *payload, bool slotted)
{
	bool audience = payload->content_case == QSG__PAYLOAD__CONTENT_AUDIENCE;

	return payload->version == 1 && audience == slotted &&
	       token_or_empty(payload->role) &&
	       strlen(payload->person) <= LIMIT_NAME_BYTES &&
	       intel_acceptable_handling(payload->handling) == ERR_OK &&
	       references_fit(payload);
}

static bool line_fits(const char *text)
{
	return strlen(text) <= LIMIT_REASON_BYTES;
}

static bool charter_fits(const Qsg__Charter *charter)
{
	size_t texts = strlen(charter->purpose) + strlen(charter->footprint) +
	               strlen(charter->admission) +
	               strlen(charter->safeguarding);

	if (charter->n_ground_rules > LIMIT_GROUP_RULES ||
	    charter->n_information > LIMIT_GROUP_DUTIES ||
	    !line_fits(charter->name) || !line_fits(charter->region) ||
	    !line_fits(charter->cadence)) {
		return false;
	}
	for (size_t i = 0; i < charter->n_ground_rules; i++) {
		texts += strlen(charter->ground_rules[i]);
	}
	for (size_t i = 0; i < charter->n_information; i++) {
		const Qsg__InformationDuty *duty = charter->information[i];

		texts += strlen(duty->brings);
		if (!line_fits(duty->kind) || !line_fits(duty->how_often)) {
			return false;
		}
	}
	return texts <= LIMIT_TEXT_BYTES;
}

static bool entry_fits(const Qsg__RosterEntry *entry)
{
	if (entry->n_people > LIMIT_GROUP_PEOPLE) {
		return false;
	}
	for (size_t i = 0; i < entry->n_people; i++) {
		if (!line_fits(entry->people[i]->role) ||
		    !line_fits(entry->people[i]->name)) {
			return false;
		}
	}
	/* PROTOCOL.md M286: "A roster of which an entry's name, code or kind
	 * is not of the form of a card's MUST be kept as unreadable." They are
	 * shown, resolved and matched by rules like those of cards. */
	return org_name_valid(span_text(entry->name)) &&
	       org_code_valid(span_text(entry->code)) &&
	       text_is_token(span_text(entry->kind));
}

/* PROTOCOL.md M415: "A roster with more than 256 entries, 512 changes or 256
 * mandates, a charter of more than 64 ground rules, 64 duties or 16 KiB of
 * texts, an entry of more than 16 people, or a line of more than 200 bytes MUST
 * be kept as unreadable." Whoever succeeds its author has to state what it says
 * once more. */
static bool roster_fits(const Qsg__Roster *roster)
{
	if (roster->n_entries > LIMIT_GROUP_MEMBERS ||
	    roster->n_changes > LIMIT_GROUP_CHANGES ||
	    roster->n_mandate > LIMIT_GROUP_MEMBERS ||
	    (roster->charter && !charter_fits(roster->charter))) {
		return false;
	}
	for (size_t i = 0; i < roster->n_entries; i++) {
		if (!entry_fits(roster->entries[i])) {
			return false;
		}
	}
	for (size_t i = 0; i < roster->n_changes; i++) {
		const Qsg__RosterChange *change = roster->changes[i];

		if (!line_fits(change->what) || !line_fits(change->reason) ||
		    !line_fits(change->decided_on)) {
			return false;
		}
	}
	return true;
}

/* PROTOCOL.md M475: "A retraction that names no record by `retracts`, or more
 * than 256, or says no reason, MUST be kept as unreadable." */
static bool retraction_fits(const Qsg__Payload *payload)
{
	size_t count = 0;

	for (size_t i = 0; i < payload->n_references; i++) {
		count += reference_named(payload->references[i]->relation) ==
		         REFERENCE_RETRACTS;
	}
	return content_within_limits(payload) && count > 0 &&
	       count <= LIMIT_CORRECTIONS &&
	       payload->retraction->reason[0] != '\0';
}

static bool audience_fits(const Qsg__Audience *audience)
{
	return audience->salt.len == 32 && audience->n_readers <= LIMIT_SLOTS &&
	       (audience->group.len == 0 || audience->group.len == 32);
}

static bool foi_fits(const Qsg__Payload *payload)
{
	return content_within_limits(payload) && foi_acceptable(payload);
}

static bool content_fits(const Qsg__Payload *payload)
{
	if (summit_is(payload)) {
		return summit_acceptable(payload);
	}
	switch ((unsigned)payload->content_case) {
	case QSG__PAYLOAD__CONTENT_AUDIENCE:
		return audience_fits(payload->audience);
	case QSG__PAYLOAD__CONTENT_INTELLIGENCE:
		return intel_acceptable(payload->intelligence) == ERR_OK;
	case QSG__PAYLOAD__CONTENT_INDICATORS:
		return indicator_acceptable(payload->indicators) == ERR_OK;
	case QSG__PAYLOAD__CONTENT_CLOSED:
		return strlen(payload->closed->reason) <= LIMIT_TEXT_BYTES;
	case QSG__PAYLOAD__CONTENT_OVERRIDE:
		return strlen(payload->override->reason) <= LIMIT_TEXT_BYTES;
	case QSG__PAYLOAD__CONTENT_RECEIPT:
		return signed_for_fits(payload->receipt);
	case QSG__PAYLOAD__CONTENT_EXPORT:
		return payload->export->manifest.len == 32 &&
		       strlen(payload->export->what) <= LIMIT_REASON_BYTES;
	case QSG__PAYLOAD__CONTENT_CORROBORATION:
	case QSG__PAYLOAD__CONTENT_FEEDBACK:
	case QSG__PAYLOAD__CONTENT_REQUEST:
	case QSG__PAYLOAD__CONTENT_ANSWER:
	case QSG__PAYLOAD__CONTENT_JUDGEMENT:
	case QSG__PAYLOAD__CONTENT_FINDING:
		return said_acceptable(payload) == ERR_OK;
	case QSG__PAYLOAD__CONTENT_RETRACTION:
		return retraction_fits(payload);
	case QSG__PAYLOAD__CONTENT_FOI_CONSULTATION:
	case QSG__PAYLOAD__CONTENT_FOI_VIEW:
		return foi_fits(payload);
	case QSG__PAYLOAD__CONTENT_PROVIDER_REGISTER:
		return relation_register_acceptable(payload->provider_register);
	case QSG__PAYLOAD__CONTENT_RELATION:
		return relation_acceptable(payload->relation);
	case QSG__PAYLOAD__CONTENT_ROSTER:
		return content_within_limits(payload) &&
		       roster_fits(payload->roster);
	case QSG__PAYLOAD__CONTENT_ACTION:
	case QSG__PAYLOAD__CONTENT_ACTION_STEP:
		return action_acceptable(payload);
	case QSG__PAYLOAD__CONTENT_ERASURE:
	case QSG__PAYLOAD__CONTENT_ERASURE_ANSWER:
		return erasure_acceptable(payload);
	default: /* judged where it is used, or unknown and so refused */
		return content_within_limits(payload);
	}
}

/* A payload of a later version says so in its first field, which never
 * moves: tag 0x08, then the version. */
static bool later_version(struct span bytes)
{
	return bytes.size >= 2 && bytes.data[0] == 0x08 && bytes.data[1] > 1;
}

enum err payload_read(struct span bytes, bool slotted, Qsg__Payload **out,
    enum record_reason *reason)
{
	ProtobufCMessage *message = NULL;
	enum err err = canon_decode(
	    &qsg__payload__descriptor, bytes, LIMIT_RECORD_BYTES, &message);

	*out = NULL;
	if (err) {
		*reason = later_version(bytes) ? RECORD_UNKNOWN_KIND
		                               : RECORD_BAD_PAYLOAD;
		return err;
	}
	*out = (Qsg__Payload *)message;
	if (!frame_fits(*out, slotted) || !content_fits(*out)) {
		*reason = (*out)->version > 1 ? RECORD_UNKNOWN_KIND
		                              : RECORD_BAD_PAYLOAD;
		canon_wipe(message);
		*out = NULL;
		return err_set(ERR_FORMAT, "the payload breaks a rule");
	}
	*reason = RECORD_NO_REASON;
	return ERR_OK;
}

/* PROTOCOL.md M171: "The audience in a slot-bearing record MUST be sorted,
 * without repetition, hold its author and its reader, and fit the commitment
 * in the header." */
bool payload_audience_fits(const Qsg__Audience *audience,
    const struct header *header, const struct id32 *self)
{
	struct id32 ids[LIMIT_SLOTS];
	struct id32 salt;
	struct id32 commitment;
	bool author = false;
	bool us = false;

	if (audience->n_readers < 1 || audience->n_readers > LIMIT_SLOTS) {
		return false;
	}
	for (size_t i = 0; i < audience->n_readers; i++) {
		if (audience->readers[i].len != sizeof ids[i].b) {
			return false;
		}
		memcpy(ids[i].b, audience->readers[i].data, sizeof ids[i].b);
		if (i > 0 && id_compare(&ids[i - 1], &ids[i]) >= 0) {
			return false;
		}
		author = author || id_equal(&ids[i], &header->author);
		us = us || id_equal(&ids[i], self);
	}
	memcpy(salt.b, audience->salt.data, sizeof salt.b);
	seal_audience_commitment(ids, audience->n_readers, &salt, &commitment);
	return author && us &&
	       id_equal(&commitment, &header->audience_commitment);
}
