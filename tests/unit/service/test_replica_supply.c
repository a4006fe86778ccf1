#include "fixture.h"

#include "codec/canon.h"

Suite *test_replica_supply_suite(void);

static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 3);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/* M180: what a co-reader took and has not committed goes no further. */
START_TEST(records_of_others_are_supplied_once_committed)
{
	const unsigned both = (1u << 1) | (1u << 2);
	struct replica_range range;
	struct replica_taken taken;
	Qsg__Records records;
	struct id32 record;
	uint64_t next = 0;

	OK(fixture_share(&fixture, 0, both, "first", &record));
	OK(node_commit(fixture.nodes[0]));
	Qsg__Records *message =
	    fixture_message(&fixture, 0, 1, &record, 1, UINT64_MAX);
	OK(fixture_take(&fixture, 1, 0, message, &taken));
	canon_free(&message->base);
	ck_assert_uint_eq(taken.taken, 2);
	ck_assert(replica_stream(fixture.nodes[1], 1, &range));
	ck_assert_uint_eq(range.last, 2);
	FAILS(replica_supply(fixture.nodes[1], fixture_peer(&fixture, 1, 2),
		  &range, LIMIT_BATCH_BYTES, &records, &next),
	    ERR_NOTFOUND);
	OK(node_commit(fixture.nodes[1]));
	OK(replica_supply(fixture.nodes[1], fixture_peer(&fixture, 1, 2),
	    &range, LIMIT_BATCH_BYTES, &records, &next));
	ck_assert_uint_eq(records.n_records, 2);
	ck_assert_uint_eq(next, 3);
	replica_free_records(&records);
}
END_TEST

Suite *test_replica_supply_suite(void)
{
	Suite *suite = suite_create("replica_supply");
	TCase *tcase = tcase_create("records");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, records_of_others_are_supplied_once_committed);
	suite_add_tcase(suite, tcase);
	return suite;
}
