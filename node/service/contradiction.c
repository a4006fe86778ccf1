#include "service/contradiction.h"

#include "base/log.h"
#include "codec/text.h"
#include "ledger/evidence_make.h"
#include "ledger/range.h"
#include "ledger/subtree.h"
#include "store/evidence_store.h"

#include <stdlib.h>
#include <string.h>

enum { SIDES = 4 };

/*
 * Keeping.
 */

static enum err keep(
    struct node *node, const struct peer *author, struct span bytes)
{
	struct evidence_found found;
	struct evidence_item item = { .org = author->org,
		.found_ms = clock_wall_ms(node->options.clock) };
	enum err err = evidence_check(bytes, &found);

	if (err) {
		return err;
	}
	item.kind = evidence_kind_name(found.kind);
	err = state_begin(node);
	if (!err) {
		err = evidence_store_add(node->db, node->options.keystore,
		    node->options.rng, &item, bytes);
	}
	if (err == ERR_EXISTS || err == ERR_LIMIT) {
		return ERR_OK; /* enough is kept already */
	}
	if (!err) {
		log_line(LOG_ERROR, "evidence", "%s (%s): %s; kept as evidence",
		    author->card.fields->name,
		    text_fingerprint(&found.author).text, found.text);
	}
	return err;
}

/* Keep what was composed, or say why there is nothing to keep. */
static enum err conclude(struct node *node, const struct peer *author,
    enum err made, struct span bytes)
{
	if (!made) {
		return keep(node, author, bytes);
	}
	if (made == ERR_MEM) {
		return made;
	}
	log_line(LOG_WARN, "evidence",
	    "%s contradicts itself, and it cannot be shown to others: %s",
	    author->card.fields->name, err_text());
	return ERR_OK;
}

/*
 * Logs.
 */

/* Exactly the peaks of a size: each is met on the way to the signed root. */
static bool are_peaks(const struct merkle_nodes *nodes, uint64_t size)
{
	struct range rest = { 0, size };

	for (size_t i = 0; i < nodes->count; i++) {
		struct range peak = { 0, 0 };

		if (!rest.length) {
			return false;
		}
		peak = range_first(rest);
		if (nodes->items[i].level != range_level(peak) ||
		    nodes->items[i].index != range_index(peak)) {
			return false;
		}
		rest.start += peak.length;
		rest.length -= peak.length;
	}
	return !rest.length;
}

/* The peaks that a message's proof starts from. */
static enum err old_peaks(struct taking *taking, struct state_log *log,
    struct merkle_tree *tree, struct merkle_nodes *places)
{
	struct merkle_nodes held = { 0 };
	const struct merkle_nodes *peaks = &taking->peaks;
	enum err err = ERR_OK;

	if (!peaks->count) {
		err = subtree_peaks(log->tree, taking->old_size, &held);
		peaks = &held;
	} else if (!are_peaks(peaks, taking->old_size)) {
		return err_set(ERR_VERIFY, "nodes that are not the peaks");
	}
	for (size_t i = 0; i < peaks->count && !err; i++) {
		const struct merkle_node *node = &peaks->items[i];

		err = merkle_tree_add(
		    tree, node->level, node->index, &node->hash);
		if (!err) {
			err = merkle_nodes_add(
			    places, node->level, node->index, &node->hash);
		}
	}
	merkle_nodes_clear(&held);
	return err;
}

enum err contradiction_tree(struct taking *taking, struct state_log *log,
    struct merkle_tree **tree, struct merkle_nodes *places)
{
	size_t first = 0;
	enum err err = merkle_tree_new(tree);

	if (!err) {
		err = old_peaks(taking, log, *tree, places);
	}
	first = places->count;
	if (!err) {
		err = merkle_tree_check(*tree, &taking->leaves, &taking->proof,
		    taking->old_size, taking->head.size, &taking->head.root,
		    places);
	}
	for (size_t i = first; i < places->count && !err; i++) {
		const struct merkle_node *node = &places->items[i];

		err = merkle_tree_add(
		    *tree, node->level, node->index, &node->hash);
	}
	return err;
}

/* A head with the peaks of its own tree alone. */
static enum err add_side(const struct checkpoint *head, struct span note,
    const struct merkle_nodes *peaks, struct evidence_side *side)
{
	enum err err = ERR_OK;

	*side = (struct evidence_side){ .checkpoint = note, .head = *head };
	if (peaks->count) {
		err = merkle_tree_new(&side->tree);
	}
	for (size_t i = 0; i < peaks->count && !err; i++) {
		err = merkle_tree_add(side->tree, peaks->items[i].level,
		    peaks->items[i].index, &peaks->items[i].hash);
	}
	return err;
}

/* Try each pair of the heads that are signed, until one shows it. */
static enum err try_pairs(const struct card *card,
    const struct evidence_side sides[SIDES], const struct merkle_nodes *places,
    struct buf *out)
{
	enum err err =
	    err_set(ERR_NOTFOUND, "one of the two signed heads is not held");

	for (size_t i = 0; i < SIDES; i++) {
		for (size_t j = i + 1; j < SIDES && err == ERR_NOTFOUND; j++) {
			if (!sides[i].head.size || !sides[j].head.size ||
			    !sides[i].checkpoint.size ||
			    !sides[j].checkpoint.size) {
				continue;
			}
			err = evidence_make_split_view(
			    card, &sides[i], &sides[j], places, out);
		}
	}
	return err;
}

/* Every head of this log that is held or was heard of; the trees of the last
 * two are their own. */
static enum err gather(struct taking *taking, struct state_log *log,
    struct merkle_tree *theirs, struct evidence_side sides[SIDES])
{
	enum err err = ERR_OK;

	sides[0] = (struct evidence_side){
		.checkpoint = taking->note, .head = taking->head, .tree = theirs
	};
	sides[1] = (struct evidence_side){ .checkpoint = buf_span(&log->note),
		.head = log->head,
		.tree = log->tree };
	err = add_side(&log->unjoined, buf_span(&log->unjoined_note),
	    &log->unjoined_peaks, &sides[2]);
	return err ? err
	           : add_side(&log->claim.head, buf_span(&log->claim.note),
			 &log->claim.peaks, &sides[3]);
}

enum err contradiction_of_log(struct taking *taking, struct state_log *log)
{
	struct evidence_side sides[SIDES] = { 0 };
	struct merkle_tree *theirs = NULL;
	struct merkle_nodes places = { 0 };
	struct buf bytes = { 0 };
	enum err err = ERR_OK;

	/* Of two heads of one size the notes suffice. */
	if (contradiction_tree(taking, log, &theirs, &places)) {
		merkle_tree_free(theirs);
		theirs = NULL;
	}
	err = gather(taking, log, theirs, sides);
	if (!err) {
		err = try_pairs(
		    peers_keys(taking->author), sides, &places, &bytes);
		err = conclude(
		    taking->node, taking->author, err, buf_span(&bytes));
	}
	merkle_tree_free(theirs);
	merkle_tree_free(sides[2].tree);
	merkle_tree_free(sides[3].tree);
	merkle_nodes_clear(&places);
	buf_clear(&bytes);
	return err;
}

/*
 * Streams.
 */

/* A record that is held, as one side. */
struct held {
	struct evidence_side *side;
	struct buf *header;
};

static enum err take_held(void *context, const struct record_row *row)
{
	struct held *held = context;

	held->side->leaf = row->leaf;
	return buf_append(held->header, row->header);
}

/* Compare the record of a message to the one held of this number. */
static enum err try_number(struct taking *taking,
    const struct evidence_side *new, const struct state_stream *stream,
    uint64_t number, struct buf *out)
{
	struct state_log *log = state_log(taking->node, stream->row.log);
	struct buf header = { 0 };
	struct evidence_side side = { .checkpoint = buf_span(&log->note),
		.head = log->head,
		.tree = log->tree };
	struct held held = { .side = &side, .header = &header };
	uint32_t rid =
	    views_at(taking->node->views, (uint32_t)stream->row.stream, number);
	enum err err =
	    rid ? records_get(taking->node->db, rid, take_held, &held)
		: err_set(ERR_NOTFOUND, "the record before it is not held");

	if (!err) {
		side.header = buf_span(&header);
		err = evidence_make_stream(
		    peers_keys(taking->author), new, &side, out);
	}
	buf_clear(&header);
	return err;
}

enum err contradiction_of_stream(
    struct taking *taking, const struct state_stream *stream, size_t at)
{
	const Qsg__Record *record = taking->records->records[at];
	struct state_log *log = state_log(taking->node, stream->row.log);
	uint64_t number = taking->headers[at].number;
	struct merkle_tree *tree = NULL;
	struct merkle_nodes places = { 0 };
	struct buf bytes = { 0 };
	struct evidence_side side = { .checkpoint = taking->note,
		.head = taking->head,
		.header = span_of(record->header.data, record->header.len),
		.leaf = record->index };
	enum err err = contradiction_tree(taking, log, &tree, &places);

	side.tree = tree;
	if (!err && number <= stream->row.state.taken) {
		err = try_number(taking, &side, stream, number, &bytes);
	} else if (!err) {
		err = try_number(taking, &side, stream, number - 1, &bytes);
		if (err == ERR_NOTFOUND) {
			err = try_number(taking, &side, stream, 1, &bytes);
		}
	}
	err = conclude(taking->node, taking->author, err, buf_span(&bytes));
	merkle_tree_free(tree);
	merkle_nodes_clear(&places);
	buf_clear(&bytes);
	return err;
}

/*
 * Cards.
 */

enum err contradiction_of_cards(struct node *node, const struct peer *peer,
    const struct card *held, const struct card *seen)
{
	struct buf bytes = { 0 };
	enum err err = evidence_make_cards(held, seen, &bytes);

	err = conclude(node, peer, err, buf_span(&bytes));
	buf_clear(&bytes);
	return err;
}

/*
 * Showing.
 */

struct scanning {
	struct node *node;
	contradiction_each each;
	void *context;
};

static enum err scan_one(void *context, const struct evidence_item *row)
{
	struct scanning *scanning = context;
	struct contradiction_item item = { .evidence = row->evidence,
		.against = peers_get(scanning->node, row->org),
		.kind = row->kind,
		.found_ms = row->found_ms,
		.hash = row->hash };

	if (!item.against) {
		return err_set(
		    ERR_CORRUPT, "evidence against nobody known here");
	}
	return scanning->each(scanning->context, &item);
}

enum err contradiction_scan(
    struct node *node, contradiction_each each, void *context)
{
	struct scanning scanning = { node, each, context };

	return evidence_store_scan(node->db, scan_one, &scanning);
}

enum err contradiction_open(
    struct node *node, int64_t evidence, struct buf *out)
{
	return evidence_store_open(
	    node->db, node->options.keystore, evidence, out);
}
