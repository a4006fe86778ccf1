/*
 * provider.h - codes and types of providers: the subjects of intelligence.
 *
 * Only whether a code is well-formed is known here, not which codes exist.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_PROVIDER_H
#define QSG_DOMAIN_PROVIDER_H

#include "base/bytes.h"
#include "domain/vocab.h"

#define PROVIDER_CODE_BYTES 66u /* the longest code: local: and 60 more */

/* A code with its NUL. */
struct provider_code {
	char text[PROVIDER_CODE_BYTES + 1u];
};

/* An ODS code (3 to 8 of [A-Z0-9]) or a local id (local: and 1 to 60 of
 * [a-z0-9/-]), exactly as it is stored. */
bool provider_code_valid(struct span code);

/* As valid, or of a shape that a later version may bring: 1 to
 * PROVIDER_CODE_BYTES of [A-Za-z0-9:/-]. For what peers send. */
bool provider_code_acceptable(struct span code);

/* What a person or file gave, as it is stored: white space around it is
 * dropped, an ODS code becomes upper case, a local id lower case. ERR_INPUT
 * saying what is acceptable. */
ERR_MUST_USE enum err provider_code_normalise(
    struct span text, struct provider_code *out);

/* What a provider may be: nhs-trust, foundation-trust, primary-care, ... */
const struct vocab *provider_types(void);
/* What a commissioner may be to a provider: host, associate. */
const struct vocab *provider_parts(void);

#endif
