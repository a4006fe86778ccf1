#include "base/table.h"

#include "base/rng.h"

#include <check.h>

Suite *test_table_suite(void);

enum { ENTRIES = 20000, KEYS = 5000 };

START_TEST(empty_table_finds_nothing)
{
	struct table table = { 0 };
	size_t place = 0;
	uint32_t value = 0;
	ck_assert(!table_next(&table, 1, &place, &value));
	table_clear(&table);
}
END_TEST

/* Every value is found under its key exactly once, whatever the salt. */
START_TEST(every_value_of_a_key_is_found_once)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, (uint64_t)_i);
	static uint64_t keys[KEYS];
	static unsigned int seen[ENTRIES];
	struct table table = { .salt = rng_u64(&rng) * (unsigned)(_i > 0) };
	for (size_t i = 0; i < KEYS; i++) {
		/* Dense, spread and extreme keys alike. */
		keys[i] = i % 2 == 0 ? i : rng_u64(&rng);
	}
	keys[KEYS - 1] = UINT64_MAX;
	for (uint32_t i = 0; i < ENTRIES; i++) {
		seen[i] = 0;
		ck_assert_int_eq(table_add(&table, keys[i % KEYS], i), ERR_OK);
	}
	ck_assert_uint_eq(table.count, ENTRIES);
	ck_assert_uint_ge(table.capacity / 2, ENTRIES);
	for (size_t i = 0; i < KEYS; i++) {
		size_t place = 0;
		uint32_t value = 0;
		while (table_next(&table, keys[i], &place, &value)) {
			ck_assert_uint_lt(value, ENTRIES);
			ck_assert_msg(keys[value % KEYS] == keys[i],
			    "seed %d: a value of another key", _i);
			seen[value]++;
		}
	}
	for (size_t i = 0; i < ENTRIES; i++) {
		ck_assert_msg(seen[i] == 1, "seed %d: value %zu seen %u times",
		    _i, i, seen[i]);
	}
	for (int i = 0; i < 1000; i++) {
		size_t place = 0;
		uint32_t value = 0;
		ck_assert(!table_next(&table, rng_u64(&rng), &place, &value));
	}
	table_clear(&table);
	ck_assert_uint_eq(table.count, 0);
}
END_TEST

START_TEST(a_thousand_values_of_one_key_are_walked)
{
	struct table table = { .salt = 5 };
	size_t place = 0;
	uint32_t value = 0;
	uint64_t sum = 0;
	for (uint32_t i = 0; i < 1000; i++) {
		ck_assert_int_eq(table_add(&table, 7, i), ERR_OK);
	}
	while (table_next(&table, 7, &place, &value)) {
		sum += value;
	}
	ck_assert_uint_eq(sum, 499500);
	table_clear(&table);
}
END_TEST

START_TEST(largest_value_is_refused)
{
	struct table table = { 0 };
	size_t place = 0;
	uint32_t value = 0;
	ck_assert_int_eq(table_add(&table, 1, UINT32_MAX), ERR_LIMIT);
	ck_assert_int_eq(table_add(&table, 1, UINT32_MAX - 1), ERR_OK);
	ck_assert(table_next(&table, 1, &place, &value));
	ck_assert_uint_eq(value, UINT32_MAX - 1);
	table_clear(&table);
}
END_TEST

/* Keys in a row must not pile up: a walk stays short. */
START_TEST(regular_keys_stay_spread)
{
	static const unsigned int shifts[] = { 0, 8, 32, 44 };
	for (size_t s = 0; s < 4; s++) {
		struct table table = { .salt = 0x1234567890ABCDEFULL };
		size_t longest = 0;
		for (uint32_t i = 0; i < ENTRIES; i++) {
			ck_assert_int_eq(
			    table_add(&table, (uint64_t)i << shifts[s], i),
			    ERR_OK);
		}
		for (uint32_t i = 0; i < ENTRIES; i++) {
			size_t place = 0;
			uint32_t value = 0;
			ck_assert(table_next(
			    &table, (uint64_t)i << shifts[s], &place, &value));
			longest = place > longest ? place : longest;
		}
		ck_assert_uint_lt(longest, 100);
		table_clear(&table);
	}
}
END_TEST

Suite *test_table_suite(void)
{
	Suite *suite = suite_create("table");
	TCase *tcase = tcase_create("table");
	tcase_add_test(tcase, empty_table_finds_nothing);
	tcase_add_loop_test(tcase, every_value_of_a_key_is_found_once, 0, 4);
	tcase_add_test(tcase, a_thousand_values_of_one_key_are_walked);
	tcase_add_test(tcase, largest_value_is_refused);
	tcase_add_test(tcase, regular_keys_stay_spread);
	suite_add_tcase(suite, tcase);
	return suite;
}
