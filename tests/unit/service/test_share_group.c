#define _POSIX_C_SOURCE 200809L

#include "grouped.h"

#include "codec/canon.h"
#include "service/enrolment.h"
#include "service/query.h"
#include "service/release.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

Suite *test_share_group_suite(void);

/* 0 convenes, 1 is a CCG, 2 a Royal College and 3 an area team. */
static Qsg__Intelligence item;
static struct share_request request;
static struct share_result result;
static const char *to[4];

static struct node *node(size_t at)
{
	return grouped_node(at);
}

static void setup(void)
{
	grouped_open();
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("healthwatch");
	item.text = canon_lend("call bells");
	to[0] = "south london QSG";
	request = (struct share_request){
		.to = to, .to_count = 1, .intelligence = &item
	};
}

static void teardown(void)
{
	share_clear(&result);
	grouped_close();
}

static enum err share(void)
{
	share_clear(&result);
	return share_intelligence(node(0), &request, &result);
}

static void set_policy(const char *text)
{
	struct policies policies = { 0 };

	OK(policies_set(node(0), span_text(text), &policies));
	OK(node_commit(node(0)));
	policies_clear(&policies);
}

static const struct share_reader *about(size_t of)
{
	int64_t org = fixture_org(&grouped_fixture, 0, of);

	for (size_t i = 0; i < result.reader_count; i++) {
		if (result.readers[i] == org) {
			return &result.about[i];
		}
	}
	ck_abort_msg("%zu is no reader", of);
}

/* M347 */
START_TEST(a_group_is_shown_and_confirmed_before_anything_is_sealed)
{
	struct hex32 shown;
	const struct state_stream *stream = NULL;

	grouped_all_join(3);
	FAILS(share(), ERR_DENIED);
	ck_assert(result.asks_list);
	ck_assert_uint_eq(result.reader_count, 2);
	ck_assert_str_eq(result.group_name, GROUPED_NAME);
	ck_assert(about(1)->by_group && about(1)->kind_stated);
	ck_assert_str_eq(about(1)->kind->token, "ccg");
	ck_assert_ptr_nonnull(about(1)->duty);
	ck_assert_ptr_null(about(2)->duty);
	ck_assert(!node_staged(node(0)));
	shown = result.list;
	request.confirmed = "no such list";
	FAILS(share(), ERR_STATE);
	ck_assert(!node_staged(node(0)));
	request.confirmed = shown.text;
	OK(share());
	OK(node_commit(node(0)));
	/* M349: the audience names the group as it stood. */
	stream = state_stream(
	    node(0), fixture_view(&grouped_fixture, 0, &result.record)->stream);
	ck_assert(id_equal(&stream->group, &grouped_at(0)->id));
	ck_assert_uint_eq(stream->group_epoch, grouped_at(0)->epoch);
	/* M348: that a group was named is noted. */
	ck_assert(!id_is_zero(&result.decision_record));
	grouped_spread();
	fixture_assert_text(&grouped_fixture, 1, &result.record, "call bells");
	fixture_assert_text(&grouped_fixture, 2, &result.record, "call bells");
	/* A script that says so needs no list. */
	request.confirmed = NULL;
	request.yes = true;
	OK(share());
}
END_TEST

static const char *left_out(size_t at, size_t of)
{
	return groups_left_out(
	    node(at), group_member(grouped_at(at), node_id(node(of))));
}

/* M330 */
START_TEST(who_is_left_out_is_said_with_the_reason)
{
	struct peer *refused = NULL;

	grouped_all_join(3);
	ck_assert_ptr_null(left_out(0, 1));
	OK(grouped_invite(3, "nhs-england-area-team"));
	ck_assert_ptr_nonnull(strstr(left_out(0, 3), "invited"));
	grouped_spread();
	OK(grouped_decline(3));
	OK(grouped_leave(2));
	grouped_spread();
	ck_assert_ptr_nonnull(strstr(left_out(0, 3), "declined"));
	ck_assert_ptr_nonnull(strstr(left_out(0, 2), "left"));
	refused = peers_get(node(0), fixture_org(&grouped_fixture, 0, 1));
	OK(enrolment_refuse(node(0), refused, "not who it says"));
	OK(node_commit(node(0)));
	ck_assert_ptr_nonnull(strstr(left_out(0, 1), "refused"));
}
END_TEST

/* M347 */
START_TEST(a_list_that_changed_in_between_seals_nothing)
{
	struct hex32 shown;

	grouped_all_join(3);
	FAILS(share(), ERR_DENIED);
	shown = result.list;
	request.confirmed = shown.text;
	OK(grouped_leave(2));
	grouped_spread();
	FAILS(share(), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "no longer those"));
	ck_assert(!node_staged(node(0)));
	request.confirmed = NULL;
	FAILS(share(), ERR_DENIED);
	ck_assert_uint_eq(result.reader_count, 1);
}
END_TEST

START_TEST(a_group_of_nobody_is_no_reader)
{
	grouped_found();
	request.yes = true;
	FAILS(share(), ERR_STATE);
	ck_assert(!node_staged(node(0)));
	to[0] = "No Such QSG";
	FAILS(share(), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), GROUPED_NAME));
}
END_TEST

START_TEST(a_rule_that_says_share_asks_nothing)
{
	grouped_all_join(3);
	set_policy("[rule]\ngroup = South London QSG\nverdict = share\n");
	OK(share());
	ck_assert(!result.asks_list);
	ck_assert_int_eq(result.match.verdict, POLICY_SHARE);
	ck_assert_uint_eq(result.match.rule->line, 1);
	OK(node_commit(node(0)));
	ck_assert(!id_is_zero(&result.decision_record));
}
END_TEST

/* M345 M346: rules on groups and readers are asked for each reader. */
START_TEST(rules_are_asked_for_each_reader)
{
	const char *college = NULL;
	struct fingerprint fingerprint;

	grouped_all_join(3);
	fingerprint = text_fingerprint(node_id(node(2)));
	college = fingerprint.text;
	set_policy("[rule]\ngroup = any\nverdict = share\n"
		   "[rule]\nverdict = never\n");
	OK(share());
	/* By its own name the college is reached through no group. */
	to[1] = college;
	request.to_count = 2;
	FAILS(share(), ERR_DENIED);
	ck_assert_int_eq(about(1)->match.verdict, POLICY_SHARE);
	ck_assert_int_eq(about(2)->match.verdict, POLICY_NEVER);
	ck_assert(!about(2)->by_group);
	request.to_count = 1;
	request.yes = true;
	set_policy("[rule]\ngroup = any\nverdict = never\n");
	FAILS(share(), ERR_DENIED);
	to[0] = college;
	OK(share());
}
END_TEST

/* M345 M366 */
START_TEST(naming_the_members_as_well_does_not_escape_the_groups_rules)
{
	static struct fingerprint names[2];

	grouped_all_join(3);
	set_policy("[rule]\ngroup = any\nverdict = never\n");
	request.yes = true;
	for (size_t i = 0; i < 2; i++) {
		names[i] = text_fingerprint(node_id(node(i + 1)));
		to[i + 1] = names[i].text;
	}
	request.to_count = 3;
	FAILS(share(), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "never"));
}
END_TEST

static void call_it_like_the_group(Qsg__Card *card, void *context)
{
	(void)context;
	card->version = 2;
	free(card->name);
	card->name = strdup(GROUPED_NAME);
}

static char code[9];

static void code_it_like_the_group(Qsg__Card *card, void *context)
{
	size_t size = *(size_t *)context;

	card->version = 2;
	memcpy(code, text_hex_id(&grouped_at(0)->id).text, size);
	code[size] = '\0';
	free(card->code);
	card->code = strdup(code);
	for (char *at = card->code; *at; at++) {
		*at = (char)toupper((unsigned char)*at);
	}
}

/* M365 */
START_TEST(a_code_like_the_beginning_of_a_groups_id_is_ambiguous)
{
	static size_t sizes[] = { 8, 7 };
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	struct buf card = { 0 };

	grouped_all_join(2);
	fixture_claim_card(
	    &grouped_fixture, 3, code_it_like_the_group, &sizes[_i], &card);
	OK(peers_add(node(0), buf_span(&card), &decision, &outcome, &peer));
	OK(node_commit(node(0)));
	buf_clear(&card);
	request.yes = true;
	to[0] = code;
	if (_i == 1) { /* by chance: a code is at most that long */
		OK(share());
		ck_assert_int_eq(result.readers[0], peer->org);
		return;
	}
	FAILS(share(), ERR_AMBIGUOUS);
	ck_assert_ptr_nonnull(strstr(err_text(), "fingerprint"));
	ck_assert_ptr_nonnull(strstr(err_text(), "group " GROUPED_NAME));
	ck_assert(!node_staged(node(0)));
}
END_TEST

static void call_it_by_the_groups_id(Qsg__Card *card, void *context)
{
	(void)context;
	card->version = 2;
	free(card->name);
	card->name = strdup(text_hex_id(&grouped_at(0)->id).text);
}

/* M365: a whole id is nobody's name. */
START_TEST(a_whole_id_is_the_groups_whoever_is_called_so)
{
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	struct buf card = { 0 };
	struct hex32 id;

	grouped_all_join(2);
	fixture_claim_card(
	    &grouped_fixture, 3, call_it_by_the_groups_id, NULL, &card);
	OK(peers_add(node(0), buf_span(&card), &decision, &outcome, &peer));
	OK(node_commit(node(0)));
	buf_clear(&card);
	id = text_hex_id(&grouped_at(0)->id);
	to[0] = id.text;
	request.yes = true;
	OK(share());
	ck_assert(id_equal(&result.group.id, &grouped_at(0)->id));
}
END_TEST

/* M365 */
START_TEST(a_name_of_both_a_group_and_an_organisation_is_ambiguous)
{
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	struct buf card = { 0 };

	grouped_all_join(2);
	fixture_claim_card(
	    &grouped_fixture, 3, call_it_like_the_group, NULL, &card);
	OK(peers_add(node(0), buf_span(&card), &decision, &outcome, &peer));
	OK(node_commit(node(0)));
	buf_clear(&card);
	request.yes = true;
	FAILS(share(), ERR_AMBIGUOUS);
	ck_assert_ptr_nonnull(strstr(err_text(), "fingerprint"));
	ck_assert_ptr_nonnull(strstr(err_text(), "group " GROUPED_NAME));
	{
		struct hex32 id = text_hex_id(&grouped_at(0)->id);

		to[0] = id.text;
		OK(share());
		ck_assert_uint_eq(result.reader_count, 1);
	}
}
END_TEST

/* M353: with a group, those of the moment have to be those asked for. */
START_TEST(who_has_left_the_group_stops_an_approval)
{
	grouped_all_join(3);
	set_policy("[rule]\ngroup = any\nverdict = four eyes\n");
	request.asked_by = "Director of Quality";
	/* M347: they are confirmed before it waits. */
	FAILS(share(), ERR_DENIED);
	ck_assert(result.asks_list);
	ck_assert(!node_staged(node(0)));
	request.yes = true;
	OK(share());
	ck_assert_int_eq(result.release, 1);
	OK(node_commit(node(0)));
	OK(grouped_leave(2));
	grouped_spread();
	share_clear(&result);
	FAILS(release_approve(node(0), 1, "Another", &result), ERR_STATE);
	ck_assert_ptr_nonnull(strstr(err_text(), "is gone"));
	ck_assert(!node_staged(node(0)));
	share_clear(&result);
	OK(share());
	OK(node_commit(node(0)));
	share_clear(&result);
	OK(release_approve(node(0), 2, "Another", &result));
	ck_assert_uint_eq(result.reader_count, 1);
	ck_assert(!id_is_zero(&result.group.id));
}
END_TEST

/* M350: the kind that counts is the roster's. */
START_TEST(cqc_is_who_the_roster_says_it_is)
{
	grouped_all_join(2);
	OK(grouped_invite(2, "cqc"));
	grouped_spread();
	OK(grouped_join(2));
	grouped_spread();
	item.significant = 1;
	item.stance = canon_lend("concern");
	request.yes = true;
	OK(share());
	ck_assert_str_eq(about(2)->kind->token, "cqc");
	OK(grouped_leave(2));
	grouped_spread();
	FAILS(share(), ERR_DENIED);
	ck_assert(result.asks_without_cqc);
	request.without_cqc = " ";
	FAILS(share(), ERR_INPUT);
	request.without_cqc = "they have it from us";
	OK(share());
	OK(node_commit(node(0)));
	ck_assert(!id_is_zero(&result.decision_record));
	request.without_cqc = NULL;
	request.to_count = 0;
	request.for_us_alone = true;
	OK(share());
	item.significant = 0;
	request.for_us_alone = false;
	request.to_count = 1;
	OK(share());
}
END_TEST

Suite *test_share_group_suite(void)
{
	Suite *suite = suite_create("share_group");
	TCase *tcase = tcase_create("share_group");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(
	    tcase, a_group_is_shown_and_confirmed_before_anything_is_sealed);
	tcase_add_test(tcase, a_list_that_changed_in_between_seals_nothing);
	tcase_add_test(tcase, who_is_left_out_is_said_with_the_reason);
	tcase_add_test(tcase, a_group_of_nobody_is_no_reader);
	tcase_add_test(tcase, a_rule_that_says_share_asks_nothing);
	tcase_add_test(tcase, rules_are_asked_for_each_reader);
	tcase_add_test(
	    tcase, a_name_of_both_a_group_and_an_organisation_is_ambiguous);
	tcase_add_loop_test(
	    tcase, a_code_like_the_beginning_of_a_groups_id_is_ambiguous, 0, 2);
	tcase_add_test(tcase, a_whole_id_is_the_groups_whoever_is_called_so);
	tcase_add_test(
	    tcase, naming_the_members_as_well_does_not_escape_the_groups_rules);
	tcase_add_test(tcase, who_has_left_the_group_stops_an_approval);
	tcase_add_test(tcase, cqc_is_who_the_roster_says_it_is);
	suite_add_tcase(suite, tcase);
	return suite;
}
