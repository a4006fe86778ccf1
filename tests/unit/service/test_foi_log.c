#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/correcting.h"
#include "service/enrolment.h"
#include "service/foi.h"
#include "service/query.h"
#include "service/relations.h"
#include "view/foi_file.h"
#include "view/foi_json.h"
#include "view/life_json.h"
#include "view/record_json.h"

#include <stdlib.h>
#include <string.h>

Suite *test_foi_log_suite(void);

/* 0 shares with 1, who is asked for it; 2 has no part. */
static struct fixture fixture;
static struct id32 record;
static struct saying_result result;
static struct share_request request;
static struct vetting_recorder by;

static struct node *node(size_t at)
{
	return fixture.nodes[at];
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

static void setup(void)
{
	fixture_open(&fixture, 3);
	request = (struct share_request){ 0 };
	by = (struct vetting_recorder){ 0 };
	OK(fixture_share(&fixture, 0, 1u << 1,
	    "<b>=Sister Ren\xc3\xa9"
	    "e</b>",
	    &record));
	OK(node_commit(node(0)));
	pull(1, 0);
}

static void teardown(void)
{
	saying_clear(&result);
	fixture_close(&fixture);
}

/* A content on the heap, as the command line gives it. */
static Qsg__Payload *made(Qsg__Payload__ContentCase which)
{
	const ProtobufCMessageDescriptor *descriptor =
	    protobuf_c_message_descriptor_get_field(
		&qsg__payload__descriptor, (unsigned)which)
		->descriptor;
	ProtobufCMessage *message = calloc(1, descriptor->sizeof_message);
	Qsg__Payload *payload = calloc(1, sizeof *payload);

	ck_assert(message != NULL && payload != NULL);
	protobuf_c_message_init(descriptor, message);
	qsg__payload__init(payload);
	payload->content_case = which;
	payload->foi_request = (Qsg__FoiRequest *)(void *)message;
	return payload;
}

/* Names of roles and persons are borrowed. */
static void clear(Qsg__Payload *payload)
{
	canon_wipe((ProtobufCMessage *)(void *)payload->foi_request);
	free(payload);
}

static enum err log_request(uint32_t *number)
{
	Qsg__Payload *payload = made(QSG__PAYLOAD__CONTENT_FOI_REQUEST);
	struct id32 id;
	enum err err = ERR_OK;

	payload->foi_request->kind = strdup("foi");
	payload->foi_request->received_on = strdup("2023-11-01");
	payload->foi_request->text = strdup("on the night staff");
	err = foi_log(node(1), payload, &by, &id);
	*number = payload->foi_request->number;
	clear(payload);
	return err;
}

static enum err decide(
    uint32_t number, const char *verdict, struct foi_decided *out)
{
	struct hex32 name = text_hex_id(&record);
	const char *records[] = { name.text, name.text };
	Qsg__Payload *payload = made(QSG__PAYLOAD__CONTENT_FOI_DECISION);
	bool whole = strcmp(verdict, "disclose") == 0;
	enum err err = ERR_OK;

	payload->foi_decision->verdict = strdup(verdict);
	payload->foi_decision->exemption = strdup(whole ? "" : "s.41");
	payload->foi_decision->reason = strdup(whole ? "" : "=confidence");
	err = foi_decide(node(1), number, records, 2, payload, &by, out);
	clear(payload);
	return err;
}

static enum err consult(size_t at)
{
	struct hex32 name = text_hex_id(&record);
	Qsg__Payload *payload = made(QSG__PAYLOAD__CONTENT_FOI_CONSULTATION);
	enum err err = ERR_OK;

	payload->foi_consultation->text = strdup("may it go out?");
	saying_clear(&result);
	err = foi_consult(node(at), name.text, payload, &request, &result);
	clear(payload);
	return err;
}

static enum err say(size_t at, const struct id32 *about, const char *verdict)
{
	struct hex32 name = text_hex_id(about);
	Qsg__Payload *payload = made(QSG__PAYLOAD__CONTENT_FOI_VIEW);
	enum err err = ERR_OK;

	payload->foi_view->verdict = strdup(verdict);
	payload->foi_view->text = strdup("the ward would be known");
	saying_clear(&result);
	err = foi_answer(node(at), name.text, payload, &request, &result);
	clear(payload);
	return err;
}

/* M482 */
START_TEST(requests_have_numbers_of_their_own_and_stay_here)
{
	struct id32 *readers = NULL;
	uint32_t first = 0;
	uint32_t second = 0;
	uint32_t rid = 0;
	size_t count = 0;

	FAILS(foi_find(node(1), 1, &rid), ERR_NOTFOUND);
	OK(log_request(&first));
	OK(log_request(&second));
	OK(node_commit(node(1)));
	ck_assert_uint_eq(first, 1);
	ck_assert_uint_eq(second, 2);
	fixture_restart(&fixture, 1, true);
	OK(log_request(&second));
	ck_assert_uint_eq(second, 3);
	OK(foi_find(node(1), 2, &rid));
	OK(query_audience(node(1), rid, &readers, &count));
	ck_assert_uint_eq(count, 1);
	free(readers);
	FAILS(foi_find(node(1), 4, &rid), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "up to 3"));
}
END_TEST

/* M483 M482 */
START_TEST(the_decision_logged_last_counts)
{
	struct foi_decided decided;
	struct foi_row *rows = NULL;
	size_t count = 0;
	uint32_t number = 0;
	uint32_t other = 0;
	uint32_t rid = 0;

	OK(log_request(&number));
	OK(log_request(&other));
	OK(decide(number, "withhold", &decided));
	ck_assert_uint_eq(decided.count, 1);
	ck_assert(decided.unasked[0]);
	OK(decide(number, "disclose", &decided));
	OK(decide(other, "partly", &decided));
	OK(node_commit(node(1)));
	OK(foi_find(node(1), number, &rid));
	OK(foi_schedule(node(1), rid, &rows, &count));
	ck_assert_uint_eq(count, 1);
	ck_assert_uint_eq(rows[0].rid, views_find(node(1)->views, &record));
	ck_assert_uint_eq(rows[0].earlier, 1);
	ck_assert_uint_gt(rows[0].decision, rid);
	free(rows);
	FAILS(decide(9, "disclose", &decided), ERR_NOTFOUND);
	FAILS(decide(number, "burn", &decided), ERR_INPUT);
	/* Nobody else hears of any of it. */
	pull(0, 1);
	for (size_t i = 1; i <= views_count(node(0)->views); i++) {
		ck_assert_int_ne(views_get(node(0)->views, (uint32_t)i)->type,
		    VIEW_FOI_DECISION);
	}
}
END_TEST

/* M479 M481 */
START_TEST(the_author_alone_is_consulted_and_says_its_view)
{
	struct id32 *readers = NULL;
	struct foi_asked asked = { 0 };
	struct foi_decided decided;
	struct id32 asking;
	size_t count = 0;
	uint32_t number = 0;
	uint32_t rid = views_find(node(1)->views, &record);

	FAILS(consult(0), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "organisation itself"));
	OK(consult(1));
	OK(node_commit(node(1)));
	asking = result.share.record;
	OK(query_audience(
	    node(1), views_find(node(1)->views, &asking), &readers, &count));
	ck_assert_uint_eq(count, 2);
	free(readers);
	OK(foi_asked(node(1), rid, &asked));
	ck_assert_uint_ne(asked.consultation, 0);
	ck_assert_uint_eq(asked.view, 0);
	OK(log_request(&number));
	OK(decide(number, "withhold", &decided));
	OK(node_commit(node(1)));
	ck_assert(decided.waits[0] && !decided.unasked[0]);
	FAILS(say(1, &asking, "objection"), ERR_INPUT);
	pull(0, 1);
	FAILS(say(0, &record, "objection"), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "no consultation"));
	OK(say(0, &asking, "no-objection"));
	OK(say(0, &asking, "objection"));
	OK(node_commit(node(0)));
	pull(1, 0);
	OK(foi_asked(node(1), rid, &asked));
	ck_assert_uint_eq(
	    asked.view, views_find(node(1)->views, &result.share.record));
	OK(decide(number, "disclose", &decided));
	ck_assert(!decided.waits[0] && !decided.unasked[0]);
}
END_TEST

/* M481 */
START_TEST(a_view_of_one_who_was_not_consulted_does_not_count)
{
	Qsg__Payload *payload = made(QSG__PAYLOAD__CONTENT_FOI_VIEW);
	Qsg__Reference reference;
	Qsg__Reference *list[] = { &reference };
	struct relation *views = NULL;
	struct foi_asked asked = { 0 };
	struct id32 asking;
	struct id32 said;
	size_t count = 0;
	int64_t org = fixture_org(&fixture, 2, 1);

	OK(consult(1));
	OK(node_commit(node(1)));
	asking = result.share.record;
	qsg__reference__init(&reference);
	reference.relation = canon_lend("answers-consultation");
	reference.record.data = asking.b;
	reference.record.len = sizeof asking.b;
	payload->references = list;
	payload->n_references = 1;
	payload->role = canon_lend("administrator");
	payload->foi_view->verdict = strdup("no-objection");
	OK(submit_payload(node(2), &org, 1, payload, &said));
	OK(node_commit(node(2)));
	clear(payload);
	pull(1, 2);
	OK(foi_asked(node(1), views_find(node(1)->views, &record), &asked));
	ck_assert_uint_eq(asked.view, 0);
	OK(relations_of(node(1), views_find(node(1)->views, &asking),
	    REFERENCE_ANSWERS_CONSULTATION, &views, &count));
	ck_assert_uint_eq(count, 1);
	ck_assert_str_eq(
	    views[0].why_not, "by an organisation that was not consulted");
	free(views);
}
END_TEST

START_TEST(one_that_is_refused_is_not_consulted)
{
	OK(enrolment_refuse(
	    node(1), fixture_peer(&fixture, 1, 0), "it passes things on"));
	OK(node_commit(node(1)));
	FAILS(consult(1), ERR_DENIED);
	ck_assert(!node_staged(node(1)));
}
END_TEST

/*
 * What is shown and handed out.
 */

static json_t *schedule_of(uint32_t number)
{
	json_t *schedule = NULL;
	uint32_t rid = 0;

	OK(foi_find(node(1), number, &rid));
	OK(foi_json_schedule(node(1), rid, &schedule));
	return schedule;
}

static bool in_file(const json_t *schedule, bool csv, const char *words)
{
	struct buf text = { 0 };
	bool found = false;

	OK(csv ? foi_file_csv(schedule, &text)
	       : foi_file_html(schedule, &text));
	OK(buf_u8(&text, 0));
	ck_assert_ptr_null(strstr((char *)text.data, "<script"));
	ck_assert_ptr_null(strstr((char *)text.data, "http://"));
	ck_assert_ptr_null(strstr((char *)text.data, "https://"));
	found = strstr((char *)text.data, words) != NULL;
	buf_clear(&text);
	return found;
}

/* M484 M486 M487 */
START_TEST(what_is_handed_out_holds_nothing_that_is_withheld)
{
	struct foi_decided decided;
	struct id32 asking;
	uint32_t number = 0;
	json_t *schedule = NULL;

	OK(consult(1));
	OK(node_commit(node(1)));
	asking = result.share.record;
	pull(0, 1);
	OK(say(0, &asking, "objection"));
	OK(node_commit(node(0)));
	pull(1, 0);
	OK(log_request(&number));
	OK(decide(number, _i == 0 ? "withhold" : "partly", &decided));
	OK(node_commit(node(1)));
	schedule = schedule_of(number);
	for (int csv = 0; csv < 2; csv++) {
		ck_assert(!in_file(schedule, csv, "Ren"));
		ck_assert(!in_file(schedule, csv, "ward would be known"));
		ck_assert(!in_file(schedule, csv, "RAL"));
		ck_assert(in_file(schedule, csv, "s.41"));
		ck_assert(in_file(
		    schedule, csv, _i == 0 ? "withheld" : "disclosed in part"));
	}
	/* Reasons are somebody's words, too. */
	ck_assert(in_file(schedule, true, ",'=confidence,"));
	json_decref(schedule);
}
END_TEST

/* M484 M486 M487 */
START_TEST(what_is_disclosed_is_neither_mark_up_nor_a_formula)
{
	struct foi_decided decided;
	uint32_t number = 0;
	json_t *schedule = NULL;
	json_t *row = NULL;

	OK(log_request(&number));
	OK(decide(number, "disclose", &decided));
	OK(node_commit(node(1)));
	schedule = schedule_of(number);
	ck_assert(in_file(schedule, true, "<b>=Sister Ren"));
	ck_assert(in_file(schedule, false, "&lt;b&gt;=Sister Ren"));
	ck_assert(!in_file(schedule, false, "<b>"));
	for (const char *at = "=+-@\t\r"; *at; at++) {
		char text[] = { *at, '1', '\0' };
		char safe[] = { '\'', *at, '1', '\0' };

		row = json_array_get(json_object_get(schedule, "rows"), 0);
		json_object_set_new(row, "text", json_string(text));
		ck_assert(in_file(schedule, true, safe));
	}
	json_decref(schedule);
}
END_TEST

struct looked {
	size_t at;
	const char *term;
	json_t *found;
};

static enum err look(void *context, const struct query_item *item)
{
	struct looked *looked = context;
	struct searching searching = { 0 };

	OK(searching_begin(&looked->term, 1, &searching));
	OK(foi_json_found(node(looked->at), item, &searching, &looked->found));
	searching_clear(&searching);
	return ERR_OK;
}

static json_t *found(size_t at, const struct id32 *id, const char *term)
{
	struct looked looked = { .at = at, .term = term };

	OK(query_open(
	    node(at), views_find(node(at)->views, id), look, &looked));
	return looked.found;
}

static enum err show_whole(void *context, const struct query_item *item)
{
	json_t **out = context;

	*out = record_json_whole(node(1), item);
	return ERR_OK;
}

/* M485 M478 */
START_TEST(what_was_corrected_and_retracted_is_found_and_shown_as_that)
{
	Qsg__Payload *before = NULL;
	json_t *json = NULL;
	json_t *history = NULL;
	struct id32 correction;
	uint32_t rid = views_find(node(0)->views, &record);

	OK(query_take(node(0), rid, &before));
	free(before->intelligence->text);
	before->intelligence->text = strdup("the sister on duty");
	request.intelligence = before->intelligence;
	OK(correcting_correct(node(0), rid, &request, &result));
	OK(node_commit(node(0)));
	correction = result.share.record;
	canon_wipe(&before->base);
	pull(1, 0);
	json = found(1, &record, "SISTER RENEE");
	ck_assert_ptr_nonnull(json);
	ck_assert_str_eq(
	    json_string_value(json_object_get(json, "corrected_by")),
	    text_hex_id(&correction).text);
	ck_assert_ptr_null(json_object_get(json, "retracted"));
	json_decref(json);
	ck_assert_ptr_null(found(1, &correction, "sister renee"));
	saying_clear(&result);
	OK(correcting_retract(node(0), text_hex_id(&correction).text,
	    "nobody said so", &request, &result));
	OK(node_commit(node(0)));
	pull(1, 0);
	json = found(1, &record, "renee");
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(json, "retracted"), "reason")),
	    "nobody said so");
	json_decref(json);
	rid = views_find(node(1)->views, &record);
	OK(query_open(node(1), rid, show_whole, &json));
	ck_assert_str_eq(json_string_value(json_object_get(
			     json_object_get(json, "current"), "text")),
	    "the sister on duty");
	json_decref(json);
	OK(life_json_history(node(1), rid, &history));
	ck_assert_uint_eq(json_array_size(history), 3);
	for (size_t i = 0; i < 3; i++) {
		static const char *const steps[] = { "shared", "corrected",
			"retracted" };

		ck_assert_str_eq(json_string_value(json_object_get(
				     json_array_get(history, i), "step")),
		    steps[i]);
	}
	json_decref(history);
}
END_TEST

Suite *test_foi_log_suite(void)
{
	Suite *suite = suite_create("foi_log");
	TCase *tcase = tcase_create("foi_log");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, requests_have_numbers_of_their_own_and_stay_here);
	tcase_add_test(tcase, the_decision_logged_last_counts);
	tcase_add_test(tcase, the_author_alone_is_consulted_and_says_its_view);
	tcase_add_test(
	    tcase, a_view_of_one_who_was_not_consulted_does_not_count);
	tcase_add_test(tcase, one_that_is_refused_is_not_consulted);
	tcase_add_loop_test(
	    tcase, what_is_handed_out_holds_nothing_that_is_withheld, 0, 2);
	tcase_add_test(
	    tcase, what_is_disclosed_is_neither_mark_up_nor_a_formula);
	tcase_add_test(
	    tcase, what_was_corrected_and_retracted_is_found_and_shown_as_that);
	suite_add_tcase(suite, tcase);
	return suite;
}
