#include "unit/ledger/histories.h"

#include "keys/seal.h"
#include "unit/keys/fixture.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

void history_init(struct history *history, const struct keystore *keystore)
{
	memset(history, 0, sizeof *history);
	history->keystore = keystore;
	fixture_ok(merkle_tree_new(&history->tree));
}

void history_clear(struct history *history)
{
	for (size_t i = 0; i < HISTORIES_LEAVES; i++) {
		buf_clear(&history->headers[i]);
	}
	merkle_tree_free(history->tree);
}

static void add(struct history *history, struct span bytes)
{
	struct id32 *leaf = &history->leaves[history->size];

	ck_assert_uint_lt(history->size, HISTORIES_LEAVES);
	merkle_leaf(bytes, leaf);
	fixture_ok(merkle_tree_add(history->tree, 0, history->size, leaf));
	history->size++;
}

void history_add(struct history *history, uint64_t count, const char *word)
{
	for (uint64_t i = 0; i < count; i++) {
		char text[64];

		(void)snprintf(text, sizeof text, "%s %llu", word,
		    (unsigned long long)history->size);
		add(history, span_text(text));
	}
}

uint64_t history_log(struct history *history, const struct header *header)
{
	struct buf *bytes = &history->headers[history->size];

	fixture_ok(envelope_put_header(header, bytes));
	add(history, buf_span(bytes));
	return history->size - 1;
}

void history_sign(const struct history *history, uint64_t size,
    struct buf *note, struct evidence_side *side)
{
	const struct keystore_public *public =
	    keystore_public(history->keystore);

	memset(side, 0, sizeof *side);
	side->head.author = public->organisation;
	side->head.generation = public->logs[0].generation;
	side->head.size = size;
	fixture_ok(merkle_tree_root(history->tree, size, &side->head.root));
	buf_reset(note);
	fixture_ok(checkpoint_sign(history->keystore, &side->head, note));
	side->checkpoint = buf_span(note);
	side->tree = history->tree;
}

struct header history_opening(const struct history *history, uint8_t nonce)
{
	const struct keystore_public *public =
	    keystore_public(history->keystore);
	struct header header = {
		.version = ENVELOPE_VERSION,
		.author = public->organisation,
		.generation = public->logs[0].generation,
		.number = 1,
		.slotted = true,
		.body_size = 64,
		.nonce = { nonce },
	};

	memset(&header.audience_commitment, 3, 32);
	seal_stream_id(&header, &header.stream);
	return header;
}

struct header history_next(const struct header *last, bool slotted)
{
	struct header header = *last;
	struct buf bytes = { 0 };

	fixture_ok(envelope_put_header(last, &bytes));
	header.number++;
	header.slotted = slotted;
	seal_record_id(buf_span(&bytes), &header.previous);
	buf_clear(&bytes);
	header.keyed_by = (struct id32){ { 0 } };
	if (!slotted) {
		header.keyed_by = header.previous;
		header.audience_commitment = (struct id32){ { 0 } };
		header.slots_hash = (struct id32){ { 0 } };
	}
	return header;
}

void history_prove(
    const struct history *history, uint64_t leaf, struct evidence_side *side)
{
	side->header = buf_span(&history->headers[leaf]);
	side->leaf = leaf;
}
