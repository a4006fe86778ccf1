#include "evil.h"

#include "codec/canon.h"

Suite *test_corrections_suite(void);

/* Node 0 corrects itself in an order of its own, 1 reads; 2 and 3 are what
 * they seem. */
static struct fixture fixture;
static struct evil evil;

static void setup(void)
{
	fixture_open(&fixture, 4);
	evil_init(&evil, &fixture, 0);
}

static void teardown(void)
{
	evil_clear(&evil);
	fixture_close(&fixture);
}

static Qsg__Payload correction_of(const struct id32 *record)
{
	static Qsg__Reference reference;
	static Qsg__Reference *list[1] = { &reference };
	static Qsg__Intelligence item;
	static struct id32 id;
	Qsg__Payload payload;

	id = *record;
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	qsg__reference__init(&reference);
	reference.relation = canon_lend("corrects");
	reference.record.data = id.b;
	reference.record.len = 32;
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend("corrected");
	payload.version = 1;
	payload.role = canon_lend("administrator");
	payload.references = list;
	payload.n_references = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	return payload;
}

/* M174 */
START_TEST(only_the_author_of_a_record_corrects_it)
{
	struct replica_taken taken;
	struct id32 record;
	struct id32 false_one;
	struct id32 good_one;
	Qsg__Payload payload;
	int64_t org = fixture_org(&fixture, 3, 1);

	OK(fixture_share(&fixture, 2, 1u << 1, "as said", &record));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 1, 2, &taken));
	payload = correction_of(&record);
	OK(submit_payload(fixture.nodes[3], &org, 1, &payload, &false_one));
	OK(node_commit(fixture.nodes[3]));
	OK(fixture_pull(&fixture, 1, 3, &taken));
	ck_assert_uint_eq(fixture_view(&fixture, 1, &record)->corrected_by, 0);
	ck_assert_uint_eq(fixture_view(&fixture, 1, &false_one)->corrects, 0);
	ck_assert_int_eq(
	    fixture_view(&fixture, 1, &false_one)->type, VIEW_CORRECTION);
	org = fixture_org(&fixture, 2, 1);
	OK(submit_payload(fixture.nodes[2], &org, 1, &payload, &good_one));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 1, 2, &taken));
	for (int i = 0; i < 3; i++) {
		struct views *views = fixture.nodes[1]->views;

		ck_assert_uint_eq(
		    fixture_view(&fixture, 1, &record)->corrected_by,
		    views_find(views, &good_one));
		ck_assert_uint_eq(
		    fixture_view(&fixture, 1, &good_one)->corrects,
		    views_find(views, &record));
		fixture_restart(&fixture, 1, i == 0);
	}
}
END_TEST

/* M174 */
START_TEST(another_relation_corrects_nothing)
{
	struct id32 record;
	struct id32 other;
	Qsg__Payload payload;

	OK(fixture_share(&fixture, 2, 0, "as said", &record));
	payload = correction_of(&record);
	payload.references[0]->relation = canon_lend("overrides");
	OK(submit_payload(fixture.nodes[2], NULL, 0, &payload, &other));
	OK(node_commit(fixture.nodes[2]));
	ck_assert_uint_eq(fixture_view(&fixture, 2, &record)->corrected_by, 0);
	ck_assert_int_eq(
	    fixture_view(&fixture, 2, &other)->type, VIEW_INTELLIGENCE);
}
END_TEST

/*
 * One after the other, or the other way round.
 */

enum { ORIGINAL, EARLIER, LATER, RECORDS };

/* A record and two corrections of it, each in a stream of its own, as their
 * author logged them. */
static struct evil_record openings[RECORDS];
static struct evil_record records[RECORDS];

static void make_records(void)
{
	struct evil_stream streams[RECORDS];
	struct evil_spec spec = { .text = "as said" };
	struct buf bytes = { 0 };

	for (int i = 0; i < RECORDS; i++) {
		evil_audience(&evil, 1u << 1, &streams[i]);
		evil_key(&evil, &streams[i], &openings[i]);
		evil_make(&evil, &streams[i], &spec, &records[i]);
		if (i == ORIGINAL) {
			Qsg__Payload payload = correction_of(&records[i].id);

			OK(canon_encode(&payload.base, &bytes));
			spec.payload = buf_span(&bytes);
		}
	}
	buf_clear(&bytes);
}

static void clear_records(void)
{
	for (int i = 0; i < RECORDS; i++) {
		evil_record_clear(&openings[i]);
		evil_record_clear(&records[i]);
	}
}

static void give(int which, bool with_body)
{
	struct replica_taken taken;
	struct evil_record bare = records[which];
	const struct evil_record *const both[] = { &openings[which], &bare };

	if (!with_body) {
		bare.body = (struct buf){ 0 };
	}
	OK(evil_give(&evil, 1, both, 2, &taken));
	ck_assert_str_eq(taken.code, "");
}

static uint32_t rid_of(int which)
{
	return views_find(fixture.nodes[1]->views, &records[which].id);
}

static const struct view_record *view_of(int which)
{
	return fixture_view(&fixture, 1, &records[which].id);
}

/* Node 1 knows, now and after every kind of restart, what corrects what. */
static void assert_linked(void)
{
	for (int i = 0; i < 4; i++) {
		ck_assert_uint_eq(
		    view_of(ORIGINAL)->corrected_by, rid_of(LATER));
		ck_assert_uint_eq(view_of(EARLIER)->corrects, rid_of(ORIGINAL));
		ck_assert_uint_eq(view_of(LATER)->corrects, rid_of(ORIGINAL));
		ck_assert_uint_eq(view_of(EARLIER)->corrected_by, 0);
		ck_assert_uint_eq(view_of(ORIGINAL)->corrects, 0);
		ck_assert_int_eq(view_of(LATER)->type, VIEW_CORRECTION);
		fixture_restart(&fixture, 1, i == 0);
	}
	fixture_assert_verifies(&fixture, 1);
}

/* M174 */
START_TEST(the_last_correction_counts_whatever_came_first)
{
	static const int orders[][RECORDS] = {
		{ ORIGINAL, EARLIER, LATER },
		{ ORIGINAL, LATER, EARLIER },
		{ EARLIER, ORIGINAL, LATER },
		{ EARLIER, LATER, ORIGINAL },
		{ LATER, ORIGINAL, EARLIER },
		{ LATER, EARLIER, ORIGINAL },
	};

	make_records();
	for (int i = 0; i < RECORDS; i++) {
		give(orders[_i][i], true);
	}
	assert_linked();
	clear_records();
}
END_TEST

/* M174 */
START_TEST(a_correction_waits_for_its_original_across_restarts)
{
	make_records();
	give(LATER, true);
	give(EARLIER, true);
	ck_assert_uint_eq(view_of(LATER)->corrects, 0);
	fixture_restart(&fixture, 1, _i == 0);
	if (_i == 2) {
		fixture_restart(&fixture, 1, false);
	}
	give(ORIGINAL, true);
	if (_i == 3) { /* what waits is in the snapshot, the original not */
		fixture_restart(&fixture, 1, true);
	}
	assert_linked();
	clear_records();
}
END_TEST

/* M174 */
START_TEST(a_correction_whose_bytes_come_late_is_linked_then)
{
	make_records();
	give(LATER, true);
	give(EARLIER, false);
	give(ORIGINAL, false);
	ck_assert_uint_eq(view_of(EARLIER)->corrects, 0);
	ck_assert_uint_eq(view_of(ORIGINAL)->corrected_by, rid_of(LATER));
	if (_i) {
		fixture_restart(&fixture, 1, _i == 1);
	}
	give(EARLIER, true);
	give(ORIGINAL, true);
	assert_linked();
	clear_records();
}
END_TEST

/* M174 */
START_TEST(a_false_correction_that_came_first_does_not_count)
{
	struct replica_taken taken;
	struct id32 false_one;
	Qsg__Payload payload;
	int64_t org = fixture_org(&fixture, 3, 1);

	make_records();
	payload = correction_of(&records[ORIGINAL].id);
	OK(submit_payload(fixture.nodes[3], &org, 1, &payload, &false_one));
	OK(node_commit(fixture.nodes[3]));
	OK(fixture_pull(&fixture, 1, 3, &taken));
	fixture_restart(&fixture, 1, _i);
	give(ORIGINAL, true);
	ck_assert_uint_eq(view_of(ORIGINAL)->corrected_by, 0);
	ck_assert_uint_eq(fixture_view(&fixture, 1, &false_one)->corrects, 0);
	give(LATER, true);
	give(EARLIER, true);
	assert_linked();
	ck_assert_uint_eq(fixture_view(&fixture, 1, &false_one)->corrects, 0);
	clear_records();
}
END_TEST

Suite *test_corrections_suite(void)
{
	Suite *suite = suite_create("corrections");
	TCase *tcase = tcase_create("corrections");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, only_the_author_of_a_record_corrects_it);
	tcase_add_test(tcase, another_relation_corrects_nothing);
	tcase_add_loop_test(
	    tcase, the_last_correction_counts_whatever_came_first, 0, 6);
	tcase_add_loop_test(
	    tcase, a_correction_waits_for_its_original_across_restarts, 0, 4);
	tcase_add_loop_test(
	    tcase, a_correction_whose_bytes_come_late_is_linked_then, 0, 3);
	tcase_add_loop_test(
	    tcase, a_false_correction_that_came_first_does_not_count, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
