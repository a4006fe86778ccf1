#include "keys/seal.h"
#include "unit/keys/cast.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

Suite *test_seal_suite(void);

START_TEST(every_reader_opens_what_was_sealed)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct cast_record second =
	    cast_follow(cast, &first, false, "a concern");
	struct seal_worker *workers[] = { cast->reads, cast->reads_too };
	for (size_t i = 0; i < 2; i++) {
		cast_take_key(workers[i], &first);
		cast_expect(workers[i], &first, "audience");
		cast_expect(workers[i], &second, "a concern");
	}
	/* M25: the author reads its own from its slot too. */
	cast_take_key(cast->writes, &first);
	cast_expect(cast->writes, &first, "audience");
	cast_expect(cast->writes, &second, "a concern");
	cast_record_clear(&first);
	cast_record_clear(&second);
	cast_free(cast);
}
END_TEST

START_TEST(sealing_fills_sizes_and_hashes)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct id32 hash;
	ck_assert_uint_eq(first.header.body_size, first.body.size);
	seal_body_hash(buf_span(&first.body), &hash);
	ck_assert(id_equal(&hash, &first.header.body_hash));
	seal_slots_hash(buf_span(&first.slots), &hash);
	ck_assert(id_equal(&hash, &first.header.slots_hash));
	seal_body_hash(buf_span(&first.slots), &hash);
	ck_assert(!id_equal(&hash, &first.header.slots_hash));
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

START_TEST(a_stranger_has_no_slot_and_no_way_in)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct buf payload = { 0 };
	ck_assert_int_eq(
	    seal_slots_open(cast->pries, &first.header, buf_span(&first.slots)),
	    ERR_NOTFOUND);
	ck_assert_int_eq(cast_read(cast->pries, &first, &payload), ERR_STATE);
	seal_chain_fresh(cast->pries);
	ck_assert_int_eq(cast_read(cast->pries, &first, &payload), ERR_VERIFY);
	ck_assert_uint_eq(payload.size, 0);
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

START_TEST(no_bit_of_a_body_can_be_flipped)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct buf payload = { 0 };
	for (size_t bit = 0; bit < first.body.size * 8; bit++) {
		cast_take_key(cast->reads, &first);
		first.body.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		ck_assert_int_eq(
		    cast_read(cast->reads, &first, &payload), ERR_VERIFY);
		ck_assert_uint_eq(payload.size, 0);
		first.body.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

START_TEST(no_length_of_a_body_but_the_whole_opens)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct buf payload = { 0 };
	for (size_t size = 0; size < first.body.size; size++) {
		cast_take_key(cast->reads, &first);
		enum err err = seal_open(cast->reads, &first.header,
		    span_of(first.body.data, size), &payload);
		ck_assert_int_eq(err, size == 0 ? ERR_NOTFOUND
				      : size <= ENVELOPE_TAG_BYTES
					  ? ERR_FORMAT
					  : ERR_VERIFY);
	}
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

/* A flipped bit in a slots block is caught by its hash, which the header
 * commits to; behind that, no flipped slot gives a key either. */
START_TEST(no_bit_of_the_slots_can_be_flipped)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct id32 hash;
	ck_assert_uint_eq(first.slots.size, 34 + 4 * 180);
	size_t opened = 0;
	for (size_t bit = 0; bit < first.slots.size * 8; bit++) {
		first.slots.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		seal_slots_hash(buf_span(&first.slots), &hash);
		ck_assert(!id_equal(&hash, &first.header.slots_hash));
		opened += seal_slots_open(cast->reads, &first.header,
			      buf_span(&first.slots)) == ERR_OK;
		first.slots.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	/* Only flips inside the three other slots, and in the top bit of the
	 * ephemeral key, which X25519 ignores, leave ours as it was. */
	ck_assert_uint_le(opened, 3u * 180u * 8u + 1u);
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

/* Every header bit changes the record id; those a reader's keys depend on make
 * the record unreadable by themselves. M23 */
START_TEST(no_bit_of_a_header_can_be_flipped)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct buf bytes = { 0 };
	struct buf payload = { 0 };
	fixture_ok(envelope_put_header(&first.header, &bytes));
	ck_assert_uint_eq(bytes.size, ENVELOPE_SLOTTED_BYTES);
	for (size_t bit = 0; bit < bytes.size * 8; bit++) {
		size_t at = bit / 8;
		struct header header;
		struct id32 id;
		bytes.data[at] ^= (uint8_t)(1u << (bit % 8));
		seal_record_id(buf_span(&bytes), &id);
		ck_assert(!id_equal(&id, &first.id));
		/* Author, generation, stream and number: 1 to 81. Nonce and
		 * commitment: 182 to 238. */
		bool keyed = (at >= 1 && at < 81) || (at >= 182 && at < 238);
		if (envelope_get_header(buf_span(&bytes), &header) == ERR_OK &&
		    keyed) {
			enum err err = seal_slots_open(
			    cast->reads, &header, buf_span(&first.slots));
			if (err == ERR_OK) {
				err = seal_open(cast->reads, &header,
				    buf_span(&first.body), &payload);
			}
			ck_assert_msg(err == ERR_VERIFY, "bit %zu", bit);
		}
		bytes.data[at] ^= (uint8_t)(1u << (bit % 8));
	}
	buf_clear(&bytes);
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

/* M23: a slot moved to another record, author or reader. */
START_TEST(a_slot_for_another_record_is_refused)
{
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	struct header header = first.header;
	header.number = 2;
	ck_assert_int_eq(
	    seal_slots_open(cast->reads, &header, buf_span(&first.slots)),
	    ERR_VERIFY);
	header = first.header;
	header.stream.b[5] ^= 1;
	ck_assert_int_eq(
	    seal_slots_open(cast->reads, &header, buf_span(&first.slots)),
	    ERR_VERIFY);
	header = first.header;
	header.author = keystore_public(cast->stranger)->organisation;
	ck_assert_int_eq(
	    seal_slots_open(cast->reads, &header, buf_span(&first.slots)),
	    ERR_VERIFY);
	header = first.header;
	header.generation.b[0] ^= 1;
	ck_assert_int_eq(
	    seal_slots_open(cast->reads, &header, buf_span(&first.slots)),
	    ERR_VERIFY);
	ck_assert_int_eq(seal_open(cast->reads, &first.header,
			     buf_span(&first.body), &first.slots),
	    ERR_STATE);
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

START_TEST(a_slot_that_names_another_reader_or_epoch_is_refused)
{
	struct cast *cast = cast_new();
	for (int wrong = 0; wrong < 2; wrong++) {
		if (wrong == 0) {
			cast->audience[1].epoch = 2;
		} else {
			cast->audience[1] = fixture_reader(cast->reader);
			cast->audience[1].organisation.b[0] ^= 1;
		}
		struct cast_record first = cast_open_stream(cast);
		ck_assert_int_eq(seal_slots_open(cast->reads, &first.header,
				     buf_span(&first.slots)),
		    ERR_VERIFY);
		cast_take_key(cast->reads_too, &first);
		cast_record_clear(&first);
	}
	cast_free(cast);
}
END_TEST

/* M28: the commitment stops an author who would show two readers two texts
 * under one record. */
START_TEST(two_readers_cannot_be_shown_two_texts)
{
	struct cast *cast = cast_new();
	struct cast_record one = cast_open_stream(cast);
	struct cast_record two = { .header = one.header };
	struct buf payload = { 0 };
	/* The same place under another chain key, with another text... */
	seal_chain_fresh(cast->writes);
	fixture_ok(seal_slots(
	    cast->writes, &two.header, cast->audience, 3, &two.slots));
	fixture_ok(seal_record(
	    cast->writes, &two.header, span_text("the other"), &two.body));
	ck_assert(
	    !id_equal(&one.header.key_commitment, &two.header.key_commitment));
	/* ... has its own commitment: under the one header only one opens. */
	cast_take_key(cast->reads, &one);
	cast_expect(cast->reads, &one, "audience");
	fixture_ok(seal_slots_open(
	    cast->reads_too, &one.header, buf_span(&two.slots)));
	ck_assert_int_eq(seal_open(cast->reads_too, &one.header,
			     buf_span(&two.body), &payload),
	    ERR_VERIFY);
	ck_assert_ptr_nonnull(strstr(err_text(), "commitment"));
	ck_assert_uint_eq(payload.size, 0);
	/* A slotted record that lied leaves no chain key behind. */
	uint8_t chain[SEAL_CHAIN_BYTES];
	ck_assert_int_eq(
	    seal_chain_store(cast->reads_too, &one.header.stream, 2, chain),
	    ERR_STATE);
	buf_clear(&payload);
	cast_record_clear(&one);
	cast_record_clear(&two);
	cast_free(cast);
}
END_TEST

START_TEST(payloads_of_every_awkward_size_return_whole)
{
	static const size_t sizes[] = { 0, 1, 3, 4, 5, 27, 28, 29, 1023, 1024,
		1025, 65535, 65536, 200001 };
	struct cast *cast = cast_new();
	struct cast_record first = cast_open_stream(cast);
	uint8_t *text = malloc(300000);
	uint8_t chain[SEAL_CHAIN_BYTES];
	struct buf payload = { 0 };
	ck_assert_ptr_nonnull(text);
	for (size_t i = 0; i < 300000; i++) {
		text[i] = (uint8_t)(i * 7 + i / 251);
	}
	struct header header = first.header;
	header.number = 2;
	header.slotted = false;
	fixture_ok(seal_chain_store(cast->writes, &header.stream, 2, chain));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct buf body = { 0 };
		buf_reset(&payload);
		fixture_ok(
		    seal_chain_load(cast->writes, &header.stream, 2, chain));
		seal_nonce(cast->writes, &header);
		fixture_ok(seal_record(
		    cast->writes, &header, span_of(text, sizes[i]), &body));
		ck_assert_uint_eq(body.size,
		    envelope_padded_size(sizes[i] + 4) + ENVELOPE_TAG_BYTES);
		fixture_ok(
		    seal_chain_load(cast->writes, &header.stream, 2, chain));
		fixture_ok(seal_open(
		    cast->writes, &header, buf_span(&body), &payload));
		ck_assert(
		    span_equal(buf_span(&payload), span_of(text, sizes[i])));
		buf_clear(&body);
	}
	/* Too large: refused before the chain moves. */
	fixture_ok(seal_chain_load(cast->writes, &header.stream, 2, chain));
	ck_assert_int_eq(seal_record(cast->writes, &header,
			     span_of(text, LIMIT_RECORD_BYTES), &payload),
	    ERR_LIMIT);
	ck_assert_int_eq(
	    seal_record(cast->writes, &header, span_of(text, 300000), &payload),
	    ERR_LIMIT);
	fixture_ok(
	    seal_record(cast->writes, &header, span_of(text, 3), &payload));
	free(text);
	buf_clear(&payload);
	cast_record_clear(&first);
	cast_free(cast);
}
END_TEST

START_TEST(nothing_is_sealed_without_a_chain_key)
{
	struct cast *cast = cast_new();
	struct header header = { .version = 1, .number = 1 };
	struct id32 id = { { 0 } };
	struct buf out = { 0 };
	uint8_t wrapped[SEAL_WRAPPED_BYTES];
	header.author = keystore_public(cast->author)->organisation;
	ck_assert_int_eq(
	    seal_record(cast->writes, &header, span_text("x"), &out),
	    ERR_STATE);
	ck_assert_int_eq(
	    seal_slots(cast->writes, &header, cast->audience, 3, &out),
	    ERR_STATE);
	ck_assert_int_eq(seal_wrap(cast->writes, &id, wrapped), ERR_STATE);
	ck_assert_uint_eq(out.size, 0);
	seal_worker_free(NULL);
	buf_clear(&out);
	cast_free(cast);
}
END_TEST

START_TEST(stream_and_audience_hashes_depend_on_every_field)
{
	struct header opening = { .version = 1, .number = 1 };
	struct id32 base;
	struct id32 other;
	struct id32 readers[2] = { { { 1 } }, { { 2 } } };
	struct id32 salt = { { 3 } };
	seal_stream_id(&opening, &base);
	opening.author.b[31] ^= 1;
	seal_stream_id(&opening, &other);
	ck_assert(!id_equal(&base, &other));
	opening.author.b[31] ^= 1;
	opening.generation.b[7] ^= 1;
	seal_stream_id(&opening, &other);
	ck_assert(!id_equal(&base, &other));
	opening.generation.b[7] ^= 1;
	opening.nonce[23] ^= 1;
	seal_stream_id(&opening, &other);
	ck_assert(!id_equal(&base, &other));
	opening.nonce[23] ^= 1;
	opening.audience_commitment.b[31] ^= 1;
	seal_stream_id(&opening, &other);
	ck_assert(!id_equal(&base, &other));
	seal_audience_commitment(readers, 2, &salt, &base);
	seal_audience_commitment(readers, 1, &salt, &other);
	ck_assert(!id_equal(&base, &other));
	salt.b[0] ^= 1;
	seal_audience_commitment(readers, 2, &salt, &other);
	ck_assert(!id_equal(&base, &other));
	salt.b[0] ^= 1;
	readers[1].b[31] ^= 1;
	seal_audience_commitment(readers, 2, &salt, &other);
	ck_assert(!id_equal(&base, &other));
}
END_TEST

Suite *test_seal_suite(void)
{
	Suite *suite = suite_create("seal");
	TCase *tests = tcase_create("seal");
	tcase_add_test(tests, every_reader_opens_what_was_sealed);
	tcase_add_test(tests, sealing_fills_sizes_and_hashes);
	tcase_add_test(tests, a_stranger_has_no_slot_and_no_way_in);
	tcase_add_test(tests, no_bit_of_a_body_can_be_flipped);
	tcase_add_test(tests, no_length_of_a_body_but_the_whole_opens);
	tcase_add_test(tests, no_bit_of_the_slots_can_be_flipped);
	tcase_add_test(tests, no_bit_of_a_header_can_be_flipped);
	tcase_add_test(tests, a_slot_for_another_record_is_refused);
	tcase_add_test(
	    tests, a_slot_that_names_another_reader_or_epoch_is_refused);
	tcase_add_test(tests, two_readers_cannot_be_shown_two_texts);
	tcase_add_test(tests, payloads_of_every_awkward_size_return_whole);
	tcase_add_test(tests, nothing_is_sealed_without_a_chain_key);
	tcase_add_test(tests, stream_and_audience_hashes_depend_on_every_field);
	suite_add_tcase(suite, tests);
	return suite;
}
