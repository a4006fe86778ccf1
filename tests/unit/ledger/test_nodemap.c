#include "base/rng.h"
#include "ledger/nodemap.h"

#include <check.h>

Suite *test_nodemap_suite(void);

START_TEST(everything_added_is_found_again_after_growing)
{
	enum { COUNT = 5000 };
	struct nodemap map = { .salt = 42 };
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 1);
	struct id32 hash;
	ck_assert_ptr_null(nodemap_get(&map, 0));
	for (uint64_t i = 0; i < COUNT; i++) {
		rng_fill(&rng, &hash, sizeof(hash));
		ck_assert_int_eq(nodemap_add(&map, i * i, &hash), ERR_OK);
	}
	ck_assert_uint_eq(map.count, COUNT);
	rng = rng_seed(&state, 1);
	for (uint64_t i = 0; i < COUNT; i++) {
		rng_fill(&rng, &hash, sizeof(hash));
		const struct id32 *found = nodemap_get(&map, i * i);
		ck_assert_ptr_nonnull(found);
		ck_assert(id_equal(found, &hash));
	}
	ck_assert_ptr_null(nodemap_get(&map, 2));
	ck_assert_ptr_null(nodemap_get(&map, (uint64_t)COUNT * COUNT));
	nodemap_clear(&map);
	ck_assert_ptr_null(nodemap_get(&map, 0));
}
END_TEST

START_TEST(a_second_hash_for_one_position_is_refused)
{
	struct nodemap map = { .salt = 7 };
	struct id32 one = { .b = { 1 } };
	struct id32 two = { .b = { 2 } };
	ck_assert_int_eq(nodemap_add(&map, 0, &one), ERR_OK);
	ck_assert_int_eq(nodemap_add(&map, 0, &one), ERR_OK);
	ck_assert_int_eq(nodemap_add(&map, 0, &two), ERR_VERIFY);
	ck_assert(id_equal(nodemap_get(&map, 0), &one));
	ck_assert_uint_eq(map.count, 1);
	nodemap_clear(&map);
}
END_TEST

/* A node copied out of the map itself must survive the map's move. */
START_TEST(a_hash_of_the_map_can_be_added_to_it)
{
	struct nodemap map = { .salt = 9 };
	struct id32 one = { .b = { 1 } };
	ck_assert_int_eq(nodemap_add(&map, 0, &one), ERR_OK);
	for (uint64_t i = 1; i < 1000; i++) {
		ck_assert_int_eq(
		    nodemap_add(&map, i, nodemap_get(&map, i - 1)), ERR_OK);
	}
	ck_assert(id_equal(nodemap_get(&map, 999), &one));
	nodemap_clear(&map);
}
END_TEST

Suite *test_nodemap_suite(void)
{
	Suite *suite = suite_create("nodemap");
	TCase *tests = tcase_create("nodemap");
	tcase_add_test(tests, everything_added_is_found_again_after_growing);
	tcase_add_test(tests, a_second_hash_for_one_position_is_refused);
	tcase_add_test(tests, a_hash_of_the_map_can_be_added_to_it);
	suite_add_tcase(suite, tests);
	return suite;
}
