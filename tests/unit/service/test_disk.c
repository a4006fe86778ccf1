#define _GNU_SOURCE

#include "fixture.h"

#include "base/fs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

Suite *test_disk_suite(void);

static struct fixture fixture;
static struct id32 before; /* shared by 0 with 1 before each test */

static void setup(void)
{
	fixture_open(&fixture, 3);
	before = fixture_shared(&fixture, "before");
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static bool next_event(struct node_event *event)
{
	return node_next_event(fixture.nodes[0], event);
}

static void drain_events(void)
{
	struct node_event event;

	while (next_event(&event)) {
	}
}

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	(void)signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static size_t wal_size(size_t at)
{
	struct stat info;

	return stat(fixture_path(&fixture, at, "records.db-wal"), &info)
	           ? 0
	           : (size_t)info.st_size;
}

/* Node `at` is as it was: nothing staged, memory equal to disk. */
static void assert_undone(size_t at, size_t records, enum err err)
{
	struct checkpoint head = *node_head(fixture.nodes[at]);
	struct node_event event;

	ck_assert_msg(err == ERR_FULL || err == ERR_IO, "%s", err_text());
	ck_assert(!node_staged(fixture.nodes[at]));
	ck_assert_uint_eq(views_count(fixture.nodes[at]->views), records);
	ck_assert(!node_next_event(fixture.nodes[at], &event));
	limit_files(RLIM_INFINITY);
	fixture_assert_verifies(&fixture, at);
	fixture_restart(&fixture, at, true);
	ck_assert_uint_eq(views_count(fixture.nodes[at]->views), records);
	ck_assert(checkpoint_equal(node_head(fixture.nodes[at]), &head));
	fixture_assert_verifies(&fixture, at);
}

START_TEST(a_full_disk_undoes_all_that_was_staged)
{
	size_t records = views_count(fixture.nodes[0]->views);
	struct replica_taken taken;
	char text[32];
	struct id32 record;
	int failed = 0;
	int told = 0;

	for (size_t room = 0; room < 400000; room += 40000) {
		enum err err = ERR_OK;

		drain_events();
		limit_files(wal_size(0) + room);
		for (int i = 0; i < 40 && !err; i++) {
			(void)snprintf(text, sizeof text, "text %d", i);
			err = fixture_share(&fixture, 0,
			    i % 2 ? 1u << 1 : 1u << 2, text, &record);
		}
		err = node_commit(fixture.nodes[0]);
		limit_files(RLIM_INFINITY);
		ck_assert(err == ERR_FULL ||
			  node_disk_full_ms(fixture.nodes[0]) == 0);
		if (err) {
			failed++;
			told += err == ERR_FULL;
			ck_assert(err != ERR_FULL ||
				  strstr(err_text(), "the disk is full"));
			ck_assert(err != ERR_FULL ||
				  node_disk_full_ms(fixture.nodes[0]));
			limit_files(wal_size(0) + room);
			assert_undone(0, records, err);
		}
		record = fixture_shared(&fixture, "after");
		ck_assert_int_eq(node_disk_full_ms(fixture.nodes[0]), 0);
		OK(fixture_pull(&fixture, 1, 0, &taken));
		fixture_assert_text(&fixture, 1, &record, "after");
		records = views_count(fixture.nodes[0]->views);
	}
	ck_assert_int_ge(failed, 1);
	ck_assert_int_ge(told, 1);
	ck_assert_int_lt(failed, 10);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* The reader's disk, also of a reader that may not sign. */
START_TEST(a_full_disk_undoes_what_was_taken)
{
	struct replica_taken taken;
	struct id32 records[30];
	enum err err = ERR_OK;
	size_t held = 0;
	char text[32];

	for (int i = 0; i < 30; i++) {
		(void)snprintf(text, sizeof text, "text %d", i);
		records[i] = fixture_shared(&fixture, text);
	}
	if (_i) {
		node_close(fixture.nodes[1]);
		fixture.nodes[1] = NULL;
		fixture_remove_file(&fixture, 1, "mark");
		OK(fixture_reopen(&fixture, 1));
	}
	held = views_count(fixture.nodes[1]->views);
	limit_files(wal_size(1));
	err = fixture_pull(&fixture, 1, 0, &taken);
	ck_assert_int_ne(err, ERR_OK);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), held);
	ck_assert_uint_eq(fixture.nodes[1]->stream_count, 0);
	limit_files(RLIM_INFINITY);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	for (int i = 0; i < 30; i++) {
		(void)snprintf(text, sizeof text, "text %d", i);
		fixture_assert_text(&fixture, 1, &records[i], text);
	}
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
}
END_TEST

START_TEST(a_card_that_cannot_be_kept_is_not_in_force)
{
	const char *const endpoints[1] = { "tcp://h:1" };

	limit_files(wal_size(0));
	ck_assert_int_ne(
	    node_set_endpoints(fixture.nodes[0], endpoints, 1), ERR_OK);
	limit_files(RLIM_INFINITY);
	ck_assert_uint_eq(node_card(fixture.nodes[0])->fields->version, 1);
	ck_assert_uint_eq(node_card(fixture.nodes[0])->fields->n_endpoints, 0);
	OK(node_set_endpoints(fixture.nodes[0], endpoints, 1));
	ck_assert_uint_eq(node_card(fixture.nodes[0])->fields->version, 2);
	/* The same once more makes no new card. */
	OK(node_set_endpoints(fixture.nodes[0], endpoints, 1));
	ck_assert_uint_eq(node_card(fixture.nodes[0])->fields->version, 2);
	{
		struct buf text = { 0 };
		struct card card = { 0 };

		OK(fs_read(
		    fixture_path(&fixture, 0, "card.pub"), 65536, &text));
		OK(card_read(buf_span(&text), &card));
		ck_assert_uint_eq(card.fields->version, 2);
		card_clear(&card);
		buf_clear(&text);
	}
	fixture_restart(&fixture, 0, true);
	ck_assert_str_eq(
	    node_card(fixture.nodes[0])->fields->endpoints[0], "tcp://h:1");
}
END_TEST

Suite *test_disk_suite(void)
{
	Suite *suite = suite_create("disk");
	TCase *tcase = tcase_create("disk");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_full_disk_undoes_all_that_was_staged);
	tcase_add_loop_test(tcase, a_full_disk_undoes_what_was_taken, 0, 2);
	tcase_add_test(tcase, a_card_that_cannot_be_kept_is_not_in_force);
	suite_add_tcase(suite, tcase);
	return suite;
}
