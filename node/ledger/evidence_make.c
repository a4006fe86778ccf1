#include "ledger/evidence_make.h"

#include "codec/canon.h"
#include "keys/seal.h"
#include "ledger/range.h"
#include "ledger/subtree.h"

#include "evidence.pb-c.h"

#include <stdlib.h>
#include <string.h>

enum { SIDES = 2 };

/* protobuf-c wants pointers to mutable bytes, also to encode. */
static ProtobufCBinaryData lend(struct span bytes)
{
	ProtobufCBinaryData out = { .len = bytes.size, .data = NULL };

	memcpy(&out.data, &bytes.data, sizeof out.data);
	return out;
}

/* One side as it is encoded; cleared with clear_side. */
struct draft {
	Qsg__EvidenceSide side;
	struct merkle_nodes nodes;
	Qsg__EvidenceNode *blocks;
	Qsg__EvidenceNode **list;
};

static void clear_draft(struct draft *draft)
{
	merkle_nodes_clear(&draft->nodes);
	free(draft->blocks);
	free(draft->list);
}

static enum err fill_draft(
    const struct evidence_side *side, struct draft *draft)
{
	size_t count = draft->nodes.count;

	qsg__evidence_side__init(&draft->side);
	draft->side.checkpoint = lend(side->checkpoint);
	draft->side.header = lend(side->header);
	draft->side.leaf = side->leaf;
	draft->blocks = calloc(count + 1, sizeof *draft->blocks);
	draft->list = calloc(count + 1, sizeof(Qsg__EvidenceNode *));
	if (!draft->blocks || !draft->list) {
		return err_set(ERR_MEM, "out of memory");
	}
	for (size_t i = 0; i < count; i++) {
		Qsg__EvidenceNode *node = &draft->blocks[i];

		qsg__evidence_node__init(node);
		node->level = draft->nodes.items[i].level;
		node->index = draft->nodes.items[i].index;
		node->hash = lend(span_id(&draft->nodes.items[i].hash));
		draft->list[i] = node;
	}
	draft->side.nodes = draft->list;
	draft->side.n_nodes = count;
	return ERR_OK;
}

/* Encode, and check as anybody would: nothing is claimed that is not so. */
static enum err finish(Qsg__Evidence *evidence, const struct id32 *author,
    enum evidence_kind kind, struct buf *out)
{
	struct evidence_found found;
	struct buf bytes = { 0 };
	enum err err = ERR_OK;

	evidence->version = 1;
	evidence->kind = canon_lend(evidence_kind_name(kind));
	evidence->author = lend(span_id(author));
	err = canon_encode(&evidence->base, &bytes);
	if (!err && evidence_check(buf_span(&bytes), &found)) {
		err = err_wrap(ERR_NOTFOUND, "no evidence");
	}
	if (!err) {
		err = buf_append(out, buf_span(&bytes));
	}
	buf_clear(&bytes);
	return err;
}

/* Encode two sides, whose proofs stand in the drafts. */
static enum err finish_sides(Qsg__Evidence *evidence, enum evidence_kind kind,
    const struct card *card, const struct evidence_side *const sides[SIDES],
    struct draft drafts[SIDES], struct buf *out)
{
	ProtobufCBinaryData cards = lend(buf_span(&card->signed_bytes));
	Qsg__EvidenceSide *list[SIDES] = { &drafts[0].side, &drafts[1].side };
	enum err err = fill_draft(sides[0], &drafts[0]);

	if (!err) {
		err = fill_draft(sides[1], &drafts[1]);
	}
	evidence->cards = &cards;
	evidence->n_cards = 1;
	evidence->sides = list;
	evidence->n_sides = SIDES;
	if (!err) {
		err = finish(evidence, &card->organisation, kind, out);
	}
	/* What it borrows ends here. */
	qsg__evidence__init(evidence);
	return err;
}

/*
 * Split views.
 */

/* Show the subtree at one place from both sides, if it is known in both and
 * differs. */
static enum err try_place(const struct card *card,
    const struct evidence_side *const sides[SIDES], uint32_t level,
    uint64_t index, struct buf *out)
{
	Qsg__Evidence evidence;
	struct draft drafts[SIDES] = { 0 };
	struct id32 hashes[SIDES];
	enum err err = ERR_OK;

	qsg__evidence__init(&evidence);
	for (size_t i = 0; i < SIDES && !err; i++) {
		err =
		    merkle_tree_node(sides[i]->tree, level, index, &hashes[i]);
	}
	if (!err && id_equal(&hashes[0], &hashes[1])) {
		err = ERR_NOTFOUND;
	}
	for (size_t i = 0; i < SIDES && !err; i++) {
		err = subtree_prove(sides[i]->tree, level, index,
		    sides[i]->head.size, &drafts[i].nodes);
	}
	if (!err) {
		evidence.level = level;
		evidence.index = index;
		err = finish_sides(
		    &evidence, EVIDENCE_SPLIT_VIEW, card, sides, drafts, out);
	}
	clear_draft(&drafts[0]);
	clear_draft(&drafts[1]);
	return err;
}

static enum err try_peaks(const struct card *card,
    const struct evidence_side *const sides[SIDES], struct buf *out)
{
	struct range rest = { 0, sides[0]->head.size };
	enum err err = ERR_NOTFOUND;

	while (rest.length && err == ERR_NOTFOUND) {
		struct range peak = range_first(rest);

		err = try_place(
		    card, sides, range_level(peak), range_index(peak), out);
		rest.start += peak.length;
		rest.length -= peak.length;
	}
	return err;
}

/* One place and all above it within the smaller head. */
static enum err try_above(const struct card *card,
    const struct evidence_side *const sides[SIDES],
    const struct merkle_node *place, struct buf *out)
{
	uint32_t level = place->level;
	uint64_t index = place->index;
	enum err err = ERR_NOTFOUND;

	while (err == ERR_NOTFOUND &&
	       subtree_within(level, index, sides[0]->head.size)) {
		err = try_place(card, sides, level, index, out);
		level++;
		index /= 2;
	}
	return err;
}

static enum err one_size(const struct card *card,
    const struct evidence_side *const sides[SIDES], struct buf *out)
{
	Qsg__Evidence evidence;
	struct draft drafts[SIDES] = { 0 };
	enum err err = ERR_OK;

	qsg__evidence__init(&evidence);
	err = finish_sides(
	    &evidence, EVIDENCE_SPLIT_VIEW, card, sides, drafts, out);
	clear_draft(&drafts[0]);
	clear_draft(&drafts[1]);
	return err;
}

enum err evidence_make_split_view(const struct card *card,
    const struct evidence_side *a, const struct evidence_side *b,
    const struct merkle_nodes *places, struct buf *out)
{
	bool swap = a->head.size > b->head.size ||
	            (a->head.size == b->head.size &&
			id_compare(&a->head.root, &b->head.root) > 0);
	const struct evidence_side *const sides[SIDES] = { swap ? b : a,
		swap ? a : b };
	enum err err = ERR_NOTFOUND;

	if (a->head.size == b->head.size) {
		return one_size(card, sides, out);
	}
	if (!a->tree || !b->tree) {
		return err_set(ERR_NOTFOUND, "the trees are not known");
	}
	err = try_peaks(card, sides, out);
	for (size_t i = 0; i < places->count && err == ERR_NOTFOUND; i++) {
		err = try_above(card, sides, &places->items[i], out);
	}
	return err == ERR_NOTFOUND
	           ? err_set(err, "what is known of the two histories does not "
				  "show where they differ")
	           : err;
}

/*
 * Streams.
 */

static enum err make_sides(const struct card *card, enum evidence_kind kind,
    const struct evidence_side *const sides[SIDES], struct buf *out)
{
	Qsg__Evidence evidence;
	struct draft drafts[SIDES] = { 0 };
	enum err err = ERR_OK;

	qsg__evidence__init(&evidence);
	for (size_t i = 0; i < SIDES && !err; i++) {
		err = subtree_prove(sides[i]->tree, 0, sides[i]->leaf,
		    sides[i]->head.size, &drafts[i].nodes);
	}
	if (!err) {
		err = finish_sides(&evidence, kind, card, sides, drafts, out);
	}
	clear_draft(&drafts[0]);
	clear_draft(&drafts[1]);
	return err == ERR_INPUT ? ERR_NOTFOUND : err;
}

enum err evidence_make_stream(const struct card *card,
    const struct evidence_side *a, const struct evidence_side *b,
    struct buf *out)
{
	struct header headers[SIDES];
	struct id32 records[SIDES];
	const struct evidence_side *sides[SIDES] = { a, b };
	bool fork = false;
	bool swap = false;

	for (size_t i = 0; i < SIDES; i++) {
		enum err err =
		    envelope_get_header(sides[i]->header, &headers[i]);

		if (err && err != ERR_VERSION) {
			return err;
		}
		seal_record_id(sides[i]->header, &records[i]);
	}
	fork = headers[0].number == headers[1].number;
	swap = fork ? id_compare(&records[0], &records[1]) > 0
	            : headers[0].number > headers[1].number;
	if (swap) {
		sides[0] = b;
		sides[1] = a;
	}
	return make_sides(card,
	    fork ? EVIDENCE_STREAM_FORK : EVIDENCE_STREAM_BROKEN, sides, out);
}

/*
 * Cards.
 */

enum err evidence_make_cards(
    const struct card *a, const struct card *b, struct buf *out)
{
	Qsg__Evidence evidence;
	bool swap = id_compare(&a->digest, &b->digest) > 0;
	ProtobufCBinaryData cards[SIDES] = {
		lend(buf_span(&(swap ? b : a)->signed_bytes)),
		lend(buf_span(&(swap ? a : b)->signed_bytes)),
	};
	enum evidence_kind kind = evidence_diverges(a, b)
	                              ? EVIDENCE_SUCCESSOR_FORK
	                              : EVIDENCE_CARD_FORK;

	qsg__evidence__init(&evidence);
	evidence.cards = cards;
	evidence.n_cards = SIDES;
	return finish(&evidence, &a->organisation, kind, out);
}
