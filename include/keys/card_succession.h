/*
 * card_succession.h - how the log generations of two cards of one organisation
 * stand to each other.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Successor statements"
 * Threads: no shared state.
 */
#ifndef QSG_KEYS_CARD_SUCCESSION_H
#define QSG_KEYS_CARD_SUCCESSION_H

#include "keys/card.h"

enum card_succession {
	CARD_CONTINUES, /* the newer one adds at most */
	CARD_WITHDRAWS, /* it takes back a generation, an accepted head or a
	                   mark of compromise */
	CARD_DIVERGES   /* they name different successors of one generation */
};

/* Of two checked cards of one organisation, the older one first. */
enum card_succession card_succession(
    const struct card *older, const struct card *newer);

/* Is this head listed as accepted? */
bool card_succession_lists(const Qsg__LogGeneration *generation, uint64_t size,
    const struct id32 *root);

#endif
