#include "grouped.h"

#include "codec/canon.h"
#include "service/groups_state.h"

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

/* Facts that a node holds open, of all groups. */
static size_t open_at(size_t at)
{
	const struct groups *groups = node(at)->groups;
	size_t open = 0;

	for (size_t i = 0; i < groups->all_count; i++) {
		const struct groups_held *held = groups->all[i];

		for (size_t j = 0; j < held->author_count; j++) {
			open += held->authors[j].rosters.count +
			        held->authors[j].acts.count;
		}
	}
	return open;
}

static struct groups_passed passed_at(size_t at, size_t of)
{
	struct groups_passed passed;

	OK(groups_passed(
	    node(at), &grouped_at(at)->id, node_id(node(of)), &passed));
	return passed;
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

/* The running number, which is what counting all of it gives. */
static uint64_t passed_by(size_t at, size_t of)
{
	int64_t org = fixture_org(HOME, at, of);
	const struct groups *groups = node(at)->groups;
	uint64_t counted = 0;

	for (size_t i = 0; i < groups->all_count; i++) {
		const struct groups_author *author =
		    groups_author_of(groups->all[i], org);

		if (author && groups->all[i]->known) {
			counted +=
			    author->beyond + author->unlisted + author->unheard;
		} else if (author) {
			counted += author->count;
		}
	}
	ck_assert_uint_eq(groups_passed_by(node(at), org), counted);
	return counted;
}

/* M414 */
START_TEST(floods_about_groups_of_which_no_roster_is_held_open_nothing)
{
	struct id32 before = hash_at(0);
	struct id32 after;
	size_t open = open_at(0);
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
	ck_assert_uint_eq(open_at(0), open);
	ck_assert_uint_eq(passed_by(0, 3), FLOOD);
}
END_TEST

/* M414 */
START_TEST(floods_by_whom_no_roster_lists_are_counted_and_not_opened)
{
	size_t open = open_at(0);
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
	ck_assert_uint_eq(open_at(0), open);
	ck_assert_uint_eq(grouped_at(0)->refused_count, refused + 1);
	ck_assert_uint_eq(grouped_at(0)->member_count, 3);
	passed = passed_at(0, 3);
	ck_assert_uint_eq(passed.unlisted + passed.beyond, FLOOD);
	ck_assert_uint_eq(passed_by(0, 3), FLOOD);
	/* Found out from the beginning it is the same. */
	groups_doubt(node(0));
	later = hash_at(0);
	ck_assert(id_equal(&hash, &later));
}
END_TEST

/*
 * Records of node 2 that others take.
 */

static const int64_t *others_of_2(void)
{
	static int64_t orgs[2];

	orgs[0] = fixture_org(HOME, 2, 0);
	orgs[1] = fixture_org(HOME, 2, 1);
	return orgs;
}

/* To the stream of the group, or to one of readers named one by one. */
static struct id32 say(Qsg__Payload *payload, bool to_group)
{
	const struct group_state *group = grouped_at(2);
	struct submit_group from = { .id = group->id, .epoch = group->epoch };
	struct id32 record;

	payload->role = canon_lend("administrator");
	if (to_group) {
		OK(submit_to_group(
		    node(2), &from, others_of_2(), 2, payload, &record));
	} else {
		OK(submit_payload(node(2), others_of_2(), 2, payload, &record));
	}
	return record;
}

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
		record = say(&payload, to_group);
		if (i % BATCH == 0) {
			OK(node_commit(node(2)));
		}
	}
	OK(node_commit(node(2)));
	return record;
}

/* Node 1 takes the whole stream of a record before anything else. */
static void take_first(const struct id32 *last)
{
	uint64_t count = fixture_view(HOME, 2, last)->number;

	for (uint64_t first = 1; first <= count; first += BATCH) {
		uint64_t to =
		    first + BATCH - 1 < count ? first + BATCH - 1 : count;
		struct replica_taken taken;
		Qsg__Records *message =
		    fixture_message(HOME, 2, 1, last, first, to);

		OK(fixture_take(HOME, 1, 2, message, &taken));
		OK(node_commit(node(1)));
		canon_free(&message->base);
	}
}

static void take_rest(void)
{
	struct replica_taken taken;

	for (size_t i = 0; i < 20; i++) {
		OK(fixture_pull(HOME, 0, 2, &taken));
		OK(fixture_pull(HOME, 1, 2, &taken));
	}
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
	size_t before[2] = { open_at(0), open_at(1) };
	struct id32 last;

	answer_much(LIMIT_GROUP_RECORDS - 50, true);
	last = answer_much(100, false);
	take_first(&last);
	/* There is room for all of them as yet. */
	ck_assert_uint_eq(passed_at(1, 2).beyond, 0);
	take_rest();
	ck_assert_uint_eq(told(0, REASON_PASSED_OVER), 1);
	ck_assert_uint_eq(passed_at(0, 2).beyond, 51); /* it once accepted */
	ck_assert_uint_eq(passed_at(1, 2).beyond, 51);
	ck_assert_uint_eq(passed_at(2, 2).beyond, 51);
	ck_assert_uint_eq(open_at(0), before[0] + LIMIT_GROUP_RECORDS - 1);
	ck_assert_uint_eq(open_at(1), before[1] + LIMIT_GROUP_RECORDS - 1);
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
	ck_assert_uint_eq(passed_at(0, 2).beyond, 51);
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
		record = say(&payload, to_group);
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
	take_first(&last);
	ck_assert_uint_eq(groups_count(node(1)), 41);
	(void)passed_by(1, 2);
	take_rest();
	ck_assert_uint_eq(groups_count(node(0)), known);
	ck_assert(same_groups(0, 1));
	ck_assert(same_groups(0, 2));
	agree_0_and_1();
	ck_assert_uint_eq(passed_by(0, 2), 30);
	ck_assert_uint_eq(passed_by(1, 2), 30);
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

/* M413 */
START_TEST(of_one_author_and_group_no_more_than_64_mib_count)
{
	enum { RULES = 60, RULE = 4096 };
	static char text[RULE + 1];
	char *rules[RULES];
	struct id32 group = { { 7 } };
	struct id32 record;
	Qsg__Payload payload;
	Qsg__Roster roster;
	Qsg__Charter charter;
	size_t count = LIMIT_GROUP_BYTES / (RULES * RULE);
	const struct groups_author *author = NULL;

	qsg__payload__init(&payload);
	qsg__roster__init(&roster);
	qsg__charter__init(&charter);
	memset(text, 'x', RULE);
	for (size_t i = 0; i < RULES; i++) {
		rules[i] = text;
	}
	charter.ground_rules = rules;
	charter.n_ground_rules = RULES;
	roster.charter = &charter;
	roster.group.data = group.b;
	roster.group.len = sizeof group.b;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload.roster = &roster;
	for (size_t i = 0; i < count + 4; i++) {
		roster.epoch = i;
		OK(submit_payload(node(2), NULL, 0, &payload, &record));
		OK(node_commit(node(2)));
	}
	author = groups_author_of(groups_held_of(node(2), &group), 1);
	ck_assert_uint_lt(author->rosters.count, count + 1);
	ck_assert_uint_gt(author->rosters.count, count - 10);
	ck_assert_uint_eq(author->rosters.count + author->beyond, count + 4);
	FAILS(groups_may_say(node(2), &group, true), ERR_LIMIT);
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
	tcase_set_timeout(tests, 60);
	tcase_add_test(
	    tests, floods_about_groups_of_which_no_roster_is_held_open_nothing);
	tcase_add_test(
	    tests, floods_by_whom_no_roster_lists_are_counted_and_not_opened);
	tcase_add_test(tests,
	    of_one_author_the_first_records_count_in_whatever_order_they_came);
	tcase_add_test(tests,
	    of_one_author_the_first_groups_count_in_whatever_order_they_came);
	tcase_add_test(
	    tests, of_one_author_and_group_no_more_than_64_mib_count);
	tcase_add_test(
	    tests, an_author_is_told_when_no_more_of_its_groups_would_count);
	suite_add_tcase(suite, tests);
	return suite;
}
