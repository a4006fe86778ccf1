#define _GNU_SOURCE

#include "store/links.h"

#include "unit/store/place.h"

Suite *test_links_suite(void);

/* Ids that an author chose: alike but for their end. */
static struct id32 id_of(uint32_t number)
{
	struct id32 id = { { 0 } };
	bytes_put_u32(id.b + 28, number);
	return id;
}

static uint64_t sum_of(const struct links *links, uint32_t number, uint8_t how)
{
	struct id32 id = id_of(number);
	uint64_t sum = 0;
	size_t place = 0;
	uint32_t rid = 0;
	while ((rid = links_next(links, &id, how, &place)) != 0) {
		sum += rid;
	}
	ck_assert_uint_eq(place, 0);
	return sum;
}

START_TEST(everyone_who_refers_is_found)
{
	struct links links = { .salt = { 1 }, .firsts.salt = 42 };
	ck_assert_uint_eq(sum_of(&links, 1, 1), 0);
	for (uint32_t rid = 1; rid <= 3000; rid++) {
		struct id32 id = id_of(rid % 1000);
		OK(links_add(&links, rid, (uint8_t)(1 + rid / 2001), &id));
	}
	for (uint32_t number = 1; number < 1000; number++) {
		ck_assert_uint_eq(sum_of(&links, number, 1), 2 * number + 1000);
		ck_assert_uint_eq(sum_of(&links, number, 2), number + 2000);
		ck_assert_uint_eq(sum_of(&links, number, 3), 0);
	}
	ck_assert_uint_eq(sum_of(&links, 0, 1), 3000);
	ck_assert_uint_eq(sum_of(&links, 1000, 1), 0);
	links_clear(&links);
	ck_assert_uint_eq(sum_of(&links, 1, 1), 0);
}
END_TEST

/* However many: this ends only when one more costs no walk of all before. */
START_TEST(any_number_refer_to_one)
{
	struct links links = { .salt = { 1 }, .firsts.salt = 42 };
	struct id32 id = id_of(1);
	for (uint32_t rid = 1; rid <= 500000; rid++) {
		OK(links_add(&links, rid, 7, &id));
	}
	ck_assert_uint_eq(sum_of(&links, 1, 7), UINT64_C(500000) * 500001 / 2);
	links_clear(&links);
}
END_TEST

Suite *test_links_suite(void)
{
	Suite *suite = suite_create("links");
	TCase *tests = tcase_create("links");
	tcase_add_test(tests, everyone_who_refers_is_found);
	tcase_add_test(tests, any_number_refer_to_one);
	suite_add_tcase(suite, tests);
	return suite;
}
