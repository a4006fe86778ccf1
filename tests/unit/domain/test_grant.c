#include "base/limits.h"
#include "domain/content.h"
#include "domain/grant.h"

#include "codec/canon.h"

#include <check.h>
#include <string.h>

Suite *test_grant_suite(void);

/* As the rules say, in other words. */
static bool may_go_on(const struct grant_question *question)
{
	bool in_group = question->for_group && question->grouped &&
	                strcmp(question->onward, "group") == 0;

	return question->own || question->answered || in_group;
}

/* M426 */
START_TEST(every_record_goes_on_as_its_author_says_and_no_further)
{
	static const char *const rules[] = { "none", "ask", "group", "",
		"whatever" };
	size_t looked = 0;

	for (unsigned bits = 0; bits < 16; bits++) {
		for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
			struct grant_question question = { .own = bits & 1u,
				.answered = (bits & 2u) != 0,
				.for_group = (bits & 4u) != 0,
				.grouped = (bits & 8u) != 0,
				.onward = rules[i] };
			const char *why = grant_why_not_onward(&question);

			ck_assert_msg((why == NULL) == may_go_on(&question),
			    "%u %s: %s", bits, rules[i], why ? why : "goes");
			looked++;
		}
	}
	ck_assert_uint_eq(looked, 80);
}
END_TEST

/* M424 */
START_TEST(what_is_no_content_is_never_granted)
{
	Qsg__Payload payload;

	qsg__payload__init(&payload);
	ck_assert_ptr_nonnull(grant_why_not_kind(&payload));
	for (int which = 16; which < 64; which++) {
		const struct content_kind *kind = NULL;
		const char *why = NULL;

		payload.content_case = (Qsg__Payload__ContentCase)which;
		kind = content_kind(&payload);
		why = grant_why_not_kind(&payload);
		ck_assert_int_eq(
		    why == NULL, kind != NULL && !kind->housekeeping &&
				     !kind->for_author_alone &&
				     which != QSG__PAYLOAD__CONTENT_GRANT);
	}
}
END_TEST

/* M420 */
START_TEST(a_grant_names_one_record)
{
	Qsg__Payload payload;
	Qsg__Reference items[3];
	Qsg__Reference *list[3];
	uint8_t id[32] = { 7 };
	struct id32 found;

	qsg__payload__init(&payload);
	for (size_t i = 0; i < 3; i++) {
		qsg__reference__init(&items[i]);
		items[i].relation =
		    canon_lend(i == 1 ? "granted-by" : "grants");
		items[i].record.data = id;
		items[i].record.len = sizeof id;
		list[i] = &items[i];
	}
	payload.references = list;
	ck_assert(!grant_original(&payload, &found));
	payload.n_references = 2;
	ck_assert(grant_original(&payload, &found));
	ck_assert_mem_eq(found.b, id, sizeof id);
	payload.n_references = 3;
	ck_assert(!grant_original(&payload, &found));
	items[0].record.len = 31;
	ck_assert(grant_original(&payload, &found));
}
END_TEST

START_TEST(a_reason_says_something)
{
	static char longer[LIMIT_TEXT_BYTES + 2];

	memset(longer, 'x', LIMIT_TEXT_BYTES + 1);
	ck_assert_int_eq(grant_check_reason(NULL), ERR_INPUT);
	ck_assert_int_eq(grant_check_reason(" \n"), ERR_INPUT);
	ck_assert_int_eq(grant_check_reason(longer), ERR_LIMIT);
	ck_assert_int_eq(grant_check_reason("so"), ERR_OK);
}
END_TEST

Suite *test_grant_suite(void)
{
	Suite *suite = suite_create("grant");
	TCase *tcase = tcase_create("all");

	tcase_add_test(
	    tcase, every_record_goes_on_as_its_author_says_and_no_further);
	tcase_add_test(tcase, what_is_no_content_is_never_granted);
	tcase_add_test(tcase, a_grant_names_one_record);
	tcase_add_test(tcase, a_reason_says_something);
	suite_add_tcase(suite, tcase);
	return suite;
}
