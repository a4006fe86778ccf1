#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/said.h"
#include "service/query.h"
#include "service/relations.h"
#include "service/requests.h"
#include "service/saying.h"
#include "store/drafts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_saying_suite(void);

#define PATIENT "NHS number 943 476 5919"

static struct fixture fixture;
static Qsg__Payload payload;
static Qsg__Corroboration corroboration;
static Qsg__Feedback feedback;
static Qsg__InformationRequest request;
static Qsg__InformationAnswer answer;
static Qsg__Judgement judgement;
static Qsg__Finding finding;
static struct saying saying;
static struct saying_result result;
static const char *to[4];
static const char *cites[4];
static char about[65];
static char cited[65];

static void setup(void)
{
	fixture_open(&fixture, 4);
	qsg__payload__init(&payload);
	qsg__corroboration__init(&corroboration);
	qsg__feedback__init(&feedback);
	qsg__information_request__init(&request);
	qsg__information_answer__init(&answer);
	qsg__judgement__init(&judgement);
	qsg__finding__init(&finding);
	corroboration.text = canon_lend("so we heard");
	feedback.text = canon_lend("it was looked into");
	request.provider = canon_lend("RAL");
	request.purpose = canon_lend("to judge");
	answer.verdict = canon_lend("answered");
	answer.text = canon_lend("this is what we hold");
	judgement.provider = canon_lend("RAL");
	judgement.view = canon_lend("none");
	judgement.text = canon_lend("why");
	finding.provider = canon_lend("RAL");
	finding.what = canon_lend("rating");
	finding.value = canon_lend("good");
	finding.text = canon_lend("an inspection");
	memset(&result, 0, sizeof result);
	saying = (struct saying){
		.content = &payload, .about = about, .to = to, .cites = cites
	};
}

static void teardown(void)
{
	saying_clear(&result);
	fixture_close(&fixture);
}

static void content(Qsg__Payload__ContentCase which, void *message)
{
	payload.content_case = which;
	payload.judgement = message;
}

static void name(char out[65], const struct id32 *id)
{
	memcpy(out, text_hex_id(id).text, 65);
}

/* Node `at` says what is set up; committed. */
static enum err say(size_t at)
{
	enum err err = ERR_OK;

	saying_clear(&result);
	err = saying_submit(fixture.nodes[at], &saying, &result);
	if (!err) {
		OK(node_commit(fixture.nodes[at]));
	}
	return err;
}

static void refused(size_t at, enum err want, const char *hint)
{
	size_t before = views_count(fixture.nodes[at]->views);

	FAILS(say(at), want);
	ck_assert_msg(
	    strstr(err_text(), hint) != NULL, "%s: %s", hint, err_text());
	ck_assert(!node_staged(fixture.nodes[at]));
	ck_assert_uint_eq(views_count(fixture.nodes[at]->views), before);
}

static void pull(size_t to_node, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to_node, from, &taken));
}

/* 0 shares an item with the nodes of this mask, and they have it. */
static struct id32 shared(unsigned readers)
{
	struct id32 record;

	OK(fixture_share(&fixture, 0, readers, "as said", &record));
	OK(node_commit(fixture.nodes[0]));
	for (size_t i = 1; i < FIXTURE_NODES; i++) {
		if (readers & (1u << i)) {
			pull(i, 0);
		}
	}
	name(about, &record);
	return record;
}

/* 0 asks them, and they have it. */
static struct id32 asked(const char *first, const char *second)
{
	struct id32 record;

	to[0] = first;
	to[1] = second;
	saying.to_count = second ? 2 : 1;
	content(QSG__PAYLOAD__CONTENT_REQUEST, &request);
	OK(say(0));
	record = result.record;
	for (size_t i = 1; i < FIXTURE_NODES; i++) {
		pull(i, 0);
	}
	saying.to_count = 0;
	name(about, &record);
	content(QSG__PAYLOAD__CONTENT_ANSWER, &answer);
	return record;
}

/* The readers of what was said are exactly these nodes. */
static void read_by(size_t at, unsigned readers)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	unsigned seen = 0;
	uint32_t rid = views_find(fixture.nodes[at]->views, &result.record);

	ck_assert_uint_ne(rid, 0);
	OK(query_audience(fixture.nodes[at], rid, &ids, &count));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < FIXTURE_NODES; j++) {
			if (fixture.nodes[j] &&
			    id_equal(&ids[i], node_id(fixture.nodes[j]))) {
				seen |= 1u << j;
			}
		}
	}
	free(ids);
	ck_assert_uint_eq(seen, readers);
}

/*
 * Corroboration and feedback.
 */

/* M363 */
START_TEST(a_corroboration_goes_to_all_readers_of_the_record)
{
	struct id32 record = shared((1u << 1) | (1u << 2));

	content(QSG__PAYLOAD__CONTENT_CORROBORATION, &corroboration);
	about[9] = '\0'; /* how it begins is enough */
	OK(say(1));
	ck_assert_uint_eq(result.left_out_count, 0);
	ck_assert(id_equal(&result.about, &record));
	read_by(1, 0x7);
	pull(0, 1);
	pull(2, 1);
	ck_assert_ptr_nonnull(fixture_view(&fixture, 2, &result.record));
	ck_assert_int_eq(fixture_view(&fixture, 0, &result.record)->type,
	    VIEW_CORROBORATION);
	{
		size_t count = 0;

		OK(relations_count(fixture.nodes[2],
		    views_find(fixture.nodes[2]->views, &record),
		    REFERENCE_CORROBORATES, &count));
		ck_assert_uint_eq(count, 1);
	}
}
END_TEST

/* Node 1 alone has never met node 2. */
static void forget(size_t at, size_t of)
{
	struct peer *peer = fixture_peer(&fixture, at, of);

	/* As if it were somebody else: its own id is known to nobody here. */
	peer->card.organisation.b[0] ^= 1;
}

/* M363 */
START_TEST(a_reader_that_is_not_known_is_left_out_and_named)
{
	struct id32 left_out = *node_id(fixture.nodes[2]);

	(void)shared((1u << 1) | (1u << 2));
	forget(1, 2);
	content(QSG__PAYLOAD__CONTENT_CORROBORATION, &corroboration);
	OK(say(1));
	ck_assert_uint_eq(result.left_out_count, 1);
	ck_assert(id_equal(&result.left_out[0].organisation, &left_out));
	ck_assert_ptr_nonnull(
	    strstr(result.left_out[0].why, "not known to this node"));
	read_by(1, 0x3);
}
END_TEST

START_TEST(one_s_own_record_is_refused)
{
	(void)shared(1u << 1);
	if (_i == 0) {
		content(QSG__PAYLOAD__CONTENT_CORROBORATION, &corroboration);
	} else {
		content(QSG__PAYLOAD__CONTENT_FEEDBACK, &feedback);
	}
	refused(0, ERR_INPUT, "of this organisation itself");
}
END_TEST

START_TEST(the_record_must_be_one_and_of_a_kind_that_fits)
{
	struct id32 request_id = asked("01X", NULL);

	content(QSG__PAYLOAD__CONTENT_CORROBORATION, &corroboration);
	refused(1, ERR_INPUT, "type request cannot be corroborated");
	name(about, &request_id);
	about[63] = about[63] == '0' ? '1' : '0';
	refused(1, ERR_NOTFOUND, "no record");
	(void)snprintf(about, sizeof about, "xyz");
	refused(1, ERR_INPUT, "made of 0-9");
	about[0] = '\0';
	refused(1, ERR_INPUT, "1 to 64");
	/* What opened its stream is housekeeping. */
	name(about, &views_get(fixture.nodes[1]->views, 1)->id);
	content(QSG__PAYLOAD__CONTENT_FEEDBACK, &feedback);
	refused(1, ERR_INPUT, "housekeeping");
	content(QSG__PAYLOAD__CONTENT_ANSWER, &answer);
	refused(1, ERR_INPUT, "no information request");
}
END_TEST

START_TEST(feedback_goes_to_the_author_and_whoever_is_named)
{
	(void)shared((1u << 1) | (1u << 2));
	content(QSG__PAYLOAD__CONTENT_FEEDBACK, &feedback);
	OK(say(1));
	read_by(1, 0x3);
	to[0] = "03X";
	to[1] = "00X"; /* named twice, as the author and so */
	saying.to_count = 2;
	OK(say(1));
	read_by(1, 0xB);
	to[0] = "Nobody";
	refused(1, ERR_NOTFOUND, "Nobody");
}
END_TEST

/*
 * Requests and answers.
 */

START_TEST(nobody_asks_itself_or_nobody)
{
	content(QSG__PAYLOAD__CONTENT_REQUEST, &request);
	refused(0, ERR_USAGE, "say who is asked");
	to[0] = "00X";
	saying.to_count = 1;
	refused(0, ERR_INPUT, "cannot ask itself");
	to[1] = "01X";
	saying.to_count = 2;
	refused(0, ERR_INPUT, "cannot ask itself");
	request.answer_by = canon_lend("2023-11-13"); /* it is the 14th */
	to[0] = "01X";
	saying.to_count = 1;
	refused(0, ERR_INPUT, "is over");
	request.answer_by = canon_lend("2023-11-14");
	OK(say(0));
	read_by(0, 0x3);
}
END_TEST

START_TEST(an_answer_goes_to_the_asker_and_all_who_were_asked)
{
	(void)asked("01X", "02X");
	OK(say(1));
	read_by(1, 0x7);
	saying.to_asker = true;
	OK(say(1));
	read_by(1, 0x3);
}
END_TEST

START_TEST(a_request_of_our_own_is_not_ours_to_answer)
{
	(void)asked("01X", NULL);
	refused(0, ERR_INPUT, "itself made that request");
}
END_TEST

START_TEST(a_request_not_addressed_to_us_is_not_held_here)
{
	(void)asked("01X", NULL);
	refused(2, ERR_NOTFOUND, "no record");
}
END_TEST

START_TEST(records_cited_go_by_reference_and_the_blind_are_named)
{
	struct id32 own;
	struct relation *relations = NULL;
	size_t count = 0;

	OK(fixture_share(&fixture, 1, 1u << 0, "what we hold", &own));
	OK(node_commit(fixture.nodes[1]));
	(void)asked("01X", "02X");
	name(cited, &own);
	cites[0] = cited;
	cites[1] = cited; /* twice is once */
	saying.cite_count = 2;
	OK(say(1));
	ck_assert_uint_eq(result.blind_count, 1);
	ck_assert(id_equal(&result.blind[0].record, &own));
	ck_assert_int_eq(result.blind[0].org, fixture_org(&fixture, 1, 2));
	OK(relations_of(fixture.nodes[1],
	    views_find(fixture.nodes[1]->views, &own), REFERENCE_CITES,
	    &relations, &count));
	ck_assert_uint_eq(count, 1);
	free(relations);
	cites[1] = "ffffffffffff";
	refused(1, ERR_NOTFOUND, "no record");
	name(cited, &views_get(fixture.nodes[1]->views, 1)->id);
	saying.cite_count = 1;
	refused(1, ERR_INPUT, "housekeeping");
	saying.cite_count = SAYING_CITES + 1;
	refused(1, ERR_LIMIT, "at most 64");
}
END_TEST

/* M361 */
START_TEST(each_of_those_asked_is_open_until_it_says_something)
{
	static const enum requests_state after[] = { REQUESTS_ANSWERED,
		REQUESTS_NOTHING_HELD, REQUESTS_REFUSED };
	static const char *const verdicts[] = { "answered", "nothing-held",
		"refused" };
	struct requests_request look;
	struct id32 record = asked("01X", "02X");
	uint32_t rid = views_find(fixture.nodes[0]->views, &record);
	size_t place = 0;

	fixture.now_ms += 3 * FIXTURE_DAY_MS;
	OK(requests_look(fixture.nodes[0], rid, &look));
	ck_assert(look.ours && look.open && !look.to_us && !look.overdue);
	ck_assert_int_eq(look.age_ms, 3 * FIXTURE_DAY_MS);
	ck_assert_uint_eq(look.addressee_count, 2);
	for (size_t i = 0; i < 2; i++) {
		ck_assert_int_eq(look.addressees[i].state, REQUESTS_OPEN);
		ck_assert_ptr_null(look.addressees[i].text);
		if (id_equal(&look.addressees[i].organisation,
			node_id(fixture.nodes[1]))) {
			place = i;
		}
	}
	requests_clear(&look);
	answer.verdict = canon_lend(verdicts[_i]);
	OK(say(1));
	pull(0, 1);
	for (int i = 0; i < 3; i++) {
		OK(requests_look(fixture.nodes[0], rid, &look));
		ck_assert_int_eq(look.addressees[place].state, after[_i]);
		ck_assert_str_eq(
		    look.addressees[place].text, "this is what we hold");
		ck_assert_int_eq(
		    look.addressees[1 - place].state, REQUESTS_OPEN);
		ck_assert(look.open);
		requests_clear(&look);
		fixture_restart(&fixture, 0, i == 0);
	}
	OK(say(2));
	pull(0, 2);
	OK(requests_look(fixture.nodes[0], rid, &look));
	ck_assert(!look.open);
	requests_clear(&look);
	/* 2 was asked with 1, and got what 1 said; 1 has nothing of 2. */
	pull(2, 1);
	OK(requests_look(fixture.nodes[2],
	    views_find(fixture.nodes[2]->views, &record), &look));
	ck_assert(look.to_us && !look.ours);
	ck_assert_int_eq(look.addressees[place].state, after[_i]);
	requests_clear(&look);
	OK(requests_look(fixture.nodes[1],
	    views_find(fixture.nodes[1]->views, &record), &look));
	ck_assert_int_eq(look.addressees[1 - place].state, REQUESTS_NOT_SEEN);
	ck_assert(!look.open);
	requests_clear(&look);
}
END_TEST

static enum err count_one(void *context, const struct requests_request *look)
{
	(void)look;
	++*(size_t *)context;
	return ERR_OK;
}

static size_t listed(size_t at, bool open_only)
{
	size_t count = 0;

	OK(requests_list(fixture.nodes[at], open_only, count_one, &count));
	return count;
}

/* M361 */
START_TEST(what_is_open_is_listed_until_it_is_answered)
{
	struct requests_request look;
	struct id32 record;

	request.answer_by = canon_lend("2023-11-15");
	record = asked("01X", NULL);
	ck_assert_uint_eq(listed(0, true), 1);
	ck_assert_uint_eq(listed(1, true), 1);
	ck_assert_uint_eq(listed(2, false), 0);
	fixture.now_ms += FIXTURE_DAY_MS;
	OK(requests_look(fixture.nodes[0],
	    views_find(fixture.nodes[0]->views, &record), &look));
	ck_assert(!look.overdue);
	requests_clear(&look);
	fixture.now_ms += FIXTURE_DAY_MS;
	OK(requests_look(fixture.nodes[0],
	    views_find(fixture.nodes[0]->views, &record), &look));
	ck_assert(look.overdue);
	requests_clear(&look);
	OK(say(1));
	pull(0, 1);
	ck_assert_uint_eq(listed(0, true), 0);
	ck_assert_uint_eq(listed(0, false), 1);
	ck_assert_uint_eq(listed(1, true), 0);
	FAILS(requests_look(fixture.nodes[0], 1, &look), ERR_STATE);
}
END_TEST

/*
 * Judgements and findings.
 */

START_TEST(a_judgement_needs_its_readers)
{
	content(QSG__PAYLOAD__CONTENT_JUDGEMENT, &judgement);
	refused(0, ERR_USAGE, "say who may read this");
	saying.for_us_alone = true;
	OK(say(0));
	read_by(0, 0x1);
	ck_assert(result.unknown_provider);
	to[0] = "01X";
	saying.to_count = 1;
	refused(0, ERR_USAGE, "exclude each other");
	saying.for_us_alone = false;
	judgement.provider = canon_lend(" ral ");
	OK(say(0));
	read_by(0, 0x3);
	ck_assert(!result.unknown_provider);
}
END_TEST

START_TEST(what_is_another_s_to_find_is_refused_here)
{
	static const char *const whats[][2] = { { "rating", "good" },
		{ "finding", "breach" }, { "enforcement", "closure" },
		{ "intervention", "support" },
		{ "restriction", "practice-removed" } };

	to[0] = "01X";
	saying.to_count = 1;
	content(QSG__PAYLOAD__CONTENT_FINDING, &finding);
	finding.what = canon_lend(whats[_i][0]);
	finding.value = canon_lend(whats[_i][1]);
	refused(0, ERR_DENIED,
	    "own act, and this organisation is of the "
	    "kind ccg");
}
END_TEST

/*
 * All of them.
 */

/* Make what is said fit for node 1, about a record of 0. */
static void prepare(int which)
{
	if (which == 3) {
		(void)asked("01X", NULL);
		return;
	}
	(void)shared(1u << 1);
	to[0] = "00X";
	saying.to_count = which == 2 || which == 4;
	switch (which) {
	case 0:
		content(QSG__PAYLOAD__CONTENT_CORROBORATION, &corroboration);
		break;
	case 1:
		content(QSG__PAYLOAD__CONTENT_FEEDBACK, &feedback);
		break;
	case 2:
		content(QSG__PAYLOAD__CONTENT_REQUEST, &request);
		break;
	default:
		content(QSG__PAYLOAD__CONTENT_JUDGEMENT, &judgement);
		break;
	}
}

static char **text_of(int which)
{
	char **const texts[] = { &corroboration.text, &feedback.text,
		&request.already_held, &answer.text, &judgement.text };

	return texts[which];
}

/* M364 */
START_TEST(the_guard_looks_at_every_text)
{
	size_t before = 0;

	prepare(_i);
	*text_of(_i) = canon_lend("a line\n" PATIENT);
	refused(1, ERR_DENIED, "an NHS number (line 2, column 12)");
	ck_assert_uint_eq(result.findings.count, 1);
	before = views_count(fixture.nodes[1]->views);
	saying.recorder.dry_run = true;
	OK(say(1));
	ck_assert_uint_eq(views_count(fixture.nodes[1]->views), before);
	ck_assert(id_is_zero(&result.record));
	ck_assert_uint_eq(result.reader_count, 1);
	saying.recorder.dry_run = false;
	saying.recorder.override_reason = "";
	refused(1, ERR_INPUT, "--override needs a reason");
	saying.recorder.override_reason = "a test number";
	OK(say(1));
	ck_assert(!id_is_zero(&result.override_record));
	ck_assert_int_eq(
	    fixture_view(&fixture, 1, &result.override_record)->type,
	    VIEW_OVERRIDE);
	pull(0, 1);
	ck_assert_ptr_nonnull(fixture_view(&fixture, 0, &result.record));
	ck_assert_ptr_null(fixture_view(&fixture, 0, &result.override_record));
}
END_TEST

static enum err keep_text(void *context, const struct query_item *item)
{
	struct buf *out = context;
	char **texts[SAID_TEXTS];
	Qsg__Payload copy = *item->payload;
	size_t count = said_texts(&copy, texts);
	enum err err = ERR_OK;

	for (size_t i = 0; i < count && !err; i++) {
		err = buf_append(out, span_text(*texts[i]));
	}
	return err;
}

START_TEST(texts_are_kept_in_normal_form)
{
	struct buf text = { 0 };

	prepare(_i);
	*text_of(_i) = canon_lend("cafe\xCC\x81");
	OK(say(1));
	OK(query_open(fixture.nodes[1],
	    views_find(fixture.nodes[1]->views, &result.record), keep_text,
	    &text));
	ck_assert_ptr_nonnull(strstr(buf_text(&text), "caf\xC3\xA9"));
	buf_clear(&text);
}
END_TEST

START_TEST(while_the_node_waits_to_sign_it_is_a_draft)
{
	uint64_t drafts = 0;
	struct id32 before;

	prepare(_i);
	/* A node that never released a head need not wait. */
	OK(fixture_share(&fixture, 1, 1u << 0, "before", &before));
	OK(node_commit(fixture.nodes[1]));
	pull(0, 1);
	fixture.wait_ms = 60000;
	fixture_restart(&fixture, 1, true);
	*text_of(_i) = canon_lend(PATIENT);
	saying.recorder.override_reason = "a test number";
	OK(say(1));
	ck_assert_int_eq(result.draft, 1);
	ck_assert(id_is_zero(&result.record));
	OK(drafts_count(fixture.nodes[1]->db, &drafts));
	ck_assert_uint_eq(drafts, 1);
	fixture.now_ms += 60000;
	fixture_tick(&fixture, 1);
	fixture_tick(&fixture, 1);
	OK(drafts_count(fixture.nodes[1]->db, &drafts));
	ck_assert_uint_eq(drafts, 0);
	ck_assert_int_eq(views_get(fixture.nodes[1]->views,
			     (uint32_t)views_count(fixture.nodes[1]->views))
			     ->type,
	    VIEW_OVERRIDE);
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

START_TEST(who_records_it_is_looked_at)
{
	prepare(_i);
	saying.recorder.role = "king";
	refused(1, ERR_INPUT, "role");
	saying.recorder.role = "analyst";
	saying.recorder.person = "\xff";
	refused(1, ERR_INPUT, "--person");
	saying.recorder.person = NULL;
	OK(say(1));
}
END_TEST

Suite *test_saying_suite(void)
{
	Suite *suite = suite_create("saying");
	TCase *tcase = tcase_create("saying");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, a_corroboration_goes_to_all_readers_of_the_record);
	tcase_add_test(tcase, a_reader_that_is_not_known_is_left_out_and_named);
	tcase_add_loop_test(tcase, one_s_own_record_is_refused, 0, 2);
	tcase_add_test(tcase, the_record_must_be_one_and_of_a_kind_that_fits);
	tcase_add_test(tcase, feedback_goes_to_the_author_and_whoever_is_named);
	tcase_add_test(tcase, nobody_asks_itself_or_nobody);
	tcase_add_test(
	    tcase, an_answer_goes_to_the_asker_and_all_who_were_asked);
	tcase_add_test(tcase, a_request_of_our_own_is_not_ours_to_answer);
	tcase_add_test(tcase, a_request_not_addressed_to_us_is_not_held_here);
	tcase_add_test(
	    tcase, records_cited_go_by_reference_and_the_blind_are_named);
	tcase_add_loop_test(
	    tcase, each_of_those_asked_is_open_until_it_says_something, 0, 3);
	tcase_add_test(tcase, what_is_open_is_listed_until_it_is_answered);
	tcase_add_test(tcase, a_judgement_needs_its_readers);
	tcase_add_loop_test(
	    tcase, what_is_another_s_to_find_is_refused_here, 0, 5);
	tcase_add_loop_test(tcase, the_guard_looks_at_every_text, 0, 5);
	tcase_add_loop_test(tcase, texts_are_kept_in_normal_form, 0, 5);
	tcase_add_loop_test(
	    tcase, while_the_node_waits_to_sign_it_is_a_draft, 0, 5);
	tcase_add_loop_test(tcase, who_records_it_is_looked_at, 0, 5);
	suite_add_tcase(suite, tcase);
	return suite;
}
