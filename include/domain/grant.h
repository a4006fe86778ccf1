/*
 * grant.h - what may be granted, and to whom it may go on.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Grants"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_GRANT_H
#define QSG_DOMAIN_GRANT_H

#include "base/bytes.h"
#include "payload.pb-c.h"

/* May a record of this content be granted at all? Why not, static; NULL where
 * it may. */
const char *grant_why_not_kind(const Qsg__Payload *payload);

/* One record, one organisation that it would be granted to. */
struct grant_question {
	bool own;           /* the granter is its author */
	const char *onward; /* its handling rule; "" where it states none */
	bool answered;      /* its author allows this record to this one */
	bool for_group;     /* its readers were resolved from a group ... */
	bool grouped;       /* ... known here, that this one has joined */
};
/* Why not: static, with what to do about it; NULL where it may go on. */
const char *grant_why_not_onward(const struct grant_question *question);

/* Author side, of the words in a grant, a request and an answer. ERR_INPUT,
 * ERR_LIMIT. */
ERR_MUST_USE enum err grant_check_reason(const char *reason);

/* The record that a grant refers to as its original; false unless it refers to
 * exactly one. */
bool grant_original(const Qsg__Payload *payload, struct id32 *record);

#endif
