#include "base/rng.h"

#include <check.h>

#include <string.h>

Suite *test_rng_suite(void);

START_TEST(one_seed_gives_one_sequence)
{
	struct rng_seeded states[3];
	struct rng a = rng_seed(&states[0], 17);
	struct rng b = rng_seed(&states[1], 17);
	struct rng c = rng_seed(&states[2], 18);
	uint8_t bytes_a[200];
	uint8_t bytes_b[200];
	for (int i = 0; i < 10; i++) {
		rng_fill(&a, bytes_a, sizeof(bytes_a));
		rng_fill(&b, bytes_b, sizeof(bytes_b));
		ck_assert_mem_eq(bytes_a, bytes_b, sizeof(bytes_a));
		ck_assert_uint_eq(rng_u64(&a), rng_u64(&b));
	}
	rng_fill(&c, bytes_b, sizeof(bytes_b));
	ck_assert_mem_ne(bytes_a, bytes_b, sizeof(bytes_a));
}
END_TEST

START_TEST(sequence_does_not_repeat_across_calls)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 1);
	uint8_t first[64];
	uint8_t second[64];
	rng_fill(&rng, first, 1);
	rng_fill(&rng, first, sizeof(first));
	rng_fill(&rng, second, sizeof(second));
	ck_assert_mem_ne(first, second, sizeof(first));
	rng_fill(&rng, second, 0);
}
END_TEST

/* RFC 8439 has no zero-seed case of the original ChaCha20; this is the first
 * block for a zero key and nonce from the ChaCha20 authors' test vectors. */
START_TEST(seed_zero_is_chacha20_of_the_zero_key)
{
	static const uint8_t expected[] = { 0x76, 0xb8, 0xe0, 0xad, 0xa0, 0xf1,
		0x3d, 0x90, 0x40, 0x5d, 0x6a, 0xe5, 0x53, 0x86, 0xbd, 0x28 };
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 0);
	uint8_t out[sizeof(expected)];
	rng_fill(&rng, out, sizeof(out));
	ck_assert_mem_eq(out, expected, sizeof(out));
}
END_TEST

START_TEST(below_stays_below_and_reaches_everything)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 2);
	unsigned int seen[7] = { 0 };
	for (int i = 0; i < 7000; i++) {
		uint64_t value = rng_below(&rng, 7);
		ck_assert_uint_lt(value, 7);
		seen[value]++;
	}
	for (int i = 0; i < 7; i++) {
		/* mean 1000, standard deviation 29 */
		ck_assert_uint_gt(seen[i], 800);
		ck_assert_uint_lt(seen[i], 1200);
	}
	ck_assert_uint_eq(rng_below(&rng, 1), 0);
}
END_TEST

static void counted(void *context, void *out, size_t size)
{
	uint8_t *next = context;
	memset(out, (*next)++, size);
}

START_TEST(below_draws_again_where_it_would_be_unfair)
{
	uint8_t next = 0;
	struct rng rng = { .fill = counted, .context = &next };
	/* 2^64 mod (2^63 + 1) is 2^63 - 1: everything under it is refused,
	 * so the first good draw is 0x80 eight times. */
	uint64_t bound = (1ULL << 63) + 1;
	ck_assert_uint_eq(
	    rng_below(&rng, bound), 0x8080808080808080ULL - bound);
	ck_assert_uint_eq(next, 0x81);
}
END_TEST

START_TEST(system_source_gives_different_bytes)
{
	const struct rng *rng = rng_system();
	uint8_t first[32] = { 0 };
	uint8_t second[32] = { 0 };
	rng_fill(rng, first, sizeof(first));
	rng_fill(rng, second, sizeof(second));
	ck_assert_mem_ne(first, second, sizeof(first));
}
END_TEST

Suite *test_rng_suite(void)
{
	Suite *suite = suite_create("rng");
	TCase *tcase = tcase_create("rng");
	tcase_add_test(tcase, one_seed_gives_one_sequence);
	tcase_add_test(tcase, sequence_does_not_repeat_across_calls);
	tcase_add_test(tcase, seed_zero_is_chacha20_of_the_zero_key);
	tcase_add_test(tcase, below_stays_below_and_reaches_everything);
	tcase_add_test(tcase, below_draws_again_where_it_would_be_unfair);
	tcase_add_test(tcase, system_source_gives_different_bytes);
	suite_add_tcase(suite, tcase);
	return suite;
}
