#include "bag.h"

#include "unit/mutate.h"

#include <stdio.h>
#include <string.h>

Suite *test_bundle_mutated_suite(void);

static struct fixture fixture;
static struct bag good;
static struct bag bag;

static void setup(void)
{
	struct replica_taken taken;
	struct id32 record;
	fixture_open(&fixture, 2);
	OK(fixture_share(&fixture, 0, 1u << 1, "ours", &record));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_share(&fixture, 1, 1u << 0, "theirs", &record));
	OK(node_commit(fixture.nodes[1]));
	OK(fixture_pull(&fixture, 0, 1, &taken));
	bag_make(&fixture, 0, "{\"all\":true}", true, &good);
	bag_copy(&good, &bag);
	ck_assert_ptr_null(bag_fault(&good));
}

static void teardown(void)
{
	bag_clear(&good);
	bag_clear(&bag);
	fixture_close(&fixture);
}

/* Half of them as somebody does it who writes the manifests anew. M245 M248
 * M256 */
START_TEST(no_mutated_bundle_is_accepted)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, mutate_seed("bundle"));
	struct buf archive = { 0 };
	struct buf bad = { 0 };
	uint64_t refused = 0;
	bag_join(&good, &archive);
	for (uint64_t i = 0; i < mutate_count(); i++) {
		if (i % 2 == 0) {
			mutate(&rng, buf_span(&archive), &bad);
		} else {
			/* One file, and the manifests written anew. */
			size_t at = (size_t)rng_below(&rng, good.count);
			bag_clear(&bag);
			bag_copy(&good, &bag);
			mutate(&rng, buf_span(&good.files[at].content), &bad);
			bag_put(&bag.files[at], buf_span(&bad));
			if (strstr(bag.files[at].name, "manifest") == NULL &&
			    strstr(bag.files[at].name, "bag-info") == NULL) {
				bag_recompute(&bag);
			}
			bag_join(&bag, &bad);
		}
		ck_assert_ptr_nonnull(bag_fault_of(buf_span(&bad)));
		refused++;
	}
	printf("bundle: %llu mutated, none accepted\n",
	    (unsigned long long)refused);
	buf_clear(&archive);
	buf_clear(&bad);
}
END_TEST

/* Nothing but the lists tells of a sealed text that was taken out with all sums
 * made again; they tell whose it was. */
START_TEST(a_sealed_text_taken_out_is_named_by_its_record)
{
	static const char folder[] = "data/records/";
	struct bag sealed;
	bag_make(&fixture, 0, "{\"all\":true}", false, &sealed);
	for (size_t i = 0; i < 4; i++) {
		char wanted[64];
		bag_clear(&bag);
		bag_copy(&sealed, &bag);
		const struct bag_file *body = bag_like(&bag, "/body", i);
		snprintf(wanted, sizeof(wanted), "cards say, from record %.12s",
		    strstr(body->name, folder) + strlen(folder));
		bag_remove(&bag, body);
		bag_recompute(&bag);
		const char *fault = bag_fault(&bag);
		ck_assert_ptr_nonnull(fault);
		ck_assert_msg(
		    strstr(fault, wanted), "%s, wanted %s", fault, wanted);
	}
	bag_clear(&sealed);
}
END_TEST

Suite *test_bundle_mutated_suite(void)
{
	Suite *suite = suite_create("bundle_mutated");
	TCase *tests = tcase_create("bundle_mutated");
	tcase_set_timeout(tests, 14400);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, no_mutated_bundle_is_accepted);
	tcase_add_test(tests, a_sealed_text_taken_out_is_named_by_its_record);
	suite_add_tcase(suite, tests);
	return suite;
}
