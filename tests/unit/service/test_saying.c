#include "speaking.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "domain/said.h"
#include "service/enrolment.h"
#include "service/query.h"
#include "service/relations.h"
#include "store/drafts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_saying_suite(void);

#define PATIENT "NHS number 943 476 5919"

/*
 * Corroboration and feedback.
 */

/* M363 */
START_TEST(a_corroboration_goes_to_all_readers_of_the_record)
{
	struct id32 record = speaking_shared((1u << 1) | (1u << 2));

	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	speaking.about[9] = '\0'; /* how it begins is enough */
	OK(speaking_say(1));
	ck_assert_uint_eq(speaking.result.left_out_count, 0);
	ck_assert(id_equal(&speaking.result.about, &record));
	speaking_read_by(1, 0x7);
	speaking_pull(0, 1);
	speaking_pull(2, 1);
	ck_assert_ptr_nonnull(
	    fixture_view(&speaking.fixture, 2, &speaking.result.share.record));
	ck_assert_int_eq(
	    fixture_view(&speaking.fixture, 0, &speaking.result.share.record)
		->type,
	    VIEW_CORROBORATION);
	{
		size_t count = 0;

		OK(relations_count(speaking.fixture.nodes[2],
		    views_find(speaking.fixture.nodes[2]->views, &record),
		    REFERENCE_CORROBORATES, &count));
		ck_assert_uint_eq(count, 1);
	}
}
END_TEST

static enum err count_one(void *context, const struct query_item *item)
{
	(void)item;
	++*(size_t *)context;
	return ERR_OK;
}

/* What concerns a provider is also what was said of a record about it, and of
 * that. */
START_TEST(what_is_said_of_a_record_concerns_its_provider)
{
	struct query_filter filter = { .provider = "RAL",
		.since_ms = INT64_MIN };
	size_t count = 0;

	(void)speaking_shared((1u << 1) | (1u << 2));
	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	OK(speaking_say(1));
	speaking_pull(0, 1);
	OK(query_records(
	    speaking.fixture.nodes[0], &filter, false, count_one, &count));
	ck_assert_uint_eq(count, 2);
	count = 0;
	filter.provider = "RQM";
	OK(query_records(
	    speaking.fixture.nodes[0], &filter, false, count_one, &count));
	ck_assert_uint_eq(count, 0);
}
END_TEST

/* Node 1 alone has never met node 2. */
static void forget(size_t at, size_t of)
{
	struct peer *peer = fixture_peer(&speaking.fixture, at, of);

	/* As if it were somebody else: its own id is known to nobody here. */
	peer->card.organisation.b[0] ^= 1;
}

/* M363 */
START_TEST(a_reader_that_is_not_known_is_left_out_and_named)
{
	struct id32 left_out = *node_id(speaking.fixture.nodes[2]);

	(void)speaking_shared((1u << 1) | (1u << 2));
	forget(1, 2);
	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	OK(speaking_say(1));
	ck_assert_uint_eq(speaking.result.left_out_count, 1);
	ck_assert(
	    id_equal(&speaking.result.left_out[0].organisation, &left_out));
	ck_assert_ptr_nonnull(
	    strstr(speaking.result.left_out[0].why, "not known to this node"));
	speaking_read_by(1, 0x3);
}
END_TEST

/* M363 */
START_TEST(a_reader_that_is_refused_is_left_out_and_named)
{
	struct fixture *fixture = &speaking.fixture;

	(void)speaking_shared((1u << 1) | (1u << 2));
	OK(enrolment_refuse(fixture->nodes[1], fixture_peer(fixture, 1, 2),
	    "it passes things on"));
	OK(node_commit(fixture->nodes[1]));
	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	OK(speaking_say(1));
	ck_assert_uint_eq(speaking.result.left_out_count, 1);
	ck_assert_str_eq(
	    speaking.result.left_out[0].why, "refused by this organisation");
	speaking_read_by(1, 0x3);
}
END_TEST

START_TEST(nothing_is_said_behind_the_back_of_the_author)
{
	struct fixture *fixture = &speaking.fixture;

	if (_i == 2) {
		(void)speaking_asked("01X", "02X");
	} else {
		(void)speaking_shared((1u << 1) | (1u << 2));
		speaking_content(QSG__PAYLOAD__CONTENT_CORROBORATION,
		    &speaking.corroboration);
	}
	if (_i == 1) {
		speaking_content(
		    QSG__PAYLOAD__CONTENT_FEEDBACK, &speaking.feedback);
	}
	OK(enrolment_refuse(fixture->nodes[1], fixture_peer(fixture, 1, 0),
	    "it passes things on"));
	OK(node_commit(fixture->nodes[1]));
	speaking_refused(1, ERR_DENIED, "it passes things on");
}
END_TEST

START_TEST(one_s_own_record_is_refused)
{
	(void)speaking_shared(1u << 1);
	if (_i == 0) {
		speaking_content(QSG__PAYLOAD__CONTENT_CORROBORATION,
		    &speaking.corroboration);
	} else {
		speaking_content(
		    QSG__PAYLOAD__CONTENT_FEEDBACK, &speaking.feedback);
	}
	speaking_refused(0, ERR_INPUT, "of this organisation itself");
}
END_TEST

START_TEST(the_record_must_be_one_and_of_a_kind_that_fits)
{
	struct id32 request_id = speaking_asked("01X", NULL);

	speaking_content(
	    QSG__PAYLOAD__CONTENT_CORROBORATION, &speaking.corroboration);
	speaking_refused(1, ERR_INPUT, "type request cannot be corroborated");
	speaking_name(speaking.about, &request_id);
	speaking.about[63] = speaking.about[63] == '0' ? '1' : '0';
	speaking_refused(1, ERR_NOTFOUND, "no record");
	(void)snprintf(speaking.about, sizeof speaking.about, "xyz");
	speaking_refused(1, ERR_INPUT, "made of 0-9");
	speaking.about[0] = '\0';
	speaking_refused(1, ERR_INPUT, "1 to 64");
	/* What opened its stream is housekeeping. */
	speaking_name(speaking.about,
	    &views_get(speaking.fixture.nodes[1]->views, 1)->id);
	speaking_content(QSG__PAYLOAD__CONTENT_FEEDBACK, &speaking.feedback);
	speaking_refused(1, ERR_INPUT, "housekeeping");
	speaking_content(QSG__PAYLOAD__CONTENT_ANSWER, &speaking.answer);
	speaking_refused(1, ERR_INPUT, "no information request");
}
END_TEST

START_TEST(feedback_goes_to_the_author_and_whoever_is_named)
{
	(void)speaking_shared((1u << 1) | (1u << 2));
	speaking_content(QSG__PAYLOAD__CONTENT_FEEDBACK, &speaking.feedback);
	OK(speaking_say(1));
	speaking_read_by(1, 0x3);
	speaking.to[0] = "03X";
	speaking.to[1] = "00X"; /* named twice, as the author and so */
	speaking.saying.share.to_count = 2;
	OK(speaking_say(1));
	speaking_read_by(1, 0xB);
	speaking.to[0] = "Nobody";
	speaking_refused(1, ERR_NOTFOUND, "Nobody");
}
END_TEST

/*
 * Requests and answers.
 */

START_TEST(nobody_asks_itself_or_nobody)
{
	speaking_content(QSG__PAYLOAD__CONTENT_REQUEST, &speaking.request);
	speaking_refused(0, ERR_USAGE, "say who is asked");
	speaking.to[0] = "00X";
	speaking.saying.share.to_count = 1;
	speaking_refused(0, ERR_INPUT, "cannot ask itself");
	speaking.to[1] = "01X";
	speaking.saying.share.to_count = 2;
	speaking_refused(0, ERR_INPUT, "cannot ask itself");
	speaking.request.answer_by =
	    canon_lend("2023-11-13"); /* it is the 14th */
	speaking.to[0] = "01X";
	speaking.saying.share.to_count = 1;
	speaking_refused(0, ERR_INPUT, "is over");
	speaking.request.answer_by = canon_lend("2023-11-14");
	OK(speaking_say(0));
	speaking_read_by(0, 0x3);
}
END_TEST

START_TEST(an_answer_goes_to_the_asker_and_all_who_were_asked)
{
	(void)speaking_asked("01X", "02X");
	OK(speaking_say(1));
	speaking_read_by(1, 0x7);
	speaking.saying.to_asker = true;
	OK(speaking_say(1));
	speaking_read_by(1, 0x3);
}
END_TEST

START_TEST(a_request_of_our_own_is_not_ours_to_answer)
{
	(void)speaking_asked("01X", NULL);
	speaking_refused(0, ERR_INPUT, "itself made that request");
}
END_TEST

START_TEST(a_request_not_addressed_to_us_is_not_held_here)
{
	(void)speaking_asked("01X", NULL);
	speaking_refused(2, ERR_NOTFOUND, "no record");
}
END_TEST

START_TEST(records_cited_go_by_reference_and_the_blind_are_named)
{
	struct id32 own;
	struct relation *relations = NULL;
	size_t count = 0;

	OK(fixture_share(&speaking.fixture, 1, 1u << 0, "what we hold", &own));
	OK(node_commit(speaking.fixture.nodes[1]));
	(void)speaking_asked("01X", "02X");
	speaking_name(speaking.cited, &own);
	speaking.cites[0] = speaking.cited;
	speaking.cites[1] = speaking.cited; /* twice is once */
	speaking.saying.cite_count = 2;
	OK(speaking_say(1));
	ck_assert_uint_eq(speaking.result.blind_count, 1);
	ck_assert(id_equal(&speaking.result.blind[0].record, &own));
	ck_assert_int_eq(
	    speaking.result.blind[0].org, fixture_org(&speaking.fixture, 1, 2));
	OK(relations_of(speaking.fixture.nodes[1],
	    views_find(speaking.fixture.nodes[1]->views, &own), REFERENCE_CITES,
	    &relations, &count));
	ck_assert_uint_eq(count, 1);
	free(relations);
	speaking.cites[1] = "ffffffffffff";
	speaking_refused(1, ERR_NOTFOUND, "no record");
	speaking_name(speaking.cited,
	    &views_get(speaking.fixture.nodes[1]->views, 1)->id);
	speaking.saying.cite_count = 1;
	speaking_refused(1, ERR_INPUT, "housekeeping");
	speaking.saying.cite_count = SAYING_CITES + 1;
	speaking_refused(1, ERR_LIMIT, "at most 64");
}
END_TEST

/*
 * Judgements and findings.
 */

START_TEST(a_judgement_needs_its_readers)
{
	speaking_content(QSG__PAYLOAD__CONTENT_JUDGEMENT, &speaking.judgement);
	speaking_refused(0, ERR_USAGE, "say who may read this");
	speaking.saying.share.for_us_alone = true;
	OK(speaking_say(0));
	speaking_read_by(0, 0x1);
	ck_assert(speaking.result.share.unknown_provider);
	speaking.to[0] = "01X";
	speaking.saying.share.to_count = 1;
	speaking_refused(0, ERR_USAGE, "exclude each other");
	speaking.saying.share.for_us_alone = false;
	speaking.judgement.provider = canon_lend(" ral ");
	OK(speaking_say(0));
	speaking_read_by(0, 0x3);
	ck_assert(!speaking.result.share.unknown_provider);
}
END_TEST

START_TEST(what_is_another_s_to_find_is_refused_here)
{
	static const char *const whats[][2] = { { "rating", "good" },
		{ "finding", "breach" }, { "enforcement", "closure" },
		{ "intervention", "support" },
		{ "restriction", "practice-removed" } };

	speaking.to[0] = "01X";
	speaking.saying.share.to_count = 1;
	speaking_content(QSG__PAYLOAD__CONTENT_FINDING, &speaking.finding);
	speaking.finding.what = canon_lend(whats[_i][0]);
	speaking.finding.value = canon_lend(whats[_i][1]);
	speaking_refused(0, ERR_DENIED,
	    "alone, and this organisation is of the "
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
		(void)speaking_asked("01X", NULL);
		return;
	}
	(void)speaking_shared(1u << 1);
	speaking.to[0] = "00X";
	speaking.saying.share.to_count = which == 2 || which == 4;
	switch (which) {
	case 0:
		speaking_content(QSG__PAYLOAD__CONTENT_CORROBORATION,
		    &speaking.corroboration);
		break;
	case 1:
		speaking_content(
		    QSG__PAYLOAD__CONTENT_FEEDBACK, &speaking.feedback);
		break;
	case 2:
		speaking_content(
		    QSG__PAYLOAD__CONTENT_REQUEST, &speaking.request);
		break;
	default:
		speaking_content(
		    QSG__PAYLOAD__CONTENT_JUDGEMENT, &speaking.judgement);
		break;
	}
}

static char **text_of(int which)
{
	char **const texts[] = { &speaking.corroboration.text,
		&speaking.feedback.text, &speaking.request.already_held,
		&speaking.answer.text, &speaking.judgement.text };

	return texts[which];
}

/* M364 */
START_TEST(the_guard_looks_at_every_text)
{
	size_t before = 0;

	prepare(_i);
	*text_of(_i) = canon_lend("a line\n" PATIENT);
	speaking_refused(1, ERR_DENIED, "an NHS number (line 2, column 12)");
	ck_assert_uint_eq(speaking.result.share.findings.count, 1);
	before = views_count(speaking.fixture.nodes[1]->views);
	speaking.saying.share.dry_run = true;
	OK(speaking_say(1));
	ck_assert_uint_eq(
	    views_count(speaking.fixture.nodes[1]->views), before);
	ck_assert(id_is_zero(&speaking.result.share.record));
	ck_assert_uint_eq(speaking.result.share.reader_count, 1);
	speaking.saying.share.dry_run = false;
	speaking.saying.share.override_reason = "";
	speaking_refused(1, ERR_INPUT, "--override needs a reason");
	speaking.saying.share.override_reason = "a test number";
	OK(speaking_say(1));
	ck_assert(!id_is_zero(&speaking.result.share.override_record));
	ck_assert_int_eq(fixture_view(&speaking.fixture, 1,
			     &speaking.result.share.override_record)
			     ->type,
	    VIEW_OVERRIDE);
	speaking_pull(0, 1);
	ck_assert_ptr_nonnull(
	    fixture_view(&speaking.fixture, 0, &speaking.result.share.record));
	ck_assert_ptr_null(fixture_view(
	    &speaking.fixture, 0, &speaking.result.share.override_record));
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
	OK(speaking_say(1));
	OK(query_open(speaking.fixture.nodes[1],
	    views_find(speaking.fixture.nodes[1]->views,
		&speaking.result.share.record),
	    keep_text, &text));
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
	OK(fixture_share(&speaking.fixture, 1, 1u << 0, "before", &before));
	OK(node_commit(speaking.fixture.nodes[1]));
	speaking_pull(0, 1);
	speaking.fixture.wait_ms = 60000;
	fixture_restart(&speaking.fixture, 1, true);
	*text_of(_i) = canon_lend(PATIENT);
	speaking.saying.share.override_reason = "a test number";
	OK(speaking_say(1));
	ck_assert_int_eq(speaking.result.share.draft, 1);
	ck_assert(id_is_zero(&speaking.result.share.record));
	OK(drafts_count(speaking.fixture.nodes[1]->db, &drafts));
	ck_assert_uint_eq(drafts, 1);
	speaking.fixture.now_ms += 60000;
	fixture_tick(&speaking.fixture, 1);
	fixture_tick(&speaking.fixture, 1);
	OK(drafts_count(speaking.fixture.nodes[1]->db, &drafts));
	ck_assert_uint_eq(drafts, 0);
	ck_assert_int_eq(
	    views_get(speaking.fixture.nodes[1]->views,
		(uint32_t)views_count(speaking.fixture.nodes[1]->views))
		->type,
	    VIEW_OVERRIDE);
	fixture_assert_verifies(&speaking.fixture, 1);
}
END_TEST

START_TEST(who_records_it_is_looked_at)
{
	prepare(_i);
	speaking.saying.share.role = "king";
	speaking_refused(1, ERR_INPUT, "role");
	speaking.saying.share.role = "analyst";
	speaking.saying.share.person = "\xff";
	speaking_refused(1, ERR_INPUT, "--person");
	speaking.saying.share.person = NULL;
	OK(speaking_say(1));
}
END_TEST

Suite *test_saying_suite(void)
{
	Suite *suite = suite_create("saying");
	TCase *tcase = tcase_create("saying");

	tcase_add_checked_fixture(tcase, speaking_setup, speaking_teardown);
	tcase_add_test(
	    tcase, a_corroboration_goes_to_all_readers_of_the_record);
	tcase_add_test(tcase, what_is_said_of_a_record_concerns_its_provider);
	tcase_add_test(tcase, a_reader_that_is_not_known_is_left_out_and_named);
	tcase_add_test(tcase, a_reader_that_is_refused_is_left_out_and_named);
	tcase_add_loop_test(
	    tcase, nothing_is_said_behind_the_back_of_the_author, 0, 3);
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
