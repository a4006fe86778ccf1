#define _POSIX_C_SOURCE 200809L

#include "facts.h"

#include <stdlib.h>
#include <string.h>

Suite *test_picture_retract_suite(void);

enum { CCG, AREA, CQC, WATCH };

static struct facts facts;
static struct picture picture;

static void setup(void)
{
	memset(&facts, 0, sizeof facts);
	memset(&picture, 0, sizeof picture);
}

static void teardown(void)
{
	picture_clear(&picture);
	facts_clear(&facts);
}

static void look(void)
{
	picture_clear(&picture);
	picture = facts_picture(&facts);
}

static void stands(size_t number, enum picture_standing standing)
{
	const struct picture_entry *entry = facts_entry(&picture, number);

	ck_assert_msg(entry->standing == standing, "record %zu: %d, %s", number,
	    (int)entry->standing, entry->why);
	ck_assert_int_eq(entry->why[0] == '\0', standing == PICTURE_COUNTS);
}

static size_t answer(size_t author, size_t to, const char *verdict)
{
	size_t number = facts_about(
	    &facts, author, QSG__PAYLOAD__CONTENT_ANSWER, "answers", to);

	facts_payload(&facts, number)->answer->verdict = strdup(verdict);
	return number;
}

static size_t retraction(size_t author, size_t of)
{
	return facts_about(
	    &facts, author, QSG__PAYLOAD__CONTENT_RETRACTION, "retracts", of);
}

/* M477 */
START_TEST(what_is_retracted_does_not_count_nor_what_it_had_replaced)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	struct id32 first = facts_record(item);
	size_t correction = facts_item(&facts, CCG, "concern", "safety");
	struct id32 second = facts_record(correction);
	size_t bears = facts_about(&facts, CQC,
	    QSG__PAYLOAD__CONTENT_CORROBORATION, "corroborates", item);
	size_t took = 0;
	size_t late = 0;

	facts_refer(&facts, correction, "corrects", &first);
	/* Whichever of the chain it names. */
	took = retraction(CCG, _i ? item : correction);
	look();
	stands(item, PICTURE_CORRECTED);
	stands(correction, PICTURE_RETRACTED);
	stands(took, PICTURE_COUNTS);
	stands(bears, PICTURE_COUNTS);
	ck_assert_uint_eq(picture.counts.concerns, 0);
	ck_assert_uint_eq(picture.signal_count, 0);
	ck_assert_uint_eq(picture.counts.not_counted, 2);
	/* Nor what corrects it after that. */
	late = facts_item(&facts, CCG, "concern", "safety");
	facts_refer(&facts, late, "corrects", &second);
	look();
	stands(late, PICTURE_RETRACTED);
	ck_assert_uint_eq(picture.counts.concerns, 0);
}
END_TEST

/* M474 M477 */
START_TEST(of_several_named_those_that_are_held_are_meant)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	size_t last = facts_item(&facts, CCG, "concern", "safety");
	struct id32 missing = facts_record(FACTS_MOST);
	struct id32 first = facts_record(item);
	size_t other = facts_item(&facts, CQC, "concern", "safety");
	struct id32 theirs = facts_record(other);
	size_t took = 0;

	/* What lay between was never sent here. */
	facts_refer(&facts, last, "corrects", &missing);
	facts_refer(&facts, last, "corrects", &first);
	look();
	stands(item, PICTURE_CORRECTED);
	stands(last, PICTURE_COUNTS);
	took = facts_add(
	    &facts, CCG, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_RETRACTION);
	facts_refer(&facts, took, "retracts", &missing);
	facts_refer(&facts, took, "retracts", &first);
	facts_refer(&facts, took, "retracts", &theirs);
	look();
	stands(last, PICTURE_RETRACTED);
	stands(other, PICTURE_COUNTS);
	ck_assert_uint_eq(picture.counts.concerns, 1);
}
END_TEST

/* M474 */
START_TEST(corrections_of_what_is_not_held_are_of_one_chain)
{
	struct id32 missing = facts_record(FACTS_MOST);
	struct id32 between = facts_record(FACTS_MOST + 1);
	size_t one = facts_item(&facts, CCG, "concern", "safety");
	size_t two = facts_item(&facts, CCG, "concern", "safety");

	facts_refer(&facts, one, "corrects", &missing);
	facts_refer(&facts, two, "corrects", &between);
	facts_refer(&facts, two, "corrects", &missing);
	look();
	stands(one, PICTURE_CORRECTED);
	stands(two, PICTURE_COUNTS);
}
END_TEST

/* M476 */
START_TEST(nobody_retracts_for_somebody_else_nor_a_retraction)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	size_t other = facts_item(&facts, CCG, "concern", "safety");
	size_t false_one = retraction(CQC, item);
	size_t good_one = retraction(CCG, other);
	size_t again = retraction(CCG, good_one);

	look();
	stands(item, PICTURE_COUNTS);
	stands(false_one, PICTURE_REFUSED);
	stands(other, PICTURE_RETRACTED);
	stands(good_one, PICTURE_COUNTS);
	stands(again, PICTURE_REFUSED);
	facts.items[good_one].disowned = true;
	look();
	stands(other, PICTURE_COUNTS);
	stands(good_one, PICTURE_DISOWNED);
}
END_TEST

/* M477 */
START_TEST(a_judgement_taken_back_brings_no_older_one_back)
{
	size_t old = facts_judgement(&facts, CCG, "none");
	size_t new = facts_judgement(&facts, CCG, "regular-review");

	retraction(CCG, new);
	look();
	stands(old, PICTURE_OLDER);
	stands(new, PICTURE_RETRACTED);
	ck_assert_uint_eq(picture.counts.judgements, 0);
	/* One that had its day takes nothing with it. */
	new = facts_judgement(&facts, CCG, "none");
	retraction(CCG, old);
	look();
	stands(old, PICTURE_RETRACTED);
	stands(new, PICTURE_COUNTS);
}
END_TEST

/* M477 M373 */
START_TEST(a_request_whose_answer_is_taken_back_is_open_again)
{
	size_t ask = facts_add(
	    &facts, CCG, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_REQUEST);
	size_t reply = answer(CQC, ask, "answered");

	look();
	ck_assert_int_eq(facts_entry(&picture, ask)->request, PICTURE_ANSWERED);
	retraction(CQC, reply);
	look();
	ck_assert_int_eq(facts_entry(&picture, ask)->request, PICTURE_OPEN);
	ck_assert_uint_eq(picture.counts.open_requests, 1);
	retraction(CCG, ask);
	look();
	ck_assert_uint_eq(picture.counts.open_requests, 0);
}
END_TEST

Suite *test_picture_retract_suite(void)
{
	Suite *suite = suite_create("picture_retract");
	TCase *tests = tcase_create("picture_retract");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests,
	    what_is_retracted_does_not_count_nor_what_it_had_replaced, 0, 2);
	tcase_add_test(tests, of_several_named_those_that_are_held_are_meant);
	tcase_add_test(tests, corrections_of_what_is_not_held_are_of_one_chain);
	tcase_add_test(
	    tests, nobody_retracts_for_somebody_else_nor_a_retraction);
	tcase_add_test(tests, a_judgement_taken_back_brings_no_older_one_back);
	tcase_add_test(
	    tests, a_request_whose_answer_is_taken_back_is_open_again);
	suite_add_tcase(suite, tests);
	return suite;
}
