#include "app/places.h"

#include <check.h>

Suite *test_places_suite(void);

/* M156 */
START_TEST(one_user_takes_not_all_places)
{
	struct places places = { 0 };
	for (unsigned int i = 0; i < PLACES_OF_ONE; i++) {
		ck_assert(places_take(&places, 7));
	}
	ck_assert(!places_take(&places, 7));
	ck_assert(places_take(&places, 8));
	ck_assert(places_take(&places, 9));
	places_leave(&places, 7);
	ck_assert(places_take(&places, 7));
	ck_assert(!places_take(&places, 7));
	places_clear(&places);
}
END_TEST

START_TEST(who_has_left_is_forgotten)
{
	struct places places = { 0 };
	for (uint32_t user = 0; user < 1000; user++) {
		ck_assert(places_take(&places, user));
		ck_assert(places_take(&places, user));
		places_leave(&places, user);
		places_leave(&places, user);
	}
	ck_assert_uint_eq(places.count, 0);
	/* Whoever has none gives none back. */
	places_leave(&places, 7);
	places_clear(&places);
}
END_TEST

Suite *test_places_suite(void)
{
	Suite *suite = suite_create("places");
	TCase *tests = tcase_create("places");
	tcase_add_test(tests, one_user_takes_not_all_places);
	tcase_add_test(tests, who_has_left_is_forgotten);
	suite_add_tcase(suite, tests);
	return suite;
}
