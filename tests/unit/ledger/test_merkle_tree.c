#include "base/rng.h"
#include "ledger/merkle.h"
#include "unit/ledger/naive.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_merkle_tree_suite(void);

enum { MODEL_SIZE = 70, BIG_SIZE = 3000 };

static struct merkle_tree *empty_tree(void)
{
	struct merkle_tree *tree = NULL;
	ck_assert_int_eq(merkle_tree_new(&tree), ERR_OK);
	return tree;
}

static struct merkle_tree *tree_of(const struct id32 *leaves, uint64_t count)
{
	struct merkle_tree *tree = empty_tree();
	for (uint64_t i = 0; i < count; i++) {
		ck_assert_int_eq(
		    merkle_tree_add(tree, 0, i, &leaves[i]), ERR_OK);
	}
	return tree;
}

/* The least that somebody holds who has verified the tree of `size`. */
static struct merkle_tree *peaks_of(const struct id32 *leaves, uint64_t size)
{
	struct merkle_tree *tree = empty_tree();
	uint64_t start = 0;
	for (uint32_t level = 40; level <= 40; level--) {
		uint64_t width = 1ULL << level;
		if ((size & width) != 0) {
			struct id32 hash;
			naive_root(leaves + start, width, &hash);
			ck_assert_int_eq(
			    merkle_tree_add(tree, level, start >> level, &hash),
			    ERR_OK);
			start += width;
		}
	}
	return tree;
}

static void add_all(struct merkle_tree *tree, const struct merkle_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		ck_assert_int_eq(
		    merkle_tree_add(tree, nodes->items[i].level,
			nodes->items[i].index, &nodes->items[i].hash),
		    ERR_OK);
	}
}

/* A batch under way: what an author hands out and a receiver checks. */
struct batch {
	uint64_t indexes[BIG_SIZE];
	size_t count;
	uint64_t old_size;
	uint64_t size;
	struct merkle_nodes leaves;
	struct merkle_nodes proof;
	struct merkle_nodes learned;
	struct id32 root;
};

static void batch_clear(struct batch *batch)
{
	merkle_nodes_clear(&batch->leaves);
	merkle_nodes_clear(&batch->proof);
	merkle_nodes_clear(&batch->learned);
}

/* Each leaf below size with a chance of `chance` in 8. */
static void pick(struct batch *batch, const struct rng *rng, uint64_t from,
    uint64_t to, uint64_t chance)
{
	batch->count = 0;
	for (uint64_t i = from; i < to; i++) {
		if (rng_below(rng, 8) < chance) {
			batch->indexes[batch->count++] = i;
		}
	}
}

static void make(
    struct batch *batch, struct merkle_tree *author, const struct id32 *leaves)
{
	merkle_nodes_reset(&batch->leaves);
	merkle_nodes_reset(&batch->proof);
	merkle_nodes_reset(&batch->learned);
	for (size_t i = 0; i < batch->count; i++) {
		ck_assert_int_eq(
		    merkle_nodes_add(&batch->leaves, 0, batch->indexes[i],
			&leaves[batch->indexes[i]]),
		    ERR_OK);
	}
	naive_root(leaves, batch->size, &batch->root);
	ck_assert_int_eq(merkle_tree_prove(author, batch->indexes, batch->count,
			     batch->old_size, batch->size, &batch->proof),
	    ERR_OK);
}

static enum err check(struct batch *batch, struct merkle_tree *receiver)
{
	return merkle_tree_check(receiver, &batch->leaves, &batch->proof,
	    batch->old_size, batch->size, &batch->root, &batch->learned);
}

static void check_learned(const struct batch *batch, const struct id32 *leaves)
{
	for (size_t i = 0; i < batch->learned.count; i++) {
		const struct merkle_node *node = &batch->learned.items[i];
		struct id32 hash;
		naive_root(leaves + (node->index << node->level),
		    1ULL << node->level, &hash);
		ck_assert(id_equal(&hash, &node->hash));
	}
}

/* M54, M55 */
START_TEST(every_batch_is_accepted_by_whoever_holds_the_old_peaks)
{
	const uint64_t n = (uint64_t)_i;
	struct id32 leaves[MODEL_SIZE];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 100 + n);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct merkle_tree *author = tree_of(leaves, MODEL_SIZE);
	struct batch batch = { .size = n };
	static const uint64_t chances[] = { 0, 1, 1, 1, 4, 7, 8 };
	for (uint64_t old = 0; old <= n; old++) {
		for (size_t c = 0; c < 14; c++) {
			batch.old_size = old;
			pick(&batch, &rng, c < 7 ? 0 : old, n, chances[c % 7]);
			struct merkle_tree *receiver = peaks_of(leaves, old);
			make(&batch, author, leaves);
			ck_assert_msg(check(&batch, receiver) == ERR_OK,
			    "n %d old %d case %d: %s", _i, (int)old, (int)c,
			    err_text());
			check_learned(&batch, leaves);
			add_all(receiver, &batch.learned);
			struct id32 root;
			ck_assert_int_eq(
			    merkle_tree_root(receiver, n, &root), ERR_OK);
			ck_assert(id_equal(&root, &batch.root));
			ck_assert_int_eq(
			    merkle_tree_root(receiver, old, &root), ERR_OK);
			/* The same batch again teaches nothing. */
			merkle_nodes_reset(&batch.learned);
			ck_assert_int_eq(check(&batch, receiver), ERR_OK);
			ck_assert_uint_eq(batch.learned.count, 0);
			merkle_tree_free(receiver);
		}
	}
	batch_clear(&batch);
	merkle_tree_free(author);
}
END_TEST

START_TEST(large_random_batches_join_one_after_the_other)
{
	const uint64_t seed = (uint64_t)_i;
	struct id32 *leaves = calloc(BIG_SIZE, sizeof(*leaves));
	struct batch *batch = calloc(1, sizeof(*batch));
	ck_assert(leaves != NULL && batch != NULL);
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, seed);
	rng_fill(&rng, leaves, BIG_SIZE * sizeof(*leaves));
	struct merkle_tree *author = tree_of(leaves, BIG_SIZE);
	struct merkle_tree *receiver = empty_tree();
	while (batch->size < BIG_SIZE) {
		batch->old_size = batch->size;
		batch->size += 1 + rng_below(&rng, 700);
		if (batch->size > BIG_SIZE) {
			batch->size = BIG_SIZE;
		}
		pick(batch, &rng, rng_below(&rng, batch->size), batch->size,
		    rng_below(&rng, 9));
		make(batch, author, leaves);
		ck_assert_msg(check(batch, receiver) == ERR_OK,
		    "seed %d size %d: %s", _i, (int)batch->size, err_text());
		check_learned(batch, leaves);
		add_all(receiver, &batch->learned);
	}
	merkle_tree_free(receiver);
	merkle_tree_free(author);
	batch_clear(batch);
	free(batch);
	free(leaves);
}
END_TEST

static void flip(void *bytes, size_t bit)
{
	((uint8_t *)bytes)[bit / 8] ^= (uint8_t)(1u << (bit % 8));
}

static void reject_flips(
    struct batch *batch, struct merkle_tree *receiver, void *bytes, size_t size)
{
	for (size_t bit = 0; bit < size * 8; bit++) {
		flip(bytes, bit);
		ck_assert_msg(check(batch, receiver) != ERR_OK,
		    "old %d size %d: bit %d accepted", (int)batch->old_size,
		    (int)batch->size, (int)bit);
		ck_assert_uint_eq(batch->learned.count, 0);
		flip(bytes, bit);
	}
}

static void reject_node_flips(struct batch *batch, struct merkle_tree *receiver,
    struct merkle_nodes *nodes)
{
	for (size_t i = 0; i < nodes->count; i++) {
		struct merkle_node *node = &nodes->items[i];
		reject_flips(
		    batch, receiver, &node->level, sizeof(node->level));
		reject_flips(
		    batch, receiver, &node->index, sizeof(node->index));
		reject_flips(batch, receiver, &node->hash, sizeof(node->hash));
	}
}

/* M56, M58, M59 */
START_TEST(every_flipped_bit_of_a_batch_is_rejected)
{
	struct id32 leaves[MODEL_SIZE];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 5);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct merkle_tree *author = tree_of(leaves, MODEL_SIZE);
	static const uint64_t cases[][2] = { { 0, 1 }, { 0, 13 }, { 5, 13 },
		{ 8, 64 }, { 37, 70 }, { 21, 21 } };
	struct batch batch = { .count = 0 };
	for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		batch.old_size = cases[c][0];
		batch.size = cases[c][1];
		pick(&batch, &rng, 0, batch.size, 2);
		struct merkle_tree *receiver = peaks_of(leaves, batch.old_size);
		make(&batch, author, leaves);
		reject_node_flips(&batch, receiver, &batch.proof);
		reject_node_flips(&batch, receiver, &batch.leaves);
		reject_flips(&batch, receiver, &batch.root, sizeof(batch.root));
		reject_flips(&batch, receiver, &batch.size, sizeof(batch.size));
		ck_assert_int_eq(check(&batch, receiver), ERR_OK);
		merkle_tree_free(receiver);
	}
	batch_clear(&batch);
	merkle_tree_free(author);
}
END_TEST

/* M56 */
START_TEST(surplus_missing_and_disordered_nodes_are_rejected)
{
	struct id32 leaves[MODEL_SIZE];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 6);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct merkle_tree *author = tree_of(leaves, MODEL_SIZE);
	struct merkle_tree *receiver = peaks_of(leaves, 20);
	struct batch batch = { .old_size = 20, .size = 61 };
	batch.indexes[0] = 3;
	batch.indexes[1] = 50;
	batch.count = 2;
	make(&batch, author, leaves);
	ck_assert_uint_ge(batch.proof.count, 4);
	/* One too many, at every place in the order. */
	for (uint32_t level = 0; level <= 41; level++) {
		for (uint64_t index = 0; index < 62; index++) {
			make(&batch, author, leaves);
			struct merkle_nodes *proof = &batch.proof;
			ck_assert_int_eq(
			    merkle_nodes_add(proof, level, index, &leaves[0]),
			    ERR_OK);
			struct merkle_node extra =
			    proof->items[proof->count - 1];
			size_t at = proof->count - 1;
			while (at > 0 &&
			       (proof->items[at - 1].level > level ||
				   (proof->items[at - 1].level == level &&
				       proof->items[at - 1].index > index))) {
				proof->items[at] = proof->items[at - 1];
				at--;
			}
			proof->items[at] = extra;
			ck_assert_int_eq(check(&batch, receiver), ERR_VERIFY);
		}
	}
	/* One too few. */
	make(&batch, author, leaves);
	size_t count = batch.proof.count;
	for (size_t i = 0; i < count; i++) {
		make(&batch, author, leaves);
		memmove(&batch.proof.items[i], &batch.proof.items[i + 1],
		    (count - i - 1) * sizeof(batch.proof.items[0]));
		batch.proof.count--;
		ck_assert_int_eq(check(&batch, receiver), ERR_NOTFOUND);
	}
	/* Two exchanged. */
	for (size_t i = 0; i + 1 < count; i++) {
		make(&batch, author, leaves);
		struct merkle_node kept = batch.proof.items[i];
		batch.proof.items[i] = batch.proof.items[i + 1];
		batch.proof.items[i + 1] = kept;
		ck_assert_int_eq(check(&batch, receiver), ERR_VERIFY);
	}
	make(&batch, author, leaves);
	batch.leaves.items[1] = batch.leaves.items[0];
	ck_assert_int_eq(check(&batch, receiver), ERR_VERIFY);
	batch.old_size = batch.size + 1;
	ck_assert_int_eq(check(&batch, receiver), ERR_VERIFY);
	batch_clear(&batch);
	merkle_tree_free(receiver);
	merkle_tree_free(author);
}
END_TEST

/* M57: whatever the batch, an author with another leaf before the old size
 * cannot join its tree to ours. */
START_TEST(a_forked_history_is_rejected)
{
	enum { SIZE = 37 };
	struct id32 leaves[SIZE];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 7);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct batch batch = { .size = SIZE };
	for (uint64_t changed = 0; changed < SIZE; changed++) {
		struct id32 forked[SIZE];
		memcpy(forked, leaves, sizeof(forked));
		forked[changed].b[0] ^= 1;
		struct merkle_tree *author = tree_of(forked, SIZE);
		for (uint64_t old = 0; old <= SIZE; old++) {
			struct merkle_tree *receiver =
			    old % 2 == 0 ? peaks_of(leaves, old)
					 : tree_of(leaves, old);
			batch.old_size = old;
			for (uint64_t c = 0; c < 6; c++) {
				pick(&batch, &rng, c % 2 == 0 ? 0 : old, SIZE,
				    c < 2 ? 0 : c);
				make(&batch, author, forked);
				enum err wanted =
				    changed < old ? ERR_VERIFY : ERR_OK;
				ck_assert_int_eq(
				    check(&batch, receiver), wanted);
			}
			merkle_tree_free(receiver);
		}
		merkle_tree_free(author);
	}
	batch_clear(&batch);
}
END_TEST

/* M57, M71 */
START_TEST(a_join_needs_the_old_tree)
{
	struct id32 leaves[MODEL_SIZE];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 8);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct merkle_tree *author = tree_of(leaves, MODEL_SIZE);
	struct merkle_tree *receiver = empty_tree();
	struct batch batch = { .old_size = 24, .size = 50 };
	for (uint64_t chance = 0; chance <= 8; chance += 4) {
		pick(&batch, &rng, 0, 50, chance);
		make(&batch, author, leaves);
		ck_assert_int_eq(check(&batch, receiver), ERR_NOTFOUND);
	}
	batch_clear(&batch);
	merkle_tree_free(receiver);
	merkle_tree_free(author);
}
END_TEST

/* M71 */
START_TEST(the_old_tree_is_not_taken_from_the_proof)
{
	struct id32 leaves[MODEL_SIZE];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 9);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct merkle_tree *author = tree_of(leaves, MODEL_SIZE);
	struct merkle_tree *receiver = empty_tree();
	struct batch batch = { .old_size = 8, .size = 16 };
	make(&batch, author, leaves);
	ck_assert_uint_eq(batch.proof.count, 1);
	struct merkle_node right = batch.proof.items[0];
	struct id32 peak;
	naive_root(leaves, 8, &peak);
	merkle_nodes_reset(&batch.proof);
	ck_assert_int_eq(merkle_nodes_add(&batch.proof, 3, 0, &peak), ERR_OK);
	ck_assert_int_eq(merkle_nodes_add(&batch.proof, right.level,
			     right.index, &right.hash),
	    ERR_OK);
	ck_assert_int_eq(check(&batch, receiver), ERR_NOTFOUND);
	ck_assert_int_eq(merkle_tree_add(receiver, 3, 0, &peak), ERR_OK);
	ck_assert_int_eq(check(&batch, receiver), ERR_OK);
	batch_clear(&batch);
	merkle_tree_free(receiver);
	merkle_tree_free(author);
}
END_TEST

/* M57: also where nothing is to be joined. */
START_TEST(what_is_held_beyond_the_old_size_is_compared_too)
{
	struct id32 leaves[MODEL_SIZE];
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, 10);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct merkle_tree *author = tree_of(leaves, MODEL_SIZE);
	struct batch batch = { .size = 20, .indexes = { 4, 9 }, .count = 2 };
	make(&batch, author, leaves);
	/* A leaf of the batch, a computed node, a node of the proof. */
	static const uint32_t levels[] = { 0, 1, 2, 3, 4, 0, 1, 2 };
	static const uint64_t indexes[] = { 9, 2, 1, 1, 0, 5, 3, 0 };
	for (size_t i = 0; i < 8; i++) {
		struct merkle_tree *receiver = empty_tree();
		ck_assert_int_eq(merkle_tree_add(receiver, levels[i],
				     indexes[i], &leaves[0]),
		    ERR_OK);
		ck_assert_int_eq(check(&batch, receiver), ERR_VERIFY);
		merkle_tree_free(receiver);
	}
	/* Nothing may lie beyond the end either. */
	struct merkle_tree *receiver = empty_tree();
	ck_assert_int_eq(
	    merkle_nodes_add(&batch.leaves, 0, 20, &leaves[20]), ERR_OK);
	ck_assert_int_eq(check(&batch, receiver), ERR_VERIFY);
	batch.leaves.count--;
	ck_assert_int_eq(check(&batch, receiver), ERR_OK);
	merkle_tree_free(receiver);
	batch_clear(&batch);
	merkle_tree_free(author);
}
END_TEST

/* A reader of every third record or so, at several sizes, then shows all it
 * holds to a third node, at its newest head, from every head it has had. */
START_TEST(a_co_reader_can_prove_what_it_holds)
{
	struct id32 leaves[400];
	enum { SIZE = 400 };
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, (uint64_t)_i);
	rng_fill(&rng, leaves, sizeof(leaves));
	struct merkle_tree *author = tree_of(leaves, SIZE);
	struct merkle_tree *reader = empty_tree();
	struct batch batch = { .size = 0 };
	uint64_t sizes[SIZE] = { 0 };
	size_t size_count = 1;
	uint64_t all[SIZE];
	size_t all_count = 0;
	while (batch.size < SIZE) {
		batch.old_size = batch.size;
		batch.size += 1 + rng_below(&rng, 60);
		batch.size = batch.size > SIZE ? SIZE : batch.size;
		pick(&batch, &rng, batch.old_size, batch.size, 3);
		make(&batch, author, leaves);
		ck_assert_int_eq(check(&batch, reader), ERR_OK);
		add_all(reader, &batch.learned);
		memcpy(all + all_count, batch.indexes,
		    batch.count * sizeof(all[0]));
		all_count += batch.count;
		sizes[size_count++] = batch.size;
	}
	memcpy(batch.indexes, all, all_count * sizeof(all[0]));
	batch.count = all_count;
	for (size_t i = 0; i < size_count; i++) {
		batch.old_size = sizes[i];
		struct merkle_tree *third = peaks_of(leaves, sizes[i]);
		make(&batch, reader, leaves);
		ck_assert_msg(check(&batch, third) == ERR_OK, "seed %d: %s", _i,
		    err_text());
		merkle_tree_free(third);
		struct merkle_nodes path = { 0 };
		ck_assert_int_eq(merkle_tree_inclusion(
				     reader, all[i % all_count], SIZE, &path),
		    ERR_OK);
		merkle_nodes_clear(&path);
	}
	batch_clear(&batch);
	merkle_tree_free(reader);
	merkle_tree_free(author);
}
END_TEST

/* M72 */
START_TEST(the_largest_tree_is_checked_and_nothing_larger)
{
	struct id32 hash = { .b = { 1 } };
	struct merkle_tree *author = empty_tree();
	const uint64_t last = LIMIT_TREE_SIZE - 1;
	ck_assert_int_eq(merkle_tree_add(author, 0, last, &hash), ERR_OK);
	for (uint32_t level = 0; level < 40; level++) {
		ck_assert_int_eq(
		    merkle_tree_add(author, level, (last >> level) - 1, &hash),
		    ERR_OK);
	}
	struct batch batch = { .size = LIMIT_TREE_SIZE };
	ck_assert_int_eq(
	    merkle_tree_root(author, batch.size, &batch.root), ERR_OK);
	ck_assert_int_eq(
	    merkle_tree_prove(author, &last, 1, 0, batch.size, &batch.proof),
	    ERR_OK);
	ck_assert_uint_eq(batch.proof.count, 40);
	ck_assert_int_eq(
	    merkle_nodes_add(&batch.leaves, 0, last, &hash), ERR_OK);
	struct merkle_tree *receiver = empty_tree();
	ck_assert_int_eq(check(&batch, receiver), ERR_OK);
	ck_assert_uint_eq(batch.learned.count, 40 + 1 + 37);
	batch.size++;
	ck_assert_int_eq(check(&batch, receiver), ERR_VERIFY);
	ck_assert_int_eq(merkle_tree_add(receiver, 41, 0, &hash), ERR_LIMIT);
	ck_assert_int_eq(
	    merkle_tree_add(receiver, 0, last + 1, &hash), ERR_LIMIT);
	ck_assert_int_eq(merkle_tree_prove(author, &last, 1, 0,
			     LIMIT_TREE_SIZE + 1, &batch.proof),
	    ERR_INPUT);
	batch_clear(&batch);
	merkle_tree_free(receiver);
	merkle_tree_free(author);
}
END_TEST

/* M72: every fourth leaf of a full tree asks for two nodes of the proof. */
static enum err check_wide(uint64_t groups)
{
	struct merkle_tree *author = empty_tree();
	struct merkle_tree *receiver = empty_tree();
	struct batch *batch = calloc(1, sizeof(*batch));
	ck_assert_ptr_nonnull(batch);
	struct id32 pair;
	struct id32 leaf = { { 7 } };
	merkle_parent(&leaf, &leaf, &pair);
	batch->size = 4 * groups;
	for (uint64_t i = 0; i < batch->size; i++) {
		ck_assert_int_eq(merkle_tree_add(author, 0, i, &leaf), ERR_OK);
	}
	for (uint64_t i = 0; i < groups; i++) {
		ck_assert_int_eq(
		    merkle_nodes_add(&batch->leaves, 0, 4 * i, &leaf), ERR_OK);
		ck_assert_int_eq(
		    merkle_nodes_add(&batch->proof, 0, 4 * i + 1, &leaf),
		    ERR_OK);
	}
	for (uint64_t i = 0; i < groups; i++) {
		ck_assert_int_eq(
		    merkle_nodes_add(&batch->proof, 1, 2 * i + 1, &pair),
		    ERR_OK);
	}
	ck_assert_int_eq(
	    merkle_tree_root(author, batch->size, &batch->root), ERR_OK);
	uint64_t *indexes = calloc(groups, sizeof(*indexes));
	ck_assert_ptr_nonnull(indexes);
	for (uint64_t i = 0; i < groups; i++) {
		indexes[i] = 4 * i;
	}
	struct merkle_nodes made = { 0 };
	enum err proven =
	    merkle_tree_prove(author, indexes, groups, 0, batch->size, &made);
	enum err err = check(batch, receiver);
	ck_assert_int_eq(proven, err == ERR_OK ? ERR_OK : ERR_LIMIT);
	ck_assert_uint_eq(made.count, err == ERR_OK ? batch->proof.count : 0);
	free(indexes);
	merkle_nodes_clear(&made);
	batch_clear(batch);
	free(batch);
	merkle_tree_free(receiver);
	merkle_tree_free(author);
	return err;
}

START_TEST(the_largest_proof_is_checked_and_nothing_larger)
{
	ck_assert_int_eq(check_wide(LIMIT_PROOF_NODES / 2), ERR_OK);
	ck_assert_int_eq(check_wide(LIMIT_PROOF_NODES / 2 + 1), ERR_VERIFY);
}
END_TEST

Suite *test_merkle_tree_suite(void)
{
	Suite *suite = suite_create("merkle_tree");
	TCase *tests = tcase_create("merkle_tree");
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests,
	    every_batch_is_accepted_by_whoever_holds_the_old_peaks, 0,
	    MODEL_SIZE + 1);
	tcase_add_loop_test(
	    tests, large_random_batches_join_one_after_the_other, 1, 9);
	tcase_add_test(tests, every_flipped_bit_of_a_batch_is_rejected);
	tcase_add_test(
	    tests, surplus_missing_and_disordered_nodes_are_rejected);
	tcase_add_test(tests, a_forked_history_is_rejected);
	tcase_add_test(tests, a_join_needs_the_old_tree);
	tcase_add_test(tests, the_old_tree_is_not_taken_from_the_proof);
	tcase_add_test(tests, what_is_held_beyond_the_old_size_is_compared_too);
	tcase_add_loop_test(tests, a_co_reader_can_prove_what_it_holds, 1, 13);
	tcase_add_test(tests, the_largest_tree_is_checked_and_nothing_larger);
	tcase_add_test(tests, the_largest_proof_is_checked_and_nothing_larger);
	suite_add_tcase(suite, tests);
	return suite;
}
