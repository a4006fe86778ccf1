#include "flooding.h"

#include "codec/canon.h"

#include <stdlib.h>
#include <string.h>

Suite *test_groups_heavy_suite(void);

#define HOME (&grouped_fixture)

static void setup(void)
{
	grouped_open();
	grouped_all_join(3);
}

static struct node *node(size_t at)
{
	return grouped_node(at);
}

/*
 * Rosters that weigh much more than they take on disk.
 */

enum { HEAVY = 100 };

/* `count` rosters of a group, each of 256 entries with 16 people of whom
 * nothing is said. They list none of the nodes here. */
static struct id32 state_heavy(
    struct id32 *group, uint64_t epoch, size_t count, bool to_group)
{
	static struct id32 ids[LIMIT_GROUP_MEMBERS];
	static Qsg__RosterEntry entries[LIMIT_GROUP_MEMBERS];
	Qsg__RosterEntry *listed[LIMIT_GROUP_MEMBERS];
	Qsg__Representative nobody;
	Qsg__Representative *people[LIMIT_GROUP_PEOPLE];
	struct id32 record = { { 0 } };
	Qsg__Payload payload;
	Qsg__Roster roster;

	qsg__payload__init(&payload);
	qsg__roster__init(&roster);
	qsg__representative__init(&nobody);
	for (size_t i = 0; i < LIMIT_GROUP_PEOPLE; i++) {
		people[i] = &nobody;
	}
	for (size_t i = 0; i < LIMIT_GROUP_MEMBERS; i++) {
		ids[i] = (struct id32){ { (uint8_t)i, 1 } };
		qsg__roster_entry__init(&entries[i]);
		entries[i].organisation.data = ids[i].b;
		entries[i].organisation.len = sizeof ids[i].b;
		entries[i].name = canon_lend("A CCG");
		entries[i].code = canon_lend("99Z");
		entries[i].kind = canon_lend("ccg");
		entries[i].invitation = 1;
		entries[i].people = people;
		entries[i].n_people = LIMIT_GROUP_PEOPLE;
		listed[i] = &entries[i];
	}
	roster.group.data = group->b;
	roster.group.len = sizeof group->b;
	roster.entries = listed;
	roster.n_entries = LIMIT_GROUP_MEMBERS;
	payload.content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload.roster = &roster;
	for (size_t i = 0; i < count; i++) {
		roster.epoch = epoch + i;
		record = flooding_say(&payload, to_group);
		OK(node_commit(node(2)));
	}
	return record;
}

static const struct groups_author *author_at(
    size_t at, const struct id32 *group, size_t of)
{
	return groups_author_of(
	    groups_held_of(node(at), group), fixture_org(HOME, at, of));
}

/* What of node 2 counts and what is beyond, once somebody asks. */
static void assert_heavy(size_t at, const struct id32 *group, size_t count)
{
	const struct group_state *state = NULL;
	const struct groups_author *author = author_at(at, group, 2);

	OK(groups_by_id(node(at), group, &state));
	ck_assert_msg(
	    author->rosters.count == count && author->beyond == HEAVY - count,
	    "node %zu, group %u: %zu count, %zu beyond, not %zu", at,
	    group->b[0], author->rosters.count, author->beyond, count);
}

/* M413, M496 */
START_TEST(of_one_author_no_more_than_64_mib_count_of_all_groups_together)
{
	struct id32 groups[2] = { { { 7 } }, { { 9 } } };
	struct id32 first;
	struct id32 last;
	const struct groups_author *author = NULL;
	size_t room = 0;

	first = state_heavy(&groups[0], 1, HEAVY, true);
	last = state_heavy(&groups[1], 1, HEAVY, false);
	ck_assert_uint_lt(fixture_view(HOME, 2, &last)->bytes, 32768);
	author = author_at(2, &groups[1], 2);
	/* Three texts, an id, itself and its people each. */
	ck_assert_uint_gt(author->said[0].weight,
	    LIMIT_GROUP_MEMBERS * (LIMIT_GROUP_PEOPLE + 5) * CANON_PART_BYTES);
	room = LIMIT_GROUP_WEIGHT / author->said[0].weight - HEAVY;
	ck_assert_uint_gt(room, 10);
	ck_assert_uint_lt(room, HEAVY);
	flooding_take_first(&last, 16);
	assert_heavy(1, &groups[1], HEAVY);
	/* Some of them come once there is no more room. */
	flooding_take_first(&first, 8);
	flooding_take_rest();
	for (size_t at = 0; at < 3; at++) {
		assert_heavy(at, &groups[0], HEAVY);
		assert_heavy(at, &groups[1], room);
		ck_assert_uint_eq(flooding_passed_by(at, 2), HEAVY - room);
	}
	FAILS(groups_may_say(node(2), &groups[0], true), ERR_LIMIT);
	fixture_restart(HOME, 1, true);
	fixture_restart(HOME, 0, false);
	for (size_t at = 0; at < 2; at++) {
		assert_heavy(at, &groups[0], HEAVY);
		assert_heavy(at, &groups[1], room);
		ck_assert_uint_eq(flooding_passed_by(at, 2), HEAVY - room);
	}
}
END_TEST

/* Who asks for a group has it opened; the next change closes it. */
START_TEST(what_others_say_among_themselves_is_opened_when_somebody_asks)
{
	struct id32 group = { { 7 } };
	const struct group_state *state = NULL;
	const struct groups_author *author = NULL;
	size_t open = flooding_open(0);

	state_heavy(&group, 1, 3, true);
	flooding_take_rest();
	ck_assert_uint_eq(groups_count(node(0)), 2);
	ck_assert_uint_eq(flooding_open(0), open);
	author = author_at(0, &group, 2);
	OK(groups_by_id(node(0), &group, &state));
	ck_assert_uint_eq(author->rosters.count, 3);
	ck_assert_uint_eq(flooding_open(0), open + 3);
	state_heavy(&group, 4, 1, true);
	flooding_take_rest();
	ck_assert_uint_eq(flooding_open(0), open);
	fixture_restart(HOME, 0, true);
	ck_assert_uint_eq(flooding_open(0), open);
}
END_TEST

/* Of its rosters only the one in force is open with its people. */
static void assert_slim(size_t at)
{
	const struct group_state *group = grouped_at(at);
	const struct groups_author *author = author_at(at, &group->id, 0);
	size_t whole = 0;

	ck_assert_uint_gt(author->rosters.count, 1);
	for (size_t i = 0; i < author->rosters.count; i++) {
		const struct groups_fact *fact = &author->rosters.items[i];

		whole += !fact->slim;
		ck_assert(fact->slim || fact->payload->roster == group->stated);
	}
	ck_assert_uint_eq(whole, 1);
	ck_assert_uint_eq(
	    group_member(group, node_id(node(0)))->entry->n_people, 1);
}

START_TEST(people_are_open_of_the_roster_in_force_alone)
{
	struct groups_held *held = NULL;
	struct id32 id = grouped_at(1)->id;
	static const struct id32 none;

	assert_slim(1);
	OK(grouped_remove(0, 2, "the group's decision"));
	grouped_spread();
	assert_slim(1);
	/* One that was not in force comes to be it. */
	held = groups_held_of(node(1), &id);
	groups_facts_slim(node(1), held, &none);
	held->fresh = false;
	assert_slim(1);
}
END_TEST

static void accept(struct id32 *group, bool to_group)
{
	Qsg__Payload payload;
	Qsg__Membership membership;

	qsg__payload__init(&payload);
	qsg__membership__init(&membership);
	membership.group.data = group->b;
	membership.group.len = sizeof group->b;
	membership.act = canon_lend("accept");
	membership.invitation = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_MEMBERSHIP;
	payload.membership = &membership;
	flooding_say(&payload, to_group);
}

/* M414 */
START_TEST(acts_of_whom_no_roster_lists_work_nothing_out_again)
{
	struct id32 group = { { 7 } };
	const struct group_state *state = NULL;

	/* It states rosters, and is in none. */
	state_heavy(&group, 1, 1, true);
	accept(&group, true);
	OK(groups_by_id(node(2), &group, &state));
	ck_assert_uint_eq(author_at(2, &group, 2)->unlisted, 1);
	accept(&group, true);
	ck_assert(groups_held_of(node(2), &group)->fresh);
	ck_assert_uint_eq(author_at(2, &group, 2)->unlisted, 2);
	OK(node_commit(node(2)));
}
END_TEST

/* M413, M414 */
START_TEST(what_is_passed_over_for_two_reasons_is_told_once)
{
	enum { ACTS = 5 };
	struct id32 groups[2] = { { { 7 } }, { { 9 } } };
	const struct group_state *state = NULL;
	struct id32 last;
	size_t room = 0;

	state_heavy(&groups[0], 1, 1, true);
	state_heavy(&groups[1], 1, 1, false);
	room = LIMIT_GROUP_WEIGHT / author_at(2, &groups[1], 2)->said[0].weight;
	state_heavy(&groups[1], 2, room - 1, false);
	for (size_t i = 0; i < ACTS; i++) {
		accept(&groups[1], false);
	}
	last = state_heavy(&groups[1], room + 1, 1, false);
	flooding_take_first(&last, 16);
	OK(groups_by_id(node(1), &groups[1], &state));
	ck_assert_uint_eq(author_at(1, &groups[1], 2)->unlisted, ACTS);
	ck_assert_uint_eq(author_at(1, &groups[1], 2)->beyond, 1);
	ck_assert_uint_eq(flooding_passed_by(1, 2), ACTS + 1);
	/* An earlier roster takes the place of all the acts and of one more. */
	flooding_take_rest();
	ck_assert_uint_eq(author_at(1, &groups[1], 2)->beyond, ACTS + 2);
	ck_assert_uint_eq(flooding_passed_by(1, 2), ACTS + 2);
	OK(groups_by_id(node(1), &groups[1], &state));
	ck_assert_uint_eq(flooding_passed_by(1, 2), ACTS + 2);
	fixture_restart(HOME, 1, true);
	ck_assert_uint_eq(flooding_passed_by(1, 2), ACTS + 2);
}
END_TEST

Suite *test_groups_heavy_suite(void)
{
	Suite *suite = suite_create("groups_heavy");
	TCase *tests = tcase_create("groups_heavy");

	tcase_add_checked_fixture(tests, setup, grouped_close);
	tcase_set_timeout(tests, 300);
	tcase_add_test(tests,
	    of_one_author_no_more_than_64_mib_count_of_all_groups_together);
	tcase_add_test(tests,
	    what_others_say_among_themselves_is_opened_when_somebody_asks);
	tcase_add_test(tests, people_are_open_of_the_roster_in_force_alone);
	tcase_add_test(
	    tests, acts_of_whom_no_roster_lists_work_nothing_out_again);
	tcase_add_test(tests, what_is_passed_over_for_two_reasons_is_told_once);
	suite_add_tcase(suite, tests);
	return suite;
}
