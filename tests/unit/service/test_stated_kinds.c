#include "other.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/enrolment.h"
#include "service/share.h"
#include "service/standing.h"
#include "service/stated.h"

#include <string.h>

Suite *test_stated_kinds_suite(void);

#define HOME (&grouped_fixture)

/* 0 convenes a group with 1 and 2, who know each other by its roster alone; 3
 * convenes another. */
static struct node *node(size_t at)
{
	return grouped_node(at);
}

static struct peer *peer(size_t at, size_t of)
{
	return fixture_peer(HOME, at, of);
}

static void two_groups(const char *kind_of_1, const char *kind_of_2)
{
	grouped_all_join(3);
	other_meet(1);
	fixture_meet(HOME, 3, 2);
	fixture_meet(HOME, 2, 3);
	other_found();
	other_invite(1, kind_of_1);
	other_invite(2, kind_of_2);
	grouped_spread();
	other_join(1);
}

/* M394 */
START_TEST(a_kind_that_rosters_dispute_is_none)
{
	struct stated_kind kind;

	two_groups("ccg", "cqc");
	kind = stated_kind_of(node(1), node_id(node(2)));
	ck_assert_int_eq(kind.how, STATED_DIFFERENTLY);
	ck_assert_ptr_null(kind.kind);
	kind = stated_kind_or_card(node(1), peer(1, 2));
	ck_assert_ptr_null(kind.kind);
	ck_assert(other_alarmed(1, grouped_at(1), 2, "counts as of no kind"));
	ck_assert(other_alarmed(1, other_at(1), 2, "counts as of no kind"));
	/* One more that says the same settles nothing, one group does. */
	kind = stated_kind_of(node(0), node_id(node(2)));
	ck_assert_int_eq(kind.how, STATED_ALIKE);
	ck_assert_str_eq(kind.kind->token, "royal-college");
	kind = stated_kind_of(node(1), node_id(node(1)));
	ck_assert_int_eq(kind.how, STATED_ALIKE);
	ck_assert_str_eq(kind.kind->token, "ccg");
	ck_assert_int_eq(
	    stated_kind_of(node(2), node_id(node(3))).how, STATED_NOWHERE);
	ck_assert_str_eq(stated_kind_or_card(node(2), peer(2, 3)).kind->token,
	    "nhs-england-area-team");
	/* What waits is not for one of the two to decide. */
	ck_assert_int_eq(
	    stated_otherwise(node(1), peer(1, 2)).how, STATED_DIFFERENTLY);
	FAILS(enrolment_admit(node(1), peer(1, 2)), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "differ"));
}
END_TEST

static enum err share_significant(size_t at, struct share_result *result)
{
	struct fingerprint fingerprint = text_fingerprint(node_id(node(0)));
	const char *to[] = { fingerprint.text };
	Qsg__Intelligence item;
	struct share_request request = {
		.to = to, .to_count = 1, .intelligence = &item
	};

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.stance = canon_lend("concern");
	item.significant = 1;
	item.text = canon_lend("call bells");
	return share_intelligence(node(at), &request, result);
}

/* 2 joins the other group, in which it is of this kind. */
static void join_two_groups(const char *kind)
{
	two_groups("ccg", kind);
	other_join(2);
}

/* M394 M350: neither what a roster says we are nor that two differ lifts a duty
 * of ours. */
START_TEST(rosters_lift_no_duty_of_ours)
{
	struct share_result result = { 0 };

	grouped_found();
	OK(grouped_invite(1, _i == 0 ? "other" : "ccg"));
	OK(grouped_invite(2, _i == 1 ? "ccg" : "other"));
	grouped_spread();
	OK(grouped_join(1));
	OK(grouped_join(2));
	if (_i == 2) {
		other_meet(2);
		other_found();
		other_invite(2, "ccg");
		grouped_spread();
		other_join(2);
	}
	if (_i == 3) {
		OK(share_significant(2, &result));
	} else {
		FAILS(share_significant(_i ? 2 : 1, &result), ERR_DENIED);
		ck_assert(result.asks_without_cqc);
	}
	share_clear(&result);
}
END_TEST

static void counts_as_cqc(size_t of, bool want)
{
	Qsg__Payload payload;
	Qsg__Finding finding;
	const struct org_kind *kind =
	    stated_kind_or_card(node(1), peer(1, of)).kind;

	qsg__payload__init(&payload);
	qsg__finding__init(&finding);
	finding.what = canon_lend("rating");
	payload.content_case = QSG__PAYLOAD__CONTENT_FINDING;
	payload.finding = &finding;
	ck_assert(want ? kind && strcmp(kind->token, "cqc") == 0 : !kind);
	ck_assert_int_eq(
	    standing_of(node(1), node_id(node(of)), &payload).verdict,
	    want ? AUTHORITY_COUNTS : AUTHORITY_UNCONFIRMED);
}

/* M394: a body of which there is one is not two, in one roster or in two. */
START_TEST(of_two_that_are_stated_to_be_one_body_neither_is)
{
	const struct group_state *in = NULL;

	fixture_meet(HOME, 0, 3);
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "cqc"));
	grouped_spread();
	OK(grouped_join(1));
	grouped_spread();
	counts_as_cqc(2, true);
	ck_assert(!other_alarmed(1, grouped_at(1), 2, ""));
	if (_i == 0) {
		other_found_by(0);
		other_invite_by(0, 1, "ccg");
		other_invite_by(0, 3, "cqc");
		grouped_spread();
		counts_as_cqc(2, true); /* we have not joined that one */
		other_join(1);
		in = other_at(1);
	} else {
		OK(grouped_invite(3, "cqc"));
		grouped_spread();
		in = grouped_at(1);
	}
	counts_as_cqc(2, false);
	counts_as_cqc(3, false);
	ck_assert(other_alarmed(1, grouped_at(1), 2, "neither counts"));
	ck_assert(other_alarmed(1, in, 3, "`qsg peer refuse`)"));
	/* A person decides, and may decide otherwise. */
	OK(enrolment_refuse(node(1), peer(1, 3), "it is not CQC"));
	OK(node_commit(node(1)));
	counts_as_cqc(2, true);
	counts_as_cqc(3, false);
	ck_assert(!other_alarmed(1, grouped_at(1), 2, "neither counts"));
	OK(enrolment_admit(node(1), peer(1, 3)));
	OK(node_commit(node(1)));
	counts_as_cqc(2, false);
	/* Each knows who it is itself. */
	OK(grouped_join(2));
	ck_assert_str_eq(
	    stated_kind_of(node(2), node_id(node(2))).kind->token, "cqc");
}
END_TEST

/* M394 M350 */
START_TEST(whoever_may_not_be_cqc_lifts_no_duty)
{
	struct fingerprint fingerprint = text_fingerprint(node_id(node(2)));
	const char *to[] = { fingerprint.text };
	struct share_result result = { 0 };
	Qsg__Intelligence item;
	struct share_request request = {
		.to = to, .to_count = 1, .intelligence = &item
	};

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.stance = canon_lend("concern");
	item.significant = 1;
	item.text = canon_lend("call bells");
	grouped_found();
	OK(grouped_invite(1, "ccg"));
	OK(grouped_invite(2, "cqc"));
	if (_i) {
		OK(grouped_invite(3, "cqc"));
	}
	grouped_spread();
	OK(grouped_join(1));
	if (_i) {
		FAILS(
		    share_intelligence(node(1), &request, &result), ERR_DENIED);
	} else {
		OK(share_intelligence(node(1), &request, &result));
	}
	ck_assert_int_eq(result.asks_without_cqc, _i);
	share_clear(&result);
}
END_TEST

/* M394: nor may it find anything. */
START_TEST(whose_kind_is_disputed_finds_nothing)
{
	Qsg__Payload payload;
	Qsg__Finding finding;

	qsg__payload__init(&payload);
	qsg__finding__init(&finding);
	finding.what = canon_lend("rating");
	payload.content_case = QSG__PAYLOAD__CONTENT_FINDING;
	payload.finding = &finding;
	join_two_groups("cqc");
	FAILS(standing_may(node(2), &payload), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "differ about it"));
	ck_assert_int_ne(
	    standing_of(node(1), node_id(node(2)), &payload).verdict,
	    AUTHORITY_COUNTS);
	FAILS(standing_may(node(1), &payload), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "of the kind ccg"));
}
END_TEST

Suite *test_stated_kinds_suite(void)
{
	Suite *suite = suite_create("stated_kinds");
	TCase *tests = tcase_create("stated_kinds");

	tcase_add_checked_fixture(tests, grouped_open, grouped_close);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, a_kind_that_rosters_dispute_is_none);
	tcase_add_loop_test(tests, rosters_lift_no_duty_of_ours, 0, 4);
	tcase_add_test(tests, whose_kind_is_disputed_finds_nothing);
	tcase_add_loop_test(
	    tests, of_two_that_are_stated_to_be_one_body_neither_is, 0, 2);
	tcase_add_loop_test(tests, whoever_may_not_be_cqc_lifts_no_duty, 0, 2);
	suite_add_tcase(suite, tests);
	return suite;
}
