#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/erasing.h"
#include "service/foi_open.h"
#include "service/retaining.h"

#include <stdlib.h>
#include <string.h>

Suite *test_foi_open_suite(void);

/* 0 shares with 1, who is asked for it under the law. */
static struct fixture fixture;
static struct id32 record;
static struct vetting_recorder by;

static struct node *node(size_t at)
{
	return fixture.nodes[at];
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static void setup(void)
{
	fixture_open(&fixture, 2);
	by = (struct vetting_recorder){ 0 };
	record = fixture_shared(&fixture, "a text");
	pull(1, 0);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct id32 submit(size_t at, int64_t to,
    Qsg__Payload__ContentCase which, void *content, const char *relation,
    const struct id32 *about)
{
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *list[] = { &reference };
	struct id32 target = about ? *about : (struct id32){ { 0 } };
	struct id32 said;

	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	if (about) {
		reference.relation = canon_lend(relation);
		reference.record.data = target.b;
		reference.record.len = sizeof target.b;
		payload.references = list;
		payload.n_references = 1;
	}
	payload.role = canon_lend("administrator");
	payload.content_case = which;
	payload.foi_view = content;
	OK(submit_payload(node(at), &to, to > 0, &payload, &said));
	OK(node_commit(node(at)));
	return said;
}

static struct id32 log_request(size_t at, uint32_t number, const char *kind)
{
	Qsg__FoiRequest content;

	qsg__foi_request__init(&content);
	content.kind = canon_lend(kind);
	content.received_on = canon_lend("2023-11-01");
	content.text = canon_lend("on the night staff");
	content.number = number;
	return submit(
	    at, 0, QSG__PAYLOAD__CONTENT_FOI_REQUEST, &content, NULL, NULL);
}

static void decide(size_t at, const struct id32 *request)
{
	Qsg__FoiDecision content;
	struct id32 id = *request;

	qsg__foi_decision__init(&content);
	content.verdict = canon_lend("disclose");
	content.request.data = id.b;
	content.request.len = sizeof id.b;
	(void)submit(at, 0, QSG__PAYLOAD__CONTENT_FOI_DECISION, &content, "foi",
	    &record);
}

static struct id32 consult(void)
{
	Qsg__FoiConsultation content;

	qsg__foi_consultation__init(&content);
	content.text = canon_lend("may it go out?");
	return submit(1, fixture_org(&fixture, 1, 0),
	    QSG__PAYLOAD__CONTENT_FOI_CONSULTATION, &content, "consults",
	    &record);
}

static void close_it(size_t at, uint32_t number)
{
	struct id32 closing;

	OK(foi_close(node(at), number, "it was answered", &by, &closing));
	OK(node_commit(node(at)));
}

static bool concerns(size_t at)
{
	struct foi_concern concern;

	OK(foi_concern(node(at), &record, &concern));
	return foi_concerns(&concern);
}

static enum err erase(size_t at, bool despite, bool dry_run)
{
	struct hex32 hex = text_hex_id(&record);
	struct erasing_request request = { .record = hex.text,
		.reason = "a mistake",
		.despite_request = despite,
		.dry_run = dry_run };
	struct erasing_result result;
	enum err err = erasing_erase(node(at), &request, &result);

	erasing_clear(&result);
	return err;
}

static bool is_erased(size_t at)
{
	const struct view_record *view = fixture_view(&fixture, at, &record);

	return records_is_erased(view->state, view->reason);
}

static size_t kept_by_rule(size_t at)
{
	struct retaining rules;
	struct retaining_totals totals;

	OK(retaining_set(node(at),
	    span_text("[rule]\ntype = intelligence\nverdict = erase\n"
		      "after = 0\n"),
	    &rules));
	retaining_clear(&rules);
	OK(node_commit(node(at)));
	OK(retaining_run(node(at), true, NULL, NULL, &totals));
	ck_assert_uint_eq(totals.kept + totals.erased, 1);
	return totals.kept;
}

/* M489 */
START_TEST(a_request_is_open_until_it_is_closed)
{
	struct id32 request = log_request(1, 1, "foi");
	struct id32 closing;
	struct foi_row *rows = NULL;
	size_t count = 0;
	uint32_t rid = views_find(node(1)->views, &request);

	ck_assert(!concerns(1)); /* nothing was decided on for it */
	decide(1, &request);
	ck_assert(concerns(1));
	ck_assert(!concerns(0)); /* nobody else knows */
	ck_assert_uint_eq(foi_closing(node(1), rid), 0);
	FAILS(foi_close(node(1), 2, "it was answered", &by, &closing),
	    ERR_NOTFOUND);
	FAILS(foi_close(node(1), 1, " ", &by, &closing), ERR_INPUT);
	close_it(1, 1);
	ck_assert_uint_ne(foi_closing(node(1), rid), 0);
	ck_assert(!concerns(1));
	FAILS(foi_close(node(1), 1, "again", &by, &closing), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "was closed on"));
	/* That is no decision on a record. */
	OK(foi_schedule(node(1), rid, &rows, &count));
	ck_assert_uint_eq(count, 1);
	free(rows);
	fixture_restart(&fixture, 1, true);
	ck_assert(!concerns(1));
}
END_TEST

/* M489: nothing is decided on any more. */
START_TEST(a_closed_request_is_not_decided_on)
{
	struct id32 request = log_request(1, 1, "foi");
	struct hex32 hex = text_hex_id(&record);
	const char *records[] = { hex.text };
	Qsg__Payload payload;
	Qsg__FoiDecision *content = calloc(1, sizeof *content);
	struct foi_decided decided;

	qsg__payload__init(&payload);
	(void)request;
	ck_assert_ptr_nonnull(content);
	qsg__foi_decision__init(content);
	content->verdict = strdup("disclose");
	payload.content_case = QSG__PAYLOAD__CONTENT_FOI_DECISION;
	payload.foi_decision = content;
	close_it(1, 1);
	FAILS(foi_decide(node(1), 1, records, 1, &payload, &by, &decided),
	    ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "of its own"));
	canon_wipe(&content->base);
}
END_TEST

/* M454 */
START_TEST(retention_keeps_what_an_open_request_is_about)
{
	struct id32 request = log_request(1, 1, "foi");

	ck_assert_uint_eq(kept_by_rule(1), 0);
	decide(1, &request);
	ck_assert_uint_eq(kept_by_rule(1), 1);
	close_it(1, 1);
	ck_assert_uint_eq(kept_by_rule(1), 0);
}
END_TEST

/* M489: whoever asked has to decide, while it has a request to decide on. */
START_TEST(a_consultation_is_open_until_it_is_decided_on)
{
	struct id32 request = log_request(1, 1, "foi");
	struct id32 asked = consult();
	Qsg__FoiView view;

	qsg__foi_view__init(&view);
	pull(0, 1);
	ck_assert(concerns(0) && concerns(1));
	view.verdict = canon_lend("no-objection");
	(void)submit(0, fixture_org(&fixture, 0, 1),
	    QSG__PAYLOAD__CONTENT_FOI_VIEW, &view, "answers-consultation",
	    &asked);
	pull(1, 0);
	ck_assert(!concerns(0));
	ck_assert(concerns(1));
	if (_i == 0) {
		decide(1, &request);
		ck_assert(concerns(1));
	}
	close_it(1, 1);
	ck_assert(!concerns(1));
}
END_TEST

/* M500 */
START_TEST(nobody_erases_what_was_asked_for_unawares)
{
	const char *kind = _i == 0 ? "foi" : "subject-access";
	struct id32 request = log_request(1, 1, kind);

	decide(1, &request);
	OK(erase(1, false, true)); /* shows it */
	FAILS(erase(1, false, false), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "--despite-request"));
	ck_assert_ptr_nonnull(
	    strstr(err_text(), _i == 0 ? "section 77" : "section 173"));
	ck_assert(!is_erased(1));
	OK(erase(1, true, false));
	OK(node_commit(node(1)));
	ck_assert(is_erased(1));
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* M500: of the author who is asked, too. */
START_TEST(nobody_erases_what_it_is_consulted_on_unawares)
{
	(void)consult();
	pull(0, 1);
	FAILS(erase(0, false, false), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "section 77"));
	ck_assert_ptr_nonnull(strstr(err_text(), "section 173"));
	OK(erase(0, true, false));
}
END_TEST

/* What 1 answered to the erasure of 0, as 0 has it. */
static struct erasing_reader answered(void)
{
	struct erasing_account account;
	struct erasing_reader reader;

	erasing_tick(node(1));
	OK(node_commit(node(1)));
	pull(0, 1);
	OK(erasing_look(node(0), &record, &account));
	ck_assert_uint_eq(account.erasure_count, 1);
	ck_assert_uint_eq(account.erasures[0].reader_count, 1);
	reader = account.erasures[0].readers[0];
	erasing_account_clear(&account);
	return reader;
}

static void pass_days(int days)
{
	fixture.now_ms += days * FIXTURE_DAY_MS;
}

/* M501 */
START_TEST(what_was_asked_for_is_held_against_others_erasures)
{
	struct id32 request = log_request(1, 1, "foi");
	struct erasing_reader reader;
	char until[16];

	decide(1, &request);
	OK(erase(0, false, false));
	OK(node_commit(node(0)));
	pull(1, 0);
	OK(node_commit(node(1)));
	ck_assert(!is_erased(1));
	reader = answered();
	ck_assert_int_eq(reader.answered, ERASING_KEPT);
	ck_assert_ptr_nonnull(strstr(reader.reason, "under the law"));
	memcpy(until, reader.until, sizeof until);
	/* For as long as it is open. */
	pass_days(30);
	reader = answered();
	ck_assert_int_eq(reader.answered, ERASING_KEPT);
	ck_assert_str_ne(reader.until, until);
	ck_assert(!is_erased(1));
	fixture_assert_verifies(&fixture, 1);
	close_it(1, 1);
	pass_days(30);
	reader = answered();
	ck_assert_int_eq(reader.answered, ERASING_DONE);
	ck_assert(is_erased(1));
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

Suite *test_foi_open_suite(void)
{
	Suite *suite = suite_create("foi_open");
	TCase *tests = tcase_create("foi_open");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_request_is_open_until_it_is_closed);
	tcase_add_test(tests, a_closed_request_is_not_decided_on);
	tcase_add_test(tests, retention_keeps_what_an_open_request_is_about);
	tcase_add_loop_test(
	    tests, a_consultation_is_open_until_it_is_decided_on, 0, 2);
	tcase_add_loop_test(
	    tests, nobody_erases_what_was_asked_for_unawares, 0, 2);
	tcase_add_test(tests, nobody_erases_what_it_is_consulted_on_unawares);
	tcase_add_test(
	    tests, what_was_asked_for_is_held_against_others_erasures);
	suite_add_tcase(suite, tests);
	return suite;
}
