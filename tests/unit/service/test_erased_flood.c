#define _POSIX_C_SOURCE 200809L

#include "ending.h"

#include "codec/canon.h"
#include "domain/reference.h"
#include "service/erasing_parts.h"
#include "service/reached.h"
#include "service/submit.h"

#include <string.h>
#include <time.h>

Suite *test_erased_flood_suite(void);

/* Erasures that are many, and name much. */

enum { BARE = 256 };

static struct id32 bare[BARE];
static Qsg__Reference references[LIMIT_REFERENCES];
static Qsg__Reference *listed[LIMIT_REFERENCES];
static uint8_t fill[LIMIT_REFERENCES][32];

static double spent_s(void)
{
	struct timespec at;

	ck_assert_int_eq(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at), 0);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static struct id32 say_something(unsigned readers)
{
	struct id32 about = { { 3 } };
	Qsg__Intelligence item;

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.source = canon_lend("healthwatch");
	item.kind = canon_lend("soft");
	item.text = canon_lend("something else");
	return ending_say(1, readers, QSG__PAYLOAD__CONTENT_INTELLIGENCE, &item,
	    "cites", &about);
}

/* 1 says so many things that come to 0 without their bodies. */
static Qsg__Records *without_bodies(size_t count)
{
	Qsg__Records *message = NULL;

	for (size_t i = 0; i < count; i++) {
		bare[i] = say_something(0x9u);
	}
	message =
	    fixture_message(&ending_fixture, 1, 0, &bare[0], 1, count + 1);
	for (size_t i = 1; i < message->n_records; i++) {
		message->records[i]->body.len = 0;
	}
	return message;
}

static void take(Qsg__Records *message)
{
	struct replica_taken taken;

	OK(fixture_take(&ending_fixture, 0, 1, message, &taken));
	OK(node_commit(ending_node(0)));
	canon_free(&message->base);
}

/* 1 says an erasure of `target`, to 0, that cites all that is bare and more. */
static struct id32 cite_all(struct id32 *target, size_t cited)
{
	Qsg__Erasure content;
	Qsg__Payload payload;
	int64_t org = fixture_org(&ending_fixture, 1, 0);
	struct id32 record;

	qsg__erasure__init(&content);
	qsg__payload__init(&payload);
	for (size_t i = 0; i <= cited; i++) {
		qsg__reference__init(&references[i]);
		references[i].relation = canon_lend(i ? "cites" : "erases");
		memcpy(fill[i], &i, sizeof i);
		references[i].record.data = !i          ? target->b
		                            : i <= BARE ? bare[i - 1].b
		                                        : fill[i];
		references[i].record.len = 32;
		listed[i] = &references[i];
	}
	payload.references = listed;
	payload.n_references = cited + 1;
	payload.role = canon_lend("administrator");
	content.reason = canon_lend("because");
	payload.content_case = QSG__PAYLOAD__CONTENT_ERASURE;
	payload.erasure = &content;
	OK(submit_payload(ending_node(1), &org, 1, &payload, &record));
	OK(node_commit(ending_node(1)));
	return record;
}

/* M510: many erasures, of one record or of many, name them all. */
START_TEST(many_that_come_without_bodies_are_taken_in_good_time)
{
	Qsg__Records *message = without_bodies(BARE);
	double began = 0;

	for (size_t i = 0; i < LIMIT_GRANT_TRIES; i++) {
		struct id32 target = { { 9, (uint8_t)(_i ? i : 0) } };
		struct id32 erasure = cite_all(&target, LIMIT_REFERENCES - 1);

		take(fixture_message(
		    &ending_fixture, 1, 0, &erasure, i ? i + 2 : 1, i + 2));
	}
	if (_i == 2) {
		fixture_restart(&ending_fixture, 0, true);
		ending_tick(0);
		ending_tick(0);
	}
	began = spent_s();
	take(message);
	ck_assert(spent_s() - began < 2.0);
	ck_assert_uint_eq(ending_node(0)->erasings->count, LIMIT_GRANT_TRIES);
	began = spent_s();
	ending_tick(0);
	ck_assert(spent_s() - began < 2.0);
}
END_TEST

/* M510 */
START_TEST(what_is_named_by_many_erasures_is_one_grant)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct reached reached = { 0 };

	ending_pull(1, 0);
	take(without_bodies(3));
	for (size_t i = 0; i < LIMIT_GRANT_TRIES; i++) {
		struct id32 erasure = cite_all(&record, 3);

		take(fixture_message(
		    &ending_fixture, 1, 0, &erasure, i ? i + 2 : 1, i + 2));
	}
	OK(reached_add(ending_node(0), &record, &reached));
	ck_assert_uint_eq(reached.count, 2);
	OK(reached_add_erased(ending_node(0), &record, &reached));
	ck_assert_uint_eq(reached.grant_count, 3);
	OK(reached_follow(ending_node(0), &reached));
	ck_assert_uint_eq(reached.count, 3);
	ck_assert(reached_has(&reached, node_id(ending_node(3))));
	ck_assert(!reached_has(&reached, node_id(ending_node(2))));
	reached_clear(&reached);
}
END_TEST

/* Other kinds of record may refer by `erases`, and are no erasures. */
START_TEST(what_is_no_erasure_is_not_answered)
{
	struct id32 target = { { 7 } };
	Qsg__Intelligence item;
	struct id32 said;

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.source = canon_lend("healthwatch");
	item.kind = canon_lend("soft");
	item.text = canon_lend("something else");
	said = ending_say(1, 0x1u, QSG__PAYLOAD__CONTENT_INTELLIGENCE, &item,
	    "erases", &target);
	ending_pull(0, 1);
	fixture_assert_state(
	    &ending_fixture, 0, &said, RECORD_READABLE, RECORD_NO_REASON);
	OK(erasings_look_again(ending_node(0), &target));
	ck_assert(
	    !ending_node(0)->erasings || ending_node(0)->erasings->count == 0);
}
END_TEST

Suite *test_erased_flood_suite(void)
{
	Suite *suite = suite_create("erased_flood");
	TCase *tests = tcase_create("erased_flood");

	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, ending_setup, ending_teardown);
	tcase_add_loop_test(
	    tests, many_that_come_without_bodies_are_taken_in_good_time, 0, 3);
	tcase_add_test(tests, what_is_named_by_many_erasures_is_one_grant);
	tcase_add_test(tests, what_is_no_erasure_is_not_answered);
	suite_add_tcase(suite, tests);
	return suite;
}
