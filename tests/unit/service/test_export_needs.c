#include "asking.h"

#include "codec/text.h"
#include "ledger/tlogproof.h"
#include "service/audit.h"
#include "service/contradiction.h"
#include "service/export.h"
#include "service/receipts.h"
#include "store/evidence_store.h"

#include <stdlib.h>
#include <string.h>

Suite *test_export_needs_suite(void);

static struct export_list list;
static const struct export_choice all = { .all = true, .since_ms = INT64_MIN };

static void setup(void)
{
	fixture_open(&asking_fixture, 4);
}

static void teardown(void)
{
	export_list_clear(&list);
	fixture_close(&asking_fixture);
}

static void choose(size_t at, const struct export_choice *choice)
{
	export_list_clear(&list);
	OK(export_choose(asking_fixture.nodes[at], choice, &list));
}

static void choose_record(size_t at, const struct id32 *record)
{
	struct hex32 id = text_hex_id(record);
	const char *ids[] = { id.text };
	const struct export_choice choice = {
		.records = ids, .record_count = 1, .since_ms = INT64_MIN
	};
	choose(at, &choice);
}

static bool chosen(const struct id32 *record)
{
	for (size_t i = 0; i < list.record_count; i++) {
		if (id_equal(&list.records[i], record)) {
			return true;
		}
	}
	return false;
}

/* Lines that sign a note. */
static size_t lines_of(struct span bytes)
{
	struct note note;
	OK(note_parse(bytes, &note));
	return note.line_count;
}

/* The one log's head, and that proofs lead to these very bytes. */
static void head_is(
    size_t at, const struct id32 *record, uint64_t size, size_t lines)
{
	struct export_record read = { 0 };
	struct tlogproof proof;
	ck_assert_uint_eq(list.log_count, 1);
	struct span note = buf_span(&list.logs[0].note);
	const struct export_heads heads = { &note, 1 };
	ck_assert_uint_eq(list.logs[0].head.size, size);
	ck_assert_uint_eq(lines_of(note), lines);
	OK(export_read(
	    asking_fixture.nodes[at], record, &heads, EXPORT_SHUT, &read));
	OK(tlogproof_parse(buf_span(&read.proof), &proof));
	ck_assert(span_equal(proof.note, note));
	export_record_clear(&read);
}

static struct id32 last_of(size_t at)
{
	struct views *views = asking_fixture.nodes[at]->views;
	return views_get(views, (uint32_t)views_count(views))->id;
}

START_TEST(a_head_that_witnesses_signed_is_preferred)
{
	struct replica_taken taken;
	asking_publish("first");
	struct id32 first = last_of(0);
	uint64_t size = witness_published(asking_author());
	choose(0, &all);
	head_is(0, &first, size, 1);
	ck_assert_uint_eq(list.org_count, 1);
	asking_cosign(1, 0);
	asking_cosign(2, 0);
	choose(0, &all);
	head_is(0, &first, size, 3);
	/* The witnesses' cards are needed, too. */
	ck_assert_uint_eq(list.org_count, 3);
	/* Lines are sorted by name, the author's first. */
	const char *text = buf_text(&list.logs[0].note);
	const char *one = strstr(text, "/witness ");
	ck_assert_ptr_nonnull(one);
	const char *two = strstr(one + 1, "/witness ");
	ck_assert_ptr_nonnull(two);
	ck_assert_int_lt(memcmp(one - 64, two - 64, 64), 0);
	/* A newer one that nobody has signed is not, */
	asking_publish("second");
	struct id32 second = last_of(0);
	choose_record(0, &first);
	head_is(0, &first, size, 3);
	/* but where the older does not cover all. */
	choose_record(0, &second);
	head_is(0, &second, size + 1, 1);
	choose(0, &all);
	head_is(0, &second, size + 1, 1);
	/* A reader that is a witness has its own line, and its card. */
	OK(fixture_pull(&asking_fixture, 1, 0, &taken));
	choose_record(1, &first);
	head_is(1, &first, size, 2);
	ck_assert_uint_eq(list.org_count, 2);
}
END_TEST

static void proof_is(
    size_t at, const struct id32 *record, uint64_t size, size_t lines)
{
	struct hex32 id = text_hex_id(record);
	struct audit_proof made;
	struct tlogproof proof;
	OK(audit_prove(asking_fixture.nodes[at], span_text(id.text), &made));
	OK(tlogproof_parse(buf_span(&made.proof), &proof));
	ck_assert_uint_eq(made.head.size, size);
	ck_assert_uint_eq(lines_of(proof.note), lines);
	audit_proof_clear(&made);
}

/* M75 */
START_TEST(a_portable_proof_is_under_a_cosigned_head)
{
	struct replica_taken taken;
	asking_publish("first");
	struct id32 first = last_of(0);
	uint64_t size = witness_published(asking_author());
	proof_is(0, &first, size, 1);
	asking_cosign(1, 0);
	asking_publish("second");
	struct id32 second = last_of(0);
	proof_is(0, &first, size, 2);
	proof_is(0, &second, size + 1, 1);
	OK(fixture_pull(&asking_fixture, 1, 0, &taken));
	proof_is(1, &first, size, 2);
	proof_is(1, &second, size + 1, 1);
}
END_TEST

static void sign(size_t at)
{
	struct replica_taken taken;
	OK(fixture_pull(&asking_fixture, at, 0, &taken));
	asking_fixture.now_ms += RECEIPTS_INTERVAL_MS;
	receipts_tick(asking_fixture.nodes[at]);
	OK(node_commit(asking_fixture.nodes[at]));
	OK(fixture_pull(&asking_fixture, 0, at, &taken));
}

START_TEST(receipts_for_what_is_chosen_come_along)
{
	asking_write_one("first");
	struct id32 first = last_of(0);
	sign(1);
	struct id32 early = last_of(0);
	asking_write_one("second");
	struct id32 second = last_of(0);
	sign(1);
	struct id32 late = last_of(0);
	sign(2);
	struct id32 other = last_of(0);
	ck_assert_int_eq(
	    fixture_view(&asking_fixture, 0, &early)->type, VIEW_RECEIPT);
	choose_record(0, &first);
	ck_assert(chosen(&first) && chosen(&early) && chosen(&other));
	ck_assert(!chosen(&second) && !chosen(&late));
	choose_record(0, &second);
	ck_assert(chosen(&second) && chosen(&late) && chosen(&other));
	/* What opened the stream comes along, and not its receipts. */
	ck_assert(!chosen(&first) && !chosen(&early));
	/* The receipts' logs, and their authors' cards. */
	ck_assert_uint_eq(list.log_count, 3);
	ck_assert_uint_eq(list.org_count, 3);
}
END_TEST

static void keep_evidence(size_t against, const char *bytes)
{
	struct node *node = asking_author();
	const struct evidence_item item = { .org = fixture_org(
						&asking_fixture, 0, against),
		.kind = "card-fork",
		.found_ms = asking_fixture.now_ms };
	OK(state_begin(node));
	OK(evidence_store_add(node->db, node_keystore(node), node->options.rng,
	    &item, span_text(bytes)));
	OK(node_commit(node));
}

START_TEST(evidence_against_the_authors_comes_along)
{
	struct replica_taken taken;
	struct id32 theirs;
	asking_write_one("first");
	struct id32 first = last_of(0);
	OK(fixture_share(&asking_fixture, 1, 1u << 0, "theirs", &theirs));
	OK(node_commit(asking_fixture.nodes[1]));
	OK(fixture_pull(&asking_fixture, 0, 1, &taken));
	for (int i = 0; i < 20; i++) {
		char text[2] = { (char)('a' + i), '\0' };
		keep_evidence(i == 0 ? 3 : 1, text);
	}
	choose_record(0, &first);
	ck_assert_uint_eq(list.evidence_count, 0);
	choose_record(0, &theirs);
	ck_assert_uint_eq(list.evidence_count, 19);
	choose(0, &all);
	ck_assert_uint_eq(list.evidence_count, 20);
	for (size_t i = 1; i < list.evidence_count; i++) {
		ck_assert_int_lt(id_compare(&list.evidence[i - 1].hash,
				     &list.evidence[i].hash),
		    0);
	}
}
END_TEST

Suite *test_export_needs_suite(void)
{
	Suite *suite = suite_create("export_needs");
	TCase *tests = tcase_create("export_needs");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_head_that_witnesses_signed_is_preferred);
	tcase_add_test(tests, a_portable_proof_is_under_a_cosigned_head);
	tcase_add_test(tests, receipts_for_what_is_chosen_come_along);
	tcase_add_test(tests, evidence_against_the_authors_comes_along);
	suite_add_tcase(suite, tests);
	return suite;
}
