/*
 * card_check.h - what the fields of a card may be. Used by card.c only.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Cards"
 * Threads: no shared state.
 */
#ifndef QSG_KEYS_CARD_CHECK_H
#define QSG_KEYS_CARD_CHECK_H

#include "base/err.h"

#include "card.pb-c.h"

/* Every rule of a card but its signature and encoding. The organisation id has
 * 32 bytes. ERR_FORMAT, ERR_LIMIT, ERR_VERIFY (a key). */
ERR_MUST_USE enum err card_check_fields(const Qsg__Card *card);

#endif
