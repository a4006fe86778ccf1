#define _POSIX_C_SOURCE 200809L

#include "fixture.h"

#include "codec/canon.h"
#include "service/policies.h"

#include <stdlib.h>
#include <string.h>

Suite *test_policies_suite(void);

static struct fixture fixture;
static struct policies policies;
static Qsg__Payload payload;
static Qsg__Intelligence item;

static struct node *node0(void)
{
	return fixture.nodes[0];
}

static void setup(void)
{
	fixture_open(&fixture, 3);
	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("media");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
}

static void teardown(void)
{
	policies_clear(&policies);
	fixture_close(&fixture);
}

static void set(const char *text)
{
	policies_clear(&policies);
	OK(policies_set(node0(), span_text(text), &policies));
}

static void load(void)
{
	policies_clear(&policies);
	OK(policies_load(node0(), &policies));
}

static void in_force(const char *text)
{
	load();
	ck_assert_str_eq(
	    policies.text.size ? buf_text(&policies.text) : "", text);
	ck_assert(id_is_zero(&policies.record) == (*text == '\0'));
}

#define ONE "[rule]\nverdict = share\n"
#define TWO "[rule]\nverdict = never\n"

/* M344 */
START_TEST(the_one_set_last_is_in_force)
{
	in_force("");
	set(ONE);
	OK(node_commit(node0()));
	in_force(ONE);
	ck_assert_int_eq(policies.since_ms, fixture.now_ms);
	set(TWO);
	in_force(TWO);
	OK(node_commit(node0()));
	fixture_restart(&fixture, 0, _i);
	in_force(TWO);
	set(ONE);
	OK(node_commit(node0()));
	in_force(ONE);
	fixture_assert_verifies(&fixture, 0);
}
END_TEST

START_TEST(one_that_was_not_committed_is_not_in_force)
{
	set(ONE);
	OK(node_commit(node0()));
	set(TWO);
	fixture_restart(&fixture, 0, true);
	in_force(ONE);
	/* Undone by a commit that fails. */
	set(TWO);
	in_force(TWO);
	node0()->poisoned = ERR_FULL;
	FAILS(node_commit(node0()), ERR_FULL);
	in_force(ONE);
	policies_clear(&policies);
	FAILS(
	    policies_set(node0(), span_text("[rule]\n"), &policies), ERR_INPUT);
	ck_assert(!node_staged(node0()));
	in_force(ONE);
}
END_TEST

/* M344 */
START_TEST(nobody_elses_policy_counts)
{
	struct replica_taken taken;
	const int64_t org = fixture_org(&fixture, 1, 0);
	Qsg__Policy content;
	struct id32 record;

	qsg__policy__init(&content);
	content.text = canon_lend(TWO);
	payload.content_case = QSG__PAYLOAD__CONTENT_POLICY;
	payload.policy = &content;
	OK(submit_payload(fixture.nodes[1], &org, 1, &payload, &record));
	OK(node_commit(fixture.nodes[1]));
	OK(fixture_pull(&fixture, 0, 1, &taken));
	ck_assert_int_eq(fixture_view(&fixture, 0, &record)->type, VIEW_POLICY);
	in_force("");
	set(ONE);
	OK(node_commit(node0()));
	in_force(ONE);
	fixture_restart(&fixture, 0, true);
	in_force(ONE);
}
END_TEST

static struct policies_match match(size_t reader)
{
	const struct policies_reader to = {
		.org = fixture_org(&fixture, 0, reader), .group_name = ""
	};
	const struct policies_trail trail = { { &payload }, 1 };
	struct policies_match out;

	OK(policies_match(node0(), &policies, &trail, &to, &out));
	return out;
}

START_TEST(what_rules_look_at_is_read_off_the_content)
{
	static const char *const conditions[] = { "type = intelligence",
		"source = media", "kind = soft", "stance = concern",
		"sensitivity = significant", "provider = RAL",
		"marking = official", "to = 01X", "to = Organisation 1" };
	Qsg__Handling handling;

	qsg__handling__init(&handling);
	handling.marking = canon_lend("official");
	payload.handling = &handling;
	item.stance = canon_lend("concern");
	item.significant = 1;
	for (size_t i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
		struct buf text = { 0 };

		OK(buf_printf(
		    &text, "[rule]\n%s\nverdict = four eyes\n", conditions[i]));
		set(buf_text(&text));
		buf_clear(&text);
		ck_assert_int_eq(match(1).verdict, POLICY_FOUR_EYES);
	}
	ck_assert_int_eq(match(2).verdict, POLICY_ASK_ME);
	ck_assert_ptr_null(match(2).rule);
}
END_TEST

/* M345: of the providers in its rows, too. */
START_TEST(of_several_providers_the_strictest_counts)
{
	Qsg__IndicatorRow rows[3];
	Qsg__IndicatorRow *list[3];
	static const char *const codes[] = { "RAA", "RAL", "RZZ" };
	Qsg__IndicatorSet indicators;

	qsg__indicator_set__init(&indicators);
	for (size_t i = 0; i < 3; i++) {
		qsg__indicator_row__init(&rows[i]);
		rows[i].provider = canon_lend(codes[i]);
		list[i] = &rows[i];
	}
	indicators.rows = list;
	indicators.n_rows = 3;
	payload.content_case = QSG__PAYLOAD__CONTENT_INDICATORS;
	payload.indicators = &indicators;
	set("[rule]\nprovider = RAL\nverdict = never\n"
	    "[rule]\nkind = hard\ntype = indicator\nverdict = share\n");
	ck_assert_int_eq(match(1).verdict, POLICY_NEVER);
	ck_assert_uint_eq(match(1).rule->line, 1);
	list[1] = &rows[0];
	ck_assert_int_eq(match(1).verdict, POLICY_SHARE);
	ck_assert_uint_eq(match(1).rule->line, 4);
}
END_TEST

START_TEST(a_node_that_may_not_sign_sets_no_policy)
{
	set(ONE);
	OK(node_commit(node0()));
	fixture.wait_ms = FIXTURE_DAY_MS;
	fixture_restart(&fixture, 0, false);
	policies_clear(&policies);
	FAILS(policies_set(node0(), span_text(TWO), &policies), ERR_STATE);
	in_force(ONE);
}
END_TEST

static void call_it_1(Qsg__Card *card, void *context)
{
	(void)context;
	card->version++;
	free(card->name);
	card->name = strdup("ORGANISATION 1");
}

static enum policy_verdict verdict_for(size_t of)
{
	return match(of).verdict;
}

/* M396 */
START_TEST(a_name_that_nobody_goes_by_is_warned_of)
{
	set("[rule]\nto = Nobody, Organisation 1\nverdict = never\n"
	    "[rule]\ngroup = Sotuh London QSG\nverdict = four eyes\n"
	    "[rule]\ngroup = any\nverdict = ask me\n");
	OK(policies_warn(node0(), &policies));
	ck_assert_str_eq(buf_text(&policies.policy.warnings),
	    "line 1: no organisation 'nobody' is known here: until one is, "
	    "that name decides nothing\n"
	    "line 4: no group 'sotuh london qsg' is known here: until one is, "
	    "that name decides nothing\n");
}
END_TEST

START_TEST(a_name_of_two_stands_for_neither)
{
	struct peers_decision decision = { 0 };
	enum peers_outcome outcome = PEERS_SAME;
	struct peer *peer = NULL;
	struct buf card = { 0 };

	set("[rule]\nto = Organisation 1\nverdict = share\n"
	    "[rule]\nverdict = never\n");
	ck_assert_int_eq(verdict_for(1), POLICY_SHARE);
	ck_assert_int_eq(verdict_for(2), POLICY_NEVER);
	fixture_claim_card(&fixture, 2, call_it_1, NULL, &card);
	OK(peers_add(node0(), buf_span(&card), &decision, &outcome, &peer));
	buf_clear(&card);
	ck_assert_int_eq(verdict_for(1), POLICY_NEVER);
	ck_assert_int_eq(verdict_for(2), POLICY_NEVER);
}
END_TEST

Suite *test_policies_suite(void)
{
	Suite *suite = suite_create("policies");
	TCase *tcase = tcase_create("policies");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, the_one_set_last_is_in_force, 0, 2);
	tcase_add_test(tcase, one_that_was_not_committed_is_not_in_force);
	tcase_add_test(tcase, nobody_elses_policy_counts);
	tcase_add_test(tcase, what_rules_look_at_is_read_off_the_content);
	tcase_add_test(tcase, of_several_providers_the_strictest_counts);
	tcase_add_test(tcase, a_node_that_may_not_sign_sets_no_policy);
	tcase_add_test(tcase, a_name_that_nobody_goes_by_is_warned_of);
	tcase_add_test(tcase, a_name_of_two_stands_for_neither);
	suite_add_tcase(suite, tcase);
	return suite;
}
