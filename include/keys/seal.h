/*
 * seal.h - seal a record so that only its audience can read it, and open one.
 *
 * A worker holds the secrets of the record under way: a chain key, content
 * key and AEAD key. A stream's chain key between records is kept wrapped.
 *
 * Floor:   keys (may include base, codec)
 * Spec:    proto/PROTOCOL.md, "Streams", "Slots", "Chain", "Body"
 * Threads: one worker a thread.
 * Secrets: all in one guarded allocation, wiped by seal_worker_free.
 */
#ifndef QSG_KEYS_SEAL_H
#define QSG_KEYS_SEAL_H

#include "codec/envelope.h"
#include "keys/keystore.h"
#include "keys/slots.h"

#define SEAL_CHAIN_BYTES 72u   /* a wrapped chain key: nonce, key, MAC */
#define SEAL_WRAPPED_BYTES 48u /* a wrapped content key */

struct seal_worker;

/* keystore and rng are borrowed for the worker's life. */
ERR_MUST_USE enum err seal_worker_new(const struct keystore *keystore,
    const struct rng *rng, struct seal_worker **out);
void seal_worker_free(struct seal_worker *worker);

/* H(label, salt, count, ids). The ids are sorted and unique. */
void seal_audience_commitment(const struct id32 *readers, size_t count,
    const struct id32 *salt, struct id32 *out);
/* The stream id of an opening header: H(label, author, generation, nonce,
 * audience commitment). */
void seal_stream_id(const struct header *opening, struct id32 *out);
/* Leaf hash of a header's bytes: the record id. SHA-256(0x00 || bytes). */
void seal_record_id(struct span header_bytes, struct id32 *out);
/* BLAKE2b-256 over the label and the slots block, or the body's ciphertext. */
void seal_slots_hash(struct span slots, struct id32 *out);
void seal_body_hash(struct span body, struct id32 *out);

/*
 * Author. Order for a slot-bearing record: fill version, author, generation,
 * number, previous, slotted, audience_commitment; seal_nonce; for number 1
 * set stream = seal_stream_id; seal_chain_fresh; seal_slots; seal_record.
 * For a content record: also stream and keyed_by; seal_nonce;
 * seal_chain_load (once a run of records); seal_record; ...; seal_chain_store.
 */
void seal_nonce(struct seal_worker *worker, struct header *header);
void seal_chain_fresh(struct seal_worker *worker);

/* Append the slots block for these readers (the author among them) under the
 * worker's chain key, with dummies up to a padded count, shuffled, and set
 * header->slots_hash. ERR_LIMIT over LIMIT_SLOTS, ERR_VERIFY for a key
 * that cannot be used, ERR_INPUT for no readers or without the author. */
ERR_MUST_USE enum err seal_slots(struct seal_worker *worker,
    struct header *header, const struct seal_reader *readers, size_t count,
    struct buf *slots);

/* Seal payload with the content key of the worker's chain key at
 * header->number: append the body, set body_size, body_hash, key_commitment.
 * Then the worker holds the chain key of the next number. ERR_LIMIT when the
 * record would be over LIMIT_RECORD_BYTES (slots not counted); the chain has
 * not moved then. ERR_STATE without a chain key. After
 * any other error load the chain key again. */
ERR_MUST_USE enum err seal_record(struct seal_worker *worker,
    struct header *header, struct span payload, struct buf *body);

/* Wrap the content key last used by seal_record or seal_open for storage.
 * After a seal_open without a body (ERR_NOTFOUND) too: the body may still
 * come. ERR_STATE when there is none, as after a wrong commitment. */
ERR_MUST_USE enum err seal_wrap(struct seal_worker *worker,
    const struct id32 *record, uint8_t wrapped[SEAL_WRAPPED_BYTES]);

/* The worker's chain key, wrapped for storage and back. stream and number
 * (of the record the chain key is for) are bound in. */
ERR_MUST_USE enum err seal_chain_store(struct seal_worker *worker,
    const struct id32 *stream, uint64_t number,
    uint8_t chain[SEAL_CHAIN_BYTES]);
ERR_MUST_USE enum err seal_chain_load(struct seal_worker *worker,
    const struct id32 *stream, uint64_t number,
    const uint8_t chain[SEAL_CHAIN_BYTES]);

/*
 * Reader.
 */

/* Find our slot, check every field in it against header, take its chain key.
 * The slots hash has been checked. ERR_NOTFOUND: no slot opens for us.
 * ERR_VERIFY: one opens and says something else. */
ERR_MUST_USE enum err seal_slots_open(
    struct seal_worker *worker, const struct header *header, struct span slots);

/* With the worker's chain key for header->number: check the commitment, open
 * and unpad the body, append the payload, and move the chain key on. The
 * chain moves on in every case, so that a bad record does not end a stream;
 * after ERR_VERIFY in a slotted record it must not be used. The body hash has
 * been checked. ERR_VERIFY (commitment or MAC), ERR_FORMAT (padding). An
 * empty body (held elsewhere) gives ERR_NOTFOUND, chain moved on. */
ERR_MUST_USE enum err seal_open(struct seal_worker *worker,
    const struct header *header, struct span body, struct buf *payload);

/* Open a held record by its wrapped content key: for reading on demand. */
ERR_MUST_USE enum err seal_open_wrapped(struct seal_worker *worker,
    const struct header *header, const struct id32 *record,
    const uint8_t wrapped[SEAL_WRAPPED_BYTES], struct span body,
    struct buf *payload);

/*
 * Disclosure: a record's content key, which opens this record and no other, in
 * the hands of somebody without a keystore.
 */

/* Open a held record as seal_open_wrapped does, and hand its content key out.
 * The caller wipes the key. */
ERR_MUST_USE enum err seal_disclose(struct seal_worker *worker,
    const struct header *header, const struct id32 *record,
    const uint8_t wrapped[SEAL_WRAPPED_BYTES], struct span body,
    struct buf *payload, uint8_t key[32]);
/* A worker for seal_open_disclosed alone. */
ERR_MUST_USE enum err seal_worker_bare(struct seal_worker **out);
/* Open a body with a content key that was handed out: commitment, MAC, padding.
 * ERR_VERIFY, ERR_FORMAT, ERR_NOTFOUND as seal_open. */
ERR_MUST_USE enum err seal_open_disclosed(struct seal_worker *worker,
    const struct header *header, const uint8_t key[32], struct span body,
    struct buf *payload);

#endif
