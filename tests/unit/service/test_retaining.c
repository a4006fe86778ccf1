#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/erasing.h"
#include "service/retaining.h"

#include <stdlib.h>
#include <string.h>

Suite *test_retaining_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 2);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct node *node(size_t at)
{
	return fixture.nodes[at];
}

static void set(size_t at, const char *text)
{
	struct retaining rules;

	OK(retaining_set(node(at), span_text(text), &rules));
	retaining_clear(&rules);
	OK(node_commit(node(at)));
}

struct seen {
	size_t rows;
	size_t left;
	const char *kept;
	uint32_t line;
};

static enum err see(void *context, const struct retaining_row *row)
{
	struct seen *seen = context;

	seen->rows++;
	seen->left += row->left != NULL;
	seen->kept = row->kept;
	seen->line = row->rule->line;
	return ERR_OK;
}

static struct retaining_totals run(size_t at, bool dry_run, struct seen *seen)
{
	struct retaining_totals totals;

	*seen = (struct seen){ 0 };
	OK(retaining_run(node(at), dry_run, see, seen, &totals));
	OK(node_commit(node(at)));
	return totals;
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static bool is_erased(size_t at, const struct id32 *record)
{
	const struct view_record *view = fixture_view(&fixture, at, record);

	return records_is_erased(view->state, view->reason);
}

#define AFTER_30 "[rule]\nsource = healthwatch\nverdict = erase\nafter = 30\n"

/* M455 */
START_TEST(own_records_go_everywhere_and_others_here_alone)
{
	struct id32 record = fixture_shared(&fixture, "a text");
	struct retaining_totals totals;
	struct seen seen;
	struct erasing_account account;
	size_t by = _i == 0 ? 0 : 1;

	pull(1, 0);
	set(by, AFTER_30);
	totals = run(by, false, &seen);
	ck_assert_uint_eq(totals.looked, 1);
	ck_assert_uint_eq(totals.erased, 0);
	ck_assert_uint_eq(seen.rows, 0);
	fixture.now_ms += 30 * FIXTURE_DAY_MS;
	totals = run(by, true, &seen);
	ck_assert_uint_eq(totals.erased, 1);
	ck_assert_uint_eq(seen.rows, 1);
	ck_assert_uint_eq(seen.line, 1);
	ck_assert(!is_erased(by, &record));
	totals = run(by, false, &seen);
	ck_assert_uint_eq(totals.erased, 1);
	ck_assert(is_erased(by, &record));
	pull(1, 0);
	pull(0, 1);
	ck_assert(is_erased(0, &record) == (by == 0));
	ck_assert(is_erased(1, &record));
	OK(erasing_look(node(by), &record, &account));
	ck_assert_uint_eq(account.erasure_count, 1);
	ck_assert_str_eq(account.erasures[0].reason, "retention rule, line 1");
	erasing_account_clear(&account);
	totals = run(by, false, &seen);
	ck_assert_uint_eq(totals.erased, 0);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* M454 */
START_TEST(what_is_held_is_kept_and_said)
{
	struct id32 record = fixture_shared(&fixture, "a text");
	struct hex32 hex = text_hex_id(&record);
	struct erasing_named named;
	struct retaining_totals totals;
	struct seen seen;

	set(0, AFTER_30);
	fixture.now_ms += 31 * FIXTURE_DAY_MS;
	OK(erasing_set_hold(
	    node(0), hex.text, "an inquest", "2099-01-01", &named));
	OK(node_commit(node(0)));
	totals = run(0, false, &seen);
	ck_assert_uint_eq(totals.kept, 1);
	ck_assert_uint_eq(totals.erased, 0);
	ck_assert_ptr_nonnull(strstr(seen.kept, "held"));
	ck_assert(!is_erased(0, &record));
	OK(erasing_release_hold(node(0), hex.text, &named));
	OK(node_commit(node(0)));
	ck_assert(!is_erased(0, &record)); /* nobody had asked for it */
	totals = run(0, false, &seen);
	ck_assert_uint_eq(totals.erased, 1);
}
END_TEST

/* M454 */
START_TEST(an_open_request_is_kept)
{
	Qsg__Payload payload;
	Qsg__InformationRequest request;
	int64_t to = fixture_org(&fixture, 0, 1);
	struct id32 record;
	struct retaining_totals totals;
	struct seen seen;

	qsg__payload__init(&payload);
	qsg__information_request__init(&request);
	request.provider = canon_lend("RAL");
	request.purpose = canon_lend("to judge");
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_REQUEST;
	payload.request = &request;
	OK(submit_payload(node(0), &to, 1, &payload, &record));
	OK(node_commit(node(0)));
	set(0, "[rule]\ntype = request\nverdict = erase\nafter = 0\n");
	totals = run(0, false, &seen);
	ck_assert_uint_eq(totals.kept, 1);
	ck_assert_ptr_nonnull(strstr(seen.kept, "open"));
	ck_assert(!is_erased(0, &record));
}
END_TEST

static struct id32 says(size_t at, int64_t to, Qsg__Payload__ContentCase which,
    void *content, const char *relation, const struct id32 *about)
{
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *list[] = { &reference };
	struct id32 target = *about;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	reference.relation = canon_lend(relation);
	reference.record.data = target.b;
	reference.record.len = sizeof target.b;
	payload.references = list;
	payload.n_references = 1;
	payload.role = canon_lend("administrator");
	payload.content_case = which;
	payload.foi_view = content;
	OK(submit_payload(node(at), &to, to > 0, &payload, &record));
	OK(node_commit(node(at)));
	return record;
}

/* M454: until it is answered, or decided on. */
START_TEST(what_is_consulted_on_is_kept)
{
	struct id32 record = fixture_shared(&fixture, "a text");
	Qsg__FoiConsultation consultation;
	Qsg__FoiView view;
	Qsg__FoiDecision decision;
	struct id32 asked;
	struct retaining_totals totals;
	struct replica_taken taken;
	struct seen seen;

	qsg__foi_consultation__init(&consultation);
	qsg__foi_view__init(&view);
	qsg__foi_decision__init(&decision);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	consultation.text = canon_lend("may it go out?");
	asked = says(1, fixture_org(&fixture, 1, 0),
	    QSG__PAYLOAD__CONTENT_FOI_CONSULTATION, &consultation, "consults",
	    &record);
	OK(fixture_pull(&fixture, 0, 1, &taken));
	set(0, AFTER_30);
	set(1, AFTER_30);
	fixture.now_ms += 31 * FIXTURE_DAY_MS;
	for (size_t at = 0; at < 2; at++) {
		totals = run(at, true, &seen);
		ck_assert_uint_eq(totals.kept, 1);
		ck_assert_ptr_nonnull(strstr(seen.kept, "consultation"));
	}
	if (_i == 0) {
		view.verdict = canon_lend("no-objection");
		(void)says(0, fixture_org(&fixture, 0, 1),
		    QSG__PAYLOAD__CONTENT_FOI_VIEW, &view,
		    "answers-consultation", &asked);
		OK(fixture_pull(&fixture, 1, 0, &taken));
	} else {
		decision.verdict = canon_lend("disclose");
		decision.request.data = asked.b;
		decision.request.len = sizeof asked.b;
		(void)says(1, 0, QSG__PAYLOAD__CONTENT_FOI_DECISION, &decision,
		    "foi", &record);
	}
	totals = run(1, true, &seen);
	ck_assert_uint_eq(totals.kept, 0);
	ck_assert_uint_eq(totals.erased, 1);
}
END_TEST

/* M454 */
START_TEST(what_an_answer_to_an_open_request_cites_is_kept)
{
	Qsg__Payload payload;
	Qsg__InformationRequest request;
	Qsg__InformationAnswer content;
	Qsg__Reference references[2];
	Qsg__Reference *list[2] = { &references[0], &references[1] };
	struct id32 record = fixture_shared(&fixture, "a text");
	int64_t to = fixture_org(&fixture, 0, 1);
	struct id32 asked;
	struct id32 answer;
	struct retaining_totals totals;
	struct seen seen;

	qsg__payload__init(&payload);
	qsg__information_request__init(&request);
	qsg__information_answer__init(&content);
	qsg__reference__init(&references[0]);
	qsg__reference__init(&references[1]);
	request.provider = canon_lend("RAL");
	request.purpose = canon_lend("to judge");
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_REQUEST;
	payload.request = &request;
	OK(submit_payload(node(0), &to, 1, &payload, &asked));
	OK(node_commit(node(0)));
	references[0].relation = canon_lend("answers");
	fixture_put(&references[0].record, span_id(&asked));
	references[1].relation = canon_lend("cites");
	fixture_put(&references[1].record, span_id(&record));
	content.verdict = canon_lend("answered");
	content.text = canon_lend("see that one");
	payload.references = list;
	payload.n_references = 2;
	payload.content_case = QSG__PAYLOAD__CONTENT_ANSWER;
	payload.answer = &content;
	OK(submit_payload(node(0), &to, 1, &payload, &answer));
	OK(node_commit(node(0)));
	set(0, "[rule]\ntype = intelligence\nverdict = erase\nafter = 0\n");
	totals = run(0, false, &seen);
	ck_assert_uint_eq(totals.kept, 1);
	ck_assert_ptr_nonnull(strstr(seen.kept, "cites"));
	ck_assert(!is_erased(0, &record));
	free(references[0].record.data);
	free(references[1].record.data);
}
END_TEST

/* M453 */
START_TEST(the_newest_rules_are_in_force)
{
	struct retaining rules;
	struct retaining_totals totals;

	OK(retaining_load(node(0), &rules));
	ck_assert(id_is_zero(&rules.record));
	FAILS(retaining_run(node(0), true, NULL, NULL, &totals), ERR_NOTFOUND);
	FAILS(retaining_set(node(0), span_text("[rule]\n"), &rules), ERR_INPUT);
	ck_assert(!node_staged(node(0)));
	set(0, AFTER_30);
	set(0, "[rule]\nverdict = keep\n");
	fixture_restart(&fixture, 0, true);
	OK(retaining_load(node(0), &rules));
	ck_assert_uint_eq(rules.rules.count, 1);
	ck_assert(!rules.rules.rules[0].erase);
	retaining_clear(&rules);
}
END_TEST

/* M456 */
START_TEST(rules_are_applied_once_a_day_at_their_time)
{
	struct id32 record = fixture_shared(&fixture, "a text");
	int64_t midnight = fixture.now_ms - fixture.now_ms % FIXTURE_DAY_MS;

	set(0, AFTER_30);
	fixture.now_ms = midnight + 40 * FIXTURE_DAY_MS;
	retaining_tick(node(0)); /* never, unless somebody said when */
	ck_assert(!node_staged(node(0)));
	retaining_set_time(node(0), 3 * 60);
	fixture.now_ms += FIXTURE_HOUR_MS / 2;
	retaining_tick(node(0));
	ck_assert(!node_staged(node(0)));
	fixture.now_ms += 4 * FIXTURE_HOUR_MS;
	retaining_tick(node(0));
	OK(node_commit(node(0)));
	ck_assert(is_erased(0, &record));
	record = fixture_shared(&fixture, "another");
	set(0, "[rule]\nverdict = erase\nafter = 0\n");
	retaining_tick(node(0));
	ck_assert(!node_staged(node(0)));
	fixture.now_ms += FIXTURE_DAY_MS;
	retaining_tick(node(0));
	OK(node_commit(node(0)));
	ck_assert(is_erased(0, &record));
}
END_TEST

static struct id32 shared_with(unsigned readers)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, readers, "a text", &record));
	OK(node_commit(node(0)));
	return record;
}

/* For one it needs an audience that it may not open now. */
START_TEST(one_that_cannot_be_erased_keeps_no_other_from_it)
{
	struct id32 shared = shared_with(0x2u);
	struct id32 own = shared_with(0);
	struct retaining_totals totals;
	struct seen seen;
	int64_t stream = fixture_view(&fixture, 0, &shared)->stream;

	set(0, AFTER_30);
	fixture.now_ms += 31 * FIXTURE_DAY_MS;
	node(0)->streams[stream - 1].row.state.status = STREAM_CLOSED;
	for (size_t i = 0; i < LIMIT_KEYING_PER_HOUR; i++) {
		node(0)->keyed_ms[i] = fixture.now_ms;
	}
	totals = run(0, false, &seen);
	ck_assert_uint_eq(totals.erased, 1);
	ck_assert_uint_eq(totals.left, 1);
	ck_assert_ptr_nonnull(strstr(totals.stopped, "audiences"));
	ck_assert_uint_eq(seen.rows, 3);
	ck_assert_uint_eq(seen.left, 1);
	ck_assert(is_erased(0, &own));
	ck_assert(!is_erased(0, &shared));
	fixture.now_ms += FIXTURE_HOUR_MS;
	totals = run(0, false, &seen);
	ck_assert_uint_eq(totals.erased, 1);
	ck_assert_uint_eq(totals.left, 0);
	ck_assert(is_erased(0, &shared));
}
END_TEST

Suite *test_retaining_suite(void)
{
	Suite *suite = suite_create("retaining");
	TCase *tests = tcase_create("retaining");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(
	    tests, own_records_go_everywhere_and_others_here_alone, 0, 2);
	tcase_add_test(tests, what_is_held_is_kept_and_said);
	tcase_add_test(tests, an_open_request_is_kept);
	tcase_add_loop_test(tests, what_is_consulted_on_is_kept, 0, 2);
	tcase_add_test(tests, what_an_answer_to_an_open_request_cites_is_kept);
	tcase_add_test(tests, the_newest_rules_are_in_force);
	tcase_add_test(tests, one_that_cannot_be_erased_keeps_no_other_from_it);
	tcase_add_test(tests, rules_are_applied_once_a_day_at_their_time);
	suite_add_tcase(suite, tests);
	return suite;
}
