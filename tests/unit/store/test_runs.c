#define _GNU_SOURCE

#include "store/runs.h"

#include "unit/store/place.h"

Suite *test_runs_suite(void);

static void push(struct runs *runs, uint32_t stream, uint64_t n, uint32_t rid)
{
	OK(runs_reserve(runs, stream, n));
	runs_push(runs, stream, rid);
}

START_TEST(every_number_of_every_stream_is_found)
{
	struct runs runs = { .streams.salt = 42 };
	uint32_t rid = 0;
	for (uint64_t n = 1; n <= 200; n++) {
		for (uint32_t stream = 1; stream <= 50; stream++) {
			push(&runs, stream * 77777777u, n, ++rid);
		}
	}
	rid = 0;
	for (uint64_t n = 1; n <= 200; n++) {
		for (uint32_t stream = 1; stream <= 50; stream++) {
			ck_assert_uint_eq(
			    runs_at(&runs, stream * 77777777u, n), ++rid);
		}
	}
	ck_assert_uint_eq(runs_at(&runs, 77777777u, 0), 0);
	ck_assert_uint_eq(runs_at(&runs, 77777777u, 201), 0);
	ck_assert_uint_eq(runs_at(&runs, 77777777u, UINT64_MAX), 0);
	ck_assert_uint_eq(runs_at(&runs, 1, 1), 0);
	runs_clear(&runs);
	ck_assert_uint_eq(runs_at(&runs, 77777777u, 1), 0);
}
END_TEST

START_TEST(numbers_come_one_after_the_other)
{
	struct runs runs = { .streams.salt = 42 };
	FAILS(runs_reserve(&runs, 1, 0), ERR_CORRUPT);
	FAILS(runs_reserve(&runs, 1, 2), ERR_CORRUPT);
	push(&runs, 1, 1, 5);
	FAILS(runs_reserve(&runs, 1, 1), ERR_CORRUPT);
	FAILS(runs_reserve(&runs, 1, 3), ERR_CORRUPT);
	FAILS(runs_reserve(&runs, 1, UINT64_MAX), ERR_CORRUPT);
	/* Room that is not used is given again. */
	OK(runs_reserve(&runs, 1, 2));
	OK(runs_reserve(&runs, 1, 2));
	ck_assert_uint_eq(runs_at(&runs, 1, 2), 0);
	push(&runs, 1, 2, 6);
	ck_assert_uint_eq(runs_at(&runs, 1, 2), 6);
	runs_clear(&runs);
}
END_TEST

Suite *test_runs_suite(void)
{
	Suite *suite = suite_create("runs");
	TCase *tests = tcase_create("runs");
	tcase_add_test(tests, every_number_of_every_stream_is_found);
	tcase_add_test(tests, numbers_come_one_after_the_other);
	suite_add_tcase(suite, tests);
	return suite;
}
