/*
 * reference.h - how one record may refer to another.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Payload", "Picture of a provider"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_REFERENCE_H
#define QSG_DOMAIN_REFERENCE_H

#include "base/bytes.h"

/* Kept in snapshots: numbers never change, and stay under 256. */
enum reference {
	REFERENCE_UNKNOWN = 0, /* of a later version */
	REFERENCE_CORRECTS = 1,
	REFERENCE_OVERRIDES = 2,
	REFERENCE_CORROBORATES = 3,
	REFERENCE_FEEDBACK_ON = 4,
	REFERENCE_ANSWERS = 5,
	REFERENCE_CITES = 6,
	REFERENCE_DECIDES = 7,
	REFERENCE_SOURCE_OF = 8,
	REFERENCE_GRANTS = 9,
	REFERENCE_GRANTED_BY = 10,
	REFERENCE_ASKS_ONWARD = 11,
	REFERENCE_RETRACTS = 12,
	REFERENCE_ERASES = 13,
	REFERENCE_PASSES_ON = 14,
	REFERENCE_CONSULTS = 15,
	REFERENCE_FOI = 16,
	REFERENCE_OPENED = 17,
	REFERENCE_ANSWERS_ONWARD = 18,
	REFERENCE_ANSWERS_ERASURE = 19,
	REFERENCE_ANSWERS_CONSULTATION = 20,
	REFERENCE_CONSIDERS = 21
};
#define REFERENCES 22

/* Its token, as in Reference.relation; "" for unknown. */
const char *reference_token(enum reference reference);
/* REFERENCE_UNKNOWN for a token that is none. */
enum reference reference_named(const char *token);

#endif
