#include "readers.h"

#include "ledger/subtree.h"
#include "service/proofnodes.h"

#include <stdlib.h>
#include <string.h>

struct fixture readers_fixture;
struct evil readers_a;
struct evil readers_b;
struct evil_stream readers_stream_a;
struct evil_stream readers_stream_b;
struct replica_taken readers_taken;

void readers_setup(void)
{
	fixture_open(&readers_fixture, 3);
	evil_init(&readers_a, &readers_fixture, 0);
	evil_init(&readers_b, &readers_fixture, 0);
	evil_audience(&readers_a, READERS_BOTH, &readers_stream_a);
	evil_audience(&readers_b, READERS_BOTH, &readers_stream_b);
}

void readers_teardown(void)
{
	evil_clear(&readers_a);
	evil_clear(&readers_b);
	fixture_close(&readers_fixture);
}

/*
 * What the author does.
 */

/* The next records of one history to one reader: the opening first. */
void readers_show(
    struct evil *history, struct evil_stream *stream, size_t to, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct evil_record record;
		const struct evil_record *list[1] = { &record };

		if (!stream->state.taken) {
			evil_key(history, stream, &record);
		} else {
			evil_text(history, stream, "a text", &record);
		}
		OK(evil_give(history, to, list, 1, &readers_taken));
		evil_record_clear(&record);
	}
}

/* Leaves of others, alike in both histories, or in one alone. */
void readers_fill(uint64_t count, bool in_a, bool in_b)
{
	for (uint64_t i = 0; i < count; i++) {
		struct id32 leaf;

		rng_fill(&readers_fixture.rng, leaf.b, sizeof leaf.b);
		if (in_a) {
			OK(merkle_tree_add(
			    readers_a.tree, 0, readers_a.size++, &leaf));
		}
		if (in_b) {
			OK(merkle_tree_add(
			    readers_b.tree, 0, readers_b.size++, &leaf));
		}
	}
}

/* A second history may be found, or not. */
void readers_either(enum err err)
{
	ck_assert_msg(err == ERR_OK || err == ERR_VERIFY || err == ERR_NOTFOUND,
	    "%s", err_text());
}

/*
 * What honest readers do, as sessions do it.
 */

static enum err answer(size_t asker, const struct mention_ask *ask,
    enum err (*supply)(size_t giver, const Qsg__HeadWant *want, Qsg__Head *out),
    size_t giver)
{
	struct mention_ask copy = *ask;
	Qsg__HeadWant want;
	Qsg__Head head;
	enum err err = ERR_OK;

	qsg__head_want__init(&want);
	want.author.data = copy.author.b;
	want.author.len = sizeof copy.author.b;
	want.generation.data = copy.generation.b;
	want.generation.len = sizeof copy.generation.b;
	want.sizes = &copy.size;
	want.n_sizes = 1;
	err = supply(giver, &want, &head);
	if (!err) {
		err = replica_take_head(readers_fixture.nodes[asker],
		    fixture_peer(&readers_fixture, asker, giver), &head);
		replica_free_head(&head);
		OK(node_commit(readers_fixture.nodes[asker]));
	}
	return err;
}

static enum err by_peer(size_t giver, const Qsg__HeadWant *want, Qsg__Head *out)
{
	size_t asker = giver == 1 ? 2 : 1;

	return replica_supply_head(readers_fixture.nodes[giver],
	    fixture_peer(&readers_fixture, giver, asker), want, out);
}

/* One tells the other the heads it holds. */
void readers_tell(size_t from, size_t to)
{
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;

	while (mention_next(readers_fixture.nodes[from],
	    fixture_peer(&readers_fixture, from, to), &place, &head)) {
		readers_either(mention_take(readers_fixture.nodes[to],
		    fixture_peer(&readers_fixture, to, from), &head, &ask));
		OK(node_commit(readers_fixture.nodes[to]));
		if (ask.size) {
			readers_either(answer(to, &ask, by_peer, from));
		}
	}
}

void readers_meet(void)
{
	readers_tell(2, 1);
	readers_tell(1, 2);
	readers_tell(2, 1);
}

/*
 * What is found.
 */

struct seen {
	struct node *node;
	size_t count[5];
};

static enum err check_item(void *context, const struct contradiction_item *item)
{
	struct seen *seen = context;
	struct evidence_found found;
	struct buf bytes = { 0 };

	OK(contradiction_open(seen->node, item->evidence, &bytes));
	OK(evidence_check(buf_span(&bytes), &found));
	ck_assert_str_eq(evidence_kind_name(found.kind), item->kind);
	ck_assert(id_equal(&found.author, node_id(readers_fixture.nodes[0])));
	ck_assert(id_equal(&found.author, &item->against->card.organisation));
	seen->count[found.kind]++;
	buf_clear(&bytes);
	return ERR_OK;
}

size_t readers_evidence(size_t at, enum evidence_kind kind)
{
	struct seen seen = { .node = readers_fixture.nodes[at] };

	/* A scan is under way while items are opened: one statement each. */
	OK(contradiction_scan(readers_fixture.nodes[at], check_item, &seen));
	return seen.count[kind];
}

size_t readers_evidence_at_both(enum evidence_kind kind)
{
	return readers_evidence(1, kind) + readers_evidence(2, kind);
}

struct state_log *readers_log_at(size_t at)
{
	return state_log_of(readers_fixture.nodes[at],
	    node_id(readers_fixture.nodes[0]), &readers_a.head.generation);
}

void readers_nothing_found(void)
{
	for (size_t at = 1; at <= 2; at++) {
		for (int kind = 0; kind < 5; kind++) {
			ck_assert_uint_eq(
			    readers_evidence(at, (enum evidence_kind)kind), 0);
		}
		ck_assert(!readers_log_at(at) || !readers_log_at(at)->split);
	}
}

/* The author's own answer, from either history. */
struct evil *readers_asked;

enum err readers_by_author(
    size_t giver, const Qsg__HeadWant *want, Qsg__Head *out)
{
	struct merkle_nodes nodes = { 0 };

	ck_assert_uint_eq(giver, 0);
	qsg__head__init(out);
	OK(merkle_tree_prove(readers_asked->tree, NULL, 0, want->sizes[0],
	    readers_asked->size, &nodes));
	OK(proofnodes_copy(&nodes, &out->nodes, &out->n_nodes));
	merkle_nodes_reset(&nodes);
	OK(subtree_peaks(readers_asked->tree, want->sizes[0], &nodes));
	OK(proofnodes_copy(&nodes, &out->peaks, &out->n_peaks));
	out->sizes = malloc(sizeof *out->sizes);
	out->sizes[0] = want->sizes[0];
	out->n_sizes = 1;
	out->author = want->author;
	out->generation = want->generation;
	evil_sign(readers_asked);
	out->checkpoint.data = readers_asked->note.data;
	out->checkpoint.len = readers_asked->note.size;
	merkle_nodes_clear(&nodes);
	return ERR_OK;
}

void readers_ask_author(size_t at, struct evil *history)
{
	struct mention_ask ask;

	readers_asked = history;
	for (int first = 1; first >= 0; first--) {
		size_t place = 0;

		while (mention_wanted(readers_fixture.nodes[at],
		    fixture_peer(&readers_fixture, at, 0), first, &place,
		    &ask)) {
			readers_either(answer(at, &ask, readers_by_author, 0));
		}
	}
}
