#include "ledger/range.h"

#include <check.h>

Suite *test_range_suite(void);

/* M52 */
START_TEST(ranges_split_at_the_largest_power_of_two_below_their_length)
{
	for (uint64_t length = 2; length < 300; length++) {
		struct range range = { 512, length };
		struct range left = range_left(range);
		struct range right = range_right(range);
		ck_assert(range_is_complete(left));
		ck_assert_uint_lt(left.length, length);
		ck_assert_uint_ge(left.length * 2, length);
		ck_assert_uint_eq(left.start, 512);
		ck_assert_uint_eq(right.start, range_end(left));
		ck_assert_uint_eq(range_end(right), range_end(range));
	}
}
END_TEST

START_TEST(the_peaks_of_a_size_are_its_largest_complete_subtrees)
{
	for (uint64_t size = 0; size < 130; size++) {
		struct range left = { 0, size };
		for (uint64_t start = 0; start < 130; start++) {
			for (uint64_t length = 1; length <= 64; length *= 2) {
				if (start % length != 0) {
					continue;
				}
				struct range range = { start, length };
				bool first = left.length > 0 &&
				             range_first(left).start == start &&
				             range_first(left).length == length;
				ck_assert_int_eq(
				    range_is_peak(range, size), first);
				ck_assert_uint_eq(
				    range_index(range) << range_level(range),
				    start);
			}
			if (left.length > 0 &&
			    range_end(range_first(left)) == start + 1) {
				uint64_t took = range_first(left).length;
				left.start += took;
				left.length -= took;
			}
		}
	}
}
END_TEST

Suite *test_range_suite(void)
{
	Suite *suite = suite_create("range");
	TCase *tests = tcase_create("range");
	tcase_add_test(
	    tests, ranges_split_at_the_largest_power_of_two_below_their_length);
	tcase_add_test(
	    tests, the_peaks_of_a_size_are_its_largest_complete_subtrees);
	suite_add_tcase(suite, tests);
	return suite;
}
