#include "service/changes.h"

#include "base/rng.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

Suite *test_changes_suite(void);

enum { STREAMS = 100 };

static struct node node;
static uint64_t seed;

static void setup(void)
{
	node.streams = calloc(STREAMS, sizeof *node.streams);
	ck_assert_ptr_nonnull(node.streams);
	node.stream_count = STREAMS;
	for (size_t i = 0; i < STREAMS; i++) {
		node.streams[i].row.stream = (int64_t)i + 1;
	}
}

static void teardown(void)
{
	free(node.changes.items);
	free(node.streams);
	memset(&node, 0, sizeof node);
}

static void change(size_t place, uint32_t rid)
{
	ck_assert_int_eq(changes_add(&node, &node.streams[place], rid), ERR_OK);
	ck_assert_uint_eq(node.streams[place].last_rid, rid);
}

/* The stream that changed first after this, by a look at all of them. */
static const struct state_stream *naive_next(uint32_t after, uint32_t until)
{
	const struct state_stream *found = NULL;

	for (size_t i = 0; i < STREAMS; i++) {
		const struct state_stream *stream = &node.streams[i];

		if (stream->last_rid > after && stream->last_rid <= until &&
		    (!found || stream->last_rid < found->last_rid)) {
			found = stream;
		}
	}
	return found;
}

static void compare(uint32_t cursor, uint32_t until)
{
	const struct state_stream *want = NULL;
	size_t place = 0;

	do {
		const struct state_stream *got =
		    changes_next(&node, cursor, until, &place);

		want = naive_next(want ? want->last_rid : cursor, until);
		ck_assert_msg(
		    got == want, "seed %llu", (unsigned long long)seed);
	} while (want);
	ck_assert_ptr_null(changes_next(&node, cursor, until, &place));
}

START_TEST(streams_come_in_the_order_of_their_newest_records)
{
	struct rng_seeded state;
	struct rng rng;
	uint32_t rid = 0;

	seed = rng_u64(rng_system());
	rng = rng_seed(&state, seed);

	compare(0, UINT32_MAX);
	for (int i = 0; i < 5000; i++) {
		rid += 1 + (uint32_t)rng_below(&rng, 3);
		change((size_t)rng_below(&rng, STREAMS), rid);
		if (i % 10 == 0) {
			compare((uint32_t)rng_below(&rng, rid + 1),
			    (uint32_t)rng_below(&rng, rid + 1));
			compare(0, rid);
		}
	}
	compare(rid - 1, rid);
	compare(rid, UINT32_MAX);
	/* What was overtaken does not pile up. */
	ck_assert_uint_le(node.changes.capacity, 4 * STREAMS);
}
END_TEST

START_TEST(the_same_record_again_changes_nothing)
{
	change(4, 10);
	change(5, 11);
	change(5, 11);
	ck_assert_uint_eq(node.changes.count, 2);
	compare(0, 11);
	change(4, 12);
	compare(0, 12);
	compare(0, 11);
	compare(11, 12);
}
END_TEST

Suite *test_changes_suite(void)
{
	Suite *suite = suite_create("changes");
	TCase *tcase = tcase_create("changes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, streams_come_in_the_order_of_their_newest_records);
	tcase_add_test(tcase, the_same_record_again_changes_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}
