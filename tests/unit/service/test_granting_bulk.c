#include "grouped.h"

#include "codec/canon.h"
#include "codec/text.h"
#include "service/granting_bulk.h"
#include "service/policies.h"
#include "service/query.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Suite *test_granting_bulk_suite(void);

static struct granting_page page;
static size_t granted_in_all;
static size_t left_in_all;
static size_t read_in_all;

static void setup(void)
{
	grouped_open();
	grouped_all_join(2);
	memset(&page, 0, sizeof page);
}

static void teardown(void)
{
	granting_page_clear(&page);
	grouped_close();
}

/* A node shares an item with the group as it is. */
static struct id32 say(size_t at, const char *text, const char *onward)
{
	const char *to[] = { GROUPED_NAME };
	Qsg__Intelligence item;
	Qsg__Handling handling;
	struct share_request request = { .to = to,
		.to_count = 1,
		.yes = true,
		.handling = &handling,
		.intelligence = &item };
	struct share_result result = { 0 };
	struct id32 record;

	qsg__intelligence__init(&item);
	qsg__handling__init(&handling);
	item.provider = canon_lend("RAL");
	item.kind = canon_lend("soft");
	item.source = canon_lend("complaint");
	item.stance = canon_lend("concern");
	item.text = canon_lend(text);
	handling.onward = canon_lend(onward);
	OK(share_intelligence(grouped_node(at), &request, &result));
	OK(node_commit(grouped_node(at)));
	record = result.record;
	share_clear(&result);
	grouped_spread();
	return record;
}

/* All pages; the first error. */
static enum err run(size_t at, size_t newcomer, bool dry_run)
{
	struct fingerprint name =
	    text_fingerprint(node_id(grouped_node(newcomer)));
	const char *to[] = { name.text };
	struct granting_bulk bulk = { .group = GROUPED_NAME,
		.since_ms = INT64_MIN,
		.reason = "new in the group",
		.share = { .to = to,
		    .to_count = 1,
		    .yes = !dry_run,
		    .dry_run = dry_run } };
	enum err err = ERR_OK;

	granted_in_all = left_in_all = read_in_all = 0;
	do {
		granting_page_clear(&page);
		err = granting_bulk(grouped_node(at), &bulk, &page);
		if (err) {
			return err;
		}
		OK(node_commit(grouped_node(at)));
		granted_in_all += page.granted;
		left_in_all += page.left_count;
		read_in_all += page.read;
		bulk.place = page.place;
		bulk.started = page.started;
	} while (page.place);
	return ERR_OK;
}

static bool reads(size_t at, const struct id32 *record)
{
	struct node *node = grouped_node(at);
	Qsg__Payload *payload = NULL;
	uint32_t rid = views_find(node->views, record);
	bool read = false;

	if (rid) {
		OK(query_take(node, rid, &payload));
	}
	read = payload != NULL;
	if (payload) {
		canon_wipe(&payload->base);
	}
	return read;
}

static enum err keep_reason(void *context, const struct query_item *item)
{
	(void)snprintf(context, 200, "%s", item->payload->decision->reason);
	ck_assert_str_eq(item->payload->decision->verdict, "granted");
	return ERR_OK;
}

/* M426, M433 */
START_TEST(a_newcomer_is_granted_what_the_group_heard)
{
	struct id32 own = say(0, "our own", "none");
	struct id32 theirs = say(1, "theirs, for the group", "group");
	struct id32 kept = say(1, "theirs, to be kept", "none");
	char reason[200] = "";

	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	OK(grouped_join(2));
	grouped_spread();
	ck_assert(!reads(2, &own));
	OK(run(0, 2, true));
	ck_assert_uint_eq(granted_in_all, 2);
	ck_assert_uint_eq(left_in_all, 1);
	ck_assert(id_is_zero(&page.summary));
	OK(run(0, 2, false));
	ck_assert_uint_eq(granted_in_all, 2);
	ck_assert_uint_eq(left_in_all, 1);
	ck_assert(id_equal(&page.left[0].record, &kept));
	ck_assert_ptr_nonnull(strstr(page.left[0].why, "not to be passed on"));
	grouped_spread();
	ck_assert(reads(2, &own));
	ck_assert(reads(2, &theirs));
	ck_assert(!reads(2, &kept));
	OK(query_open(grouped_node(0),
	    views_find(grouped_node(0)->views, &page.summary), keep_reason,
	    reason));
	ck_assert_str_eq(reason, "2 records granted, 1 left: new in the group");
	/* Again: nothing is granted twice. */
	OK(run(0, 2, false));
	ck_assert_uint_eq(granted_in_all, 0);
	ck_assert_uint_eq(read_in_all, 2);
}
END_TEST

/* M426 */
START_TEST(whoever_has_not_joined_gets_nothing_of_the_group_s)
{
	struct id32 theirs = say(1, "theirs, for the group", "group");

	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	OK(run(0, 2, false));
	ck_assert_uint_eq(granted_in_all, 0);
	ck_assert_uint_eq(left_in_all, 1);
	ck_assert_ptr_nonnull(strstr(page.left[0].why, "has not joined"));
	grouped_spread();
	ck_assert(!reads(2, &theirs));
}
END_TEST

START_TEST(many_records_go_page_by_page)
{
	OK(grouped_invite(2, "royal-college"));
	for (int i = 0; i < 70; i++) {
		char text[40];

		(void)snprintf(text, sizeof text, "number %d", i);
		(void)say(0, text, "none");
	}
	grouped_spread();
	OK(grouped_join(2));
	grouped_spread();
	OK(run(0, 2, false));
	ck_assert_uint_eq(granted_in_all, 70);
	ck_assert_uint_lt(page.granted, 70);
	grouped_spread();
	ck_assert_uint_eq(views_granted_count(grouped_node(2)->views), 70);
}
END_TEST

START_TEST(bad_input_grants_nothing)
{
	struct granting_bulk bulk = { .group = "Nowhere",
		.since_ms = INT64_MIN,
		.reason = "new",
		.share = { .yes = true } };
	struct fingerprint name = text_fingerprint(node_id(grouped_node(1)));
	const char *to[] = { name.text };

	bulk.share.to = to;
	bulk.share.to_count = 1;
	(void)say(0, "our own", "none");
	FAILS(granting_bulk(grouped_node(0), &bulk, &page), ERR_NOTFOUND);
	bulk.group = GROUPED_NAME;
	bulk.reason = NULL;
	FAILS(granting_bulk(grouped_node(0), &bulk, &page), ERR_INPUT);
	bulk.reason = "new";
	bulk.share.yes = false;
	FAILS(granting_bulk(grouped_node(0), &bulk, &page), ERR_DENIED);
	ck_assert_ptr_nonnull(strstr(err_text(), "--yes"));
	bulk.share.to_count = 0;
	FAILS(granting_bulk(grouped_node(0), &bulk, &page), ERR_USAGE);
	ck_assert(!node_staged(grouped_node(0)));
}
END_TEST

static enum err grant_to_group(
    const struct id32 *record, const char *confirmed, struct hex32 *list)
{
	struct hex32 name = text_hex_id(record);
	const char *records[] = { name.text };
	const char *to[] = { GROUPED_NAME };
	struct granting_request request = { .records = records,
		.record_count = 1,
		.reason = "all should know",
		.share = { .to = to, .to_count = 1, .confirmed = confirmed } };
	struct granting_result result = { 0 };
	enum err err = granting_make(grouped_node(0), &request, &result);

	*list = result.whole.list;
	granting_result_clear(&result);
	if (!err) {
		OK(node_commit(grouped_node(0)));
		grouped_spread();
	}
	return err;
}

/* M347, M428 */
START_TEST(a_group_is_shown_before_it_is_granted_anything)
{
	struct id32 record;
	struct hex32 list;
	int64_t reader = grouped_fixture.nodes[0]->peers[1]->org;

	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	OK(grouped_join(2));
	grouped_spread();
	{
		Qsg__Payload payload;
		Qsg__Intelligence item;

		qsg__payload__init(&payload);
		qsg__intelligence__init(&item);
		item.provider = canon_lend("RAL");
		item.source = canon_lend("complaint");
		item.stance = canon_lend("concern");
		item.text = canon_lend("for one alone");
		item.kind = canon_lend("soft");
		payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
		payload.intelligence = &item;
		OK(submit_payload(
		    grouped_node(0), &reader, 1, &payload, &record));
		OK(node_commit(grouped_node(0)));
		grouped_spread();
	}
	ck_assert_msg(grant_to_group(&record, NULL, &list) == ERR_DENIED, "%s",
	    err_text());
	ck_assert_ptr_nonnull(
	    strstr(err_text(), "read by 1 organisation: confirm"));
	ck_assert(!node_staged(grouped_node(0)));
	FAILS(grant_to_group(&record, "another list", &list), ERR_STATE);
	OK(grant_to_group(&record, list.text, &list));
	ck_assert(reads(2, &record));
	FAILS(grant_to_group(&record, NULL, &list), ERR_INPUT);
	ck_assert_ptr_nonnull(strstr(err_text(), "all of them read it"));
}
END_TEST

static void set_policy(const char *text)
{
	struct policies policies = { 0 };

	OK(policies_set(grouped_node(0), span_text(text), &policies));
	OK(node_commit(grouped_node(0)));
	policies_clear(&policies);
}

/* M432 */
START_TEST(the_policy_judges_what_is_granted)
{
	static const struct {
		const char *rule;
		bool goes;
	} rules[] = {
		{ "[rule]\ntype = grant\nverdict = never\n", false },
		{ "[rule]\ntype = intelligence\nverdict = never\n", false },
		{ "[rule]\nsource = complaint\nverdict = never\n", false },
		{ "[rule]\ntype = finding\nverdict = never\n", true },
		/* Its author, who reads the grant, is not judged. */
		{ "[rule]\nto = 01X\nverdict = never\n", true },
	};
	struct id32 record = say(1, "theirs, for the group", "group");

	OK(grouped_invite(2, "royal-college"));
	grouped_spread();
	OK(grouped_join(2));
	grouped_spread();
	set_policy(rules[_i].rule);
	OK(run(0, 2, false));
	ck_assert_uint_eq(granted_in_all, rules[_i].goes ? 1 : 0);
	grouped_spread();
	ck_assert_int_eq(reads(2, &record), rules[_i].goes);
}
END_TEST

Suite *test_granting_bulk_suite(void)
{
	Suite *suite = suite_create("granting_bulk");
	TCase *tcase = tcase_create("all");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, a_newcomer_is_granted_what_the_group_heard);
	tcase_add_test(
	    tcase, whoever_has_not_joined_gets_nothing_of_the_group_s);
	tcase_add_test(tcase, many_records_go_page_by_page);
	tcase_add_test(tcase, bad_input_grants_nothing);
	tcase_add_test(tcase, a_group_is_shown_before_it_is_granted_anything);
	tcase_add_loop_test(tcase, the_policy_judges_what_is_granted, 0, 5);
	suite_add_tcase(suite, tcase);
	return suite;
}
