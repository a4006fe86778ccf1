#include "grouped.h"
#include "speaking.h"

#include "codec/canon.h"
#include "service/policies.h"
#include "service/relations.h"
#include "service/release.h"

#include <string.h>

Suite *test_saying_policy_suite(void);

#define PATIENT "NHS number 943 476 5919"

/*
 * Between organisations that name each other.
 */

static void policy(size_t at, const char *text)
{
	struct policies policies = { 0 };

	OK(policies_set(
	    speaking.fixture.nodes[at], span_text(text), &policies));
	OK(node_commit(speaking.fixture.nodes[at]));
	policies_clear(&policies);
}

/* M346 */
START_TEST(what_is_never_shared_is_not_said_either)
{
	policy(1, "[rule]\ntype = corroboration\nverdict = never\n");
	(void)speaking_shared(1u << 1);
	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	speaking_refused(1, ERR_DENIED, "never");
	speaking_content(QSG__PAYLOAD__CONTENT_FEEDBACK, &speaking.feedback);
	OK(speaking_say(1));
}
END_TEST

static const struct view_record *newest(size_t at)
{
	struct views *views = speaking.fixture.nodes[at]->views;

	return views_get(views, (uint32_t)views_count(views));
}

/* M351 M364 */
START_TEST(four_eyes_wait_and_then_it_is_said_as_it_was)
{
	struct node *node = NULL;
	struct share_result shared;
	struct id32 record;
	int64_t number = 0;

	policy(1, "[rule]\ntype = answer\nverdict = four eyes\n");
	record = speaking_asked("01X", "02X");
	node = speaking.fixture.nodes[1];
	speaking.answer.text = canon_lend(PATIENT);
	speaking.saying.share.override_reason = "a test number";
	speaking_refused(1, ERR_INPUT, "--asked-by");
	speaking.saying.share.asked_by = "Analyst A";
	OK(speaking_say(1));
	number = speaking.result.share.release;
	ck_assert_int_ne(number, 0);
	ck_assert(id_is_zero(&speaking.result.share.record));
	FAILS(release_approve(node, number, "Analyst A", &shared), ERR_DENIED);
	share_clear(&shared);
	OK(release_approve(node, number, "Analyst B", &shared));
	OK(node_commit(node));
	ck_assert(!id_is_zero(&shared.record));
	ck_assert(!id_is_zero(&shared.override_record));
	ck_assert_uint_eq(shared.reader_count, 2);
	ck_assert_int_eq(newest(1)->type, VIEW_DECISION);
	speaking_pull(0, 1);
	{
		size_t count = 0;

		OK(relations_count(speaking.fixture.nodes[0],
		    views_find(speaking.fixture.nodes[0]->views, &record),
		    REFERENCE_ANSWERS, &count));
		ck_assert_uint_eq(count, 1);
	}
	share_clear(&shared);
}
END_TEST

/* What was in time when it was asked for may be late when it is approved. */
START_TEST(what_waited_is_looked_at_again)
{
	struct share_result shared;

	policy(1, "[rule]\ntype = request\nverdict = four eyes\n");
	speaking.to[0] = "00X";
	speaking.saying.share.to_count = 1;
	speaking.saying.share.asked_by = "Analyst A";
	speaking.request.answer_by = canon_lend("2023-11-15");
	speaking_content(QSG__PAYLOAD__CONTENT_REQUEST, &speaking.request);
	OK(speaking_say(1));
	speaking.fixture.now_ms += 3 * FIXTURE_DAY_MS;
	FAILS(release_approve(speaking.fixture.nodes[1],
		  speaking.result.share.release, "Analyst B", &shared),
	    ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "is over"));
	share_clear(&shared);
}
END_TEST

/*
 * To a group.
 */

static Qsg__InformationRequest request;
static Qsg__Payload asked;
static struct saying saying;
static struct saying_result result;
static const char *to[2];

static void group_setup(void)
{
	grouped_open();
	grouped_all_join(3);
	qsg__information_request__init(&request);
	request.provider = canon_lend("RAL");
	request.purpose = canon_lend("to judge");
	qsg__payload__init(&asked);
	asked.content_case = QSG__PAYLOAD__CONTENT_REQUEST;
	asked.request = &request;
	memset(&result, 0, sizeof result);
	to[0] = "south london qsg";
	saying = (struct saying){ .content = &asked,
		.share = { .to = to, .to_count = 1 } };
}

static void group_teardown(void)
{
	saying_clear(&result);
	grouped_close();
}

static enum err ask(void)
{
	saying_clear(&result);
	return saying_submit(grouped_node(1), &saying, &result);
}

/* M347 */
START_TEST(a_group_is_asked_once_its_readers_are_confirmed)
{
	struct hex32 list;
	const struct state_stream *stream = NULL;
	const struct group_state *group = grouped_at(1);
	struct node *node = grouped_node(1);

	FAILS(ask(), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "--yes"));
	ck_assert(result.share.asks_list);
	ck_assert_uint_eq(result.share.reader_count, 2);
	list = result.share.list;
	saying.share.confirmed =
	    "0000000000000000000000000000000000000000000000000000000000000000";
	FAILS(ask(), ERR_STATE);
	saying.share.confirmed = list.text;
	OK(ask());
	OK(node_commit(node));
	stream = state_stream(
	    node, views_get(node->views,
		      views_find(node->views, &result.share.record))
		      ->stream);
	ck_assert_uint_eq(stream->reader_count, 3);
	ck_assert(id_equal(&stream->group, &group->id));
	ck_assert_uint_eq(stream->group_epoch, group->epoch);
}
END_TEST

START_TEST(a_group_that_is_not_known_is_not_asked)
{
	to[0] = "North London QSG";
	saying.share.yes = true;
	FAILS(ask(), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "South London QSG"));
}
END_TEST

Suite *test_saying_policy_suite(void)
{
	Suite *suite = suite_create("saying_policy");
	TCase *named = tcase_create("named");
	TCase *grouped = tcase_create("grouped");

	tcase_add_checked_fixture(named, speaking_setup, speaking_teardown);
	tcase_add_test(named, what_is_never_shared_is_not_said_either);
	tcase_add_test(named, four_eyes_wait_and_then_it_is_said_as_it_was);
	tcase_add_test(named, what_waited_is_looked_at_again);
	suite_add_tcase(suite, named);
	tcase_add_checked_fixture(grouped, group_setup, group_teardown);
	tcase_add_test(
	    grouped, a_group_is_asked_once_its_readers_are_confirmed);
	tcase_add_test(grouped, a_group_that_is_not_known_is_not_asked);
	suite_add_tcase(suite, grouped);
	return suite;
}
