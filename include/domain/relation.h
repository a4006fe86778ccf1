/*
 * relation.h - what an organisation notes about a provider: is it fit to be
 * recorded (by us) or to be taken (from a peer)?
 *
 * As in intel.h, an author must use the vocabularies; a reader checks form and
 * size only.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Provider register and view"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_RELATION_H
#define QSG_DOMAIN_RELATION_H

#include "base/err.h"
#include "payload.pb-c.h"

#include <stdbool.h>

#define RELATION_COMMISSIONERS 256u
#define RELATION_SITES 512u
#define RELATION_SITES_TAKEN 1024u /* by a reader */

/* Author side: well-formed codes, names on one line, type and parts of the
 * vocabularies, no commissioner and no site twice, and something said at all.
 * ERR_INPUT, ERR_LIMIT with one line for people. */
ERR_MUST_USE enum err relation_check(const Qsg__Relation *relation);

/* Reader side. */
bool relation_acceptable(const Qsg__Relation *relation);
/* The same of a register. */
bool relation_register_acceptable(const Qsg__ProviderRegister *registered);

#endif
