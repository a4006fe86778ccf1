#include "speaking.h"

#include "codec/canon.h"
#include "service/receipts.h"
#include "service/requests.h"

#include <string.h>

Suite *test_requests_suite(void);

/* M361 */
START_TEST(each_of_those_asked_is_open_until_it_says_something)
{
	static const enum requests_state after[] = { REQUESTS_ANSWERED,
		REQUESTS_NOTHING_HELD, REQUESTS_REFUSED };
	static const char *const verdicts[] = { "answered", "nothing-held",
		"refused" };
	struct requests_request look;
	struct id32 record = speaking_asked("01X", "02X");
	uint32_t rid = views_find(speaking.fixture.nodes[0]->views, &record);
	size_t place = 0;

	speaking.fixture.now_ms += 3 * FIXTURE_DAY_MS;
	OK(requests_look(speaking.fixture.nodes[0], rid, &look));
	ck_assert(look.ours && look.open && !look.to_us && !look.overdue);
	ck_assert_int_eq(look.age_ms, 3 * FIXTURE_DAY_MS);
	ck_assert_uint_eq(look.addressee_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(look.addressees[i].state, REQUESTS_OPEN);
		ck_assert_ptr_null(look.addressees[i].text);
		if (id_equal(&look.addressees[i].organisation,
			node_id(speaking.fixture.nodes[1]))) {
			place = i;
		}
	}
	requests_clear(&look);
	speaking.answer.verdict = canon_lend(verdicts[_i]);
	OK(speaking_say(1));
	speaking_pull(0, 1);
	for (int i = 0; i < 3; i++) {
		OK(requests_look(speaking.fixture.nodes[0], rid, &look));
		ck_assert_int_eq(look.addressees[place].state, after[_i]);
		ck_assert_str_eq(
		    look.addressees[place].text, "this is what we hold");
		ck_assert_int_eq(
		    look.addressees[1 - place].state, REQUESTS_OPEN);
		ck_assert(look.open);
		requests_clear(&look);
		fixture_restart(&speaking.fixture, 0, i == 0);
	}
	OK(speaking_say(2));
	speaking_pull(0, 2);
	OK(requests_look(speaking.fixture.nodes[0], rid, &look));
	ck_assert(!look.open);
	requests_clear(&look);
	/* 2 was asked with 1, and got what 1 said; 1 has nothing of 2. */
	speaking_pull(2, 1);
	OK(requests_look(speaking.fixture.nodes[2],
	    views_find(speaking.fixture.nodes[2]->views, &record), &look));
	ck_assert(look.to_us && !look.ours);
	ck_assert_int_eq(look.addressees[place].state, after[_i]);
	requests_clear(&look);
	OK(requests_look(speaking.fixture.nodes[1],
	    views_find(speaking.fixture.nodes[1]->views, &record), &look));
	ck_assert_int_eq(look.addressees[1 - place].state, REQUESTS_NOT_SEEN);
	ck_assert(!look.open);
	requests_clear(&look);
}
END_TEST

static enum err count_one(void *context, const struct requests_request *look)
{
	(void)look;
	++*(size_t *)context;
	return ERR_OK;
}

static size_t listed(size_t at, bool open_only)
{
	size_t count = 0;

	OK(requests_list(
	    speaking.fixture.nodes[at], open_only, count_one, &count));
	return count;
}

/* M361 */
START_TEST(what_is_open_is_listed_until_it_is_answered)
{
	struct requests_request look;
	struct id32 record;

	speaking.request.answer_by = canon_lend("2023-11-15");
	record = speaking_asked("01X", NULL);
	ck_assert_uint_eq(listed(0, true), 1);
	ck_assert_uint_eq(listed(1, true), 1);
	ck_assert_uint_eq(listed(2, false), 0);
	speaking.fixture.now_ms += FIXTURE_DAY_MS;
	OK(requests_look(speaking.fixture.nodes[0],
	    views_find(speaking.fixture.nodes[0]->views, &record), &look));
	ck_assert(!look.overdue);
	requests_clear(&look);
	speaking.fixture.now_ms += FIXTURE_DAY_MS;
	OK(requests_look(speaking.fixture.nodes[0],
	    views_find(speaking.fixture.nodes[0]->views, &record), &look));
	ck_assert(look.overdue);
	requests_clear(&look);
	OK(speaking_say(1));
	speaking_pull(0, 1);
	ck_assert_uint_eq(listed(0, true), 0);
	ck_assert_uint_eq(listed(0, false), 1);
	ck_assert_uint_eq(listed(1, true), 0);
	FAILS(requests_look(speaking.fixture.nodes[0], 1, &look), ERR_STATE);
}
END_TEST

/* M361 */
START_TEST(a_request_is_known_to_have_reached_whoever_signed_for_it)
{
	struct requests_request look;
	struct id32 record = speaking_asked("01X", "02X");

	OK(requests_look(speaking.fixture.nodes[0],
	    views_find(speaking.fixture.nodes[0]->views, &record), &look));
	for (size_t i = 0; i < look.addressee_count; i++) {
		ck_assert_int_eq(look.addressees[i].reached_ms, 0);
	}
	requests_clear(&look);
	speaking.fixture.now_ms += FIXTURE_HOUR_MS;
	receipts_tick(speaking.fixture.nodes[1]);
	OK(node_commit(speaking.fixture.nodes[1]));
	speaking_pull(0, 1);
	OK(requests_look(speaking.fixture.nodes[0],
	    views_find(speaking.fixture.nodes[0]->views, &record), &look));
	for (size_t i = 0; i < look.addressee_count; i++) {
		bool signed_for = id_equal(&look.addressees[i].organisation,
		    node_id(speaking.fixture.nodes[1]));

		ck_assert_int_eq(
		    look.addressees[i].reached_ms != 0, signed_for);
	}
	requests_clear(&look);
}
END_TEST

Suite *test_requests_suite(void)
{
	Suite *suite = suite_create("requests");
	TCase *tcase = tcase_create("requests");

	tcase_add_checked_fixture(tcase, speaking_setup, speaking_teardown);
	tcase_add_loop_test(
	    tcase, each_of_those_asked_is_open_until_it_says_something, 0, 3);
	tcase_add_test(tcase, what_is_open_is_listed_until_it_is_answered);
	tcase_add_test(
	    tcase, a_request_is_known_to_have_reached_whoever_signed_for_it);
	suite_add_tcase(suite, tcase);
	return suite;
}
