#define _GNU_SOURCE

#include "store/words.h"

#include "unit/store/place.h"

Suite *test_words_suite(void);

static struct words *made(void)
{
	static const uint8_t salt[WORDS_SALT_BYTES] = { 1, 2, 3 };
	struct words *words = NULL;
	OK(words_new(salt, &words));
	return words;
}

START_TEST(a_word_is_kept_once_under_the_next_number)
{
	struct words *words = made();
	uint32_t word = 9;
	ck_assert_uint_eq(words_find(words, "RAL"), 0);
	OK(words_add(words, "RAL", &word));
	ck_assert_uint_eq(word, 1);
	OK(words_add(words, "RAN", &word));
	ck_assert_uint_eq(word, 2);
	OK(words_add(words, "RAL", &word));
	ck_assert_uint_eq(word, 1);
	ck_assert_uint_eq(words_find(words, "RAN"), 2);
	ck_assert_uint_eq(words_find(words, "ral"), 0);
	ck_assert_uint_eq(words_count(words), 2);
	ck_assert_str_eq(words_text(words, 2), "RAN");
	ck_assert_str_eq(words_text(words, 0), "");
	ck_assert_str_eq(words_text(words, 3), "");
	words_free(words);
	words_free(NULL);
}
END_TEST

START_TEST(the_empty_word_is_0_and_a_long_one_is_refused)
{
	struct words *words = made();
	char text[WORDS_TEXT_BYTES + 2];
	uint32_t word = 9;
	OK(words_add(words, "", &word));
	ck_assert_uint_eq(word, 0);
	memset(text, 'a', sizeof(text));
	text[WORDS_TEXT_BYTES + 1] = '\0';
	FAILS(words_add(words, text, &word), ERR_LIMIT);
	ck_assert_uint_eq(words_find(words, text), 0);
	text[WORDS_TEXT_BYTES] = '\0';
	OK(words_add(words, text, &word));
	ck_assert_uint_eq(word, 1);
	ck_assert_uint_eq(words_find(words, text), 1);
	ck_assert_uint_eq(words_count(words), 1);
	words_free(words);
}
END_TEST

START_TEST(lent_texts_stay_in_place_as_words_are_added)
{
	struct words *words = made();
	char text[32];
	uint32_t word = 0;
	OK(words_add(words, "first", &word));
	const char *first = words_text(words, 1);
	for (uint32_t i = 2; i <= 20000; i++) {
		(void)snprintf(text, sizeof(text), "word number %u", i);
		OK(words_add(words, text, &word));
		ck_assert_uint_eq(word, i);
	}
	ck_assert_ptr_eq(words_text(words, 1), first);
	ck_assert_str_eq(first, "first");
	for (uint32_t i = 2; i <= 20000; i++) {
		(void)snprintf(text, sizeof(text), "word number %u", i);
		ck_assert_uint_eq(words_find(words, text), i);
		ck_assert_str_eq(words_text(words, i), text);
	}
	words_free(words);
}
END_TEST

Suite *test_words_suite(void)
{
	Suite *suite = suite_create("words");
	TCase *tests = tcase_create("words");
	tcase_add_test(tests, a_word_is_kept_once_under_the_next_number);
	tcase_add_test(tests, the_empty_word_is_0_and_a_long_one_is_refused);
	tcase_add_test(tests, lent_texts_stay_in_place_as_words_are_added);
	suite_add_tcase(suite, tests);
	return suite;
}
