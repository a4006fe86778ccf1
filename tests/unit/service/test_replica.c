#include "fixture.h"

#include "service/query.h"
#include "service/verify.h"

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

static void assert_text(size_t at, const struct id32 *record, const char *want)
{
	char *text = fixture_text(&fixture, at, record);

	ck_assert_str_eq(text, want);
	free(text);
}

static void assert_verifies(size_t at)
{
	struct verify_report report;

	ck_assert_int_eq(verify_node(fixture.nodes[at], &report), ERR_OK);
	ck_assert_msg(
	    report.faults == 0, "node %zu: %s", at, report.first_fault);
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
	assert_text(0, &record, "call bells");
	assert_text(1, &record, "call bells");
	ck_assert_uint_eq(views_find(fixture.nodes[2]->views, &record), 0);
	ck_assert_uint_eq(views_count(fixture.nodes[2]->views), 0);
	assert_verifies(0);
	assert_verifies(1);
}
END_TEST

START_TEST(nothing_staged_is_offered_or_supplied)
{
	struct replica_taken taken;
	struct id32 record;

	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "first", &record), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "second", &record), ERR_OK);
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
		assert_text(2, &records[i], i % 3 ? text : "");
	}
	assert_verifies(1);
	assert_verifies(2);
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
	assert_text(1, &record, "again");
	for (size_t i = 1; i <= views_count(fixture.nodes[1]->views); i++) {
		view = views_get(fixture.nodes[1]->views, (uint32_t)i);
		slotted += view->slotted;
		ck_assert_int_eq(view->state, RECORD_READABLE);
	}
	ck_assert_uint_eq(slotted, 3);
	assert_verifies(0);
	assert_verifies(1);
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
	assert_text(0, &kept, "kept");
	ck_assert_uint_eq(views_find(fixture.nodes[0]->views, &lost), 0);
	fixture_restart(&fixture, 0, false);
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "new", &lost), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	ck_assert_int_eq(fixture_pull(&fixture, 1, 0, &taken), ERR_OK);
	assert_text(1, &kept, "kept");
	assert_text(1, &lost, "new");
	fixture_restart(&fixture, 1, false);
	assert_text(1, &lost, "new");
	assert_verifies(0);
	assert_verifies(1);
}
END_TEST

START_TEST(an_old_copy_of_the_records_signs_nothing)
{
	struct id32 record;
	const char *why = NULL;
	char command[640];
	char home[160];

	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "one", &record), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	(void)snprintf(
	    home, sizeof home, "%s", fixture_path(&fixture, 0, NULL));
	(void)snprintf(
	    command, sizeof command, "cp %s/records.db %s/old.db", home, home);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(fixture_reopen(&fixture, 0), ERR_OK);
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "two", &record), ERR_OK);
	ck_assert_int_eq(node_commit(fixture.nodes[0]), ERR_OK);
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	(void)snprintf(command, sizeof command,
	    "cp %s/old.db %s/records.db && rm -f %s/records.db-*", home, home,
	    home);
	ck_assert_int_eq(system(command), 0);
	ck_assert_int_eq(fixture_reopen(&fixture, 0), ERR_OK);
	ck_assert(!node_may_sign(fixture.nodes[0], &why));
	ck_assert_int_eq(
	    fixture_share(&fixture, 0, 1u << 1, "three", &record), ERR_STATE);
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
	suite_add_tcase(suite, tcase);
	return suite;
}
