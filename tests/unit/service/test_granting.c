#include "granted.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/disown.h"
#include "service/enrolment.h"
#include "service/pictures.h"
#include "service/query.h"
#include "service/saying.h"
#include "service/successor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_granting_suite(void);

/*
 * Our own.
 */

/* M420, M421, M430 */
START_TEST(an_own_record_is_read_by_whom_it_is_granted_to)
{
	struct id32 record = granted_shared("none");
	struct id32 grant;

	granted_does_not_read(2, &record);
	granted_on(0, 1u << 2);
	grant = granted.result.items[0].share.record;
	granted_reads(2, &record);
	granted_does_not_read(3, &record);
	ck_assert_int_eq(
	    fixture_view(&granted.fixture, 2, &grant)->type, VIEW_GRANT);
	ck_assert_str_eq(granted_why_not(2, &grant), "");
	/* Who read it before has nothing new. */
	ck_assert_uint_eq(
	    views_find(granted.fixture.nodes[1]->views, &grant), 0);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

/* M430 */
START_TEST(what_was_granted_is_there_after_a_start)
{
	struct id32 record = granted_shared("none");

	granted_on(0, 1u << 2);
	fixture_restart(&granted.fixture, 2, _i);
	granted_reads(2, &record);
	fixture_assert_verifies(&granted.fixture, 2);
}
END_TEST

struct seen {
	const struct id32 *record;
	size_t times;
};

static enum err see(void *context, const struct query_item *item)
{
	struct seen *seen = context;

	if (id_equal(&item->view->id, seen->record)) {
		seen->times++;
		ck_assert_str_eq(item->provider, "RAL");
		ck_assert_ptr_nonnull(item->payload);
		ck_assert_str_eq(item->payload->intelligence->text, "as said");
	}
	return ERR_OK;
}

static bool at_once(void *context)
{
	(void)context;
	return true;
}

START_TEST(what_was_granted_stands_in_lists)
{
	struct id32 record = granted_shared("none");
	struct query_filter filter = { .provider = "RAL",
		.since_ms = INT64_MIN };
	struct seen seen = { .record = &record };
	uint64_t place = 0;
	size_t rounds = 0;

	granted_on(0, 1u << 2);
	OK(query_records(granted.fixture.nodes[2], &filter, true, see, &seen));
	ck_assert_uint_eq(seen.times, 1);
	do {
		OK(query_some_records(granted.fixture.nodes[2], &filter,
		    at_once, see, &seen, &place));
	} while (place && ++rounds < 9);
	ck_assert_uint_eq(seen.times, 2);
	filter.author = granted.fixture.nodes[0]->peers[0]->card.fields->code;
	OK(query_records(granted.fixture.nodes[2], &filter, true, see, &seen));
	ck_assert_uint_eq(seen.times, 3);
}
END_TEST

START_TEST(what_was_granted_stands_in_the_picture)
{
	struct id32 record = granted_shared("none");
	struct pictures_look look;

	granted_on(0, 1u << 2);
	OK(pictures_look(granted.fixture.nodes[2], "RAL", &look));
	ck_assert_uint_eq(look.count, 1);
	ck_assert(id_equal(&look.facts[0].record, &record));
	ck_assert(
	    id_equal(&look.facts[0].author, node_id(granted.fixture.nodes[0])));
	ck_assert(!look.facts[0].disowned);
	pictures_clear(&look);
}
END_TEST

START_TEST(what_was_granted_can_be_corroborated)
{
	struct id32 record = granted_shared("none");
	Qsg__Payload payload;
	Qsg__Corroboration said;
	struct saying saying = { .content = &payload,
		.about = granted.record,
		.share = { .yes = true } };
	struct saying_result result = { 0 };
	struct node *node = granted.fixture.nodes[2];

	qsg__payload__init(&payload);
	qsg__corroboration__init(&said);
	granted_on(0, 1u << 2);
	said.text = canon_lend("so we heard");
	payload.content_case = QSG__PAYLOAD__CONTENT_CORROBORATION;
	payload.corroboration = &said;
	OK(saying_submit(node, &saying, &result));
	OK(node_commit(node));
	ck_assert(id_equal(&result.about, &record));
	ck_assert_uint_eq(result.share.reader_count, 1);
	ck_assert_int_eq(
	    result.share.readers[0], fixture_org(&granted.fixture, 2, 0));
	saying_clear(&result);
}
END_TEST

/*
 * Others'.
 */

/* M426, M427 */
START_TEST(another_s_record_goes_on_once_its_author_allows_it)
{
	struct id32 record = granted_shared(_i == 0   ? "ask"
					    : _i == 1 ? "none"
						      : "");
	struct id32 request;
	struct id32 grant;

	granted_refused(1, 1u << 2, ERR_DENIED, "qsg onward ask");
	request = granted_asked(1, 2);
	granted_refused(1, 1u << 2, ERR_DENIED, "qsg onward ask");
	OK(granted_answered(&request, true));
	granted_refused(1, 1u << 3, ERR_DENIED, "qsg onward ask");
	granted_on(1, 1u << 2);
	grant = granted.result.items[0].share.record;
	granted_reads(2, &record);
	/* Its author sees that it went on. */
	ck_assert_ptr_nonnull(fixture_view(&granted.fixture, 0, &grant));
	ck_assert_str_eq(granted_why_not(0, &grant), "");
	ck_assert(!views_granted(granted.fixture.nodes[0]->views,
	    views_find(granted.fixture.nodes[0]->views, &record)));
	fixture_assert_verifies(&granted.fixture, 0);
}
END_TEST

struct listed {
	size_t count;
	size_t last;
	size_t at_once;
	struct id32 ids[4];
};

static enum err list_one(void *context, const struct onward_item *item)
{
	struct listed *listed = context;

	listed->ids[listed->count++] =
	    views_get(granted.fixture.nodes[0]->views, item->rid)->id;
	return ERR_OK;
}

static bool is_enough(void *context)
{
	struct listed *listed = context;

	return ++listed->last >= listed->at_once;
}

/* Or whoever asks very often stops everything else. */
START_TEST(requests_are_listed_piece_by_piece)
{
	struct id32 asked[4];
	struct listed listed = { .at_once = (size_t)_i + 1 };
	uint32_t place = 0;

	(void)granted_shared("ask");
	for (size_t i = 0; i < 4; i++) {
		asked[i] = granted_asked(1, 2 + (i & 1));
	}
	OK(granted_answered(&asked[1], true));
	do {
		listed.last = 0;
		OK(onward_list_some(granted.fixture.nodes[0], _i == 2,
		    is_enough, list_one, &listed, &place));
		ck_assert_uint_le(listed.last, listed.at_once);
	} while (place);
	ck_assert_uint_eq(listed.count, _i == 2 ? 3 : 4);
	for (size_t i = 0; i < listed.count; i++) {
		size_t at = _i == 2 && i ? i + 1 : i; /* not the answered one */

		ck_assert(id_equal(&listed.ids[i], &asked[at]));
	}
}
END_TEST

/* M427 */
START_TEST(the_author_s_last_answer_counts)
{
	struct id32 request;

	(void)granted_shared("ask");
	request = granted_asked(1, 2);
	OK(granted_answered(&request, true));
	OK(granted_answered(&request, false));
	granted_refused(1, 1u << 2, ERR_DENIED, "qsg onward ask");
	OK(granted_answered(&request, true));
	granted_on(1, 1u << 2);
}
END_TEST

/* M427 */
START_TEST(nobody_else_s_answer_counts)
{
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 2);
	struct id32 to = *node_id(granted.fixture.nodes[2]);
	Qsg__Payload payload;
	Qsg__OnwardAnswer answer;
	Qsg__Reference reference;
	Qsg__Reference *references[] = { &reference };
	ProtobufCBinaryData list[] = { { sizeof to.b, to.b } };
	int64_t reader = fixture_org(&granted.fixture, 3, 1);

	qsg__payload__init(&payload);
	qsg__onward_answer__init(&answer);
	qsg__reference__init(&reference);
	answer.verdict = canon_lend("allow");
	answer.record = (ProtobufCBinaryData){ sizeof record.b, record.b };
	answer.to = list;
	answer.n_to = 1;
	reference.relation = canon_lend("answers-onward");
	reference.record = (ProtobufCBinaryData){ sizeof request.b, request.b };
	payload.references = references;
	payload.n_references = 1;
	payload.content_case = QSG__PAYLOAD__CONTENT_ONWARD_ANSWER;
	payload.onward_answer = &answer;
	OK(submit_payload(
	    granted.fixture.nodes[3], &reader, 1, &payload, &request));
	OK(node_commit(granted.fixture.nodes[3]));
	granted_pull(1, 3);
	ck_assert_ptr_nonnull(fixture_view(&granted.fixture, 1, &request));
	granted_refused(1, 1u << 2, ERR_DENIED, "qsg onward ask");
}
END_TEST

/* M424 */
START_TEST(what_was_granted_goes_on_as_it_came)
{
	struct id32 record = granted_shared("ask");
	struct id32 request;
	struct id32 first;
	struct id32 second;
	Qsg__Payload *one = NULL;
	Qsg__Payload *other = NULL;

	granted_on(0, 1u << 2);
	first = granted.result.items[0].share.record;
	request = granted_asked(2, 3);
	OK(granted_answered(&request, true));
	granted_on(2, 1u << 3);
	second = granted.result.items[0].share.record;
	granted_reads(3, &record);
	one = granted_payload(2, &first);
	other = granted_payload(3, &second);
	ck_assert_uint_eq(one->grant->body.len, other->grant->body.len);
	ck_assert_mem_eq(one->grant->body.data, other->grant->body.data,
	    one->grant->body.len);
	ck_assert_uint_eq(other->n_references, 2);
	ck_assert_str_eq(other->references[1]->relation, "granted-by");
	ck_assert_mem_eq(other->references[1]->record.data, first.b, 32);
	canon_wipe(&one->base);
	canon_wipe(&other->base);
	/* And neither is a grant itself. */
	memcpy(granted.record, text_hex_id(&second).text, 65);
	granted_refused(3, 1u << 1, ERR_INPUT, "it is a grant");
}
END_TEST

/* M422 */
START_TEST(a_grantee_need_not_know_the_author)
{
	struct id32 record = granted_shared("ask");
	struct id32 grant;

	granted_on(0, 1u << 2);
	grant = granted.result.items[0].share.record;
	{
		struct id32 request = granted_asked(2, 2 + 1);

		struct hex32 name = text_hex_id(&request);
		struct onward_reply reply = { .request = name.text,
			.allow = true };
		struct share_result result = { 0 };

		OK(onward_answer(granted.fixture.nodes[0], &reply, &result));
		OK(node_commit(granted.fixture.nodes[0]));
		share_clear(&result);
		granted_pull(2, 0);
	}
	granted_on(2, 1u << 3);
	ck_assert(!id_equal(&grant, &granted.result.items[0].share.record));
	ck_assert(!fixture_knows(&granted.fixture, 3, 0));
	granted_reads(3, &record);
	fixture_restart(&granted.fixture, 3, true);
	granted_reads(3, &record);
	/* Nor can it go on before that one is known: it would read the grant.
	 */
	granted_refused(3, 1u << 2, ERR_DENIED, "known here by a grant alone");
	fixture_meet(&granted.fixture, 3, 0);
	granted_reads(3, &record);
	ck_assert_int_gt(
	    state_author(granted.fixture.nodes[3],
		views_find(granted.fixture.nodes[3]->views, &record)),
	    0);
}
END_TEST

static bool is_disowned(size_t at, const struct id32 *record)
{
	struct node *node = granted.fixture.nodes[at];

	return disown_record(node, views_find(node->views, record));
}

/* M431 */
START_TEST(what_an_ended_log_is_not_known_to_hold_is_disowned)
{
	struct fixture *fixture = &granted.fixture;
	struct id32 record = granted_shared("ask");
	struct id32 request = granted_asked(1, 2);
	struct successor_planned planned;
	struct id32 other;

	OK(granted_answered(&request, true));
	granted_on(1, 1u << 2);
	ck_assert(!is_disowned(2, &record));
	if (_i == 1) {
		/* The log ends with a head that the proof does not lead to. */
		OK(fixture_share(fixture, 0, 1u << 3, "more", &other));
		OK(node_commit(fixture->nodes[0]));
	}
	OK(successor_rotate(fixture->nodes[0], false, &planned));
	OK(node_commit(fixture->nodes[0]));
	OK(fixture_hand_card(fixture, 2, 0, 0));
	ck_assert_int_eq(is_disowned(2, &record), _i == 1);
	granted_reads(2, &record);
	fixture_restart(fixture, 2, true);
	ck_assert_int_eq(is_disowned(2, &record), _i == 1);
	granted_reads(2, &record);
}
END_TEST

/*
 * Bad input.
 */

/* M428 */
START_TEST(whoever_reads_it_already_is_not_granted_it)
{
	(void)granted_shared("none");
	granted_refused(0, 1u << 1, ERR_INPUT, "reads it already");
	granted_refused(1, 1u << 0, ERR_INPUT, "reads it already");
	granted_refused(0, 1u << 0, ERR_INPUT, "this organisation itself");
	granted_on(0, 1u << 2);
	granted_refused(0, 1u << 2, ERR_INPUT, "reads it already");
	granted_refused(
	    0, (1u << 2) | (1u << 3), ERR_INPUT, "reads it already");
}
END_TEST

/* M428 */
START_TEST(nobody_that_is_refused_is_granted_anything)
{
	struct fixture *fixture = &granted.fixture;

	(void)granted_shared("none");
	OK(enrolment_refuse(fixture->nodes[0], fixture_peer(fixture, 0, 2),
	    "it passes things on"));
	OK(node_commit(fixture->nodes[0]));
	granted_refused(0, 1u << 2, ERR_DENIED, "it passes things on");
	granted.request.share.dry_run = true;
	granted_refused(0, 1u << 2, ERR_DENIED, "it passes things on");
}
END_TEST

/* M424 */
START_TEST(what_is_no_content_is_not_granted)
{
	struct id32 record = granted_shared("none");
	struct node *node = granted.fixture.nodes[0];
	uint32_t rid = views_at(node->views,
	    views_get(node->views, views_find(node->views, &record))->stream,
	    1);

	memcpy(granted.record,
	    text_hex_id(&views_get(node->views, rid)->id).text, 65);
	granted_refused(0, 1u << 2, ERR_INPUT, "housekeeping");
	memset(granted.record, 'f', 64);
	granted_refused(0, 1u << 2, ERR_NOTFOUND, "no record");
}
END_TEST

START_TEST(a_grant_needs_a_reason_that_may_be_read)
{
	(void)granted_shared("none");
	granted.request.reason = " ";
	granted_refused(0, 1u << 2, ERR_INPUT, "say why");
	granted.request.reason = "NHS number 943 476 5919";
	granted_refused(0, 1u << 2, ERR_DENIED, "");
	granted.request.reason = NULL;
	granted_refused(0, 1u << 2, ERR_INPUT, "say why");
}
END_TEST

START_TEST(a_dry_run_grants_nothing)
{
	struct id32 record = granted_shared("none");

	granted.request.share.dry_run = true;
	granted_on(0, 1u << 2);
	granted_does_not_read(2, &record);
	ck_assert_uint_eq(granted.result.whole.reader_count, 1);
	ck_assert(id_is_zero(&granted.result.items[0].share.record));
}
END_TEST

#define ROWS 4096u

/* A set of so many rows, as a record for node 1. */
static enum err submit_rows(size_t count, struct id32 *record)
{
	static Qsg__IndicatorRow rows[ROWS];
	static Qsg__IndicatorRow *list[ROWS];
	static char categories[ROWS][41];
	static Qsg__IndicatorValue value;
	static Qsg__IndicatorValue *values[] = { &value };
	char *columns[] = { canon_lend("attendances") };
	struct node *node = granted.fixture.nodes[0];
	Qsg__Payload payload;
	Qsg__IndicatorSet set;
	int64_t reader = fixture_org(&granted.fixture, 0, 1);
	enum err err = ERR_OK;

	qsg__payload__init(&payload);
	qsg__indicator_set__init(&set);
	qsg__indicator_value__init(&value);
	set.columns = columns;
	set.n_columns = 1;
	set.set = canon_lend("ae-attendances");
	set.publisher = canon_lend("NHS England");
	set.period = canon_lend("2017-03");
	for (size_t i = 0; i < count; i++) {
		qsg__indicator_row__init(&rows[i]);
		rows[i].provider = canon_lend("RAL");
		(void)snprintf(
		    categories[i], sizeof categories[i], "c%04zu-%034d", i, 0);
		rows[i].category = categories[i];
		rows[i].values = values;
		rows[i].n_values = 1;
		list[i] = &rows[i];
	}
	set.rows = list;
	set.n_rows = count;
	payload.content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	payload.indicators = &set;
	err = submit_payload(node, &reader, 1, &payload, record);
	if (!err) {
		OK(node_commit(node));
	}
	return err;
}

/* M429 */
START_TEST(whatever_is_shared_can_be_granted)
{
	static char reason[LIMIT_TEXT_BYTES + 1];
	struct id32 record;
	size_t low = 1; /* goes */
	size_t high = ROWS;

	FAILS(submit_rows(high, &record), ERR_LIMIT);
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (submit_rows(middle, &record)) {
			high = middle;
		} else {
			low = middle;
		}
	}
	OK(submit_rows(low, &record));
	memcpy(granted.record, text_hex_id(&record).text, 65);
	memset(reason, 'y', LIMIT_TEXT_BYTES);
	granted.request.reason = reason;
	granted_on(0, 1u << 2);
	ck_assert_uint_ne(
	    views_find(granted.fixture.nodes[2]->views, &record), 0);
}
END_TEST

Suite *test_granting_suite(void)
{
	Suite *suite = suite_create("granting");
	TCase *tcase = tcase_create("all");
	TCase *strangers = tcase_create("strangers");

	tcase_add_checked_fixture(tcase, granted_setup, granted_teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, an_own_record_is_read_by_whom_it_is_granted_to);
	tcase_add_loop_test(
	    tcase, what_was_granted_is_there_after_a_start, 0, 2);
	tcase_add_test(tcase, what_was_granted_stands_in_lists);
	tcase_add_test(tcase, what_was_granted_stands_in_the_picture);
	tcase_add_test(tcase, what_was_granted_can_be_corroborated);
	tcase_add_loop_test(
	    tcase, another_s_record_goes_on_once_its_author_allows_it, 0, 3);
	tcase_add_loop_test(tcase, requests_are_listed_piece_by_piece, 0, 3);
	tcase_add_test(tcase, the_author_s_last_answer_counts);
	tcase_add_test(tcase, nobody_else_s_answer_counts);
	tcase_add_test(tcase, what_was_granted_goes_on_as_it_came);
	tcase_add_loop_test(
	    tcase, what_an_ended_log_is_not_known_to_hold_is_disowned, 0, 2);
	tcase_add_test(tcase, whoever_reads_it_already_is_not_granted_it);
	tcase_add_test(tcase, nobody_that_is_refused_is_granted_anything);
	tcase_add_test(tcase, what_is_no_content_is_not_granted);
	tcase_add_test(tcase, a_grant_needs_a_reason_that_may_be_read);
	tcase_add_test(tcase, a_dry_run_grants_nothing);
	tcase_add_test(tcase, whatever_is_shared_can_be_granted);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(
	    strangers, granted_setup_strangers, granted_teardown);
	tcase_add_test(strangers, a_grantee_need_not_know_the_author);
	suite_add_tcase(suite, strangers);
	return suite;
}
