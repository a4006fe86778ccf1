#include "keys/seal.h"
#include "unit/keys/cast.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

Suite *test_chain_suite(void);

/* M29: a wrong commitment or body in a content record does not end the
 * stream. */
START_TEST(a_bad_content_record_leaves_the_stream_readable)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct cast_record bad = cast_follow(cast, &first, false, "bad");
	struct cast_record worse = cast_follow(cast, &bad, false, "worse");
	struct cast_record good = cast_follow(cast, &worse, false, "good");
	struct buf payload = { 0 };
	bad.header.key_commitment.b[0] ^= 1;
	worse.body.data[3] ^= 1;
	cast_take_key(cast->reads, &first);
	cast_expect(cast->reads, &first, "audience");
	ck_assert_int_eq(cast_read(cast->reads, &bad, &payload), ERR_VERIFY);
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	ck_assert_int_eq(seal_wrap(cast->reads, &bad.id, wrapped), ERR_STATE);
	ck_assert_int_eq(cast_read(cast->reads, &worse, &payload), ERR_VERIFY);
	cast_expect(cast->reads, &good, "good");
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_record_clear(&bad);
	cast_record_clear(&worse);
	cast_record_clear(&good);
	cast_free(cast);
}
END_TEST

/* M29, M30, M32 */
START_TEST(the_chain_carries_two_thousand_records_and_a_rekey)
{
	struct cast *cast = cast_new();
	struct cast_record record = cast_open_stream(cast);
	struct header old = record.header;
	cast_take_key(cast->reads, &record);
	cast_expect(cast->reads, &record, "audience");
	for (int i = 2; i <= 2000; i++) {
		bool rekey = i == 1001;
		struct cast_record next =
		    cast_follow(cast, &record, rekey, "more");
		ck_assert_mem_ne(next.header.nonce, old.nonce, 24);
		ck_assert(!id_equal(&next.header.key_commitment,
		    &record.header.key_commitment));
		cast_record_clear(&record);
		record = next;
		if (rekey) {
			cast_take_key(cast->reads, &record);
		}
		cast_expect(cast->reads, &record, "more");
	}
	cast_record_clear(&record);
	cast_free(cast);
}
END_TEST

START_TEST(after_a_rekey_the_old_chain_opens_nothing)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct cast_record second = cast_follow(cast, &first, true, "re-keyed");
	struct buf payload = { 0 };
	cast_take_key(cast->reads, &first);
	cast_expect(cast->reads, &first, "audience");
	ck_assert_int_eq(cast_read(cast->reads, &second, &payload), ERR_VERIFY);
	cast_take_key(cast->reads, &second);
	cast_expect(cast->reads, &second, "re-keyed");
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_record_clear(&second);
	cast_free(cast);
}
END_TEST

START_TEST(a_later_chain_key_opens_no_earlier_record)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct cast_record second = cast_follow(cast, &first, false, "two");
	struct buf payload = { 0 };
	cast_take_key(cast->reads, &first);
	cast_expect(cast->reads, &first, "audience");
	ck_assert_int_eq(cast_read(cast->reads, &first, &payload), ERR_VERIFY);
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_record_clear(&second);
	cast_free(cast);
}
END_TEST

START_TEST(a_stored_chain_key_goes_on_where_it_was)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	uint8_t author_chain[SEAL_CHAIN_BYTES];
	uint8_t reader_chain[SEAL_CHAIN_BYTES];
	const struct id32 *stream = &first.header.stream;
	fixture_ok(seal_chain_store(cast->writes, stream, 2, author_chain));
	cast_take_key(cast->reads, &first);
	cast_expect(cast->reads, &first, "audience");
	fixture_ok(seal_chain_store(cast->reads, stream, 2, reader_chain));
	seal_chain_fresh(cast->writes);
	seal_chain_fresh(cast->reads);
	fixture_ok(seal_chain_load(cast->writes, stream, 2, author_chain));
	fixture_ok(seal_chain_load(cast->reads, stream, 2, reader_chain));
	struct cast_record second = cast_follow(cast, &first, false, "two");
	cast_expect(cast->reads, &second, "two");
	/* Bound to stream, number and keystore; and a failed load leaves no
	 * key behind. */
	ck_assert_int_eq(
	    seal_chain_load(cast->reads, stream, 3, reader_chain), ERR_CORRUPT);
	ck_assert_int_eq(
	    seal_chain_load(cast->reads, &first.id, 2, reader_chain),
	    ERR_CORRUPT);
	ck_assert_int_eq(seal_chain_load(cast->writes, stream, 2, reader_chain),
	    ERR_CORRUPT);
	for (size_t i = 0; i < sizeof(reader_chain); i++) {
		reader_chain[i] ^= 0x10;
		ck_assert_int_eq(
		    seal_chain_load(cast->reads, stream, 2, reader_chain),
		    ERR_CORRUPT);
		reader_chain[i] ^= 0x10;
	}
	ck_assert_int_eq(
	    seal_chain_store(cast->reads, stream, 2, author_chain), ERR_STATE);
	cast_record_clear(&first);
	cast_record_clear(&second);
	cast_free(cast);
}
END_TEST

START_TEST(a_wrapped_content_key_opens_its_record_later)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct cast_record second =
	    cast_follow(cast, &first, false, "to be kept");
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	uint8_t other[SEAL_WRAPPED_BYTES];
	struct buf payload = { 0 };
	fixture_ok(seal_wrap(cast->writes, &second.id, other));
	cast_take_key(cast->reads, &first);
	cast_expect(cast->reads, &first, "audience");
	cast_expect(cast->reads, &second, "to be kept");
	fixture_ok(seal_wrap(cast->reads, &second.id, wrapped));
	seal_chain_fresh(cast->reads);
	fixture_ok(seal_open_wrapped(cast->reads, &second.header, &second.id,
	    wrapped, buf_span(&second.body), &payload));
	ck_assert(span_equal(buf_span(&payload), span_text("to be kept")));
	buf_reset(&payload);
	fixture_ok(seal_open_wrapped(cast->writes, &second.header, &second.id,
	    other, buf_span(&second.body), &payload));
	ck_assert(span_equal(buf_span(&payload), span_text("to be kept")));
	/* Not under another id, another keystore, or for another record. */
	ck_assert_int_eq(
	    seal_open_wrapped(cast->reads, &second.header, &first.id, wrapped,
		buf_span(&second.body), &payload),
	    ERR_CORRUPT);
	ck_assert_int_eq(
	    seal_open_wrapped(cast->reads, &second.header, &second.id, other,
		buf_span(&second.body), &payload),
	    ERR_CORRUPT);
	ck_assert_int_eq(
	    seal_open_wrapped(cast->reads, &first.header, &second.id, wrapped,
		buf_span(&first.body), &payload),
	    ERR_VERIFY);
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_record_clear(&second);
	cast_free(cast);
}
END_TEST

START_TEST(a_body_that_comes_later_opens_by_its_wrapped_key)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct cast_record second = cast_follow(cast, &first, false, "late");
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	struct buf payload = { 0 };
	cast_take_key(cast->reads, &first);
	cast_expect(cast->reads, &first, "audience");
	ck_assert_int_eq(
	    seal_open(cast->reads, &second.header, span_of(NULL, 0), &payload),
	    ERR_NOTFOUND);
	fixture_ok(seal_wrap(cast->reads, &second.id, wrapped));
	fixture_ok(seal_open_wrapped(cast->reads, &second.header, &second.id,
	    wrapped, buf_span(&second.body), &payload));
	ck_assert(span_equal(buf_span(&payload), span_text("late")));
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_record_clear(&second);
	cast_free(cast);
}
END_TEST

Suite *test_chain_suite(void)
{
	Suite *suite = suite_create("chain");
	TCase *tests = tcase_create("chain");
	tcase_add_test(tests, a_bad_content_record_leaves_the_stream_readable);
	tcase_add_test(
	    tests, the_chain_carries_two_thousand_records_and_a_rekey);
	tcase_add_test(tests, after_a_rekey_the_old_chain_opens_nothing);
	tcase_add_test(tests, a_later_chain_key_opens_no_earlier_record);
	tcase_add_test(tests, a_stored_chain_key_goes_on_where_it_was);
	tcase_add_test(tests, a_wrapped_content_key_opens_its_record_later);
	tcase_add_test(tests, a_body_that_comes_later_opens_by_its_wrapped_key);
	suite_add_tcase(suite, tests);
	return suite;
}
