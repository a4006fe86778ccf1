#include "evil.h"

#include "codec/canon.h"
#include "ledger/evidence.h"
#include "ledger/subtree.h"
#include "service/contradiction.h"
#include "service/mention.h"
#include "service/proofnodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_split_views_suite(void);

/* Node 0 shows 1 one thing and 2 another; 1 and 2 are honest, and meet. */
static struct fixture fixture;
static struct evil a;
static struct evil b;
static struct evil_stream stream_a;
static struct evil_stream stream_b;
static struct replica_taken taken;

#define BOTH ((1u << 1) | (1u << 2))

static void setup(void)
{
	fixture_open(&fixture, 3);
	evil_init(&a, &fixture, 0);
	evil_init(&b, &fixture, 0);
	evil_audience(&a, BOTH, &stream_a);
	evil_audience(&b, BOTH, &stream_b);
}

static void teardown(void)
{
	evil_clear(&a);
	evil_clear(&b);
	fixture_close(&fixture);
}

/*
 * What the author does.
 */

/* The next records of one history to one reader: the opening first. */
static void show(
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
		OK(evil_give(history, to, list, 1, &taken));
		evil_record_clear(&record);
	}
}

/* Leaves of others, alike in both histories, or in one alone. */
static void fill(uint64_t count, bool in_a, bool in_b)
{
	for (uint64_t i = 0; i < count; i++) {
		struct id32 leaf;

		rng_fill(&fixture.rng, leaf.b, sizeof leaf.b);
		if (in_a) {
			OK(merkle_tree_add(a.tree, 0, a.size++, &leaf));
		}
		if (in_b) {
			OK(merkle_tree_add(b.tree, 0, b.size++, &leaf));
		}
	}
}

/* A second history may be found, or not. */
static void either(enum err err)
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
		err = replica_take_head(fixture.nodes[asker],
		    fixture_peer(&fixture, asker, giver), &head);
		replica_free_head(&head);
		OK(node_commit(fixture.nodes[asker]));
	}
	return err;
}

static enum err by_peer(size_t giver, const Qsg__HeadWant *want, Qsg__Head *out)
{
	size_t asker = giver == 1 ? 2 : 1;

	return replica_supply_head(fixture.nodes[giver],
	    fixture_peer(&fixture, giver, asker), want, out);
}

/* One tells the other the heads it holds. */
static void tell(size_t from, size_t to)
{
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;

	while (mention_next(fixture.nodes[from],
	    fixture_peer(&fixture, from, to), &place, &head)) {
		either(mention_take(fixture.nodes[to],
		    fixture_peer(&fixture, to, from), &head, &ask));
		OK(node_commit(fixture.nodes[to]));
		if (ask.size) {
			either(answer(to, &ask, by_peer, from));
		}
	}
}

static void meet(void)
{
	tell(2, 1);
	tell(1, 2);
	tell(2, 1);
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
	ck_assert(id_equal(&found.author, node_id(fixture.nodes[0])));
	ck_assert(id_equal(&found.author, &item->against->card.organisation));
	seen->count[found.kind]++;
	buf_clear(&bytes);
	return ERR_OK;
}

static size_t evidence(size_t at, enum evidence_kind kind)
{
	struct seen seen = { .node = fixture.nodes[at] };

	/* A scan is under way while items are opened: one statement each. */
	OK(contradiction_scan(fixture.nodes[at], check_item, &seen));
	return seen.count[kind];
}

static size_t evidence_at_both(enum evidence_kind kind)
{
	return evidence(1, kind) + evidence(2, kind);
}

static struct state_log *log_at(size_t at)
{
	return state_log_of(
	    fixture.nodes[at], node_id(fixture.nodes[0]), &a.head.generation);
}

static void nothing_found(void)
{
	for (size_t at = 1; at <= 2; at++) {
		for (int kind = 0; kind < 5; kind++) {
			ck_assert_uint_eq(
			    evidence(at, (enum evidence_kind)kind), 0);
		}
		ck_assert(!log_at(at) || !log_at(at)->split);
	}
}

/* M213 */
START_TEST(two_heads_of_one_size_are_found)
{
	show(&a, &stream_a, 1, 3);
	show(&b, &stream_b, 2, 3);
	nothing_found();
	tell(2, 1);
	ck_assert_uint_eq(evidence(1, EVIDENCE_SPLIT_VIEW), 1);
	ck_assert(log_at(1)->split);
	tell(1, 2);
	ck_assert_uint_eq(evidence(2, EVIDENCE_SPLIT_VIEW), 1);
	/* Told again it is no more evidence. */
	meet();
	ck_assert_uint_eq(evidence(1, EVIDENCE_SPLIT_VIEW), 1);
}
END_TEST

/* M213 */
START_TEST(two_heads_of_different_sizes_are_found)
{
	fill(5, true, true);
	show(&a, &stream_a, 1, 2);
	show(&b, &stream_b, 2, 7);
	nothing_found();
	meet();
	ck_assert_uint_ge(evidence_at_both(EVIDENCE_SPLIT_VIEW), 1);
	ck_assert(log_at(1)->split || log_at(2)->split);
}
END_TEST

/* An author that shows odd sizes to one and even sizes to another: neither
 * ever sees two heads of one size. */
START_TEST(odd_and_even_sizes_are_found)
{
	struct evil_stream fresh_a;
	struct evil_stream fresh_b;

	fill(1, true, true);
	for (int i = 0; i < 4; i++) {
		evil_audience(&a, BOTH, &fresh_a);
		evil_audience(&b, BOTH, &fresh_b);
		show(&a, &fresh_a, 1, 2);
		ck_assert_uint_eq(log_at(1)->head.size % 2, 1);
		if (i == 0) {
			fill(1, false, true);
		}
		show(&b, &fresh_b, 2, 2);
		ck_assert_uint_eq(log_at(2)->head.size % 2, 0);
	}
	nothing_found();
	meet();
	ck_assert_uint_ge(evidence_at_both(EVIDENCE_SPLIT_VIEW), 1);
}
END_TEST

/* M221: honest authors are never accused, whatever is told of them. */
START_TEST(one_history_at_two_sizes_is_no_split)
{
	fill(3, true, false);
	show(&a, &stream_a, 1, 4);
	fill(9, true, false);
	{
		struct evil_stream second;

		evil_audience(&a, BOTH, &second);
		show(&a, &second, 2, 3);
	}
	meet();
	nothing_found();
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 0);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 2, 1), 0);
	/* The larger head came over, proven from what the other holds, or is
	 * owed by the author. */
	ck_assert(log_at(1)->head.size == log_at(2)->head.size ||
		  log_at(1)->claim.head.size || log_at(2)->claim.head.size);
}
END_TEST

/* The author's own answer, from either history. */
static struct evil *asked;

static enum err by_author(
    size_t giver, const Qsg__HeadWant *want, Qsg__Head *out)
{
	struct merkle_nodes nodes = { 0 };

	ck_assert_uint_eq(giver, 0);
	qsg__head__init(out);
	OK(merkle_tree_prove(
	    asked->tree, NULL, 0, want->sizes[0], asked->size, &nodes));
	OK(proofnodes_copy(&nodes, &out->nodes, &out->n_nodes));
	merkle_nodes_reset(&nodes);
	OK(subtree_peaks(asked->tree, want->sizes[0], &nodes));
	OK(proofnodes_copy(&nodes, &out->peaks, &out->n_peaks));
	out->sizes = malloc(sizeof *out->sizes);
	out->sizes[0] = want->sizes[0];
	out->n_sizes = 1;
	out->author = want->author;
	out->generation = want->generation;
	evil_sign(asked);
	out->checkpoint.data = asked->note.data;
	out->checkpoint.len = asked->note.size;
	merkle_nodes_clear(&nodes);
	return ERR_OK;
}

static void ask_author(size_t at, struct evil *history)
{
	struct mention_ask ask;

	asked = history;
	for (int first = 1; first >= 0; first--) {
		size_t place = 0;

		while (mention_wanted(fixture.nodes[at],
		    fixture_peer(&fixture, at, 0), first, &place, &ask)) {
			either(answer(at, &ask, by_author, 0));
		}
	}
}

/* A head that was mentioned is owed until its author joins it. */
START_TEST(an_owed_head_is_settled_by_its_author)
{
	struct evil_stream second;

	fill(3, true, false);
	show(&a, &stream_a, 1, 3);
	fill(6, true, false);
	evil_audience(&a, BOTH, &second);
	show(&a, &second, 2, 3);
	{
		/* Only told, not proven. */
		struct mention_ask ask;
		size_t place = 0;
		Qsg__Head head;

		ck_assert(mention_next(fixture.nodes[2],
		    fixture_peer(&fixture, 2, 1), &place, &head));
		OK(mention_take(fixture.nodes[1], fixture_peer(&fixture, 1, 2),
		    &head, &ask));
		OK(node_commit(fixture.nodes[1]));
		ck_assert_uint_eq(ask.size, 6);
		ck_assert_uint_eq(log_at(1)->claim.head.size, 15);
	}
	fixture_restart(&fixture, 1, true);
	ck_assert_uint_eq(log_at(1)->claim.head.size, 15);
	fill(2, true, false);
	ask_author(1, &a);
	ck_assert_uint_eq(log_at(1)->claim.head.size, 0);
	nothing_found();
	fixture_restart(&fixture, 1, true);
	ck_assert_uint_eq(log_at(1)->claim.head.size, 0);
}
END_TEST

/* M221: a carrier that proves something else says nothing of the author. */
START_TEST(a_carriers_wrong_proof_is_not_held_against_the_author)
{
	struct evil_stream second;
	struct mention_ask ask;
	size_t place = 0;
	Qsg__HeadWant want;
	Qsg__Head head;

	fill(3, true, false);
	show(&a, &stream_a, 1, 3);
	fill(6, true, false);
	evil_audience(&a, BOTH, &second);
	show(&a, &second, 2, 3);
	ck_assert(mention_next(
	    fixture.nodes[2], fixture_peer(&fixture, 2, 1), &place, &head));
	OK(mention_take(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &head, &ask));
	OK(node_commit(fixture.nodes[1]));
	qsg__head_want__init(&want);
	want.author.data = ask.author.b;
	want.author.len = 32;
	want.generation.data = ask.generation.b;
	want.generation.len = 8;
	want.sizes = &ask.size;
	want.n_sizes = 1;
	asked = &a;
	for (int lie = 0; lie < 4; lie++) {
		OK(by_author(0, &want, &head));
		switch (lie) {
		case 0:
			head.nodes[0]->hash.data[0] ^= 1;
			break;
		case 1:
			head.peaks[0]->hash.data[0] ^= 1;
			head.nodes[0]->hash.data[0] ^= 1;
			break;
		case 2:
			head.n_nodes--;
			break;
		default:
			/* A node that stands nowhere, slipped in as a peak. */
			head.nodes[0]->hash.data[0] ^= 1;
			head.peaks[0]->level++;
		}
		FAILS(replica_take_head(fixture.nodes[1],
			  fixture_peer(&fixture, 1, 2), &head),
		    ERR_VERIFY);
		OK(node_commit(fixture.nodes[1]));
		replica_free_head(&head);
		ck_assert_uint_eq(
		    fixture_quarantined(&fixture, 1, 2), (uint64_t)lie + 1);
	}
	nothing_found();
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
}
END_TEST

/* A forged head, of an author known here, is the teller's fault. */
START_TEST(a_forged_mention_is_refused)
{
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;
	struct buf note = { 0 };

	show(&a, &stream_a, 1, 3);
	{
		struct evil_stream second;

		evil_audience(&a, BOTH, &second);
		show(&a, &second, 2, 3);
	}
	ck_assert(mention_next(
	    fixture.nodes[2], fixture_peer(&fixture, 2, 1), &place, &head));
	OK(buf_append(
	    &note, span_of(head.checkpoint.data, head.checkpoint.len)));
	note.data[note.size - 6] ^= 1;
	head.checkpoint.data = note.data;
	FAILS(mention_take(
		  fixture.nodes[1], fixture_peer(&fixture, 1, 2), &head, &ask),
	    ERR_VERIFY);
	ck_assert_uint_eq(ask.size, 0);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 1);
	ck_assert_uint_eq(log_at(1)->claim.head.size, 0);
	buf_clear(&note);
}
END_TEST

/* M220: heads are told of authors in common, not of the peer's own log, nor of
 * others'. */
START_TEST(only_heads_of_common_authors_are_told)
{
	struct evil_stream alone;
	size_t place = 0;
	Qsg__Head head;

	evil_audience(&a, 1u << 1, &alone);
	show(&a, &alone, 1, 2);
	ck_assert(!mention_next(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &place, &head));
	show(&a, &stream_a, 1, 1);
	place = 0;
	ck_assert(!mention_next(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &place, &head));
	place = 0;
	ck_assert(mention_next(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &place, &head));
	ck_assert(!mention_next(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &place, &head));
}
END_TEST

/*
 * Forks within one log.
 */

static void give_one(size_t to, struct evil_record *record)
{
	const struct evil_record *list[1] = { record };

	OK(evil_give(&a, to, list, 1, &taken));
}

static void give_all(size_t to, struct evil_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		give_one(to, &records[i]);
	}
}

/* M64 M222: 1 and 2 hold different records of one number, proven in one
 * history. */
START_TEST(a_fork_of_a_stream_is_found_by_its_offer)
{
	struct evil_stream fork;
	struct evil_record records[3];

	evil_key(&a, &stream_a, &records[0]);
	fork = stream_a;
	evil_text(&a, &stream_a, "to one", &records[1]);
	evil_text(&a, &fork, "to another", &records[2]);
	give_all(1, records, 2);
	give_one(2, &records[0]);
	give_one(2, &records[2]);
	meet();
	nothing_found();
	either(fixture_pull(&fixture, 1, 2, &taken));
	ck_assert_uint_eq(evidence(1, EVIDENCE_STREAM_FORK), 1);
	ck_assert_int_eq(
	    state_stream_by_id(fixture.nodes[1], &stream_a.state.id)
		->row.state.status,
	    STREAM_FORKED);
	either(fixture_pull(&fixture, 2, 1, &taken));
	ck_assert_uint_eq(evidence(2, EVIDENCE_STREAM_FORK), 1);
	for (size_t i = 0; i < 3; i++) {
		evil_record_clear(&records[i]);
	}
}
END_TEST

/* M222: the record before the one that does not fit is asked for. */
START_TEST(a_fork_further_back_is_found)
{
	struct evil_stream fork;
	struct evil_record records[4];

	evil_key(&a, &stream_a, &records[0]);
	fork = stream_a;
	evil_text(&a, &stream_a, "to one", &records[1]);
	evil_text(&a, &fork, "to another", &records[2]);
	evil_text(&a, &fork, "and more", &records[3]);
	give_all(1, records, 2);
	give_one(2, &records[0]);
	give_all(2, &records[2], 2);
	either(fixture_pull(&fixture, 1, 2, &taken));
	ck_assert_uint_eq(evidence(1, EVIDENCE_STREAM_BROKEN), 1);
	either(fixture_pull(&fixture, 1, 2, &taken));
	ck_assert_uint_eq(evidence(1, EVIDENCE_STREAM_FORK), 1);
	ck_assert_int_eq(
	    state_stream_by_id(fixture.nodes[1], &stream_a.state.id)
		->row.state.status,
	    STREAM_FORKED);
	for (size_t i = 0; i < 4; i++) {
		evil_record_clear(&records[i]);
	}
}
END_TEST

/* M222: a peer that offers what it cannot prove is not asked again and again.
 */
START_TEST(a_false_offer_is_asked_for_once)
{
	struct replica_range range;
	struct id32 wrong = { { 9 } };
	Qsg__Offer offer;

	show(&a, &stream_a, 1, 3);
	qsg__offer__init(&offer);
	offer.author.data = stream_a.state.author.b;
	offer.author.len = 32;
	offer.generation.data = stream_a.state.generation.b;
	offer.generation.len = 8;
	offer.stream.data = stream_a.state.id.b;
	offer.stream.len = 32;
	offer.record.data = wrong.b;
	offer.record.len = 32;
	offer.number = 2;
	ck_assert_int_eq(replica_plan(fixture.nodes[1],
			     fixture_peer(&fixture, 1, 2), &offer, &range),
	    REPLICA_WANT);
	ck_assert_uint_eq(range.first, 2);
	ck_assert_uint_eq(range.last, 2);
	ck_assert(range.headers_only);
	ck_assert_int_eq(replica_plan(fixture.nodes[1],
			     fixture_peer(&fixture, 1, 2), &offer, &range),
	    REPLICA_NOTHING);
	/* No id at all is no contradiction. */
	fixture.now_ms += FIXTURE_HOUR_MS;
	memset(wrong.b, 0, sizeof wrong.b);
	ck_assert_int_eq(replica_plan(fixture.nodes[1],
			     fixture_peer(&fixture, 1, 2), &offer, &range),
	    REPLICA_NOTHING);
}
END_TEST

/*
 * The obligation.
 */

static void owe(void)
{
	struct evil_stream second;
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;

	fill(3, true, false);
	show(&a, &stream_a, 1, 3);
	fill(6, true, false);
	evil_audience(&a, BOTH, &second);
	show(&a, &second, 2, 3);
	ck_assert(mention_next(
	    fixture.nodes[2], fixture_peer(&fixture, 2, 1), &place, &head));
	OK(mention_take(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &head, &ask));
	OK(node_commit(fixture.nodes[1]));
}

static void pass(int64_t ms)
{
	for (int64_t done = 0; done < ms; done += 60000) {
		fixture.now_ms += 60000;
		mention_tick(fixture.nodes[1]);
	}
	OK(node_commit(fixture.nodes[1]));
}

static uint32_t newest(void)
{
	return (uint32_t)views_count(fixture.nodes[1]->views);
}

/* M223 */
START_TEST(an_author_that_does_not_join_its_head_is_not_proven)
{
	struct peer *author = NULL;
	uint32_t before = 0;

	owe();
	before = newest();
	/* Not in session, it owes no time. */
	pass(2 * FIXTURE_DAY_MS);
	show(&a, &stream_a, 1, 1);
	ck_assert(mention_proven(fixture.nodes[1], newest()));
	fixture_peer(&fixture, 1, 0)->connected = true;
	pass(FIXTURE_DAY_MS - FIXTURE_HOUR_MS);
	/* The sum outlives a restart. */
	fixture_restart(&fixture, 1, true);
	author = fixture_peer(&fixture, 1, 0);
	author->connected = true;
	mention_tick(fixture.nodes[1]);
	show(&a, &stream_a, 1, 1);
	ck_assert(mention_proven(fixture.nodes[1], newest()));
	pass(2 * FIXTURE_HOUR_MS);
	show(&a, &stream_a, 1, 1);
	ck_assert(!mention_proven(fixture.nodes[1], newest()));
	ck_assert(mention_proven(fixture.nodes[1], before));
	fixture_restart(&fixture, 1, true);
	ck_assert(!mention_proven(fixture.nodes[1], newest()));
	/* Joined, all is well again. */
	ask_author(1, &a);
	ck_assert_uint_eq(log_at(1)->claim.head.size, 0);
	mention_tick(fixture.nodes[1]);
	pass(60000);
	ck_assert(mention_proven(fixture.nodes[1], newest()));
	nothing_found();
}
END_TEST

/*
 * Many, at random.
 */

/* The author tells two histories that part somewhere, and shows each as far as
 * it likes. */
static void fork_at_random(struct rng *rng)
{
	uint64_t common = rng_below(rng, 20);
	uint64_t kind = rng_below(rng, 4);
	uint64_t more_a = 1 + rng_below(rng, 9);
	uint64_t more_b = kind == 0 ? more_a : 1 + rng_below(rng, 9);

	fill(common, true, true);
	if (kind == 1) {
		fill(rng_below(rng, 12), true, false);
	} else if (kind == 2) {
		fill(rng_below(rng, 12), false, true);
	}
	show(&a, &stream_a, 1, (size_t)more_a);
	show(&b, &stream_b, 2, (size_t)more_b);
}

static unsigned long many(void)
{
	const char *text = getenv("QSG_FORKS");

	return text ? strtoul(text, NULL, 10) : 60;
}

/* Every split view is found once two honest readers have met and asked the
 * author, who answers each from the history it has shown it. */
START_TEST(every_split_view_is_found)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 20260401);
	unsigned long count = many();

	for (unsigned long i = 0; i < count; i++) {
		fork_at_random(&rng);
		meet();
		if (!evidence_at_both(EVIDENCE_SPLIT_VIEW)) {
			ask_author(1, &a);
			ask_author(2, &b);
			meet();
		}
		ck_assert_msg(evidence_at_both(EVIDENCE_SPLIT_VIEW) > 0,
		    "fork %lu of seed 20260401: sizes %llu and %llu", i,
		    (unsigned long long)a.size, (unsigned long long)b.size);
		teardown();
		setup();
	}
}
END_TEST

Suite *test_split_views_suite(void)
{
	Suite *suite = suite_create("split_views");
	TCase *tests = tcase_create("views");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, two_heads_of_one_size_are_found);
	tcase_add_test(tests, two_heads_of_different_sizes_are_found);
	tcase_add_test(tests, odd_and_even_sizes_are_found);
	tcase_add_test(tests, one_history_at_two_sizes_is_no_split);
	tcase_add_test(tests, an_owed_head_is_settled_by_its_author);
	tcase_add_test(
	    tests, a_carriers_wrong_proof_is_not_held_against_the_author);
	tcase_add_test(tests, a_forged_mention_is_refused);
	tcase_add_test(tests, only_heads_of_common_authors_are_told);
	tcase_add_test(tests, a_fork_of_a_stream_is_found_by_its_offer);
	tcase_add_test(tests, a_fork_further_back_is_found);
	tcase_add_test(tests, a_false_offer_is_asked_for_once);
	tcase_add_test(
	    tests, an_author_that_does_not_join_its_head_is_not_proven);
	tcase_add_test(tests, every_split_view_is_found);
	suite_add_tcase(suite, tests);
	return suite;
}
