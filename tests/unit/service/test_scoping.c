#include "grouped.h"

#include "codec/canon.h"
#include "service/correcting.h"
#include "service/query.h"
#include "service/scoping.h"
#include "service/submit.h"

#include <stdio.h>
#include <string.h>

Suite *test_scoping_suite(void);

/* 1 is in South London QSG, of the region London QSG. */
static struct account clerk;

static void setup(void)
{
	grouped_open();
	grouped_all_join(2);
	clerk = (struct account){ .roles = ROLES_VIEWER };
}

static void for_region(const char *name)
{
	clerk.scope = (struct account_scope){ .region_count = 1 };
	(void)snprintf(
	    clerk.scope.regions[0], sizeof(clerk.scope.regions[0]), "%s", name);
}

static void for_group(const struct id32 *group)
{
	clerk.scope = (struct account_scope){ .group_count = 1 };
	clerk.scope.groups[0] = *group;
}

/* 1 says something to 0, for that group or for none. */
static uint32_t said(const struct id32 *group, const struct id32 *corrects)
{
	struct node *node = grouped_node(1);
	struct submit_group of = { .epoch = 1 };
	int64_t reader = fixture_org(&grouped_fixture, 1, 0);
	Qsg__Payload payload;
	Qsg__Intelligence content;
	Qsg__Reference reference;
	Qsg__Reference *references[] = { &reference };
	struct id32 target;
	struct id32 record;

	qsg__payload__init(&payload);
	qsg__intelligence__init(&content);
	qsg__reference__init(&reference);
	content.provider = canon_lend("RAL");
	content.kind = canon_lend("soft");
	content.source = canon_lend("healthwatch");
	content.text = canon_lend("a text");
	payload.role = canon_lend("administrator");
	payload.content_case = QSG__PAYLOAD__CONTENT_INTELLIGENCE;
	payload.intelligence = &content;
	if (corrects != NULL) {
		target = *corrects;
		reference.relation = canon_lend("corrects");
		reference.record.data = target.b;
		reference.record.len = sizeof(target.b);
		payload.references = references;
		payload.n_references = 1;
	}
	if (group != NULL) {
		of.id = *group;
		OK(submit_to_group(node, &of, &reader, 1, &payload, &record));
	} else {
		OK(submit_payload(node, &reader, 1, &payload, &record));
	}
	OK(node_commit(node));
	return views_find(node_views(node), &record);
}

static bool sees(uint32_t rid)
{
	return scoping_record(grouped_node(1), &clerk, rid);
}

static enum err count(void *context, const struct query_item *item)
{
	(void)item;
	++*(size_t *)context;
	return ERR_OK;
}

static size_t listed(void)
{
	const struct query_filter filter = { .since_ms = INT64_MIN,
		.scope = &clerk };
	size_t found = 0;
	OK(query_records(grouped_node(1), &filter, true, count, &found));
	return found;
}

/* M466 */
START_TEST(a_scope_is_of_groups)
{
	const struct id32 group = grouped_at(1)->id;
	const struct id32 other = { { 7 } };
	uint32_t within = said(&group, NULL);
	uint32_t without = said(NULL, NULL);
	uint32_t elsewhere = said(&other, NULL);

	ck_assert(scoping_record(grouped_node(1), NULL, without));
	ck_assert(sees(within) && sees(without) && sees(elsewhere));
	ck_assert_uint_eq(listed(), 3);
	for_group(&group);
	ck_assert(sees(within) && !sees(without) && !sees(elsewhere));
	ck_assert(!scoping_group(grouped_node(1), &clerk, NULL));
	ck_assert_uint_eq(listed(), 1);
	for_group(&other);
	ck_assert(!sees(within) && !sees(without) && sees(elsewhere));
}
END_TEST

/* M466: whatever the case in which its name is written. */
START_TEST(a_scope_is_of_the_groups_of_a_region)
{
	const struct id32 group = grouped_at(1)->id;
	const struct id32 other = { { 7 } };
	uint32_t within = said(&group, NULL);
	uint32_t without = said(NULL, NULL);
	uint32_t elsewhere = said(&other, NULL);
	char name[LIMIT_NAME_BYTES + 1];

	OK(scoping_find_region(grouped_node(1), "lonDON qsg", name));
	ck_assert_str_eq(name, "London QSG");
	FAILS(scoping_find_region(grouped_node(1), "Kent", name), ERR_NOTFOUND);
	FAILS(scoping_find_region(grouped_node(1), "", name), ERR_NOTFOUND);
	for_region(name);
	ck_assert(sees(within) && !sees(without) && !sees(elsewhere));
	ck_assert_uint_eq(listed(), 1);
	ck_assert(!scoping_group(grouped_node(1), &clerk, NULL));
	for_region("Kent");
	ck_assert(!sees(within));
	ck_assert_uint_eq(listed(), 0);
}
END_TEST

/* M466: or anybody could have a clerk see more by founding a group. */
START_TEST(a_region_is_of_groups_that_are_joined)
{
	const struct id32 group = grouped_at(1)->id;
	uint32_t within = said(&group, NULL);
	char name[LIMIT_NAME_BYTES + 1];

	for_region("London QSG");
	ck_assert(sees(within));
	OK(grouped_leave(1));
	ck_assert(!sees(within));
	FAILS(scoping_find_region(grouped_node(1), "London QSG", name),
	    ERR_NOTFOUND);
	/* The group itself is within a scope that names it. */
	for_group(&group);
	ck_assert(sees(within));
}
END_TEST

/* M466: or a clerk would go on with what is not so any more. */
START_TEST(a_correction_is_where_what_it_corrects_is)
{
	const struct id32 group = grouped_at(1)->id;
	struct node *node = grouped_node(1);
	uint32_t within = said(&group, NULL);
	uint32_t first = said(NULL, &views_get(node_views(node), within)->id);
	uint32_t second = said(NULL, &views_get(node_views(node), first)->id);
	uint32_t without = said(NULL, NULL);
	uint32_t other = said(NULL, &views_get(node_views(node), without)->id);

	for_group(&group);
	ck_assert(sees(first) && sees(second) && !sees(other));
	query_open_for(node, &clerk);
	ck_assert(scoping_shows(node, second) && !scoping_shows(node, other));
	query_open_for(node, NULL);
	ck_assert(scoping_shows(node, other));
}
END_TEST

Suite *test_scoping_suite(void)
{
	Suite *suite = suite_create("scoping");
	TCase *tcase = tcase_create("all");
	tcase_add_checked_fixture(tcase, setup, grouped_close);
	tcase_add_test(tcase, a_scope_is_of_groups);
	tcase_add_test(tcase, a_scope_is_of_the_groups_of_a_region);
	tcase_add_test(tcase, a_region_is_of_groups_that_are_joined);
	tcase_add_test(tcase, a_correction_is_where_what_it_corrects_is);
	suite_add_tcase(suite, tcase);
	return suite;
}
