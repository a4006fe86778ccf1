#include "evil.h"

#include "codec/canon.h"
#include "service/query.h"
#include "service/verify.h"

#include <stdlib.h>
#include <string.h>

Suite *test_heads_suite(void);

/* Node 0 writes, 1 judges what it is told of 0's log, 2 is a co-reader. */
static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 4);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct state_log *log_of(size_t at, size_t of)
{
	return state_log_of(fixture.nodes[at], node_id(fixture.nodes[of]),
	    &node_head(fixture.nodes[of])->generation);
}

/*
 * Split views.
 */

static struct evil a;
static struct evil b;
static struct evil_stream stream_a;
static struct evil_stream stream_b;

/* Two histories: the first `common` records in both. */
static void two_histories(size_t common)
{
	evil_init(&a, &fixture, 0);
	evil_init(&b, &fixture, 0);
	evil_audience(&a, 1u << 1, &stream_a);
	evil_audience(&b, 1u << 1, &stream_b);
	for (size_t i = 0; i < common; i++) {
		struct evil_record same;

		if (i == 0) {
			evil_key(&a, &stream_a, &same);
		} else {
			evil_text(&a, &stream_a, "common", &same);
		}
		OK(merkle_tree_add(b.tree, 0, b.size++, &same.id));
		evil_record_clear(&same);
	}
}

static void end_histories(void)
{
	evil_clear(&a);
	evil_clear(&b);
}

static enum err show(struct evil *history, struct evil_stream *stream,
    const char *text, struct replica_taken *taken)
{
	struct evil_record records[2];
	const struct evil_record *list[2] = { &records[0], &records[1] };
	size_t count = 0;
	enum err err = ERR_OK;

	if (!stream->state.taken) {
		evil_key(history, stream, &records[count++]);
	}
	evil_text(history, stream, text, &records[count++]);
	err = evil_give(history, 1, list, count, taken);
	for (size_t i = 0; i < count; i++) {
		evil_record_clear(&records[i]);
	}
	return err;
}

/* What 1 needs of a stream of that log that it does not know, as 2 offers it.
 */
static enum replica_need need_of_more(void)
{
	struct replica_range range = { 0 };
	struct id32 author = *node_id(fixture.nodes[0]);
	struct generation generation = node_head(fixture.nodes[0])->generation;
	struct id32 stream = { { 7 } };
	Qsg__Offer offer;

	qsg__offer__init(&offer);
	offer.author = (ProtobufCBinaryData){ 32, author.b };
	offer.generation = (ProtobufCBinaryData){ 8, generation.b };
	offer.stream = (ProtobufCBinaryData){ 32, stream.b };
	offer.record = (ProtobufCBinaryData){ 32, stream.b };
	offer.number = 3;
	return replica_plan(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &offer, &range);
}

/* The second history is refused, kept, and nothing more is taken of that log,
 * nor asked for, now or after a restart; others go on. */
static void split_for_good(void)
{
	struct replica_taken taken;
	struct id32 record;
	size_t held = views_count(fixture.nodes[1]->views);

	ck_assert(log_of(1, 0)->split);
	ck_assert_uint_ge(fixture_quarantined(&fixture, 1, 0), 1);
	ck_assert_str_eq(fixture_newest_code(&fixture, 1), "split-view");
	for (int i = 0; i < 2; i++) {
		FAILS(show(&a, &stream_a, "more", &taken), ERR_DENIED);
		ck_assert_str_eq(taken.code, "split-view");
		ck_assert_uint_eq(views_count(fixture.nodes[1]->views), held);
		ck_assert_int_eq(need_of_more(), REPLICA_NOTHING);
		fixture_restart(&fixture, 1, i == 0);
		ck_assert(log_of(1, 0)->split);
	}
	OK(fixture_share(&fixture, 2, 1u << 1, "of another", &record));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 1, 2, &taken));
	fixture_assert_text(&fixture, 1, &record, "of another");
	fixture_assert_verifies(&fixture, 1);
	end_histories();
}

/* M185 */
START_TEST(two_heads_of_one_size_split_the_log)
{
	struct replica_taken taken;

	two_histories(0);
	OK(show(&a, &stream_a, "to one", &taken));
	ck_assert_int_eq(need_of_more(), REPLICA_WANT);
	FAILS(show(&b, &stream_b, "to another", &taken), ERR_VERIFY);
	ck_assert_str_eq(taken.code, "split-view");
	split_for_good();
}
END_TEST

/* M185 */
START_TEST(a_longer_second_history_splits_the_log)
{
	struct replica_taken taken;

	two_histories(0);
	OK(show(&a, &stream_a, "to one", &taken));
	{
		struct evil_record first;

		evil_key(&b, &stream_b, &first);
		evil_record_clear(&first);
	}
	evil_audience(&b, 1u << 1, &stream_b);
	FAILS(show(&b, &stream_b, "to another", &taken), ERR_VERIFY);
	ck_assert_str_eq(taken.code, "split-view");
	split_for_good();
}
END_TEST

/* M185: nothing held contradicts the proof itself, only the two heads do. */
START_TEST(a_second_history_beyond_what_is_held_splits_the_log)
{
	struct replica_taken taken;
	struct evil_record record;

	two_histories(4);
	/* In a: number 5 at leaf 4; in b: another leaf 4, ours at leaf 5. */
	evil_audience(&a, 1u << 1, &stream_a);
	OK(show(&a, &stream_a, "to one", &taken));
	ck_assert_uint_eq(a.size, 6);
	evil_key(&b, &stream_b, &record);
	evil_record_clear(&record);
	evil_audience(&b, 1u << 1, &stream_b);
	evil_key(&b, &stream_b, &record);
	evil_record_clear(&record);
	evil_audience(&b, 1u << 1, &stream_b);
	FAILS(show(&b, &stream_b, "to another", &taken), ERR_VERIFY);
	ck_assert_str_eq(taken.code, "split-view");
	split_for_good();
}
END_TEST

/* M185 */
START_TEST(a_second_head_alone_splits_the_log)
{
	struct replica_taken taken;
	struct evil_record record;
	Qsg__Head head;
	uint64_t size = 2;

	two_histories(0);
	OK(show(&a, &stream_a, "to one", &taken));
	evil_key(&b, &stream_b, &record);
	evil_record_clear(&record);
	evil_text(&b, &stream_b, "to another", &record);
	evil_record_clear(&record);
	evil_sign(&b);
	qsg__head__init(&head);
	head.author.data = b.head.author.b;
	head.author.len = 32;
	head.generation.data = b.head.generation.b;
	head.generation.len = 8;
	head.checkpoint.data = b.note.data;
	head.checkpoint.len = b.note.size;
	head.sizes = &size;
	head.n_sizes = 1;
	FAILS(replica_take_head(
		  fixture.nodes[1], fixture_peer(&fixture, 1, 2), &head),
	    ERR_VERIFY);
	OK(node_commit(fixture.nodes[1]));
	ck_assert(log_of(1, 0)->split);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 1);
	ck_assert_str_eq(fixture_newest_code(&fixture, 1), "split-view");
	end_histories();
}
END_TEST

/*
 * Heads that cannot be joined at once.
 */

static const char *trouble;

static enum err keep_trouble(void *context, const struct query_trouble *seen)
{
	(void)context;
	trouble = seen->status;
	return ERR_OK;
}

static const char *trouble_at_1(void)
{
	trouble = "";
	OK(query_troubles(fixture.nodes[1], keep_trouble, NULL));
	return trouble;
}

static void share(unsigned mask, const char *text, struct id32 *record)
{
	OK(fixture_share(&fixture, 0, mask, text, record));
	OK(node_commit(fixture.nodes[0]));
}

/* Ask node `giver` for 0's head from `size`, as 1, and take it there. */
static enum err join(size_t giver, uint64_t size)
{
	const struct checkpoint *head = node_head(fixture.nodes[0]);
	Qsg__HeadWant want;
	Qsg__Head answer;
	struct checkpoint copy = *head;
	enum err err = ERR_OK;

	qsg__head_want__init(&want);
	want.author.data = copy.author.b;
	want.author.len = 32;
	want.generation.data = copy.generation.b;
	want.generation.len = 8;
	want.sizes = &size;
	want.n_sizes = 1;
	err = replica_supply_head(fixture.nodes[giver],
	    fixture_peer(&fixture, giver, 1), &want, &answer);
	if (err) {
		return err;
	}
	err = replica_take_head(
	    fixture.nodes[1], fixture_peer(&fixture, 1, giver), &answer);
	replica_free_head(&answer);
	OK(node_commit(fixture.nodes[1]));
	return err;
}

#define BOTH ((1u << 1) | (1u << 2))

/* 2 holds 0's log at one size, 1 at another; neither knows what lies between.
 * Returns with 2's records taken at 1 under the head that does not join. */
static void unjoined(bool older, struct id32 *record)
{
	struct id32 others[13];
	struct replica_taken taken;

	share(BOTH, "one", record);
	for (size_t i = 0; i < 6; i++) {
		share(1u << 3, "filling", &others[i]);
	}
	if (older) {
		OK(fixture_pull(&fixture, 2, 0, &taken));
	} else {
		share(1u << 1, "for 1", &others[6]);
		OK(fixture_pull(&fixture, 1, 0, &taken));
	}
	for (size_t i = 0; i < 6; i++) {
		share(1u << 3, "filling", &others[7 + i]);
	}
	if (older) {
		share(1u << 1, "for 1", &others[6]);
		/* Only that stream: as if the other had been refused. */
		{
			Qsg__Records *message =
			    fixture_message(&fixture, 0, 1, &others[6], 1, 2);

			OK(fixture_take(&fixture, 1, 0, message, &taken));
			OK(node_commit(fixture.nodes[1]));
			canon_free(&message->base);
		}
	} else {
		share(BOTH, "two", record);
		OK(fixture_pull(&fixture, 2, 0, &taken));
	}
	{
		Qsg__Records *message =
		    fixture_message(&fixture, 2, 1, record, 1, older ? 2 : 3);

		OK(fixture_take(&fixture, 1, 2, message, &taken));
		OK(node_commit(fixture.nodes[1]));
		canon_free(&message->base);
	}
	/* M186: taken, shown as unjoined, its head asked for. */
	ck_assert(taken.needs_head);
	ck_assert_uint_eq(taken.ours_size, log_of(1, 0)->head.size);
	ck_assert_uint_eq(taken.theirs_size, log_of(2, 0)->head.size);
	ck_assert_uint_eq(taken.taken, older ? 2 : 1);
	fixture_assert_text(&fixture, 1, record, older ? "one" : "two");
	ck_assert_str_eq(trouble_at_1(), "unjoined");
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 0);
}

/* M186 */
START_TEST(a_newer_head_that_does_not_join_is_joined_later)
{
	struct id32 record;
	struct query_position position;
	uint64_t ours = 0;

	unjoined(false, &record);
	fixture_restart(&fixture, 1, true);
	ck_assert_str_eq(trouble_at_1(), "unjoined");
	ours = log_of(1, 0)->head.size;
	OK(query_position(fixture.nodes[1],
	    views_find(fixture.nodes[1]->views, &record), &position));
	ck_assert(!position.joined);
	/* 2 does not know what 1 holds: only the author can help. */
	FAILS(join(2, ours), ERR_NOTFOUND);
	OK(join(0, ours));
	ck_assert_uint_eq(
	    log_of(1, 0)->head.size, node_head(fixture.nodes[0])->size);
	ck_assert_str_eq(trouble_at_1(), "");
	OK(query_position(fixture.nodes[1],
	    views_find(fixture.nodes[1]->views, &record), &position));
	ck_assert(position.joined);
	fixture_assert_verifies(&fixture, 1);
	fixture_restart(&fixture, 1, true);
	fixture_assert_text(&fixture, 1, &record, "two");
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* M186 */
START_TEST(an_older_head_that_does_not_join_is_joined_later)
{
	struct id32 record;
	struct replica_taken taken;

	unjoined(true, &record);
	if (_i) {
		OK(join(0, log_of(2, 0)->head.size));
	} else {
		/* Whoever brings a newer head is asked for the joint. */
		share(BOTH, "three", &record);
		OK(fixture_pull(&fixture, 1, 0, &taken));
		ck_assert_str_eq(trouble_at_1(), "unjoined");
		ck_assert(taken.needs_head);
		ck_assert_uint_eq(taken.ours_size, log_of(2, 0)->head.size);
		ck_assert_uint_eq(
		    taken.theirs_size, node_head(fixture.nodes[0])->size);
		OK(join(0, log_of(2, 0)->head.size));
	}
	ck_assert_str_eq(trouble_at_1(), "");
	fixture_assert_verifies(&fixture, 1);
	fixture_restart(&fixture, 1, true);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

static void fill(size_t count)
{
	struct id32 other;

	for (size_t i = 0; i < count; i++) {
		share(1u << 3, "filling", &other);
	}
}

static void take(size_t from, Qsg__Records *message)
{
	struct replica_taken taken;

	OK(fixture_take(&fixture, 1, from, message, &taken));
	OK(node_commit(fixture.nodes[1]));
	canon_free(&message->base);
}

static struct verify_report verified(void)
{
	struct verify_report report;

	OK(verify_node(fixture.nodes[1], &report));
	return report;
}

/* M502 M503: 2 tells of 0's log under one head, then under another, and nothing
 * leads from the one to the other or to what 1 has of 0. */
START_TEST(what_came_under_a_head_that_was_overtaken_is_not_proven_and_no_fault)
{
	struct replica_taken taken;
	struct id32 record, other;
	Qsg__Records *first = NULL;
	Qsg__Records *second = NULL;
	uint64_t sizes[2];

	share(BOTH, "one", &record);
	fill(6);
	OK(fixture_pull(&fixture, 2, 0, &taken));
	sizes[0] = log_of(2, 0)->head.size;
	first = fixture_message(&fixture, 2, 1, &record, 1, 2);
	fill(5); /* a tree of 16 would lead to any larger one */
	share(BOTH, "two", &other);
	OK(fixture_pull(&fixture, 2, 0, &taken));
	sizes[1] = log_of(2, 0)->head.size;
	second = fixture_message(&fixture, 2, 1, &other, 3, 3);
	fill(6);
	share(1u << 1, "for 1", &other);
	take(0, fixture_message(&fixture, 0, 1, &other, 1, 2));
	take(2, first);
	ck_assert_uint_eq(log_of(1, 0)->unjoined.size, sizes[0]);
	ck_assert_uint_eq(log_of(1, 0)->overtaken, 0);
	take(2, second);
	ck_assert_uint_eq(log_of(1, 0)->unjoined.size, sizes[1]);
	ck_assert_uint_eq(log_of(1, 0)->overtaken, sizes[0]);
	OK(join(0, sizes[1]));
	ck_assert_uint_eq(log_of(1, 0)->unjoined.size, 0);
	for (size_t i = 0; i < 2; i++) {
		struct verify_report report = verified();

		ck_assert_msg(!report.faults, "%s", report.first_fault);
		ck_assert_uint_gt(report.unproven, 0);
		fixture_restart(&fixture, 1, i == 0);
		ck_assert_uint_eq(log_of(1, 0)->overtaken, sizes[0]);
	}
	/* Not everything is excused by that. */
	log_of(1, 0)->overtaken = 1;
	ck_assert_ptr_nonnull(strstr(verified().first_fault, "nothing leads"));
	log_of(1, 0)->overtaken = sizes[0];
}
END_TEST

START_TEST(a_head_is_not_given_to_strangers_of_its_streams)
{
	struct id32 record;
	struct replica_taken taken;

	share(1u << 2, "not for 1", &record);
	OK(fixture_pull(&fixture, 2, 0, &taken));
	FAILS(join(2, 1), ERR_NOTFOUND);
	ck_assert_str_eq(err_text(), "no such log");
	FAILS(join(3, 1), ERR_NOTFOUND);
	ck_assert_str_eq(err_text(), "no such log");
	/* Its own author gives it to whoever it has met. */
	FAILS(join(0, 99), ERR_NOTFOUND);
}
END_TEST

/* An answer of 0's, to be spoilt. */
static void head_of_0(Qsg__Head *answer, Qsg__HeadWant *want, uint64_t *size)
{
	static struct checkpoint copy;

	copy = *node_head(fixture.nodes[0]);
	qsg__head_want__init(want);
	want->author.data = copy.author.b;
	want->author.len = 32;
	want->generation.data = copy.generation.b;
	want->generation.len = 8;
	want->sizes = size;
	want->n_sizes = 1;
	OK(replica_supply_head(
	    fixture.nodes[0], fixture_peer(&fixture, 0, 1), want, answer));
}

START_TEST(a_head_that_joins_nothing_is_refused)
{
	struct id32 record;
	struct replica_taken taken;
	Qsg__HeadWant want;
	Qsg__Head answer;
	uint64_t size = 0;
	enum err err = ERR_OK;

	share(1u << 1, "one", &record);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	size = log_of(1, 0)->head.size;
	share(1u << 3, "two", &record);
	share(1u << 3, "three", &record);
	head_of_0(&answer, &want, &size);
	switch (_i) {
	case 0:
		answer.n_sizes = 0;
		break;
	case 1:
		answer.sizes[0] = 1;
		break;
	case 2:
		answer.nodes[0]->hash.data[0] ^= 1;
		break;
	case 3:
		answer.n_nodes--;
		break;
	case 4:
		answer.checkpoint = (ProtobufCBinaryData){ 0 };
		break;
	case 5:
		answer.author.len = 31;
		break;
	default:
		answer.nodes[0]->hash.len = 3;
		break;
	}
	err = replica_take_head(
	    fixture.nodes[1], fixture_peer(&fixture, 1, 2), &answer);
	ck_assert(err == ERR_FORMAT || err == ERR_VERIFY || err == ERR_DENIED);
	OK(node_commit(fixture.nodes[1]));
	ck_assert_uint_eq(log_of(1, 0)->head.size, size);
	ck_assert_uint_eq(fixture_quarantined(&fixture, 1, 2), 1);
	ck_assert_uint_eq(fixture_peer(&fixture, 1, 2)->refused_here, 1);
	replica_free_head(&answer);
	OK(join(0, size));
	ck_assert_uint_eq(
	    log_of(1, 0)->head.size, node_head(fixture.nodes[0])->size);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(a_head_is_asked_for_from_exactly_one_size)
{
	struct id32 record;
	Qsg__HeadWant want;
	Qsg__Head answer;
	uint64_t sizes[2] = { 1, 2 };

	share(1u << 1, "one", &record);
	head_of_0(&answer, &want, sizes);
	replica_free_head(&answer);
	want.n_sizes = (size_t)_i * 2;
	FAILS(replica_supply_head(fixture.nodes[0],
		  fixture_peer(&fixture, 0, 1), &want, &answer),
	    ERR_FORMAT);
}
END_TEST

Suite *test_heads_suite(void)
{
	Suite *suite = suite_create("heads");
	TCase *tcase = tcase_create("heads");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, two_heads_of_one_size_split_the_log);
	tcase_add_test(tcase, a_longer_second_history_splits_the_log);
	tcase_add_test(
	    tcase, a_second_history_beyond_what_is_held_splits_the_log);
	tcase_add_test(tcase, a_second_head_alone_splits_the_log);
	tcase_add_test(tcase, a_newer_head_that_does_not_join_is_joined_later);
	tcase_add_test(tcase,
	    what_came_under_a_head_that_was_overtaken_is_not_proven_and_no_fault);
	tcase_add_loop_test(
	    tcase, an_older_head_that_does_not_join_is_joined_later, 0, 2);
	tcase_add_test(tcase, a_head_is_not_given_to_strangers_of_its_streams);
	tcase_add_loop_test(tcase, a_head_that_joins_nothing_is_refused, 0, 7);
	tcase_add_loop_test(
	    tcase, a_head_is_asked_for_from_exactly_one_size, 0, 2);
	suite_add_tcase(suite, tcase);
	return suite;
}
