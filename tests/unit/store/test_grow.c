#define _GNU_SOURCE

#include "store/grow.h"

#include "unit/store/place.h"

Suite *test_grow_suite(void);

START_TEST(an_array_keeps_its_items_and_gets_zeros_behind)
{
	void *array = NULL;
	size_t capacity = 0;
	OK(grow_array(&array, &capacity, 1, 4));
	ck_assert_uint_ge(capacity, 1);
	size_t first = capacity;
	memset(array, 7, capacity * 4);
	void *before = array;
	OK(grow_array(&array, &capacity, first, 4));
	ck_assert_ptr_eq(array, before);
	OK(grow_array(&array, &capacity, first * 5 + 1, 4));
	ck_assert_uint_gt(capacity, first * 5);
	for (size_t i = 0; i < capacity * 4; i++) {
		ck_assert_uint_eq(
		    ((const uint8_t *)array)[i], i < first * 4 ? 7 : 0);
	}
	grow_wipe(array, capacity * 4);
	grow_wipe(NULL, 0);
}
END_TEST

START_TEST(what_no_memory_can_hold_is_refused_and_nothing_changes)
{
	void *array = NULL;
	size_t capacity = 0;
	OK(grow_array(&array, &capacity, 3, 8));
	void *before = array;
	size_t had = capacity;
	FAILS(grow_array(&array, &capacity, SIZE_MAX, 8), ERR_MEM);
	FAILS(grow_array(&array, &capacity, SIZE_MAX / 8, 8), ERR_MEM);
	ck_assert_ptr_eq(array, before);
	ck_assert_uint_eq(capacity, had);
	grow_wipe(array, capacity * 8);
}
END_TEST

Suite *test_grow_suite(void)
{
	Suite *suite = suite_create("grow");
	TCase *tests = tcase_create("grow");
	tcase_add_test(tests, an_array_keeps_its_items_and_gets_zeros_behind);
	tcase_add_test(
	    tests, what_no_memory_can_hold_is_refused_and_nothing_changes);
	suite_add_tcase(suite, tests);
	return suite;
}
