#include "ending.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "codec/when.h"
#include "service/query.h"

#include <stdio.h>
#include <string.h>

Suite *test_erasing_suite(void);

/*
 * The author's.
 */

/* M446, M447, M451 */
START_TEST(an_authors_erasure_reaches_every_reader_and_each_answers)
{
	struct id32 record = ending_shared(0x6u, "a text");
	struct id32 other = ending_shared(0x6u, "another");
	struct erasing_account account;
	struct erasing_found found;
	char until[16];

	ending_pull(1, 0);
	ending_pull(2, 0);
	(void)ending_erased(0, &record);
	ending_assert_erased(0, &record);
	ending_assert_held(1, &record, "a text");
	ck_assert_int_eq(ending_answered(0, &record, 1, until), ERASING_OPEN);
	ending_pull(1, 0);
	ending_assert_erased(1, &record);
	ending_tick(1);
	ending_pull(0, 1);
	ck_assert_int_eq(ending_answered(0, &record, 1, until), ERASING_DONE);
	ck_assert_int_eq(ending_answered(0, &record, 2, until), ERASING_OPEN);
	/* Who did not ask hears no answer but its own. */
	ck_assert_int_eq(ending_answered(1, &record, 1, until), ERASING_DONE);
	ck_assert_int_eq(
	    ending_answered(1, &record, 2, until), ERASING_ELSEWHERE);
	ending_spread();
	found = ending_look(0, &record, 1, 2, &account);
	ck_assert(found.counts);
	ck_assert(!found.passed_on);
	ck_assert_str_eq(found.reason, "shared by mistake");
	erasing_account_clear(&account);
	for (size_t i = 0; i < 3; i++) {
		uint64_t leaves = node_head(ending_node(i))->size;

		for (int crash = 0; crash < 3; crash++) {
			ending_assert_erased(i, &record);
			ending_assert_held(i, &other, "another");
			fixture_assert_verifies(&ending_fixture, i);
			fixture_restart(&ending_fixture, i, crash == 1);
			ending_tick(i);
			/* Said once. */
			ck_assert_uint_eq(
			    node_head(ending_node(i))->size, leaves);
		}
	}
}
END_TEST

static enum err count_bodyless(
    void *context, const struct query_trouble *trouble)
{
	*(size_t *)context += strcmp(trouble->status, "bodyless") == 0;
	return ERR_OK;
}

/* It never came, and is no trouble. */
static void assert_waits(size_t at, const struct id32 *record)
{
	struct node *node = ending_node(at);
	struct query_totals totals;
	size_t troubles = 0;

	fixture_assert_state(
	    &ending_fixture, at, record, RECORD_BODYLESS, RECORD_NO_BODY);
	ck_assert(erasing_waits(node, views_find(node->views, record)));
	OK(query_totals(node, &totals));
	ck_assert_uint_eq(totals.waiting, 1);
	OK(query_troubles(node, count_bodyless, &troubles));
	ck_assert_uint_eq(troubles, 0);
}

/* 1 may not open an audience for 0 now. */
START_TEST(one_that_cannot_be_answered_keeps_no_other_from_it)
{
	struct id32 first = ending_shared(0x2u, "a text");
	struct id32 second;
	struct id32 said;
	char until[16];

	OK(fixture_share(&ending_fixture, 2, 0x2u, "another", &second));
	OK(fixture_share(&ending_fixture, 1, 0x4u, "so that 2 reads", &said));
	for (size_t i = 1; i < 3; i++) {
		OK(node_commit(ending_node(i)));
	}
	ending_pull(1, 0);
	ending_pull(1, 2);
	(void)ending_erased(0, &first);
	(void)ending_erased(2, &second);
	ending_pull(1, 0);
	ending_pull(1, 2);
	for (size_t i = 0; i < LIMIT_KEYING_PER_HOUR; i++) {
		ending_node(1)->keyed_ms[i] = ending_fixture.now_ms;
	}
	ending_tick(1);
	ending_pull(0, 1);
	ending_pull(2, 1);
	ck_assert_int_eq(ending_answered(2, &second, 1, until), ERASING_DONE);
	ck_assert_int_eq(ending_answered(0, &first, 1, until), ERASING_OPEN);
	ending_fixture.now_ms += FIXTURE_HOUR_MS;
	ending_tick(1);
	ending_pull(0, 1);
	ck_assert_int_eq(ending_answered(0, &first, 1, until), ERASING_DONE);
}
END_TEST

/* M507 */
START_TEST(a_stranger_to_the_record_does_not_learn_that_it_was_held)
{
	struct id32 record = ending_shared(0xAu, "a text");
	char until[16];

	ending_pull(1, 0);
	ending_pull(3, 0);
	if (_i) {
		(void)ending_erased(0, &record);
		ending_spread();
	}
	(void)ending_erasure_by(2, 0x2u, &record);
	(void)ending_erasure_by(3, 0x2u, &record);
	ending_spread();
	ck_assert_int_eq(ending_answered(2, &record, 1, until), ERASING_OPEN);
	ck_assert_int_eq(ending_answered(3, &record, 1, until),
	    _i ? ERASING_DONE : ERASING_OPEN);
}
END_TEST

/* M508: or an author could fill its readers' logs. */
START_TEST(who_asks_again_is_answered_once)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct erasing_account account;
	uint64_t leaves = 0;
	char until[16];

	ending_pull(1, 0);
	(void)ending_erased(0, &record);
	ending_spread();
	leaves = node_head(ending_node(1))->size;
	for (size_t i = 0; i < 5; i++) {
		(void)ending_erasure_by(0, 0x2u, &record);
	}
	ending_spread();
	fixture_restart(&ending_fixture, 1, true);
	ending_tick(1);
	ck_assert_uint_eq(node_head(ending_node(1))->size, leaves);
	ck_assert_int_eq(ending_answered(0, &record, 1, until), ERASING_DONE);
	OK(erasing_look(ending_node(0), &record, &account));
	for (size_t i = 0; i < account.erasure_count; i++) {
		ck_assert_int_eq(
		    account.erasures[i].readers[0].answered, ERASING_DONE);
	}
	erasing_account_clear(&account);
	/* Nor does it fill what is shown there. */
	ck_assert_uint_eq(ending_look(1, &record, 1, 1, &account).repeats, 5);
	erasing_account_clear(&account);
}
END_TEST

/* M443, M509: whoever comes after gets the place in the stream, and no body. */
START_TEST(an_erased_body_is_never_served_and_nothing_stalls)
{
	struct id32 record = ending_shared(0x6u, "a text");
	struct id32 later;

	ending_pull(2, 0);
	(void)ending_erased(0, &record);
	later = ending_shared(0x6u, "later");
	/* 2 has it still, and has not heard: 1 hears of it from the author. */
	ending_pull(1, 0);
	assert_waits(1, &record);
	ending_assert_held(1, &later, "later");
	ending_assert_held(2, &record, "a text");
	ending_fixture.now_ms += FIXTURE_HOUR_MS;
	ending_pull(1, 2);
	ending_assert_erased(1, &record);
	ck_assert_uint_eq(ending_node(1)->streams[0].bodyless, 0);
	ending_pull(2, 1);
	ending_assert_erased(2, &record);
	ending_assert_held(2, &later, "later");
	for (size_t i = 0; i < 3; i++) {
		fixture_assert_verifies(&ending_fixture, i);
	}
}
END_TEST

/* M509: a reader that never had the body keeps asking. */
START_TEST(who_has_not_seen_the_body_waits_for_it)
{
	struct id32 record = ending_shared(0x6u, "a text");
	Qsg__Records *message = NULL;
	struct replica_taken taken;
	char until[16];

	ending_pull(2, 0);
	(void)ending_erased(0, &record);
	/* Opening and record alone. */
	message = fixture_message(&ending_fixture, 0, 1, &record, 1, 2);
	ck_assert_uint_eq(message->records[1]->body.len, 0);
	OK(fixture_take(&ending_fixture, 1, 0, message, &taken));
	OK(node_commit(ending_node(1)));
	canon_free(&message->base);
	fixture_assert_state(
	    &ending_fixture, 1, &record, RECORD_BODYLESS, RECORD_NO_BODY);
	if (_i) {
		/* Somebody else has it still. */
		ending_pull(1, 2);
		ending_assert_held(1, &record, "a text");
		ending_pull(1, 0);
		ending_assert_erased(1, &record);
		ck_assert_uint_eq(ending_node(1)->streams[0].bodyless, 0);
	} else {
		ending_pull(1, 0);
		assert_waits(1, &record);
		ending_tick(1);
		ending_pull(0, 1);
		ck_assert_int_eq(
		    ending_answered(0, &record, 1, until), ERASING_DONE);
		fixture_restart(&ending_fixture, 1, true);
		assert_waits(1, &record);
		ending_tick(1);
		ending_pull(1, 2);
		ending_assert_erased(1, &record);
	}
	fixture_assert_verifies(&ending_fixture, 1);
}
END_TEST

static void take(size_t to, size_t from, Qsg__Records *message)
{
	struct replica_taken taken;

	OK(fixture_take(&ending_fixture, to, from, message, &taken));
	OK(node_commit(ending_node(to)));
	canon_free(&message->base);
}

/* M509: or an author could keep from one reader what others rest on. */
START_TEST(what_is_not_erased_heals_where_its_body_never_came)
{
	Qsg__Override content;
	struct id32 any = ending_shared(0x6u, "a text");
	struct id32 record;
	struct id32 erasure;
	Qsg__Records *message = NULL;

	qsg__override__init(&content);
	content.reason = canon_lend("it had to be");
	record = ending_say(0, 0x6u, QSG__PAYLOAD__CONTENT_OVERRIDE, &content,
	    "overrides", &any);
	ending_pull(2, 0);
	if (_i == 3) {
		/* It comes first. */
		erasure = ending_erasure_by(0, 0xEu, &record);
		take(1, 0,
		    fixture_message(&ending_fixture, 0, 1, &erasure, 1, 2));
	} else {
		(void)(_i == 2 ? ending_erasure_citing(0, 0x6u, &any, &record)
			       : ending_erasure_by(0, 0x6u, &record));
	}
	message =
	    fixture_message(&ending_fixture, 0, 1, &record, 1, _i == 3 ? 3 : 4);
	ck_assert_uint_ge(message->n_records, 3);
	message->records[2]->body.len = 0;
	take(1, 0, message);
	assert_waits(1, &record);
	if (_i == 1) {
		/* A grant of it by its author does not make it gone. */
		struct id32 grant = ending_granted(0, 0x2u, &record);

		take(
		    1, 0, fixture_message(&ending_fixture, 0, 1, &grant, 1, 2));
		fixture_assert_state(
		    &ending_fixture, 1, &grant, RECORD_BODYLESS, RECORD_ERASED);
		assert_waits(1, &record);
		ck_assert(!erasing_is_erased(ending_node(1), &record));
	}
	ending_fixture.now_ms += FIXTURE_HOUR_MS;
	ending_tick(1);
	ending_pull(1, 2);
	fixture_assert_state(
	    &ending_fixture, 1, &record, RECORD_READABLE, RECORD_NO_REASON);
	ck_assert(!erasing_is_erased(ending_node(1), &record));
	fixture_assert_verifies(&ending_fixture, 1);
	fixture_restart(&ending_fixture, 1, _i);
	ending_tick(1);
	fixture_assert_state(
	    &ending_fixture, 1, &record, RECORD_READABLE, RECORD_NO_REASON);
	fixture_assert_verifies(&ending_fixture, 1);
}
END_TEST

/* M442 M443: a message that was on its way. */
START_TEST(a_body_that_comes_after_its_erasure_is_dropped)
{
	struct id32 record = ending_shared(0x2u, "a text");
	Qsg__Records *message =
	    fixture_message(&ending_fixture, 0, 1, &record, 1, 2);
	struct replica_taken taken;
	struct id32 grant;
	char until[16];

	ck_assert_uint_gt(message->records[1]->body.len, 0);
	if (_i == 0) {
		/* So that the erasure is in a stream of its own. */
		grant = ending_granted(0, 0x4u, &record);
		(void)ending_erased(0, &record);
		ending_pull(2, 0);
		assert_waits(2, &grant);
		ending_tick(2);
		ending_pull(0, 2);
		ck_assert_int_eq(
		    ending_answered(0, &record, 2, until), ERASING_DONE);
		ck_assert_ptr_null(fixture_view(&ending_fixture, 1, &record));
		(void)ending_erasure_by(0, 0xAu, &record);
		{
			struct id32 wide = ending_erasure_by(0, 0xEu, &record);
			Qsg__Records *first =
			    fixture_message(&ending_fixture, 0, 1, &wide, 1, 2);

			OK(fixture_take(&ending_fixture, 1, 0, first, &taken));
			OK(node_commit(ending_node(1)));
			canon_free(&first->base);
		}
		ck_assert_ptr_null(fixture_view(&ending_fixture, 1, &record));
	} else {
		ending_pull(1, 0);
		(void)ending_erased(1, &record);
	}
	OK(fixture_take(&ending_fixture, 1, 0, message, &taken));
	OK(node_commit(ending_node(1)));
	canon_free(&message->base);
	ending_assert_erased(1, &record);
	fixture_assert_verifies(&ending_fixture, 1);
	fixture_restart(&ending_fixture, 1, _i == 0);
	ending_assert_erased(1, &record);
	ending_tick(1);
	fixture_assert_verifies(&ending_fixture, 1);
}
END_TEST

/* M444 */
START_TEST(an_erasure_by_somebody_else_is_kept_and_does_not_count)
{
	struct id32 record = ending_shared(0xEu, "a text");
	struct erasing_account account;
	struct erasing_found found;

	ending_pull(1, 0);
	ending_pull(2, 0);
	(void)ending_erasure_by(2, 0xBu, &record);
	ending_pull(1, 2);
	ending_pull(0, 2);
	ending_tick(1);
	ending_tick(0);
	ending_assert_held(1, &record, "a text");
	ending_assert_held(0, &record, "a text");
	found = ending_look(1, &record, 1, 3, &account);
	ck_assert(!found.counts);
	ck_assert_ptr_nonnull(strstr(found.why_not, "another organisation"));
	erasing_account_clear(&account);
	/* Also when it was there first. */
	ending_pull(3, 2);
	ending_pull(3, 0);
	ending_tick(3);
	ending_assert_held(3, &record, "a text");
	for (size_t i = 0; i < 4; i++) {
		if (i != 2) {
			fixture_assert_verifies(&ending_fixture, i);
		}
	}
}
END_TEST

/* M451 */
START_TEST(another_organisations_record_is_disposed_of_here_alone)
{
	struct id32 record = ending_shared(0x6u, "a text");
	struct erasing_result result;
	struct replica_taken taken;
	struct id32 made;

	ending_pull(1, 0);
	ending_pull(2, 0);
	OK(ending_erase(1, &record, "no longer needed", &result));
	ck_assert(!result.own);
	ck_assert_uint_eq(result.told_count, 0);
	ck_assert_uint_eq(result.bodies, 1);
	made = result.record;
	erasing_clear(&result);
	ending_assert_erased(1, &record);
	ending_spread();
	ending_assert_erased(1, &record);
	ending_assert_held(0, &record, "a text");
	ending_assert_held(2, &record, "a text");
	ck_assert_ptr_null(fixture_view(&ending_fixture, 0, &made));
	OK(fixture_pull(&ending_fixture, 1, 2, &taken));
	ck_assert_uint_eq(taken.taken, 0);
	FAILS(ending_erase(1, &record, "again", &result), ERR_STATE);
	erasing_clear(&result);
	fixture_assert_verifies(&ending_fixture, 1);
}
END_TEST

/*
 * Holds.
 */

/* M447 */
START_TEST(what_is_held_is_kept_and_said_until_the_hold_ends)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct hex32 hex = text_hex_id(&record);
	struct erasing_result result;
	struct erasing_named named;
	char until[16] = "";
	char want[16] = "";

	ending_pull(1, 0);
	ending_hold(1, &record, 3);
	(void)snprintf(want, sizeof want, "%.10s",
	    when_date(ending_fixture.now_ms + 3 * FIXTURE_DAY_MS).text);
	FAILS(ending_erase(1, &record, "not now", &result), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), want));
	erasing_clear(&result);
	(void)ending_erased(0, &record);
	ending_pull(1, 0);
	ending_tick(1);
	ending_tick(1);
	ending_assert_held(1, &record, "a text");
	ending_pull(0, 1);
	ck_assert_int_eq(ending_answered(0, &record, 1, until), ERASING_KEPT);
	ck_assert_str_eq(until, want);
	fixture_restart(&ending_fixture, 1, true);
	ending_tick(1);
	fixture_assert_verifies(&ending_fixture, 1);
	if (_i == 0) {
		OK(erasing_release_hold(ending_node(1), hex.text, &named));
		OK(node_commit(ending_node(1)));
		FAILS(erasing_release_hold(ending_node(1), hex.text, &named),
		    ERR_NOTFOUND);
	} else {
		ending_fixture.now_ms += 2 * FIXTURE_DAY_MS;
		ending_tick(1);
		ending_assert_held(1, &record, "a text");
		ending_fixture.now_ms += 2 * FIXTURE_DAY_MS;
	}
	ending_tick(1);
	ending_assert_erased(1, &record);
	ending_fixture.now_ms += FIXTURE_HOUR_MS;
	ending_pull(0, 1);
	ck_assert_int_eq(ending_answered(0, &record, 1, until), ERASING_DONE);
	fixture_assert_verifies(&ending_fixture, 1);
	fixture_restart(&ending_fixture, 1, false);
	fixture_assert_verifies(&ending_fixture, 1);
}
END_TEST

START_TEST(a_hold_says_why_and_until_a_day_to_come)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct hex32 hex = text_hex_id(&record);
	struct erasing_named named;

	FAILS(erasing_set_hold(
		  ending_node(0), hex.text, " ", "2099-01-01", &named),
	    ERR_INPUT);
	FAILS(erasing_set_hold(ending_node(0), hex.text, "why", "", &named),
	    ERR_INPUT);
	FAILS(erasing_set_hold(
		  ending_node(0), hex.text, "why", "1999-01-01", &named),
	    ERR_INPUT);
	FAILS(erasing_set_hold(
		  ending_node(0), "ffff", "why", "2099-01-01", &named),
	    ERR_NOTFOUND);
	(void)ending_erased(0, &record);
	FAILS(erasing_set_hold(
		  ending_node(0), hex.text, "why", "2099-01-01", &named),
	    ERR_STATE);
	ck_assert(!node_staged(ending_node(0)));
}
END_TEST

struct listed {
	size_t count;
	struct id32 record;
	char until[16];
	enum erasing_answered answers[4];
	size_t readers;
};

static enum err list_hold(
    void *context, const struct id32 *record, const struct erasing_hold *hold)
{
	struct listed *listed = context;

	listed->count++;
	listed->record = *record;
	memcpy(listed->until, hold->until, sizeof listed->until);
	return ERR_OK;
}

static enum err list_found(
    void *context, const struct id32 *record, const struct erasing_found *found)
{
	struct listed *listed = context;

	if (listed->count++ == 0) {
		listed->record = *record;
		listed->readers = found->reader_count;
		for (size_t i = 0; i < found->reader_count && i < 4; i++) {
			listed->answers[i] = found->readers[i].answered;
		}
	}
	return ERR_OK;
}

static struct listed unanswered(size_t at, size_t most, size_t *left_out)
{
	struct listed listed = { 0 };

	OK(erasing_unanswered(
	    ending_node(at), most, list_found, &listed, left_out));
	return listed;
}

static struct listed holds(size_t at)
{
	struct listed listed = { 0 };

	OK(erasing_holds(ending_node(at), list_hold, &listed));
	return listed;
}

START_TEST(what_is_held_and_who_has_not_answered_is_listed)
{
	struct id32 first = ending_shared(0x2u, "a text");
	struct id32 second = ending_shared(0x6u, "another");
	struct hex32 hex = text_hex_id(&first);
	struct erasing_named named;
	struct listed listed;
	size_t left_out = 0;

	ending_spread();
	ck_assert_uint_eq(holds(1).count, 0);
	ck_assert_uint_eq(unanswered(0, 8, &left_out).count, 0);
	OK(erasing_set_hold(
	    ending_node(1), hex.text, "an inquest", "2099-01-01", &named));
	OK(node_commit(ending_node(1)));
	(void)ending_erased(0, &first);
	ending_fixture.now_ms++;
	(void)ending_erased(0, &second);
	listed = unanswered(0, 8, &left_out);
	ck_assert_uint_eq(listed.count, 2);
	ck_assert(id_equal(&listed.record, &second)); /* the newest first */
	ck_assert_uint_eq(listed.readers, 2);
	ck_assert_int_eq(listed.answers[0], ERASING_OPEN);
	listed = unanswered(0, 1, &left_out);
	ck_assert_uint_eq(listed.count, 1);
	ck_assert_uint_eq(left_out, 1);
	ending_spread();
	/* Who keeps it has not done it. */
	listed = unanswered(0, 8, &left_out);
	ck_assert_uint_eq(listed.count, 1);
	ck_assert(id_equal(&listed.record, &first));
	ck_assert_int_eq(listed.answers[0], ERASING_KEPT);
	listed = holds(1);
	ck_assert_uint_eq(listed.count, 1);
	ck_assert(id_equal(&listed.record, &first));
	ck_assert_str_eq(listed.until, "2099-01-01");
	ck_assert_uint_eq(holds(0).count, 0);
	/* Others' erasures are theirs to follow. */
	ck_assert_uint_eq(unanswered(1, 8, &left_out).count, 0);
	OK(erasing_release_hold(ending_node(1), hex.text, &named));
	OK(node_commit(ending_node(1)));
	ending_spread();
	ck_assert_uint_eq(unanswered(0, 8, &left_out).count, 0);
	ck_assert_uint_eq(holds(1).count, 0);
}
END_TEST

Suite *test_erasing_suite(void)
{
	Suite *suite = suite_create("erasing");
	TCase *tests = tcase_create("erasing");

	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, ending_setup, ending_teardown);
	tcase_add_test(
	    tests, an_authors_erasure_reaches_every_reader_and_each_answers);
	tcase_add_test(tests, who_asks_again_is_answered_once);
	tcase_add_test(tests, what_is_held_and_who_has_not_answered_is_listed);
	tcase_add_test(
	    tests, one_that_cannot_be_answered_keeps_no_other_from_it);
	tcase_add_loop_test(tests,
	    a_stranger_to_the_record_does_not_learn_that_it_was_held, 0, 2);
	tcase_add_test(
	    tests, an_erased_body_is_never_served_and_nothing_stalls);
	tcase_add_loop_test(
	    tests, who_has_not_seen_the_body_waits_for_it, 0, 2);
	tcase_add_loop_test(
	    tests, what_is_not_erased_heals_where_its_body_never_came, 0, 4);
	tcase_add_loop_test(
	    tests, a_body_that_comes_after_its_erasure_is_dropped, 0, 2);
	tcase_add_test(
	    tests, an_erasure_by_somebody_else_is_kept_and_does_not_count);
	tcase_add_test(
	    tests, another_organisations_record_is_disposed_of_here_alone);
	tcase_add_loop_test(
	    tests, what_is_held_is_kept_and_said_until_the_hold_ends, 0, 2);
	tcase_add_test(tests, a_hold_says_why_and_until_a_day_to_come);
	suite_add_tcase(suite, tests);
	return suite;
}
