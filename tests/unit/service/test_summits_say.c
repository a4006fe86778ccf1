#include "grouped.h"

#include "codec/canon.h"
#include "service/granting.h"
#include "service/registering.h"
#include "service/retaining_needs.h"
#include "service/submit.h"
#include "service/summits_say.h"
#include "service/witness.h"

#include <string.h>

Suite *test_summits_say_suite(void);

/* 0, an area team, convenes a group of 1, a CCG, and 2, CQC. 3 is in none, and
 * has met 0 alone; its card says that it is an area team. */
static struct summits_request request;
static struct summits_result result;
static Qsg__Payload payload;
static Qsg__SummitTrigger trigger;
static Qsg__SummitResponse response;
static Qsg__SummitInvitation invitation;
static const char *cites[1];
static struct hex32 cited;
static struct hex32 summit;

static void setup(void)
{
	grouped_open();
	fixture_meet(&grouped_fixture, 0, 3);
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "cqc"));
	grouped_spread();
	OK(grouped_join(1));
	OK(grouped_join(2));
	grouped_spread();
	memset(&result, 0, sizeof result);
	qsg__payload__init(&payload);
	qsg__summit_trigger__init(&trigger);
	qsg__summit_response__init(&response);
	qsg__summit_invitation__init(&invitation);
	trigger.provider = canon_lend("RAL");
	trigger.concern = canon_lend("deaths at night are not looked into");
	trigger.urgency = canon_lend("24h");
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_TRIGGER;
	payload.summit_trigger = &trigger;
	request = (struct summits_request){ .content = &payload,
		.calling = { .group = GROUPED_NAME },
		.share = { .yes = true } };
}

static void teardown(void)
{
	summits_result_clear(&result);
	grouped_close();
}

static enum err triggered(void)
{
	enum err err = ERR_OK;

	summits_result_clear(&result);
	err = summits_trigger(grouped_node(0), &request, &result);
	if (!err) {
		OK(node_commit(grouped_node(0)));
		summit = text_hex_id(&result.summit);
		request.summit = summit.text;
	}
	return err;
}

static void said(size_t at)
{
	summits_result_clear(&result);
	OK(summits_say(grouped_node(at), &request, &result));
	OK(node_commit(grouped_node(at)));
}

static void respond(size_t at)
{
	response.answer = canon_lend("attending");
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_RESPONSE;
	payload.summit_response = &response;
	said(at);
}

static void invite(size_t whom)
{
	static struct fingerprint name;

	name = text_fingerprint(node_id(grouped_node(whom)));
	request.organisation = name.text;
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_INVITATION;
	payload.summit_invitation = &invitation;
	said(0);
	request.organisation = NULL;
}

static struct id32 evidence(void)
{
	struct id32 record;

	OK(fixture_share(
	    &grouped_fixture, 0, 0, "rotas were altered", &record));
	OK(node_commit(grouped_node(0)));
	cited = text_hex_id(&record);
	cites[0] = cited.text;
	request.cites = cites;
	request.cite_count = 1;
	return record;
}

static bool reads(size_t at, const struct id32 *record)
{
	uint32_t rid = views_find(grouped_node(at)->views, record);

	return rid && views_get(grouped_node(at)->views, rid)->state ==
	                  RECORD_READABLE;
}

/* M666 */
START_TEST(evidence_is_granted_to_those_who_lack_it)
{
	struct id32 record = evidence();

	OK(triggered());
	ck_assert_uint_eq(result.granted_count, 2);
	ck_assert_str_eq(result.granted[0].why_not, "");
	ck_assert_str_eq(result.granted[1].why_not, "");
	grouped_spread();
	for (size_t at = 1; at <= 2; at++) {
		ck_assert(reads(at, &result.summit));
		ck_assert(granting_reads(grouped_node(at),
		    views_find(grouped_node(at)->views, &record),
		    node_id(grouped_node(at))));
	}
	ck_assert_uint_eq(views_find(grouped_node(3)->views, &record), 0);
	ck_assert_uint_eq(
	    views_find(grouped_node(3)->views, &result.summit), 0);
}
END_TEST

/* M454 */
START_TEST(evidence_of_an_open_summit_is_not_erased_by_rule)
{
	struct id32 record = evidence();
	uint32_t rid = views_find(grouped_node(0)->views, &record);
	const char *why = NULL;

	OK(retaining_need(grouped_node(0), rid, &why));
	ck_assert_ptr_null(why);
	OK(triggered());
	OK(retaining_need(grouped_node(0), rid, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "risk summit"));
}
END_TEST

/* 0 makes this, which cites the record; *out NULL: nothing keeps that then. */
static struct id32 cite(
    Qsg__Payload *content, const struct id32 *record, const char **out)
{
	int64_t reader = fixture_org(&grouped_fixture, 0, 1);
	Qsg__Reference reference;
	Qsg__Reference *references[] = { &reference };
	struct id32 kept = *record;
	struct id32 made;

	qsg__reference__init(&reference);
	reference.relation = canon_lend("cites");
	reference.record.data = kept.b;
	reference.record.len = sizeof kept.b;
	content->role = canon_lend("administrator");
	content->references = references;
	content->n_references = 1;
	OK(submit_payload(grouped_node(0), &reader, 1, content, &made));
	OK(node_commit(grouped_node(0)));
	content->n_references = 0;
	*out = NULL;
	OK(retaining_need(
	    grouped_node(0), views_find(grouped_node(0)->views, record), out));
	return made;
}

/* M454: an action of the summit, and a step of that. */
START_TEST(what_is_cited_of_actions_of_an_open_summit_is_kept)
{
	struct id32 records[2] = { evidence(), evidence() };
	Qsg__Payload said;
	Qsg__Action action;
	Qsg__ActionStep step;
	const char *why = NULL;
	struct id32 owner = *node_id(grouped_node(0));
	struct id32 made;
	struct id32 of;

	request.cite_count = 0;
	OK(triggered());
	of = result.summit;
	qsg__payload__init(&said);
	qsg__action__init(&action);
	qsg__action_step__init(&step);
	action.what = canon_lend("look into the rotas");
	action.owner.data = owner.b;
	action.owner.len = sizeof of.b;
	said.content_case = QSG__PAYLOAD__CONTENT_ACTION;
	said.action = &action;
	(void)cite(&said, &records[0], &why);
	ck_assert_ptr_null(why); /* it is of no summit */
	action.summit.data = of.b;
	action.summit.len = sizeof of.b;
	made = cite(&said, &records[0], &why);
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "risk summit"));
	step.act = canon_lend("progress");
	step.action.data = made.b;
	step.action.len = sizeof made.b;
	said.content_case = QSG__PAYLOAD__CONTENT_ACTION_STEP;
	said.action_step = &step;
	(void)cite(&said, &records[1], &why);
	ck_assert_ptr_nonnull(why);
	ck_assert_ptr_nonnull(strstr(why, "risk summit"));
}
END_TEST

/* M454: it is of no summit yet. */
START_TEST(what_a_request_for_a_summit_cites_is_not_kept_for_that)
{
	struct id32 record = evidence();
	Qsg__SummitRequest asking;
	Qsg__Payload said;
	const char *why = NULL;

	qsg__payload__init(&said);
	qsg__summit_request__init(&asking);
	asking.provider = canon_lend("RAL");
	asking.concern = canon_lend("nights are short");
	asking.urgency = canon_lend("24h");
	said.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_REQUEST;
	said.summit_request = &asking;
	(void)cite(&said, &record, &why);
	ck_assert_ptr_null(why);
}
END_TEST

/* A dry run shows it all, and leaves nothing. */
START_TEST(a_dry_run_records_nothing)
{
	size_t before = 0;

	(void)evidence();
	before = views_count(grouped_node(0)->views);
	request.share.dry_run = true;
	OK(triggered());
	ck_assert_uint_eq(result.granted_count, 2);
	ck_assert_uint_eq(result.call.called_count, 1);
	ck_assert_uint_eq(views_count(grouped_node(0)->views), before);
}
END_TEST

/* M667 */
START_TEST(who_oversees_it_is_called_as_rosters_state_it)
{
	struct registering_request note = { .provider = "RAL",
		.type = "primary-care",
		.share = { .for_us_alone = true } };
	struct registering_noted noted;

	OK(registering_relate(grouped_node(0), &note, &noted));
	registering_clear(&noted);
	OK(node_commit(grouped_node(0)));
	OK(triggered());
	/* CQC, by the roster; 3 is an area team by its card alone. */
	ck_assert_uint_eq(result.call.called_count, 1);
	ck_assert_str_eq(result.call.called[0].reason, "cqc");
	ck_assert(id_equal(
	    &result.call.called[0].organisation, node_id(grouped_node(2))));
	ck_assert(result.call.called[0].alerted);
}
END_TEST

/* M667 */
START_TEST(that_nobody_is_known_to_oversee_it_is_said)
{
	struct registering_request note = { .provider = "RAL",
		.type = "foundation-trust",
		.share = { .for_us_alone = true } };
	struct registering_noted noted;

	OK(registering_relate(grouped_node(0), &note, &noted));
	registering_clear(&noted);
	OK(node_commit(grouped_node(0)));
	OK(triggered());
	ck_assert_uint_eq(result.call.lacking_count, 1);
	ck_assert_str_eq(result.call.lacking[0].reason, "monitor");
}
END_TEST

/* M665 */
START_TEST(a_second_trigger_is_a_persons_to_say)
{
	struct id32 first;

	OK(triggered());
	first = result.summit;
	FAILS(triggered(), ERR_EXISTS);
	ck_assert(id_equal(&result.open, &first));
	request.anyway = true;
	OK(triggered());
	ck_assert(id_equal(&result.open, &first));
	ck_assert(!id_equal(&result.summit, &first));
}
END_TEST

/* M668 */
START_TEST(its_head_is_published_at_once)
{
	struct node *node = grouped_node(0);

	/* What came before is published, and its interval has begun. */
	grouped_fixture.now_ms += 120000;
	witness_tick(node);
	OK(node_commit(node));
	ck_assert_uint_eq(witness_published(node), node->own_size);
	OK(triggered());
	witness_tick(node);
	OK(node_commit(node));
	ck_assert_uint_eq(witness_published(node), node->own_size);
}
END_TEST

/* M663 */
START_TEST(what_is_said_goes_to_the_circle_alone)
{
	OK(triggered());
	grouped_spread();
	invite(3);
	grouped_spread();
	ck_assert(reads(3, &result.said.share.record));
	respond(1);
	grouped_spread();
	ck_assert(reads(0, &result.said.share.record));
	ck_assert(reads(2, &result.said.share.record));
	/* 0 and 3 have met: it is not for want of a way. */
	respond(0);
	grouped_spread();
	ck_assert(reads(1, &result.said.share.record));
	ck_assert_uint_eq(
	    views_find(grouped_node(3)->views, &result.said.share.record), 0);
}
END_TEST

/* M662 */
START_TEST(who_is_invited_answers_those_in_its_invitation)
{
	OK(triggered());
	grouped_spread();
	invite(3);
	grouped_spread();
	respond(3);
	/* It has met 0 alone; whom it cannot reach is named. */
	ck_assert_uint_eq(result.said.share.reader_count, 1);
	ck_assert_uint_eq(result.said.left_out_count, 2);
	grouped_spread();
	ck_assert(reads(0, &result.said.share.record));
	/* It makes no judgement. */
	payload.content_case = QSG__PAYLOAD__CONTENT_SUMMIT_OBJECTION;
	{
		Qsg__SummitObjection objection;

		qsg__summit_objection__init(&objection);
		objection.text = canon_lend("no");
		payload.summit_objection = &objection;
		request.names = summit.text;
		summits_result_clear(&result);
		ck_assert_int_ne(
		    summits_say(grouped_node(3), &request, &result), ERR_OK);
	}
}
END_TEST

Suite *test_summits_say_suite(void)
{
	Suite *suite = suite_create("summits_say");
	TCase *tests = tcase_create("summits_say");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, evidence_is_granted_to_those_who_lack_it);
	tcase_add_test(tests, evidence_of_an_open_summit_is_not_erased_by_rule);
	tcase_add_test(
	    tests, what_is_cited_of_actions_of_an_open_summit_is_kept);
	tcase_add_test(
	    tests, what_a_request_for_a_summit_cites_is_not_kept_for_that);
	tcase_add_test(tests, a_dry_run_records_nothing);
	tcase_add_test(tests, who_oversees_it_is_called_as_rosters_state_it);
	tcase_add_test(tests, that_nobody_is_known_to_oversee_it_is_said);
	tcase_add_test(tests, a_second_trigger_is_a_persons_to_say);
	tcase_add_test(tests, its_head_is_published_at_once);
	tcase_add_test(tests, what_is_said_goes_to_the_circle_alone);
	tcase_add_test(tests, who_is_invited_answers_those_in_its_invitation);
	suite_add_tcase(suite, tests);
	return suite;
}
