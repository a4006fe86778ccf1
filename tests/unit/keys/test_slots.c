#include "keys/slots.h"
#include "unit/keys/fixture.h"

#include <check.h>
#include <sodium.h>

#include <string.h>

Suite *test_slots_suite(void);

static const uint8_t chain[32] = "the chain key of this very test";

static struct header header_of(const struct keystore *author)
{
	struct header header = { .version = 1, .number = 1, .slotted = true };
	header.author = keystore_public(author)->organisation;
	header.generation = keystore_public(author)->logs[0].generation;
	memset(header.stream.b, 5, 32);
	return header;
}

/* M24 */
START_TEST(number_of_slots_is_padded_and_every_slot_a_box)
{
	static const size_t counts[][2] = { { 1, 2 }, { 2, 2 }, { 3, 4 },
		{ 4, 4 }, { 5, 8 }, { 65, 128 }, { 129, 256 }, { 256, 256 } };
	struct keystore *author = fixture_keystore(1);
	struct header header = header_of(author);
	struct slots_scratch scratch;
	struct seal_reader readers[LIMIT_SLOTS + 1];
	for (size_t i = 0; i <= LIMIT_SLOTS; i++) {
		readers[i] = fixture_reader(author);
	}
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		struct slots_list list = { readers, counts[i][0], chain };
		struct buf out = { 0 };
		uint32_t count = 0;
		uint8_t found[32];
		fixture_ok(
		    slots_put(&scratch, rng_system(), &header, &list, &out));
		fixture_ok(envelope_slot_count(buf_span(&out), &count));
		ck_assert_uint_eq(count, counts[i][1]);
		fixture_ok(slots_find(
		    &scratch, author, &header, buf_span(&out), found));
		ck_assert_mem_eq(found, chain, sizeof(chain));
		buf_clear(&out);
	}
	struct slots_list list = { readers, LIMIT_SLOTS + 1, chain };
	struct buf out = { 0 };
	ck_assert_int_eq(
	    slots_put(&scratch, rng_system(), &header, &list, &out), ERR_LIMIT);
	ck_assert_uint_eq(out.size, 0);
	keystore_close(author);
}
END_TEST

/* M25 */
START_TEST(a_list_without_its_author_is_refused)
{
	struct keystore *author = fixture_keystore(1);
	struct keystore *reader = fixture_keystore(2);
	struct header header = header_of(author);
	struct slots_scratch scratch;
	struct seal_reader other = fixture_reader(reader);
	struct slots_list list = { &other, 1, chain };
	struct buf out = { 0 };
	ck_assert_int_eq(
	    slots_put(&scratch, rng_system(), &header, &list, &out), ERR_INPUT);
	list.count = 0;
	ck_assert_int_eq(
	    slots_put(&scratch, rng_system(), &header, &list, &out), ERR_INPUT);
	keystore_close(author);
	keystore_close(reader);
}
END_TEST

START_TEST(a_reader_with_an_unusable_key_is_refused_and_nothing_left)
{
	struct keystore *author = fixture_keystore(1);
	struct header header = header_of(author);
	struct slots_scratch scratch;
	struct seal_reader readers[2] = { fixture_reader(author),
		fixture_reader(author) };
	memset(readers[1].key.b, 0, 32);
	struct slots_list list = { readers, 2, chain };
	struct buf out = { 0 };
	static const struct slots_scratch zero;
	fixture_ok(buf_u8(&out, 42));
	ck_assert_int_eq(
	    slots_put(&scratch, rng_system(), &header, &list, &out),
	    ERR_VERIFY);
	ck_assert_uint_eq(out.size, 1);
	ck_assert_mem_eq(&scratch, &zero, sizeof(zero));
	buf_clear(&out);
	keystore_close(author);
}
END_TEST

/* M24: with four readers every one of them is found at every place. */
START_TEST(slots_stand_in_random_order)
{
	struct keystore *author = fixture_keystore(1);
	struct keystore *reader = fixture_keystore(2);
	struct header header = header_of(author);
	struct slots_scratch scratch;
	struct seal_reader readers[4] = { fixture_reader(reader),
		fixture_reader(author), fixture_reader(author),
		fixture_reader(author) };
	struct slots_list list = { readers, 4, chain };
	struct rng_seeded state;
	const struct rng rng = rng_seed(&state, 9);
	unsigned int seen[4] = { 0 };
	for (int round = 0; round < 64; round++) {
		struct buf out = { 0 };
		uint8_t shared[32];
		fixture_ok(slots_put(&scratch, &rng, &header, &list, &out));
		fixture_ok(keystore_box_key(reader, 1, out.data, shared));
		for (uint8_t i = 0; i < 4; i++) {
			uint8_t nonce[crypto_box_NONCEBYTES] = { [23] = i };
			uint8_t plain[ENVELOPE_SLOT_PLAIN_BYTES];
			struct span slot = envelope_slot(buf_span(&out), i);
			seen[i] +=
			    crypto_box_open_easy_afternm(plain, slot.data,
				slot.size, nonce, shared) == 0;
		}
		buf_clear(&out);
	}
	ck_assert_uint_eq(seen[0] + seen[1] + seen[2] + seen[3], 64);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_uint_gt(seen[i], 0);
	}
	keystore_close(author);
	keystore_close(reader);
}
END_TEST

static void three_epochs(struct secrets *secrets)
{
	for (uint8_t i = 1; i < 3; i++) {
		secrets->sealing[i].epoch = 1u + i;
		memset(secrets->sealing[i].secret, 0x40 + i, 32);
	}
	secrets->sealing_count = 3;
}

START_TEST(a_slot_of_any_epoch_still_held_opens)
{
	struct keystore *author = fixture_keystore(1);
	struct keystore *reader = fixture_keystore_with(2, three_epochs);
	const struct keystore_public *public = keystore_public(reader);
	struct header header = header_of(author);
	struct slots_scratch scratch;
	for (size_t i = 0; i < 3; i++) {
		struct seal_reader readers[2] = { fixture_reader(author),
			{ public->organisation, public->sealing[i].epoch,
			    public->sealing[i].key } };
		struct slots_list list = { readers, 2, chain };
		struct buf out = { 0 };
		uint8_t found[32];
		fixture_ok(
		    slots_put(&scratch, rng_system(), &header, &list, &out));
		fixture_ok(slots_find(
		    &scratch, reader, &header, buf_span(&out), found));
		ck_assert_mem_eq(found, chain, sizeof(chain));
		buf_clear(&out);
	}
	keystore_close(author);
	keystore_close(reader);
}
END_TEST

/* M26 */
START_TEST(a_block_with_a_low_order_key_is_refused)
{
	struct keystore *author = fixture_keystore(1);
	struct header header = header_of(author);
	struct slots_scratch scratch;
	struct seal_reader self = fixture_reader(author);
	struct slots_list list = { &self, 1, chain };
	struct buf out = { 0 };
	uint8_t found[32];
	fixture_ok(slots_put(&scratch, rng_system(), &header, &list, &out));
	memset(out.data, 0, 32);
	ck_assert_int_eq(
	    slots_find(&scratch, author, &header, buf_span(&out), found),
	    ERR_VERIFY);
	buf_clear(&out);
	keystore_close(author);
}
END_TEST

START_TEST(a_block_cut_at_any_length_is_refused)
{
	struct keystore *author = fixture_keystore(1);
	struct header header = header_of(author);
	struct slots_scratch scratch;
	struct seal_reader self = fixture_reader(author);
	struct slots_list list = { &self, 1, chain };
	struct buf out = { 0 };
	uint8_t found[32];
	fixture_ok(slots_put(&scratch, rng_system(), &header, &list, &out));
	for (size_t size = 0; size < out.size; size++) {
		ck_assert_int_eq(slots_find(&scratch, author, &header,
				     span_of(out.data, size), found),
		    ERR_FORMAT);
	}
	buf_clear(&out);
	keystore_close(author);
}
END_TEST

Suite *test_slots_suite(void)
{
	Suite *suite = suite_create("slots");
	TCase *tests = tcase_create("slots");
	tcase_add_test(tests, number_of_slots_is_padded_and_every_slot_a_box);
	tcase_add_test(tests, a_list_without_its_author_is_refused);
	tcase_add_test(
	    tests, a_reader_with_an_unusable_key_is_refused_and_nothing_left);
	tcase_add_test(tests, slots_stand_in_random_order);
	tcase_add_test(tests, a_slot_of_any_epoch_still_held_opens);
	tcase_add_test(tests, a_block_with_a_low_order_key_is_refused);
	tcase_add_test(tests, a_block_cut_at_any_length_is_refused);
	suite_add_tcase(suite, tests);
	return suite;
}
