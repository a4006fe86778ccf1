#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "service/query.h"
#include "service/release.h"
#include "store/releases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *test_release_suite(void);

/* 0 shares with 1 under a rule of four eyes. */
static struct fixture fixture;
static struct share_result result;
static Qsg__Intelligence item;
static struct share_request request;
static const char *to[] = { "01X", "02X" };

#define EYES "[rule]\nsource = media\nverdict = four eyes\n"

static struct node *node0(void)
{
	return fixture.nodes[0];
}

static void set_policy(const char *text)
{
	struct policies policies = { 0 };

	OK(policies_set(node0(), span_text(text), &policies));
	OK(node_commit(node0()));
	policies_clear(&policies);
}

static void setup(void)
{
	fixture_open(&fixture, 3);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("media");
	item.text = canon_lend("a word of the night staff");
	request = (struct share_request){ .to = to,
		.to_count = 1,
		.asked_by = "Director of Quality",
		.intelligence = &item };
	set_policy(EYES);
}

static void teardown(void)
{
	share_clear(&result);
	fixture_close(&fixture);
}

static enum err share(void)
{
	share_clear(&result);
	return share_intelligence(node0(), &request, &result);
}

static enum err approve(int64_t number)
{
	share_clear(&result);
	return release_approve(node0(), number, "Director of Nursing", &result);
}

static enum err count_one(void *context, const Qsg__PendingRelease *pending)
{
	uint64_t *bits = context;

	*bits |= 1ULL << pending->number;
	return ERR_OK;
}

/* Those that wait, a bit for each. */
static uint64_t waiting(void)
{
	uint64_t bits = 0;

	OK(release_list(node0(), count_one, &bits));
	return bits;
}

static size_t held(void)
{
	return views_count(node0()->views);
}

static void ask(void)
{
	OK(share());
	OK(node_commit(node0()));
	ck_assert_int_gt(result.release, 0);
	ck_assert(id_is_zero(&result.record));
}

/* M351 M352 */
START_TEST(what_needs_four_eyes_waits_and_outlives_a_power_cut)
{
	size_t before = held();

	OK(share());
	ck_assert_int_eq(result.release, 1);
	/* Nobody was told yet. */
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(waiting(), 0);
	ask();
	ck_assert_int_eq(result.release, 1);
	ck_assert_uint_eq(held(), before);
	fixture_restart(&fixture, 0, _i);
	ck_assert_uint_eq(waiting(), 2);
	fixture_assert_verifies(&fixture, 0);
	/* Without a name it does not wait, and a dry run waits for nobody. */
	request.asked_by = NULL;
	FAILS(share(), ERR_INPUT);
	request.asked_by = " ";
	FAILS(share(), ERR_INPUT);
	request.asked_by = "An\xe2\x80\x8b"
			   "alyst";
	FAILS(share(), ERR_INPUT);
	ck_assert(!node_staged(node0()));
	request.asked_by = NULL;
	request.dry_run = true;
	OK(share());
	ck_assert_int_eq(result.match.verdict, POLICY_FOUR_EYES);
	ck_assert_uint_eq(waiting(), 2);
}
END_TEST

static enum err keep_decision(void *context, const struct query_item *found)
{
	const Qsg__Decision *decision = found->payload->decision;

	ck_assert_int_eq(
	    found->payload->content_case, QSG__PAYLOAD__CONTENT_DECISION);
	return buf_printf(context, "%s|%s|%u|%s|%s|%s|%s", decision->verdict,
	    decision->rule, decision->line, decision->asked_by,
	    decision->approved_by, decision->refused_by, decision->reason);
}

static void decision_is(const struct id32 *record, const char *want)
{
	struct buf text = { 0 };

	OK(query_open(
	    node0(), views_find(node0()->views, record), keep_decision, &text));
	ck_assert_str_eq(buf_text(&text), want);
	buf_clear(&text);
}

static enum err keep_person(void *context, const struct query_item *found)
{
	return buf_printf(context, "%s", found->payload->person);
}

/* M348: names of those who ask and approve stay at home; the one that readers
 * see is another. */
START_TEST(who_asks_is_in_nothing_that_is_shared)
{
	struct replica_taken taken;
	struct buf person = { 0 };

	request.person = _i ? "Ward Sister" : NULL;
	ask();
	OK(approve(1));
	OK(node_commit(node0()));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	OK(query_open(fixture.nodes[1],
	    views_find(fixture.nodes[1]->views, &result.record), keep_person,
	    &person));
	ck_assert_str_eq(buf_text(&person), _i ? "Ward Sister" : "");
	decision_is(&result.decision_record,
	    "four-eyes|source = media; verdict = four eyes|1|Director of "
	    "Quality|Director of Nursing||");
	buf_clear(&person);
}
END_TEST

/* M368: standard error is the log. */
START_TEST(what_is_never_shared_is_noted_in_the_log)
{
	char name[] = "/tmp/qsg-never-XXXXXX";
	int file = mkstemp(name);
	int old = dup(2);
	char log[512] = "";

	ck_assert_int_ge(file, 0);
	set_policy("[rule]\nsource = media\nverdict = never\n");
	ck_assert_int_eq(dup2(file, 2), 2);
	request.dry_run = true;
	OK(share());
	request.dry_run = false;
	FAILS(share(), ERR_DENIED);
	ck_assert_int_eq(dup2(old, 2), 2);
	ck_assert_int_gt(pread(file, log, sizeof log - 1, 0), 0);
	ck_assert_ptr_nonnull(strstr(log, "line 1 says never"));
	ck_assert_ptr_nonnull(strstr(log, "Organisation 1"));
	ck_assert_ptr_null(strstr(log, "night staff"));
	ck_assert_ptr_null(strstr(log, "RAL"));
	ck_assert_ptr_eq(strchr(log, '\n'), strrchr(log, '\n'));
	(void)close(file);
	(void)close(old);
	(void)unlink(name);
}
END_TEST

/* M348 M353 */
START_TEST(what_is_approved_is_shared_in_one_transaction)
{
	struct replica_taken taken;
	size_t before = 0;

	ask();
	before = held();
	OK(approve(1));
	/* Neither shared nor let go. */
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(held(), before);
	ck_assert_uint_eq(waiting(), 2);
	OK(approve(1));
	OK(node_commit(node0()));
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(waiting(), 0);
	fixture_assert_text(
	    &fixture, 0, &result.record, "a word of the night staff");
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(
	    &fixture, 1, &result.record, "a word of the night staff");
	ck_assert_ptr_null(fixture_view(&fixture, 1, &result.decision_record));
	decision_is(&result.decision_record,
	    "four-eyes|source = media; verdict = four eyes|1|Director of "
	    "Quality|Director of Nursing||");
	fixture_assert_verifies(&fixture, 0);
	/* Its number is never given again. */
	FAILS(approve(1), ERR_NOTFOUND);
	ask();
	ck_assert_int_eq(result.release, 2);
}
END_TEST

/* M353 */
START_TEST(whoever_asked_does_not_decide)
{
	static const char *const same[] = { "Director of Quality",
		"director of quality", "DirectorOfQuality",
		"Director  of\xc2\xa0Quality" };
	struct id32 record;

	ask();
	for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
		share_clear(&result);
		FAILS(
		    release_approve(node0(), 1, same[i], &result), ERR_DENIED);
		FAILS(release_refuse(node0(), 1, same[i], "no", &record),
		    ERR_DENIED);
	}
	share_clear(&result);
	FAILS(release_approve(node0(), 1, "", &result), ERR_INPUT);
	FAILS(release_approve(node0(), 1,
		  "Direct\xe2\x80\x8b"
		  "or",
		  &result),
	    ERR_INPUT);
	ck_assert(!node_staged(node0()));
	ck_assert_uint_eq(waiting(), 2);
}
END_TEST

START_TEST(what_is_refused_is_let_go_and_that_is_kept)
{
	struct id32 record;
	size_t before = 0;

	ask();
	before = held();
	FAILS(release_refuse(node0(), 1, "Director of Nursing", " ", &record),
	    ERR_INPUT);
	OK(release_refuse(
	    node0(), 1, "Director of Nursing", "ask the trust", &record));
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(waiting(), 2);
	ck_assert_uint_eq(held(), before);
	OK(release_refuse(
	    node0(), 1, "Director of Nursing", "ask the trust", &record));
	OK(node_commit(node0()));
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(waiting(), 0);
	decision_is(&record,
	    "four-eyes|source = media; verdict = four eyes|1|Director of "
	    "Quality||Director of Nursing|ask the trust");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M353 */
START_TEST(what_is_approved_is_judged_anew)
{
	ask();
	set_policy("[rule]\nto = 01X\nverdict = never\n");
	FAILS(approve(1), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "says never"));
	ck_assert_uint_eq(waiting(), 2);
	/* What asks for nobody any more is shared all the same. */
	set_policy("[rule]\nverdict = share\n");
	OK(approve(1));
	OK(node_commit(node0()));
	ck_assert(!id_is_zero(&result.record));
	/* Days pass. */
	set_policy(EYES);
	{
		Qsg__Handling handling;

		qsg__handling__init(&handling);
		handling.review_on = canon_lend("2023-11-20");
		request.handling = &handling;
		ask();
		request.handling = NULL;
	}
	fixture.now_ms += 30 * FIXTURE_DAY_MS;
	FAILS(approve(result.release), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "day of review"));
}
END_TEST

START_TEST(an_overridden_guard_and_a_source_wait_with_it)
{
	item.text = canon_lend("NHS number 943 476 5919");
	FAILS(share(), ERR_DENIED);
	ck_assert_uint_eq(waiting(), 0);
	request.override_reason = "a test number";
	request.source_identity = "the night sister, 943 476 5919";
	ask();
	OK(approve(1));
	OK(node_commit(node0()));
	ck_assert(!id_is_zero(&result.override_record));
	ck_assert(!id_is_zero(&result.source_record));
	ck_assert(!id_is_zero(&result.decision_record));
}
END_TEST

/* M352 */
START_TEST(what_waits_lies_on_the_disk_sealed)
{
	struct buf sealed = { 0 };

	ask();
	OK(releases_get(node0()->db, 1, &sealed));
	ck_assert_ptr_null(memmem(sealed.data, sealed.size, "night staff", 11));
	ck_assert_ptr_null(memmem(sealed.data, sealed.size, "Director", 8));
	/* In another's place it does not open. */
	FAILS(release_check(node0(), 2, buf_span(&sealed)), ERR_CORRUPT);
	sealed.data[sealed.size / 2] ^= 1;
	FAILS(release_check(node0(), 1, buf_span(&sealed)), ERR_CORRUPT);
	buf_clear(&sealed);
}
END_TEST

START_TEST(approved_before_the_node_may_sign_it_becomes_a_draft)
{
	ask();
	fixture.wait_ms = 120000;
	fixture_restart(&fixture, 0, true);
	OK(approve(1));
	ck_assert_int_eq(result.draft, 1);
	OK(node_commit(node0()));
	ck_assert_uint_eq(waiting(), 0);
	fixture_restart(&fixture, 0, true);
	fixture.now_ms += 120000;
	fixture_tick(&fixture, 0);
	fixture_tick(&fixture, 0);
	ck_assert_int_eq(
	    views_get(node0()->views, (uint32_t)held())->type, VIEW_DECISION);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(only_so_much_waits)
{
	for (unsigned i = 0; i < LIMIT_RELEASES; i++) {
		OK(share());
	}
	OK(node_commit(node0()));
	FAILS(share(), ERR_LIMIT);
	ck_assert(!node_staged(node0()));
	OK(approve(17));
	OK(node_commit(node0()));
	OK(share());
	ck_assert_int_eq(result.release, LIMIT_RELEASES + 1);
}
END_TEST

/* Of a batch all wait, or none when one is refused. */
START_TEST(a_batch_waits_item_by_item)
{
	struct id32 records[3];
	int64_t drafts[3];
	int64_t releases[3];
	Qsg__Intelligence *items[3];
	struct share_batch batch = { items, 3, records, drafts, releases };

	for (int i = 0; i < 3; i++) {
		ProtobufCMessage *message = NULL;
		struct buf bytes = { 0 };

		item.source = canon_lend(i == 1 ? "pals" : "media");
		OK(canon_encode(&item.base, &bytes));
		OK(canon_decode(&qsg__intelligence__descriptor,
		    buf_span(&bytes), 4096, &message));
		items[i] = (Qsg__Intelligence *)message;
		buf_clear(&bytes);
	}
	set_policy("[rule]\nsource = media\nverdict = four eyes\n"
		   "[rule]\nsource = pals\nverdict = never\n");
	FAILS(share_batch(node0(), &request, &batch, &result), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "item 2"));
	ck_assert(!node_staged(node0()));
	share_clear(&result);
	set_policy(EYES);
	OK(share_batch(node0(), &request, &batch, &result));
	OK(node_commit(node0()));
	ck_assert_int_eq(releases[0], 1);
	ck_assert_int_eq(releases[1], 0);
	ck_assert(!id_is_zero(&records[1]));
	ck_assert_int_eq(releases[2], 2);
	ck_assert_uint_eq(waiting(), 6);
	for (int i = 0; i < 3; i++) {
		canon_free(&items[i]->base);
	}
}
END_TEST

Suite *test_release_suite(void)
{
	Suite *suite = suite_create("release");
	TCase *tcase = tcase_create("release");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
	    tcase, what_needs_four_eyes_waits_and_outlives_a_power_cut, 0, 2);
	tcase_add_test(tcase, what_is_approved_is_shared_in_one_transaction);
	tcase_add_loop_test(tcase, who_asks_is_in_nothing_that_is_shared, 0, 2);
	tcase_add_test(tcase, what_is_never_shared_is_noted_in_the_log);
	tcase_add_test(tcase, whoever_asked_does_not_decide);
	tcase_add_test(tcase, what_is_refused_is_let_go_and_that_is_kept);
	tcase_add_test(tcase, what_is_approved_is_judged_anew);
	tcase_add_test(tcase, an_overridden_guard_and_a_source_wait_with_it);
	tcase_add_test(tcase, what_waits_lies_on_the_disk_sealed);
	tcase_add_test(
	    tcase, approved_before_the_node_may_sign_it_becomes_a_draft);
	tcase_add_test(tcase, only_so_much_waits);
	tcase_add_test(tcase, a_batch_waits_item_by_item);
	suite_add_tcase(suite, tcase);
	return suite;
}
