#include "keys/keyfile.h"

#include "base/fs.h"
#include "unit/keys/fixture.h"

#include <check.h>
#include <sodium.h>
#include <string.h>

Suite *test_keyfile_suite(void);

/* The file's head: magic, cost code, its two parameters, salt, nonce. */
enum {
	CODE_AT = 8,
	OPS_AT = 9,
	MEMORY_AT = 13,
	SALT_AT = 21,
	NONCE_AT = SALT_AT + 16,
	SEALED_AT = NONCE_AT + 24
};

/* A keystore of the cheap cost, and the bytes of its file. */
static struct fixture_home home;
static struct keystore *made;
static struct buf file;

static void setup(void)
{
	home = fixture_home();
	fixture_ok(keystore_create(
	    home.path, home.passphrase, KEYSTORE_CHEAP, rng_system(), &made));
	fixture_ok(fs_read(home.path, 65536, &file));
}

static void teardown(void)
{
	buf_clear(&file);
	keystore_close(made);
	fixture_home_end(&home);
}

/* How a file of these bytes opens. */
static enum err opening(struct span bytes)
{
	struct keystore *opened = NULL;
	fixture_ok(fs_write_atomic(home.path, bytes));
	enum err err = keystore_open(home.path, home.passphrase, &opened);
	ck_assert_int_eq(err == ERR_OK, opened != NULL);
	keystore_close(opened);
	return err;
}

START_TEST(keystore_cut_at_any_length_is_refused)
{
	for (size_t size = 0; size < file.size; size++) {
		enum err err = opening(span_of(file.data, size));
		ck_assert_msg(err == ERR_CORRUPT || err == ERR_DENIED,
		    "%zu bytes: %s", size, err_name(err));
	}
}
END_TEST

/* M15: every byte of the file counts, those before the ciphertext too. */
START_TEST(keystore_with_any_byte_changed_is_refused)
{
	for (size_t i = 0; i < file.size; i++) {
		file.data[i] ^= 0x40;
		enum err err = opening(buf_span(&file));
		enum err expected = i < 7         ? ERR_CORRUPT
		                    : i == 7      ? ERR_VERSION
		                    : i < SALT_AT ? ERR_CORRUPT
		                                  : ERR_DENIED;
		ck_assert_msg(
		    err == expected, "byte %zu: %s", i, err_name(err));
		file.data[i] ^= 0x40;
	}
}
END_TEST

/* M15 */
START_TEST(cost_parameters_of_no_table_row_are_refused)
{
	static const uint8_t codes[] = { 0, 1, 3, 255 };
	ck_assert_uint_eq(file.data[CODE_AT], 2);
	for (size_t i = 0; i < sizeof(codes); i++) {
		file.data[CODE_AT] = codes[i];
		ck_assert_int_eq(opening(buf_span(&file)), ERR_CORRUPT);
	}
	/* A file that asks for 4 TiB. */
	file.data[CODE_AT] = 1;
	bytes_put_u32(file.data + OPS_AT, 3);
	bytes_put_u64(file.data + MEMORY_AT, 1ULL << 42);
	ck_assert_int_eq(opening(buf_span(&file)), ERR_CORRUPT);
}
END_TEST

/* M16: the cost stands in the file, so that a program for use can tell. */
START_TEST(cost_code_of_the_file_tells_test_keystores)
{
	struct keystore *dear = NULL;
	struct buf bytes = { 0 };
	char path[160];
	(void)snprintf(path, sizeof(path), "%s/dear", home.dir);
	fixture_ok(keystore_create(
	    path, home.passphrase, KEYSTORE_MODERATE, rng_system(), &dear));
	fixture_ok(fs_read(path, 65536, &bytes));
	ck_assert_mem_eq(bytes.data, "QSGKEYS1\x01", 9);
	ck_assert_uint_eq(bytes_get_u64(bytes.data + MEMORY_AT), 256u << 20);
	buf_clear(&bytes);
	keystore_close(dear);
}
END_TEST

#ifdef QSG_TEST
/* M16 */
START_TEST(a_program_for_use_makes_and_opens_no_test_keystore)
{
	struct keystore *another = NULL;
	char path[160];
	(void)snprintf(path, sizeof(path), "%s/another", home.dir);
	ck_assert_int_eq(opening(buf_span(&file)), ERR_OK);
	keyfile_act_released(true);
	ck_assert_int_eq(opening(buf_span(&file)), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "cheap"));
	ck_assert_int_eq(keystore_create(path, home.passphrase, KEYSTORE_CHEAP,
			     rng_system(), &another),
	    ERR_DENIED);
	ck_assert_ptr_null(another);
	ck_assert(!fs_exists(path));
	fixture_ok(keystore_create(
	    path, home.passphrase, KEYSTORE_MODERATE, rng_system(), &another));
	keystore_close(another);
	keyfile_act_released(false);
}
END_TEST
#endif

/* As PROTOCOL.md says it, by other means than the program's. */
static void key_of_the_file(uint8_t key[32])
{
	struct reader in =
	    reader_of(span_of(file.data + OPS_AT, SALT_AT - OPS_AT));
	uint32_t ops = reader_u32(&in);
	uint64_t memory = reader_u64(&in);
	ck_assert_int_eq(crypto_pwhash(key, 32, FIXTURE_PASSPHRASE,
			     strlen(FIXTURE_PASSPHRASE), file.data + SALT_AT,
			     ops, (size_t)memory, crypto_pwhash_ALG_ARGON2ID13),
	    0);
}

/* M17 */
START_TEST(content_is_sealed_with_all_that_stands_before_it)
{
	uint8_t key[32];
	uint8_t plain[SECRETS_MAX_BYTES];
	const uint8_t *nonce = file.data + NONCE_AT;
	size_t size = file.size - SEALED_AT;
	ck_assert_uint_le(size, sizeof(plain));
	key_of_the_file(key);
	ck_assert_int_eq(
	    crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL,
		file.data + SEALED_AT, size, file.data, SEALED_AT, nonce, key),
	    0);
	/* The same without it is not what the program opens. */
	unsigned long long sealed = 0;
	ck_assert_int_eq(crypto_aead_xchacha20poly1305_ietf_encrypt(
			     file.data + SEALED_AT, &sealed, plain,
			     size - crypto_aead_xchacha20poly1305_ietf_ABYTES,
			     NULL, 0, NULL, nonce, key),
	    0);
	ck_assert_uint_eq(sealed, size);
	ck_assert_int_eq(opening(buf_span(&file)), ERR_DENIED);
}
END_TEST

Suite *test_keyfile_suite(void)
{
	Suite *suite = suite_create("keyfile");
	TCase *tests = tcase_create("keyfile");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, keystore_cut_at_any_length_is_refused);
	tcase_add_test(tests, keystore_with_any_byte_changed_is_refused);
	tcase_add_test(tests, cost_parameters_of_no_table_row_are_refused);
	tcase_add_test(tests, cost_code_of_the_file_tells_test_keystores);
#ifdef QSG_TEST
	tcase_add_test(
	    tests, a_program_for_use_makes_and_opens_no_test_keystore);
#endif
	tcase_add_test(tests, content_is_sealed_with_all_that_stands_before_it);
	suite_add_tcase(suite, tests);
	return suite;
}
