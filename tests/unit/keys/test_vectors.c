#define _GNU_SOURCE
#include "codec/envelope.h"
#include "unit/keys/fixture.h"
#include "unit/keys/vectors.h"

#include <check.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_vectors_suite(void);

/* Made by tests/vectors/make_vectors.py 1. */
START_TEST(vectors_of_the_second_implementation_open)
{
	ck_assert_uint_eq(vectors_read("tests/vectors/fixed.json"), 42);
}
END_TEST

/* tests/vectors/run sets these, for fresh vectors in both directions. */
START_TEST(fresh_vectors_open)
{
	const char *path = getenv("QSG_VECTORS_IN");
	if (path == NULL) {
		printf("skipped: fresh vectors (run tests/vectors/run)\n");
		return;
	}
	ck_assert_uint_gt(vectors_read(path), 0);
}
END_TEST

START_TEST(written_vectors_are_read_again)
{
	const char *path = getenv("QSG_VECTORS_OUT");
	const char *seed = getenv("QSG_VECTORS_SEED");
	char own[512];
	const char *dir = NULL;
	if (path == NULL) {
		dir = fixture_dir();
		int size = snprintf(own, sizeof(own), "%s/vectors.json", dir);
		ck_assert(size > 0 && (size_t)size < sizeof(own));
		path = own;
	}
	char keep[256];
	if (dir != NULL) {
		/* fixture_dir's text is reused by the fixtures below. */
		ck_assert_uint_lt(strlen(dir), sizeof(keep));
		memcpy(keep, dir, strlen(dir) + 1);
	}
	vectors_write(path, seed != NULL ? strtoull(seed, NULL, 10) : 1);
	ck_assert_uint_eq(vectors_read(path), 123);
	if (dir != NULL) {
		fixture_remove(keep);
	}
}
END_TEST

static struct header slotted_header(void)
{
	struct header header = { .version = 1, .number = 1, .slotted = true };
	memset(header.author.b, 1, 32);
	memset(header.stream.b, 2, 32);
	return header;
}

static enum err get_again(const struct header *header, size_t extra)
{
	struct buf bytes = { 0 };
	struct header out;
	fixture_ok(envelope_put_header(header, &bytes));
	for (size_t i = 0; i < extra; i++) {
		fixture_ok(buf_u8(&bytes, 0));
	}
	enum err err = envelope_get_header(buf_span(&bytes), &out);
	buf_clear(&bytes);
	return err;
}

/* M20, M22 */
START_TEST(header_fields_fit_each_other_and_the_size)
{
	struct header header = slotted_header();
	fixture_ok(get_again(&header, 0));
	ck_assert_int_eq(get_again(&header, 1), ERR_FORMAT);
	header.keyed_by.b[0] = 1;
	ck_assert_int_eq(get_again(&header, 0), ERR_FORMAT);
	header.keyed_by.b[0] = 0;
	header.previous.b[0] = 1;
	ck_assert_int_eq(get_again(&header, 0), ERR_FORMAT);
	header.number = 2;
	fixture_ok(get_again(&header, 0));
	header.slotted = false;
	ck_assert_int_eq(get_again(&header, 0), ERR_FORMAT);
	header.keyed_by.b[0] = 1;
	fixture_ok(get_again(&header, 0));
	ck_assert_int_eq(get_again(&header, 64), ERR_FORMAT);
	header.previous.b[0] = 0;
	ck_assert_int_eq(get_again(&header, 0), ERR_FORMAT);
	header.number = 1;
	ck_assert_int_eq(get_again(&header, 0), ERR_FORMAT);
}
END_TEST

/* M21 */
START_TEST(of_a_newer_header_only_the_frozen_fields_are_read)
{
	struct header header = slotted_header();
	struct header out;
	struct buf bytes = { 0 };
	header.version = 2;
	header.number = 9;
	header.previous.b[0] = 3;
	fixture_ok(envelope_put_header(&header, &bytes));
	memset(bytes.data + ENVELOPE_FROZEN_BYTES, 0xff,
	    bytes.size - ENVELOPE_FROZEN_BYTES);
	ck_assert_int_eq(
	    envelope_get_header(buf_span(&bytes), &out), ERR_VERSION);
	ck_assert_uint_eq(out.number, 9);
	ck_assert(id_equal(&out.previous, &header.previous));
	ck_assert(id_equal(&out.stream, &header.stream));
	ck_assert_int_eq(envelope_get_header(
			     span_of(bytes.data, ENVELOPE_FROZEN_BYTES), &out),
	    ERR_VERSION);
	ck_assert_int_eq(
	    envelope_get_header(
		span_of(bytes.data, ENVELOPE_FROZEN_BYTES - 1), &out),
	    ERR_FORMAT);
	buf_clear(&bytes);
}
END_TEST

/* M27 */
START_TEST(slots_blocks_have_the_size_of_their_count)
{
	uint8_t block[ENVELOPE_SLOTS_HEAD_BYTES + 257 * ENVELOPE_SLOT_BYTES];
	uint32_t count = 0;
	memset(block, 0, sizeof(block));
	ck_assert_int_eq(
	    envelope_slot_count(span_of(block, 34), &count), ERR_FORMAT);
	for (size_t n = 1; n <= 257; n++) {
		size_t size =
		    ENVELOPE_SLOTS_HEAD_BYTES + n * ENVELOPE_SLOT_BYTES;
		bytes_put_u16(block + 32, (uint16_t)n);
		ck_assert_int_eq(
		    envelope_slot_count(span_of(block, size), &count),
		    n <= 256 ? ERR_OK : ERR_LIMIT);
		ck_assert_int_ne(
		    envelope_slot_count(span_of(block, size - 1), &count),
		    ERR_OK);
	}
}
END_TEST

Suite *test_vectors_suite(void)
{
	Suite *suite = suite_create("vectors");
	TCase *tests = tcase_create("vectors");
	tcase_add_test(tests, vectors_of_the_second_implementation_open);
	tcase_add_test(tests, fresh_vectors_open);
	tcase_add_test(tests, written_vectors_are_read_again);
	tcase_add_test(tests, header_fields_fit_each_other_and_the_size);
	tcase_add_test(
	    tests, of_a_newer_header_only_the_frozen_fields_are_read);
	tcase_add_test(tests, slots_blocks_have_the_size_of_their_count);
	suite_add_tcase(suite, tests);
	return suite;
}
