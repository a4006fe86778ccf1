#include "base/bytes.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

Suite *test_bytes_suite(void);

START_TEST(spans_compare_by_content)
{
	ck_assert(span_equal(span_text("ab"), span_of("abc", 2)));
	ck_assert(!span_equal(span_text("ab"), span_text("abc")));
	ck_assert(!span_equal(span_text("ab"), span_text("ac")));
	ck_assert(span_equal(span_text(NULL), span_text("")));
	ck_assert_uint_eq(span_text(NULL).size, 0);
}
END_TEST

START_TEST(ids_compare_and_sort_by_bytes)
{
	struct id32 ids[3] = { { { 2 } }, { { 0 } }, { { 1 } } };
	ck_assert(id_is_zero(&ids[1]));
	ids[1].b[31] = 1;
	ck_assert(!id_is_zero(&ids[1]));
	qsort(ids, 3, sizeof(ids[0]), id_compare);
	ck_assert_uint_eq(ids[0].b[31], 1);
	ck_assert_uint_eq(ids[1].b[0], 1);
	ck_assert_uint_eq(ids[2].b[0], 2);
	ck_assert(id_equal(&ids[0], &ids[0]));
	ck_assert(!id_equal(&ids[0], &ids[1]));
	ck_assert_uint_eq(span_id(&ids[0]).size, 32);
}
END_TEST

START_TEST(buffer_writes_big_endian)
{
	static const uint8_t expected[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
		12, 13, 14, 15 };
	struct buf buf = { 0 };
	ck_assert_int_eq(buf_u8(&buf, 0x01), ERR_OK);
	ck_assert_int_eq(buf_u16(&buf, 0x0203), ERR_OK);
	ck_assert_int_eq(buf_u32(&buf, 0x04050607), ERR_OK);
	ck_assert_int_eq(buf_u64(&buf, 0x08090A0B0C0D0E0FULL), ERR_OK);
	ck_assert(
	    span_equal(buf_span(&buf), span_of(expected, sizeof(expected))));
	struct reader in = reader_of(buf_span(&buf));
	ck_assert_uint_eq(reader_u8(&in), 0x01);
	ck_assert_uint_eq(reader_u16(&in), 0x0203);
	ck_assert_uint_eq(reader_u32(&in), 0x04050607);
	ck_assert(!reader_done(&in));
	ck_assert_uint_eq(reader_u64(&in), 0x08090A0B0C0D0E0FULL);
	ck_assert(reader_done(&in));
	buf_clear(&buf);
}
END_TEST

START_TEST(buffer_keeps_its_content_while_growing)
{
	struct buf buf = { 0 };
	for (uint32_t i = 0; i < 10000; i++) {
		ck_assert_int_eq(buf_u32(&buf, i), ERR_OK);
	}
	struct reader in = reader_of(buf_span(&buf));
	for (uint32_t i = 0; i < 10000; i++) {
		ck_assert_uint_eq(reader_u32(&in), i);
	}
	ck_assert(reader_done(&in));
	size_t capacity = buf.capacity;
	buf_reset(&buf);
	ck_assert_uint_eq(buf.size, 0);
	ck_assert_uint_eq(buf.capacity, capacity);
	buf_wipe(&buf);
	ck_assert_ptr_null(buf.data);
	ck_assert_uint_eq(buf.capacity, 0);
	ck_assert_int_eq(buf_u8(&buf, 1), ERR_OK);
	buf_clear(&buf);
}
END_TEST

START_TEST(buffer_refuses_an_impossible_size)
{
	struct buf buf = { 0 };
	ck_assert_int_eq(buf_u8(&buf, 1), ERR_OK);
	ck_assert_int_eq(buf_reserve(&buf, SIZE_MAX), ERR_MEM);
	ck_assert_int_eq(buf_reserve(&buf, SIZE_MAX - 1), ERR_MEM);
	ck_assert_int_eq(buf_reserve(&buf, SIZE_MAX / 2), ERR_MEM);
	ck_assert_uint_eq(buf.size, 1);
	buf_clear(&buf);
}
END_TEST

START_TEST(buffer_prints_text)
{
	struct buf buf = { 0 };
	ck_assert_str_eq(buf_text(&buf), "");
	ck_assert_int_eq(buf_printf(&buf, "%d-%s", 42, "x"), ERR_OK);
	ck_assert_uint_eq(buf.size, 4);
	ck_assert_str_eq((const char *)buf.data, "42-x");
	ck_assert_int_eq(buf_printf(&buf, "%0200d", 1), ERR_OK);
	ck_assert_uint_eq(buf.size, 204);
	ck_assert_uint_eq(strlen(buf_text(&buf)), 204);
	ck_assert_uint_eq(buf.size, 204);
	buf_clear(&buf);
}
END_TEST

START_TEST(short_read_poisons_the_reader)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
	uint8_t copy[2] = { 9, 9 };
	ck_assert_uint_eq(reader_u32(&in), 0);
	ck_assert(in.bad);
	ck_assert_uint_eq(reader_u8(&in), 0);
	reader_copy(&in, copy, sizeof(copy));
	ck_assert_uint_eq(copy[0], 0);
	ck_assert_uint_eq(copy[1], 0);
	ck_assert_uint_eq(reader_span(&in, 1).size, 0);
	ck_assert(!reader_done(&in));
}
END_TEST

START_TEST(reader_borrows_spans)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct reader in = reader_of(span_of(bytes, sizeof(bytes)));
	ck_assert_ptr_eq(reader_span(&in, 2).data, bytes);
	ck_assert_ptr_eq(reader_span(&in, 1).data, bytes + 2);
	ck_assert_uint_eq(reader_span(&in, 0).size, 0);
	ck_assert(reader_done(&in));
	ck_assert_uint_eq(reader_span(&in, SIZE_MAX).size, 0);
	ck_assert(!reader_done(&in));
	struct reader empty = reader_of(span_of(NULL, 0));
	ck_assert(reader_done(&empty));
}
END_TEST

START_TEST(plain_puts_and_gets_agree)
{
	uint8_t out[8];
	bytes_put_u64(out, 0xFEDCBA9876543210ULL);
	ck_assert_uint_eq(out[0], 0xFE);
	ck_assert_uint_eq(out[7], 0x10);
	ck_assert_uint_eq(bytes_get_u64(out), 0xFEDCBA9876543210ULL);
	bytes_put_u16(out, 0xABCD);
	ck_assert_uint_eq(out[0], 0xAB);
	bytes_put_u32(out, 0x01020304);
	ck_assert_uint_eq(out[0], 1);
	ck_assert_uint_eq(out[3], 4);
}
END_TEST

Suite *test_bytes_suite(void)
{
	Suite *suite = suite_create("bytes");
	TCase *tcase = tcase_create("bytes");
	tcase_add_test(tcase, spans_compare_by_content);
	tcase_add_test(tcase, ids_compare_and_sort_by_bytes);
	tcase_add_test(tcase, buffer_writes_big_endian);
	tcase_add_test(tcase, buffer_keeps_its_content_while_growing);
	tcase_add_test(tcase, buffer_refuses_an_impossible_size);
	tcase_add_test(tcase, buffer_prints_text);
	tcase_add_test(tcase, short_read_poisons_the_reader);
	tcase_add_test(tcase, reader_borrows_spans);
	tcase_add_test(tcase, plain_puts_and_gets_agree);
	suite_add_tcase(suite, tcase);
	return suite;
}
