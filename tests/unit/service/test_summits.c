#include "grouped.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/share.h"
#include "service/state.h"
#include "service/successor.h"
#include "service/summits.h"

#include <stdlib.h>
#include <string.h>

Suite *test_summits_suite(void);

#define HOME (&grouped_fixture)

/* 0, an area team, triggers; 1, a CCG, and 2, a Royal College, are told. */
static struct summits_look look;
static Qsg__Payload payload;
static Qsg__SummitTrigger trigger;
static Qsg__SummitResponse response;
static struct id32 said; /* the record sealed last */
static struct id32 summit;
static struct id32 told;

static void setup(void)
{
	grouped_open();
	memset(&look, 0, sizeof look);
	qsg__summit_trigger__init(&trigger);
	qsg__summit_response__init(&response);
	trigger.provider = canon_lend("RAL");
	trigger.concern = canon_lend("deaths at night are not looked into");
	trigger.urgency = canon_lend("24h");
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	OK(grouped_join(1));
	OK(grouped_join(2));
	grouped_spread();
}

static void teardown(void)
{
	summits_clear(&look);
	grouped_close();
}

/* To all members of the group, as it stands. */
static void say(size_t at)
{
	const char *to[] = { GROUPED_NAME };
	const struct share_request request = {
		.to = to, .to_count = 1, .yes = true
	};
	struct share_result result = { 0 };

	payload.role = canon_lend("administrator");
	OK(share_payload(grouped_node(at), &request, &payload, &result));
	OK(node_commit(grouped_node(at)));
	said = result.record;
	share_clear(&result);
}

static void begin(size_t at)
{
	const struct group_state *group = grouped_at(at);

	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	payload.summit_trigger = &trigger;
	told = group->id;
	trigger.group.data = told.b;
	trigger.group.len = sizeof told.b;
	trigger.roster_epoch = group->epoch;
	say(at);
	summit = said;
	grouped_spread();
}

static void respond(size_t at, const char *answer)
{
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE;
	payload.summit_response = &response;
	response.summit.data = summit.b;
	response.summit.len = sizeof summit.b;
	response.answer = canon_lend(answer);
	response.text = canon_lend("as our records stand");
	say(at);
}

static void miss(size_t at)
{
	Qsg__SummitMissed missed;

	qsg__payload__init(&payload);
	qsg__summit_missed__init(&missed);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_MISSED;
	payload.summit_missed = &missed;
	missed.summit = response.summit;
	missed.clock = canon_lend("judging");
	missed.of = response.summit;
	missed.due_ms = 1;
	missed.seen_ms = 1;
	say(at);
}

/* Its own to do. */
static void act(size_t at)
{
	struct id32 owner = *node_id(grouped_node(at));
	Qsg__Action action;

	qsg__payload__init(&payload);
	qsg__action__init(&action);
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION;
	payload.action = &action;
	action.summit.data = summit.b;
	action.summit.len = sizeof summit.b;
	action.owner.data = owner.b;
	action.owner.len = sizeof owner.b;
	action.what = canon_lend("look after the patients");
	say(at);
}

static void look_at(size_t at)
{
	summits_clear(&look);
	OK(summits_look(grouped_node(at), &summit, &look));
}

/* M661 */
START_TEST(a_trigger_counts_by_the_kind_that_the_roster_states)
{
	begin(0);
	for (size_t at = 0; at < 3; at++) {
		const struct summit_side *side = NULL;

		look_at(at);
		ck_assert_ptr_nonnull(look.state.trigger);
		ck_assert_uint_ne(look.rid, 0);
		ck_assert_int_eq(look.state.phase, SUMMIT_ALERT);
		side = summit_side(&look.state, node_id(grouped_node(1)));
		ck_assert_ptr_nonnull(side);
		ck_assert(side->circle && side->votes);
		/* A Royal College is no statutory organisation. */
		side = summit_side(&look.state, node_id(grouped_node(2)));
		ck_assert_ptr_nonnull(side);
		ck_assert(side->circle && !side->votes);
	}
}
END_TEST

static const struct summit_side *side_at(size_t at, size_t of)
{
	look_at(at);
	return summit_side(&look.state, node_id(grouped_node(of)));
}

/* M661 */
START_TEST(a_summit_goes_by_the_roster_that_its_trigger_names)
{
	const struct summit_side *side = NULL;
	size_t needed = 0;

	begin(0);
	look_at(1);
	needed = look.state.votes_needed;
	OK(grouped_remove(0, 2, "as the group decided"));
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	OK(grouped_join(3));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(1, 2), -1);
	ck_assert_int_eq(grouped_standing(1, 3), GROUP_JOINED);
	side = side_at(1, 2);
	ck_assert_ptr_nonnull(side);
	ck_assert(side->circle && !side->votes);
	ck_assert_ptr_null(side_at(1, 3));
	ck_assert_uint_eq(look.state.votes_needed, needed);
}
END_TEST

/* M661 */
START_TEST(who_leaves_the_group_stays_in_the_summit)
{
	begin(0);
	respond(1, "attending");
	grouped_spread();
	OK(grouped_leave(1));
	grouped_spread();
	ck_assert_int_eq(grouped_standing(2, 1), GROUP_LEFT);
	ck_assert_int_eq(side_at(2, 1)->answer, SUMMIT_ATTENDING);
	ck_assert(side_at(2, 1)->votes);
	/* And knows who triggered it, though it is in no group now. */
	ck_assert_ptr_nonnull(side_at(1, 0));
}
END_TEST

/* M661 */
START_TEST(who_was_in_a_group_still_knows_who_they_are)
{
	struct id32 called = *node_id(grouped_node(1));
	Qsg__Summoned summoned;
	Qsg__Summoned *all[] = { &summoned };

	qsg__summoned__init(&summoned);
	summoned.organisation.data = called.b;
	summoned.organisation.len = sizeof called.b;
	summoned.reason = canon_lend("named");
	trigger.summoned = all;
	trigger.n_summoned = 1;
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	payload.summit_trigger = &trigger;
	say(0);
	summit = said;
	grouped_spread();
	OK(grouped_leave(1));
	ck_assert_ptr_nonnull(side_at(1, 0));
	ck_assert_ptr_nonnull(look.state.trigger);
	ck_assert(side_at(1, 0)->votes);
}
END_TEST

/* M661 */
START_TEST(nobody_makes_itself_a_regulator_in_a_group_of_its_own)
{
	static const char own[] = "Own QSG";
	const struct group_state *group = NULL;

	OK(grouped_invite(3, "royal-college"));
	grouped_spread();
	OK(grouped_join(3));
	grouped_spread();
	grouped_found_by(3, own);
	OK(grouped_invite_to(3, own, 1, "ccg"));
	grouped_spread();
	OK(groups_find(grouped_node(1), own, &group));
	told = group->id;
	trigger.group.data = told.b;
	trigger.group.len = sizeof told.b;
	trigger.roster_epoch = group->epoch;
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	payload.summit_trigger = &trigger;
	say(3);
	summit = said;
	grouped_spread();
	look_at(1);
	ck_assert_ptr_null(look.state.trigger);
	ck_assert_uint_eq(look.state.refused_count, 1);
	ck_assert_int_eq(look.state.refused[0].why, REASON_SUMMIT_STATUTORY);
}
END_TEST

START_TEST(a_trigger_of_one_that_is_not_statutory_is_kept_and_does_not_count)
{
	begin(2);
	look_at(1);
	ck_assert_ptr_null(look.state.trigger);
	ck_assert_uint_eq(look.rid, 0);
	ck_assert_uint_eq(look.state.refused_count, 1);
	ck_assert_int_eq(look.state.refused[0].why, REASON_SUMMIT_STATUTORY);
}
END_TEST

START_TEST(all_that_hold_the_same_come_to_one_state)
{
	struct id32 first;

	begin(0);
	respond(1, "attending");
	respond(2, "nothing-held");
	grouped_spread();
	for (size_t at = 0; at < 3; at++) {
		struct id32 hash;

		look_at(at);
		ck_assert_int_eq(
		    summit_side(&look.state, node_id(grouped_node(1)))->answer,
		    SUMMIT_ATTENDING);
		ck_assert_int_eq(
		    summit_side(&look.state, node_id(grouped_node(2)))->answer,
		    SUMMIT_NOTHING_HELD);
		ck_assert_int_eq(
		    summit_side(&look.state, node_id(grouped_node(0)))->answer,
		    SUMMIT_NO_ANSWER);
		OK(summit_hash(&look.state, &hash));
		if (at == 0) {
			first = hash;
		}
		ck_assert(id_equal(&hash, &first));
	}
}
END_TEST

static bool owes_urgently(size_t at)
{
	struct node *node = grouped_node(at);

	return state_stream(node, fixture_view(HOME, at, &summit)->stream)
	    ->receipt_urgent;
}

/* M668 */
START_TEST(a_summit_is_the_same_after_a_start)
{
	struct id32 before;
	struct id32 after;

	begin(0);
	respond(1, "attending");
	grouped_spread();
	look_at(1);
	OK(summit_hash(&look.state, &before));
	ck_assert(owes_urgently(1));
	for (int crash = 0; crash < 2; crash++) {
		fixture_restart(HOME, 1, crash);
		look_at(1);
		ck_assert_uint_eq(look.count, 2);
		OK(summit_hash(&look.state, &after));
		ck_assert(id_equal(&before, &after));
		ck_assert(owes_urgently(1));
	}
}
END_TEST

static enum err count_one(void *context, const struct summits_look *one)
{
	*(size_t *)context += one->rid != 0;
	return ERR_OK;
}

START_TEST(summits_are_listed_and_found_by_their_trigger)
{
	struct id32 found;
	size_t count = 0;

	begin(0);
	begin(1);
	respond(1, "attending");
	grouped_spread();
	OK(summits_list(grouped_node(2), count_one, &count));
	ck_assert_uint_eq(count, 2);
	OK(summits_find(grouped_node(2), text_hex_id(&summit).text, &found));
	ck_assert(id_equal(&found, &summit));
	FAILS(summits_find(grouped_node(2), text_hex_id(&said).text, &found),
	    ERR_INPUT);
	FAILS(summits_look(grouped_node(2), &said, &look), ERR_NOTFOUND);
}
END_TEST

/* M660 */
START_TEST(who_says_very_much_of_a_summit_is_passed_over)
{
	begin(0);
	for (size_t i = 2; i < LIMIT_SUMMIT_RECORDS; i++) {
		respond(1, "attending");
	}
	/* The last but one, the last, and one too many. */
	respond(1, "attending");
	respond(1, "sending-information");
	look_at(1);
	ck_assert_uint_eq(look.left_out, 0);
	respond(1, "nothing-held");
	look_at(1);
	ck_assert_uint_eq(look.left_out, 1);
	ck_assert_uint_eq(look.count, LIMIT_SUMMIT_RECORDS + 1);
	ck_assert_int_eq(side_at(1, 1)->answer, SUMMIT_SENDING);
	/* What others say is not the fewer. */
	respond(2, "attending");
	grouped_spread();
	ck_assert_int_eq(side_at(1, 2)->answer, SUMMIT_ATTENDING);
	ck_assert_int_eq(side_at(2, 1)->answer, SUMMIT_SENDING);
	ck_assert_uint_eq(look.left_out, 1);
	/* What its node records by itself stands beside what people say. */
	miss(1);
	look_at(1);
	ck_assert_uint_eq(look.left_out, 1);
	ck_assert_uint_eq(look.state.missed_count, 1);
}
END_TEST

/* M660 */
START_TEST(who_sets_very_many_actions_is_passed_over)
{
	begin(0);
	for (size_t i = 0; i < LIMIT_SUMMIT_ACTIONS; i++) {
		act(1);
	}
	look_at(1);
	ck_assert_uint_eq(look.left_out, 0);
	act(1);
	look_at(1);
	ck_assert_uint_eq(look.left_out, 1);
	ck_assert_uint_eq(look.state.action_count, LIMIT_SUMMIT_ACTIONS);
	/* Others still may, and it may still speak. */
	respond(1, "attending");
	grouped_spread();
	act(2);
	look_at(2);
	ck_assert_uint_eq(look.left_out, 1);
	ck_assert_uint_eq(look.state.action_count, LIMIT_SUMMIT_ACTIONS + 1);
	ck_assert_int_eq(side_at(2, 1)->answer, SUMMIT_ATTENDING);
}
END_TEST

/* 1 responds in a home that it then puts back from a copy: its statement does
 * not list what the other home logged. */
static Qsg__Records *respond_and_forget(void)
{
	const struct view_record *view = NULL;
	Qsg__Records *message = NULL;

	fixture_copy_file(HOME, 1, "mark", "old.mark");
	node_close(grouped_node(1));
	fixture_copy_file(HOME, 1, "records.db", "old.db");
	OK(fixture_reopen(HOME, 1));
	respond(1, "attending");
	view = fixture_view(HOME, 1, &said);
	message =
	    fixture_message(HOME, 1, 0, &said, view->number, view->number);
	node_close(grouped_node(1));
	fixture_copy_file(HOME, 1, "old.db", "records.db");
	fixture_copy_file(HOME, 1, "old.mark", "mark");
	fixture_remove_file(HOME, 1, "snapshot");
	OK(fixture_reopen(HOME, 1));
	return message;
}

/* M660 */
START_TEST(what_its_author_disowns_does_not_count)
{
	Qsg__Records *message = NULL;
	struct successor_planned planned;
	struct replica_taken taken;

	begin(0);
	message = respond_and_forget();
	OK(fixture_take(HOME, 0, 1, message, &taken));
	OK(node_commit(grouped_node(0)));
	canon_free(&message->base);
	ck_assert_int_eq(side_at(0, 1)->answer, SUMMIT_ATTENDING);
	OK(successor_rotate(grouped_node(1), true, &planned));
	OK(node_commit(grouped_node(1)));
	OK(fixture_hand_card(HOME, 0, 1, 1));
	ck_assert_int_eq(side_at(0, 1)->answer, SUMMIT_NO_ANSWER);
	ck_assert_uint_eq(look.count, 1);
}
END_TEST

/* M675 */
START_TEST(who_is_no_member_any_more_is_told_nothing_further)
{
	struct id32 called = *node_id(grouped_node(1));
	Qsg__Summoned summoned;
	Qsg__Summoned *all[] = { &summoned };
	struct id32 *ids = NULL;
	size_t count = 0;

	begin(0);
	look_at(0);
	OK(summits_circle(grouped_node(0), &look, &ids, &count));
	ck_assert_uint_eq(count, 2);
	free(ids);
	OK(grouped_remove(0, 2, "as the group decided"));
	OK(grouped_leave(1));
	grouped_spread();
	look_at(0);
	OK(summits_circle(grouped_node(0), &look, &ids, &count));
	ck_assert_uint_eq(count, 0);
	free(ids);
	ck_assert(side_at(0, 2)->circle && side_at(0, 1)->votes);
	/* One that is summoned is told whatever its group. */
	OK(grouped_invite(3, "nhs-england-area-team"));
	grouped_spread();
	OK(grouped_join(3));
	grouped_spread();
	qsg__summoned__init(&summoned);
	summoned.organisation.data = called.b;
	summoned.organisation.len = sizeof called.b;
	summoned.reason = canon_lend("named");
	trigger.summoned = all;
	trigger.n_summoned = 1;
	begin(0);
	look_at(0);
	OK(summits_circle(grouped_node(0), &look, &ids, &count));
	ck_assert_uint_eq(count, 2);
	free(ids);
}
END_TEST

/*
 * Requests.
 */

static struct summits_asking asked[4];
static size_t asked_count;

static enum err take_asking(void *context, const struct summits_asking *one)
{
	(void)context;
	ck_assert_uint_lt(asked_count, 4);
	ck_assert_str_eq(one->said->provider, "RAL");
	asked[asked_count++] = *one;
	return ERR_OK;
}

static void ask(size_t at)
{
	Qsg__SummitRequest request;

	qsg__summit_request__init(&request);
	request.provider = canon_lend("RAL");
	request.concern = canon_lend("we may not trigger");
	request.urgency = canon_lend("24h");
	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST;
	payload.summit_request = &request;
	say(at);
}

static void list_requests(size_t at)
{
	asked_count = 0;
	OK(summits_requests(grouped_node(at), take_asking, NULL));
}

START_TEST(a_request_is_listed_with_what_became_of_it)
{
	struct id32 request;

	ask(2);
	request = said;
	ask(2);
	grouped_spread();
	list_requests(0);
	ck_assert_uint_eq(asked_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(asked[i].why, REASON_NONE);
		ck_assert(id_is_zero(&asked[i].summit));
		ck_assert(id_equal(
		    &asked[i].author.organisation, node_id(grouped_node(2))));
		ck_assert(asked[i].author.kind && !asked[i].author.statutory);
	}
	trigger.asked.data = request.b;
	trigger.asked.len = sizeof request.b;
	/* One that does not count answers nothing. */
	begin(2);
	list_requests(1);
	ck_assert(id_is_zero(&asked[0].summit));
	begin(0);
	for (int start = 0; start < 2; start++) {
		list_requests(1);
		ck_assert_uint_eq(asked_count, 2);
		ck_assert(id_equal(&asked[0].summit, &summit));
		ck_assert(id_is_zero(&asked[1].summit));
		look_at(1);
		ck_assert_ptr_nonnull(look.state.asked);
		fixture_restart(HOME, 1, start);
	}
}
END_TEST

Suite *test_summits_suite(void)
{
	Suite *suite = suite_create("summits");
	TCase *tests = tcase_create("summits");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(
	    tests, a_trigger_counts_by_the_kind_that_the_roster_states);
	tcase_add_test(
	    tests, a_summit_goes_by_the_roster_that_its_trigger_names);
	tcase_add_test(tests, who_leaves_the_group_stays_in_the_summit);
	tcase_add_test(tests, who_was_in_a_group_still_knows_who_they_are);
	tcase_add_test(
	    tests, nobody_makes_itself_a_regulator_in_a_group_of_its_own);
	tcase_add_test(tests,
	    a_trigger_of_one_that_is_not_statutory_is_kept_and_does_not_count);
	tcase_add_test(tests, all_that_hold_the_same_come_to_one_state);
	tcase_add_test(tests, a_summit_is_the_same_after_a_start);
	tcase_add_test(tests, summits_are_listed_and_found_by_their_trigger);
	tcase_add_test(tests, who_says_very_much_of_a_summit_is_passed_over);
	tcase_add_test(tests, who_sets_very_many_actions_is_passed_over);
	tcase_add_test(tests, what_its_author_disowns_does_not_count);
	tcase_add_test(
	    tests, who_is_no_member_any_more_is_told_nothing_further);
	tcase_add_test(tests, a_request_is_listed_with_what_became_of_it);
	suite_add_tcase(suite, tests);
	return suite;
}
