/*
 * foi.h - requests for information under the law, what is decided on each
 * record, and what its author says to that: fit to be recorded?
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Freedom of information"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_FOI_H
#define QSG_DOMAIN_FOI_H

#include "domain/vocab.h"
#include "payload.pb-c.h"

const struct vocab *foi_kinds(void);    /* foi, subject-access */
const struct vocab *foi_verdicts(void); /* disclose, withhold, partly */
const struct vocab *foi_views(void);    /* no-objection, objection */

/* Author side, of any of the four contents; at this time. ERR_INPUT, ERR_LIMIT
 * saying what is acceptable. */
ERR_MUST_USE enum err foi_check(const Qsg__Payload *payload, int64_t now_ms);

/* Reader side: a consultation or a view names exactly one record, and a view
 * says which it is. */
bool foi_acceptable(const Qsg__Payload *payload);

/* The verdict of a decision that closes its request; and is the reason for that
 * fit to be recorded? ERR_INPUT, ERR_LIMIT. */
#define FOI_CLOSED "closed"
ERR_MUST_USE enum err foi_check_closing(const char *reason);

/* What it is to delete what such a request is about, in plain words; of a word
 * that is not known, under either law. Static. */
const char *foi_offence(const char *kind);

/* The free text of one; NULL: it has none, or is of another kind. */
char **foi_text(Qsg__Payload *payload);

#endif
