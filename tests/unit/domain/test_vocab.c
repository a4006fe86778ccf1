#include "domain/vocab.h"

#include "codec/text.h"

#include <check.h>
#include <string.h>

Suite *test_vocab_suite(void);

static const struct vocab *(*const all[])(void) = { vocab_source, vocab_kind,
	vocab_stance, vocab_dimension, vocab_certainty, vocab_role,
	vocab_capacity, vocab_marking, vocab_onward };

#define ALL (sizeof all / sizeof all[0])

START_TEST(every_word_is_a_token_with_label_and_help)
{
	for (size_t v = 0; v < ALL; v++) {
		const struct vocab *vocab = all[v]();

		ck_assert_uint_gt(vocab->count, 1);
		for (size_t i = 0; i < vocab->count; i++) {
			const struct vocab_word *word = &vocab->words[i];
			struct span token = span_text(word->token);

			ck_assert(text_is_token(token));
			ck_assert_uint_gt(strlen(word->label), 0);
			ck_assert_uint_gt(strlen(word->help), 0);
			ck_assert_int_ne(
			    word->help[strlen(word->help) - 1], '.');
			/* No token twice. */
			ck_assert_ptr_eq(vocab_find(vocab, token), word);
		}
	}
}
END_TEST

START_TEST(the_words_of_the_guidance_are_there)
{
	static const char *const sources[] = { "commissioning", "primary-care",
		"cqc", "healthwatch", "complaint", "pals", "serious-incident",
		"never-event", "whistleblower", "media", "patient", "audit",
		"visit", "provider", "royal-college", "ombudsman" };

	for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++)
		ck_assert(vocab_has(vocab_source(), span_text(sources[i])));
	ck_assert(vocab_has(vocab_kind(), span_text("hard")));
	ck_assert(vocab_has(vocab_kind(), span_text("soft")));
	ck_assert(vocab_has(vocab_stance(), span_text("good-practice")));
	ck_assert(vocab_has(vocab_dimension(), span_text("experience")));
	ck_assert(vocab_has(vocab_role(), span_text("administrator")));
	ck_assert(vocab_has(vocab_onward(), span_text("ask")));
}
END_TEST

START_TEST(other_words_are_refused_and_all_choices_named)
{
	for (size_t v = 0; v < ALL; v++) {
		const struct vocab *vocab = all[v]();

		ck_assert_int_eq(
		    vocab_require(vocab, span_text("no-such-word")), ERR_INPUT);
		ck_assert_ptr_nonnull(strstr(err_text(), vocab->name));
		ck_assert_ptr_null(strstr(err_text(), "no-such-word"));
		for (size_t i = 0; i < vocab->count; i++)
			ck_assert_ptr_nonnull(
			    strstr(err_text(), vocab->words[i].token));
		ck_assert_int_eq(
		    vocab_require(vocab, span_text("")), ERR_INPUT);
		ck_assert_int_eq(
		    vocab_require(vocab, span_text(vocab->words[0].token)),
		    ERR_OK);
	}
}
END_TEST

Suite *test_vocab_suite(void)
{
	Suite *suite = suite_create("vocab");
	TCase *tests = tcase_create("vocab");

	tcase_add_test(tests, every_word_is_a_token_with_label_and_help);
	tcase_add_test(tests, the_words_of_the_guidance_are_there);
	tcase_add_test(tests, other_words_are_refused_and_all_choices_named);
	suite_add_tcase(suite, tests);
	return suite;
}
