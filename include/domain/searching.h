/*
 * searching.h - does a record mention a term, anywhere in it? Without regard to
 * case, accents and how words are spaced.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Freedom of information"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_SEARCHING_H
#define QSG_DOMAIN_SEARCHING_H

#include "base/bytes.h"
#include "payload.pb-c.h"

#define SEARCHING_TERMS 32u
#define SEARCHING_TERM_BYTES 200u

/* Zero-initialise; searching_clear frees. */
struct searching {
	struct buf terms[SEARCHING_TERMS];  /* as they are compared */
	const char *given[SEARCHING_TERMS]; /* as typed; borrowed */
	size_t count;
};

/* ERR_INPUT (a term of fewer than two letters or digits), ERR_LIMIT. */
ERR_MUST_USE enum err searching_begin(
    const char *const *terms, size_t count, struct searching *out);
void searching_clear(struct searching *searching);

/* Where one of the terms stands: in which field, and in what text. */
struct searching_hit {
	const char *term;  /* as typed */
	const char *field; /* e.g. "text"; static */
	const char *text;  /* that field's, borrowed */
};
typedef enum err (*searching_each)(
    void *context, const struct searching_hit *hit);
/* Every text of the payload, whatever its content: each field once for each
 * term. */
ERR_MUST_USE enum err searching_payload(const struct searching *searching,
    const Qsg__Payload *payload, searching_each each, void *context);
/* Does a text on its own mention one? The first, as typed; NULL. ERR_MEM. */
ERR_MUST_USE enum err searching_text(
    const struct searching *searching, const char *text, const char **term);

#endif
