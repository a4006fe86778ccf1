/*
 * evidence_make.h - put portable evidence together.
 *
 * Floor:   ledger (pure; may include base, codec, keys)
 * Spec:    proto/PROTOCOL.md, "Evidence"
 * Threads: no shared state.
 */
#ifndef QSG_LEDGER_EVIDENCE_MAKE_H
#define QSG_LEDGER_EVIDENCE_MAKE_H

#include "ledger/evidence.h"
#include "ledger/merkle.h"

/* One side of a contradiction within a log, to be composed. */
struct evidence_side {
	struct span checkpoint;   /* signed note */
	struct checkpoint head;   /* what it says */
	struct merkle_tree *tree; /* what is known of that head's tree */
	struct span header;       /* a stream's: leaf data */
	uint64_t leaf;
};

/* Each appends canonical bytes that evidence_check accepts.
 * ERR_NOTFOUND: there is no contradiction, or what is known does not suffice
 * to show it to others. ERR_LIMIT, ERR_MEM. */

/* Two heads of one log. Where their sizes differ, the peaks of the smaller
 * one and `places` (with all above them) are where a difference is looked
 * for. */
ERR_MUST_USE enum err evidence_make_split_view(const struct card *card,
    const struct evidence_side *a, const struct evidence_side *b,
    const struct merkle_nodes *places, struct buf *out);
/* Two headers of one stream: a fork, or a break. */
ERR_MUST_USE enum err evidence_make_stream(const struct card *card,
    const struct evidence_side *a, const struct evidence_side *b,
    struct buf *out);
/* Two cards of one organisation: a fork of versions, or of successors. */
ERR_MUST_USE enum err evidence_make_cards(
    const struct card *a, const struct card *b, struct buf *out);

#endif
