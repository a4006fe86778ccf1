#include "grouped.h"

#include "codec/canon.h"
#include "service/policies.h"
#include "service/release.h"
#include "service/saying.h"

#include <stdio.h>
#include <string.h>

Suite *test_saying_judged_suite(void);

/* What speaks of a record is judged by that record: 0 has shared an item, or
 * asked, in the group of 0, 1 and 2; 1 speaks of it. */
static Qsg__Intelligence item;
static Qsg__InformationRequest request;
static Qsg__Corroboration corroboration;
static Qsg__Feedback feedback;
static Qsg__InformationAnswer answer;
static Qsg__Payload said;
static struct saying saying;
static struct saying_result result;
static struct hex32 about;
static struct hex32 cited;
static const char *cites[] = { cited.text };

static void policy(const char *text)
{
	struct policies policies = { 0 };

	OK(policies_set(grouped_node(1), span_text(text), &policies));
	OK(node_commit(grouped_node(1)));
	policies_clear(&policies);
}

static void tell(Qsg__Payload *payload)
{
	static const char *const to[] = { GROUPED_NAME };
	Qsg__Handling handling;
	struct share_request share = { .to = to, .to_count = 1, .yes = true };
	struct share_result shared = { 0 };

	qsg__handling__init(&handling);
	handling.marking = canon_lend("official-sensitive");
	payload->handling = &handling;
	payload->role = canon_lend("administrator");
	OK(share_payload(grouped_node(0), &share, payload, &shared));
	payload->handling = NULL;
	OK(node_commit(grouped_node(0)));
	about = text_hex_id(&shared.record);
	share_clear(&shared);
	grouped_spread();
}

static void tell_item(void)
{
	Qsg__Payload payload;

	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	tell(&payload);
}

static void ask_for_it(void)
{
	Qsg__Payload payload;

	qsg__payload__init(&payload);
	payload.content_case = QSG__PAYLOAD__CONTENT_REQUEST;
	payload.request = &request;
	tell(&payload);
}

enum { CORROBORATION, FEEDBACK, ANSWER, KINDS };

static void prepare(int kind)
{
	if (kind == ANSWER) {
		ask_for_it();
		said.content_case = QSG__PAYLOAD__CONTENT_ANSWER;
		said.answer = &answer;
		return;
	}
	tell_item();
	if (kind == FEEDBACK) {
		said.content_case = QSG__PAYLOAD__CONTENT_FEEDBACK;
		said.feedback = &feedback;
	} else {
		said.content_case = QSG__PAYLOAD__CONTENT_CORROBORATION;
		said.corroboration = &corroboration;
	}
}

static void setup(void)
{
	grouped_open();
	grouped_all_join(3);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("whistleblower");
	item.stance = canon_lend("concern");
	item.text = canon_lend("call bells");
	qsg__information_request__init(&request);
	request.provider = canon_lend("RAL");
	request.purpose = canon_lend("to judge");
	qsg__corroboration__init(&corroboration);
	corroboration.text = canon_lend("so we heard");
	qsg__feedback__init(&feedback);
	feedback.text = canon_lend("it was looked into");
	qsg__information_answer__init(&answer);
	answer.verdict = canon_lend("answered");
	answer.text = canon_lend("this is what we hold");
	qsg__payload__init(&said);
	memset(&result, 0, sizeof result);
	saying = (struct saying){
		.content = &said, .about = about.text, .cites = cites
	};
}

static void teardown(void)
{
	saying_clear(&result);
	grouped_close();
}

static enum err say(void)
{
	saying_clear(&result);
	return saying_submit(grouped_node(1), &saying, &result);
}

static void is_refused(const char *why)
{
	FAILS(say(), ERR_DENIED);
	ck_assert_msg(strstr(err_text(), why) != NULL, "%s", err_text());
	ck_assert(!node_staged(grouped_node(1)));
}

/* M347: nobody named the readers, so they are shown and confirmed. */
START_TEST(readers_that_follow_from_a_record_are_confirmed)
{
	struct hex32 list;

	prepare(_i);
	is_refused("--yes");
	ck_assert(result.share.asks_list);
	ck_assert_uint_eq(result.share.reader_count, _i == FEEDBACK ? 1 : 2);
	list = result.share.list;
	saying.share.confirmed = about.text;
	FAILS(say(), ERR_STATE);
	saying.share.confirmed = list.text;
	OK(say());
	OK(node_commit(grouped_node(1)));
	saying.share.confirmed = NULL;
	policy("[rule]\ngroup = any\nverdict = share\n");
	OK(say());
	ck_assert(!result.share.asks_list);
}
END_TEST

/* M366 */
START_TEST(what_speaks_of_a_record_is_judged_by_it)
{
	static const char *const conditions[] = { "provider = RAL",
		"marking = official-sensitive", "group = South London QSG",
		"group = any", "source = whistleblower", "kind = soft",
		"stance = concern" };
	static const char *const others[] = { "provider = RAP",
		"marking = official", "group = North London QSG",
		"source = visit", "kind = hard", "stance = assurance",
		"sensitivity = significant" };
	/* A request says nothing of the last three. */
	size_t count = _i == ANSWER ? 4 : 7;

	prepare(_i);
	saying.share.yes = true;
	for (size_t i = 0; i < count; i++) {
		char text[120];

		(void)snprintf(text, sizeof text,
		    "[rule]\n%s\nverdict = never\n", conditions[i]);
		policy(text);
		is_refused("never");
		(void)snprintf(text, sizeof text,
		    "[rule]\n%s\nverdict = never\n", others[i]);
		policy(text);
		OK(say());
		OK(node_commit(grouped_node(1)));
	}
}
END_TEST

/* M366: what it says itself counts first. */
START_TEST(a_corroborations_own_source_counts)
{
	prepare(CORROBORATION);
	saying.share.yes = true;
	corroboration.source = canon_lend("visit");
	policy("[rule]\nsource = whistleblower\nverdict = never\n");
	OK(say());
	OK(node_commit(grouped_node(1)));
	policy("[rule]\nsource = visit\nverdict = never\n");
	is_refused("never");
}
END_TEST

/* M366: feedback on a corroboration of an item is about the item. */
START_TEST(what_speaks_of_what_speaks_of_a_record_is_judged_by_that)
{
	struct saying other = saying;
	struct saying_result told = { 0 };
	Qsg__Payload heard;

	prepare(FEEDBACK);
	heard = said;
	heard.content_case = QSG__PAYLOAD__CONTENT_CORROBORATION;
	heard.corroboration = &corroboration;
	other.content = &heard;
	other.share.yes = true;
	OK(saying_submit(grouped_node(2), &other, &told));
	OK(node_commit(grouped_node(2)));
	about = text_hex_id(&told.share.record);
	saying_clear(&told);
	grouped_spread();
	saying.share.yes = true;
	policy("[rule]\nprovider = RAL\nverdict = never\n");
	is_refused("never");
	policy("[rule]\nprovider = RAP\nverdict = never\n");
	OK(say());
}
END_TEST

/* M366: a request about a theme says no provider; what is cited does. */
START_TEST(an_answer_is_judged_by_what_it_cites)
{
	request.provider = canon_lend("");
	request.theme = canon_lend("nights");
	tell_item();
	cited = about;
	prepare(ANSWER);
	saying.share.yes = true;
	policy("[rule]\nprovider = RAL\nverdict = never\n");
	OK(say());
	OK(node_commit(grouped_node(1)));
	saying.cite_count = 1;
	is_refused("never");
}
END_TEST

/* M366: the audience's own word for it makes nobody a member. */
START_TEST(a_reader_who_is_in_the_group_no_longer_is_reached_through_none)
{
	prepare(CORROBORATION);
	policy("[rule]\ngroup = any\nverdict = share\n");
	OK(say());
	OK(node_commit(grouped_node(1)));
	OK(grouped_leave(2));
	grouped_spread();
	is_refused("--yes");
}
END_TEST

/* M353 M366 */
START_TEST(what_waited_is_judged_by_the_record_again)
{
	struct share_result shared = { 0 };
	struct node *node = grouped_node(1);

	prepare(_i);
	policy("[rule]\nprovider = RAL\nverdict = four eyes\n");
	saying.share.asked_by = "Analyst One";
	is_refused("--yes");
	saying.share.yes = true;
	OK(say());
	OK(node_commit(node));
	ck_assert_int_eq(result.share.release, 1);
	policy("[rule]\ngroup = any\nprovider = RAL\nverdict = never\n");
	FAILS(release_approve(node, 1, "Analyst Two", &shared), ERR_DENIED);
	share_clear(&shared);
	policy("[rule]\nprovider = RAL\nverdict = four eyes\n");
	OK(release_approve(node, 1, "Analyst Two", &shared));
	ck_assert(!id_is_zero(&shared.record));
	share_clear(&shared);
}
END_TEST

Suite *test_saying_judged_suite(void)
{
	Suite *suite = suite_create("saying_judged");
	TCase *tcase = tcase_create("saying_judged");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, readers_that_follow_from_a_record_are_confirmed, 0, KINDS);
	tcase_add_loop_test(
	    tcase, what_speaks_of_a_record_is_judged_by_it, 0, KINDS);
	tcase_add_test(tcase, a_corroborations_own_source_counts);
	tcase_add_test(
	    tcase, what_speaks_of_what_speaks_of_a_record_is_judged_by_that);
	tcase_add_test(tcase, an_answer_is_judged_by_what_it_cites);
	tcase_add_test(tcase,
	    a_reader_who_is_in_the_group_no_longer_is_reached_through_none);
	tcase_add_loop_test(
	    tcase, what_waited_is_judged_by_the_record_again, 0, KINDS);
	suite_add_tcase(suite, tcase);
	return suite;
}
