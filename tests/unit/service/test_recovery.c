#define _GNU_SOURCE

#include "evil.h"

#include "codec/canon.h"
#include "keys/card_succession.h"
#include "service/disown.h"
#include "service/recovery.h"
#include "service/successor.h"
#include "unit/mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

Suite *test_recovery_suite(void);

/* Node 0 is restored; 1 and 2 read it. */
static struct fixture fixture;

#define WAIT_MS 120000

static struct node *node0(void)
{
	return fixture.nodes[0];
}

/*
 * Heads that node 0 let others see. No two of one log and size may differ.
 */

#define RELEASED 512
static struct checkpoint released[RELEASED];
static size_t released_count;

static bool release(void)
{
	const struct checkpoint *head = node_head(node0());

	for (size_t i = 0; i < released_count; i++) {
		if (released[i].size == head->size &&
		    generation_equal(
			&released[i].generation, &head->generation)) {
			return id_equal(&released[i].root, &head->root);
		}
	}
	ck_assert_uint_lt(released_count, RELEASED);
	released[released_count++] = *head;
	return true;
}

static struct id32 share(const char *text)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, 6, text, &record));
	OK(node_commit(node0()));
	ck_assert_msg(release(), "two roots for one size of one log");
	return record;
}

/* What a session does at its beginning, as far as cards and heads go. */
static void meet(size_t a, size_t b)
{
	size_t sides[2][2] = { { a, b }, { b, a } };

	for (int i = 0; i < 2; i++) {
		size_t at = sides[i][0];
		size_t from = sides[i][1];

		if (fixture_hello(&fixture, at, from)) {
			/* It ends, and is begun anew. */
			OK(fixture_hello(&fixture, at, from));
		}
	}
	for (int i = 0; i < 2; i++) {
		size_t at = sides[i][0];
		size_t from = sides[i][1];
		const struct card *mine = node_card(fixture.nodes[at]);
		const struct card *known =
		    peers_keys(fixture_peer(&fixture, from, at));

		if (known->fields->version > mine->fields->version) {
			OK(fixture_hand_card(&fixture, at, from, at));
		} else if (known->fields->version < mine->fields->version) {
			enum err err =
			    fixture_hand_card(&fixture, from, at, at);

			ck_assert(!err || err == ERR_STATE);
		}
	}
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static void later(int64_t ms)
{
	fixture.now_ms += ms;
}

static enum state_signing signing(void)
{
	return node0()->start.signing;
}

static bool signs(void)
{
	const char *why = NULL;

	return node_may_sign(node0(), &why);
}

static void open_world(void)
{
	fixture_open(&fixture, 3);
	fixture.wait_ms = WAIT_MS;
	fixture.copies = true;
	released_count = 0;
	share("one");
	/* Who has met, and what both know of it, is on disk. */
	meet(0, 1);
	meet(0, 2);
	pull(1, 0);
	pull(2, 0);
	fixture_restart(&fixture, 0, false);
	if (!signs()) {
		meet(0, 1);
		meet(0, 2);
		fixture_tick(&fixture, 0);
	}
	ck_assert(signs());
}

static void setup(void)
{
	open_world();
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/* The machine restarts: what lies under /run is gone. */
static void reboot(void)
{
	node_crash(node0());
	fixture.nodes[0] = NULL;
	(void)unlink(fixture.copy[0]);
	OK(fixture_reopen(&fixture, 0));
}

static const char *const files[] = { "records.db", "mark", "keys" };

static void back_up(void)
{
	node_close(node0());
	for (size_t i = 0; i < 3; i++) {
		char to[32];

		(void)snprintf(to, sizeof to, "%s.old", files[i]);
		fixture_copy_file(&fixture, 0, files[i], to);
	}
	OK(fixture_reopen(&fixture, 0));
	ck_assert(signs());
}

/* Put the first `count` of the files back, as an old backup has them. */
static void restore(size_t count)
{
	node_close(node0());
	fixture.nodes[0] = NULL;
	for (size_t i = 0; i < count && i < 3; i++) {
		char from[32];

		(void)snprintf(from, sizeof from, "%s.old", files[i]);
		fixture_copy_file(&fixture, 0, from, files[i]);
	}
	(void)unlink(fixture_path(&fixture, 0, "snapshot"));
}

static bool disowned(size_t at, const struct id32 *record)
{
	uint32_t rid = views_find(fixture.nodes[at]->views, record);

	ck_assert_uint_gt(rid, 0);
	return disown_record(fixture.nodes[at], rid);
}

/*
 * Waiting.
 */

/* M231 */
START_TEST(a_restart_whose_mark_copy_agrees_signs_at_once)
{
	share("more");
	fixture_restart(&fixture, 0, _i);
	ck_assert_int_eq(signing(), STATE_SIGNS);
	share("at once");
}
END_TEST

/* M230 */
START_TEST(after_a_reboot_signing_waits_for_more_than_half_of_the_peers)
{
	struct recovery_status status;

	reboot();
	ck_assert_int_eq(signing(), STATE_WAITS);
	fixture_tick(&fixture, 0);
	ck_assert(!signs());
	meet(0, 1);
	fixture_tick(&fixture, 0);
	ck_assert(!signs());
	OK(recovery_describe(node0(), &status));
	ck_assert_str_eq(status.state, "waiting");
	ck_assert_uint_eq(status.awaited, 2);
	ck_assert_uint_eq(status.answered, 1);
	ck_assert_int_eq(status.left_ms, WAIT_MS);
	ck_assert(!recovery_silent(node0(), fixture_peer(&fixture, 0, 1)));
	ck_assert(recovery_silent(node0(), fixture_peer(&fixture, 0, 2)));
	/* A second restart within the wait does not end it. */
	fixture_restart(&fixture, 0, true);
	ck_assert(!signs());
	meet(0, 1);
	meet(0, 2);
	ck_assert(!signs());
	fixture_tick(&fixture, 0);
	ck_assert(signs());
	share("after that");
}
END_TEST

/* M230 */
START_TEST(it_waits_no_longer_than_it_was_told)
{
	fixture.wait_ms = _i ? NODE_WAIT_MAJORITY : WAIT_MS;
	reboot();
	later(WAIT_MS - 1);
	fixture_tick(&fixture, 0);
	ck_assert(!signs());
	later(1);
	fixture_tick(&fixture, 0);
	ck_assert_int_eq(signs(), !_i);
	later(FIXTURE_DAY_MS);
	fixture_tick(&fixture, 0);
	ck_assert_int_eq(signs(), !_i);
}
END_TEST

/* M230: those not met for 30 days are not waited for. */
START_TEST(peers_of_long_ago_are_not_waited_for)
{
	later(31 * FIXTURE_DAY_MS);
	meet(0, 2);
	reboot();
	ck_assert(!recovery_silent(node0(), fixture_peer(&fixture, 0, 1)));
	meet(0, 2);
	fixture_tick(&fixture, 0);
	ck_assert(signs());
}
END_TEST

/* M240 */
START_TEST(a_person_may_let_it_sign_at_once_and_that_is_shown)
{
	struct recovery_status status;

	fixture.accept_head = true;
	reboot();
	ck_assert(signs());
	OK(recovery_describe(node0(), &status));
	ck_assert(status.accepted);
	share("now");
	fixture_restart(&fixture, 0, true);
	OK(recovery_describe(node0(), &status));
	ck_assert(!status.accepted); /* there was nothing to wait for */
}
END_TEST

START_TEST(a_node_without_peers_or_records_waits_for_nobody)
{
	fixture_close(&fixture);
	fixture_open(&fixture, _i ? 1 : 3);
	fixture.wait_ms = NODE_WAIT_MAJORITY;
	fixture.copies = true;
	if (_i) {
		struct id32 record;

		OK(fixture_share(&fixture, 0, 0, "mine", &record));
		OK(node_commit(node0()));
	}
	reboot();
	ck_assert_int_eq(signing(), STATE_SIGNS);
}
END_TEST

/* M233 */
START_TEST(new_addresses_are_published_once_it_signs)
{
	const char *const endpoints[1] = { "tcp://h.example:1" };

	reboot();
	FAILS(node_set_endpoints(node0(), endpoints, 1), ERR_STATE);
	ck_assert_uint_eq(node_card(node0())->fields->n_endpoints, 0);
	later(WAIT_MS);
	fixture_tick(&fixture, 0);
	fixture_tick(&fixture, 0);
	ck_assert_uint_eq(node_card(node0())->fields->n_endpoints, 1);
	ck_assert_str_eq(
	    node_card(node0())->fields->endpoints[0], "tcp://h.example:1");
}
END_TEST

/*
 * Old copies.
 */

/* M181 M232 M236: the database alone is old. */
START_TEST(an_old_database_begins_a_new_log_and_brands_nobody)
{
	struct id32 kept;
	struct id32 lost;
	struct id32 after;
	const Qsg__LogGeneration *ended = NULL;

	back_up();
	kept = share("kept by 1 and 2");
	pull(1, 0);
	pull(2, 0);
	lost = share("kept by 1");
	pull(1, 0);
	restore(1);
	OK(fixture_reopen(&fixture, 0));
	ck_assert_int_eq(signing(), STATE_RECOVERS);
	meet(0, 1);
	fixture_tick(&fixture, 0);
	ck_assert_int_eq(signing(), STATE_RECOVERS); /* one of two */
	if (_i == 0) {
		meet(0, 2);
	} else {
		later(WAIT_MS);
	}
	fixture_tick(&fixture, 0);
	ck_assert_int_eq(signing(), STATE_SIGNS);
	ended = node_card(node0())->fields->generations[0];
	ck_assert_uint_eq(ended->n_accepted_heads, _i ? 2 : 3);
	ck_assert_uint_ge(node_card(node0())->fields->version,
	    (uint64_t)(fixture.now_ms / 60000));
	after = share("after it");
	meet(0, 1);
	meet(0, 2);
	pull(1, 0);
	pull(2, 0);
	fixture_assert_text(&fixture, 1, &after, "after it");
	fixture_assert_text(&fixture, 2, &after, "after it");
	ck_assert(!disowned(1, &kept));
	ck_assert(!disowned(1, &lost));
	/* Who was silent brings its head later. */
	fixture_tick(&fixture, 0);
	meet(0, 2);
	ck_assert(!disowned(2, &kept));
	fixture_restart(&fixture, 0, true);
	ck_assert(signs());
	fixture_assert_verifies(&fixture, 0);
	ck_assert(!fixture_peer(&fixture, 1, 0)->card_conflict);
}
END_TEST

/* M230 M182 */
START_TEST(an_old_home_learns_it_from_who_holds_its_newest_head)
{
	struct id32 lost;

	back_up();
	lost = share("lost");
	pull(1, 0);
	restore(_i ? 3 : 2);
	(void)unlink(fixture.copy[0]);
	OK(fixture_reopen(&fixture, 0));
	ck_assert_int_eq(signing(), STATE_WAITS);
	meet(0, 1);
	ck_assert_int_eq(signing(), STATE_RECOVERS);
	meet(0, 2);
	fixture_tick(&fixture, 0);
	ck_assert_int_eq(signing(), STATE_SIGNS);
	ck_assert_uint_eq(node_card(node0())->fields->n_generations, 2);
	share("on");
	meet(0, 1);
	ck_assert(!disowned(1, &lost));
}
END_TEST

/* M231: the machine itself remembers. */
START_TEST(a_copy_of_the_mark_that_is_newer_shows_an_old_home)
{
	back_up();
	share("lost");
	restore(3);
	OK(fixture_reopen(&fixture, 0));
	ck_assert_int_eq(signing(), STATE_RECOVERS);
	/* And it is not forgotten. */
	reboot();
	ck_assert_int_eq(signing(), STATE_RECOVERS);
	later(WAIT_MS);
	fixture_tick(&fixture, 0);
	ck_assert(signs());
	ck_assert_uint_eq(node_card(node0())->fields->n_generations, 2);
}
END_TEST

/* M234 M235: the home is older than its newest log. */
START_TEST(a_home_older_than_its_log_goes_on_above_what_peers_hold)
{
	struct successor_planned planned;
	struct id32 second;

	back_up();
	OK(successor_rotate(node0(), false, &planned));
	OK(node_commit(node0()));
	second = share("in the second log");
	meet(0, 1);
	pull(1, 0);
	restore(3);
	(void)unlink(fixture.copy[0]);
	OK(fixture_reopen(&fixture, 0));
	ck_assert_uint_eq(
	    keystore_public(node_keystore(node0()))->log_count, 1);
	ck_assert_int_eq(signing(), STATE_WAITS);
	meet(0, 1); /* gives the card back, and with it the head */
	ck_assert_int_eq(signing(), STATE_RECOVERS);
	if (_i) {
		fixture_restart(&fixture, 0, true);
	}
	later(WAIT_MS);
	fixture_tick(&fixture, 0);
	ck_assert_int_eq(signing(), STATE_SIGNS);
	ck_assert_uint_eq(node_card(node0())->fields->n_generations, 3);
	ck_assert_uint_eq(
	    node_card(node0())->fields->generations[1]->n_accepted_heads, 1);
	share("in the third");
	meet(0, 1);
	pull(1, 0);
	ck_assert(!fixture_peer(&fixture, 1, 0)->card_conflict);
	ck_assert(!disowned(1, &second));
	fixture_restart(&fixture, 0, true);
	ck_assert(signs());
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

/* M239 */
START_TEST(it_recovers_no_more_than_four_times_a_day_by_itself)
{
	for (int i = 0; i < 6; i++) {
		node_close(node0());
		fixture_remove_file(&fixture, 0, "mark");
		OK(fixture_reopen(&fixture, 0));
		later(WAIT_MS);
		fixture_tick(&fixture, 0);
		ck_assert_int_eq(signs(), i < 4);
		if (i >= 4) {
			break;
		}
	}
	later(FIXTURE_DAY_MS);
	fixture_tick(&fixture, 0);
	ck_assert(signs());
}
END_TEST

/* Two copies of one home run; both sign. */
START_TEST(two_clones_are_found_at_the_first_common_peer)
{
	struct id32 record;
	struct checkpoint head;
	const char *why = NULL;

	back_up();
	share("the first clone's");
	pull(1, 0);
	restore(3);
	fixture.accept_head = true;
	(void)unlink(fixture.copy[0]);
	OK(fixture_reopen(&fixture, 0));
	ck_assert(signs());
	if (_i) {
		OK(fixture_share(&fixture, 0, 6, "the second's", &record));
		OK(node_commit(node0()));
	}
	head = *node_head(node0());
	FAILS(fixture_hello(&fixture, 0, 1), ERR_STATE);
	ck_assert(!node_may_sign(node0(), &why));
	fixture.accept_head = false;
	fixture_tick(&fixture, 0);
	later(WAIT_MS);
	fixture_tick(&fixture, 0);
	ck_assert(signs());
	ck_assert_uint_eq(node_card(node0())->fields->n_generations, 2);
	ck_assert(card_succession_lists(
	    node_card(node0())->fields->generations[0], head.size, &head.root));
}
END_TEST

/*
 * Many of each.
 */

static uint64_t pick(uint64_t below)
{
	return rng_below(&fixture.rng, below);
}

static void work(unsigned most)
{
	for (uint64_t n = pick(most) + 1; n > 0; n--) {
		share("some");
		if (pick(2)) {
			pull(1, 0);
		}
		if (pick(3) == 0) {
			pull(2, 0);
		}
	}
}

/* What is put back: the database; database and mark with a peer that holds the
 * newest head; the whole home with one. M181 M182 M230 */
START_TEST(no_restore_makes_two_roots_for_one_size)
{
	size_t count = (size_t)_i % 3 + 1;

	for (int i = 0; i < _i; i++) {
		(void)pick(9); /* each time another course of events */
	}
	work(3);
	back_up();
	work(4);
	pull(1, 0);
	restore(count);
	if (count == 3 || pick(2)) {
		(void)unlink(fixture.copy[0]);
	}
	OK(fixture_reopen(&fixture, 0));
	ck_assert(!signs());
	if (pick(2)) {
		meet(0, 2);
	}
	meet(0, 1); /* the holder */
	for (int i = 0; i < 3; i++) {
		fixture_tick(&fixture, 0);
		if (signs()) {
			share("again");
		}
		later(WAIT_MS);
	}
	ck_assert(signs());
	ck_assert_uint_eq(node_card(node0())->fields->n_generations, 2);
	work(3);
	meet(0, 1);
	pull(1, 0);
	fixture_assert_verifies(&fixture, 0);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* Each is a process of its own. */
START_TEST(the_restores_are_counted)
{
	printf("restores: %llu each of database, database and mark, whole "
	       "home: no two roots for one size\n",
	    (unsigned long long)mutate_number("QSG_RESTORES", 50));
}
END_TEST

Suite *test_recovery_suite(void)
{
	Suite *suite = suite_create("recovery");
	TCase *tcase = tcase_create("recovery");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(
	    tcase, a_restart_whose_mark_copy_agrees_signs_at_once, 0, 2);
	tcase_add_test(tcase,
	    after_a_reboot_signing_waits_for_more_than_half_of_the_peers);
	tcase_add_loop_test(tcase, it_waits_no_longer_than_it_was_told, 0, 2);
	tcase_add_test(tcase, peers_of_long_ago_are_not_waited_for);
	tcase_add_test(
	    tcase, a_person_may_let_it_sign_at_once_and_that_is_shown);
	tcase_add_loop_test(
	    tcase, a_node_without_peers_or_records_waits_for_nobody, 0, 2);
	tcase_add_test(tcase, new_addresses_are_published_once_it_signs);
	tcase_add_loop_test(
	    tcase, an_old_database_begins_a_new_log_and_brands_nobody, 0, 2);
	tcase_add_loop_test(
	    tcase, an_old_home_learns_it_from_who_holds_its_newest_head, 0, 2);
	tcase_add_test(
	    tcase, a_copy_of_the_mark_that_is_newer_shows_an_old_home);
	tcase_add_loop_test(tcase,
	    a_home_older_than_its_log_goes_on_above_what_peers_hold, 0, 2);
	tcase_add_test(
	    tcase, it_recovers_no_more_than_four_times_a_day_by_itself);
	tcase_add_loop_test(
	    tcase, two_clones_are_found_at_the_first_common_peer, 0, 2);
	tcase_add_loop_test(tcase, no_restore_makes_two_roots_for_one_size, 0,
	    3 * (int)mutate_number("QSG_RESTORES", 50));
	tcase_add_test(tcase, the_restores_are_counted);
	suite_add_tcase(suite, tcase);
	return suite;
}
