#define _GNU_SOURCE

#include "fixture.h"

#include "base/fs.h"
#include "service/recovery.h"
#include "unit/mutate.h"

#include <stdio.h>
#include <unistd.h>

Suite *test_clones_suite(void);

/* Both copies of one home run, node 0 and its twin; 1 and 2 are peers. */
static struct fixture fixture;

enum { TWIN = 3, WAIT_MS = 120000 };

static void setup(void)
{
	fixture_open(&fixture, 3);
	fixture.wait_ms = WAIT_MS;
	fixture.copies = true;
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static uint64_t pick(uint64_t below)
{
	return rng_below(&fixture.rng, below);
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static void record_at(size_t clone, uint64_t count)
{
	const char *why = NULL;

	ck_assert_msg(node_may_sign(fixture.nodes[clone], &why), "%s", why);
	for (uint64_t i = 0; i < count; i++) {
		struct id32 record;

		OK(fixture_share(&fixture, clone, 6, "some", &record));
		OK(node_commit(fixture.nodes[clone]));
	}
}

static void work(void)
{
	for (uint64_t n = pick(3) + 1; n > 0; n--) {
		record_at(0, 1);
		if (pick(2)) {
			pull(1, 0);
		}
		if (pick(3) == 0) {
			pull(2, 0);
		}
	}
}

static void copy_home(void)
{
	static const char *const files[] = { "records.db", "mark", "keys" };

	node_close(fixture.nodes[0]);
	fixture.nodes[0] = NULL;
	OK(fs_make_private_dir(fixture_path(&fixture, TWIN, NULL)));
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		char to[32];

		(void)snprintf(to, sizeof to, "../%d/%s", TWIN, files[i]);
		fixture_copy_file(&fixture, 0, files[i], to);
	}
	/* They lie on machines of their own: no copy of the mark is common. */
	(void)unlink(fixture.copy[0]);
	fixture.accept_head = pick(2);
	OK(fixture_reopen(&fixture, 0));
	fixture.accept_head = pick(2);
	OK(fixture_reopen(&fixture, TWIN));
	fixture.accept_head = false;
	fixture.now_ms += WAIT_MS;
	fixture_tick(&fixture, 0);
	fixture_tick(&fixture, TWIN);
}

/* A clone meets a peer. Is there a contradiction that either shows? */
static bool clone_found(size_t clone, size_t peer)
{
	struct replica_taken taken;
	struct node *node = fixture.nodes[clone];
	enum err err = fixture_hello(&fixture, clone, peer);

	ck_assert(!err || err == ERR_STATE);
	if (!err) {
		OK(fixture_hello(&fixture, peer, clone));
		err = fixture_pull(&fixture, peer, clone, &taken);
		OK(node_commit(fixture.nodes[peer]));
		return err != ERR_OK;
	}
	ck_assert_int_eq(node->start.signing, STATE_RECOVERS);
	return true;
}

/* The one that was found out begins a new log, and says in its card what counts
 * of the old one. */
static void clone_recovers(size_t clone)
{
	struct node *node = fixture.nodes[clone];

	for (int i = 0; i < 2; i++) {
		fixture_tick(&fixture, clone);
		fixture.now_ms += WAIT_MS;
	}
	fixture_tick(&fixture, clone);
	ck_assert_int_eq(node->start.signing, STATE_SIGNS);
	ck_assert_uint_eq(node_card(node)->fields->n_generations, 2);
	ck_assert_uint_ge(
	    node_card(node)->fields->generations[0]->n_accepted_heads, 2);
}

/* M182 M232 */
START_TEST(every_clone_is_found_at_the_first_common_peer)
{
	size_t first = 0;
	size_t second = 0;
	uint64_t by_first = 0;
	uint64_t by_second = 0;

	for (int i = 0; i < _i; i++) {
		(void)pick(9);
	}
	work();
	copy_home();
	first = pick(2) ? 0 : TWIN;
	second = TWIN - first;
	by_first = pick(5);
	by_second = pick(5) + (by_first == 0);
	record_at(first, by_first);
	record_at(second, by_second);
	/* To the peer that only one has met they are one organisation. */
	ck_assert(!clone_found(first, 1));
	if (!clone_found(second, 1)) {
		/* The first recorded nothing: what is held is of both. */
		ck_assert_uint_eq(by_first, 0);
		ck_assert(clone_found(first, 1));
		second = first;
	}
	clone_recovers(second);
	fixture_assert_verifies(&fixture, second);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(the_clones_are_counted)
{
	printf("clones: %llu pairs, all found at the first common peer\n",
	    (unsigned long long)mutate_number("QSG_RESTORES", 50));
}
END_TEST

Suite *test_clones_suite(void)
{
	Suite *suite = suite_create("clones");
	TCase *tests = tcase_create("clones");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests,
	    every_clone_is_found_at_the_first_common_peer, 0,
	    (int)mutate_number("QSG_RESTORES", 50));
	tcase_add_test(tests, the_clones_are_counted);
	suite_add_tcase(suite, tests);
	return suite;
}
