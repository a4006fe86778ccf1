#define _GNU_SOURCE

#include "evil.h"

#include "service/recovery.h"

#include <unistd.h>

Suite *test_old_heads_suite(void);

/* Node 0 is restored; 1 and 2 kept many old heads of its log. */
static struct fixture fixture;

#define WAIT_MS 120000

static struct node *node0(void)
{
	return fixture.nodes[0];
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

static void share(const char *text)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, 6, text, &record));
	OK(node_commit(node0()));
}

static void later(int64_t ms)
{
	fixture.now_ms += ms;
}

#define OLD_HEADS 8
static struct buf old_heads[OLD_HEADS];

/* Peer `from` says Hello, holding this head of node 0's. */
static enum err says(size_t from, struct span head)
{
	struct replica_facts facts;
	uint8_t incarnation[16];
	struct buf note = { 0 };
	uint64_t cursor = 0;
	Qsg__Hello hello;
	enum err err = ERR_OK;

	OK(buf_append(&note, head));
	replica_facts(
	    fixture.nodes[from], fixture_peer(&fixture, from, 0), &facts);
	qsg__hello__init(&hello);
	hello.organisation.data = facts.self.b;
	hello.organisation.len = 32;
	hello.your_card_version = facts.peer_card_version;
	memcpy(incarnation, facts.incarnation, sizeof incarnation);
	hello.incarnation.data = incarnation;
	hello.incarnation.len = sizeof incarnation;
	hello.your_head.data = note.data;
	hello.your_head.len = note.size;
	err = replica_hello(
	    node0(), fixture_peer(&fixture, 0, from), &hello, &cursor);
	OK(node_commit(node0()));
	buf_clear(&note);
	return err;
}

/* Node 0 loses what it signed these heads over. */
static void setup(void)
{
	static const char *const files[] = { "records.db", "mark" };

	fixture_open(&fixture, 3);
	fixture.wait_ms = WAIT_MS;
	share("one");
	node_close(node0());
	fixture_copy_file(&fixture, 0, files[0], "db.old");
	fixture_copy_file(&fixture, 0, files[1], "mark.old");
	fixture.wait_ms = 0;
	OK(fixture_reopen(&fixture, 0));
	for (size_t i = 0; i < OLD_HEADS; i++) {
		share("lost");
		buf_reset(&old_heads[i]);
		OK(buf_append(&old_heads[i], node_head_note(node0())));
	}
	node_close(node0());
	fixture.wait_ms = WAIT_MS;
	fixture_copy_file(&fixture, 0, "db.old", files[0]);
	fixture_copy_file(&fixture, 0, "mark.old", files[1]);
	(void)unlink(fixture_path(&fixture, 0, "snapshot"));
	OK(fixture_reopen(&fixture, 0));
	ck_assert_int_eq(signing(), STATE_WAITS);
}

static const Qsg__LogGeneration *first_generation(void)
{
	return node_card(node0())->fields->generations[0];
}

static uint64_t version(void)
{
	return node_card(node0())->fields->version;
}

/* M266: a peer cannot push out the heads of the others with old ones. */
START_TEST(one_head_a_peer_is_accepted_the_largest)
{
	struct checkpoint head;

	head = *node_head(node0());
	FAILS(says(1, buf_span(&old_heads[2])), ERR_STATE);
	for (size_t i = 0; i < OLD_HEADS; i++) {
		OK(says(1, buf_span(&old_heads[i])));
	}
	OK(says(1, buf_span(&old_heads[1])));
	ck_assert_uint_eq(node0()->heard.count, 1);
	ck_assert_uint_eq(node0()->heard.heads[0].size, head.size + OLD_HEADS);
	later(WAIT_MS);
	fixture_tick(&fixture, 0);
	ck_assert(signs());
	ck_assert_uint_eq(first_generation()->n_accepted_heads, 2);
	ck_assert_uint_eq(
	    first_generation()->accepted_heads[1]->size, head.size + OLD_HEADS);
}
END_TEST

/* M266 */
START_TEST(where_there_is_no_room_the_largest_are_accepted)
{
	struct checkpoint head;
	uint64_t before = 0;

	FAILS(says(1, buf_span(&old_heads[0])), ERR_STATE);
	head = node0()->heard.heads[0];
	for (int64_t i = 0; i < 2 * (int64_t)STATE_HEARD; i++) {
		/* Small ones before and after. */
		head.size = 1000 + (uint64_t)(i ^ 1);
		recovery_head(node0(), 100 + i, &head);
	}
	ck_assert_uint_eq(node0()->heard.count, STATE_HEARD);
	head.size = 20;
	recovery_head(node0(), 99, &head);
	later(WAIT_MS);
	fixture_tick(&fixture, 0);
	ck_assert(signs());
	/* Its own, and the largest. */
	ck_assert_uint_eq(first_generation()->n_accepted_heads, 32);
	for (size_t i = 1; i < 32; i++) {
		ck_assert_uint_eq(first_generation()->accepted_heads[i]->size,
		    1000 + 2 * STATE_HEARD - 32 + i);
	}
	/* One more makes no card that says the same. */
	before = version();
	OK(says(1, buf_span(&old_heads[3])));
	fixture_tick(&fixture, 0);
	ck_assert_uint_eq(version(), before);
	ck_assert_uint_eq(node0()->heard.count, 0);
}
END_TEST

/* M267 */
START_TEST(old_heads_make_no_more_than_four_cards_a_day)
{
	uint64_t before = 0;

	FAILS(says(1, buf_span(&old_heads[0])), ERR_STATE);
	later(WAIT_MS);
	fixture_tick(&fixture, 0);
	ck_assert(signs());
	before = version();
	for (size_t i = 1; i < OLD_HEADS; i++) {
		OK(says(1 + i % 2, buf_span(&old_heads[i])));
		fixture_tick(&fixture, 0);
		ck_assert_uint_eq(version(), before + (i < 4 ? i : 4));
		if (i == 5) {
			fixture_restart(&fixture, 0, true);
		}
	}
	later(FIXTURE_DAY_MS);
	fixture_tick(&fixture, 0);
	ck_assert_uint_eq(version(), before + 5);
	ck_assert_uint_eq(
	    first_generation()
		->accepted_heads[first_generation()->n_accepted_heads - 1]
		->size,
	    node0()->logs[0].head.size + OLD_HEADS);
}
END_TEST

static void teardown(void)
{
	for (size_t i = 0; i < OLD_HEADS; i++) {
		buf_clear(&old_heads[i]);
	}
	fixture_close(&fixture);
}

Suite *test_old_heads_suite(void)
{
	Suite *suite = suite_create("old_heads");
	TCase *tcase = tcase_create("old_heads");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, one_head_a_peer_is_accepted_the_largest);
	tcase_add_test(tcase, where_there_is_no_room_the_largest_are_accepted);
	tcase_add_test(tcase, old_heads_make_no_more_than_four_cards_a_day);
	suite_add_tcase(suite, tcase);
	return suite;
}
