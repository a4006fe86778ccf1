#include "base/log.h"
#include "codec/canon.h"
#include "service/successor.h"
#include "service/withheld.h"
#include "sync/session_state.h"
#include "unit/mutate.h"
#include "unit/service/readers.h"

#include <stdio.h>
#include <string.h>

Suite *test_many_forks_suite(void);

/* Node 0 deceives 1 and 2, which are honest and then hold a session with each
 * other. Of each kind QSG_FORKS at random, or 50; fork i is that of QSG_SEED +
 * i. */

#define MINUTE_MS 60000LL
#define HELD 256

/*
 * A session of 1 and 2.
 */

struct end {
	size_t at;
	struct session *session;
	struct buf out[HELD]; /* not delivered yet, oldest first */
	size_t count;
};

static struct end ends[2];

static bool keep(void *context, uint64_t link, struct span message)
{
	struct end *end = context;

	(void)link;
	ck_assert_uint_lt(end->count, HELD);
	memset(&end->out[end->count], 0, sizeof end->out[0]);
	OK(buf_append(&end->out[end->count++], message));
	return true;
}

static void commit(struct end *end)
{
	struct node *node = readers_fixture.nodes[end->at];
	struct node_event event;

	OK(node_commit(node));
	while (node_next_event(node, &event)) {
		switch (event.kind) {
		case NODE_STREAM_GREW:
			session_grew(end->session, &event);
			break;
		case NODE_PEER_CHANGED:
			session_card_changed(end->session);
			break;
		case NODE_HEAD_PUBLISHED:
			session_head_published(end->session);
			break;
		}
	}
	session_committed(end->session);
}

static void deliver(void)
{
	while (ends[0].count || ends[1].count) {
		for (size_t i = 0; i < 2; i++) {
			struct buf message;

			if (!ends[i].count) {
				continue;
			}
			message = ends[i].out[0];
			memmove(ends[i].out, ends[i].out + 1,
			    --ends[i].count * sizeof message);
			session_receive(
			    ends[1 - i].session, buf_span(&message));
			buf_clear(&message);
			commit(&ends[1 - i]);
		}
	}
}

static void pass(int64_t ms)
{
	for (int64_t done = 0; done < ms; done += 1000) {
		readers_fixture.now_ms += 1000;
		for (size_t i = 0; i < 2; i++) {
			session_tick(ends[i].session);
			commit(&ends[i]);
		}
		deliver();
	}
}

static void connect_readers(void)
{
	for (size_t i = 0; i < 2; i++) {
		struct session_host host = { &ends[i], keep };

		ends[i].at = i + 1;
		ends[i].count = 0;
		OK(session_new(readers_fixture.nodes[i + 1],
		    fixture_org(&readers_fixture, i + 1, 2 - i), 1, i == 0,
		    &host, &ends[i].session));
	}
	deliver();
	ck_assert(session_established(ends[0].session));
	ck_assert(session_established(ends[1].session));
}

static void disconnect_readers(void)
{
	for (size_t i = 0; i < 2; i++) {
		session_free(ends[i].session);
		while (ends[i].count) {
			buf_clear(&ends[i].out[--ends[i].count]);
		}
	}
}

/*
 * What the author does. Each returns the evidence that is due.
 */

static uint64_t pick(uint64_t below)
{
	return rng_below(&readers_fixture.rng, below);
}

/* The opening of a stream and one text, under one head. */
static void show_two(struct evil *history, size_t to)
{
	struct evil_stream stream;
	struct evil_record records[2];
	const struct evil_record *list[2] = { &records[0], &records[1] };

	evil_audience(history, READERS_BOTH, &stream);
	evil_key(history, &stream, &records[0]);
	evil_text(history, &stream, "a text", &records[1]);
	OK(evil_give(history, to, list, 2, &readers_taken));
	evil_record_clear(&records[0]);
	evil_record_clear(&records[1]);
}

static enum evidence_kind equal_sizes(void)
{
	size_t more = 1 + (size_t)pick(9);

	readers_fill(pick(20), true, true);
	readers_show(&readers_a, &readers_stream_a, 1, more);
	readers_show(&readers_b, &readers_stream_b, 2, more);
	ck_assert_uint_eq(readers_a.size, readers_b.size);
	return EVIDENCE_SPLIT_VIEW;
}

static enum evidence_kind unequal_sizes(void)
{
	uint64_t a = 1 + pick(9);
	uint64_t b = 1 + pick(9);
	uint64_t hidden = pick(3) ? 0 : pick(12);

	readers_fill(pick(20), true, true);
	readers_fill(hidden, true, false);
	b += a + hidden == b ? 1 : 0;
	readers_show(&readers_a, &readers_stream_a, 1, (size_t)a);
	readers_show(&readers_b, &readers_stream_b, 2, (size_t)b);
	ck_assert_uint_ne(readers_a.size, readers_b.size);
	return EVIDENCE_SPLIT_VIEW;
}

/* Neither ever sees two heads of one size. */
static enum evidence_kind odd_and_even(void)
{
	uint64_t rounds = 1 + pick(4);

	readers_fill(pick(20), true, true);
	readers_fill(1, readers_a.size % 2 == 0, readers_b.size % 2 == 1);
	for (uint64_t i = 0; i < rounds; i++) {
		uint64_t skip_a = 2 * pick(3);
		uint64_t skip_b = 2 * pick(3);

		readers_fill(skip_a, true, false);
		readers_fill(skip_b, false, true);
		show_two(&readers_a, 1);
		show_two(&readers_b, 2);
		ck_assert_uint_eq(readers_log_at(1)->head.size % 2, 1);
		ck_assert_uint_eq(readers_log_at(2)->head.size % 2, 0);
	}
	return EVIDENCE_SPLIT_VIEW;
}

static void give(size_t to, struct evil_record *record)
{
	const struct evil_record *list[1] = { record };

	OK(evil_give(&readers_a, to, list, 1, &readers_taken));
}

/* One log; after some records of a stream 1 is given others than 2. */
static enum evidence_kind stream_forks(void)
{
	struct evil_stream fork;
	struct evil_record records[24];
	uint64_t same = 1 + pick(6);
	uint64_t to[3] = { 0, 1 + pick(6), 1 + pick(6) };
	size_t made = 0;

	evil_key(&readers_a, &readers_stream_a, &records[made++]);
	while (made < same) {
		readers_fill(pick(3), true, false);
		evil_text(
		    &readers_a, &readers_stream_a, "same", &records[made++]);
	}
	fork = readers_stream_a;
	for (size_t reader = 1; reader <= 2; reader++) {
		for (uint64_t i = 0; i < to[reader]; i++) {
			readers_fill(pick(3), true, false);
			evil_text(&readers_a,
			    reader == 1 ? &readers_stream_a : &fork,
			    reader == 1 ? "to one" : "to another",
			    &records[made++]);
		}
	}
	for (size_t i = 0; i < made; i++) {
		if (i < same + to[1]) {
			give(1, &records[i]);
		}
		if (i < same || i >= same + to[1]) {
			give(2, &records[i]);
		}
	}
	for (size_t i = 0; i < made; i++) {
		evil_record_clear(&records[i]);
	}
	return EVIDENCE_STREAM_FORK;
}

struct other_card {
	uint64_t version;
	size_t generation;
};

static void name_another(Qsg__Card *card, void *context)
{
	const struct other_card *other = context;

	card->version = other->version;
	card->generations[other->generation]->generation.data[0] ^= 1;
}

/* Two cards that name different successors of one generation. */
static enum evidence_kind second_successors(void)
{
	struct fixture *f = &readers_fixture;
	struct other_card other;
	struct successor_planned planned;
	enum peers_outcome outcome = PEERS_SAME;
	struct buf card = { 0 };
	struct id32 record;
	uint64_t rotations = 1 + pick(3);
	size_t first = 1 + (size_t)pick(2);

	for (uint64_t i = 0; i <= pick(3); i++) {
		OK(fixture_share(f, 0, READERS_BOTH, "a text", &record));
		OK(node_commit(f->nodes[0]));
	}
	OK(fixture_pull(f, 1, 0, &readers_taken));
	OK(fixture_pull(f, 2, 0, &readers_taken));
	for (uint64_t i = 0; i < rotations; i++) {
		OK(successor_rotate(f->nodes[0], pick(2), &planned));
		OK(node_commit(f->nodes[0]));
	}
	other.version = 2 + pick(5);
	other.generation = 1 + (size_t)pick(rotations);
	fixture_claim_card(f, 0, name_another, &other, &card);
	OK(fixture_hand_card(f, first, 0, 0));
	OK(peers_take_card(f->nodes[3 - first], buf_span(&card), &outcome));
	OK(node_commit(f->nodes[3 - first]));
	buf_clear(&card);
	return EVIDENCE_SUCCESSOR_FORK;
}

/*
 * Found.
 */

struct kind {
	const char *name;
	enum evidence_kind (*deceive)(void);
};

static const struct kind kinds[] = { { "equal sizes", equal_sizes },
	{ "unequal sizes", unequal_sizes }, { "odd and even", odd_and_even },
	{ "stream forks", stream_forks },
	{ "second successors", second_successors } };

enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void begin(uint64_t seed)
{
	/* What is made on purpose need not be logged. */
	log_set_level((enum log_level) - 1);
	readers_setup();
	readers_fixture.rng = rng_seed(&readers_fixture.seed, seed);
}

/* At once, or once the author was asked for what it owes a reader: it answers
 * each from the history it has shown it. *asked: how many needed that. */
static bool found(enum evidence_kind kind, uint64_t *asked)
{
	pass(MINUTE_MS);
	if (readers_evidence_at_both(kind) || kind != EVIDENCE_SPLIT_VIEW) {
		return readers_evidence_at_both(kind) > 0;
	}
	*asked += 1;
	readers_ask_author(1, &readers_a);
	readers_ask_author(2, &readers_b);
	pass(12 * MINUTE_MS);
	return readers_evidence_at_both(kind) > 0;
}

/* M213 M222 M228 */
START_TEST(every_fork_is_found_once_two_honest_readers_are_connected)
{
	const struct kind *kind = &kinds[_i];
	uint64_t seed = mutate_seed(kind->name);
	uint64_t count = mutate_number("QSG_FORKS", 50);
	uint64_t done = 0;
	uint64_t asked = 0;

	while (done < count) {
		enum evidence_kind due = EVIDENCE_SPLIT_VIEW;

		begin(seed + done);
		due = kind->deceive();
		ck_assert_uint_eq(readers_evidence_at_both(due), 0);
		connect_readers();
		ck_assert_msg(found(due, &asked),
		    "%s: not found: QSG_FORKS=1 QSG_SEED=%llu", kind->name,
		    (unsigned long long)(seed + done));
		/* Whoever passes a card on is not held to it. */
		if (due == EVIDENCE_SUCCESSOR_FORK) {
			ck_assert_uint_eq(
			    fixture_quarantined(&readers_fixture, 1, 2), 0);
			ck_assert_uint_eq(
			    fixture_quarantined(&readers_fixture, 2, 1), 0);
		}
		disconnect_readers();
		readers_teardown();
		done++;
	}
	printf("forks, %s: %llu made, all found, %llu of them with the "
	       "author's own answer\n",
	    kind->name, (unsigned long long)done, (unsigned long long)asked);
}
END_TEST

/* Records for both that 2 alone was given, and whether 1 may hold that against
 * the author. */
static bool withhold(struct evil_record *records, size_t *count)
{
	struct peer *author = fixture_peer(&readers_fixture, 1, 0);
	bool blamed = pick(2);

	readers_fill(pick(9), true, false);
	*count = 2 + (size_t)pick(8);
	for (size_t i = 0; i < *count; i++) {
		if (i == 0) {
			evil_key(&readers_a, &readers_stream_a, &records[i]);
		} else {
			evil_text(&readers_a, &readers_stream_a, "withheld",
			    &records[i]);
		}
		give(2, &records[i]);
	}
	/* A head that covers them, and time. */
	show_two(&readers_a, 1);
	author->connected = blamed || pick(2);
	author->connected_ms = readers_fixture.now_ms;
	readers_fixture.now_ms += blamed || !author->connected
	                              ? WITHHELD_MS + (int64_t)pick(WITHHELD_MS)
	                              : (int64_t)pick(WITHHELD_MS - MINUTE_MS);
	return blamed;
}

/* M224 */
START_TEST(every_withheld_record_is_found_once_two_readers_are_connected)
{
	uint64_t seed = mutate_seed("withheld");
	uint64_t count = mutate_number("QSG_FORKS", 50);
	uint64_t records = 0;
	uint64_t noted = 0;

	for (uint64_t i = 0; i < count; i++) {
		struct evil_record list[10];
		size_t held = 0;
		bool blamed = false;
		uint64_t against = 0;

		begin(seed + i);
		blamed = withhold(list, &held);
		connect_readers();
		pass(MINUTE_MS / 2);
		for (size_t k = 1; k < held; k++) {
			fixture_assert_text(
			    &readers_fixture, 1, &list[k].id, "withheld");
		}
		against = withheld_by(readers_fixture.nodes[1],
		    fixture_org(&readers_fixture, 1, 0));
		ck_assert_msg(against == (blamed ? held : 0),
		    "%llu of %zu held against the author: QSG_FORKS=1 "
		    "QSG_SEED=%llu",
		    (unsigned long long)against, held,
		    (unsigned long long)(seed + i));
		readers_nothing_found();
		for (size_t k = 0; k < held; k++) {
			evil_record_clear(&list[k]);
		}
		disconnect_readers();
		readers_teardown();
		records += held;
		noted += against;
	}
	ck_assert(noted || count < 20);
	printf("withheld: %llu times, %llu records, all brought by the "
	       "co-reader, %llu held against the author\n",
	    (unsigned long long)count, (unsigned long long)records,
	    (unsigned long long)noted);
}
END_TEST

Suite *test_many_forks_suite(void)
{
	Suite *suite = suite_create("many_forks");
	TCase *tests = tcase_create("many_forks");

	tcase_set_timeout(tests, 14400);
	tcase_add_loop_test(tests,
	    every_fork_is_found_once_two_honest_readers_are_connected, 0,
	    KINDS);
	tcase_add_test(tests,
	    every_withheld_record_is_found_once_two_readers_are_connected);
	suite_add_tcase(suite, tests);
	return suite;
}
