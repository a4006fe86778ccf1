#include "ledger/subtree.h"

#include "base/rng.h"
#include "unit/ledger/naive.h"

#include <check.h>
#include <string.h>

Suite *test_subtree_suite(void);

enum { MAX = 70 };

static struct id32 leaves[MAX];
static struct merkle_tree *tree;

static void setup(void)
{
	ck_assert_int_eq(merkle_tree_new(&tree), ERR_OK);
	for (uint64_t i = 0; i < MAX; i++) {
		memset(&leaves[i], (int)i + 1, sizeof leaves[i]);
		ck_assert_int_eq(
		    merkle_tree_add(tree, 0, i, &leaves[i]), ERR_OK);
	}
}

static void teardown(void)
{
	merkle_tree_free(tree);
}

static enum err check(const struct merkle_nodes *nodes, uint64_t size,
    uint32_t level, uint64_t index, struct id32 *hash)
{
	struct id32 root;

	naive_root(leaves, size, &root);
	return subtree_check(nodes, size, &root, level, index, hash);
}

/* M210 */
START_TEST(every_subtree_of_every_size_is_proven)
{
	for (uint64_t size = 1; size <= MAX; size++) {
		for (uint32_t level = 0; (1ULL << level) <= size; level++) {
			for (uint64_t at = 0; (at + 1) << level <= size; at++) {
				struct merkle_nodes nodes = { 0 };
				struct id32 want;
				struct id32 got;

				ck_assert_int_eq(subtree_prove(tree, level, at,
						     size, &nodes),
				    ERR_OK);
				ck_assert_int_eq(
				    check(&nodes, size, level, at, &got),
				    ERR_OK);
				naive_root(leaves + (at << level),
				    1ULL << level, &want);
				ck_assert(id_equal(&got, &want));
				merkle_nodes_clear(&nodes);
			}
		}
	}
}
END_TEST

START_TEST(there_is_no_subtree_beyond_the_size)
{
	struct merkle_nodes nodes = { 0 };
	struct id32 hash;

	ck_assert_int_eq(subtree_prove(tree, 2, 1, 7, &nodes), ERR_INPUT);
	ck_assert_int_eq(subtree_prove(tree, 0, 7, 7, &nodes), ERR_INPUT);
	ck_assert_int_eq(subtree_prove(tree, 64, 0, 7, &nodes), ERR_INPUT);
	ck_assert_int_eq(subtree_prove(tree, 0, 0, 0, &nodes), ERR_INPUT);
	ck_assert_int_eq(
	    subtree_prove(tree, 0, 0, 1ULL << 63, &nodes), ERR_INPUT);
	ck_assert_uint_eq(nodes.count, 0);
	ck_assert_int_eq(subtree_prove(tree, 0, 3, 7, &nodes), ERR_OK);
	ck_assert_int_eq(check(&nodes, 7, 0, 7, &hash), ERR_FORMAT);
	ck_assert_int_eq(
	    subtree_check(&nodes, 1ULL << 63, &hash, 0, 3, &hash), ERR_FORMAT);
	ck_assert_int_eq(
	    subtree_check(&nodes, 0, &hash, 0, 0, &hash), ERR_FORMAT);
	merkle_nodes_clear(&nodes);
}
END_TEST

/* M210 */
START_TEST(a_changed_proof_is_refused)
{
	struct merkle_nodes nodes = { 0 };
	struct merkle_nodes bad = { 0 };
	struct id32 hash;

	ck_assert_int_eq(subtree_prove(tree, 1, 13, 45, &nodes), ERR_OK);
	ck_assert_uint_gt(nodes.count, 4);
	for (size_t i = 0; i < nodes.count; i++) {
		struct merkle_node kept = nodes.items[i];

		for (size_t bit = 0; bit < 256; bit++) {
			nodes.items[i].hash.b[bit / 8] ^=
			    (uint8_t)(1u << (bit % 8));
			ck_assert_int_eq(
			    check(&nodes, 45, 1, 13, &hash), ERR_VERIFY);
			nodes.items[i] = kept;
		}
		nodes.items[i].level++;
		ck_assert_int_ne(check(&nodes, 45, 1, 13, &hash), ERR_OK);
		nodes.items[i] = kept;
		nodes.items[i].index++;
		ck_assert_int_ne(check(&nodes, 45, 1, 13, &hash), ERR_OK);
		nodes.items[i] = kept;
		/* One left out, one twice. */
		merkle_nodes_reset(&bad);
		for (size_t j = 0; j < nodes.count; j++) {
			const struct merkle_node *node = &nodes.items[j];

			for (int n = j == i ? 2 : 1; n; n--) {
				ck_assert_int_eq(
				    merkle_nodes_add(&bad, node->level,
					node->index, &node->hash),
				    ERR_OK);
			}
		}
		ck_assert_int_eq(check(&bad, 45, 1, 13, &hash), ERR_FORMAT);
		memmove(bad.items + i, bad.items + i + 2,
		    (bad.count - i - 2) * sizeof *bad.items);
		bad.count -= 2;
		ck_assert_int_eq(check(&bad, 45, 1, 13, &hash), ERR_FORMAT);
	}
	ck_assert_int_eq(check(&nodes, 46, 1, 13, &hash), ERR_FORMAT);
	ck_assert_int_eq(check(&nodes, 45, 0, 13, &hash), ERR_FORMAT);
	ck_assert_int_eq(check(&nodes, 45, 1, 13, &hash), ERR_OK);
	merkle_nodes_clear(&nodes);
	merkle_nodes_clear(&bad);
}
END_TEST

/* M210 */
START_TEST(order_and_unused_nodes_count)
{
	struct merkle_nodes nodes = { 0 };
	struct merkle_node swap;
	struct id32 hash;

	ck_assert_int_eq(subtree_prove(tree, 0, 5, 45, &nodes), ERR_OK);
	swap = nodes.items[0];
	nodes.items[0] = nodes.items[1];
	nodes.items[1] = swap;
	ck_assert_int_eq(check(&nodes, 45, 0, 5, &hash), ERR_FORMAT);
	nodes.items[1] = nodes.items[0];
	nodes.items[0] = swap;
	ck_assert_int_eq(check(&nodes, 45, 0, 5, &hash), ERR_OK);
	/* A true node that nobody needs. */
	ck_assert_int_eq(merkle_nodes_add(&nodes, 6, 0, &leaves[0]), ERR_OK);
	ck_assert_int_eq(check(&nodes, 45, 0, 5, &hash), ERR_FORMAT);
	merkle_nodes_clear(&nodes);
}
END_TEST

START_TEST(what_is_not_known_is_not_proven)
{
	struct merkle_tree *sparse = NULL;
	struct merkle_nodes nodes = { 0 };

	ck_assert_int_eq(merkle_tree_new(&sparse), ERR_OK);
	ck_assert_int_eq(merkle_tree_add(sparse, 0, 0, &leaves[0]), ERR_OK);
	ck_assert_int_eq(merkle_tree_add(sparse, 0, 1, &leaves[1]), ERR_OK);
	ck_assert_int_eq(subtree_prove(sparse, 0, 0, 3, &nodes), ERR_NOTFOUND);
	ck_assert_uint_eq(nodes.count, 0);
	ck_assert_int_eq(subtree_prove(sparse, 0, 0, 2, &nodes), ERR_OK);
	merkle_nodes_clear(&nodes);
	merkle_tree_free(sparse);
}
END_TEST

Suite *test_subtree_suite(void)
{
	Suite *suite = suite_create("subtree");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, every_subtree_of_every_size_is_proven);
	tcase_add_test(tests, there_is_no_subtree_beyond_the_size);
	tcase_add_test(tests, a_changed_proof_is_refused);
	tcase_add_test(tests, order_and_unused_nodes_count);
	tcase_add_test(tests, what_is_not_known_is_not_proven);
	suite_add_tcase(suite, tests);
	return suite;
}
