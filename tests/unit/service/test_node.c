#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "service/verify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *test_node_suite(void);

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

static void close_0(void)
{
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
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

START_TEST(events_come_with_the_commit_and_once_a_stream)
{
	struct node_event event;
	struct id32 record;

	drain_events();
	OK(node_commit(fixture.nodes[0])); /* nothing staged */
	ck_assert(!next_event(&event));
	for (int i = 0; i < 3; i++) {
		OK(fixture_share(&fixture, 0, 1u << 1, "more", &record));
	}
	ck_assert(node_staged(fixture.nodes[0]));
	ck_assert(!next_event(&event));
	OK(node_commit(fixture.nodes[0]));
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert(next_event(&event));
	ck_assert_int_eq(event.kind, NODE_STREAM_GREW);
	ck_assert_int_eq(event.stream, 1);
	ck_assert_uint_eq(event.first, 3);
	ck_assert_int_eq(event.org, 1);
	ck_assert(!next_event(&event));
	fixture_shared(&fixture, "again");
	ck_assert(next_event(&event));
	ck_assert_uint_eq(event.first, 6);
}
END_TEST

/*
 * What is released, and when.
 */

/* Would 1 get anything of this record, or a word of it, from 0? */
static bool released(const struct id32 *record, const struct checkpoint *old)
{
	struct node *node = fixture.nodes[0];
	const struct view_record *view = fixture_view(&fixture, 0, record);
	const struct peer *peer = fixture_peer(&fixture, 0, 1);
	struct replica_range range;
	struct replica_facts facts;
	Qsg__Records records;
	Qsg__Advertise offers;
	uint64_t next = 0;
	bool more = false;
	bool found = false;

	replica_facts(node, peer, &facts);
	if (node_head(node)->size > old->size ||
	    !span_equal(facts.own_head, node_head_note(node))) {
		return true;
	}
	OK(replica_offers(node, peer, false, 0, &offers, &next, &more));
	for (size_t i = 0; i < offers.n_offers; i++) {
		found = found || memcmp(offers.offers[i]->record.data,
				     record->b, 32) == 0;
	}
	replica_free_offers(&offers);
	ck_assert_ptr_nonnull(view);
	ck_assert(replica_stream(node, view->stream, &range));
	range.first = view->number;
	if (!replica_supply(
		node, peer, &range, LIMIT_BATCH_BYTES, &records, &next)) {
		replica_free_records(&records);
		found = true;
	}
	return found;
}

/* Make the open mark file unwritable: its descriptor becomes a reading one. */
static void jam_mark(void)
{
	char path[160];
	char seen[256];
	char name[64];

	(void)snprintf(
	    path, sizeof path, "%s", fixture_path(&fixture, 0, "mark"));
	for (int fd = 3; fd < 256; fd++) {
		ssize_t size = 0;

		(void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
		size = readlink(name, seen, sizeof seen - 1);
		if (size > 0) {
			seen[size] = '\0';
		}
		if (size > 0 && strcmp(seen, path) == 0) {
			int reading = open(path, O_RDONLY | O_CLOEXEC);

			ck_assert_int_ge(reading, 0);
			ck_assert_int_eq(dup2(reading, fd), fd);
			(void)close(reading);
			return;
		}
	}
	ck_abort_msg("the mark is not open");
}

/* M180 */
START_TEST(what_is_staged_is_not_released)
{
	struct checkpoint old = *node_head(fixture.nodes[0]);
	struct id32 record;

	OK(fixture_share(&fixture, 0, 1u << 1, "staged", &record));
	ck_assert(!released(&record, &old));
	OK(node_commit(fixture.nodes[0]));
	ck_assert(released(&record, &old));
}
END_TEST

/* M180 */
START_TEST(what_the_mark_does_not_name_is_held_back)
{
	struct checkpoint old = *node_head(fixture.nodes[0]);
	struct replica_taken taken;
	struct node_event event;
	Qsg__Records *message = NULL;
	struct id32 record;
	struct id32 other;
	const char *why = NULL;

	drain_events();
	jam_mark();
	OK(fixture_share(&fixture, 0, 1u << 1, "held back", &record));
	FAILS(node_commit(fixture.nodes[0]), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "held back"));
	ck_assert(!node_staged(fixture.nodes[0]));
	ck_assert(!next_event(&event));
	ck_assert(!released(&record, &old));
	ck_assert(!node_may_sign(fixture.nodes[0], &why));
	ck_assert_ptr_nonnull(strstr(why, "cannot be written"));
	FAILS(fixture_share(&fixture, 0, 1u << 1, "no", &other), ERR_STATE);
	/* Nor does anything that comes later let it out. */
	OK(fixture_share(&fixture, 2, 1u << 0, "to 0", &other));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 0, 2, &taken));
	fixture_assert_text(&fixture, 0, &other, "to 0");
	ck_assert(!released(&record, &old));
	OK(replica_done(fixture.nodes[0], fixture_peer(&fixture, 0, 1), 1));
	fixture.nodes[0]->poisoned = ERR_FULL;
	FAILS(node_commit(fixture.nodes[0]), ERR_FULL);
	ck_assert(!released(&record, &old));
	ck_assert(!node_may_sign(fixture.nodes[0], &why));
	message = fixture_message(&fixture, 0, 1, &before, 1, 9);
	OK(fixture_take(&fixture, 1, 0, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
	ck_assert_ptr_null(fixture_view(&fixture, 1, &record));
	fixture_assert_text(&fixture, 1, &before, "before");
	/* A start that finds the mark writable lets it go. */
	fixture_restart(&fixture, 0, _i);
	ck_assert(released(&record, &old));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &record, "held back");
	other = fixture_shared(&fixture, "on we go");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M180: the power goes between the commit and the mark. */
START_TEST(a_mark_that_is_behind_catches_up)
{
	struct replica_taken taken;
	const char *why = NULL;
	struct id32 record;

	fixture_copy_file(&fixture, 0, "mark", "old.mark");
	record = fixture_shared(&fixture, "committed");
	node_crash(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	fixture_copy_file(&fixture, 0, "old.mark", "mark");
	OK(fixture_reopen(&fixture, 0));
	ck_assert(node_may_sign(fixture.nodes[0], &why));
	ck_assert_uint_eq(mark_head(fixture.nodes[0]->mark)->size,
	    node_head(fixture.nodes[0])->size);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &record, "committed");
	fixture_restart(&fixture, 0, true);
	ck_assert(node_may_sign(fixture.nodes[0], &why));
	fixture_shared(&fixture, "and on");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/*
 * The mark.
 */

static void remove_mark(void)
{
	fixture_remove_file(&fixture, 0, "mark");
}

static void cut_mark(void)
{
	ck_assert_int_eq(truncate(fixture_path(&fixture, 0, "mark"), 1000), 0);
}

static void blot_mark(void)
{
	FILE *file = fopen(fixture_path(&fixture, 0, "mark"), "r+");

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 1024; i++) {
		ck_assert_int_eq(fputc('x', file), 'x');
	}
	ck_assert_int_eq(fclose(file), 0);
}

static void set_mark(uint64_t ahead, bool other_root, bool other_log)
{
	struct mark_head head = { 0 };
	struct mark *mark = NULL;
	char path[160];

	(void)snprintf(
	    path, sizeof path, "%s", fixture_path(&fixture, 0, "mark"));
	OK(mark_open(path, &mark));
	head = *mark_head(mark);
	mark_close(mark);
	fixture_remove_file(&fixture, 0, "mark");
	head.size += ahead;
	head.root.b[0] ^= other_root;
	head.generation.b[0] ^= other_log;
	OK(mark_create(path, &head, &mark));
	mark_close(mark);
}

static void mark_ahead(void)
{
	set_mark(1, false, false);
}

static void mark_of_another_root(void)
{
	set_mark(0, true, false);
}

static void mark_of_another_log(void)
{
	set_mark(0, false, true);
}

static const struct {
	void (*change)(void);
	const char *why;
} marks[] = {
	{ remove_mark, "missing or damaged" },
	{ cut_mark, "missing or damaged" },
	{ blot_mark, "missing or damaged" },
	{ mark_ahead, "older than the high-water mark" },
	{ mark_of_another_root, "older than the high-water mark" },
	{ mark_of_another_log, "another log generation" },
};

/* M181 */
START_TEST(without_its_mark_a_node_serves_and_signs_nothing)
{
	struct checkpoint old = *node_head(fixture.nodes[0]);
	const char *const endpoints[1] = { "tcp://h:1" };
	struct verify_report report;
	struct replica_taken taken;
	struct id32 record;
	const char *why = NULL;

	close_0();
	marks[_i].change();
	OK(fixture_reopen(&fixture, 0));
	for (int i = 0; i < 2; i++) {
		ck_assert(!node_may_sign(fixture.nodes[0], &why));
		ck_assert_msg(
		    strstr(why, marks[_i].why) != NULL, "says: %s", why);
		FAILS(fixture_share(&fixture, 0, 1u << 1, "no", &record),
		    ERR_STATE);
		ck_assert_ptr_nonnull(strstr(err_text(), marks[_i].why));
		FAILS(node_set_endpoints(fixture.nodes[0], endpoints, 1),
		    ERR_STATE);
		OK(node_commit(fixture.nodes[0]));
		fixture_assert_text(&fixture, 0, &before, "before");
		ck_assert(checkpoint_equal(node_head(fixture.nodes[0]), &old));
		OK(verify_node(fixture.nodes[0], &report));
		ck_assert_uint_eq(report.faults, 1);
		fixture_restart(&fixture, 0, true);
	}
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture_assert_text(&fixture, 1, &before, "before");
	OK(fixture_share(&fixture, 2, 1u << 0, "to 0", &record));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 0, 2, &taken));
	fixture_assert_text(&fixture, 0, &record, "to 0");
	ck_assert(checkpoint_equal(node_head(fixture.nodes[0]), &old));
}
END_TEST

START_TEST(a_home_open_to_others_is_refused)
{
	close_0();
	ck_assert_int_eq(chmod(fixture_path(&fixture, 0, NULL), 0750), 0);
	FAILS(fixture_reopen(&fixture, 0), ERR_DENIED);
	ck_assert_int_eq(chmod(fixture_path(&fixture, 0, NULL), 0700), 0);
	OK(fixture_reopen(&fixture, 0));
}
END_TEST

Suite *test_node_suite(void)
{
	Suite *suite = suite_create("node");
	TCase *tcase = tcase_create("node");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, events_come_with_the_commit_and_once_a_stream);
	tcase_add_test(tcase, what_is_staged_is_not_released);
	tcase_add_test(tcase, a_home_open_to_others_is_refused);
	tcase_add_loop_test(
	    tcase, what_the_mark_does_not_name_is_held_back, 0, 2);
	tcase_add_test(tcase, a_mark_that_is_behind_catches_up);
	tcase_add_loop_test(tcase,
	    without_its_mark_a_node_serves_and_signs_nothing, 0,
	    (int)(sizeof marks / sizeof marks[0]));
	suite_add_tcase(suite, tcase);
	return suite;
}
