#include "base/rng.h"
#include "unit/domain/group_cast.h"
#include "unit/mutate.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_group_random_suite(void);

/* Histories of a group at random, each evaluated in several orders and with
 * records given twice: 1,000, or QSG_HISTORIES; history i is that of QSG_SEED +
 * i. */

#define LEAST_RECORDS 50
#define ORDERS 4
#define ORGS 12u
#define ENOUGH 1000u /* histories after which nothing may be missing */

static struct rng_seeded source;
static struct rng rng;
static unsigned favourite; /* whom most name in this history */

static const char *const kinds[ORGS] = { "nhs-england-area-team",
	"nhs-england-area-team", "nhs-england-region", "ccg", "ccg", "cqc",
	"cqc", "monitor", "royal-college", "other", "safeguarding-board",
	"a-later-kind" };

static unsigned below(unsigned bound)
{
	return (unsigned)rng_below(&rng, bound);
}

static bool chance(unsigned percent)
{
	return below(100) < percent;
}

/* An organisation of the cast, whose kind goes with its number. */
static unsigned any_org(void)
{
	return AREA + below(ORGS);
}

static unsigned org_of(const struct id32 *id)
{
	return (unsigned)id->b[0] << 8 | id->b[1];
}

/*
 * What comes up, counted.
 */

struct coverage {
	const char *what;
	size_t times;
};

/* Every reason and alarm of the specification; what a record was and whether
 * it counted. */
static struct coverage reasons[] = {
	{ "no record of this group", 0 },
	{ "founder and nonce", 0 },
	{ "out of range", 0 },
	{ "neither local nor regional", 0 },
	{ "did not found", 0 },
	{ "names no organisation", 0 },
	{ "not in ascending order", 0 },
	{ "provider organisations", 0 },
	{ "not of this roster or an earlier", 0 },
	{ "no entries, or too many", 0 },
	{ "too many changes", 0 },
	{ "invites only now", 0 },
	{ "its author is no member in it", 0 },
	{ "not of a kind that convenes such", 0 },
	{ "another roster of this epoch", 0 },
	{ "not higher than that", 0 },
	{ "level of a group cannot change", 0 },
	{ "cannot be expelled", 0 },
	{ "left out without a change", 0 },
	{ "made sender-only without", 0 },
	{ "invited anew without", 0 },
	{ "core kind is restated", 0 },
	{ "takes back that a member joined", 0 },
	{ "neither the one before nor a new one", 0 },
	{ "does not convene the group in its term", 0 },
	{ "successions behind its term", 0 },
	{ "its term is over", 0 },
	{ "began from an earlier roster", 0 },
	{ "neither accepts, nor declines", 0 },
	{ "invited its author so", 0 },
	{ "no term, roster or successor", 0 },
	{ "not held here, or does not count", 0 },
	{ "no joined member of the roster", 0 },
	{ "no other member of a kind that convenes", 0 },
	{ "two successors for one term", 0 },
	{ "has not begun here", 0 },
};

static struct coverage alarms[] = {
	{ "another roster of this epoch", 0 },
	{ "not higher than that", 0 },
	{ "two successors", 0 },
	{ "successions behind its term", 0 },
	{ "does not convene the group in its term", 0 },
	{ "national body", 0 },
	{ "declined", 0 },
	{ "convenor has left", 0 },
	{ "may not have known", 0 },
	{ "invites this organisation anew", 0 },
};

enum { TYPE_ROSTER, TYPE_MEMBERSHIP, TYPE_SUCCESSION, TYPE_OTHER, TYPES };

static struct coverage outcomes[] = {
	{ "rosters that count", 0 },
	{ "rosters refused", 0 },
	{ "memberships that count", 0 },
	{ "memberships refused", 0 },
	{ "successions that count", 0 },
	{ "successions refused", 0 },
	{ "others that count", 0 }, /* must stay 0 */
	{ "others refused", 0 },
};

static struct coverage states[] = {
	{ "in term 1", 0 },
	{ "in term 2", 0 },
	{ "in a later term", 0 },
	{ "mandate not proven", 0 },
	{ "with candidates", 0 },
	{ "with claims", 0 },
	{ "invited", 0 },
	{ "joined", 0 },
	{ "declined", 0 },
	{ "left", 0 },
	{ "sender-only", 0 },
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static void note(struct coverage *list, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strstr(text, list[i].what) != NULL) {
			list[i].times++;
			return;
		}
	}
	ck_abort_msg("a text that this test does not know: %s", text);
}

static unsigned type_of(const Qsg__Payload *payload)
{
	if (payload == NULL)
		return TYPE_OTHER;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_ROSTER)
		return TYPE_ROSTER;
	if (payload->content_case == QSG__PAYLOAD__CONTENT_MEMBERSHIP)
		return TYPE_MEMBERSHIP;
	return payload->content_case == QSG__PAYLOAD__CONTENT_SUCCESSION
	           ? TYPE_SUCCESSION
	           : TYPE_OTHER;
}

static void note_state(void)
{
	const struct group_state *state = &cast.state;

	states[0].times += state->term == 1;
	states[1].times += state->term == 2;
	states[2].times += state->term > 2;
	states[3].times += !state->mandate_proven && state->stated != NULL;
	states[4].times += state->candidate_count > 0;
	states[5].times += state->claim_count > 0;
	for (size_t i = 0; i < state->member_count; i++) {
		states[6 + state->members[i].standing].times++;
		states[10].times +=
		    state->members[i].entry->sender_only ? 1 : 0;
	}
}

static void note_all(const struct group_fact *facts, size_t count)
{
	for (size_t i = 0; i < cast.state.refused_count; i++)
		note(reasons, COUNT(reasons),
		    reason_text(cast.state.refused[i].why));
	for (size_t i = 0; i < cast.state.alarm_count; i++)
		note(alarms, COUNT(alarms),
		    reason_text(cast.state.alarms[i].why));
	for (size_t i = 0; i < count; i++) {
		const struct group_fact *fact = &facts[i];
		bool refused =
		    world_refused(&cast.state, &fact->record)[0] != '\0';

		outcomes[2 * type_of(fact->payload) + refused].times++;
	}
	note_state();
}

static void report(const char *of, const struct coverage *list, size_t count)
{
	printf("histories: %s:", of);
	for (size_t i = 0; i < count; i++)
		printf("%s %s %zu", i == 0 ? "" : ",", list[i].what,
		    list[i].times);
	putchar('\n');
}

static void all_came_up(const struct coverage *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(
		    list[i].times > 0 ||
			strcmp(list[i].what, "others that count") == 0,
		    "never came up: %s", list[i].what);
}

/*
 * Making records. Most continue what is in force now.
 */

static Qsg__Roster *begin(void)
{
	Qsg__Roster *roster = world_roster(&cast.world, 1, 1);

	for (unsigned org = AREA; org < AREA + ORGS; org++) {
		if (org == AREA || chance(60))
			world_entry(roster, org, kinds[org - AREA], 1,
			    org != AREA && chance(8) ? ENTRY_SENDER_ONLY : 0);
	}
	return roster;
}

static struct id32 id_of(const Qsg__RosterEntry *entry)
{
	struct id32 id;

	memcpy(id.b, entry->organisation.data, sizeof id.b);
	return id;
}

static Qsg__RosterEntry *any_entry(Qsg__Roster *roster)
{
	return roster->entries[below((unsigned)roster->n_entries)];
}

/* As an honest convenor would go on: say who joined, let go who left. */
static Qsg__Roster *go_on(void)
{
	Qsg__Roster *next =
	    world_next(cast.state.stated, cast.state.epoch + 1 + below(2));

	next->term = cast.state.term;
	for (size_t i = 0; i < cast.state.member_count; i++) {
		const struct group_member *member = &cast.state.members[i];
		unsigned org = org_of(&member->organisation);

		if (member->standing == GROUP_JOINED && chance(80))
			world_find(next, org)->joined = true;
		if (member->standing == GROUP_JOINED || member->convenor)
			continue;
		if (chance(15)) {
			world_find(next, org)->invitation = next->epoch;
			world_find(next, org)->joined = false;
		} else if (chance(15)) {
			world_drop(next, org);
			world_change(next, org, "removed", "decided");
		}
	}
	return next;
}

static void invite(Qsg__Roster *roster)
{
	unsigned org = any_org();
	struct id32 id = world_org(org);

	for (size_t i = 0; i < roster->n_entries; i++) {
		if (memcmp(roster->entries[i]->organisation.data, id.b,
			sizeof id.b) == 0)
			return;
	}
	world_entry(roster, org, kinds[org - AREA], roster->epoch,
	    chance(10) ? ENTRY_SENDER_ONLY : 0);
}

static void let_go(Qsg__Roster *roster, bool reason)
{
	struct id32 id = id_of(any_entry(roster));

	world_drop(roster, org_of(&id));
	if (reason)
		world_change(roster, org_of(&id), "removed", "decided");
}

static void swap_entries(Qsg__Roster *roster)
{
	Qsg__RosterEntry *first = roster->entries[0];

	if (roster->n_entries < 2)
		return;
	roster->entries[0] = roster->entries[1];
	roster->entries[1] = first;
}

static void empty(Qsg__Roster *roster)
{
	while (roster->n_entries > 0)
		qsg__roster_entry__free_unpacked(
		    roster->entries[--roster->n_entries], NULL);
}

/* Break a rule of form. */
static void deform(Qsg__Roster *roster)
{
	static const uint64_t numbers[] = { 0, UINT64_MAX, (1ULL << 53) + 1 };
	struct id32 id = world_record(below(9));

	switch (below(11)) {
	case 0:
		roster->term = numbers[below(3)];
		break;
	case 1:
		roster->epoch = numbers[below(3)];
		break;
	case 2:
		swap_entries(roster);
		break;
	case 3:
		world_entry(roster, NEW, "provider", roster->epoch, 0);
		break;
	case 4:
		world_bytes(chance(50) ? &roster->nonce : &roster->group,
		    chance(50) ? &id : NULL);
		break;
	case 5:
		world_string(&roster->charter->level, "national");
		break;
	case 6:
		world_bytes(&any_entry(roster)->organisation, NULL);
		break;
	case 7:
		empty(roster);
		break;
	case 8:
		any_entry(roster)->invitation = roster->epoch + 1;
		break;
	case 9:
		for (unsigned i = 0; i <= LIMIT_GROUP_CHANGES; i++)
			world_change(roster, CCG, "amended", "again");
		break;
	default:
		world_entry(roster, NEW, "phe", roster->epoch, ENTRY_JOINED);
		break;
	}
}

/* Break a rule on what may follow, perhaps. */
static void bend(Qsg__Roster *roster)
{
	Qsg__RosterEntry *entry = any_entry(roster);

	switch (below(8)) {
	case 0:
		let_go(roster, false);
		break;
	case 1:
		let_go(roster, true);
		break;
	case 2:
		entry->invitation = roster->epoch;
		entry->joined = false;
		break;
	case 3:
		entry->sender_only = true;
		break;
	case 4:
		world_string(&entry->kind, kinds[below(ORGS)]);
		break;
	case 5:
		entry->joined = false;
		break;
	case 6:
		world_string(&roster->charter->level, "regional");
		if (entry->invitation > 1)
			entry->invitation--;
		break;
	default:
		roster->epoch = 1 + below((unsigned)roster->epoch);
		break;
	}
}

static void state_roster(void)
{
	unsigned author = org_of(&cast.state.convenor);
	Qsg__Roster *next = NULL;

	if (cast.state.stated == NULL) {
		(void)world_put(&cast.world, AREA, begin());
		return;
	}
	next = go_on();
	if (chance(40))
		invite(next);
	if (chance(15))
		next->term += below(3);
	if (chance(10))
		author = any_org();
	if (chance(30))
		bend(next);
	if (chance(5) && next->n_entries > 0)
		deform(next);
	if (chance(15))
		(void)world_put(
		    &cast.world, author, world_next(next, next->epoch));
	(void)world_put(&cast.world, author, next);
}

/* The record of a roster made so far, or of none. */
static struct id32 any_roster(void)
{
	for (unsigned tries = 0; tries < 50 && cast.world.count > 0; tries++) {
		const struct group_fact *fact =
		    &cast.world.facts[below((unsigned)cast.world.count)];

		if (type_of(fact->payload) == TYPE_ROSTER)
			return fact->record;
	}
	return world_record(1u << 20);
}

static struct id32 usual_roster(void)
{
	return chance(85) ? cast.state.roster : any_roster();
}

static void answer(void)
{
	static const char *const acts[] = { "accept", "accept", "accept",
		"accept", "accept", "accept", "decline", "leave", "endorse" };
	struct id32 roster = usual_roster();
	unsigned org = chance(5) ? OUTSIDE : any_org();
	struct id32 id = world_org(org);
	const struct group_member *member = group_member(&cast.state, &id);
	uint64_t invitation =
	    member != NULL && chance(90) ? member->entry->invitation : below(6);

	(void)world_act(&cast.world, org, invitation, acts[below(9)], &roster);
}

static void name(void)
{
	uint64_t term = chance(95) ? cast.state.term + 1 : below(6);
	struct id32 roster = usual_roster();
	unsigned org = any_org();
	unsigned whom = chance(90) ? favourite : any_org();

	(void)world_voice(
	    &cast.world, org, term, chance(97) ? &roster : NULL, whom);
}

/* All that have a voice, together: else few terms would ever begin. */
static void name_together(void)
{
	struct id32 roster = usual_roster();

	favourite = AREA + below(3);
	for (size_t i = 0; i < cast.state.member_count; i++) {
		const struct group_member *member = &cast.state.members[i];

		if (member->standing == GROUP_JOINED && chance(85))
			(void)world_voice(&cast.world,
			    org_of(&member->organisation), cast.state.term + 1,
			    &roster, favourite);
	}
}

static void something_else(void)
{
	struct group_fact *fact = &cast.world.facts[cast.world.count];
	struct id32 good = cast.world.group;

	if (chance(50)) {
		cast.world.count++;
		*fact = (struct group_fact){ .record = world_record(
						 ++cast.world.records),
			.author = world_org(any_org()) };
		return;
	}
	cast.world.group.b[below(32)] ^= 1;
	answer();
	cast.world.group = good;
}

static void make_history(void)
{
	unsigned records = LEAST_RECORDS + below(40);

	favourite = AREA + below(3);
	while (cast.world.count < records) {
		unsigned what = below(100);

		cast_look(0);
		if (what < 30 || cast.state.stated == NULL)
			state_roster();
		else if (what < 72)
			answer();
		else if (what < 92)
			name();
		else if (what < 97)
			name_together();
		else
			something_else();
	}
}

/*
 * One result from one set.
 */

static void shuffle(struct group_fact *facts, size_t count)
{
	for (size_t i = count; i > 1; i--) {
		size_t other = below((unsigned)i);
		struct group_fact fact = facts[i - 1];

		facts[i - 1] = facts[other];
		facts[other] = fact;
	}
}

static void evaluate(const struct group_fact *facts, size_t count,
    const struct id32 *self, struct id32 *hash)
{
	group_clear(&cast.state);
	ck_assert_int_eq(
	    group_evaluate(&cast.world.group, self, facts, count, &cast.state),
	    ERR_OK);
	ck_assert_int_eq(group_hash(&cast.state, hash), ERR_OK);
}

/* What holds of every state. */
static void keeps_its_rules(void)
{
	const struct group_state *state = &cast.state;

	ck_assert((state->stated == NULL) == (state->member_count == 0));
	if (state->stated != NULL)
		ck_assert_str_eq(world_refused(state, &state->roster), "");
	for (size_t i = 0; i < state->member_count; i++) {
		const struct group_member *member = &state->members[i];

		ck_assert_str_ne(member->entry->kind, "provider");
		ck_assert(!group_receives(member) ||
			  member->standing == GROUP_JOINED);
		ck_assert(
		    i == 0 || id_compare(&state->members[i - 1].organisation,
				  &member->organisation) < 0);
	}
	/* Whoever had enough voices would convene the group by now. */
	for (size_t i = 0; i < state->candidate_count; i++)
		ck_assert_uint_lt(
		    state->candidates[i].voices, state->candidates[i].needed);
}

static void one_result(const struct group_fact *facts, size_t count)
{
	struct group_fact *given = calloc(2 * count + 1, sizeof *given);
	struct id32 self = world_org(any_org());
	const struct id32 *as = chance(30) ? NULL : &self;
	struct id32 first;
	struct id32 again;

	ck_assert_ptr_nonnull(given);
	evaluate(facts, count, as, &first);
	keeps_its_rules();
	note_all(facts, count);
	for (unsigned i = 0; i < ORDERS; i++) {
		size_t size = count;

		memcpy(given, facts, count * sizeof *given);
		while (i > 0 && size < 2 * count && chance(95))
			given[size++] = facts[below((unsigned)count)];
		shuffle(given, size);
		evaluate(given, size, as, &again);
		ck_assert(id_equal(&first, &again));
	}
	free(given);
}

START_TEST(one_set_of_records_gives_one_state)
{
	uint64_t count = mutate_number("QSG_HISTORIES", ENOUGH);
	uint64_t seed = mutate_seed("group_random");

	for (uint64_t i = 0; i < count; i++) {
		rng = rng_seed(&source, seed + i);
		cast_setup();
		make_history();
		one_result(cast.world.facts, cast.world.count);
		/* Whoever came late holds the later part alone. */
		one_result(cast.world.facts + cast.world.count / 2,
		    cast.world.count - cast.world.count / 2);
		cast_teardown();
	}
	printf("histories: %llu\n", (unsigned long long)count);
	report("records", outcomes, COUNT(outcomes));
	report("states", states, COUNT(states));
	report("refused", reasons, COUNT(reasons));
	report("alarms", alarms, COUNT(alarms));
	ck_assert_uint_eq(outcomes[2 * TYPE_OTHER].times, 0);
	if (count < ENOUGH)
		return;
	all_came_up(outcomes, COUNT(outcomes));
	all_came_up(states, COUNT(states));
	all_came_up(reasons, COUNT(reasons));
	all_came_up(alarms, COUNT(alarms));
}
END_TEST

Suite *test_group_random_suite(void)
{
	Suite *suite = suite_create("group_random");
	TCase *tests = tcase_create("group_random");

	tcase_set_timeout(tests, 600);
	tcase_add_test(tests, one_set_of_records_gives_one_state);
	suite_add_tcase(suite, tests);
	return suite;
}
