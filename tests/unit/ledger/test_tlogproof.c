#define _GNU_SOURCE

#include "codec/text.h"
#include "keys/keystore.h"
#include "ledger/tlogproof.h"
#include "unit/mutate.h"

#include <check.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *test_tlogproof_suite(void);

#define OK(call) ck_assert_msg((call) == ERR_OK, "%s", err_text())
#define FAILS(call, code) ck_assert_int_eq((call), (code))

enum { LEAVES = 300 };

static struct keystore *keystore;
static struct merkle_tree *tree;
static struct id32 leaves[LEAVES];

static void setup(void)
{
	char path[] = "/tmp/qsg-tlogproof-XXXXXX";
	struct passphrase *passphrase = NULL;
	struct buf file = { 0 };
	uint8_t secret[] = "of tests";
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_ptr_nonnull(mkdtemp(path));
	OK(buf_printf(&file, "%s/keys", path));
	OK(keystore_passphrase(secret, sizeof(secret) - 1, &passphrase));
	OK(keystore_create(buf_text(&file), passphrase, KEYSTORE_CHEAP,
	    rng_system(), &keystore));
	passphrase_free(passphrase);
	ck_assert_int_eq(unlink(buf_text(&file)), 0);
	ck_assert_int_eq(rmdir(path), 0);
	buf_clear(&file);
	OK(merkle_tree_new(&tree));
	for (uint64_t i = 0; i < LEAVES; i++) {
		merkle_leaf(span_of(&i, sizeof(i)), &leaves[i]);
		OK(merkle_tree_add(tree, 0, i, &leaves[i]));
	}
}

static void teardown(void)
{
	keystore_close(keystore);
	merkle_tree_free(tree);
}

static const struct keystore_log *log_of(void)
{
	return &keystore_public(keystore)->logs[0];
}

/* A proof of this leaf at this size, by our own log. */
static void prove(uint64_t index, uint64_t size, struct buf *out)
{
	struct checkpoint head = { .size = size,
		.author = keystore_public(keystore)->organisation,
		.generation = log_of()->generation };
	struct buf note = { 0 };
	OK(merkle_tree_root(tree, size, &head.root));
	OK(checkpoint_sign(keystore, &head, &note));
	buf_reset(out);
	OK(tlogproof_write(tree, index, size, buf_span(&note), out));
	buf_clear(&note);
}

static enum err check(struct span bytes, const struct id32 *leaf)
{
	struct tlogproof proof;
	struct checkpoint head;
	enum err err = tlogproof_parse(bytes, &proof);
	return err == ERR_OK
	           ? tlogproof_check(&proof, leaf, &log_of()->key, &head)
	           : err;
}

START_TEST(every_leaf_is_proven_at_every_size)
{
	static const uint64_t sizes[] = { 1, 2, 3, 4, 7, 8, 9, 64, 65, 299,
		300 };
	struct buf text = { 0 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (uint64_t at = 0; at < sizes[i]; at++) {
			prove(at, sizes[i], &text);
			OK(check(buf_span(&text), &leaves[at]));
			FAILS(check(buf_span(&text), &leaves[LEAVES - 1 - at]),
			    at == LEAVES - 1 - at ? ERR_OK : ERR_VERIFY);
		}
	}
	buf_clear(&text);
}
END_TEST

START_TEST(what_is_not_there_is_not_proven)
{
	struct buf text = { 0 };
	FAILS(tlogproof_write(tree, 5, 5, span_text("x"), &text), ERR_INPUT);
	FAILS(tlogproof_write(tree, 0, UINT64_MAX, span_text("x"), &text),
	    ERR_INPUT);
	FAILS(tlogproof_write(tree, 0, LEAVES + 9, span_text("x"), &text),
	    ERR_NOTFOUND);
	ck_assert_uint_eq(text.size, 0);
	buf_clear(&text);
}
END_TEST

/* The same proof with one line changed to something else. */
static void with_line(
    struct buf *text, size_t line, const char *other, struct buf *out)
{
	const char *at = buf_text(text);
	for (size_t i = 0; i < line; i++) {
		at = strchr(at, '\n') + 1;
	}
	size_t before = (size_t)(at - buf_text(text));
	const char *after = strchr(at, '\n');
	buf_reset(out);
	OK(buf_append(out, span_of(text->data, before)));
	OK(buf_append(out, span_text(other)));
	OK(buf_append(out, span_text(after)));
}

/* M73 M74 */
START_TEST(only_the_exact_form_parses)
{
	static const struct {
		size_t line;
		const char *text;
	} others[] = { { 0, "c2sp.org/tlog-proof@v2" },
		{ 0, "c2sp.org/tlog-proof@v1 " }, { 0, "" },
		{ 0, "c2sp.org/tlog-proof@v1\nextra AAAA" }, { 1, "index" },
		{ 1, "index " }, { 1, "index 05" }, { 1, "index -5" },
		{ 1, "index +5" }, { 1, "index 5 " }, { 1, "Index 5" },
		{ 1, "index 0x5" }, { 1, "index 99999999999999" },
		{ 1, "index 18446744073709551621" },
		{ 1, "index 9223372036854775808" },
		{ 1, "index 1099511627776" }, { 2, "AAAA" }, { 2, "" },
		{ 2, "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQF=" },
		{ 2, "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB" } };
	struct buf text = { 0 };
	struct buf other = { 0 };
	struct tlogproof proof;
	prove(5, LEAVES, &text);
	OK(check(buf_span(&text), &leaves[5]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		with_line(&text, others[i].line, others[i].text, &other);
		ck_assert_msg(check(buf_span(&other), &leaves[5]) != ERR_OK,
		    "line %zu as '%s'", others[i].line, others[i].text);
	}
	buf_reset(&other);
	OK(buf_append(&other, span_text("c2sp.org/tlog-proof@v1\nindex 0\n")));
	for (size_t i = 0; i < TLOGPROOF_HASHES + 1; i++) {
		OK(text_base64(span_id(&leaves[0]), &other));
		OK(buf_u8(&other, '\n'));
	}
	OK(buf_append(&other, span_text("\nx\n")));
	FAILS(tlogproof_parse(buf_span(&other), &proof), ERR_FORMAT);
	for (size_t size = 0; size < text.size; size++) {
		ck_assert_msg(
		    check(span_of(text.data, size), &leaves[5]) != ERR_OK,
		    "cut off at %zu", size);
	}
	buf_clear(&text);
	buf_clear(&other);
}
END_TEST

/* M74: an index beyond the tree, also where the path would fit. */
START_TEST(an_index_at_or_beyond_the_size_is_refused)
{
	struct buf text = { 0 };
	struct buf other = { 0 };
	prove(0, 1, &text);
	OK(check(buf_span(&text), &leaves[0]));
	with_line(&text, 1, "index 1", &other);
	FAILS(check(buf_span(&other), &leaves[0]), ERR_VERIFY);
	with_line(&text, 1, "index 1099511627775", &other);
	FAILS(check(buf_span(&other), &leaves[0]), ERR_VERIFY);
	buf_clear(&text);
	buf_clear(&other);
}
END_TEST

START_TEST(no_mutated_proof_is_accepted)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, mutate_seed("proofs"));
	struct buf text = { 0 };
	struct buf other = { 0 };
	for (uint64_t i = 0; i < mutate_count(); i++) {
		uint64_t at = rng_below(&rng, LEAVES);
		if (i % 100 == 0) {
			prove(at, at + 1 + rng_below(&rng, LEAVES - at), &text);
		} else {
			struct tlogproof proof;
			OK(tlogproof_parse(buf_span(&text), &proof));
			at = proof.index;
		}
		mutate(&rng, buf_span(&text), &other);
		ck_assert_msg(check(buf_span(&other), &leaves[at]) != ERR_OK,
		    "number %" PRIu64 ":\n%s", i, buf_text(&other));
	}
	printf("proofs: %" PRIu64 " mutated, none accepted\n", mutate_count());
	buf_clear(&text);
	buf_clear(&other);
}
END_TEST

Suite *test_tlogproof_suite(void)
{
	Suite *suite = suite_create("tlogproof");
	TCase *tests = tcase_create("tlogproof");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 14400);
	tcase_add_test(tests, every_leaf_is_proven_at_every_size);
	tcase_add_test(tests, what_is_not_there_is_not_proven);
	tcase_add_test(tests, only_the_exact_form_parses);
	tcase_add_test(tests, an_index_at_or_beyond_the_size_is_refused);
	tcase_add_test(tests, no_mutated_proof_is_accepted);
	suite_add_tcase(suite, tests);
	return suite;
}
