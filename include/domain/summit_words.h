/*
 * summit_words.h - the vocabularies of risk summits.
 *
 * Floor:   domain (may include base, codec); pure
 * Spec:    proto/PROTOCOL.md, "Risk summits"
 * Threads: no shared state.
 */
#ifndef QSG_DOMAIN_SUMMIT_WORDS_H
#define QSG_DOMAIN_SUMMIT_WORDS_H

#include "domain/summit.h"
#include "domain/vocab.h"

const struct vocab *summit_urgencies(void);
const struct vocab *summit_answers(void);
/* What others than CQC find; CQC: vocab_standard. */
const struct vocab *summit_findings(void);
const struct vocab *summit_ring_acts(void);
const struct vocab *summit_purposes(void);
const struct vocab *summit_entry_acts(void);
/* In the order of enum summit_check. */
const struct vocab *summit_checks(void);
const struct vocab *summit_check_answers(void);
const struct vocab *summit_clocks(void);
/* Why somebody is summoned. */
const struct vocab *summit_reasons(void);

/* "alert", "judge", "respond", "stood-down"; "none". */
const char *summit_phase_token(enum summit_phase phase);

/* Is this an answer to this check? */
bool summit_check_takes(const char *check, const char *answer);
/* ... one after which nothing is open? */
bool summit_check_closes(const char *answer);

#endif
