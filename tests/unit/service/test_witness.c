#define _GNU_SOURCE

#include "asking.h"

#include "codec/canon.h"
#include "store/heads.h"

#include <stdlib.h>
#include <string.h>

Suite *test_witness_suite(void);

static void setup(void)
{
	fixture_open(&asking_fixture, 4);
}

static void teardown(void)
{
	fixture_close(&asking_fixture);
}

/*
 * As the author.
 */

/* M198 */
START_TEST(a_head_is_published_once_an_interval)
{
	ck_assert(!asking_publishes());
	asking_write_one("first");
	ck_assert(asking_publishes());
	ck_assert_uint_eq(witness_published(asking_author()),
	    node_head(asking_author())->size);
	ck_assert(!asking_publishes());
	asking_write_one("second");
	asking_fixture.now_ms += WITNESS_INTERVAL_S * 1000 - 1;
	ck_assert(!asking_publishes());
	asking_fixture.now_ms += 1;
	ck_assert(asking_publishes());
	asking_fixture.now_ms += FIXTURE_DAY_MS;
	ck_assert(!asking_publishes());
	fixture_restart(&asking_fixture, 0, true);
	ck_assert_uint_eq(witness_published(asking_author()),
	    node_head(asking_author())->size);
	ck_assert(!asking_publishes());
}
END_TEST

/* M198 */
START_TEST(an_urgent_record_is_published_with_its_commit)
{
	struct id32 record;

	asking_publish("first");
	OK(fixture_share(&asking_fixture, 0, 1u << 1, "urgent", &record));
	witness_urgent(asking_author());
	/* Not before it is in the head. */
	witness_tick(asking_author());
	OK(node_commit(asking_author()));
	ck_assert_uint_lt(witness_published(asking_author()),
	    node_head(asking_author())->size);
	ck_assert(asking_publishes());
	ck_assert_uint_eq(witness_published(asking_author()),
	    node_head(asking_author())->size);
	asking_write_one("not urgent");
	ck_assert(!asking_publishes());
}
END_TEST

START_TEST(what_is_undone_was_not_published)
{
	asking_write_one("first");
	witness_tick(asking_author());
	asking_author()->poisoned = err_set(ERR_FULL, "no room");
	FAILS(node_commit(asking_author()), ERR_FULL);
	ck_assert_uint_eq(witness_published(asking_author()), 0);
	ck_assert(!asking_publishes());
	asking_fixture.now_ms += WITNESS_INTERVAL_S * 1000;
	ck_assert(asking_publishes());
}
END_TEST

START_TEST(a_node_that_may_not_sign_publishes_nothing)
{
	asking_write_one("first");
	asking_author()->may_sign = false;
	ck_assert(!asking_publishes());
}
END_TEST

/* M195 */
START_TEST(at_most_fifteen_are_asked_those_seen_first)
{
	struct node *node = asking_author();
	struct witness_policy policy = witness_default();
	int64_t orgs[WITNESS_MOST];

	ck_assert_uint_eq(witness_asked(node, orgs), 3);
	ck_assert_int_eq(orgs[0], 2);
	node->peers[3]->seen_ms = asking_fixture.now_ms - 29 * FIXTURE_DAY_MS;
	node->peers[1]->seen_ms = asking_fixture.now_ms - 31 * FIXTURE_DAY_MS;
	ck_assert_uint_eq(witness_asked(node, orgs), 3);
	ck_assert_int_eq(orgs[0], 4);
	ck_assert_int_eq(orgs[1], 2);
	ck_assert_int_eq(orgs[2], 3);
	for (int64_t org = 5; org < 25; org++) {
		struct peer *peer = calloc(1, sizeof *peer);

		ck_assert_ptr_nonnull(peer);
		peer->org = org;
		OK(state_add_peer(node, peer));
	}
	ck_assert_uint_eq(witness_asked(node, orgs), WITNESS_ASK);
	policy.ask = 99;
	witness_set_policy(node, &policy);
	ck_assert_uint_eq(witness_asked(node, orgs), WITNESS_MOST);
	policy.ask = 0;
	witness_set_policy(node, &policy);
	ck_assert_uint_eq(witness_asked(node, orgs), 0);
}
END_TEST

/* A cosignature of node 1, as sent. */
static void cosigned_by_1(struct asking_said *saying)
{
	struct witness_heard heard;

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	ck_assert(heard.cosigned);
	asking_say(1, &heard, saying);
}

static void refused(size_t from, const struct asking_said *saying, enum err why)
{
	uint64_t before = fixture_quarantined(&asking_fixture, 0, from);

	FAILS(asking_take(from, saying), why);
	ck_assert_uint_eq(
	    fixture_quarantined(&asking_fixture, 0, from), before + 1);
	ck_assert_uint_eq(asking_lines_at(0, saying->message.size), 0);
	ck_assert_uint_eq(witness_lines(asking_author()), 0);
}

/* M196 */
START_TEST(a_cosignature_of_what_was_not_published_is_refused)
{
	struct asking_said saying;

	cosigned_by_1(&saying);
	saying.message.size -= 1;
	refused(1, &saying, ERR_DENIED);
	saying.message.size = 0;
	refused(1, &saying, ERR_DENIED);
	saying.message.size = UINT64_MAX;
	refused(1, &saying, ERR_DENIED);
	buf_clear(&saying.line);
}
END_TEST

/* M196 */
START_TEST(a_cosignature_nobody_asked_for_is_refused)
{
	struct witness_policy policy = { .interval_s = 60 };
	struct asking_said saying;

	cosigned_by_1(&saying);
	witness_set_policy(asking_author(), &policy);
	asking_author()->peers[1]->asked = false;
	refused(1, &saying, ERR_DENIED);
	/* Named before others were asked instead: it may still answer. */
	asking_author()->peers[1]->asked = true;
	OK(asking_take(1, &saying));
	buf_clear(&saying.line);
}
END_TEST

/* M196 */
START_TEST(a_cosignature_that_does_not_verify_is_refused)
{
	struct asking_said saying;
	struct asking_said other;
	struct witness_heard heard;

	cosigned_by_1(&saying);
	OK(asking_tell(2, 0, &heard));
	asking_say(2, &heard, &other);
	/* Every bit of the signature counts, and whose it is. */
	saying.line.data[saying.line.size - 30] ^= 1;
	refused(1, &saying, ERR_VERIFY);
	saying.line.data[saying.line.size - 30] ^= 1;
	saying.message.line = other.message.line;
	refused(1, &saying, ERR_VERIFY);
	saying.message.witness = other.message.witness;
	refused(1, &saying, ERR_DENIED);
	buf_clear(&saying.line);
	buf_clear(&other.line);
}
END_TEST

/* M196 */
START_TEST(a_cosignature_of_another_log_is_refused)
{
	struct asking_said saying;

	cosigned_by_1(&saying);
	saying.author.b[3] ^= 1;
	refused(1, &saying, ERR_DENIED);
	saying.author.b[3] ^= 1;
	saying.generation.b[0] ^= 1;
	refused(1, &saying, ERR_DENIED);
	saying.generation.b[0] ^= 1;
	saying.message.author.len = 31;
	refused(1, &saying, ERR_DENIED);
	buf_clear(&saying.line);
}
END_TEST

/* M196 */
START_TEST(a_cosignature_that_is_not_one_line_is_refused)
{
	struct asking_said saying;
	struct buf twice = { 0 };

	struct asking_said other;
	struct witness_heard heard;

	cosigned_by_1(&saying);
	OK(asking_tell(2, 0, &heard));
	asking_say(2, &heard, &other);
	OK(buf_append(&twice, buf_span(&saying.line)));
	OK(buf_append(&twice, buf_span(&other.line)));
	buf_clear(&other.line);
	saying.message.line.data = twice.data;
	saying.message.line.len = twice.size;
	refused(1, &saying, ERR_FORMAT);
	saying.message.line.len = 0;
	refused(1, &saying, ERR_FORMAT);
	OK(buf_reserve(&twice, twice.size)); /* it is given to itself */
	OK(buf_append(&twice, buf_span(&twice)));
	saying.message.line.data = twice.data;
	saying.message.line.len = HEADS_LINE_BYTES + 1;
	refused(1, &saying, ERR_LIMIT);
	buf_clear(&saying.line);
	buf_clear(&twice);
}
END_TEST

START_TEST(a_cosignature_said_twice_is_kept_once)
{
	struct asking_said saying;

	cosigned_by_1(&saying);
	ck_assert(witness_lacks(
	    asking_author(), fixture_peer(&asking_fixture, 0, 1)));
	OK(asking_take(1, &saying));
	OK(asking_take(1, &saying));
	ck_assert_uint_eq(witness_lines(asking_author()), 1);
	ck_assert(!witness_lacks(
	    asking_author(), fixture_peer(&asking_fixture, 0, 1)));
	ck_assert(witness_lacks(
	    asking_author(), fixture_peer(&asking_fixture, 0, 2)));
	ck_assert_uint_eq(fixture_quarantined(&asking_fixture, 0, 1), 0);
	fixture_restart(&asking_fixture, 0, true);
	ck_assert_uint_eq(witness_lines(asking_author()), 1);
	buf_clear(&saying.line);
}
END_TEST

/*
 * How things stand.
 */

START_TEST(status_counts_what_no_witness_has_seen)
{
	struct witness_policy policy = witness_default();
	struct witness_status status;
	int64_t written = 0;

	OK(witness_status(asking_author(), &status));
	ck_assert(status.ok);
	ck_assert_uint_eq(status.asked, 3);
	ck_assert_uint_eq(status.minimum, 1);
	asking_publish("first");
	asking_cosign(1, 0);
	OK(witness_status(asking_author(), &status));
	ck_assert_uint_eq(status.unwitnessed, 0);
	ck_assert_uint_eq(status.cosigned, 1);
	ck_assert_int_eq(status.oldest_ms, 0);
	written = asking_fixture.now_ms;
	asking_write_one("second");
	asking_fixture.now_ms += FIXTURE_DAY_MS;
	OK(witness_status(asking_author(), &status));
	ck_assert_uint_eq(status.unwitnessed, 1);
	ck_assert_int_eq(status.oldest_ms, written);
	ck_assert(status.ok);
	asking_fixture.now_ms += 1;
	OK(witness_status(asking_author(), &status));
	ck_assert(!status.ok);
	policy.minimum = 0;
	witness_set_policy(asking_author(), &policy);
	OK(witness_status(asking_author(), &status));
	ck_assert(status.ok);
	policy.minimum = 2;
	witness_set_policy(asking_author(), &policy);
	OK(witness_status(asking_author(), &status));
	ck_assert_uint_eq(status.unwitnessed, node_head(asking_author())->size);
	ck_assert(!status.ok);
}
END_TEST

START_TEST(the_checkpoint_carries_its_cosignatures_by_name)
{
	struct witness_checkpoint shown;
	struct note note;

	FAILS(witness_checkpoint(asking_author(), &shown), ERR_NOTFOUND);
	asking_write_one("unpublished");
	OK(witness_checkpoint(asking_author(), &shown));
	ck_assert_uint_eq(shown.cosignatures, 0);
	buf_clear(&shown.note);
	asking_publish("first");
	asking_cosign(1, 0);
	asking_cosign(2, 0);
	asking_cosign(3, 0);
	/* A newer one that nobody has cosigned yet is not the one to show. */
	asking_publish("second");
	OK(witness_checkpoint(asking_author(), &shown));
	ck_assert_uint_eq(shown.cosignatures, 3);
	ck_assert_uint_eq(
	    shown.head.size + 1, node_head(asking_author())->size);
	OK(note_parse(buf_span(&shown.note), &note));
	ck_assert_uint_eq(note.line_count, 4);
	for (size_t i = 2; i < note.line_count; i++) {
		ck_assert_int_lt(
		    memcmp(note.lines[i - 1].name.data, note.lines[i].name.data,
			note.lines[i].name.size),
		    0);
	}
	for (size_t at = 1; at < 4; at++) {
		struct note_key key;
		uint64_t time_s = 0;

		note_witness_key(node_id(asking_fixture.nodes[at]),
		    &keystore_public(node_keystore(asking_fixture.nodes[at]))
			 ->cosigning,
		    &key);
		OK(note_verify_cosignature(&note, &key, &time_s));
		ck_assert_uint_eq(
		    time_s, (uint64_t)asking_fixture.now_ms / 1000 - 60);
	}
	buf_clear(&shown.note);
}
END_TEST

Suite *test_witness_suite(void)
{
	Suite *suite = suite_create("witness");
	TCase *tests = tcase_create("witness");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_head_is_published_once_an_interval);
	tcase_add_test(tests, an_urgent_record_is_published_with_its_commit);
	tcase_add_test(tests, what_is_undone_was_not_published);
	tcase_add_test(tests, a_node_that_may_not_sign_publishes_nothing);
	tcase_add_test(tests, at_most_fifteen_are_asked_those_seen_first);
	tcase_add_test(
	    tests, a_cosignature_of_what_was_not_published_is_refused);
	tcase_add_test(tests, a_cosignature_nobody_asked_for_is_refused);
	tcase_add_test(tests, a_cosignature_that_does_not_verify_is_refused);
	tcase_add_test(tests, a_cosignature_of_another_log_is_refused);
	tcase_add_test(tests, a_cosignature_that_is_not_one_line_is_refused);
	tcase_add_test(tests, a_cosignature_said_twice_is_kept_once);
	tcase_add_test(tests, status_counts_what_no_witness_has_seen);
	tcase_add_test(tests, the_checkpoint_carries_its_cosignatures_by_name);
	suite_add_tcase(suite, tests);
	return suite;
}
