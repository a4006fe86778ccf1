#define _GNU_SOURCE

#include "fixture.h"

#include "base/fs.h"
#include "service/home.h"
#include "service/verify.h"
#include "store/schema.h"
#include "unit/mutate.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *test_verify_suite(void);

/* Node 1 holds records of its own and of 0. */
static struct fixture fixture;

static void setup(void)
{
	struct replica_taken taken;
	struct id32 record;

	fixture_open(&fixture, 2);
	for (int i = 0; i < 3; i++) {
		OK(fixture_share(&fixture, 0, 1u << 1, "theirs", &record));
		OK(fixture_share(&fixture, 1, 0, "ours", &record));
	}
	OK(node_commit(fixture.nodes[0]));
	OK(node_commit(fixture.nodes[1]));
	OK(fixture_pull(&fixture, 1, 0, &taken));
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static void sql(const char *text)
{
	struct sqlite3 *connection = NULL;
	char *why = NULL;

	ck_assert_int_eq(
	    sqlite3_open(fixture_path(&fixture, 1, "records.db"), &connection),
	    SQLITE_OK);
	(void)sqlite3_exec(connection, text, NULL, NULL, &why);
	ck_assert_msg(why == NULL, "%s: %s", text, why);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
}

START_TEST(a_sound_home_has_everything_counted_and_no_fault)
{
	struct verify_report report;

	OK(verify_node(fixture.nodes[1], &report));
	ck_assert_str_eq(report.first_fault, "");
	ck_assert_uint_eq(report.faults, 0);
	ck_assert_uint_eq(report.records, 8);
	ck_assert_uint_eq(report.opened, 8);
	ck_assert_uint_eq(report.logs, 2);
	ck_assert_uint_eq(report.streams, 2);
	ck_assert_uint_eq(report.cards, 2);
}
END_TEST

/* Damage behind a snapshot that still fits: a start does not read all. Records
 * 2 and 3 are content of our own; 6 to 8 are content of 0's. */
static const char *const damages[] = {
	"UPDATE record SET body = zeroblob(length(body)) WHERE rid = 3",
	"UPDATE record SET body = NULL WHERE rid = 3",
	("UPDATE record SET state = 2, reason = 4,"
	 " body = zeroblob(length(body)) WHERE rid = 7"),
	"UPDATE record SET wrapped = zeroblob(48) WHERE rid = 3",
	"UPDATE record SET leaf = leaf + 1 WHERE rid = 3",
	"UPDATE record SET number = 9 WHERE rid = 3",
	("UPDATE record SET header = (SELECT header FROM record WHERE rid = 2)"
	 " WHERE rid = 3"),
	"UPDATE record SET slots = zeroblob(length(slots)) WHERE rid = 5",
	"UPDATE record SET body = zeroblob(length(body)) WHERE rid = 7",
	"UPDATE log SET root = zeroblob(32) WHERE log = 2",
	"UPDATE log SET size = size + 1 WHERE log = 2",
	"UPDATE log SET note = zeroblob(length(note)) WHERE log = 2",
	("UPDATE log SET note = (SELECT note FROM log WHERE log = 1)"
	 " WHERE log = 2"),
	"UPDATE stream SET last = zeroblob(32) WHERE stream = 2",
	"UPDATE stream SET taken = taken + 1 WHERE stream = 2",
	"UPDATE stream SET status = 1 WHERE stream = 2",
	"UPDATE stream SET status = 3, reason = 1 WHERE stream = 2",
	"UPDATE stream SET status = 3, reason = 4 WHERE stream = 1",
	"UPDATE stream SET chain = NULL WHERE stream = 2",
	"UPDATE stream SET chain = zeroblob(72) WHERE stream = 2",
	"UPDATE stream SET keyed_by = last WHERE stream = 2",
	"UPDATE stream SET keyed_ms = keyed_ms - 1 WHERE stream = 2",
	"UPDATE stream SET commitment = last WHERE stream = 2",
	"UPDATE stream SET receipted = 2 WHERE stream = 2",
	"UPDATE record SET state = 2, reason = 7, wrapped = NULL WHERE rid = 3",
	"UPDATE record SET state = 2, reason = 4 WHERE rid = 7",
	"UPDATE record SET received_ms = -1 WHERE rid = 7",
	"UPDATE record SET body = substr(body, 2) WHERE rid = 7",
	"INSERT INTO meta VALUES ('unproven/2', x'00')",
	"INSERT INTO meta VALUES ('split/2', x'00')",
	"INSERT INTO meta VALUES ('card-conflict/9', x'31')",
	"INSERT INTO meta VALUES ('another', x'00')",
	"INSERT INTO receipt VALUES (2, 1, 4, 1, 3)",
	"INSERT INTO sent VALUES (2, 2, 1, 1)",
	"INSERT INTO sent VALUES (1, 2, 1, 1)",
	"INSERT INTO draft VALUES (1, 1, zeroblob(50))",
	"INSERT INTO evidence VALUES (1, 2, 'split-view', 1, x'00', x'00')",
	"INSERT INTO head VALUES (2, 4, 1, x'00')",
	"INSERT INTO head SELECT 2, size, 1, note FROM log WHERE log = 2",
	"INSERT INTO cosignature VALUES (1, 4, 2, 1, x'00')",
	"INSERT INTO quarantine_peer VALUES (1, zeroblob(32), 0, 0)",
};

START_TEST(a_home_that_was_tampered_with_has_a_fault)
{
	struct verify_report report;

	node_close(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	sql(damages[_i]);
	fixture_retally(&fixture, 1);
	if (fixture_reopen(&fixture, 1)) {
		/* A start reads some of it already. */
		ck_assert_msg(strstr(err_text(), " row"), "%s", err_text());
		return;
	}
	OK(verify_node(fixture.nodes[1], &report));
	ck_assert_msg(report.faults > 0, "%s", damages[_i]);
	ck_assert_msg(
	    strstr(report.first_fault, " row "), "%s", report.first_fault);
}
END_TEST

/* M282 M283: what nothing else follows from, and the tally itself. */
START_TEST(what_only_the_tally_tells_is_found)
{
	static const char *const changes[][2] = {
		{ "UPDATE org SET seen_ms = 5 WHERE org = 2",
		    "org: a row is not as this node wrote it" },
		{ "UPDATE record SET received_ms = 5 WHERE rid = 7",
		    "record: a row is not as this node wrote it" },
		{ "DELETE FROM tally", "tally row 1: it is gone" },
		{ "UPDATE tally SET sealed = zeroblob(length(sealed))",
		    "tally row 1: sealed state does not open" },
	};
	struct verify_report report;

	node_close(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	sql(changes[_i][0]);
	OK(fixture_reopen(&fixture, 1));
	/* It goes on, and so does what it says. */
	for (int i = 0; i < 2; i++) {
		struct id32 record;

		OK(verify_node(fixture.nodes[1], &report));
		ck_assert_uint_ge(report.faults, 1);
		ck_assert_str_eq(report.first_fault, changes[_i][1]);
		OK(fixture_share(&fixture, 1, 0, "more", &record));
		OK(node_commit(fixture.nodes[1]));
		fixture_restart(&fixture, 1, i > 0);
	}
}
END_TEST

/* M261 */
START_TEST(records_that_changed_places_are_found)
{
	struct verify_report report;

	node_close(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	sql("UPDATE record SET rid = -1 WHERE rid = 6;"
	    "UPDATE record SET rid = 6 WHERE rid = 7;"
	    "UPDATE record SET rid = 7 WHERE rid = -1");
	fixture_retally(&fixture, 1);
	OK(fixture_reopen(&fixture, 1));
	OK(verify_node(fixture.nodes[1], &report));
	ck_assert_str_eq(report.first_fault,
	    "record row 6: a record that does not follow the one before it");
}
END_TEST

/* Nothing remembers what it was but the bytes. */
START_TEST(a_state_that_its_bytes_contradict_is_found)
{
	static const char *const changes[] = {
		"UPDATE record SET state = 2, reason = 4 WHERE rid = 7",
		"UPDATE record SET state = 2, reason = 3 WHERE rid = 7",
		"UPDATE record SET state = 1, reason = 8 WHERE rid = 7",
	};
	struct verify_report report;

	node_close(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	fixture_remove_file(&fixture, 1, "snapshot");
	sql(changes[_i]);
	fixture_retally(&fixture, 1);
	OK(fixture_reopen(&fixture, 1));
	OK(verify_node(fixture.nodes[1], &report));
	ck_assert_str_eq(report.first_fault,
	    "record row 7: a state that does not fit what it holds");
}
END_TEST

static int64_t number_of(const char *text)
{
	struct sqlite3 *connection = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t number = 0;

	ck_assert_int_eq(
	    sqlite3_open(fixture_path(&fixture, 1, "records.db"), &connection),
	    SQLITE_OK);
	ck_assert_int_eq(
	    sqlite3_prepare_v2(connection, text, -1, &statement, NULL),
	    SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
	return number;
}

/* What stands in 1's tree of 0's log at the place of a node row. */
static enum err node_at(int64_t key, struct id32 *out)
{
	uint32_t level = 0;
	uint64_t index = 0;

	merkle_place((uint64_t)key & ((UINT64_C(1) << 42) - 1), &level, &index);
	return merkle_tree_node(
	    state_log(fixture.nodes[1], key >> 42)->tree, level, index, out);
}

/* Change or delete one row of the tree's nodes; is it found, by the tally or
 * without it? */
static bool finds(int64_t key, const char *change, bool by_tally)
{
	struct verify_report report = { 0 };
	char text[128];
	bool found = false;

	node_close(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	fixture_copy_file(&fixture, 1, "records.db", "sound");
	(void)snprintf(text, sizeof text, "%s %lld", change, (long long)key);
	sql(text);
	if (!by_tally) {
		fixture_retally(&fixture, 1);
	}
	found = fixture_reopen(&fixture, 1) != ERR_OK;
	if (!found) {
		OK(verify_node(fixture.nodes[1], &report));
		found = report.faults > 0;
	}
	return found;
}

static void mend(void)
{
	node_crash(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	fixture_copy_file(&fixture, 1, "sound", "records.db");
	OK(fixture_reopen(&fixture, 1));
}

/* M261 M282: one row after the other. One that follows from those below it is
 * missed by the tally alone. */
START_TEST(a_changed_or_missing_node_is_found)
{
	struct replica_taken taken;
	struct id32 record, before, after;
	int64_t rows = 0;
	unsigned redundant = 0;

	for (unsigned i = 0; i < 60; i++) {
		OK(fixture_share(&fixture, 0,
		    i % 3 == 0 || i > 40 ? 1u << 1 : 0, "x", &record));
		OK(node_commit(fixture.nodes[0]));
		if (i % 20 == 19) {
			OK(fixture_pull(&fixture, 1, 0, &taken));
		}
	}
	fixture_restart(&fixture, 1, false);
	node_close(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	rows = number_of("SELECT count(*) FROM node");
	ck_assert_int_gt(rows, 20);
	for (int64_t i = 0; i < rows; i += (int64_t)mutate_every()) {
		char text[80];
		int64_t key = 0;

		(void)snprintf(text, sizeof text,
		    "SELECT node FROM node LIMIT 1 OFFSET %lld", (long long)i);
		key = number_of(text);
		OK(fixture_reopen(&fixture, 1));
		OK(node_at(key, &before));
		ck_assert_msg(finds(key,
				  "UPDATE node SET hash = randomblob(32) WHERE"
				  " node =",
				  false),
		    "row %lld changed", (long long)i);
		mend();
		ck_assert_msg(finds(key, "DELETE FROM node WHERE node =", true),
		    "row %lld deleted", (long long)i);
		mend();
		if (!finds(key, "DELETE FROM node WHERE node =", false)) {
			ck_assert_msg(node_at(key, &after) == ERR_OK &&
					  id_equal(&before, &after),
			    "row %lld deleted", (long long)i);
			redundant++;
		}
		mend();
		node_close(fixture.nodes[1]);
		fixture.nodes[1] = NULL;
	}
	ck_assert_uint_gt(redundant, 0);
	ck_assert_uint_lt(redundant, (unsigned)rows);
}
END_TEST

static void spoil_view(int which, struct view_record *view)
{
	switch (which) {
	case 0:
		view->kind ^= 1;
		break;
	case 1:
		view->provider = view->source;
		break;
	case 2:
		view->created_ms++;
		break;
	case 3:
		view->corrected_by = 1;
		break;
	default:
		view->bytes++;
		break;
	}
}

/* M264 */
START_TEST(a_view_that_is_not_what_its_record_says_is_found)
{
	struct verify_report report;

	spoil_view(_i, views_edit(fixture.nodes[1]->views, 7));
	OK(verify_node(fixture.nodes[1], &report));
	ck_assert_uint_eq(report.faults, 1);
	ck_assert_str_eq(report.first_fault,
	    "record row 7: the view in use is not what it says");
}
END_TEST

/* M264 */
START_TEST(what_is_in_use_of_streams_and_logs_is_compared)
{
	struct verify_report report;

	fixture.nodes[1]->streams[1].receipted++;
	fixture.nodes[1]->logs[1].withheld++;
	fixture.nodes[1]->peers[1]->card_conflict = true;
	OK(verify_node(fixture.nodes[1], &report));
	ck_assert_uint_eq(report.faults, 3);
}
END_TEST

static int calls;

static void progress(
    void *context, const char *what, uint64_t done, uint64_t total)
{
	(void)context;
	(void)what;
	ck_assert_uint_le(done, total);
	calls++;
}

START_TEST(a_long_check_says_how_far_it_is)
{
	struct verify_report report;
	struct id32 record;

	for (int i = 0; i < 4200; i++) {
		OK(fixture_share(&fixture, 1, 0, "many", &record));
	}
	fixture.nodes[1]->options.progress = progress;
	OK(verify_node(fixture.nodes[1], &report));
	ck_assert_uint_eq(report.faults, 0);
	/* What was staged was committed first. */
	ck_assert(!node_staged(fixture.nodes[1]));
	ck_assert_int_ge(calls, 1);
}
END_TEST

/*
 * Making and opening homes.
 */

static enum err create(const char *home, const char *name)
{
	struct node_profile profile = { .name = name,
		.code = "99A",
		.kind = "ccg",
		.endpoint = "tcp://127.0.0.1:7101" };
	uint8_t text[] = "secret";
	struct passphrase *passphrase = NULL;
	enum err err = ERR_OK;

	OK(keystore_passphrase(text, sizeof text - 1, &passphrase));
	err = node_create(home, &profile, passphrase, KEYSTORE_CHEAP,
	    &fixture.clock, &fixture.rng);
	passphrase_free(passphrase);
	return err;
}

START_TEST(a_new_home_is_private_and_whole)
{
	static const char *const names[] = { "keys", "records.db", "mark",
		"card.pub" };
	struct buf text = { 0 };
	struct card card = { 0 };
	struct stat info;

	OK(create(fixture_path(&fixture, 3, NULL), "New"));
	ck_assert_int_eq(stat(fixture_path(&fixture, 3, NULL), &info), 0);
	ck_assert_int_eq(info.st_mode & 0777, 0700);
	for (size_t i = 0; i < 4; i++) {
		ck_assert_int_eq(
		    stat(fixture_path(&fixture, 3, names[i]), &info), 0);
		ck_assert_int_eq(info.st_mode & 0777, 0600);
	}
	OK(fs_read(fixture_path(&fixture, 3, "card.pub"), 65536, &text));
	OK(card_read(buf_span(&text), &card));
	ck_assert_str_eq(card.fields->name, "New");
	ck_assert_uint_eq(card.fields->version, 1);
	ck_assert_str_eq(card.fields->endpoints[0], "tcp://127.0.0.1:7101");
	OK(fixture_reopen(&fixture, 3));
	fixture_assert_verifies(&fixture, 3);
	ck_assert_uint_eq(node_head(fixture.nodes[3])->size, 0);
	ck_assert_uint_eq(node_head_note(fixture.nodes[3]).size, 0);
	card_clear(&card);
	buf_clear(&text);
}
END_TEST

START_TEST(a_home_is_not_made_over_another)
{
	struct id32 id = *node_id(fixture.nodes[0]);

	FAILS(create(fixture_path(&fixture, 0, NULL), "New"), ERR_EXISTS);
	fixture_restart(&fixture, 0, false);
	ck_assert(id_equal(&id, node_id(fixture.nodes[0])));
}
END_TEST

START_TEST(a_home_that_fails_leaves_nothing_behind)
{
	char *home = strdup(fixture_path(&fixture, 3, NULL));

	FAILS(create(home, ""), ERR_INPUT);
	ck_assert(!fs_exists(home));
	OK(create(home, "New"));
	free(home);
}
END_TEST

START_TEST(a_home_that_others_may_read_is_not_opened)
{
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	ck_assert_int_eq(chmod(fixture_path(&fixture, 0, NULL), 0750), 0);
	FAILS(fixture_reopen(&fixture, 0), ERR_DENIED);
	ck_assert_int_eq(chmod(fixture_path(&fixture, 0, NULL), 0700), 0);
	OK(fixture_reopen(&fixture, 0));
}
END_TEST

START_TEST(a_home_without_records_is_damaged_not_new)
{
	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	fixture_remove_file(&fixture, 0, "records.db");
	FAILS(fixture_reopen(&fixture, 0), ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err_text(), "no records.db"));
	ck_assert(!fs_exists(fixture_path(&fixture, 0, "records.db")));
}
END_TEST

START_TEST(a_home_of_a_newer_program_is_left_alone)
{
	node_close(fixture.nodes[1]);
	fixture.nodes[1] = NULL;
	sql("PRAGMA user_version = 99");
	FAILS(fixture_reopen(&fixture, 1), ERR_VERSION);
	char back[48];
	(void)snprintf(
	    back, sizeof back, "PRAGMA user_version = %d", schema_version());
	sql(back);
	OK(fixture_reopen(&fixture, 1));
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(a_home_path_has_its_limits)
{
	struct buf path = { 0 };

	OK(home_path("/tmp/home", "keys", &path));
	ck_assert_str_eq(buf_text(&path), "/tmp/home/keys");
	OK(home_path("/tmp/home", "mark", &path));
	ck_assert_str_eq(buf_text(&path), "/tmp/home/mark");
	buf_clear(&path);
}
END_TEST

Suite *test_verify_suite(void)
{
	Suite *suite = suite_create("verify");
	TCase *tcase = tcase_create("verify");
	TCase *homes = tcase_create("homes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_sound_home_has_everything_counted_and_no_fault);
	tcase_add_loop_test(tcase, a_home_that_was_tampered_with_has_a_fault, 0,
	    (int)(sizeof damages / sizeof damages[0]));
	tcase_add_loop_test(tcase, what_only_the_tally_tells_is_found, 0, 4);
	tcase_add_test(tcase, records_that_changed_places_are_found);
	tcase_add_loop_test(
	    tcase, a_state_that_its_bytes_contradict_is_found, 0, 3);
	tcase_add_test(tcase, a_changed_or_missing_node_is_found);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
	    tcase, a_view_that_is_not_what_its_record_says_is_found, 0, 5);
	tcase_add_test(tcase, what_is_in_use_of_streams_and_logs_is_compared);
	tcase_add_test(tcase, a_long_check_says_how_far_it_is);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(homes, setup, teardown);
	tcase_add_test(homes, a_new_home_is_private_and_whole);
	tcase_add_test(homes, a_home_is_not_made_over_another);
	tcase_add_test(homes, a_home_that_fails_leaves_nothing_behind);
	tcase_add_test(homes, a_home_that_others_may_read_is_not_opened);
	tcase_add_test(homes, a_home_without_records_is_damaged_not_new);
	tcase_add_test(homes, a_home_of_a_newer_program_is_left_alone);
	tcase_add_test(homes, a_home_path_has_its_limits);
	suite_add_tcase(suite, homes);
	return suite;
}
