#include "fixture.h"

Suite *test_reread_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 2);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/* As a disk that gives back another thing than was written. */
static void spoil(const char *sql)
{
	struct sqlite3_stmt *statement = NULL;

	OK(db_statement(fixture.nodes[0]->db, DB_DRAFT_DROP, sql, &statement));
	OK(db_run(fixture.nodes[0]->db, statement));
}

static const char *const spoils[] = {
	"UPDATE record SET header = zeroblob(length(header)) WHERE rid = 4",
	("UPDATE record SET header = (SELECT header FROM record WHERE rid = 3)"
	 " WHERE rid = 4"),
	"UPDATE record SET leaf = 9 WHERE rid = 4",
	"UPDATE record SET stream = 99 WHERE rid = 4",
	"DELETE FROM record WHERE rid = 4",
	"DELETE FROM record WHERE rid = 3",
};

/* M260 */
START_TEST(what_reads_back_as_another_thing_is_not_signed)
{
	struct id32 record = fixture_shared(&fixture, "before");
	struct checkpoint head = *node_head(fixture.nodes[0]);

	ck_assert_uint_eq(head.size, 2);
	OK(fixture_share(&fixture, 0, 1u << 1, "third", &record));
	OK(fixture_share(&fixture, 0, 1u << 1, "fourth", &record));
	spoil(spoils[_i]);
	FAILS(node_commit(fixture.nodes[0]), ERR_CORRUPT);
	/* All of it is undone, and nothing of it was signed. */
	ck_assert(checkpoint_equal(&head, node_head(fixture.nodes[0])));
	ck_assert_uint_eq(views_count(fixture.nodes[0]->views), 2);
	fixture_assert_verifies(&fixture, 0);
	fixture_shared(&fixture, "after");
	ck_assert_uint_eq(node_head(fixture.nodes[0])->size, 3);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M260 */
START_TEST(a_log_that_reads_back_longer_or_shorter_is_not_signed)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, 1u << 1, "one", &record));
	fixture.nodes[0]->own_size++;
	OK(merkle_tree_add(state_own_log(fixture.nodes[0])->tree, 0,
	    fixture.nodes[0]->own_size - 1, &record));
	FAILS(node_commit(fixture.nodes[0]), ERR_CORRUPT);
	ck_assert_uint_eq(node_head(fixture.nodes[0])->size, 0);
}
END_TEST

Suite *test_reread_suite(void)
{
	Suite *suite = suite_create("reread");
	TCase *tcase = tcase_create("reread");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase,
	    what_reads_back_as_another_thing_is_not_signed, 0,
	    (int)(sizeof spoils / sizeof spoils[0]));
	tcase_add_test(
	    tcase, a_log_that_reads_back_longer_or_shorter_is_not_signed);
	suite_add_tcase(suite, tcase);
	return suite;
}
