#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "service/activity.h"
#include "service/query.h"
#include "service/submit.h"
#include "service/verify.h"
#include "store/accounts.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_activity_suite(void);

static struct fixture fixture;

static struct node *node0(void)
{
	return fixture.nodes[0];
}

static void setup(void)
{
	fixture_open(&fixture, 2);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static void did(const char *operation)
{
	struct activity_note note = {
		.account = "nurse", .operation = operation, .about = ""
	};

	OK(activity_act(node0(), &note));
	OK(node_commit(node0()));
}

static void read_one(const struct id32 *record)
{
	struct activity_note note = { .account = "nurse",
		.operation = "record",
		.about = "",
		.records = record,
		.count = 1 };

	OK(activity_read(node0(), &note));
}

static void minute(void)
{
	fixture.now_ms += ACTIVITY_INTERVAL_MS;
	activity_tick(node0());
	OK(node_commit(node0()));
}

/* "<operation>" of each line, a dot after those that are in a record. */
static enum err put(void *context, const struct activity_line *line)
{
	return buf_printf(
	    context, "%s%s ", line->entry->operation, line->record ? "." : "");
}

static void lists(const char *want)
{
	struct buf out = { 0 };

	OK(activity_list(node0(), put, &out));
	ck_assert_str_eq(buf_text(&out), want);
	buf_clear(&out);
}

static uint32_t newest_record(void)
{
	return (uint32_t)views_count(node_views(node0()));
}

/* M467 */
START_TEST(an_act_is_durable_with_what_it_changes)
{
	struct activity_note note = {
		.account = "nurse", .operation = "share", .about = ""
	};
	struct id32 record;

	OK(fixture_share(&fixture, 0, 2, "one", &record));
	OK(activity_act(node0(), &note));
	fixture_restart(&fixture, 0, true);
	/* Neither came to be. */
	lists("");
	OK(fixture_share(&fixture, 0, 2, "one", &record));
	OK(activity_act(node0(), &note));
	OK(node_commit(node0()));
	fixture_restart(&fixture, 0, true);
	lists("share ");
	fixture_assert_text(&fixture, 0, &record, "one");
}
END_TEST

/* M468 */
START_TEST(a_minute_later_it_is_in_one_record)
{
	struct id32 record = fixture_shared(&fixture, "one");
	uint32_t before = 0;

	did("share");
	read_one(&record);
	did("feedback");
	before = newest_record();
	activity_tick(node0());
	ck_assert(!node_staged(node0()));
	lists("share feedback record ");
	minute();
	/* And the two that open the stream for us alone. */
	ck_assert_uint_le(newest_record(), before + 2);
	lists("share. feedback. record. ");
	before = newest_record();
	minute();
	ck_assert_uint_eq(newest_record(), before);
	read_one(&record);
	minute();
	ck_assert_uint_eq(newest_record(), before + 1);
	lists("share. feedback. record. record. ");
	fixture_assert_verifies(&fixture, 0);
	fixture_restart(&fixture, 0, false);
	lists("share. feedback. record. record. ");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M468 */
START_TEST(a_read_is_durable_when_the_node_stops)
{
	struct id32 record = fixture_shared(&fixture, "one");

	read_one(&record);
	activity_stop(node0());
	OK(node_commit(node0()));
	fixture_restart(&fixture, 0, true);
	lists("record ");
	fixture_assert_verifies(&fixture, 0);
	activity_tick(node0());
	lists("record ");
	minute();
	lists("record. ");
}
END_TEST

/* M468 */
START_TEST(what_a_failed_commit_loses_is_noted_again)
{
	struct id32 record = fixture_shared(&fixture, "one");

	read_one(&record);
	did("share");
	fixture.now_ms += ACTIVITY_INTERVAL_MS;
	activity_tick(node0());
	ck_assert_int_eq(state_poison(node0(), ERR_FULL), ERR_FULL);
	FAILS(node_commit(node0()), ERR_FULL);
	lists("share record ");
	minute();
	lists("share. record. ");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M468 */
START_TEST(what_came_to_nothing_keeps_nothing_from_being_recorded)
{
	struct activity_note note = {
		.account = "nurse", .operation = "share", .about = ""
	};

	OK(activity_act(node0(), &note));
	ck_assert_int_eq(state_poison(node0(), ERR_FULL), ERR_FULL);
	FAILS(node_commit(node0()), ERR_FULL);
	minute();
	lists("");
	did("feedback");
	minute();
	lists("feedback. ");
}
END_TEST

/* M468 */
START_TEST(much_does_not_wait_for_the_minute)
{
	struct id32 record = fixture_shared(&fixture, "one");
	struct id32 many[LIMIT_ACTIVITY_RECORDS];
	struct activity_note note = { .account = "nurse",
		.operation = "records",
		.about = "",
		.records = many,
		.count = LIMIT_ACTIVITY_RECORDS };

	for (size_t i = 0; i < LIMIT_ACTIVITY_RECORDS; i++) {
		many[i] = record;
	}
	for (int i = 0; i < 20; i++) {
		OK(activity_read(node0(), &note));
	}
	activity_tick(node0());
	OK(node_commit(node0()));
	ck_assert_int_eq(activity_wait_ms(node0()), INT64_MAX);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

static void count_broken(void *context, uint32_t rid, const char *what)
{
	(void)rid;
	ck_assert_ptr_nonnull(strstr(what, "before"));
	(*(int *)context)++;
}

static void seal_badly(void)
{
	struct buf sealed = { 0 };

	OK(keystore_seal(node0()->options.keystore, node0()->options.rng,
	    "qsg/activity/v1", span_text("\x0a\x02\xff\xfe"), &sealed));
	OK(state_begin(node0()));
	OK(accounts_note(node0()->db, buf_span(&sealed)));
	OK(node_commit(node0()));
	buf_clear(&sealed);
}

/* M468 */
START_TEST(a_damaged_note_keeps_no_other_from_being_recorded)
{
	struct verify_report report = { 0 };

	did("share");
	seal_badly();
	did("feedback");
	OK(verify_node(node0(), &report));
	ck_assert_uint_eq(report.faults, 1);
	lists("share damaged feedback ");
	fixture_restart(&fixture, 0, true);
	activity_tick(node0());
	minute();
	lists("share. feedback. damaged. ");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M468 */
START_TEST(a_name_that_is_no_text_is_recorded_as_such)
{
	struct activity_note note = {
		.account = "\xff\xfe", .operation = "record", .about = "\xc3"
	};

	OK(activity_read(node0(), &note));
	lists("record ");
	OK(activity_act(node0(), &note));
	OK(node_commit(node0()));
	minute();
	lists("record. record. ");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M469 */
START_TEST(a_record_that_names_another_breaks_the_chain)
{
	Qsg__Payload payload;
	Qsg__Activity content;
	struct id32 record = { { 9 } };
	struct id32 made;
	int broken = 0;

	did("share");
	minute();
	did("share");
	minute();
	OK(activity_check(node0(), count_broken, &broken));
	ck_assert_int_eq(broken, 0);
	qsg__payload__init(&payload);
	qsg__activity__init(&content);
	payload.role = "administrator";
	payload.content_case = QSG__PAYLOAD__CONTENT_ACTIVITY;
	payload.activity = &content;
	OK(submit_payload(node0(), NULL, 0, &payload, &made));
	OK(activity_check(node0(), count_broken, &broken));
	ck_assert_int_eq(broken, 1);
	content.previous.data = record.b;
	content.previous.len = sizeof record.b;
	OK(submit_payload(node0(), NULL, 0, &payload, &made));
	OK(node_commit(node0()));
	broken = 0;
	OK(activity_check(node0(), count_broken, &broken));
	ck_assert_int_eq(broken, 2);
	struct verify_report report = { 0 };
	OK(verify_node(node0(), &report));
	ck_assert_uint_eq(report.faults, 2);
	/* What comes next names the last again. */
	did("share");
	minute();
	broken = 0;
	OK(activity_check(node0(), count_broken, &broken));
	ck_assert_int_eq(broken, 2);
}
END_TEST

/* M469 */
START_TEST(a_deleted_note_is_reported)
{
	struct verify_report report = { 0 };
	sqlite3 *connection = NULL;

	did("share");
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	ck_assert_int_eq(
	    sqlite3_open(fixture_path(&fixture, 0, "records.db"), &connection),
	    SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_exec(connection, "DELETE FROM activity", NULL, NULL, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
	OK(fixture_reopen(&fixture, 0));
	OK(verify_node(node0(), &report));
	ck_assert_uint_eq(report.faults, 1);
	ck_assert_ptr_nonnull(strstr(report.first_fault, "activity"));
}
END_TEST

static enum err look(void *context, const struct query_item *item)
{
	(void)context;
	(void)item;
	return ERR_OK;
}

START_TEST(what_is_opened_is_remembered_once)
{
	struct id32 one = fixture_shared(&fixture, "one");
	struct id32 two = fixture_shared(&fixture, "two");
	struct query_filter all = { .since_ms = INT64_MIN,
		.housekeeping = true };
	struct id32 *ids = NULL;
	size_t count = 0;

	activity_watch(node0());
	OK(query_records(node0(), &all, true, look, NULL));
	OK(query_records(node0(), &all, true, look, NULL));
	activity_rest(node0());
	OK(query_records(node0(), &all, true, look, NULL));
	OK(activity_watched(node0(), &ids, &count));
	ck_assert_uint_eq(count, 2);
	ck_assert(id_equal(&ids[0], &one) && id_equal(&ids[1], &two));
	free(ids);
	activity_watch(node0());
	OK(query_records(node0(), &all, false, look, NULL));
	OK(activity_watched(node0(), &ids, &count));
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* M467 */
START_TEST(more_records_than_a_note_holds_make_several)
{
	enum { MANY = 2 * LIMIT_ACTIVITY_RECORDS + 5 };
	struct id32 *many = calloc(MANY, sizeof *many);
	struct activity_note note = { .account = "nurse",
		.operation = "records",
		.about = "",
		.records = many,
		.count = MANY };

	ck_assert_ptr_nonnull(many);
	for (size_t i = 0; i < MANY; i++) {
		many[i].b[0] = (uint8_t)i;
		many[i].b[1] = (uint8_t)(i >> 8);
	}
	OK(activity_read(node0(), &note));
	lists("records records records ");
	OK(activity_act(node0(), &note));
	OK(node_commit(node0()));
	minute();
	lists("records. records. records. records. records. records. ");
	fixture_assert_verifies(&fixture, 0);
	free(many);
}
END_TEST

/* M467 */
START_TEST(every_record_that_is_opened_is_remembered)
{
	enum { MANY = LIMIT_ACTIVITY_RECORDS + 3 };
	struct id32 record;
	struct id32 *ids = NULL;
	size_t count = 0;
	uint32_t first = newest_record() + 1;

	for (int i = 0; i < MANY; i++) {
		OK(fixture_share(&fixture, 0, 2, "one", &record));
	}
	OK(node_commit(node0()));
	activity_watch(node0());
	for (int turn = 0; turn < 2; turn++) {
		for (uint32_t rid = first; rid <= newest_record(); rid++) {
			activity_opened(node0(), rid);
		}
	}
	activity_rest(node0());
	OK(activity_watched(node0(), &ids, &count));
	ck_assert_uint_eq(count, MANY);
	free(ids);
}
END_TEST

/* Lists leave it out as housekeeping; who looked at it is noted all the same.
 */
START_TEST(who_a_source_is_is_noted_when_opened)
{
	struct query_filter all = { .since_ms = INT64_MIN,
		.housekeeping = true };
	Qsg__Payload payload;
	Qsg__SourceIdentity content;
	struct id32 source;
	struct id32 *ids = NULL;
	size_t count = 0;

	qsg__payload__init(&payload);
	qsg__source_identity__init(&content);
	content.text = canon_lend("a nurse");
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_SOURCE_IDENTITY;
	payload.source_identity = &content;
	OK(submit_payload(node0(), NULL, 0, &payload, &source));
	OK(node_commit(node0()));
	activity_watch(node0());
	OK(query_records(node0(), &all, true, look, NULL));
	OK(activity_watched(node0(), &ids, &count));
	ck_assert_uint_eq(count, 1);
	ck_assert(id_equal(&ids[0], &source));
	free(ids);
}
END_TEST

static enum err put_about(void *context, const struct activity_line *line)
{
	return buf_printf(
	    context, "%s: %s;", line->entry->account, line->entry->about);
}

/* M467 */
START_TEST(wrong_passwords_share_an_entry)
{
	struct buf out = { 0 };
	char name[16];

	for (int i = 0; i < 300; i++) {
		OK(activity_guessed(node0(), "gu", 7, "records"));
	}
	OK(activity_guessed(node0(), "gu", 8, "records"));
	OK(activity_list(node0(), put_about, &out));
	ck_assert_str_eq(buf_text(&out),
	    "gu: wrong account or password, 300 times, by uid:7;"
	    "gu: wrong account or password, 1 times, by uid:8;");
	minute();
	lists("records. records. ");
	/* Of many names, too. */
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof name, "n%d", i);
		OK(activity_guessed(node0(), name, 7, "records"));
	}
	lists("records. records. records records records records records "
	      "records records records ");
	buf_clear(&out);
	OK(activity_list(node0(), put_about, &out));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), "?: "));
	ck_assert_ptr_nonnull(strstr(buf_text(&out), " 293 times"));
	minute();
	fixture_assert_verifies(&fixture, 0);
	buf_clear(&out);
}
END_TEST

static uint32_t opened_records(size_t at)
{
	uint32_t found = 0;
	struct views *views = node_views(fixture.nodes[at]);

	for (uint32_t rid = 1; rid <= views_count(views); rid++) {
		found += views_get(views, rid)->type == VIEW_OPENED;
	}
	return found;
}

static void node1_reads(const struct id32 *record, bool refused)
{
	struct activity_note note = { .account = "nurse",
		.operation = "record",
		.about = "",
		.records = record,
		.count = 1,
		.refused = refused };

	OK(activity_read(fixture.nodes[1], &note));
	fixture.now_ms += ACTIVITY_INTERVAL_MS;
	activity_tick(fixture.nodes[1]);
	OK(node_commit(fixture.nodes[1]));
}

START_TEST(an_author_is_told_once_and_only_if_it_is_to_be)
{
	struct replica_taken taken;
	struct id32 record = fixture_shared(&fixture, "one");

	OK(fixture_pull(&fixture, 1, 0, &taken));
	node1_reads(&record, false);
	ck_assert_uint_eq(opened_records(1), 0);
	activity_tell_authors(fixture.nodes[1], true);
	node1_reads(&record, true);
	ck_assert_uint_eq(opened_records(1), 0);
	node1_reads(&record, false);
	ck_assert_uint_eq(opened_records(1), 1);
	node1_reads(&record, false);
	ck_assert_uint_eq(opened_records(1), 1);
	OK(fixture_pull(&fixture, 0, 1, &taken));
	ck_assert_uint_eq(opened_records(0), 1);
	/* Nobody tells themselves. */
	activity_tell_authors(node0(), true);
	read_one(&record);
	minute();
	ck_assert_uint_eq(opened_records(0), 1);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

Suite *test_activity_suite(void)
{
	Suite *suite = suite_create("activity");
	TCase *tests = tcase_create("activity");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, an_act_is_durable_with_what_it_changes);
	tcase_add_test(tests, a_minute_later_it_is_in_one_record);
	tcase_add_test(tests, a_read_is_durable_when_the_node_stops);
	tcase_add_test(tests, what_a_failed_commit_loses_is_noted_again);
	tcase_add_test(
	    tests, what_came_to_nothing_keeps_nothing_from_being_recorded);
	tcase_add_test(tests, much_does_not_wait_for_the_minute);
	tcase_add_test(
	    tests, a_damaged_note_keeps_no_other_from_being_recorded);
	tcase_add_test(tests, a_name_that_is_no_text_is_recorded_as_such);
	tcase_add_test(tests, a_record_that_names_another_breaks_the_chain);
	tcase_add_test(tests, a_deleted_note_is_reported);
	tcase_add_test(tests, what_is_opened_is_remembered_once);
	tcase_add_test(tests, wrong_passwords_share_an_entry);
	tcase_add_test(tests, more_records_than_a_note_holds_make_several);
	tcase_add_test(tests, every_record_that_is_opened_is_remembered);
	tcase_add_test(tests, who_a_source_is_is_noted_when_opened);
	tcase_add_test(tests, an_author_is_told_once_and_only_if_it_is_to_be);
	suite_add_tcase(suite, tests);
	return suite;
}
