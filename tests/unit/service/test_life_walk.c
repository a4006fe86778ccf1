#include "walking_acts.h"

#include "service/correcting.h"
#include "service/erasing.h"
#include "service/verify.h"
#include "unit/mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_life_walk_suite(void);

/* The lives of records at random: shared, granted, asked about, corrected,
 * taken back, held, erased, with nodes that start again and pairs of them that
 * do not hear each other: 1,000, or QSG_WALKS, some at once. Walk i is among
 * those of QSG_SEED + i / 20. */

#define STEPS 26u    /* of each */
#define ENOUGH 1000u /* walks after which nothing may be missing */
#define MASK(n) (1u << (n))

static struct rng_seeded source;
static struct rng rng;
static bool apart[WALK_NODES][WALK_NODES];

static unsigned below(size_t bound)
{
	return (unsigned)rng_below(&rng, bound);
}

static bool chance(unsigned percent)
{
	return below(100) < percent;
}

/*
 * One step of one walk.
 */

static size_t any_node(const struct walk *walk, size_t item)
{
	size_t at = below(WALK_NODES);

	for (size_t tries = 0; tries < 6 && chance(85); tries++) {
		if (walk_reads(walk, at, item)) {
			break;
		}
		at = below(WALK_NODES);
	}
	return at;
}

/* Somebody who does not read it, as far as anybody knows, for choice. */
static size_t any_stranger(const struct walk *walk, size_t item)
{
	size_t at = below(WALK_NODES);

	for (size_t tries = 0; tries < 8 && chance(80); tries++) {
		if (!(walk_given(walk, item) & MASK(at))) {
			break;
		}
		at = below(WALK_NODES);
	}
	return at;
}

/* Somebody who reads it, by a grant for choice. */
static size_t any_reader(const struct walk *walk, size_t item)
{
	unsigned first = walk->records[walk->items[item]].readers;

	for (size_t i = 0; i < WALK_NODES; i++) {
		if (walk_reads(walk, i, item) && !(first & MASK(i)) &&
		    chance(60)) {
			return i;
		}
	}
	return any_node(walk, item);
}

/* Whom it may go on to, if there is one. */
static size_t any_grantee(const struct walk *walk, size_t at, size_t item)
{
	for (size_t i = 0; at != walk->author && i < WALK_NODES; i++) {
		if (walk_allowed(walk, at, item, i) && chance(70)) {
			return i;
		}
	}
	return any_stranger(walk, item);
}

/* Somebody who has asked whether it may go on, or was allowed to, for choice:
 * so that something comes of it. */
static size_t any_asker(const struct walk *walk, size_t item)
{
	size_t asker = any_node(walk, item);

	for (size_t i = 0; i < walk->count; i++) {
		if (walk->records[i].type == VIEW_ONWARD_REQUEST &&
		    walk->records[i].item == item && chance(50)) {
			asker = walk->records[i].author;
		}
	}
	return asker;
}

static void hear_from(size_t to, size_t from)
{
	if (to != from && !apart[to][from]) {
		walking_pull(to, from);
	}
}

static void hear(void)
{
	size_t to = below(WALK_NODES);
	size_t from = below(WALK_NODES);

	hear_from(to, from);
}

static void part(void)
{
	size_t one = below(WALK_NODES);
	size_t other = below(WALK_NODES);

	apart[one][other] = apart[other][one] = chance(60);
	walk_seen[PARTED] += apart[one][other];
}

/* What holds that are over put off is done at once. */
static void pass_a_day(void)
{
	walking.fixture.now_ms += FIXTURE_DAY_MS;
	for (size_t i = 0; i < WALK_NODES; i++) {
		walking_tick(i);
	}
}

static void start(struct walk *walk)
{
	static const char *const rules[] = { "none", "ask", "", "group" };
	unsigned to = 0;

	walk->author = below(WALK_NODES);
	while (!to) {
		unsigned some = below(MASK(WALK_NODES));

		to = some & below(MASK(WALK_NODES)) & ~MASK(walk->author);
	}
	walk_begin(walk, to, rules[below(4)]);
}

/* Any request, the later ones for choice. */
static void reply(struct walk *walk, size_t at)
{
	const struct walk_record *request = NULL;

	for (size_t i = 0; i < walk->count; i++) {
		if (walk->records[i].type == VIEW_ONWARD_REQUEST &&
		    (!request || chance(60))) {
			request = &walk->records[i];
		}
	}
	if (request) {
		walk_answer(walk, at, request, chance(70));
	}
}

/* A reader asks, is answered and hands it on, as far as they hear each other;
 * else few would ever come so far. */
static void go_on(struct walk *walk, size_t item)
{
	size_t at = any_reader(walk, item);
	size_t to = any_stranger(walk, item);
	size_t before = walk->count;

	walk_ask(walk, at, item, to);
	if (walk->count > before) {
		hear_from(walk->author, at);
		walk_answer(walk, walk->author, &walk->records[before], true);
		hear_from(at, walk->author);
		walk_grant(walk, at, item, MASK(to));
		if (chance(50)) {
			hear_from(to, at);
		}
	}
}

static void speak(struct walk *walk)
{
	size_t item = below(walk->item_count);
	size_t at = any_node(walk, item);
	size_t author = chance(85) ? walk->author : at;
	unsigned what = below(100);

	if (what < 12) {
		go_on(walk, item);
	} else if (what < 34) {
		size_t by = chance(40) ? author : any_asker(walk, item);
		unsigned to = MASK(any_grantee(walk, by, item));

		walk_grant(walk, by, item,
		    chance(85) ? to : to | MASK(below(WALK_NODES)));
	} else if (what < 50) {
		walk_ask(walk, any_reader(walk, item), item,
		    any_stranger(walk, item));
	} else if (what < 62) {
		reply(walk, author);
	} else if (what < 74) {
		walk_correct(walk, author, item);
	} else if (what < 77) {
		walk_retract(walk, author, item);
	} else if (what < 83) {
		walk_erase(walk, author, item);
	} else if (what < 86) {
		walk_erase(walk, at, item);
	} else if (what < 89) {
		walk_take_back(walk, at, item, below(MASK(WALK_NODES)));
	} else if (what < 96) {
		walk_hold(walk, at, item, 1 + below(3));
	} else {
		walk_release(walk, at, item);
	}
}

static void step(struct walk *walk)
{
	unsigned what = below(1000);

	/* The model of a walk has so much room, and answers come at the end. */
	if (what < 480 && walk->count < WALK_RECORDS / 2) {
		speak(walk);
	} else if (what < 900) {
		hear();
	} else if (what < 955) {
		walking_tick(below(WALK_NODES));
	} else if (what < 980) {
		part();
	} else if (what < 985) {
		pass_a_day();
	} else if (what < 995) {
		bool crash = chance(50);

		walk_seen[RESTARTED]++;
		fixture_restart(&walking.fixture, below(WALK_NODES), crash);
	}
	walk_check(walk);
}

/*
 * When all have heard all.
 */

static void all_was_delivered(const struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++) {
		for (size_t at = 0; at < WALK_NODES; at++) {
			ck_assert_int_eq(walk->has[at] >> i & 1,
			    walk->records[i].readers >> at & 1);
		}
	}
}

static size_t node_at(const struct id32 *id)
{
	size_t at = 0;

	while (!id_equal(node_id(walking_node(at)), id)) {
		at++;
	}
	return at;
}

static bool author_erased(const struct walk *walk, size_t item)
{
	for (size_t i = 0; i < walk->count; i++) {
		if (walk->records[i].type == VIEW_ERASURE &&
		    walk->records[i].author == walk->author &&
		    walk->records[i].item == item) {
			return true;
		}
	}
	return false;
}

/* Its author knows of each copy, and what became of it. */
static void author_accounts(const struct walk *walk, size_t item)
{
	struct erasing_account account;
	size_t at = walk->author;
	unsigned told = MASK(at);

	OK(erasing_look(
	    walking_node(at), &walk->records[walk->items[item]].id, &account));
	for (size_t i = 0; i < account.erasure_count; i++) {
		const struct erasing_found *found = &account.erasures[i];

		if (found->author != 1) {
			continue;
		}
		ck_assert(found->counts);
		for (size_t k = 0; k < found->reader_count; k++) {
			const struct erasing_reader *reader =
			    &found->readers[k];
			size_t by = node_at(&reader->organisation);
			bool keeps = walk_holds(walk, by, item);

			told |= MASK(by);
			walk_seen[KEPT] += keeps;
			/* A hold may stand of what was gone before. */
			if (keeps && !walk_reads(walk, by, item)) {
				continue;
			}
			if (reader->answered !=
			    (keeps ? ERASING_KEPT : ERASING_DONE)) {
				walk_tell(walk, at, by);
			}
			ck_assert_msg(reader->answered ==
					  (keeps ? ERASING_KEPT : ERASING_DONE),
			    "walk %zu: node %zu answered %d of item %zu",
			    walk->number, by, (int)reader->answered, item);
			ck_assert(keeps || !walk_reads(walk, by, item));
		}
	}
	erasing_account_clear(&account);
	ck_assert_msg(told == walk_carriers(walk, item),
	    "walk %zu: item %zu was given to %x, and %x are known to erase it",
	    walk->number, item, walk_carriers(walk, item), told);
	for (size_t i = 0; i < WALK_NODES; i++) {
		ck_assert(!walk_reads(walk, i, item) || (told & MASK(i)));
	}
}

/* M470: whom it reached is known to its author, and nobody reads it beside. */
static void author_knows(const struct walk *walk, size_t item)
{
	struct node *node = walking_node(walk->author);
	struct id32 *ids = NULL;
	size_t count = 0;
	unsigned reached = 0;

	if (!walk_reads(walk, walk->author, item)) {
		return;
	}
	OK(correcting_reached(node,
	    views_find(node->views, &walk->records[walk->items[item]].id), &ids,
	    &count));
	for (size_t i = 0; i < count; i++) {
		reached |= MASK(node_at(&ids[i]));
	}
	free(ids);
	ck_assert_msg(reached == walk_reached(walk, item),
	    "walk %zu: item %zu reached %x, not %x", walk->number, item,
	    reached, walk_reached(walk, item));
	/* Who granted it may have taken the author's copy of that back; and a
	 * program that takes a grant back before its author has its body may
	 * not say so (M451): then there is that grant, sealed to whom it is. */
	reached |= walk_carriers(walk, item) | walk_hidden(walk, item);
	for (size_t i = 0; i < WALK_NODES; i++) {
		if (walk_reads(walk, i, item) && !(reached & MASK(i))) {
			walk_tell(walk, walk->author, i);
			ck_abort_msg("walk %zu: item %zu is read by %zu",
			    walk->number, item, i);
		}
	}
}

static void check_end(const struct walk *walk, bool over)
{
	walk_check(walk);
	all_was_delivered(walk);
	for (size_t item = 0; item < walk->item_count; item++) {
		bool erased = author_erased(walk, item);
		const struct walk_record *record =
		    &walk->records[walk->items[item]];

		if (erased) {
			author_accounts(walk, item);
		} else {
			author_knows(walk, item);
		}
		for (size_t i = 0; i < WALK_NODES; i++) {
			bool reads = walk_reads(walk, i, item);

			ck_assert(!reads || !erased || !over);
			ck_assert(!reads || (walk_given(walk, item) & MASK(i)));
			walk_seen[GRANTED_READ] +=
			    reads && !(record->readers & MASK(i));
		}
		walk_seen[ERASED] += erased && over;
	}
}

static void end_all(void)
{
	memset(apart, 0, sizeof apart);
	walking_spread();
	for (size_t i = 0; i < walking.count; i++) {
		check_end(&walking.walks[i], false);
	}
	/* And when the last hold is over. */
	for (size_t i = 0; i < 4; i++) {
		pass_a_day();
	}
	walking_spread();
	for (size_t i = 0; i < walking.count; i++) {
		check_end(&walking.walks[i], true);
	}
}

/*
 * All of them.
 */

static void verifies(size_t at)
{
	struct verify_report report;

	OK(verify_node(walking_node(at), &report));
	ck_assert_msg(!report.faults, "node %zu: %s", at, report.first_fault);
}

static void walk_some(uint64_t seed, size_t first, size_t count)
{
	rng = rng_seed(&source, seed);
	memset(apart, 0, sizeof apart);
	walking_open(seed, first, count);
	for (size_t i = 0; i < count; i++) {
		start(&walking.walks[i]);
	}
	for (size_t i = 0; i < count * STEPS; i++) {
		step(&walking.walks[below(count)]);
	}
	end_all();
	for (size_t i = 0; i < WALK_NODES; i++) {
		verifies(i);
	}
	walking_close();
}

static void report(bool enough)
{
	for (size_t i = 0; i < ACTS; i++) {
		printf("%s%s %zu (refused %zu)",
		    i ? ", " : "walks: ", walk_act_names[i], walk_done[i],
		    walk_refused[i]);
	}
	putchar('\n');
	for (size_t i = 0; i < SEEN; i++) {
		printf("%s%s %zu", i ? ", " : "walks: ", walk_seen_names[i],
		    walk_seen[i]);
	}
	putchar('\n');
	for (size_t i = 0; enough && i < ACTS; i++) {
		ck_assert_msg(
		    walk_done[i], "never came up: %s", walk_act_names[i]);
	}
	for (size_t i = 0; enough && i < SEEN; i++) {
		ck_assert_msg(
		    walk_seen[i], "never came up: %s", walk_seen_names[i]);
	}
}

/* Check cannot tell of a test that takes more than half an hour: of many walks
 * so many are one test. */
#define WALKS_A_TEST 10000u

/* QSG_SEED and QSG_FIRST (1, 21, 41, ...) play those of a seed from there. */
START_TEST(no_copy_is_read_but_by_whom_it_was_given_to)
{
	uint64_t from = mutate_number("QSG_FIRST", 1) - 1;
	uint64_t all = from + mutate_number("QSG_WALKS", ENOUGH);
	uint64_t first = from + (uint64_t)_i * WALKS_A_TEST;
	uint64_t end = all - first < WALKS_A_TEST ? all : first + WALKS_A_TEST;
	uint64_t seed = mutate_seed("life_walk");

	for (uint64_t i = first; i < end; i += WALKS_AT_ONCE) {
		uint64_t left = end - i;

		walk_some(seed + i / WALKS_AT_ONCE, (size_t)i,
		    left < WALKS_AT_ONCE ? (size_t)left : WALKS_AT_ONCE);
	}
	printf("walks: %llu to %llu\n", (unsigned long long)first,
	    (unsigned long long)end);
	report(end - first >= ENOUGH);
}
END_TEST

Suite *test_life_walk_suite(void)
{
	Suite *suite = suite_create("life_walk");
	TCase *tests = tcase_create("life_walk");

	tcase_set_timeout(tests, 36000);
	tcase_add_loop_test(tests, no_copy_is_read_but_by_whom_it_was_given_to,
	    0,
	    (int)((mutate_number("QSG_WALKS", ENOUGH) + WALKS_A_TEST - 1) /
		  WALKS_A_TEST));
	suite_add_tcase(suite, tests);
	return suite;
}
