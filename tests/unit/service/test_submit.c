#include "fixture.h"

#include "codec/canon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_submit_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 4);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct id32 share(unsigned mask, const char *text)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, mask, text, &record));
	OK(node_commit(fixture.nodes[0]));
	return record;
}

/* Slot-bearing records held at 0. */
static size_t keyings(void)
{
	struct views *views = fixture.nodes[0]->views;
	size_t count = 0;

	for (uint32_t rid = 1; rid <= views_count(views); rid++) {
		count += views_get(views, rid)->slotted;
	}
	return count;
}

static void read_by_1(const struct id32 *record, const char *text)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, record, text);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}

START_TEST(one_audience_has_one_stream_however_it_is_named)
{
	Qsg__Override override;
	int64_t orgs[5];
	Qsg__Payload payload;
	Qsg__Closed closed;
	struct id32 record;

	share((1u << 1) | (1u << 2), "one");
	ck_assert_uint_eq(keyings(), 1);
	orgs[0] = fixture_org(&fixture, 0, 2);
	orgs[1] = fixture_org(&fixture, 0, 1);
	orgs[2] = fixture_org(&fixture, 0, 2);
	orgs[3] = 1;
	qsg__payload__init(&payload);
	qsg__override__init(&override);
	qsg__closed__init(&closed);
	payload.content_case = QSG__PAYLOAD__CONTENT_OVERRIDE;
	payload.override = &override;
	OK(submit_payload(fixture.nodes[0], orgs, 4, &payload, &record));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(keyings(), 1);
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 1);
	share(1u << 1, "another audience");
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 2);
	share(0, "ours");
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 3);
}
END_TEST

static struct state_stream *share_as(uint8_t group, uint64_t epoch)
{
	const int64_t org = fixture_org(&fixture, 0, 1);
	const struct submit_audience audience = {
		.readers = &org, .count = 1, .group = { { { group } }, epoch }
	};
	Qsg__Payload payload;
	Qsg__Override nothing;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__override__init(&nothing);
	payload.content_case = QSG__PAYLOAD__CONTENT_OVERRIDE;
	payload.override = &nothing;
	OK(submit_to(fixture.nodes[0], &audience, &payload, &record));
	OK(node_commit(fixture.nodes[0]));
	return state_stream(
	    fixture.nodes[0], fixture_view(&fixture, 0, &record)->stream);
}

/* M349: the readers are told, whatever else is shared with the same ones; and
 * it stays so over a start. */
START_TEST(the_audience_of_a_group_names_it_and_its_epoch)
{
	struct replica_taken taken;
	const struct state_stream *there = NULL;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(share_as(0, 0)->row.stream, 1);
		ck_assert_int_eq(share_as(7, 3)->row.stream, 2);
		/* M411: the same readers in another epoch. */
		ck_assert_int_eq(share_as(7, 4)->row.stream, 2);
		ck_assert_int_eq(share_as(8, 4)->row.stream, 3);
		fixture_restart(&fixture, 0, _i);
	}
	/* A new key for the same audience names it again. */
	fixture.now_ms += LIMIT_REKEY_AGE_MS;
	ck_assert_int_eq(share_as(7, 3)->row.stream, 2);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	there = state_stream_by_id(
	    fixture.nodes[1], &state_stream(fixture.nodes[0], 2)->row.state.id);
	ck_assert_int_eq(there->group.b[0], 7);
	ck_assert_uint_eq(there->group_epoch, 3);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(a_reader_nobody_knows_is_refused_before_anything_is_staged)
{
	int64_t org = 77;
	Qsg__Payload payload;
	struct id32 record;

	qsg__payload__init(&payload);
	FAILS(submit_payload(fixture.nodes[0], &org, 1, &payload, &record),
	    ERR_NOTFOUND);
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert_uint_eq(views_count(fixture.nodes[0]->views), 0);
}
END_TEST

START_TEST(a_record_that_is_too_large_is_refused_before_anything_is_staged)
{
	size_t size = LIMIT_RECORD_BYTES - 8000;
	char *text = malloc(size + 1);
	struct id32 record;

	memset(text, 'x', size);
	text[size] = '\0';
	FAILS(fixture_share(&fixture, 0, 1u << 1, text, &record), ERR_LIMIT);
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert_uint_eq(views_count(fixture.nodes[0]->views), 0);
	free(text);
	record = share(1u << 1, "small");
	read_by_1(&record, "small");
}
END_TEST

/* M175 */
START_TEST(a_stream_is_rekeyed_after_a_thousand_records)
{
	struct id32 record;

	/* The opening is one of them. */
	for (size_t i = 0; i < LIMIT_REKEY_RECORDS; i++) {
		OK(fixture_share(&fixture, 0, 1u << 1, "again", &record));
	}
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(keyings(), 1);
	record = share(1u << 1, "and again");
	ck_assert_uint_eq(keyings(), 2);
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 1);
	read_by_1(&record, "and again");
}
END_TEST

/* M175 */
START_TEST(a_stream_is_rekeyed_after_thirty_days)
{
	struct id32 record;

	share(1u << 1, "one");
	fixture.now_ms += LIMIT_REKEY_AGE_MS - 1;
	share(1u << 1, "two");
	ck_assert_uint_eq(keyings(), 1);
	fixture_restart(&fixture, 0, true);
	fixture.now_ms += 1;
	record = share(1u << 1, "three");
	ck_assert_uint_eq(keyings(), 2);
	record = share(1u << 1, "four");
	ck_assert_uint_eq(keyings(), 2);
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 1);
	read_by_1(&record, "four");
}
END_TEST

struct turn {
	uint64_t version;
	uint32_t epoch;
	size_t key_of; /* whose sealing key it borrows */
};

static void turn_epoch(Qsg__Card *card, void *context)
{
	const struct turn *turn = context;
	const Qsg__SealingKey *key =
	    card_sealing(node_card(fixture.nodes[turn->key_of]));

	card->version = turn->version;
	card->sealing_keys[0]->epoch = turn->epoch;
	memcpy(card->sealing_keys[0]->key.data, key->key.data, 32);
}

/* 1 tells 0 of a new sealing epoch. */
static void new_epoch(uint64_t version, uint32_t epoch)
{
	struct turn turn = { version, epoch, epoch % 2 ? 2 : 3 };
	enum peers_outcome outcome = PEERS_SAME;
	struct buf card = { 0 };

	fixture_claim_card(&fixture, 1, turn_epoch, &turn, &card);
	OK(peers_take_card(fixture.nodes[0], buf_span(&card), &outcome));
	ck_assert_int_eq(outcome, PEERS_UPDATED);
	OK(node_commit(fixture.nodes[0]));
	buf_clear(&card);
}

/* M175 */
START_TEST(a_stream_is_rekeyed_when_a_reader_has_a_new_epoch)
{
	share(1u << 1, "one");
	share(1u << 2, "not to 1");
	ck_assert_uint_eq(keyings(), 2);
	fixture.now_ms += 2 * FIXTURE_DAY_MS;
	new_epoch(2, 2);
	share(1u << 1, "two");
	ck_assert_uint_eq(keyings(), 3);
	share(1u << 1, "three");
	share(1u << 2, "not to 1");
	ck_assert_uint_eq(keyings(), 3);
	/* A newer card of the same epoch changes nothing. */
	fixture.now_ms += 2 * FIXTURE_DAY_MS;
	new_epoch(3, 2);
	share(1u << 1, "four");
	ck_assert_uint_eq(keyings(), 3);
}
END_TEST

/* M175: one re-key a stream and day, however often the epoch turns. */
START_TEST(a_reader_causes_one_rekey_a_day)
{
	share(1u << 1, "one");
	for (uint32_t i = 2; i < 6; i++) {
		fixture.now_ms += FIXTURE_HOUR_MS;
		new_epoch(i, i);
		share(1u << 1, "same day");
		ck_assert_uint_eq(keyings(), 1);
	}
	fixture_restart(&fixture, 0, true);
	share(1u << 1, "same day");
	ck_assert_uint_eq(keyings(), 1);
	fixture.now_ms += FIXTURE_DAY_MS - 4 * FIXTURE_HOUR_MS;
	share(1u << 1, "next day");
	ck_assert_uint_eq(keyings(), 2);
	share(1u << 1, "next day");
	ck_assert_uint_eq(keyings(), 2);
}
END_TEST

/* An audience of its own, as cheaply as can be: only the clock is spent. */
static void use_up_keying(void)
{
	for (size_t i = 0; i < LIMIT_KEYING_PER_HOUR; i++) {
		fixture.nodes[0]->keyed_ms[i] = fixture.now_ms;
	}
}

/* M176 */
START_TEST(more_than_sixty_new_audiences_an_hour_are_refused)
{
	struct id32 record;

	/* Every one really made: a stream idle for 90 days is not used again,
	 * and the clock of the author stands still meanwhile. */
	for (size_t i = 0; i < LIMIT_KEYING_PER_HOUR; i++) {
		share(1u << 1, "opens a stream");
		fixture.nodes[0]->streams[i].row.state.status = STREAM_CLOSED;
	}
	ck_assert_uint_eq(keyings(), LIMIT_KEYING_PER_HOUR);
	FAILS(fixture_share(&fixture, 0, 1u << 2, "too many", &record),
	    ERR_LIMIT);
	OK(node_commit(fixture.nodes[0]));
	fixture_restart(&fixture, 0, true);
	fixture.now_ms += FIXTURE_HOUR_MS - 1;
	FAILS(fixture_share(&fixture, 0, 1u << 2, "too many", &record),
	    ERR_LIMIT);
	OK(node_commit(fixture.nodes[0]));
	fixture.now_ms += 1;
	share(1u << 2, "an hour later");
	ck_assert_uint_eq(keyings(), LIMIT_KEYING_PER_HOUR + 1);
}
END_TEST

/* M176: a re-key that is due waits, and the record is made all the same. */
START_TEST(a_rekey_waits_for_its_hour)
{
	struct id32 record;

	share(1u << 1, "one");
	fixture.now_ms += LIMIT_REKEY_AGE_MS;
	use_up_keying();
	record = share(1u << 1, "two");
	ck_assert_uint_eq(keyings(), 1);
	read_by_1(&record, "two");
	fixture.now_ms += FIXTURE_HOUR_MS;
	record = share(1u << 1, "three");
	ck_assert_uint_eq(keyings(), 2);
	read_by_1(&record, "three");
}
END_TEST

START_TEST(a_clock_set_back_does_not_end_keying_for_good)
{
	use_up_keying();
	fixture.now_ms -= 365 * FIXTURE_DAY_MS;
	share(1u << 1, "long ago");
	ck_assert_uint_eq(keyings(), 1);
}
END_TEST

/* M177 */
START_TEST(a_stream_without_a_record_for_ninety_days_is_not_used_again)
{
	struct id32 record;

	share(1u << 1, "one");
	fixture.now_ms += LIMIT_STREAM_IDLE_MS - 1;
	share(1u << 1, "two");
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 1);
	fixture_restart(&fixture, 0, true);
	fixture.now_ms += LIMIT_STREAM_IDLE_MS;
	record = share(1u << 1, "three");
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 2);
	record = share(1u << 1, "four");
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 2);
	read_by_1(&record, "four");
}
END_TEST

START_TEST(a_stream_that_was_closed_is_not_used_again)
{
	Qsg__Payload payload;
	Qsg__Closed closed;
	int64_t org = fixture_org(&fixture, 0, 1);
	struct id32 record;

	share(1u << 1, "one");
	qsg__payload__init(&payload);
	qsg__closed__init(&closed);
	payload.content_case = QSG__PAYLOAD__CONTENT_CLOSED;
	payload.closed = &closed;
	OK(submit_payload(fixture.nodes[0], &org, 1, &payload, &record));
	OK(node_commit(fixture.nodes[0]));
	fixture_restart(&fixture, 0, _i);
	record = share(1u << 1, "two");
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 2);
	read_by_1(&record, "two");
}
END_TEST

/* M179: author and reader, over power cuts at every place. */
START_TEST(chain_and_position_are_durable_with_the_record)
{
	struct replica_taken taken;
	struct id32 records[6];
	struct id32 lost;
	char text[20];

	for (int i = 0; i < 6; i++) {
		(void)snprintf(text, sizeof text, "text %d", i);
		records[i] = share(1u << 1, text);
		if (i % 2) {
			OK(fixture_share(&fixture, 0, 1u << 1, "lost", &lost));
			fixture_restart(&fixture, 0, true);
			ck_assert_ptr_null(fixture_view(&fixture, 0, &lost));
		}
		fixture_restart(&fixture, 0, true);
		if (i % 3 == 0) {
			OK(fixture_pull(&fixture, 1, 0, &taken));
			fixture_restart(&fixture, 1, true);
		}
	}
	OK(fixture_pull(&fixture, 1, 0, &taken));
	for (int i = 0; i < 6; i++) {
		(void)snprintf(text, sizeof text, "text %d", i);
		fixture_assert_text(&fixture, 0, &records[i], text);
		fixture_assert_text(&fixture, 1, &records[i], text);
	}
	ck_assert_ptr_null(fixture_view(&fixture, 1, &lost));
	read_by_1(&records[5], "text 5");
}
END_TEST

Suite *test_submit_suite(void)
{
	Suite *suite = suite_create("submit");
	TCase *tcase = tcase_create("submit");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_audience_has_one_stream_however_it_is_named);
	tcase_add_loop_test(
	    tcase, the_audience_of_a_group_names_it_and_its_epoch, 0, 2);
	tcase_add_test(
	    tcase, a_reader_nobody_knows_is_refused_before_anything_is_staged);
	tcase_add_test(tcase,
	    a_record_that_is_too_large_is_refused_before_anything_is_staged);
	tcase_add_test(tcase, a_stream_is_rekeyed_after_a_thousand_records);
	tcase_add_test(tcase, a_stream_is_rekeyed_after_thirty_days);
	tcase_add_test(
	    tcase, a_stream_is_rekeyed_when_a_reader_has_a_new_epoch);
	tcase_add_test(tcase, a_reader_causes_one_rekey_a_day);
	tcase_add_test(
	    tcase, more_than_sixty_new_audiences_an_hour_are_refused);
	tcase_add_test(tcase, a_rekey_waits_for_its_hour);
	tcase_add_test(tcase, a_clock_set_back_does_not_end_keying_for_good);
	tcase_add_test(
	    tcase, a_stream_without_a_record_for_ninety_days_is_not_used_again);
	tcase_add_loop_test(
	    tcase, a_stream_that_was_closed_is_not_used_again, 0, 2);
	tcase_add_test(tcase, chain_and_position_are_durable_with_the_record);
	suite_add_tcase(suite, tcase);
	return suite;
}
