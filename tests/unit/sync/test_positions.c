#include "base/limits.h"
#include "sync/positions.h"

#include <check.h>
#include <string.h>

Suite *test_positions_suite(void);

static struct id32 stream(uint64_t number)
{
	struct id32 out;
	memset(out.b, 0, sizeof(out.b));
	bytes_put_u64(out.b, number * 0x9E3779B97F4A7C15ULL);
	bytes_put_u64(out.b + 8, number);
	return out;
}

START_TEST(an_unknown_stream_has_no_position)
{
	struct positions positions = { .index.salt = 5 };
	struct id32 id = stream(1);
	uint64_t number = 7;
	ck_assert(!positions_get(&positions, &id, &number));
	positions_set(&positions, &id, 0);
	ck_assert(positions_get(&positions, &id, &number));
	ck_assert_uint_eq(number, 0);
	positions_clear(&positions);
	ck_assert(!positions_get(&positions, &id, &number));
}
END_TEST

START_TEST(a_position_is_replaced_not_doubled)
{
	struct positions positions = { .index.salt = 5 };
	struct id32 id = stream(1);
	uint64_t number = 0;
	positions_set(&positions, &id, 3);
	positions_set(&positions, &id, 9);
	ck_assert_uint_eq(positions.count, 1);
	ck_assert(positions_get(&positions, &id, &number));
	ck_assert_uint_eq(number, 9);
	positions_clear(&positions);
}
END_TEST

START_TEST(the_half_learned_first_is_forgotten_when_full)
{
	struct positions positions = { .index.salt = 5 };
	uint64_t number = 0;
	for (uint64_t i = 0; i <= LIMIT_POSITIONS; i++) {
		struct id32 id = stream(i + 1);
		positions_set(&positions, &id, i);
	}
	ck_assert_uint_eq(positions.count, LIMIT_POSITIONS / 2 + 1);
	for (uint64_t i = 0; i <= LIMIT_POSITIONS; i++) {
		struct id32 id = stream(i + 1);
		bool known = positions_get(&positions, &id, &number);
		ck_assert(known == (i >= LIMIT_POSITIONS / 2));
		ck_assert(!known || number == i);
	}
	positions_clear(&positions);
}
END_TEST

Suite *test_positions_suite(void)
{
	Suite *suite = suite_create("positions");
	TCase *tests = tcase_create("positions");
	tcase_add_test(tests, an_unknown_stream_has_no_position);
	tcase_add_test(tests, a_position_is_replaced_not_doubled);
	tcase_add_test(tests, the_half_learned_first_is_forgotten_when_full);
	suite_add_tcase(suite, tests);
	return suite;
}
