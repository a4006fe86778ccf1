#include "fixture.h"

#include "base/limits.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/actions_plan.h"
#include "service/enrolment.h"
#include "service/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_actions_suite(void);

/* Four organisations: 0 sets, 1 owns, 2 reads, 3 is told nothing. */
static struct fixture fixture;
static struct actions_request asked;
static struct saying_result result;
static struct actions_look look;
static Qsg__Payload payload;
static Qsg__Action action;
static Qsg__ActionStep step;
static const char *to[4];
static struct hex32 about;

#define PATIENT "NHS number 943 476 5919"

static void setup(void)
{
	fixture_open(&fixture, 4);
	memset(&result, 0, sizeof result);
	memset(&look, 0, sizeof look);
	qsg__payload__init(&payload);
	qsg__action__init(&action);
	qsg__action_step__init(&step);
	action.what = canon_lend("review the rota at night");
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION;
	payload.action = &action;
	asked = (struct actions_request){ .content = &payload,
		.owner = "01X",
		.action = about.text,
		.share = { .to = to, .to_count = 1, .yes = true } };
	to[0] = "02X";
}

static void teardown(void)
{
	actions_clear(&look);
	saying_clear(&result);
	fixture_close(&fixture);
}

static void spread(void)
{
	struct replica_taken taken;

	for (size_t i = 0; i < FIXTURE_NODES; i++) {
		for (size_t j = 0; j < FIXTURE_NODES; j++) {
			if (i != j) {
				OK(fixture_pull(&fixture, i, j, &taken));
			}
		}
	}
}

static enum err set_action(size_t at)
{
	enum err err = ERR_OK;

	saying_clear(&result);
	err = actions_add(fixture.nodes[at], &asked, &result);
	if (!err) {
		OK(node_commit(fixture.nodes[at]));
		about = text_hex_id(&result.share.record);
	}
	return err;
}

static enum err take(size_t at, const char *act, const char *whom)
{
	enum err err = ERR_OK;

	saying_clear(&result);
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTION_STEP;
	payload.action_step = &step;
	step.act = canon_lend(act);
	step.text = canon_lend("as we said");
	asked.whom = whom;
	err = actions_step(fixture.nodes[at], &asked, &result);
	if (!err) {
		OK(node_commit(fixture.nodes[at]));
	}
	return err;
}

static void stands(size_t at, enum action_standing standing, size_t owner)
{
	struct id32 id;

	actions_clear(&look);
	OK(actions_find(fixture.nodes[at], about.text, &id));
	OK(actions_look(fixture.nodes[at], &id, &look));
	ck_assert_ptr_nonnull(look.state.set);
	ck_assert_str_eq(action_standing_token(look.state.standing),
	    action_standing_token(standing));
	ck_assert(id_equal(&look.state.owner, node_id(fixture.nodes[owner])));
}

static unsigned readers(size_t at)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	unsigned seen = 0;
	uint32_t rid =
	    views_find(fixture.nodes[at]->views, &result.share.record);

	ck_assert_uint_ne(rid, 0);
	OK(query_audience(fixture.nodes[at], rid, &ids, &count));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < FIXTURE_NODES; j++) {
			if (id_equal(&ids[i], node_id(fixture.nodes[j]))) {
				seen |= 1u << j;
			}
		}
	}
	free(ids);
	return seen;
}

/* M650 */
START_TEST(a_step_goes_to_whom_the_action_reached)
{
	OK(set_action(0));
	ck_assert_uint_eq(readers(0), 0x7);
	spread();
	stands(1, ACTION_PROPOSED, 1);
	FAILS(take(1, "progress", NULL), ERR_STATE);
	FAILS(take(2, "accept", NULL), ERR_DENIED);
	OK(take(1, "accept", NULL));
	ck_assert_uint_eq(readers(1), 0x7);
	spread();
	for (size_t i = 0; i < 3; i++) {
		stands(i, ACTION_ACCEPTED, 1);
	}
	FAILS(take(1, "raise", "03X"), ERR_STATE);
	fixture_restart(&fixture, 2, false);
	stands(2, ACTION_ACCEPTED, 1);
	fixture_restart(&fixture, 2, true);
	stands(2, ACTION_ACCEPTED, 1);
}
END_TEST

/* M347 */
START_TEST(the_readers_of_a_step_are_confirmed)
{
	OK(set_action(0));
	spread();
	asked.share.yes = false;
	FAILS(take(1, "accept", NULL), ERR_DENIED);
	ck_assert(result.share.asks_list);
	asked.share.confirmed = "another list";
	FAILS(take(1, "accept", NULL), ERR_STATE);
	stands(1, ACTION_PROPOSED, 1);
}
END_TEST

/* M650 */
START_TEST(who_is_refused_is_left_out_and_named)
{
	OK(set_action(0));
	spread();
	OK(enrolment_refuse(fixture.nodes[1], fixture_peer(&fixture, 1, 2),
	    "it passes things on"));
	OK(node_commit(fixture.nodes[1]));
	OK(take(1, "accept", NULL));
	ck_assert_uint_eq(readers(1), 0x3);
	ck_assert_uint_eq(result.left_out_count, 1);
	ck_assert(id_equal(
	    &result.left_out[0].organisation, node_id(fixture.nodes[2])));
}
END_TEST

/* M651 */
START_TEST(nobody_is_handed_what_it_cannot_read)
{
	OK(set_action(0));
	spread();
	OK(take(1, "accept", NULL));
	FAILS(take(1, "hand-over", "03X"), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "cannot read the action"));
	FAILS(take(1, "hand-over", NULL), ERR_USAGE);
	OK(take(1, "hand-over", "02X"));
	spread();
	stands(0, ACTION_ACCEPTED, 1);
	ck_assert_uint_eq(look.state.offer_count, 1);
	OK(take(2, "accept", NULL));
	spread();
	for (size_t i = 0; i < 3; i++) {
		stands(i, ACTION_HANDED_OVER, 2);
	}
	FAILS(take(1, "close", NULL), ERR_DENIED);
}
END_TEST

/* Two that know nothing of each other's word take it on: all come to one
 * state, and are told. */
START_TEST(two_that_accept_apart_come_to_one_owner)
{
	OK(set_action(0));
	spread();
	OK(take(1, "accept", NULL));
	OK(take(1, "hand-over", "02X"));
	OK(take(1, "hand-over", "00X"));
	spread();
	OK(take(0, "accept", NULL));
	stands(0, ACTION_HANDED_OVER, 0);
	OK(take(2, "accept", NULL));
	stands(2, ACTION_HANDED_OVER, 2);
	spread();
	for (size_t i = 0; i < 3; i++) {
		stands(i, ACTION_HANDED_OVER, 2);
		ck_assert_uint_eq(look.state.refused_count, 2);
	}
}
END_TEST

/* M655 */
START_TEST(a_patient_is_not_named)
{
	size_t before = views_count(fixture.nodes[0]->views);

	action.lead = canon_lend(PATIENT);
	FAILS(set_action(0), ERR_DENIED);
	ck_assert_uint_eq(result.share.findings.count, 1);
	ck_assert_uint_eq(views_count(fixture.nodes[0]->views), before);
	asked.share.override_reason = "it is a made-up number";
	OK(set_action(0));
	ck_assert(!id_is_zero(&result.share.override_record));
}
END_TEST

/* M649 */
START_TEST(who_says_very_much_is_passed_over)
{
	asked.owner = NULL;
	OK(set_action(0));
	for (unsigned i = 0; i < LIMIT_ACTION_STEPS; i++) {
		OK(take(0, "progress", NULL));
	}
	OK(take(0, "close", NULL));
	stands(0, ACTION_ACCEPTED, 0);
	ck_assert_uint_eq(look.left_out, 1);
	ck_assert_uint_eq(look.state.step_count, LIMIT_ACTION_STEPS);
}
END_TEST

static enum err count_one(void *context, const struct actions_look *one)
{
	(void)one;
	++*(size_t *)context;
	return ERR_OK;
}

static size_t listed(size_t at, const struct actions_filter *filter)
{
	size_t count = 0;

	OK(actions_list(fixture.nodes[at], filter, count_one, &count));
	return count;
}

START_TEST(what_is_overdue_is_listed_until_it_is_closed)
{
	const struct actions_filter all = { 0 };
	const struct actions_filter open = { .open = true };
	const struct actions_filter overdue = { .overdue = true };

	action.due_ms = fixture.now_ms + FIXTURE_DAY_MS;
	OK(set_action(0));
	spread();
	ck_assert_uint_eq(listed(2, &overdue), 0);
	fixture.now_ms += FIXTURE_DAY_MS;
	ck_assert_uint_eq(listed(2, &overdue), 1);
	OK(take(2, "raise", "03X"));
	ck_assert_uint_eq(readers(2), 0xF);
	OK(take(1, "accept", NULL));
	OK(take(1, "close", NULL));
	spread();
	ck_assert_uint_eq(listed(2, &overdue), 0);
	ck_assert_uint_eq(listed(2, &open), 0);
	ck_assert_uint_eq(listed(2, &all), 1);
	ck_assert_uint_eq(listed(3, &all), 0);
}
END_TEST

/*
 * Workplans.
 */

#define COLUMNS "section,number,action,lead,outcome,timeline\n"
static const char plan_text[] = COLUMNS
    "1. Oversight,1.1,Agree the plan,Quality lead,One plan,\"May: drafted\n"
    "June: agreed\"\n"
    "1. Oversight,,Join the network,Area team / quality lead,,\n"
    "2.People,2.1,Read the survey,,Assurance,2014-09-30\n";
static struct actions_plan plan;
static struct actions_planned planned;

static enum err take_plan(const char *csv)
{
	enum err err = ERR_OK;

	saying_clear(&planned.said);
	plan.name = "quality strategy";
	plan.csv = span_text(csv);
	plan.share = (struct share_request){ .to = to, .to_count = 1 };
	err = actions_plan_take(fixture.nodes[0], &plan, &planned);
	if (!err) {
		OK(node_commit(fixture.nodes[0]));
	}
	return err;
}

static void gives(size_t at, const char *want)
{
	struct buf out = { 0 };
	size_t rows = 0;

	OK(actions_plan_give(fixture.nodes[at], "quality strategy",
	    node_id(fixture.nodes[0]), &out, &rows));
	ck_assert_str_eq(buf_text(&out), want);
	buf_clear(&out);
}

static void counts(size_t same, size_t set, size_t withdrawn)
{
	ck_assert_uint_eq(planned.same, same);
	ck_assert_uint_eq(planned.set, set);
	ck_assert_uint_eq(planned.withdrawn, withdrawn);
}

/* M652, M653 */
START_TEST(a_plan_goes_in_and_out_unchanged)
{
	size_t before = 0;

	OK(take_plan(plan_text));
	counts(0, 3, 0);
	spread();
	gives(0, plan_text);
	gives(2, plan_text);
	before = views_count(fixture.nodes[0]->views);
	OK(take_plan(plan_text));
	counts(3, 0, 0);
	ck_assert_uint_eq(views_count(fixture.nodes[0]->views), before);
	saying_clear(&planned.said);
}
END_TEST

/* M653 */
START_TEST(a_changed_plan_stands_as_it_is_now)
{
	static const char now[] = COLUMNS
	    "1. Oversight,1.1,Agree the plan,Quality lead,One plan,Done\n"
	    "1. Oversight,,Join the network,Area team / quality lead,,\n";
	const struct actions_filter all = { 0 };

	OK(take_plan(plan_text));
	OK(take_plan(now));
	counts(1, 1, 2);
	spread();
	gives(0, now);
	gives(2, now);
	ck_assert_uint_eq(listed(2, &all), 4);
	OK(take_plan(plan_text));
	gives(0, plan_text);
	saying_clear(&planned.said);
}
END_TEST

/* M654 */
START_TEST(a_plan_is_taken_in_whole_or_not_at_all)
{
	const struct actions_filter all = { 0 };
	size_t before = views_count(fixture.nodes[0]->views);

	FAILS(take_plan(COLUMNS "a,1,Read it,,,\na,2,Ask " PATIENT ",,,\n"),
	    ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "line 3"));
	ck_assert_uint_eq(planned.said.share.findings.count, 1);
	FAILS(take_plan(COLUMNS "a,1,Read it,,,\na,2,a\xE2\x80\xAE"
				"b\xE2\x80\xAC,,,\n"),
	    ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "line 3"));
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert_uint_eq(views_count(fixture.nodes[0]->views), before);
	ck_assert_uint_eq(listed(0, &all), 0);
	/* What went to one is not withdrawn behind the back of it. */
	OK(take_plan(plan_text));
	to[0] = "03X";
	FAILS(take_plan(COLUMNS "a,1,Read it,,,\n"), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "went to others"));
	gives(0, plan_text);
	saying_clear(&planned.said);
}
END_TEST

START_TEST(a_plan_that_is_not_held_is_not_given)
{
	struct buf out = { 0 };
	size_t rows = 0;

	OK(take_plan(plan_text));
	FAILS(actions_plan_give(fixture.nodes[0], "another", NULL, &out, &rows),
	    ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "quality strategy"));
	saying_clear(&planned.said);
	buf_clear(&out);
}
END_TEST

Suite *test_actions_suite(void)
{
	Suite *suite = suite_create("actions");
	TCase *tests = tcase_create("actions");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_step_goes_to_whom_the_action_reached);
	tcase_add_test(tests, the_readers_of_a_step_are_confirmed);
	tcase_add_test(tests, who_is_refused_is_left_out_and_named);
	tcase_add_test(tests, nobody_is_handed_what_it_cannot_read);
	tcase_add_test(tests, two_that_accept_apart_come_to_one_owner);
	tcase_add_test(tests, a_patient_is_not_named);
	tcase_add_test(tests, who_says_very_much_is_passed_over);
	tcase_add_test(tests, what_is_overdue_is_listed_until_it_is_closed);
	tcase_add_test(tests, a_plan_goes_in_and_out_unchanged);
	tcase_add_test(tests, a_changed_plan_stands_as_it_is_now);
	tcase_add_test(tests, a_plan_is_taken_in_whole_or_not_at_all);
	tcase_add_test(tests, a_plan_that_is_not_held_is_not_given);
	suite_add_tcase(suite, tests);
	return suite;
}
