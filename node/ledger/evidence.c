#include "ledger/evidence.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "keys/seal.h"
#include "ledger/subtree.h"

#include "evidence.pb-c.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FORMAT = 1, SIDES = 2 };

static const char *const kinds[] = {
	[EVIDENCE_SPLIT_VIEW] = "split-view",
	[EVIDENCE_STREAM_FORK] = "stream-fork",
	[EVIDENCE_STREAM_BROKEN] = "stream-broken",
	[EVIDENCE_CARD_FORK] = "card-fork",
	[EVIDENCE_SUCCESSOR_FORK] = "successor-fork",
};

#define KINDS (sizeof kinds / sizeof kinds[0])

const char *evidence_kind_name(enum evidence_kind kind)
{
	return kinds[kind];
}

static enum err malformed(const char *what)
{
	return err_set(ERR_FORMAT, "evidence: %s", what);
}

static enum err nothing(const char *why)
{
	return err_set(ERR_VERIFY, "evidence that proves nothing: %s", why);
}

/* One side of a contradiction within a log, as checked. */
struct side {
	const Qsg__EvidenceSide *given;
	struct checkpoint head;
	struct merkle_nodes nodes;
	struct header header;
	struct id32 record;
};

struct checking {
	const Qsg__Evidence *given;
	struct evidence_found *found;
	struct card cards[2];
	struct side sides[SIDES];
};

/* What a kind is made of: cards, and whether there are sides. */
static bool has_sides(enum evidence_kind kind)
{
	return kind == EVIDENCE_SPLIT_VIEW || kind == EVIDENCE_STREAM_FORK ||
	       kind == EVIDENCE_STREAM_BROKEN;
}

static bool find_kind(const char *name, enum evidence_kind *out)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (strcmp(name, kinds[i]) == 0) {
			*out = (enum evidence_kind)i;
			return true;
		}
	}
	return false;
}

/* PROTOCOL.md M211: "Evidence MUST be the canonical encoding of its fields, of
 * at most 262,144 bytes, and hold exactly the cards, sides and fields that its
 * kind needs." */
static enum err check_shape(const struct checking *checking)
{
	const Qsg__Evidence *given = checking->given;
	bool sides = has_sides(checking->found->kind);
	bool places = checking->found->kind == EVIDENCE_SPLIT_VIEW;

	if (given->author.len != sizeof(struct id32) ||
	    given->n_cards != (sides ? 1u : 2u) ||
	    given->n_sides != (sides ? (size_t)SIDES : 0u)) {
		return malformed("not the parts of its kind");
	}
	if (!places && (given->level || given->index)) {
		return malformed("a subtree that its kind has not");
	}
	return ERR_OK;
}

/*
 * The log of cards[0].
 */

static enum err read_nodes(struct side *side)
{
	const Qsg__EvidenceSide *given = side->given;
	enum err err = ERR_OK;

	if (given->n_nodes > LIMIT_EVIDENCE_NODES) {
		return malformed("a proof of too many nodes");
	}
	for (size_t i = 0; i < given->n_nodes && !err; i++) {
		const Qsg__EvidenceNode *node = given->nodes[i];
		struct id32 hash;

		if (node->hash.len != sizeof hash.b) {
			return malformed("a node without hash");
		}
		memcpy(hash.b, node->hash.data, sizeof hash.b);
		err = merkle_nodes_add(
		    &side->nodes, node->level, node->index, &hash);
	}
	return err;
}

static enum err read_head(const struct card *card, struct side *side)
{
	struct span note =
	    span_of(side->given->checkpoint.data, side->given->checkpoint.len);
	const Qsg__LogGeneration *log = NULL;
	struct note parsed;
	struct id32 key;

	if (note_parse(note, &parsed) ||
	    checkpoint_parse(&parsed, &side->head)) {
		return malformed("no checkpoint");
	}
	log = card_generation(card, &side->head.generation);
	if (!log || log->log_key.len != sizeof key.b ||
	    !id_equal(&side->head.author, &card->organisation)) {
		return nothing("a checkpoint of a log the card does not name");
	}
	memcpy(key.b, log->log_key.data, sizeof key.b);
	/* PROTOCOL.md M212: "Each checkpoint in evidence MUST be signed by the
	 * log key that the first card, itself signed by its identity key, names
	 * for its generation." */
	if (checkpoint_verify(note, &key, &side->head)) {
		return nothing("a checkpoint its author did not sign");
	}
	return ERR_OK;
}

static enum err read_sides(struct checking *checking)
{
	enum err err = ERR_OK;

	for (size_t i = 0; i < SIDES && !err; i++) {
		struct side *side = &checking->sides[i];

		side->given = checking->given->sides[i];
		err = read_nodes(side);
		if (!err) {
			err = read_head(&checking->cards[0], side);
		}
	}
	if (!err && !generation_equal(&checking->sides[0].head.generation,
			&checking->sides[1].head.generation)) {
		err = nothing("two logs");
	}
	return err;
}

static enum err check_one_size(struct checking *checking)
{
	const struct side *a = &checking->sides[0];
	const struct side *b = &checking->sides[1];

	if (a->nodes.count || b->nodes.count || checking->given->level ||
	    checking->given->index) {
		return malformed("two heads of one size need no nodes");
	}
	if (id_compare(&a->head.root, &b->head.root) > 0) {
		return malformed("the lower root comes first");
	}
	if (id_equal(&a->head.root, &b->head.root)) {
		return nothing("the two heads agree");
	}
	(void)snprintf(checking->found->text, sizeof checking->found->text,
	    "it signed two different heads of one size of its log, %" PRIu64,
	    a->head.size);
	return ERR_OK;
}

/* PROTOCOL.md M213: "Two checkpoints of one log prove a split view if they are
 * of one size and differ in their roots, or if both prove a hash for one
 * complete subtree and the two hashes differ; a checker MUST take nothing else
 * for one." */
static enum err check_split_view(struct checking *checking)
{
	const struct side *a = &checking->sides[0];
	const struct side *b = &checking->sides[1];
	uint32_t level = checking->given->level;
	uint64_t index = checking->given->index;
	struct id32 hashes[SIDES];
	enum err err = ERR_OK;

	if (a->given->header.len || b->given->header.len || a->given->leaf ||
	    b->given->leaf) {
		return malformed("headers that its kind has not");
	}
	if (a->head.size == b->head.size) {
		return check_one_size(checking);
	}
	if (a->head.size > b->head.size) {
		return malformed("the smaller head comes first");
	}
	for (size_t i = 0; i < SIDES && !err; i++) {
		const struct side *side = &checking->sides[i];

		err = subtree_check(&side->nodes, side->head.size,
		    &side->head.root, level, index, &hashes[i]);
	}
	if (!err && id_equal(&hashes[0], &hashes[1])) {
		err = nothing("the two heads agree");
	}
	if (!err) {
		(void)snprintf(checking->found->text,
		    sizeof checking->found->text,
		    "its log has two histories: the heads that it signed at "
		    "%" PRIu64 " and at %" PRIu64 " records differ in what "
		    "stands from record %" PRIu64 " to %" PRIu64,
		    a->head.size, b->head.size, index << level,
		    ((index + 1) << level) - 1);
	}
	return err;
}

/* A header, and that it stands in the log. */
static enum err read_header(struct side *side)
{
	struct span bytes =
	    span_of(side->given->header.data, side->given->header.len);
	struct id32 hash;
	enum err err = envelope_get_header(bytes, &side->header);

	if (err && err != ERR_VERSION) {
		return malformed("no header");
	}
	if (!id_equal(&side->header.author, &side->head.author) ||
	    !generation_equal(
		&side->header.generation, &side->head.generation)) {
		return nothing("a record of another log");
	}
	seal_record_id(bytes, &side->record);
	err = subtree_check(&side->nodes, side->head.size, &side->head.root, 0,
	    side->given->leaf, &hash);
	/* PROTOCOL.md M214: "Each header in evidence MUST be proven to be the
	 * leaf it is given for, in the log that it names." */
	if (!err && !id_equal(&hash, &side->record)) {
		err = nothing("a header that is not the leaf it is given for");
	}
	return err;
}

static enum err read_headers(struct checking *checking)
{
	enum err err = read_header(&checking->sides[0]);

	if (!err) {
		err = read_header(&checking->sides[1]);
	}
	if (!err && !id_equal(&checking->sides[0].header.stream,
			&checking->sides[1].header.stream)) {
		err = nothing("two streams");
	}
	return err;
}

static enum err check_stream_fork(struct checking *checking)
{
	const struct side *a = &checking->sides[0];
	const struct side *b = &checking->sides[1];
	enum err err = read_headers(checking);

	if (err) {
		return err;
	}
	if (id_compare(&a->record, &b->record) > 0) {
		return malformed("the lower record id comes first");
	}
	/* PROTOCOL.md M215: "Two headers prove a stream fork if they have one
	 * stream and number and different record ids." */
	if (a->header.number != b->header.number ||
	    id_equal(&a->record, &b->record)) {
		return nothing("the two records can both be");
	}
	(void)snprintf(checking->found->text, sizeof checking->found->text,
	    "it recorded two different records as number %" PRIu64
	    " of one stream",
	    a->header.number);
	return ERR_OK;
}

static bool readable(const struct side *side)
{
	return side->header.version <= ENVELOPE_VERSION;
}

/* PROTOCOL.md M216: "Two headers of one stream prove that it is broken if the
 * later has the next number and names another record as the one before it, or
 * if the earlier opens the stream and the later re-keys it for another
 * audience." */
static enum err check_stream_broken(struct checking *checking)
{
	const struct side *a = &checking->sides[0];
	const struct side *b = &checking->sides[1];
	enum err err = read_headers(checking);

	if (err) {
		return err;
	}
	if (a->header.number + 1 == b->header.number &&
	    !id_equal(&b->header.previous, &a->record)) {
		(void)snprintf(checking->found->text,
		    sizeof checking->found->text,
		    "its record number %" PRIu64 " of a stream does not follow "
		    "the one before it",
		    b->header.number);
		return ERR_OK;
	}
	if (a->header.number == 1 && b->header.number > 1 && readable(a) &&
	    readable(b) && a->header.slotted && b->header.slotted &&
	    !id_equal(&a->header.audience_commitment,
		&b->header.audience_commitment)) {
		(void)snprintf(checking->found->text,
		    sizeof checking->found->text,
		    "its record number %" PRIu64 " of a stream changes the "
		    "audience that the stream was opened for",
		    b->header.number);
		return ERR_OK;
	}
	return nothing("the two records can both be");
}

/*
 * Cards.
 */

static enum err read_cards(struct checking *checking)
{
	const Qsg__Evidence *given = checking->given;
	enum err err = ERR_OK;

	for (size_t i = 0; i < given->n_cards && !err; i++) {
		err = card_parse(
		    span_of(given->cards[i].data, given->cards[i].len),
		    &checking->cards[i]);
		if (err == ERR_VERSION) {
			return err;
		}
		/* PROTOCOL.md M217: "Every card in evidence MUST be of the
		 * organisation that the evidence is against." */
		if (!err && !id_equal(&checking->cards[i].organisation,
				&checking->found->author)) {
			err = nothing("a card of another organisation");
		}
	}
	if (!err && given->n_cards) {
		(void)snprintf(checking->found->name,
		    sizeof checking->found->name, "%s",
		    checking->cards[0].fields->name);
	}
	return err;
}

static enum err check_card_fork(struct checking *checking)
{
	const struct card *a = &checking->cards[0];
	const struct card *b = &checking->cards[1];

	if (id_compare(&a->digest, &b->digest) > 0) {
		return malformed("the lower digest comes first");
	}
	if (card_compare(a, b) != CARD_CONFLICT) {
		return nothing("the two cards can both be");
	}
	(void)snprintf(checking->found->text, sizeof checking->found->text,
	    "it signed two different cards of one version, %" PRIu64,
	    a->fields->version);
	return ERR_OK;
}

static bool same_bytes(
    const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return span_equal(span_of(a->data, a->len), span_of(b->data, b->len));
}

/* Place of a generation in a card; n_generations when it has none. */
static size_t place_of(const Qsg__Card *card, const Qsg__LogGeneration *log)
{
	size_t at = 0;

	while (
	    at < card->n_generations &&
	    !same_bytes(&card->generations[at]->generation, &log->generation)) {
		at++;
	}
	return at;
}

/* PROTOCOL.md M218: "Two cards of one organisation prove a second successor if
 * a generation that both name is followed in them by different ones, or has
 * different log keys." */
bool evidence_diverges(const struct card *a, const struct card *b)
{
	const Qsg__Card *x = a->fields;
	const Qsg__Card *y = b->fields;

	for (size_t i = 0; i < x->n_generations; i++) {
		size_t j = place_of(y, x->generations[i]);

		if (j == y->n_generations) {
			continue;
		}
		if (!same_bytes(&x->generations[i]->log_key,
			&y->generations[j]->log_key)) {
			return true;
		}
		if (i + 1 < x->n_generations && j + 1 < y->n_generations &&
		    !same_bytes(&x->generations[i + 1]->generation,
			&y->generations[j + 1]->generation)) {
			return true;
		}
	}
	return false;
}

static enum err check_successor_fork(struct checking *checking)
{
	const struct card *a = &checking->cards[0];
	const struct card *b = &checking->cards[1];

	if (id_compare(&a->digest, &b->digest) > 0) {
		return malformed("the lower digest comes first");
	}
	if (!evidence_diverges(a, b)) {
		return nothing("the two cards can both be");
	}
	(void)snprintf(checking->found->text, sizeof checking->found->text,
	    "it named two different successors of one log, in versions "
	    "%" PRIu64 " and %" PRIu64 " of its card",
	    a->fields->version, b->fields->version);
	return ERR_OK;
}

static enum err check_kind(struct checking *checking)
{
	switch (checking->found->kind) {
	case EVIDENCE_SPLIT_VIEW:
		return check_split_view(checking);
	case EVIDENCE_STREAM_FORK:
		return check_stream_fork(checking);
	case EVIDENCE_STREAM_BROKEN:
		return check_stream_broken(checking);
	case EVIDENCE_CARD_FORK:
		return check_card_fork(checking);
	case EVIDENCE_SUCCESSOR_FORK:
		return check_successor_fork(checking);
	}
	return malformed("an unknown kind");
}

static enum err check_decoded(struct checking *checking)
{
	enum err err = ERR_OK;

	if (!find_kind(checking->given->kind, &checking->found->kind)) {
		return err_set(ERR_VERSION, "evidence of an unknown kind");
	}
	err = check_shape(checking);
	if (!err) {
		memcpy(checking->found->author.b, checking->given->author.data,
		    sizeof checking->found->author.b);
		err = read_cards(checking);
	}
	if (!err && checking->given->n_sides) {
		err = read_sides(checking);
	}
	return err ? err : check_kind(checking);
}

/* A later version says so in its first field, which never moves. */
static enum err check_format(struct span bytes)
{
	if (bytes.size >= 2 && bytes.data[0] == 0x08 &&
	    bytes.data[1] > FORMAT) {
		return err_set(ERR_VERSION, "evidence made by a newer program");
	}
	return bytes.size >= 2 && bytes.data[0] == 0x08 &&
	               bytes.data[1] == FORMAT
	           ? ERR_OK
	           : malformed("no version");
}

enum err evidence_check(struct span bytes, struct evidence_found *out)
{
	struct checking checking = { .found = out };
	ProtobufCMessage *message = NULL;
	enum err err = check_format(bytes);

	memset(out, 0, sizeof *out);
	if (!err) {
		err = canon_decode(&qsg__evidence__descriptor, bytes,
		    LIMIT_EVIDENCE_BYTES, &message);
	}
	if (!err) {
		checking.given = (const Qsg__Evidence *)message;
		err = check_decoded(&checking);
	}
	for (size_t i = 0; i < SIDES; i++) {
		merkle_nodes_clear(&checking.sides[i].nodes);
		card_clear(&checking.cards[i]);
	}
	canon_free(message);
	return err;
}

enum err evidence_read(
    struct span text, struct buf *bytes, struct evidence_found *out)
{
	enum err err = ERR_OK;

	if (text.size && text.data[0] == 0x08) {
		err = buf_append(bytes, text);
	} else {
		err = text_unarmour(
		    EVIDENCE_ARMOUR, text, LIMIT_EVIDENCE_BYTES, bytes);
	}
	return err ? err : evidence_check(buf_span(bytes), out);
}

enum err evidence_armour(struct span bytes, struct buf *out)
{
	struct evidence_found found;
	enum err err = evidence_check(bytes, &found);

	if (!err) {
		err = buf_printf(out, "# %s: %s\n# against %s\n",
		    evidence_kind_name(found.kind), found.text,
		    text_fingerprint(&found.author).text);
	}
	return err ? err : text_armour(EVIDENCE_ARMOUR, bytes, out);
}
