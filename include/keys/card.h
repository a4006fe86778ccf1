/*
 * card.h - the signed card by which an organisation is known.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Cards"
 * Threads: no shared state.
 */
#ifndef QSG_KEYS_CARD_H
#define QSG_KEYS_CARD_H

#include "base/limits.h"
#include "keys/card_endpoint.h"
#include "keys/keystore.h"

#include "card.pb-c.h"

#define CARD_ARMOUR "QSG ORGANISATION CARD"

#define CARD_FORMAT 1u
#define CARD_VERSION_MAX (1ULL << 53) /* JSON readers keep it exact */
#define CARD_VERSIONS 16u /* header or session versions a card lists */
#define CARD_TRANSPORT_KEYS 2u

/* A card whose signature and every field have been checked. */
struct card {
	Qsg__Card *fields;       /* owned */
	struct buf signed_bytes; /* the SignedCard as received */
	struct id32 organisation;
	struct id32 digest; /* of the card bytes: two of one version differ */
};

/* What an organisation says of itself in a new card of its own. */
struct card_profile {
	const char *name;
	const char *code;
	const char *kind;
	const char *const *endpoints;
	size_t endpoint_count;
	uint64_t version;
	/* Its log generations, oldest first; NULL: those of the keystore. */
	Qsg__LogGeneration *const *generations;
	size_t generation_count;
};

/* Make and sign a card from the keystore's public keys. ERR_INPUT for a
 * profile that a reader would refuse. */
ERR_MUST_USE enum err card_make(const struct keystore *keystore,
    const struct card_profile *profile, struct card *out);

/* Parse and check a SignedCard: canonical bytes, identity signature, every
 * key's validity (Ed25519 by point check, X25519 by a completed beforenm),
 * ids, versions, limits, name, code and endpoints. ERR_FORMAT, ERR_VERSION (a
 * format newer than ours), ERR_VERIFY (signature or key), ERR_LIMIT. */
ERR_MUST_USE enum err card_parse(struct span signed_bytes, struct card *out);

/* The same from armour or raw bytes, as a person hands it over. */
ERR_MUST_USE enum err card_read(struct span text, struct card *out);

/* Append a card's armour: two comment lines (name and fingerprint) and the
 * block. */
ERR_MUST_USE enum err card_armour(const struct card *card, struct buf *out);

/* A second card of the same bytes; nothing is checked again. */
ERR_MUST_USE enum err card_copy(const struct card *card, struct card *out);
void card_clear(struct card *card);

/* How a newly seen card stands to the one in force of the same id. */
enum card_order {
	CARD_SAME,    /* same bytes */
	CARD_OLDER,   /* lower version: refuse */
	CARD_NEWER,   /* take its keys and endpoints */
	CARD_CONFLICT /* same version, other bytes: evidence */
};
enum card_order card_compare(const struct card *held, const struct card *seen);
/* Name, code or kind differ: those wait for a person. */
bool card_claims_differ(const struct card *a, const struct card *b);

/* Keys out of a checked card. NULL when there is none. */
const Qsg__LogGeneration *card_generation(
    const struct card *card, const struct generation *generation);
const Qsg__LogGeneration *card_live_generation(const struct card *card);
const Qsg__SealingKey *card_sealing(const struct card *card);
bool card_has_transport(const struct card *card, const struct id32 *key);

#endif
