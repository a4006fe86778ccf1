#define _GNU_SOURCE

#include "evil.h"

#include "base/fs.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/query.h"
#include "service/verify.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

Suite *test_load_suite(void);

/* Node 0 holds records of its own and of 2; its home is damaged. */
static struct fixture fixture;
static struct id32 own;

static void indicators(Qsg__Payload *payload)
{
	static Qsg__IndicatorSet set;
	static Qsg__IndicatorRow rows[2];
	static Qsg__IndicatorRow *list[2] = { &rows[0], &rows[1] };
	static Qsg__IndicatorValue value;
	static Qsg__IndicatorValue *values[1] = { &value };
	static char *columns[1];

	qsg__payload__init(payload);
	qsg__indicator_set__init(&set);
	qsg__indicator_value__init(&value);
	columns[0] = canon_lend("attendances");
	set.set = canon_lend("ae-attendances");
	set.publisher = canon_lend("NHS England");
	set.period = canon_lend("2017-03");
	set.columns = columns;
	set.n_columns = 1;
	for (size_t i = 0; i < 2; i++) {
		qsg__indicator_row__init(&rows[i]);
		rows[i].provider = canon_lend(i ? "RQM" : "RAS");
		rows[i].values = values;
		rows[i].n_values = 1;
	}
	set.rows = list;
	set.n_rows = 2;
	payload->version = 1;
	payload->role = canon_lend("administrator");
	payload->content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	payload->indicators = &set;
}

static void setup(void)
{
	struct replica_taken taken;
	struct id32 record;

	fixture_open(&fixture, 3);
	for (int i = 0; i < 3; i++) {
		OK(fixture_share(&fixture, 0, 1u << (i % 2 + 1), "own", &own));
		OK(fixture_share(&fixture, 2, 1u << 0, "of 2", &record));
		OK(node_commit(fixture.nodes[0]));
		OK(node_commit(fixture.nodes[2]));
		OK(fixture_pull(&fixture, 0, 2, &taken));
	}
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static void close_0(bool crash)
{
	if (crash) {
		node_crash(fixture.nodes[0]);
	} else {
		node_close(fixture.nodes[0]);
	}
	fixture.nodes[0] = NULL;
}

/* Everything the views say, as text. */
static enum err put_item(void *context, const struct query_item *item)
{
	const struct view_record *v = item->view;

	return buf_printf(context,
	    "%u %s %lld %lld %llu %llu %u %s %u %u %u %u %s %s %u %u %u %u "
	    "%u %d %d\n",
	    item->rid, text_hex_id(&v->id).text, (long long)v->received_ms,
	    (long long)v->created_ms, (unsigned long long)v->leaf,
	    (unsigned long long)v->number, v->stream, item->provider,
	    v->corrects, v->corrected_by, v->rows, v->bytes, item->source,
	    item->dimension, v->type, v->state, v->reason, v->kind, v->slotted,
	    item->payload != NULL, (int)item->author->org);
}

static void dump(struct buf *out)
{
	struct query_filter filter = { .since_ms = INT64_MIN,
		.housekeeping = true };
	struct query_filter of_row = { .since_ms = INT64_MIN,
		.provider = "RQM" };
	struct query_totals totals;

	OK(query_records(fixture.nodes[0], &filter, true, put_item, out));
	OK(buf_printf(out, "--\n"));
	OK(query_records(fixture.nodes[0], &of_row, false, put_item, out));
	OK(query_totals(fixture.nodes[0], &totals));
	OK(buf_printf(out, "%llu %llu %llu %llu %llu %llu\n",
	    (unsigned long long)totals.records, (unsigned long long)totals.own,
	    (unsigned long long)totals.unreadable,
	    (unsigned long long)totals.bodyless,
	    (unsigned long long)totals.streams,
	    (unsigned long long)fixture.nodes[0]->accounts[0].bytes));
}

static void assert_same(struct buf *a, struct buf *b)
{
	ck_assert_str_eq(buf_text(a), buf_text(b));
	ck_assert_uint_gt(a->size, 100);
	buf_clear(a);
	buf_clear(b);
}

/* False when there is but a zero, which is mostly room that is not used. */
static bool flip(const char *name, long at)
{
	FILE *file = fopen(fixture_path(&fixture, 0, name), "r+");
	int byte = 0;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
	byte = fgetc(file);
	ck_assert_int_ne(byte, EOF);
	ck_assert_int_eq(fseek(file, at, SEEK_SET), 0);
	ck_assert_int_ne(fputc(byte ? byte ^ 0x20 : 0, file), EOF);
	ck_assert_int_eq(fclose(file), 0);
	return byte != 0;
}

static long size_of(const char *name)
{
	struct stat info;

	ck_assert_int_eq(stat(fixture_path(&fixture, 0, name), &info), 0);
	return (long)info.st_size;
}

/*
 * Snapshots.
 */

static void stage_all_kinds(void)
{
	struct id32 record;
	Qsg__Payload payload;

	indicators(&payload);
	OK(submit_payload(fixture.nodes[0], NULL, 0, &payload, &record));
	OK(fixture_share(&fixture, 0, 1u << 2, "more", &record));
	OK(node_commit(fixture.nodes[0]));
}

START_TEST(views_are_the_same_from_snapshot_and_from_records)
{
	struct buf first = { 0 };
	struct buf second = { 0 };

	stage_all_kinds();
	dump(&first);
	switch (_i) {
	case 0: /* as saved */
		fixture_restart(&fixture, 0, false);
		break;
	case 1: /* missing */
		close_0(false);
		fixture_remove_file(&fixture, 0, "snapshot");
		OK(fixture_reopen(&fixture, 0));
		break;
	case 2: /* damaged */
		close_0(false);
		ck_assert(flip("snapshot", size_of("snapshot") / 2));
		OK(fixture_reopen(&fixture, 0));
		break;
	case 3: /* cut */
		close_0(false);
		ck_assert_int_eq(
		    truncate(fixture_path(&fixture, 0, "snapshot"), 100), 0);
		OK(fixture_reopen(&fixture, 0));
		break;
	case 4: /* empty */
		close_0(false);
		ck_assert_int_eq(
		    truncate(fixture_path(&fixture, 0, "snapshot"), 0), 0);
		OK(fixture_reopen(&fixture, 0));
		break;
	default: /* older than the records */
		fixture_restart(&fixture, 0, false);
		buf_reset(&first);
		stage_all_kinds();
		dump(&first);
		fixture_restart(&fixture, 0, true);
		break;
	}
	dump(&second);
	assert_same(&first, &second);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(bytes_that_came_after_the_snapshot_are_not_forgotten)
{
	struct evil evil;
	struct evil_stream stream;
	struct evil_record records[2];
	const struct evil_record *list[2] = { &records[0], &records[1] };
	struct evil_record bare[2];
	struct evil_spec spec = { .slotted = false };
	struct buf payload = { 0 };
	struct buf first = { 0 };
	struct buf second = { 0 };
	struct replica_taken taken;
	Qsg__Payload content;

	indicators(&content);
	OK(canon_encode(&content.base, &payload));
	spec.payload = buf_span(&payload);
	evil_init(&evil, &fixture, 1);
	evil_audience(&evil, 1u << 0, &stream);
	evil_key(&evil, &stream, &records[0]);
	evil_make(&evil, &stream, &spec, &records[1]);
	for (size_t i = 0; i < 2; i++) {
		bare[i] = records[i];
		bare[i].body = (struct buf){ 0 };
		list[i] = &bare[i];
	}
	OK(evil_give(&evil, 0, list, 2, &taken));
	ck_assert_uint_eq(fixture.nodes[0]->stream_count, 4);
	ck_assert_uint_eq(fixture.nodes[0]->streams[3].bodyless, 2);
	stage_all_kinds(); /* and no longer the newest */
	fixture_restart(&fixture, 0, false);
	ck_assert_uint_eq(fixture.nodes[0]->streams[3].bodyless, 2);
	list[0] = &records[0];
	list[1] = &records[1];
	OK(evil_give(&evil, 0, list, 2, &taken));
	ck_assert_uint_eq(taken.held, 2);
	ck_assert_uint_eq(fixture.nodes[0]->streams[3].bodyless, 0);
	fixture_assert_state(
	    &fixture, 0, &records[1].id, RECORD_READABLE, RECORD_NO_REASON);
	ck_assert(views_concerns(fixture.nodes[0]->views,
	    views_find(fixture.nodes[0]->views, &records[1].id),
	    views_known(fixture.nodes[0]->views, "RAS")));
	dump(&first);
	if (_i) {
		close_0(true);
		fixture_remove_file(&fixture, 0, "snapshot");
		OK(fixture_reopen(&fixture, 0));
	} else {
		fixture_restart(&fixture, 0, true);
	}
	ck_assert_uint_eq(fixture.nodes[0]->streams[3].bodyless, 0);
	ck_assert_uint_eq(fixture.nodes[0]->streams[3].reader_count, 2);
	dump(&second);
	assert_same(&first, &second);
	fixture_assert_verifies(&fixture, 0);
	evil_record_clear(&records[0]);
	evil_record_clear(&records[1]);
	evil_clear(&evil);
	buf_clear(&payload);
}
END_TEST

START_TEST(a_snapshot_of_other_records_is_not_believed)
{
	struct buf first = { 0 };
	struct buf second = { 0 };
	struct replica_taken taken;
	struct id32 record;

	/* The records go back, the snapshot stays, and as many others come. */
	close_0(false);
	fixture_copy_file(&fixture, 0, "records.db", "old.db");
	OK(fixture_reopen(&fixture, 0));
	OK(fixture_share(&fixture, 0, 1u << 1, "will be lost", &own));
	OK(node_commit(fixture.nodes[0]));
	close_0(false);
	fixture_copy_file(&fixture, 0, "snapshot", "new.snapshot");
	fixture_copy_file(&fixture, 0, "old.db", "records.db");
	OK(fixture_reopen(&fixture, 0));
	OK(fixture_share(&fixture, 2, 1u << 0, "another", &record));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 0, 2, &taken));
	dump(&first);
	close_0(true);
	fixture_copy_file(&fixture, 0, "new.snapshot", "snapshot");
	OK(fixture_reopen(&fixture, 0));
	ck_assert_ptr_null(fixture_view(&fixture, 0, &own));
	dump(&second);
	assert_same(&first, &second);
}
END_TEST

/*
 * Damage.
 */

/* Use a node that may be damaged in every way there is. */
static void use_it(void)
{
	struct verify_report report;
	struct buf out = { 0 };
	struct id32 record;
	struct query_filter filter = { .since_ms = INT64_MIN,
		.housekeeping = true };
	enum err err = verify_node(fixture.nodes[0], &report);

	(void)err;
	err = query_records(fixture.nodes[0], &filter, true, put_item, &out);
	(void)err;
	err = fixture_share(&fixture, 0, 1u << 1, "on", &record);
	if (!err) {
		err = node_commit(fixture.nodes[0]);
	}
	(void)err;
	buf_clear(&out);
}

START_TEST(a_flipped_byte_anywhere_is_an_error_or_does_no_harm)
{
	struct rng_seeded state;
	uint64_t seed = 4711 + (uint64_t)_i;
	struct rng rng = rng_seed(&state, seed);
	bool with_snapshot = _i % 2;
	int refused = 0;
	long size = 0;

	close_0(!with_snapshot);
	if (!with_snapshot) {
		OK(fixture_reopen(&fixture, 0));
		close_0(false);
		fixture_remove_file(&fixture, 0, "snapshot");
	}
	fixture_copy_file(&fixture, 0, "records.db", "good.db");
	fixture_copy_file(&fixture, 0, "mark", "good.mark");
	if (with_snapshot) {
		fixture_copy_file(&fixture, 0, "snapshot", "good.snapshot");
	}
	size = size_of("records.db");
	for (int i = 0; i < 60; i++) {
		long at = (long)rng_below(&rng, (uint64_t)size);
		enum err err = ERR_OK;

		if (!flip("records.db", at)) {
			i--;
			continue;
		}
		err = fixture_reopen(&fixture, 0);
		ck_assert_msg(
		    err == ERR_OK || err == ERR_CORRUPT || err == ERR_VERSION,
		    "seed %llu, byte %ld: %d %s", (unsigned long long)seed, at,
		    err, err_text());
		if (err) {
			refused++;
			fixture.nodes[0] = NULL;
		} else {
			use_it();
			close_0(true);
		}
		fixture_copy_file(&fixture, 0, "good.db", "records.db");
		fixture_copy_file(&fixture, 0, "good.mark", "mark");
		(void)unlink(fixture_path(&fixture, 0, "records.db-wal"));
		(void)unlink(fixture_path(&fixture, 0, "records.db-shm"));
		if (with_snapshot) {
			fixture_copy_file(
			    &fixture, 0, "good.snapshot", "snapshot");
		}
	}
	ck_assert_int_gt(refused, 0);
	OK(fixture_reopen(&fixture, 0));
	fixture_assert_text(&fixture, 0, &own, "own");
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

static void sql(const char *text)
{
	struct sqlite3 *connection = NULL;
	char *why = NULL;

	ck_assert_int_eq(
	    sqlite3_open(fixture_path(&fixture, 0, "records.db"), &connection),
	    SQLITE_OK);
	(void)sqlite3_exec(connection, text, NULL, NULL, &why);
	ck_assert_msg(why == NULL, "%s: %s", text, why);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
}

static const char *const damages[] = {
	"UPDATE record SET stream = 99 WHERE rid = 1",
	"UPDATE record SET stream = 3 WHERE rid = 1",
	("UPDATE record SET number = 1, stream = 2 WHERE rid = 2;"
	 "UPDATE record SET number = 2, stream = 1 WHERE rid = 3"),
	("UPDATE record SET header = (SELECT header FROM record WHERE rid = 2)"
	 " WHERE rid = 1"),
	"UPDATE record SET header = x'00' WHERE rid = 1",
	"UPDATE record SET body = x'00' WHERE rid = 1",
	"UPDATE record SET wrapped = NULL WHERE rid = 1",
	"UPDATE record SET state = 9 WHERE rid = 1",
	"DELETE FROM record WHERE rid = 1",
	"DELETE FROM stream WHERE stream = 1",
	"UPDATE stream SET log = 77 WHERE stream = 1",
	"UPDATE stream SET id = zeroblob(32) WHERE stream = 1",
	"UPDATE stream SET status = 9 WHERE stream = 1",
	"UPDATE stream SET reason = 99 WHERE stream = 1",
	"DELETE FROM log WHERE log = 1",
	"UPDATE log SET org = 55 WHERE log = 1",
	"UPDATE log SET size = size + 1 WHERE log = 1",
	"DELETE FROM org WHERE org = 1",
	"DELETE FROM org WHERE org = 2",
	"UPDATE org SET card = zeroblob(100) WHERE org = 1",
	("UPDATE org SET card = (SELECT card FROM org WHERE org = 2)"
	 " WHERE org = 1"),
	"DROP TABLE stream",
};

START_TEST(a_row_out_of_place_is_damage)
{
	enum err err = ERR_OK;

	close_0(false);
	if (_i % 2) {
		fixture_remove_file(&fixture, 0, "snapshot");
	}
	sql(damages[_i / 2]);
	err = fixture_reopen(&fixture, 0);
	ck_assert_msg(err == ERR_CORRUPT, "%s: %d", damages[_i / 2], (int)err);
	fixture.nodes[0] = NULL;
}
END_TEST

/* Damage that a start with a snapshot does not meet, reading does. */
START_TEST(a_row_out_of_place_is_damage_when_it_is_read)
{
	struct verify_report report;
	enum err err = ERR_OK;
	struct buf out = { 0 };

	close_0(false);
	sql("UPDATE record SET (header, body, wrapped) = (SELECT header, body,"
	    " wrapped FROM record WHERE rid = 2) WHERE rid = 4");
	OK(fixture_reopen(&fixture, 0));
	err = query_open(fixture.nodes[0], 4, put_item, &out);
	FAILS(err, ERR_CORRUPT);
	OK(verify_node(fixture.nodes[0], &report));
	ck_assert_uint_ge(report.faults, 1);
	buf_clear(&out);
}
END_TEST

Suite *test_load_suite(void)
{
	Suite *suite = suite_create("load");
	TCase *tcase = tcase_create("load");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, views_are_the_same_from_snapshot_and_from_records, 0, 6);
	tcase_add_loop_test(
	    tcase, bytes_that_came_after_the_snapshot_are_not_forgotten, 0, 2);
	tcase_add_test(tcase, a_snapshot_of_other_records_is_not_believed);
	tcase_add_loop_test(
	    tcase, a_flipped_byte_anywhere_is_an_error_or_does_no_harm, 0, 4);
	tcase_add_loop_test(tcase, a_row_out_of_place_is_damage, 0,
	    2 * (int)(sizeof damages / sizeof damages[0]));
	tcase_add_test(tcase, a_row_out_of_place_is_damage_when_it_is_read);
	suite_add_tcase(suite, tcase);
	return suite;
}
