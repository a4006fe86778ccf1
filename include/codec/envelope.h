/*
 * envelope.h - the byte layout of a record: header, slots, body framing.
 *
 * Only layout: nothing here encrypts, hashes or decides.
 *
 * Floor:   codec (may include base)
 * Spec:    proto/PROTOCOL.md, "Header", "Slots", "Body"
 * Threads: no shared state.
 */
#ifndef QSG_CODEC_ENVELOPE_H
#define QSG_CODEC_ENVELOPE_H

#include "base/bytes.h"
#include "base/limits.h"

#define ENVELOPE_VERSION 1u
#define ENVELOPE_FROZEN_BYTES 113u  /* version to previous id, for ever */
#define ENVELOPE_PLAIN_BYTES 238u   /* header of a content record */
#define ENVELOPE_SLOTTED_BYTES 302u /* header of a slot-bearing record */
#define ENVELOPE_NONCE_BYTES 24u
#define ENVELOPE_TAG_BYTES 16u        /* of the body's AEAD */
#define ENVELOPE_SLOTS_HEAD_BYTES 34u /* ephemeral key and count */
#define ENVELOPE_SLOT_PLAIN_BYTES 164u
#define ENVELOPE_SLOT_BYTES 180u /* one box: plain and its 16-byte MAC */

/* A log generation: 64 random bits. */
struct generation {
	uint8_t b[8];
};

/* A parsed header. In a header of a higher version only the frozen fields
 * (version to previous) are set. */
struct header {
	uint8_t version;
	struct id32 author;
	struct generation generation;
	struct id32 stream;
	uint64_t number;      /* in the stream, from 1 */
	struct id32 previous; /* zero at number 1 */
	bool slotted;         /* opens or re-keys the stream */
	uint32_t body_size;   /* ciphertext bytes */
	struct id32 keyed_by; /* zero in a slotted record */
	struct id32 body_hash;
	uint8_t nonce[ENVELOPE_NONCE_BYTES];
	struct id32 key_commitment;
	struct id32 slots_hash;          /* slotted only */
	struct id32 audience_commitment; /* slotted only */
};

/* Inside one slot, once opened. chain_key is secret: it lives in guarded
 * memory of the keys floor, so it is no member here but the last 32 bytes. */
struct slot_fields {
	struct id32 author;
	struct generation generation;
	struct id32 reader;
	uint32_t reader_epoch;
	struct id32 stream;
	uint64_t number;
};

/* All 64 bits agree. */
bool generation_equal(const struct generation *a, const struct generation *b);

/* Append the header's bytes (238 or 302 of them). */
ERR_MUST_USE enum err envelope_put_header(
    const struct header *header, struct buf *out);

/* Parse exactly these bytes. ERR_FORMAT: not a header. ERR_VERSION: a higher
 * version of which the frozen fields were parsed into *out. */
ERR_MUST_USE enum err envelope_get_header(
    struct span bytes, struct header *out);

/* Number of slots in a slots block whose size and count agree and are within
 * limits; ERR_FORMAT or ERR_LIMIT otherwise. */
ERR_MUST_USE enum err envelope_slot_count(struct span slots, uint32_t *count);
/* Borrow the ephemeral public key (32 bytes) and slot `index`. The block has
 * passed envelope_slot_count and index < count. */
struct span envelope_slots_key(struct span slots);
struct span envelope_slot(struct span slots, uint32_t index);

/* The first 132 bytes of a slot's plaintext (all but the chain key). */
void envelope_put_slot(const struct slot_fields *fields, uint8_t out[132]);
/* False when the label is wrong. */
bool envelope_get_slot(const uint8_t in[132], struct slot_fields *out);

/* Padme: the padded size (>= size) of a frame of `size` bytes, its own four
 * length bytes included. */
size_t envelope_padded_size(size_t size);
/* Append u32 length, payload and zeros up to the padded size. */
ERR_MUST_USE enum err envelope_pad(struct span payload, struct buf *out);
/* Borrow the payload inside; ERR_FORMAT when the length, the padded size or
 * a padding byte is off. */
ERR_MUST_USE enum err envelope_unpad(struct span padded, struct span *payload);

/* Append the domain-separated context of one record place: label (length-
 * prefixed by one byte), author, generation, stream, number. It is the
 * additional data and the derivation input of everything keyed by place. */
ERR_MUST_USE enum err envelope_place(
    const char *label, const struct header *header, struct buf *out);

#endif
