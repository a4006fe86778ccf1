#define _GNU_SOURCE

#include "base/rng.h"
#include "ledger/merkle.h"
#include "unit/ledger/naive.h"

#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_merkle_suite(void);

enum { MODEL_SIZE = 70 };

static void fill_leaves(struct id32 *leaves, size_t count, uint64_t seed)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, seed);
	rng_fill(&rng, leaves, count * sizeof(*leaves));
}

static struct merkle_tree *tree_of(const struct id32 *leaves, uint64_t count)
{
	struct merkle_tree *tree = NULL;
	ck_assert_int_eq(merkle_tree_new(&tree), ERR_OK);
	for (uint64_t i = 0; i < count; i++) {
		ck_assert_int_eq(
		    merkle_tree_add(tree, 0, i, &leaves[i]), ERR_OK);
	}
	return tree;
}

static size_t hashes_of(const struct merkle_nodes *nodes, struct id32 out[64])
{
	ck_assert_uint_le(nodes->count, 64);
	for (size_t i = 0; i < nodes->count; i++) {
		out[i] = nodes->items[i].hash;
	}
	return nodes->count;
}

/* M50, M51 */
START_TEST(hashes_are_those_of_rfc_6962)
{
	struct id32 out;
	char hex[65];
	merkle_empty(&out);
	sodium_bin2hex(hex, sizeof(hex), out.b, 32);
	ck_assert_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb924"
			      "27ae41e4649b934ca495991b7852b855");
	merkle_leaf(span_text(""), &out);
	sodium_bin2hex(hex, sizeof(hex), out.b, 32);
	ck_assert_str_eq(hex, "6e340b9cffb37a989ca544e6bb780a2c"
			      "78901d3fb33738768511a30617afa01d");
	merkle_leaf(span_text("L123456"), &out);
	sodium_bin2hex(hex, sizeof(hex), out.b, 32);
	ck_assert_str_eq(hex, "395aa064aa4c29f7010acfe3f25db948"
			      "5bbd4b91897b6ad7ad547639252b4d56");
	struct id32 left = { .b = "N123" };
	struct id32 right = { .b = "N456" };
	struct id32 naive;
	struct id32 both[2] = { left, right };
	naive_root(both, 2, &naive);
	merkle_parent(&left, &right, &out);
	ck_assert(id_equal(&out, &naive));
}
END_TEST

START_TEST(position_and_place_undo_each_other)
{
	uint64_t before = 0;
	for (uint64_t position = 0; position < 5000; position++) {
		uint32_t level;
		uint64_t index;
		merkle_place(position, &level, &index);
		ck_assert_uint_eq(merkle_position(level, index), position);
		/* In order: a node stands after all leaves on its left. */
		uint64_t middle = (index << (level + 1)) + (1ULL << level);
		ck_assert_uint_ge(middle, before);
		before = middle;
	}
	uint32_t level;
	uint64_t index;
	merkle_place(merkle_position(40, 0), &level, &index);
	ck_assert_uint_eq(level, 40);
	ck_assert_uint_eq(index, 0);
	merkle_place(merkle_position(0, (1ULL << 40) - 1), &level, &index);
	ck_assert_uint_eq(level, 0);
	ck_assert_uint_eq(index, (1ULL << 40) - 1);
}
END_TEST

/* M52 */
START_TEST(roots_agree_with_the_naive_tree)
{
	struct id32 leaves[MODEL_SIZE];
	fill_leaves(leaves, MODEL_SIZE, 1);
	struct merkle_tree *tree = tree_of(leaves, MODEL_SIZE);
	for (uint64_t n = 0; n <= MODEL_SIZE; n++) {
		struct id32 root;
		struct id32 naive;
		naive_root(leaves, n, &naive);
		ck_assert_int_eq(merkle_tree_root(tree, n, &root), ERR_OK);
		ck_assert(id_equal(&root, &naive));
	}
	struct id32 root;
	ck_assert_int_eq(
	    merkle_tree_root(tree, MODEL_SIZE + 1, &root), ERR_NOTFOUND);
	ck_assert_int_eq(
	    merkle_tree_root(tree, LIMIT_TREE_SIZE + 1, &root), ERR_NOTFOUND);
	merkle_tree_free(tree);
}
END_TEST

START_TEST(every_inclusion_proof_is_accepted_at_its_own_place_only)
{
	struct id32 leaves[MODEL_SIZE];
	fill_leaves(leaves, MODEL_SIZE, 2);
	struct merkle_tree *tree = tree_of(leaves, MODEL_SIZE);
	struct merkle_nodes nodes = { 0 };
	for (uint64_t n = 1; n <= MODEL_SIZE; n++) {
		struct id32 root;
		naive_root(leaves, n, &root);
		for (uint64_t i = 0; i < n; i++) {
			struct id32 path[64];
			merkle_nodes_reset(&nodes);
			ck_assert_int_eq(
			    merkle_tree_inclusion(tree, i, n, &nodes), ERR_OK);
			size_t count = hashes_of(&nodes, path);
			ck_assert_int_eq(merkle_check_inclusion(i, n,
					     &leaves[i], path, count, &root),
			    ERR_OK);
			ck_assert_int_ne(merkle_check_inclusion(i ^ 1, n,
					     &leaves[i], path, count, &root),
			    ERR_OK);
			ck_assert_int_ne(merkle_check_inclusion(i, n, &root,
					     path, count + 1, &root),
			    ERR_OK);
			if (count > 0) {
				ck_assert_int_ne(
				    merkle_check_inclusion(i, n, &leaves[i],
					path, count - 1, &root),
				    ERR_OK);
				path[count / 2].b[7] ^= 0x10;
				ck_assert_int_ne(
				    merkle_check_inclusion(
					i, n, &leaves[i], path, count, &root),
				    ERR_OK);
			}
		}
	}
	ck_assert_int_eq(merkle_tree_inclusion(tree, 5, 5, &nodes), ERR_INPUT);
	ck_assert_int_eq(merkle_tree_inclusion(tree, 5, MODEL_SIZE + 1, &nodes),
	    ERR_NOTFOUND);
	merkle_nodes_clear(&nodes);
	merkle_tree_free(tree);
}
END_TEST

START_TEST(every_consistency_proof_is_accepted_between_its_own_sizes_only)
{
	struct id32 leaves[MODEL_SIZE];
	struct id32 roots[MODEL_SIZE + 1];
	fill_leaves(leaves, MODEL_SIZE, 3);
	struct merkle_tree *tree = tree_of(leaves, MODEL_SIZE);
	for (uint64_t n = 0; n <= MODEL_SIZE; n++) {
		naive_root(leaves, n, &roots[n]);
	}
	struct merkle_nodes nodes = { 0 };
	for (uint64_t n = 1; n <= MODEL_SIZE; n++) {
		for (uint64_t m = 1; m <= n; m++) {
			struct id32 path[64];
			merkle_nodes_reset(&nodes);
			ck_assert_int_eq(
			    merkle_tree_consistency(tree, m, n, &nodes),
			    ERR_OK);
			size_t count = hashes_of(&nodes, path);
			ck_assert_int_eq(merkle_check_consistency(m, n,
					     &roots[m], &roots[n], path, count),
			    ERR_OK);
			ck_assert_int_ne(
			    merkle_check_consistency(
				m, n, &roots[m - 1], &roots[n], path, count),
			    ERR_OK);
			ck_assert_int_ne(
			    merkle_check_consistency(
				m, n, &roots[m], &roots[n - 1], path, count),
			    ERR_OK);
			if (count > 0) {
				path[count - 1].b[31] ^= 1;
				ck_assert_int_ne(
				    merkle_check_consistency(m, n, &roots[m],
					&roots[n], path, count),
				    ERR_OK);
			}
		}
	}
	ck_assert_int_eq(
	    merkle_tree_consistency(tree, 0, 5, &nodes), ERR_INPUT);
	ck_assert_int_eq(
	    merkle_tree_consistency(tree, 6, 5, &nodes), ERR_INPUT);
	merkle_nodes_clear(&nodes);
	merkle_tree_free(tree);
}
END_TEST

/* M53 */
START_TEST(consistency_from_nothing_is_rejected)
{
	struct id32 empty;
	merkle_empty(&empty);
	ck_assert_int_eq(
	    merkle_check_consistency(0, 0, &empty, &empty, NULL, 0),
	    ERR_VERIFY);
	ck_assert_int_eq(
	    merkle_check_consistency(0, 4, &empty, &empty, NULL, 0),
	    ERR_VERIFY);
}
END_TEST

START_TEST(the_prover_refuses_what_cannot_be_asked)
{
	struct id32 leaves[MODEL_SIZE];
	memset(leaves, 3, sizeof(leaves));
	struct merkle_tree *tree = tree_of(leaves, 10);
	struct merkle_nodes out = { 0 };
	static const uint64_t twice[] = { 4, 4 };
	static const uint64_t falling[] = { 5, 4 };
	static const uint64_t late[] = { 10 };
	static const uint64_t good[] = { 4, 5 };
	ck_assert_int_eq(
	    merkle_tree_prove(tree, twice, 2, 0, 10, &out), ERR_INPUT);
	ck_assert_int_eq(
	    merkle_tree_prove(tree, falling, 2, 0, 10, &out), ERR_INPUT);
	ck_assert_int_eq(
	    merkle_tree_prove(tree, late, 1, 0, 10, &out), ERR_INPUT);
	ck_assert_int_eq(
	    merkle_tree_prove(tree, good, 2, 11, 10, &out), ERR_INPUT);
	ck_assert_int_eq(
	    merkle_tree_prove(tree, good, 2, 0, 11, &out), ERR_NOTFOUND);
	ck_assert_uint_eq(out.count, 0);
	ck_assert_int_eq(merkle_tree_prove(tree, NULL, 0, 0, 0, &out), ERR_OK);
	ck_assert_uint_eq(out.count, 0);
	merkle_nodes_clear(&out);
	merkle_tree_free(tree);
}
END_TEST

START_TEST(one_place_has_one_hash)
{
	struct merkle_tree *tree = tree_of(NULL, 0);
	struct id32 one = { .b = { 1 } };
	struct id32 two = { .b = { 2 } };
	struct id32 out;
	ck_assert_int_eq(merkle_tree_add(tree, 3, 9, &one), ERR_OK);
	ck_assert_int_eq(merkle_tree_add(tree, 3, 9, &one), ERR_OK);
	ck_assert_int_eq(merkle_tree_add(tree, 3, 9, &two), ERR_VERIFY);
	ck_assert_int_eq(merkle_tree_node(tree, 3, 9, &out), ERR_OK);
	ck_assert(id_equal(&out, &one));
	ck_assert_int_eq(merkle_tree_node(tree, 4, 4, &out), ERR_NOTFOUND);
	ck_assert_int_eq(merkle_tree_node(tree, 41, 0, &out), ERR_NOTFOUND);
	ck_assert_int_eq(merkle_tree_add(tree, 3, 8, &two), ERR_OK);
	ck_assert_int_eq(merkle_tree_node(tree, 4, 4, &out), ERR_OK);
	struct id32 parent;
	merkle_parent(&two, &one, &parent);
	ck_assert(id_equal(&out, &parent));
	merkle_tree_free(tree);
	merkle_tree_free(NULL);
}
END_TEST

/* One vector file of the public set. Some roots there are shorter than a hash
 * ("don't care"): filled up with zeros they stay as equal or unequal as they
 * are. Longer and empty ones cannot be handed to us at
 * all. */
static bool hash_of(const json_t *json, struct id32 *out)
{
	const char *text = json_string_value(json);
	size_t size = 0;
	*out = (struct id32){ { 0 } };
	return text != NULL &&
	       sodium_base642bin(out->b, sizeof(out->b), text, strlen(text),
		   NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       size > 0;
}

/* 2^64 - 1 stands there too, which is beyond JSON integers here. */
static uint64_t count_of(const json_t *json, const char *name)
{
	double value = json_real_value(json_object_get(json, name));
	return value >= 18e18 ? UINT64_MAX : (uint64_t)value;
}

static enum err run_vector(const json_t *json)
{
	struct id32 path[80];
	struct id32 hashes[2];
	bool fits = true;
	const json_t *proof = json_object_get(json, "proof");
	size_t count = json_array_size(proof);
	ck_assert_uint_le(count, 80);
	for (size_t i = 0; i < count; i++) {
		fits = fits && hash_of(json_array_get(proof, i), &path[i]);
	}
	bool inclusion = json_object_get(json, "leafIdx") != NULL;
	const char *names[2][2] = { { "root1", "root2" },
		{ "leafHash", "root" } };
	for (size_t i = 0; i < 2; i++) {
		fits =
		    fits && hash_of(json_object_get(json, names[inclusion][i]),
				&hashes[i]);
	}
	if (!fits) {
		return ERR_FORMAT;
	}
	if (inclusion) {
		return merkle_check_inclusion(count_of(json, "leafIdx"),
		    count_of(json, "treeSize"), &hashes[0], path, count,
		    &hashes[1]);
	}
	return merkle_check_consistency(count_of(json, "size1"),
	    count_of(json, "size2"), &hashes[0], &hashes[1], path, count);
}

/* NOLINTNEXTLINE(misc-no-recursion): the vectors lie two folders deep */
static size_t run_vectors(const char *folder)
{
	size_t done = 0;
	DIR *dir = opendir(folder);
	if (dir == NULL) {
		return 0;
	}
	for (struct dirent *at = readdir(dir); at != NULL; at = readdir(dir)) {
		char path[4096];
		if (at->d_name[0] == '.') {
			continue;
		}
		snprintf(path, sizeof(path), "%s/%s", folder, at->d_name);
		if (strstr(at->d_name, ".json") == NULL) {
			done += run_vectors(path);
			continue;
		}
		json_t *json =
		    json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);
		ck_assert_msg(json != NULL, "%s does not parse", path);
		bool rejected = run_vector(json) != ERR_OK;
		bool wanted =
		    json_is_true(json_object_get(json, "wantErr")) != 0;
		ck_assert_msg(
		    rejected == wanted, "%s: rejected %d", path, (int)rejected);
		json_decref(json);
		done++;
	}
	closedir(dir);
	return done;
}

START_TEST(public_vectors_agree)
{
	const char *shared = getenv("QSG_SHARED");
	char folder[2048];
	snprintf(folder, sizeof(folder), "%s/vectors/merkle",
	    shared != NULL ? shared : "../shared");
	size_t done = run_vectors(folder);
	if (done == 0) {
		printf("skipped: no merkle vectors in %s\n", folder);
		return;
	}
	ck_assert_uint_ge(done, 100);
}
END_TEST

Suite *test_merkle_suite(void)
{
	Suite *suite = suite_create("merkle");
	TCase *tests = tcase_create("merkle");
	tcase_add_test(tests, hashes_are_those_of_rfc_6962);
	tcase_add_test(tests, position_and_place_undo_each_other);
	tcase_add_test(tests, roots_agree_with_the_naive_tree);
	tcase_add_test(
	    tests, every_inclusion_proof_is_accepted_at_its_own_place_only);
	tcase_add_test(tests,
	    every_consistency_proof_is_accepted_between_its_own_sizes_only);
	tcase_add_test(tests, consistency_from_nothing_is_rejected);
	tcase_add_test(tests, the_prover_refuses_what_cannot_be_asked);
	tcase_add_test(tests, one_place_has_one_hash);
	tcase_add_test(tests, public_vectors_agree);
	suite_add_tcase(suite, tests);
	return suite;
}
