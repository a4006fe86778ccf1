/*
 * org.h - what an organisation may be: kinds, codes and names.
 *
 * The kinds are those of the guidance. Whether a body is statutory follows
 * from its kind, and a kind counts only as a signed roster states it, never
 * as a card says of itself.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_ORG_H
#define QSG_DOMAIN_ORG_H

#include "base/bytes.h"

enum org_category {
	ORG_COMMISSIONER,
	ORG_REGULATOR,
	ORG_OVERSIGHT,
	ORG_PATIENT_VOICE,
	ORG_PROVIDER,
	ORG_OTHER
};

/* One kind. `statutory` is false where the kind alone does not settle it: a
 * charter may say otherwise. All text is static. */
struct org_kind {
	const char *token; /* e.g. "healthwatch-local" */
	const char *label; /* for people, e.g. "local Healthwatch" */
	enum org_category category;
	bool statutory;
};

/* The kind of this token, or NULL. */
const struct org_kind *org_kind_find(struct span token);
bool org_kind_valid(struct span token);
/* False also for an unknown kind. */
bool org_kind_statutory(struct span token);
/* All kinds in the order in which help shows them; index < org_kind_count. */
size_t org_kind_count(void);
const struct org_kind *org_kind_at(size_t index);

/* An ODS code (3 to 8 of [A-Z0-9]) or a namespaced local id (local:...). */
bool org_code_valid(struct span code);
/* 1 to LIMIT_NAME_BYTES bytes of UTF-8 without control, bidirectional or other
 * invisible characters, neither starting nor ending with a space. */
bool org_name_valid(struct span name);

#endif
