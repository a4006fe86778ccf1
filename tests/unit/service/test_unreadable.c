#include "writing.h"

#include <string.h>

Suite *test_unreadable_suite(void);

/* Node 0 is the author that breaks rules, 1 reads, 2 is in some audiences. */
static struct fixture fixture;
static struct evil evil;

static void setup(void)
{
	fixture_open(&fixture, 3);
	evil_init(&evil, &fixture, 0);
}

static void teardown(void)
{
	evil_clear(&evil);
	fixture_close(&fixture);
}

static void readable(const struct id32 *id)
{
	fixture_assert_state(
	    &fixture, 1, id, RECORD_READABLE, RECORD_NO_REASON);
}

START_TEST(a_good_author_of_another_program_is_read)
{
	struct evil_stream stream;
	struct id32 opening;
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	opening = writing_key(&evil, &stream);
	id = writing_text(&evil, &stream, "good");
	readable(&opening);
	fixture_assert_text(&fixture, 1, &id, "good");
	writing_nothing_is_wedged(&evil, &stream);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
}
END_TEST

/* M170 */
START_TEST(only_a_slot_bearing_record_carries_an_audience)
{
	struct evil_stream stream;
	struct buf payload = { 0 };
	struct evil_spec content = { .slotted = false };
	struct evil_spec keying = { .slotted = true,
		.text = "not an audience" };
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	writing_key(&evil, &stream);
	evil_audience_payload(&stream, &payload);
	content.payload = buf_span(&payload);
	id = writing_make(&evil, &stream, &content);
	writing_unreadable(&evil, &id, RECORD_BAD_PAYLOAD);
	id = writing_make(&evil, &stream, &keying);
	writing_unreadable(&evil, &id, RECORD_BAD_PAYLOAD);
	buf_clear(&payload);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

/* What may be wrong with an audience, its commitment being good. */
static void swap_ids(struct evil_stream *stream)
{
	struct id32 first = stream->ids[0];

	stream->ids[0] = stream->ids[1];
	stream->ids[1] = first;
}

static void repeat_id(struct evil_stream *stream)
{
	stream->ids[stream->count] = stream->ids[stream->count - 1];
	stream->count++;
}

static void drop(struct evil_stream *stream, size_t of)
{
	size_t kept = 0;

	for (size_t i = 0; i < stream->count; i++) {
		if (!id_equal(&stream->ids[i], node_id(fixture.nodes[of]))) {
			stream->ids[kept++] = stream->ids[i];
		}
	}
	stream->count = kept;
}

static void drop_author(struct evil_stream *stream)
{
	drop(stream, 0);
}

static void drop_reader(struct evil_stream *stream)
{
	drop(stream, 1);
}

static void drop_all(struct evil_stream *stream)
{
	stream->count = 0;
}

static void (*const audience_faults[])(struct evil_stream *) = { swap_ids,
	repeat_id, drop_author, drop_reader, drop_all };

/* M171 */
START_TEST(an_audience_is_sorted_unique_and_holds_author_and_reader)
{
	struct evil_stream stream;
	struct evil_spec spec = { .slotted = true,
		.slots_for = (1u << 1) | (1u << 2) };
	struct id32 id;

	evil_audience(&evil, spec.slots_for, &stream);
	audience_faults[_i](&stream);
	seal_audience_commitment(stream.ids, stream.count, &stream.salt,
	    &stream.state.audience_commitment);
	id = writing_make(&evil, &stream, &spec);
	writing_unreadable(&evil, &id, RECORD_BAD_AUDIENCE);
	ck_assert_ptr_null(fixture.nodes[1]->streams[0].readers);
	id = writing_text(&evil, &stream, "under a chain nobody vouches for");
	writing_unreadable(&evil, &id, RECORD_NO_CHAIN);
	evil_audience(&evil, 1u << 1, &stream);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

/* M171 */
START_TEST(an_audience_fits_the_commitment_in_the_header)
{
	struct evil_stream stream;
	struct evil_stream lie;
	struct buf payload = { 0 };
	struct evil_spec spec = { .slotted = true };
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	lie = stream;
	lie.salt.b[7] ^= 1;
	evil_audience_payload(&lie, &payload);
	spec.payload = buf_span(&payload);
	id = writing_make(&evil, &stream, &spec);
	writing_unreadable(&evil, &id, RECORD_BAD_AUDIENCE);
	ck_assert_ptr_null(fixture.nodes[1]->streams[0].readers);
	buf_clear(&payload);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

/* M171: also when the bytes come later than the number. */
START_TEST(an_audience_that_comes_late_is_judged_all_the_same)
{
	struct evil_stream stream;
	struct evil_record record;
	struct evil_record empty;
	struct evil_spec spec = { .slotted = true };
	struct buf payload = { 0 };
	struct evil_stream lie;
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	lie = stream;
	if (_i) {
		lie.salt.b[7] ^= 1;
	}
	evil_audience_payload(&lie, &payload);
	spec.payload = buf_span(&payload);
	evil_make(&evil, &stream, &spec, &record);
	empty = record;
	empty.body = (struct buf){ 0 };
	{
		const struct evil_record *const one[] = { &empty };
		struct replica_taken taken;

		OK(evil_give(&evil, 1, one, 1, &taken));
	}
	fixture_assert_state(
	    &fixture, 1, &record.id, RECORD_BODYLESS, RECORD_NO_BODY);
	ck_assert_ptr_null(fixture.nodes[1]->streams[0].readers);
	id = writing_give(&evil, &record, ERR_OK);
	if (_i) {
		writing_unreadable(&evil, &id, RECORD_BAD_AUDIENCE);
		ck_assert_ptr_null(fixture.nodes[1]->streams[0].readers);
	} else {
		readable(&id);
		ck_assert_uint_eq(fixture.nodes[1]->streams[0].reader_count, 2);
	}
	buf_clear(&payload);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

/*
 * M172: what does not open.
 */

static void spoil_commitment(struct header *header)
{
	header->key_commitment.b[0] ^= 1;
}

static void spoil_nonce(struct header *header)
{
	header->nonce[0] ^= 1;
}

/* M172 */
START_TEST(a_record_that_does_not_open_does_not_stop_its_stream)
{
	static void (*const faults[])(
	    struct header *) = { spoil_commitment, spoil_nonce };
	struct evil_stream stream;
	struct evil_spec spec = { .text = "lost", .before_log = faults[_i] };
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	writing_key(&evil, &stream);
	id = writing_make(&evil, &stream, &spec);
	writing_unreadable(&evil, &id, RECORD_BAD_COMMITMENT);
	id = writing_text(&evil, &stream, "the next opens");
	fixture_assert_text(&fixture, 1, &id, "the next opens");
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

/* M172: two plaintexts: what the slots hand out is not what the author
 * committed to. */
START_TEST(a_chain_key_that_the_commitment_denies_is_thrown_away)
{
	struct evil_stream stream;
	struct evil_spec spec = { .slotted = true, .other_chain = true };
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	id = writing_make(&evil, &stream, &spec);
	writing_unreadable(&evil, &id, RECORD_BAD_COMMITMENT);
	id = writing_text(&evil, &stream, "not under that key");
	writing_unreadable(&evil, &id, RECORD_NO_CHAIN);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

/* M172 */
START_TEST(a_record_without_a_slot_for_us_is_kept_and_named)
{
	struct evil_stream stream;
	struct evil_spec spec = { .slotted = true, .slots_for = 1u << 2 };
	struct id32 id;

	evil_audience(&evil, (1u << 1) | (1u << 2), &stream);
	id = writing_make(&evil, &stream, &spec);
	writing_unreadable(&evil, &id, RECORD_NO_SLOT);
	id = writing_text(&evil, &stream, "not for us");
	writing_unreadable(&evil, &id, RECORD_NO_CHAIN);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

static void other_number(struct header *header)
{
	header->number += 7;
}

static void other_generation(struct header *header)
{
	header->generation.b[3] ^= 1;
}

static void other_stream(struct header *header)
{
	header->stream.b[3] ^= 1;
}

static void other_epoch(struct seal_reader *reader)
{
	reader->epoch++;
}

static void other_reader(struct seal_reader *reader)
{
	reader->organisation.b[3] ^= 1;
}

/* M172 */
START_TEST(a_slot_that_says_something_else_is_not_believed)
{
	static const struct evil_spec faults[] = {
		{ .slotted = true, .before_slots = other_number },
		{ .slotted = true, .before_slots = other_generation },
		{ .slotted = true, .before_slots = other_stream },
		{ .slotted = true, .slot_of = other_epoch },
		{ .slotted = true, .slot_of = other_reader },
	};
	struct evil_stream stream;
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	id = writing_make(&evil, &stream, &faults[_i]);
	writing_unreadable(&evil, &id, RECORD_BAD_SLOT);
	id = writing_text(&evil, &stream, "not under that key");
	writing_unreadable(&evil, &id, RECORD_NO_CHAIN);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

static void version_2(struct buf *bytes)
{
	bytes->data[0] = 2;
	bytes->size = ENVELOPE_FROZEN_BYTES + 40;
}

/* M172 */
START_TEST(a_header_of_a_later_version_is_kept_and_passed_over)
{
	struct evil_stream stream;
	struct evil_spec spec = { .text = "from the future",
		.bytes = version_2 };
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	writing_key(&evil, &stream);
	id = writing_make(&evil, &stream, &spec);
	writing_unreadable(&evil, &id, RECORD_NEW_VERSION);
	id = writing_text(&evil, &stream, "perhaps keyed by it");
	writing_unreadable(&evil, &id, RECORD_NO_CHAIN);
	fixture_restart(&fixture, 1, true);
	id = writing_text(&evil, &stream, "still");
	writing_unreadable(&evil, &id, RECORD_NO_CHAIN);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

/* M172: the same within one message. */
START_TEST(a_later_version_in_the_middle_of_a_batch_takes_the_chain_away)
{
	struct evil_stream stream;
	struct evil_spec spec = { .text = "from the future",
		.bytes = version_2 };
	struct evil_record records[5];
	const struct evil_record *list[5];
	struct replica_taken taken;

	evil_audience(&evil, 1u << 1, &stream);
	evil_key(&evil, &stream, &records[0]);
	evil_text(&evil, &stream, "before", &records[1]);
	evil_make(&evil, &stream, &spec, &records[2]);
	evil_text(&evil, &stream, "after", &records[3]);
	evil_key(&evil, &stream, &records[4]);
	for (size_t i = 0; i < 5; i++) {
		list[i] = &records[i];
	}
	OK(evil_give(&evil, 1, list, 5, &taken));
	ck_assert_uint_eq(taken.taken, 5);
	fixture_assert_text(&fixture, 1, &records[1].id, "before");
	writing_unreadable(&evil, &records[2].id, RECORD_NEW_VERSION);
	writing_unreadable(&evil, &records[3].id, RECORD_NO_CHAIN);
	readable(&records[4].id);
	for (size_t i = 0; i < 5; i++) {
		evil_record_clear(&records[i]);
	}
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

static void other_size(struct header *header)
{
	header->body_size += 7;
}

/* M173: the author lies about its size: no bytes ever fit. */
START_TEST(a_body_that_can_never_fit_is_never_taken)
{
	struct evil_stream stream;
	struct evil_spec spec = { .text = "misjudged",
		.before_log = other_size };
	struct id32 id;

	evil_audience(&evil, 1u << 1, &stream);
	writing_key(&evil, &stream);
	id = writing_make(&evil, &stream, &spec);
	fixture_assert_state(&fixture, 1, &id, RECORD_BODYLESS, RECORD_NO_BODY);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 1);
	writing_nothing_is_wedged(&evil, &stream);
}
END_TEST

START_TEST(a_stream_is_not_opened_by_a_later_version)
{
	struct evil_stream stream;
	struct evil_spec spec = { .slotted = true, .bytes = version_2 };
	struct evil_record record;

	evil_audience(&evil, 1u << 1, &stream);
	evil_make(&evil, &stream, &spec, &record);
	(void)writing_give(&evil, &record, ERR_DENIED);
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), 0);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 1);
}
END_TEST

Suite *test_unreadable_suite(void)
{
	Suite *suite = suite_create("unreadable");
	TCase *tcase = tcase_create("by hand");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_good_author_of_another_program_is_read);
	tcase_add_test(tcase, only_a_slot_bearing_record_carries_an_audience);
	tcase_add_loop_test(tcase,
	    an_audience_is_sorted_unique_and_holds_author_and_reader, 0, 5);
	tcase_add_test(tcase, an_audience_fits_the_commitment_in_the_header);
	tcase_add_loop_test(
	    tcase, an_audience_that_comes_late_is_judged_all_the_same, 0, 2);
	tcase_add_loop_test(
	    tcase, a_record_that_does_not_open_does_not_stop_its_stream, 0, 2);
	tcase_add_test(
	    tcase, a_chain_key_that_the_commitment_denies_is_thrown_away);
	tcase_add_test(tcase, a_record_without_a_slot_for_us_is_kept_and_named);
	tcase_add_loop_test(
	    tcase, a_slot_that_says_something_else_is_not_believed, 0, 5);
	tcase_add_test(
	    tcase, a_header_of_a_later_version_is_kept_and_passed_over);
	tcase_add_test(tcase, a_stream_is_not_opened_by_a_later_version);
	tcase_add_test(tcase,
	    a_later_version_in_the_middle_of_a_batch_takes_the_chain_away);
	tcase_add_test(tcase, a_body_that_can_never_fit_is_never_taken);
	suite_add_tcase(suite, tcase);
	return suite;
}
