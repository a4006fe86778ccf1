#include "bag.h"

#include "codec/text.h"
#include "ledger/tlogproof.h"
#include "unit/service/evil.h"

#include <stdio.h>
#include <string.h>

Suite *test_bundle_chain_suite(void);

enum { RECORDS = 8 };

/* Node 1's keys are in other hands; node 0 exports, also what those made. */
static struct fixture fixture;
static struct evil evil;
static struct evil_stream stream;
static struct evil_record made[RECORDS];
static size_t count;
static struct bag bag;

static const struct bag_claims some = { .what = "some" };

static void setup(void)
{
	struct id32 own;
	fixture_open(&fixture, 2);
	OK(fixture_share(&fixture, 0, 1u << 1, "ours", &own));
	OK(node_commit(fixture.nodes[0]));
	evil_init(&evil, &fixture, 1);
	evil_audience(&evil, 3, &stream);
	count = 0;
	evil_key(&evil, &stream, &made[count++]);
	evil_text(&evil, &stream, "two", &made[count++]);
}

static void teardown(void)
{
	for (size_t i = 0; i < count; i++) {
		evil_record_clear(&made[i]);
	}
	bag_clear(&bag);
	evil_clear(&evil);
	fixture_close(&fixture);
}

static void make(const struct evil_spec *spec)
{
	evil_make(&evil, &stream, spec, &made[count++]);
}

static void add_part(
    const struct evil_record *record, const char *part, const struct buf *bytes)
{
	char name[128];
	if (bytes->size > 0) {
		(void)snprintf(name, sizeof(name), "data/records/%s/%s",
		    text_hex_id(&record->id).text, part);
		(void)bag_add(&bag, name, buf_span(bytes));
	}
}

/* A bundle of node 0's with all of these records but one, sealed. */
static const char *fault_without(size_t left_out)
{
	char name[160];
	struct buf generation = { 0 };
	evil_sign(&evil);
	bag_clear(&bag);
	bag_make(&fixture, 0, "{\"all\":true}", false, &bag);
	(void)snprintf(name, sizeof(name), "data/cards/%s.card",
	    text_hex_id(&evil.head.author).text);
	(void)bag_add(
	    &bag, name, buf_span(&node_card(fixture.nodes[1])->signed_bytes));
	OK(text_hex(
	    span_of(evil.head.generation.b, sizeof(evil.head.generation.b)),
	    &generation));
	(void)snprintf(name, sizeof(name), "data/logs/%s/%s/checkpoint",
	    text_hex_id(&evil.head.author).text, buf_text(&generation));
	(void)bag_add(&bag, name, buf_span(&evil.note));
	for (size_t i = 0; i < count; i++) {
		struct buf proof = { 0 };
		if (i == left_out) {
			continue;
		}
		OK(tlogproof_write(evil.tree, made[i].index, evil.size,
		    buf_span(&evil.note), &proof));
		add_part(&made[i], "header", &made[i].bytes);
		add_part(&made[i], "slots", &made[i].slots);
		add_part(&made[i], "body", &made[i].body);
		add_part(&made[i], "proof", &proof);
		buf_clear(&proof);
	}
	bag_lists(&bag);
	bag_seal(&bag, &fixture, 0, &some);
	buf_clear(&generation);
	return bag_fault(&bag);
}

static const char *fault(void)
{
	return fault_without(RECORDS);
}

/* The fault is in the newest record's header. */
static void found(const char *what)
{
	char wanted[300];
	const char *got = fault();
	(void)snprintf(wanted, sizeof(wanted), "data/records/%s/header: %s",
	    text_hex_id(&made[count - 1].id).text, what);
	ck_assert_msg(got != NULL, "accepted; wanted %s", wanted);
	ck_assert_str_eq(got, wanted);
}

/* M255 */
START_TEST(a_good_stream_is_accepted_whole_and_in_parts)
{
	struct evil_spec text = { .text = "more" };
	struct evil_spec key = { .slotted = true };
	make(&text);
	make(&key);
	make(&text);
	ck_assert_ptr_null(fault());
	for (size_t i = 0; i < count; i++) {
		ck_assert_ptr_null(fault_without(i));
	}
}
END_TEST

static void other_previous(struct header *header)
{
	header->previous.b[0] ^= 1;
}

/* M255 */
START_TEST(a_record_that_follows_on_nothing_is_named)
{
	struct evil_spec spec = { .text = "x", .before_log = other_previous };
	make(&spec);
	found("it does not follow on the record before it");
	/* Where the one before is not there, nobody can tell. */
	ck_assert_ptr_null(fault_without(1));
}
END_TEST

static void number_two(struct header *header)
{
	header->number = 2;
}

/* M255 */
START_TEST(two_records_of_one_number_are_named)
{
	struct evil_spec spec = { .text = "x", .before_log = number_two };
	make(&spec);
	const char *got = fault();
	ck_assert_ptr_nonnull(got);
	ck_assert_msg(
	    strstr(got, "two records of one number") != NULL, "%s", got);
}
END_TEST

static void other_keyed_by(struct header *header)
{
	header->keyed_by.b[0] ^= 1;
}

/* M255 */
START_TEST(a_record_keyed_by_another_is_named)
{
	struct evil_spec spec = { .text = "x", .before_log = other_keyed_by };
	make(&spec);
	found("another record keyed its stream");
	ck_assert_ptr_null(fault_without(1));
}
END_TEST

static void other_audience(struct header *header)
{
	header->audience_commitment.b[0] ^= 1;
}

/* M255 */
START_TEST(a_changed_audience_is_named)
{
	struct evil_spec spec = { .slotted = true,
		.before_log = other_audience };
	make(&spec);
	found("its stream has changed its audience");
}
END_TEST

static void other_nonce(struct header *header)
{
	header->nonce[0] ^= 1;
}

/* M255 */
START_TEST(an_opening_of_another_streams_id_is_named)
{
	struct evil_spec spec = { .slotted = true, .before_log = other_nonce };
	evil_audience(&evil, 3, &stream);
	make(&spec);
	found("its stream has another id");
}
END_TEST

static void next_version(struct buf *bytes)
{
	bytes->data[0] = 2;
}

/* M252 */
START_TEST(of_a_later_version_only_the_header_is_there)
{
	struct evil_spec spec = { .text = "x", .bytes = next_version };
	make(&spec);
	found("it is of a later version, and bytes are there that cannot be "
	      "checked");
	buf_clear(&made[count - 1].body);
	ck_assert_ptr_null(fault());
}
END_TEST

Suite *test_bundle_chain_suite(void)
{
	Suite *suite = suite_create("bundle_chain");
	TCase *tests = tcase_create("bundle_chain");
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_good_stream_is_accepted_whole_and_in_parts);
	tcase_add_test(tests, a_record_that_follows_on_nothing_is_named);
	tcase_add_test(tests, two_records_of_one_number_are_named);
	tcase_add_test(tests, a_record_keyed_by_another_is_named);
	tcase_add_test(tests, a_changed_audience_is_named);
	tcase_add_test(tests, an_opening_of_another_streams_id_is_named);
	tcase_add_test(tests, of_a_later_version_only_the_header_is_there);
	suite_add_tcase(suite, tests);
	return suite;
}
