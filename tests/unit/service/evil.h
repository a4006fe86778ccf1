/*
 * evil.h - an author of another program: records made step by step under the
 * keys of a real organisation, so that each rule can be broken alone. It has
 * its own log; the node whose keys it uses must record nothing itself.
 */
#ifndef QSG_TESTS_SERVICE_EVIL_H
#define QSG_TESTS_SERVICE_EVIL_H

#include "fixture.h"

#include "ledger/checkpoint.h"

struct evil {
	struct fixture *fixture;
	size_t at; /* whose keys */
	struct node *node;
	struct seal_worker *worker;
	struct merkle_tree *tree;
	uint64_t size;
	struct checkpoint head;
	struct buf note; /* the signed head, after evil_sign */
};

/* A stream of its, as far as made. */
struct evil_stream {
	struct stream state;
	struct id32 ids[FIXTURE_NODES]; /* sorted */
	size_t count;
	struct id32 salt;
	uint8_t chain[SEAL_CHAIN_BYTES];
};

/* One record, as logged. */
struct evil_record {
	struct header header;
	struct buf bytes; /* of the header */
	struct buf slots;
	struct buf body;
	struct id32 id;
	uint64_t index;
};

/* What to make. Functions may be NULL. */
struct evil_spec {
	const char *text;    /* content: an intelligence record of this text */
	struct span payload; /* or these very bytes */
	/* Change the header before the slots are made, after the slots,
	 * before it is logged; and its bytes in the log. */
	void (*before_slots)(struct header *header);
	void (*before_body)(struct header *header);
	void (*before_log)(struct header *header);
	void (*bytes)(struct buf *bytes);
	void (*slot_of)(struct seal_reader *reader); /* nodes but the author */
	unsigned slots_for; /* nodes that get a slot; 0: the whole audience */
	bool slotted;
	bool other_chain; /* slots hand out another chain key */
};

void evil_init(struct evil *evil, struct fixture *fixture, size_t at);
void evil_clear(struct evil *evil);

/* Start a stream for these nodes (bits of a mask; the author is one). */
void evil_audience(
    struct evil *evil, unsigned mask, struct evil_stream *stream);
/* The payload of a slot-bearing record, as a good author makes it, and of a
 * text. Appended. */
void evil_audience_payload(const struct evil_stream *stream, struct buf *out);
void evil_text_payload(const char *text, struct buf *out);
/* Make, seal and log one record. */
void evil_make(struct evil *evil, struct evil_stream *stream,
    const struct evil_spec *spec, struct evil_record *out);
/* A good opening or re-key, and a good text. */
void evil_key(
    struct evil *evil, struct evil_stream *stream, struct evil_record *out);
void evil_text(struct evil *evil, struct evil_stream *stream, const char *text,
    struct evil_record *out);
void evil_record_clear(struct evil_record *record);

/* Sign the log as it stands. */
void evil_sign(struct evil *evil);
/* A message with these records, proven from old_size to the signed head.
 * canon_free. */
Qsg__Records *evil_message(struct evil *evil,
    const struct evil_record *const *records, size_t count, uint64_t old_size);
/* Sign, hand over to node `to` (which knows the proof from nothing), commit.
 */
enum err evil_give(struct evil *evil, size_t to,
    const struct evil_record *const *records, size_t count,
    struct replica_taken *taken);

#endif
