#define _GNU_SOURCE

#include "store/logs.h"

#include "unit/store/place.h"

Suite *test_logs_suite(void);

static struct log_row log_of(uint8_t number)
{
	struct log_row row = { .log = number,
		.org = number + 10,
		.size = LIMIT_TREE_SIZE - number,
		.note = span_text("qsg/ab/cd\n5\nroot\n") };
	memset(row.generation.b, number, sizeof(row.generation.b));
	memset(row.root.b, number ^ 0x33, sizeof(row.root.b));
	return row;
}

struct seen {
	size_t count;
	const void *want;
};

static enum err compare_log(void *context, const struct log_row *row)
{
	struct seen *seen = context;
	const struct log_row *want =
	    &((const struct log_row *)seen->want)[seen->count++];
	ck_assert_int_eq(row->log, want->log);
	ck_assert_int_eq(row->org, want->org);
	ck_assert_uint_eq(row->size, want->size);
	ck_assert(id_equal(&row->root, &want->root));
	ck_assert(span_equal(row->note, want->note));
	ck_assert(generation_equal(&row->generation, &want->generation));
	return ERR_OK;
}

START_TEST(logs_come_back_as_they_were_put_in)
{
	struct log_row rows[] = { log_of(1), log_of(2) };
	struct db *db = place_db();
	int64_t log = 0;
	rows[1].size = 0;
	rows[1].note = span_of(NULL, 0);
	OK(logs_add(db, &rows[0], &log));
	ck_assert_int_eq(log, 1);
	OK(logs_add(db, &rows[1], &log));
	ck_assert_int_eq(log, 2);
	FAILS(logs_add(db, &rows[1], &log), ERR_EXISTS);
	rows[0].size = 7;
	rows[0].root.b[0] = 1;
	rows[0].note = span_text("newer");
	OK(logs_set_head(db, &rows[0]));
	rows[0].log = 3;
	FAILS(logs_set_head(db, &rows[0]), ERR_NOTFOUND);
	rows[0].log = 1;
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	struct seen seen = { .want = rows };
	OK(logs_scan(db, compare_log, &seen));
	ck_assert_uint_eq(seen.count, 2);
	rows[0].size = LIMIT_TREE_SIZE + 1;
	FAILS(logs_set_head(db, &rows[0]), ERR_LIMIT);
	db_close(db);
}
END_TEST

START_TEST(no_more_than_a_million_logs)
{
	struct log_row rows[] = { log_of(1), log_of(2) };
	struct db *db = place_db();
	int64_t log = 0;
	OK(logs_add(db, &rows[0], &log));
	OK(db_commit(db));
	db_close(db);
	place_sql("UPDATE log SET log = 1048575");
	db = place_db();
	FAILS(logs_add(db, &rows[1], &log), ERR_LIMIT);
	FAILS(db_commit(db), ERR_LIMIT);
	db_close(db);
}
END_TEST

static const struct merkle_node places[] = {
	{ .level = 1, .index = 0, .hash = { { 1 } } },
	{ .level = 1, .index = 1, .hash = { { 2 } } },
	{ .level = 2, .index = 0, .hash = { { 3 } } },
	{ .level = 0, .index = (1ULL << 40) - 1, .hash = { { 4 } } },
	{ .level = 39, .index = 1, .hash = { { 5 } } },
	{ .level = 40, .index = 0, .hash = { { 6 } } },
};

enum { PLACES = sizeof(places) / sizeof(places[0]) };

struct found {
	size_t count;
	size_t per_log[4];
};

static enum err compare_node(
    void *context, int64_t log, const struct merkle_node *node)
{
	struct found *found = context;
	found->count++;
	ck_assert_int_ge(log, 1);
	ck_assert_int_le(log, 3);
	found->per_log[log]++;
	for (size_t i = 0; i < PLACES; i++) {
		if (places[i].level == node->level &&
		    places[i].index == node->index) {
			ck_assert(id_equal(&places[i].hash, &node->hash));
			return ERR_OK;
		}
	}
	ck_abort_msg("a node that was never put in");
}

START_TEST(nodes_come_back_once_each)
{
	struct db *db = place_db();
	struct merkle_nodes nodes = { 0 };
	for (size_t i = 0; i < PLACES; i++) {
		OK(merkle_nodes_add(
		    &nodes, places[i].level, places[i].index, &places[i].hash));
	}
	OK(logs_add_nodes(db, 1, &nodes));
	OK(logs_add_nodes(db, 1, &nodes));
	OK(logs_add_nodes(db, 3, &nodes));
	/* The first hash of a place stays. */
	nodes.items[0].hash.b[0] = 99;
	OK(logs_add_nodes(db, 3, &nodes));
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	struct found found = { 0 };
	OK(logs_scan_nodes(db, compare_node, &found));
	ck_assert_uint_eq(found.count, 2 * PLACES);
	ck_assert_uint_eq(found.per_log[1], PLACES);
	ck_assert_uint_eq(found.per_log[3], PLACES);
	merkle_nodes_clear(&nodes);
	db_close(db);
}
END_TEST

START_TEST(nodes_out_of_range_are_refused)
{
	struct db *db = place_db();
	struct merkle_nodes nodes = { 0 };
	OK(merkle_nodes_add(&nodes, 1, 0, &places[0].hash));
	FAILS(logs_add_nodes(db, 0, &nodes), ERR_LIMIT);
	FAILS(logs_add_nodes(db, 1 << 20, &nodes), ERR_LIMIT);
	nodes.items[0].level = 41;
	FAILS(logs_add_nodes(db, 1, &nodes), ERR_LIMIT);
	nodes.items[0].level = 64;
	FAILS(logs_add_nodes(db, 1, &nodes), ERR_LIMIT);
	nodes.items[0].level = 1;
	nodes.items[0].index = 1ULL << 39;
	FAILS(logs_add_nodes(db, 1, &nodes), ERR_LIMIT);
	merkle_nodes_clear(&nodes);
	db_close(db);
}
END_TEST

static struct stream_row stream_of(uint8_t number)
{
	struct stream_row row = { .stream = number,
		.log = 1,
		.has_chain = number % 2 == 1,
		.keyed_ms = 1234,
		.reason = 200 };
	row.state.taken = 9;
	row.state.keyed_at = 8;
	row.state.status = STREAM_FORKED;
	memset(row.state.id.b, number, sizeof(row.state.id.b));
	memset(row.state.last.b, 11, sizeof(row.state.last.b));
	memset(row.state.keyed_by.b, 12, sizeof(row.state.keyed_by.b));
	memset(row.state.audience_commitment.b, 13,
	    sizeof(row.state.audience_commitment.b));
	if (row.has_chain) {
		memset(row.chain, 14, sizeof(row.chain));
	}
	return row;
}

static enum err compare_stream(void *context, const struct stream_row *row)
{
	struct seen *seen = context;
	const struct stream_row *want =
	    &((const struct stream_row *)seen->want)[seen->count++];
	ck_assert_int_eq(row->stream, want->stream);
	ck_assert_int_eq(row->log, want->log);
	ck_assert_int_eq(row->has_chain, want->has_chain);
	ck_assert_mem_eq(row->chain, want->chain, sizeof(row->chain));
	ck_assert_int_eq(row->keyed_ms, want->keyed_ms);
	ck_assert_uint_eq(row->reason, want->reason);
	ck_assert(id_is_zero(&row->state.author));
	ck_assert(id_equal(&row->state.id, &want->state.id));
	ck_assert(id_equal(&row->state.last, &want->state.last));
	ck_assert(id_equal(&row->state.keyed_by, &want->state.keyed_by));
	ck_assert(id_equal(
	    &row->state.audience_commitment, &want->state.audience_commitment));
	ck_assert_uint_eq(row->state.taken, want->state.taken);
	ck_assert_uint_eq(row->state.keyed_at, want->state.keyed_at);
	ck_assert_int_eq(row->state.status, want->state.status);
	return ERR_OK;
}

START_TEST(streams_come_back_as_they_were_put_in)
{
	struct stream_row rows[] = { stream_of(1), stream_of(2) };
	struct db *db = place_db();
	int64_t stream = 0;
	OK(logs_add_stream(db, &rows[0], &stream));
	ck_assert_int_eq(stream, 1);
	OK(logs_add_stream(db, &rows[1], &stream));
	ck_assert_int_eq(stream, 2);
	FAILS(logs_add_stream(db, &rows[1], &stream), ERR_EXISTS);
	rows[0].state.taken = 10;
	rows[0].state.status = STREAM_OPEN;
	rows[0].has_chain = false;
	memset(rows[0].chain, 0, sizeof(rows[0].chain));
	rows[1].has_chain = true;
	memset(rows[1].chain, 21, sizeof(rows[1].chain));
	OK(logs_set_stream(db, &rows[0]));
	OK(logs_set_stream(db, &rows[1]));
	OK(db_commit(db));
	db_close(db);
	db = place_db();
	struct seen seen = { .want = rows };
	OK(logs_scan_streams(db, compare_stream, &seen));
	ck_assert_uint_eq(seen.count, 2);
	rows[0].stream = 7;
	FAILS(logs_set_stream(db, &rows[0]), ERR_NOTFOUND);
	rows[0].state.taken = UINT64_MAX;
	FAILS(logs_set_stream(db, &rows[0]), ERR_LIMIT);
	db_close(db);
}
END_TEST

static enum err take_log(void *context, const struct log_row *row)
{
	(void)context;
	(void)row;
	return ERR_OK;
}

static enum err take_node(
    void *context, int64_t log, const struct merkle_node *node)
{
	(void)context;
	(void)log;
	(void)node;
	return ERR_OK;
}

static enum err take_stream(void *context, const struct stream_row *row)
{
	(void)context;
	(void)row;
	return ERR_OK;
}

static enum err scan_all(struct db *db)
{
	enum err err = logs_scan(db, take_log, NULL);
	if (err == ERR_OK) {
		err = logs_scan_nodes(db, take_node, NULL);
	}
	if (err == ERR_OK) {
		err = logs_scan_streams(db, take_stream, NULL);
	}
	return err;
}

/* M89 */
START_TEST(a_value_out_of_range_is_reported)
{
	static const char *const damage[] = {
		"UPDATE log SET log = 1048576",
		"UPDATE log SET log = 0 - 1",
		"UPDATE log SET size = 1 << 41",
		"UPDATE log SET size = 0 - 1",
		"UPDATE log SET root = x'00'",
		"UPDATE log SET generation = zeroblob(9)",
		"UPDATE log SET note = zeroblob(20000)",
		"UPDATE node SET node = 0 - 5",
		"UPDATE node SET node = 1",
		"UPDATE node SET hash = zeroblob(31)",
		"UPDATE node SET node = (1 << 42) + ((1 << 42) - 1)",
		"UPDATE stream SET stream = 1 << 33",
		"UPDATE stream SET log = 1 << 20",
		"UPDATE stream SET taken = 0 - 1",
		"UPDATE stream SET keyed_at = taken + 1",
		"UPDATE stream SET status = 9",
		"UPDATE stream SET reason = 256",
		"UPDATE stream SET id = x'00'",
		"UPDATE stream SET last = x'00'",
		"UPDATE stream SET chain = zeroblob(71)",
	};
	struct db *db = place_db();
	struct log_row log = log_of(1);
	struct stream_row stream = stream_of(1);
	struct merkle_nodes nodes = { 0 };
	int64_t number = 0;
	OK(logs_add(db, &log, &number));
	OK(logs_add_stream(db, &stream, &number));
	OK(merkle_nodes_add(&nodes, 3, 3, &places[0].hash));
	OK(logs_add_nodes(db, 1, &nodes));
	OK(db_commit(db));
	OK(scan_all(db));
	db_close(db);
	struct buf sound = place_read(place_path("db"));
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		place_write(place_path("db"), buf_span(&sound));
		place_sql(damage[i]);
		db = place_db();
		enum err err = scan_all(db);
		ck_assert_msg(
		    err == ERR_CORRUPT, "%s: %s", damage[i], err_name(err));
		db_close(db);
	}
	merkle_nodes_clear(&nodes);
	buf_clear(&sound);
}
END_TEST

Suite *test_logs_suite(void)
{
	Suite *suite = suite_create("logs");
	TCase *tests = tcase_create("logs");
	tcase_add_checked_fixture(tests, place_make, place_remove);
	tcase_add_test(tests, logs_come_back_as_they_were_put_in);
	tcase_add_test(tests, no_more_than_a_million_logs);
	tcase_add_test(tests, nodes_come_back_once_each);
	tcase_add_test(tests, nodes_out_of_range_are_refused);
	tcase_add_test(tests, streams_come_back_as_they_were_put_in);
	tcase_add_test(tests, a_value_out_of_range_is_reported);
	suite_add_tcase(suite, tests);
	return suite;
}
