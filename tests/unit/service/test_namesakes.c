#include "grouped.h"

#include "base/rng.h"
#include "codec/canon.h"
#include "codec/text.h"
#include "service/policies.h"
#include "service/saying.h"
#include "service/submit.h"

#include <stdio.h>
#include <string.h>

Suite *test_namesakes_suite(void);

/* 0 convenes a group, 1 and 2 are in it. 3 states rosters of another, that
 * lists 2 and, perhaps, 1, who holds them and never joined. */
#define HOME (&grouped_fixture)

static struct id32 nonce;
static struct id32 another;
static uint64_t epoch;
static uint64_t since; /* 1 is listed */
static Qsg__RosterEntry entries[3];
static Qsg__RosterEntry *listed[3];
static struct id32 ids[4];
static Qsg__Corroboration corroboration;
static Qsg__Payload said;
static struct saying saying;
static struct saying_result result;
static struct hex32 about;

static struct node *node(size_t at)
{
	return grouped_node(at);
}

static void setup(void)
{
	grouped_open();
	grouped_all_join(3);
	for (size_t i = 1; i < 3; i++) {
		fixture_meet(HOME, 3, i);
		fixture_meet(HOME, i, 3);
	}
	epoch = 0;
	since = 0;
	rng_fill(&HOME->rng, nonce.b, sizeof nonce.b);
	OK(group_id(node_id(node(3)), &nonce, &another));
	qsg__corroboration__init(&corroboration);
	corroboration.text = canon_lend("so we heard");
	qsg__payload__init(&said);
	said.content_case = QSG__PAYLOAD__CONTENT_CORROBORATION;
	said.corroboration = &corroboration;
	memset(&result, 0, sizeof result);
	saying = (struct saying){ .content = &said, .about = about.text };
	saying.share.asked_by = "Analyst One";
}

static void teardown(void)
{
	saying_clear(&result);
	grouped_close();
}

static void list(size_t of, const char *kind, bool joined, size_t count)
{
	Qsg__RosterEntry *entry = &entries[count];
	size_t at = count;

	qsg__roster_entry__init(entry);
	ids[of] = *node_id(node(of));
	entry->organisation.data = ids[of].b;
	entry->organisation.len = sizeof ids[of].b;
	entry->name = canon_lend("Somebody");
	entry->code = canon_lend("99X");
	entry->kind = canon_lend(kind);
	entry->invitation = 1;
	entry->joined = joined;
	while (at > 0 && memcmp(listed[at - 1]->organisation.data, ids[of].b,
			     sizeof ids[of].b) > 0) {
		listed[at] = listed[at - 1];
		at--;
	}
	listed[at] = entry;
}

static int64_t readers_of_3[2];

static void state(const char *name, bool with_1)
{
	struct id32 founder = *node_id(node(3));
	struct id32 group = another;
	struct id32 record;
	struct replica_taken taken;
	Qsg__Payload payload;
	Qsg__Roster roster;
	Qsg__Charter charter;

	qsg__payload__init(&payload);
	qsg__roster__init(&roster);
	grouped_charter(&charter, name);
	epoch++;
	since = since ? since : epoch;
	since = with_1 ? since : 0;
	list(3, "nhs-england-area-team", true, 0);
	list(2, "royal-college", epoch > 1, 1);
	if (with_1) {
		list(1, "ccg", false, 2);
		entries[2].invitation = since;
	}
	roster.group = (ProtobufCBinaryData){ sizeof group.b, group.b };
	roster.founder = (ProtobufCBinaryData){ sizeof founder.b, founder.b };
	roster.nonce = (ProtobufCBinaryData){ sizeof nonce.b, nonce.b };
	roster.term = 1;
	roster.epoch = epoch;
	roster.charter = &charter;
	roster.entries = listed;
	roster.n_entries = with_1 ? 3 : 2;
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_ROSTER;
	payload.roster = &roster;
	readers_of_3[0] = fixture_org(HOME, 3, 1);
	readers_of_3[1] = fixture_org(HOME, 3, 2);
	OK(submit_payload(node(3), readers_of_3, 2, &payload, &record));
	OK(node_commit(node(3)));
	OK(fixture_pull(HOME, 1, 3, &taken));
}

static const struct group_state *another_at_1(void)
{
	const struct group_state *group = NULL;

	OK(groups_by_id(node(1), &another, &group));
	return group;
}

/* It is called so. */
static void call_another(const char *name, bool with_1)
{
	state(name, with_1);
	state(name, with_1);
	ck_assert_str_eq(another_at_1()->stated->charter->name, name);
	ck_assert_uint_eq(another_at_1()->member_count, with_1 ? 3 : 2);
	ck_assert(!groups_joined(node(1), another_at_1()));
}

static void set_policy(const char *text)
{
	struct policies policies = { 0 };

	OK(policies_set(node(1), span_text(text), &policies));
	OK(node_commit(node(1)));
	policies_clear(&policies);
}

/*
 * What a record was for.
 */

/* 3 tells 1 and 2, for the other group, as it says. */
static void tell_item(void)
{
	struct submit_group to = { .id = another, .epoch = epoch };
	struct id32 record;
	struct replica_taken taken;
	Qsg__Payload payload;
	Qsg__Intelligence item;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&item);
	item.text = canon_lend("call bells");
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("complaint");
	item.stance = canon_lend("concern");
	payload.role = canon_lend("analyst");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &item;
	OK(submit_to_group(node(3), &to, readers_of_3, 2, &payload, &record));
	OK(node_commit(node(3)));
	OK(fixture_pull(HOME, 1, 3, &taken));
	about = text_hex_id(&record);
}

/* M493: nobody takes a rule for its own readers by founding a group. */
START_TEST(a_group_that_nobody_here_joined_makes_no_rule_fit)
{
	static const char *const names[] = { "any", GROUPED_NAME, NULL };
	struct hex32 id = text_hex_id(&another);
	char text[200];

	call_another(GROUPED_NAME, true);
	tell_item();
	(void)snprintf(text, sizeof text,
	    "[rule]\ngroup = %s\nverdict = share\n"
	    "[rule]\nverdict = four eyes\n",
	    names[_i] ? names[_i] : id.text);
	set_policy(text);
	FAILS(saying_submit(node(1), &saying, &result), ERR_DENIED);
	ck_assert(result.share.asks_list);
	ck_assert_int_eq(result.share.match.verdict, POLICY_FOUR_EYES);
	ck_assert(!node_staged(node(1)));
	saying_clear(&result);
	/* Nor does it get around a rule for groups. */
	(void)snprintf(text, sizeof text,
	    "[rule]\ngroup = %s\nverdict = never\n"
	    "[rule]\nverdict = share\n",
	    names[_i] ? names[_i] : id.text);
	set_policy(text);
	FAILS(saying_submit(node(1), &saying, &result), ERR_DENIED);
	ck_assert_int_eq(result.share.match.verdict, POLICY_NEVER);
}
END_TEST

/* M493 */
START_TEST(a_group_that_we_joined_makes_a_rule_fit_for_its_members)
{
	struct hex32 id = text_hex_id(&another);
	struct joining_act act = { .group = id.text };
	struct joining_result joined;

	call_another("North London QSG", true);
	tell_item();
	set_policy("[rule]\ngroup = any\nverdict = share\n"
		   "[rule]\nverdict = four eyes\n");
	OK(joining_accept(node(1), &act, &joined));
	OK(node_commit(node(1)));
	OK(saying_submit(node(1), &saying, &result));
	ck_assert(!result.share.asks_list);
	ck_assert(!id_is_zero(&result.share.record));
}
END_TEST

/*
 * What a rule names.
 */

static enum err share(const char *to, struct share_result *out)
{
	Qsg__Intelligence item;
	struct share_request request = {
		.to = &to, .to_count = 1, .intelligence = &item
	};

	qsg__intelligence__init(&item);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("complaint");
	item.text = canon_lend("call bells");
	return share_intelligence(node(1), &request, out);
}

static void shares(const char *to, enum policy_verdict want)
{
	struct share_result out = { 0 };

	if (want == POLICY_SHARE) {
		OK(share(to, &out));
		OK(node_commit(node(1)));
	} else {
		FAILS(share(to, &out), ERR_DENIED);
	}
	ck_assert_int_eq(out.match.verdict, want);
	share_clear(&out);
}

/* M494 */
START_TEST(a_rule_for_one_of_two_groups_of_a_name_counts_where_it_is_strict)
{
	struct hex32 id = text_hex_id(&grouped_at(1)->id);
	char text[200];

	set_policy("[rule]\ngroup = South London QSG\nverdict = share\n");
	shares(id.text, POLICY_SHARE);
	call_another(_i == 0 ? "SOUTH LONDON QSG" : "North London QSG", true);
	shares(id.text, _i == 0 ? POLICY_ASK_ME : POLICY_SHARE);
	(void)snprintf(text, sizeof text,
	    "[rule]\ngroup = %s\nverdict = share\n", id.text);
	set_policy(text);
	shares(id.text, POLICY_SHARE);
	set_policy("[rule]\ngroup = South London QSG\nverdict = never\n"
		   "[rule]\nverdict = share\n");
	shares(id.text, POLICY_NEVER);
}
END_TEST

/* M494: whoever calls its group as another's id begins. */
START_TEST(a_rule_for_a_group_by_how_its_id_begins_is_not_for_one_called_so)
{
	struct hex32 id = text_hex_id(&grouped_at(1)->id);
	struct hex32 begins = id;
	char text[200];

	begins.text[16] = '\0';
	(void)snprintf(text, sizeof text,
	    "[rule]\ngroup = %s\nverdict = share\n", begins.text);
	set_policy(text);
	shares(id.text, POLICY_SHARE);
	call_another(begins.text, true);
	shares(id.text, POLICY_ASK_ME);
	/* A shorter beginning can be made. */
	text[strlen("[rule]\ngroup = ") + 15] = ' ';
	set_policy(text);
	shares(id.text, POLICY_ASK_ME);
}
END_TEST

/*
 * What is typed.
 */

/* M365: listed in it or not. */
START_TEST(a_group_that_nobody_here_joined_takes_no_name_away)
{
	const struct group_state *group = NULL;
	struct hex32 id = text_hex_id(&grouped_at(1)->id);
	struct hex32 other = text_hex_id(&another);
	struct share_result out = { 0 };

	call_another(GROUPED_NAME, _i == 1);
	OK(groups_resolve(node(1), GROUPED_NAME, &group));
	ck_assert(id_equal(&group->id, &grouped_at(0)->id));
	FAILS(share(GROUPED_NAME, &out), ERR_DENIED);
	ck_assert(out.asks_list);
	share_clear(&out);
	OK(groups_find(node(1), GROUPED_NAME, &group));
	ck_assert(id_equal(&group->id, &grouped_at(0)->id));
	OK(groups_resolve(node(1), other.text, &group));
	ck_assert(id_equal(&group->id, &another));
	/* Nor by how its id begins. */
	call_another(id.text, _i == 1);
	id.text[4] = '\0';
	OK(groups_resolve(node(1), id.text, &group));
	ck_assert(id_equal(&group->id, &grouped_at(0)->id));
}
END_TEST

/* M365 */
START_TEST(a_group_that_nobody_here_joined_takes_no_code_away)
{
	const char *code = fixture_peer(HOME, 1, 2)->card.fields->code;
	struct share_result out = { 0 };

	call_another(code, _i == 1);
	OK(share(code, &out));
	ck_assert_uint_eq(out.reader_count, 1);
	share_clear(&out);
}
END_TEST

START_TEST(a_group_that_does_not_list_us_is_named_by_its_whole_id)
{
	const struct group_state *group = NULL;
	struct hex32 id = text_hex_id(&another);

	call_another("North London QSG", false);
	FAILS(
	    groups_resolve(node(1), "North London QSG", &group), ERR_NOTFOUND);
	ck_assert_ptr_nonnull(strstr(err_text(), "by their whole id"));
	ck_assert_ptr_null(strstr(err_text(), "North London QSG ("));
	ck_assert_ptr_null(group);
	OK(groups_find(node(1), "North London QSG", &group));
	OK(groups_resolve(node(1), id.text, &group));
	ck_assert(id_equal(&group->id, &another));
	id.text[12] = '\0';
	FAILS(groups_resolve(node(1), id.text, &group), ERR_NOTFOUND);
	/* Whoever invites us is named as any. */
	call_another("North London QSG", true);
	OK(groups_resolve(node(1), "North London QSG", &group));
	OK(groups_resolve(node(1), id.text, &group));
}
END_TEST

Suite *test_namesakes_suite(void)
{
	Suite *suite = suite_create("namesakes");
	TCase *tcase = tcase_create("namesakes");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(
	    tcase, a_group_that_nobody_here_joined_makes_no_rule_fit, 0, 3);
	tcase_add_test(
	    tcase, a_group_that_we_joined_makes_a_rule_fit_for_its_members);
	tcase_add_loop_test(tcase,
	    a_rule_for_one_of_two_groups_of_a_name_counts_where_it_is_strict, 0,
	    2);
	tcase_add_test(tcase,
	    a_rule_for_a_group_by_how_its_id_begins_is_not_for_one_called_so);
	tcase_add_loop_test(
	    tcase, a_group_that_nobody_here_joined_takes_no_name_away, 0, 2);
	tcase_add_loop_test(
	    tcase, a_group_that_nobody_here_joined_takes_no_code_away, 0, 2);
	tcase_add_test(
	    tcase, a_group_that_does_not_list_us_is_named_by_its_whole_id);
	suite_add_tcase(suite, tcase);
	return suite;
}
