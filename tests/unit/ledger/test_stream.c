#include "keys/seal.h"
#include "ledger/stream.h"

#include <check.h>
#include <string.h>

Suite *test_stream_suite(void);

static struct id32 id_with(uint8_t byte)
{
	struct id32 id;
	memset(&id, byte, sizeof(id));
	return id;
}

static struct header opening(void)
{
	struct header header = {
		.version = ENVELOPE_VERSION,
		.author = id_with(1),
		.generation = { { 2 } },
		.number = 1,
		.slotted = true,
		.audience_commitment = id_with(3),
		.nonce = { 4 },
	};
	seal_stream_id(&header, &header.stream);
	return header;
}

static enum stream_take judge(
    const struct stream *stream, const struct header *header, uint8_t record)
{
	const char *reason = NULL;
	struct id32 id = id_with(record);
	enum stream_take take =
	    stream_judge(stream, header, &id, NULL, &reason);
	ck_assert_ptr_nonnull(reason);
	ck_assert_int_eq(
	    reason[0] != '\0', take == STREAM_BREAKS || take == STREAM_REFUSES);
	return take;
}

static void take(
    struct stream *stream, const struct header *header, uint8_t record)
{
	struct id32 id = id_with(record);
	ck_assert_int_eq(judge(stream, header, record), STREAM_TAKES);
	stream_advance(stream, header, &id);
	ck_assert_uint_eq(stream->taken, header->number);
	ck_assert(id_equal(&stream->last, &id));
}

/* The next record as the author itself makes it. */
static struct header following(const struct stream *stream, bool slotted)
{
	struct header header = opening();
	stream_next(stream, slotted, &header);
	header.stream = stream->id;
	if (!slotted) {
		header.audience_commitment = id_with(0);
	}
	return header;
}

static struct stream opened(void)
{
	struct stream stream = { .taken = 0 };
	struct header header = opening();
	take(&stream, &header, 10);
	return stream;
}

/* M63 */
START_TEST(numbers_are_taken_in_order)
{
	struct stream stream = opened();
	for (uint8_t i = 1; i < 20; i++) {
		struct header header = following(&stream, i % 5 == 0);
		header.number++;
		ck_assert_int_eq(judge(&stream, &header, 99), STREAM_AHEAD);
		header.number--;
		take(&stream, &header, (uint8_t)(10 + i));
	}
	ck_assert_uint_eq(stream.taken, 20);
	ck_assert_uint_eq(stream.keyed_at, 16);
	struct header header = following(&stream, false);
	header.number = UINT64_MAX;
	ck_assert_int_eq(judge(&stream, &header, 99), STREAM_AHEAD);
	header.number = 0;
	ck_assert_int_eq(judge(&stream, &header, 99), STREAM_REFUSES);
}
END_TEST

START_TEST(the_author_makes_what_a_reader_takes)
{
	struct stream author = { .taken = 0 };
	struct header header = opening();
	stream_next(&author, true, &header);
	ck_assert_uint_eq(header.number, 1);
	ck_assert(id_is_zero(&header.previous));
	ck_assert(id_is_zero(&header.keyed_by));
	take(&author, &header, 10);
	stream_next(&author, false, &header);
	struct id32 first = id_with(10);
	ck_assert_uint_eq(header.number, 2);
	ck_assert(!header.slotted);
	ck_assert(id_equal(&header.previous, &first));
	ck_assert(id_equal(&header.keyed_by, &first));
}
END_TEST

/* M65 */
START_TEST(a_stream_is_opened_by_its_own_first_record_only)
{
	struct stream stream = { .taken = 0 };
	struct header header = opening();
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_TAKES);
	header.nonce[5] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_REFUSES);
	header = opening();
	header.author.b[0] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_REFUSES);
	header = opening();
	header.generation.b[7] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_REFUSES);
	header = opening();
	header.audience_commitment.b[0] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_REFUSES);
	header = opening();
	header.slotted = false;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_REFUSES);
	header = opening();
	header.previous.b[0] = 1;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_REFUSES);
	header = opening();
	header.version++;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_REFUSES);
	header = opening();
	header.number = 2;
	ck_assert_int_eq(judge(&stream, &header, 10), STREAM_AHEAD);
}
END_TEST

START_TEST(records_of_other_streams_are_refused)
{
	struct stream stream = opened();
	struct header header = following(&stream, false);
	header.author.b[31] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 11), STREAM_REFUSES);
	header = following(&stream, false);
	header.generation.b[0] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 11), STREAM_REFUSES);
	header = following(&stream, false);
	header.stream.b[0] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 11), STREAM_REFUSES);
}
END_TEST

/* M66, M67, M68 */
START_TEST(a_contradiction_breaks_the_stream)
{
	struct stream stream = opened();
	struct id32 record = id_with(11);
	const char *reason = NULL;
	struct header header = following(&stream, false);
	header.previous.b[0] ^= 1;
	ck_assert_int_eq(stream_judge(&stream, &header, &record, NULL, &reason),
	    STREAM_BREAKS);
	ck_assert_str_eq(reason, "wrong previous id");
	header = following(&stream, true);
	header.audience_commitment.b[9] ^= 1;
	ck_assert_int_eq(stream_judge(&stream, &header, &record, NULL, &reason),
	    STREAM_BREAKS);
	ck_assert_str_eq(reason, "changed audience");
	header = following(&stream, false);
	header.keyed_by.b[9] ^= 1;
	ck_assert_int_eq(stream_judge(&stream, &header, &record, NULL, &reason),
	    STREAM_BREAKS);
	ck_assert_str_eq(reason, "keyed by another record");
	/* The record that keyed before the last re-key. */
	struct id32 old = stream.keyed_by;
	header = following(&stream, true);
	take(&stream, &header, 11);
	header = following(&stream, false);
	header.keyed_by = old;
	ck_assert_int_eq(judge(&stream, &header, 12), STREAM_BREAKS);
}
END_TEST

/* M64 */
START_TEST(two_records_for_one_number_are_a_fork_at_any_time)
{
	struct stream stream = opened();
	struct header header = following(&stream, false);
	take(&stream, &header, 11);
	static const enum stream_status statuses[] = { STREAM_OPEN,
		STREAM_CLOSED, STREAM_BROKEN, STREAM_FORKED };
	for (size_t i = 0; i < 4; i++) {
		const char *reason = NULL;
		struct id32 held = id_with(11);
		struct id32 other = id_with(12);
		stream.status = statuses[i];
		ck_assert_int_eq(
		    stream_judge(&stream, &header, &held, &held, &reason),
		    STREAM_HELD);
		ck_assert_int_eq(
		    stream_judge(&stream, &header, &other, &held, &reason),
		    STREAM_BREAKS);
		ck_assert_str_eq(reason, "two records for one number");
	}
}
END_TEST

/* M70 */
START_TEST(an_ended_stream_takes_nothing_more)
{
	struct stream stream = opened();
	struct header header = following(&stream, false);
	stream.status = STREAM_CLOSED;
	ck_assert_int_eq(judge(&stream, &header, 11), STREAM_REFUSES);
	stream.status = STREAM_BROKEN;
	ck_assert_int_eq(judge(&stream, &header, 11), STREAM_REFUSES);
	stream.status = STREAM_FORKED;
	ck_assert_int_eq(judge(&stream, &header, 11), STREAM_REFUSES);
	header.number += 5;
	ck_assert_int_eq(judge(&stream, &header, 11), STREAM_REFUSES);
}
END_TEST

/* M69 */
START_TEST(a_newer_version_is_taken_by_its_frozen_fields)
{
	struct stream stream = opened();
	struct header newer = {
		.version = ENVELOPE_VERSION + 1,
		.author = stream.author,
		.generation = stream.generation,
		.stream = stream.id,
		.number = 2,
		.previous = stream.last,
	};
	newer.previous.b[0] ^= 1;
	ck_assert_int_eq(judge(&stream, &newer, 11), STREAM_BREAKS);
	newer.previous.b[0] ^= 1;
	take(&stream, &newer, 11);
	/* It may have re-keyed: any keying record is possible now. */
	struct header header = following(&stream, false);
	header.keyed_by = id_with(11);
	take(&stream, &header, 12);
	header = following(&stream, false);
	take(&stream, &header, 13);
	/* Until a record says so that can be read. */
	header = following(&stream, true);
	take(&stream, &header, 14);
	header = following(&stream, false);
	header.keyed_by = id_with(11);
	ck_assert_int_eq(judge(&stream, &header, 15), STREAM_BREAKS);
	/* The audience is the opening's for ever. */
	header = following(&stream, true);
	header.audience_commitment.b[0] ^= 1;
	ck_assert_int_eq(judge(&stream, &header, 15), STREAM_BREAKS);
}
END_TEST

START_TEST(every_status_has_its_name)
{
	ck_assert_str_eq(stream_status_name(STREAM_OPEN), "open");
	ck_assert_str_eq(stream_status_name(STREAM_CLOSED), "closed");
	ck_assert_str_eq(stream_status_name(STREAM_BROKEN), "broken");
	ck_assert_str_eq(stream_status_name(STREAM_FORKED), "forked");
}
END_TEST

Suite *test_stream_suite(void)
{
	Suite *suite = suite_create("stream");
	TCase *tests = tcase_create("stream");
	tcase_add_test(tests, numbers_are_taken_in_order);
	tcase_add_test(tests, the_author_makes_what_a_reader_takes);
	tcase_add_test(tests, a_stream_is_opened_by_its_own_first_record_only);
	tcase_add_test(tests, records_of_other_streams_are_refused);
	tcase_add_test(tests, a_contradiction_breaks_the_stream);
	tcase_add_test(
	    tests, two_records_for_one_number_are_a_fork_at_any_time);
	tcase_add_test(tests, an_ended_stream_takes_nothing_more);
	tcase_add_test(tests, a_newer_version_is_taken_by_its_frozen_fields);
	tcase_add_test(tests, every_status_has_its_name);
	suite_add_tcase(suite, tests);
	return suite;
}
