#define _GNU_SOURCE

#include "keys/keystore.h"
#include "ledger/checkpoint.h"
#include "unit/mutate.h"

#include <check.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *test_checkpoint_suite(void);

static const char exact_text[] =
    "qsg/"
    "abababababababababababababababababababababababababababababababab"
    "/0123456789abcdef\n"
    "1099511627776\n"
    "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n";

static struct checkpoint sample(void)
{
	struct checkpoint checkpoint = {
		.generation = { { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd,
		    0xef } },
		.size = LIMIT_TREE_SIZE,
	};
	memset(&checkpoint.author, 0xab, sizeof(checkpoint.author));
	memset(&checkpoint.root, 0x01, sizeof(checkpoint.root));
	return checkpoint;
}

/* M60 */
START_TEST(text_is_exactly_three_lines)
{
	struct checkpoint checkpoint = sample();
	struct buf out = { 0 };
	ck_assert_int_eq(checkpoint_text(&checkpoint, &out), ERR_OK);
	ck_assert_str_eq(buf_text(&out), exact_text);
	buf_reset(&out);
	checkpoint.size = 0;
	ck_assert_int_eq(checkpoint_text(&checkpoint, &out), ERR_OK);
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "\n0\n"));
	buf_clear(&out);
}
END_TEST

static enum err parse(const char *text, struct checkpoint *out)
{
	struct note note = { .text = span_text(text) };
	return checkpoint_parse(&note, out);
}

/* M60 */
START_TEST(only_the_exact_text_parses)
{
	struct checkpoint wanted = sample();
	struct checkpoint out;
	ck_assert_int_eq(parse(exact_text, &out), ERR_OK);
	ck_assert(checkpoint_equal(&out, &wanted));
	const char *size = "1099511627776";
	static const char *const sizes[] = { "", "01", "-1", "+1", "1 ", " 1",
		"0x1", "1099511627777", "99999999999999", "9223372036854775808",
		"18446744073709551617", "1\r" };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		char text[256];
		const char *at = strstr(exact_text, size);
		ck_assert_ptr_nonnull(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - exact_text),
		    exact_text, sizes[i], at + strlen(size));
		ck_assert_msg(
		    parse(text, &out) == ERR_FORMAT, "size '%s'", sizes[i]);
	}
	char text[256];
	snprintf(text, sizeof(text), "%sextension\n", exact_text);
	ck_assert_int_eq(parse(text, &out), ERR_FORMAT);
	snprintf(text, sizeof(text), "%s\n", exact_text);
	ck_assert_int_eq(parse(text, &out), ERR_FORMAT);
	/* Cut off anywhere. */
	for (size_t i = 0; i < strlen(exact_text); i++) {
		snprintf(text, sizeof(text), "%.*s", (int)i, exact_text);
		ck_assert_int_eq(parse(text, &out), ERR_FORMAT);
	}
	/* Capitals in the origin, stray bits in the root, a wrong slash. */
	snprintf(text, sizeof(text), "%s", exact_text);
	text[4] = 'A';
	ck_assert_int_eq(parse(text, &out), ERR_FORMAT);
	snprintf(text, sizeof(text), "%s", exact_text);
	text[68] = '-';
	ck_assert_int_eq(parse(text, &out), ERR_FORMAT);
	snprintf(text, sizeof(text), "%s", exact_text);
	text[strlen(text) - 3] = 'F';
	ck_assert_int_eq(parse(text, &out), ERR_FORMAT);
}
END_TEST

/* No single changed byte gives another text of the same checkpoint. */
/* M62 */
START_TEST(checkpoints_are_equal_by_origin_size_and_root)
{
	struct checkpoint a = sample();
	struct checkpoint b = sample();
	ck_assert(checkpoint_equal(&a, &b));
	b.author.b[31] ^= 1;
	ck_assert(!checkpoint_equal(&a, &b));
	b = sample();
	b.generation.b[7] ^= 1;
	ck_assert(!checkpoint_equal(&a, &b));
	b = sample();
	b.size--;
	ck_assert(!checkpoint_equal(&a, &b));
	b = sample();
	b.root.b[0] ^= 1;
	ck_assert(!checkpoint_equal(&a, &b));
}
END_TEST

START_TEST(no_two_texts_say_the_same)
{
	struct checkpoint wanted = sample();
	for (size_t i = 0; i < strlen(exact_text); i++) {
		for (int byte = 1; byte < 256; byte++) {
			char text[256];
			struct checkpoint out;
			snprintf(text, sizeof(text), "%s", exact_text);
			if (text[i] == (char)byte) {
				continue;
			}
			text[i] = (char)byte;
			ck_assert(parse(text, &out) != ERR_OK ||
				  !checkpoint_equal(&out, &wanted));
		}
	}
}
END_TEST

/* A note as another implementation writes it, from the text of C2SP. */
struct signer {
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
};

static void write_note(
    const struct signer *signer, const char *text, char *out, size_t out_size)
{
	unsigned char blob[4 + crypto_sign_BYTES];
	unsigned char hash[crypto_hash_sha256_BYTES];
	unsigned char preimage[256];
	char base64[128];
	size_t name = strcspn(text, "\n");
	memcpy(preimage, text, name);
	preimage[name] = '\n';
	preimage[name + 1] = 1;
	memcpy(preimage + name + 2, signer->public, 32);
	crypto_hash_sha256(hash, preimage, name + 2 + 32);
	memcpy(blob, hash, 4);
	crypto_sign_detached(blob + 4, NULL, (const unsigned char *)text,
	    strlen(text), signer->secret);
	sodium_bin2base64(base64, sizeof(base64), blob, sizeof(blob),
	    sodium_base64_VARIANT_ORIGINAL);
	snprintf(out, out_size, "%s\n\xe2\x80\x94 %.*s %s\n", text, (int)name,
	    text, base64);
}

/* M61 */
START_TEST(verify_accepts_its_log_key_and_no_changed_bit)
{
	struct signer signer;
	struct signer other;
	char note[1024];
	struct id32 key;
	struct checkpoint out;
	struct checkpoint wanted = sample();
	ck_assert_int_ge(sodium_init(), 0);
	crypto_sign_keypair(signer.public, signer.secret);
	crypto_sign_keypair(other.public, other.secret);
	memcpy(key.b, signer.public, 32);
	write_note(&signer, exact_text, note, sizeof(note));
	ck_assert_int_eq(
	    checkpoint_verify(span_text(note), &key, &out), ERR_OK);
	ck_assert(checkpoint_equal(&out, &wanted));
	for (size_t bit = 0; bit < strlen(note) * 8; bit++) {
		unsigned char changed[1024];
		memcpy(changed, note, sizeof(changed));
		changed[bit / 8] ^= (unsigned char)(1U << (bit % 8));
		ck_assert_msg(checkpoint_verify(span_of(changed, strlen(note)),
				  &key, &out) != ERR_OK,
		    "bit %zu", bit);
	}
	/* The right name under another key. */
	write_note(&other, exact_text, note, sizeof(note));
	ck_assert_int_eq(
	    checkpoint_verify(span_text(note), &key, &out), ERR_VERIFY);
}
END_TEST

/* M61: lines of unknown keys may stand in a note; no other head ever does. */
START_TEST(no_mutated_checkpoint_is_accepted)
{
	struct rng_seeded state;
	struct rng rng = rng_seed(&state, mutate_seed("checkpoints"));
	struct signer signer;
	char note[1024];
	struct id32 key;
	struct checkpoint wanted = sample();
	struct buf other = { 0 };
	uint64_t refused = 0;
	uint64_t same = 0;
	ck_assert_int_ge(sodium_init(), 0);
	crypto_sign_keypair(signer.public, signer.secret);
	memcpy(key.b, signer.public, 32);
	write_note(&signer, exact_text, note, sizeof(note));
	while (refused + same < mutate_count()) {
		struct checkpoint out;
		mutate(&rng, span_text(note), &other);
		if (checkpoint_verify(buf_span(&other), &key, &out) != ERR_OK) {
			refused++;
			continue;
		}
		ck_assert(checkpoint_equal(&out, &wanted));
		same++;
	}
	ck_assert_uint_lt(same, 1 + mutate_count() / 100);
	printf("checkpoints: %llu mutated, none accepted\n",
	    (unsigned long long)mutate_count());
	buf_clear(&other);
}
END_TEST

START_TEST(the_keystore_signs_its_own_log_only)
{
	struct checkpoint checkpoint = sample();
	struct checkpoint read;
	char dir[] = "/tmp/qsg-checkpoint-XXXXXX";
	char path[64];
	char pass[] = "correct horse";
	struct passphrase *passphrase = NULL;
	struct keystore *keystore = NULL;
	struct buf note = { 0 };
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/keys", dir);
	ck_assert_int_eq(keystore_process_init(), ERR_OK);
	ck_assert_int_eq(
	    keystore_passphrase((uint8_t *)pass, strlen(pass), &passphrase),
	    ERR_OK);
	ck_assert_msg(keystore_create(path, passphrase, KEYSTORE_CHEAP,
			  rng_system(), &keystore) == ERR_OK,
	    "%s", err_text());
	const struct keystore_public *public = keystore_public(keystore);
	ck_assert_int_eq(
	    checkpoint_sign(keystore, &checkpoint, &note), ERR_NOTFOUND);
	checkpoint.author = public->organisation;
	ck_assert_int_eq(
	    checkpoint_sign(keystore, &checkpoint, &note), ERR_NOTFOUND);
	checkpoint.generation = public->logs[0].generation;
	ck_assert_int_eq(checkpoint_sign(keystore, &checkpoint, &note), ERR_OK);
	ck_assert_int_eq(
	    checkpoint_verify(buf_span(&note), &public->logs[0].key, &read),
	    ERR_OK);
	ck_assert(checkpoint_equal(&read, &checkpoint));
	ck_assert_int_eq(
	    checkpoint_verify(buf_span(&note), &public->cosigning, &read),
	    ERR_VERIFY);
	buf_clear(&note);
	keystore_close(keystore);
	passphrase_free(passphrase);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

Suite *test_checkpoint_suite(void)
{
	Suite *suite = suite_create("checkpoint");
	TCase *tests = tcase_create("checkpoint");
	tcase_add_test(tests, text_is_exactly_three_lines);
	tcase_add_test(tests, only_the_exact_text_parses);
	tcase_add_test(tests, checkpoints_are_equal_by_origin_size_and_root);
	tcase_add_test(tests, no_two_texts_say_the_same);
	tcase_add_test(tests, verify_accepts_its_log_key_and_no_changed_bit);
	tcase_set_timeout(tests, 14400);
	tcase_add_test(tests, no_mutated_checkpoint_is_accepted);
	tcase_add_test(tests, the_keystore_signs_its_own_log_only);
	suite_add_tcase(suite, tests);
	return suite;
}
