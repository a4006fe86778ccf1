#include "flooding.h"

#include "codec/canon.h"
#include "service/successor.h"

#include <stdlib.h>
#include <string.h>

Suite *test_groups_flood_suite(void);

/* 0 convenes, 1 and 2 are in it; 3 is known to 0 alone. */
#define HOME (&grouped_fixture)
#define FLOOD 100000u
#define BATCH 512u

static void setup(void)
{
	grouped_open();
	grouped_all_join(3);
}

static struct node *node(size_t at)
{
	return grouped_node(at);
}

static struct id32 hash_at(size_t at)
{
	struct id32 hash;

	OK(group_hash(grouped_at(at), &hash));
	return hash;
}

static size_t told(size_t at, enum reason why)
{
	const struct group_state *group = grouped_at(at);
	size_t count = 0;

	for (size_t i = 0; i < group->refused_count; i++) {
		count += group->refused[i].why == why;
	}
	return count;
}

/*
 * Records that node 0 has in its views alone.
 */

struct flood {
	struct id32 group;
	struct view_record view;
	Qsg__Payload payload;
	Qsg__Membership membership;
};

static void flood_from(struct flood *flood, size_t author)
{
	struct replica_taken taken;
	struct id32 record;
	const struct view_record *view = NULL;

	memset(flood, 0, sizeof *flood);
	fixture_meet(HOME, 0, author);
	OK(fixture_share(HOME, author, 1u, "a beginning", &record));
	OK(node_commit(node(author)));
	OK(fixture_pull(HOME, 0, author, &taken));
	view = fixture_view(HOME, 0, &record);
	flood->view = *view;
	flood->view.type = VIEW_MEMBERSHIP;
	qsg__payload__init(&flood->payload);
	qsg__membership__init(&flood->membership);
	flood->membership.act = canon_lend("accept");
	flood->membership.invitation = 1;
	flood->membership.group.data = flood->group.b;
	flood->membership.group.len = sizeof flood->group.b;
	flood->payload.content_case = QSG__PAYLOAD__CONTENT_MEMBERSHIP;
	flood->payload.membership = &flood->membership;
}

static void flood_once(struct flood *flood)
{
	flood->view.number++;
	flood->view.leaf++;
	rng_fill(&HOME->rng, flood->view.id.b, sizeof flood->view.id.b);
	OK(views_add(node(0)->views, &flood->view));
	OK(groups_index(
	    node(0), (uint32_t)views_count(node(0)->views), &flood->payload));
}

/* M414 */
START_TEST(floods_about_groups_of_which_no_roster_is_held_open_nothing)
{
	struct id32 before = hash_at(0);
	struct id32 after;
	size_t open = flooding_open(0);
	struct flood flood;

	flood_from(&flood, 3);
	for (size_t i = 0; i < FLOOD; i++) {
		rng_fill(&HOME->rng, flood.group.b, sizeof flood.group.b);
		flood_once(&flood);
	}
	ck_assert_uint_eq(groups_count(node(0)), 1);
	OK(groups_load(node(0)));
	after = hash_at(0);
	ck_assert(id_equal(&before, &after));
	ck_assert_uint_eq(flooding_open(0), open);
	ck_assert_uint_eq(flooding_passed_by(0, 3), FLOOD);
}
END_TEST

/* M414 */
START_TEST(floods_by_whom_no_roster_lists_are_counted_and_not_opened)
{
	size_t open = flooding_open(0);
	size_t refused = grouped_at(0)->refused_count;
	struct flood flood;
	struct id32 hash;
	struct id32 later;
	struct groups_passed passed;

	flood_from(&flood, 3);
	flood.group = grouped_at(0)->id;
	flood_once(&flood);
	hash = hash_at(0);
	ck_assert_uint_eq(told(0, REASON_UNLISTED), 1);
	for (size_t i = 1; i < FLOOD; i++) {
		flood_once(&flood);
		/* Nothing is worked out again. */
		ck_assert(groups_held_of(node(0), &flood.group)->fresh);
	}
	later = hash_at(0);
	ck_assert(id_equal(&hash, &later));
	ck_assert_uint_eq(flooding_open(0), open);
	ck_assert_uint_eq(grouped_at(0)->refused_count, refused + 1);
	ck_assert_uint_eq(grouped_at(0)->member_count, 3);
	passed = flooding_passed(0, 3);
	ck_assert_uint_eq(passed.unlisted + passed.beyond, FLOOD);
	ck_assert_uint_eq(flooding_passed_by(0, 3), FLOOD);
	/* Found out from the beginning it is the same. */
	groups_doubt(node(0));
	later = hash_at(0);
	ck_assert(id_equal(&hash, &later));
}
END_TEST

/*
 * Records of node 2 that others take.
 */

/* `count` answers to invitations that nobody made. */
static struct id32 answer_much(size_t count, bool to_group)
{
	struct id32 group = grouped_at(2)->id;
	struct id32 record = { { 0 } };
	Qsg__Payload payload;
	Qsg__Membership membership;

	qsg__payload__init(&payload);
	qsg__membership__init(&membership);
	membership.group.data = group.b;
	membership.group.len = sizeof group.b;
	membership.act = canon_lend("accept");
	payload.content_case = QSG__PAYLOAD__CONTENT_MEMBERSHIP;
	payload.membership = &membership;
	for (size_t i = 1; i <= count; i++) {
		membership.invitation = 1000000 + i;
		record = flooding_say(&payload, to_group);
		if (i % BATCH == 0) {
			OK(node_commit(node(2)));
		}
	}
	OK(node_commit(node(2)));
	return record;
}

static void agree_0_and_1(void)
{
	struct id32 one = hash_at(0);
	struct id32 other = hash_at(1);

	ck_assert(id_equal(&one, &other));
}

/* M413 */
START_TEST(of_one_author_the_first_records_count_in_whatever_order_they_came)
{
	size_t members = grouped_at(0)->member_count;
	size_t before[2] = { flooding_open(0), flooding_open(1) };
	struct id32 last;

	answer_much(LIMIT_GROUP_RECORDS - 50, true);
	last = answer_much(100, false);
	flooding_take_first(&last, BATCH);
	/* There is room for all of them as yet. */
	ck_assert_uint_eq(flooding_passed(1, 2).beyond, 0);
	flooding_take_rest();
	ck_assert_uint_eq(told(0, REASON_PASSED_OVER), 1);
	ck_assert_uint_eq(
	    flooding_passed(0, 2).beyond, 51); /* it once accepted */
	ck_assert_uint_eq(flooding_passed(1, 2).beyond, 51);
	ck_assert_uint_eq(flooding_passed(2, 2).beyond, 51);
	ck_assert_uint_eq(flooding_passed_by(0, 2), 51);
	ck_assert_uint_eq(flooding_passed_by(1, 2), 51);
	ck_assert_uint_eq(
	    flooding_open(0), before[0] + LIMIT_GROUP_RECORDS - 1);
	ck_assert_uint_eq(
	    flooding_open(1), before[1] + LIMIT_GROUP_RECORDS - 1);
	agree_0_and_1();
	/* What it floods is its own. */
	ck_assert_uint_eq(grouped_at(0)->member_count, members);
	ck_assert_int_eq(grouped_standing(0, 2), GROUP_JOINED);
	OK(grouped_leave(1));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_LEFT);
	FAILS(grouped_leave(2), ERR_LIMIT);
	fixture_restart(HOME, 0, true);
	fixture_restart(HOME, 1, false);
	ck_assert_uint_eq(flooding_passed_by(0, 2), 51);
	ck_assert_uint_eq(flooding_passed(0, 2).beyond, 51);
	ck_assert_int_eq(grouped_standing(0, 1), GROUP_LEFT);
	fixture_assert_verifies(HOME, 0);
}
END_TEST

/* Rosters of groups that come to nothing. */
static struct id32 state_many(size_t count, bool to_group)
{
	struct id32 record = { { 0 } };
	struct id32 group;
	Qsg__Payload payload;
	Qsg__Roster roster;

	qsg__payload__init(&payload);
	qsg__roster__init(&roster);
	roster.group.data = group.b;
	roster.group.len = sizeof group.b;
	payload.content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload.roster = &roster;
	for (size_t i = 0; i < count; i++) {
		rng_fill(&HOME->rng, group.b, sizeof group.b);
		record = flooding_say(&payload, to_group);
	}
	OK(node_commit(node(2)));
	return record;
}

static bool same_groups(size_t one, size_t other)
{
	bool same = groups_count(node(one)) == groups_count(node(other));

	for (size_t i = 0; same && i < groups_count(node(one)); i++) {
		const struct group_state *a = NULL;
		const struct group_state *b = NULL;

		OK(groups_at(node(one), i, &a));
		OK(groups_at(node(other), i, &b));
		same = id_equal(&a->id, &b->id);
	}
	return same;
}

/* M410 */
START_TEST(of_one_author_the_first_groups_count_in_whatever_order_they_came)
{
	const size_t known = LIMIT_GROUPS_PER_AUTHOR + 1;
	struct roster_draft_line chair = { .role = "director" };
	struct convening_result result;
	Qsg__Charter charter;
	struct id32 last;

	state_many(LIMIT_GROUPS_PER_AUTHOR - 20, true);
	last = state_many(40, false);
	state_many(10, true);
	flooding_take_first(&last, BATCH);
	ck_assert_uint_eq(groups_count(node(1)), 41);
	(void)flooding_passed_by(1, 2);
	flooding_take_rest();
	ck_assert_uint_eq(groups_count(node(0)), known);
	ck_assert(same_groups(0, 1));
	ck_assert(same_groups(0, 2));
	agree_0_and_1();
	ck_assert_uint_eq(flooding_passed_by(0, 2), 30);
	ck_assert_uint_eq(flooding_passed_by(1, 2), 30);
	fixture_restart(HOME, 1, true);
	ck_assert(same_groups(0, 1));
	fixture_assert_verifies(HOME, 1);
	/* Others found as they did. */
	grouped_charter(&charter, "North London QSG");
	OK(convening_create(node(0), &charter, &chair, &result));
	OK(node_commit(node(0)));
	ck_assert_uint_eq(groups_count(node(0)), known + 1);
}
END_TEST

enum { MESSAGES = LIMIT_GROUP_RECORDS / BATCH + 1 }; /* some re-key */

/* 2 says as much as counts in a home that it then puts back from a copy: its
 * statement does not list what the other home logged. */
static void flood_that_never_was(Qsg__Records *messages[MESSAGES])
{
	struct id32 last;
	uint64_t first = 0;
	uint64_t count = 0;

	fixture_copy_file(HOME, 2, "mark", "old.mark");
	node_close(node(2));
	fixture_copy_file(HOME, 2, "records.db", "old.db");
	OK(fixture_reopen(HOME, 2));
	last = answer_much(1, true);
	first = fixture_view(HOME, 2, &last)->number;
	last = answer_much(LIMIT_GROUP_RECORDS - 1, true);
	count = fixture_view(HOME, 2, &last)->number;
	for (size_t i = 0; i < MESSAGES; i++, first += BATCH) {
		uint64_t to =
		    first + BATCH - 1 < count ? first + BATCH - 1 : count;

		messages[i] = first > count ? NULL
		                            : fixture_message(
						  HOME, 2, 0, &last, first, to);
	}
	node_close(node(2));
	fixture_copy_file(HOME, 2, "old.db", "records.db");
	fixture_copy_file(HOME, 2, "old.mark", "mark");
	fixture_remove_file(HOME, 2, "snapshot");
	OK(fixture_reopen(HOME, 2));
}

/* M413 */
START_TEST(what_its_author_disowns_takes_no_room)
{
	Qsg__Records *messages[MESSAGES];
	struct successor_planned planned;
	struct replica_taken taken;

	flood_that_never_was(messages);
	for (size_t i = 0; i < MESSAGES; i++) {
		if (messages[i]) {
			OK(fixture_take(HOME, 0, 2, messages[i], &taken));
			OK(node_commit(node(0)));
			canon_free(&messages[i]->base);
		}
	}
	ck_assert_uint_eq(
	    flooding_passed(0, 2).beyond, 1); /* it once accepted */
	OK(successor_rotate(node(2), true, &planned));
	OK(node_commit(node(2)));
	OK(fixture_hand_card(HOME, 0, 2, 2));
	OK(node_commit(node(0)));
	ck_assert_uint_eq(flooding_passed(0, 2).beyond, 0);
	OK(grouped_leave(2));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(0, 2), GROUP_LEFT);
	fixture_restart(HOME, 0, true);
	ck_assert_int_eq(grouped_standing(0, 2), GROUP_LEFT);
}
END_TEST

/* M410 */
START_TEST(an_author_is_told_when_no_more_of_its_groups_would_count)
{
	struct roster_draft_line chair = { .role = "director" };
	struct convening_result result;
	Qsg__Charter charter;
	struct id32 group;
	struct id32 record;
	Qsg__Payload payload;
	Qsg__Roster roster;

	qsg__payload__init(&payload);
	qsg__roster__init(&roster);
	roster.group.data = group.b;
	roster.group.len = sizeof group.b;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload.roster = &roster;
	for (size_t i = 1; i < LIMIT_GROUPS_PER_AUTHOR; i++) {
		rng_fill(&HOME->rng, group.b, sizeof group.b);
		OK(submit_payload(node(0), NULL, 0, &payload, &record));
	}
	OK(node_commit(node(0)));
	grouped_charter(&charter, "North London QSG");
	FAILS(convening_create(node(0), &charter, &chair, &result), ERR_LIMIT);
	ck_assert_ptr_nonnull(strstr(err_text(), "64 groups"));
	ck_assert(!node_staged(node(0)));
	/* The one it has goes on. */
	OK(grouped_remove(0, 2, "the group's decision"));
}
END_TEST

Suite *test_groups_flood_suite(void)
{
	Suite *suite = suite_create("groups_flood");
	TCase *tests = tcase_create("groups_flood");

	tcase_add_checked_fixture(tests, setup, grouped_close);
	tcase_set_timeout(tests, 300);
	tcase_add_test(
	    tests, floods_about_groups_of_which_no_roster_is_held_open_nothing);
	tcase_add_test(
	    tests, floods_by_whom_no_roster_lists_are_counted_and_not_opened);
	tcase_add_test(tests,
	    of_one_author_the_first_records_count_in_whatever_order_they_came);
	tcase_add_test(tests,
	    of_one_author_the_first_groups_count_in_whatever_order_they_came);
	tcase_add_test(tests, what_its_author_disowns_takes_no_room);
	tcase_add_test(
	    tests, an_author_is_told_when_no_more_of_its_groups_would_count);
	suite_add_tcase(suite, tests);
	return suite;
}
