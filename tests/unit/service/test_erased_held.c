#include "ending.h"

Suite *test_erased_held_suite(void);

/* M445: 1 takes back what it has not granted yet; it is nothing that is here.
 * Then the grant comes, and goes with the end of the hold. */
START_TEST(a_grant_that_comes_after_its_erasure_goes_with_the_hold)
{
	struct id32 record = ending_shared(0x2u, "a text");
	struct id32 grant;

	ending_pull(1, 0);
	ending_hold(0, &record, 3);
	(void)ending_erasure_by(1, 0x1u, &record);
	ending_pull(0, 1);
	ending_tick(0);
	ending_tick(0);
	grant = ending_granted(1, 0x5u, &record);
	ending_pull(0, 1);
	fixture_assert_state(
	    &ending_fixture, 0, &grant, RECORD_READABLE, RECORD_NO_REASON);
	ending_fixture.now_ms += 5 * FIXTURE_DAY_MS;
	ending_tick(0);
	ending_tick(0);
	fixture_assert_state(
	    &ending_fixture, 0, &grant, RECORD_BODYLESS, RECORD_ERASED);
	ending_assert_held(0, &record, "a text");
	fixture_assert_verifies(&ending_fixture, 0);
}
END_TEST

Suite *test_erased_held_suite(void)
{
	Suite *suite = suite_create("erased_held");
	TCase *tests = tcase_create("erased_held");

	tcase_add_checked_fixture(tests, ending_setup, ending_teardown);
	tcase_add_test(
	    tests, a_grant_that_comes_after_its_erasure_goes_with_the_hold);
	suite_add_tcase(suite, tests);
	return suite;
}
