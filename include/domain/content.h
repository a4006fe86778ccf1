/*
 * content.h - the kinds of content a record may have, in one table: what each
 * is called, whether it is housekeeping, and where its words are.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_CONTENT_H
#define QSG_DOMAIN_CONTENT_H

#include "base/bytes.h"
#include "payload.pb-c.h"

struct content_kind {
	const char *token; /* e.g. "judgement"; stable */
	Qsg__Payload__ContentCase which;
	/* Kept from lists of what is known about providers. */
	bool housekeeping;
	/* Named in the rules as the author's alone: never sealed to others. */
	bool for_author_alone;
};

/* NULL for none and for one this version does not know. */
const struct content_kind *content_kind(const Qsg__Payload *payload);
/* The content itself, whatever its kind; NULL for none. */
const ProtobufCMessage *content_message(const Qsg__Payload *payload);

/* Reader side, of any content: ids are 32 bytes or absent, cards and texts are
 * within their limits. What a kind asks for beyond that is judged where it is
 * used. */
bool content_within_limits(const Qsg__Payload *payload);

/* What its author wrote, for people; "" where it has no words. Borrowed. */
const char *content_text(const Qsg__Payload *payload);
/* The provider it is about; "" for none, or for several in rows. Borrowed. */
const char *content_provider(const Qsg__Payload *payload);

/* Does the payload refer to another record by this relation? The first, 32
 * bytes, goes to *record when that is not NULL. */
bool content_refers(
    const Qsg__Payload *payload, const char *relation, struct id32 *record);
/* Intelligence or indicators that correct an earlier record. */
bool content_corrects(const Qsg__Payload *payload);

#endif
