#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "service/witness.h"
#include "store/heads.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

Suite *test_witness_suite(void);

/* Node 0 writes, 1 and 2 are witnesses, 3 is a stranger's stand-in. */
static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 4);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct node *author(void)
{
	return fixture.nodes[0];
}

static void write_one(const char *text)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, 1u << 1 | 1u << 2, text, &record));
	OK(node_commit(author()));
}

/* The tick publishes, or does not. */
static bool publishes(void)
{
	struct node_event event;
	bool said = false;

	witness_tick(author());
	OK(node_commit(author()));
	while (node_next_event(author(), &event)) {
		said = said || event.kind == NODE_HEAD_PUBLISHED;
	}
	return said;
}

static void publish(const char *text)
{
	write_one(text);
	fixture.now_ms += WITNESS_INTERVAL_S * 1000;
	ck_assert(publishes());
}

/* What the author tells, joined to that size; to be tampered with. */
static Qsg__Head *head_from(uint64_t from)
{
	struct witness_head head;
	ProtobufCMessage *message = NULL;
	struct buf bytes = { 0 };

	OK(witness_make_head(author(), from, &head));
	OK(canon_encode(&head.head.base, &bytes));
	OK(canon_decode_message(&qsg__head__descriptor, buf_span(&bytes),
	    LIMIT_MESSAGE_BYTES, &message));
	witness_clear_head(&head);
	buf_clear(&bytes);
	return (Qsg__Head *)message;
}

static enum err hear(size_t at, Qsg__Head *head, struct witness_heard *heard)
{
	return witness_take_head(
	    fixture.nodes[at], fixture_peer(&fixture, at, 0), head, heard);
}

/* Node `at` is told of the newest published head and commits. */
static enum err tell(size_t at, uint64_t from, struct witness_heard *heard)
{
	Qsg__Head *head = head_from(from);
	enum err err = hear(at, head, heard);

	canon_free(&head->base);
	OK(node_commit(fixture.nodes[at]));
	return err;
}

static enum err read_back(
    size_t at, const struct witness_heard *heard, struct buf *line)
{
	buf_reset(line);
	return witness_read(fixture.nodes[at], fixture_peer(&fixture, at, 0),
	    &heard->generation, heard->size, line);
}

/* A message with what node `at` says. */
struct saying {
	Qsg__Cosignature message;
	struct id32 author, witness;
	struct generation generation;
	struct buf line;
};

static void say(
    size_t at, const struct witness_heard *heard, struct saying *out)
{
	memset(out, 0, sizeof *out);
	qsg__cosignature__init(&out->message);
	out->author = *node_id(author());
	out->witness = *node_id(fixture.nodes[at]);
	out->generation = heard->generation;
	OK(read_back(at, heard, &out->line));
	out->message.author.data = out->author.b;
	out->message.author.len = sizeof out->author.b;
	out->message.generation.data = out->generation.b;
	out->message.generation.len = sizeof out->generation.b;
	out->message.witness.data = out->witness.b;
	out->message.witness.len = sizeof out->witness.b;
	out->message.size = heard->size;
	out->message.line.data = out->line.data;
	out->message.line.len = out->line.size;
}

static enum err take(size_t from, const struct saying *saying)
{
	enum err err = witness_take(author(), fixture_peer(&fixture, 0, from),
	    &saying->message, span_text("the message"));

	OK(node_commit(author()));
	return err;
}

/* All the way: told, cosigned, answered. */
static void cosign(size_t at, uint64_t from)
{
	struct witness_heard heard;
	struct saying saying;

	OK(tell(at, from, &heard));
	ck_assert(heard.cosigned);
	say(at, &heard, &saying);
	OK(take(at, &saying));
	buf_clear(&saying.line);
}

static enum err count_row(void *context, const struct cosignature_row *row)
{
	size_t *count = context;

	(void)row;
	(*count)++;
	return ERR_OK;
}

/* Cosignatures that node `at` holds on a head of node 0's log. */
static size_t lines_at(size_t at, uint64_t size)
{
	struct node *node = fixture.nodes[at];
	const struct state_log *log = state_log_of(
	    node, node_id(author()), &node_head(author())->generation);
	size_t count = 0;

	if (log) {
		OK(heads_cosignatures(
		    node->db, log->log, size, count_row, &count));
	}
	return count;
}

static struct state_log *log_at(size_t at)
{
	return state_log_of(fixture.nodes[at], node_id(author()),
	    &node_head(author())->generation);
}

static void run_sql(size_t at, const char *text)
{
	sqlite3 *connection = NULL;
	char *message = NULL;

	node_close(fixture.nodes[at]);
	fixture.nodes[at] = NULL;
	ck_assert_int_eq(
	    sqlite3_open(fixture_path(&fixture, at, "records.db"), &connection),
	    SQLITE_OK);
	ck_assert_msg(
	    sqlite3_exec(connection, text, NULL, NULL, &message) == SQLITE_OK,
	    "%s", message);
	ck_assert_int_eq(sqlite3_close(connection), SQLITE_OK);
	OK(fixture_reopen(&fixture, at));
}

/*
 * As the author.
 */

/* M198 */
START_TEST(a_head_is_published_once_an_interval)
{
	ck_assert(!publishes());
	write_one("first");
	ck_assert(publishes());
	ck_assert_uint_eq(
	    witness_published(author()), node_head(author())->size);
	ck_assert(!publishes());
	write_one("second");
	fixture.now_ms += WITNESS_INTERVAL_S * 1000 - 1;
	ck_assert(!publishes());
	fixture.now_ms += 1;
	ck_assert(publishes());
	fixture.now_ms += FIXTURE_DAY_MS;
	ck_assert(!publishes());
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(
	    witness_published(author()), node_head(author())->size);
	ck_assert(!publishes());
}
END_TEST

/* M198 */
START_TEST(an_urgent_record_is_published_with_its_commit)
{
	struct id32 record;

	publish("first");
	OK(fixture_share(&fixture, 0, 1u << 1, "urgent", &record));
	witness_urgent(author());
	/* Not before it is in the head. */
	witness_tick(author());
	OK(node_commit(author()));
	ck_assert_uint_lt(
	    witness_published(author()), node_head(author())->size);
	ck_assert(publishes());
	ck_assert_uint_eq(
	    witness_published(author()), node_head(author())->size);
	write_one("not urgent");
	ck_assert(!publishes());
}
END_TEST

START_TEST(what_is_undone_was_not_published)
{
	write_one("first");
	witness_tick(author());
	author()->poisoned = err_set(ERR_FULL, "no room");
	FAILS(node_commit(author()), ERR_FULL);
	ck_assert_uint_eq(witness_published(author()), 0);
	ck_assert(!publishes());
	fixture.now_ms += WITNESS_INTERVAL_S * 1000;
	ck_assert(publishes());
}
END_TEST

START_TEST(a_node_that_may_not_sign_publishes_nothing)
{
	write_one("first");
	author()->may_sign = false;
	ck_assert(!publishes());
}
END_TEST

/* M195 */
START_TEST(at_most_fifteen_are_asked_those_seen_first)
{
	struct node *node = author();
	struct witness_policy policy = witness_default();
	int64_t orgs[WITNESS_MOST];

	ck_assert_uint_eq(witness_asked(node, orgs), 3);
	ck_assert_int_eq(orgs[0], 2);
	node->peers[3]->seen_ms = fixture.now_ms - 29 * FIXTURE_DAY_MS;
	node->peers[1]->seen_ms = fixture.now_ms - 31 * FIXTURE_DAY_MS;
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
static void cosigned_by_1(struct saying *saying)
{
	struct witness_heard heard;

	publish("first");
	OK(tell(1, 0, &heard));
	ck_assert(heard.cosigned);
	say(1, &heard, saying);
}

static void refused(size_t from, const struct saying *saying, enum err why)
{
	uint64_t before = fixture_quarantined(&fixture, 0, from);

	FAILS(take(from, saying), why);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 0, from), before + 1);
	ck_assert_uint_eq(lines_at(0, saying->message.size), 0);
	ck_assert_uint_eq(witness_lines(author()), 0);
}

/* M196 */
START_TEST(a_cosignature_of_what_was_not_published_is_refused)
{
	struct saying saying;

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
	struct saying saying;

	cosigned_by_1(&saying);
	witness_set_policy(author(), &policy);
	author()->peers[1]->asked = false;
	refused(1, &saying, ERR_DENIED);
	/* Named before others were asked instead: it may still answer. */
	author()->peers[1]->asked = true;
	OK(take(1, &saying));
	buf_clear(&saying.line);
}
END_TEST

/* M196 */
START_TEST(a_cosignature_that_does_not_verify_is_refused)
{
	struct saying saying;
	struct saying other;
	struct witness_heard heard;

	cosigned_by_1(&saying);
	OK(tell(2, 0, &heard));
	say(2, &heard, &other);
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
	struct saying saying;

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
	struct saying saying;
	struct buf twice = { 0 };

	cosigned_by_1(&saying);
	OK(buf_append(&twice, buf_span(&saying.line)));
	OK(buf_append(&twice, buf_span(&saying.line)));
	saying.message.line.data = twice.data;
	saying.message.line.len = twice.size;
	refused(1, &saying, ERR_FORMAT);
	saying.message.line.len = 0;
	refused(1, &saying, ERR_FORMAT);
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
	struct saying saying;

	cosigned_by_1(&saying);
	ck_assert(witness_lacks(author(), fixture_peer(&fixture, 0, 1)));
	OK(take(1, &saying));
	OK(take(1, &saying));
	ck_assert_uint_eq(witness_lines(author()), 1);
	ck_assert(!witness_lacks(author(), fixture_peer(&fixture, 0, 1)));
	ck_assert(witness_lacks(author(), fixture_peer(&fixture, 0, 2)));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 0, 1), 0);
	fixture_restart(&fixture, 0, true);
	ck_assert_uint_eq(witness_lines(author()), 1);
	buf_clear(&saying.line);
}
END_TEST

/*
 * As a witness.
 */

/* M190 M192 M199 */
START_TEST(a_head_is_cosigned_once)
{
	struct witness_heard heard;
	struct buf first = { 0 };
	struct buf again = { 0 };

	publish("first");
	OK(tell(1, 0, &heard));
	ck_assert(heard.cosigned);
	OK(read_back(1, &heard, &first));
	ck_assert_uint_eq(lines_at(1, heard.size), 1);
	/* Asked again later, and after a restart, it says the same. */
	fixture.now_ms += 100 * 1000;
	OK(tell(1, heard.size, &heard));
	ck_assert(heard.cosigned);
	OK(read_back(1, &heard, &again));
	ck_assert(span_equal(buf_span(&first), buf_span(&again)));
	fixture_restart(&fixture, 1, true);
	OK(tell(1, heard.size, &heard));
	ck_assert(heard.cosigned);
	OK(read_back(1, &heard, &again));
	ck_assert(span_equal(buf_span(&first), buf_span(&again)));
	ck_assert_uint_eq(lines_at(1, heard.size), 1);
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

	publish("first");
	OK(tell(1, 0, &heard));
	row.log = log_at(1)->log;
	OK(heads_keep_cosignature(fixture.nodes[1]->db, &row));
	OK(node_commit(fixture.nodes[1]));
	publish("second");
	OK(tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(lines_at(1, witness_published(author())), 0);
}
END_TEST

/* M190 */
START_TEST(only_the_newest_head_held_is_cosigned)
{
	struct witness_heard heard;
	struct replica_taken taken;
	struct id32 record;

	publish("first");
	OK(fixture_share(&fixture, 0, 1u << 1, "second", &record));
	OK(node_commit(author()));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	ck_assert_uint_eq(log_at(1)->head.size, node_head(author())->size);
	OK(tell(1, 0, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(lines_at(1, witness_published(author())), 0);
}
END_TEST

/* M190 */
START_TEST(while_a_head_waits_to_be_joined_none_is_cosigned)
{
	struct witness_heard heard;

	publish("first");
	OK(tell(1, 0, &heard));
	publish("second");
	log_at(1)->unjoined.size = 1;
	memset(&log_at(1)->unjoined.root, 7, sizeof(struct id32));
	OK(tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	ck_assert(heard.ask);
	ck_assert_uint_eq(heard.ask_from, 1);
}
END_TEST

/* M190 */
START_TEST(a_log_with_two_histories_is_not_cosigned)
{
	struct witness_heard heard;

	publish("first");
	OK(tell(1, 0, &heard));
	publish("second");
	log_at(1)->split = true;
	OK(tell(1, heard.size, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(lines_at(1, witness_published(author())), 0);
	/* Nor what it had cosigned is said again. */
	ck_assert(!heard.ask);
}
END_TEST

/* M194 */
START_TEST(who_is_not_named_does_not_cosign)
{
	struct witness_heard heard;
	Qsg__Head *head = NULL;

	publish("first");
	head = head_from(0);
	for (size_t i = 0; i < head->n_witnesses; i++) {
		head->witnesses[i].data[0] ^= 0x55;
	}
	OK(hear(1, head, &heard));
	ck_assert(!heard.cosigned);
	/* It is joined all the same. */
	ck_assert_uint_eq(log_at(1)->head.size, node_head(author())->size);
	/* From anybody but the author it asks nothing. */
	for (size_t i = 0; i < head->n_witnesses; i++) {
		head->witnesses[i].data[0] ^= 0x55;
	}
	FAILS(witness_take_head(
		  fixture.nodes[1], fixture_peer(&fixture, 1, 2), head, &heard),
	    ERR_FORMAT);
	ck_assert(!heard.cosigned);
	canon_free(&head->base);
}
END_TEST

/* M193 */
START_TEST(a_node_that_may_not_sign_does_not_cosign)
{
	struct witness_heard heard;

	publish("first");
	fixture.nodes[1]->may_sign = false;
	OK(tell(1, 0, &heard));
	ck_assert(!heard.cosigned);
	ck_assert_uint_eq(lines_at(1, node_head(author())->size), 0);
}
END_TEST

static void head_refused(Qsg__Head *head, enum err why)
{
	struct witness_heard heard;
	uint64_t before = fixture_quarantined(&fixture, 1, 0);

	FAILS(hear(1, head, &heard), why);
	ck_assert(!heard.cosigned);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), before + 1);
	ck_assert(!log_at(1) || log_at(1)->head.size == 0);
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
	size_t count = 0;

	publish("first");
	head = head_from(0);
	named = head->witnesses;
	count = head->n_witnesses;
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

	publish("first");
	head = head_from(0);
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

	publish("first");
	OK(tell(1, 0, &heard));
	publish("second");
	publish("third");
	OK(tell(1, heard.size + 1, &heard));
	ck_assert(!heard.cosigned);
	ck_assert(heard.ask);
	ck_assert_uint_eq(heard.ask_from, log_at(1)->head.size);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 0), 0);
	OK(tell(1, heard.ask_from, &heard));
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

	publish("first");
	cosign(2, 0);
	size = witness_published(author());
	head = head_from(0);
	ck_assert_uint_eq(head->n_cosignatures, 1);
	head->cosignatures[0]
	    ->line.data[head->cosignatures[0]->line.len - 30] ^= 1;
	head_refused(head, ERR_VERIFY);
	ck_assert_uint_eq(lines_at(1, size), 0);
	head->cosignatures[0]
	    ->line.data[head->cosignatures[0]->line.len - 30] ^= 1;
	head->cosignatures[0]->size++;
	head_refused(head, ERR_FORMAT);
	head->cosignatures[0]->size--;
	OK(hear(1, head, &heard));
	OK(node_commit(fixture.nodes[1]));
	ck_assert(heard.cosigned);
	ck_assert_uint_eq(lines_at(1, size), 2);
	canon_free(&head->base);
}
END_TEST

/* M197 */
START_TEST(cosignatures_of_strangers_are_ignored)
{
	struct witness_heard heard;
	Qsg__Head *head = NULL;
	uint64_t size = 0;

	publish("first");
	cosign(2, 0);
	size = witness_published(author());
	/* A name nobody here knows: even a bad line is no matter. */
	head = head_from(0);
	head->cosignatures[0]->witness.data[9] ^= 1;
	head->cosignatures[0]
	    ->line.data[head->cosignatures[0]->line.len - 30] ^= 1;
	OK(hear(1, head, &heard));
	OK(node_commit(fixture.nodes[1]));
	ck_assert(heard.cosigned);
	ck_assert_uint_eq(lines_at(1, size), 1);
	canon_free(&head->base);
	/* A line by a key that is not in its card. */
	head = head_from(size);
	memcpy(head->cosignatures[0]->witness.data,
	    node_id(fixture.nodes[3])->b, 32);
	OK(hear(1, head, &heard));
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(lines_at(1, size), 1);
	canon_free(&head->base);
}
END_TEST

/* M199 */
START_TEST(what_reads_back_differently_is_not_sent)
{
	struct witness_heard heard;
	struct buf line = { 0 };

	publish("first");
	OK(tell(1, 0, &heard));
	OK(read_back(1, &heard, &line));
	run_sql(1, "UPDATE head SET note = CAST(replace(CAST(note AS TEXT),"
		   " 'qsg/', 'qsh/') AS BLOB)");
	ck_assert_int_ne(read_back(1, &heard, &line), ERR_OK);
	run_sql(1, "UPDATE head SET note = CAST(replace(CAST(note AS TEXT),"
		   " 'qsh/', 'qsg/') AS BLOB)");
	OK(read_back(1, &heard, &line));
	run_sql(1, "UPDATE cosignature SET line = CAST(replace(CAST(line AS"
		   " TEXT), 'A', 'B') AS BLOB)");
	ck_assert_int_ne(read_back(1, &heard, &line), ERR_OK);
	run_sql(1, "DELETE FROM head");
	FAILS(read_back(1, &heard, &line), ERR_NOTFOUND);
	buf_clear(&line);
}
END_TEST

/* M199 */
START_TEST(what_was_undone_is_not_sent)
{
	struct witness_heard heard;
	struct buf line = { 0 };
	Qsg__Head *head = NULL;

	publish("first");
	head = head_from(0);
	OK(hear(1, head, &heard));
	ck_assert(heard.cosigned);
	fixture.nodes[1]->poisoned = err_set(ERR_FULL, "no room");
	FAILS(node_commit(fixture.nodes[1]), ERR_FULL);
	FAILS(read_back(1, &heard, &line), ERR_NOTFOUND);
	ck_assert_uint_eq(line.size, 0);
	/* The same head again: all of it anew. */
	OK(hear(1, head, &heard));
	OK(node_commit(fixture.nodes[1]));
	OK(read_back(1, &heard, &line));
	buf_clear(&line);
	canon_free(&head->base);
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

	OK(witness_status(author(), &status));
	ck_assert(status.ok);
	ck_assert_uint_eq(status.asked, 3);
	ck_assert_uint_eq(status.minimum, 1);
	publish("first");
	cosign(1, 0);
	OK(witness_status(author(), &status));
	ck_assert_uint_eq(status.unwitnessed, 0);
	ck_assert_uint_eq(status.cosigned, 1);
	ck_assert_int_eq(status.oldest_ms, 0);
	written = fixture.now_ms;
	write_one("second");
	fixture.now_ms += FIXTURE_DAY_MS;
	OK(witness_status(author(), &status));
	ck_assert_uint_eq(status.unwitnessed, 1);
	ck_assert_int_eq(status.oldest_ms, written);
	ck_assert(status.ok);
	fixture.now_ms += 1;
	OK(witness_status(author(), &status));
	ck_assert(!status.ok);
	policy.minimum = 0;
	witness_set_policy(author(), &policy);
	OK(witness_status(author(), &status));
	ck_assert(status.ok);
	policy.minimum = 2;
	witness_set_policy(author(), &policy);
	OK(witness_status(author(), &status));
	ck_assert_uint_eq(status.unwitnessed, node_head(author())->size);
	ck_assert(!status.ok);
}
END_TEST

START_TEST(the_checkpoint_carries_its_cosignatures_by_name)
{
	struct witness_checkpoint shown;
	struct note note;

	FAILS(witness_checkpoint(author(), &shown), ERR_NOTFOUND);
	write_one("unpublished");
	OK(witness_checkpoint(author(), &shown));
	ck_assert_uint_eq(shown.cosignatures, 0);
	buf_clear(&shown.note);
	publish("first");
	cosign(1, 0);
	cosign(2, 0);
	cosign(3, 0);
	/* A newer one that nobody has cosigned yet is not the one to show. */
	publish("second");
	OK(witness_checkpoint(author(), &shown));
	ck_assert_uint_eq(shown.cosignatures, 3);
	ck_assert_uint_eq(shown.head.size + 1, node_head(author())->size);
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

		note_witness_key(node_id(fixture.nodes[at]),
		    &keystore_public(node_keystore(fixture.nodes[at]))
			 ->cosigning,
		    &key);
		OK(note_verify_cosignature(&note, &key, &time_s));
		ck_assert_uint_eq(time_s, (uint64_t)fixture.now_ms / 1000 - 60);
	}
	buf_clear(&shown.note);
}
END_TEST

Suite *test_witness_suite(void)
{
	Suite *suite = suite_create("witness");
	TCase *of = tcase_create("author");
	TCase *by = tcase_create("witness");

	tcase_add_checked_fixture(of, setup, teardown);
	tcase_add_test(of, a_head_is_published_once_an_interval);
	tcase_add_test(of, an_urgent_record_is_published_with_its_commit);
	tcase_add_test(of, what_is_undone_was_not_published);
	tcase_add_test(of, a_node_that_may_not_sign_publishes_nothing);
	tcase_add_test(of, at_most_fifteen_are_asked_those_seen_first);
	tcase_add_test(of, a_cosignature_of_what_was_not_published_is_refused);
	tcase_add_test(of, a_cosignature_nobody_asked_for_is_refused);
	tcase_add_test(of, a_cosignature_that_does_not_verify_is_refused);
	tcase_add_test(of, a_cosignature_of_another_log_is_refused);
	tcase_add_test(of, a_cosignature_that_is_not_one_line_is_refused);
	tcase_add_test(of, a_cosignature_said_twice_is_kept_once);
	tcase_add_test(of, status_counts_what_no_witness_has_seen);
	tcase_add_test(of, the_checkpoint_carries_its_cosignatures_by_name);
	suite_add_tcase(suite, of);
	tcase_add_checked_fixture(by, setup, teardown);
	tcase_add_test(by, a_head_is_cosigned_once);
	tcase_add_test(by, a_smaller_head_than_one_cosigned_is_not_cosigned);
	tcase_add_test(by, only_the_newest_head_held_is_cosigned);
	tcase_add_test(by, while_a_head_waits_to_be_joined_none_is_cosigned);
	tcase_add_test(by, a_log_with_two_histories_is_not_cosigned);
	tcase_add_test(by, who_is_not_named_does_not_cosign);
	tcase_add_test(by, a_node_that_may_not_sign_does_not_cosign);
	tcase_add_test(by, a_head_that_names_too_many_is_refused);
	tcase_add_test(by, a_head_that_does_not_prove_itself_is_refused);
	tcase_add_test(by, a_head_that_cannot_be_joined_is_asked_for);
	tcase_add_test(by, cosignatures_of_others_are_kept_when_they_verify);
	tcase_add_test(by, cosignatures_of_strangers_are_ignored);
	tcase_add_test(by, what_reads_back_differently_is_not_sent);
	tcase_add_test(by, what_was_undone_is_not_sent);
	suite_add_tcase(suite, by);
	return suite;
}
