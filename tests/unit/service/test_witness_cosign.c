#define _GNU_SOURCE

#include "asking.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/mention.h"
#include "store/heads.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

Suite *test_witness_cosign_suite(void);

static void setup(void)
{
	fixture_open(&asking_fixture, 4);
}

static void teardown(void)
{
	fixture_close(&asking_fixture);
}

static void run_sql(size_t at, const char *text)
{
	sqlite3 *connection = NULL;
	char *message = NULL;

	node_close(asking_fixture.nodes[at]);
	asking_fixture.nodes[at] = NULL;
	ck_assert_int_eq(
	    sqlite3_open(
		fixture_path(&asking_fixture, at, "records.db"), &connection),
	    SQLITE_OK);
	ck_assert_msg(
	    sqlite3_exec(connection, text, NULL, NULL, &message) == SQLITE_OK,
	    "%s", message);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
	OK(fixture_reopen(&asking_fixture, at));
}

/*
 * As a witness.
 */

/* M190 M192 M199 */
START_TEST(a_head_is_cosigned_once)
{
	struct witness_heard heard;
	struct buf first = { 0 };
	struct buf again = { 0 };

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	ck_assert(heard.cosigned);
	OK(asking_read_back(1, &heard, &first));
	ck_assert_uint_eq(asking_lines_at(1, heard.size), 1);
	/* Asked again later, and after a restart, it says the same. */
	asking_fixture.now_ms += 100 * 1000;
	OK(asking_tell(1, heard.size, &heard));
	ck_assert(heard.cosigned);
	OK(asking_read_back(1, &heard, &again));
	ck_assert(span_equal(buf_span(&first), buf_span(&again)));
	fixture_restart(&asking_fixture, 1, true);
	OK(asking_tell(1, heard.size, &heard));
	ck_assert(heard.cosigned);
	OK(asking_read_back(1, &heard, &again));
	ck_assert(span_equal(buf_span(&first), buf_span(&again)));
	ck_assert_uint_eq(asking_lines_at(1, heard.size), 1);
	buf_clear(&first);
	buf_clear(&again);
}
END_TEST

/* M192 */
START_TEST(a_smaller_head_than_one_cosigned_is_not_cosigned)
{
	struct witness_heard heard;
	struct cosignature_row row = {
		.org = 1, .size = 1000, .line = span_text("a line\n")
	};

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	row.log = asking_log_at(1)->log;
	OK(heads_keep_cosignature(asking_fixture.nodes[1]->db, &row));
	OK(node_commit(asking_fixture.nodes[1]));
	asking_publish("second");
	OK(asking_tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(
	    asking_lines_at(1, witness_published(asking_author())), 0);
}
END_TEST

/* M190 */
START_TEST(only_the_newest_head_held_is_cosigned)
{
	struct witness_heard heard;
	struct replica_taken taken;
	struct id32 record;

	asking_publish("first");
	OK(fixture_share(&asking_fixture, 0, 1u << 1, "second", &record));
	OK(node_commit(asking_author()));
	OK(fixture_pull(&asking_fixture, 1, 0, &taken));
	ck_assert_uint_eq(
	    asking_log_at(1)->head.size, node_head(asking_author())->size);
	OK(asking_tell(1, 0, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(
	    asking_lines_at(1, witness_published(asking_author())), 0);
}
END_TEST

/* M190 */
START_TEST(while_a_head_waits_to_be_joined_none_is_cosigned)
{
	struct witness_heard heard;

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	asking_publish("second");
	asking_log_at(1)->unjoined.size = 1;
	memset(&asking_log_at(1)->unjoined.root, 7, sizeof(struct id32));
	OK(asking_tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	ck_assert(heard.ask);
	ck_assert_uint_eq(heard.ask_from, 1);
}
END_TEST

/* M190: a head that a co-reader mentioned may be of another history. */
START_TEST(while_a_mentioned_head_waits_none_is_cosigned)
{
	struct witness_heard heard;
	struct mention_ask ask;
	struct checkpoint other;
	struct buf note = { 0 };
	Qsg__Head *head = NULL;

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	other = asking_log_at(1)->head;
	other.size = 1000;
	OK(checkpoint_sign(node_keystore(asking_author()), &other, &note));
	head = asking_head_from(0);
	fixture_put(&head->checkpoint, buf_span(&note));
	OK(mention_take(asking_fixture.nodes[1],
	    fixture_peer(&asking_fixture, 1, 2), head, &ask));
	OK(node_commit(asking_fixture.nodes[1]));
	canon_free(&head->base);
	buf_clear(&note);
	asking_publish("second");
	OK(asking_tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(
	    asking_log_at(1)->head.size, witness_published(asking_author()));
}
END_TEST

/* The author answers a HeadWant from that size. */
static void answered(uint64_t from)
{
	struct checkpoint held = asking_log_at(1)->head;
	struct witness_heard heard;
	Qsg__HeadWant want;
	Qsg__Head head;

	qsg__head_want__init(&want);
	want.author.data = held.author.b;
	want.author.len = sizeof held.author.b;
	want.generation.data = held.generation.b;
	want.generation.len = sizeof held.generation.b;
	want.sizes = &from;
	want.n_sizes = 1;
	OK(replica_supply_head(asking_author(),
	    fixture_peer(&asking_fixture, 0, 1), &want, &head));
	OK(asking_hear(1, &head, &heard));
	OK(node_commit(asking_fixture.nodes[1]));
	replica_free_head(&head);
}

/* M223: by the proof that it was asked for, also where it has nothing new. */
START_TEST(a_mentioned_head_is_joined_by_what_its_author_answers)
{
	struct witness_heard heard;
	struct mention_ask ask;
	struct buf older = { 0 };
	Qsg__Head *head = NULL;
	uint64_t size = 0;

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	for (int i = 0; i < 3; i++) {
		asking_publish("more");
	}
	OK(buf_append(&older, node_head_note(asking_author())));
	asking_publish("last");
	OK(asking_tell(1, heard.size, &heard));
	head = asking_head_from(0);
	fixture_put(&head->checkpoint, buf_span(&older));
	OK(mention_take(asking_fixture.nodes[1],
	    fixture_peer(&asking_fixture, 1, 2), head, &ask));
	OK(node_commit(asking_fixture.nodes[1]));
	ck_assert_uint_eq(asking_log_at(1)->claim.head.size, heard.size - 1);
	size = heard.size;
	OK(asking_tell(1, size, &heard));
	ck_assert(!heard.cosigned);
	/* Without its peaks a Head says nothing of that, for or against. */
	OK(asking_tell(1, size - 1, &heard));
	ck_assert_uint_eq(asking_log_at(1)->claim.head.size, size - 1);
	answered(size - 1);
	ck_assert_uint_eq(asking_log_at(1)->claim.head.size, 0);
	OK(asking_tell(1, size, &heard));
	ck_assert(heard.cosigned);
	canon_free(&head->base);
	buf_clear(&older);
}
END_TEST

/* M190 */
START_TEST(a_log_with_two_histories_is_not_cosigned)
{
	struct witness_heard heard;

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	ck_assert(heard.cosigned);
	asking_log_at(1)->split = true;
	/* Nor is what it had cosigned said again. */
	OK(asking_tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	asking_publish("second");
	OK(asking_tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(
	    asking_lines_at(1, witness_published(asking_author())), 0);
	ck_assert(!heard.ask);
}
END_TEST

/* M185: told by its author itself, and smaller than what is held. */
START_TEST(a_smaller_head_of_another_history_is_a_split_view)
{
	struct witness_heard heard;
	struct checkpoint forged;
	struct buf note = { 0 };
	Qsg__Head *head = NULL;

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	forged = asking_log_at(1)->head;
	asking_publish("second");
	OK(asking_tell(1, heard.size, &heard));
	forged.root.b[4] ^= 1;
	OK(checkpoint_sign(node_keystore(asking_author()), &forged, &note));
	head = asking_head_from(forged.size);
	fixture_put(&head->checkpoint, buf_span(&note));
	FAILS(asking_hear(1, head, &heard), ERR_VERIFY);
	OK(node_commit(asking_fixture.nodes[1]));
	ck_assert(asking_log_at(1)->split);
	ck_assert_uint_eq(fixture_quarantined(&asking_fixture, 1, 0), 1);
	ck_assert_str_eq(fixture_newest_code(&asking_fixture, 1), "split-view");
	canon_free(&head->base);
	buf_clear(&note);
}
END_TEST

/* M194 */
START_TEST(who_is_not_named_does_not_cosign)
{
	struct witness_heard heard;
	Qsg__Head *head = NULL;

	asking_publish("first");
	head = asking_head_from(0);
	for (size_t i = 0; i < head->n_witnesses; i++) {
		head->witnesses[i].data[0] ^= 0x55;
	}
	OK(asking_hear(1, head, &heard));
	ck_assert(!heard.cosigned);
	/* It is joined all the same. */
	ck_assert_uint_eq(
	    asking_log_at(1)->head.size, node_head(asking_author())->size);
	/* From anybody but the author it asks nothing. */
	for (size_t i = 0; i < head->n_witnesses; i++) {
		head->witnesses[i].data[0] ^= 0x55;
	}
	FAILS(witness_take_head(asking_fixture.nodes[1],
		  fixture_peer(&asking_fixture, 1, 2), head, &heard),
	    ERR_FORMAT);
	ck_assert(!heard.cosigned);
	canon_free(&head->base);
}
END_TEST

/* M193 */
START_TEST(a_node_that_may_not_sign_does_not_cosign)
{
	struct witness_heard heard;

	asking_publish("first");
	asking_fixture.nodes[1]->may_sign = false;
	OK(asking_tell(1, 0, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(
	    asking_lines_at(1, node_head(asking_author())->size), 0);
}
END_TEST

static void head_refused(Qsg__Head *head, enum err why)
{
	struct witness_heard heard;
	uint64_t before = fixture_quarantined(&asking_fixture, 1, 0);

	FAILS(asking_hear(1, head, &heard), why);
	ck_assert(!heard.cosigned);
	OK(node_commit(asking_fixture.nodes[1]));
	ck_assert_uint_eq(
	    fixture_quarantined(&asking_fixture, 1, 0), before + 1);
	ck_assert(!asking_log_at(1) || asking_log_at(1)->head.size == 0);
}

/* M191 */
START_TEST(a_head_that_names_too_many_is_refused)
{
	Qsg__Head *head = NULL;
	ProtobufCBinaryData many[16];
	ProtobufCBinaryData *named = NULL;
	Qsg__Cosignature none = QSG__COSIGNATURE__INIT;
	Qsg__Cosignature *lines[16];
	Qsg__Cosignature **said = NULL;
	uint8_t stranger[32] = { 9 };
	size_t count = 0;

	asking_publish("first");
	head = asking_head_from(0);
	named = head->witnesses;
	count = head->n_witnesses;
	/* Of strangers: else well made. */
	none.author = head->author;
	none.generation = head->generation;
	none.size = witness_published(asking_author());
	none.witness.data = stranger;
	none.witness.len = sizeof stranger;
	for (size_t i = 0; i < 16; i++) {
		many[i] = named[0];
		lines[i] = &none;
	}
	head->witnesses = many;
	head->n_witnesses = 16;
	head_refused(head, ERR_FORMAT);
	head->witnesses = named;
	head->n_witnesses = count;
	said = head->cosignatures;
	head->cosignatures = lines;
	head->n_cosignatures = 16;
	head_refused(head, ERR_FORMAT);
	head->cosignatures = said;
	head->n_cosignatures = 0;
	canon_free(&head->base);
}
END_TEST

START_TEST(a_head_that_does_not_prove_itself_is_refused)
{
	Qsg__Head *head = NULL;

	asking_publish("first");
	head = asking_head_from(0);
	head->checkpoint.data[head->checkpoint.len - 20] ^= 1;
	head_refused(head, ERR_VERIFY);
	head->checkpoint.data[head->checkpoint.len - 20] ^= 1;
	head->nodes[0]->hash.data[5] ^= 1;
	head_refused(head, ERR_VERIFY);
	head->nodes[0]->hash.data[5] ^= 1;
	head->generation.data[0] ^= 1;
	head_refused(head, ERR_DENIED);
	head->generation.data[0] ^= 1;
	canon_free(&head->base);
}
END_TEST

START_TEST(a_head_that_cannot_be_joined_is_asked_for)
{
	struct witness_heard heard;

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	asking_publish("second");
	asking_publish("third");
	OK(asking_tell(1, heard.size + 1, &heard));
	ck_assert(!heard.cosigned);
	ck_assert(heard.ask);
	ck_assert_uint_eq(heard.ask_from, asking_log_at(1)->head.size);
	ck_assert_uint_eq(fixture_quarantined(&asking_fixture, 1, 0), 0);
	OK(asking_tell(1, heard.ask_from, &heard));
	ck_assert(heard.cosigned);
	ck_assert(!heard.ask);
}
END_TEST

/* M197 */
START_TEST(cosignatures_of_others_are_kept_when_they_verify)
{
	struct witness_heard heard;
	Qsg__Head *head = NULL;
	uint64_t size = 0;

	asking_publish("first");
	asking_cosign(2, 0);
	size = witness_published(asking_author());
	head = asking_head_from(0);
	ck_assert_uint_eq(head->n_cosignatures, 1);
	head->cosignatures[0]
	    ->line.data[head->cosignatures[0]->line.len - 30] ^= 1;
	head_refused(head, ERR_VERIFY);
	ck_assert_uint_eq(asking_lines_at(1, size), 0);
	head->cosignatures[0]
	    ->line.data[head->cosignatures[0]->line.len - 30] ^= 1;
	head->cosignatures[0]->size++;
	head_refused(head, ERR_FORMAT);
	head->cosignatures[0]->size--;
	OK(asking_hear(1, head, &heard));
	OK(node_commit(asking_fixture.nodes[1]));
	ck_assert(heard.cosigned);
	ck_assert_uint_eq(asking_lines_at(1, size), 2);
	canon_free(&head->base);
}
END_TEST

/* M197 */
START_TEST(cosignatures_of_strangers_are_ignored)
{
	struct witness_heard heard;
	Qsg__Head *head = NULL;
	uint64_t size = 0;

	asking_publish("first");
	asking_cosign(2, 0);
	size = witness_published(asking_author());
	/* A name nobody here knows: even a bad line is no matter. */
	head = asking_head_from(0);
	head->cosignatures[0]->witness.data[9] ^= 1;
	head->cosignatures[0]
	    ->line.data[head->cosignatures[0]->line.len - 30] ^= 1;
	OK(asking_hear(1, head, &heard));
	OK(node_commit(asking_fixture.nodes[1]));
	ck_assert(heard.cosigned);
	ck_assert_uint_eq(asking_lines_at(1, size), 1);
	canon_free(&head->base);
	/* A line by a key that is not in its card. */
	head = asking_head_from(size);
	memcpy(head->cosignatures[0]->witness.data,
	    node_id(asking_fixture.nodes[3])->b, 32);
	OK(asking_hear(1, head, &heard));
	OK(node_commit(asking_fixture.nodes[1]));
	ck_assert_uint_eq(asking_lines_at(1, size), 1);
	canon_free(&head->base);
}
END_TEST

/* M199 */
START_TEST(what_reads_back_differently_is_not_sent)
{
	struct witness_heard heard;
	struct buf line = { 0 };

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	OK(asking_read_back(1, &heard, &line));
	run_sql(1, "UPDATE head SET note = CAST(replace(CAST(note AS TEXT),"
		   " 'qsg/', 'qsh/') AS BLOB)");
	ck_assert_int_ne(asking_read_back(1, &heard, &line), ERR_OK);
	run_sql(1, "UPDATE head SET note = CAST(replace(CAST(note AS TEXT),"
		   " 'qsh/', 'qsg/') AS BLOB)");
	OK(asking_read_back(1, &heard, &line));
	run_sql(1, "UPDATE cosignature SET line = CAST(replace(CAST(line AS"
		   " TEXT), 'A', 'B') AS BLOB)");
	ck_assert_int_ne(asking_read_back(1, &heard, &line), ERR_OK);
	run_sql(1, "DELETE FROM head");
	FAILS(asking_read_back(1, &heard, &line), ERR_NOTFOUND);
	buf_clear(&line);
}
END_TEST

static void append_hex(struct buf *out, const struct buf *bytes)
{
	OK(buf_append(out, span_text("x'")));
	OK(text_hex(buf_span(bytes), out));
	OK(buf_append(out, span_text("'")));
}

/* M199: what fits each other, but is not the head that was cosigned. */
START_TEST(another_head_read_back_is_not_sent)
{
	struct witness_heard heard;
	struct buf line = { 0 };
	struct buf sql = { 0 };

	asking_publish("first");
	OK(asking_tell(1, 0, &heard));
	OK(asking_read_back(1, &heard, &line));
	OK(buf_append(&sql, span_text("UPDATE head SET note = ")));
	append_hex(&sql, &asking_log_at(1)->note);
	OK(buf_append(&sql, span_text("; UPDATE cosignature SET line = ")));
	append_hex(&sql, &line);
	asking_publish("second");
	OK(asking_tell(1, heard.size, &heard));
	OK(asking_read_back(1, &heard, &line));
	run_sql(1, buf_text(&sql));
	FAILS(asking_read_back(1, &heard, &line), ERR_VERIFY);
	buf_clear(&line);
	buf_clear(&sql);
}
END_TEST

/* M199 */
START_TEST(what_was_undone_is_not_sent)
{
	struct witness_heard heard;
	struct buf line = { 0 };
	Qsg__Head *head = NULL;

	asking_publish("first");
	head = asking_head_from(0);
	OK(asking_hear(1, head, &heard));
	ck_assert(heard.cosigned);
	asking_fixture.nodes[1]->poisoned = err_set(ERR_FULL, "no room");
	FAILS(node_commit(asking_fixture.nodes[1]), ERR_FULL);
	FAILS(asking_read_back(1, &heard, &line), ERR_NOTFOUND);
	ck_assert_uint_eq(line.size, 0);
	/* The same head again: all of it anew. */
	OK(asking_hear(1, head, &heard));
	OK(node_commit(asking_fixture.nodes[1]));
	OK(asking_read_back(1, &heard, &line));
	buf_clear(&line);
	canon_free(&head->base);
}
END_TEST

Suite *test_witness_cosign_suite(void)
{
	Suite *suite = suite_create("witness_cosign");
	TCase *tests = tcase_create("witness_cosign");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_head_is_cosigned_once);
	tcase_add_test(tests, a_smaller_head_than_one_cosigned_is_not_cosigned);
	tcase_add_test(tests, only_the_newest_head_held_is_cosigned);
	tcase_add_test(tests, while_a_head_waits_to_be_joined_none_is_cosigned);
	tcase_add_test(tests, while_a_mentioned_head_waits_none_is_cosigned);
	tcase_add_test(
	    tests, a_mentioned_head_is_joined_by_what_its_author_answers);
	tcase_add_test(tests, a_log_with_two_histories_is_not_cosigned);
	tcase_add_test(
	    tests, a_smaller_head_of_another_history_is_a_split_view);
	tcase_add_test(tests, who_is_not_named_does_not_cosign);
	tcase_add_test(tests, a_node_that_may_not_sign_does_not_cosign);
	tcase_add_test(tests, a_head_that_names_too_many_is_refused);
	tcase_add_test(tests, a_head_that_does_not_prove_itself_is_refused);
	tcase_add_test(tests, a_head_that_cannot_be_joined_is_asked_for);
	tcase_add_test(tests, cosignatures_of_others_are_kept_when_they_verify);
	tcase_add_test(tests, cosignatures_of_strangers_are_ignored);
	tcase_add_test(tests, what_reads_back_differently_is_not_sent);
	tcase_add_test(tests, another_head_read_back_is_not_sent);
	tcase_add_test(tests, what_was_undone_is_not_sent);
	suite_add_tcase(suite, tests);
	return suite;
}
