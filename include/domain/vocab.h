/*
 * vocab.h - the closed vocabularies of the guidance: lower-case tokens, each
 * with a label for people and a line of help.
 *
 * An author uses only these words; a reader also takes well-formed tokens it
 * does not know, so that a later version may add some.
 *
 * Floor:   domain (may include base, codec); pure
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_VOCAB_H
#define QSG_DOMAIN_VOCAB_H

#include "base/bytes.h"

/* All text is static. */
struct vocab_word {
	const char *token; /* e.g. "never-event" */
	const char *label; /* e.g. "never event" */
	const char *help;  /* one line, no final full stop */
};

struct vocab {
	const char *name; /* for messages, e.g. "source" */
	const struct vocab_word *words;
	size_t count;
};

const struct vocab *vocab_source(void);    /* where intelligence is from */
const struct vocab *vocab_kind(void);      /* hard, soft */
const struct vocab *vocab_stance(void);    /* concern, assurance, ... */
const struct vocab *vocab_dimension(void); /* of quality */
const struct vocab *vocab_certainty(void);
const struct vocab *vocab_role(void);     /* of the person who recorded it */
const struct vocab *vocab_capacity(void); /* in which the author acts */
const struct vocab *vocab_marking(void);
const struct vocab *vocab_onward(void);   /* onward sharing: none, ask, group */
const struct vocab *vocab_view(void);     /* a member's own, of a provider */
const struct vocab *vocab_outcome(void);  /* of what somebody shared */
const struct vocab *vocab_verdict(void);  /* of an answer */
const struct vocab *vocab_finding(void);  /* what a regulator finds or does */
const struct vocab *vocab_rating(void);   /* CQC's */
const struct vocab *vocab_question(void); /* CQC's five */
const struct vocab *vocab_standard(void); /* CQC's finding on standards */
const struct vocab *vocab_enforcement(void);
const struct vocab *vocab_intervention(void);
const struct vocab *vocab_restriction(void);

const struct vocab *vocab_level(void);   /* of a group: local, regional */
const struct vocab *vocab_cadence(void); /* of a group's meetings */
const struct vocab *vocab_act(void);     /* what one says to an invitation */
const struct vocab *vocab_change(void);  /* of a roster's entry */

/* The word of this token, or NULL. */
const struct vocab_word *vocab_find(
    const struct vocab *vocab, struct span token);
bool vocab_has(const struct vocab *vocab, struct span token);

/* ERR_INPUT naming the vocabulary and all its tokens, unless token is one. */
ERR_MUST_USE enum err vocab_require(
    const struct vocab *vocab, struct span token);

#endif
