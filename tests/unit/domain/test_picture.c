#define _POSIX_C_SOURCE 200809L

#include "facts.h"

#include "codec/canon.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_picture_suite(void);

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

START_TEST(nothing_gives_an_empty_picture)
{
	struct id32 hash;

	look();
	ck_assert_uint_eq(picture.count, 0);
	ck_assert_uint_eq(picture.signal_count, 0);
	ck_assert_int_eq(picture_hash(&picture, &hash), ERR_OK);
}
END_TEST

START_TEST(weak_signals_of_several_organisations_stand_together)
{
	size_t first = facts_item(&facts, CCG, "concern", "experience");
	size_t bears = 0;

	facts_item(&facts, CCG, "concern", "safety");
	facts_item(&facts, WATCH, "concern", "experience");
	facts_item(&facts, AREA, "assurance", "experience");
	facts_item(&facts, AREA, "concern", NULL);
	bears = facts_about(&facts, CQC, QSG__PAYLOAD__CONTENT_CORROBORATION,
	    "corroborates", first);
	facts_payload(&facts, bears)->corroboration->source = strdup("visit");
	look();
	ck_assert_uint_eq(picture.counts.concerns, 4);
	ck_assert_uint_eq(picture.counts.assurances, 1);
	ck_assert_uint_eq(picture.counts.corroborations, 1);
	ck_assert_uint_eq(picture.signal_count, 3);
	ck_assert_str_eq(picture.signals[0].dimension, "experience");
	ck_assert_uint_eq(picture.signals[0].concerns, 2);
	ck_assert_uint_eq(picture.signals[0].organisations, 3);
	ck_assert_uint_eq(picture.signals[0].sources, 2);
	ck_assert_str_eq(picture.signals[1].dimension, "");
	ck_assert_str_eq(picture.signals[2].dimension, "safety");
	ck_assert(picture_in_signal(
	    facts_entry(&picture, first), &picture.signals[0]));
	ck_assert(!picture_in_signal(
	    facts_entry(&picture, first), &picture.signals[2]));
}
END_TEST

/* M499 */
START_TEST(dimensions_that_nobody_knows_stand_together)
{
	char word[32];
	char *two[] = { canon_lend("of-its-own"), canon_lend("of-another") };
	size_t last = 0;

	for (size_t i = 0; i < 100; i++) {
		(void)snprintf(word, sizeof word, "invented-%zu", i);
		last = facts_item(&facts, CCG, "concern", word);
	}
	facts_item(&facts, CCG, "concern", "safety");
	look();
	ck_assert_uint_eq(picture.signal_count, 2);
	ck_assert_str_eq(picture.signals[0].dimension, PICTURE_OTHER);
	ck_assert_uint_eq(picture.signals[0].concerns, 100);
	ck_assert(picture_in_signal(
	    facts_entry(&picture, last), &picture.signals[0]));
	ck_assert(!picture_in_signal(
	    facts_entry(&picture, last), &picture.signals[1]));
	/* An item that invents two counts once. */
	last = facts_item(&facts, AREA, "concern", NULL);
	facts_payload(&facts, last)->intelligence->dimensions = two;
	facts_payload(&facts, last)->intelligence->n_dimensions = 2;
	look();
	ck_assert_uint_eq(picture.signal_count, 2);
	ck_assert_uint_eq(picture.signals[0].concerns, 101);
	facts_payload(&facts, last)->intelligence->dimensions = NULL;
	facts_payload(&facts, last)->intelligence->n_dimensions = 0;
}
END_TEST

/* M371 */
START_TEST(of_one_authors_judgements_the_newest_of_its_log_counts)
{
	size_t old = facts_judgement(&facts, CCG, "none");
	size_t new = facts_judgement(&facts, CCG, "regular-review");
	size_t other = facts_judgement(&facts, CQC, "none");

	/* Whatever the times say. */
	facts_payload(&facts, old)->created_at_ms = FACTS_NOW_MS;
	look();
	stands(old, PICTURE_OLDER);
	stands(new, PICTURE_COUNTS);
	stands(other, PICTURE_COUNTS);
	ck_assert_uint_eq(picture.counts.judgements, 2);
	ck_assert_ptr_eq(&picture.entries[facts_entry(&picture, old)->instead],
	    facts_entry(&picture, new));
	/* A later log of the author comes after all of an earlier one. */
	facts.items[old].generation = 1;
	look();
	stands(old, PICTURE_COUNTS);
	stands(new, PICTURE_OLDER);
}
END_TEST

START_TEST(opposed_judgements_on_safety_are_marked_and_both_stand)
{
	size_t calm = facts_judgement(&facts, CCG, "none");
	size_t other = facts_judgement(&facts, AREA, "regular-review");
	size_t item = 0;

	look();
	ck_assert(!picture.opposed);
	ck_assert(!facts_entry(&picture, calm)->opposed);
	item = facts_item(&facts, AREA, "concern", "safety");
	look();
	ck_assert(picture.opposed);
	ck_assert(facts_entry(&picture, calm)->opposed);
	ck_assert(facts_entry(&picture, other)->opposed);
	ck_assert(!facts_entry(&picture, item)->opposed);
	stands(calm, PICTURE_COUNTS);
	stands(other, PICTURE_COUNTS);
	facts_judgement(&facts, AREA, "none");
	look();
	ck_assert(!picture.opposed);
	facts_judgement(&facts, CQC, "risk-summit-required");
	look();
	ck_assert(picture.opposed);
}
END_TEST

START_TEST(a_correction_takes_the_place_of_what_it_corrects)
{
	size_t first = facts_item(&facts, CCG, "concern", "safety");
	size_t one = facts_item(&facts, CCG, "concern", "experience");
	size_t two = facts_item(&facts, CCG, "assurance", "experience");
	size_t chain = facts_item(&facts, CCG, "good-practice", NULL);
	struct id32 id = facts_record(first);
	struct id32 later = facts_record(two);
	size_t about = facts_about(&facts, CQC,
	    QSG__PAYLOAD__CONTENT_CORROBORATION, "corroborates", first);

	facts_refer(&facts, one, "corrects", &id);
	facts_refer(&facts, two, "corrects", &id);
	facts_refer(&facts, chain, "corrects", &later);
	look();
	stands(first, PICTURE_CORRECTED);
	stands(one, PICTURE_CORRECTED);
	stands(two, PICTURE_CORRECTED);
	stands(chain, PICTURE_COUNTS);
	stands(about, PICTURE_COUNTS);
	ck_assert_uint_eq(picture.counts.concerns, 0);
	ck_assert_uint_eq(picture.counts.good_practice, 1);
	ck_assert_ptr_eq(&picture.entries[picture_current(
			     &picture, facts_entry(&picture, about)->target)],
	    facts_entry(&picture, chain));
}
END_TEST

/* M174 */
START_TEST(nobody_corrects_for_somebody_else)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	size_t false_one = facts_item(&facts, WATCH, "assurance", "safety");
	size_t again = facts_item(&facts, WATCH, "good-practice", "safety");
	struct id32 id = facts_record(item);

	facts_refer(&facts, false_one, "corrects", &id);
	facts_refer(&facts, again, "corrects", &id);
	look();
	stands(item, PICTURE_COUNTS);
	/* Items of its own, which it did not correct either. */
	stands(false_one, PICTURE_COUNTS);
	stands(again, PICTURE_COUNTS);
}
END_TEST

START_TEST(a_correction_may_move_an_item_to_another_provider)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	size_t moved = facts_item(&facts, CCG, "concern", "safety");
	size_t about = facts_about(&facts, CQC,
	    QSG__PAYLOAD__CONTENT_CORROBORATION, "corroborates", item);
	Qsg__Intelligence *other = facts_payload(&facts, moved)->intelligence;
	struct id32 id = facts_record(item);

	facts_refer(&facts, moved, "corrects", &id);
	free(other->provider);
	other->provider = strdup("RAP");
	look();
	stands(item, PICTURE_CORRECTED);
	stands(moved, PICTURE_ELSEWHERE);
	stands(about, PICTURE_ELSEWHERE);
	ck_assert_uint_eq(picture.counts.concerns, 0);
	ck_assert_uint_eq(picture.counts.corroborations, 0);
}
END_TEST

/* M372 */
START_TEST(who_could_not_read_a_record_cannot_bear_it_out)
{
	static const Qsg__Payload__ContentCase contents[] = {
		QSG__PAYLOAD__CONTENT_CORROBORATION,
		QSG__PAYLOAD__CONTENT_FEEDBACK,
	};
	static const char *const relations[] = { "corroborates",
		"feedback-on" };
	size_t item = facts_add(
	    &facts, CCG, 1u << AREA, QSG__PAYLOAD__CONTENT_INTELLIGENCE);

	for (size_t i = 0; i < 2; i++) {
		size_t reader =
		    facts_about(&facts, AREA, contents[i], relations[i], item);
		size_t outside =
		    facts_about(&facts, WATCH, contents[i], relations[i], item);
		size_t own =
		    facts_about(&facts, CCG, contents[i], relations[i], item);

		look();
		stands(reader, PICTURE_COUNTS);
		stands(outside, PICTURE_REFUSED);
		stands(own, PICTURE_REFUSED);
	}
	ck_assert_uint_eq(picture.counts.corroborations, 1);
	ck_assert_uint_eq(picture.counts.feedback, 1);
	ck_assert_uint_eq(picture.counts.not_counted, 4);
}
END_TEST

START_TEST(what_is_said_of_a_record_not_held_waits_for_it)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	size_t about = facts_about(&facts, CQC,
	    QSG__PAYLOAD__CONTENT_CORROBORATION, "corroborates", item);
	struct picture_fact held = facts.items[item];

	facts.items[item] = facts.items[about];
	facts.count--;
	look();
	stands(about, PICTURE_ELSEWHERE);
	ck_assert_uint_eq(picture.counts.corroborations, 0);
	facts.items[about] = facts.items[item];
	facts.items[item] = held;
	facts.count++;
	look();
	stands(about, PICTURE_COUNTS);
}
END_TEST

static size_t answer(size_t author, size_t to, const char *verdict)
{
	size_t number = facts_about(
	    &facts, author, QSG__PAYLOAD__CONTENT_ANSWER, "answers", to);

	facts_payload(&facts, number)->answer->verdict = strdup(verdict);
	return number;
}

/* M373 */
START_TEST(a_request_is_open_with_its_age_until_an_answer_counts)
{
	size_t ask = facts_add(
	    &facts, CCG, 1u << CQC | 1u << AREA, QSG__PAYLOAD__CONTENT_REQUEST);
	size_t stranger = 0;
	size_t item = facts_item(&facts, CCG, "concern", "safety");

	facts_payload(&facts, ask)->created_at_ms = FACTS_NOW_MS - 5000;
	/* 14 November 2023 in London. */
	facts_payload(&facts, ask)->request->answer_by = strdup("2023-11-14");
	stranger = answer(WATCH, ask, "answered");
	look();
	stands(stranger, PICTURE_REFUSED);
	ck_assert_int_eq(facts_entry(&picture, ask)->request, PICTURE_OPEN);
	ck_assert_int_eq(facts_entry(&picture, ask)->age_ms, 5000);
	ck_assert(!facts_entry(&picture, ask)->overdue);
	ck_assert_uint_eq(picture.counts.open_requests, 1);
	facts_payload(&facts, ask)->request->answer_by[9] = '3';
	look();
	ck_assert(facts_entry(&picture, ask)->overdue);
	answer(CQC, ask, "refused");
	look();
	ck_assert_int_eq(facts_entry(&picture, ask)->request, PICTURE_DECLINED);
	answer(AREA, ask, "answered");
	look();
	ck_assert_int_eq(facts_entry(&picture, ask)->request, PICTURE_ANSWERED);
	ck_assert(!facts_entry(&picture, ask)->overdue);
	ck_assert_uint_eq(picture.counts.open_requests, 0);
	stranger = answer(CQC, item, "answered");
	look();
	stands(stranger, PICTURE_REFUSED);
}
END_TEST

/* M371 */
START_TEST(a_later_answer_of_one_organisation_takes_the_place_of_its_first)
{
	size_t ask =
	    facts_add(&facts, CCG, 1u << CQC, QSG__PAYLOAD__CONTENT_REQUEST);
	size_t first = answer(CQC, ask, "answered");
	size_t second = answer(CQC, ask, "refused");

	look();
	stands(first, PICTURE_OLDER);
	stands(second, PICTURE_COUNTS);
	ck_assert_int_eq(facts_entry(&picture, ask)->request, PICTURE_DECLINED);
}
END_TEST

static size_t finding(size_t author, const char *what, const char *question)
{
	size_t number = facts_add(
	    &facts, author, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_FINDING);
	Qsg__Finding *made = facts_payload(&facts, number)->finding;

	made->what = strdup(what);
	if (question[0] != '\0')
		made->question = strdup(question);
	return number;
}

/* M371 */
START_TEST(ratings_replace_each_other_by_question_and_events_do_not)
{
	size_t old = finding(CQC, "rating", "safe");
	size_t new = finding(CQC, "rating", "safe");
	size_t led = finding(CQC, "rating", "well-led");
	size_t whole = finding(CQC, "rating", "");
	size_t first = finding(CQC, "enforcement", "");
	size_t second = finding(CQC, "enforcement", "");

	look();
	stands(old, PICTURE_OLDER);
	stands(new, PICTURE_COUNTS);
	stands(led, PICTURE_COUNTS);
	stands(whole, PICTURE_COUNTS);
	stands(first, PICTURE_COUNTS);
	stands(second, PICTURE_COUNTS);
}
END_TEST

START_TEST(a_finding_of_somebody_else_is_shown_and_not_counted)
{
	size_t real = finding(CQC, "rating", "safe");
	size_t claimed = finding(WATCH, "rating", "safe");

	facts.items[claimed].refused = "not CQC";
	look();
	stands(real, PICTURE_COUNTS);
	stands(claimed, PICTURE_REFUSED);
	ck_assert_str_eq(facts_entry(&picture, claimed)->why, "not CQC");
	ck_assert_uint_eq(picture.counts.findings, 1);
	ck_assert_uint_eq(picture.counts.not_counted, 1);
}
END_TEST

START_TEST(disowned_records_count_for_nothing_and_replace_nothing)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	size_t correction = facts_item(&facts, CCG, "assurance", "safety");
	size_t judgement = facts_judgement(&facts, CCG, "regular-review");
	size_t newer = facts_judgement(&facts, CCG, "none");
	struct id32 id = facts_record(item);

	facts_refer(&facts, correction, "corrects", &id);
	facts.items[correction].disowned = true;
	facts.items[newer].disowned = true;
	look();
	stands(item, PICTURE_COUNTS);
	stands(correction, PICTURE_DISOWNED);
	stands(judgement, PICTURE_COUNTS);
	stands(newer, PICTURE_DISOWNED);
}
END_TEST

START_TEST(housekeeping_is_no_part_of_a_picture)
{
	size_t relation = facts_add(
	    &facts, CCG, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_RELATION);
	size_t audience = facts_add(
	    &facts, CCG, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_AUDIENCE);
	size_t policy = facts_add(&facts, CCG, 0, QSG__PAYLOAD__CONTENT_POLICY);

	look();
	stands(relation, PICTURE_COUNTS);
	stands(audience, PICTURE_ELSEWHERE);
	stands(policy, PICTURE_ELSEWHERE);
	ck_assert(picture_is_shared(&facts.items[relation]));
	ck_assert(!picture_is_shared(&facts.items[policy]));
}
END_TEST

/* M375 */
START_TEST(the_hash_follows_what_is_held_and_not_when_it_is_asked)
{
	struct id32 before;
	struct id32 later;
	struct picture other;

	facts_item(&facts, CCG, "concern", "safety");
	facts_add(&facts, CCG, 1u << CQC, QSG__PAYLOAD__CONTENT_REQUEST);
	before = facts_hash(&facts);
	ck_assert_int_eq(picture_evaluate("RAL", facts.items, facts.count,
			     FACTS_NOW_MS + 100000000000, &other),
	    ERR_OK);
	ck_assert_int_eq(picture_hash(&other, &later), ERR_OK);
	picture_clear(&other);
	ck_assert(id_equal(&before, &later));
	facts_judgement(&facts, CQC, "none");
	later = facts_hash(&facts);
	ck_assert(!id_equal(&before, &later));
	before = later;
	facts_judgement(&facts, AREA, "risk-summit-required");
	later = facts_hash(&facts);
	ck_assert(!id_equal(&before, &later));
}
END_TEST

enum { LONG = 10000 };

START_TEST(the_work_on_a_chain_of_corrections_grows_with_its_length_alone)
{
	size_t last = facts_item(&facts, CCG, "concern", "safety");
	struct id32 before;

	for (size_t i = 1; i < LONG; i++) {
		before = facts_record(last);
		last = facts_item(&facts, CCG, "concern", "safety");
		facts_refer(&facts, last, "corrects", &before);
	}
	look();
	ck_assert_uint_eq(picture.counts.concerns, 1);
	ck_assert_uint_eq(picture.counts.not_counted, LONG - 1);
	stands(last, PICTURE_COUNTS);
	stands(0, PICTURE_CORRECTED);
	ck_assert_uint_le(picture.links, 3 * (size_t)LONG);
}
END_TEST

START_TEST(the_work_on_a_chain_of_what_is_said_grows_with_its_length_alone)
{
	size_t item = facts_item(&facts, CCG, "concern", "safety");
	size_t last = item;

	for (size_t i = 1; i < LONG; i++) {
		last = facts_about(&facts, i % 2 ? CQC : AREA,
		    QSG__PAYLOAD__CONTENT_FEEDBACK, "feedback-on", last);
	}
	look();
	ck_assert_uint_eq(picture.counts.feedback, LONG - 1);
	stands(last, PICTURE_COUNTS);
	ck_assert_uint_eq(facts_entry(&picture, last)->root,
	    picture_find(&picture, &facts.items[item].record));
	ck_assert_uint_le(picture.links, 3 * (size_t)LONG);
}
END_TEST

/* A record as PROTOCOL.md gives its bytes; -1: none. */
struct row {
	uint8_t number;
	uint8_t author;
	uint8_t small[4]; /* content, standing, request, opposed */
	int target;
	int instead;
};

static void put_record(struct buf *bytes, int number)
{
	static const struct id32 none;
	struct id32 id = number < 0 ? none : facts_record((size_t)number);

	ck_assert_int_eq(
	    buf_append(bytes, (struct span){ id.b, sizeof id.b }), ERR_OK);
}

static void put_row(struct buf *bytes, const struct row *row)
{
	struct id32 author = facts_org(row->author);

	put_record(bytes, row->number);
	ck_assert_int_eq(
	    buf_append(bytes, (struct span){ author.b, sizeof author.b }),
	    ERR_OK);
	ck_assert_int_eq(
	    buf_append(bytes, (struct span){ row->small, 4 }), ERR_OK);
	put_record(bytes, row->target);
	put_record(bytes, row->instead);
}

/* M375: as PROTOCOL.md gives the bytes. */
START_TEST(the_state_hash_is_over_the_bytes_of_the_specification)
{
	static const char head[] = "\x0eqsg/picture/v1\x03RAL";
	static const struct row rows[] = {
		{ 0, CCG, { 18, 1, 0, 0 }, -1, 1 }, /* corrected */
		{ 1, CCG, { 18, 0, 0, 0 }, -1, -1 },
		{ 2, CCG, { 28, 0, 1, 0 }, -1, -1 }, /* answered */
		{ 3, CQC, { 29, 0, 0, 0 }, 2, -1 },
		{ 4, AREA, { 30, 0, 0, 1 }, -1, -1 }, /* opposed */
		{ 5, CQC, { 30, 0, 0, 1 }, -1, -1 },
		{ 6, CCG, { 26, 3, 0, 0 }, 1, -1 }, /* of its own record */
	};
	/* Their ids ascend so. */
	static const uint8_t order[] = { 4, 1, 6, 3, 0, 5, 2 };
	/* Computed by another program from the same text. */
	static const char wanted[] =
	    "b68a5fa353c7bf290312d300ae4ab7529de5157e07698e255345573cb7bbac57";
	struct buf bytes = { 0 };
	struct id32 by_hand;
	struct id32 hash;
	char hex[65];
	size_t asked = 0;

	facts_item(&facts, CCG, "concern", "safety");
	facts_refer(&facts, facts_item(&facts, CCG, "concern", "safety"),
	    "corrects", &facts.items[0].record);
	asked = facts_add(
	    &facts, CCG, FACTS_EVERYBODY, QSG__PAYLOAD__CONTENT_REQUEST);
	facts_about(
	    &facts, CQC, QSG__PAYLOAD__CONTENT_ANSWER, "answers", asked);
	facts_judgement(&facts, AREA, "none");
	facts_judgement(&facts, CQC, "risk-summit-required");
	facts_about(&facts, CCG, QSG__PAYLOAD__CONTENT_CORROBORATION,
	    "corroborates", 1);
	hash = facts_hash(&facts);
	ck_assert_int_eq(buf_append(&bytes, span_text(head)), ERR_OK);
	for (size_t i = 0; i < sizeof order; i++)
		put_row(&bytes, &rows[order[i]]);
	ck_assert_int_eq(crypto_generichash(by_hand.b, sizeof by_hand.b,
			     bytes.data, bytes.size, NULL, 0),
	    0);
	buf_clear(&bytes);
	ck_assert(id_equal(&hash, &by_hand));
	ck_assert_str_eq(
	    sodium_bin2hex(hex, sizeof hex, hash.b, sizeof hash.b), wanted);
}
END_TEST

Suite *test_picture_suite(void)
{
	Suite *suite = suite_create("picture");
	TCase *tests = tcase_create("picture");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, nothing_gives_an_empty_picture);
	tcase_add_test(tests, dimensions_that_nobody_knows_stand_together);
	tcase_add_test(
	    tests, weak_signals_of_several_organisations_stand_together);
	tcase_add_test(
	    tests, of_one_authors_judgements_the_newest_of_its_log_counts);
	tcase_add_test(
	    tests, opposed_judgements_on_safety_are_marked_and_both_stand);
	tcase_add_test(tests, a_correction_takes_the_place_of_what_it_corrects);
	tcase_add_test(tests, nobody_corrects_for_somebody_else);
	tcase_add_test(
	    tests, a_correction_may_move_an_item_to_another_provider);
	tcase_add_test(tests, who_could_not_read_a_record_cannot_bear_it_out);
	tcase_add_test(tests, what_is_said_of_a_record_not_held_waits_for_it);
	tcase_add_test(
	    tests, a_request_is_open_with_its_age_until_an_answer_counts);
	tcase_add_test(tests,
	    a_later_answer_of_one_organisation_takes_the_place_of_its_first);
	tcase_add_test(
	    tests, ratings_replace_each_other_by_question_and_events_do_not);
	tcase_add_test(
	    tests, a_finding_of_somebody_else_is_shown_and_not_counted);
	tcase_add_test(
	    tests, disowned_records_count_for_nothing_and_replace_nothing);
	tcase_add_test(tests, housekeeping_is_no_part_of_a_picture);
	tcase_add_test(tests,
	    the_work_on_a_chain_of_corrections_grows_with_its_length_alone);
	tcase_add_test(tests,
	    the_work_on_a_chain_of_what_is_said_grows_with_its_length_alone);
	tcase_add_test(
	    tests, the_state_hash_is_over_the_bytes_of_the_specification);
	tcase_add_test(
	    tests, the_hash_follows_what_is_held_and_not_when_it_is_asked);
	suite_add_tcase(suite, tests);
	return suite;
}
