#include "base/rng.h"
#include "unit/domain/action_world.h"
#include "unit/mutate.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_action_random_suite(void);

/* Histories of an action at random, each evaluated in several orders and with
 * records given twice: 1,000, or QSG_HISTORIES; history i is that of QSG_SEED +
 * i. */

#define LEAST_RECORDS 50u
#define ORDERS 4
#define ORGS 5u
#define ENOUGH 1000u /* histories after which nothing may be missing */
#define STANDINGS 6u

static struct rng_seeded source;
static struct rng rng;
static struct action_world world;
static size_t standings[STANDINGS];
static size_t reasons[REASON_ACTION_ELSEWHERE - REASON_ACTION_UNKNOWN + 1];

static unsigned below(unsigned bound)
{
	return (unsigned)rng_below(&rng, bound);
}

static bool chance(unsigned percent)
{
	return below(100) < percent;
}

static unsigned any_org(void)
{
	return 1 + below(ORGS);
}

/* A handing over made so far; 0 none. */
static size_t any_offer(void)
{
	for (unsigned tries = 0; tries < 8 && world.count > 1; tries++) {
		size_t at = 1 + below((unsigned)world.count - 1);

		if (strcmp(world.steps[at].act, "hand-over") == 0)
			return at;
	}
	return 0;
}

static void say(void)
{
	static const char *const acts[] = { "accept", "accept", "accept",
		"accept", "decline", "progress", "progress", "progress",
		"hand-over", "hand-over", "hand-over", "raise", "close",
		"withdraw", "ponder" };
	const char *act = acts[below(sizeof acts / sizeof acts[0])];
	bool answer = strcmp(act, "accept") == 0 || strcmp(act, "decline") == 0;
	size_t offer = answer && chance(80) ? any_offer() : 0;
	unsigned author = any_org();
	size_t at = 0;

	if ((strcmp(act, "close") == 0 || strcmp(act, "withdraw") == 0) &&
	    chance(90))
		act = "progress";
	if (offer != 0 && chance(85))
		author = world.steps[offer].organisation.data[0];
	at = action_says(&world, author, act,
	    strcmp(act, "hand-over") == 0 || strcmp(act, "raise") == 0
		? any_org()
		: 0,
	    offer);
	/* Logs are not in the order in which records were made; two may have
	 * one place. */
	if (chance(20))
		world.facts[at].place = 1 + below((unsigned)world.count);
	if (chance(2))
		world.steps[at].action.data[9] ^= 1;
	if (chance(2))
		world.steps[at].action.len = 0;
}

static void make_history(void)
{
	unsigned records = LEAST_RECORDS + below(100);

	action_world_init(&world);
	action_set(&world, 1, chance(40) ? 1 : 2);
	while (world.count < records)
		say();
	if (chance(3)) /* what was to be set cannot be read */
		world.action.owner.len = 0;
}

static void shuffle(struct summit_fact *facts, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = below((unsigned)i);
		struct summit_fact fact = facts[i - 1];

		facts[i - 1] = facts[other];
		facts[other] = fact;
	}
}

static void same_records(const struct summit_fact *const *a,
    const struct summit_fact *const *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert(id_equal(&a[i]->record, &b[i]->record));
}

static void same(const struct action_state *a, const struct action_state *b)
{
	ck_assert(id_equal(&a->owner, &b->owner));
	ck_assert_int_eq((int)a->standing, (int)b->standing);
	ck_assert_uint_eq(a->step_count, b->step_count);
	ck_assert_uint_eq(a->offer_count, b->offer_count);
	ck_assert_uint_eq(a->refused_count, b->refused_count);
	same_records((const struct summit_fact *const *)(const void *)a->steps,
	    (const struct summit_fact *const *)(const void *)b->steps,
	    a->step_count);
	same_records((const struct summit_fact *const *)(const void *)a->offers,
	    (const struct summit_fact *const *)(const void *)b->offers,
	    a->offer_count);
	for (size_t i = 0; i < a->refused_count; i++) {
		ck_assert(
		    id_equal(&a->refused[i].record, &b->refused[i].record));
		ck_assert_int_eq(
		    (int)a->refused[i].why, (int)b->refused[i].why);
	}
	ck_assert((a->last == NULL) == (b->last == NULL));
	if (a->last != NULL)
		ck_assert(id_equal(&a->last->record, &b->last->record));
}

static size_t counted(const struct action_state *state, const char *act)
{
	size_t count = 0;

	for (size_t i = 0; i < state->step_count; i++)
		count += strcmp(state->steps[i]->payload->action_step->act,
			     act) == 0;
	return count;
}

/* Every step about it is told once: it counts, or why it does not. */
static void nothing_is_lost(const struct action_state *state)
{
	for (size_t i = 0; i < world.count; i++) {
		const Qsg__Payload *payload = world.facts[i].payload;
		bool about = payload->content_case ==
		                 QSG__PAYLOAD__CONTENT_ACTION_STEP &&
		             action_acceptable(payload) &&
		             memcmp(payload->action_step->action.data,
				 state->id.b, 32) == 0;
		bool counts = action_counted(state, &world, i);
		bool told = action_refused(state, &world, i) != REASON_NONE;

		ck_assert(!(counts && told));
		ck_assert((counts || told) == about);
	}
}

/* What holds of every state. */
static void keeps_its_rules(const struct action_state *state)
{
	size_t closed = counted(state, "close");

	nothing_is_lost(state);
	ck_assert_uint_le(closed, 1);
	ck_assert((state->standing == ACTION_CLOSED) == (closed == 1));
	ck_assert_uint_le(counted(state, "withdraw"), 1);
	if (state->set == NULL) {
		ck_assert_uint_eq(state->step_count, 0);
		return;
	}
	/* No handing over took effect without an acceptance of its own. */
	ck_assert_uint_le(
	    counted(state, "hand-over"), counted(state, "accept"));
	if (state->standing == ACTION_HANDED_OVER)
		ck_assert_uint_gt(counted(state, "hand-over"), 0);
	if (state->standing == ACTION_PROPOSED ||
	    state->standing == ACTION_DECLINED)
		ck_assert_uint_eq(counted(state, "progress"), 0);
}

static void note(const struct action_state *state)
{
	standings[state->standing]++;
	for (size_t i = 0; i < state->refused_count; i++) {
		ck_assert_str_ne(reason_text(state->refused[i].why), "");
		reasons[state->refused[i].why - REASON_ACTION_UNKNOWN]++;
	}
}

static void one_result(void)
{
	struct summit_fact *given = calloc(2 * world.count, sizeof *given);
	struct action_state first;

	ck_assert_ptr_nonnull(given);
	ck_assert_int_eq(
	    action_evaluate(&world.id, world.facts, world.count, &first),
	    ERR_OK);
	keeps_its_rules(&first);
	note(&first);
	for (unsigned i = 0; i < ORDERS; i++) {
		struct action_state again;
		size_t size = world.count;

		memcpy(given, world.facts, size * sizeof *given);
		while (i > 0 && size < 2 * world.count && chance(95))
			given[size++] =
			    world.facts[below((unsigned)world.count)];
		shuffle(given, size);
		ck_assert_int_eq(
		    action_evaluate(&world.id, given, size, &again), ERR_OK);
		same(&first, &again);
		action_clear(&again);
	}
	action_clear(&first);
	free(given);
}

/* M641, M647 */
START_TEST(one_set_of_records_gives_one_state)
{
	uint64_t count = mutate_number("QSG_HISTORIES", ENOUGH);
	uint64_t seed = mutate_seed("action_random");

	for (uint64_t i = 0; i < count; i++) {
		rng = rng_seed(&source, seed + i);
		make_history();
		one_result();
	}
	for (unsigned i = 0; i < STANDINGS; i++)
		printf("actions: %s %zu\n",
		    action_standing_token((enum action_standing)i),
		    standings[i]);
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
		enum reason why = (enum reason)(REASON_ACTION_UNKNOWN + i);

		printf("actions: %s %zu\n", reason_text(why), reasons[i]);
		ck_assert_msg(count < ENOUGH || reasons[i] > 0,
		    "never came up: %s", reason_text(why));
	}
	for (unsigned i = 0; i < STANDINGS && count >= ENOUGH; i++)
		ck_assert_uint_gt(standings[i], 0);
}
END_TEST

Suite *test_action_random_suite(void)
{
	Suite *suite = suite_create("action_random");
	TCase *tests = tcase_create("action_random");

	tcase_set_timeout(tests, 600);
	tcase_add_test(tests, one_set_of_records_gives_one_state);
	suite_add_tcase(suite, tests);
	return suite;
}
