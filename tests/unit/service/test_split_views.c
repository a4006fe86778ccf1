#include "readers.h"

#include "unit/mutate.h"

#include <stdlib.h>
#include <string.h>

Suite *test_split_views_suite(void);

/* Node 0 shows 1 one thing and 2 another; 1 and 2 are honest, and meet. */

/* M213 */
START_TEST(two_heads_of_one_size_are_found)
{
	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_show(&readers_b, &readers_stream_b, 2, 3);
	readers_nothing_found();
	readers_tell(2, 1);
	ck_assert_uint_eq(readers_evidence(1, EVIDENCE_SPLIT_VIEW), 1);
	ck_assert(readers_log_at(1)->split);
	readers_tell(1, 2);
	ck_assert_uint_eq(readers_evidence(2, EVIDENCE_SPLIT_VIEW), 1);
	/* Told again it is no more evidence. */
	readers_meet();
	ck_assert_uint_eq(readers_evidence(1, EVIDENCE_SPLIT_VIEW), 1);
}
END_TEST

/* M213 */
START_TEST(two_heads_of_different_sizes_are_found)
{
	readers_fill(5, true, true);
	readers_show(&readers_a, &readers_stream_a, 1, 2);
	readers_show(&readers_b, &readers_stream_b, 2, 7);
	readers_nothing_found();
	readers_meet();
	ck_assert_uint_ge(readers_evidence_at_both(EVIDENCE_SPLIT_VIEW), 1);
	ck_assert(readers_log_at(1)->split || readers_log_at(2)->split);
}
END_TEST

/* M213 */
START_TEST(a_smaller_head_of_another_history_is_found)
{
	readers_show(&readers_a, &readers_stream_a, 1, 7);
	readers_show(&readers_b, &readers_stream_b, 2, 3);
	readers_tell(2, 1);
	ck_assert_uint_eq(readers_evidence(1, EVIDENCE_SPLIT_VIEW), 1);
	ck_assert(readers_log_at(1)->split);
}
END_TEST

/* What a peer only mentions, unproven. */
static void mention_alone(void)
{
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;

	ck_assert(mention_next(readers_fixture.nodes[2],
	    fixture_peer(&readers_fixture, 2, 1), &place, &head));
	OK(mention_take(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 2), &head, &ask));
	OK(node_commit(readers_fixture.nodes[1]));
}

/* The head that was mentioned is compared as soon as what is held reaches as
 * far. */
START_TEST(a_head_that_was_mentioned_is_compared_later)
{
	struct evil_record records[2];
	const struct evil_record *list[2] = { &records[0], &records[1] };

	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_show(&readers_b, &readers_stream_b, 2, 5);
	mention_alone();
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 5);
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	ck_assert(!readers_log_at(1)->split);
	for (size_t i = 0; i < 2; i++) {
		evil_text(&readers_a, &readers_stream_a, "a text", &records[i]);
	}
	FAILS(evil_give(&readers_a, 1, list, 2, &readers_taken), ERR_VERIFY);
	ck_assert_str_eq(readers_taken.code, "split-view");
	ck_assert(readers_log_at(1)->split);
	evil_record_clear(&records[0]);
	evil_record_clear(&records[1]);
}
END_TEST

/* The author's answer, changed. */
static enum err take_answer(uint64_t size, void (*change)(Qsg__Head *head))
{
	Qsg__HeadWant want;
	Qsg__Head head;
	enum err err = ERR_OK;
	struct checkpoint held = readers_log_at(1)->head;

	qsg__head_want__init(&want);
	want.author.data = held.author.b;
	want.author.len = 32;
	want.generation.data = held.generation.b;
	want.generation.len = 8;
	want.sizes = &size;
	want.n_sizes = 1;
	OK(readers_by_author(0, &want, &head));
	if (change) {
		change(&head);
	}
	err = replica_take_head(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 0), &head);
	OK(node_commit(readers_fixture.nodes[1]));
	replica_free_head(&head);
	return err;
}

/* 1 holds a head of 22 records, of which the first 15 are not known as such; 2
 * has mentioned that of 15, of the same history or another. */
static void owed(struct evil *history, struct evil_stream *stream)
{
	struct evil_stream second;

	readers_fill(3, true, true);
	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_fill(9, true, history == &readers_b);
	readers_fill(history == &readers_b ? 2 : 0, false, true);
	evil_audience(history, READERS_BOTH, stream);
	readers_show(history, stream, 2, history == &readers_b ? 1 : 2);
	readers_fill(5, true, false);
	evil_audience(&readers_a, READERS_BOTH, &second);
	readers_show(&readers_a, &second, 1, 2);
	readers_asked = &readers_a;
	OK(take_answer(readers_log_at(1)->head.size, NULL));
	ck_assert_uint_eq(readers_log_at(1)->head.size, readers_a.size);
	mention_alone();
	ck_assert_uint_gt(readers_log_at(1)->claim.head.size, 0);
}

/* A true proof, and a leaf that stands nowhere among its peaks. */
static void slip_in(Qsg__Head *head)
{
	static Qsg__Node nodes[8];
	static uint8_t hashes[8][32];
	Qsg__Node **peaks = malloc(8 * sizeof *peaks);

	ck_assert_ptr_nonnull(peaks);
	ck_assert_uint_lt(head->n_peaks, 8);
	for (size_t i = 0; i <= head->n_peaks; i++) {
		qsg__node__init(&nodes[i]);
		nodes[i].index = 3;
		nodes[i].hash.data = hashes[i];
		nodes[i].hash.len = sizeof hashes[i];
		if (i < head->n_peaks) {
			nodes[i].level = head->peaks[i]->level;
			nodes[i].index = head->peaks[i]->index;
			memcpy(hashes[i], head->peaks[i]->hash.data, 32);
		}
		peaks[i] = &nodes[i];
	}
	free(head->peaks);
	head->peaks = peaks;
	head->n_peaks++;
}

/* M221 */
START_TEST(a_node_slipped_in_among_the_peaks_is_no_evidence)
{
	struct evil_stream stream;
	uint64_t size = 0;

	owed(&readers_a, &stream);
	size = readers_log_at(1)->claim.head.size;
	FAILS(take_answer(size, slip_in), ERR_VERIFY);
	readers_nothing_found();
	OK(take_answer(size, NULL));
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 0);
	readers_nothing_found();
}
END_TEST

/* The author's own proof shows that what was mentioned is no part of it. */
START_TEST(an_answer_without_the_mentioned_head_is_a_split)
{
	struct evil_stream stream;
	uint64_t size = 0;

	owed(&readers_b, &stream);
	size = readers_log_at(1)->claim.head.size;
	/* Its log has grown: nothing joins this answer to what is held. */
	readers_fill(4, true, false);
	FAILS(take_answer(size, NULL), ERR_VERIFY);
	ck_assert(readers_log_at(1)->split);
}
END_TEST

/* An author that shows odd sizes to one and even sizes to another: neither
 * ever sees two heads of one size. */
START_TEST(odd_and_even_sizes_are_found)
{
	struct evil_stream fresh_a;
	struct evil_stream fresh_b;

	readers_fill(1, true, true);
	for (int i = 0; i < 4; i++) {
		evil_audience(&readers_a, READERS_BOTH, &fresh_a);
		evil_audience(&readers_b, READERS_BOTH, &fresh_b);
		readers_show(&readers_a, &fresh_a, 1, 2);
		ck_assert_uint_eq(readers_log_at(1)->head.size % 2, 1);
		if (i == 0) {
			readers_fill(1, false, true);
		}
		readers_show(&readers_b, &fresh_b, 2, 2);
		ck_assert_uint_eq(readers_log_at(2)->head.size % 2, 0);
	}
	readers_nothing_found();
	readers_meet();
	ck_assert_uint_ge(readers_evidence_at_both(EVIDENCE_SPLIT_VIEW), 1);
}
END_TEST

/* Somebody mentions the newest head of a history, and nobody joins it. */
static void mention_unproven(struct evil *history, size_t from, size_t to)
{
	struct mention_ask ask;
	Qsg__Head head;

	evil_sign(history);
	qsg__head__init(&head);
	head.author.data = history->head.author.b;
	head.author.len = 32;
	head.generation.data = history->head.generation.b;
	head.generation.len = 8;
	head.checkpoint.data = history->note.data;
	head.checkpoint.len = history->note.size;
	OK(mention_take(readers_fixture.nodes[to],
	    fixture_peer(&readers_fixture, to, from), &head, &ask));
	OK(node_commit(readers_fixture.nodes[to]));
}

/* Who has such a head mentioned first, and again whenever one is joined, keeps
 * nothing of what others mention from being compared. Nothing is known to a
 * reader at the size of the other. */
START_TEST(a_head_that_waits_hides_no_other)
{
	struct evil_stream fresh;

	readers_fill(1, true, true);
	readers_show(&readers_a, &readers_stream_a, 1, 2);
	readers_fill(1, false, true);
	readers_show(&readers_b, &readers_stream_b, 2, 4);
	readers_fill(9, true, false);
	evil_audience(&readers_a, READERS_BOTH, &fresh);
	readers_show(&readers_a, &fresh, 1, 1);
	readers_asked = &readers_a;
	OK(take_answer(readers_log_at(1)->head.size, NULL));
	readers_fill(60, true, false);
	readers_fill(60, false, true);
	mention_unproven(&readers_a, 0, 1);
	mention_unproven(&readers_b, 0, 2);
	ck_assert_uint_gt(readers_log_at(1)->claim.head.size, 60);
	readers_nothing_found();
	readers_meet();
	ck_assert_uint_ge(readers_evidence_at_both(EVIDENCE_SPLIT_VIEW), 1);
}
END_TEST

/* M221: honest authors are never accused, whatever is told of them. */
START_TEST(one_history_at_two_sizes_is_no_split)
{
	readers_fill(3, true, false);
	readers_show(&readers_a, &readers_stream_a, 1, 4);
	readers_fill(9, true, false);
	{
		struct evil_stream second;

		evil_audience(&readers_a, READERS_BOTH, &second);
		readers_show(&readers_a, &second, 2, 3);
	}
	readers_meet();
	readers_nothing_found();
	ck_assert_uint_eq(fixture_quarantined(&readers_fixture, 1, 2), 0);
	ck_assert_uint_eq(fixture_quarantined(&readers_fixture, 2, 1), 0);
	/* The larger head came over, proven from what the other holds, or is
	 * owed by the author. */
	ck_assert(
	    readers_log_at(1)->head.size == readers_log_at(2)->head.size ||
	    readers_log_at(1)->claim.head.size ||
	    readers_log_at(2)->claim.head.size);
}
END_TEST

/* A head that was mentioned is owed until its author joins it. */
START_TEST(an_owed_head_is_settled_by_its_author)
{
	struct evil_stream second;

	readers_fill(3, true, false);
	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_fill(6, true, false);
	evil_audience(&readers_a, READERS_BOTH, &second);
	readers_show(&readers_a, &second, 2, 3);
	{
		/* Only told, not proven. */
		struct mention_ask ask;
		size_t place = 0;
		Qsg__Head head;

		ck_assert(mention_next(readers_fixture.nodes[2],
		    fixture_peer(&readers_fixture, 2, 1), &place, &head));
		OK(mention_take(readers_fixture.nodes[1],
		    fixture_peer(&readers_fixture, 1, 2), &head, &ask));
		OK(node_commit(readers_fixture.nodes[1]));
		ck_assert_uint_eq(ask.size, 6);
		ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 15);
	}
	fixture_restart(&readers_fixture, 1, true);
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 15);
	readers_fill(2, true, false);
	readers_ask_author(1, &readers_a);
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 0);
	readers_nothing_found();
	fixture_restart(&readers_fixture, 1, true);
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 0);
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

	readers_fill(3, true, false);
	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_fill(6, true, false);
	evil_audience(&readers_a, READERS_BOTH, &second);
	readers_show(&readers_a, &second, 2, 3);
	ck_assert(mention_next(readers_fixture.nodes[2],
	    fixture_peer(&readers_fixture, 2, 1), &place, &head));
	OK(mention_take(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 2), &head, &ask));
	OK(node_commit(readers_fixture.nodes[1]));
	qsg__head_want__init(&want);
	want.author.data = ask.author.b;
	want.author.len = 32;
	want.generation.data = ask.generation.b;
	want.generation.len = 8;
	want.sizes = &ask.size;
	want.n_sizes = 1;
	readers_asked = &readers_a;
	for (int lie = 0; lie < 4; lie++) {
		OK(readers_by_author(0, &want, &head));
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
		FAILS(replica_take_head(readers_fixture.nodes[1],
			  fixture_peer(&readers_fixture, 1, 2), &head),
		    ERR_VERIFY);
		OK(node_commit(readers_fixture.nodes[1]));
		replica_free_head(&head);
		ck_assert_uint_eq(fixture_quarantined(&readers_fixture, 1, 2),
		    (uint64_t)lie + 1);
	}
	readers_nothing_found();
	ck_assert_uint_eq(fixture_quarantined(&readers_fixture, 1, 0), 0);
}
END_TEST

/* A forged head, of an author known here, is the teller's fault. */
START_TEST(a_forged_mention_is_refused)
{
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;
	struct buf note = { 0 };

	readers_show(&readers_a, &readers_stream_a, 1, 3);
	{
		struct evil_stream second;

		evil_audience(&readers_a, READERS_BOTH, &second);
		readers_show(&readers_a, &second, 2, 3);
	}
	ck_assert(mention_next(readers_fixture.nodes[2],
	    fixture_peer(&readers_fixture, 2, 1), &place, &head));
	OK(buf_append(
	    &note, span_of(head.checkpoint.data, head.checkpoint.len)));
	note.data[note.size - 6] ^= 1;
	head.checkpoint.data = note.data;
	FAILS(mention_take(readers_fixture.nodes[1],
		  fixture_peer(&readers_fixture, 1, 2), &head, &ask),
	    ERR_VERIFY);
	ck_assert_uint_eq(ask.size, 0);
	OK(node_commit(readers_fixture.nodes[1]));
	ck_assert_uint_eq(fixture_quarantined(&readers_fixture, 1, 2), 1);
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 0);
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

	evil_audience(&readers_a, 1u << 1, &alone);
	readers_show(&readers_a, &alone, 1, 2);
	ck_assert(!mention_next(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 2), &place, &head));
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	place = 0;
	ck_assert(!mention_next(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 0), &place, &head));
	place = 0;
	ck_assert(mention_next(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 2), &place, &head));
	ck_assert(!mention_next(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 2), &place, &head));
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

	readers_fill(common, true, true);
	if (kind == 1) {
		readers_fill(rng_below(rng, 12), true, false);
	} else if (kind == 2) {
		readers_fill(rng_below(rng, 12), false, true);
	}
	readers_show(&readers_a, &readers_stream_a, 1, (size_t)more_a);
	readers_show(&readers_b, &readers_stream_b, 2, (size_t)more_b);
}

/* Every split view is found once two honest readers have met and readers_asked
 * the author, who answers each from the history it has shown it. */
START_TEST(every_split_view_is_found)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 20260401);
	unsigned long count = 60 / mutate_every();

	for (unsigned long i = 0; i < count; i++) {
		fork_at_random(&rng);
		readers_meet();
		if (!readers_evidence_at_both(EVIDENCE_SPLIT_VIEW)) {
			readers_ask_author(1, &readers_a);
			readers_ask_author(2, &readers_b);
			readers_meet();
		}
		ck_assert_msg(readers_evidence_at_both(EVIDENCE_SPLIT_VIEW) > 0,
		    "fork %lu of seed 20260401: sizes %llu and %llu", i,
		    (unsigned long long)readers_a.size,
		    (unsigned long long)readers_b.size);
		readers_teardown();
		readers_setup();
	}
}
END_TEST

Suite *test_split_views_suite(void)
{
	Suite *suite = suite_create("split_views");
	TCase *tests = tcase_create("views");

	tcase_add_checked_fixture(tests, readers_setup, readers_teardown);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests, two_heads_of_one_size_are_found);
	tcase_add_test(tests, two_heads_of_different_sizes_are_found);
	tcase_add_test(tests, a_smaller_head_of_another_history_is_found);
	tcase_add_test(tests, a_head_that_was_mentioned_is_compared_later);
	tcase_add_test(tests, a_node_slipped_in_among_the_peaks_is_no_evidence);
	tcase_add_test(tests, an_answer_without_the_mentioned_head_is_a_split);
	tcase_add_test(tests, odd_and_even_sizes_are_found);
	tcase_add_test(tests, a_head_that_waits_hides_no_other);
	tcase_add_test(tests, one_history_at_two_sizes_is_no_split);
	tcase_add_test(tests, an_owed_head_is_settled_by_its_author);
	tcase_add_test(
	    tests, a_carriers_wrong_proof_is_not_held_against_the_author);
	tcase_add_test(tests, a_forged_mention_is_refused);
	tcase_add_test(tests, only_heads_of_common_authors_are_told);
	tcase_add_test(tests, every_split_view_is_found);
	suite_add_tcase(suite, tests);
	return suite;
}
