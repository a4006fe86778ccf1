#include "grouped.h"

#include "codec/canon.h"
#include "service/enrolment.h"
#include "service/query.h"
#include "service/release.h"
#include "store/drafts.h"

#include <string.h>

Suite *test_held_suite(void);

/* M367: 0 waits to sign and has a draft; 1 and 2 are in its group, 3 is not. */
static Qsg__Intelligence item;
static struct share_request request;
static struct share_result result;
static const char *to[2];

#define WAIT_MS 120000

static struct node *node0(void)
{
	return grouped_node(0);
}

static void setup(void)
{
	grouped_open();
	fixture_meet(&grouped_fixture, 0, 3);
	grouped_all_join(3);
	grouped_fixture.wait_ms = WAIT_MS;
	fixture_restart(&grouped_fixture, 0, true);
	ck_assert_int_eq(node0()->start.signing, STATE_WAITS);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("visit");
	item.text = canon_lend("call bells");
	to[0] = GROUPED_NAME;
	request = (struct share_request){
		.to = to, .to_count = 1, .intelligence = &item, .yes = true
	};
}

static void teardown(void)
{
	share_clear(&result);
	grouped_close();
}

static void make_draft(void)
{
	OK(share_intelligence(node0(), &request, &result));
	OK(node_commit(node0()));
	ck_assert_int_eq(result.draft, 1);
	share_clear(&result);
}

static void leaves(size_t at)
{
	OK(grouped_leave(at));
	grouped_spread();
}

static size_t held(void)
{
	return views_count(node0()->views);
}

static void wait_over(void)
{
	uint64_t drafts = 1;

	grouped_fixture.now_ms += WAIT_MS;
	fixture_tick(&grouped_fixture, 0);
	fixture_tick(&grouped_fixture, 0);
	OK(drafts_count(node0()->db, &drafts));
	ck_assert_uint_eq(drafts, 0);
}

struct seen {
	size_t count;
	uint64_t draft;
	size_t readers;
	size_t were;
};

static enum err see(void *context, const Qsg__PendingRelease *pending)
{
	struct seen *seen = context;

	seen->count++;
	seen->draft = pending->draft;
	seen->readers = pending->n_readers;
	seen->were = pending->n_were;
	return ERR_OK;
}

static void waits_for(size_t were, size_t readers)
{
	struct seen seen = { 0 };

	OK(release_list(node0(), see, &seen));
	ck_assert_uint_eq(seen.count, 1);
	ck_assert_uint_eq(release_waiting(node0()), 1);
	ck_assert_uint_eq(seen.draft, 1);
	ck_assert_uint_eq(seen.were, were);
	ck_assert_uint_eq(seen.readers, readers);
	fixture_assert_verifies(&grouped_fixture, 0);
}

START_TEST(a_draft_for_a_group_that_somebody_left_waits_for_a_person)
{
	size_t before = 0;

	request.override_reason = "a test number";
	request.source_identity = "the night sister";
	request.asked_by = "Analyst One";
	item.text = canon_lend("NHS number 943 476 5919");
	make_draft();
	leaves(2);
	before = held();
	wait_over();
	ck_assert_uint_eq(held(), before);
	waits_for(2, 1);
	/* One person is enough, also the one who asked. */
	FAILS(release_approve(node0(), 1, " ", &result), ERR_INPUT);
	share_clear(&result);
	OK(release_approve(node0(), 1, "Analyst One", &result));
	OK(node_commit(node0()));
	ck_assert_uint_eq(result.reader_count, 1);
	ck_assert_int_eq(
	    result.readers[0], fixture_org(&grouped_fixture, 0, 1));
	ck_assert(!id_is_zero(&result.override_record));
	ck_assert(!id_is_zero(&result.source_record));
	ck_assert(!id_is_zero(&result.decision_record));
	ck_assert_uint_eq(release_waiting(node0()), 0);
}
END_TEST

START_TEST(when_nobody_is_left_it_can_only_be_refused)
{
	struct id32 record;

	make_draft();
	OK(grouped_leave(1));
	leaves(2);
	wait_over();
	waits_for(2, 0);
	FAILS(release_approve(node0(), 1, "Anybody", &result), ERR_STATE);
	OK(release_refuse(node0(), 1, "Anybody", "too late", &record));
	OK(node_commit(node0()));
	ck_assert_uint_eq(release_waiting(node0()), 0);
}
END_TEST

START_TEST(whoever_is_refused_meanwhile_stops_a_draft_that_names_it)
{
	struct peer *peer =
	    peers_get(node0(), fixture_org(&grouped_fixture, 0, 1));

	{
		static struct fingerprint names[2];

		names[0] = text_fingerprint(node_id(grouped_node(1)));
		names[1] = text_fingerprint(node_id(grouped_node(2)));
		to[0] = names[0].text;
		to[1] = names[1].text;
		request.to_count = 2;
	}
	make_draft();
	OK(enrolment_refuse(node0(), peer, "it misused what it was told"));
	OK(node_commit(node0()));
	wait_over();
	waits_for(2, 1);
	OK(release_approve(node0(), 1, "Anybody", &result));
	ck_assert_uint_eq(result.reader_count, 1);
}
END_TEST

/* Its readers as they were made sure of: one beside the group, too, and nobody
 * who came meanwhile. */
START_TEST(a_draft_whose_readers_all_remain_is_sealed)
{
	struct fingerprint name = text_fingerprint(node_id(grouped_node(3)));
	const struct state_stream *stream = NULL;
	size_t before = 0;

	to[1] = name.text;
	request.to_count = 2;
	make_draft();
	before = held();
	wait_over();
	ck_assert_uint_gt(held(), before);
	ck_assert_uint_eq(release_waiting(node0()), 0);
	stream = state_stream(node0(), (int64_t)node0()->stream_count);
	ck_assert_uint_eq(stream->reader_count, 1); /* the decision's */
	stream = state_stream(node0(), (int64_t)node0()->stream_count - 1);
	ck_assert_uint_eq(stream->reader_count, 4);
	ck_assert(id_equal(&stream->group, &grouped_at(0)->id));
}
END_TEST

/* By then a rule asks for two: one is not enough. */
START_TEST(a_rule_of_four_eyes_asks_for_the_second_anew)
{
	struct policies policies = { 0 };

	make_draft();
	leaves(2);
	wait_over();
	OK(policies_set(
	    node0(), span_text("[rule]\nverdict = four eyes\n"), &policies));
	OK(node_commit(node0()));
	policies_clear(&policies);
	OK(release_approve(node0(), 1, "Analyst One", &result));
	OK(node_commit(node0()));
	ck_assert(id_is_zero(&result.record));
	ck_assert_int_eq(result.release, 2);
	share_clear(&result);
	FAILS(release_approve(node0(), 2, "Analyst One", &result), ERR_DENIED);
	share_clear(&result);
	OK(release_approve(node0(), 2, "Analyst Two", &result));
	ck_assert(!id_is_zero(&result.record));
}
END_TEST

Suite *test_held_suite(void)
{
	Suite *suite = suite_create("held");
	TCase *tcase = tcase_create("held");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, a_draft_for_a_group_that_somebody_left_waits_for_a_person);
	tcase_add_test(tcase, when_nobody_is_left_it_can_only_be_refused);
	tcase_add_test(
	    tcase, whoever_is_refused_meanwhile_stops_a_draft_that_names_it);
	tcase_add_test(tcase, a_draft_whose_readers_all_remain_is_sealed);
	tcase_add_test(tcase, a_rule_of_four_eyes_asks_for_the_second_anew);
	suite_add_tcase(suite, tcase);
	return suite;
}
