/*
 * intel.h - whether an item of intelligence is fit to be recorded (by us) or
 * to be taken (from a peer).
 *
 * The two differ on purpose: an author must use the vocabularies; a reader
 * checks form and size only, so that words of a later version still read.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Payload"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_INTEL_H
#define QSG_DOMAIN_INTEL_H

#include "base/err.h"
#include "payload.pb-c.h"

/* Author side. Required: a well-formed provider (or, for an item about a
 * pathway, a theme; or a group of providers, by a name), kind, source, and text
 * unless pointer_only, which has none. All tokens in their vocabularies, dates
 * real, domains 1 to 5, no dimension or domain twice, text, judgement and
 * caveat together within LIMIT_TEXT_BYTES; only a concern is significant.
 * ERR_INPUT (ERR_LIMIT for size) with one line saying what is acceptable. */
ERR_MUST_USE enum err intel_check(const Qsg__Intelligence *item);

/* Author side, for the handling rules that go with any content. NULL is
 * "none stated" and acceptable. */
ERR_MUST_USE enum err intel_check_handling(const Qsg__Handling *handling);

/* Author side, on a day (YYYY-MM-DD): nothing was observed or received after
 * it, and the review is not before it. handling may be NULL. ERR_INPUT. */
ERR_MUST_USE enum err intel_check_today(const Qsg__Intelligence *item,
    const Qsg__Handling *handling, const char *today);

/* Author side: the role of who records; required. */
ERR_MUST_USE enum err intel_check_role(const char *role);

/* Reader side. ERR_FORMAT or ERR_LIMIT; the message holds nothing of what the
 * peer sent. */
ERR_MUST_USE enum err intel_acceptable(const Qsg__Intelligence *item);
ERR_MUST_USE enum err intel_acceptable_handling(const Qsg__Handling *handling);

#endif
