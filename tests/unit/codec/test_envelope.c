#include "codec/envelope.h"

#include "base/rng.h"

#include <check.h>

#include <stdlib.h>
#include <string.h>

Suite *test_envelope_suite(void);

static struct rng_seeded state;
static struct rng rng;

static struct header some_header(bool slotted, uint64_t number)
{
	struct header header;
	rng_fill(&rng, &header, sizeof(header));
	header.version = ENVELOPE_VERSION;
	header.number = number;
	header.slotted = slotted;
	header.body_size = (uint32_t)rng_below(&rng, LIMIT_RECORD_BYTES + 1);
	if (number == 1) {
		memset(&header.previous, 0, sizeof(header.previous));
	}
	if (slotted) {
		memset(&header.keyed_by, 0, sizeof(header.keyed_by));
	} else {
		memset(&header.slots_hash, 0, sizeof(header.slots_hash));
		memset(&header.audience_commitment, 0,
		    sizeof(header.audience_commitment));
	}
	return header;
}

static struct buf bytes_of(const struct header *header)
{
	struct buf out = { 0 };
	ck_assert_int_eq(envelope_put_header(header, &out), ERR_OK);
	return out;
}

static bool same_header(const struct header *a, const struct header *b)
{
	return a->version == b->version && id_equal(&a->author, &b->author) &&
	       generation_equal(&a->generation, &b->generation) &&
	       id_equal(&a->stream, &b->stream) && a->number == b->number &&
	       id_equal(&a->previous, &b->previous) &&
	       a->slotted == b->slotted && a->body_size == b->body_size &&
	       id_equal(&a->keyed_by, &b->keyed_by) &&
	       id_equal(&a->body_hash, &b->body_hash) &&
	       memcmp(a->nonce, b->nonce, sizeof(a->nonce)) == 0 &&
	       id_equal(&a->key_commitment, &b->key_commitment) &&
	       id_equal(&a->slots_hash, &b->slots_hash) &&
	       id_equal(&a->audience_commitment, &b->audience_commitment);
}

static void setup(void)
{
	rng = rng_seed(&state, 11);
}

START_TEST(header_survives_the_round_trip)
{
	for (unsigned int i = 0; i < 300; i++) {
		struct header out;
		bool slotted = i % 3 != 0;
		struct header in =
		    some_header(slotted, slotted ? i + 1 : i + 2);
		struct buf bytes = bytes_of(&in);
		ck_assert_uint_eq(bytes.size,
		    in.slotted ? ENVELOPE_SLOTTED_BYTES : ENVELOPE_PLAIN_BYTES);
		ck_assert_int_eq(
		    envelope_get_header(buf_span(&bytes), &out), ERR_OK);
		ck_assert(same_header(&in, &out));
		buf_clear(&bytes);
	}
}
END_TEST

START_TEST(header_has_the_written_layout)
{
	struct header header = some_header(true, 0x0102030405060708ULL);
	header.body_size = 0x00030201;
	struct buf out = bytes_of(&header);
	const uint8_t *at = out.data;
	static const uint8_t number[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const uint8_t flag_and_size[] = { 1, 0, 3, 2, 1 };
	ck_assert_uint_eq(at[0], 1);
	ck_assert_mem_eq(at + 1, header.author.b, 32);
	ck_assert_mem_eq(at + 33, header.generation.b, 8);
	ck_assert_mem_eq(at + 41, header.stream.b, 32);
	ck_assert_mem_eq(at + 73, number, 8);
	ck_assert_mem_eq(at + 81, header.previous.b, 32);
	ck_assert_mem_eq(at + 113, flag_and_size, 5);
	ck_assert_mem_eq(at + 118, header.keyed_by.b, 32);
	ck_assert_mem_eq(at + 150, header.body_hash.b, 32);
	ck_assert_mem_eq(at + 182, header.nonce, 24);
	ck_assert_mem_eq(at + 206, header.key_commitment.b, 32);
	ck_assert_mem_eq(at + 238, header.slots_hash.b, 32);
	ck_assert_mem_eq(at + 270, header.audience_commitment.b, 32);
	ck_assert_uint_eq(out.size, 302);
	buf_clear(&out);
}
END_TEST

/* No bit is ignored, and nothing parses to what would be written otherwise. */
START_TEST(every_flipped_bit_changes_the_header_or_is_refused)
{
	for (unsigned int kind = 0; kind < 3; kind++) {
		struct header in = some_header(kind > 0, kind == 1 ? 1 : 5);
		struct buf bytes = bytes_of(&in);
		for (size_t bit = 0; bit < bytes.size * 8; bit++) {
			struct header out;
			bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			enum err err =
			    envelope_get_header(buf_span(&bytes), &out);
			if (err == ERR_OK) {
				struct buf again = bytes_of(&out);
				ck_assert(!same_header(&in, &out));
				ck_assert(span_equal(
				    buf_span(&again), buf_span(&bytes)));
				buf_clear(&again);
			} else {
				ck_assert(err == ERR_FORMAT ||
					  (err == ERR_VERSION && bit < 8));
			}
			bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		buf_clear(&bytes);
	}
}
END_TEST

START_TEST(header_of_any_other_length_is_refused)
{
	for (unsigned int slotted = 0; slotted < 2; slotted++) {
		struct header out;
		struct header in = some_header(slotted == 1, 7);
		struct buf bytes = bytes_of(&in);
		for (size_t size = 0; size < bytes.size; size++) {
			/* A copy of its own, so that ASan sees over-reads. */
			uint8_t *copy = malloc(size + 1);
			ck_assert_ptr_nonnull(copy);
			memcpy(copy, bytes.data, size);
			ck_assert_int_eq(
			    envelope_get_header(span_of(copy, size), &out),
			    ERR_FORMAT);
			free(copy);
		}
		ck_assert_int_eq(buf_u8(&bytes, 0), ERR_OK);
		ck_assert_int_eq(
		    envelope_get_header(buf_span(&bytes), &out), ERR_FORMAT);
		buf_clear(&bytes);
	}
}
END_TEST

static enum err reparse(const struct header *header)
{
	struct header out;
	struct buf bytes = bytes_of(header);
	enum err err = envelope_get_header(buf_span(&bytes), &out);
	buf_clear(&bytes);
	return err;
}

START_TEST(header_that_contradicts_itself_is_refused)
{
	struct header header = some_header(true, 1);
	ck_assert_int_eq(reparse(&header), ERR_OK);
	header.previous.b[31] = 1; /* nothing comes before the first */
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
	header.number = 2;
	ck_assert_int_eq(reparse(&header), ERR_OK);
	header.previous.b[31] = 0; /* something comes before the second */
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
	header.number = 0;
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
	header = some_header(true, 2);
	header.keyed_by.b[0] = 1; /* slots key their own record */
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
	header = some_header(false, 2);
	memset(&header.keyed_by, 0, sizeof(header.keyed_by));
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
	header = some_header(false, 1); /* opens a stream without slots */
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
	header = some_header(false, 2);
	header.body_size = LIMIT_RECORD_BYTES;
	ck_assert_int_eq(reparse(&header), ERR_OK);
	header.body_size = LIMIT_RECORD_BYTES + 1;
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
	header = some_header(false, 2);
	header.version = 0;
	ck_assert_int_eq(reparse(&header), ERR_FORMAT);
}
END_TEST

START_TEST(header_flag_is_zero_or_one)
{
	struct header in = some_header(true, 3);
	struct header out;
	struct buf bytes = bytes_of(&in);
	for (unsigned int flag = 2; flag < 256; flag++) {
		bytes.data[ENVELOPE_FROZEN_BYTES] = (uint8_t)flag;
		ck_assert_int_eq(
		    envelope_get_header(buf_span(&bytes), &out), ERR_FORMAT);
	}
	buf_clear(&bytes);
}
END_TEST

START_TEST(higher_version_gives_its_frozen_fields)
{
	static const size_t sizes[] = { 113, 114, 238, 302, 1024, 1025, 112 };
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct header out;
		struct header in = some_header(true, 9);
		in.version = (uint8_t)(2 + i);
		struct buf bytes = bytes_of(&in);
		ck_assert_int_eq(buf_reserve(&bytes, 1025), ERR_OK);
		memset(bytes.data + bytes.size, 0xAA, 1025 - bytes.size);
		enum err err =
		    envelope_get_header(span_of(bytes.data, sizes[i]), &out);
		if (sizes[i] < 113 || sizes[i] > 1024) {
			ck_assert_int_eq(err, ERR_FORMAT);
		} else {
			ck_assert_int_eq(err, ERR_VERSION);
			ck_assert_uint_eq(out.version, in.version);
			ck_assert(id_equal(&out.author, &in.author));
			ck_assert(id_equal(&out.stream, &in.stream));
			ck_assert(id_equal(&out.previous, &in.previous));
			ck_assert(
			    generation_equal(&out.generation, &in.generation));
			ck_assert_uint_eq(out.number, 9);
			ck_assert_uint_eq(out.body_size, 0);
			ck_assert(id_is_zero(&out.body_hash));
		}
		buf_clear(&bytes);
	}
}
END_TEST

START_TEST(slots_block_must_fit_its_count)
{
	static uint8_t block[34 + 300 * 180];
	uint32_t count = 0;
	block[0] = 0xEE;
	for (uint32_t i = 0; i <= 300; i++) {
		size_t size = 34 + (size_t)i * 180;
		enum err want = i == 0             ? ERR_FORMAT
		                : i <= LIMIT_SLOTS ? ERR_OK
		                                   : ERR_LIMIT;
		bytes_put_u16(block + 32, (uint16_t)i);
		count = 0;
		ck_assert_int_eq(
		    envelope_slot_count(span_of(block, size), &count), want);
		ck_assert_uint_eq(count, want == ERR_OK ? i : 0);
		if (want == ERR_OK) {
			ck_assert_int_eq(envelope_slot_count(
					     span_of(block, size - 1), &count),
			    ERR_FORMAT);
			ck_assert_int_eq(envelope_slot_count(
					     span_of(block, size + 1), &count),
			    ERR_FORMAT);
		}
	}
	for (size_t size = 0; size < 34; size++) {
		ck_assert_int_eq(
		    envelope_slot_count(span_of(block, size), &count),
		    ERR_FORMAT);
	}
	struct span all = span_of(block, sizeof(block));
	ck_assert_ptr_eq(envelope_slots_key(all).data, block);
	ck_assert_uint_eq(envelope_slots_key(all).size, 32);
	ck_assert_ptr_eq(envelope_slot(all, 0).data, block + 34);
	ck_assert_ptr_eq(envelope_slot(all, 5).data, block + 34 + 900);
	ck_assert_uint_eq(envelope_slot(all, 5).size, 180);
}
END_TEST

START_TEST(slot_fields_survive_and_the_label_is_checked)
{
	struct slot_fields in;
	struct slot_fields out;
	uint8_t bytes[132];
	rng_fill(&rng, &in, sizeof(in));
	in.reader_epoch = 0x01020304;
	envelope_put_slot(&in, bytes);
	ck_assert_mem_eq(bytes, "qsg/slot/v1\0\0\0\0\0", 16);
	ck_assert_mem_eq(bytes + 16, in.author.b, 32);
	ck_assert_mem_eq(bytes + 48, in.generation.b, 8);
	ck_assert_mem_eq(bytes + 56, in.reader.b, 32);
	ck_assert_mem_eq(bytes + 88, "\x01\x02\x03\x04", 4);
	ck_assert_mem_eq(bytes + 92, in.stream.b, 32);
	ck_assert_uint_eq(bytes_get_u64(bytes + 124), in.number);
	ck_assert(envelope_get_slot(bytes, &out));
	ck_assert(id_equal(&in.author, &out.author));
	ck_assert(generation_equal(&in.generation, &out.generation));
	ck_assert(id_equal(&in.reader, &out.reader));
	ck_assert_uint_eq(out.reader_epoch, in.reader_epoch);
	ck_assert(id_equal(&in.stream, &out.stream));
	ck_assert_uint_eq(out.number, in.number);
	for (size_t bit = 0; bit < 128; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert(!envelope_get_slot(bytes, &out));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

/* From the definition: E = floor(log2 L), S = floor(log2 E) + 1, and the last
 * E - S bits are zero. */
START_TEST(padded_sizes_are_padme)
{
	static const size_t known[][2] = { { 0, 0 }, { 1, 1 }, { 2, 2 },
		{ 3, 3 }, { 7, 7 }, { 8, 8 }, { 9, 10 }, { 11, 12 }, { 16, 16 },
		{ 17, 18 }, { 31, 32 }, { 33, 36 }, { 100, 104 }, { 127, 128 },
		{ 128, 128 }, { 129, 144 }, { 200, 208 }, { 1000, 1024 },
		{ 1025, 1088 }, { 5000, 5120 }, { 65537, 67584 },
		{ 262144, 262144 }, { 1000000, 1015808 } };
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		ck_assert_msg(envelope_padded_size(known[i][0]) == known[i][1],
		    "%zu gives %zu", known[i][0],
		    envelope_padded_size(known[i][0]));
	}
	size_t last = 0;
	for (size_t size = 0; size < 300000; size++) {
		size_t padded = envelope_padded_size(size);
		ck_assert_uint_ge(padded, size);
		ck_assert_uint_ge(padded, last);
		/* Never more than 12 % more, and padding twice adds none. */
		ck_assert_uint_le(padded - size, size / 8 + 1);
		ck_assert_uint_eq(envelope_padded_size(padded), padded);
		last = padded;
	}
	ck_assert_uint_eq(envelope_padded_size(SIZE_MAX), SIZE_MAX);
}
END_TEST

static void pad_and_unpad(const uint8_t *payload, size_t size)
{
	struct buf padded = { 0 };
	struct span out = { 0 };
	struct span in = span_of(payload, size);
	ck_assert_int_eq(envelope_pad(in, &padded), ERR_OK);
	ck_assert_uint_eq(padded.size, envelope_padded_size(size + 4));
	ck_assert_int_eq(envelope_unpad(buf_span(&padded), &out), ERR_OK);
	ck_assert(span_equal(in, out));
	/* One byte more or less, or one that is not zero. */
	ck_assert_int_eq(
	    envelope_unpad(span_of(padded.data, padded.size - 1), &out),
	    ERR_FORMAT);
	if (padded.size > size + 4) {
		size_t at =
		    size + 4 + (size_t)rng_below(&rng, padded.size - size - 4);
		padded.data[at] = 0x80;
		ck_assert_int_eq(
		    envelope_unpad(buf_span(&padded), &out), ERR_FORMAT);
		padded.data[at] = 0;
	}
	ck_assert_int_eq(buf_u8(&padded, 0), ERR_OK);
	ck_assert_int_eq(envelope_unpad(buf_span(&padded), &out), ERR_FORMAT);
	buf_clear(&padded);
}

START_TEST(padding_survives_the_round_trip)
{
	static uint8_t payload[LIMIT_RECORD_BYTES + 1];
	rng_fill(&rng, payload, sizeof(payload));
	for (size_t size = 0; size <= 5000; size++) {
		pad_and_unpad(payload, size);
	}
	for (int i = 0; i < 50; i++) {
		pad_and_unpad(
		    payload, (size_t)rng_below(&rng, LIMIT_RECORD_BYTES + 1));
	}
	pad_and_unpad(payload, LIMIT_RECORD_BYTES);
	struct buf out = { 0 };
	ck_assert_int_eq(
	    envelope_pad(span_of(payload, sizeof(payload)), &out), ERR_LIMIT);
	buf_clear(&out);
}
END_TEST

START_TEST(unpad_refuses_a_wrong_length)
{
	struct buf padded = { 0 };
	struct span out = { 0 };
	ck_assert_int_eq(
	    envelope_pad(span_text("0123456789"), &padded), ERR_OK);
	for (uint32_t size = 0; size < 200; size++) {
		bytes_put_u32(padded.data, size);
		enum err err = envelope_unpad(buf_span(&padded), &out);
		/* Padded size 14 is that of lengths 9 and 10, and the byte
		 * left over for 9 is not zero. */
		ck_assert_int_eq(err, size == 10 ? ERR_OK : ERR_FORMAT);
	}
	bytes_put_u32(padded.data, UINT32_MAX);
	ck_assert_int_eq(envelope_unpad(buf_span(&padded), &out), ERR_FORMAT);
	for (size_t size = 0; size < 4; size++) {
		ck_assert_int_eq(
		    envelope_unpad(span_of(padded.data, size), &out),
		    ERR_FORMAT);
	}
	buf_clear(&padded);
}
END_TEST

START_TEST(place_is_length_prefixed_and_complete)
{
	struct header header = some_header(true, 0x0102030405060708ULL);
	struct buf out = { 0 };
	char label[300];
	ck_assert_int_eq(envelope_place("qsg/x", &header, &out), ERR_OK);
	ck_assert_uint_eq(out.size, 1 + 5 + 32 + 8 + 32 + 8);
	ck_assert_mem_eq(out.data, "\x05qsg/x", 6);
	ck_assert_mem_eq(out.data + 6, header.author.b, 32);
	ck_assert_mem_eq(out.data + 38, header.generation.b, 8);
	ck_assert_mem_eq(out.data + 46, header.stream.b, 32);
	ck_assert_mem_eq(out.data + 78, "\1\2\3\4\5\6\7\x08", 8);
	memset(label, 'x', sizeof(label));
	label[256] = '\0';
	ck_assert_int_eq(envelope_place(label, &header, &out), ERR_LIMIT);
	label[255] = '\0';
	ck_assert_int_eq(envelope_place(label, &header, &out), ERR_OK);
	buf_clear(&out);
}
END_TEST

Suite *test_envelope_suite(void)
{
	Suite *suite = suite_create("envelope");
	TCase *tcase = tcase_create("envelope");
	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, header_survives_the_round_trip);
	tcase_add_test(tcase, header_has_the_written_layout);
	tcase_add_test(
	    tcase, every_flipped_bit_changes_the_header_or_is_refused);
	tcase_add_test(tcase, header_of_any_other_length_is_refused);
	tcase_add_test(tcase, header_that_contradicts_itself_is_refused);
	tcase_add_test(tcase, header_flag_is_zero_or_one);
	tcase_add_test(tcase, higher_version_gives_its_frozen_fields);
	tcase_add_test(tcase, slots_block_must_fit_its_count);
	tcase_add_test(tcase, slot_fields_survive_and_the_label_is_checked);
	tcase_add_test(tcase, padded_sizes_are_padme);
	tcase_add_test(tcase, padding_survives_the_round_trip);
	tcase_add_test(tcase, unpad_refuses_a_wrong_length);
	tcase_add_test(tcase, place_is_length_prefixed_and_complete);
	suite_add_tcase(suite, tcase);
	return suite;
}
