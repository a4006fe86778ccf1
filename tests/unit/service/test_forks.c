#include "readers.h"

#include "service/successor.h"
#include "service/verify.h"

#include <sqlite3.h>

#include <string.h>

Suite *test_forks_suite(void);

/*
 * Forks within one log.
 */

static void give_one(size_t to, struct evil_record *record)
{
	const struct evil_record *list[1] = { record };

	OK(evil_give(&readers_a, to, list, 1, &readers_taken));
}

static void give_all(size_t to, struct evil_record *records, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		give_one(to, &records[i]);
	}
}

/* M64 M222: 1 and 2 hold different records of one number, proven in one
 * history. */
START_TEST(a_fork_of_a_stream_is_found_by_its_offer)
{
	struct evil_stream fork;
	struct evil_record records[3];

	evil_key(&readers_a, &readers_stream_a, &records[0]);
	fork = readers_stream_a;
	evil_text(&readers_a, &readers_stream_a, "to one", &records[1]);
	evil_text(&readers_a, &fork, "to another", &records[2]);
	give_all(1, records, 2);
	give_one(2, &records[0]);
	give_one(2, &records[2]);
	readers_meet();
	readers_nothing_found();
	readers_either(fixture_pull(&readers_fixture, 1, 2, &readers_taken));
	ck_assert_uint_eq(readers_evidence(1, EVIDENCE_STREAM_FORK), 1);
	ck_assert_int_eq(state_stream_by_id(readers_fixture.nodes[1],
			     &readers_stream_a.state.id)
			     ->row.state.status,
	    STREAM_FORKED);
	readers_either(fixture_pull(&readers_fixture, 2, 1, &readers_taken));
	ck_assert_uint_eq(readers_evidence(2, EVIDENCE_STREAM_FORK), 1);
	for (size_t i = 0; i < 3; i++) {
		evil_record_clear(&records[i]);
	}
}
END_TEST

static void sql(const char *text)
{
	sqlite3 *raw = NULL;

	ck_assert_int_eq(
	    sqlite3_open(fixture_path(&readers_fixture, 1, "records.db"), &raw),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(raw, text, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(raw), SQLITE_OK);
}

START_TEST(changed_evidence_is_a_fault)
{
	struct verify_report report;

	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_show(&readers_b, &readers_stream_b, 2, 3);
	readers_tell(2, 1);
	OK(verify_node(readers_fixture.nodes[1], &report));
	ck_assert_uint_eq(report.faults, 0);
	node_close(readers_fixture.nodes[1]);
	readers_fixture.nodes[1] = NULL;
	sql(_i == 0 ? "UPDATE evidence SET kind = 'card-fork'"
		    : "UPDATE evidence SET hash = zeroblob(32)");
	fixture_retally(&readers_fixture, 1);
	OK(fixture_reopen(&readers_fixture, 1));
	OK(verify_node(readers_fixture.nodes[1], &report));
	ck_assert_uint_eq(report.faults, 1);
}
END_TEST

/* M282 */
START_TEST(evidence_that_is_gone_is_named)
{
	struct verify_report report;

	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_show(&readers_b, &readers_stream_b, 2, 3);
	readers_tell(2, 1);
	node_close(readers_fixture.nodes[1]);
	readers_fixture.nodes[1] = NULL;
	sql("DELETE FROM evidence");
	OK(fixture_reopen(&readers_fixture, 1));
	OK(verify_node(readers_fixture.nodes[1], &report));
	ck_assert_uint_eq(report.faults, 1);
	ck_assert_str_eq(
	    report.first_fault, "evidence row 1: a row is missing");
}
END_TEST

/* M222: the record before the one that does not fit is readers_asked for. */
START_TEST(a_fork_further_back_is_found)
{
	struct evil_stream fork;
	struct evil_record records[4];

	evil_key(&readers_a, &readers_stream_a, &records[0]);
	fork = readers_stream_a;
	evil_text(&readers_a, &readers_stream_a, "to one", &records[1]);
	evil_text(&readers_a, &fork, "to another", &records[2]);
	evil_text(&readers_a, &fork, "and more", &records[3]);
	give_all(1, records, 2);
	give_one(2, &records[0]);
	give_all(2, &records[2], 2);
	readers_either(fixture_pull(&readers_fixture, 1, 2, &readers_taken));
	ck_assert_uint_eq(readers_evidence(1, EVIDENCE_STREAM_BROKEN), 1);
	readers_either(fixture_pull(&readers_fixture, 1, 2, &readers_taken));
	ck_assert_uint_eq(readers_evidence(1, EVIDENCE_STREAM_FORK), 1);
	ck_assert_int_eq(state_stream_by_id(readers_fixture.nodes[1],
			     &readers_stream_a.state.id)
			     ->row.state.status,
	    STREAM_FORKED);
	for (size_t i = 0; i < 4; i++) {
		evil_record_clear(&records[i]);
	}
}
END_TEST

/* M222: a peer that offers what it cannot prove is not readers_asked again and
 * again.
 */
START_TEST(a_false_offer_is_asked_for_once)
{
	struct replica_range range;
	struct id32 wrong = { { 9 } };
	Qsg__Offer offer;

	readers_show(&readers_a, &readers_stream_a, 1, 3);
	qsg__offer__init(&offer);
	offer.author.data = readers_stream_a.state.author.b;
	offer.author.len = 32;
	offer.generation.data = readers_stream_a.state.generation.b;
	offer.generation.len = 8;
	offer.stream.data = readers_stream_a.state.id.b;
	offer.stream.len = 32;
	offer.record.data = wrong.b;
	offer.record.len = 32;
	offer.number = 2;
	ck_assert_int_eq(
	    replica_plan(readers_fixture.nodes[1],
		fixture_peer(&readers_fixture, 1, 2), &offer, &range),
	    REPLICA_WANT);
	ck_assert_uint_eq(range.first, 2);
	ck_assert_uint_eq(range.last, 2);
	ck_assert(range.headers_only);
	ck_assert_int_eq(
	    replica_plan(readers_fixture.nodes[1],
		fixture_peer(&readers_fixture, 1, 2), &offer, &range),
	    REPLICA_NOTHING);
	/* No id at all is no contradiction. */
	readers_fixture.now_ms += FIXTURE_HOUR_MS;
	memset(wrong.b, 0, sizeof wrong.b);
	ck_assert_int_eq(
	    replica_plan(readers_fixture.nodes[1],
		fixture_peer(&readers_fixture, 1, 2), &offer, &range),
	    REPLICA_NOTHING);
}
END_TEST

/*
 * The obligation.
 */

static void owe(void)
{
	struct evil_stream second;
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;

	readers_fill(3, true, false);
	readers_show(&readers_a, &readers_stream_a, 1, 3);
	readers_fill(6, true, false);
	evil_audience(&readers_a, READERS_BOTH, &second);
	readers_show(&readers_a, &second, 2, 3);
	ck_assert(mention_next(readers_fixture.nodes[2],
	    fixture_peer(&readers_fixture, 2, 1), &place, &head));
	OK(mention_take(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 2), &head, &ask));
	OK(node_commit(readers_fixture.nodes[1]));
}

static void pass(int64_t ms)
{
	for (int64_t done = 0; done < ms; done += 60000) {
		readers_fixture.now_ms += 60000;
		mention_tick(readers_fixture.nodes[1]);
	}
	OK(node_commit(readers_fixture.nodes[1]));
}

static uint32_t newest(void)
{
	return (uint32_t)views_count(readers_fixture.nodes[1]->views);
}

/* M223 */
START_TEST(an_author_that_does_not_join_its_head_is_not_proven)
{
	struct peer *author = NULL;
	uint32_t before = 0;

	owe();
	before = newest();
	/* Not in session, it owes no time. */
	pass(2 * FIXTURE_DAY_MS);
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	ck_assert(mention_proven(readers_fixture.nodes[1], newest()));
	fixture_peer(&readers_fixture, 1, 0)->connected = true;
	pass(FIXTURE_DAY_MS - FIXTURE_HOUR_MS);
	/* The sum outlives a restart. */
	fixture_restart(&readers_fixture, 1, true);
	author = fixture_peer(&readers_fixture, 1, 0);
	author->connected = true;
	mention_tick(readers_fixture.nodes[1]);
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	ck_assert(mention_proven(readers_fixture.nodes[1], newest()));
	pass(2 * FIXTURE_HOUR_MS);
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	ck_assert(!mention_proven(readers_fixture.nodes[1], newest()));
	ck_assert(mention_proven(readers_fixture.nodes[1], before));
	fixture_restart(&readers_fixture, 1, true);
	ck_assert(!mention_proven(readers_fixture.nodes[1], newest()));
	/* Joined, all is well again. */
	readers_ask_author(1, &readers_a);
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 0);
	mention_tick(readers_fixture.nodes[1]);
	pass(60000);
	ck_assert(mention_proven(readers_fixture.nodes[1], newest()));
	readers_nothing_found();
}
END_TEST

/* M268: a carrier that shows ever other heads, each of which the author joins,
 * says nothing of the author. */
START_TEST(the_time_of_one_head_is_not_that_of_the_next)
{
	struct evil_stream third;
	struct mention_ask ask;
	size_t place = 0;
	Qsg__Head head;

	owe();
	fixture_peer(&readers_fixture, 1, 0)->connected = true;
	pass(FIXTURE_DAY_MS - FIXTURE_HOUR_MS);
	readers_ask_author(1, &readers_a);
	ck_assert_uint_eq(readers_log_at(1)->claim.head.size, 0);
	/* The next is there before the tick. */
	readers_fill(6, true, false);
	evil_audience(&readers_a, READERS_BOTH, &third);
	readers_show(&readers_a, &third, 2, 3);
	readers_ask_author(2, &readers_a);
	ck_assert(mention_next(readers_fixture.nodes[2],
	    fixture_peer(&readers_fixture, 2, 1), &place, &head));
	OK(mention_take(readers_fixture.nodes[1],
	    fixture_peer(&readers_fixture, 1, 2), &head, &ask));
	ck_assert_uint_ne(readers_log_at(1)->claim.head.size, 0);
	pass(2 * FIXTURE_HOUR_MS);
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	ck_assert(mention_proven(readers_fixture.nodes[1], newest()));
	pass(FIXTURE_DAY_MS);
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	ck_assert(!mention_proven(readers_fixture.nodes[1], newest()));
}
END_TEST

/* M268: so it is with batches that do not join at once. */
START_TEST(the_time_of_one_batch_is_not_that_of_the_next)
{
	/* To 9, 17 and 24: none contains a whole subtree that is held. */
	static const uint64_t others[] = { 6, 7, 6 };

	readers_show(&readers_a, &readers_stream_a, 1, 2);
	fixture_peer(&readers_fixture, 1, 0)->connected = true;
	for (int i = 0; i < 3; i++) {
		readers_fill(others[i], true, false);
		readers_show(&readers_a, &readers_stream_a, 1, 1);
		ck_assert_uint_ne(readers_log_at(1)->unjoined.size, 0);
		ck_assert(mention_proven(readers_fixture.nodes[1], newest()));
		pass(FIXTURE_DAY_MS - FIXTURE_HOUR_MS);
		if (i < 2) {
			readers_ask_author(1, &readers_a);
			ck_assert_uint_eq(readers_log_at(1)->unjoined.size, 0);
		}
	}
	pass(2 * FIXTURE_HOUR_MS);
	readers_show(&readers_a, &readers_stream_a, 1, 1);
	ck_assert(!mention_proven(readers_fixture.nodes[1], newest()));
}
END_TEST

/* M268: an author that lost what it signed cannot prove it, and has said so. */
START_TEST(of_an_ended_generation_nothing_is_owed)
{
	struct successor_planned planned;

	owe();
	OK(successor_rotate(readers_fixture.nodes[0], false, &planned));
	OK(node_commit(readers_fixture.nodes[0]));
	OK(fixture_hand_card(&readers_fixture, 1, 0, 0));
	fixture_peer(&readers_fixture, 1, 0)->connected = true;
	pass(2 * FIXTURE_DAY_MS);
	ck_assert_uint_ne(readers_log_at(1)->claim.head.size, 0);
	ck_assert_uint_eq(readers_log_at(1)->unproven_rid, 0);
}
END_TEST

Suite *test_forks_suite(void)
{
	Suite *suite = suite_create("forks");
	TCase *tests = tcase_create("all");

	tcase_add_checked_fixture(tests, readers_setup, readers_teardown);
	tcase_add_test(tests, a_fork_of_a_stream_is_found_by_its_offer);
	tcase_add_test(tests, evidence_that_is_gone_is_named);
	tcase_add_loop_test(tests, changed_evidence_is_a_fault, 0, 2);
	tcase_add_test(tests, a_fork_further_back_is_found);
	tcase_add_test(tests, a_false_offer_is_asked_for_once);
	tcase_add_test(
	    tests, an_author_that_does_not_join_its_head_is_not_proven);
	tcase_add_test(tests, the_time_of_one_head_is_not_that_of_the_next);
	tcase_add_test(tests, the_time_of_one_batch_is_not_that_of_the_next);
	tcase_add_test(tests, of_an_ended_generation_nothing_is_owed);
	suite_add_tcase(suite, tests);
	return suite;
}
