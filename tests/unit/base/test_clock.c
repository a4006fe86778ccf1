#include "base/clock.h"

#include <check.h>

#include <stddef.h>
#include <time.h>

Suite *test_clock_suite(void);

static int64_t fixed(void *context)
{
	return *(int64_t *)context;
}

START_TEST(system_clock_agrees_with_the_system)
{
	const struct clock *clock = clock_system();
	int64_t before = (int64_t)time(NULL);
	int64_t now = clock_wall_ms(clock);
	int64_t after = (int64_t)time(NULL);
	/* time() may lag behind by a timer tick. */
	ck_assert_int_ge(now, before * 1000);
	ck_assert_int_le(now, (after + 2) * 1000);
}
END_TEST

START_TEST(steady_clock_never_goes_back)
{
	const struct clock *clock = clock_system();
	int64_t last = clock_steady_ms(clock);
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_steady_ms(clock);
		ck_assert_int_ge(now, last);
		last = now;
	}
}
END_TEST

START_TEST(clock_can_be_handed_in)
{
	int64_t now = 17;
	struct clock clock = {
		.wall_ms = fixed,
		.steady_ms = fixed,
		.context = &now,
	};
	ck_assert_int_eq(clock_wall_ms(&clock), 17);
	now = 18;
	ck_assert_int_eq(clock_steady_ms(&clock), 18);
}
END_TEST

Suite *test_clock_suite(void)
{
	Suite *suite = suite_create("clock");
	TCase *tcase = tcase_create("clock");
	tcase_add_test(tcase, system_clock_agrees_with_the_system);
	tcase_add_test(tcase, steady_clock_never_goes_back);
	tcase_add_test(tcase, clock_can_be_handed_in);
	suite_add_tcase(suite, tcase);
	return suite;
}
