#define _GNU_SOURCE
#include "base/fs.h"
#include "keys/keyfile.h"
#include "unit/keys/fixture.h"

#include <check.h>
#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <string.h>

Suite *test_keystore_suite(void);

START_TEST(created_keys_are_found_again_when_opened)
{
	struct fixture_home home = fixture_home();
	struct keystore *made = NULL;
	struct keystore *opened = NULL;
	struct stat info;
	fixture_ok(keystore_create(
	    home.path, home.passphrase, KEYSTORE_CHEAP, rng_system(), &made));
	fixture_ok(keystore_open(home.path, home.passphrase, &opened));
	const struct keystore_public *a = keystore_public(made);
	const struct keystore_public *b = keystore_public(opened);
	ck_assert(id_equal(&a->organisation, &b->organisation));
	ck_assert(id_equal(&a->cosigning, &b->cosigning));
	ck_assert(id_equal(&a->transport, &b->transport));
	ck_assert_uint_eq(b->log_count, 1);
	ck_assert(id_equal(&a->logs[0].key, &b->logs[0].key));
	ck_assert(
	    generation_equal(&a->logs[0].generation, &b->logs[0].generation));
	ck_assert_uint_eq(b->sealing_count, 1);
	ck_assert_uint_eq(b->sealing[0].epoch, 1);
	ck_assert(id_equal(&a->sealing[0].key, &b->sealing[0].key));
	ck_assert_int_eq(stat(home.path, &info), 0);
	ck_assert_uint_eq(info.st_mode & 0777u, 0600);
	keystore_close(made);
	keystore_close(opened);
	fixture_home_end(&home);
}
END_TEST

START_TEST(a_further_log_key_is_kept_under_the_same_passphrase)
{
	struct fixture_home home = fixture_home();
	struct keystore *made = NULL;
	struct keystore *opened = NULL;
	struct passphrase *wrong = fixture_passphrase("another");
	fixture_ok(keystore_create(
	    home.path, home.passphrase, KEYSTORE_CHEAP, rng_system(), &made));
	fixture_ok(keystore_succeed(made, home.path, 0, rng_system()));
	fixture_ok(keystore_succeed(made, home.path, 7, rng_system()));
	ck_assert_int_eq(
	    keystore_succeed(made, home.path, 7, rng_system()), ERR_INPUT);
	ck_assert_int_eq(keystore_open(home.path, wrong, &opened), ERR_DENIED);
	fixture_ok(keystore_open(home.path, home.passphrase, &opened));
	const struct keystore_public *a = keystore_public(made);
	const struct keystore_public *b = keystore_public(opened);
	ck_assert_uint_eq(a->log_count, 3);
	ck_assert_uint_eq(b->log_count, 3);
	for (size_t i = 0; i < 3; i++) {
		ck_assert(id_equal(&a->logs[i].key, &b->logs[i].key));
		ck_assert(generation_equal(
		    &a->logs[i].generation, &b->logs[i].generation));
	}
	ck_assert(!id_equal(&a->logs[1].key, &a->logs[2].key));
	ck_assert_uint_eq(b->sealing_count, 2);
	ck_assert_uint_eq(b->sealing[1].epoch, 7);
	ck_assert(id_equal(&a->transport, &b->transport));
	/* One that was opened goes on likewise; the oldest makes room. */
	for (int i = 0; i < 40; i++) {
		fixture_ok(
		    keystore_succeed(opened, home.path, 0, rng_system()));
	}
	ck_assert_uint_eq(
	    keystore_public(opened)->log_count, LIMIT_GENERATIONS);
	passphrase_free(wrong);
	keystore_close(made);
	keystore_close(opened);
	fixture_home_end(&home);
}
END_TEST

START_TEST(a_keystore_that_cannot_be_written_stays_as_it_was)
{
	struct fixture_home home = fixture_home();
	struct keystore *made = NULL;
	fixture_ok(keystore_create(
	    home.path, home.passphrase, KEYSTORE_CHEAP, rng_system(), &made));
	ck_assert_int_ne(
	    keystore_succeed(made, "/nonexistent/keys", 0, rng_system()),
	    ERR_OK);
	ck_assert_uint_eq(keystore_public(made)->log_count, 1);
	keystore_close(made);
	fixture_home_end(&home);
}
END_TEST

START_TEST(create_keeps_an_existing_keystore)
{
	struct fixture_home home = fixture_home();
	struct keystore *made = NULL;
	struct keystore *second = NULL;
	fixture_ok(keystore_create(
	    home.path, home.passphrase, KEYSTORE_CHEAP, rng_system(), &made));
	ck_assert_int_eq(keystore_create(home.path, home.passphrase,
			     KEYSTORE_CHEAP, rng_system(), &second),
	    ERR_EXISTS);
	ck_assert_ptr_null(second);
	keystore_close(made);
	fixture_home_end(&home);
}
END_TEST

START_TEST(one_seed_makes_the_same_keys)
{
	struct keystore *a = fixture_keystore(5);
	struct keystore *b = fixture_keystore(5);
	struct keystore *c = fixture_keystore(6);
	ck_assert(id_equal(&keystore_public(a)->organisation,
	    &keystore_public(b)->organisation));
	ck_assert(!id_equal(&keystore_public(a)->organisation,
	    &keystore_public(c)->organisation));
	keystore_close(a);
	keystore_close(b);
	keystore_close(c);
}
END_TEST

START_TEST(every_key_serves_one_purpose)
{
	struct keystore *keystore = fixture_keystore(1);
	const struct keystore_public *public = keystore_public(keystore);
	const struct id32 *keys[] = { &public->organisation, &public->cosigning,
		&public->transport, &public->logs[0].key,
		&public->sealing[0].key };
	for (size_t i = 0; i < 5; i++) {
		for (size_t j = 0; j < i; j++) {
			ck_assert(!id_equal(keys[i], keys[j]));
		}
	}
	keystore_close(keystore);
}
END_TEST

START_TEST(wrong_passphrase_is_denied)
{
	struct fixture_home home = fixture_home();
	struct keystore *made = NULL;
	struct keystore *opened = NULL;
	struct passphrase *wrong = fixture_passphrase("correct horsf");
	fixture_ok(keystore_create(
	    home.path, home.passphrase, KEYSTORE_CHEAP, rng_system(), &made));
	ck_assert_int_eq(keystore_open(home.path, wrong, &opened), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "wrong passphrase"));
	ck_assert_ptr_null(opened);
	passphrase_free(wrong);
	keystore_close(made);
	fixture_home_end(&home);
}
END_TEST

START_TEST(passphrase_loses_one_line_end_and_its_source)
{
	static const char *const forms[] = { "correct horse", "correct horse\n",
		"correct horse\r\n" };
	struct fixture_home home = fixture_home();
	struct keystore *made = NULL;
	fixture_ok(keystore_create(
	    home.path, home.passphrase, KEYSTORE_CHEAP, rng_system(), &made));
	keystore_close(made);
	for (size_t i = 0; i < 3; i++) {
		uint8_t text[32] = { 0 };
		static const uint8_t zero[32];
		struct passphrase *passphrase = NULL;
		struct keystore *opened = NULL;
		size_t size = strlen(forms[i]);
		memcpy(text, forms[i], size);
		fixture_ok(keystore_passphrase(text, size, &passphrase));
		ck_assert_mem_eq(text, zero, sizeof(text));
		fixture_ok(keystore_open(home.path, passphrase, &opened));
		passphrase_free(passphrase);
		keystore_close(opened);
	}
	fixture_home_end(&home);
}
END_TEST

START_TEST(passphrase_must_be_something_of_bounded_length)
{
	struct passphrase *out = NULL;
	uint8_t text[LIMIT_PASSPHRASE_BYTES + 2];
	fixture_ok(keystore_process_init());
	ck_assert_int_eq(keystore_passphrase(text, 0, &out), ERR_INPUT);
	text[0] = '\r';
	text[1] = '\n';
	ck_assert_int_eq(keystore_passphrase(text, 2, &out), ERR_INPUT);
	memset(text, 'x', sizeof(text));
	ck_assert_int_eq(
	    keystore_passphrase(text, LIMIT_PASSPHRASE_BYTES + 1, &out),
	    ERR_LIMIT);
	memset(text, 'x', sizeof(text));
	text[LIMIT_PASSPHRASE_BYTES] = '\n';
	fixture_ok(keystore_passphrase(text, LIMIT_PASSPHRASE_BYTES + 1, &out));
	passphrase_free(out);
	passphrase_free(NULL);
	keystore_close(NULL);
}
END_TEST

START_TEST(process_dumps_no_core)
{
	struct rlimit limit;
	fixture_ok(keystore_process_init());
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
	ck_assert_uint_eq(limit.rlim_cur, 0);
	ck_assert_uint_eq(limit.rlim_max, 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
}
END_TEST

static void fill_up(struct secrets *secrets)
{
	for (size_t i = 1; i < LIMIT_GENERATIONS; i++) {
		secrets->logs[i] = secrets->logs[0];
		secrets->logs[i].generation.b[0] ^= (uint8_t)i;
	}
	secrets->log_count = LIMIT_GENERATIONS;
	for (size_t i = 1; i < LIMIT_SEALING_KEYS; i++) {
		secrets->sealing[i] = secrets->sealing[0];
		secrets->sealing[i].epoch = 0x10000000u + (uint32_t)i;
	}
	secrets->sealing_count = LIMIT_SEALING_KEYS;
	memcpy(secrets->transport[1], secrets->storage, 32);
	secrets->transport_count = SECRETS_TRANSPORT;
}

START_TEST(largest_keystore_is_written_and_read)
{
	struct keystore *keystore = fixture_keystore_with(3, fill_up);
	const struct keystore_public *public = keystore_public(keystore);
	uint8_t signature[KEYSTORE_SIGNATURE_BYTES];
	ck_assert_uint_eq(public->log_count, LIMIT_GENERATIONS);
	ck_assert_uint_eq(public->sealing_count, LIMIT_SEALING_KEYS);
	const struct keystore_log *log = &public->logs[LIMIT_GENERATIONS - 1];
	fixture_ok(keystore_sign_log(
	    keystore, &log->generation, span_text("x"), signature));
	ck_assert_int_eq(crypto_sign_verify_detached(
			     signature, (const uint8_t *)"x", 1, log->key.b),
	    0);
	keystore_close(keystore);
}
END_TEST

static void same_generation_twice(struct secrets *secrets)
{
	secrets->logs[1] = secrets->logs[0];
	secrets->log_count = 2;
}
static void epochs_falling(struct secrets *secrets)
{
	secrets->sealing[1] = secrets->sealing[0];
	secrets->sealing_count = 2;
}
static void no_transport(struct secrets *secrets)
{
	secrets->transport_count = 0;
}
static void no_sealing(struct secrets *secrets)
{
	secrets->sealing_count = 0;
}
static void no_log(struct secrets *secrets)
{
	secrets->log_count = 0;
}

START_TEST(content_that_breaks_a_rule_is_corrupt)
{
	static void (*const changes[])(
	    struct secrets *) = { same_generation_twice, epochs_falling,
		no_transport, no_sealing, no_log };
	struct fixture_home home = fixture_home();
	const struct keyfile_lock lock = { KEYSTORE_CHEAP,
		span_text(FIXTURE_PASSPHRASE) };
	for (size_t i = 0; i < 5; i++) {
		struct secrets *secrets = NULL;
		struct keystore *opened = NULL;
		fixture_ok(secrets_new(&secrets));
		fixture_ok(secrets_fresh(secrets, rng_system()));
		changes[i](secrets);
		fixture_ok(
		    keyfile_write(home.path, &lock, rng_system(), secrets));
		ck_assert_int_eq(
		    keystore_open(home.path, home.passphrase, &opened),
		    ERR_CORRUPT);
		secrets_free(secrets);
	}
	fixture_home_end(&home);
}
END_TEST

START_TEST(content_not_in_canonical_form_is_corrupt)
{
	struct secrets *secrets = NULL;
	struct secrets *again = NULL;
	uint8_t bytes[SECRETS_MAX_BYTES + 8];
	size_t size = 0;
	fixture_ok(keystore_process_init());
	fixture_ok(secrets_new(&secrets));
	fixture_ok(secrets_fresh(secrets, rng_system()));
	fixture_ok(secrets_encode(secrets, bytes, &size));
	fixture_ok(secrets_new(&again));
	fixture_ok(secrets_decode(span_of(bytes, size), again));
	ck_assert_mem_eq(secrets, again, sizeof(*secrets));
	secrets_free(again);
	/* An unknown field at the end. */
	fixture_ok(secrets_new(&again));
	bytes[size] = 0xf8;
	bytes[size + 1] = 0x01;
	bytes[size + 2] = 0x01;
	ck_assert_int_eq(
	    secrets_decode(span_of(bytes, size + 3), again), ERR_CORRUPT);
	/* A later format. */
	bytes[1] = 2;
	ck_assert_int_eq(
	    secrets_decode(span_of(bytes, size), again), ERR_VERSION);
	for (size_t cut = 0; cut < size; cut++) {
		bytes[1] = 1;
		ck_assert_int_eq(
		    secrets_decode(span_of(bytes, cut), again), ERR_CORRUPT);
	}
	secrets_free(again);
	secrets_free(secrets);
}
END_TEST

START_TEST(signatures_are_of_the_key_they_should_be)
{
	struct keystore *keystore = fixture_keystore(1);
	const struct keystore_public *public = keystore_public(keystore);
	const struct span text = span_text("what is signed");
	uint8_t signature[KEYSTORE_SIGNATURE_BYTES];
	fixture_ok(keystore_sign_card(keystore, text, signature));
	ck_assert_int_eq(crypto_sign_verify_detached(signature, text.data,
			     text.size, public->organisation.b),
	    0);
	fixture_ok(keystore_cosign(keystore, text, signature));
	ck_assert_int_eq(crypto_sign_verify_detached(signature, text.data,
			     text.size, public->cosigning.b),
	    0);
	fixture_ok(keystore_sign_log(
	    keystore, &public->logs[0].generation, text, signature));
	ck_assert_int_eq(crypto_sign_verify_detached(signature, text.data,
			     text.size, public->logs[0].key.b),
	    0);
	struct generation other = public->logs[0].generation;
	other.b[7] ^= 1;
	ck_assert_int_eq(
	    keystore_sign_log(keystore, &other, text, signature), ERR_NOTFOUND);
	keystore_close(keystore);
}
END_TEST

START_TEST(sealed_state_opens_under_its_label_and_key_only)
{
	struct keystore *a = fixture_keystore(1);
	struct keystore *b = fixture_keystore(2);
	struct buf sealed = { 0 };
	struct buf plain = { 0 };
	const struct span text = span_text("cursor of a peer");
	fixture_ok(keystore_seal(a, rng_system(), "cursor", text, &sealed));
	ck_assert_uint_eq(sealed.size, text.size + KEYSTORE_SEAL_BYTES);
	fixture_ok(keystore_unseal(a, "cursor", buf_span(&sealed), &plain));
	ck_assert(span_equal(buf_span(&plain), text));
	ck_assert_int_eq(
	    keystore_unseal(a, "cursos", buf_span(&sealed), &plain),
	    ERR_CORRUPT);
	ck_assert_int_eq(
	    keystore_unseal(b, "cursor", buf_span(&sealed), &plain),
	    ERR_CORRUPT);
	for (size_t i = 0; i < sealed.size; i++) {
		ck_assert_int_eq(keystore_unseal(a, "cursor",
				     span_of(sealed.data, i), &plain),
		    ERR_CORRUPT);
		sealed.data[i] ^= 1;
		ck_assert_int_eq(
		    keystore_unseal(a, "cursor", buf_span(&sealed), &plain),
		    ERR_CORRUPT);
		sealed.data[i] ^= 1;
	}
	ck_assert(span_equal(buf_span(&plain), text));
	buf_reset(&sealed);
	buf_reset(&plain);
	fixture_ok(keystore_seal(
	    a, rng_system(), "cursor", span_of(NULL, 0), &sealed));
	fixture_ok(keystore_unseal(a, "cursor", buf_span(&sealed), &plain));
	ck_assert_uint_eq(plain.size, 0);
	buf_clear(&sealed);
	buf_clear(&plain);
	keystore_close(a);
	keystore_close(b);
}
END_TEST

START_TEST(wrapped_key_opens_for_its_record_only)
{
	struct keystore *keystore = fixture_keystore(1);
	struct id32 record = { { 1, 2, 3 } };
	uint8_t key[32] = { 9, 8, 7 };
	uint8_t wrapped[48];
	uint8_t back[32];
	fixture_ok(keystore_wrap(keystore, &record, key, wrapped));
	fixture_ok(keystore_unwrap(keystore, &record, wrapped, back));
	ck_assert_mem_eq(key, back, sizeof(key));
	/* The nonce covers the id's first 24 bytes, the additional data all. */
	for (size_t i = 0; i < sizeof(record.b); i++) {
		record.b[i] ^= 1;
		ck_assert_int_eq(
		    keystore_unwrap(keystore, &record, wrapped, back),
		    ERR_CORRUPT);
		record.b[i] ^= 1;
	}
	wrapped[0] ^= 1;
	ck_assert_int_eq(
	    keystore_unwrap(keystore, &record, wrapped, back), ERR_CORRUPT);
	keystore_close(keystore);
}
END_TEST

/* M26 */
START_TEST(low_order_ephemeral_keys_are_refused)
{
	/* Points of order 1, 2, 4 and 8, and one not reduced. */
	static const uint8_t points[][32] = { { 0 }, { 1 },
		{ 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56,
		    0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb,
		    0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49,
		    0xb8, 0x00 },
		{ 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0,
		    0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4,
		    0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f,
		    0x11, 0x57 },
		{ 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		    0xff, 0x7f } };
	struct keystore *keystore = fixture_keystore(1);
	uint8_t shared[32];
	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		ck_assert_int_eq(
		    keystore_box_key(keystore, 1, points[i], shared),
		    ERR_VERIFY);
	}
	fixture_ok(keystore_box_key(
	    keystore, 1, keystore_public(keystore)->transport.b, shared));
	ck_assert_int_eq(keystore_box_key(keystore, 2,
			     keystore_public(keystore)->transport.b, shared),
	    ERR_NOTFOUND);
	keystore_close(keystore);
}
END_TEST

Suite *test_keystore_suite(void)
{
	Suite *suite = suite_create("keystore");
	TCase *tests = tcase_create("keystore");
	tcase_add_test(tests, created_keys_are_found_again_when_opened);
	tcase_add_test(tests, create_keeps_an_existing_keystore);
	tcase_add_test(
	    tests, a_further_log_key_is_kept_under_the_same_passphrase);
	tcase_add_test(
	    tests, a_keystore_that_cannot_be_written_stays_as_it_was);
	tcase_add_test(tests, one_seed_makes_the_same_keys);
	tcase_add_test(tests, every_key_serves_one_purpose);
	tcase_add_test(tests, wrong_passphrase_is_denied);
	tcase_add_test(tests, passphrase_loses_one_line_end_and_its_source);
	tcase_add_test(tests, passphrase_must_be_something_of_bounded_length);
	tcase_add_test(tests, process_dumps_no_core);
	tcase_add_test(tests, largest_keystore_is_written_and_read);
	tcase_add_test(tests, content_that_breaks_a_rule_is_corrupt);
	tcase_add_test(tests, content_not_in_canonical_form_is_corrupt);
	tcase_add_test(tests, signatures_are_of_the_key_they_should_be);
	tcase_add_test(tests, sealed_state_opens_under_its_label_and_key_only);
	tcase_add_test(tests, wrapped_key_opens_for_its_record_only);
	tcase_add_test(tests, low_order_ephemeral_keys_are_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
