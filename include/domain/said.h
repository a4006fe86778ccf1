/*
 * said.h - what is said about intelligence and providers beside intelligence
 * itself: corroborations, feedback, information requests and their answers,
 * judgements of a provider, findings of a regulator. Is one fit to be recorded
 * (by us) or to be taken (from a peer)?
 *
 * As in intel.h, an author must use the vocabularies; a reader checks form and
 * size only.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Picture of a provider"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_SAID_H
#define QSG_DOMAIN_SAID_H

#include "base/err.h"
#include "domain/reference.h"
#include "domain/vocab.h"
#include "payload.pb-c.h"

/* Is this one of the contents above? */
bool said_is(const Qsg__Payload *payload);
/* The relation by which such a record refers to what it is about;
 * REFERENCE_UNKNOWN for those that stand alone. */
enum reference said_about(Qsg__Payload__ContentCase which);

/* What such a record is about. */
struct said_target {
	bool request;  /* an information request */
	bool own;      /* of the same author */
	bool readable; /* sealed to that author, too */
};
/* Why it does not count, by what it is about: static; NULL where it does. The
 * readers of the target all find the same. */
const char *said_why_not(
    Qsg__Payload__ContentCase which, const struct said_target *target);

/* How long ago a request was made: 0 where its author's clock is ahead; and is
 * the day to answer it by over? */
int64_t said_age_ms(int64_t created_ms, int64_t now_ms);
bool said_is_past(const Qsg__InformationRequest *request, int64_t now_ms);

/* Author side, of the content (references are the caller's). ERR_INPUT
 * (ERR_LIMIT for size) with one line saying what is acceptable; now_ms is
 * what dates are held against. ERR_STATE when said_is says no. */
ERR_MUST_USE enum err said_check(const Qsg__Payload *payload, int64_t now_ms);

/* Reader side, references included. ERR_FORMAT or ERR_LIMIT; the message holds
 * nothing of what the peer sent. */
ERR_MUST_USE enum err said_acceptable(const Qsg__Payload *payload);

/* The words that the value of a finding of this kind may be; NULL for an
 * unknown kind. */
const struct vocab *said_values(struct span what);

/* The free texts of such a content, for normal form and the guard: pointers to
 * the strings, at most SAID_TEXTS. Returns how many. */
#define SAID_TEXTS 4u
size_t said_texts(const Qsg__Payload *payload, char **out[SAID_TEXTS]);

#endif
