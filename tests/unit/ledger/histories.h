/*
 * histories.h - an organisation that tells two histories of its log, and the
 * evidence against it.
 */
#ifndef QSG_TESTS_LEDGER_HISTORIES_H
#define QSG_TESTS_LEDGER_HISTORIES_H

#include "ledger/evidence_make.h"

#define HISTORIES_LEAVES 200

/* One history as its author made it. */
struct history {
	const struct keystore *keystore;
	struct id32 leaves[HISTORIES_LEAVES];
	struct buf headers[HISTORIES_LEAVES]; /* empty: an unnamed leaf */
	uint64_t size;
	struct merkle_tree *tree;
};

void history_init(struct history *history, const struct keystore *keystore);
void history_clear(struct history *history);
/* Add leaves made of a word and their index. */
void history_add(struct history *history, uint64_t count, const char *word);
/* Add a record; its leaf index. */
uint64_t history_log(struct history *history, const struct header *header);
/* Sign it at a size (free note). side->tree is the whole history's. */
void history_sign(const struct history *history, uint64_t size,
    struct buf *note, struct evidence_side *side);
/* The opening of a stream of its, and the next header. */
struct header history_opening(const struct history *history, uint8_t nonce);
struct header history_next(const struct header *last, bool slotted);
/* Put the numbers of one side's leaf into it. */
void history_prove(
    const struct history *history, uint64_t leaf, struct evidence_side *side);

#endif
