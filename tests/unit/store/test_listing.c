#define _GNU_SOURCE

#include "store/listing.h"

#include "unit/store/place.h"

Suite *test_listing_suite(void);

START_TEST(each_record_has_the_words_listed_for_it)
{
	struct listing listing = { 0 };
	size_t count = 9;
	for (uint32_t rid = 1; rid <= 500; rid++) {
		for (uint32_t word = 1; word <= rid % 7; word++) {
			OK(listing_add(&listing, rid, word * rid));
			OK(listing_add(&listing, rid, word * rid));
		}
	}
	for (uint32_t rid = 1; rid <= 500; rid++) {
		const uint32_t *words = listing_of(&listing, rid, &count);
		ck_assert_uint_eq(count, rid % 7);
		ck_assert_int_eq(words == NULL, count == 0);
		for (uint32_t i = 0; i < count; i++) {
			ck_assert_uint_eq(words[i], (i + 1) * rid);
			ck_assert(listing_has(&listing, rid, words[i]));
		}
		ck_assert(!listing_has(&listing, rid, 7 * rid));
	}
	ck_assert_ptr_null(listing_of(&listing, 501, &count));
	ck_assert_uint_eq(count, 0);
	listing_clear(&listing);
	ck_assert_ptr_null(listing_of(&listing, 1, &count));
}
END_TEST

START_TEST(a_word_listed_again_takes_no_room)
{
	struct listing listing = { 0 };
	for (int i = 0; i < 1000; i++) {
		OK(listing_add(&listing, 1, 3));
		OK(listing_add(&listing, 1, 4));
	}
	ck_assert_uint_eq(listing.word_count, 2);
	OK(listing_add(&listing, 2, 3));
	ck_assert_uint_eq(listing.word_count, 3);
	ck_assert(listing_has(&listing, 2, 3));
	ck_assert(!listing_has(&listing, 2, 4));
	listing_clear(&listing);
}
END_TEST

START_TEST(records_may_be_listed_in_any_order)
{
	struct listing listing = { 0 };
	size_t count = 0;
	for (uint32_t i = 0; i < 101; i++) {
		uint32_t rid = 1 + i * 37 % 101;
		for (uint32_t word = 1; word <= rid % 5; word++) {
			OK(listing_add(&listing, rid, word * rid));
		}
	}
	for (uint32_t rid = 1; rid <= 101; rid++) {
		for (uint32_t word = 1; word <= rid % 5; word++) {
			OK(listing_add(&listing, rid, word * rid));
		}
	}
	for (uint32_t rid = 1; rid <= 101; rid++) {
		const uint32_t *words = listing_of(&listing, rid, &count);
		ck_assert_uint_eq(count, rid % 5);
		for (uint32_t i = 0; i < count; i++) {
			ck_assert_uint_eq(words[i], (i + 1) * rid);
		}
	}
	listing_clear(&listing);
}
END_TEST

Suite *test_listing_suite(void)
{
	Suite *suite = suite_create("listing");
	TCase *tests = tcase_create("listing");
	tcase_add_test(tests, each_record_has_the_words_listed_for_it);
	tcase_add_test(tests, a_word_listed_again_takes_no_room);
	tcase_add_test(tests, records_may_be_listed_in_any_order);
	suite_add_tcase(suite, tests);
	return suite;
}
