#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "ledger/tlogproof.h"
#include "service/correcting.h"
#include "service/export.h"
#include "service/query.h"

#include <stdlib.h>
#include <string.h>

Suite *test_export_suite(void);

static struct fixture fixture;
static struct export_list list;
static struct id32 shared;
static struct id32 alone;
static struct id32 theirs;

static void setup(void)
{
	struct replica_taken taken;
	fixture_open(&fixture, 3);
	OK(fixture_share(&fixture, 0, 1u << 1, "shared", &shared));
	OK(fixture_share(&fixture, 0, 0, "alone", &alone));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_share(&fixture, 1, 1u << 0, "theirs", &theirs));
	OK(node_commit(fixture.nodes[1]));
	OK(fixture_pull(&fixture, 0, 1, &taken));
}

static void teardown(void)
{
	export_list_clear(&list);
	fixture_close(&fixture);
}

static enum err choose(const struct export_choice *choice)
{
	export_list_clear(&list);
	return export_choose(fixture.nodes[0], choice, &list);
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

static const struct export_choice all = { .all = true, .since_ms = INT64_MIN };

START_TEST(all_is_everything_held)
{
	OK(choose(&all));
	ck_assert_uint_eq(
	    list.record_count, views_count(fixture.nodes[0]->views));
	ck_assert(chosen(&shared) && chosen(&alone) && chosen(&theirs));
	ck_assert_uint_eq(list.log_count, 2);
	ck_assert_uint_eq(list.org_count, 2);
	ck_assert_str_eq(list.what, "all");
	for (size_t i = 1; i < list.record_count; i++) {
		ck_assert_int_lt(
		    id_compare(&list.records[i - 1], &list.records[i]), 0);
	}
}
END_TEST

START_TEST(one_record_comes_with_what_opened_its_stream)
{
	struct hex32 id = text_hex_id(&theirs);
	const char *ids[] = { id.text };
	const struct export_choice choice = {
		.records = ids, .record_count = 1, .since_ms = INT64_MIN
	};
	OK(choose(&choice));
	ck_assert_uint_eq(list.record_count, 2);
	ck_assert(chosen(&theirs));
	ck_assert_uint_eq(list.log_count, 1);
	/* Its author, and whoever exports. */
	ck_assert_uint_eq(list.org_count, 2);
}
END_TEST

static Qsg__IndicatorSet *new_set(int64_t value)
{
	static Qsg__IndicatorValue cell;
	static Qsg__IndicatorValue *cells[1] = { &cell };
	static Qsg__IndicatorRow row;
	static Qsg__IndicatorRow *rows[1] = { &row };
	static char *columns[1];
	static Qsg__IndicatorSet set;
	qsg__indicator_value__init(&cell);
	qsg__indicator_row__init(&row);
	qsg__indicator_set__init(&set);
	cell.mantissa = value;
	row.provider = canon_lend("RAL");
	row.category = canon_lend("Type 1");
	row.values = cells;
	row.n_values = 1;
	columns[0] = canon_lend("attendances");
	set.set = canon_lend("ae-attendances");
	set.publisher = canon_lend("NHS England");
	set.period = canon_lend("2017-03");
	set.columns = columns;
	set.n_columns = 1;
	set.rows = rows;
	set.n_rows = 1;
	return &set;
}

static void correct(int64_t value, struct id32 *record)
{
	Qsg__Payload payload;
	Qsg__Reference reference;
	Qsg__Reference *references[1] = { &reference };
	struct id32 before = *record;
	qsg__payload__init(&payload);
	qsg__reference__init(&reference);
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	payload.indicators = new_set(value);
	if (!id_is_zero(&before)) {
		reference.relation = canon_lend("corrects");
		reference.record.data = before.b;
		reference.record.len = sizeof(before.b);
		payload.references = references;
		payload.n_references = 1;
	}
	OK(submit_payload(fixture.nodes[0], NULL, 0, &payload, record));
	OK(node_commit(fixture.nodes[0]));
}

START_TEST(corrections_come_along_both_ways)
{
	struct id32 first = { { 0 } };
	correct(1, &first);
	struct id32 second = first;
	correct(2, &second);
	struct id32 third = second;
	correct(3, &third);
	struct hex32 id = text_hex_id(&second);
	const char *ids[] = { id.text };
	const struct export_choice choice = {
		.records = ids, .record_count = 1, .since_ms = INT64_MIN
	};
	OK(choose(&choice));
	ck_assert(chosen(&first) && chosen(&second) && chosen(&third));
	ck_assert(!chosen(&shared) && !chosen(&alone));
}
END_TEST

START_TEST(that_it_was_retracted_comes_along)
{
	const struct share_request request = { .role = NULL };
	struct saying_result result;
	struct hex32 id = text_hex_id(&shared);
	OK(correcting_retract(
	    fixture.nodes[0], id.text, "wrong", &request, &result));
	OK(node_commit(fixture.nodes[0]));
	const char *ids[] = { id.text };
	const struct export_choice choice = {
		.records = ids, .record_count = 1, .since_ms = INT64_MIN
	};
	OK(choose(&choice));
	ck_assert(chosen(&shared) && !chosen(&alone));
	ck_assert(chosen(&result.share.record));
	saying_clear(&result);
}
END_TEST

START_TEST(a_choice_is_all_or_something)
{
	const struct export_choice none = { .since_ms = INT64_MIN };
	const struct export_choice both = { .all = true, .since_ms = 0 };
	const struct export_choice nowhere = { .provider = "RZZ",
		.since_ms = INT64_MIN };
	const struct export_choice late = { .since_ms = INT64_MAX };
	const char *ids[] = { "ffff" };
	const struct export_choice unknown = {
		.records = ids, .record_count = 1, .since_ms = INT64_MIN
	};
	FAILS(choose(&none), ERR_USAGE);
	FAILS(choose(&both), ERR_USAGE);
	FAILS(choose(&nowhere), ERR_NOTFOUND);
	FAILS(choose(&late), ERR_NOTFOUND);
	FAILS(choose(&unknown), ERR_NOTFOUND);
}
END_TEST

START_TEST(what_is_not_committed_is_not_exported)
{
	struct id32 staged;
	struct export_record record = { 0 };
	const struct export_heads none = { 0 };
	OK(fixture_share(&fixture, 0, 0, "staged", &staged));
	OK(choose(&all));
	ck_assert(!chosen(&staged));
	FAILS(
	    export_read(fixture.nodes[0], &staged, &none, EXPORT_OPEN, &record),
	    ERR_NOTFOUND);
	struct hex32 id = text_hex_id(&staged);
	const char *ids[] = { id.text };
	const struct export_choice choice = {
		.records = ids, .record_count = 1, .since_ms = INT64_MIN
	};
	FAILS(choose(&choice), ERR_STATE);
}
END_TEST

/* The head that a record's proof leads to. */
static void read_one(const struct id32 *id, const struct export_heads *heads,
    bool open, struct checkpoint *head, struct export_record *out)
{
	struct tlogproof proof;
	struct note note;
	OK(export_read(fixture.nodes[0], id, heads,
	    open ? EXPORT_OPEN : EXPORT_SHUT, out));
	OK(tlogproof_parse(buf_span(&out->proof), &proof));
	OK(note_parse(proof.note, &note));
	OK(checkpoint_parse(&note, head));
	OK(merkle_check_inclusion(proof.index, head->size, id, proof.hashes,
	    proof.hash_count, &head->root));
}

START_TEST(a_proof_leads_to_the_head_that_was_fixed)
{
	struct export_record record = { 0 };
	struct checkpoint head;
	struct checkpoint newest;
	struct id32 later;
	const struct export_heads none = { 0 };
	OK(choose(&all));
	struct span notes[2] = { buf_span(&list.logs[0].note),
		buf_span(&list.logs[1].note) };
	const struct export_heads heads = { notes, 2 };
	for (int i = 0; i < 5; i++) {
		OK(fixture_share(&fixture, 0, 0, "later", &later));
	}
	OK(node_commit(fixture.nodes[0]));
	read_one(&shared, &heads, false, &head, &record);
	ck_assert_uint_eq(head.size, 4);
	ck_assert(!record.opened && record.payload.size == 0);
	export_record_clear(&record);
	read_one(&shared, &none, true, &newest, &record);
	ck_assert_uint_eq(newest.size, 9);
	ck_assert(record.opened && record.payload.size > 0);
	export_record_clear(&record);
	FAILS(
	    export_read(fixture.nodes[0], &later, &heads, EXPORT_SHUT, &record),
	    ERR_STATE);
}
END_TEST

START_TEST(a_head_that_its_author_did_not_sign_is_refused)
{
	struct export_record record = { 0 };
	OK(choose(&all));
	for (size_t i = 0; i < 2; i++) {
		struct buf *note = &list.logs[i].note;
		note->data[note->size - 20] ^= 1;
	}
	struct span notes[2] = { buf_span(&list.logs[0].note),
		buf_span(&list.logs[1].note) };
	const struct export_heads heads = { notes, 2 };
	FAILS(export_read(
		  fixture.nodes[0], &shared, &heads, EXPORT_SHUT, &record),
	    ERR_INPUT);
	notes[0] = span_text("x");
	FAILS(export_read(
		  fixture.nodes[0], &shared, &heads, EXPORT_SHUT, &record),
	    ERR_INPUT);
}
END_TEST

static enum err seen(void *context, const struct query_item *item)
{
	const Qsg__Export *export = item->payload->export;
	ck_assert_int_eq(
	    item->payload->content_case, QSG__PAYLOAD__CONTENT_EXPORT);
	ck_assert_str_eq(export->what, "all");
	ck_assert_uint_eq(export->records, 7);
	ck_assert(export->opened);
	ck_assert_int_eq(export->manifest.data[0], 9);
	*(bool *)context = true;
	return ERR_OK;
}

/* M256 */
START_TEST(an_export_is_logged_for_its_author_alone)
{
	const struct export_seal seal = { .what = "all",
		.records = 7,
		.opened = true,
		.manifest = { { 9 } } };
	struct id32 *readers = NULL;
	struct replica_taken taken;
	struct id32 id;
	size_t count = 0;
	bool found = false;
	OK(export_record_it(fixture.nodes[0], &seal, &id));
	OK(node_commit(fixture.nodes[0]));
	OK(query_audience(fixture.nodes[0],
	    views_find(fixture.nodes[0]->views, &id), &readers, &count));
	ck_assert_uint_eq(count, 1);
	free(readers);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	ck_assert_ptr_null(fixture_view(&fixture, 1, &id));
	/* It is read again after a start, also from the saved views. */
	fixture_restart(&fixture, 0, false);
	OK(query_record(
	    fixture.nodes[0], span_text(text_hex_id(&id).text), seen, &found));
	ck_assert(found);
	ck_assert_int_eq(fixture_view(&fixture, 0, &id)->type, VIEW_EXPORT);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(what_an_export_says_is_short_text)
{
	struct id32 id;
	char text[300];
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	struct export_seal seal = { .what = text };
	FAILS(export_record_it(fixture.nodes[0], &seal, &id), ERR_INPUT);
	seal.what = "";
	FAILS(export_record_it(fixture.nodes[0], &seal, &id), ERR_INPUT);
	seal.what = "\xff";
	FAILS(export_record_it(fixture.nodes[0], &seal, &id), ERR_INPUT);
	ck_assert(!node_staged(fixture.nodes[0]));
}
END_TEST

START_TEST(who_may_not_sign_seals_nothing)
{
	const struct export_seal seal = { .what = "all" };
	struct id32 id;
	fixture.nodes[0]->may_sign = false;
	FAILS(export_record_it(fixture.nodes[0], &seal, &id), ERR_STATE);
	fixture.nodes[0]->may_sign = true;
}
END_TEST

Suite *test_export_suite(void)
{
	Suite *suite = suite_create("export");
	TCase *tests = tcase_create("export");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, all_is_everything_held);
	tcase_add_test(tests, one_record_comes_with_what_opened_its_stream);
	tcase_add_test(tests, corrections_come_along_both_ways);
	tcase_add_test(tests, that_it_was_retracted_comes_along);
	tcase_add_test(tests, a_choice_is_all_or_something);
	tcase_add_test(tests, what_is_not_committed_is_not_exported);
	tcase_add_test(tests, a_proof_leads_to_the_head_that_was_fixed);
	tcase_add_test(tests, a_head_that_its_author_did_not_sign_is_refused);
	tcase_add_test(tests, an_export_is_logged_for_its_author_alone);
	tcase_add_test(tests, what_an_export_says_is_short_text);
	tcase_add_test(tests, who_may_not_sign_seals_nothing);
	suite_add_tcase(suite, tests);
	return suite;
}
