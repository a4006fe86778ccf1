#include "evil.h"

#include <string.h>

Suite *test_hello_suite(void);

/* Node 0 hears Hellos of 1. */
static struct fixture fixture;
static struct id32 record;

static void setup(void)
{
	struct replica_taken taken;

	fixture_open(&fixture, 3);
	OK(fixture_share(&fixture, 0, 1u << 1, "one", &record));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_pull(&fixture, 1, 0, &taken));
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/* What 1 would say to 0; the spans it points to stay 1's. */
static void fill(Qsg__Hello *hello)
{
	static struct replica_facts facts;
	static uint8_t mine[16];
	static uint8_t yours[16];
	static struct buf head;

	replica_facts(fixture.nodes[1], fixture_peer(&fixture, 1, 0), &facts);
	memcpy(mine, facts.incarnation, sizeof mine);
	memcpy(yours, facts.peer_incarnation, sizeof yours);
	qsg__hello__init(hello);
	hello->organisation.data = facts.self.b;
	hello->organisation.len = 32;
	hello->incarnation.data = mine;
	hello->incarnation.len = 16;
	hello->your_incarnation.data = yours;
	hello->your_incarnation.len = 16;
	buf_reset(&head);
	OK(buf_append(&head, facts.peer_head));
	hello->your_head.data = head.data;
	hello->your_head.len = head.size;
	hello->cursor = facts.cursor;
}

static enum err hear(const Qsg__Hello *hello, uint64_t *cursor)
{
	enum err err = replica_hello(
	    fixture.nodes[0], fixture_peer(&fixture, 0, 1), hello, cursor);

	OK(node_commit(fixture.nodes[0]));
	return err;
}

static void still_signs(void)
{
	const char *why = NULL;

	ck_assert(node_may_sign(fixture.nodes[0], &why));
	OK(fixture_share(&fixture, 0, 1u << 1, "more", &record));
	OK(node_commit(fixture.nodes[0]));
}

START_TEST(a_good_hello_is_taken_and_its_time_kept)
{
	Qsg__Hello hello;
	uint64_t cursor = 9;

	fill(&hello);
	ck_assert_uint_gt(hello.your_head.len, 0);
	OK(hear(&hello, &cursor));
	ck_assert_uint_eq(cursor, 0);
	ck_assert_int_eq(fixture_peer(&fixture, 0, 1)->seen_ms, fixture.now_ms);
	fixture_restart(&fixture, 0, true);
	ck_assert_int_eq(fixture_peer(&fixture, 0, 1)->seen_ms, fixture.now_ms);
	still_signs();
}
END_TEST

START_TEST(a_cursor_counts_for_this_database_and_no_other)
{
	Qsg__Hello hello;
	uint64_t cursor = 0;

	fill(&hello);
	hello.cursor = 17;
	OK(hear(&hello, &cursor));
	ck_assert_uint_eq(cursor, 0);
	memcpy(hello.your_incarnation.data, node_incarnation(fixture.nodes[0]),
	    16);
	OK(hear(&hello, &cursor));
	ck_assert_uint_eq(cursor, 17);
	hello.your_incarnation.data[3] ^= 1;
	OK(hear(&hello, &cursor));
	ck_assert_uint_eq(cursor, 0);
}
END_TEST

START_TEST(a_peer_with_another_database_is_read_from_the_beginning)
{
	Qsg__Hello hello;
	uint64_t cursor = 0;

	fill(&hello);
	OK(hear(&hello, &cursor));
	OK(replica_done(fixture.nodes[0], fixture_peer(&fixture, 0, 1), 40));
	OK(node_commit(fixture.nodes[0]));
	OK(hear(&hello, &cursor));
	ck_assert_uint_eq(fixture_peer(&fixture, 0, 1)->cursor, 40);
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(fixture_peer(&fixture, 0, 1)->cursor, 40);
	hello.incarnation.data[0] ^= 1;
	OK(hear(&hello, &cursor));
	ck_assert_uint_eq(fixture_peer(&fixture, 0, 1)->cursor, 0);
}
END_TEST

/* A head signed by our log key, in the name of another log. */
static void in_another_name(Qsg__Hello *hello, bool author)
{
	static struct buf note;
	const struct keystore *keystore = node_keystore(fixture.nodes[0]);
	const struct keystore_log *log = keystore_public(keystore)->logs;
	struct checkpoint head = *node_head(fixture.nodes[0]);
	struct note_key key;
	struct buf text = { 0 };

	if (author) {
		head.author = *node_id(fixture.nodes[2]);
	} else {
		head.generation.b[0] ^= 1;
	}
	head.size = 1000;
	note_log_key(&head.author, &head.generation, &log->key, &key);
	OK(checkpoint_text(&head, &text));
	buf_reset(&note);
	OK(note_sign(keystore, &key, &log->generation, buf_span(&text), &note));
	hello->your_head.data = note.data;
	hello->your_head.len = note.size;
	buf_clear(&text);
}

START_TEST(a_hello_put_together_wrongly_is_refused)
{
	Qsg__Hello hello;
	uint64_t cursor = 0;
	enum err err = ERR_OK;

	fill(&hello);
	switch (_i) {
	case 0:
		hello.organisation.data[0] ^= 1;
		break;
	case 1:
		hello.organisation.len = 31;
		break;
	case 2:
		hello.incarnation.len = 15;
		break;
	case 3:
		hello.your_incarnation.len = 3;
		break;
	case 4:
		hello.your_head.len -= 5;
		break;
	case 5:
		hello.your_head.data[hello.your_head.len - 9] ^= 1;
		break;
	case 6:
		memset(hello.your_head.data, 'x', hello.your_head.len);
		break;
	case 7:
	case 8:
		in_another_name(&hello, _i == 7);
		break;
	default: {
		/* A head of somebody else's log. */
		struct span note;

		OK(fixture_share(&fixture, 2, 0, "mine", &record));
		OK(node_commit(fixture.nodes[2]));
		note = node_head_note(fixture.nodes[2]);
		ck_assert_uint_le(note.size, hello.your_head.len + 8);
		memcpy(hello.your_head.data, note.data, note.size);
		hello.your_head.len = note.size;
		break;
	}
	}
	err = hear(&hello, &cursor);
	ck_assert_msg(err == ERR_VERIFY || err == ERR_FORMAT, "%d", err);
	ck_assert_int_eq(fixture_peer(&fixture, 0, 1)->seen_ms, 0);
	still_signs();
}
END_TEST

/* What is kept until a card comes is a head, not whatever a peer sends. */
START_TEST(bytes_that_are_no_head_of_ours_are_not_kept)
{
	struct peer *peer = fixture_peer(&fixture, 0, 1);
	struct buf bytes = { 0 };
	uint64_t cursor = 0;
	Qsg__Hello hello;

	fill(&hello);
	hello.your_card_version = UINT64_MAX;
	for (size_t i = 0; i < 100000; i++) {
		OK(buf_append(&bytes, span_text("0123456789")));
	}
	hello.your_head.data = bytes.data;
	hello.your_head.len = bytes.size;
	ck_assert_int_ne(hear(&hello, &cursor), ERR_OK);
	ck_assert_uint_eq(peer->our_head.size, 0);
	/* Of another log it is as wrong. */
	OK(fixture_share(&fixture, 2, 0, "mine", &record));
	OK(node_commit(fixture.nodes[2]));
	buf_reset(&bytes);
	OK(buf_append(&bytes, node_head_note(fixture.nodes[2])));
	hello.your_head.data = bytes.data;
	hello.your_head.len = bytes.size;
	FAILS(hear(&hello, &cursor), ERR_VERIFY);
	ck_assert_uint_eq(peer->our_head.size, 0);
	buf_clear(&bytes);
	still_signs();
}
END_TEST

/* A head that 0's keys signed and 0's log does not contain. */
static void forged(Qsg__Hello *hello, uint64_t size)
{
	static struct buf note;
	struct checkpoint head = *node_head(fixture.nodes[0]);

	head.size = size;
	if (size == node_head(fixture.nodes[0])->size ||
	    size < node_head(fixture.nodes[0])->size) {
		head.root.b[0] ^= 1;
	}
	buf_reset(&note);
	OK(checkpoint_sign(node_keystore(fixture.nodes[0]), &head, &note));
	hello->your_head.data = note.data;
	hello->your_head.len = note.size;
}

/* M182 */
START_TEST(a_head_of_ours_that_we_do_not_know_ends_our_signing)
{
	static const uint64_t sizes[] = { 1, 2, 3, 1000 };
	const char *const again[1] = { "tcp://h:1" };
	struct replica_taken taken;
	Qsg__Hello hello;
	uint64_t cursor = 0;
	const char *why = NULL;
	struct id32 other;
	struct checkpoint before = *node_head(fixture.nodes[0]);

	fill(&hello);
	ck_assert_uint_eq(before.size, 2);
	forged(&hello, sizes[_i]);
	FAILS(hear(&hello, &cursor), ERR_STATE);
	for (int i = 0; i < 3; i++) {
		ck_assert(!node_may_sign(fixture.nodes[0], &why));
		ck_assert_ptr_nonnull(strstr(why, "nothing is signed"));
		FAILS(fixture_share(&fixture, 0, 1u << 1, "no", &other),
		    ERR_STATE);
		ck_assert_ptr_nonnull(strstr(err_text(), "nothing is signed"));
		FAILS(
		    node_set_endpoints(fixture.nodes[0], again, 1), ERR_STATE);
		ck_assert(
		    checkpoint_equal(&before, node_head(fixture.nodes[0])));
		/* It still serves and takes. */
		fixture_assert_text(&fixture, 0, &record, "one");
		fixture_restart(&fixture, 0, i == 0);
	}
	OK(fixture_share(&fixture, 2, 1u << 0, "to 0", &other));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 0, 2, &taken));
	fixture_assert_text(&fixture, 0, &other, "to 0");
}
END_TEST

/* M182: what was staged and not signed yet never is. */
START_TEST(signing_ends_for_what_is_staged_too)
{
	struct checkpoint before = *node_head(fixture.nodes[0]);
	Qsg__Hello hello;
	uint64_t cursor = 0;
	const char *why = NULL;
	struct id32 staged;

	fill(&hello);
	forged(&hello, 1000);
	OK(fixture_share(&fixture, 0, 1u << 1, "staged", &staged));
	FAILS(replica_hello(fixture.nodes[0], fixture_peer(&fixture, 0, 1),
		  &hello, &cursor),
	    ERR_STATE);
	FAILS(node_commit(fixture.nodes[0]), ERR_STATE);
	ck_assert(!node_may_sign(fixture.nodes[0], &why));
	ck_assert_ptr_null(fixture_view(&fixture, 0, &staged));
	ck_assert(checkpoint_equal(&before, node_head(fixture.nodes[0])));
	fixture_assert_text(&fixture, 0, &record, "one");
}
END_TEST

/* M182: not even when it is what we are about to sign. */
START_TEST(a_head_of_what_is_only_staged_ends_our_signing)
{
	static struct buf note;
	struct node *node = fixture.nodes[0];
	struct checkpoint head = *node_head(node);
	struct id32 staged;
	Qsg__Hello hello;
	uint64_t cursor = 0;
	const char *why = NULL;

	fill(&hello);
	OK(fixture_share(&fixture, 0, 1u << 1, "staged", &staged));
	head.size = node->own_size;
	OK(merkle_tree_root(state_own_log(node)->tree, head.size, &head.root));
	OK(checkpoint_sign(node_keystore(node), &head, &note));
	hello.your_head.data = note.data;
	hello.your_head.len = note.size;
	FAILS(
	    replica_hello(node, fixture_peer(&fixture, 0, 1), &hello, &cursor),
	    ERR_STATE);
	ck_assert(!node_may_sign(node, &why));
	buf_clear(&note);
}
END_TEST

START_TEST(an_older_head_of_ours_is_fine)
{
	Qsg__Hello hello;
	uint64_t cursor = 0;

	still_signs();
	still_signs();
	fill(&hello);
	OK(hear(&hello, &cursor));
	still_signs();
}
END_TEST

Suite *test_hello_suite(void)
{
	Suite *suite = suite_create("hello");
	TCase *tcase = tcase_create("hello");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_good_hello_is_taken_and_its_time_kept);
	tcase_add_test(tcase, a_cursor_counts_for_this_database_and_no_other);
	tcase_add_test(
	    tcase, a_peer_with_another_database_is_read_from_the_beginning);
	tcase_add_loop_test(
	    tcase, a_hello_put_together_wrongly_is_refused, 0, 10);
	tcase_add_test(tcase, bytes_that_are_no_head_of_ours_are_not_kept);
	tcase_add_loop_test(
	    tcase, a_head_of_ours_that_we_do_not_know_ends_our_signing, 0, 4);
	tcase_add_test(tcase, signing_ends_for_what_is_staged_too);
	tcase_add_test(tcase, a_head_of_what_is_only_staged_ends_our_signing);
	tcase_add_test(tcase, an_older_head_of_ours_is_fine);
	suite_add_tcase(suite, tcase);
	return suite;
}
