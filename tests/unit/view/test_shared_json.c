#include "view/shared_json.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/receipts.h"
#include "service/sent.h"
#include "unit/service/fixture.h"
#include "view/org_json.h"
#include "view/shared_paper.h"

#include <stdlib.h>
#include <string.h>

Suite *test_shared_json_suite(void);

/* Node 0 writes, 1 and 2 read. */
static struct fixture fixture;

static void setup(void)
{
	fixture_open(&fixture, 3);
}

static void teardown(void)
{
	fixture_close(&fixture);
}

static struct id32 share(size_t at, unsigned readers)
{
	struct id32 record;
	fixture.now_ms += 1000;
	OK(fixture_share(&fixture, at, readers, "text", &record));
	OK(node_commit(fixture.nodes[at]));
	return record;
}

/* A correction of that record, for node 1. */
static struct id32 correct(const struct id32 *corrected)
{
	int64_t org = fixture_org(&fixture, 0, 1);
	struct id32 of = *corrected;
	struct id32 record;
	Qsg__Payload payload;
	Qsg__Intelligence item;
	Qsg__Reference reference;
	Qsg__Reference *list[] = { &reference };
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	qsg__reference__init(&reference);
	fixture.now_ms += 1000;
	reference.relation = canon_lend("corrects");
	reference.record.data = of.b;
	reference.record.len = sizeof(of.b);
	payload.references = list;
	payload.n_references = 1;
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend("better");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(submit_payload(fixture.nodes[0], &org, 1, &payload, &record));
	OK(node_commit(fixture.nodes[0]));
	return record;
}

static void send_and_sign(size_t reader)
{
	struct replica_taken taken;
	OK(fixture_pull(&fixture, reader, 0, &taken));
	fixture.now_ms += RECEIPTS_INTERVAL_MS;
	receipts_tick(fixture.nodes[reader]);
	OK(node_commit(fixture.nodes[reader]));
	OK(fixture_pull(&fixture, 0, reader, &taken));
}

static void note_sent(const struct id32 *record, size_t reader)
{
	const struct view_record *view = fixture_view(&fixture, 0, record);
	struct replica_range range;
	ck_assert(replica_stream(fixture.nodes[0], view->stream, &range));
	sent_note(fixture.nodes[0], fixture_org(&fixture, 0, reader), &range,
	    view->number);
	fixture.now_ms += 1000;
	receipts_tick(fixture.nodes[0]);
	OK(node_commit(fixture.nodes[0]));
}

struct look {
	size_t at;
	struct fates *fates;
	const struct id32 *reader; /* NULL: its life */
	json_t *json;
};

static enum err look_at(void *context, const struct query_item *item)
{
	struct look *look = context;
	struct node *node = fixture.nodes[look->at];
	return look->reader != NULL
	           ? shared_json_row(
			 node, look->fates, item, look->reader, &look->json)
	           : shared_json_life(node, look->fates, item, &look->json);
}

static json_t *seen(
    size_t at, const struct id32 *record, const struct id32 *reader)
{
	struct node *node = fixture.nodes[at];
	struct look look = { .at = at, .reader = reader };
	OK(fates_open(node, &look.fates));
	OK(query_open(
	    node, views_find(node_views(node), record), look_at, &look));
	fates_close(look.fates);
	ck_assert_ptr_nonnull(look.json);
	return look.json;
}

static const char *member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text == NULL ? "(null)" : text;
}

START_TEST(a_row_says_how_far_it_has_come)
{
	struct id32 record = share(0, 1u << 1 | 1u << 2);
	const struct id32 *reader = node_id(fixture.nodes[1]);
	json_t *row = seen(0, &record, reader);
	ck_assert_str_eq(member(row, "record"), text_hex_id(&record).text);
	ck_assert_str_eq(member(row, "type"), "intelligence");
	ck_assert_str_eq(member(row, "provider"), "RAL");
	ck_assert_str_eq(member(row, "reader"), text_fingerprint(reader).text);
	ck_assert_str_eq(member(row, "reader_name"), "Organisation 1");
	ck_assert_int_eq(json_integer_value(json_object_get(row, "number")), 2);
	ck_assert_str_ne(member(row, "sealed_at"), "(null)");
	ck_assert(json_is_null(json_object_get(row, "sent_at")));
	ck_assert(json_is_null(json_object_get(row, "received_at")));
	ck_assert(json_is_null(json_object_get(row, "receipt")));
	ck_assert(json_is_null(json_object_get(row, "unreadable")));
	json_decref(row);
	note_sent(&record, 1);
	send_and_sign(1);
	row = seen(0, &record, reader);
	ck_assert_str_ne(member(row, "sent_at"), "(null)");
	ck_assert_str_ne(member(row, "received_at"), "(null)");
	ck_assert_uint_eq(strlen(member(row, "receipt")), 64);
	json_decref(row);
	row = seen(0, &record, node_id(fixture.nodes[2]));
	ck_assert(json_is_null(json_object_get(row, "receipt")));
	json_decref(row);
}
END_TEST

/* The events' names, in order. */
static const char *events_of(const json_t *life)
{
	static char text[400];
	size_t at = 0;
	const json_t *each = NULL;
	text[0] = '\0';
	json_array_foreach(json_object_get(life, "events"), at, each)
	{
		strncat(text, member(each, "event"),
		    sizeof(text) - strlen(text) - 2);
		strncat(text, " ", 2);
	}
	return text;
}

START_TEST(a_life_is_told_in_order)
{
	struct id32 first = share(0, 1u << 1);
	struct id32 second = correct(&first);
	struct id32 third = correct(&second);
	note_sent(&second, 1);
	send_and_sign(1);
	json_t *life = seen(0, &second, NULL);
	const json_t *corrections = json_object_get(life, "corrections");
	ck_assert_str_eq(events_of(life),
	    "corrected-record made sealed correction sent signed-for ");
	ck_assert_str_eq(json_string_value(json_array_get(
			     json_object_get(corrections, "before"), 0)),
	    text_hex_id(&first).text);
	ck_assert_str_eq(json_string_value(json_array_get(
			     json_object_get(corrections, "after"), 0)),
	    text_hex_id(&third).text);
	ck_assert_uint_eq(json_array_size(json_object_get(life, "readers")), 1);
	json_decref(life);
	life = seen(0, &first, NULL);
	ck_assert_uint_eq(json_array_size(json_object_get(
			      json_object_get(life, "corrections"), "after")),
	    2);
	json_decref(life);
	life = seen(0, &third, NULL);
	corrections = json_object_get(life, "corrections");
	ck_assert_str_eq(json_string_value(json_array_get(
			     json_object_get(corrections, "before"), 0)),
	    text_hex_id(&first).text);
	json_decref(life);
	/* At the reader: received, and signed for by itself. */
	life = seen(1, &third, NULL);
	ck_assert_str_eq(events_of(life),
	    "made received corrected-record corrected-record signed-for ");
	ck_assert_uint_eq(strlen(member(life, "receipt")), 64);
	ck_assert_ptr_null(json_object_get(life, "readers"));
	json_decref(life);
}
END_TEST

START_TEST(peers_show_what_they_have_not_signed_for)
{
	share(0, 1u << 1 | 1u << 2);
	share(0, 1u << 2);
	send_and_sign(1);
	json_t *peers = org_json_peers(fixture.nodes[0]);
	OK(shared_json_unsigned(fixture.nodes[0], peers));
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_array_get(peers, 0), "unsigned_for")),
	    0);
	ck_assert_int_eq(json_integer_value(json_object_get(
			     json_array_get(peers, 1), "unsigned_for")),
	    2);
	json_decref(peers);
}
END_TEST

static void life_says(const json_t *life, const char *words, bool wanted)
{
	struct paper paper = { .ascii = true };
	shared_paper_life(&paper, life);
	ck_assert_msg((strstr(buf_text(&paper.out), words) != NULL) == wanted,
	    "%s: %s", words, buf_text(&paper.out));
	buf_clear(&paper.out);
}

/* M223 M226: to people, too, and in a record's life as in the record. */
START_TEST(what_keeps_a_record_from_counting_is_said)
{
	struct replica_taken taken;
	struct id32 record = share(0, 1u << 1);
	OK(fixture_pull(&fixture, 1, 0, &taken));
	struct node *node = fixture.nodes[1];
	const struct view_record *view = fixture_view(&fixture, 1, &record);
	struct state_log *log =
	    state_log(node, state_stream(node, view->stream)->row.log);
	json_t *life = seen(1, &record, NULL);
	life_says(life, "split view", false);
	life_says(life, "not proven", false);
	life_says(life, "disowned", false);
	json_decref(life);
	log->split = true;
	log->unproven_rid = 1;
	life = seen(1, &record, NULL);
	life_says(life, "  split view: its author has signed two", true);
	life_says(life, "  not proven: its author does not show", true);
	(void)json_object_set_new(life, "disowned", json_true());
	life_says(life, "  disowned: of a log that has ended", true);
	json_decref(life);
}
END_TEST

START_TEST(what_became_of_a_record_is_told_in_words)
{
	json_t *life =
	    json_pack("{s:s, s:[{s:s,s:s}, {s:s}, {s:s,s:s}],"
		      " s:[{s:{s:s}, s:b, s:[{s:s,s:s}, {s:s,s:s}]}]}",
		"id", "abc", "events", "event", "granted", "organisation",
		"NHS Merton CCG", "event", "answered-to-go-on", "event",
		"asked-to-go-on", "organisation", "NHS Merton CCG", "erasures",
		"author", "name", "NHS Merton CCG", "counts", 1, "readers",
		"name", "Monitor", "answer", "elsewhere", "name",
		"NHS Barnet CCG", "answer", "open");
	ck_assert_ptr_nonnull(life);
	life_says(life, "granted by NHS Merton CCG\n", true);
	life_says(life, "was asked for by NHS Merton CCG\n", true);
	life_says(life, "was answered by this organisation\n", true);
	life_says(life, "Monitor: answers NHS Merton CCG alone\n", true);
	life_says(life, "NHS Barnet CCG: has not answered\n", true);
	json_decref(life);
}
END_TEST

/* M160 */
START_TEST(what_others_wrote_is_escaped)
{
	static const char nasty[] = "\033[31m \xe2\x80\xaerev\xe2\x80\xac";
	json_t *row =
	    json_pack("{s:s,s:s,s:s,s:s,s:s}", "record", "abc", "type", nasty,
		"provider", nasty, "reader_name", nasty, "unreadable", nasty);
	json_t *list = json_array();
	json_t *life = json_pack("{s:s,s:s,s:[{s:s}],s:[{s:s,s:s,s:s}],s:[O]}",
	    "id", nasty, "author", nasty, "audience", "name", nasty, "events",
	    "event", nasty, "organisation", nasty, "record", nasty, "readers",
	    row);
	struct paper paper = { .ascii = true };
	ck_assert_ptr_nonnull(life);
	(void)json_array_append(list, row);
	shared_paper_list(&paper, list);
	shared_paper_life(&paper, life);
	ck_assert(!paper.failed);
	ck_assert_ptr_null(strchr(buf_text(&paper.out), '\033'));
	ck_assert_ptr_null(strchr(buf_text(&paper.out), '\xe2'));
	ck_assert_ptr_nonnull(strstr(buf_text(&paper.out), "not yet"));
	buf_clear(&paper.out);
	json_decref(row);
	json_decref(list);
	json_decref(life);
}
END_TEST

Suite *test_shared_json_suite(void)
{
	Suite *suite = suite_create("shared_json");
	TCase *tests = tcase_create("shared_json");
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, a_row_says_how_far_it_has_come);
	tcase_add_test(tests, a_life_is_told_in_order);
	tcase_add_test(tests, peers_show_what_they_have_not_signed_for);
	tcase_add_test(tests, what_keeps_a_record_from_counting_is_said);
	tcase_add_test(tests, what_became_of_a_record_is_told_in_words);
	tcase_add_test(tests, what_others_wrote_is_escaped);
	suite_add_tcase(suite, tests);
	return suite;
}
