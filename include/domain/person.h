/*
 * person.h - names of people as they give them at the keyboard: whether one is
 * a name at all, and whether two are the same.
 *
 * A name is what somebody typed, not what they proved.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_PERSON_H
#define QSG_DOMAIN_PERSON_H

#include "base/bytes.h"

/* 1 to LIMIT_NAME_BYTES bytes of UTF-8 on one line, without invisible
 * characters, and not of spaces alone. */
bool person_name_valid(struct span name);
/* The same but for case, spaces and how accents are encoded. ERR_INPUT for
 * what is no name, ERR_MEM. */
ERR_MUST_USE enum err person_same(struct span a, struct span b, bool *same);

#endif
