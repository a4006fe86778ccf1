#define _GNU_SOURCE

#include "store/waits.h"

#include "unit/store/place.h"

Suite *test_waits_suite(void);

/* Ids that an author chose: alike but for their end. */
static struct id32 id_of(uint32_t number)
{
	struct id32 id = { { 0 } };
	bytes_put_u32(id.b + 28, number);
	return id;
}

static uint64_t take_all(struct waits *waits, uint32_t number)
{
	struct id32 id = id_of(number);
	uint64_t sum = 0;
	uint32_t rid = 0;
	while ((rid = waits_take(waits, &id)) != 0) {
		sum += rid;
	}
	return sum;
}

START_TEST(everyone_who_waits_is_found_once)
{
	struct waits waits = { .salt = { 1 }, .firsts.salt = 42 };
	struct id32 id = id_of(1);
	ck_assert_uint_eq(waits_take(&waits, &id), 0);
	for (uint32_t rid = 1; rid <= 3000; rid++) {
		id = id_of(rid % 1000);
		OK(waits_add(&waits, rid, &id));
	}
	ck_assert_uint_eq(waits.waiting, 3000);
	for (uint32_t number = 1; number < 1000; number++) {
		ck_assert_uint_eq(take_all(&waits, number), 3 * number + 3000);
		ck_assert_uint_eq(take_all(&waits, number), 0);
	}
	ck_assert_uint_eq(waits.waiting, 3);
	ck_assert_uint_eq(take_all(&waits, 1000), 0);
	ck_assert_uint_eq(take_all(&waits, 0), 6000);
	ck_assert_uint_eq(waits.waiting, 0);
	waits_clear(&waits);
	ck_assert_uint_eq(take_all(&waits, 1), 0);
}
END_TEST

/* However many: this ends only when one more costs no walk of all before. */
START_TEST(any_number_wait_for_one)
{
	struct waits waits = { .salt = { 1 }, .firsts.salt = 42 };
	struct id32 id = id_of(1);
	for (uint32_t rid = 1; rid <= 500000; rid++) {
		OK(waits_add(&waits, rid, &id));
	}
	ck_assert_uint_eq(take_all(&waits, 1), UINT64_C(500000) * 500001 / 2);
	/* And one more, late. */
	OK(waits_add(&waits, 7, &id));
	ck_assert_uint_eq(take_all(&waits, 1), 7);
	waits_clear(&waits);
}
END_TEST

Suite *test_waits_suite(void)
{
	Suite *suite = suite_create("waits");
	TCase *tests = tcase_create("waits");
	tcase_add_test(tests, everyone_who_waits_is_found_once);
	tcase_add_test(tests, any_number_wait_for_one);
	suite_add_tcase(suite, tests);
	return suite;
}
