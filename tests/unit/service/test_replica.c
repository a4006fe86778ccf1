#include "fixture.h"

#include "codec/canon.h"
#include "service/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_replica_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 3);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

START_TEST(a_reader_opens_what_another_may_not_even_ask_for)
{
	struct replica_taken taken;
	struct id32 record;

	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "call bells", &record), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	ck_assert_int_eq(fixture_pull(&fixture, 1, 0, &taken), ERR_OK);
	ck_assert_int_eq(fixture_pull(&fixture, 2, 0, &taken), ERR_OK);
	fixture_assert_text(&fixture, 0, &record, "call bells");
	fixture_assert_text(&fixture, 1, &record, "call bells");
	ck_assert_uint_eq(views_find(fixture.nodes[2]->views, &record), 0);
	ck_assert_uint_eq(views_count(fixture.nodes[2]->views), 0);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(nothing_staged_is_offered_or_supplied)
{
	struct replica_taken taken;
	Qsg__Advertise offers;
	uint64_t next = 0;
	bool more = false;
	struct id32 record;

	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "first", &record), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "second", &record), ERR_OK);
	ck_assert_int_eq(
	    replica_offers(fixture.nodes[0], peers_get(fixture.nodes[0], 2),
		true, 0, &offers, &next, &more),
	    ERR_OK);
	for (size_t i = 0; i < offers.n_offers; i++) {
		ck_assert_mem_ne(
		    offers.offers[i]->record.data, record.b, sizeof record.b);
	}
	replica_free_offers(&offers);
	ck_assert_int_eq(fixture_pull(&fixture, 1, 0, &taken), ERR_OK);
	ck_assert_uint_eq(views_find(fixture.nodes[1]->views, &record), 0);
}
END_TEST

START_TEST(a_co_reader_passes_on_what_the_author_wrote)
{
	struct replica_taken taken;
	struct id32 records[40];
	char text[32];

	for (int i = 0; i < 40; i++) {
		(void)snprintf(text, sizeof text, "text %d", i);
		ck_assert_int_eq(
		    fixture_share(&fixture, 0,
			i % 3 ? (1u << 1) | (1u << 2) : 0, text, &records[i]),
		    ERR_OK);
		ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
		if (i % 7 == 0) {
			ck_assert_int_eq(
			    fixture_pull(&fixture, 1, 0, &taken), ERR_OK);
		}
	}
	ck_assert_int_eq(fixture_pull(&fixture, 1, 0, &taken), ERR_OK);
	fixture_restart(&fixture, 1, true);
	ck_assert_int_eq(fixture_pull(&fixture, 2, 1, &taken), ERR_OK);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(text, sizeof text, "text %d", i);
		fixture_assert_text(
		    &fixture, 2, &records[i], i % 3 ? text : "");
	}
	fixture_assert_verifies(&fixture, 1);
	fixture_assert_verifies(&fixture, 2);
}
END_TEST

START_TEST(a_stream_is_rekeyed_and_read_on)
{
	struct replica_taken taken;
	struct id32 record;
	const struct view_record *view = NULL;
	size_t slotted = 0;

	for (size_t i = 0; i < 2 * LIMIT_REKEY_RECORDS + 10; i++) {
		ck_assert_int_eq(
		    fixture_share(&fixture, 0, 1u << 1, "again", &record),
		    ERR_OK);
	}
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	ck_assert_int_eq(fixture_pull(&fixture, 1, 0, &taken), ERR_OK);
	fixture_assert_text(&fixture, 1, &record, "again");
	for (size_t i = 1; i <= views_count(fixture.nodes[1]->views); i++) {
		view = views_get(fixture.nodes[1]->views, (uint32_t)i);
		slotted += view->slotted;
		ck_assert_int_eq(view->state, RECORD_READABLE);
	}
	ck_assert_uint_eq(slotted, 3);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(everything_is_there_after_a_crash_and_after_a_clean_stop)
{
	struct replica_taken taken;
	struct id32 kept;
	struct id32 lost;

	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "kept", &kept), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "lost", &lost), ERR_OK);
	fixture_restart(&fixture, 0, true);
	fixture_assert_text(&fixture, 0, &kept, "kept");
	ck_assert_uint_eq(views_find(fixture.nodes[0]->views, &lost), 0);
	fixture_restart(&fixture, 0, false);
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "new", &lost), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	ck_assert_int_eq(fixture_pull(&fixture, 1, 0, &taken), ERR_OK);
	fixture_assert_text(&fixture, 1, &kept, "kept");
	fixture_assert_text(&fixture, 1, &lost, "new");
	fixture_restart(&fixture, 1, false);
	fixture_assert_text(&fixture, 1, &lost, "new");
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(an_old_copy_of_the_records_signs_nothing)
{
	struct id32 record;
	const char *why = NULL;

	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "one", &record), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	fixture_copy_file(&fixture, 0, "records.db", "old.db");
	ck_assert_int_eq(fixture_reopen(&fixture, 0), ERR_OK);
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "two", &record), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	fixture_copy_file(&fixture, 0, "old.db", "records.db");
	ck_assert_int_eq(fixture_reopen(&fixture, 0), ERR_OK);
	ck_assert(!node_may_sign(fixture.nodes[0], &why));
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "three", &record), ERR_STATE);
}
END_TEST

static Qsg__Advertise offers_of(
    size_t at, size_t to, bool own, uint64_t cursor, uint64_t *next, bool *more)
{
	Qsg__Advertise offers;

	OK(replica_offers(fixture.nodes[at], fixture_peer(&fixture, at, to),
	    own, cursor, &offers, next, more));
	return offers;
}

START_TEST(offers_name_what_both_read_and_what_changed)
{
	struct replica_taken taken;
	struct id32 record;
	Qsg__Advertise offers;
	uint64_t next = 0;
	bool more = true;

	OK(fixture_share(&fixture, 0, 1u << 1, "to 1", &record));
	OK(fixture_share(&fixture, 0, 1u << 2, "to 2", &record));
	OK(fixture_share(
	    &fixture, 0, (1u << 1) | (1u << 2), "to both", &record));
	OK(fixture_share(&fixture, 0, 0, "to none", &record));
	OK(node_commit(fixture.nodes[0]));
	offers = offers_of(0, 1, false, 0, &next, &more);
	ck_assert_uint_eq(offers.n_offers, 2);
	ck_assert(!more);
	replica_free_offers(&offers);
	offers = offers_of(0, 1, false, next, &next, &more);
	ck_assert_uint_eq(offers.n_offers, 0);
	replica_free_offers(&offers);
	OK(fixture_share(
	    &fixture, 0, (1u << 1) | (1u << 2), "to both", &record));
	OK(node_commit(fixture.nodes[0]));
	offers = offers_of(0, 1, false, next, &next, &more);
	ck_assert_uint_eq(offers.n_offers, 1);
	ck_assert_uint_eq(offers.offers[0]->number, 3);
	ck_assert_mem_eq(offers.offers[0]->record.data, record.b, 32);
	replica_free_offers(&offers);
	/* A co-reader offers what both read, and nothing as its own. */
	OK(fixture_pull(&fixture, 1, 0, &taken));
	offers = offers_of(1, 2, false, 0, &next, &more);
	ck_assert_uint_eq(offers.n_offers, 1);
	replica_free_offers(&offers);
	offers = offers_of(1, 2, true, 0, &next, &more);
	ck_assert_uint_eq(offers.n_offers, 0);
	replica_free_offers(&offers);
	/* The author is told of its own, and wants none of it. */
	offers = offers_of(1, 0, false, 0, &next, &more);
	ck_assert_uint_eq(offers.n_offers, 2);
	{
		struct replica_range range;

		ck_assert_int_eq(
		    replica_plan(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
			offers.offers[0], &range),
		    REPLICA_NOTHING);
		offers.offers[0]->author.data[0] ^= 1;
		ck_assert_int_eq(
		    replica_plan(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
			offers.offers[0], &range),
		    REPLICA_UNKNOWN);
		offers.offers[0]->stream.len = 31;
		ck_assert_int_eq(
		    replica_plan(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
			offers.offers[0], &range),
		    REPLICA_UNKNOWN);
	}
	replica_free_offers(&offers);
}
END_TEST

START_TEST(what_one_peer_gives_is_not_asked_of_another_meanwhile)
{
	struct replica_range range;
	struct id32 record;
	struct replica_taken taken;
	Qsg__Advertise offers;
	uint64_t next = 0;
	bool more = false;

	OK(fixture_share(&fixture, 0, (1u << 1) | (1u << 2), "one", &record));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	OK(fixture_share(&fixture, 0, (1u << 1) | (1u << 2), "two", &record));
	OK(node_commit(fixture.nodes[0]));
	offers = offers_of(0, 1, false, 0, &next, &more);
	ck_assert_int_eq(
	    replica_plan(fixture.nodes[1], fixture_peer(&fixture, 1, 0),
		offers.offers[0], &range),
	    REPLICA_WANT);
	ck_assert_uint_eq(range.first, 3);
	ck_assert_uint_eq(range.last, 3);
	ck_assert_uint_eq(range.head_size, 2);
	replica_fetching(fixture.nodes[1], fixture_peer(&fixture, 1, 0), &range,
	    fixture.now_ms + 1000);
	ck_assert_int_eq(
	    replica_plan(fixture.nodes[1], fixture_peer(&fixture, 1, 2),
		offers.offers[0], &range),
	    REPLICA_LATER);
	fixture.now_ms += 1000;
	ck_assert_int_eq(
	    replica_plan(fixture.nodes[1], fixture_peer(&fixture, 1, 2),
		offers.offers[0], &range),
	    REPLICA_WANT);
	replica_fetching(fixture.nodes[1], fixture_peer(&fixture, 1, 0), &range,
	    fixture.now_ms + 1000);
	replica_fetching(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 0), &range, 0);
	ck_assert_int_eq(
	    replica_plan(fixture.nodes[1], fixture_peer(&fixture, 1, 2),
		offers.offers[0], &range),
	    REPLICA_WANT);
	replica_free_offers(&offers);
}
END_TEST

/* The streams that 1 lacks bytes of and would ask a peer for. */
static size_t lacking(size_t of)
{
	struct replica_range range;
	size_t place = 0;
	size_t count = 0;

	while (replica_lacking(
	    fixture.nodes[1], fixture_peer(&fixture, 1, of), &place, &range)) {
		ck_assert_uint_eq(range.first, 1);
		count++;
	}
	return count;
}

START_TEST(missing_bytes_are_asked_of_all_who_may_have_them)
{
	struct replica_taken taken;
	Qsg__Records *message = NULL;
	struct id32 record;

	OK(fixture_share(&fixture, 0, (1u << 1) | (1u << 2), "one", &record));
	OK(node_commit(fixture.nodes[0]));
	ck_assert_uint_eq(lacking(0), 0);
	message = fixture_message(&fixture, 0, 1, &record, 1, 2);
	fixture_put(&message->records[_i]->body, span_of("", 0));
	OK(fixture_take(&fixture, 1, 0, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	/* Without the opening nobody knows who reads it, but its author does.
	 */
	ck_assert_uint_eq(lacking(0), 1);
	ck_assert_uint_eq(lacking(2), _i ? 1 : 0);
	fixture_restart(&fixture, 1, true);
	ck_assert_uint_eq(lacking(0), 1);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &record, "one");
	ck_assert_uint_eq(lacking(0), 0);
	ck_assert_uint_eq(fixture.nodes[1]->streams[0].reader_count, 3);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(what_does_not_even_parse_is_kept_and_counted)
{
	replica_reject(fixture.nodes[1], fixture_peer(&fixture, 1, 0),
	    "malformed", "not a message", span_text("garbage"));
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 1);
	ck_assert_str_eq(fixture_newest_code(&fixture, 1), "malformed");
	ck_assert_str_eq(
	    fixture_peer(&fixture, 1, 0)->problem, "not a message");
	peers_problem(fixture_peer(&fixture, 1, 0), 7, true, "it said no");
	ck_assert_uint_eq(fixture_peer(&fixture, 1, 0)->refused_here, 1);
	ck_assert_uint_eq(fixture_peer(&fixture, 1, 0)->refused_there, 1);
}
END_TEST

static enum err count_kept(void *context, const struct quarantine_item *item)
{
	size_t *kept = context;

	*kept += item->kept;
	return ERR_OK;
}

static size_t rejected_and_kept(size_t of)
{
	size_t kept = 0;

	replica_reject(fixture.nodes[1], fixture_peer(&fixture, 1, of),
	    "malformed", "not a message", span_text("garbage"));
	OK(node_commit(fixture.nodes[1]));
	OK(query_quarantine(fixture.nodes[1], 1, count_kept, &kept));
	return kept;
}

/* M88 */
START_TEST(a_peer_that_has_had_its_hour_is_only_noted)
{
	struct quarantine_hour *hour =
	    &fixture_peer(&fixture, 1, 0)->rejected.others;

	ck_assert_uint_eq(rejected_and_kept(0), 1);
	ck_assert_uint_eq(hour->bytes, strlen("garbage"));
	hour->bytes = LIMIT_QUARANTINE_HOUR_BYTES;
	ck_assert_uint_eq(rejected_and_kept(0), 0);
	ck_assert_uint_eq(rejected_and_kept(2), 1);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 2);
	fixture.now_ms += FIXTURE_HOUR_MS - 1;
	ck_assert_uint_eq(rejected_and_kept(0), 0);
	fixture.now_ms++;
	ck_assert_uint_eq(rejected_and_kept(0), 1);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 4);
}
END_TEST

Suite *test_replica_suite(void)
{
	Suite *suite = suite_create("replica");
	TCase *tcase = tcase_create("between nodes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, a_reader_opens_what_another_may_not_even_ask_for);
	tcase_add_test(tcase, nothing_staged_is_offered_or_supplied);
	tcase_add_test(tcase, a_co_reader_passes_on_what_the_author_wrote);
	tcase_add_test(tcase, a_stream_is_rekeyed_and_read_on);
	tcase_add_test(
	    tcase, everything_is_there_after_a_crash_and_after_a_clean_stop);
	tcase_add_test(tcase, an_old_copy_of_the_records_signs_nothing);
	tcase_add_test(tcase, offers_name_what_both_read_and_what_changed);
	tcase_add_test(
	    tcase, what_one_peer_gives_is_not_asked_of_another_meanwhile);
	tcase_add_loop_test(
	    tcase, missing_bytes_are_asked_of_all_who_may_have_them, 0, 2);
	tcase_add_test(tcase, what_does_not_even_parse_is_kept_and_counted);
	tcase_add_test(tcase, a_peer_that_has_had_its_hour_is_only_noted);
	suite_add_tcase(suite, tcase);
	return suite;
}
