#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/importer.h"
#include "service/query.h"

#include <stdlib.h>
#include <string.h>

Suite *test_query_suite(void);

/* Imported sets, and what is asked of all that is held. */
static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 3);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

/*
 * The importer.
 */

/* A set of two rows (RAS, RQM), with this value in the first. */
static Qsg__IndicatorSet *set_of(
    const char *publisher, const char *period, int64_t value)
{
	static Qsg__IndicatorSet set;
	static Qsg__IndicatorRow rows[2];
	static Qsg__IndicatorRow *list[2] = { &rows[0], &rows[1] };
	static Qsg__IndicatorValue cells[2];
	static Qsg__IndicatorValue *first[1] = { &cells[0] };
	static Qsg__IndicatorValue *second[1] = { &cells[1] };
	static char *columns[1];

	qsg__indicator_set__init(&set);
	columns[0] = canon_lend("attendances");
	set.set = canon_lend("ae-attendances");
	set.publisher = canon_lend(publisher);
	set.period = canon_lend(period);
	set.columns = columns;
	set.n_columns = 1;
	for (size_t i = 0; i < 2; i++) {
		qsg__indicator_row__init(&rows[i]);
		qsg__indicator_value__init(&cells[i]);
		rows[i].provider = canon_lend(i ? "RQM" : "RAS");
		rows[i].values = i ? second : first;
		rows[i].n_values = 1;
	}
	cells[0].mantissa = value;
	cells[1].mantissa = 7;
	set.rows = list;
	set.n_rows = 2;
	return &set;
}

static const struct submit_audience alone;

static enum importer_outcome import(
    unsigned reader, const Qsg__IndicatorSet *set, struct id32 *record)
{
	struct importer_result result;
	int64_t org = reader ? fixture_org(&fixture, 0, reader) : 0;
	const struct submit_audience audience = { .readers = &org,
		.count = reader != 0 };

	OK(importer_set(fixture.nodes[0], &audience, set, false, &result));
	OK(node_commit(fixture.nodes[0]));
	*record = result.record;
	return result.outcome;
}

START_TEST(the_same_set_again_adds_nothing)
{
	struct id32 first;
	struct id32 second;
	size_t held = 0;

	ck_assert_int_eq(import(1, set_of("NHS England", "2017-03", 5), &first),
	    IMPORTER_NEW);
	held = views_count(fixture.nodes[0]->views);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(
		    import(1, set_of("NHS England", "2017-03", 5), &second),
		    IMPORTER_SAME);
		ck_assert(id_equal(&first, &second));
		ck_assert_uint_eq(views_count(fixture.nodes[0]->views), held);
		fixture_restart(&fixture, 0, true);
	}
}
END_TEST

static enum err keep_reference(void *context, const struct query_item *item)
{
	struct id32 *out = context;

	ck_assert_uint_eq(item->payload->n_references, 1);
	ck_assert_str_eq(item->payload->references[0]->relation, "corrects");
	memcpy(out->b, item->payload->references[0]->record.data, 32);
	return ERR_OK;
}

START_TEST(changed_values_correct_the_earlier_record)
{
	struct replica_taken taken;
	struct id32 first;
	struct id32 second;
	struct id32 third;
	struct id32 corrects;

	import(1, set_of("NHS England", "2017-03", 5), &first);
	ck_assert_int_eq(
	    import(1, set_of("NHS England", "2017-03", 6), &second),
	    IMPORTER_CORRECTION);
	OK(query_record(fixture.nodes[0], span_text(text_hex_id(&second).text),
	    keep_reference, &corrects));
	ck_assert(id_equal(&corrects, &first));
	/* And back: the newest is what counts. */
	ck_assert_int_eq(import(1, set_of("NHS England", "2017-03", 5), &third),
	    IMPORTER_CORRECTION);
	OK(query_record(fixture.nodes[0], span_text(text_hex_id(&third).text),
	    keep_reference, &corrects));
	ck_assert(id_equal(&corrects, &second));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	for (size_t at = 0; at < 2; at++) {
		struct views *views = fixture.nodes[at]->views;

		ck_assert_uint_eq(
		    fixture_view(&fixture, at, &first)->corrected_by,
		    views_find(views, &second));
		ck_assert_uint_eq(
		    fixture_view(&fixture, at, &second)->corrected_by,
		    views_find(views, &third));
		ck_assert_int_eq(
		    fixture_view(&fixture, at, &second)->type, VIEW_CORRECTION);
		ck_assert_int_eq(
		    fixture_view(&fixture, at, &first)->type, VIEW_INDICATOR);
		ck_assert_uint_eq(fixture_view(&fixture, at, &second)->rows, 2);
	}
}
END_TEST

START_TEST(another_audience_publisher_or_period_is_another_record)
{
	struct id32 record;

	import(1, set_of("NHS England", "2017-03", 5), &record);
	ck_assert_int_eq(
	    import(2, set_of("NHS England", "2017-03", 5), &record),
	    IMPORTER_NEW);
	ck_assert_int_eq(
	    import(0, set_of("NHS England", "2017-03", 5), &record),
	    IMPORTER_NEW);
	ck_assert_int_eq(
	    import(1, set_of("NHS England", "2017-04", 5), &record),
	    IMPORTER_NEW);
	ck_assert_int_eq(
	    import(1, set_of("Somebody", "2017-03", 5), &record), IMPORTER_NEW);
	ck_assert_int_eq(
	    import(2, set_of("NHS England", "2017-03", 5), &record),
	    IMPORTER_SAME);
}
END_TEST

START_TEST(what_another_imported_is_not_ours_to_correct)
{
	struct replica_taken taken;
	struct importer_result result;
	struct id32 record;
	int64_t org = 0;
	struct submit_audience audience = { 0 };

	import(1, set_of("NHS England", "2017-03", 5), &record);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	org = fixture_org(&fixture, 1, 0);
	audience.readers = &org;
	audience.count = 1;
	OK(importer_set(fixture.nodes[1], &audience,
	    set_of("NHS England", "2017-03", 6), false, &result));
	ck_assert_int_eq(result.outcome, IMPORTER_NEW);
}
END_TEST

START_TEST(a_correction_says_how_many_rows_are_gone)
{
	struct importer_result result;
	Qsg__IndicatorSet *set = NULL;
	struct id32 record;

	import(0, set_of("NHS England", "2017-03", 5), &record);
	set = set_of("NHS England", "2017-03", 6);
	OK(importer_set(fixture.nodes[0], &alone, set, true, &result));
	ck_assert_int_eq(result.outcome, IMPORTER_CORRECTION);
	ck_assert_uint_eq(result.rows_gone, 0);
	set->n_rows = 1;
	OK(importer_set(fixture.nodes[0], &alone, set, true, &result));
	ck_assert_int_eq(result.outcome, IMPORTER_CORRECTION);
	ck_assert_uint_eq(result.rows_gone, 1);
}
END_TEST

START_TEST(a_dry_import_says_what_it_would_do)
{
	struct importer_result result;
	struct id32 record;
	int64_t nobody = 88;
	const struct submit_audience wrong = { .readers = &nobody, .count = 1 };

	for (int i = 0; i < 2; i++) {
		OK(importer_set(fixture.nodes[0], &alone,
		    set_of("NHS England", "2017-03", 5), true, &result));
		ck_assert_int_eq(result.outcome, IMPORTER_NEW);
		ck_assert(!node_staged(fixture.nodes[0]));
	}
	import(0, set_of("NHS England", "2017-03", 5), &record);
	ck_assert(!id_is_zero(&record));
	OK(importer_set(fixture.nodes[0], &alone,
	    set_of("NHS England", "2017-03", 6), true, &result));
	ck_assert_int_eq(result.outcome, IMPORTER_CORRECTION);
	ck_assert(id_is_zero(&result.record));
	ck_assert(!node_staged(fixture.nodes[0]));
	FAILS(importer_set(fixture.nodes[0], &wrong,
		  set_of("NHS England", "2017-03", 6), true, &result),
	    ERR_NOTFOUND);
	ck_assert_int_ne(importer_set(fixture.nodes[0], &alone,
			     set_of("", "2017-03", 6), false, &result),
	    ERR_OK);
	ck_assert(!node_staged(fixture.nodes[0]));
}
END_TEST

/*
 * Queries.
 */

static enum err note(void *context, const struct query_item *item)
{
	return buf_printf(context, "%s:%s:%s:%s ",
	    views_type_name((enum view_type)item->view->type), item->provider,
	    item->author->card.fields->code, item->source);
}

static struct buf found;

static const char *ask(struct query_filter filter)
{
	buf_reset(&found);
	if (!filter.since_ms) {
		filter.since_ms = INT64_MIN;
	}
	OK(query_records(fixture.nodes[1], &filter, false, note, &found));
	return buf_text(&found);
}

#define INTEL_0 "intelligence:RAL:00X:healthwatch "
#define INTEL_2 "intelligence:RAL:02X:healthwatch "

START_TEST(records_are_found_by_provider_author_type_and_time)
{
	struct replica_taken taken;
	struct id32 record;

	OK(fixture_share(&fixture, 0, 1u << 1, "one", &record));
	OK(node_commit(fixture.nodes[0]));
	import(1, set_of("NHS England", "2017-03", 5), &record);
	import(1, set_of("NHS England", "2017-03", 6), &record);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	fixture.now_ms += 5000;
	OK(fixture_share(&fixture, 2, 1u << 1, "two", &record));
	OK(node_commit(fixture.nodes[2]));
	OK(fixture_pull(&fixture, 1, 2, &taken));
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(ask((struct query_filter){ 0 }),
		    INTEL_0 "indicator::00X: correction::00X: " INTEL_2);
		ck_assert_str_eq(
		    ask((struct query_filter){ .provider = "ral" }),
		    INTEL_0 INTEL_2);
		ck_assert_str_eq(
		    ask((struct query_filter){ .provider = "RQM" }),
		    "indicator::00X: correction::00X: ");
		ck_assert_str_eq(
		    ask((struct query_filter){ .provider = "RXX" }), "");
		ck_assert_str_eq(
		    ask((struct query_filter){ .author = "02x" }), INTEL_2);
		ck_assert_str_eq(
		    ask((struct query_filter){
			.author = "Organisation 0", .type = "intelligence" }),
		    INTEL_0);
		ck_assert_str_eq(
		    ask((struct query_filter){ .type = "correction" }),
		    "correction::00X: ");
		ck_assert_str_eq(
		    ask((struct query_filter){ .since_ms = fixture.now_ms }),
		    INTEL_2);
		ck_assert_str_eq(ask((struct query_filter){
				     .since_ms = fixture.now_ms + 1 }),
		    "");
		ck_assert_str_eq(ask((struct query_filter){
				     .author = "02X", .housekeeping = true }),
		    "audience::02X: " INTEL_2);
		ck_assert_str_eq(
		    ask((struct query_filter){ .type = "audience" }),
		    "audience::00X: audience::02X: ");
		fixture_restart(&fixture, 1, i == 0);
	}
	buf_clear(&found);
}
END_TEST

START_TEST(a_filter_that_is_off_is_refused)
{
	struct query_filter filter = { .since_ms = INT64_MIN };

	filter.type = "gossip";
	FAILS(query_records(fixture.nodes[1], &filter, false, note, &found),
	    ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "intelligence"));
	filter.type = NULL;
	filter.author = "Nobody";
	FAILS(query_records(fixture.nodes[1], &filter, false, note, &found),
	    ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "Organisation 0 (00X)"));
	filter.author = NULL;
	filter.provider = "not a code";
	FAILS(query_records(fixture.nodes[1], &filter, false, note, &found),
	    ERR_INPUT);
}
END_TEST

static enum err keep_id(void *context, const struct query_item *item)
{
	struct id32 *out = context;

	*out = item->view->id;
	return ERR_OK;
}

START_TEST(a_record_is_found_by_any_prefix_that_fits_it_alone)
{
	struct id32 records[40];
	struct hex32 hex;
	struct id32 got;
	size_t shortest = 64;

	for (int i = 0; i < 40; i++) {
		OK(fixture_share(&fixture, 0, 0, "some", &records[i]));
	}
	OK(node_commit(fixture.nodes[0]));
	hex = text_hex_id(&records[7]);
	while (!query_record(
	    fixture.nodes[0], span_of(hex.text, shortest), keep_id, &got)) {
		ck_assert(id_equal(&got, &records[7]));
		shortest--;
	}
	ck_assert_uint_lt(shortest, 8);
	/* 41 records and 16 digits: at least one is shared. */
	ck_assert_uint_gt(shortest, 0);
	FAILS(query_record(
		  fixture.nodes[0], span_of(hex.text, shortest), keep_id, &got),
	    ERR_AMBIGUOUS);
	hex.text[63] = hex.text[63] == '0' ? '1' : '0';
	FAILS(
	    query_record(fixture.nodes[0], span_text(hex.text), keep_id, &got),
	    ERR_NOTFOUND);
	FAILS(query_record(fixture.nodes[0], span_text("xyz"), keep_id, &got),
	    ERR_INPUT);
	FAILS(query_record(fixture.nodes[0], span_text(""), keep_id, &got),
	    ERR_INPUT);
}
END_TEST

START_TEST(a_record_says_where_it_lies_and_who_reads_it)
{
	struct replica_taken taken;
	struct query_position position;
	struct query_totals totals;
	struct id32 *readers = NULL;
	struct id32 record;
	size_t count = 0;
	uint32_t rid = 0;

	OK(fixture_share(&fixture, 0, 0, "private", &record));
	OK(fixture_share(
	    &fixture, 0, (1u << 1) | (1u << 2), "shared", &record));
	OK(node_commit(fixture.nodes[0]));
	OK(fixture_pull(&fixture, 1, 0, &taken));
	rid = views_find(fixture.nodes[1]->views, &record);
	OK(query_position(fixture.nodes[1], rid, &position));
	ck_assert_uint_eq(position.number, 2);
	ck_assert_uint_eq(position.leaf, 3);
	ck_assert_uint_eq(position.head_size, 4);
	ck_assert(position.joined);
	ck_assert_str_eq(position.stream_status, "open");
	OK(query_audience(fixture.nodes[1], rid, &readers, &count));
	ck_assert_uint_eq(count, 3);
	ck_assert_int_lt(id_compare(&readers[0], &readers[1]), 0);
	free(readers);
	OK(query_totals(fixture.nodes[1], &totals));
	ck_assert_uint_eq(totals.records, 2);
	ck_assert_uint_eq(totals.received, 2);
	ck_assert_uint_eq(totals.own, 0);
	ck_assert_uint_eq(totals.streams, 1);
	ck_assert_uint_gt(totals.database_bytes, 1000);
	OK(query_totals(fixture.nodes[0], &totals));
	ck_assert_uint_eq(totals.own, 4);
}
END_TEST

struct piece {
	struct buf text;
	size_t records;
	size_t most;
};

static enum err note_piece(void *context, const struct query_item *item)
{
	struct piece *piece = context;

	piece->records++;
	return note(&piece->text, item);
}

static bool is_enough(void *context)
{
	const struct piece *piece = context;

	return piece->records >= piece->most;
}

START_TEST(records_in_pieces_are_the_same_records)
{
	struct query_filter filter = { .since_ms = INT64_MIN,
		.provider = "RAL" };
	struct id32 record;

	import(1, set_of("NHS England", "2017-03", 5), &record);
	for (int i = 0; i < 5; i++) {
		OK(fixture_share(&fixture, 1, 0, "one", &record));
		import(1, set_of("NHS England", "2017-03", 6 + i), &record);
	}
	OK(node_commit(fixture.nodes[1]));
	for (size_t most = 1; most <= 6; most++) {
		struct piece all = { .most = most };
		uint64_t place = 0;
		size_t pieces = 0;

		do {
			all.records = 0;
			OK(query_some_records(fixture.nodes[1], &filter,
			    is_enough, note_piece, &all, &place));
			ck_assert_uint_le(all.records, most);
			pieces++;
		} while (place);
		ck_assert_uint_ge(pieces, (5 + most - 1) / most);
		ck_assert_str_eq(buf_text(&all.text), ask(filter));
		buf_clear(&all.text);
	}
}
END_TEST

Suite *test_query_suite(void)
{
	Suite *suite = suite_create("query");
	TCase *tcase = tcase_create("imports");
	TCase *queries = tcase_create("queries");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_same_set_again_adds_nothing);
	tcase_add_test(tcase, changed_values_correct_the_earlier_record);
	tcase_add_test(
	    tcase, another_audience_publisher_or_period_is_another_record);
	tcase_add_test(tcase, what_another_imported_is_not_ours_to_correct);
	tcase_add_test(tcase, a_correction_says_how_many_rows_are_gone);
	tcase_add_test(tcase, a_dry_import_says_what_it_would_do);
	tcase_add_test(tcase, records_in_pieces_are_the_same_records);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(queries, setup, teardown);
	tcase_add_test(
	    queries, records_are_found_by_provider_author_type_and_time);
	tcase_add_test(queries, a_filter_that_is_off_is_refused);
	tcase_add_test(
	    queries, a_record_is_found_by_any_prefix_that_fits_it_alone);
	tcase_add_test(queries, a_record_says_where_it_lies_and_who_reads_it);
	suite_add_tcase(suite, queries);
	return suite;
}
