#define _GNU_SOURCE

#include "fixture.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/correcting.h"
#include "service/corrections.h"
#include "service/enrolment.h"
#include "service/policies.h"
#include "service/query.h"
#include "service/release.h"

#include <stdlib.h>
#include <string.h>

Suite *test_correcting_suite(void);

/* 0 shares, corrects and retracts; 1 reads; 2 is granted it; 3 has no part. */
static struct fixture fixture;
static struct saying_result result;
static Qsg__Intelligence item;
static Qsg__Handling handling;
static struct share_request request;
static struct id32 record;

static struct node *node(size_t at)
{
	return fixture.nodes[at];
}

static void setup(void)
{
	fixture_open(&fixture, 4);
	qsg__intelligence__init(&item);
	qsg__handling__init(&handling);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("media");
	item.text = canon_lend("the right ward");
	request = (struct share_request){ .intelligence = &item };
	OK(fixture_share(&fixture, 0, 1u << 1, "the wrong ward", &record));
	OK(node_commit(node(0)));
}

static void teardown(void)
{
	saying_clear(&result);
	fixture_close(&fixture);
}

static uint32_t rid_of(size_t at, const struct id32 *id)
{
	uint32_t rid = views_find(node(at)->views, id);

	ck_assert_uint_ne(rid, 0);
	return rid;
}

static enum err correct(const struct id32 *id)
{
	struct id32 named = *id;
	uint32_t rid = 0;
	enum err err = correcting_find(node(0), text_hex_id(id).text, &rid);

	saying_clear(&result);
	if (!err) {
		ck_assert_uint_eq(rid, rid_of(0, &named));
		err = correcting_correct(node(0), rid, &request, &result);
	}
	if (!err) {
		OK(node_commit(node(0)));
	}
	return err;
}

static enum err retract(const struct id32 *id)
{
	struct hex32 name = text_hex_id(id);
	enum err err = ERR_OK;

	saying_clear(&result);
	err = correcting_retract(
	    node(0), name.text, "it was another hospital", &request, &result);
	if (!err) {
		OK(node_commit(node(0)));
	}
	return err;
}

static void refused(enum err got, enum err want, const char *hint)
{
	ck_assert_msg(got == want && strstr(err_text(), hint) != NULL,
	    "%s: %d, %s", hint, (int)got, err_text());
	ck_assert(!node_staged(node(0)));
}

/* The readers of what was said are these nodes. */
static void read_by(unsigned readers)
{
	struct id32 *ids = NULL;
	size_t count = 0;
	unsigned seen = 0;

	OK(query_audience(
	    node(0), rid_of(0, &result.share.record), &ids, &count));
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < FIXTURE_NODES; j++) {
			if (id_equal(&ids[i], node_id(node(j)))) {
				seen |= 1u << j;
			}
		}
	}
	ck_assert_uint_eq(seen, readers);
	free(ids);
}

static void pull(size_t to, size_t from)
{
	struct replica_taken taken;

	OK(fixture_pull(&fixture, to, from, &taken));
}

/* M470 */
START_TEST(a_correction_goes_to_the_readers_of_the_record)
{
	struct corrections_chain chain;
	struct id32 first;

	OK(correct(&record));
	read_by(0x3);
	first = result.share.record;
	ck_assert_uint_eq(result.left_out_count, 0);
	pull(1, 0);
	fixture_assert_text(&fixture, 1, &first, "the right ward");
	ck_assert_int_eq(
	    fixture_view(&fixture, 1, &first)->type, VIEW_CORRECTION);
	corrections_chain(node(1), rid_of(1, &record), &chain);
	ck_assert_uint_eq(chain.count, 2);
	ck_assert_uint_eq(chain.newest, rid_of(1, &first));
	/* And a correction of that. */
	item.text = canon_lend("the ward above");
	OK(correct(&first));
	read_by(0x3);
	pull(1, 0);
	corrections_chain(node(1), rid_of(1, &record), &chain);
	ck_assert_uint_eq(chain.count, 3);
	ck_assert_uint_eq(chain.newest, rid_of(1, &result.share.record));
	ck_assert_uint_eq(chain.rids[0], rid_of(1, &record));
	ck_assert_uint_eq(chain.rids[1], rid_of(1, &first));
	ck_assert_uint_eq(chain.retraction, 0);
}
END_TEST

/* M472 */
START_TEST(what_was_corrected_meanwhile_is_not_corrected_again)
{
	struct id32 newest;
	struct hex32 name;

	OK(correct(&record));
	newest = result.share.record;
	name = text_hex_id(&newest);
	item.text = canon_lend("as another account would have it");
	refused(correct(&record), ERR_STATE, name.text);
	refused(retract(&record), ERR_STATE, name.text);
	OK(retract(&newest));
	refused(correct(&newest), ERR_STATE, "retracted");
	refused(correct(&record), ERR_STATE, "retracted");
	refused(retract(&newest), ERR_STATE, "retracted");
}
END_TEST

/* M473 */
START_TEST(another_organisations_record_is_refused)
{
	static const struct id32 nowhere = { { 0xff } };
	struct id32 other;

	OK(fixture_share(&fixture, 1, 1u << 0, "theirs", &other));
	OK(node_commit(node(1)));
	pull(0, 1);
	refused(correct(&other), ERR_INPUT, "another organisation");
	refused(retract(&other), ERR_INPUT, "another organisation");
	refused(correct(&nowhere), ERR_NOTFOUND, "no record");
}
END_TEST

START_TEST(what_changes_nothing_is_refused)
{
	Qsg__Payload *before = NULL;

	OK(query_take(node(0), rid_of(0, &record), &before));
	request.intelligence = before->intelligence;
	refused(correct(&record), ERR_INPUT, "changes nothing");
	handling.foi_note = canon_lend("section 41, told in confidence");
	request.handling = &handling;
	OK(correct(&record));
	canon_wipe(&before->base);
}
END_TEST

START_TEST(housekeeping_and_what_is_said_anew_is_refused)
{
	struct id32 opening = views_get(node(0)->views, 1)->id;
	struct id32 took;

	refused(correct(&opening), ERR_INPUT, "audience is not corrected");
	refused(retract(&opening), ERR_INPUT, "cannot be retracted");
	OK(retract(&record));
	took = result.share.record;
	refused(retract(&took), ERR_INPUT, "retraction");
	refused(correct(&took), ERR_INPUT, "retraction");
}
END_TEST

/* M470 */
START_TEST(a_reader_that_is_refused_is_left_out_and_named)
{
	OK(enrolment_refuse(
	    node(0), fixture_peer(&fixture, 0, 1), "it passes things on"));
	OK(node_commit(node(0)));
	if (_i) {
		OK(retract(&record));
	} else {
		OK(correct(&record));
	}
	ck_assert_uint_eq(result.left_out_count, 1);
	ck_assert(id_equal(&result.left_out[0].organisation, node_id(node(1))));
	ck_assert_str_eq(
	    result.left_out[0].why, "refused by this organisation");
	read_by(0x1);
}
END_TEST

/* M474 */
START_TEST(who_was_left_out_of_one_knows_what_the_next_replaces)
{
	struct corrections_chain chain;
	struct id32 missed;

	pull(1, 0);
	OK(enrolment_refuse(
	    node(0), fixture_peer(&fixture, 0, 1), "for a while"));
	OK(node_commit(node(0)));
	OK(correct(&record));
	missed = result.share.record;
	OK(enrolment_admit(node(0), fixture_peer(&fixture, 0, 1)));
	OK(node_commit(node(0)));
	if (_i) {
		OK(retract(&missed));
	} else {
		item.text = canon_lend("the ward above");
		OK(correct(&missed));
	}
	read_by(0x3);
	pull(1, 0);
	ck_assert_ptr_null(fixture_view(&fixture, 1, &missed));
	corrections_chain(node(1), rid_of(1, &record), &chain);
	ck_assert_uint_eq(_i ? chain.retraction : chain.newest,
	    rid_of(1, &result.share.record));
}
END_TEST

/*
 * Grants.
 */

static enum err copy_header(void *context, const struct record_row *row)
{
	return buf_append(context, row->header);
}

static Qsg__Payload payload;
enum { REFERENCES = LIMIT_CORRECTIONS + 1 };
static Qsg__Reference references[REFERENCES];
static Qsg__Reference *listed[REFERENCES];

/* A payload that refers so to a record. */
static void refer(const char *relation, struct id32 *to, size_t count)
{
	qsg__payload__init(&payload);
	for (size_t i = 0; i < REFERENCES; i++) {
		listed[i] = &references[i];
		qsg__reference__init(&references[i]);
		references[i].relation = canon_lend(relation);
		references[i].record.data = to->b;
		references[i].record.len = sizeof to->b;
	}
	payload.references = listed;
	payload.n_references = count;
	payload.role = canon_lend("administrator");
}

/* Node `by` says to 0 and to another that it grants the record, and shows this
 * one's header. */
static void grant(size_t by, size_t to, const struct id32 *shows)
{
	int64_t orgs[2] = { fixture_org(&fixture, by, 0),
		fixture_org(&fixture, by, to) };
	struct buf header = { 0 };
	Qsg__Grant content;
	struct id32 made;

	OK(records_get(node(0)->db, rid_of(0, shows), copy_header, &header));
	refer("grants", &record, 1);
	qsg__grant__init(&content);
	content.header.data = header.data;
	content.header.len = header.size;
	payload.content_case = QSG__PAYLOAD__CONTENT_GRANT;
	payload.grant = &content;
	OK(submit_payload(node(by), orgs, 2, &payload, &made));
	OK(node_commit(node(by)));
	pull(0, by);
	buf_clear(&header);
}

/* M470 */
START_TEST(those_it_was_granted_to_are_reached_too)
{
	struct id32 first;

	pull(1, 0);
	/* The later link of the chain comes first. */
	grant(2, 3, &record);
	OK(correct(&record));
	read_by(0x3);
	first = result.share.record;
	grant(1, 2, &record);
	if (_i) {
		OK(retract(&first));
	} else {
		item.text = canon_lend("yet another");
		OK(correct(&first));
	}
	read_by(0xf);
	pull(3, 0);
	ck_assert_ptr_nonnull(fixture_view(&fixture, 3, &result.share.record));
}
END_TEST

/* M470 */
START_TEST(a_grant_that_does_not_show_the_record_reaches_nobody)
{
	struct id32 other;

	OK(fixture_share(&fixture, 0, 1u << 1, "another", &other));
	OK(node_commit(node(0)));
	pull(1, 0);
	grant(1, 2, &other);
	OK(correct(&record));
	read_by(0x3);
}
END_TEST

/* M470 */
START_TEST(a_grant_by_one_who_never_had_it_reaches_nobody)
{
	grant(3, 2, &record);
	OK(retract(&record));
	read_by(0x3);
}
END_TEST

/*
 * Policy.
 */

static void set_policy(const char *text)
{
	struct policies policies = { 0 };

	OK(policies_set(node(0), span_text(text), &policies));
	OK(node_commit(node(0)));
	policies_clear(&policies);
}

/* M471 */
START_TEST(the_policys_never_holds_for_what_was_and_what_is)
{
	struct id32 said;

	OK(correct(&record));
	said = result.share.record;
	set_policy("[rule]\nsource = media\nverdict = never\n");
	/* Called something else, it is what it was. */
	item.source = canon_lend("healthwatch");
	refused(correct(&said), ERR_DENIED, "never");
	refused(retract(&said), ERR_DENIED, "never");
	set_policy("[rule]\nsource = healthwatch\nverdict = never\n");
	refused(correct(&said), ERR_DENIED, "never");
	OK(retract(&said));
}
END_TEST

/* M471 */
START_TEST(naming_no_readers_is_no_answer_to_four_eyes)
{
	struct share_result approved = { 0 };
	struct hex32 name;
	int64_t first = 0;
	int64_t second = 0;

	set_policy("[rule]\nprovider = RAL\nverdict = four eyes\n");
	refused(correct(&record), ERR_INPUT, "--asked-by");
	request.asked_by = "Director of Quality";
	OK(correct(&record));
	ck_assert(id_is_zero(&result.share.record));
	first = result.share.release;
	OK(retract(&record));
	second = result.share.release;
	ck_assert_int_ne(second, 0);
	OK(release_approve(node(0), first, "Director of Nursing", &approved));
	OK(node_commit(node(0)));
	name = text_hex_id(&approved.record);
	ck_assert_uint_eq(fixture_view(&fixture, 0, &record)->corrected_by,
	    rid_of(0, &approved.record));
	share_clear(&approved);
	/* M472: it was corrected meanwhile. */
	refused(
	    release_approve(node(0), second, "Director of Nursing", &approved),
	    ERR_STATE, name.text);
	share_clear(&approved);
}
END_TEST

/* M471 */
START_TEST(a_retraction_that_waited_is_said_once_approved)
{
	struct share_result approved = { 0 };
	uint32_t rid = rid_of(0, &record);

	set_policy("[rule]\ntype = retraction\nverdict = four eyes\n");
	request.asked_by = "Director of Quality";
	OK(retract(&record));
	ck_assert_uint_eq(corrections_retraction(node(0), rid), 0);
	OK(release_approve(
	    node(0), result.share.release, "Director of Nursing", &approved));
	OK(node_commit(node(0)));
	ck_assert_uint_eq(
	    corrections_retraction(node(0), rid), rid_of(0, &approved.record));
	share_clear(&approved);
}
END_TEST

/*
 * Retractions.
 */

/* M488 */
START_TEST(a_retraction_says_why_and_passes_the_guard)
{
	struct hex32 name = text_hex_id(&record);

	refused(correcting_retract(node(0), name.text, " ", &request, &result),
	    ERR_INPUT, "the reason");
	saying_clear(&result);
	refused(correcting_retract(node(0), name.text,
		    "NHS number 943 476 5919 was named", &request, &result),
	    ERR_DENIED, "NHS number");
	request.dry_run = true;
	OK(retract(&record));
	ck_assert(id_is_zero(&result.share.record));
	ck_assert_uint_eq(result.share.reader_count, 1);
	ck_assert_uint_eq(
	    corrections_retraction(node(0), rid_of(0, &record)), 0);
}
END_TEST

static void retraction_of(
    struct id32 *of, size_t count, const char *reason, Qsg__Retraction *out)
{
	refer("retracts", of, count);
	qsg__retraction__init(out);
	out->reason = canon_lend(reason);
	payload.content_case = QSG__PAYLOAD__CONTENT_RETRACTION;
	payload.retraction = out;
}

/* M476 */
START_TEST(a_retraction_counts_by_the_author_alone_whatever_came_first)
{
	Qsg__Retraction content;
	struct id32 made;
	int64_t org = fixture_org(&fixture, 3, 1);

	retraction_of(&record, 1, "we say so", &content);
	OK(submit_payload(node(3), &org, 1, &payload, &made));
	OK(node_commit(node(3)));
	if (_i) {
		pull(1, 3);
	}
	pull(1, 0);
	pull(1, 3);
	ck_assert_uint_eq(
	    corrections_retraction(node(1), rid_of(1, &record)), 0);
	OK(retract(&record));
	pull(1, 0);
	for (int i = 0; i < 3; i++) {
		ck_assert_uint_eq(
		    corrections_retraction(node(1), rid_of(1, &record)),
		    rid_of(1, &result.share.record));
		fixture_restart(&fixture, 1, i == 0);
	}
	fixture_assert_verifies(&fixture, 1);
}
END_TEST

/* M475 */
START_TEST(a_retraction_without_reason_or_record_is_unreadable)
{
	static const struct {
		size_t count;
		const char *reason;
	} bad[] = { { 1, "" }, { 0, "wrong" }, { 257, "wrong" } };
	Qsg__Retraction content;
	struct id32 made;
	int64_t org = fixture_org(&fixture, 0, 1);

	retraction_of(&record, bad[_i].count, bad[_i].reason, &content);
	OK(submit_payload(node(0), &org, 1, &payload, &made));
	OK(node_commit(node(0)));
	pull(1, 0);
	fixture_assert_state(
	    &fixture, 1, &made, RECORD_UNREADABLE, RECORD_BAD_PAYLOAD);
}
END_TEST

Suite *test_correcting_suite(void)
{
	Suite *suite = suite_create("correcting");
	TCase *tcase = tcase_create("correcting");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_correction_goes_to_the_readers_of_the_record);
	tcase_add_test(
	    tcase, what_was_corrected_meanwhile_is_not_corrected_again);
	tcase_add_test(tcase, another_organisations_record_is_refused);
	tcase_add_test(tcase, what_changes_nothing_is_refused);
	tcase_add_test(tcase, housekeeping_and_what_is_said_anew_is_refused);
	tcase_add_loop_test(
	    tcase, a_reader_that_is_refused_is_left_out_and_named, 0, 2);
	tcase_add_loop_test(
	    tcase, who_was_left_out_of_one_knows_what_the_next_replaces, 0, 2);
	tcase_add_loop_test(
	    tcase, those_it_was_granted_to_are_reached_too, 0, 2);
	tcase_add_test(
	    tcase, a_grant_that_does_not_show_the_record_reaches_nobody);
	tcase_add_test(tcase, a_grant_by_one_who_never_had_it_reaches_nobody);
	tcase_add_test(tcase, the_policys_never_holds_for_what_was_and_what_is);
	tcase_add_test(tcase, naming_no_readers_is_no_answer_to_four_eyes);
	tcase_add_test(tcase, a_retraction_that_waited_is_said_once_approved);
	tcase_add_test(tcase, a_retraction_says_why_and_passes_the_guard);
	tcase_add_loop_test(tcase,
	    a_retraction_counts_by_the_author_alone_whatever_came_first, 0, 2);
	tcase_add_loop_test(
	    tcase, a_retraction_without_reason_or_record_is_unreadable, 0, 3);
	suite_add_tcase(suite, tcase);
	return suite;
}
