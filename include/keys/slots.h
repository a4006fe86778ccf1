/*
 * slots.h - boxes that hand a chain key to each reader. Used by seal.c only.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Slots"
 * Threads: no shared state.
 * Secrets: all in the scratch, which lies in guarded memory and is wiped
 *          before return.
 */
#ifndef QSG_KEYS_SLOTS_H
#define QSG_KEYS_SLOTS_H

#include "codec/envelope.h"
#include "keys/keystore.h"

/* One reader of a stream to be opened or re-keyed. */
struct seal_reader {
	struct id32 organisation;
	uint32_t epoch;
	struct id32 key; /* X25519 sealing key of that epoch */
};

/* Guarded memory to work in. */
struct slots_scratch {
	uint8_t secret[32]; /* ephemeral X25519 */
	uint8_t spare[32];  /* a dummy's X25519 */
	uint8_t shared[32];
	uint8_t plain[ENVELOPE_SLOT_PLAIN_BYTES];
};

/* The readers of a list and the chain key they are given. */
struct slots_list {
	const struct seal_reader *readers;
	size_t count;
	const uint8_t *chain; /* 32 bytes, guarded */
};

/* Append the whole block. Errors as seal_slots; out is unchanged then. */
ERR_MUST_USE enum err slots_put(struct slots_scratch *scratch,
    const struct rng *rng, const struct header *header,
    const struct slots_list *list, struct buf *out);

/* Find our slot and copy its chain key (32 bytes) to guarded memory. Errors as
 * seal_slots_open. */
ERR_MUST_USE enum err slots_find(struct slots_scratch *scratch,
    const struct keystore *keystore, const struct header *header,
    struct span slots, uint8_t chain[32]);

#endif
